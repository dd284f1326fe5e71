// Module gonode:supervisor: keeps the workers of programs running. What is to be done is decided in Go (internal/supervise); here
// the processes are a cluster's workers.
'use strict';
const EventEmitter = require('events');
const cluster = require('cluster');
const { codes } = require('internal/errors');
const { validateObject, validateString } = require('internal/validators');

class Supervisor extends EventEmitter {
  #native;
  #workers = new Map(); // by id
  #stopping = false;

  constructor(config, { environment = '' } = {}) {
    validateObject(config, 'config', { __proto__: null, allowArray: true });
    validateString(environment, 'options.environment');
    if (!cluster.isPrimary) throw new codes.ERR_INVALID_STATE('A worker cannot be a supervisor');
    super();
    this.#native = new binding.Native(JSON.stringify(config), environment, {
      __proto__: null,
      start: (id, app, out, err) => this.#start(id, app, out, err),
      drain: (id) => this.#workers.get(id)?.disconnect(),
      kill: (id, signal) => this.#workers.get(id)?.process.kill(signal),
      event: (event) => this.emit('event', event),
      idle: (status) => this.emit('idle', status),
    });
  }

  #start(id, app, out, err) {
    cluster.setupPrimary({
      exec: app.script, args: app.args, execArgv: app.execArgv, cwd: app.cwd, silent: false, serialization: 'json',
      stdio: ['ignore', out, err, 'ipc'], detached: true, dieWithParent: true,
      limits: app.limits, keepListening: () => !this.#stopping && !app.stopped(), group: app.name, sticky: app.sticky, balance: app.balance,
      inherited: binding.inherited,
    });
    const native = this.#native;
    let worker;
    try {
      worker = cluster.fork(app.env);
    } catch (error) {
      native.exited(id, 1, '', error.message, '');
      return;
    }
    this.#workers.set(id, worker);
    worker.instance = app.instance;
    const gone = (code, signal, failure) => {
      const { exitReason } = worker.process;
      if (this.#workers.delete(id)) native.exited(id, code ?? 1, signal ?? '', failure ?? '', ['memory', 'pids', 'cpu', 'time'].includes(exitReason) ? exitReason : '');
    };
    worker.on('listening', () => native.listening(id));
    worker.on('message', (message) => { if (message === 'ready') native.saysReady(id); });
    worker.on('disconnect', () => native.drained(id));
    worker.on('exit', (code, signal) => gone(code, signal));
    worker.on('error', (error) => { if (worker.process.pid === undefined) gone(1, '', error.message); });
    worker.process.on('internalMessage', (message) => {
      if (message.cmd !== 'NODE_CLUSTER' || message.act !== 'usage') return;
      worker.connections = message.usage?.connections;
      native.beat(id, message.usage);
    });
    if (worker.process.pid !== undefined) native.started(id, worker.process.pid);
  }

  start() {
    this.#native.begin();
    return this;
  }

  // The names below may be left out, which is all apps.
  reload(name) { this.#native.reload(name); }
  scale(name, workers) { this.#native.scale(name, workers); }

  stop(name) {
    if (name === undefined) this.#stopping = true;
    this.#native.stop(name);
  }

  kill() { this.#native.kill(); }
  get status() { return JSON.parse(this.#native.status()); }

  // control answers gonode ps and its like, at a path that only this user may open.
  control(path) { this.#native.control(path); }

  // admin serves a page, /status, /metrics, /healthz and /readyz on a loopback address, host:port, or a unix socket that only this user may open.
  admin(where, { token } = {}) {
    validateString(where, 'where');
    if (token !== undefined) validateString(token, 'options.token');
    const path = where.startsWith('/');
    const [, host, port] = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]):(\d+)$/.exec(where) ?? [];
    if (!path && host === undefined) throw new codes.ERR_INVALID_ARG_VALUE('where', where, 'must be a loopback address and a port, or a path: a proxy in front knows who may see it');
    const native = this.#native;
    const server = require('http').createServer((req, res) => {
      let body = '';
      req.setEncoding('latin1').on('data', (text) => {
        body += text;
        if (body.length > 65536) req.destroy();
      }).on('end', () => {
        const { host, origin, cookie, authorization } = req.headers;
        const [status, type, text, location, set] = native.answer(req.method, req.url, host, origin, cookie, authorization, body);
        const headers = {
          'Content-Type': type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer',
          'Content-Security-Policy': "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'",
        };
        if (location) headers.Location = location;
        if (set) headers['Set-Cookie'] = set;
        res.writeHead(status, headers);
        res.end(text);
      });
    }).unref();
    server.on('listening', () => native.adminAt(path ? `unix:${where}:` : `${host}:${server.address().port}`, token));
    if (!path) return server.listen(+port, host.replace(/[[\]]/g, ''));
    binding.clear(where);
    const mask = process.umask(0o177);
    try {
      return server.listen(where);
    } finally {
      process.umask(mask);
    }
  }
}

// serve is the command `gonode serve`.
function serve(text) {
  const options = JSON.parse(text);
  let supervisor;
  const fail = (error) => {
    process.stderr.write(`gonode serve: ${options.module ? `${options.module}: ` : ''}${error.message}\n`);
    process.exit(error.code === 'ERR_SUPERVISOR_RUNNING' ? 3 : 2);
  };
  try {
    const config = options.module ? require('module').createRequire(options.module)(options.module) : options.config;
    supervisor = new Supervisor(config.default ?? config, { environment: options.environment });
    if (options.socket) supervisor.control(options.socket);
    if (options.admin) supervisor.admin(options.admin, { token: process.env.GONODE_ADMIN_TOKEN || undefined }).on('error', (error) => fail(error));
  } catch (error) {
    fail(error);
  }
  let signals = 0;
  const end = (signal, number) => {
    if (signals++ > 0) {
      supervisor.kill();
      process.exit(128 + number);
    }
    supervisor.stop();
  };
  process.on('SIGTERM', () => end('SIGTERM', 15)).on('SIGINT', () => end('SIGINT', 2));
  process.on('SIGHUP', () => supervisor.reload()).on('SIGUSR2', () => binding.reopen());
  supervisor.on('idle', (status) => process.exit(signals > 0 ? 0 : status));
  for (const [name, dirs, ignored] of supervisor.start().status.apps.filter((app) => app.watch).map((app) => [app.name, app.watch, app.ignoreWatch ?? []])) {
    watch(dirs, ignored, () => supervisor.reload(name));
  }
}

// watch calls changed once for a burst of changes.
function watch(dirs, ignored, changed) {
  const fs = require('fs');
  const { sep } = require('path');
  const skip = (name) => name === null || name.split(sep).some((part) => part === 'node_modules' || part.startsWith('.') || ignored.includes(part)) || name.endsWith('.log');
  let timer;
  for (const dir of dirs) {
    fs.watch(dir, { recursive: true }, (event, name) => {
      if (skip(name)) return;
      clearTimeout(timer);
      timer = setTimeout(changed, 200);
    }).on('error', (error) => process.emitWarning(error));
  }
}

module.exports = { Supervisor };
Object.defineProperty(module.exports, 'serve', { value: serve });
