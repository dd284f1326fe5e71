// _tls_wrap: TLSSocket and connect. A TLSSocket is a net.Socket whose handle is a TLSWrap over the handle of another socket,
// over a stream of any kind, or over a handle of its own.
'use strict';
const net = require('net');
const { TCP, Pipe, UV_EOF } = require('internal/handles');
const { owner } = require('internal/net');
const { codes } = require('internal/errors');
const { validateFunction, validateInt32, validateNumber, validateObject, validateString, validateUint32 } =
  require('internal/validators');
const tls = require('tls');
const { createSecureContext } = require('_tls_common');
const { TLSWrap } = binding;

const kConnectOptions = Symbol('connect-options');
const kVerified = Symbol('verified');
const kNoRenegotiation = Symbol('disable-renegotiation');
const kPendingSession = Symbol('pendingSession');
const kParentSocket = Symbol('parentSocket');
const noop = () => {};

function unavailable(name) { throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM(`tls: ${name}`); }

const validateView = binding.validateView = (value, name) => {
  if (!ArrayBuffer.isView(value)) throw new codes.ERR_INVALID_ARG_TYPE(name, ['Buffer', 'TypedArray', 'DataView'], value);
};

function connReset(message) { return Object.assign(new Error(message), { code: 'ECONNRESET' }); }

// StreamHandle gives any Duplex the methods of a handle.
class StreamHandle {
  constructor(stream) {
    for (const method of ['pause', 'write', 'on', 'read'])
      if (typeof stream[method] !== 'function') throw new TypeError(`stream.${method} is not a function`);
    this.stream = stream;
    this.onread = noop;
    this.started = false;
    stream.on('error', noop);
  }
  readStart() {
    if (this.started) {
      this.stream.resume();
      return 0;
    }
    this.started = true;
    this.stream.on('data', (chunk) => {
      if (typeof chunk === 'string') chunk = Buffer.from(chunk);
      this.onread(chunk.length, chunk);
    });
    this.stream.once('end', () => this.onread(UV_EOF));
    return 0;
  }
  readStop() {
    this.stream.pause();
    return 0;
  }
  write(chunk, encoding, done) {
    if (this.stream.destroyed || this.stream.writableEnded) return -32; // EPIPE
    this.stream.write(chunk, (err) => done(err ? -32 : 0));
    return 1;
  }
  shutdown(done) {
    this.stream.end(() => done(0));
    return 0;
  }
  close(done) {
    this.stream.destroy();
    if (done) setImmediate(done); // after the 'error' of what is being destroyed
  }
  ref() { this.stream.ref?.(); }
  unref() { this.stream.unref?.(); }
}

