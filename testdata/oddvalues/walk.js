'use strict'
// Calls and constructs each function that a built-in module or the global object leads to, through exports, prototypes and
// accessors, with odd values, and writes what is thrown. It runs on Node and on gonode alike; the same functions are called
// with the same values in the same order, which follow from the function's path and a fixed seed alone.
//
//	walk.js list OUT                     writes the path of each function, a line each
//	walk.js has PATHS OUT                writes those of the paths that lead to a function here as well
//	walk.js call PATHS OUT CALLS [FROM]  makes that number of calls of each function listed in PATHS, from call FROM on;
//	                                     OUT gets a line before each call and its outcome after it
//	walk.js show PATH CALL               makes one call and prints it
//	walk.js huge PATHS FROM              makes calls with huge values, from number FROM on, and prints a line before each

const { openSync, writeSync, readFileSync, mkdtempSync } = require('fs')
const { apply, construct, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect
const { create } = Object
// Taken now: calls of setters and of what defines properties may change the global object.
const { Buffer, URL, URLSearchParams, AbortController, AbortSignal, DOMException, Blob, FormData, Headers, Response, MessageChannel, TextDecoder,
  TextEncoder, ReadableStream, WritableStream, TransformStream, PerformanceObserver, structuredClone, setTimeout, Proxy, Map, Set, WeakMap, Date } = globalThis
const now = setImmediate
const mode = process.argv[2]
const { inspect } = require('util')

// A program started by a function under test (cluster.fork, new Worker with this file) ends here.
if (process.env.NODE_UNIQUE_ID || process.env.ODD_VALUES_INNER || !['list', 'has', 'call', 'show', 'huge'].includes(mode)) process.exit(0)
process.env.ODD_VALUES_INNER = '1'
process.noDeprecation = true

// Only what ends or blocks the process, changes what the other calls meet, or takes minutes is left out.
const skipped = new RegExp('^(?:' + [
  // ends the process, or sends a signal to others
  'process\\.(?:exit|reallyExit|abort|kill|_kill|_fatalException|_debugProcess|_debugEnd|dlopen|binding|_linkedBinding)',
  'module\\.(?:.*\\.)?_extensions.*', 'process\\.constructor.*',
  // changes the user, the directory or the descriptors of the test
  'process\\.(?:set|sete)[ug]id', 'process\\.(?:setgroups|initgroups|chdir)', 'os\\.setPriority',
  'fs\\.close(?:Sync)?', 'process\\.(?:removeAllListeners|_events.*|domain)', 'process\\.setUncaughtExceptionCaptureCallback',
  // blocks or takes minutes
  'globals\\.Atomics\\.(?:wait|waitAsync|notify)', 'v8\\.(?:writeHeapSnapshot|getHeapSnapshot|setHeapSnapshotNearHeapLimit|queryObjects)',
  'process\\.report\\..*', 'crypto\\.generatePrime(?:Sync)?', 'repl\\.start',
].join('|') + ')$')

const modules = () => require('module').builtinModules.filter(name => !/^(?:inspector|wasi|trace_events|_stream_wrap|sys|path\/|test)/.test(name)).sort((a, b) => (a[0] === '_') - (b[0] === '_') || (a < b ? -1 : 1))

// What has functions that no export leads to. Its functions are also called as methods of it.
const instances = {
  arguments: () => (function () { return arguments })(1, 2),
  asyncGenerator: () => (async function * () { yield 1 })(),
  blob: () => new Blob(['x']),
  channel: () => new MessageChannel().port1,
  cipher: () => require('crypto').createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)),
  decipher: () => require('crypto').createDecipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)),
  dir: () => require('fs').opendirSync('.'),
  dirent: () => require('fs').readdirSync('/', { withFileTypes: true })[0],
  ecdh: () => require('crypto').createECDH('prime256v1'),
  emitter: () => new (require('events'))(),
  formIterator: () => new FormData().entries(),
  generator: () => (function * () { yield 1 })(),
  hash: () => require('crypto').createHash('sha256'),
  headersIterator: () => new Headers({ a: 'b' }).entries(),
  histogram: () => require('perf_hooks').createHistogram(),
  hmac: () => require('crypto').createHmac('sha256', 'k'),
  immediate: () => setImmediate(() => {}),
  agent: () => new (require('http').Agent)(),
  locals: () => new (require('async_hooks').AsyncLocalStorage)(),
  map: () => new Map([[1, 2]]),
  mapIterator: () => new Map([[1, 2]]).entries(),
  paramsIterator: () => new URLSearchParams('a=b').entries(),
  paramsObject: () => new URLSearchParams('a=b'),
  performanceObserver: () => new PerformanceObserver(() => {}),
  promise: () => Promise.resolve(1),
  regexpIterator: () => 'x'.matchAll(/x/g),
  resolver: () => new (require('dns').Resolver)(),
  response: () => new Response('x'),
  script: () => new (require('vm').Script)('1'),
  secretKey: () => require('crypto').createSecretKey(Buffer.from('0123456789abcdef')),
  server: () => require('net').createServer(),
  set: () => new Set([1]),
  setIterator: () => new Set([1]).entries(),
  sign: () => require('crypto').createSign('sha256'),
  socket: () => new (require('net').Socket)(),
  stats: () => require('fs').statSync('/'),
  bigStats: () => require('fs').statSync('/', { bigint: true }),
  readable: () => new (require('stream').Readable)({ read() {} }),
  writable: () => new (require('stream').Writable)({ write(c, e, cb) { cb() } }),
  stringDecoder: () => new (require('string_decoder').StringDecoder)('utf8'),
  stringIterator: () => 'x'[Symbol.iterator](),
  textDecoder: () => new TextDecoder(),
  textEncoder: () => new TextEncoder(),
  timeout: () => { const t = setTimeout(() => {}, 1e6); t.unref(); return t },
  typedArray: () => new Float64Array(2),
  buffer: () => Buffer.from('xyz'),
  udp: () => require('dgram').createSocket('udp4'),
  url: () => new URL('http://a/b'),
  verify: () => require('crypto').createVerify('sha256'),
  weakRef: () => new WeakRef({}),
  readableStream: () => new ReadableStream(),
  writableStream: () => new WritableStream(),
  transformStream: () => new TransformStream(),
  serializer: () => new (require('v8').Serializer)(),
  deserializer: () => new (require('v8').Deserializer)(Buffer.from([255, 15])),
  console: () => new console.Console(process.stdout),
  domain: () => require('domain').create(),
  readline: () => require('readline').createInterface({ input: new (require('stream').PassThrough)() }),
  gzip: () => require('zlib').createGzip(),
  stdout: () => process.stdout,
  stderr: () => process.stderr,
  stdin: () => process.stdin,
  incoming: () => new (require('http').IncomingMessage)(new (require('net').Socket)()),
  outgoing: () => new (require('http').OutgoingMessage)(),
  serverResponse: () => new (require('http').ServerResponse)({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 }),
  httpServer: () => require('http').createServer(),
  tlsServer: () => require('tls').createServer(),
  secureContext: () => require('tls').createSecureContext(),
  hook: () => require('async_hooks').createHook({}),
  resource: () => new (require('async_hooks').AsyncResource)('x'),
  dcChannel: () => require('diagnostics_channel').channel('x'),
  subprocess: () => new (require('child_process').ChildProcess)(),
}

