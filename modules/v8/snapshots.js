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
  startCpuProfile: () => new SyncCPUProfileHandle(binding.startProfile()),
};
