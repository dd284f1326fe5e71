// HTTP/2's servers, plain and over TLS.
'use strict';
const net = require('net');
const { codes } = require('internal/errors');
const { validateFunction } = require('internal/validators');
const native = require('internal/http2/native');
const { ServerHttp2Session, checkOptions, kHandle, kServer, validateSettings } = require('internal/http2/session');
const { objectOr } = require('internal/http2/stream');

const kOptions = Symbol('options');
const kSessions = Symbol('sessions');
const kPlain = Symbol('http1');
const kListener = Symbol('listener');

function initialize(options) {
  objectOr(options, 'options');
  options = { ...options };
  checkOptions(options);
  options.unknownProtocolTimeout ??= 10000;
  options.Http1IncomingMessage ??= options.http1Options?.IncomingMessage;
  options.Http1ServerResponse ??= options.http1Options?.ServerResponse;
  return options;
}

function onConnection(socket) {
  const options = this[kOptions] ?? {};
  if (socket.alpnProtocol === false || socket.alpnProtocol === 'http/1.1') {
    if (options.allowHTTP1 === true) {
      socket.server[kPlain] ??= true;
      return require('_http_server')._connectionListener.call(this, socket);
    }
    if (!this.emit('unknownProtocol', socket)) {
      // Whoever speaks something else is told so, and has some time to go.
      socket.once('end', () => socket.destroySoon?.());
      const timer = setTimeout(() => { if (!socket.destroyed) socket.destroy(); }, options.unknownProtocolTimeout).unref();
      socket.once('close', () => clearTimeout(timer));
      socket.end(`HTTP/1.0 403 Forbidden\r\nContent-Type: text/plain\r\n\r\n${socket.alpnProtocol ? 'Unknown' : 'Missing'} ALPN Protocol, expected \`h2\` to be available.\n` +
        'If this is a HTTP request: The server was not configured with the `allowHTTP1` option or a listener for the `unknownProtocol` event.\n');
    }
    return;
  }
  socket.on('error', () => {});
  const session = new ServerHttp2Session(options, socket, this);
  session.on('stream', onStream);
  session[kHandle]?.serve(this, this[kListener], onStream);
  session.on('error', onError);
  const sessions = this[kSessions];
  sessions.add(session);
  session.once('close', () => sessions.delete(session));
  if (this.timeout) {
    session.setTimeout(this.timeout);
    session.on('timeout', onTimeout);
  }
  this.emit('session', session);
}

function onStream(stream, headers, flags, raw) { this[kServer]?.emit('stream', stream, headers, flags, raw); }
function onError(error) { this[kServer]?.emit('sessionError', error, this); }
function onTimeout() { if (!this.destroyed && !this[kServer].emit('timeout', this)) this.destroy(); }

function prepare(server, options, listener) {
  server[kOptions] = options;
  server[kSessions] = new Set();
  server.timeout = 0;
  server.on('newListener', compatible);
  if (typeof listener === 'function') server.on('request', listener);
}

// The first listener for 'request' has streams made into requests and responses.
function compatible(event) {
  if (event !== 'request') return;
  this.removeListener('newListener', compatible);
  const { onServerStream } = require('internal/http2/compat');
  const { Http2ServerRequest, Http2ServerResponse } = this[kOptions];
  const listener = function(stream, headers, flags, raw) { onServerStream(this, Http2ServerRequest, Http2ServerResponse, stream, headers, flags, raw); };
  this[kListener] = Http2ServerRequest || Http2ServerResponse ? null : listener;
  this.on('stream', listener);
}

const methods = {
  setTimeout(msecs, callback) {
    this.timeout = msecs;
    if (callback !== undefined) {
      validateFunction(callback, 'callback');
      this.on('timeout', callback);
    }
    return this;
  },
  updateSettings(settings) {
    validateSettings(settings);
    this[kOptions].settings = { ...this[kOptions].settings, ...settings };
  },
};

