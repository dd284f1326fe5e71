// Module diagnostics_channel: named channels and tracing channels. May require internal/errors and internal/validators.
'use strict';
const { codes } = require('internal/errors');
const { validateFunction } = require('internal/validators');

const channels = new Map();
const uncaught = (err) => process.nextTick(() => { throw err; });

// A channel that somebody listens to is an ActiveChannel, so that publishing to nobody costs a call and no more.
class ActiveChannel {
  subscribe(subscription) {
    validateFunction(subscription, 'subscription');
    this._subscribers = [...this._subscribers, subscription];
  }
  unsubscribe(subscription) {
    const i = this._subscribers.indexOf(subscription);
    if (i === -1) return false;
    this._subscribers = this._subscribers.filter((_, j) => j !== i);
    deactivate(this);
    return true;
  }
  bindStore(store, transform) { this._stores.set(store, transform); }
  unbindStore(store) {
    if (!this._stores.delete(store)) return false;
    deactivate(this);
    return true;
  }
  get hasSubscribers() { return true; }
  publish(data) {
    for (const subscriber of this._subscribers ?? []) {
      try {
        subscriber(data, this.name);
      } catch (err) {
        uncaught(err);
      }
    }
  }
  runStores(data, fn, thisArg, ...args) {
    let run = () => {
      this.publish(data);
      return fn.apply(thisArg, args);
    };
    for (const [store, transform] of this._stores) {
      const next = run;
      run = () => {
        let context = data;
        if (transform) {
          try {
            context = transform(data);
          } catch (err) {
            uncaught(err);
            return next();
          }
        }
        return store.run(context, next);
      };
    }
    return run();
  }
}

function activate(channel) {
  Object.setPrototypeOf(channel, ActiveChannel.prototype);
  channel._subscribers = [];
  channel._stores = new Map();
}

function deactivate(channel) {
  if (channel._subscribers.length > 0 || channel._stores.size > 0) return;
  Object.setPrototypeOf(channel, Channel.prototype);
  channel._subscribers = undefined;
  channel._stores = undefined;
}

class Channel {
  constructor(name) {
    this._subscribers = undefined;
    this._stores = undefined;
    this.name = name;
    this._index = undefined;
    channels.set(name, this);
  }
  static [Symbol.hasInstance](instance) {
    const prototype = Object.getPrototypeOf(instance);
    return prototype === Channel.prototype || prototype === ActiveChannel.prototype;
  }
  subscribe(subscription) {
    validateFunction(subscription, 'subscription');
    activate(this);
    this.subscribe(subscription);
  }
  unsubscribe() { return false; }
  bindStore(store, transform) {
    activate(this);
    this.bindStore(store, transform);
  }
  unbindStore() { return false; }
  get hasSubscribers() { return false; }
  publish() {}
  runStores(data, fn, thisArg, ...args) { return fn.apply(thisArg, args); }
}

function channel(name) {
  const found = channels.get(name);
  if (found) return found;
  if (typeof name !== 'string' && typeof name !== 'symbol') {
    throw new codes.ERR_INVALID_ARG_TYPE('channel', ['string', 'symbol'], name);
  }
  return new Channel(name);
}

const events = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

function eventChannel(nameOrChannels, event) {
  if (typeof nameOrChannels === 'string') return channel(`tracing:${nameOrChannels}:${event}`);
  if (typeof nameOrChannels === 'object' && nameOrChannels !== null) {
    const given = nameOrChannels[event];
    if (!(given instanceof Channel)) throw new codes.ERR_INVALID_ARG_TYPE(`nameOrChannels.${event}`, ['Channel'], given);
    return given;
  }
  throw new codes.ERR_INVALID_ARG_TYPE('nameOrChannels', ['string', 'object', 'TracingChannel'], nameOrChannels);
}

class TracingChannel {
  constructor(nameOrChannels) {
    for (const event of events) {
      Object.defineProperty(this, event, { __proto__: null, value: eventChannel(nameOrChannels, event) });
    }
  }
  get hasSubscribers() { return events.some((event) => this[event].hasSubscribers); }
  subscribe(handlers) {
    for (const event of events) if (handlers[event]) this[event].subscribe(handlers[event]);
  }
  unsubscribe(handlers) {
    let done = true;
    for (const event of events) if (handlers[event] && !this[event].unsubscribe(handlers[event])) done = false;
    return done;
  }

  // Calls f between 'start' and 'end', with 'error' in between if it throws.
  #trace(context, f) {
    return this.start.runStores(context, () => {
      try {
        return f();
      } catch (err) {
        context.error = err;
        this.error.publish(context);
        throw err;
      } finally {
        this.end.publish(context);
      }
    });
  }

  traceSync(fn, context = {}, thisArg, ...args) {
    if (!this.hasSubscribers) return fn.apply(thisArg, args);
    return this.#trace(context, () => context.result = fn.apply(thisArg, args));
  }

  tracePromise(fn, context = {}, thisArg, ...args) {
    if (!this.hasSubscribers) return fn.apply(thisArg, args);
    const settle = () => {
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    return this.#trace(context, () => {
      let promise = fn.apply(thisArg, args);
      if (!(promise instanceof Promise)) promise = Promise.resolve(promise);
      return promise.then((result) => {
        context.result = result;
        settle();
        return result;
      }, (err) => {
        context.error = err;
        this.error.publish(context);
        settle();
        return Promise.reject(err);
      });
    });
  }

  traceCallback(fn, position = -1, context = {}, thisArg, ...args) {
    if (!this.hasSubscribers) return fn.apply(thisArg, args);
    const callback = args.at(position);
    validateFunction(callback, 'callback');
    const { asyncStart, asyncEnd, error } = this;
    args.splice(position, 1, function(...results) {
      const [err, res] = results;
      if (err) {
        context.error = err;
        error.publish(context);
      } else {
        context.result = res;
      }
      asyncStart.runStores(context, () => {
        try {
          return callback.apply(this, results);
        } finally {
          asyncEnd.publish(context);
        }
      });
    });
    return this.#trace(context, () => fn.apply(thisArg, args));
  }
}

module.exports = {
  channel,
  hasSubscribers: function(name) { return channels.get(name)?.hasSubscribers ?? false; },
  subscribe: (name, subscription) => channel(name).subscribe(subscription),
  tracingChannel: (nameOrChannels) => new TracingChannel(nameOrChannels),
  unsubscribe: function(name, subscription) { return channel(name).unsubscribe(subscription); },
  Channel,
};
