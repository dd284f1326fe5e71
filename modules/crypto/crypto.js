// The classes of crypto and the checks of its arguments; the algorithms are in the binding.
'use strict';

const { Transform, Writable } = require('stream');
const { StringDecoder } = require('string_decoder');
const { codes } = require('internal/errors');
const {
  ERR_CRYPTO_HASH_FINALIZED, ERR_CRYPTO_INVALID_DIGEST, ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE, ERR_INCOMPATIBLE_OPTION_PAIR,
  ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_FEATURE_UNAVAILABLE_ON_PLATFORM, ERR_OUT_OF_RANGE,
} = codes;
const {
  validateBoolean, validateFunction, validateInt32, validateInteger, validateNumber, validateObject, validateOneOf,
  validateString, validateUint32,
} = require('internal/validators');

const kHandle = Symbol('kHandle');
const kState = Symbol('kState');
const kFinalized = Symbol('kFinalized');
const kStream = Symbol('kStream');
const kKeyType = Symbol('kKeyType');
const kBytes = Symbol('kBytes');

const isView = ArrayBuffer.isView;
const isBuffer = (value) => value instanceof ArrayBuffer;
const isData = (value) => isView(value) || isBuffer(value);

// lazyTransform makes a class a Transform whose stream machinery starts when a stream's method is first called.
function lazyTransform(Class) {
  Object.setPrototypeOf(Class.prototype, Transform.prototype);
  Object.setPrototypeOf(Class, Transform);
  const start = (self) => {
    if (self[kStream]) return;
    Object.defineProperty(self, kStream, { value: true });
    Transform.call(self, self._options);
  };
  for (const name of ['write', 'end', 'cork', 'uncork', 'setDefaultEncoding', 'pipe', 'unpipe', 'read', 'on', 'once', 'addListener',
                      'prependListener', 'prependOnceListener', 'emit', 'pause', 'resume', 'setEncoding', 'destroy', 'unshift',
                      'push', 'wrap', 'isPaused']) {
    Object.defineProperty(Class.prototype, name, {
      configurable: true, writable: true, enumerable: false,
      value: function(...args) {
        start(this);
        return Transform.prototype[name].apply(this, args);
      },
    });
  }
}

function Hash(algorithm, options) {
  if (!(this instanceof Hash)) return new Hash(algorithm, options);
  const copied = algorithm instanceof Hash;
  if (!copied) validateString(algorithm, 'algorithm');
  const length = typeof options === 'object' && options !== null ? options.outputLength : undefined;
  if (length !== undefined) validateUint32(length, 'options.outputLength');
  this._options = options;
  this[kHandle] = copied ? binding.hashCopy(algorithm[kHandle], length) : binding.hash(algorithm, length);
  if (this[kHandle] === undefined) throw new Error('Digest method not supported');
  this[kState] = { [kFinalized]: false };
}
lazyTransform(Hash);

Hash.prototype.copy = function copy(options) {
  if (this[kState][kFinalized]) throw new ERR_CRYPTO_HASH_FINALIZED();
  return new Hash(this, options);
};
Hash.prototype._transform = function(chunk, encoding, callback) {
  binding.hashUpdate(this[kHandle], chunk, encoding);
  callback();
};
Hash.prototype._flush = function(callback) {
  this.push(binding.hashDigest(this[kHandle]));
  callback();
};

function update(data, encoding) {
  if (this[kState][kFinalized]) throw new ERR_CRYPTO_HASH_FINALIZED();
  checkData(data, encoding);
  binding.hashUpdate(this[kHandle], data, encoding);
  return this;
}

