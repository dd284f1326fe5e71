// Duplex.from: a Duplex of nearly anything; and duplexPair.
'use strict';
const { AbortError, codes } = require('internal/errors');
const { Duplex, Readable, Writable } = require('stream');
const { Await, asyncGenerator } = require('internal/streams/async');
const { eos } = require('internal/streams/end-of-stream');
const { from: fromIterable } = require('internal/streams/from');
const u = require('internal/streams/utils');

class Duplexify extends Duplex {}

function duplexify(body, name) {
  if (u.isDuplexNodeStream(body)) return body;
  if (u.isReadableNodeStream(body)) return joined({ readable: body });
  if (u.isWritableNodeStream(body)) return joined({ writable: body });
  if (u.isNodeStream(body)) return joined({ writable: false, readable: false });
  if (u.isReadableStream(body)) return joined({ readable: Readable.fromWeb(body) });
  if (u.isWritableStream(body)) return joined({ writable: Writable.fromWeb(body) });
  if (typeof body === 'function') return fromFunction(body, name);
  if (typeof body?.arrayBuffer === 'function' && typeof body.stream === 'function') return duplexify(body.arrayBuffer()); // Blob
  if (u.isIterable(body)) return fromIterable(Duplexify, body, { objectMode: true, writable: false });
  if (u.isReadableStream(body?.readable) && u.isWritableStream(body?.writable)) return Duplexify.fromWeb(body);
  if (typeof body?.writable === 'object' || typeof body?.readable === 'object') {
    const part = (s, isStream) => (s ? (isStream(s) ? s : duplexify(s)) : undefined);
    return joined({ readable: part(body.readable, u.isReadableNodeStream), writable: part(body.writable, u.isWritableNodeStream) });
  }
  if (typeof body?.then === 'function') {
    const d = new Duplexify({ objectMode: true, writable: false, read() {} });
    body.then((value) => {
      if (value != null) d.push(value);
      d.push(null);
    }, (err) => u.destroyer(d, err));
    return d;
  }
  throw new codes.ERR_INVALID_ARG_TYPE(name, ['Blob', 'ReadableStream', 'WritableStream', 'Stream', 'Iterable',
    'AsyncIterable', 'Function', '{ readable, writable } pair', 'Promise'], body);
}

// A function gets what is written as an async iterable; what it yields is read, or its promise ends the writing.
function fromFunction(body, name) {
  let resolve, promise = new Promise((f) => { resolve = f; });
  const controller = new AbortController();
  const { signal } = controller;
  const value = body(asyncGenerator(function*() {
    for (;;) {
      const { chunk, done, callback } = yield new Await(promise);
      process.nextTick(callback);
      if (done) return;
      if (signal.aborted) throw new AbortError(undefined, { cause: signal.reason });
      promise = new Promise((f) => { resolve = f; });
      yield chunk;
    }
  })(), { signal });
  const options = {
    objectMode: true,
    write(chunk, encoding, callback) { resolve({ chunk, done: false, callback }); },
    final(callback) { resolve({ done: true, callback }); },
    destroy(err, callback) {
      controller.abort();
      resolve({ done: true, callback() {} }); // the function may be waiting for what is written
      callback(err);
    },
  };
  if (u.isDuplexNodeStream(value)) return value; // it was a constructor-like function
  if (u.isIterable(value)) return fromIterable(Duplexify, value, options);
  if (typeof value?.then === 'function') {
    let d;
    const settled = value.then((v) => {
      if (v != null) throw new codes.ERR_INVALID_RETURN_VALUE('nully', 'body', v);
    }, (err) => u.destroyer(d, err));
    return d = new Duplexify({
      ...options,
      readable: false,
      final(callback) {
        options.final(async () => {
          try {
            await settled;
            process.nextTick(callback, null);
          } catch (err) {
            process.nextTick(callback, err);
          }
        });
      },
    });
  }
  throw new codes.ERR_INVALID_RETURN_VALUE('Iterable, AsyncIterable or AsyncFunction', name, value);
}

function joined(pair) {
  const r = pair.readable && typeof pair.readable.read !== 'function' ? Readable.wrap(pair.readable) : pair.readable;
  const w = pair.writable;
  let readable = !!u.isReadable(r), writable = !!u.isWritable(w);
  let ondrain = null, onfinish = null, onreadable = null, onclose;
  const d = new Duplexify({
    readableObjectMode: !!r?.readableObjectMode, writableObjectMode: !!w?.writableObjectMode, readable, writable,
  });
  const finished = (err) => {
    if (err) u.destroyer(r, err);
    const callback = onclose;
    onclose = null;
    if (callback) callback(err);
    else if (err) d.destroy(err);
  };
  if (writable) {
    eos(w, (err) => {
      writable = false;
      finished(err);
    });
    d._write = (chunk, encoding, callback) => {
      if (w.write(chunk, encoding)) callback();
      else ondrain = callback;
    };
    d._final = (callback) => {
      w.end();
      onfinish = callback;
    };
    w.on('drain', () => {
      const f = ondrain;
      ondrain = null;
      if (f) f();
    });
    w.on('finish', () => {
      const f = onfinish;
      onfinish = null;
      if (f) f();
    });
  }
  if (readable) {
    eos(r, (err) => {
      readable = false;
      finished(err);
    });
    r.on('readable', () => {
      const f = onreadable;
      onreadable = null;
      if (f) f();
    });
    r.on('end', () => { d.push(null); });
    const read = () => {
      for (;;) {
        const chunk = r.read();
        if (chunk === null) {
          onreadable = read;
          return;
        }
        if (!d.push(chunk)) return;
      }
    };
    d._read = read;
  }
  d._destroy = (err, callback) => {
    if (!err && onclose !== null) err = new AbortError();
    onreadable = ondrain = onfinish = null;
    if (onclose === null) {
      callback(err);
    } else {
      onclose = callback;
      u.destroyer(w, err);
      u.destroyer(r, err);
    }
  };
  return d;
}

class DuplexSide extends Duplex {
  other = null;
  #callback = null;
  #takeCallback() {
    const f = this.#callback;
    this.#callback = null;
    return f;
  }
  _read() { this.#takeCallback()?.(); }
  _write(chunk, encoding, callback) {
    if (chunk.length === 0) {
      process.nextTick(callback);
      return;
    }
    this.other.push(chunk);
    this.other.#callback = callback;
  }
  _final(callback) {
    this.other.on('end', callback);
    this.other.push(null);
  }
}

function duplexPair(options) {
  const a = new DuplexSide(options), b = new DuplexSide(options);
  a.other = b;
  b.other = a;
  return [a, b];
}

module.exports = { from: (body) => duplexify(body, 'body'), duplexPair };
