// What few users of HTTP/2 ask for.
'use strict';
const { codes } = require('internal/errors');
const { validateFunction, validateString } = require('internal/validators');
const native = require('internal/http2/native');
const { publish } = require('internal/net');
const { ServerHttp2Stream, kSession, kHandle, kState, kSent, kSentInfo, sensitive, objectOr } = require('internal/http2/stream');

// show is the text of util.inspect.
function show(name, object, depth, options) {
  return `${name} ${require('util').inspect(object, { ...options, depth: options.depth == null ? null : options.depth })}`;
}

const words = {
  '-501': 'Invalid argument', '-509': 'No more Stream ID available', '-510': 'Stream was already closed or invalid',
  '-512': 'The transmission is not allowed for this stream', '-516': 'request HEADERS is not allowed',
  '-528': 'Server push is disabled by peer', '-530': 'The current session is closing',
};

function nghttpError(errno) {
  return require('internal/http2/session').protocolError(errno, undefined, words[errno] ?? 'Unknown error code');
}

const refused = new Set(['destroy', 'emit', 'end', 'pause', 'read', 'resume', 'write', 'setEncoding', 'setKeepAlive', 'setNoDelay']);
const ofSession = new Set(['setTimeout', 'ref', 'unref']);

// proxySocket is session.socket: the socket, but for what would disturb the session.
function proxySocket(session, kSocket) {
  const socketOf = () => {
    const socket = session[kSocket];
    if (socket === undefined) throw new codes.ERR_HTTP2_SOCKET_UNBOUND();
    return socket;
  };
  return new Proxy(session, {
    get(_, name) {
      if (ofSession.has(name)) return session[name].bind(session);
      if (refused.has(name)) throw new codes.ERR_HTTP2_NO_SOCKET_MANIPULATION();
      const socket = socketOf();
      const value = socket[name];
      return typeof value === 'function' ? value.bind(socket) : value;
    },
    has(_, name) { return name in socketOf(); },
    getPrototypeOf() { return Reflect.getPrototypeOf(socketOf()); },
    set(_, name, value) {
      if (ofSession.has(name)) {
        session[name] = value;
        return true;
      }
      if (refused.has(name)) throw new codes.ERR_HTTP2_NO_SOCKET_MANIPULATION();
      socketOf()[name] = value;
      return true;
    },
  });
}

// originOf is the serialized origin of a URL, or of an object that has one.
function originOf(value) {
  if (typeof value === 'string') return new URL(value).origin;
  if (value !== null && typeof value === 'object') return value.origin;
  return undefined;
}

function altsvc(session, alt, originOrStream) {
  if (session.destroyed) throw new codes.ERR_HTTP2_INVALID_SESSION();
  let id = 0, origin;
  if (typeof originOrStream === 'string') {
    origin = new URL(originOrStream).origin;
    if (origin === 'null') throw new codes.ERR_HTTP2_ALTSVC_INVALID_ORIGIN();
  } else if (typeof originOrStream === 'number') {
    if (originOrStream >>> 0 !== originOrStream || originOrStream === 0) throw new codes.ERR_OUT_OF_RANGE('originOrStream', `> 0 && < ${2 ** 32}`, originOrStream);
    id = originOrStream;
  } else if (originOrStream !== undefined) {
    if (originOrStream !== null && typeof originOrStream === 'object') origin = originOrStream.origin;
    if (typeof origin !== 'string') throw new codes.ERR_INVALID_ARG_TYPE('originOrStream', ['string', 'number', 'URL', 'object'], originOrStream);
    if (origin === 'null' || origin.length === 0) throw new codes.ERR_HTTP2_ALTSVC_INVALID_ORIGIN();
  }
  validateString(alt, 'alt');
  if (!/^[!-~ \t]*$/.test(alt)) throw new codes.ERR_INVALID_CHAR('alt');
  origin ??= '';
  if (Buffer.byteLength(origin) + Buffer.byteLength(alt) > 16382) throw new codes.ERR_HTTP2_ALTSVC_LENGTH();
  session[kHandle].altsvc(id, origin, alt);
}

function origin(session, origins) {
  if (session.destroyed) throw new codes.ERR_HTTP2_INVALID_SESSION();
  if (origins.length === 0) return;
  let length = 0;
  const list = [];
  for (const value of origins) {
    let text;
    if (typeof value === 'string') text = new URL(value).origin;
    else if (value !== null && typeof value === 'object') text = value.origin;
    if (typeof text !== 'string') throw new codes.ERR_INVALID_ARG_TYPE('origin', ['string', 'URL', 'object'], value);
    if (text === 'null') throw new codes.ERR_HTTP2_INVALID_ORIGIN();
    list.push(text);
    length += text.length;
  }
  if (length > 16382) throw new codes.ERR_HTTP2_ORIGIN_LENGTH();
  session[kHandle].origin(list);
}

// received takes an ORIGIN frame.
function received(session, list, originSet, emit) {
  if (!session.encrypted || session.destroyed) return;
  const set = originSet(session);
  for (const each of list) {
    set.add(each);
    if (set.size > session[kState].maxOrigins) {
      session.destroy(new codes.ERR_HTTP2_TOO_MANY_ORIGINS(session[kState].maxOrigins));
      return;
    }
  }
  process.nextTick(emit, session, 'origin', list);
}

