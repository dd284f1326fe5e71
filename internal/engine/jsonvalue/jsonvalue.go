// Package jsonvalue converts between JSON text and the engine's values with the exact semantics of JSON.stringify and
// JSON.parse, several times as fast as the engine's own. It serves the global JSON and the json mode of IPC.
// A Codec belongs to one engine and its goroutine.
package jsonvalue

import (
	"math"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/utf"
)

// maxDepth bounds the nesting of what is read and written; beyond it a RangeError is thrown, as V8 does for writing.
const maxDepth = 6000

// maxCalls is how deep what is read is nested before it is read by other means than calls: nothing bounds that, as in V8.
const maxCalls = 1 << 10

// Codec holds what the conversions of one engine share.
type Codec struct {
	vm      *goja.Runtime
	in      Intrinsics
	objects objects
	depth   int
	quoted  [64]*quoted
	size    int  // of the text that was written last
	raws    bool // Raw has made something

	// Holder is whose property a reviver is asked about at present.
	Holder *goja.Object

	strings *Strings

	reflect reflection   // operations by keys that are values, for names that do not survive UTF-8
	items   []goja.Value // stack of array elements being gathered
	members []member     // stack of properties being gathered
	keys    []member     // memory for the next writer
	stack   []level
	text    []byte
	scratch []byte // of strings with escapes
}

// member is a property as the engine keeps it.
type member struct {
	name  unistring.String
	value goja.Value
}

type reflection struct {
	get, define, delete, keys goja.Callable
}

// Intrinsics gives the language's own classes and objects, and their methods, as they were made.
type Intrinsics interface {
	Intrinsic(name string) *goja.Object
	Member(o *goja.Object, name string) goja.Value
	NewObject(proto *goja.Object, state any) *goja.Object
	Slot(v goja.Value) any
}

// New makes the codec of an engine.
func New(vm *goja.Runtime, in Intrinsics) *Codec {
	return &Codec{vm: vm, in: in, objects: newObjects(vm), strings: NewStrings(vm)}
}

// JSON text of string values, or the codec's errors, are thrown by panicking with an engine value.
func (c *Codec) throw(class, message string) {
	err, e := c.vm.New(c.in.Intrinsic(class), c.vm.ToValue(message))
	if e != nil {
		panic(e)
	}
	panic(err)
}

// wide returns a string value of UTF-8 in which surrogates may stand alone, as three bytes each.
func (c *Codec) wide(b []byte) goja.Value {
	if c.objects.facts == nil {
		return goja.StringFromUTF16(utf.Units(b))
	}
	n, ascii := 1, true
	for _, ch := range b {
		if ch&0xC0 != 0x80 {
			n++
		}
		if ch >= 0xF0 {
			n++
		}
		ascii = ascii && ch < utf8.RuneSelf
	}
	if ascii {
		return c.strings.ascii(b)
	}
	units := append(make([]uint16, 0, n), unistring.BOM)
	return c.objects.facts.UnitsValue(utf.AppendUnits(units, b))
}

// text returns the bytes of a string value, surrogates that stand alone as three bytes. They must not be changed.
func text(s goja.Value) []byte {
	if f := layout.Found(); f != nil {
		switch w := layout.WordsOf(s); w.Tab {
		case f.ASCII:
			t := *(*string)(w.Data)
			return unsafe.Slice(unsafe.StringData(t), len(t))
		case f.Unicode:
			return utf.AppendWTF8(nil, (*(*[]uint16)(w.Data))[1:])
		}
	}
	u, ok := s.(goja.String)
	str := s.String()
	if !ok || len(str) == u.Length() {
		return unsafe.Slice(unsafe.StringData(str), len(str)) // ASCII
	}
	if !containsReplacement(str) {
		return unsafe.Slice(unsafe.StringData(str), len(str))
	}
	units := make([]uint16, u.Length())
	for i := range units {
		units[i] = u.CharAt(i)
	}
	return utf.AppendWTF8(nil, units)
}

func containsReplacement(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == 0xEF && s[i+1] == 0xBF && s[i+2] == 0xBD {
			return true
		}
	}
	return false
}

// integer tells whether a number is written without fraction or exponent.
func integer(f float64) bool {
	return f == math.Trunc(f) && math.Abs(f) < 1<<53
}

func (c *Codec) byValue() *reflection {
	if c.reflect.get == nil {
		reflect := c.in.Intrinsic("Reflect")
		function := func(o *goja.Object, name string) goja.Callable {
			f, _ := goja.AssertFunction(c.in.Member(o, name))
			return f
		}
		c.reflect = reflection{function(reflect, "get"), function(reflect, "defineProperty"), function(reflect, "deleteProperty"),
			function(c.in.Intrinsic("Object"), "keys")}
	}
	return &c.reflect
}

func call(fn goja.Callable, args ...goja.Value) goja.Value {
	v, err := fn(goja.Undefined(), args...)
	if err != nil {
		panic(err)
	}
	return v
}

// get is the value of a property by a string value.
func (c *Codec) get(o *goja.Object, key goja.Value) goja.Value {
	var v goja.Value
	if name := key.String(); containsReplacement(name) {
		v = call(c.byValue().get, o, key)
	} else {
		v = o.Get(name)
	}
	if v == nil {
		return goja.Undefined()
	}
	return v
}

// define is CreateDataProperty.
func (c *Codec) define(o *goja.Object, key, v goja.Value) {
	d := c.vm.CreateObject(nil)
	d.Set("value", v)
	for _, attribute := range [...]string{"writable", "enumerable", "configurable"} {
		d.Set(attribute, true)
	}
	call(c.byValue().define, o, key, d)
}

func (c *Codec) delete(o *goja.Object, key goja.Value) { call(c.byValue().delete, o, key) }

// keyValues is Object.keys.
func (c *Codec) keyValues(o *goja.Object) []goja.Value {
	list := call(c.byValue().keys, o).(*goja.Object)
	keys := make([]goja.Value, list.Get("length").ToInteger())
	for i := range keys {
		keys[i] = list.Get(strconv.Itoa(i))
	}
	return keys
}
