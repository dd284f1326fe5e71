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

const unsupported = (name) => Object.defineProperty(() => {
  throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM(`v8.${name}()`);
}, 'name', { value: name });

module.exports = {
  cachedDataVersionTag: () => 0,
  getHeapSnapshot: unsupported('getHeapSnapshot'),
  getHeapStatistics: heapStatistics,
  getHeapSpaceStatistics: function() { return []; },
  getHeapCodeStatistics: function() { return { code_and_metadata_size: 0, bytecode_and_metadata_size: 0, external_script_source_size: 0, cpu_profiler_metadata_size: 0 }; },
  setFlagsFromString: function(flags) {
    require('internal/validators').validateString(flags, 'flags');
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
  takeCoverage() {},
  stopCoverage() {},
  serialize: function(value) {
    const ser = new DefaultSerializer();
    ser.writeHeader();
    ser.writeValue(value);
    return ser.releaseBuffer();
  },
  writeHeapSnapshot: unsupported('writeHeapSnapshot'),
  setHeapSnapshotNearHeapLimit: unsupported('setHeapSnapshotNearHeapLimit'),
};
