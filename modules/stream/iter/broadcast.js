// broadcast: one writer, and readers each of which gets all that is written. They share one buffer, in which each has
// its place.
'use strict';

const { codes: { ERR_INVALID_RETURN_VALUE, ERR_INVALID_STATE } } = require('internal/errors');
const { validateAbortSignal, validateArray, validateInteger, validateObject } = require('internal/validators');
const {
  Log, allToBytes, asError, broadcastProtocol, drainableProtocol, from, has, signalOf, size, toBytes, unless,
  validateBackpressure, whenAborted,
} = require('internal/streams/iter/values');
const { readBy } = require('internal/streams/iter/pipeline');
const { Waiting, leastBudget, pendingWrite, tooMany } = require('internal/streams/iter/push');

const sharedBudget = 65536;
const done = () => ({ __proto__: null, done: true, value: undefined });

// Readers are those of one buffer: what all of them have read is forgotten.
class Readers {
  #all = new Set();
  #log;
  constructor(log) { this.#log = log; }

  get size() { return this.#all.size; }
  [Symbol.iterator]() { return this.#all[Symbol.iterator](); }

  // add makes a reader of all that is there.
  add() {
    const reader = { __proto__: null, at: this.#log.start, gone: false, waiting: new Waiting() };
    this.#all.add(reader);
    return reader;
  }

  has(reader) { return reader.at < this.#log.end; }

  // take is a reader's next batch; trimmed is called when there is less in the buffer afterwards.
  take(reader, trimmed) {
    const value = this.#log.at(reader.at++);
    this.trim(trimmed);
    return { __proto__: null, done: false, value };
  }

  trim(trimmed) {
    let least = this.#log.end;
    for (const { at } of this.#all) least = Math.min(least, at);
    if (least === this.#log.start) return;
    this.#log.dropUntil(least);
    trimmed?.();
  }

  // makeRoom forgets the oldest, whoever has not read it.
  makeRoom(budget) {
    this.#log.makeRoom(budget);
    for (const reader of this.#all) reader.at = Math.max(reader.at, this.#log.start);
  }

  // remove tells whether the reader was there.
  remove(reader) {
    reader.gone = true;
    return this.#all.delete(reader);
  }

  removeAll() {
    for (const reader of this.#all) reader.gone = true;
    this.#all.clear();
  }
}

// The ways between a channel and its writer.
const kOffer = Symbol('kOffer');
const kEnd = Symbol('kEnd');
const kFail = Symbol('kFail');
const kRoom = Symbol('kRoom');
const kWriter = Symbol('kWriter');
const kPolicy = Symbol('kPolicy');

class BroadcastChannel {
  #log = new Log();
  #readers = new Readers(this.#log);
  #budget;
  #ended = false;
  #cancelled = false;
  #error;
  #trimmed = () => {
    if (this.#log.bytes < this.#budget) this[kWriter].roomMade();
  };

  constructor(budget, policy) {
    this.#budget = budget;
    Object.defineProperty(this, kPolicy, { __proto__: null, value: policy });
    Object.defineProperty(this, kWriter, { __proto__: null, value: null, writable: true });
  }

  get consumerCount() { return this.#readers.size; }

  push(...args) {
    return readBy(args, () => this.#reader());
  }

  #reader() {
    const reader = this.#readers.add();
    const leave = () => {
      reader.waiting.resolve(done());
      if (this.#readers.remove(reader)) this.#readers.trim(this.#trimmed);
      this.#maybeAllRead();
    };
    const next = () => {
      if (reader.gone) return this.#error === undefined ? Promise.resolve(done()) : Promise.reject(this.#error);
      if (this.#readers.has(reader)) return Promise.resolve(this.#readers.take(reader, this.#trimmed));
      if (this.#error !== undefined) {
        this.#readers.remove(reader);
        return Promise.reject(this.#error);
      }
      if (!this.#ended) return reader.waiting.add().promise;
      leave();
      return Promise.resolve(done());
    };
    const end = () => {
      leave();
      return Promise.resolve(done());
    };
    return { __proto__: null, [Symbol.asyncIterator]: () => ({ __proto__: null, next, return: end, throw: end }) };
  }

  #maybeAllRead() {
    if (this.#ended && this.#readers.size === 0) this[kWriter].allRead();
  }

  #serve() {
    for (const reader of [...this.#readers]) {
      while (reader.waiting.length > 0 && this.#readers.has(reader)) {
        const { resolve } = reader.waiting.shift();
        resolve(this.#readers.take(reader, this.#trimmed));
      }
      if (this.#ended && reader.waiting.length > 0) {
        reader.waiting.resolve(done());
        if (this.#readers.remove(reader)) this.#readers.trim(this.#trimmed);
      }
    }
  }

  cancel(reason) {
    if (this.#cancelled) return;
    this.#cancelled = this.#ended = true;
    if (reason !== undefined) this.#error = reason;
    this[kWriter].cancelled();
    for (const { waiting } of this.#readers) {
      if (reason === undefined) waiting.resolve(done());
      else waiting.reject(reason);
    }
    this.#readers.removeAll();
  }

  [Symbol.dispose]() { this.cancel(); }

  get [kRoom]() {
    if (this.#ended) return null;
    return !((this[kPolicy] === 'strict' || this[kPolicy] === 'unbounded') && this.#log.bytes >= this.#budget);
  }

  [kOffer](batch) {
    if (this.#ended) return false;
    if (size(batch) === 0) return true;
    if (this.#log.bytes >= this.#budget) {
      if (this[kPolicy] === 'drop-newest') return true;
      if (this[kPolicy] !== 'drop-oldest') return false;
      this.#readers.makeRoom(this.#budget);
    }
    this.#log.push(batch);
    this.#serve();
    return true;
  }

  [kEnd]() {
    if (this.#ended) return;
    this.#ended = true;
    this.#serve();
    this.#maybeAllRead();
  }

  [kFail](reason) {
    if (this.#error !== undefined) return;
    this.#error = reason;
    this.#ended = true;
    for (const { waiting } of this.#readers) waiting.reject(reason);
    this.#readers.removeAll();
  }
}

class BroadcastWriter {
  #channel;
  #state = 'open';
  #error;
  #total = 0;
  #writes = new Waiting();
  #drains = new Waiting();
  #end;

  constructor(channel) {
    this.#channel = channel;
    channel[kWriter] = {
      __proto__: null,
      roomMade: () => this.#roomMade(),
      allRead: () => {
        if (this.#state !== 'closing') return;
        this.#state = 'closed';
        this.#end?.resolve(this.#total);
      },
      cancelled: () => {
        if (this.#state === 'closed' || this.#state === 'errored') return;
        this.#state = 'closed';
        this.#writes.reject(new DOMException('Broadcast cancelled', 'AbortError'));
        this.#drains.resolve(false);
        this.#end?.resolve(this.#total);
      },
    };
  }

  [drainableProtocol]() {
    const { canWrite } = this;
    if (canWrite === null) return null;
    return canWrite ? Promise.resolve(true) : this.#drains.add().promise;
  }

  get canWrite() { return this.#state === 'open' ? this.#channel[kRoom] : null; }

  #offer(batch) {
    if (!this.#channel[kOffer](batch)) return false;
    this.#total += size(batch);
    return true;
  }

  async #later(chunks, signal) {
    if (this.#state === 'errored') throw this.#error;
    if (this.#state !== 'open') throw new ERR_INVALID_STATE.TypeError('Writer is closed');
    signal?.throwIfAborted();
    const batch = allToBytes(chunks);
    if (this.#offer(batch)) return undefined;
    if (this.#channel[kPolicy] === 'strict' && this.#writes.length > 0) throw tooMany();
    return pendingWrite(this.#writes, batch, signal, () => this.#maybeEnd());
  }

  write(chunk, options) {
    const signal = signalOf(options);
    if (signal || !this.canWrite) return this.#later([chunk], signal);
    this.#offer([toBytes(chunk)]);
    return Promise.resolve();
  }

  writev(chunks, options) {
    validateArray(chunks, 'chunks');
    const signal = signalOf(options);
    if (signal || !this.canWrite) return this.#later(chunks, signal);
    this.#offer(allToBytes(chunks));
    return Promise.resolve();
  }

  writeSync(chunk) { return this.canWrite === true && this.#offer([toBytes(chunk)]); }

  writevSync(chunks) {
    validateArray(chunks, 'chunks');
    return this.canWrite === true && this.#offer(allToBytes(chunks));
  }

  get #ended() { return (this.#end ??= Promise.withResolvers()).promise; }

  #beginEnd() {
    this.#state = 'closing';
    this.#drains.resolve(false);
    this.#maybeEnd();
  }

  #maybeEnd() {
    if (this.#state === 'closing' && this.#writes.length === 0) this.#channel[kEnd]();
  }

  end(options) {
    const signal = signalOf(options);
    if (this.#state === 'errored') return Promise.reject(this.#error);
    if (this.#state === 'closed') return Promise.resolve(this.#total);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const ended = this.#ended;
    if (this.#state === 'open') this.#beginEnd();
    return unless(signal, ended);
  }

  endSync() {
    if (this.#state === 'open') this.#beginEnd();
    return this.#state === 'closed' ? this.#total : -1;
  }

  fail(reason) {
    if (this.#state === 'errored' || this.#state === 'closed') return;
    this.#state = 'errored';
    const error = this.#error = reason ?? new ERR_INVALID_STATE.TypeError('Failed');
    this.#writes.reject(error);
    this.#drains.reject(error);
    this.#end?.reject(error);
    this.#channel[kFail](error);
  }

  [Symbol.asyncDispose]() {
    if (this.#state === 'closing') return this.#ended;
    this.fail();
    return Promise.resolve();
  }

  [Symbol.dispose]() { this.fail(); }

  #roomMade() {
    while (this.#writes.length > 0 && this.#channel[kRoom]) {
      const { batch, resolve } = this.#writes.shift();
      this.#offer(batch);
      resolve();
    }
    if (this.#state === 'open') this.#drains.resolve(true);
    this.#maybeEnd();
  }
}

// multiOptions reads the options of broadcast and share.
function multiOptions(options) {
  validateObject(options, 'options');
  const { budget = sharedBudget, backpressure = 'strict', signal } = options;
  validateInteger(budget, 'options.budget', leastBudget);
  validateBackpressure(backpressure);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  return { __proto__: null, budget, backpressure, signal };
}

function broadcast(options = { __proto__: null }) {
  const { budget, backpressure, signal } = multiOptions(options);
  const channel = new BroadcastChannel(budget, backpressure);
  const writer = new BroadcastWriter(channel);
  if (signal) whenAborted(signal, () => channel.cancel(signal.reason));
  return { __proto__: null, writer, broadcast: channel };
}

async function pump(source, writer, signal) {
  const options = signal ? { signal } : undefined;
  try {
    for await (const batch of source) {
      signal?.throwIfAborted();
      if (!writer.writevSync(batch)) await writer.writev(batch, options);
    }
    if (writer.endSync() < 0) await writer.end(options);
  } catch (error) {
    writer.fail(asError(error));
  }
}

const Broadcast = {
  __proto__: null,
  from(input, options) {
    if (has(input, broadcastProtocol)) {
      const made = input[broadcastProtocol](options);
      if (made === null || typeof made !== 'object') {
        throw new ERR_INVALID_RETURN_VALUE('an object', '[Symbol.for(\'Stream.broadcastProtocol\')]', made);
      }
      return { __proto__: null, writer: { __proto__: null }, broadcast: made };
    }
    const source = from(input);
    const made = broadcast(options);
    pump(source, made.writer, options?.signal).catch(() => {});
    return made;
  },
};

module.exports = { Broadcast, Readers, broadcast, multiOptions };
