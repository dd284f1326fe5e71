// Readable.from: a stream of what an iterable yields.
'use strict';
const { codes } = require('internal/errors');
const { Readable } = require('stream');

function from(Class, iterable, options) {
  if (typeof iterable === 'string' || iterable instanceof Buffer) {
    return new Class({
      objectMode: true,
      ...options,
      read() {
        this.push(iterable);
        this.push(null);
      },
    });
  }
  const isAsync = !!iterable?.[Symbol.asyncIterator];
  const method = isAsync ? Symbol.asyncIterator : Symbol.iterator;
  if (!iterable?.[method]) throw new codes.ERR_INVALID_ARG_TYPE('iterable', ['Iterable'], iterable);
  const iterator = iterable[method]();

  const readable = new Class({ objectMode: true, highWaterMark: 1, ...options });
  let reading = false; // iterator.next must not be called twice at a time
  let waits = isAsync; // a synchronous iterator whose values are promises is read like an asynchronous one

  // Takes a value; whether to go on.
  const take = (value) => {
    if (value === null) {
      reading = false;
      throw new codes.ERR_STREAM_NULL_VALUES();
    }
    if (readable.push(value)) return true;
    return reading = false;
  };
  const readNow = () => {
    try {
      for (;;) {
        const { value, done } = iterator.next();
        if (done) {
          readable.push(null);
          return;
        }
        if (typeof value?.then === 'function') {
          waits = true;
          value.then((v) => { if (take(v)) readLater(); }).catch((err) => readable.destroy(err));
          return;
        }
        if (!take(value)) return;
      }
    } catch (err) {
      readable.destroy(err);
    }
  };
  const readLater = async () => {
    try {
      for (;;) {
        const { value, done } = isAsync ? await iterator.next() : iterator.next();
        if (done) {
          readable.push(null);
          return;
        }
        if (!take(!isAsync && typeof value?.then === 'function' ? await value : value)) return;
      }
    } catch (err) {
      readable.destroy(err);
    }
  };
  const close = async (error) => {
    if (error != null && typeof iterator.throw === 'function') {
      const { value, done } = await iterator.throw(error);
      await value;
      if (done) return;
    }
    if (typeof iterator.return === 'function') {
      const { value } = await iterator.return();
      await value;
    }
  };

  readable._read = () => {
    if (reading) return;
    reading = true;
    if (waits) readLater();
    else readNow();
  };
  const destroy = readable._destroy;
  readable._destroy = (error, callback) => {
    destroy.call(readable, error, (destroyError) => {
      const e = destroyError || error;
      close(e).then(() => process.nextTick(callback, e), (err) => process.nextTick(callback, err || e));
    });
  };
  return readable;
}

module.exports = { from, fromReadable: (iterable, options) => from(Readable, iterable, options) };
