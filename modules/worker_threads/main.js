// The thread's own side of a Worker: its port, data and standard streams. binding: see thread.go. May require
// internal/messaging, internal/worker/io and util.
'use strict';
const { receiveMessageOnPort } = require('internal/messaging');
const link = { port: null, waiting: 0 };
const streams = {};
let hasStdin;

function start(port) {
  link.port = port;
  const { workerData, environmentData, publicPort, stdin } = receiveMessageOnPort(port).message;
  hasStdin = stdin;
  binding.set(publicPort, workerData, environmentData);
  port.on('message', (message) => {
    const { stream } = message;
    module.exports[stream]();
    require('internal/worker/io').receive(streams, message);
  });
  port.unref();
  port.postMessage({ type: 'online' });
}

function output(name) {
  return streams[name] ??= new (require('internal/worker/io').WritableWorkerStdio)(link, name);
}

function stdin() {
  if (!streams.stdin) {
    streams.stdin = new (require('internal/worker/io').ReadableWorkerStdio)(link, 'stdin');
    if (!hasStdin) streams.stdin.push(null);
  }
  return streams.stdin;
}

// flush sends what the streams still hold.
function flush() {
  streams.stdout?.taken();
  streams.stderr?.taken();
}

function fatal(error, place) {
  let message;
  flush();
  try {
    message = require('internal/worker/errors').pack(error);
    if (place && message.kind === 'error' && typeof message.properties.stack?.value === 'string') {
      message.properties.stack.value = place + message.properties.stack.value;
    }
    link.port.postMessage({ type: 'error', error: message });
  } catch {
    link.port.postMessage({ type: 'error' });
  }
}

module.exports = { start, stdin, stdout: () => output('stdout'), stderr: () => output('stderr'), flush, fatal };
