// Module stream/web: the public classes, the queuing strategies, and the streams that encode and compress.
'use strict';
const { codes } = require('internal/errors');
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
      transform(chunk, controller) { emit(controller, decoder.decode(chunk, { stream: true })); },
      flush(controller) { emit(controller, decoder.decode()); },
    });
  }
  get encoding() { return this.#decoder.encoding; }
  get fatal() { return this.#decoder.fatal; }
  get ignoreBOM() { return this.#decoder.ignoreBOM; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}

function coder(format, makers) {
  if (!Object.hasOwn(makers, format)) throw new codes.ERR_INVALID_ARG_VALUE('format', format);
  return require('internal/webstreams/adapters').newReadableWritablePairFromDuplex(require('zlib')[makers[format]]());
}
class CompressionStream {
  #pair;
  static is(o) { return #pair in o; }
  constructor(format) { this.#pair = coder(format, { deflate: 'createDeflate', 'deflate-raw': 'createDeflateRaw', gzip: 'createGzip' }); }
  get readable() { return this.#pair.readable; }
  get writable() { return this.#pair.writable; }
}
class DecompressionStream {
  #pair;
  static is(o) { return #pair in o; }
  constructor(format) { this.#pair = coder(format, { deflate: 'createInflate', 'deflate-raw': 'createInflateRaw', gzip: 'createGunzip' }); }
  get readable() { return this.#pair.readable; }
  get writable() { return this.#pair.writable; }
}

const classes = {
  ReadableStream: readable.ReadableStream,
  ReadableStreamDefaultReader: readable.ReadableStreamDefaultReader,
  ReadableStreamBYOBReader: readable.ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest: readable.ReadableStreamBYOBRequest,
  ReadableByteStreamController: readable.ReadableByteStreamController,
  ReadableStreamDefaultController: readable.ReadableStreamDefaultController,
  TransformStream: transform.TransformStream,
  TransformStreamDefaultController: transform.TransformStreamDefaultController,
  WritableStream: writable.WritableStream,
  WritableStreamDefaultController: writable.WritableStreamDefaultController,
  WritableStreamDefaultWriter: writable.WritableStreamDefaultWriter,
  ByteLengthQueuingStrategy, CountQueuingStrategy, TextEncoderStream, TextDecoderStream, CompressionStream, DecompressionStream,
};
const kInspect = Symbol.for('nodejs.util.inspect.custom');
for (const [name, C] of Object.entries(classes)) {
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
    if (!name.endsWith('Controller')) for (const key of getters) shown[key] = this[key];
    const s = readable.readableState(this) ?? writableState(this);
    if (s?.stream === this) shown.state = s.state;
    if (s?.kind === 'ReadableStream') shown.supportsBYOB = s.bytes;
    return `${name} ${require('util').inspect(shown, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  } };
  Object.defineProperty(p, kInspect, { __proto__: null, configurable: true, value: inspect, writable: true });
  if (C.is) brand(C, 'this', !name.endsWith('Strategy'));
}
module.exports = classes;
