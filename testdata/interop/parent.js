'use strict';
// What one kind of message does between a parent and a child. Run as: parent.js <execPath of the child> <json|advanced> <kind>
const { fork } = require('child_process');
const net = require('net');
const path = require('path');
const [, , execPath, serialization, kind] = process.argv;
const child = fork(path.join(__dirname, 'child.js'), [kind], { execPath, serialization });
child.on('exit', (code, signal) => console.log('exit', code, signal));
child.on('message', (m) => console.log('message', m));
const end = () => {
  child.send('done');
  child.disconnect();
};
const read = (stream, then) => {
  let data = '';
  stream.on('data', (d) => data += d).on('end', () => {
    console.log('read', data);
    then();
  });
};
const kinds = {
  message() {
    const values = [1, 's', null, true, { a: 1, b: [1, 2.5, 'x', null] }, [1, , 3], '\u00e9\u20ac\u{1F600}', -0, '', [], {}, { n: NaN, u: undefined }, 'x'.repeat(100000)];
    if (serialization === 'advanced') {
      const circle = { name: 'circle' };
      circle.self = circle;
      values.push(new Date(5), /a/gi, new Map([[1, { b: 2 }]]), new Set(['q']), { big: 2n ** 70n }, Buffer.from('hi'), new Uint16Array([1, 2]), new Uint8Array([1]).buffer,
                  new DataView(new ArrayBuffer(3)), Object('boxed'), Object(5), NaN, circle, Object.assign(new RangeError('boom'), { stack: 'stack' }));
    }
    let i = 0;
    child.on('message', () => ++i < values.length ? child.send(values[i]) : end());
    child.send(values[0]);
  },
  socket() {
    const server = net.createServer({ pauseOnConnect: true }, (socket) => child.send('a socket', socket));
    server.listen(0, () => {
      const client = net.connect(server.address().port);
      client.write('ping');
      read(client, () => server.getConnections((err, n) => {
        console.log('connections', err, n);
        server.close(() => {
          console.log('closed');
          end();
        });
      }));
    });
  },
  server() {
    const server = net.createServer((socket) => socket.end('the parent')).listen(0, () => {
      const { port } = server.address();
      child.once('message', () => read(net.connect(port), end));
      child.send('a server', server, () => server.close());
    });
  },
  http() {
    const http = require('http');
    const server = http.createServer((req, res) => res.end('the parent')).listen(0, () => {
      const { port } = server.address();
      child.once('message', () => http.get({ port, agent: false }, (res) => read(res, end)));
      child.send('an http server', server, () => server.close());
    });
  },
  dgram() {
    const dgram = require('dgram');
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      child.once('message', () => {
        const client = dgram.createSocket('udp4');
        client.on('message', (m) => {
          console.log('read', String(m));
          client.close();
          end();
        });
        client.send('ping', port, '127.0.0.1');
      });
      child.send('a dgram socket', socket, () => socket.close());
    });
  },
};
kinds[kind]();
