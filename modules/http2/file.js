// respondWithFile and respondWithFD: a file is read piece by piece, as fast as the client takes it.
'use strict';
const fs = require('fs');
const { codes } = require('internal/errors');
const native = require('internal/http2/native');
const { kHandle, kState, objectOr, responseHeaders, start } = require('internal/http2/stream');

const pieceSize = 64 << 10;

function check(stream, headers, options) {
  if (stream.destroyed || stream.closed) throw new codes.ERR_HTTP2_INVALID_STREAM();
  if (stream.headersSent) throw new codes.ERR_HTTP2_HEADERS_SENT();
  objectOr(options ?? undefined, 'options');
  options = { ...options };
  const number = (name) => {
    if (options[name] !== undefined && typeof options[name] !== 'number') throw new codes.ERR_INVALID_ARG_VALUE(`options.${name}`, options[name]);
  };
  number('offset');
  number('length');
  if (options.statCheck !== undefined && typeof options.statCheck !== 'function') {
    throw new codes.ERR_INVALID_ARG_VALUE('options.statCheck', options.statCheck);
  }
  stream._touch();
  const prepared = responseHeaders(headers, options);
  const { status } = prepared;
  if (status === 204 || status === 205 || status === 304 || stream.headRequest) throw new codes.ERR_HTTP2_PAYLOAD_FORBIDDEN(status);
  return { options, prepared };
}

function respondWithFD(stream, fd, headers, options) {
  const given = check(stream, headers, options);
  if (fd !== null && typeof fd === 'object' && typeof fd.fd === 'number') fd = fd.fd;
  if (typeof fd !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('fd', ['number', 'FileHandle'], fd);
  if (given.options.statCheck !== undefined) {
    fs.fstat(fd, (err, stat) => afterStat(stream, fd, err, stat, given, false));
    return;
  }
  send(stream, fd, given.prepared, given.options.offset, given.options.length, given.options);
}

function respondWithFile(stream, path, headers, options) {
  const given = check(stream, headers, options);
  fs.open(path, 'r', 0o666, (err, fd) => {
    const { onError } = given.options;
    if (err) {
      if (onError !== undefined) onError(err);
      else stream.destroy(err);
      return;
    }
    if (stream.destroyed || stream.closed) {
      fs.close(fd, () => {});
      return;
    }
    stream[kState].fd = fd;
    fs.fstat(fd, (err, stat) => afterStat(stream, fd, err, stat, given, true));
  });
}

function afterStat(stream, fd, err, stat, { options, prepared }, own) {
  const { onError } = options;
  const fail = (error) => {
    if (onError !== undefined) onError(error);
    else stream.destroy(error);
  };
  if (stream.destroyed || stream.closed) {
    if (own) closeOwn(stream);
    return;
  }
  if (err) {
    if (own) closeOwn(stream);
    return fail(err);
  }
  const range = { offset: options.offset !== undefined ? options.offset : 0, length: options.length !== undefined ? options.length : -1 };
  if (!stat.isFile()) {
    const directory = stat.isDirectory();
    if (own && directory || own && (options.offset !== undefined || options.length !== undefined)) {
      closeOwn(stream);
      return fail(directory ? new codes.ERR_HTTP2_SEND_FILE() : new codes.ERR_HTTP2_SEND_FILE_NOSEEK());
    }
    range.offset = -1;
    range.length = -1;
  }
  if (stream.headersSent) {
    if (own) closeOwn(stream);
    return fail(new codes.ERR_HTTP2_HEADERS_SENT());
  }
  const { statCheck } = options;
  if (typeof statCheck === 'function' && Reflect.apply(statCheck, stream, own ? [stat, prepared.kept] : [stat, prepared.kept, range]) === false) {
    if (own) closeOwn(stream);
    return;
  }
  prepared.list = prepared.kept;
  if (stat.isFile()) {
    range.length = range.length < 0 ? stat.size - range.offset : Math.min(stat.size - range.offset, range.length);
    if (own) prepared.kept['content-length'] = range.length;
  }
  send(stream, fd, prepared, range.offset, range.length, options, own);
}

function closeOwn(stream) {
  const state = stream[kState];
  if (state.fd !== undefined) require('internal/http2/seldom').closeFile(state);
}

function send(stream, fd, prepared, offset = -1, length = -1, options = {}, own = false) {
  start(stream, prepared, false, options.waitForTrailers);
  if (stream.destroyed) return;
  let position = offset > 0 ? offset : offset === 0 ? 0 : null;
  let left = length < 0 ? Infinity : length;
  const next = () => {
    if (stream.destroyed || stream.closed) {
      if (own) closeOwn(stream);
      return;
    }
    if (left <= 0) {
      if (own) closeOwn(stream);
      stream.end();
      return;
    }
    const piece = Buffer.allocUnsafeSlow(Math.min(pieceSize, left));
    fs.read(fd, piece, 0, piece.length, position, (err, n) => {
      if (stream.destroyed || stream.closed) {
        if (own) closeOwn(stream);
        return;
      }
      if (err) {
        if (own) closeOwn(stream);
        stream[kHandle]?.reset(native.NGHTTP2_INTERNAL_ERROR);
        return;
      }
      if (n === 0) {
        left = 0;
        next();
        return;
      }
      if (position !== null) position += n;
      left -= n;
      if (left <= 0) {
        if (own) closeOwn(stream);
        stream.end(piece.subarray(0, n));
      } else {
        stream.write(piece.subarray(0, n), next);
      }
    });
  };
  next();
}

module.exports = { respondWithFD, respondWithFile };
