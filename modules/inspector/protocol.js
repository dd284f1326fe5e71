// The Chrome DevTools Protocol for one thread: sessions, and the domains Runtime, Console, Profiler, HeapProfiler, Schema and Node's own.
'use strict';
const { ProtocolError, Objects } = require('internal/inspector/remote');

const agents = new Set();
const origin = binding.unique();

// What scripts have written to the console, until somebody asks.
const messages = [];
let consoleOn = false;

// Session is a connection: send is called with the text of each response and event.
class Session {
  #send;
  #methods;
  enabled = new Set();
  pending = new Set();

  constructor(send, remote) {
    this.#send = send;
    this.remote = remote;
    this.objects = new Objects(binding.unique().split('.')[0]);
    agents.add(this);
    if (!consoleOn) {
      consoleOn = true;
      binding.onConsole(noteConsole);
      binding.onUncaught(noteUncaught);
    }
  }

  event(method, params) { this.#send(JSON.stringify({ method, params })); }

  dispatch(text) {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return this.#send(JSON.stringify({ error: { code: -32700, message: 'JSON: invalid message' } }));
    }
    const { id, method = '', params = {} } = message ?? {};
    if (!Number.isInteger(id)) {
      return this.#send(JSON.stringify({ error: { code: -32600, message: 'Message must have integer \'id\' property' } }));
    }
    const fail = (err) => {
      if (!(err instanceof ProtocolError)) err = new ProtocolError(`Internal error: ${err?.message ?? err}`, -32603);
      this.#send(JSON.stringify({ id, error: { code: err.code, message: err.message } }));
    };
    const reply = (result) => this.#send(JSON.stringify({ id, result: result ?? {} }));
    if (typeof method !== 'string') return fail(new ProtocolError('Message must have string \'method\' property', -32600));
    if (params !== null && typeof params !== 'object') return fail(new ProtocolError('Message may have object \'params\' property', -32600));
    this.#methods ??= domains();
    const run = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (run === undefined) return fail(new ProtocolError(`'${method}' wasn't found`, -32601));
    try {
      const result = run.call(this, params);
      if (!(result instanceof Later)) return reply(result);
      this.pending.add(fail);
      result.settle((v) => { if (this.pending.delete(fail)) reply(v); }, (err) => { if (this.pending.delete(fail)) fail(err); });
    } catch (err) {
      fail(err);
    }
  }

  disconnect() {
    if (!agents.delete(this)) return;
    for (const fail of this.pending) fail(new ProtocolError('Execution context was destroyed.'));
    this.pending.clear();
    for (const end of ending) end(this);
  }
}

// Later is a result that comes later: settle is called with what takes it and what takes an error.
class Later {
  constructor(settle) { this.settle = settle; }
}

const ending = []; // called with sessions that end

function invalid() { throw new ProtocolError('Invalid parameters', -32602); }

// Parameters are checked by lists of names and types, a question mark behind what may be missing.
function check(params, types) {
  if (params === null || typeof params !== 'object' || Array.isArray(params)) invalid();
  for (const [name, type] of Object.entries(types)) {
    const optional = type.endsWith('?');
    const value = params[name];
    if (value === undefined && optional) continue;
    const want = optional ? type.slice(0, -1) : type;
    if (want === 'array' ? !Array.isArray(value) : want === 'integer' ? !Number.isInteger(value) : want === 'any' ? value === undefined : typeof value !== want || value === null) invalid();
  }
}

let exceptions = 0;

function exceptionDetails(session, err, options, text = 'Uncaught') {
  const place = binding.placeOf(err);
  const details = { exceptionId: ++exceptions, text, lineNumber: place?.line ?? 0, columnNumber: place?.column ?? 0 };
  if (place?.scriptId) details.scriptId = place.scriptId;
  if (place?.url) details.url = place.url;
  if (place?.stack?.length) details.stackTrace = { callFrames: place.stack };
  details.exception = session.objects.wrap(err, { group: options.objectGroup, generatePreview: options.previewOfError });
  return details;
}

// result runs what gives a value, and makes the answer of evaluate and its like.
function result(session, params, run) {
  const options = { group: params.objectGroup, returnByValue: params.returnByValue, generatePreview: params.generatePreview };
  const thrown = (err, text) => ({ result: session.objects.wrap(err, { group: params.objectGroup }), exceptionDetails: exceptionDetails(session, err, params, text) });
  let value;
  try {
    value = run();
  } catch (err) {
    if (err instanceof ProtocolError) throw err;
    return thrown(err);
  }
  if (!params.awaitPromise) return { result: session.objects.wrap(value, options) };
  return new Later((resolve, reject) => {
    binding.settled(value, (v) => {
      try { resolve({ result: session.objects.wrap(v, options) }); } catch (err) { reject(err); }
    }, (err) => resolve(thrown(err, 'Uncaught (in promise)')));
  });
}

