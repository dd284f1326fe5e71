// tls.Server, and the server's side of TLSSocket: names, protocols and sessions that scripts decide on.
'use strict';
const net = require('net');
const { codes } = require('internal/errors');
const { validateFunction, validateNumber, validateObject, validateString, validateUint32 } =
  require('internal/validators');
const { owner } = require('internal/net');
const tls = require('tls');
const { TLSSocket } = require('_tls_wrap');
const { createSecureContext } = require('_tls_common');

const kErrorEmitted = Symbol('error-emitted');
const kSNICallback = Symbol('snicallback');

function connReset(message) { return Object.assign(new Error(message), { code: 'ECONNRESET' }); }

// prepare sets up the handle of a server's TLSSocket, before the client's first bytes.
function prepare(self, wrap, options) {
  const { server, SNICallback, ALPNCallback } = options;
  if (SNICallback !== undefined && SNICallback !== null) validateFunction(SNICallback, 'options.SNICallback');
  if (ALPNCallback !== undefined) {
    validateFunction(ALPNCallback, 'options.ALPNCallback');
    if (options.ALPNProtocols) throw new codes.ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS();
  }
  if (SNICallback && (SNICallback !== contextOf || server?._contexts.length)) self._SNICallback = SNICallback;
  if (self._SNICallback || ALPNCallback) wrap.askHello();
  if (server && !server.honorCipherOrder) wrap.followClientsOrder();
  wrap.onhello = onHello;
  if (!server) return;
  if (server.listenerCount('newSession') > 0 || server.listenerCount('resumeSession') > 0) {
    wrap.storeSessions();
    wrap.onnewsession = onNewSession;
    wrap.onresume = onResume;
  }
  if (server.listenerCount('OCSPRequest') > 0) {
    wrap.stapleOCSP();
    wrap.onocsp = onOCSP;
  }
  if (server.listenerCount('keylog') > 0) {
    wrap.enableKeylog();
    wrap.onkeylog = function(line) {
      const socket = this[owner];
      server.emit('keylog', line, socket);
      socket?.emit('keylog', line);
    };
  }
}

// The client has named the host and the protocols that it wants. What a callback throws is 'tlsClientError': anybody may send names
// that it does not expect.
function onHello(servername, protocols, reply) {
  const self = this[owner];
  try {
    answerHello(self, servername, protocols, reply);
  } catch (err) {
    self.destroy(err);
  }
}

function answerHello(self, servername, protocols, reply) {
  const fail = (err) => self.destroy(err); // the handshake ends with it
  if (servername) self.servername = servername;
  const { ALPNCallback } = self._tlsOptions;
  let protocol;
  if (ALPNCallback && protocols.length > 0) {
    const chosen = ALPNCallback.call(self, { servername: servername || '', protocols });
    if (chosen === undefined) protocol = null;
    else if (!protocols.includes(chosen)) return fail(new codes.ERR_TLS_ALPN_CALLBACK_INVALID_RESULT(chosen, protocols));
    else protocol = chosen;
  }
  if (!self._SNICallback || !servername) return reply(null, undefined, protocol);
  let called = false;
  self._SNICallback(servername, (err, context) => {
    if (called) return self.destroy(new codes.ERR_MULTIPLE_CALLBACK());
    called = true;
    if (err) return fail(err);
    if (!self._handle) return;
    if (context) {
      const native = context.context || context;
      if (!(native instanceof binding.SecureContext)) return fail(new TypeError('Invalid SNI context'));
      return reply(null, native, protocol);
    }
    reply(null, undefined, protocol);
  });
}

function onNewSession(id, session, reply) {
  const { server } = this[owner];
  const done = () => reply();
  if (!server.emit('newSession', id, session, done)) done();
}

function onResume(id, reply) {
  const self = this[owner];
  const done = (err, session) => {
    if (err) self.destroy(err);
    reply(err ? undefined : session);
  };
  if (!self.server.emit('resumeSession', id, done)) done();
}

function onOCSP(certificate, issuer, reply) {
  const self = this[owner];
  self.server.emit('OCSPRequest', certificate, issuer, (err, response) => {
    if (err) self.destroy(err);
    else reply(null, response);
  });
}

function onServerSocketSecure() {
  if (this._tlsOptions.requestCert) {
    const err = this._handle.verifyError();
    if (err) {
      this.authorizationError = err.code;
      if (this._tlsOptions.rejectUnauthorized) this.destroy();
    } else {
      this.authorized = true;
    }
  }
  if (!this.destroyed && this._releaseControl()) {
    this.secureConnecting = false;
    this._tlsOptions.server.emit('secureConnection', this);
  }
}

function onSocketTLSError(err) {
  if (this._controlReleased || this[kErrorEmitted]) return;
  this[kErrorEmitted] = true;
  this._tlsOptions.server.emit('tlsClientError', err, this);
}

function onSocketClose(err) {
  // An error has been told already.
  if (err || this._controlReleased || this[kErrorEmitted]) return;
  this[kErrorEmitted] = true;
  this._tlsOptions.server.emit('tlsClientError', connReset('socket hang up'), this);
}

