// Web Crypto: random values, digests, keys for HMAC, AES, PBKDF2 and HKDF; those in pairs are in webkeys.js.
'use strict';

const { codes: { ERR_INVALID_ARG_TYPE, ERR_MISSING_ARGS, ERR_ILLEGAL_CONSTRUCTOR } } = require('internal/errors');
const { brand } = require('internal/validators');
const crypto = require('crypto');
require('internal/crypto/keys');
const { SecretKeyObject, handleIn, typeOf } = binding.classes;

const token = Symbol('token');
const kKey = Symbol('kKeyObject');

function fail(name, message) { throw new DOMException(message, name); }

const exact = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
const bytesOf = (data) => {
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  throw new ERR_INVALID_ARG_TYPE('data', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], data);
};

const { kClone } = require('internal/clone');

class CryptoKey {
  constructor(mark, key, algorithm, extractable, usages) {
    if (mark !== token) throw new ERR_ILLEGAL_CONSTRUCTOR();
    Object.defineProperties(this, {
      [kKey]: { value: key }, _algorithm: { value: algorithm }, _extractable: { value: extractable }, _usages: { value: usages },
    });
  }
  [kClone]() {
    return { needs: 'crypto', module: 'internal/crypto/webcrypto', name: 'revive', data: [this[kKey], this._algorithm, this._extractable, this._usages] };
  }
  static is(o) { return o instanceof CryptoKey; }
  get type() { return this[kKey].type; }
  get extractable() { return this._extractable; }
  get algorithm() { return this._algorithm; }
  get usages() { return this._usages; }
}
brand(CryptoKey, 'this');
Object.defineProperty(CryptoKey.prototype, Symbol.toStringTag, { configurable: true, value: 'CryptoKey' });

const hashes = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
const blockBits = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 };
const aes = { 'AES-CBC': 'cbc', 'AES-CTR': 'ctr', 'AES-GCM': 'gcm', 'AES-KW': 'kw' };
const usagesOf = { 'HMAC': ['sign', 'verify'], 'PBKDF2': ['deriveKey', 'deriveBits'], 'HKDF': ['deriveKey', 'deriveBits'] };
for (const name of Object.keys(aes)) usagesOf[name] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];
usagesOf['AES-KW'] = ['wrapKey', 'unwrapKey'];

// Algorithms whose keys come in pairs.
const pairs = ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'RSA-OAEP', 'ECDSA', 'ECDH', 'Ed25519', 'Ed448', 'X25519', 'X448'];
let made;
const paired = (name) => {
  if (!pairs.includes(name)) return undefined;
  return made ??= require('internal/crypto/webkeys')({ fail, hashName, hashes, bytesOf, exact,
    makeKey: (object, info, extractable, usages) => new CryptoKey(token, object, info, extractable, [...usages]) });
};

function normal(algorithm) {
  if (typeof algorithm === 'string') algorithm = { name: algorithm };
  if (algorithm === null || typeof algorithm !== 'object') throw new ERR_INVALID_ARG_TYPE('algorithm', ['string', 'Object'], algorithm);
  const wanted = String(algorithm.name).toUpperCase();
  const name = [...Object.keys(usagesOf), ...Object.keys(hashes), ...pairs].find((k) => k.toUpperCase() === wanted);
  if (name === undefined) fail('NotSupportedError', 'Unrecognized algorithm name');
  return { ...algorithm, name };
}

function hashName(hash) {
  const { name } = normal(hash);
  if (!hashes[name]) fail('NotSupportedError', 'Unrecognized algorithm name');
  return name;
}

function makeKey(bytes, algorithm, extractable, usages) {
  const { name } = algorithm;
  if (usages.some((u) => !usagesOf[name].includes(u))) fail('SyntaxError', `Unsupported key usage for an ${name} key`);
  if (usages.length === 0) fail('SyntaxError', 'Usages cannot be empty when importing a secret key.');
  let info = { name };
  if (aes[name]) {
    if (![128, 192, 256].includes(bytes.length * 8)) fail('DataError', 'Invalid key length');
    info = { name, length: bytes.length * 8 };
  } else if (name === 'HMAC') {
    if (bytes.length === 0) fail('DataError', 'Zero-length key is not supported');
    info = { name, length: algorithm.length ?? bytes.length * 8, hash: { name: hashName(algorithm.hash) } };
  } else if (extractable) {
    fail('SyntaxError', `${name} keys are not extractable`);
  }
  return new CryptoKey(token, new SecretKeyObject(bytes), info, extractable, [...usages]);
}

// checkUse gives the bytes of a secret key or else the key object.
function checkUse(key, algorithm, usage) {
  if (!(key instanceof CryptoKey)) throw new ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
  if (key.algorithm.name !== algorithm.name || !key.usages.includes(usage)) {
    fail('InvalidAccessError', `Unable to use this key to ${usage}`);
  }
  return key.type === 'secret' ? handleIn(key[kKey]) : key[kKey];
}