function context() {
  return { id: 1, origin: '', name: `${process.execPath}[${process.pid}]`, uniqueId: origin, auxData: { isDefault: true } };
}

// What scripts evaluated for a command line may use besides what is global.
function withCommandLine(params, run) {
  if (!params.includeCommandLineAPI || Object.hasOwn(globalThis, 'require')) return run();
  Object.defineProperty(globalThis, 'require', { __proto__: null, value: binding.require(), configurable: true, enumerable: false, writable: true });
  try {
    return run();
  } finally {
    delete globalThis.require;
  }
}

const evaluateTypes = { expression: 'string', objectGroup: 'string?', includeCommandLineAPI: 'boolean?', silent: 'boolean?', contextId: 'integer?',
  returnByValue: 'boolean?', generatePreview: 'boolean?', awaitPromise: 'boolean?', throwOnSideEffect: 'boolean?', replMode: 'boolean?' };

const compiled = new Map();

const runtime = {
  enable() {
    if (this.enabled.has('Runtime')) return;
    this.enabled.add('Runtime');
    this.event('Runtime.executionContextCreated', { context: context() });
    for (const m of messages) tellConsole(this, m);
  },
  disable() { this.enabled.delete('Runtime'); },
  evaluate(params) {
    check(params, evaluateTypes);
    if (params.contextId !== undefined && params.contextId !== 1) throw new ProtocolError('Cannot find context with specified id');
    if (params.throwOnSideEffect) throw new ProtocolError('throwOnSideEffect is not supported');
    return result(this, params, () => withCommandLine(params, () => binding.evaluate(params.expression)));
  },
  callFunctionOn(params) {
    check(params, { functionDeclaration: 'string', objectId: 'string?', arguments: 'array?', returnByValue: 'boolean?', generatePreview: 'boolean?', awaitPromise: 'boolean?', executionContextId: 'integer?', objectGroup: 'string?' });
    if (params.objectId === undefined && params.executionContextId === undefined && params.uniqueContextId === undefined) {
      throw new ProtocolError('Either objectId or executionContextId or uniqueContextId must be specified', -32602);
    }
    if (params.throwOnSideEffect) throw new ProtocolError('throwOnSideEffect is not supported');
    const on = params.objectId === undefined ? { value: globalThis } : this.objects.get(params.objectId);
    const args = (params.arguments ?? []).map((a) => this.objects.argument(a));
    params.objectGroup ??= on.group;
    return result(this, params, () => {
      const f = binding.evaluate(`(${params.functionDeclaration})`);
      if (typeof f !== 'function') throw new ProtocolError('Given expression does not evaluate to a function');
      return Reflect.apply(f, on.value, args);
    });
  },
  awaitPromise(params) {
    check(params, { promiseObjectId: 'string' });
    const { value } = this.objects.get(params.promiseObjectId);
    return result(this, { ...params, awaitPromise: true }, () => value);
  },
  getProperties(params) {
    check(params, { objectId: 'string', ownProperties: 'boolean?', accessorPropertiesOnly: 'boolean?', generatePreview: 'boolean?', nonIndexedPropertiesOnly: 'boolean?' });
    return this.objects.properties(params.objectId, params);
  },
  releaseObject(params) {
    check(params, { objectId: 'string' });
    this.objects.release(params.objectId);
  },
  releaseObjectGroup(params) {
    check(params, { objectGroup: 'string' });
    this.objects.releaseGroup(params.objectGroup);
  },
  globalLexicalScopeNames: () => ({ names: binding.globalNames() }),
  getHeapUsage() {
    const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
    return { usedSize: heapUsed, totalSize: heapTotal, embedderHeapUsedSize: 0, backingStorageSize: external + arrayBuffers };
  },
  getIsolateId: () => ({ id: binding.isolate }),
  compileScript(params) {
    check(params, { expression: 'string', sourceURL: 'string', persistScript: 'boolean' });
    try {
      const run = binding.compile(params.expression, params.sourceURL);
      if (!params.persistScript) return {};
      const scriptId = `c${compiled.size + 1}`;
      compiled.set(scriptId, run);
      return { scriptId };
    } catch (err) {
      return { exceptionDetails: exceptionDetails(this, err, params) };
    }
  },
  runScript(params) {
    check(params, { scriptId: 'string', returnByValue: 'boolean?', generatePreview: 'boolean?', awaitPromise: 'boolean?' });
    const run = compiled.get(params.scriptId);
    if (run === undefined) throw new ProtocolError('No script with given id');
    return result(this, params, run);
  },
  addBinding(params) {
    check(params, { name: 'string' });
    const session = this;
    globalThis[params.name] = function(payload) {
      if (arguments.length !== 1 || typeof payload !== 'string') throw new TypeError('Invalid arguments: should be exactly one string.');
      if (agents.has(session) && session.enabled.has('Runtime')) session.event('Runtime.bindingCalled', { name: params.name, payload, executionContextId: 1 });
    };
  },
  removeBinding(params) { check(params, { name: 'string' }); },
  runIfWaitingForDebugger() { binding.ready(); },
  discardConsoleEntries() { messages.length = 0; },
  setAsyncCallStackDepth() {},
  setMaxCallStackSizeToCapture() {},
  setCustomObjectFormatterEnabled() {},
  terminateExecution() { throw new ProtocolError('Execution can be terminated by a debugger of V8 only'); },
  queryObjects() { throw new ProtocolError('Objects cannot be queried'); },
};

