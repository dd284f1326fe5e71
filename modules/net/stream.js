// A handle over a stream of any kind, for what is otherwise over a socket's: TLS and HTTP/2.
'use strict';
const { UV_EOF } = require('internal/handles');
const noop = () => {};

// StreamHandle gives any Duplex the methods of a handle.
class StreamHandle {
  constructor(stream) {
    for (const method of ['pause', 'write', 'on', 'read'])
      if (typeof stream[method] !== 'function') throw new TypeError(`stream.${method} is not a function`);
    this.stream = stream;
    this.onread = noop;
    this.started = false;
    this.isStream = true;
    stream.on('error', noop);
  }
  readStart() {
    if (this.started) {
      this.stream.resume();
      return 0;
    }
    this.started = true;
    this.stream.on('data', (chunk) => {
      if (typeof chunk === 'string') chunk = Buffer.from(chunk);
      this.onread(chunk.length, chunk);
    });
    this.stream.once('end', () => this.onread(UV_EOF));
    return 0;
  }
  readStop() {
    this.stream.pause();
    return 0;
  }
  write(chunk, encoding, done) {
    if (this.stream.destroyed || this.stream.writableEnded) return -32; // EPIPE
    this.stream.write(chunk, (err) => done(err ? -32 : 0));
    return 1;
  }
  shutdown(done) {
    this.stream.end(() => done(0));
    return 0;
  }
  close(done) {
    this.stream.destroy();
    if (done) setImmediate(done); // after the 'error' of what is being destroyed
  }
  ref() { this.stream.ref?.(); }
  unref() { this.stream.unref?.(); }
}

module.exports = StreamHandle;
