'use strict';
// timers/promises. binding: the timers of promises.go.
const { AbortError, codes } = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateNumber, validateObject } = require('internal/validators');
const none = {};
const kScheduler = Symbol('kScheduler');

function check(options) {
  validateObject(options, 'options');
  const { signal, ref } = options;
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  if (ref !== undefined) validateBoolean(ref, 'options.ref');
}
const aborted = (signal) => new AbortError(undefined, { cause: signal.reason });

// once makes the promise of a timer that `start(resolve)` starts and `clear` ends.
function once({ signal }, start, clear) {
  if (signal?.aborted) return Promise.reject(aborted(signal));
  if (!signal) return new Promise(start);
  let cancel;
  return new Promise((resolve, reject) => {
    const timer = start(resolve);
    cancel = () => {
      if (timer._destroyed) return;
      clear(timer);
      reject(aborted(signal));
    };
    signal.addEventListener('abort', cancel);
  }).finally(() => signal.removeEventListener('abort', cancel));
}

function setTimeout(after, value, options = none) {
  try {
    if (after !== undefined) validateNumber(after, 'delay');
    check(options);
  } catch (err) {
    return Promise.reject(err);
  }
  const { ref = true } = options;
  return once(options, (resolve) => binding.setTimeout(resolve, after, value, ref), binding.clearTimeout);
}

function setImmediate(value, options = none) {
  try {
    check(options);
  } catch (err) {
    return Promise.reject(err);
  }
  const { ref = true } = options;
  return once(options, (resolve) => binding.setImmediate(resolve, value, ref), binding.clearImmediate);
}

// setInterval is an asynchronous generator in Node: nothing happens before the first next(), and the calls wait for
// each other. A method, for it is no constructor either.
const { setInterval } = { setInterval(after, value, options = none) {
  let timer, signal, wake, pending = 0, state = 'start', queue = Promise.resolve();
  const finish = () => {
    state = 'done';
    if (timer) binding.clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  const awake = () => {
    const f = wake;
    wake = undefined;
    f?.();
  };
  const onAbort = () => {
    binding.clearTimeout(timer);
    awake();
  };
  const begin = () => {
    state = 'running';
    if (after !== undefined) validateNumber(after, 'delay');
    check(options);
    signal = options.signal;
    if (signal?.aborted) throw aborted(signal);
    timer = binding.setInterval(() => {
      pending++;
      awake();
    }, after, options.ref ?? true);
    signal?.addEventListener('abort', onAbort, { once: true });
  };
  const step = async () => {
    if (state === 'done') return { value: undefined, done: true };
    try {
      if (state === 'start') begin();
      if (pending === 0 && !signal?.aborted) await new Promise((resolve) => { wake = resolve; });
      if (pending === 0) throw aborted(signal);
    } catch (err) {
      finish();
      throw err;
    }
    pending--;
    return { value, done: false };
  };
  const later = (f) => {
    const result = queue.then(f);
    queue = result.catch(() => {});
    return result;
  };
  return {
    next: () => later(step),
    return: (result) => later(() => {
      finish();
      return { value: result, done: true };
    }),
    throw: (err) => later(() => {
      finish();
      throw err;
    }),
    [Symbol.asyncIterator]() { return this; },
    [Symbol.toStringTag]: 'AsyncGenerator',
  };
} };

class Scheduler {
  constructor() { throw new codes.ERR_ILLEGAL_CONSTRUCTOR(); }
  yield() {
    if (!this[kScheduler]) throw new codes.ERR_INVALID_THIS('Scheduler');
    return setImmediate();
  }
  wait(delay, options) {
    if (!this[kScheduler]) throw new codes.ERR_INVALID_THIS('Scheduler');
    return setTimeout(delay, undefined, options);
  }
}

module.exports = {
  setTimeout,
  setImmediate,
  setInterval,
  scheduler: Object.create(Scheduler.prototype, { [kScheduler]: { value: true } }),
};
