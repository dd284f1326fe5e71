package jsonvalue

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// layout knows where the engine's ordinary objects and dense arrays keep their properties: its API makes a list of
// keys and looks each up again, which is most of the cost of a message. Every field is found by name and type; where
// one isn't what it should be, nothing of this is used and all goes through the API.
type layout struct {
	ok bool

	self            uintptr        // goja.Object
	object, array   unsafe.Pointer // the types of what self holds
	property        unsafe.Pointer // the type of a property that is an accessor or lacks an attribute
	class           uintptr        // baseObject, with which an array begins
	prototype       uintptr
	values, names   uintptr
	sorted          uintptr
	elements        uintptr // arrayObject
	objectPrototype *goja.Object
	arrayPrototype  *goja.Object
}

// face is an interface value that is not empty: its type and its data.
type face struct{ typ, data unsafe.Pointer }

func newLayout(vm *goja.Runtime) (l layout) {
	defer func() {
		if recover() != nil {
			l.ok = false
		}
	}()
	self, ok := reflect.TypeOf(goja.Object{}).FieldByName("self")
	if !ok || self.Type.Kind() != reflect.Interface {
		return l
	}
	l.self = self.Offset
	o, a := vm.NewObject(), vm.NewArray()
	l.objectPrototype, l.arrayPrototype = o.Prototype(), a.Prototype()
	l.object, l.array = l.faceOf(o).typ, l.faceOf(a).typ
	base := reflect.ValueOf(o).Elem().FieldByIndex(self.Index).Elem().Type().Elem()
	array := reflect.ValueOf(a).Elem().FieldByIndex(self.Index).Elem().Type().Elem()
	found := true
	field := func(t reflect.Type, name string, want any) uintptr {
		f, ok := t.FieldByName(name)
		found = found && ok && f.Type == reflect.TypeOf(want)
		return f.Offset
	}
	l.class = field(base, "class", "")
	l.prototype = field(base, "prototype", o)
	l.values = field(base, "values", map[unistring.String]goja.Value(nil))
	l.names = field(base, "propNames", []unistring.String(nil))
	l.sorted = field(base, "lastSortedPropLen", 0)
	l.elements = field(array, "values", []goja.Value(nil))
	found = found && array.Field(0).Type == base && array.Field(0).Offset == 0

	o.DefineDataProperty("hidden", goja.Null(), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	if !found {
		return l
	}
	hidden := (*l.valuesOf(l.faceOf(o).data))["hidden"]
	l.property = (*face)(unsafe.Pointer(&hidden)).typ
	l.ok = reflect.TypeOf(hidden).String() == "*goja.valueProperty"
	return l
}

func (l *layout) faceOf(o *goja.Object) *face {
	return (*face)(unsafe.Add(unsafe.Pointer(o), l.self))
}

func (l *layout) valuesOf(base unsafe.Pointer) *map[unistring.String]goja.Value {
	return (*map[unistring.String]goja.Value)(unsafe.Add(base, l.values))
}

func (l *layout) namesOf(base unsafe.Pointer) *[]unistring.String {
	return (*[]unistring.String)(unsafe.Add(base, l.names))
}

func (l *layout) prototypeOf(base unsafe.Pointer) *goja.Object {
	return *(**goja.Object)(unsafe.Add(base, l.prototype))
}

// plain gives the implementation of an ordinary object with Object.prototype, or nil.
func (l *layout) plain(o *goja.Object) unsafe.Pointer {
	if f := l.faceOf(o); l.ok && f.typ == l.object && l.prototypeOf(f.data) == l.objectPrototype &&
		*(*string)(unsafe.Add(f.data, l.class)) == "Object" {
		return f.data
	}
	return nil
}

// dense gives the implementation of an array with Array.prototype and no named properties of its own, or nil.
func (l *layout) dense(o *goja.Object) unsafe.Pointer {
	if f := l.faceOf(o); l.ok && f.typ == l.array && l.prototypeOf(f.data) == l.arrayPrototype && len(*l.namesOf(f.data)) == 1 {
		return f.data
	}
	return nil
}

// ordered tells whether the names stand in the order in which they are enumerated: the engine moves indexes to the
// front when they are first asked for.
func (l *layout) ordered(base unsafe.Pointer, names []unistring.String) bool {
	for _, name := range names[min(*(*int)(unsafe.Add(base, l.sorted)), len(names)):] {
		if len(name) > 0 && name[0]-'0' <= 9 {
			return false
		}
	}
	return true
}

// data tells a value that can be used as it is from an accessor or a property that may not be enumerable.
func (l *layout) data(v goja.Value) bool { return (*face)(unsafe.Pointer(&v)).typ != l.property }

// element is what a dense array holds at i, false for holes and all that has to be asked for.
func (l *layout) element(base unsafe.Pointer, i int) (goja.Value, bool) {
	list := *(*[]goja.Value)(unsafe.Add(base, l.elements))
	if i >= len(list) || list[i] == nil || !l.data(list[i]) {
		return nil, false
	}
	return list[i], true
}
