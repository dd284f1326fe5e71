// What counts as a stream of bytes: strings, memory, iterables and objects that say how they become one. All of it is
// made a sequence of batches, arrays of Uint8Arrays.
'use strict';

const { codes: { ERR_INVALID_ARG_TYPE, ERR_OPERATION_FAILED } } = require('internal/errors');
const { validateAbortSignal, validateOneOf } = require('internal/validators');
const { isNativeError, isPromise, isUint8Array } = require('internal/util/types');

const { bytes, isBatch, join, size } = binding;

const toStreamable = Symbol.for('Stream.toStreamable');
const toAsyncStreamable = Symbol.for('Stream.toAsyncStreamable');
const broadcastProtocol = Symbol.for('Stream.broadcastProtocol');
const shareProtocol = Symbol.for('Stream.shareProtocol');
const shareSyncProtocol = Symbol.for('Stream.shareSyncProtocol');
const drainableProtocol = Symbol.for('Stream.drainableProtocol');
const kBatches = Symbol('kBatches'); // marks what yields nothing but batches

const largestBatch = 128;
const syncTypes = ['string', 'ArrayBuffer', 'ArrayBufferView', 'Iterable', 'toStreamable'];
const asyncTypes = ['string', 'ArrayBuffer', 'ArrayBufferView', 'Iterable', 'AsyncIterable', 'toStreamable', 'toAsyncStreamable'];

const isIterable = (value) => typeof value !== 'string' && typeof value?.[Symbol.iterator] === 'function';
const isAsyncIterable = (value) => typeof value?.[Symbol.asyncIterator] === 'function';
const has = (value, protocol) => value !== null && typeof value === 'object' && typeof value[protocol] === 'function';

// toBytes makes a chunk that is written a Uint8Array.
function toBytes(chunk) {
  if (typeof chunk !== 'string' && !isUint8Array(chunk)) throw new ERR_INVALID_ARG_TYPE('chunk', ['string', 'Uint8Array'], chunk);
  return bytes(chunk);
}

const allToBytes = (chunks) => Array.from(chunks, toBytes);

function* chunksSync(value) {
  const chunk = bytes(value);
  if (chunk !== undefined) {
    yield chunk;
  } else if (has(value, toStreamable)) {
    yield* chunksSync(value[toStreamable]());
  } else if (isIterable(value)) {
    for (const item of value) yield* chunksSync(item);
  } else {
    throw new ERR_INVALID_ARG_TYPE('value', syncTypes, value);
  }
}

async function* chunksOf(value, nested = true) {
  if (isPromise(value)) value = await value;
  const chunk = bytes(value);
  if (chunk !== undefined) {
    yield chunk;
    return;
  }
  const asynchronous = isAsyncIterable(value);
  if (!nested && (asynchronous || has(value, toAsyncStreamable))) throw new ERR_INVALID_ARG_TYPE('value', syncTypes, value);
  if (has(value, toAsyncStreamable)) {
    yield* chunksOf(await value[toAsyncStreamable](), nested);
  } else if (has(value, toStreamable)) {
    yield* chunksOf(value[toStreamable](), nested);
  } else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield* chunksOf(value[i], nested);
  } else if (asynchronous) {
    for await (const item of value) yield* chunksOf(item, nested);
  } else if (isIterable(value)) {
    for (const item of value) yield* chunksOf(item, nested);
  } else {
    throw new ERR_INVALID_ARG_TYPE('value', asyncTypes, value);
  }
}

function* inParts(batch) {
  if (batch.length > 0 && batch.length <= largestBatch) {
    yield batch;
    return;
  }
  for (let i = 0; i < batch.length; i += largestBatch) yield batch.slice(i, i + largestBatch);
}

// gather puts single chunks of an iterable together to batches, and leaves batches as they are.
class Gathered {
  #batch = [];

  take() {
    const batch = this.#batch;
    this.#batch = [];
    return batch;
  }

