package runtime

import (
	"io"
	"maps"
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine/heap"
)

// HeapSnapshot writes what the runtime's scripts hold, as Chrome's developer tools read it. What only Go code holds, as the callbacks of
// timers, is not found. It runs no script. Loop goroutine only.
func (rt *Runtime) HeapSnapshot(w io.Writer) error { return rt.heap().Write(w) }

// Inheriting finds the objects that scripts hold and that have proto in their chain of prototypes, as HeapSnapshot finds them. Loop goroutine
// only.
func (rt *Runtime) Inheriting(proto *goja.Object) []*goja.Object { return rt.heap().Inheriting(proto) }

func (rt *Runtime) heap() *heap.Graph {
	var roots []heap.Root
	for _, name := range slices.Sorted(maps.Keys(rt.builtins)) {
		if m := rt.builtins[name].module; m != nil {
			roots = append(roots, heap.Root{Name: "node:" + name, Value: m})
		}
	}
	if rt.cjs.cache != nil {
		roots = append(roots, heap.Root{Name: "require.cache", Value: rt.cjs.cache})
	}
	if rt.main != nil {
		roots = append(roots, heap.Root{Name: "main", Value: rt.main})
	}
	return heap.Walk(rt.vm, roots)
}
