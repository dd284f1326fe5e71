// What a thing is to the functions of module stream: a Node stream, a web stream, an iterable, and in which condition.
// Works on look-alikes too, so it asks for properties and never for classes.
'use strict';
const { AbortError } = require('internal/errors');

const symbolFor = (name) => Symbol.for(`nodejs.${name}`);
const kIsDestroyed = symbolFor('stream.destroyed');
const kIsErrored = symbolFor('stream.errored');
const kIsReadable = symbolFor('stream.readable');
const kIsWritable = symbolFor('stream.writable');
const kIsDisturbed = symbolFor('stream.disturbed');
const kIsClosedPromise = symbolFor('webstream.isClosedPromise');
const kControllerErrorFunction = symbolFor('webstream.controllerErrorFunction');
const isFunction = (v) => typeof v === 'function';

function isReadableNodeStream(o, strict = false) {
  return !!(o && isFunction(o.pipe) && isFunction(o.on) && (!strict || (isFunction(o.pause) && isFunction(o.resume))) &&
    (!o._writableState || (o._readableState && o._readableState.readable !== false)));
}
function isWritableNodeStream(o) {
  return !!(o && isFunction(o.write) && isFunction(o.on) && (!o._readableState || o._writableState?.writable !== false));
}
function isDuplexNodeStream(o) {
  return !!(o && isFunction(o.pipe) && o._readableState && isFunction(o.on) && isFunction(o.write));
}
function isNodeStream(o) {
  return o && (o._readableState || o._writableState || (isFunction(o.on) && (isFunction(o.write) || isFunction(o.pipe))));
}
function isReadableStream(o) {
  return !!(o && !isNodeStream(o) && isFunction(o.pipeThrough) && isFunction(o.getReader) && isFunction(o.cancel));
}
function isWritableStream(o) {
  return !!(o && !isNodeStream(o) && isFunction(o.getWriter) && isFunction(o.abort));
}
function isTransformStream(o) {
  return !!(o && !isNodeStream(o) && typeof o.readable === 'object' && typeof o.writable === 'object');
}
const isWebStream = (o) => isReadableStream(o) || isWritableStream(o) || isTransformStream(o);

function isIterable(o, isAsync) {
  if (o == null) return false;
  return (isAsync !== false && isFunction(o[Symbol.asyncIterator])) || (isAsync !== true && isFunction(o[Symbol.iterator]));
}

function isDestroyed(s) {
  if (!isNodeStream(s)) return null;
  return !!(s.destroyed || s[kIsDestroyed] || (s._writableState || s._readableState)?.destroyed);
}
function isWritableEnded(s) {
  if (!isWritableNodeStream(s)) return null;
  if (s.writableEnded === true) return true;
  const w = s._writableState;
  if (w?.errored) return false;
  return typeof w?.ended === 'boolean' ? w.ended : null;
}
function isWritableFinished(s, strict) {
  if (!isWritableNodeStream(s)) return null;
  if (s.writableFinished === true) return true;
  const w = s._writableState;
  if (w?.errored) return false;
  if (typeof w?.finished !== 'boolean') return null;
  return w.finished || (strict === false && w.ended === true && w.length === 0);
}
function isReadableFinished(s, strict) {
  if (!isReadableNodeStream(s)) return null;
  const r = s._readableState;
  if (r?.errored) return false;
  if (typeof r?.endEmitted !== 'boolean') return null;
  return r.endEmitted || (strict === false && r.ended === true && r.length === 0);
}
function isReadable(s) {
  if (s && s[kIsReadable] != null) return s[kIsReadable];
  if (typeof s?.readable !== 'boolean') return null;
  if (isDestroyed(s)) return false;
  return isReadableNodeStream(s) && s.readable && !isReadableFinished(s);
}
function isWritable(s) {
  if (s && s[kIsWritable] != null) return s[kIsWritable];
  if (typeof s?.writable !== 'boolean') return null;
  if (isDestroyed(s)) return false;
  return isWritableNodeStream(s) && s.writable && !isWritableEnded(s);
}
function isFinished(s, options) {
  if (!isNodeStream(s)) return null;
  if (isDestroyed(s)) return true;
  return !(options?.readable !== false && isReadable(s)) && !(options?.writable !== false && isWritable(s));
}
function isWritableErrored(s) {
  if (!isNodeStream(s)) return null;
  return s.writableErrored || (s._writableState?.errored ?? null);
}
function isReadableErrored(s) {
  if (!isNodeStream(s)) return null;
  return s.readableErrored || (s._readableState?.errored ?? null);
}
const isBoolean = (v) => typeof v === 'boolean';
function isOutgoingMessage(s) {
  return isBoolean(s._closed) && isBoolean(s._defaultKeepAlive) && isBoolean(s._removedConnection) && isBoolean(s._removedContLen);
}
const isServerResponse = (s) => isBoolean(s._sent100) && isOutgoingMessage(s);
const isServerRequest = (s) => isBoolean(s._consuming) && isBoolean(s._dumped) && s.req?.upgradeOrConnect === undefined;
const isRequest = (s) => s?.setHeader && isFunction(s.abort);

