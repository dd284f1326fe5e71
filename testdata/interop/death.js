'use strict';
// A parent that dies in a given way, and prints the id of a child before: death.js <SIGKILL|SIGTERM|exit|uncaught> <fork|spawn|detached|cluster> <pipe|inherit|ignore>
const [, , way, kind, stdio] = process.argv;
const { fork, spawn } = require('child_process');
const cluster = require('cluster');
if (way === 'child' || cluster.isWorker) {
  process.on('message', () => {});
  if (process.send) process.send('up');
  setTimeout(() => {}, 20000);
} else {
  // stdout and stderr of the child, but for 'inherit', where it is this process's file
  let child;
  const started = () => {
    require('fs').writeSync(1, `${child.pid}\n`);
    switch (way) {
      case 'exit': process.exit(0);
      case 'uncaught': throw new Error('uncaught');
      default: process.kill(process.pid, way);
    }
  };
  switch (kind) {
    case 'fork':
      child = fork(__filename, ['child'], { stdio: [stdio, stdio, stdio, 'ipc'] }).on('message', started);
      break;
    case 'cluster':
      cluster.setupPrimary({ args: ['worker'], stdio: [stdio, stdio, stdio, 'ipc'] });
      child = cluster.fork().on('message', started).process;
      break;
    default:
      child = spawn(process.execPath, [__filename, 'child'], { stdio, detached: kind === 'detached' }).on('spawn', () => setTimeout(started, 300));
  }
}
