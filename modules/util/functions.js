// Functions of util that make functions: promisify, callbackify, deprecate, debuglog; and styleText, aborted.
'use strict';
const { codes } = require('internal/errors');
const { validateFunction, validateString, validateBoolean, validateObject, validateOneOf, validateAbortSignal } = require('internal/validators');
const { inspect, format, formatWithOptions } = require('internal/util/inspect');

const custom = Symbol.for('nodejs.util.promisify.custom');
const customArgs = Symbol.for('nodejs.util.promisify.customArgs');
const fixed = (value) => ({ __proto__: null, value, enumerable: false, writable: false, configurable: true });

function promisify(original) {
  validateFunction(original, 'original');
  if (original[custom]) {
    const fn = original[custom];
    validateFunction(fn, 'util.promisify.custom');
    return Object.defineProperty(fn, custom, fixed(fn));
  }
  // Names for the values of a callback that gets several, as fs.read's does.
  const names = original[customArgs];
  function fn(...args) {
    return new Promise((resolve, reject) => {
      args.push((err, ...values) => {
        if (err) return reject(err);
        if (names === undefined || values.length < 2) return resolve(values[0]);
        const result = {};
        names.forEach((name, i) => { result[name] = values[i]; });
        resolve(result);
      });
      Reflect.apply(original, this, args);
    });
  }
  Object.setPrototypeOf(fn, Object.getPrototypeOf(original));
  Object.defineProperty(fn, custom, fixed(fn));
  return Object.defineProperties(fn, descriptors(original));
}
promisify.custom = custom;

// Own properties, in a form that Object.prototype has no say in.
function descriptors(fn) {
  const all = Object.getOwnPropertyDescriptors(fn);
  for (const d of Object.values(all)) Object.setPrototypeOf(d, null);
  return all;
}

function onRejected(reason, cb) {
  if (!reason) {
    const err = new codes.ERR_FALSY_VALUE_REJECTION(reason);
    err.reason = reason;
    if (Error.captureStackTrace) Error.captureStackTrace(err, onRejected);
    reason = err;
  }
  return cb(reason);
}

function callbackify(original) {
  validateFunction(original, 'original');
  function callbackified(...args) {
    const last = args.pop();
    validateFunction(last, 'last argument');
    const cb = last.bind(this);
    Reflect.apply(original, this, args).then(
      (value) => process.nextTick(cb, null, value),
      (reason) => process.nextTick(onRejected, reason, cb));
  }
  const all = descriptors(original);
  if (typeof all.length.value === 'number') all.length.value++;
  if (typeof all.name.value === 'string') all.name.value += 'Callbackified';
  return Object.defineProperties(callbackified, all);
}

