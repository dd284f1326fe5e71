// What few servers need of http: informational responses, the signal of a message. It loads when it is first asked for.
'use strict';
const { codes } = require('internal/errors');
const { validateInteger, validateObject } = require('internal/validators');
const { validateHeaderName, validateHeaderValue } = require('_http_outgoing');
const { isLenient } = require('_http_common');
const { STATUS_CODES, checkInvalid, responseOf, validateLink, kAbortController, kUniqueHeaders } = binding;

function writeEarlyHints(res, hints, cb) {
  validateObject(hints, 'hints');
  if (hints.link === null || hints.link === undefined) return;
  const link = validateLink(hints.link);
  if (link.length === 0) return;
  if (checkInvalid(link)) throw new codes.ERR_INVALID_CHAR('header content', 'Link');
  const headers = { __proto__: null, Link: link };
  for (const key of Object.keys(hints)) if (key !== 'link') headers[key] = hints[key];
  res.writeInformation(103, headers, cb);
}

function writeInformation(res, statusCode, headers, cb) {
  if (res._header) throw new codes.ERR_HTTP_HEADERS_SENT('write');
  validateInteger(statusCode, 'statusCode', 100, 199);
  if (statusCode === 101) throw new codes.ERR_HTTP_INVALID_STATUS_CODE(statusCode);
  const lenient = res._isLenientHeaderValidation();
  let head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] || 'unknown'}\r\n`;
  const add = (name, value) => {
    validateHeaderName(name);
    validateHeaderValue(name, value, lenient);
    head += `${name}: ${value}\r\n`;
  };
  if (Array.isArray(headers)) {
    if (headers.length > 0 && Array.isArray(headers[0])) {
      for (const pair of headers) add(pair[0], pair[1]);
    } else {
      if (headers.length % 2 !== 0) throw new codes.ERR_INVALID_ARG_VALUE('headers', headers);
      for (let n = 0; n < headers.length; n += 2) add(headers[n], headers[n + 1]);
    }
  } else if (headers !== undefined && headers !== null) {
    validateObject(headers, 'headers');
    for (const name of Object.keys(headers)) add(name, headers[name]);
  }
  return res._writeRaw(head + '\r\n', 'ascii', cb);
}

// isLenientMessage tells whether header values that a message sends may have control characters: what its request says, or its server, or
// the command line.
function isLenientMessage(msg) {
  if (msg.httpValidation !== undefined) return msg.httpValidation !== 'strict';
  const server = msg.req?.socket?.server;
  if (server?.httpValidation !== undefined) return server.httpValidation !== 'strict';
  if (typeof msg.insecureHTTPParser === 'boolean') return msg.insecureHTTPParser;
  if (typeof server?.insecureHTTPParser === 'boolean') return server.insecureHTTPParser;
  return isLenient();
}

function setHeaders(msg, headers) {
  if (msg._header) throw new codes.ERR_HTTP_HEADERS_SENT('set');
  if (!headers || Array.isArray(headers) || typeof headers.keys !== 'function' || typeof headers.get !== 'function')
    throw new codes.ERR_INVALID_ARG_TYPE('headers', ['Headers', 'Map'], headers);
  const cookies = []; // set together: one setHeader would replace the other
  for (const { 0: key, 1: value } of headers) {
    if (key === 'set-cookie') cookies.push(...(Array.isArray(value) ? value : [value]));
    else msg.setHeader(key, value);
  }
  if (cookies.length) msg.setHeader('set-cookie', cookies);
  return msg;
}

function addTrailers(msg, headers) {
  msg._trailer = '';
  const lenient = msg._isLenientHeaderValidation();
  const pairs = Array.isArray(headers);
  for (const key of Object.keys(headers)) {
    const [field, value] = pairs ? headers[key] : [key, headers[key]];
    validateHeaderName(field, 'Trailer name');
    let lines = value;
    if (!Array.isArray(value)) lines = [value];
    else if (value.length < 2 || msg[kUniqueHeaders]?.has(field.toLowerCase())) lines = [value.join('; ')];
    for (const line of lines) {
      if (checkInvalid(line, lenient)) throw new codes.ERR_INVALID_CHAR('trailer content', field);
      msg._trailer += `${field}: ${line}\r\n`;
    }
  }
}

// answerRejection answers a request whose listener has returned a promise that was rejected, where that is still possible.
function answerRejection(res) {
  if (res.headersSent || res.writableEnded) {
    res.destroy();
    return;
  }
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.statusCode = 500;
  res.end(STATUS_CODES[500]);
}

// endEmpty makes a request without a body one that has been read, for servers with optimizeEmptyRequests.
function endEmpty(req) {
  const { headers } = req;
  if ('content-length' in headers || 'transfer-encoding' in headers) return;
  req._dumpAndCloseReadable();
  req._read();
}

function closeReadable(message) {
  message._dumped = true;
  for (const flag of ['ended', 'endEmitted', 'destroyed', 'closed', 'closeEmitted']) message._readableState[flag] = true;
}

// signalOf is a message's signal. It is aborted when the message is, or the connection ends before the exchange is over.
function signalOf(message) {
  if (message[kAbortController]) return message[kAbortController].signal;
  const controller = message[kAbortController] = new AbortController();
  const { socket } = message;
  const response = message.statusCode === null ? responseOf(message) ?? socket?._httpMessage : undefined;
  const look = () => { if (socket.destroyed && !(response ? response.writableFinished : message.complete && message.readableEnded)) controller.abort(); };
  if (message.aborted) {
    controller.abort();
  } else if (socket?.destroyed) {
    look();
  } else if (socket) {
    socket.once('close', look);
    (response ?? message).once('close', () => { if (!socket.destroyed) socket.removeListener('close', look); });
  }
  return controller.signal;
}

// linger ends a connection after the last answer and waits for the peer to do so, as input that is not read would take the answer back.
function linger(socket) {
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), 1000);
  socket.once('close', () => clearTimeout(timer));
}

// The WebSockets of servers whose process may be replaced: each with how much was written before it became one.
const upgraded = new WeakMap();
const closing = new WeakSet();

function remember(server, { headers }, socket) {
  if (!/^websocket$/i.test(headers.upgrade)) return;
  if (closing.has(server)) return setImmediate(goAway, socket, socket.bytesWritten);
  let sockets = upgraded.get(server);
  if (sockets === undefined) upgraded.set(server, sockets = new Map());
  sockets.set(socket, socket.bytesWritten);
  socket.once('close', () => sockets.delete(socket));
}

// farewell says "going away" to them: the peer's answer ends each in the way of its protocol.
function farewell(server) {
  closing.add(server);
  for (const [socket, before] of upgraded.get(server) ?? []) goAway(socket, before);
}

function goAway(socket, before) {
  if (!socket.writable) return;
  // A script may answer the upgrade later.
  if (socket.bytesWritten === before) setTimeout(goAway, 50, socket, before).unref();
  else socket.write(new Uint8Array([0x88, 2, 1001 >> 8, 1001 & 255]));
}

module.exports = {
  linger, remember, farewell,
  addTrailers, answerRejection, closeReadable, endEmpty, isLenientMessage, setHeaders, signalOf, validateLink, writeEarlyHints, writeInformation,
};
