package guard_test

import (
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// BenchmarkCall compares calls of scripts' functions, by the engine alone and with the guard in front of each.
func BenchmarkCall(b *testing.B) {
	for _, bench := range []struct {
		name   string
		passes []program.Pass
	}{{"plain", nil}, {"guarded", []program.Pass{guard.Calls}}} {
		b.Run(bench.name, func(b *testing.B) {
			rt := goja.New()
			if _, err := layout.Find(rt); err != nil {
				b.Fatal(err)
			}
			p := goja.MustCompile("bench.js", "(function (n) { const f = (a, b) => a; for (let i = 0; i < n; i++) f(i, i) })", false)
			if bench.passes != nil {
				program.Apply(p, program.Options{}, bench.passes...)
			}
			v, err := rt.RunProgram(p)
			if err != nil {
				b.Fatal(err)
			}
			loop, _ := goja.AssertFunction(v)
			b.ResetTimer()
			if _, err := loop(goja.Undefined(), rt.ToValue(b.N)); err != nil {
				b.Fatal(err)
			}
		})
	}
}