function checkData(data, encoding) {
  if (typeof data === 'string') {
    if (encoding === 'hex' && data.length % 2 !== 0) {
      throw new ERR_INVALID_ARG_VALUE('encoding', encoding, `is invalid for data of length ${data.length}`);
    }
  } else if (!isView(data)) {
    throw new ERR_INVALID_ARG_TYPE('data', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  }
}

const encodingOf = (encoding) => (encoding === undefined || encoding === null || encoding === 'buffer' ? undefined : `${encoding}`);

Hash.prototype.update = update;
Hash.prototype.digest = function digest(outputEncoding) {
  if (this[kState][kFinalized]) throw new ERR_CRYPTO_HASH_FINALIZED();
  const result = binding.hashDigest(this[kHandle], encodingOf(outputEncoding));
  this[kState][kFinalized] = true;
  return result;
};

function Hmac(hmac, key, options) {
  if (!(this instanceof Hmac)) return new Hmac(hmac, key, options);
  validateString(hmac, 'hmac');
  const bytes = secretBytes(key, options?.encoding, 'key');
  this._options = options;
  this[kHandle] = binding.hmac(hmac, bytes);
  if (this[kHandle] === undefined) throw new ERR_CRYPTO_INVALID_DIGEST(hmac);
  this[kState] = { [kFinalized]: false };
}
lazyTransform(Hmac);
Hmac.prototype.update = update;
Hmac.prototype._flush = Hash.prototype._flush;
Hmac.prototype._transform = Hash.prototype._transform;
Hmac.prototype.digest = function digest(outputEncoding) {
  const encoding = encodingOf(outputEncoding);
  if (this[kState][kFinalized]) return encoding === undefined ? Buffer.from('') : '';
  const result = binding.hashDigest(this[kHandle], encoding);
  this[kState][kFinalized] = true;
  return result;
};

// secretBytes takes a secret key: text, memory, a KeyObject or a CryptoKey.
function secretBytes(key, encoding, name) {
  if (key instanceof KeyObject) {
    if (key.type !== 'secret') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(key.type, 'secret');
    return key[kBytes];
  }
  if (isCryptoKey(key)) {
    if (key.type !== 'secret') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(key.type, 'secret');
    return KeyObject.from(key)[kBytes];
  }
  if (typeof key === 'string') return Buffer.from(key, encoding === 'buffer' ? 'utf8' : encoding);
  if (!isData(key)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'], key);
  }
  return key;
}

const web = () => require('internal/crypto/webcrypto');
const isCryptoKey = (key) => key !== null && typeof key === 'object' && key[Symbol.toStringTag] === 'CryptoKey';

class KeyObject {
  constructor(type, handle) {
    if (type !== 'secret' && type !== 'public' && type !== 'private') throw new ERR_INVALID_ARG_VALUE('type', type);
    if (typeof handle !== 'object' || handle === null) throw new ERR_INVALID_ARG_TYPE('handle', 'object', handle);
    this[kKeyType] = type;
    Object.defineProperty(this, type === 'secret' ? kBytes : kHandle, { value: handle });
  }
  get type() { return this[kKeyType]; }
  static from(key) {
    if (!isCryptoKey(key)) throw new ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
    return web().keyObjectOf(key);
  }
  equals(other) {
    if (!(other instanceof KeyObject)) throw new ERR_INVALID_ARG_TYPE('otherKeyObject', 'KeyObject', other);
    if (other.type !== this.type) return false;
    if (this.type === 'secret') {
      return this[kBytes].byteLength === other[kBytes].byteLength && binding.timingSafeEqual(this[kBytes], other[kBytes]);
    }
    return binding.keyEquals(this[kHandle], other[kHandle]);
  }
}
Object.defineProperty(KeyObject.prototype, Symbol.toStringTag, { configurable: true, value: 'KeyObject' });

class SecretKeyObject extends KeyObject {
  get symmetricKeySize() { return this[kBytes].byteLength; }
  export(options) {
    if (options !== undefined) {
      validateObject(options, 'options');
      validateOneOf(options.format, 'options.format', [undefined, 'buffer', 'jwk']);
      if (options.format === 'jwk') return { kty: 'oct', k: this[kBytes].toString('base64url') };
    }
    return Buffer.from(this[kBytes]);
  }
}

class AsymmetricKeyObject extends KeyObject {
  get asymmetricKeyType() { return binding.keyType(this[kHandle]); }
  get asymmetricKeyDetails() { return binding.keyDetails(this[kHandle]); }
  export(options) { return binding.keyExport(this[kHandle], this.type === 'private', checkExport(options, this.type)); }
}
class PublicKeyObject extends AsymmetricKeyObject {}
class PrivateKeyObject extends AsymmetricKeyObject {}

function checkExport(options, kind) {
  validateObject(options, 'options');
  const { type, format } = options;
  if (format === 'jwk') return options;
  if (format !== 'pem' && format !== 'der') throw new ERR_INVALID_ARG_VALUE('options.format', format);
  const types = kind === 'private' ? ['pkcs1', 'pkcs8', 'sec1'] : ['pkcs1', 'spki'];
  if (!types.includes(type)) throw new ERR_INVALID_ARG_VALUE('options.type', type);
  if (options.cipher != null || options.passphrase !== undefined) unavailable('encrypted keys');
  return options;
}

function createSecretKey(key, encoding) {
  if (typeof key !== 'string' && !isData(key)) {
    throw new ERR_INVALID_ARG_TYPE('key', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string'], key);
  }
  return new SecretKeyObject('secret', typeof key === 'string' ? Buffer.from(key, encoding) : copyOf(key));
}

const copyOf = (data) => Buffer.from(isView(data) ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) : data.slice(0));

// keyOf takes an asymmetric key as sign, verify and the like do; it returns the binding's handle.
function keyOf(input, wantPrivate) {
  let key = input;
  let options = {};
  if (key !== null && typeof key === 'object' && !(key instanceof KeyObject) && !isData(key) && !isCryptoKey(key)) {
    options = key;
    key = options.key;
  }
  if (isCryptoKey(key)) key = KeyObject.from(key);
  if (key instanceof KeyObject) {
    if (key.type === 'secret' || (wantPrivate && key.type !== 'private')) {
      throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(key.type, wantPrivate ? 'private' : 'private or public');
    }
    return key[kHandle];
  }
  if (options.format === 'jwk') {
    validateObject(key, 'key.key');
    return binding.keyFromJwk(key, wantPrivate);
  }
  if (typeof key !== 'string' && !isData(key)) {
    throw new ERR_INVALID_ARG_TYPE('key', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'], key);
  }
  if (options.passphrase !== undefined) unavailable('encrypted keys');
  return binding.keyParse(key, options.format ?? 'pem', options.type, wantPrivate);
}

function createPrivateKey(key) {
  return new PrivateKeyObject('private', keyOf(key, true));
}

function createPublicKey(key) {
  return new PublicKeyObject('public', binding.keyPublic(keyOf(key, false)));
}

function unavailable(name) { throw new ERR_FEATURE_UNAVAILABLE_ON_PLATFORM(`crypto: ${name}`); }

// Ciphers.

function Cipher(self, encrypt, cipher, key, iv, options) {
  validateString(cipher, 'cipher');
  const bytes = secretBytes(key, options?.encoding, 'key');
  if (iv !== null && typeof iv !== 'string' && !isData(iv)) {
    throw new ERR_INVALID_ARG_TYPE('iv', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'null'].slice(0, 5), iv);
  }
  const tagLength = options?.authTagLength;
  if (tagLength !== undefined) validateInt32(tagLength, 'options.authTagLength', 0);
  self._options = options;
  self[kHandle] = binding.cipher(cipher, encrypt, bytes, iv ?? undefined, tagLength);
  self._decoder = null;
}

function Cipheriv(cipher, key, iv, options) {
  if (!(this instanceof Cipheriv)) return new Cipheriv(cipher, key, iv, options);
  Cipher(this, true, cipher, key, iv, options);
}

function Decipheriv(cipher, key, iv, options) {
  if (!(this instanceof Decipheriv)) return new Decipheriv(cipher, key, iv, options);
  Cipher(this, false, cipher, key, iv, options);
}

function decoded(self, data, encoding, last) {
  if (!encoding || encoding === 'buffer') return data;
  self._decoder ??= new StringDecoder(encoding);
  return last ? self._decoder.end(data) : self._decoder.write(data);
}

for (const Class of [Cipheriv, Decipheriv]) {
  lazyTransform(Class);
  Class.prototype._transform = function(chunk, encoding, callback) {
    this.push(binding.cipherUpdate(this[kHandle], chunk, encoding));
    callback();
  };
  Class.prototype._flush = function(callback) {
    try {
      this.push(binding.cipherFinal(this[kHandle]));
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  };
  Class.prototype.update = function update(data, inputEncoding, outputEncoding) {
    checkData(data, inputEncoding);
    return decoded(this, binding.cipherUpdate(this[kHandle], data, inputEncoding), outputEncoding, false);
  };
  Class.prototype.final = function final(outputEncoding) {
    return decoded(this, binding.cipherFinal(this[kHandle]), outputEncoding, true);
  };
  Class.prototype.setAutoPadding = function setAutoPadding(padding) {
    binding.setAutoPadding(this[kHandle], padding === undefined || padding);
    return this;
  };
  Class.prototype.setAAD = function setAAD(buffer, options) {
    if (typeof buffer !== 'string' && !isData(buffer)) {
      throw new ERR_INVALID_ARG_TYPE('buffer', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], buffer);
    }
    binding.setAAD(this[kHandle], buffer, options?.encoding);
    return this;
  };
}
Cipheriv.prototype.getAuthTag = function getAuthTag() { return binding.getAuthTag(this[kHandle]); };
Decipheriv.prototype.setAuthTag = function setAuthTag(tag, encoding) {
  if (typeof tag !== 'string' && !isData(tag)) {
    throw new ERR_INVALID_ARG_TYPE('buffer', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], tag);
  }
  binding.setAuthTag(this[kHandle], tag, encoding);
  return this;
};

