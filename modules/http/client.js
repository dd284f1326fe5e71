'use strict';
// _http_client: ClientRequest and what happens on its socket. A parser is attached to the socket for one response.
const net = require('net');
const stream = require('stream'); // its parts in JavaScript are loaded when first asked for
const { codes } = require('internal/errors');
const { validateBoolean, validateInteger, validateString } = require('internal/validators');
const { OutgoingMessage, parseUniqueHeadersOption, kHighWaterMark, kUniqueHeaders } = require('_http_outgoing');
const { parsers, freeParser, prepareError, calculateLenientFlags, HTTPParser, connReset, observing, startPerf, stopPerf, publish,
  resetParser } = require('_http_common');
const { checkToken, checkPath, timerDuration, storeValidation, kOutHeaders, kNeedDrain, kProxyConfig, setupClient } = binding;
const agents = require('_http_agent');

const withoutBody = ['HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];
const kError = Symbol('kError');
const kPath = Symbol('kPath');
const kProxyRewrittenToAbsolute = Symbol('kProxyRewrittenToAbsolute');
const kAuthority = Symbol('kAuthority');
const kNative = Symbol('native'); // among the options: the request was native so far
const { nextTick } = process;
const isURL = (v) => Boolean(v?.href && v.protocol && v.auth === undefined && v.path === undefined);

function validateHost(host, name) {
  if (host !== null && host !== undefined && typeof host !== 'string')
    throw new codes.ERR_INVALID_ARG_TYPE(`options.${name}`, ['string', 'undefined', 'null'], host);
  return host;
}

function ClientRequest(input, options, cb) {
  OutgoingMessage.call(this);
  if (typeof input === 'string') {
    input = require('url').urlToHttpOptions(new URL(input));
  } else if (isURL(input)) {
    input = require('url').urlToHttpOptions(input);
  } else {
    cb = options;
    options = input;
    input = null;
  }
  if (typeof options === 'function') {
    cb = options;
    options = input || {};
  } else {
    options = { __proto__: null, ...input, ...options };
  }
  if (options.highWaterMark !== null && options.highWaterMark !== undefined) this[kHighWaterMark] = options.highWaterMark;

  let { agent } = options;
  const defaultAgent = options._defaultAgent || agents.globalAgent;
  if (agent === false) {
    agent = new defaultAgent.constructor();
  } else if (agent === null || agent === undefined) {
    if (typeof options.createConnection !== 'function') agent = defaultAgent;
  } else if (typeof agent.addRequest !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.agent', ['Agent-like Object', 'undefined', 'false'], agent);
  }
  this.agent = agent;
  const protocol = options.protocol || defaultAgent.protocol;
  const expected = agent?.protocol || defaultAgent.protocol;
  if (options.path && !checkPath(String(options.path))) throw new codes.ERR_UNESCAPED_CHARACTERS('Request path');
  if (protocol !== expected) throw new codes.ERR_INVALID_PROTOCOL(protocol, expected);

  const defaultPort = options.defaultPort || agent?.defaultPort;
  const port = options.port = options.port || defaultPort || 80; // the options are this request's own, and the agent's next
  const host = options.host = validateHost(options.hostname, 'hostname') || validateHost(options.host, 'host') || 'localhost';
  const setDefaultHeaders = options.setDefaultHeaders === undefined || Boolean(options.setDefaultHeaders);
  const setHost = options.setHost === undefined ? setDefaultHeaders : Boolean(options.setHost);
  this._removedConnection = this._removedContLen = this._removedTE = !setDefaultHeaders;
  this.socketPath = options.socketPath;
  if (options.timeout !== undefined) this.timeout = timerDuration(options.timeout, 'timeout');
  if (options.signal) {
    stream.addAbortSignal(options.signal, this);
    delete options.signal;
  }

  let { method } = options;
  if (method !== null && method !== undefined) validateString(method, 'options.method');
  if (method) {
    if (!checkToken(method)) throw new codes.ERR_INVALID_HTTP_TOKEN('Method', method);
    method = this.method = method.toUpperCase();
  } else {
    method = this.method = 'GET';
  }
  const { maxHeaderSize, joinDuplicateHeaders } = options;
  if (maxHeaderSize !== undefined) validateInteger(maxHeaderSize, 'maxHeaderSize', 0);
  this.maxHeaderSize = maxHeaderSize;
  storeValidation(this, options);
  if (joinDuplicateHeaders !== undefined) validateBoolean(joinDuplicateHeaders, 'options.joinDuplicateHeaders');
  this.joinDuplicateHeaders = joinDuplicateHeaders;
  this[kPath] = options.path || '/';
  if (cb) this.once('response', cb);
  this.useChunkedEncodingByDefault = method !== 'GET' && !withoutBody.includes(method);
  this._ended = false;
  this.res = null;
  this.aborted = false;
  this.timeoutCb = null;
  this.upgradeOrConnect = false;
  this.parser = null;
  this.maxHeadersCount = null;
  this.reusedSocket = false;
  this.host = host;
  this.protocol = protocol;
  this[kProxyRewrittenToAbsolute] = false;
  // Without keepAlive and with any number of sockets, none is ever used again.
  if (agent) this.shouldKeepAlive = !(this._last = !agent.keepAlive && !Number.isFinite(agent.maxSockets));
  addHeaders(this, options, host, port, defaultPort, setHost);
  this[kUniqueHeaders] = parseUniqueHeadersOption(options.uniqueHeaders);
  if (options[kNative]) return;
  if (agent) agent.addRequest(this, options);
  else connect(this, options);
  publish('http.client.request.created', { request: this });
}
Object.setPrototypeOf(ClientRequest.prototype, OutgoingMessage.prototype);
Object.defineProperty(ClientRequest.prototype, 'path', {
  configurable: true,
  enumerable: true,
  get() { return this[kPath]; },
  set(value) {
    const path = String(value);
    if (!checkPath(path)) throw new codes.ERR_UNESCAPED_CHARACTERS('Request path');
    this[kPath] = path;
  },
});
Object.setPrototypeOf(ClientRequest, OutgoingMessage);

// Connects without an agent.
function connect(req, options) {
  req._last = true;
  req.shouldKeepAlive = false;
  if (options.socketPath) options.path = options.socketPath;
  else if (options.path) options.path = undefined;
  if (typeof options.createConnection !== 'function') {
    req.onSocket(net.createConnection(options));
    return;
  }
  let created = false;
  const oncreate = (err, socket) => {
    if (created) return;
    created = true;
    if (err) nextTick(() => emitError(req, err));
    else req.onSocket(socket);
  };
  try {
    const socket = options.createConnection(options, oncreate);
    if (socket) oncreate(null, socket);
  } catch (err) {
    oncreate(err);
  }
}

function addHeaders(req, options, host, port, defaultPort, setHost) {
  const { headers } = options;
  // An IPv6 address goes in brackets.
  const name = host.indexOf(':') !== host.lastIndexOf(':') && host[0] !== '[' ? `[${host}]` : host;
  const authority = req[kAuthority] = port && +port !== defaultPort ? `${name}:${port}` : name;
  // A proxy for plain requests wants the whole address, and headers of its own.
  const rewrite = (hostHeader, list) => {
    if (!req._header && req.agent?.[kProxyConfig] && (options.protocol || req.agent.protocol) === 'http:')
      req[kProxyRewrittenToAbsolute] = require('internal/http/proxy').rewrite(req, options, { host: name, port }, hostHeader, list);
  };
  if (Array.isArray(headers)) {
    rewrite(undefined, headers);
    req._storeHeader(requestLine(req), headers);
    return;
  }
  if (headers) for (const key of Object.keys(headers)) req.setHeader(key, headers[key]);
  const own = req.getHeader('host');
  if (!own && setHost) req.setHeader('Host', authority);
  if (options.auth && !req.getHeader('Authorization'))
    req.setHeader('Authorization', 'Basic ' + Buffer.from(options.auth).toString('base64'));
  rewrite(own);
  if (req.getHeader('expect')) req._implicitHeader();
}

// urlOf is what is observed of a request's address, with the port if it is not the protocol's.
function urlOf(req) { return req[kProxyRewrittenToAbsolute] ? req.path : `${req.protocol}//${req[kAuthority]}${req.path}`; }

function requestLine(req) { return `${req.method} ${req.path} HTTP/1.1\r\n`; }

Object.assign(ClientRequest.prototype, {
  _finish: function() {
    OutgoingMessage.prototype._finish.call(this);
    if (observing())
      startPerf(this, 'HttpClient', { method: this.method, url: urlOf(this), headers: this.getHeaders?.() ?? {} });
    publish('http.client.request.start', { request: this });
  },

  _implicitHeader: function() {
    if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT('render');
    this._storeHeader(requestLine(this), this[kOutHeaders]);
  },

  abort: function() {
    if (this.aborted) return;
    this.aborted = true;
    nextTick((req) => req.emit('abort'), this);
    this.destroy();
  },

  destroy: function(err) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.res?._dump();
    this[kError] = err;
    this.socket?.destroy(err);
    return this;
  },

  onSocket: function(socket, err) {
    // What fails before the next tick is the request's error already.
    if (socket && !err) {
      socket._httpMessage = this;
      socket.on('error', socketOnError);
    }
    nextTick(onSocketNT, this, socket, err);
  },

  // Calls a method of the socket, now or once it is there and connected.
  _deferToConnect: function(method, args) {
    const call = () => { if (method) Reflect.apply(this.socket[method], this.socket, args); };
    const onSocket = () => {
      if (this.socket.writable) call();
      else this.socket.once('connect', call);
    };
    if (this.socket) onSocket();
    else this.once('socket', onSocket);
  },

  setTimeout: function(msecs, callback) {
    if (this._ended) return this;
    listenSocketTimeout(this);
    msecs = timerDuration(msecs, 'msecs');
    if (callback) this.once('timeout', callback);
    if (this.socket) setSocketTimeout(this.socket, msecs);
    else this.once('socket', (socket) => setSocketTimeout(socket, msecs));
    return this;
  },

  setNoDelay: function(noDelay) { this._deferToConnect('setNoDelay', [noDelay]); },

  setSocketKeepAlive: function(enable, initialDelay) { this._deferToConnect('setKeepAlive', [enable, initialDelay]); },

  clearTimeout: function(cb) { this.setTimeout(0, cb); },
});

