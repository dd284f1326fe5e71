// How the command line says that tests are to be run.
'use strict';
const { makeError } = require('internal/errors');
const { validateInteger, validateUint32, validateNoNul } = require('internal/validators');
const { option } = require('internal/test_runner/host');
const filters = require('internal/test_runner/filters');

const list = (name) => option(name) ?? [];
// integer reads as much of a value as is a number. It is unsigned, as in Node.
const integer = (name, usual) => {
  if (option(name) === undefined) return usual;
  const n = parseInt(option(name), 10) || 0;
  return n < 0 ? n + 2 ** 64 : n;
};

// defaultPattern is what test files are named like.
function defaultPattern() {
  const extensions = option('strip-types') === false ? 'js,mjs,cjs' : 'js,mjs,cjs,ts,mts,cts';
  return `**/{test,test/**/*,test-*,*[._-]test}.{${extensions}}`;
}

function patterns(name) {
  const given = list(name);
  return given.length > 0 ? given.map((text) => filters.pattern(text, `--${name}`)) : null;
}

// outputs are the reporters with where each writes to.
function outputs(config) {
  const context = process.env.NODE_TEST_CONTEXT;
  if (context === 'child-v8' || context === 'child') {
    config.reporters = [context === 'child' ? 'tap' : 'v8-serializer'];
    config.destinations = ['stdout'];
    return;
  }
  config.destinations = [...list('test-reporter-destination')];
  config.reporters = [...list('test-reporter')];
  config.globalSetupPath = option('test-global-setup') ?? '';
  if (config.reporters.length === 0 && config.destinations.length === 0) config.reporters.push('spec');
  if (config.reporters.length === 1 && config.destinations.length === 0) config.destinations.push('stdout');
  if (config.destinations.length !== config.reporters.length)
    throw makeError('ERR_INVALID_ARG_VALUE', '--test-reporter', config.reporters, 'must match the number of specified \'--test-reporter-destination\'');
}

function shard() {
  const given = option('test-shard');
  if (!given) return undefined;
  if (!/^\d+\/\d+$/.test(given))
    throw makeError('ERR_INVALID_ARG_VALUE', '--test-shard', given, 'must be in the form of <index>/<total>');
  const [index, total] = given.split('/', 2);
  return { __proto__: null, index: parseInt(index, 10), total: parseInt(total, 10) };
}

function coverage(config) {
  const excluded = list('test-coverage-exclude');
  config.coverageExcludeGlobs = excluded.length > 0 ? excluded : [defaultPattern()];
  config.coverageIncludeGlobs = list('test-coverage-include');
  for (const [key, name] of [['branchCoverage', 'branches'], ['lineCoverage', 'lines'], ['functionCoverage', 'functions']]) {
    config[key] = integer(`test-coverage-${name}`, 0);
    validateInteger(config[key], `--test-coverage-${name}`, 0, 100);
  }
}

// validatePath takes what file functions take for a path.
function validatePath(value, name) {
  if (value instanceof URL || require('buffer').Buffer.isBuffer(value)) return;
  if (typeof value !== 'string') throw makeError('ERR_INVALID_ARG_TYPE', name, ['string', 'Buffer', 'URL'], value);
  validateNoNul(value, name);
}

let parsed;

// commandLine is the configuration, read once.
function commandLine() {
  if (parsed) return parsed;
  const flag = (name) => option(name) === true;
  const config = {
    __proto__: null, isTestRunner: flag('test'), concurrency: 1, coverage: flag('experimental-test-coverage'), forceExit: flag('test-force-exit'),
    isolation: undefined, only: flag('test-only'), testNamePatterns: patterns('test-name-pattern'), testSkipPatterns: patterns('test-skip-pattern'),
    testTagFilters: null, timeout: integer('test-timeout', 0) || Infinity, updateSnapshots: flag('test-update-snapshots'), watch: flag('watch'),
    sourceMaps: flag('enable-source-maps'), randomize: flag('test-randomize'), randomSeed: undefined,
    rerunFailuresFilePath: option('test-rerun-failures') ?? '',
  };
  outputs(config);
  const isolation = option('test-isolation') ?? 'process';
  if (config.isTestRunner) config.isolation = isolation;
  config.testTagFilters = filters.tagFilters(list('experimental-test-tag-filter'), '--experimental-test-tag-filter');
  if (config.isTestRunner && isolation !== 'none') {
    // The processes of the files have these.
    config.concurrency = integer('test-concurrency', 0) || true;
    config.only = false;
    config.testNamePatterns = config.testSkipPatterns = null;
  }
  if (config.isTestRunner) config.shard = shard();
  if (config.coverage) coverage(config);
  if (config.rerunFailuresFilePath) validatePath(config.rerunFailuresFilePath, '--test-rerun-failures');
  if (option('test-random-seed') !== undefined) {
    config.randomSeed = integer('test-random-seed');
    validateUint32(config.randomSeed, '--test-random-seed');
    config.randomize = true;
  }
  config.setup = (stream) => require('internal/test_runner/reporters').attach(stream, config);
  return parsed = config;
}

module.exports = { commandLine, defaultPattern, validatePath };
