// What the Tab key offers in an interactive session.
'use strict';
const keywords = ['async', 'await', 'break', 'case', 'catch', 'const', 'continue', 'debugger', 'default', 'delete', 'do', 'else',
  'export', 'false', 'finally', 'for', 'function', 'if', 'import', 'in', 'instanceof', 'let', 'new', 'null', 'return', 'switch',
  'this', 'throw', 'true', 'try', 'typeof', 'var', 'void', 'while', 'with', 'yield'];

const identifier = /^[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*$/;

function propertiesOf(object) {
  const groups = [];
  const seen = new Set();
  for (let o = object, depth = 0; o !== null && o !== undefined && depth < 20; o = Object.getPrototypeOf(o), depth++) {
    const names = Object.getOwnPropertyNames(o).filter((n) => identifier.test(n) && !seen.has(n));
    names.forEach((n) => seen.add(n));
    if (names.length > 0) groups.push(names);
  }
  return groups;
}

// evaluate gives the value of a chain of names without calling anything but getters.
function evaluate(repl, expression) {
  const parts = expression.split('.');
  let value = repl.context[parts[0].replace(/\?$/, '')];
  if (value === undefined && /^[\w$]+\??$/.test(parts[0])) {
    try {
      const script = new (require('vm').Script)(parts[0].replace(/\?$/, ''), { filename: 'complete' });
      value = repl.useGlobal ? script.runInThisContext() : script.runInContext(repl.context);
    } catch {
      return undefined;
    }
  }
  for (const part of parts.slice(1)) {
    if (value === null || value === undefined) return undefined;
    value = value[part.replace(/\?$/, '')];
  }
  return value;
}

function modulePaths(repl, text) {
  const fs = require('fs');
  const path = require('path');
  const found = [];
  if (/^\.{0,2}\//.test(text) || text.startsWith('.')) {
    const dir = text.endsWith('/') ? text : `${path.dirname(text)}/`;
    const prefix = text.startsWith('./') && !dir.startsWith('.') ? `./${dir}` : dir;
    try {
      for (const entry of fs.readdirSync(path.resolve(dir), { withFileTypes: true })) {
        if (entry.isDirectory()) found.push(`${prefix}${entry.name}/`);
        else if (/\.(js|json|cjs|mjs)$/.test(entry.name)) found.push(prefix + entry.name.replace(/\.js$/, ''));
      }
    } catch {
      // No such folder: nothing to offer.
    }
    return found;
  }
  for (const dir of repl.context.module?.paths ?? []) {
    try {
      for (const name of fs.readdirSync(dir)) if (name[0] !== '.') found.push(name);
    } catch {
      // Most of these folders do not exist.
    }
  }
  const { builtinModules } = require('repl');
  return found.concat(builtinModules, builtinModules.map((n) => `node:${n}`));
}

function grouped(groups, filter) {
  const all = [];
  const seen = new Set();
  for (const group of groups) {
    const list = group.filter((n) => n.startsWith(filter) && !seen.has(n)).sort();
    list.forEach((n) => seen.add(n));
    if (list.length === 0) continue;
    if (all.length > 0) all.push('');
    all.push(...list);
  }
  return all;
}

exports.complete = (repl, line) => {
  line = line.trimStart();
  const command = /^\s*\.(\w*)$/.exec(line);
  if (command) {
    const names = Object.keys(repl.commands).filter((n) => n.startsWith(command[1]));
    return [names.map((n) => `.${n}`).sort(), `.${command[1]}`.trim()];
  }
  const request = /(?:^|[^\w$.])(?:require|import)\s*\(\s*(['"`])([\w@./:-]*)$/.exec(line);
  if (request) return [grouped([modulePaths(repl, request[2])], request[2]), request[2]];
  if (line.length === 0 || /[\w$.)\]]$/.test(line)) {
    const match = /(?:[a-zA-Z_$][\w$]*\??\.)*[a-zA-Z_$]?[\w$]*$/.exec(line);
    const expression = match ? match[0] : '';
    const dot = expression.lastIndexOf('.');
    if (dot < 0) {
      if (/\.$/.test(line)) return [[], expression];
      const groups = propertiesOf(repl.context);
      if (!repl.useGlobal) groups.push(Object.getOwnPropertyNames(globalThis).filter((n) => identifier.test(n)));
      if (expression) groups.push(keywords);
      return [grouped(groups, expression), expression];
    }
    const object = expression.slice(0, dot);
    const value = evaluate(repl, object);
    if (value === null || value === undefined) return [[], expression];
    const groups = propertiesOf(Object(value)).map((g) => g.map((n) => `${object}.${n}`));
    return [grouped(groups, expression), expression];
  }
  return [[], undefined];
};
