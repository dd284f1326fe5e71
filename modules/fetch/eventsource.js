// The class EventSource, a global with --experimental-eventsource. The stream is taken apart in Go, see eventsource.go.
'use strict';
const { EventTarget, Event } = require('internal/event_target');
const { DOMException } = require('internal/domexception');
const { received } = require('internal/fetch/events');
const { need, dictionary, usvString, uint32, illegal } = require('internal/fetch/webidl');
const { Fetch } = require('internal/fetch');
const { stateFrom } = require('internal/fetch/request');

const connecting = 0, open = 1, closed = 2;
let warned = false;

class EventSource extends EventTarget {
  #handlers = { open: null, error: null, message: null };
  #readyState = connecting;
  #url;
  #withCredentials;
  #reconnection;
  #lastEventId = '';
  #abort = null;

  constructor(url, eventSourceInitDict = {}) {
    super();
    need(arguments.length, 1, 'EventSource constructor');
    if (!warned) {
      warned = true;
      process.emitWarning('EventSource is experimental, expect them to change at any time.', { code: 'UNDICI-ES' });
    }
    url = usvString(url);
    const { node, withCredentials } = dictionary(eventSourceInitDict, 'EventSource constructor');
    const { reconnectionTime } = dictionary(node, 'EventSource constructor');
    this.#reconnection = reconnectionTime === undefined ? 3000 : uint32(reconnectionTime);
    this.#withCredentials = Boolean(withCredentials);
    try {
      this.#url = new URL(url).href;
    } catch (err) {
      throw new DOMException(err, 'SyntaxError');
    }
    this.#connect();
  }

  get readyState() { return this.#readyState; }
  get url() { return this.#url; }
  get withCredentials() { return this.#withCredentials; }

  #connect() {
    const headers = { accept: 'text/event-stream' };
    if (this.#lastEventId !== '') headers['last-event-id'] = this.#lastEventId;
    this.#abort = new AbortController();
    const request = stateFrom(this.#url, { headers, cache: 'no-store', referrer: '', keepalive: true, signal: this.#abort.signal });
    const failed = () => {
      if (this.#readyState === closed) this.dispatchEvent(new Event('error')); // closed before there was an answer
      else this.#reconnect();
    };
    new Promise((resolve, reject) => { new Fetch(request, resolve, reject).start(); }).then((response) => this.#read(response), failed);
  }

  async #read(response) {
    if (this.#readyState === closed) return;
    if (response.status !== 200 || !binding.isEventStream(response.headers.get('content-type') ?? '')) {
      this.close();
      this.dispatchEvent(new Event('error'));
      return;
    }
    this.#readyState = open;
    this.dispatchEvent(new Event('open'));
    const { origin } = new URL(response.url);
    const feed = binding.stream();
    const reader = response.body?.getReader();
    try {
      for (let step; reader && !(step = await reader.read()).done;) {
        for (const [kind = 'message', data, id, retry] of feed(step.value)) {
          if (this.#readyState === closed) return;
          if (retry !== undefined) this.#reconnection = retry;
          if (id !== undefined) this.#lastEventId = id;
          if (data !== undefined) this.dispatchEvent(received(kind, data, [], origin, this.#lastEventId));
        }
      }
    } catch {
      // The connection is gone, or close() has ended it.
    }
    this.#reconnect();
  }

  #reconnect() {
    if (this.#readyState === closed) return;
    this.#readyState = connecting;
    this.dispatchEvent(new Event('error'));
    setTimeout(() => { if (this.#readyState === connecting) this.#connect(); }, this.#reconnection).unref();
  }

  close() {
    if (!(#readyState in this)) illegal(this, EventSource);
    if (this.#readyState === closed) return;
    this.#readyState = closed;
    this.#abort.abort();
  }

  get onopen() { return this.#handlers.open; }
  set onopen(f) { this.#handle('open', f); }
  get onmessage() { return this.#handlers.message; }
  set onmessage(f) { this.#handle('message', f); }
  get onerror() { return this.#handlers.error; }
  set onerror(f) { this.#handle('error', f); }
  #handle(type, f) {
    const before = this.#handlers[type];
    if (before) this.removeEventListener(type, before);
    this.#handlers[type] = f !== null && (typeof f === 'object' || typeof f === 'function') ? f : null;
    if (typeof f === 'function') this.addEventListener(type, f);
  }
}
const { prototype } = EventSource;
for (const key of Object.getOwnPropertyNames(prototype))
  if (key !== 'constructor') Object.defineProperty(prototype, key, { __proto__: null, enumerable: true });
for (const [name, value] of [['CONNECTING', connecting], ['OPEN', open], ['CLOSED', closed]]) {
  for (const o of [EventSource, prototype]) Object.defineProperty(o, name, { __proto__: null, enumerable: true, value });
}
require('internal/clone').uncloneable(prototype);

module.exports = { EventSource };
