// push and duplex: a writer and what is read of it. In between is a buffer of a budget of bytes; writes that find no
// room wait.
'use strict';

const { codes: { ERR_INVALID_STATE } } = require('internal/errors');
const { validateAbortSignal, validateArray, validateInteger, validateObject } = require('internal/validators');
const {
  Log, allToBytes, drainableProtocol, signalOf, size, split, toBytes, unless, validateBackpressure, whenAborted,
} = require('internal/streams/iter/values');
const { pull } = require('internal/streams/iter/pipeline');

const leastBudget = 16384;
const done = () => ({ __proto__: null, value: undefined, done: true });
const closedByConsumer = () => new ERR_INVALID_STATE.TypeError('Stream closed by consumer');
const tooMany = () => new ERR_INVALID_STATE.RangeError(
  'Backpressure violation: too many pending writes. Await each write() call to respect backpressure.');

// Waiting is a list of promises, settled all together or one by one.
class Waiting {
  #list = [];
  get length() { return this.#list.length; }

  add(extra) {
    const entry = { __proto__: null, ...extra, ...Promise.withResolvers() };
    this.#list.push(entry);
    return entry;
  }

  shift() { return this.#list.shift(); }

  remove(entry) {
    const at = this.#list.indexOf(entry);
    if (at >= 0) this.#list.splice(at, 1);
    return at >= 0;
  }

  #settle(method, value) {
    const list = this.#list;
    this.#list = [];
    for (const entry of list) entry[method](value);
  }

  resolve(value) { this.#settle('resolve', value); }
  reject(error) { this.#settle('reject', error); }
}

// pendingWrite waits with a batch until there is room, or until the signal is raised.
function pendingWrite(writes, batch, signal, removed) {
  const entry = writes.add({ batch });
  if (!signal) return entry.promise;
  const onAbort = () => {
    const waited = writes.remove(entry);
    entry.reject(signal.reason);
    if (waited) removed?.();
  };
  signal.addEventListener('abort', onAbort, { __proto__: null, once: true });
  for (const method of ['resolve', 'reject']) {
    const settle = entry[method];
    entry[method] = (value) => {
      signal.removeEventListener('abort', onAbort);
      settle(value);
    };
  }
  return entry.promise;
}

// How far the writer is, and the reader.
const open = 'open', closing = 'closing', closed = 'closed', errored = 'errored';
const active = 'active', returned = 'returned', thrown = 'thrown';

class Queue {
  #log = new Log();
  #reads = new Waiting();
  #writes = new Waiting();
  #drains = new Waiting();
  #budget;
  #policy;
  #forgetSignal = () => {};
  #end = null; // of who waits for the end to be read
  #reader = active;
  state = open;
  error = null;
  total = 0;

  constructor({ budget = leastBudget, backpressure = 'strict', signal }) {
    validateInteger(budget, 'options.budget', leastBudget);
    validateBackpressure(backpressure);
    if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
    this.#budget = budget;
    this.#policy = backpressure;
    if (!signal) return;
    const onAbort = () => this.fail(signal.reason);
    this.#forgetSignal = () => signal.removeEventListener('abort', onAbort);
    whenAborted(signal, onAbort);
  }

  get #waits() { return this.#policy === 'strict' || this.#policy === 'unbounded'; }
  get #full() { return this.#log.bytes >= this.#budget; }

  get canWrite() {
    if (this.state !== open || this.#reader !== active) return null;
    return !(this.#waits && this.#full);
  }

  // offer takes a batch, or tells that there is no room for it.
  offer(batch) {
    if (this.state !== open || this.#reader !== active) return false;
    const bytes = size(batch);
    if (bytes === 0) return true;
    if (this.#full) {
      if (this.#waits) return false;
      if (this.#policy === 'drop-newest') {
        this.total += bytes;
        return true;
      }
      this.#log.makeRoom(this.#budget);
    }
    this.#log.push(batch);
    this.total += bytes;
    this.#serve();
    if (!this.#full) this.#drains.resolve(true);
    return true;
  }

  async write(batch, signal) {
    if (this.state === closed) throw new ERR_INVALID_STATE.TypeError('Writer is closed');
    if (this.state === closing) throw new ERR_INVALID_STATE.TypeError('Writer is closing');
    if (this.state === errored) throw this.error;
    if (this.#reader !== active) throw this.#reader === thrown && this.error ? this.error : closedByConsumer();
    signal?.throwIfAborted();
    if (this.offer(batch)) return undefined;
    if (this.#policy === 'strict' && this.#writes.length > 0) throw tooMany();
    return pendingWrite(this.#writes, batch, signal);
  }

  // end answers how many bytes there were, or -1 while some of them are still to be read, or after an error.
  end() {
    if (this.state === closed) return this.total;
    if (this.state !== open) return -1;
    this.#forgetSignal();
    this.#writes.reject(new ERR_INVALID_STATE.TypeError('Writer closed'));
    this.#drains.resolve(false);
    this.state = this.#log.empty ? closed : closing;
    this.#serve();
    return this.state === closed ? this.total : -1;
  }

  get ended() { return (this.#end ??= Promise.withResolvers()).promise; }
  get ending() { return this.#end?.promise; }

  #allRead() {
    if (this.state !== closing) return;
    this.state = closed;
    this.#settleEnd('resolve', this.total);
  }

  #settleEnd(method, value) {
    this.#end?.[method](value);
    this.#end = null;
  }

  fail(reason) {
    if (this.state === errored || this.state === closed) return;
    const wasClosing = this.state === closing;
    this.state = errored;
    this.error = reason;
    this.#forgetSignal();
    this.#reads.reject(reason);
    this.#drains.reject(reason);
    if (wasClosing) this.#settleEnd('reject', reason);
    else this.#writes.reject(reason);
  }

  drained() { return this.#drains.add().promise; }

  // take empties the buffer for the reader, and lets in who waited.
  #take() {
    const value = this.#log.takeAll();
    while (this.#writes.length > 0 && !this.#full) {
      const { batch, resolve } = this.#writes.shift();
      this.#log.push(batch);
      this.total += size(batch);
      resolve();
    }
    if (!this.#full) this.#drains.resolve(true);
    return { __proto__: null, value, done: false };
  }

  // serve gives waiting readers what there is.
  #serve() {
    while (this.#reads.length > 0) {
      if (!this.#log.empty) {
        const { resolve } = this.#reads.shift();
        resolve(this.#take());
      } else if (this.state === closing || this.state === closed || this.#reader === returned) {
        this.#allRead();
        this.#reads.shift().resolve(done());
      } else {
        return;
      }
    }
  }

  async read() {
    if (!this.#log.empty) {
      const value = this.#take();
      if (this.#log.empty) this.#allRead();
      return value;
    }
    this.#allRead();
    if (this.state === closed) return done();
    if (this.state === errored) throw this.error;
    return this.#reads.add().promise;
  }

  readerReturns() {
    if (this.#reader !== active) return;
    this.#reader = returned;
    this.#forgetSignal();
    this.#serve();
    this.#writes.reject(closedByConsumer());
    if (this.state === closing) this.#settleEnd('reject', closedByConsumer());
    this.#drains.resolve(false);
  }

  readerThrows(error) {
    if (this.#reader !== active) return;
    this.#reader = thrown;
    this.error = error;
    this.#forgetSignal();
    this.#reads.reject(error);
    this.#writes.reject(error);
    if (this.state === closing) this.#settleEnd('reject', error);
    this.#drains.reject(error);
  }
}

class PushWriter {
  #queue;
  constructor(queue) { this.#queue = queue; }

  [drainableProtocol]() {
    const { canWrite } = this;
    if (canWrite === null) return null;
    return canWrite ? Promise.resolve(true) : this.#queue.drained();
  }

  get canWrite() { return this.#queue.canWrite; }

  #write(batch, signal) {
    if (signal || !this.#queue.canWrite) return this.#queue.write(batch, signal);
    this.#queue.offer(batch);
    return Promise.resolve();
  }

  write(chunk, options) {
    const signal = signalOf(options);
    return this.#write([toBytes(chunk)], signal);
  }

  writev(chunks, options) {
    validateArray(chunks, 'chunks');
    const signal = signalOf(options);
    return this.#write(allToBytes(chunks), signal);
  }

  writeSync(chunk) { return this.#queue.offer([toBytes(chunk)]); }

  writevSync(chunks) {
    validateArray(chunks, 'chunks');
    return this.#queue.offer(allToBytes(chunks));
  }

  end(options) {
    const signal = signalOf(options);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const total = this.#queue.end();
    if (this.#queue.state === errored) return Promise.reject(this.#queue.error);
    return total >= 0 ? Promise.resolve(total) : unless(signal, this.#queue.ended);
  }

  endSync() { return this.#queue.end(); }

  fail(reason) { this.#queue.fail(reason === undefined ? new ERR_INVALID_STATE('Failed') : reason); }

  [Symbol.asyncDispose]() {
    if (this.#queue.state === closing) return this.#queue.ending ?? Promise.resolve();
    if (this.#queue.state === open) this.fail();
    return Promise.resolve();
  }

  [Symbol.dispose]() { this.fail(); }
}

function push(...args) {
  const { transforms, options = { __proto__: null } } = split(args);
  const queue = new Queue(options);
  const writer = new PushWriter(queue);
  const raw = {
    __proto__: null,
    [Symbol.asyncIterator]() {
      return {
        __proto__: null,
        async next() { return queue.read(); },
        async return() {
          queue.readerReturns();
          return done();
        },
        async throw(error) {
          queue.readerThrows(error);
          throw error;
        },
      };
    },
  };
  let readable = raw;
  if (transforms.length > 0) {
    readable = options.signal ? pull(raw, ...transforms, { __proto__: null, signal: options.signal }) : pull(raw, ...transforms);
  }
  return { __proto__: null, writer, readable };
}

// channel is one end of a pair: the writer of one push and the readable of the other.
function channel(writer, source) {
  let isClosed = false;
  let iterator = null;
  return {
    __proto__: null,
    get writer() { return writer; },
    get readable() {
      return {
        __proto__: null,
        [Symbol.asyncIterator]() {
          iterator = source[Symbol.asyncIterator]();
          return iterator;
        },
      };
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      writer.endSync();
      if (iterator?.return) {
        await iterator.return();
        iterator = null;
      }
    },
    [Symbol.asyncDispose]() { return this.close(); },
  };
}

function duplex(options = { __proto__: null }) {
  validateObject(options, 'options');
  const { budget, backpressure, signal, a, b } = options;
  if (a !== undefined) validateObject(a, 'options.a');
  if (b !== undefined) validateObject(b, 'options.b');
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  const [there, back] = [a, b].map((own) => push({ budget: own?.budget ?? budget, backpressure: own?.backpressure ?? backpressure }));
  if (signal) {
    whenAborted(signal, () => {
      there.writer.fail(signal.reason);
      back.writer.fail(signal.reason);
    });
  }
  return [channel(there.writer, back.readable), channel(back.writer, there.readable)];
}

module.exports = { Waiting, duplex, leastBudget, pendingWrite, push, tooMany };
