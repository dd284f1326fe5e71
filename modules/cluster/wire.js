// The messages between a cluster's primary and its workers, and class Worker, which both have. A message
// is { cmd: 'NODE_CLUSTER', …, seq }; an answer has the seq it answers as ack.
'use strict';
const EventEmitter = require('events');

const waiting = new WeakMap(); // by process: who waits for which answer
let seq = 0;

// send sends a message; answered, if any, gets the answer to it.
function send(process, message, handle, answered) {
  if (!process.connected) return false;
  message = { cmd: 'NODE_CLUSTER', ...message, seq };
  if (typeof answered === 'function') {
    if (!waiting.has(process)) waiting.set(process, new Map());
    waiting.get(process).set(seq, answered);
  }
  seq++;
  // A peer that dies meanwhile is told of by the end of its channel: nobody could do more about an error.
  return process.send(message, handle, handle ? undefined : { swallowErrors: true });
}

// receive makes the 'internalMessage' listener that passes answers to who waits for them and all else to onmessage.
function receive(worker, onmessage) {
  return (message, handle) => {
    if (message.cmd !== 'NODE_CLUSTER') return;
    const list = message.ack === undefined ? undefined : waiting.get(worker.process);
    const answered = list?.get(message.ack);
    if (answered) list.delete(message.ack);
    (answered || onmessage).call(worker, message, handle);
  };
}

function Worker(options) {
  if (!(this instanceof Worker)) return new Worker(options);
  EventEmitter.call(this);
  if (options === null || typeof options !== 'object') options = {};
  this.exitedAfterDisconnect = undefined;
  this.state = options.state || 'none';
  this.id = options.id | 0;
  if (options.process) {
    this.process = options.process;
    this.process.on('error', (code, signal) => this.emit('error', code, signal));
    this.process.on('message', (message, handle) => this.emit('message', message, handle));
  }
}
Object.setPrototypeOf(Worker.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Worker, EventEmitter);

Worker.prototype.kill = function(...args) {
  this.destroy(...args);
};

Worker.prototype.send = function(...args) {
  return this.process.send(...args);
};

Worker.prototype.isDead = function() {
  return this.process.exitCode != null || this.process.signalCode != null;
};

Worker.prototype.isConnected = function() {
  return this.process.connected;
};

module.exports = { send, receive, Worker };
