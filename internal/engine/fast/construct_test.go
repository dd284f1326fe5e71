package fast

import (
	"strings"
	"testing"
)

// hotly runs the last statement of a program again and again, and shows what comes of it each time.
func hotly(src string) string {
	i := strings.LastIndex(src, ";;")
	return src[:i+1] + " var log = []; for (var turn = 0; turn < 30; turn++) { try { log.push(JSON.stringify((function () { " + src[i+2:] +
		" })())) } catch (e) { log.push(e && e.stack ? String(e.stack) : String(e)) } } log.join('\\n')"
}

// Constructors, fields, private names, parameters and branches are what the engine makes of them, errors and their places included.
func TestConstructorsAreTheEngines(t *testing.T) {
	for _, src := range []string{
		"class A { constructor(x) { this.x = x } } class B extends A { constructor(x) { super(x); this.y = 1 } }; function k(o) { return [Object.keys(o), o, o instanceof B, o.constructor.name] };; return k(new B(turn * 1.5))",
		"class A { constructor(x) { this.x = x; this.t = new.target.name } } class B extends A {} class C extends B { z = [1]; w = {} };; return [new C(turn), new B(1), Reflect.construct(A, [2], C)]",
		"class A { constructor() { return turn % 3 ? { other: turn } : undefined } } class B extends A { f = turn; #p = 5; constructor() { super(); this.q = this.#p++ } };; return new B()",
		"class A {} class B extends A { constructor(v) { if (v % 3 === 0) super(); if (v % 5 === 0) return { v }; if (v % 7 === 0) return 4 } };; return new B(turn)",
		"class A {} class B extends A { constructor(v) { super(); if (v > 20) super() } };; return new B(turn)",
		"class A {} class B extends A { constructor(v) { if (v > 20) this.x = 1; super(); this.y = () => super.toString } };; return typeof new B(turn).y()",
		"class A { constructor() { if (turn > 20) throw new Error('at ' + turn) } } class B extends A { constructor() { super() } } class C extends B {} function make() {\n return new C() };; return make()",
		"class A { a = turn > 20 ? nothing.x : 1 } class B extends A { b = this.a + 1; ['c' + 1] = () => this.b } class C extends B { constructor() {\n super(); this.d = this.c1() } };; return new C()",
		"class A { x = 1; y = 'a' } class B extends A { x = 2; z; w = null; constructor() { super(); delete this.y; this.y = 3 } };; var b = new B(); return [b, Object.keys(b), 'z' in b]",
		"class F extends Function { a = 1 } class M extends Map { b = []; constructor() { super([[1, turn]]) } } class E extends Error { code = 'X' };; return [new M().get(1), new M().b, new E('m').code, new F('return 1')() ]",
		"class A { constructor() { this.x = 1; if (turn > 15) Object.freeze(this) } } class B extends A { y = 2 };; return new B()",
		"class A { constructor(o) { return o } } class P extends A { #x = 1; static has(o) { return #x in o } } var same = {}; function set(o) { return new P(o) };; return turn > 20 ? set(same) : P.has(set({ turn }))",
		"class P { #x = 1; #m() { return this.#x } get #g() { return this.#x * 2 } set #g(v) { this.#x = v } read(o) { return o.#x } call(o) { return o.#m() } both() { this.#g += 1; return this.#g } write(o, v) { return o.#x = v } static #s = 3; static s() { return ++this.#s } } var p = new P();; return [p.read(turn > 20 ? {} : p), p.call(p), p.both(), p.write(p, turn + 0.5), P.s()]",
		"class P { #x = 1; write(o) { o.#x = 2 } meth() { this.#y = 1 } #y() {} } var p = new P();; if (turn === 25) p.write({}); if (turn > 25) p.meth(); return 1",
		"class A { m(x) { return ['A', x, this.n] } get g() { return this.n } static s() { return this.q } } class B extends A { n = 1; m(x) { return super.m(x) } h() { return () => super.g } get i() { return super.none } static s() { return super.s() } } B.q = 5; var b = new B();; if (turn === 20) Object.setPrototypeOf(B.prototype, { m: () => 'other', g: 7 }); if (turn > 25) Object.setPrototypeOf(B.prototype, null); return [b.m(turn), b.h()(), b.i, B.s()]",
		"function Old(x) { this.x = x; return turn % 4 ? 5 : undefined } Old.prototype.p = 1; class N extends Old { q = 2; constructor() { super(turn); this.r = super.p } };; return new N()",
		"var log2 = []; class A { constructor() { log2.push(new.target.name) } } class B extends A {} var alt = { prototype: { q: 1 } }; function T() {} T.prototype = { t: 1 };; if (turn === 20) T.prototype = 5; return [Reflect.construct(B, [], T).t, Object.getPrototypeOf(Reflect.construct(B, [], T)) === Object.prototype, log2.length]",
		"class A { constructor(n) { this.n = n > 0 ? new B(n - 1) : null } } class B extends A { constructor(n) { super(n); this.deep = n } };; return JSON.stringify(new B(turn))",
		"function f(a, b = a + 1, ...c) { return [a, b, c, arguments.length] } function g({ q = 1, b: [x, y] = [3, q] } = {}, z = () => x) { var a = 9; return [x, y, z(), a] };; return [f(turn), f(turn, undefined, 1.5, turn), f(1, 2), g(), g({ a: turn, b: [1] }), g(turn > 20 ? { b: null } : undefined)]",
		"function f(...r) { r.push(turn / 2); return r } function g(a, ...r) { return () => [a, ...r] } function h(a, b, ...r) { arguments[0] = 7; return [a, r] };; return [f(), f(turn * 3, 'x'), g(1, turn)(), g()(), h(1), h(1, 2, turn)]",
		"var o = { a: { b: { c: 1 } }, n: null, f() { return this.a.b.c } };; return [o?.a?.b?.c, o.n?.x.y.z, o.none?.(turn), o.f?.(), (turn > 20 ? null : o)?.a.b, o.n ?? 5, 0 ?? 6, turn > 25 ? o.n.x : (o.a ?? 1) === o.a]",
		"var a = [1, 2, 3], x = 1.5, y = 2, o = { get v() { return turn } };; [x, y] = [y, x]; [a[0], a[2]] = [a[2], a[0]]; [a[1], a[turn & 1]] = [a[0], a[1]]; [x, x] = [y, x + 0]; [a[5], y] = [y, a[5]]; return [a, x, y]",
		"var a = [1, 2, 3], i = 0;; let p = turn, q = turn + 0.5, r = 7; [p, q] = [q, p]; [i, a[i]] = [a[i] % 3, i]; if (turn === 20) Object.freeze(a); if (turn > 22) { [a[0], a[1]] = [a[1], a[0]] } return [p, q, a, i]",
		"function* gen() { try { yield 1; yield 2; yield 3 } finally { log2.push('closed') } } var log2 = [], h = [1, , 3];; var a = [turn, turn / 2, 'x'], [p, q] = a, [r] = [], [s, t, u, v] = a, [w] = 'abc', [x, y] = h, [z] = gen(); let l = 0; const [m, n] = turn > 20 ? null : new Set(a); l = p; [l, q] = [q]; for (const [k, e] of Object.entries({ a: 1, b: turn })) log2.push(k + e); return [p, q, r, s, t, u, v, w, x, y, z, m, n, l, log2.length]",
		"var proto = Object.getPrototypeOf([].values()), seen = [];; if (turn === 12) proto.return = function () { seen.push('return'); return {} }; if (turn === 18) { delete proto.return; Array.prototype[1] = 'inherited' } if (turn === 24) { delete Array.prototype[1]; Object.defineProperty(Array.prototype, Symbol.iterator, { value: function* () { yield 7 } }) } const [a, b] = [turn], [c] = [1, 2], d = Object.defineProperty([1, 2], 0, { get: () => 'got' }), [e, f] = d; { try { [g] = [1] } catch (x) { seen.push(x.name) } let g } return [a, b, c, e, f, seen.length]",
		"var seen = 0, proto = Object.getPrototypeOf([].values()), n = proto.next;; let p = 1, q = 2; if (turn === 15) proto.return = () => { seen++; return {} }; if (turn === 20) { delete proto.return; proto.next = function () { seen += 10; return n.call(this) } } if (turn === 25) { proto.next = n; Array.prototype[Symbol.iterator] = function* () { yield 8; yield 9 } } [p, q] = [q, p]; const [z] = [5]; return [p, q, z, seen]",
		"function f(v) { try { if (v % 3 === 0) throw new Error('e' + v); return 'r' } catch (e) { if (v % 2) return 'c' + e.message; throw v } finally { if (v % 5 === 0) return 'f'; log2.push(v) } } var log2 = [];; var r; try { r = f(turn) } finally { log2.push('x') } return [r, log2.length]",
		"function f(v) { for (let k = 0; k < 3; k++) { try { try { if (k === 1) continue; if (v % 4 === k) break; JSON.parse(v % 5 ? '1' : '{') } finally { seen.push(k) } } catch (e) { seen.push(e.name) } } return seen.length } var seen = [];; return f(turn)",
		"var p = new Proxy(class { constructor() { this.x = 1 } }, { construct(t, a, n) { seen.push(a.length); return Reflect.construct(t, a, n) }, get(t, k, r) { seen.push(String(k)); return Reflect.get(t, k, r) } }), seen = []; class B extends p { y = 1; constructor() { super(1, 2) } };; return [new B(), seen.length]",
		"class A { constructor() { this.x = eval('new.target === B') } } class B extends A { constructor() { const up = () => super(); if (turn & 1) up(); else eval('super()'); this.k = eval('this.x') } };; return new B()",
		"class A { set y(v) { this.z = v } } class B extends A { y = 1; constructor() { super(); this.y = 2 } } class C extends A { constructor() { super(); this.y = turn } };; return [new B(), new C()]",
		"function f(a, b) { return [a, b, arguments.length, typeof this, this === o] } var o = { f }, list = [1, 2.5, turn], holes = [1, , 3];; return [f(...list), o.f(...list, ...'ab', turn), f.apply(5, list), f.apply(null, holes), f.apply(null, { length: 2, 0: turn }), f.apply(undefined, undefined), new f(...list, turn), f.apply(...[o, list]), Math.max(...list), Math.max.apply(null, list)]",
		"class A { constructor(...v) { this.v = v; if (turn === 25) throw new TypeError('t') } } class B extends A { constructor(...v) { super(...v, turn / 2); this.n = new.target.name } } class C extends B {};; return [new B(...[1, 2]), new C(...'xy'), new A(...new Set([turn, turn]))]",
		"function f(a) { if (turn > 25) throw new Error('in f'); return a } function g(...v) { return f.apply(this, v) } Array.prototype[9] = 'nine';; if (turn === 20) f.apply = function (a, b) { return 'mine' + b }; return [g(1, turn), [...[turn]], g(...[])]",
		"var a = [1, turn, 'x', 2.5, NaN, null, undefined, -0], h = [1, , 2], s = class extends Array {}, sub = s.from([1, 2, 3]);; return [a.slice(1, 3), a.slice(-2), a.slice(5, 2), a.slice(undefined, -1), h.slice(), h.slice().hasOwnProperty(1), sub.slice(1).constructor === s, sub.concat([1]).length, a.concat(1, [2, [turn]], 'abc', h), a.slice(1.5, '3'), a.slice.call('abc', 1), a.slice.call({ length: 2, 0: 1 }, 0)]",
		"var a = [1, turn, 'x', 2.5, NaN, null, undefined, -0, a], o = {}, b = [o, [], 'h\u00e9', true];; return [a.indexOf(NaN), a.includes(NaN), a.indexOf(0), a.includes(undefined), a.indexOf(undefined), [1, , 2].includes(undefined), [1, , 2].indexOf(undefined), b.indexOf(o), b.includes({}), b.indexOf('h\u00e9'), b.includes(1), a.indexOf(turn, 1), a.indexOf('x', -9), a.includes(), b.indexOf(true), a.indexOf(1n)]",
		"var a = [1, 2], seen = [], C = Array;; if (turn === 15) a.constructor = { [Symbol.species]: function (n) { seen.push(n); return { length: 0 } } }; if (turn === 20) { delete a.constructor; Object.defineProperty(Array, Symbol.species, { get() { seen.push('species'); return this }, configurable: true }) } if (turn === 25) Array.prototype[Symbol.isConcatSpreadable] = false; return [a.slice(1), a.concat([3]), seen.length]",
		"var t = new Uint8Array(5), f = new Float64Array(3), e = new Uint8Array(2), proto = Object.getPrototypeOf(Uint8Array.prototype); function len(v) { return v.length };; if (turn === 12) e.other = 1; if (turn === 15) Object.defineProperty(e, 'length', { value: 'own' }); if (turn === 20) Object.defineProperty(Float64Array.prototype, 'length', { get() { return 'of floats' }, configurable: true }); if (turn === 25) Object.defineProperty(proto, 'length', { get() { return 'patched' } }); return [len(t), len(f), len(e), len([1]), len('abc'), len({ length: 7 }), len(Object.create(turn > 5 ? t : [1]))]",
		"globalThis.late1 = 1; var late2 = 2;; if (turn === 12) Object.defineProperty(globalThis, 'late1', { get() { return 'got ' + turn }, configurable: true }); if (turn === 18) delete globalThis.late1; if (turn === 20) globalThis.late1 = turn; if (turn === 22) for (var i = 0; i < 500; i++) globalThis['g' + i] = i; if (turn === 25) globalThis.isNaN = 5; late2++; return [typeof late1, turn === 18 ? 0 : late1, late2, isNaN === 5, typeof gnone, Math.max(1, turn), g === undefined]; var g",
		"class S extends Array {} var o = { length: 9, get 3() { return turn } };; return [S.from({ length: 9 }, (v, i) => i).constructor === S, Array.from(o, (v, i) => [v, i]), Array.from({ length: 2.5 }, v => v), Array.from({ length: 9, [Symbol.iterator]: null }, (v, i) => i / 2), Array.from({ length: turn }, (v, i) => { if (i === 25) throw new Error('at 25'); return i })]",
		"var a = [1, 2], b = [3];; if (turn === 12) b[Symbol.isConcatSpreadable] = false; if (turn === 18) Object.setPrototypeOf(b, { length: 5, get 0() { return 'zero' } }); if (turn === 24) Array.prototype.constructor = Object; return [a.concat(b), a.slice(0, 1), Array.isArray(a.slice())]",
		"class G { get x() { try { if (this.v % 2) JSON.parse('{'); return this.v } catch (e) { return -this.v } } constructor(v) { this.v = v } } var list = Array.from({ length: 20 }, (_, i) => new G(i));; return [list.map(o => o.x), [...list].sort((p, q) => p.x - q.x)[0].v]",
	} {
		src = hotly(src)
		want := execute(src)
		if strings.HasPrefix(want, "syntax") || strings.HasPrefix(want, "error") {
			t.Errorf("%s: %s", src, want)
		}
		if got := execute(src, Pass); got != want {
			a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
			for i := range a {
				if i >= len(b) || a[i] != b[i] {
					t.Errorf("%s\nthe engine, line %d: %s\nhere: %s", src, i, a[i], b[min(i, len(b)-1)])
					break
				}
			}
		}
	}
}
