// Http2ServerRequest and Http2ServerResponse: HTTP/1's forms of a server's stream.
'use strict';
const { Stream, Readable } = require('stream');
const { codes } = require('internal/errors');
const { validateFunction, validateString, validateObject } = require('internal/validators');
const native = require('internal/http2/native');
const { ServerHttp2Stream, kHandle, kSent, kState: kStreamState } = require('internal/http2/stream');
const { kSocket } = require('internal/http2/session');

const kStream = Symbol('stream');
const kRequest = Symbol('request');
const kResponse = Symbol('response');
const kProxySocket = Symbol('proxySocket');
const kHeaders = Symbol('headers');
const kRawHeaders = Symbol('rawHeaders');
const kTrailers = Symbol('trailers');
const kRawTrailers = Symbol('rawTrailers');
const kState = Symbol('state');
const kAborted = Symbol('aborted');

const bound = new Set(['on', 'once', 'end', 'emit', 'destroy']);
const refused = new Set(['write', 'read', 'pause', 'resume']);

const socketHandler = {
  has(stream, name) {
    const { session } = stream;
    return name in (session !== undefined ? session[kSocket] : stream) || name in stream;
  },
  get(stream, name) {
    if (bound.has(name)) return stream[name].bind(stream);
    if (refused.has(name)) throw new codes.ERR_HTTP2_NO_SOCKET_MANIPULATION();
    const { session } = stream;
    switch (name) {
      case 'writable':
      case 'destroyed':
        return stream[name];
      case 'readable': {
        if (stream.destroyed) return false;
        const request = stream[kRequest];
        return request ? request.readable : stream.readable;
      }
      case 'setTimeout':
        return session !== undefined ? session.setTimeout.bind(session) : stream.setTimeout.bind(stream);
    }
    const target = session !== undefined ? session[kSocket] : stream;
    const value = target[name];
    return typeof value === 'function' ? value.bind(target) : value;
  },
  getPrototypeOf(stream) {
    const { session } = stream;
    return Reflect.getPrototypeOf(session !== undefined ? session[kSocket] : stream);
  },
  set(stream, name, value) {
    const { session } = stream;
    if (refused.has(name)) throw new codes.ERR_HTTP2_NO_SOCKET_MANIPULATION();
    if (name === 'writable' || name === 'readable' || name === 'destroyed' || bound.has(name)) {
      stream[name] = value;
    } else if (name === 'setTimeout') {
      if (session !== undefined) session.setTimeout = value;
      else stream.setTimeout = value;
    } else {
      (session !== undefined ? session[kSocket] : stream)[name] = value;
    }
    return true;
  },
};

const socketOf = (stream) => (stream[kProxySocket] ??= new Proxy(stream, socketHandler));

// What happens on the stream of a request.
function onData(chunk) {
  const request = this[kRequest];
  if (request !== undefined && !request.push(chunk)) this.pause();
}

function onTrailers(trailers, flags, raw) {
  const request = this[kRequest];
  if (request === undefined) return;
  Object.assign(request[kTrailers], trailers);
  request[kRawTrailers].push(...raw);
}

function onEnd() {
  const request = this[kRequest];
  if (request !== undefined) request.push(null);
}

// Errors of the stream are not those of request and response.
function onError() {}

function onAborted() {
  const request = this[kRequest];
  if (request !== undefined && request[kState].closed === false) {
    request[kAborted] = true;
    request.emit('aborted');
  }
}

function onTimeout() {
  const request = this[kRequest], response = this[kResponse];
  request?.emit('timeout');
  response?.emit('timeout');
}

function onDrain() {
  const response = this[kResponse];
  if (response !== undefined) response.emit('drain');
}

function onWantTrailers() {
  const response = this[kResponse];
  if (response !== undefined) this.sendTrailers(response[kTrailers]);
}

function onClose() {
  closeRequest(this);
  closeResponse(this);
}

function closeRequest(stream) {
  const request = stream[kRequest];
  if (request === undefined) return;
  const state = request[kState];
  state.closed = true;
  request.push(null);
  // Who has not looked at the body will not.
  if (!state.didRead && request.readableFlowing === null) request.resume();
  stream[kProxySocket] = null;
  stream[kRequest] = undefined;
  request.emit('close');
}

