// Reports of node:test: TAP version 13, or on a terminal the spec form. Both are written as results come in.
'use strict';
const { inspect } = require('util');
exports.isErrorLike = (v) => v !== null && typeof v === 'object' && typeof v.message === 'string' && 'stack' in v;
exports.reportOf = (stream) => stream.isTTY ? new Spec(stream) : new TAP(stream);

const pad = (n) => '    '.repeat(n);
const escapeTAP = (s) => String(s).replace(/\\/g, '\\\\').replace(/#/g, '\\#').replace(/\n/g, '\\n').replace(/\t/g, '\\t').replace(/\r/g, '\\r');

// What a failure says about itself: of an error that the runner wrapped, its cause speaks.
function details(err) {
  const cause = err.failureType !== undefined && err.cause !== undefined ? err.cause : err;
  const d = { failureType: err.failureType };
  if (exports.isErrorLike(cause)) {
    d.error = cause.message;
    d.code = cause.code ?? err.code;
    if (cause.name !== 'Error') d.name = cause.name;
    if (cause.name === 'AssertionError' || cause.code === 'ERR_ASSERTION')
      Object.assign(d, { expected: cause.expected, actual: cause.actual, operator: cause.operator });
    d.stack = String(cause.stack).split('\n').filter((l) => /^\s+at /.test(l) && !l.includes('node:')).map((l) => l.replace(/^\s+at /, '')).join('\n');
    if (cause.failureType && cause.failureType !== 'testCodeFailure') delete d.stack;
  } else {
    d.error = typeof cause === 'string' ? cause : inspect(cause);
    d.code = err.code;
  }
  if (err.failureType === 'subtestsFailed' || err.failureType === 'cancelledByParent' || err.failureType === 'testTimeoutFailure') delete d.stack;
  return d;
}

class TAP {
  constructor(stream) {
    this.stream = stream;
    stream.write('TAP version 13\n');
  }
  start(t) { this.stream.write(`${pad(t.nesting)}# Subtest: ${escapeTAP(t.name)}\n`); }
  plan(nesting, n) { this.stream.write(`${pad(nesting)}1..${n}\n`); }
  result(t) {
    const indent = pad(t.nesting);
    let line = `${indent}${t.passed ? 'ok' : 'not ok'} ${t.number} - ${escapeTAP(t.name)}`;
    if (t.skipped !== undefined) line += ' # SKIP' + (t.skipped ? ' ' + escapeTAP(t.skipped) : '');
    else if (t.todoReason !== undefined) line += ' # TODO' + (t.todoReason ? ' ' + escapeTAP(t.todoReason) : '');
    line += `\n${indent}  ---\n${indent}  duration_ms: ${+t.duration.toFixed(6)}\n`;
    if (t.isSuite) line += `${indent}  type: 'suite'\n`;
    if (t.error) {
      if (t.loc) line += `${indent}  location: '${t.loc}'\n`;
      const d = details(t.error);
      for (const key of Object.keys(d)) line += this.yaml(indent + '  ', key, d[key]);
    }
    line += `${indent}  ...\n`;
    for (const m of t.diagnostics) line += `${indent}# ${escapeTAP(m)}\n`;
    this.stream.write(line);
  }
  yaml(indent, key, value) {
    if (value === undefined) return '';
    if (value !== null && typeof value === 'object') {
      let s = `${indent}${key}:\n`;
      for (const k of Object.keys(value)) s += this.yaml(indent + '  ', k, value[k]);
      return s;
    }
    if (typeof value === 'string') {
      if (value === '' && key === 'stack') return '';
      if (value.includes('\n') || key === 'stack') return `${indent}${key}: |-\n` + value.split('\n').map((l) => `${indent}  ${l}\n`).join('');
      return `${indent}${key}: '${value.replace(/'/g, "\\'")}'\n`;
    }
    return `${indent}${key}: ${typeof value === 'function' || typeof value === 'symbol' ? inspect(value) : String(value)}\n`;
  }
  summary(n, diagnostics, counts, duration) {
    let s = `1..${n}\n`;
    for (const m of diagnostics) s += `# ${escapeTAP(m)}\n`;
    for (const k of Object.keys(counts)) s += `# ${k} ${counts[k]}\n`;
    this.stream.write(`${s}# duration_ms ${+duration.toFixed(6)}\n`);
  }
}

class Spec {
  constructor(stream) {
    this.stream = stream;
    this.failed = [];
    this.color = stream.hasColors && stream.hasColors() ? (c, s) => `\u001b[${c}m${s}\u001b[39m` : (c, s) => s;
  }
  start(t) { if (t.isSuite || t.subtests.length) this.stream.write(`${'  '.repeat(t.nesting)}\u25B6 ${t.name}\n`); }
  plan() {}
  result(t) {
    const indent = '  '.repeat(t.nesting), took = this.color(90, ` (${+t.duration.toFixed(6)}ms)`);
    if (!t.passed) this.failed.push(t);
    let text;
    if (t.skipped !== undefined) text = this.color(90, `\uFE63 ${t.name}`) + took + this.color(90, ` # ${t.skipped || 'SKIP'}`);
    else if (t.passed) text = this.color(32, `\u2714 ${t.name}`) + took;
    else text = this.color(31, `\u2716 ${t.name}`) + took;
    if (t.todoReason !== undefined) text += ` # ${t.todoReason || 'TODO'}`;
    this.stream.write(indent + text + '\n' + t.diagnostics.map((m) => `${indent}${this.color(34, '\u2139 ' + m)}\n`).join(''));
  }
  summary(n, diagnostics, counts, duration) {
    let s = diagnostics.map((m) => this.color(34, `\u2139 ${m}`) + '\n').join('');
    for (const k of Object.keys(counts)) s += this.color(34, `\u2139 ${k} ${counts[k]}`) + '\n';
    s += this.color(34, `\u2139 duration_ms ${+duration.toFixed(6)}`) + '\n';
    const leaves = this.failed.filter((t) => t.error.failureType !== 'subtestsFailed');
    if (leaves.length) s += `\n${this.color(31, '\u2716 failing tests:')}\n`;
    for (const t of leaves) {
      const { error } = t, cause = error.cause ?? error;
      s += `\n${t.loc ? `test at ${t.loc.replace(process.cwd() + '/', '')}\n` : ''}${this.color(31, `\u2716 ${t.name}`)}\n  `;
      s += inspect(cause).replace(/\n/g, '\n  ') + '\n';
    }
    this.stream.write(s);
  }
}
