// Module readline.
'use strict';
const EventEmitter = require('events');
const { AbortError } = require('internal/errors');
const { validateAbortSignal } = require('internal/validators');
const { Interface: Base } = require('internal/readline/interface');
const { clearLine, clearScreenDown, cursorTo, moveCursor } = require('internal/readline/callbacks');

const withCallback = (completer) => (line, callback) => callback(null, completer(line));

function Interface(input, output, completer, terminal) {
  if (!(this instanceof Interface)) return new Interface(input, output, completer, terminal);
  if (input?.input && typeof input.completer === 'function' && input.completer.length !== 2) {
    input.completer = withCallback(input.completer);
  } else if (typeof completer === 'function' && completer.length !== 2) {
    completer = withCallback(completer);
  }
  Base.call(this, input, output, completer, terminal);
  if (process.env.TERM === 'dumb') this._ttyWrite = ttyWriteDumb.bind(this);
}
Object.setPrototypeOf(Interface.prototype, Base.prototype);
Object.setPrototypeOf(Interface, Base);

Interface.prototype.question = function question(query, options, callback) {
  if (typeof options === 'function') callback = options;
  const signal = options !== null && typeof options === 'object' ? options.signal : undefined;
  if (signal) {
    validateAbortSignal(signal, 'options.signal');
    if (signal.aborted) return;
    const disposable = EventEmitter.addAbortListener(signal, () => { this._cancelQuestion(); });
    const answered = callback;
    callback = (answer) => {
      disposable[Symbol.dispose]();
      return answered?.(answer);
    };
  }
  if (typeof callback === 'function') this._ask(query, callback);
};
Interface.prototype.question[Symbol.for('nodejs.util.promisify.custom')] = function question(query, options) {
  const signal = options !== null && typeof options === 'object' ? options.signal : undefined;
  const aborted = () => new AbortError(undefined, { cause: signal.reason });
  if (signal?.aborted) return Promise.reject(aborted());
  return new Promise((resolve, reject) => {
    let callback = resolve;
    if (signal) {
      const disposable = EventEmitter.addAbortListener(signal, () => reject(aborted()));
      callback = (answer) => {
        disposable[Symbol.dispose]();
        resolve(answer);
      };
    }
    this.question(query, options, callback);
  });
};

Interface.prototype._tabComplete = function(again) {
  this.pause();
  this.completer(this.line.slice(0, this.cursor), (err, value) => {
    this.resume();
    if (err) this._writeToOutput(`Tab completion error: ${require('util').inspect(err)}`);
    else this._complete(again, value);
  });
};

// A terminal that cannot move its cursor.
function ttyWriteDumb(s, key) {
  key = key || {};
  if (key.name === 'escape') return;
  if (this._sawReturnAt && key.name !== 'enter') this._sawReturnAt = 0;
  if (key.ctrl && key.name === 'c') {
    this._interrupt();
  } else if (key.ctrl && key.name === 'd') {
    this.close();
  } else if (key.name === 'return') {
    this._return();
  } else if (key.name === 'enter') {
    this._enter();
  } else if (typeof s === 'string' && s) {
    this.line += s;
    this.cursor += s.length;
    this._writeToOutput(s);
  }
}

module.exports = {
  Interface, clearLine, clearScreenDown,
  createInterface: function(input, output, completer, terminal) { return new Interface(input, output, completer, terminal); },
  cursorTo,
  emitKeypressEvents: (stream, iface) => require('internal/readline/keys').emitKeypressEvents(stream, iface),
  moveCursor,
};
Object.defineProperty(module.exports, 'promises', {
  __proto__: null, configurable: true, enumerable: true, get: () => require('readline/promises'),
});