function cipher(encrypt, algorithm, key, data, usage) {
  algorithm = normal(algorithm);
  const bytes = checkUse(key, algorithm, usage);
  data = bytesOf(data);
  const mode = aes[algorithm.name];
  const pair = paired(algorithm.name);
  if (mode === undefined && pair === undefined) fail('NotSupportedError', 'Unrecognized algorithm name');
  const name = `aes-${bytes.length * 8}-${mode}`;
  if (pair === undefined && mode === 'kw') {
    try {
      const c = (encrypt ? crypto.createCipheriv : crypto.createDecipheriv)(`aes${bytes.length * 8}-wrap`, bytes, Buffer.alloc(8, 0xa6));
      return exact(c.update(data));
    } catch {
      fail('OperationError', 'The operation failed for an operation-specific reason');
    }
  }
  const iv = pair === undefined && bytesOf(mode === 'ctr' ? algorithm.counter : algorithm.iv);
  try {
    if (pair !== undefined) return pair.cipher(encrypt, algorithm, key, bytes, data);
    if (mode !== 'gcm') {
      const c = encrypt ? crypto.createCipheriv(name, bytes, iv) : crypto.createDecipheriv(name, bytes, iv);
      return exact(Buffer.concat([c.update(data), c.final()]));
    }
    const size = (algorithm.tagLength ?? 128) / 8;
    const aad = algorithm.additionalData;
    if (encrypt) {
      const c = crypto.createCipheriv(name, bytes, iv, { authTagLength: size });
      if (aad !== undefined) c.setAAD(bytesOf(aad));
      return exact(Buffer.concat([c.update(data), c.final(), c.getAuthTag()]));
    }
    if (data.length < size) fail('OperationError', 'The provided data is too small.');
    const d = crypto.createDecipheriv(name, bytes, iv, { authTagLength: size });
    if (aad !== undefined) d.setAAD(bytesOf(aad));
    d.setAuthTag(data.subarray(data.length - size));
    return exact(Buffer.concat([d.update(data.subarray(0, data.length - size)), d.final()]));
  } catch (error) {
    if (error instanceof DOMException) throw error;
    fail('OperationError', 'The operation failed for an operation-specific reason');
  }
}

function derive(algorithm, key, length, usage) {
  algorithm = normal(algorithm);
  const bytes = checkUse(key, algorithm, usage);
  if (pairs.includes(algorithm.name)) return paired(algorithm.name).derive(algorithm, key, bytes, length);
  if (length === null || length % 8 !== 0) fail('OperationError', 'length must be a multiple of 8');
  const hash = hashes[hashName(algorithm.hash)];
  if (algorithm.name === 'PBKDF2') return exact(crypto.pbkdf2Sync(bytes, bytesOf(algorithm.salt), algorithm.iterations, length / 8, hash));
  if (algorithm.name === 'HKDF') return crypto.hkdfSync(hash, bytes, bytesOf(algorithm.salt), bytesOf(algorithm.info), length / 8);
  return fail('NotSupportedError', 'Unrecognized algorithm name');
}

const lengthOf = (algorithm) => algorithm.length ?? (algorithm.name === 'HMAC' ? blockBits[hashName(algorithm.hash)] : undefined);

