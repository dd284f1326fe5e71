// Key objects, signatures, encryption with RSA and the generation of keys; the algorithms are in the binding.
'use strict';

const { Writable } = require('stream');
const { codes } = require('internal/errors');
const {
  ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS, ERR_CRYPTO_INVALID_DIGEST, ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE, ERR_CRYPTO_SIGN_KEY_REQUIRED,
  ERR_CRYPTO_UNKNOWN_CIPHER, ERR_INCOMPATIBLE_OPTION_PAIR, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_MISSING_OPTION,
} = codes;
const {
  validateFunction, validateInt32, validateInteger, validateObject, validateOneOf, validateString, validateUint32,
} = require('internal/validators');
require('crypto'); // makes binding.shared
const { isView, isData, isCryptoKey, isKeyObject, checkData, copyOf, randomBytes } = binding.shared;

const web = () => require('internal/crypto/webcrypto');

const { kClone } = require('internal/clone');

// What a key object is lies behind it in the binding: it has no property that a script could make or change.
const typeOf = (key, wanted = 'KeyObject') => binding.keyObjectType(key, wanted);
const handleIn = binding.keyObjectHandle;

class KeyObject {
  constructor(type, handle) {
    if (type !== 'secret' && type !== 'public' && type !== 'private') throw new ERR_INVALID_ARG_VALUE('type', type);
    if (!binding.isKeyHandle(handle, type)) throw new ERR_INVALID_ARG_TYPE('handle', 'object', handle);
    binding.keyObjectInit(this, type, handle);
  }
  get type() { return typeOf(this); }
  toCryptoKey(algorithm, extractable, keyUsages) {
    typeOf(this);
    return web().fromKeyObject(this, algorithm, extractable, keyUsages);
  }
  static from(key) {
    if (!isCryptoKey(key)) throw new ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
    return web().keyObjectOf(key);
  }
  equals(other) {
    if (!isKeyObject(other)) throw new ERR_INVALID_ARG_TYPE('otherKeyObject', 'KeyObject', other);
    const type = typeOf(this);
    if (typeOf(other) !== type) return false;
    const [a, b] = [handleIn(this), handleIn(other)];
    return type === 'secret' ? a.byteLength === b.byteLength && binding.timingSafeEqual(a, b) : binding.keyEquals(a, b);
  }
}
Object.defineProperty(KeyObject.prototype, Symbol.toStringTag, { configurable: true, value: 'KeyObject' });
Object.defineProperty(KeyObject.prototype, kClone, { configurable: true, value() {
  const type = typeOf(this);
  const data = type === 'secret' ? Buffer.from(handleIn(this)) :
    binding.keyExport(handleIn(this), type === 'private', { type: type === 'public' ? 'spki' : 'pkcs8', format: 'der' });
  return { needs: 'crypto', module: 'internal/crypto/keys', name: 'revive', data: { type, data } };
} });

class SecretKeyObject extends KeyObject {
  constructor(handle) { super('secret', handle); }
  get symmetricKeySize() {
    typeOf(this, 'SecretKeyObject');
    return handleIn(this).byteLength;
  }
  export(options) {
    typeOf(this);
    const bytes = handleIn(this);
    if (options !== undefined) {
      validateObject(options, 'options');
      validateOneOf(options.format, 'options.format', [undefined, 'buffer', 'jwk']);
      if (options.format === 'jwk') return { kty: 'oct', k: bytes.toString('base64url') };
    }
    return Buffer.from(bytes);
  }
}

class AsymmetricKeyObject extends KeyObject {
  get asymmetricKeyType() {
    typeOf(this, 'AsymmetricKeyObject');
    return binding.keyType(handleIn(this));
  }
  get asymmetricKeyDetails() {
    typeOf(this, 'AsymmetricKeyObject');
    return binding.keyDetails(handleIn(this));
  }
}

