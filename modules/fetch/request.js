// The class Request.
'use strict';
const { extract, publish, parseURL } = require('internal/fetch/body');
const { need, illegal, dictionary, text, byteString, shortly, usvString } = require('internal/fetch/webidl');
const { Headers, copy } = require('internal/fetch/headers');

const kState = Symbol('state');
const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];
const enums = {
  referrerPolicy: ['', 'no-referrer', 'no-referrer-when-downgrade', 'same-origin', 'origin', 'strict-origin', 'origin-when-cross-origin',
                   'strict-origin-when-cross-origin', 'unsafe-url'],
  mode: ['navigate', 'same-origin', 'no-cors', 'cors'],
  credentials: ['omit', 'same-origin', 'include'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  redirect: ['follow', 'manual', 'error'],
  duplex: ['half'],
  priority: ['high', 'low', 'auto'],
};
let warned = false;
let peek; // the state of a Request, undefined of anything else

function checkMethod(method) {
  if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(method)) throw new TypeError(`'${method}' is not a valid HTTP method.`);
  const upper = method.toUpperCase();
  if (upper === 'CONNECT' || upper === 'TRACE' || upper === 'TRACK') throw new TypeError(`'${method}' HTTP method is unsupported.`);
  if (method === 'patch' && !warned) {
    warned = true;
    process.emitWarning('Using `patch` is highly likely to result in a `405 Method Not Allowed`. `PATCH` is much more likely to succeed.',
                        { code: 'UNDICI-FETCH-patch' });
  }
  return methods.includes(upper) ? upper : method;
}

function checkReferrer(referrer) {
  referrer = `${referrer}`;
  if (referrer === '') return 'no-referrer';
  let url;
  try {
    url = new URL(referrer);
  } catch (cause) {
    throw new TypeError(`Referrer "${referrer}" is not a valid URL.`, { cause });
  }
  return url.href === 'about:client' ? 'client' : url;
}

const isSignal = (v) => v !== null && typeof v === 'object' && typeof v.aborted === 'boolean' && typeof v.addEventListener === 'function';

// What the members of a RequestInit are converted to, in the order in which they are read.
const members = [
  'body', 'cache', 'credentials', 'dispatcher', 'duplex', 'headers', 'integrity', 'keepalive', 'method', 'mode', 'priority', 'redirect', 'referrer',
  'referrerPolicy', 'signal', 'window',
];
function convert(name, value) {
  if (Object.hasOwn(enums, name)) {
    value = text(value, `undefined: undefined.${name}`);
    if (!enums[name].includes(value))
      throw new TypeError(`undefined: ${value} is not an accepted type. Expected one of ${enums[name].join(', ')}.`);
    return value;
  }
  switch (name) {
    case 'headers': return new Headers(value);
    case 'integrity': return text(value, 'undefined: undefined.integrity');
    case 'keepalive': return Boolean(value);
    case 'method': return byteString(value, 'undefined: undefined.method');
    case 'referrer': return usvString(value);
    case 'signal':
      if (value === null || isSignal(value)) return value;
      throw new TypeError(`RequestInit: Expected signal ("${shortly(value)}") to be an instance of AbortSignal.`);
    default: return value;
  }
}

