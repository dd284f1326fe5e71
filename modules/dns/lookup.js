// dns.lookup and lookupService, and what all of dns shares. binding: getaddrinfo(name, family, hints, order, done),
// getnameinfo(address, port, done), isIP, loaded, order. done(err, …): err is an errno, a code, or null.
'use strict';
const { codes, errname } = require('internal/errors');
const { validateBoolean, validateFunction, validateNoNul, validateNumber, validateOneOf, validatePort, validateString } =
  require('internal/validators');
const { isIP } = binding;

const ADDRCONFIG = 32, ALL = 16, V4MAPPED = 8;
const orders = ['verbatim', 'ipv4first', 'ipv6first'];
const families = [0, 4, 6];
let defaultOrder = binding.order;

function exception(err, syscall, hostname) {
  let code = err;
  let errno;
  if (typeof err === 'object') return err; // a refusal
  if (typeof err === 'number') {
    errno = err;
    code = errname(err);
    if (code === 'EAI_NODATA' || code === 'EAI_NONAME') code = 'ENOTFOUND';
  }
  const ex = new Error(`${syscall} ${code}${hostname ? ` ${hostname}` : ''}`);
  ex.errno = errno;
  ex.code = code;
  ex.syscall = syscall;
  if (hostname) ex.hostname = hostname;
  return ex;
}

// Questions are reported to performance observers; without the module loaded there are none. The result is what to do at
// the end, with more detail.
const kPerf = Symbol('kPerfHooksDnsLookupContext');
function startPerf(name, detail) {
  if (!binding.loaded('internal/perf/observe')) return undefined;
  const perf = require('internal/perf/observe');
  if (!perf.hasObserver('dns')) return undefined;
  const target = {};
  perf.startPerf(target, kPerf, { type: 'dns', name, detail });
  return (detail) => perf.stopPerf(target, kPerf, { detail });
}

let warned = false;
function warnHostname(hostname) {
  if (warned) return;
  warned = true;
  process.emitWarning(`The provided hostname "${hostname}" is not a valid hostname, and is supported in the dns module solely for ` +
    'compatibility.', 'DeprecationWarning', 'DEP0118');
}

function lookupOptions(options, words) {
  const o = { hints: 0, family: 0, all: false, order: defaultOrder };
  if (typeof options === 'number') {
    validateOneOf(options, 'family', families);
    o.family = options;
    return o;
  }
  if (options?.hints != null) {
    validateNumber(options.hints, 'options.hints');
    o.hints = options.hints >>> 0;
    if ((o.hints & ~(ADDRCONFIG | ALL | V4MAPPED)) !== 0) throw new codes.ERR_INVALID_ARG_VALUE('hints', o.hints);
  }
  if (options?.family != null) {
    if (words && options.family === 'IPv4') o.family = 4;
    else if (words && options.family === 'IPv6') o.family = 6;
    else {
      validateOneOf(options.family, 'options.family', families);
      o.family = options.family;
    }
  }
  if (options?.all != null) {
    validateBoolean(options.all, 'options.all');
    o.all = options.all;
  }
  if (options?.verbatim != null) {
    validateBoolean(options.verbatim, 'options.verbatim');
    o.order = options.verbatim ? 'verbatim' : 'ipv4first';
  }
  if (options?.order != null) {
    validateOneOf(options.order, 'options.order', orders);
    o.order = options.order;
  }
  return o;
}

class GetAddrInfoReqWrap {}

function getaddrinfo(hostname, { hints, family, order }, done) {
  const end = startPerf('lookup', { hostname, family, hints, verbatim: order === 'verbatim', order });
  binding.getaddrinfo(hostname, family, hints, order, (err, list) => {
    if (err) {
      done(exception(err, 'getaddrinfo', hostname));
      return;
    }
    done(null, list);
    end?.({ addresses: list.map((entry) => entry.address) });
  });
}

function lookup(hostname, options, callback) {
  if (hostname) validateString(hostname, 'hostname');
  validateNoNul(hostname, 'hostname');
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  } else if (options !== undefined && typeof options !== 'object' && typeof options !== 'number') {
    validateFunction(arguments.length === 2 ? options : callback, 'callback');
    throw new codes.ERR_INVALID_ARG_TYPE('options', ['integer', 'object'], options);
  } else {
    validateFunction(callback, 'callback');
  }
  const { hints, family, all, order } = lookupOptions(options, true);
  if (!hostname) {
    warnHostname(hostname);
    if (all) process.nextTick(callback, null, []);
    else process.nextTick(callback, null, null, family === 6 ? 6 : 4);
    return {};
  }
  const matched = isIP(hostname);
  if (matched) {
    if (all) process.nextTick(callback, null, [{ address: hostname, family: matched }]);
    else process.nextTick(callback, null, hostname, matched);
    return {};
  }
  getaddrinfo(hostname, { hints, family, order }, (err, list) => {
    if (err) callback(err);
    else if (all) callback(null, list);
    else callback(null, list[0].address, list[0].family);
  });
  return Object.assign(new GetAddrInfoReqWrap(), { callback, family, hostname });
}

function getnameinfo(host, port, done) {
  const end = startPerf('lookupService', { host, port });
  binding.getnameinfo(host, port, (err, hostname, service) => {
    if (err) {
      done(exception(err, 'getnameinfo', host));
      return;
    }
    done(null, hostname, service);
    end?.({ hostname, service });
  });
}

function lookupService(address, port, callback) {
  if (arguments.length !== 3) throw new codes.ERR_MISSING_ARGS('address', 'port', 'callback');
  validateString(address, 'address');
  if (isIP(address) === 0) throw new codes.ERR_INVALID_ARG_VALUE('address', address);
  validatePort(port);
  validateFunction(callback, 'callback');
  getnameinfo(address, +port, callback);
  return {};
}

function setDefaultResultOrder(value) {
  validateOneOf(value, 'dnsOrder', orders);
  defaultOrder = value;
}
function getDefaultResultOrder() { return defaultOrder; }

const promisifyArgs = Symbol.for('nodejs.util.promisify.customArgs');
Object.defineProperty(lookup, promisifyArgs, { __proto__: null, value: ['address', 'family'], enumerable: false });
Object.defineProperty(lookupService, promisifyArgs, { __proto__: null, value: ['hostname', 'service'], enumerable: false });

module.exports = { lookup, lookupService, getDefaultResultOrder, setDefaultResultOrder, exception, startPerf, warnHostname, lookupOptions,
  getaddrinfo, getnameinfo };
