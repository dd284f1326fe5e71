// Blob, File and object URLs. A Blob has its size and a function that reads a part of it: of memory that is never
// changed, or of a file.
'use strict';
const { codes } = require('internal/errors');
const { inspect } = require('internal/util/inspect');
const { isArrayBuffer, isArrayBufferView } = require('internal/util/types');

const { kClone } = require('internal/clone');

const { kMaxLength: maxLength } = require('buffer');
const notPrintable = /[^\x20-\x7e]/;
const mimeType = (type) => (notPrintable.test(type = `${type}`) ? '' : type.toLowerCase());
const encoder = new TextEncoder();

function dictionary(value, name) {
  if (value != null && typeof value !== 'object' && typeof value !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE(name, 'a dictionary', value);
  }
}

// Throws what Web IDL's conversions do.
function invalid(message) {
  throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

// A number as the standard's [Clamp] long long.
function clamped(value) {
  value = +value;
  if (!(value > -(2 ** 53))) return value !== value ? 0 : 1 - 2 ** 53;
  if (value > 2 ** 53 - 1) return 2 ** 53 - 1;
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

let made; // size, function and type of a Blob that slice makes
let bytesOf; // the bytes of a Blob, themselves where they are in memory, for who does not change them

const inMemory = (bytes) => (start, end) => bytes.subarray(start, end);

function join(parts, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const p of parts) {
    bytes.set(p, at);
    at += p.byteLength;
  }
  return bytes;
}

// chain reads from several Blobs behind each other.
function chain(parts) {
  return (start, end) => {
    const found = [];
    let at = 0;
    for (const { size, read } of parts) {
      const from = Math.max(start - at, 0);
      const to = Math.min(end - at, size);
      if (from < to) found.push(read(from, to));
      at += size;
    }
    return join(found, end - start);
  };
}

class Blob {
  #size;
  #read;
  #type;
  #onFile = false;
  static { bytesOf = (blob) => blob.#read(0, blob.#size); }

  constructor(sources = [], options) {
    if (made !== undefined) {
      [this.#size, this.#read, this.#type, this.#onFile] = made;
      made = undefined;
      return;
    }
    if (sources === null || (typeof sources !== 'object' && typeof sources !== 'function') || typeof sources[Symbol.iterator] !== 'function') {
      invalid('Value cannot be converted to sequence.');
    }
    dictionary(options, 'options');
    let { type = '', endings = 'transparent' } = options ?? {};
    endings = `${endings}`;
    if (endings !== 'transparent' && endings !== 'native') throw new codes.ERR_INVALID_ARG_VALUE('options.endings', endings);
    const parts = Array.from(sources, (source) => {
      if (Blob.#is(source)) return source;
      if (isArrayBuffer(source)) return new Uint8Array(source);
      if (isArrayBufferView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
      if (typeof source === 'symbol') invalid('Value is a Symbol and cannot be converted to a string.');
      source = `${source}`;
      return encoder.encode(endings === 'native' ? source.replace(/\r\n/g, '\n') : source);
    });
    const length = parts.reduce((n, p) => n + (Blob.#is(p) ? p.#size : p.byteLength), 0);
    if (length > maxLength) throw new codes.ERR_BUFFER_TOO_LARGE(maxLength);
    this.#size = length;
    this.#onFile = parts.some((p) => Blob.#is(p) && p.#onFile);
    if (this.#onFile) {
      this.#read = chain(parts.map((p) => (Blob.#is(p) ? { size: p.#size, read: p.#read } :
        { size: p.byteLength, read: inMemory(p.slice()) })));
    } else {
      this.#read = inMemory(join(parts.map((p) => (Blob.#is(p) ? p.#read(0, p.#size) : p)), length));
    }
    this.#type = mimeType(type);
  }

  [kClone]() {
    if (this.#onFile) throw new codes.ERR_INVALID_STATE.TypeError('File-backed Blobs are not cloneable');
    return { module: 'internal/blob', name: 'revive', data: [bytesOf(this), this.#type] };
  }

  static #is(o) {
    return o !== null && typeof o === 'object' && #read in o;
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
    return this.#size;
  }

  slice(start = 0, end, contentType = '') {
    Blob.#check(this);
    const size = this.#size;
    const within = (n) => (n < 0 ? Math.max(size + n, 0) : Math.min(n, size));
    start = within(clamped(start));
    end = end === undefined ? size : within(clamped(end));
    const length = Math.max(end - start, 0);
    const read = this.#read;
    const offset = start;
    const part = this.#onFile ? (from, to) => read(offset + from, offset + to) : inMemory(read(start, start + length));
    made = [length, part, mimeType(contentType), this.#onFile];
    return new Blob();
  }

  async arrayBuffer() {
    Blob.#check(this);
    return bytesOf(this).slice().buffer;
  }

  async text() {
    Blob.#check(this);
    return new TextDecoder().decode(await this.arrayBuffer());
  }

  async bytes() {
    Blob.#check(this);
    return bytesOf(this).slice();
  }

  stream() {
    Blob.#check(this);
    if (typeof ReadableStream === 'undefined') throw new codes.ERR_METHOD_NOT_IMPLEMENTED('Blob.stream()');
    const size = this.#size;
    const read = this.#read;
    const most = this.#onFile ? 65536 : Infinity; // what is in memory comes at once
    let at = 0;
    return new ReadableStream({
      type: 'bytes',
      pull(controller) {
        if (at >= size) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        const end = Math.min(at + most, size);
        controller.enqueue(read(at, end).slice());
        at = end;
      },
    }, { highWaterMark: 0 });
  }

  textStream() {
    Blob.#check(this);
    return this.stream().pipeThrough(new TextDecoderStream());
  }

  [inspect.custom](depth, options) {
    if (depth < 0) return this;
    return `Blob ${inspect({ size: this.size, type: this.type }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}

const madeFile = Symbol('madeFile');

class File extends Blob {
  #name;
  #lastModified;

  constructor(fileBits, fileName, options = { __proto__: null }) {
    if (fileBits === madeFile) {
      super();
      [this.#name, this.#lastModified] = fileName;
      return;
    }
    if (arguments.length < 2) throw new codes.ERR_MISSING_ARGS('fileBits', 'fileName');
    super(fileBits, options);
    const { lastModified = Date.now() } = options ?? {};
    this.#name = `${fileName}`.toWellFormed();
    this.#lastModified = Number.isNaN(+lastModified) ? 0 : +lastModified;
  }

  static #check(o) {
    if (o === null || typeof o !== 'object' || !(#name in o)) throw new codes.ERR_INVALID_THIS('File');
  }

  [kClone]() {
    return { module: 'internal/blob', name: 'reviveFile', data: [...super[kClone]().data, this.#name, this.#lastModified] };
  }

  get name() {
    File.#check(this);
    return this.#name;
  }

  get lastModified() {
    File.#check(this);
    return this.#lastModified;
  }

  [inspect.custom](depth, options) {
    if (depth < 0) return this;
    return `File ${inspect({ size: this.size, type: this.type, name: this.name, lastModified: this.lastModified },
      { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}

const enumerable = { __proto__: null, enumerable: true };
for (const [Class, names] of [[Blob, ['size', 'type', 'slice', 'stream', 'textStream', 'text', 'arrayBuffer', 'bytes']], [File, ['name', 'lastModified']]]) {
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

function revive([bytes, type]) {
  made = [bytes.length, inMemory(bytes), type, false];
  return new Blob();
}

function reviveFile([bytes, type, name, lastModified]) {
  made = [bytes.length, inMemory(bytes), type, false];
  return new File(madeFile, [name, lastModified]);
}

// ofFile makes the Blob of a file, which must not change before it is read.
function ofFile(path, type) {
  const fs = require('fs');
  const look = () => {
    const { size, mtimeNs, ino } = fs.statSync(path, { bigint: true });
    return { size, mtimeNs, ino };
  };
  let before;
  try {
    before = look();
  } catch {
    throw Object.assign(new TypeError('Unable to open file as blob'), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  const read = (start, end) => {
    const bytes = new Uint8Array(end - start);
    try {
      const now = look();
      if (now.size !== before.size || now.mtimeNs !== before.mtimeNs || now.ino !== before.ino) throw new Error('changed');
      const fd = fs.openSync(path);
      try {
        for (let at = 0; at < bytes.length;) {
          const n = fs.readSync(fd, bytes, at, bytes.length - at, start + at);
          if (n === 0) throw new Error('shorter');
          at += n;
        }
      } finally {
        fs.closeSync(fd);
      }
    } catch {
      throw new DOMException('The blob could not be read', 'NotReadableError');
    }
    return bytes;
  };
  made = [Number(before.size), read, mimeType(type), true];
  return new Blob();
}

module.exports = { revive, reviveFile, ofFile, Blob, File, resolveObjectURL, createObjectURL, revokeObjectURL, bytesOf };
