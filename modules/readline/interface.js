// What both Interface classes are: lines from any input, and an editor where the input is a terminal. The methods with
// an underscore are the ones that programs override.
'use strict';
const EventEmitter = require('events');
const { codes } = require('internal/errors');
const { validateAbortSignal, validateArray, validateNumber, validateString, validateUint32 } = require('internal/validators');
const { StringDecoder } = require('string_decoder');
const { cursorTo, moveCursor, clearScreenDown } = require('internal/readline/callbacks');
const { charLengthAt, charLengthLeft, emitKeypressEvents } = require('internal/readline/keys');

const lineEnding = /\r?\n|\r(?!\n)/g;
const kLines = Symbol('line object stream');
const maxUndo = 2048, maxKillRing = 32, minCrlfDelay = 100;

function Interface(input, output, completer, terminal) {
  this._sawReturnAt = 0;
  this.isCompletionEnabled = true;
  this._sawKeyPress = false;
  this._previousKey = null;
  this.escapeCodeTimeout = 500;
  this.tabSize = 8;
  EventEmitter.call(this);

  let options = {};
  if (input?.input) {
    options = input;
    ({ input, output, completer, terminal } = options);
    if (options.tabSize !== undefined) {
      validateUint32(options.tabSize, 'tabSize', true);
      this.tabSize = options.tabSize;
    }
    if (options.escapeCodeTimeout !== undefined) {
      if (!Number.isFinite(options.escapeCodeTimeout)) {
        throw new codes.ERR_INVALID_ARG_VALUE('input.escapeCodeTimeout', this.escapeCodeTimeout);
      }
      this.escapeCodeTimeout = options.escapeCodeTimeout;
    }
    if (options.signal) validateAbortSignal(options.signal, 'options.signal');
  }
  const { history = [], historySize = 30, prompt = '> ', signal, crlfDelay } = options;
  if (completer !== undefined && typeof completer !== 'function') throw new codes.ERR_INVALID_ARG_VALUE('completer', completer);
  validateArray(history, 'history');
  validateNumber(historySize, 'historySize', 0);
  if (terminal === undefined && output != null) terminal = !!output.isTTY;

  this.line = '';
  this._substringSearch = null;
  this.output = output;
  this.input = input;
  this._undoStack = [];
  this._redoStack = [];
  this.history = history;
  this.historySize = historySize;
  this._killRing = [];
  this._killRingCursor = 0;
  this.removeHistoryDuplicates = !!options.removeHistoryDuplicates;
  // \r\n is one line ending even if the \n comes a little later.
  this.crlfDelay = crlfDelay ? Math.max(minCrlfDelay, crlfDelay) : minCrlfDelay;
  this.completer = completer;
  this.setPrompt(prompt);
  this.terminal = !!terminal;
  this[kLines] = undefined;

  const onerror = (err) => { this.emit('error', err); };
  input.on('error', onerror);
  if (!this.terminal) {
    const ondata = (data) => { this._normalWrite(data); };
    const onend = () => {
      if (typeof this._line_buffer === 'string' && this._line_buffer.length > 0) this.emit('line', this._line_buffer);
      this.close();
    };
    input.on('data', ondata);
    input.on('end', onend);
    this.once('close', () => {
      input.removeListener('data', ondata);
      input.removeListener('error', onerror);
      input.removeListener('end', onend);
    });
    this._decoder = new StringDecoder('utf8');
  } else {
    const onkeypress = (s, key) => {
      this._ttyWrite(s, key);
      // Half a surrogate pair was shown until now.
      const ch = key?.sequence?.codePointAt(0);
      if (ch >= 0xd800 && ch <= 0xdfff) this._refreshLine();
    };
    const onend = () => {
      if (typeof this.line === 'string' && this.line.length > 0) this.emit('line', this.line);
      this.close();
    };
    const onresize = () => { this._refreshLine(); };
    emitKeypressEvents(input, this);
    input.on('keypress', onkeypress);
    input.on('end', onend);
    this._setRawMode(true);
    this.terminal = true;
    this.cursor = 0;
    this.historyIndex = -1;
    if (output != null) output.on('resize', onresize);
    this.once('close', () => {
      input.removeListener('keypress', onkeypress);
      input.removeListener('error', onerror);
      input.removeListener('end', onend);
      if (output != null) output.removeListener('resize', onresize);
    });
  }
  if (signal) {
    const onabort = () => this.close();
    if (signal.aborted) {
      process.nextTick(onabort);
    } else {
      const disposable = EventEmitter.addAbortListener(signal, onabort);
      this.once('close', disposable[Symbol.dispose]);
    }
  }
  input.resume();
}
Object.setPrototypeOf(Interface, EventEmitter);

