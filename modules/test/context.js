// What tests and suites get to see of themselves, and the plans of tests.
'use strict';
const { makeError } = require('internal/errors');
const { validateFunction, validateNumber, validateObject, validateUint32 } = require('internal/validators');
const { setTimeout, clearTimeout } = require('timers');
const { failure } = require('internal/test_runner/failure');
const { location } = require('internal/test_runner/host');

const kLongest = 2 ** 31 - 1;

// Plan counts assertions and subtests.
class Plan {
  #forever = false;
  #waiting = null;
  #timer;

  constructor(count, options) {
    validateUint32(count, 'count');
    validateObject(options, 'options');
    this.expected = count;
    this.actual = 0;
    const { wait } = options;
    if (typeof wait === 'boolean') this.#forever = wait;
    else if (typeof wait === 'number') validateNumber(wait, 'options.wait', 0, kLongest);
    else if (wait !== undefined) throw makeError('ERR_INVALID_ARG_TYPE', 'options.wait', ['boolean', 'number'], wait);
    this.wait = wait;
  }

  count() {
    this.actual++;
    if (this.#waiting) this.check();
  }

  // check throws where the plan is not met, or gives a promise where it may yet be.
  check() {
    if (this.actual === this.expected) {
      clearTimeout(this.#timer);
      this.#waiting?.resolve();
      this.#waiting = null;
      return undefined;
    }
    if (this.wait === undefined || this.wait === false)
      throw failure(`plan expected ${this.expected} assertions but received ${this.actual}`, 'testCodeFailure');
    if (!this.#waiting) {
      this.#waiting = Promise.withResolvers();
      if (!this.#forever) {
        const { reject } = this.#waiting;
        this.#timer = setTimeout(() => reject(failure(
          `plan timed out after ${this.wait}ms with ${this.actual} assertions when expecting ${this.expected}`, 'testTimeoutFailure')), this.wait);
      }
    }
    return this.#waiting.promise;
  }
}

// fullName is the name behind those of all that it is in.
function fullName(test) {
  if (test === test.root) return test.name;
  let name = test.name;
  for (let t = test.parent; t !== t.root; t = t.parent) name = `${t.name} > ${name}`;
  return name;
}

// assertionsOf makes t.assert: what each function counts in the plan of the test.
function assertionsOf(context, test) {
  const functions = require('internal/test_runner/assert').functionsFor(test.root.harness);
  const { plan } = test;
  const assert = { __proto__: null };
  for (const [name, f] of functions) {
    assert[name] = (...args) => {
      plan?.count();
      return Reflect.apply(f, context, args);
    };
  }
  if (!functions.has('ok')) {
    const { ok } = require('assert');
    assert.ok = function(...args) {
      plan?.count();
      ok(...args);
    };
    Object.defineProperty(assert.ok, 'name', { value: 'ok' });
  }
  return assert;
}

class SuiteContext {
  #test;
  constructor(test) { this.#test = test; }
  get signal() { return this.#test.signal; }
  get name() { return this.#test.name; }
  get filePath() { return this.#test.entryFile; }
  get fullName() { return fullName(this.#test); }
  get passed() { return this.#test.passed; }
  get attempt() { return this.#test.attempt ?? 0; }
  diagnostic(message) { this.#test.diagnostic(message); }
  log(message, data) { this.#test.log(message, data); }
}

class TestContext {
  #test;
  #assert;
  constructor(test) { this.#test = test; }
  get signal() { return this.#test.signal; }
  get name() { return this.#test.name; }
  get filePath() { return this.#test.entryFile; }
  get fullName() { return fullName(this.#test); }
  get error() { return this.#test.error; }
  get passed() { return this.#test.passed; }
  get attempt() { return this.#test.attempt ?? 0; }
  get tags() { return this.#test.tags; }
  get workerId() { return Number(process.env.NODE_TEST_WORKER_ID) || undefined; }
  get assert() { return this.#assert ??= assertionsOf(this, this.#test); }
  get mock() { return this.#test.mock ??= new (require('internal/test_runner/mock').MockTracker)(); }

  diagnostic(message) { this.#test.diagnostic(message); }
  log(message, data) { this.#test.log(message, data); }
  plan(count, options = {}) {
    if (this.#test.plan !== null) throw failure('cannot set plan more than once', 'testCodeFailure');
    this.#test.plan = new Plan(count, options);
  }
  runOnly(value) { this.#test.runOnlySubtests = !!value; }
  skip(message) { this.#test.skip(message); }
  todo(message) { this.#test.todo(message); }
  test(name, options, fn) {
    const { Test } = require('internal/test_runner/tree');
    this.#test.plan?.count();
    return this.#test.createSubtest(Test, name, options, fn, { loc: location() }).start();
  }
  before(fn, options) { this.#test.createHook('before', fn, options, location()); }
  after(fn, options) { this.#test.createHook('after', fn, options, location()); }
  beforeEach(fn, options) { this.#test.createHook('beforeEach', fn, options, location()); }
  afterEach(fn, options) { this.#test.createHook('afterEach', fn, options, location()); }

  // waitFor calls condition until it neither throws nor rejects.
  waitFor(condition, options = {}) {
    validateFunction(condition, 'condition');
    validateObject(options, 'options');
    const { interval = 50, timeout = 1000 } = options;
    validateNumber(interval, 'options.interval', 0, kLongest);
    validateNumber(timeout, 'options.timeout', 0, kLongest);
    return new Promise((resolve, reject) => {
      let again, last, over = false;
      const limit = setTimeout(() => {
        over = true;
        clearTimeout(again);
        const err = new Error('waitFor() timed out');
        if (last) err.cause = last.error;
        reject(err);
      }, timeout);
      const attempt = async () => {
        try {
          const value = await condition();
          clearTimeout(limit);
          clearTimeout(again);
          resolve(value);
        } catch (error) {
          last = { error };
          if (!over) again = setTimeout(attempt, interval);
        }
      };
      attempt();
    });
  }
}
module.exports = { TestContext, SuiteContext };