// What the constructor makes of its arguments.
function stateFrom(input, given) {
  const from = peek(input);
  if (!from) input = usvString(input);
  given = dictionary(given, 'undefined');
  const init = {};
  for (const name of members) {
    const value = given[name];
    if (value !== undefined) init[name] = convert(name, value);
  }
  const { signal, headers } = init;

  let state;
  if (from) {
    state = { ...from, body: null };
  } else {
    const url = parseURL(input);
    if (url.username || url.password)
      throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${input}`);
    state = {
      method: 'GET', url, headers: undefined, body: null, referrer: 'client', referrerPolicy: '', mode: 'cors', credentials: 'same-origin',
      cache: 'default', redirect: 'follow', integrity: '', keepalive: false, signal: null,
    };
  }
  if (init.window !== undefined && init.window !== null) throw new TypeError("'window' option 'client' must be null");
  if (from && Object.keys(init).length > 0) {
    state.referrer = 'client';
    state.referrerPolicy = '';
  }
  if (init.referrer !== undefined) state.referrer = checkReferrer(init.referrer);
  if (init.mode === 'navigate') throw new TypeError('Request constructor: invalid request mode navigate.');
  for (const name of ['referrerPolicy', 'mode', 'credentials', 'cache', 'redirect', 'integrity', 'keepalive', 'dispatcher'])
    if (init[name] !== undefined) state[name] = init[name];
  if (state.cache === 'only-if-cached' && state.mode !== 'same-origin')
    throw new TypeError("'only-if-cached' can be set only with 'same-origin' mode");
  if (init.method !== undefined) state.method = checkMethod(init.method);
  if (signal !== undefined) state.signal = signal;
  if (state.mode === 'no-cors' && !['GET', 'HEAD', 'POST'].includes(state.method))
    throw new TypeError(`'${state.method} is unsupported in no-cors mode.`);
  state.headers = headers ?? (from ? copy(from.headers) : new Headers());

  const content = init.body ?? null;
  const inherited = from ? from.body : null;
  if ((content !== null || inherited !== null) && (state.method === 'GET' || state.method === 'HEAD'))
    throw new TypeError('Request with GET/HEAD method cannot have body.');
  if (content !== null) {
    const [body, type] = extract(content, 'undefined: undefined.body', state.keepalive);
    state.body = body;
    if (type !== null && !state.headers.has('content-type')) state.headers.append('content-type', type);
    if (body.bytes === null) {
      if (init.duplex === undefined) throw new TypeError('RequestInit: duplex option is required when sending a body.');
      if (state.mode !== 'same-origin' && state.mode !== 'cors')
        throw new TypeError('If request is made from ReadableStream, mode should be "same-origin" or "cors"');
    }
  } else if (inherited !== null) {
    if (inherited.unusable) throw new TypeError('Cannot construct a Request with a Request object that has already been used.');
    state.body = inherited.pass();
  }
  return state;
}

class Request {
  #state;
  #signal;

  constructor(input, init = undefined) {
    if (input === kState) {
      this.#state = init;
      return;
    }
    need(arguments.length, 1, 'Request constructor');
    this.#state = stateFrom(input, init);
  }
  static { peek = (o) => (o !== null && typeof o === 'object' && #state in o ? o.#state : undefined); }

  get method() { return stateOf(this).method; }
  get url() { return stateOf(this).url.href; }
  get headers() { return stateOf(this).headers; }
  get destination() {
    stateOf(this);
    return '';
  }
  get referrer() {
    const { referrer } = stateOf(this);
    return referrer === 'no-referrer' ? '' : referrer === 'client' ? 'about:client' : referrer.href;
  }
  get referrerPolicy() { return stateOf(this).referrerPolicy; }
  get mode() { return stateOf(this).mode; }
  get credentials() { return stateOf(this).credentials; }
  get cache() { return stateOf(this).cache; }
  get redirect() { return stateOf(this).redirect; }
  get integrity() { return stateOf(this).integrity; }
  get keepalive() { return stateOf(this).keepalive; }
  get isReloadNavigation() {
    stateOf(this);
    return false;
  }
  get isHistoryNavigation() {
    stateOf(this);
    return false;
  }
  // A signal of its own, that follows the one given.
  get signal() {
    const { signal } = stateOf(this);
    return this.#signal ??= signal ? AbortSignal.any([signal]) : new AbortController().signal;
  }
  get body() { return stateOf(this).body?.stream ?? null; }
  get bodyUsed() { return stateOf(this).body?.used ?? false; }
  get duplex() {
    stateOf(this);
    return 'half';
  }
  clone() {
    const state = stateOf(this);
    if (state.body?.unusable) throw new TypeError('unusable');
    return new Request(kState, { ...state, headers: copy(state.headers), body: state.body && state.body.clone() });
  }
}
const stateOf = (o) => peek(o) ?? illegal(o, Request);
publish(Request, stateOf, ['method', 'url', 'headers', 'destination', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache', 'redirect',
                 'integrity', 'keepalive', 'isReloadNavigation', 'isHistoryNavigation', 'signal']);
Object.defineProperty(Request, 'length', { __proto__: null, configurable: true, value: 1 });

module.exports = { Request, stateFrom };