function root(name) {
  if (name === 'globals') return globalThis
  if (name === 'instances') return instances
  return require(name)
}

// The walk. A path is a list of steps: the module, then property names. '^' goes to the prototype, 'get x' and 'set x' are an
// accessor's functions, '@@iterator' is a symbol.
const symbols = new Map([['@@iterator', Symbol.iterator], ['@@asyncIterator', Symbol.asyncIterator], ['@@hasInstance', Symbol.hasInstance],
  ['@@toPrimitive', Symbol.toPrimitive], ['@@match', Symbol.match], ['@@matchAll', Symbol.matchAll], ['@@replace', Symbol.replace],
  ['@@search', Symbol.search], ['@@split', Symbol.split], ['@@species', Symbol.species], ['@@toStringTag', Symbol.toStringTag],
  ['@@inspect', Symbol.for('nodejs.util.inspect.custom')], ['@@promisify', Symbol.for('nodejs.util.promisify.custom')]])
const symbolNames = new Map([...symbols].map(([name, symbol]) => [symbol, name]))
const plainName = name => typeof name === 'string' && !/^\d+$/.test(name) && !/[\s^()@]/.test(name)
const isObject = v => typeof v === 'object' && v !== null || typeof v === 'function'

function list() {
  const found = [], seen = new Set()
  const hidden = /^(?:env|mainModule|cache|_cache|_pathCache|children|parent|globalThis|global|GLOBAL|root|WebAssembly|Intl|allowedNodeEnvironmentFlags|release|versions|config|features|argv|execArgv|caller|callee|arguments|_handle|_events|domain|_readableState|_writableState)$/
  const call = path => { if (!skipped.test(path.join('.').replace(/^globals\.process\./, 'process.'))) found.push(path) }
  function walk(path, value, depth) {
    if (!isObject(value) || seen.has(value)) return
    seen.add(value)
    if (typeof value === 'function') call(path)
    if (depth === 0) return
    let keys
    try { keys = ownKeys(value) } catch { return }
    const names = []
    for (const key of keys) {
      const name = typeof key === 'symbol' ? symbolNames.get(key) : plainName(key) ? key : undefined
      if (name !== undefined && !hidden.test(name)) names.push(name)
    }
    names.sort()
    for (const name of names) {
      const d = getOwnPropertyDescriptor(value, symbols.get(name) ?? name)
      if (!d) continue
      if ('value' in d) { walk([...path, name], d.value, depth - 1); continue }
      for (const kind of ['get', 'set']) if (d[kind] && !seen.has(d[kind])) { seen.add(d[kind]); call([...path, kind + ' ' + name]) }
      try { walk([...path, name], value[symbols.get(name) ?? name], depth - 1) } catch {}
    }
    if (path.at(-1) === 'prototype' || path[0] === 'instances') walk([...path, '^'], getPrototypeOf(value), depth - 1)
  }
  walk(['globals'], globalThis, 5)
  for (const name of modules()) { try { walk([name], require(name), 5) } catch {} }
  for (const name of Object.keys(instances).sort()) { seen.add(instances[name]); try { walk(['instances', name], instances[name](), 4) } catch {} }
  return found
}

