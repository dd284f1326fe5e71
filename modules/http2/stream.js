// Http2Stream, as both sides have it, and its server's and client's forms.
'use strict';
const { Duplex } = require('stream');
const { codes } = require('internal/errors');
const { validateFunction, validateInteger, validateNumber } = require('internal/validators');
const native = require('internal/http2/native');
const { publish } = require('internal/net');
const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL } = native;
const seldom = () => require('internal/http2/seldom');

const kSession = Symbol('kSession');
const kHandle = Symbol('kHandle');
const kState = Symbol('state');
const kInit = Symbol('init');
const kTimeout = Symbol('timeout');
const kID = Symbol('id');
const kSent = Symbol('sent-headers');
const kSentInfo = Symbol('sent-info-headers');
const kSentTrailers = Symbol('sent-trailers');
const kProceed = Symbol('proceed');
const kAuthority = Symbol('authority');
const kProtocol = Symbol('protocol');

const streamOptions = { allowHalfOpen: true, decodeStrings: false, autoDestroy: false };

// Timed gives a class the time-out that net.Socket has.
function Timed(Class) {
  Class.prototype.setTimeout = function setTimeout(msecs, callback) { return setTimer(this, msecs, callback); };
  Object.defineProperty(Class.prototype, 'setTimeout', { __proto__: null, enumerable: false });
}

function setTimer(self, msecs, callback) {
  if (self.destroyed && msecs !== 0) return self;
  validateNumber(msecs, 'msecs');
  if (msecs < 0 || !Number.isFinite(msecs)) throw new codes.ERR_OUT_OF_RANGE('msecs', 'a non-negative finite number', msecs);
  if (callback !== undefined && (msecs === 0 || typeof callback !== 'function')) validateFunction(callback, 'callback');
  if (self[kTimeout]) clearTimeout(self[kTimeout]);
  self[kTimeout] = null;
  if (msecs === 0) {
    if (callback !== undefined) self.removeListener('timeout', callback);
  } else {
    self[kTimeout] = setTimeout(() => self._onTimeout(), msecs).unref();
    if (callback !== undefined) self.once('timeout', callback);
    if (self[kHandle]) self[kHandle].setTimed(true);
    const session = self[kSession];
    if (session?.[kHandle]) session[kHandle].setTimed(true);
  }
  return self;
}

function initStream(self, session) {
  self[kSession] = session;
  self[kID] = undefined;
  self[kHandle] = undefined;
  self[kTimeout] = null;
  self[kState] = {
    rstCode: NGHTTP2_NO_ERROR, closed: false, aborted: false, headRequest: false, headersSent: false, trailersReady: false,
    hasTrailers: false, endAfterHeaders: false, didRead: false, fd: undefined, response: undefined,
  };
}

class Http2Stream extends Duplex {
  constructor(session) {
    super(streamOptions);
    initStream(this, session);
    this._readableState.readingMore = true; // nothing is read ahead before a script reads
  }

  // The stream gets its number, and may be written to.
  [kInit](id, handle) {
    this[kID] = id;
    this[kHandle] = handle;
    handle.own(this);
    const state = this[kSession][kState];
    state.pending.delete(this);
    state.streams.set(id, this);
    if (this[kTimeout]) handle.setTimed(true);
    if (native.observed) seldom().startPerf(this, 'Http2Stream');
  }

  get bufferSize() { return this.writableLength + (this[kHandle]?.queued ?? 0); }
  get endAfterHeaders() { return this[kState].endAfterHeaders; }
  get sentHeaders() { return this[kSent]; }
  get sentTrailers() { return this[kSentTrailers]; }
  get sentInfoHeaders() { return this[kSentInfo]; }
  get pending() { return this[kID] === undefined; }
  get id() { return this[kID]; }
  get session() { return this[kSession]; }
  get headersSent() { return this[kState].headersSent; }
  get aborted() { return this[kState].aborted; }
  get headRequest() { return this[kState].headRequest; }
  get rstCode() { return this[kState].rstCode; }
  get closed() { return this[kState].closed; }
  get state() {
    if (this.destroyed || this[kHandle] === undefined) return {};
    return this[kHandle].state();
  }

  _onTimeout() { if (!this.destroyed) this.emit('timeout'); }

