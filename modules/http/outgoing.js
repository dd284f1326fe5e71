'use strict';
// _http_outgoing: the writing half that ServerResponse and ClientRequest share. A message keeps its output in
// `outputData` until it is its turn on the socket. The head is rendered natively (storeHeader).
const Stream = require('stream');
const { codes } = require('internal/errors');
const { validateString } = require('internal/validators');
const { checkToken, checkInvalid, storeHeader, byteLength, isBytes, setupOutgoing, initOutgoing, kOutHeaders, kNeedDrain, kFinished, kUniqueHeaders } =
  binding;
const { captureRejectionSymbol } = require('events');

const kCorked = Symbol('corked');
const kSocket = Symbol('kSocket');
const kChunkedBuffer = Symbol('kChunkedBuffer'); // pieces of a body that become one chunk, with their encodings and callbacks
const kChunkedLength = Symbol('kChunkedLength');
const kBytesWritten = Symbol('kBytesWritten');
const kErrored = Symbol('errored');
const kEndCallbacks = Symbol('kEndCallbacks');
const kEndError = Symbol('kFlushError');
const kHighWaterMark = Symbol('kHighWaterMark');
const kRejectBody = Symbol('kRejectNonStandardBodyWrites');
const nop = () => {};
const tick = (f, ...args) => process.nextTick(f, ...args);

function OutgoingMessage(options) {
  Stream.call(this);
  this.outputData = [];
  initOutgoing(this);
  const hwm = options?.highWaterMark;
  if (hwm !== undefined && hwm !== null) this[kHighWaterMark] = hwm;
  if (options?.rejectNonStandardBodyWrites) this[kRejectBody] = true;
}
Object.setPrototypeOf(OutgoingMessage.prototype, Stream.prototype);
Object.setPrototypeOf(OutgoingMessage, Stream);

const proto = OutgoingMessage.prototype;
// The initial state, in Node's order. It is on the prototype too: native responses own only what has changed.
setupOutgoing(proto, {
  outputSize: 0, writable: true, destroyed: false, _last: false, chunkedEncoding: false, shouldKeepAlive: true,
  maxRequestsOnConnectionReached: false, _defaultKeepAlive: true, useChunkedEncodingByDefault: true, sendDate: false,
  _removedConnection: false, _removedContLen: false, _removedTE: false, strictContentLength: false, [kBytesWritten]: 0,
  _contentLength: null, _hasBody: true, _trailer: '', [kNeedDrain]: false, finished: false, _headerSent: false, [kCorked]: 0,
  [kChunkedBuffer]: null, [kChunkedLength]: 0, _closed: false, [kSocket]: null, _header: null, [kOutHeaders]: null,
  _keepAliveTimeout: 0, _onPendingData: nop, [kErrored]: null, [kFinished]: false, [kEndCallbacks]: null, [kEndError]: null,
  [kHighWaterMark]: Stream.getDefaultHighWaterMark(false), [kRejectBody]: false,
});

// headersOf are the headers of a message, null if there are none. What is no message has none to ask for.
function headersOf(msg) {
  const headers = msg[kOutHeaders];
  if (!headers && msg.outputData === undefined) throw new TypeError('Cannot convert undefined or null to object');
  return headers;
}

const getters = {
  errored() { return this[kErrored]; },
  closed() { return this._closed; },
  writableFinished() { return this[kFinished]; },
  writableObjectMode() { return false; },
  writableLength() { return this.outputSize + this[kChunkedLength] + (this.socket ? this.socket.writableLength : 0); },
  writableHighWaterMark() { return this.socket ? this.socket.writableHighWaterMark : this[kHighWaterMark]; },
  writableCorked() { return this[kCorked]; },
};
for (const key in getters) Object.defineProperty(proto, key, { get: getters[key] });
Object.defineProperty(proto, 'writableEnded', { get: function() { return this.finished; } });
Object.defineProperty(proto, 'writableNeedDrain', { get: function() { return !this.destroyed && !this.finished && this[kNeedDrain]; } });
Object.defineProperty(proto, 'headersSent', { configurable: true, enumerable: true, get: function() { return !!this._header; } });
Object.defineProperty(proto, 'connection', { get: function() { return this.socket; }, set: function(v) { this.socket = v; } });

Object.defineProperty(proto, 'socket', {
  get: function() { return this[kSocket]; },
  set: function(socket) {
    for (let n = 0; n < this[kCorked]; n++) {
      socket?.cork();
      this[kSocket]?.uncork();
    }
    this[kSocket] = socket;
  },
});

function validateHeaderName(name, label) {
  if (typeof name !== 'string' || !name || !checkToken(name)) throw new codes.ERR_INVALID_HTTP_TOKEN(label || 'Header name', name);
}

