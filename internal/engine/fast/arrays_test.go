package fast

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/operators"
)

func TestArraysInKernels(t *testing.T) {
	eagerly(t)
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a kernel that stores objects waits until the collector does not mark
	runtime.GC()
	checkKernels(t, []kernelCase{
		{"push", "function f(n) { const a = []; for (let i = 0; i < n; i++) a.push(i * 1.5 - 7); return a.length + a.join() } f(3000)", true},
		{"push gives the length", "function f(n) { const a = [1]; let s = 0; for (let i = 0; i < n; i++) s += a.push(i) + a.length; return s + ' ' + a.length } f(3000)", true},
		{"push to two names of one array", "function f(n) { const a = [], b = a; let s = 0; for (let i = 0; i < n; i++) { a.push(i); b.push(-i); s += a.length } return s + a.join() } f(300)", false},
		{"one of two names is stored to", "function f(n) { const a = [1, 2, 3], b = a; let s = 0; for (let i = 0; i < n; i++) { b[i] = i; s += a.length + a[i] } return s + a.join() } f(300)", false},
		{"store", "function f(n) { const a = [1, 2.5, 3, -0]; for (let i = 0; i < n; i++) a[i & 3] = a[(i + 1) & 3] * 0.5 + i; return a.join() } f(1000)", true},
		{"store integral floats and -0", "function f(n) { const a = new Array(n).fill(0), b = new Array(n).fill(1); for (let i = 0; i < n; i++) { a[i] = i * 0.5; b[i] = (i % 3) * -0.5 } return a.join() + b.map(x => Object.is(x, -0)) + a.map(x => (x | 0) === x) } f(500)", true},
		{"fill new Array(n)", "function f(n) { const a = new Array(n); for (let i = 0; i < n; i++) a[i] = i * 3; return a.length + a.join() + Object.keys(a).length } f(1000)", true},
		{"fill from the end", "function f(n) { const a = new Array(n); for (let i = n; i-- > 0;) a[i] = i; return a.length + a.join() + Object.keys(a).length } f(300)", true},
		{"holes", "function f(n) { const a = [1, , 3, , 5, , 7, ,]; for (let k = 0; k < 9; k++) { delete a[k]; for (let i = 0; i < n; i++) a[i & 7] = i + k } return a.length + a.join() + Object.keys(a) } f(100)", true},
		{"grows", "function f(n) { const a = []; let s = 0; for (let i = 0; i < n; i++) { a[i] = i; s += a.length + a[i >> 1] } return s + a.join() } f(2000)", true},
		{"length is more than there is", "function f(n) { const a = new Array(n); let s = 0; for (let i = 0; i < n; i++) { a[i] = i; s += a.length } a.push(5); return s + ' ' + a.length } f(2000)", true},
		{"push behind holes", "function f(n) { const a = new Array(5); for (let i = 0; i < n; i++) a.push(i); return a.length + a.join() } f(200)", true},
		{"beyond the end", "function f(n) { const a = []; for (let i = 0; i < n; i++) a[i * 2] = i; return a.length + a.join() } f(200)", true},
		{"over strings and objects", "function f(n) { const a = ['x', {}, null, undefined, true, 1]; for (let k = 0; k < 9; k++) { a[k % 5] = 's' + k; for (let i = 0; i < n; i++) a[i % 6] = i + k } return a.join() } f(600)", true},
		{"frozen", "function f(n) { const a = Object.freeze([1, 2, 3]); for (let i = 0; i < n; i++) a[i % 3] = i; return a.join() } f(300)", false},
		{"sealed", "function f(n) { const a = Object.seal([1, 2, 3]); let e = ''; for (let i = 0; i < n; i++) a[i % 4] = i; return a.join() } f(300)", false},
		{"length that cannot be written", "'use strict'; function f(n) { const a = [1, 2, 3]; Object.defineProperty(a, 'length', { writable: false }); try { for (let i = 0; i < n; i++) { a[i % 3] = i; if (i === 200) a.push(1) } } catch (e) { return e + a.join() } return a.join() } f(300)", false},
		{"a setter on the way", "const log = []; Object.defineProperty(Array.prototype, 70, { set(v) { log.push(v) }, configurable: true }); function f(n) { const a = []; for (let i = 0; i < n; i++) a.push(i); return a.length + ' ' + (70 in a) + a.hasOwnProperty(70) } const r = f(100) + log; delete Array.prototype[70]; r", false},
		{"objects", "function f(n) { const from = [{ x: 1, y: 2 }, { x: 3, y: 4.5 }], to = []; let s = 0; for (let i = 0; i < n; i++) { const o = from[i & 1]; s += o.x; if (o.x > 1) to.push(o) } return s + ' ' + to.length + to.every(o => o === from[1]) } f(1000)", true},
		{"objects over objects", "function f(n) { const a = [{ x: 1 }, { x: 2 }, { x: 3 }]; for (let i = 0; i < n; i++) { const p = a[i % 3]; a[i % 3] = a[(i + 1) % 3]; a[(i + 1) % 3] = p; p.x += i } return JSON.stringify(a) } f(500)", false},
		{"what was read stays", "function f(n) { const a = [1000.5, 2000.5], was = []; for (let k = 0; k < n; k++) { was.push(a[0]); for (let i = 0; i < 9; i++) a[i & 1] += 0.25 } return was.join() } f(60)", true},
		{"a function that stores", "function put(a, i, v) { a[i] = v } function f(n) { const a = []; for (let i = 0; i < n; i++) put(a, i, i * 2); return a.join() } f(500)", true},
		{"for of", "function f(n) { const a = []; for (let i = 0; i < n; i++) a.push(i / 4); let s = 0; for (const v of a) s += v; return s } f(500)", true},
		{"for of a typed array", "function f(n) { const a = new Int16Array(n).map((_, i) => i * 77); let s = 0; for (const v of a) { if (v < 0) continue; if (s > 3e6) break; s += v } return s } f(900)", true},
		{"for of objects", "function f(n) { const a = []; for (let i = 0; i < n; i++) a.push({ x: i, y: i / 2 }); let s = 0, last = null; for (const o of a) { s += o.x * o.y; o.x = -s } return s + JSON.stringify(a.slice(-3)) } f(500)", true},
		{"for of and its end", "function f(n) { const a = [1, 2, 3, , 'x', 2.5, null]; for (let i = 0; i < n; i++) a.push(i); let s = '', t = 0, c = 0; for (const v of a) { t += v === undefined ? 7 : 1; c++ } return t + ' ' + c } f(300)", true},
		{"for of what grows", "function f(n) { const a = [1, 2]; let s = 0; for (const v of a) { s += v; if (a.length < n) a.push(v + 1) } return s + ' ' + a.length } f(300)", false},
		{"for of what others grow", "function f(n) { const a = [], b = []; for (let i = 0; i < n; i++) a.push(i); for (const v of a) b.push(v * 2); for (const v of b) b[v >> 1] = v + 0.5; return b.join() } f(300)", true},
		{"for of within and around", "function f(n) { const a = []; for (let i = 0; i < n; i++) a.push(i % 7); let s = 0; for (const v of a) { for (let k = 0; k < v; k++) { if (k === 5) break; s += k } for (const z of a) { if (z > v) break; s += z } } return s } f(90)", true},
		{"for of another iterator", "function f(n) { const a = []; for (let i = 0; i < n; i++) a.push(i); let s = 0; for (const v of a.keys()) s += v; for (const [i, v] of a.entries()) s += i * v; const it = a[Symbol.iterator](); it.next(); for (const v of it) s += v; return s } f(100)", true},
		{"for of with a next of one's own", "function f(n) { const a = []; for (let i = 0; i < n; i++) a.push(i); const it = a[Symbol.iterator](); const p = Object.getPrototypeOf(it), next = p.next; let s = 0; for (const v of a) { s += v } p.next = function () { const r = next.call(this); if (!r.done) r.value *= 2; return r }; for (const v of a) s += v; p.next = next; return s } f(100)", true},
		{"sieve", "function f(n) { const s = new Array(n + 1).fill(1), p = []; for (let i = 2; i <= n; i++) { if (s[i] === 1) { p.push(i); for (let k = i * i; k <= n; k += i) s[k] = 0 } } return p.join() } f(2000)", true},
	})
}

