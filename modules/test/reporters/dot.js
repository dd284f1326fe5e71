// Reporter dot: one character a test.
'use strict';
const { colors, symbols, colorOf, resultLine } = require('internal/test_runner/reporters/style');

const width = () => Math.max(process.stdout.columns ?? 20, 20);

module.exports = async function* dot(source) {
  const failed = [], errors = [];
  let coverage, used = 0, columns = width();
  for await (const { type, data } of source) {
    if (type === 'test:pass' || type === 'test:fail') {
      yield type === 'test:pass' ? `${colors.green}.${colors.reset}` : `${colors.red}X${colors.reset}`;
      if (type === 'test:fail') failed.push(data);
      if (++used === columns) {
        yield '\n';
        used = 0;
        columns = width();
      }
    } else if (type === 'test:diagnostic') {
      if (data.level === 'error') errors.push(data);
    } else if (type === 'test:coverage') {
      coverage = data.summary;
    }
  }
  yield '\n';
  for (const { level, message } of errors) yield `${colorOf(level)}${symbols.info}${message}${colors.white}\n`;
  if (errors.length > 0 && coverage) yield require('internal/test_runner/reporters/table').report('', coverage, symbols.info, colors.blue);
  if (failed.length > 0) {
    yield `\n${colors.red}Failed tests:${colors.white}\n\n`;
    for (const data of failed) yield resultLine('test:fail', data);
  }
};
