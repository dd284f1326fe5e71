'use strict';
// http: the public face. The client half is loaded when first asked for.
const server = require('_http_server');
const { OutgoingMessage, validateHeaderName, validateHeaderValue } = require('_http_outgoing');
const { IncomingMessage } = require('_http_incoming');
const { validateInteger } = require('internal/validators');
const { METHODS, maxHeaderSize } = binding;

function request(url, options, cb) { return new exports.ClientRequest(url, options, cb); }

Object.assign(exports, {
  _connectionListener: server._connectionListener,
  METHODS,
  STATUS_CODES: server.STATUS_CODES,
  Agent: undefined,
  ClientRequest: undefined,
  IncomingMessage, OutgoingMessage,
  Server: server.Server,
  ServerResponse: server.ServerResponse,
  createServer(opts, requestListener) { return new server.Server(opts, requestListener); },
  validateHeaderName, validateHeaderValue,
  get(url, options, cb) {
    const req = request(url, options, cb);
    req.end();
    return req;
  },
  request,
  setMaxIdleHTTPParsers(max) {
    validateInteger(max, 'max', 1);
    require('_http_common').parsers.max = max;
  },
  maxHeaderSize,
});

const lazy = (name, module) => Object.defineProperty(exports, name, {
  configurable: true,
  enumerable: true,
  get() {
    const value = require(module)[name];
    this[name] = value;
    return value;
  },
  set(value) { Object.defineProperty(exports, name, { value, writable: true, configurable: true, enumerable: true }); },
});
lazy('Agent', '_http_agent');
lazy('ClientRequest', '_http_client');

Object.defineProperty(exports, 'globalAgent', {
  configurable: true,
  enumerable: true,
  get() { return require('_http_agent').globalAgent; },
  set(value) { require('_http_agent').globalAgent = value; },
});
