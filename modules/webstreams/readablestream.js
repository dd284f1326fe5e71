// ReadableStream, its readers and controllers, after the WHATWG's Streams Standard. A byte stream keeps its chunks as
// Uint8Arrays; a BYOB reader's view is filled by copying out of them or handed to the source as byobRequest.
'use strict';
const { codes } = require('internal/errors');
const { validateAbortSignal, validateBoolean } = require('internal/validators');
const { AsyncIteratorPrototype } = require('internal/streams/async');
const { kIsClosedPromise, kIsDisturbed, kIsErrored, kIsReadable, kControllerErrorFunction } = require('internal/streams/utils');
const w = require('internal/webstreams/writablestream');

const { deferred, strategyOf, sizeOf, method, object, promised, invalidState, illegal, kNew } = w;
const states = new WeakMap();
function stateOf(o, name) {
  const s = states.get(o);
  if (s?.kind !== name) throw new codes.ERR_INVALID_THIS(name);
  return s;
}
const bad = (name) => Promise.reject(new codes.ERR_INVALID_THIS(name));

class ReadableStream {
  constructor(source = {}, strategy = {}) {
    object(source, 'source');
    const bytes = `${source.type}` === 'bytes';
    if (!bytes && source.type !== undefined) throw new codes.ERR_INVALID_ARG_VALUE('source.type', source.type);
    if (bytes && strategy?.size !== undefined) throw new codes.ERR_INVALID_ARG_VALUE.RangeError('strategy.size', strategy.size);
    const { highWaterMark, size } = strategyOf(strategy, bytes ? 0 : 1);
    const s = {
      kind: 'ReadableStream', stream: this, state: 'readable', error: undefined, reader: undefined, disturbed: false,
      queue: [], total: 0, highWaterMark, size, bytes, closeRequested: false, started: false, pulling: false, pullAgain: false,
      pull: method(source, 'pull', 'source'), cancel: method(source, 'cancel', 'source'), closed: deferred(), intos: [], request: null,
      auto: bytes ? source.autoAllocateChunkSize : undefined,
    };
    if (s.auto === 0) throw new codes.ERR_INVALID_ARG_VALUE('source.autoAllocateChunkSize', 0);
    s.controller = bytes ? new ReadableByteStreamController(kNew) : new ReadableStreamDefaultController(kNew);
    states.set(this, s);
    states.set(s.controller, { kind: s.controller.constructor.name, s });
    const started = method(source, 'start', 'source')?.(s.controller);
    Promise.resolve(started).then(() => {
      s.started = true;
      pullIfNeeded(s);
    }, (err) => fail(s, err));
  }
  get locked() { return stateOf(this, 'ReadableStream').reader !== undefined; }
  static from(iterable) { return fromIterable(iterable); }
  cancel(reason = undefined) {
    const s = states.get(this);
    if (s?.kind !== 'ReadableStream') return bad('ReadableStream');
    return s.reader ? Promise.reject(invalidState('ReadableStream is locked')) : cancel(s, reason);
  }
  getReader(options = {}) {
    stateOf(this, 'ReadableStream');
    if (options !== null) object(options, 'options');
    const mode = options?.mode;
    if (mode === undefined) return new ReadableStreamDefaultReader(this);
    if (`${mode}` !== 'byob') throw new codes.ERR_INVALID_ARG_VALUE('options.mode', mode);
    return new ReadableStreamBYOBReader(this);
  }
  pipeThrough(transform, options = {}) {
    const s = stateOf(this, 'ReadableStream');
    if (states.get(transform?.readable)?.kind !== 'ReadableStream') {
      throw new codes.ERR_INVALID_ARG_TYPE('transform.readable', 'ReadableStream', transform?.readable);
    }
    if (w.writableState(transform.writable)?.kind !== 'WritableStream') {
      throw new codes.ERR_INVALID_ARG_TYPE('transform.writable', 'WritableStream', transform.writable);
    }
    if (s.reader) throw invalidState('The ReadableStream is locked');
    if (transform.writable.locked) throw invalidState('The WritableStream is locked');
    validateAbortSignal(options?.signal, 'options.signal');
    pipeTo(s, transform.writable, options ?? {}).catch(() => {});
    return transform.readable;
  }
  pipeTo(destination, options = {}) {
    const s = states.get(this);
    if (s?.kind !== 'ReadableStream') return bad('ReadableStream');
    try {
      if (w.writableState(destination)?.kind !== 'WritableStream') {
        throw new codes.ERR_INVALID_ARG_TYPE('transform.writable', 'WritableStream', destination);
      }
      validateAbortSignal(options?.signal, 'options.signal');
      if (s.reader) throw invalidState('The ReadableStream is locked');
      if (destination.locked) throw invalidState('The WritableStream is locked');
    } catch (err) {
      return Promise.reject(err);
    }
    return pipeTo(s, destination, options ?? {});
  }
  tee() { return tee(stateOf(this, 'ReadableStream')); }
  values(options = {}) {
    const s = stateOf(this, 'ReadableStream');
    if (options !== null) object(options, 'options');
    return iterate(s, !!options?.preventCancel);
  }
  get [kIsClosedPromise]() { return stateOf(this, 'ReadableStream').closed; }
  get [kIsDisturbed]() { return stateOf(this, 'ReadableStream').disturbed; }
  get [kIsErrored]() { return stateOf(this, 'ReadableStream').state === 'errored'; }
  get [kIsReadable]() { return stateOf(this, 'ReadableStream').state === 'readable'; }
  [kControllerErrorFunction](err) { fail(stateOf(this, 'ReadableStream'), err); }
}
Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, {
  __proto__: null, configurable: true, writable: true, value: ReadableStream.prototype.values,
});

