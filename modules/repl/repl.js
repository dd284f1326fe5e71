// Module repl: an interface whose lines are programs. binding: see repl.go.
'use strict';
const EventEmitter = require('events');
const { Interface } = require('readline');
const vm = require('vm');
const fs = require('fs');
const path = require('path');
const { inspect } = require('util');
const { codes } = require('internal/errors');
const { validateFunction, validateObject } = require('internal/validators');
const { REPL_MODE_SLOPPY, REPL_MODE_STRICT, Recoverable, evaluate: evaluateLine, kWaiting } = require('internal/repl/evaluate');

const kBuffered = Symbol('bufferedCommand'), kStandalone = Symbol('kStandaloneREPL');
let count = 0;

const warned = new Set();
function warnOnce(message, code) {
  if (warned.has(code)) return;
  warned.add(code);
  process.emitWarning(message, 'DeprecationWarning', code);
}
function warnOfStreams() {
  if (!binding.pendingDeprecation) return;
  warnOnce('repl.inputStream and repl.outputStream are deprecated. Use repl.input and repl.output instead', 'DEP0141');
}

const writer = (value) => inspect(value, writer.options);
writer.options = { ...inspect.defaultOptions, showProxy: true };
Object.defineProperty(inspect, 'replDefaults', {
  configurable: true, enumerable: true,
  get: () => writer.options,
  set(options) {
    validateObject(options, 'options');
    return Object.assign(writer.options, options);
  },
});

