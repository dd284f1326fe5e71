// ReadStream and WriteStream: real streams over the functions of fs, of a FileHandle, or of options.fs.
'use strict';

const fs = require('fs');
const { Readable, Writable } = require('stream');
const { errorOrDestroy } = require('internal/streams/core');
const { codes: {
  ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS, ERR_METHOD_NOT_IMPLEMENTED, ERR_OUT_OF_RANGE, ERR_STREAM_DESTROYED,
} } = require('internal/errors');
const { validateBoolean, validateFunction, validateInteger, validateInt32 } = require('internal/validators');

const kDone = Symbol('kIoDone');
const kBusy = Symbol('kIsPerformingIO');
const kFs = Symbol('kFs');
const kHandle = Symbol('kHandle');

// The open methods of the prototypes do nothing: who replaces them has his own called.
const deprecated = (name) => {
  let warned = false;
  return function open() {
    if (warned) return;
    warned = true;
    process.emitWarning(`${name}.prototype.open() is deprecated`, 'DeprecationWarning', 'DEP0135');
  };
};
const openRead = deprecated('ReadStream');
const openWrite = deprecated('WriteStream');

function construct(callback) {
  if (typeof this.fd === 'number') {
    callback();
    return;
  }
  if (this.open !== openRead && this.open !== openWrite) {
    // A subclass opens itself and tells by 'open' or 'error'.
    const emit = this.emit;
    this.emit = function(...args) {
      if (args[0] === 'open') {
        this.emit = emit;
        callback();
        emit.apply(this, args);
      } else if (args[0] === 'error') {
        this.emit = emit;
        callback(args[1]);
      } else {
        emit.apply(this, args);
      }
    };
    this.open();
    return;
  }
  this[kFs].open(this.path, this.flags, this.mode, (error, fd) => {
    if (error) {
      callback(error);
      return;
    }
    this.fd = fd;
    callback();
    this.emit('open', fd);
    this.emit('ready');
  });
}

function handleFs(handle) {
  const { kUnref } = binding.handle();
  const call = (promise, cb, count, data) => {
    promise.then((r) => cb(null, r?.[count], data), (error) => cb(error, 0, data));
  };
  return {
    open() { throw new ERR_METHOD_NOT_IMPLEMENTED('open()'); },
    close(fd, cb) {
      handle[kUnref]();
      handle.close().then(() => cb(), cb);
    },
    fsync(fd, cb) { handle.sync().then(() => cb(), cb); },
    read(fd, buffer, offset, length, position, cb) {
      call(handle.read(buffer, offset, length, position), cb, 'bytesRead', buffer);
    },
    write(fd, buffer, offset, length, position, cb) {
      call(handle.write(buffer, offset, length, position), cb, 'bytesWritten', buffer);
    },
    writev(fd, buffers, position, cb) {
      call(handle.writev(buffers, position), cb, 'bytesWritten', buffers);
    },
  };
}

// copyOf takes inherited options along.
function copyOf(options) {
  const copy = {};
  for (const key in options) copy[key] = options[key];
  return copy;
}

function setSource(stream, path, options, flags) {
  let fd = options.fd;
  if (fd == null) {
    stream.fd = null;
    stream[kFs] = options.fs || fs;
    validateFunction(stream[kFs].open, 'options.fs.open');
    stream.path = binding.toPath(path);
    stream.flags = options.flags === undefined ? flags : options.flags;
    stream.mode = options.mode === undefined ? 0o666 : options.mode;
    binding.validatePath(stream.path);
  } else if (typeof fd === 'number') {
    stream[kFs] = options.fs || fs;
  } else {
    const { FileHandle, kRef } = binding.handle();
    if (!(fd instanceof FileHandle)) throw new ERR_INVALID_ARG_TYPE('options.fd', ['number', 'FileHandle'], fd);
    if (options.fs) throw new ERR_METHOD_NOT_IMPLEMENTED('FileHandle with fs');
    stream[kHandle] = fd;
    stream[kFs] = handleFs(fd);
    fd[kRef]();
    fd.on('close', stream.close.bind(stream));
    fd = fd.fd;
  }
  if (fd != null) {
    validateInt32(fd, 'fd', 0);
    stream.fd = fd;
  }
  options.autoDestroy = options.autoClose === undefined ? true : options.autoClose;
}