function closeResponse(stream) {
  const response = stream[kResponse];
  if (response === undefined) return;
  const state = response[kState];
  if (stream.headRequest !== state.headRequest && !stream.closed) return;
  state.closed = true;
  stream[kProxySocket] = null;
  stream.removeListener('wantTrailers', onWantTrailers);
  stream[kResponse] = undefined;
  response.emit('finish');
  response.emit('close');
}

// listenToStream is for what request and response are both told of.
function listenToStream(stream) {
  stream.on('aborted', onAborted);
  stream.on('close', onClose);
  stream.on('timeout', onTimeout);
}

function initRequest(request, stream, headers, rawHeaders) {
  request[kState] = { closed: false, didRead: false };
  request[kHeaders] = headers;
  request[kRawHeaders] = rawHeaders;
  request[kTrailers] = {};
  request[kRawTrailers] = [];
  request[kStream] = stream;
  request[kAborted] = false;
  stream[kProxySocket] = null;
  stream[kRequest] = request;
  stream.on('trailers', onTrailers);
  stream.on('end', onEnd);
  stream.on('error', onError);
  listenToStream(stream);
  request.on('pause', onPause);
  request.on('resume', onResume);
}

class Http2ServerRequest extends Readable {
  constructor(stream, headers, options, rawHeaders) {
    super({ autoDestroy: false, ...options });
    initRequest(this, stream, headers, rawHeaders);
  }
  get aborted() { return this[kAborted]; }
  get complete() { return this[kAborted] || this.readableEnded || this[kState].closed || this[kStream].destroyed; }
  get stream() { return this[kStream]; }
  get headers() { return this[kHeaders]; }
  get rawHeaders() { return this[kRawHeaders]; }
  get trailers() { return this[kTrailers]; }
  get rawTrailers() { return this[kRawTrailers]; }
  get httpVersionMajor() { return 2; }
  get httpVersionMinor() { return 0; }
  get httpVersion() { return '2.0'; }
  get socket() { return socketOf(this[kStream]); }
  get connection() { return this.socket; }

  _read(nread) {
    const state = this[kState];
    if (!state.closed) {
      if (!state.didRead) {
        state.didRead = true;
        this[kStream].on('data', onData);
      } else {
        process.nextTick(resume, this[kStream]);
      }
    }
  }

  get method() { return this[kHeaders][':method']; }
  set method(method) {
    validateString(method, 'method');
    if (method.trim() === '') throw new codes.ERR_INVALID_ARG_VALUE('method', method);
    this[kHeaders][':method'] = method;
  }

  get authority() { return this[kHeaders][':authority'] ?? this[kHeaders].host; }
  get scheme() { return this[kHeaders][':scheme']; }
  get url() { return this[kHeaders][':path']; }
  set url(url) { this[kHeaders][':path'] = url; }

  setTimeout(msecs, callback) {
    if (!this[kState].closed) this[kStream].setTimeout(msecs, callback);
    return this;
  }
}

function resume(stream) { stream.resume(); }
function onPause() { this[kStream].pause(); }
function onResume() { process.nextTick(resume, this[kStream]); }

const dropped = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings']);
const isAllowed = (name, value) => !dropped.has(name) && (name !== 'te' || value === 'trailers');
const tokenExpression = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/;

let warnedConnection = false;
function warnConnection() {
  if (warnedConnection) return;
  warnedConnection = true;
  process.emitWarning('The provided connection header is not valid, the value will be dropped from the header and will never be in use.',
                      'UnsupportedWarning');
}

let warnedMessage = false;
function warnMessage() {
  if (warnedMessage) return;
  warnedMessage = true;
  process.emitWarning('Status message is not supported by HTTP/2 (RFC7540 8.1.2.4)', 'UnsupportedWarning');
}

