package engine

import (
	"context"
	"testing"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
)

// testEngine is an engine whose host has nothing to give.
func testEngine(t *testing.T) *Engine {
	t.Helper()
	e, err := New(Config{MaxCallDepth: 10000, StackTraceLimit: 10, Hooks: Hooks{
		Post:      func(f func()) { t.Error("posted") },
		Require:   func(name string) *goja.Object { t.Fatalf("%s is required", name); return nil },
		Context:   context.Background,
		TimeZone:  func() string { return "" },
		Locate:    func(_ string, line, column int) (int, int) { return line, column },
		Frames:    func(_ *Trace, sites []Site) []Site { return sites },
		Module:    func(string, string) (*ast.Program, map[int]string) { return nil, nil },
		Namespace: func(*goja.Object) bool { return false },
		Awaiter:   func(*goja.Object) *goja.Object { return nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTrimStack(t *testing.T) {
	e := testEngine(t)
	e.OnBase(func() {
		e.vm.RunString(`(function deep(n) { return n ? 1 + deep(n - 1) : 0 })(5000)`)
		before := cap(e.machine().Stack)
		e.TrimStack()
		if after := cap(e.machine().Stack); before < 5000 || after > 1024 {
			t.Errorf("stack of %d values, after trimming %d", before, after)
		}
		if v, err := e.vm.RunString(`[1, 2, 3].map((x) => x * 2).join()`); err != nil || v.String() != "2,4,6" {
			t.Errorf("got %v, %v", v, err)
		}
	})
}
