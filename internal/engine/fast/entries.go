package fast

import (
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// Maps and Sets are the engine's: what is left out here is its way into a function.

//go:linkname valueIn github.com/dop251/goja.(*orderedMap).get
func valueIn(m *layout.OrderedMap, key goja.Value) goja.Value

//go:linkname hasEntry github.com/dop251/goja.(*orderedMap).has
func hasEntry(m *layout.OrderedMap, key goja.Value) bool

//go:linkname setEntry github.com/dop251/goja.(*orderedMap).set
func setEntry(m *layout.OrderedMap, key, value goja.Value)

// callEntries calls a method of a Map or a Set, nil if the receiver is none. frame is as in callNative.
func callEntries(nums *numbers, fn native, frame []goja.Value) goja.Value {
	this := wordsOf(&frame[0])
	if this.Tab != objectTab || len(frame) < 3 || frame[2] == nil {
		return nil
	}
	self := layout.SelfOf((*goja.Object)(this.Data))
	class := kindOf(self).entries
	if (class == setHas) != (fn == setHas || fn == setAdd) || class == unknownNative {
		return nil
	}
	m := (*layout.MapObject)(self.Data).M // a Set has the same
	switch fn {
	case mapGet:
		if v := valueIn(m, frame[2]); v != nil {
			return v
		}
		return undefined
	case mapHas, setHas:
		return boolValue(hasEntry(m, frame[2]))
	}
	value := undefined
	if fn == setAdd {
		value = nil
	} else if len(frame) > 3 {
		value = nums.boxed(frame[3])
	}
	setEntry(m, nums.boxed(frame[2]), value)
	return frame[0]
}

// The mirrors of Map and Set are alike.
var _ = [unsafe.Offsetof(layout.MapObject{}.M) - unsafe.Offsetof(layout.SetObject{}.M)]struct{}{}
