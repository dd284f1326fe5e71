// fork to the child's first message, forks with 8 in flight, and what an idle child holds.
'use strict';
const { fork } = require('child_process');
const { now, median, rss } = require('./util.js');
const child = require.resolve('./fork_child.js');
const one = () => new Promise((resolve, reject) => {
  const start = now();
  let first;
  const c = fork(child).on('error', reject).on('message', () => { first = now() - start; c.send('leave'); });
  c.on('exit', () => resolve(first));
});
(async () => {
  const first = [];
  for (let i = 0; i < 20; i++) first.push(await one());
  let left = 40;
  const start = now();
  await Promise.all(Array.from({ length: 8 }, async () => { while (left-- > 0) await one(); }));
  const rate = 40 / (now() - start) * 1e3;
  const c = fork(child);
  c.on('message', () => setTimeout(() => {
    console.log(JSON.stringify({ first_message_ms: median(first), forks_8_in_flight_per_s: rate, idle_child_rss_mb: rss(c.pid) }));
    c.send('leave');
  }, 300));
})();
