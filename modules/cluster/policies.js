// Other ways to choose the worker that gets a connection: the one that the peer's address always leads to, or that which has the
// fewest connections, by what a supervisor's workers tell and what they were given since.
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

function fewest(listener) {
  let best, least = Infinity;
  for (const worker of listener.all.values()) {
    const seen = counts.get(worker) ?? { told: undefined, given: 0 };
    if (seen.told !== worker.connections) Object.assign(seen, { told: worker.connections, given: 0 });
    counts.set(worker, seen);
    const open = (seen.told ?? 0) + seen.given;
    if (open < least) [best, least] = [worker, open];
  }
  if (best) counts.get(best).given++;
  return best;
}

const counts = new WeakMap(); // by worker: what it told last, and what it was given since

// install makes a listener choose the worker when a connection comes; each worker has a queue of its own then.
exports.install = function(listener, sticky) {
  const choose = sticky === 'address' ? byAddress : fewest;
  const queues = new Map(); // by worker
  listener.distribute = (handle) => {
    const worker = choose(listener, handle);
    if (worker === undefined) {
      listener.queue.push(handle); // for the first that comes
      return listener.serve();
    }
    if (!queues.has(worker.id)) queues.set(worker.id, []);
    queues.get(worker.id).push(handle);
    if (listener.free.delete(worker.id)) listener.handoff(worker);
  };
  listener.next = (worker) => queues.get(worker.id)?.shift() ?? listener.queue.shift();
  // What waits for a worker that leaves goes to others.
  listener.left = (worker) => {
    const waiting = queues.get(worker.id) ?? [];
    queues.delete(worker.id);
    for (const handle of waiting) listener.distribute(handle);
  };
};
