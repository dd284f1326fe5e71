// run(): the test files of a run, one process each or all in this one.
'use strict';
const { makeError } = require('internal/errors');
const { validateArray, validateBoolean, validateFunction, validateInteger, validateObject, validateOneOf, validateString,
  validateUint32 } = require('internal/validators');
const { isRegExp } = require('util/types');
const { resolve, sep } = require('path');
const { pathToFileURL } = require('url');
const filters = require('internal/test_runner/filters');
const { commandLine, defaultPattern, validatePath } = require('internal/test_runner/config');
const { plant, startWhenReady } = require('internal/test_runner/harness');
const { Test } = require('internal/test_runner/tree');
const host = require('internal/test_runner/host');

const given = (value) => value !== undefined && value !== null;
const invalid = (...args) => makeError('ERR_INVALID_ARG_VALUE', ...args);

function validateStrings(list, name) {
  validateArray(list, name);
  list.forEach((value, i) => validateString(value, `${name}[${i}]`));
}

// patterns reads testNamePatterns and testSkipPatterns.
function patterns(value, name) {
  if (!given(value)) return value;
  return (Array.isArray(value) ? value : [value]).map((one, i) => {
    if (isRegExp(one)) return one;
    if (typeof one === 'string') return filters.pattern(one, `${name}[${i}]`);
    throw makeError('ERR_INVALID_ARG_TYPE', `${name}[${i}]`, ['string', 'RegExp'], one);
  });
}

function globs(value, name) {
  if (!given(value)) return value;
  const list = Array.isArray(value) ? value : [value];
  validateStrings(list, name);
  return list;
}

// order reads randomize and randomSeed.
function order({ randomize, randomSeed, watch, rerunFailuresFilePath }) {
  if (given(randomize)) validateBoolean(randomize, 'options.randomize');
  if (given(randomSeed)) validateUint32(randomSeed, 'options.randomSeed');
  const random = given(randomSeed) || randomize;
  const refuse = (reason) => {
    if (given(randomSeed)) throw invalid('options.randomSeed', randomSeed, reason);
    if (random) throw invalid('options.randomize', random, reason);
  };
  if (watch) refuse('is not supported with watch mode');
  if (rerunFailuresFilePath) {
    validatePath(rerunFailuresFilePath, 'options.rerunFailuresFilePath');
    refuse('is not supported with rerun failures mode');
  }
  return { randomize: random, randomSeed: random ? randomSeed ?? Math.floor(Math.random() * 2 ** 32) : randomSeed };
}

// read checks the options of run(), in Node's order, and gives them all.
function read(options) {
  validateObject(options, 'options');
  const run = {
    __proto__: null, isolation: 'process', coverage: false, lineCoverage: 0, branchCoverage: 0, functionCoverage: 0, execArgv: [], argv: [],
    cwd: process.cwd(),
  };
  for (const key of ['testNamePatterns', 'testSkipPatterns', 'testTagFilters', 'shard', 'coverageExcludeGlobs', 'coverageIncludeGlobs', 'concurrency',
    'timeout', 'signal', 'files', 'forceExit', 'inspectPort', 'isolation', 'watch', 'setup', 'globalSetupPath', 'only', 'globPatterns', 'coverage',
    'lineCoverage', 'branchCoverage', 'functionCoverage', 'randomize', 'randomSeed', 'execArgv', 'argv', 'cwd', 'rerunFailuresFilePath', 'env']) {
    const value = options[key];
    if (value !== undefined) run[key] = value;
  }
  if (given(run.files)) validateArray(run.files, 'options.files');
  if (given(run.watch)) validateBoolean(run.watch, 'options.watch');
  if (given(run.forceExit)) {
    validateBoolean(run.forceExit, 'options.forceExit');
    if (run.forceExit && run.watch) throw invalid('options.forceExit', run.watch, 'is not supported with watch mode');
  }
  if (given(run.only)) validateBoolean(run.only, 'options.only');
  if (given(run.globPatterns)) validateArray(run.globPatterns, 'options.globPatterns');
  Object.assign(run, order(run));
  validateString(run.cwd, 'options.cwd');
  if (run.globPatterns?.length > 0 && run.files?.length > 0)
    throw invalid('options.globPatterns', run.globPatterns, 'is not supported when specifying \'options.files\'');
  if (given(run.shard)) {
    validateObject(run.shard, 'options.shard');
    const { index, total } = run.shard;
    run.shard = { __proto__: null, index, total };
    validateInteger(total, 'options.shard.total', 1);
    validateInteger(index, 'options.shard.index', 1, total);
    if (run.watch) throw invalid('options.shard', run.watch, 'shards not supported with watch mode');
  }
  if (given(run.setup)) validateFunction(run.setup, 'options.setup');
  run.testNamePatterns = patterns(run.testNamePatterns, 'options.testNamePatterns');
  run.testSkipPatterns = patterns(run.testSkipPatterns, 'options.testSkipPatterns');
  if (given(run.testTagFilters))
    run.testTagFilters = filters.tagFilters(Array.isArray(run.testTagFilters) ? run.testTagFilters : [run.testTagFilters], 'options.testTagFilters');
  validateOneOf(run.isolation, 'options.isolation', ['process', 'none']);
  validateBoolean(run.coverage, 'options.coverage');
  run.coverageExcludeGlobs = globs(run.coverageExcludeGlobs, 'options.coverageExcludeGlobs');
  if (!given(run.coverageExcludeGlobs) && run.coverage) run.coverageExcludeGlobs = [defaultPattern()];
  run.coverageIncludeGlobs = globs(run.coverageIncludeGlobs, 'options.coverageIncludeGlobs');
  for (const key of ['lineCoverage', 'branchCoverage', 'functionCoverage']) validateInteger(run[key], `options.${key}`, 0, 100);
  validateStrings(run.argv, 'options.argv');
  validateStrings(run.execArgv, 'options.execArgv');
  if (given(run.globalSetupPath)) validatePath(run.globalSetupPath, 'options.globalSetupPath');
  if (given(run.env)) {
    validateObject(run.env, 'options.env');
    if (run.isolation === 'none') throw invalid('options.env', run.env, 'is not supported with isolation=\'none\'');
  }
  return run;
}

