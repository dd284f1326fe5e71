// The options of workers of a cluster that is debugged: each one's server has a port of its own.
'use strict';
const { codes } = require('internal/errors');

let inspectors = 0;

function port(given) {
  const port = typeof given === 'function' ? given() : given;
  if (port !== undefined) {
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw new codes.ERR_SOCKET_BAD_PORT('Port', port, true);
    return port;
  }
  if (process.debugPort === 0) return 0;
  const next = process.debugPort + ++inspectors;
  return next > 65535 ? next - 65536 + 1024 : next;
}

module.exports = (execArgv, given) => [...execArgv, `--inspect-port=${port(given)}`];