function close(stream, error, cb) {
  const end = (failed) => {
    stream[kFs].close(stream.fd, (er) => cb(er || failed));
    stream.fd = null;
  };
  if (!stream.fd) {
    cb(error);
  } else if (stream.flush) {
    stream[kFs].fsync(stream.fd, (er) => end(error || er));
  } else {
    end(error);
  }
}

function destroy(error, cb) {
  if (this[kBusy]) {
    this.once(kDone, (er) => close(this, error || er, cb));
  } else {
    close(this, error, cb);
  }
}

const pending = { get() { return this.fd === null; }, configurable: true };

// The accessor of a class whose objects have their state by that name.
function autoClose(Class, name) {
  const stateOf = (stream) => {
    const state = stream instanceof Class ? stream[name] : undefined;
    if (state === undefined) throw new ERR_INVALID_THIS(Class.name);
    return state;
  };
  return {
    get() { return stateOf(this).autoDestroy; },
    set(value) { stateOf(this).autoDestroy = value; },
  };
}

function ReadStream(path, options) {
  if (!(this instanceof ReadStream)) return new ReadStream(path, options);
  options = copyOf(binding.getOptions(options));
  if (options.highWaterMark === undefined) options.highWaterMark = 64 * 1024;
  setSource(this, path, options, 'r');
  validateFunction(this[kFs].read, 'options.fs.read');
  if (options.autoDestroy) validateFunction(this[kFs].close, 'options.fs.close');
  this.start = options.start;
  this.end = options.end;
  this.pos = undefined;
  this.bytesRead = 0;
  this[kBusy] = false;
  if (this.start !== undefined) {
    validateInteger(this.start, 'start', 0);
    this.pos = this.start;
  }
  if (this.end === undefined) {
    this.end = Infinity;
  } else if (this.end !== Infinity) {
    validateInteger(this.end, 'end', 0);
    if (this.start !== undefined && this.start > this.end) {
      throw new ERR_OUT_OF_RANGE('start', `<= "end" (here: ${this.end})`, this.start);
    }
  }
  Readable.call(this, options);
  binding.pulls(this, kFs, readFile);
}
Object.setPrototypeOf(ReadStream.prototype, Readable.prototype);
Object.setPrototypeOf(ReadStream, Readable);
Object.defineProperty(ReadStream.prototype, 'autoClose', autoClose(ReadStream, '_readableState'));
Object.defineProperty(ReadStream.prototype, 'pending', pending);
ReadStream.prototype.open = openRead;
ReadStream.prototype._construct = construct;
ReadStream.prototype._destroy = destroy;

const readFile = ReadStream.prototype._read = function(n) {
  n = Math.min(this.end - (this.pos !== undefined ? this.pos : this.bytesRead) + 1, n);
  if (n <= 0) {
    this.push(null);
    return;
  }
  const room = Buffer.allocUnsafeSlow(n); // may throw
  this[kBusy] = true;
  this[kFs].read(this.fd, room, 0, n, this.pos, (error, bytesRead, buffer) => {
    this[kBusy] = false;
    if (this.destroyed) {
      this.emit(kDone, error);
    } else if (error) {
      errorOrDestroy(this, error);
    } else if (bytesRead > 0) {
      if (this.pos !== undefined) this.pos += bytesRead;
      this.bytesRead += bytesRead;
      if (bytesRead !== buffer.length) {
        // A short read must not hold on to the whole buffer.
        const short = Buffer.allocUnsafeSlow(bytesRead);
        buffer.copy(short, 0, 0, bytesRead);
        buffer = short;
      }
      this.push(buffer);
    } else {
      this.push(null);
    }
  });
};

