// The class Response.
'use strict';
const { extract, publish, parseURL, stringifyJSON } = require('internal/fetch/body');
const { need, illegal, dictionary, byteString, uint16, usvString } = require('internal/fetch/webidl');
const { Headers, clone, freeze } = require('internal/fetch/headers');

const kState = Symbol('state');
const nullStatuses = [101, 204, 205, 304];
const redirects = [301, 302, 303, 307, 308];
let peek; // the state of a Response, undefined of anything else

function stateFrom(value, init, type = undefined) {
  init = dictionary(init, 'undefined');
  let body = null;
  if (value !== null && value !== undefined && type === undefined) [body, type = null] = extract(value, 'Response: body');
  else if (value) body = value;
  const status = init.status === undefined ? 200 : uint16(init.status);
  const statusText = init.statusText === undefined ? '' : byteString(init.statusText);
  const headers = init.headers === undefined ? new Headers() : new Headers(init.headers);
  if (status < 200 || status > 599) throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(statusText)) throw new TypeError('Invalid statusText');
  if (body !== null) {
    if (nullStatuses.includes(status)) throw new TypeError(`Response constructor: Invalid response status code ${status}`);
    if (type !== null && !headers.has('content-type')) headers.append('content-type', type);
  }
  return { type: 'default', url: '', redirected: false, status, statusText, headers, body };
}

class Response {
  #state;

  constructor(body = null, init = {}) {
    this.#state = body === kState ? init : stateFrom(body, init);
  }
  static { peek = (o) => (o !== null && typeof o === 'object' && #state in o ? o.#state : undefined); }

  static error() {
    return make({ type: 'error', url: '', redirected: false, status: 0, statusText: '', headers: freeze(new Headers()), body: null });
  }
  static json(data, init = {}) {
    need(arguments.length, 1, 'Response.json');
    const text = stringifyJSON(data);
    if (text === undefined) throw new TypeError('Value is not JSON serializable');
    return make(stateFrom(extract(text)[0], init, 'application/json'));
  }
  static redirect(url, status = 302) {
    need(arguments.length, 1, 'Response.redirect');
    status = uint16(status);
    url = parseURL(usvString(url));
    if (!redirects.includes(status)) throw new RangeError(`Invalid status code ${status}`);
    const state = stateFrom(null, { status });
    state.headers.append('location', url.href);
    freeze(state.headers);
    return make(state);
  }

  get type() { return stateOf(this).type; }
  get url() { return stateOf(this).url; }
  get redirected() { return stateOf(this).redirected; }
  get status() { return stateOf(this).status; }
  get ok() {
    const { status } = stateOf(this);
    return status >= 200 && status <= 299;
  }
  get statusText() { return stateOf(this).statusText; }
  get headers() { return stateOf(this).headers; }
  get body() { return stateOf(this).body?.stream ?? null; }
  get bodyUsed() { return stateOf(this).body?.used ?? false; }
  clone() {
    const state = stateOf(this);
    if (state.body?.unusable) throw new TypeError('Response.clone: Body has already been consumed.');
    return make({ ...state, headers: clone(state.headers), body: state.body && state.body.clone() });
  }
}
const stateOf = (o) => peek(o) ?? illegal(o, Response);
const make = (state) => new Response(kState, state);
const shown = ['status', 'statusText', 'headers', 'body', 'bodyUsed', 'ok', 'redirected', 'type', 'url'];
publish(Response, stateOf, shown, ['error', 'json', 'redirect']);

module.exports = { Response, make, nullStatuses, redirects };
