// _tls_wrap: TLSSocket, as both sides have it; what only one side needs is in server.js and in client.js. A TLSSocket is a
// net.Socket whose handle is a TLSWrap over the handle of another socket, over a stream of any kind, or over a handle of its own.
'use strict';
const net = require('net');
const { TCP, Pipe } = require('internal/handles');
const { owner } = require('internal/net');
const { codes } = require('internal/errors');
const { validateFunction, validateInt32, validateObject, validateString, validateUint32 } = require('internal/validators');
const tls = require('tls');
const { createSecureContext } = require('_tls_common');
const { TLSWrap, kVerified, kPendingSession } = binding;

const kNoRenegotiation = Symbol('disable-renegotiation');
const kParentSocket = Symbol('parentSocket');
const noop = () => {};

function unavailable(name) { throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM(`tls: ${name}`); }

const validateView = binding.validateView = (value, name) => {
  if (!ArrayBuffer.isView(value)) throw new codes.ERR_INVALID_ARG_TYPE(name, ['Buffer', 'TypedArray', 'DataView'], value);
};

// Closing a handle closes what it lies on: the socket that it was made from, or the handle of its own.
TLSWrap.prototype.close = function(done) {
  this.abort();
  if (this[owner]) this[owner].ssl = null;
  const socket = this[kParentSocket];
  if (socket && !this._parent.isStream) {
    if (socket._handle === null) {
      if (done) setImmediate(done);
      return;
    }
    if (socket._handle === this._parent) {
      if (done) socket.once('close', () => done());
      socket.destroy();
      return;
    }
  }
  this._parent.close(done);
};

function TLSSocket(socket, opts) {
  socket ||= undefined;
  const options = { ...opts };
  if (options.ALPNProtocols) tls.convertALPNProtocols(options.ALPNProtocols, options);
  if (options.enableTrace) unavailable('the option enableTrace');
  if (options.pskCallback) {
    validateFunction(options.pskCallback, 'pskCallback');
    unavailable('the option pskCallback');
  }
  this._tlsOptions = options;
  this._secureEstablished = false;
  this._securePending = false;
  this._newSessionPending = false;
  this._controlReleased = false;
  this.secureConnecting = true;
  this._SNICallback = null;
  this.servername = null;
  this.alpnProtocol = null;
  this.authorized = false;
  this.authorizationError = null;
  this[kVerified] = false;
  this[kPendingSession] = null;
  if (!this._wrapHandle) throw new TypeError('this._wrapHandle is not a function');
  this.on('newListener', onNewListener);

  const wrapped = Boolean(socket);
  const handle = !wrapped ? null : socket instanceof net.Socket && socket._handle ? socket._handle : new (require('internal/net/stream'))(socket);
  if (handle?.isStream) this._streamHandle = handle;
  // net.Socket's constructor would emit and read; the options of the own handle are wanted by then.
  net.Socket.call(this, {
    handle: this._wrapHandle(socket ?? null, handle),
    allowHalfOpen: wrapped ? socket.allowHalfOpen : options.allowHalfOpen,
    pauseOnCreate: options.pauseOnConnect,
    manualStart: true,
    highWaterMark: options.highWaterMark,
    onread: wrapped ? null : options.onread,
    signal: options.signal,
    noDelay: options.noDelay,
    keepAlive: options.keepAlive,
    keepAliveInitialDelay: options.keepAliveInitialDelay,
  });
  this.encrypted = true;
  this.on('error', this._tlsError);
  this.on('close', this._destroySSL);
  this._init(socket);
  // In the next tick, for the caller to listen first. What the socket has read already comes before the rest.
  process.nextTick(() => {
    if (!this._handle) return;
    if (wrapped && socket.readableLength) {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) this._handle.receive(chunk);
    }
    this.read(0);
  });
}
Object.setPrototypeOf(TLSSocket.prototype, net.Socket.prototype);
Object.setPrototypeOf(TLSSocket, net.Socket);

