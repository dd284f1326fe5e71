package passes_test

import (
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/fast"
	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
)

// Passes that come before fast's may put something in front of what kernels are made of: they must be made nevertheless.
func TestKernelsWithAllPasses(t *testing.T) {
	for _, src := range []string{
		"function f(n) { let s = 0; for (let i = 0; i < n; i++) s += i; return s }",
		"function f(n) { const a = new Float64Array(8); for (let i = 0; i < n; i++) a[i & 7] += i; return a[3] }",
		"function f(n) { 'use strict'; const a = new Uint32Array(8); for (let i = 0; i < n; i++) a[i & 7] = i * 3; return a[3] }",
	} {
		rt := goja.New()
		passes.Install(rt, program.Options{})
		p := goja.MustCompile("", src+"f(100000)", false)
		passes.Apply(p, program.Options{})
		before := fast.Made.Load()
		if _, err := rt.RunProgram(p); err != nil {
			t.Fatal(err)
		}
		if fast.Made.Load() == before {
			t.Errorf("%s: no kernel", src)
		}
	}
}
