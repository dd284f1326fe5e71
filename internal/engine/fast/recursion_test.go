package fast

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

func TestRecursiveKernels(t *testing.T) {
	eagerly(t)
	checkKernels(t, []kernelCase{
		{"fib", "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } fib(15) + ' ' + fib(7.5)", true},
		{"beyond 2^53", "function fact(n) { return n < 2 ? 1 : n * fact(n - 1) } fact(5) + ' ' + fact(30) + ' ' + fact(9)", true},
		{"negative zero", "function f(n) { return n === 0 ? -0 : f(n - 1) * -1 } var s = ''; for (let i = 0; i < 40; i++) s += Object.is(f(i % 8), -0); s", true},
		{"closure", "(() => { const ack = (m, n) => m === 0 ? n + 1 : n === 0 ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1)); return ack(2, 20) })()", true},
		{"method of nothing", "const o = { f(n) { return n < 1 ? 0 : this.f(n - 1) + n } }; o.f(50) + o.f(60)", false},
		{"mutual", "function even(n) { return n === 0 ? true : odd(n - 1) } function odd(n) { return n === 0 ? false : even(n - 1) } var c = 0; for (let i = 0; i < 50; i++) if (even(i)) c += i; c", true},
		{"loops inside", "function f(n) { let s = 1; for (let i = 0; i < n; i++) { if (i % 3 === 2) continue; let k = i; while (k > 2) { k--; s++ } s += f(i) } return s } f(10) + f(12)", true},
		{"constants outside", "const M = 1000003; let k = 3; function pw(b, e) { if (e === 0) return 1; const h = pw(b, e >> 1); return e & 1 ? h * h % M * b % M * k : h * h % M } var s = 0; for (let i = 0; i < 60; i++) { s += pw(i, i); if (i === 30) k = 5; if (i === 45) k = 0.5; if (i === 50) k = 'x' } s", true},
		{"function changes", "function f(n) { return n < 1 ? 1 : f(n - 1) + 1 } var g = f, s = 0; for (let i = 0; i < 60; i++) { s += g(i); if (i === 40) f = n => 2 } s", true},
		{"floor changes", "function f(n) { return n < 1 ? 1 : f(Math.floor(n / 2)) + 1 } var s = 0; for (let i = 0; i < 60; i++) { s += f(i); if (i === 40) Math.floor = x => x - 3 } s", true},
		{"throws", "function f(n) { if (n < 0) throw new Error('below ' + n); return n === 0 ? 0 : f(n - 1) + n } var s = 0; try { for (let i = 0; i < 40; i++) s += f(i); f(2.5) } catch (e) { s += e.stack } s", true},
		{"strings appear", "function f(n) { return n < 1 ? 'x' : f(n - 1) + n } f(20) + f(30)", true},
		{"arguments are missing", "function f(n, k) { return n < 1 ? k === undefined ? 7 : k : f(n - 1) + 1 } f(20) + ' ' + f(30, 5)", false},
		{"too many arguments", "function f(n) { return n < 1 ? 0 : f(n - 1, 5, 6.5) + 1 } f(20) + ' ' + f(30, 'y')", true},
		{"counts outside", "var c = 0; function f(n) { c++; return n < 1 ? 0 : f(n - 1) + 1 } f(20) + ' ' + f(30) + ' ' + c", false},
		{"truth", "function f(n) { return n > 0 && f(n - 1) || n < -3 } f(20) + ' ' + f(30)", true},
		{"as a constructor", "function f(n) { return n < 1 ? 0 : f(n - 1) + 1 } f(30) + typeof new f(20)", true},
		{"as a callback", "function f(n) { return n < 1 ? 0 : f(n - 1) + 1 } [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(f).join()", true},
		{"remainders", "function f(a, b) { return b === 0 ? a : f(b, a % b) } var s = ''; for (let i = -20; i < 60; i++) s += f(i * 77, 36) + ' ' + f(i / 2, 3) + ' '; s", true},
		{"two scopes", "const mk = k => function f(n) { return n < 1 ? k : g(n - 1) + 1; function g(m) { return f(m) } }; mk(3)(20) + mk(4.5)(30)", false},
		{"many closures", "const mk = k => { const f = n => n < 1 ? k : f(n - 1) + 1; return f }; var s = 0; for (let i = 0; i < 30; i++) s += mk(i % 2)(20); s", true},
	})
}

