// A cluster's worker: its listens are answered by the primary, either with a handle to share or with connections that
// come one by one.
'use strict';
const EventEmitter = require('events');
const { kGive } = require('internal/net');
const { send: sendTo, receive, Worker } = require('internal/cluster/wire');

const cluster = module.exports = new EventEmitter();
const servers = new Map(); // the primary's key: { handle, owner }
const indexes = new Map(); // how often each address is listened on: { next, used }

cluster.isWorker = true;
cluster.isMaster = false;
cluster.isPrimary = false;
cluster.worker = null;
cluster.Worker = Worker;

const send = (message, answered) => sendTo(process, message, null, answered);

cluster._setupWorker = function() {
  const worker = cluster.worker = new Worker({ id: +process.env.NODE_UNIQUE_ID | 0, process, state: 'online' });
  process.once('disconnect', () => {
    worker.emit('disconnect');
    // Without a primary there is nothing left to do.
    if (!worker.exitedAfterDisconnect) process.exit(0);
  });
  process.on('internalMessage', receive(worker, (message, handle) => {
    if (message.act === 'newconn') onconnection(message, handle);
    else if (message.act === 'disconnect') disconnect(worker, true, message.giveback === true);
  }));
  binding.onListen((...args) => cluster._getServer(...args)); // programs replace it
  send({ act: 'online' });
  const { GONODE_SUPERVISED } = process.env;
  if (GONODE_SUPERVISED) {
    delete process.env.GONODE_SUPERVISED; // it is not for this process's children
    require('internal/supervised').start((message) => { if (process.connected) send(message); }, GONODE_SUPERVISED);
  }
};

cluster._getServer = getServer;

function getServer(owner, options, reply) {
  let { address } = options;
  if (options.port < 0 && typeof address === 'string') address = require('path').resolve(address);
  const place = [address, options.port, options.addressType, options.fd].join(':');
  let at = indexes.get(place);
  if (at === undefined) indexes.set(place, at = { next: 0, used: new Set() });
  const index = at.next++;
  at.used.add(index);
  const leave = () => {
    at.used.delete(index);
    if (at.used.size === 0) indexes.delete(place);
  };
  const message = { act: 'queryServer', index, data: null, ...options, address };
  if (owner._getServerData) message.data = owner._getServerData();
  send(message, (answer, handle) => {
    if (typeof owner._setServerData === 'function') owner._setServerData(answer.data);
    if (handle) {
      const { close } = handle;
      handle.close = function(...args) {
        send({ act: 'close', key: answer.key });
        servers.delete(answer.key);
        leave();
        return close.apply(handle, args);
      };
      servers.set(answer.key, { handle, owner });
      reply(answer.errno || 0, handle);
    } else if (answer.errno) {
      reply(answer.errno, null);
    } else {
      owner[kGive] = null;
      roundRobin(answer, owner, leave, reply);
    }
  });
  owner.once('listening', () => {
    if (!indexes.has(place)) return; // closed already
    cluster.worker.state = 'listening';
    const bound = owner.address();
    send({ ...message, act: 'listening', port: (bound && bound.port) || options.port });
  });
}

// roundRobin gives the server a handle that only looks like a listener.
function roundRobin({ key, sockname }, owner, leave, reply) {
  let alive = null;
  const handle = {
    listen: () => 0,
    ref() {
      alive ??= setInterval(() => {}, 2 ** 31 - 1);
    },
    unref() {
      clearInterval(alive);
      alive = null;
    },
    hasRef: () => alive !== null,
    close(callback) {
      if (key === undefined) return;
      handle.unref();
      send({ act: 'close', key });
      servers.delete(key);
      leave();
      key = undefined;
      if (typeof callback === 'function') process.nextTick(callback);
    },
  };
  if (sockname) {
    handle.getsockname = (out) => {
      if (key) Object.assign(out, sockname);
      return 0;
    };
  }
  handle.ref();
  servers.set(key, { handle, owner });
  reply(0, handle);
}

function onconnection({ key, seq }, handle) {
  const server = servers.get(key);
  const { owner } = server ?? {};
  // A server that is full leaves the connection to another worker, unless it is to drop it.
  const full = owner !== undefined && owner.maxConnections != null && owner._connections >= owner.maxConnections;
  const accepted = server !== undefined && (!full || owner.dropMaxConnection === true);
  send({ ack: seq, accepted });
  if (accepted) server.handle.onconnection(0, handle);
  else handle?.close();
}

// disconnect closes the servers, then the channel. The primary is told first that it is on purpose, unless it asked. Where
// others serve on, it takes connections back that wait for a request.
function disconnect(worker, byPrimary, giveback) {
  worker.exitedAfterDisconnect = true;
  let open = 1;
  const closed = () => {
    if (--open !== 0 || !process.connected) return; // without a primary nobody has to be told
    if (byPrimary) process.disconnect();
    else send({ act: 'exitedAfterDisconnect' }, () => process.disconnect());
  };
  for (const [key, { handle, owner }] of [...servers]) {
    open++;
    if (owner !== undefined) owner[kGive] = giveback ? (handle) => sendTo(process, { act: 'giveback', key }, handle, () => handle.close()) : false;
    if (owner?.close) owner.close(closed);
    else handle.close(closed);
  }
  servers.clear();
  closed();
}

Worker.prototype.disconnect = function() {
  if (this.state !== 'disconnecting' && this.state !== 'destroying') {
    this.state = 'disconnecting';
    disconnect(this, false);
  }
  return this;
};

Worker.prototype.destroy = function() {
  if (this.state === 'destroying') return;
  this.exitedAfterDisconnect = true;
  if (!this.isConnected()) process.exit(0);
  this.state = 'destroying';
  send({ act: 'exitedAfterDisconnect' }, () => process.disconnect());
  process.once('disconnect', () => process.exit(0));
};
