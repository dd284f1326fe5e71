// Module v8: the serializers that Node adds to V8's, on the native classes.
'use strict';
const { codes } = require('internal/errors');
const { Serializer, Deserializer, heapStatistics } = binding;

class DefaultSerializer extends Serializer {
  constructor() {
    super();
    this._setTreatArrayBufferViewsAsHostObjects(true);
  }

  _writeHostObject(view) {
    binding.writeView(this, view);
  }
}

class DefaultDeserializer extends Deserializer {
  _readHostObject() {
    return binding.readView(this);
  }
}

const { validateFunction, validateObject, validateOneOf, validateString, validateUint32 } = require('internal/validators');

// What would look into V8's heap or its promises says that there is none, after its arguments are checked.
const unsupported = (name, check = () => {}) => Object.defineProperty((...args) => {
  check(...args);
  throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM(`v8.${name}()`);
}, 'name', { value: name.slice(name.lastIndexOf('.') + 1) });


// What watches promises is loaded when it is first asked for.
const promiseHook = (name) => ({ [name]: (...args) => require('internal/promise_hooks')[name](...args) })[name];

function queryObjects(constructor, options = undefined) {
  validateFunction(constructor, 'constructor');
  if (options !== undefined) validateObject(options, 'options');
  const format = options?.format || 'count';
  if (format !== 'count' && format !== 'summary') throw new codes.ERR_INVALID_ARG_VALUE('options.format', format);
  return require('internal/heap_utils').queryObjects(constructor, format);
}

// Nothing is being made into a snapshot.
const noSnapshot = (name) => ({ [name]: function(callback, data) { throw new codes.ERR_NOT_BUILDING_SNAPSHOT(); } })[name];

class GCProfiler {
  #profiler = null;
  start() {
    this.#profiler ??= require('internal/heap_utils').startCollections(heapStatistics);
  }
  stop() {
    const end = this.#profiler;
    this.#profiler = null;
    return end?.();
  }
  [Symbol.dispose]() { this.stop(); }
}

module.exports = {
  cachedDataVersionTag: () => 0,
  getHeapSnapshot: function(options) { return require('internal/heap_utils').getHeapSnapshot(options); },
  getHeapStatistics: heapStatistics,
  getHeapSpaceStatistics: function() { return []; },
  getHeapCodeStatistics: function() { return { code_and_metadata_size: 0, bytecode_and_metadata_size: 0, external_script_source_size: 0, cpu_profiler_metadata_size: 0 }; },
  getCppHeapStatistics: unsupported('getCppHeapStatistics', (type = 'detailed') => validateOneOf(type, 'type', ['brief', 'detailed'])),
  setFlagsFromString: function(flags) {
    validateString(flags, 'flags');
  },
  Serializer,
  Deserializer,
  DefaultSerializer,
  DefaultDeserializer,
  deserialize: function(buffer) {
    const der = new DefaultDeserializer(buffer);
    der.readHeader();
    return der.readValue();
  },
  takeCoverage() { binding.takeCoverage(); },
  stopCoverage() { binding.stopCoverage(); },
  serialize: function(value) {
    const ser = new DefaultSerializer();
    ser.writeHeader();
    ser.writeValue(value);
    return ser.releaseBuffer();
  },
  writeHeapSnapshot: function(filename, options) { return require('internal/heap_utils').writeHeapSnapshot(filename, options); },
  promiseHooks: { createHook: promiseHook('createHook'), onInit: promiseHook('onInit'), onBefore: promiseHook('onBefore'), onAfter: promiseHook('onAfter'), onSettled: promiseHook('onSettled') },
  queryObjects,
  startupSnapshot: {
    addDeserializeCallback: noSnapshot('addDeserializeCallback'),
    addSerializeCallback: noSnapshot('addSerializeCallback'),
    setDeserializeMainFunction: noSnapshot('setDeserializeMainFunction'),
    isBuildingSnapshot() { return 0; },
  },
  setHeapSnapshotNearHeapLimit: unsupported('setHeapSnapshotNearHeapLimit', (limit) => validateUint32(limit, 'limit', true)),
  GCProfiler,
  isStringOneByteRepresentation(content) {
    validateString(content, 'content');
    return !/[^\0-\xff]/.test(content);
  },
  startCpuProfile: function() { return require('internal/heap_utils').startCpuProfile(); },
};