  _touch() {
    if (this[kTimeout]) this[kTimeout].refresh();
    const session = this[kSession];
    if (session?.[kTimeout]) session[kTimeout].refresh();
  }

  [kProceed]() { throw new codes.ERR_METHOD_NOT_IMPLEMENTED('_proceed()'); }

  _write(data, encoding, cb) { write(this, data, encoding, cb); }
  _writev(data, cb) { write(this, data, undefined, cb); }

  _final(cb) {
    if (this.pending) {
      this.once('ready', () => this._final(cb));
      return;
    }
    this._touch();
    this[kHandle]?.shutdown();
    cb();
    if (native.channels && this._client) publish('http2.client.stream.bodySent', () => ({ stream: this }));
  }

  _read() {
    if (this.destroyed) {
      this.push(null);
      return;
    }
    if (!this[kState].didRead) {
      this._readableState.readingMore = false;
      this[kState].didRead = true;
    }
    if (this[kHandle] !== undefined) this[kHandle].readStart();
    else this.once('ready', () => this[kHandle]?.readStart());
  }

  sendTrailers(headers) {
    const state = this[kState];
    if (this.destroyed || this.closed) throw new codes.ERR_HTTP2_INVALID_STREAM();
    if (this[kSentTrailers]) throw new codes.ERR_HTTP2_TRAILERS_ALREADY_SENT();
    if (!state.trailersReady) throw new codes.ERR_HTTP2_TRAILERS_NOT_READY();
    objectOr(headers, 'headers');
    headers = { __proto__: null, ...headers, ...sensitive(headers) };
    this._touch();
    const result = this[kHandle].trailers(headers);
    this[kSentTrailers] = headers;
    if (result < 0) this.destroy(seldom().nghttpError(result));
  }

  close(code = NGHTTP2_NO_ERROR, callback) {
    if (code !== NGHTTP2_NO_ERROR) validateInteger(code, 'code', 0, 0xffffffff);
    if (callback !== undefined) validateFunction(callback, 'callback');
    if (this.closed) return;
    if (callback !== undefined) this.once('close', callback);
    closeStream(this, code);
  }

  priority() {
    if (this.destroyed) throw new codes.ERR_HTTP2_INVALID_STREAM();
    seldom().warnPriority('http2Stream.priority is longer supported after priority signalling was deprecated in RFC 9113');
  }

  _wantTrailers() {
    const state = this[kState];
    state.trailersReady = true;
    if (!this.emit('wantTrailers')) {
      // Nobody has any.
      state.hasTrailers = false;
      this[kHandle]?.trailers({});
    }
  }

  // The stream is over: both sides have ended it, or one has reset it.
  _closedByPeer(code) {
    if (this.destroyed) return;
    if (!this.closed) closeStream(this, code, 0);
    const state = this[kState];
    if (state.fd !== undefined) seldom().closeFile(state);
    if (this.readableEnded || code !== NGHTTP2_NO_ERROR) {
      this.destroy();
      return;
    }
    // What has come is read first.
    this.on('end', destroyAfterEnd);
    this.push(null);
    if (this[kSession]?.type === 0 && !state.didRead && this.readableFlowing === null) this.resume();
    else this.read(0);
  }

