// fs.cp: one description of the copy as a generator that yields the calls of fs that it wants made, as
// [name, ...arguments], and two drivers: one makes them at once, the other awaits them.
'use strict';

const fs = require('fs');
const { dirname, isAbsolute, join, parse, resolve, sep } = require('path');
const { codes: { ERR_INCOMPATIBLE_OPTION_PAIR, ERR_INVALID_RETURN_VALUE } } = require('internal/errors');
const { validateBoolean, validateFunction, validateInteger, validateObject } = require('internal/validators');

// The synchronous form is native in Node, and so are its errors: they have a code and say in their message what is wrong.
let native = false;

function fail(code, errno, path, message, inNative = message) {
  if (!native || code === 'CP_EEXIST') throw binding.contextError(`ERR_FS_${code}`, errno, 'cp', path, message);
  throw Object.assign(new Error(inNative[0].toUpperCase() + inNative.slice(1)), { code: `ERR_FS_${code}` });
}

function checkOptions(options) {
  const o = { dereference: false, errorOnExist: false, force: true, preserveTimestamps: false, recursive: false,
              verbatimSymlinks: false, filter: undefined };
  if (options !== undefined) {
    validateObject(options, 'options');
    Object.assign(o, options);
  }
  for (const name of ['dereference', 'errorOnExist', 'force', 'preserveTimestamps', 'recursive', 'verbatimSymlinks']) {
    validateBoolean(o[name], `options.${name}`);
  }
  if (o.mode != null) validateInteger(o.mode, 'mode', 0, 7);
  else o.mode = 0;
  if (o.dereference && o.verbatimSymlinks) throw new ERR_INCOMPATIBLE_OPTION_PAIR('dereference', 'verbatimSymlinks');
  if (o.filter !== undefined) validateFunction(o.filter, 'options.filter');
  return o;
}

const same = (a, b) => a.ino !== 0n && a.dev !== 0n && a.ino === b.ino && a.dev === b.dev;

// isBelow tells whether dest lies in the directory src.
function isBelow(src, dest) {
  const a = resolve(src).split(sep).filter(Boolean);
  const b = resolve(dest).split(sep).filter(Boolean);
  return a.every((part, i) => b[i] === part);
}

