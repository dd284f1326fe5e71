// Iterator, its static methods and the methods of Iterator.prototype (ECMAScript 2025).
'use strict';
const { prototype, describe, read } = binding;
const isObject = (v) => typeof v === 'object' ? v !== null : typeof v === 'function';
const { create, defineProperty, setPrototypeOf } = Object;
const { apply, getOwnPropertyDescriptor } = Reflect;
const symbolIterator = Symbol.iterator, symbolToStringTag = Symbol.toStringTag;

// direct is the record of an iterator: itself and its next.
function direct(iterator, method) {
  if (!isObject(iterator)) throw new TypeError(`Iterator.prototype.${method} called on non-object`);
  return { iterator, next: undefined };
}
function step(record) {
  const r = apply(record.next, record.iterator, []);
  if (!isObject(r)) throw new TypeError(`Iterator result ${describe(r)} is not an object`);
  return r;
}
// close ends an iterator in favour of an error; what it throws itself does not count.
function close(iterator) {
  try {
    const method = iterator.return;
    if (method !== undefined && method !== null) apply(method, iterator, []);
  } catch {}
}
function closeFine(iterator) {
  const method = iterator.return;
  if (method === undefined || method === null) return;
  const r = apply(method, iterator, []);
  if (!isObject(r)) throw new TypeError(`${describe(r)} is not an object`);
}
function guarded(record, f) {
  try {
    return f();
  } catch (e) {
    close(record.iterator);
    throw e;
  }
}
function callable(record, f) {
  if (typeof f === 'function') return;
  close(record.iterator);
  let text = typeof f;
  if (text === 'string' || text === 'number' || text === 'boolean' || f === null) text += ' ' + describe(f);
  throw new TypeError(`${text} is not a function`);
}
const open = (record) => { record.next = record.iterator.next; return record; };
const result = (value, done) => ({ value, done });