function getCipherInfo(nameOrNid, options) {
  if (typeof nameOrNid !== 'string' && typeof nameOrNid !== 'number') {
    throw new ERR_INVALID_ARG_TYPE('nameOrNid', ['string', 'number'], nameOrNid);
  }
  if (typeof nameOrNid === 'number') validateInt32(nameOrNid, 'nameOrNid');
  if (options !== undefined) {
    validateObject(options, 'options');
    if (options.keyLength !== undefined) validateInt32(options.keyLength, 'options.keyLength');
    if (options.ivLength !== undefined) validateInt32(options.ivLength, 'options.ivLength');
  }
  return binding.getCipherInfo(nameOrNid, options?.keyLength, options?.ivLength);
}

// Random numbers.

const maxSize = 2 ** 31 - 1;

function sizeOf(size, element, offset, length) {
  validateNumber(size, 'size');
  size *= element;
  if (Number.isNaN(size) || size > maxSize || size < 0) throw new ERR_OUT_OF_RANGE('size', `>= 0 && <= ${maxSize}`, size);
  if (size + offset > length) throw new ERR_OUT_OF_RANGE('size + offset', `<= ${length}`, size + offset);
  return size >>> 0;
}

function offsetOf(offset, element, length) {
  validateNumber(offset, 'offset');
  offset *= element;
  const most = Math.min(length, maxSize);
  if (Number.isNaN(offset) || offset > most || offset < 0) throw new ERR_OUT_OF_RANGE('offset', `>= 0 && <= ${most}`, offset);
  return offset >>> 0;
}

