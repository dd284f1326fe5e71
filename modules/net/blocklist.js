// net.BlockList and net.SocketAddress. binding: parse(address, family), create, addAddress, addRange, addSubnet, check, rules.
'use strict';
const { codes } = require('internal/errors');
const { validateInt32, validateObject, validatePort, validateString, validateUint32 } = require('internal/validators');
const { inspect } = require('util');

const { kClone } = require('internal/clone');
const kDetail = Symbol('kDetail');
const kHandle = Symbol('kHandle');
const nested = (options) => ({ ...options, depth: options.depth == null ? null : options.depth - 1 });

class SocketAddress {
  static isSocketAddress(value) {
    return value?.[kDetail] !== undefined;
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

class BlockList {
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

  get rules() {
    return binding.rules(this[kHandle]);
  }
}

// reviveList makes a list of rules as they are told: "Address: IPv4 1.2.3.4", "Range: IPv4 a-b", "Subnet: IPv6 a/64".
function reviveList(rules) {
  const list = new BlockList();
  for (const rule of rules.reverse()) {
    const [, kind, family, first, , second] = /^(\w+): (\w+) ([^-/]+)([-/](.+))?$/.exec(rule);
    if (kind === 'Address') list.addAddress(first, family);
    else if (kind === 'Range') list.addRange(first, second, family);
    else list.addSubnet(first, Number(second), family);
  }
  return list;
}

module.exports = { BlockList, SocketAddress, reviveList, reviveAddress: (detail) => new SocketAddress(detail) };