func TestCallbacksInKernels(t *testing.T) {
	eagerly(t)
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.GC()
	made := "(function () { function run() { let k = 3; const a = Array.from({ length: 200 }, (_, i) => i % 3 ? i : i * 0.5), os = a.concat(); os.forEach((v, i) => { os[i] = { v, i } }); "
	checkKernels(t, []kernelCase{
		{"map", made + "return a.map(v => v * 2 + k).join() } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"map with the index", made + "return a.map((v, i) => v * i - k).join() } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"map of objects", made + "return os.map(o => o.v * o.i).join() } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"filter", made + "return a.filter(v => v > 20 && v < 90).join() } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"filter of objects", made + "return JSON.stringify(os.filter((o, i) => o.v < 50 && i > k)) } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"reduce", made + "return a.reduce((p, q) => p + q, 0) + ' ' + a.reduce((p, q, i) => p > q ? p - i : q) + ' ' + os.reduce((p, o) => p + o.v, 0.5) } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"chained", made + "return os.filter(o => o.v % 2 === 1).map(o => o.v / 2).reduce((p, q) => p + q, 0) } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"an element that is no number", made + "a[150] = 'x'; return a.map(v => v + 1).join() + a.filter(v => v > 5).join() + a.reduce((p, q) => p + q) } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"an element that is asked", made + "let c = 0; a[150] = { valueOf() { return ++c } }; return a.map(v => v * 2).join() + c } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"a hole", made + "delete a[150]; let r = a.map(v => v + 1); return r.join() + (150 in r) + a.filter(v => v !== 1).length } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"with effects", made + "let c = 0; return a.map(v => c++).join() + c + a.filter((v, i) => { os[i] = v; return v > 3 }).length + os.join() } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", false},
		{"this and three parameters", made + "return a.map(function (v) { return v + this.x }, { x: 5 }).join() + a.map((v, i, all) => v + all.length).join() } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", false},
		{"a class of one's own", made + "class B extends Array {} const b = B.from(a); return b.map(v => v + 1) instanceof B } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", false},
		{"species", made + "a.constructor = { [Symbol.species]: function (n) { this.n = n } }; return JSON.stringify(a.map(v => v + 1)) } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", false},
		{"a captured variable that changes", made + "const f = v => v + k; let s = ''; for (const n of [1, 0.5, 'x', 7, 2 ** 40]) { k = n; s += a.map(f).slice(-3) + ' ' } return s } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", true},
		{"a prototype with a setter", made + "Object.defineProperty(Array.prototype, 5, { set() {}, get() { return 1 }, configurable: true }); const r = a.map(v => v + 1).join() + a.filter(v => v > 3).length; delete Array.prototype[5]; return r } let r; for (let z = 0; z < 20; z++) r = run(); return r })()", false},
	})
}

