// Http2Session, as both sides have it.
'use strict';
const EventEmitter = require('events');
const { codes } = require('internal/errors');
const { validateArray, validateFunction, validateInt32, validateNumber, validateUint32 } = require('internal/validators');
const native = require('internal/http2/native');
const { Http2Stream, ServerHttp2Stream, ClientHttp2Stream, kSession, kHandle, kState, kInit, kTimeout, setTimer, clearTimer, Timed } =
  require('internal/http2/stream');
const { publish } = require('internal/net');
const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_CANCEL } = native;
const rejection = EventEmitter.captureRejectionSymbol;
const seldom = () => require('internal/http2/seldom');

const kType = Symbol('type');
const kSocket = Symbol('socket');
const kProxy = Symbol('proxySocket');
const kServer = Symbol('server');
const kBound = Symbol('bound session');
const kEncrypted = Symbol('encrypted');
const kAlpn = Symbol('alpnProtocol');
const SERVER = 0, CLIENT = 1;
const maxStreams = 2 ** 32 - 1;

// nghttp2's error, as scripts see it.
function protocolError(errno, code, message) {
  const err = new Error(message);
  err.code = code || 'ERR_HTTP2_ERROR';
  err.errno = errno;
  Object.defineProperty(err, 'toString', { __proto__: null, enumerable: false, configurable: true, writable: true,
                                           value() { return `${this.name} [${this.code}]: ${this.message}`; } });
  return err;
}

function validateBuffer(value, name) {
  if (!ArrayBuffer.isView(value)) throw new codes.ERR_INVALID_ARG_TYPE(name, ['Buffer', 'TypedArray', 'DataView'], value);
}

function emit(self, ...args) { self.emit(...args); }

class Http2Session extends EventEmitter {
  constructor(type, options, socket) {
    super();
    if (socket[kBound] !== undefined) throw new codes.ERR_HTTP2_SOCKET_BOUND();
    this[kType] = type;
    this[kSocket] = socket;
    this[kProxy] = null;
    this[kTimeout] = null;
    this[kEncrypted] = undefined;
    this[kAlpn] = undefined;
    this[kState] = {
      closed: false, destroyed: false, destroyCode: NGHTTP2_NO_ERROR, streams: new Map(), pending: new Set(), goawayCode: null,
      goawayLast: null,
      acks: [], early: 0, pings: [], originSet: undefined, local: undefined, remote: undefined, sent: 0,
    };
    this[kHandle] = undefined;
    socket[kBound] = this;
    socket.on('error', onSocketError);
    socket.on('close', onSocketClose);
    socket.disableRenegotiation?.();
    const io = socket._handle && typeof socket._handle === 'object' || socket.connecting ? undefined : new (require('internal/net/stream'))(socket);
    const start = () => setup(this, socket, type, options, io);
    if (socket.connecting || socket.secureConnecting) {
      socket.once(socket.encrypted || socket.secureConnecting ? 'secureConnect' : 'connect', () => {
        try {
          start();
        } catch (error) {
          socket.destroy(error);
        }
      });
    } else {
      start();
    }
  }

  get encrypted() { return this[kEncrypted]; }
  get alpnProtocol() { return this[kAlpn]; }
  get originSet() {
    if (!this.encrypted || this.destroyed) return undefined;
    return Array.from(originSet(this));
  }
  get connecting() { return this[kHandle] === undefined && !this.destroyed; }
  get closed() { return this[kState].closed; }
  get destroyed() { return this[kState].destroyed; }
  get type() { return this[kType]; }
  get goawayCode() { return this[kState].goawayCode || NGHTTP2_NO_ERROR; }
  get goawayLastStreamID() { return this[kState].goawayLast || 0; }
  get pendingSettingsAck() { return this[kState].acks.length + this[kState].early > 0; }
  get socket() {
    if (this[kProxy] === null) this[kProxy] = seldom().proxySocket(this, kSocket);
    return this[kProxy];
  }
  get state() { return this.connecting || this.destroyed ? {} : this[kHandle].state(); }
  get localSettings() {
    if (this.destroyed) return this[kState].local ?? {};
    if (this.connecting) return {};
    return this[kState].local ??= this[kHandle].localSettings();
  }
  get remoteSettings() {
    if (this.destroyed) return this[kState].remote ?? {};
    if (this.connecting) return {};
    return this[kState].remote ??= this[kHandle].remoteSettings();
  }

