// Programs started and waited for.
'use strict';
const { spawn, spawnSync, exec } = require('child_process');
const { now, median } = require('./util.js');
const run = () => new Promise((resolve, reject) => spawn('/bin/true', { stdio: 'ignore' }).on('error', reject).on('exit', resolve));
(async () => {
  let t = now();
  for (let i = 0; i < 150; i++) await run();
  const sequential = 150 / (now() - t) * 1e3;
  t = now();
  let left = 300;
  await Promise.all(Array.from({ length: 16 }, async () => { while (left-- > 0) await run(); }));
  const inFlight = 300 / (now() - t) * 1e3;
  t = now();
  for (let i = 0; i < 100; i++) spawnSync('/bin/true', { stdio: 'ignore' });
  const sync = 100 / (now() - t) * 1e3;
  const execs = [];
  for (let i = 0; i < 50; i++) { t = now(); await new Promise((resolve) => exec('echo x', resolve)); execs.push(now() - t); }
  console.log(JSON.stringify({ spawn_per_s: sequential, spawn_16_in_flight_per_s: inFlight, spawnSync_per_s: sync, exec_echo_ms: median(execs) }));
})();
