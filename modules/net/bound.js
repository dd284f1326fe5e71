// net.BoundSocket: a socket with an address of its own that neither listens nor is connected yet.
'use strict';
const { TCP, Pipe } = require('internal/handles');
const { codes, systemError } = require('internal/errors');
const { validateBoolean, validateObject, validatePort, validateString } = require('internal/validators');
const { isIP, hostPortError, kTakeBound, kBoundPath } = require('internal/net');

function bindPipe(options) {
  const { path } = options;
  if (['host', 'port', 'ipv6Only', 'reusePort'].some((name) => options[name] !== undefined))
    throw new codes.ERR_INVALID_ARG_VALUE('options', options, 'path is mutually exclusive with host, port, ipv6Only, and reusePort');
  validateString(path, 'options.path');
  if (path[0] === '\0' && process.platform !== 'linux')
    throw new codes.ERR_INVALID_ARG_VALUE('options.path', path, 'abstract socket paths are only supported on Linux');
  const handle = new Pipe(Pipe.SOCKET);
  const err = handle.bind(path);
  if (err) {
    handle.close();
    throw systemError(err, 'bind');
  }
  return handle;
}

// A port that is taken shows when the address is asked for.
function bindTCP(options, address) {
  const port = validatePort(options.port ?? 0, 'options.port');
  const ipv6Only = options.ipv6Only ?? false;
  validateBoolean(ipv6Only, 'options.ipv6Only');
  const reusePort = options.reusePort ?? false;
  validateBoolean(reusePort, 'options.reusePort');
  let { host } = options;
  if (host === undefined || host === null) host = ipv6Only ? '::' : '0.0.0.0';
  else validateString(host, 'options.host');
  const type = isIP(host);
  if (type === 0) {
    throw new codes.ERR_INVALID_ARG_VALUE('options.host', host,
                                          'must be a numeric IP address; net.BoundSocket does not perform DNS resolution');
  }
  const flags = (ipv6Only ? TCP.UV_TCP_IPV6ONLY : 0) | (reusePort ? TCP.UV_TCP_REUSEPORT : 0);
  const handle = new TCP(TCP.SOCKET);
  const err = handle[type === 6 ? 'bind6' : 'bind'](host, port, flags) || handle.getsockname(address);
  if (err) {
    handle.close();
    throw hostPortError(err, 'bind', host, port);
  }
  return handle;
}

class BoundSocket {
  #handle;
  #address = {};
  #path;

  constructor(options = {}) {
    validateObject(options, 'options');
    if (options.path !== undefined) {
      this.#handle = bindPipe(options);
      this.#path = options.path;
    } else {
      this.#handle = bindTCP(options, this.#address);
    }
  }

  #own() {
    if (this.#handle === null) throw new codes.ERR_SOCKET_HANDLE_ADOPTED();
    return this.#handle;
  }

  address() {
    this.#own();
    return this.#path ?? this.#address;
  }

  get [kBoundPath]() { return this.#path; }

  fd() { return this.#own().fd; }

  close() {
    this.#own().close();
    this.#handle = null;
  }

  [Symbol.dispose]() {
    if (this.#handle !== null) this.close();
  }

  [kTakeBound]() {
    const handle = this.#own();
    this.#handle = null;
    return handle;
  }

  get isPipe() { return this.#path !== undefined; }
}

module.exports = { BoundSocket };
