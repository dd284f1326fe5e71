// util.MIMEType and MIMEParams, by the WHATWG MIME Sniffing standard.
'use strict';
const { codes: { ERR_INVALID_MIME_SYNTAX } } = require('internal/errors');

const notToken = /[^!#$%&'*+\-.^_`|~A-Za-z0-9]/;
const notQuoted = /[^\t\u0020-~\u0080-\u00FF]/;
const lower = (s) => s.replace(/[A-Z]/g, (c) => c.toLowerCase());
const trimEnd = (s) => s.replace(/[\r\n\t ]+$/, '');

function check(value, what, input, pattern = notToken, mayBeEmpty) {
  const at = value.search(pattern);
  if ((value === '' && !mayBeEmpty) || at !== -1) throw new ERR_INVALID_MIME_SYNTAX(what, input, at);
}

function parseType(str) {
  const start = str.search(/[^\r\n\t ]|$/);
  const slash = str.indexOf('/', start);
  const type = slash === -1 ? str.slice(start) : str.slice(start, slash);
  if (slash === -1) throw new ERR_INVALID_MIME_SYNTAX('type', str, type.search(notToken));
  check(type, 'type', str);
  const semicolon = str.indexOf(';', slash + 1);
  const end = semicolon === -1 ? str.length : semicolon;
  const subtype = trimEnd(str.slice(slash + 1, end));
  check(subtype, 'subtype', str);
  return [lower(type), lower(subtype), str.slice(semicolon === -1 ? end : end + 1)];
}

// The value in quotes at the start of str, and how much of str it takes.
function quoted(str) {
  let value = '';
  let i = 0;
  for (; i < str.length && str[i] !== '"'; i++) {
    if (str[i] === '\\' && i + 1 < str.length) i++;
    value += str[i];
  }
  return [value, Math.min(i + 1, str.length)];
}

function parseParams(source) {
  const params = new Map();
  const str = trimEnd(source);
  let at = 0;
  while (at < str.length) {
    while (/[\r\n\t ]/.test(str[at])) at++;
    let end = at;
    while (end < str.length && str[end] !== ';' && str[end] !== '=') end++;
    const name = lower(str.slice(at, end));
    at = end + 1;
    if (end < str.length && str[end] === ';') continue;
    if (at >= str.length) break;
    let value;
    if (str[at] === '"') {
      const [text, taken] = quoted(str.slice(at + 1));
      value = text;
      at += 1 + taken;
      const next = str.indexOf(';', at);
      at = next === -1 ? str.length : next + 1;
    } else {
      const next = str.indexOf(';', at);
      value = trimEnd(next === -1 ? str.slice(at) : str.slice(at, next));
      at = next === -1 ? str.length : next + 1;
      if (value === '') continue;
    }
    if (name !== '' && !notToken.test(name) && !notQuoted.test(value) && !params.has(name)) params.set(name, value);
  }
  return params;
}

let parsing; // text for the params of a MIMEType under construction

class MIMEParams {
  #data;
  #source;

  constructor() {
    this.#source = parsing;
    if (parsing === undefined) this.#data = new Map();
  }

  // Parsed when first asked.
  get #params() {
    return this.#data ??= parseParams(this.#source);
  }

  delete(name) { this.#params.delete(name); }

  get(name) {
    const params = this.#params;
    return params.has(name) ? params.get(name) : null;
  }

  has(name) { return this.#params.has(name); }

  set(name, value) {
    name = `${name}`;
    value = `${value}`;
    check(name, 'parameter name', name);
    check(value, 'parameter value', value, notQuoted, true);
    this.#params.set(name, value);
  }

  *entries() { yield* this.#params.entries(); }

  *keys() { yield* this.#params.keys(); }

  *values() { yield* this.#params.values(); }

  toString() {
    let text = '';
    for (const [name, value] of this.#params) {
      if (text) text += ';';
      text += `${name}=${value === '' || notToken.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value}`;
    }
    return text;
  }
}
const method = (proto, key, value) => Object.defineProperty(proto, key, { __proto__: null, configurable: true, value, writable: true });
method(MIMEParams.prototype, Symbol.iterator, MIMEParams.prototype.entries);
method(MIMEParams.prototype, 'toJSON', MIMEParams.prototype.toString);
const paramsText = MIMEParams.prototype.toString;

class MIMEType {
  #type;
  #subtype;
  #params;

  constructor(string) {
    const [type, subtype, rest] = parseType(`${string}`);
    this.#type = type;
    this.#subtype = subtype;
    parsing = rest;
    this.#params = new MIMEParams();
    parsing = undefined;
  }

  static parse(string) {
    try {
      return new MIMEType(string);
    } catch {
      return null;
    }
  }

  get type() { return this.#type; }

  set type(v) {
    v = `${v}`;
    check(v, 'type', v);
    this.#type = lower(v);
  }

  get subtype() { return this.#subtype; }

  set subtype(v) {
    v = `${v}`;
    check(v, 'subtype', v);
    this.#subtype = lower(v);
  }

  get essence() { return `${this.#type}/${this.#subtype}`; }

  get params() { return this.#params; }

  toString() {
    const params = Reflect.apply(paramsText, this.#params, []);
    return params ? `${this.essence};${params}` : this.essence;
  }
}
method(MIMEType.prototype, 'toJSON', MIMEType.prototype.toString);

module.exports = { MIMEParams, MIMEType };
