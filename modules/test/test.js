// Module node:test. The runner is loaded when the first test or hook is made.
'use strict';
const harness = () => require('internal/test_runner/harness');

function maker(isSuite) {
  const test = (name, options, fn) => harness().begin(isSuite, undefined, name, options, fn);
  for (const keyword of ['expectFailure', 'skip', 'todo', 'only'])
    test[keyword] = (name, options, fn) => harness().begin(isSuite, keyword, name, options, fn);
  return test;
}
const hook = (kind) => (fn, options) => { harness().hook(kind, fn, options); };

const test = maker(false), suite = maker(true);
module.exports = test;
Object.assign(test, {
  after: hook('after'), afterEach: hook('afterEach'), before: hook('before'), beforeEach: hook('beforeEach'), describe: suite,
  getTestContext() { return harness().getTestContext(); }, it: test,
  run(...options) { return require('internal/test_runner/run').run(...options); }, suite, test,
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