// configuration is that of the command line with what run() was told.
function configuration(run) {
  const config = { __proto__: null, ...commandLine() };
  for (const key of ['setup', 'coverage', 'coverageExcludeGlobs', 'coverageIncludeGlobs', 'rerunFailuresFilePath', 'lineCoverage', 'branchCoverage',
    'functionCoverage', 'cwd', 'globalSetupPath', 'randomize', 'randomSeed', 'testTagFilters']) config[key] = run[key];
  if (run.isolation === 'none')
    for (const key of ['testNamePatterns', 'testSkipPatterns', 'only']) if (given(run[key])) config[key] = run[key];
  return config;
}

// findFiles lists the test files. Names without wildcards that are not there end the process.
function findFiles(globPatterns, cwd) {
  const list = globPatterns?.length > 0 ? globPatterns : [defaultPattern()];
  const found = require('fs').globSync(list, { cwd, exclude: (name) => name === 'node_modules' }).sort();
  if (given(globPatterns) && found.length === 0 && !list.some(host.hasMagic)) {
    console.error(`Could not find '${list.join(', ')}'`);
    process.exit(1);
  }
  return found;
}

// importFiles loads all test files into this process. One without tests is a test itself.
async function importFiles(run) {
  const { root, cwd } = run;
  const { promise, resolve: ready } = Promise.withResolvers();
  await root.runInAsyncScope(async () => {
    const load = host.importFrom(pathToFileURL(cwd + sep).href);
    root.harness.bootstrap = root.harness.bootstrap ? Promise.all([root.harness.bootstrap, promise]) : promise;
    if (root.config.isTestRunner) host.preload();
    for (const specifier of host.option('import') ?? []) await load(specifier);
    let before = 0;
    for (const file of run.testFiles) {
      const path = resolve(cwd, file);
      let failed;
      root.entryFile = resolve(file);
      try {
        await load(pathToFileURL(path).href);
      } catch (error) {
        failed = { error };
      }
      if (root.subtests.length === before) {
        const test = root.createSubtest(Test, file, undefined, undefined, { loc: [1, 1, root.entryFile] });
        if (failed) test.fail(failed.error);
        startWhenReady(test);
      }
      before = root.subtests.length;
    }
  });
  root.entryFile = null;
  ready();
  return root.runPending();
}

// workersOf numbers the processes that run at the same time.
function workersOf(config) {
  const most = config.concurrency === true ? Math.max(require('os').availableParallelism() - 1, 1) : config.concurrency;
  return { next: 0, most: typeof most === 'number' ? most : 1 };
}

const isColored = (destinations) => destinations.some((name) => {
  const { colored } = require('internal/test_runner/reporters/style');
  return (name === 'stdout' && colored(process.stdout)) || (name === 'stderr' && colored(process.stderr));
});

function run(options = {}) {
  const run = read(options);
  const config = configuration(run);
  const root = run.root = plant({ concurrency: run.concurrency, timeout: run.timeout, signal: run.signal }, config);
  run.hasFiles = given(run.files);
  run.testFiles = run.files ?? findFiles(run.globPatterns, run.cwd);
  if (run.randomize) root.diagnostic(`Randomized test order seed: ${run.randomSeed}`);
  if (run.shard) run.testFiles = run.testFiles.filter((_, i) => i % run.shard.total === run.shard.index - 1);
  run.colored = isColored(config.destinations);
  const inProcess = run.isolation === 'none';
  if (!inProcess && process.env.NODE_TEST_CONTEXT !== undefined) {
    process.emitWarning('node:test run() is being called recursively within a test file. skipping running files.');
    root.postRun();
    return root.reporter;
  }
  if (inProcess) process.env.NODE_TEST_WORKER_ID = '1';
  else run.workers = workersOf(config);
  const watch = run.watch ? require('internal/test_runner/watch').watch(run) : undefined;

  const runFiles = () => {
    if (inProcess && !watch) return importFiles(run);
    const { runFile, allFiles } = require('internal/test_runner/files');
    root.harness.bootstrap = root.harness.buildPromise = null;
    return Promise.allSettled((inProcess ? [allFiles] : run.testFiles).map((path) => {
      const ended = runFile(path, run, watch);
      watch?.running.set(path, ended);
      return ended;
    }));
  };
  const all = async () => {
    if (root.harness.bootstrap) await root.harness.bootstrap;
    if (typeof run.setup === 'function') await run.setup(root.reporter);
    await runFiles();
    if (inProcess || watch) return;
    root.postRun();
    root.harness.teardown();
  };
  all();
  return root.reporter;
}

module.exports = { run, findFiles };
