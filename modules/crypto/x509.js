'use strict';
// crypto.X509Certificate; the binding reads the certificate.
const { codes } = require('internal/errors');
const { validateBoolean, validateObject, validateString } = require('internal/validators');
const { createPublicKey } = require('internal/crypto/keys');
const kHandle = Symbol('kHandle');
const { PublicKeyObject, handleIn, typeOf } = binding.classes;
const { isKeyObject } = binding;

const { kClone } = require('internal/clone');

// checkOptions checks how names are to be compared.
function checkOptions(options) {
  if (options === undefined) return;
  validateObject(options, 'options');
  const { subject = 'default' } = options;
  validateString(subject, 'options.subject');
  for (const name of ['wildcards', 'partialWildcards', 'multiLabelWildcards', 'singleLabelSubdomains']) {
    if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
  }
  if (subject !== 'default' && subject !== 'always' && subject !== 'never') throw new codes.ERR_INVALID_ARG_VALUE('options.subject', subject);
}

class X509Certificate {
  constructor(buffer) {
    if (typeof buffer === 'string') buffer = Buffer.from(buffer);
    if (!ArrayBuffer.isView(buffer))
      throw new codes.ERR_INVALID_ARG_TYPE('buffer', ['string', 'Buffer', 'TypedArray', 'DataView'], buffer);
    Object.defineProperty(this, kHandle, { value: binding.certParse(buffer) });
  }
  get publicKey() { return new PublicKeyObject(binding.certField(this[kHandle], 'publicKey')); }
  get issuerCertificate() {
    if (!(this instanceof X509Certificate)) throw new TypeError('Illegal invocation');
    return this[issuer];
  }
  toString() { return binding.certField(this[kHandle], 'pem'); }
  toJSON() { return this.toString(); }
  checkHost(name, options) {
    validateString(name, 'name');
    checkOptions(options);
    return binding.certCheckHost(this[kHandle], name, options);
  }
  checkEmail(email, options) {
    validateString(email, 'email');
    checkOptions(options);
    return binding.certCheckEmail(this[kHandle], email);
  }
  checkIP(ip, options) {
    validateString(ip, 'ip');
    checkOptions(options);
    return binding.certCheckIP(this[kHandle], ip);
  }
  checkIssued(other) {
    if (!(other instanceof X509Certificate)) throw new codes.ERR_INVALID_ARG_TYPE('otherCert', 'X509Certificate', other);
    return binding.certCheckIssued(this[kHandle], other[kHandle]);
  }
  checkPrivateKey(key) {
    if (!isKeyObject(key)) throw new codes.ERR_INVALID_ARG_TYPE('pkey', 'KeyObject', key);
    if (typeOf(key) !== 'private') throw new codes.ERR_INVALID_ARG_VALUE('pkey', key);
    return this.publicKey.equals(createPublicKey(key));
  }
  verify(key) {
    if (!isKeyObject(key)) throw new codes.ERR_INVALID_ARG_TYPE('pkey', 'KeyObject', key);
    if (typeOf(key) !== 'public') throw new codes.ERR_INVALID_ARG_VALUE('pkey', key);
    return binding.certVerify(this[kHandle], handleIn(key));
  }
  toLegacyObject() { return binding.certLegacy(this[kHandle]); }
  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    if (depth < 0) return this;
    const shown = {};
    for (const name of ['subject', 'subjectAltName', 'issuer', 'infoAccess', 'validFrom', 'validTo', 'validFromDate', 'validToDate',
                        'fingerprint', 'fingerprint256', 'fingerprint512', 'keyUsage', 'serialNumber', 'signatureAlgorithm',
                        'signatureAlgorithmOid']) shown[name] = this[name];
    return `X509Certificate ${require('util').inspect(shown, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
const issuer = Symbol('issuer');
for (const name of ['subject', 'subjectAltName', 'issuer', 'infoAccess', 'validFrom', 'validTo', 'fingerprint', 'fingerprint256',
                    'fingerprint512', 'keyUsage', 'serialNumber', 'signatureAlgorithm', 'signatureAlgorithmOid', 'raw', 'ca']) {
  Object.defineProperty(X509Certificate.prototype, name, {
    configurable: true, get() { return binding.certField(this[kHandle], name); },
  });
}

for (const name of ['validFromDate', 'validToDate']) {
  Object.defineProperty(X509Certificate.prototype, name, {
    configurable: true, get() { return new Date(binding.certField(this[kHandle], name)); },
  });
}
Object.defineProperty(X509Certificate.prototype, kClone, { configurable: true, value() {
  return { needs: 'crypto', module: 'internal/crypto/x509', name: 'revive', data: this.raw };
} });

exports.revive = (der) => new X509Certificate(der);
exports.X509Certificate = X509Certificate;
// Of tls, the certificates of a peer in DER, the own one first.
exports.fromChain = (chain) => {
  let last;
  for (const der of chain.reverse()) {
    const cert = new X509Certificate(der);
    if (last) Object.defineProperty(cert, issuer, { value: last });
    last = cert;
  }
  return last;
};
