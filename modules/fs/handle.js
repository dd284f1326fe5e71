// FileHandle, the descriptor of fs/promises, and what fs/promises does with data that comes piece by piece.
// The binding has the operations on plain descriptors as functions that return promises.
'use strict';

const EventEmitter = require('events');
const { codes: { ERR_INVALID_STATE }, AbortError } = require('internal/errors');
const { validateBoolean, validateObject } = require('internal/validators');

const kFd = Symbol('kFd');
const kRefs = Symbol('kRefs');
const kClosePromise = Symbol('kClosePromise');
const kSettle = Symbol('kSettle');
const kRef = Symbol('kRef');
const kUnref = Symbol('kUnref');
const kLocked = Symbol('kLocked');
const kCloseReason = Symbol('kCloseReason');

const isView = ArrayBuffer.isView;

class FileHandle extends EventEmitter {
  constructor(fd) {
    super();
    binding.adopt(this);
    this[kFd] = fd;
    this[kRefs] = 1;
    this[kClosePromise] = null;
  }

  getAsyncId() { return binding.asyncId(this); }
  get fd() { return this[kFd]; }
  appendFile(data, options) { return use(this, 'writeFile', writeHandle, data, options); }
  chmod(mode) { return use(this, 'fchmod', binding.fchmod, mode); }
  chown(uid, gid) { return use(this, 'fchown', binding.fchown, uid, gid); }
  datasync() { return use(this, 'fdatasync', binding.fdatasync); }
  sync() { return use(this, 'fsync', binding.fsync); }
  read(buffer, offset, length, position) { return use(this, 'read', read, buffer, offset, length, position); }
  readv(buffers, position) {
    return use(this, 'readv', async (fd) => ({ __proto__: null, bytesRead: await binding.readv(fd, buffers, position), buffers }));
  }
  readFile(options) { return use(this, 'readFile', binding.readFile, options); }
  readLines(options = undefined) {
    return new (require('readline').Interface)({ input: this.createReadStream(options), crlfDelay: Infinity });
  }
  stat(options) { return use(this, 'fstat', binding.fstat, options); }
  truncate(len = 0) { return use(this, 'ftruncate', binding.ftruncate, len); }
  utimes(atime, mtime) { return use(this, 'futimes', binding.futimes, atime, mtime); }
  write(buffer, offset, length, position) { return use(this, 'write', write, buffer, offset, length, position); }
  writev(buffers, position) {
    return use(this, 'writev', async (fd) => ({ __proto__: null, bytesWritten: await binding.writev(fd, buffers, position), buffers }));
  }
  writeFile(data, options) { return use(this, 'writeFile', writeHandle, data, options); }

  close = () => {
    if (this[kFd] === -1) return Promise.resolve();
    if (this[kClosePromise]) return this[kClosePromise];
    const closed = new Promise((resolve, reject) => { this[kSettle] = { resolve, reject }; });
    this[kClosePromise] = closed.finally(() => { this[kClosePromise] = undefined; });
    this[kUnref]();
    this.emit('close');
    return this[kClosePromise];
  };

  readableWebStream(options = { __proto__: null }) {
    if (this[kFd] === -1) throw new ERR_INVALID_STATE('The FileHandle is closed');
    if (this[kClosePromise]) throw new ERR_INVALID_STATE('The FileHandle is closing');
    if (this[kLocked]) throw new ERR_INVALID_STATE('The FileHandle is locked');
    this[kLocked] = true;
    validateObject(options, 'options');
    const { type = 'bytes', autoClose = false } = options;
    validateBoolean(autoClose, 'options.autoClose');
    if (type !== 'bytes') {
      process.emitWarning('A non-"bytes" options.type has no effect. A byte-oriented steam is always created.', 'ExperimentalWarning');
    }
    const { ReadableStream } = require('stream/web');
    this[kRef]();
    let controller;
    let open = true;
    const end = async () => {
      if (!open) return;
      open = false;
      this[kUnref]();
      if (autoClose) await this.close();
    };
    this.once('close', () => {
      if (!open) return;
      end();
      controller.close();
      controller.byobRequest?.respond(0);
    });
    return new ReadableStream({
      type: 'bytes',
      autoAllocateChunkSize: 16384,
      start: (c) => { controller = c; },
      pull: async () => {
        const { view } = controller.byobRequest;
        const { bytesRead } = await this.read(view, 0, view.byteLength);
        if (!open) return;
        if (bytesRead === 0) {
          controller.close();
          await end();
        }
        controller.byobRequest?.respond(bytesRead);
      },
      cancel: end,
    });
  }

