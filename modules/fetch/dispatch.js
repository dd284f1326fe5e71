// A request of fetch through a dispatcher of package undici's, as setGlobalDispatcher or the option dispatcher names it.
'use strict';
const { Readable } = require('stream');
const { lines } = require('internal/fetch/headers');

const latin1 = (value) => (typeof value === 'string' ? value : Buffer.from(value).toString('latin1'));

// The fields of a response, as a message of module http has them.
function fields(rawHeaders) {
  const raw = [];
  const headers = { __proto__: null };
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = latin1(rawHeaders[i]).toLowerCase();
    const value = rawHeaders[i + 1];
    for (const one of Array.isArray(value) && !Buffer.isBuffer(value) ? value : [value]) {
      raw.push(name, latin1(one));
      headers[name] = name in headers ? `${headers[name]}, ${latin1(one)}` : latin1(one);
    }
  }
  return { raw, headers };
}

async function* chunks(body) {
  if (body.bytes) {
    body.collect(); // it counts as used
    if (body.bytes.length > 0) yield body.bytes;
    return;
  }
  yield* body.stream;
}

function mockBody(body) {
  return body.bytes ? Buffer.from(body.bytes).toString() : body.stream;
}

// on has response(message) and error(err). What it returns can be destroyed.
function dispatch(agent, { url, method, headers, body }, on) {
  const all = { __proto__: null };
  const list = lines(headers, [], true);
  for (let i = 0; i < list.length; i += 2) all[list[i]] = list[i + 1];
  let abort, message, over = false;
  const fail = (err) => {
    if (over) return;
    over = true;
    message?.destroy(err);
    on.error(err);
  };
  const path = url.pathname + url.search;
  const emptyQuery = url.search === '' && url.href.slice(0, url.href.length - url.hash.length).endsWith('?');
  try {
    agent.dispatch({
      path: emptyQuery ? `${path}?` : path, origin: url.origin, method, headers: { ...all }, maxRedirections: 0, upgrade: undefined,
      body: body ? agent.isMockActive ? mockBody(body) : chunks(body) : null,
    }, {
      body: null, abort: null,
      onConnect(f) {
        abort = f;
        if (over) f(new DOMException('The operation was aborted.', 'AbortError'));
      },
      onResponseStarted() {},
      onHeaders(status, rawHeaders, resume, statusText) {
        if (status < 200) return false;
        const { raw, headers } = fields(rawHeaders);
        message = Object.assign(new Readable({ read: resume }), { statusCode: status, statusMessage: statusText, rawHeaders: raw, headers });
        message.on('error', () => {});
        on.response(message);
        return true;
      },
      onData(chunk) { return message.push(chunk); },
      onComplete() {
        over = true;
        message.push(null);
      },
      onError: fail,
    });
  } catch (err) {
    fail(err);
  }
  return {
    destroy() {
      if (over) return;
      over = true;
      message?.destroy();
      abort?.(new DOMException('The operation was aborted.', 'AbortError'));
    },
  };
}

module.exports = { dispatch };