class PublicKeyObject extends AsymmetricKeyObject {
  constructor(handle) { super('public', handle); }
  export(options) {
    typeOf(this, 'AsymmetricKeyObject');
    const handle = handleIn(this);
    switch (options?.format) {
      case 'jwk': break;
      case 'raw-public': {
        const { type = 'uncompressed' } = options;
        if (binding.keyType(handle) === 'ec') validateOneOf(type, 'options.type', ['compressed', 'uncompressed']);
        options = { format: 'raw-public', type };
        break;
      }
      default: options = encodingOf(options, binding.keyType(handle), true);
    }
    return binding.keyExport(handle, false, options);
  }
}

class PrivateKeyObject extends AsymmetricKeyObject {
  constructor(handle) { super('private', handle); }
  export(options) {
    typeOf(this, 'AsymmetricKeyObject');
    const handle = handleIn(this);
    const format = options?.format;
    if (options?.passphrase !== undefined && format !== 'pem' && format !== 'der') {
      throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(format, 'does not support encryption');
    }
    if (format === 'jwk' || format === 'raw-private' || format === 'raw-seed') options = { format };
    else options = encodingOf(options, binding.keyType(handle), false);
    return binding.keyExport(handle, true, options);
  }
}

const isText = (value) => typeof value === 'string' || isData(value);
const textOf = (value, encoding) => (typeof value === 'string' ? Buffer.from(value, encoding === 'buffer' ? 'utf8' : encoding) : value);

function dataArgument(value, name, encoding) {
  if (!isText(value)) throw new ERR_INVALID_ARG_TYPE(name, ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value);
  return textOf(value, encoding);
}

// encodingOf checks how a key is to be read (no keyType) or written; name is what errors call the options.
function encodingOf(encoding, keyType, isPublic, name = 'options') {
  validateObject(encoding, 'options');
  const reading = keyType === undefined;
  const option = (key) => `${name}.${key}`;
  const { format = reading ? 'pem' : undefined, type } = encoding;
  switch (format) {
    case 'raw-public':
      if (isPublic === false) throw new ERR_INVALID_ARG_VALUE(option('format'), format);
      if (type !== undefined && type !== 'uncompressed' && type !== 'compressed') throw new ERR_INVALID_ARG_VALUE(option('type'), type);
      return { format, type: type ?? 'uncompressed' };
    case 'raw-private':
    case 'raw-seed':
      if (isPublic === true) throw new ERR_INVALID_ARG_VALUE(option('format'), format);
      if (type !== undefined) throw new ERR_INVALID_ARG_VALUE(option('type'), type);
      if (encoding.cipher != null || encoding.passphrase !== undefined) {
        throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS('raw format', 'does not support encryption');
      }
      return { format };
    case 'pem': case 'der': case 'jwk': break;
    default: throw new ERR_INVALID_ARG_VALUE(option('format'), format);
  }
  const needed = (!reading || format === 'der') && format !== 'jwk';
  if (type !== undefined || needed) {
    const known = type === 'pkcs1' || (type === 'spki' && isPublic !== false) || ((type === 'pkcs8' || type === 'sec1') && isPublic !== true);
    if (!known) throw new ERR_INVALID_ARG_VALUE(option('type'), type);
    if (!reading && type === 'pkcs1' && keyType !== 'rsa') {
      throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS('pkcs1', 'can only be used for RSA keys');
    }
    if (!reading && type === 'sec1' && keyType !== 'ec') throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS('sec1', 'can only be used for EC keys');
  }
  if (isPublic === true) return { format, type };
  const { cipher, passphrase } = encoding;
  if (!reading) {
    if (cipher == null) {
      if (passphrase !== undefined) throw new ERR_INVALID_ARG_VALUE(option('cipher'), cipher, 'is required when a passphrase is specified');
    } else if (typeof cipher !== 'string') {
      throw new ERR_INVALID_ARG_VALUE(option('cipher'), cipher);
    } else if (format === 'der' && type !== 'pkcs8') {
      throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(type, 'does not support encryption');
    }
  }
  if ((reading ? passphrase !== undefined : cipher != null) && !isText(passphrase)) {
    throw new ERR_INVALID_ARG_VALUE(option('passphrase'), passphrase);
  }
  if (!reading && cipher != null && binding.getCipherInfo(cipher) === undefined) throw new ERR_CRYPTO_UNKNOWN_CIPHER();
  return { format, type, cipher: cipher ?? undefined, passphrase: textOf(passphrase, encoding.encoding) };
}