class SubtleCrypto {
  constructor(mark) {
    if (mark !== token) throw new ERR_ILLEGAL_CONSTRUCTOR();
  }
  static is(o) { return o === subtle; }
  async digest(algorithm, data) {
    if (arguments.length < 2) throw new TypeError("Failed to execute 'digest' on 'SubtleCrypto': 2 arguments required, but only " + arguments.length + ' present.');
    return exact(crypto.createHash(hashes[hashName(algorithm)]).update(bytesOf(data)).digest());
  }
  async importKey(format, data, algorithm, extractable, usages) {
    algorithm = normal(algorithm);
    const pair = paired(algorithm.name);
    if (pair !== undefined) return pair.importKey(format, data, algorithm, extractable, usages);
    let bytes;
    if (format === 'raw') {
      bytes = Buffer.from(bytesOf(data));
    } else if (format === 'jwk' && data?.kty === 'oct') {
      bytes = Buffer.from(data.k, 'base64url');
    } else {
      fail('NotSupportedError', `Unable to import a key of format ${format}`);
    }
    return makeKey(bytes, algorithm, extractable, usages);
  }
  async exportKey(format, key) {
    if (!key.extractable) fail('InvalidAccessException', 'key is not extractable');
    const pair = paired(key.algorithm.name);
    if (pair !== undefined) return pair.exportKey(format, key, key[kKey]);
    const bytes = handleIn(key[kKey]);
    if (format === 'raw') return exact(Buffer.from(bytes));
    if (format !== 'jwk') fail('NotSupportedError', `Unable to export a key of format ${format}`);
    const { name, hash } = key.algorithm;
    const alg = name === 'HMAC' ? `HS${hash.name.slice(4)}` : `A${bytes.length * 8}${aes[name].toUpperCase()}`;
    return { key_ops: key.usages, ext: true, alg, kty: 'oct', k: bytes.toString('base64url') };
  }
  async generateKey(algorithm, extractable, usages) {
    algorithm = normal(algorithm);
    const pair = paired(algorithm.name);
    if (pair !== undefined) return pair.generateKey(algorithm, extractable, usages);
    if (!aes[algorithm.name] && algorithm.name !== 'HMAC') fail('NotSupportedError', 'Unrecognized algorithm name');
    return makeKey(crypto.randomBytes(lengthOf(algorithm) / 8), algorithm, extractable, usages);
  }
  async encrypt(algorithm, key, data) { return cipher(true, algorithm, key, data, 'encrypt'); }
  async decrypt(algorithm, key, data) { return cipher(false, algorithm, key, data, 'decrypt'); }
  async sign(algorithm, key, data) {
    algorithm = normal(algorithm);
    const bytes = checkUse(key, algorithm, 'sign');
    if (key.type !== 'secret') return paired(algorithm.name).sign(algorithm, key, bytes, bytesOf(data));
    return exact(crypto.createHmac(hashes[key.algorithm.hash.name], bytes).update(bytesOf(data)).digest());
  }
  async verify(algorithm, key, signature, data) {
    algorithm = normal(algorithm);
    const bytes = checkUse(key, algorithm, 'verify');
    if (key.type !== 'secret') return paired(algorithm.name).sign(algorithm, key, bytes, bytesOf(data), bytesOf(signature));
    const want = crypto.createHmac(hashes[key.algorithm.hash.name], bytes).update(bytesOf(data)).digest();
    signature = bytesOf(signature);
    return want.length === signature.length && crypto.timingSafeEqual(want, signature);
  }
  async deriveBits(algorithm, key, length) { return derive(algorithm, key, length, 'deriveBits'); }
  async deriveKey(algorithm, key, derived, extractable, usages) {
    derived = normal(derived);
    return makeKey(Buffer.from(derive(algorithm, key, lengthOf(derived), 'deriveKey')), derived, extractable, usages);
  }
  async wrapKey(format, key, wrappingKey, algorithm) {
    let data = await this.exportKey(format, key);
    if (format === 'jwk') {
      data = Buffer.from(JSON.stringify(data));
      // AES-KW takes whole blocks only.
      if (normal(algorithm).name === 'AES-KW') data = Buffer.concat([data, Buffer.alloc((8 - data.length % 8) % 8, ' ')]);
    }
    return cipher(true, algorithm, wrappingKey, data, 'wrapKey');
  }
  async unwrapKey(format, data, unwrappingKey, algorithm, keyAlgorithm, extractable, usages) {
    data = cipher(false, algorithm, unwrappingKey, data, 'unwrapKey');
    return this.importKey(format, format === 'jwk' ? JSON.parse(Buffer.from(data)) : data, keyAlgorithm, extractable, usages);
  }
}
brand(SubtleCrypto, 'this');
Object.defineProperty(SubtleCrypto.prototype, Symbol.toStringTag, { configurable: true, value: 'SubtleCrypto' });

const integers = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];

class Crypto {
  constructor(mark) {
    if (mark !== token) throw new ERR_ILLEGAL_CONSTRUCTOR();
  }
  static is(o) { return o === theCrypto; }
  get subtle() { return subtle; }
  getRandomValues(array) {
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('typedArray');
    if (!integers.some((T) => array instanceof T)) fail('TypeMismatchError', 'The data argument must be an integer-type TypedArray');
    if (array.byteLength > 65536) {
      fail('QuotaExceededError', `The requested length exceeds 65,536 bytes`);
    }
    crypto.randomFillSync(array, 0);
    return array;
  }
  randomUUID() { return crypto.randomUUID(); }
}
brand(Crypto, 'this');
Object.defineProperty(Crypto.prototype, Symbol.toStringTag, { configurable: true, value: 'Crypto' });
for (const name of ['subtle', 'getRandomValues', 'randomUUID']) {
  Object.defineProperty(Crypto.prototype, name, { enumerable: true });
}

const subtle = new SubtleCrypto(token);
const theCrypto = new Crypto(token);

// fromKeyObject is toCryptoKey() of key objects.
function fromKeyObject(object, algorithm, extractable, usages) {
  algorithm = normal(algorithm);
  usages = [...usages];
  const pair = paired(algorithm.name);
  if (typeOf(object) !== 'secret') {
    if (pair === undefined) fail('NotSupportedError', 'Unrecognized algorithm name');
    return pair.wrap(object, algorithm, Boolean(extractable), usages);
  }
  if (pair !== undefined || usagesOf[algorithm.name] === undefined) fail('NotSupportedError', 'Unrecognized algorithm name');
  return makeKey(Buffer.from(handleIn(object)), algorithm, Boolean(extractable), usages);
}

module.exports = {
  fromKeyObject, Crypto, CryptoKey, SubtleCrypto, crypto: theCrypto, keyObjectOf: (key) => key[kKey],
  revive: (parts) => new CryptoKey(token, ...parts),
};
