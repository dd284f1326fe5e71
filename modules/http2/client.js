// http2.connect, and requests.
'use strict';
const net = require('net');
const { codes, AbortError } = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateNumber } = require('internal/validators');
const native = require('internal/http2/native');
const { publish } = require('internal/net');
const { ClientHttp2Session, checkOptions } = require('internal/http2/session');
const { ClientHttp2Stream, kHandle, kState, kInit, kSent, kSession, kTimeout, sensitive, objectOr, streamOptions } = require('internal/http2/stream');

const kAuthority = Symbol('authority');
const kProtocol = Symbol('protocol');
const kWaiting = Symbol('requests that wait for the connection');

function connect(authority, options, listener) {
  if (typeof options === 'function') {
    listener = options;
    options = undefined;
  }
  objectOr(options, 'options');
  options = { ...options };
  if (typeof authority === 'string') authority = new URL(authority);
  objectOr(authority ?? undefined, 'authority', ['string', 'Object', 'URL']);
  const protocol = authority.protocol || options.protocol || 'https:';
  const port = '' + (authority.port !== '' ? authority.port : authority.protocol === 'http:' ? 80 : 443);
  let host = 'localhost';
  if (authority.hostname) {
    host = authority.hostname;
    if (host[0] === '[') host = host.slice(1, -1);
  } else if (authority.host) {
    host = authority.host;
  }
  checkOptions(options);
  options.strictSingleValueFields ??= true;
  let socket;
  if (typeof options.createConnection === 'function') {
    socket = options.createConnection(authority, options);
  } else {
    switch (protocol) {
      case 'http:':
        socket = net.connect({ port, host, ...options });
        break;
      case 'https:':
        socket = require('tls').connect(port, host, {
          ALPNProtocols: ['h2'], ...options, servername: options.servername ?? (net.isIP(host) ? undefined : host),
        });
        break;
      default:
        throw new codes.ERR_HTTP2_UNSUPPORTED_PROTOCOL(protocol);
    }
  }
  const session = new ClientHttp2Session(options, socket);
  session[kAuthority] = `${options.servername || host}:${port}`;
  session[kProtocol] = protocol;
  session[kState].maxOrigins = options.maxOriginSetSize ?? 128;
  if (typeof listener === 'function') session.once('connect', listener);
  return session;
}

ClientHttp2Session.prototype.request = function request(headersParam, options) {
  if (this.destroyed) throw new codes.ERR_HTTP2_INVALID_SESSION();
  if (this[kTimeout]) this[kTimeout].refresh();
  const raw = Array.isArray(headersParam);
  if (!raw) objectOr(headersParam, 'headers', ['Object', 'Array']);
  if (options !== undefined) objectOr(options, 'options');
  options = { ...options };
  const headers = { __proto__: null };
  let list;
  if (raw) {
    list = headersParam.slice();
    for (let i = 0; i < list.length; i += 2) {
      const name = list[i];
      headers[name] = name in headers ? [].concat(headers[name], list[i + 1]) : list[i + 1];
    }
  } else {
    Object.assign(headers, headersParam, sensitive(headersParam));
  }
  const fill = (name, value) => {
    if (headers[name] !== undefined) return;
    headers[name] = value;
    if (raw) list.unshift(name, value);
  };
  const method = headers[':method'] ?? 'GET';
  if (method === 'CONNECT' && headers[':protocol'] === undefined) {
    if (headers[':authority'] === undefined) throw new codes.ERR_HTTP2_CONNECT_AUTHORITY();
    if (headers[':scheme'] !== undefined) throw new codes.ERR_HTTP2_CONNECT_SCHEME();
    if (headers[':path'] !== undefined) throw new codes.ERR_HTTP2_CONNECT_PATH();
  } else if (raw) {
    fill(':path', '/');
    fill(':scheme', this[kProtocol].slice(0, -1));
    if (headers[':authority'] === undefined && headers.host === undefined) fill(':authority', this[kAuthority]);
    fill(':method', 'GET');
  } else {
    fill(':method', 'GET');
    if (headers[':authority'] === undefined && headers.host === undefined) fill(':authority', this[kAuthority]);
    fill(':scheme', this[kProtocol].slice(0, -1));
    fill(':path', '/');
  }
  if (raw && headersParam[native.sensitiveHeaders]) list[native.sensitiveHeaders] = headersParam[native.sensitiveHeaders];
  native.check(raw ? list : headers, 0);
  if (options.weight !== undefined || options.parent !== undefined || options.exclusive !== undefined || options.silent !== undefined) {
    if (options.parent !== undefined) validateNumber(options.parent, 'options.parent', 0);
    if (options.exclusive !== undefined) validateBoolean(options.exclusive, 'options.exclusive');
    if (options.silent !== undefined) validateBoolean(options.silent, 'options.silent');
    require('internal/http2/seldom').warnPriority('Priority signaling has been deprecated as of RFC 9113.');
  }
  if (options.endStream === undefined) {
    options.endStream = method === 'GET' || method === 'HEAD' || method === 'DELETE';
  } else {
    validateBoolean(options.endStream, 'options.endStream');
  }
  const stream = new ClientHttp2Stream(this, undefined, undefined);
  stream[kSent] = headers;
  if (method === 'HEAD') stream[kState].headRequest = true;
  if (options.endStream) stream.end();
  if (options.waitForTrailers) stream[kState].hasTrailers = true;
  const { signal } = options;
  if (signal) {
    validateAbortSignal(signal, 'options.signal');
    const abort = () => stream.destroy(new AbortError(undefined, { cause: signal.reason }));
    if (signal.aborted) {
      process.nextTick(abort);
    } else {
      signal.addEventListener('abort', abort, { once: true });
      stream.once('close', () => signal.removeEventListener('abort', abort));
    }
  }
  if (this.closed) {
    stream.destroy(new codes.ERR_HTTP2_GOAWAY_SESSION());
    return stream;
  }
  const scope = this.connecting ? native.bind() : undefined;
  const start = () => {
    if (stream.destroyed) return;
    const session = stream[kSession];
    if (session === undefined || session.destroyed) return;
    const handle = session[kHandle].request(raw ? list : headers, options.endStream, Boolean(options.waitForTrailers));
    if (typeof handle === 'number') {
      if (handle === -509) {
        const err = new codes.ERR_HTTP2_OUT_OF_STREAMS();
        // The last stream has had its number: the session can do no more.
        stream.destroy(err);
      } else {
        stream.destroy(handle === -530 ? new codes.ERR_HTTP2_GOAWAY_SESSION() : require('internal/http2/seldom').nghttpError(handle));
      }
      return;
    }
    stream[kInit](handle.id, handle);
    stream.uncork();
    stream.emit('ready');
    if (native.channels) publish('http2.client.stream.start', () => ({ stream, headers }));
  };
  if (native.channels) publish('http2.client.stream.created', () => ({ stream, headers }));
  if (scope === undefined) {
    start();
  } else if (this[kWaiting] !== undefined) {
    this[kWaiting].push({ scope, start });
  } else {
    this[kWaiting] = [{ scope, start }];
    this.once('connect', () => {
      const list = this[kWaiting];
      this[kWaiting] = undefined;
      for (const each of list) each.scope(each.start);
    });
  }
  return stream;
};
Object.defineProperty(ClientHttp2Session.prototype, 'request', { __proto__: null, enumerable: false });

// connected is util.promisify's form of connect.
function connected(authority, options) {
  return new Promise((resolve, reject) => {
    const session = connect(authority, options, () => {
      session.removeListener('error', reject);
      resolve(session);
    });
    session.once('error', reject);
  });
}

module.exports = { connect, connected };
