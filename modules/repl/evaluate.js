// How a prompt's lines are run. binding: see repl.go.
'use strict';
const vm = require('vm');
const { codes } = require('internal/errors');

const REPL_MODE_SLOPPY = Symbol('repl-sloppy'), REPL_MODE_STRICT = Symbol('repl-strict');
const kWaiting = Symbol('waiting'); // the lines that have come while a promise is awaited

// Recoverable is the error of a text that more lines could end.
function Recoverable(err) { this.err = err; }
Object.setPrototypeOf(Recoverable.prototype, SyntaxError.prototype);
Object.setPrototypeOf(Recoverable, SyntaxError);

// The text that is run: an object literal is no block, and `await` makes the whole asynchronous.
function evaluate(repl, code, context, file, callback) {
  const tries = [];
  if (/^\s*{/.test(code) && !/;\s*$/.test(code)) tries.push(`(${code.trim()})\n`);
  tries.push(code);
  let script, error, wrapped = false, asynchronous = false;
  const options = { filename: file, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
  const mode = repl.replMode === REPL_MODE_STRICT ? '\'use strict\'; void 0; ' : '';
  const compile = (text) => {
    if (/^\s*$/.test(text)) text = 'void 0;\n';
    return new vm.Script(mode + text, options);
  };
  for (const text of tries) {
    try {
      script = compile(text);
      break;
    } catch (err) {
      error = err;
    }
  }
  if (!script && code.includes('await')) {
    script = compileAwait(code, compile);
    asynchronous = !!script;
  }
  if (!script) {
    callback(error instanceof SyntaxError && binding.unfinished(code) ? new Recoverable(error) : error);
    return;
  }
  const run = { displayErrors: false, breakOnSigint: repl.breakEvalOnSigint };
  let result;
  // Out of raw mode Ctrl+C is a signal, which stops a program that never ends.
  const raw = repl.terminal && repl.breakEvalOnSigint && repl._setRawMode(false);
  try {
    result = repl.useGlobal ? script.runInThisContext(run) : script.runInContext(context, run);
  } catch (err) {
    if (err?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') err.stack = err.message;
    callback(err);
    return;
  } finally {
    if (raw) repl._setRawMode(true);
  }
  if (!asynchronous) {
    callback(null, result);
    return;
  }
  // Keys, lines and the end of the input wait until the promise is settled; Ctrl+C leaves it.
  let done = false;
  repl[kWaiting] = [];
  const finish = (...args) => {
    if (done) return;
    done = true;
    repl.removeListener('SIGINT', interrupt);
    sigints.forEach((f) => repl.on('SIGINT', f));
    if (!repl.closed) repl.resume();
    const waiting = repl[kWaiting];
    repl[kWaiting] = null;
    callback(...args);
    for (const line of waiting) {
      if (line === null) repl.emit('close');
      else repl.emit('line', line);
    }
  };
  const interrupt = () => {
    const err = new codes.ERR_SCRIPT_EXECUTION_INTERRUPTED();
    err.stack = err.message;
    finish(err);
  };
  const sigints = repl.listeners('SIGINT');
  repl.removeAllListeners('SIGINT');
  repl.on('SIGINT', interrupt);
  result.then((value) => finish(null, value), (err) => finish(err));
}

// compileAwait puts a text with await at its top level into an async function, its declarations outside of it.
function compileAwait(code, compile) {
  const text = code.trim().replace(/;\s*$/, '');
  const declaration = /^(?:const|let|var)\s+(?:([\w$]+)|([{[][^=]*[}\]]))\s*=\s*([\s\S]+)$/.exec(text);
  const attempts = [];
  if (declaration) {
    const [, name, pattern, value] = declaration;
    const names = name ? [name] : pattern.match(/[\w$]+(?=\s*[,}\]])/g) ?? [];
    attempts.push(`var ${names.join(', ')}; (async () => { void (${name ?? pattern} = ${value}); })()`);
  }
  attempts.push(`(async () => (${text}\n))()`);
  const last = text.lastIndexOf(';');
  if (last > 0) attempts.push(`(async () => { ${text.slice(0, last + 1)} return (${text.slice(last + 1)}\n); })()`);
  attempts.push(`(async () => { ${text}\n })()`);
  for (const attempt of attempts) {
    try {
      return compile(attempt);
    } catch {
      // The next form may do.
    }
  }
}

module.exports = { REPL_MODE_SLOPPY, REPL_MODE_STRICT, Recoverable, evaluate, kWaiting };
