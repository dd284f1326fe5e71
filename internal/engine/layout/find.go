package layout

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
)

// Facts are what has to be looked up: where the engine's fields lie that no struct of this package covers, and the types of its values
// and objects. They never change.
type Facts struct {
	// Fields of goja.Runtime.
	VM, JobQueue, GlobalObject, GlobalStash, GlobalEval, ObjectPrototype, ArrayPrototype, ArrayClass, StringPrototype, FunctionPrototype, IteratorPrototype, AsyncFunction, GeneratorFunction uintptr

	// The types of values, as the Tab of a goja.Value.
	Int, Float, Bool, Null, Undefined, ASCII, Unicode, Imported, Object, Symbol, Property unsafe.Pointer

	// The types of objects, as the Tab of SelfOf.
	Base, Array, Error, NativeFunc, Proxy, Templated unsafe.Pointer

	// ProxyHandler is the type of the interface that proxies hold their handler by.
	ProxyHandler reflect.Type

	Intrinsics
}

// Error names every field and type of the engine that is not as this package expects it.
type Error struct{ Unexpected []string }

func (e *Error) Error() string {
	return "the engine is not the one that this program was written for: " + strings.Join(e.Unexpected, "; ")
}

var (
	once  sync.Once
	facts *Facts
	found atomic.Pointer[Facts]
	wrong error
)

// Find gives the facts, or an *Error and no facts. The first call looks at a few objects of its runtime; the facts are the same for all.
func Find(rt *goja.Runtime) (*Facts, error) {
	once.Do(func() {
		var c checker
		if f := c.find(rt); len(c.unexpected) == 0 {
			facts = f
			makeSmall()
			found.Store(f)
		} else {
			wrong = &Error{c.unexpected}
		}
	})
	return facts, wrong
}

// Found gives the facts if Find has been called and has found them.
func Found() *Facts { return found.Load() }

// VMOf is the interpreter of a runtime.
func (f *Facts) VMOf(rt *goja.Runtime) *VM { return *At[*VM](unsafe.Pointer(rt), f.VM) }

