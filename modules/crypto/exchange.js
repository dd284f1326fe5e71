// Diffie-Hellman in its three forms, prime numbers and class Certificate; the numbers are in the binding.
'use strict';

const { codes } = require('internal/errors');
const {
  ERR_CRYPTO_ECDH_INVALID_FORMAT, ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY, ERR_CRYPTO_INCOMPATIBLE_KEY,
  ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE,
} = codes;
const { validateBoolean, validateFunction, validateInt32, validateObject, validateString } = require('internal/validators');
const { kHandle, isView, isData, isKeyObject } = binding.shared;
require('internal/crypto/keys');
const { handleOf, handleIn, typeOf } = binding.classes;

const isEncoding = (value) => typeof value === 'string' && (value === 'buffer' || Buffer.isEncoding(value));
const given = (value, encoding) => (typeof value === 'string' ? Buffer.from(value, encoding === 'buffer' ? 'utf8' : encoding) : value);
const shown = (buffer, encoding) => (encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer);

function dataArgument(value, name, encoding) {
  if (typeof value !== 'string' && !isData(value)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value);
  }
  return given(value, encoding);
}

function DiffieHellman(sizeOrKey, keyEncoding, generator, genEncoding) {
  if (!(this instanceof DiffieHellman)) return new DiffieHellman(sizeOrKey, keyEncoding, generator, genEncoding);
  const types = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string'];
  if (typeof sizeOrKey !== 'number' && typeof sizeOrKey !== 'string' && !isData(sizeOrKey)) {
    throw new ERR_INVALID_ARG_TYPE('sizeOrKey', ['number', 'string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], sizeOrKey);
  }
  if (typeof sizeOrKey === 'number') validateInt32(sizeOrKey, 'sizeOrKey');
  if (keyEncoding && !isEncoding(keyEncoding)) {
    genEncoding = generator;
    generator = keyEncoding;
    keyEncoding = undefined;
  }
  if (typeof sizeOrKey !== 'number') sizeOrKey = given(sizeOrKey, keyEncoding);
  if (!generator) {
    generator = 2;
  } else if (typeof generator === 'number') {
    validateInt32(generator, 'generator');
  } else if (typeof generator === 'string') {
    generator = given(generator, genEncoding);
  } else if (!isData(generator)) {
    throw new ERR_INVALID_ARG_TYPE('generator', ['number', ...types], generator);
  }
  this[kHandle] = binding.dhNew(sizeOrKey, generator);
  Object.defineProperty(this, 'verifyError', { enumerable: true, value: binding.dhCheck(this[kHandle]), writable: false });
}

function DiffieHellmanGroup(name) {
  if (!(this instanceof DiffieHellmanGroup)) return new DiffieHellmanGroup(name);
  if (typeof name !== 'string') throw Object.assign(new ERR_INVALID_ARG_TYPE('name', 'string', name), { message: 'Group name must be a string' });
  this[kHandle] = binding.dhGroup(name);
  Object.defineProperty(this, 'verifyError', { enumerable: true, value: 0, writable: false });
}

for (const Class of [DiffieHellman, DiffieHellmanGroup]) {
  const p = Class.prototype;
  p.generateKeys = function generateKeys(encoding) { return shown(binding.dhGenerate(this[kHandle]), encoding); };
  p.computeSecret = function computeSecret(key, inEncoding, outEncoding) {
    return shown(binding.dhSecret(this[kHandle], dataArgument(key, 'key', inEncoding)), outEncoding);
  };
  for (const [name, what] of [['getPrime', 'prime'], ['getGenerator', 'generator'], ['getPublicKey', 'public'], ['getPrivateKey', 'private']]) {
    p[name] = ({ [name]: function(encoding) { return shown(binding.dhGet(this[kHandle], what), encoding); } })[name];
  }
}
DiffieHellman.prototype.setPublicKey = function setPublicKey(key, encoding) {
  binding.dhSet(this[kHandle], 'public', dataArgument(key, 'key', encoding));
  return this;
};
DiffieHellman.prototype.setPrivateKey = function setPrivateKey(key, encoding) {
  binding.dhSet(this[kHandle], 'private', dataArgument(key, 'key', encoding));
  return this;
};

function ECDH(curve) {
  if (!(this instanceof ECDH)) return new ECDH(curve);
  validateString(curve, 'curve');
  this[kHandle] = binding.ecdhNew(curve);
}

function formOf(format) {
  if (!format) return 'uncompressed';
  if (format !== 'compressed' && format !== 'hybrid' && format !== 'uncompressed') throw new ERR_CRYPTO_ECDH_INVALID_FORMAT(format);
  return format;
}

ECDH.prototype.computeSecret = function computeSecret(key, inEncoding, outEncoding) {
  const secret = binding.ecdhSecret(this[kHandle], dataArgument(key, 'key', inEncoding));
  if (secret === undefined) throw new ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY();
  return shown(secret, outEncoding);
};
ECDH.prototype.setPrivateKey = function setPrivateKey(key, encoding) {
  binding.ecdhSetPrivate(this[kHandle], dataArgument(key, 'key', encoding));
  return this;
};
ECDH.prototype.setPublicKey = function setPublicKey(key, encoding) {
  binding.ecdhSetPublic(this[kHandle], dataArgument(key, 'key', encoding));
  return this;
};
ECDH.prototype.getPrivateKey = function getPrivateKey(encoding) { return shown(binding.ecdhPrivate(this[kHandle]), encoding); };
ECDH.prototype.generateKeys = function generateKeys(encoding, format) {
  binding.ecdhGenerate(this[kHandle]);
  return this.getPublicKey(encoding, format);
};
ECDH.prototype.getPublicKey = function getPublicKey(encoding, format) {
  return shown(binding.ecdhPublic(this[kHandle], formOf(format)), encoding);
};
ECDH.convertKey = function convertKey(key, curve, inEncoding, outEncoding, format) {
  const bytes = dataArgument(key, 'key', inEncoding);
  validateString(curve, 'curve');
  return shown(binding.ecdhConvert(bytes, curve, formOf(format)), outEncoding);
};

const agreeing = ['dh', 'ec', 'x448', 'x25519'];

function diffieHellman(options, callback) {
  validateObject(options, 'options');
  if (callback !== undefined) validateFunction(callback, 'callback');
  const { privateKey, publicKey } = options;
  if (privateKey === undefined) throw new ERR_INVALID_ARG_VALUE('options.privateKey', privateKey);
  if (publicKey === undefined) throw new ERR_INVALID_ARG_VALUE('options.publicKey', publicKey);
  // Objects tell their types before anything is read.
  if (isKeyObject(privateKey) && isKeyObject(publicKey) && typeOf(privateKey) === 'private' && typeOf(publicKey) !== 'secret') {
    const [a, b] = [binding.keyType(handleIn(privateKey)), binding.keyType(handleIn(publicKey))];
    if (a !== b || !agreeing.includes(a)) throw new ERR_CRYPTO_INCOMPATIBLE_KEY('key types for Diffie-Hellman', `${a} and ${b}`);
  }
  const other = handleOf(publicKey, false, false, 'options.publicKey');
  return binding.diffieHellman(handleOf(privateKey, true, false, 'options.privateKey'), other, callback);
}

// Primes.

function bigBytes(value, name) {
  if (typeof value === 'bigint') {
    if (value < 0) throw new ERR_OUT_OF_RANGE(name, '>= 0', value);
    const hex = value.toString(16);
    return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  }
  if (!isData(value)) throw new ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'TypedArray', 'Buffer', 'DataView', 'bigint'], value);
  return value;
}

