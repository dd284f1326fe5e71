// The file of --test-rerun-failures: which tests have passed in each of the runs so far.
'use strict';
const { relative } = require('path');
const { readFileSync, writeFileSync } = require('fs');

exports.read = (file) => {
  let text = '[]';
  try {
    text = readFileSync(file, 'utf8');
  } catch (err) {
    if (err.code !== 'ENOENT') throw err;
  }
  return JSON.parse(text);
};

// recorder reads the stream of a run and adds the run to the file.
exports.recorder = (previousRuns, { cwd, rerunFailuresFilePath }) => async function(source) {
  const passed = { __proto__: null }, seen = new Map();
  let open = null; // the innermost test that has begun
  const begin = (data) => {
    const node = { data, parent: open, children: [] };
    open?.children.push(node);
    open = node;
  };
  const keyOf = ({ file, line, column }) => {
    const place = `${relative(cwd, file)}:${line}:${column}`, n = seen.get(place);
    seen.set(place, (n ?? 0) + 1);
    return n === undefined ? place : `${place}:(${n})`;
  };
  for await (const { type, data } of source) {
    if (type === 'test:start') begin(data);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (!open) begin({ name: 'root', nesting: 0 });
    if (open.data.name !== data.name || open.data.nesting !== data.nesting) begin(data);
    const test = open;
    open = test.parent;
    const key = keyOf(data);
    if (type === 'test:fail') continue;
    passed[key] = {
      name: data.name, children: test.children.map((c) => c.data),
      passed_on_attempt: data.details.passed_on_attempt ?? data.details.attempt, duration_ms: data.details.duration_ms,
    };
  }
  previousRuns.push(passed);
  writeFileSync(rerunFailuresFilePath, JSON.stringify(previousRuns, null, 2), 'utf8');
};
