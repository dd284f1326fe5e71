package engine

import (
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// Site describes a frame.
func (e *Engine) Site(f *Frame) Site {
	s := Site{Frame: *f}
	if f.Prg == nil {
		s.Native = true
		s.Function = ownName(f.Fn)
		if strings.HasPrefix(s.Function, "getInt") || strings.HasPrefix(s.Function, "getUint") || strings.HasPrefix(s.Function, "getFloat") || strings.HasPrefix(s.Function, "getBig") ||
			strings.HasPrefix(s.Function, "setInt") || strings.HasPrefix(s.Function, "setUint") || strings.HasPrefix(s.Function, "setFloat") || strings.HasPrefix(s.Function, "setBig") {
			s.Function = "DataView.prototype." + s.Function
			return s
		}
		s.TypeName = e.TypeName(f.This)
		return s
	}
	position := e.position(f.Prg, f.PC)
	if f.Undefined {
		position = e.loadPosition(f.Prg, f.PC, position)
	}
	s.File, s.Line, s.Col = position.Filename, position.Line, position.Column
	s.Line, s.Col = e.hooks.Locate(s.File, s.Line, s.Col)
	s.Function = e.functionName(f)
	origin, evaluated := strings.CutPrefix(s.File, evalName)
	switch {
	case evaluated || s.File == "":
		s.Eval, s.File = true, ""
		if s.EvalOrigin = origin; origin == "" {
			s.EvalOrigin = "eval at <anonymous>"
		}
		if own := scriptFunction(f.Fn); own == nil || own.Prg != f.Prg {
			s.Function, s.Toplevel = "eval", true // the text's own code
			return s
		}
		if s.Function == "anonymous" && layout.ProgramOf(f.Prg).FuncName == "anonymous" || s.Function == "" && e.inferred(f.Fn) == "" {
			s.Function = "eval"
		}
	case f.Fn == nil || e.isProgramTop(f):
		s.Toplevel = true
		return s
	}
	if f.Construct {
		return s
	}
	if name := layout.ProgramOf(f.Prg).FuncName.String(); name == staticInitializer || name == fieldsInitializer {
		s.Function, s.Toplevel = name, true
		return s
	}
	switch {
	case f.This == nil || goja.IsUndefined(f.This) || goja.IsNull(f.This) || f.This == e.vm.GlobalObject():
		s.Toplevel = true
	default:
		s.TypeName = e.TypeName(f.This)
		if f.Fn != nil {
			s.Method = e.methodName(f.This, f.Fn, s.Function)
		}
	}
	return s
}

// named gives the sites of functions without a name the one that V8 infers.
func (e *Engine) named(sites []Site) {
	for i := range sites {
		if s := &sites[i]; s.Function == "" && s.Fn != nil && s.Prg != nil && !s.Native {
			s.Function = e.inferred(s.Fn)
		}
	}
}

// What the engine calls the programs of a class's fields, as V8 does.
const (
	staticInitializer = "<static_initializer>"
	fieldsInitializer = "<instance_members_initializer>"
)

// beforeClass moves a frame to where V8 says that a class's declaration runs its static initializers: to what the function has done last.
func (e *Engine) beforeClass(s *Site) {
	p := layout.ProgramOf(s.Prg)
	at := -1
	for i, item := range p.SrcMap {
		if item.PC > s.PC {
			break
		}
		at = i
	}
	if at < 0 || p.Src == nil {
		return
	}
	text := p.Src.Source()
	class := p.SrcMap[at].SrcPos
	if class < 0 || class >= len(text) || !strings.HasPrefix(text[class:], "class") || strings.TrimRight(text[:class], " \t\r\n;{}") == strings.TrimRight(text[:class], " \t") {
		return // no declaration
	}
	for at--; at > 0; at-- {
		if item := p.SrcMap[at]; item.SrcPos != class {
			before := e.position(s.Prg, item.PC)
			s.Line, s.Col = e.hooks.Locate(before.Filename, before.Line, before.Column)
			return
		}
	}
}

// sourceOf is a script function's text, "" for all else.
func sourceOf(fn *goja.Object) string {
	if f := scriptFunction(fn); f != nil {
		return f.Src
	}
	return ""
}

// scriptFunction is what the engine has of a function of a script's, nil if it is none.
func scriptFunction(fn *goja.Object) *layout.BaseJsFuncObject {
	if fn == nil {
		return nil
	}
	switch layout.SelfType(fn).String() {
	case "*goja.funcObject", "*goja.methodFuncObject", "*goja.arrowFuncObject", "*goja.classFuncObject", "*goja.asyncFuncObject", "*goja.asyncMethodFuncObject",
		"*goja.asyncArrowFuncObject", "*goja.generatorFuncObject", "*goja.generatorMethodFuncObject":
		return (*layout.BaseJsFuncObject)(layout.SelfOf(fn).Data)
	}
	return nil
}

// constructorSite is a class's constructor where it runs before it has a frame: it stands at the class.
func (e *Engine) constructorSite(class *goja.Object) (s Site, ok bool) {
	written := sourceOf(class)
	if written == "" || layout.ClassOf(layout.SelfOf(class)) != layout.ClassConstructor {
		return s, false
	}
	init := (*layout.ClassFuncObject)(layout.SelfOf(class).Data).InitFields
	if init == nil {
		return s, false
	}
	src := layout.ProgramOf(init).Src
	at := within(src.Source(), written)
	if at < 0 {
		return s, false // the text that ran is another
	}
	p := src.Position(at)
	s = Site{Frame: Frame{Fn: class, Construct: true}, Function: ownName(class), File: p.Filename}
	s.Line, s.Col = e.hooks.Locate(p.Filename, p.Line, p.Column)
	return s, true
}

// isProgramTop tells the code of a script itself from a function's.
func (e *Engine) isProgramTop(f *Frame) bool {
	_, callable := goja.AssertFunction(f.Fn)
	return !callable
}

func ownName(fn *goja.Object) string {
	if fn == nil {
		return ""
	}
	return dataString(fn, "name")
}

// dataString reads a string property without running a script's getter.
func dataString(o *goja.Object, key string) string {
	switch KindOf(o) {
	case ProxyObject:
		return "" // asking a revoked one would throw, and that error would have to ask again
	case ClassFunction: // which may inherit one
		d := layout.Held(layout.BaseOf(o).Values[unistring.NewFromString(key)])
		if d == nil || !goja.IsString(d) {
			return ""
		}
		return d.String()
	}
	v := o.Get(key)
	if v == nil || !goja.IsString(v) {
		return ""
	}
	return v.String()
}

func (e *Engine) functionName(f *Frame) string {
	if f.Fn != nil && !e.isProgramTop(f) {
		if name := dataString(f.Fn, "name"); name != "" {
			return name
		}
	}
	return ""
}

// TypeName is V8's name for a receiver's class: that of the constructor of the first prototype that has one with a name. It runs no script.
func (e *Engine) TypeName(this goja.Value) (name string) {
	if this == nil || goja.IsUndefined(this) || goja.IsNull(this) {
		return ""
	}
	e.vm.Try(func() {
		o := this.ToObject(e.vm)
		if KindOf(o) == ProxyObject {
			name = "Proxy"
			return
		}
		if IsFunction(o) {
			if name = e.debugName(o); name == "" {
				name = "Function"
			}
			return
		}
		for at := o; at != nil; at = at.Prototype() {
			if KindOf(at) == ProxyObject {
				continue
			}
			if at != o {
				if c := e.constructorOf(at); c != nil {
					if name = e.debugName(c); name != "" && name != "Object" {
						return
					}
				}
			}
			if tag := e.ownDescriptor(at, goja.SymToStringTag); tag != nil && goja.IsString(tag.Get("value")) {
				if name = tag.Get("value").String(); name == "Array Iterator" {
					return
				} else if name != "Iterator Helper" {
					if strings.HasSuffix(name, " Iterator") {
						name = strings.ReplaceAll(name, " ", "")
					}
					return
				}
			}
			if at == *e.iteratorPrototype() {
				name = "Iterator"
				return
			}
		}
		name = o.ClassName()
	})
	return name
}

// constructorOf is the class that a prototype says that it is of, nil if it says none.
func (e *Engine) constructorOf(proto *goja.Object) *goja.Object {
	d := e.ownDescriptor(proto, "constructor")
	if d == nil {
		return nil
	}
	v := d.Get("value")
	if get, ok := d.Get("get").(*goja.Object); ok && IsNative(get) {
		if f, ok := goja.AssertFunction(get); ok {
			v, _ = f(proto)
		}
	}
	if c, ok := v.(*goja.Object); ok && IsFunction(c) {
		return c
	}
	return nil
}

// debugName is the name of a function: its own or the inferred one, "" if it has none.
func (e *Engine) debugName(fn *goja.Object) string {
	if name := ownName(fn); name != "" {
		if strings.HasPrefix(name, "bound ") && scriptFunction(fn) == nil {
			return ""
		}
		return name
	}
	return e.inferred(fn)
}

// ClassName is the name of an object's constructor. Scripts can change it.
func (e *Engine) ClassName(o *goja.Object) string {
	c, _ := o.Get("constructor").(*goja.Object)
	return ownName(c)
}

func isClass(fn *goja.Object) bool { return KindOf(fn) == ClassFunction }

// methodName is the property by which a receiver has a function, "" if there is none or several.
func (e *Engine) methodName(this goja.Value, fn *goja.Object, function string) (name string) {
	e.vm.Try(func() { name = e.propertyOf(this.ToObject(e.vm), fn, function) })
	return name
}

func (e *Engine) propertyOf(o, fn *goja.Object, function string) string {
	if kind, name, ok := strings.Cut(function, " "); ok && (kind == "get" || kind == "set") {
		function = name
	}
	for at := o; at != nil && function != "" && KindOf(at) != ProxyObject; at = at.Prototype() {
		if is, has := e.holds(at, function, fn); is {
			return function
		} else if has {
			break // another function of that name is in the way
		}
	}
	if function == "" { // it has been assigned to several properties: the last of them counts
		if inferred := e.inferred(fn); inferred != "" {
			for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
				last := inferred[strings.LastIndexByte(inferred, '.')+1:]
				if is, _ := e.holds(at, last, fn); is {
					return last
				}
			}
		}
	}
	found := ""
	for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
		for _, k := range at.Keys() { // what is not enumerable does not count
			if k == found || k != "" && k[0] >= '0' && k[0] <= '9' {
				continue
			}
			if is, _ := e.holds(at, k, fn); is {
				if found != "" {
					return ""
				}
				found = k
			}
		}
	}
	return found
}

