// dns.Resolver, the functions of the default one, and dns/promises. binding: the class Channel, isIP, errorCodes.
'use strict';
const { codes } = require('internal/errors');
const { validateArray, validateFunction, validateInt32, validateNoNul, validatePort, validateString, validateUint32 } = require('internal/validators');
const { exception, startPerf, warnHostname, lookupOptions, getaddrinfo, getnameinfo, getDefaultResultOrder, setDefaultResultOrder } =
  require('internal/dns/lookup');
const { isIP, errorCodes } = binding;

function parseServer(server, index) {
  validateString(server, `servers[${index}]`);
  if (isIP(server)) return [server, 53];
  const bracketed = /^\[([^[\]]*)\](?::(\d+))?/.exec(server);
  const parts = bracketed && isIP(bracketed[1]) ? bracketed : /(^.+?)(?::(\d+))?$/.exec(server);
  if (parts && isIP(parts[1])) return [parts[1], validatePort(Number(parts[2]) || 53)];
  throw new codes.ERR_INVALID_IP_ADDRESS(server);
}

class ResolverBase {
  constructor(options = undefined) {
    const { timeout = -1, tries = 4, maxTimeout = 0 } = { ...options };
    validateInt32(timeout, 'options.timeout', -1);
    validateInt32(tries, 'options.tries', 1);
    validateUint32(maxTimeout, 'options.maxTimeout');
    this._handle = new binding.Channel(timeout, tries, maxTimeout);
  }

  cancel() {
    this._handle.cancel();
  }

  getServers() {
    return this._handle.getServers().map(([host, port]) => {
      if (!port || port === 53) return host;
      return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    });
  }

  setServers(servers) {
    validateArray(servers, 'servers');
    this._handle.setServers(servers.map(parseServer));
  }

  setLocalAddress(ipv4, ipv6) {
    validateString(ipv4, 'ipv4');
    if (ipv6 !== undefined) validateString(ipv6, 'ipv6');
    this._handle.setLocalAddress(ipv4, ipv6);
  }
}

const methods = { resolveAny: 'queryAny', resolve4: 'queryA', resolve6: 'queryAaaa', resolveCaa: 'queryCaa', resolveCname: 'queryCname',
  resolveMx: 'queryMx', resolveNs: 'queryNs', resolveTlsa: 'queryTlsa', resolveTxt: 'queryTxt', resolveSrv: 'querySrv', resolvePtr: 'queryPtr',
  resolveNaptr: 'queryNaptr', resolveSoa: 'querySoa', reverse: 'getHostByAddr' };
const types = { ANY: 'resolveAny', A: 'resolve4', AAAA: 'resolve6', CAA: 'resolveCaa', CNAME: 'resolveCname', MX: 'resolveMx',
  NS: 'resolveNs', TXT: 'resolveTxt', SRV: 'resolveSrv', PTR: 'resolvePtr', NAPTR: 'resolveNaptr', SOA: 'resolveSoa', TLSA: 'resolveTlsa' };

// start asks; it returns what the question fails with at once. done(err, result).
function start(resolver, syscall, name, options, done) {
  const ttl = !!(options && options.ttl);
  let end;
  const err = resolver._handle.query(syscall, name, (err, result, ttls) => {
    if (err) {
      done(exception(err, syscall, name));
      return;
    }
    if (ttl && ttls) result = result.map((address, i) => ({ address, ttl: ttls[i] }));
    done(null, result);
    end?.({ result });
  });
  if (!err) end = startPerf(syscall, { host: name, ttl });
  return err ? exception(err, syscall, name) : null;
}

class QueryReqWrap {}

function callbackQuery(syscall) {
  return { [syscall]: function(name, callback) {
    let options;
    if (arguments.length > 2) {
      options = callback;
      callback = arguments[2];
    }
    validateString(name, 'name');
    validateNoNul(name, 'name');
    validateFunction(callback, 'callback');
    const ex = start(this, syscall, name, options, callback);
    if (ex) throw ex;
    return Object.assign(new QueryReqWrap(), { bindingName: syscall, callback, hostname: name, ttl: !!(options && options.ttl) });
  } }[syscall];
}

