// ChildProcess, spawn and fork. The native half starts processes, waits for them and owns the IPC channel; here are the
// arguments' forms and the order of events.
'use strict';
const EventEmitter = require('events');
const { codes, systemError, errname } = require('internal/errors');
const { validateAbortSignal, validateArray, validateBoolean, validateNoNul, validateObject, validateOneOf, validateString } =
  require('internal/validators');
const { Process, validSignal, setupChannel, isView, inheritEnv, loaded, enforced } = binding;

const usedAsStdio = Symbol('kIsUsedAsStdio');
const has = (o, k) => Object.prototype.hasOwnProperty.call(o, k);

let warnedOfShell = false;

function noNuls(list, name) {
  for (let i = 0; i < list.length; ++i) validateNoNul(list[i], `${name}[${i}]`);
}

// A path may also be a file URL or a Buffer.
function validPath(path, name) {
  if (path !== null && typeof path === 'object' && path.href && path.protocol) path = require('url').fileURLToPath(path);
  if (typeof path !== 'string' && !(path instanceof Uint8Array)) throw new codes.ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'URL'], path);
  if (typeof path !== 'string') path = require('buffer').Buffer.from(path).toString();
  validateNoNul(path, name, 'must be a string, Uint8Array, or URL without null bytes');
  return path;
}

function validTimeout(timeout) {
  if (timeout != null && !(Number.isInteger(timeout) && timeout >= 0)) throw new codes.ERR_OUT_OF_RANGE('timeout', 'an unsigned integer', timeout);
}

function validMaxBuffer(maxBuffer) {
  if (maxBuffer != null && !(typeof maxBuffer === 'number' && maxBuffer >= 0)) throw new codes.ERR_OUT_OF_RANGE('options.maxBuffer', 'a positive number', maxBuffer);
}

function validKillSignal(signal) {
  if (typeof signal === 'string' || typeof signal === 'number') return validSignal(signal);
  if (signal != null) throw new codes.ERR_INVALID_ARG_TYPE('options.killSignal', ['string', 'number'], signal);
}

const isInt32 = (v) => v === (v | 0);

function spawnOptions(file, args, options) {
  validateString(file, 'file');
  validateNoNul(file, 'file');
  if (file.length === 0) throw new codes.ERR_INVALID_ARG_VALUE('file', file, 'cannot be empty');
  if (Array.isArray(args)) args = args.slice();
  else if (args == null) args = [];
  else if (typeof args !== 'object') throw new codes.ERR_INVALID_ARG_TYPE('args', 'object', args);
  else [options, args] = [args, []];
  noNuls(args, 'args');
  if (options !== undefined) validateObject(options, 'options');
  options = { __proto__: null, ...options };
  if (options.cwd != null) options.cwd = validPath(options.cwd, 'options.cwd');
  if (options.detached != null) validateBoolean(options.detached, 'options.detached');
  for (const id of ['uid', 'gid']) {
    if (options[id] != null && !isInt32(options[id])) throw new codes.ERR_INVALID_ARG_TYPE('options.' + id, 'int32', options[id]);
  }
  if (options.shell != null && typeof options.shell !== 'boolean' && typeof options.shell !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.shell', ['boolean', 'string'], options.shell);
  }
  if (options.argv0 != null) {
    validateString(options.argv0, 'options.argv0');
    validateNoNul(options.argv0, 'options.argv0');
  }
  for (const flag of ['windowsHide', 'windowsVerbatimArguments', 'killTree', 'dieWithParent']) {
    if (options[flag] != null) validateBoolean(options[flag], 'options.' + flag);
    options[flag] = !!options[flag];
  }
  if (options.shell) {
    validateNoNul(options.shell, 'options.shell');
    if (args.length > 0 && !warnedOfShell) {
      warnedOfShell = true;
      process.emitWarning('Passing args to a child process with shell option true can lead to security vulnerabilities, ' +
        'as the arguments are not escaped, only concatenated.', 'DeprecationWarning', 'DEP0190');
    }
    args = ['-c', [file, ...args].join(' ')];
    file = typeof options.shell === 'string' ? options.shell : '/bin/sh';
  }
  args.unshift(typeof options.argv0 === 'string' ? options.argv0 : file);
  options.file = file;
  options.args = args;
  options.detached = !!options.detached;
  if (enforced) options.env = require('internal/child_process/seldom').withPermissions(options.env, args);
  const env = options.env || process.env;
  // A script's own spawn looks into the options.
  if (env !== process.env || ChildProcess.prototype.spawn !== start) {
    const pairs = options.envPairs = [];
    const add = (key, value) => {
      if (value === undefined) return;
      validateNoNul(key, `options.env['${key}']`);
      validateNoNul(value, `options.env['${key}']`);
      pairs.push(`${key}=${value}`);
    };
    for (const key in env) add(key, env[key]);
    if (!has(env, 'NODE_V8_COVERAGE')) add('NODE_V8_COVERAGE', process.env.NODE_V8_COVERAGE);
  } else {
    options.envPairs = inheritEnv;
  }
  return options;
}