// randomArrays is a program whose loops store into arrays, which other names have as well, while things happen to them.
func randomArrays(seed uint64) string {
	g := generator{Rand: rand.New(rand.NewPCG(seed, 77))}
	arrays := []string{"a", "b", "c", "o.list"}
	array := func() string { return arrays[g.IntN(len(arrays))] }
	index := func() string {
		return []string{"i", "i & 7", "i % 5", "i - 1", "k", array() + ".length", array() + ".length - 1", "i >> 1"}[g.IntN(8)]
	}
	value := func() string {
		return []string{"i", "i * 0.5", "x", "-i", "x * y", "i % 3 * -0", "2 ** 31 + i", "9007199254740991 + i", array() + "[" + index() + "] + 1", "i | 0", "(x | 0) >>> 1", "1 / (i % 3)"}[g.IntN(12)]
	}
	var b strings.Builder
	b.WriteString("(() => { const out = []; const log = (...v) => out.push(v.map(e => Object.is(e, -0) ? '-0' : String(e)).join(' ')); let x = 1.5, y = 3, s = 0, e = 7;\n")
	inits := []string{"[]", "[1, 2.5, 3]", "new Array(40)", "new Array(30).fill(0)", "[1, , 3]", "['s', 1]", "[{ x: 1 }, 2]"}
	fmt.Fprintf(&b, "let a = %s, b = %s, c = %s; const o = { list: %s };\n", inits[g.IntN(7)], inits[g.IntN(7)], []string{"a", "b", "[]"}[g.IntN(3)], []string{"[]", "a", "[0, 0]"}[g.IntN(3)])
	statement := func() string {
		switch g.IntN(10) {
		case 8:
			return fmt.Sprintf("if (i %% 16 === 3) s += [%[1]s.map(v => v * 2 + x).length, %[1]s.filter((v, k) => v > k).length, %[1]s.reduce((p, q) => p + q, 0)][i %% 3];", array())
		case 0, 1:
			return fmt.Sprintf("%s.push(%s);", array(), value())
		case 2, 3, 4:
			return fmt.Sprintf("%s[%s] = %s;", array(), index(), value())
		case 5:
			return fmt.Sprintf("s += %s.push(%s) + %s.length;", array(), value(), array())
		case 6:
			return fmt.Sprintf("x = %s;", value())
		case 7:
			return fmt.Sprintf("if (i %% %d === 1) %s[%s] = %s; else y += i;", 2+g.IntN(5), array(), index(), value())
		}
		return fmt.Sprintf("%s[%s] += %s;", array(), index(), value())
	}
	head := fmt.Sprintf("let i = 0; i < %d; i++", 20+g.IntN(60))
	if g.IntN(3) == 0 {
		head = fmt.Sprintf("const e of %s", array())
	}
	fmt.Fprintf(&b, "function loop(k) { let turns = 0, i = 0; for (%s) { if (turns++ > 300) break; %s %s %s %s } }\n", head, []string{"", "i = turns;", "s += i;", "if (e > 5) { i++; s += e }"}[g.IntN(4)], statement(), statement(), statement())
	events := []string{"delete a[3]", "a.length = 2", "b.length += 3", "a = b", "Object.freeze(a)", "a = a.slice()", "b = []", "a[2] = 'text'", "Object.defineProperty(b, 1, { get() { return s }, set(v) { log('set', v) }, configurable: true })",
		"c.pop()", "a.reverse()", "Object.preventExtensions(b)", "Object.defineProperty(a, 'length', { writable: false })", "o.list = c", "b[0] = { x: 1 }", "a.push = v => log('push', v)", "a.sort()", "Array.prototype[9] = 5"}
	fmt.Fprintf(&b, "for (let k = 0; k < 60; k++) { try { loop(k) } catch (e) { log('caught', e) }\n")
	for range g.IntN(4) {
		fmt.Fprintf(&b, "if (k === %d) try { %s } catch (e) { log(e) }\n", g.IntN(60), events[g.IntN(len(events))])
	}
	b.WriteString("if (k % 7 === 0) { for (const v of [a, b, c, o.list]) { v.length > 400 && Object.isExtensible(v) && Object.getOwnPropertyDescriptor(v, 'length').writable && (v.length = 10); log(v.length, Object.keys(v).length, v.map(e => Object.is(e, -0) ? '-0' : e).join()) } log(s, x, y) } }\n")
	b.WriteString("delete Array.prototype[9]; return out })()")
	return b.String()
}