function ondrain() {
  const msg = this._httpMessage;
  if (msg && !msg.finished && msg[kNeedDrain]) {
    msg[kNeedDrain] = false;
    msg.emit('drain');
  }
}

function emitError(request, error) {
  publish('http.client.request.error', { request, error });
  request.emit('error', error);
}

function closeRequest(req) {
  req._closed = true;
  req.emit('close');
}

// Reports that the connection ended before there was an answer, once.
function hangUp(req) {
  if (req.socket._hadError) return;
  req.socket._hadError = true;
  emitError(req, connReset('socket hang up'));
}

function socketOnClose() {
  const req = this._httpMessage;
  const { parser } = this; // an 'error' listener may free it
  const { res } = req;
  req.destroyed = true;
  if (res) {
    if (!res.complete) res.destroy(connReset('aborted'));
    closeRequest(req);
    if (!res.aborted && res.readable) res.push(null);
  } else {
    hangUp(req);
    closeRequest(req);
  }
  if (req.outputData) req.outputData.length = 0;
  if (parser) {
    parser.finish();
    freeParser(parser, req, this);
  }
}

function socketOnError(err) {
  const req = this._httpMessage;
  if (req) {
    this._hadError = true;
    emitError(req, err);
  }
  endParser(this, req);
  this.removeListener('data', socketOnData);
  this.removeListener('end', socketOnEnd);
  this.destroy();
}