  setNextStreamID(id) {
    alive(this);
    validateNumber(id, 'id');
    if (id <= 0 || id > maxStreams) throw new codes.ERR_OUT_OF_RANGE('id', `> 0 and <= ${maxStreams}`, id);
    this[kHandle].setNextStreamID(id);
  }

  setLocalWindowSize(windowSize) {
    alive(this);
    validateInt32(windowSize, 'windowSize', 0);
    whenConnected(this, () => this[kHandle].setLocalWindowSize(windowSize));
  }

  ping(payload, callback) {
    alive(this);
    if (typeof payload === 'function') {
      callback = payload;
      payload = undefined;
    }
    if (payload) {
      validateBuffer(payload, 'payload');
      if (payload.byteLength !== 8) throw new codes.ERR_HTTP2_PING_LENGTH();
    }
    validateFunction(callback, 'callback');
    const cancel = () => callback(new codes.ERR_HTTP2_PING_CANCEL(), 0, payload);
    if (this.connecting || this.closed) {
      process.nextTick(cancel);
      return;
    }
    if (!payload) {
      payload = Buffer.alloc(8);
      payload.writeBigUInt64LE(process.hrtime.bigint());
    }
    if (!this[kHandle].ping(payload)) {
      callback(new codes.ERR_HTTP2_PING_CANCEL(), 0, payload);
      return false;
    }
    this[kState].pings.push({ callback, start: performance.now(), scope: native.bind() });
    return true;
  }

  settings(settings, callback) {
    alive(this);
    validateSettings(settings);
    if (callback !== undefined) validateFunction(callback, 'callback');
    this[kState].early++;
    const scope = callback && native.bind();
    whenConnected(this, () => {
      this[kState].early--;
      if (this.destroyed) return;
      touchSession(this);
      if (!this[kHandle].settings(settings)) {
        this.destroy(new codes.ERR_HTTP2_MAX_PENDING_SETTINGS_ACK());
        callback?.(new codes.ERR_HTTP2_SETTINGS_CANCEL());
        return;
      }
      this[kState].acks.push({ callback, scope, start: performance.now() });
    });
  }

  goaway(code = NGHTTP2_NO_ERROR, lastStreamID = 0, opaqueData) {
    alive(this);
    if (opaqueData !== undefined) validateBuffer(opaqueData, 'opaqueData');
    validateNumber(code, 'code');
    validateNumber(lastStreamID, 'lastStreamID');
    whenConnected(this, () => {
      if (this.destroyed) return;
      touchSession(this);
      this[kHandle].goaway(code, lastStreamID, opaqueData);
    });
  }

  destroy(error = NGHTTP2_NO_ERROR, code) {
    if (this.destroyed) return;
    if (typeof error === 'number') {
      code = error;
      error = code !== NGHTTP2_NO_ERROR ? new codes.ERR_HTTP2_SESSION_ERROR(code) : undefined;
    }
    if (code === undefined && error != null) code = NGHTTP2_INTERNAL_ERROR;
    destroySession(this, code, error);
  }

  close(callback) {
    if (this.closed || this.destroyed) return;
    this[kHandle]?.reveal();
    this[kState].closed = true;
    if (typeof callback === 'function') this.once('close', callback);
    this.goaway();
    maybeDestroy(this);
  }

  _onTimeout() {
    if (this.destroyed) return;
    // What the peer takes slowly is no silence.
    const { sent } = this[kHandle] ?? {};
    if (sent !== undefined && sent !== this[kState].sent && this[kHandle].writing) {
      this[kState].sent = sent;
      this[kTimeout]?.refresh();
      return;
    }
    this.emit('timeout');
  }

  ref() { socketOf(this)?.ref?.(); }
  unref() { socketOf(this)?.unref?.(); }

  [rejection](err, event, ...args) {
    if (event === 'stream') {
      args[0].destroy(err);
    } else {
      this.destroy(err);
    }
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const { type, closed, destroyed, state, localSettings, remoteSettings } = this;
    return seldom().show('Http2Session', { type, closed, destroyed, state, localSettings, remoteSettings }, depth, options);
  }
}
Timed(Http2Session);

