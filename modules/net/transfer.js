// How sockets and servers go to another thread. "internal/clone" calls check and move; the others make the object at the other end, of
// what move has given.
'use strict';
const { TCP } = require('internal/handles');
const { codes } = require('internal/errors');

const isServer = (object) => typeof object.listen === 'function';

// check throws if what a socket has read or written already, or is about to, would be lost.
function check(object) {
  const handle = object._handle;
  const fixed = !(handle instanceof TCP) || !isServer(object) && (object.destroyed || object.connecting || object.bytesRead > 0 ||
    object.bytesWritten > 0 || object.readableLength > 0 || object.writableLength > 0 || object.readableEncoding != null);
  if (fixed) throw new codes.ERR_WORKER_HANDLE_NOT_TRANSFERABLE(isServer(object) ? 'net.Server' : 'net.Socket');
}

function move(object) {
  const { _handle: handle, allowHalfOpen } = object;
  object._handle = null;
  if (!isServer(object)) {
    object.destroy();
    return ['socket', handle, { allowHalfOpen }];
  }
  const { pauseOnConnect, noDelay, keepAlive, keepAliveInitialDelay, highWaterMark } = object;
  return ['server', handle, { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, keepAliveInitialDelay, highWaterMark }];
}

function socket(handle, { allowHalfOpen }) {
  const { Socket } = require('internal/net/socket');
  const made = new Socket({ allowHalfOpen });
  made._reinitializeHandle(handle);
  return made;
}

function server(handle, options) {
  const { Server } = require('internal/net/server');
  return Object.assign(new Server(), options).listen(handle);
}

module.exports = { check, move, socket, server };
