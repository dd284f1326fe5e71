'use strict';
// _http_agent: the pool of a client's sockets, by destination.
const net = require('net');
const EventEmitter = require('events');
const { validateNumber, validateOneOf, validateString } = require('internal/validators');
const { owner } = require('internal/net');
const { captureContext, keepAliveHint, poolPart, openPool, pooled, useEnvProxy, kProxyConfig, kWaitForProxyTunnel } = binding;

const kOnKeylog = Symbol('onkeylog');
const kRequestOptions = Symbol('requestOptions');
const kRequestContext = Symbol('requestAsyncResource');

function freeSocketErrorListener() {
  this.destroy();
  this.emit('agentRemove');
}

// What comes on a kept socket before anything was asked is no answer to the next request.
const kFreeSocketGuard = Symbol('freeSocketDataGuard');
function guardRead(nread) { if (nread !== 0) this[owner].destroy(); }

function guard(socket) {
  const handle = socket._handle;
  if (socket.readableLength > 0) {
    socket.destroy();
  } else if (socket.connecting) {
    socket[kFreeSocketGuard] = () => {
      socket[kFreeSocketGuard] = null;
      guard(socket);
    };
    socket.once('connect', socket[kFreeSocketGuard]);
  } else if (handle) {
    handle.onread = guardRead;
    if (handle.reading) return;
    handle.reading = true;
    if (handle.readStart()) socket.destroy();
  }
}

function unguard(socket) {
  if (socket[kFreeSocketGuard]) {
    socket.removeListener('connect', socket[kFreeSocketGuard]);
    socket[kFreeSocketGuard] = null;
  }
  if (socket._handle?.onread === guardRead) socket._handle.onread = require('internal/net/socket').onStreamRead;
}

function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  EventEmitter.call(this);
  this.options = { __proto__: null, ...options };
  this.defaultPort = this.options.defaultPort || 80;
  this.protocol = this.options.protocol || 'http:';
  this.options.noDelay ??= true;
  this.options.path = null; // not the path of a pipe
  for (let i = 0; i < 3; i++) poolPart(this, i); // requests, sockets, freeSockets
  this.keepAliveMsecs = this.options.keepAliveMsecs || 1000;
  this.keepAlive = this.options.keepAlive || false;
  this.maxSockets = this.options.maxSockets || Agent.defaultMaxSockets;
  this.maxFreeSockets = this.options.maxFreeSockets || 256;
  this.scheduling = this.options.scheduling || 'lifo';
  this.maxTotalSockets = this.options.maxTotalSockets;
  poolPart(this, 3); // totalSocketCount
  const buffer = this.options.agentKeepAliveTimeoutBuffer;
  this.agentKeepAliveTimeoutBuffer = Number.isFinite(buffer) && buffer >= 0 ? buffer : 1000;
  const { proxyEnv } = this.options;
  if (typeof proxyEnv === 'object' && proxyEnv !== null) this[kProxyConfig] = require('internal/http/proxy').configOf(proxyEnv, this.protocol);
  validateOneOf(this.scheduling, 'scheduling', ['fifo', 'lifo']);
  if (this.maxTotalSockets === undefined) this.maxTotalSockets = Infinity;
  else validateNumber(this.maxTotalSockets, 'maxTotalSockets', 1);
  this.on('free', (socket, opts) => onFree(this, socket, opts));
  this.on('newListener', maybeEnableKeylog);
  openPool(this);
}
Object.setPrototypeOf(Agent.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Agent, EventEmitter);
Agent.defaultMaxSockets = Infinity;

// The name that a connection with these options goes by; createSocket has noted it.
function nameOf(agent, options) { return options._agentKey ?? agent.getName(options); }

// A socket has done its work: the next request in the queue gets it, or the pool, or it goes.
function onFree(agent, socket, options) {
  if (pooled(agent, socket, 'free')) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const name = nameOf(agent, options);
  const requests = agent.requests[name];
  if (requests?.length) {
    const req = requests.shift();
    const context = req[kRequestContext];
    req[kRequestContext] = null;
    context(() => setRequestSocket(agent, req, socket));
    if (requests.length === 0) delete agent.requests[name];
    return;
  }
  if (!socket._httpMessage?.shouldKeepAlive || !agent.keepAlive) {
    socket.destroy();
    return;
  }
  const free = agent.freeSockets[name] || [];
  const count = free.length + (agent.sockets[name]?.length ?? 0);
  if (agent.totalSocketCount > agent.maxTotalSockets || count > agent.maxSockets || free.length >= agent.maxFreeSockets ||
      !agent.keepSocketAlive(socket)) {
    socket.destroy();
    return;
  }
  agent.freeSockets[name] = free;
  socket._httpMessage = null;
  agent.removeSocket(socket, options);
  rest(socket);
  free.push(socket);
}

