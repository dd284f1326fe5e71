package engine

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// inside knows where the engine's objects keep what its API shows only piece by piece, or by running scripts' code:
// inspecting and comparing values needs that fast and without side effects. The layout is looked up by name once per
// runtime; what isn't found is just not used.
type inside struct {
	known         bool
	base, array   reflect.Type
	values, names uintptr // baseObject
	elements      uintptr // arrayObject

	typed                      reflect.Type
	buffer, offset, size, unit uintptr // typedArrayObject
	data, bufferObject         uintptr // arrayBufferObject
}

func (e *Engine) insides() *inside {
	in := &e.inside
	if in.known {
		return in
	}
	in.known = true
	object := implementation(e.vm.NewObject())
	array := implementation(e.vm.NewArray())
	field := func(t reflect.Type, name string, typ reflect.Type) (uintptr, bool) {
		f, ok := t.FieldByName(name)
		return f.Offset, ok && f.Type == typ
	}
	if object.Kind() != reflect.Pointer || array.Kind() != reflect.Pointer {
		return in
	}
	base := object.Type().Elem()
	var ok1, ok2, ok3 bool
	in.values, ok1 = field(base, "values", reflect.TypeOf(map[unistring.String]goja.Value(nil)))
	in.names, ok2 = field(base, "propNames", reflect.TypeOf([]unistring.String(nil)))
	if ok1 && ok2 {
		in.base = object.Type()
	}
	first := array.Type().Elem().Field(0)
	in.elements, ok3 = field(array.Type().Elem(), "values", reflect.TypeOf([]goja.Value(nil)))
	if ok1 && ok2 && ok3 && first.Type == base {
		in.array = array.Type()
	}
	in.findTyped(implementation(e.Uint8Array(nil)))
	return in
}

func (in *inside) findTyped(array reflect.Value) {
	if in.base == nil || array.Kind() != reflect.Pointer {
		return
	}
	found := true
	at := func(t reflect.Type, name string, kind reflect.Kind) uintptr {
		f, ok := t.FieldByName(name)
		found = found && ok && f.Type.Kind() == kind
		return f.Offset
	}
	t := array.Type().Elem()
	in.buffer = at(t, "viewedArrayBuf", reflect.Pointer)
	in.offset, in.size, in.unit = at(t, "offset", reflect.Int), at(t, "length", reflect.Int), at(t, "elemSize", reflect.Int)
	if !found {
		return
	}
	f, _ := t.FieldByName("viewedArrayBuf")
	buffer := f.Type.Elem()
	in.data = at(buffer, "data", reflect.Slice)
	val, ok := in.base.Elem().FieldByName("val")
	if found && ok && val.Type == reflect.TypeOf((*goja.Object)(nil)) && buffer.Field(0).Type == in.base.Elem() {
		in.bufferObject = val.Offset
		in.typed = array.Type()
	}
}

// view gives the memory of a typed array, its ArrayBuffer and where in that it begins.
func (e *Engine) view(impl reflect.Value) (b []byte, buffer *goja.Object, offset int) {
	in := e.insides()
	p := impl.UnsafePointer()
	buf := *(*unsafe.Pointer)(unsafe.Add(p, in.buffer))
	unit := *(*int)(unsafe.Add(p, in.unit))
	offset = *(*int)(unsafe.Add(p, in.offset)) * unit
	end := offset + *(*int)(unsafe.Add(p, in.size))*unit
	if data := *(*[]byte)(unsafe.Add(buf, in.data)); end <= len(data) { // a detached one has none
		b = data[offset:end:end]
	}
	return b, *(**goja.Object)(unsafe.Add(buf, in.bufferObject)), offset
}

func implementation(o *goja.Object) reflect.Value {
	return reflect.ValueOf(o).Elem().Field(selfField).Elem()
}

// propertyType is how the engine holds a property that is an accessor or lacks an attribute.
const propertyType = "*goja.valueProperty"

func isPlain(v goja.Value) bool {
	switch v.(type) {
	case *goja.Object, goja.String:
		return true
	}
	return reflect.TypeOf(v).String() != propertyType
}

