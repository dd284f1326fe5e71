// tls.connect, and the client's side of TLSSocket: whom it talks to, and the sessions that it may resume.
'use strict';
const net = require('net');
const { validateFunction, validateNumber } = require('internal/validators');
const { owner } = require('internal/net');
const tls = require('tls');
const { TLSSocket } = require('_tls_wrap');
const { createSecureContext } = require('_tls_common');
const { kVerified, kPendingSession } = binding;

const kConnectOptions = Symbol('connect-options');

// prepare sets up the handle of a client's TLSSocket, before it starts.
function prepare(self, wrap, options) {
  wrap.onnewsession = onClientSession;
  wrap.onocspresponse = function(response) { this[owner]?.emit('OCSPResponse', response); };
  if (options.session) wrap.setSession(options.session);
  if (options.requestOCSP) wrap.requestOCSP();
}

function onClientSession(id, session) {
  const self = this[owner];
  if (!self) return;
  if (self[kVerified]) emitSession(self, session);
  else self[kPendingSession] = session;
}

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
  this.destroy(Object.assign(new Error('Client network socket disconnected before secure TLS connection was established'),
                             { code: 'ECONNRESET', path, host, port, localAddress }));
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
    session: typeof options.session === 'string' ? Buffer.from(options.session, 'latin1') : options.session,
    ALPNProtocols: options.ALPNProtocols,
    requestOCSP: options.requestOCSP,
    enableTrace: options.enableTrace,
    pskCallback: options.pskCallback,
    highWaterMark: options.highWaterMark,
    onread: options.onread,
    signal: options.signal,
    noDelay: options.noDelay,
    keepAlive: options.keepAlive,
    keepAliveInitialDelay: options.keepAliveInitialDelay,
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

module.exports = { connect, prepare };
