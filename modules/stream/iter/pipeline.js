// pull and pipeTo, with transforms between a source and who reads it. A transform is a function of a batch, null at the
// end, or an object with a generator of the whole source.
'use strict';

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { validateAbortSignal } = require('internal/validators');
const { isPromise, isUint8Array } = require('internal/util/types');
const {
  abortable, asError, bytes, chunksOf, failing, from, fromSync, isAsyncIterable, isBatch, isIterable, isOptions, kBatches, size, split,
  toAsyncStreamable, toStreamable, validateTransforms,
} = require('internal/streams/iter/values');

// kEndsItself marks transforms that need no null at the end and yield nothing but batches.
const kEndsItself = Symbol('kEndsItself');

const yieldTypes = ['Uint8Array', 'string', 'ArrayBuffer', 'ArrayBufferView', 'Iterable'];
const resultTypes = ['null', 'Uint8Array', 'string', 'ArrayBuffer', 'ArrayBufferView', 'Array', 'Iterable'];

// What a transform yields is taken apart by flat and flatOf, what it returns is made a batch by result and resultOf.
function flat(value, into) {
  const chunk = bytes(value);
  if (chunk !== undefined) {
    into.push(chunk);
  } else if (isIterable(value)) {
    for (const item of value) flat(item, into);
  } else {
    throw new ERR_INVALID_ARG_TYPE('value', yieldTypes, value);
  }
  return into;
}

async function flatOf(value, into) {
  if (isAsyncIterable(value)) {
    for await (const item of value) await flatOf(item, into);
    return into;
  }
  if (bytes(value) === undefined && !isIterable(value)) throw new ERR_INVALID_ARG_TYPE('value', [...yieldTypes, 'AsyncIterable'], value);
  return flat(value, into);
}

// quick is the batch of a result that is none or needs no iterating; undefined otherwise.
function quick(value) {
  if (value === null) return [];
  if (isBatch(value)) return value;
  const chunk = bytes(value);
  return chunk === undefined ? undefined : [chunk];
}

function result(value) {
  const batch = quick(value);
  if (batch !== undefined) return batch;
  if (!isIterable(value)) throw new ERR_INVALID_ARG_TYPE('result', resultTypes, value);
  return flat(value, []);
}

async function resultOf(value) {
  if (isPromise(value)) return resultOf(await value);
  const batch = quick(value);
  if (batch !== undefined) return batch;
  if (isAsyncIterable(value)) {
    const into = [];
    for await (const item of value) await flatOf(item, into);
    return into;
  }
  if (!isIterable(value)) throw new ERR_INVALID_ARG_TYPE('result', [...resultTypes, 'AsyncIterable', 'Promise'], value);
  return flat(value, []);
}

function* mappedSync(source, transform) {
  for (const chunks of source) {
    const batch = result(transform(chunks));
    if (batch.length > 0) yield batch;
  }
  const last = result(transform(null));
  if (last.length > 0) yield last;
}

function* throughSync(source, transform) {
  const withEnd = function*() {
    yield* source;
    yield null;
  };
  for (const item of transform(withEnd())) {
    if (item === null) continue;
    const batch = flat(item, []);
    if (batch.length > 0) yield batch;
  }
}

function pipelineSync(source, transforms) {
  for (const transform of transforms) {
    source = typeof transform.transform === 'function' ? throughSync(source, transform.transform) : mappedSync(source, transform);
  }
  return source;
}

// Each call of a transform gets options of its own: it may change them.
async function* mapped(source, transform, signal) {
  const call = (chunks) => {
    const value = transform(chunks, { __proto__: null, signal });
    return quick(value) ?? resultOf(value);
  };
  for await (const chunks of source) {
    let batch = call(chunks);
    if (isPromise(batch)) batch = await batch;
    if (batch.length > 0) yield batch;
  }
  const last = await call(null);
  if (last.length > 0) yield last;
}

async function* through(source, transform, signal) {
  const withEnd = async function*() {
    yield* source;
    yield null;
  };
  for await (const item of transform(withEnd(), { __proto__: null, signal })) {
    if (item === null) continue;
    const batch = isBatch(item) ? item : await flatOf(item, []);
    if (batch.length > 0) yield batch;
  }
}

async function* throughWhole(source, transform, signal) {
  for await (const batch of transform(source, { __proto__: null, signal })) {
    if (batch.length > 0) yield batch;
  }
  signal.throwIfAborted();
}

async function* pipeline(source, transforms, signal) {
  signal?.throwIfAborted();
  let current = abortable(source, signal);
  if (transforms.length === 0) {
    yield* current;
    return;
  }
  // The transforms have a signal of their own, which is also raised when their reader goes away.
  const controller = new AbortController();
  const aborted = () => new DOMException('Aborted', 'AbortError');
  const onAbort = () => controller.abort(signal.reason ?? aborted());
  signal?.addEventListener('abort', onAbort, { __proto__: null, once: true });
  for (const transform of transforms) {
    if (typeof transform.transform !== 'function') {
      current = mapped(current, transform, controller.signal);
    } else {
      current = (transform[kEndsItself] ? throughWhole : through)(current, transform.transform, controller.signal);
    }
  }
  let complete = false;
  try {
    for await (const batch of current) {
      controller.signal.throwIfAborted();
      yield batch;
    }
    controller.signal.throwIfAborted();
    complete = true;
  } catch (error) {
    if (!controller.signal.aborted) controller.abort(asError(error));
    throw error;
  } finally {
    if (!complete && !controller.signal.aborted) controller.abort(aborted());
    signal?.removeEventListener('abort', onAbort);
  }
}

function pullSync(source, ...transforms) {
  validateTransforms(transforms);
  return { __proto__: null, *[Symbol.iterator]() { yield* pipelineSync(fromSync(source), transforms); } };
}

