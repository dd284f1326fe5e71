package fast

import (
	"strings"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/operators"
)

// iterations are programs with f(i), called often, of which in the middle something may change.
var iterating = []string{
	"const o = { a: i, b: 2, '\u00e9': 3 }; for (const k in o) { log(k, o[k]); if (k === 'a') { delete o.b; o.late = 1 } } o.c = 1; log(Object.keys(o), Object.values(o), Object.entries(o), JSON.stringify({ ...o, z: 1 }))",
	"class A { constructor() { this.x = i } m() {} get g() { return 1 } } const a = new A; for (const k in a) log(k); if (i === 12) A.prototype.y = 1; for (const k in a) log(k); log({ ...a }, Object.assign({}, a))",
	"if (i === 12) Object.prototype.inherited = 1; try { for (const k in { a: 1 }) log(k); for (const k in Object.create({ p: 1 })) log(k); for (const k in Object.create(null)) log(k) } finally { delete Object.prototype.inherited }",
	"const o = { b: 1, 2: 1, a: 1, 1: 1 }; for (const k in o) log(k); log(Object.keys(o), Object.entries(o), { ...o }, Object.assign({ 3: 0 }, o)); for (const k in 'ab') log(k); for (const k in [5, 6]) log(k); for (const k in null) log(k)",
	"const o = { a: 1 }; Object.defineProperty(o, 'hidden', { value: 2 }); Object.defineProperty(o, 'get', { get() { log('get'); return i }, enumerable: true }); for (const k in o) log(k); log(Object.keys(o), Object.values(o), { ...o }, Object.entries(o))",
	"const o = { a: 1, [Symbol.iterator]: i }; log(Object.getOwnPropertySymbols({ ...o }).length, Object.getOwnPropertySymbols(Object.assign({}, o)).length)",
	"const t = { set a(v) { log('set', v) } }; Object.assign(t, { a: i, b: 2 }); log(Object.keys(t)); class S { set q(v) { log('inherited', v) } } const s = Object.assign(new S, { q: 1, r: 2 }); log(Object.keys(s)); log({ ...{ q: 1 } }.q)",
	"const p = JSON.parse('{\"__proto__\": {\"x\": 1}, \"a\": 1}'); log(Object.keys(p)); const q = Object.assign({}, p); log(q.x, Object.keys(q)); const r = { ...p }; log(r.x, Object.keys(r), Object.getPrototypeOf(r) === Object.prototype)",
	"try { Object.assign(Object.freeze({ a: 1 }), { a: 2 }) } catch (e) { log(e.name) } try { Object.assign(Object.preventExtensions({ a: 1 }), { b: 2 }) } catch (e) { log(e.name) } const o = { a: 1 }; log(Object.assign(o, o, null, undefined, 'xy', [7], { c: 1 }) === o, o)",
	"const o = {}; for (let k = 0; k < 12; k++) o['k' + (k * 7 + i) % 12] = k; log(Object.keys(o), Object.values(o)); for (const k in o) { if (k === 'k3') { delete o.k4; delete o.k5; o.k4 = 1 } log(k) } log({ ...o, k1: 0 }, Object.assign({ k2: 9 }, o))",
	"log(Object.fromEntries([['a', i], ['b', 2], ['a', 3]]), Object.fromEntries([['0', 1], [1, 2], ['x', 3]]), Object.fromEntries(new Map([['m', i]])), Object.fromEntries([])); try { Object.fromEntries([5]) } catch (e) { log(e.name) }",
	"const e = [['a', 1]]; if (i > 12) Object.defineProperty(e[0], 1, { get() { log('get'); return 5 } }); log(Object.fromEntries(e)); log(Object.keys('ab'), Object.values([1, , 3]), Object.entries(new Proxy({ a: 1 }, { ownKeys() { log('ownKeys'); return ['a'] } })))",
	"const a = [1, i, 3]; const b = Array.from(a); b.push(4); log(a, b, Array.from(new Set(a)), Array.from('ab'), Array.from({ length: 2 }), Array.from([1, , 2])); class B extends Array {} log(B.from([1]) instanceof B, Array.from.call(Object, [1]))",
	"const o = { a: 1, b: 2 }; const k1 = Object.keys(o); k1.push('mine'); k1[0] = 'changed'; log(Object.keys(o), Object.keys({ a: 0, b: 0 }))",
	"const [a, b = 7, ...r] = [i, , 3, 4]; log(a, b, r.length, r)",
	"let [x, y] = new Map([[i, 'm'], ['k', i]]); log(x, y); const [p, q, z] = new Set([i, 2]); log(p, q, z)",
	"log([...[1, i], ...'a\\u{1F600}\\ud800b', ...new Set('abca'), ...new Map([[i, 1]]), ...[, i].entries(), ...[5, 6].keys()].join())",
	"log(Math.max(...[1, i, 3]), Math.max(...new Set([1, i])), ((...a) => a.length)(...[1, 2], ...'xy'))",
	"const m = new Map([[1, 2], [3, 4]]); for (const [k, v] of m) { log(k, v); if (m.size < 6) m.set(i + k, v); m.delete(1) }",
	"const s = new Set([1, 2, 3]); for (const v of s) { log(v); s.delete(v + 1); if (v === 3) s.add(i) } for (const v of s.entries()) log(v)",
	"const a = [1, 2, 3]; for (const v of a) { log(v); if (a.length < 6) a.push(v + i) } for (const [k, v] of a.entries()) { log(k, v); a.length = 3 }",
	"const it = [1, 2, 3][Symbol.iterator](); for (const v of it) { log(v); break } log([...it], [...it].length, it.next())",
	"for (const c of 'x\\u{1F600}y') { log(c.length, c) } for (const v of new Uint8Array([1, i])) log(v)",
	"const it = new Map([[1, 2]]).values(); log(it.next().value, it.next().done, [...it].length); for (const v of it) log('never')",
	"try { for (const v of [1, 2]) { log(v); if (i > 15) throw v } } catch (e) { log('caught', e) }",
	"const a = [1, 2]; if (i > 12) Object.defineProperty(a, 0, { get() { log('get'); return i } }); log([...a]); const [g] = a; for (const v of a) log(v); log(Math.max(...a))",
	"if (i === 12) { const was = Object.getPrototypeOf([][Symbol.iterator]()).next; Object.getPrototypeOf([][Symbol.iterator]()).next = function () { log('next'); return was.call(this) } } const [u, w] = [1, 2]; log(...[u, w]); for (const v of [3]) log(v); log([...[1, 2]])",
	"if (i === 12) Object.getPrototypeOf([][Symbol.iterator]()).return = function () { log('return', this.x = 1, Object.keys(this)); return {} }; const [u] = [1, 2]; for (const v of [3, 4]) { log(v); break } const [q, t] = [1]",
	"if (i === 12) Array.prototype[Symbol.iterator] = function* () { log('own'); yield i }; log([...[1, 2]], Math.max(...[1, 2])); const [u] = [5]; for (const v of [1]) log(v)",
	"if (i === 12) Object.getPrototypeOf(new Map().entries()).next = () => ({ done: true }); log([...new Map([[1, 2]])].length, [...new Set([1])]); for (const v of new Map([[1, 1]])) log(v)",
	"const a = [1, 2]; if (i > 12) a[Symbol.iterator] = () => [9][Symbol.iterator](); log([...a], Math.max(...a)); class A extends Array { *[Symbol.iterator]() { yield 8 } } log([...A.of(1)], [...Object.setPrototypeOf([4], A.prototype)])",
	"let d; try { [...5] } catch (e) { log(e.name) } try { const [x] = {}; } catch (e) { log(e.name) } try { log(...null) } catch (e) { log(e.name) } [d.x] = [1]",
	"const g = function* () { try { yield 1; yield 2 } finally { log('closed') } }; const [x] = g(); log([...g()], x); for (const v of g()) if (i > 3) break; const [y, ...z] = g(); log(y, z)",
	"const it = { i: 0, [Symbol.iterator]() { return this }, next() { return { get done() { log('done?'); return this.i++ > 1 }, get value() { log('value?'); return i }, i: it.i++ } } }; log([...it])",
	"const a = Array(3); a[1] = i; log([...a], Math.max(...a)); if (i === 12) Array.prototype[0] = 'inherited'; const [h] = a; log(h)",
	"Object.prototype.done = i > 12; log([...[1]], [...new Set([2])]); delete Object.prototype.done",
}

func TestIterationsAreTheEngines(t *testing.T) {
	facts, err := layout.Find(goja.New())
	if err != nil {
		t.Fatal(err)
	}
	right := operators.Pass(facts)
	for _, body := range iterating {
		src := "let out = ''; function show(v) { return Array.isArray(v) ? '[' + Array.prototype.map.call(v, show) + ']' : Object.is(v, -0) ? '-0' : typeof v === 'object' && v ? JSON.stringify(v) : String(v) }" +
			"function log() { for (let k = 0; k < arguments.length; k++) out += show(arguments[k]) + ' '; out += '\\n' }" +
			"function f(i) {" + body + "}\nfor (let i = 0; i < 24; i++) { try { f(i) } catch (e) { log('threw', e) } } out"
		want, got := execute(src, right), execute(src, right, Pass)
		if want != got || strings.Contains(want, "syntax: ") || !strings.Contains(want, "\n") {
			a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
			for i := range a {
				if i >= len(b) || a[i] != b[i] {
					t.Errorf("%s\nline %d: want %s, got %s", body, i, a[i], strings.Join(b[min(i, len(b)):min(i+1, len(b))], ""))
					break
				}
			}
		}
	}
}
