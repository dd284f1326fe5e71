// node:wasi: programs of WebAssembly that use the system's files, arguments and clocks.
'use strict';
const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_WASI_ALREADY_STARTED } } = require('internal/errors');
const { validateArray, validateBoolean, validateFunction, validateInt32, validateObject, validateString } = require('internal/validators');
const { entries } = Object;

process.emitWarning('WASI is an experimental feature and might change at any time', 'ExperimentalWarning');

const bindings = { __proto__: null, unstable: 'wasi_unstable', preview1: 'wasi_snapshot_preview1' };

const validateUndefined = (value, name) => {
  if (value !== undefined) throw new ERR_INVALID_ARG_TYPE(name, 'undefined', value);
};

class WASI {
  // What is thrown at the end of a program, which no code of it can catch.
  #exited = {};
  #code = 0;
  #started = false;
  #setMemory;
  #name;

  constructor(options = {}) {
    validateObject(options, 'options');
    const { version, args = [], env = {}, preopens = {}, stdin = 0, stdout = 1, stderr = 2, returnOnExit = true } = options;
    validateString(version, 'options.version');
    this.#name = bindings[version];
    if (this.#name === undefined) throw new ERR_INVALID_ARG_VALUE('options.version', version, 'unsupported WASI version');
    validateArray(args, 'options.args');
    validateObject(env, 'options.env');
    validateObject(preopens, 'options.preopens');
    validateInt32(stdin, 'options.stdin', 0);
    validateInt32(stdout, 'options.stdout', 0);
    validateInt32(stderr, 'options.stderr', 0);
    const variables = [], directories = [], texts = [];
    for (let i = 0; i < args.length; i++) texts.push(String(args[i]));
    const pairs = entries(env);
    for (let i = 0; i < pairs.length; i++) if (pairs[i][1] !== undefined) variables.push(`${pairs[i][0]}=${pairs[i][1]}`);
    const mounts = entries(preopens);
    for (let i = 0; i < mounts.length; i++) directories.push(mounts[i][0], String(mounts[i][1]));
    const functions = binding.open(texts, variables, directories, stdin, stdout, stderr);
    validateBoolean(returnOnExit, 'options.returnOnExit');
    const exit = returnOnExit ? (code) => {
      this.#code = code;
      throw this.#exited;
    } : binding.exit;
    Object.defineProperty(exit, 'name', { __proto__: null, value: returnOnExit ? 'bound wasiReturnOnProcExit' : 'bound proc_exit' });
    functions.proc_exit = exit;
    this.#setMemory = functions.setMemory;
    delete functions.setMemory;
    this.wasiImport = functions;
  }

  finalizeBindings(instance, { memory = instance?.exports?.memory } = {}) {
    if (this.#started) throw new ERR_WASI_ALREADY_STARTED();
    validateObject(instance, 'instance');
    validateObject(instance.exports, 'instance.exports');
    this.#setMemory(memory);
    this.#started = true;
  }

  start(instance) {
    this.finalizeBindings(instance);
    const { _start, _initialize } = instance.exports;
    validateFunction(_start, 'instance.exports._start');
    validateUndefined(_initialize, 'instance.exports._initialize');
    try {
      _start();
    } catch (e) {
      if (e !== this.#exited) throw e;
    }
    return this.#code;
  }

  initialize(instance) {
    this.finalizeBindings(instance);
    const { _start, _initialize } = instance.exports;
    validateUndefined(_start, 'instance.exports._start');
    if (_initialize === undefined) return;
    validateFunction(_initialize, 'instance.exports._initialize');
    _initialize();
  }

  getImportObject() {
    return { [this.#name]: this.wasiImport };
  }
}

module.exports = { WASI };
