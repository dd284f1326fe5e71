// Between classic streams and iterables of batches.
'use strict';

const { AbortError, codes: {
  ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE, ERR_STREAM_WRITE_AFTER_END,
} } = require('internal/errors');
const { validateArray, validateInteger, validateObject } = require('internal/validators');
const { isUint8Array } = require('internal/util/types');
const { aggregateTwoErrors } = require('internal/streams/core');
const { eos } = require('internal/streams/end-of-stream');
const { destroyer } = require('internal/streams/utils');
const {
  chunksOf, drainableProtocol, kBatches, signalOf, size, toAsyncStreamable, toBytes, validateBackpressure,
} = require('internal/streams/iter/values');

const none = { __proto__: null };
const largestBatch = 128;

// normalized makes a batch of what a stream in object mode or with an encoding gave.
async function normalized(values) {
  const batch = [];
  for (const value of values) {
    if (isUint8Array(value)) batch.push(value);
    else for await (const chunk of chunksOf(value)) batch.push(chunk);
  }
  return batch;
}

// batchesOf reads all that a stream has at a time.
async function* batchesOf(stream, inBytes) {
  let wake = null;
  const woken = () => {
    wake?.();
    wake = null;
  };
  stream.on('readable', woken);
  let error; // null when it has ended
  const cleanup = eos(stream, { writable: false }, (failed) => {
    error = failed ? aggregateTwoErrors(error, failed) : null;
    woken();
  });
  try {
    for (;;) {
      const chunk = stream.destroyed ? null : stream.read();
      if (chunk !== null) {
        let batch = [chunk];
        while (batch.length < largestBatch && stream._readableState?.length > 0) {
          const more = stream.read();
          if (more === null) break;
          batch.push(more);
        }
        if (!inBytes) batch = await normalized(batch);
        if (batch.length > 0) yield batch;
      } else if (error) {
        throw error;
      } else if (error === null) {
        return;
      } else {
        await new Promise((resolve) => { wake = resolve; });
      }
    }
  } catch (failed) {
    error = aggregateTwoErrors(error, failed);
    throw error;
  } finally {
    if (error === undefined || stream._readableState?.autoDestroy) {
      destroyer(stream, null);
    } else {
      stream.off('readable', woken);
      cleanup();
    }
  }
}

// ofReadable is what a Readable becomes.
function ofReadable(stream) {
  const state = stream._readableState;
  const batches = batchesOf(stream, !(state && (state.objectMode || state.encoding)));
  batches[kBatches] = true;
  batches.stream = stream;
  return batches;
}

const known = new WeakMap();

function fromReadable(readable) {
  if (readable == null || typeof readable !== 'object') throw new ERR_INVALID_ARG_TYPE('readable', 'Readable', readable);
  let batches = known.get(readable);
  if (batches !== undefined) return batches;
  if (typeof readable[toAsyncStreamable] === 'function') {
    batches = readable[toAsyncStreamable]();
  } else if (typeof readable.read === 'function' && typeof readable.on === 'function') {
    batches = ofReadable(readable);
  } else {
    throw new ERR_INVALID_ARG_TYPE('readable', 'Readable', readable);
  }
  known.set(readable, batches);
  return batches;
}

function markOf(options) {
  validateObject(options, 'options');
  const { highWaterMark = 64 * 1024 } = options;
  validateInteger(highWaterMark, 'options.highWaterMark', 0);
  return highWaterMark;
}

