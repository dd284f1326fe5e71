// Reporter tap: version 13 of the Test Anything Protocol, with YAML blocks.
'use strict';
const { isDate, isNativeError } = require('util/types');
const { inspectError } = require('internal/test_runner/reporters/style');
const { wrapsCause } = require('internal/test_runner/failure');

const indent = (nesting) => '    '.repeat(nesting);
const kEscapes = { '__proto__': null, '\b': '\\\\b', '\f': '\\\\f', '\t': '\\\\t', '\n': '\\\\n', '\r': '\\\\r', '\v': '\\\\v', '\\': '\\\\', '#': '\\#' };
const escape = (text) => text.replace(/[\b\f\t\n\r\v\\#]/g, (c) => kEscapes[c]);
const scalar = (value) => inspectError(value, { colors: false, breakLength: Infinity });
const isErrorObject = (v) => isNativeError(v) || v instanceof Error;
const likeAssertion = (v) => v !== null && typeof v === 'object' && 'expected' in v && 'actual' in v;

function resultLine(status, { nesting, testNumber, name, skip, todo, expectFailure }) {
  const reason = (v) => typeof v === 'string' && v.length ? ` ${escape(v)}` : '';
  let line = `${indent(nesting)}${status} ${testNumber}`;
  if (name) line += ` ${escape(`- ${name}`)}`;
  if (skip !== undefined) line += ` # SKIP${reason(skip)}`;
  else if (todo !== undefined) line += ` # TODO${reason(todo)}`;
  else if (expectFailure !== undefined) line += ` # EXPECTED FAILURE${typeof expectFailure === 'string' ? ` ${escape(expectFailure)}` : ''}`;
  return line + '\n';
}

function block({ nesting, details = {}, file, line, column }, located) {
  const margin = indent(nesting);
  let text = `${margin}  ---\n${yaml(margin, 'duration_ms', details.duration_ms)}${yaml(margin, 'type', details.type)}`;
  if (located && file) text += yaml(margin, 'location', `${file}:${line}:${column}`);
  return `${text}${yaml(margin, null, details.error, new Set())}${margin}  ...\n`;
}

// yaml writes a property; one without a name is the content of the block itself.
function yaml(margin, name, value, seen) {
  if (value === undefined) return '';
  const head = `${margin}  ${name}:`;
  if (value === null) return `${head} ~\n`;
  if (typeof value === 'string') {
    const lines = value.split(/\r?\n/);
    return lines.length === 1 ? `${head} ${scalar(value)}\n` : `${head} |-\n${lines.map((l) => `${margin}    ${l}\n`).join('')}`;
  }
  if (typeof value !== 'object') return `${head} ${scalar(value)}\n`;
  seen.add(value);
  const isError = isErrorObject(value);
  let text = '', inner = margin;
  if (name !== null) {
    text += `${head}${isDate(value) ? ` ${value.toISOString()}` : ''}\n`;
    inner += '  ';
  }
  for (const [key, v] of Object.entries(value)) {
    if (isError && (key === 'cause' || key === 'code')) continue;
    text += seen.has(v) ? `${inner}  ${key}: <Circular>\n` : yaml(inner, key, v, seen);
  }
  return isError ? text + errorText(margin, value, seen) : text;
}

// errorText writes what an error says. Behind a failure that wraps an error of the test's own, it is that one's.
function errorText(margin, err, seen) {
  const { cause } = err;
  const wraps = err.code === 'ERR_TEST_FAILURE' && wrapsCause(err.failureType);
  const of = (key) => wraps ? cause?.[key] ?? err[key] : err[key];
  const assertion = wraps && likeAssertion(cause) ? cause : likeAssertion(err) ? err : undefined;
  const code = of('code'), name = of('name'), stack = of('stack');
  let text = yaml(margin, 'error', of('message') ?? '<unknown error>', seen);
  if (code) text += yaml(margin, 'code', code, seen);
  if (name && name !== 'Error') text += yaml(margin, 'name', name, seen);
  if (assertion) {
    // Circles within the two are their own.
    text += yaml(margin, 'expected', assertion.expected, new Set(seen));
    text += yaml(margin, 'actual', assertion.actual, new Set(seen));
    const operator = assertion.operator ?? err.operator;
    if (operator) text += yaml(margin, 'operator', operator, seen);
  }
  if (typeof stack === 'string') {
    const frames = stack.split(/\r?\n/).filter((l) => /^ {4}at ./.test(l)).map((l) => l.slice('    at '.length));
    if (frames.length > 0) text += `${margin}  stack: |-\n${frames.map((f) => `${margin}    ${f}\n`).join('')}`;
  }
  return text;
}

module.exports = async function* tap(source) {
  yield 'TAP version 13\n';
  for await (const { type, data } of source) {
    switch (type) {
      case 'test:fail':
        yield resultLine('not ok', data);
        yield block(data, true);
        break;
      case 'test:pass':
        yield resultLine('ok', data);
        yield block(data, false);
        break;
      case 'test:plan':
        yield `${indent(data.nesting)}1..${data.count}\n`;
        break;
      case 'test:start':
        yield `${indent(data.nesting)}# Subtest: ${escape(data.name)}\n`;
        break;
      case 'test:stderr': case 'test:stdout':
        for (const line of data.message.split(/\r?\n/)) if (line.length > 0) yield `# ${escape(line)}\n`;
        break;
      case 'test:diagnostic': case 'test:log':
        yield `${indent(data.nesting)}# ${escape(String(data.message))}\n`;
        break;
      case 'test:coverage':
        yield require('internal/test_runner/reporters/table').report(indent(data.nesting), data.summary, '# ', '');
        break;
      case 'test:interrupted':
        for (const { name, file, line, column } of data.tests)
          yield `# ${escape(`Interrupted while running: ${name}${file ? ` at ${file}:${line}:${column}` : ''}`)}\n`;
        break;
    }
  }
};