function socketOf(session) { return session[kSocket]; }

function alive(session) {
  if (session.destroyed) throw new codes.ERR_HTTP2_INVALID_SESSION();
}

function whenConnected(session, f) {
  if (session.connecting) session.once('connect', f);
  else f();
}

function validateSettings(settings) {
  if (settings === undefined) return;
  if (settings === null || typeof settings !== 'object' || Array.isArray(settings)) throw new codes.ERR_INVALID_ARG_TYPE('settings', 'Object', settings);
  native.validateSettings(settings);
}

function setup(session, socket, type, options, io) {
  if (session.destroyed) {
    process.nextTick(emit, session, 'connect', session, socket);
    return;
  }
  const settings = typeof options.settings === 'object' && options.settings !== null ? options.settings : {};
  const handle = new native.Session(session, type === CLIENT, options, settings);
  io ??= socket._handle;
  session[kEncrypted] = Boolean(socket.encrypted);
  session[kAlpn] = socket.encrypted ? socket.alpnProtocol : 'h2c';
  session[kHandle] = handle;
  if (native.observed) seldom().startPerf(session, 'Http2Session');
  session[kState].acks.push({ start: performance.now() });
  // What the socket has read already comes first.
  if (socket.readableLength) {
    let chunk;
    const chunks = [];
    while ((chunk = socket.read()) !== null) chunks.push(chunk);
    handle.consume(io);
    for (chunk of chunks) handle.receive(chunk);
  } else {
    handle.consume(io);
  }
  if (type === SERVER && Array.isArray(options.origins) && options.origins.length > 0) session.origin(...options.origins);
  process.nextTick(emit, session, 'connect', session, socket);
}

function onSocketError(error) {
  const session = this[kBound];
  // After that the socket closes.
  if (session === undefined) return;
  if (error.code === 'ECONNRESET' && session[kState].goawayCode !== null) session.destroy();
  else session.destroy(error);
}

function onSocketClose() {
  const session = this[kBound];
  if (session === undefined) return;
  const state = session[kState];
  session[kHandle]?.reveal();
  for (const stream of [...state.streams.values(), ...state.pending]) stream.close(NGHTTP2_CANCEL);
  if (!session.closed && !session.destroyed) state.closed = true;
  destroySession(session);
}

function maybeDestroy(session) {
  const { closed, streams, pending } = session[kState];
  if (closed && streams.size === 0 && pending.size === 0) session.destroy();
}

function destroySession(session, code, error) {
  const state = session[kState];
  if (state.destroyed) return;
  if (session[kHandle]) {
    session[kHandle].reveal();
    state.local ??= session[kHandle].localSettings();
  }
  state.destroyed = true;
  state.destroyCode = code;
  session.setTimeout(0);
  session.removeAllListeners('timeout');
  if (state.pending.size > 0 || state.streams.size > 0) {
    const cancel = typeof error?.message === 'string' ? new codes.ERR_HTTP2_STREAM_CANCEL(error.message, error) : new codes.ERR_HTTP2_STREAM_CANCEL();
    for (const stream of [...state.pending]) stream.destroy(cancel);
    for (const stream of [...state.streams.values()]) stream.destroy(error);
  }
  const socket = session[kSocket];
  const handle = session[kHandle];
  if (native.observed && handle) seldom().stopPerf(session, handle);
  for (const { callback, scope } of state.pings.splice(0)) process.nextTick(scope, callback, new codes.ERR_HTTP2_PING_CANCEL());
  for (const { callback, scope } of state.acks.splice(0)) if (callback) process.nextTick(scope, callback, new codes.ERR_HTTP2_SETTINGS_CANCEL());
  if (handle === undefined) {
    finishSession(session, error);
    return;
  }
  handle.whenFlushed(() => {
    handle.detach();
    finishSession(session, error);
  });
  handle.destroy(code || NGHTTP2_NO_ERROR, socket.destroyed);
}