function canClose(s) { return !s.closeRequested && s.state === 'readable'; }
function desiredSize(s) { return s.state === 'errored' ? null : s.state === 'closed' ? 0 : s.highWaterMark - s.total; }

function controllerOf(o) {
  const c = states.get(o);
  if (c?.kind !== 'ReadableStreamDefaultController') throw new TypeError("Cannot destructure property 'stream' of 'controller[kState]' as it is undefined.");
  return c;
}

class ReadableStreamDefaultController {
  constructor(token) { illegal(token); }
  get desiredSize() { return desiredSize(controllerOf(this).s); }
  close() {
    const { s } = controllerOf(this);
    if (!canClose(s)) throw invalidState('Controller is already closed');
    closeController(s);
  }
  enqueue(chunk) {
    const { s } = controllerOf(this);
    if (!canClose(s)) throw invalidState('Controller is already closed');
    enqueue(s, chunk);
  }
  error(err) { fail(controllerOf(this).s, err); }
}

class ReadableByteStreamController {
  constructor(token) { illegal(token); }
  get byobRequest() {
    const { s } = stateOf(this, 'ReadableByteStreamController');
    if (s.request === null && s.intos.length > 0) {
      const into = s.intos[0];
      s.request = new ReadableStreamBYOBRequest(kNew);
      states.set(s.request, { kind: 'ReadableStreamBYOBRequest', s, view: new Uint8Array(into.buffer, into.offset + into.filled, into.length - into.filled) });
    }
    return s.request;
  }
  get desiredSize() { return desiredSize(stateOf(this, 'ReadableByteStreamController').s); }
  close() {
    const { s } = stateOf(this, 'ReadableByteStreamController');
    if (s.closeRequested) throw invalidState('Controller is already closed');
    if (s.state !== 'readable') throw invalidState('ReadableStream is already closed');
    if (s.queue.length === 0 && s.intos.length > 0 && s.intos[0].filled % s.intos[0].size !== 0) {
      const err = invalidState('Partial read');
      fail(s, err);
      throw err;
    }
    closeController(s);
  }
  enqueue(chunk) {
    const { s } = stateOf(this, 'ReadableByteStreamController');
    if (!ArrayBuffer.isView(chunk)) throw new codes.ERR_INVALID_ARG_TYPE('buffer', ['Buffer', 'TypedArray', 'DataView'], chunk);
    const { byteOffset, byteLength } = chunk;
    if (byteLength === 0) throw invalidState('chunk ArrayBuffer is zero-length or detached');
    if (s.closeRequested) throw invalidState('Controller is already closed');
    if (s.state !== 'readable') throw invalidState('ReadableStream is already closed');
    const buffer = take(chunk.buffer);
    if (s.intos.length > 0) {
      const [into] = s.intos;
      if (into.buffer.detached) throw invalidState('Destination ArrayBuffer is detached');
      dropRequest(s);
      into.buffer = take(into.buffer);
    }
    enqueue(s, new Uint8Array(buffer, byteOffset, byteLength));
  }
  error(err) { fail(stateOf(this, 'ReadableByteStreamController').s, err); }
}

