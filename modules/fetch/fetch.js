// fetch: what a request goes through until there is a response. Requests over HTTP go out through module http, by an
// agent of their own that keeps connections but does not hold the process open.
'use strict';
const { Body, Incoming, dataURL, now, timing } = require('internal/fetch/body');
const { setup, quick } = binding;
const { stateFrom } = require('internal/fetch/request');
const { make, nullStatuses, redirects } = require('internal/fetch/response');
const { Headers, copy, freeze, received, lines } = require('internal/fetch/headers');

const idle = 4000; // how long a connection is kept
const maxRedirects = 20;
const maxRequests = 1500; // by one signal, before a leak is suspected
const globalDispatcher = Symbol.for('undici.globalDispatcher.1');
const badPorts = [1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111,
                  113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548,
                  554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566,
                  6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080];
const conditional = ['if-modified-since', 'if-none-match', 'if-unmodified-since', 'if-match', 'if-range'];

const isHTTP = (url) => url.protocol === 'http:' || url.protocol === 'https:';
const trustworthy = (url) => url.protocol === 'https:' || /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
const sameOrigin = (a, b) => a.protocol === b.protocol && a.host === b.host;

// An error of a class that goes by its name.
function fetchError(name, code, message, more) {
  const Class = { [name]: class extends Error {} }[name];
  return Object.assign(new Class(message), { name, code }, more);
}
const invalidArgument = (message) => fetchError('InvalidArgumentError', 'UND_ERR_INVALID_ARG', message);

// What is told of an error of the connection.
function connectionError(err, socket) {
  if (typeof err.code === 'string' && err.code.startsWith('HPE_')) {
    const reason = err.reason ?? err.message;
    return fetchError('HTTPParserError', undefined, `Response does not match the HTTP/1.1 protocol (${reason})`, { data: err.rawPacket?.toString() });
  }
  if (err.code !== 'ECONNRESET' || err.syscall) return err;
  return fetchError('SocketError', 'UND_ERR_SOCKET', 'other side closed', { socket: socketInfo(socket) });
}
function socketInfo(socket) {
  return socket && {
    localAddress: socket.localAddress, localPort: socket.localPort, remoteAddress: socket.remoteAddress, remotePort: socket.remotePort,
    remoteFamily: socket.remoteFamily, timeout: socket.timeout, bytesWritten: socket.bytesWritten, bytesRead: socket.bytesRead,
  };
}

const agents = {};
const agentOptions = { keepAlive: true, timeout: idle, maxFreeSockets: Infinity };
let proxies, proxied; // what is said of proxies, and the agents for them
function agentFor(url) {
  const { protocol } = url;
  const http = require(protocol.slice(0, -1));
  const natives = require('internal/http');
  if (natives.useEnvProxy && natives.fetchProxies === undefined) natives.fetchProxies = require('internal/http/proxy').fetchFromEnv();
  if (proxies !== natives.fetchProxies) {
    proxies = natives.fetchProxies;
    proxied = proxies && require('internal/http/proxy').fetchAgents(proxies, agentOptions);
  }
  const agent = proxied?.(url) ?? (agents[protocol] ??= new http.Agent(agentOptions));
  return { http, agent };
}

// The codings of a body, the last one first; undefined if there are none, or one that is not known: the body is left as it is then.
function codingsOf(header) {
  const codings = (header ?? '').toLowerCase().split(',').map((s) => s.trim()).reverse();
  if (codings[0] === '') return undefined;
  if (codings.length > 5) throw new Error(`too many content-encodings in response: ${codings.length}, maximum allowed is 5`);
  return codings.every((coding) => coding in decoders) ? codings : undefined;
}

// What decodes: a class of module zlib, or its function for all at once.
const flushes = (zlib) => ({ flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH });
const gzip = { stream: (zlib) => zlib.createGunzip(flushes(zlib)), sync: (zlib, data) => zlib.gunzipSync(data, flushes(zlib)) };
const decoders = {
  __proto__: null,
  gzip, 'x-gzip': gzip,
  br: {
    stream: (zlib) => zlib.createBrotliDecompress(brotli(zlib)),
    sync: (zlib, data) => zlib.brotliDecompressSync(data, brotli(zlib)),
  },
  zstd: {
    stream: (zlib) => zlib.createZstdDecompress(zstd(zlib)),
    sync: (zlib, data) => zlib.zstdDecompressSync(data, zstd(zlib)),
  },
  deflate: {
    stream: (zlib) => inflater(zlib, flushes(zlib)),
    sync: (zlib, data) => ((data[0] & 0x0f) === 8 ? zlib.inflateSync : zlib.inflateRawSync)(data, flushes(zlib)),
  },
};
const brotli = ({ constants }) => ({ flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH });
const zstd = ({ constants }) => ({ flush: constants.ZSTD_e_continue, finishFlush: constants.ZSTD_e_end });

