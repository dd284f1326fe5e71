// Module node:test. What a script does not ask for is not loaded.
'use strict';
const { test, suite, before, after, beforeEach, afterEach, getTestContext } = require('internal/test_runner/harness');

module.exports = test;
Object.assign(test, {
  after, afterEach, before, beforeEach, describe: suite, getTestContext, it: test,
  run(options) { return Reflect.apply(require('internal/test_runner/run').run, undefined, arguments.length > 0 ? [options] : []); },
  suite, test,
});

const lazily = (name, make) => {
  let made;
  Object.defineProperty(test, name, { __proto__: null, configurable: true, enumerable: true, get: () => made ??= make() });
};
lazily('mock', () => new (require('internal/test_runner/mock').MockTracker)());
lazily('snapshot', () => {
  const { setDefaultSnapshotSerializers, setResolveSnapshotPath } = require('internal/test_runner/snapshot');
  return { __proto__: null, setDefaultSnapshotSerializers, setResolveSnapshotPath };
});
lazily('assert', () => ({ __proto__: null, register: require('internal/test_runner/assert').register }));
