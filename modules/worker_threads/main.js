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

const classes = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

// pack makes of what was thrown something that can be cloned.
function pack(error) {
  if (typeof error === 'symbol') return { kind: 'symbol', text: error.description };
  try {
    if (Object.prototype.toString.call(error) === '[object Error]') {
      for (let proto = error; proto !== null; proto = Object.getPrototypeOf(proto)) {
        const name = Object.hasOwn(proto, 'constructor') && proto.constructor?.name;
        if (name && Object.hasOwn(classes, name)) return { kind: 'error', name, properties: structuredClone(properties(error)) };
      }
    }
  } catch {}
  const inspectCustom = Symbol.for('nodejs.util.inspect.custom');
  try {
    if (typeof error?.[inspectCustom] === 'function') return { kind: 'inspected', text: require('util').inspect(error) };
    return { kind: 'value', value: structuredClone(error) };
  } catch {}
  return { kind: 'value', value: require('util').inspect(error) };
}

// properties are all that the object and its prototypes have and can be read, but functions and constructors.
function properties(error) {
  const found = {};
  for (let o = error; o !== null; o = Object.getPrototypeOf(o)) {
    if (o === Error.prototype || o === Object.prototype) break;
    for (const key of Object.getOwnPropertyNames(o)) {
      if (key === 'constructor' || Object.hasOwn(found, key)) continue;
      try {
        const value = error[key];
        if (typeof value === 'function') continue;
        found[key] = { value, enumerable: Object.getOwnPropertyDescriptor(o, key).enumerable };
      } catch {}
    }
  }
  return found;
}

function fatal(error, place) {
  let message;
  flush();
  try {
    message = pack(error);
    if (place && message.kind === 'error' && typeof message.properties.stack?.value === 'string') {
      message.properties.stack.value = place + message.properties.stack.value;
    }
    link.port.postMessage({ type: 'error', error: message });
  } catch {
    link.port.postMessage({ type: 'error' });
  }
}

module.exports = { start, stdin, stdout: () => output('stdout'), stderr: () => output('stderr'), flush, fatal };
