// The classes of crypto and the checks of its arguments; the algorithms are in the binding.
'use strict';

const { Transform, Writable } = require('stream');
const { StringDecoder } = require('string_decoder');
const { codes } = require('internal/errors');
const {
  ERR_CRYPTO_ENGINE_UNKNOWN, ERR_CRYPTO_HASH_FINALIZED, ERR_CRYPTO_INVALID_DIGEST, ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE, ERR_INCOMPATIBLE_OPTION_PAIR,
  ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE,
} = codes;
const {
  validateBoolean, validateFunction, validateInt32, validateInteger, validateNumber, validateObject, validateOneOf,
  validateString, validateUint32,
} = require('internal/validators');

const kHandle = Symbol('kHandle');
const kState = Symbol('kState');
const kFinalized = Symbol('kFinalized');
const kStream = Symbol('kStream');

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
  if (!copied && length === undefined) warnOfLength(this[kHandle]);
  this[kState] = { [kFinalized]: false };
}
lazyTransform(Hash);

let lengthWarned = false;

// warnOfLength warns, once and if that is asked for, of hashes whose output has no length of its own.
function warnOfLength(handle) {
  if (lengthWarned || !binding.hashLacksLength(handle)) return;
  lengthWarned = true;
  process.emitWarning('Creating SHAKE128/256 digests without an explicit options.outputLength is deprecated.', 'DeprecationWarning', 'DEP0198');
}

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
  if (isCryptoKey(key)) key = web().keyObjectOf(key);
  if (isKeyObject(key)) {
    const type = binding.keyObjectType(key);
    if (type !== 'secret') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(type, 'secret');
    return binding.keyObjectHandle(key);
  }
  if (typeof key === 'string') return Buffer.from(key, encoding === 'buffer' ? 'utf8' : encoding);
  if (!isData(key)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'], key);
  }
  return key;
}

const web = () => require('internal/crypto/webcrypto');
const isCryptoKey = (key) => key !== null && typeof key === 'object' && key[Symbol.toStringTag] === 'CryptoKey';
const { isKeyObject } = binding;

const copyOf = (data) => Buffer.from(isView(data) ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) : data.slice(0));

// Ciphers.

function start(self, encrypt, cipher, key, iv, options) {
  validateString(cipher, 'cipher');
  const bytes = secretBytes(key, options?.encoding, 'key');
  if (iv !== null && typeof iv !== 'string' && !isData(iv)) {
    throw new ERR_INVALID_ARG_TYPE('iv', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'null'].slice(0, 5), iv);
  }
  const tagLength = options?.authTagLength;
  if (tagLength !== undefined && tagLength >>> 0 !== tagLength) throw new ERR_INVALID_ARG_VALUE('options.authTagLength', tagLength);
  self._options = options;
  self[kHandle] = binding.cipher(cipher, encrypt, bytes, iv ?? undefined, tagLength);
  self._decoder = null;
}

function Cipheriv(cipher, key, iv, options) {
  if (!(this instanceof Cipheriv)) return new Cipheriv(cipher, key, iv, options);
  start(this, true, cipher, key, iv, options);
}

function Decipheriv(cipher, key, iv, options) {
  if (!(this instanceof Decipheriv)) return new Decipheriv(cipher, key, iv, options);
  start(this, false, cipher, key, iv, options);
}

// Ciphers with a password: key and vector are made of it as of old.
function decoded(self, data, encoding, last) {
  if (!encoding || encoding === 'buffer') return data;
  if (self._decoder === null) {
    self._decoder = new StringDecoder(encoding);
  } else if (self._decoder.encoding !== new StringDecoder(encoding).encoding) {
    throw new ERR_INVALID_ARG_VALUE('outputEncoding', encoding, `cannot be changed from '${self._decoder.encoding}'`);
  }
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
      throw new ERR_INVALID_ARG_TYPE('aadbuf', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], buffer);
    }
    const length = options?.plaintextLength;
    if (length !== undefined && (length >>> 0 !== length || length > maxSize)) throw new ERR_INVALID_ARG_VALUE('options.plaintextLength', length);
    binding.setAAD(this[kHandle], buffer, options?.encoding, length);
    return this;
  };
}
let shortTags = false; // the warning was given
Cipheriv.prototype.getAuthTag = function getAuthTag() { return binding.getAuthTag(this[kHandle]); };
Decipheriv.prototype.setAuthTag = function setAuthTag(tag, encoding) {
  if (typeof tag !== 'string' && !isData(tag)) {
    throw new ERR_INVALID_ARG_TYPE('buffer', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], tag);
  }
  if (binding.setAuthTag(this[kHandle], tag, encoding) && !shortTags) {
    shortTags = true;
    process.emitWarning('Using AES-GCM authentication tags of less than 128 bits without specifying the authTagLength option when ' +
                        'initializing decryption is deprecated.', 'DeprecationWarning', 'DEP0182');
  }
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