class Helper {
  #step; #end; #state = 'start';
  constructor(step, end) { this.#step = step; this.#end = end; }
  next() {
    if (!isObject(this) || !(#step in this)) throw new TypeError(`Method Iterator Helper.prototype.next called on incompatible receiver ${describe(this)}`);
    if (this.#state === 'running') throw new TypeError('Generator is already running');
    if (this.#state === 'done') return result(undefined, true);
    this.#state = 'running';
    let r;
    try {
      r = this.#step();
    } catch (e) {
      this.#state = 'done';
      throw e;
    }
    this.#state = r.done ? 'done' : 'yielded';
    return r;
  }
  return() {
    if (!isObject(this) || !(#step in this)) throw new TypeError(`Method Iterator Helper.prototype.return called on incompatible receiver ${describe(this)}`);
    if (this.#state === 'running') throw new TypeError('Generator is already running');
    if (this.#state !== 'done') {
      this.#state = 'running';
      try {
        this.#end();
      } finally {
        this.#state = 'done';
      }
    }
    return result(undefined, true);
  }
}
const helperPrototype = Helper.prototype;
delete helperPrototype.constructor;
setPrototypeOf(helperPrototype, prototype);
defineProperty(helperPrototype, symbolToStringTag, { value: 'Iterator Helper', configurable: true });
for (const name of ['next', 'return']) binding.native(helperPrototype, name);

const helper = (record, next) => new Helper(next, () => closeFine(record.iterator));
const over = () => result(undefined, true);

function limit(record, v) {
  const n = guarded(record, () => +v);
  if (n !== n) {
    close(record.iterator);
    throw new RangeError(`${typeof v === 'string' ? v : describe(v)} must be positive`);
  }
  const i = Math.trunc(n);
  if (i < 0) {
    close(record.iterator);
    throw new RangeError(`${typeof v === 'string' ? v : describe(v)} must be positive`);
  }
  return i;
}

// flattenable is GetIteratorFlattenable.
function flattenable(v, strings) {
  if (!isObject(v) && !(strings && typeof v === 'string')) throw new TypeError(`${strings ? 'Iterator.from' : 'Iterator.prototype.flatMap'} called on non-object`);
  const method = read(v, symbolIterator);
  let iterator = v;
  if (method !== undefined && method !== null) {
    if (typeof method !== 'function') throw new TypeError(`${describe(method)} is not a function`);
    iterator = apply(method, v, []);
  }
  if (!isObject(iterator)) throw new TypeError(`${describe(iterator)} is not an object`);
  return open({ iterator });
}

exports.methods = {
  map(mapper) {
    const record = direct(this, 'map');
    callable(record, mapper);
    open(record);
    let i = 0;
    return helper(record, () => {
      const r = step(record);
      if (r.done) return over();
      const value = r.value;
      return result(guarded(record, () => mapper(value, i++)), false);
    });
  },
  filter(predicate) {
    const record = direct(this, 'filter');
    callable(record, predicate);
    open(record);
    let i = 0;
    return helper(record, () => {
      for (;;) {
        const r = step(record);
        if (r.done) return over();
        const value = r.value;
        if (guarded(record, () => predicate(value, i++))) return result(value, false);
      }
    });
  },
  take(n) {
    const record = direct(this, 'take');
    let left = limit(record, n);
    open(record);
    return helper(record, () => {
      if (left === 0) {
        closeFine(record.iterator);
        return over();
      }
      if (left !== Infinity) left--;
      const r = step(record);
      return r.done ? over() : result(r.value, false);
    });
  },
  drop(n) {
    const record = direct(this, 'drop');
    let left = limit(record, n);
    open(record);
    return helper(record, () => {
      for (; left > 0; left--) if (step(record).done) return over();
      const r = step(record);
      return r.done ? over() : result(r.value, false);
    });
  },
  flatMap(mapper) {
    const record = direct(this, 'flatMap');
    callable(record, mapper);
    open(record);
    let i = 0, inner;
    return new Helper(() => {
      for (;;) {
        if (inner === undefined) {
          const r = step(record);
          if (r.done) return over();
          const value = r.value;
          inner = guarded(record, () => flattenable(mapper(value, i++), false));
        }
        const value = guarded(record, () => {
          const r = step(inner);
          return r.done ? over : { value: r.value };
        });
        if (value !== over) return result(value.value, false);
        inner = undefined;
      }
    }, () => {
      if (inner !== undefined) guarded(record, () => closeFine(inner.iterator));
      closeFine(record.iterator);
    });
  },
  reduce(reducer, ...initial) {
    const record = direct(this, 'reduce');
    callable(record, reducer);
    open(record);
    let i = 0, value;
    if (initial.length === 0) {
      const r = step(record);
      if (r.done) throw new TypeError('Reduce of a done iterator with no initial value');
      value = r.value;
      i = 1;
    } else {
      value = initial[0];
    }
    for (;;) {
      const r = step(record);
      if (r.done) return value;
      const v = r.value;
      value = guarded(record, () => reducer(value, v, i++));
    }
  },
  toArray() {
    const record = open(direct(this, 'toArray')), list = [];
    for (let i = 0; ; i++) {
      const r = step(record);
      if (r.done) return list;
      defineProperty(list, i, { __proto__: null, value: r.value, writable: true, enumerable: true, configurable: true });
    }
  },
  forEach(f) {
    const record = direct(this, 'forEach');
    callable(record, f);
    open(record);
    for (let i = 0; ;) {
      const r = step(record);
      if (r.done) return;
      const value = r.value;
      guarded(record, () => f(value, i++));
    }
  },
  some(predicate) {
    return search(direct(this, 'some'), predicate, true, () => true, false);
  },
  every(predicate) {
    return search(direct(this, 'every'), predicate, false, () => false, true);
  },
  find(predicate) {
    return search(direct(this, 'find'), predicate, true, (v) => v, undefined);
  },
  dispose() {
    const method = this.return;
    if (method !== undefined && method !== null) apply(method, this, []);
  },
};
function search(record, predicate, wanted, found, otherwise) {
  callable(record, predicate);
  open(record);
  for (let i = 0; ;) {
    const r = step(record);
    if (r.done) return otherwise;
    const value = r.value;
    if (!guarded(record, () => predicate(value, i++)) === !wanted) {
      closeFine(record.iterator);
      return found(value);
    }
  }
}

class Wrapped {
  #record;
  constructor(record) { this.#record = record; }
  next() {
    const { iterator, next } = this.#record;
    return apply(next, iterator, []);
  }
  return() {
    const { iterator } = this.#record;
    const method = iterator.return;
    if (method === undefined || method === null) return result(undefined, true);
    return apply(method, iterator, []);
  }
}
const wrapPrototype = Wrapped.prototype;
delete wrapPrototype.constructor;
setPrototypeOf(wrapPrototype, prototype);
for (const name of ['next', 'return']) binding.native(wrapPrototype, name);

exports.Iterator = function Iterator() {
  if (new.target === undefined) throw new TypeError("Constructor Iterator requires 'new'");
  if (new.target === exports.Iterator) throw new TypeError('Abstract class Iterator not directly constructable');
};
defineProperty(exports.Iterator, 'prototype', { value: prototype, writable: false });
exports.statics = {
  from(v) {
    const record = flattenable(v, true);
    if (apply(binding.isPrototypeOf, prototype, [record.iterator])) return record.iterator;
    return new Wrapped(record);
  },
};
