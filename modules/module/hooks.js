// The hooks of module.register, in the thread that they run in: chains of functions, the latest first and this runtime's own way last.
// binding: see hooks.go. May require internal/errors, internal/validators and process.
'use strict';
const { codes } = require('internal/errors');
const { validateObject, validateString } = require('internal/validators');

const isBytes = (v) => ArrayBuffer.isView(v) || v instanceof ArrayBuffer || v instanceof SharedArrayBuffer;
const own = (name) => ({ run: async (subject, context) => binding[name](subject, context), url: `node:internal/modules/esm/${name}` });
const chains = { resolve: [own('resolve')], load: [own('load')] };
const warned = {};

function warnOnce(text, type) {
  if (warned[text]) return;
  warned[text] = true;
  process.emitWarning(text, type);
}

function oldAttributes(context) {
  const warn = () => warnOnce('Use `importAttributes` instead of `importAssertions`', 'ExperimentalWarning');
  return Object.defineProperty(context, 'importAssertions', {
    configurable: true,
    get() {
      warn();
      return this.importAttributes;
    },
    set(value) {
      warn();
      this.importAttributes = value;
    },
  });
}

function parses(url) {
  return URL.canParse(url);
}

const checkSubject = {
  resolve: (who, specifier) => validateString(specifier, `${who} specifier`),
  load(who, url) {
    if (typeof url !== 'string') throw new codes.ERR_INVALID_ARG_TYPE(`${who} url`, 'a URL string', url);
    if (!parses(url)) throw new codes.ERR_INVALID_ARG_VALUE(`${who} url`, url, 'should be a URL string');
  },
};

function checkObject(who, v) {
  if (typeof v !== 'object' || v === null) throw new codes.ERR_INVALID_RETURN_VALUE('an object', who, v);
}

// run calls a chain. Every hook must call the next one or say that it does not.
async function run(name, subject, context) {
  const chain = chains[name];
  const next = `next${name[0].toUpperCase()}${name.slice(1)}`;
  let who = '';
  let finished = false;
  const step = (i) => Object.defineProperty(async (subject = undefined, given) => {
    if (i < 0) throw new codes.ERR_INTERNAL_ASSERTION(`ESM custom loader '${name}' advanced beyond the end of the chain.`);
    const { run: hook, url } = chain[i];
    who = `${url} '${name}'`;
    checkSubject[name](`${who} hook's ${next}()`, subject);
    if (given) {
      validateObject(given, `${who} hook's ${next}() context`);
      Object.assign(context, given);
    }
    const returns = `${who} hook's ${next}()`;
    if (i === 0) finished = true;
    const output = await (0, hook)(subject, context, step(i - 1));
    checkObject(returns, output);
    if (output.shortCircuit === true) finished = true;
    return output;
  }, 'name', { value: next });
  const output = await step(chain.length - 1)(subject, oldAttributes(context));
  checkObject(who, output);
  if (!finished) throw new codes.ERR_LOADER_CHAIN_INCOMPLETE(who);
  const bad = (want, property, value) => { throw new codes.ERR_INVALID_RETURN_PROPERTY_VALUE(want, who, property, value); };
  return { output, bad };
}

async function resolve(specifier, parentURL, importAttributes = {}) {
  const { output, bad } = await run('resolve', specifier, { conditions: binding.conditions(), importAttributes, parentURL });
  const { format, url } = output;
  if (typeof url !== 'string' || !parses(url)) bad('a URL string', 'url', url);
  let attributes = output.importAttributes;
  if (!('importAttributes' in output) && 'importAssertions' in output) {
    warnOnce('Use `importAttributes` instead of `importAssertions`', 'ExperimentalWarning');
    attributes = output.importAssertions;
  }
  if (attributes != null && typeof attributes !== 'object') bad('an object', 'importAttributes', attributes);
  if (format != null && typeof format !== 'string') bad('a string', 'format', format);
  return { format, importAttributes: attributes == null ? undefined : { ...attributes }, url };
}

async function load(url, context = {}) {
  const { output, bad } = await run('load', url, context);
  const { format, source } = output;
  const { responseURL = url } = output;
  if (typeof responseURL !== 'string' || !parses(responseURL) || new URL(responseURL).href !== responseURL) {
    bad('undefined or a fully resolved URL string', 'responseURL', responseURL);
  }
  if (format == null) {
    throw new codes.ERR_UNKNOWN_MODULE_FORMAT(/^data:([^/]+\/[^;,]+)(?:;[^,]*)?,/.exec(url)?.[1] ?? format, url);
  }
  if (typeof format !== 'string') bad('a string', 'format', format);
  if (source != null && typeof source !== 'string' && !isBytes(source)) bad('a string, an ArrayBuffer, or a TypedArray', 'source', source);
  return { format, responseURL, source };
}

// register imports a module of hooks, through those that are there already.
async function register(specifier, parentURL, data) {
  const hooks = await new Promise((resolve, reject) => binding.import(specifier, parentURL, resolve, reject));
  for (const name of ['resolve', 'load']) {
    const { [name]: hook } = hooks;
    if (hook) chains[name].push({ run: hook, url: specifier });
  }
  const { initialize, globalPreload } = hooks;
  if (initialize) await initialize(data);
  else if (globalPreload) warnOnce('`globalPreload` has been removed; use `initialize` instead.', 'UnsupportedWarning');
}

const answers = { resolve, load, register };

module.exports = {
  ask(name, args, done, failed) {
    answers[name](...args).then(done, failed);
  },
};