function promiseQuery(syscall) {
  return { [syscall]: function(name, options) {
    validateString(name, 'name');
    validateNoNul(name, 'name');
    return new Promise((resolve, reject) => {
      const ex = start(this, syscall, name, options, (err, result) => (err ? reject(err) : resolve(result)));
      if (ex) reject(ex);
    });
  } }[syscall];
}

// resolve is made with the queries by name: it runs on the default resolver too, which has no methods and serves callbacks and promises.
function makeResolver(query, resolve) {
  class Resolver extends ResolverBase {}
  const queries = { __proto__: null };
  for (const name of Object.keys(methods)) Resolver.prototype[name] = queries[name] = query(methods[name]);
  Resolver.prototype.resolve = resolve(queries);
  return Resolver;
}

const Resolver = makeResolver(callbackQuery, (queries) => function resolve(hostname, rrtype, callback) {
  let type = rrtype;
  if (typeof rrtype === 'function') {
    type = 'A';
    callback = rrtype;
  } else if (typeof rrtype !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE('rrtype', 'string', rrtype);
  }
  if (!Object.hasOwn(types, type)) throw new codes.ERR_INVALID_ARG_VALUE('rrtype', rrtype);
  return queries[types[type]].call(this, hostname, callback);
});

let defaultResolver;
const keys = ['getServers', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr',
  'resolveNs', 'resolvePtr', 'resolveSoa', 'resolveSrv', 'resolveTlsa', 'resolveTxt', 'reverse'];

// The module's own functions are those of a default resolver, made when first used.
function bindDefaults(target, proto) {
  for (const key of keys) {
    const f = proto[key];
    target[key] = function(...args) {
      return f.apply(defaultResolver ??= new ResolverBase(), args);
    };
    Object.defineProperty(target[key], 'name', { __proto__: null, value: `bound ${f.name}`, configurable: true });
    Object.defineProperty(target[key], 'length', { __proto__: null, value: f.length, configurable: true });
  }
}

function setServers(servers) {
  const resolver = new Resolver();
  resolver.setServers(servers);
  defaultResolver = resolver;
}


module.exports = { Resolver, setServers };
bindDefaults(module.exports, Resolver.prototype);

let promises;
Object.defineProperty(module.exports, 'promises', {
  __proto__: null, configurable: true, enumerable: true,
  get() { return promises ??= makePromises(); },
});

function makePromises() {
  const Resolver = makeResolver(promiseQuery, (queries) => function resolve(hostname, rrtype) {
    let type = 'A';
    if (rrtype !== undefined) {
      validateString(rrtype, 'rrtype');
      if (!Object.hasOwn(types, rrtype)) throw new codes.ERR_INVALID_ARG_VALUE('rrtype', rrtype);
      type = rrtype;
    }
    return queries[types[type]].call(this, hostname);
  });
  const promises = {
    lookup(hostname, options) {
      if (hostname) validateString(hostname, 'hostname');
      validateNoNul(hostname, 'hostname');
      if (options !== undefined && typeof options !== 'object' && typeof options !== 'number')
        throw new codes.ERR_INVALID_ARG_TYPE('options', ['integer', 'object'], options);
      const { hints, family, all, order } = lookupOptions(options, false);
      return new Promise((resolve, reject) => {
        if (!hostname) {
          warnHostname(hostname);
          resolve(all ? [] : { address: null, family: family === 6 ? 6 : 4 });
          return;
        }
        const matched = isIP(hostname);
        if (matched) {
          const entry = { address: hostname, family: matched };
          resolve(all ? [entry] : entry);
          return;
        }
        getaddrinfo(hostname, { hints, family, order }, (err, list) => {
          if (err) reject(err);
          else resolve(all ? list : list[0]);
        });
      });
    },
    lookupService(address, port) {
      if (arguments.length !== 2) throw new codes.ERR_MISSING_ARGS('address', 'port');
      validateString(address, 'address');
      if (isIP(address) === 0) throw new codes.ERR_INVALID_ARG_VALUE('address', address);
      validatePort(port);
      return new Promise((resolve, reject) => {
        getnameinfo(address, +port, (err, hostname, service) => (err ? reject(err) : resolve({ hostname, service })));
      });
    },
    Resolver, getDefaultResultOrder, setDefaultResultOrder, setServers, ...errorCodes,
  };
  bindDefaults(promises, Resolver.prototype);
  return promises;
}
