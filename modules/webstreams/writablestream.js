// WritableStream, its writer and controller, after the WHATWG's Streams Standard; the steps there have these names.
'use strict';
const { codes } = require('internal/errors');
const { kIsClosedPromise, kIsErrored, kIsWritable, kControllerErrorFunction } = require('internal/streams/utils');

const kNew = Symbol('kNew');
const illegal = (token) => { if (token !== kNew) throw new codes.ERR_ILLEGAL_CONSTRUCTOR(); };
const invalidState = (message) => new codes.ERR_INVALID_STATE.TypeError(message);

// A promise with its resolvers; rejected ones count as handled, for nobody need look at them.
function deferred() {
  const d = { settled: false };
  d.promise = new Promise((resolve, reject) => {
    d.resolve = (v) => {
      d.settled = true;
      resolve(v);
    };
    d.reject = (err) => {
      d.settled = true;
      reject(err);
    };
  });
  d.promise.catch(() => {});
  return d;
}
function settled(err, failed) {
  const d = deferred();
  if (failed) d.reject(err);
  else d.resolve();
  return d;
}

function object(value, what) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) throw new codes.ERR_INVALID_ARG_TYPE(what, 'Object', value);
}

// A queuing strategy's functions, checked.
function strategyOf(strategy, otherwise, what = 'strategy') {
  if (strategy !== undefined && strategy !== null) object(strategy, what);
  const { highWaterMark: given = otherwise, size } = strategy ?? {};
  const highWaterMark = +given;
  if (Number.isNaN(highWaterMark) || highWaterMark < 0) throw new codes.ERR_INVALID_ARG_VALUE.RangeError('strategy.highWaterMark', given);
  if (size !== undefined && typeof size !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('strategy.size', 'Function', size);
  return { highWaterMark, size: size && ((chunk) => size(chunk)) };
}
function sizeOf(size, chunk) {
  const n = size ? +size(chunk) : 1;
  if (Number.isNaN(n) || n < 0 || n === Infinity) throw new codes.ERR_INVALID_ARG_VALUE.RangeError('size', n);
  return n;
}
// The function that an underlying source, sink or transformer has; what names it in errors.
function method(object, name, what) {
  const f = object?.[name];
  if (f === undefined) return;
  if (typeof f !== 'function') {
    if (name === 'start') throw new TypeError('Bind must be called on a function');
    throw new codes.ERR_INVALID_ARG_TYPE(`${what}.${name}`, 'Function', f);
  }
  return (...args) => f.apply(object, args);
}
// Calls f and makes a promise of what it returns or throws.
async function promised(f, ...args) { return f?.(...args); }

const states = new WeakMap(); // of streams, writers and controllers
const stateOf = (o, name) => {
  const s = states.get(o);
  if (s?.kind !== name) throw new codes.ERR_INVALID_THIS(name);
  return s;
};

class WritableStream {
  constructor(sink = undefined, strategy = undefined) {
    if (sink != null && typeof sink !== 'object' && typeof sink !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('sink', 'Object', sink);
    if (sink?.type !== undefined) throw new codes.ERR_INVALID_ARG_VALUE.RangeError('type', sink.type);
    const { highWaterMark, size } = strategyOf(strategy, 1);
    const s = {
      kind: 'WritableStream', stream: this, state: 'writable', error: undefined, writer: undefined, requests: [], inFlight: undefined,
      closeRequest: undefined, closing: undefined, abort: undefined, backpressure: false, closed: deferred(),
      queue: [], total: 0, started: false, highWaterMark, size, controller: new WritableStreamDefaultController(kNew),
      sink: { start: method(sink, 'start', 'sink'), write: method(sink, 'write', 'sink'), close: method(sink, 'close', 'sink'), abort: method(sink, 'abort', 'sink') },
      signal: new AbortController(),
    };
    states.set(this, s);
    states.set(s.controller, { kind: 'WritableStreamDefaultController', s });
    s.backpressure = highWaterMark <= 0;
    const started = s.sink.start?.(s.controller);
    Promise.resolve(started).then(() => {
      s.started = true;
      advance(s);
    }, (err) => {
      s.started = true;
      dealWithRejection(s, err);
    });
  }
  get locked() { return stateOf(this, 'WritableStream').writer !== undefined; }
  abort(reason) {
    const s = states.get(this);
    if (s?.kind !== 'WritableStream') return Promise.reject(new codes.ERR_INVALID_THIS('WritableStream'));
    if (s.writer) return Promise.reject(invalidState('WritableStream is locked'));
    return abort(s, reason);
  }
  close() {
    const s = states.get(this);
    if (s?.kind !== 'WritableStream') return Promise.reject(new codes.ERR_INVALID_THIS('WritableStream'));
    if (s.writer) return Promise.reject(invalidState('WritableStream is locked'));
    if (s.closeRequest || s.closing) return Promise.reject(invalidState('Failure closing WritableStream'));
    return close(s);
  }
  getWriter() {
    stateOf(this, 'WritableStream');
    return new WritableStreamDefaultWriter(this);
  }
  get [kIsClosedPromise]() { return stateOf(this, 'WritableStream').closed; }
  get [kIsErrored]() { return stateOf(this, 'WritableStream').state === 'errored'; }
  get [kIsWritable]() { return stateOf(this, 'WritableStream').state === 'writable'; }
  [kControllerErrorFunction](err) { error(stateOf(this, 'WritableStream'), err); }
}

class WritableStreamDefaultController {
  constructor(token) { illegal(token); }
  get signal() { return stateOf(this, 'WritableStreamDefaultController').s.signal.signal; }
  error(err) { error(stateOf(this, 'WritableStreamDefaultController').s, err); }
}

class WritableStreamDefaultWriter {
  constructor(stream) {
    const s = states.get(stream);
    if (s?.kind !== 'WritableStream') throw new codes.ERR_INVALID_ARG_TYPE('stream', 'WritableStream', stream);
    if (s.writer) throw invalidState('WritableStream is locked');
    const w = { kind: 'WritableStreamDefaultWriter', s, ready: undefined, closed: deferred() };
    states.set(this, w);
    s.writer = w;
    if (s.state === 'writable') {
      w.ready = !s.closeRequest && !s.closing && s.backpressure ? deferred() : settled();
    } else if (s.state === 'erroring') {
      w.ready = settled(s.error, true);
    } else if (s.state === 'closed') {
      w.ready = settled();
      w.closed.resolve();
    } else {
      w.ready = settled(s.error, true);
      w.closed.reject(s.error);
    }
  }
  get closed() { return guarded(this, (w) => w.closed.promise); }
  get ready() { return guarded(this, (w) => w.ready.promise); }
  get desiredSize() {
    const { s } = stateOf(this, 'WritableStreamDefaultWriter');
    if (!s) throw invalidState('Writer is not bound to a WritableStream');
    return s.state === 'errored' || s.state === 'erroring' ? null : s.state === 'closed' ? 0 : s.highWaterMark - s.total;
  }
  abort(reason) { return guarded(this, (w) => (w.s ? abort(w.s, reason) : unbound())); }
  close() {
    return guarded(this, ({ s }) => {
      if (!s) return unbound();
      if (s.closeRequest || s.closing) return Promise.reject(invalidState('Failure to close WritableStream'));
      return close(s);
    });
  }
  releaseLock() {
    const w = stateOf(this, 'WritableStreamDefaultWriter');
    if (!w.s) return;
    const released = invalidState('Writer has been released');
    rejectReady(w, released);
    if (w.closed.settled) w.closed = deferred();
    w.closed.reject(released);
    w.s.writer = undefined;
    w.s = undefined;
  }
  write(chunk) { return guarded(this, (w) => (w.s ? write(w, chunk) : unbound())); }
}
const unbound = () => Promise.reject(invalidState('Writer is not bound to a WritableStream'));
function guarded(writer, f) {
  const w = states.get(writer);
  return w?.kind === 'WritableStreamDefaultWriter' ? f(w) : Promise.reject(new codes.ERR_INVALID_THIS('WritableStreamDefaultWriter'));
}

function rejectReady(w, err) {
  if (w.ready.settled) w.ready = deferred();
  w.ready.reject(err);
}

function setBackpressure(s, on) {
  if (s.writer && on !== s.backpressure) {
    if (on) s.writer.ready = deferred();
    else s.writer.ready.resolve();
  }
  s.backpressure = on;
}

function write(w, chunk) {
  const { s } = w;
  let n;
  try {
    n = sizeOf(s.size, chunk);
  } catch (err) {
    if (s.state === 'writable') error(s, err);
    n = 1;
  }
  if (w.s !== s) return Promise.reject(invalidState('Mismatched WritableStreams'));
  if (s.state === 'errored') return Promise.reject(s.error);
  if (s.closeRequest || s.closing || s.state === 'closed') return Promise.reject(invalidState('WritableStream is closed'));
  if (s.state === 'erroring') return Promise.reject(s.error);
  const request = deferred();
  s.requests.push(request);
  s.queue.push({ chunk, n });
  s.total += n;
  if (!s.closeRequest && s.state === 'writable') setBackpressure(s, s.highWaterMark - s.total <= 0);
  advance(s);
  return request.promise;
}

function close(s) {
  if (s.state === 'closed' || s.state === 'errored') return Promise.reject(invalidState('WritableStream is closed'));
  s.closeRequest = deferred();
  if (s.writer && s.backpressure && s.state === 'writable') s.writer.ready.resolve();
  s.queue.push({ close: true, n: 0 });
  const { promise } = s.closeRequest;
  advance(s);
  return promise;
}

function abort(s, reason) {
  if (s.state === 'closed' || s.state === 'errored') return Promise.resolve();
  s.signal.abort(reason);
  if (s.state === 'closed' || s.state === 'errored') return Promise.resolve();
  if (s.abort) return s.abort.promise;
  const already = s.state === 'erroring';
  const request = s.abort = Object.assign(deferred(), { reason: already ? undefined : reason, already });
  if (!already) startErroring(s, reason);
  return request.promise;
}

function error(s, err) { if (s.state === 'writable') startErroring(s, err); }

function startErroring(s, err) {
  s.state = 'erroring';
  s.error = err;
  if (s.writer) rejectReady(s.writer, err);
  if (!s.inFlight && !s.closing && s.started) finishErroring(s);
}

function dealWithRejection(s, err) {
  if (s.state === 'writable') startErroring(s, err);
  else finishErroring(s);
}

function finishErroring(s) {
  s.state = 'errored';
  s.queue = [];
  s.total = 0;
  for (const r of s.requests) r.reject(s.error);
  s.requests = [];
  const request = s.abort;
  s.abort = undefined;
  if (!request || request.already) {
    request?.reject(s.error);
    rejectClosed(s);
    return;
  }
  promised(s.sink.abort, request.reason).then(() => {
    request.resolve();
    rejectClosed(s);
  }, (err) => {
    request.reject(err);
    rejectClosed(s);
  });
}

function rejectClosed(s) {
  s.closeRequest?.reject(s.error);
  s.closeRequest = undefined;
  s.closed.reject(s.error);
  s.writer?.closed.reject(s.error);
}

// Writes or closes next, if nothing is under way.
function advance(s) {
  if (!s.started || s.inFlight || s.closing) return;
  if (s.state === 'erroring') return finishErroring(s);
  if (s.queue.length === 0 || s.state !== 'writable') return;
  const item = s.queue[0];
  if (item.close) {
    s.closing = s.closeRequest;
    s.closeRequest = undefined;
    s.queue.shift();
    promised(s.sink.close).then(() => {
      s.closing.resolve();
      s.closing = undefined;
      if (s.state === 'erroring') {
        s.error = undefined;
        s.abort?.resolve();
        s.abort = undefined;
      }
      s.state = 'closed';
      s.writer?.closed.resolve();
      s.closed.resolve();
    }, (err) => {
      s.closing.reject(err);
      s.closing = undefined;
      s.abort?.reject(err);
      s.abort = undefined;
      dealWithRejection(s, err);
    });
    return;
  }
  s.inFlight = s.requests.shift();
  promised(s.sink.write, item.chunk, s.controller).then(() => {
    s.inFlight.resolve();
    s.inFlight = undefined;
    s.queue.shift();
    s.total -= item.n;
    if (!s.closeRequest && s.state === 'writable') setBackpressure(s, s.highWaterMark - s.total <= 0);
    advance(s);
  }, (err) => {
    s.inFlight.reject(err);
    s.inFlight = undefined;
    dealWithRejection(s, err);
  });
}

require('internal/clone').onTransfer('internal/webstreams/transfer', WritableStream.prototype);

module.exports = {
  WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
  deferred, strategyOf, sizeOf, method, promised, invalidState, object, illegal, kNew, writableState: (o) => states.get(o), errorWritable: error,
};