// PlainValue reads an own data property of an ordinary object that is enumerable, writable and configurable. It is
// false for all other objects and properties, which are to be read the long way. Nothing is run.
func (e *Engine) PlainValue(o *goja.Object, key string) (goja.Value, bool) {
	in := e.insides()
	impl := implementation(o)
	if in.base == nil || impl.Type() != in.base {
		return nil, false
	}
	values := *(*map[unistring.String]goja.Value)(unsafe.Add(impl.UnsafePointer(), in.values))
	v := values[unistring.NewFromString(key)]
	if v == nil || !isPlain(v) {
		return nil, false
	}
	return v, true
}

// Elements gives the elements of an array whose storage is dense, nil for holes; an element that is an accessor or
// lacks an attribute makes it false. They must not be changed and are stale after running scripts.
func (e *Engine) Elements(o *goja.Object) ([]goja.Value, bool) {
	in := e.insides()
	impl := implementation(o)
	if in.array == nil || impl.Type() != in.array {
		return nil, false
	}
	values := *(*[]goja.Value)(unsafe.Add(impl.UnsafePointer(), in.elements))
	for _, v := range values {
		if v != nil && !isPlain(v) {
			return nil, false
		}
	}
	return values, true
}

// OwnNonIndexNames lists the own string keys of an array or typed array that are not elements, enumerable or not,
// without walking the elements; false if it cannot tell.
func (e *Engine) OwnNonIndexNames(o *goja.Object) ([]string, bool) {
	in := e.insides()
	impl := implementation(o)
	if in.base == nil || impl.Kind() != reflect.Pointer {
		return nil, false
	}
	t := impl.Type()
	if t != in.array && KindOf(o) != TypedArray || t.Elem().Field(0).Type != in.base.Elem() {
		return nil, false
	}
	names := *(*[]unistring.String)(unsafe.Add(impl.UnsafePointer(), in.names))
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = n.String()
	}
	return list, true
}

// Entries lists the keys and values of a Map in turn, or the members of a Set. Nothing is run.
func Entries(o *goja.Object) []goja.Value {
	impl := implementation(o).Elem()
	return entries(impl.FieldByName("m").Elem().FieldByName("iterFirst"), true, KindOf(o) == MapObject)
}

// IteratorRest lists what a Map or Set iterator has still to give, without moving it: two values for each entry when
// pairs is true.
func IteratorRest(o *goja.Object) (items []goja.Value, pairs bool) {
	impl := implementation(o).Elem()
	iter, kind := impl.FieldByName("iter"), impl.FieldByName("kind").Int()
	pairs = kind == 2
	if iter.IsNil() || iter.Elem().FieldByName("m").IsNil() {
		return nil, pairs
	}
	entry := iter.Elem().FieldByName("cur")
	// An entry that was deleted meanwhile has no key.
	for !entry.IsNil() && entry.Elem().FieldByName("key").IsNil() {
		entry = entry.Elem().FieldByName("iterPrev")
	}
	if entry.IsNil() {
		entry = iter.Elem().FieldByName("m").Elem().FieldByName("iterFirst")
	} else {
		entry = entry.Elem().FieldByName("iterNext")
	}
	if KindOf(o) == SetIterator {
		items = entries(entry, true, false)
		if pairs {
			doubled := make([]goja.Value, 0, 2*len(items))
			for _, v := range items {
				doubled = append(doubled, v, v)
			}
			items = doubled
		}
		return items, pairs
	}
	return entries(entry, kind != 1, kind != 0), pairs
}

func entries(entry reflect.Value, keys, values bool) (items []goja.Value) {
	for ; !entry.IsNil(); entry = entry.Elem().FieldByName("iterNext") {
		if keys {
			items = append(items, *(*goja.Value)(entry.Elem().FieldByName("key").Addr().UnsafePointer()))
		}
		if values {
			v := *(*goja.Value)(entry.Elem().FieldByName("value").Addr().UnsafePointer())
			if v == nil {
				v = goja.Undefined()
			}
			items = append(items, v)
		}
	}
	return items
}

// BoxedValue is the primitive inside a Number, String, Boolean, BigInt or Symbol object.
func BoxedValue(o *goja.Object) goja.Value {
	impl := implementation(o).Elem()
	if f := impl.FieldByName("pValue"); f.IsValid() {
		return *(*goja.Value)(f.Addr().UnsafePointer())
	}
	if f := impl.FieldByName("value"); f.IsValid() && f.Type() == stringInterface {
		return *(*goja.String)(f.Addr().UnsafePointer())
	}
	return goja.Undefined()
}

var stringInterface = reflect.TypeOf((*goja.String)(nil)).Elem()
