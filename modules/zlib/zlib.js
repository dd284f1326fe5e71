// The stream classes and functions of zlib.
'use strict';

const { Transform } = require('stream');
const { codes: {
  ERR_BROTLI_INVALID_PARAM, ERR_BUFFER_TOO_LARGE, ERR_FEATURE_UNAVAILABLE_ON_PLATFORM, ERR_INTERNAL_ASSERTION,
  ERR_INVALID_ARG_TYPE,
  ERR_OUT_OF_RANGE, ERR_TRAILING_JUNK_AFTER_STREAM_END, ERR_ZSTD_INVALID_PARAM,
} } = require('internal/errors');
const { validateBoolean, validateFunction } = require('internal/validators');
const { isAnyArrayBuffer } = require('internal/util/types');
const { kMaxLength } = require('buffer');

const { native, finite, makeError, ranged } = require('internal/zlib');

const { constants } = native;
const {
  Z_NO_FLUSH, Z_BLOCK, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH, Z_FIXED, Z_PARTIAL_FLUSH,
  DEFLATE, DEFLATERAW, INFLATE, INFLATERAW, GZIP, GUNZIP, UNZIP, BROTLI_DECODE, BROTLI_ENCODE, ZSTD_COMPRESS, ZSTD_DECOMPRESS,
  BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_FINISH, BROTLI_OPERATION_EMIT_METADATA,
  ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end,
} = constants;

const kFlushFlag = Symbol('kFlushFlag');
const kError = Symbol('kError');

const codes = {};
for (const name of ['Z_OK', 'Z_STREAM_END', 'Z_NEED_DICT', 'Z_ERRNO', 'Z_STREAM_ERROR', 'Z_DATA_ERROR', 'Z_MEM_ERROR',
                    'Z_BUF_ERROR', 'Z_VERSION_ERROR']) {
  codes[name] = constants[name];
}
for (const name of Object.keys(codes)) codes[codes[name]] = name;

// The lowest and the highest flush flag of each kind of stream.
const flushBounds = [
  [Z_NO_FLUSH, Z_BLOCK],
  [BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_EMIT_METADATA],
  [ZSTD_e_continue, ZSTD_e_end],
];

function boundsOf(mode) {
  if (mode === BROTLI_ENCODE || mode === BROTLI_DECODE) return 1;
  return mode === ZSTD_COMPRESS || mode === ZSTD_DECOMPRESS ? 2 : 0;
}

function validateDictionary(dictionary) {
  if (dictionary !== undefined && !ArrayBuffer.isView(dictionary) && !isAnyArrayBuffer(dictionary)) {
    throw new ERR_INVALID_ARG_TYPE('options.dictionary', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], dictionary);
  }
  return dictionary;
}

// Indexed parameters, checked; keys that name the same number twice are refused.
function indexedParams(params, highest, Invalid) {
  const checked = { __proto__: null };
  for (const original of Object.keys(params ?? {})) {
    const key = +original;
    if (Number.isNaN(key) || key < 0 || key > highest || key in checked) throw new Invalid(original);
    const value = params[original];
    if (typeof value !== 'number' && typeof value !== 'boolean') {
      throw new ERR_INVALID_ARG_TYPE('options.params[key]', 'number', value);
    }
    checked[key] = Number(value);
  }
  return checked;
}