// The stream of what source carries, decoded.
function decoded(source, codings, onerror) {
  if (!codings) return source;
  const zlib = require('zlib');
  return require('stream').pipeline(source, ...codings.map((coding) => decoders[coding].stream(zlib)), (err) => { if (err) onerror(err); });
}

// Inflates data with the zlib header or, as some servers send it, without.
function inflater(zlib, options) {
  const { Transform } = require('stream');
  let inner;
  return new Transform({
    transform(chunk, _, callback) {
      if (!inner) {
        inner = (chunk[0] & 0x0f) === 8 ? zlib.createInflate(options) : zlib.createInflateRaw(options);
        inner.on('data', (data) => this.push(data));
        inner.on('error', (err) => this.destroy(err));
      }
      inner.write(chunk, callback);
    },
    final(callback) {
      if (!inner) {
        callback();
        return;
      }
      inner.once('end', callback);
      inner.end();
    },
  });
}

// The referrer to send, by the request's policy.
function referrerOf(request, url) {
  const { referrer } = request;
  if (typeof referrer === 'string' || !isHTTP(referrer)) return null;
  const full = new URL(referrer);
  full.username = full.password = full.hash = '';
  const same = sameOrigin(full, url);
  const origin = `${full.origin}/`;
  const downgrade = trustworthy(full) && !trustworthy(url);
  const whole = full.href.length > 4096 ? origin : full.href;
  switch (request.referrerPolicy) {
    case 'no-referrer': return null;
    case 'origin': return origin;
    case 'unsafe-url': return whole;
    case 'same-origin': return same ? whole : null;
    case 'origin-when-cross-origin': return same ? whole : origin;
    case 'strict-origin': return downgrade ? null : origin;
    case 'no-referrer-when-downgrade': return downgrade ? null : whole;
    default: return same ? whole : downgrade ? null : origin;
  }
}

// The strongest hashes of an integrity option: [algorithm, [digest, …]].
function integrityOf(text) {
  const all = { sha512: [], sha384: [], sha256: [] };
  for (const one of text.split(/\s+/)) {
    const found = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+)={0,2}/i.exec(one);
    if (found) all[found[1].toLowerCase()].push(found[2].replaceAll('-', '+').replaceAll('_', '/'));
  }
  return Object.entries(all).find(([, digests]) => digests.length > 0);
}

// The first and the last byte that a Range asks for, as far as it is one.
function range(header, size) {
  const found = /^bytes[\t ]*=[\t ]*(\d*)[\t ]*-[\t ]*(\d*)$/.exec(header);
  if (!found) throw new Error('failed to fetch the data URL');
  const start = found[1] === '' ? null : +found[1];
  const end = found[2] === '' ? null : +found[2];
  if ((start === null && end === null) || start > end) throw new Error('failed to fetch the data URL');
  if (start === null) return [size - end, size - 1];
  if (start >= size) throw new Error("Range start is greater than the blob's size.");
  return [start, end === null || end >= size ? size - 1 : end];
}

// The diagnostics channels of undici's requests.
const channels = { __proto__: null };
function told(name) { return (channels[name] ??= require('diagnostics_channel').channel(`undici:${name}`)).hasSubscribers; }
function tell(name, message) {
  if (told(name)) channels[name].publish(message());
}
const buffers = (strings) => strings.map((s) => Buffer.from(s, 'latin1'));

function measure(href, began, requested, responded, status, size, unpacked = size) {
  timing(href, {
    startTime: began, redirectStartTime: 0, redirectEndTime: 0, postRedirectStartTime: began, finalServiceWorkerStartTime: 0,
    finalNetworkRequestStartTime: requested, finalNetworkResponseStartTime: Math.max(requested, responded), endTime: now(),
    encodedBodySize: size, decodedBodySize: unpacked,
    finalConnectionTimingInfo: {
      domainLookupStartTime: began, domainLookupEndTime: began, connectionStartTime: began, connectionEndTime: began,
      secureConnectionStartTime: began, ALPNNegotiatedProtocol: undefined,
    },
  }, status);
}

