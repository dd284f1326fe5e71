// What the Tab key offers in an interactive session.
'use strict';
const { isProxy } = require('util').types;

const keywords = ['async', 'await', 'break', 'case', 'catch', 'const', 'continue', 'debugger', 'default', 'delete', 'do', 'else',
  'export', 'false', 'finally', 'for', 'function', 'if', 'import', 'in', 'instanceof', 'let', 'new', 'null', 'return', 'switch',
  'this', 'throw', 'true', 'try', 'typeof', 'var', 'void', 'while', 'with', 'yield'];

const identifier = /^[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*$/;

function propertiesOf(object) {
  const groups = [];
  const seen = new Set();
  for (let o = object, depth = 0; o !== null && o !== undefined && depth < 20; o = Object.getPrototypeOf(o), depth++) {
    const names = Object.getOwnPropertyNames(o).filter((n) => identifier.test(n) && !seen.has(n) && !/^__(?:define|lookup)[GS]etter__$/.test(n));
    names.forEach((n) => seen.add(n));
    if (names.length > 0) groups.push(names);
  }
  return groups;
}

// chainAt gives the place in a text where the names and subscripts begin that it ends in: a.b["c"].d.
function chainAt(text) {
  let i = text.length;
  for (;;) {
    const before = i;
    while (i > 0 && /[\w$\u0080-\uffff]/.test(text[i - 1])) i--;
    if (i === before && text[i - 1] === ']') {
      let depth = 0;
      let quote = '';
      do {
        const c = text[--i];
        if (quote) quote = c === quote ? '' : quote;
        else if (c === '"' || c === "'" || c === '`') quote = c;
        else if (c === ']') depth++;
        else if (c === '[') depth--;
      } while (depth > 0 && i > 0);
      if (depth > 0) return -1;
      continue;
    }
    if (text[i - 1] !== '.') return i;
    i -= text[i - 2] === '?' ? 2 : 1;
  }
}

// member reads a property without running anything of the script's; it gives undefined where that would take a getter or a proxy.
function member(object, key) {
  for (let o = Object(object); o !== null; o = Object.getPrototypeOf(o)) {
    if (isProxy(o)) return undefined;
    const found = Object.getOwnPropertyDescriptor(o, key);
    if (found) return found.get ? undefined : found.value;
  }
  return undefined;
}

function run(repl, text) {
  try {
    const script = new (require('vm').Script)(text, { filename: 'complete' });
    return repl.useGlobal ? script.runInThisContext() : script.runInContext(repl.context);
  } catch {
    return undefined;
  }
}

// subscript is what a text in brackets stands for, undefined where it would call or change something.
function subscript(repl, text) {
  text = text.trim();
  if (chainAt(text) === 0 && /^[A-Za-z_$]/.test(text)) return evaluate(repl, text);
  const bare = text.replace(/'[^']*'|"[^"]*"/g, '""');
  if (/[\w$)\]]\s*\(|\.\s*[A-Za-z_$]|\[|\+\+|--|(?<![=!<>])=(?!=)|\$\{|\b(?:new|await|yield|delete|import)\b/.test(bare)) return undefined;
  return run(repl, `(${text})`);
}

// evaluate gives the value of a chain of names and subscripts.
function evaluate(repl, expression) {
  const first = /^[\w$\u0080-\uffff]+/.exec(expression)?.[0];
  if (!first) return undefined;
  let value = Object.hasOwn(repl.context, first) ? repl.context[first] : run(repl, first);
  let rest = expression.slice(first.length);
  while (rest) {
    if (value === null || value === undefined || isProxy(value)) return undefined;
    const name = /^(?:\?\.|\.)([\w$\u0080-\uffff]+)/.exec(rest);
    if (name) {
      value = member(value, name[1]);
      rest = rest.slice(name[0].length);
      continue;
    }
    // The subscript ends where its bracket is closed.
    let depth = 0;
    let quote = '';
    let end = rest[0] === '?' ? 2 : 0;
    const start = end + 1;
    do {
      const c = rest[end++];
      if (quote) quote = c === quote ? '' : quote;
      else if (c === '"' || c === "'" || c === '`') quote = c;
      else if (c === '[') depth++;
      else if (c === ']') depth--;
    } while (depth > 0 && end < rest.length);
    const key = subscript(repl, rest.slice(start, end - 1));
    if (depth > 0 || key === undefined || key !== null && typeof key === 'object') return undefined;
    value = member(value, key);
    rest = rest.slice(end);
  }
  return value;
}

// modulePaths gives what require takes that begins with a text: files and folders by their path, or packages and modules.
function modulePaths(repl, text) {
  const fs = require('fs');
  const path = require('path');
  const extensions = Object.keys(require('module')._extensions);
  const isPath = /^\.{0,2}\//.test(text) || text.startsWith('.');
  const subdir = text.slice(0, text.lastIndexOf('/') + 1);
  const found = [];
  const list = (dir) => {
    try {
      return fs.readdirSync(dir, { withFileTypes: true });
    } catch {
      return []; // most of these folders do not exist
    }
  };
  if (/^\.\.?$/.test(text)) found.push(`${text}/`, ...(text === '.' ? ['../'] : []));
  for (const start of isPath ? [process.cwd()] : repl.context.module?.paths ?? []) {
    const dir = path.resolve(start, subdir);
    for (const entry of list(dir)) {
      const { name } = entry;
      if (/-\d+\.\d+/.test(name) || name === '.npm' || !isPath && name[0] === '.') continue;
      if (entry.isDirectory()) {
        found.push(`${subdir}${name}/`);
        const isEntry = (f) => f.name === 'package.json' || f.name.startsWith('index.') && extensions.includes(f.name.slice(5));
        if (list(path.join(dir, name)).some(isEntry)) found.push(subdir + name);
        continue;
      }
      const extension = path.extname(name);
      const base = name.slice(0, name.length - extension.length);
      if (extensions.includes(extension) && (subdir || base !== 'index')) found.push(subdir + base);
    }
  }
  if (isPath || subdir) return [found];
  return [require('module').builtinModules.filter((n) => n[0] !== '_').map((n) => n.startsWith('node:') ? n : `node:${n}`), repl.libraries, found];
}

function grouped(groups, filter) {
  const all = [];
  const seen = new Set();
  for (const group of groups) {
    const list = group.filter((n) => n.toLowerCase().startsWith(filter.toLowerCase()) && !seen.has(n)).sort();
    list.forEach((n) => seen.add(n));
    if (list.length === 0) continue;
    if (all.length > 0) all.push('');
    all.push(...list);
  }
  return all;
}

// isOpen tells whether a text leaves a bracket open: what follows is not completed.
function isOpen(text) {
  let depth = 0;
  for (const c of text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`/g, '')) {
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') depth--;
  }
  return depth > 0;
}

exports.complete = (repl, line) => {
  line = line.trimStart();
  const command = /^\.(\w*)$/.exec(line);
  if (command) return [Object.keys(repl.commands).filter((n) => n.startsWith(command[1])).sort(), command[1]];
  const request = /(?:^|[^\w$.])(?:require|import)\s*\(\s*(['"`])([\w@./:-]*)$/.exec(line);
  if (request) return [grouped(modulePaths(repl, request[2]), request[2]), request[2]];
  if (line.length > 0 && !/[\w$.]$/.test(line)) return [[], undefined];
  let start = chainAt(line);
  // A text that is written out has members, too.
  const text = /(?:'[^'\\]*'|"[^"\\]*"|`[^`\\$]*`)$/.exec(line.slice(0, Math.max(start, 0)));
  if (text && line[start] === '.') start = text.index;
  if (start < 0 || isOpen(line.slice(0, start))) return [[], undefined];
  const expression = line.slice(start);
  const dot = /\.[\w$\u0080-\uffff]*$/.test(expression) ? expression.lastIndexOf('.') : -1;
  if (dot < 0) {
    const own = Object.getOwnPropertyNames(repl.context);
    if (!repl.useGlobal) own.push(...Object.getOwnPropertyNames(globalThis));
    const globals = [...new Set(own)].filter((n) => identifier.test(n));
    return [grouped([...expression ? [keywords] : [], globals, ...propertiesOf(Object.getPrototypeOf(repl.context))], expression), expression];
  }
  if (/^[\d.]+$/.test(expression)) return [[], expression];
  const before = expression.slice(0, dot);
  const object = before.replace(/\?$/, '');
  const value = /^(['"`])[^'"`]*\1$/.test(object) ? '' : evaluate(repl, object);
  if (value === null || value === undefined || isProxy(value)) return [[], expression];
  const groups = propertiesOf(Object(value)).reverse().map((g) => g.map((n) => `${before}.${n}`));
  return [grouped(groups, expression), expression];
};
