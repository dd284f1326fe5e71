// MessageChannel, MessagePort, MessageEvent, BroadcastChannel. May require internal/errors and internal/event_target.
'use strict';
const { codes } = require('internal/errors');
const { EventTarget, Event, initEventTarget, defineEventHandler } = require('internal/event_target');

class MessageEvent extends Event {
  #init;
  constructor(type, init = {}) {
    super(type, init);
    this.#init = init ?? {};
  }
  get data() { return this.#init.data === undefined ? null : this.#init.data; }
  get origin() { return this.#init.origin ?? ''; }
  get lastEventId() { return this.#init.lastEventId ?? ''; }
  get source() { return this.#init.source ?? null; }
  get ports() { return this.#init.ports ?? []; }
}

const states = new WeakMap();
const kNew = Symbol('kNew');

// Keeps the loop open while somebody listens, unless unref was called.
function updateHold(s) {
  const wanted = s.ref && s.listeners > 0 && !s.closed;
  if (wanted === s.held) return;
  s.held = wanted;
  binding.hold(wanted);
}

function init(port, s) {
  Object.assign(s, { ref: true, held: false, listeners: 0, closed: false, queue: [], flowing: false, scheduled: false });
  states.set(port, s);
  initEventTarget(port, (type, size) => {
    if (type !== 'message') return;
    s.listeners = size;
    if (size > 0 && s.startsByListening) start(port, s);
    updateHold(s);
  });
}

function start(port, s) {
  s.flowing = true;
  deliverLater(port, s);
}

function deliverLater(port, s) {
  if (!s.flowing || s.scheduled || s.queue.length === 0) return;
  s.scheduled = true;
  setImmediate(() => {
    s.scheduled = false;
    if (s.queue.length === 0 || s.dropped) return;
    const { type, data, ports } = s.queue.shift();
    if (type === 'close') {
      finish(port, s);
      return;
    }
    deliverLater(port, s);
    port.dispatchEvent(new MessageEvent(type, { data, ports }));
  });
}

function finish(port, s) {
  if (s.closed) return;
  s.closed = true;
  updateHold(s);
  port.dispatchEvent(new Event('close'));
}

function send(to, message, transfer) {
  const s = states.get(to);
  if (s.closed) return;
  const ports = [];
  if (transfer) for (const item of transfer) if (item instanceof MessagePort) ports.push(item);
  s.queue.push({ type: 'message', data: clone(message, transfer), ports });
  deliverLater(to, s);
}

// Ports among what is transferred stay themselves: there is one thread only.
function clone(message, transfer) {
  const list = transfer ? Array.from(transfer).filter((t) => !(t instanceof MessagePort)) : undefined;
  if (message instanceof MessagePort) return message;
  return list?.length ? structuredClone(message, { transfer: list }) : structuredClone(message);
}

class MessagePort extends EventTarget {
  constructor(token) {
    if (token !== kNew) throw new codes.ERR_CONSTRUCT_CALL_INVALID();
    super();
    init(this, { peer: undefined, startsByListening: true, wrapped: new Map() });
  }
  postMessage(message, transfer) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('message');
    const s = states.get(this);
    if (s.closed || !s.peer) return;
    send(s.peer, message, Array.isArray(transfer) ? transfer : transfer?.transfer);
  }
  start() { start(this, states.get(this)); }
  close(callback) {
    const s = states.get(this);
    if (typeof callback === 'function') this.once('close', callback);
    if (s.closed || s.closing) return;
    s.closing = true;
    const { peer } = s;
    setImmediate(() => finish(this, s));
    if (peer) {
      const p = states.get(peer);
      p.queue.push({ type: 'close' });
      p.flowing = true;
      deliverLater(peer, p);
    }
  }
  ref() {
    states.get(this).ref = true;
    updateHold(states.get(this));
  }
  unref() {
    states.get(this).ref = false;
    updateHold(states.get(this));
  }
  hasRef() { return states.get(this).held; }
  on(type, listener, once = false) {
    const { wrapped } = states.get(this);
    const f = (event) => listener.call(this, type === 'message' || type === 'messageerror' ? event.data : undefined);
    wrapped.set(listener, f);
    this.addEventListener(type, f, { once });
    return this;
  }
  addListener(type, listener) { return this.on(type, listener); }
  once(type, listener) { return this.on(type, listener, true); }
  off(type, listener) {
    const { wrapped } = states.get(this);
    this.removeEventListener(type, wrapped.get(listener) ?? listener);
    wrapped.delete(listener);
    return this;
  }
  removeListener(type, listener) { return this.off(type, listener); }
}
defineEventHandler(MessagePort.prototype, 'message');
defineEventHandler(MessagePort.prototype, 'messageerror');

class MessageChannel {
  constructor() {
    this.port1 = new MessagePort(kNew);
    this.port2 = new MessagePort(kNew);
    states.get(this.port1).peer = this.port2;
    states.get(this.port2).peer = this.port1;
  }
}

function receiveMessageOnPort(port) {
  const s = states.get(port);
  if (!(port instanceof MessagePort)) throw new codes.ERR_INVALID_ARG_TYPE('port', 'MessagePort', port);
  const i = s.queue.findIndex((m) => m.type === 'message');
  return i === -1 ? undefined : { message: s.queue.splice(i, 1)[0].data };
}

const channels = new Map(); // name: Set of BroadcastChannels

class BroadcastChannel extends EventTarget {
  #name;
  constructor(name) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    super();
    this.#name = `${name}`;
    init(this, { startsByListening: true });
    states.get(this).flowing = true;
    if (!channels.has(this.#name)) channels.set(this.#name, new Set());
    channels.get(this.#name).add(this);
  }
  get name() { return this.#name; }
  postMessage(message) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('message');
    if (states.get(this).closed) throw new DOMException('BroadcastChannel is closed.', 'InvalidStateError');
    for (const other of channels.get(this.#name)) if (other !== this) send(other, message);
  }
  close() {
    const s = states.get(this);
    if (s.closed) return;
    s.closed = s.dropped = true;
    updateHold(s);
    channels.get(this.#name).delete(this);
  }
  ref() {
    states.get(this).ref = true;
    updateHold(states.get(this));
    return this;
  }
  unref() {
    states.get(this).ref = false;
    updateHold(states.get(this));
    return this;
  }
}
defineEventHandler(BroadcastChannel.prototype, 'message');
defineEventHandler(BroadcastChannel.prototype, 'messageerror');

module.exports = { MessageChannel, MessagePort, MessageEvent, BroadcastChannel, receiveMessageOnPort };
