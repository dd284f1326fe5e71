// mock.timers of node:test: time that only moves when told to.
'use strict';
const { AbortError, makeError } = require('internal/errors');
const { validateAbortSignal, validateNumber } = require('internal/validators');
const kApis = ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'scheduler.wait'];

class MockTimers {
  #now = 0;
  #queue = [];
  #id = 1;
  #undo = null;

  enable(options = {}) {
    if (this.#undo) throw makeError('ERR_INVALID_STATE', 'MockTimers is already enabled!');
    const apis = Array.isArray(options) ? options : options.apis ?? kApis;
    const start = options.now ?? 0;
    for (const api of apis)
      if (!kApis.includes(api)) throw makeError('ERR_INVALID_ARG_VALUE', 'options.apis', api, `option ${api} is not supported`);
    this.#now = start instanceof Date ? start.getTime() : start;
    validateNumber(this.#now, 'initialTime', 0);
    this.#undo = [];
    const timers = require('timers'), promises = require('timers/promises');
    const replace = (object, name, value) => {
      const descriptor = Object.getOwnPropertyDescriptor(object, name);
      Object.defineProperty(object, name, { configurable: true, writable: true, enumerable: descriptor ? descriptor.enumerable : true, value });
      this.#undo.push(() => descriptor ? Object.defineProperty(object, name, descriptor) : delete object[name]);
    };
    const both = (name, value) => { replace(globalThis, name, value); replace(timers, name, value); };
    const clear = (t) => { const i = this.#queue.findIndex((e) => e === t || e.id === +t); if (i >= 0) this.#queue.splice(i, 1); };
    const add = (callback, delay, interval, args) => {
      delay = Math.max(+delay || 0, interval ? 1 : 0);
      const entry = { id: this.#id++, at: this.#now + delay, callback, args, interval: interval ? delay : undefined,
        ref() { return this; }, unref() { return this; }, hasRef: () => true, refresh: () => { entry.at = this.#now + delay; return entry; },
        close: () => clear(entry), [Symbol.toPrimitive]() { return this.id; } };
      this.#queue.push(entry);
      return entry;
    };
    // later is a promise that a timer keeps, or the signal of its options breaks.
    const later = (ms, value, { signal } = {}) => new Promise((resolve, reject) => {
      if (signal) {
        validateAbortSignal(signal, 'options.signal');
        if (signal.aborted) return reject(new AbortError(undefined, { cause: signal.reason }));
      }
      const entry = add(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, ms, false, []);
      const abort = () => {
        clear(entry);
        reject(new AbortError(undefined, { cause: signal.reason }));
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
    if (apis.includes('scheduler.wait')) replace(promises.scheduler, 'wait', (ms, options) => later(ms, undefined, options));
    if (apis.includes('setTimeout')) {
      both('setTimeout', (f, ms, ...args) => add(f, ms, false, args));
      both('clearTimeout', clear);
      replace(promises, 'setTimeout', later);
    }
    if (apis.includes('setInterval')) {
      both('setInterval', (f, ms, ...args) => add(f, ms, true, args));
      both('clearInterval', clear);
    }
    if (apis.includes('setImmediate')) {
      both('setImmediate', (f, ...args) => { const e = add(f, 0, false, args); e.at = -1; return e; });
      both('clearImmediate', clear);
      replace(promises, 'setImmediate', (value) => new Promise((resolve) => { add(() => resolve(value), 0, false, []).at = -1; }));
    }
    if (apis.includes('Date')) {
      const Real = Date, clock = () => this.#now;
      const Mock = function Date(...args) {
        if (!new.target) return new Real(clock()).toString();
        return args.length ? Reflect.construct(Real, args, new.target === Mock ? Real : new.target) : new Real(clock());
      };
      Object.setPrototypeOf(Mock, Real);
      Mock.prototype = Real.prototype;
      Mock.now = clock;
      replace(globalThis, 'Date', Mock);
    }
  }

  #next(until) {
    let best;
    for (const e of this.#queue) if (e.at <= until && (!best || e.at < best.at)) best = e;
    return best;
  }
  #run(entry) {
    this.#now = Math.max(this.#now, entry.at);
    if (entry.interval !== undefined) entry.at += entry.interval;
    else this.#queue.splice(this.#queue.indexOf(entry), 1);
    entry.callback(...entry.args);
  }
  #check() { if (!this.#undo) throw makeError('ERR_INVALID_STATE', 'You should enable MockTimers first by calling the .enable function'); }

  tick(ms = 1) {
    this.#check();
    validateNumber(ms, 'time', 0);
    const until = this.#now + ms;
    for (let e = this.#next(until); e; e = this.#next(until)) this.#run(e);
    this.#now = until;
  }
  runAll() {
    this.#check();
    const last = this.#queue.reduce((m, e) => Math.max(m, e.at), 0);
    if (this.#queue.length) this.tick(Math.max(last - this.#now, 0));
  }
  setTime(ms = 0) {
    this.#check();
    validateNumber(ms, 'time', 0);
    this.#now = ms;
    for (let e = this.#next(ms); e; e = this.#next(ms)) this.#run(e);
  }
  reset() {
    if (!this.#undo) return;
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = null;
    this.#queue = [];
    this.#now = 0;
  }
  [Symbol.dispose]() { this.reset(); }
}
exports.MockTimers = MockTimers;
