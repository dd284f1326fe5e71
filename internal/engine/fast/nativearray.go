package fast

import (
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
)

// mostCopied is how many elements are copied or looked through here: more are where interrupts are seen and memory is counted.
const mostCopied = 1 << 14

// arrayCall calls a method of an array without holes and accessors.
func arrayCall(nums *numbers, fn native, this *goja.Value, args []goja.Value) (i int64, v goja.Value, r result) {
	a := denseArray(wordsOf(this))
	if a == nil || !full(a) || a.PropValueCount != 0 || len(a.Values) > mostCopied {
		return 0, nil, noResult
	}
	switch fn {
	case arraySlice:
		v = sliceOf(a, args)
	case arrayConcat:
		v = concatOf(nums, a, args)
	default:
		if len(args) != 1 {
			return 0, nil, noResult
		}
		return indexIn(a.Values, fn, wordsOf(&args[0]))
	}
	if v == nil {
		return 0, nil, noResult
	}
	return 0, v, valueResult
}

func sliceOf(a *layout.ArrayObject, args []goja.Value) goja.Value {
	from, to := int64(0), int64(len(a.Values))
	for i, at := range [...]*int64{&from, &to} {
		if i < len(args) {
			switch w := wordsOf(&args[i]); w.Tab {
			case intTab:
				*at = within(intOf(w), len(a.Values))
			case undefinedTab:
			default:
				return nil
			}
		}
	}
	rt := runtimeOfObject(a.Val)
	if !copiesPlainly(rt, a) {
		return nil
	}
	values := make([]goja.Value, max(to-from, 0))
	if len(values) > 0 {
		copy(values, a.Values[from:])
	}
	return objectValue(shapes.NewArray(rt, a.Prototype, values))
}

func concatOf(nums *numbers, a *layout.ArrayObject, args []goja.Value) goja.Value {
	rt := runtimeOfObject(a.Val)
	if !copiesPlainly(rt, a) || mayHave(a.Prototype, goja.SymIsConcatSpreadable) {
		return nil
	}
	n := len(a.Values)
	for i := range args {
		w := wordsOf(&args[i])
		if w.Tab != objectTab {
			n++
			continue
		}
		b := denseArray(w)
		if b == nil || !full(b) || b.PropValueCount != 0 || b.SymValues != nil || b.Prototype != a.Prototype {
			return nil
		}
		n += len(b.Values)
	}
	if n > mostCopied {
		return nil
	}
	values := append(make([]goja.Value, 0, n), a.Values...)
	for i := range args {
		if b := denseArray(wordsOf(&args[i])); b != nil {
			values = append(values, b.Values...)
		} else {
			values = append(values, nums.boxed(args[i]))
		}
	}
	return objectValue(shapes.NewArray(rt, a.Prototype, values))
}

func indexIn(values []goja.Value, fn native, what *layout.Words) (i int64, v goja.Value, r result) {
	if f, ok := number(what); fn == arrayIncludes && ok && f != f {
		return 0, nil, noResult
	}
	at := -1
	for i := range values {
		equal, ok := same(wordsOf(&values[i]), what)
		if !ok {
			return 0, nil, noResult
		}
		if equal {
			at = i
			break
		}
	}
	if fn == arrayIncludes {
		return 0, boolValue(at >= 0), valueResult
	}
	return int64(at), nil, intResult
}

func runtimeOfObject(o *goja.Object) *goja.Runtime {
	return (*layout.Object)(unsafe.Pointer(o)).Runtime
}

// copiesPlainly tells whether what is made of an array is an array of the language's own class, and nobody is asked about that.
func copiesPlainly(rt *goja.Runtime, a *layout.ArrayObject) bool {
	class := *layout.At[*goja.Object](unsafe.Pointer(rt), facts.ArrayClass)
	if class == nil || !shaped || len(a.PropNames) > 1 || a.SymValues != nil || a.Prototype == nil || a.Prototype != *layout.At[*goja.Object](unsafe.Pointer(rt), facts.ArrayPrototype) {
		return false
	}
	c := layout.BaseOf(a.Prototype).Values["constructor"]
	if c == nil { // it is made when it is first asked for
		a.Prototype.Get("constructor")
		c = layout.BaseOf(a.Prototype).Values["constructor"]
	}
	if c == nil {
		return false
	}
	if c, _ = data(c); c == nil || wordsOf(&c).Tab != objectTab || (*goja.Object)(wordsOf(&c).Data) != class {
		return false
	}
	symbols := (*layout.OrderedMap)(layout.BaseOf(class).SymValues)
	if symbols == nil {
		return false
	}
	species := valueIn(symbols, goja.SymSpecies)
	return species != nil && readBy(species, returnThis)
}

// mayHave tells whether an object, or what it inherits from, has a property under a symbol, or might say so when it is asked.
func mayHave(o *goja.Object, symbol *goja.Symbol) bool {
	for ; o != nil; o = layout.BaseOf(o).Prototype {
		self := layout.SelfOf(o)
		if self.Tab != baseTab && !kindOf(self).mapped() {
			return true
		}
		if symbols := (*layout.OrderedMap)((*layout.BaseObject)(self.Data).SymValues); symbols != nil && hasEntry(symbols, symbol) {
			return true
		}
	}
	return false
}