const made = new Map()
// The function at a path, the object that holds it, and what it would be a method of.
function find(path) {
  let value = root(path[0]), holder, receiver, i = 1
  if (path[0] === 'instances') {
    if (!made.has(path[1])) made.set(path[1], instances[path[1]]())
    value = receiver = made.get(path[1])
    i = 2
  }
  for (; i < path.length; i++) {
    const step = path[i]
    holder = value
    if (step === '^') { value = getPrototypeOf(value); continue }
    const accessor = /^([gs]et) (.*)$/.exec(step)
    if (accessor) { value = getOwnPropertyDescriptor(value, symbols.get(accessor[2]) ?? accessor[2])[accessor[1]]; continue }
    value = value[symbols.get(step) ?? step]
  }
  return { f: value, holder, receiver: receiver ?? holder, owner: path.at(-2) === 'prototype' ? holder.constructor : undefined }
}

class Thrown extends Error { get name() { return 'Thrown' } }
const thrower = () => { throw new Thrown('thrown by the walk') }
const detached = (T, ...args) => {
  const buffer = new ArrayBuffer(16), view = T ? new T(buffer, ...args) : buffer
  structuredClone(buffer, { transfer: [buffer] })
  return view
}
const revoked = target => { const { proxy, revoke } = Proxy.revocable(target, {}); revoke(); return proxy }
const traps = {}
for (const trap of ownKeys(Reflect)) if (typeof trap === 'string') traps[trap] = thrower
const long = 'x'.repeat(70000)