function finishSession(session, error) {
  const socket = session[kSocket];
  session[kHandle] = undefined;
  session[kSocket] = undefined;
  session[kProxy] = undefined;
  if (socket) {
    socket[kBound] = undefined;
    socket.removeListener('close', onSocketClose);
    socket.removeListener('error', onSocketError);
  }
  const over = () => {
    if (error) session.emit('error', error);
    session.emit('close');
  };
  if (!socket || socket.destroyed) {
    process.nextTick(over);
    return;
  }
  socket.on('close', over);
  socket.on('error', () => {});
  if (session.closed && !error) {
    // The peer's end is to be seen, or else the socket would stay.
    socket.resume();
    socket.end();
    const patience = setTimeout(() => socket.destroy(), 2000);
    patience.unref();
    socket.once('close', () => clearTimeout(patience));
    setImmediate(() => { if (socket.readableEnded) socket.destroy(); });
    socket.once('end', () => socket.destroySoon?.());
  } else {
    socket.end(() => socket.destroy());
    setImmediate(() => socket.destroy());
  }
}

function originSet(session) {
  const state = session[kState];
  if (state.originSet !== undefined) return state.originSet;
  const socket = session[kSocket];
  state.originSet = new Set();
  let host = socket.servername;
  if (host === null || host === false) {
    host = socket.remoteFamily === 'IPv6' ? `[${socket.remoteAddress}]` : socket.remoteAddress;
  }
  let origin = `https://${host}`;
  if (socket.remotePort != null) origin += `:${socket.remotePort}`;
  state.originSet.add(new URL(origin).origin);
  return state.originSet;
}

class ServerHttp2Session extends Http2Session {
  constructor(options, socket, server) {
    super(SERVER, options, socket);
    this[kServer] = server;
  }
  get server() { return this[kServer]; }
  altsvc(alt, originOrStream) { seldom().altsvc(this, alt, originOrStream); }
  origin(...origins) { seldom().origin(this, origins); }
}

class ClientHttp2Session extends Http2Session {
  constructor(options, socket) {
    super(CLIENT, options, socket);
  }
}

native.setup({
  // A stream that the peer opens: a request, or at a client a promise.
  stream(handle, id, headers, raw, flags) {
    if (this.destroyed) return undefined;
    touchSession(this);
    if (this.closed) {
      handle.reset(NGHTTP2_REFUSED_STREAM);
      return undefined;
    }
    const end = (flags & 1) === 1;
    let stream;
    if (this[kType] === SERVER) {
      stream = new ServerHttp2Stream(this, handle, id, headers);
      if (native.channels) publish('http2.server.stream.created', () => ({ stream, headers }));
      if (headers[':method'] === 'HEAD') {
        stream.end();
        stream[kState].headRequest = true;
      }
      if (end) stream[kState].endAfterHeaders = true;
      process.nextTick(startServerStream, this, stream, headers, flags, raw);
    } else {
      stream = new ClientHttp2Stream(this, handle, id);
      if (native.channels) publish('http2.client.stream.created', () => ({ stream, headers }));
      stream.end();
      process.nextTick(startClientPush, this, stream, headers, flags, raw);
    }
    if (end) stream.push(null);
    return stream;
  },

  headers(kind, headers, raw, flags) {
    const session = this[kSession];
    if (session === undefined || this.destroyed) return;
    touchSession(session);
    const end = (flags & 1) === 1;
    const status = headers[':status'];
    let event;
    if (session[kType] === SERVER) event = end ? 'trailers' : 'headers';
    else if (kind === 1) event = !end && status >= 100 && status < 200 ? 'headers' : 'response';
    else if (kind === 2) event = 'push';
    else event = status !== undefined && status >= 200 ? 'response' : end ? 'trailers' : 'headers';
    if (end) this[kState].endAfterHeaders ||= kind !== 3;
    if (event === 'response' || event === 'push') this[kState].response = headers;
    if (event === 'headers' && status === 100 && session[kType] === CLIENT) process.nextTick(emit, this, 'continue');
    process.nextTick(emit, this, event, headers, flags, raw);
    if (native.channels && (event === 'response' || event === 'push')) {
      process.nextTick(publish, 'http2.client.stream.finish', () => ({ stream: this, headers, flags }));
    }
    if (end) this.push(null);
  },

  end() {
    this.push(null);
    this.read(0);
  },

  wantTrailers() { this._wantTrailers(); },
  closed(code) { this._closedByPeer(code); },
  touch() { this._touch(); },

  notSent(type, code) {
    const session = this[kSession];
    if (session === undefined) return;
    const emitter = session[kState].streams.get(this.id) ?? session;
    emitter._touch?.();
    process.nextTick(() => {
      if (emitter.listenerCount('frameError') > 0) emitter.emit('frameError', type, code, this.id);
    });
  },

  settings(ack) {
    if (this.destroyed) return;
    const state = this[kState];
    if (!ack) {
      state.remote = undefined;
      if (heard(this, 'remoteSettings')) process.nextTick(emit, this, 'remoteSettings', this.remoteSettings);
      return;
    }
    state.local = undefined;
    const { callback, scope, start } = state.acks.shift() ?? {};
    const local = this.localSettings;
    if (callback) scope(callback, null, local, performance.now() - start);
    this.emit('localSettings', local);
  },

  ping(ack, payload) {
    if (this.destroyed) return;
    if (!ack) {
      if (heard(this, 'ping')) this.emit('ping', payload);
      return;
    }
    const ping = this[kState].pings.shift();
    if (!ping) return;
    const rtt = performance.now() - ping.start;
    this[kHandle]?.ponged(rtt);
    ping.scope(ping.callback, null, rtt, payload);
  },

  goaway(code, last, data) {
    if (this.destroyed) return;
    const state = this[kState];
    state.goawayCode = code;
    state.goawayLast = last;
    process.nextTick(afterGoaway, this, code, last, data);
  },

  altsvc(id, origin, value) {
    if (!this.destroyed && heard(this, 'altsvc')) process.nextTick(emit, this, 'altsvc', value, origin, id);
  },

  origin(list) { seldom().received(this, list, originSet, emit); },

  failed(errno, code, message) {
    if (this.destroyed) return;
    this.destroy(protocolError(errno, code, message));
  },

  broken(errno) {
    const socket = this[kSocket];
    if (!socket || socket.destroyed) return;
    const { systemError } = require('internal/errors');
    socket.destroy(systemError(errno, 'write'));
  },
});

