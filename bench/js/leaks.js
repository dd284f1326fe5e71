'use strict';
// Makes and drops many of one kind, and prints RSS and the living heap in MB at each fifth of them: the figures are to stay flat.
// usage: gonode --expose-gc bench/js/leaks.js objects|http|socket|child|worker n
const kind = process.argv[2], n = +process.argv[3];
const rss = () => { global.gc?.(); return Math.round(process.memoryUsage().rss / 1e6) + '/' + Math.round(process.memoryUsage().heapUsed / 1e6); };
const out = [];
async function main() {
  const step = Math.ceil(n / 5);
  let server, port;
  const http = require('http'), net = require('net');
  if (kind === 'http') { server = http.createServer((q, a) => a.end('x')).listen(0); port = server.address().port; }
  if (kind === 'socket') { server = net.createServer((c) => c.end('x')).listen(0); port = server.address().port; }
  const f = new FinalizationRegistry(() => {}); const w = new WeakMap();
  for (let i = 0; i < n; i++) {
    if (i % step === 0) out.push(rss());
    if (kind === 'objects') { const a = {}, b = { a }; a.b = b; w.set(a, b); w.set(b, a); new WeakRef(a); f.register(a, b.x ?? 1); if (i % 1000 === 0) await new Promise(setImmediate); }
    if (kind === 'http') await new Promise((r, j) => http.get({ port, host: '127.0.0.1' }, (m) => m.resume().on('end', r)).on('error', j));
    if (kind === 'socket') await new Promise((r, j) => net.connect(port, '127.0.0.1').resume().on('close', r).on('error', j));
    if (kind === 'child') await new Promise((r) => require('child_process').spawn('/bin/true').on('exit', r));
    if (kind === 'worker') await new Promise((r) => new (require('worker_threads').Worker)('', { eval: true }).on('exit', r));
  }
  await new Promise((r) => setTimeout(r, 300)); out.push(rss());
  console.log(kind, n, out.join(' ')); process.exit();
}
main();