// stdio, in all its forms.

function stdioOf(word, channel) {
  let list;
  switch (word) {
    case 'ignore': case 'overlapped': case 'pipe': list = [word, word, word]; break;
    case 'inherit': list = [0, 1, 2]; break;
    default: throw new codes.ERR_INVALID_ARG_VALUE('stdio', word);
  }
  if (channel) list.push(channel);
  return list;
}

function isHandle(value) {
  if (value === null || typeof value !== 'object') return false;
  const { TCP, Pipe, TTY, UDP } = require('internal/handles');
  return value instanceof TCP || value instanceof Pipe || value instanceof TTY || (UDP !== undefined && value instanceof UDP);
}

// Each entry becomes what the native half takes: { type: 'ignore' | 'pipe' | 'fd', … }.
function normalizeStdio(stdio, sync) {
  if (typeof stdio === 'string') stdio = stdioOf(stdio);
  else if (!Array.isArray(stdio)) throw new codes.ERR_INVALID_ARG_VALUE('stdio', stdio);
  while (stdio.length < 3) stdio.push(undefined);
  const list = [];
  let ipcFd;
  for (let i = 0; i < stdio.length; i++) {
    if (!(i in stdio)) continue; // a hole is no entry
    let entry = stdio[i];
    entry ??= i < 3 ? 'pipe' : 'ignore';
    if (entry === 'ignore') {
      list.push({ type: 'ignore' });
    } else if (entry === 'pipe' || entry === 'overlapped' || (typeof entry === 'number' && entry < 0)) {
      list.push({ type: 'pipe', readable: i === 0, writable: i !== 0 });
    } else if (entry === 'ipc') {
      if (sync) throw new codes.ERR_IPC_SYNC_FORK();
      if (ipcFd !== undefined) throw new codes.ERR_IPC_ONE_PIPE();
      ipcFd = i;
      list.push({ type: 'pipe', ipc: true });
    } else if (entry === 'inherit') {
      list.push({ type: 'fd', fd: i });
    } else if (typeof entry === 'number' || typeof entry.fd === 'number') {
      list.push({ type: 'fd', fd: typeof entry === 'number' ? entry : entry.fd });
    } else {
      const handle = [entry, entry.handle, entry._handle].find(isHandle);
      if (handle) {
        list.push({ type: 'fd', fd: handle.fd, wrapped: entry, handle });
      } else if (isView(entry) || typeof entry === 'string') {
        if (!sync) throw new codes.ERR_INVALID_SYNC_FORK_INPUT(require('util').inspect(entry));
        list.push({ type: 'pipe', readable: true, writable: false });
      } else {
        throw new codes.ERR_INVALID_ARG_VALUE('stdio', entry);
      }
    }
  }
  return { list, ipcFd };
}

