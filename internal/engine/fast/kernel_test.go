package fast

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// eagerly makes loops kernels, and enters them, at once.
func eagerly(t *testing.T) {
	try, enter := tryEvery, enterEvery
	tryEvery, enterEvery = 8, 2
	t.Cleanup(func() { tryEvery, enterEvery = try, enter })
}

// kernelCase is a program, and whether a kernel is entered in it.
type kernelCase struct {
	name, src string
	kernel    bool
}

// checkKernels runs the programs with and without what makes them faster.
func checkKernels(t *testing.T, cases []kernelCase) {
	for _, test := range cases {
		want := execute(test.src)
		before := Entered.Load()
		if got := execute(test.src, Pass); got != want {
			t.Errorf("%s: %s, want %s", test.name, got, want)
		}
		if entered := Entered.Load() > before; entered != test.kernel {
			t.Errorf("%s: a kernel was entered: %v", test.name, entered)
		}
	}
}

func TestKernels(t *testing.T) {
	eagerly(t)
	checkKernels(t, []kernelCase{
		{"sum", "function f(n) { let s = 0; for (let i = 0; i < n; i++) s += i; return s } f(1000)", true},
		{"beyond 2^53", "function f(n) { let s = 9007199254740000; for (let i = 0; i < n; i++) s += i; return s } f(2000)", true},
		{"down beyond -2^53", "function f(n) { let s = -9007199254740000; for (let i = 0; i < n; i++) s -= i; return s } f(2000)", true},
		{"a counter near 2^53", "function f(n) { let k = 0; let i = 9007199254740000; for (; k < n; i++) k++; return i } f(2000)", false},
		{"a counter at 2^53", "function f(n) { let c = 9007199254740992 - 1000; for (let i = 0; i < n; i++) c++; return c } f(3000)", false},
		{"floats", "function f(n) { let x = 1.5; for (let i = 0; i < n; i++) x = x * 1.0001 + 0.5; return x } f(1000)", true},
		{"int becomes float", "function f(n) { let x = 1; for (let i = 0; i < n; i++) x = x * 1.5 - 0.25; return x } f(500)", true},
		{"product", "function f(n) { let x = 12345; for (let i = 0; i < n; i++) x = (x * 1103515245 + 12345) & 0x7fffffff; return x } f(1000)", true},
		{"negative zero", "function f(n) { let x = 0, y = 1; for (let i = 0; i < n; i++) { y = x * -1; x = i % 2 } return Object.is(f2(n), -0) + ' ' + y } function f2(n) { let y = 1, x = 0; for (let i = 0; i < n; i++) y = x * -1; return y } f(1000)", true},
		{"remainder", "function f(n) { let s = 0, z = 0; for (let i = -500; i < n; i++) { z = i % 7; s += z } return s + ' ' + Object.is(g(-7), -0) } function g(k) { let z = 0; for (let i = 0; i < 100; i++) z = k % 7; return z } f(1000)", true},
		{"by zero", "function f(n, d) { let s = 1; for (let i = 0; i < n; i++) { s = i % d; if (s !== s) s = 5 } return s } f(500, 3) + f(500, 0)", true},
		{"bits", "function f(n) { let h = 0; for (let i = 0; i < n; i++) h = ((h << 5) ^ (i >>> 1) ^ ~i) | (h >> 3); return h } f(1000)", true},
		{"what is missing", "function f(n) { let s = 0, x = 1.5; for (let i = 0; i < n; i++) { if (i !== undefined && x != null && !(i === null)) s += i; else s = -1; if (x == undefined) s = 7; if (undefined === void 0) s++; if (null !== undefined) s += null == undefined ? 2 : 9 } return s } f(500)", true},
		{"sums of bits", "function f(n) { const t = new Uint32Array(8), u = new Int16Array(8); let a = 0x7fffffff, b = -1; for (let i = 0; i < n; i++) { const x = (a ^ i) >>> 0; t[i & 7] = x + t[(i + 3) & 7] + b; u[i & 7] = x - b; b = (a + x + b + u[(i - 1) & 7]) | 0; a = (x * 3 + (b >>> 5)) | 0 } return a + ' ' + b + t.join() + u.join() } f(1000)", true},
		{"a variable grows beyond 32 bits", "function f(n, a) { let s = 0; for (let i = 0; i < n; i++) { s += a & 0xff; a = a > 1e12 ? (a >>> 0) : a + 0x7fffffff } return s + ' ' + a } f(1000, 1) + f(1000, 9007199254740000)", true},
		{"begins beyond 32 bits", "function f(n, a) { let s = 0; for (let i = 0; i < n; i++) { s += a - i; a = (a ^ i) | 0 } return s + ' ' + a } [f(500, 1), f(500, 4294967296), f(500, 4294967297), f(500, -9007199254740991), f(500, 5)].join()", true},
		{"counters as floats", "function f(n, c) { let x = 0.5; for (let i = -n; i < n; i++) { x += c / 3 + Math.floor(i / 7) - i * 0.5; c-- } return x } [f(500, 3), f(500, 2251799813685247), f(500, -2251799813685249), f(500, 1125899906842625), f(500, 9007199254740991)].join()", true},
		{"products of small integers", "function f(n) { let s = 0; for (let i = -n; i < n; i++) { const b = i & 0xffff; s ^= b * 0x10001 + (i | 0) * 3 } return s } f(500)", true},
		{"unsigned", "function f(n) { let h = 1; for (let i = 0; i < n; i++) h = (h * 31 + i) >>> 0; return h } f(1000)", true},
		{"bits of large floats", "function f(n) { let h = 0, x = 1.5; for (let i = 0; i < n; i++) { x = x * 3; h ^= x | 0 } return h } f(32)", true},
		{"nested", "function f(n) { let s = 0; for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) { let k = i ^ j; s += k } return s } f(100)", true},
		{"break and continue", "function f(n) { let s = 0; for (let i = 0; i < n; i++) { if (i % 3 === 0) continue; if (i > 700) break; s += i } return s } f(1000)", true},
		{"break of the outer loop", "function f(n) { let s = 0; a: for (let i = 0; i < n; i++) { for (let j = 0; j < 50; j++) { if (j === i) continue a; if (s > 9000) break a; s += j } } return s } f(1000)", true},
		{"conditional values", "function f(n) { let s = 0; for (let i = 0; i < n; i++) s += i & 1 ? i : 0.5; return s } f(1000)", true},
		{"logic", "function f(n) { let s = 0; for (let i = 0; i < n; i++) if (i > 10 && i < 500 || i === 3) s += i || 7; return s } f(1000)", true},
		{"booleans", "function f(n) { let odd = false, s = 0; for (let i = 0; i < n; i++) { odd = !odd; if (odd) s++ } return s + ' ' + odd } f(1001)", true},
		{"do while", "function f(n) { let i = 0, s = 0; do { s += i; i++ } while (i < n); return s } f(1000)", true},
		{"while", "function f(n) { let s = 0; while (n > 1) { n = n % 2 === 0 ? n / 2 : 3 * n + 1; s++ } return s } f(837799)", true},
		{"captured", "function f(n) { let c = 0; const get = () => c; for (var i = 0; i < n; i++) c += i; return get() } f(1000)", true},
		{"parameters", "function f(n, s) { while (n-- > 0) s += n; return s } f(1000, 5)", true},
		{"missing argument", "function f(n, s) { for (let i = 0; i < n; i++) s += i; return s } f(1000)", true},
		{"NaN", "function f(n) { let x = NaN, c = 0; for (let i = 0; i < n; i++) { if (x === x) c++; if (x < 1) c++; if (!(x >= 1)) c += 2; x = x + 1 } return c } f(1000)", true},
		{"Math", "function f(n) { let x = 0, y = 0; for (let i = 0; i < n; i++) { x += Math.floor(i / 3) - Math.ceil(i / 7) + Math.trunc(-i / 2); y += Math.round(-i / 4) + Math.sqrt(i) + Math.max(i, 2.5) - Math.min(i, 3) + Math.abs(-i) + Math.imul(i, 77777777) } return x + ' ' + y } f(1000)", true},
		{"rounding", "function f(n) { let r = []; for (let k = -3; k < 3; k += 0.25) { let x = 0; for (let i = 0; i < n; i++) x = Math.round(k); r.push(Object.is(x, -0) ? '-0' : x) } return r.join() } f(100)", true},
		{"typed array", "function f(n) { const a = new Float64Array(8); for (let i = 0; i < n; i++) a[i & 7] += i; return a.join() } f(1000)", true},
		{"typed arrays of integers", "function f(n, C) { const a = new C(8); let s = 0; for (let i = 0; i < n; i++) { a[i & 7] += i * 77777; s += a[(i + 3) & 7] } return a.join() + s } f(1000, Uint8Array) + f(1000, Int8Array) + f(1000, Uint16Array) + f(1000, Int16Array) + f(1000, Uint32Array) + f(1000, Int32Array) + f(1000, Float32Array)", true},
		{"beyond a typed array", "function f(n) { const a = new Int32Array(8); let s = 0; for (let i = 0; i < n; i++) { a[i % 10] = i; if (a[i % 10] === undefined) s++ } return a.join() + s } f(1000)", true},
		{"part of a buffer", "function f(n) { const b = new ArrayBuffer(64), a = new Int32Array(b, 8, 4), c = new Uint8Array(b); let s = 0; for (let i = 0; i < n; i++) { a[i & 3] = i * 991; s += c[i & 63] } return c.join() + s } f(1000)", true},
		{"length of a typed array", "function f(a) { let s = 0; for (let k = 0; k < 9; k++) for (let i = 0; i < a.length; i++) { a[i] = i + k; s += a[i] } return s } f(new Uint8Array(0)) + f(new Uint8Array(100)) + f(new Float64Array(200))", true},
		{"own length of a typed array", "function f(a) { let s = 0; for (let k = 0; k < 9; k++) for (let i = 0; i < a.length; i++) s += a[i] + 1; return s } var a = new Uint8Array(100), r = f(a); Object.defineProperty(a, 'length', { get() { return 50 } }); r += ' ' + f(a); Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), 'length', { get() { return 20 } }); r + ' ' + f(new Uint8Array(100))", true},
		{"clamped", "function f(n) { const a = new Uint8ClampedArray(8); for (let i = 0; i < n; i++) a[i & 7] = i - 100; return a.join() } f(1000)", false},
		{"array", "function f(n) { const a = [1, 2, 3, 4, 5, 6, 7, 80000]; let s = 0; for (let i = 0; i < n; i++) s += a[i & 7] + a.length; return s } f(1000)", true},
		{"array of floats", "function f(n) { const a = [1, 2.5, 3, 4000.25, 5]; let s = 0; for (let i = 0; i < n; i++) s += a[i % 5]; return s } f(1000)", true},
		{"array with all in it", "function f(n) { const a = [1, 2.5, , 'x', 5, null]; let s = 0; for (let i = 0; i < n; i++) s = a[i % 5]; return s } f(1000) + f(1004) + f(1003) + f(1002)", false},
		{"length of an array that has grown", "var a = [1]; function f(n) { let s = 0; for (let i = 0; i < n; i++) s += a.length; return s } var r = f(100); a.push(2); a[5] = 1; r + ' ' + f(100)", false},
		{"array that grows", "function f(n) { const a = [1]; let s = 0; for (let i = 0; i < n; i++) { s += a[i]; a[a.length] = i & 255 } return s } f(1000)", true},
		{"charCodeAt", "function f(n, t) { let s = 0; for (let i = 0; i < n; i++) s += t.charCodeAt(i % t.length); return s } f(1000, 'hello world') + f(1000, 'héllo wörld')", true},
		{"charCodeAt beyond the end", "function f(n, t) { let s = 0; for (let i = 0; i < n; i++) { const c = t.charCodeAt(i % 14); if (c === c) s += c; else s++ } return s } f(1000, 'hello world')", true},
		{"own charCodeAt", "String.prototype.charCodeAt = function (i) { return i }; function f(n, t) { let s = 0; for (let i = 0; i < n; i++) s += t.charCodeAt(i % 11); return s } f(1000, 'hello world')", true},
		{"own floor", "Math.floor = x => x + 1; function f(n) { let x = 0; for (let i = 0; i < n; i++) x += Math.floor(i / 3); return x } f(1000)", true},
		{"floor changes", "function f(n) { let x = 0; for (let k = 0; k < 3; k++) { for (let i = 0; i < n; i++) x += Math.floor(i / 3); if (k === 1) Math.floor = x => x } return x } f(1000)", true},
		{"property", "function f(n) { const o = { a: 1, b: 2, x: 3 }; let s = 0; for (let i = 0; i < n; i++) { s += o.x; o.x = i; o.b++ } return s + JSON.stringify(o) } f(1000)", true},
		{"property of one object by two names", "function f(n, o, p) { for (let i = 0; i < n; i++) { o.x = p.x + 1; p.x += 2 } return o.x + ' ' + p.x } var q = { x: 1 }; f(1000, q, { x: 5 }) + f(1000, q, q)", true},
		{"getter", "function f(n) { const o = { get x() { return 3 } }; let s = 0; for (let i = 0; i < n; i++) s += o.x; return s } f(1000)", false},
		{"frozen", "function f(n) { const o = Object.freeze({ x: 3 }); let s = 0; for (let i = 0; i < n; i++) { o.x = i; s += o.x } return s } f(1000)", false},
		{"property becomes a getter", "function f(n) { const o = { x: 3 }; let s = 0; for (let k = 0; k < 3; k++) { for (let i = 0; i < n; i++) s += o.x; if (k) Object.defineProperty(o, 'x', { get() { return 0.5 } }) } return s } f(1000)", true},
		{"call", "function f(n) { const g = (a, b) => a + b * 2; let s = 0; for (let i = 0; i < n; i++) s += g(i, 2) + g(1, i); return s } f(1000)", true},
		{"call with branches", "function f(n) { function g(a, b) { let c = 1; if (a > b) { c = a * 1.5; return c } if (a & 1) return c; b = b + a; return b } let s = 0; for (let i = 0; i < n; i++) s += g(i, 500); return s } f(1000)", true},
		{"call of calls", "function f(n) { const h = x => x * x, g = (a, b) => h(a) - h(b); let s = 0; for (let i = 0; i < n; i++) s += g(i, 3); return s } f(1000)", true},
		{"call that returns nothing", "function f(n) { let c = 0; const g = () => { c++ }; for (let i = 0; i < n; i++) g(); return c } f(1000)", true},
		{"call with missing argument", "function f(n) { const g = (a, b) => b === undefined ? a : b; let s = 0; for (let i = 0; i < n; i++) s += g(i); return s } f(1000)", false},
		{"call that overflows", "function f(n) { let c = 9007199254740000; const g = (a) => { c += a; return c }; let s = 0; for (let i = 0; i < n; i++) s = g(i); return s + ' ' + c } f(1000)", true},
		{"effects before a place to leave", "function f(n) { let c = 0, d = 0; const g = a => { c++; d = a % 7; return d }; let s = 0; for (let i = 0; i < n; i++) s += g(i - 500); return s + ' ' + c } f(1000)", false},
		{"method", "class A { m(x) { return x * this.k } constructor() { this.k = 3 } } function f(n) { const o = new A(); let s = 0; for (let i = 0; i < n; i++) s += o.m(i); return s } f(1000)", true},
		{"method changes", "class A { m(x) { return x } } function f(n) { const o = new A(); let s = 0; for (let k = 0; k < 4; k++) { for (let i = 0; i < n; i++) s += o.m(i); if (k === 1) A.prototype.m = x => -x; if (k === 2) o.m = x => 7 } return s } f(1000)", true},
		{"function changes", "function f(n) { let g = x => x, s = 0; for (let k = 0; k < 3; k++) { for (let i = 0; i < n; i++) s += g(i); g = x => 2.5 } return s } f(1000)", true},
		{"throwing function", "function f(n) { const g = x => { if (x > 900) throw new Error('at ' + x); return x }; let s = 0; try { for (let i = 0; i < n; i++) s += g(i) } catch (e) { return e.stack } } f(1000)", false},
		{"captured by others", "function f(n) { const fs = [1, 2, 3].map(k => { let c = k; return [() => { c += k; return c }, () => c] }); let s = 0; for (const [a, b] of fs) for (let i = 0; i < n; i++) s += a(); return s + fs.map(x => x[1]()).join() } f(1000)", false},
		{"string", "function f(n) { let s = ''; for (let i = 0; i < n; i++) s += i; return s.length } f(1000)", false},
		{"number becomes string", "function f(n) { let s = 0; for (let i = 0; i < n; i++) { s += i; if (i === 900) s = 'x' + s } return s.slice(0, 20) } f(1000)", false},
	})
}

