// What a thread threw, on its way to another. May require internal/errors and util.
'use strict';
const { codes } = require('internal/errors');

const classes = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

// pack makes of what was thrown something that can be cloned.
function pack(error) {
  if (typeof error === 'symbol') return { kind: 'symbol', text: error.description };
  try {
    if (Object.prototype.toString.call(error) === '[object Error]') {
      for (let proto = error; proto !== null; proto = Object.getPrototypeOf(proto)) {
        const name = Object.hasOwn(proto, 'constructor') && proto.constructor?.name;
        if (name && Object.hasOwn(classes, name)) return { kind: 'error', name, properties: structuredClone(properties(error)) };
      }
    }
  } catch {}
  const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
  try {
    if (typeof error?.[inspectCustom] === 'function') return { kind: 'inspected', text: require('util').inspect(error) };
    return { kind: 'value', value: structuredClone(error) };
  } catch {}
  return { kind: 'value', value: require('util').inspect(error) };
}

// properties are all that the object and its prototypes have and can be read, but functions and constructors.
function properties(error) {
  const found = {};
  for (let o = error; o !== null; o = Object.getPrototypeOf(o)) {
    if (o === Error.prototype || o === Object.prototype) break;
    for (const key of Object.getOwnPropertyNames(o)) {
      if (key === 'constructor' || Object.hasOwn(found, key)) continue;
      try {
        const value = error[key];
        if (typeof value === 'function') continue;
        found[key] = { value, enumerable: Object.getOwnPropertyDescriptor(o, key).enumerable };
      } catch {}
    }
  }
  return found;
}

// unpack makes again what the thread threw.
function unpack(error) {
  if (!error) return new codes.ERR_WORKER_UNSERIALIZABLE_ERROR();
  if (error.kind === 'symbol') return Symbol(error.text);
  if (error.kind === 'value') return error.value;
  if (error.kind === 'inspected') return { __proto__: null, [Symbol.for('nodejs.util.inspect.custom')]: () => error.text };
  const { name, properties } = error;
  const made = new classes[name]();
  delete made.stack;
  for (const [key, { value, enumerable }] of Object.entries(properties)) {
    Object.defineProperty(made, key, { value, enumerable, writable: true, configurable: true });
  }
  return made;
}

module.exports = { pack, unpack };
