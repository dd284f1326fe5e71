// process.finalization: callbacks for objects that are still there when the process ends.
'use strict';
const { validateObject } = require('internal/validators');

let registry;
const listening = new Set();
const byEvent = { exit: new Set(), beforeExit: new Set() };
const warned = new Set();

function warn(name) {
  if (warned.has(name)) return;
  warned.add(name);
  process.emitWarning(`process.finalization.${name} is an experimental feature and might change at any time`, 'ExperimentalWarning');
}

function run(event) {
  for (const entry of byEvent[event]) {
    byEvent[event].delete(entry);
    const object = entry.ref.deref();
    if (object !== undefined) entry.fn(object, event);
  }
}

function add(event, object, fn) {
  if (typeof object !== 'function') validateObject(object, 'obj');
  registry ??= new FinalizationRegistry((entry) => byEvent[entry.event].delete(entry));
  const entry = { event, ref: new WeakRef(object), fn };
  byEvent[event].add(entry);
  registry.register(object, entry, object);
  if (listening.has(event)) return;
  listening.add(event);
  process.on(event, function onEvent() { run(event); });
}

module.exports = {
  register(object, fn) {
    warn('register');
    add('exit', object, fn);
  },
  registerBeforeExit(object, fn) {
    warn('registerBeforeExit');
    add('beforeExit', object, fn);
  },
  unregister(object) {
    warn('unregister');
    if (object === null || typeof object !== 'object' && typeof object !== 'function')
      throw new TypeError(`Invalid unregisterToken ('${String(object)}')`);
    registry?.unregister(object);
    for (const set of Object.values(byEvent)) {
      for (const entry of set) if (entry.ref.deref() === object) set.delete(entry);
    }
  },
};
