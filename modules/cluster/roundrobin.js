// A listener whose connections the primary accepts and deals out to the workers that are free, in turn. A worker is free
// once it has said what became of the connection it was given.
'use strict';
const { send } = require('internal/cluster/wire');

const holders = new Set(); // the listeners with connections that a worker was given and has not taken

module.exports = class RoundRobin {
  constructor(key, address, { port, fd, flags, backlog, readableAll, writableAll }, { inherited, sticky, balance }) {
    this.key = key;
    this.all = new Map();
    this.free = new Map();
    this.given = new Map(); // by worker: the connection it has not said anything about
    this.queue = []; // connections for which no worker was free
    this.handle = null;
    this.closed = false;
    if (sticky || balance === 'least-connections') require('internal/cluster/policies').install(this, sticky, balance);
    const open = inherited?.find((at) => at.port === port && (at.address === address || !address || address === '0.0.0.0' || at.address === '::'));
    if (open) fd = open.fd;
    const { createServer } = require('net');
    const { TCP } = require('internal/handles');
    this.server = createServer();
    if (fd >= 0) this.server.listen({ fd, backlog });
    else if (port >= 0) this.server.listen({ port, host: address, ipv6Only: !!(flags & TCP.UV_TCP_IPV6ONLY), backlog });
    else this.server.listen({ path: address, backlog, readableAll, writableAll });
    this.server.once('listening', () => {
      // From here on it is just the handle; there is nobody to emit 'connection' for.
      this.handle = this.server._handle;
      this.handle.onconnection = (err, handle) => {
        if (!err) this.distribute(handle);
      };
      this.server._handle = null;
      this.server = null;
    });
  }

  add(worker, reply) {
    this.all.set(worker.id, worker);
    const done = () => {
      if (!this.handle) return;
      if (this.handle.getsockname && (this.handle.bind6 || this.handle.setNoDelay)) {
        const sockname = {};
        this.handle.getsockname(sockname);
        reply(null, { sockname }, null);
      } else {
        reply(null, null, null); // a path
      }
      this.handoff(worker);
    };
    if (this.server === null) return done();
    this.server.once('listening', done);
    this.server.once('error', (err) => reply(err.errno, null));
  }

  // remove ends a worker's share; where it is the last of them, the listener closes, unless it is to be kept.
  remove(worker, keep) {
    if (!this.all.delete(worker.id)) return false;
    this.free.delete(worker.id);
    this.left(worker);
    if (keep || this.all.size !== 0) return false;
    this.close();
    return true;
  }

  close() {
    this.closed = true;
    for (const handle of this.queue) handle.close();
    this.queue = [];
    if (this.handle) this.handle.close();
    else if (this.server) this.server.once('listening', () => this.handle.close());
  }

  // gone takes back what a worker was given and has not taken: it has ended, and all that it said has been heard.
  static gone(worker) {
    for (const listener of holders) {
      const handle = listener.given.get(worker.id);
      if (listener.answered(worker)) {
        listener.queue.unshift(handle);
        listener.serve();
      }
    }
  }

  answered(worker) {
    const was = this.given.delete(worker.id);
    if (this.given.size === 0) holders.delete(this);
    return was;
  }

  distribute(handle) {
    this.queue.push(handle);
    this.serve();
  }

  serve() {
    if (this.closed) {
      for (const handle of this.queue) handle.close();
      this.queue = [];
      return;
    }
    for (const worker of this.free.values()) {
      if (this.queue.length === 0) break;
      this.free.delete(worker.id);
      this.handoff(worker);
    }
  }

  // next gives the connection that waits for the worker; left says that it takes none any more. Policies replace them.
  next() { return this.queue.shift(); }
  left() {}

  handoff(worker) {
    if (!this.all.has(worker.id)) return;
    if (!worker.isConnected()) return; // it is about to be removed
    const handle = this.next(worker);
    if (handle === undefined) {
      this.free.set(worker.id, worker);
      return;
    }
    this.given.set(worker.id, handle);
    holders.add(this);
    send(worker.process, { act: 'newconn', key: this.key }, handle, (reply) => {
      this.answered(worker);
      if (reply.accepted) handle.close();
      else this.distribute(handle);
      if (reply.lost) setTimeout(() => this.handoff(worker), 1000).unref(); // it may have descriptors again
      else this.handoff(worker);
    });
  }
};