// Closing a handle closes what it lies on: the socket that it was made from, or the handle of its own.
TLSWrap.prototype.close = function(done) {
  this.abort();
  if (this[owner]) this[owner].ssl = null;
  const socket = this[kParentSocket];
  if (socket && !(this._parent instanceof StreamHandle)) {
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
  const handle = !wrapped ? null : socket instanceof net.Socket && socket._handle ? socket._handle : new StreamHandle(socket);
  if (handle instanceof StreamHandle) this._streamHandle = handle;
  // net.Socket's constructor would emit and read; the options of the own handle are wanted by then.
  net.Socket.call(this, {
    handle: this._wrapHandle(socket ?? null, handle),
    allowHalfOpen: wrapped ? socket.allowHalfOpen : options.allowHalfOpen,
    pauseOnCreate: options.pauseOnConnect,
    manualStart: true,
    highWaterMark: options.highWaterMark,
    onread: wrapped ? null : options.onread,
    signal: options.signal,
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

function onClientSession(id, session) {
  const self = this[owner];
  if (!self) return;
  if (self[kVerified]) emitSession(self, session);
  else self[kPendingSession] = session;
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
    if (options.isServer) {
      require('internal/tls/server').prepare(this, wrap, options);
    } else {
      wrap.onnewsession = onClientSession;
      wrap.onocspresponse = function(response) { this[owner]?.emit('OCSPResponse', response); };
      if (options.session) wrap.setSession(options.session);
      if (options.requestOCSP) wrap.requestOCSP();
    }
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
    if (session === undefined) return;
    if (!ArrayBuffer.isView(session)) {
      throw Object.assign(new codes.ERR_INVALID_ARG_TYPE('session', 'Buffer', session), { message: 'Session must be a buffer' });
    }
    this._handle.setSession(session);
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

// Clients.

function serverName(options) { return options.servername || options.host || options.socket?._host || 'localhost'; }

// Whom a session was found to belong to, by which function. Resumed for the same server it need not be asked again; for any other
// name, or under a stricter check, it is.
const identified = new WeakMap();

function onConnectSecure() {
  const options = this[kConnectOptions];
  const { checkServerIdentity, session: resumed } = options;
  const name = serverName(options);
  let err = this._handle.verifyError();
  const before = this.isSessionReused() && resumed !== null && typeof resumed === 'object' ? identified.get(resumed) : undefined;
  if (!err && !(before?.name === name && before.check === checkServerIdentity))
    err = checkServerIdentity(name, this.getPeerCertificate(true));
  if (err) {
    this.authorized = false;
    this.authorizationError = err.code || err.message;
    if (options.rejectUnauthorized) {
      this.destroy(err);
      return;
    }
  } else {
    this.authorized = true;
  }
  this.secureConnecting = false;
  this.emit('secureConnect');
  this[kVerified] = true;
  const session = this[kPendingSession];
  this[kPendingSession] = null;
  if (session) emitSession(this, session);
  this.removeListener('end', onConnectEnd);
}

function emitSession(self, session) {
  const options = self[kConnectOptions];
  if (self.authorized) identified.set(session, { name: serverName(options), check: options.checkServerIdentity });
  self.emit('session', session);
}

function onConnectEnd() {
  if (this._hadError) return;
  this._hadError = true;
  const { path, host, port, localAddress } = this[kConnectOptions];
  this.destroy(Object.assign(connReset('Client network socket disconnected before secure TLS connection was established'),
                             { path, host, port, localAddress }));
}

let warnedUnauthorized = false;
function allowUnauthorized() {
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return false;
  if (!warnedUnauthorized) {
    warnedUnauthorized = true;
    process.emitWarning('Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to \'0\' makes TLS connections and ' +
      'HTTPS requests insecure by disabling certificate verification.');
  }
  return true;
}

// The forms (options, cb), (path, options, cb) and (port, host, options, cb).
function connectArguments(args) {
  const list = net._normalizeArgs(args);
  for (const extra of args.slice(1, 3)) {
    if (extra !== null && typeof extra === 'object') {
      Object.assign(list[0], extra);
      break;
    }
  }
  return list;
}

let warnedAddress = false;

function connect(...args) {
  const [given, cb] = connectArguments(args);
  const options = {
    rejectUnauthorized: !allowUnauthorized(),
    ciphers: tls.DEFAULT_CIPHERS,
    checkServerIdentity: tls.checkServerIdentity,
    minDHSize: 1024,
    ...given,
  };
  if (!options.keepAlive) options.singleUse = true;
  validateFunction(options.checkServerIdentity, 'options.checkServerIdentity');
  validateNumber(options.minDHSize, 'options.minDHSize', 1);
  const socket = new TLSSocket(options.socket, {
    allowHalfOpen: options.socket ? options.socket.allowHalfOpen : Boolean(options.allowHalfOpen),
    pipe: Boolean(options.path),
    secureContext: options.secureContext || createSecureContext(options),
    isServer: false,
    requestCert: true,
    rejectUnauthorized: options.rejectUnauthorized !== false,
    session: options.session,
    ALPNProtocols: options.ALPNProtocols,
    requestOCSP: options.requestOCSP,
    enableTrace: options.enableTrace,
    pskCallback: options.pskCallback,
    highWaterMark: options.highWaterMark,
    onread: options.onread,
    signal: options.signal,
  });
  options.rejectUnauthorized = options.rejectUnauthorized !== false;
  socket[kConnectOptions] = options;
  if (cb) socket.once('secureConnect', cb);
  if (!options.socket) {
    if (options.timeout) socket.setTimeout(options.timeout);
    socket.connect(options, socket._start);
  }
  socket._releaseControl();
  if (options.servername) {
    if (!warnedAddress && net.isIP(options.servername)) {
      warnedAddress = true;
      process.emitWarning('Setting the TLS ServerName to an IP address is not permitted by RFC 6066. ' +
        'This will be ignored in a future version.', 'DeprecationWarning', 'DEP0123');
    }
    socket.setServername(options.servername);
  }
  if (options.socket) socket._start();
  socket.on('secure', onConnectSecure);
  socket.prependListener('end', onConnectEnd);
  return socket;
}

module.exports = {
  TLSSocket,
  get Server() { return require('internal/tls/server').Server; },
  createServer: function(options, listener) { return new (require('internal/tls/server').Server)(options, listener); },
  connect,
};