function REPLServer(prompt, stream, eval_, useGlobal, ignoreUndefined, replMode) {
  if (!(this instanceof REPLServer)) {
    warnOnce('Instantiating REPLServer without the \'new\' keyword has been deprecated.', 'DEP0185');
    return new REPLServer(prompt, stream, eval_, useGlobal, ignoreUndefined, replMode);
  }
  let options = {};
  if (prompt !== null && typeof prompt === 'object') {
    options = { ...prompt };
    stream = options.stream || options.socket;
    ({ eval: eval_, useGlobal, ignoreUndefined, prompt, replMode } = options);
  }
  if (!options.input && !options.output) {
    stream ||= process;
    options.input = stream.stdin || stream;
    options.output = stream.stdout || stream;
  }
  options.terminal ??= options.output.isTTY;
  options.terminal = !!options.terminal;
  if (options.terminal && options.useColors === undefined) {
    const { output } = options;
    options.useColors = process.env.FORCE_COLOR !== undefined ? require('tty').WriteStream.prototype.getColorDepth() > 2 :
      !!output.isTTY && (typeof output.getColorDepth === 'function' ? output.getColorDepth() > 2 : true);
  }
  if (options.breakEvalOnSigint && eval_) throw new codes.ERR_INVALID_REPL_EVAL_CONFIG();

  for (const [name, to] of [['inputStream', 'input'], ['outputStream', 'output']]) {
    Object.defineProperty(this, name, {
      configurable: true,
      get() {
        warnOfStreams();
        return this[to];
      },
      set(value) {
        warnOfStreams();
        this[to] = value;
      },
    });
  }
  this.useColors = !!options.useColors;
  this.useGlobal = !!useGlobal;
  this.ignoreUndefined = !!ignoreUndefined;
  this.replMode = replMode || REPL_MODE_SLOPPY;
  this.underscoreAssigned = this.underscoreErrAssigned = false;
  this.last = this.lastError = undefined;
  this.breakEvalOnSigint = !!options.breakEvalOnSigint;
  this.editorMode = false;
  this.allowBlockingCompletions = !!options.allowBlockingCompletions;
  this.commands = { __proto__: null };
  this.lines = [];
  this.lines.level = [];
  this[kBuffered] = '';
  this[kStandalone] = !!options[kStandalone];
  // Errors of callbacks that a line has left behind are shown where the line was; a process of its own has them all.
  this._domain = options.domain || (this[kStandalone] ? new EventEmitter() : require('domain').create());
  this._domain.on('error', (err) => this._handleError(err));
  if (this[kStandalone]) module.exports.repl = this;
  prompt ??= '> ';
  this._initialPrompt = prompt;
  // A completer of one parameter gives its answer, another calls back with it.
  const own = typeof options.completer === 'function' ? options.completer : undefined;
  const complete = own === undefined ? (text, callback) => {
    const answer = this.editorMode ? this.completeOnEditorMode(callback) : callback;
    answer(null, require('internal/repl/complete').complete(this, text));
  } : own.length === 2 ? own : (text, callback) => callback(null, own(text));
  Interface.call(this, {
    input: options.input, output: options.output, completer: complete, terminal: options.terminal,
    historySize: options.historySize, prompt,
  });
  this.resetContext();
  defineDefaultCommands(this);
  this.writer = options.writer || writer;
  if (this.writer === writer) {
    writer.options.colors = this.useColors;
    Object.defineProperty(module.exports, 'writer', { configurable: true, enumerable: true, writable: true, value: writer });
  }
  const evaluate = eval_ || ((code, context, file, callback) => evaluateLine(this, code, context, file, callback));
  this.eval = (code, context, file, callback) => {
    let called = false;
    const once = (...args) => {
      if (called) return;
      called = true;
      callback(...args);
    };
    try {
      if (this._domain.run) this._domain.run(() => evaluate.call(this, code, context, file, once));
      else evaluate.call(this, code, context, file, once);
    } catch (err) {
      once(err);
    }
  };
  this._eval = evaluate;

  let sawSIGINT = false;
  const self = this;
  // A script's text is edited as a whole: keys that send lines insert them.
  const ttyWrite = this._ttyWrite.bind(this);
  let search = null;
  this._ttyWrite = (d, key) => {
    key ||= {};
    if (!this.editorMode || !this.terminal) {
      if (key.ctrl && !key.shift && key.name === 'escape') return;
      if (this.terminal && process.env.TERM !== 'dumb' && (search || key.ctrl && !key.meta && !key.shift && (key.name === 'r' || key.name === 's'))) {
        search ??= new (require('internal/repl/search').Search)(this);
        const taken = search.key(d, key);
        if (search.over) search = null;
        if (taken) return;
      }
      ttyWrite(d, key);
      return;
    }
    if (key.ctrl && !key.shift && key.name === 'd' && !this.line) {
      this.editorMode = false;
      this.output.write('\n');
      this.setPrompt(this._initialPrompt);
      const code = this[kBuffered];
      this[kBuffered] = '';
      onLine(code);
      return;
    }
    ttyWrite(d, key);
  };

  this.on('close', () => {
    if (this[kWaiting]) {
      this[kWaiting].push(null);
      return;
    }
    if (this.terminal && this.historyPath) this._flushHistory?.();
    this.emit('exit');
  });
  this.on('SIGINT', () => {
    const empty = this.line.length === 0;
    this.clearLine();
    if (this.editorMode) {
      this.editorMode = false;
      this.setPrompt(this._initialPrompt);
    }
    if (!this[kBuffered] && empty) {
      if (sawSIGINT) {
        this.close();
        sawSIGINT = false;
        return;
      }
      this.output.write('(To exit, press Ctrl+C again or Ctrl+D or type .exit)\n');
      sawSIGINT = true;
    } else {
      sawSIGINT = false;
    }
    this.clearBufferedCommand();
    this.lines.level = [];
    this.displayPrompt();
  });
  this.on('SIGCONT', () => {
    if (this.editorMode) {
      this.output.write(`${this._initialPrompt}.editor\n// Entering editor mode (Ctrl+D to finish, Ctrl+C to cancel)\n`);
      this.output.write(`${this[kBuffered]}\n`);
      this.prompt(true);
    } else {
      this.displayPrompt(true);
    }
  });

  function onLine(cmd) {
    if (self[kWaiting]) {
      self[kWaiting].push(cmd);
      return;
    }
    cmd ||= '';
    sawSIGINT = false;
    if (self.editorMode) {
      self[kBuffered] += cmd + '\n';
      const indent = /^\s*/.exec(cmd)[0];
      if (indent && self.terminal && !cmd.trim().startsWith('}')) self.write(indent);
      if (self.terminal) self.prompt(true);
      return;
    }
    const trimmed = cmd.trim();
    if (trimmed[0] === '.' && trimmed[1] !== '.' && Number.isNaN(parseFloat(trimmed))) {
      const [, keyword, rest] = /^\.([^\s]+)\s*(.*)$/.exec(trimmed) || [];
      if (keyword && self.commands[keyword]) {
        self.commands[keyword].action.call(self, rest);
        return;
      }
      if (!self[kBuffered]) {
        self.output.write('Invalid REPL keyword\n');
        finish(null);
        return;
      }
    }
    const code = self[kBuffered] + cmd + '\n';
    self.eval(code, self.context, `REPL${++count}`, finish);

    function finish(err, ...result) {
      if (!(err instanceof Recoverable)) self._memory(cmd);
      if (err && !self[kBuffered] && trimmed.startsWith('npm ') && !(err instanceof Recoverable)) {
        self.output.write('npm should be run outside of the Node.js REPL, in your normal shell.\n(Press Ctrl+D to exit.)\n');
        self.displayPrompt();
        return;
      }
      if (err instanceof Recoverable) {
        self[kBuffered] += cmd + '\n';
        self._memory(cmd);
        self.displayPrompt();
        return;
      }
      if (err) {
        self._handleError(err);
        return;
      }
      self.clearBufferedCommand();
      if (result.length === 1 && (!self.ignoreUndefined || result[0] !== undefined)) {
        if (!self.underscoreAssigned) self.last = result[0];
        self.output.write(self.writer(result[0]) + '\n');
      }
      if (!self.closed) self.displayPrompt();
    }
  }
  this.on('line', onLine);
  if (this[kStandalone]) {
    process.setUncaughtExceptionCaptureCallback((err) => {
      if (process.listenerCount('uncaughtException') > 0) process.emit('uncaughtException', err, 'uncaughtException');
      else this._handleError(err);
    });
  }
  this.displayPrompt();
}
Object.setPrototypeOf(REPLServer.prototype, Interface.prototype);
Object.setPrototypeOf(REPLServer, Interface);

