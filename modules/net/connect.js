// Connecting of net.Socket: to a path, an address, or the addresses of a name one after the other (RFC 8305).
'use strict';
const { TCP, Pipe } = require('internal/handles');
const { codes, systemError } = require('internal/errors');
const { validateBoolean, validateFunction, validateInt32, validateNoNul, validateNumber, validatePort, validateString } =
  require('internal/validators');
const net = require('internal/net');
const { isIP, checkBindError, hostPortError, kSetNoDelay, kSetKeepAlive, kSetKeepAliveInitialDelay, kSetKeepAliveMore, kSetTOS, UV_EBADF, UV_ECANCELED, UV_ETIMEDOUT } = net;
const { Socket, initSocketHandle, kBoundSource } = require('internal/net/socket');

// Connections are reported to performance observers; without the module loaded there are none.
const kPerf = Symbol('kPerfHooksNetConnectContext');
function startPerf(self, host, port) {
  if (!net.loaded('internal/perf/observe')) return;
  const perf = require('internal/perf/observe');
  if (perf.hasObserver('net')) perf.startPerf(self, kPerf, { type: 'net', name: 'connect', detail: { host, port } });
}

function connectError(status, req) {
  const local = req.localAddress && req.localPort ? `${req.localAddress}:${req.localPort}` : '';
  const ex = hostPortError(status, 'connect', req.address, req.port, local);
  if (local) {
    ex.localAddress = req.localAddress;
    ex.localPort = req.localPort;
  }
  return ex;
}

// bindLocal binds before connecting; its error is that of bind.
function bindLocal(handle, req) {
  if (!req.localAddress && !req.localPort) return null;
  const six = req.addressType === 6;
  req.localAddress = req.localAddress || (six ? '::' : '0.0.0.0');
  const err = checkBindError(six ? handle.bind6(req.localAddress, req.localPort, 0) : handle.bind(req.localAddress, req.localPort),
                             req.localPort, handle);
  return err ? hostPortError(err, 'bind', req.localAddress, req.localPort) : null;
}

function failedAtOnce(self, err, address, port) {
  const name = self._getsockname();
  return hostPortError(err, 'connect', address, port, name ? `${name.address}:${name.port}` : '');
}

const blocked = (self, address, addressType) => addressType && self.blockList?.check(address, `ipv${addressType}`);

function internalConnect(self, address, port, addressType, localAddress, localPort) {
  const req = { address, port, addressType, localAddress, localPort };
  const handle = self._handle;
  if (addressType) {
    const ex = bindLocal(handle, req);
    if (ex) {
      self.destroy(ex);
      return;
    }
  }
  self.emit('connectionAttempt', address, port, addressType);
  if (blocked(self, address, addressType)) {
    self.destroy(new codes.ERR_IP_BLOCKED(address));
    return;
  }
  const done = (status) => afterConnect(self, status, req);
  const err = addressType ? handle.connect(address, port, done) : handle.connect(address, done);
  if (err) self.destroy(failedAtOnce(self, err, address, port));
  else if (addressType) startPerf(self, address, port);
}

function afterConnect(self, status, req) {
  // The socket may have been destroyed meanwhile.
  if (self.destroyed) return;
  self.connecting = false;
  self._sockname = null;
  if (status !== 0) {
    const ex = connectError(status, req);
    self.emit('connectionAttemptFailed', req.address, req.port, req.addressType, ex);
    self.destroy(ex);
    return;
  }
  self._unrefTimer();
  const handle = self._handle;
  if (self[kSetNoDelay] && handle.setNoDelay) handle.setNoDelay(true);
  if (self[kSetKeepAlive] && handle.setKeepAlive) {
    const { interval, count } = self[kSetKeepAliveMore] ?? {};
    handle.setKeepAlive(true, self[kSetKeepAliveInitialDelay], interval, count);
  }
  if (self[kSetTOS] !== undefined && handle.setTypeOfService) {
    const err = handle.setTypeOfService(self[kSetTOS]);
    if (err && err !== UV_EBADF) self.emit('error', systemError(err, 'setTypeOfService'));
  }
  self.emit('connect');
  self.emit('ready');
  if (!self.isPaused()) self.read(0);
  if (self[kPerf]) require('internal/perf/observe').stopPerf(self, kPerf);
}

