// net.Socket. Its descriptors are those of internal/handles.
'use strict';
const { Duplex } = require('stream');
const { TCP, UV_EOF, setReader } = require('internal/handles');
const { codes, systemError } = require('internal/errors');
const { validateFunction, validateInt32, validateNumber } = require('internal/validators');
const { createHandle, normalizeArgs, publish, owner, normalized, kSetNoDelay, kSetKeepAlive, kSetKeepAliveInitialDelay, kSetKeepAliveMore,
  kSetTOS, kTakeBound, kBoundPath, kOwnOptions,
  UV_ENOTCONN, checkedBlockList } = require('internal/net');

const kHandle = Symbol('kHandle');
const kTimeout = Symbol('timeout');
const kLastWriteQueueSize = Symbol('lastWriteQueueSize');
const kBuffer = Symbol('kBuffer');
const kBufferCb = Symbol('kBufferCb');
const kBufferGen = Symbol('kBufferGen');
const kBoundSource = Symbol('kBoundSource');
const kBytesRead = Symbol('kBytesRead');
const kBytesWritten = Symbol('kBytesWritten');
const noop = () => {};
const emitCloseNT = (self) => self.emit('close');

function connect(...args) {
  const list = normalizeArgs(args);
  const options = list[0];
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.connect(list);
}

function initSocketHandle(self) {
  self._undestroy();
  self._sockname = null;
  const handle = self[kHandle];
  if (!handle) return;
  handle[owner] = self;
  handle.onread = onStreamRead;
  let buffer = self[kBuffer];
  if (buffer) {
    if (self[kBufferGen] !== null) {
      buffer = self[kBufferGen]();
      if (!(buffer instanceof Uint8Array)) return;
      self[kBuffer] = buffer;
    }
    handle.useUserBuffer(buffer);
  }
}

function onStreamRead(nread, chunk) {
  const stream = this[owner];
  if (stream[kTimeout] !== null || stream._parent !== null) stream._unrefTimer();
  if (nread > 0 && !stream.destroyed) {
    let more;
    if (stream[kBuffer]) {
      more = stream[kBufferCb](nread, stream[kBuffer]) !== false;
      if (stream[kBufferGen] !== null) {
        const next = stream[kBufferGen]();
        if (next instanceof Uint8Array) this.useUserBuffer(stream[kBuffer] = next);
      }
    } else {
      more = stream.push(chunk);
    }
    if (!more) {
      this.reading = false;
      if (!stream.destroyed) {
        const err = this.readStop();
        if (err) stream.destroy(systemError(err, 'read'));
      }
    }
    return;
  }
  if (nread === 0 || stream.destroyed) return;
  if (nread !== UV_EOF) {
    stream.destroy(systemError(nread, 'read'));
    return;
  }
  if (!stream._readableState.endEmitted) {
    stream.push(null);
    stream.read(0);
  }
}

function Socket(options) {
  if (!(this instanceof Socket)) return new Socket(options);
  if (options?.objectMode)
    throw new codes.ERR_INVALID_ARG_VALUE('options.objectMode', options.objectMode, 'is not supported');
  if (options?.readableObjectMode || options?.writableObjectMode) {
    const name = options.readableObjectMode ? 'readableObjectMode' : 'writableObjectMode';
    throw new codes.ERR_INVALID_ARG_VALUE(`options.${name}`, options.readableObjectMode || options.writableObjectMode,
                                          'is not supported');
  }
  if (options?.keepAliveInitialDelay !== undefined) {
    validateNumber(options.keepAliveInitialDelay, 'options.keepAliveInitialDelay');
    if (options.keepAliveInitialDelay < 0) options.keepAliveInitialDelay = 0;
  }
  this.connecting = false;
  this._hadError = false;
  this[kHandle] = null;
  this._parent = null;
  this._host = null;
  this[kLastWriteQueueSize] = 0;
  this[kTimeout] = null;
  this[kBuffer] = null;
  this[kBufferCb] = null;
  this[kBufferGen] = null;
  this._closeAfterHandlingError = false;

  if (typeof options === 'number') options = { fd: options };
  else if (options?.[kOwnOptions] !== true) options = { ...options };
  options.allowHalfOpen = Boolean(options.allowHalfOpen);
  options.emitClose = false;
  options.autoDestroy = true;
  options.decodeStrings = false;
  Duplex.call(this, options);

  let bound = false;
  if (options.handle) {
    bound = typeof options.handle[kTakeBound] === 'function';
    if (bound) adopt(this, options.handle);
    else this[kHandle] = options.handle;
  } else if (options.fd !== undefined) {
    const handle = this[kHandle] = createHandle(options.fd, false);
    const err = handle.open(options.fd);
    if (err) throw systemError(err, 'open');
  }

  const { onread } = options;
  if (onread !== undefined && onread !== null && typeof onread === 'object' &&
      (onread.buffer instanceof Uint8Array || typeof onread.buffer === 'function') && typeof onread.callback === 'function') {
    if (typeof onread.buffer === 'function') {
      this[kBuffer] = true;
      this[kBufferGen] = onread.buffer;
    } else {
      this[kBuffer] = onread.buffer;
    }
    this[kBufferCb] = onread.callback;
  }
  this[kSetNoDelay] = Boolean(options.noDelay);
  this[kSetKeepAlive] = Boolean(options.keepAlive);
  this[kSetKeepAliveInitialDelay] = ~~(options.keepAliveInitialDelay / 1000);

  if (options.typeOfService !== undefined) validateInt32(options.typeOfService, 'options.typeOfService', 0, 255);
  this[kSetTOS] = options.typeOfService;

  this.on('end', onReadableStreamEnd);
  initSocketHandle(this);
  this._pendingData = null;
  this._pendingEncoding = '';

  if (this[kHandle] && options.readable !== false && !bound) {
    if (options.pauseOnCreate) {
      this[kHandle].reading = false;
      this[kHandle].readStop();
      this.readableFlowing = false;
    } else if (!options.manualStart) {
      this.read(0);
    }
  }
  if (options.signal) require('internal/net/seldom').markAborted(this, options.signal);
  this.server = null;
  this._server = null;
  this[kBytesRead] = 0;
  this[kBytesWritten] = 0;
  if (options.blockList) this.blockList = checkedBlockList(options.blockList);
}
Object.setPrototypeOf(Socket.prototype, Duplex.prototype);
Object.setPrototypeOf(Socket, Duplex);

