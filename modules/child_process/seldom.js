// What few children need: the permissions of this process, a signal that ends them. It loads when it is first asked for.
'use strict';
const { AbortError } = require('internal/errors');

const permissionOptions = ['--allow-fs-read', '--allow-fs-write', '--allow-addons', '--allow-child-process', '--allow-inspector', '--allow-wasi',
  '--allow-worker', '--allow-openssl-store', '--permission'];

// A child gets the permissions of this process, unless it is given its own.
function withPermissions(env, args) {
  env = env || { ...process.env };
  const own = (token) => /^--permission(?:-audit)?(?:=|$)/.test(token);
  if (args.includes('--permission') || args.includes('--permission-audit') || `${env.NODE_OPTIONS ?? ''}`.split(/\s+/).some(own)) return env;
  for (const arg of process.execArgv) {
    for (const option of permissionOptions) {
      if (arg.startsWith(option)) env.NODE_OPTIONS = env.NODE_OPTIONS ? `${env.NODE_OPTIONS} ${arg}` : arg;
    }
  }
  return env;
}

function killOnAbort(child, signal, killSignal) {
  const abort = () => {
    try {
      if (child.kill(killSignal)) child.emit('error', new AbortError(undefined, { cause: signal.reason }));
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

module.exports = { withPermissions, killOnAbort };