// recursive writes a program of functions that call themselves and one another.
func (g *generator) recursive() string {
	b := &g.b
	b.WriteString(logging + `function show(v) { return typeof v + ' ' + (Object.is(v, -0) ? '-0' : String(v)).slice(0, 60); }
var K = 3, T = 0.5, count = 0;
`)
	number := func() string {
		s := strings.NewReplacer("o.p", "K", "o.q", "T", "k.p", "T", "ta[", "[1, 2][", "tb[", "[3][", "arr[", "[5, 6.5][", "ta.length", "K", "tb.length", "T", "arr.length", "n", "str.charCodeAt", "Number", "str.length", "n", "cap", "T", "i", "n")
		e := g.number(true)
		for _, math := range []string{"floor", "ceil", "round", "trunc", "abs", "sqrt", "imul", "max", "min"} {
			e = strings.ReplaceAll(e, "Math."+math, "Math."+strings.ToUpper(math))
		}
		e = s.Replace(e)
		for _, math := range []string{"floor", "ceil", "round", "trunc", "abs", "sqrt", "imul", "max", "min"} {
			e = strings.ReplaceAll(e, "Math."+strings.ToUpper(math), "Math."+math)
		}
		return e
	}
	kind := func() string { return fmt.Sprintf("r%d", g.IntN(3)) }
	call := func() string {
		return fmt.Sprintf("%s(n - %s, %s, %s)", kind(), g.pick("1", "1", "2", "1.5"), g.pick("x", "x + 1", "y", number()), g.pick("y", "x", "K", "n"))
	}
	for i := range 3 {
		fmt.Fprintf(b, "function r%d(n, x, y) { let z = %s;\n", i, g.pick("0", "x", "1.5", "n"))
		fmt.Fprintf(b, "  if (%s) return %s;\n", g.pick("n <= 0", "n <= 0", "n < 1 || x > 1e6"), g.pick("x", "y", "1", "0.5", "-0", "n", number(), "x > y"))
		for range g.IntN(3) {
			switch g.IntN(8) {
			case 0:
				fmt.Fprintf(b, "  for (let j = 0; j < %d; j++) { %s }\n", 1+g.IntN(3), g.pick("z += j", "if (j === 1) continue; z += x", "z += "+call(), "const q = j * 2; z -= q; if (z < -9) break"))
			case 1:
				fmt.Fprintf(b, "  if (%s > 5) z = %s; else z += %s;\n", number(), number(), g.pick("1", call()))
			case 2:
				fmt.Fprintf(b, "  if (%s) throw new Error('thrown ' + n);\n", g.pick("x === 77", "n === 3 && x === 5", "x !== x"))
			case 3:
				b.WriteString("  " + g.pick("count++", "K = n & 3", "log(n)", "var u", "x = y", "n = n - 1", "var u = x; y = u") + ";\n")
			default:
				fmt.Fprintf(b, "  %s %s %s;\n", g.pick("z", "x", "y"), g.pick("=", "+=", "-=", "*="), number())
			}
		}
		b.WriteString("  if (!(z < 1e15 && z > -1e15)) z = 1; if (!(x < 1e15 && x > -1e15)) x = 2; if (!(y < 1e15 && y > -1e15)) y = 3;\n")
		fmt.Fprintf(b, "  return %s;\n}\n", g.pick(call(), call()+" + 1", "z + "+call(), call()+" * 0.5 + "+call(), "n > 2 ? "+call()+" : z", call()+" > "+number(), "n & 1 ? "+call()+" : "+call()))
	}
	b.WriteString("for (var r = 0; r < 8; r++) { try {\n  for (var n = 0; n < 5; n++) { log(r0(n, r, 1)); log(r1(n, 0.5, r)); log(r2(n, -r, n)) }\n")
	fmt.Fprintf(b, "  log(r0(3, %s, 2)); log(r1(4, r));\n", g.pick("'x'", "1e15", "-0", "77", "null", "2 ** 52"))
	fmt.Fprintf(b, "  if (r === 4) { %s }\n", g.pick("Math.floor = Math.ceil", "K = 7", "K = 1.5", "T = 'x'", "r0 = r1", "r2 = x => x", "T = undefined", "r1 = Math.abs"))
	b.WriteString("} catch (e) { log(e && e.stack ? String(e.stack) : e) } }\nlog(count); out")
	return b.String()
}

func TestRecursiveKernelIsInterrupted(t *testing.T) {
	rt := goja.New()
	layout.Find(rt)
	p := goja.MustCompile("t.js", "(function () { function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } f(25); return f(90) })()", false)
	program.Apply(p, program.Options{}, Pass)
	time.AfterFunc(200*time.Millisecond, func() { rt.Interrupt("enough") })
	_, err := rt.RunProgram(p)
	if err == nil || !strings.Contains(err.Error(), "enough") {
		t.Error(err)
	}
}
