// Node's streams as web streams and the other way round.
'use strict';
const { AbortError, codes } = require('internal/errors');
const { validateBoolean, validateObject, validateOneOf } = require('internal/validators');
const { isAnyArrayBuffer } = require('internal/util/types');
const { eos } = require('internal/streams/end-of-stream');
const u = require('internal/streams/utils');
const { Duplex, Readable, Writable } = require('stream');
const { ReadableStream, WritableStream, CountQueuingStrategy, ByteLengthQueuingStrategy } = require('stream/web');
const { readableState } = require('internal/webstreams/readablestream');
const { writableState } = require('internal/webstreams/writablestream');

const isReadableWeb = (o) => readableState(o)?.kind === 'ReadableStream';
const isWritableWeb = (o) => writableState(o)?.kind === 'WritableStream';

const kCheckChunk = Symbol('checkChunk');

// What the web is told of an error of a Node stream.
function aborted(err) {
  const code = err?.code;
  if (code === 'ERR_STREAM_PREMATURE_CLOSE') return new AbortError(undefined, { cause: err });
  if (typeof code !== 'string' || !(code === 'Z_NEED_DICT' || code.startsWith('ERR__ERROR_') || require('zlib').constants[code] < 0)) return err;
  const error = new TypeError(undefined, { cause: err });
  error.code = code;
  return error;
}

// With options[kCheckChunk], a function that throws for chunks that are refused, whatever throws ends both sides of a duplex.
function newWritableStreamFromStreamWritable(writable, options = {}) {
  if (!u.isWritableNodeStream(writable)) throw new codes.ERR_INVALID_ARG_TYPE('streamWritable', 'stream.Writable', writable);
  if (u.isDestroyed(writable) || !u.isWritable(writable)) {
    const closed = new WritableStream();
    closed.close();
    return closed;
  }
  const highWaterMark = writable.writableHighWaterMark;
  const strategy = writable.writableObjectMode ? new CountQueuingStrategy({ highWaterMark }) : { highWaterMark };
  let controller, drained, closing;
  const settle = (d, err) => {
    if (err) d?.reject(err);
    else d?.resolve();
  };
  const defer = () => {
    const d = {};
    d.promise = new Promise((resolve, reject) => Object.assign(d, { resolve, reject }));
    return d;
  };
  const cleanup = eos(writable, (err) => {
    err = aborted(err);
    cleanup();
    writable.on('error', () => {}); // what comes later has nobody to go to
    if (err) {
      settle(drained, err);
      if (closing) settle(closing, err);
      controller.error(err);
      controller = undefined;
      return;
    }
    if (closing) {
      settle(closing);
      return;
    }
    controller.error(new AbortError());
    controller = undefined;
  });
  writable.on('drain', () => {
    settle(drained);
    drained = undefined;
  });
  return new WritableStream({
    start(c) { controller = c; },
    write(chunk) {
      try {
        return put(chunk);
      } catch (err) {
        if (options[kCheckChunk]) u.destroyer(writable, err);
        throw err;
      }
    },
    abort(reason) { u.destroyer(writable, reason); },
    close() {
      if (!closing && !writable.writableEnded) {
        closing = defer();
        writable.end();
        return closing.promise;
      }
      if (writable.writableFinished) return;
      closing ??= defer();
      return closing.promise;
    },
  }, strategy);
  function put(chunk) {
    options[kCheckChunk]?.(chunk);
    if (!writable.writableObjectMode && isAnyArrayBuffer(chunk)) chunk = new Uint8Array(chunk);
    if (writable.writableNeedDrain || !writable.write(chunk)) {
      drained = defer();
      return drained.promise.finally(() => { drained = undefined; });
    }
  }
}

function newReadableStreamFromStreamReadable(readable, options = {}) {
  if (typeof readable?._readableState !== 'object') throw new codes.ERR_INVALID_ARG_TYPE('streamReadable', 'stream.Readable', readable);
  validateObject(options, 'options');
  const { type } = options;
  if (type !== undefined) validateOneOf(type, 'options.type', ['bytes', undefined]);
  if (u.isDestroyed(readable) || !u.isReadable(readable)) {
    const cancelled = new ReadableStream({ type });
    cancelled.cancel();
    return cancelled;
  }
  const objects = readable.readableObjectMode;
  const highWaterMark = readable.readableHighWaterMark;
  const strategy = type ? { highWaterMark } : options.strategy ?? (objects ? new CountQueuingStrategy({ highWaterMark }) : new ByteLengthQueuingStrategy({ highWaterMark }));
  let controller, cancelled = false;
  readable.pause();
  const cleanup = eos(readable, (err) => {
    err = aborted(err);
    cleanup();
    readable.on('error', () => {});
    if (err) {
      controller.error(err);
    } else if (!cancelled) {
      controller.close();
      if (type) controller.byobRequest?.respond(0);
    }
  });
  readable.on('data', (chunk) => {
    // A Buffer is shown as the plain array that the web knows, with memory of its own, which may be taken.
    if (Buffer.isBuffer(chunk) && !objects) chunk = new Uint8Array(chunk);
    controller.enqueue(chunk);
    if (controller.desiredSize <= 0) readable.pause();
  });
  return new ReadableStream({
    type,
    start(c) { controller = c; },
    pull() { readable.resume(); },
    cancel(reason) {
      cancelled = true;
      u.destroyer(readable, reason);
    },
  }, strategy);
}

// Throws out of a promise's reach: an error of a callback is an uncaught exception.
const later = (f, ...args) => process.nextTick(f, ...args);

