// Bodies of requests and responses, and what their classes share. A body is bytes in memory, a web stream, or what
// still comes in over a connection; of the first and the last a stream is only made when a script asks for it.
'use strict';
const { isDisturbed } = require('internal/streams/utils');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
const { expose, text: domString } = require('internal/fetch/webidl');
const { encode, mime, parseJSON, stringifyJSON, dataURL, now, timing } = binding;

const empty = new Uint8Array(0);
const limit = 65536; // how much comes in before somebody reads

function concat(chunks) {
  if (chunks.length === 1) return chunks[0];
  const all = new Uint8Array(chunks.reduce((n, c) => n + c.byteLength, 0));
  let at = 0;
  for (const c of chunks) {
    all.set(c, at);
    at += c.byteLength;
  }
  return all;
}

// What comes out of a Node stream, for one reader: of all of it, or through a web stream.
class Incoming {
  chunks = [];
  size = 0;
  ended = false;
  failed = false;
  error = undefined;
  wake = undefined; // continues the reader that waits
  collecting = false;

  constructor(source, cancel) {
    this.source = source;
    this.cancel = cancel;
    source.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.size += chunk.length;
      if (!this.collecting && this.size > limit) source.pause();
      if (!this.collecting) this.wake?.();
    });
    source.on('end', () => this.end());
  }
  end() {
    if (this.failed) return;
    this.ended = true;
    this.wake?.();
  }
  fail(error) {
    if (this.ended || this.failed) return;
    this.failed = true;
    this.error = error;
    this.chunks = [];
    this.controller?.error(error);
    this.wake?.();
  }
  collect() {
    this.collecting = true;
    return new Promise((resolve, reject) => {
      const done = () => {
        if (this.failed) reject(this.error);
        else resolve(concat(this.chunks.splice(0)));
      };
      if (this.ended || this.failed) {
        done();
        return;
      }
      this.wake = done;
      this.source.resume();
    });
  }
  stream() {
    return new ReadableStream({
      type: 'bytes',
      start: (controller) => {
        this.controller = controller;
        if (this.failed) controller.error(this.error);
      },
      pull: (controller) => new Promise((resolve) => {
        const give = () => {
          if (this.failed) {
            resolve();
          } else if (this.chunks.length > 0) {
            const chunk = this.chunks.shift();
            this.size -= chunk.length;
            controller.enqueue(chunk.buffer.byteLength === chunk.length ? chunk : new Uint8Array(chunk)); // which takes the memory
            resolve();
          } else if (this.ended) {
            controller.close();
            controller.byobRequest?.respond(0);
            resolve();
          } else {
            this.wake = give;
            this.source.resume();
            return;
          }
          this.wake = undefined;
        };
        give();
      }),
      cancel: (reason) => {
        this.chunks = [];
        this.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }
}

function streamOf(bytes) {
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      if (bytes.length > 0) {
        controller.enqueue(bytes.slice());
        bytes = empty;
        return;
      }
      controller.close();
      controller.byobRequest?.respond(0);
    },
  }, { highWaterMark: 0 });
}

class Body {
  #stream;
  #used = false; // without a stream

