// The members of module events that deal in promises, iterators and abort signals, and EventEmitterAsyncResource.
// May require internal/errors and internal/validators; async_hooks and internal/event_target when called for.
'use strict';
const { AbortError, codes } = require('internal/errors');
const { validateAbortSignal, validateInteger, validateFunction, validateObject, validateString } = require('internal/validators');
const EventEmitter = require('events');

// Listens on an EventEmitter or an EventTarget alike.
function listen(emitter, name, listener, flags) {
  if (typeof emitter.on === 'function') {
    if (flags?.once) emitter.once(name, listener);
    else emitter.on(name, listener);
  } else if (typeof emitter.addEventListener === 'function') {
    emitter.addEventListener(name, listener, flags);
  } else {
    throw new codes.ERR_INVALID_ARG_TYPE('emitter', 'EventEmitter', emitter);
  }
}

function unlisten(emitter, name, listener) {
  if (typeof emitter.removeListener === 'function') emitter.removeListener(name, listener);
  else if (typeof emitter.removeEventListener === 'function') emitter.removeEventListener(name, listener);
  else throw new codes.ERR_INVALID_ARG_TYPE('emitter', 'EventEmitter', emitter);
}

function abortOptions() {
  return { __proto__: null, once: true, [require('internal/event_target').kResistStopPropagation]: true };
}

function addAbortListener(signal, listener) {
  if (signal === undefined) throw new codes.ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  validateAbortSignal(signal, 'signal');
  validateFunction(listener, 'listener');
  let remove;
  if (signal.aborted) {
    queueMicrotask(() => listener());
  } else {
    signal.addEventListener('abort', listener, abortOptions());
    remove = () => signal.removeEventListener('abort', listener);
  }
  return { __proto__: null, [Symbol.dispose]() { remove?.(); } };
}

async function once(emitter, name, options = {}) {
  validateObject(options, 'options');
  const { signal } = options;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  return new Promise((resolve, reject) => {
    const failed = (err) => {
      emitter.removeListener(name, done);
      if (signal) unlisten(signal, 'abort', aborted);
      reject(err);
    };
    const done = (...args) => {
      if (typeof emitter.removeListener === 'function') emitter.removeListener('error', failed);
      if (signal) unlisten(signal, 'abort', aborted);
      resolve(args);
    };
    const aborted = () => {
      unlisten(emitter, name, done);
      unlisten(emitter, 'error', failed);
      reject(new AbortError(undefined, { cause: signal.reason }));
    };
    listen(emitter, name, done, typeof emitter.on === 'function' ? { once: true } : abortOptions());
    if (name !== 'error' && typeof emitter.once === 'function') emitter.once('error', failed);
    if (signal) listen(signal, 'abort', aborted, abortOptions());
  });
}

const AsyncIteratorPrototype = { [Symbol.asyncIterator]() { return this; } };
const kWatermarkData = Symbol.for('nodejs.watermarkData');

