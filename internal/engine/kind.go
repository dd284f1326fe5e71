package engine

import (
	"strings"
	"sync"

	"github.com/dop251/goja"

	"gonode/internal/engine/coroutines"
	"gonode/internal/engine/layout"
)

// Kind is what an object is by its internal slots, whatever its prototype and its properties claim.
type Kind uint8

// The kinds of objects. Classes are the functions that only `new` can call; OtherObject is everything ordinary.
const (
	OtherObject Kind = iota
	ArrayObject
	ArrayIterator
	ArgumentsObject
	ArrayBufferObject
	BoxedPrimitive // Number, Boolean, BigInt or Symbol
	ClassFunction
	DataViewObject
	DateObject
	ErrorObject
	Function
	AsyncFunction
	GeneratorFunction
	AsyncGeneratorFunction
	GeneratorObject
	MapObject
	MapIterator
	PromiseObject
	ProxyObject
	RegExpObject
	SetObject
	SetIterator
	StringObject
	StringIterator
	TypedArray
	WeakMapObject
	WeakSetObject
)

// KindOf tells what an object is.
func KindOf(o *goja.Object) Kind {
	tab := layout.SelfOf(o).Tab
	kind, ok := kinds.Load(tab)
	if !ok {
		kind = kindOf(layout.SelfType(o).String())
		kinds.Store(tab, kind)
	}
	if kind == GeneratorFunction && coroutines.IsAsyncGenerator(o) {
		return AsyncGeneratorFunction
	}
	if kind == OtherObject && o.ClassName() == "Arguments" { // of a strict function
		return ArgumentsObject
	}
	return kind.(Kind)
}

// kinds are the kinds that the Go types of goja's objects stand for: facts about the linked engine, the same for all.
var kinds sync.Map

func kindOf(goType string) Kind {
	switch goType {
	case "*goja.arrayObject", "*goja.sparseArrayObject", "*goja.templatedArrayObject", "*goja.taggedTemplateArray", "*goja.dynamicArray",
		"*goja.objectGoSliceReflect", "*goja.objectGoSlice", "*goja.objectGoArrayReflect":
		return ArrayObject
	case "*goja.arrayIterObject":
		return ArrayIterator
	case "*goja.argumentsObject":
		return ArgumentsObject
	case "*goja.arrayBufferObject":
		return ArrayBufferObject
	case "*goja.primitiveValueObject":
		return BoxedPrimitive
	case "*goja.classFuncObject":
		return ClassFunction
	case "*goja.dataViewObject":
		return DataViewObject
	case "*goja.dateObject":
		return DateObject
	case "*goja.errorObject":
		return ErrorObject
	case "*goja.funcObject", "*goja.methodFuncObject", "*goja.arrowFuncObject", "*goja.nativeFuncObject",
		"*goja.wrappedFuncObject", "*goja.boundFuncObject", "*goja.templatedFuncObject", "*goja.baseFuncObject":
		return Function
	case "*goja.asyncFuncObject", "*goja.asyncMethodFuncObject", "*goja.asyncArrowFuncObject":
		return AsyncFunction
	case "*goja.generatorFuncObject", "*goja.generatorMethodFuncObject":
		return GeneratorFunction
	case "*goja.generatorObject":
		return GeneratorObject
	case "*goja.mapObject":
		return MapObject
	case "*goja.mapIterObject":
		return MapIterator
	case "*goja.Promise":
		return PromiseObject
	case "*goja.proxyObject":
		return ProxyObject
	case "*goja.regexpObject":
		return RegExpObject
	case "*goja.setObject":
		return SetObject
	case "*goja.setIterObject":
		return SetIterator
	case "*goja.stringObject":
		return StringObject
	case "*goja.stringIterObject":
		return StringIterator
	case "*goja.typedArrayObject":
		return TypedArray
	case "*goja.weakMapObject":
		return WeakMapObject
	case "*goja.weakSetObject":
		return WeakSetObject
	}
	return OtherObject
}

// IsNative tells whether a function is a Go function and not a script's.
func IsNative(o *goja.Object) bool {
	switch layout.SelfType(o).String() {
	case "*goja.nativeFuncObject", "*goja.wrappedFuncObject", "*goja.templatedFuncObject":
		return true
	}
	return false
}

// ViewName is the name of the intrinsic class of a typed array or DataView, whatever scripts have made of its name.
func ViewName(o *goja.Object) string {
	switch KindOf(o) {
	case DataViewObject:
		return "DataView"
	case TypedArray:
		elements := &typedArray(o).TypedArray
		name, ok := views.Load(elements.Tab)
		if !ok {
			t := layout.TypeOf(elements).Elem().Name() // uint8Array
			name = strings.ToUpper(t[:1]) + t[1:]
			views.Store(elements.Tab, name)
		}
		return name.(string)
	}
	return ""
}

// views are the names of typed arrays, by what their elements are.
var views sync.Map

// Text is a property's value as a string; null, undefined and nil are empty.
func Text(v goja.Value) string {
	if v == nil || goja.IsNull(v) || goja.IsUndefined(v) {
		return ""
	}
	return v.String()
}

// LengthOf is an object's "length" as an integer, 0 where it has none.
func LengthOf(o *goja.Object) int64 {
	n := o.Get("length")
	if n == nil {
		return 0
	}
	return n.ToInteger()
}

// IsFunction tells whether an object can be called: whether typeof says that it is a function.
func IsFunction(o *goja.Object) bool {
	if o.ClassName() == "Function" {
		return true
	}
	_, ok := goja.AssertFunction(o) // async arrow functions have another class, and proxies
	return ok
}