function ChildProcess() {
  EventEmitter.call(this);
  this._closesNeeded = 1;
  this._closesGot = 0;
  this.connected = false;
  this.signalCode = null;
  this.exitCode = null;
  this.killed = false;
  this.spawnfile = null;
  this._handle = new Process();
  this._handle.onexit = (code, signal, limit) => {
    if (limit) limited.set(this, limit);
    ended(this, code, signal);
  };
  if (loaded('diagnostics_channel')) {
    const channel = require('diagnostics_channel').channel('child_process');
    if (channel.hasSubscribers) channel.publish({ process: this });
  }
}
Object.setPrototypeOf(ChildProcess.prototype, EventEmitter.prototype);
Object.setPrototypeOf(ChildProcess, EventEmitter);

// code is negative, an errno, where there never was a process.
function ended(child, code, signal) {
  if (signal) child.signalCode = signal;
  else child.exitCode = code;
  if (child.stdin) child.stdin.destroy();
  child._handle.close();
  child._handle = null;
  if (code < 0) {
    const err = systemError(code, child.spawnfile ? 'spawn ' + child.spawnfile : 'spawn');
    if (child.spawnfile) err.path = child.spawnfile;
    err.spawnargs = child.spawnargs.slice(1);
    child.emit('error', err);
  } else {
    child.emit('exit', child.exitCode, child.signalCode);
  }
  // Streams that nobody reads are read to their end, or 'close' would not come; on the next tick, so that a listener of
  // 'exit' may still begin to read.
  process.nextTick(drain, child);
  partClosed(child);
}

function drain({ stdio }) {
  if (stdio == null) return;
  for (const stream of stdio) {
    if (stream && stream.readable && !stream[usedAsStdio]) stream.resume();
  }
}

function partClosed(child) {
  if (++child._closesGot === child._closesNeeded) child.emit('close', child.exitCode, child.signalCode);
}

// Errors of these kinds are emitted; others are thrown.
const emitted = ['EACCES', 'EAGAIN', 'EMFILE', 'ENFILE', 'ENOENT'];

const start = ChildProcess.prototype.spawn = function spawn(options) {
  validateObject(options, 'options');
  const { list, ipcFd } = normalizeStdio(options.stdio || 'pipe', false);
  validateOneOf(options.serialization, 'options.serialization', [undefined, 'json', 'advanced']);
  const serialization = options.serialization || 'json';
  const extra = [];
  if (ipcFd !== undefined) {
    if (options.envPairs === undefined) options.envPairs = [];
    else if (options.envPairs !== inheritEnv) validateArray(options.envPairs, 'options.envPairs');
    extra.push(`NODE_CHANNEL_FD=${ipcFd}`, `NODE_CHANNEL_SERIALIZATION_MODE=${serialization}`);
  }
  validateString(options.file, 'options.file');
  this.spawnfile = options.file;
  if (options.args !== undefined) validateArray(options.args, 'options.args');
  this.spawnargs = options.args ?? [];

  let trace;
  if (loaded('diagnostics_channel')) {
    trace = require('diagnostics_channel').tracingChannel('child_process.spawn');
    trace.start.publish({ process: this, options });
  }
  const err = this._handle.spawn(options, list, extra, this);
  const failed = err !== 0 && errname(err);
  if (failed) trace?.error.publish({ process: this, error: systemError(err, 'spawn') });
  else trace?.end.publish({ process: this });
  if (failed && !emitted.includes(failed)) {
    this._handle.close();
    this._handle = null;
    throw systemError(err, 'spawn');
  }
  if (failed) {
    process.nextTick(() => ended(this, err));
    if (failed === 'EMFILE' || failed === 'ENFILE') return err;
  } else {
    process.nextTick(() => this.emit('spawn'));
  }
  this.pid = this._handle.pid;

  const streams = [];
  for (let i = 0; i < list.length; i++) {
    const entry = list[i];
    streams.push(null);
    if (entry.ipc) {
      this._closesNeeded++;
    } else if (entry.wrapped) {
      // The child reads from it now; so must not this process.
      const stream = entry.wrapped;
      entry.handle.reading = false;
      if (entry.handle.readStop) entry.handle.readStop();
      if (stream.pause) {
        stream.pause();
        stream.readableFlowing = false;
        if (stream._readableState) stream._readableState.reading = false;
        stream[usedAsStdio] = true;
      }
    } else if (entry.type === 'pipe') {
      const { Pipe } = require('internal/handles');
      const handle = new Pipe(Pipe.SOCKET);
      handle.open(entry.ours);
      const { Socket } = require('net');
      const socket = streams[i] = new Socket({ handle, readable: i > 0 });
      if (i > 0) {
        this._closesNeeded++;
        socket.on('close', () => partClosed(this));
      }
    }
  }
  [this.stdin = null, this.stdout = null, this.stderr = null] = streams;
  this.stdio = streams;
  if (ipcFd !== undefined) setupChannel(this, list[ipcFd].ours, serialization, () => partClosed(this));
  return err;
};