function socketOnEnd() {
  const req = this._httpMessage;
  if (!req.res) hangUp(req);
  endParser(this, req);
  this.destroy();
}

function endParser(socket, req) {
  const { parser } = socket;
  if (!parser) return;
  parser.finish();
  freeParser(parser, req, socket);
}

const headersOf = (res) => res.headers;

function isInformational(status) { return status >= 100 && status < 200 && status !== 101; }

function socketOnData(d) {
  const { parser } = this;
  if (!parser || parser.socket !== this) throw new codes.ERR_INTERNAL_ASSERTION();
  executed(this, this._httpMessage, parser, parser.execute(d), d);
}

// What the parser has found in d.
function executed(socket, req, parser, ret, d) {
  const res = parser.incoming;
  if (ret instanceof Error) {
    prepareError(ret, parser, d);
    freeParser(parser, req, socket);
    socket.removeListener('data', socketOnData);
    socket.removeListener('end', socketOnEnd);
    socket.destroy();
    req.socket._hadError = true;
    emitError(req, ret);
  } else if (res?.upgrade) {
    switchProtocol(socket, req, res, d.slice(ret, d.length));
  } else if (res?.complete && !isInformational(res.statusCode)) {
    socket.removeListener('data', socketOnData);
    socket.removeListener('end', socketOnEnd);
    socket.removeListener('drain', ondrain);
    freeParser(parser, req, socket);
  }
}