function randomBytes(size, callback) {
  size = sizeOf(size, 1, 0, Infinity);
  if (callback !== undefined) validateFunction(callback, 'callback');
  const buffer = Buffer.alloc(size);
  if (callback === undefined) {
    binding.randomFill(buffer, 0, size);
    return buffer;
  }
  binding.randomFill(buffer, 0, size, callback);
}

function randomFillSync(buf, offset = 0, size) {
  if (!isData(buf)) throw new ERR_INVALID_ARG_TYPE('buf', ['ArrayBuffer', 'ArrayBufferView'], buf);
  const element = buf.BYTES_PER_ELEMENT || 1;
  offset = offsetOf(offset, element, buf.byteLength);
  size = size === undefined ? buf.byteLength - offset : sizeOf(size, element, offset, buf.byteLength);
  if (size !== 0) binding.randomFill(buf, offset, size);
  return buf;
}

function randomFill(buf, offset, size, callback) {
  if (!isData(buf)) throw new ERR_INVALID_ARG_TYPE('buf', ['ArrayBuffer', 'ArrayBufferView'], buf);
  const element = buf.BYTES_PER_ELEMENT || 1;
  if (typeof offset === 'function') {
    callback = offset;
    offset = 0;
    size = undefined;
  } else if (typeof size === 'function') {
    callback = size;
    size = undefined;
  } else {
    validateFunction(callback, 'callback');
  }
  offset = offsetOf(offset, element, buf.byteLength);
  size = size === undefined ? buf.byteLength - offset : sizeOf(size, element, offset, buf.byteLength);
  if (size === 0) callback(null, buf);
  else binding.randomFill(buf, offset, size, callback);
}