function toReadable(source, options = none) {
  if (typeof source?.[Symbol.asyncIterator] !== 'function') throw new ERR_INVALID_ARG_TYPE('source', 'AsyncIterable', source);
  const highWaterMark = markOf(options);
  const { Readable, addAbortSignal } = require('stream');
  const iterator = source[Symbol.asyncIterator]();
  let room = null; // of the pump that waits for it
  let pumping = false;
  let over = false;
  const go = () => {
    room?.();
    room = null;
  };
  const pump = async () => {
    try {
      while (!over) {
        const { done, value } = await iterator.next();
        if (done) {
          over = true;
          readable.push(null);
          return;
        }
        for (let i = 0; i < value.length; i++) {
          if (readable.push(value[i])) continue;
          await new Promise((resolve) => { room = resolve; });
          if (over) return;
        }
      }
    } catch (error) {
      over = true;
      readable.destroy(error);
    }
  };
  const readable = new Readable({
    highWaterMark,
    read() {
      if (room !== null) {
        go();
      } else if (!pumping && !over) {
        pumping = true;
        pump();
      }
    },
    destroy(error, callback) {
      over = true;
      go();
      if (typeof iterator.return !== 'function') callback(error);
      else iterator.return().then(() => callback(error), (failed) => callback(failed || error));
    },
  });
  if (options.signal) addAbortSignal(options.signal, readable);
  return readable;
}

function toReadableSync(source, options = none) {
  if (typeof source?.[Symbol.iterator] !== 'function') throw new ERR_INVALID_ARG_TYPE('source', 'Iterable', source);
  const highWaterMark = markOf(options);
  const { Readable } = require('stream');
  const iterator = source[Symbol.iterator]();
  let batch = [];
  let at = 0;
  return new Readable({
    highWaterMark,
    read() {
      for (;;) {
        while (at < batch.length) {
          if (!this.push(batch[at++])) return;
        }
        const { done, value } = iterator.next();
        if (done) {
          this.push(null);
          return;
        }
        batch = value;
        at = 0;
      }
    },
    destroy(error, callback) {
      batch = [];
      iterator.return?.();
      callback(error);
    },
  });
}

// WritableWriter writes to a classic Writable, or to what looks like one.
class WritableWriter {
  #stream;
  #policy;
  #mark;
  #total = 0;
  #waiting = []; // for drain
  #onDrain = () => {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  };
  #onError = (error) => {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  };
  #listening = false;

  constructor(stream, policy) {
    this.#stream = stream;
    this.#policy = policy;
    this.#mark = stream.writableHighWaterMark ?? 16384;
  }

