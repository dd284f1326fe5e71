// The assertions that call functions or wait for promises; those that compare two values are in Go.
'use strict';
const { codes } = require('internal/errors');
const { inspect } = require('internal/util/inspect');
const { isDeepStrictEqual } = require('internal/util/comparisons');
const { validateFunction, validateOneOf } = require('internal/validators');
const AssertionError = require('internal/assert/assertion_error');
const types = require('internal/util/types');
const { isPromise, isRegExp } = types;

const nothingThrown = {};
const isError = (e) => types.isNativeError(e) || e instanceof Error;
const isNative = (e) => types.isNativeError(e) || e instanceof Error;
const matches = (re, s) => RegExp.prototype.exec.call(re, s) !== null;

const kOptions = Symbol('options');

function throwError(actual, expected, message, operator, stackStartFn, generated, diff) {
  const err = new AssertionError({ actual, expected, message, operator, stackStartFn, diff });
  if (generated !== undefined) err.generatedMessage = generated;
  throw err;
}

function innerFail(actual, expected, message, operator, stackStartFn, diff) {
  if (message instanceof Error) throw message;
  throwError(actual, expected, message, operator, stackStartFn, undefined, diff);
}

function failOk(fn, count, value, message) {
  let generated = false;
  if (count === 0) {
    generated = true;
    message = 'No value argument passed to `assert.ok()`';
  } else if (message == null) {
    generated = true;
    message = binding.expression();
  } else if (isError(message)) {
    throw message;
  }
  throwError(value, true, message, '==', fn, generated);
}

const natives = binding.init(innerFail, failOk, kOptions);
const assert = natives.ok;
const strict = natives.strict;

let warned = false;
function fail(actual, expected, message, operator, stackStartFn) {
  const count = arguments.length;
  let generated;
  if (actual == null && count <= 1) {
    generated = true;
    message = 'Failed';
  } else if (count === 1) {
    message = actual;
    actual = undefined;
  } else {
    if (!warned) {
      warned = true;
      process.emitWarning('assert.fail() with more than one argument is deprecated. ' +
        'Please use assert.strictEqual() instead or only pass a message.', 'DeprecationWarning', 'DEP0094');
    }
    if (count === 2) operator = '!=';
  }
  if (message instanceof Error) throw message;
  throwError(actual, expected, message, operator === undefined ? 'fail' : operator, stackStartFn || fail, generated,
    this?.[kOptions]?.diff);
}

// Only the properties that are compared show up in the message.
class Comparison {
  constructor(obj, keys, actual) {
    for (const key of keys) {
      if (key in obj) {
        const same = actual !== undefined && typeof actual[key] === 'string' && isRegExp(obj[key]) && matches(obj[key], actual[key]);
        this[key] = same ? actual[key] : obj[key];
      }
    }
  }
}

function compareKey(actual, expected, key, message, keys, fn) {
  if (key in actual && isDeepStrictEqual(actual[key], expected[key])) return;
  if (message) innerFail(actual, expected, message, fn.name, fn);
  const err = new AssertionError({
    actual: new Comparison(actual, keys),
    expected: new Comparison(expected, keys, actual),
    operator: 'deepStrictEqual',
    stackStartFn: fn,
  });
  err.actual = actual;
  err.expected = expected;
  err.operator = fn.name;
  throw err;
}

