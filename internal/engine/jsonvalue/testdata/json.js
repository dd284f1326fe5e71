'use strict';
// What JSON.parse and JSON.stringify do with these, as V8 11.3 prints it in json.out.
const show = (f) => { try { const v = f(); print(typeof v === 'string' ? v : String(v)); } catch (e) { print(e.name + ': ' + e.message); } };
const long = 'x'.repeat(40);
for (const text of ['', '{', '[', '{"a"', '{"a":', '{"a":1', '{"a":1,', '[1', '[1,', '[1,]', '{a:1}', '{"a" 1}', '{"a":1 "b"}', '[1 2]', '"abc', '"a\nb"',
  '"\\x"', '"\\u12"', '"\\u12G4"', '-', '1e', '1.', '01', '1 2', 'tru', 'nul', 'truex', 'undefined', 'hello world', '{"a":1,}', '{,}', '[,]', '"a"b',
  '\u00e9', long, '[1,2,3,4,5,6,7,8,9,10,11,12,x,14,15,16,17,18,19,20,21]', '+1', '.5', '-x', '1.x', '1ex', '"\\', '"\\u', '"\u0000"', '{"a":tru}',
  '{"a":1}}', '\ufeff1', '1,', '[1}', '{"a":1]', 'Infinity', 'NaN', '-Infinity', "'a'", '{"a":1,b', '{"x":"\t"}', '[[[[', '{"a":nulx}',
  'nul' + long, '{"' + long + '": q}', '[1,x]', '{"\u00e9\u{1F600}":x', '-0', '-0.0', '1e400', '1e-400', '123456789012345678901', '0.1', '1E5', '-1.5e+3',
  ' \t\r\n[ 1 , 2 ] ', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00\\ud83d"', '"\\ud83d\\u0041"', '{"__proto__":1}', '{"2":1,"b":1,"1":1,"a":1,"b":2}', '"\u2028"',
  '"\ud800"', '{"\ud800":"\\udfff\u20ac"}', '[]', '{}', '[{},[],"",0]', '9007199254740993', '999999999999999', '1000000000000000', '\u00a01'])
  show(() => { const v = JSON.parse(text); return JSON.stringify(v) + (Object.is(v, -0) ? ' -0' : ''); });
for (const v of [undefined, {}, [], null, Symbol.iterator, 1n, [1, 2], new String('1')]) show(() => JSON.parse(v));
show(() => Object.keys(JSON.parse('{"__proto__":1}')).join());
show(() => JSON.stringify(JSON.parse('{"a":[1,2,{"b":null}],"c":3}', function (k, v) { print(k + ' ' + JSON.stringify(this)); return k === '1' ? undefined : k === 'b' ? 'B' : v; })));
show(() => JSON.stringify(JSON.parse('{"a":1,"b":2}', (k, v) => k === 'a' ? undefined : v)));
show(() => { JSON.parse('[1]', () => { throw new RangeError('mine'); }); });
class Foo { constructor() { this.q = 1; } get z() { return 1; } toJSON(k) { return 'foo:' + k + typeof k; } }
const circle = (f) => show(() => { const a = {}; return JSON.stringify(f(a) || a); });
circle((a) => { a.a = a; });
circle((a) => { a.b = { c: { d: { e: { f: a } } } }; });
circle((a) => { a.b = { c: { d: a } }; });
circle((a) => { a.b = [1, a]; });
circle(() => { const a = []; a[0] = a; return a; });
circle((a) => { a.x = [1, { y: 1 }]; a.x[1].z = a.x; });
circle(() => { class Bar {} const a = new Bar(); a.p = new Map(); a.p.q = a; return a; });
circle(() => { const a = Object.create(null); a.p = a; return a; });
for (const v of [undefined, null, true, 1, -0, 0.1, 1e21, 1e-7, 123456789.125, NaN, Infinity, 2 ** 53, -(2 ** 53), 1e300, '', 'a"b\\c/\b\f\n\r\t\x01\x7f', '\u2028\u00e9\u20ac\u{1F600}',
  '\ud800', 'a\udc00b', '\udc00\ud800', () => 1, Symbol('x'), [], {}, [undefined, () => 1, Symbol('x'), , 1], { a: undefined, b: () => 1, c: Symbol('x'), d: 1 },
  { 2: 1, b: 1, 1: 1, a: 1 }, new Number(3), new String('s'), new Boolean(false), [new Number(NaN)], new Date(0), new Date(NaN), new Map([[1, 2]]), new Set([1]),
  new Error('e'), /x/g, new Uint8Array([1, 2]), new ArrayBuffer(2), new Foo(), { f: new Foo() }, [new Foo()], Object.create({ a: 1 }), Object.create(null),
  { get a() { return 7; } }, Object.defineProperty({ a: 1 }, 'h', { value: 1 }), { [Symbol.iterator]: 1, z: 2 }, new Proxy([1, 2], {}), new Proxy({ a: 1 }, {}),
  { '\ud800': 1, b: 2 }, { a: '\ufffd', '\ufffd': 1 }, { __proto__: null, ['__proto__']: 1 }, [[[]]], [[], {}], { a: [] , b: {} }, Object.assign([1, 2], { x: 1 }),
  class {}, { toJSON: 1 }, { toJSON() { return undefined; } }, [{ toJSON() { return undefined; } }], Math, JSON, Object('x'), (function () { return arguments; })(1, 2)])
  show(() => JSON.stringify(v));
show(() => JSON.stringify(1n));
show(() => JSON.stringify({ a: Object(1n) }));
show(() => { BigInt.prototype.toJSON = function () { return 'big' + this; }; const s = JSON.stringify([1n, Object(2n)]); delete BigInt.prototype.toJSON; return s; });
const o = { a: [1, { b: 2 }, []], c: {}, d: 'x', 1: null };
for (const space of [0, 1, 4, 20, -1, 1.9, '', '--', 'abcdefghijklmn', new Number(2), new String('>'), {}, true, null]) show(() => JSON.stringify(o, null, space));
for (const replacer of [['a', 'b'], ['d', 1, 'd', new String('c'), new Number(1), {}, null], [], (k, v) => v, (k, v) => k === 'a' ? undefined : v, {}, null])
  show(() => JSON.stringify(o, replacer) + JSON.stringify(o, replacer, 1));
show(() => JSON.stringify([1, [2]], function (k, v) { print(typeof k + k + JSON.stringify(this)); return v; }));
show(() => JSON.stringify({ a: 1 }, () => 'whole'));
show(() => JSON.stringify({ a: 1 }, (k, v) => { throw new TypeError('mine'); }));
show(() => JSON.stringify({ get a() { throw new TypeError('getter'); } }));
show(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a); });
show(() => { const n = 2000; let a = []; for (let i = 0; i < n; i++) a = [a]; return JSON.stringify(JSON.parse(JSON.stringify(a))).length; });
show(() => { const same = { x: 1 }; return JSON.stringify([same, same, { same }]); });
show(() => JSON.parse('['.repeat(50000) + ']'.repeat(50000)).length);
show(() => { const v = { d: 1, e: 2 }; return JSON.stringify({ a: { toJSON() { delete v.e; return 1; } }, v }); });
show(() => JSON.stringify('\u20ac'.repeat(3)).length + JSON.stringify('a' + String.fromCodePoint(0x10FFFF) + '\ud83d'));