func TestRandomArrays(t *testing.T) {
	eagerly(t)
	facts, err := layout.Find(goja.New())
	if err != nil {
		t.Fatal(err)
	}
	right := operators.Pass(facts)
	first, last := uint64(0), uint64(60)
	fmt.Sscanf(os.Getenv("GONODE_PROGRAMS"), "%d-%d", &first, &last)
	for seed := first; seed < last; seed++ {
		src := randomArrays(seed)
		if want, got := execute(src, right), execute(src, right, Pass); got != want {
			t.Fatalf("seed %d: %s\n%s\n%s", seed, got, want, src)
		}
	}
}

// The collector marks while kernels store numbers and objects.
func TestArraysWhileTheCollectorMarks(t *testing.T) {
	eagerly(t)
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond / 4):
				runtime.GC()
			}
		}
	}()
	defer close(stop)
	src := `(() => { const from = []; for (let i = 0; i < 50; i++) from.push({ x: i, y: i * 0.5 });
	let all = [], kept = [];
	for (let k = 0; k < 300; k++) { const a = []; const p = [];
		for (let i = 0; i < 2000; i++) { const o = from[i % 50]; a.push(i * 1.25 + 1000); a[i >> 1] += 0.5; if (o.x > 25) p.push(o) }
		if (k % 10 === 0) { all.push(a); kept.push(p) } }
	let s = 0; for (const a of all) for (const v of a) s += v; for (const p of kept) for (const o of p) s += o.y; return s })()`
	if want, got := execute(src), execute(src, Pass); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
