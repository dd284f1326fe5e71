// Web Crypto: random values, digests, keys for HMAC, AES, PBKDF2 and HKDF; those in pairs are in webkeys.js.
'use strict';

const { codes: { ERR_INVALID_ARG_TYPE, ERR_MISSING_ARGS, ERR_MISSING_OPTION, ERR_INVALID_ARG_VALUE, ERR_INVALID_THIS, ERR_ILLEGAL_CONSTRUCTOR } } = require('internal/errors');
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

// own refuses what has CryptoKey's prototype alone.
function own(key) {
  if (key[kKey] === undefined) throw new ERR_INVALID_THIS('CryptoKey');
  return key;
}

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
  get type() { return own(this)[kKey].type; }
  get extractable() { return own(this)._extractable; }
  get algorithm() { return own(this)._algorithm; }
  get usages() { return own(this)._usages; }
  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    if (depth < 0) return this;
    const { type, extractable, algorithm, usages } = this;
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `CryptoKey ${require('util').inspect({ type, extractable, algorithm, usages }, inner)}`;
  }
}
brand(CryptoKey, 'this');
Object.defineProperty(CryptoKey.prototype, Symbol.toStringTag, { configurable: true, value: 'CryptoKey' });

const hashes = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512',
                 'SHA3-256': 'sha3-256', 'SHA3-384': 'sha3-384', 'SHA3-512': 'sha3-512' };
const blockBits = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 };
const aes = { 'AES-CBC': 'cbc', 'AES-CTR': 'ctr', 'AES-GCM': 'gcm', 'AES-KW': 'kw', 'AES-OCB': 'ocb' };
const usagesOf = { 'HMAC': ['sign', 'verify'], 'KMAC128': ['sign', 'verify'], 'KMAC256': ['sign', 'verify'] };
const argon2 = ['Argon2d', 'Argon2i', 'Argon2id'];
for (const name of ['PBKDF2', 'HKDF', ...argon2]) usagesOf[name] = ['deriveKey', 'deriveBits'];
for (const name of [...Object.keys(aes), 'ChaCha20-Poly1305']) usagesOf[name] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];
usagesOf['AES-KW'] = ['wrapKey', 'unwrapKey'];

// Algorithms whose keys come in pairs.
const kems = ['ML-KEM-512', 'ML-KEM-768', 'ML-KEM-1024'];
const pairs = ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'RSA-OAEP', 'ECDSA', 'ECDH', 'Ed25519', 'Ed448', 'X25519', 'X448',
               'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87', ...kems];
// Hashes whose output is as long as one likes.
const extendable = ['cSHAKE128', 'cSHAKE256', 'TurboSHAKE128', 'TurboSHAKE256', 'KT128', 'KT256'];
// Keys that came late have no format "raw".
const late = (name) => name === 'AES-OCB' || name === 'ChaCha20-Poly1305' || name.startsWith('KMAC') || argon2.includes(name);
const isKMAC = (name) => name === 'KMAC128' || name === 'KMAC256';
let made;
const paired = (name) => {
  if (!pairs.includes(name)) return undefined;
  return made ??= require('internal/crypto/webkeys')({ fail, checkJWK, hashName, hashes, bytesOf, exact,
    makeKey: (object, info, extractable, usages) => new CryptoKey(token, object, info, extractable, [...usages]) });
};

const warned = new Set();

// experimental warns, once each, of what may yet change.
function experimental(name, what) {
  if (warned.has(name)) return;
  warned.add(name);
  process.emitWarning(`The ${name} Web Crypto API ${what} is an experimental feature and might change at any time`, 'ExperimentalWarning');
}

// isNew tells of algorithms that browsers do not have yet.
const isNew = (name) => late(name) || extendable.includes(name) || /^(?:ML-|SHA3-|Ed448|X448)/.test(name);

