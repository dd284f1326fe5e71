// Module stream/web: the public classes, the queuing strategies, and the streams that encode and compress.
'use strict';
const { codes } = require('internal/errors');
const { isAnyArrayBuffer, isArrayBufferView, isSharedArrayBuffer } = require('internal/util/types');
const { brand } = require('internal/validators');
const readable = require('internal/webstreams/readablestream');
const writable = require('internal/webstreams/writablestream');
const { writableState } = writable;
const transform = require('internal/webstreams/transformstream');

function strategyInit(init) {
  if (init === null || (typeof init !== 'object' && typeof init !== 'function')) throw new codes.ERR_INVALID_ARG_TYPE('init', 'Object', init);
  if (init.highWaterMark === undefined) throw new codes.ERR_MISSING_OPTION('init.highWaterMark');
  return +init.highWaterMark;
}
const byteLength = { size: (chunk) => chunk.byteLength }.size;
const one = { size: () => 1 }.size;

class ByteLengthQueuingStrategy {
  #highWaterMark;
  static is(o) { return #highWaterMark in o; }
  constructor(init) { this.#highWaterMark = strategyInit(init); }
  get highWaterMark() { return this.#highWaterMark; }
  get size() { return byteLength; }
}
class CountQueuingStrategy {
  #highWaterMark;
  static is(o) { return #highWaterMark in o; }
  constructor(init) { this.#highWaterMark = strategyInit(init); }
  get highWaterMark() { return this.#highWaterMark; }
  get size() { return one; }
}

// A class over a transform, with the properties of the coder that it applies.
class TextEncoderStream {
  #transform;
  #high = ''; // a surrogate whose other half is still to come
  static is(o) { return #transform in o; }
  constructor() {
    const encoder = new TextEncoder();
    this.#transform = new transform.TransformStream({
      transform: (chunk, controller) => {
        let s = this.#high + String(chunk);
        this.#high = '';
        const last = s.charCodeAt(s.length - 1);
        if (last >= 0xd800 && last < 0xdc00) {
          this.#high = s.slice(-1);
          s = s.slice(0, -1);
        }
        if (s) controller.enqueue(encoder.encode(s));
      },
      flush: (controller) => { if (this.#high) controller.enqueue(encoder.encode(this.#high)); },
    });
  }
  get encoding() { return 'utf-8'; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}
class TextDecoderStream {
  #decoder;
  #transform;
  static is(o) { return #transform in o; }
  constructor(encoding = 'utf-8', options = {}) {
    const decoder = this.#decoder = new TextDecoder(encoding, options);
    const emit = (controller, s) => { if (s) controller.enqueue(s); };
    this.#transform = new transform.TransformStream({
      transform(chunk, controller) {
        if (!isAnyArrayBuffer(chunk) && !isArrayBufferView(chunk)) throw new codes.ERR_INVALID_ARG_TYPE('input', ['ArrayBuffer', 'ArrayBufferView'], chunk);
        emit(controller, decoder.decode(chunk, { stream: true }));
      },
      flush(controller) { emit(controller, decoder.decode()); },
    });
  }
  get encoding() { return this.#decoder.encoding; }
  get fatal() { return this.#decoder.fatal; }
  get ignoreBOM() { return this.#decoder.ignoreBOM; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}

// What a coder of zlib's makes of what is written. Chunks are the standard's: no memory that threads share.
function coder(kind, makers, format, options) {
  const what = `Failed to construct '${kind}': 1st argument`;
  if (typeof format === 'symbol') throw argument('ERR_INVALID_ARG_TYPE', `${what} is a Symbol and cannot be converted to a string.`);
  format = `${format}`;
  if (!Object.hasOwn(makers, format))
    throw argument('ERR_INVALID_ARG_VALUE', `${what} '${format}' is not a valid enum value of type CompressionFormat.`);
  const { kCheckChunk, newReadableWritablePairFromDuplex } = require('internal/webstreams/adapters');
  return newReadableWritablePairFromDuplex(require('zlib')[makers[format]](options), { [kCheckChunk]: checkChunk });
}
function argument(code, message) {
  const err = new TypeError(message);
  err.code = code;
  return err;
}
function checkChunk(chunk) {
  if (isSharedArrayBuffer(isArrayBufferView(chunk) ? chunk.buffer : chunk))
    throw new codes.ERR_INVALID_ARG_TYPE('chunk', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], chunk);
}
const compressors = { deflate: 'createDeflate', 'deflate-raw': 'createDeflateRaw', gzip: 'createGzip', brotli: 'createBrotliCompress' };
class CompressionStream {
  #pair;
  static is(o) { return #pair in o; }
  constructor(format) { this.#pair = coder('CompressionStream', compressors, format); }
  get readable() { return this.#pair.readable; }
  get writable() { return this.#pair.writable; }
}
const decompressors = { deflate: 'createInflate', 'deflate-raw': 'createInflateRaw', gzip: 'createGunzip', brotli: 'createBrotliDecompress' };
class DecompressionStream {
  #pair;
  static is(o) { return #pair in o; }
  constructor(format) { this.#pair = coder('DecompressionStream', decompressors, format, { rejectGarbageAfterEnd: true }); }
  get readable() { return this.#pair.readable; }
  get writable() { return this.#pair.writable; }
}

const classes = {
  ReadableStream: readable.ReadableStream,
  ReadableStreamTee: readable.ReadableStreamTee,
  ReadableStreamDefaultReader: readable.ReadableStreamDefaultReader,
  ReadableStreamBYOBReader: readable.ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest: readable.ReadableStreamBYOBRequest,
  ReadableByteStreamController: readable.ReadableByteStreamController,
  ReadableStreamDefaultController: readable.ReadableStreamDefaultController,
  TransformStream: transform.TransformStream,
  TransformStreamDefaultController: transform.TransformStreamDefaultController,
  WritableStream: writable.WritableStream,
  WritableStreamDefaultWriter: writable.WritableStreamDefaultWriter,
  WritableStreamDefaultController: writable.WritableStreamDefaultController,
  ByteLengthQueuingStrategy, CountQueuingStrategy, TextEncoderStream, TextDecoderStream, CompressionStream, DecompressionStream,
};
const kInspect = Symbol.for('nodejs.util.inspect.custom');
for (const [name, C] of Object.entries(classes)) {
  if (name === 'ReadableStreamTee') continue; // it is none
  const p = C.prototype;
  Object.defineProperty(p, Symbol.toStringTag, { __proto__: null, configurable: true, value: name });
  const getters = Object.entries(Object.getOwnPropertyDescriptors(p)).filter(([key, d]) => {
    if (key !== 'constructor') Object.defineProperty(p, key, { __proto__: null, enumerable: true });
    return d.get;
  }).map(([key]) => key);
  const { inspect } = { inspect(depth, options) {
    if (depth < 0) return this;
    if (options == null) throw new TypeError("Cannot read properties of undefined (reading 'depth')");
    const shown = {};
    const s = readable.readableState(this) ?? writableState(this);
    if (name.endsWith('Reader') || name.endsWith('Writer')) {
      shown.stream = s.s?.stream;
      if (name === 'ReadableStreamDefaultReader') shown.readRequests = s.requests.length;
      if (name === 'ReadableStreamBYOBReader') shown.readIntoRequests = s.s?.intos.length ?? 0;
      shown.close = s.closed.promise;
      if (s.ready) Object.assign(shown, { ready: s.ready.promise, desiredSize: s.s ? this.desiredSize : undefined });
    } else if (name.endsWith('Strategy')) {
      shown.highWaterMark = this.highWaterMark;
    } else if (!name.endsWith('Controller')) {
      for (const key of getters) shown[key] = this[key];
    }
    if (name === 'WritableStreamDefaultController') shown.stream = s.s.stream;
    if (s?.stream === this) shown.state = s.state;
    if (s?.kind === 'ReadableStream') shown.supportsBYOB = s.bytes;
    if (name === 'TransformStream') shown.backpressure = transform.backpressure(this);
    return `${name} ${require('util').inspect(shown, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  } };
  Object.defineProperty(p, kInspect, { __proto__: null, configurable: true, value: inspect, writable: true });
  if (p === classes.ReadableStream.prototype) Object.defineProperty(C, 'from', { __proto__: null, enumerable: true });
  const member = name.endsWith('Strategy') ? '#state' : /^Text/.test(name) ? '#handle' : /compression/i.test(name) ? '#transform' : 'this';
  if (C.is) brand(C, member, !name.endsWith('Strategy'));
}
module.exports = classes;