const wordLeft = (s) => /^\s*(?:[^\w\s]+|\w+)?/.exec(Array.from(s).reverse().join(''))[0].length;

class Methods {
  get columns() { return this.output?.columns || Infinity; }

  setPrompt(prompt) { this._prompt = prompt; }
  getPrompt() { return this._prompt; }

  prompt(preserveCursor) {
    if (this.paused) this.resume();
    if (this.terminal && process.env.TERM !== 'dumb') {
      if (!preserveCursor) this.cursor = 0;
      this._refreshLine();
    } else {
      this._writeToOutput(this._prompt);
    }
  }

  close() {
    if (this.closed) return;
    this.pause();
    if (this.terminal) this._setRawMode(false);
    this.closed = true;
    this.emit('close');
  }

  pause() {
    if (this.paused) return;
    this.input.pause();
    this.paused = true;
    this.emit('pause');
    return this;
  }

  resume() {
    if (!this.paused) return;
    this.input.resume();
    this.paused = false;
    this.emit('resume');
    return this;
  }

  write(data, key) {
    if (this.paused) this.resume();
    if (this.terminal) this._ttyWrite(data, key);
    else this._normalWrite(data);
  }

  getCursorPos() { return this._getDisplayPos(this._prompt + this.line.slice(0, this.cursor)); }

  clearLine() {
    this._moveCursor(+Infinity);
    this._writeToOutput('\r\n');
    this.line = '';
    this.cursor = 0;
    this.prevRows = 0;
  }

  [Symbol.asyncIterator]() {
    return this[kLines] ??= EventEmitter.on(this, 'line',
      { close: ['close'], highWaterMark: 1024, [EventEmitter.on.kFirstEventParam]: true });
  }

  _ask(query, callback) {
    if (this.closed) throw new codes.ERR_USE_AFTER_CLOSE('readline');
    if (!this._questionCallback) {
      this._oldPrompt = this._prompt;
      this.setPrompt(query);
      this._questionCallback = callback;
    }
    this.prompt();
  }

  _cancelQuestion() {
    if (!this._questionCallback) return;
    this._questionCallback = null;
    this.setPrompt(this._oldPrompt);
    this.clearLine();
  }

  _setRawMode(mode) {
    const before = this.input.isRaw;
    if (typeof this.input.setRawMode === 'function') this.input.setRawMode(mode);
    return before;
  }

  _onLine(line) {
    if (!this._questionCallback) {
      this.emit('line', line);
      return;
    }
    const callback = this._questionCallback;
    this._questionCallback = null;
    this.setPrompt(this._oldPrompt);
    callback(line);
  }

  _writeToOutput(s) {
    validateString(s, 'stringToWrite');
    if (this.output != null) this.output.write(s);
  }

  _addHistory() {
    if (this.line.length === 0) return '';
    if (this.historySize === 0 || this.line.trim().length === 0) return this.line;
    const entry = folded(this.line);
    if (this.history[0] !== entry) {
      if (this.removeHistoryDuplicates) {
        const i = this.history.indexOf(entry);
        if (i !== -1) this.history.splice(i, 1);
      }
      this.history.unshift(entry);
      if (this.history.length > this.historySize) this.history.pop();
    }
    this.historyIndex = -1;
    // Listeners may change the line for security reasons.
    const line = this.history[0];
    this.emit('history', this.history);
    return line && unfolded(line);
  }

  _refreshLine() {
    const line = this._prompt + this.line;
    const end = this._getDisplayPos(line), cursor = this.getCursorPos();
    if (this.prevRows > 0) moveCursor(this.output, 0, -this.prevRows);
    cursorTo(this.output, 0);
    clearScreenDown(this.output);
    this._writeToOutput(line);
    if (end.cols === 0) this._writeToOutput(' '); // makes the terminal go to the next row
    cursorTo(this.output, cursor.cols);
    if (end.rows > cursor.rows) moveCursor(this.output, 0, cursor.rows - end.rows);
    this.prevRows = cursor.rows;
  }

  _normalWrite(data) {
    if (data === undefined) return;
    let s = this._decoder.write(data);
    if (this._sawReturnAt && Date.now() - this._sawReturnAt <= this.crlfDelay) {
      if (s.charCodeAt(0) === 10) s = s.slice(1);
      this._sawReturnAt = 0;
    }
    lineEnding.lastIndex = 0;
    if (!lineEnding.test(s)) {
      if (s) this._line_buffer = (this._line_buffer || '') + s;
      return;
    }
    if (this._line_buffer) {
      s = this._line_buffer + s;
      this._line_buffer = null;
    }
    this._sawReturnAt = s.endsWith('\r') ? Date.now() : 0;
    const lines = s.split(lineEnding);
    this._line_buffer = lines.pop();
    for (const line of lines) this._onLine(line);
  }