function normal(algorithm) {
  if (algorithm === null || typeof algorithm !== 'object') algorithm = { name: String(algorithm) };
  need(algorithm, 'name', 'Algorithm');
  const wanted = String(algorithm.name).toUpperCase();
  const name = [...Object.keys(usagesOf), ...Object.keys(hashes), ...pairs, ...extendable].find((k) => k.toUpperCase() === wanted);
  if (name === undefined) fail('NotSupportedError', 'Unrecognized algorithm name');
  if (isNew(name)) experimental(name, 'algorithm');
  return { ...algorithm, name };
}

function hashName(hash) {
  const { name } = normal(hash);
  if (!hashes[name]) fail('NotSupportedError', 'Unrecognized algorithm name');
  return name;
}

// need checks that an algorithm has a member.
function need(algorithm, member, dictionary) {
  if (algorithm[member] !== undefined) return;
  const error = new ERR_MISSING_OPTION(member);
  error.message = `Failed to normalize algorithm: passed algorithm cannot be converted to '${dictionary}' because '${member}' is required in '${dictionary}'.`;
  throw error;
}

const vectors = { 'AES-CBC': ['iv', 'AesCbcParams'], 'AES-CTR': ['counter', 'AesCtrParams'], 'AES-GCM': ['iv', 'AeadParams'],
                  'AES-OCB': ['iv', 'AeadParams'], 'ChaCha20-Poly1305': ['iv', 'AeadParams'] };

