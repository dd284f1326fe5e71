// https.Agent and requests: http's with sockets of tls.connect.
'use strict';
const http = require('http');
const tls = require('tls');

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

// What is in an array of { buf, passphrase } counts, not that it is objects: the keys of different clients would be one.
function addPFX(name, pfx) {
  name.push(Array.isArray(pfx) ? '' : pfx || '');
  if (Array.isArray(pfx)) for (const item of pfx) name.push(item?.buf ? `${item.buf}:${item.passphrase ?? ''}` : item);
}

Object.assign(Agent.prototype, {
  createConnection,

  // Sockets are shared by requests with the same name only: it has all that makes connections differ.
  getName: function(options = {}) {
    const name = [http.Agent.prototype.getName.call(this, options)];
    const add = (value) => name.push(value || '');
    for (const key of ['ca', 'cert', 'clientCertEngine', 'ciphers', 'key']) add(options[key]);
    addPFX(name, options.pfx);
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

  _getSession: function(key) { return this._sessionCache.map[key]; },

  _cacheSession: function(key, session) {
    if (this.maxCachedSessions === 0) return;
    const { map, list } = this._sessionCache;
    if (!(key in map)) {
      if (list.length >= this.maxCachedSessions) delete map[list.shift()];
      list.push(key);
    }
    map[key] = session;
  },

  _evictSession: function(key) {
    const { map, list } = this._sessionCache;
    const index = list.indexOf(key);
    if (index < 0) return;
    list.splice(index, 1);
    delete map[key];
  },
});

const isURL = (value) => Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);

function request(...args) {
  let options = {};
  if (typeof args[0] === 'string') options = require('url').urlToHttpOptions(new URL(args.shift()));
  else if (isURL(args[0])) options = require('url').urlToHttpOptions(args.shift());
  if (args[0] && typeof args[0] !== 'function') Object.assign(options, args.shift());
  options._defaultAgent = require('https').globalAgent;
  return new http.ClientRequest(options, ...args);
}

module.exports = {
  Agent,
  globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }),
  get: function(input, options, cb) {
    const req = request(input, options, cb);
    req.end();
    return req;
  },
  request: function(url, options, cb) { return request(...arguments); },
};
