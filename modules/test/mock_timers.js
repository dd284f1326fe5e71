// mock.timers of node:test: time that only moves when told to.
'use strict';
const { AbortError, makeError } = require('internal/errors');
const { validateAbortSignal, validateNumber, validateString, validateArray, validateUint32 } = require('internal/validators');
const timers = require('timers');
const promises = require('timers/promises');

const kApis = ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'scheduler.wait', 'AbortSignal.timeout'];
const kLongest = 2 ** 31 - 1;
const kMock = Symbol('MockTimers');
const { getTime, toString } = Date.prototype;

class Timeout {
  #clear;
  constructor({ id, callback, runAt, interval, args, clear }) {
    Object.assign(this, { id, callback, runAt, interval, args });
    this.#clear = clear;
  }
  hasRef() { return true; }
  ref() { return this; }
  unref() { return this; }
  refresh() { return this; }
  close() {
    this.#clear(this);
    return this;
  }
  [Symbol.dispose]() { this.#clear(this); }
}

const broken = (signal) => new AbortError(undefined, { cause: signal.reason });

// listen calls f when the signal of options aborts; it throws where that has happened.
function listen(options, f) {
  const signal = options?.signal;
  if (!signal) return () => {};
  validateAbortSignal(signal, 'options.signal');
  if (signal.aborted) throw broken(signal);
  const aborted = () => f(broken(signal));
  signal.addEventListener('abort', aborted, { once: true });
  return () => signal.removeEventListener('abort', aborted);
}

function validateTime(time) {
  if (time < 0) throw makeError('ERR_INVALID_ARG_VALUE', 'time', 'positive integer', time);
}

function timeOf(now) {
  try {
    return Reflect.apply(getTime, now, []);
  } catch {
    validateNumber(now, 'initialTime');
    validateTime(now);
    return now;
  }
}

// mockedDate makes a class Date by which it is what clock says.
function mockedDate(timers, clock) {
  const Real = Date;
  if (Real.isMock) throw makeError('ERR_INVALID_STATE', 'Date is already being mocked!');
  function MockDate(year, month, date, hours, minutes, seconds, ms) {
    if (!new.target) return Reflect.apply(toString, new Real(clock()), []);
    return arguments.length === 0 ? new Real(clock()) : Reflect.construct(Real, arguments);
  }
  const { prototype, ...own } = Object.getOwnPropertyDescriptors(Real);
  Object.defineProperties(MockDate, own);
  MockDate.now = function now() { return clock(); };
  MockDate.toString = function() { return Function.prototype.toString.call(Real); };
  Object.defineProperties(MockDate, {
    [kMock]: { __proto__: null, value: timers },
    isMock: { __proto__: null, enumerable: true, value: true },
  });
  MockDate.prototype = prototype.value;
  return MockDate;
}

class MockTimers {
  #enabled = false;
  #undo = [];
  #queue = []; // by their time, and of the same time by their ids
  #now = 0;
  #lastId = 0;

  #insert(timer) {
    let i = this.#queue.length;
    while (i > 0 && (this.#queue[i - 1].runAt > timer.runAt || (this.#queue[i - 1].runAt === timer.runAt && this.#queue[i - 1].id > timer.id))) i--;
    this.#queue.splice(i, 0, timer);
  }
  #add(callback, delay, interval, args) {
    if (delay > kLongest) delay = 1;
    const timer = new Timeout({
      id: ++this.#lastId, callback, runAt: this.#now + delay, interval: interval ? delay : undefined, args, clear: (t) => this.#clear(t),
    });
    this.#insert(timer);
    return timer;
  }
  #clear(timer) {
    const i = this.#queue.indexOf(timer);
    if (i < 0) return;
    this.#queue.splice(i, 1);
    timer.interval = undefined;
  }

