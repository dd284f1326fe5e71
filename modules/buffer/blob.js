// Blob, File and object URLs. The bytes of a Blob are one Uint8Array that is never changed.
'use strict';
const { codes } = require('internal/errors');
const { inspect } = require('internal/util/inspect');
const { isArrayBuffer, isArrayBufferView } = require('internal/util/types');

const { kClone } = require('internal/clone');

const maxLength = 2 ** 32;
const notPrintable = /[^\x20-\x7e]/;
const mimeType = (type) => (notPrintable.test(type = `${type}`) ? '' : type.toLowerCase());
const encoder = new TextEncoder();

function dictionary(value, name) {
  if (value != null && typeof value !== 'object' && typeof value !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE(name, 'a dictionary', value);
  }
}

let made; // bytes and type of a Blob that slice makes
let bytesOf; // the bytes of a Blob themselves, for who does not change them

class Blob {
  #bytes;
  #type;
  static { bytesOf = (blob) => blob.#bytes; }

  constructor(sources = [], options) {
    if (made !== undefined) {
      [this.#bytes, this.#type] = made;
      made = undefined;
      return;
    }
    if (sources === null || typeof sources[Symbol.iterator] !== 'function' || typeof sources === 'string') {
      throw new codes.ERR_INVALID_ARG_TYPE('sources', 'a sequence', sources);
    }
    dictionary(options, 'options');
    let { type = '', endings = 'transparent' } = options ?? {};
    endings = `${endings}`;
    if (endings !== 'transparent' && endings !== 'native') throw new codes.ERR_INVALID_ARG_VALUE('options.endings', endings);
    const parts = Array.from(sources, (source) => {
      if (Blob.#is(source)) return source.#bytes;
      if (isArrayBuffer(source)) return new Uint8Array(source);
      if (isArrayBufferView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
      source = `${source}`;
      return encoder.encode(endings === 'native' ? source.replace(/\r\n/g, '\n') : source);
    });
    const length = parts.reduce((n, p) => n + p.byteLength, 0);
    if (length > maxLength) throw new codes.ERR_BUFFER_TOO_LARGE(maxLength);
    this.#bytes = new Uint8Array(length);
    let at = 0;
    for (const p of parts) {
      this.#bytes.set(p, at);
      at += p.byteLength;
    }
    this.#type = mimeType(type);
  }

  [kClone]() { return { module: 'internal/blob', name: 'revive', data: [this.#bytes, this.#type] }; }

  static #is(o) {
    return o !== null && typeof o === 'object' && #bytes in o;
  }

  static #check(o) {
    if (!Blob.#is(o)) throw new codes.ERR_INVALID_THIS('Blob');
  }

  get type() {
    Blob.#check(this);
    return this.#type;
  }

  get size() {
    Blob.#check(this);
    return this.#bytes.length;
  }

  slice(start = 0, end, contentType = '') {
    Blob.#check(this);
    const size = this.#bytes.length;
    const clamp = (n) => (n < 0 ? Math.max(size + n, 0) : Math.min(n, size));
    start = clamp(start);
    end = end === undefined ? size : clamp(end);
    made = [this.#bytes.subarray(start, Math.max(start, end)), mimeType(contentType)];
    return new Blob();
  }

  async arrayBuffer() {
    Blob.#check(this);
    return this.#bytes.slice().buffer;
  }

  async text() {
    Blob.#check(this);
    return new TextDecoder().decode(await this.arrayBuffer());
  }

  bytes() {
    Blob.#check(this);
    return Promise.resolve(this.#bytes.slice());
  }

  stream() {
    Blob.#check(this);
    if (typeof ReadableStream === 'undefined') throw new codes.ERR_METHOD_NOT_IMPLEMENTED('Blob.stream()');
    const bytes = this.#bytes;
    let at = 0;
    return new ReadableStream({
      type: 'bytes',
      pull(controller) {
        if (at >= bytes.length) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        const end = Math.min(at + 65536, bytes.length);
        controller.enqueue(bytes.slice(at, end));
        at = end;
      },
    }, { highWaterMark: 0 });
  }

  [inspect.custom](depth, options) {
    if (depth < 0) return this;
    return `Blob ${inspect({ size: this.size, type: this.type }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}

class File extends Blob {
  #name;
  #lastModified;

  constructor(fileBits, fileName, options) {
    if (arguments.length < 2) throw new codes.ERR_MISSING_ARGS('fileBits', 'fileName');
    super(fileBits, options);
    const { lastModified = Date.now() } = options ?? {};
    this.#name = `${fileName}`.toWellFormed?.() ?? `${fileName}`;
    this.#lastModified = Math.trunc(+lastModified) || 0;
  }

  get name() {
    return this.#name;
  }

  get lastModified() {
    return this.#lastModified;
  }

  [inspect.custom](depth, options) {
    if (depth < 0) return this;
    return `File ${inspect({ size: this.size, type: this.type, name: this.name, lastModified: this.lastModified },
      { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}

const enumerable = { __proto__: null, enumerable: true };
for (const [Class, names] of [[Blob, ['size', 'type', 'slice', 'stream', 'text', 'arrayBuffer']], [File, ['name', 'lastModified']]]) {
  for (const name of names) Object.defineProperty(Class.prototype, name, enumerable);
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { __proto__: null, configurable: true, value: Class.name });
}
Object.defineProperty(Blob, 'length', { value: 0, configurable: true });

const objects = new Map();

// What URL.createObjectURL and revokeObjectURL do.
function createObjectURL(blob) {
  if (!(blob instanceof Blob)) throw new codes.ERR_INVALID_ARG_TYPE('obj', 'Blob', blob);
  const id = binding.uuid();
  objects.set(id, blob);
  return `blob:nodedata:${id}`;
}

function idOf(url) {
  const found = /^blob:nodedata:([^:]+)$/.exec(`${url}`);
  return found ? found[1] : undefined;
}

function revokeObjectURL(url) {
  objects.delete(idOf(url));
}

function resolveObjectURL(url) {
  const blob = objects.get(idOf(url));
  return blob && blob.slice(0, blob.size, blob.type);
}

function revive(data) {
  made = data;
  return new Blob();
}

module.exports = { revive, Blob, File, resolveObjectURL, createObjectURL, revokeObjectURL, bytesOf };
