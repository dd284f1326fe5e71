// MessageChannel, MessagePort and BroadcastChannel over the native ports, see messaging.go. May require
// internal/errors, internal/event_target and internal/validators.
'use strict';
const { codes } = require('internal/errors');
const { EventTarget, Event, CustomEvent, initEventTarget, defineEventHandler, listenersOf } = require('internal/event_target');
const { brand } = require('internal/validators');
const { received } = require('internal/fetch/events');
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

// Messages arrive whatever a script does to the classes.
const { call } = Function.prototype;
const dispatchEvent = call.bind(EventTarget.prototype.dispatchEvent);

class MessagePortCloseEvent extends Event {
  constructor() { super('close'); }
}

// The event being dispatched and what Node-style listeners get in its place.
let emitted;
let argument;

function dispatch(target, event, value) {
  const before = emitted;
  const outer = argument;
  emitted = event;
  argument = value;
  try {
    dispatchEvent(target, event);
  } finally {
    emitted = before;
    argument = outer;
  }
}

const states = new WeakMap(); // of a port: how many listeners each event has, and the functions that stand for listeners

// An object that only inherits from a port has none of its own until it is asked.
function stateOf(port) {
  let state = states.get(port);
  if (state === undefined) states.set(port, state = { sizes: new Map(), wrapped: new Map() });
  return state;
}

// NodeEventTarget has the methods of an EventEmitter.
class NodeEventTarget extends EventTarget {
  static is(o) { return o instanceof NodeEventTarget || o === NodeEventTarget.prototype; }
  setMaxListeners(n) { require('events').setMaxListeners(n, this); }
  getMaxListeners() { return require('events').getMaxListeners(this); }
  eventNames() { return [...stateOf(this).sizes].filter(([, size]) => size > 0).map(([type]) => type); }
  listenerCount(type) { return stateOf(this).sizes.get(`${type}`) ?? 0; }
  off(type, listener, options) {
    this.removeEventListener(type, stateOf(this).wrapped.get(listener) ?? listener, options);
    return this;
  }
  removeListener(type, listener, options) { return this.off(type, listener, options); }
  on(type, listener) { return listen(this, type, listener, false); }
  addListener(type, listener) { return listen(this, type, listener, false); }
  emit(type, arg) {
    require('internal/validators').validateString(type, 'type');
    const had = this.listenerCount(type) > 0;
    const message = type === 'message' || type === 'messageerror';
    dispatch(this, message ? received(type, arg, []) : new CustomEvent(type, { detail: arg }), arg);
    return had;
  }
  once(type, listener) { return listen(this, type, listener, true); }
  removeAllListeners(type) {
    for (const name of type === undefined ? this.eventNames() : [type]) {
      for (const listener of listenersOf(this, name)) this.removeEventListener(name, listener);
    }
    return this;
  }
}

brand(NodeEventTarget, 'this');

function listen(port, type, listener, once) {
  const { wrapped } = stateOf(port);
  let f = wrapped.get(listener);
  if (!f) {
    f = function(event) {
      if (once && !stateOf(port).sizes.get(type)) wrapped.delete(listener);
      return listener.call(this, event === emitted ? argument : event);
    };
    wrapped.set(listener, f);
  }
  port.addEventListener(type, f, { once });
  return port;
}

function MessagePort() { throw new codes.ERR_CONSTRUCT_CALL_INVALID(); }
Object.setPrototypeOf(MessagePort, NodeEventTarget);
Object.setPrototypeOf(MessagePort.prototype, NodeEventTarget.prototype);
Object.defineProperties(MessagePort, { prototype: { writable: false } });

binding.defineMethods(MessagePort.prototype); // postMessage, start, ref, unref, hasRef
Object.defineProperty(MessagePort.prototype, inspectCustom, {
  value: function inspect() {
    if (!(this instanceof MessagePort)) return this;
    let refed;
    try { refed = binding.hasRef(this); } catch { return this; }
    const text = require('util').inspect({ active: binding.active(this), refed, ...this });
    return `MessagePort [EventTarget] ${text}`;
  },
  configurable: true, writable: true,
});
defineEventHandler(MessagePort.prototype, 'message');
defineEventHandler(MessagePort.prototype, 'messageerror');
Object.assign(MessagePort.prototype, {
  close: function(callback) {
    if (typeof callback === 'function') this.once('close', callback);
    binding.close(this);
  },
});

// A port is started, and holds the loop open, as long as somebody listens for messages.
function makePort(handle) {
  const port = Object.create(MessagePort.prototype);
  const { sizes } = stateOf(port);
  initEventTarget(port, (type, size) => {
    const before = sizes.get(type) ?? 0;
    sizes.set(type, size);
    if (type !== 'message') return;
    if (before === 0 && size > 0) {
      binding.ref(port);
      binding.start(port);
    } else if (size === 0) {
      binding.stop(port);
      binding.unref(port);
    }
  }, handle);
  return port;
}

function emit(port, type, data, ports) {
  if (type === 'close') {
    const event = new MessagePortCloseEvent();
    dispatch(port, event, event);
  } else {
    dispatch(port, received(type, data, ports), data);
  }
}
binding.setup(makePort, emit);

function MessageChannel() {
  if (!new.target) throw new codes.ERR_CONSTRUCT_CALL_REQUIRED();
  binding.channel(this);
}

function receiveMessageOnPort(port) {
  const message = binding.isPort(port) || port instanceof BroadcastChannel ? binding.receive(port) : undefined;
  if (message) return { message: message[0] };
  if (!binding.isPort(port) && !(port instanceof BroadcastChannel)) {
    throw Object.assign(new TypeError('The "port" argument must be a MessagePort instance'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
}

class BroadcastChannel extends EventTarget {
  #name;
  constructor(name) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    super();
    this.#name = `${name}`;
    const handle = binding.handle();
    initEventTarget(this, undefined, handle);
    binding.broadcast(handle, this, this.#name);
  }
  static is(o) { return #name in o; }
  get name() { return this.#name; }
  close() {
    binding.close(this);
  }
  postMessage(message) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('message');
    if (!binding.active(this)) throw new DOMException('BroadcastChannel is closed.', 'InvalidStateError');
    binding.broadcastMessage(this, message);
  }
  ref() {
    if (binding.active(this)) binding.ref(this);
    return this;
  }
  unref() {
    if (binding.active(this)) binding.unref(this);
    return this;
  }
  [inspectCustom](depth, options) {
    if (depth < 0) return 'BroadcastChannel';
    const text = require('util').inspect({ name: this.#name, active: binding.active(this) }, { ...options, depth: options.depth == null ? null : options.depth - 1 });
    return `BroadcastChannel ${text}`;
  }
}
brand(BroadcastChannel, 'this', true);
for (const key of ['name', 'close', 'postMessage']) Object.defineProperty(BroadcastChannel.prototype, key, { __proto__: null, enumerable: true });
defineEventHandler(BroadcastChannel.prototype, 'message');
defineEventHandler(BroadcastChannel.prototype, 'messageerror');

module.exports = { MessageChannel, MessagePort, BroadcastChannel, receiveMessageOnPort, stop: binding.stop };
