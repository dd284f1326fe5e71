// Test files that run in processes of their own, whose events become those of this run.
'use strict';
const { spawn } = require('child_process');
const { once } = require('events');
const { finished } = require('stream/promises');
const { createInterface } = require('readline');
const { DefaultDeserializer } = require('v8');
const { resolve } = require('path');
const { Test } = require('internal/test_runner/tree');
const { failure } = require('internal/test_runner/failure');
const { deserialize } = require('internal/test_runner/errors');
const { count } = require('internal/test_runner/filters');
const { baseArguments } = require('internal/test_runner/host');

const kHeader = Buffer.from([0xff, 0x0f]); // that a structured clone begins with
const kFrame = kHeader.length + 4;
// What a file's process sums up is part of this run's own sums.
const kSums = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo', 'duration_ms'];
const kCancelled = ['cancelledByParent', 'testAborted', 'testTimeoutFailure'];
const kAtOnce = ['test:enqueue', 'test:dequeue', 'test:complete', 'test:log'];

// allFiles stands for the path where one process runs all files.
const allFiles = Symbol('allFiles');

class FileTest extends Test {
  #waiting = []; // events whose turn has not come
  #bytes = Buffer.alloc(0); // of an event that is not here as a whole
  #results = 0;
  failedSubtests = false;

  constructor(given) {
    super(given);
    this.loc ??= { __proto__: null, line: 1, column: 1, file: resolve(this.name) };
    this.timeout = null;
  }

  // The tests in a file have tags, the file has none.
  excludedByTags() { return false; }

  #speaksForItself() { return this.#results > 0 && (!this.error || this.error.failureType === 'subtestsFailed'); }

  #forward({ type, data }) {
    if (this.name !== '') data.entryFile = this.loc.file;
    const top = data.nesting === 0;
    if (top && type === 'test:plan' && this.#speaksForItself()) return;
    if (top && type === 'test:diagnostic') {
      const words = String(data.message).split(' ');
      if (words.length === 2 && kSums.includes(words[0])) return;
    }
    if (data.details?.error) data.details.error = deserialize(data.details.error);
    if (type === 'test:pass' || type === 'test:fail') {
      const { harness } = this.root;
      if (top) data.testNumber = harness.counters.topLevel + 1;
      count({
        nesting: data.nesting, reportedType: data.details?.type, passed: type === 'test:pass', skipped: data.skip !== undefined,
        isTodo: data.todo !== undefined, cancelled: kCancelled.includes(data.details?.error?.failureType),
      }, harness);
    }
    this.reporter.forward(type, data);
  }

  add(item) {
    if (kAtOnce.includes(item.type)) return this.#forward(item);
    if (item.type === 'test:pass' || item.type === 'test:fail') {
      this.#results++;
      if (item.data.nesting === 0 && item.type === 'test:fail') this.failedSubtests = true;
    }
    if (!this.isClearToSend()) {
      this.#waiting.push(item);
      return;
    }
    this.#release();
    this.#forward(item);
  }
  #release() {
    for (const item of this.#waiting.splice(0)) this.#forward(item);
  }
  #text(message) { this.add({ type: 'test:stdout', data: { __proto__: null, file: this.name, message } }); }

  // read takes what the process writes: events, and what its tests print between them.
  read(chunk) {
    let bytes = this.#bytes.length > 0 ? Buffer.concat([this.#bytes, chunk]) : chunk;
    while (bytes.length > 0) {
      let at = bytes.indexOf(kHeader);
      if (at === -1) at = bytes[bytes.length - 1] === kHeader[0] ? bytes.length - 1 : bytes.length;
      if (at > 0) {
        this.#text(bytes.toString('utf8', 0, at));
        bytes = bytes.subarray(at);
      }
      if (bytes.length < kFrame) break;
      const end = kFrame + bytes.readUInt32BE(kHeader.length);
      if (bytes.length < end) break;
      const item = itemOf(bytes.subarray(kFrame, end));
      if (item) {
        this.add(item);
        bytes = bytes.subarray(end);
      } else {
        this.#text(bytes.toString('latin1', 0, 1));
        bytes = bytes.subarray(1);
      }
    }
    this.#bytes = bytes;
  }