  constructor(bytes, stream, incoming) {
    this.bytes = bytes; // null if it cannot be read again
    this.#stream = stream;
    this.incoming = incoming;
  }
  get stream() {
    if (this.#stream) return this.#stream;
    if (this.#used) {
      this.#stream = streamOf(empty);
      this.#stream.getReader().cancel();
    } else {
      this.#stream = this.bytes ? streamOf(this.bytes) : this.incoming.stream();
    }
    return this.#stream;
  }
  get used() { return this.#used || (this.#stream !== undefined && isDisturbed(this.#stream)); }
  get unusable() { return this.used || this.#stream?.locked === true; }
  fail(error) {
    this.incoming?.fail(error);
  }
  async collect() {
    if (!this.#stream) {
      this.#used = true;
      return this.bytes ?? this.incoming.collect();
    }
    const reader = this.#stream.getReader();
    const chunks = [];
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return concat(chunks);
      if (!(value instanceof Uint8Array)) throw new TypeError('Received non-Uint8Array chunk');
      chunks.push(value);
    }
  }
  // Reads all of it into the form that a method gives, where that is native.
  take(kind) {
    if (this.#stream || this.bytes || this.incoming instanceof Incoming) return undefined;
    this.#used = true;
    return this.incoming.collect(kind);
  }
  // A body that is read beside this one.
  clone() {
    if (this.bytes && !this.#stream) return new Body(this.bytes);
    const [mine, other] = this.stream.tee();
    this.#stream = mine;
    return new Body(this.bytes, other);
  }
  // A body that takes this one's place.
  pass() {
    if (this.bytes && !this.#stream) {
      this.#used = true;
      return new Body(this.bytes);
    }
    return new Body(this.bytes, this.stream.pipeThrough(new TransformStream()));
  }
}

function streamFrom(iterable) {
  const iterator = iterable[Symbol.asyncIterator]();
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      for (;;) {
        const { value, done } = await iterator.next();
        if (done) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        const chunk = Buffer.isBuffer(value) ? value : Buffer.from(value);
        if (chunk.byteLength > 0) {
          controller.enqueue(new Uint8Array(chunk));
          return;
        }
      }
    },
    async cancel(reason) { await iterator.return?.(reason); },
  }, { highWaterMark: 0 });
}

// Makes a body of what a script gives, and tells its type: [body, type or null].
function extract(value, what, keepalive = false) {
  if (typeof value === 'string') return [new Body(encode(value)), 'text/plain;charset=UTF-8'];
  if (typeof value === 'object' && value !== null) {
    const { Blob, bytesOf } = require('internal/blob');
    if (value instanceof Blob) return [new Body(bytesOf(value)), value.type || null];
    if (isArrayBufferView(value)) return [new Body(new Uint8Array(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength))), null];
    if (isAnyArrayBuffer(value)) return [new Body(new Uint8Array(value.slice())), null];
    const forms = require('internal/fetch/formdata');
    if (forms.isFormData(value)) {
      const [bytes, boundary] = forms.encode(value);
      return [new Body(bytes), `multipart/form-data; boundary=${boundary}`];
    }
    if (value instanceof URLSearchParams) return [new Body(encode(value.toString())), 'application/x-www-form-urlencoded;charset=UTF-8'];
    const isStream = value instanceof ReadableStream;
    if (isStream || typeof value[Symbol.asyncIterator] === 'function') {
      if (keepalive) throw new TypeError('keepalive');
      if (isDisturbed(value) || value.locked) throw new TypeError('Response body object should not be disturbed or locked');
      return [new Body(null, isStream ? value : streamFrom(value)), null];
    }
  }
  return [new Body(encode(domString(value, what))), 'text/plain;charset=UTF-8'];
}

const text = (bytes) => new TextDecoder().decode(bytes);
const typeOf = (state) => mime(state.headers.get('content-type'));

function formData(bytes, state) {
  const type = typeOf(state);
  const form = new FormData();
  if (type?.essence === 'multipart/form-data') {
    const wrong = type.boundary === undefined ? 'missing boundary in content-type header' :
      require('internal/fetch/formdata').decode(form, bytes, type.boundary);
    if (wrong === 'URI malformed') throw new URIError(wrong);
    if (wrong !== undefined) throw new TypeError('Failed to parse body as FormData.', { cause: new TypeError(wrong) });
    return form;
  }
  if (type?.essence !== 'application/x-www-form-urlencoded')
    throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
  for (const [name, value] of new URLSearchParams(text(bytes))) form.append(name, value);
  return form;
}

// Makes the methods that read a body, for a class whose objects' state stateOf gives.
function readers(stateOf) {
  const read = (object, convert, kind) => {
    let state;
    try {
      state = stateOf(object);
    } catch (err) {
      if (err.code === undefined) throw err; // it inherits from the class
      return Promise.reject(err);
    }
    const { body } = state;
    if (body === null) return new Promise((resolve) => { resolve(convert(empty, state)); });
    if (body.unusable) return Promise.reject(new TypeError('Body is unusable: Body has already been read'));
    return kind && body.take(kind) || body.collect().then((bytes) => convert(bytes, state));
  };
  return {
    blob() { return read(this, (bytes, state) => new Blob([bytes], { type: typeOf(state)?.text ?? '' })); },
    arrayBuffer() { return read(this, (bytes) => bytes.slice().buffer, 'arrayBuffer'); },
    text() { return read(this, text, 'text'); },
    json() { return read(this, (bytes) => parseJSON(text(bytes)), 'json'); },
    formData() { return read(this, formData); },
    bytes() { return read(this, (bytes) => new Uint8Array(bytes), 'bytes'); },
  };
}

// Gives a class its readers, and what all classes of the Web have.
function publish(Class, stateOf, shown, statics) {
  const { prototype } = Class;
  Object.assign(prototype, readers(stateOf));
  expose(Class, statics);
  Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
    __proto__: null, configurable: true, writable: true,
    value: function(depth, options) {
      if (options.depth === null) options.depth = 2;
      const values = {};
      for (const name of shown) values[name] = this[name];
      return `${Class.name} ${require('internal/util/inspect').inspect(values, options)}`;
    },
  });
}

function parseURL(input) {
  try {
    return new URL(input);
  } catch (cause) {
    throw new TypeError(`Failed to parse URL from ${input}`, { cause });
  }
}

module.exports = { Body, Incoming, extract, publish, parseURL, stringifyJSON, dataURL, now, timing };
