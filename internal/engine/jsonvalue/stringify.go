package jsonvalue

import (
	"bytes"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ftoa"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
)

var (
	typeInt    = reflect.TypeOf(int64(0))
	typeFloat  = reflect.TypeOf(float64(0))
	typeBool   = reflect.TypeOf(false)
	typeBigInt = reflect.TypeOf((*big.Int)(nil))
	typeProxy  = reflect.TypeOf(goja.Proxy{})
)

// writer is one JSON.stringify.
type writer struct {
	*Codec
	buf      []byte
	stack    []level
	replacer goja.Callable
	allowed  []string // property list, in place of the object's keys
	filtered bool
	gap      string
	indent   string

	keys  []member // stack of the properties of the objects being written
	wide  bool     // the text is not ASCII
	ran   int      // how often users' code has run
	clean int      // the value of ran+1 for which the intrinsic prototypes were seen to lack toJSON
}

// level is an object being written, and the key by which it was reached.
type level struct {
	object *goja.Object
	key    goja.Value // nil: name or index count
	name   string
	index  int
}

// Append appends JSON.stringify(v) to buf; ok is false where that is undefined. It throws as that does. Loop goroutine
// only.
func (c *Codec) Append(buf []byte, v goja.Value) (out []byte, ok bool) {
	w := c.writer(buf)
	ok = w.property(nil, "", -1, v)
	w.release()
	return w.buf, ok
}

// writer makes a writer that appends to buf, with the memory of the last one unless that is still in use.
func (c *Codec) writer(buf []byte) *writer {
	w := &writer{Codec: c, buf: buf, keys: c.keys, stack: c.stack}
	c.keys, c.stack = nil, nil
	return w
}

// release gives the writer's memory back, which after an error is not done.
func (w *writer) release() {
	w.Codec.keys, w.Codec.stack = w.keys[:0], w.stack[:0]
}

// Stringify is JSON.stringify(v, replacer, space). Loop goroutine only.
func (c *Codec) Stringify(v, replacer, space goja.Value) goja.Value {
	if c.text == nil {
		c.text = make([]byte, 0, c.size+c.size/8)
	}
	w := c.writer(c.text)
	c.text = nil
	w.options(replacer, space)
	var holder *goja.Object
	if w.replacer != nil {
		holder = c.vm.NewObject()
		c.define(holder, c.vm.ToValue(""), v)
	}
	written := w.property(holder, "", -1, v)
	w.release()
	text := w.buf
	if c.size = min(len(text), mostExpected); cap(text) <= maxKept {
		text, c.text = bytes.Clone(text), text[:0]
	} else if len(text) < cap(text)/4*3 {
		text = bytes.Clone(text)
	}
	if !written {
		return goja.Undefined()
	}
	w.look()
	if w.wide || c.objects.facts == nil {
		return c.vm.ToValue(unsafe.String(unsafe.SliceData(text), len(text)))
	}
	return c.objects.facts.ASCIIValue(unsafe.String(unsafe.SliceData(text), len(text)))
}

// maxKept is the size of the text whose memory the next one gets.
const maxKept = 16 << 10

// mostExpected is how much memory a text may get from the start because the last one needed as much.
const mostExpected = 4 << 20

func (w *writer) options(replacer, space goja.Value) {
	if o, ok := replacer.(*goja.Object); ok {
		if fn, ok := goja.AssertFunction(o); ok {
			w.replacer = fn
		} else if isArray(o) {
			w.filtered = true
			seen := map[string]bool{}
			for i, n := 0, int(o.Get("length").ToInteger()); i < n; i++ {
				item := o.Get(strconv.Itoa(i))
				if item == nil {
					continue
				}
				if boxed, ok := item.(*goja.Object); ok {
					if class := boxed.ClassName(); class != "Number" && class != "String" {
						continue
					}
				} else if !goja.IsString(item) && !goja.IsNumber(item) {
					continue
				}
				if name := item.String(); !seen[name] {
					seen[name] = true
					w.allowed = append(w.allowed, name)
				}
			}
		}
	}
	if o, ok := space.(*goja.Object); ok {
		switch o.ClassName() {
		case "Number":
			space = o.ToNumber()
		case "String":
			space = o.ToString()
		}
	}
	switch {
	case space == nil:
	case goja.IsNumber(space):
		w.gap = "          "[:min(10, max(0, space.ToInteger()))]
	case goja.IsString(space):
		s := space.ToString().(goja.String)
		if s.Length() > 10 {
			s = s.Substring(0, 10)
		}
		w.gap = s.String()
	}
}