class ReadableStreamBYOBRequest {
  constructor(token) { illegal(token); }
  get view() { return stateOf(this, 'ReadableStreamBYOBRequest').view; }
  respond(n) {
    const r = stateOf(this, 'ReadableStreamBYOBRequest');
    if (!r.s) throw invalidState('This BYOB request has been invalidated');
    if (r.view.buffer.detached) throw invalidState('Viewed ArrayBuffer is detached');
    respond(r.s, +n);
  }
  respondWithNewView(view) {
    const r = stateOf(this, 'ReadableStreamBYOBRequest');
    const { s } = r;
    if (!s) throw invalidState('This BYOB request has been invalidated');
    if (!ArrayBuffer.isView(view)) throw new codes.ERR_INVALID_ARG_TYPE('view', ['Buffer', 'TypedArray', 'DataView'], view);
    const { buffer, byteOffset, byteLength } = view;
    if (buffer.detached) throw invalidState('Viewed ArrayBuffer is detached');
    if (s.state === 'closed' ? byteLength !== 0 : byteLength === 0) throw invalidState(byteLength ? 'View is not zero-length' : 'View is zero-length');
    const [into] = s.intos;
    if (into.offset + into.filled !== byteOffset || into.filled + byteLength > into.length || into.buffer.byteLength !== buffer.byteLength)
      throw new codes.ERR_INVALID_ARG_VALUE.RangeError('view', view);
    into.buffer = buffer;
    respond(s, byteLength);
  }
}

// The memory of a buffer, in another: whoever gave it does not see it change any more.
function take(buffer) { return buffer.transfer(); }

function dropRequest(s) {
  if (s.request === null) return;
  const r = states.get(s.request);
  r.s = undefined;
  r.view = null;
  s.request = null;
}

function respond(s, n) {
  const into = s.intos[0];
  if (Number.isNaN(n) || n < 0) throw new codes.ERR_INVALID_ARG_VALUE('bytesWritten', n);
  if (s.state === 'closed') {
    if (n !== 0) throw new codes.ERR_INVALID_ARG_VALUE('bytesWritten', n);
  } else {
    if (n === 0) throw new codes.ERR_INVALID_ARG_VALUE('bytesWritten', n);
    if (into.filled + n > into.length) throw new codes.ERR_INVALID_ARG_VALUE.RangeError('bytesWritten', n);
  }
  dropRequest(s);
  into.buffer = take(into.buffer);
  if (s.state === 'closed') {
    finishIntos(s);
    return;
  }
  into.filled += n;
  if (into.filled < into.least) {
    pullIfNeeded(s); // the reader waits for more
    return;
  }
  s.intos.shift();
  const over = into.filled % into.size; // what does not make a whole element goes back
  if (over > 0) {
    s.queue.unshift({ chunk: new Uint8Array(into.buffer.slice(into.offset + into.filled - over, into.offset + into.filled)), n: over });
    s.total += over;
    into.filled -= over;
  }
  commit(s, into, false);
  pullIfNeeded(s);
}

function commit(s, into, done) {
  const view = new into.View(into.buffer, into.offset, into.filled / into.size);
  const request = into.request ?? s.reader?.requests.shift();
  request?.resolve({ value: view, done });
}

// At the end the readers get their views back, with nothing in them.
function finishIntos(s) {
  for (const into of s.intos.splice(0)) commit(s, into, true);
}

