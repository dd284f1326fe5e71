'use strict';
// _http_server: Server, ServerResponse and what happens on a server's connection. Requests that need nothing unusual
// are answered natively (exchange.go); this is the whole of it, taken up with `adopt` as soon as a script looks closer.
const net = require('net');
const EventEmitter = require('events');
const { codes } = require('internal/errors');
const { validateObject } = require('internal/validators');
const { OutgoingMessage, parseUniqueHeadersOption, kUniqueHeaders } = require('_http_outgoing');
const { IncomingMessage } = require('_http_incoming');
const { parsers, freeParser, prepareError, calculateLenientFlags, HTTPParser, kIncomingMessage, chunkExpression, continueExpression,
  connReset, observing, startPerf, stopPerf, publish, watched, resetParser } = require('_http_common');
const handles = require('internal/handles');
const { owner, kTake, kGive } = require('internal/net');
const { STATUS_CODES, ConnectionsList, storeHTTPOptions, setupResponse, setupServer, setupSecureServer, setupAccept, claim, beginClose, checkInvalid, kOutHeaders,
  kNeedDrain, onFinish } = binding;

const kServerResponse = Symbol('ServerResponse');
const kOptimizeEmptyRequests = Symbol('OptimizeEmptyRequestsOption');
const kConnections = Symbol('http.server.connections');
const kConnectionsCheckingInterval = Symbol('http.server.connectionsCheckingInterval');
const kOnExecute = HTTPParser.kOnExecute | 0;
const kOnTimeout = HTTPParser.kOnTimeout | 0;
const seldom = () => require('internal/http/seldom');
const rejection = EventEmitter.captureRejectionSymbol;

function ServerResponse(req, options) {
  OutgoingMessage.call(this, options);
  if (req.method === 'HEAD') this._hasBody = false;
  this.req = req;
  this.sendDate = true;
  this._sent100 = false;
  this._expect_continue = false;
  if (req.httpVersionMajor < 1 || req.httpVersionMinor < 1) {
    this.useChunkedEncodingByDefault = chunkExpression.test(req.headers.te);
    this.shouldKeepAlive = false;
  }
  if (observing()) startPerf(this, 'HttpRequest', { method: req.method, url: req.url, headers: req.headers });
  publish('http.server.response.created', { request: req, response: this });
}
Object.setPrototypeOf(ServerResponse.prototype, OutgoingMessage.prototype);
Object.setPrototypeOf(ServerResponse, OutgoingMessage);

function onServerResponseClose() {
  // A stale 'close' may come from the copy of the listeners that emit made.
  if (this._httpMessage) emitCloseNT(this._httpMessage);
}

function emitCloseNT(res) {
  if (res._closed) return;
  res.destroyed = true;
  res._closed = true;
  res.emit('close');
}

function headersSent(res, verb) {
  if (res._header) throw new codes.ERR_HTTP_HEADERS_SENT(verb);
}

function assign(res, socket) {
  if (socket._httpMessage) throw new codes.ERR_HTTP_SOCKET_ASSIGNED();
  socket._httpMessage = res;
  socket.on('close', onServerResponseClose);
  res.socket = socket;
}

