package layout

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
)

// Kinds are the types of objects that most programs do without, as the Tab of SelfOf.
type Kinds struct {
	Func, Method, Arrow, Class, AsyncFunc, GeneratorFunc, Bound, TypedArray, ArrayBuffer, DataView, Map, Set,
	MapIter, SetIter, ArrayIter, Primitive, String unsafe.Pointer
	// Elements are the types of typed arrays, as the Tab of TypedArrayObject.TypedArray, in the order of ElementNames.
	Elements [len(ElementNames)]unsafe.Pointer
}

// ElementNames are the constructors of typed arrays.
var ElementNames = [...]string{"Uint8Array", "Uint8ClampedArray", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array",
	"Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"}

var (
	kindsOnce  sync.Once
	kinds      *Kinds
	kindsWrong error
)

// FindKinds gives the types of all other objects, or an *Error. The first call makes an engine of its own for samples, which takes
// about half a millisecond.
func FindKinds() (*Kinds, error) {
	kindsOnce.Do(func() {
		rt := goja.New()
		if _, kindsWrong = Find(rt); kindsWrong != nil {
			return
		}
		var c checker
		if k := c.kinds(rt); len(c.unexpected) == 0 {
			kinds = k
		} else {
			kindsWrong = &Error{c.unexpected}
		}
	})
	return kinds, kindsWrong
}

func (c *checker) kinds(rt *goja.Runtime) *Kinds {
	k := &Kinds{}
	for _, s := range [...]struct {
		where  *unsafe.Pointer
		code   string
		name   string
		mirror reflect.Type
	}{
		{&k.Func, "(function () {})", "*goja.funcObject", reflect.TypeFor[FuncObject]()},
		{&k.Method, "({ m() {} }).m", "*goja.methodFuncObject", reflect.TypeFor[MethodFuncObject]()},
		{&k.Arrow, "() => 0", "*goja.arrowFuncObject", reflect.TypeFor[ArrowFuncObject]()},
		{&k.Class, "(class {})", "*goja.classFuncObject", reflect.TypeFor[ClassFuncObject]()},
		{&k.AsyncFunc, "(async function () {})", "*goja.asyncFuncObject", reflect.TypeFor[FuncObject]()},
		{&k.GeneratorFunc, "(function* () {})", "*goja.generatorFuncObject", reflect.TypeFor[FuncObject]()},
		{&k.Bound, "(function () {}).bind()", "*goja.boundFuncObject", reflect.TypeFor[BoundFuncObject]()},
		{&k.TypedArray, "new Uint8Array(1)", "*goja.typedArrayObject", reflect.TypeFor[TypedArrayObject]()},
		{&k.ArrayBuffer, "new ArrayBuffer(1)", "*goja.arrayBufferObject", reflect.TypeFor[ArrayBufferObject]()},
		{&k.DataView, "new DataView(new ArrayBuffer(1))", "*goja.dataViewObject", reflect.TypeFor[DataViewObject]()},
		{&k.Map, "new Map", "*goja.mapObject", reflect.TypeFor[MapObject]()},
		{&k.Set, "new Set", "*goja.setObject", reflect.TypeFor[SetObject]()},
		{&k.MapIter, "new Map().entries()", "*goja.mapIterObject", reflect.TypeFor[MapIterObject]()},
		{&k.SetIter, "new Set().values()", "*goja.setIterObject", reflect.TypeFor[SetIterObject]()},
		{&k.ArrayIter, "[].values()", "*goja.arrayIterObject", reflect.TypeFor[ArrayIterObject]()},
		{&k.Primitive, "Object(1)", "*goja.primitiveValueObject", reflect.TypeFor[PrimitiveValueObject]()},
		{&k.String, "Object('')", "*goja.stringObject", reflect.TypeFor[StringObject]()},
	} {
		*s.where = c.object(c.run(rt, s.code), s.name, s.mirror)
	}
	if len(c.unexpected) > 0 {
		return nil
	}
	for i, name := range ElementNames {
		if o, ok := c.run(rt, "new "+name+"(1)").(*goja.Object); ok && SelfOf(o).Tab == k.TypedArray {
			k.Elements[i] = (*TypedArrayObject)(SelfOf(o).Data).TypedArray.Tab
		} else {
			c.add("%s makes no typed array", name)
		}
	}
	return k
}

func (c *checker) run(rt *goja.Runtime, code string) goja.Value {
	v, err := rt.RunString(code)
	if err != nil {
		c.add("%s: %v", code, err)
	}
	return v
}
