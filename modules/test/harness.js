// The root of the tree of tests, and what a process that runs tests does besides.
'use strict';
const { setInterval, clearInterval, setImmediate } = require('timers');
const { failure } = require('internal/test_runner/failure');
const { Test, Suite, make, current } = require('internal/test_runner/tree');
const { commandLine } = require('internal/test_runner/config');
const { location, importFrom } = require('internal/test_runner/host');

const clock = process.hrtime.bigint;

// reporting stands for the reporters where others have a test: their errors are nobody's failure.
const reporting = { outputs: [] };
let root; // of tests that are made outside of any
let setUp = false;

// globalSetup loads the module of --test-global-setup and runs what it has for the beginning.
async function globalSetup(harness) {
  const { globalSetupPath, cwd } = harness.config;
  await null;
  // Who calls run() has some promise jobs to listen to the stream, as many as in Node.
  if (setUp || !globalSetupPath) return Promise.resolve();
  setUp = true;
  const { validateFunction } = require('internal/validators');
  const { pathToFileURL } = require('url');
  const { resolve, sep } = require('path');
  require('internal/test_runner/config').validatePath(globalSetupPath, 'options.globalSetupPath');
  const module = await importFrom(pathToFileURL(cwd + sep).href)(pathToFileURL(resolve(cwd, globalSetupPath)).href);
  const of = (name) => {
    const fn = module[name] ?? module.default?.[name];
    if (fn) validateFunction(fn, `globalSetupModule.${name}`);
    return fn || undefined;
  };
  const begin = of('globalSetup');
  harness.globalTeardown = of('globalTeardown');
  return begin?.();
}

// plant makes a root for a configuration.
function plant(given, config) {
  const built = Promise.withResolvers();
  const harness = {
    __proto__: null, config, buildPromise: built.promise, buildSuites: [], waitsForBuild: false, watching: false, success: true, counters: null,
    coverage: null, snapshots: null, previousRuns: null, teardown: null, globalTeardown: undefined,
    byName: config.testNamePatterns || config.testSkipPatterns, byTags: config.testTagFilters !== null && config.testTagFilters !== undefined,
    byOnly: config.isolation === 'process' || process.env.NODE_TEST_CONTEXT ? config.only : true,
    resetCounters() {
      harness.counters = { __proto__: null, tests: 0, failed: 0, passed: 0, cancelled: 0, skipped: 0, todo: 0, topLevel: 0, suites: 0 };
    },
    async waitForBuild() {
      if (harness.buildSuites.length > 0) await Promise.all(harness.buildSuites);
      built.resolve();
    },
  };
  harness.resetCounters();
  harness.bootstrap = globalSetup(harness);
  root = make(Test, { __proto__: null, ...given, harness, name: '<root>' });
  watchProcess(root, config);
  root.startTime = clock();
  return root;
}

// blame makes the handler of one of the events of errors that nobody caught.
function blame(event, root) {
  return (err) => {
    const test = current();
    // Before everything is set up there is nobody to tell of it.
    if (root.harness.bootstrap || test === reporting) throw err;
    if (test && !test.finished && !test.hookType) {
      test.fail(failure(err, event));
      test.abortController.abort();
      return;
    }
    let words = `Error: A resource generated asynchronous activity after the test ended. This activity created the error "${err}" which ` +
      `triggered an ${event} event, caught by the test runner.`;
    if (test) {
      const who = test.hookType ? `Test hook "${test.hookType}"` : `Test "${test.name}"`;
      const where = test.loc ? ` at ${require('path').relative(root.config.cwd, test.loc.file)}:${test.loc.line}:${test.loc.column}` : '';
      words = `Error: ${who}${where} generated asynchronous activity after the test ended. This activity created the error ` +
        `"${err}" and would have caused the test to fail, but instead triggered an ${event} event.`;
    }
    root.diagnostic(words);
    failed(root);
  };
}

function failed(root) {
  root.harness.success = false;
  process.exitCode = 1;
}

// readPreviousRuns prepares --test-rerun-failures.
function readPreviousRuns(root, config) {
  const file = config.rerunFailuresFilePath;
  if (!file) return;
  const rerun = require('internal/test_runner/rerun');
  root.harness.previousRuns = rerun.read(file);
  if (root.harness.previousRuns === null) {
    root.diagnostic(`Warning: The rerun failures file at ${file} is not a valid rerun file. The test runner will not be able to rerun failed tests.`);
    failed(root);
  } else if (!process.env.NODE_TEST_CONTEXT) {
    const { compose, PassThrough } = require('stream');
    compose(root.reporter, rerun.recorder(root.harness.previousRuns, config)).pipe(new PassThrough());
  }
}

// running lists the innermost tests that have begun and not ended.
function running(test, found = []) {
  if (test.startTime === null || test.finished) return found;
  for (const t of test.subtests) running(t, found);
  if (test.activeSubtests === 0 && test.parent !== null)
    found.push({ __proto__: null, name: test.name, nesting: test.nesting, file: test.loc?.file, line: test.loc?.line, column: test.loc?.column });
  return found;
}

