package fast

import (
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

func BenchmarkLoops(b *testing.B) {
	for _, bench := range []struct{ name, src string }{
		{"loop", "(function (n) { for (let i = 0; i < n; i++) {} })"},
		{"sum", "(function (n) { let s = 0; for (let i = 0; i < n; i++) s += i; return s })"},
		{"float", "(function (n) { let x = 1.5; for (let i = 0; i < n; i++) x = x * 1.0001 + 0.5; return x })"},
		{"get", "(function (n) { const o = { a: 1, b: 2, x: 3 }; let s = 0; for (let i = 0; i < n; i++) s += o.x; return s })"},
		{"call", "(function (n) { const f = (a, b) => a; let s = 0; for (let i = 0; i < n; i++) s += f(i, 2); return s; })"},
	} {
		for _, mode := range []string{"engine", "fast"} {
			b.Run(bench.name+"/"+mode, func(b *testing.B) {
				rt := goja.New()
				layout.Find(rt)
				p := goja.MustCompile("t.js", bench.src, false)
				if mode == "fast" {
					program.Apply(p, program.Options{}, Pass)
				}
				v, err := rt.RunProgram(p)
				if err != nil {
					b.Fatal(err)
				}
				f, _ := goja.AssertFunction(v)
				if _, err := f(nil, rt.ToValue(b.N)); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
