// node:dgram. A bind is offered to the runtime's listen hook first, through which a cluster's worker asks its primary.
// binding: listenHook(socket, query, reply), loaded(module).
'use strict';
const EventEmitter = require('events');
const { Buffer } = require('buffer');
const { UDP, guessHandleType } = require('internal/handles');
const { codes, systemError } = require('internal/errors');
const { validateFunction, validateNumber, validateObject, validatePort, validateString, validateUint32, validateAbortSignal } =
  require('internal/validators');

const kState = Symbol('state symbol');
const owner = Symbol('owner_symbol');
const UNBOUND = 0, BINDING = 1, BOUND = 2;
const DISCONNECTED = 0, CONNECTING = 1, CONNECTED = 2;
const UV_EINVAL = -22;
const isInt32 = (n) => n === (n | 0);
const isIP = (address) => require('net').isIP(address);
const blocked = ({ sendBlockList }, address) => sendBlockList?.check(address, `ipv${isIP(address)}`);

function newHandle(type, lookup) {
  if (lookup !== undefined) validateFunction(lookup, 'lookup');
  if (type !== 'udp4' && type !== 'udp6') throw new codes.ERR_SOCKET_BAD_TYPE();
  const handle = new UDP();
  const six = type === 'udp6';
  const family = six ? 6 : 4;
  handle.lookup = (address, callback) => {
    address ||= six ? '::1' : '127.0.0.1';
    if (lookup) lookup(address, family, callback);
    else if (isIP(address) === family) process.nextTick(callback, null, address, family);
    else require('dns').lookup(address, family, callback);
  };
  return handle;
}

const bindFlags = (state) => (state.reuseAddr ? UDP.UV_UDP_REUSEADDR : 0) | (state.reusePort ? UDP.UV_UDP_REUSEPORT : 0) |
  (state.ipv6Only ? UDP.UV_UDP_IPV6ONLY : 0);

// numericAddress is an address that is at hand without a name server, undefined if there is none.
function numericAddress(address, name, method) {
  if (address == null || address === '') return undefined;
  validateString(address, name);
  if (isIP(address)) return address;
  throw new codes.ERR_INVALID_ARG_VALUE(name, address, `must be a numeric IP address; ${method} does not perform DNS resolution`);
}

function createSocketHandle(address, port, addressType, fd, flags) {
  const handle = newHandle(addressType);
  let err = 0;
  if (isInt32(fd) && fd > 0) err = guessHandleType(fd) === 'UDP' ? handle.open(fd) : UV_EINVAL;
  else if (port || address) err = handle.bind(address, port || 0, flags);
  if (err) {
    handle.close();
    return err;
  }
  return handle;
}

function Socket(type, listener) {
  EventEmitter.call(this);
  let options;
  let lookup;
  if (type !== null && typeof type === 'object') {
    options = type;
    type = options.type;
    lookup = options.lookup;
    if (options.recvBufferSize) validateUint32(options.recvBufferSize, 'options.recvBufferSize');
    if (options.sendBufferSize) validateUint32(options.sendBufferSize, 'options.sendBufferSize');
    for (const name of ['receiveBlockList', 'sendBlockList']) {
      if (options[name] && !require('net').BlockList.isBlockList(options[name])) {
        throw new codes.ERR_INVALID_ARG_TYPE(`options.${name}`, 'net.BlockList', options[name]);
      }
    }
  }
  const handle = newHandle(type, lookup);
  handle[owner] = this;
  this.type = type;
  if (typeof listener === 'function') this.on('message', listener);
  this[kState] = {
    handle,
    receiving: false,
    bindState: UNBOUND,
    connectState: DISCONNECTED,
    queue: undefined,
    reuseAddr: options && options.reuseAddr,
    reusePort: options && options.reusePort,
    ipv6Only: options && options.ipv6Only,
    recvBufferSize: options && options.recvBufferSize,
    sendBufferSize: options && options.sendBufferSize,
    receiveBlockList: options?.receiveBlockList || undefined,
    sendBlockList: options?.sendBlockList || undefined,
  };
  const signal = options?.signal;
  if (signal !== undefined) {
    validateAbortSignal(signal, 'options.signal');
    const onAborted = () => { if (this[kState].handle) this.close(); };
    if (signal.aborted) {
      onAborted();
    } else {
      signal.addEventListener('abort', onAborted, { once: true });
      this.once('close', () => signal.removeEventListener('abort', onAborted));
    }
  }
  if (binding.loaded('diagnostics_channel')) {
    const channel = require('diagnostics_channel').channel('udp.socket');
    if (channel.hasSubscribers) channel.publish({ socket: this });
  }
}
Object.setPrototypeOf(Socket.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Socket, EventEmitter);

