// node:tls: the module's face. Contexts, sockets and servers are loaded when first used.
'use strict';
const { codes } = require('internal/errors');
const { validateArray, validateString } = require('internal/validators');

function convertALPNProtocols(protocols, out) {
  if (Array.isArray(protocols)) {
    const parts = protocols.map((name, i) => {
      const length = Buffer.byteLength(name);
      if (length === 0) throw new codes.ERR_INVALID_ARG_VALUE(`protocols[${i}]`, name, 'must be a non-empty string');
      if (length > 255)
        throw new codes.ERR_OUT_OF_RANGE(`The byte length of the protocol at index ${i} exceeds the maximum length.`, '<= 255', length, true);
      return Buffer.concat([Buffer.from([length]), Buffer.from(name)]);
    });
    out.ALPNProtocols = Buffer.concat(parts);
  } else if (protocols instanceof Uint8Array) {
    out.ALPNProtocols = checkALPN(Buffer.from(protocols));
  } else if (ArrayBuffer.isView(protocols)) {
    const { buffer, byteOffset, byteLength } = protocols;
    out.ALPNProtocols = checkALPN(Buffer.from(buffer.slice(byteOffset, byteOffset + byteLength)));
  }
}

// checkALPN checks a list of names after their lengths.
function checkALPN(list) {
  for (let i = 0; i < list.length; i += 1 + list[i]) {
    if (list[i] === 0) throw new codes.ERR_INVALID_ARG_VALUE('ALPNProtocols', list, 'must not contain zero-length protocol');
    if (i + list[i] >= list.length) throw new codes.ERR_INVALID_ARG_VALUE('ALPNProtocols', list, 'contains truncated protocol');
  }
  return list;
}

// crypto/tls has none.
function getCertificateCompressionAlgorithms() { return []; }

Object.assign(exports, {
  CLIENT_RENEG_LIMIT: 3,
  CLIENT_RENEG_WINDOW: 600,
  DEFAULT_CIPHERS: binding.ciphers,
  DEFAULT_ECDH_CURVE: 'auto',
  DEFAULT_MIN_VERSION: binding.minVersion,
  DEFAULT_MAX_VERSION: binding.maxVersion,
  getCiphers: binding.getCiphers,
  getCertificateCompressionAlgorithms,
  rootCertificates: undefined, // below
  getCACertificates,
  setDefaultCACertificates,
  convertALPNProtocols,
});

// The authorities, by where they come from; each list is made once.
const authorities = { bundled: undefined, system: undefined, extra: undefined, default: undefined };
let chosen = false;

function listOf(type) { return authorities[type] ??= Object.freeze(type === 'default' ? defaultList() : binding[`${type}Certificates`]()); }

function defaultList() {
  if (chosen) return binding.chosenCertificates();
  binding.loadCertificates();
  const list = [];
  for (const type of ['bundled', 'system', 'extra']) if (binding.certificateSources[type]) list.push(...listOf(type));
  return list;
}

function getCACertificates(type = 'default') {
  validateString(type, 'type');
  if (!Object.hasOwn(authorities, type)) throw new codes.ERR_INVALID_ARG_VALUE('type', type);
  return listOf(type);
}

function setDefaultCACertificates(certs) {
  validateArray(certs, 'certs');
  for (let i = 0; i < certs.length; i++) {
    if (typeof certs[i] !== 'string' && !ArrayBuffer.isView(certs[i]))
      throw new codes.ERR_INVALID_ARG_TYPE(`certs[${i}]`, ['string', 'ArrayBufferView'], certs[i]);
  }
  binding.chooseCertificates(certs);
  authorities.default = undefined;
  chosen = true;
}

Object.defineProperty(exports, 'rootCertificates', {
  __proto__: null, configurable: false, enumerable: true, get: () => listOf('bundled'),
});
binding.define(exports, 'internal/tls/identity', 'checkServerIdentity');
binding.define(exports, '_tls_common', 'createSecureContext', 'SecureContext');
binding.define(exports, '_tls_wrap', 'TLSSocket', 'Server', 'createServer', 'connect');
