// stream.compose: several streams as one Duplex.
'use strict';
const { AbortError, codes } = require('internal/errors');
const { Duplex } = require('stream');
const { eos } = require('internal/streams/end-of-stream');
const { pipeline } = require('internal/streams/pipeline');
const u = require('internal/streams/utils');

const readableEnd = (s) => u.isReadable(s) || u.isReadableStream(s) || u.isTransformStream(s);
const writableEnd = (s) => u.isWritable(s) || u.isWritableStream(s) || u.isTransformStream(s);

function compose(...streams) {
  if (streams.length === 0) throw new codes.ERR_MISSING_ARGS('streams');
  if (streams.length === 1) return Duplex.from(streams[0]);
  const given = streams.slice();
  const last = streams.length - 1;
  for (const i of [0, last]) if (typeof streams[i] === 'function') streams[i] = Duplex.from(streams[i]);
  streams.forEach((s, i) => {
    if (!u.isNodeStream(s) && !u.isWebStream(s)) return;
    if (i < last && !readableEnd(s)) throw new codes.ERR_INVALID_ARG_VALUE(`streams[${i}]`, given[i], 'must be readable');
    if (i > 0 && !writableEnd(s)) throw new codes.ERR_INVALID_ARG_VALUE(`streams[${i}]`, given[i], 'must be writable');
  });

  let ondrain = null, onfinish = null, onclose, d;
  const head = streams[0];
  const tail = pipeline(streams, (err) => {
    const callback = onclose;
    onclose = null;
    if (callback) callback(err);
    else if (err) d.destroy(err);
    else if (!readable && !writable) d.destroy();
  });
  const writable = !!writableEnd(head), readable = !!readableEnd(tail);
  d = new Duplex({
    writableObjectMode: !!head?.writableObjectMode, readableObjectMode: !!tail?.readableObjectMode, writable, readable,
  });

  if (writable) {
    if (u.isNodeStream(head)) {
      d._write = (chunk, encoding, callback) => {
        if (head.write(chunk, encoding)) callback();
        else ondrain = callback;
      };
      d._final = (callback) => {
        head.end();
        onfinish = callback;
      };
      head.on('drain', () => {
        const f = ondrain;
        ondrain = null;
        if (f) f();
      });
    } else {
      const writer = (u.isTransformStream(head) ? head.writable : head).getWriter();
      d._write = async (chunk, encoding, callback) => {
        try {
          await writer.ready;
          writer.write(chunk).catch(() => {});
          callback();
        } catch (err) {
          callback(err);
        }
      };
      d._final = async (callback) => {
        try {
          await writer.ready;
          writer.close().catch(() => {});
          onfinish = callback;
        } catch (err) {
          callback(err);
        }
      };
    }
    eos(u.isTransformStream(tail) ? tail.readable : tail, () => {
      const f = onfinish;
      onfinish = null;
      if (f) f();
    });
  }

  if (readable) {
    if (u.isNodeStream(tail)) {
      tail.on('data', (chunk) => { if (!d.push(chunk)) tail.pause(); });
      tail.on('end', () => { d.push(null); });
      d._read = () => { tail.resume(); };
    } else {
      const reader = (u.isTransformStream(tail) ? tail.readable : tail).getReader();
      d._read = async () => {
        for (;;) {
          try {
            const { value, done } = await reader.read();
            if (done) {
              d.push(null);
              return;
            }
            if (!d.push(value)) return;
          } catch {
            return; // the pipeline tells
          }
        }
      };
    }
  }

  d._destroy = (err, callback) => {
    if (!err && onclose !== null) err = new AbortError();
    ondrain = onfinish = null;
    if (u.isNodeStream(tail)) u.destroyer(tail, err);
    if (onclose === null) callback(err);
    else onclose = callback;
  };
  return d;
}

module.exports = { compose };
