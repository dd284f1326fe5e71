// The ends of a worker's standard streams: what is written at one thread is read at the other, which asks for more when it
// has been read. A link is { port, waiting }: a port is held while somebody waits. May require stream.
'use strict';
const { Readable, Writable } = require('stream');

function hold(link, change) {
  const before = link.waiting;
  link.waiting += change;
  if (before === 0 && link.waiting > 0) link.port.ref();
  else if (before > 0 && link.waiting === 0) link.port.unref();
}

class ReadableWorkerStdio extends Readable {
  #link;
  #name;
  #holds;
  #started = false;

  constructor(link, name, holds = true) {
    super();
    this.#link = link;
    this.#name = name;
    this.#holds = holds;
    this.on('end', () => {
      if (this.#started && holds) hold(link, -1);
    });
  }

  _read() {
    if (!this.#started && this.#holds) {
      this.#started = true;
      hold(this.#link, 1);
    }
    this.#link.port.postMessage({ type: 'want', stream: this.#name });
  }

  // piped tells that the stream goes to one of the process's own, and waits for nobody.
  piped() { this.#holds = false; }
}

class WritableWorkerStdio extends Writable {
  #link;
  #name;
  #callbacks = [];

  constructor(link, name) {
    super({ decodeStrings: false });
    this.#link = link;
    this.#name = name;
  }

  #send(chunks) { this.#link.port.postMessage({ type: 'stdio', stream: this.#name, chunks }); }

  _writev(chunks, callback) {
    this.#send(chunks.map(({ chunk, encoding }) => ({ chunk, encoding })));
    this.#callbacks.push(callback);
    hold(this.#link, 1);
  }

  _final(callback) {
    this.#send([{ chunk: null, encoding: '' }]);
    callback();
  }

  // taken tells that what was sent has been read.
  taken() {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback();
    hold(this.#link, -callbacks.length);
  }
}

// receive handles a message of the other end; it returns false for other messages.
function receive(streams, { type, stream, chunks }) {
  if (type === 'stdio') {
    for (const { chunk, encoding } of chunks) streams[stream].push(chunk, encoding);
  } else if (type === 'want') {
    streams[stream]?.taken();
  } else {
    return false;
  }
  return true;
}

module.exports = { ReadableWorkerStdio, WritableWorkerStdio, receive };