function randomUUIDv7(options) {
  if (options !== undefined) validateObject(options, 'options');
  if (options?.disableEntropyCache !== undefined) validateBoolean(options.disableEntropyCache, 'options.disableEntropyCache');
  return binding.randomUUIDv7();
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

function scrypt(password, salt, keylen, options, callback = undefined) {
  if (callback === undefined) {
    callback = options;
    options = undefined;
  }
  const list = scryptArguments(password, salt, keylen, options);
  validateFunction(callback, 'callback');
  binding.scrypt(...list, callback);
}

function scryptSync(password, salt, keylen, options = undefined) {
  return binding.scrypt(...scryptArguments(password, salt, keylen, options));
}

const argon2Variants = ['argon2d', 'argon2i', 'argon2id'];
const maxUint32 = 2 ** 32 - 1;

function argon2Arguments(algorithm, parameters) {
  validateString(algorithm, 'algorithm');
  validateOneOf(algorithm, 'algorithm', argon2Variants);
  validateObject(parameters, 'parameters');
  const { parallelism, tagLength, memory, passes } = parameters;
  const data = (name, least = 0) => {
    const value = secretArgument(parameters[name], `parameters.${name}`);
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    validateInteger(bytes.byteLength, `parameters.${name}.byteLength`, least, maxUint32);
    return bytes;
  };
  const list = [argon2Variants.indexOf(algorithm), data('message'), data('nonce', 8), parallelism, tagLength, memory, passes];
  validateInteger(parallelism, 'parameters.parallelism', 1, 2 ** 24 - 1);
  validateInteger(tagLength, 'parameters.tagLength', 4, maxUint32);
  validateInteger(memory, 'parameters.memory', 8 * parallelism, maxUint32);
  validateUint32(passes, 'parameters.passes', true);
  for (const name of ['secret', 'associatedData']) list.push(parameters[name] === undefined ? Buffer.alloc(0) : data(name));
  return list;
}

function argon2(algorithm, parameters, callback) {
  const list = argon2Arguments(algorithm, parameters);
  validateFunction(callback, 'callback');
  binding.argon2(...list, callback);
}

function argon2Sync(algorithm, parameters) { return binding.argon2(...argon2Arguments(algorithm, parameters)); }

function hkdfArguments(hash, key, salt, info, length) {
  validateString(hash, 'digest');
  key = isKeyObject(key) || isCryptoKey(key) ? secretBytes(key, undefined, 'ikm') : key;
  if (typeof key !== 'string' && !isData(key)) {
    throw new ERR_INVALID_ARG_TYPE('ikm', ['string', 'SecretKeyObject', 'ArrayBuffer', 'TypedArray', 'DataView', 'Buffer'], key);
  }
  const types = ['string', 'ArrayBuffer', 'TypedArray', 'DataView', 'Buffer'];
  if (typeof salt !== 'string' && !isData(salt)) throw new ERR_INVALID_ARG_TYPE('salt', types, salt);
  if (typeof info !== 'string' && !isData(info)) throw new ERR_INVALID_ARG_TYPE('info', types, info);
  validateInteger(length, 'length', 0, Number.MAX_SAFE_INTEGER);
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

function hash(algorithm, input, options) {
  validateString(algorithm, 'algorithm');
  if (typeof input !== 'string' && !isView(input)) {
    throw new ERR_INVALID_ARG_TYPE('input', ['Buffer', 'TypedArray', 'DataView', 'string'], input);
  }
  let outputLength;
  let outputEncoding = 'hex';
  if (typeof options === 'string') {
    outputEncoding = options;
  } else if (options !== undefined) {
    validateObject(options, 'options');
    ({ outputLength, outputEncoding = 'hex' } = options);
    if (outputLength !== undefined) validateUint32(outputLength, 'outputLength');
  }
  validateString(outputEncoding, 'outputEncoding');
  if (outputEncoding !== '' && outputEncoding !== 'buffer' && !Buffer.isEncoding(outputEncoding)) throw new ERR_INVALID_ARG_VALUE('outputEncoding', outputEncoding);
  const handle = binding.hash(algorithm, outputLength, true);
  if (handle === undefined) throw new Error(`Digest method ${algorithm} is not supported`);
  if (outputLength === undefined) warnOfLength(handle);
  binding.hashUpdate(handle, input);
  return binding.hashDigest(handle, encodingOf(outputEncoding));
}

Object.assign(exports, {
  argon2,
  argon2Sync,
  createCipheriv: function createCipheriv(cipher, key, iv, options) { return new Cipheriv(cipher, key, iv, options); },
  createDecipheriv: function createDecipheriv(cipher, key, iv, options) { return new Decipheriv(cipher, key, iv, options); },
  createHash: function createHash(algorithm, options) { return new Hash(algorithm, options); },
  createHmac: function createHmac(hmac, key, options) { return new Hmac(hmac, key, options); },
  getCiphers: binding.getCiphers,
  getCipherInfo,
  getCurves: binding.getCurves,
  getHashes: binding.getHashes,
  hkdf,
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  randomUUIDv7,
  scrypt,
  scryptSync,
  timingSafeEqual: binding.timingSafeEqual,
  getFips: () => 0,
  hash,
  secureHeapUsed: function() { return { total: 0, used: 0, utilization: NaN, min: 2 }; },
  setEngine: function(id, flags) {
    validateString(id, 'id');
    if (flags) validateNumber(flags, 'flags');
    throw new ERR_CRYPTO_ENGINE_UNKNOWN(id);
  },
  setFips,
  Cipheriv,
  Decipheriv,
});
for (const [Class, code] of [[Hash, 'DEP0179'], [Hmac, 'DEP0181']]) {
  binding.defineLazily(exports, Class.name, () => require('util').deprecate(Class, `crypto.${Class.name} constructor is deprecated.`, code));
}
exports.constants = require('internal/crypto/constants');

function setFips(on) {
  if (on) throw Object.assign(new Error('Cannot set FIPS mode in a non-FIPS build.'), { code: 'ERR_CRYPTO_FIPS_UNAVAILABLE' });
}

binding.define(exports);
for (const name of ['prng', 'pseudoRandomBytes', 'rng']) {
  Object.defineProperty(exports, name, { value: randomBytes, writable: true, configurable: true, enumerable: false });
}
Object.defineProperty(exports, 'fips', { get: () => 0, set: setFips, configurable: true, enumerable: false });

// What the scripts beside this one need of it.
binding.shared = { kHandle, isView, isData, isCryptoKey, isKeyObject, checkData, copyOf, randomBytes };
