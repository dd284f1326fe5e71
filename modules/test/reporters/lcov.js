// Reporter lcov: the coverage in the form of geninfo's trace files.
'use strict';
const { Transform } = require('stream');
const { relative } = require('path');

function record(file, directory) {
  const lines = [`SF:${relative(directory, file.path)}`];
  const names = file.functions.map((f, i) => f.name || `anonymous_${i}`);
  file.functions.forEach((f, i) => lines.push(`FN:${f.line},${names[i]}`));
  file.functions.forEach((f, i) => lines.push(`FNDA:${f.count},${names[i]}`));
  lines.push(`FNF:${file.totalFunctionCount}`, `FNH:${file.coveredFunctionCount}`);
  file.branches.forEach((b, i) => lines.push(`BRDA:${b.line},${i},0,${b.count}`));
  lines.push(`BRF:${file.totalBranchCount}`, `BRH:${file.coveredBranchCount}`);
  for (const { line, count } of [...file.lines].sort((a, b) => a.line - b.line)) lines.push(`DA:${line},${count}`);
  lines.push(`LH:${file.coveredLineCount}`, `LF:${file.totalLineCount}`, 'end_of_record');
  return lines.join('\n') + '\n';
}

class LcovReporter extends Transform {
  constructor(options) { super({ ...options, writableObjectMode: true }); }
  _transform({ type, data }, encoding, callback) {
    if (type !== 'test:coverage') return callback(null);
    try {
      callback(null, 'TN:\n' + data.summary.files.map((file) => record(file, data.summary.workingDirectory)).join(''));
    } catch (err) {
      callback(err);
    }
  }
}
module.exports = LcovReporter;
