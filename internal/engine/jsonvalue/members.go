package jsonvalue

import (
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/shapes"
)

// How objects and arrays are written, and how a circle of them is told of.

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
