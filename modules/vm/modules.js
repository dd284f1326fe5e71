// vm.Module and its two kinds. The modules themselves, their linking and evaluation, are Go's: binding.
'use strict';
const { ERR_INVALID_ARG_TYPE, ERR_VM_MODULE_ALREADY_LINKED, ERR_VM_MODULE_DIFFERENT_CONTEXT, ERR_VM_MODULE_LINK_FAILURE,
  ERR_VM_MODULE_NOT_MODULE, ERR_VM_MODULE_STATUS, ERR_VM_MODULE_CANNOT_CREATE_CACHED_DATA } = require('internal/errors').codes;
const { validateObject, validateFunction, validateString, validateUint32, validateBoolean, validateInt32 } = require('internal/validators');
const { inspect } = require('util');

const counters = new WeakMap();
let main = 0;

class Module {
  #own;
  #linking = false;
  #context;
  #identifier;
  #specifiers;
  #error;
  #evaluation;

  constructor(token, make, options) {
    if (token !== binding) throw new TypeError('Module is not a constructor');
    const { context, identifier } = options;
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
    if (Module.own(m) === undefined) throw new ERR_INVALID_ARG_TYPE('this', 'Module', m);
    return m;
  }

  get identifier() { return Module.#of(this).#identifier; }
  get context() { return Module.#of(this).#context; }
  get status() {
    Module.#of(this);
    const status = binding.status(this.#own);
    return status === 'unlinked' && this.#error ? 'errored' : status === 'unlinked' && this.#linking ? 'linking' : status;
  }
  get namespace() {
    Module.#of(this);
    if (this.status === 'unlinked' || this.status === 'linking') throw new ERR_VM_MODULE_STATUS('must not be unlinked or linking');
    return binding.namespace(this.#own);
  }
  get error() {
    Module.#of(this);
    if (this.status !== 'errored') throw new ERR_VM_MODULE_STATUS('must be errored');
    return this.#error ? this.#error.reason : binding.failed(this.#own);
  }
  get dependencySpecifiers() {
    Module.#of(this);
    return this.#specifiers ??= Object.freeze(binding.requests(this.#own).map((r) => r.specifier));
  }

  async link(linker) {
    Module.#of(this);
    validateFunction(linker, 'linker');
    if (this.status === 'linked') throw new ERR_VM_MODULE_ALREADY_LINKED();
    if (this.status !== 'unlinked') throw new ERR_VM_MODULE_STATUS('must be unlinked');
    await this.#load(linker);
    this.#linking = false;
    binding.link(this.#own);
  }

  async #load(linker) {
    this.#linking = true;
    const requests = binding.requests(this.#own);
    try {
      const list = requests.map(async ({ specifier, attributes }) => {
        const module = await linker(specifier, this, { attributes, assert: attributes });
        if (Module.own(module) === undefined) throw new ERR_VM_MODULE_NOT_MODULE();
        if (module.context !== this.context) throw new ERR_VM_MODULE_DIFFERENT_CONTEXT();
        if (module.status === 'errored') throw new ERR_VM_MODULE_LINK_FAILURE(`request for '${specifier}' resolved to an errored module`, module.error);
        if (module.status === 'unlinked') await module.#load(linker);
        return module.#own;
      });
      const loaded = await Promise.all(list);
      if (requests.length > 0) binding.requested(this.#own, loaded);
    } catch (error) {
      this.#error = { reason: error };
      throw error;
    }
  }

  async evaluate(options = {}) {
    Module.#of(this);
    validateObject(options, 'options');
    const { timeout = 0 } = options;
    const { breakOnSigint = false } = options;
    if (options.timeout !== undefined) validateUint32(timeout, 'options.timeout', true);
    validateBoolean(breakOnSigint, 'options.breakOnSigint');
    const { status } = this;
    if (status !== 'linked' && status !== 'evaluated' && status !== 'errored') throw new ERR_VM_MODULE_STATUS('must be one of linked, evaluated, or errored');
    if (this.#error) throw this.#error.reason;
    await (this.#evaluation ??= binding.evaluate(this.#own, timeout > 0 || breakOnSigint));
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
  }

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
      if (exportNames.indexOf(name, i + 1) !== -1) throw new (require('internal/errors').codes.ERR_INVALID_ARG_VALUE)(`exportNames.${name}`, name, 'is duplicated');
    });
    validateFunction(evaluateCallback, 'evaluateCallback');
    validateObject(options, 'options');
    super(binding, (self, identifier) => binding.synthetic(identifier, exportNames, () => { evaluateCallback.call(self); }), options);
  }

  setExport(name, value) {
    if (!(typeof this === 'object' && this !== null && Module.own(this) !== undefined && this instanceof SyntheticModule)) {
      throw new ERR_INVALID_ARG_TYPE('this', 'SyntheticModule', this);
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
