// A worker listens: the primary answers with a listener of its own, shared out by one of the two policies.
'use strict';
const { send } = require('internal/cluster/wire');

// listen gives the worker its share of the listener that it asks for, which is made if need be. settings are the worker's.
function listen(worker, message, listeners, settings, roundRobin) {
  const { group } = settings; // of programs that share nothing, if there are several
  const key = `${group === undefined ? '' : `${group}:`}${message.address}:${message.port}:${message.addressType}:${message.fd}:${message.index}`;
  let listener = listeners.get(key);
  if (listener === undefined) {
    let { address } = message;
    if (message.port < 0 && typeof address === 'string') {
      // A socket's path must be short; the relative one often is.
      const relative = require('path').relative(process.cwd(), address);
      if (relative.length <= address.length) address = relative;
    }
    // Datagrams have no connections to be dealt out.
    const shared = !roundRobin || message.addressType === 'udp4' || message.addressType === 'udp6';
    const Listener = require(shared ? 'internal/cluster/shared' : 'internal/cluster/roundrobin');
    if (!shared) listen.gone = Listener.gone;
    try {
      listener = new Listener(key, address, message, settings);
    } catch {
      return send(worker.process, { errno: -22, ack: message.seq }); // EINVAL: what a worker says must not end the primary
    }
    listeners.set(key, listener);
  }
  listener.data ||= message.data;
  listener.add(worker, (errno, reply, handle) => {
    const { data } = listener;
    if (errno) listeners.delete(key); // another worker may try again
    send(worker.process, { errno, key, ack: message.seq, data, ...reply }, handle);
  });
}

// giveback takes a connection that waits for a request from a worker that ends.
listen.giveback = function(worker, { key, seq }, listeners, handle) {
  send(worker.process, { ack: seq });
  if (!handle) return;
  const listener = listeners.get(key);
  if (listener?.distribute) listener.distribute(handle);
  else handle.close();
};

// gone is told of workers that have ended; the round robin replaces it.
listen.gone = () => {};

module.exports = listen;
