// vm.Module and its two kinds. The modules themselves, their linking and evaluation, are Go's: binding.
'use strict';
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_THIS, ERR_MODULE_LINK_MISMATCH, ERR_VM_MODULE_ALREADY_LINKED, ERR_VM_MODULE_DIFFERENT_CONTEXT, ERR_VM_MODULE_LINK_FAILURE,
  ERR_VM_MODULE_NOT_MODULE, ERR_VM_MODULE_STATUS, ERR_VM_MODULE_CANNOT_CREATE_CACHED_DATA } = require('internal/errors').codes;
const { validateArray, validateObject, validateFunction, validateString, validateUint32, validateBoolean, validateInt32 } = require('internal/validators');
const { inspect } = require('util');

const counters = new WeakMap();
let main = 0;

class Module {
  #own;
  #linking = false;
  #context;
  #identifier;
  #error;
  #evaluation;

  constructor(token, make, options) {
    if (token !== binding) throw new TypeError('Module is not a constructor');
    const { context, identifier } = options;
    if (context !== undefined) validateObject(context, 'context');
    if (context !== undefined && !binding.isContext(context)) throw new ERR_INVALID_ARG_TYPE('options.context', 'vm.Context', context);
    if (identifier === undefined) {
      const n = context === undefined ? main++ : counters.get(context) ?? 0;
      if (context !== undefined) counters.set(context, n + 1);
      this.#identifier = `vm:module(${n})`;
    } else {
      validateString(identifier, 'options.identifier');
      this.#identifier = identifier;
    }
    this.#context = context;
    this.#own = make(this, this.#identifier);
  }

  static own(m) { return typeof m === 'object' && m !== null && #own in m ? m.#own : undefined; }

  static #of(m) {
    if (Module.own(m) === undefined) throw new ERR_INVALID_THIS('Module');
    return m;
  }

