// The primary of a cluster: forks workers, follows what becomes of them, and answers their listen with a listener that it
// owns, shared out by one of the two policies.
'use strict';
const EventEmitter = require('events');
const { codes } = require('internal/errors');
const { send, receive, Worker } = require('internal/cluster/wire');

const cluster = require('cluster');
const { SCHED_NONE, SCHED_RR } = cluster;
const intercom = new EventEmitter(); // 'disconnect': there are no workers left
const listeners = new Map(); // by the key that workers ask for
let ids = 0;
const settings = new WeakMap(); // by worker: those that it was forked with
let ending = false; // cluster.disconnect() was called, and no worker forked since
let listen; // loaded when the first worker does
let policy; // frozen by the first setupPrimary()

exports.setupPrimary = function(options) {
  const settings = {
    args: process.argv.slice(2),
    exec: process.argv[1],
    execArgv: process.execArgv,
    silent: false,
    ...cluster.settings,
    ...options,
  };
  cluster.settings = settings;
  if (policy === undefined) {
    policy = cluster.schedulingPolicy;
    if (policy !== SCHED_NONE && policy !== SCHED_RR) require('assert').fail(`Bad cluster.schedulingPolicy: ${policy}`);
  }
  process.nextTick(() => cluster.emit('setup', settings));
};

function start(id, env) {
  const { exec, args, cwd, serialization, silent, windowsHide, execArgv, stdio, gid, uid, inspectPort, detached, dieWithParent, limits } = cluster.settings;
  if (inspectPort === null) throw new codes.ERR_SOCKET_BAD_PORT('Port', null, true);
  return require('child_process').fork(exec, args, {
    cwd, serialization, silent, windowsHide, stdio, gid, uid, detached, dieWithParent, limits,
    execArgv: /--inspect|--debug-port/.test(`${execArgv} ${process.env.NODE_OPTIONS}`) ? require('internal/inspector/ports')(execArgv, inspectPort) : [...execArgv],
    env: { ...process.env, ...env, NODE_UNIQUE_ID: `${id}` },
  });
}

function forget(worker) {
  delete cluster.workers[worker.id];
  if (Object.keys(cluster.workers).length === 0) intercom.emit('disconnect');
}

function closeListeners(worker) {
  for (const [key, listener] of listeners) {
    if (listener.remove(worker, keeps(worker))) listeners.delete(key);
  }
}

// With keepListening, the sockets stay open while no worker lives, until cluster.disconnect() or what the function says.
function keeps(worker) {
  const { keepListening } = settings.get(worker);
  return !ending && (typeof keepListening === 'function' ? keepListening() === true : keepListening === true);
}

// Tells whether there is somebody who serves on when those workers end that are told to.
const lastsOn = (leaving) => keeps(leaving) || Object.values(cluster.workers).some((worker) => !worker.exitedAfterDisconnect && settings.get(worker).group === settings.get(leaving).group);

exports.fork = function(env) {
  cluster.setupPrimary();
  ending = false;
  const id = ++ids;
  const worker = new Worker({ id, process: start(id, env) });
  settings.set(worker, cluster.settings);
  worker.on('message', function(message, handle) {
    cluster.emit('message', this, message, handle);
  });
  // A worker is forgotten when both have happened: it exited and its channel closed.
  worker.process.once('exit', (code, signal) => {
    if (!worker.isConnected()) {
      closeListeners(worker);
      forget(worker);
    }
    worker.exitedAfterDisconnect = !!worker.exitedAfterDisconnect;
    worker.state = 'dead';
    worker.emit('exit', code, signal);
    cluster.emit('exit', worker, code, signal);
  });
  worker.process.once('disconnect', () => {
    closeListeners(worker);
    listen?.gone(worker);
    if (worker.isDead()) forget(worker);
    worker.exitedAfterDisconnect = !!worker.exitedAfterDisconnect;
    worker.state = 'disconnected';
    worker.emit('disconnect');
    cluster.emit('disconnect', worker);
  });
  const received = receive(worker, onmessage);
  // What a worker could not take for want of descriptors, it has not accepted.
  worker.process.on('internalMessage', received).on('internalHandleLost', (message) => received({ cmd: message?.cmd, ack: message?.seq, accepted: false, lost: true }));
  process.nextTick(() => cluster.emit('fork', worker));
  cluster.workers[worker.id] = worker;
  return worker;
};

exports.disconnect = function(callback) {
  const workers = Object.values(cluster.workers);
  ending = true;
  for (const worker of workers) worker.exitedAfterDisconnect ||= worker.isConnected();
  for (const [key, listener] of listeners) {
    if (listener.all.size !== 0) continue;
    listener.close();
    listeners.delete(key);
  }
  if (workers.length === 0) process.nextTick(() => intercom.emit('disconnect'));
  for (const worker of workers) {
    if (worker.isConnected()) worker.disconnect();
  }
  if (typeof callback === 'function') intercom.once('disconnect', callback);
};

// What workers say, by act.
const acts = {
  __proto__: null,
  online(worker) {
    worker.state = 'online';
    worker.emit('online');
    cluster.emit('online', worker);
  },
  exitedAfterDisconnect(worker, message) {
    worker.exitedAfterDisconnect = true;
    send(worker.process, { ack: message.seq });
  },
  listening(worker, { addressType, address, port, fd }) {
    const info = { addressType, address, port, fd };
    worker.state = 'listening';
    worker.emit('listening', info);
    cluster.emit('listening', worker, info);
  },
  close(worker, { key }) {
    if (listeners.get(key)?.remove(worker, keeps(worker))) listeners.delete(key);
  },
  giveback(worker, message, handle) { listen?.giveback(worker, message, listeners, handle); },
  queryServer(worker, message) {
    if (worker.exitedAfterDisconnect) return;
    listen ??= require('internal/cluster/listen');
    listen(worker, message, listeners, settings.get(worker), policy === SCHED_RR);
  },
};

function onmessage(message, handle) {
  acts[message.act]?.(this, message, handle);
}

Worker.prototype.disconnect = function() {
  this.exitedAfterDisconnect = true;
  send(this.process, { act: 'disconnect', giveback: lastsOn(this) });
  closeListeners(this);
  forget(this);
  return this;
};

Worker.prototype.destroy = function(signal) {
  this.process.kill(signal || 'SIGTERM');
};

exports.Worker = Worker;
