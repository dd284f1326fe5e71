// Class Worker: a thread as its parent sees it. binding: see worker.go. May require events, internal/errors,
// internal/messaging, internal/validators, internal/worker/io, path and url.
'use strict';
const EventEmitter = require('events');
const { codes } = require('internal/errors');
const { MessageChannel, receiveMessageOnPort, stop } = require('internal/messaging');
const { validateNumber, validateObject, validateString } = require('internal/validators');
const { ReadableWorkerStdio, WritableWorkerStdio, receive } = require('internal/worker/io');
const SHARE_ENV = Symbol.for('nodejs.worker_threads.SHARE_ENV');

const isURL = (v) => Boolean(v?.href && v.protocol && v.auth === undefined && v.path === undefined);

// source tells what to run: a file, or a text and how to read it.
function source(filename, options) {
  if (options.eval) {
    if (typeof filename !== 'string') {
      throw new codes.ERR_INVALID_ARG_VALUE('options.eval', options.eval, "must be false when 'filename' is not a string");
    }
    return { text: filename };
  }
  if (isURL(filename)) {
    if (filename.protocol === 'data:') return { text: `import ${JSON.stringify(`${filename}`)}`, module: true };
    return { file: require('url').fileURLToPath(filename) };
  }
  if (typeof filename !== 'string') throw new codes.ERR_INVALID_ARG_TYPE('filename', ['string', 'URL'], filename);
  const path = require('path');
  if (!path.isAbsolute(filename) && !/^\.\.?[\\/]/.test(filename)) throw new codes.ERR_WORKER_PATH(filename);
  return { file: path.resolve(filename) };
}

function environment({ env }) {
  if (typeof env === 'object' && env !== null) return Object.entries(env).map(([key, value]) => `${key}=${value}`);
  if (env == null) return undefined;
  if (env !== SHARE_ENV) {
    throw new codes.ERR_INVALID_ARG_TYPE('options.env', ['object', 'undefined', 'null', 'worker_threads.SHARE_ENV'], env);
  }
  return 'share';
}

// utilization is performance.eventLoopUtilization of a thread's loop.
function utilization(thread, since, until) {
  const result = (idle, active) => ({ idle, active, utilization: idle + active === 0 ? 0 : active / (idle + active) });
  const [idle, active] = thread.times();
  if (idle + active === 0) return result(0, 0);
  if (until) return result(since.idle - until.idle, since.active - until.active);
  return result(idle - (since?.idle ?? 0), active - (since?.active ?? 0));
}

class Worker extends EventEmitter {
  #thread;
  #port;
  #link = { port: null, waiting: 0 };
  #streams;
  #limits;
  #name;

