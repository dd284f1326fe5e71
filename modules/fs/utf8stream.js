// fs.Utf8Stream: text or buffers gathered in memory and written to a descriptor one piece after the other.
'use strict';

const EventEmitter = require('events');
const fs = require('fs');
const path = require('path');
const { codes: {
  ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE, ERR_OPERATION_FAILED,
} } = require('internal/errors');
const {
  validateBoolean, validateFunction, validateObject, validateOneOf, validateString, validateUint32,
} = require('internal/validators');

const busyDelay = 100;
const defaultMaxWrite = 16 * 1024;
const lowestMark = 16387;

const isBusy = (error) => error.code === 'EAGAIN' || error.code === 'EBUSY';
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyDelay);

// The two kinds of data. A piece of text is counted in characters, of buffers in bytes.
const textKind = {
  name: 'utf8',
  empty: '',
  validate(data) { validateString(data, 'data'); },
  join: (parts) => parts.join(''),
  args: ['utf8'],
  // What is left of a text of which so many bytes are written: a character that is cut in two is written again.
  rest(text, bytes) {
    const encoded = Buffer.from(text);
    if (bytes >= encoded.length) return '';
    while (bytes > 0 && (encoded[bytes] & 0xc0) === 0x80) bytes--;
    return text.slice(encoded.subarray(0, bytes).toString().length);
  },
};
const bufferKind = {
  name: 'buffer',
  empty: Buffer.alloc(0),
  validate(data) {
    if (!Buffer.isBuffer(data)) throw new ERR_INVALID_ARG_TYPE('data', 'Buffer', data);
  },
  join: (parts) => (parts.length === 1 ? parts[0] : Buffer.concat(parts)),
  args: [],
  rest: (buffer, bytes) => buffer.subarray(bytes),
};

class Utf8Stream extends EventEmitter {
  #fs;
  #fd = -1;
  #file = null;
  #kind;
  #pieces = []; // each a list of parts that are written at once
  #current; // what is being written
  #length = 0;
  #mark;
  #options;
  #timer;
  #opening = false;
  #writing = false;
  #ending = false;
  #reopening = false;
  #destroyed = false;
  #flushPending = false;
  #drainScheduled = false;

