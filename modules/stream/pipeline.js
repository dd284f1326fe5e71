// stream.pipeline: connects streams, iterables and functions, and sees to it that an error anywhere destroys all.
'use strict';
const { AbortError, codes } = require('internal/errors');
const { validateAbortSignal, validateFunction } = require('internal/validators');
const { aggregateTwoErrors, promisify } = require('internal/streams/core');
const { eos } = require('internal/streams/end-of-stream');
const u = require('internal/streams/utils');
const { each } = require('internal/streams/async');

const RETURN = (expected, name, value) => new codes.ERR_INVALID_RETURN_VALUE(expected, name, value);

// Destroys a stream of the pipeline unless it has finished by itself.
function destroyerOf(stream, readable, writable) {
  let finished = false;
  stream.on('close', () => { finished = true; });
  const cleanup = eos(stream, { readable, writable }, (err) => { finished = !err; });
  return {
    cleanup,
    destroy(err) {
      if (finished) return;
      finished = true;
      u.destroyer(stream, err || new codes.ERR_STREAM_DESTROYED('pipe'));
    },
  };
}

function asyncIterable(value) {
  if (u.isIterable(value)) return value;
  if (u.isReadableNodeStream(value)) {
    return { [Symbol.asyncIterator]: () => require('stream').Readable.prototype[Symbol.asyncIterator].call(value) };
  }
  throw new codes.ERR_INVALID_ARG_TYPE('val', ['Readable', 'Iterable', 'AsyncIterable'], value);
}

async function pumpToNode(iterable, writable, finish, end) {
  let error, wake = null;
  const resume = (err) => {
    if (err) error = err;
    const f = wake;
    wake = null;
    f?.();
  };
  const wait = () => new Promise((resolve, reject) => {
    if (error) {
      reject(error);
    } else {
      wake = () => {
        if (error) reject(error);
        else resolve();
      };
    }
  });
  writable.on('drain', resume);
  const cleanup = eos(writable, { readable: false }, resume);
  try {
    if (writable.writableNeedDrain) await wait();
    await each(iterable, (chunk) => (writable.write(chunk) ? undefined : wait()));
    if (end) {
      writable.end();
      await wait();
    }
    finish();
  } catch (err) {
    finish(error !== err ? aggregateTwoErrors(error, err) : err);
  } finally {
    cleanup();
    writable.off('drain', resume);
  }
}

async function pumpToWeb(readable, writable, finish, end) {
  if (u.isTransformStream(writable)) writable = writable.writable;
  const writer = writable.getWriter();
  try {
    await each(readable, async (chunk) => {
      await writer.ready;
      writer.write(chunk).catch(() => {});
    });
    await writer.ready;
    if (end) await writer.close();
    finish();
  } catch (err) {
    try {
      await writer.abort(err);
      finish(err);
    } catch (abortError) {
      finish(abortError);
    }
  }
}

function pipe(source, dest, finish, fail, end) {
  let ended = false;
  dest.on('close', () => { if (!ended) fail(new codes.ERR_STREAM_PREMATURE_CLOSE()); });
  source.pipe(dest, { end: false });
  if (end) {
    const endDest = () => {
      ended = true;
      dest.end();
    };
    if (u.isReadableFinished(source)) process.nextTick(endDest);
    else source.once('end', endDest);
  } else {
    finish();
  }
  eos(source, { readable: true, writable: false }, (err) => {
    const r = source._readableState;
    // A source that has everything in its buffer may close before that is read; its 'end' is still to come.
    if (err?.code === 'ERR_STREAM_PREMATURE_CLOSE' && r?.ended && !r.errored && !r.errorEmitted) {
      source.once('end', finish).once('error', finish);
    } else {
      finish(err);
    }
  });
  return eos(dest, { readable: false, writable: true }, finish);
}

