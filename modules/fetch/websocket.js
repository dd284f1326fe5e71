// The class WebSocket. Frames are made and read in Go, see websocket.go; the handshake goes out through module http.
'use strict';
const { EventTarget, Event } = require('internal/event_target');
const { DOMException } = require('internal/domexception');
const { ErrorEvent, CloseEvent, received } = require('internal/fetch/events');
const { need, dictionary, text, usvString, illegal, expose } = require('internal/fetch/webidl');
const { Headers, lines, received: headersOf } = require('internal/fetch/headers');
const { isArrayBuffer, isArrayBufferView } = require('internal/util/types');
const { randomBytes, createHash } = require('crypto');
const diagnostics = require('diagnostics_channel');

const connecting = 0, open = 1, closing = 2, closed = 3;
const [opFailure, opText, opBinary, opClose, opPing, opPong] = [0, 1, 2, 8, 9, 10];
const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const channel = (name) => diagnostics.channel(`undici:websocket:${name}`);
const channels = { open: channel('open'), close: channel('close'), socketError: channel('socket_error'), ping: channel('ping'), pong: channel('pong') };
function publish(channel, make) {
  if (channel.hasSubscribers) channel.publish(make());
}

const isObject = (v) => v !== null && (typeof v === 'object' || typeof v === 'function');

function protocolList(value) {
  if (!isObject(value) || !(Symbol.iterator in value)) return [text(value, 'undefined: undefined')];
  let n = 0;
  return Array.from(value, (item) => text(item, `undefined: undefined[${n++}]`));
}

// What the second argument of the constructor means.
function optionsOf(value) {
  if (!isObject(value) || Symbol.iterator in value) return { protocols: protocolList(value), headers: null };
  const { headers, protocols } = dictionary(value, 'undefined');
  return { headers: headers === undefined || headers === null ? null : new Headers(headers), protocols: protocols === undefined ? [] : protocolList(protocols) };
}

function urlOf(input) {
  let url;
  try {
    url = new URL(input);
  } catch (err) {
    throw new DOMException(err, 'SyntaxError');
  }
  if (url.protocol === 'http:') url.protocol = 'ws:';
  else if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') throw new DOMException('expected a ws: or wss: url', 'SyntaxError');
  if (url.hash !== '' || url.href.endsWith('#')) throw new DOMException('hash', 'SyntaxError');
  return url;
}