const randomMax = 0xFFFF_FFFF_FFFF;

function randomInt(min, max, callback) {
  const single = max === undefined || typeof max === 'function';
  if (single) {
    callback = max;
    max = min;
    min = 0;
  }
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (!Number.isSafeInteger(min)) throw new ERR_INVALID_ARG_TYPE('min', 'a safe integer', min);
  if (!Number.isSafeInteger(max)) throw new ERR_INVALID_ARG_TYPE('max', 'a safe integer', max);
  if (max <= min) throw new ERR_OUT_OF_RANGE('max', `greater than the value of "min" (${min})`, max);
  const range = max - min;
  if (!(range <= randomMax)) throw new ERR_OUT_OF_RANGE(`max${single ? '' : ' - min'}`, `<= ${randomMax}`, range);
  // Numbers above the last whole multiple of the range would favour the small ones.
  const limit = randomMax - (randomMax % range);
  let x;
  do x = binding.random48(); while (x >= limit);
  const n = (x % range) + min;
  if (callback === undefined) return n;
  process.nextTick(callback, undefined, n);
}

function randomUUID(options) {
  if (options !== undefined) validateObject(options, 'options');
  if (options?.disableEntropyCache !== undefined) validateBoolean(options.disableEntropyCache, 'options.disableEntropyCache');
  return binding.randomUUID();
}

// Key derivation.

function secretArgument(value, name) {
  if (typeof value !== 'string' && !isData(value)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value);
  }
  return value;
}

function pbkdf2Arguments(password, salt, iterations, keylen, digest) {
  validateString(digest, 'digest');
  secretArgument(password, 'password');
  secretArgument(salt, 'salt');
  validateInt32(iterations, 'iterations', 1);
  validateInt32(keylen, 'keylen', 0);
}

function pbkdf2(password, salt, iterations, keylen, digest, callback) {
  if (typeof digest === 'function') {
    callback = digest;
    digest = undefined;
  }
  pbkdf2Arguments(password, salt, iterations, keylen, digest);
  validateFunction(callback, 'callback');
  binding.pbkdf2(password, salt, iterations, keylen, digest, callback);
}

function pbkdf2Sync(password, salt, iterations, keylen, digest) {
  pbkdf2Arguments(password, salt, iterations, keylen, digest);
  return binding.pbkdf2(password, salt, iterations, keylen, digest);
}

function scryptArguments(password, salt, keylen, options) {
  secretArgument(password, 'password');
  secretArgument(salt, 'salt');
  validateInt32(keylen, 'keylen', 0);
  let [N, r, p, maxmem] = [16384, 8, 1, 32 << 20];
  const pick = (long, short, otherwise) => {
    let value = otherwise;
    if (options[short] !== undefined) {
      value = options[short];
      validateUint32(value, short);
    }
    if (options[long] !== undefined) {
      if (options[short] !== undefined) throw new ERR_INCOMPATIBLE_OPTION_PAIR(short, long);
      value = options[long];
      validateUint32(value, long);
    }
    return value || otherwise;
  };
  if (options) {
    N = pick('cost', 'N', N);
    r = pick('blockSize', 'r', r);
    p = pick('parallelization', 'p', p);
    if (options.maxmem !== undefined) {
      maxmem = options.maxmem;
      validateInteger(maxmem, 'maxmem', 0);
      maxmem ||= 32 << 20;
    }
  }
  return [password, salt, keylen, N, r, p, maxmem];
}

