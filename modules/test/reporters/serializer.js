// The reporter of a process that runs one test file for another process: each event as a structured clone with its length.
'use strict';
const { DefaultSerializer } = require('v8');
const { serialize } = require('internal/test_runner/errors');

const kHeader = 2, kLength = 4;

module.exports = async function* serializer(source) {
  const out = new DefaultSerializer();
  for await (const item of source) {
    const error = item.data.details?.error;
    if (error) item.data.details.error = serialize(error);
    out.writeHeader();
    out.writeRawBytes(Buffer.allocUnsafe(kLength));
    out.writeHeader();
    out.writeValue(item);
    if (error) item.data.details.error = error;
    const message = out.releaseBuffer();
    new DataView(message.buffer, message.byteOffset).setUint32(kHeader, message.length - kHeader - kLength);
    yield message;
  }
};
