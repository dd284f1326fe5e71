'use strict';
// process.allowedNodeEnvironmentFlags: a Set that cannot change and takes flags in any spelling.
exports.make = (list) => {
  const bare = list.map((flag) => flag.replace(/^--?/, ''));
  let set;
  const whole = () => set ??= new Set(list);
  class NodeEnvironmentFlagsSet extends Set {
    add() { return this; }
    delete() { return false; }
    clear() {}
    has(key) {
      if (typeof key !== 'string') return false;
      key = key.replace(/_/g, '-');
      return /^--?/.test(key) ? list.includes(key.replace(/=.*$/, '')) : bare.includes(key);
    }
    entries() { return whole().entries(); }
    forEach(callback, thisArg) { list.forEach((v) => callback.call(thisArg, v, v, this)); }
    get size() { return list.length; }
    values() { return whole().values(); }
  }
  const { prototype } = NodeEnvironmentFlagsSet;
  for (const name of [Symbol.iterator, 'keys'])
    Object.defineProperty(prototype, name, { value: prototype.values });
  Object.freeze(NodeEnvironmentFlagsSet);
  Object.freeze(prototype);
  return Object.freeze(new NodeEnvironmentFlagsSet());
};