// The server has agreed to another protocol: the socket is the listener's now.
function switchProtocol(socket, req, res, head) {
  req.res = res;
  socket.removeListener('data', socketOnData);
  socket.removeListener('end', socketOnEnd);
  socket.removeListener('drain', ondrain);
  if (req.timeoutCb) socket.removeListener('timeout', req.timeoutCb);
  socket.removeListener('timeout', responseOnTimeout);
  endParser(socket, req);
  const event = req.method === 'CONNECT' ? 'connect' : 'upgrade';
  if (req.listenerCount(event) === 0) {
    socket.destroy();
    return;
  }
  req.upgradeOrConnect = true;
  socket.emit('agentRemove');
  socket.removeListener('close', socketOnClose);
  socket.removeListener('error', socketOnError);
  socket._httpMessage = null;
  socket.readableFlowing = null;
  req.emit(event, res, socket, head);
  req.destroyed = true;
  closeRequest(req);
}

// The head of a response has been parsed. 1 tells the parser that it has no body, 2 that another protocol follows.
function onIncoming(res, keepAlive) {
  const { socket } = this;
  const req = socket._httpMessage;
  if (req.res) { // a second response, of which nothing is told
    socket.destroy();
    this.incoming = null;
    return 0;
  }
  req.res = res;
  if (res.upgrade) return 2;
  const { method } = req;
  if (method === 'CONNECT') {
    res.upgrade = true;
    return 2;
  }
  if (isInformational(res.statusCode)) {
    req.res = null;
    if (res.statusCode === 100) req.emit('continue');
    const { statusCode, statusMessage, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders } = res;
    req.emit('information', { statusCode, statusMessage, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders });
    return 1;
  }
  if (!keepAlive && !req.upgradeOrConnect) req.shouldKeepAlive = false;
  stopPerf(req, res, headersOf);
  publish('http.client.response.finish', { request: req, response: res });
  req.res = res;
  res.req = req;
  // First of all listeners, so that the socket is given back in any case.
  res.on('end', responseOnEnd);
  req.on('finish', requestOnFinish);
  socket.on('timeout', responseOnTimeout);
  if (req.aborted || !req.emit('response', res)) res._dump();
  if (method === 'HEAD') return 1;
  if (res.statusCode === 304) {
    res.complete = true;
    return 1;
  }
  return 0;
}

// Gives the socket back to the agent, after the 'end' listeners of the user.
function responseKeepAlive(req) {
  const { socket } = req;
  if (req.timeoutCb) {
    socket.setTimeout(0, req.timeoutCb);
    req.timeoutCb = null;
  }
  socket.removeListener('close', socketOnClose);
  socket.removeListener('error', socketOnError);
  socket.removeListener('data', socketOnData);
  socket.removeListener('end', socketOnEnd);
  nextTick(emitFreeNT, req);
  req.destroyed = true;
  if (req.res) req.res.socket = null; // destroying the response must not harm the socket's next user
}

function emitFreeNT(req) {
  closeRequest(req);
  req.socket?.emit('free');
}

function responseOnEnd() {
  const { req } = this;
  const { socket } = req;
  if (socket) {
    if (req.timeoutCb) socket.removeListener('timeout', emitRequestTimeout);
    socket.removeListener('timeout', responseOnTimeout);
  }
  req._ended = true;
  if (!req.shouldKeepAlive) {
    if (socket.writable) {
      if (typeof socket.destroySoon === 'function') socket.destroySoon();
      else socket.end();
    }
  } else if (req.writableFinished && !this.aborted) {
    responseKeepAlive(req);
  }
}

function responseOnTimeout() { this._httpMessage?.res?.emit('timeout'); }

// The response may have been complete before the request was.
function requestOnFinish() {
  if (this.shouldKeepAlive && this._ended && !this.destroyed) responseKeepAlive(this);
}

function tickOnSocket(req, socket) {
  const parser = parsers.alloc();
  req.socket = socket;
  parser.initialize(HTTPParser.RESPONSE, null, req.maxHeaderSize || 0, calculateLenientFlags(req.httpValidation, req.insecureHTTPParser));
  listen(req, socket, parser);
  req.emit('socket', socket);
}

// Has the socket's bytes parsed for the request; without a parser its response is complete already.
function listen(req, socket, parser) {
  socket._httpMessage = req;
  if (parser) {
    parser.socket = socket;
    parser.outgoing = req;
    req.parser = parser;
    socket.parser = parser;
    if (typeof req.maxHeadersCount === 'number') parser.maxHeaderPairs = req.maxHeadersCount << 1;
    parser.joinDuplicateHeaders = req.joinDuplicateHeaders;
    parser.onIncoming = onIncoming;
    socket.on('data', socketOnData);
    socket.on('end', socketOnEnd);
  }
  socket.on('close', socketOnClose);
  if (parser) socket.on('drain', ondrain);
  if (req.timeout !== undefined || req.agent?.options?.timeout) listenSocketTimeout(req);
}

function emitRequestTimeout() { this._httpMessage?.emit('timeout'); }