Object.assign(ServerResponse.prototype, {
  statusCode: 200,
  statusMessage: undefined,

  assignSocket: function(socket) {
    assign(this, socket);
    this.emit('socket', socket);
    this._flush();
  },

  detachSocket: function(socket) {
    if (socket._httpMessage !== this) throw new codes.ERR_INTERNAL_ASSERTION();
    socket.removeListener('close', onServerResponseClose);
    socket._httpMessage = null;
    this.socket = null;
  },

  writeInformation: function(statusCode, headers, cb) { return seldom().writeInformation(this, statusCode, headers, cb); },

  writeContinue: function(cb) {
    this.writeInformation(100, null, cb);
    this._sent100 = true;
  },

  writeProcessing: function(cb) { this.writeInformation(102, null, cb); },

  writeEarlyHints: function(hints, cb) { seldom().writeEarlyHints(this, hints, cb); },

  _implicitHeader: function() { this.writeHead(this.statusCode); },

  writeHead: function(statusCode, reason, obj) {
    headersSent(this, 'write');
    const code = statusCode | 0;
    if (code < 100 || code > 999) throw new codes.ERR_HTTP_INVALID_STATUS_CODE(statusCode);
    if (typeof reason === 'string') {
      this.statusMessage = reason;
    } else {
      this.statusMessage ||= STATUS_CODES[code] || 'unknown';
      obj ??= reason;
    }
    this.statusCode = code;
    let headers = obj;
    if (this[kOutHeaders]) {
      if (Array.isArray(obj)) {
        if (obj.length % 2 !== 0) throw new codes.ERR_INVALID_ARG_VALUE('headers', obj);
        // What is given replaces what was set, and may itself have a name twice.
        for (let n = 0; n < obj.length; n += 2) if (obj[n]) this.removeHeader(obj[n]);
        for (let n = 0; n < obj.length; n += 2) if (obj[n]) this.appendHeader(obj[n], obj[n + 1]);
      } else if (obj) {
        for (const k of Object.keys(obj)) if (k) this.setHeader(k, obj[k]);
      }
      headers = this[kOutHeaders];
    }
    if (checkInvalid(this.statusMessage)) throw new codes.ERR_INVALID_CHAR('statusMessage');
    if (code === 204 || code === 304 || code < 200) this._hasBody = false;
    // A client that waits for 100 Continue may still send its body on this connection.
    if (this._expect_continue && !this._sent100) this.shouldKeepAlive = false;
    this._storeHeader(`HTTP/1.1 ${code} ${this.statusMessage}\r\n`, headers);
    return this;
  },

  _finish: function() {
    stopPerf(this, this, (res) => res.getHeaders?.() ?? {});
    OutgoingMessage.prototype._finish.call(this);
  },
});
ServerResponse.prototype.writeHeader = ServerResponse.prototype.writeHead;

function setupConnectionsTracking() {
  this[kConnections] ||= new ConnectionsList();
  if (this[kConnectionsCheckingInterval]) clearInterval(this[kConnectionsCheckingInterval]);
  // Also without timeouts: they may be set later.
  this[kConnectionsCheckingInterval] = setInterval(checkConnections.bind(this), this.connectionsCheckingInterval).unref();
  this[kTake] = claim(this, this._handle instanceof handles.Pipe ? null : this._handle, this[kConnections]);
}

// What is no number of milliseconds is no timeout.
function duration(ms, usual = 0) { return Number.isFinite(ms) && ms >= 0 ? ms : usual; }

function checkConnections() {
  const headers = duration(this.headersTimeout), request = duration(this.requestTimeout);
  if (headers === 0 && request === 0) return;
  for (const { socket } of this[kConnections].expired(headers, request))
    if (socket) socketOnError.call(socket, new codes.ERR_HTTP_REQUEST_TIMEOUT());
}

function httpServerPreClose(server) {
  beginClose(server, server[kConnections], server[kGive]);
  if (server[kGive] != null) seldom().farewell(server);
  clearInterval(server[kConnectionsCheckingInterval]);
}

function Server(options, requestListener) {
  if (!(this instanceof Server)) return new Server(options, requestListener);
  if (typeof options === 'function') {
    requestListener = options;
    options = {};
  } else if (options == null) {
    options = {};
  } else {
    validateObject(options, 'options');
  }
  storeHTTPOptions.call(this, options);
  net.Server.call(this, {
    allowHalfOpen: true, noDelay: options.noDelay ?? true, keepAlive: options.keepAlive,
    keepAliveInitialDelay: options.keepAliveInitialDelay, highWaterMark: options.highWaterMark,
  });
  if (requestListener) this.on('request', requestListener);
  this.httpAllowHalfOpen = false;
  this.on('connection', connectionListener);
  this.on('listening', setupConnectionsTracking);
  this.timeout = 0;
  this.maxHeadersCount = null;
  this.maxRequestsPerSocket = 0;
  this[kUniqueHeaders] = parseUniqueHeadersOption(options.uniqueHeaders);
}
Object.setPrototypeOf(Server.prototype, net.Server.prototype);
Object.setPrototypeOf(Server, net.Server);

