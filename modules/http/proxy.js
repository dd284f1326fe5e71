'use strict';
// Requests by way of a proxy: plain ones are given to it with their whole address, those of https go through a tunnel that it makes. It
// loads for agents that have been told of proxies.
const net = require('net');
const { codes } = require('internal/errors');
const { validateObject, validatePort } = require('internal/validators');
const { kProxyConfig, kWaitForProxyTunnel } = binding;

// urlOf is the address of the proxy for a protocol, the lower case name first; null if there is none.
function urlOf(env, protocol) {
  const url = protocol === 'https:' ? env.https_proxy || env.HTTPS_PROXY : env.http_proxy || env.HTTP_PROXY;
  if (!url) return null;
  if (/[\r\n]/.test(url)) throw new codes.ERR_PROXY_INVALID_CONFIG(`Invalid proxy URL: ${url}`);
  return url;
}

// A Proxy is what an agent knows of its proxy.
class ProxyConfig {
  constructor(url, bypass) {
    if (!URL.canParse(url)) throw new codes.ERR_PROXY_INVALID_CONFIG(`Invalid proxy URL: ${url}`);
    const parsed = new URL(url);
    const { hostname, port, protocol, username, password } = parsed;
    this.href = url;
    this.protocol = protocol;
    if (username || password) {
      parsed.username = parsed.password = '';
      this.href = parsed.href; // it is told in errors
      const auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      this.auth = `Basic ${Buffer.from(auth).toString('base64')}`;
    }
    this.bypassList = bypass ? bypass.split(',').map((entry) => entry.trim().toLowerCase()) : [];
    this.proxyConnectionOptions = {
      host: hostname[0] === '[' ? hostname.slice(1, -1) : hostname,
      port: port ? Number(port) : protocol === 'https:' ? 443 : 80,
    };
  }

  // Tells whether connections to a host go through the proxy; not those to unix sockets.
  serves({ socketPath, host, port }) {
    if (socketPath) return false;
    host = (host || 'localhost').toLowerCase();
    const authority = port ? `${host}:${port}` : host;
    return !this.bypassList.some((entry) => entry === '*' || entry === host || entry === authority || matches(entry, host));
  }
}

const octets = (ip) => ip.split('.').reduce((n, part) => n * 256 + Number(part), 0);

// The entries of a list that mean more than one host: .suffix, *.suffix, and a range of IPv4 addresses.
function matches(entry, host) {
  if (entry[0] === '.') return host === entry.slice(1) || host.endsWith(entry);
  if (entry.startsWith('*.')) return host.endsWith(entry.slice(1));
  if (!entry.includes('-') || !net.isIPv4(host)) return false;
  const [first, last] = entry.split('-').map((ip) => ip.trim());
  return net.isIPv4(first) && net.isIPv4(last) && octets(first) <= octets(host) && octets(host) <= octets(last);
}

