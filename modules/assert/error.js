// AssertionError; its message is made in Go.
'use strict';
const { inspect } = require('internal/util/inspect');
const { isNativeError } = require('internal/util/types');
const { validateObject } = require('internal/validators');

const isError = (e) => isNativeError(e) || e instanceof Error;
const showsBoth = (operator) => operator === 'deepStrictEqual' || operator === 'strictEqual' || operator === 'partialDeepStrictEqual';

function copyError(e) {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(e)), e);
  Object.defineProperty(copy, 'message', { __proto__: null, value: e.message });
  if (Object.prototype.hasOwnProperty.call(e, 'cause')) {
    const { cause } = e;
    Object.defineProperty(copy, 'cause', { __proto__: null, value: isError(cause) ? copyError(cause) : cause });
  }
  return copy;
}

function shorten(v) {
  if (typeof v !== 'string') return v;
  const lines = v.split('\n', 11);
  if (lines.length > 10) return lines.slice(0, 10).join('\n') + '\n...';
  return v.length > 512 ? v.slice(512) + '...' : v;
}

class AssertionError extends Error {
  constructor(options) {
    validateObject(options, 'options');
    const { message, operator, stackStartFn, details, stackStartFunction, diff = 'simple' } = options;
    let { actual, expected } = options;
    if (message != null) {
      super(showsBoth(operator) ? binding.message(actual, expected, operator, message, diff) : String(message));
    } else {
      if (typeof actual === 'object' && actual !== null && typeof expected === 'object' && expected !== null &&
          'stack' in actual && actual instanceof Error && 'stack' in expected && expected instanceof Error) {
        actual = copyError(actual);
        expected = copyError(expected);
      }
      super(binding.message(actual, expected, operator, undefined, diff));
    }
    this.generatedMessage = !message;
    const name = (value) => Object.defineProperty(this, 'name', { __proto__: null, value, enumerable: false, writable: true, configurable: true });
    name('AssertionError [ERR_ASSERTION]');
    this.code = 'ERR_ASSERTION';
    if (details) {
      this.actual = undefined;
      this.expected = undefined;
      this.operator = undefined;
      details.forEach((d, i) => {
        this['message ' + i] = d.message;
        this['actual ' + i] = d.actual;
        this['expected ' + i] = d.expected;
        this['operator ' + i] = d.operator;
        this['stack trace ' + i] = d.stack;
      });
    } else {
      this.actual = actual;
      this.expected = expected;
      this.operator = operator;
    }
    if (Error.captureStackTrace) Error.captureStackTrace(this, stackStartFn || stackStartFunction);
    this.stack; // made while the name tells the code
    this.name = 'AssertionError';
    this.diff = diff;
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  [inspect.custom](depth, ctx) {
    const { actual, expected } = this;
    this.actual = shorten(actual);
    this.expected = shorten(expected);
    try {
      return inspect(this, { ...ctx, customInspect: false, depth: 0 });
    } finally {
      this.actual = actual;
      this.expected = expected;
    }
  }
}

module.exports = AssertionError;
