// exec and execFile: what collects the output of a child.
'use strict';
const { codes, errname } = require('internal/errors');
const { validateFunction, validateNoNul, validateObject, validateString } = require('internal/validators');
const { spawn, validTimeout, validMaxBuffer, validKillSignal } = require('internal/child_process/spawn');

const MAX_BUFFER = 1024 * 1024;

function execArgs(command, options, callback) {
  validateString(command, 'command');
  validateNoNul(command, 'command');
  if (typeof options === 'function') [callback, options] = [options, undefined];
  options = { __proto__: null, ...options };
  options.shell = typeof options.shell === 'string' ? options.shell : true;
  return { options, callback };
}

function exec(command, options, callback) {
  ({ options, callback } = execArgs(command, options, callback));
  return require('child_process').execFile(command, options, callback);
}

function execFileArgs(file, args, options, callback) {
  if (Array.isArray(args)) args = args.slice();
  else if (args != null && typeof args === 'object') [callback, options, args] = [options, args, null];
  else if (typeof args === 'function') [callback, options, args] = [args, null, null];
  args ??= [];
  if (typeof options === 'function') callback = options;
  else if (options != null) validateObject(options, 'options');
  options ??= {};
  if (callback != null) validateFunction(callback, 'callback');
  if (options.argv0 != null) {
    validateString(options.argv0, 'options.argv0');
    validateNoNul(options.argv0, 'options.argv0');
  }
  return { args, options, callback };
}

function execFile(file, args, options, callback) {
  ({ args, options, callback } = execFileArgs(file, args, options, callback));
  options = { __proto__: null, encoding: 'utf8', timeout: 0, maxBuffer: MAX_BUFFER, killSignal: 'SIGTERM', cwd: null, env: null, shell: false, ...options };
  validTimeout(options.timeout);
  validMaxBuffer(options.maxBuffer);
  const killSignal = validKillSignal(options.killSignal);
  const { cwd, env, gid, shell, signal, uid, windowsHide, windowsVerbatimArguments, killTree, dieWithParent, limits } = options;
  const child = spawn(file, args, { cwd, env, gid, shell, signal, uid, killTree, dieWithParent, limits,
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

const promising = (f) => ({ [f.name]: (...args) => {
  let resolve, reject;
  const promise = new Promise((...settle) => {
    [resolve, reject] = settle;
  });
  promise.child = f(...args, (err, stdout, stderr) => {
    if (err !== null) reject(Object.assign(err, { stdout, stderr }));
    else resolve({ stdout, stderr });
  });
  return promise;
} })[f.name];

for (const f of [exec, execFile]) {
  Object.defineProperty(f, binding.promisifyCustom, { __proto__: null, enumerable: false, value: promising(f) });
}

module.exports = { exec, execFile, execArgs, execFileArgs };