// loadKey reads the private key that a URL names. Of OpenSSL's loaders there is the one of files.
function loadKey(href, name, url, { passphrase, encoding, properties }) {
  const uri = href.startsWith('file:') ? require('url').fileURLToPath(href) : href;
  if (uri.includes('\0')) throw new ERR_INVALID_ARG_VALUE(name, url, 'must be a URL without null bytes');
  if (passphrase !== undefined && !isText(passphrase)) throw new ERR_INVALID_ARG_VALUE(`${name}.passphrase`, passphrase);
  if (properties !== undefined) {
    validateString(properties, `${name}.properties`);
    if (properties.includes('\0')) throw new ERR_INVALID_ARG_VALUE(`${name}.properties`, properties, 'must be a string without null bytes');
  }
  return binding.keyLoad(uri, uri !== href, textOf(passphrase, encoding));
}

// handleOf takes a key as any function that wants one does: to create or to use one, private or public.
function handleOf(input, wantPrivate, create = false, name = 'key') {
  const types = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string'];
  if (!create || !wantPrivate) types.push('KeyObject', 'CryptoKey');
  if (wantPrivate) types.push('URL');
  // ofObject takes what is a key already, or names one.
  const ofObject = (key, options) => {
    if (isCryptoKey(key)) key = web().keyObjectOf(key);
    if (!isKeyObject(key)) {
      const href = wantPrivate ? binding.urlText(key) : undefined;
      return href === undefined ? undefined : loadKey(href, name, key, options);
    }
    if (create && wantPrivate) throw new ERR_INVALID_ARG_TYPE('key', types, key);
    const type = typeOf(key);
    if (type !== 'private') {
      if (wantPrivate || create) throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(type, 'private');
      if (type !== 'public') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(type, 'private or public');
    }
    return handleIn(key);
  };
  const handle = ofObject(input, {});
  if (handle !== undefined) return handle;
  if (isText(input)) return binding.keyParse(input, 'pem', undefined, wantPrivate);
  if (typeof input !== 'object' || input === null) throw new ERR_INVALID_ARG_TYPE(name, types, input);
  const { key, encoding, format } = input;
  const inner = ofObject(key, input);
  if (inner !== undefined) return inner;
  if (format === 'jwk') {
    validateObject(key, `${name}.key`);
    return binding.keyFromJwk(key, wantPrivate);
  }
  if (format === 'raw-public' || format === 'raw-private' || format === 'raw-seed') {
    if (wantPrivate && format === 'raw-public') throw new ERR_INVALID_ARG_VALUE(`${name}.format`, format);
    if (!isData(key)) throw new ERR_INVALID_ARG_TYPE(`${name}.key`, types.slice(0, 4), key);
    const { asymmetricKeyType, namedCurve } = input;
    validateString(asymmetricKeyType, `${name}.asymmetricKeyType`);
    if (asymmetricKeyType === 'ec') validateString(namedCurve, `${name}.namedCurve`);
    return binding.keyImportRaw(asymmetricKeyType, format, namedCurve, key);
  }
  if (!isText(key)) throw new ERR_INVALID_ARG_TYPE(`${name}.key`, types, key);
  const how = encodingOf(input, undefined, wantPrivate ? false : undefined, name);
  return binding.keyParse(textOf(key, encoding), how.format, how.type, wantPrivate, how.passphrase);
}