function configOf(env, protocol) {
  if (protocol !== 'http:' && protocol !== 'https:') return null;
  const url = urlOf(env, protocol);
  if (url === null || !/^https?:\/\//.test(url)) return null;
  return new ProxyConfig(url, env.no_proxy || env.NO_PROXY);
}

// connect is createConnection of an http.Agent that has a proxy.
function connect(agent, args) {
  const [options, callback] = net._normalizeArgs(args);
  const proxy = agent[kProxyConfig];
  if (!proxy.serves(options)) return net.createConnection(...args);
  return (proxy.protocol === 'https:' ? require('tls') : net).connect({ ...proxy.proxyConnectionOptions }, callback);
}

// hostOf is the Host field of headers given as a list.
function hostOf(list) {
  const pairs = list.length > 0 && Array.isArray(list[0]);
  let host;
  for (let n = 0; n < list.length; n += pairs ? 1 : 2) {
    if (pairs && !Array.isArray(list[n])) {
      throw new codes.ERR_INVALID_ARG_VALUE(`options.headers[${n}]`, typeof list[n],
                                            'must be an array when headers is passed as an array of pairs');
    }
    if (!pairs && n + 1 === list.length) break;
    const [name, value] = pairs ? list[n] : [list[n], list[n + 1]];
    if (`${name}`.toLowerCase() !== 'host') continue;
    if (host !== undefined) throw new codes.ERR_INVALID_ARG_VALUE('options.headers', '(redacted)', 'must not contain duplicate Host headers');
    host = `${value}`;
  }
  return host;
}

// names tells whether a Host field is that of an authority, however it is written.
function names(header, authority) {
  if (!URL.canParse(`http://${header}`)) return false;
  const url = new URL(`http://${header}`);
  return !url.username && !url.password && url.pathname === '/' && !url.search && !url.hash && url.host === authority;
}

// targetOf is the address that a request asks for. Host, path and the connection's own name must not say different things: the proxy
// might believe another one than the server.
function targetOf(path, authority, host, list) {
  validatePort(authority.port, 'options.port', true);
  path = `${path}`;
  const base = new URL(`http://${authority.host}`);
  base.port = authority.port;
  const given = list ? hostOf(list) : host;
  if (given !== undefined && !(list ? given === base.host : names(given, base.host)))
    throw new codes.ERR_INVALID_ARG_VALUE('Host in options.headers', given, `must match the request authority (${base.host})`);
  if (!URL.canParse(path)) {
    if (path[0] !== '/') throw new codes.ERR_INVALID_ARG_VALUE('options.path', path, 'must be in absolute-form or start with /');
    return { base, url: new URL(base.origin + path) };
  }
  const url = new URL(path);
  if (url.username || url.password) {
    url.username = url.password = '';
    throw new codes.ERR_INVALID_ARG_VALUE('options.path', url.href, 'must not contain userinfo, use options.auth instead');
  }
  if (url.protocol !== 'http:')
    throw new codes.ERR_INVALID_ARG_VALUE('options.path', url.protocol, 'must use http: scheme when specified as an absolute URL');
  if (url.host !== base.host) throw new codes.ERR_INVALID_ARG_VALUE('options.path', url, `must match the request authority (${base.host})`);
  return { base, url };
}

// rewrite makes a plain request one for the proxy, if it goes there. It tells whether its path has become an address.
function rewrite(req, options, authority, hostHeader, list) {
  const proxy = req.agent[kProxyConfig];
  if (!proxy.serves(options)) return false;
  let target;
  if (req.method !== 'CONNECT' && !(req.method === 'OPTIONS' && req.path === '*')) {
    target = targetOf(req.path, authority, hostHeader, list);
    const host = req.getHeader('host');
    if (!list && host !== undefined && host !== target.base.host) req.setHeader('Host', target.base.host);
  }
  if (proxy.auth) req.setHeader('proxy-authorization', proxy.auth);
  req.setHeader('proxy-connection', req.shouldKeepAlive ? 'keep-alive' : 'close');
  if (target) req.path = target.url.href;
  return target !== undefined;
}

// tunnel is createConnection of an https.Agent that has a proxy; undefined if the connection does not go there.
function tunnel(agent, options, callback) {
  const proxy = agent[kProxyConfig];
  if ((options.protocol || agent.protocol) !== 'https:' || !proxy.serves(options)) return undefined;
  const asked = options.host && net.isIPv6(options.host) ? `[${options.host}]` : options.host;
  const endpoint = `${asked}:${options.port || agent.defaultPort}`;
  const fields = [];
  if (proxy.auth) fields.push(`proxy-authorization: ${proxy.auth}`);
  if (agent.keepAlive || agent.maxSockets !== Infinity) fields.push('proxy-connection: keep-alive');
  return open(proxy, options, callback, {
    endpoint,
    fields: [...fields, `host: ${endpoint}`],
    secure: true,
    late() {
      const err = new codes.ERR_PROXY_TUNNEL(`Connection to establish proxy tunnel timed out after ${options.timeout}ms`);
      err.proxyTunnelTimeout = options.timeout;
      return err;
    },
    ended() { return new codes.ERR_PROXY_TUNNEL('Connection to establish proxy tunnel ended unexpectedly'); },
    refused(line, status) {
      const err = new codes.ERR_PROXY_TUNNEL(`Failed to establish tunnel to ${endpoint} via ${proxy.href}: ${line}`);
      err.statusCode = status;
      return err;
    },
  });
}

// open asks a proxy for a tunnel. The callback is given the connection to the server, or an error; what is returned is that to the proxy.
function open(proxy, options, callback, { endpoint, fields, secure, late, ended, refused }) {
  if (/[\r\n]/.test(endpoint)) throw new codes.ERR_INTERNAL_ASSERTION();
  const { timeout } = options;
  let over = false;
  let received = '';
  const socket = (proxy.protocol === 'https:' ? require('tls') : net).connect({ ...proxy.proxyConnectionOptions }, ask);
  const end = (err, connection) => {
    if (over) return;
    over = true;
    if (err?.code === 'ERR_PROXY_TUNNEL' && !err.statusCode) socket.destroy();
    callback?.(err, connection);
  };
  const listeners = {
    error(err) {
      quiet();
      end(err, socket);
    },
    timeout() {
      quiet();
      end(late(), socket);
    },
    end() {
      quiet();
      end(ended(), socket);
    },
    readable() {
      for (let chunk; !over && (chunk = socket.read()) !== null;) if (read(chunk)) return;
    },
  };
  function quiet() {
    for (const event in listeners) socket.removeListener(event, listeners[event]);
    socket.setTimeout(0);
  }
  function ask() {
    socket.on('end', listeners.end);
    socket.on('readable', listeners.readable);
    socket.write(`CONNECT ${endpoint} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`);
  }
  // Takes what the proxy answers, up to the end of its head.
  function read(chunk) {
    received += chunk.latin1Slice();
    if (!received.includes('\r\n\r\n')) return false;
    quiet();
    const line = received.slice(0, received.indexOf('\r\n'));
    const status = line.split(' ')[1];
    if (status !== '200') end(refused(line, parseInt(status, 10)), socket);
    else if (secure) encrypt();
    else end(null, socket);
    return true;
  }
  // What follows on the connection is between the server and us.
  function encrypt() {
    const servername = options.servername || (net.isIP(options.host) ? undefined : options.host);
    const fail = (err) => end(err, inner);
    const inner = require('tls').connect({ servername, ...options, socket }, () => {
      inner.removeListener('error', fail);
      end(null, inner);
    });
    inner.on('free', () => socket.emit('free'));
    inner.on('error', fail);
  }
  socket.on('error', listeners.error);
  if (timeout) socket.setTimeout(timeout, listeners.timeout);
  socket[kWaitForProxyTunnel] = true;
  return socket;
}

// fetchAgents gives the agents by which fetch reaches what lies behind a proxy; all that goes there goes through tunnels. It reads a list
// of exceptions in a way of its own.
function fetchAgents({ plain, secure, bypass }, options) {
  const proxies = { 'http:': plain && new ProxyConfig(plain), 'https:': secure ? new ProxyConfig(secure) : plain && new ProxyConfig(plain) };
  const agents = {};
  const listed = ({ hostname, protocol, port }) => {
    const list = bypass();
    if (list === '*') return true;
    const number = Number(port) || (protocol === 'https:' ? 443 : 80);
    return list.split(/[,\s]/).filter(Boolean).some((entry) => {
      const [, name, only] = /^(.+?)(?::(\d+))?$/.exec(entry.toLowerCase());
      const host = name.replace(/^\*?\./, '');
      return (!only || Number(only) === number) && (hostname === host || hostname.endsWith(`.${host}`));
    });
  };
  return (url) => {
    const { protocol } = url;
    const proxy = proxies[protocol];
    if (!proxy || listed(url)) return undefined;
    if (agents[protocol]) return agents[protocol];
    const agent = agents[protocol] = new (require(protocol.slice(0, -1)).Agent)(options);
    agent.createConnection = (given, callback) => {
      const host = net.isIPv6(given.host) ? `[${given.host}]` : given.host;
      const usual = +given.port === agent.defaultPort;
      const fields = [`host: ${usual ? host : `${host}:${given.port}`}`, 'connection: close'];
      if (proxy.auth) fields.push(`proxy-authorization: ${proxy.auth}`);
      return open(proxy, { ...given, timeout: 0 }, callback, {
        endpoint: `${host}:${given.port}`,
        fields: [...fields, 'proxy-connection: keep-alive'],
        secure: protocol === 'https:',
        ended() { return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }); },
        refused(line, status) {
          const cause = Object.assign(new Error(`Proxy response (${status}) !== 200 when HTTP Tunneling`), { name: 'AbortError', code: 'UND_ERR_ABORTED' });
          return Object.assign(new DOMException('Request was cancelled.'), { cause });
        },
      });
    };
    return agent;
  };
}

