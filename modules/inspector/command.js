// The command `inspect`: a debugger at the terminal, for a script that it starts, a process or an address.
'use strict';
const { spawn } = require('child_process');
const { inspect } = require('util');
const path = require('path');
const { fileURLToPath } = require('url');
const repl = require('repl');

const usage = (name) => `Usage: ${name} script.js
       ${name} <host>:<port>
       ${name} --port=<port> Use 0 for random port assignment
       ${name} -p <pid>
`;

const help = `run, restart, r       Run the application or reconnect
kill                  Kill a running application or disconnect

cont, c               Resume execution
next, n               Continue to next line in current file
step, s               Step into, potentially entering a function
out, o                Step out, leaving the current function
backtrace, bt         Print the current backtrace
list                  Print the source around the current line where execution
                      is currently paused
setContextLineNumber  Set which lines to check for context
setBreakpoint, sb     Set a breakpoint
clearBreakpoint, cb   Clear a breakpoint
breakpoints           List all known breakpoints
breakOnException      Pause execution whenever an exception is thrown
breakOnUncaught       Pause execution whenever an exception isn't caught
breakOnNone           Don't pause on exceptions (this is the default)

watch(expr)           Start watching the given expression
unwatch(expr)         Stop watching an expression
unwatch(index)        Stop watching an expression at specific index from watch list
watchers              Print all watched expressions and their current values

exec(expr), p(expr), exec expr, p expr
                      Evaluate the expression and print the value
repl                  Enter a debug repl that works like exec

scripts               List application scripts that are currently loaded
scripts(true)         List all scripts (including node-internals)

profile               Start CPU profiling session.
profileEnd            Stop current CPU profiling session.
profiles              Array of completed CPU profiling sessions.
profiles[n].save(filepath = 'node.cpuprofile')
                      Save CPU profiling session to disk as JSON.

takeHeapSnapshot(filepath = 'node.heapsnapshot')
                      Take a heap snapshot and save to disk as JSON.
`;

// Connection speaks the protocol over a WebSocket.
class Connection {
  #ws;
  #waiting = new Map();
  #id = 0;

  constructor(onEvent, onClose) {
    this.onEvent = onEvent;
    this.onClose = onClose;
  }

  connect(url) {
    return new Promise((resolve, reject) => {
      const ws = this.#ws = new WebSocket(url);
      ws.onopen = resolve;
      ws.onerror = reject;
      ws.onclose = () => this.onClose();
      ws.onmessage = ({ data }) => {
        const m = JSON.parse(data);
        if (!m.id) return this.onEvent(m.method, m.params);
        const { resolve, reject } = this.#waiting.get(m.id);
        this.#waiting.delete(m.id);
        if (!m.error) return resolve(m.result);
        const err = new Error(m.error.message);
        err.code = m.error.code;
        err.name = `Error [${m.error.code}]`;
        reject(err);
      };
    });
  }

  send(method, params) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(++this.#id, { resolve, reject });
      this.#ws.send(JSON.stringify({ id: this.#id, method, params }));
    });
  }

  close() { this.#ws?.close(); }
}

const relative = (url) => {
  let name = url;
  try { name = fileURLToPath(url); } catch {}
  const near = path.relative('', name);
  return path.isAbsolute(name) && near !== '' && !near.startsWith('..') ? near : name;
};

// What RemoteObjects look like.
function shown(o) {
  switch (o.type) {
    case 'undefined': return 'undefined';
    case 'string': return inspect(o.value);
    case 'number': case 'boolean': case 'bigint': case 'symbol': return o.description ?? String(o.value);
    case 'function': return o.description.startsWith('class') ? `[class ${/^class (\w*)/.exec(o.description)[1]}]` : `[Function: ${/^(?:async )?(?:function\*? ?)?(\w*)/.exec(o.description)[1] || 'anonymous'}]`;
  }
  if (o.subtype === 'null') return 'null';
  if (o.subtype === 'error' || o.subtype === 'regexp' || o.subtype === 'date') return o.description;
  const p = o.preview;
  if (p === undefined) return o.description;
  const item = ({ name, type, value }) => {
    const text = type === 'string' ? inspect(value) : type === 'function' ? '[Function]' : value;
    return p.subtype === 'array' && /^\d+$/.test(name) ? text : `${name}: ${text}`;
  };
  const list = p.entries ? p.entries.map((e) => (e.key ? `${e.key.description} => ` : '') + e.value.description) : p.properties.map(item);
  if (p.overflow) list.push('...');
  const [open, close] = p.subtype === 'array' ? ['[', ']'] : ['{', '}'];
  const head = o.className === 'Object' || o.className === 'Array' ? '' : `${o.description} `;
  return list.length === 0 ? `${head}${open}${close}` : `${head}${open} ${list.join(', ')} ${close}`;
}

