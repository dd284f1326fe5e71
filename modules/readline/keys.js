// Turns what a terminal sends into 'keypress' events.
'use strict';
const { StringDecoder } = require('string_decoder');

const ESC = '\x1b';

// Escape sequences without their modifier: the code after ESC, as xterm, gnome, rxvt, putty and Cygwin send it.
const names = {
  __proto__: null,
  '[P': 'f1', '[Q': 'f2', '[R': 'f3', '[S': 'f4', 'OP': 'f1', 'OQ': 'f2', 'OR': 'f3', 'OS': 'f4',
  '[11~': 'f1', '[12~': 'f2', '[13~': 'f3', '[14~': 'f4', '[200~': 'paste-start', '[201~': 'paste-end',
  '[[A': 'f1', '[[B': 'f2', '[[C': 'f3', '[[D': 'f4', '[[E': 'f5',
  '[15~': 'f5', '[17~': 'f6', '[18~': 'f7', '[19~': 'f8', '[20~': 'f9', '[21~': 'f10', '[23~': 'f11', '[24~': 'f12',
  '[A': 'up', '[B': 'down', '[C': 'right', '[D': 'left', '[E': 'clear', '[F': 'end', '[H': 'home',
  'OA': 'up', 'OB': 'down', 'OC': 'right', 'OD': 'left', 'OE': 'clear', 'OF': 'end', 'OH': 'home',
  '[1~': 'home', '[2~': 'insert', '[3~': 'delete', '[4~': 'end', '[5~': 'pageup', '[6~': 'pagedown',
  '[[5~': 'pageup', '[[6~': 'pagedown', '[7~': 'home', '[8~': 'end',
};
const shifted = {
  __proto__: null,
  '[a': 'up', '[b': 'down', '[c': 'right', '[d': 'left', '[e': 'clear', '[2$': 'insert', '[3$': 'delete',
  '[5$': 'pageup', '[6$': 'pagedown', '[7$': 'home', '[8$': 'end', '[Z': 'tab',
};
const controlled = {
  __proto__: null,
  'Oa': 'up', 'Ob': 'down', 'Oc': 'right', 'Od': 'left', 'Oe': 'clear', '[2^': 'insert', '[3^': 'delete',
  '[5^': 'pageup', '[6^': 'pagedown', '[7^': 'home', '[8^': 'end',
};
const plain = { __proto__: null, '\r': 'return', '\n': 'enter', '\t': 'tab', '\b': 'backspace', '\x7f': 'backspace', [ESC]: 'escape', ' ': 'space' };

const isDigit = (ch) => ch >= '0' && ch <= '9';

// How many UTF-16 units the character at i, or the one before it, has.
function charLengthAt(s, i) {
  return s.length <= i || s.codePointAt(i) < 0x10000 ? 1 : 2;
}
function charLengthLeft(s, i) {
  if (i <= 0) return 0;
  return (i > 1 && s.codePointAt(i - 2) >= 0x10000) || s.codePointAt(i - 1) >= 0x10000 ? 2 : 1;
}

// A generator that is fed one character at a time; an empty one says that no more follows an escape.
function* emitKeys(stream) {
  for (;;) {
    let ch = yield;
    let s = ch;
    let escaped = false;
    const key = { sequence: null, name: undefined, ctrl: false, meta: false, shift: false };
    if (ch === ESC) {
      escaped = true;
      s += (ch = yield);
      if (ch === ESC) s += (ch = yield);
    }
    if (escaped && (ch === 'O' || ch === '[')) {
      let code = ch, modifier = 0;
      if (ch === 'O') {
        s += (ch = yield);
        if (isDigit(ch)) {
          modifier = ch - 1;
          s += (ch = yield);
        }
        code += ch;
      } else {
        s += (ch = yield);
        if (ch === '[') {
          code += ch;
          s += (ch = yield);
        }
        // One to three digits, perhaps `;` and a digit for the modifiers, and the command.
        const start = s.length - 1;
        for (let n = 0; n < 3 && isDigit(ch); n++) s += (ch = yield);
        if (ch === ';') {
          s += (ch = yield);
          if (isDigit(ch)) s += yield;
        }
        const command = s.slice(start);
        let m;
        if ((m = /^(?:(\d\d?)(?:;(\d))?([~^$])|(\d{3}~))$/.exec(command))) {
          if (m[4]) {
            code += m[4];
          } else {
            code += m[1] + m[3];
            modifier = (m[2] || 1) - 1;
          }
        } else if ((m = /^((\d;)?(\d))?([A-Za-z])$/.exec(command))) {
          code += m[4];
          modifier = (m[3] || 1) - 1;
        } else {
          code += command;
        }
      }
      key.ctrl = !!(modifier & 4);
      key.meta = !!(modifier & 10);
      key.shift = !!(modifier & 1);
      key.code = code;
      key.name = names[code] ?? shifted[code] ?? controlled[code] ?? 'undefined';
      if (code in shifted) key.shift = true;
      if (code in controlled) key.ctrl = true;
    } else if (ch in plain) {
      key.name = plain[ch];
      key.meta = escaped;
    } else if (!escaped && ch <= '\x1a') {
      key.name = String.fromCharCode(ch.charCodeAt(0) + 96);
      key.ctrl = true;
    } else if (/^[0-9A-Za-z]$/.test(ch)) {
      key.name = ch.toLowerCase();
      key.shift = /^[A-Z]$/.test(ch);
      key.meta = escaped;
    } else if (escaped) {
      key.name = ch.length ? undefined : 'escape';
      key.meta = true;
    }
    key.sequence = s;
    // A broken sequence is dropped.
    if (s.length !== 0 && (key.name !== undefined || escaped)) stream.emit('keypress', escaped ? undefined : s, key);
    else if (charLengthAt(s, 0) === s.length) stream.emit('keypress', s, key);
  }
}

const kDecoder = Symbol('keypress-decoder');

function emitKeypressEvents(stream, iface = {}) {
  if (stream[kDecoder]) return;
  const decoder = stream[kDecoder] = new StringDecoder('utf8');
  let keys;
  const restart = () => {
    keys = emitKeys(stream);
    keys.next();
  };
  restart();
  const { escapeCodeTimeout = 500 } = iface;
  let timer;
  function onData(input) {
    if (stream.listenerCount('keypress') === 0) {
      stream.removeListener('data', onData);
      stream.on('newListener', onNewListener);
      return;
    }
    const s = decoder.write(input);
    if (!s) return;
    clearTimeout(timer);
    // Several characters at once are pasted: a tab among them is text.
    iface._sawKeyPress = charLengthAt(s, 0) === s.length;
    iface.isCompletionEnabled = false;
    let length = 0;
    for (const ch of s) {
      length += ch.length;
      if (length === s.length) iface.isCompletionEnabled = true;
      try {
        keys.next(ch);
        if (length === s.length && ch === ESC) timer = setTimeout(() => keys.next(''), escapeCodeTimeout);
      } catch (err) {
        restart();
        throw err;
      }
    }
  }
  function onNewListener(event) {
    if (event === 'keypress') {
      stream.on('data', onData);
      stream.removeListener('newListener', onNewListener);
    }
  }
  if (stream.listenerCount('keypress') > 0) stream.on('data', onData);
  else stream.on('newListener', onNewListener);
}

module.exports = { charLengthAt, charLengthLeft, emitKeypressEvents };