const bypassOf = (env) => env.no_proxy ?? env.NO_PROXY ?? '';

// fetchFromEnv is what fetch starts with where the environment's proxies are used.
function fetchFromEnv() {
  const { env } = process;
  return { plain: env.http_proxy ?? env.HTTP_PROXY, secure: env.https_proxy ?? env.HTTPS_PROXY, bypass: () => bypassOf(process.env) };
}

const globalAgent = (Agent, proxyEnv) => new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000, proxyEnv });

// setGlobalProxyFromEnv makes new global agents, and tells fetch; it returns what undoes that.
function setGlobalProxyFromEnv(env = process.env) {
  validateObject(env, 'proxyEnv');
  const plain = urlOf(env, 'http:'), secure = urlOf(env, 'https:');
  for (const url of [plain, secure]) if (url && !URL.canParse(url)) throw new codes.ERR_PROXY_INVALID_CONFIG(url);
  if (!plain && !secure) return () => {};
  const http = require('http'), https = require('https');
  const before = { fetch: binding.fetchProxies, http: http.globalAgent, https: https.globalAgent };
  const list = env.no_proxy || env.NO_PROXY;
  binding.fetchProxies = { plain: plain ?? undefined, secure: secure ?? undefined, bypass: () => list ?? bypassOf(process.env) };
  if (plain) http.globalAgent = globalAgent(http.Agent, env);
  if (secure) https.globalAgent = globalAgent(https.Agent, env);
  return function restore() {
    binding.fetchProxies = before.fetch;
    if (plain) http.globalAgent = before.http;
    if (secure) https.globalAgent = before.https;
  };
}

module.exports = { configOf, connect, rewrite, tunnel, fetchAgents, fetchFromEnv, setGlobalProxyFromEnv };
