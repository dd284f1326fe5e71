// Readable as an async iterable, and the disposal of streams. The engine has no async generators: the iterator is an
// object that queues calls as a generator does.
'use strict';
const { AbortError } = require('internal/errors');
const { validateObject } = require('internal/validators');
const { aggregateTwoErrors } = require('internal/streams/core');
const { AsyncIteratorPrototype } = require('internal/streams/async');
const { eos } = require('internal/streams/end-of-stream');
const { destroyer } = require('internal/streams/utils');

class ReadableIterator {
  #started = false;
  #done = false;
  #error; // undefined: open, null: ended, else what it failed with
  #wake = null;
  #cleanup;
  #onreadable;
  #options;
  #last = null; // the call before, while it is under way

  constructor(stream, options) {
    this.stream = stream;
    this.#options = options;
  }

  #start() {
    this.#started = true;
    const wake = () => {
      const f = this.#wake;
      this.#wake = null;
      f?.();
    };
    this.#onreadable = wake;
    this.stream.on('readable', wake);
    this.#cleanup = eos(this.stream, { writable: false }, (err) => {
      this.#error = err ? aggregateTwoErrors(this.#error, err) : null;
      wake();
    });
  }

  // Calls follow each other, as those of a generator.
  #queue(step) {
    const run = this.#last === null ? step() : this.#last.then(step, step);
    const mine = this.#last = run.finally(() => { if (this.#last === mine) this.#last = null; });
    mine.catch(() => {});
    return run;
  }

  #finish() {
    if (this.#done) return;
    this.#done = true;
    if (!this.#started) return;
    const error = this.#error, { stream } = this;
    // A stream that has come to its end destroys itself, unless its writable side is still open.
    if (error === undefined ? this.#options?.destroyOnReturn !== false : error && stream._readableState.autoDestroy) {
      destroyer(stream, null);
    } else {
      stream.off('readable', this.#onreadable);
      this.#cleanup();
    }
  }

  async #next() {
    if (this.#done) return { value: undefined, done: true };
    const { stream } = this;
    try {
      if (!this.#started) this.#start();
      for (;;) {
        const chunk = stream.destroyed ? null : stream.read();
        if (chunk !== null) return { value: chunk, done: false };
        if (this.#error) throw this.#error;
        if (this.#error === null) {
          this.#finish();
          return { value: undefined, done: true };
        }
        await new Promise((resolve) => { this.#wake = resolve; });
      }
    } catch (err) {
      this.#error = aggregateTwoErrors(this.#error, err);
      this.#finish();
      throw this.#error;
    }
  }

  next() {
    if (this.#last === null && this.#started && !this.#done && !this.#error && !this.stream.destroyed) {
      const chunk = this.stream.read();
      if (chunk !== null) return Promise.resolve({ value: chunk, done: false });
    }
    return this.#queue(() => this.#next());
  }

  return(value) {
    return this.#queue(async () => {
      this.#finish();
      return { value, done: true };
    });
  }

  throw(err) {
    return this.#queue(async () => {
      if (!this.#done) {
        this.#error = aggregateTwoErrors(this.#error, err);
        this.#finish();
      }
      throw err;
    });
  }
}

Object.setPrototypeOf(ReadableIterator.prototype, AsyncIteratorPrototype);

function iterate(stream, options) {
  if (typeof stream.read !== 'function') stream = require('stream').Readable.wrap(stream, { objectMode: true });
  return new ReadableIterator(stream, options);
}

module.exports = {
  asyncIterator: function() { return iterate(this); },
  iterator: function(options) {
    if (options !== undefined) validateObject(options, 'options');
    return iterate(this, options);
  },
  asyncDisposeReadable: function() {
    let error;
    if (!this.destroyed) {
      error = this.readableEnded ? null : new AbortError();
      this.destroy(error);
    }
    return new Promise((resolve, reject) => { eos(this, (err) => (err && err !== error ? reject(err) : resolve(null))); });
  },
  asyncDisposeWritable: function() {
    if (!this.destroyed) this.destroy(this.writableFinished ? null : new AbortError());
    return new Promise((resolve, reject) => { eos(this, (err) => (err && err.name !== 'AbortError' ? reject(err) : resolve(null))); });
  },
};