const levels = { warning: 'warning', error: 'error', debug: 'debug', info: 'info' };

function tellConsole(session, m) {
  const generatePreview = session.enabled.has('Runtime');
  session.event('Runtime.consoleAPICalled', {
    type: m.type, args: m.args.map((v) => session.objects.wrap(v, { group: 'console', generatePreview: generatePreview && m.live })),
    executionContextId: 1, timestamp: m.timestamp, stackTrace: { callFrames: m.stack },
  });
}

function tellEntry(session, m) {
  const text = m.args.map((v) => typeof v === 'string' ? v : typeof v === 'symbol' ? v.description : session.objects.wrap(v).description ?? String(v)).join(' ');
  const at = m.stack[0];
  session.event('Console.messageAdded', { message: { source: 'console-api', level: levels[m.type] ?? 'log', text, url: at?.url, line: at && at.lineNumber + 1, column: at && at.columnNumber + 1 } });
}

// The functions by which scripts tell the console.
const consoleFrames = new Set(['tell', 'log', 'group', 'groupEnd', 'count']);

function noteConsole(type, args) {
  const m = { type, args, timestamp: Date.now() + performance.now() % 1, stack: binding.stack(50).filter((f) => f.url !== 'node:internal/console' && !consoleFrames.has(f.functionName) || !f.url.startsWith('node:')), live: false };
  messages.push(m);
  if (messages.length > 1000) messages.shift();
  m.live = true;
  for (const session of agents) {
    if (session.enabled.has('Console')) tellEntry(session, m);
    if (session.enabled.has('Runtime')) tellConsole(session, m);
  }
  m.live = false;
}

function noteUncaught(err) {
  for (const session of agents) {
    if (session.enabled.has('Runtime')) {
      session.event('Runtime.exceptionThrown', { timestamp: Date.now(), exceptionDetails: { ...exceptionDetails(session, err, { previewOfError: true }), executionContextId: 1 } });
    }
  }
}

let profiling; // the session that has started a profile
let coverage = false;
let interval = 1000;

const profiler = {
  enable() { this.enabled.add('Profiler'); },
  disable() {
    if (profiling === this) endProfile();
    if (coverage) profiler.stopPreciseCoverage();
    this.enabled.delete('Profiler');
  },
  setSamplingInterval(params) {
    check(params, { interval: 'integer' });
    if (profiling !== undefined) throw new ProtocolError('Cannot change sampling interval when profiling.');
    interval = Math.max(params.interval, 50);
  },
  start() {
    if (!this.enabled.has('Profiler')) throw new ProtocolError('Profiler is not enabled');
    if (profiling !== undefined) return;
    binding.startProfile(interval);
    profiling = this;
  },
  stop() {
    if (profiling === undefined) throw new ProtocolError('No recording profiles found');
    return { profile: endProfile() };
  },
  startPreciseCoverage(params) {
    if (!this.enabled.has('Profiler')) throw new ProtocolError('Profiler is not enabled');
    check(params, { callCount: 'boolean?', detailed: 'boolean?', allowTriggeredUpdates: 'boolean?' });
    coverage = true;
    binding.startCoverage();
    return { timestamp: performance.now() / 1000 };
  },
  stopPreciseCoverage() {
    if (!this.enabled.has('Profiler')) throw new ProtocolError('Profiler is not enabled');
    if (coverage) binding.stopCoverage();
    coverage = false;
  },
  takePreciseCoverage() {
    if (!coverage) throw new ProtocolError('Precise coverage has not been started.');
    return { result: JSON.parse(binding.takeCoverage()), timestamp: performance.now() / 1000 };
  },
  getBestEffortCoverage: () => ({ result: JSON.parse(binding.takeCoverage()) }),
};

