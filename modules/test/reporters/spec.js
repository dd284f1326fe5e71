// Reporter spec: a tree for people to read, and the failures again at its end.
'use strict';
const { Transform } = require('stream');
const { relative } = require('path');
const { colors, refresh, symbols, colorOf, indent, resultLine } = require('internal/test_runner/reporters/style');

class SpecReporter extends Transform {
  #begun = []; // tests that have begun and are not written, the innermost first
  #failed = [];
  #cwd = process.cwd();

  constructor() {
    super({ writableObjectMode: true });
    refresh();
  }

  #place({ file, line, column }) { return `${relative(this.#cwd, file)}:${line}:${column}`; }

  #failures() {
    if (this.#failed.length === 0) return '';
    const parts = [`\n${colors.red}${symbols['test:fail']}failing tests:${colors.white}\n`];
    for (const data of this.#failed) {
      if (data.file) parts.push(`test at ${this.#place(data)}`);
      parts.push(resultLine('test:fail', data));
    }
    this.#failed = [];
    return parts.join('\n');
  }

  #result(type, data) {
    this.#begun.shift();
    let prefix = '';
    for (let outer = this.#begun.pop(); outer; outer = this.#begun.pop())
      prefix += `${indent(outer.nesting)}${symbols.arrow}${outer.name}\n`;
    return `${resultLine(type, data, { withError: false, prefix, margin: indent(data.nesting) })}\n`;
  }

  #interrupted(tests) {
    if (tests.length === 0) return '';
    const lines = [`\n${colors.yellow}Interrupted while running:${colors.white}\n`];
    for (const test of tests) {
      const where = test.file ? ` ${colors.gray}(${this.#place(test)})${colors.white}` : '';
      lines.push(`${indent(test.nesting)}${symbols.alert}${test.name}${where}`);
    }
    return lines.join('\n') + '\n';
  }

  #text(type, data) {
    switch (type) {
      case 'test:fail':
        if (data.details?.error?.failureType !== 'subtestsFailed') this.#failed.push(data);
        return this.#result(type, data);
      case 'test:pass':
        return this.#result(type, data);
      case 'test:start':
        this.#begun.unshift(data);
        return undefined;
      case 'test:stderr': case 'test:stdout':
        return data.message;
      case 'test:diagnostic': case 'test:log':
        return `${colorOf(data.level) ?? colorOf(type)}${indent(data.nesting)}${symbols.info}${data.message}${colors.white}\n`;
      case 'test:coverage':
        return require('internal/test_runner/reporters/table').report(indent(data.nesting), data.summary, symbols.info, colors.blue);
      case 'test:summary':
        return data.file === undefined ? this.#failures() : undefined; // that of the whole run
      case 'test:watch:restarted':
        return `\nRestarted at ${new Date().toLocaleString()}\n`;
      case 'test:interrupted':
        return this.#interrupted(data.tests);
    }
    return undefined;
  }

  _transform({ type, data }, encoding, callback) { callback(null, this.#text(type, data)); }
  _flush(callback) { callback(null, this.#failures()); }
}
module.exports = SpecReporter;