function healthCheck(socket) {
  if (!socket[kState].handle) throw new codes.ERR_SOCKET_DGRAM_NOT_RUNNING();
}

function bufferSize(self, size, receive) {
  if (size >>> 0 !== size) throw new codes.ERR_SOCKET_BAD_BUFFER_SIZE();
  const n = self[kState].handle.bufferSize(size, receive);
  if (n >= 0) return n;
  const syscall = `uv_${receive ? 'recv' : 'send'}_buffer_size`;
  const { code, message } = systemError(n, syscall, '', 0, true);
  const text = message.slice(message.indexOf(': ') + 2);
  const ex = new Error(`Could not get or set buffer size: ${syscall} returned ${code} (${text})`);
  Object.defineProperty(ex, 'name', { __proto__: null, value: 'SystemError', writable: true, configurable: true });
  throw Object.assign(ex, { code: 'ERR_SOCKET_BUFFER_SIZE', info: { errno: n, code, message: text, syscall }, errno: n, syscall });
}

function onMessage(nread, handle, buf, rinfo) {
  const self = handle[owner];
  if (nread < 0) {
    self.emit('error', systemError(nread, 'recvmsg'));
    return;
  }
  if (self[kState].receiveBlockList?.check(rinfo.address, rinfo.family.toLowerCase())) return;
  rinfo.size = buf.length;
  self.emit('message', buf, rinfo);
}

function startListening(socket) {
  startReceiving(socket);
  socket.emit('listening');
}

function startReceiving(socket) {
  const state = socket[kState];
  state.handle.onmessage = onMessage;
  state.handle.recvStart();
  state.receiving = true;
  state.bindState = BOUND;
  if (state.recvBufferSize) bufferSize(socket, state.recvBufferSize, true);
  if (state.sendBufferSize) bufferSize(socket, state.sendBufferSize, false);
}

function stopReceiving(socket) {
  const state = socket[kState];
  if (!state.receiving) return;
  state.handle.recvStop();
  state.receiving = false;
}

function replaceHandle(self, handle) {
  const state = self[kState];
  const old = state.handle;
  if (!old.hasRef() && typeof handle.unref === 'function') handle.unref();
  handle.lookup = old.lookup;
  handle[owner] = self;
  old.close();
  state.handle = handle;
}

// True when the hook answers, now or later, in place of a bind of our own.
function askHook(self, exclusive, query, failed) {
  const state = self[kState];
  return !exclusive && binding.listenHook(self, query, (err, handle) => {
    if (err) {
      if (!state.handle) return;
      state.bindState = UNBOUND;
      self.emit('error', failed(err));
    } else if (!state.handle) {
      handle.close();
    } else {
      replaceHandle(self, handle);
      startListening(self);
    }
  });
}

// What was asked for before the socket was bound happens afterwards.
function enqueue(self, f) {
  const state = self[kState];
  if (state.queue === undefined) {
    state.queue = [];
    self.once(EventEmitter.errorMonitor, onListenError);
    self.once('listening', onListenSuccess);
  }
  state.queue.push(f);
}

function onListenSuccess() {
  this.removeListener(EventEmitter.errorMonitor, onListenError);
  const { queue } = this[kState];
  this[kState].queue = undefined;
  for (const f of queue) f();
}

function onListenError() {
  this.removeListener('listening', onListenSuccess);
  this[kState].queue = undefined;
}

function doConnect(self, port, address, callback) {
  const state = self[kState];
  if (callback) self.once('connect', callback);
  state.handle.lookup(address, (ex, ip) => {
    if (!state.handle) return;
    if (!ex && blocked(state, ip)) ex = new codes.ERR_IP_BLOCKED(ip);
    if (!ex) {
      const err = state.handle.connect(ip, port);
      if (err) ex = systemError(err, 'connect', address, port);
    }
    if (ex) {
      state.connectState = DISCONNECTED;
      process.nextTick(() => {
        if (callback) {
          self.removeListener('connect', callback);
          callback(ex);
        } else {
          self.emit('error', ex);
        }
      });
      return;
    }
    state.connectState = CONNECTED;
    process.nextTick(() => self.emit('connect'));
  });
}

const kinds = ['Buffer', 'TypedArray', 'DataView', 'string'];

