'use strict';
// process.stdin, stdout and stderr: the kind of stream that suits the descriptor. binding: see tty.go.
const { Readable, Writable } = require('stream');
const { Input, Output, derive } = require('internal/tty/streams');
let input;
const outputs = [];

// The names that the streams of files and of pipes have in Node.
function SyncWriteStream(fd) {
  Output.call(this, fd);
  this.readable = false;
}
derive(SyncWriteStream, Output, {});

function Socket(fd) {
  Output.call(this, fd);
  this._handle = { fd, setBlocking: () => 0 };
  Object.defineProperty(this, 'readable', { __proto__: null, value: false, writable: true, configurable: true });
}
derive(Socket, Output, {});

function make(fd) {
  switch (binding.guessType(fd)) {
    case 'TTY': return [new (require('tty').WriteStream)(fd), 'tty'];
    case 'FILE': return [new SyncWriteStream(fd), 'fs'];
    case 'PIPE':
    case 'TCP': return [new Socket(fd), 'pipe'];
  }
  return [new Writable({ write(chunk, encoding, callback) { callback(); } })];
}

// output makes stdout or stderr. They cannot be closed: destroying them only looks so.
function output(fd) {
  if (outputs[fd]) return outputs[fd];
  const [stream, type] = make(fd);
  if (type) stream._type = type;
  stream.fd = fd;
  stream._isStdio = true;
  stream.destroySoon = stream.destroy;
  stream._destroy = function(err, callback) {
    callback(err);
    this._undestroy();
    if (!this._writableState.emitClose) process.nextTick(() => this.emit('close'));
  };
  if (stream.isTTY) process.on('SIGWINCH', () => stream._refreshSize());
  return outputs[fd] = stream;
}

function StdinSocket(handle) { Input.call(this, handle, {}); }
derive(StdinSocket, Input, {});
Object.defineProperty(StdinSocket, 'name', { value: 'Socket' });

function stdin() {
  if (input) return input;
  const type = binding.guessType(0);
  switch (type) {
    case 'TTY':
      input = new (require('tty').ReadStream)(0);
      break;
    case 'FILE':
      input = new (require('fs').ReadStream)(null, { fd: 0, autoClose: false });
      break;
    case 'PIPE':
    case 'TCP':
    case 'READER': {
      const handle = binding.open(0, type);
      if (typeof handle !== 'number') {
        input = new StdinSocket(handle);
        break;
      }
    }
    // fall through
    default:
      input = new Readable({ read() {} });
      input.push(null);
  }
  input.fd = 0;
  // A paused stream stops to read, and so lets the loop end.
  const stop = () => {
    const handle = input._handle;
    if (!handle?.reading || input.readableFlowing) return;
    input._readableState.reading = false;
    handle.reading = false;
    handle.readStop();
  };
  input.on('pause', () => process.nextTick(stop));
  return input;
}

module.exports = { stdin, stdout: () => output(1), stderr: () => output(2) };
