package regexps_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"gonode/internal/engine"
	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
)

func newEngine(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.New(engine.Config{MaxCallDepth: 1000, StackTraceLimit: 10, Hooks: engine.Hooks{
		Post:      func(func()) {},
		Require:   func(string) *goja.Object { return nil },
		Context:   context.Background,
		TimeZone:  func() string { return "" },
		Locate:    func(_ string, line, column int) (int, int) { return line, column },
		Frames:    func(_ *engine.Trace, sites []engine.Site) []engine.Site { return sites },
		Module:    func(string, string) (*ast.Program, map[int]string) { return nil, nil },
		Namespace: func(*goja.Object) bool { return false },
		Awaiter:   func(*goja.Object) *goja.Object { return nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func run(e *engine.Engine, src string) string {
	p, err := goja.Compile("test.js", src, false)
	if err != nil {
		return err.Error()
	}
	passes.Apply(p, program.Options{})
	v, err := e.VM().RunProgram(p)
	if err != nil {
		return err.Error()
	}
	return v.String()
}

const everything = `(() => { const out = [];
const sources = ['a', 'b|', '(a)|(b)', '(?<x>b)(?<y>c)?', '', 'x*', '\\b', '[^b]', '(?=b)', '(?:)', '.', '$', '^', 'é', '(.)\\1', '\\ud83d', '\\u{1f44d}'];
const texts = ['', 'a', 'abcabc', 'aab', 'xéb', '👍a👍', 'bb\nbb'];
const templates = ['', '-', '$&$&', "[$1|$2|$01|$10|$<x>|$$|$\x60|$']", '$<y>$<', (...a) => JSON.stringify(a)];
for (const source of sources) for (const flags of ['', 'g', 'y', 'gy', 'i', 'gu', 'm', 's', 'du']) {
  let re; try { re = new RegExp(source, flags); } catch (e) { out.push(e.message); continue; }
  for (const text of texts) {
    const log = (v) => out.push(JSON.stringify(v) + '@' + re.lastIndex + ' ' + RegExp['$&'] + RegExp.$1);
    for (const at of [0, 1, 5]) { re.lastIndex = at; log(re.exec(text)); re.lastIndex = at; log(re.test(text)); re.lastIndex = at; log(text.match(re)); re.lastIndex = at; log(text.search(re)); }
    for (const t of templates) for (const at of [0, 2]) { re.lastIndex = at; log(text.replace(re, t)); }
    if (flags.includes('g')) { re.lastIndex = 1; log([...text.matchAll(re)]); log(text.replaceAll(re, '<$&>')); }
    for (const limit of [undefined, 0, 2, -1]) { re.lastIndex = 3; log(text.split(re, limit)); }
  }
}
return out.join('\n') })()`

// The direct way and the specification's steps come to the same.
func TestWays(t *testing.T) {
	direct := run(newEngine(t), everything)
	e := newEngine(t)
	run(e, `const exec = RegExp.prototype.exec; RegExp.prototype.exec = function (s) { return exec.call(this, s) }`)
	steps := run(e, everything)
	if len(direct) < 100_000 {
		t.Fatal(direct)
	}
	for i := range min(len(direct), len(steps)) {
		if direct[i] != steps[i] {
			t.Fatalf("direct: …%s\nsteps: …%s", direct[max(0, i-300):i+50], steps[max(0, i-300):i+50])
		}
	}
	if len(direct) != len(steps) {
		t.Errorf("%d and %d bytes", len(direct), len(steps))
	}
}

// What a script changes is seen.
func TestChanges(t *testing.T) {
	for change, want := range map[string]string{
		"":                                   "x a 1 1",
		"RegExp.prototype.exec = () => null": "a undefined 0 1",
		"RegExp.prototype[Symbol.replace] = () => 5":                               "5 a 1 1",
		"re.exec = () => null":                                                     "a undefined 0 1",
		"re[Symbol.replace] = () => 6":                                             "6 a 1 1",
		"Object.getPrototypeOf(re).exec = () => ({ index: 0, 0: 'a', length: 1 })": "x undefined 0 1",
		"Object.setPrototypeOf(re, { exec: () => null, get flags() { return '' }, __proto__: RegExp.prototype })": "a undefined 0 1",
		"String.prototype.replace = () => 8": "8 a 1 1",
	} {
		got := run(newEngine(t), `const re = /(a)/; `+change+`; let n = 0, first = 'a'.replace(re, 'x'), m = 'a'.match(re); [first, m ? m[1] : undefined, Number(!!(m && m[1])), 1].map(String).join(' ')`)
		if got != want {
			t.Errorf("%s: %s, want %s", change, got, want)
		}
	}
}

// A search that would not end can be ended, and where there are no back references it ends by itself.
func TestLongSearches(t *testing.T) {
	e := newEngine(t)
	if got := run(e, `/^(a+)+$/.test('a'.repeat(3000) + 'b') + ' ' + /(x+x+)+y/.test('x'.repeat(1000))`); got != "false false" {
		t.Error(got)
	}
	time.AfterFunc(50*time.Millisecond, func() { e.VM().Interrupt("enough") })
	if got := run(e, `/^((a+)+)\1\1$/.test('a'.repeat(3000) + 'b')`); got != "enough at test.js:1:25(3)" && fmt.Sprint(got)[:6] != "enough" {
		t.Error(got)
	}
}

func BenchmarkExec(b *testing.B) {
	e := newEngine(b)
	run(e, `var re = /(w)or/, s = 'hello world'; function f(n) { let k = 0; for (let i = 0; i < n; i++) k += re.exec(s).index; return k } f(100)`)
	f, _ := goja.AssertFunction(e.VM().Get("f"))
	b.ReportAllocs()
	b.ResetTimer()
	f(goja.Undefined(), e.VM().ToValue(b.N))
}