// Beyond Node: why a child has ended. What a limit has ended is in limited.
const limited = new WeakMap();
Object.defineProperty(ChildProcess.prototype, 'exitReason', {
  __proto__: null, configurable: true,
  get() {
    if (this.signalCode) return limited.get(this) ?? (this.killed ? 'kill' : 'signal');
    if (this.exitCode === null || this.exitCode === undefined) return null;
    return this.exitCode < 0 ? 'error' : 'exit';
  },
});

ChildProcess.prototype.kill = function kill(signal) {
  const number = signal === 0 ? 0 : validSignal(signal === undefined ? 'SIGTERM' : signal);
  if (!this._handle) return false;
  const err = this._handle.kill(number);
  if (err === 0) {
    this.killed = true;
    return true;
  }
  const name = errname(err);
  if (name === 'EINVAL' || name === 'ENOSYS') throw systemError(err, 'kill');
  if (name !== 'ESRCH') this.emit('error', systemError(err, 'kill'));
  return false;
};

ChildProcess.prototype.ref = function ref() {
  if (this._handle) this._handle.ref();
};

ChildProcess.prototype.unref = function unref() {
  if (this._handle) this._handle.unref();
};

if (Symbol.dispose) {
  ChildProcess.prototype[Symbol.dispose] = function() {
    if (!this.killed) this.kill();
  };
}

function spawn(file, args, options) {
  options = spawnOptions(file, args, options);
  validTimeout(options.timeout);
  validateAbortSignal(options.signal, 'options.signal');
  const killSignal = validKillSignal(options.killSignal);
  const child = new ChildProcess();
  child.spawn(options);
  if (options.timeout > 0) {
    const timer = setTimeout(() => {
      try {
        child.kill(killSignal);
      } catch (err) {
        child.emit('error', err);
      }
    }, options.timeout);
    child.once('exit', () => clearTimeout(timer));
  }
  if (options.signal) require('internal/child_process/seldom').killOnAbort(child, options.signal, killSignal);
  return child;
}

function fork(modulePath, args = [], options) {
  modulePath = validPath(modulePath, 'modulePath');
  if (args == null) args = [];
  else if (typeof args === 'object' && !Array.isArray(args)) [options, args] = [args, []];
  else validateArray(args, 'args');
  if (options != null) validateObject(options, 'options');
  options = { __proto__: null, ...options, shell: false };
  options.execPath = options.execPath || process.execPath;
  validateNoNul(options.execPath, 'options.execPath');
  let execArgv = options.execArgv || process.execArgv;
  noNuls(execArgv, 'options.execArgv');
  if (execArgv === process.execArgv && process._eval != null) {
    // A script given with -e would fork itself without end.
    const at = execArgv.lastIndexOf(process._eval);
    if (at > 0) execArgv = execArgv.filter((_, i) => i !== at && i !== at - 1);
  }
  args = [...execArgv, modulePath, ...args];
  if (typeof options.stdio === 'string') options.stdio = stdioOf(options.stdio, 'ipc');
  else if (!Array.isArray(options.stdio)) options.stdio = stdioOf(options.silent ? 'pipe' : 'inherit', 'ipc');
  else if (!options.stdio.includes('ipc')) throw new codes.ERR_CHILD_PROCESS_IPC_REQUIRED('options.stdio');
  return spawn(options.execPath, args, options);
}

module.exports = { ChildProcess, fork, spawn, spawnOptions, normalizeStdio, validTimeout, validMaxBuffer, validKillSignal };
