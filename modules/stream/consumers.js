// Module stream/consumers: all of a stream at once.
'use strict';
const { each } = require('internal/streams/async');

async function blob(stream) {
  const chunks = [];
  await each(stream, (chunk) => { chunks.push(chunk); });
  return new Blob(chunks);
}

async function arrayBuffer(stream) {
  const { Buffer } = require('buffer');
  const chunks = [];
  await each(stream, (chunk) => {
    if (ArrayBuffer.isView(chunk)) chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    else if (chunk instanceof ArrayBuffer) chunk = Buffer.from(chunk);
    else chunk = Buffer.from(String(chunk));
    chunks.push(chunk);
  });
  const { buffer: memory, byteOffset, byteLength } = Buffer.concat(chunks);
  return memory.slice(byteOffset, byteOffset + byteLength);
}

async function buffer(stream) {
  return require('buffer').Buffer.from(await arrayBuffer(stream));
}

async function bytes(stream) {
  return new Uint8Array(await arrayBuffer(stream));
}

async function text(stream) {
  const decoder = new TextDecoder();
  let s = '';
  await each(stream, (chunk) => { s += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }); });
  return s + decoder.decode();
}

async function json(stream) {
  return JSON.parse(await text(stream));
}

module.exports = { arrayBuffer, blob, buffer, bytes, text, json };