function createSecretKey(key, encoding) {
  if (!isText(key)) throw new ERR_INVALID_ARG_TYPE('key', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], key);
  return new SecretKeyObject(typeof key === 'string' ? Buffer.from(key, encoding) : copyOf(key));
}

function createPrivateKey(key) { return new PrivateKeyObject(handleOf(key, true, true)); }
function createPublicKey(key) { return new PublicKeyObject(binding.keyPublic(handleOf(key, false, true))); }

// Signatures.

function contextOf({ context }) {
  if (context !== undefined && !isView(context)) {
    throw new ERR_INVALID_ARG_TYPE('options.context', ['Buffer', 'TypedArray', 'DataView'], context);
  }
  return context;
}

// signOptions are the binding's arguments after key and signature; only whole messages may have a context.
function signOptions(key, oneShot) {
  const options = key !== null && typeof key === 'object' && !isKeyObject(key) && !isData(key) && !isCryptoKey(key) ? key : {};
  for (const name of ['padding', 'saltLength']) {
    const value = options[name];
    if (value !== undefined && value !== value >> 0) throw new ERR_INVALID_ARG_VALUE(`options.${name}`, value);
  }
  const { padding, saltLength, dsaEncoding } = options;
  if (dsaEncoding !== undefined && dsaEncoding !== 'der' && dsaEncoding !== 'ieee-p1363') {
    throw new ERR_INVALID_ARG_VALUE('options.dsaEncoding', dsaEncoding);
  }
  return [padding, saltLength, dsaEncoding, oneShot ? contextOf(options) : undefined, oneShot];
}

function Sign(algorithm, options) {
  if (!(this instanceof Sign)) return new Sign(algorithm, options);
  start(this, algorithm, options);
}
function Verify(algorithm, options) {
  if (!(this instanceof Verify)) return new Verify(algorithm, options);
  start(this, algorithm, options);
}

const kData = Symbol('kData');
const kAlgorithm = Symbol('kAlgorithm');

function start(self, algorithm, options) {
  validateString(algorithm, 'algorithm');
  if (!binding.isSignAlgorithm(algorithm)) {
    const error = new ERR_CRYPTO_INVALID_DIGEST(algorithm);
    error.message = 'Invalid digest';
    throw error;
  }
  Object.defineProperties(self, { [kData]: { value: [] }, [kAlgorithm]: { value: algorithm } });
  Writable.call(self, options);
}

for (const Class of [Sign, Verify]) {
  Object.setPrototypeOf(Class.prototype, Writable.prototype);
  Object.setPrototypeOf(Class, Writable);
  Class.prototype._write = function _write(chunk, encoding, callback) {
    this.update(chunk, encoding);
    callback();
  };
  Class.prototype.update = function update(data, encoding) {
    checkData(data, encoding);
    this[kData].push(typeof data === 'string' ? Buffer.from(data, Buffer.isEncoding(encoding) ? encoding : 'utf8') : copyOf(data));
    return this;
  };
}
Sign.prototype.sign = function sign(key, encoding) {
  if (!key) throw new ERR_CRYPTO_SIGN_KEY_REQUIRED();
  const result = binding.sign(this[kAlgorithm], Buffer.concat(this[kData]), handleOf(key, true, false, 'privateKey'), ...signOptions(key, false));
  return encoding && encoding !== 'buffer' ? result.toString(encoding) : result;
};
Verify.prototype.verify = function verify(key, signature, encoding) {
  signature = dataArgument(signature, 'signature', encoding);
  return binding.verify(this[kAlgorithm], Buffer.concat(this[kData]), handleOf(key, false), signature, ...signOptions(key, false));
};

function oneShot(algorithm, data, callback) {
  if (algorithm != null) validateString(algorithm, 'algorithm');
  if (callback !== undefined) validateFunction(callback, 'callback');
  return dataArgument(data, 'data');
}

