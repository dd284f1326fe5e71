// What few servers and sockets need of net. It loads when it is first asked for.
'use strict';
const { codes, systemError } = require('internal/errors');
const { validateAbortSignal, validateInt32 } = require('internal/validators');
const { kSetTOS } = require('internal/net');

// drop tells of a connection that is one too many.
function drop(server, client) {
  if (!client.getsockname && !client.getpeername) {
    server.emit('drop');
    return;
  }
  const data = { __proto__: null };
  for (const [get, side] of [['getsockname', 'local'], ['getpeername', 'remote']]) {
    const info = { __proto__: null };
    client[get](info);
    data[`${side}Address`] = info.address;
    data[`${side}Port`] = info.port;
    data[`${side}Family`] = info.family;
  }
  server.emit('drop', data);
}

function closeOnAbort(server, signal) {
  validateAbortSignal(signal, 'options.signal');
  const close = () => server.close();
  if (signal.aborted) {
    process.nextTick(close);
  } else {
    signal.addEventListener('abort', close, { once: true });
    server.once('close', () => signal.removeEventListener('abort', close));
  }
}

// lookup finds the address of a name to listen on, unless the server goes on to something else meanwhile.
function lookup(server, name, listen) {
  const listeningId = server._listeningId;
  require('dns').lookup(name, { all: true }, (err, addresses) => {
    if (listeningId !== server._listeningId) return;
    if (err) {
      server.emit('error', err);
      return;
    }
    // Link-local addresses need a zone, which a name does not tell.
    const { address: ip, family } = addresses.find((a) => a.family !== 6 || !/^fe[89ab]/i.test(a.address)) ?? addresses[0] ?? {};
    listen(ip, ip ? family : 4);
  });
}

// markAborted notes that a socket's signal was aborted: no further address is tried then.
function markAborted(socket, signal) {
  validateAbortSignal(signal, 'signal');
  const onAbort = () => {
    signal.removeEventListener('abort', onAbort);
    socket._aborted = true;
  };
  if (signal.aborted) process.nextTick(onAbort);
  else process.nextTick(() => signal.addEventListener('abort', onAbort));
}

// A type of service that is set before there is a handle is that of the connection to come.
function setTypeOfService(socket, tos) {
  if (Number.isNaN(tos)) throw new codes.ERR_INVALID_ARG_TYPE('tos', 'number', tos);
  validateInt32(tos, 'tos', 0, 255);
  const handle = socket._handle;
  if (tos === socket[kSetTOS] && handle?.setTypeOfService) return socket;
  socket[kSetTOS] = tos;
  const err = handle?.setTypeOfService?.(tos);
  if (err) throw systemError(err, 'setTypeOfService');
  return socket;
}

function getTypeOfService(socket) {
  const handle = socket._handle;
  if (!handle?.getTypeOfService) return socket[kSetTOS] ?? 0;
  const value = handle.getTypeOfService();
  if (value < 0) throw systemError(value, 'getTypeOfService');
  return value;
}

module.exports = { drop, closeOnAbort, lookup, markAborted, setTypeOfService, getTypeOfService };
