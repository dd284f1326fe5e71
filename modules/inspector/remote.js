// Objects of scripts as debuggers see them: RemoteObject, ObjectPreview and PropertyDescriptor of the Chrome DevTools Protocol.
'use strict';
const { describe, internals, entries, target, className } = binding;

class ProtocolError extends Error {
  constructor(message, code = -32000) {
    super(message);
    this.code = code;
  }
}

const middle = (s, n) => s.length > n ? `${s.slice(0, Math.ceil(n / 2))}…${s.slice(s.length - Math.floor(n / 2) + 1)}` : s;

// What a value that is no object is; undefined for objects and symbols.
function primitive(value) {
  switch (typeof value) {
    case 'undefined': return { type: 'undefined' };
    case 'string': return { type: 'string', value };
    case 'boolean': return { type: 'boolean', value };
    case 'bigint': return { type: 'bigint', unserializableValue: `${value}n`, description: `${value}n` };
    case 'number': {
      const text = Object.is(value, -0) ? '-0' : String(value);
      return Number.isFinite(value) && text !== '-0' ? { type: 'number', value, description: text } :
        { type: 'number', unserializableValue: text, description: text };
    }
    case 'object': return value === null ? { type: 'object', subtype: 'null', value: null } : undefined;
  }
}

const symbolText = (s) => Symbol.prototype.toString.call(s);

function propertyPreview(name, value, accessor) {
  if (accessor) return { name, type: 'accessor' };
  const flat = primitive(value);
  if (flat !== undefined) {
    const p = { name, type: flat.type, value: flat.type === 'string' ? middle(value, 100) : flat.description ?? String(flat.value ?? flat.type) };
    if (flat.subtype) p.subtype = flat.subtype;
    return p;
  }
  if (typeof value === 'symbol') return { name, type: 'symbol', value: middle(symbolText(value), 100) };
  const o = describe(value);
  if (o.type === 'function') return { name, type: 'function', value: '' };
  const p = { name, type: o.type, value: o.subtype === 'regexp' || o.subtype === 'error' ? middle(o.description, 100) : o.description };
  if (o.subtype) p.subtype = o.subtype;
  return p;
}

// The form in which a preview shows a key or a value of a Map.
function entryPreview(value) {
  const flat = primitive(value);
  if (flat !== undefined || typeof value === 'symbol') {
    const p = { type: flat?.type ?? 'symbol', description: flat === undefined ? symbolText(value) : flat.type === 'string' ? middle(value, 100) : flat.description ?? String(flat.value ?? flat.type), overflow: false, properties: [] };
    if (flat?.subtype) p.subtype = flat.subtype;
    return p;
  }
  return preview(value, false);
}

// The accessors of the language that a preview reads.
const shown = {
  typedarray: ['buffer', 'byteLength', 'byteOffset', 'length'], arraybuffer: ['byteLength', 'maxByteLength', 'resizable', 'detached'],
  dataview: ['buffer', 'byteLength', 'byteOffset'], regexp: ['dotAll', 'flags', 'global', 'hasIndices', 'ignoreCase', 'multiline', 'source', 'sticky', 'unicode', 'unicodeSets'],
};

const indexed = (key) => typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key);
const isList = (o) => o.subtype === 'array' || o.subtype === 'typedarray';

// The stack of an error is an accessor of the engine's here.
function described(o, key, subtype) {
  const d = Reflect.getOwnPropertyDescriptor(o, key);
  if (key !== 'stack' || subtype !== 'error' || d?.get === undefined) return d;
  return { value: o.stack, writable: true, enumerable: d.enumerable, configurable: d.configurable };
}

