// https.Agent and requests: http's with sockets of tls.connect.
'use strict';
const http = require('http');
const tls = require('tls');
const { useEnvProxy, kProxyConfig } = require('internal/http');

// A request with a checkServerIdentity of its own shares its connection with no other.
const kOwnCheck = Symbol('per-request checkServerIdentity');
let ownChecks = 0;

// The forms (options, cb), (port, options, cb) and (port, host, options, cb).
function createConnection(port, host, options) {
  if (port !== null && typeof port === 'object') options = port;
  else if (host !== null && typeof host === 'object') options = { ...host };
  else options = options === null || typeof options !== 'object' ? {} : { ...options };
  if (typeof port === 'number') options.port = port;
  if (typeof host === 'string') options.host = host;
  const callback = arguments[arguments.length - 1];
  const key = options[kOwnCheck] ? undefined : options._agentKey;
  if (key) {
    const session = this._getSession(key);
    if (session) options = { session, ...options };
  }
  const socket = this?.[kProxyConfig] &&
    require('internal/http/proxy').tunnel(this, options, typeof callback === 'function' ? callback : undefined) || tls.connect(options);
  if (options[kOwnCheck]) socket[kOwnCheck] = true;
  if (key) {
    socket.on('session', (session) => this._cacheSession(key, session));
    // A session that may have led to an error is not used again.
    socket.once('close', (err) => { if (err) this._evictSession(key); });
  }
  return socket;
}

function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  options = { __proto__: null, ...options };
  options.defaultPort ??= 443;
  options.protocol ??= 'https:';
  http.Agent.call(this, options);
  this.maxCachedSessions = this.options.maxCachedSessions;
  if (this.maxCachedSessions === undefined) this.maxCachedSessions = 100;
  this._sessionCache = { map: {}, list: [] };
}
Object.setPrototypeOf(Agent.prototype, http.Agent.prototype);
Object.setPrototypeOf(Agent, http.Agent);

// What is in an array of { buf, passphrase } counts, not that it is objects: the keys of different clients would be one.
function pfxName({ pfx, passphrase }) {
  return Array.isArray(pfx) ? pfx.map((item) => `:${item?.buf || item}:${item?.passphrase || passphrase}`).join('') : pfx || '';
}

Object.assign(Agent.prototype, {
  createConnection,

  keepSocketAlive: function(socket) { return !socket[kOwnCheck] && http.Agent.prototype.keepSocketAlive.call(this, socket); },

  // Sockets are shared by requests with the same name only: it has all that makes connections differ.
  getName: function(options = {}) {
    const name = [http.Agent.prototype.getName.call(this, options)];
    const add = (value) => name.push(value || '');
    for (const key of ['ca', 'cert', 'clientCertEngine', 'ciphers', 'key']) add(options[key]);
    name.push(pfxName(options));
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
    if (options[kOwnCheck]) name.push(options[kOwnCheck]);
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

// Tells whether the agent of a request checks the identities of servers in a way of its own.
function agentChecks({ agent, createConnection }) {
  if (agent === false) return false;
  if (agent === null || agent === undefined) {
    if (typeof createConnection === 'function') return false;
    agent = require('https').globalAgent;
  }
  return agent?.options?.checkServerIdentity !== undefined;
}

function request(...args) {
  let options = {};
  if (typeof args[0] === 'string') options = require('url').urlToHttpOptions(new URL(args.shift()));
  else if (isURL(args[0])) options = require('url').urlToHttpOptions(args.shift());
  if (args[0] && typeof args[0] !== 'function') Object.assign(options, args.shift());
  const { checkServerIdentity: check } = options;
  if (check !== undefined && check !== tls.checkServerIdentity && !agentChecks(options)) options[kOwnCheck] = ++ownChecks;
  options._defaultAgent = require('https').globalAgent;
  return new http.ClientRequest(options, ...args);
}

module.exports = {
  Agent,
  globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000, proxyEnv: useEnvProxy ? process.env : undefined }),
  get: function(input, options, cb) {
    const req = request(input, options, cb);
    req.end();
    return req;
  },
  request: function(...args) { return request(...args); },
};