  _destroy(err, callback) {
    const session = this[kSession];
    const handle = this[kHandle];
    const state = this[kState];
    const id = this[kID];
    const { goawayCode, destroyCode } = session[kState];
    const sessionCode = goawayCode || destroyCode;
    let code = state.closed ? state.rstCode : sessionCode;
    if (!this.closed && err != null) {
      if (sessionCode) code = sessionCode;
      else code = err.name === 'AbortError' ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR;
    }
    const hasHandle = handle !== undefined;
    if (native.observed && hasHandle) seldom().stopPerf(this, handle);
    if (!this.closed) closeStream(this, code ?? NGHTTP2_NO_ERROR, hasHandle ? 2 : 0);
    this.push(null);
    if (hasHandle) {
      handle.reset(state.rstCode, session.destroyed);
      session[kState].streams.delete(id);
    } else {
      session[kState].pending.delete(this);
    }
    clearTimer(this);
    if (err == null && code !== NGHTTP2_NO_ERROR && code !== NGHTTP2_CANCEL && code !== undefined) {
      err = new codes.ERR_HTTP2_STREAM_ERROR(native.errorNames()[code] || code);
    }
    this[kSession] = undefined;
    this[kHandle] = undefined;
    if (native.channels && err) publish(`http2.${this._client ? 'client' : 'server'}.stream.error`, () => ({ stream: this, error: err }));
    // The last stream of a session that was closed ends it, when all is said.
    if (session.closed) setImmediate(require('internal/http2/session').maybeDestroy, session);
    callback(err);
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const { id, closed, destroyed, state, _readableState: readableState, _writableState: writableState } = this;
    return seldom().show('Http2Stream', { id: id || '<pending>', closed, destroyed, state, readableState, writableState }, depth, options);
  }
}
Timed(Http2Stream);
for (const name of ['_touch', '_wantTrailers', '_closedByPeer'])
  Object.defineProperty(Http2Stream.prototype, name, { __proto__: null, enumerable: false });

function destroyAfterEnd() { this.destroy(); }

function clearTimer(self) {
  if (self[kTimeout]) clearTimeout(self[kTimeout]);
  self[kTimeout] = null;
}

// Of http2.sensitiveHeaders, which a spread leaves out for being no string.
function sensitive(headers) {
  const list = headers?.[native.sensitiveHeaders];
  return list === undefined ? undefined : { [native.sensitiveHeaders]: list };
}

function objectOr(value, name, types = 'Object') {
  if (value !== undefined && (value === null || typeof value !== 'object' || Array.isArray(value))) {
    throw new codes.ERR_INVALID_ARG_TYPE(name, types, value);
  }
}

function write(stream, data, encoding, cb) {
  if (stream.pending) {
    stream.once('ready', () => write(stream, data, encoding, cb));
    return;
  }
  stream._touch();
  if (!stream.headersSent) stream[kProceed]();
  const handle = stream[kHandle];
  if (handle === undefined) {
    cb(new codes.ERR_HTTP2_INVALID_STREAM());
    return;
  }
  const done = (failed) => {
    stream._touch();
    cb(failed && !stream.destroyed && !stream.closed ? new codes.ERR_HTTP2_INVALID_STREAM() : null);
  };
  if (encoding === undefined) {
    if (data.allBuffers) data = data.map(({ chunk }) => chunk);
    handle.writev(data, done);
  } else {
    handle.write(data, encoding, done);
  }
  if (native.channels && stream._client) {
    publish('http2.client.stream.bodyChunkSent', () => ({ stream, writev: encoding === undefined, data, encoding: encoding ?? '' }));
  }
}

// closeStream ends a stream on this side: reset is 0 when the peer need not be told, 1 when it is at the end, 2 when at once.
function closeStream(stream, code, reset = 1) {
  const state = stream[kState];
  state.closed = true;
  state.rstCode = code;
  clearTimer(stream);
  stream.removeAllListeners('timeout');
  if (native.channels) publish(`http2.${stream._client ? 'client' : 'server'}.stream.close`, () => ({ stream }));
  const { ending } = stream._writableState;
  if (!ending) {
    if (!stream.aborted || state.endAfterHeaders) {
      state.aborted = true;
      stream.emit('aborted');
    }
    stream.end();
  }
  if (reset === 0) return;
  const finish = () => finishClose(stream, code);
  if (!ending || stream.writableFinished || code !== NGHTTP2_NO_ERROR || reset === 2) finish();
  else stream.once('finish', finish);
}

function finishClose(stream, code) {
  if (stream.pending) {
    stream.push(null);
    stream.once('ready', () => stream[kHandle]?.reset(code));
  } else {
    stream[kHandle]?.reset(code, stream[kSession]?.destroyed);
  }
}

function initServerStream(self, handle, id, headers) {
  self[kProtocol] = headers[':scheme'];
  self[kAuthority] = headers[':authority'] ?? headers.host;
  self[kInit](id, handle);
}

class ServerHttp2Stream extends Http2Stream {
  constructor(session, handle, id, headers) {
    super(session);
    initServerStream(this, handle, id, headers);
  }

