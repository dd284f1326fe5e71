// net.BlockList and net.SocketAddress. binding: parse(address, family), create, addAddress, addRange, addSubnet, check, rules.
'use strict';
const { codes } = require('internal/errors');
const { validateArray, validateInt32, validateObject, validatePort, validateString, validateUint32 } = require('internal/validators');
const { inspect } = require('util');

const { kClone } = require('internal/clone');
const kDetail = Symbol('kDetail');
const kHandle = Symbol('kHandle');
const nested = (options) => ({ ...options, depth: options.depth == null ? null : options.depth - 1 });

class SocketAddress {
  static isSocketAddress(value) {
    return value?.[kDetail] !== undefined;
  }

  // The address and port of a URL's host; undefined if it has another.
  static parse(input) {
    validateString(input, 'input');
    try {
      const { hostname, port } = new URL(`http://${input}`);
      if (hostname[0] === '[') return new SocketAddress({ address: hostname.slice(1, -1), port: port | 0, family: 'ipv6' });
      return new SocketAddress({ address: hostname, port: port | 0 });
    } catch {
      return undefined;
    }
  }

  constructor(options = {}) {
    validateObject(options, 'options');
    let { family = 'ipv4' } = options;
    const { address = family === 'ipv4' ? '127.0.0.1' : '::', port = 0, flowlabel = 0 } = options;
    if (typeof family?.toLowerCase === 'function') family = family.toLowerCase();
    if (family !== 'ipv4' && family !== 'ipv6') throw new codes.ERR_INVALID_ARG_VALUE('options.family', options.family);
    validateString(address, 'options.address');
    validatePort(port, 'options.port');
    validateUint32(flowlabel, 'options.flowlabel', false);
    this[kDetail] = { address: binding.parse(address, family), port: port | 0, family, flowlabel };
  }

  [kClone]() { return { module: 'internal/blocklist', name: 'reviveAddress', data: this[kDetail] }; }

  get address() { return this[kDetail].address; }
  get port() { return this[kDetail].port; }
  get family() { return this[kDetail].family; }
  get flowlabel() { return this[kDetail].flowlabel; }

  [inspect.custom](depth, options) {
    return depth < 0 ? this : `SocketAddress ${inspect(this.toJSON(), nested(options))}`;
  }

  toJSON() {
    return { address: this.address, port: this.port, family: this.family, flowlabel: this.flowlabel };
  }
}

function from(address, name, family) {
  if (SocketAddress.isSocketAddress(address)) return address;
  validateString(address, name);
  validateString(family, 'family');
  return new SocketAddress({ address, family });
}

// cidr takes "address/prefix" apart.
function cidr(text) {
  validateString(text, 'cidr');
  const [address, prefix, more] = text.split('/');
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  if (prefix === undefined || more !== undefined || !/^\d{1,3}$/.test(prefix)) throw new codes.ERR_INVALID_ARG_VALUE('cidr', text);
  return [address, Number(prefix), family];
}

const shown = (address) => (address.family === 'ipv4' ? 'IPv4 ' : 'IPv6 ') + address.address;

class BlockList {
  static isBlockList(value) { return value?.[kHandle] !== undefined; }

  static PRIVATE_RANGES = Object.freeze(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1/128',
    '169.254.0.0/16', 'fe80::/10', 'fc00::/7']);

  constructor() {
    this[kHandle] = binding.create();
  }

  [kClone]() { return { module: 'internal/blocklist', name: 'reviveList', data: this.rules }; }

  [inspect.custom](depth, options) {
    return depth < 0 ? this : `BlockList ${inspect({ rules: this.rules }, nested(options))}`;
  }

  addAddress(address, family = 'ipv4') {
    binding.addAddress(this[kHandle], from(address, 'address', family).address);
  }

  addAddresses(addresses, family = 'ipv4') {
    validateArray(addresses, 'addresses');
    for (const address of addresses) this.addAddress(address, family);
  }

  addRange(start, end, family = 'ipv4') {
    start = from(start, 'start', family);
    end = from(end, 'end', family);
    if (!binding.addRange(this[kHandle], start.address, end.address))
      throw new codes.ERR_INVALID_ARG_VALUE('start', start, 'must come before end');
  }

  addSubnet(network, prefix, family = 'ipv4') {
    network = from(network, 'network', family);
    validateInt32(prefix, 'prefix', 0, network.family === 'ipv4' ? 32 : 128);
    binding.addSubnet(this[kHandle], network.address, prefix);
  }

  addCIDR(text) { this.addSubnet(...cidr(text)); }

  addCIDRs(list) {
    validateArray(list, 'cidrs');
    for (const parts of list.map(cidr)) this.addSubnet(...parts);
  }

  removeAddress(address, family = 'ipv4') {
    binding.remove(this[kHandle], `Address: ${shown(from(address, 'address', family))}`);
  }

  removeRange(start, end, family = 'ipv4') {
    binding.remove(this[kHandle], `Range: ${shown(from(start, 'start', family))}-${from(end, 'end', family).address}`);
  }

  removeSubnet(network, prefix, family = 'ipv4') {
    network = from(network, 'network', family);
    validateInt32(prefix, 'prefix', 0, network.family === 'ipv4' ? 32 : 128);
    binding.remove(this[kHandle], `Subnet: ${shown(network)}/${prefix}`);
  }

  removeCIDR(text) { this.removeSubnet(...cidr(text)); }

  clear() { binding.clear(this[kHandle]); }

  check(address, family = 'ipv4') {
    if (!SocketAddress.isSocketAddress(address)) {
      validateString(address, 'address');
      validateString(family, 'family');
      try {
        address = new SocketAddress({ address, family });
      } catch {
        return false;
      }
    }
    return binding.check(this[kHandle], address.address);
  }

  toJSON() { return this.rules; }

  // fromJSON adds the rules that toJSON gave, as they are or as text; what is no rule is passed over.
  fromJSON(data) {
    if (typeof data === 'string') data = JSON.parse(data);
    if (!Array.isArray(data) || data.some((rule) => typeof rule !== 'string'))
      throw new codes.ERR_INVALID_ARG_TYPE('data', ['string', 'string[]'], data);
    for (const rule of [...data].reverse()) addRule(this, rule);
  }

  get rules() {
    return binding.rules(this[kHandle]);
  }

  get size() { return this.rules.length; }
}

// addRule adds a rule as it is told: "Address: IPv4 1.2.3.4", "Range: IPv4 a-b", "Subnet: IPv6 a/64".
function addRule(list, rule) {
  const parts = /^(Address|Range|Subnet): (IPv4|IPv6) ([^-/]+)([-/](.+))?$/.exec(rule);
  if (parts === null) return;
  const [, kind, family, first, , second] = parts;
  if (kind === 'Address') list.addAddress(first, family);
  else if (kind === 'Range') list.addRange(first, second, family);
  else list.addSubnet(first, Number(second), family);
}

function reviveList(rules) {
  const list = new BlockList();
  for (const rule of rules.reverse()) addRule(list, rule);
  return list;
}

module.exports = { BlockList, SocketAddress, reviveList, reviveAddress: (detail) => new SocketAddress(detail) };
