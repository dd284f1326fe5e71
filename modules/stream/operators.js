// The methods of Readable that take functions: map, filter, reduce and their like.
'use strict';
const { AbortError, codes } = require('internal/errors');
const { validateAbortSignal, validateInteger, validateObject } = require('internal/validators');
const { Await, asyncGenerator, each, eachIn } = require('internal/streams/async');
const { finished } = require('internal/streams/end-of-stream');
const { isNodeStream, isWritable } = require('internal/streams/utils');

const kEmpty = Symbol('kEmpty');
const kEof = Symbol('kEof');

function validateOptions(options) {
  if (options != null) validateObject(options, 'options');
  if (options?.signal != null) validateAbortSignal(options.signal, 'options.signal');
}
function validateCallback(fn, name = 'fn') {
  if (typeof fn !== 'function') throw new codes.ERR_INVALID_ARG_TYPE(name, 'Function', fn);
}
const stream = (generator) => require('internal/streams/from').fromReadable(generator);

function composeWith(other, options) {
  validateOptions(options);
  if (isNodeStream(other) && !isWritable(other)) throw new codes.ERR_INVALID_ARG_VALUE('stream', other, 'must be writable');
  const composed = require('internal/streams/compose').compose(this, other);
  if (options?.signal) require('internal/streams/add-abort-signal').addAbortSignalNoValidate(options.signal, composed);
  return composed;
}

function mapped(source, fn, options) {
  validateCallback(fn);
  validateOptions(options);
  const concurrency = options?.concurrency != null ? Math.floor(options.concurrency) : 1;
  let highWaterMark = options?.highWaterMark != null ? Math.floor(options.highWaterMark) : concurrency - 1;
  validateInteger(concurrency, 'options.concurrency', 1);
  validateInteger(highWaterMark, 'options.highWaterMark', 0);
  highWaterMark += concurrency;

  return asyncGenerator(function*() {
    const signal = AbortSignal.any(options?.signal ? [options.signal] : []);
    const queue = [];
    let next = null, resume = null, done = false, running = 0;
    const call = (f) => { if (f) f(); };
    const resumeIfRoom = () => {
      if (resume && !done && running < concurrency && queue.length < highWaterMark) {
        const f = resume;
        resume = null;
        f();
      }
    };
    const processed = () => {
      running--;
      resumeIfRoom();
    };
    const failed = () => {
      done = true;
      processed();
    };
    const wake = () => {
      const f = next;
      next = null;
      call(f);
    };
    (async () => {
      try {
        await each(source, (value) => {
          if (done) return true;
          if (signal.aborted) throw new AbortError();
          let result;
          try {
            result = fn(value, { signal });
            if (result === kEmpty) return false;
            result = Promise.resolve(result);
          } catch (err) {
            result = Promise.reject(err);
          }
          running++;
          result.then(processed, failed);
          queue.push(result);
          wake();
          if (!done && (queue.length >= highWaterMark || running >= concurrency)) {
            return new Promise((resolve) => { resume = resolve; });
          }
        });
        queue.push(kEof);
      } catch (err) {
        const rejected = Promise.reject(err);
        rejected.then(processed, failed);
        queue.push(rejected);
      } finally {
        done = true;
        wake();
      }
    })();
    try {
      for (;;) {
        while (queue.length > 0) {
          const value = yield new Await(queue[0]);
          if (value === kEof) return;
          if (signal.aborted) throw new AbortError();
          if (value !== kEmpty) yield value;
          queue.shift();
          resumeIfRoom();
        }
        yield new Await(new Promise((resolve) => { next = resolve; }));
      }
    } finally {
      done = true;
      call(resume);
      resume = null;
    }
  })();
}

function filtered(source, fn, options) {
  validateCallback(fn);
  return mapped(source, async (value, o) => ((await fn(value, o)) ? value : kEmpty), options);
}

async function some(fn, options) {
  let found = false;
  await each(filtered(this, fn, options), () => found = true);
  return found;
}

async function every(fn, options) {
  validateCallback(fn);
  return !(await some.call(this, async (...args) => !(await fn(...args)), options));
}

async function find(fn, options) {
  let result;
  await each(filtered(this, fn, options), (value) => {
    result = value;
    return true;
  });
  return result;
}

async function forEach(fn, options) {
  validateCallback(fn);
  const call = async (value, o) => {
    await fn(value, o);
    return kEmpty;
  };
  await each(mapped(this, call, options), () => {});
}

async function reduce(reducer, initial, options) {
  validateCallback(reducer, 'reducer');
  validateOptions(options);
  let has = arguments.length > 1, empty = true;
  const outer = options?.signal;
  if (outer?.aborted) {
    const err = new AbortError(undefined, { cause: outer.reason });
    this.once('error', () => {}); // it is thrown below
    await finished(this.destroy(err));
    throw err;
  }
  const controller = new AbortController();
  const { signal } = controller;
  if (outer) outer.addEventListener('abort', () => controller.abort(), { once: true });
  let value = initial;
  try {
    await each(this, async (item) => {
      empty = false;
      if (outer?.aborted) throw new AbortError();
      if (!has) {
        value = item;
        has = true;
      } else {
        value = await reducer(value, item, { signal });
      }
    });
    if (empty && !has) {
      const err = new codes.ERR_MISSING_ARGS('reduce');
      err.message = 'Reduce of an empty stream requires an initial value';
      throw err;
    }
  } finally {
    controller.abort();
  }
  return value;
}

async function toArray(options) {
  validateOptions(options);
  const result = [];
  await each(this, (value) => {
    if (options?.signal?.aborted) throw new AbortError(undefined, { cause: options.signal.reason });
    result.push(value);
  });
  return result;
}

function count(number) {
  number = Number(number);
  if (Number.isNaN(number)) return 0;
  if (number < 0) throw new codes.ERR_OUT_OF_RANGE('number', '>= 0', number);
  return number;
}

// A stream of what body, a generator called with each value, yields; body ends it by returning true.
function generated(source, options, body) {
  const check = () => { if (options?.signal?.aborted) throw new AbortError(undefined, { cause: options.signal.reason }); };
  return stream(asyncGenerator(function*() {
    check();
    yield* eachIn(source, function*(value) {
      check();
      return yield* body(value);
    });
  })());
}

function drop(number, options) {
  validateOptions(options);
  number = count(number);
  return generated(this, options, function*(value) { if (number-- <= 0) yield value; });
}

function take(number, options) {
  validateOptions(options);
  number = count(number);
  return generated(this, options, function*(value) {
    if (number-- > 0) yield value;
    return number <= 0;
  });
}

function flatMap(fn, options) {
  return generated(mapped(this, fn, options), undefined, function*(value) {
    yield* eachIn(value, function*(item) { yield item; });
  });
}

module.exports = {
  compose: composeWith,
  map: function(fn, options) { return stream(mapped(this, fn, options)); },
  filter: function(fn, options) { return stream(filtered(this, fn, options)); },
  drop, take, flatMap, every, forEach, reduce, toArray, some, find,
};
