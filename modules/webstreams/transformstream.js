// TransformStream, after the WHATWG's Streams Standard: a writable side that waits while the readable one is full.
'use strict';
const { codes } = require('internal/errors');
const { WritableStream, deferred, method, object, promised, strategyOf, invalidState, illegal, kNew, writableState, errorWritable } =
  require('internal/webstreams/writablestream');
const r = require('internal/webstreams/readablestream');

const states = new WeakMap();
function stateOf(o, name) {
  const t = states.get(o);
  if (t?.kind !== name) throw new codes.ERR_INVALID_THIS(name);
  return t;
}

class TransformStream {
  constructor(transformer = {}, writableStrategy = {}, readableStrategy = {}) {
    if (transformer !== null) object(transformer, 'transformer');
    if (transformer?.readableType !== undefined) throw new codes.ERR_INVALID_ARG_VALUE.RangeError('transformer.readableType', transformer.readableType);
    if (transformer?.writableType !== undefined) throw new codes.ERR_INVALID_ARG_VALUE.RangeError('transformer.writableType', transformer.writableType);
    const started = deferred();
    const t = {
      kind: 'TransformStream', controller: new TransformStreamDefaultController(kNew), change: deferred(), backpressure: true,
      transform: method(transformer, 'transform', 'transformer') ?? ((chunk, controller) => controller.enqueue(chunk)),
      flush: method(transformer, 'flush', 'transformer'), cancel: method(transformer, 'cancel', 'transformer'), ended: undefined,
    };
    states.set(this, t);
    states.set(t.controller, { kind: 'TransformStreamDefaultController', t });
    const readableStrat = strategyOf(readableStrategy, 0);
    t.writable = new WritableStream({
      start: () => started.promise,
      async write(chunk) {
        if (t.backpressure) {
          await t.change.promise;
          const w = writableState(t.writable);
          if (w.state === 'erroring') throw w.error;
        }
        try {
          await promised(t.transform, chunk, t.controller);
        } catch (err) {
          failBoth(t, err);
          throw err;
        }
      },
      abort: (reason) => t.ended ??= (async () => {
        await promised(t.cancel, reason);
        r.fail(t.r, reason);
      })(),
      close: () => t.ended ??= (async () => {
        try {
          await promised(t.flush, t.controller);
        } catch (err) {
          failBoth(t, err);
          throw err;
        }
        if (t.r.state === 'errored') throw t.r.error;
        if (r.canClose(t.r)) r.closeController(t.r);
      })(),
    }, writableStrategy);
    t.readable = new r.ReadableStream({
      start: () => started.promise,
      pull() {
        setBackpressure(t, false);
        return t.change.promise;
      },
      cancel: (reason) => t.ended ??= (async () => {
        await promised(t.cancel, reason);
        failWritable(t, reason);
      })(),
    }, { highWaterMark: readableStrat.highWaterMark, size: readableStrategy?.size });
    t.r = r.readableState(t.readable);
    const start = method(transformer, 'start', 'transformer');
    try {
      started.resolve(start?.(t.controller));
    } catch (err) {
      started.reject(err);
      throw err;
    }
  }
  get readable() { return stateOf(this, 'TransformStream').readable; }
  get writable() { return stateOf(this, 'TransformStream').writable; }
}

// A TransformStream of two sides that are there already.
function assemble(readable, writable) {
  const stream = Object.create(TransformStream.prototype);
  states.set(stream, { kind: 'TransformStream', readable, writable });
  return stream;
}

class TransformStreamDefaultController {
  constructor(token) { illegal(token); }
  get desiredSize() { return r.desiredSize(stateOf(this, 'TransformStreamDefaultController').t.r); }
  enqueue(chunk) {
    const { t } = stateOf(this, 'TransformStreamDefaultController');
    if (!r.canClose(t.r)) throw invalidState('Unable to enqueue');
    try {
      r.enqueue(t.r, chunk);
    } catch (err) {
      failWritable(t, err);
      throw t.r.error;
    }
    const full = !(t.r.reader?.requests.length > 0) && r.desiredSize(t.r) <= 0;
    if (full !== t.backpressure) setBackpressure(t, full);
  }
  error(reason) { failBoth(stateOf(this, 'TransformStreamDefaultController').t, reason); }
  terminate() {
    const { t } = stateOf(this, 'TransformStreamDefaultController');
    if (r.canClose(t.r)) r.closeController(t.r);
    failWritable(t, invalidState('TransformStream has been terminated'));
  }
}

function setBackpressure(t, on) {
  t.change.resolve();
  t.change = deferred();
  t.backpressure = on;
}

function failBoth(t, err) {
  r.fail(t.r, err);
  failWritable(t, err);
}

function failWritable(t, err) {
  errorWritable(writableState(t.writable), err);
  if (t.backpressure) setBackpressure(t, false);
}

require('internal/clone').onTransfer('internal/webstreams/transfer', TransformStream.prototype);

module.exports = { TransformStream, assemble, backpressure: (o) => states.get(o)?.backpressure, TransformStreamDefaultController };