class ReadableStreamDefaultReader {
  constructor(stream) { attach(this, stream, 'ReadableStreamDefaultReader'); }
  get closed() { return states.get(this)?.closed.promise ?? bad('ReadableStreamDefaultReader'); }
  cancel(reason) { return cancelReader(this, 'ReadableStreamDefaultReader', reason); }
  read() {
    const r = states.get(this);
    if (r?.kind !== 'ReadableStreamDefaultReader') return bad('ReadableStreamDefaultReader');
    if (!r.s) return Promise.reject(invalidState('The reader is not attached to a stream'));
    return read(r);
  }
  releaseLock() { release(stateOf(this, 'ReadableStreamDefaultReader')); }
}

class ReadableStreamBYOBReader {
  constructor(stream) {
    if (states.get(stream)?.kind === 'ReadableStream' && !states.get(stream).bytes) {
      throw new codes.ERR_INVALID_ARG_VALUE('stream', stream, 'must be a byte stream');
    }
    attach(this, stream, 'ReadableStreamBYOBReader');
  }
  get closed() { return states.get(this)?.closed.promise ?? bad('ReadableStreamBYOBReader'); }
  cancel(reason) { return cancelReader(this, 'ReadableStreamBYOBReader', reason); }
  async read(view, options = {}) {
    const r = stateOf(this, 'ReadableStreamBYOBReader');
    if (!ArrayBuffer.isView(view)) throw new codes.ERR_INVALID_ARG_TYPE('view', ['Buffer', 'TypedArray', 'DataView'], view);
    if (options !== null) object(options, 'options');
    if (view.byteLength === 0 || view.buffer.byteLength === 0) throw invalidState('View or Viewed ArrayBuffer is zero-length or detached');
    const { min = 1 } = options ?? {};
    if (typeof min !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('options.min', 'number', min);
    if (!Number.isInteger(min)) throw new codes.ERR_INVALID_ARG_VALUE('options.min', min, 'must be an integer');
    if (min <= 0) throw new codes.ERR_INVALID_ARG_VALUE('options.min', min, 'must be greater than 0');
    if (min > (view.length ?? view.byteLength))
      throw new codes.ERR_OUT_OF_RANGE('options.min', view.length === undefined ? '<= view.byteLength' : '<= view.length', min);
    if (!r.s) throw invalidState('The reader is not attached to a stream');
    return readInto(r, view, min);
  }
  releaseLock() { release(stateOf(this, 'ReadableStreamBYOBReader')); }
}

function attach(reader, stream, kind) {
  const s = states.get(stream);
  if (s?.kind !== 'ReadableStream') throw new codes.ERR_INVALID_ARG_TYPE('stream', 'ReadableStream', stream);
  if (s.reader) throw invalidState('ReadableStream is locked');
  const r = { kind, s, requests: [], closed: deferred() };
  states.set(reader, r);
  s.reader = r;
  if (s.state === 'closed') r.closed.resolve();
  else if (s.state === 'errored') r.closed.reject(s.error);
  return r;
}

function release(r) {
  const { s } = r;
  if (!s) return;
  const released = () => invalidState('Releasing reader');
  if (r.closed.settled) r.closed = deferred();
  r.closed.reject(invalidState('Reader released'));
  for (const request of r.requests.splice(0)) request.reject(released());
  for (const into of s.intos.splice(0)) into.request?.reject(released());
  dropRequest(s);
  s.reader = undefined;
  r.s = undefined;
}

function cancelReader(reader, kind, reason) {
  const r = states.get(reader);
  if (r?.kind !== kind) return bad(kind);
  return r.s ? cancel(r.s, reason) : Promise.reject(invalidState('The reader is not attached to a stream'));
}

// A read request without a promise of its own; read makes one.
function readWith(r, request) {
  const { s } = r;
  s.disturbed = true;
  if (s.state === 'closed') {
    request.resolve({ value: undefined, done: true });
  } else if (s.state === 'errored') {
    request.reject(s.error);
  } else if (s.queue.length > 0) {
    const { chunk, n } = s.queue.shift();
    s.total -= n;
    if (s.closeRequested && s.queue.length === 0) finish(s);
    else pullIfNeeded(s);
    request.resolve({ value: chunk, done: false });
  } else {
    if (s.bytes && s.auto) {
      s.intos.push({ buffer: new ArrayBuffer(s.auto), offset: 0, length: s.auto, filled: 0, size: 1, least: 1, View: Uint8Array, request });
    } else {
      r.requests.push(request);
    }
    pullIfNeeded(s);
  }
}
function read(r) { return new Promise((resolve, reject) => { readWith(r, { resolve, reject }); }); }

function readInto(r, view, min) {
  const { s } = r;
  s.disturbed = true;
  const size = view.BYTES_PER_ELEMENT ?? 1;
  const { byteOffset: offset, byteLength: length } = view;
  const into = {
    buffer: take(view.buffer), offset, length, filled: 0, size, least: min * size,
    View: view instanceof DataView ? DataView : view.constructor === Buffer ? Uint8Array : view.constructor,
  };
  return new Promise((resolve, reject) => {
    into.request = { resolve, reject };
    if (s.state === 'errored') {
      reject(s.error);
    } else if (s.state === 'closed') {
      commit(s, into, true);
    } else {
      const waits = s.intos.length > 0;
      s.intos.push(into);
      if (waits || fillIntos(s)) return;
      if (s.closeRequested) fail(s, invalidState('ReadableStream closed'));
      else pullIfNeeded(s);
    }
  });
}

// Copies from the queue into the views that wait; whether one was served.
function fillIntos(s) {
  let served = false;
  while (s.intos.length > 0 && s.total > 0) {
    const into = s.intos[0];
    while (s.total > 0 && into.filled < into.length) {
      const { chunk } = s.queue[0];
      const n = Math.min(chunk.byteLength, into.length - into.filled);
      new Uint8Array(into.buffer, into.offset + into.filled, n).set(chunk.subarray(0, n));
      into.filled += n;
      s.total -= n;
      if (n === chunk.byteLength) s.queue.shift();
      else s.queue[0] = { chunk: chunk.subarray(n), n: chunk.byteLength - n };
    }
    if (into.filled < into.least) break;
    s.intos.shift();
    commit(s, into, false);
    served = true;
  }
  if (s.closeRequested && s.total === 0 && (served || s.intos.length === 0)) finish(s);
  else if (served) pullIfNeeded(s);
  return served;
}

function enqueue(s, chunk) {
  const requests = s.reader?.requests;
  if (requests?.length > 0) {
    requests.shift().resolve({ value: chunk, done: false });
    pullIfNeeded(s);
    return;
  }
  let n = chunk?.byteLength;
  if (!s.bytes) {
    try {
      n = sizeOf(s.size, chunk);
    } catch (err) {
      fail(s, err);
      throw err;
    }
  }
  s.queue.push({ chunk, n });
  s.total += n;
  if (s.intos.length > 0) fillIntos(s);
  pullIfNeeded(s);
}

function shouldPull(s) {
  if (!s.started || !canClose(s)) return false;
  return s.reader?.requests.length > 0 || s.intos.length > 0 || desiredSize(s) > 0;
}

function pullIfNeeded(s) {
  if (!shouldPull(s)) return;
  if (s.pulling) {
    s.pullAgain = true;
    return;
  }
  s.pulling = true;
  promised(s.pull, s.controller).then(() => {
    s.pulling = false;
    if (s.pullAgain) {
      s.pullAgain = false;
      pullIfNeeded(s);
    }
  }, (err) => fail(s, err));
}

function closeController(s) {
  s.closeRequested = true;
  if (s.queue.length === 0) finish(s);
}

function finish(s) {
  if (s.state !== 'readable') return;
  s.state = 'closed';
  s.pull = undefined;
  s.closed.resolve();
  if (!s.reader) return;
  s.reader.closed.resolve();
  for (const request of s.reader.requests.splice(0)) request.resolve({ value: undefined, done: true });
  if (s.intos.length > 0 && s.request === null) finishIntos(s);
}

function fail(s, err) {
  if (s.state !== 'readable') return;
  s.state = 'errored';
  s.error = err;
  s.queue = [];
  s.total = 0;
  s.pull = s.cancel = undefined;
  s.closed.reject(err);
  if (!s.reader) return;
  s.reader.closed.reject(err);
  for (const request of s.reader.requests.splice(0)) request.reject(err);
  for (const into of s.intos.splice(0)) into.request?.reject(err);
}

async function cancel(s, reason) {
  s.disturbed = true;
  if (s.state === 'closed') return;
  if (s.state === 'errored') throw s.error;
  const f = s.cancel;
  s.queue = [];
  s.total = 0;
  finish(s);
  finishIntos(s);
  s.cancel = undefined;
  await f?.(reason);
}

function fromIterable(iterable) {
  if (iterable === undefined || iterable === null)
    throw new TypeError(`Cannot read properties of ${iterable} (reading 'Symbol(Symbol.asyncIterator)')`);
  const makeAsync = iterable[Symbol.asyncIterator], make = makeAsync ?? iterable[Symbol.iterator];
  if (typeof make !== 'function') throw new codes.ERR_ARG_NOT_ITERABLE(iterable);
  const iterator = make.call(iterable);
  if (iterator === null || (typeof iterator !== 'object' && typeof iterator !== 'function'))
    throw invalidState('The iterator method must return an object');
  const { next } = iterator;
  const step = (result, method) => {
    if (result === null || typeof result !== 'object')
      throw invalidState(`The promise returned by the iterator.${method}() method must fulfill with an object`);
    return result;
  };
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = step(await next.call(iterator), 'next');
      if (done) controller.close();
      else controller.enqueue(makeAsync ? value : await value);
    },
    async cancel(reason) {
      const leave = iterator.return;
      if (leave !== undefined) step(await leave.call(iterator, reason), 'return');
    },
  }, { highWaterMark: 0 });
}

