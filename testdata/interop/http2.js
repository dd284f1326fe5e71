// A client of HTTP/2 and, in a child, a server: http2.js RUNTIME. What the client sees is the same whoever is at either end.
'use strict';
const http2 = require('http2');
const { createHash } = require('crypto');
const { spawn } = require('child_process');
const hash = (data) => createHash('sha256').update(data).digest('hex').slice(0, 16);
const large = Buffer.alloc(700001, 'abcdefg');

function serve() {
  const server = http2.createServer({ settings: { initialWindowSize: 30000, maxConcurrentStreams: 3, maxFrameSize: 20000 } });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const path = headers[':path'];
    if (path === '/hello') {
      stream.respond({ 'content-type': 'text/plain' });
      stream.end('hello');
    } else if (path === '/echo') {
      stream.respond({ 'x-many': ['a', 'b'], 'set-cookie': ['c=1', 'd=2'] }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': headers['x-start'] }));
      stream.pipe(stream);
    } else if (path === '/large') {
      stream.respond();
      stream.end(large);
    } else if (path === '/push') {
      stream.pushStream({ ':path': '/pushed' }, (err, pushed) => {
        pushed.respond({ 'x-pushed': 'yes' });
        pushed.end('pushed');
        stream.respond();
        stream.end('main');
      });
    } else if (path === '/reset') {
      stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
    } else if (path === '/info') {
      stream.additionalHeaders({ ':status': 103, 'link': '</a>' });
      stream.respond({ ':status': 204 });
    } else if (path === '/goaway') {
      stream.session.goaway(0, 0, Buffer.from('bye'));
      stream.respond();
      stream.end('last');
      server.close();
    }
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

async function main() {
  const child = spawn(process.argv[2], [__filename, 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((resolve) => child.stdout.once('data', (d) => resolve(parseInt(d, 10))));
  const session = http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 20000 } });
  session.on('goaway', (code, last, data) => { if (data) console.log('goaway', code, String(data)); });
  const pushes = [];
  session.on('stream', (pushed, headers) => {
    pushed.on('push', (h) => pushes.push(`pushed ${headers[':path']} ${h['x-pushed']}`)).on('data', (d) => pushes.push(String(d)));
  });
  const request = (path, body, headers) => new Promise((resolve) => {
    const lines = [], chunks = [];
    const stream = session.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST', ...headers });
    stream.on('headers', (h) => lines.push(`info ${h[':status']} ${h.link}`));
    stream.on('response', (h) => lines.push(`response ${h[':status']} ${h['content-type']} ${h['x-many']} ${h['set-cookie']}`));
    stream.on('trailers', (h) => lines.push(`trailers ${h['x-end']}`));
    stream.on('data', (d) => chunks.push(d)).on('error', (e) => lines.push(`error ${e.code} ${e.message}`));
    stream.on('close', () => {
      const data = Buffer.concat(chunks);
      lines.push(`close ${stream.rstCode} ${data.length > 100 ? hash(data) : data}`);
      resolve(`${path}: ${lines.join('; ')}`);
    });
    stream.end(body);
  });
  console.log(await request('/hello'));
  console.log(session.remoteSettings.initialWindowSize, session.remoteSettings.maxConcurrentStreams, session.remoteSettings.maxFrameSize);
  console.log(await request('/echo', 'some text', { 'x-start': 'one' }));
  console.log(await request('/echo', large, { 'x-start': 'two' }));
  console.log((await Promise.all(Array.from({ length: 12 }, (_, i) => request('/echo', `${i}`)))).join('\n'));
  console.log(hash(large), await request('/large'));
  console.log(await request('/push'));
  console.log(await request('/reset'));
  console.log(await request('/info'));
  console.log(await new Promise((resolve) => session.ping(Buffer.from('12345678'), (err, _, payload) => resolve(`ping ${err} ${payload}`))));
  console.log(await request('/goaway'));
  session.close(() => console.log('closed'));
  console.log(pushes.join());
  child.on('exit', (code) => console.log('exit', code));
}

if (process.argv[2] === 'serve') serve();
else main();
