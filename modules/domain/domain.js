// Module domain: errors of a group of callbacks and emitters, in one place.
'use strict';
const EventEmitter = require('events');
const { AsyncLocalStorage } = require('async_hooks');

const storage = new AsyncLocalStorage(); // the stack of entered domains, innermost last
const stackOf = () => storage.getStore() ?? [];
const current = () => stackOf().at(-1);

Object.defineProperty(process, 'domain', {
  __proto__: null, configurable: true, enumerable: true,
  get: current,
  set(domain) { storage.enterWith(domain ? [domain] : []); },
});
EventEmitter.usingDomains = true;

function mark(err, domain, thrown) {
  if ((typeof err === 'object' && err !== null) || typeof err === 'function') {
    Object.defineProperty(err, 'domain', { __proto__: null, configurable: true, enumerable: false, value: domain, writable: true });
    err.domainThrown = thrown;
  }
  return err;
}

// An uncaught error goes to the domain it was thrown in; what its listener throws, to the one around that.
function uncaught(err) {
  const stack = stackOf();
  for (let i = stack.length - 1; i >= 0; i--) {
    const domain = stack[i];
    if (domain.listenerCount('error') === 0) continue;
    mark(err, domain, true);
    try {
      storage.run(stack.slice(0, i), () => domain.emit('error', err));
      storage.enterWith([]);
      return;
    } catch (next) {
      err = next;
    }
  }
  if (process.listenerCount('uncaughtException') > 0) {
    process.emit('uncaughtException', err, 'uncaughtException');
    return;
  }
  process.setUncaughtExceptionCaptureCallback(null);
  throw err;
}
process.setUncaughtExceptionCaptureCallback(uncaught);

// An error leaves the domain entered, for then it is the domain's when nothing catches it.
function within(domain, fn, self, args) {
  const outer = stackOf();
  storage.enterWith([...outer, domain]);
  const result = fn.apply(self, args);
  storage.enterWith(outer);
  return result;
}

const kEmit = Symbol('emit');

class Domain extends EventEmitter {
  constructor() {
    super();
    this.members = [];
  }
}

Object.assign(Domain.prototype, {
  members: undefined,
  enter: function() {
    if (this?.listenerCount === undefined) throw new TypeError('domain.listenerCount is not a function');
    storage.enterWith([...stackOf(), this]);
  },
  exit: function() {
    const i = stackOf().lastIndexOf(this);
    if (i !== -1) storage.enterWith(stackOf().slice(0, i));
  },
  run: function(fn, ...args) {
    if (typeof this.enter !== 'function') throw new TypeError('this.enter is not a function');
    return within(this, fn, this, args);
  },
  bind: function(fn) {
    const domain = this;
    const bound = function(...args) { return within(domain, fn, this, args); };
    Object.defineProperty(bound, 'domain', { __proto__: null, configurable: true, enumerable: true, value: this, writable: true });
    return bound;
  },
  intercept: function(fn) {
    const domain = this;
    return Domain.prototype.bind.call(this, function(err, ...args) {
      if (err && err instanceof Error) {
        mark(err, domain, false).domainBound = fn;
        domain.emit('error', err);
        return;
      }
      return fn.apply(this, args);
    });
  },
  add: function(member) {
    if (member.domain === this) return;
    if (member.domain) member.domain.remove(member);
    Object.defineProperty(member, 'domain', { __proto__: null, configurable: true, enumerable: false, value: this, writable: true });
    this.members.push(member);
    if (!(member instanceof EventEmitter)) return;
    const emit = member.emit, domain = this;
    member[kEmit] = emit;
    member.emit = function(event, ...args) {
      if (event === 'error' && this.listenerCount('error') === 0) {
        const err = args[0] ?? new Error('Unhandled "error" event');
        mark(err, domain, false).domainEmitter = this;
        return domain.emit('error', err);
      }
      return domain.run(() => emit.call(this, event, ...args));
    };
  },
  remove: function(member) {
    member.domain = null;
    const i = this.members.indexOf(member);
    if (i !== -1) this.members.splice(i, 1);
    if (member[kEmit]) {
      delete member.emit;
      delete member[kEmit];
    }
  },
});

function create() { return new Domain(); }
module.exports = {
  Domain, create, createDomain: create,
  get active() { return current(); },
  get _stack() { return stackOf(); },
};
