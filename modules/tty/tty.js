'use strict';
// Module tty. binding: see tty.go.
const { Input, Output, derive } = require('internal/tty/streams');
const { codes, systemError } = require('internal/errors');

function checked(fd) {
  if (fd >> 0 !== fd || fd < 0) throw new codes.ERR_INVALID_FD(fd);
  return fd;
}

function failed(errno, syscall) {
  const { code } = systemError(errno, syscall);
  const err = new codes.ERR_TTY_INIT_FAILED({ errno, code, syscall, message: 'invalid argument' });
  return err;
}

function ReadStream(fd, options) {
  if (!(this instanceof ReadStream)) return new ReadStream(fd, options);
  const handle = binding.open(checked(fd), 'TTY');
  if (typeof handle === 'number') throw failed(handle, 'uv_tty_init');
  Input.call(this, handle, { highWaterMark: 0, ...options });
  this.fd = fd;
  this.isRaw = false;
  this.isTTY = true;
}
derive(ReadStream, Input, {
  setRawMode: function(flag) {
    flag = !!flag;
    const errno = this._handle?.setRawMode(flag);
    if (errno) this.emit('error', systemError(errno, 'setRawMode'));
    else this.isRaw = flag;
    return this;
  },
});

const cursor = (name) => function(...args) { return require('readline')[name](this, ...args); };

function WriteStream(fd) {
  if (!(this instanceof WriteStream)) return new WriteStream(fd);
  if (!binding.isatty(checked(fd))) throw failed(-22, 'uv_tty_init');
  Output.call(this, fd);
  const size = binding.windowSize(fd);
  if (typeof size !== 'number') [this.columns, this.rows] = size;
}
derive(WriteStream, Output, {
  isTTY: true,
  getColorDepth: binding.getColorDepth,
  hasColors: binding.hasColors,
  getWindowSize: function() { return [this.columns, this.rows]; },
  _refreshSize: function() {
    if (this.fd === undefined) throw new TypeError("Cannot read properties of undefined (reading 'getWindowSize')");
    const size = binding.windowSize(this.fd);
    if (typeof size === 'number') {
      this.emit('error', systemError(size, 'getWindowSize'));
    } else if (size[0] !== this.columns || size[1] !== this.rows) {
      [this.columns, this.rows] = size;
      this.emit('resize');
    }
  },
  cursorTo: cursor('cursorTo'),
  moveCursor: cursor('moveCursor'),
  clearLine: cursor('clearLine'),
  clearScreenDown: cursor('clearScreenDown'),
});

module.exports = { isatty: binding.isatty, ReadStream, WriteStream };
