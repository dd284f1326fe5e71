// mock of node:test: functions that note their calls, methods and accessors replaced for a while.
'use strict';
const { makeError } = require('internal/errors');
const { validateFunction, validateObject, validateBoolean, validateInteger } = require('internal/validators');

class MockFunctionContext {
  #calls = [];
  #impl;
  #once = new Map();
  #original;
  #undo;
  constructor(original, impl, times, undo) {
    this.#original = original;
    this.#impl = impl;
    this.#undo = undo;
    this.times = times;
    Object.defineProperty(this, 'times', { enumerable: false });
  }
  get calls() { return this.#calls.slice(); }
  callCount() { return this.#calls.length; }
  mockImplementation(f) {
    validateFunction(f, 'implementation');
    this.#impl = f;
  }
  mockImplementationOnce(f, onCall) {
    validateFunction(f, 'implementation');
    const n = onCall ?? this.#calls.length;
    validateInteger(n, 'onCall', this.#calls.length);
    this.#once.set(n, f);
  }
  restore() {
    if (this.#undo) this.#undo();
    this.#impl = this.#original;
    this.#once.clear();
  }
  resetCalls() { this.#calls = []; }

  // Runs the implementation that is due for this call, and notes how it went.
  static invoke(context, target, self, args, newTarget) {
    // The engine uses the memory of a proxy's arguments again.
    args = [...args];
    const n = context.#calls.length;
    let impl = context.#once.get(n) ?? context.#impl;
    if (context.#once.has(n)) context.#once.delete(n);
    if (n >= context.times) impl = context.#original;
    const call = { arguments: args, error: undefined, result: undefined, stack: new Error(), target: newTarget && target, this: self };
    try {
      call.result = newTarget ? Reflect.construct(impl, args, newTarget) : Reflect.apply(impl, self, args);
      if (newTarget) call.this = call.result;
      return call.result;
    } catch (err) {
      call.error = err;
      throw err;
    } finally {
      context.#calls.push(call);
    }
  }
}

function mocked(original, impl, times, undo) {
  const context = new MockFunctionContext(original, impl, times, undo);
  return new Proxy(original, {
    apply: (target, self, args) => MockFunctionContext.invoke(context, target, self, args),
    construct: (target, args, newTarget) => MockFunctionContext.invoke(context, target, undefined, args, newTarget),
    get: (target, key, receiver) => key === 'mock' ? context : Reflect.get(target, key, target),
  });
}

function timesOf(options) {
  const { times = Infinity } = options;
  if (times !== Infinity) validateInteger(times, 'options.times', 1);
  return times;
}

function accessor(kind, options) {
  validateObject(options, 'options');
  if (options[kind] === false) throw makeError('ERR_INVALID_ARG_VALUE', `options.${kind}`, false, 'cannot be false');
  return { ...options, [kind]: true };
}

class MockTracker {
  #mocks = [];
  #timers;
  get timers() { return this.#timers ??= new (require('internal/test_runner/mock_timers').MockTimers)(); }

  fn(original = function() {}, implementation = original, options = {}) {
    if (original !== null && typeof original === 'object') { options = original; original = function() {}; implementation = original; } else if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = original;
    }
    validateFunction(original, 'original');
    validateFunction(implementation, 'implementation');
    validateObject(options, 'options');
    const f = mocked(original, implementation, timesOf(options));
    this.#mocks.push(f.mock);
    return f;
  }

  method(object, name, implementation, options = {}) {
    if (object === null || object === undefined || (typeof object !== 'object' && typeof object !== 'function'))
      throw makeError('ERR_INVALID_ARG_TYPE', 'object', 'Object', object);
    if (typeof name !== 'string' && typeof name !== 'symbol') throw makeError('ERR_INVALID_ARG_TYPE', 'methodName', ['string', 'symbol'], name);
    if (implementation !== null && typeof implementation === 'object') { options = implementation; implementation = undefined; }
    const { getter = false, setter = false } = options;
    validateBoolean(getter, 'options.getter');
    validateBoolean(setter, 'options.setter');
    if (getter && setter) throw makeError('ERR_INVALID_ARG_VALUE', 'options.setter', setter, 'cannot be used with \'options.getter\'');
    let owner = object, descriptor;
    while (owner && !(descriptor = Object.getOwnPropertyDescriptor(owner, name))) owner = Object.getPrototypeOf(owner);
    const original = getter ? descriptor?.get : setter ? descriptor?.set : descriptor?.value;
    if (typeof original !== 'function') throw makeError('ERR_INVALID_ARG_VALUE', 'methodName', original, 'must be a method');
    const undo = () => Object.defineProperty(object, name, descriptor);
    const f = mocked(original, implementation ?? original, timesOf(options), undo);
    const replacement = { configurable: descriptor.configurable, enumerable: descriptor.enumerable };
    if (getter) Object.assign(replacement, { get: f, set: descriptor.set });
    else if (setter) Object.assign(replacement, { get: descriptor.get, set: f });
    else Object.assign(replacement, { value: f, writable: descriptor.writable });
    Object.defineProperty(object, name, replacement);
    this.#mocks.push(f.mock);
    return f;
  }

  getter(object, name, implementation, options = {}) {
    if (implementation !== null && typeof implementation === 'object') { options = implementation; implementation = undefined; }
    return this.method(object, name, implementation, accessor('getter', options));
  }
  setter(object, name, implementation, options = {}) {
    if (implementation !== null && typeof implementation === 'object') { options = implementation; implementation = undefined; }
    return this.method(object, name, implementation, accessor('setter', options));
  }
  reset() {
    this.restoreAll();
    this.#mocks = [];
  }
  restoreAll() {
    for (const m of this.#mocks) m.restore();
    if (this.#timers) this.#timers.reset();
  }
}
exports.MockTracker = MockTracker;
