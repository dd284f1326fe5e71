package guard

import (
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// longName is from how many bytes on the name of a bound function is built in place.
const longName = 64

// guardBind is for bind. The name of a function that is bound again and again is built in one block of memory, from its end, and calls
// through many bindings, which are Go code alone, look at the stack and for an interruption.
func guardBind(rt *goja.Runtime, plain native) native {
	facts := layout.Found()
	var block []byte // the newest name is its end
	var start int
	return func(call goja.FunctionCall) goja.Value {
		target, ok := call.This.(*goja.Object)
		if !ok {
			return plain(call)
		}
		named := nameOf(facts, target)
		if named == nil || len(*(*string)(layout.WordsOf(named.Value).Data)) < longName {
			v := plain(call)
			watchBound(rt, v)
			return v
		}
		name := named.Value
		named.Value = rt.ToValue("")
		v := plain(call)
		named.Value = name
		watchBound(rt, v)

		const prefix = "bound "
		old := *(*string)(layout.WordsOf(name).Data)
		if len(old)+len(prefix) > MaxString {
			RangeError(rt, "Invalid string length")
		}
		if start < len(prefix) || unsafe.StringData(old) != &block[start] {
			block = make([]byte, 2*len(old)+len(prefix))
			start = len(block) - len(old)
			copy(block[start:], old)
		}
		start -= len(prefix)
		copy(block[start:], prefix)
		text := unsafe.String(&block[start], len(block)-start)
		nameOf(facts, v.(*goja.Object)).Value = layout.Words{Tab: facts.ASCII, Data: unsafe.Pointer(&text)}.Value()
		return v
	}
}

// nameOf is the name of a bound function, if that and its length are nothing special.
func nameOf(facts *layout.Facts, o *goja.Object) *layout.ValueProperty {
	if !isBound(o) {
		return nil
	}
	values := layout.BaseOf(o).Values
	length, plainLength := layout.PropertyOf(values["length"])
	name, plainName := layout.PropertyOf(values["name"])
	if !plainLength || length.Accessor || !plainName || name.Accessor {
		return nil
	}
	if layout.WordsOf(name.Value).Tab != facts.ASCII {
		return nil
	}
	return name
}

func isBound(o *goja.Object) bool { return layout.SelfType(o).String() == "*goja.boundFuncObject" }

func watchBound(rt *goja.Runtime, v goja.Value) {
	o := v.(*goja.Object)
	f := (*layout.NativeFuncObject)(layout.SelfOf(o).Data)
	call, construct := f.F, f.Construct
	f.F = func(c goja.FunctionCall) goja.Value {
		Stack(rt)
		Poll(rt)
		return call(c)
	}
	if construct != nil {
		f.Construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
			Stack(rt)
			Poll(rt)
			return construct(args, newTarget)
		}
	}
}