function sliceBuffer(buffer, offset, length) {
  if (typeof buffer === 'string') buffer = Buffer.from(buffer);
  else if (!ArrayBuffer.isView(buffer)) throw new codes.ERR_INVALID_ARG_TYPE('buffer', kinds, buffer);
  offset >>>= 0;
  length >>>= 0;
  if (offset > buffer.byteLength) throw new codes.ERR_BUFFER_OUT_OF_BOUNDS('offset');
  if (offset + length > buffer.byteLength) throw new codes.ERR_BUFFER_OUT_OF_BOUNDS('length');
  return Buffer.from(buffer.buffer, buffer.byteOffset + offset, length);
}

function bufferList(list) {
  return list.map((buf) => {
    if (typeof buf === 'string') return Buffer.from(buf);
    if (!ArrayBuffer.isView(buf)) throw new codes.ERR_INVALID_ARG_TYPE('buffer list arguments', kinds, list);
    return Buffer.from(buf.buffer, buf.byteOffset, buf.byteLength);
  });
}

function doSend(ex, self, ip, list, address, port, callback) {
  const { handle } = self[kState];
  if (ex) {
    if (typeof callback === 'function') process.nextTick(callback, ex);
    else process.nextTick(() => self.emit('error', ex));
    return;
  }
  if (!handle) return;
  if (ip && blocked(self[kState], ip)) {
    if (callback) process.nextTick(callback, new codes.ERR_IP_BLOCKED(ip));
    return;
  }
  const failed = (err) => systemError(err, 'send', address, port);
  const err = handle.send(list, port, ip, callback && ((err, sent) => callback(err ? failed(err) : null, sent)));
  if (err >= 1) {
    if (callback) process.nextTick(callback, null, err - 1);
  } else if (err && callback) {
    process.nextTick(callback, failed(err));
  }
}

// check throws what a handle's option call failed with.
function check(err, syscall) {
  if (err) throw systemError(err, syscall);
}