function pushStream(stream, headers, options, callback) {
  if (!stream.pushAllowed) throw new codes.ERR_HTTP2_PUSH_DISABLED();
  if (stream[kState].pushed) throw new codes.ERR_HTTP2_NESTED_PUSH();
  const session = stream[kSession];
  stream._touch();
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  validateFunction(callback, 'callback');
  objectOr(options, 'options');
  options = { ...options };
  options.endStream = Boolean(options.endStream);
  objectOr(headers, 'headers');
  headers = { __proto__: null, ...headers, ...sensitive(headers) };
  if (headers[':method'] === undefined) headers[':method'] = 'GET';
  if (headers[':authority'] === undefined) headers[':authority'] = stream[require('internal/http2/stream').kAuthority];
  if (headers[':scheme'] === undefined) headers[':scheme'] = stream[require('internal/http2/stream').kProtocol];
  if (headers[':path'] === undefined) headers[':path'] = '/';
  const head = options.endStream = headers[':method'] === 'HEAD';
  const handle = stream[kHandle].push(headers);
  if (typeof handle === 'number') {
    const err = handle === -509 ? new codes.ERR_HTTP2_OUT_OF_STREAMS() : handle === -510 ? new codes.ERR_HTTP2_INVALID_STREAM() : nghttpError(handle);
    process.nextTick(callback, err);
    return;
  }
  const { id } = handle;
  const pushed = new ServerHttp2Stream(session, handle, id, headers);
  if (native.channels) publish('http2.server.stream.created', () => ({ stream: pushed, headers }));
  pushed[kState].pushed = true;
  pushed.push(null);
  pushed[kSent] = headers;
  if (options.endStream) pushed.end();
  if (head) pushed[kState].headRequest = true;
  process.nextTick(() => {
    if (native.channels) publish('http2.server.stream.start', () => ({ stream: pushed, headers }));
    callback(null, pushed, headers, 0);
  });
}

function additionalHeaders(stream, headers) {
  if (stream.destroyed || stream.closed) throw new codes.ERR_HTTP2_INVALID_STREAM();
  if (stream.headersSent) throw new codes.ERR_HTTP2_HEADERS_AFTER_RESPOND();
  objectOr(headers, 'headers');
  headers = { __proto__: null, ...headers, ...sensitive(headers) };
  if (headers[':status'] != null) {
    const status = headers[':status'] |= 0;
    if (status === 101) throw new codes.ERR_HTTP2_STATUS_101();
    if (status < 100 || status >= 200) throw new codes.ERR_HTTP2_INVALID_INFO_STATUS(headers[':status']);
  }
  stream._touch();
  const result = stream[kHandle].respond(headers, false, false, false);
  (stream[kSentInfo] ??= []).push(headers);
  if (result < 0) stream.destroy(nghttpError(result));
}

// rawResponseHeaders is responseHeaders for an array of names and values.
function rawResponseHeaders(raw, options) {
  const kept = { __proto__: null };
  let status, dated = false;
  const list = raw.slice();
  for (let i = 0; i < raw.length; i += 2) {
    const name = String(raw[i]).toLowerCase();
    if (name === ':status') status = (raw[i + 1] | 0) || 200;
    else if (name === 'date') dated = true;
    if (name in kept) kept[name] = [].concat(kept[name], raw[i + 1]);
    else kept[name] = raw[i + 1];
  }
  if (status === undefined) {
    status = 200;
    list.unshift(':status', 200);
    kept[':status'] = 200;
  }
  if (!dated && (options.sendDate == null || options.sendDate)) {
    const date = native.utcDate();
    list.push('date', date);
    kept.date = date;
  }
  if (status < 200 || status > 599) throw new codes.ERR_HTTP2_STATUS_INVALID(status);
  if (raw[native.sensitiveHeaders]) list[native.sensitiveHeaders] = kept[native.sensitiveHeaders] = raw[native.sensitiveHeaders];
  return { list, kept, status };
}

let warned = false;
// Priorities are no more.
function warnPriority(text) {
  if (warned) return;
  warned = true;
  process.emitWarning(text, 'DeprecationWarning', 'DEP0194');
}

function closeFile(state) {
  const { fd } = state;
  state.fd = undefined;
  require('fs').close(fd, () => {});
}

// startPerf and stopPerf make a PerformanceEntry of what somebody observes.
const kPerf = Symbol('kPerf');
function startPerf(target, name) {
  const perf = require('internal/perf/observe');
  if (perf.hasObserver('http2')) perf.startPerf(target, kPerf, { type: 'http2', name });
}

function stopPerf(target, handle) {
  if (target[kPerf]) require('internal/perf/observe').stopPerf(target, kPerf, { detail: handle.stats() });
}

module.exports = {
  startPerf, stopPerf, show, nghttpError, proxySocket, altsvc, origin, received, pushStream, additionalHeaders, rawResponseHeaders, warnPriority, closeFile,
};
