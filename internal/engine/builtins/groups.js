// Object.groupBy, Map.groupBy, Array.fromAsync, Promise.try, Promise.withResolvers.
'use strict';
const { describe, iterable, read, typed } = binding;
const { create, defineProperty, getOwnPropertyDescriptor } = Object;
const { apply, construct, ownKeys } = Reflect;
const symbolIterator = Symbol.iterator, symbolAsyncIterator = Symbol.asyncIterator;
const MapClass = Map, mapGet = Map.prototype.get, mapSet = Map.prototype.set, mapHas = Map.prototype.has;
const isObject = (v) => typeof v === 'object' ? v !== null : typeof v === 'function';

function group(items, callback, add, name) {
  if (items === undefined || items === null) throw new TypeError(`${name} called on null or undefined`);
  if (typeof callback !== 'function') throw new TypeError(`${describe(callback)} is not a function`);
  let i = 0;
  const method = read(iterable(items), symbolIterator);
  for (const item of { [symbolIterator]: () => apply(method, items, []) }) add(callback(item, i++), item);
}
const push = (list, v) => defineProperty(list, list.length, { __proto__: null, value: v, writable: true, enumerable: true, configurable: true });
exports.objectGroupBy = function (items, callback) {
  const groups = create(null);
  group(items, callback, (key, item) => {
    if (typeof key !== 'symbol') key = `${key}`;
    push(groups[key] ??= [], item);
  }, 'Object.groupBy');
  return groups;
};
exports.mapGroupBy = function (items, callback) {
  const groups = new MapClass();
  group(items, callback, (key, item) => {
    if (apply(mapHas, groups, [key])) push(apply(mapGet, groups, [key]), item);
    else apply(mapSet, groups, [key, [item]]);
  }, 'Map.groupBy');
  return groups;
};

function capability(C, name) {
  if (!isObject(C)) throw new TypeError(`${name} called on non-object`);
  const r = {};
  r.promise = new C((resolve, reject) => {
    if (r.resolve !== undefined || r.reject !== undefined) throw new TypeError('Promise executor has already been invoked with non-undefined arguments');
    r.resolve = resolve;
    r.reject = reject;
  });
  if (typeof r.resolve !== 'function' || typeof r.reject !== 'function') throw new TypeError('Promise resolve or reject function is not callable');
  return r;
}
exports.promiseTry = function (f, ...args) {
  const { promise, resolve, reject } = capability(this, 'Promise.try');
  let value;
  try {
    value = f(...args);
  } catch (e) {
    reject(e);
    return promise;
  }
  resolve(value);
  return promise;
};
exports.promiseWithResolvers = function () {
  const { promise, resolve, reject } = capability(this, 'Promise.withResolvers');
  return { promise, resolve, reject };
};
const isConstructor = (f) => {
  try {
    construct(Object, [], f);
    return typeof f === 'function';
  } catch {
    return false;
  }
};
function set(o, i, value) {
  if (!Reflect.defineProperty(o, i, { __proto__: null, value, writable: true, enumerable: true, configurable: true })) throw new TypeError(`Cannot redefine property: ${i}`);
}
exports.fromAsync = async function (items, mapper, thisArg) {
  const mapping = mapper !== undefined;
  if (mapping && typeof mapper !== 'function') throw new TypeError(`${describe(mapper)} is not a function`);
  let method = read(items, symbolAsyncIterator), sync;
  if (method === undefined || method === null) sync = read(items, symbolIterator);
  else if (typeof method !== 'function') throw new TypeError(`${describe(method)} is not a function`);
  if (sync !== undefined && sync !== null && typeof sync !== 'function') throw new TypeError(`${describe(sync)} is not a function`);
  const C = this;
  if ((method === undefined || method === null) && (sync === undefined || sync === null)) {
    const like = Object(items);
    let n = Math.trunc(+like.length) || 0;
    n = n <= 0 ? 0 : Math.min(n, Number.MAX_SAFE_INTEGER);
    const list = isConstructor(C) ? new C(n) : new Array(n);
    for (let i = 0; i < n; i++) {
      let value = await like[i];
      if (mapping) value = await apply(mapper, thisArg, [value, i]);
      set(list, i, value);
    }
    list.length = n;
    return list;
  }
  const list = isConstructor(C) ? new C() : [];
  const iterator = apply(method ?? sync, items, []);
  if (!isObject(iterator)) throw new TypeError(`${describe(iterator)} is not an object`);
  const next = iterator.next;
  for (let i = 0; ; i++) {
    let r = apply(next, iterator, []);
    if (method !== undefined && method !== null) r = await r;
    if (!isObject(r)) throw new TypeError(`Iterator result ${describe(r)} is not an object`);
    if (r.done) {
      list.length = i;
      return list;
    }
    try {
      let value = r.value;
      if (method === undefined || method === null) value = await value;
      if (mapping) value = await apply(mapper, thisArg, [value, i]);
      set(list, i, value);
    } catch (e) {
      try {
        const end = iterator.return;
        if (end !== undefined && end !== null) await apply(end, iterator, []);
      } catch {}
      throw e;
    }
  }
};

const typedLength = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length').get;
exports.typedFrom = function (items, mapper, thisArg) {
  const C = this;
  if (!isConstructor(C)) throw new TypeError(`${describe(C)} is not a constructor`);
  const mapping = mapper !== undefined;
  if (mapping && typeof mapper !== 'function') throw new TypeError(`${typed(mapper)} is not a function`);
  if (items === undefined || items === null) throw new TypeError(`${typed(items)} is not iterable (cannot read property Symbol(Symbol.iterator))`);
  const method = read(items, symbolIterator);
  let list = [], n;
  if (method !== undefined && method !== null) {
    if (typeof method !== 'function') throw new TypeError('%TypedArray%.from requires that the property of the first argument, items[Symbol.iterator], when exists, be a function');
    const iterator = apply(method, items, []);
    if (!isObject(iterator)) throw new TypeError('Result of the Symbol.iterator method is not an object');
    const next = iterator.next;
    for (;;) {
      const r = apply(next, iterator, []);
      if (!isObject(r)) throw new TypeError(`Iterator result ${describe(r)} is not an object`);
      if (r.done) break;
      push(list, r.value);
    }
    n = list.length;
  } else {
    list = Object(items);
    n = Math.trunc(+list.length) || 0;
    n = n <= 0 ? 0 : Math.min(n, Number.MAX_SAFE_INTEGER);
  }
  const target = new C(n);
  if (apply(typedLength, target, []) < n) throw new TypeError('Derived TypedArray constructor created an array which was too small');
  for (let i = 0; i < n; i++) {
    const value = list[i];
    target[i] = mapping ? apply(mapper, thisArg, [value, i]) : value;
  }
  return target;
};
