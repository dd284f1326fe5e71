// What FileHandle has for stream/iter: pull, pullSync and writer.
'use strict';

const fs = require('fs');
const { codes: { ERR_INVALID_STATE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateInteger, validateObject } = require('internal/validators');
const { allToBytes, size, split, toBytes } = require('internal/streams/iter/values');
const { pull, pullSync } = require('internal/streams/iter/pipeline');

const usualSize = 128 * 1024;
const here = -1; // where the descriptor is
const none = { __proto__: null };
const done = () => ({ __proto__: null, value: undefined, done: true });

// place reads the options that all three have.
function place(options) {
  const { autoClose = false, start = here, limit = Infinity, chunkSize = usualSize } = options;
  validateBoolean(autoClose, 'options.autoClose');
  if (start !== here) validateInteger(start, 'options.start', 0);
  if (limit !== Infinity) validateInteger(limit, 'options.limit', 1);
  validateInteger(chunkSize, 'options.chunkSize', 1);
  return { __proto__: null, autoClose, at: start, left: limit, chunkSize };
}

// A piece of a file that is read from front to back.
class Piece {
  #place;
  constructor(place) { this.#place = place; }

  get over() { return this.#place.left === 0; }
  get at() { return this.#place.at; }
  room() { return Buffer.allocUnsafe(Math.min(this.#place.chunkSize, this.#place.left)); }

  // took answers the batch of so many bytes.
  took(buffer, bytes) {
    if (this.#place.at >= 0) this.#place.at += bytes;
    this.#place.left -= bytes;
    return [bytes < buffer.length ? buffer.subarray(0, bytes) : buffer];
  }
}

// install adds the methods to FileHandle; state is what of a handle they need.
function install(FileHandle, { binding, isClosing, isLocked, lock, ref, unref, forgetFd }) {
  function check(handle) {
    if (handle.fd === -1) throw new ERR_INVALID_STATE('The FileHandle is closed');
    if (isClosing(handle)) throw new ERR_INVALID_STATE('The FileHandle is closing');
    if (isLocked(handle)) throw new ERR_INVALID_STATE('The FileHandle is locked');
  }

  function closeSync(handle) {
    if (handle.fd === -1) return;
    if (isClosing(handle)) throw new ERR_INVALID_STATE('The FileHandle is closing');
    fs.closeSync(forgetFd(handle));
    handle.emit('close');
  }

  FileHandle.prototype.pull = function(...args) {
    check(this);
    const { transforms, options = none } = split(args);
    const { fd } = this;
    const wanted = place(options);
    const { signal } = options;
    if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
    lock(this, true);
    const handle = this;
    const piece = new Piece(wanted);
    const source = {
      __proto__: null,
      async *[Symbol.asyncIterator]() {
        ref(handle);
        try {
          while (!piece.over) {
            signal?.throwIfAborted();
            const buffer = piece.room();
            const bytes = await binding.read(fd, buffer, 0, buffer.length, piece.at);
            if (bytes === 0) return;
            yield piece.took(buffer, bytes);
          }
        } finally {
          lock(handle, false);
          unref(handle);
          if (wanted.autoClose) await handle.close();
        }
      },
    };
    if (transforms.length === 0) return source;
    return options === none ? pull(source, ...transforms) : pull(source, ...transforms, options);
  };

  FileHandle.prototype.pullSync = function(...args) {
    check(this);
    const { transforms, options = none } = split(args);
    const { fd } = this;
    const wanted = place(options);
    lock(this, true);
    ref(this);
    const piece = new Piece(wanted);
    const release = () => {
      lock(this, false);
      unref(this);
      if (wanted.autoClose) closeSync(this);
    };
    const source = {
      __proto__: null,
      [Symbol.iterator]() {
        let ended = false;
        const end = () => {
          if (!ended) {
            ended = true;
            release();
          }
          return done();
        };
        return {
          __proto__: null,
          next() {
            if (ended || piece.over) return end();
            const buffer = piece.room();
            let bytes;
            try {
              bytes = fs.readSync(fd, buffer, 0, buffer.length, piece.at);
            } catch (error) {
              end();
              throw error;
            }
            return bytes === 0 ? end() : { __proto__: null, value: piece.took(buffer, bytes), done: false };
          },
          return: end,
        };
      },
    };
    return transforms.length > 0 ? pullSync(source, ...transforms) : source;
  };

  class FileWriter {
    #handle;
    #fd;
    #place;
    #total = 0;
    #error = null;
    #closed = false;
    #ending = null;
    #writing = false;

    constructor(handle, wanted) {
      this.#handle = handle;
      this.#fd = handle.fd;
      this.#place = wanted;
    }

    // refusal is the promise of a write that is not to be tried.
    #refusal(options) {
      if (this.#error) return Promise.reject(this.#error);
      if (this.#closed) return Promise.reject(new ERR_INVALID_STATE.TypeError('The writer is closed'));
      return this.#aborted(options);
    }

    #aborted(options) {
      validateObject(options, 'options');
      const { signal } = options;
      if (signal === undefined) return undefined;
      validateAbortSignal(signal, 'options.signal');
      return signal.aborted ? Promise.reject(signal.reason) : undefined;
    }

    async #write(method, data, bytes, name, signal) {
      const { at, left } = this.#place;
      if (bytes > left) throw new ERR_OUT_OF_RANGE(name, `<= ${left} bytes`, bytes);
      this.#place.left -= bytes;
      if (at >= 0) this.#place.at += bytes;
      this.#writing = true;
      try {
        this.#total += await binding[method](this.#fd, data, ...(method === 'write' ? [0, bytes] : []), at);
        signal?.throwIfAborted();
      } finally {
        this.#writing = false;
      }
    }

    write(chunk, options = none) {
      const refused = this.#refusal(options);
      if (refused) return refused;
      const data = toBytes(chunk);
      return this.#write('write', data, data.byteLength, 'write', options.signal);
    }

    writev(chunks, options = none) {
      const refused = this.#refusal(options);
      if (refused) return refused;
      const data = allToBytes(chunks);
      return this.#write('writev', data, size(data), 'writev', options.signal);
    }

    // now writes at once, or tells that it is to be done the other way.
    #now(bytes, write) {
      if (bytes > this.#place.chunkSize) return false;
      if (bytes === 0) return true;
      if (bytes > this.#place.left) return false;
      const { at } = this.#place;
      try {
        write(at);
      } catch {
        return false;
      }
      if (at >= 0) this.#place.at += bytes;
      this.#place.left -= bytes;
      this.#total += bytes;
      return true;
    }

    get #busy() { return this.#error !== null || this.#closed || this.#writing; }

    writeSync(chunk) {
      if (this.#busy) return false;
      const data = toBytes(chunk);
      return this.#now(data.byteLength, (at) => fs.writeSync(this.#fd, data, 0, data.byteLength, at));
    }

    writevSync(chunks) {
      if (this.#busy) return false;
      const data = allToBytes(chunks);
      return this.#now(size(data), (at) => fs.writevSync(this.#fd, data, at));
    }

    #release() {
      this.#closed = true;
      lock(this.#handle, false);
      unref(this.#handle);
    }

    end(options = none) {
      if (this.#error) return Promise.reject(this.#error);
      if (this.#ending) return this.#ending;
      if (this.#closed) return Promise.resolve(this.#total);
      const refused = this.#aborted(options);
      if (refused) return refused;
      this.#release();
      const closed = this.#place.autoClose ? this.#handle.close() : Promise.resolve();
      return this.#ending = closed.then(() => this.#total);
    }

    endSync() {
      if (this.#error) return -1;
      if (this.#closed) return this.#total;
      if (this.#writing) return -1;
      this.#release();
      if (this.#place.autoClose) closeSync(this.#handle);
      return this.#total;
    }

    fail(reason) {
      if (this.#closed || this.#error) return;
      this.#error = reason ?? new ERR_INVALID_STATE('Failed');
      this.#release();
      if (this.#place.autoClose) closeSync(this.#handle);
    }

    [Symbol.asyncDispose]() {
      if (this.#ending) return this.#ending;
      this.fail();
      return Promise.resolve();
    }

    [Symbol.dispose]() { this.fail(); }
  }

  FileHandle.prototype.writer = function(options = none) {
    check(this);
    validateObject(options, 'options');
    const wanted = place(options);
    lock(this, true);
    ref(this);
    return new FileWriter(this, wanted);
  };
}

module.exports = { install };
