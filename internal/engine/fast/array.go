package fast

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// arrayBlock is an ordinary array in one piece of memory, but for its elements.
type arrayBlock struct {
	object layout.Object
	array  layout.ArrayObject
	m      smallMap
	group  group
}

// newArray makes an array without elements, with room for some. It is nil as long as the runtime has none.
func newArray(vm *layout.VM, room int) goja.Value {
	prototype := *layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), facts.ArrayPrototype)
	if prototype == nil {
		return nil
	}
	b := new(arrayBlock)
	o := (*goja.Object)(unsafe.Pointer(&b.object))
	b.object = layout.Object{Self: layout.Words{Tab: arrayTab, Data: unsafe.Pointer(&b.array)}, Runtime: vm.Runtime}
	a := &b.array
	a.Class, a.Val, a.Prototype, a.Extensible = "Array", o, prototype, true
	a.LengthProp.Writable = true
	a.PropNames = onlyLength.names[:1:2]
	b.group = group{control: onlyLength.control}
	b.group.slots[0] = slot{onlyLength.names[0], layout.Words{Tab: propertyTab, Data: unsafe.Pointer(&a.LengthProp)}.Value()}
	b.m = smallMap{used: 1, seed: shapeSeed, group: &b.group}
	*(**smallMap)(unsafe.Pointer(&a.BaseObject.Values)) = &b.m
	if room > 0 {
		a.Values = make([]goja.Value, 0, room)
	}
	return objectValue(o)
}

// onlyLength is the shape of an array. It is nil where noNames is.
var onlyLength *shape

// lengthName is the name that an array has.
const lengthName unistring.String = "length"

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