  get pushAllowed() { return !this.destroyed && !this.closed && !this.session.closed && !this.session.destroyed && this[kSession].remoteSettings.enablePush; }

  pushStream(headers, options, callback) { seldom().pushStream(this, headers, options, callback); }

  respond(headersParam, options) {
    const state = this[kState];
    if (this.destroyed || this.closed) throw new codes.ERR_HTTP2_INVALID_STREAM();
    if (state.headersSent) throw new codes.ERR_HTTP2_HEADERS_SENT();
    if (options !== undefined && options !== null) objectOr(options, 'options');
    options = { ...options };
    this._touch();
    const headers = responseHeaders(headersParam, options);
    const status = headers.status;
    // These have no body.
    const end = Boolean(options.endStream) || status === 204 || status === 205 || status === 304 || state.headRequest === true;
    if (end) options.endStream = true;
    start(this, headers, end, options.waitForTrailers);
    if (end) this.end();
  }

  respondWithFD(fd, headers, options) { require('internal/http2/file').respondWithFD(this, fd, headers, options); }
  respondWithFile(path, headers, options) { require('internal/http2/file').respondWithFile(this, path, headers, options); }

  additionalHeaders(headers) { seldom().additionalHeaders(this, headers); }

  [kProceed]() { this.respond(); }
}

// responseHeaders makes what is sent, and kept, of the headers of a response: {list, kept, status}.
function responseHeaders(headers, options) {
  if (Array.isArray(headers)) return seldom().rawResponseHeaders(headers, options);
  objectOr(headers, 'headers', ['Object', 'Array']);
  const kept = { __proto__: null, ...headers, [native.sensitiveHeaders]: headers?.[native.sensitiveHeaders] };
  const status = kept[':status'] = (kept[':status'] | 0) || 200;
  if ((options.sendDate == null || options.sendDate) && kept.date == null) kept.date = native.utcDate();
  if (status < 200 || status > 599) throw new codes.ERR_HTTP2_STATUS_INVALID(status);
  return { list: kept, kept, status };
}

// start sends the head of a response.
function start(stream, { list, kept }, end, trailers) {
  const state = stream[kState];
  const result = stream[kHandle].respond(list, true, end, Boolean(trailers));
  stream[kSent] = kept;
  state.headersSent = true;
  if (trailers) state.hasTrailers = true;
  if (result < 0) {
    stream.destroy(seldom().nghttpError(result));
    return;
  }
  if (native.channels) publish('http2.server.stream.finish', () => ({ stream, headers: kept, flags: end ? 5 : 4 }));
}

class ClientHttp2Stream extends Http2Stream {
  constructor(session, handle, id) {
    super(session);
    this[kState].headersSent = true;
    if (id !== undefined) {
      this[kInit](id, handle);
    } else {
      session[kState].pending.add(this);
      this.cork(); // until it may be written to
    }
  }
  get _client() { return true; }
}
Object.defineProperty(ClientHttp2Stream.prototype, '_client', { __proto__: null, enumerable: false, value: true });

// revealStream makes a quick stream what it would have been from the start; `this` is the session.
function revealStream(stream, handle, id, headers, sent, ended, code) {
  Duplex.call(stream, streamOptions);
  initStream(stream, this);
  initServerStream(stream, handle, id, headers);
  const state = stream[kState];
  state.endAfterHeaders = true;
  stream.push(null);
  if (sent !== undefined) {
    state.headersSent = true;
    stream[kSent] = sent;
  }
  if (ended) stream.end();
  if (code >= 0) stream._closedByPeer(code);
}
native.setupQuickStream(ServerHttp2Stream, [kSession, kID, kHandle, kTimeout, kState, kSent, kSentInfo, kSentTrailers, kProtocol, kAuthority,
                                            '_events', '_eventsCount', '_maxListeners', '_readableState', '_writableState', 'allowHalfOpen'],
                        revealStream);

module.exports = {
  Http2Stream, ServerHttp2Stream, ClientHttp2Stream, kSession, kHandle, kState, kInit, kTimeout, kID, kSent, kSentInfo, kSentTrailers,
  kAuthority, kProtocol, kProceed, Timed, setTimer, clearTimer, sensitive, objectOr, closeStream, responseHeaders, start, streamOptions,
};
