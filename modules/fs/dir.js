// Dir, an open directory. The binding's handle reads a batch of entries at a time.
'use strict';

const { codes: { ERR_DIR_CLOSED, ERR_DIR_CONCURRENT_OPERATION, ERR_MISSING_ARGS } } = require('internal/errors');
const { validateFunction, validateUint32 } = require('internal/validators');

const kHandle = Symbol('kDirHandle');
const kEntries = Symbol('kDirBufferedEntries');
const kPath = Symbol('kDirPath');
const kClosed = Symbol('kDirClosed');
const kQueue = Symbol('kDirOperationQueue');
const kOptions = Symbol('kDirOptions');
const kTake = Symbol('kTake');

const promised = (call) => new Promise((resolve, reject) => {
  call((error, value) => (error ? reject(error) : resolve(value)));
});

class Dir {
  constructor(handle, path, options) {
    if (handle == null) throw new ERR_MISSING_ARGS('handle');
    this[kHandle] = handle;
    this[kEntries] = [];
    this[kPath] = path;
    this[kClosed] = false;
    this[kQueue] = null;
    this[kOptions] = { bufferSize: 32, encoding: 'utf8', ...(typeof options === 'string' ? { encoding: options } : options) };
    validateUint32(this[kOptions].bufferSize, 'options.bufferSize', true);
  }

  get path() { return this[kPath]; }

  read(callback) {
    if (this[kClosed]) throw new ERR_DIR_CLOSED();
    if (callback === undefined) return promised((cb) => this.read(cb));
    validateFunction(callback, 'callback');
    if (this[kQueue] !== null) {
      this[kQueue].push(() => this.read(callback));
      return;
    }
    if (this[kEntries].length > 0) {
      let entry;
      try {
        entry = this[kTake]();
      } catch (error) {
        callback(error);
        return;
      }
      process.nextTick(callback, null, entry);
      return;
    }
    this[kQueue] = [];
    binding.read(this[kHandle], this[kOptions], (error, entries) => {
      process.nextTick(() => {
        const queue = this[kQueue];
        this[kQueue] = null;
        for (const operation of queue) operation();
      });
      if (error || entries === null) {
        callback(error, entries);
        return;
      }
      this[kEntries].push(...entries);
      let entry;
      try {
        entry = this[kTake]();
      } catch (error) {
        callback(error);
        return;
      }
      callback(null, entry);
    });
  }

  [kTake]() {
    const entry = this[kEntries].shift();
    if (this[kOptions].recursive && entry.isDirectory()) {
      const handle = binding.opendirSync(require('path').join(entry.parentPath, entry.name));
      try {
        for (let more; (more = binding.readSync(handle, this[kOptions])) !== null;) this[kEntries].push(...more);
      } finally {
        binding.closeSync(handle);
      }
    }
    return entry;
  }

  readSync() {
    if (this[kClosed]) throw new ERR_DIR_CLOSED();
    if (this[kQueue] !== null) throw new ERR_DIR_CONCURRENT_OPERATION();
    if (this[kEntries].length === 0) {
      const entries = binding.readSync(this[kHandle], this[kOptions]);
      if (entries === null) return null;
      this[kEntries].push(...entries);
    }
    return this[kTake]();
  }

  close(callback) {
    if (callback === undefined) {
      return this[kClosed] ? Promise.reject(new ERR_DIR_CLOSED()) : promised((cb) => this.close(cb));
    }
    validateFunction(callback, 'callback');
    if (this[kClosed]) {
      process.nextTick(callback, new ERR_DIR_CLOSED());
    } else if (this[kQueue] !== null) {
      this[kQueue].push(() => this.close(callback));
    } else {
      this[kClosed] = true;
      binding.close(this[kHandle], callback);
    }
  }

  closeSync() {
    if (this[kClosed]) throw new ERR_DIR_CLOSED();
    if (this[kQueue] !== null) throw new ERR_DIR_CONCURRENT_OPERATION();
    this[kClosed] = true;
    return binding.closeSync(this[kHandle]);
  }

  // An async generator by hand: it closes the directory at its end, however it ends.
  entries() {
    let ended = false;
    let last = Promise.resolve();
    const end = async () => {
      ended = true;
      await this.close();
    };
    const inTurn = (step) => (last = last.then(step, step));
    return {
      next: () => inTurn(async () => {
        if (ended) return { value: undefined, done: true };
        let value;
        try {
          value = await this.read();
        } catch (error) {
          await end();
          throw error;
        }
        if (value !== null) return { value, done: false };
        await end();
        return { value: undefined, done: true };
      }),
      return: (value) => inTurn(async () => {
        if (!ended) await end();
        return { value, done: true };
      }),
      throw: (error) => inTurn(async () => {
        if (!ended) await end();
        throw error;
      }),
      [Symbol.asyncIterator]() { return this; },
    };
  }
}

for (const [name, dispose] of [['dispose', function() {
  if (!this[kClosed]) this.closeSync();
}], ['asyncDispose', async function() {
  if (!this[kClosed]) await this.close();
}]]) {
  Object.defineProperty(dispose, 'name', { __proto__: null, value: `[Symbol.${name}]`, configurable: true });
  Object.defineProperty(Dir.prototype, Symbol[name], { __proto__: null, value: dispose, writable: true, configurable: true });
}

Object.defineProperty(Dir.prototype, Symbol.asyncIterator, {
  value: Dir.prototype.entries, writable: true, configurable: true,
});

module.exports = { Dir };
