// node:test. A tree of Test objects below one root; each runs its subtests one after the other (or as many at a time
// as its concurrency says) and reports them in their order. The root ends when the process is about to.
'use strict';
const { makeError, AbortError } = require('internal/errors');
const { validateFunction, validateObject, validateNumber, validateOneOf, validateUint32, validateAbortSignal } = require('internal/validators');
const { isErrorLike, reportOf } = require('internal/test_runner/report');
const kNoTimeout = Infinity;
const kHooks = ['before', 'after', 'beforeEach', 'afterEach'];
const now = () => Number(process.hrtime.bigint()) / 1e6;

// The error that a failed test carries: what it threw is its cause.
function failure(cause, failureType) {
  const err = makeError('ERR_TEST_FAILURE', 'x');
  err.message = isErrorLike(cause) ? cause.message || String(cause) : typeof cause === 'string' ? cause : require('util').inspect(cause);
  err.failureType = failureType;
  err.cause = cause;
  return err;
}

// Where the user's call stands: the first frame that is not the runner's own.
function location() {
  for (const line of String(new Error().stack).split('\n').slice(1)) {
    if (line.includes('node:')) continue;
    const m = /\(?((?:file:\/\/)?\/[^()]*:\d+:\d+)\)?$/.exec(line);
    if (m) return m[1];
  }
}