function ZlibBase(opts, mode, handle, { flush, finishFlush, fullFlush }) {
  let chunkSize = constants.Z_DEFAULT_CHUNK;
  let maxOutputLength = kMaxLength;
  if (opts) {
    const [lower, upper] = flushBounds[boundsOf(mode)];
    if (finite(opts.chunkSize, 'options.chunkSize')) {
      chunkSize = opts.chunkSize;
      if (chunkSize < constants.Z_MIN_CHUNK) {
        throw new ERR_OUT_OF_RANGE('options.chunkSize', `>= ${constants.Z_MIN_CHUNK}`, chunkSize);
      }
      native.needBuffer(chunkSize, kMaxLength);
    }
    flush = ranged(opts.flush, 'options.flush', lower, upper, flush);
    finishFlush = ranged(opts.finishFlush, 'options.finishFlush', lower, upper, finishFlush);
    maxOutputLength = ranged(opts.maxOutputLength, 'options.maxOutputLength', 1, kMaxLength, kMaxLength);
    if (opts.rejectGarbageAfterEnd !== undefined) {
      validateBoolean(opts.rejectGarbageAfterEnd, 'options.rejectGarbageAfterEnd');
    }
    if (opts.encoding || opts.objectMode || opts.writableObjectMode) {
      opts = { ...opts, encoding: null, objectMode: false, writableObjectMode: false };
    }
  }
  Transform.call(this, { autoDestroy: true, ...opts });
  this[kError] = null;
  this.bytesWritten = 0;
  this._handle = handle;
  this._chunkSize = chunkSize;
  this._defaultFlushFlag = flush;
  this._finishFlushFlag = finishFlush;
  this._defaultFullFlushFlag = fullFlush;
  this._info = opts && opts.info;
  this._maxOutputLength = maxOutputLength;
  this._flushBoundIdx = boundsOf(mode);
  this._rejectGarbageAfterEnd = opts?.rejectGarbageAfterEnd === true;
}
Object.setPrototypeOf(ZlibBase.prototype, Transform.prototype);
Object.setPrototypeOf(ZlibBase, Transform);

let warnedBytesRead = false;
function warnBytesRead(text) {
  if (warnedBytesRead) return;
  warnedBytesRead = true;
  process.emitWarning(text, 'DeprecationWarning', 'DEP0108');
}

Object.defineProperties(ZlibBase.prototype, {
  _closed: { configurable: true, enumerable: true, get() { return !this._handle; } },
  bytesRead: {
    configurable: true,
    enumerable: true,
    get() {
      warnBytesRead('zlib.bytesRead is deprecated and will change its meaning in the future. Use zlib.bytesWritten instead.');
      return this.bytesWritten;
    },
    set(value) {
      warnBytesRead('Setting zlib.bytesRead is deprecated. This feature will be removed in the future.');
      this.bytesWritten = value;
    },
  },
});

function closeHandle(self) {
  if (!self._handle) return;
  self._handle.close();
  self._handle = null;
}

ZlibBase.prototype.reset = function() {
  if (!this._handle) throw new ERR_INTERNAL_ASSERTION('zlib binding closed');
  return this._handle.reset();
};

ZlibBase.prototype._flush = function(callback) { this._transform(Buffer.alloc(0), '', callback); };
ZlibBase.prototype._final = function(callback) { callback(); };

// How strong the flush flags are, weakest first.
const flushiness = [Z_NO_FLUSH, Z_BLOCK, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH];
const stronger = (a, b) => (flushiness.indexOf(a) > flushiness.indexOf(b) ? a : b);

// A flush travels through the stream as an empty chunk that bears its flag.
const flushChunks = [];
for (let flag = Z_NO_FLUSH; flag <= Z_BLOCK; flag++) {
  flushChunks[flag] = Buffer.alloc(0);
  flushChunks[flag][kFlushFlag] = flag;
}

ZlibBase.prototype.flush = function(kind, callback) {
  if (typeof kind === 'function' || (kind === undefined && !callback)) {
    callback = kind;
    kind = this._defaultFullFlushFlag;
  }
  if (this.writableFinished) {
    if (callback) process.nextTick(callback);
  } else if (this.writableEnded) {
    if (callback) this.once('end', callback);
  } else {
    this.write(flushChunks[kind], '', callback);
  }
};

ZlibBase.prototype.close = function(callback) {
  if (callback) require('stream').finished(this, callback);
  this.destroy();
};

ZlibBase.prototype._destroy = function(error, callback) {
  closeHandle(this);
  callback(error);
};

