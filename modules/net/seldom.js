// What few servers need of net. It loads when it is first asked for.
'use strict';
const { validateAbortSignal } = require('internal/validators');

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

module.exports = { drop, closeOnAbort, lookup };