  // add takes a chunk and tells whether a batch is full.
  add(chunk) { return this.#batch.push(chunk) === largestBatch; }
  get empty() { return this.#batch.length === 0; }
}

function* batchesSync(source) {
  const gathered = new Gathered();
  for (const value of source) {
    if (isUint8Array(value)) {
      if (gathered.add(value)) yield gathered.take();
      continue;
    }
    if (!gathered.empty) yield gathered.take();
    if (isBatch(value)) {
      yield* inParts(value);
      continue;
    }
    for (const chunk of chunksSync(value)) {
      if (gathered.add(chunk)) yield gathered.take();
    }
    if (!gathered.empty) yield gathered.take();
  }
  if (!gathered.empty) yield gathered.take();
}

async function* batchesOf(source) {
  if (isAsyncIterable(source)) {
    for await (const value of source) {
      if (isUint8Array(value)) {
        yield [value];
        continue;
      }
      const batch = isBatch(value) ? value : await Array.fromAsync(chunksOf(value));
      if (batch.length > 0) yield batch;
    }
    return;
  }
  const gathered = new Gathered();
  for (const value of source) {
    if (isUint8Array(value)) {
      if (gathered.add(value)) yield gathered.take();
      continue;
    }
    if (!gathered.empty) yield gathered.take();
    if (isBatch(value)) {
      yield* inParts(value);
      continue;
    }
    for await (const chunk of chunksOf(value, false)) {
      if (gathered.add(chunk)) yield gathered.take();
    }
    if (!gathered.empty) yield gathered.take();
  }
  if (!gathered.empty) yield gathered.take();
}

function fromSync(input) {
  if (input == null) throw new ERR_INVALID_ARG_TYPE('input', 'a non-null value', input);
  const chunk = bytes(input);
  if (chunk !== undefined) return { __proto__: null, *[Symbol.iterator]() { yield [chunk]; } };
  if (Array.isArray(input) && isBatch(input)) return { __proto__: null, *[Symbol.iterator]() { yield* inParts(input); } };
  if (typeof input[toStreamable] === 'function') return fromSync(input[toStreamable]());
  if (!isIterable(input)) {
    if (isAsyncIterable(input)) throw new ERR_INVALID_ARG_TYPE('input', 'a synchronous input (not AsyncIterable)', input);
    if (typeof input === 'object' && typeof input.then === 'function') {
      throw new ERR_INVALID_ARG_TYPE('input', 'a synchronous input (not Promise)', input);
    }
    throw new ERR_INVALID_ARG_TYPE('input', syncTypes, input);
  }
  return { __proto__: null, *[Symbol.iterator]() { yield* batchesSync(input); } };
}

function from(input) {
  if (input == null) throw new ERR_INVALID_ARG_TYPE('input', 'a non-null value', input);
  if (input[kBatches]) return input;
  const chunk = bytes(input);
  if (chunk !== undefined) return { __proto__: null, async *[Symbol.asyncIterator]() { yield [chunk]; } };
  if (Array.isArray(input) && isBatch(input)) return { __proto__: null, async *[Symbol.asyncIterator]() { yield* inParts(input); } };
  if (typeof input[toAsyncStreamable] === 'function') {
    const made = input[toAsyncStreamable]();
    if (made?.[kBatches]) return made;
    return {
      __proto__: null,
      async *[Symbol.asyncIterator]() { yield* from(await made)[Symbol.asyncIterator](); },
    };
  }
  if (typeof input[toStreamable] === 'function') return from(input[toStreamable]());
  if (!isIterable(input) && !isAsyncIterable(input)) throw new ERR_INVALID_ARG_TYPE('input', asyncTypes, input);
  return batchesOf(input);
}

// abortable makes reading from a source end when the signal is raised, even while a read is under way.
function abortable(source, signal) {
  if (signal === undefined) return source;
  return {
    __proto__: null,
    async *[Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      let complete = false;
      let aborted = false;
      try {
        for (;;) {
          const { done, value } = await nextUnless(signal, iterator);
          if (done) {
            complete = true;
            return;
          }
          signal.throwIfAborted();
          yield value;
        }
      } catch (error) {
        aborted = signal.aborted;
        throw error;
      } finally {
        if (!complete && typeof iterator.return === 'function') {
          const returned = iterator.return();
          if (aborted) Promise.resolve(returned).catch(() => {});
          else await returned;
        }
      }
    },
  };
}

function nextUnless(signal, iterator) {
  signal.throwIfAborted();
  return unless(signal, iterator.next());
}

// unless is a promise that is rejected when the signal is raised before it is settled.
function unless(signal, promise) {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    Promise.resolve(promise).catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    const settle = (f) => (value) => {
      signal.removeEventListener('abort', onAbort);
      f(value);
    };
    signal.addEventListener('abort', onAbort, { __proto__: null, once: true });
    Promise.resolve(promise).then(settle(resolve), settle(reject));
  });
}