function on(emitter, event, options = {}) {
  validateObject(options, 'options');
  const { signal } = options;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const high = options.highWaterMark ?? options.highWatermark ?? Number.MAX_SAFE_INTEGER;
  validateInteger(high, 'options.highWaterMark', 1);
  const low = options.lowWaterMark ?? options.lowWatermark ?? 1;
  validateInteger(low, 'options.lowWaterMark', 1);

  let values = [], head = 0; // emitted and not yet asked for
  let waiting = []; // asked for and not yet emitted
  let listeners = [];
  let paused = false, finished = false, error = null, disposable;
  const add = (name, listener) => {
    listen(emitter, name, listener);
    listeners.push([name, listener]);
  };
  const close = () => {
    disposable?.[Symbol.dispose]();
    for (const [name, listener] of listeners.reverse()) unlisten(emitter, name, listener);
    listeners = [];
    finished = true;
    const done = { value: undefined, done: true };
    for (const w of waiting) w.resolve(done);
    waiting = [];
    return Promise.resolve(done);
  };
  const fail = (err) => {
    if (waiting.length === 0) error = err;
    else waiting.shift().reject(err);
    close();
  };
  const iterator = {
    __proto__: AsyncIteratorPrototype,
    next() {
      if (head < values.length) {
        const value = values[head];
        values[head++] = undefined;
        if (head === values.length) {
          values = [];
          head = 0;
        }
        if (paused && values.length - head < low) {
          emitter.resume();
          paused = false;
        }
        return Promise.resolve({ value, done: false });
      }
      if (error) {
        const rejected = Promise.reject(error);
        error = null;
        return rejected;
      }
      if (finished) return close();
      return new Promise((resolve, reject) => { waiting.push({ resolve, reject }); });
    },
    return() { return close(); },
    throw(err) {
      if (!err || !(err instanceof Error)) throw new codes.ERR_INVALID_ARG_TYPE('EventEmitter.AsyncIterator', 'Error', err);
      fail(err);
    },
    [Symbol.asyncIterator]() { return this; },
    [kWatermarkData]: {
      get size() { return values.length - head; },
      get low() { return low; },
      get high() { return high; },
      get isPaused() { return paused; },
    },
  };
  const push = (value) => {
    if (waiting.length > 0) {
      waiting.shift().resolve({ value, done: false });
      return;
    }
    values.push(value);
    if (!paused && values.length - head > high) {
      paused = true;
      emitter.pause();
    }
  };
  add(event, options[on.kFirstEventParam] ? push : (...args) => push(args));
  if (event !== 'error' && typeof emitter.on === 'function') add('error', fail);
  for (const name of options.close ?? []) add(name, close);
  if (signal) disposable = addAbortListener(signal, () => fail(new AbortError(undefined, { cause: signal.reason })));
  return iterator;
}
// An option of `on` for readline: yield the first argument of the event instead of an array of them.
Object.defineProperty(on, 'kFirstEventParam', { __proto__: null, value: Symbol('nodejs.kFirstEventParam') });

function getEventListeners(emitterOrTarget, type) {
  if (typeof emitterOrTarget.listeners === 'function') return emitterOrTarget.listeners(type);
  const { isEventTarget, listenersOf } = require('internal/event_target');
  if (isEventTarget(emitterOrTarget)) return listenersOf(emitterOrTarget, type);
  throw new codes.ERR_INVALID_ARG_TYPE('emitter', ['EventEmitter', 'EventTarget'], emitterOrTarget);
}

function getMaxListeners(emitterOrTarget) {
  if (typeof emitterOrTarget?.getMaxListeners === 'function') {
    return emitterOrTarget._maxListeners ?? EventEmitter.defaultMaxListeners;
  }
  const n = emitterOrTarget?.[EventEmitter.kMaxEventTargetListeners];
  if (n) return n;
  throw new codes.ERR_INVALID_ARG_TYPE('emitter', ['EventEmitter', 'EventTarget'], emitterOrTarget);
}

let AsyncResourceEmitter;
function makeAsyncResourceEmitter() {
  const { AsyncResource } = require('async_hooks');
  const kEventEmitter = Symbol('kEventEmitter');
  const kAsyncResource = Symbol('kAsyncResource');
  class EventEmitterReferencingAsyncResource extends AsyncResource {
    constructor(emitter, type, options) {
      super(type, options);
      this[kEventEmitter] = emitter;
    }
    get eventEmitter() {
      if (this[kEventEmitter] === undefined) throw new codes.ERR_INVALID_THIS('EventEmitterReferencingAsyncResource');
      return this[kEventEmitter];
    }
  }
  const resource = (emitter) => {
    if (emitter[kAsyncResource] === undefined) throw new codes.ERR_INVALID_THIS('EventEmitterAsyncResource');
    return emitter[kAsyncResource];
  };
  return class EventEmitterAsyncResource extends EventEmitter {
    constructor(options = undefined) {
      let name;
      if (typeof options === 'string') {
        name = options;
        options = undefined;
      } else {
        if (new.target === AsyncResourceEmitter) validateString(options?.name, 'options.name');
        name = options?.name || new.target.name;
      }
      super(options);
      this[kAsyncResource] = new EventEmitterReferencingAsyncResource(this, name, options);
    }
    emit(event, ...args) { return resource(this).runInAsyncScope(super.emit, this, event, ...args); }
    emitDestroy() { resource(this).emitDestroy(); }
    get asyncId() { return resource(this).asyncId(); }
    get triggerAsyncId() { return resource(this).triggerAsyncId(); }
    get asyncResource() { return resource(this); }
  };
}

module.exports = {
  addAbortListener, once, on, getEventListeners, getMaxListeners,
  get EventEmitterAsyncResource() { return AsyncResourceEmitter ??= makeAsyncResourceEmitter(); },
};
