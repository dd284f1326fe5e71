package guard

import (
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// The engine's methods of arrays go over all indexes in Go, and see no interruption on the way. What is long is therefore shown to them
// through a proxy without traps, whose handler's methods look for one (proxy.go). Arrays without holes, which the engine has fast ways for,
// are left to it unless they are so long that these take their time.

const (
	// longWay is how many elements a method may go over by itself.
	longWay = 1 << 14
	// longArray is the same for arrays without holes and methods that only copy or compare.
	longArray = 1 << 22
	// maxCopy is the length of an array that can be copied as a whole: V8's limit of an array without holes.
	maxCopy = 1 << 27
)

// arrayMethods are the methods of Array.prototype that go over all indexes. A callback that is Go code is called with each element.
var arrayMethods = [...]struct {
	name     string
	callback bool
	dense    int // how long an array without holes may be
	copies   bool
}{
	{"every", true, longWay, false}, {"some", true, longWay, false}, {"forEach", true, longWay, false}, {"map", true, longWay, false},
	{"filter", true, longWay, false}, {"find", true, longWay, false}, {"findIndex", true, longWay, false}, {"findLast", true, longWay, false},
	{"findLastIndex", true, longWay, false}, {"reduce", true, longWay, false}, {"reduceRight", true, longWay, false},
	{"flatMap", true, longWay, false}, {"flat", false, 1 << 17, false}, {"join", false, 1 << 17, false},
	{"toLocaleString", false, longWay, false}, {"concat", false, 1 << 18, false}, {"includes", false, longArray, false},
	{"indexOf", false, longArray, false}, {"lastIndexOf", false, longArray, false}, {"fill", false, longArray, false},
	{"reverse", false, longArray, false}, {"slice", false, 1 << 25, false}, {"copyWithin", false, 1 << 26, false}, {"shift", false, 1 << 26, false},
	{"unshift", false, 1 << 26, false}, {"splice", false, 1 << 25, false}, {"toReversed", false, longArray, true},
	{"toSpliced", false, 1 << 25, true}, {"with", false, longArray, true},
}

func arrayProperties() (list []templates.Property) {
	for _, m := range arrayMethods {
		list = append(list, wrap(m.name, func(rt *goja.Runtime, plain native) native {
			facts := layout.Found()
			concat := m.name == "concat"
			return func(call goja.FunctionCall) goja.Value {
				o, ok := call.This.(*goja.Object)
				if !ok {
					if s, isText := call.This.(goja.String); !isText || s.Length() <= longWay {
						return plain(call)
					}
					o = call.This.ToObject(rt)
				}
				var script bool // the callback looks for interruptions by itself
				if m.callback {
					if f, ok := call.Argument(0).(*goja.Object); ok {
						if script = isScript(facts, f); layout.SelfOf(o).Tab == facts.Array {
							refuseUncallable(rt, f)
						}
					}
				}
				n, holes := extent(facts, o)
				if m.copies && n > maxCopy && n < 1<<32 { // the engine itself refuses more
					RangeError(rt, "Invalid array length")
				}
				if concat {
					call.Arguments = viewLong(facts, rt, call.Arguments, m.dense)
				}
				if m.callback && !script && holes && n <= longWay { // goja's find and its like give a hole as nothing at all
					call.Arguments = pollCallback(rt, call.Arguments, nil, nil)
				}
				switch {
				case n >= 0 && (n <= longWay || !holes && (script || n <= float64(m.dense))):
					return plain(call)
				case m.callback && !script && !holes && n >= 0:
					call.Arguments = pollCallback(rt, call.Arguments, nil, nil)
					return plain(call)
				}
				v := view(facts, rt, o)
				if m.callback {
					call.Arguments = pollCallback(rt, call.Arguments, v, o)
				}
				call.This = v
				if result := plain(call); result != v {
					return result
				}
				return o
			}
		}))
	}
	return append(list, wrap("sort", guardSort), wrap("toSorted", guardToSorted))
}

// isScript tells the functions of scripts, and all else that runs one: a function of Go's without a class stands for one (package fast).
func isScript(facts *layout.Facts, f *goja.Object) bool {
	// One whose changes are watched has another table.
	if self := layout.SelfOf(f); self.Tab == facts.NativeFunc || layout.SelfType(f).String() == "*goja.nativeFuncObject" {
		return (*layout.NativeFuncObject)(self.Data).Class == ""
	}
	if isBound(f) {
		return false
	}
	return layout.TemplateOf(f) == nil
}

// refuseUncallable throws for an object that is no function. For its message the engine would ask the object's toString.
func refuseUncallable(rt *goja.Runtime, f *goja.Object) {
	switch layout.ClassOf(layout.SelfOf(f)) {
	case layout.ClassFunc, layout.ClassMethod, layout.ClassArrow:
		return
	}
	if _, ok := goja.AssertFunction(f); !ok {
		panic(rt.NewTypeError("Value is not callable: "))
	}
}

// pollCallback has a callback of Go code look for interruptions, and see o in place of its view.
func pollCallback(rt *goja.Runtime, args []goja.Value, view, o *goja.Object) []goja.Value {
	if len(args) == 0 {
		return args
	}
	f, ok := goja.AssertFunction(args[0])
	if !ok {
		return args
	}
	args = append([]goja.Value(nil), args...)
	args[0] = rt.ToValue(func(call goja.FunctionCall) goja.Value {
		Poll(rt)
		for i, v := range call.Arguments {
			if v == nil {
				call.Arguments[i] = goja.Undefined()
			} else if view != nil && v == view {
				call.Arguments[i] = o
			}
		}
		v, err := f(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return v
	})
	return args
}

// viewLong puts views in place of the long arrays of a list.
func viewLong(facts *layout.Facts, rt *goja.Runtime, args []goja.Value, dense int) []goja.Value {
	copied := false
	for i, v := range args {
		if o, ok := v.(*goja.Object); ok {
			if n, holes := extent(facts, o); n > float64(dense) || holes && n > longWay {
				if !copied {
					args, copied = append([]goja.Value(nil), args...), true
				}
				args[i] = view(facts, rt, o)
			}
		}
	}
	return args
}

var argumentsTab atomic.Pointer[byte]

func isArguments(o *goja.Object) bool {
	self := layout.SelfOf(o)
	known := unsafe.Pointer(argumentsTab.Load())
	if known == nil && layout.SelfType(o).String() == "*goja.argumentsObject" {
		argumentsTab.Store((*byte)(self.Tab))
		return true
	}
	return known == self.Tab
}

// extent is the length of an array-like as far as that can be told without running anything, -1 where it cannot, and whether there may be
// holes in it.
func extent(facts *layout.Facts, o *goja.Object) (n float64, holes bool) {
	self := layout.SelfOf(o)
	switch self.Tab {
	case facts.Array:
		a := (*layout.ArrayObject)(self.Data)
		return float64(a.Length), int(a.Length) != len(a.Values) || a.ObjCount != len(a.Values) || a.PropValueCount != 0
	case facts.Base:
		for b := (*layout.BaseObject)(self.Data); ; b = layout.BaseOf(b.Prototype) {
			if v := b.Values["length"]; v != nil {
				switch layout.WordsOf(v).Tab {
				case facts.Int, facts.Float:
					return v.ToFloat(), true
				}
				return -1, true
			}
			if b.Prototype == nil {
				return 0, true
			}
			if layout.SelfOf(b.Prototype).Tab != facts.Base {
				if layout.TemplateOf(b.Prototype) != nil && b.Prototype.Prototype() == nil {
					return 0, true // Object.prototype
				}
				return -1, true
			}
		}
	case facts.Proxy:
		return 0, true // its handler looks by itself
	}
	if isArguments(o) {
		if n := layout.Held((*layout.BaseObject)(self.Data).Values["length"]); n != nil && goja.IsNumber(n) {
			return n.ToFloat(), true
		}
		return -1, true
	}
	if a := typedArray(o); a != nil {
		return float64(a.Length), true
	}
	return -1, true
}

// view is a proxy of an object through which the engine's methods see interruptions.
func view(facts *layout.Facts, rt *goja.Runtime, o *goja.Object) *goja.Object {
	proxy := (*layout.BaseObject)(newProxyObject(rt, o, rt.CreateObject(nil), nil)).Val
	watchProxy(facts, proxy)
	return proxy
}

//go:linkname newProxyObject github.com/dop251/goja.(*Runtime).newProxyObject
func newProxyObject(rt *goja.Runtime, target, handler, proto *goja.Object) unsafe.Pointer

// guardFrom is for Array.from and its like.
func guardFrom(rt *goja.Runtime, plain native) native {
	facts := layout.Found()
	return func(call goja.FunctionCall) goja.Value {
		o, ok := call.Argument(0).(*goja.Object)
		if !ok {
			return plain(call)
		}
		n, holes := extent(facts, o)
		if n <= longWay && n >= 0 {
			return plain(call)
		}
		call.Arguments = append([]goja.Value(nil), call.Arguments...)
		if f, ok := call.Argument(1).(*goja.Object); ok && !isScript(facts, f) {
			call.Arguments[1] = pollCallback(rt, call.Arguments[1:], nil, nil)[0]
		}
		if iterator := o.GetSymbol(goja.SymIterator); holes && (iterator == nil || goja.IsUndefined(iterator)) {
			if n > maxCopy {
				RangeError(rt, "Invalid array length")
			}
			call.Arguments[0] = view(facts, rt, o)
		}
		return plain(call)
	}
}

//go:linkname arrayIterators github.com/dop251/goja.(*Runtime).getArrayIteratorPrototype
func arrayIterators(rt *goja.Runtime) *goja.Object

//go:linkname mapIterators github.com/dop251/goja.(*Runtime).getMapIteratorPrototype
func mapIterators(rt *goja.Runtime) *goja.Object

//go:linkname setIterators github.com/dop251/goja.(*Runtime).getSetIteratorPrototype
func setIterators(rt *goja.Runtime) *goja.Object

//go:linkname stringIterators github.com/dop251/goja.(*Runtime).getStringIteratorPrototype
func stringIterators(rt *goja.Runtime) *goja.Object

//go:linkname matchIterators github.com/dop251/goja.(*Runtime).getRegExpStringIteratorPrototype
func matchIterators(rt *goja.Runtime) *goja.Object

// Iterators has each step of the engine's iterators look for an interruption: many of its functions do nothing but take them. It comes
// after all that changes the engine's tables.
func Iterators(rt *goja.Runtime) {
	for _, proto := range [...]*goja.Object{arrayIterators(rt), mapIterators(rt), setIterators(rt), stringIterators(rt), matchIterators(rt)} {
		wrapIn(rt, proto, "next", func(rt *goja.Runtime, plain native) native {
			return func(call goja.FunctionCall) goja.Value {
				Poll(rt)
				return plain(call)
			}
		})
	}
}
