'use strict';
// _http_incoming: requests seen from a server, responses seen from a client. What was received stays in native state
// and shows through accessors on the prototype (incoming.go); the stream's own state is made when first touched.
const stream = require('stream'); // its parts in JavaScript are loaded when first asked for
const { Readable } = stream;
const { initIncoming, setupIncoming } = binding;

function IncomingMessage(socket) {
  if (this instanceof Readable) return initIncoming(this, socket);
  const highWaterMark = socket ? socket.readableHighWaterMark : undefined;
  Readable.call(this, { highWaterMark });
  this._readableState.readingMore = true;
}
Object.setPrototypeOf(IncomingMessage.prototype, Readable.prototype);
Object.setPrototypeOf(IncomingMessage, Readable);

function readStart(socket) {
  if (socket && !socket._paused && socket.readable) socket.resume();
}

function readStop(socket) { socket?.pause(); }

const proto = IncomingMessage.prototype;
setupIncoming(proto, require('internal/streams/core').initMessage,
              (socket, done) => {
                const cleanup = stream.finished(socket, (e) => {
                  cleanup();
                  done(e?.code === 'ERR_STREAM_PREMATURE_CLOSE' ? null : e);
                });
              });

proto.setTimeout = function setTimeout(msecs, callback) {
  if (callback) this.on('timeout', callback);
  this.socket.setTimeout(msecs);
  return this;
};

// signal is made when first asked for.
Object.defineProperty(proto, 'signal', {
  configurable: true,
  enumerable: false,
  get() { return require('internal/http/seldom').signalOf(this); },
});

proto._dumpAndCloseReadable = function _dumpAndCloseReadable() { require('internal/http/seldom').closeReadable(this); };

// Discards the rest of the body.
proto._dump = function _dump() {
  if (this._dumped) return;
  this._dumped = true;
  this.removeAllListeners('data');
  this.resume();
};

module.exports = { IncomingMessage, readStart, readStop };
