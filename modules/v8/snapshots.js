// Snapshots of the heap and profiles, of which v8 loads nothing before it is asked.
'use strict';
const { Readable } = require('stream');
const { codes } = require('internal/errors');
const { validateBoolean, validateObject } = require('internal/validators');

function check(options) {
  if (options === undefined) return;
  validateObject(options, 'options');
  for (const name of ['exposeInternals', 'exposeNumericValues']) if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
}

class HeapSnapshotStream extends Readable {
  #data;

  constructor(data) {
    super();
    this.#data = data;
  }

  _read() {
    this.push(this.#data);
    this.push(null);
    this.#data = undefined;
  }
}

// profileHandle makes the class of a worker thread's profiles: stop() promises one.
const profileHandle = (name) => ({ [name]: class {
  #end;
  #profile;

  constructor(end) { this.#end = end; }

  stop() {
    this.#profile ??= this.#end();
    return this.#profile;
  }

  async [Symbol.asyncDispose]() { await this.stop(); }
} })[name];

const camel = (name) => name.replace(/_(.)/g, (_, c) => c.toUpperCase());

// startCollections gives what ends a GCProfiler's profile. Sizes around a collection are those that the collector tells of, the rest is as at
// the end.
function startCollections(heapStatistics) {
  const startTime = Date.now();
  const stop = binding.watchCollections();
  return () => {
    const list = stop();
    const now = {};
    const { does_zap_garbage, number_of_native_contexts, number_of_detached_contexts, ...sizes } = heapStatistics();
    for (const name in sizes) now[camel(name)] = sizes[name];
    const state = (usedHeapSize) => ({ heapStatistics: { ...now, usedHeapSize }, heapSpaceStatistics: [] });
    return {
      version: 1,
      startTime,
      statistics: list.map(([cost, before, after]) => ({ gcType: 'MarkSweepCompact', beforeGC: state(before), cost, afterGC: state(after) })),
      endTime: Date.now(),
    };
  };
}

let warned = false;
function queryObjects(constructor, format) {
  if (!warned) process.emitWarning('v8.queryObjects() is an experimental feature and might change at any time', 'ExperimentalWarning');
  warned = true;
  const found = binding.inheriting(constructor.prototype);
  if (format === 'count') return found.length;
  const { inspect } = require('util');
  return found.map((o) => inspect(o, { depth: 0 }));
}

class SyncCPUProfileHandle {
  #end;

  constructor(end) { this.#end = end; }

  stop() {
    const end = this.#end;
    this.#end = undefined;
    return end?.();
  }

  [Symbol.dispose]() { this.stop(); }
}

let written = 0;

module.exports = {
  HeapSnapshotStream,
  check,
  getHeapSnapshot(options) {
    check(options);
    return new HeapSnapshotStream(binding.heapSnapshot());
  },
  writeHeapSnapshot(filename, options) {
    if (filename !== undefined && typeof filename !== 'string' && !(filename instanceof URL) && !ArrayBuffer.isView(filename)) {
      throw new codes.ERR_INVALID_ARG_TYPE('path', ['string', 'Buffer', 'URL'], filename);
    }
    check(options);
    const now = new Date();
    const two = (n, width = 2) => String(n).padStart(width, '0');
    filename ??= `Heap.${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}.${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}.${process.pid}.${binding.thread}.${two(++written, 3)}.heapsnapshot`;
    require('fs').writeFileSync(filename, binding.heapSnapshot());
    return `${filename}`;
  },
  CPUProfileHandle: profileHandle('CPUProfileHandle'),
  HeapProfileHandle: profileHandle('HeapProfileHandle'),
  startCollections,
  queryObjects,
  startCpuProfile: () => new SyncCPUProfileHandle(binding.startProfile()),
};