function scrypt(password, salt, keylen, options, callback) {
  if (callback === undefined) {
    callback = options;
    options = undefined;
  }
  const list = scryptArguments(password, salt, keylen, options);
  validateFunction(callback, 'callback');
  binding.scrypt(...list, callback);
}

function scryptSync(password, salt, keylen, options) {
  return binding.scrypt(...scryptArguments(password, salt, keylen, options));
}

function hkdfArguments(hash, key, salt, info, length) {
  validateString(hash, 'digest');
  key = key instanceof KeyObject || isCryptoKey(key) ? secretBytes(key, undefined, 'ikm') : key;
  if (typeof key !== 'string' && !isData(key)) {
    throw new ERR_INVALID_ARG_TYPE('ikm', ['string', 'SecretKeyObject', 'ArrayBuffer', 'TypedArray', 'DataView', 'Buffer'], key);
  }
  secretArgument(salt, 'salt');
  secretArgument(info, 'info');
  validateInteger(length, 'length', 0, maxSize);
  if (Buffer.byteLength(info) > 1024) throw new ERR_OUT_OF_RANGE('info', 'must not contain more than 1024 bytes', Buffer.byteLength(info));
  return [hash, key, salt, info, length];
}

const exact = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);

function hkdf(hash, key, salt, info, length, callback) {
  const list = hkdfArguments(hash, key, salt, info, length);
  validateFunction(callback, 'callback');
  binding.hkdf(...list, (error, result) => (error ? callback(error) : callback(null, exact(result))));
}

function hkdfSync(hash, key, salt, info, length) {
  return exact(binding.hkdf(...hkdfArguments(hash, key, salt, info, length)));
}

function hash(algorithm, input, outputEncoding = 'hex') {
  validateString(algorithm, 'algorithm');
  if (typeof input !== 'string' && !isView(input)) {
    throw new ERR_INVALID_ARG_TYPE('input', ['Buffer', 'TypedArray', 'DataView', 'string'], input);
  }
  validateString(outputEncoding, 'outputEncoding');
  const handle = binding.hash(algorithm);
  if (handle === undefined) throw new Error('Digest method not supported');
  binding.hashUpdate(handle, input);
  return binding.hashDigest(handle, encodingOf(outputEncoding));
}

// Secret keys are made of random bytes.
function generateKeyBytes(type, options) {
  validateString(type, 'type');
  validateObject(options, 'options');
  const { length } = options;
  if (type === 'hmac') {
    validateInteger(length, 'options.length', 8, 2 ** 31 - 1);
  } else if (type === 'aes') {
    validateOneOf(length, 'options.length', [128, 192, 256]);
  } else {
    throw new ERR_INVALID_ARG_VALUE('type', type, 'must be a supported key type');
  }
  return Math.floor(length / 8);
}

function generateKeySync(type, options) {
  return new SecretKeyObject('secret', randomBytes(generateKeyBytes(type, options)));
}

function generateKey(type, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  const size = generateKeyBytes(type, options);
  validateFunction(callback, 'callback');
  randomBytes(size, (error, bytes) => (error ? callback(error) : callback(null, new SecretKeyObject('secret', bytes))));
}

// Signatures.

function signOptions(key) {
  const options = key !== null && typeof key === 'object' && !(key instanceof KeyObject) && !isData(key) ? key : {};
  if (options.dsaEncoding !== undefined) validateOneOf(options.dsaEncoding, 'options.dsaEncoding', ['der', 'ieee-p1363']);
  return [options.padding, options.saltLength, options.dsaEncoding];
}