function listenSocketTimeout(req) {
  if (req.timeoutCb) return;
  req.timeoutCb = emitRequestTimeout;
  if (req.socket) req.socket.once('timeout', emitRequestTimeout);
  else req.on('socket', listenToTimeout);
}

function listenToTimeout(socket) { socket.once('timeout', emitRequestTimeout); }

function setSocketTimeout(socket, msecs) {
  if (socket.connecting) socket.once('connect', () => socket.setTimeout(msecs));
  else socket.setTimeout(msecs);
}

function onSocketNT(req, socket, err) {
  if (!req.destroyed && !err) {
    tickOnSocket(req, socket);
    req._flush();
    return;
  }
  req.destroyed = true;
  const give = (error) => {
    if (!req.aborted && !error) error = connReset('socket hang up');
    // The agent has told of a tunnel that failed, socketOnError of what came early.
    if (error && error.code !== 'ERR_PROXY_TUNNEL' && !socket?._hadError) emitError(req, error);
    closeRequest(req);
  };
  if (!socket) {
    give(err || req[kError]);
  } else if (!err && req.agent && !socket.destroyed) {
    socket.emit('free');
    socket.removeListener('error', socketOnError);
    give(err || req[kError]);
  } else {
    stream.finished(socket.destroy(err || req[kError]), (er) => give((er?.code === 'ERR_STREAM_PREMATURE_CLOSE' ? null : er) || err));
  }
}

// Native requests and connections (clientrequest.go, clientconn.go) become these by what follows, as soon as a script looks closer.

// The constructor's part, of a request whose headers and output are brought along.
function become(req, options, limited) {
  ClientRequest.call(req, { ...options, setHost: false, [kNative]: true });
  if (limited) req.timeoutCb = emitRequestTimeout;
}

// Brings the request to where it is on its connection.
function join(req, socket, parser, res, phase, limited, limit) {
  if (phase === 'given') { // the next tick is to tell of the socket
    socket._httpMessage = req;
    socket.on('error', socketOnError);
    return;
  }
  req.socket = socket;
  if (phase === 'over') {
    if (limited && !req.shouldKeepAlive) req.timeoutCb = emitRequestTimeout;
    return;
  }
  socket.on('error', socketOnError);
  if (parser) resetParser(parser);
  listen(req, socket, parser);
  if (limited) listenSocketTimeout(req);
  if (limit !== undefined) setSocketTimeout(socket, limit);
  if (!res) return;
  req.res = res;
  req.on('finish', requestOnFinish);
  socket.on('timeout', responseOnTimeout);
}

const channels = ['http.client.request.created', 'http.client.request.start', 'http.client.request.error', 'http.client.response.finish',
                  'net.client.socket'];

setupClient(ClientRequest, agents, net.Socket, [kPath, kError, kProxyRewrittenToAbsolute, kAuthority, kUniqueHeaders], {
  become, join, executed, listenToTimeout, setSocketTimeout, onSocketNT, emitFreeNT, closeRequest, responseOnEnd,
  watched: () => observing() || channels.some((name) => require('diagnostics_channel').hasSubscribers(name)),
  urlOptions: (input) => (typeof input === 'string' ? require('url').urlToHttpOptions(new URL(input)) :
    isURL(input) ? require('url').urlToHttpOptions(input) : undefined),
  heed(signal, abort) {
    if (!(signal instanceof AbortSignal) || signal.aborted) return false;
    signal.addEventListener('abort', abort);
    return true;
  },
  ignore: (signal, abort) => signal.removeEventListener('abort', abort),
  abort(signal, req) {
    stream.finished(req, () => {}); // what addAbortSignal listens with, also to 'error'
    stream.addAbortSignal(signal, req);
  },
  write: (req, chunk, encoding) => OutgoingMessage.prototype.write.call(req, chunk, encoding),
  end: (req, chunk, encoding) => OutgoingMessage.prototype.end.call(req, chunk, encoding),
  onFinish: (req) => binding.onFinish(req),
  reveal: (state, handle) => binding.reveal(state, handle),
  rest: (socket) => binding.rest(socket),
  enqueue: (req, host, port) => binding.enqueue(req, host, port),
  wrap: (handle) => require('internal/handles').adopt(handle),
  lost: (timeout) => Object.assign(new net.Socket().destroy(), timeout === undefined ? null : { timeout }),
  connected: (...args) => require('internal/net/connect').connected(...args),
  openNext: (...args) => require('internal/net/connect').openNext(...args),
  lookedUp: (...args) => require('internal/net/connect').lookedUp(...args),
});

module.exports = { ClientRequest };
