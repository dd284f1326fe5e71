// What zlib and zlib/iter share. The binding does a piece of the work at a time: step(handle, input, flush, limit,
// callback) answers [output, more, used, left], followed by message, errno and code after an error.
'use strict';

const { codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE } } = require('internal/errors');

// finite checks an optional number; NaN and undefined mean the default.
function finite(number, name) {
  if (number === undefined || Number.isNaN(number)) return false;
  if (Number.isFinite(number)) return true;
  if (typeof number !== 'number') throw new ERR_INVALID_ARG_TYPE(name, 'number', number);
  throw new ERR_OUT_OF_RANGE(name, 'a finite number', number);
}

function ranged(number, name, lower, upper, otherwise) {
  if (!finite(number, name)) return otherwise;
  if (number < lower || number > upper) throw new ERR_OUT_OF_RANGE(name, `>= ${lower} and <= ${upper}`, number);
  return number;
}

const makeError = (message, errno, code) => Object.assign(new Error(message), { errno, code });

module.exports = { native: binding, finite, makeError, ranged };