// connectNext tries the addresses one after the other, each for a limited time while there are more (RFC 8305).
function connectNext(context, canceled) {
  clearTimeout(context.timer);
  const self = context.socket;
  if (self._aborted) return;
  if (canceled || context.current === context.addresses.length) {
    if (context.errors.length === 0) {
      self.destroy(new codes.ERR_SOCKET_CONNECTION_TIMEOUT());
    } else {
      const ex = new AggregateError(context.errors);
      ex.code = context.errors[0]?.code;
      self.destroy(ex);
    }
    return;
  }
  const current = context.current++;
  if (current > 0) self._reinitializeHandle(new TCP(TCP.SOCKET));
  const { address, family: addressType } = context.addresses[current];
  const { port } = context;
  const req = { address, port, addressType, localAddress: undefined, localPort: context.localPort };
  const handle = self._handle;
  let ex = bindLocal(handle, req);
  if (ex) {
    context.errors.push(ex);
    connectNext(context);
    return;
  }
  if (blocked(self, address, addressType)) {
    const refused = new codes.ERR_IP_BLOCKED(address);
    context.errors.push(refused);
    self.emit('connectionAttemptFailed', address, port, addressType, refused);
    connectNext(context);
    return;
  }
  self.emit('connectionAttempt', address, port, addressType);
  self.autoSelectFamilyAttemptedAddresses.push(`${address}:${port}`);
  let expired = false;
  const err = handle.connect(address, port, (status) => {
    if (expired) return;
    clearTimeout(context.timer);
    if (status === 0 && current !== context.current - 1) {
      handle.close();
      return;
    }
    if (status !== 0) {
      const ex = connectError(status, req);
      context.errors.push(ex);
      self.emit('connectionAttemptFailed', address, port, addressType, ex);
      if (self.connecting) connectNext(context, status === UV_ECANCELED);
      return;
    }
    startPerf(self, address, port);
    afterConnect(self, status, req);
  });
  if (err) {
    ex = failedAtOnce(self, err, address, port);
    context.errors.push(ex);
    self.emit('connectionAttemptFailed', address, port, addressType, ex);
    connectNext(context);
    return;
  }
  if (current < context.addresses.length - 1) {
    context.timer = setTimeout(() => {
      self.emit('connectionAttemptTimeout', address, port, addressType);
      expired = true;
      context.errors.push(connectError(UV_ETIMEDOUT, req));
      handle.close();
      if (self.connecting) connectNext(context);
    }, context.timeout);
  }
}

// fromAll connects to one of the addresses of a host.
function fromAll(self, host, port, localPort, timeout, addresses, to, invalid) {
  // The families take turns, that of the first address first.
  const groups = [[], []];
  const seen = new Set();
  let firstType;
  for (const entry of addresses) {
    const { address: ip, family: type } = entry;
    self.emit('lookup', null, ip, type, host);
    if (!self.connecting) return;
    if (!isIP(ip) || type !== 4 && type !== 6) continue;
    firstType ??= type;
    if (!seen.has(ip)) groups[type === firstType ? 0 : 1].push(entry);
    seen.add(ip);
  }
  const attempts = [];
  for (let i = 0; i < Math.max(groups[0].length, groups[1].length); i++)
    for (const group of groups) if (i < group.length) attempts.push(group[i]);
  if (attempts.length === 0) {
    const { address: ip, family: type } = addresses[0];
    if (!isIP(ip) || type !== 4 && type !== 6) invalid(ip, type);
  } else if (attempts.length === 1) {
    to(attempts[0].address, attempts[0].family);
  } else {
    self.autoSelectFamilyAttemptedAddresses = [];
    self._unrefTimer();
    connectNext({ socket: self, addresses: attempts, current: 0, port, localPort, timeout, timer: undefined, errors: [] });
  }
}

const toDnsFamily = (family) => (family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family);
const connectErrorNT = (self, err) => self.destroy(err);

function lookupAndConnect(self, options) {
  const { localAddress, localPort } = options;
  const host = options.host || 'localhost';
  validateString(host, 'options.host');
  validateNoNul(host, 'options.host');
  let { port, autoSelectFamily, autoSelectFamilyAttemptTimeout: timeout } = options;
  if (self[kBoundSource]) {
    if (localAddress !== undefined || localPort !== undefined) {
      throw new codes.ERR_INVALID_ARG_VALUE('options', options,
                                            'localAddress and localPort cannot be used with an adopted bound socket');
    }
    autoSelectFamily = false; // the address has a family
  }
  if (localAddress && !isIP(localAddress)) throw new codes.ERR_INVALID_IP_ADDRESS(localAddress);
  if (localPort) validateNumber(localPort, 'options.localPort');
  if (port !== undefined) {
    if (typeof port !== 'number' && typeof port !== 'string')
      throw new codes.ERR_INVALID_ARG_TYPE('options.port', ['number', 'string'], port);
    validatePort(port);
  }
  port |= 0;
  if (autoSelectFamily != null) validateBoolean(autoSelectFamily, 'options.autoSelectFamily');
  else autoSelectFamily = net.autoSelectFamily;
  if (timeout != null) {
    validateInt32(timeout, 'options.autoSelectFamilyAttemptTimeout', 1);
    if (timeout < 10) timeout = 10;
  } else {
    timeout = net.attemptTimeout;
  }

  const addressType = isIP(host);
  if (addressType && self[kBoundSource]) {
    internalConnect(self, host, port, addressType); // at once: its local address is known then
    return;
  }
  if (addressType) {
    process.nextTick(() => {
      if (self.connecting) internalConnect(self, host, port, addressType, localAddress, localPort);
    });
    return;
  }
  if (options.lookup != null) validateFunction(options.lookup, 'options.lookup');
  const dns = require('dns');
  const query = { family: toDnsFamily(options.family), hints: options.hints || 0 };
  const anyFamily = query.family !== 4 && query.family !== 6;
  if (anyFamily && query.hints === 0) query.hints = dns.ADDRCONFIG;
  self._host = host;
  const lookup = options.lookup || dns.lookup;
  const to = (ip, type) => {
    self._unrefTimer();
    internalConnect(self, ip, port, type, localAddress, localPort);
  };
  const invalid = (ip, type) => process.nextTick(connectErrorNT, self, !isIP(ip) ?
    new codes.ERR_INVALID_IP_ADDRESS(ip) : new codes.ERR_INVALID_ADDRESS_FAMILY(type, options.host, options.port));

  if (!anyFamily || localAddress || !autoSelectFamily) {
    lookup(host, query, function emitLookup(err, ip, type) {
      self.emit('lookup', err, ip, type, host);
      if (!self.connecting) return;
      // The listeners may not be there yet: createConnection has not returned.
      if (err) process.nextTick(connectErrorNT, self, err);
      else if (!isIP(ip) || type !== 4 && type !== 6) invalid(ip, type);
      else to(ip, type);
    });
    return;
  }
  query.all = true;
  lookup(host, query, function emitLookup(err, addresses) {
    if (!self.connecting) return;
    if (err) {
      self.emit('lookup', err, undefined, undefined, host);
      process.nextTick(connectErrorNT, self, err);
      return;
    }
    fromAll(self, host, port, localPort, timeout, addresses, to, invalid);
  });
}