func (c *checker) find(rt *goja.Runtime) *Facts {
	f := &Facts{}
	runtime := reflect.TypeFor[goja.Runtime]()
	f.VM = c.field(runtime, "*goja.vm", "vm")
	f.JobQueue = c.field(runtime, "[]func()", "jobQueue")
	f.GlobalObject = c.field(runtime, "*goja.Object", "globalObject")
	f.GlobalStash = c.field(runtime, "goja.stash", "global", "stash")
	f.GlobalEval = c.field(runtime, "*goja.Object", "global", "Eval")
	f.ObjectPrototype = c.field(runtime, "*goja.Object", "global", "ObjectPrototype")
	f.AsyncFunction = c.field(runtime, "*goja.Object", "global", "AsyncFunction")
	f.GeneratorFunction = c.field(runtime, "*goja.Object", "global", "GeneratorFunction")
	f.StringPrototype = c.field(runtime, "*goja.Object", "global", "StringPrototype")
	f.FunctionPrototype = c.field(runtime, "*goja.Object", "global", "FunctionPrototype")
	f.ArrayClass = c.field(runtime, "*goja.Object", "global", "Array")
	f.ArrayPrototype = c.field(runtime, "*goja.Object", "global", "ArrayPrototype")
	f.IteratorPrototype = c.field(runtime, "*goja.Object", "global", "IteratorPrototype")

	if vm, ok := runtime.FieldByName("vm"); ok && vm.Type.Kind() == reflect.Pointer {
		c.compare(reflect.TypeFor[VM](), vm.Type.Elem())
		if items, ok := vm.Type.Elem().FieldByName("iterStack"); ok && items.Type.Kind() == reflect.Slice {
			if f, ok := items.Type.Elem().FieldByName("f"); ok && f.Type.Kind() == reflect.Func && f.Type.NumOut() == 2 {
				c.compare(reflect.TypeFor[EnumItem](), f.Type.Out(0))
			}
		}
	}
	c.compare(reflect.TypeFor[Program](), reflect.TypeFor[goja.Program]())
	c.compare(reflect.TypeFor[StackFrame](), reflect.TypeFor[goja.StackFrame]())
	object := reflect.TypeFor[goja.Object]()
	if self, ok := object.FieldByName("self"); !ok || self.Type.Kind() != reflect.Interface || self.Type.NumMethod() == 0 {
		c.add("Object.self is no interface")
		return nil
	}
	c.field(object, "*goja.Runtime", "runtime")
	if c.field(object, "goja.objectImpl", "self") != 0 {
		c.add("Object.self is not the first field")
		return nil
	}

	sample := rt.NewObject()
	f.Base = c.object(sample, "*goja.baseObject", reflect.TypeFor[BaseObject]())
	f.Array = c.object(rt.NewArray(), "*goja.arrayObject", reflect.TypeFor[ArrayObject]())
	f.Error = c.object(rt.NewTypeError(""), "*goja.errorObject", reflect.TypeFor[ErrorObject]())
	f.Proxy = c.object(rt.ToValue(rt.NewProxy(rt.NewObject(), &goja.ProxyTrapConfig{})), "*goja.proxyObject", reflect.TypeFor[ProxyObject]())
	if h, ok := SelfType(rt.ToValue(rt.NewProxy(rt.NewObject(), &goja.ProxyTrapConfig{})).(*goja.Object)).Elem().FieldByName("handler"); ok {
		f.ProxyHandler = h.Type
	}
	f.Templated = c.object(rt.GlobalObject(), "*goja.templatedObject", reflect.TypeFor[TemplatedObject]())
	f.NativeFunc = c.object(rt.ToValue(func(goja.FunctionCall) goja.Value { return nil }), "*goja.nativeFuncObject", reflect.TypeFor[NativeFuncObject]())
	if len(c.unexpected) > 0 {
		return nil
	}

	c.intrinsics(rt, f)

	f.Int = c.value(rt.ToValue(1<<20), "goja.valueInt", reflect.TypeFor[int64]())
	f.Float = c.value(rt.ToValue(1.5), "goja.valueFloat", reflect.TypeFor[float64]())
	f.Bool = c.value(rt.ToValue(true), "goja.valueBool", reflect.TypeFor[bool]())
	f.Null = c.value(goja.Null(), "goja.valueNull", nil)
	f.Undefined = c.value(goja.Undefined(), "goja.valueUndefined", nil)
	f.ASCII = c.value(rt.ToValue("a"), "goja.asciiString", reflect.TypeFor[string]())
	f.Unicode = c.value(goja.StringFromUTF16([]uint16{'\u00e9'}), "goja.unicodeString", reflect.TypeFor[[]uint16]())
	f.Imported = c.value(rt.ToValue("more than sixteen bytes"), "*goja.importedString", nil)
	if t := reflect.TypeOf(rt.ToValue("more than sixteen bytes")); t.Kind() == reflect.Pointer {
		c.compare(reflect.TypeFor[ImportedString](), t.Elem())
	}
	f.Object = c.value(sample, "*goja.Object", nil)
	f.Symbol = c.value(goja.SymIterator, "*goja.Symbol", nil)
	sample.DefineDataProperty("hidden", goja.Null(), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	hidden := BaseOf(sample).Values["hidden"]
	f.Property = c.value(hidden, "*goja.valueProperty", nil)
	if t := reflect.TypeOf(hidden); t != nil && t.Kind() == reflect.Pointer {
		c.compare(reflect.TypeFor[ValueProperty](), t.Elem())
	}
	return f
}

// checker compares and collects what differs.
type checker struct {
	unexpected []string
	same       map[[2]reflect.Type]bool // pairs of a struct of this package and one of the engine that have been compared
}

func (c *checker) add(format string, args ...any) {
	c.unexpected = append(c.unexpected, fmt.Sprintf(format, args...))
}

// field finds a field by its type and the way to it.
func (c *checker) field(t reflect.Type, want string, path ...string) (offset uintptr) {
	name := t.Name() + "." + strings.Join(path, ".")
	for _, p := range path {
		f, ok := reflect.StructField{}, false
		if t.Kind() == reflect.Struct {
			f, ok = t.FieldByName(p)
		}
		if !ok {
			c.add("%s is missing", name)
			return 0
		}
		offset += f.Offset
		t = f.Type
	}
	if t.String() != want {
		c.add("%s is of type %s, not %s", name, t, want)
	}
	return offset
}

// value gives the type of a sample of a value.
func (c *checker) value(v goja.Value, want string, underlying reflect.Type) unsafe.Pointer {
	t := reflect.TypeOf(v)
	if t == nil || t.String() != want {
		c.add("a value is of type %v, not %s", t, want)
	} else if underlying != nil && (t.Kind() != underlying.Kind() || t.Size() != underlying.Size()) {
		c.add("%s is no %s", want, underlying)
	}
	return WordsOf(v).Tab
}

// object gives the type of a sample of an object and compares it with its mirror.
func (c *checker) object(v goja.Value, want string, mirror reflect.Type) unsafe.Pointer {
	o, ok := v.(*goja.Object)
	if !ok {
		c.add("no sample of %s", want)
		return nil
	}
	t := SelfType(o)
	if t.String() != want || t.Kind() != reflect.Pointer {
		c.add("an object is of type %s, not %s", t, want)
		return nil
	}
	c.compare(mirror, t.Elem())
	return SelfOf(o).Tab
}

// SelfType is the Go type of an object's implementation.
func SelfType(o *goja.Object) reflect.Type {
	return reflect.ValueOf(o).Elem().Field(0).Elem().Type()
}

// compare compares a struct of this package with the engine's.
func (c *checker) compare(mirror, real reflect.Type) {
	pair := [2]reflect.Type{mirror, real}
	if c.same[pair] {
		return
	}
	if c.same == nil {
		c.same = map[[2]reflect.Type]bool{}
	}
	c.same[pair] = true
	if real.Kind() != reflect.Struct {
		c.add("%s is no struct", real)
		return
	}
	if mirror.Size() != real.Size() {
		c.add("%s has %d bytes, not %d", real, real.Size(), mirror.Size())
	}
	for i := range mirror.NumField() {
		m := mirror.Field(i)
		name, tag := realName(m.Name), m.Tag.Get("goja")
		if tag != "" && !strings.ContainsAny(tag, ".*[") {
			name, tag = tag, ""
		}
		r, ok := real.FieldByName(name)
		switch {
		case !ok:
			c.add("%s.%s is missing", real, name)
		case r.Offset != m.Offset || len(r.Index) != 1:
			c.add("%s.%s is at %d, not at %d", real, name, r.Offset, m.Offset)
		case tag != "" && (r.Type.String() != tag || r.Type.Size() != m.Type.Size()):
			c.add("%s.%s is of type %s, not %s", real, name, r.Type, tag)
		case tag == "" && !c.like(m.Type, r.Type):
			c.add("%s.%s is of type %s, which is not like %s", real, name, r.Type, m.Type)
		}
	}
}

// realName is the engine's name of a field.
func realName(name string) string {
	if name == strings.ToUpper(name) && len(name) <= 2 {
		return strings.ToLower(name)
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// like tells whether a type of this package stands for one of the engine.
func (c *checker) like(m, r reflect.Type) bool {
	if m == r {
		return true
	}
	if m.Kind() != r.Kind() {
		// Enumerations: a byte here may be any type of one byte there.
		return false
	}
	switch m.Kind() {
	case reflect.Struct:
		c.compare(m, r)
		return true
	case reflect.Pointer, reflect.Slice:
		return c.like(m.Elem(), r.Elem())
	case reflect.Map:
		return c.like(m.Key(), r.Key()) && c.like(m.Elem(), r.Elem())
	case reflect.Func:
		// Only the word counts where the types cannot be named.
		return m.NumIn() == r.NumIn() && m.NumOut() == r.NumOut()
	case reflect.Interface:
		return m.String() == r.String()
	}
	return m.Size() == r.Size()
}
