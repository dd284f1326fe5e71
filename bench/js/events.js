// The event loop's small coin: emit, ticks, immediates, timers, await.
'use strict';
const EventEmitter = require('events');
const { now, rate } = require('./util.js');
const chain = (n, step) => new Promise((resolve) => {
  const start = now();
  const go = () => { if (--n) step(go); else resolve(now() - start); };
  step(go);
});
(async () => {
  const e = new EventEmitter(), figures = {};
  let sum = 0;
  e.on('x', (a) => { sum += a; });
  figures.emit_1_listener_ns = 1e9 / rate(10000, (n) => { for (let i = 0; i < n; i++) e.emit('x', i); });
  figures.nextTick_million_ms = await chain(1e6, process.nextTick);
  figures.setImmediate_million_ms = await chain(1e6, setImmediate);
  figures.set_clear_timeout_per_s = rate(2000, (n) => { for (let i = 0; i < n; i++) clearTimeout(setTimeout(() => {}, 1000)); });
  const start = now();
  for (let i = 0; i < 2e5; i++) await null;
  figures.await_per_s = 2e5 / (now() - start) * 1e3;
  console.log(JSON.stringify(figures));
})();
