// _tls_common: secure contexts. What they are made of is read and checked natively.
'use strict';

class SecureContext {
  constructor(options) {
    this.context = new binding.SecureContext(options);
    if (options?.singleUse) this.singleUse = true;
  }
}

function createSecureContext(options) { return new SecureContext(options ?? {}); }

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
