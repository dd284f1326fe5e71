// Serves the server that the parent sends.
const http = require('http');
process.on('message', (data, server) => {
  if (data !== 'server' || !server) return;
  http.createServer((req, res) => {
    res.end(process.pid + ':child');
  }).listen(server);
});
