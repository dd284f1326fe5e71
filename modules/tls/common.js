// _tls_common: secure contexts. What they are made of is read and checked natively.
'use strict';

const { validateObject } = require('internal/validators');

function SecureContext(secureProtocol, secureOptions, minVersion, maxVersion) {
  if (!(this instanceof SecureContext)) return new SecureContext(secureProtocol, secureOptions, minVersion, maxVersion);
  this.context = new binding.SecureContext({ secureProtocol, secureOptions, minVersion, maxVersion });
}

function createSecureContext(options) {
  options ||= {};
  validateObject(options, 'options');
  const made = Object.create(SecureContext.prototype);
  made.context = new binding.SecureContext(options);
  if (options.singleUse) made.singleUse = true;
  return made;
}

function translatePeerCertificate(c) {
  if (!c) return null;
  if (c.issuerCertificate != null && c.issuerCertificate !== c)
    c.issuerCertificate = translatePeerCertificate(c.issuerCertificate);
  if (c.infoAccess != null) {
    const info = c.infoAccess;
    c.infoAccess = { __proto__: null };
    info.replace(/([^\n:]*):([^\n]*)(?:\n|$)/g, (all, key, value) => {
      (c.infoAccess[key] ??= []).push(value[0] === '"' ? JSON.parse(value) : value);
    });
  }
  return c;
}

module.exports = { SecureContext, createSecureContext, translatePeerCertificate };
