// mock of node:test: functions that note their calls, methods, accessors, properties and modules replaced for a while.
'use strict';
const { makeError } = require('internal/errors');
const { validateFunction, validateObject, validateBoolean, validateInteger } = require('internal/validators');

const kNone = function() {};

class MockFunctionContext {
  #calls = [];
  #implementation;
  #once = new Map();
  #undo;
  #times;
  constructor(implementation, undo, times) {
    this.#implementation = implementation;
    this.#undo = undo;
    this.#times = times;
  }
  get calls() { return this.#calls.slice(); }
  callCount() { return this.#calls.length; }
  mockImplementation(implementation) {
    validateFunction(implementation, 'implementation');
    this.#implementation = implementation;
  }
  mockImplementationOnce(implementation, onCall) {
    validateFunction(implementation, 'implementation');
    const next = this.#calls.length, call = onCall ?? next;
    validateInteger(call, 'onCall', next);
    this.#once.set(call, implementation);
  }
  restore() {
    const { object, methodName, descriptor, original } = this.#undo;
    if (object !== undefined) Object.defineProperty(object, methodName, descriptor);
    else this.#implementation = original;
  }
  resetCalls() { this.#calls = []; }

  // invoke calls what is due, by call, and notes how it went; made is what a constructor was called for.
  static invoke(context, call, args, self, made) {
    const n = context.#calls.length;
    const implementation = context.#once.get(n) ?? context.#implementation;
    if (n + 1 === context.#times) context.restore();
    context.#once.delete(n);
    args = [...args]; // the engine uses the memory of a proxy's arguments again
    let result, error;
    try {
      return result = call(implementation, args);
    } catch (err) {
      error = err;
      throw err;
    } finally {
      context.#calls.push({ __proto__: null, arguments: args, error, result, stack: new Error(), target: made, this: made ? result : self });
    }
  }
}
const { invoke } = MockFunctionContext;
delete MockFunctionContext.invoke;
const restoreFunction = MockFunctionContext.prototype.restore;

class MockPropertyContext {
  #object;
  #name;
  #value;
  #original;
  #descriptor;
  #accesses = [];
  #once = new Map();
  constructor(object, name, value) {
    this.#object = object;
    this.#name = name;
    this.#original = object[name];
    this.#value = arguments.length > 2 ? value : this.#original;
    this.#descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (!this.#descriptor) throw makeError('ERR_INVALID_ARG_VALUE', 'propertyName', name, 'is not a property of the object');
    const { configurable, enumerable } = this.#descriptor;
    Object.defineProperty(object, name, {
      __proto__: null, configurable, enumerable, get: () => this.#note('get', this.#value), set: this.mockImplementation.bind(this),
    });
  }
  #note(type, given) {
    const n = this.#accesses.length;
    const value = this.#once.has(n) ? this.#once.get(n) : given;
    this.#once.delete(n);
    this.#accesses.push({ __proto__: null, type, value, stack: new Error() });
    return value;
  }
  get accesses() { return this.#accesses.slice(); }
  accessCount() { return this.#accesses.length; }
  mockImplementation(value) {
    if (!this.#descriptor.writable) throw makeError('ERR_INVALID_ARG_VALUE', 'propertyName', this.#name, 'cannot be set');
    this.#value = this.#note('set', value);
  }
  mockImplementationOnce(value, onAccess) {
    const next = this.#accesses.length, access = onAccess ?? next;
    validateInteger(access, 'onAccess', next);
    this.#once.set(access, value);
  }
  resetAccesses() { this.#accesses = []; }
  restore() { Object.defineProperty(this.#object, this.#name, { __proto__: null, ...this.#descriptor, value: this.#original }); }
}
const restoreProperty = MockPropertyContext.prototype.restore;

function validateKey(value, name) {
  if (typeof value !== 'string' && typeof value !== 'symbol') throw makeError('ERR_INVALID_ARG_TYPE', name, ['string', 'symbol'], value);
}

function timesOf({ times = Infinity }) {
  if (times !== Infinity) validateInteger(times, 'options.times', 1);
  return times;
}

// accessor reads the arguments of mock.getter and mock.setter.
function accessor(kind, implementation, options) {
  if (implementation !== null && typeof implementation === 'object') {
    options = implementation;
    implementation = kNone;
  } else {
    validateObject(options, 'options');
  }
  const { [kind]: on = true } = options;
  if (on === false) throw makeError('ERR_INVALID_ARG_VALUE', `options.${kind}`, on, 'cannot be false');
  return [implementation, { ...options, [kind]: on }];
}

function descriptorOf(object, name) {
  for (let o = object; o !== null; o = Object.getPrototypeOf(o)) {
    const descriptor = Object.getOwnPropertyDescriptor(o, name);
    if (descriptor) return descriptor;
  }
  return undefined;
}

class MockTracker {
  #mocks = [];
  #timers;
  get timers() { return this.#timers ??= new (require('internal/test_runner/mock_timers').MockTimers)(); }

  #track(context, restore) { this.#mocks.push({ context, restore }); }
  #mocked(context, original) {
    this.#track(context, restoreFunction);
    return new Proxy(original, {
      __proto__: null,
      apply: (target, self, args) => invoke(context, (f, list) => Reflect.apply(f, self, list), args, self),
      construct: (target, args, newTarget) => invoke(context, (f, list) => Reflect.construct(f, list, newTarget), args, undefined, target),
      get: (target, key, receiver) => key === 'mock' ? context : Reflect.get(target, key, receiver),
    });
  }

  fn(original = function() {}, implementation = original, options = {}) {
    if (original !== null && typeof original === 'object') {
      options = original;
      original = implementation = function() {};
    } else if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = original;
    }
    validateFunction(original, 'original');
    validateFunction(implementation, 'implementation');
    validateObject(options, 'options');
    return this.#mocked(new MockFunctionContext(implementation, { original }, timesOf(options)), original);
  }

  method(objectOrFunction, methodName, implementation = kNone, options = {}) {
    const object = objectOrFunction;
    validateKey(methodName, 'methodName');
    if (typeof object !== 'function') validateObject(object, 'object');
    if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = kNone;
    }
    validateFunction(implementation, 'implementation');
    validateObject(options, 'options');
    const { getter = false, setter = false } = options;
    validateBoolean(getter, 'options.getter');
    validateBoolean(setter, 'options.setter');
    const times = timesOf(options);
    if (setter && getter) throw makeError('ERR_INVALID_ARG_VALUE', 'options.setter', setter, "cannot be used with 'options.getter'");
    const descriptor = descriptorOf(object, methodName);
    const original = getter ? descriptor?.get : setter ? descriptor?.set : descriptor?.value;
    if (typeof original !== 'function') throw makeError('ERR_INVALID_ARG_VALUE', 'methodName', original, 'must be a method');
    const context = new MockFunctionContext(implementation === kNone ? original : implementation, { object, methodName, descriptor }, times);
    const mock = this.#mocked(context, original);
    const { configurable, enumerable, writable, get, set } = descriptor;
    const replaced = { __proto__: null, configurable, enumerable };
    if (getter) Object.assign(replaced, { get: mock, set });
    else if (setter) Object.assign(replaced, { get, set: mock });
    else Object.assign(replaced, { writable, value: mock });
    Object.defineProperty(object, methodName, replaced);
    return mock;
  }
  getter(object, methodName, implementation = kNone, options = {}) {
    return this.method(object, methodName, ...accessor('getter', implementation, options));
  }
  setter(object, methodName, implementation = kNone, options = {}) {
    return this.method(object, methodName, ...accessor('setter', implementation, options));
  }

  property(object, propertyName, ...value) {
    validateObject(object, 'object');
    validateKey(propertyName, 'propertyName');
    const context = new MockPropertyContext(object, propertyName, ...value);
    this.#track(context, restoreProperty);
    return new Proxy(object, {
      __proto__: null, get: (target, key, receiver) => key === 'mock' ? context : Reflect.get(target, key, receiver),
    });
  }
  module(specifier, options = {}) {
    const { mockModule, restoreModule } = require('internal/test_runner/mock_module');
    const context = mockModule(specifier, options);
    this.#track(context, restoreModule);
    return context;
  }

  reset() {
    this.restoreAll();
    this.#timers?.reset();
    this.#mocks = [];
  }
  restoreAll() {
    for (const { context, restore } of this.#mocks) Reflect.apply(restore, context, []);
  }
}
for (const [name, length] of [['fn', 0], ['property', 3]])
  Object.defineProperty(MockTracker.prototype[name], 'length', { value: length, configurable: true });
if (require('internal/test_runner/host').option('experimental-test-module-mocks') !== true) delete MockTracker.prototype.module;
exports.MockTracker = MockTracker;