exports.connect = function(self, [options, cb]) {
  if (cb !== null) self.once('connect', cb);
  if (self._parent && self._parent.connecting) return self;
  if (options.port === undefined && options.path == null)
    throw new codes.ERR_MISSING_ARGS(['options', 'port', 'path']);
  if (self.write !== Socket.prototype.write) self.write = Socket.prototype.write;
  if (self.destroyed) {
    self._handle = null;
    self._peername = null;
    self._sockname = null;
  }
  const { path } = options;
  // A socket that is bound has its kind.
  const pipe = self[kBoundSource] && self._handle ? self._handle instanceof Pipe : Boolean(path);
  if (!self._handle) {
    self._handle = pipe ? new Pipe(Pipe.SOCKET) : new TCP(TCP.SOCKET);
    initSocketHandle(self);
  }
  self._unrefTimer();
  self.connecting = true;
  if (pipe) {
    validateString(path, 'options.path');
    internalConnect(self, path);
  } else {
    lookupAndConnect(self, options);
  }
  return self;
};

// What follows is for connections that were begun natively, without a socket.

// attach gives a socket its descriptor as connecting has left it.
exports.attach = function(socket, handle, host, { connecting, stopped }) {
  socket._handle = handle;
  initSocketHandle(socket);
  socket._host = host;
  socket.connecting = connecting;
  if (connecting) return;
  if (stopped) {
    socket.readableFlowing = false;
    handle.reading = false;
    return;
  }
  socket.readableFlowing = true; // for long: were that to begin now, its 'resume' in the next tick would undo a pause() until then
  socket.read(0);
};

function contextOf(socket, { addresses, statuses, current, port }) {
  const errors = statuses.map((status, i) => connectError(status, { address: addresses[i].address, port }));
  if (addresses.length > 1) socket.autoSelectFamilyAttemptedAddresses = addresses.slice(0, current).map(({ address }) => `${address}:${port}`);
  return { socket, addresses, current, port, localPort: undefined, timeout: net.attemptTimeout, timer: undefined, errors };
}

// connected follows the end of an attempt.
exports.connected = function(socket, status, attempts) {
  const { addresses, current, port } = attempts;
  const { address, family } = addresses[current - 1];
  const req = { address, port, addressType: family };
  if (status === 0 || addresses.length === 1) {
    afterConnect(socket, status, req);
    return;
  }
  const context = contextOf(socket, attempts);
  const ex = connectError(status, req);
  context.errors.push(ex);
  socket.emit('connectionAttemptFailed', address, port, family, ex);
  if (socket.connecting) connectNext(context, status === UV_ECANCELED);
};

// openNext goes on with the next attempt.
exports.openNext = function(socket, attempts) {
  if (!socket.connecting) return;
  const { addresses, port } = attempts;
  if (addresses.length === 1) internalConnect(socket, addresses[0].address, port, addresses[0].family);
  else connectNext(contextOf(socket, attempts));
};

// lookedUp goes on with what the name has given.
exports.lookedUp = function(socket, host, port, err, addresses) {
  if (!socket.connecting) return;
  if (err) {
    socket.emit('lookup', err, undefined, undefined, host);
    process.nextTick(connectErrorNT, socket, err);
    return;
  }
  fromAll(socket, host, port, undefined, net.attemptTimeout, addresses, (ip, type) => {
    socket._unrefTimer();
    internalConnect(socket, ip, port, type);
  }, (ip, type) => {
    process.nextTick(connectErrorNT, socket, !isIP(ip) ? new codes.ERR_INVALID_IP_ADDRESS(ip) : new codes.ERR_INVALID_ADDRESS_FAMILY(type, host, port));
  });
};
