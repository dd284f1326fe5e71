// Web Crypto's asymmetric keys: RSA, elliptic curves, Ed25519 and the like. webcrypto.js passes its own functions.
'use strict';
const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
const keys = require('internal/crypto/keys');
const { diffieHellman } = require('crypto');
const { PublicKeyObject, PrivateKeyObject, handleIn } = binding.classes;

module.exports = ({ fail, checkJWK, makeKey, hashName, hashes, bytesOf, exact }) => {
  const sign = { public: ['verify'], private: ['sign'], kind: 'rsa' };
  const agree = { public: [], private: ['deriveKey', 'deriveBits'] };
  const algorithms = {
    'RSASSA-PKCS1-v1_5': sign,
    'RSA-PSS': sign,
    'RSA-OAEP': { public: ['encrypt', 'wrapKey'], private: ['decrypt', 'unwrapKey'], kind: 'rsa' },
    'ECDSA': { ...sign, kind: 'ec' },
    'ECDH': { ...agree, kind: 'ec' },
    'Ed25519': { ...sign, kind: 'ed25519' },
    'Ed448': { ...sign, kind: 'ed448' },
    'X25519': { ...agree, kind: 'x25519' },
    'X448': { ...agree, kind: 'x448' },
  };
  for (const size of [44, 65, 87]) algorithms[`ML-DSA-${size}`] = { ...sign, kind: `ml-dsa-${size}` };
  for (const size of [512, 768, 1024]) {
    algorithms[`ML-KEM-${size}`] = {
      public: ['encapsulateKey', 'encapsulateBits'], private: ['decapsulateKey', 'decapsulateBits'], kind: `ml-kem-${size}`,
    };
  }
  const curves = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' };
  const shortHash = (hash) => hash.slice(4);

  // describe is key.algorithm.
  function describe({ name, hash, namedCurve }, object) {
    const { kind } = algorithms[name];
    const details = object.asymmetricKeyDetails;
    if (kind === 'rsa') {
      let e = details.publicExponent.toString(16);
      if (e.length % 2) e = `0${e}`;
      return { name, modulusLength: details.modulusLength, publicExponent: new Uint8Array(Buffer.from(e, 'hex')), hash: { name: hashName(hash) } };
    }
    return kind === 'ec' ? { name, namedCurve } : { name };
  }

  function checkUsages(name, type, usages) {
    if (usages.some((u) => !algorithms[name][type].includes(u))) fail('SyntaxError', `Unsupported key usage for ${name} key`);
    if (type === 'private' && usages.length === 0) fail('SyntaxError', 'Usages cannot be empty when importing a private key.');
  }

  function checkKind(algorithm, object) {
    const { kind } = algorithms[algorithm.name];
    const right = object.asymmetricKeyType === kind && (kind !== 'ec' || object.asymmetricKeyDetails.namedCurve === curves[algorithm.namedCurve]);
    if (!right) fail('DataError', 'Invalid key type');
    return object;
  }

  // seeded tells of keys that are made from a seed.
  const seeded = (kind) => kind.startsWith('ml-');

  // typeIn is the type of key that a format is for, if keys of that kind have it.
  function typeIn(format, kind) {
    switch (format) {
      case 'spki': return 'public';
      case 'pkcs8': return 'private';
      case 'raw-public': return kind === 'rsa' ? undefined : 'public';
      case 'raw': return kind === 'rsa' || seeded(kind) ? undefined : 'public';
      case 'raw-seed': return seeded(kind) ? 'private' : undefined;
    }
  }

  function read(format, data, algorithm, extractable, usages) {
    const { name, namedCurve } = algorithm;
    const { kind } = algorithms[name];
    switch (format) {
      case 'spki': return keys.createPublicKey({ key: bytesOf(data), format: 'der', type: 'spki' });
      case 'pkcs8': return keys.createPrivateKey({ key: bytesOf(data), format: 'der', type: 'pkcs8' });
      case 'jwk':
        if (data === null || typeof data !== 'object') throw new ERR_INVALID_ARG_TYPE('keyData', 'JsonWebKey', data);
        checkJWK(data, seeded(kind) ? 'AKP' : kind === 'rsa' ? 'RSA' : kind === 'ec' ? 'EC' : 'OKP', extractable, usages);
        if (seeded(kind)) {
          if (data.alg !== name) fail('DataError', 'JWK "alg" does not match the requested algorithm');
        } else if (kind !== 'rsa' && data.crv !== (namedCurve ?? name)) {
          fail('DataError', 'JWK "crv" does not match the requested algorithm');
        }
        return data[seeded(kind) ? 'priv' : 'd'] === undefined ? keys.createPublicKey({ key: data, format }) : keys.createPrivateKey({ key: data, format });
      case 'raw-seed':
        if (seeded(kind)) return keys.createPrivateKey({ key: bytesOf(data), format, asymmetricKeyType: kind });
        break;
      case 'raw':
      case 'raw-public':
        if (kind !== 'rsa' && (format === 'raw-public' || !seeded(kind))) return new PublicKeyObject(binding.keyFromRaw(kind === 'ec' ? curves[namedCurve] : kind, bytesOf(data), false));
    }
    return fail('NotSupportedError', `Unable to import ${name} using ${format} format`);
  }

  function checkCurve({ name, namedCurve }) {
    if (algorithms[name].kind === 'ec' && !curves[namedCurve]) fail('NotSupportedError', 'Unrecognized namedCurve');
  }

  const jwkName = ({ name, hash }) => ({
    'RSASSA-PKCS1-v1_5': () => `RS${shortHash(hash.name)}`,
    'RSA-PSS': () => `PS${shortHash(hash.name)}`,
    'Ed25519': () => name,
    'Ed448': () => name,
    'RSA-OAEP': () => (hash.name === 'SHA-1' ? 'RSA-OAEP' : `RSA-OAEP-${shortHash(hash.name)}`),
  })[name]?.();

  return {
    importKey(format, data, algorithm, extractable, usages) {
      checkCurve(algorithm);
      const type = typeIn(format, algorithms[algorithm.name].kind);
      if (type !== undefined && usages.some((u) => !algorithms[algorithm.name][type].includes(u))) {
        fail('SyntaxError', `Unsupported key usage for ${algorithm.name} key`);
      }
      let object;
      try {
        object = read(format, data, algorithm, extractable, usages);
      } catch (error) {
        if (error instanceof DOMException || error.code === 'ERR_INVALID_ARG_TYPE') throw error;
        fail('DataError', 'Invalid keyData');
      }
      return this.wrap(object, algorithm, extractable, usages);
    },

    // wrap makes the key of a key object.
    wrap(object, algorithm, extractable, usages) {
      checkCurve(algorithm);
      checkKind(algorithm, object);
      checkUsages(algorithm.name, object.type, usages);
      return makeKey(object, describe(algorithm, object), extractable, usages);
    },

    exportKey(format, key, object) {
      const { name } = key.algorithm;
      if (format === 'jwk') {
        const alg = jwkName(key.algorithm);
        return { key_ops: key.usages, ext: key.extractable, ...alg && { alg }, ...object.export({ format }) };
      }
      if (typeIn(format, algorithms[name].kind) !== key.type) {
        fail('NotSupportedError', `Unable to export ${name} ${key.type} key using ${format} format`);
      }
      switch (format) {
        case 'spki':
        case 'pkcs8': return exact(object.export({ type: format, format: 'der' }));
        case 'raw-seed': return exact(object.export({ format }));
      }
      return exact(binding.keyRaw(handleIn(object), false));
    },

    publicOf(key, object, usages) {
      const { name } = key.algorithm;
      if (usages.some((u) => !algorithms[name].public.includes(u))) fail('SyntaxError', `Unsupported key usage for ${name} key`);
      return makeKey(keys.createPublicKey(object), key.algorithm, true, usages);
    },

    generateKey(algorithm, extractable, usages) {
      const { name } = algorithm;
      const of = algorithms[name];
      checkCurve(algorithm);
      if (usages.some((u) => !of.public.includes(u) && !of.private.includes(u))) fail('SyntaxError', `Unsupported key usage for ${name} key`);
      const privateUsages = of.private.filter((u) => usages.includes(u));
      if (privateUsages.length === 0) fail('SyntaxError', 'Usages cannot be empty when creating a key.');
      const options = { kind: of.kind, namedCurve: curves[algorithm.namedCurve], modulusLength: algorithm.modulusLength };
      if (of.kind === 'rsa') {
        hashName(algorithm.hash);
        options.publicExponent = bytesOf(algorithm.publicExponent).reduce((n, b) => n * 256 + b, 0);
      }
      return new Promise((resolve, reject) => {
        binding.keyGenerate(options, (error, handle) => {
          if (error) return reject(new DOMException('The operation failed for an operation-specific reason', { name: 'OperationError', cause: error }));
          const [a, b] = [new PublicKeyObject(binding.keyPublic(handle)), new PrivateKeyObject(handle)];
          resolve({
            publicKey: makeKey(a, describe(algorithm, a), true, of.public.filter((u) => usages.includes(u))),
            privateKey: makeKey(b, describe(algorithm, b), extractable, privateUsages),
          });
        });
      });
    },

    sign(algorithm, key, object, data, signature) {
      const { name } = algorithm;
      const hash = name === 'ECDSA' ? hashes[hashName(algorithm.hash)] : hashes[key.algorithm.hash?.name];
      const rest = [
        name === 'RSA-PSS' ? 6 : name === 'RSASSA-PKCS1-v1_5' ? 1 : undefined,
        name === 'RSA-PSS' ? algorithm.saltLength : undefined,
        name === 'ECDSA' ? 'ieee-p1363' : undefined,
        algorithm.context === undefined ? undefined : bytesOf(algorithm.context),
        true,
      ];
      return new Promise((resolve, reject) => {
        const done = (error, result) => {
          if (!error) return resolve(signature === undefined ? exact(result) : result);
          reject(new DOMException('The operation failed for an operation-specific reason', { name: 'OperationError', cause: error }));
        };
        if (signature === undefined) binding.sign(hash, data, handleIn(object), ...rest, done);
        else binding.verify(hash, data, handleIn(object), signature, ...rest, done);
      });
    },

    cipher(encrypt, algorithm, key, object, data) {
      const label = algorithm.label === undefined ? undefined : bytesOf(algorithm.label);
      const operation = encrypt ? binding.publicEncrypt : binding.privateDecrypt;
      return exact(operation(handleIn(object), data, 4, hashes[key.algorithm.hash.name], label));
    },

    derive(algorithm, key, object, length) {
      const other = algorithm.public;
      if (other === null || typeof other !== 'object' || other.type !== 'public') fail('InvalidAccessError', 'algorithm.public must be a public key');
      if (other.algorithm.name !== key.algorithm.name) fail('InvalidAccessError', `algorithm.public must be an ${key.algorithm.name} key`);
      if (other.algorithm.namedCurve !== key.algorithm.namedCurve) fail('InvalidAccessError', 'Named curve mismatch');
      let bits;
      try {
        bits = diffieHellman({ privateKey: object, publicKey: keys.KeyObject.from(other) });
      } catch {
        fail('OperationError', 'The operation failed for an operation-specific reason');
      }
      if (length === null || length === undefined) return exact(bits);
      const size = Math.ceil(length / 8);
      if (bits.length < size) fail('OperationError', 'derived bit length is too small');
      const out = Buffer.from(bits.subarray(0, size));
      if (length % 8) out[size - 1] &= 0xff << (8 - length % 8);
      return exact(out);
    },
  };
};
