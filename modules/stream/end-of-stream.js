// stream.finished: calls back once when a stream is no longer readable, writable, or has failed.
'use strict';
const { AbortError, codes } = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateFunction, validateObject } = require('internal/validators');
const u = require('internal/streams/utils');

const nop = () => {};
const aborted = (signal) => new AbortError(undefined, { cause: signal.reason });

function eos(stream, options, callback) {
  if (arguments.length === 2) {
    callback = options;
    options = {};
  } else if (options == null) {
    options = {};
  } else {
    validateObject(options, 'options');
  }
  validateFunction(callback, 'callback');
  validateAbortSignal(options.signal, 'options.signal');
  callback = u.once(callback);
  if (u.isReadableStream(stream) || u.isWritableStream(stream)) return eosWeb(stream, options, callback);
  if (!u.isNodeStream(stream)) {
    throw new codes.ERR_INVALID_ARG_TYPE('stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
  }
  const readable = options.readable ?? u.isReadableNodeStream(stream);
  const writable = options.writable ?? u.isWritableNodeStream(stream);
  const w = stream._writableState, r = stream._readableState;
  // Whether 'close' will come and say more than 'end' and 'finish' do.
  let waitClose = u.willEmitClose(stream) && u.isReadableNodeStream(stream) === readable && u.isWritableNodeStream(stream) === writable;
  let writableDone = u.isWritableFinished(stream, false);
  let readableDone = u.isReadableFinished(stream, false);
  let closed = u.isClosed(stream);

  const onlegacyfinish = () => { if (!stream.writable) onfinish(); };
  const onfinish = () => {
    writableDone = true;
    if (stream.destroyed) waitClose = false; // it may have been emitted already
    if (waitClose && (!stream.readable || readable)) return;
    if (!readable || readableDone) callback.call(stream);
  };
  const onend = () => {
    readableDone = true;
    if (stream.destroyed) waitClose = false;
    if (waitClose && (!stream.writable || writable)) return;
    if (!writable || writableDone) callback.call(stream);
  };
  const onerror = (err) => callback.call(stream, err);
  const onclosed = () => {
    closed = true;
    const errored = u.isWritableErrored(stream) || u.isReadableErrored(stream);
    if (errored && typeof errored !== 'boolean') callback.call(stream, errored);
    else callback.call(stream);
  };
  const onclose = () => {
    closed = true;
    const errored = u.isWritableErrored(stream) || u.isReadableErrored(stream);
    if (errored && typeof errored !== 'boolean') {
      callback.call(stream, errored);
    } else if ((readable && !readableDone && u.isReadableNodeStream(stream, true) && !u.isReadableFinished(stream, false)) ||
        (writable && !writableDone && !u.isWritableFinished(stream, false))) {
      callback.call(stream, new codes.ERR_STREAM_PREMATURE_CLOSE());
    } else {
      callback.call(stream);
    }
  };
  const onrequest = () => stream.req.on('finish', onfinish);

  const listeners = [];
  const on = (name, f) => {
    listeners.push(name, f);
    stream.on(name, f);
  };
  if (u.isRequest(stream)) {
    on('complete', onfinish);
    if (!waitClose) on('abort', onclose);
    if (stream.req) onrequest();
    else on('request', onrequest);
  } else if (writable && !w) {
    on('end', onlegacyfinish);
    on('close', onlegacyfinish);
  }
  if (!waitClose && typeof stream.aborted === 'boolean') on('aborted', onclose);
  on('end', onend);
  on('finish', onfinish);
  if (options.error !== false) on('error', onerror);
  on('close', onclose);

  if (closed) {
    process.nextTick(onclose);
  } else if (w?.errorEmitted || r?.errorEmitted) {
    if (!waitClose) process.nextTick(onclosed);
  } else if (
    (!readable && (!waitClose || u.isReadable(stream)) && (writableDone || u.isWritable(stream) === false) && !w?.pendingcb) ||
    (!writable && (!waitClose || u.isWritable(stream)) && (readableDone || u.isReadable(stream) === false)) ||
    (r && stream.req && stream.aborted)) {
    process.nextTick(onclosed);
  }

  const cleanup = () => {
    callback = nop;
    for (let i = 0; i < listeners.length; i += 2) stream.removeListener(listeners[i], listeners[i + 1]);
    if (stream.req) stream.req.removeListener('finish', onfinish);
  };
  const { signal } = options;
  if (signal && !closed) {
    const abort = () => {
      const done = callback;
      cleanup();
      done.call(stream, aborted(signal));
    };
    if (signal.aborted) process.nextTick(abort);
    else callback = disposing(signal, abort, callback, stream);
  }
  return cleanup;
}

// Listens on the signal until the callback is called.
function disposing(signal, abort, callback, stream) {
  const { addAbortListener } = require('internal/events/async');
  const disposable = addAbortListener(signal, abort);
  return u.once((...args) => {
    disposable[Symbol.dispose]();
    callback.apply(stream, args);
  });
}

function eosWeb(stream, options, callback) {
  const { signal } = options;
  let isAborted = false;
  if (signal) {
    const abort = () => {
      isAborted = true;
      callback.call(stream, aborted(signal));
    };
    if (signal.aborted) process.nextTick(abort);
    else callback = disposing(signal, abort, callback, stream);
  }
  const done = (...args) => { if (!isAborted) process.nextTick(() => callback.apply(stream, args)); };
  stream[u.kIsClosedPromise].promise.then(done, done);
  return nop;
}

function finished(stream, options) {
  let cleans = false;
  if (options === null) options = {};
  if (options?.cleanup) {
    validateBoolean(options.cleanup, 'cleanup');
    cleans = options.cleanup;
  }
  return new Promise((resolve, reject) => {
    const cleanup = eos(stream, options, (err) => {
      if (cleans) cleanup();
      if (err) reject(err);
      else resolve();
    });
  });
}

Object.defineProperty(eos, 'name', { value: 'eos' });
Object.defineProperty(eos, require('internal/streams/core').promisify, {
  __proto__: null, enumerable: true, get: () => finished,
});
module.exports = { eos, finished };