function onConnection(raw) {
  const socket = new TLSSocket(raw, {
    secureContext: this._sharedCreds,
    isServer: true,
    server: this,
    requestCert: this.requestCert,
    rejectUnauthorized: this.rejectUnauthorized,
    handshakeTimeout: this._handshakeTimeout,
    ALPNProtocols: this.ALPNProtocols,
    ALPNCallback: this.ALPNCallback,
    SNICallback: this[kSNICallback] || contextOf,
    enableTrace: this._enableTrace,
    pauseOnConnect: this.pauseOnConnect,
  });
  socket[kErrorEmitted] = false;
  socket.on('secure', onServerSocketSecure);
  socket.on('close', onSocketClose);
  socket.on('_tlsError', onSocketTLSError);
}

// The default SNICallback.
function contextOf(servername, callback) {
  const { _contexts } = this.server;
  for (let i = _contexts.length - 1; i >= 0; i--) {
    const [pattern, context] = _contexts[i];
    if (pattern.test(servername)) return callback(null, context);
  }
  callback(null, undefined);
}

const credentials = ['pfx', 'key', 'passphrase', 'cert', 'clientCertEngine', 'ca', 'minVersion', 'maxVersion', 'secureProtocol', 'crl',
                     'ciphers', 'ecdhCurve', 'dhparam', 'sigalgs', 'secureOptions', 'ticketKeys', 'sessionTimeout', 'sessionIdContext',
                     'privateKeyIdentifier', 'privateKeyEngine', 'allowPartialTrustChain'];

function Server(options, listener) {
  if (!(this instanceof Server)) return new Server(options, listener);
  if (typeof options === 'function') {
    listener = options;
    options = {};
  } else if (options == null || typeof options === 'object') {
    options ??= {};
  } else {
    throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
  }
  this._contexts = [];
  this.requestCert = options.requestCert === true;
  this.rejectUnauthorized = options.rejectUnauthorized !== false;
  if (options.sessionTimeout) this.sessionTimeout = options.sessionTimeout;
  if (options.ticketKeys) this.ticketKeys = options.ticketKeys;
  if (options.ALPNProtocols) tls.convertALPNProtocols(options.ALPNProtocols, this);
  if (options.ALPNCallback) {
    if (options.ALPNProtocols) throw new codes.ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS();
    this.ALPNCallback = options.ALPNCallback;
  }
  if (options.pskIdentityHint) validateString(options.pskIdentityHint, 'options.pskIdentityHint');
  if (options.pskCallback) {
    validateFunction(options.pskCallback, 'options.pskCallback');
    throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('tls: the option pskCallback');
  }
  this.setSecureContext(options);
  this._handshakeTimeout = options.handshakeTimeout || 120_000;
  validateNumber(this._handshakeTimeout, 'options.handshakeTimeout');
  this[kSNICallback] = options.SNICallback;
  if (options.SNICallback) validateFunction(options.SNICallback, 'options.SNICallback');
  this._enableTrace = options.enableTrace;
  net.Server.call(this, options, onConnection);
  if (listener) this.on('secureConnection', listener);
}
Object.setPrototypeOf(Server.prototype, net.Server.prototype);
Object.setPrototypeOf(Server, net.Server);

Object.assign(Server.prototype, {
  setSecureContext: function(options) {
    validateObject(options, 'options');
    for (const name of credentials) this[name] = options[name] || undefined;
    this.honorCipherOrder = options.honorCipherOrder !== undefined ? Boolean(options.honorCipherOrder) : true;
    // Servers of one program with the same arguments, such as a cluster's, may resume each other's sessions.
    if (options.sessionTimeout !== undefined) this.sessionTimeout = options.sessionTimeout;
    if (options.ticketKeys !== undefined) this.ticketKeys = options.ticketKeys;
    const all = { server: this };
    for (const name of credentials) all[name] = options[name];
    for (const name of ['ticketKeys', 'sessionTimeout']) all[name] ||= undefined;
    this._sharedCreds = createSecureContext(all);
  },

  _getServerData: function() { return { ticketKeys: this.getTicketKeys().toString('hex') }; },

  _setServerData: function(data) { this.setTicketKeys(Buffer.from(data.ticketKeys, 'hex')); },

  getTicketKeys: function() { return this._sharedCreds.context.getTicketKeys(); },

  setTicketKeys: function(keys) {
    binding.validateView(keys, 'buffer');
    if (keys.byteLength !== 48) throw new codes.ERR_INTERNAL_ASSERTION('Session ticket keys must be a 48-byte buffer');
    this._sharedCreds.context.setTicketKeys(keys);
  },

  addContext: function(servername, context) {
    if (!servername) throw new codes.ERR_TLS_REQUIRED_SERVER_NAME();
    const source = servername.replace(/([.^$+?\-\\[\]{}])/g, '\\$1').replaceAll('*', '[^.]*');
    const { context: native } = context?.context ? context : createSecureContext(context);
    this._contexts.push([new RegExp(`^${source}$`, 'i'), native]);
  },

  [Symbol.for('nodejs.rejection')](err, event, socket) {
    if (event === 'secureConnection') socket.destroy(err);
    else net.Server.prototype[Symbol.for('nodejs.rejection')].call(this, err, event, socket);
  },
});
module.exports = {
  Server,
  createServer: function(options, listener) { return new Server(options, listener); },
  prepare,
};
