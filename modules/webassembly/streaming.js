// WebAssembly.compileStreaming and instantiateStreaming: modules that come as the body of a Response.
'use strict';
const { compile, instantiate } = require('internal/webassembly');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_WEBASSEMBLY_RESPONSE } } = require('internal/errors');
const { Response } = require('internal/fetch/response');

// body gives the bytes of what may be a promise of a Response.
async function body(source) {
  const response = await source;
  if (!(response instanceof Response)) throw new ERR_INVALID_ARG_TYPE('source', ['Response', 'Promise resolving to Response'], response);
  const type = response.headers.get('Content-Type');
  if (type !== 'application/wasm') throw new ERR_WEBASSEMBLY_RESPONSE(`has unsupported MIME type '${type}'`);
  if (!response.ok) throw new ERR_WEBASSEMBLY_RESPONSE(`has status code ${response.status}`);
  if (response.bodyUsed) throw new ERR_WEBASSEMBLY_RESPONSE('body has already been used');
  return response.arrayBuffer();
}

exports.compileStreaming = async (source, options) => compile(await body(source), 'compileStreaming', options);

exports.instantiateStreaming = async (source, imports, options) => instantiate(await body(source), imports, options);