function checkHeader(name, value) {
  if (name === '' || typeof name !== 'string' || name.includes(' ')) throw new codes.ERR_INVALID_HTTP_TOKEN('Header name', name);
  if (name[0] === ':') throw new codes.ERR_HTTP2_PSEUDOHEADER_NOT_ALLOWED();
  if (value === undefined || value === null) throw new codes.ERR_HTTP2_INVALID_HEADER_VALUE(value, name);
  if (!isAllowed(name, value)) warnConnection();
}

const lowerName = (name) => {
  validateString(name, 'name');
  return name.trim().toLowerCase();
};

function setHeader(response, name, value) {
  checkHeader(name, value);
  if (!isAllowed(name, value)) return;
  if (!tokenExpression.test(name)) response.destroy(new codes.ERR_INVALID_HTTP_TOKEN('Header name', name));
  response[kHeaders][name] = value;
}

function initResponse(response, stream) {
  response[kState] = { closed: false, ending: false, destroyed: false, headRequest: false, sendDate: true, statusCode: 200 };
  response[kHeaders] = { __proto__: null };
  response[kTrailers] = { __proto__: null };
  response[kStream] = stream;
  stream[kProxySocket] = null;
  stream[kResponse] = response;
  response.writable = true;
  response.req = stream[kRequest] ?? null;
  if (response.req === null) {
    // A pushed one.
    listenToStream(stream);
  }
  stream.on('drain', onDrain);
  stream.on('wantTrailers', onWantTrailers);
}

class Http2ServerResponse extends Stream {
  constructor(stream, options) {
    super(options);
    initResponse(this, stream);
  }

  get _header() { return this.headersSent; }
  get writableEnded() { return this[kState].ending; }
  get finished() { return this[kState].ending; }
  get socket() { return this[kState].closed ? undefined : socketOf(this[kStream]); }
  get connection() { return this.socket; }
  get stream() { return this[kStream]; }
  get headersSent() { return this[kStream].headersSent; }
  get sendDate() { return this[kState].sendDate; }
  set sendDate(value) { this[kState].sendDate = Boolean(value); }
  get statusCode() { return this[kState].statusCode; }
  set statusCode(code) {
    code |= 0;
    if (code >= 100 && code < 200) throw new codes.ERR_HTTP2_INFO_STATUS_NOT_ALLOWED();
    if (code < 100 || code > 599) throw new codes.ERR_HTTP2_STATUS_INVALID(code);
    this[kState].statusCode = code;
  }
  get writableCorked() { return this[kStream].writableCorked; }
  get writableHighWaterMark() { return this[kStream].writableHighWaterMark; }
  get writableObjectMode() { return this[kStream].writableObjectMode; }
  get writableFinished() { return this[kStream].writableFinished; }
  get writableLength() { return this[kStream].writableLength; }
  get writableNeedDrain() { return this[kStream].writableNeedDrain; }

  setTrailer(name, value) {
    name = lowerName(name);
    checkHeader(name, value);
    this[kTrailers][name] = value;
    this[kStream][kHandle]?.expectTrailers();
  }

  addTrailers(headers) { for (const name of Object.keys(headers)) this.setTrailer(name, headers[name]); }
  getHeader(name) { return this[kHeaders][lowerName(name)]; }
  getHeaderNames() { return Object.keys(this[kHeaders]); }
  getHeaders() { return Object.assign({ __proto__: null }, this[kHeaders]); }
  hasHeader(name) { return Object.hasOwn(this[kHeaders], lowerName(name)); }

  removeHeader(name) {
    name = lowerName(name);
    if (this[kStream].headersSent) throw new codes.ERR_HTTP2_HEADERS_SENT();
    if (name === 'date') this[kState].sendDate = false;
    delete this[kHeaders][name];
  }

  setHeader(name, value) {
    name = lowerName(name);
    if (this[kStream].headersSent) throw new codes.ERR_HTTP2_HEADERS_SENT();
    setHeader(this, name, value);
  }