function validateHeaderValue(name, value, lenient) {
  if (value === undefined) throw new codes.ERR_HTTP_INVALID_HEADER_VALUE('undefined', name);
  if (checkInvalid(value, lenient)) throw new codes.ERR_INVALID_CHAR('header content', name);
}

// Few values need to know how strict a message is.
function validateOwn(msg, name, value) {
  validateHeaderName(name);
  validateHeaderValue(name, value, checkInvalid(value) && msg._isLenientHeaderValidation());
}

function parseUniqueHeadersOption(headers) {
  return Array.isArray(headers) ? new Set(headers.map((name) => name.toLowerCase())) : null;
}

function notSent(msg, verb) {
  if (msg._header) throw new codes.ERR_HTTP_HEADERS_SENT(verb);
}

// Errors that the caller of a write may still be told of.
function reportError(msg, err, callback) {
  if (!msg.destroyed) tick(reportErrorNT, msg, err, callback);
}

function reportErrorNT(msg, err, callback) {
  callback(err);
  if (typeof msg.emit === 'function' && !msg.destroyed) msg.emit('error', err);
}

// Tells whether the bytes of the body are counted against a Content-Length.
function lengthIsStrict(msg) {
  return msg.strictContentLength && msg._contentLength != null && msg._hasBody && !msg._removedContLen &&
    !msg.chunkedEncoding && !msg.hasHeader('transfer-encoding');
}