function watchProcess(root, config) {
  const { harness } = root;
  const uncaught = blame('uncaughtException', root), rejected = blame('unhandledRejection', root);
  if (config.coverage) require('internal/test_runner/coverage').begin(root);
  readPreviousRuns(root, config);
  const teardown = async (interrupted) => {
    // Hooks run where there is no test, too.
    if (root.subtests.length === 0 && (root.hooks.before.length > 0 || root.hooks.after.length > 0)) await root.run();
    if (interrupted !== true && root.subtestsPromise !== null) {
      const alive = setInterval(() => {}, 2 ** 31 - 1);
      await root.subtestsPromise.promise;
      clearInterval(alive);
    }
    root.postRun(failure('Promise resolution is still pending but the event loop has already resolved', 'cancelledByParent'));
    if (harness.globalTeardown) {
      const end = harness.globalTeardown;
      harness.globalTeardown = null;
      await end();
    }
    process.removeListener('uncaughtException', uncaught);
    process.removeListener('unhandledRejection', rejected);
    process.removeListener('beforeExit', teardown);
    process.removeListener('SIGINT', terminate);
    process.removeListener('SIGTERM', terminate);
  };
  const terminate = async () => {
    const tests = running(root);
    if (tests.length > 0) {
      root.reporter.interrupted(tests);
      await new Promise((resolve) => { setImmediate(resolve); }); // for the reporters
    }
    await teardown(true);
    process.exit();
  };
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', rejected);
  process.on('beforeExit', teardown);
  if (config.isTestRunner) {
    process.on('SIGINT', terminate);
    process.on('SIGTERM', terminate);
  }
  harness.teardown = teardown;
}

// reportRoot reports what the run came to.
function reportRoot(root) {
  const { harness, loc, reporter } = root;
  const { counters } = harness;
  root.reported = true;
  reporter.plan(root.nesting, loc, counters.topLevel);
  const coverage = harness.coverage?.() ?? null; // it may add to what there is to say
  harness.snapshots?.write();
  for (const message of root.diagnostics) reporter.diagnostic(root.nesting, loc, message);
  const duration = root.duration();
  for (const [name, n] of [['tests', counters.tests], ['suites', counters.suites], ['pass', counters.passed], ['fail', counters.failed],
    ['cancelled', counters.cancelled], ['skipped', counters.skipped], ['todo', counters.todo], ['duration_ms', duration]])
    reporter.diagnostic(root.nesting, loc, `${name} ${n}`);
  if (coverage) {
    for (const [name, actual] of [['line', coverage.totals.coveredLinePercent], ['branch', coverage.totals.coveredBranchPercent],
      ['function', coverage.totals.coveredFunctionPercent]]) {
      const least = root.config[`${name}Coverage`];
      if (!(actual < least)) continue;
      failed(root);
      reporter.diagnostic(root.nesting, loc, `Error: ${actual.toFixed(2)}% ${name} coverage does not meet threshold of ${least}%.`, 'error');
    }
    reporter.coverage(root.nesting, loc, coverage);
  }
  reporter.summary(loc?.file, harness.success, counters, duration);
  if (!harness.watching) return reporter.finish();
  root.reported = false;
  harness.resetCounters();
  require('internal/test_runner/assert').reset();
}

// exitNow ends the process when the reporters have written what they have.
async function exitNow(root) {
  const closed = reporting.outputs.map(({ destination }) => new Promise((resolve) => {
    destination.on('unpipe', () => {
      if (!destination.closed && typeof destination.close === 'function') destination.close(resolve);
      else resolve();
    });
  }));
  root.harness.teardown();
  await Promise.all(closed);
  process.exit();
}

// theRoot is the root of a process that was started without --test.
function theRoot() {
  if (root) return root;
  const entryFile = process.argv?.[1];
  const config = { __proto__: null, ...commandLine(), cwd: process.cwd() };
  plant({ entryFile, loc: entryFile ? [1, 1, entryFile] : undefined }, config);
  root.reporter.on('test:summary', ({ success }) => { if (!success) process.exitCode = 1; });
  root.harness.bootstrap = Promise.all([root.harness.bootstrap, config.setup(root.reporter)]);
  return root;
}

// startWhenReady starts a test at the top when all is set up and all suites of the present turn are collected.
async function startWhenReady(test) {
  const { harness } = test.root;
  if (harness.buildPromise) {
    if (harness.bootstrap) {
      await harness.bootstrap;
      harness.bootstrap = null;
    }
    if (test.buildSuite) harness.buildSuites.push(test.buildSuite);
    if (!harness.waitsForBuild) {
      harness.waitsForBuild = true;
      queueMicrotask(() => harness.waitForBuild());
    }
    await harness.buildPromise;
    harness.buildPromise = null;
  }
  await test.start();
}

const enclosing = () => {
  const test = current();
  return test === undefined || test === reporting ? theRoot() : test;
};

// begin is test(), suite() and their short forms, which stand for an option that is true.
function begin(isSuite, keyword, name, given, fn) {
  const parent = enclosing();
  const overrides = { __proto__: null, loc: location() };
  if (keyword) overrides[keyword] = true;
  const test = parent.createSubtest(isSuite ? Suite : Test, name, given, fn, overrides);
  return parent instanceof Suite ? Promise.resolve() : startWhenReady(test);
}
function hook(kind, fn, options) { enclosing().createHook(kind, fn, options, location()); }

function getTestContext() {
  const test = current();
  return test === undefined || test === reporting ? undefined : test.context;
}

module.exports = { plant, reportRoot, exitNow, startWhenReady, getTestContext, reporting, begin, hook };