function endProfile() {
  profiling = undefined;
  return JSON.parse(binding.stopProfile());
}

ending.push((session) => {
  if (profiling === session) endProfile();
});

const refuse = (what) => () => { throw new ProtocolError(what); };

const heapProfiler = {
  enable() { this.enabled.add('HeapProfiler'); },
  disable() { this.enabled.delete('HeapProfiler'); },
  collectGarbage() { binding.collect(); },
  takeHeapSnapshot(params) {
    check(params, { reportProgress: 'boolean?' });
    const text = binding.heapSnapshot();
    if (params.reportProgress) this.event('HeapProfiler.reportHeapSnapshotProgress', { done: 1, total: 1, finished: true });
    for (let at = 0; at < text.length; at += 102400) this.event('HeapProfiler.addHeapSnapshotChunk', { chunk: text.slice(at, at + 102400) });
  },
  startSampling: refuse('Allocations are not sampled'),
  stopSampling: refuse('Heap profiler is not started'),
  getSamplingProfile: refuse('Heap profiler is not started'),
  startTrackingHeapObjects: refuse('Heap objects are not tracked'),
  stopTrackingHeapObjects: refuse('Heap objects are not tracked'),
  getHeapObjectId: refuse('Heap objects have no ids'),
  getObjectByHeapObjectId: refuse('Heap objects have no ids'),
};

const consoleDomain = {
  enable() {
    if (this.enabled.has('Console')) return;
    this.enabled.add('Console');
    for (const m of messages) tellEntry(this, m);
  },
  disable() { this.enabled.delete('Console'); },
  clearMessages() { messages.length = 0; },
};

const schema = {
  getDomains: () => ({ domains: ['Runtime', 'Debugger', 'Profiler', 'HeapProfiler', 'Schema'].map((name) => ({ name, version: '1.3' })) }),
};

const nodeRuntime = {
  enable() {
    this.enabled.add('NodeRuntime');
    if (binding.waiting()) this.event('NodeRuntime.waitingForDebugger', {});
  },
  disable() { this.enabled.delete('NodeRuntime'); },
  notifyWhenWaitingForDisconnect(params) {
    check(params, { enabled: 'boolean' });
    this.notifyAtEnd = params.enabled;
  },
};

const categories = ['node', 'node.async_hooks', 'node.bootstrap', 'node.console', 'node.dns.native', 'node.environment', 'node.fs.async', 'node.fs.sync', 'node.fs_dir.async',
  'node.fs_dir.sync', 'node.http', 'node.net.native', 'node.perf', 'node.perf.timerify', 'node.perf.usertiming', 'node.promises.rejections', 'node.threadpoolwork.async',
  'node.threadpoolwork.sync', 'node.vm.script', 'v8'];

const nodeTracing = {
  getCategories: () => ({ categories }),
  start: refuse('Trace events are not collected'),
  stop: refuse('Trace events are not collected'),
};

// Nothing tells these yet but what scripts send by inspector.Network and its like.
const told = (name) => ({
  enable() { this.enabled.add(name); },
  disable() { this.enabled.delete(name); },
});

// broadcast sends an event to the sessions that have enabled its domain.
function broadcast(method, params) {
  for (const session of agents) if (session.enabled.has(method.slice(0, method.indexOf('.')))) session.event(method, params);
}

let table;

function domains() {
  if (table === undefined) {
    table = { __proto__: null };
    const all = { Runtime: runtime, Profiler: profiler, HeapProfiler: heapProfiler, Console: consoleDomain, Schema: schema, NodeRuntime: nodeRuntime,
      NodeTracing: nodeTracing, Network: told('Network'), DOMStorage: told('DOMStorage'), Debugger: require('internal/inspector/debugger').debug };
    for (const [domain, methods] of Object.entries(all)) for (const [name, run] of Object.entries(methods)) table[`${domain}.${name}`] = run;
  }
  return table;
}

module.exports = { Session, agents, ending, check, result, broadcast, exceptionDetails, noteConsole };
