// How the classes of the Web take their arguments, in undici's words, and what all these classes have.
'use strict';

// Shows a value in a message.
function shortly(value) {
  switch (typeof value) {
    case 'symbol': return `Symbol(${value.description})`;
    case 'string': return `"${value}"`;
    case 'bigint': return `${value}n`;
    case 'object': case 'function': return value === null ? 'null' : require('internal/util/inspect').inspect(value);
    default: return `${value}`;
  }
}

// The number of arguments.
function need(have, n, method) {
  if (have < n) throw new TypeError(`${method}: ${n} argument${n === 1 ? '' : 's'} required, but${have ? ' only' : ''} ${have} found.`);
}

// The dictionary of options that a method takes.
function dictionary(init, what) {
  if (init === undefined || init === null) return {};
  if (typeof init !== 'object' && typeof init !== 'function')
    throw new TypeError(`${what}: Expected ${String(init)} to be one of: Null, Undefined, Object.`);
  return init;
}

function text(value, what) {
  if (typeof value === 'symbol') throw new TypeError(`${what} is a symbol, which cannot be converted to a DOMString.`);
  return `${value}`;
}

// A string of bytes; what names the value of a symbol.
function byteString(value, what = 'undefined: undefined') {
  if (typeof value === 'symbol') throw new TypeError(`${what} is a symbol, which cannot be converted to a ByteString.`);
  value = `${value}`;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 255)
      throw new TypeError(`Cannot convert argument to a ByteString because the character at index ${i} has a value of ${code} which is greater than 255.`);
  }
  return value;
}

const usvString = (value) => `${value}`.toWellFormed();
const uint16 = (value) => (Number(value) & 0xffff);
const uint32 = (value) => (Number(value) >>> 0);

// Throws what a method says to an object that is not of its class, or inherits from its prototype only.
function illegal(o, Class) {
  const err = new TypeError('Illegal invocation');
  if (!(o instanceof Class)) err.code = 'ERR_INVALID_THIS';
  throw err;
}

// Makes the members of a class as those of the Web are. Its objects cannot be cloned.
function expose(Class, statics = []) {
  const { prototype } = Class;
  for (const key of Object.getOwnPropertyNames(prototype))
    if (key !== 'constructor') Object.defineProperty(prototype, key, { __proto__: null, enumerable: true });
  for (const key of statics) Object.defineProperty(Class, key, { __proto__: null, enumerable: true });
  Object.defineProperty(prototype, Symbol.toStringTag, { __proto__: null, configurable: true, value: Class.name });
  require('internal/clone').uncloneable(prototype);
}

module.exports = { shortly, need, dictionary, text, byteString, usvString, uint16, uint32, illegal, expose };
