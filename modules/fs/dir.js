// Dir, an open directory. The binding's handle reads a batch of entries at a time.
'use strict';

const { codes: { ERR_DIR_CLOSED, ERR_DIR_CONCURRENT_OPERATION, ERR_INVALID_THIS, ERR_MISSING_ARGS } } = require('internal/errors');
const { validateFunction, validateUint32 } = require('internal/validators');

const promised = (call) => new Promise((resolve, reject) => {
  call((error, value) => (error ? reject(error) : resolve(value)));
});

class Dir {
  #handle; #entries; #path; #closed; #queue; #options;

  constructor(handle, path, options) {
    if (handle == null) throw new ERR_MISSING_ARGS('handle');
    this.#handle = handle;
    this.#entries = [];
    this.#path = path;
    this.#closed = false;
    this.#queue = null;
    this.#options = { bufferSize: 32, encoding: 'utf8', ...(typeof options === 'string' ? { encoding: options } : options) };
    validateUint32(this.#options.bufferSize, 'options.bufferSize', true);
  }

  get path() {
    if (!(#path in this)) throw new ERR_INVALID_THIS('Dir');
    return this.#path;
  }

  read(callback) {
    if (this.#closed) throw new ERR_DIR_CLOSED();
    if (callback === undefined) return promised((cb) => this.read(cb));
    validateFunction(callback, 'callback');
    if (this.#queue !== null) {
      this.#queue.push(() => this.read(callback));
      return;
    }
    if (this.#entries.length > 0) {
      let entry;
      try {
        entry = this.#take();
      } catch (error) {
        callback(error);
        return;
      }
      process.nextTick(callback, null, entry);
      return;
    }
    this.#queue = [];
    binding.read(this.#handle, this.#options, (error, entries) => {
      process.nextTick(() => {
        const queue = this.#queue;
        this.#queue = null;
        for (const operation of queue) operation();
      });
      if (error || entries === null) {
        callback(error, entries);
        return;
      }
      this.#entries.push(...entries);
      let entry;
      try {
        entry = this.#take();
      } catch (error) {
        callback(error);
        return;
      }
      callback(null, entry);
    });
  }

  #take() {
    const entry = this.#entries.shift();
    if (this.#options.recursive && entry.isDirectory()) {
      const handle = binding.opendirSync(require('path').join(entry.parentPath, entry.name));
      try {
        for (let more; (more = binding.readSync(handle, this.#options)) !== null;) this.#entries.push(...more);
      } finally {
        binding.closeSync(handle);
      }
    }
    return entry;
  }

  readSync() {
    if (this.#closed) throw new ERR_DIR_CLOSED();
    if (this.#queue !== null) throw new ERR_DIR_CONCURRENT_OPERATION();
    if (this.#entries.length === 0) {
      const entries = binding.readSync(this.#handle, this.#options);
      if (entries === null) return null;
      this.#entries.push(...entries);
    }
    return this.#take();
  }

  close(callback) {
    if (callback === undefined) {
      return this.#closed ? Promise.reject(new ERR_DIR_CLOSED()) : promised((cb) => this.close(cb));
    }
    validateFunction(callback, 'callback');
    if (this.#closed) {
      process.nextTick(callback, new ERR_DIR_CLOSED());
    } else if (this.#queue !== null) {
      this.#queue.push(() => this.close(callback));
    } else {
      this.#closed = true;
      binding.close(this.#handle, callback);
    }
  }

  closeSync() {
    if (this.#closed) throw new ERR_DIR_CLOSED();
    if (this.#queue !== null) throw new ERR_DIR_CONCURRENT_OPERATION();
    this.#closed = true;
    return binding.closeSync(this.#handle);
  }

  [Symbol.dispose]() {
    if (!this.#closed) this.closeSync();
  }

  async [Symbol.asyncDispose]() {
    if (!this.#closed) await this.close();
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

Object.defineProperty(Dir.prototype, Symbol.asyncIterator, {
  value: Dir.prototype.entries, writable: true, configurable: true,
});

module.exports = { Dir };
