// Cursor movement on a stream that is a terminal.
'use strict';
const { codes } = require('internal/errors');
const { validateFunction } = require('internal/validators');

const CSI = '\x1b[';

function write(stream, data, callback) {
  if (stream == null || data === '') {
    if (typeof callback === 'function') process.nextTick(callback, null);
    return true;
  }
  return stream.write(data, callback);
}

function check(callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
}

const to = (x, y) => CSI + (typeof y !== 'number' ? `${x + 1}G` : `${y + 1};${x + 1}H`);
const by = (dx, dy) =>
  (dx < 0 ? `${CSI}${-dx}D` : dx > 0 ? `${CSI}${dx}C` : '') + (dy < 0 ? `${CSI}${-dy}A` : dy > 0 ? `${CSI}${dy}B` : '');
const lineClear = (dir) => CSI + (dir < 0 ? '1K' : dir > 0 ? '0K' : '2K');
const screenClear = `${CSI}0J`;

module.exports = {
  to, by, lineClear, screenClear,
  cursorTo: function(stream, x, y, callback) {
    check(callback);
    if (typeof y === 'function') {
      callback = y;
      y = undefined;
    }
    if (Number.isNaN(x)) throw new codes.ERR_INVALID_ARG_VALUE('x', x);
    if (Number.isNaN(y)) throw new codes.ERR_INVALID_ARG_VALUE('y', y);
    if (stream == null || (typeof x !== 'number' && typeof y !== 'number')) return write(null, '', callback);
    if (typeof x !== 'number') throw new codes.ERR_INVALID_CURSOR_POS();
    return write(stream, to(x, y), callback);
  },
  moveCursor: function(stream, dx, dy, callback) {
    check(callback);
    if (stream == null || !(dx || dy)) return write(null, '', callback);
    return stream.write(by(dx, dy), callback);
  },
  clearLine: function(stream, dir, callback) {
    check(callback);
    return write(stream, lineClear(dir), callback);
  },
  clearScreenDown: function(stream, callback) {
    check(callback);
    return write(stream, screenClear, callback);
  },
};
