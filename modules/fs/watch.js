// fs.watch, fs.watchFile and the watch of fs/promises. The binding's handles deliver the kernel's events.
'use strict';

const EventEmitter = require('events');
const { codes: { ERR_FS_WATCH_QUEUE_OVERFLOW, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE }, fileError, AbortError } = require('internal/errors');
const {
  validateAbortSignal, validateBoolean, validateFunction, validateInteger, validateObject, validateOneOf, validateUint32,
} = require('internal/validators');
const { isRegExp } = require('internal/util/types');
const fs = require('fs');
const path = require('path');

function watchError(errno, filename) {
  const error = fileError(errno, 'watch', filename);
  if (error.code === 'ENOSPC') error.message = 'ENOSPC: System limit for number of file watchers reached, watch \'' + filename + '\'';
  error.filename = filename;
  return error;
}

// ignoring makes a function of the option `ignore`: patterns, regular expressions, functions, or a list of such.
function ignoring(ignore) {
  if (ignore == null) return null;
  const one = (value, name) => {
    if (typeof value === 'string') {
      if (value.length === 0) throw new ERR_INVALID_ARG_VALUE(name, value, 'must be a non-empty string');
      return binding.matcher(value);
    }
    if (isRegExp(value)) return (filename) => RegExp.prototype.exec.call(value, filename) !== null;
    if (typeof value !== 'function') throw new ERR_INVALID_ARG_TYPE(name, ['string', 'RegExp', 'Function'], value);
    return value;
  };
  if (!Array.isArray(ignore)) return one(ignore, 'options.ignore');
  const tests = ignore.map((value, i) => one(value, `options.ignore[${i}]`));
  return (filename) => tests.some((test) => test(filename));
}

function FSWatcher() {
  EventEmitter.call(this);
  this._handle = null;
}
Object.setPrototypeOf(FSWatcher.prototype, EventEmitter.prototype);
Object.setPrototypeOf(FSWatcher, EventEmitter);

function open(watcher, filename, options) {
  const ignored = ignoring(options.ignore);
  watcher._handle = binding.watch(filename, options, (eventType, name) => {
    if (name == null || !ignored?.(name)) watcher.emit('change', eventType, name);
  });
  if (typeof watcher._handle === 'number') {
    const errno = watcher._handle;
    watcher._handle = null;
    if (!options.throwIfNoEntry && binding.isNoEntry(errno)) return;
    throw watchError(errno, filename);
  }
}

FSWatcher.prototype.start = () => {};
FSWatcher.prototype.close = function() {
  if (this._handle === null) return;
  this._handle.close();
  this._handle = null;
  process.nextTick(() => this.emit('close'));
};
FSWatcher.prototype.ref = function() {
  this._handle?.ref();
  return this;
};
FSWatcher.prototype.unref = function() {
  this._handle?.unref();
  return this;
};

function watch(filename, options, listener) {
  if (typeof options === 'function') listener = options;
  options = { persistent: true, recursive: false, throwIfNoEntry: true, ...binding.getOptions(options) };
  const watcher = new FSWatcher();
  if (options.recursive != null) validateBoolean(options.recursive, 'options.recursive');
  if (options.persistent != null) validateBoolean(options.persistent, 'options.persistent');
  open(watcher, binding.path(filename, 'path'), options);
  if (listener) watcher.addListener('change', listener);
  const { signal } = options;
  if (signal?.aborted) {
    process.nextTick(() => watcher.close());
  } else if (signal) {
    const onAbort = () => watcher.close();
    signal.addEventListener('abort', onAbort);
    watcher.once('close', () => signal.removeEventListener('abort', onAbort));
  }
  return watcher;
}

// StatWatcher looks at a file again and again.
function StatWatcher(bigint) {
  EventEmitter.call(this);
  this._bigint = bigint;
  this._refs = 1;
  this._max = 1;
  this._timer = null;
  this._stopped = false;
}
Object.setPrototypeOf(StatWatcher.prototype, EventEmitter.prototype);
Object.setPrototypeOf(StatWatcher, EventEmitter);

function poll(watcher, filename, interval) {
  const zero = binding.zeroStats(watcher._bigint);
  const begin = Date.now();
  let previous = watcher._previous ?? zero;
  fs.stat(filename, { bigint: watcher._bigint }, (error, stats) => {
    if (watcher._stopped) return;
    const state = error ? error.errno : 1;
    if (error) {
      if (watcher._state !== state) watcher._emit(zero, previous);
    } else {
      if (watcher._state !== undefined && (watcher._state < 0 || binding.changed(previous, stats))) {
        watcher._emit(stats, previous);
      }
      watcher._previous = stats;
    }
    watcher._state = state;
    if (watcher._stopped) return;
    watcher._timer = setTimeout(poll, interval - ((Date.now() - begin) % interval), watcher, filename, interval);
    if (watcher._refs === 0) watcher._timer.unref();
  });
}