// Takes a BoundSocket over.
function adopt(self, bound) {
  self[kBoundPath] = bound[kBoundPath];
  self[kHandle] = bound[kTakeBound]();
  self[kBoundSource] = true;
}

// After the peer's end an allowHalfOpen:false socket refuses writes with an error that names the reason.
function onReadableStreamEnd() {
  if (!this.allowHalfOpen) this.write = writeAfterFIN;
}

function writeAfterFIN(chunk, encoding, cb) {
  if (!this.writableEnded) return Duplex.prototype.write.call(this, chunk, encoding, cb);
  if (typeof encoding === 'function') cb = encoding;
  const er = new Error('This socket has been ended by the other party');
  er.code = 'EPIPE';
  if (typeof cb === 'function') process.nextTick(cb, er);
  this.destroy(er);
  return false;
}

function tryReadStart(socket) {
  socket[kHandle].reading = true;
  const err = socket[kHandle].readStart();
  if (err) socket.destroy(systemError(err, 'read'));
}

function closeHandle(self, isException, detach) {
  const handle = self[kHandle];
  if (!handle) return;
  handle.close(() => {
    self.emit('close', isException);
    if (detach) {
      handle.onread = noop;
      self[kHandle] = null;
      self._sockname = null;
    }
  });
}

const methods = {
  _unrefTimer: function() {
    for (let s = this; s !== null && s !== undefined; s = s._parent) if (s[kTimeout]) s[kTimeout].refresh();
  },
  _final: function(cb) {
    if (this.connecting) return this.once('connect', () => this._final(cb));
    if (!this[kHandle]) return cb();
    const err = this[kHandle].shutdown(() => cb());
    if (err === 1 || err === UV_ENOTCONN) return cb();
    if (err !== 0) return cb(systemError(err, 'shutdown'));
  },
  setTimeout: function(msecs, callback) {
    if (this.destroyed) return this;
    this.timeout = msecs;
    validateNumber(msecs, 'msecs');
    if (msecs < 0 || !Number.isFinite(msecs)) throw new codes.ERR_OUT_OF_RANGE('msecs', 'a non-negative finite number', msecs);
    clearTimeout(this[kTimeout]);
    if (callback !== undefined && (msecs === 0 || typeof callback !== 'function')) validateFunction(callback, 'callback');
    if (msecs === 0) {
      if (callback !== undefined) this.removeListener('timeout', callback);
    } else {
      if (msecs > 2147483647) {
        process.emitWarning(`${msecs} does not fit into a 32-bit signed integer.\nTimer duration was truncated to 2147483647.`,
                            'TimeoutOverflowWarning');
        msecs = 2147483647;
      }
      this[kTimeout] = setTimeout(() => this._onTimeout(), msecs).unref();
      if (callback !== undefined) this.once('timeout', callback);
    }
    return this;
  },
  _onTimeout: function() {
    const handle = this[kHandle];
    const last = this[kLastWriteQueueSize];
    if (last > 0 && handle) {
      // A write that makes progress is activity too.
      const { writeQueueSize } = handle;
      if (last !== writeQueueSize) {
        this[kLastWriteQueueSize] = writeQueueSize;
        this._unrefTimer();
        return;
      }
    }
    this.emit('timeout');
  },
  setNoDelay: function(enable) {
    enable = enable === undefined ? true : Boolean(enable);
    if (!this._handle) {
      this[kSetNoDelay] = enable;
    } else if (this._handle.setNoDelay && enable !== this[kSetNoDelay]) {
      this[kSetNoDelay] = enable;
      this._handle.setNoDelay(enable);
    }
    return this;
  },
  setKeepAlive: function(enable, initialDelayMsecs, intervalMsecs, count) {
    if (enable !== null && typeof enable === 'object') {
      initialDelayMsecs = enable.initialDelay;
      intervalMsecs = enable.interval;
      count = enable.count;
      enable = enable.enable;
    }
    enable = Boolean(enable);
    const delay = ~~(initialDelayMsecs / 1000);
    const interval = intervalMsecs === undefined ? undefined : ~~(intervalMsecs / 1000);
    const more = this[kSetKeepAliveMore];
    if (this._handle) {
      if (!this._handle.setKeepAlive || enable === this[kSetKeepAlive] &&
          !(enable && (this[kSetKeepAliveInitialDelay] !== delay || more?.interval !== interval || more?.count !== count))) return this;
      this._handle.setKeepAlive(enable, delay, interval, count);
    }
    this[kSetKeepAlive] = enable;
    this[kSetKeepAliveInitialDelay] = delay;
    if (interval !== undefined || count !== undefined || more) this[kSetKeepAliveMore] = { interval, count };
    return this;
  },
  setTypeOfService: function(tos) { return require('internal/net/seldom').setTypeOfService(this, tos); },
  getTypeOfService: function() { return require('internal/net/seldom').getTypeOfService(this); },
  address: function() {
    return this._getsockname();
  },
  _read: function(n) {
    if (this.connecting || !this[kHandle]) this.once('connect', () => this._read(n));
    else if (!this[kHandle].reading) tryReadStart(this);
  },
  end: function(data, encoding, callback) {
    Duplex.prototype.end.call(this, data, encoding, callback);
    return this;
  },
  resetAndDestroy: function() {
    if (this._handle) {
      if (!(this._handle instanceof TCP)) throw new codes.ERR_INVALID_HANDLE_TYPE();
      if (this.connecting) this.once('connect', () => this._reset());
      else this._reset();
    } else {
      this.destroy(new codes.ERR_SOCKET_CLOSED());
    }
    return this;
  },
  pause: function() {
    if (this[kBuffer] && !this.connecting && this._handle && this._handle.reading) {
      this._handle.reading = false;
      if (!this.destroyed) {
        const err = this._handle.readStop();
        if (err) this.destroy(systemError(err, 'read'));
      }
    }
    return Duplex.prototype.pause.call(this);
  },
  resume: function() {
    startUserBuffer(this);
    return Duplex.prototype.resume.call(this);
  },
  read: function(n) {
    startUserBuffer(this);
    return Duplex.prototype.read.call(this, n);
  },
  destroySoon: function() {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', this.destroy);
  },
  _destroy: function(exception, cb) {
    this.connecting = false;
    for (let s = this; s !== null && s !== undefined; s = s._parent) if (s[kTimeout]) clearTimeout(s[kTimeout]);
    const handle = this[kHandle];
    if (handle) {
      const isException = Boolean(exception);
      this[kBytesRead] = handle.bytesRead;
      this[kBytesWritten] = handle.bytesWritten;
      if (this.resetAndClosing) {
        this.resetAndClosing = false;
        const err = handle.reset(() => this.emit('close', isException));
        if (err) this.emit('error', systemError(err, 'reset'));
      } else if (this._closeAfterHandlingError) {
        // The socket stays usable for the 'error' listeners, which run in the next tick.
        queueMicrotask(() => closeHandle(this, isException, true));
      } else {
        closeHandle(this, isException, false);
      }
      if (!this._closeAfterHandlingError) {
        handle.onread = noop;
        this[kHandle] = null;
        this._sockname = null;
      }
      cb(exception);
    } else {
      cb(exception);
      process.nextTick(emitCloseNT, this);
    }
    if (this._server) {
      this._server._connections--;
      if (this._server._emitCloseIfDrained) this._server._emitCloseIfDrained();
    }
  },
  _reset: function() {
    this.resetAndClosing = true;
    return this.destroy();
  },
  _reinitializeHandle: function(handle) {
    this._handle?.close();
    this._handle = handle;
    initSocketHandle(this);
  },
  _getpeername: function() {
    if (!this._handle || !this._handle.getpeername || this.connecting) return this._peername || {};
    if (!this._peername) {
      const out = {};
      if (this._handle.getpeername(out)) return out;
      this._peername = out;
    }
    return this._peername;
  },
  _getsockname: function() {
    if (this[kBoundPath] !== undefined) return { address: this[kBoundPath] };
    if (!this._handle || !this._handle.getsockname) return {};
    if (!this._sockname) this._handle.getsockname(this._sockname = {});
    return this._sockname;
  },
  _writeGeneric: function(writev, data, encoding, cb) {
    if (this.connecting) {
      this._pendingData = data;
      this._pendingEncoding = encoding;
      const onClose = () => cb(new codes.ERR_SOCKET_CLOSED_BEFORE_CONNECTION());
      this.once('connect', function connect() {
        this.off('close', onClose);
        this._writeGeneric(writev, data, encoding, cb);
      });
      this.once('close', onClose);
      return;
    }
    if (this._pendingData !== null) {
      this._pendingData = null;
      this._pendingEncoding = '';
    }
    const handle = this[kHandle];
    if (!handle) {
      cb(new codes.ERR_SOCKET_CLOSED());
      return false;
    }
    if (this[kTimeout] !== null || this._parent !== null) this._unrefTimer();
    const done = (status, detail) => {
      if (this.destroyed) {
        cb(null);
      } else if (status < 0) {
        cb(systemError(status, 'write', undefined, undefined, false, detail));
      } else {
        this._unrefTimer();
        this[kLastWriteQueueSize] = 0;
        cb(null);
      }
    };
    const result = writev ? handle.writev(data, data.allBuffers, done) : handle.write(data, encoding, done);
    if (result < 0) cb(systemError(result, 'write'));
    else if (result === 0) cb();
    else this[kLastWriteQueueSize] = handle.writeQueueSize;
  },
  _writev: function(chunks, cb) {
    this._writeGeneric(true, chunks, '', cb);
  },
  _write: function(data, encoding, cb) {
    this._writeGeneric(false, data, encoding, cb);
  },
  connect: function(...args) {
    publish('net.client.socket', () => ({ socket: this }));
    return require('internal/net/connect').connect(this, Array.isArray(args[0]) && args[0][normalized] ? args[0] : normalizeArgs(args));
  },
  ref: function() {
    if (!this._handle) this.once('connect', this.ref);
    else if (typeof this._handle.ref === 'function') this._handle.ref();
    return this;
  },
  unref: function() {
    if (!this._handle) this.once('connect', this.unref);
    else if (typeof this._handle.unref === 'function') this._handle.unref();
    return this;
  },
};
for (const name of Object.keys(methods)) Socket.prototype[name] = methods[name];

