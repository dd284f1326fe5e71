// zlib/iter: compression and decompression as transforms of stream/iter. Their defaults are those for streams that are
// sent at once, and not those of zlib.
'use strict';

const { codes: {
  ERR_BROTLI_INVALID_PARAM, ERR_FEATURE_UNAVAILABLE_ON_PLATFORM, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_ZSTD_INVALID_PARAM,
} } = require('internal/errors');
const { validateObject } = require('internal/validators');
const { isAnyArrayBuffer } = require('internal/util/types');
const { kEndsItself } = require('internal/streams/iter/pipeline');
const { unless } = require('internal/streams/iter/values');
const { native, makeError, ranged, finite } = require('internal/zlib');

process.emitWarning('zlib/iter is an experimental feature and might change at any time', 'ExperimentalWarning');

const { constants } = native;
const outputSize = 64 * 1024;
const nothing = Buffer.alloc(0);

function sizeOf(options) {
  if (!finite(options.chunkSize, 'options.chunkSize')) return outputSize;
  if (options.chunkSize < constants.Z_MIN_CHUNK) {
    throw new ERR_OUT_OF_RANGE('options.chunkSize', `>= ${constants.Z_MIN_CHUNK}`, options.chunkSize);
  }
  return options.chunkSize;
}

function dictionaryOf({ dictionary }) {
  if (dictionary !== undefined && !ArrayBuffer.isView(dictionary) && !isAnyArrayBuffer(dictionary)) {
    throw new ERR_INVALID_ARG_TYPE('options.dictionary', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], dictionary);
  }
  return dictionary;
}

function paramsOf({ params }, highest, Invalid, defaults) {
  const checked = { __proto__: null, ...defaults };
  if (params === undefined) return checked;
  validateObject(params, 'options.params', { allowArray: true });
  for (const name of Object.keys(params)) {
    const key = +name;
    if (Number.isNaN(key) || key < 0 || key > highest) throw new Invalid(name);
    if (typeof params[name] !== 'number' && typeof params[name] !== 'boolean') {
      throw new ERR_INVALID_ARG_TYPE('options.params[key]', 'number', params[name]);
    }
    checked[key] = Number(params[name]);
  }
  return checked;
}

const zlib = (mode) => ({
  __proto__: null,
  process: constants.Z_NO_FLUSH,
  finish: constants.Z_FINISH,
  open(options) {
    const size = sizeOf(options);
    const windowBits = ranged(options.windowBits, 'options.windowBits', constants.Z_MIN_WINDOWBITS, constants.Z_MAX_WINDOWBITS,
                              constants.Z_DEFAULT_WINDOWBITS);
    const level = ranged(options.level, 'options.level', constants.Z_MIN_LEVEL, constants.Z_MAX_LEVEL, 4);
    ranged(options.memLevel, 'options.memLevel', constants.Z_MIN_MEMLEVEL, constants.Z_MAX_MEMLEVEL, 9);
    const strategy = ranged(options.strategy, 'options.strategy', constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED,
                            constants.Z_DEFAULT_STRATEGY);
    return { handle: native.open(mode, windowBits, level, strategy, dictionaryOf(options)), size };
  },
});

const brotli = (mode) => ({
  __proto__: null,
  process: constants.BROTLI_OPERATION_PROCESS,
  finish: constants.BROTLI_OPERATION_FINISH,
  open(options) {
    const size = sizeOf(options);
    if (dictionaryOf(options)?.byteLength > 0) throw new ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('dictionary of brotli');
    const defaults = mode === constants.BROTLI_ENCODE ?
      { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_LGWIN]: 20 } : null;
    const params = paramsOf(options, constants.BROTLI_PARAM_NDIRECT, ERR_BROTLI_INVALID_PARAM, defaults);
    return { handle: native.open(mode, 0, 0, 0, undefined, false, params), size };
  },
});

const zstd = (mode) => ({
  __proto__: null,
  process: constants.ZSTD_e_continue,
  finish: constants.ZSTD_e_end,
  open(options) {
    const size = sizeOf(options);
    const dictionary = dictionaryOf(options);
    const highest = mode === constants.ZSTD_COMPRESS ? constants.ZSTD_c_overlapLog : constants.ZSTD_d_windowLogMax;
    const params = paramsOf(options, highest, ERR_ZSTD_INVALID_PARAM, null);
    return { handle: native.open(mode, 0, 0, 0, dictionary, false, params, options.pledgedSrcSize), size };
  },
});

// outputs runs the steps of one input; step gives what one of them answers.
function* outputs(input, step) {
  const batch = [];
  for (let more = true; more; input = null) {
    const answer = yield step(input);
    const [output, goesOn, , , message, errno, code] = answer;
    if (message !== undefined) throw makeError(message, errno, code);
    if (output !== null) batch.push(output);
    more = goesOn;
  }
  return batch;
}

const checked = (options) => {
  validateObject(options, 'options');
  return options;
};

function makeTransform(format, options = { __proto__: null }) {
  checked(options);
  return {
    __proto__: null,
    [kEndsItself]: true,
    async *transform(source, { signal }) {
      signal?.throwIfAborted();
      const { handle, size } = format.open(options);
      const run = async (input, flush) => {
        const steps = outputs(input, (data) => new Promise((resolve) => native.step(handle, data, flush, size, resolve)));
        for (let answer; ;) {
          const { done, value } = steps.next(answer);
          if (done) return value;
          answer = await unless(signal, value);
        }
      };
      let finished = false;
      try {
        for await (const chunks of source) {
          signal?.throwIfAborted();
          if (chunks === null) {
            finished = true;
            yield await run(nothing, format.finish);
            continue;
          }
          const batch = [];
          for (const chunk of chunks) {
            for (const output of await run(chunk, format.process)) batch.push(output);
          }
          yield batch;
        }
        signal?.throwIfAborted();
        if (!finished) yield await run(nothing, format.finish);
      } finally {
        handle.close();
      }
    },
  };
}

function makeTransformSync(format, options = { __proto__: null }) {
  checked(options);
  return {
    __proto__: null,
    *transform(source) {
      const { handle, size } = format.open(options);
      const run = (input, flush) => {
        const steps = outputs(input, (data) => native.step(handle, data, flush, size));
        for (let step = steps.next(); ; step = steps.next(step.value)) {
          if (step.done) return step.value;
        }
      };
      let finished = false;
      try {
        for (const chunks of source) {
          if (chunks === null) {
            finished = true;
            yield run(nothing, format.finish);
            continue;
          }
          for (const chunk of chunks) yield run(chunk, format.process);
        }
        if (!finished) yield run(nothing, format.finish);
      } finally {
        handle.close();
      }
    },
  };
}

const formats = {
  compressGzip: zlib(constants.GZIP), compressDeflate: zlib(constants.DEFLATE),
  compressBrotli: brotli(constants.BROTLI_ENCODE), compressZstd: zstd(constants.ZSTD_COMPRESS),
  decompressGzip: zlib(constants.GUNZIP), decompressDeflate: zlib(constants.INFLATE),
  decompressBrotli: brotli(constants.BROTLI_DECODE), decompressZstd: zstd(constants.ZSTD_DECOMPRESS),
};

for (const direction of ['compress', 'decompress']) {
  for (const [suffix, make] of [['', makeTransform], ['Sync', makeTransformSync]]) {
    for (const format of ['Gzip', 'Deflate', 'Brotli', 'Zstd']) {
      const name = direction + format;
      exports[name + suffix] = { [name + suffix](options) { return make(formats[name], options); } }[name + suffix];
    }
  }
}