class Shell {
  #options;
  #child;
  #connection;
  #scripts = new Map();
  #breakpoints = [];
  #watched = [];
  #context = 2;
  #frames;
  #repl;
  #last = '';
  #profiles = [];
  #ready = false;

  constructor(options) { this.#options = options; }

  #print(text, newline = true) {
    if (this.#repl) {
      process.stdout.write(`${process.stdout.isTTY ? '\u001b[1000D\u001b[2K' : '\b'}${text}${newline ? '\n' : ''}`);
    } else {
      process.stdout.write(`${text}${newline ? '\n' : ''}`);
    }
  }

  #output(text) {
    this.#print(text.replace(/\n$/, '').split('\n').map((line) => `< ${line}`).join('\n') + (text.endsWith('\n') ? '\n< ' : ''));
    this.#repl?.displayPrompt(true);
  }

  #launch() {
    const { host, port, script, args } = this.#options;
    const child = this.#child = spawn(process.execPath, [`--inspect-brk=${host}:${port}`, script, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    process.once('exit', () => child.kill());
    return new Promise((resolve, reject) => {
      let heard = '';
      const listen = (data) => {
        heard += data;
        const found = /Debugger listening on (ws:\S+)\n/.exec(heard);
        if (found) {
          child.stderr.off('data', listen);
          resolve(found[1]);
        }
      };
      child.stderr.on('data', listen);
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => this.#output(text));
      child.on('exit', (code) => {
        if (this.#child === child) this.#child = undefined;
        reject(new Error(`the script has ended with ${code}`));
      });
    });
  }

  async #find() {
    const { host, port } = this.#options;
    const res = await fetch(`http://${host}:${port}/json`);
    return (await res.json())[0].webSocketDebuggerUrl;
  }

  async start() {
    const { script } = this.#options;
    const url = script ? await this.#launch() : await this.#find();
    const { host } = new URL(url);
    this.#print(`connecting to ${host} ...`, false);
    this.#connection = new Connection((method, params) => this.#event(method, params), () => this.#closed());
    this.#scripts.clear();
    this.#ready = false;
    this.#frames = undefined;
    const paused = new Promise((resolve) => { this.onPaused = resolve; });
    await this.#connection.connect(url);
    this.#print(' ok');
    const send = (method, params) => this.#connection.send(method, params);
    await send('Runtime.enable');
    await send('Profiler.enable');
    await send('Debugger.enable');
    await send('Debugger.setPauseOnExceptions', { state: 'none' });
    await send('Debugger.setBlackboxPatterns', { patterns: [] });
    for (const b of this.#breakpoints.splice(0)) await this.setBreakpoint(b.script, b.line, b.condition, true);
    await send('Runtime.runIfWaitingForDebugger');
    if (script) await paused;
    this.#ready = true;
    if (process.env.NODE_INSPECT_RESUME_ON_START === '1' && !this.#repl) {
      await this.#connection.send('Debugger.resume');
    }
  }

  #closed() {
    if (this.#child === undefined && this.#repl && this.#options.script) this.#print('');
    this.#frames = undefined;
  }

  #event(method, params) {
    switch (method) {
      case 'Debugger.scriptParsed':
        this.#scripts.set(params.scriptId, params);
        break;
      case 'Debugger.paused':
        this.#frames = params.callFrames;
        this.#stopped(params).then(() => {
          this.onPaused?.();
          this.onPaused = undefined;
          if (this.#ready) this.#repl?.displayPrompt(true);
        });
        break;
      case 'Debugger.resumed':
        this.#frames = undefined;
        break;
      case 'Runtime.executionContextDestroyed':
        this.#connection.close();
    }
  }

  async #stopped({ reason, callFrames: [frame] }) {
    const { scriptId, lineNumber } = frame.location;
    const words = { 'other': 'break', 'ambiguous': 'break' };
    const watched = await this.#watchers();
    const source = await this.#source(scriptId, lineNumber, this.#context);
    this.#print(`${words[reason] ?? reason} in ${this.#name(scriptId)}:${lineNumber + 1}\n${watched ? `Watchers:\n${watched}\n\n` : ''}${source}`);
  }

  #name(scriptId) { return relative(this.#scripts.get(scriptId)?.url ?? '<unknown>'); }

  async #source(scriptId, line, delta) {
    const { scriptSource } = await this.#connection.send('Debugger.getScriptSource', { scriptId });
    const lines = scriptSource.split(/\r?\n/);
    const from = Math.max(1, line + 1 - delta);
    const to = Math.min(lines.length, line + 1 + delta);
    const out = [];
    for (let n = from; n <= to; n++) {
      const mark = n === line + 1 ? '>' : this.#breakpoints.some((b) => b.scriptId === scriptId && b.at === n - 1) ? '*' : ' ';
      out.push(`${mark}${String(n).padStart(Math.max(2, String(to).length))} ${lines[n - 1]}`);
    }
    return out.join('\n');
  }

  #mustPause() {
    if (this.#frames === undefined) throw Object.assign(new Error('Requires execution to be paused'), { plain: true });
    return this.#frames;
  }

  async evaluate(text) {
    const params = { expression: text, objectGroup: 'node-inspect', includeCommandLineAPI: true, generatePreview: true };
    const { result, exceptionDetails } = this.#frames !== undefined ?
      await this.#connection.send('Debugger.evaluateOnCallFrame', { callFrameId: this.#frames[0].callFrameId, ...params }) :
      await this.#connection.send('Runtime.evaluate', params);
    if (exceptionDetails) throw Object.assign(new Error(), { plain: true, message: result.description ?? shown(result) });
    return shown(result);
  }

  async #watchers() {
    const list = [];
    for (const [i, text] of this.#watched.entries()) {
      let value;
      try { value = await this.evaluate(text); } catch (err) { value = `<${err.message.split('\n')[0]}>`; }
      list.push(`  ${i}: ${text} = ${value}`);
    }
    return list.join('\n');
  }

  async setBreakpoint(script, line, condition, silent = false) {
    if (script === undefined) {
      const { location } = this.#mustPause()[0];
      return this.#break({ location: { scriptId: location.scriptId, lineNumber: location.lineNumber } }, undefined, location.lineNumber + 1, undefined, silent);
    }
    if (typeof script === 'number') {
      const { scriptId } = this.#mustPause()[0].location;
      return this.#break({ location: { scriptId, lineNumber: script - 1 }, condition: line }, script, undefined, line, silent);
    }
    if (typeof script !== 'string') throw new TypeError(`setBreakpoint() expects a string, got ${script}`);
    if (script.endsWith('()')) { // a function's name
      const { result } = await this.#connection.send('Runtime.evaluate', { expression: script.slice(0, -2) });
      if (result.type !== 'function') return void this.#print(`${script.slice(0, -2)} is not a function`);
      throw Object.assign(new Error('Breakpoints on calls of functions are not supported'), { plain: true });
    }
    let known;
    for (const s of this.#scripts.values()) {
      if (s.scriptId === script || s.url && (relative(s.url) === script || s.url.endsWith(`/${script}`))) known = s;
    }
    const where = known ? { url: known.url } : { urlRegex: `^(.*[\\/\\\\])?${script.replace(/([/\\.?*()^${}|[\]])/g, '\\$1')}$` };
    if (known === undefined) this.#print(`Warning: script '${script}' was not loaded yet.`);
    const { breakpointId, locations } = await this.#connection.send('Debugger.setBreakpointByUrl', { lineNumber: line - 1, ...where, condition });
    await this.#noted({ id: breakpointId, script, line, condition, scriptId: locations[0]?.scriptId, at: locations[0]?.lineNumber ?? line - 1 }, silent);
  }

  async #break(params, script, line, condition, silent) {
    const { breakpointId, actualLocation } = await this.#connection.send('Debugger.setBreakpoint', params);
    const { scriptId, lineNumber } = actualLocation;
    await this.#noted({ id: breakpointId, script: this.#name(scriptId), line: lineNumber + 1, condition, scriptId, at: lineNumber }, silent);
  }

  async #noted(b, silent) {
    this.#breakpoints.push(b);
    if (!silent && b.scriptId !== undefined && this.#frames !== undefined) this.#print(await this.#source(this.#frames[0].location.scriptId, b.at, 5));
  }

  async clearBreakpoint(script, line) {
    const i = this.#breakpoints.findIndex((b) => (b.script === script || b.scriptId !== undefined && (this.#name(b.scriptId) === script || this.#name(b.scriptId).endsWith(`/${script}`))) && b.at === line - 1);
    if (i < 0) return void this.#print(`Could not find breakpoint at ${script}:${line}`);
    const [b] = this.#breakpoints.splice(i, 1);
    await this.#connection.send('Debugger.removeBreakpoint', { breakpointId: b.id });
  }

  #listBreakpoints() {
    if (this.#breakpoints.length === 0) return void this.#print('No breakpoints yet');
    this.#print(this.#breakpoints.map((b, i) => `#${i} ${b.scriptId === undefined ? b.script : this.#name(b.scriptId)}:${b.at + 1}`).join('\n'));
  }

  #listScripts(all) {
    const current = this.#frames?.[0].location.scriptId;
    const list = [...this.#scripts.values()].filter((s) => s.url && (all || !s.url.startsWith('node:internal')));
    this.#print(list.map((s) => `${s.scriptId === current ? '*' : ' '} ${s.scriptId}: ${relative(s.url)}`).join('\n'));
  }

  async #profileEnd() {
    const { profile } = await this.#connection.send('Profiler.stop');
    const save = (file = 'node.cpuprofile') => {
      require('fs').writeFileSync(path.resolve(file), JSON.stringify(profile));
      this.#print(`Saved profile to ${path.resolve(file)}`);
    };
    this.#profiles.push({ ...profile, save });
    this.#print(`[Profile ${profile.endTime - profile.startTime}μs]`);
  }

  // What can be said at the prompt: words, which are getters, and functions.
  #commands() {
    const send = (method, params) => this.#connection.send(method, params);
    const go = (method) => async () => {
      if (this.#frames === undefined) await send(method);
      else {
        this.#frames = undefined;
        await send(method);
      }
    };
    const words = {
      help: () => this.#print(help, false),
      run: () => this.#restart(),
      kill: () => this.kill(),
      cont: go('Debugger.resume'),
      next: go('Debugger.stepOver'),
      step: go('Debugger.stepInto'),
      out: go('Debugger.stepOut'),
      pause: () => send('Debugger.pause'),
      backtrace: () => this.#print(this.#mustPause().map((f, i) => `#${i} ${f.functionName || '(anonymous)'} ${this.#name(f.location.scriptId)}:${f.location.lineNumber + 1}:${f.location.columnNumber}`).join('\n')),
      breakpoints: () => this.#listBreakpoints(),
      watchers: async () => this.#print(await this.#watchers()),
      version: async () => this.#print((await send('Runtime.evaluate', { expression: 'process.versions.v8' })).result.value),
      breakOnException: () => send('Debugger.setPauseOnExceptions', { state: 'all' }),
      breakOnUncaught: () => send('Debugger.setPauseOnExceptions', { state: 'uncaught' }),
      breakOnNone: () => send('Debugger.setPauseOnExceptions', { state: 'none' }),
      profile: () => send('Profiler.start'),
      profileEnd: () => this.#profileEnd(),
      repl: () => this.#enterRepl(),
    };
    const short = { r: 'run', restart: 'run', c: 'cont', n: 'next', s: 'step', o: 'out', bt: 'backtrace' };
    const functions = {
      list: async (delta = 5) => {
        const { scriptId, lineNumber } = this.#mustPause()[0].location;
        this.#print(await this.#source(scriptId, lineNumber, delta));
      },
      scripts: (all) => this.#listScripts(all === true),
      setContextLineNumber: (delta) => { this.#context = delta; },
      setBreakpoint: (...args) => this.setBreakpoint(...args),
      clearBreakpoint: (...args) => this.clearBreakpoint(...args),
      exec: async (text) => this.#print(await this.evaluate(text)),
      watch: (text) => { if (!this.#watched.includes(text)) this.#watched.push(text); },
      unwatch: (which) => {
        const i = typeof which === 'number' ? which : this.#watched.indexOf(which);
        if (i >= 0) this.#watched.splice(i, 1);
      },
      takeHeapSnapshot: async (file = 'node.heapsnapshot') => {
        const chunks = [];
        const before = this.#connection.onEvent;
        this.#connection.onEvent = (method, params) => method === 'HeapProfiler.addHeapSnapshotChunk' ? chunks.push(params.chunk) : before(method, params);
        try {
          await send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
        } finally {
          this.#connection.onEvent = before;
        }
        require('fs').writeFileSync(path.resolve(file), chunks.join(''));
        this.#print(`Wrote snapshot: ${path.resolve(file)}`);
      },
    };
    const names = { sb: 'setBreakpoint', cb: 'clearBreakpoint', p: 'exec' };
    return { words, short, functions, names };
  }

  async #restart() {
    await this.kill();
    this.#print('');
    await this.start();
  }

  async kill() {
    const child = this.#child;
    this.#connection?.close();
    this.#frames = undefined;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    this.#child = undefined;
    child.kill('SIGKILL');
    await ended;
  }

  #enterRepl() {
    this.#print('Press Ctrl+C to leave debug repl');
    const usual = this.#repl.eval;
    this.#repl.setPrompt('> ');
    this.#repl.eval = (line, context, file, callback) => {
      this.evaluate(line).then((text) => { this.#print(text); callback(null); }, (err) => { this.#print(err.message); callback(null); });
    };
    this.#repl.once('SIGINT', () => {
      this.#repl.eval = usual;
      this.#repl.setPrompt('debug> ');
      this.#repl.displayPrompt();
    });
  }

  #run(line) {
    const { words, short, functions, names } = this.#commands();
    const text = line.trim();
    const word = short[text] ?? text;
    if (Object.hasOwn(words, word)) return words[word]();
    if (Object.hasOwn(functions, text) && text !== 'exec') return functions[text]();
    const said = /^(?:exec|p)\s+([^]*)$/.exec(text);
    if (said) return functions.exec(said[1]);
    const scope = { __proto__: null, profiles: this.#profiles };
    for (const [name, f] of Object.entries(functions)) scope[name] = f;
    for (const [name, full] of Object.entries(names)) scope[name] = functions[full];
    return Reflect.apply(new Function('scope', `with (scope) { return (${text}\n); }`), undefined, [scope]);
  }

  open() {
    this.#repl = repl.start({
      prompt: 'debug> ', input: process.stdin, output: process.stdout, ignoreUndefined: true,
      eval: (line, context, file, callback) => {
        if (line.trim() === '') line = this.#last;
        this.#last = line;
        if (line.trim() === '') return callback(null);
        (async () => this.#run(line))().then((value) => callback(null, value), (err) => {
          if (!err.plain) return callback(err);
          this.#print(err.message);
          callback(null);
        });
      },
    });
    this.#repl.on('exit', async () => {
      await this.kill();
      process.exit(0);
    });
  }
}

