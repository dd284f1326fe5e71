// What reads a stream to its end, and tap, merge and ondrain.
'use strict';

const { codes: { ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { validateAbortSignal, validateFunction, validateInteger, validateObject, validateString } = require('internal/validators');
const {
  abortable, bytes, drainableProtocol, from, fromSync, isAsyncIterable, isIterable, join, toAsyncStreamable, toStreamable,
} = require('internal/streams/iter/values');

const none = { __proto__: null };

function validateOptions(options, synchronous) {
  validateObject(options, 'options');
  if (options.limit !== undefined) validateInteger(options.limit, 'options.limit', 0);
  if (options.encoding !== undefined) {
    validateString(options.encoding, 'options.encoding');
    try {
      new TextDecoder(options.encoding);
    } catch {
      throw new ERR_INVALID_ARG_VALUE.RangeError('options.encoding', options.encoding);
    }
  }
  if (!synchronous && options.signal !== undefined) validateAbortSignal(options.signal, 'options.signal');
}

// collector gathers the chunks of batches up to a limit of bytes.
function collector(limit) {
  const chunks = [];
  let total = 0;
  return {
    chunks,
    add(batch) {
      for (let i = 0; i < batch.length; i++) {
        if (limit !== undefined && (total += batch[i].byteLength) > limit) {
          throw new ERR_OUT_OF_RANGE('totalBytes', `<= ${limit}`, total);
        }
        chunks.push(batch[i]);
      }
    },
  };
}

function collectSync(source, options) {
  validateOptions(options, true);
  const { chunks, add } = collector(options.limit);
  for (const batch of fromSync(source)) add(batch);
  return chunks;
}

async function collect(source, options) {
  validateOptions(options, false);
  const { signal, limit } = options;
  signal?.throwIfAborted();
  const { chunks, add } = collector(limit);
  const normalized = from(signal && isAsyncIterable(source) ? abortable(source, signal) : source);
  for await (const batch of abortable(normalized, signal)) {
    signal?.throwIfAborted();
    add(batch);
  }
  return chunks;
}

const decode = (data, { encoding = 'utf-8' }) => new TextDecoder(encoding, { fatal: true }).decode(data);

function toArrayBuffer(data) {
  const { buffer, byteOffset, byteLength } = data;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer;
  return new Uint8Array(data).buffer;
}

const bytesSync = (source, options = none) => join(collectSync(source, options));
const textSync = (source, options = none) => decode(bytesSync(source, options), options);
const arrayBufferSync = (source, options = none) => toArrayBuffer(bytesSync(source, options));
const arraySync = (source, options = none) => collectSync(source, options);
const bytesOf = async (source, options = none) => join(await collect(source, options));
const text = async (source, options = none) => decode(await bytesOf(source, options), options);
const arrayBuffer = async (source, options = none) => toArrayBuffer(await bytesOf(source, options));
const array = async (source, options = none) => collect(source, options);

function tap(callback) {
  validateFunction(callback, 'callback');
  return async (chunks, options) => {
    await callback(chunks, options);
    return chunks;
  };
}

function tapSync(callback) {
  validateFunction(callback, 'callback');
  return (chunks) => {
    callback(chunks);
    return chunks;
  };
}

function ondrain(drainable) {
  if (drainable === null || typeof drainable !== 'object' || typeof drainable[drainableProtocol] !== 'function') return null;
  return drainable[drainableProtocol]();
}

const isSource = (value) => bytes(value) !== undefined || typeof value[toStreamable] === 'function' ||
  typeof value[toAsyncStreamable] === 'function' || isAsyncIterable(value) || isIterable(value);

function merge(...sources) {
  const last = sources[sources.length - 1];
  const signal = last !== null && typeof last === 'object' && !isSource(last) ? sources.pop().signal : undefined;
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  const normalized = sources.map((source) => from(source));
  return {
    __proto__: null,
    async *[Symbol.asyncIterator]() {
      signal?.throwIfAborted();
      if (normalized.length === 1) {
        yield* signal !== undefined && isAsyncIterable(sources[0]) ? from(abortable(sources[0], signal)) : abortable(normalized[0], signal);
      } else if (normalized.length > 1) {
        yield* mergeAll(normalized, signal);
      }
    },
  };
}

// mergeAll reads from all at once, and yields what comes first.
async function* mergeAll(sources, signal) {
  const arrived = [];
  let running = sources.length;
  let wake = null;
  const woken = () => {
    wake?.();
    wake = null;
  };
  const read = (iterator) => {
    iterator.next().then(({ done, value }) => {
      if (done) running--;
      else arrived.push({ __proto__: null, iterator, value });
    }, (error) => {
      arrived.push({ __proto__: null, error, failed: true });
    }).then(woken);
  };
  signal?.addEventListener('abort', woken, { __proto__: null, once: true });
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  for (const iterator of iterators) read(iterator);
  let failed = false;
  let failure;
  try {
    while (running > 0 || arrived.length > 0) {
      signal?.throwIfAborted();
      while (arrived.length > 0) {
        const { iterator, value, error, failed: broken } = arrived.shift();
        if (broken) throw error;
        yield value;
        read(iterator);
      }
      if (running > 0) {
        await new Promise((resolve) => {
          wake = resolve;
          if (signal?.aborted) woken();
        });
      }
    }
  } catch (error) {
    failed = true;
    failure = error;
  } finally {
    signal?.removeEventListener('abort', woken);
    await endAll(iterators, failed, failure, signal?.aborted && failure === signal.reason);
  }
}

async function endAll(iterators, failed, failure, withoutWaiting) {
  let broken = false;
  let first;
  await Promise.all(iterators.map(async (iterator) => {
    try {
      const ended = iterator.return?.();
      if (withoutWaiting) Promise.resolve(ended).catch(() => {});
      else await ended;
    } catch (error) {
      if (!broken) first = error;
      broken = true;
    }
  }));
  if (broken) throw failed ? new SuppressedError(failure, first) : first;
  if (failed) throw failure;
}

module.exports = {
  array, arrayBuffer, arrayBufferSync, arraySync, bytes: named('bytes', bytesOf), bytesSync, merge, ondrain, tap, tapSync, text, textSync,
};

function named(name, f) { return Object.defineProperty(f, 'name', { __proto__: null, value: name, configurable: true }); }