// whenAborted calls f when the signal is raised, or at once if it has been.
function whenAborted(signal, f) {
  if (signal.aborted) f();
  else signal.addEventListener('abort', f, { __proto__: null, once: true });
}

// signalOf reads the options of a writer's methods.
function signalOf(options) {
  const signal = options?.signal;
  validateAbortSignal(signal, 'options.signal');
  return signal;
}

const asError = (error) => (isNativeError(error) || error instanceof Error ? error : new ERR_OPERATION_FAILED(String(error)));

const isTransform = (value) => typeof value === 'function' || typeof value?.transform === 'function';
const isOptions = (value) => value !== null && typeof value === 'object' && !('transform' in value) && !('write' in value);

function validateTransforms(transforms) {
  for (let i = 0; i < transforms.length; i++) {
    if (!isTransform(transforms[i])) {
      throw new ERR_INVALID_ARG_TYPE(`transforms[${i}]`, ['Function', 'Object with transform()'], transforms[i]);
    }
  }
}

// split takes [...transforms, options] apart.
function split(args) {
  let options;
  let transforms = args;
  if (args.length > 0 && isOptions(args[args.length - 1])) {
    options = args[args.length - 1];
    transforms = args.slice(0, -1);
  }
  validateTransforms(transforms);
  return { __proto__: null, transforms, options };
}

function validateBackpressure(value) {
  validateOneOf(value, 'options.backpressure', ['strict', 'unbounded', 'drop-oldest', 'drop-newest']);
}

// failing is an iterable that fails at once.
function failing(reason) {
  return {
    __proto__: null,
    async *[Symbol.asyncIterator]() { throw reason; },
  };
}

// Log is the buffer between who writes and who reads: batches in their order, counted from the first that ever was.
class Log {
  #batches = [];
  start = 0;
  bytes = 0;

  get end() { return this.start + this.#batches.length; }
  get empty() { return this.#batches.length === 0; }
  at(index) { return this.#batches[index - this.start]; }

  push(batch) {
    this.#batches.push(batch);
    this.bytes += size(batch);
  }

  // dropUntil forgets what is older than an index.
  dropUntil(index) {
    const dropped = this.#batches.splice(0, index - this.start);
    for (const batch of dropped) this.bytes -= size(batch);
    this.start += dropped.length;
  }

  // makeRoom forgets what is oldest until less than so many bytes are left.
  makeRoom(budget) {
    while (this.bytes >= budget && this.#batches.length > 0) this.dropUntil(this.start + 1);
  }

  // takeAll empties it into one batch.
  takeAll() {
    const batches = this.#batches;
    this.#batches = [];
    this.start += batches.length;
    this.bytes = 0;
    return batches.length === 1 ? batches[0] : batches.flat();
  }
}

module.exports = {
  Log, abortable, allToBytes, asError, batchesOf, broadcastProtocol, bytes, chunksOf, drainableProtocol, failing, from, fromSync, has,
  isAsyncIterable, isBatch, isIterable, isOptions, join, kBatches, shareProtocol, shareSyncProtocol, signalOf, size, split, toAsyncStreamable,
  toBytes, toStreamable, unless, validateBackpressure, validateTransforms, whenAborted,
};
