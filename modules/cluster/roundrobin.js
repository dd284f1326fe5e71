// A listener whose connections the primary accepts and deals out to the workers that are free, in turn. A worker is free
// once it has said what became of the connection it was given.
'use strict';
const { send } = require('internal/cluster/wire');

module.exports = class RoundRobin {
  constructor(key, address, { port, fd, flags, backlog, readableAll, writableAll }) {
    this.key = key;
    this.all = new Map();
    this.free = new Map();
    this.queue = []; // connections for which no worker was free
    this.handle = null;
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

  remove(worker) {
    if (!this.all.delete(worker.id)) return false;
    this.free.delete(worker.id);
    if (this.all.size !== 0) return false;
    for (const handle of this.queue) handle.close();
    this.queue = [];
    if (this.handle) this.handle.close();
    else if (this.server) this.server.once('listening', () => this.handle.close());
    return true;
  }

  distribute(handle) {
    this.queue.push(handle);
    for (const worker of this.free.values()) {
      this.free.delete(worker.id);
      this.handoff(worker);
      break;
    }
  }

  handoff(worker) {
    if (!this.all.has(worker.id)) return;
    const handle = this.queue.shift();
    if (handle === undefined) {
      this.free.set(worker.id, worker);
      return;
    }
    send(worker.process, { act: 'newconn', key: this.key }, handle, (reply) => {
      if (reply.accepted) handle.close();
      else this.distribute(handle);
      this.handoff(worker);
    });
  }
};