// One call of fetch.
class Fetch {
  constructor(request, resolve, reject) {
    this.request = request;
    this.resolve = resolve;
    this.reject = reject;
    this.url = request.url; // where it has got to by redirections
    this.redirections = 0;
    this.method = request.method;
    this.body = request.body;
    this.tainted = false; // by another origin
    this.incoming = null;
    this.outgoing = null;
    this.done = false;
    this.began = this.requested = this.responded = now();
    this.size = this.unpacked = 0; // of the body
  }

  start() {
    const { signal } = this.request;
    if (signal) {
      if (signal.aborted) {
        this.abort(signal.reason);
        return;
      }
      const { getMaxListeners, setMaxListeners, defaultMaxListeners } = require('events');
      if (getMaxListeners(signal) === defaultMaxListeners) setMaxListeners(maxRequests, signal);
      this.onabort = () => this.abort(signal.reason);
      signal.addEventListener('abort', this.onabort);
    }
    this.attempt(() => this.go());
  }
  attempt(f) {
    try {
      f();
    } catch (err) {
      this.fail(err);
    }
  }

  abort(reason) {
    if (this.done) return;
    this.finish();
    this.reject(reason);
    if (this.body?.bytes === null && !this.body.stream.locked) this.body.stream.cancel(reason).catch(() => {});
    this.uploader?.cancel(reason).catch(() => {});
    this.incoming?.fail(reason);
    this.outgoing?.destroy();
  }
  // Ends with a network error.
  fail(cause) {
    if (this.done) return;
    if (typeof cause === 'string') cause = new Error(cause);
    if (this.incoming) {
      this.incoming.fail(new TypeError('terminated', { cause }));
    } else {
      this.reject(new TypeError('fetch failed', { cause }));
      if (isHTTP(this.request.url)) this.measure(0, 0);
    }
    this.finish();
    this.outgoing?.destroy();
  }
  // Nothing is to come any more.
  finish() {
    this.done = true;
    if (this.onabort) this.request.signal.removeEventListener('abort', this.onabort);
  }

  go() {
    const { url, request } = this;
    if (isHTTP(url)) {
      if (url.port !== '' && badPorts.includes(+url.port)) throw new Error('bad port');
      if (this.tainted && request.mode === 'same-origin') throw new Error('request mode cannot be "same-origin"');
      this.send();
      return;
    }
    switch (url.protocol) {
      case 'about:':
        throw new Error('about scheme is not supported');
      case 'blob:':
        this.fromBlob();
        return;
      case 'data:': {
        const found = dataURL(url.href.slice(0, url.href.length - url.hash.length));
        if (!found) throw new Error('failed to fetch the data URL');
        this.answer(200, 'OK', new Headers({ 'content-type': found[0] }), new Body(found[1]));
        return;
      }
      case 'file:':
        throw new Error('not implemented... yet...');
      default:
        throw new Error('unknown scheme');
    }
  }

  fromBlob() {
    const blob = require('internal/blob').resolveObjectURL(this.url.href);
    if (this.method !== 'GET' || !blob) throw new Error('invalid method');
    const { bytesOf } = require('internal/blob');
    const asked = this.request.headers.get('range');
    const headers = (length, more) => new Headers({ 'content-length': `${length}`, 'content-type': blob.type, ...more });
    if (asked === null) {
      this.answer(200, 'OK', headers(blob.size), new Body(bytesOf(blob)));
      return;
    }
    const [first, last] = range(asked, blob.size);
    const slice = blob.slice(first, last + 1);
    this.answer(206, 'Partial Content', headers(slice.size, { 'content-range': `bytes ${first}-${last}/${blob.size}` }),
                new Body(bytesOf(slice)));
  }

  // The fields of the request.
  fields() {
    const { request, url } = this;
    const headers = copy(request.headers);
    const add = (name, value) => { if (!headers.has(name)) headers.append(name, value); };
    add('accept', '*/*');
    add('accept-language', '*');
    const referrer = referrerOf(request, url);
    if (referrer) headers.append('referer', referrer);
    headers.append('sec-fetch-mode', request.mode);
    add('user-agent', 'node');
    let { cache } = request;
    if (cache === 'default' && conditional.some((name) => headers.has(name))) cache = 'no-store';
    if (cache === 'no-cache') add('cache-control', 'max-age=0');
    if (cache === 'no-store' || cache === 'reload') {
      add('pragma', 'no-cache');
      add('cache-control', 'no-cache');
    }
    if (headers.has('range')) headers.append('accept-encoding', 'identity');
    add('accept-encoding', url.protocol === 'https:' ? 'br, gzip, deflate' : 'gzip, deflate');
    return headers;
  }

