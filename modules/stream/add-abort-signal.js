// stream.addAbortSignal: destroys a stream when a signal aborts.
'use strict';
const { AbortError, codes } = require('internal/errors');
const { eos } = require('internal/streams/end-of-stream');
const { isNodeStream, isWebStream, kControllerErrorFunction } = require('internal/streams/utils');

const isSignal = (v) => typeof v === 'object' && 'aborted' in v;

function addAbortSignal(signal, stream) {
  if (!isSignal(signal)) throw new codes.ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  if (!isNodeStream(stream) && !isWebStream(stream)) {
    throw new codes.ERR_INVALID_ARG_TYPE('stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
  }
  return addAbortSignalNoValidate(signal, stream);
}

function addAbortSignalNoValidate(signal, stream) {
  if (!isSignal(signal)) return stream;
  const abort = () => {
    const err = new AbortError(undefined, { cause: signal.reason });
    if (isNodeStream(stream)) stream.destroy(err);
    else stream[kControllerErrorFunction](err);
  };
  if (signal.aborted) {
    abort();
  } else {
    const disposable = require('internal/events/async').addAbortListener(signal, abort);
    eos(stream, () => disposable[Symbol.dispose]());
  }
  return stream;
}

module.exports = { addAbortSignal, addAbortSignalNoValidate };