  _beforeEdit(text, cursor) {
    if (this._undoStack.push({ text, cursor }) > maxUndo) this._undoStack.shift();
  }

  // Replaces the line after a note for undo.
  _edit(line, cursor) {
    this._beforeEdit(this.line, this.cursor);
    this.line = line;
    this.cursor = cursor;
    this._refreshLine();
  }

  _insertString(c) {
    if (!this.isCompletionEnabled) {
      // The middle of something pasted.
      this._beforeEdit(this.line, this.cursor);
      this.line = this.line.slice(0, this.cursor) + c + this.line.slice(this.cursor);
      this.cursor += c.length;
      this._writeToOutput(c);
      return;
    }
    if (this.cursor < this.line.length) {
      this._edit(this.line.slice(0, this.cursor) + c + this.line.slice(this.cursor), this.cursor + c.length);
      return;
    }
    this._beforeEdit(this.line, this.cursor);
    const before = this.getCursorPos();
    this.line += c;
    this.cursor += c.length;
    if (before.rows < this.getCursorPos().rows) this._refreshLine();
    else this._writeToOutput(c);
  }

  async _tabComplete(again) {
    this.pause();
    let value;
    try {
      value = await this.completer(this.line.slice(0, this.cursor));
    } catch (err) {
      this._writeToOutput(`Tab completion error: ${require('util').inspect(err)}`);
      return;
    } finally {
      this.resume();
    }
    this._complete(again, value);
  }

  // Inserts what all completions have in common, or lists them when tab is pressed again.
  _complete(again, [completions, on]) {
    if (!completions || completions.length === 0) return;
    const prefix = commonPrefix(completions.filter((c) => c !== ''));
    if (prefix.startsWith(on) && prefix.length > on.length) {
      this._insertString(prefix.slice(on.length));
      return;
    }
    if (!on.startsWith(prefix)) {
      this.line = this.line.slice(0, this.cursor - on.length) + prefix + this.line.slice(this.cursor);
      this.cursor += prefix.length - on.length;
      this._refreshLine();
      return;
    }
    if (!again) return;
    this._beforeEdit(this.line, this.cursor);
    const { getStringWidth } = require('internal/util/inspect');
    const widths = completions.map((c) => getStringWidth(c));
    const width = Math.max(...widths) + 2;
    let perRow = Math.floor(this.columns / width) || 1;
    if (perRow === Infinity) perRow = 1;
    let out = '\r\n', column = 0, gap = 0;
    completions.forEach((c, i) => {
      if (c === '' || column === perRow) {
        out += '\r\n';
        column = gap = 0;
      } else {
        out += ' '.repeat(gap);
      }
      if (c === '') {
        out += '\r\n'; // an empty one groups
      } else {
        out += c;
        gap = width - widths[i];
        column++;
      }
    });
    if (column !== 0) out += '\r\n\r\n';
    this._writeToOutput(out);
    this._refreshLine();
  }

  _wordLeft() {
    if (this.cursor > 0) this._moveCursor(-wordLeft(this.line.slice(0, this.cursor)));
  }

  _wordRight() {
    if (this.cursor < this.line.length) {
      this._moveCursor(/^(?:\s+|[^\w\s]+|\w+)\s*/.exec(this.line.slice(this.cursor))[0].length);
    }
  }

  _deleteLeft() {
    if (!(this.cursor > 0 && this.line.length > 0)) return;
    const at = this.cursor - charLengthLeft(this.line, this.cursor);
    this._edit(this.line.slice(0, at) + this.line.slice(this.cursor), at);
  }

  _deleteRight() {
    if (this.cursor >= this.line.length) return;
    const rest = this.line.slice(this.cursor + charLengthAt(this.line, this.cursor));
    this._edit(this.line.slice(0, this.cursor) + rest, this.cursor);
  }

  _deleteWordLeft() {
    if (!(this.cursor > 0)) return;
    const at = this.cursor - wordLeft(this.line.slice(0, this.cursor));
    this._edit(this.line.slice(0, at) + this.line.slice(this.cursor), at);
  }

  _deleteWordRight() {
    if (this.cursor >= this.line.length) return;
    const rest = this.line.slice(this.cursor);
    this._edit(this.line.slice(0, this.cursor) + rest.slice(/^(?:\s+|\W+|\w+)\s*/.exec(rest)[0].length), this.cursor);
  }