function primeArguments(size, options) {
  validateInt32(size, 'size', 1);
  validateObject(options, 'options');
  const { safe = false, bigint = false, add, rem } = options;
  validateBoolean(safe, 'options.safe');
  validateBoolean(bigint, 'options.bigint');
  return [size, safe, add === undefined ? undefined : bigBytes(add, 'options.add'),
          rem === undefined ? undefined : bigBytes(rem, 'options.rem'), bigint];
}

function generatePrime(size, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = {};
  }
  validateFunction(callback, 'callback');
  binding.generatePrime(...primeArguments(size, options), callback);
}

const generatePrimeSync = (size, options = {}) => binding.generatePrime(...primeArguments(size, options));

function checkArguments(candidate, options) {
  candidate = bigBytes(candidate, 'candidate');
  validateObject(options, 'options');
  const { checks = 0 } = options;
  validateInt32(checks, 'options.checks', 0);
  return [candidate, checks];
}

function checkPrime(candidate, options = {}, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = {};
  }
  const list = [bigBytes(candidate, 'candidate')];
  validateFunction(callback, 'callback');
  binding.checkPrime(...checkArguments(list[0], options), callback);
}

function checkPrimeSync(candidate, options = {}) { return binding.checkPrime(...checkArguments(candidate, options)); }

// Certificate: all its methods are static ones too.

function spkacArgument(spkac, encoding) {
  spkac = dataArgument(spkac, 'spkac', encoding);
  if (spkac.byteLength > 2 ** 31 - 1) throw new ERR_OUT_OF_RANGE('spkac', '<= 2147483647', spkac.byteLength);
  return spkac;
}

function Certificate() {
  if (!(this instanceof Certificate)) return new Certificate();
}
const methods = {
  verifySpkac: function(spkac, encoding) { return binding.spkacVerify(spkacArgument(spkac, encoding)); },
  exportPublicKey: function(spkac, encoding) { return binding.spkacKey(spkacArgument(spkac, encoding)); },
  exportChallenge: function(spkac, encoding) { return binding.spkacChallenge(spkacArgument(spkac, encoding)); },
};
Object.assign(Certificate, methods);
Object.assign(Certificate.prototype, methods);

module.exports = {
  Certificate, DiffieHellman, DiffieHellmanGroup, ECDH, checkPrime, checkPrimeSync, diffieHellman, generatePrime, generatePrimeSync,
  createDiffieHellman: function createDiffieHellman(sizeOrKey, keyEncoding, generator, genEncoding) {
    return new DiffieHellman(sizeOrKey, keyEncoding, generator, genEncoding);
  },
  createDiffieHellmanGroup: function createDiffieHellmanGroup(name) { return new DiffieHellmanGroup(name); },
  getDiffieHellman: function getDiffieHellman(name) { return new DiffieHellmanGroup(name); },
  createECDH: function createECDH(curve) { return new ECDH(curve); },
};
