// Web streams that move to another thread: what they carry goes over a MessagePort, and a stream at its other end takes
// their place. The reading side asks for each chunk. May require
// internal/domexception and internal/messaging.
'use strict';
const { DOMException } = require('internal/domexception');
const { MessageChannel, MessagePort } = require('internal/messaging');
const { ReadableStream } = require('internal/webstreams/readablestream');
const { WritableStream } = require('internal/webstreams/writablestream');
const { TransformStream, assemble } = require('internal/webstreams/transformstream');

const { postMessage, close, ref, unref } = MessagePort.prototype;
const { set: setHandler } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
const { set: setErrorHandler } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessageerror');
const { apply } = Reflect;

class Line {
  #port;
  #held = false;
  // on has a function for each type of message.
  constructor(port, on) {
    this.#port = port;
    apply(setHandler, port, [({ data }) => {
      if (data !== null && typeof data === 'object') on[data.type]?.(data.value);
    }]);
    apply(setErrorHandler, port, [() => {
      const err = new DOMException('Internal transferred readable stream error', 'DataCloneError');
      this.send('error', err);
      this.end();
      on.error(err);
    }]);
    apply(unref, port, []);
  }
  send(type, value) { apply(postMessage, this.#port, [{ type, value }]); }
  // wait keeps the process from ending before there is an answer.
  wait() {
    if (!this.#held) apply(ref, this.#port, []);
    this.#held = true;
  }
  // fail sends an error, or why it cannot be sent.
  fail(reason) {
    try {
      this.send('error', reason);
    } catch (err) {
      this.send('error', err);
      throw err;
    } finally {
      this.end();
    }
  }
  end() { apply(close, this.#port, []); }
}

function readableFrom(port) {
  let controller;
  const line = new Line(port, {
    __proto__: null,
    chunk(value) { controller.enqueue(value); },
    close() {
      controller.close();
      line.end();
    },
    error(reason) {
      controller.error(reason);
      line.end();
    },
  });
  return new ReadableStream({
    start(c) { controller = c; },
    pull() {
      line.wait();
      line.send('pull');
    },
    cancel(reason) { line.fail(reason); },
  }, { highWaterMark: 0, size: () => 1 });
}

function writableTo(port) {
  let controller;
  let asked = Promise.withResolvers();
  const line = new Line(port, {
    __proto__: null,
    pull() { asked.resolve(); },
    error(reason) {
      controller.error(reason);
      asked.resolve();
    },
  });
  return new WritableStream({
    start(c) { controller = c; },
    async write(chunk) {
      line.wait();
      await asked.promise;
      asked = Promise.withResolvers();
      try {
        line.send('chunk', chunk);
      } catch (err) {
        line.fail(err);
        throw err;
      }
    },
    close() {
      line.send('close');
      line.end();
    },
    abort(reason) { line.fail(reason); },
  }, { highWaterMark: 1, size: () => 1 });
}

function mustBeFree(locked, what) {
  if (locked) throw new DOMException(`Cannot transfer a locked ${what}`, 'DataCloneError');
}

// Gives the far port of a channel whose near port gets what connect makes of it.
function channel(connect) {
  const { port1, port2 } = new MessageChannel();
  connect(port1).catch(() => {});
  return port2;
}
const outgoing = (stream) => channel((port) => stream.pipeTo(writableTo(port)));
const incoming = (stream) => channel((port) => readableFrom(port).pipeTo(stream));

function transformOver(out, into) { return assemble(readableFrom(out), writableTo(into)); }

// check throws if a stream cannot move now. move gives the ports that move in its place, and the function that makes a stream of them.
function check(stream) {
  if (stream instanceof ReadableStream) mustBeFree(stream.locked, 'ReadableStream');
  else if (stream instanceof WritableStream) mustBeFree(stream.locked, 'WritableStream');
  else mustBeFree(stream.readable.locked || stream.writable.locked, 'TransformStream');
}
function move(stream) {
  if (stream instanceof ReadableStream) return ['readableFrom', outgoing(stream)];
  if (stream instanceof WritableStream) return ['writableTo', incoming(stream)];
  return ['transformOver', outgoing(stream.readable), incoming(stream.writable)];
}

module.exports = { readableFrom, writableTo, transformOver, check, move };