// A socket waits for its next request.
function rest(socket) {
  socket.once('error', freeSocketErrorListener);
  guard(socket);
}

function maybeEnableKeylog(event) {
  if (event !== 'keylog') return;
  this.removeListener('newListener', maybeEnableKeylog);
  const agent = this;
  this[kOnKeylog] = function(keylog) { agent.emit('keylog', keylog, this); };
  for (const set of [this.freeSockets, this.sockets])
    for (const sockets of Object.values(set))
      for (const socket of sockets) socket.on('keylog', this[kOnKeylog]);
}

function setRequestSocket(agent, req, socket) {
  req.onSocket(socket);
  const agentTimeout = agent.options.timeout || 0;
  if (req.timeout !== undefined && req.timeout !== agentTimeout) socket.setTimeout(req.timeout);
}

// There is no connection. What became of a tunnel is told at once.
function failed(req, socket, err) {
  if (err.code === 'ERR_PROXY_TUNNEL') {
    if (err.proxyTunnelTimeout) req.emit('timeout');
    req.emit('error', err);
  }
  req.onSocket(socket, err);
}

// The options of a connection: the agent's own win.
function mergeOptions(agent, options, req) {
  const all = { __proto__: null, ...options, ...agent.options };
  if (all.socketPath) all.path = all.socketPath;
  if (!all.servername && all.servername !== '') all.servername = serverName(all, req);
  return all;
}

function serverName(options, req) {
  let name = options.host;
  const host = req.getHeader('host');
  if (host) {
    validateString(host, 'options.headers.host');
    if (host[0] !== '[') name = host.split(':', 1)[0];
    else name = host.includes(']') ? host.substring(1, host.indexOf(']')) : host;
  }
  return net.isIP(name) ? '' : name;
}

function installListeners(agent, socket, options) {
  const listeners = {
    free() { agent.emit('free', socket, options); },
    close() {
      if (pooled(agent, socket, 'closed')) return;
      agent.totalSocketCount--;
      agent.removeSocket(socket, options);
    },
    timeout() {
      if (pooled(agent, socket, 'timeout')) return;
      if (Object.values(agent.freeSockets).some((list) => list.includes(socket))) socket.destroy();
    },
    // The socket is taken for good, by an upgrade.
    agentRemove() {
      if (!pooled(agent, socket, 'closed')) {
        agent.totalSocketCount--;
        agent.removeSocket(socket, options);
      }
      for (const event in listeners) socket.removeListener(event, listeners[event]);
    },
  };
  for (const event in listeners) socket.on(event, listeners[event]);
  if (agent[kOnKeylog]) socket.on('keylog', agent[kOnKeylog]);
}

// A connection that was native gets its socket, as createSocket makes it.
function reveal(state, handle) {
  const { agent, host, port } = state;
  const options = { __proto__: null, host, port, ...agent.options, servername: net.isIP(host) ? '' : host, encoding: null };
  const name = options._agentKey = agent.getName(options);
  if (agent.keepAlive) {
    options.keepAlive = agent.keepAlive;
    options.keepAliveInitialDelay = agent.keepAliveMsecs;
  }
  const socket = new net.Socket(options);
  if (state.timeout !== undefined) socket.setTimeout(state.timeout);
  require('internal/net/connect').attach(socket, handle, net.isIP(host) ? null : host, state);
  installListeners(agent, socket, options);
  if (!state.pooled) {
    (agent.sockets[name] ||= []).push(socket);
    agent.totalSocketCount++;
  }
  if (state.free) rest(socket);
  return socket;
}

// A request that waits in a native pool.
function enqueue(req, host, port) {
  req[kRequestOptions] = { __proto__: null, host, port, path: req.path, method: req.method, ...req.agent.options };
  req[kRequestContext] = captureContext();
}

function drop(set, name, socket) {
  const list = set[name];
  const index = list ? list.indexOf(socket) : -1;
  if (index < 0) return;
  if (list.length === 1) delete set[name];
  else list.splice(index, 1);
}

// Tells whether the options of an agent say something of the names of its connections.
function named(options) {
  return options.host !== undefined || options.port !== undefined || options.localAddress !== undefined || options.family !== undefined ||
    options.socketPath !== undefined;
}

