'use strict';
// _http_common: the parser pool and small helpers that the server and the client share.
require('_http_incoming'); // what the parser makes
const { HTTPParser, methods, checkToken, checkInvalid, lenient, loaded } = binding;

class FreeList {
  constructor(name, max, ctor) {
    this.name = name;
    this.max = max;
    this.ctor = ctor;
    this.list = [];
  }
  alloc() { return this.list.length > 0 ? this.list.pop() : Reflect.apply(this.ctor, this, arguments); }
  free(obj) {
    if (this.list.length >= this.max) return false;
    this.list.push(obj);
    return true;
  }
}

const kOnTimeout = HTTPParser.kOnTimeout | 0;
const kOnExecute = HTTPParser.kOnExecute | 0;

function cleanParser(parser) {
  parser.incoming = null;
  resetParser(parser);
}

function resetParser(parser) {
  parser.socket = parser.outgoing = parser.onIncoming = parser.adopt = parser.joinDuplicateHeaders = null;
  parser.maxHeaderPairs = 2000;
  parser[kOnExecute] = parser[kOnTimeout] = null;
  parser._consumed = false;
}

const parsers = new FreeList('parsers', 1000, () => {
  const parser = new HTTPParser();
  cleanParser(parser);
  return parser;
});

function freeParser(parser, req, socket) {
  if (parser) {
    if (parser._consumed) parser.unconsume();
    cleanParser(parser);
    parser.remove();
    if (parsers.free(parser)) parser.free();
    else parser.close();
  }
  if (req) req.parser = null;
  if (socket) socket.parser = null;
}

function prepareError(err, parser, rawPacket) {
  err.rawPacket = rawPacket || parser.getCurrentBuffer();
  if (typeof err.reason === 'string') err.message = `Parse Error: ${err.reason}`;
}

// What watches from outside: performance observers and diagnostics channels. Modules that nobody has loaded watch nothing.
const kPerf = Symbol('perf');
const observing = () => loaded('internal/perf/observe') && require('internal/perf/observe').hasObserver('http');
const startPerf = (target, name, req) => require('internal/perf/observe').startPerf(target, kPerf, { type: 'http', name, detail: { req } });
function stopPerf(target, res, headersOf) {
  if (!target[kPerf] || !observing()) return;
  const { statusCode, statusMessage } = res;
  require('internal/perf/observe').stopPerf(target, kPerf, { detail: { res: { statusCode, statusMessage, headers: headersOf(res) } } });
}
function publish(name, message) {
  if (!loaded('diagnostics_channel')) return;
  const channel = require('diagnostics_channel').channel(name);
  if (channel.hasSubscribers) channel.publish(message);
}
const watched = () => observing() || loaded('diagnostics_channel') && ['request.start', 'response.created', 'response.finish']
  .some((name) => require('diagnostics_channel').hasSubscribers('http.server.' + name));

// ECONNRESET as the other side's silence is reported.
function connReset(message) { return Object.assign(new Error(message), { code: 'ECONNRESET' }); }

let warned = false;
function isLenient() {
  if (lenient && !warned) {
    warned = true;
    process.emitWarning('Using insecure HTTP parsing');
  }
  return lenient;
}

function calculateLenientFlags(validation, insecure) {
  if (validation === 'relaxed') return HTTPParser.kLenientHeaderValueRelaxed;
  if (validation !== 'strict' && validation !== 'insecure') validation = (insecure ?? isLenient()) && 'insecure';
  return validation === 'insecure' ? HTTPParser.kLenientAll : HTTPParser.kLenientNone;
}

module.exports = {
  _checkInvalidHeaderChar: checkInvalid,
  _checkIsHttpToken: checkToken,
  chunkExpression: /(?:^|\W)chunked(?:$|\W)/i,
  continueExpression: /(?:^|\W)100-continue(?:$|\W)/i,
  CRLF: '\r\n',
  freeParser, methods, parsers, kIncomingMessage: Symbol('IncomingMessage'), HTTPParser, isLenient, calculateLenientFlags, prepareError, connReset, observing,
  startPerf, stopPerf, publish, watched, resetParser,
};