const numbers = [NaN, -1, 1.5, 2 ** 53, Infinity, -Infinity, 1000, -(2 ** 31), 1e308, 0, 1, -0]
const odd = {
  undefined: () => undefined, null: () => null, true: () => true, false: () => false,
  emptyString: () => '', longString: () => long, x: () => 'x', nul: () => 'a\0b', surrogate: () => '\ud800', utf8: () => 'utf8', numeric: () => '12',
  symbol: () => Symbol('s'), iteratorSymbol: () => Symbol.iterator, bigint: () => 1n, hugeBigint: () => -(2n ** 70n),
  object: () => ({}), array: () => [], holes: () => [, 1, , ], strings: () => ['a', 'b'], nested: () => [[1, [2]]], nullObject: () => create(null),
  callback: () => () => {}, asyncFunction: () => async () => {}, throwing: () => thrower, classFunction: () => class A {}, method: () => ({ m() {} }).m, bound: () => function () {}.bind(null),
  detachedBuffer: () => detached(), detachedUint8: () => detached(Uint8Array), detachedPart: () => detached(Uint8Array, 8, 4), detachedFloat64: () => detached(Float64Array),
  detachedBigInt64: () => detached(BigInt64Array), detachedDataView: () => detached(DataView), detachedNodeBuffer: () => Buffer.from(detachable()),
  uint8: () => new Uint8Array(4), float32: () => new Float32Array(2), bigUint64: () => new BigUint64Array(1), dataView: () => new DataView(new ArrayBuffer(8), 2), arrayBuffer: () => new ArrayBuffer(8),
  nodeBuffer: () => Buffer.from('abc'), emptyBuffer: () => Buffer.alloc(0), shared: () => new SharedArrayBuffer(8), sharedUint8: () => new Uint8Array(new SharedArrayBuffer(8)), sharedInt32: () => new Int32Array(new SharedArrayBuffer(8)),
  revokedObject: () => revoked({}), revokedFunction: () => revoked(function () {}), revokedArray: () => revoked([]),
  throwingProxy: () => new Proxy({}, traps), throwingFunctionProxy: () => new Proxy(function () {}, traps), proxy: () => new Proxy({}, {}), arrayProxy: () => new Proxy([], {}), functionProxy: () => new Proxy(function () {}, {}),
  throwingToString: () => ({ toString: thrower }), throwingValueOf: () => ({ valueOf: thrower }), throwingPrimitive: () => ({ [Symbol.toPrimitive]: thrower }), throwingIterator: () => ({ [Symbol.iterator]: thrower }),
  throwingGetters: () => ({ get length() { thrower() }, get encoding() { thrower() }, get signal() { thrower() }, get then() { thrower() } }), toStringX: () => ({ toString: () => 'x' }), valueOf7: () => ({ valueOf: () => 7 }),
  symbolPrimitive: () => ({ [Symbol.toPrimitive]: () => Symbol('s') }), length2: () => ({ length: 2, 0: 'a' }), thenable: () => ({ then(f) { f(1) } }), oddOptions: () => ({ encoding: 'zz', signal: {}, flags: -1, highWaterMark: -1, length: 'x' }),
  noPrototypeToString: () => ({ toString: null, valueOf: null }), selfReference: () => { const o = {}; o.o = o; return o }, frozen: () => Object.freeze([1]),
  map: () => new Map([[1, 2]]), set: () => new Set(), weakMap: () => new WeakMap(), date: () => new Date(0), invalidDate: () => new Date(NaN), regexp: () => /x/g, error: () => new Error('e'), typeError: () => new TypeError('e'),
  promise: () => Promise.resolve(1), generator: () => (function * () { yield 1 })(), boxedString: () => new String('s'), boxedNumber: () => new Number(1), boxedSymbol: () => Object(Symbol('b')), boxedBigint: () => Object(1n), boxedBoolean: () => new Boolean(false),
  args: () => (function () { return arguments })(1), url: () => new URL('file:///x'), params: () => new URLSearchParams('a=b'), emitter: () => new (require('events'))(), readable: () => new (require('stream').Readable)({ read() {} }),
  abort: () => new AbortController().signal, aborted: () => AbortSignal.abort(), keyless: () => create(require('crypto').KeyObject.prototype), bufferless: () => create(Buffer.prototype), dateless: () => create(Date.prototype),
  viewless: () => create(Uint8Array.prototype), mapless: () => create(Map.prototype), promiseless: () => create(Promise.prototype), urlless: () => create(URL.prototype), streamless: () => create(require('stream').Readable.prototype),
  errorless: () => create(Error.prototype), functionless: () => create(Function.prototype),
}
function detachable() { const b = new ArrayBuffer(8); return b }
for (const n of numbers) odd[Object.is(n, -0) ? '-0' : String(n)] = () => n
const names = Object.keys(odd)
// As a file descriptor these would be the walk's own.
const descriptors = new Set(['0', '1', '-0'])
const small = names.filter(name => !descriptors.has(name))

// mulberry32, from a hash of the path
function random(text) {
  let h = 2166136261
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619)
  return n => {
    h = h + 0x6D2B79F5 | 0
    let t = Math.imul(h ^ h >>> 15, 1 | h)
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t
    return ((t ^ t >>> 14) >>> 0) % n
  }
}

// What call number i of a function is: how it is made and the names of its values.
function plan(path, i, target) {
  const rnd = random('seed 1 ' + path.join('.') + ' ' + i)
  const pool = /^fs\b|^tty|^net|^process/.test(path[0]) || path[1] === 'process' || path[1] === 'console' ? small : names
  const pick = () => pool[rnd(pool.length)]
  const accessor = /^[gs]et /.test(path.at(-1)), method = path.length > 2 && path.at(-2) === 'prototype' || path.at(-2) === '^' || path[0] === 'instances'
  const args = []
  for (let n = rnd(10) < 2 ? 0 : 1 + rnd(4); n > 0; n--) args.push(pick())
  const kind = rnd(100)
  // Calls on the real receiver may change it for the others: they come last.
  const last = path.at(-1).startsWith('set ')
  if (kind < 25) return { how: 'call', self: 'natural', args, last: true }
  if (kind < 45 && !accessor) return { how: 'new', args }
  if (kind < 60) return { how: 'call', self: 'undefined', args, last }
  if (kind < 72 && method) return { how: 'call', self: 'inherited', args, last }
  if (kind < 84 && method) return { how: 'call', self: 'made', args, last }
  return { how: 'call', self: pick(), args, last }
}