func TestRandomProgramsWithKernels(t *testing.T) {
	eagerly(t)
	for seed := range uint64(30) {
		if compareRandom(t, 5000+seed); t.Failed() {
			return
		}
	}
}

func TestKernelIsInterrupted(t *testing.T) {
	rt := goja.New()
	layout.Find(rt)
	p := goja.MustCompile("t.js", "(function () { let s = 0; for (let i = 0; i < 1e15; i++) s += i; return s })()", false)
	program.Apply(p, program.Options{}, Pass)
	time.AfterFunc(50*time.Millisecond, func() { rt.Interrupt("enough") })
	_, err := rt.RunProgram(p)
	if err == nil || !strings.Contains(err.Error(), "enough") {
		t.Error(err)
	}
}

func TestKernelInManyRuntimes(t *testing.T) {
	inManyRuntimes(t, "(function () { let s = 0; for (let i = 0; i < 100000; i++) s += i * 0.5; return s })()", "2499975000")
}

// inManyRuntimes runs one program in several runtimes at once.
func inManyRuntimes(t *testing.T, src, want string) {
	eagerly(t)
	p := goja.MustCompile("t.js", src, false)
	if _, err := layout.Find(goja.New()); err != nil {
		t.Fatal(err)
	}
	program.Apply(p, program.Options{}, Pass)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 15 {
				if v, err := goja.New().RunProgram(p); err != nil || v.String() != want {
					t.Error(v, err)
				}
			}
		})
	}
	wg.Wait()
}

// A kernel that has run for a while is entered at the first jump backwards the next time.
func TestLongKernelsAreEnteredAtOnce(t *testing.T) {
	rt := goja.New()
	layout.Find(rt)
	p := goja.MustCompile("t.js", "(function (n) { let s = 0.5; for (let i = 0; i < n; i++) s = s * 0.5 + i; return s })", false)
	program.Apply(p, program.Options{}, Pass)
	v, err := rt.RunProgram(p)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := goja.AssertFunction(v)
	for range 10 {
		f(nil, rt.ToValue(100_000))
	}
	before := Entered.Load()
	f(nil, rt.ToValue(4))
	if wasmEngine() != nil && Entered.Load() == before {
		t.Error("a loop of four turns, of which the last one had a hundred thousand, was interpreted")
	}
}
