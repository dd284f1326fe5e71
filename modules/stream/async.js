// Asynchronous iteration for the embedded scripts, whose syntax the engine does not have: asyncGenerator makes an
// async generator of a generator that yields `new Await(promise)` where it would await; each is `for await` in an
// async function, eachIn within such a generator.
'use strict';

class Await {
  constructor(value) { this.value = value; }
}

const AsyncIteratorPrototype = { [Symbol.asyncIterator]() { return this; } };

class AsyncGenerator {
  #generator;
  #calls = []; // the first one is under way

  constructor(generator) { this.#generator = generator; }

  #call(kind, value) {
    return new Promise((resolve, reject) => {
      this.#calls.push({ kind, value, resolve, reject });
      if (this.#calls.length === 1) this.#step(kind, value);
    });
  }

  #step(kind, value) {
    let result;
    try {
      result = this.#generator[kind](value);
    } catch (err) {
      this.#calls[0].reject(err);
      this.#proceed();
      return;
    }
    const v = result.value;
    if (!result.done && v instanceof Await) {
      Promise.resolve(v.value).then((x) => this.#step('next', x), (err) => this.#step('throw', err));
    } else if (typeof v?.then === 'function') {
      Promise.resolve(v).then((x) => this.#settle(x, result.done), (err) => {
        if (!result.done) return this.#step('throw', err);
        this.#calls[0].reject(err);
        this.#proceed();
      });
    } else {
      this.#settle(v, result.done);
    }
  }

  #settle(value, done) {
    this.#calls[0].resolve({ value, done });
    this.#proceed();
  }

  #proceed() {
    this.#calls.shift();
    if (this.#calls.length > 0) this.#step(this.#calls[0].kind, this.#calls[0].value);
  }

  next(value) { return this.#call('next', value); }
  return(value) { return this.#call('return', value); }
  throw(err) { return this.#call('throw', err); }
}
Object.setPrototypeOf(AsyncGenerator.prototype, AsyncIteratorPrototype);

const asyncGenerator = (f) => function(...args) { return new AsyncGenerator(f.apply(this, args)); };

function iteratorOf(iterable) {
  const method = iterable[Symbol.asyncIterator];
  if (method != null) return { iterator: method.call(iterable), sync: false };
  return { iterator: iterable[Symbol.iterator](), sync: true };
}

// Calls body with each value until it returns true or throws; the iterator is closed then.
async function each(iterable, body) {
  const { iterator, sync } = iteratorOf(iterable);
  for (;;) {
    const { value, done } = await iterator.next();
    if (done) return;
    let stop;
    try {
      stop = await body(sync ? await value : value);
    } catch (err) {
      try {
        await iterator.return?.();
      } catch {
        // The first error counts.
      }
      throw err;
    }
    if (stop === true) {
      await iterator.return?.();
      return;
    }
  }
}

function* eachIn(iterable, body) {
  const { iterator, sync } = iteratorOf(iterable);
  let open = false;
  try {
    for (;;) {
      open = false;
      const { value, done } = yield new Await(iterator.next());
      if (done) return;
      open = true;
      if ((yield* body(sync ? yield new Await(value) : value)) === true) return;
    }
  } catch (err) {
    if (open) {
      open = false;
      try {
        yield new Await(iterator.return?.());
      } catch {
        // The first error counts.
      }
    }
    throw err;
  } finally {
    if (open) yield new Await(iterator.return?.());
  }
}

module.exports = { Await, AsyncIteratorPrototype, asyncGenerator, each, eachIn };