function newStreamWritableFromWritableStream(stream, options = {}) {
  if (!isWritableWeb(stream)) throw new codes.ERR_INVALID_ARG_TYPE('writableStream', 'WritableStream', stream);
  validateObject(options, 'options');
  const { highWaterMark, decodeStrings = true, objectMode = false, signal } = options;
  validateBoolean(objectMode, 'options.objectMode');
  validateBoolean(decodeStrings, 'options.decodeStrings');
  const writer = stream.getWriter();
  const side = writerSide(writer, () => writable);
  const writable = new Writable({ highWaterMark, objectMode, decodeStrings, signal, ...side.methods });
  side.watch();
  return writable;
}

function writerSide(writer, get) {
  let closed = false;
  return {
    isClosed: () => closed,
    watch() {
      writer.closed.then(() => {
        closed = true;
        const s = get();
        if (!s.writableEnded && !s.destroyed) s.destroy(new codes.ERR_STREAM_PREMATURE_CLOSE());
      }, (err) => {
        closed = true;
        get().destroy(err);
      });
    },
    methods: {
      writev(chunks, callback) {
        writer.ready.then(() => Promise.all(chunks.map((c) => writer.write(c.chunk))))
          .then(() => later(callback), (err) => later(callback, err));
      },
      write(chunk, encoding, callback) {
        writer.ready.then(() => writer.write(chunk)).then(() => later(callback), (err) => later(callback, err));
      },
      final(callback) {
        if (closed) later(callback);
        else writer.close().then(() => later(callback), (err) => later(callback, err));
      },
      destroy(err, callback) {
        if (closed) {
          later(callback, err);
          return;
        }
        const done = () => later(callback, err);
        if (err != null) writer.abort(err).then(done, done);
        else writer.close().then(done, done);
      },
    },
  };
}

function newStreamReadableFromReadableStream(stream, options = {}) {
  if (!isReadableWeb(stream)) throw new codes.ERR_INVALID_ARG_TYPE('readableStream', 'ReadableStream', stream);
  validateObject(options, 'options');
  const { highWaterMark, encoding, objectMode = false, signal } = options;
  if (encoding !== undefined && !Buffer.isEncoding(encoding)) throw new codes.ERR_INVALID_ARG_VALUE(encoding, 'options.encoding');
  validateBoolean(objectMode, 'options.objectMode');
  const side = readerSide(stream.getReader(), () => readable);
  const readable = new Readable({ objectMode, highWaterMark, encoding, signal, ...side.methods });
  side.watch();
  return readable;
}

function readerSide(reader, get) {
  let closed = false;
  return {
    isClosed: () => closed,
    watch() {
      reader.closed.then(() => { closed = true; }, (err) => {
        closed = true;
        get().destroy(err);
      });
    },
    methods: {
      read() {
        reader.read().then(({ value, done }) => {
          later(() => { get().push(done ? null : value); });
        }, (err) => get().destroy(err));
      },
      destroy(err, callback) {
        const done = () => later(callback, err);
        if (closed) done();
        else reader.cancel(err).then(done, done);
      },
    },
  };
}

function newReadableWritablePairFromDuplex(duplex, options = {}) {
  if (typeof duplex?._writableState !== 'object' || typeof duplex?._readableState !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('duplex', 'stream.Duplex', duplex);
  }
  validateObject(options, 'options');
  const type = options.readableType ?? options.type;
  if (u.isDestroyed(duplex)) {
    const writable = new WritableStream(), readable = new ReadableStream({ type });
    writable.close();
    readable.cancel();
    return { readable, writable };
  }
  const writable = u.isWritable(duplex) ? newWritableStreamFromStreamWritable(duplex, options) : new WritableStream();
  if (!u.isWritable(duplex)) writable.close();
  const readable = u.isReadable(duplex) ? newReadableStreamFromStreamReadable(duplex, { type }) : new ReadableStream({ type });
  if (!u.isReadable(duplex)) readable.cancel();
  return { writable, readable };
}

function newStreamDuplexFromReadableWritablePair(pair = {}, options = {}) {
  validateObject(pair, 'pair');
  validateObject(options, 'options');
  const { readable, writable } = pair;
  if (!isReadableWeb(readable)) throw new codes.ERR_INVALID_ARG_TYPE('pair.readable', 'ReadableStream', readable);
  if (!isWritableWeb(writable)) throw new codes.ERR_INVALID_ARG_TYPE('pair.writable', 'WritableStream', writable);
  const { allowHalfOpen = false, objectMode = false, encoding, decodeStrings = true, highWaterMark, signal } = options;
  validateBoolean(objectMode, 'options.objectMode');
  if (encoding !== undefined && !Buffer.isEncoding(encoding)) throw new codes.ERR_INVALID_ARG_VALUE(encoding, 'options.encoding');
  const out = writerSide(writable.getWriter(), () => duplex), inn = readerSide(readable.getReader(), () => duplex);
  const duplex = new Duplex({
    allowHalfOpen, highWaterMark, objectMode, encoding, decodeStrings, signal, ...out.methods, read: inn.methods.read,
    destroy(err, callback) {
      let left = 2;
      const done = () => { if (--left === 0) callback(err); };
      out.methods.destroy(err, done);
      inn.methods.destroy(err, done);
    },
  });
  out.watch();
  inn.watch();
  return duplex;
}

module.exports = {
  kCheckChunk, newWritableStreamFromStreamWritable, newReadableStreamFromStreamReadable, newStreamWritableFromWritableStream,
  newStreamReadableFromReadableStream, newReadableWritablePairFromDuplex, newStreamDuplexFromReadableWritablePair,
};