function expectedException(actual, expected, message, fn) {
  let generated = false;
  if (typeof expected !== 'function') {
    if (isRegExp(expected)) {
      const str = String(actual);
      if (matches(expected, str)) return;
      if (!message) {
        generated = true;
        message = `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(str)}\n`;
      }
    } else if (typeof actual !== 'object' || actual === null) {
      const err = new AssertionError({ actual, expected, message, operator: 'deepStrictEqual', stackStartFn: fn });
      err.operator = fn.name;
      throw err;
    } else {
      const keys = Object.keys(expected);
      if (expected instanceof Error) keys.push('name', 'message');
      else if (keys.length === 0) throw new codes.ERR_INVALID_ARG_VALUE('error', expected, 'may not be an empty object');
      for (const key of keys) {
        if (typeof actual[key] === 'string' && isRegExp(expected[key]) && matches(expected[key], actual[key])) continue;
        compareKey(actual, expected, key, message, keys, fn);
      }
      return;
    }
  } else if (expected.prototype !== undefined && actual instanceof expected) {
    return;
  } else if (Object.prototype.isPrototypeOf.call(Error, expected)) {
    if (!message) {
      generated = true;
      message = `The error is expected to be an instance of "${expected.name}". Received `;
      if (isNative(actual)) {
        const name = (actual.constructor && actual.constructor.name) || actual.name;
        message += expected.name === name ? 'an error with identical name but a different prototype.' : `"${name}"`;
        if (actual.message) message += `\n\nError message:\n\n${actual.message}`;
      } else {
        message += `"${inspect(actual, { depth: -1 })}"`;
      }
    }
  } else {
    const result = Reflect.apply(expected, {}, [actual]);
    if (result === true) return;
    if (!message) {
      generated = true;
      message = `The ${expected.name ? `"${expected.name}" ` : ''}validation function is expected to return "true". Received ${inspect(result)}`;
      if (isNative(actual)) message += `\n\nCaught error:\n\n${actual}`;
    }
  }
  throwError(actual, expected, message, fn.name, fn, generated);
}

function thrownBy(fn) {
  validateFunction(fn, 'fn');
  try {
    fn();
  } catch (e) {
    return e;
  }
  return nothingThrown;
}

const thenable = (p) => isPromise(p) || (p !== null && typeof p === 'object' && typeof p.then === 'function' && typeof p.catch === 'function');

async function rejectedBy(promiseFn) {
  let promise = promiseFn;
  if (typeof promiseFn === 'function') {
    promise = promiseFn();
    if (!thenable(promise)) throw new codes.ERR_INVALID_RETURN_VALUE('instance of Promise', 'promiseFn', promise);
  } else if (!thenable(promiseFn)) {
    throw new codes.ERR_INVALID_ARG_TYPE('promiseFn', ['Function', 'Promise'], promiseFn);
  }
  try {
    await promise;
  } catch (e) {
    return e;
  }
  return nothingThrown;
}

function expectsError(fn, actual, error, message) {
  if (typeof error === 'string') {
    if (arguments.length === 4) throw new codes.ERR_INVALID_ARG_TYPE('error', ['Object', 'Error', 'Function', 'RegExp'], error);
    if (typeof actual === 'object' && actual !== null) {
      if (actual.message === error) {
        throw new codes.ERR_AMBIGUOUS_ARGUMENT('error/message', `The error message "${actual.message}" is identical to the message.`);
      }
    } else if (actual === error) {
      throw new codes.ERR_AMBIGUOUS_ARGUMENT('error/message', `The error "${actual}" is identical to the message.`);
    }
    message = error;
    error = undefined;
  } else if (error != null && typeof error !== 'object' && typeof error !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE('error', ['Object', 'Error', 'Function', 'RegExp'], error);
  }
  if (actual === nothingThrown) {
    let details = error && error.name ? ` (${error.name})` : '';
    details += message ? `: ${message}` : '.';
    innerFail(undefined, error, `Missing expected ${fn === Assert.prototype.rejects ? 'rejection' : 'exception'}${details}`, fn.name, fn);
  }
  if (error) expectedException(actual, error, message, fn);
}

function hasMatchingError(actual, expected) {
  if (typeof expected !== 'function') {
    if (isRegExp(expected)) return matches(expected, String(actual));
    throw new codes.ERR_INVALID_ARG_TYPE('expected', ['Function', 'RegExp'], expected);
  }
  if (expected.prototype !== undefined && actual instanceof expected) return true;
  if (Object.prototype.isPrototypeOf.call(Error, expected)) return false;
  return Reflect.apply(expected, {}, [actual]) === true;
}

function expectsNoError(fn, actual, error, message) {
  if (actual === nothingThrown) return;
  if (typeof error === 'string') {
    message = error;
    error = undefined;
  }
  if (!error || hasMatchingError(actual, error)) {
    const kind = fn === Assert.prototype.doesNotReject ? 'rejection' : 'exception';
    innerFail(actual, error, `Got unwanted ${kind}${message ? `: ${message}` : '.'}\nActual message: "${actual && actual.message}"`, fn.name, fn);
  }
  throw actual;
}

