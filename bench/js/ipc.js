// Messages between a parent and its child: there and back, and one way in both directions.
'use strict';
const { fork } = require('child_process');
const { now } = require('./util.js');
const c = fork(require.resolve('./ipc_child.js'));
const sizes = { '100B': [88, 20000], '10KB': [10000, 2000], '1MB': [1e6, 20] };
const figures = {};
let onmessage;
c.on('message', (m) => onmessage(m));
const next = () => new Promise((resolve) => { onmessage = resolve; });
(async () => {
  await next();
  for (let round = 0; round < 2; round++) {
    const start = now();
    for (let i = 0; i < 3000; i++) { c.send({ ping: i }); await next(); }
    figures.ping_pong_per_s = 3000 / (now() - start) * 1e3;
    for (const name of Object.keys(sizes)) {
      const [size, n] = sizes[name], text = 'x'.repeat(size);
      let t = now();
      for (let i = 0; i < n; i++) c.send({ text, i });
      c.send({ count: true });
      if ((await next()).got !== n) throw new Error('messages were lost');
      figures[`to_child_${name}_per_s`] = n / (now() - t) * 1e3;
      t = now();
      let got = 0;
      await new Promise((resolve) => {
        onmessage = () => { if (++got === n) resolve(); };
        c.send({ give: n, size });
      });
      figures[`to_parent_${name}_per_s`] = n / (now() - t) * 1e3;
    }
  }
  console.log(JSON.stringify(figures));
  c.disconnect();
})();