const errorClasses = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError, Thrown]
function outcomeOf(e) {
  try {
    if (!isObject(e)) return typeof e
    let name = 'object'
    if (typeof DOMException === 'function' && e instanceof DOMException) name = 'DOMException ' + e.name
    else if (e instanceof Error) name = (errorClasses.find(c => e instanceof c) ?? Error).name
    const code = typeof e.code === 'string' ? e.code : ''
    return code ? name + ' ' + code : name
  } catch { return 'object' }
}
const messageOf = e => { try { return String(e.message).slice(0, 200).replace(/[\t\n]/g, ' ') } catch { return '' } }

async function perform({ f, holder, receiver, owner }, p) {
  if (typeof f !== 'function') return ['gone', '']
  const args = p.args.map(name => odd[name]())
  let self
  if (p.how === 'call') switch (p.self) {
    case 'natural': self = receiver; break
    case 'inherited': self = create(holder); break
    case 'made': try { self = new owner() } catch { self = create(holder) } break
    default: self = odd[p.self]()
  }
  let result
  try {
    result = p.how === 'new' ? construct(f, args) : apply(f, self, args)
  } catch (e) { return [outcomeOf(e), messageOf(e)] }
  let promise = false
  try { promise = p.how === 'call' && require('util').types.isPromise(result) && !args.includes(result) && result !== self } catch {}
  if (!promise) return ['ok', '']
  let settled
  then.call(result, () => { settled = ['resolves', ''] }, e => { settled = ['rejects ' + outcomeOf(e), messageOf(e)] })
  for (let i = 0; i < 4 && !settled; i++) await new Promise(resolve => now(resolve))
  return settled ?? ['pending', '']
}
const then = Promise.prototype.then

// Values that take long to go through. They are made when first needed.
const huge = {
  ascii: () => 'x'.repeat(2 ** 27), wide: () => '\u1234'.repeat(2 ** 25), lines: () => 'a=b&\n'.repeat(2 ** 23), escapes: () => '%41'.repeat(2 ** 24), digits: () => '9'.repeat(2 ** 24),
  brackets: () => '[1,{"a":'.repeat(2 ** 21), slashes: () => '../a/'.repeat(2 ** 23), base64: () => 'YWJj'.repeat(2 ** 24),
  dense: () => Array(2 ** 22).fill(1), texts: () => Array(2 ** 20).fill('xy'), objects: () => Array.from({ length: 1e5 }, (_, i) => ({ a: i, b: [i] })), pairs: () => Array.from({ length: 2e5 }, (_, i) => ['k' + i, 'v']),
  sparse: () => Array(2 ** 32 - 1), length: () => ({ length: 2 ** 53 - 1 }), endless: () => ({ [Symbol.iterator]: () => ({ next: () => ({ value: 1 }) }) }),
  bytes: () => new Uint8Array(2 ** 27), buffer: () => Buffer.alloc(2 ** 27, 'ab'), doubles: () => new Float64Array(2 ** 24), arrayBuffer: () => new ArrayBuffer(2 ** 28), dataView: () => new DataView(new ArrayBuffer(2 ** 28)),
  bigint: () => (1n << 2n ** 26n) - 1n, map: () => new Map(odd.pairs()), set: () => new Set(odd.pairs()), keys: () => Object.fromEntries(odd.pairs()),
  deep: () => { let a = []; for (let i = 0; i < 5000; i++) a = [a]; return a }, params: () => new URLSearchParams('a=b&'.repeat(2 ** 18)), blob: () => new Blob([new Uint8Array(2 ** 28)]),
  int32: () => 2 ** 31 - 1, safe: () => 2 ** 53 - 1, pattern: () => /^(a+)+$/, error: () => Object.assign(new Error('x'.repeat(2 ** 24)), { a: 'y'.repeat(2 ** 24) }), boxed: () => new String('x'.repeat(2 ** 24)),
  arrays: () => { let a = [1]; for (let i = 0; i < 24; i++) a = [a, a]; return a },
}
odd.pairs = huge.pairs
const positions = {
  self: (f, o, v) => apply(f, v, []), selfText: (f, o, v) => apply(f, v, ['a', 'b']), selfNative: (f, o, v) => apply(f, v, [Boolean]), selfSelf: (f, o, v) => apply(f, v, [v]),
  first: (f, o, v) => apply(f, o, [v]), firstThen: (f, o, v) => apply(f, o, [v, 'a']), firstNative: (f, o, v) => apply(f, o, [v, Boolean]), firstUtf8: (f, o, v) => apply(f, o, [v, 'utf8', 0]),
  second: (f, o, v) => apply(f, o, ['a', v]), secondOf: (f, o, v) => apply(f, o, [0, v]), third: (f, o, v) => apply(f, o, ['a', 'b', v]), twice: (f, o, v) => apply(f, o, [v, v]), new: (f, o, v) => construct(f, [v]), newThen: (f, o, v) => construct(f, [v, v]),
}

