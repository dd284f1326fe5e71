'use strict';
const kind = process.argv[2];
const util = require('util');
const show = (m) => m instanceof DataView ? ['DataView', m.byteLength] : m instanceof Error ? [m.name, m.message, m.stack] : typeof m === 'string' && m.length > 99 ? m.length : util.inspect(m, { depth: 9 });
process.on('message', (m, handle) => {
  if (m === 'done') return;
  switch (kind) {
    case 'message':
      process.send(show(m));
      break;
    case 'socket':
      handle.on('data', (d) => handle.end(`the child, of ${m} and ${d}`));
      handle.resume();
      break;
    case 'server':
      handle.on('connection', (socket) => {
        socket.end('the child');
        handle.close();
      });
      process.send('listening');
      break;
    case 'http': {
      const server = require('http').createServer((req, res) => res.end('the child', () => server.close()));
      server.listen(handle);
      process.send('listening');
      break;
    }
    case 'dgram':
      handle.on('message', (data, from) => handle.send(`the child, of ${data}`, from.port, from.address, () => handle.close()));
      process.send('bound');
      break;
  }
});