  appendHeader(name, value) {
    name = lowerName(name);
    if (this[kStream].headersSent) throw new codes.ERR_HTTP2_HEADERS_SENT();
    checkHeader(name, value);
    if (!isAllowed(name, value)) return;
    if (!tokenExpression.test(name)) this.destroy(new codes.ERR_INVALID_HTTP_TOKEN('Header name', name));
    const before = this[kHeaders][name];
    this[kHeaders][name] = before == null ? value : [].concat(before, value);
  }

  get statusMessage() {
    warnMessage();
    return '';
  }
  set statusMessage(_) { warnMessage(); }

  flushHeaders() { if (!this[kState].closed && !this[kStream].headersSent) this.writeHead(this[kState].statusCode); }

  writeHead(statusCode, statusMessage, headers) {
    const state = this[kState];
    if (state.closed || this.stream.destroyed) return this;
    if (this[kStream].headersSent) throw new codes.ERR_HTTP2_HEADERS_SENT();
    if (typeof statusMessage === 'string') warnMessage();
    if (headers === undefined && typeof statusMessage === 'object') headers = statusMessage;
    if (Array.isArray(headers)) {
      if (headers.length > 0 && Array.isArray(headers[0])) headers = headers.flat(1);
      if (headers.length % 2 !== 0) throw new codes.ERR_INVALID_ARG_VALUE('headers', headers);
      for (let i = 0; i < headers.length; i += 2) delete this[kHeaders][lowerName(String(headers[i]))];
      for (let i = 0; i < headers.length; i += 2) {
        const name = lowerName(String(headers[i]));
        if (this[kHeaders][name] === undefined) setHeader(this, name, headers[i + 1]);
        else this.appendHeader(name, headers[i + 1]);
      }
    } else if (typeof headers === 'object' && headers !== null) {
      for (const name of Object.keys(headers)) setHeader(this, name.trim().toLowerCase(), headers[name]);
    }
    state.statusCode = statusCode;
    begin(this);
    return this;
  }

  cork() { this[kStream].cork(); }
  uncork() { this[kStream].uncork(); }

  write(chunk, encoding, cb) {
    const state = this[kState];
    if (typeof encoding === 'function') {
      cb = encoding;
      encoding = 'utf8';
    }
    let err;
    if (state.ending) err = new codes.ERR_STREAM_WRITE_AFTER_END();
    else if (state.closed) err = new codes.ERR_HTTP2_INVALID_STREAM();
    else if (state.destroyed) return false;
    if (err) {
      if (typeof cb === 'function') process.nextTick(cb, err);
      this.destroy(err);
      return false;
    }
    const stream = this[kStream];
    if (!stream.headersSent) this.writeHead(state.statusCode);
    return stream.write(chunk, encoding, cb);
  }

  end(chunk, encoding, cb) {
    const stream = this[kStream];
    const state = this[kState];
    if (typeof chunk === 'function') {
      cb = chunk;
      chunk = null;
    } else if (typeof encoding === 'function') {
      cb = encoding;
      encoding = 'utf8';
    }
    if ((state.closed || state.ending) && state.headRequest === stream.headRequest) {
      if (typeof cb === 'function') process.nextTick(cb);
      return this;
    }
    const body = chunk !== null && chunk !== undefined;
    if (body) this.write(chunk, encoding);
    state.headRequest = stream.headRequest;
    state.ending = true;
    if (typeof cb === 'function') {
      if (stream.writableEnded) this.once('finish', cb);
      else stream.once('finish', cb);
    }
    if (!stream.headersSent) this.writeHead(state.statusCode);
    if (state.closed || stream.destroyed) closeResponse(stream);
    else stream.end();
    return this;
  }

  destroy(err) {
    if (this[kState].destroyed) return;
    this[kState].destroyed = true;
    this[kStream].destroy(err);
  }

  setTimeout(msecs, callback) {
    if (this[kState].closed) return;
    this[kStream].setTimeout(msecs, callback);
    return this;
  }

  createPushResponse(headers, callback) {
    validateFunction(callback, 'callback');
    if (this[kState].closed) {
      const error = new codes.ERR_HTTP2_INVALID_STREAM();
      process.nextTick(callback, error);
      return;
    }
    this[kStream].pushStream(headers, {}, (err, stream) => {
      if (err) callback(err);
      else callback(null, new Http2ServerResponse(stream));
    });
  }

