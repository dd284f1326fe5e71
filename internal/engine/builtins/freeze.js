// What --frozen-intrinsics does: nobody changes the language's own objects any more, while objects that inherit from them can still be
// given properties of the same names.
'use strict';
const { defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf, hasOwn } = Object;
const { ownKeys } = Reflect;
const isObject = (v) => typeof v === 'object' ? v !== null : typeof v === 'function';

const names = ['Object', 'Function', 'Array', 'Boolean', 'Number', 'BigInt', 'String', 'Symbol', 'Math', 'JSON', 'Reflect', 'Proxy', 'Atomics', 'Intl', 'Date', 'RegExp',
  'Promise', 'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry', 'Iterator', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Int8Array',
  'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array',
  'BigUint64Array', 'Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError', 'SuppressedError',
  'DisposableStack', 'AsyncDisposableStack', 'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'eval', 'escape', 'unescape', 'encodeURI', 'encodeURIComponent',
  'decodeURI', 'decodeURIComponent', 'console', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'];

// Objects that only their instances lead to.
const instances = [[].values(), new Map().values(), new Set().values(), ''[Symbol.iterator](), 'x'.matchAll(/x/g), function* () {}, async () => {},
  (function* () {})()];

const list = [], seen = new Set();
function visit(o) {
  if (!isObject(o) || seen.has(o)) return;
  seen.add(o);
  list.push(o);
  visit(getPrototypeOf(o));
  for (const key of ownKeys(o)) {
    const d = getOwnPropertyDescriptor(o, key);
    if (hasOwn(d, 'value')) visit(d.value);
    else {
      visit(d.get);
      visit(d.set);
    }
  }
}

// A property that cannot be written cannot be shadowed by an assignment either, so those of prototypes become accessors.
function allowOverride(o, key, { value, enumerable }) {
  function getter() { return value; }
  getter.value = value;
  function setter(v) {
    if (this === o) throw new TypeError(`Cannot assign to read only property '${String(key)}' of object '${o}'`);
    if (hasOwn(this, key)) this[key] = v;
    else defineProperty(this, key, { __proto__: null, value: v, writable: true, enumerable: true, configurable: true });
  }
  defineProperty(o, key, { __proto__: null, get: freeze(getter), set: freeze(setter), enumerable, configurable: false });
}

exports.freezeIntrinsics = function () {
  for (const name of names) visit(globalThis[name]);
  for (const o of instances) visit(getPrototypeOf(o));
  for (const o of list) {
    if (!isObject(o.constructor) || o.constructor.prototype !== o) continue;
    for (const key of ownKeys(o)) {
      const d = getOwnPropertyDescriptor(o, key);
      if (d.configurable && hasOwn(d, 'value')) allowOverride(o, key, d);
    }
  }
  list.forEach(freeze);
};
