package jsonvalue

import (
	"bytes"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ftoa"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/guard"
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
		if fn, ok := goja.AssertFunction(v.ToObject(w.vm).Get("toJSON")); ok {
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

func (w *writer) object(o *goja.Object, name string, index int) bool {
	if r := w.rawOf(o); r != nil {
		w.buf = append(w.buf, r.text...)
		return true
	}
	if w.objects.ordinary(o) != nil {
		w.push(o, name, index)
		w.plain(o)
		w.pop()
		return true
	}
	switch o.ClassName() {
	case "Number":
		return w.primitive(o.ToNumber())
	case "String":
		return w.primitive(o.ToString())
	case "Boolean":
		if b, ok := o.Export().(bool); ok {
			return w.primitive(w.vm.ToValue(b))
		}
	case "Function", "AsyncFunction", "GeneratorFunction":
		return false
	case "Array":
		w.push(o, name, index)
		w.array(o)
		w.pop()
		return true
	case "RawJSON":
		w.buf = append(w.buf, o.Get("rawJSON").String()...)
		return true
	case "BigInt", "Object":
		if o.ExportType() == typeBigInt {
			w.throw("TypeError", "Do not know how to serialize a BigInt")
		}
	}
	if _, callable := goja.AssertFunction(o); callable {
		return false
	}
	w.push(o, name, index)
	if isArray(o) {
		w.array(o)
	} else {
		w.plain(o)
	}
	w.pop()
	return true
}

func isArray(o *goja.Object) bool {
	for o.ClassName() != "Array" {
		if o.ExportType() != typeProxy {
			return false
		}
		proxy, ok := o.Export().(goja.Proxy)
		if !ok || proxy.Target() == nil {
			return false
		}
		o = proxy.Target()
	}
	return true
}

func (w *writer) push(o *goja.Object, name string, index int) {
	for i := range w.stack {
		if w.stack[i].object == o {
			w.circular(i, name, index)
		}
	}
	if len(w.stack) >= maxDepth {
		w.throw("RangeError", "Maximum call stack size exceeded")
	}
	w.stack = append(w.stack, level{object: o, name: name, index: index})
}

func (w *writer) pop() {
	last := len(w.stack) - 1
	w.stack[last] = level{}
	w.stack = w.stack[:last]
}

func (w *writer) array(o *goja.Object) {
	n := int(o.Get("length").ToInteger())
	if n == 0 {
		w.buf = append(w.buf, '[', ']')
		return
	}
	outer := w.enter('[')
	impl := w.objects.dense(o)
	for i := range n {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		if i&0xff == 0xff {
			w.look()
		}
		w.newline()
		v, ok := goja.Value(nil), false
		if impl != nil {
			v, ok = w.objects.element(impl, i)
		}
		if !ok {
			w.ran++
			if v = o.Get(strconv.Itoa(i)); v == nil {
				v = goja.Undefined()
			}
		}
		if !w.property(o, "", i, v) {
			w.buf = append(w.buf, "null"...)
		}
	}
	w.leave(outer, ']')
}

// look sees interruptions, and a text that is too long.
func (w *writer) look() {
	guard.Poll(w.vm)
	if len(w.buf) > guard.MaxString {
		guard.StringLength(w.vm, float64(utf8.RuneCount(w.buf)))
	}
}

func (w *writer) plain(o *goja.Object) {
	w.look()
	if !w.filtered && w.inside(o) {
		return
	}
	keys := w.allowed
	if !w.filtered {
		keys = o.Keys()
	}
	outer := w.enter('{')
	empty := true
	for i, name := range keys {
		if containsReplacement(name) && !w.filtered {
			// A lone surrogate in a name: these names have to be read as values.
			for _, key := range w.keyValues(o)[i:] {
				empty = !w.member(o, key.String(), key, empty) && empty
			}
			break
		}
		empty = !w.member(o, name, nil, empty) && empty
	}
	if empty {
		w.indent = outer
		w.buf = append(w.buf, '}')
		return
	}
	w.leave(outer, '}')
}

// inside writes an ordinary object from where the engine keeps its properties; false says that it is not one.
func (w *writer) inside(o *goja.Object) bool {
	l := &w.objects
	impl := l.ordinary(o)
	if impl == nil || w.replacer != nil {
		return false
	}
	names := impl.PropNames
	if !ordered(impl, names) {
		return false
	}
	// A toJSON may change the object: its keys are those of before, and their values are asked for from then on.
	base := len(w.keys)
	var slots []shapes.Slot
	var known *quoted
	if s := shapes.Of(impl); s != nil {
		if slots = shapes.Slots(impl.Values); len(slots) < len(names) {
			return false
		}
		for i := range names {
			if !l.data(slots[i].Value) {
				return false
			}
		}
		known = w.quotedNames(s, names)
	} else {
		for _, name := range names {
			v := impl.Values[name]
			if !l.data(v) {
				w.forget(base)
				return false
			}
			w.keys = append(w.keys, member{name, v})
		}
	}
	outer := w.enter('{')
	empty, ran := true, w.ran
	for i, name := range names {
		if slots == nil {
			name = w.keys[base+i].name
		}
		if w.ran != ran {
			key := w.keyValue(name)
			empty = !w.member(o, key.String(), key, empty) && empty
			continue
		}
		mark := len(w.buf)
		if !empty {
			w.buf = append(w.buf, ',')
		}
		w.newline()
		switch {
		case known != nil:
			w.buf = append(w.buf, known.names[i]...)
			w.wide = w.wide || known.wide
		default:
			w.quoteName(name)
		}
		w.buf = append(w.buf, ':')
		if w.gap != "" {
			w.buf = append(w.buf, ' ')
		}
		v := goja.Value(nil)
		if slots != nil {
			v = slots[i].Value
		} else {
			v = w.keys[base+i].value
		}
		if w.property(o, string(name), -1, v) {
			empty = false
		} else {
			w.buf = w.buf[:mark]
		}
	}
	w.forget(base)
	if empty {
		w.indent = outer
		w.buf = append(w.buf, '}')
	} else {
		w.leave(outer, '}')
	}
	return true
}

func (w *writer) quoteName(name unistring.String) {
	if u := name.AsUtf16(); u != nil {
		w.quote(goja.StringFromUTF16(u[1:]))
	} else {
		w.quoteUTF8(string(name))
	}
}

// quoted are the names of a shape as they stand in a text.
type quoted struct {
	shape *shapes.Shape
	names [shapes.Most]string
	wide  bool
}

// quotedNames looks for the names of a shape among those that were written before.
func (w *writer) quotedNames(s *shapes.Shape, names []unistring.String) *quoted {
	at := &w.quoted[uintptr(unsafe.Pointer(s))>>6%uintptr(len(w.quoted))]
	if q := *at; q != nil && q.shape == s {
		return q
	}
	q := &quoted{shape: s}
	*at = q
	start, wide := len(w.buf), w.wide
	w.wide = false
	for i, name := range names {
		w.quoteName(name)
		q.names[i] = string(w.buf[start:])
		w.buf = w.buf[:start]
	}
	q.wide, w.wide = w.wide, wide
	return q
}

// forget drops the properties of an object that has been written.
func (w *writer) forget(base int) {
	clear(w.keys[base:])
	w.keys = w.keys[:base]
}

// keyValue is a key as a string value.
func (c *Codec) keyValue(name unistring.String) goja.Value {
	if u := name.AsUtf16(); u != nil {
		return goja.StringFromUTF16(u[1:])
	}
	return c.vm.ToValue(string(name))
}

// member writes one property, unless its value is undefined. key is its name as a value, where it is needed.
func (w *writer) member(o *goja.Object, name string, key goja.Value, first bool) bool {
	var v goja.Value
	w.ran++
	if key != nil {
		v = w.get(o, key)
	} else if v = o.Get(name); v == nil {
		v = goja.Undefined()
	}
	mark := len(w.buf)
	if !first {
		w.buf = append(w.buf, ',')
	}
	w.newline()
	if key != nil {
		w.quote(key.(goja.String))
	} else {
		w.quoteUTF8(name)
	}
	w.buf = append(w.buf, ':')
	if w.gap != "" {
		w.buf = append(w.buf, ' ')
	}
	if !w.property(o, name, -1, v) {
		w.buf = w.buf[:mark]
		return false
	}
	return true
}

func (w *writer) enter(open byte) (outer string) {
	w.buf = append(w.buf, open)
	outer = w.indent
	if w.gap != "" {
		w.indent += w.gap
	}
	return outer
}

func (w *writer) newline() {
	if w.gap != "" {
		w.buf = append(w.buf, '\n')
		w.buf = append(w.buf, w.indent...)
	}
}

func (w *writer) leave(outer string, end byte) {
	w.indent = outer
	w.newline()
	w.buf = append(w.buf, end)
}

// lookEvery is after how many bytes of a string an interruption is looked for.
const lookEvery = 1 << 20

const hexDigits = "0123456789abcdef"

func (w *writer) quote(s goja.String) { w.quoteBytes(text(s)) }

func (w *writer) quoteUTF8(s string) {
	w.quoteBytes(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// quoteBytes quotes text in which surrogates that stand alone are three bytes each: those are escaped.
func (w *writer) quoteBytes(b []byte) {
	buf := append(w.buf, '"')
	start := 0
	for i, look := 0, lookEvery; i < len(b); {
		if i >= look {
			look += lookEvery
			w.look()
		}
		if n := plainPrefix(b[i:min(len(b), i+lookEvery)]); n > 0 {
			i += n
			continue
		}
		ch := b[i]
		if ch >= utf8.RuneSelf {
			w.wide = true
			if ch != 0xED || i+2 >= len(b) || b[i+1] < 0xA0 {
				i++
				continue
			}
			r, _ := decode(b[i:])
			buf = append(buf, b[start:i]...)
			buf = append(buf, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
			i += 3
			start = i
			continue
		}
		buf = append(buf, b[start:i]...)
		switch ch {
		case '"', '\\':
			buf = append(buf, '\\', ch)
		case '\b':
			buf = append(buf, '\\', 'b')
		case '\f':
			buf = append(buf, '\\', 'f')
		case '\n':
			buf = append(buf, '\\', 'n')
		case '\r':
			buf = append(buf, '\\', 'r')
		case '\t':
			buf = append(buf, '\\', 't')
		default:
			buf = append(buf, '\\', 'u', '0', '0', hexDigits[ch>>4], hexDigits[ch&15])
		}
		i++
		start = i
	}
	buf = append(buf, b[start:]...)
	w.buf = append(buf, '"')
}

// circular throws V8's account of a circle that starts at level start and is closed by the key.
func (w *writer) circular(start int, name string, index int) {
	const prefix, postfix = 2, 1
	var b strings.Builder
	b.WriteString("Converting circular structure to JSON\n    --> starting at object with constructor " + constructorName(w.stack[start].object))
	line := func(l level) {
		b.WriteString("\n    |     " + keyWords(l.name, l.index) + " -> object with constructor " + constructorName(l.object))
	}
	head := min(len(w.stack), start+1+prefix)
	for _, l := range w.stack[start+1 : head] {
		line(l)
	}
	if len(w.stack) > head+postfix {
		b.WriteString("\n    |     ...")
	}
	for _, l := range w.stack[max(head, len(w.stack)-postfix):] {
		line(l)
	}
	b.WriteString("\n    --- " + keyWords(name, index) + " closes the circle")
	w.throw("TypeError", b.String())
}

func keyWords(name string, index int) string {
	if index >= 0 {
		return "index " + strconv.Itoa(index)
	}
	return "property '" + name + "'"
}

func constructorName(o *goja.Object) string {
	if ctor, ok := o.Get("constructor").(*goja.Object); ok {
		if name := ctor.Get("name"); name != nil && name.String() != "" {
			return "'" + name.String() + "'"
		}
	}
	return "'Object'"
}
