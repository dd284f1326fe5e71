package engine

import (
	"strings"

	"github.com/dop251/goja"
)

// How V8 writes values in messages. None of this runs a script.

// describeValue writes a value as most messages do: texts in quotation marks.
func (e *Engine) describeValue(v goja.Value) string {
	if s, ok := v.(goja.String); ok {
		return `"` + s.String() + `"`
	}
	return e.receiver(v)
}

// receiver writes a value as messages about receivers do: texts as they are.
func (e *Engine) receiver(v goja.Value) string {
	switch v := v.(type) {
	case nil:
		return "undefined"
	case *goja.Symbol:
		return "Symbol(" + v.String() + ")"
	case *goja.Object:
		return e.describeObject(v)
	}
	return v.String()
}

func (e *Engine) describeObject(o *goja.Object) string {
	switch kind := KindOf(o); kind {
	case ArrayObject:
		return "[object Array]"
	case Function, ClassFunction, AsyncFunction, GeneratorFunction, AsyncGeneratorFunction:
		text := "function"
		e.vm.Try(func() {
			source := e.vm.Get("Function").ToObject(e.vm).Get("prototype").ToObject(e.vm).Get("toString")
			text = e.Apply(source, o).String()
		})
		if len(text) > 128 {
			text = text[:111] + "...<omitted>..." + text[len(text)-2:]
		}
		return text
	case ProxyObject:
		return "#<Object>"
	}
	if e.IsError(o) {
		return e.stackHeader(o)
	}
	if f := e.inherited(o, "toString"); f != nil && f == e.OwnValue(e.ObjectPrototype(), "toString") {
		if c, ok := e.inherited(o, "constructor").(*goja.Object); ok {
			if name := dataString(c, "name"); name != "" {
				return "#<" + name + ">"
			}
		}
	}
	for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
		if tag := e.ownDescriptor(at, goja.SymToStringTag); tag != nil {
			if v := tag.Get("value"); goja.IsString(v) {
				return "[object " + v.String() + "]"
			}
			break
		}
	}
	return "[object " + o.ClassName() + "]"
}

// inherited is the value of a data property of an object or of what it inherits from, nil if there is none.
func (e *Engine) inherited(o *goja.Object, key string) goja.Value {
	for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
		if d := e.ownDescriptor(at, key); d != nil {
			return d.Get("value")
		}
	}
	return nil
}

// Typed is typed for other packages.
func (e *Engine) Typed(v goja.Value) string { return e.typed(v) }

// Uniterable says why a value certainly cannot be iterated, "" if it perhaps can.
func (e *Engine) Uniterable(v goja.Value) string {
	if nullish(v) {
		return e.uniterable(v)
	}
	for at := v.ToObject(e.vm); at != nil; at = at.Prototype() {
		if KindOf(at) == ProxyObject {
			return ""
		}
		if d := e.ownDescriptor(at, goja.SymIterator); d != nil {
			if d.Get("get") == nil && nullish(d.Get("value")) {
				break
			}
			return ""
		}
	}
	return e.uniterable(v)
}

// Inherited is the value of a property of an object or of what it inherits from; false if it is not known without running scripts.
func (e *Engine) Inherited(o *goja.Object, key string) (goja.Value, bool) {
	for at := o; at != nil; at = at.Prototype() {
		if KindOf(at) == ProxyObject {
			return nil, false
		}
		if d := e.ownDescriptor(at, key); d != nil {
			if v := d.Get("value"); v != nil {
				return v, true
			}
			return nil, false
		}
	}
	return goja.Undefined(), true
}

// typed writes a value of which the text around the call says nothing: its type, and what it is if that is short.
func (e *Engine) typed(v goja.Value) string {
	switch {
	case v == nil || goja.IsUndefined(v):
		return "undefined"
	case goja.IsNull(v):
		return "object null"
	case goja.IsString(v):
		return `string "` + v.String() + `"`
	}
	if callable(v) {
		return "function"
	}
	switch t := typeOf(v); t {
	case "number", "boolean":
		return t + " " + v.String()
	default:
		return t
	}
}

// uniterable is V8's message for a value that a built-in function cannot iterate.
func (e *Engine) uniterable(v goja.Value) string {
	what := e.typed(v)
	if goja.IsString(v) {
		what = "string " + v.String()
	}
	return what + " is not iterable (cannot read property Symbol(Symbol.iterator))"
}

// calledOnNullish is what a method of a prototype says of undefined and null as its receiver.
func calledOnNullish(class, full, name string) string {
	const plain = "Cannot convert undefined or null to object"
	switch class {
	case "Array":
		switch name {
		case "concat", "every", "filter", "find", "findIndex", "findLast", "findLastIndex", "forEach", "indexOf", "map", "reduce", "reduceRight", "some":
		default:
			return plain
		}
	case "Object":
		if name != "toLocaleString" && name != "__proto__" {
			return plain
		}
	case "String":
		full = strings.NewReplacer("trimStart", "trimLeft", "trimEnd", "trimRight").Replace(full)
	}
	return full + " called on null or undefined"
}
