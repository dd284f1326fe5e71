// The error that a failed test carries: what made it fail is its cause.
'use strict';
const { makeError } = require('internal/errors');

const made = new WeakSet();

// hideRunner leaves the frames of others in a failure's stack.
function hideRunner(err) {
  const { stack } = err;
  if (typeof stack !== 'string') return;
  const lines = stack.split('\n').filter((line) => !/^    at .*\bnode:internal\//.test(line));
  Object.defineProperty(err, 'stack', { configurable: true, enumerable: false, writable: true, value: lines.join('\n') });
}

// failure wraps what was thrown, or words; kind is its failureType.
exports.failure = function failure(cause, kind) {
  let words = cause?.message ?? cause;
  if (typeof words !== 'string') words = require('util').inspect(words);
  const err = makeError('ERR_TEST_FAILURE', words, kind);
  Object.assign(err, { failureType: kind, cause });
  hideRunner(err);
  made.add(err);
  return err;
};
exports.isFailure = (err) => err !== null && typeof err === 'object' && made.has(err);

// Failures behind which there is an error of the test's own.
exports.wrapsCause = (kind) => kind === 'testCodeFailure' || kind === 'hookFailed' || kind === 'uncaughtException' || kind === 'unhandledRejection';