  createReadStream(options = undefined) {
    return new (require('fs').ReadStream)(undefined, { ...options, fd: this });
  }

  createWriteStream(options = undefined) {
    return new (require('fs').WriteStream)(undefined, { ...options, fd: this });
  }

  [kRef]() { this[kRefs]++; }

  // The last one out closes the descriptor.
  [kUnref]() {
    if (--this[kRefs] !== 0) return;
    const fd = this[kFd];
    this[kFd] = -1;
    binding.close(fd).then(this[kSettle].resolve, this[kSettle].reject);
  }
}
if (Symbol.asyncDispose) {
  FileHandle.prototype[Symbol.asyncDispose] = async function() { return this.close(); };
}

if (binding.streamIter) {
  require('internal/fs/pull').install(FileHandle, {
    binding,
    isClosing: (handle) => Boolean(handle[kClosePromise]),
    isLocked: (handle) => Boolean(handle[kLocked]),
    lock(handle, on) { handle[kLocked] = on; },
    ref: (handle) => handle[kRef](),
    unref: (handle) => handle[kUnref](),
    forgetFd(handle) {
      const fd = handle[kFd];
      handle[kFd] = -1;
      return fd;
    },
  });
}

// use keeps the descriptor open while an operation runs.
async function use(handle, name, operation, ...args) {
  if (handle[kFd] === -1) {
    throw Object.assign(new Error(handle[kCloseReason] ?? 'file closed'), { code: 'EBADF', syscall: name });
  }
  handle[kRef]();
  try {
    return await operation(handle[kFd], ...args);
  } finally {
    handle[kUnref]();
  }
}

async function read(fd, buffer, offset, length, position) {
  if (!isView(buffer)) {
    if (buffer !== undefined) validateObject(buffer, 'options', { nullable: true });
    const params = buffer ?? {};
    ({ buffer = Buffer.alloc(16384), offset = 0, length = buffer?.byteLength - offset, position = null } = params);
  } else if (offset !== null && typeof offset === 'object') {
    ({ offset = 0, length = buffer.byteLength - offset, position = null } = offset);
  }
  offset ??= 0;
  length ??= buffer.byteLength - offset;
  return { __proto__: null, bytesRead: await binding.read(fd, buffer, offset, length, position), buffer };
}

async function write(fd, buffer, ...args) {
  if (buffer?.byteLength === 0) return { __proto__: null, bytesWritten: 0, buffer };
  return { __proto__: null, bytesWritten: await binding.write(fd, buffer, ...args), buffer };
}

const isPieces = (data) => data != null && typeof data !== 'string' && !isView(data) &&
  (typeof data[Symbol.asyncIterator] === 'function' || typeof data[Symbol.iterator] === 'function');

function writeHandle(fd, data, options) {
  return isPieces(data) ? writePieces(fd, data, options) : binding.writeFile(fd, data, options);
}

async function writePieces(fd, data, options) {
  const signal = options?.signal;
  const encoding = (typeof options === 'string' ? options : options?.encoding) || 'utf8';
  const check = () => {
    if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  };
  check();
  const iterator = data[Symbol.asyncIterator] ? data[Symbol.asyncIterator]() : data[Symbol.iterator]();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) {
        finished = true;
        return;
      }
      check();
      await binding.writeFile(fd, isView(value) ? value : Buffer.from(await value, encoding));
      check();
    }
  } finally {
    if (!finished) await iterator.return?.();
  }
}

// writeFile is fs.promises.writeFile for a FileHandle or for data in pieces.
async function writeFile(path, data, options) {
  if (path instanceof FileHandle) return path.writeFile(data, options);
  const flag = options?.flag || 'w';
  const handle = await require('fs').promises.open(path, flag, options?.mode);
  try {
    await handle.writeFile(data, options);
    if (options?.flush) await handle.sync();
  } finally {
    await handle.close();
  }
}

// release takes the descriptor from a handle that moves to another thread; -1 if it is in use.
function release(handle) {
  if (handle[kRefs] !== 1) return -1;
  const fd = handle[kFd];
  handle[kFd] = -1;
  handle[kCloseReason] = 'The FileHandle has been transferred';
  return fd;
}

module.exports = { release, inUse: (handle) => handle[kRefs] !== 1 || handle[kFd] === -1, FileHandle, isPieces, writeFile, kRef, kUnref };
