// Web Locks: LockManager and Lock. binding: see locks.go. May require diagnostics_channel, internal/domexception,
// internal/errors and internal/validators.
'use strict';
const { codes } = require('internal/errors');
const { validateAbortSignal, validateFunction } = require('internal/validators');
const { isPromise } = require('internal/util/types');
const { channel } = require('diagnostics_channel');

const kName = Symbol('kName');
const kMode = Symbol('kMode');
const inside = Symbol('inside');
const channels = { start: channel('locks.request.start'), grant: channel('locks.request.grant'), miss: channel('locks.request.miss'),
                   end: channel('locks.request.end') };

const domException = (message, name) => new (require('internal/domexception').DOMException)(message, name);
const aborted = () => domException('The operation was aborted', 'AbortError');
const typeError = (code, message) => Object.assign(new TypeError(message), { code });
const publish = (name, message) => { if (channels[name].hasSubscribers) channels[name].publish(message); };

class Lock {
  constructor(key = undefined, name, mode) {
    if (key !== inside) throw new codes.ERR_ILLEGAL_CONSTRUCTOR();
    this[kName] = name;
    this[kMode] = mode;
  }

  get name() {
    if (this instanceof Lock) return this[kName];
    throw new codes.ERR_INVALID_THIS('Lock');
  }

  get mode() {
    if (this instanceof Lock) return this[kMode];
    throw new codes.ERR_INVALID_THIS('Lock');
  }
}

// readOptions takes the members of LockOptions in the order of their names.
function readOptions(options) {
  if (options === undefined || options === null || typeof options === 'function') options = {};
  else if (typeof options !== 'object') throw typeError('ERR_INVALID_ARG_TYPE', 'Value cannot be converted to a dictionary');
  const ifAvailable = Boolean(options.ifAvailable);
  let { mode } = options;
  mode = mode === undefined ? 'exclusive' : `${mode}`;
  if (mode !== 'exclusive' && mode !== 'shared') {
    throw typeError('ERR_INVALID_ARG_VALUE', `mode '${mode}' is not a valid enum value of type LockMode.`);
  }
  const { signal } = options;
  if (signal !== undefined && (signal === null || typeof signal !== 'object' && typeof signal !== 'function')) {
    throw typeError('ERR_INVALID_ARG_TYPE', 'signal is not an object.');
  }
  return { mode, ifAvailable, steal: Boolean(options.steal), signal };
}

// hold asks for a lock and runs callback with it, or with null where it is not to be had at once; the promise settles when
// the lock is free again.
function hold(name, mode, steal, ifAvailable, callback) {
  return new Promise((resolve, reject) => {
    binding.request(name, mode, steal, ifAvailable, (granted) => {
      const release = (settle, value) => {
        if (granted !== null) binding.release(granted);
        settle(value);
        binding.proceed();
      };
      let result;
      try {
        result = callback(granted === null ? null : new Lock(inside, name, mode));
      } catch (err) {
        return release(reject, err);
      }
      if (isPromise(result)) result.then((value) => release(resolve, value), (err) => release(reject, err));
      else release(resolve, result);
    }, () => reject(aborted()));
  });
}

class LockManager {
  constructor(key = undefined) {
    if (key !== inside) throw new codes.ERR_ILLEGAL_CONSTRUCTOR();
  }

  async request(name, options, callback = undefined) {
    if (callback === undefined) {
      callback = options;
      options = undefined;
    }
    if (typeof name === 'symbol') throw typeError('ERR_INVALID_ARG_TYPE', 'Value is a Symbol and cannot be converted to a string.');
    name = `${name}`;
    validateFunction(callback, 'callback');
    const { mode, ifAvailable, steal, signal } = readOptions(options);
    validateAbortSignal(signal, 'options.signal');
    signal?.throwIfAborted();
    const refuse = (message) => { throw domException(message, 'NotSupportedError'); };
    if (name[0] === '-') refuse('Lock name may not start with hyphen');
    if (ifAvailable && steal) refuse('ifAvailable and steal are mutually exclusive');
    if (mode !== 'exclusive' && steal) refuse('mode: "shared" and steal are mutually exclusive');
    if (signal && (steal || ifAvailable)) refuse('signal cannot be used with steal or ifAvailable');

    publish('start', { name, mode });
    const ended = (error) => publish('end', { name, mode, ifAvailable, steal, error });
    let abort;
    const waiting = signal && new Promise((_, reject) => {
      abort = () => reject(signal.reason ?? aborted());
      signal.addEventListener('abort', abort, { once: true });
    });
    try {
      const released = hold(name, mode, steal, ifAvailable, (lock) => {
        if (!signal) {
          publish(lock === null ? 'miss' : 'grant', { name, mode });
          return callback(lock);
        }
        return Promise.resolve().then(() => {
          if (signal.aborted) return undefined;
          signal.removeEventListener('abort', abort);
          publish('grant', { name, mode });
          return callback(lock);
        });
      });
      if (signal) released.catch(() => {});
      const result = await (signal ? Promise.race([released, waiting]) : released);
      ended(undefined);
      return result;
    } catch (err) {
      ended(err);
      throw err;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async query() {
    if (this instanceof LockManager) return binding.query();
    throw new codes.ERR_INVALID_THIS('LockManager');
  }
}

for (const [{ prototype }, tag] of [[Lock, 'Lock'], [LockManager, 'LockManager']]) {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, { enumerable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { __proto__: null, value: tag, configurable: true });
}

module.exports = { Lock, LockManager, locks: new LockManager(inside) };
