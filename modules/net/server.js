// net.Server. A listen is offered to the runtime's listen hook first, through which a cluster's worker asks its primary.
'use strict';
const EventEmitter = require('events');
const { TCP, Pipe } = require('internal/handles');
const { codes, systemError } = require('internal/errors');
const { validateNumber, validatePort } = require('internal/validators');
const { createHandle, normalizeArgs, isPipeName, toNumber, checkBindError, hostPortError, publish, owner, kSetNoDelay,
  kSetKeepAlive, kSetKeepAliveInitialDelay, kOwnOptions, kTake, kTakeBound, kBoundPath, listenHook, checkedBlockList } = require('internal/net');
const UV_EINVAL = -22;
let Socket; // loaded with the first connection
const defaultHighWaterMark = () => require('stream').getDefaultHighWaterMark(false);

function Server(options, connectionListener) {
  if (!(this instanceof Server)) return new Server(options, connectionListener);
  EventEmitter.call(this);
  if (typeof options === 'function') {
    this.on('connection', options);
    options = {};
  } else if (options == null || typeof options === 'object') {
    options = { ...options };
    if (typeof connectionListener === 'function') this.on('connection', connectionListener);
  } else {
    throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
  }
  if (options.keepAliveInitialDelay !== undefined) {
    validateNumber(options.keepAliveInitialDelay, 'options.keepAliveInitialDelay');
    if (options.keepAliveInitialDelay < 0) options.keepAliveInitialDelay = 0;
  }
  if (options.highWaterMark !== undefined) {
    validateNumber(options.highWaterMark, 'options.highWaterMark');
    if (options.highWaterMark < 0) options.highWaterMark = defaultHighWaterMark();
  }
  this._connections = 0;
  this._handle = null;
  this._usingWorkers = false;
  this._workers = [];
  this._unref = false;
  this._listeningId = 1;
  this.allowHalfOpen = options.allowHalfOpen || false;
  this.pauseOnConnect = !!options.pauseOnConnect;
  this.noDelay = Boolean(options.noDelay);
  this.keepAlive = Boolean(options.keepAlive);
  this.keepAliveInitialDelay = ~~(options.keepAliveInitialDelay / 1000);
  this.highWaterMark = options.highWaterMark ?? defaultHighWaterMark();
  if (options.blockList) this.blockList = checkedBlockList(options.blockList);
}
Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Server, EventEmitter);

// A bound handle, or an errno.
function createServerHandle(address, port, addressType, fd, flags) {
  let handle;
  let err = 0;
  if (typeof fd === 'number' && fd >= 0) {
    try {
      handle = createHandle(fd, true);
    } catch {
      return UV_EINVAL;
    }
    err = handle.open(fd);
    if (err) return err;
  } else if (port === -1 && addressType === -1) {
    handle = new Pipe(Pipe.SERVER);
    err = handle.bind(address);
  } else {
    handle = new TCP(TCP.SERVER);
    if (!address) {
      err = handle.bind6('::', port, flags);
      if (err) {
        handle.close();
        return createServerHandle('0.0.0.0', port, undefined, undefined, flags);
      }
    } else if (addressType === 6) {
      err = handle.bind6(address, port, flags);
    } else {
      err = handle.bind(address, port, flags);
    }
  }
  if (err) {
    handle.close();
    return err;
  }
  return handle;
}

const emitErrorNT = (self, err) => self.emit('error', err);
function emitListeningNT(self) {
  // It may have been closed meanwhile.
  if (self._handle) self.emit('listening');
}
const emitCloseNT = (self) => self.emit('close');

function setupListenHandle(address, port, addressType, backlog, fd, flags) {
  const fail = (err) => {
    const ex = systemError(err, 'listen', address, port, true);
    publish('tracing:net.server.listen:error', () => ({ server: this, error: ex }));
    process.nextTick(emitErrorNT, this, ex);
  };
  // The handle is there already when it came from a cluster's primary or another process.
  if (!this._handle) {
    let handle = null;
    if (!address && typeof fd !== 'number') {
      handle = createServerHandle('::', port, 6, fd, flags);
      if (typeof handle === 'number') {
        handle = null;
        address = '0.0.0.0';
        addressType = 4;
      } else {
        address = '::';
        addressType = 6;
      }
    }
    handle ??= createServerHandle(address, port, addressType, fd, flags);
    if (typeof handle === 'number') {
      fail(handle);
      return;
    }
    this._handle = handle;
  }
  this._handle.onconnection = onconnection;
  this._handle[owner] = this;
  const err = this._handle.listen(backlog || 511);
  if (err) {
    this._handle.close();
    this._handle = null;
    fail(err);
    return;
  }
  publish('tracing:net.server.listen:asyncEnd', () => ({ server: this }));
  this._connectionKey = `${addressType}:${address}:${port}`;
  if (this._unref) this.unref();
  process.nextTick(emitListeningNT, this);
}

