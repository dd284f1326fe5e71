// Module node:test/reporters, each of whose reporters is loaded when it is asked for.
'use strict';
const getter = (name) => ({ __proto__: null, configurable: true, enumerable: true, get: () => require(`internal/test_runner/reporters/${name}`) });
const maker = (value) => ({ __proto__: null, configurable: true, enumerable: true, value });

Object.defineProperties(module.exports, {
  __proto__: null,
  dot: getter('dot'),
  junit: getter('junit'),
  spec: maker(function spec() { return Reflect.construct(require('internal/test_runner/reporters/spec'), arguments); }),
  tap: getter('tap'),
  lcov: maker(function lcov() { return Reflect.construct(require('internal/test_runner/reporters/lcov'), arguments); }),
});
