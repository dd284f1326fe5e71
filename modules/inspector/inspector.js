// Module inspector: sessions of the thread itself, and the server for debuggers elsewhere.
'use strict';
const EventEmitter = require('events');
const { codes } = require('internal/errors');
const { validateFunction, validateInteger, validateObject, validateString } = require('internal/validators');

class Session extends EventEmitter {
  #connection = null;
  #nextId = 1;
  #callbacks = new Map();

  connect() {
    if (this.#connection) throw new codes.ERR_INSPECTOR_ALREADY_CONNECTED('The inspector session');
    const { Session: Connection } = require('internal/inspector/protocol');
    this.#connection = new Connection((text) => this.#onMessage(text), false);
  }

  connectToMainThread() {
    if (binding.isMainThread) throw new codes.ERR_INSPECTOR_NOT_WORKER();
    if (this.#connection) throw new codes.ERR_INSPECTOR_ALREADY_CONNECTED('The inspector session');
    throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('Session.connectToMainThread()');
  }

  #onMessage(text) {
    const parsed = JSON.parse(text);
    try {
      if (parsed.id) {
        const callback = this.#callbacks.get(parsed.id);
        this.#callbacks.delete(parsed.id);
        if (!callback) return;
        if (parsed.error) return callback(new codes.ERR_INSPECTOR_COMMAND(parsed.error.code, parsed.error.message));
        callback(null, parsed.result);
      } else {
        this.emit(parsed.method, parsed);
        this.emit('inspectorNotification', parsed);
      }
    } catch (err) {
      process.emitWarning(err);
    }
  }

  post(method, params, callback) {
    validateString(method, 'method');
    if (!callback && typeof params === 'function') {
      callback = params;
      params = null;
    }
    if (params) validateObject(params, 'params');
    if (callback) validateFunction(callback, 'callback');
    if (!this.#connection) throw new codes.ERR_INSPECTOR_NOT_CONNECTED();
    const id = this.#nextId++;
    const message = { id, method };
    if (params) message.params = params;
    if (callback) this.#callbacks.set(id, callback);
    this.#connection.dispatch(JSON.stringify(message));
  }

  disconnect() {
    if (!this.#connection) return;
    this.#connection.disconnect();
    this.#connection = null;
    for (const callback of this.#callbacks.values()) process.nextTick(callback, new codes.ERR_INSPECTOR_CLOSED());
    this.#callbacks.clear();
    this.#nextId = 1;
  }
}

function inspectorOpen(port, host, wait) {
  if (binding.url() !== undefined) throw new codes.ERR_INSPECTOR_ALREADY_ACTIVATED();
  if (typeof port === 'number') validateInteger(port, 'port', 0, 65535);
  binding.open(typeof port === 'number' ? port : -1, host === undefined ? '' : `${host}`);
  if (wait) inspectorWaitForDebugger();
  return { __proto__: null, [Symbol.dispose]() { _debugEnd(); } };
}

function _debugEnd() { binding.close(); }

function url() { return binding.url(); }

function inspectorWaitForDebugger() {
  if (binding.url() === undefined) throw new codes.ERR_INSPECTOR_NOT_ACTIVE();
  require('internal/inspector/sessions').wait(false);
}

// The console that debuggers see, and nobody else.
function makeConsole() {
  const tell = (type, args) => require('internal/inspector/protocol').noteConsole(type, args);
  const counts = new Map();
  const times = new Map();
  const plain = (type, missing) => (...args) => tell(type, args.length > 0 || missing === undefined ? args : [missing]);
  const label = (v) => v === undefined ? 'default' : `${v}`;
  const since = (name) => `${name}: ${performance.now() - times.get(name)} ms`;
  const methods = {
    debug: plain('debug'), error: plain('error'), info: plain('info'), log: plain('log'), warn: plain('warning'), dir: plain('dir'), dirxml: plain('dirxml'),
    table: plain('table'), trace: plain('trace', 'console.trace'), group: plain('startGroup', 'console.group'),
    groupCollapsed: plain('startGroupCollapsed', 'console.groupCollapsed'), groupEnd: plain('endGroup', 'console.groupEnd'), clear: plain('clear', 'console.clear'),
    count(v) {
      const name = label(v);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      tell('count', [`${name}: ${counts.get(name)}`]);
    },
    countReset(v) {
      const name = label(v);
      if (!counts.delete(name)) tell('warning', [`Count for '${name}' does not exist`]);
    },
    assert(holds, ...args) {
      if (!holds) tell('assert', args.length > 0 ? args : ['console.assert']);
    },
    profile() {},
    profileEnd() {},
    time(v) {
      const name = label(v);
      if (times.has(name)) tell('warning', [`Timer '${name}' already exists`]);
      else times.set(name, performance.now());
    },
    timeLog(v, ...args) {
      const name = label(v);
      if (times.has(name)) tell('log', [since(name), ...args]);
      else tell('warning', [`Timer '${name}' does not exist`]);
    },
    timeEnd(v) {
      const name = label(v);
      if (!times.has(name)) return tell('warning', [`Timer '${name}' does not exist`]);
      tell('timeEnd', [since(name)]);
      times.delete(name);
    },
    timeStamp() {},
    context() {},
  };
  const made = {};
  for (const [name, f] of Object.entries(methods)) made[name] = Object.defineProperty(f, 'name', { value: name, configurable: true });
  Object.defineProperty(made, Symbol.toStringTag, { value: 'console', configurable: true });
  return made;
}

// Events that scripts tell debuggers of.
const broadcast = (domain, names) => Object.fromEntries(names.map((name) => [name, Object.defineProperty((params) => {
  require('internal/inspector/protocol').broadcast(`${domain}.${name}`, params);
}, 'name', { value: name })]));

module.exports = {
  open: inspectorOpen,
  close: _debugEnd,
  url,
  waitForDebugger: inspectorWaitForDebugger,
  console: makeConsole(),
  Session,
  Network: broadcast('Network', ['requestWillBeSent', 'responseReceived', 'loadingFinished', 'loadingFailed', 'dataSent', 'dataReceived', 'webSocketCreated', 'webSocketClosed', 'webSocketHandshakeResponseReceived']),
  NetworkResources: { put(url, data) { void [url, data]; } },
  DOMStorage: broadcast('DOMStorage', ['domStorageItemAdded', 'domStorageItemRemoved', 'domStorageItemUpdated', 'domStorageItemsCleared', 'registerStorage']),
};