function* statOf(path, options) {
  try {
    return yield [options.dereference ? 'stat' : 'lstat', path, { bigint: true }];
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

// check refuses what cannot be copied; it returns the stats, or nothing if the filter leaves src out.
function* check(src, dest, options) {
  if (options.filter) {
    const wanted = yield [options.filter, src, dest];
    if (!wanted) return undefined;
  }
  const from = yield [options.dereference ? 'stat' : 'lstat', src, { bigint: true }];
  const to = yield* statOf(dest, options);
  if (to) {
    if (same(from, to)) sameFile(dest);
    if (from.isDirectory() && !to.isDirectory()) {
      fail('CP_DIR_TO_NON_DIR', 'EISDIR', dest, `cannot overwrite non-directory ${dest} with directory ${src}`);
    }
    if (!from.isDirectory() && to.isDirectory()) {
      fail('CP_NON_DIR_TO_DIR', 'ENOTDIR', dest, `cannot overwrite directory ${dest} with non-directory ${src}`);
    }
  }
  if (from.isDirectory() && isBelow(src, dest)) {
    const slashed = src.endsWith('/') ? src : `${src}/`;
    fail('CP_EINVAL', 'EINVAL', dest, `cannot copy ${src} to a subdirectory of self ${dest}`,
         `Cannot copy ${slashed} to a subdirectory of self ${dest}`);
  }
  return { from, to };
}

function sameFile(dest) {
  // Native in Node, this message begins with a small letter.
  if (native) throw Object.assign(new Error(`src and dest cannot be the same ${dest}`), { code: 'ERR_FS_CP_EINVAL' });
  fail('CP_EINVAL', 'EINVAL', dest, 'src and dest cannot be the same');
}

function* checkParents(src, from, dest) {
  const top = resolve(dirname(src));
  for (let parent = resolve(dirname(dest)); parent !== top && parent !== parse(parent).root; parent = resolve(dirname(parent))) {
    const to = yield* statOf(parent, { dereference: true });
    if (!to) return;
    if (same(from, to)) fail('CP_EINVAL', 'EINVAL', dest, `cannot copy ${src} to a subdirectory of self ${dest}`);
  }
}

function* copy(src, dest, options) {
  const stats = yield* check(src, dest, options);
  if (!stats) return;
  yield* checkParents(src, stats.from, dest);
  yield ['mkdir', dirname(dest), { recursive: true }];
  yield* copyItem(stats, src, dest, options);
}

function* copyItem({ from, to }, src, dest, options) {
  const mode = Number(from.mode);
  if (from.isDirectory()) {
    if (!options.recursive) {
      fail('EISDIR', 'EISDIR', src, `${src} is a directory (not copied)`,
           `Recursive option not enabled, cannot copy a directory: ${src.endsWith('/') ? src : `${src}/`}`);
    }
    if (!to) yield ['mkdir', dest];
    for (const name of yield ['readdir', src]) {
      const stats = yield* check(join(src, name), join(dest, name), options);
      if (stats) yield* copyItem(stats, join(src, name), join(dest, name), options);
    }
    if (!to) yield ['chmod', dest, mode];
  } else if (from.isFile() || from.isCharacterDevice() || from.isBlockDevice()) {
    if (to) {
      if (!options.force) {
        if (options.errorOnExist) fail('CP_EEXIST', 'EEXIST', dest, `${dest} already exists`);
        return;
      }
      yield ['unlink', dest];
    }
    yield ['copyFile', src, dest, options.mode];
    if (options.preserveTimestamps) {
      if ((mode & 0o200) === 0) yield ['chmod', dest, mode | 0o200];
      const { atime, mtime } = yield ['stat', src];
      yield ['utimes', dest, atime, mtime];
    }
    yield ['chmod', dest, mode];
  } else if (from.isSymbolicLink()) {
    yield* copyLink(to, src, dest, options);
  } else if (from.isSocket()) {
    fail('CP_SOCKET', 'EINVAL', dest, `cannot copy a socket file: ${dest}`);
  } else if (from.isFIFO()) {
    fail('CP_FIFO_PIPE', 'EINVAL', dest, `cannot copy a FIFO pipe: ${dest}`);
  } else {
    fail('CP_UNKNOWN', 'EINVAL', dest, `cannot copy an unknown file type: ${dest}`);
  }
}

function* copyLink(to, src, dest, options) {
  let target = yield ['readlink', src];
  if (!options.verbatimSymlinks && !isAbsolute(target)) target = resolve(dirname(src), target);
  if (to) {
    let old;
    try {
      old = yield ['readlink', dest];
    } catch (error) {
      if (error.code !== 'EINVAL' && error.code !== 'UNKNOWN') throw error;
    }
    if (old !== undefined) {
      if (!isAbsolute(old)) old = resolve(dirname(dest), old);
      if (isBelow(target, old)) fail('CP_EINVAL', 'EINVAL', dest, `cannot copy ${target} to a subdirectory of self ${old}`);
      if ((yield ['stat', dest]).isDirectory() && isBelow(old, target)) {
        fail('CP_SYMLINK_TO_SUBDIRECTORY', 'EINVAL', dest, `cannot overwrite ${old} with ${target}`);
      }
      yield ['unlink', dest];
    }
  }
  yield ['symlink', target, dest];
}

const isPromise = (value) => typeof value?.then === 'function';

function cpSync(src, dest, options) {
  options = checkOptions(options);
  src = binding.path(src, 'src');
  dest = binding.path(dest, 'dest');
  binding.mayCopy(src, dest);
  const target = fs.lstatSync(dest, { bigint: true, throwIfNoEntry: false });
  if (target?.isSymbolicLink()) {
    const [from, to] = [src, dest].map((path) => fs.statSync(path, { bigint: true, throwIfNoEntry: false }));
    native = true;
    try {
      if (from && to && same(from, to) && from.isFile() && !fs.lstatSync(src).isSymbolicLink()) sameFile(dest);
    } finally {
      native = false;
    }
  }
  const steps = copy(src, dest, options);
  const go = (method, value) => {
    native = true;
    try {
      return steps[method](value);
    } finally {
      native = false;
    }
  };
  for (let step = go('next'); !step.done;) {
    const [name, ...args] = step.value;
    let result;
    try {
      if (typeof name === 'function') {
        result = name(...args);
        if (isPromise(result)) throw new ERR_INVALID_RETURN_VALUE('boolean', 'filter', result);
      } else {
        result = fs[`${name}Sync`](...args);
      }
    } catch (error) {
      step = go('throw', error);
      continue;
    }
    step = go('next', result);
  }
}

async function cp(src, dest, options) {
  options = checkOptions(options);
  src = binding.path(src, 'src');
  dest = binding.path(dest, 'dest');
  binding.mayCopy(src, dest);
  const steps = copy(src, dest, options);
  for (let step = steps.next(); !step.done;) {
    const [name, ...args] = step.value;
    let result;
    try {
      result = await (typeof name === 'function' ? name(...args) : fs.promises[name](...args));
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(result);
  }
}

function cpCallback(src, dest, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  validateFunction(callback, 'cb');
  checkOptions(options);
  src = binding.path(src, 'src');
  dest = binding.path(dest, 'dest');
  cp(src, dest, options).then(() => process.nextTick(callback, null), (error) => process.nextTick(callback, error));
}

module.exports = { cp, cpSync, cpCallback };
