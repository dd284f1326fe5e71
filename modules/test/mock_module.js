// mock.module of node:test: modules that are something else for a while, to require() by Module._load and to import by hooks.
'use strict';
const { makeError } = require('internal/errors');
const { validateBoolean, validateObject, validateOneOf } = require('internal/validators');
const { fileURLToPath, pathToFileURL } = require('url');
const Module = require('module');
const { location, resolveFrom } = require('internal/test_runner/host');

const kParameter = 'node-test-mock'; // in the URLs of modules that stand for others
const kFormats = ['builtin', 'commonjs-typescript', 'commonjs', 'json', 'module-typescript', 'module'];
const kBadExports = 'Cannot create mock because named exports cannot be applied to the provided default export.';

const byURL = new Map(); // what is or was mocked: its version makes each import a module of its own
// standIn is the URL that a mock is loaded by. There are no others of built-in modules, so that theirs are of files.
const standIn = (url) => url.startsWith('node:') ? `file:///node-test-mock/${url.slice('node:'.length)}.cjs` : url;
const byStandIn = new Map();
const byPath = new Map(); // what require() gives instead
let installed = false, warned = false;

const named = (exports) => Object.keys(exports).filter((key) => key !== 'default');

// exportsOf reads the options.
function exportsOf(options) {
  const { cache = false } = options;
  validateBoolean(cache, 'options.cache');
  const has = (key) => key in options;
  if (has('namedExports')) deprecated('namedExports', 'options.exports');
  if (has('defaultExport')) deprecated('defaultExport', 'options.exports.default');
  if (has('exports')) validateObject(options.exports, 'options.exports');
  if (has('namedExports')) validateObject(options.namedExports, 'options.namedExports');
  const others = ['namedExports', 'defaultExport'].filter(has);
  if (has('exports') && others.length > 0)
    throw makeError('ERR_INVALID_ARG_VALUE', 'options.exports', options.exports, `cannot be used with ${others.map((key) => `'options.${key}'`).join(' or ')}`);
  const exports = { __proto__: null };
  for (const from of ['exports', 'namedExports']) if (has(from)) Object.defineProperties(exports, Object.getOwnPropertyDescriptors(options[from]));
  if (has('defaultExport')) Object.defineProperty(exports, 'default', Object.getOwnPropertyDescriptor(options, 'defaultExport'));
  return { cache, exports };
}
const told = new Set();
function deprecated(name, instead) {
  if (told.has(name)) return;
  told.add(name);
  process.emitWarning(`mock.module(): options.${name} is deprecated. Use ${instead} instead.`, 'DeprecationWarning');
}