function preview(value, deep = true) {
  const o = describe(value);
  const p = { type: o.type };
  if (o.subtype) p.subtype = o.subtype;
  p.description = o.description;
  p.overflow = false;
  p.properties = [];
  let names = 5;
  let indices = 100;
  const add = (property, index) => {
    if (index ? indices-- <= 0 : names-- <= 0) p.overflow = true;
    else p.properties.push(property);
  };
  const inner = target(value) ?? value;
  for (const [name, v] of internals(value)) {
    if (/^\[\[(Primitive|PromiseState|PromiseResult|GeneratorState)/.test(name)) add(propertyPreview(name, v));
  }
  const list = o.subtype === 'map' || o.subtype === 'set' ? entries(value) : undefined;
  if (list !== undefined) add(propertyPreview('size', list.length));
  const own = typeof value === 'function' ? [] : Reflect.ownKeys(inner);
  for (const key of own) {
    if (p.overflow && (isList(o) ? indices < 0 : true)) break;
    if (isList(o) && key === 'length' || o.className === 'String' && (key === 'length' || indexed(key))) continue;
    const d = described(inner, key, o.subtype);
    if (d !== undefined) add(propertyPreview(typeof key === 'symbol' ? symbolText(key) : key, d.value, d.get !== undefined || d.set !== undefined), isList(o) && indexed(key));
  }
  for (const key of shown[o.subtype] ?? []) add(propertyPreview(key, Reflect.get(Object.getPrototypeOf(value) ?? {}, key, value)));
  if (o.subtype === 'typedarray') add(propertyPreview('Symbol(Symbol.toStringTag)', value[Symbol.toStringTag]));
  if (deep && list !== undefined && list.length > 0) {
    if (list.length > 5) p.overflow = true;
    p.entries = list.slice(0, 5).map((e) => e.length > 1 ? { key: entryPreview(e[0]), value: entryPreview(e[1]) } : { value: entryPreview(e[0]) });
  }
  return p;
}

// A value as JSON, as far as it can be.
function byValue(value, depth = 0) {
  if (depth > 1000) throw new ProtocolError('Object reference chain is too long');
  switch (typeof value) {
    case 'bigint': case 'symbol': throw new ProtocolError('Object couldn\'t be returned by value');
    case 'function': return {};
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return Array.from(value, (v) => byValue(v, depth + 1) ?? null);
      return Object.fromEntries(Object.keys(value).map((key) => [key, byValue(value[key], depth + 1)]).filter(([, v]) => v !== undefined));
    default: return value;
  }
}

// The objects that one session knows.
class Objects {
  #id;
  #next = 1;
  #known = new Map();

  constructor(id) { this.#id = id; }

  add(value, group) {
    const id = `${this.#id}.1.${this.#next++}`;
    this.#known.set(id, { value, group });
    return id;
  }

  get(id) {
    const known = this.#known.get(id);
    if (known === undefined) throw new ProtocolError(/^-?\d+\.\d+\.\d+$/.test(id) ? 'Could not find object with given id' : 'Invalid remote object id');
    return known;
  }

  release(id) { this.#known.delete(id); }

  releaseGroup(group) {
    for (const [id, known] of this.#known) if (known.group === group) this.#known.delete(id);
  }

  // A RemoteObject. options: returnByValue, generatePreview, group.
  wrap(value, options = {}) {
    const flat = primitive(value);
    if (flat !== undefined) return flat;
    if (typeof value === 'symbol') {
      if (options.returnByValue) throw new ProtocolError('Object couldn\'t be returned by value');
      return { type: 'symbol', description: symbolText(value), objectId: this.add(value, options.group) };
    }
    const o = describe(value);
    if (options.returnByValue) {
      const r = { type: o.type };
      if (o.subtype === 'array') r.value = byValue(value);
      else r.value = byValue(value);
      return r;
    }
    o.objectId = this.add(value, options.group);
    if (options.generatePreview && o.type === 'object') o.preview = preview(value);
    return o;
  }

  // The value that a CallArgument stands for.
  argument(a) {
    if (a.objectId !== undefined) return this.get(a.objectId).value;
    if (a.unserializableValue !== undefined) {
      const text = a.unserializableValue;
      if (/^-?\d+n$/.test(text)) return BigInt(text.slice(0, -1));
      if (text === '-0' || text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text);
      throw new ProtocolError('Invalid value for unserializableValue');
    }
    return a.value;
  }

  // Runtime.getProperties.
  properties(id, { ownProperties, accessorPropertiesOnly, generatePreview, nonIndexedPropertiesOnly }) {
    const { value, group } = this.get(id);
    const wrap = (v) => this.wrap(v, { group, generatePreview });
    const result = [];
    if (value === null || typeof value !== 'object' && typeof value !== 'function') return { result };
    const seen = new Set();
    for (let o = value; o !== null; o = Reflect.getPrototypeOf(o)) {
      for (const key of Reflect.ownKeys(o)) {
        if (seen.has(key) || nonIndexedPropertiesOnly && indexed(key)) continue;
        seen.add(key);
        const d = described(o, key, typeof o === 'object' && key === 'stack' ? describe(o).subtype : '');
        if (d === undefined) continue;
        const accessor = d.get !== undefined || d.set !== undefined;
        if (accessorPropertiesOnly && !accessor) continue;
        const p = { name: typeof key === 'symbol' ? symbolText(key) : key };
        if (accessor) {
          p.get = wrap(d.get);
          p.set = wrap(d.set);
        } else {
          p.value = wrap(d.value);
          p.writable = d.writable;
        }
        p.configurable = d.configurable;
        p.enumerable = d.enumerable;
        p.isOwn = o === value;
        if (typeof key === 'symbol') p.symbol = wrap(key);
        result.push(p);
      }
      if (ownProperties) break;
    }
    if (accessorPropertiesOnly) return { result };
    const internal = internals(value).map(([name, v]) => ({ name, value: wrap(v) }));
    const list = entries(value);
    if (list !== undefined) {
      internal.push({ name: '[[Entries]]', value: wrap(list.map((e) => e.length > 1 ? { __proto__: null, key: e[0], value: e[1] } : { __proto__: null, value: e[0] })) });
    }
    const proto = Reflect.getPrototypeOf(value);
    if (!target(value)) internal.unshift({ name: '[[Prototype]]', value: wrap(proto) });
    return { result, internalProperties: internal };
  }
}

module.exports = { ProtocolError, Objects, preview, className };
