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

func TestKernels(t *testing.T) {
	eagerly(t)
	for _, test := range []struct {
		name, src string
		kernel    bool
	}{
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
		{"string", "function f(n) { let s = ''; for (let i = 0; i < n; i++) s += i; return s.length } f(1000)", false},
		{"number becomes string", "function f(n) { let s = 0; for (let i = 0; i < n; i++) { s += i; if (i === 900) s = 'x' + s } return s.slice(0, 20) } f(1000)", false},
	} {
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
	eagerly(t)
	p := goja.MustCompile("t.js", "(function () { let s = 0; for (let i = 0; i < 100000; i++) s += i * 0.5; return s })()", false)
	if _, err := layout.Find(goja.New()); err != nil {
		t.Fatal(err)
	}
	program.Apply(p, program.Options{}, Pass)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				if v, err := goja.New().RunProgram(p); err != nil || v.ToFloat() != 2499975000 {
					t.Error(v, err)
				}
			}
		})
	}
	wg.Wait()
}