  // The head of the request as name, value, name, value.
  head() {
    const { url, method, body } = this;
    const headers = this.fields();
    for (const name of ['transfer-encoding', 'keep-alive', 'upgrade'])
      if (headers.has(name)) throw invalidArgument(`invalid ${name} header`);
    if (headers.has('expect')) throw fetchError('NotSupportedError', 'UND_ERR_NOT_SUPPORTED', 'expect header not supported');
    const connection = (headers.get('connection') ?? 'keep-alive').toLowerCase().split(',').map((s) => s.trim());
    if (!connection.every((option) => /^[!#$%&'*+\-.^_`|~\w]+$/.test(option))) throw invalidArgument('invalid connection header');
    const given = headers.get('content-length');
    if (given !== null && !/^\d+$/.test(given)) throw invalidArgument('invalid content-length header');

    const out = ['host', url.host, 'connection', method === 'HEAD' || connection.includes('close') ? 'close' : 'keep-alive'];
    lines(headers, out);
    if (body) {
      const length = body.bytes?.length ?? given;
      if (given !== null && +given !== +length) {
        throw fetchError('RequestContentLengthMismatchError', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
                         'Request body length does not match content-length header');
      }
      if (length === null) out.push('transfer-encoding', 'chunked');
      else out.push('content-length', `${length}`);
    } else if (method === 'POST' || method === 'PUT' || method === 'PATCH') {
      out.push('content-length', '0');
    }
    return out;
  }

  send() {
    this.requested = now();
    const { url, method, body } = this;
    const dispatcher = this.request.dispatcher ?? Reflect.get(globalThis, globalDispatcher); // scripts replace it
    if (dispatcher !== undefined && dispatcher !== null) {
      this.through(dispatcher);
      return;
    }
    const head = this.head();
    const { http, agent } = agentFor(url);
    const { hostname } = url;
    const path = url.pathname + url.search;
    const req = http.request({
      protocol: url.protocol, hostname: hostname[0] === '[' ? hostname.slice(1, -1) : hostname, port: url.port, path, method, agent, setHost: false,
    });
    if (!body) req.useChunkedEncodingByDefault = false;
    const shown = this.attach(req, path, head);
    tell('request:create', () => ({ request: shown }));
    if (told('client:sendHeaders')) req.once('socket', (socket) => tell('client:sendHeaders', () => ({ request: shown, headers: req._header, socket })));
    if (told('request:bodySent')) req.once('finish', () => tell('request:bodySent', () => ({ request: shown })));
    req._storeHeader(`${method} ${path} HTTP/1.1\r\n`, head);
    if (!body) {
      req.end();
    } else if (body.bytes) {
      body.collect(); // it counts as used
      req.end(body.bytes);
    } else {
      this.upload(req, body).catch((err) => this.fail(err));
    }
  }

  // Listens to what becomes of a request.
  attach(req, path, head) {
    this.outgoing = req;
    const shown = this.shown = {
      origin: this.url.origin, path, method: this.method, headers: head.slice(4), completed: false, aborted: false,
      addHeader(name, value) {
        head.push(name, value);
        return this;
      },
    };
    req.on('response', (res) => this.attempt(() => this.receive(res)));
    const unasked = (message, socket) => this.fail(fetchError('SocketError', 'UND_ERR_SOCKET', message, { socket: socketInfo(socket) }));
    req.on('continue', () => unasked('bad response', req.socket));
    req.on('upgrade', (res, socket) => {
      unasked('bad upgrade', socket);
      socket.destroy();
    });
    req.on('error', (err) => {
      if (req !== this.outgoing) return;
      const error = connectionError(err, req.socket);
      shown.aborted = true;
      tell('request:error', () => ({ request: shown, error }));
      this.fail(error);
    });
    return shown;
  }

  // Sends it as package undici does.
  through(dispatcher) {
    const { url, method, body } = this;
    const headers = this.fields();
    const length = body ? body.bytes?.length ?? null : method === 'POST' || method === 'PUT' ? 0 : null;
    if (length !== null && !headers.has('content-length')) headers.append('content-length', `${length}`);
    let sent;
    this.outgoing = sent = require('internal/fetch/dispatch').dispatch(dispatcher, { url, method, headers, body }, {
      response: (message) => this.attempt(() => this.receive(message)),
      error: (err) => { if (sent === undefined || this.outgoing === sent) this.fail(err); },
    });
  }

  async upload(req, body) {
    const reader = this.uploader = body.stream.getReader();
    let wake;
    for (const event of ['drain', 'close']) req.on(event, () => wake?.());
    for (;;) {
      const { value, done } = await reader.read();
      if (this.done || req.destroyed) return;
      if (done) break;
      if (!req.write(value)) await new Promise((resolve) => { wake = resolve; });
    }
    this.uploader = undefined;
    req.end();
  }

  receive(res) {
    if (this.done) return;
    this.responded = now();
    const { request, shown } = this;
    const { statusCode: status } = res;
    if (shown) {
      tell('request:headers', () => ({ request: shown, response: { statusCode: status, statusText: res.statusMessage, headers: buffers(res.rawHeaders) } }));
      if (told('request:trailers')) {
        res.once('end', () => {
          shown.completed = true;
          tell('request:trailers', () => ({ request: shown, trailers: buffers(res.rawTrailers) }));
        });
      }
    }
    const { location } = res.headers;
    if (status === 407) throw new Error();
    if (redirects.includes(status) && request.redirect !== 'manual') {
      if (request.redirect === 'error') throw new Error('unexpected redirect');
      if (location !== undefined) {
        res.resume();
        res.on('error', () => {});
        this.redirect(status, location);
        return;
      }
    }
    const headers = received(res.rawHeaders);
    if (this.method === 'HEAD' || nullStatuses.includes(status)) {
      res.resume();
      res.on('error', () => {});
      this.answer(status, res.statusMessage, headers, null);
      this.measure(status, 0);
      return;
    }
    let failed = false;
    const broken = (err) => {
      if (failed) return;
      failed = true;
      this.fail(connectionError(err, res.socket));
    };
    const source = decoded(res, codingsOf(res.headers['content-encoding']), broken);
    res.on('error', broken);
    source.on('data', (chunk) => { this.unpacked += chunk.length; });
    if (source !== res) res.on('data', (chunk) => { this.size += chunk.length; });
    source.on('end', () => this.measure(status, source === res ? this.unpacked : this.size));
    this.incoming = new Incoming(source, () => {
      this.finish();
      this.outgoing.destroy();
    });
    source.on('end', () => { if (!this.checking) this.finish(); });
    this.answer(status, res.statusMessage, headers, new Body(null, undefined, this.incoming));
  }

  // Tells the timeline of performance.
  measure(status, size) {
    measure(this.request.url.href, this.began, this.requested, this.responded, status, size, this.unpacked);
  }

  redirect(status, location) {
    const { request } = this;
    // A server may send the bytes of UTF-8.
    if (/[\x80-\xff]/.test(location)) location = Buffer.from(location, 'latin1').toString();
    const url = new URL(location, this.url);
    if (url.hash === '') url.hash = this.url.hash;
    if (!isHTTP(url)) throw new Error('URL scheme must be a HTTP(S) scheme');
    if (this.redirections === maxRedirects) throw new Error('redirect count exceeded');
    this.redirections++;
    if (url.username || url.password) {
      if (request.mode === 'cors') throw new Error('cross origin not allowed for request mode "cors"');
      if (this.tainted) throw new Error('URL cannot contain credentials for request mode "cors"');
    }
    if (status !== 303 && this.body && this.body.bytes === null) throw new Error();
    const headers = copy(request.headers);
    if (((status === 301 || status === 302) && this.method === 'POST') || (status === 303 && this.method !== 'GET' && this.method !== 'HEAD')) {
      this.method = 'GET';
      this.body = null;
      for (const name of ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']) headers.delete(name);
    }
    if (!sameOrigin(this.url, url)) {
      for (const name of ['authorization', 'proxy-authorization', 'cookie', 'host']) headers.delete(name);
    }
    if (!sameOrigin(request.url, url)) this.tainted = true;
    if (this.body) this.body = new Body(this.body.bytes);
    this.request = { ...request, headers };
    this.url = url;
    this.go();
  }

  answer(status, statusText, headers, body) {
    const { request, url } = this;
    const settle = () => {
      const state = {
        type: this.tainted ? 'cors' : 'basic', url: url.href.slice(0, url.href.length - url.hash.length), redirected: this.redirections > 0,
        status, statusText, headers: freeze(headers), body,
      };
      if (this.tainted && request.mode === 'no-cors')
        Object.assign(state, { type: 'opaque', url: '', redirected: false, status: 0, statusText: '', headers: freeze(new Headers()), body: null });
      this.resolve(make(state));
      if (!this.incoming || this.incoming.ended) this.finish();
    };
    const wanted = request.integrity === '' ? undefined : integrityOf(request.integrity);
    if (!wanted || !body) {
      settle();
      return;
    }
    this.checking = true;
    body.collect().then((bytes) => {
      this.incoming = null;
      const digest = require('crypto').createHash(wanted[0]).update(bytes).digest('base64').replace(/=+$/, '');
      if (!wanted[1].includes(digest)) throw new Error('integrity mismatch');
      body = new Body(bytes);
      settle();
    }).catch((err) => {
      this.incoming = null;
      this.fail(err);
    });
  }
}

const slow = (input, init, resolve, reject) => new Fetch(stateFrom(input, init), resolve, reject).start();

function fetch(input, init = undefined) {
  return quick(input, init) ?? new Promise((resolve, reject) => slow(input, init, resolve, reject));
}

// What exchange.go needs of all this.
const script = {
  slow, measure,
  watched: () => ['request:create', 'request:bodySent', 'request:headers', 'request:trailers', 'request:error', 'client:sendHeaders'].some(told),
  agent: () => new (require('http').Agent)(agentOptions),
  // What is to be known of a URL, undefined if anything about it is unusual.
  target(text) {
    if (!URL.canParse(text)) return undefined;
    const { protocol, username, password, hash, href, hostname, host, port, pathname, search } = new URL(text);
    if (protocol !== 'http:' || username || password || port !== '' && badPorts.includes(+port) || href.endsWith('?')) return undefined;
    return { href: href.slice(0, href.length - hash.length), hostname: hostname[0] === '[' ? hostname.slice(1, -1) : hostname, host, port: port || '80',
             path: pathname + search };
  },
  respond: (status, statusText, url, headers, exchange) =>
    make({ type: 'basic', url, redirected: false, status, statusText, headers, body: exchange && new Body(null, undefined, exchange) }),
  codings(header) {
    const codings = codingsOf(header);
    return codings && codings.length === 1 ? codings : undefined;
  },
  // All of a body at once.
  decode(data, codings) {
    if (data.length === 0) return data;
    const zlib = require('zlib');
    try {
      for (const coding of codings) data = decoders[coding].sync(zlib, data);
    } catch (cause) {
      throw new TypeError('terminated', { cause });
    }
    return data;
  },
  // Goes on with a request that was native.
  adopt(input, init, resolve, reject, req) {
    const fetch = new Fetch(stateFrom(input, init), resolve, reject);
    fetch.attach(req, req.path, fetch.head());
  },
  // The error that a broken connection is told by.
  failure(answered, errno, reason, data, socket) {
    const cause = data !== undefined ? fetchError('HTTPParserError', undefined, `Response does not match the HTTP/1.1 protocol (${reason})`, { data }) :
      errno !== 0 ? require('internal/errors').systemError(errno, 'read') :
        fetchError('SocketError', 'UND_ERR_SOCKET', reason ?? 'other side closed', { socket });
    return new TypeError(answered ? 'terminated' : 'fetch failed', { cause });
  },
};
setup(script, Headers);
// A stream of what an exchange brings in.
script.exchanges.stream = function() {
  let source = this;
  if (this.codings) {
    const raw = new (require('stream').Readable)({ read: () => this.resume() });
    this.on('data', (chunk) => { if (!raw.push(chunk)) this.pause(); });
    this.on('end', () => raw.push(null));
    source = decoded(raw, this.codings, (cause) => this.reader.fail(new TypeError('terminated', { cause })));
    let unpacked = 0;
    source.on('data', (chunk) => { unpacked += chunk.length; });
    source.on('end', () => this.measure(unpacked));
  }
  const reader = this.reader = new Incoming(source, () => this.cancel());
  if (this.failed) reader.fail(this.error);
  return reader.stream();
};

module.exports = { fetch, Fetch };