ZlibBase.prototype._transform = function(chunk, encoding, cb) {
  let flag = this._defaultFlushFlag;
  if (typeof chunk[kFlushFlag] === 'number') flag = chunk[kFlushFlag];
  // The last chunk ends the stream.
  if (this.writableEnded && this.writableLength === chunk.byteLength) flag = stronger(flag, this._finishFlushFlag);
  processChunk(this, chunk, flag, cb);
};

ZlibBase.prototype._processChunk = function(chunk, flag, cb) {
  if (typeof cb === 'function') return processChunk(this, chunk, flag, cb);
  return processChunkSync(this, chunk, flag);
};

function processChunkSync(self, chunk, flag) {
  const buffers = [];
  let length = 0;
  let used = 0;
  let left = 0;
  for (let input = chunk; ; input = null) {
    const [output, more, count, rest, message, errno, code] = native.step(self._handle, input, flag, self._chunkSize);
    used += count;
    left = rest;
    if (message !== undefined) {
      const error = makeError(message, errno, code);
      self.destroy(error);
      self.on('error', () => {});
      throw error;
    }
    if (output !== null) {
      buffers.push(output);
      length += output.length;
      if (length > self._maxOutputLength) {
        closeHandle(self);
        throw new ERR_BUFFER_TOO_LARGE(self._maxOutputLength);
      }
    }
    if (!more) break;
  }
  if (left > 0 && self._rejectGarbageAfterEnd) {
    closeHandle(self);
    throw new ERR_TRAILING_JUNK_AFTER_STREAM_END();
  }
  self.bytesWritten = used;
  closeHandle(self);
  return buffers.length === 1 ? buffers[0] : Buffer.concat(buffers, length);
}

function processChunk(self, chunk, flag, cb) {
  if (!self._handle) {
    process.nextTick(cb);
    return;
  }
  const onStep = ([output, more, used, left, message, errno, code]) => {
    if (self.destroyed) {
      cb();
      return;
    }
    if (message !== undefined) {
      self[kError] = makeError(message, errno, code);
      self.destroy(self[kError]);
      return;
    }
    self.bytesWritten += used;
    const full = output !== null && !self.push(output);
    if (self.destroyed) {
      cb();
    } else if (more && full) {
      // The reader has enough for now: go on when it asks for more.
      const read = self._read;
      self._read = (n) => {
        self._read = read;
        step(null);
        self._read(n);
      };
    } else if (more) {
      step(null);
    } else {
      if (left > 0 && self._rejectGarbageAfterEnd) {
        const error = new ERR_TRAILING_JUNK_AFTER_STREAM_END();
        self.destroy(error);
        cb(error);
        return;
      }
      if (left > 0) self.push(null); // the compressed data ended within this chunk
      cb();
    }
  };
  const step = (input) => native.step(self._handle, input, flag, self._chunkSize, onStep);
  step(chunk);
}

const zlibFlags = { flush: Z_NO_FLUSH, finishFlush: Z_FINISH, fullFlush: Z_FULL_FLUSH };

function Zlib(opts, mode) {
  let windowBits = constants.Z_DEFAULT_WINDOWBITS;
  let level = constants.Z_DEFAULT_COMPRESSION;
  let strategy = constants.Z_DEFAULT_STRATEGY;
  let dictionary;
  if (opts) {
    if ((opts.windowBits == null || opts.windowBits === 0) && (mode === INFLATE || mode === GUNZIP || mode === UNZIP)) {
      windowBits = 0;
    } else {
      windowBits = ranged(opts.windowBits, 'options.windowBits', constants.Z_MIN_WINDOWBITS + (mode === GZIP ? 1 : 0),
                          constants.Z_MAX_WINDOWBITS, windowBits);
    }
    level = ranged(opts.level, 'options.level', constants.Z_MIN_LEVEL, constants.Z_MAX_LEVEL, level);
    ranged(opts.memLevel, 'options.memLevel', constants.Z_MIN_MEMLEVEL, constants.Z_MAX_MEMLEVEL);
    strategy = ranged(opts.strategy, 'options.strategy', strategy, Z_FIXED, strategy);
    dictionary = validateDictionary(opts.dictionary);
  }
  ZlibBase.call(this, opts, mode, native.open(mode, windowBits, level, strategy, dictionary, opts?.rejectGarbageAfterEnd === true), zlibFlags);
  this._level = level;
  this._strategy = strategy;
  this._mode = mode;
}
Object.setPrototypeOf(Zlib.prototype, ZlibBase.prototype);
Object.setPrototypeOf(Zlib, ZlibBase);

