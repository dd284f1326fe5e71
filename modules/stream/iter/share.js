// share: several readers of one source, which is read when one of them wants more.
'use strict';

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_RETURN_VALUE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const {
  Log, asError, from, fromSync, has, isAsyncIterable, isIterable, shareProtocol, shareSyncProtocol, whenAborted,
} = require('internal/streams/iter/values');
const { pullSync, readBy } = require('internal/streams/iter/pipeline');
const { Readers, multiOptions } = require('internal/streams/iter/broadcast');

const done = () => ({ __proto__: null, done: true, value: undefined });

class Share {
  #source;
  #iterator = null;
  #log = new Log();
  #readers = new Readers(this.#log);
  #budget;
  #policy;
  #exhausted = false;
  #cancelled = false;
  #error;
  #reading = false;
  #waiting = []; // for room, or for a read that is under way
  #wake = () => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  };

  constructor(source, { budget, backpressure }) {
    this.#source = source;
    this.#budget = budget;
    this.#policy = backpressure;
  }

  get consumerCount() { return this.#readers.size; }

  pull(...args) {
    return readBy(args, () => this.#reader());
  }

  #reader() {
    const reader = this.#readers.add();
    let last = Promise.resolve();
    const next = () => this.#next(reader);
    const end = async () => {
      if (this.#readers.remove(reader)) this.#readers.trim(this.#wake);
      return done();
    };
    return {
      __proto__: null,
      [Symbol.asyncIterator]: () => ({
        __proto__: null,
        next() {
          const mine = last.then(next, next);
          last = mine.then(undefined, () => {});
          return mine;
        },
        return: end,
        throw: end,
      }),
    };
  }

  #leave(reader) {
    this.#readers.remove(reader);
    if (this.#error !== undefined) throw this.#error;
    return done();
  }

  async #next(reader) {
    if (this.#error !== undefined) return this.#leave(reader);
    for (;;) {
      if (reader.gone || this.#cancelled) return this.#leave(reader);
      if (this.#readers.has(reader)) return this.#readers.take(reader, this.#wake);
      if (this.#exhausted) return this.#leave(reader);
      const keep = await this.#room();
      if (this.#cancelled) return this.#leave(reader);
      await this.#read(keep);
      if (!keep) await this.#until(() => this.#log.bytes < this.#budget);
    }
  }

  get #over() { return this.#cancelled || this.#exhausted || this.#error !== undefined; }

  async #until(condition) {
    while (!condition() && !this.#over) await new Promise((resolve) => this.#waiting.push(resolve));
  }

  // room waits until there is room for more; false means that what is read is not to be kept.
  async #room() {
    if (this.#log.bytes < this.#budget || this.#over) return true;
    switch (this.#policy) {
      case 'strict':
        throw new ERR_OUT_OF_RANGE('buffered bytes', `< ${this.#budget}`, this.#log.bytes);
      case 'drop-oldest':
        this.#readers.makeRoom(this.#budget);
        return true;
      case 'drop-newest':
        return false;
    }
    await this.#until(() => this.#log.bytes < this.#budget);
    return true;
  }

  #open() {
    if (isAsyncIterable(this.#source)) return this.#source[Symbol.asyncIterator]();
    if (!isIterable(this.#source)) throw new ERR_INVALID_ARG_TYPE('source', ['AsyncIterable', 'Iterable'], this.#source);
    const iterator = this.#source[Symbol.iterator]();
    return {
      __proto__: null,
      async next() { return iterator.next(); },
      async return() { return iterator.return?.() ?? done(); },
    };
  }

  // read reads one batch, or waits for the read that another reader has begun.
  async #read(keep) {
    if (this.#exhausted || this.#cancelled) return;
    if (this.#reading) {
      await new Promise((resolve) => this.#waiting.push(resolve));
      return;
    }
    this.#reading = true;
    try {
      this.#iterator ??= this.#open();
      const { done: ended, value } = await this.#iterator.next();
      if (ended) this.#exhausted = true;
      else if (keep) this.#log.push(value);
    } catch (error) {
      this.#error = asError(error);
      this.#exhausted = true;
    } finally {
      this.#reading = false;
      this.#wake();
    }
  }

  cancel(reason) {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (reason !== undefined) this.#error = reason;
    if (this.#iterator?.return) this.#iterator.return().then(undefined, () => {});
    this.#readers.removeAll();
    this.#wake();
  }

  [Symbol.dispose]() { this.cancel(); }
}

class SyncShare {
  #source;
  #iterator = null;
  #log = new Log();
  #readers = new Readers(this.#log);
  #budget;
  #policy;
  #exhausted = false;
  #cancelled = false;
  #error;

  constructor(source, { budget, backpressure }) {
    this.#source = source;
    this.#budget = budget;
    this.#policy = backpressure;
  }

  get consumerCount() { return this.#readers.size; }

  pull(...transforms) {
    const raw = this.#reader();
    return transforms.length > 0 ? pullSync(raw, ...transforms) : raw;
  }

  #reader() {
    const reader = this.#readers.add();
    const end = () => {
      if (this.#readers.remove(reader)) this.#readers.trim();
      return done();
    };
    return {
      __proto__: null,
      [Symbol.iterator]: () => ({ __proto__: null, next: () => this.#next(reader), return: end, throw: end }),
    };
  }

  #leave(reader) {
    this.#readers.remove(reader);
    if (this.#error !== undefined) throw this.#error;
    return done();
  }

  #next(reader) {
    if (this.#error !== undefined || reader.gone || this.#cancelled) return this.#leave(reader);
    if (this.#readers.has(reader)) return this.#readers.take(reader);
    if (this.#exhausted || !this.#room()) return this.#leave(reader);
    try {
      this.#iterator ??= this.#source[Symbol.iterator]();
      const { done: ended, value } = this.#iterator.next();
      if (ended) this.#exhausted = true;
      else this.#log.push(value);
    } catch (error) {
      this.#error = asError(error);
      this.#exhausted = true;
    }
    return this.#error === undefined && this.#readers.has(reader) ? this.#readers.take(reader) : this.#leave(reader);
  }

  // room tells whether more may be read; nobody can be waited for.
  #room() {
    if (this.#log.bytes < this.#budget) return true;
    switch (this.#policy) {
      case 'drop-oldest':
        this.#readers.makeRoom(this.#budget);
        return true;
      case 'drop-newest':
        return false;
    }
    const why = this.#policy === 'unbounded' ? ' (unbounded not available in sync context)' : '';
    throw new ERR_OUT_OF_RANGE('buffered bytes', `< ${this.#budget}${why}`, this.#log.bytes);
  }

  cancel(reason) {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (reason !== undefined) this.#error = reason;
    this.#iterator?.return?.();
    this.#readers.removeAll();
  }

  [Symbol.dispose]() { this.cancel(); }
}

function share(source, options = { __proto__: null }) {
  const normalized = from(source);
  const checked = multiOptions(options);
  const made = new Share(normalized, checked);
  if (checked.signal) whenAborted(checked.signal, () => made.cancel(checked.signal.reason));
  return made;
}

function shareSync(source, options = { __proto__: null }) {
  const normalized = fromSync(source);
  return new SyncShare(normalized, multiOptions(options));
}

function byProtocol(input, protocol, name, options) {
  const made = input[protocol](options);
  if (made === null || typeof made !== 'object') throw new ERR_INVALID_RETURN_VALUE('an object', `[Symbol.for('${name}')]`, made);
  return made;
}

module.exports = {
  Share: {
    __proto__: null,
    from(input, options) {
      if (has(input, shareProtocol)) return byProtocol(input, shareProtocol, 'Stream.shareProtocol', options);
      if (isAsyncIterable(input) || isIterable(input)) return share(input, options);
      throw new ERR_INVALID_ARG_TYPE('input', ['Shareable', 'AsyncIterable', 'Iterable'], input);
    },
  },
  SyncShare: {
    __proto__: null,
    fromSync(input, options) {
      if (has(input, shareSyncProtocol)) return byProtocol(input, shareSyncProtocol, 'Stream.shareSyncProtocol', options);
      if (isIterable(input)) return shareSync(input, options);
      throw new ERR_INVALID_ARG_TYPE('input', ['SyncShareable', 'Iterable'], input);
    },
  },
  share,
  shareSync,
};