  constructor(filename, options = {}) {
    super();
    for (const name of ['execArgv', 'argv']) {
      if (options[name] && !Array.isArray(options[name])) throw new codes.ERR_INVALID_ARG_TYPE(`options.${name}`, 'Array', options[name]);
    }
    const what = source(filename, options);
    const env = environment(options);
    if (options.name) validateString(options.name, 'options.name');
    this.#name = options.name ? `${options.name}` : 'WorkerThread';
    const thread = this.#thread = binding.make({
      ...what, env, name: this.#name,
      argv: options.argv?.map(String), execArgv: options.execArgv?.map(String),
      limits: binding.limitNames.map((name) => options.resourceLimits?.[name]),
      exited: (code, error) => this.#exited(code, error),
    });
    this.#limits = thread.limits();
    const control = new MessageChannel();
    const channel = new MessageChannel();
    const port = this.#link.port = control.port1;
    try {
      port.postMessage({
        workerData: options.workerData, environmentData: binding.environmentData(), publicPort: channel.port2, stdin: Boolean(options.stdin),
      }, [channel.port2, ...(options.transferList ?? [])]);
    } catch (err) {
      thread.drop();
      for (const p of [port, channel.port1]) p.close();
      throw err;
    }
    this.#streams = {
      stdin: options.stdin ? new WritableWorkerStdio(this.#link, 'stdin') : null,
      stdout: new ReadableWorkerStdio(this.#link, 'stdout'),
      stderr: new ReadableWorkerStdio(this.#link, 'stderr'),
    };
    for (const name of ['stdout', 'stderr']) {
      if (!options[name]) this.#pipe(this.#streams[name], process[name]);
    }
    this.#port = channel.port1;
    port.on('message', (message) => this.#control(message));
    port.unref();
    for (const type of ['message', 'messageerror']) this.#port.on(type, (message) => this.emit(type, message));
    this.#port.unref();
    // Messages wait while nobody listens for them any more.
    this.on('newListener', (name) => {
      if (name !== 'message' || this.listenerCount(name) > 0) return;
      this.#port?.ref();
      this.#port?.start();
    });
    this.on('removeListener', (name) => {
      if (name !== 'message' || this.listenerCount(name) > 0 || !this.#port) return;
      stop(this.#port);
      this.#port.unref();
    });
    this.performance = { eventLoopUtilization: (since, until) => utilization(thread, since, until) };
    thread.start(control.port2);
    process.nextTick(() => process.emit('worker', this));
    const { channel: diagnostics } = require('diagnostics_channel');
    const created = diagnostics('worker_threads');
    if (created.hasSubscribers) created.publish({ worker: this });
  }

  // Many workers may write to one stream.
  #pipe(from, to) {
    from.piped();
    const { _maxListeners } = to;
    to.setMaxListeners(Infinity);
    from.pipe(to);
    to._maxListeners = _maxListeners;
  }

  #control(message) {
    switch (message.type) {
      case 'online':
        this.#limits = this.#thread?.limits(true);
        return void this.emit('online');
      case 'error': return void this.emit('error', require('internal/worker/errors').unpack(message.error));
      default: receive(this.#streams, message);
    }
  }

  #exited(code, error) {
    for (const port of [this.#port, this.#link.port]) {
      for (let m = receiveMessageOnPort(port); m; m = receiveMessageOnPort(port)) port.emit('message', m.message);
    }
    this.#port.close();
    this.#link.port.close();
    this.#port = this.#thread = null;
    const { stdout, stderr } = this.#streams;
    for (const stream of [stdout, stderr]) if (!stream.readableEnded) stream.push(null);
    this.#limits = undefined;
    if (error) this.emit('error', error);
    this.emit('exit', code);
  }

  postMessage(message, transfer) {
    if (arguments.length === 0) this.#port?.postMessage();
    else this.#port?.postMessage(message, transfer);
  }

  terminate(callback) {
    this.ref();
    if (typeof callback === 'function') {
      process.emitWarning('Passing a callback to worker.terminate() is deprecated. It returns a Promise instead.',
        'DeprecationWarning', 'DEP0132');
      if (this.#thread === null) return Promise.resolve();
      this.once('exit', (code) => callback(null, code));
    }
    if (this.#thread === null) return Promise.resolve();
    this.#thread.stop();
    return new Promise((resolve) => this.once('exit', resolve));
  }

  ref() {
    if (this.#thread === null) return;
    this.#thread.ref();
    this.#port.ref();
  }

  unref() {
    if (this.#thread === null) return;
    this.#thread.unref();
    this.#port.unref();
  }

  get threadId() { return this.#thread === null ? -1 : this.#thread.id; }
  get threadName() { return this.#thread === null ? null : this.#name; }
  get stdin() { return this.#streams.stdin; }
  get stdout() { return this.#streams.stdout; }
  get stderr() { return this.#streams.stderr; }
  get resourceLimits() { return this.#limits ?? {}; }

  getHeapSnapshot(options) {
    const { check, HeapSnapshotStream } = require('internal/heap_utils');
    check(options);
    if (!Worker.#runs(this)) return Promise.reject(new codes.ERR_WORKER_NOT_RUNNING());
    return this.#thread.heapSnapshot().then((data) => new HeapSnapshotStream(data));
  }

  // The threads of gonode share one heap and the process's time: what is told of a thread is told of all of them.
  getHeapStatistics() {
    if (!Worker.#runs(this)) return Promise.reject(new codes.ERR_WORKER_NOT_RUNNING());
    return Promise.resolve(require('v8').getHeapStatistics());
  }

  cpuUsage(prev) {
    if (prev) {
      validateObject(prev, 'prev');
      for (const key of ['user', 'system']) validateNumber(prev[key], `prev.${key}`, 0, Number.MAX_SAFE_INTEGER);
    }
    if (!Worker.#runs(this)) return Promise.reject(new codes.ERR_WORKER_NOT_RUNNING());
    const { user, system } = process.cpuUsage();
    return Promise.resolve(prev ? { user: user - prev.user, system: system - prev.system } : { user, system });
  }

  startCpuProfile() { return Worker.#profile(this, 'CPUProfileHandle', false); }
  startHeapProfile() { return Worker.#profile(this, 'HeapProfileHandle', true); }

  // #runs is false for all that is no worker; undefined and null have no property to look at.
  static #runs(worker) {
    const { constructor } = worker;
    return constructor !== undefined && Object(worker) === worker && #thread in worker && worker.#thread !== null;
  }

  static async #profile(worker, handle, heap) {
    if (!Worker.#runs(worker)) throw new codes.ERR_WORKER_NOT_RUNNING();
    const end = worker.#thread.startProfile(heap);
    if (!end) throw new codes.ERR_WORKER_NOT_RUNNING();
    return new (require('internal/heap_utils')[handle])(end);
  }

  async [Symbol.asyncDispose]() { await this.terminate(); }
}

// postMessageToThread has the 'workerMessage' listeners of another thread's process called.
async function postMessageToThread(threadId, value, transferList, timeout) {
  if (typeof transferList === 'number' && timeout === undefined) {
    timeout = transferList;
    transferList = [];
  }
  if (timeout !== undefined) require('internal/validators').validateNumber(timeout, 'timeout', 0);
  if (threadId === require('worker_threads').threadId) throw new codes.ERR_WORKER_MESSAGING_SAME_THREAD();
  const code = await new Promise((resolve) => binding.postToThread(threadId, value, transferList, timeout, resolve));
  if (code) throw new codes[code]();
}

module.exports = { Worker, postMessageToThread };
