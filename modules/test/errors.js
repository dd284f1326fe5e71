// Errors on their way between processes, in the form that Node gives them: a byte for the kind, and the rest.
'use strict';
const { inspect } = require('util');
const v8 = require('v8');

const kError = 0, kValue = 1, kInspectedError = 2, kInspectedSymbol = 3, kCustomInspected = 4, kCircular = 5;
const kClasses = { __proto__: null, Error, TypeError, RangeError, URIError, SyntaxError, ReferenceError, EvalError };

// propertiesOf collects the properties that an error has or inherits. Functions and symbols stay behind.
function propertiesOf(object, error, seen) {
  if (object === null) return { __proto__: null };
  const all = propertiesOf(Object.getPrototypeOf(object), error, seen);
  for (const key of Object.getOwnPropertyNames(object)) {
    let descriptor;
    try {
      descriptor = Object.getOwnPropertyDescriptor(object, key);
      if (descriptor.get && key !== '__proto__') {
        const { enumerable, configurable } = descriptor;
        descriptor = { value: Reflect.apply(descriptor.get, error, []), enumerable, configurable };
      }
    } catch {
      continue;
    }
    if (key === 'cause') all[key] = { ...descriptor, value: serialize(descriptor.value, seen) };
    else if ('value' in descriptor && typeof descriptor.value !== 'function' && typeof descriptor.value !== 'symbol') all[key] = descriptor;
  }
  return all;
}

function classOf(error) {
  for (let o = error; o !== null; o = Object.getPrototypeOf(o)) {
    const name = Object.getOwnPropertyDescriptor(Object.getOwnPropertyDescriptor(o, 'constructor')?.value ?? {}, 'name')?.value;
    if (kClasses[name]) return name;
  }
  return undefined;
}

const marked = (kind, data) => Buffer.concat([Buffer.from([kind]), typeof data === 'string' ? Buffer.from(data, 'utf8') : data]);

function serialize(error, seen = new Set()) {
  if (typeof error === 'symbol') return marked(kInspectedSymbol, inspect(error));
  try {
    if (typeof error === 'object' && Object.prototype.toString.call(error) === '[object Error]') {
      if (seen.has(error)) return Buffer.from([kCircular]);
      seen.add(error);
      const constructor = classOf(error);
      if (constructor) return marked(kError, v8.serialize({ constructor, properties: propertiesOf(error, error, seen) }));
    }
  } catch { /* its text will do */ }
  try {
    if (error !== null && error !== undefined && inspect.custom in error) return marked(kCustomInspected, inspect(error));
  } catch { /* as above */ }
  try {
    return marked(kValue, v8.serialize(error));
  } catch { /* as above */ }
  return marked(kInspectedError, inspect(error));
}

const textOf = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1).toString('utf8');
const shownAs = (text) => ({ __proto__: null, [inspect.custom]: () => text });

function deserialize(bytes) {
  switch (bytes[0]) {
    case kError: {
      const { constructor, properties } = v8.deserialize(bytes.subarray(1));
      Object.defineProperty(properties, Symbol.toStringTag, { value: { value: 'Error', configurable: true }, enumerable: true });
      if (properties.cause && 'value' in properties.cause) properties.cause.value = deserialize(properties.cause.value);
      return Object.create(kClasses[constructor].prototype, properties);
    }
    case kValue: return v8.deserialize(bytes.subarray(1));
    case kInspectedSymbol: return Symbol.for(textOf(bytes).slice('Symbol('.length, -1));
    case kCustomInspected: return shownAs(textOf(bytes));
    case kCircular: return shownAs('[Circular object]');
  }
  return textOf(bytes);
}

module.exports = { serialize, deserialize };
