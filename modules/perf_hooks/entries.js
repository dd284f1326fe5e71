// Performance entries: marks, measures, observers, timerify, resource timings. Other modules report through startPerf,
// stopPerf and enqueue, after asking hasObserver. May require internal/errors and internal/validators.
'use strict';
const { codes } = require('internal/errors');
const { brand, validateFunction, validateNumber, validateObject, validateString } = require('internal/validators');
const { performance } = require('perf_hooks');

const kInspect = Symbol.for('nodejs.util.inspect.custom');
const kSkipThrow = Symbol('kSkipThrow');
const now = () => performance.now();
const clone = (v) => (v != null ? structuredClone(v) : null);
const enumerable = (C, ...names) => {
  for (const name of names) Object.defineProperty(C.prototype, name, { __proto__: null, enumerable: true });
  Object.defineProperty(C.prototype, Symbol.toStringTag, { __proto__: null, configurable: true, value: C.name });
};
const inside = (options) => ({ ...options, depth: options.depth == null ? null : options.depth - 1 });

class PerformanceEntry {
  #name;
  #type;
  #start;
  #duration;
  constructor(skip, name, type, start, duration) {
    if (skip !== kSkipThrow) throw new codes.ERR_ILLEGAL_CONSTRUCTOR();
    this.#name = name;
    this.#type = type;
    this.#start = start;
    this.#duration = duration;
  }
  static is(o) { return #name in o; }
  get name() { return this.#name; }
  get entryType() { return this.#type; }
  get startTime() { return this.#start; }
  get duration() { return this.#duration; }
  [kInspect](depth, options) {
    if (depth < 0) return this;
    return `${this.constructor.name} ${require('util').inspect(this.toJSON(), inside(options))}`;
  }
  toJSON() {
    const { name, entryType, startTime, duration } = this;
    return { name, entryType, startTime, duration };
  }
}
brand(PerformanceEntry, 'this');
for (const name of ['name', 'entryType', 'startTime', 'duration', 'toJSON']) {
  Object.defineProperty(PerformanceEntry.prototype, name, { __proto__: null, enumerable: true });
}

class DetailedEntry extends PerformanceEntry {
  #detail;
  constructor(name, type, start, duration, detail) {
    super(kSkipThrow, name, type, start, duration);
    this.#detail = detail;
  }
  get detail() { return this.#detail; }
  toJSON() { return { ...super.toJSON(), detail: this.#detail }; }
}
class PerformanceNodeEntry extends DetailedEntry {}

const milestones = ['nodeStart', 'v8Start', 'environment', 'loopStart', 'loopExit', 'bootstrapComplete'];
const marks = new Map(); // name: time

function timeOf(mark) {
  if (mark === undefined) return;
  if (typeof mark === 'number') {
    if (mark < 0) throw new codes.ERR_PERFORMANCE_INVALID_TIMESTAMP(mark);
    return mark;
  }
  mark = `${mark}`;
  if (milestones.includes(mark)) return performance.nodeTiming[mark];
  if (!marks.has(mark)) throw new DOMException(`The "${mark}" performance mark has not been set`, 'SyntaxError');
  return marks.get(mark);
}

class PerformanceMark extends PerformanceEntry {
  #detail;
  constructor(name, options) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    name = `${name}`;
    if (milestones.includes(name)) throw new codes.ERR_INVALID_ARG_VALUE('name', name);
    if (options != null) validateObject(options, 'options');
    const start = options?.startTime ?? now();
    validateNumber(start, 'startTime');
    if (start < 0) throw new codes.ERR_PERFORMANCE_INVALID_TIMESTAMP(start);
    marks.set(name, start);
    const detail = clone(options?.detail);
    super(kSkipThrow, name, 'mark', start, 0);
    this.#detail = detail;
  }
  static is(o) { return #detail in o; }
  get detail() { return this.#detail; }
  toJSON() { return { ...super.toJSON(), detail: this.#detail }; }
}
brand(PerformanceMark, 'this');
enumerable(PerformanceMark, 'detail');

class PerformanceMeasure extends PerformanceEntry {
  #detail;
  constructor(skip, name, type, start, duration, detail) {
    super(skip, name, type, start, duration);
    this.#detail = detail;
  }
  static is(o) { return #detail in o; }
  get detail() { return this.#detail; }
  toJSON() { return { ...super.toJSON(), detail: this.#detail }; }
}
brand(PerformanceMeasure, 'this');
enumerable(PerformanceMeasure, 'detail');

class PerformanceResourceTiming extends PerformanceEntry {
  #info;
  #initiator;
  #cacheMode;
  #status;
  #delivery;
  constructor(skip, name, initiator, info, cacheMode, status, delivery) {
    super(skip, name, 'resource', info.startTime, info.endTime - info.startTime);
    this.#info = info;
    this.#initiator = initiator;
    this.#cacheMode = cacheMode;
    this.#status = status;
    this.#delivery = delivery;
  }
  static is(o) { return #info in o; }
  get initiatorType() { return this.#initiator; }
  get workerStart() { return this.#info.finalServiceWorkerStartTime; }
  get redirectStart() { return this.#info.redirectStartTime; }
  get redirectEnd() { return this.#info.redirectEndTime; }
  get fetchStart() { return this.#info.postRedirectStartTime; }
  get domainLookupStart() { return this.#info.finalConnectionTimingInfo?.domainLookupStartTime; }
  get domainLookupEnd() { return this.#info.finalConnectionTimingInfo?.domainLookupEndTime; }
  get connectStart() { return this.#info.finalConnectionTimingInfo?.connectionStartTime; }
  get connectEnd() { return this.#info.finalConnectionTimingInfo?.connectionEndTime; }
  get secureConnectionStart() { return this.#info.finalConnectionTimingInfo?.secureConnectionStartTime; }
  get nextHopProtocol() { return this.#info.finalConnectionTimingInfo?.ALPNNegotiatedProtocol; }
  get requestStart() { return this.#info.finalNetworkRequestStartTime; }
  get responseStart() { return this.#info.finalNetworkResponseStartTime; }
  get responseEnd() { return this.#info.endTime; }
  get encodedBodySize() { return this.#info.encodedBodySize; }
  get decodedBodySize() { return this.#info.decodedBodySize; }
  get transferSize() { return this.#cacheMode === 'local' ? 0 : this.#cacheMode === 'validated' ? 300 : this.#info.encodedBodySize + 300; }
  get deliveryType() { return this.#delivery; }
  get responseStatus() { return this.#status; }
  toJSON() {
    const o = super.toJSON();
    for (const name of resourceProperties) o[name] = this[name];
    return o;
  }
}
const resourceProperties = ['initiatorType', 'nextHopProtocol', 'workerStart', 'redirectStart', 'redirectEnd', 'fetchStart',
  'domainLookupStart', 'domainLookupEnd', 'connectStart', 'connectEnd', 'secureConnectionStart', 'requestStart',
  'responseStart', 'responseEnd', 'transferSize', 'encodedBodySize', 'decodedBodySize',
  'deliveryType', 'responseStatus'];
brand(PerformanceResourceTiming, 'this');
enumerable(PerformanceResourceTiming, ...resourceProperties);

const supported = Object.freeze(['dns', 'function', 'gc', 'http', 'http2', 'mark', 'measure', 'net', 'resource']);
const buffers = { mark: [], measure: [], resource: [] };
let resourceLimit = 250;
const observers = new Set(), pending = new Set();
let scheduled = false;
const byStart = (a, b) => a.startTime - b.startTime;

function dispatchLater(observer) {
  pending.add(observer);
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    const batch = [...pending];
    pending.clear();
    for (const o of batch) o[kDispatch]();
  });
}

class PerformanceObserverEntryList {
  #entries;
  constructor(skip, entries = []) {
    if (skip !== kSkipThrow) throw new codes.ERR_ILLEGAL_CONSTRUCTOR();
    this.#entries = entries.sort(byStart);
  }
  static is(o) { return #entries in o; }
  getEntries() { return this.#entries.slice(); }
  getEntriesByType(type) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('type');
    return this.#entries.filter((e) => e.entryType === `${type}`);
  }
  getEntriesByName(name, type) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    return this.#entries.filter((e) => e.name === `${name}` && (type == null || e.entryType === type));
  }
  [kInspect](depth, options) {
    return depth < 0 ? this : `PerformanceObserverEntryList ${require('util').inspect(this.#entries, inside(options))}`;
  }
}
brand(PerformanceObserverEntryList, 'this');
enumerable(PerformanceObserverEntryList, 'getEntries', 'getEntriesByType', 'getEntriesByName');

const kDispatch = Symbol('kDispatch'), kOffer = Symbol('kOffer'), kTypes = Symbol('kTypes');

class PerformanceObserver {
  #buffer = [];
  #types = new Set();
  #mode; // 'single' or 'multiple'
  #callback;
  constructor(callback) {
    validateFunction(callback, 'callback');
    this.#callback = callback;
  }
  observe(options = {}) {
    validateObject(options, 'options');
    const { entryTypes, type, buffered } = options;
    if (entryTypes === undefined && type === undefined) throw new codes.ERR_MISSING_ARGS('options.entryTypes', 'options.type');
    if (entryTypes != null && type != null) {
      throw new codes.ERR_INVALID_ARG_VALUE('options.entryTypes', entryTypes, 'options.entryTypes can not set with options.type together');
    }
    const mode = entryTypes !== undefined ? 'multiple' : 'single';
    if (this.#mode !== undefined && this.#mode !== mode) {
      throw new DOMException(`PerformanceObserver can not change to ${mode === 'single' ? 'single observation' : 'multiple observations'}`,
        'InvalidModificationError');
    }
    this.#mode = mode;
    if (mode === 'multiple') {
      if (!Array.isArray(entryTypes)) throw new codes.ERR_INVALID_ARG_TYPE('options.entryTypes', 'string[]', entryTypes);
      this.#types = new Set(entryTypes.filter((t) => supported.includes(t)));
    } else {
      if (!supported.includes(type)) return;
      this.#types.add(type);
      if (buffered) {
        this.#buffer.push(...entriesOf(undefined, type));
        dispatchLater(this);
      }
    }
    if (this.#types.size) observers.add(this);
    else this.disconnect();
  }
  disconnect() {
    observers.delete(this);
    pending.delete(this);
    this.#buffer = [];
    this.#types.clear();
    this.#mode = undefined;
  }
  takeRecords() {
    const list = this.#buffer;
    this.#buffer = [];
    return list;
  }
  static get supportedEntryTypes() { return supported; }
  get [kTypes]() { return this.#types; }
  [kOffer](entry) {
    if (!this.#types.has(entry.entryType)) return;
    this.#buffer.push(entry);
    dispatchLater(this);
  }
  [kDispatch]() { this.#callback(new PerformanceObserverEntryList(kSkipThrow, this.takeRecords()), this); }
  [kInspect](depth, options) {
    if (depth < 0) return this;
    return `PerformanceObserver ${require('util').inspect({
      connected: observers.has(this), pending: pending.has(this), entryTypes: [...this.#types], buffer: this.#buffer,
    }, inside(options))}`;
  }
}
enumerable(PerformanceObserver, 'observe', 'disconnect', 'takeRecords');

function enqueue(entry) {
  for (const observer of observers) observer[kOffer](entry);
}

const warned = new Set();
function keep(entry) {
  enqueue(entry);
  const type = entry.entryType, list = buffers[type];
  list.push(entry);
  if (list.length > 1e6 && !warned.has(type)) {
    warned.add(type);
    const w = new Error(`Possible perf_hooks memory leak detected. ${list.length} ${type} entries added to the global ` +
      `performance entry buffer. Use performance.clear${type === 'mark' ? 'Marks' : 'Measures'} to clear the buffer.`);
    w.name = 'MaxPerformanceEntryBufferExceededWarning';
    w.entryType = type;
    w.count = list.length;
    process.emitWarning(w);
  }
  return entry;
}

function entriesOf(name, type) {
  if (type !== undefined && !buffers[type]) return [];
  const list = type === undefined ? [...buffers.mark, ...buffers.measure, ...buffers.resource] : buffers[type].slice();
  return (name === undefined ? list : list.filter((e) => e.name === name)).sort(byStart);
}

function clear(type, name) {
  buffers[type] = name === undefined ? [] : buffers[type].filter((e) => e.name !== `${name}`);
}

function interval(startOrOptions, endMark) {
  startOrOptions ??= 0;
  let start, end, duration, given = false;
  if (typeof startOrOptions === 'object') {
    ({ start, end, duration } = startOrOptions);
    given = start !== undefined || end !== undefined;
  }
  if (given) {
    if (endMark !== undefined) throw new codes.ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS('endMark must not be specified');
    if (start !== undefined && end !== undefined && duration !== undefined) {
      throw new codes.ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS('Must not have options.start, options.end, and options.duration specified');
    }
  }
  let to;
  if (endMark !== undefined) to = timeOf(endMark);
  else if (given && end !== undefined) to = timeOf(end);
  else if (given && start !== undefined && duration !== undefined) to = timeOf(start) + timeOf(duration);
  else to = now();
  let from = 0;
  if (typeof startOrOptions === 'string') from = timeOf(startOrOptions);
  else if (given && start !== undefined) from = timeOf(start);
  else if (given && duration !== undefined && end !== undefined) from = to - timeOf(duration);
  return [from, to - from];
}

let bufferFull = false, secondary = [];
function bufferResource(entry) {
  if (buffers.resource.length < resourceLimit && !bufferFull) {
    buffers.resource.push(entry);
    return;
  }
  secondary.push(entry);
  if (bufferFull) return;
  bufferFull = true;
  setImmediate(() => {
    while (secondary.length > 0) {
      const before = secondary.length;
      performance.dispatchEvent(new Event('resourcetimingbufferfull'));
      const room = Math.max(Math.min(resourceLimit - buffers.resource.length, secondary.length), 0);
      buffers.resource.push(...secondary.splice(0, room));
      if (before <= secondary.length) secondary = [];
    }
    bufferFull = false;
  });
}

function timerify(fn, options = {}) {
  validateFunction(fn, 'fn');
  validateObject(options, 'options');
  const { histogram } = options;
  if (histogram !== undefined && typeof histogram?.record !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.histogram', 'RecordableHistogram', histogram);
  }
  const complete = (start, args) => {
    const duration = now() - start;
    if (histogram !== undefined) histogram.record(Math.ceil(duration * 1e6));
    const entry = new PerformanceNodeEntry(fn.name, 'function', start, duration, args);
    args.forEach((arg, i) => { entry[i] = arg; });
    enqueue(entry);
  };
  function timerified(...args) {
    const start = now();
    const result = new.target ? Reflect.construct(fn, args, fn) : fn.apply(this, args);
    if (!new.target && typeof result?.finally === 'function') return result.finally(() => complete(start, args));
    complete(start, args);
    return result;
  }
  Object.defineProperty(timerified, 'length', { __proto__: null, configurable: false, enumerable: true, value: fn.length });
  Object.defineProperty(timerified, 'name', { __proto__: null, configurable: false, enumerable: true, value: `timerified ${fn.name}` });
  return timerified;
}

module.exports = {
  PerformanceEntry, PerformanceNodeEntry, PerformanceMark, PerformanceMeasure, PerformanceResourceTiming,
  PerformanceObserver, PerformanceObserverEntryList, enqueue, timerify,
  hasObserver: function(type) {
    for (const o of observers) if (o[kTypes].has(type)) return true;
    return false;
  },
  startPerf: function(target, key, context = {}) { target[key] = { ...context, startTime: now() }; },
  stopPerf: function(target, key, context = {}) {
    const c = target[key];
    if (c) enqueue(new PerformanceNodeEntry(c.name, c.type, c.startTime, now() - c.startTime, { ...c.detail, ...context.detail }));
  },
  clearMarks: function(name) {
    if (name === undefined) {
      marks.clear();
    } else {
      if (milestones.includes(`${name}`)) throw new codes.ERR_INVALID_ARG_VALUE('name', `${name}`);
      marks.delete(`${name}`);
    }
    clear('mark', name);
  },
  clearMeasures: (name) => clear('measure', name),
  clearResourceTimings: (name) => clear('resource', name),
  getEntries: () => entriesOf(),
  getEntriesByName: function(name, type) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    return entriesOf(`${name}`, type === undefined ? undefined : `${type}`);
  },
  getEntriesByType: function(type) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('type');
    return entriesOf(undefined, `${type}`);
  },
  mark: function(name, options = {}) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    return keep(new PerformanceMark(name, options));
  },
  measure: function(name, startOrOptions = {}, endMark = undefined) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    validateString(name, 'name');
    const [start, duration] = interval(startOrOptions, endMark);
    return keep(new PerformanceMeasure(kSkipThrow, name, 'measure', start, duration, clone(startOrOptions?.detail)));
  },
  setResourceTimingBufferSize: function(size) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('maxSize');
    resourceLimit = size | 0;
  },
  markResourceTiming: function(info, url, initiator, global, cacheMode, body, status, delivery = '') {
    if (cacheMode !== '' && cacheMode !== 'local') {
      throw new codes.ERR_INTERNAL_ASSERTION("cache must be an empty string or 'local'");
    }
    const entry = new PerformanceResourceTiming(kSkipThrow, url, initiator, info, cacheMode, status, delivery);
    enqueue(entry);
    bufferResource(entry);
    return entry;
  },
};
