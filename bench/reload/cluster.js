// A cluster whose workers are replaced one by one at "reload" and killed at "kill", as programs for Node do it.
const cluster = require('cluster');

if (cluster.isPrimary) {
  const count = +process.argv[2];
  const listening = (worker) => new Promise((resolve) => worker.once('listening', resolve));
  cluster.on('exit', (worker) => {
    if (!worker.exitedAfterDisconnect && !ending) cluster.fork();
  });
  let ending = false;
  const reload = async () => {
    for (const old of Object.values(cluster.workers)) {
      await listening(cluster.fork());
      old.disconnect();
    }
    console.log('reloaded');
  };
  Promise.all(Array.from({ length: count }, () => listening(cluster.fork()))).then(([{ port }]) => console.log('listening', port));
  require('readline').createInterface(process.stdin).on('line', (line) => {
    const all = Object.values(cluster.workers);
    if (line === 'reload') reload();
    else if (all.length) all[Math.floor(Math.random() * all.length)].process.kill('SIGKILL');
  }).on('close', () => {
    ending = true;
    cluster.disconnect(() => process.exit());
  });
} else {
  const kept = [];
  const answer = (req, res) => {
    if (process.env.LEAK) kept.push(Buffer.alloc(+process.env.LEAK, 1));
    if (Math.random() < 0.1) setTimeout(() => res.end(req.url), 3);
    else res.end(req.url);
  };
  const pem = require('fs').readFileSync(__dirname + '/key.pem');
  const server = process.argv[3] === 'true' ? require('https').createServer({ key: pem, cert: pem }, answer) : require('http').createServer(answer);
  server.on('upgrade', (req, socket) => {
    const accept = require('crypto').createHash('sha1').update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.on('error', () => {}).on('end', () => socket.end()).resume();
  });
  server.listen(0, '127.0.0.1', () => { if (process.env.NODE_APP_INSTANCE !== undefined) console.log('listening', server.address().port, process.pid); });
}