Zlib.prototype.params = function params(level, strategy, callback) {
  ranged(level, 'level', constants.Z_MIN_LEVEL, constants.Z_MAX_LEVEL);
  ranged(strategy, 'strategy', constants.Z_DEFAULT_STRATEGY, Z_FIXED);
  if (this._level === level && this._strategy === strategy) {
    process.nextTick(callback);
    return;
  }
  this.flush(Z_SYNC_FLUSH, () => {
    if (!this._handle) throw new ERR_INTERNAL_ASSERTION('zlib binding closed');
    this._handle.params(level, strategy);
    if (this.destroyed) return;
    this._level = level;
    this._strategy = strategy;
    if (callback) callback();
  });
};

const brotliFlags = { flush: BROTLI_OPERATION_PROCESS, finishFlush: BROTLI_OPERATION_FINISH, fullFlush: BROTLI_OPERATION_FLUSH };
const maxBrotliParam = constants.BROTLI_PARAM_NDIRECT;

function Brotli(opts, mode) {
  if (mode === undefined) throw new ERR_INTERNAL_ASSERTION();
  const params = indexedParams(opts?.params, maxBrotliParam, ERR_BROTLI_INVALID_PARAM);
  const dictionary = validateDictionary(opts?.dictionary);
  if (dictionary?.byteLength > 0) throw new ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('dictionary of brotli');
  ZlibBase.call(this, opts, mode, native.open(mode, 0, 0, 0, undefined, false, params), brotliFlags);
}
Object.setPrototypeOf(Brotli.prototype, Zlib.prototype);
Object.setPrototypeOf(Brotli, Zlib);

const zstdFlags = { flush: ZSTD_e_continue, finishFlush: ZSTD_e_end, fullFlush: ZSTD_e_flush };

class Zstd extends ZlibBase {
  constructor(opts, mode, highest) {
    const params = indexedParams(opts?.params, highest, ERR_ZSTD_INVALID_PARAM);
    let dictionary = opts?.dictionary;
    if (!ArrayBuffer.isView(dictionary) && !isAnyArrayBuffer(dictionary)) dictionary = undefined;
    const handle = native.open(mode, 0, 0, 0, dictionary, opts?.rejectGarbageAfterEnd === true, params, opts?.pledgedSrcSize);
    super(opts, mode, handle, zstdFlags);
  }
}

class ZstdCompress extends Zstd {
  constructor(opts) { super(opts, ZSTD_COMPRESS, constants.ZSTD_c_overlapLog); }
}

class ZstdDecompress extends Zstd {
  constructor(opts) { super(opts, ZSTD_DECOMPRESS, constants.ZSTD_d_windowLogMax); }
}

function zlibBuffer(engine, buffer, callback) {
  validateFunction(callback, 'callback');
  if (ArrayBuffer.isView(buffer) && !(buffer instanceof Uint8Array)) {
    buffer = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } else if (isAnyArrayBuffer(buffer)) {
    buffer = Buffer.from(buffer);
  }
  const buffers = [];
  let length = 0;
  engine.on('data', (chunk) => {
    buffers.push(chunk);
    length += chunk.length;
    if (length > engine._maxOutputLength) {
      engine.close();
      engine.removeAllListeners('end');
      callback(new ERR_BUFFER_TOO_LARGE(engine._maxOutputLength));
    }
  });
  engine.on('error', (error) => {
    engine.removeAllListeners('end');
    callback(error);
  });
  engine.on('end', () => {
    const all = buffers.length === 1 ? buffers[0] : Buffer.concat(buffers, length);
    engine.close();
    callback(null, engine._info ? { buffer: all, engine } : all);
  });
  engine.end(buffer);
}