function sign(algorithm, data, key, callback) {
  data = oneShot(algorithm, data, callback);
  if (!key) throw new ERR_CRYPTO_SIGN_KEY_REQUIRED();
  return binding.sign(algorithm ?? undefined, data, handleOf(key, true), ...signOptions(key, true), callback);
}

function verify(algorithm, data, key, signature, callback) {
  data = oneShot(algorithm, data, callback);
  signature = dataArgument(signature, 'signature');
  return binding.verify(algorithm ?? undefined, data, handleOf(key, false), signature, ...signOptions(key, true), callback);
}

// Encryption with RSA.

const rsaFunction = (name, wantPrivate) => ({ [name](options, buffer) {
  const { padding, oaepHash, oaepLabel, encoding } = options ?? {};
  const data = options ? dataArgument(buffer, 'buffer', encoding) : undefined;
  const key = handleOf(options, wantPrivate, false, wantPrivate ? 'privateKey' : 'key');
  if (oaepHash !== undefined) validateString(oaepHash, 'key.oaepHash');
  const label = oaepLabel === undefined ? undefined : dataArgument(oaepLabel, 'key.oaepLabel', encoding);
  return binding[name](key, data, padding || undefined, oaepHash, label);
} })[name];

// Generation.

function secretSize(type, options) {
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

function generateKeySync(type, options) { return new SecretKeyObject(randomBytes(secretSize(type, options))); }

function generateKey(type, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  const size = secretSize(type, options);
  validateFunction(callback, 'callback');
  randomBytes(size, (error, bytes) => (error ? callback(error) : callback(null, new SecretKeyObject(bytes))));
}

// same checks an option with an old name.
function same(options, old, name) {
  const value = options[name];
  if (value !== undefined) validateString(value, `options.${name}`);
  const other = options[old];
  if (other === undefined) return value;
  process.emitWarning(`"options.${old}" is deprecated, use "options.${name}" instead.`, 'DeprecationWarning', 'DEP0154');
  validateString(other, `options.${old}`);
  if (value && other !== value) throw new ERR_INVALID_ARG_VALUE(`options.${old}`, other);
  return other;
}

const pairOptions = {
  'rsa'(options) {
    validateUint32(options.modulusLength, 'options.modulusLength');
    if (options.publicExponent != null) validateUint32(options.publicExponent, 'options.publicExponent');
    return { modulusLength: options.modulusLength, publicExponent: options.publicExponent ?? 65537 };
  },
  'rsa-pss'(options) {
    const { saltLength } = options;
    const made = pairOptions.rsa(options);
    if (saltLength !== undefined) validateInt32(saltLength, 'options.saltLength', 0);
    return { ...made, saltLength, hashAlgorithm: same(options, 'hash', 'hashAlgorithm'),
             mgf1HashAlgorithm: same(options, 'mgf1Hash', 'mgf1HashAlgorithm') };
  },
  'dsa'({ modulusLength, divisorLength }) {
    validateUint32(modulusLength, 'options.modulusLength');
    if (divisorLength != null) validateInt32(divisorLength, 'options.divisorLength', 0);
    return { modulusLength, divisorLength };
  },
  'ec'({ namedCurve, paramEncoding }) {
    validateString(namedCurve, 'options.namedCurve');
    if (paramEncoding != null && paramEncoding !== 'named' && paramEncoding !== 'explicit') {
      throw new ERR_INVALID_ARG_VALUE('options.paramEncoding', paramEncoding);
    }
    return { namedCurve, paramEncoding };
  },
  'dh'({ group, prime, primeLength, generator }) {
    const not = (a, b) => { throw new ERR_INCOMPATIBLE_OPTION_PAIR(a, b); };
    if (group != null) {
      if (prime != null) not('group', 'prime');
      if (primeLength != null) not('group', 'primeLength');
      if (generator != null) not('group', 'generator');
      validateString(group, 'options.group');
    } else if (prime != null) {
      if (primeLength != null) not('prime', 'primeLength');
      if (!isView(prime)) throw new ERR_INVALID_ARG_TYPE('options.prime', ['Buffer', 'TypedArray', 'DataView'], prime);
    } else if (primeLength != null) {
      validateInt32(primeLength, 'options.primeLength', 0);
    } else {
      throw new ERR_MISSING_OPTION('At least one of the group, prime, or primeLength options');
    }
    if (generator != null) validateInt32(generator, 'options.generator', 0);
    return { group, prime, primeLength, generator };
  },
};

// pair checks the arguments of generateKeyPair: the binding's options, and what makes the result of its handle.
function pair(type, options) {
  validateString(type, 'type');
  if (options !== undefined) validateObject(options, 'options');
  const encodings = ['publicKeyEncoding', 'privateKeyEncoding'].map((name) => {
    const encoding = options?.[name];
    if (encoding == null) return undefined;
    if (typeof encoding !== 'object') throw new ERR_INVALID_ARG_VALUE(`options.${name}`, encoding);
    return encodingOf(encoding, type, name === 'publicKeyEncoding', `options.${name}`);
  });
  let made = {};
  if (Object.hasOwn(pairOptions, type)) {
    validateObject(options, 'options');
    made = pairOptions[type](options);
  } else if (!binding.isPlainKeyType(type)) {
    throw new ERR_INVALID_ARG_VALUE('type', type, 'must be a supported key type');
  }
  const give = (object, encoding) => (encoding === undefined ? object : binding.keyExport(handleIn(object), typeOf(object) === 'private', encoding));
  return [{ ...made, kind: type }, (handle) => ({
    publicKey: give(new PublicKeyObject(binding.keyPublic(handle)), encodings[0]),
    privateKey: give(new PrivateKeyObject(handle), encodings[1]),
  })];
}

function generateKeyPair(type, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  const [made, result] = pair(type, options);
  validateFunction(callback, 'callback');
  binding.keyGenerate(made, (error, handle) => {
    if (error) return callback(error);
    let keys;
    try {
      keys = result(handle);
    } catch (failed) {
      return callback(failed);
    }
    callback(null, keys.publicKey, keys.privateKey);
  });
}
Object.defineProperty(generateKeyPair, Symbol.for('nodejs.util.promisify.custom'), {
  value: (type, options) => new Promise((resolve, reject) => {
    generateKeyPair(type, options, (error, publicKey, privateKey) => (error ? reject(error) : resolve({ publicKey, privateKey })));
  }),
});

function generateKeyPairSync(type, options) {
  const [made, result] = pair(type, options);
  return result(binding.keyGenerate(made));
}

// Encapsulation.

function encapsulate(key, callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
  return binding.encapsulate(handleOf(key, false), callback);
}

function decapsulate(key, ciphertext, callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
  return binding.decapsulate(handleOf(key, true), dataArgument(ciphertext, 'ciphertext'), callback);
}

function revive({ type, data }) {
  if (type === 'secret') return createSecretKey(data);
  return type === 'public' ? createPublicKey({ key: data, type: 'spki', format: 'der' }) : createPrivateKey({ key: data, type: 'pkcs8', format: 'der' });
}

module.exports = {
  revive, KeyObject, Sign, Verify, createPrivateKey, createPublicKey, createSecretKey, generateKey, generateKeyPair, generateKeyPairSync,
  generateKeySync, sign, verify, encapsulate, decapsulate,
  createSign: function createSign(algorithm, options) { return new Sign(algorithm, options); },
  createVerify: function createVerify(algorithm, options) { return new Verify(algorithm, options); },
  publicEncrypt: rsaFunction('publicEncrypt', false),
  publicDecrypt: rsaFunction('publicDecrypt', false),
  privateEncrypt: rsaFunction('privateEncrypt', true),
  privateDecrypt: rsaFunction('privateDecrypt', true),
};

// What the scripts beside this one need of it.
binding.classes = {
  SecretKeyObject, PublicKeyObject, PrivateKeyObject, handleOf, handleIn, typeOf,
};
