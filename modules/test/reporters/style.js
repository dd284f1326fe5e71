// Colours, symbols and lines that reporters share.
'use strict';
const { inspect } = require('util');

// colored tells whether a stream takes colours.
function colored(stream) {
  if (process.env.FORCE_COLOR !== undefined) return require('tty').WriteStream.prototype.getColorDepth.call(stream ?? {}, process.env) > 2;
  return !!stream?.isTTY && (typeof stream.getColorDepth !== 'function' || stream.getColorDepth() > 2);
}

const colors = { __proto__: null, blue: '', green: '', white: '', yellow: '', red: '', gray: '', reset: '' };
function refresh() {
  if (!colored(process.stderr)) return;
  Object.assign(colors, { blue: '\u001b[34m', green: '\u001b[32m', white: '\u001b[39m', yellow: '\u001b[33m', red: '\u001b[31m', gray: '\u001b[90m',
    reset: '\u001b[0m' });
}
refresh();

const symbols = { '__proto__': null, 'test:fail': '\u2716 ', 'test:pass': '\u2714 ', 'info': '\u2139 ', 'arrow': '\u25B6 ', 'minus': '\uFE63 ', 'alert': '\u26A0 ' };
// colorOf is the colour of a kind of event, or of a level of messages.
function colorOf(kind) {
  switch (kind) {
    case 'test:fail': case 'error': return colors.red;
    case 'test:pass': return colors.green;
    case 'warn': return colors.yellow;
    case 'info': case 'test:diagnostic': case 'test:log': return colors.blue;
  }
  return undefined;
}
const indent = (nesting) => '  '.repeat(nesting);

// inspectError shows an error even if its own inspection throws.
function inspectError(err, options) {
  try {
    return inspect(err, options);
  } catch {
    return inspect(err, { ...options, customInspect: false });
  }
}

let inColor;
function errorLines(error, margin) {
  const cause = error.code === 'ERR_TEST_FAILURE' ? error.cause : error;
  inColor ??= colored(process.stdout);
  const text = inspectError(cause, { colors: inColor, breakLength: Infinity });
  return `\n${margin}  ${text.split(/\r?\n/).join(`\n${margin}  `)}\n`;
}

// resultLine is the line of a test that has ended, with its error if that is wanted.
function resultLine(type, data, { withError = true, prefix = '', margin = '' } = {}) {
  const { skip, todo, expectFailure, details } = data;
  let color = colorOf(type) ?? colors.white, symbol = symbols[type] ?? ' ', title = data.name;
  if (details?.duration_ms) title += ` ${colors.gray}(${details.duration_ms}ms)${colors.white}`;
  if (details?.passed_on_attempt !== undefined) title += ` ${colors.gray}(passed on attempt ${details.passed_on_attempt})${colors.white}`;
  const words = (given, usual) => typeof given === 'string' && given.length ? given : usual;
  if (skip !== undefined) {
    title += ` # ${words(skip, 'SKIP')}`;
    color = colors.gray;
    symbol = symbols.minus;
  } else if (todo !== undefined) {
    title += ` # ${words(todo, 'TODO')}`;
    if (type === 'test:fail') {
      color = colors.yellow;
      symbol = symbols.alert;
    }
  } else if (expectFailure !== undefined) {
    title += ' # EXPECTED FAILURE';
  }
  const err = withError && details?.error ? errorLines(details.error, margin) : '';
  return `${prefix}${margin}${color}${symbol}${title}${colors.white}${err}`;
}

module.exports = { colors, colored, refresh, symbols, colorOf, indent, inspectError, resultLine };
