// What few servers need of http: informational responses, the signal of a message. It loads when it is first asked for.
'use strict';
const { codes } = require('internal/errors');
const { validateInteger, validateObject } = require('internal/validators');
const { validateHeaderName, validateHeaderValue } = require('_http_outgoing');
const { STATUS_CODES, validateLink } = binding;

function headerLine(name, value) {
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return `${name}: ${value}\r\n`;
}

function writeEarlyHints(res, hints, cb) {
  validateObject(hints, 'hints');
  if (hints.link === null || hints.link === undefined) return;
  const link = validateLink(hints.link);
  if (link.length === 0) return;
  let head = `HTTP/1.1 103 Early Hints\r\nLink: ${link}\r\n`;
  for (const key of Object.keys(hints)) if (key !== 'link') head += headerLine(key, hints[key]);
  res._writeRaw(head + '\r\n', 'ascii', cb);
}

function writeInformation(res, statusCode, headers, cb) {
  if (res._header) throw new codes.ERR_HTTP_HEADERS_SENT('write');
  validateInteger(statusCode, 'statusCode', 100, 199);
  if (statusCode === 101) throw new codes.ERR_HTTP_INVALID_STATUS_CODE(statusCode);
  if (typeof headers === 'function') {
    cb = headers;
    headers = undefined;
  }
  let head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] || 'unknown'}\r\n`;
  const add = (name, value) => { for (const v of Array.isArray(value) ? value : [value]) head += headerLine(name, v); };
  if (Array.isArray(headers)) {
    if (headers.length > 0 && Array.isArray(headers[0])) {
      for (const [name, value] of headers) add(name, value);
    } else {
      if (headers.length % 2 !== 0) throw new codes.ERR_INVALID_ARG_VALUE('headers', headers);
      for (let n = 0; n < headers.length; n += 2) add(headers[n], headers[n + 1]);
    }
  } else if (headers) {
    for (const name of Object.keys(headers)) add(name, headers[name]);
  }
  res._writeRaw(head + '\r\n', 'latin1', cb);
  if (statusCode === 100) res._sent100 = true;
}

// signalOf is a message's signal. It is aborted when the message, or the connection before the exchange is over, is destroyed.
const kSignal = Symbol('signal');
function signalOf(message) {
  if (message[kSignal]) return message[kSignal];
  const controller = new AbortController();
  message[kSignal] = controller.signal;
  const { socket } = message;
  const response = message.statusCode === null && socket ? socket._httpMessage : undefined;
  const over = () => message.complete && (response ? response.writableFinished : message.readableEnded);
  const look = () => { if (!message.complete || socket?.destroyed && !over()) controller.abort(); };
  if (message.destroyed || socket?.destroyed) {
    look();
  } else {
    message.once('close', look);
    if (socket) {
      socket.once('close', look);
      (response ?? message).once('close', () => { if (!socket.destroyed) socket.removeListener('close', look); });
    }
  }
  return controller.signal;
}

module.exports = { signalOf, writeEarlyHints, writeInformation };