  reportStarted() {}
  report() {
    // What looked like the beginning of an event was none.
    while (this.#bytes.length > 0) {
      const rest = this.#bytes;
      this.#bytes = Buffer.alloc(0);
      this.#text(rest.toString('latin1', 0, 1));
      this.read(rest.subarray(1));
    }
    this.#release();
    if (this.#speaksForItself()) return;
    super.reportStarted();
    super.report();
  }
}

function itemOf(bytes) {
  try {
    const input = new DefaultDeserializer(bytes);
    input.readHeader();
    const item = input.readValue();
    return typeof item?.type === 'string' && item.data ? item : undefined;
  } catch {
    return undefined;
  }
}

// argumentsFor is the command line of a file's process.
function argumentsFor(path, run) {
  const args = baseArguments();
  const add = (name, value) => { if (value !== undefined && value !== null) args.push(`--${name}=${value}`); };
  const flag = (name, on) => { if (on) args.push(`--${name}`); };
  flag('test-force-exit', run.forceExit === true);
  for (const pattern of run.testNamePatterns ?? []) add('test-name-pattern', pattern);
  for (const pattern of run.testSkipPatterns ?? []) add('test-skip-pattern', pattern);
  for (const tag of run.testTagFilters ?? []) add('experimental-test-tag-filter', tag);
  flag('test-only', run.only === true);
  add('test-timeout', run.root.timeout);
  add('test-rerun-failures', run.rerunFailuresFilePath || undefined);
  flag('test-randomize', run.randomize);
  add('test-random-seed', run.randomSeed);
  args.push(...run.execArgv);
  if (path === allFiles) args.push('--test', '--test-isolation=none', ...(run.hasFiles ? run.testFiles : run.globPatterns ?? []));
  else args.push(path);
  return [...args, ...run.argv];
}

// environmentFor is its environment; index counts the processes.
function environmentFor(run, watching) {
  const env = { __proto__: null, NODE_TEST_CONTEXT: 'child-v8', ...(run.env || process.env) };
  if (run.workers) env.NODE_TEST_WORKER_ID = String(run.workers.next++ % run.workers.most + 1);
  if (watching) env.WATCH_REPORT_DEPENDENCIES = '1';
  if (run.colored) env.FORCE_COLOR = '1';
  return env;
}

// runFile makes the test of a file and starts it. A watch, if there is one, hears of the process and its end.
function runFile(path, run, watch) {
  const test = run.root.createSubtest(FileTest, path === allFiles ? '' : path, { signal: run.signal }, async (t) => {
    const child = spawn(process.execPath, argumentsFor(path, run), {
      signal: t.signal, env: environmentFor(run, watch !== undefined), stdio: watch ? ['pipe', 'pipe', 'pipe', 'ipc'] : 'pipe', cwd: run.cwd,
    });
    watch?.began(path, child);
    let err;
    child.on('error', (error) => { err = error; });
    child.stdout.on('data', (data) => test.read(data));
    const lines = createInterface({ input: child.stderr });
    lines.on('line', (line) => test.add({ type: 'test:stderr', data: { __proto__: null, file: path, message: line + '\n' } }));
    const [[code, signal]] = await Promise.all([once(child, 'exit', { signal: t.signal }), finished(child.stdout, { signal: t.signal })]);
    lines.close();
    watch?.ended(path, ended);
    if (code === 0 && signal === null) return;
    throw err ?? Object.assign(failure('test failed', test.failedSubtests ? 'subtestsFailed' : 'testCodeFailure'),
      { exitCode: code, signal, stack: undefined }); // the stack would be of no use
  });
  const ended = test.start();
  return ended;
}

module.exports = { runFile, allFiles };
