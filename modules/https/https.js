// node:https: http's server, agent and requests over TLS.
'use strict';
const http = require('http');
const tls = require('tls');
const { _connectionListener, setupConnectionsTracking, storeHTTPOptions, httpServerPreClose } = require('_http_server');
const { urlToHttpOptions } = require('url');

function Server(options, requestListener) {
  if (!(this instanceof Server)) return new Server(options, requestListener);
  if (typeof options === 'function') {
    requestListener = options;
    options = {};
  } else if (options == null) {
    options = {};
  } else {
    require('internal/validators').validateObject(options, 'options');
    options = { ...options };
  }
  if (!options.ALPNProtocols && !options.ALPNCallback) options.ALPNProtocols = ['http/1.1'];
  storeHTTPOptions.call(this, options);
  options.noDelay ??= true;
  tls.Server.call(this, options, _connectionListener);
  this.httpAllowHalfOpen = false;
  if (requestListener) this.on('request', requestListener);
  this.on('tlsClientError', (err, conn) => { if (!this.emit('clientError', err, conn)) conn.destroy(err); });
  this.timeout = 0;
  this.maxHeadersCount = null;
  this.maxRequestsPerSocket = 0;
  this.on('listening', setupConnectionsTracking);
}
Object.setPrototypeOf(Server.prototype, tls.Server.prototype);
Object.setPrototypeOf(Server, tls.Server);
for (const name of ['closeAllConnections', 'closeIdleConnections', 'setTimeout']) Server.prototype[name] = http.Server.prototype[name];
Server.prototype.close = function close() {
  httpServerPreClose(this);
  Reflect.apply(tls.Server.prototype.close, this, arguments);
  return this;
};
Server.prototype[Symbol.asyncDispose] = async function() { return require('util').promisify(this.close).call(this); };

// The forms (options, cb), (port, options, cb) and (port, host, options, cb).
function createConnection(port, host, options) {
  if (port !== null && typeof port === 'object') options = port;
  else if (host !== null && typeof host === 'object') options = { ...host };
  else options = options === null || typeof options !== 'object' ? {} : { ...options };
  if (typeof port === 'number') options.port = port;
  if (typeof host === 'string') options.host = host;
  const key = options._agentKey;
  if (key) {
    const session = this._getSession(key);
    if (session) options = { session, ...options };
  }
  const socket = tls.connect(options);
  if (key) {
    socket.on('session', (session) => this._cacheSession(key, session));
    // A session that may have led to an error is not used again.
    socket.once('close', (err) => { if (err) this._evictSession(key); });
  }
  return socket;
}

function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  http.Agent.call(this, options);
  this.defaultPort = 443;
  this.protocol = 'https:';
  this.maxCachedSessions = this.options.maxCachedSessions;
  if (this.maxCachedSessions === undefined) this.maxCachedSessions = 100;
  this._sessionCache = { map: {}, list: [] };
}
Object.setPrototypeOf(Agent.prototype, http.Agent.prototype);
Object.setPrototypeOf(Agent, http.Agent);

Object.assign(Agent.prototype, {
  createConnection,

  // Sockets are shared by requests with the same name only: it has all that makes connections differ.
  getName(options = {}) {
    const name = [http.Agent.prototype.getName.call(this, options)];
    const add = (value) => name.push(value || '');
    for (const key of ['ca', 'cert', 'clientCertEngine', 'ciphers', 'key', 'pfx']) add(options[key]);
    name.push(options.rejectUnauthorized !== undefined ? options.rejectUnauthorized : '');
    add(options.servername && options.servername !== options.host ? options.servername : '');
    for (const key of ['minVersion', 'maxVersion', 'secureProtocol', 'crl']) add(options[key]);
    name.push(options.honorCipherOrder !== undefined ? options.honorCipherOrder : '');
    for (const key of ['ecdhCurve', 'dhparam']) add(options[key]);
    name.push(options.secureOptions !== undefined ? options.secureOptions : '');
    add(options.sessionIdContext);
    add(options.sigalgs && JSON.stringify(options.sigalgs));
    add(options.privateKeyIdentifier);
    add(options.privateKeyEngine);
    return name.join(':');
  },

  _getSession(key) { return this._sessionCache.map[key]; },

  _cacheSession(key, session) {
    if (this.maxCachedSessions === 0) return;
    const { map, list } = this._sessionCache;
    if (!(key in map)) {
      if (list.length >= this.maxCachedSessions) delete map[list.shift()];
      list.push(key);
    }
    map[key] = session;
  },

  _evictSession(key) {
    const { map, list } = this._sessionCache;
    const index = list.indexOf(key);
    if (index < 0) return;
    list.splice(index, 1);
    delete map[key];
  },
});

function request(...args) {
  let options = {};
  if (typeof args[0] === 'string') options = urlToHttpOptions(new URL(args.shift()));
  else if (args[0]?.href && args[0].protocol && args[0].auth === undefined && args[0].path === undefined)
    options = urlToHttpOptions(args.shift());
  if (args[0] && typeof args[0] !== 'function') Object.assign(options, args.shift());
  options._defaultAgent = exports.globalAgent;
  return new http.ClientRequest(options, ...args);
}

Object.assign(exports, {
  Agent,
  globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }),
  Server,
  createServer(options, requestListener) { return new Server(options, requestListener); },
  get(input, options, cb) {
    const req = request(input, options, cb);
    req.end();
    return req;
  },
  request: ({ request(url, options, cb) { return request(...arguments); } }).request,
});
