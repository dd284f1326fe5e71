// A server whose workers gonode serve keeps running. /crash ends the one that is asked.
const http = require('node:http');

const version = process.env.VERSION ?? '1', worker = process.env.NODE_APP_INSTANCE;
http.createServer((req, res) => {
  if (req.url === '/crash') throw new Error('crashed');
  res.end(`version ${version} from worker ${worker}\n`);
}).listen(process.env.PORT ?? 8080, '127.0.0.1', () => console.log('worker', worker, 'listens'));
