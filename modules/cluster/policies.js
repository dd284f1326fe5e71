// Other ways to choose the worker that gets a connection: the one that the peer's address always leads to, the one that the first request's
// cookie names, or that which has the fewest connections, by what a supervisor's workers tell and what they were given since.
'use strict';

// hash is FNV-1a.
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  h = Math.imul(h ^ h >>> 15, 0x2c1b3c6d) >>> 0;
  return (h ^ h >>> 13) >>> 0;
}

function byAddress(listener, handle) {
  const peer = {};
  handle.getpeername?.(peer);
  const { address = '' } = peer;
  let best, most = -1;
  // Of the workers that come and go, each address changes as few as can be.
  for (const worker of listener.all.values()) {
    const weight = hash(`${address}/${worker.id}`);
    if (weight > most) [best, most] = [worker, weight];
  }
  return best;
}

// fewest goes by worker.connections: what the worker has told last, and one more for each that it was given since.
function fewest(listener) {
  let best;
  for (const worker of listener.all.values()) {
    worker.connections ??= 0;
    if (best === undefined || worker.connections < best.connections) best = worker;
  }
  if (best) best.connections++;
  return best;
}

// named is the worker whose instance's number is in a cookie: the latest, since one may be replacing another.
function named(listener, instance) {
  let found;
  for (const worker of listener.all.values()) if (String(worker.instance) === instance && worker.isConnected()) found = worker;
  return found;
}

// byCookie gives choose(worker) the worker once the first request's cookie is known. A client that has none is served by any; the head of one that is
// encrypted cannot be read, so that its address has to do.
function byCookie(listener, name, otherwise) {
  return (handle, choose) => binding.cookie(handle, name, (value, readable) => {
    if (listener.closed) handle.close();
    else choose(readable ? named(listener, value) ?? otherwise?.(listener, handle) : byAddress(listener, handle));
  });
}

// install makes a listener choose the worker when a connection comes; each worker has a queue of its own then.
exports.install = function(listener, sticky, balance) {
  const otherwise = balance === 'least-connections' ? fewest : undefined;
  const choose = sticky === 'address' ? byAddress : otherwise;
  const wait = sticky?.startsWith('cookie') ? byCookie(listener, sticky.slice(7), otherwise) : (handle, chosen) => chosen(choose(listener, handle));
  const queues = new Map(); // by worker
  listener.distribute = (handle) => wait(handle, (worker) => {
    if (worker === undefined) {
      listener.queue.push(handle); // for the first that comes
      return listener.serve();
    }
    if (!queues.has(worker.id)) queues.set(worker.id, []);
    queues.get(worker.id).push(handle);
    if (listener.free.delete(worker.id)) listener.handoff(worker);
  });
  listener.next = (worker) => queues.get(worker.id)?.shift() ?? listener.queue.shift();
  // What waits for a worker that leaves goes to others.
  listener.left = (worker) => {
    const waiting = queues.get(worker.id) ?? [];
    queues.delete(worker.id);
    for (const handle of waiting) listener.distribute(handle);
  };
};
