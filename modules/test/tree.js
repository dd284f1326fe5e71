// The tree of tests. A test runs as many of its subtests at a time as its concurrency says; they are reported in the
// order in which they were made, each when its turn has come and all within it are done.
'use strict';
const { AsyncResource, AsyncLocalStorage } = require('async_hooks');
const { makeError, AbortError } = require('internal/errors');
const { validateAbortSignal, validateNumber, validateOneOf, validateString, validateUint32 } = require('internal/validators');
const { setTimeout, clearTimeout } = require('timers');
const { isPromise } = require('util/types');
const { kResistStopPropagation } = require('internal/event_target');
const { failure, isFailure } = require('internal/test_runner/failure');
const { TestContext, SuiteContext } = require('internal/test_runner/context');
const { TestsStream } = require('internal/test_runner/stream');
const options = require('internal/test_runner/filters');

const clock = process.hrtime.bigint;
const kLongest = 2 ** 31 - 1;
const kHooks = ['before', 'after', 'beforeEach', 'afterEach'];
const nothing = () => {};
const race = (...promises) => Promise.race(promises);

// scope holds the test that an execution belongs to. A test is made in its own: there it begins, and all that follows from it.
const scope = new AsyncLocalStorage();
const make = (Class, given) => scope.run({ test: undefined }, () => new Class(given));
const current = () => scope.getStore()?.test;

// once makes a function that runs f at its first call, and gives its result at all.
function once(f) {
  let called = false, result;
  return function(...args) {
    if (!called) {
      called = true;
      result = Reflect.apply(f, this, args);
    }
    return result;
  };
}

// onAbort calls f when signal aborts, whatever other listeners do, and returns how to stop that.
function onAbort(signal, f) {
  signal.addEventListener('abort', f, { __proto__: null, once: true, [kResistStopPropagation]: true });
  return () => signal.removeEventListener('abort', f);
}

// limits is a promise of the end of a test that is stopped: its time is up, or its signal aborts.
function limits(timeout, signal) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const release = onAbort(signal, timeout === null ? resolve : expire);
  if (signal.aborted) queueMicrotask(timeout === null ? resolve : expire);
  let timer;
  function expire() { reject(failure(`test timed out after ${timeout}ms`, 'testTimeoutFailure')); }
  if (timeout !== null) {
    timer = setTimeout(expire, timeout);
    timer.unref();
    promise.catch(nothing);
  }
  return { promise, dispose() { release(); clearTimeout(timer); } };
}

// callbackOnce makes the callback of a test that takes one, and the promise of its call.
function callbackOnce() {
  const { promise, resolve, reject } = Promise.withResolvers();
  let calls = 0;
  const callback = (err) => {
    calls++;
    if (calls === 2) throw failure('callback invoked multiple times', 'multipleCallbackInvocations');
    if (calls > 2) return;
    if (err) reject(err);
    else resolve();
  };
  return { promise, callback };
}

