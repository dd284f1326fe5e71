// assert.CallTracker, deprecated: counts the calls of functions.
'use strict';
const { codes: { ERR_UNAVAILABLE_DURING_EXIT, ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const AssertionError = require('internal/assert/assertion_error');
const { validateUint32 } = require('internal/validators');

class CallTracker {
  #checks = new Set();
  #tracked = new WeakMap();

  #of(fn) {
    const check = this.#tracked.get(fn);
    if (!check) throw new ERR_INVALID_ARG_VALUE('tracked', fn, 'is not a tracked function');
    return check;
  }

  reset(fn) {
    if (fn === undefined) this.#checks.forEach((c) => { c.calls = []; });
    else this.#of(fn).calls = [];
  }

  getCalls(fn) {
    return Object.freeze(this.#of(fn).calls.slice());
  }

  calls(fn, expected = 1) {
    if (process._exiting) throw new ERR_UNAVAILABLE_DURING_EXIT();
    if (typeof fn === 'number') {
      expected = fn;
      fn = () => {};
      Object.defineProperty(fn, 'name', { value: '' });
    } else if (fn === undefined) {
      fn = () => {};
      Object.defineProperty(fn, 'name', { value: '' });
    }
    validateUint32(expected, 'expected', true);
    const check = { calls: [], expected, name: fn.name || 'calls', stack: new Error() };
    const tracked = new Proxy(fn, {
      __proto__: null,
      apply(target, thisArg, args) {
        check.calls.push(Object.freeze({ thisArg, arguments: Object.freeze(args.slice()) }));
        return Reflect.apply(target, thisArg, args);
      },
    });
    this.#checks.add(check);
    this.#tracked.set(tracked, check);
    return tracked;
  }

  report() {
    const errors = [];
    for (const { calls: { length: actual }, expected, name, stack } of this.#checks) {
      if (actual !== expected) {
        errors.push({
          message: `Expected the ${name} function to be executed ${expected} time(s) but was executed ${actual} time(s).`,
          actual, expected, operator: name, stack,
        });
      }
    }
    return errors;
  }

  verify() {
    const details = this.report();
    if (details.length === 0) return;
    const message = details.length === 1 ? details[0].message : 'Functions were not called the expected number of times';
    throw new AssertionError({ message, details });
  }
}

module.exports = { CallTracker: require('util').deprecate(CallTracker, 'assert.CallTracker is deprecated.', 'DEP0173') };