function iterate(s, preventCancel) {
  const reader = s.stream.getReader();
  let last = Promise.resolve(), finished = false;
  const queued = (step) => last = last.then(step, step);
  return Object.assign(Object.create(AsyncIteratorPrototype), {
    next: () => queued(async () => {
      if (finished) return { value: undefined, done: true };
      try {
        const result = await reader.read();
        if (!result.done) return result;
      } catch (err) {
        finished = true;
        reader.releaseLock();
        throw err;
      }
      finished = true;
      reader.releaseLock();
      return { value: undefined, done: true };
    }),
    return: (value) => queued(async () => {
      if (finished) return { value, done: true };
      finished = true;
      const cancelled = preventCancel ? undefined : reader.cancel(value);
      reader.releaseLock();
      await cancelled;
      return { value, done: true };
    }),
  });
}

// tee reads for two; with copies the second one gets clones.
function tee(s, copies = false) {
  const r = attach({}, s.stream, 'ReadableStreamDefaultReader');
  let reading = false, again = false;
  const branches = [], cancelled = [false, false], reasons = [];
  const cancelDone = deferred();
  const pull = () => {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    readWith(r, {
      resolve({ value, done }) {
        queueMicrotask(() => {
          again = false;
          reading = false;
          let copied;
          if (!done && (s.bytes || copies)) {
            try {
              copied = s.bytes ? value.slice() : structuredClone(value);
            } catch (err) {
              for (const b of branches) fail(b, err);
              cancelDone.resolve(cancel(s, err));
              return;
            }
          }
          branches.forEach((b, i) => {
            if (cancelled[i] || b.state !== 'readable') return;
            if (done) closeController(b);
            else enqueue(b, i === 1 && copied !== undefined ? copied : value);
          });
          if (done && (!cancelled[0] || !cancelled[1])) cancelDone.resolve();
          if (again && !done) pull();
        });
      },
      reject() { reading = false; },
    });
  };
  for (const i of [0, 1]) {
    const stream = new ReadableStream({
      type: s.bytes ? 'bytes' : undefined,
      pull,
      cancel(reason) {
        cancelled[i] = true;
        reasons[i] = reason;
        if (cancelled[1 - i]) cancelDone.resolve(cancel(s, reasons));
        return cancelDone.promise;
      },
    }, s.bytes ? { highWaterMark: 0 } : undefined);
    branches.push(states.get(stream));
  }
  r.closed.promise.catch((err) => {
    for (const b of branches) fail(b, err);
    cancelDone.resolve();
  });
  return branches.map((b) => b.stream);
}