// Channel publishes the life of a test to diagnostics_channel, if somebody listens.
class Channel {
  #context;
  #end = () => channels().end.publish(this.#context);
  #error = (error) => channels().error.publish({ __proto__: null, ...this.#context, error });
  constructor(test) {
    this.#context = { __proto__: null, name: test.name, nesting: test.nesting, file: test.entryFile, type: test.reportedType };
  }
  // around makes a function that runs fn as the test that this is about.
  around(fn, self) {
    if (!channels().start.hasSubscribers) return fn;
    return (...args) => channels().start.runStores(this.#context, () => {
      this.#end = AsyncResource.bind(this.#end);
      this.#error = AsyncResource.bind(this.#error);
      return Reflect.apply(fn, self, args);
    });
  }
  failed(err) { if (channels().error.hasSubscribers) this.#error(err); }
  ended() { if (channels().end.hasSubscribers) this.#end(); }
}
let tracing;
const channels = () => tracing ??= require('diagnostics_channel').tracingChannel('node.test');

let unheard; // the stream of tests that are not reported

class Test extends AsyncResource {
  reportedType = 'test';
  #announced = false;
  #context;
  #tags;

  constructor(given) {
    super('Test');
    scope.getStore().test = this;
    let { fn, name } = given;
    const { loc, skip, todo, signal } = given;
    const parent = given.parent instanceof Test ? given.parent : null;
    if (typeof fn !== 'function') fn = nothing;
    if (typeof name !== 'string' || name === '') name = fn.name || '<anonymous>';
    Object.assign(this, {
      name, parent, testNumber: 0, outputSubtestCount: 0, diagnostics: [], filtered: false, filteredByName: false,
      filteredByTag: false, hasOnlyTests: false, harness: null, nesting: 0, timeout: null, runOnlySubtests: false,
    });
    const own = given.tags === undefined ? options.noTags : options.canonicalTags(given.tags, 'options.tags');
    this.tagSet = new Set([...(parent ? parent.tagSet : []), ...own]);
    if (parent === null) this.#plant(given);
    else if (this.#graft(given)) fn = nothing;
    this.#limit(given);
    if (skip) fn = nothing;
    this.abortController = new AbortController();
    this.signal = this.abortController.signal;
    this.outerSignal = signal;
    if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
    if (signal) this.detachSignal = onAbort(signal, this.#aborted);
    Object.assign(this, {
      fn, mock: null, plan: null, expectedAssertions: given.plan, cancelled: false,
      expectFailure: options.expectation(given.expectFailure) || parent?.expectFailure,
      skipped: skip !== undefined && skip !== false, isTodo: (todo !== undefined && todo !== false) || parent?.isTodo,
      startTime: null, endTime: null, passed: false, error: null, attempt: undefined, passedAttempt: undefined,
      message: typeof skip === 'string' ? skip : typeof todo === 'string' ? todo : null,
      activeSubtests: 0, pending: [], pendingScheduled: false, ready: new Map(), unfinished: new Set(), subtestsPromise: null, subtests: [],
      random: this.config.randomize ? options.generator(this.config.randomSeed) : null,
      nextReportOrder: 1, reportOrder: 0, waitingOn: 0, finished: false,
      hooks: { __proto__: null, before: [], after: [], beforeEach: [], afterEach: [], ownAfterEach: 0 },
    });
    this.loc = undefined;
    if (loc !== undefined) {
      const file = loc[2].startsWith('file://') ? require('url').fileURLToPath(loc[2]) : loc[2];
      this.loc = { __proto__: null, line: loc[0], column: loc[1], file };
      if (this.root.harness.previousRuns) options.replay(this, Test);
    }
  }

  // plant makes this the root.
  #plant(given) {
    this.root = this;
    this.harness = given.harness;
    this.config = this.harness.config;
    this.concurrency = 1;
    this.only = this.runOnlySubtests = this.config.only;
    this.reporter = new TestsStream();
    this.childNumber = 0;
    this.entryFile = given.entryFile;
    this.seenPlaces = new Map();
    this.nextTestId = 1;
    this.testId = 0;
  }

  // graft puts this below its parent, and tells whether it is not to run for want of the option only.
  #graft({ only }) {
    const { parent } = this;
    const { config, byName, byOnly, byTags } = parent.root.harness;
    this.root = parent.root;
    this.config = config;
    this.nesting = parent.parent === null ? parent.nesting : parent.nesting + 1;
    this.concurrency = parent.concurrency;
    this.only = only;
    this.reporter = parent.reporter;
    this.childNumber = parent.subtests.length + 1;
    this.timeout = parent.timeout;
    this.entryFile = parent.entryFile;
    this.testId = this.root.nextTestId++;
    // What is wanted makes all that it is in wanted.
    if (byName && !(this.filteredByName = this.excludedByName()))
      for (let t = parent; t !== null && t.filteredByName; t = t.parent) t.filteredByName = false;
    if (byTags && !(this.filteredByTag = this.excludedByTags()))
      for (let t = parent; t !== null && t.filteredByTag; t = t.parent) t.filteredByTag = false;
    if (!byOnly) {
      if (only || parent.runOnlySubtests) this.diagnostic("'only' and 'runOnly' require the --test-only command-line option.");
      return false;
    }
    if (!only) return only === false;
    parent.runOnlySubtests = true;
    if (parent === this.root || parent.startTime === null)
      for (let t = parent; t !== null && !t.hasOnlyTests; t = t.parent) t.hasOnlyTests = true;
    return false;
  }

  #limit({ concurrency, timeout }) {
    if (typeof concurrency === 'number') {
      validateUint32(concurrency, 'options.concurrency', true);
      this.concurrency = concurrency;
    } else if (typeof concurrency === 'boolean') {
      const most = this.parent === null ? Math.max(require('os').availableParallelism() - 1, 1) : Infinity;
      this.concurrency = concurrency ? most : 1;
    } else if (concurrency !== undefined && concurrency !== null) {
      throw makeError('ERR_INVALID_ARG_TYPE', 'options.concurrency', ['boolean', 'number'], concurrency);
    }
    if (timeout === undefined || timeout === null) {
      const usual = this.config.timeout;
      if (usual === undefined || usual === null || usual === Infinity) return;
      validateNumber(usual, 'this.config.timeout', 0, kLongest);
      this.timeout = usual;
    } else if (timeout !== Infinity) {
      validateNumber(timeout, 'options.timeout', 0, kLongest);
      this.timeout = timeout;
    }
  }

  get tags() { return this.#tags ??= this.tagSet.size === 0 ? options.noTags : Object.freeze([...this.tagSet]); }
  get context() { return this.#context ??= this.makeContext(); }
  makeContext() { return new TestContext(this); }
  excludedByName() { return options.excludedByName(this); }
  excludedByTags() { return options.excludedByTags(this); }

  applyFilters() {
    if (this.error) return; // what has failed is told of
    const left = this.root.harness.byOnly && !this.only && !this.hasOnlyTests &&
      (this.parent.runOnlySubtests || this.parent.hasOnlyTests || this.only === false);
    if (this.filteredByName || left || this.filteredByTag) this.filtered = true;
  }

  // createSubtest takes the arguments of test() in all their forms. What comes too late becomes a failure below the root.
  createSubtest(Class, name, given, fn, overrides) {
    if (typeof name === 'function') {
      fn = name;
    } else if (name !== null && typeof name === 'object') {
      fn = given;
      given = name;
    } else if (typeof given === 'function') {
      fn = given;
    }
    if (given === null || typeof given !== 'object') given = undefined;
    const late = this.finished || this.built;
    const parent = late ? this.root : this;
    const test = make(Class, { __proto__: null, fn, name, parent, ...given, ...overrides });
    if (parent.waitingOn === 0) {
      parent.waitingOn = test.childNumber;
      parent.subtestsPromise = Promise.withResolvers();
    }
    if (late) test.fail(failure('test could not be started because its parent finished', 'parentAlreadyFinished'));
    parent.subtests.push(test);
    return test;
  }

  createHook(kind, fn, given, loc) {
    validateOneOf(kind, 'hook name', kHooks);
    const hook = make(Hook, { __proto__: null, ...given, fn, parent: this, hookType: kind, loc });
    if (kind === 'before' || kind === 'after') hook.run = once(hook.run);
    if (kind === 'before' && this.startTime !== null)
      hook.run(this.runArguments()).then(() => { if (hook.error !== null) this.fail(hook.error); });
    if (kind === 'afterEach') this.hooks.afterEach.splice(this.hooks.ownAfterEach++, 0, hook); // in front of inherited ones
    else this.hooks[kind].push(hook);
  }

  inheritHooks() {
    this.hooks.beforeEach.unshift(...this.parent.hooks.beforeEach);
    this.hooks.afterEach.push(...this.parent.hooks.afterEach);
  }

  async runHooks(kind, args) {
    try {
      for (const hook of this.hooks[kind]) {
        await hook.run(args);
        if (hook.error) throw hook.error;
      }
    } catch (err) {
      const error = failure(`failed running ${kind} hook`, 'hookFailed');
      error.cause = isFailure(err) ? err.cause : err;
      throw error;
    }
  }

  #aborted = () => {
    const error = this.outerSignal?.reason || new AbortError('The test was aborted');
    error.failureType = 'testAborted';
    this.cancel(error);
  };
  shouldAbort() {
    if (!this.signal.aborted && !this.outerSignal?.aborted) return false;
    this.#aborted();
    return true;
  }
  cancel(error) {
    if (this.endTime !== null || this.error !== null) return;
    this.fail(error || failure('test did not finish before its parent and was cancelled', 'cancelledByParent'));
    this.cancelled = true;
    this.abortController.abort();
  }

  fail(err) {
    if (this.error !== null) return;
    this.passed = false;
    this.error = err;
    if (!this.expectFailure) return;
    const mismatch = options.unexpected(this.expectFailure, err);
    if (!mismatch) {
      this.passed = true;
      return;
    }
    this.error = failure('The test failed, but the error did not match the expected validation', 'testCodeFailure');
    this.error.cause = mismatch.error;
  }
  pass() {
    if (this.error !== null) return;
    if (!this.expectFailure || this.skipped) this.passed = true;
    else this.error = failure('test was expected to fail but passed', 'expectedFailure');
  }
  skip(message) { this.skipped = true; this.message = message; }
  todo(message) { this.isTodo = true; this.message = message; }
  diagnostic(message) { this.diagnostics.push(message); }
  log(message, data) {
    validateString(message, 'message');
    this.reporter.log(this, message, data);
  }

  // start runs the test, or queues it with its parent, and gives the promise of its end.
  start() {
    const { parent } = this;
    this.applyFilters();
    if (this.filtered) {
      this.reporter = unheard ??= new TestsStream();
      this.run = this.pretend;
    } else {
      this.testNumber = ++parent.outputSubtestCount;
    }
    parent.unfinished.add(this);
    this.reporter.enqueued(this);
    const building = this.root.harness.buildPromise;
    if (building || !parent.hasRoom() || parent.random) {
      const deferred = Promise.withResolvers();
      deferred.test = this;
      parent.pending.push(deferred);
      if (!building && parent.hasRoom()) parent.drawLater();
      return deferred.promise;
    }
    parent.assignOrder(this);
    this.reporter.dequeued(this);
    return this.run();
  }
  hasRoom() { return this.concurrency > this.activeSubtests; }
  assignOrder(test) { if (test.reportOrder === 0) test.reportOrder = this.nextReportOrder++; }
  // drawLater starts what waits when all siblings of the present turn are there to choose from.
  drawLater() {
    if (this.pendingScheduled) return;
    this.pendingScheduled = true;
    queueMicrotask(() => {
      this.pendingScheduled = false;
      this.runPending();
    });
  }
  #draw() {
    if (!this.random || this.pending.length < 2) return this.pending.shift();
    return this.pending.splice(Math.floor(this.random() * this.pending.length), 1)[0];
  }
  async runPending() {
    while (this.pending.length > 0 && this.hasRoom()) {
      const { test, resolve } = this.#draw();
      this.assignOrder(test);
      test.reporter.dequeued(test, this.reportedType);
      await test.run();
      resolve();
    }
  }

  runArguments() { return { context: this.context, args: [this.context] }; }
  async run() {
    const { parent } = this;
    if (parent !== null) {
      parent.activeSubtests++;
      this.inheritHooks();
    }
    this.startTime ??= clock();
    const channel = this.hookType === undefined ? new Channel(this) : null;
    if (this.shouldAbort()) {
      this.postRun();
      return;
    }
    const hookArgs = this.runArguments();
    const { context, args } = hookArgs;
    if (this.plan === null && this.expectedAssertions) context.plan(this.expectedAssertions);
    const wasSkipped = this.skipped;
    const after = async () => { if (this.hooks.after.length > 0) await this.runHooks('after', hookArgs); };
    const afterEach = once(async () => {
      if (parent?.hooks.afterEach.length > 0 && !wasSkipped) await parent.runHooks('afterEach', hookArgs);
    });
    let stop;
    try {
      if (parent?.hooks.before.length > 0) await parent.runHooks('before', parent.runArguments());
      if (parent?.hooks.beforeEach.length > 0 && !this.skipped) await parent.runHooks('beforeEach', hookArgs);
      stop = limits(this.timeout, this.signal);
      const legacy = this.fn.length === args.length + 1 ? callbackOnce() : null;
      const callArgs = legacy ? [...args, legacy.callback] : args;
      const result = this.runInAsyncScope(channel ? channel.around(this.fn, this) : this.fn, context, ...callArgs);
      if (legacy && isPromise(result)) this.fail(failure('passed a callback but also returned a Promise', 'callbackAndPromisePresent'));
      await race(legacy && !isPromise(result) ? legacy.promise : result, stop.promise);
      this.shouldAbort();
      if (this.subtestsPromise !== null) await race(this.subtestsPromise.promise, stop.promise);
      const planned = this.plan?.check();
      if (planned) await race(planned, stop.promise);
      this.pass();
      await afterEach();
      await after();
    } catch (err) {
      channel?.failed(err);
      if (!isFailure(err)) this.fail(failure(err, 'testCodeFailure'));
      else if (err.failureType === 'testTimeoutFailure') this.cancel(err);
      else this.fail(err);
      // The test has failed; what its hooks throw now adds nothing.
      try { await afterEach(); } catch { /* see above */ }
      try { await after(); } catch { /* see above */ }
    } finally {
      stop?.dispose();
      if (parent !== null) this.abortController.abort();
      channel?.ended();
    }
    // The root ends when the process is about to: until then there may be activity that tests have left behind.
    if (parent !== null || this.hookType !== undefined) this.postRun();
    else if (this.config.forceExit) await require('internal/test_runner/harness').exitNow(this);
  }

  // pretend stands in for run where a filter leaves the test out.
  async pretend() {
    this.pass();
    this.subtests = [];
    this.report = nothing;
    queueMicrotask(() => this.postRun());
  }

  // postRun ends a test that has run or is cancelled, and all within it.
  postRun(error) {
    this.endTime ??= clock();
    this.startTime ??= this.endTime;
    this.pending = [];
    let failed = 0;
    for (let i = 0; i < this.subtests.length; i++) {
      const t = this.subtests[i];
      if (!t.finished) {
        t.cancel(error);
        t.postRun(error);
      }
      if (!t.passed && !t.isTodo) failed++;
    }
    if ((this.passed || this.parent === null) && failed > 0)
      this.fail(failure(`${failed} subtest${failed > 1 ? 's' : ''} failed`, 'subtestsFailed'));
    this.detachSignal?.();
    this.mock?.reset();
    if (this.parent === null) {
      if (!this.reported) require('internal/test_runner/harness').reportRoot(this);
      return;
    }
    const { parent } = this;
    if (!this.filtered) {
      const report = this.reportDetails();
      report.details.passed = this.passed;
      this.testNumber ||= ++parent.outputSubtestCount;
      this.reporter.completed(this, report);
      parent.activeSubtests--;
    }
    parent.addReady(this);
    parent.reportReady(false);
    parent.runPending();
  }

  addReady(test) {
    this.assignOrder(test);
    this.ready.set(test.reportOrder, test);
    if (this.unfinished.delete(test) && this.unfinished.size === 0) this.subtestsPromise.resolve();
  }
  // reportReady reports the finished subtests whose turn it is, if it is this test's own.
  reportReady(clear) {
    const first = this.waitingOn, end = first + this.ready.size;
    for (let i = first; i < end; i++) {
      const test = this.ready.get(i);
      if (test === undefined) return;
      clear ||= this.isClearToSend();
      if (!clear) return;
      test.finalize();
      this.ready.delete(i);
    }
  }
  isClearToSend() {
    return this.parent === null || (this.parent.waitingOn === this.reportOrder && this.parent.isClearToSend());
  }
  finalize() {
    this.reportReady(true);
    this.report();
    this.parent.waitingOn++;
    this.finished = true;
    // No test is left: the root's after hooks may let go of what holds the process open.
    if (this.parent === this.root && this.root.waitingOn > this.root.subtests.length) this.root.run();
  }

  duration() { return Number(this.endTime - this.startTime) / 1e6; }
  restartClock() {
    this.startTime = clock();
    this.endTime = null;
  }

  reportDetails() {
    const details = { __proto__: null, duration_ms: this.duration() };
    let directive;
    if (this.skipped) directive = { __proto__: null, skip: this.message ?? true };
    else if (this.isTodo) directive = { __proto__: null, todo: this.message ?? true };
    else if (this.expectFailure) directive = { __proto__: null, expectFailure: this.expectFailure.label ?? true };
    if (this.reportedType) details.type = this.reportedType;
    if (!this.passed) details.error = this.error;
    if (this.attempt !== undefined) details.attempt = this.attempt;
    if (this.passedAttempt !== undefined) details.passed_on_attempt = this.passedAttempt;
    if (this.parent && this.parent !== this.root) {
      const names = [];
      for (let t = this.parent; t !== t.root; t = t.parent) names.unshift(t.name);
      details.classname = names.join('.');
    }
    return { details, directive };
  }
  report() {
    options.count(this, this.root.harness);
    if (this.outputSubtestCount > 0) this.reporter.plan(this.subtests[0].nesting, this.loc, this.outputSubtestCount);
    else this.reportStarted();
    this.reporter.result(this.passed ? 'test:pass' : 'test:fail', this, this.testNumber, this.reportDetails());
    for (const message of this.diagnostics) this.reporter.diagnostic(this.nesting, this.loc, message);
  }
  reportStarted() {
    if (this.#announced || this.parent === null) return;
    this.#announced = true;
    this.parent.reportStarted();
    this.reporter.started(this);
  }
}

// Hook is a test of its own that nobody sees, run in the name of the test that it belongs to.
class Hook extends Test {
  reportedType = 'hook';
  #args;
  constructor({ fn, hookType, loc, parent, timeout, signal }) {
    super({ __proto__: null, fn, loc, timeout, signal, harness: parent.root.harness });
    this.parentTest = parent;
    this.hookType = hookType;
  }
  run(args) {
    // One that failed has another go for the next test.
    if (this.error && !this.outerSignal?.aborted) {
      this.passed = false;
      this.error = null;
      this.abortController.abort();
      this.abortController = new AbortController();
      this.signal = this.abortController.signal;
    }
    this.#args = args;
    return super.run();
  }
  makeContext() { return this.parentTest.context; }
  runArguments() { return this.#args; }
  postRun() {
    const { error, parentTest: parent } = this;
    if (!error || parent !== parent.root || this.hookType !== 'after') return;
    if (isFailure(error)) error.failureType = 'hookFailed';
    this.endTime ??= clock();
    parent.reporter.hookFailed(this, parent.subtests.length + 1, this.loc.file, { __proto__: null, duration_ms: this.duration(), error });
  }
}

class Suite extends Test {
  reportedType = 'suite';
  #channel;
  constructor(given) {
    super(given);
    if (given.timeout === undefined || given.timeout === null) this.timeout = null;
    if (this.config.testNamePatterns !== null && this.config.testSkipPatterns !== null && !given.skip) {
      this.fn = given.fn || this.fn;
      this.skipped = false;
    }
    this.buildSuite = this.#build();
    this.fn = nothing;
  }

  // build collects the tests within.
  async #build() {
    this.#channel = new Channel(this);
    try {
      const { context, args } = this.runArguments();
      await this.runInAsyncScope(this.#channel.around(this.fn, this), context, ...args);
    } catch (err) {
      this.#channel.failed(err);
      this.fail(failure(err, 'testCodeFailure'));
    }
    this.built = true;
  }

  runArguments() {
    const context = new SuiteContext(this);
    return { context, args: [context] };
  }
  async pretend() {
    await this.buildSuite;
    return super.pretend();
  }

  async run() {
    const { parent } = this;
    this.inheritHooks();
    const hookArgs = this.runArguments();
    const after = once(() => this.runHooks('after', hookArgs));
    let stop;
    try {
      parent.activeSubtests++;
      await this.buildSuite;
      this.startTime = clock();
      if (this.shouldAbort()) {
        this.subtests = [];
        this.postRun();
        return;
      }
      if (parent.hooks.before.length > 0) await parent.runHooks('before', parent.runArguments());
      await this.runHooks('before', hookArgs);
      stop = limits(this.timeout, this.signal);
      const tests = this.skipped || this.error ? [] : this.subtests;
      await race(Promise.all(tests.map((t) => t.start())), stop.promise);
      await after();
      this.pass();
    } catch (err) {
      try { await after(); } catch { /* the suite has failed */ }
      this.fail(isFailure(err) ? err : failure(err, 'testCodeFailure'));
    } finally {
      stop?.dispose();
      this.#channel.ended();
    }
    this.postRun();
  }
}

module.exports = { Test, Suite, make, current, scope };