module.exports = {
  start(argv) {
    const args = argv.slice();
    const options = { host: '127.0.0.1', port: 9229, script: undefined, args: [] };
    const name = `${path.basename(process.argv0)} inspect`;
    while (args.length > 0 && /^--(port|inspect-port|debug-port)=\d+$/.test(args[0])) options.port = Number(args.shift().split('=')[1]);
    const address = /^(?:(.+):)?(\d+)$/.exec(args[0] ?? '');
    if (args.length === 0 || args[0] === '--help' || args[0] === '-h') {
      process.stderr.write(usage(name));
      process.exit(9);
    } else if (args[0] === '-p' && /^\d+$/.test(args[1] ?? '')) {
      try {
        process._debugProcess(Number(args[1]));
      } catch (err) {
        process.stderr.write(`${err.code === 'ESRCH' ? `Target process: ${args[1]} doesn't exist.` : err.message}\n`);
        process.exit(1);
      }
    } else if (address) {
      options.host = address[1] ?? options.host;
      options.port = Number(address[2]);
    } else {
      options.script = args[0];
      options.args = args.slice(1);
    }
    const shell = new Shell(options);
    shell.start().then(() => shell.open(), (err) => {
      process.stderr.write(`failed to connect: ${err.message ?? err.error?.message ?? err}\n`);
      process.exit(1);
    });
  },
};