function zlibBufferSync(engine, buffer) {
  if (typeof buffer === 'string' || isAnyArrayBuffer(buffer)) {
    buffer = Buffer.from(buffer);
  } else if (!ArrayBuffer.isView(buffer)) {
    throw new ERR_INVALID_ARG_TYPE('buffer', ['string', 'Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], buffer);
  }
  buffer = processChunkSync(engine, buffer, engine._finishFlushFlag);
  return engine._info ? { buffer, engine } : buffer;
}

exports.crc32 = native.crc32;

const classes = { __proto__: null };

const warnedClasses = new Set();
function warnOfCall(name) {
  if (warnedClasses.has(name)) return;
  warnedClasses.add(name);
  process.emitWarning(`Instantiating ${name} without the 'new' keyword has been deprecated.`, 'DeprecationWarning', 'DEP0184');
}

function defineClass(name, base, mode) {
  const Class = { [name]: function(opts) {
    if (mode === DEFLATERAW && opts && opts.windowBits === 8) opts.windowBits = 9;
    if (!(this instanceof Class)) {
      warnOfCall(name);
      return new Class(opts);
    }
    base.call(this, opts, mode);
  } }[name];
  Object.setPrototypeOf(Class.prototype, base.prototype);
  Object.setPrototypeOf(Class, base);
  exports[name] = classes[name] = Class;
}
defineClass('Deflate', Zlib, DEFLATE);
defineClass('Inflate', Zlib, INFLATE);
defineClass('Gzip', Zlib, GZIP);
defineClass('Gunzip', Zlib, GUNZIP);
defineClass('DeflateRaw', Zlib, DEFLATERAW);
defineClass('InflateRaw', Zlib, INFLATERAW);
defineClass('Unzip', Zlib, UNZIP);
defineClass('BrotliCompress', Brotli, BROTLI_ENCODE);
defineClass('BrotliDecompress', Brotli, BROTLI_DECODE);
Object.assign(classes, { ZstdCompress, ZstdDecompress });
Object.assign(exports, { ZstdCompress, ZstdDecompress });

for (const name of ['Deflate', 'Gzip', 'DeflateRaw', 'Unzip', 'Inflate', 'Gunzip', 'InflateRaw', 'BrotliCompress', 'BrotliDecompress',
                    'ZstdCompress', 'ZstdDecompress']) {
  const method = name[0].toLowerCase() + name.slice(1);
  exports[method] = function asyncBufferWrapper(buffer, opts, callback) {
    if (typeof opts === 'function') {
      callback = opts;
      opts = {};
    }
    return zlibBuffer(new classes[name](opts), buffer, callback);
  };
  exports[`${method}Sync`] = function syncBufferWrapper(buffer, opts) {
    return zlibBufferSync(new classes[name](opts), buffer);
  };
}
for (const name of ['Deflate', 'Inflate', 'DeflateRaw', 'InflateRaw', 'Gzip', 'Gunzip', 'Unzip', 'BrotliCompress', 'BrotliDecompress',
                    'ZstdCompress', 'ZstdDecompress']) {
  Object.defineProperty(exports, `create${name}`, {
    configurable: true, enumerable: true, value: { [`create${name}`]: function(options) { return new classes[name](options); } }[`create${name}`],
  });
}
Object.defineProperties(exports, {
  constants: { configurable: false, enumerable: true, value: constants },
  codes: { enumerable: true, writable: false, value: Object.freeze(codes) },
});
for (const key of Object.keys(constants)) {
  if (!key.startsWith('BROTLI')) Object.defineProperty(exports, key, { enumerable: false, value: constants[key], writable: false });
}