  writeInformation(statusCode, headers) {
    if (typeof statusCode !== 'number' || statusCode < 100 || statusCode >= 200 || statusCode === 101) throw new codes.ERR_HTTP2_STATUS_INVALID(statusCode);
    const stream = this[kStream];
    if (stream.headersSent || this[kState].closed) return false;
    stream.additionalHeaders({ ...headers, ':status': statusCode });
    return true;
  }

  writeContinue() {
    const stream = this[kStream];
    if (stream.headersSent || this[kState].closed) return false;
    stream.additionalHeaders({ ':status': 100 });
    return true;
  }

  writeEarlyHints(hints) {
    validateObject(hints, 'hints');
    const link = require('internal/http/seldom').validateLink(hints.link);
    const stream = this[kStream];
    if (stream.headersSent || this[kState].closed) return false;
    const headers = { __proto__: null };
    for (const name of Object.keys(hints)) if (name !== 'link') headers[name.toLowerCase()] = hints[name];
    if (link.length === 0) return false;
    stream.additionalHeaders({ ...headers, ':status': 103, 'link': link });
    return true;
  }
}

// begin sends the head of a response.
function begin(response) {
  const state = response[kState];
  const stream = response[kStream];
  const headers = response[kHeaders];
  headers[':status'] = state.statusCode;
  stream.respond(headers, { endStream: state.ending, waitForTrailers: hasTrailers(response, stream), sendDate: state.sendDate });
}

// Without any, and as long as only the response waits for them, the body's last frame can be the stream's.
function hasTrailers(response, stream) {
  for (const _ in response[kTrailers]) return true;
  return stream.listenerCount('wantTrailers') > 1;
}

function onServerStream(server, ServerRequest = Http2ServerRequest, ServerResponse = Http2ServerResponse, stream, headers, flags, rawHeaders) {
  const request = new ServerRequest(stream, headers, undefined, rawHeaders);
  const response = new ServerResponse(stream);
  if (headers[':method'] === 'CONNECT') {
    if (!server.emit('connect', request, response)) {
      response.statusCode = 405;
      response.end();
    }
    return;
  }
  const { expect } = headers;
  if (expect !== undefined) {
    if (expect === '100-continue') {
      if (server.listenerCount('checkContinue')) {
        server.emit('checkContinue', request, response);
      } else {
        response.writeContinue();
        server.emit('request', request, response);
      }
    } else if (server.listenerCount('checkExpectation')) {
      server.emit('checkExpectation', request, response);
    } else {
      response.statusCode = 417;
      response.end();
    }
    return;
  }
  server.emit('request', request, response);
}

// reveal makes the stream of a quick exchange, and its request and response what they would have been from the start; `this` is the session.
function reveal(handle, id, headers, raw, request, response, statusCode, set, sent, ended, code) {
  const stream = new ServerHttp2Stream(this, handle, id, headers);
  const state = stream[kStreamState];
  state.endAfterHeaders = true;
  stream.push(null);
  Readable.call(request, { autoDestroy: false });
  initRequest(request, stream, headers, raw);
  Stream.call(response);
  initResponse(response, stream);
  response[kState].statusCode = statusCode;
  Object.assign(response[kHeaders], set);
  if (sent !== undefined) {
    state.headersSent = true;
    stream[kSent] = sent;
    response[kHeaders][':status'] = statusCode;
  }
  if (ended) {
    response[kState].ending = true;
    stream.end();
  }
  if (code >= 0) {
    stream._closedByPeer(code);
    request[kState].closed = response[kState].closed = true;
  }
  return stream;
}
native.setupQuick(Http2ServerRequest, Http2ServerResponse,
                  [kStream, kProxySocket, kHeaders, kRawHeaders, kTrailers, kRawTrailers, kState, kAborted, '_events', '_eventsCount',
                   '_maxListeners', '_readableState', 'writable', 'req', Symbol.for('nodejs.util.inspect.custom')], reveal);

module.exports = { Http2ServerRequest, Http2ServerResponse, onServerStream };
