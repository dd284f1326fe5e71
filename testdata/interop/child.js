'use strict';
const kind = process.argv[2];
const util = require('util');
const sockets = [];
const show = (m) => m instanceof DataView ? ['DataView', m.byteLength] : m instanceof Error ? [m.name, m.message, m.stack] : typeof m === 'string' && m.length > 99 ? m.length : util.inspect(m, { depth: 9 });
process.on('message', (m, handle) => {
  if (m === 'done') return;
  switch (kind) {
    case 'message':
      process.send(show(m));
      break;
    case 'socket':
    case 'unix socket':
      handle.on('data', (d) => handle.end(`the child, of ${m} and ${d}`));
      handle.resume();
      break;
    case 'keep open':
      handle.write('the child', () => process.send('written'));
      break;
    case 'many sockets':
      if (handle) {
        sockets.push(handle);
        process.send('got');
        break;
      }
      for (let i = 0; i < m.close; i++) {
        sockets.pop().on('close', () => {
          if (i === m.close - 1) process.send(`closed ${m.close}`);
        }).destroy();
      }
      break;
    case 'order':
      sockets.push([m.i, handle && handle.constructor.name]);
      if (handle) handle.close();
      if (m.i === 9) process.send(sockets);
      break;
    case 'unix server':
      handle.on('connection', (socket) => {
        socket.end('the child');
        handle.close(() => process.send('closed'));
      });
      process.send('listening');
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
