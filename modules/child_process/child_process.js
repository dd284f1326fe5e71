// Module child_process: the functions and class ChildProcess. The native half starts processes, waits for them and owns
// the IPC channel; here are the arguments' forms, the order of events and what exec collects.
'use strict';
const EventEmitter = require('events');
const { codes, makeError, systemError, errname } = require('internal/errors');
const { validateString, validateBoolean, validateObject, validateArray, validateFunction, validateAbortSignal, validateOneOf } = require('internal/validators');
const { Process, runSync, validSignal, setupChannel, isView, inheritEnv, promisifyCustom, loaded } = binding;

const MAX_BUFFER = 1024 * 1024;
const usedAsStdio = Symbol('kIsUsedAsStdio');
const has = (o, k) => Object.prototype.hasOwnProperty.call(o, k);

// Checks of arguments.

function noNul(value, name, must = 'must be a string without null bytes') {
  if (typeof value === 'string' && value.includes('\0')) throw new codes.ERR_INVALID_ARG_VALUE(name, value, must);
}

function noNuls(list, name) {
  for (let i = 0; i < list.length; ++i) noNul(list[i], `${name}[${i}]`);
}

// A path may also be a file URL or a Buffer.
function validPath(path, name) {
  if (path !== null && typeof path === 'object' && path.href && path.protocol) path = require('url').fileURLToPath(path);
  if (typeof path !== 'string' && !(path instanceof Uint8Array)) throw new codes.ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'URL'], path);
  if (typeof path !== 'string') path = require('buffer').Buffer.from(path).toString();
  noNul(path, name, 'must be a string, Uint8Array, or URL without null bytes');
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
  noNul(file, 'file');
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
    noNul(options.argv0, 'options.argv0');
  }
  for (const flag of ['windowsHide', 'windowsVerbatimArguments', 'killTree', 'dieWithParent']) {
    if (options[flag] != null) validateBoolean(options[flag], 'options.' + flag);
    options[flag] = !!options[flag];
  }
  if (options.shell) {
    noNul(options.shell, 'options.shell');
    args = ['-c', [file, ...args].join(' ')];
    file = typeof options.shell === 'string' ? options.shell : '/bin/sh';
  }
  args.unshift(typeof options.argv0 === 'string' ? options.argv0 : file);
  options.file = file;
  options.args = args;
  options.detached = !!options.detached;
  if (options.env && options.env !== process.env) {
    const pairs = options.envPairs = [];
    const add = (key, value) => {
      if (value === undefined) return;
      noNul(key, `options.env['${key}']`);
      noNul(value, `options.env['${key}']`);
      pairs.push(`${key}=${value}`);
    };
    for (const key in options.env) add(key, options.env[key]);
    if (!has(options.env, 'NODE_V8_COVERAGE')) add('NODE_V8_COVERAGE', process.env.NODE_V8_COVERAGE);
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
      const fd = typeof entry === 'number' ? entry : entry.fd;
      if (fd < 0 && typeof entry !== 'number') throw new codes.ERR_INVALID_ARG_VALUE('stdio', entry);
      list.push({ type: 'fd', fd });
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

// ChildProcess.

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
  this._handle.onexit = (code, signal) => ended(this, code, signal);
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
const emitted = new Set(['EACCES', 'EAGAIN', 'EMFILE', 'ENFILE', 'ENOENT']);

ChildProcess.prototype.spawn = function spawn(options) {
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

  const err = this._handle.spawn(options, list, extra);
  const failed = err !== 0 && errname(err);
  if (failed && !emitted.has(failed)) {
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
  [this.stdin, this.stdout, this.stderr] = streams;
  this.stdio = streams;
  if (ipcFd !== undefined) setupChannel(this, list[ipcFd].ours, serialization, () => partClosed(this));
  return err;
};

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

// Asynchronous functions.

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
  const { signal } = options;
  if (signal) {
    const abort = () => {
      try {
        if (child.kill(killSignal)) {
          const { AbortError } = require('internal/errors');
          child.emit('error', new AbortError(undefined, { cause: signal.reason }));
        }
      } catch (err) {
        child.emit('error', err);
      }
    };
    if (signal.aborted) {
      process.nextTick(abort);
    } else {
      signal.addEventListener('abort', abort, { once: true });
      child.once('exit', () => signal.removeEventListener('abort', abort));
    }
  }
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
  noNul(options.execPath, 'options.execPath');
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

function execArgs(command, options, callback) {
  validateString(command, 'command');
  noNul(command, 'command');
  if (typeof options === 'function') [callback, options] = [options, undefined];
  options = { __proto__: null, ...options };
  options.shell = typeof options.shell === 'string' ? options.shell : true;
  return { options, callback };
}

function exec(command, options, callback) {
  ({ options, callback } = execArgs(command, options, callback));
  return module.exports.execFile(command, options, callback);
}

function execFileArgs(file, args, options, callback) {
  if (Array.isArray(args)) args = args.slice();
  else if (args != null && typeof args === 'object') [callback, options, args] = [options, args, null];
  else if (typeof args === 'function') [callback, options, args] = [args, null, null];
  args ??= [];
  if (typeof options === 'function') [callback, options] = [options, undefined];
  else if (options != null) validateObject(options, 'options');
  options ??= {};
  if (callback != null) validateFunction(callback, 'callback');
  if (options.argv0 != null) {
    validateString(options.argv0, 'options.argv0');
    noNul(options.argv0, 'options.argv0');
  }
  return { args, options, callback };
}

function execFile(file, args, options, callback) {
  ({ args, options, callback } = execFileArgs(file, args, options, callback));
  options = { __proto__: null, encoding: 'utf8', timeout: 0, maxBuffer: MAX_BUFFER, killSignal: 'SIGTERM', cwd: null, env: null, shell: false, ...options };
  validTimeout(options.timeout);
  validMaxBuffer(options.maxBuffer);
  const killSignal = validKillSignal(options.killSignal);
  const { cwd, env, gid, shell, signal, uid, windowsHide, windowsVerbatimArguments, killTree, dieWithParent } = options;
  const child = spawn(file, args, { cwd, env, gid, shell, signal, uid, killTree, dieWithParent,
    windowsHide: !!windowsHide, windowsVerbatimArguments: !!windowsVerbatimArguments });

  const { Buffer } = require('buffer');
  const encoding = options.encoding !== 'buffer' && Buffer.isEncoding(options.encoding) ? options.encoding : null;
  let failure = null;
  let killed = false;
  let done = false;
  let timer;

  function collect(stream, name) {
    const chunks = [];
    let size = 0;
    if (stream) {
      if (encoding) stream.setEncoding(encoding);
      stream.on('data', (chunk) => {
        if (options.maxBuffer !== Infinity) {
          const coded = stream.readableEncoding;
          const length = coded ? Buffer.byteLength(chunk, coded) : chunk.length;
          size += length;
          if (size > options.maxBuffer) {
            chunks.push(chunk.slice(0, options.maxBuffer - (size - length)));
            failure = new codes.ERR_CHILD_PROCESS_STDIO_MAXBUFFER(name);
            kill();
            return;
          }
        }
        chunks.push(chunk);
      });
    }
    return () => encoding || stream?.readableEncoding ? chunks.join('') : Buffer.concat(chunks);
  }

  function finish(code, signal) {
    if (done) return;
    done = true;
    clearTimeout(timer);
    if (!callback) return;
    const stdout = out();
    const stderr = err();
    if (!failure && code === 0 && signal === null) {
      callback(null, stdout, stderr);
      return;
    }
    const cmd = args.length ? `${file} ${args.join(' ')}` : file;
    if (!failure) {
      failure = new Error(`Command failed: ${cmd}\n${stderr}`);
      failure.code = code < 0 ? errname(code) : code;
      failure.killed = child.killed || killed;
      failure.signal = signal;
    }
    failure.cmd = cmd;
    callback(failure, stdout, stderr);
  }

  function drop() {
    if (child.stdout) child.stdout.destroy();
    if (child.stderr) child.stderr.destroy();
  }

  function kill() {
    drop();
    killed = true;
    try {
      child.kill(killSignal);
    } catch (e) {
      failure = e;
      finish();
    }
  }

  if (options.timeout > 0) timer = setTimeout(kill, options.timeout);
  const out = collect(child.stdout, 'stdout');
  const err = collect(child.stderr, 'stderr');
  child.addListener('close', finish);
  child.addListener('error', (e) => {
    failure = e;
    drop();
    finish();
  });
  return child;
}

for (const f of [exec, execFile]) {
  Object.defineProperty(f, promisifyCustom, { __proto__: null, enumerable: false, value: (...args) => {
    let resolve, reject;
    const promise = new Promise((...settle) => {
      [resolve, reject] = settle;
    });
    promise.child = f(...args, (err, stdout, stderr) => {
      if (err !== null) reject(Object.assign(err, { stdout, stderr }));
      else resolve({ stdout, stderr });
    });
    return promise;
  } });
}

// Synchronous functions.

function spawnSync(file, args, options) {
  options = { __proto__: null, maxBuffer: MAX_BUFFER, ...spawnOptions(file, args, options) };
  validTimeout(options.timeout);
  validMaxBuffer(options.maxBuffer);
  options.killSignal = validKillSignal(options.killSignal);
  const given = options.stdio || 'pipe';
  const { list } = normalizeStdio(given, true);
  for (let i = 0; i < list.length; i++) {
    let input = i === 0 && options.input ? options.input : list[i].type === 'pipe' && given[i]?.input;
    if (input == null || input === false) continue;
    if (typeof input === 'string') input = require('buffer').Buffer.from(input, options.encoding);
    else if (!isView(input)) throw new codes.ERR_INVALID_ARG_TYPE(`options.stdio[${i}]`, ['Buffer', 'TypedArray', 'DataView', 'string'], input);
    list[i].input = input;
  }
  const result = runSync(options, list);
  if (result.output && options.encoding && options.encoding !== 'buffer') {
    result.output = result.output.map((data) => data && data.toString(options.encoding));
  }
  result.stdout = result.output && result.output[1];
  result.stderr = result.output && result.output[2];
  if (result.error) {
    result.error = systemError(result.error, 'spawnSync ' + options.file);
    result.error.path = options.file;
    result.error.spawnargs = options.args.slice(1);
  }
  return result;
}

function checkSync(result, command) {
  if (result.error) throw Object.assign(result.error, result);
  if (result.status !== 0) {
    let message = 'Command failed: ' + command;
    if (result.stderr && result.stderr.length > 0) message += `\n${result.stderr.toString()}`;
    throw Object.assign(new Error(message), result);
  }
  return result.stdout;
}

function execFileSync(file, args, options) {
  ({ args, options } = execFileArgs(file, args, options));
  const result = spawnSync(file, args, options);
  if (!options.stdio && result.stderr) process.stderr.write(result.stderr);
  return checkSync(result, [options.argv0 || file, ...args].join(' '));
}

function execSync(command, options) {
  ({ options } = execArgs(command, options));
  const result = spawnSync(command, options);
  if (!options.stdio && result.stderr) process.stderr.write(result.stderr);
  return checkSync(result, command);
}

module.exports = { ChildProcess, exec, execFile, execFileSync, execSync, fork, spawn, spawnSync };