function makeKey(bytes, algorithm, extractable, usages, created = false) {
  const { name } = algorithm;
  if (usages.some((u) => !usagesOf[name].includes(u))) fail('SyntaxError', `Unsupported key usage for ${name} key`);
  if (usages.length === 0) fail('SyntaxError', `Usages cannot be empty when ${created ? 'creating a' : 'importing a secret'} key.`);
  let info = { name };
  if (aes[name]) {
    if (![128, 192, 256].includes(bytes.length * 8)) fail('DataError', 'Invalid key length');
    info = { name, length: bytes.length * 8 };
  } else if (name === 'ChaCha20-Poly1305') {
    if (bytes.length !== 32) fail('DataError', 'Invalid key length');
  } else if (isKMAC(name)) {
    info = { name, length: algorithm.length ?? bytes.length * 8 };
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
  if (key.algorithm.name !== algorithm.name) fail('InvalidAccessError', 'Key algorithm mismatch');
  if (!key.usages.includes(usage)) {
    fail('InvalidAccessError', `Unable to use this key to ${usage}`);
  }
  return key.type === 'secret' ? handleIn(key[kKey]) : key[kKey];
}

function cipher(encrypt, algorithm, key, data, usage) {
  algorithm = normal(algorithm);
  if (vectors[algorithm.name] !== undefined) need(algorithm, ...vectors[algorithm.name]);
  const bytes = checkUse(key, algorithm, usage);
  data = bytesOf(data);
  const mode = aes[algorithm.name];
  const pair = paired(algorithm.name);
  if (mode === undefined && pair === undefined && algorithm.name !== 'ChaCha20-Poly1305') fail('NotSupportedError', 'Unrecognized algorithm name');
  const chacha = algorithm.name === 'ChaCha20-Poly1305';
  const name = chacha ? 'chacha20-poly1305' : `aes-${bytes.length * 8}-${mode}`;
  if (pair === undefined && mode === 'kw') {
    try {
      const c = (encrypt ? crypto.createCipheriv : crypto.createDecipheriv)(`aes${bytes.length * 8}-wrap`, bytes, Buffer.alloc(8, 0xa6));
      return exact(c.update(data));
    } catch {
      fail('OperationError', 'The operation failed for an operation-specific reason');
    }
  }
  const iv = pair === undefined && bytesOf(mode === 'ctr' ? algorithm.counter : algorithm.iv);
  const authenticated = chacha || mode === 'gcm' || mode === 'ocb';
  if (authenticated) {
    const { tagLength = 128 } = algorithm;
    if (chacha && iv.length !== 12) fail('OperationError', 'algorithm.iv must contain exactly 12 bytes');
    if (mode === 'ocb' && iv.length > 15) fail('OperationError', 'AES-OCB algorithm.iv must be no more than 15 bytes');
    const sizes = chacha ? [128] : mode === 'ocb' ? [64, 96, 128] : [32, 64, 96, 104, 112, 120, 128];
    if (!sizes.includes(tagLength)) fail('OperationError', `${tagLength} is not a valid ${algorithm.name} tag length`);
  }
  try {
    if (pair !== undefined) return pair.cipher(encrypt, algorithm, key, bytes, data);
    if (!authenticated) {
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
    if (data.length < size) fail('OperationError', 'The operation failed for an operation-specific reason');
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
  if (length === null && argon2.includes(algorithm.name)) fail('OperationError', 'length cannot be null');
  if (length === null || length % 8 !== 0) fail('OperationError', 'length must be a multiple of 8');
  if (argon2.includes(algorithm.name)) return deriveArgon2(algorithm, bytes, length);
  const hash = hashes[hashName(algorithm.hash)];
  if (algorithm.name === 'PBKDF2') return exact(crypto.pbkdf2Sync(bytes, bytesOf(algorithm.salt), algorithm.iterations, length / 8, hash));
  if (algorithm.name === 'HKDF') return crypto.hkdfSync(hash, bytes, bytesOf(algorithm.salt), bytesOf(algorithm.info), length / 8);
  return fail('NotSupportedError', 'Unrecognized algorithm name');
}

function deriveArgon2(algorithm, message, length) {
  const { name, nonce, parallelism, memory, passes, version = 0x13, secretValue, associatedData } = algorithm;
  if (length < 32) fail('OperationError', 'length must be >= 32');
  if (version !== 0x13) fail('OperationError', `${version} is not a valid Argon2 version`);
  if (!(parallelism > 0 && parallelism < 2 ** 24)) fail('OperationError', 'parallelism must be > 0 and <= 16777215');
  if (!(memory >= 8 * parallelism)) fail('OperationError', 'memory must be at least 8 times the degree of parallelism');
  if (bytesOf(nonce).length < 8) fail('OperationError', 'nonce must be at least 8 bytes');
  if (!(passes > 0)) fail('OperationError', 'passes must be > 0');
  return exact(crypto.argon2Sync(name.toLowerCase(), {
    message, nonce: bytesOf(nonce), parallelism, memory, passes, tagLength: length / 8,
    secret: secretValue === undefined ? undefined : bytesOf(secretValue),
    associatedData: associatedData === undefined ? undefined : bytesOf(associatedData),
  }));
}

// extended is a digest as long as one likes.
function extended({ name, outputLength, functionName, customization, domainSeparation = 0x1f }, data) {
  const [, family, strength] = /^([A-Za-z]+)(\d+)$/.exec(name);
  const optional = (bytes) => (bytes === undefined ? undefined : bytesOf(bytes));
  if (family === 'TurboSHAKE' && !(domainSeparation >= 1 && domainSeparation <= 0x7f)) {
    fail('OperationError', 'TurboShakeParams.domainSeparation must be in range 0x01-0x7f');
  }
  if (family !== 'cSHAKE' && (outputLength === 0 || outputLength % 8 !== 0)) {
    fail('OperationError', `Invalid ${family === 'KT' ? 'KangarooTwelveParams' : 'TurboShakeParams'} outputLength`);
  }
  const f = optional(functionName);
  if (f !== undefined && !['', 'KMAC', 'TupleHash', 'ParallelHash'].includes(f.toString('latin1'))) {
    fail('NotSupportedError', 'Unsupported CShakeParams functionName');
  }
  return exact(binding.xof(family, Number(strength), data, outputLength, optional(customization), family === 'TurboSHAKE' ? domainSeparation : f));
}

function signKMAC({ name, outputLength, customization }, bytes, data) {
  return binding.xof('KMAC', Number(name.slice(4)), data, outputLength, customization === undefined ? undefined : bytesOf(customization), bytes);
}

function lengthOf(algorithm) {
  const { name, length } = algorithm;
  if (length !== undefined) return length;
  if (name === 'ChaCha20-Poly1305') return 256;
  if (isKMAC(name)) return Number(name.slice(4));
  if (name !== 'HMAC') return undefined;
  return blockBits[hashName(algorithm.hash)] ?? fail('NotSupportedError', 'Explicit algorithm length member is required');
}

function checkKEM(algorithm, key, usage) {
  algorithm = normal(algorithm);
  if (!kems.includes(algorithm.name)) fail('NotSupportedError', 'Unrecognized algorithm name');
  if (!(key instanceof CryptoKey)) throw new ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
  if (key.algorithm.name !== algorithm.name) fail('InvalidAccessError', 'key algorithm mismatch');
  if (!key.usages.includes(usage)) fail('InvalidAccessError', `${usage[0] === 'e' ? 'en' : 'de'}capsulationKey does not have ${usage} usage`);
  return handleIn(key[kKey]);
}

function encapsulate(algorithm, key, usage) { return binding.encapsulate(checkKEM(algorithm, key, usage)); }

function decapsulate(algorithm, key, ciphertext, usage) {
  const handle = checkKEM(algorithm, key, usage);
  try {
    return binding.decapsulate(handle, bytesOf(ciphertext));
  } catch {
    return fail('OperationError', 'The operation failed for an operation-specific reason');
  }
}

const pairUsages = {
  sign: ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA', 'Ed25519', 'Ed448', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'],
  encrypt: ['RSA-OAEP'],
  deriveBits: ['ECDH', 'X25519', 'X448'],
};

// supported tells whether an operation knows an algorithm with these parameters.
function supported(operation, algorithm, other) {
  try {
    algorithm = normal(algorithm);
  } catch {
    return false;
  }
  const { name } = algorithm;
  const has = (usage) => usagesOf[name]?.includes(usage) === true || pairUsages[usage]?.includes(name) === true;
  const isPair = pairs.includes(name);
  const sized = () => !aes[name] || [128, 192, 256].includes(algorithm.length);
  switch (operation) {
    case 'digest': return hashes[name] !== undefined || (extendable.includes(name) && algorithm.outputLength !== undefined);
    case 'encrypt':
    case 'decrypt': return has('encrypt') && (isPair || (algorithm.iv ?? algorithm.counter) !== undefined);
    case 'sign':
    case 'verify': return has('sign') && (name !== 'ECDSA' || algorithm.hash !== undefined) && (!isKMAC(name) || algorithm.outputLength !== undefined);
    case 'importKey': return isPair || usagesOf[name] !== undefined;
    case 'exportKey': return isPair || (usagesOf[name] !== undefined && usagesOf[name][0] !== 'deriveKey');
    case 'getPublicKey': return isPair;
    case 'generateKey': return isPair || (usagesOf[name] !== undefined && usagesOf[name][0] !== 'deriveKey' && sized());
    case 'deriveBits':
      if (!has('deriveBits')) return false;
      return isPair || (other !== null && other % 8 === 0 && (!argon2.includes(name) || other >= 32));
    case 'deriveKey': {
      if (!has('deriveBits') || !supported('importKey', other)) return false;
      try {
        other = normal(other);
        const length = lengthOf(other);
        return !aes[other.name] || [128, 192, 256].includes(length);
      } catch {
        return false;
      }
    }
    case 'wrapKey':
    case 'unwrapKey': {
      const wraps = name === 'AES-KW' || supported('encrypt', algorithm);
      return wraps && (other === undefined || supported(operation === 'wrapKey' ? 'exportKey' : 'importKey', other));
    }
    case 'encapsulateBits':
    case 'decapsulateBits': return kems.includes(name);
    case 'encapsulateKey':
    case 'decapsulateKey': return kems.includes(name) && supported('importKey', other) && !pairs.includes(normal(other).name);
  }
  return false;
}

// secretAlg is what JWK calls a secret key.
function secretAlg({ name, hash }, size) {
  if (isKMAC(name)) return `K${name.slice(4)}`;
  if (name === 'ChaCha20-Poly1305') return 'C20P';
  if (name !== 'HMAC') return `A${size * 8}${aes[name].toUpperCase()}`;
  const full = hashName(hash);
  return `HS${full.startsWith('SHA3') ? full.slice(2) : full.slice(4)}`;
}

// checkJWK checks what a JWK says of its use; pairs sign or encrypt, as kty tells.
function checkJWK(data, kty, extractable, usages) {
  if (data.kty === undefined || data.kty !== kty) fail('DataError', data.kty === undefined ? 'Invalid keyData' : 'Invalid JWK "kty" Parameter');
  if (usages.length > 0 && data.use !== undefined) {
    const use = usages.some((u) => u === 'sign' || u === 'verify') ? 'sig' : 'enc';
    if (data.use !== use) fail('DataError', 'Invalid JWK "use" Parameter');
  }
  if (data.key_ops !== undefined && usages.some((u) => !data.key_ops.includes(u))) fail('DataError', 'Key operations and usage mismatch');
  if (data.ext === false && extractable) fail('DataError', 'JWK "ext" Parameter and extractable mismatch');
}

class SubtleCrypto {
  constructor(mark = undefined) {
    if (mark !== token) throw new ERR_ILLEGAL_CONSTRUCTOR();
  }
  static is(o) { return o === subtle; }
  async digest(algorithm, data) {
    const wanted = normal(algorithm);
    if (extendable.includes(wanted.name)) {
      const family = wanted.name[0];
      need(wanted, 'outputLength', family === 'c' ? 'CShakeParams' : family === 'T' ? 'TurboShakeParams' : 'KangarooTwelveParams');
      return extended(wanted, bytesOf(data));
    }
    return exact(crypto.createHash(hashes[hashName(algorithm)]).update(bytesOf(data)).digest());
  }
  async importKey(format, data, algorithm, extractable, usages) {
    algorithm = normal(algorithm);
    const pair = paired(algorithm.name);
    if (pair !== undefined) return pair.importKey(format, data, algorithm, extractable, usages);
    let bytes;
    const { name } = algorithm;
    if (format === 'raw-secret' || (format === 'raw' && !late(name))) {
      bytes = Buffer.from(bytesOf(data));
    } else if (format === 'jwk' && usagesOf[name][0] !== 'deriveKey') {
      checkJWK(data, 'oct', extractable, usages);
      if (typeof data.k !== 'string') fail('DataError', 'Invalid keyData');
      bytes = Buffer.from(data.k, 'base64url');
      const alg = secretAlg(algorithm, bytes.length);
      if (data.alg !== undefined && data.alg !== alg) fail('DataError', 'JWK "alg" does not match the requested algorithm');
    } else {
      fail('NotSupportedError', `Unable to import ${name} using ${format} format`);
    }
    return makeKey(bytes, algorithm, extractable, usages);
  }
  async exportKey(format, key) {
    if (!(key instanceof CryptoKey)) throw new ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
    if (!key.extractable) fail('InvalidAccessError', 'key is not extractable');
    const pair = paired(key.algorithm.name);
    if (pair !== undefined) return pair.exportKey(format, key, key[kKey]);
    const bytes = handleIn(key[kKey]);
    const { name, hash } = key.algorithm;
    if (format === 'raw-secret' || (format === 'raw' && !late(name))) return exact(Buffer.from(bytes));
    if (format !== 'jwk' || usagesOf[name][0] === 'deriveKey') fail('NotSupportedError', `Unable to export ${name} secret key using ${format} format`);
    const alg = secretAlg({ name, hash }, bytes.length);
    return { key_ops: key.usages, ext: true, alg, kty: 'oct', k: bytes.toString('base64url') };
  }
  async generateKey(algorithm, extractable, usages) {
    algorithm = normal(algorithm);
    const pair = paired(algorithm.name);
    if (pair !== undefined) return pair.generateKey(algorithm, extractable, usages);
    const { name } = algorithm;
    if (usagesOf[name] === undefined || usagesOf[name][0] === 'deriveKey') fail('NotSupportedError', 'Unrecognized algorithm name');
    if (aes[name]) {
      need(algorithm, 'length', 'AesKeyGenParams');
      if (![128, 192, 256].includes(algorithm.length)) fail('OperationError', 'AES key length must be 128, 192, or 256 bits');
    }
    const length = lengthOf(algorithm);
    const bytes = crypto.randomBytes(Math.ceil(length / 8));
    if (length % 8) bytes[bytes.length - 1] &= 0xff << (8 - length % 8);
    return makeKey(bytes, isKMAC(name) ? { ...algorithm, length } : algorithm, extractable, usages, true);
  }
  async encrypt(algorithm, key, data) { return cipher(true, algorithm, key, data, 'encrypt'); }
  async decrypt(algorithm, key, data) { return cipher(false, algorithm, key, data, 'decrypt'); }
  async sign(algorithm, key, data) {
    algorithm = normal(algorithm);
    const bytes = checkUse(key, algorithm, 'sign');
    if (key.type !== 'secret') return paired(algorithm.name).sign(algorithm, key, bytes, bytesOf(data));
    if (isKMAC(algorithm.name)) {
      need(algorithm, 'outputLength', 'KmacParams');
      return exact(signKMAC(algorithm, bytes, bytesOf(data)));
    }
    return exact(crypto.createHmac(hashes[key.algorithm.hash.name], bytes).update(bytesOf(data)).digest());
  }
  async verify(algorithm, key, signature, data) {
    algorithm = normal(algorithm);
    const bytes = checkUse(key, algorithm, 'verify');
    if (key.type !== 'secret') return paired(algorithm.name).sign(algorithm, key, bytes, bytesOf(data), bytesOf(signature));
    if (isKMAC(algorithm.name)) need(algorithm, 'outputLength', 'KmacParams');
    const want = isKMAC(algorithm.name) ? signKMAC(algorithm, bytes, bytesOf(data)) : crypto.createHmac(hashes[key.algorithm.hash.name], bytes).update(bytesOf(data)).digest();
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
  async getPublicKey(key, usages) {
    if (!(key instanceof CryptoKey)) throw new ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
    const pair = paired(key.algorithm.name);
    if (pair === undefined) fail('NotSupportedError', 'key must be a private key');
    if (key.type !== 'private') fail('InvalidAccessError', 'key must be a private key');
    return pair.publicOf(key, key[kKey], usages);
  }
  async encapsulateBits(algorithm, key) {
    const { sharedKey, ciphertext } = encapsulate(algorithm, key, 'encapsulateBits');
    return { sharedKey: exact(sharedKey), ciphertext: exact(ciphertext) };
  }
  async encapsulateKey(algorithm, key, sharedAlgorithm, extractable, usages) {
    const { sharedKey, ciphertext } = encapsulate(algorithm, key, 'encapsulateKey');
    return { ciphertext: exact(ciphertext), sharedKey: await this.importKey('raw-secret', sharedKey, sharedAlgorithm, extractable, usages) };
  }
  async decapsulateBits(algorithm, key, ciphertext) { return exact(decapsulate(algorithm, key, ciphertext, 'decapsulateBits')); }
  async decapsulateKey(algorithm, key, ciphertext, sharedAlgorithm, extractable, usages) {
    return this.importKey('raw-secret', decapsulate(algorithm, key, ciphertext, 'decapsulateKey'), sharedAlgorithm, extractable, usages);
  }
  static supports(operation, algorithm, other = operation === 'deriveBits' ? null : undefined) {
    if (this !== SubtleCrypto) throw new ERR_INVALID_THIS('SubtleCrypto constructor');
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('operation', 'algorithm');
    experimental('supports', 'method');
    return supported(String(operation), algorithm, other);
  }
}

// The arguments of each method: how many there must be, and what those are that are more than values.
const signatures = {
  encrypt: [3, null, null, 'data'], decrypt: [3, null, null, 'data'], sign: [3, null, null, 'data'], verify: [4, null, null, 'data', 'data'],
  digest: [2, null, 'data'], generateKey: [3, null, null, 'usages'], deriveKey: [5, null, null, null, null, 'usages'], deriveBits: [2],
  importKey: [5, 'format', 'keyData', null, null, 'usages'], exportKey: [2, 'format'], wrapKey: [4, 'format'],
  unwrapKey: [7, 'format', 'data', null, null, null, null, 'usages'], getPublicKey: [2, null, 'usages'], encapsulateBits: [2],
  encapsulateKey: [5, null, null, null, null, 'usages'], decapsulateBits: [3, null, null, 'data'],
  decapsulateKey: [6, null, null, 'data', null, null, 'usages'],
};
const formats = ['raw', 'raw-public', 'raw-seed', 'raw-secret', 'spki', 'pkcs8', 'jwk'];
const keyUsages = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey', 'encapsulateKey', 'encapsulateBits',
                   'decapsulateKey', 'decapsulateBits'];
const ordinal = (n) => `${n}${['st', 'nd', 'rd'][n - 1] ?? 'th'}`;

const newMethods = ['getPublicKey', 'encapsulateBits', 'encapsulateKey', 'decapsulateBits', 'decapsulateKey'];

function checkArguments(method, args) {
  if (newMethods.includes(method)) experimental(method, 'method');
  const [count, ...kinds] = signatures[method];
  const wrong = (Code, text) => {
    const error = new Code('argument', '', '');
    error.message = `Failed to execute '${method}' on 'SubtleCrypto': ${text}`;
    return error;
  };
  if (args.length < count) {
    throw wrong(ERR_MISSING_ARGS, `${count} arguments required, but only ${args.length} present.`);
  }
  kinds.forEach((kind, i) => {
    const value = args[i];
    const which = `${ordinal(i + 1)} argument`;
    const isBytes = ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
    if (kind === 'format' && !formats.includes(value)) {
      throw wrong(ERR_INVALID_ARG_VALUE, `${which} '${value}' is not a valid enum value of type KeyFormat.`);
    } else if (kind === 'data' && !isBytes) {
      throw wrong(ERR_INVALID_ARG_TYPE, `${which} is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.`);
    } else if (kind === 'keyData' && args[0] === 'jwk' && (value === null || typeof value !== 'object')) {
      throw wrong(ERR_INVALID_ARG_TYPE, `${which} cannot be converted to a dictionary`);
    } else if (kind === 'keyData' && args[0] !== 'jwk' && !isBytes) {
      throw wrong(ERR_INVALID_ARG_TYPE, `${which} is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.`);
    } else if (kind === 'usages') {
      if (value === null || typeof value !== 'object') throw wrong(ERR_INVALID_ARG_TYPE, `${which} can not be converted to sequence.`);
      args[i] = [...value];
      const bad = args[i].findIndex((usage) => !keyUsages.includes(usage));
      if (bad >= 0) throw wrong(ERR_INVALID_ARG_VALUE, `${which}[${bad}] '${args[i][bad]}' is not a valid enum value of type KeyUsage.`);
    }
  });
}

for (const name of Object.keys(signatures)) {
  const method = SubtleCrypto.prototype[name];
  const checked = { async [name](...args) {
    checkArguments(name, args);
    return method.apply(this, args);
  } }[name];
  delete SubtleCrypto.prototype[name];
  Object.defineProperty(checked, 'length', { configurable: true, value: signatures[name][0] });
  Object.defineProperty(SubtleCrypto.prototype, name, { configurable: true, enumerable: false, writable: true, value: checked });
}
brand(SubtleCrypto, 'this');
for (const name of Object.getOwnPropertyNames(SubtleCrypto.prototype)) {
  if (name === 'constructor') continue;
  // In Node these are functions, which can be constructed, and no methods.
  const method = SubtleCrypto.prototype[name];
  const value = function(...args) { return method.apply(this, args); };
  for (const key of ['name', 'length']) Object.defineProperty(value, key, { configurable: true, value: method[key] });
  Object.defineProperty(SubtleCrypto.prototype, name, { enumerable: true, value });
}
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