function listenInCluster(server, address, port, addressType, backlog, fd, exclusive, flags, options) {
  const listeningId = server._listeningId;
  const taken = !exclusive && listenHook(server, { address, port, addressType, fd, flags, backlog, ...options }, (err, handle) => {
    if (listeningId !== server._listeningId) {
      handle?.close();
      return;
    }
    err = checkBindError(err, port, handle);
    if (err) {
      server.emit('error', hostPortError(err, 'bind', address, port));
      return;
    }
    if (server._handle) server._handle.close();
    server._handle = handle;
    server._listen2(address, port, addressType, backlog, fd, flags);
  });
  if (!taken) server._listen2(address, port, addressType, backlog, fd, flags);
}

// The socket of a server's connection.
function acceptedSocket(self, client) {
  Socket ??= require('internal/net/socket').Socket;
  const socket = new Socket({
    [kOwnOptions]: true,
    handle: client,
    allowHalfOpen: self.allowHalfOpen,
    pauseOnCreate: self.pauseOnConnect,
    readable: true,
    writable: true,
    readableHighWaterMark: self.highWaterMark,
    writableHighWaterMark: self.highWaterMark,
  });
  if (self.noDelay && client.setNoDelay) {
    socket[kSetNoDelay] = true;
    client.setNoDelay(true);
  }
  if (self.keepAlive && client.setKeepAlive) {
    socket[kSetKeepAlive] = true;
    socket[kSetKeepAliveInitialDelay] = self.keepAliveInitialDelay;
    client.setKeepAlive(true, self.keepAliveInitialDelay);
  }
  socket.server = self;
  socket._server = self;
  return socket;
}

function onconnection(err, client) {
  const self = this[owner];
  if (err) {
    self.emit('error', systemError(err, 'accept'));
    return;
  }
  if (self.maxConnections != null && self._connections >= self.maxConnections) {
    require('internal/net/seldom').drop(self, client);
    client.close();
    return;
  }
  if (self.blockList) {
    const peer = {};
    if (client.getpeername?.(peer) === 0 && self.blockList.check(peer.address, peer.family)) {
      client.close();
      return;
    }
  }
  if (self[kTake]?.(client)) return;
  const socket = acceptedSocket(self, client);
  self._connections++;
  self.emit('connection', socket);
  publish('net.server.socket', () => ({ socket }));
}

