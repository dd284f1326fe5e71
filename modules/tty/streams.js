'use strict';
// What the streams of terminals and of standard input and output have in common. binding: see tty.go.
const { Readable, Writable } = require('stream');
const { systemError } = require('internal/errors');

function derive(child, parent, methods) {
  Object.setPrototypeOf(child.prototype, parent.prototype);
  Object.setPrototypeOf(child, parent);
  for (const name of Object.keys(methods))
    Object.defineProperty(child.prototype, name, { value: methods[name], writable: true, configurable: true });
}

// Output writes each chunk at once.
function Output(fd) {
  Writable.call(this, { decodeStrings: false });
  this.fd = fd;
}
derive(Output, Writable, {
  _write(chunk, encoding, callback) {
    const errno = binding.write(this.fd, chunk, encoding);
    callback(errno ? systemError(errno, 'write') : null);
  },
  ref() { return this; },
  unref() { return this; },
});

// Input reads through a handle; it holds the loop open while it reads.
function Input(handle, options) {
  Readable.call(this, options);
  this._handle = handle;
  handle.onread = (buffer, errno) => {
    if (errno) return this.destroy(systemError(errno, 'read'));
    if (buffer === undefined) {
      handle.reading = false;
      this.push(null);
      this.read(0);
    } else if (!this.push(buffer)) {
      handle.reading = false;
      handle.readStop();
    }
  };
}
derive(Input, Readable, {
  _read() {
    const handle = this._handle;
    if (!handle || handle.reading) return;
    handle.reading = true;
    const errno = handle.readStart();
    if (errno) this.destroy(systemError(errno, 'read'));
  },
  _destroy(err, callback) {
    const handle = this._handle;
    if (!handle) return callback(err);
    this._handle = null;
    handle.close(() => callback(err));
  },
  ref() {
    this._handle?.ref();
    return this;
  },
  unref() {
    this._handle?.unref();
    return this;
  },
});

module.exports = { Input, Output, derive };