function pull(source, ...args) {
  const { transforms, options } = split(args);
  const signal = options?.signal;
  if (signal !== undefined) {
    validateAbortSignal(signal, 'options.signal');
    if (signal.aborted) return failing(signal.reason);
  }
  return { __proto__: null, async *[Symbol.asyncIterator]() { yield* pipeline(from(source), transforms, signal); } };
}

// destination takes [...transforms, writer, options] apart; the writer has at least the method of that name.
function destination(args, method) {
  const writes = (value) => typeof value?.[method] === 'function';
  let at = args.length - 1;
  let options;
  if (at >= 0 && isOptions(args[at]) && !writes(args[at])) options = args[at--];
  if (at < 0) throw new ERR_INVALID_ARG_VALUE('args', args, 'pipeTo requires a writer argument');
  const writer = args[at];
  if (!writes(writer)) throw new ERR_INVALID_ARG_TYPE('writer', `object with a ${method} method`, writer);
  const transforms = args.slice(0, at);
  validateTransforms(transforms);
  return { __proto__: null, transforms, writer, options };
}

function pipeToSync(source, ...args) {
  const { transforms, writer, options } = destination(args, 'writeSync');
  const batches = pipelineSync(fromSync(source), transforms);
  const together = typeof writer.writevSync === 'function';
  let total = 0;
  const accepted = (answer) => {
    if (answer === false) throw new ERR_OUT_OF_RANGE('write', 'within byte budget', 'budget exhausted');
  };
  try {
    for (const batch of batches) {
      if (together && batch.length > 1) {
        accepted(writer.writevSync(batch));
        total += size(batch);
        continue;
      }
      for (let i = 0; i < batch.length; i++) {
        accepted(writer.writeSync(batch[i]));
        total += batch[i].byteLength;
      }
    }
    if (!options?.preventClose && (typeof writer.endSync !== 'function' || writer.endSync() < 0)) writer.end?.();
  } catch (error) {
    if (!options?.preventFail) writer.fail?.(asError(error));
    throw error;
  }
  return total;
}

// Delivery writes batches to a writer: at once where the writer can, and counts what it took.
class Delivery {
  total = 0;
  #writer;
  #options;
  #sync;
  #together;
  #togetherSync;

  constructor(writer, signal) {
    this.#writer = writer;
    this.#options = signal === undefined ? undefined : { __proto__: null, signal };
    this.#sync = typeof writer.writeSync === 'function';
    this.#together = typeof writer.writev === 'function';
    this.#togetherSync = typeof writer.writevSync === 'function';
  }

  // write answers a promise only where it takes time.
  write(batch) {
    if (this.#together && batch.length > 1) {
      if (!this.#togetherSync || !this.#writer.writevSync(batch)) {
        const written = this.#writer.writev(batch, this.#options);
        if (written !== undefined) return Promise.resolve(written).then(() => { this.total += size(batch); });
      }
      this.total += size(batch);
      return undefined;
    }
    for (let i = 0; i < batch.length; i++) {
      if (!this.#sync || !this.#writer.writeSync(batch[i])) return this.#rest(batch, i);
      this.total += batch[i].byteLength;
    }
    return undefined;
  }

  async #rest(batch, at) {
    for (let i = at; i < batch.length; i++) {
      // The first one was refused just now, but is offered once more like all others.
      if (!this.#sync || !this.#writer.writeSync(batch[i])) {
        const written = this.#writer.write(batch[i], this.#options);
        if (written !== undefined) await written;
      }
      this.total += batch[i].byteLength;
    }
  }

  end() {
    if (typeof this.#writer.endSync === 'function' && this.#writer.endSync() >= 0) return undefined;
    return this.#writer.end?.(this.#options);
  }
}

// stepwise tells that a source is iterated here, so that each of its values is written before the next is asked for.
function stepwise(source, transforms, writer, signal) {
  return typeof writer.writeSync === 'function' && signal === undefined && transforms.length === 0 && source != null &&
    bytes(source) === undefined && !Array.isArray(source) && !source[kBatches] && isIterable(source) && !isAsyncIterable(source) &&
    typeof source[toAsyncStreamable] !== 'function' && typeof source[toStreamable] !== 'function';
}

async function pipeTo(source, ...args) {
  const { transforms, writer, options } = destination(args, 'write');
  const signal = options?.signal;
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  signal?.throwIfAborted();
  const delivery = new Delivery(writer, signal);
  const inSteps = stepwise(source, transforms, writer, signal);
  const batches = inSteps ? undefined : pipeline(from(source), transforms, signal);
  try {
    if (inSteps) {
      for (const value of source) {
        let batch;
        if (isUint8Array(value)) batch = [value];
        else batch = isBatch(value) ? value : await Array.fromAsync(chunksOf(value));
        if (batch.length === 0) continue;
        const pending = delivery.write(batch);
        if (pending !== undefined) await pending;
      }
    } else {
      for await (const batch of batches) {
        signal?.throwIfAborted();
        const pending = delivery.write(batch);
        if (pending !== undefined) await pending;
      }
    }
    if (!options?.preventClose) await delivery.end();
  } catch (error) {
    if (!options?.preventFail) writer.fail?.(asError(error));
    throw error;
  }
  return delivery.total;
}

// readBy is what a reader gives by the transforms and the signal that it was asked for with.
function readBy(args, open) {
  const { transforms, options } = split(args);
  const signal = options?.signal;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) return failing(signal.reason);
  const raw = open();
  if (signal) return pull(raw, ...transforms, { __proto__: null, signal });
  return transforms.length > 0 ? pull(raw, ...transforms) : raw;
}

module.exports = { kEndsItself, pipeTo, pipeToSync, pull, pullSync, readBy };