  // later is a promise that a timer keeps, or the signal of its options breaks.
  async #later(delay, result, options) {
    const { promise, resolve, reject } = Promise.withResolvers();
    const forget = listen(options, reject);
    const timer = this.#add(resolve, delay, false, []);
    try {
      await promise;
      return result;
    } finally {
      forget();
      this.#clear(timer);
    }
  }
  async* #every(interval, result, options) {
    const EventEmitter = require('events');
    const emitter = new EventEmitter();
    const forget = listen(options, (err) => emitter.emit('error', err));
    const ticks = EventEmitter.on(emitter, 'data');
    const timer = this.#add(() => emitter.emit('data'), interval, true, []);
    try {
      for await (const _ of ticks) yield result;
    } finally {
      forget();
      this.#clear(timer);
    }
  }

  #replace(object, name, value) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, { __proto__: null, configurable: true, enumerable: descriptor?.enumerable ?? true, writable: true, value });
    this.#undo.push(() => { if (descriptor) Object.defineProperty(object, name, descriptor); else delete object[name]; });
  }
  #replaceTimer(name, make, promised) {
    const clear = (timer) => this.#clear(timer);
    const clearName = name.replace('set', 'clear');
    for (const object of [globalThis, timers]) {
      this.#replace(object, name, make);
      this.#replace(object, clearName, clear);
    }
    this.#replace(promises, name, promised);
  }
  #mock(api) {
    switch (api) {
      case 'setTimeout':
        return this.#replaceTimer(api, (callback, delay, ...args) => this.#add(callback, delay, false, args),
          (delay, result, options) => this.#later(delay, result, options));
      case 'setInterval':
        return this.#replaceTimer(api, (callback, delay, ...args) => this.#add(callback, delay, true, args),
          (delay, result, options) => this.#every(delay, result, options));
      case 'setImmediate':
        return this.#replaceTimer(api, (callback, ...args) => this.#add(callback, -1, false, args),
          (result, options) => this.#later(-1, result, options));
      case 'scheduler.wait':
        return this.#replace(promises.scheduler, 'wait', (delay, options) => this.#later(delay, undefined, options));
      case 'Date':
        return this.#replace(globalThis, 'Date', mockedDate(this, () => this.#now));
    }
    return this.#replace(AbortSignal, 'timeout', (delay) => {
      validateUint32(delay, 'delay', false);
      const controller = new AbortController();
      this.#add(() => controller.abort(), delay, false, []);
      return controller.signal;
    });
  }

  #check() {
    if (!this.#enabled) throw makeError('ERR_INVALID_STATE', 'You should enable MockTimers first by calling the .enable function');
  }

  enable(options = {}) {
    if (this.#enabled) throw makeError('ERR_INVALID_STATE', 'MockTimers is already enabled!');
    let { now, apis } = { ...options };
    if (Number.isNaN(now)) throw makeError('ERR_INVALID_ARG_VALUE', 'now', now, `epoch must be a positive integer received ${now}`);
    now ||= 0;
    apis ||= kApis;
    validateArray(apis, 'options.apis');
    apis.forEach((api, i) => validateString(api, `options.apis[${i}]`));
    for (const api of apis)
      if (!kApis.includes(api)) throw makeError('ERR_INVALID_ARG_VALUE', 'options.apis', api, `option ${api} is not supported`);
    this.#now = timeOf(now);
    for (const api of apis) this.#mock(api);
    this.#enabled = true;
  }

  tick(time = 1) {
    this.#check();
    validateTime(time);
    this.#now += time;
    for (let timer; (timer = this.#queue[0]) !== undefined && timer.runAt <= this.#now;) {
      Reflect.apply(timer.callback, undefined, timer.args);
      // Its callback may have cleared it.
      if (this.#queue[0]?.id === timer.id) this.#queue.shift();
      if (timer.interval !== undefined) {
        timer.runAt += timer.interval;
        this.#insert(timer);
      }
    }
  }
  runAll() {
    this.#check();
    const last = this.#queue[this.#queue.length - 1];
    if (last) this.tick(last.runAt - this.#now);
  }
  setTime(time = 0) {
    validateNumber(time, 'time');
    validateTime(time);
    this.#check();
    this.#now = time;
  }
  reset() {
    if (!this.#enabled) return;
    this.#enabled = false;
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
    this.#queue = [];
    this.#now = 0;
  }
  [Symbol.dispose]() { this.reset(); }
}
exports.MockTimers = MockTimers;
