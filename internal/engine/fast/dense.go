package fast

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// The engine's shift, unshift and fill ask for each element of an array by its number. For arrays without holes, and arrays of nothing
// but holes, they are done here at once; what a script could see of the way is left to the engine.

// ArrayPrototype are the methods of arrays that are done here where that is quick.
func ArrayPrototype() []templates.Property {
	return []templates.Property{quick("shift", shift), quick("unshift", unshift), quick("fill", fill), quick("includes", includesZero), {Name: "sort", Make: sortFirst},
		eachFirst("map", arrayMap), eachFirst("filter", arrayFilter), eachFirst("reduce", arrayReduce)}
}

// sortFirst puts sortArray before the engine's sort, for callers that are not hot themselves; hot ones find what is wrapped.
func sortFirst(rt *goja.Runtime, was goja.Value) goja.Value {
	vm := layout.Found().VMOf(rt)
	guard.Wrap(was, func(plain func(goja.FunctionCall) goja.Value) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			if learnFacts(vm); len(call.Arguments) == 1 && !Without.Natives {
				ok := false
				bordered(vm, func() { ok = sortArray(vm, []goja.Value{call.This, nil, call.Arguments[0]}) })
				if ok {
					return call.This
				}
			}
			return plain(call)
		}
	})
	return was
}

// quick puts a function before one of the engine's that may refuse to do its work.
func quick(name string, f func(a *layout.ArrayObject, args []goja.Value) (goja.Value, bool)) templates.Property {
	return quickly(name, func(_ *goja.Runtime, call goja.FunctionCall) (goja.Value, bool) {
		if a := arrayOf(wordsOf(&call.This)); a != nil && a.PropValueCount == 0 && a.LengthProp.Writable {
			return f(a, call.Arguments)
		}
		return nil, false
	})
}

// quickly is a property that is a function of the engine's, which is asked where f refuses.
func quickly(name string, f func(*goja.Runtime, goja.FunctionCall) (goja.Value, bool)) templates.Property {
	return templates.Property{Name: name, Make: func(rt *goja.Runtime, was goja.Value) goja.Value {
		askFirst(rt, was, f)
		return was
	}}
}

// askFirst puts a function before one of the engine's.
func askFirst(rt *goja.Runtime, was goja.Value, f func(*goja.Runtime, goja.FunctionCall) (goja.Value, bool)) {
	guard.Wrap(was, func(plain func(goja.FunctionCall) goja.Value) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			learnFacts(layout.Found().VMOf(rt))
			if v, ok := f(rt, call); ok {
				return v
			}
			return plain(call)
		}
	})
}

// full tells whether an array has no holes.
func full(a *layout.ArrayObject) bool {
	return int(a.Length) == len(a.Values) && a.ObjCount == len(a.Values)
}

// shift leaves the first element's place to what comes before the array in its memory: a queue's elements are not moved.
func shift(a *layout.ArrayObject, _ []goja.Value) (goja.Value, bool) {
	if !full(a) || a.Length == 0 {
		return nil, false
	}
	v := a.Values[0]
	a.Values[0] = nil
	a.Values = a.Values[1:]
	a.Length--
	a.ObjCount--
	return v, true
}

func unshift(a *layout.ArrayObject, args []goja.Value) (goja.Value, bool) {
	n := len(args)
	if !full(a) || n == 0 || len(a.Values)+n > mostDense || !appends(a) {
		return nil, false
	}
	for _, v := range args {
		if v == nil {
			return nil, false
		}
	}
	a.Values = append(a.Values, args...)
	copy(a.Values[n:], a.Values)
	copy(a.Values, args)
	a.Length += uint32(n)
	a.ObjCount += n
	return intValue(int64(a.Length)), true
}

// includesZero looks for a zero, which the engine does not find where it is -0.
func includesZero(a *layout.ArrayObject, args []goja.Value) (goja.Value, bool) {
	if len(args) == 0 || !full(a) || len(a.Values) > mostDense {
		return nil, false
	}
	what, values := wordsOf(&args[0]), a.Values
	if f, ok := number(what); !ok || f != 0 {
		return nil, false
	}
	if len(args) > 1 {
		from := wordsOf(&args[1])
		if from.Tab != intTab {
			return nil, false
		}
		values = values[within(intOf(from), len(values)):]
	}
	_, v, r := indexIn(values, arrayIncludes, what)
	return v, r == valueResult
}

const (
	// mostDense is how many elements are moved at once.
	mostDense = 1 << 22
	// mostFilled is how long an array may be that is filled in one piece: beyond that V8 too keeps one of holes as a dictionary.
	mostFilled = 1 << 25
)

func fill(a *layout.ArrayObject, args []goja.Value) (goja.Value, bool) {
	n := int(a.Length)
	if a.ObjCount != 0 || n > mostFilled || len(args) != 1 || args[0] == nil || !a.Extensible || !noElements(a.Prototype) {
		return nil, false
	}
	if !guard.BufferRoom(float64(n * wordsSize)) {
		return nil, false
	}
	a.Values = make([]goja.Value, n)
	for i := range a.Values {
		a.Values[i] = args[0]
	}
	a.ObjCount = n
	return objectValue(a.Val), true
}
