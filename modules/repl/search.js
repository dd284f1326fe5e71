// The search through a prompt's history: Ctrl-R goes back in it, Ctrl-S forth.
'use strict';
const { cursorTo, moveCursor, clearScreenDown } = require('internal/readline/callbacks');

const labels = { r: 'bck-i-search: ', s: 'fwd-i-search: ' };

class Search {
  #repl;
  #direction;
  #text = ''; // what is looked for
  #index; // of the entry that is looked at
  #from; // where in the entry to look next, undefined for its end
  #at; // where the text is in the entry, undefined if it has not been found
  #shown = new Set(); // entries that have been
  #cleared = false; // nothing of it is on the screen
  #last = null; // where the cursor has been put
  #line; // what is on the screen

  constructor(repl) {
    this.#repl = repl;
    this.#index = repl.historyIndex;
  }

  // key takes a key and returns whether it was for the search; after any other the search is over.
  key(s, key) {
    const named = !key.meta && key.ctrl && !key.shift ? key.name : undefined;
    if (named === 'r' || named === 's') this.#go(named);
    else if (!key.ctrl && !key.meta && key.name === 'backspace') this.#shorten();
    else if (named === 'c' || key.name === 'escape') return this.#end(false), true;
    else if (!key.ctrl && !key.meta && key.sequence?.length === 1 && key.name !== 'return' && key.name !== 'enter') this.#lengthen(s);
    else return this.#end(true), false;
    return true;
  }

  get over() { return this.#repl === null; }

  #go(direction) {
    const first = !this.#direction;
    if (direction !== this.#direction) this.#shown.clear();
    this.#direction = direction;
    if (first) {
      this.#label(labels[direction], this.#repl.line, this.#repl.cursor);
      return;
    }
    if (this.#text === '') {
      this.#show();
      return;
    }
    if (this.#at !== undefined) this.#from = this.#at + (direction === 'r' ? -1 : 1);
    this.#find();
  }

  #lengthen(s) {
    this.#text += s;
    if (this.#at !== undefined) this.#from = this.#at;
    this.#find();
  }

  #shorten() {
    if (this.#text === '') {
      this.#show();
      return;
    }
    this.#text = this.#text.slice(0, -1);
    this.#index = this.#repl.historyIndex;
    this.#from = undefined;
    this.#shown.clear();
    if (this.#text === '') {
      this.#clear();
      this.#at = undefined;
      this.#show();
    } else {
      this.#find();
    }
  }

  // find goes on to where the text is next.
  #find() {
    this.#clear();
    const back = this.#direction === 'r', { history } = this.#repl;
    const step = back ? 1 : -1;
    this.#at = undefined;
    if (back) this.#index = Math.max(this.#index, 0);
    else if (this.#index === history.length) this.#index--;
    while (this.#index >= 0 && this.#index < history.length) {
      const entry = history[this.#index];
      const same = this.#from !== undefined;
      if (same || !this.#shown.has(entry)) {
        const at = back ? (this.#from < 0 ? -1 : entry.lastIndexOf(this.#text, this.#from ?? entry.length)) : entry.indexOf(this.#text, this.#from ?? 0);
        if (at !== -1) {
          this.#at = at;
          this.#from = at;
          this.#shown.add(entry);
          this.#show();
          return;
        }
      }
      this.#index += step;
      this.#from = undefined;
    }
    this.#from = undefined;
    this.#index = back ? history.length : -1; // from where the other way goes
    this.#show('failed-');
  }

  get #entry() { return this.#at === undefined ? '' : this.#repl.history[this.#index]; }

  // clear removes what is shown below the prompt, and the entry behind it.
  #clear() {
    const { output } = this.#repl;
    const start = this.#position(''), now = this.#cursor();
    if (this.#line !== '') cursorTo(output, start.cols);
    if (now.rows !== start.rows) moveCursor(output, 0, start.rows - now.rows);
    clearScreenDown(output);
    this.#cleared = true;
  }

  #show(failed = '') {
    if (!this.#cleared) this.#clear();
    this.#cleared = false;
    const entry = this.#entry, { output } = this.#repl;
    if (this.#at !== undefined) {
      const end = this.#at + this.#text.length;
      output.write(this.#repl.useColors ? `${entry.slice(0, this.#at)}\x1b[4m${entry.slice(this.#at, end)}\x1b[24m${entry.slice(end)}` : entry);
    }
    this.#label(failed + labels[this.#direction], entry, this.#at ?? 0);
  }

  // label is written below an entry, and the cursor put back to where it is in that.
  #label(label, entry, cursor) {
    const { output } = this.#repl;
    const text = `${label}${this.#text}_`;
    output.write(`\n${text}`);
    const end = this.#repl._getDisplayPos(`${this.#repl.getPrompt()}${entry}\n${text}`);
    this.#last = this.#position(entry.slice(0, cursor));
    this.#line = entry;
    moveCursor(output, 0, this.#last.rows - end.rows);
    cursorTo(output, this.#last.cols);
  }

  #position(text) { return this.#repl._getDisplayPos(this.#repl.getPrompt() + text); }
  #cursor() { return this.#last ?? this.#repl.getCursorPos(); }

  // end shows the line that was found, or the one before the search.
  #end(accept) {
    const repl = this.#repl;
    this.#clear();
    if (accept && this.#at !== undefined) {
      repl.line = this.#entry;
      repl.cursor = this.#at;
      repl.historyIndex = this.#index;
      repl._substringSearch = '';
    }
    repl.output.write(repl.line);
    const end = this.#position(repl.line), cursor = repl.getCursorPos();
    if (end.rows !== cursor.rows) moveCursor(repl.output, 0, cursor.rows - end.rows);
    if (end.cols !== cursor.cols) cursorTo(repl.output, cursor.cols);
    repl.prevRows = cursor.rows;
    this.#repl = null;
  }
}

module.exports = { Search };