StatWatcher.prototype._emit = function(current, previous) { this.emit('change', current, previous); };
StatWatcher.prototype.start = () => {};
StatWatcher.prototype.stop = function() {
  if (this._stopped) return;
  this._stopped = true;
  clearTimeout(this._timer);
  process.nextTick(() => this.emit('stop'));
};
StatWatcher.prototype.ref = function() {
  if (this._refs !== this._max && this._refs++ === 0) this._timer?.ref();
  return this;
};
StatWatcher.prototype.unref = function() {
  if (this._refs !== 0 && --this._refs === 0) this._timer?.unref();
  return this;
};

const watchers = new Map();

function watchFile(filename, options, listener) {
  filename = path.resolve(String(binding.path(filename, 'path')));
  if (options === null || typeof options !== 'object') {
    listener = options;
    options = null;
  }
  options = { interval: 5007, persistent: true, ...options };
  validateFunction(listener, 'listener');
  let watcher = watchers.get(filename);
  if (watcher === undefined) {
    validateUint32(options.interval, 'interval');
    watcher = new StatWatcher(options.bigint);
    if (!options.persistent) watcher.unref();
    poll(watcher, filename, options.interval || 1);
    watchers.set(filename, watcher);
  } else {
    watcher._refs++;
    watcher._max++;
  }
  watcher.addListener('change', listener);
  return watcher;
}

function unwatchFile(filename, listener) {
  filename = path.resolve(String(binding.path(filename, 'path')));
  const watcher = watchers.get(filename);
  if (watcher === undefined) return;
  if (typeof listener === 'function') {
    const before = watcher.listenerCount('change');
    watcher.removeListener('change', listener);
    if (watcher.listenerCount('change') < before) {
      watcher._max--;
      watcher.unref();
    }
  } else {
    watcher.removeAllListeners('change');
    watcher._max = watcher._refs = 0;
    watcher._timer?.unref();
  }
  if (watcher.listenerCount('change') === 0) {
    watcher.stop();
    watchers.delete(filename);
  }
}

// changes is fs.promises.watch: an async generator by hand, which starts with the first next().
function changes(filename, options = {}) {
  let handle = null;
  let state = 0; // 0 not started, 1 running, 2 ended
  let waiting = null;
  let signal;
  let queue = [];
  let failure = null;
  const end = () => {
    state = 2;
    handle?.close();
    handle = null;
    signal?.removeEventListener('abort', onAbort);
  };
  const abort = () => new AbortError(undefined, { cause: signal.reason });
  const onAbort = () => {
    const w = waiting;
    waiting = null;
    if (!w) return;
    end();
    w.reject(abort());
  };
  const start = () => {
    const name = binding.path(filename, 'path');
    validateObject(options, 'options');
    const { persistent = true, recursive = false, maxQueue = 2048, overflow = 'ignore' } = options;
    validateBoolean(persistent, 'options.persistent');
    validateBoolean(recursive, 'options.recursive');
    validateInteger(maxQueue, 'options.maxQueue');
    validateOneOf(overflow, 'options.overflow', ['ignore', 'error']);
    validateAbortSignal(options.signal, 'options.signal');
    const ignored = ignoring(options.ignore);
    binding.getOptions({ encoding: options.encoding });
    signal = options.signal;
    if (signal?.aborted) throw abort();
    handle = binding.watch(name, { persistent, recursive, encoding: options.encoding }, (eventType, changed) => {
      if (changed != null && ignored?.(changed)) return;
      const value = { __proto__: null, eventType, filename: changed };
      if (!waiting && queue.length >= maxQueue) {
        if (overflow === 'error') {
          queue = [];
          failure = new ERR_FS_WATCH_QUEUE_OVERFLOW(maxQueue);
        } else {
          process.emitWarning('fs.watch maxQueue exceeded');
        }
      } else if (waiting) {
        const w = waiting;
        waiting = null;
        w.resolve({ value, done: false });
      } else {
        queue.push(value);
      }
    });
    if (typeof handle === 'number') {
      const errno = handle;
      handle = null;
      throw watchError(errno, name);
    }
    signal?.addEventListener('abort', onAbort);
    state = 1;
  };
  return {
    async next() {
      if (state === 2) return { value: undefined, done: true };
      try {
        if (state === 0) start();
        if (signal?.aborted) throw abort();
        if (queue.length === 0 && failure !== null) throw failure;
      } catch (error) {
        end();
        throw error;
      }
      if (queue.length > 0) return { value: queue.shift(), done: false };
      return new Promise((resolve, reject) => { waiting = { resolve, reject }; });
    },
    async return(value) {
      end();
      return { value, done: true };
    },
    async throw(error) {
      end();
      throw error;
    },
    [Symbol.asyncIterator]() { return this; },
  };
}

module.exports = { FSWatcher, StatWatcher, watch, watchFile, unwatchFile, changes };