const methods = {
  _listen2: setupListenHandle,
  listen: function(...args) {
    const [given, cb] = normalizeArgs(args);
    if (this._handle) throw new codes.ERR_SERVER_ALREADY_LISTEN();
    publish('tracing:net.server.listen:asyncStart', () => ({ server: this, options: given }));
    if (cb !== null) this.once('listening', cb);
    const backlogFromArgs = toNumber(args.length > 1 && args[1]) || toNumber(args.length > 2 && args[2]);
    const bound = given[kTakeBound] ? given : given.handle?.[kTakeBound] && given.handle;
    if (bound) {
      this._handle = bound[kTakeBound]();
      if (bound[kBoundPath] !== undefined) this._pipeName = bound[kBoundPath];
      this._listeningId++;
      listenInCluster(this, null, -1, -1, backlogFromArgs, undefined, true);
      return this;
    }
    const options = given._handle || given.handle || given;
    let flags = options.ipv6Only === true ? TCP.UV_TCP_IPV6ONLY : 0;
    if (options.reusePort === true) {
      options.exclusive = true;
      flags |= TCP.UV_TCP_REUSEPORT;
    }
    this._listeningId++;
    if (options instanceof TCP) {
      this._handle = options;
      listenInCluster(this, null, -1, -1, backlogFromArgs, undefined, true);
      return this;
    }
    if (options?.signal !== undefined) require('internal/net/seldom').closeOnAbort(this, options.signal);
    if (typeof options.fd === 'number' && options.fd >= 0) {
      listenInCluster(this, null, null, null, backlogFromArgs, options.fd);
      return this;
    }
    if (args.length === 0 || typeof args[0] === 'function' || options.port === undefined && 'port' in options ||
        options.port === null) {
      options.port = 0;
    }
    const backlog = options.backlog || backlogFromArgs;
    if (typeof options.port === 'number' || typeof options.port === 'string') {
      validatePort(options.port, 'options.port');
      if (options.host) {
        const { port, host, exclusive } = options;
        require('internal/net/seldom').lookup(this, host, (ip, family) => listenInCluster(this, ip, port | 0, family, backlog, undefined, exclusive, flags));
      }
      else listenInCluster(this, null, options.port | 0, 4, backlog, undefined, options.exclusive, flags);
      return this;
    }
    if (options.path && isPipeName(options.path)) {
      const { path, readableAll, writableAll } = options;
      if (path[0] === '\0' && (readableAll || writableAll)) {
        throw new codes.ERR_INVALID_ARG_VALUE('options', options,
          'can not set readableAll or writableAllt to true when path is abstract unix socket');
      }
      this._pipeName = path;
      listenInCluster(this, path, -1, -1, backlog, undefined, options.exclusive, undefined, { readableAll, writableAll });
      // Without a handle the listening failed, or a primary is still to answer.
      if (!this._handle) return this;
      const mode = (readableAll === true ? Pipe.UV_READABLE : 0) | (writableAll === true ? Pipe.UV_WRITABLE : 0);
      const err = mode === 0 ? 0 : this._handle.fchmod(mode);
      if (err) {
        this._handle.close();
        this._handle = null;
        throw systemError(err, 'uv_pipe_chmod');
      }
      return this;
    }
    if (!('port' in options || 'path' in options))
      throw new codes.ERR_INVALID_ARG_VALUE('options', options, 'must have the property "port" or "path"');
    throw new codes.ERR_INVALID_ARG_VALUE('options', options);
  },
  address: function() {
    if (this._handle && this._handle.getsockname) {
      const out = {};
      const err = this._handle.getsockname(out);
      if (err) throw systemError(err, 'address');
      return out;
    }
    return this._pipeName || null;
  },
  getConnections: function(cb) {
    const end = (err, count) => process.nextTick(cb, err, count);
    if (!this._workers?.length) {
      end(null, this._connections);
      return this;
    }
    // Processes that were sent sockets of this server are asked for their share.
    let left = this._workers.length;
    let total = this._connections;
    for (const worker of this._workers) {
      worker.getConnections((err, count) => {
        if (left < 0) return;
        if (err) {
          left = -1;
          end(err);
          return;
        }
        total += count;
        if (--left === 0) end(null, total);
      });
    }
    return this;
  },
  close: function(cb) {
    this._listeningId++;
    if (typeof cb === 'function') {
      if (!this._handle) this.once('close', () => cb(new codes.ERR_SERVER_NOT_RUNNING()));
      else this.once('close', cb);
    }
    if (this._handle) {
      this._handle.close();
      this._handle = null;
    }
    if (this._workers?.length) {
      let left = this._workers.length;
      // Counted as a connection, so that 'close' comes once, after the workers' answers.
      this._connections++;
      for (const worker of this._workers) {
        worker.close(() => {
          if (--left !== 0) return;
          this._connections--;
          this._emitCloseIfDrained();
        });
      }
    } else {
      this._emitCloseIfDrained();
    }
    return this;
  },
  _emitCloseIfDrained: function() {
    if (this._handle || this._connections) return;
    process.nextTick(emitCloseNT, this);
  },
  _setupWorker: function(socketList) {
    this._usingWorkers = true;
    this._workers.push(socketList);
    socketList.once('exit', (list) => this._workers.splice(this._workers.indexOf(list), 1));
  },
  ref: function() {
    this._unref = false;
    if (this._handle) this._handle.ref();
    return this;
  },
  unref: function() {
    this._unref = true;
    if (this._handle) this._handle.unref();
    return this;
  },
};
for (const name of Object.keys(methods)) Server.prototype[name] = methods[name];
Server.prototype[Symbol.asyncDispose] = async function() {
  if (this._handle) await new Promise((resolve, reject) => this.close((err) => (err ? reject(err) : resolve())));
};
Server.prototype[EventEmitter.captureRejectionSymbol] = function(err, event, socket) {
  if (event === 'connection') socket.destroy(err);
  else this.emit('error', err);
};
Object.defineProperty(Server.prototype, 'listening', {
  __proto__: null, configurable: true, enumerable: true,
  get() { return !!this._handle; },
});

require('internal/clone').onTransfer('internal/net/transfer', Server.prototype);
exports.Server = Server;
exports._createServerHandle = createServerHandle;
exports.acceptedSocket = acceptedSocket;
