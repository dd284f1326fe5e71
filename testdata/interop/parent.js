'use strict';
// What one kind of message does between a parent and a child. Run as: parent.js <execPath of the child> <json|advanced> <kind>
const { fork, execFileSync } = require('child_process');
const fs = require('fs');
const net = require('net');
const path = require('path');
const [, , execPath, serialization, kind] = process.argv;
const child = fork(path.join(__dirname, 'child.js'), [kind], { execPath, serialization });
child.on('exit', (code, signal) => console.log('exit', code, signal));
child.on('message', (m) => console.log('message', m));
const name = () => path.join(fs.mkdtempSync(path.join(require('os').tmpdir(), 'interop')), 'socket');
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
  'unix socket'() {
    const server = net.createServer({ pauseOnConnect: true }, (socket) => child.send('a unix socket', socket));
    server.listen(name(), () => {
      const client = net.connect(server.address());
      client.write('ping');
      read(client, () => server.close(() => {
        console.log('closed');
        end();
      }));
    });
  },
  // A socket that both processes keep.
  'keep open'() {
    const server = net.createServer((socket) => {
      child.once('message', () => socket.end(' and the parent'));
      child.send('a socket', socket, { keepOpen: true }, (err) => console.log('sent', err, socket.destroyed));
    });
    server.listen(0, () => {
      const client = net.connect(server.address().port);
      read(client, () => server.close(end));
    });
  },
  // Several sockets at once are counted on both sides, closed by the child one by one.
  'many sockets'() {
    const clients = [];
    let sent = 0;
    const server = net.createServer({ pauseOnConnect: true }, (socket) => child.send({ n: ++sent }, socket));
    const count = (then) => server.getConnections((err, n) => {
      console.log('connections', err, n);
      then();
    });
    server.listen(0, () => {
      for (let i = 0; i < 5; i++) clients.push(net.connect(server.address().port));
    });
    let got = 0;
    child.on('message', (m) => {
      if (m === 'got' && ++got === 5) count(() => child.send({ close: 2 }));
      if (m === 'closed 2') count(() => {
        server.close(() => {
          console.log('closed');
          for (const client of clients) client.destroy();
          end();
        });
        child.send({ close: 3 });
      });
    });
  },
  // Sockets on their way to a child that dies: the one that has left is closed, the others stay.
  killed() {
    const sockets = [];
    const closed = [];
    const server = net.createServer((socket) => {
      const i = sockets.push(socket);
      console.log(child.send({ i }, socket, (err) => console.log('sent', i, err && err.code)), socket._handle === null);
      if (i === 3) child.kill('SIGKILL');
      else connect();
    }).listen(0, () => {
      child.kill('SIGSTOP');
      connect();
    });
    let clients = 0;
    const connect = () => {
      const i = ++clients;
      net.connect(server.address().port).on('error', () => {}).on('close', () => closed.push(i)).resume();
    };
    child.on('close', () => setTimeout(() => {
      console.log('closed', closed, sockets.map((socket) => [socket.destroyed, socket._handle === null]));
      server.getConnections((err, count) => {
        console.log(err, count);
        process.exit();
      });
    }, 100));
  },
  server() {
    const server = net.createServer((socket) => socket.end('the parent')).listen(0, () => {
      const { port } = server.address();
      child.once('message', () => read(net.connect(port), end));
      child.send('a server', server, () => server.close());
    });
  },
  // While the parent waits only the child accepts. The file of the socket belongs to the server that made it.
  'unix server'() {
    const socketPath = name();
    const server = net.createServer((socket) => socket.end('the parent')).listen(socketPath, () => {
      child.once('message', () => {
        const client = `require('net').connect(${JSON.stringify(socketPath)}).pipe(process.stdout)`;
        console.log('read', execFileSync(process.execPath, ['-e', client], { encoding: 'utf8' }));
        child.once('message', (m) => {
          console.log(m, fs.existsSync(socketPath));
          server.close(() => {
            console.log(fs.existsSync(socketPath));
            end();
          });
        });
      });
      child.send('a unix server', server);
    });
  },
  // Messages and handles keep their order.
  order() {
    const server = net.createServer().listen(0, () => {
      for (let i = 0; i < 10; i++) console.log(child.send({ i }, i % 3 === 1 ? server : undefined, (err) => console.log('sent', i, err)));
      child.once('message', () => server.close(end));
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