const methods = {
  bind: function(port_, address_) {
    let port = port_;
    healthCheck(this);
    const state = this[kState];
    if (state.bindState !== UNBOUND) throw new codes.ERR_SOCKET_ALREADY_BOUND();
    state.bindState = BINDING;
    const cb = arguments.length && arguments[arguments.length - 1];
    if (typeof cb === 'function') {
      const removeListeners = () => {
        this.removeListener('error', removeListeners);
        this.removeListener('listening', onListening);
      };
      const onListening = () => {
        removeListeners();
        cb.call(this);
      };
      this.on('error', removeListeners);
      this.on('listening', onListening);
    }
    let address, exclusive = false;
    if (port !== null && typeof port === 'object') {
      if (typeof port.recvStart === 'function') {
        replaceHandle(this, port);
        startListening(this);
        return this;
      }
      exclusive = !!port.exclusive;
      if (isInt32(port.fd) && port.fd > 0) {
        const { fd } = port;
        const query = { address: null, port: null, addressType: this.type, fd, flags: null };
        if (askHook(this, exclusive, query, (err) => systemError(err, 'open'))) return this;
        const type = guessHandleType(fd);
        if (type !== 'UDP') throw new codes.ERR_INVALID_FD_TYPE(type);
        check(state.handle.open(fd), 'open');
        startListening(this);
        return this;
      }
      address = port.address || '';
      port = port.port;
    } else {
      address = typeof address_ === 'function' ? '' : address_;
    }
    if (!address) address = this.type === 'udp4' ? '0.0.0.0' : '::';
    state.handle.lookup(address, (err, ip) => {
      if (!state.handle) return;
      if (err) {
        state.bindState = UNBOUND;
        this.emit('error', err);
        return;
      }
      const flags = bindFlags(state);
      const failed = (err) => systemError(err, 'bind', ip, port);
      if (askHook(this, exclusive, { address: ip, port, addressType: this.type, fd: -1, flags }, failed)) return;
      err = state.handle.bind(ip, port || 0, flags);
      if (err) {
        state.bindState = UNBOUND;
        this.emit('error', failed(err));
        return;
      }
      startListening(this);
    });
    return this;
  },
  bindSync: function(options = {}) {
    healthCheck(this);
    validateObject(options, 'options');
    const state = this[kState];
    if (state.bindState !== UNBOUND) throw new codes.ERR_SOCKET_ALREADY_BOUND();
    const port = validatePort(options.port ?? 0, 'options.port');
    const address = numericAddress(options.address, 'options.address', 'bindSync') ?? (this.type === 'udp4' ? '0.0.0.0' : '::');
    state.bindState = BINDING;
    const err = state.handle.bind(address, port, bindFlags(state));
    if (err) {
      state.bindState = UNBOUND;
      throw systemError(err, 'bind', address, port);
    }
    startReceiving(this);
    process.nextTick((self) => { if (self[kState].handle) self.emit('listening'); }, this);
    return this.address();
  },
  connectSync: function(port, address) {
    healthCheck(this);
    port = validatePort(port, 'Port', false);
    const state = this[kState];
    if (state.connectState !== DISCONNECTED) throw new codes.ERR_SOCKET_DGRAM_IS_CONNECTED();
    address = numericAddress(address, 'address', 'connectSync') ?? (this.type === 'udp4' ? '127.0.0.1' : '::1');
    if (state.bindState === UNBOUND) this.bindSync();
    else if (state.bindState !== BOUND) throw new codes.ERR_SOCKET_ALREADY_BOUND();
    if (blocked(state, address)) throw new codes.ERR_IP_BLOCKED(address);
    const err = state.handle.connect(address, port);
    if (err) throw systemError(err, 'connect', address, port);
    state.connectState = CONNECTED;
    process.nextTick((self) => { if (self[kState].handle) self.emit('connect'); }, this);
  },
  connect: function(port, address, callback) {
    port = validatePort(port, 'Port', false);
    if (typeof address === 'function') {
      callback = address;
      address = '';
    } else if (address === undefined) {
      address = '';
    }
    validateString(address, 'address');
    const state = this[kState];
    if (state.connectState !== DISCONNECTED) throw new codes.ERR_SOCKET_DGRAM_IS_CONNECTED();
    state.connectState = CONNECTING;
    if (state.bindState === UNBOUND) this.bind({ port: 0, exclusive: true }, null);
    if (state.bindState !== BOUND) enqueue(this, () => doConnect(this, port, address, callback));
    else doConnect(this, port, address, callback);
  },
  disconnect: function() {
    const state = this[kState];
    if (state.connectState !== CONNECTED) throw new codes.ERR_SOCKET_DGRAM_NOT_CONNECTED();
    check(state.handle.disconnect(), 'connect');
    state.connectState = DISCONNECTED;
  },
  sendto: function(buffer, offset, length, port, address, callback) {
    validateNumber(offset, 'offset');
    validateNumber(length, 'length');
    validateNumber(port, 'port');
    validateString(address, 'address');
    this.send(buffer, offset, length, port, address, callback);
  },
  send: function(buffer, offset, length, port, address, callback) {
    const state = this[kState];
    const connected = state.connectState === CONNECTED;
    if (!connected) {
      if (address || port && typeof port !== 'function') {
        buffer = sliceBuffer(buffer, offset, length);
      } else {
        callback = port;
        port = offset;
        address = length;
      }
    } else {
      if (typeof length === 'number') {
        buffer = sliceBuffer(buffer, offset, length);
        if (typeof port === 'function') {
          callback = port;
          port = null;
        }
      } else {
        callback = offset;
      }
      if (port || address) throw new codes.ERR_SOCKET_DGRAM_IS_CONNECTED();
    }
    let list;
    if (Array.isArray(buffer)) list = bufferList(buffer);
    else if (typeof buffer === 'string') list = [Buffer.from(buffer)];
    else if (ArrayBuffer.isView(buffer)) list = [buffer];
    else throw new codes.ERR_INVALID_ARG_TYPE('buffer', kinds, buffer);
    if (!connected) port = validatePort(port, 'Port', false);
    if (typeof callback !== 'function') callback = undefined;
    if (typeof address === 'function') {
      callback = address;
      address = undefined;
    } else if (address != null) {
      validateString(address, 'address');
    }
    healthCheck(this);
    if (state.bindState === UNBOUND) this.bind({ port: 0, exclusive: true }, null);
    if (list.length === 0) list.push(Buffer.alloc(0));
    if (state.bindState !== BOUND) {
      enqueue(this, () => this.send(list, port, address, callback));
      return;
    }
    if (connected) doSend(null, this, null, list, address, port, callback);
    else state.handle.lookup(address, (ex, ip) => doSend(ex, this, ip, list, address, port, callback));
  },
  close: function(callback) {
    const state = this[kState];
    if (typeof callback === 'function') this.on('close', callback);
    if (state.queue !== undefined) {
      state.queue.push(() => this.close());
      return this;
    }
    healthCheck(this);
    stopReceiving(this);
    state.handle.close();
    state.handle = null;
    process.nextTick((self) => self.emit('close'), this);
    return this;
  },
  address: function() {
    healthCheck(this);
    const out = {};
    check(this[kState].handle.getsockname(out), 'getsockname');
    return out;
  },
  remoteAddress: function() {
    healthCheck(this);
    const state = this[kState];
    if (state.connectState !== CONNECTED) throw new codes.ERR_SOCKET_DGRAM_NOT_CONNECTED();
    const out = {};
    check(state.handle.getpeername(out), 'getpeername');
    return out;
  },
  setBroadcast: function(arg) {
    check(this[kState].handle.setBroadcast(arg ? 1 : 0), 'setBroadcast');
  },
  setTTL: function(ttl) {
    validateNumber(ttl, 'ttl');
    check(this[kState].handle.setTTL(ttl), 'setTTL');
    return ttl;
  },
  setMulticastTTL: function(ttl) {
    validateNumber(ttl, 'ttl');
    check(this[kState].handle.setMulticastTTL(ttl), 'setMulticastTTL');
    return ttl;
  },
  setMulticastLoopback: function(arg) {
    check(this[kState].handle.setMulticastLoopback(arg ? 1 : 0), 'setMulticastLoopback');
    return arg;
  },
  setMulticastInterface: function(interfaceAddress) {
    healthCheck(this);
    validateString(interfaceAddress, 'interfaceAddress');
    check(this[kState].handle.setMulticastInterface(interfaceAddress), 'setMulticastInterface');
  },
  addMembership: membership('addMembership'),
  dropMembership: membership('dropMembership'),
  addSourceSpecificMembership: sourceMembership('addSourceSpecificMembership'),
  dropSourceSpecificMembership: sourceMembership('dropSourceSpecificMembership'),
  ref: function() {
    if (this[kState].handle) this[kState].handle.ref();
    return this;
  },
  unref: function() {
    if (this[kState].handle) this[kState].handle.unref();
    return this;
  },
  setRecvBufferSize: function(size) { bufferSize(this, size, true); },
  setSendBufferSize: function(size) { bufferSize(this, size, false); },
  getRecvBufferSize: function() { return bufferSize(this, 0, true); },
  getSendBufferSize: function() { return bufferSize(this, 0, false); },
  getSendQueueSize: function() { return this[kState].handle.getSendQueueSize(); },
  getSendQueueCount: function() { return this[kState].handle.getSendQueueCount(); },
};
for (const name of Object.keys(methods)) Socket.prototype[name] = methods[name];