function match(string, regexp, message, fn) {
  if (!isRegExp(regexp)) throw new codes.ERR_INVALID_ARG_TYPE('regexp', 'RegExp', regexp);
  const wanted = fn === Assert.prototype.match;
  if (typeof string === 'string' && matches(regexp, string) === wanted) return;
  if (message instanceof Error) throw message;
  const generated = !message;
  if (generated) {
    message = typeof string !== 'string' ?
      `The "string" argument must be of type string. Received type ${typeof string} (${inspect(string)})` :
      `The input ${wanted ? 'did not' : 'was expected to not'} match the regular expression ${inspect(regexp)}. Input:\n\n${inspect(string)}\n`;
  }
  throwError(string, regexp, message, fn.name, fn, generated);
}

function Assert(options) {
  if (!new.target) throw new codes.ERR_CONSTRUCT_CALL_REQUIRED('Assert');
  options = Object.assign({ __proto__: null, strict: true, skipPrototype: false }, options);
  if (options.diff !== undefined) validateOneOf(options.diff, 'options.diff', ['simple', 'full']);
  this.AssertionError = AssertionError;
  Object.defineProperty(this, kOptions, { __proto__: null, value: options });
  if (options.strict) {
    this.equal = this.strictEqual;
    this.deepEqual = this.deepStrictEqual;
    this.notEqual = this.notStrictEqual;
    this.notDeepEqual = this.notDeepStrictEqual;
  }
}

const { ok: _, strict: __, 'ok ': plainOk, ...comparing } = natives;
Object.assign(Assert.prototype, { fail, ok: plainOk }, comparing, {
  throws: function throws(fn, ...args) { expectsError(throws, thrownBy(fn), ...args); },
  rejects: async function rejects(fn, ...args) { expectsError(rejects, await rejectedBy(fn), ...args); },
  doesNotThrow: function doesNotThrow(fn, ...args) { expectsNoError(doesNotThrow, thrownBy(fn), ...args); },
  doesNotReject: async function doesNotReject(fn, ...args) { expectsNoError(doesNotReject, await rejectedBy(fn), ...args); },
  ifError: function ifError(err) {
    if (err === null || err === undefined) return;
    let message = 'ifError got unwanted exception: ';
    if (typeof err === 'object' && typeof err.message === 'string') {
      message += err.message.length === 0 && err.constructor ? err.constructor.name : err.message;
    } else {
      message += inspect(err);
    }
    const wrapped = new AssertionError({ actual: err, expected: null, operator: 'ifError', message, stackStartFn: ifError, diff: this?.[kOptions]?.diff });
    const { stack } = err;
    // The stack goes on with that of the error, from where the two part.
    if (typeof stack === 'string') {
      const at = stack.indexOf('\n    at');
      if (at !== -1) {
        const original = stack.slice(at + 1).split('\n');
        let frames = wrapped.stack.split('\n');
        for (const frame of original) {
          const pos = frames.indexOf(frame);
          if (pos !== -1) {
            frames = frames.slice(0, pos);
            break;
          }
        }
        wrapped.stack = frames.join('\n') + '\n' + original.join('\n');
      }
    }
    throw wrapped;
  },
  match: function match_(string, regexp, message) { match(string, regexp, message, match_); },
  doesNotMatch: function doesNotMatch(string, regexp, message) { match(string, regexp, message, doesNotMatch); },
});
Object.defineProperty(Assert.prototype.match, 'name', { value: 'match' });

assert.AssertionError = AssertionError;
binding.defineTracker(assert);
assert.ok = assert;
for (const name of ['fail', 'equal', 'notEqual', 'deepEqual', 'notDeepEqual', 'deepStrictEqual', 'notDeepStrictEqual', 'strictEqual',
  'notStrictEqual', 'partialDeepStrictEqual', 'match', 'doesNotMatch', 'throws', 'rejects', 'doesNotThrow', 'doesNotReject', 'ifError']) {
  assert[name] = Assert.prototype[name];
}
strict.AssertionError = AssertionError;
binding.defineTracker(strict);
for (const name of Object.keys(assert)) if (name !== 'AssertionError' && name !== 'CallTracker') strict[name] = assert[name];
assert.strict = Object.assign(strict, {
  equal: assert.strictEqual,
  deepEqual: assert.deepStrictEqual,
  notEqual: assert.notStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
  Assert,
  strict,
});
assert.Assert = Assert;
module.exports = assert;
