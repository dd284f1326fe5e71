// What the parts of net share; binding has the natives.
'use strict';
const { TCP, Pipe, guessHandleType } = require('internal/handles');
const { codes, systemError } = require('internal/errors');

const owner = Symbol('owner_symbol');
const normalized = Symbol('normalizedArgs');
const kSetNoDelay = Symbol('kSetNoDelay');
const kSetKeepAlive = Symbol('kSetKeepAlive');
const kSetKeepAliveInitialDelay = Symbol('kSetKeepAliveInitialDelay');
const kSetKeepAliveMore = Symbol('kSetKeepAliveMore'); // interval and count
const kSetTOS = Symbol('kSetTOS');
// Methods of a BoundSocket: its handle, which is taken, and its path.
const kTakeBound = Symbol('takeBound');
const kBoundPath = Symbol('kBoundPath');
// Accepted sockets come with options of our own making, which need no copy.
const kOwnOptions = Symbol('ownOptions');
// server[kTake](handle), where there is one, tells whether it has taken a connection over.
const kTake = Symbol('take');
// server[kGive](handle) takes the idle connections of a cluster's server that closes. It is null while the server listens, false if
// nobody would take them, undefined outside of clusters.
const kGive = Symbol('give');

// channel publishes to a diagnostics channel; without the module loaded there can be no subscriber.
function publish(name, message) {
  if (!binding.loaded('diagnostics_channel')) return;
  const ch = require('diagnostics_channel').channel(name);
  if (ch.hasSubscribers) ch.publish(message());
}

function createHandle(fd, server) {
  require('internal/validators').validateInt32(fd, 'fd', 0);
  const type = guessHandleType(fd);
  if (type === 'PIPE') return new Pipe(server ? Pipe.SERVER : Pipe.SOCKET);
  if (type === 'TCP') return new TCP(server ? TCP.SERVER : TCP.SOCKET);
  throw new codes.ERR_INVALID_FD_TYPE(type);
}

const toNumber = (x) => ((x = Number(x)) >= 0 ? x : false);
const isPipeName = (s) => typeof s === 'string' && toNumber(s) === false;

// The forms (options, cb), (path, cb) and (port, host, cb) as [options, cb or null].
function normalizeArgs(args) {
  let options = {};
  const first = args[0];
  if (args.length > 0) {
    if (typeof first === 'object' && first !== null) options = first;
    else if (isPipeName(first)) options.path = first;
    else {
      options.port = first;
      if (args.length > 1 && typeof args[1] === 'string') options.host = args[1];
    }
  }
  const cb = args[args.length - 1];
  const list = [options, typeof cb === 'function' ? cb : null];
  list[normalized] = true;
  return list;
}

function checkBindError(err, port, handle) {
  // A failed bind shows at listen or connect only, which would bind to another port.
  if (err === 0 && port > 0 && handle.getsockname) {
    const out = {};
    err = handle.getsockname(out);
    if (err === 0 && port !== out.port) err = binding.UV_EADDRINUSE;
  }
  return err;
}

function hostPortError(err, syscall, address, port, local) {
  return systemError(err, syscall, address, port, false, local ? `- Local (${local})` : '');
}

function checkedBlockList(list) {
  if (!require('internal/blocklist').BlockList.isBlockList(list)) throw new codes.ERR_INVALID_ARG_TYPE('options.blockList', 'net.BlockList', list);
  return list;
}

module.exports = Object.assign(binding, { checkedBlockList, createHandle, normalizeArgs, isPipeName, toNumber, checkBindError, hostPortError, publish, owner,
  normalized, kSetNoDelay, kSetKeepAlive, kSetKeepAliveInitialDelay, kSetKeepAliveMore, kSetTOS, kTakeBound, kBoundPath, kOwnOptions, kTake, kGive });
