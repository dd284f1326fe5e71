// Module internal/child_process/handles: sockets, servers and native handles on their way through an IPC channel. Loaded when
// the first one is sent or received. The lists count the sockets of a server that live in other processes, so that its
// getConnections() and close() take them in.
'use strict';
const EventEmitter = require('events');
const { codes } = require('internal/errors');
const { TCP, Pipe } = require('internal/handles');
const { family, loaded, closeFd } = binding;


// typeOf names what is to be sent as NODE_HANDLE's type does.
function typeOf(handle) {
  if (loaded('net')) {
    const { Socket, Server } = require('net');
    if (handle instanceof Socket) return 'net.Socket';
    if (handle instanceof Server) return 'net.Server';
  }
  if (handle instanceof TCP || handle instanceof Pipe) return 'net.Native';
  if (loaded('dgram')) {
    if (handle instanceof require('dgram').Socket) return 'dgram.Socket';
    if (isUDP(handle)) return 'dgram.Native';
  }
  throw new codes.ERR_INVALID_HANDLE_TYPE();
}

function isUDP(handle) {
  const { UDP } = require('internal/handles');
  return UDP !== undefined && handle instanceof UDP;
}

// toNative gives the handle whose descriptor travels, or nothing when there is none any more.
function toNative(target, lists, message, handle, options) {
  switch (message.type) {
    case 'net.Native':
    case 'dgram.Native':
      return handle;
    case 'net.Server':
      return handle._handle;
    case 'dgram.Socket':
      message.dgramType = handle.type;
      return require('internal/net').dgram.handleOf(handle);
  }
  const socket = handle;
  const native = socket._handle;
  if (!native) return;
  const keepOpen = options?.keepOpen;
  if (socket.server) {
    // The server goes on counting the socket, by way of the list.
    message.key = socket.server._connectionKey;
    const sent = lists.send ??= {};
    const first = !sent[message.key];
    const list = sent[message.key] ??= new SocketListSend(target, message.key);
    if (first) socket.server._setupWorker(list);
    if (!keepOpen) socket.server._connections--;
  }
  if (!keepOpen) {
    // The socket lets go of its descriptor, which is closed once the peer has acknowledged it.
    native.readStop();
    native.onread = () => {};
    socket._handle = null;
    socket.setTimeout(0);
    if (socket.parser && loaded('http')) {
      require('http')._releaseSocket?.(socket);
    }
  }
  return native;
}

// fromDescriptor makes the native handle of a descriptor that has arrived.
function fromDescriptor(fd, message) {
  const kind = family(fd);
  let handle;
  if (kind === 'udp') {
    const { UDP } = require('internal/handles');
    handle = UDP && new UDP();
  } else if (kind === 'tcp') {
    handle = new TCP(message.type === 'net.Server' ? TCP.SERVER : TCP.SOCKET);
  } else if (kind === 'pipe') {
    handle = new Pipe(message.type === 'net.Server' ? Pipe.SERVER : Pipe.SOCKET);
  }
  if (!handle || handle.open(fd) !== 0) {
    closeFd(fd);
    return;
  }
  return handle;
}

// fromNative makes of a native handle what was sent, and calls emit with it.
function fromNative(target, lists, message, handle, emit) {
  switch (message.type) {
    case 'net.Socket': {
      const { Socket } = require('net');
      const socket = new Socket({ handle, readable: true, writable: true });
      if (message.key) {
        const got = lists.got ??= {};
        (got[message.key] ??= new SocketListReceive(target, message.key)).add({ socket });
      }
      emit(socket);
      break;
    }
    case 'net.Server': {
      const { Server } = require('net');
      const server = new Server();
      server.listen(handle, () => emit(server));
      break;
    }
    case 'dgram.Socket': {
      const { Socket } = require('dgram');
      const socket = new Socket(message.dgramType);
      socket.bind(handle, () => emit(socket));
      break;
    }
    case 'net.Native':
    case 'dgram.Native':
      emit(handle);
      break;
    default:
      handle.close();
  }
}

// The sockets of one server that were sent over one channel.
class SocketListSend extends EventEmitter {
  constructor(child, key) {
    super();
    this.key = key;
    this.child = child;
    child.once('exit', () => this.emit('exit', this));
  }

  request(message, reply, swallowErrors, callback) {
    const { child, key } = this;
    const failed = () => {
      child.removeListener('internalMessage', replied);
      callback(new codes.ERR_CHILD_CLOSED_BEFORE_REPLY());
    };
    const replied = (answer) => {
      if (answer.cmd !== reply || answer.key !== key) return;
      child.removeListener('disconnect', failed);
      child.removeListener('internalMessage', replied);
      callback(null, answer);
    };
    if (!child.connected) return failed();
    child._send(message, undefined, swallowErrors);
    child.once('disconnect', failed);
    child.on('internalMessage', replied);
  }

  close(callback) {
    this.request({ cmd: 'NODE_SOCKET_NOTIFY_CLOSE', key: this.key }, 'NODE_SOCKET_ALL_CLOSED', true, callback);
  }

  getConnections(callback) {
    this.request({ cmd: 'NODE_SOCKET_GET_COUNT', key: this.key }, 'NODE_SOCKET_COUNT', false,
                 (err, answer) => err ? callback(err) : callback(null, answer.count));
  }
}

// The sockets of one server that came over one channel.
class SocketListReceive extends EventEmitter {
  constructor(child, key) {
    super();
    this.connections = 0;
    this.key = key;
    this.child = child;
    const empty = () => {
      if (child.connected) child._send({ cmd: 'NODE_SOCKET_ALL_CLOSED', key }, undefined, true);
    };
    child.on('internalMessage', (message) => {
      if (message.key !== key) return;
      if (message.cmd === 'NODE_SOCKET_NOTIFY_CLOSE') {
        if (this.connections === 0) empty();
        else this.once('empty', empty);
      } else if (message.cmd === 'NODE_SOCKET_GET_COUNT' && child.connected) {
        child._send({ cmd: 'NODE_SOCKET_COUNT', key, count: this.connections });
      }
    });
  }

  add({ socket }) {
    this.connections++;
    socket.once('close', () => {
      if (--this.connections === 0) this.emit('empty', this);
    });
  }
}

module.exports = { typeOf, toNative, fromDescriptor, fromNative };