// closeSessions ends what clients have. A cluster's worker that is told to go says so before it takes nothing more, for what is on its way: RFC 9113, 6.8.
function closeSessions(server) {
  const cluster = process.connected && require('cluster');
  const announced = cluster && cluster.isWorker && cluster.worker.exitedAfterDisconnect;
  for (const session of [...server[kSessions]]) {
    if (!announced || session.closed || session.destroyed) {
      session.close();
      continue;
    }
    session.goaway(0, 2 ** 31 - 1);
    session.ping(() => session.close());
  }
}

function onRejected(error, event, ...args) {
  switch (event) {
    case 'stream': {
      const [stream] = args;
      if (stream.headersSent) {
        stream.destroy(error);
      } else {
        stream.respond({ ':status': 500 });
        stream.end();
      }
      break;
    }
    case 'request': {
      const [, response] = args;
      if (response.headersSent || response.finished) {
        response.destroy?.(error);
        response.stream?.destroy(error);
      } else {
        response.statusCode = 500;
        response.end();
      }
      break;
    }
    default:
      Reflect.apply(net.Server.prototype[Symbol.for('nodejs.rejection')], this, [error, event, ...args]);
  }
}

class Http2Server extends net.Server {
  constructor(options, listener) {
    options = initialize(options);
    super(options, onConnection);
    prepare(this, options, listener);
  }
  setTimeout(msecs, callback) { return methods.setTimeout.call(this, msecs, callback); }
  updateSettings(settings) { methods.updateSettings.call(this, settings); }
  close(...args) {
    Reflect.apply(net.Server.prototype.close, this, args);
    closeSessions(this);
    return this;
  }
  [Symbol.for('nodejs.rejection')](...args) { Reflect.apply(onRejected, this, args); }
  async [Symbol.asyncDispose]() { return require('util').promisify(net.Server.prototype.close).call(this); }
}

let secure;
// The class over TLS is made when it is asked for, for its base not to load before.
function secureClass() {
  const tls = require('tls');
  secure ??= class Http2SecureServer extends tls.Server {
    constructor(options, listener) {
      options = initialize(options);
      // With ALPNProtocols a script decides for itself.
      if (options.ALPNCallback == null) options.ALPNProtocols ??= options.allowHTTP1 === true ? ['h2', 'http/1.1'] : ['h2'];
      if (options.allowHTTP1 === true) {
        options.headersTimeout ??= 60000;
        options.requestTimeout ??= 300000;
      }
      super(options, onConnection);
      prepare(this, options, listener);
      if (options.allowHTTP1 === true) {
        const { storeHTTPOptions, setupConnectionsTracking } = require('_http_server');
        this.headersTimeout = 60000;
        this.requestTimeout = 300000;
        storeHTTPOptions.call(this, { ...options, ...options.http1Options, IncomingMessage: options.Http1IncomingMessage, ServerResponse: options.Http1ServerResponse });
        this.on('listening', setupConnectionsTracking);
      }
      this.on('tlsClientError', (error, socket) => { if (!this.emit('clientError', error, socket)) socket.destroy(error); });
    }
    setTimeout(msecs, callback) { return methods.setTimeout.call(this, msecs, callback); }
    updateSettings(settings) { methods.updateSettings.call(this, settings); }
    close(...args) {
      if (this[kOptions].allowHTTP1 === true) require('_http_server').httpServerPreClose(this);
      Reflect.apply(tls.Server.prototype.close, this, args);
      closeSessions(this);
      return this;
    }
    closeIdleConnections() {
      if (this[kOptions].allowHTTP1 === true) require('http').Server.prototype.closeIdleConnections.call(this);
    }
    [Symbol.for('nodejs.rejection')](...args) { Reflect.apply(onRejected, this, args); }
  };
  return secure;
}

function createServer(options, listener) {
  if (typeof options === 'function') {
    listener = options;
    options = {};
  }
  return new Http2Server(options, listener);
}

function createSecureServer(options, listener) {
  if (typeof options === 'function') {
    listener = options;
    options = {};
  }
  return new (secureClass())(options, listener);
}

function performServerHandshake(socket, options = {}) {
  options = initialize(options);
  return new ServerHttp2Session(options, socket, undefined);
}

module.exports = { createServer, createSecureServer, performServerHandshake };
