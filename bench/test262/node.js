// Runs tests on Node, each in a context of its own: what the figures of gonode are compared with. It reads lines of JSON
// {file, mode, text, includes, dir} and answers each with a line "ok" or the error.
// node --expose-gc --experimental-vm-modules node.js
'use strict';
const vm = require('vm'), fs = require('fs'), path = require('path');
const { pathToFileURL } = require('url');
const makeRealm = vm.runInThisContext(fs.readFileSync(path.join(__dirname, 'host.js'), 'utf8'));
const scripts = new Map();
process.on('unhandledRejection', () => {});
process.on('uncaughtException', () => {});

function harness(file) {
  if (!scripts.has(file)) scripts.set(file, new vm.Script(fs.readFileSync(file, 'utf8'), { filename: file }));
  return scripts.get(file);
}

function modules(context) {
  const known = new Map();
  const load = (file, attributes) => {
    if (known.has(file)) return known.get(file);
    const text = fs.readFileSync(file, 'utf8');
    let m;
    if (attributes?.type === 'json') {
      const value = JSON.parse(text);
      m = new vm.SyntheticModule(['default'], function () { this.setExport('default', value); }, { context, identifier: file });
    } else {
      m = new vm.SourceTextModule(text, { context, identifier: file, initializeImportMeta(meta) { meta.url = pathToFileURL(file).href; }, importModuleDynamically: dynamic });
    }
    known.set(file, m);
    return m;
  };
  const resolve = (specifier, referrer) => path.resolve(path.dirname(referrer.identifier ?? referrer), specifier);
  const link = (specifier, referrer, extra) => load(resolve(specifier, referrer), extra?.attributes ?? extra?.assert);
  const run = async (m) => {
    if (m.status === 'unlinked') await m.link(link);
    await m.evaluate();
    return m;
  };
  const dynamic = async (specifier, referrer, attributes) => run(load(resolve(specifier, referrer?.identifier ? referrer : current), attributes));
  let current;
  return { start(file) { current = file; }, run: (file) => run(load(file)), dynamic };
}

async function test({ file, mode, text, includes, async: wait }) {
  const context = vm.createContext({});
  let done, printed = new Promise((resolve) => { done = resolve; });
  makeRealm(require, globalThis, (s) => done(String(s)))(vm.runInContext('globalThis', context), (s) => vm.runInContext(s, context));
  for (const g of ['setTimeout', 'structuredClone']) vm.runInContext('globalThis', context)[g] = globalThis[g];
  for (const f of includes) harness(f).runInContext(context);
  const m = modules(context);
  m.start(file);
  if (mode === 'module') await m.run(file);
  else new vm.Script(text, { filename: file, importModuleDynamically: m.dynamic }).runInContext(context);
  if (wait) {
    let timer;
    const s = await Promise.race([printed, new Promise((r) => { timer = setTimeout(r, 3000, 'timeout'); })]);
    clearTimeout(timer);
    if (s !== 'Test262:AsyncTestComplete') throw { name: 'Error', message: s };
  }
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  chain = chain.then(async () => {
    let answer = 'ok';
    try {
      await test(JSON.parse(line));
    } catch (e) {
      let name = e?.constructor?.name ?? e?.name;
      answer = `${name}: ${e?.message ?? String(e)}`.replace(/\s+/g, ' ');
    }
    process.stdout.write(answer + '\n');
  });
});
let chain = Promise.resolve();
