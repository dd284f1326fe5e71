// checkServerIdentity: whether a server's certificate names the host that was asked for. Clients load it, servers never.
'use strict';
const { codes } = require('internal/errors');
const net = require('net');

// The names in a subjectaltname; those between quotes may hold the separator.
function splitAltNames(text) {
  const names = [];
  for (let rest = text; rest !== '';) {
    let name = '';
    for (;;) {
      const quote = rest.indexOf('"');
      const comma = rest.indexOf(', ');
      if (quote < 0 || comma >= 0 && comma < quote) {
        const end = comma < 0 ? rest.length : comma;
        name += rest.slice(0, end);
        rest = rest.slice(end + 2);
        break;
      }
      const match = /^"(?:[^"\\]|\\.)*"/.exec(rest.slice(quote));
      if (!match) throw new codes.ERR_TLS_CERT_ALTNAME_FORMAT();
      name += rest.slice(0, quote) + JSON.parse(match[0]);
      rest = rest.slice(quote + match[0].length);
    }
    names.push(name);
  }
  return names;
}

const canonicalIP = (ip) => (net.isIPv6(ip) ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip);

function checkServerIdentity(hostname, cert) {
  const subject = cert.subject; // in whose name Node fails, too
  const altNames = cert.subjectaltname;
  const dns = [];
  const ips = [];
  hostname = String(hostname);
  if (altNames) {
    for (const name of altNames.includes('"') ? splitAltNames(altNames) : altNames.split(', ')) {
      if (name.startsWith('DNS:')) dns.push(name.slice(4));
      else if (name.startsWith('IP Address:')) ips.push(net.isIP(name.slice(11)) ? canonicalIP(name.slice(11)) : undefined);
    }
  }
  let reason;
  const withoutDot = (name) => (name.endsWith('.') ? name.slice(0, -1) : name);
  const host = withoutDot(hostname);
  const ascii = /[^\0-\x7f]/.test(hostname) ? withoutDot(require('url').domainToASCII(hostname)) : host;
  if (net.isIP(host)) {
    if (!ips.includes(canonicalIP(host))) reason = `IP: ${host} is not in the cert's list: ${ips.join(', ')}`;
  } else if (dns.length > 0 || subject?.CN) {
    const matches = (name) => binding.matchHost(ascii, name);
    if (dns.length > 0) {
      if (!dns.some(matches)) reason = `Host: ${host}. is not in the cert's altnames: ${altNames}`;
    } else {
      const { CN } = subject;
      if (!(Array.isArray(CN) ? CN.some(matches) : matches(CN))) reason = `Host: ${host}. is not cert's CN: ${CN}`;
    }
  } else {
    reason = 'Cert does not contain a DNS name';
  }
  if (reason !== undefined) return new codes.ERR_TLS_CERT_ALTNAME_INVALID(reason, host, cert);
}

module.exports = { checkServerIdentity };
