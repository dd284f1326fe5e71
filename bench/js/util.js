'use strict';
exports.now = () => Number(process.hrtime.bigint()) / 1e6;
exports.median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
exports.rss = (pid) => +/VmRSS:\s+(\d+)/.exec(require('fs').readFileSync(`/proc/${pid}/status`, 'latin1'))[1] / 1024;
// Calls f(n) for some 200 ms; the rate per second.
exports.rate = (n, f) => {
  f(n);
  const start = exports.now();
  let done = 0, took;
  do { f(n); done += n; took = exports.now() - start; } while (took < 200);
  return done / took * 1e3;
};