function afterGoaway(session, code, last, data) {
  session.emit('goaway', code, last, data);
  if (code === NGHTTP2_NO_ERROR) session.close();
  else session.destroy(new codes.ERR_HTTP2_SESSION_ERROR(code), NGHTTP2_NO_ERROR);
}

// heard tells whether a frame of the session's own is listened to: only then it counts as activity.
function heard(session, event) {
  if (session.listenerCount(event) === 0) return false;
  touchSession(session);
  return true;
}

function touchSession(session) { if (session[kTimeout]) session[kTimeout].refresh(); }
Http2Session.prototype._touch = function() { touchSession(this); };
Object.defineProperty(Http2Session.prototype, '_touch', { __proto__: null, enumerable: false });

function startServerStream(session, stream, headers, flags, raw) {
  if (native.channels) publish('http2.server.stream.start', () => ({ stream, headers }));
  session.emit('stream', stream, headers, flags, raw);
}

function startClientPush(session, stream, headers, flags, raw) {
  if (native.channels) publish('http2.client.stream.start', () => ({ stream, headers }));
  session.emit('stream', stream, headers, flags, raw);
}

// checkOptions validates the options that only sessions have.
function checkOptions(options) {
  for (const name of ['maxSessionInvalidFrames', 'maxSessionRejectedStreams', 'unknownProtocolTimeout'])
    if (options[name] !== undefined) validateUint32(options[name], `options.${name}`);
  if (options.settings !== undefined && (options.settings === null || typeof options.settings !== 'object')) {
    throw new codes.ERR_INVALID_ARG_TYPE('options.settings', 'Object', options.settings);
  }
  if (options.remoteCustomSettings !== undefined) {
    validateArray(options.remoteCustomSettings, 'options.remoteCustomSettings');
    if (options.remoteCustomSettings.length > 10) throw new codes.ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS();
  }
}

module.exports = {
  checkOptions, kHandle, Http2Session, ServerHttp2Session, ClientHttp2Session, kType, kSocket, kServer, kBound, SERVER, CLIENT, maybeDestroy, emit, alive, whenConnected,
  validateSettings, originSet, protocolError,
};