ReadStream.prototype.close = function(cb) {
  if (typeof cb === 'function') require('stream').finished(this, cb);
  this.destroy();
};

function WriteStream(path, options) {
  if (!(this instanceof WriteStream)) return new WriteStream(path, options);
  options = copyOf(binding.getOptions(options));
  options.decodeStrings = true;
  setSource(this, path, options, 'w');
  const source = this[kFs];
  if (!source.write && !source.writev) throw new ERR_INVALID_ARG_TYPE('options.fs.write', 'function', source.write);
  if (source.write) validateFunction(source.write, 'options.fs.write');
  if (source.writev) validateFunction(source.writev, 'options.fs.writev');
  if (options.autoDestroy) validateFunction(source.close, 'options.fs.close');
  this.flush = options.flush;
  if (this.flush == null) {
    this.flush = false;
  } else {
    validateBoolean(this.flush, 'options.flush');
    validateFunction(source.fsync, 'options.fs.fsync');
  }
  if (!source.write) this._write = null;
  if (!source.writev) this._writev = null;
  this.start = options.start;
  this.pos = undefined;
  this.bytesWritten = 0;
  this[kBusy] = false;
  if (this.start !== undefined) {
    validateInteger(this.start, 'start', 0);
    this.pos = this.start;
  }
  Writable.call(this, options);
  if (options.encoding) this.setDefaultEncoding(options.encoding);
}
Object.setPrototypeOf(WriteStream.prototype, Writable.prototype);
Object.setPrototypeOf(WriteStream, Writable);
Object.defineProperty(WriteStream.prototype, 'autoClose', autoClose(WriteStream, '_writableState'));
Object.defineProperty(WriteStream.prototype, 'pending', pending);
WriteStream.prototype.open = openWrite;
WriteStream.prototype._construct = construct;
WriteStream.prototype._destroy = destroy;

// writeAll calls once (which writes `data` at `position`) until `size` bytes are written; five idle tries in a row are
// an error.
function writeAll(stream, name, once, rest, data, size, position, cb, idle = 0) {
  once(data, size, position, (error, written, same) => {
    if (error?.code === 'EAGAIN') {
      error = null;
      written = 0;
    }
    if (stream.destroyed || error) {
      cb(error || new ERR_STREAM_DESTROYED(name));
      return;
    }
    stream.bytesWritten += written;
    idle = written ? 0 : idle + 1;
    size -= written;
    if (idle > 5) {
      cb(new Error(`${name} failed`));
    } else if (size) {
      writeAll(stream, name, once, rest, rest(same, written), size, position + written, cb, idle);
    } else {
      cb();
    }
  });
}

function start(stream, size, begin, cb) {
  stream[kBusy] = true;
  const position = stream.pos;
  begin(position, (error) => {
    stream[kBusy] = false;
    cb(error);
    if (stream.destroyed) stream.emit(kDone, error);
  });
  if (stream.pos !== undefined) stream.pos += size;
}

WriteStream.prototype._write = function(data, encoding, cb) {
  start(this, data.length, (position, done) => {
    writeAll(this, 'write',
             (d, size, at, next) => this[kFs].write(this.fd, d, 0, size, at, next),
             (d, written) => d.slice(written), data, data.length, position, done);
  }, cb);
};

WriteStream.prototype._writev = function(data, cb) {
  const chunks = data.map((d) => d.chunk);
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  start(this, size, (position, done) => {
    writeAll(this, 'writev',
             (d, left, at, next) => this[kFs].writev(this.fd, d, at, next),
             (d, written) => [Buffer.concat(d).slice(written)], chunks, size, position, done);
  }, cb);
};

WriteStream.prototype.close = function(cb) {
  if (cb) {
    if (this.closed) {
      process.nextTick(cb);
      return;
    }
    this.on('close', cb);
  }
  // Without autoClose nobody else would.
  if (!this.autoClose) this.on('finish', this.destroy);
  this.end();
};

WriteStream.prototype.destroySoon = WriteStream.prototype.end;

module.exports = { ReadStream, WriteStream };