  _deleteLineLeft() {
    this._pushToKillRing(this.line.slice(0, this.cursor));
    this._edit(this.line.slice(this.cursor), 0);
  }

  _deleteLineRight() {
    this._pushToKillRing(this.line.slice(this.cursor));
    this._edit(this.line.slice(0, this.cursor), this.cursor);
  }

  _pushToKillRing(deleted) {
    if (!deleted || deleted === this._killRing[0]) return;
    this._killRing.unshift(deleted);
    this._killRingCursor = 0;
    if (this._killRing.length > maxKillRing) this._killRing.pop();
  }

  _yank() {
    if (this._killRing.length === 0) return;
    this._yanking = true;
    this._insertString(this._killRing[this._killRingCursor]);
  }

  // Replaces what was just yanked by the one killed before it.
  _yankPop() {
    const ring = this._killRing;
    if (!this._yanking || ring.length < 2) return;
    const last = ring[this._killRingCursor];
    this._killRingCursor = (this._killRingCursor + 1) % ring.length;
    const next = ring[this._killRingCursor];
    const head = this.line.slice(0, this.cursor - last.length) + next;
    this.line = head + this.line.slice(this.cursor);
    this.cursor = head.length;
    this._refreshLine();
  }

  _line() {
    const line = this._addHistory();
    this._undoStack = [];
    this._redoStack = [];
    this.clearLine();
    this._onLine(line);
  }

  _undo() { restore(this, this._undoStack, this._redoStack); }
  _redo() { restore(this, this._redoStack, this._undoStack); }

  _historyNext() { if (this.historyIndex >= 0) browse(this, -1, -1); }
  _historyPrev() {
    if (this.historyIndex < this.history.length && this.history.length) browse(this, +1, this.history.length);
  }

  // The last column and row of a string on the screen.
  _getDisplayPos(s) {
    const col = this.columns;
    let offset = 0, rows = 0;
    if (!/^[\x20-\x7e]*$/.test(s)) {
      const { getStringWidth } = require('internal/util/inspect');
      for (const ch of require('util').stripVTControlCharacters(s)) {
        if (ch === '\n') {
          rows += Math.ceil(offset / col) || 1;
          offset = 0;
        } else if (ch === '\t') {
          offset += this.tabSize - (offset % this.tabSize);
        } else if (getStringWidth(ch) < 2) {
          offset += getStringWidth(ch);
        } else {
          if ((offset + 1) % col === 0) offset++; // a wide character does not fit into the last column
          offset += 2;
        }
      }
    } else {
      offset = s.length;
    }
    const cols = offset % col;
    return { cols, rows: rows + (offset - cols) / col };
  }

  _moveCursor(dx) {
    if (dx === 0) return;
    const before = this.getCursorPos();
    this.cursor = Math.min(Math.max(this.cursor + dx, 0), this.line.length);
    const after = this.getCursorPos();
    if (before.rows === after.rows) moveCursor(this.output, after.cols - before.cols, 0);
    else this._refreshLine();
  }

  _interrupt() {
    if (this.listenerCount('SIGINT') > 0) {
      this.emit('SIGINT');
    } else {
      this._rejectQuestion?.('Aborted with Ctrl+C');
      this.close();
    }
  }

  _suspend() {
    if (this.listenerCount('SIGTSTP') > 0) {
      this.emit('SIGTSTP');
      return;
    }
    process.once('SIGCONT', () => {
      // The program may have been resumed in the meantime.
      if (!this.paused) {
        this.pause();
        this.emit('SIGCONT');
      }
      this._setRawMode(true);
      this._refreshLine();
    });
    this._setRawMode(false);
    process.kill(process.pid, 'SIGTSTP');
  }