function onNewListener(event) {
  if (event === 'keylog' && this._handle) this._handle.enableKeylog();
}

// What the handle calls; it finds the socket as `owner`.
function onHandshakeDone() {
  const self = this[owner];
  if (self && !self.destroyed) self._finishInit();
}

function onError(err) {
  const self = this[owner];
  if (!self || self._hadError) return;
  self._hadError = true;
  if (!self._secureEstablished) {
    self.destroy(err);
  } else if (self._tlsOptions.isServer && self._tlsOptions.rejectUnauthorized && err.code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') {
    self.destroy();
  } else {
    self._emitTLSError(err);
  }
}

const methods = {
  _wrapHandle: function(socket, handle) {
    const options = this._tlsOptions;
    handle ??= options.pipe ? new Pipe(Pipe.SOCKET) : new TCP(TCP.SOCKET);
    const context = options.secureContext ?? createSecureContext(options);
    const wrap = new TLSWrap(handle, context.context, Boolean(options.isServer));
    wrap._parent = handle;
    wrap._secureContext = context;
    if (socket) {
      wrap[kParentSocket] = socket;
      wrap._parentWrap = handle.isStream ? handle : socket; // packages reach for it
      socket.on('close', () => wrap.whenSettled(() => this.destroy()));
    }
    wrap.reading = false;
    return wrap;
  },

  _reinitializeHandle: function(handle) {
    const name = this._handle?.getServername();
    const session = this._handle?.getSession();
    const wrap = this._wrapHandle(null, handle);
    net.Socket.prototype._reinitializeHandle.call(this, wrap);
    this._init(null);
    if (session) this.setSession(session);
    if (name) this.setServername(name);
  },

  _init: function(socket) {
    const options = this._tlsOptions;
    const wrap = this.ssl = this._handle;
    const { server } = options;
    this.server = server;
    if (options.requestCert || options.rejectUnauthorized !== undefined)
      wrap.setVerifyMode(Boolean(options.requestCert), options.rejectUnauthorized !== false);
    wrap.onhandshakedone = onHandshakeDone;
    wrap.onerror = onError;
    wrap.onkeylog = function(line) { this[owner]?.emit('keylog', line); };
    require(options.isServer ? 'internal/tls/server' : 'internal/tls/client').prepare(this, wrap, options);
    if (options.ALPNProtocols) wrap.setALPNProtocols(options.ALPNProtocols);
    if (options.handshakeTimeout > 0) this.setTimeout(options.handshakeTimeout, this._handleTimeout);
    if (socket instanceof net.Socket) {
      this._parent = socket;
      this.connecting = socket.connecting || !socket._handle;
      socket.once('connect', () => {
        this.connecting = false;
        this.emit('connect');
      });
    } else if (!socket) {
      this.connecting = true; // as connect() will say
    }
    socket?.on('error', (err) => {
      // The wrapped socket's errors are this one's.
      if (this._streamHandle) this._emitTLSError(err);
      else this._tlsError(err) && this.destroy(err);
    });
  },

  _destroySSL: function() {
    this.ssl?.abort();
    this.ssl = null;
  },

  _handleTimeout: function() { this._emitTLSError(new codes.ERR_TLS_HANDSHAKE_TIMEOUT()); },

  _emitTLSError: function(err) {
    const e = this._tlsError(err);
    if (e) this.destroy(e);
  },

  // As long as nobody has been given the socket its errors are for those who make it.
  _tlsError: function(err) {
    this.emit('_tlsError', err);
    return this._controlReleased ? err : null;
  },

  _releaseControl: function() {
    if (this._controlReleased) return false;
    this._controlReleased = true;
    this.removeListener('error', this._tlsError);
    return true;
  },

  _finishInit: function() {
    if (!this._handle) return; // it was destroyed meanwhile
    this.alpnProtocol = this._handle.getALPNProtocol();
    if (this.servername === null) this.servername = this._handle.getServername();
    this._secureEstablished = true;
    if (this._tlsOptions.handshakeTimeout > 0) this.setTimeout(0, this._handleTimeout);
    this.emit('secure');
  },

  _start: function() {
    if (this.connecting) {
      this.once('connect', this._start);
      return;
    }
    if (this.ssl) this._handle?.start();
    else this.destroy(); // it was closed while it connected
  },

  setServername: function(name) {
    validateString(name, 'name');
    if (this._tlsOptions.isServer) throw new codes.ERR_TLS_SNI_FROM_SERVER();
    this._handle.setServername(name);
  },

  setSession: function(session) {
    if (typeof session === 'string') session = Buffer.from(session, 'latin1');
    if (session !== undefined) this._handle.setSession(session);
  },

  getPeerCertificate: function(detailed) {
    if (!this._handle) return null;
    const chain = this._handle.peerCertificates();
    if (chain.length === 0) return {};
    const list = (detailed ? chain : chain.slice(0, 1)).map(legacyObject);
    if (detailed) {
      list.forEach((cert, i) => { if (i > 0) list[i - 1].issuerCertificate = cert; });
      const last = list[list.length - 1];
      if (isSelfIssued(last)) last.issuerCertificate = last;
    }
    return list[0];
  },

  getCertificate: function() {
    const [cert] = this._handle ? this._handle.ownCertificate() : [];
    if (!this._handle) return null;
    return cert ? legacyObject(cert) : {};
  },

  getPeerX509Certificate: function() {
    const chain = this._handle?.peerCertificates();
    return chain?.length ? require('internal/crypto/x509').fromChain(chain) : undefined;
  },

  getX509Certificate: function() {
    const chain = this._handle?.ownCertificate();
    return chain?.length ? require('internal/crypto/x509').fromChain(chain) : undefined;
  },

  setKeyCert: function(context) {
    if (this._handle) this._handle.setKeyCert((context?.context ? context : createSecureContext(context)).context);
  },

  exportKeyingMaterial: function(length, label, context) {
    validateUint32(length, 'length', true);
    validateString(label, 'label');
    if (context !== undefined) validateView(context, 'context');
    if (!this._secureEstablished) throw new codes.ERR_TLS_INVALID_STATE();
    return this._handle.exportKeyingMaterial(length, label, context);
  },

  renegotiate: function(options, callback) {
    validateObject(options, 'options');
    if (callback !== undefined) validateFunction(callback, 'callback');
    if (this.destroyed) return;
    if (this.getProtocol() === 'TLSv1.3') {
      const err = Object.assign(new Error('error:0A00010A:SSL routines::wrong ssl version'),
                                { library: 'SSL routines', reason: 'wrong ssl version', code: 'ERR_SSL_WRONG_SSL_VERSION' });
      if (callback) process.nextTick(callback, err);
      return false;
    }
    unavailable('renegotiate()');
  },

  disableRenegotiation: function() { this[kNoRenegotiation] = true; }, // there is none
  enableTrace: function() { unavailable('enableTrace()'); },
  setMaxSendFragment: function(size) {
    validateInt32(size, 'size');
    return this._handle.setMaxSendFragment(size);
  },
};
Object.assign(TLSSocket.prototype, methods);
for (const name of ['getCipher', 'getSharedSigalgs', 'getEphemeralKeyInfo', 'getFinished', 'getPeerFinished', 'getProtocol',
                    'getSession', 'getTLSTicket', 'isSessionReused']) {
  TLSSocket.prototype[name] = ({ [name]: function() { return this._handle ? this._handle[name]() : null; } })[name];
}

const certificates = () => require('internal/crypto/binding');
function legacyObject(der) { return certificates().certLegacy(certificates().certFromDER(der)); }

function isSelfIssued(cert) {
  const text = (name) => JSON.stringify(name);
  return text(cert.subject) === text(cert.issuer);
}

module.exports = { TLSSocket };
binding.define(module.exports, 'internal/tls/server', 'Server', 'createServer');
binding.define(module.exports, 'internal/tls/client', 'connect');
