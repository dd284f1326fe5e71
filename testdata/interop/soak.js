'use strict';
// Mixed spawns, execs, forks, kills and timeouts; afterwards nothing may be left: soak.js <operations>
const { spawn, exec, execFile, fork, spawnSync } = require('child_process');
const fs = require('fs');
const total = +process.argv[2];
const descriptors = () => fs.readdirSync('/proc/self/fd').length;
const children = () => fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1] === String(process.pid);
  } catch {
    return false;
  }
}).length;
const counts = {};
const once = (name, done) => {
  let called = 0;
  return () => {
    if (++called > 1) throw new Error(`${name} called back twice`);
    counts[name] = (counts[name] || 0) + 1;
    done();
  };
};
const kinds = [
  (done) => spawn('true', { stdio: 'ignore' }).on('exit', done),
  (done) => spawn('true').on('close', done),
  (done) => spawn('no such program').on('error', () => {}).on('close', done),
  (done) => exec('echo out; echo err >&2', done),
  (done) => execFile('sleep', ['9'], { timeout: 5 }, done),
  (done) => exec('yes', { maxBuffer: 10 }, done),
  (done) => {
    const child = spawn('sleep', ['9']).on('close', done);
    child.kill('SIGKILL');
  },
  (done) => {
    spawnSync('true');
    done();
  },
  (done) => {
    const aborter = new AbortController();
    execFile('sleep', ['9'], { signal: aborter.signal }, done);
    aborter.abort();
  },
  (done) => {
    const child = fork(__filename, ['child']).on('exit', done);
    child.on('message', (m) => m === 'end' ? child.disconnect() : child.send(m));
  },
  (done) => {
    const child = spawn('sleep', ['9'], { stdio: ['pipe', 'pipe', 'pipe', 'ipc'] }).on('exit', done);
    child.send('x'.repeat(300000));
    setTimeout(() => child.kill(), 2);
  },
];
if (total) {
  let started = 0;
  let finished = 0;
  spawnSync('true', { shell: true }); // the first shell opens what stays open
  const before = descriptors();
  const next = () => {
    if (started === total) return;
    const i = started++ % kinds.length;
    kinds[i](once(i, () => {
      if (++finished === total) setTimeout(check, 300);
      else next();
    }));
  };
  const check = () => console.log(JSON.stringify({ finished, descriptors: descriptors() - before, children: children(), threads: fs.readdirSync('/proc/self/task').length < 40 }));
  for (let i = 0; i < 16; i++) next();
} else {
  process.on('message', (m) => process.send(m === 3 ? 'end' : m + 1));
  process.send(1);
}