class Sign extends Writable {
  constructor(algorithm, options) {
    super(options);
    validateString(algorithm, 'algorithm');
    if (!binding.isSignAlgorithm(algorithm)) throw Object.assign(new Error('Invalid digest: ' + algorithm), { code: 'ERR_CRYPTO_INVALID_DIGEST' });
    this._algorithm = algorithm;
    this._chunks = [];
  }
  _write(chunk, encoding, callback) {
    this.update(chunk, encoding);
    callback();
  }
  update(data, encoding) {
    checkData(data, encoding);
    this._chunks.push(typeof data === 'string' ? Buffer.from(data, encoding === 'buffer' ? undefined : encoding) : copyOf(data));
    return this;
  }
  sign(key, encoding) {
    if (!key) throw new codes.ERR_CRYPTO_SIGN_KEY_REQUIRED();
    const result = binding.sign(this._algorithm, Buffer.concat(this._chunks), keyOf(key, true), ...signOptions(key));
    return encoding && encoding !== 'buffer' ? result.toString(encoding) : result;
  }
}

class Verify extends Sign {
  verify(key, signature, encoding) {
    if (typeof signature === 'string') signature = Buffer.from(signature, encoding);
    else if (!isData(signature)) throw new ERR_INVALID_ARG_TYPE('signature', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], signature);
    return binding.verify(this._algorithm, Buffer.concat(this._chunks), keyOf(key, false), signature, ...signOptions(key));
  }
}
Verify.prototype.sign = undefined;

function sign(algorithm, data, key, callback) {
  if (algorithm != null) validateString(algorithm, 'algorithm');
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (!isData(data)) throw new ERR_INVALID_ARG_TYPE('data', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], data);
  if (!key) throw new codes.ERR_CRYPTO_SIGN_KEY_REQUIRED();
  const result = binding.sign(algorithm ?? undefined, data, keyOf(key, true), ...signOptions(key));
  if (callback === undefined) return result;
  process.nextTick(callback, null, result);
}

function verify(algorithm, data, key, signature, callback) {
  if (algorithm != null) validateString(algorithm, 'algorithm');
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (!isData(data)) throw new ERR_INVALID_ARG_TYPE('data', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], data);
  if (!isData(signature)) throw new ERR_INVALID_ARG_TYPE('signature', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], signature);
  const result = binding.verify(algorithm ?? undefined, data, keyOf(key, false), signature, ...signOptions(key));
  if (callback === undefined) return result;
  process.nextTick(callback, null, result);
}

// generateKeyPair makes the pair elsewhere and gives it out in the encodings asked for.
function pairArguments(type, options) {
  validateString(type, 'type');
  if (!['rsa', 'ec', 'ed25519', 'x25519'].includes(type)) {
    if (['rsa-pss', 'dsa', 'dh', 'ed448', 'x448'].includes(type)) unavailable(`generateKeyPair('${type}')`);
    throw new ERR_INVALID_ARG_VALUE('type', type, 'must be a supported key type');
  }
  if (options !== undefined) validateObject(options, 'options');
  if (type === 'rsa') {
    validateObject(options, 'options');
    validateUint32(options.modulusLength, 'options.modulusLength');
    if (options.publicExponent != null) validateUint32(options.publicExponent, 'options.publicExponent');
    return [type, options.modulusLength, options.publicExponent ?? 65537];
  }
  if (type === 'ec') {
    validateObject(options, 'options');
    validateString(options.namedCurve, 'options.namedCurve');
    return [type, options.namedCurve];
  }
  return [type];
}

function pairResult(handle, options) {
  const give = (object, encoding) => (encoding === undefined ? object : object.export(encoding));
  return {
    publicKey: give(new PublicKeyObject('public', binding.keyPublic(handle)), options?.publicKeyEncoding),
    privateKey: give(new PrivateKeyObject('private', handle), options?.privateKeyEncoding),
  };
}