function pipelineImpl(streams, callback, options) {
  if (streams.length === 1 && Array.isArray(streams[0])) streams = streams[0];
  if (streams.length < 2) throw new codes.ERR_MISSING_ARGS('streams');
  const outer = options?.signal;
  validateAbortSignal(outer, 'options.signal');
  const unable = (s, i) => i > 0 && u.isNodeStream(s) && u.isReadableNodeStream(streams[i - 1]) && (u.isClosed(s) || u.isDestroyed(s));
  if (streams.some(unable)) throw new codes.ERR_STREAM_UNABLE_TO_PIPE();
  const controller = new AbortController();
  const { signal } = controller;
  const abort = () => settle(new AbortError(undefined, { cause: outer?.reason }));
  const disposable = outer && require('internal/events/async').addAbortListener(outer, abort);

  const destroys = [], cleanups = [];
  let error, value, pending = 0;
  const finish = (err) => settle(err, --pending === 0);
  const fail = (err) => settle(err, false); // the end of the stream, which finish is called at, is still to come
  const settle = (err, final) => {
    // What only follows from another failure gives way to it.
    if (err && (!error || error.name === 'AbortError' || error.code === 'ERR_STREAM_PREMATURE_CLOSE')) error = err;
    if (!error && !final) return;
    while (destroys.length) destroys.shift()(error);
    disposable?.[Symbol.dispose]();
    controller.abort();
    if (final) {
      if (!error) for (const f of cleanups) f();
      process.nextTick(callback, error, value);
    }
  };

  let result;
  const last = streams.length - 1;
  streams.forEach((stream, i) => {
    const reading = i < last, writing = i > 0;
    const end = reading || options?.end !== false;
    if (u.isNodeStream(stream)) {
      const cleansUp = i === last && u.isReadable(stream);
      if (end) {
        const d = destroyerOf(stream, reading, writing);
        destroys.push(d.destroy);
        if (cleansUp) cleanups.push(d.cleanup);
      }
      // Errors may still come when piping is over.
      const onerror = (err) => {
        if (err && err.name !== 'AbortError' && err.code !== 'ERR_STREAM_PREMATURE_CLOSE') fail(err);
      };
      stream.on('error', onerror);
      if (cleansUp) cleanups.push(() => stream.removeListener('error', onerror));
    }

    const pump = (from, to) => {
      pending++;
      pumpToNode(from, to, finish, end);
    };
    if (i === 0) {
      if (typeof stream === 'function') {
        result = stream({ signal });
        if (!u.isIterable(result)) throw RETURN('Iterable, AsyncIterable or Stream', 'source', result);
      } else if (u.isIterable(stream) || u.isReadableNodeStream(stream) || u.isTransformStream(stream)) {
        result = stream;
      } else {
        result = require('stream').Duplex.from(stream);
      }
    } else if (typeof stream === 'function') {
      result = stream(asyncIterable(u.isTransformStream(result) ? result.readable : result), { signal });
      if (reading) {
        if (!u.isIterable(result, true)) throw RETURN('AsyncIterable', `transform[${i - 1}]`, result);
        return;
      }
      // The last function's result is what pipeline returns, as a stream.
      const through = new (require('stream').PassThrough)({ objectMode: true });
      const then = result?.then;
      if (typeof then === 'function') {
        pending++;
        then.call(result, (v) => {
          value = v;
          if (v != null) through.write(v);
          if (end) through.end();
          process.nextTick(finish);
        }, (err) => {
          through.destroy(err);
          process.nextTick(finish, err);
        });
      } else if (u.isIterable(result, true)) {
        pump(result, through);
      } else if (u.isReadableStream(result) || u.isTransformStream(result)) {
        pump(result.readable || result, through);
      } else {
        throw RETURN('AsyncIterable or Promise', 'destination', result);
      }
      result = through;
      const d = destroyerOf(result, false, true);
      destroys.push(d.destroy);
      cleanups.push(d.cleanup);
    } else if (u.isNodeStream(stream)) {
      if (u.isReadableNodeStream(result)) {
        pending += 2;
        const cleanup = pipe(result, stream, finish, fail, end);
        if (u.isReadable(stream) && i === last) cleanups.push(cleanup);
      } else if (u.isTransformStream(result) || u.isReadableStream(result)) {
        pump(result.readable || result, stream);
      } else if (u.isIterable(result)) {
        pump(result, stream);
      } else {
        throw badSource(result);
      }
      result = stream;
    } else if (u.isWebStream(stream)) {
      let from = result;
      if (u.isReadableNodeStream(result)) from = asyncIterable(result);
      else if (u.isTransformStream(result)) from = result.readable;
      else if (!u.isReadableStream(result) && !u.isIterable(result)) throw badSource(result);
      pending++;
      pumpToWeb(from, stream, finish, end);
      result = stream;
    } else {
      result = require('stream').Duplex.from(stream);
    }
  });
  if (signal.aborted || outer?.aborted) process.nextTick(abort);
  return result;
}

function badSource(value) {
  return new codes.ERR_INVALID_ARG_TYPE('val',
    ['Readable', 'Iterable', 'AsyncIterable', 'ReadableStream', 'TransformStream'], value);
}

function pipeline(...streams) {
  validateFunction(streams[streams.length - 1], 'streams[stream.length - 1]');
  const callback = streams.pop();
  return pipelineImpl(streams, u.once(callback));
}
Object.defineProperty(pipeline, promisify, {
  __proto__: null, enumerable: true, get: () => require('stream/promises').pipeline,
});

module.exports = { pipelineImpl, pipeline };