  constructor(options = { __proto__: null }) {
    validateObject(options, 'options');
    const { dest, append = true, contentMode = 'utf8', fs: own = {} } = options;
    const fd = options.fd ?? dest;
    super();
    validateObject(own, 'options.fs');
    this.#fs = { ...fs, ...own };
    for (const name of ['write', 'writeSync', 'fsync', 'fsyncSync', 'close', 'open', 'mkdir', 'mkdirSync']) {
      validateFunction(this.#fs[name], `options.fs.${name}`);
    }
    const o = this.#options = {
      minLength: options.minLength || 0,
      maxLength: options.maxLength || 0,
      maxWrite: options.maxWrite || defaultMaxWrite,
      periodicFlush: options.periodicFlush || 0,
      sync: options.sync || false,
      fsync: options.fsync || false,
      append: append || false,
      mkdir: options.mkdir || false,
      mode: options.mode,
      retryEAGAIN: options.retryEAGAIN || (() => true),
    };
    this.#mark = Math.max(o.minLength, lowestMark);
    validateUint32(this.#mark, 'options.hwm');
    for (const name of ['minLength', 'maxLength', 'maxWrite', 'periodicFlush']) validateUint32(o[name], `options.${name}`);
    for (const name of ['sync', 'fsync', 'append', 'mkdir']) validateBoolean(o[name], `options.${name}`);
    validateFunction(o.retryEAGAIN, 'options.retryEAGAIN');
    validateOneOf(contentMode, 'options.contentMode', ['buffer', 'utf8']);
    this.#kind = contentMode === 'buffer' ? bufferKind : textKind;
    this.#current = this.#kind.empty;
    if (typeof fd === 'number') {
      this.#fd = fd;
      process.nextTick(() => this.emit('ready'));
    } else if (typeof fd === 'string') {
      this.#open(fd);
    } else {
      throw new ERR_INVALID_ARG_TYPE('fd', ['number', 'string'], fd);
    }
    if (o.minLength >= o.maxWrite) {
      throw new ERR_INVALID_ARG_VALUE.RangeError('minLength', o.minLength, `should be smaller than maxWrite (${o.maxWrite})`);
    }
    this.on('newListener', (name) => {
      if (name === 'drain') this.#drainScheduled = false;
    });
    if (o.periodicFlush !== 0) {
      this.#timer = setInterval(() => this.flush(), o.periodicFlush);
      this.#timer.unref();
    }
  }

  get mode() { return this.#options.mode; }
  get file() { return this.#file; }
  get fd() { return this.#fd; }
  get minLength() { return this.#options.minLength; }
  get maxLength() { return this.#options.maxLength; }
  get writing() { return this.#writing; }
  get sync() { return this.#options.sync; }
  get fsync() { return this.#options.fsync; }
  get append() { return this.#options.append; }
  get periodicFlush() { return this.#options.periodicFlush; }
  get contentMode() { return this.#kind.name; }
  get mkdir() { return this.#options.mkdir; }

  write(data) {
    this.#check();
    this.#kind.validate(data);
    const { maxLength, maxWrite, minLength } = this.#options;
    const length = this.#length + data.length;
    if (maxLength && length > maxLength) {
      this.emit('drop', data);
      return this.#length < this.#mark;
    }
    const last = this.#pieces[this.#pieces.length - 1];
    if (last === undefined || last.length + data.length > maxWrite) {
      this.#pieces.push({ parts: [data], length: data.length });
    } else {
      last.parts.push(data);
      last.length += data.length;
    }
    this.#length = length;
    if (!this.#writing && length >= minLength) this.#writeNext();
    return this.#length < this.#mark;
  }

  flush(callback = () => {}) {
    validateFunction(callback, 'cb');
    if (this.#destroyed) {
      callback(new ERR_INVALID_STATE('Utf8Stream is destroyed'));
      return;
    }
    if (this.#options.minLength <= 0) {
      callback();
      return;
    }
    this.#whenDrained(callback);
    if (this.#writing) return;
    this.#writeNext();
  }

  flushSync() {
    this.#check();
    if (this.#fd < 0) throw new ERR_INVALID_STATE('Invalid file descriptor');
    if (!this.#writing && this.#current.length > 0) {
      this.#pieces.unshift({ parts: [this.#current], length: this.#current.length });
      this.#current = this.#kind.empty;
    }
    while (this.#pieces.length > 0) {
      const piece = this.#pieces[0];
      const data = this.#kind.join(piece.parts);
      if (data.length > 0) {
        let written;
        try {
          written = this.#fs.writeSync(this.#fd, data, ...this.#kind.args);
        } catch (error) {
          if (!isBusy(error) || !this.#options.retryEAGAIN(error, data.length, this.#length - data.length)) throw error;
          pause();
          continue;
        }
        const rest = this.#kind.rest(data, written);
        this.#length = Math.max(this.#length - (data.length - rest.length), 0);
        if (rest.length > 0) {
          this.#pieces[0] = { parts: [rest], length: rest.length };
          continue;
        }
      }
      this.#pieces.shift();
    }
    if (this.#kind === textKind) {
      try {
        this.#fs.fsyncSync(this.#fd);
      } catch {
        // Not all descriptors can be synchronised.
      }
    }
  }

  reopen(file) {
    this.#check();
    if (this.#opening) {
      this.once('ready', () => this.reopen(file));
      return;
    }
    if (this.#ending) return;
    if (!this.#file) {
      throw new ERR_OPERATION_FAILED('Unable to reopen a file descriptor, you must pass a file to SonicBoom');
    }
    if (file) this.#file = file;
    this.#reopening = true;
    if (this.#writing) return;
    const old = this.#fd;
    this.once('ready', () => {
      if (old === this.#fd) return;
      this.#fs.close(old, (error) => {
        if (error) this.emit('error', error);
      });
    });
    this.#open(this.#file);
  }

  end() {
    this.#check();
    if (this.#opening) {
      this.once('ready', () => this.end());
      return;
    }
    if (this.#ending) return;
    this.#ending = true;
    if (this.#writing) return;
    if (this.#length > 0 && this.#fd >= 0) this.#writeNext();
    else this.#close();
  }

  destroy() {
    if (!this.#destroyed) this.#close();
  }

  [Symbol.dispose]() { this.destroy(); }

  #check() {
    if (this.#destroyed) throw new ERR_INVALID_STATE('Utf8Stream is destroyed');
  }

  #open(file) {
    const { append, mkdir, mode, sync } = this.#options;
    const flags = append ? 'a' : 'w';
    this.#opening = this.#writing = true;
    this.#drainScheduled = false;
    if (sync) {
      let fd;
      try {
        if (mkdir) this.#fs.mkdirSync(path.dirname(file), { recursive: true });
        fd = this.#fs.openSync(file, flags, mode);
      } catch (error) {
        this.#opened(error);
        throw error;
      }
      this.#opened(null, fd, file);
      return;
    }
    const open = () => this.#fs.open(file, flags, mode, (error, fd) => this.#opened(error, fd, file));
    if (!mkdir) {
      open();
      return;
    }
    this.#fs.mkdir(path.dirname(file), { recursive: true }, (error) => (error ? this.#opened(error) : open()));
  }

  #opened(error, fd, file) {
    const { minLength, sync } = this.#options;
    const reopening = this.#reopening;
    this.#opening = this.#writing = this.#reopening = false;
    if (error) {
      if (!sync) {
        this.emit('error', error);
        return;
      }
      process.nextTick(() => {
        if (this.listenerCount('error') > 0) this.emit('error', error);
      });
      return;
    }
    this.#fd = fd;
    this.#file = file;
    if (sync) process.nextTick(() => this.emit('ready'));
    else this.emit('ready');
    if (this.#destroyed) return;
    if ((!this.#writing && this.#length > minLength) || this.#flushPending) this.#writeNext();
    else if (reopening) process.nextTick(() => this.emit('drain'));
  }

  // writeNext begins to write the next piece, or goes on with the one that is not written to its end.
  #writeNext() {
    this.#writing = true;
    if (this.#current.length === 0) {
      const piece = this.#pieces.shift();
      this.#current = piece === undefined ? this.#kind.empty : this.#kind.join(piece.parts);
    }
    if (!this.#options.sync) {
      this.#writeCurrent();
      return;
    }
    let written;
    try {
      written = this.#fs.writeSync(this.#fd, this.#current, ...this.#kind.args);
    } catch (error) {
      this.#written(error);
      return;
    }
    this.#written(null, written);
  }

  #writeCurrent() {
    this.#fs.write(this.#fd, this.#current, ...this.#kind.args, (error, written) => this.#written(error, written));
  }

  #take(written) {
    const before = this.#current.length;
    this.#current = this.#kind.rest(this.#current, written);
    this.#length = Math.max(this.#length - (before - this.#current.length), 0);
  }

  #written(error, written) {
    const { fsync, minLength, retryEAGAIN, sync } = this.#options;
    if (error) {
      if (!isBusy(error) || !retryEAGAIN(error, this.#current.length, this.#length - this.#current.length)) {
        this.#writing = false;
        this.emit('error', error);
      } else if (sync) {
        pause();
        this.#written(null, 0);
      } else {
        setTimeout(() => this.#writeCurrent(), busyDelay);
      }
      return;
    }
    this.emit('write', written);
    this.#take(written);
    if (this.#current.length > 0) {
      if (!sync) {
        this.#writeCurrent();
        return;
      }
      try {
        do this.#take(this.#fs.writeSync(this.#fd, this.#current, ...this.#kind.args));
        while (this.#current.length > 0);
      } catch (failed) {
        this.#written(failed);
        return;
      }
    }
    if (fsync) this.#fs.fsyncSync(this.#fd);
    if (this.#reopening) {
      this.#writing = this.#reopening = false;
      this.reopen();
    } else if (this.#length > minLength || (this.#ending && this.#length > 0)) {
      this.#writeNext();
    } else if (this.#ending) {
      this.#writing = false;
      this.#close();
    } else {
      this.#writing = false;
      if (!sync) {
        this.emit('drain');
      } else if (!this.#drainScheduled) {
        this.#drainScheduled = true;
        process.nextTick(() => {
          if (this.listenerCount('drain') === 0) return;
          this.#drainScheduled = false;
          this.emit('drain');
        });
      }
    }
  }

  #whenDrained(callback) {
    this.#flushPending = true;
    const done = (error) => {
      this.#flushPending = false;
      callback(error);
    };
    const onDrain = () => {
      this.off('error', onError);
      if (this.#options.fsync || this.#destroyed) {
        done();
        return;
      }
      try {
        // A descriptor that has been closed meanwhile is no error.
        this.#fs.fsync(this.#fd, (error) => done(error?.code === 'EBADF' ? undefined : error));
      } catch (error) {
        done(error);
      }
    };
    const onError = (error) => {
      this.off('drain', onDrain);
      done(error);
    };
    this.once('drain', onDrain);
    this.once('error', onError);
  }

  #close() {
    if (this.#fd === -1) {
      this.once('ready', () => this.#close());
      return;
    }
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#destroyed = true;
    this.#pieces = [];
    const done = (error) => {
      if (error) {
        this.emit('error', error);
        return;
      }
      if (this.#ending && !this.#writing) this.emit('finish');
      this.emit('close');
    };
    try {
      this.#fs.fsync(this.#fd, () => {
        if (this.#fd === 1 || this.#fd === 2) done();
        else this.#fs.close(this.#fd, done);
      });
    } catch {
      // What cannot be synchronised is not closed either.
    }
  }
}

module.exports = { Utf8Stream };
