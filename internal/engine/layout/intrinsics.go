package layout

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"
)

// Intrinsics are where a runtime has the language's own objects, nil while they are not made, and how objects are asked for properties.
type Intrinsics struct {
	RegExp, RegExpPrototype, TypedArray, TypedArrayPrototype, PromisePrototype,
	StringPrototype, NumberPrototype, BooleanPrototype, SymbolPrototype uintptr

	// Templates are the types of objects with templates, as the Tab of SelfOf.
	Templates [3]unsafe.Pointer
	// Methods is the number of methods of an object's implementation, the others are places in its table.
	Methods, GetStr, GetOwnPropStr, GetOwnPropSym, HasPropertyStr, HasPropertySym, SetOwnStr, SetOwnSym, DefineOwnPropertyStr,
	DefineOwnPropertySym, DeleteStr, DeleteSym, SetProto, Proto, HasInstance, AssertCallable int
}

// intrinsics finds them. Nothing is made that a script could see, but Function.prototype and Array.prototype.
func (c *checker) intrinsics(rt *goja.Runtime, f *Facts) {
	in := &f.Intrinsics
	runtime := reflect.TypeFor[goja.Runtime]()
	for _, f := range [...]struct {
		where *uintptr
		name  string
	}{
		{&in.RegExp, "RegExp"}, {&in.RegExpPrototype, "RegExpPrototype"}, {&in.TypedArray, "TypedArray"},
		{&in.TypedArrayPrototype, "TypedArrayPrototype"}, {&in.PromisePrototype, "PromisePrototype"},
		{&in.StringPrototype, "StringPrototype"}, {&in.NumberPrototype, "NumberPrototype"},
		{&in.BooleanPrototype, "BooleanPrototype"}, {&in.SymbolPrototype, "SymbolPrototype"},
	} {
		*f.where = c.field(runtime, "*goja.Object", "global", f.name)
	}
	function, array := rt.ToValue(func(goja.FunctionCall) goja.Value { return nil }).(*goja.Object).Prototype(), rt.NewArray().Prototype()
	c.begins(function, "*goja.templatedFuncObject")
	c.begins(array, "*goja.templatedArrayObject")
	in.Templates = [3]unsafe.Pointer{f.Templated, SelfOf(function).Tab, SelfOf(array).Tab}

	impl := reflect.TypeFor[goja.Object]().Field(0).Type
	in.Methods = impl.NumMethod()
	place := map[string]reflect.Method{}
	for i := range in.Methods {
		place[impl.Method(i).Name] = impl.Method(i)
	}
	const set, define = "func(unistring.String, goja.Value, bool) bool", "func(unistring.String, goja.PropertyDescriptor, bool) bool"
	for _, m := range [...]struct {
		where      *int
		name, want string
	}{
		{&in.GetStr, "getStr", "func(unistring.String, goja.Value) goja.Value"},
		{&in.GetOwnPropStr, "getOwnPropStr", "func(unistring.String) goja.Value"},
		{&in.GetOwnPropSym, "getOwnPropSym", "func(*goja.Symbol) goja.Value"},
		{&in.HasPropertyStr, "hasPropertyStr", "func(unistring.String) bool"},
		{&in.HasPropertySym, "hasPropertySym", "func(*goja.Symbol) bool"},
		{&in.SetOwnStr, "setOwnStr", set},
		{&in.SetOwnSym, "setOwnSym", "func(*goja.Symbol, goja.Value, bool) bool"},
		{&in.DefineOwnPropertyStr, "defineOwnPropertyStr", define},
		{&in.DefineOwnPropertySym, "defineOwnPropertySym", "func(*goja.Symbol, goja.PropertyDescriptor, bool) bool"},
		{&in.DeleteStr, "deleteStr", "func(unistring.String, bool) bool"},
		{&in.DeleteSym, "deleteSym", "func(*goja.Symbol, bool) bool"},
		{&in.SetProto, "setProto", "func(*goja.Object, bool) bool"},
		{&in.Proto, "proto", "func() *goja.Object"},
		{&in.HasInstance, "hasInstance", "func(goja.Value) bool"},
		{&in.AssertCallable, "assertCallable", "func() (func(goja.FunctionCall) goja.Value, bool)"},
	} {
		found, ok := place[m.name]
		if !ok || found.Type.String() != m.want {
			c.add("objectImpl.%s is %v, not %s", m.name, found.Type, m.want)
		}
		*m.where = found.Index
	}
}

// begins checks that an object's implementation begins with a TemplatedObject.
func (c *checker) begins(o *goja.Object, want string) {
	t := SelfType(o)
	if t.String() != want {
		c.add("an object is of type %s, not %s", t, want)
		return
	}
	if f, ok := t.Elem().FieldByName("templatedObject"); !ok || f.Offset != 0 {
		c.add("%s does not begin with a templatedObject", want)
	}
}
