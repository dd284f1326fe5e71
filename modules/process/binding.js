// process.binding, of which packages look for these.
'use strict';
const made = { __proto__: null };
const makers = {
  __proto__: null,
  config: () => ({
    isDebugBuild: false, openSSLIsBoringSSL: false, hasOpenSSL: true, fipsMode: false, hasIntl: true, hasTracing: false,
    hasNodeOptions: true, hasInspector: !!process.features.inspector, noBrowserGlobals: false, bits: 64,
  }),
  constants: () => ({ os: require('os').constants, fs: require('fs').constants, crypto: require('crypto').constants, zlib: require('zlib').constants }),
  // Packages ask for the names; the modules' texts are not there.
  natives: () => Object.fromEntries(require('module').builtinModules.map((name) => [name, ''])),
  spawn_sync: () => require('internal/child_process/sync').binding,
  uv: () => {
    const { getSystemErrorMap, getSystemErrorName } = require('util');
    const uv = { errname: getSystemErrorName, getErrorMap: getSystemErrorMap };
    for (const [number, [name]] of getSystemErrorMap()) uv['UV_' + name] = number;
    return uv;
  },
};

let warned = false;

module.exports = (name, pending) => {
  name = `${name}`;
  if (pending && !warned) {
    warned = true;
    process.emitWarning('process.binding() is deprecated. Please use public APIs instead.', 'DeprecationWarning', 'DEP0111');
  }
  if (!makers[name]) throw new Error('No such module: ' + name);
  return made[name] ??= makers[name]();
};
