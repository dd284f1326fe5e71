// https.Server: http's connections on tls.Server's sockets.
'use strict';
const http = require('http');
const tls = require('tls');
const { validateObject } = require('internal/validators');
const { _connectionListener, setupConnectionsTracking, storeHTTPOptions, httpServerPreClose, setupSecureServer } = require('_http_server');

function Server(options, requestListener) {
  if (!(this instanceof Server)) return new Server(options, requestListener);
  if (typeof options === 'function') {
    requestListener = options;
    options = {};
  } else if (options == null) {
    options = {};
  } else {
    validateObject(options, 'options');
    options = { ...options };
  }
  if (!options.ALPNProtocols && !options.ALPNCallback) options.ALPNProtocols = ['http/1.1'];
  storeHTTPOptions.call(this, options);
  options.noDelay ??= true;
  tls.Server.call(this, options, _connectionListener);
  this.httpAllowHalfOpen = false;
  if (requestListener) this.on('request', requestListener);
  this.on('tlsClientError', (err, conn) => { if (!this.emit('clientError', err, conn)) conn.destroy(err); });
  this.timeout = 0;
  this.maxHeadersCount = null;
  this.on('listening', setupConnectionsTracking);
}
Object.setPrototypeOf(Server.prototype, tls.Server.prototype);
Object.setPrototypeOf(Server, tls.Server);
setupSecureServer(Server);
for (const name of ['closeAllConnections', 'closeIdleConnections', 'setTimeout', Symbol.asyncDispose]) Server.prototype[name] = http.Server.prototype[name];
Server.prototype.close = function close() {
  httpServerPreClose(this);
  Reflect.apply(tls.Server.prototype.close, this, arguments);
  return this;
};

module.exports = { Server, createServer: function(options, requestListener) { return new Server(options, requestListener); } };