function generateKeyPair(type, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  const list = pairArguments(type, options);
  validateFunction(callback, 'callback');
  if (options?.publicKeyEncoding !== undefined) checkExport(options.publicKeyEncoding, 'public');
  if (options?.privateKeyEncoding !== undefined) checkExport(options.privateKeyEncoding, 'private');
  binding.keyGenerate(list, (error, handle) => {
    if (error) return callback(error);
    const { publicKey, privateKey } = pairResult(handle, options);
    callback(null, publicKey, privateKey);
  });
}
Object.defineProperty(generateKeyPair, Symbol.for('nodejs.util.promisify.custom'), {
  value: (type, options) => new Promise((resolve, reject) => {
    generateKeyPair(type, options, (error, publicKey, privateKey) => (error ? reject(error) : resolve({ publicKey, privateKey })));
  }),
});

function generateKeyPairSync(type, options) {
  return pairResult(binding.keyGenerate(pairArguments(type, options)), options);
}

const factory = (Class, name) => ({ [name](...args) { return new Class(...args); } })[name];

Object.assign(exports, {
  createCipheriv: factory(Cipheriv, 'createCipheriv'),
  createDecipheriv: factory(Decipheriv, 'createDecipheriv'),
  createHash: factory(Hash, 'createHash'),
  createHmac: factory(Hmac, 'createHmac'),
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign: factory(Sign, 'createSign'),
  createVerify: factory(Verify, 'createVerify'),
  getCiphers: binding.getCiphers,
  getCipherInfo,
  getCurves: () => ['prime256v1', 'secp224r1', 'secp384r1', 'secp521r1'],
  getHashes: binding.getHashes,
  hkdf,
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  generateKeyPair,
  generateKeyPairSync,
  generateKey,
  generateKeySync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  sign,
  timingSafeEqual: binding.timingSafeEqual,
  getFips: () => 0,
  verify,
  hash,
  Cipheriv,
  Decipheriv,
  Hash,
  Hmac,
  KeyObject,
  Sign,
  Verify,
});
for (const name of ['checkPrime', 'checkPrimeSync', 'createDiffieHellman', 'createDiffieHellmanGroup', 'createECDH', 'diffieHellman',
                    'generatePrime', 'generatePrimeSync', 'getDiffieHellman', 'privateDecrypt', 'privateEncrypt', 'publicDecrypt',
                    'publicEncrypt', 'setEngine', 'setFips', 'secureHeapUsed']) {
  if (binding[name]) {
    exports[name] = (key, buffer) => binding[name](keyOf(key, name.startsWith('private')), buffer, key?.padding, key?.oaepHash, key?.oaepLabel);
    continue;
  }
  exports[name] = ({ [name]() { unavailable(`${name}()`); } })[name];
}
for (const name of ['Certificate', 'DiffieHellman', 'DiffieHellmanGroup', 'ECDH', 'X509Certificate']) {
  exports[name] = ({ [name]: function() { unavailable(name); } })[name];
}
exports.constants = require('internal/crypto/constants');

const lazy = (name, value) => {
  Object.defineProperty(exports, name, { configurable: true, enumerable: true, get: value, set(v) {
    Object.defineProperty(exports, name, { value: v, writable: true, configurable: true, enumerable: true });
  } });
};
lazy('webcrypto', () => web().crypto);
lazy('subtle', () => web().crypto.subtle);
lazy('getRandomValues', () => web().crypto.getRandomValues);
for (const name of ['prng', 'pseudoRandomBytes', 'rng']) {
  Object.defineProperty(exports, name, { value: randomBytes, writable: true, configurable: true, enumerable: false });
}
for (const name of ['createCipher', 'createDecipher']) {
  Object.defineProperty(exports, name, { value: () => unavailable(`${name}()`), writable: true, configurable: true, enumerable: false });
}
Object.defineProperty(exports, 'fips', { get: () => 0, set() {}, configurable: true, enumerable: false });

// What webcrypto.js needs of this module.
binding.classes = { SecretKeyObject, kBytes };