// holds reports whether the value, getter or setter of an object's own property is fn, and whether there is such a property.
func (e *Engine) holds(o *goja.Object, key string, fn *goja.Object) (is, has bool) {
	if plain(o) {
		v := layout.BaseOf(o).Values[unistring.NewFromString(key)]
		if p, ok := layout.PropertyOf(v); ok {
			return p.Value == goja.Value(fn) || p.GetterFunc == fn || p.SetterFunc == fn, true
		}
		return v == goja.Value(fn), v != nil
	}
	d := e.ownDescriptor(o, key)
	if d == nil {
		return false, false
	}
	for _, name := range [...]string{"value", "get", "set"} {
		if d.Get(name) == goja.Value(fn) {
			return true, true
		}
	}
	return false, true
}

// plain tells whether all properties of an object stand where its class-independent part has them.
func plain(o *goja.Object) bool { return layout.SelfOf(o).Tab == layout.Found().Base }

// OwnValue reads a data property of an object itself, nil if there is none. It runs no script.
func (e *Engine) OwnValue(o *goja.Object, key string) goja.Value {
	if d := e.ownDescriptor(o, key); d != nil {
		return d.Get("value")
	}
	return nil
}

// ownDescriptor describes an object's own property, nil if there is none; the key is a symbol or a string.
func (e *Engine) ownDescriptor(o *goja.Object, key any) *goja.Object {
	if plain(o) { // most have none, and a description is an object
		switch key := key.(type) {
		case string:
			if layout.BaseOf(o).Values[unistring.NewFromString(key)] == nil {
				return nil
			}
		case *goja.Symbol:
			if layout.SymbolProperty(o, key) == nil {
				return nil
			}
		}
	}
	if e.descriptor == nil {
		e.descriptor, _ = goja.AssertFunction(e.Member(e.Intrinsic("Object"), "getOwnPropertyDescriptor"))
	}
	d, err := e.descriptor(goja.Undefined(), o, e.vm.ToValue(key))
	if err != nil {
		return nil
	}
	descriptor, _ := d.(*goja.Object)
	return descriptor
}
