'use strict';
// A cluster whose workers are another runtime: cluster.js <execPath of the workers> <rr|none>
const cluster = require('cluster');
const net = require('net');
if (cluster.isPrimary) {
  process.execPath = process.argv[2];
  cluster.schedulingPolicy = process.argv[3] === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  const events = [];
  for (const e of ['online', 'listening', 'disconnect', 'exit']) cluster.on(e, (worker, ...args) => events.push(`${worker.id} ${e} ${typeof args[0] === 'object' ? args[0].addressType : args}`));
  let listening = 0;
  cluster.on('listening', (worker, { port }) => {
    if (++listening === 2) ask(port, 6, []);
  });
  cluster.fork();
  cluster.fork();
  function ask(port, n, answers) {
    if (n === 0) {
      console.log('answers', process.argv[3] === 'rr' ? answers.sort().join('') : answers.length);
      cluster.workers[1].disconnect();
      cluster.workers[2].send('leave');
      return;
    }
    let data = '';
    net.connect(port).on('data', (d) => data += d).on('close', () => ask(port, n - 1, [...answers, data]));
  }
  process.on('exit', () => {
    for (const id of ['1', '2']) console.log(events.filter((e) => e.startsWith(id)).join('; '));
    console.log(Object.keys(cluster.workers).length);
  });
} else {
  net.createServer((socket) => socket.end(String(cluster.worker.id))).listen(0);
  process.on('message', () => cluster.worker.disconnect());
}
