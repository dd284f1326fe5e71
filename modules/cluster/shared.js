// A listener, or a socket for datagrams, that every worker gets a descriptor of: the system says who accepts.
'use strict';

module.exports = class Shared {
  constructor(key, address, { port, addressType, fd, flags }) {
    this.key = key;
    this.all = new Set();
    const udp = addressType === 'udp4' || addressType === 'udp6';
    const create = require(udp ? 'dgram' : 'net') && (udp ? require('internal/net').dgram.createSocketHandle : require('net')._createServerHandle);
    const handle = create(address, port, addressType, fd, flags);
    this.errno = typeof handle === 'number' ? handle : 0;
    this.handle = typeof handle === 'number' ? null : handle;
  }

  add(worker, reply) {
    this.all.add(worker.id);
    reply(this.errno, null, this.handle);
  }

  remove(worker, keep) {
    if (!this.all.delete(worker.id) || keep || this.all.size !== 0) return false;
    this.close();
    return true;
  }

  close() {
    this.handle?.close();
    this.handle = null;
  }
};