  get identifier() { return Module.#of(this).#identifier; }
  get context() { return Module.#of(this).#context; }
  get status() {
    Module.#of(this);
    const status = binding.status(this.#own);
    return status === 'unlinked' && this.#error ? 'errored' : status === 'unlinked' && this.#linking ? 'linking' : status;
  }
  get status() {
    Module.#of(this);
    const status = binding.status(this.#own);
    return status === 'unlinked' && this.#error ? 'errored' : status === 'unlinked' && this.#linking ? 'linking' : status;
  }
  get namespace() {
    const { status } = Module.#of(this);
    if (status === 'unlinked' || status === 'linking') throw new ERR_VM_MODULE_STATUS('must not be unlinked or linking');
    return binding.namespace(this.#own);
  }
  get error() {
    if (Module.#of(this).status !== 'errored') throw new ERR_VM_MODULE_STATUS('must be errored');
    return this.#error ? this.#error.reason : binding.failed(this.#own);
  }

  async link(linker) {
    const { status } = Module.#of(this);
    validateFunction(linker, 'linker');
    if (status === 'linked') throw new ERR_VM_MODULE_ALREADY_LINKED();
    if (status !== 'unlinked') throw new ERR_VM_MODULE_STATUS('must be unlinked');
    await Module.load(this, linker);
    binding.link(this.#own);
  }

  // load asks the linker for all that a module and those below it import.
  static async load(m, linker) {
    m.#linking = true;
    const requests = binding.requests(m.#own);
    try {
      const list = requests.map(({ specifier, attributes }) => Promise.resolve(linker(specifier, m, { attributes, assert: attributes })).then(async (module) => {
        if (Module.own(module) === undefined) throw new ERR_VM_MODULE_NOT_MODULE();
        if (module.context !== m.context) throw new ERR_VM_MODULE_DIFFERENT_CONTEXT();
        if (module.status === 'errored') throw new ERR_VM_MODULE_LINK_FAILURE(`request for '${specifier}' resolved to an errored module`, module.error);
        if (module.status === 'unlinked') await Module.load(module, linker);
        return module.#own;
      }));
      const loaded = await Promise.all(list);
      if (requests.length > 0) binding.requested(m.#own, loaded);
    } catch (error) {
      m.#error = { reason: error };
      throw error;
    } finally {
      m.#linking = false;
    }
  }

  evaluate(options = {}) {
    try {
      const { status } = Module.#of(this);
      validateObject(options, 'options');
      const { timeout, breakOnSigint = false } = options;
      if (timeout !== undefined) validateUint32(timeout, 'options.timeout', true);
      validateBoolean(breakOnSigint, 'options.breakOnSigint');
      if (status !== 'linked' && status !== 'evaluated' && status !== 'errored') throw new ERR_VM_MODULE_STATUS('must be one of linked, evaluated, or errored');
      if (this.#error) throw this.#error.reason;
      return this.#evaluation ??= binding.evaluate(this.#own, timeout ?? 0, breakOnSigint);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  [inspect.custom](depth, options) {
    Module.#of(this);
    const name = Object.getPrototypeOf(this)?.constructor?.name ?? 'Module';
    if (typeof depth === 'number' && depth < 0) return `[${name}]`;
    const shown = new { [name]: class {} }[name]();
    shown.status = this.status;
    shown.identifier = this.identifier;
    shown.context = this.context;
    return inspect(shown, { ...options, customInspect: false });
  }
}

function position(options) {
  const { lineOffset = 0, columnOffset = 0 } = options;
  validateInt32(lineOffset, 'options.lineOffset');
  validateInt32(columnOffset, 'options.columnOffset');
  return '\n'.repeat(Math.max(lineOffset, 0)) + ' '.repeat(Math.max(columnOffset, 0));
}

class SourceTextModule extends Module {
  #requests;
  #specifiers;

  constructor(text, options = {}) {
    validateString(text, 'code');
    validateObject(options, 'options');
    const { initializeImportMeta, importModuleDynamically, context, cachedData } = options;
    if (initializeImportMeta !== undefined) validateFunction(initializeImportMeta, 'options.initializeImportMeta');
    if (importModuleDynamically !== undefined) validateFunction(importModuleDynamically, 'options.importModuleDynamically');
    if (cachedData !== undefined && !ArrayBuffer.isView(cachedData)) throw new ERR_INVALID_ARG_TYPE('options.cachedData', ['Buffer', 'TypedArray', 'DataView'], cachedData);
    const code = position(options) + text;
    super(binding, (self, identifier) => binding.text(code, identifier, context,
      initializeImportMeta && ((meta) => initializeImportMeta(meta, self)),
      importModuleDynamically && ((specifier, attributes) => importModuleDynamically(specifier, self, attributes))), options);
    this.#requests = Object.freeze(binding.requests(Module.own(this)).map((r) => Object.freeze({ __proto__: null, ...r })));
  }

  static #of(m) {
    if (typeof m !== 'object' || m === null || !(#requests in m)) throw new ERR_INVALID_THIS('SourceTextModule');
    return m;
  }

  get moduleRequests() { return SourceTextModule.#of(this).#requests; }
  get dependencySpecifiers() {
    return SourceTextModule.#of(this).#specifiers ??= Object.freeze(this.#requests.map((r) => r.specifier));
  }

  linkRequests(modules) {
    if (SourceTextModule.#of(this).status !== 'unlinked') throw new ERR_VM_MODULE_STATUS('must be unlinked');
    validateArray(modules, 'modules');
    const { length } = this.#requests;
    if (modules.length !== length) throw new ERR_MODULE_LINK_MISMATCH(`Expected ${length} modules, got ${modules.length}`);
    const list = modules.map((module) => {
      if (Module.own(module) === undefined) throw new ERR_VM_MODULE_NOT_MODULE();
      if (module.context !== this.context) throw new ERR_VM_MODULE_DIFFERENT_CONTEXT();
      return Module.own(module);
    });
    // The same request must mean the same module.
    const known = new Map();
    this.#requests.forEach(({ specifier, attributes, phase }, i) => {
      const key = JSON.stringify([specifier, phase, Object.entries(attributes)]);
      if (known.has(key) && known.get(key) !== modules[i]) {
        throw new ERR_MODULE_LINK_MISMATCH(`Module request '${specifier}' at index ${i} must be linked to the same module requested at index ${this.#requests.findIndex((r) => r.specifier === specifier)}`);
      }
      known.set(key, modules[i]);
    });
    binding.requested(Module.own(this), list);
  }

  instantiate() {
    if (SourceTextModule.#of(this).status !== 'unlinked') throw new ERR_VM_MODULE_STATUS('must be unlinked');
    binding.link(Module.own(this));
  }

  hasAsyncGraph() {
    const { status } = SourceTextModule.#of(this);
    if (status === 'unlinked' || status === 'linking') throw new ERR_VM_MODULE_STATUS('must be instantiated');
    return binding.awaits(Module.own(this), true);
  }

  hasTopLevelAwait() { return binding.awaits(Module.own(SourceTextModule.#of(this)), false); }

  createCachedData() {
    const { status } = this;
    if (status === 'evaluating' || status === 'evaluated' || status === 'errored') throw new ERR_VM_MODULE_CANNOT_CREATE_CACHED_DATA();
    return Buffer.alloc(8);
  }
}

class SyntheticModule extends Module {
  constructor(exportNames, evaluateCallback, options = {}) {
    if (!Array.isArray(exportNames) || exportNames.some((e) => typeof e !== 'string')) throw new ERR_INVALID_ARG_TYPE('exportNames', 'Array of unique strings', exportNames);
    exportNames.forEach((name, i) => {
      if (exportNames.indexOf(name, i + 1) !== -1) throw new ERR_INVALID_ARG_VALUE(`exportNames.${name}`, name, 'is duplicated');
    });
    validateFunction(evaluateCallback, 'evaluateCallback');
    validateObject(options, 'options');
    super(binding, (self, identifier) => binding.synthetic(identifier, exportNames, () => { evaluateCallback.call(self); }), options);
    binding.link(Module.own(this));
  }

  link() {
    if (Module.own(this) === undefined) throw new ERR_INVALID_THIS('SyntheticModule');
  }

  setExport(name, value) {
    if (!(typeof this === 'object' && this !== null && Module.own(this) !== undefined && this instanceof SyntheticModule)) {
      throw new ERR_INVALID_THIS('SyntheticModule');
    }
    validateString(name, 'name');
    if (this.status === 'unlinked') throw new ERR_VM_MODULE_STATUS('must be linked');
    if (!binding.set(Module.own(this), name, value)) throw new ReferenceError(`Export '${name}' is not defined in module`);
  }
}

// What a script's importModuleDynamically gives stands for a namespace.
const imported = async (promise) => {
  const m = await promise;
  if (binding.isNamespace(m)) return m;
  if (Module.own(m) === undefined) throw new ERR_VM_MODULE_NOT_MODULE();
  if (m.status === 'errored') throw m.error;
  return m.namespace;
};

module.exports = { Module, SourceTextModule, SyntheticModule, imported };