function startUserBuffer(self) {
  if (self[kBuffer] && !self.connecting && self._handle && !self._handle.reading) tryReadStart(self);
}

function getters(enumerable, list) {
  for (const name of Object.keys(list)) {
    Object.defineProperty(Socket.prototype, name, { __proto__: null, configurable: !enumerable, enumerable, get: list[name] });
  }
}
getters(false, {
  _connecting() { return this.connecting; },
  pending() { return !this._handle || this.connecting; },
  readyState() {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  },
  bufferSize() { return this._handle ? this.writableLength : undefined; },
});
getters(true, {
  bytesRead() { return this._handle ? this._handle.bytesRead : this[kBytesRead]; },
  remoteAddress() { return this._getpeername().address; },
  remoteFamily() { return this._getpeername().family; },
  remotePort() { return this._getpeername().port; },
  localAddress() { return this._getsockname().address; },
  localPort() { return this._getsockname().port; },
  localFamily() { return this._getsockname().family; },
  _bytesDispatched() { return this._handle ? this._handle.bytesWritten : this[kBytesWritten]; },
  bytesWritten() {
    const { writableBuffer } = this;
    if (!writableBuffer) return undefined;
    const { Buffer } = require('buffer');
    const size = (chunk, encoding) => (typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length);
    let bytes = this._bytesDispatched;
    for (const el of writableBuffer) bytes += size(el.chunk, el.encoding);
    const data = this._pendingData;
    if (Array.isArray(data)) {
      for (const el of data) bytes += el.chunk === undefined ? el.length : size(el.chunk, el.encoding);
    } else if (data) {
      bytes += size(data, this._pendingEncoding);
    }
    return bytes;
  },
});
Object.defineProperty(Socket.prototype, '_handle', {
  __proto__: null,
  get() { return this[kHandle]; },
  set(v) { this[kHandle] = v; },
});

require('internal/clone').onTransfer('internal/net/transfer', Socket.prototype);

setReader(onStreamRead, owner, kTimeout, kBuffer, Socket.prototype._write, Socket.prototype._writeGeneric);
require('internal/streams/core').setSocketPause(Socket.prototype.pause);

module.exports = { Socket, connect, initSocketHandle, onStreamRead, kBoundSource };