Object.assign(Server.prototype, {
  close: function() {
    httpServerPreClose(this);
    Reflect.apply(net.Server.prototype.close, this, arguments);
    return this;
  },

  async [Symbol.asyncDispose]() { return require('util').promisify(this.close).call(this); },

  closeAllConnections: function() {
    for (const parser of this[kConnections]?.all() ?? []) parser.socket.destroy();
  },

  closeIdleConnections: function() {
    for (const { socket } of this[kConnections]?.idle() ?? [])
      if (!socket._httpMessage || socket._httpMessage.finished) socket.destroy();
  },

  setTimeout: function(msecs, callback) {
    this.timeout = msecs;
    if (callback) this.on('timeout', callback);
    return this;
  },

  [rejection](err, event, ...args) {
    if (event !== 'request') {
      net.Server.prototype[rejection].apply(this, arguments);
      return;
    }
    seldom().answerRejection(args[1]);
  },
});

function connectionListener(socket) {
  const server = this;
  const parser = parsers.alloc();
  parser.initialize(HTTPParser.REQUEST, null, server.maxHeaderSize || 0,
                    calculateLenientFlags(server.httpValidation, server.insecureHTTPParser), server[kConnections]);
  attach(server, socket, parser);
}

// Gives a connection that was accepted natively its socket.
function reveal(server, parser, handle) {
  const socket = require('internal/net/server').acceptedSocket(server, handle);
  // It has been flowing for long: were that to begin now, its 'resume' in the next tick would undo a pause() until then.
  socket.readableFlowing = true;
  resetParser(parser);
  attach(server, socket, parser);
  return socket;
}

function attach(server, socket, parser) {
  socket.server = server;
  if (server.timeout && typeof socket.setTimeout === 'function') socket.setTimeout(server.timeout);
  socket.on('timeout', socketOnTimeout);
  parser.socket = socket;
  socket.parser = parser;
  if (typeof server.maxHeadersCount === 'number') parser.maxHeaderPairs = server.maxHeadersCount << 1;

  const state = {
    server, socket, parser,
    onData: null, onEnd: null, onClose: null, onDrain: null,
    outgoing: [], // responses that wait for their turn
    incoming: [], // requests whose responses are not finished
    outgoingData: 0, // bytes that the waiting responses keep, roughly
    requestsCount: 0,
    keepAliveTimeoutSet: false,
  };
  state.onData = (d) => onExecute(state, parser.execute(d), d);
  state.onEnd = () => socketOnEnd(state);
  state.onClose = () => {
    const late = parser.settle(); // too late to listen
    freeParser(socket.parser, null, socket);
    abort(state.incoming);
    abort(state.outgoing); // these will never have the socket
    if (late) onServerResponseClose.call(socket);
  };
  state.onDrain = () => socketOnDrain(socket, state);
  socket.on('data', state.onData);
  socket.on('error', socketOnError);
  socket.on('end', state.onEnd);
  socket.on('close', state.onClose);
  socket.on('drain', state.onDrain);
  parser.onIncoming = (req, keepAlive) => onIncoming(state, req, keepAlive);
  parser.adopt = (req, res, keepAlive) => {
    state.incoming.push(req);
    ServerResponse.call(res, req, responseOptions(state));
    prepareResponse(state, res, keepAlive);
    takeTurn(state, req, res, assign);
  };

  socket.on('resume', onSocketResume);
  socket.on('pause', onSocketPause);
  // A listener for the bytes takes them from the parser.
  socket.on = listenerWrapper('on');
  socket.addListener = listenerWrapper('addListener');
  socket.prependListener = listenerWrapper('prependListener');
  socket.setEncoding = socketSetEncoding;

  const handle = socket._handle;
  if (handle && !handle._consumed && parser.consume(handle, server)) {
    parser._consumed = true;
    handle._consumed = true;
  }
  parser[kOnExecute] = (ret) => {
    socket._unrefTimer();
    onExecute(state, ret, undefined);
  };
  parser[kOnTimeout] = () => {
    if (!server.emit('timeout', socket)) socket.destroy();
  };
  socket._paused = false;
}

function socketSetEncoding() { throw new codes.ERR_HTTP_SOCKET_ENCODING(); }

function listenerWrapper(name) {
  return function(ev, fn) {
    const res = net.Socket.prototype[name].call(this, ev, fn);
    if (!this.parser) {
      for (const own of ['on', 'addListener', 'prependListener']) this[own] = net.Socket.prototype[own];
    } else if (ev === 'data' || ev === 'readable') {
      unconsume(this.parser, this);
    }
    return res;
  };
}

function unconsume(parser, socket) {
  if (!socket._handle) return;
  if (parser._consumed) parser.unconsume();
  parser._consumed = false;
  socket.removeListener('pause', onSocketPause);
  socket.removeListener('resume', onSocketResume);
}

