package fast

import (
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
)

// newArray makes an array without elements, with room for some. It is nil as long as the runtime has none.
func newArray(vm *layout.VM, room int) goja.Value {
	prototype := *layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), facts.ArrayPrototype)
	if prototype == nil {
		return nil
	}
	var elements []goja.Value
	if room > 0 {
		elements = make([]goja.Value, 0, room)
	}
	return objectValue(shapes.NewArray(vm.Runtime, prototype, elements))
}

// pushItem gives an array of a literal its next element.
func pushItem(w *layout.Words, v goja.Value) bool {
	a := (*layout.ArrayObject)(layout.SelfOf((*goja.Object)(w.Data)).Data)
	if a.Length >= 1<<30 {
		return false
	}
	a.Length++
	a.Values = append(a.Values, v)
	if v != nil {
		a.ObjCount++
	}
	return true
}
