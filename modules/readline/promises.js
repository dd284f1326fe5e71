// Module readline/promises.
'use strict';
const EventEmitter = require('events');
const { AbortError, codes } = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateInteger } = require('internal/validators');
const { Interface: Base } = require('internal/readline/interface');
const { to, by, lineClear, screenClear } = require('internal/readline/callbacks');
const { isWritable } = require('internal/streams/utils');

class Readline {
  #autoCommit = false;
  #stream;
  #todo = [];
  constructor(stream, options) {
    if (!isWritable(stream)) throw new codes.ERR_INVALID_ARG_TYPE('stream', 'Writable', stream);
    this.#stream = stream;
    if (options?.autoCommit != null) {
      validateBoolean(options.autoCommit, 'options.autoCommit');
      this.#autoCommit = options.autoCommit;
    }
  }
  #add(data) {
    if (this.#autoCommit) process.nextTick(() => this.#stream.write(data));
    else this.#todo.push(data);
    return this;
  }
  cursorTo(x, y) {
    validateInteger(x, 'x');
    if (y != null) validateInteger(y, 'y');
    return this.#add(to(x, y ?? undefined));
  }
  moveCursor(dx, dy) {
    if (!dx && !dy) return this;
    validateInteger(dx, 'dx');
    validateInteger(dy, 'dy');
    return this.#add(by(dx, dy));
  }
  clearLine(dir) {
    validateInteger(dir, 'dir', -1, 1);
    return this.#add(lineClear(dir));
  }
  clearScreenDown() { return this.#add(screenClear); }
  commit() {
    return new Promise((resolve) => {
      this.#stream.write(this.#todo.join(''), resolve);
      this.#todo = [];
    });
  }
  rollback() {
    this.#todo = [];
    return this;
  }
}

class Interface extends Base {
  question(query, options = {}) {
    return new Promise((resolve, reject) => {
      let callback = resolve;
      this._rejectQuestion = (message) => reject(new AbortError(message));
      const signal = options?.signal;
      if (signal) {
        validateAbortSignal(signal, 'options.signal');
        const aborted = () => new AbortError(undefined, { cause: signal.reason });
        if (signal.aborted) return reject(aborted());
        const disposable = EventEmitter.addAbortListener(signal, () => {
          this._cancelQuestion();
          reject(aborted());
        });
        callback = (answer) => {
          disposable[Symbol.dispose]();
          resolve(answer);
        };
      }
      this._ask(query, callback);
    });
  }
}

module.exports = {
  Interface, Readline,
  createInterface: (input, output, completer, terminal) => new Interface(input, output, completer, terminal),
};