// A consumed socket emits no data; 'resume' and 'pause' only start and stop its handle.
function onSocketResume() {
  if (this._paused) {
    this.pause();
  } else if (this._handle && !this._handle.reading) {
    this._handle.reading = true;
    this._handle.readStart();
  }
}

function onSocketPause() {
  if (this._handle?.reading) {
    this._handle.reading = false;
    this._handle.readStop();
  }
}

function socketOnDrain(socket, state) {
  if (socket._paused && state.outgoingData <= socket.writableHighWaterMark) {
    socket._paused = false;
    socket.parser?.resume();
    socket.resume();
  }
  const msg = socket._httpMessage;
  if (msg && !msg.finished && msg[kNeedDrain] && msg.writableLength === 0) {
    msg[kNeedDrain] = false;
    msg.emit('drain');
  }
}

function socketOnTimeout() {
  this.parser?.settle();
  const req = this.parser?.incoming;
  const byRequest = req && !req.complete && req.emit('timeout', this);
  const byResponse = this._httpMessage?.emit('timeout', this);
  const byServer = this.server.emit('timeout', this);
  if (!byRequest && !byResponse && !byServer) this.destroy();
}

function abort(messages) {
  while (messages.length) messages.shift().destroy(connReset('aborted'));
}

function socketOnEnd({ server, socket, parser, outgoing }) {
  parser.settle();
  const ret = parser.finish();
  if (ret instanceof Error) socketOnError.call(socket, ret);
  else if (!server.httpAllowHalfOpen) socket.end();
  else if (outgoing.length) outgoing[outgoing.length - 1]._last = true;
  else if (socket._httpMessage) socket._httpMessage._last = true;
  else socket.end();
}

const noop = () => {};

