// DisposableStack, AsyncDisposableStack and SuppressedError (explicit resource management).
'use strict';
const { describe } = binding;
const { defineProperty, getPrototypeOf, setPrototypeOf } = Object;
const { apply } = Reflect;
const symbolDispose = Symbol.dispose, symbolAsyncDispose = Symbol.asyncDispose;
const isObject = (v) => typeof v === 'object' ? v !== null : typeof v === 'function';
const hidden = (o, name, value) => defineProperty(o, name, { __proto__: null, value, writable: true, configurable: true });

exports.SuppressedError = function SuppressedError(error, suppressed, message) {
  const target = new.target ?? exports.SuppressedError;
  const o = Reflect.construct(Error, [], target);
  if (getPrototypeOf(o) === Error.prototype && target.prototype !== Error.prototype) setPrototypeOf(o, suppressedPrototype);
  if (message !== undefined) hidden(o, 'message', `${message}`);
  hidden(o, 'error', error);
  hidden(o, 'suppressed', suppressed);
  return o;
};
setPrototypeOf(exports.SuppressedError, Error);
const suppressedPrototype = Object.create(Error.prototype);
hidden(suppressedPrototype, 'constructor', exports.SuppressedError);
hidden(suppressedPrototype, 'message', '');
hidden(suppressedPrototype, 'name', 'SuppressedError');
defineProperty(exports.SuppressedError, 'prototype', { value: suppressedPrototype, writable: false });

const both = (error, suppressed) => new exports.SuppressedError(error, suppressed, 'An error was suppressed during disposal');

function disposer(value, async) {
  let method;
  if (async) {
    method = value[symbolAsyncDispose];
    if (method === undefined || method === null) {
      const plain = value[symbolDispose];
      if (typeof plain !== 'function') {
        if (plain === undefined || plain === null) throw new TypeError('Symbol(Symbol.asyncDispose) is not a function');
        throw new TypeError(`${describe(plain)} is not a function`);
      }
      return function () {
        apply(plain, this, []);
      };
    }
  } else {
    method = value[symbolDispose];
  }
  if (typeof method !== 'function') throw new TypeError(`${async ? 'Symbol(Symbol.asyncDispose)' : 'Symbol(Symbol.dispose)'} is not a function`);
  return method;
}

function make(name, async) {
  const end = async ? 'disposeAsync' : 'dispose';
  class Stack {
    #list = [];
    #disposed = false;
    constructor() {
      // A prototype of new.target's that is no object counts for this class's.
      if (getPrototypeOf(this) === Object.prototype && new.target.prototype !== Object.prototype) setPrototypeOf(this, proto);
    }
    static check(o, method) {
      if (!isObject(o) || !(#list in o)) throw new TypeError(`Method ${name}.prototype.${method} called on incompatible receiver ${describe(o)}`);
      if (o.#disposed) throw new ReferenceError(`Cannot call ${name}.prototype.${method} on an already-disposed ${async ? 'AsyncDisposableStack' : 'DisposableStack'}`);
      return o.#list;
    }
    static brand(o) {
      return isObject(o) && #list in o;
    }
    static take(o) {
      const list = o.#list;
      o.#list = [];
      o.#disposed = true;
      return list;
    }
    static give(o, list) {
      o.#list = list;
    }
    static disposed(o) {
      return o.#disposed;
    }
  }
  const { check, brand, take, give, disposed } = Stack;
  for (const k of ['check', 'brand', 'take', 'give', 'disposed']) delete Stack[k];
  const methods = {
    use(value) {
      const list = check(this, 'use');
      if (value === undefined || value === null) {
        if (async) list.push({ value: undefined, method: undefined });
        return value;
      }
      if (!isObject(value)) throw new TypeError('An object is expected with `using` declarations');
      list.push({ value, method: disposer(value, async) });
      return value;
    },
    adopt(value, f) {
      const list = check(this, 'adopt');
      if (typeof f !== 'function') throw new TypeError(`${describe(f)} is not a function`);
      list.push({ value: undefined, method: () => f(value) });
      return value;
    },
    defer(f) {
      const list = check(this, 'defer');
      if (typeof f !== 'function') throw new TypeError(`${describe(f)} is not a function`);
      list.push({ value: undefined, method: f });
    },
    move() {
      check(this, 'move');
      const o = new Stack();
      give(o, take(this));
      return o;
    },
  };
  if (async) {
    methods.disposeAsync = function () {
      const stack = this;
      if (!brand(stack)) return Promise.reject(new TypeError(`Method AsyncDisposableStack.prototype.disposeAsync called on incompatible receiver ${describe(stack)}`));
      return (async () => {
        if (disposed(stack)) return;
        const list = take(stack);
        let failed = false, error, waits = false, waited = false;
        for (let i = list.length - 1; i >= 0; i--) {
          const { value, method } = list[i];
          if (method === undefined) {
            waits = true;
            continue;
          }
          try {
            waited = true;
            await apply(method, value, []);
          } catch (e) {
            error = failed ? both(e, error) : e;
            failed = true;
          }
        }
        if (waits && !waited) await undefined;
        if (failed) throw error;
      })();
    };
  } else {
    methods.dispose = function () {
      if (!brand(this)) throw new TypeError(`Method DisposableStack.prototype.dispose called on incompatible receiver ${describe(this)}`);
      if (disposed(this)) return;
      const list = take(this);
      let failed = false, error;
      for (let i = list.length - 1; i >= 0; i--) {
        try {
          apply(list[i].method, list[i].value, []);
        } catch (e) {
          error = failed ? both(e, error) : e;
          failed = true;
        }
      }
      if (failed) throw error;
    };
  }
  const proto = Stack.prototype;
  for (const k of ['adopt', 'defer', end, 'move', 'use']) {
    hidden(proto, k, methods[k]);
    binding.native(proto, k);
  }
  const accessor = { get disposed() {
    if (!brand(this)) throw new TypeError(`Method get ${name}.prototype.disposed called on incompatible receiver ${describe(this)}`);
    return disposed(this);
  } };
  defineProperty(proto, 'disposed', { get: Object.getOwnPropertyDescriptor(accessor, 'disposed').get, configurable: true });
  hidden(proto, async ? symbolAsyncDispose : symbolDispose, proto[end]);
  defineProperty(proto, Symbol.toStringTag, { value: name, configurable: true });
  defineProperty(Stack, 'name', { value: name });
  return Stack;
}
exports.DisposableStack = make('DisposableStack', false);
exports.AsyncDisposableStack = make('AsyncDisposableStack', true);