// property is SerializeJSONProperty of a value that has been read; false stands for undefined. The key is name, or
// index where that is not negative.
func (w *writer) property(holder *goja.Object, name string, index int, v goja.Value) bool {
	if w.replacer == nil && w.objects.facts != nil && w.simple(v) {
		return true
	}
	o, isObject := v.(*goja.Object)
	if isObject && !w.noToJSON(o) {
		w.ran++
		if toJSON := o.Get("toJSON"); toJSON != nil {
			if fn, ok := goja.AssertFunction(toJSON); ok {
				v = w.callUser(fn, o, w.key(name, index))
			}
		}
	} else if goja.IsBigInt(v) {
		if fn, ok := goja.AssertFunction(layout.Inherited(w.vm, v, "toJSON")); ok {
			v = w.callUser(fn, v, w.key(name, index))
		}
	}
	if w.replacer != nil {
		v = w.callUser(w.replacer, holder, w.key(name, index), v)
	}
	if o, isObject = v.(*goja.Object); isObject {
		return w.object(o, name, index)
	}
	return w.primitive(v)
}

// simple writes a value that nobody is asked about, of the kinds that are common.
func (w *writer) simple(v goja.Value) bool {
	f := w.objects.facts
	switch words := layout.WordsOf(v); words.Tab {
	case f.ASCII:
		t := *(*string)(words.Data)
		w.quoteBytes(unsafe.Slice(unsafe.StringData(t), len(t)))
	case f.Int:
		w.buf = strconv.AppendInt(w.buf, *(*int64)(words.Data), 10)
	case f.Float:
		w.float(*(*float64)(words.Data))
	case f.Bool:
		w.buf = strconv.AppendBool(w.buf, *(*bool)(words.Data))
	case f.Null:
		w.buf = append(w.buf, "null"...)
	default:
		return false
	}
	return true
}

// noToJSON tells quickly that an object has no toJSON, own or inherited.
func (w *writer) noToJSON(o *goja.Object) bool {
	l := &w.objects
	if impl := l.ordinary(o); impl != nil {
		for {
			if s := shapes.Of(impl); s != nil {
				if s.Locate("toJSON").Has() {
					return false
				}
			} else if impl.Values["toJSON"] != nil {
				return false
			}
			if impl.Prototype == nil {
				return true
			}
			if impl.Prototype == l.objectPrototype {
				break
			}
			if impl = l.ordinary(impl.Prototype); impl == nil {
				return false
			}
		}
	} else if l.dense(o) == nil {
		return false
	}
	if w.clean != w.ran+1 {
		if l.objectPrototype.Get("toJSON") != nil || l.arrayPrototype.Get("toJSON") != nil {
			return false
		}
		w.clean = w.ran + 1
	}
	return true
}

func (w *writer) callUser(fn goja.Callable, this goja.Value, args ...goja.Value) goja.Value {
	w.ran++
	v, err := fn(this, args...)
	if err != nil {
		panic(err)
	}
	return v
}

func (w *writer) key(name string, index int) goja.Value {
	if index >= 0 {
		name = strconv.Itoa(index)
	}
	return w.vm.ToValue(name)
}

func (w *writer) primitive(v goja.Value) bool {
	if s, ok := v.(goja.String); ok {
		w.quote(s)
		return true
	}
	switch v.ExportType() {
	case typeInt:
		w.buf = strconv.AppendInt(w.buf, v.ToInteger(), 10)
	case typeFloat:
		w.float(v.ToFloat())
	case typeBool:
		w.buf = strconv.AppendBool(w.buf, v.ToBoolean())
	default:
		if goja.IsNull(v) {
			w.buf = append(w.buf, "null"...)
			return true
		}
		if goja.IsBigInt(v) {
			w.throw("TypeError", "Do not know how to serialize a BigInt")
		}
		return false // undefined, symbols
	}
	return true
}

func (w *writer) float(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		w.buf = append(w.buf, "null"...)
		return
	}
	if integer(f) {
		w.buf = strconv.AppendInt(w.buf, int64(f), 10)
		return
	}
	w.buf = ftoa.FToStr(f, ftoa.ModeStandard, 0, w.buf)
}