const warnedCodes = new Set();
function deprecate(fn, message, code) {
  if (code !== undefined) validateString(code, 'code');
  let warned = false;
  function deprecated(...args) {
    if (!process.noDeprecation && !warned) {
      warned = true;
      if (code === undefined) {
        process.emitWarning(message, 'DeprecationWarning', deprecated);
      } else if (!warnedCodes.has(code)) {
        warnedCodes.add(code);
        process.emitWarning(message, 'DeprecationWarning', code, deprecated);
      }
    }
    return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  Object.defineProperty(deprecated, 'length', Object.getOwnPropertyDescriptor(fn, 'length') ?? { value: 0 });
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated;
}

const loggers = { __proto__: null };
let enabledSets;

// NODE_DEBUG names the sections that speak, with * as a wildcard.
function debugEnabled(set) {
  if (enabledSets === undefined) {
    const names = process.env.NODE_DEBUG;
    enabledSets = names ? new RegExp('^' + names.replace(/[|\\{}()[\]^$+?.]/g, '\\$&').replace(/\*/g, '.*').replace(/,/g, '$|^') + '$', 'i') : null;
  }
  return enabledSets !== null && enabledSets.test(set);
}

function logger(set) {
  if (loggers[set] === undefined) {
    if (debugEnabled(set)) {
      if (set === 'HTTP' || set === 'HTTP2') {
        process.emitWarning(`Setting the NODE_DEBUG environment variable to '${set.toLowerCase()}' can expose sensitive ` +
          'data (such as passwords, tokens and authentication headers) in the resulting log.');
      }
      loggers[set] = (...args) => {
        const colors = shouldColorize(process.stderr);
        process.stderr.write(format('%s %s: %s\n', set, inspect(process.pid, { colors }), formatWithOptions({ colors }, ...args)));
      };
    } else {
      loggers[set] = () => {};
    }
  }
  return loggers[set];
}

function debuglog(set, cb) {
  let debug = (...args) => {
    set = set.toUpperCase();
    debug = logger(set);
    if (typeof cb === 'function') cb(debug);
    debug(...args);
  };
  const log = (...args) => debug(...args);
  Object.defineProperty(log, 'name', { value: 'logger', configurable: true });
  Object.defineProperty(log, 'enabled', {
    __proto__: null,
    get() { return debugEnabled(set.toUpperCase()); },
    configurable: true,
    enumerable: true,
  });
  return log;
}

function shouldColorize(stream) {
  if (process.env.FORCE_COLOR !== undefined) return require('tty').WriteStream.prototype.getColorDepth() > 2;
  return stream?.isTTY && (typeof stream.getColorDepth === 'function' ? stream.getColorDepth() > 2 : true);
}

// sequences are the escapes that begin and end a style. What ends bold and dim ends both.
function sequences(name) {
  if (typeof name === 'string' && name[0] === '#') {
    if (!/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(name)) {
      throw new codes.ERR_INVALID_ARG_VALUE('format', name, 'must be a valid hex color (#RGB or #RRGGBB)');
    }
    const digits = name.length === 4 ? [1, 2, 3].map((i) => name[i] + name[i]) : [1, 3, 5].map((i) => name.slice(i, i + 2));
    return { on: `\x1b[38;2;${digits.map((d) => parseInt(d, 16)).join(';')}m`, off: '\x1b[39m', again: false };
  }
  const found = inspect.colors[name];
  if (!found) validateOneOf(name, 'format', Object.getOwnPropertyNames(inspect.colors));
  return { on: `\x1b[${found[0]}m`, off: `\x1b[${found[1]}m`, again: found[0] === 1 || found[0] === 2 };
}

// resume begins a style again where the text ends it inside.
function resume(text, { on, off, again }) {
  const parts = text.split(off);
  const last = parts.length > 1 && parts.at(-1) === '' ? parts.splice(-2).join(off) : parts.pop();
  return parts.map((part) => part + (again ? off + on : on)).join('') + last;
}

function styleText(format, text, options) {
  const validateStream = options?.validateStream ?? true;
  validateString(text, 'text');
  if (options !== undefined) validateObject(options, 'options');
  validateBoolean(validateStream, 'options.validateStream');
  let plain = false;
  if (validateStream) {
    const stream = options?.stream ?? process.stdout;
    if (!(stream && typeof stream === 'object' && (typeof stream.write === 'function' || typeof stream.read === 'function' ||
        typeof stream.getReader === 'function' || typeof stream.getWriter === 'function' || typeof stream.on === 'function'))) {
      throw new codes.ERR_INVALID_ARG_TYPE('stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
    }
    plain = !shouldColorize(stream);
  }
  let before = '';
  let after = '';
  let styled = text;
  for (const name of Array.isArray(format) ? format : [format]) {
    if (name === 'none') continue;
    const style = sequences(name);
    before += style.on;
    after = style.off + after;
    styled = resume(styled, style);
  }
  return plain ? text : before + styled + after;
}

async function aborted(signal, resource) {
  if (signal === undefined) throw new codes.ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  validateAbortSignal(signal, 'signal');
  if (resource === null || (typeof resource !== 'object' && typeof resource !== 'function')) {
    throw new codes.ERR_INVALID_ARG_TYPE('resource', 'Object', resource);
  }
  if (signal.aborted) return;
  return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function transferableAbortController() {
  return new AbortController();
}

function transferableAbortSignal(signal) {
  if (signal?.aborted === undefined) throw new codes.ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  return signal;
}

function nameOf(err) {
  const { codes } = require('internal/errors');
  if (typeof err !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('err', 'number', err);
  if (err >= 0 || !Number.isSafeInteger(err)) throw new codes.ERR_OUT_OF_RANGE('err', 'a negative integer', err);
  return binding.errname(err);
}

function errnoException(err, syscall, original) {
  const code = nameOf(err);
  const e = new Error(original ? `${syscall} ${code} ${original}` : `${syscall} ${code}`);
  e.errno = err;
  e.code = code;
  e.syscall = syscall;
  return e;
}

function exceptionWithHostPort(err, syscall, address, port, additional) {
  const code = nameOf(err);
  let details = '';
  if (port && port > 0) details = ` ${address}:${port}`;
  else if (address) details = ` ${address}`;
  if (additional) details += ` - Local (${additional})`;
  const e = new Error(`${syscall} ${code}${details}`);
  e.errno = err;
  e.code = code;
  e.syscall = syscall;
  e.address = address;
  if (port) e.port = port;
  return e;
}

module.exports = {
  promisify, callbackify, deprecate, debuglog, debug: debuglog, styleText, aborted, shouldColorize,
  transferableAbortController, transferableAbortSignal, customPromisifyArgs: customArgs,
  _errnoException: errnoException, _exceptionWithHostPort: exceptionWithHostPort,
};