  _ttyWrite(s, key) {
    const previous = this._previousKey;
    key = key || {};
    this._previousKey = key;
    if (!key.meta || key.name !== 'y') this._yanking = false;
    if ((key.name === 'up' || key.name === 'down') && !key.ctrl && !key.meta && !key.shift) {
      this._substringSearch ??= this.line.slice(0, this.cursor);
    } else if (this._substringSearch !== null) {
      this._substringSearch = null;
      if (this.history.length === this.historyIndex) this.historyIndex = -1;
    }
    if (typeof key.sequence === 'string') {
      const code = key.sequence.codePointAt(0);
      if (code === 0x1f) return this._undo(); // ctrl-_
      if (code === 0x1e) return this._redo(); // ctrl-^
    }
    if (key.name === 'escape') return;
    if (key.ctrl && key.shift) {
      if (key.name === 'backspace') this._deleteLineLeft();
      else if (key.name === 'delete') this._deleteLineRight();
    } else if (key.ctrl) {
      controlKeys[key.name]?.call(this);
    } else if (key.meta) {
      metaKeys[key.name]?.call(this);
    } else {
      if (this._sawReturnAt && key.name !== 'enter') this._sawReturnAt = 0;
      if (key.name === 'tab' && typeof this.completer === 'function' && this.isCompletionEnabled) {
        this._tabComplete(previous?.name === 'tab');
      } else if (key.name in plainKeys) {
        plainKeys[key.name].call(this);
      } else if (typeof s === 'string' && s) {
        const lines = s.split(lineEnding);
        const rest = lines.pop();
        for (const line of lines) {
          this._insertString(line);
          this._line();
        }
        this._insertString(rest);
      }
    }
  }

  _return() {
    this._sawReturnAt = Date.now();
    this._line();
  }

  _enter() {
    if (this._sawReturnAt === 0 || Date.now() - this._sawReturnAt > this.crlfDelay) this._line();
    this._sawReturnAt = 0;
  }
}

function restore(iface, from, to) {
  if (from.length === 0) return;
  to.push({ text: iface.line, cursor: iface.cursor });
  const { text, cursor } = from.pop();
  iface.line = text;
  iface.cursor = cursor;
  iface._refreshLine();
}

// A text of many lines is one entry of the history, its lines from the last to the first.
const folded = (text) => (text.includes('\n') ? text.split('\n').reverse().join('\r') : text);
const unfolded = (entry) => (entry.includes('\r') ? entry.split('\r').reverse().join('\n') : entry);

// Goes on in the history to a line that begins with what was typed.
function browse(iface, step, end) {
  const { history, _substringSearch: typed } = iface;
  const search = typed || '';
  let i = iface.historyIndex + step;
  while (i !== end && (!history[i].startsWith(search) || iface.line === history[i])) i += step;
  iface.historyIndex = i;
  const line = i === end ? search : unfolded(history[i]);
  iface._edit(line, line.length);
}

function back() { this._moveCursor(-charLengthLeft(this.line, this.cursor)); }
function forward() { this._moveCursor(charLengthAt(this.line, this.cursor)); }
function home() { this._moveCursor(-Infinity); }
function end() { this._moveCursor(+Infinity); }
const call = (name) => function() { this[name](); };

const controlKeys = {
  __proto__: null,
  c: call('_interrupt'), h: call('_deleteLeft'),
  d() {
    if (this.cursor === 0 && this.line.length === 0) {
      this._rejectQuestion?.('Aborted with Ctrl+D');
      this.close();
    } else if (this.cursor < this.line.length) {
      this._deleteRight();
    }
  },
  u: call('_deleteLineLeft'), k: call('_deleteLineRight'), a: home, e: end, b: back, f: forward,
  l() {
    cursorTo(this.output, 0, 0);
    clearScreenDown(this.output);
    this._refreshLine();
  },
  n: call('_historyNext'), p: call('_historyPrev'), y: call('_yank'), z: call('_suspend'),
  w: call('_deleteWordLeft'), backspace: call('_deleteWordLeft'), delete: call('_deleteWordRight'),
  left: call('_wordLeft'), right: call('_wordRight'),
};
const metaKeys = {
  __proto__: null,
  b: call('_wordLeft'), f: call('_wordRight'), d: call('_deleteWordRight'), delete: call('_deleteWordRight'),
  backspace: call('_deleteWordLeft'), y: call('_yankPop'),
};
const plainKeys = {
  __proto__: null,
  return: call('_return'), enter: call('_enter'), backspace: call('_deleteLeft'), delete: call('_deleteRight'),
  left: back, right: forward, home, end, up: call('_historyPrev'), down: call('_historyNext'),
};

function commonPrefix(strings) {
  if (strings.length === 0) return '';
  const sorted = strings.slice().sort();
  const first = sorted[0], last = sorted[sorted.length - 1];
  let i = 0;
  while (i < first.length && first[i] === last[i]) i++;
  return first.slice(0, i);
}

const descriptors = Object.getOwnPropertyDescriptors(Methods.prototype);
delete descriptors.constructor;
Object.defineProperties(Interface.prototype, descriptors);
Object.setPrototypeOf(Interface.prototype, EventEmitter.prototype);
Interface.prototype._getCursorPos = Interface.prototype.getCursorPos;

module.exports = { Interface };