// A number as Web IDL's [Clamp] unsigned short.
function clamped(value) {
  value = Math.min(Math.max(Number(value), 0), 65535);
  if (value !== value) return 0;
  const floor = Math.floor(value);
  return value - floor < 0.5 || (value - floor === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

// Asks for a connection. done gets the response, its headers and the socket, or nothing.
function handshake(url, protocols, headers, done) {
  const secure = url.protocol === 'wss:';
  const module = require(secure ? 'https' : 'http');
  const key = randomBytes(16).toString('base64');
  const head = headers ?? new Headers();
  const add = (name, value) => { if (!head.has(name)) head.append(name, value); };
  head.append('sec-websocket-key', key);
  head.append('sec-websocket-version', '13');
  for (const protocol of protocols) head.append('sec-websocket-protocol', protocol);
  head.append('sec-websocket-extensions', 'permessage-deflate; client_max_window_bits');
  add('accept', '*/*');
  add('accept-language', '*');
  head.append('sec-fetch-mode', 'websocket');
  add('user-agent', 'node');
  add('pragma', 'no-cache');
  add('cache-control', 'no-cache');
  add('accept-encoding', secure ? 'br, gzip, deflate' : 'gzip, deflate');
  const { hostname } = url;
  const path = url.pathname + url.search;
  const req = module.request({
    hostname: hostname[0] === '[' ? hostname.slice(1, -1) : hostname, port: url.port, path, agent: false, setHost: false,
    auth: url.username || url.password ? `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` : undefined,
  });
  req.useChunkedEncodingByDefault = false;
  req._storeHeader(`GET ${path} HTTP/1.1\r\n`, lines(head, ['host', head.get('host') ?? url.host, 'connection', 'upgrade', 'upgrade', 'websocket']));
  const fail = () => {
    req.destroy();
    done();
  };
  req.on('error', fail);
  req.on('response', fail);
  req.on('information', (res) => { if (res.statusCode === 101) fail(); });
  req.on('upgrade', (res, socket, rest) => {
    const answer = headersOf(res.rawHeaders);
    const protocol = answer.get('sec-websocket-protocol');
    if ((protocols.length > 0 && !protocol) || answer.get('upgrade')?.toLowerCase() !== 'websocket' ||
        answer.get('connection')?.toLowerCase() !== 'upgrade' ||
        answer.get('sec-websocket-accept') !== createHash('sha1').update(key + magic).digest('base64') ||
        (protocol !== null && !protocols.includes(protocol))) {
      socket.destroy();
      done();
      return;
    }
    done(res, answer, socket, rest);
  });
  req.end();
  return req;
}

class WebSocket extends EventTarget {
  #handlers = { open: null, error: null, close: null, message: null };
  #url;
  #state = connecting;
  #binaryType = 'blob';
  #protocol = '';
  #extensions = '';
  #buffered = 0;
  #request;
  #socket = null;
  #feed;
  #sending = null; // of Blobs: the promise of those that are still read
  #closeSent = false;
  #closeReceived = null;

  constructor(url, protocols = []) {
    super();
    need(arguments.length, 1, 'WebSocket constructor');
    const options = optionsOf(protocols);
    this.#url = urlOf(usvString(url));
    const names = options.protocols;
    if (names.length !== new Set(names.map((name) => name.toLowerCase())).size || !names.every((name) => /^[!#$%&'*+\-.^_`|~\w]+$/.test(name)))
      throw new DOMException('Invalid Sec-WebSocket-Protocol value', 'SyntaxError');
    this.#request = handshake(this.#url, names, options.headers, (...answer) => {
      if (this.#state !== connecting) answer[2]?.destroy();
      else if (answer.length === 0 || !this.#connected(...answer)) this.#ended();
    });
  }
  static #of(o) { return o !== null && typeof o === 'object' && #state in o ? o : illegal(o, WebSocket); }

  #connected(res, headers, socket, rest) {
    const extensions = headers.get('sec-websocket-extensions');
    const feed = binding.receiver(extensions);
    if (feed === null) {
      socket.destroy();
      return false;
    }
    this.#feed = feed;
    this.#socket = socket;
    socket.setTimeout(0);
    socket.setNoDelay();
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('end', () => socket.end());
    socket.on('error', (err) => {
      this.#state = closing;
      publish(channels.socketError, () => err);
      socket.destroy();
    });
    socket.on('close', () => this.#ended());
    this.#state = open;
    this.#extensions = extensions ?? '';
    this.#protocol = headers.get('sec-websocket-protocol') ?? '';
    this.dispatchEvent(new Event('open'));
    publish(channels.open, () => ({
      address: socket.address(), protocol: this.#protocol, extensions: this.#extensions, websocket: this,
      handshakeResponse: { status: res.statusCode, statusText: res.statusMessage, headers: Object.fromEntries(headers) },
    }));
    if (rest.length > 0) this.#receive(rest);
    return true;
  }

  #receive(chunk) {
    for (const [opcode, payload, code, reason] of this.#feed(chunk)) {
      switch (opcode) {
        case opText:
        case opBinary:
          if (this.#state === open) this.#message(opcode, payload);
          break;
        case opPing:
          this.#write(binding.frame(opPong, payload));
          publish(channels.ping, () => ({ payload: Buffer.from(payload), websocket: this }));
          break;
        case opPong:
          publish(channels.pong, () => ({ payload: Buffer.from(payload), websocket: this }));
          break;
        case opClose:
          this.#closeReceived = { code: code || 1005, reason };
          if (!this.#closeSent) this.#sendClose(code || null, '');
          this.#state = closing;
          break;
        case opFailure:
          this.#fail(code, reason);
      }
    }
  }
  #message(opcode, payload) {
    if (opcode === opBinary && this.#binaryType === 'blob') payload = new Blob([payload]);
    this.dispatchEvent(received('message', payload, [], this.#url.origin));
  }

  #write(frame, callback) { this.#socket.write(frame, callback); }
  #sendClose(code, reason) {
    this.#write(binding.closeFrame(code, reason));
    this.#closeSent = true;
  }
  #fail(code, reason) {
    if (this.#state === open && !this.#closeSent) this.#sendClose(code, reason);
    this.#state = closing;
    this.#socket.destroy();
  }
  // The connection is gone, or never came about.
  #ended() {
    const { code, reason } = this.#closeReceived ?? { code: 1006, reason: '' };
    const wasClean = this.#closeSent && this.#closeReceived !== null;
    this.#state = closed;
    if (this.#closeReceived === null) this.dispatchEvent(new ErrorEvent('error', { error: new TypeError(reason) }));
    this.dispatchEvent(new CloseEvent('close', { wasClean, code, reason }));
    publish(channels.close, () => ({ websocket: this, code, reason }));
  }

  close(code = undefined, reason = undefined) {
    WebSocket.#of(this);
    code = code === undefined ? null : clamped(code);
    reason = reason === undefined ? '' : usvString(reason);
    if (code !== null && code !== 1000 && (code < 3000 || code > 4999)) throw new DOMException('invalid code', 'InvalidAccessError');
    const length = Buffer.byteLength(reason);
    if (length > 123) throw new DOMException(`Reason must be less than 123 bytes; received ${length}`, 'SyntaxError');
    if (this.#state === connecting) {
      this.#request.destroy();
      this.#ended();
      this.#state = closing;
    } else if (this.#state === open) {
      if (!this.#closeSent) this.#sendClose(reason !== '' ? code ?? 1000 : code, reason);
      this.#state = closing;
    }
  }

  send(data) {
    WebSocket.#of(this);
    need(arguments.length, 1, 'WebSocket.send');
    const isBlob = isObject(data) && data instanceof Blob;
    const isBytes = !isBlob && (isArrayBuffer(data) || (isArrayBufferView(data) && isArrayBuffer(data.buffer)));
    if (!isBlob && !isBytes) data = usvString(data);
    if (this.#state === connecting) throw new DOMException('Sent before connected.', 'InvalidStateError');
    if (this.#state !== open) return;
    const size = isBlob ? data.size : isBytes ? data.byteLength : Buffer.byteLength(data);
    this.#buffered += size;
    const sent = () => { this.#buffered -= size; };
    if (!isBlob) {
      const frame = binding.frame(isBytes ? opBinary : opText, data);
      if (this.#sending === null) this.#write(frame, sent);
      else this.#later(() => frame, sent);
      return;
    }
    const bytes = data.arrayBuffer();
    this.#later(async () => binding.frame(opBinary, await bytes), sent);
  }
  // What follows a Blob that is still read waits for it.
  #later(frame, sent) {
    const mine = this.#sending = (async (before) => {
      await before;
      this.#write(await frame(), sent);
      if (this.#sending === mine) this.#sending = null;
    })(this.#sending);
    mine.catch((err) => this.#socket.destroy(err));
  }

  get readyState() { return WebSocket.#of(this).#state; }
  get bufferedAmount() { return WebSocket.#of(this).#buffered; }
  get url() { return WebSocket.#of(this).#url.href; }
  get extensions() { return WebSocket.#of(this).#extensions; }
  get protocol() { return WebSocket.#of(this).#protocol; }
  get onopen() { return WebSocket.#of(this).#handlers.open; }
  set onopen(f) { WebSocket.#of(this).#handle('open', f); }
  get onerror() { return WebSocket.#of(this).#handlers.error; }
  set onerror(f) { WebSocket.#of(this).#handle('error', f); }
  get onclose() { return WebSocket.#of(this).#handlers.close; }
  set onclose(f) { WebSocket.#of(this).#handle('close', f); }
  get onmessage() { return WebSocket.#of(this).#handlers.message; }
  set onmessage(f) { WebSocket.#of(this).#handle('message', f); }
  get binaryType() { return WebSocket.#of(this).#binaryType; }
  set binaryType(type) { WebSocket.#of(this).#binaryType = type === 'arraybuffer' ? type : 'blob'; }

  #handle(type, f) {
    const before = this.#handlers[type];
    if (before) this.removeEventListener(type, before);
    this.#handlers[type] = isObject(f) ? f : null;
    if (typeof f === 'function') this.addEventListener(type, f);
  }
}
expose(WebSocket);
for (const [name, value] of [['CONNECTING', connecting], ['OPEN', open], ['CLOSING', closing], ['CLOSED', closed]]) {
  for (const o of [WebSocket, WebSocket.prototype]) Object.defineProperty(o, name, { __proto__: null, enumerable: true, value });
}

module.exports = { WebSocket };