function isClosed(s) {
  if (!isNodeStream(s)) return null;
  if (isBoolean(s.closed)) return s.closed;
  const w = s._writableState, r = s._readableState;
  if (isBoolean(w?.closed) || isBoolean(r?.closed)) return w?.closed || r?.closed;
  return isBoolean(s._closed) && isOutgoingMessage(s) ? s._closed : null;
}
function willEmitClose(s) {
  if (!isNodeStream(s)) return null;
  const state = s._writableState || s._readableState;
  return (!state && isServerResponse(s)) || !!(state && state.autoDestroy && state.emitClose && state.closed === false);
}
function isDisturbed(s) {
  return !!(s && (s[kIsDisturbed] ?? (s.readableDidRead || s.readableAborted)));
}
function isErrored(s) {
  return !!(s && (s[kIsErrored] ?? s.readableErrored ?? s.writableErrored ?? s._readableState?.errorEmitted ??
    s._writableState?.errorEmitted ?? s._readableState?.errored ?? s._writableState?.errored));
}

// Destroys whatever is like a stream, by the means it has.
function destroyer(s, err) {
  if (!s || isDestroyed(s)) return;
  if (!err && !isFinished(s)) err = new AbortError();
  if (isServerRequest(s)) {
    s.socket = null;
    s.destroy(err);
  } else if (isRequest(s)) {
    s.abort();
  } else if (isRequest(s.req)) {
    s.req.abort();
  } else if (isFunction(s.destroy)) {
    s.destroy(err);
  } else if (isFunction(s.close)) {
    s.close();
  } else {
    process.nextTick(() => {
      if (err) {
        s.emit('error', err);
        process.nextTick(() => s.emit('close'));
      } else {
        s.emit('close');
      }
    });
  }
  if (!s.destroyed) s[kIsDestroyed] = true;
}

// A function that works once.
function once(f) {
  let called = false;
  return function(...args) {
    if (called) return;
    called = true;
    return f.apply(this, args);
  };
}

module.exports = {
  kIsDestroyed, kIsErrored, kIsReadable, kIsWritable, kIsDisturbed, kIsClosedPromise, kControllerErrorFunction,
  isReadableNodeStream, isWritableNodeStream, isDuplexNodeStream, isNodeStream, isReadableStream, isWritableStream,
  isTransformStream, isWebStream, isIterable, isDestroyed, isWritableEnded, isWritableFinished, isReadableFinished,
  isReadable, isWritable, isFinished, isWritableErrored, isReadableErrored, isRequest, isClosed, willEmitClose,
  isDisturbed, isErrored, destroyer, once,
};
