// Requests of a client to the server of http.js, run by the command in PEER or node: CPU time each and how many a second, 32 in flight.
// A third as many go before, so that what a runtime compiles while it runs is compiled.
'use strict';
const http = require('http');
const path = require('path');
const { spawn } = require('child_process');
const peer = spawn(process.env.PEER ?? 'node', [path.join(__dirname, 'http.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
const body = Buffer.alloc(1024, 'x');
let port;

function ask(options, sent) {
  return new Promise((resolve, reject) => {
    http.request({ host: '127.0.0.1', port, path: '/', ...options }, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (d) => { text += d; });
      res.on('end', () => resolve(text));
    }).on('error', reject).end(sent);
  });
}
const kinds = {
  get: () => ask({ agent }),
  post: () => ask({ agent, method: 'POST' }, body),
  fetch: async () => (await fetch(`http://127.0.0.1:${port}/`)).text(),
  connection: () => ask({ agent: false }),
};
async function measure(one, n) {
  let left = n;
  await Promise.all(Array.from({ length: 32 }, async () => { while (left-- > 0) await one(); }));
}
peer.stdout.once('data', async (line) => {
  port = +line;
  const figures = {};
  for (const [name, one] of Object.entries(kinds)) {
    const n = name === 'connection' ? 6000 : 24000;
    await measure(one, n / 3);
    const start = process.hrtime();
    const before = process.cpuUsage();
    await measure(one, n);
    const { user, system } = process.cpuUsage(before);
    const [s, ns] = process.hrtime(start);
    figures[`${name}_cpu_us`] = (user + system) / n;
    figures[`${name}_per_s`] = n / (s + ns / 1e9);
  }
  console.log(JSON.stringify(figures));
  peer.kill();
  agent.destroy();
});