function writeBody(msg, chunk, encoding, callback, last) {
  if (typeof callback !== 'function') callback = nop;
  if (chunk === null) throw new codes.ERR_STREAM_NULL_VALUES();
  if (typeof chunk !== 'string' && !isBytes(chunk))
    throw new codes.ERR_INVALID_ARG_TYPE('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
  if (msg.finished || msg.destroyed) {
    const err = msg.finished ? new codes.ERR_STREAM_WRITE_AFTER_END() : new codes.ERR_STREAM_DESTROYED('write');
    if (msg.destroyed) tick(callback, err);
    else reportError(msg, err, callback);
    return false;
  }
  let size;
  const length = () => size ??= byteLength(chunk, encoding);
  if (msg.strictContentLength) {
    const total = msg[kBytesWritten] + length();
    if (lengthIsStrict(msg) && (last ? total !== msg._contentLength : total > msg._contentLength))
      throw new codes.ERR_HTTP_CONTENT_LENGTH_MISMATCH(total, msg._contentLength);
    msg[kBytesWritten] = total;
  }
  if (!msg._header) {
    if (last) msg._contentLength = length();
    msg._implicitHeader();
  }
  if (!msg._hasBody) {
    if (msg[kRejectBody]) throw new codes.ERR_HTTP_BODY_NOT_ALLOWED();
    tick(callback);
    return true;
  }
  const { socket } = msg;
  if (!last && socket && !socket.writableCorked) {
    socket.cork();
    tick(uncorkNT, socket);
  }
  if (!msg.chunkedEncoding || chunk.length === 0) return msg._send(chunk, encoding, callback, size);
  if (msg[kCorked] && msg._headerSent) {
    (msg[kChunkedBuffer] ??= []).push([chunk, encoding, callback]);
    return (msg[kChunkedLength] += length()) < msg[kHighWaterMark];
  }
  msg._send(length().toString(16) + '\r\n', 'latin1', null);
  msg._send(chunk, encoding, null, size);
  return msg._send('\r\n', 'latin1', callback);
}

function uncorkNT(socket) { socket.uncork(); }

function emitCloseNT(msg) {
  if (msg._closed) return;
  msg._closed = true;
  msg.emit('close');
}

// Sends what was written while the message was corked, as one chunk.
function sendChunk(msg) {
  const pieces = msg[kChunkedBuffer];
  msg._send(msg[kChunkedLength].toString(16) + '\r\n', 'latin1', null);
  for (const piece of pieces) msg._send(piece[0], piece[1], null);
  msg._send('\r\n', 'latin1', (error) => { for (const piece of pieces) piece[2](error); });
  msg[kChunkedBuffer] = null;
  msg[kChunkedLength] = 0;
  if (msg[kNeedDrain] && msg.writableLength === 0) {
    msg[kNeedDrain] = false;
    msg.emit('drain');
  }
}

// Tells whether nothing follows this last piece of the body: it is finished with its write then.
function isFinal(msg, chunk, encoding) {
  if (typeof chunk !== 'string' && !isBytes(chunk) || msg.destroyed || msg.strictContentLength) return false;
  if (!msg._header) {
    msg._contentLength = byteLength(chunk, encoding);
    msg._implicitHeader();
  }
  return !!msg._header && msg._hasBody && !msg.chunkedEncoding;
}

// The last piece has been written, or could not be: first those who gave end() a callback hear of it.
function onFinish(msg, error) {
  const { socket } = msg;
  if (error || msg[kErrored] || socket?.errored || socket?._hadError) {
    msg[kEndError] = error ?? msg[kErrored] ?? socket?.errored ?? new codes.ERR_STREAM_DESTROYED('end');
    return callEndCallbacks(msg, msg[kEndError]);
  }
  msg[kFinished] = true;
  callEndCallbacks(msg, null);
  msg.emit('finish');
}

function callEndCallbacks(msg, error) {
  const callbacks = msg[kEndCallbacks];
  msg[kEndCallbacks] = null;
  for (let i = 0; i < callbacks?.length; i++) callbacks[i](error);
}

function whenEnded(msg, callback) {
  if (msg[kFinished]) callback(new codes.ERR_STREAM_ALREADY_FINISHED('end'));
  else if (msg[kEndError]) tick(callback, msg[kEndError]);
  else if (msg[kEndCallbacks]) msg[kEndCallbacks].push(callback);
  else msg[kEndCallbacks] = [callback];
}

const methods = {
  _isLenientHeaderValidation: function() { return require('internal/http/seldom').isLenientMessage(this); },

  _renderHeaders: function() {
    notSent(this, 'render');
    const headers = {}, kept = headersOf(this);
    for (const key in kept) headers[kept[key][0]] = kept[key][1];
    return headers;
  },

  cork: function() {
    this[kCorked]++;
    this.socket?.cork();
  },

  uncork: function() {
    this[kCorked]--;
    this.socket?.uncork();
    if (!this[kCorked] && this[kChunkedBuffer]) sendChunk(this);
  },

  setTimeout: function(msecs, callback) {
    if (callback) this.on('timeout', callback);
    if (this.socket) this.socket.setTimeout(msecs);
    else this.once('socket', (socket) => socket.setTimeout(msecs));
    return this;
  },

  destroy: function(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this[kErrored] = error;
    if (this.socket) this.socket.destroy(error);
    else tick(emitCloseNT, this);
    return this;
  },

  // Sends data, after the head if that is still to come: both then go in one write where they can.
  _send: function(data, encoding, callback, size) {
    if (!this._headerSent && this._header !== null) {
      if (typeof data === 'string' && (encoding === 'utf8' || encoding === 'latin1' || !encoding)) {
        data = this._header + data;
      } else {
        this.outputData.unshift({ data: this._header, encoding: 'latin1', callback: null });
        this.outputSize += this._header.length;
        this._onPendingData(this._header.length);
      }
      this._headerSent = true;
    }
    return this._writeRaw(data, encoding, callback, size);
  },

  // Writes to the socket, or keeps the data until the socket is this message's.
  _writeRaw: function(data, encoding, callback) {
    const conn = this.socket;
    if (conn?.destroyed) return false;
    if (typeof encoding === 'function') {
      callback = encoding;
      encoding = null;
    }
    if (conn && conn._httpMessage === this && conn.writable) {
      if (this.outputData.length) this._flushOutput(conn);
      return conn.write(data, encoding, callback);
    }
    this.outputData.push({ data, encoding, callback });
    this.outputSize += data.length;
    this._onPendingData(data.length);
    return this.outputSize < this[kHighWaterMark];
  },

  _storeHeader: function(firstLine, headers) {
    if (storeHeader(this, firstLine, headers)) this._send(''); // Expect: the head goes out at once
  },

  setHeader: function(name, value) {
    notSent(this, 'set');
    validateOwn(this, name, value);
    headersOf(this);
    (this[kOutHeaders] ??= { __proto__: null })[name.toLowerCase()] = [name, value];
    return this;
  },

  setHeaders: function(headers) { return require('internal/http/seldom').setHeaders(this, headers); },

  appendHeader: function(name, value) {
    notSent(this, 'append');
    validateOwn(this, name, value);
    const entry = headersOf(this)?.[name.toLowerCase()];
    if (!entry) return this.setHeader(name, value);
    if (!Array.isArray(entry[1])) entry[1] = [entry[1]];
    if (Array.isArray(value)) entry[1].push(...value);
    else entry[1].push(value);
    return this;
  },

  getHeader: function(name) {
    validateString(name, 'name');
    return headersOf(this)?.[name.toLowerCase()]?.[1];
  },

  getHeaderNames: function() { return Object.keys(headersOf(this) ?? {}); },

  getRawHeaderNames: function() { return Object.values(headersOf(this) ?? {}).map((entry) => entry[0]); },

  getHeaders: function() {
    const headers = { __proto__: null };
    for (const key in this[kOutHeaders]) headers[key] = this[kOutHeaders][key][1];
    return headers;
  },

  hasHeader: function(name) {
    validateString(name, 'name');
    return !!headersOf(this)?.[name.toLowerCase()];
  },

  removeHeader: function(name) {
    validateString(name, 'name');
    notSent(this, 'remove');
    const key = name.toLowerCase();
    if (key === 'connection') this._removedConnection = true;
    else if (key === 'content-length') this._removedContLen = true;
    else if (key === 'transfer-encoding') this._removedTE = true;
    else if (key === 'date') this.sendDate = false;
    const headers = headersOf(this);
    if (headers) delete headers[key];
  },

  _implicitHeader: function() { throw new codes.ERR_METHOD_NOT_IMPLEMENTED('_implicitHeader()'); },

  write: function(chunk, encoding, callback) {
    if (typeof encoding === 'function') {
      callback = encoding;
      encoding = null;
    }
    const more = writeBody(this, chunk, encoding, callback, false);
    if (!more) this[kNeedDrain] = true;
    return more;
  },

  addTrailers: function(headers) { require('internal/http/seldom').addTrailers(this, headers); },

  end: function(chunk, encoding, callback) {
    if (typeof chunk === 'function') {
      callback = chunk;
      chunk = encoding = null;
    } else if (typeof encoding === 'function') {
      callback = encoding;
      encoding = null;
    }
    let finish = null;
    if (chunk) {
      if (this.finished) {
        reportError(this, new codes.ERR_STREAM_WRITE_AFTER_END(), typeof callback === 'function' ? callback : nop);
        return this;
      }
      this.socket?.cork();
      if (isFinal(this, chunk, encoding)) {
        if (typeof callback === 'function') whenEnded(this, callback);
        callback = undefined;
        finish = (error) => onFinish(this, error);
      }
      writeBody(this, chunk, encoding, finish, true);
    } else if (this.finished) {
      if (typeof callback === 'function') whenEnded(this, callback);
      return this;
    } else if (!this._header) {
      this.socket?.cork();
      this._contentLength = 0;
      this._implicitHeader();
    }
    if (typeof callback === 'function') whenEnded(this, callback);
    if (lengthIsStrict(this) && this[kBytesWritten] !== this._contentLength)
      throw new codes.ERR_HTTP_CONTENT_LENGTH_MISMATCH(this[kBytesWritten], this._contentLength);
    if (finish === null) {
      finish = (error) => onFinish(this, error);
      if (this._hasBody && this.chunkedEncoding) this._send(`0\r\n${this._trailer}\r\n`, 'latin1', finish);
      else if (!this._headerSent || this.writableLength || chunk) this._send('', 'latin1', finish);
      else tick(finish);
    }
    if (this.socket) {
      this.socket._writableState.corked = 1; // whatever write() and the user corked, all of it goes out now
      this.socket.uncork();
    }
    this[kCorked] = 1;
    this.uncork();
    this.finished = true;
    if (this.outputData.length === 0 && this.socket?._httpMessage === this) this._finish();
    return this;
  },

  // Everything has been handed to the socket.
  _finish: function() {
    if (!this.socket) throw new codes.ERR_INTERNAL_ASSERTION();
    this.emit('prefinish');
  },

  // The socket is this message's: send what was kept.
  _flush: function() {
    const { socket } = this;
    if (!socket?.writable) return;
    const more = this._flushOutput(socket);
    if (this.finished) {
      this._finish();
    } else if (this[kNeedDrain] && more !== false) {
      this[kNeedDrain] = false;
      this.emit('drain');
    }
  },

  _flushOutput: function(socket) {
    const kept = this.outputData;
    if (kept.length === 0) return;
    let more;
    socket.cork();
    for (let i = 0; i < kept.length; i++) more = socket.write(kept[i].data, kept[i].encoding, kept[i].callback);
    socket.uncork();
    this.outputData = [];
    if (this._onPendingData !== nop) this._onPendingData(-this.outputSize);
    this.outputSize = 0;
    return more;
  },

  flushHeaders: function() {
    if (!this._header) this._implicitHeader();
    this._send('');
  },

  pipe: function() { this.emit('error', new codes.ERR_STREAM_CANNOT_PIPE()); },

  [captureRejectionSymbol](err) { this.destroy(err); },
};
for (const key of Reflect.ownKeys(methods)) proto[key] = methods[key];

binding.onFinish = onFinish; // native responses end by it too

module.exports = { OutgoingMessage, validateHeaderName, validateHeaderValue, parseUniqueHeadersOption, kHighWaterMark, kUniqueHeaders };