class TestContext {
  #test;
  constructor(test) { this.#test = test; }
  get signal() { return this.#test.signal; }
  get name() { return this.#test.name; }
  get fullName() { return this.#test.fullName; }
  get error() { return this.#test.error; }
  get passed() { return this.#test.passed; }
  get mock() { return this.#test.mock; }
  get assert() {
    const test = this.#test, assert = require('assert'), counted = {};
    for (const name of ['deepEqual', 'deepStrictEqual', 'doesNotMatch', 'doesNotReject', 'doesNotThrow', 'equal', 'fail', 'ifError', 'match',
      'notDeepEqual', 'notDeepStrictEqual', 'notEqual', 'notStrictEqual', 'ok', 'rejects', 'strictEqual', 'throws'])
      counted[name] = (...args) => { test.assertions++; return assert[name](...args); };
    return counted;
  }
  diagnostic(message) { this.#test.diagnostic(message); }
  plan(count) {
    if (this.#test.planned !== null) throw failure('cannot set plan more than once', 'testCodeFailure');
    validateUint32(count, 'count');
    this.#test.planned = count;
  }
  runOnly(value) { this.#test.onlySubtests = !!value; }
  skip(message) { this.#test.skip(message); }
  todo(message) { this.#test.todo(message); }
  test(name, options, fn) {
    this.#test.assertions++;
    return this.#test.add(Test, name, options, fn, location()).start();
  }
  before(fn, options) { this.#test.hook('before', fn, options); }
  after(fn, options) { this.#test.hook('after', fn, options); }
  beforeEach(fn, options) { this.#test.hook('beforeEach', fn, options); }
  afterEach(fn, options) { this.#test.hook('afterEach', fn, options); }
}

class SuiteContext {
  #suite;
  constructor(suite) { this.#suite = suite; }
  get signal() { return this.#suite.signal; }
  get name() { return this.#suite.name; }
  get fullName() { return this.#suite.fullName; }
}

class Test {
  constructor(parent, name, options, fn, loc) {
    this.parent = parent;
    this.fn = fn;
    this.loc = loc;
    this.name = name;
    this.nesting = parent ? parent.nesting + 1 : -1;
    this.number = parent ? parent.subtests.push(this) : 0;
    this.subtests = [];
    this.pending = [];
    this.running = 0;
    this.reported = 0;
    this.hooks = { before: [], after: [], beforeEach: [], afterEach: [] };
    this.diagnostics = [];
    this.planned = null;
    this.assertions = 0;
    this.error = null;
    this.finished = this.announced = this.cancelled = this.ranBefore = false;
    this.passed = true;
    this.skipped = this.todoReason = undefined;
    this.onlySubtests = false;
    this.controller = null;
    this.mocks = null;
    const { concurrency, timeout, signal, skip, todo, only } = options;
    this.concurrency = parent && parent.parent ? 1 : 1;
    if (concurrency !== undefined && concurrency !== null) {
      if (typeof concurrency === 'number') validateUint32(concurrency, 'options.concurrency', true);
      else if (typeof concurrency !== 'boolean') throw makeError('ERR_INVALID_ARG_TYPE', 'options.concurrency', ['boolean', 'number'], concurrency);
      this.concurrency = typeof concurrency === 'number' ? concurrency : concurrency ? Infinity : 1;
    } else if (parent) this.concurrency = parent.isSuite ? parent.concurrency : 1;
    this.timeout = parent ? parent.timeout : kNoTimeout;
    if (timeout !== undefined && timeout !== null && timeout !== Infinity) {
      validateNumber(timeout, 'options.timeout', 0, 2 ** 31 - 1);
      this.timeout = timeout;
    }
    if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
    this.outerSignal = signal;
    this.only = !!only;
    if (skip !== undefined && skip !== false) this.skipped = typeof skip === 'string' ? skip : '';
    if (todo !== undefined && todo !== false) this.todoReason = typeof todo === 'string' ? todo : '';
    if (parent && parent.skipped !== undefined && parent.parent) this.skipped = parent.skipped;
    this.promise = null;
    if (skip && !this.isSuite) this.fn = () => {};
  }

  get fullName() { return this.parent && this.parent.parent ? this.parent.fullName + ' > ' + this.name : this.name; }
  get signal() {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.outerSignal) this.outerSignal.addEventListener('abort', () => this.controller.abort(this.outerSignal.reason), { once: true });
    }
    return this.controller.signal;
  }
  get mock() { return this.mocks ??= new (require('internal/test_runner/mock').MockTracker)(); }

  diagnostic(message) { this.diagnostics.push(String(message)); }
  skip(message) { this.skipped = typeof message === 'string' ? message : ''; }
  todo(message) { this.todoReason = typeof message === 'string' ? message : ''; }
  hook(kind, fn, options = {}) {
    validateFunction(fn, 'fn');
    this.hooks[kind].push({ fn, timeout: options.timeout, signal: options.signal });
  }

  // test(name, options, fn) in all its shufflings.
  add(Class, name, options, fn, loc, overrides) {
    if (typeof name === 'function') fn = name;
    else if (name !== null && typeof name === 'object') { fn = options; options = name; } else if (typeof options === 'function') fn = options;
    if (options === null || typeof options !== 'object') options = {};
    if (overrides) options = { ...options, ...overrides };
    const named = typeof name === 'string' && name !== '' ? name : fn && fn.name ? fn.name : '<anonymous>';
    if (this.finished) {
      const late = new Class(root, named, {}, () => {}, loc);
      late.error = failure('test could not be started because its parent finished', 'parentAlreadyFinished');
      late.fn = () => { throw late.error; };
      return late;
    }
    if (fn !== undefined && typeof fn !== 'function') throw makeError('ERR_INVALID_ARG_TYPE', 'fn', 'function', fn);
    return new Class(this, named, options, fn || (() => {}), loc);
  }

  // Queues the test with its parent and returns the promise of its end.
  start() {
    if (this.promise) return this.promise;
    this.promise = new Promise((resolve) => { this.resolve = resolve; });
    this.parent.pending.push(this);
    this.parent.next();
    return this.promise;
  }

  next() {
    while (this.pending.length && this.running < this.concurrency) {
      const t = this.pending.shift();
      this.running++;
      t.run().then(() => {
        this.running--;
        t.finish();
        this.next();
        if (!this.running && !this.pending.length && this.drained) { const f = this.drained; this.drained = null; f(); }
      });
    }
  }

  // Resolves when no subtest is running or waiting.
  drain() {
    if (!this.running && !this.pending.length) return Promise.resolve();
    return new Promise((resolve) => { this.drained = resolve; });
  }

  async runHooks(kind, target, context) {
    for (const h of this.hooks[kind]) {
      try {
        await withLimits(() => call(h.fn, context), h.timeout ?? kNoTimeout, h.signal);
      } catch (err) {
        throw failure(isErrorLike(err) ? err : err, 'hookFailed');
      }
    }
  }

  async eachHooks(kind, context) {
    const chain = [];
    for (let p = this.parent; p; p = p.parent) chain.push(p);
    if (kind === 'beforeEach') chain.reverse();
    for (const p of chain) await p.runHooks(kind, this, context);
  }

  async beforeOnce() {
    if (this.ranBefore) return;
    this.ranBefore = true;
    if (this.parent) await this.parent.beforeOnce();
    if (this.hooks.before.length) await this.runHooks('before', this, this.isSuite ? new SuiteContext(this) : new TestContext(this));
  }

  fail(err) {
    if (this.error !== null) return;
    this.error = err;
    this.passed = false;
  }

  async run() {
    const context = new TestContext(this);
    this.started = now();
    current = this;
    try {
      if (this.outerSignal && this.outerSignal.aborted) {
        this.cancelled = true;
        throw failure(this.outerSignal.reason ?? new AbortError(), 'cancelledByParent');
      }
      if (this.skipped === undefined) {
        if (onlyMode && this.parent.filtersOnly() && !this.only) { this.skipped = '\'only\' option not set'; return; }
        await this.parent.beforeOnce();
        await this.eachHooks('beforeEach', context);
        current = this;
        await withLimits(() => this.execute(context), this.timeout, this.outerSignal, this);
        await this.drain();
        const failed = this.subtests.filter((t) => !t.passed && t.todoReason === undefined).length;
        if (this.planned !== null && this.planned !== this.assertions)
          throw failure(`plan expected ${this.planned} assertions but received ${this.assertions}`, 'testCodeFailure');
        if (failed) throw failure(`${failed} subtest${failed > 1 ? 's' : ''} failed`, 'subtestsFailed');
      }
    } catch (err) {
      this.fail(err && err.failureType ? err : failure(err, 'testCodeFailure'));
    }
    if (this.skipped === undefined || this.error) {
      try {
        await this.runHooks('after', this, context);
        if (this.parent.ranBefore || !this.error) await this.eachHooks('afterEach', context);
      } catch (err) { this.fail(err); }
    }
    this.end();
  }

  filtersOnly() { return this.parent === null || this.onlySubtests || this.isSuite; }

  execute(context) {
    const { fn } = this;
    if (fn.length < 2) return call(fn, context);
    return new Promise((resolve, reject) => {
      const result = fn.call(context, context, (err) => { if (err) reject(err); else resolve(); });
      if (result && typeof result.then === 'function')
        reject(failure('passed a callback but also returned a Promise', 'callbackAndPromisePresent'));
    });
  }

  end() {
    this.duration = now() - this.started;
    if (this.mocks) this.mocks.restoreAll();
    if (this.controller && !this.controller.signal.aborted) this.controller.abort();
    for (const t of this.subtests) if (!t.finished) t.cancel();
  }

  cancel() {
    if (this.finished) return;
    this.cancelled = true;
    this.started ??= now();
    this.duration = now() - this.started;
    this.fail(failure(this.parent.parent ? 'test did not finish before its parent and was cancelled' :
      'Promise resolution is still pending but the event loop has already resolved', 'cancelledByParent'));
    if (this.controller) this.controller.abort();
    for (const t of this.subtests) t.cancel();
    this.finish();
  }

  finish() {
    if (this.finished) return;
    this.finished = true;
    count(this);
    this.parent.report();
    if (this.resolve) this.resolve();
  }

  // Reports the finished subtests in their order.
  report() {
    while (this.reported < this.subtests.length && this.subtests[this.reported].finished) {
      const t = this.subtests[this.reported++];
      this.announce();
      t.announce();
      if (t.subtests.length) report.plan(t.nesting + 1, t.subtests.length);
      report.result(t);
    }
  }

  announce() {
    if (this.announced || this.parent === null) return;
    this.announced = true;
    this.parent.announce();
    report.start(this);
    this.report();
  }
}
Test.prototype.isSuite = false;

class Suite extends Test {
  constructor(parent, name, options, fn, loc) {
    super(parent, name, options, fn, loc);
    if (this.skipped !== undefined && !options.keep) fn = () => {};
    const outer = collecting;
    collecting = this;
    try {
      const context = new SuiteContext(this);
      const r = fn.call(context, context);
      if (r && typeof r.then === 'function') this.collected = r.then(() => {}, (err) => { this.fail(failure(err, 'testCodeFailure')); });
    } catch (err) {
      this.fail(failure(err, 'testCodeFailure'));
    }
    collecting = outer;
  }

  async run() {
    this.started = now();
    try {
      if (this.collected) await this.collected;
      if (this.skipped === undefined && !this.error) {
        await this.parent.beforeOnce();
        await this.beforeOnce();
      }
      if (!this.error) {
        for (const t of this.subtests) t.start();
        await this.drain();
      } else for (const t of this.subtests) t.cancel();
      if (this.skipped === undefined) await this.runHooks('after', this, new SuiteContext(this));
      const failed = this.subtests.filter((t) => !t.passed && t.todoReason === undefined).length;
      if (failed) this.fail(failure(`${failed} subtest${failed > 1 ? 's' : ''} failed`, 'subtestsFailed'));
    } catch (err) {
      this.fail(err && err.failureType ? err : failure(err, 'testCodeFailure'));
    }
    this.end();
  }
}
Suite.prototype.isSuite = true;

// Calls a test's function; one that takes a callback is dealt with in execute.
function call(fn, context) {
  if (fn.length >= 2) return new Promise((resolve, reject) => fn.call(context, context, (err) => { if (err) reject(err); else resolve(); }));
  return fn.call(context, context);
}

// Runs f until it is done, its time is up or its signal aborts.
function withLimits(f, timeout, signal, test) {
  return new Promise((resolve, reject) => {
    let timer;
    const stop = (settle) => (v) => { if (timer) clearTimeout(timer); settle(v); };
    if (timeout !== kNoTimeout && timeout !== undefined)
      timer = setTimeout(() => {
        if (test) test.cancelled = true;
        reject(failure(`test timed out after ${timeout}ms`, 'testTimeoutFailure'));
      }, timeout);
    if (signal) signal.addEventListener('abort', () => {
      if (test) test.cancelled = true;
      stop(reject)(failure(signal.reason ?? new AbortError(), 'cancelledByParent'));
    }, { once: true });
    if (test) test.rejectRun = stop(reject);
    new Promise((r) => r(f())).then(stop(resolve), stop(reject));
  });
}

const counts = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
function count(t) {
  if (t.isSuite) { counts.suites++; return; }
  counts.tests++;
  if (t.skipped !== undefined) counts.skipped++;
  else if (t.todoReason !== undefined) counts.todo++;
  else if (t.cancelled) counts.cancelled++;
  else if (t.passed) counts.pass++;
  else counts.fail++;
}

let collecting = null, current = null, report = null, onlyMode = process.execArgv.includes('--test-only');
const root = new Test(null, '<root>', {}, null);
root.concurrency = 1;
let begun = false;
function begin() {
  if (begun) return;
  begun = true;
  root.started = now();
  report = reportOf(process.stdout);
  const blame = (err) => {
    const t = current && !current.finished ? current : null;
    if (t && t.rejectRun) t.rejectRun(failure(err, 'uncaughtException'));
    else {
      root.diagnostic(`Error: A resource generated asynchronous activity after the test ended: ${err}`);
      process.exitCode = 1;
    }
  };
  process.on('uncaughtException', blame);
  process.on('unhandledRejection', blame);
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    for (const t of root.subtests) t.cancel();
    root.report();
    report.summary(root.subtests.length, root.diagnostics, counts, now() - root.started);
    if (root.subtests.some((t) => !t.passed && t.todoReason === undefined)) process.exitCode = 1;
  };
  process.once('beforeExit', async () => {
    await lastHooks();
    end();
  });
  process.once('exit', end);
}

// lastHooks runs the after hooks of the root, once: when no test is left, what they end may hold the process open.
let ranLast = false;
async function lastHooks() {
  if (ranLast || !root.ranBefore) return;
  ranLast = true;
  await root.runHooks('after', root, new TestContext(root)).catch(() => { process.exitCode = 1; });
}

function define(Class, overrides) {
  return function(name, options, fn) {
    begin();
    if (overrides && overrides.only) onlyMode = onlyMode || process.execArgv.includes('--test-only');
    const loc = location();
    if (collecting) { collecting.add(Class, name, options, fn, loc, overrides); return Promise.resolve(); }
    const ended = root.add(Class, name, options, fn, loc, overrides).start();
    const next = () => { if (root.subtests.every((t) => t.finished)) return lastHooks(); };
    ended.then(next, next);
    return ended;
  };
}
function runner(Class, name) {
  const f = define(Class);
  Object.defineProperty(f, 'name', { value: name });
  for (const kind of ['skip', 'todo', 'only']) f[kind] = define(Class, { [kind]: true });
  return f;
}
const hook = (kind) => function(fn, options) {
  begin();
  (collecting || root).hook(kind, fn, options);
};

const test = runner(Test, 'test');
module.exports = test;
for (const kind of kHooks) test[kind] = hook(kind);
test.describe = test.suite = runner(Suite, 'suite');
test.it = test.test = test;
test.run = function run() { throw makeError('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'test.run()'); };
Object.defineProperty(test, 'mock', { configurable: true, enumerable: true, get: () => root.mock });