function ReadableStreamTee(stream, cloneForBranch2 = false) {
  const s = states.get(stream);
  if (s?.kind !== 'ReadableStream') throw new codes.ERR_INVALID_ARG_TYPE('stream', 'ReadableStream', stream);
  validateBoolean(cloneForBranch2, 'cloneForBranch2');
  return tee(s, cloneForBranch2);
}

function pipeTo(s, destination, { preventAbort, preventCancel, preventClose, signal }) {
  const d = w.writableState(destination);
  const reader = attach({}, s.stream, 'ReadableStreamDefaultReader');
  const writer = destination.getWriter();
  s.disturbed = true;
  return new Promise((resolve, reject) => {
    let shuttingDown = false, lastWrite = Promise.resolve();
    const finalize = (failed, err) => {
      writer.releaseLock();
      release(reader);
      signal?.removeEventListener('abort', onabort);
      if (failed) reject(err);
      else resolve();
    };
    // What was read is written before the end, unless the destination has failed.
    const shutdown = async (action, failed, err) => {
      if (shuttingDown) return;
      shuttingDown = true;
      if (d.state === 'writable' && !d.closeRequest && !d.closing) await lastWrite.catch(() => {});
      try {
        await action?.();
      } catch (actionError) {
        return finalize(true, actionError);
      }
      finalize(failed, err);
    };
    const onabort = () => {
      const { reason } = signal;
      shutdown(() => Promise.all([
        preventAbort || d.state !== 'writable' ? undefined : destinationAbort(reason),
        preventCancel || s.state !== 'readable' ? undefined : cancel(s, reason),
      ]), true, reason);
    };
    const destinationAbort = (reason) => writer.abort(reason);
    if (signal) {
      if (signal.aborted) return onabort();
      signal.addEventListener('abort', onabort);
    }
    const sourceFailed = () => shutdown(preventAbort ? undefined : () => destinationAbort(s.error), true, s.error);
    const sourceClosed = () => shutdown(preventClose ? undefined : () => {
      if (d.closeRequest || d.closing || d.state === 'closed') return;
      if (d.state === 'errored') throw d.error;
      return writer.close();
    }, false);
    const destinationFailed = () => shutdown(preventCancel ? undefined : () => cancel(s, d.error), true, d.error);

    if (s.state === 'errored') return sourceFailed();
    if (d.state === 'errored' || d.state === 'erroring') return destinationFailed();
    if (s.state === 'closed') return sourceClosed();
    if (d.closeRequest || d.closing || d.state === 'closed') {
      const err = invalidState('Destination WritableStream is closed');
      return shutdown(preventCancel ? undefined : () => cancel(s, err), true, err);
    }
    reader.closed.promise.then(sourceClosed, sourceFailed);
    writer.closed.catch(destinationFailed);
    (async () => {
      while (!shuttingDown) {
        await writer.ready;
        if (shuttingDown) return;
        const { value, done } = await read(reader);
        if (done) return;
        lastWrite = writer.write(value);
        lastWrite.catch(() => {});
      }
    })().catch(() => {});
  });
}

require('internal/clone').onTransfer('internal/webstreams/transfer', ReadableStream.prototype);

module.exports = {
  ReadableStream, ReadableStreamDefaultController, ReadableByteStreamController, ReadableStreamBYOBRequest,
  ReadableStreamDefaultReader, ReadableStreamBYOBReader,
  ReadableStreamTee,
  readableState: (o) => states.get(o), enqueue, closeController, fail, desiredSize, canClose,
};