const methods = {
  setupHistory: function(historyPath, callback) {
    if (historyPath !== null && typeof historyPath === 'object') {
      const { filePath, size, onHistoryFileLoaded, removeHistoryDuplicates } = historyPath;
      if (size !== undefined) this.historySize = size;
      if (removeHistoryDuplicates !== undefined) this.removeHistoryDuplicates = !!removeHistoryDuplicates;
      historyPath = filePath;
      callback ??= onHistoryFileLoaded;
    }
    require('internal/repl/start').setupHistory(this, historyPath, callback);
  },

  _memory: function(cmd) { if (cmd) this.lines.push(cmd); },

  // _handleError shows an error that a line came to, and goes on.
  _handleError: function(err) {
    let text = '';
    let shown = err;
    if (shown instanceof Recoverable && shown.err) shown = shown.err;
    if (shown !== null && typeof shown === 'object' && typeof shown.stack === 'string' && Object.prototype.toString.call(shown) === '[object Error]') {
      shown = trimStack(shown);
    }
    if (!this.underscoreErrAssigned) this.lastError = err;
    try {
      text = typeof shown === 'object' && shown !== null || typeof shown === 'function' ?
        inspect(shown, { ...this.writer.options }) : this.writer(shown);
    } catch {
      text = String(shown);
    }
    if (text[0] === '[' && text.endsWith(']') && shown instanceof Error) text = text.slice(1, -1); // has no frames
    const split = text.split(/(?<=\n)/);
    let matched = false;
    let out = '';
    for (const line of split) {
      if (!matched && /^\[?([A-Z][a-z0-9_]*)*Error/.test(line)) {
        out += (this.writer.options?.breakLength ?? 80) >= line.length ? `Uncaught ${line}` : `Uncaught:\n${line}`;
        matched = true;
      } else {
        out += line;
      }
    }
    if (!matched) out = `Uncaught${split.length === 1 ? ' ' : ':\n'}${out}`;
    if (!out.endsWith('\n')) out += '\n';
    this.output.write(out);
    this.clearBufferedCommand();
    this.lines.level = [];
    if (!this.closed) this.displayPrompt();
  },

  clearBufferedCommand: function() { this[kBuffered] = ''; },

  close: function() {
    if (this.terminal && this._flushing && !this._closing) {
      this._closing = true;
      this.once('flushHistory', () => Interface.prototype.close.call(this));
      return;
    }
    process.nextTick(() => Interface.prototype.close.call(this));
  },

  createContext: function() {
    let context;
    if (this.useGlobal) {
      context = globalThis;
    } else {
      context = vm.createContext();
      for (const name of Object.getOwnPropertyNames(globalThis)) {
        if (name === 'globalThis' || name === 'global' || name in { Object, Array, Function }) continue;
        const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
        if (descriptor.configurable) Object.defineProperty(context, name, { ...descriptor });
      }
      context.global = context;
      const { Console } = require('console');
      Object.defineProperty(context, 'console', {
        configurable: true, writable: true, value: new Console(this.output),
      });
    }
    const { Module } = require('module');
    const replModule = new Module('<repl>');
    let dir;
    try {
      dir = process.cwd();
    } catch {
      dir = '/';
    }
    replModule.paths = Module._nodeModulePaths(path.join(dir)).concat(Module.globalPaths ?? []);
    Object.defineProperty(context, 'module', { configurable: true, writable: true, value: replModule });
    const require_ = Module.createRequire ? makeRequire(replModule, Module) : require;
    Object.defineProperty(context, 'require', { configurable: true, writable: true, value: require_ });
    for (const name of binding.builtins()) {
      if (Object.hasOwn(context, name)) continue;
      Object.defineProperty(context, name, {
        configurable: true, enumerable: false,
        get() {
          const lib = require_(name);
          Object.defineProperty(context, name, { configurable: true, enumerable: false, writable: true, value: lib });
          return lib;
        },
        set(value) {
          Object.defineProperty(context, name, { configurable: true, enumerable: true, writable: true, value });
        },
      });
    }
    return context;
  },

  resetContext: function() {
    this.context = this.createContext();
    this.underscoreAssigned = this.underscoreErrAssigned = false;
    this.lines = [];
    this.lines.level = [];
    const last = (name, value, assigned, what) => Object.defineProperty(this.context, name, {
      configurable: true,
      get: () => this[value],
      set: (v) => {
        this[value] = v;
        if (this[assigned]) return;
        this[assigned] = true;
        this.output.write(`Expression assignment to ${what} now disabled.\n`);
      },
    });
    last('_', 'last', 'underscoreAssigned', '_');
    last('_error', 'lastError', 'underscoreErrAssigned', '_error');
    this.emit('reset', this.context);
  },

  displayPrompt: function(preserveCursor) {
    const prompt = this[kBuffered] ? '| ' : this._initialPrompt;
    Interface.prototype.setPrompt.call(this, prompt);
    this.prompt(preserveCursor);
  },

  setPrompt: function(prompt) {
    this._initialPrompt = prompt;
    Interface.prototype.setPrompt.call(this, prompt);
  },

  complete: function(...args) { return this.completer(...args); },

  defineCommand: function(keyword, cmd) {
    if (typeof cmd === 'function') cmd = { action: cmd };
    else validateFunction(cmd.action, 'cmd.action');
    this.commands[keyword] = cmd;
  },
};
for (const name of Object.keys(methods)) {
  Object.defineProperty(REPLServer.prototype, name, { value: methods[name], writable: true, configurable: true });
}
// completeOnEditorMode gives only what all completions begin with.
REPLServer.prototype.completeOnEditorMode = (callback) => (err, results) => {
  if (err) return callback(err);
  const [completions, on = ''] = results;
  let list = completions.filter(Boolean);
  if (on && list.length > 0) {
    list = [list.reduce((prefix, name) => {
      let n = 0;
      while (n < prefix.length && prefix[n] === name[n]) n++;
      return prefix.slice(0, n);
    })];
  }
  callback(null, [list, on]);
};

function makeRequire(owner, Module) {
  const fromHere = (id) => owner.require(id);
  fromHere.resolve = (request, options) => Module._resolveFilename(request, owner, false, options);
  fromHere.main = process.mainModule;
  fromHere.extensions = Module._extensions;
  fromHere.cache = Module._cache;
  return fromHere;
}

// trimStack leaves out the line that was typed and what lies below it; a syntax error keeps its arrow only.
// dynamicImport writes import declarations as calls of import().
function dynamicImport(line) {
  let out = '';
  for (const [, what, source] of line.matchAll(/\bimport\s*(?:([^'"]*?)\s*from\s*)?("[^"]*"|'[^']*')/g)) {
    const call = `await import(${JSON.stringify(source.slice(1, -1))});`;
    const [, first, rest] = /^([\w$]*)[\s,]*([^]*)$/.exec(what ?? '');
    const all = /^\*\s*as\s+([\w$]+)$/.exec(rest);
    if (what === undefined) out += call;
    else if (all && !first) out += `const ${all[1]} = ${call}`;
    else {
      const names = rest.replace(/[{}]/g, '').split(',').map((n) => n.trim()).filter(Boolean).map((n) => n.replace(/\s+as\s+/, ': '));
      if (first) names.unshift(`default: ${first}`);
      out += `const { ${names.join(', ')} } = ${call}`;
    }
  }
  return out;
}

function trimStack(err) {
  let text = err.stack;
  if (err instanceof SyntaxError) {
    text = text.replace(/^REPL\d+:\d+\r?\n/, '').replace(/^\s+at\s.*\n?/gm, '').trimEnd();
    if (err.message === 'Cannot use import statement outside a module') {
      const message = `Cannot use import statement inside the Node.js REPL, alternatively use dynamic import: ${dynamicImport(text.split('\n')[0])}`;
      text = text.replace(/^SyntaxError:.*/m, () => `SyntaxError: ${message}`);
      err.message = message;
    }
  } else {
    const lines = text.split('\n');
    const end = lines.findIndex((line) => /^\s+at (?:\w+\.(?:_on\w+|<anonymous>) \()?REPL\d+:\d+:\d+\)?$/.test(line));
    text = (end < 0 ? lines : lines.slice(0, end)).join('\n');
  }
  try {
    if (err.domainThrown) {
      delete err.domain;
      delete err.domainThrown;
    }
    Object.defineProperty(err, 'stack', { value: text, writable: true, configurable: true, enumerable: false });
  } catch {
    // A frozen error shows all.
  }
  return err;
}

function defineDefaultCommands(repl) {
  repl.defineCommand('break', {
    help: 'Sometimes you get stuck, this gets you out',
    action() {
      this.clearBufferedCommand();
      this.displayPrompt();
    },
  });
  repl.defineCommand('clear', {
    help: repl.useGlobal ? 'Alias for .break' : 'Break, and also clear the local context',
    action() {
      this.clearBufferedCommand();
      if (!this.useGlobal) {
        this.output.write('Clearing context...\n');
        this.resetContext();
      }
      this.displayPrompt();
    },
  });
  repl.defineCommand('exit', {
    help: 'Exit the REPL',
    action() { this.close(); },
  });
  repl.defineCommand('help', {
    help: 'Print this help message',
    action() {
      const names = Object.keys(this.commands).sort();
      const width = Math.max(...names.map((n) => n.length));
      for (const name of names) {
        const { help } = this.commands[name];
        this.output.write(`.${name}${help ? ' '.repeat(width - name.length + 3) + help : ''}\n`);
      }
      this.output.write('\nPress Ctrl+C to abort current expression, Ctrl+D to exit the REPL\n');
      this.displayPrompt();
    },
  });
  repl.defineCommand('save', {
    help: 'Save all evaluated commands in this REPL session to a file',
    action(file) {
      try {
        if (file === '') throw new codes.ERR_MISSING_ARGS('file');
        fs.writeFileSync(file, this.lines.join('\n'));
        this.output.write(`Session saved to: ${file}\n`);
      } catch (err) {
        this.output.write(err.code === 'ERR_MISSING_ARGS' ? `${err.message}\n` : `Failed to save: ${file}\n`);
      }
      this.displayPrompt();
    },
  });
  repl.defineCommand('load', {
    help: 'Load JS from a file into the REPL session',
    action(file) {
      try {
        if (file === '') throw new codes.ERR_MISSING_ARGS('file');
        if (fs.statSync(file).isFile()) {
          this.editorMode = true;
          this.terminal ? Interface.prototype.setPrompt.call(this, '') : undefined;
          const data = fs.readFileSync(file, 'utf8');
          const shown = this.terminal ? data : '';
          if (shown) this.output.write(`${shown}\n`);
          this.editorMode = false;
          this[kBuffered] = '';
          const text = data.replace(/\n$/, '');
          for (const line of text.split('\n')) this._memory(line);
          const keep = this._memory;
          this._memory = () => {};
          this.emit('line', text);
          this._memory = keep;
          return;
        }
        this.output.write(`Failed to load: ${file} is not a valid file\n`);
      } catch (err) {
        this.output.write(err.code === 'ERR_MISSING_ARGS' ? `${err.message}\n` : `Failed to load: ${file}\n`);
      }
      this.displayPrompt();
    },
  });
  if (repl.terminal) {
    repl.defineCommand('editor', {
      help: 'Enter editor mode',
      action() {
        this.editorMode = true;
        Interface.prototype.setPrompt.call(this, '');
        this.output.write('// Entering editor mode (Ctrl+D to finish, Ctrl+C to cancel)\n');
      },
    });
  }
}

const start = (prompt, source, eval_, useGlobal, ignoreUndefined, replMode) =>
  new REPLServer(prompt, source, eval_, useGlobal, ignoreUndefined, replMode);

module.exports = {
  start, writer, REPLServer, REPL_MODE_SLOPPY, REPL_MODE_STRICT, Recoverable,
};
Object.defineProperty(module.exports, 'kStandalone', { value: kStandalone });
// The list that completion offers is a script's to change.
let libraries;
for (const [name, code] of [['builtinModules', 'DEP0191'], ['_builtinLibs', 'DEP0142']]) {
  const told = () => {
    if (binding.pendingDeprecation) warnOnce(`repl.${name} is deprecated. Check module.builtinModules instead`, code);
  };
  Object.defineProperty(module.exports, name, {
    enumerable: name === 'builtinModules', configurable: true,
    get() {
      told();
      return libraries ??= binding.libraries();
    },
    set(list) {
      told();
      libraries = list;
    },
  });
}
Object.defineProperty(module.exports, 'isValidSyntax', { enumerable: true, value: (text) => {
  try {
    new vm.Script(text);
    return true;
  } catch {
    return false;
  }
} });
Object.defineProperty(REPLServer.prototype, 'libraries', { get: () => libraries ??= binding.libraries() });