// install puts hooks in front of both ways to load modules.
function install() {
  if (installed) return;
  if (typeof Module.registerHooks !== 'function') throw makeError('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'mock.module()');
  installed = true;
  Module.registerHooks({ resolve, load });
  const plain = Module._load;
  Module._load = function(request, parent, isMain) {
    request = withoutParameter(request);
    const path = Module.isBuiltin(request) ? (request.startsWith('node:') ? request : `node:${request}`) :
      Module._resolveFilename(request, parent, isMain);
    const mock = byPath.get(path);
    return mock ? required(path, mock) : Reflect.apply(plain, Module, [request, parent, isMain]);
  };
  require('test').mock._mockExports = new Map();
}

function withoutParameter(request) {
  const url = URL.parse(request);
  if (!url?.searchParams.has(kParameter)) return request;
  url.searchParams.delete(kParameter);
  return url.href;
}

// required makes what require() gives for a mock.
function required(path, { cache, caller, exports }) {
  const kept = cache ? Module._cache[path] : undefined;
  if (kept) return kept.exports;
  const value = 'default' in exports ? exports.default : {};
  const names = named(exports);
  if ((typeof value !== 'object' || value === null) && names.length > 0) throw new Error(kBadExports);
  for (const name of names) Object.defineProperty(value, name, Object.getOwnPropertyDescriptor(exports, name));
  if (cache) {
    const entry = new Module(path, caller);
    Object.assign(entry, { exports: value, filename: path, loaded: true });
    entry.paths = Module._nodeModulePaths(entry.path);
    Module._cache[path] = entry;
  }
  return value;
}

// resolve gives the URL of a mock in place of the one of its module. Without a cache each import is another module.
function resolve(specifier, context, next) {
  const found = next(specifier, context);
  const mock = byURL.get(found.url);
  if (!mock?.active) return found;
  const url = new URL(standIn(found.url));
  url.searchParams.set(kParameter, mock.version);
  if (!mock.cache) mock.version++;
  return { __proto__: null, url: url.href, format: found.format === 'builtin' ? 'commonjs' : found.format };
}

// load gives the text of a module with the exports of the mock. The original is loaded as far as Node loads it.
function load(url, context, next) {
  const mock = byStandIn.get(withoutParameter(url));
  if (!mock?.active) return next(url, context);
  let format = mock.url.startsWith('node:') ? 'commonjs' : next(url, context).format;
  if (format === 'commonjs-sync' || format === 'require-commonjs') format = 'commonjs';
  else if (format === 'json') format = 'module';
  return { __proto__: null, format, shortCircuit: true, source: textOf(mock, format === 'module' || format === 'module-typescript') };
}

function textOf({ url, exports }, isModule) {
  const key = JSON.stringify(url);
  const lines = [isModule ? "import test from 'node:test';" : "const test = require('node:test');", `const $exports = test.mock._mockExports.get(${key});`];
  if ('default' in exports) lines.push(isModule ? 'export default $exports.default;' : 'module.exports = $exports.default;');
  const names = named(exports);
  if (!isModule && names.length > 0)
    lines.push(`if (module.exports === null || typeof module.exports !== 'object') throw new Error(${JSON.stringify(kBadExports)});`);
  for (const name of names) {
    const value = `$exports[${JSON.stringify(name)}]`;
    lines.push(isModule ? `export let ${name} = ${value};` : `module.exports[${JSON.stringify(name)}] = ${value};`);
  }
  return lines.join('\n') + '\n';
}

// placeOf finds the module that a specifier means in the file that called, and what its mock is known by to require().
function placeOf(specifier, caller) {
  const url = resolveFrom(specifier, caller);
  validateOneOf(url.endsWith('.wasm') ? 'wasm' : url.endsWith('.node') ? 'addon' : 'module', 'format', kFormats);
  const parsed = URL.parse(url);
  if (!parsed) throw makeError('ERR_INVALID_ARG_VALUE', 'specifier', specifier, 'cannot compute URL');
  if (parsed.searchParams.has(kParameter)) throw alreadyMocked(specifier);
  const keys = new Set([parsed.href]);
  if (url.startsWith('file://')) keys.add(fileURLToPath(url));
  const other = requiredFrom(specifier, caller);
  if (other !== undefined) keys.add(other);
  return { url: parsed.href, keys: [...keys] };
}
const alreadyMocked = (specifier) => makeError('ERR_INVALID_STATE', `Cannot mock '${specifier}'. The module is already mocked.`);

// requiredFrom is the file that require() finds there: packages may have another one for it.
function requiredFrom(specifier, caller) {
  if (Module.isBuiltin(specifier) || specifier.startsWith('data:') || !caller.startsWith('file://')) return undefined;
  try {
    const file = fileURLToPath(caller);
    const parent = new Module(file, null);
    parent.filename = file;
    parent.paths = Module._nodeModulePaths(file);
    const found = Module._resolveFilename(specifier.startsWith('file://') ? fileURLToPath(specifier) : specifier, parent, false);
    return found.includes('/') ? found : undefined;
  } catch {
    return undefined; // it can be imported only
  }
}

class MockModuleContext {
  #undo;
  constructor(specifier, place, caller, { cache, exports }) {
    const { url, keys } = place;
    if (byURL.get(url)?.active) throw alreadyMocked(specifier);
    const mock = { url, cache, caller, exports, active: true, version: byURL.get(url)?.version ?? 0 };
    byURL.set(url, mock);
    byStandIn.set(standIn(url), mock);
    const before = keys.map((path) => [path, path in Module._cache, Module._cache[path]]);
    for (const path of keys) {
      byPath.set(path, mock);
      delete Module._cache[path];
    }
    require('test').mock._mockExports.set(url, exports);
    this.#undo = () => {
      mock.active = false;
      mock.version++;
      for (const [path, cached, value] of before) {
        delete Module._cache[path];
        if (cached) Module._cache[path] = value;
        byPath.delete(path);
      }
    };
  }
  restore() {
    this.#undo?.();
    this.#undo = undefined;
  }
}

exports.restoreModule = MockModuleContext.prototype.restore;
exports.mockModule = (specifier, options) => {
  if (!warned) process.emitWarning('Module mocking is an experimental feature and might change at any time', 'ExperimentalWarning');
  warned = true;
  if (specifier instanceof URL) specifier = specifier.href;
  else if (typeof specifier !== 'string') throw makeError('ERR_INVALID_ARG_TYPE', 'specifier', ['string', 'URL'], specifier);
  validateObject(options, 'options');
  const given = exportsOf(options);
  install();
  const request = specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
  const file = location()[2];
  const caller = file.startsWith('file://') ? file : pathToFileURL(file).href;
  return new MockModuleContext(specifier, placeOf(request, caller), caller, given);
};