Object.assign(Agent.prototype, {
  createConnection: function(...args) {
    return this[kProxyConfig] ? require('internal/http/proxy').connect(this, args) : net.createConnection(...args);
  },

  getName: function(options = {}) {
    let name = `${options.host || 'localhost'}:${options.port || ''}:${options.localAddress || ''}`;
    if (options.family === 4 || options.family === 6) name += `:${options.family}`;
    if (options.socketPath) name += `:${options.socketPath}`;
    return name;
  },

  addRequest: function(req, options, port, localAddress) {
    if (typeof options === 'string') options = { __proto__: null, host: options, port, localAddress };
    let merged; // a kept socket does not need it, as long as it does not matter for the name
    const early = this.getName === getName && options.socketPath === undefined && !named(this.options);
    if (!early) merged = options = mergeOptions(this, options, req);
    const name = this.getName(options);
    this.sockets[name] ||= [];
    const free = this.freeSockets[name];
    let socket;
    if (free) {
      while (free.length && free[0].destroyed) free.shift();
      socket = this.scheduling === 'fifo' ? free.shift() : free.pop();
      if (!free.length) delete this.freeSockets[name];
    }
    if (!socket && !merged) options = mergeOptions(this, options, req);
    if (socket) {
      const mark = this.options.highWaterMark ?? options.highWaterMark;
      if (mark != null && socket.writableHighWaterMark !== mark) socket._writableState.highWaterMark = mark;
      this.reuseSocket(socket, req);
      setRequestSocket(this, req, socket);
      this.sockets[name].push(socket);
    } else if ((free?.length ?? 0) + this.sockets[name].length < this.maxSockets && this.totalSocketCount < this.maxTotalSockets) {
      this.createSocket(req, options, (err, s) => {
        if (err) failed(req, s, err);
        else setRequestSocket(this, req, s);
      });
    } else {
      req[kRequestOptions] = options;
      req[kRequestContext] = captureContext();
      (this.requests[name] ||= []).push(req);
    }
  },

  createSocket: function(req, options, cb) {
    options = mergeOptions(this, options, req);
    const timeout = req.timeout || this.options.timeout;
    if (timeout) options.timeout = timeout;
    const name = this.getName(options);
    options._agentKey = name;
    options.encoding = null;
    let created = false;
    const oncreate = (err, socket) => {
      if (created) return;
      created = true;
      if (err) {
        cb(err, socket);
        return;
      }
      (this.sockets[name] ||= []).push(socket);
      this.totalSocketCount++;
      installListeners(this, socket, options);
      cb(null, socket);
    };
    if (this.keepAlive) {
      options.keepAlive = this.keepAlive;
      options.keepAliveInitialDelay = this.keepAliveMsecs;
    }
    const socket = this.createConnection(options, oncreate);
    if (socket && !socket[kWaitForProxyTunnel]) oncreate(null, socket); // a tunnel tells when it is there
  },

  removeSocket: function(socket, options) {
    const name = nameOf(this, options);
    drop(this.sockets, name, socket);
    if (!socket.writable) drop(this.freeSockets, name, socket);
    // A request that has waited for the place gets a socket of its own.
    let req;
    if (this.requests[name]?.length) {
      req = this.requests[name][0];
    } else {
      for (const other in this.requests) {
        if (this.sockets[other]?.length) break;
        req = this.requests[other][0];
        options = req[kRequestOptions];
        break;
      }
    }
    if (!req || !options) return;
    req[kRequestOptions] = undefined;
    this.createSocket(req, options, (err, s) => {
      if (err) failed(req, s, err);
      else s.emit('free');
    });
  },

  keepSocketAlive: function(socket) {
    socket.setKeepAlive(true, this.keepAliveMsecs);
    socket.unref();
    let timeout = this.options.timeout || 0;
    const hint = keepAliveHint(socket._httpMessage?.res);
    if (hint >= 0) {
      const announced = Math.max(hint * 1000 - this.agentKeepAliveTimeoutBuffer, 0);
      if (announced === 0) return false;
      if (announced < timeout) timeout = announced;
    }
    if (socket.timeout !== timeout) socket.setTimeout(timeout);
    return true;
  },

  reuseSocket: function(socket, req) {
    socket.removeListener('error', freeSocketErrorListener);
    unguard(socket);
    req.reusedSocket = true;
    socket.ref();
  },

  destroy: function() {
    for (const set of [this.freeSockets, this.sockets])
      for (const name of Object.keys(set))
        for (const socket of [...set[name]]) socket.destroy();
  },
});

const { getName } = Agent.prototype;

Object.assign(binding, { reveal, enqueue, rest }); // for native requests

module.exports = {
  Agent,
  globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000, proxyEnv: useEnvProxy ? process.env : undefined }),
};