function membership(name) {
  return { [name](multicastAddress, interfaceAddress) {
    healthCheck(this);
    if (!multicastAddress) throw new codes.ERR_MISSING_ARGS('multicastAddress');
    check(this[kState].handle[name](multicastAddress, interfaceAddress), name);
  } }[name];
}

function sourceMembership(name) {
  return { [name](sourceAddress, groupAddress, interfaceAddress) {
    healthCheck(this);
    validateString(sourceAddress, 'sourceAddress');
    validateString(groupAddress, 'groupAddress');
    check(this[kState].handle[name](sourceAddress, groupAddress, interfaceAddress), name);
  } }[name];
}

Socket.prototype[Symbol.asyncDispose] = async function() {
  if (this[kState].handle) await new Promise((resolve) => this.close(resolve));
};

// The underscored names of old are deprecated, as in Node.
let warned = false;
function deprecated(message, f) {
  return function(...args) {
    if (!warned) {
      warned = true;
      process.emitWarning(message, 'DeprecationWarning', 'DEP0112');
    }
    return f.apply(this, args);
  };
}
for (const [name, key] of [['_handle', 'handle'], ['_receiving', 'receiving'], ['_bindState', 'bindState'], ['_queue', 'queue'],
  ['_reuseAddr', 'reuseAddr']]) {
  const message = `Socket.prototype.${name} is deprecated`;
  Object.defineProperty(Socket.prototype, name, {
    __proto__: null,
    get: deprecated(message, function() { return this[kState][key]; }),
    set: deprecated(message, function(v) { this[kState][key] = v; }),
  });
}
Socket.prototype._healthCheck = deprecated('Socket.prototype._healthCheck() is deprecated', function() { healthCheck(this); });
Socket.prototype._stopReceiving = deprecated('Socket.prototype._stopReceiving() is deprecated', function() { stopReceiving(this); });

// What cluster and child_process need of sockets.
binding.dgram = { createSocketHandle, handleOf: (socket) => socket[kState].handle };

module.exports = {
  _createSocketHandle: deprecated('dgram._createSocketHandle() is deprecated', createSocketHandle),
  createSocket: function(type, listener) { return new Socket(type, listener); },
  Socket,
};
