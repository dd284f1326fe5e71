// The functions of t.assert.
'use strict';
const { validateFunction, validateString } = require('internal/validators');

const kNames = ['deepEqual', 'deepStrictEqual', 'doesNotMatch', 'doesNotReject', 'doesNotThrow', 'equal', 'fail', 'ifError', 'match', 'notDeepEqual',
  'notDeepStrictEqual', 'notEqual', 'notStrictEqual', 'partialDeepStrictEqual', 'rejects', 'strictEqual', 'throws'];
let functions, ready = false;

function all() {
  if (functions) return functions;
  const assert = require('assert');
  functions = new Map();
  for (const name of kNames) if (assert[name]) functions.set(name, assert[name]);
  return functions;
}

// functionsFor adds those that compare with snapshots.
function functionsFor(harness) {
  if (ready) return all();
  ready = true;
  const { Snapshots } = require('internal/test_runner/snapshot');
  harness.snapshots = new Snapshots(harness.config.updateSnapshots);
  for (const [name, f] of [['snapshot', harness.snapshots.assertion()], ['fileSnapshot', harness.snapshots.fileAssertion()]])
    if (!all().has(name)) all().set(name, f);
  return functions;
}

function register(name, fn) {
  validateString(name, 'name');
  validateFunction(fn, 'fn');
  all().set(name, fn);
}

module.exports = { functionsFor, register, reset() { ready = false; } };