function socketOnError(e) {
  this.parser?.settle();
  this.removeListener('error', socketOnError);
  if (this.listenerCount('error', noop) === 0) this.on('error', noop);
  if (this.server.emit('clientError', e, this)) return;
  // An answer, unless the client would take it for a part of the response under way.
  if (this.writable && !this._httpMessage?._headerSent) {
    const status = { HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413, ERR_HTTP_REQUEST_TIMEOUT: 408 }[e.code] ?? 400;
    this.write(Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`, 'latin1'));
  }
  this.destroy(e);
}

// After each piece of input: errors, upgrades, and the brake on a flood of pipelined requests.
function onExecute(state, ret, d) {
  const { server, socket, parser } = state;
  resetSocketTimeout(state);
  const req = parser.incoming;
  if (ret instanceof Error) {
    prepareError(ret, parser, d);
    socketOnError.call(socket, ret);
  } else if (req?.upgrade) {
    d ||= parser.getCurrentBuffer();
    for (const [event, listener] of [['data', state.onData], ['end', state.onEnd], ['close', state.onClose],
                                     ['drain', state.onDrain], ['error', socketOnError], ['timeout', socketOnTimeout]])
      socket.removeListener(event, listener);
    unconsume(parser, socket);
    parser.finish();
    freeParser(parser, req, socket);
    const event = req.method === 'CONNECT' ? 'connect' : 'upgrade';
    if (server.listenerCount(event) > 0) {
      if (server[kGive] !== undefined) seldom().remember(server, req, socket);
      socket.readableFlowing = null;
      server.emit(event, req, socket, d.slice(ret, d.length));
    } else {
      socket.destroy();
    }
  } else if (req?.method === 'PRI') {
    socket.destroy();
  }
  if (socket._paused && socket.parser) socket.parser.pause();
}

function resetSocketTimeout(state) {
  if (!state.keepAliveTimeoutSet) return;
  state.socket.setTimeout(state.server.timeout || 0);
  state.keepAliveTimeoutSet = false;
}

function clearIncoming(req) {
  req ||= this;
  const parser = req.socket?.parser;
  if (parser?.incoming !== req) return;
  if (req.readableEnded) parser.incoming = null;
  else req.on('end', clearIncoming);
}

function resOnFinish(state, req, res) {
  const { server, socket, parser } = state;
  publish('http.server.response.finish', { request: req, response: res, socket, server });
  state.incoming.shift();
  parser.served(req, res);
  if (!req._consuming && !req._readableState.resumeScheduled) req._dump();
  res.detachSocket(socket);
  clearIncoming(req);
  process.nextTick(emitCloseNT, res);
  if (res._last) {
    if (parser.isOver()) seldom().linger(socket);
    else if (typeof socket.destroySoon === 'function') socket.destroySoon();
    else socket.end();
  } else if (state.outgoing.length > 0) {
    state.outgoing.shift().assignSocket(socket);
  } else {
    if (parser.idle(req)) return;
    const timeout = duration(server.keepAliveTimeout);
    if (timeout && typeof socket.setTimeout === 'function') {
      socket.setTimeout(timeout + duration(server.keepAliveTimeoutBuffer, 1000));
      state.keepAliveTimeoutSet = true;
    }
  }
}

function responseOptions({ server, socket }) {
  return { highWaterMark: socket.writableHighWaterMark, rejectNonStandardBodyWrites: server.rejectNonStandardBodyWrites };
}

function prepareResponse(state, res, keepAlive) {
  const { server, socket } = state;
  res._keepAliveTimeout = server.keepAliveTimeout;
  res._maxRequestsPerSocket = server.maxRequestsPerSocket;
  res._onPendingData = (delta) => {
    state.outgoingData += delta;
    socketOnDrain(socket, state);
  };
  res.shouldKeepAlive = keepAlive;
  res[kUniqueHeaders] = server[kUniqueHeaders];
}

// Makes res the answer to req on this connection, in its turn. One that was native has had its socket all the time.
function takeTurn(state, req, res, give = (res, socket) => res.assignSocket(socket)) {
  if (state.socket._httpMessage) state.outgoing.push(res);
  else give(res, state.socket);
  res.prependListener('finish', () => resOnFinish(state, req, res));
}

// The head of a request has been parsed. 2 tells the parser that another protocol follows.
function onIncoming(state, req, keepAlive) {
  const { server, socket } = state;
  resetSocketTimeout(state);
  if (req.upgrade) {
    req.upgrade = req.method === 'CONNECT' || !!server.shouldUpgradeCallback(req);
    if (req.upgrade) return 2;
  }
  state.incoming.push(req);
  // Stop reading when the client does not take its answers: the parser pauses after this piece of input.
  if (!socket._paused && (socket._writableState.needDrain || state.outgoingData >= socket.writableHighWaterMark)) {
    socket._paused = true;
    socket.pause();
  }
  const res = new server[kServerResponse](req, responseOptions(state));
  prepareResponse(state, res, keepAlive);
  publish('http.server.request.start', { request: req, response: res, socket, server });
  if (server[kOptimizeEmptyRequests] === true) seldom().endEmpty(req);
  takeTurn(state, req, res);

  if (req.httpVersionMajor !== 1 || req.httpVersionMinor !== 1) {
    server.emit('request', req, res);
    return 0;
  }
  if (server.requireHostHeader && req.headers.host === undefined) {
    res.writeHead(400, ['Connection', 'close']);
    res.end();
    return 0;
  }
  const limit = server.maxRequestsPerSocket;
  if (typeof limit === 'number' && limit > 0) {
    state.requestsCount++;
    res.maxRequestsOnConnectionReached = limit <= state.requestsCount;
    if (limit < state.requestsCount) {
      server.emit('dropRequest', req, socket);
      res.writeHead(503);
      res.end();
      return 0;
    }
  }
  const { expect } = req.headers;
  if (expect === undefined) {
    server.emit('request', req, res);
  } else if (continueExpression.test(expect)) {
    res._expect_continue = true;
    if (server.listenerCount('checkContinue') > 0) {
      server.emit('checkContinue', req, res);
    } else {
      res.writeContinue();
      server.emit('request', req, res);
    }
  } else if (server.listenerCount('checkExpectation') > 0) {
    server.emit('checkExpectation', req, res);
  } else {
    res.writeHead(417);
    res.end();
  }
  return 0;
}

setupResponse(ServerResponse, onFinish, emitCloseNT, watched);
setupAccept(owner, connectionListener, handles.adopt, reveal, () => new net.Socket().destroy());
setupServer(Server, kIncomingMessage, kServerResponse, kOptimizeEmptyRequests);

module.exports = {
  STATUS_CODES, Server, ServerResponse, setupConnectionsTracking, storeHTTPOptions, _connectionListener: connectionListener,
  kServerResponse, httpServerPreClose, kConnectionsCheckingInterval, setupSecureServer,
};