  get #isOpen() {
    const s = this.#stream;
    return !s.destroyed && !s.writableFinished && !s.writableEnded;
  }

  get #full() { return (this.#stream.writableLength ?? 0) >= this.#mark; }
  get canWrite() { return this.#isOpen ? !this.#full : null; }

  #wait(entry) {
    this.#waiting.push(entry);
    if (this.#listening) return;
    this.#listening = true;
    this.#stream.on('drain', this.#onDrain);
    this.#stream.on('error', this.#onError);
  }

  #release(error) {
    this.#onError(error ?? new AbortError());
    if (!this.#listening) return;
    this.#listening = false;
    this.#stream.removeListener('drain', this.#onDrain);
    this.#stream.removeListener('error', this.#onError);
  }

  [drainableProtocol]() {
    if (!this.#isOpen) return null;
    if (!this.#full) return Promise.resolve(true);
    return new Promise((resolve) => this.#wait({ resolve: () => resolve(true), reject: () => resolve(false) }));
  }

  // A Writable has nothing that is synchronous.
  writeSync() { return false; }
  writevSync() { return false; }
  endSync() { return -1; }

  // refusal answers for a stream that is closed or full, or undefined.
  #refusal(batch) {
    if (!this.#isOpen) return Promise.reject(new ERR_STREAM_WRITE_AFTER_END());
    if (!this.#full || this.#policy === 'unbounded') return undefined;
    if (this.#policy === 'strict') {
      return Promise.reject(new ERR_INVALID_STATE.RangeError(
        'Backpressure violation: buffer is full. Await each write() call to respect backpressure.'));
    }
    this.#total += size(batch());
    return Promise.resolve();
  }

  #accepted(ok) {
    if (ok || this.#policy !== 'unbounded') return Promise.resolve();
    return new Promise((resolve, reject) => this.#wait({ resolve, reject }));
  }

  write(chunk, options) {
    signalOf(options);
    if (!this.#isOpen) return Promise.reject(new ERR_STREAM_WRITE_AFTER_END());
    let data;
    try {
      data = toBytes(chunk);
    } catch (error) {
      return Promise.reject(error);
    }
    const refused = this.#refusal(() => [data]);
    if (refused) return refused;
    this.#total += data.byteLength;
    return this.#accepted(this.#stream.write(data));
  }

  writev(chunks, options) {
    validateArray(chunks, 'chunks');
    signalOf(options);
    const refused = this.#refusal(() => chunks.map(toBytes));
    if (refused) return refused;
    const stream = this.#stream;
    const together = typeof stream.cork === 'function' && typeof stream.uncork === 'function';
    let ok = true;
    if (together) stream.cork();
    try {
      for (const chunk of chunks) {
        const data = toBytes(chunk);
        this.#total += data.byteLength;
        ok = stream.write(data);
      }
    } finally {
      if (together) stream.uncork();
    }
    return this.#accepted(ok);
  }

  end(options) {
    signalOf(options);
    const stream = this.#stream;
    if (stream.writableFinished || stream.destroyed) {
      this.#release();
      return Promise.resolve(this.#total);
    }
    return new Promise((resolve, reject) => {
      if (!stream.writableEnded) stream.end();
      eos(stream, { writable: true, readable: false }, (error) => {
        this.#release(error);
        if (error) reject(error);
        else resolve(this.#total);
      });
    });
  }

  fail(reason) {
    this.#release(reason);
    this.#stream.destroy?.(reason);
  }

  [Symbol.asyncDispose]() {
    this[Symbol.dispose]();
    return Promise.resolve();
  }

  [Symbol.dispose]() {
    if (!this.#isOpen) return;
    this.#release();
    this.#stream.destroy?.();
  }
}

const writers = new WeakMap(); // of streams, by policy

function fromWritable(writable, options = none) {
  if (writable == null || typeof writable.write !== 'function' || typeof writable.on !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('writable', 'Writable', writable);
  }
  validateObject(options, 'options');
  const { backpressure = 'strict' } = options;
  validateBackpressure(backpressure);
  if (writable.writableObjectMode) throw new ERR_INVALID_STATE('Cannot create a stream/iter Writer from an object-mode Writable');
  if (backpressure === 'drop-oldest') {
    throw new ERR_INVALID_ARG_VALUE('options.backpressure', backpressure, 'drop-oldest is not supported for classic stream.Writable');
  }
  let own = writers.get(writable);
  if (own === undefined) writers.set(writable, own = new Map());
  let writer = own.get(backpressure);
  if (writer === undefined) own.set(backpressure, writer = new WritableWriter(writable, backpressure));
  return writer;
}

function toWritable(writer) {
  if (typeof writer?.write !== 'function') throw new ERR_INVALID_ARG_TYPE('writer', 'Writer', writer);
  const { Writable } = require('stream');
  const can = (name) => typeof writer[name] === 'function';
  const toData = (chunk, encoding) => (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
  // What could be done at once is reported a little later: a Writable expects that.
  const attempt = (now, later, callback) => {
    try {
      if (now()) queueMicrotask(callback);
      else later().then(() => callback(), callback);
    } catch (error) {
      callback(error);
    }
  };
  const options = {
    highWaterMark: Number.MAX_SAFE_INTEGER, // the writer has a buffer of its own
    write(chunk, encoding, callback) {
      const data = toData(chunk, encoding);
      attempt(() => can('writeSync') && writer.writeSync(data), () => writer.write(data), callback);
    },
    final(callback) {
      if (!can('end')) queueMicrotask(callback);
      else attempt(() => can('endSync') && writer.endSync() >= 0, () => writer.end(), callback);
    },
    destroy(error, callback) {
      if (error && can('fail')) writer.fail(error);
      callback();
    },
  };
  if (can('writev')) {
    options.writev = (entries, callback) => {
      const data = entries.map(({ chunk, encoding }) => toData(chunk, encoding));
      attempt(() => can('writevSync') && writer.writevSync(data), () => writer.writev(data), callback);
    };
  }
  return new Writable(options);
}

module.exports = { fromReadable, fromWritable, ofReadable, toReadable, toReadableSync, toWritable };