async function callHuge(paths, from) {
  const kept = {}
  let count = 0
  const write = process.stdout.write.bind(process.stdout), { getOwnPropertyNames } = Object
  try { require('dns').setServers(['127.0.0.1:1']) } catch {}
  process.on('uncaughtException', () => {})
  process.on('unhandledRejection', () => {})
  const values = getOwnPropertyNames(huge), ways = getOwnPropertyNames(positions)
  for (const path of paths) {
    let found
    for (const name of values) {
      for (const way of ways) {
        if (count++ < from) continue
        found ??= find(path)
        const v = kept[name] ??= huge[name]()
        write(`${count}\t${path.join('.')}\t${name}\t${way}\n`)
        try { positions[way](found.f, found.receiver, v) } catch {}
        write('-\n')
      }
    }
    await new Promise(resolve => now(resolve))
  }
}

async function main() {
  if (mode === 'huge') {
    await callHuge(readFileSync(process.argv[3], 'utf8').trim().split('\n').map(line => JSON.parse(line)), +process.argv[4])
    process.exit(0)
  }
  if (mode === 'list') {
    const out = openSync(process.argv[3], 'w')
    writeSync(out, list().map(path => JSON.stringify(path) + '\n').join(''))
    process.reallyExit(0)
  }
  if (mode === 'has') {
    const out = openSync(process.argv[4], 'w')
    for (const line of readFileSync(process.argv[3], 'utf8').trim().split('\n')) {
      try { if (typeof find(JSON.parse(line)).f === 'function') writeSync(out, line + '\n') } catch {}
    }
    process.reallyExit(0)
  }
  if (mode === 'show') {
    const path = JSON.parse(process.argv[3]), p = plan(path, +process.argv[4])
    process.chdir(mkdtempSync(require('os').tmpdir() + '/odd-'))
    console.log(JSON.stringify(p), (await perform(find(path), p)).join('\t'))
    process.reallyExit(0)
  }
  const paths = readFileSync(process.argv[3], 'utf8').trim().split('\n').map(line => JSON.parse(line))
  const out = openSync(process.argv[4], 'a'), calls = +process.argv[5], from = +(process.argv[6] ?? 0)
  process.chdir(mkdtempSync(require('os').tmpdir() + '/odd-'))
  process.on('uncaughtException', () => {})
  process.on('unhandledRejection', () => {})
  const exit = process.reallyExit
  try { require('dns').setServers(['127.0.0.1:1']) } catch {}
  const found = paths.map(path => { try { return find(path) } catch { return {} } })
  let count = 0
  for (const last of [false, true]) {
    for (const [n, path] of paths.entries()) {
      for (let i = 0; i < calls; i++) {
        const p = plan(path, i)
        if (!!p.last !== last) continue
        if (count++ < from) continue
        writeSync(out, n + '\t' + i + '\t' + (count - 1) + '\t')
        let outcome
        try { outcome = await perform(found[n], p) } catch (e) { outcome = ['walk ' + outcomeOf(e), messageOf(e)] }
        writeSync(out, outcome[0] + '\t' + (p.how === 'new' ? 'new' : 'this=' + p.self) + '(' + p.args.join() + ')\t' + outcome[1] + '\n')
      }
      await new Promise(resolve => now(resolve))
    }
  }
  exit.call(process, 0)
}
main().catch(e => { process._rawDebug('walk failed: ' + inspect(e)); process.reallyExit(3) })
