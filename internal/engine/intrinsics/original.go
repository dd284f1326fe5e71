package intrinsics

import (
	"maps"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// original is an object before a script has changed it.
type original struct {
	object  *goja.Object
	values  map[unistring.String]goja.Value
	symbols map[*goja.Symbol]goja.Value
	tmpl    *layout.ObjectTemplate // of the global object: it makes classes when they are first asked for
	proto   *goja.Object
}

// copy keeps an object as it is, and gives it its own table back if it has another.
func (r *Realm) copy(o *goja.Object) {
	self := layout.SelfOf(o)
	self.Tab = Table(o)
	base := layout.BaseOf(o)
	var tmpl *layout.ObjectTemplate
	for _, t := range r.in.Templates {
		if self.Tab == t {
			tmpl = (*layout.TemplatedObject)(self.Data).Tmpl
		}
	}
	if tmpl != nil {
		own := method[func(unsafe.Pointer, unistring.String) goja.Value](self.Tab, r.in.GetOwnPropStr)
		for name := range tmpl.Props {
			if o != r.global {
				own(self.Data, name)
			}
		}
		for name := range tmpl.SymProps {
			method[func(unsafe.Pointer, *goja.Symbol) goja.Value](self.Tab, r.in.GetOwnPropSym)(self.Data, name)
			break
		}
	}
	c := &original{object: o, values: maps.Clone(base.Values), symbols: map[*goja.Symbol]goja.Value{}}
	for name, v := range c.values {
		c.values[name] = r.clone(v)
	}
	if o == r.global {
		c.tmpl = tmpl
	}
	if s := (*layout.OrderedMap)(base.SymValues); s != nil {
		for e := s.IterFirst; e != nil; e = e.IterNext {
			if name, ok := e.Key.(*goja.Symbol); ok {
				c.symbols[name] = r.clone(e.Value)
			}
		}
	}
	c.proto = method[func(unsafe.Pointer) *goja.Object](self.Tab, r.in.Proto)(self.Data)
	if r.copies == nil {
		r.copies = map[*goja.Object]*original{}
		replaced.Add(1)
	}
	r.copies[o] = c
	r.harden(c)
}

// clone copies a stored property: those with attributes are changed in place.
func (r *Realm) clone(v goja.Value) goja.Value {
	w := layout.WordsOf(v)
	if w.Tab != r.facts.Property {
		return v
	}
	p := *(*layout.ValueProperty)(w.Data)
	w.Data = unsafe.Pointer(&p)
	return w.Value()
}

// str gives a stored property, nil if there was none. Of plain values it is the present one: scripts may set them.
func (c *original) str(r *Realm, name unistring.String) goja.Value {
	v, ok := c.values[name]
	if !ok && c.tmpl != nil {
		if make := c.tmpl.Props[name]; make != nil {
			v = make(r.vm)
			c.values[name] = v
		}
	}
	if v != nil && r.primitive(v) {
		self := *layout.SelfOf(c.object)
		now := method[func(unsafe.Pointer, unistring.String) goja.Value](self.Tab, r.in.GetOwnPropStr)(self.Data, name)
		if now != nil && r.primitive(now) {
			return now
		}
	}
	return v
}

// harden replaces those methods of a copy that look up others on the prototypes that scripts see.
func (r *Realm) harden(c *original) {
	around := func(name string, f func(plain func(goja.FunctionCall) goja.Value, call goja.FunctionCall) goja.Value) {
		if plain := r.callable(r.held(c.str(r, unistring.NewFromString(name)))); plain != nil {
			c.values[unistring.NewFromString(name)] = r.vm.ToValue(func(call goja.FunctionCall) goja.Value { return f(plain, call) })
		}
	}
	switch c.object {
	case r.intrinsic(r.in.PromisePrototype):
		then := r.callable(r.held(c.str(r, "then")))
		around("catch", func(_ func(goja.FunctionCall) goja.Value, call goja.FunctionCall) goja.Value {
			return then(goja.FunctionCall{This: call.This, Arguments: []goja.Value{goja.Undefined(), call.Argument(0)}})
		})
		around("finally", func(_ func(goja.FunctionCall) goja.Value, call goja.FunctionCall) goja.Value {
			return r.finally(then, call.This, call.Argument(0))
		})
	case r.intrinsic(r.in.RegExpPrototype):
		around("test", func(plain func(goja.FunctionCall) goja.Value, call goja.FunctionCall) goja.Value {
			r.hardenRegExp(call.This)
			return plain(call)
		})
		// Its methods are called by those of strings.
		if proto := r.vm.ToValue("").ToObject(r.vm).Prototype(); r.copies[proto] == nil {
			r.copy(proto)
		}
	case r.intrinsic(r.in.StringPrototype):
		for _, name := range [...]string{"match", "matchAll", "replace", "replaceAll", "search", "split"} {
			around(name, func(plain func(goja.FunctionCall) goja.Value, call goja.FunctionCall) goja.Value {
				r.hardenRegExp(call.Argument(0))
				return plain(call)
			})
		}
	}
}

// finally is Promise.prototype.finally with the original then.
func (r *Realm) finally(then func(goja.FunctionCall) goja.Value, promise, f goja.Value) goja.Value {
	call := r.callable(f)
	if call == nil {
		return then(goja.FunctionCall{This: promise, Arguments: []goja.Value{f, f}})
	}
	after := func(settle func(goja.Value) goja.Value) goja.Value {
		return r.vm.ToValue(func(c goja.FunctionCall) goja.Value {
			p, resolve, _ := r.vm.NewPromise()
			resolve(call(goja.FunctionCall{This: goja.Undefined()}))
			v := c.Argument(0)
			return then(goja.FunctionCall{This: r.vm.ToValue(p), Arguments: []goja.Value{r.vm.ToValue(func(goja.FunctionCall) goja.Value { return settle(v) })}})
		})
	}
	return then(goja.FunctionCall{This: promise, Arguments: []goja.Value{
		after(func(v goja.Value) goja.Value { return v }), after(func(v goja.Value) goja.Value { panic(v) })}})
}

// hardenRegExp gives a regular expression the methods by which the engine's functions of strings work on it, as its own.
func (r *Realm) hardenRegExp(v goja.Value) {
	o, ok := v.(*goja.Object)
	c := r.copies[r.intrinsic(r.in.RegExpPrototype)]
	if !ok || c == nil || o.Prototype() != c.object || layout.BaseOf(o).Values["exec"] != nil {
		return
	}
	for name, v := range c.values {
		if name == "constructor" {
			continue
		}
		if p := r.clone(v); layout.WordsOf(p).Tab == r.facts.Property {
			if get := (*layout.ValueProperty)(layout.WordsOf(p).Data).GetterFunc; get != nil {
				o.DefineAccessorProperty(name.String(), get, nil, goja.FLAG_TRUE, goja.FLAG_FALSE)
				continue
			}
		}
		o.DefineDataProperty(name.String(), r.value(v, o), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	for name, v := range c.symbols {
		o.DefineDataPropertySymbol(name, r.value(v, o), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	o.DefineDataProperty("constructor", r.species(), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// species is the constructor of regular expressions as split and matchAll see it: what these make is hardened as well.
func (r *Realm) species() goja.Value {
	if r.regexps == nil {
		class := r.Global("RegExp")
		r.regexps = r.vm.NewObject()
		r.regexps.DefineDataPropertySymbol(goja.SymSpecies, r.vm.ToValue(func(call goja.ConstructorCall) *goja.Object {
			o, err := r.vm.New(class, call.Arguments...)
			if err != nil {
				panic(err)
			}
			r.hardenRegExp(o)
			return o
		}), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
	return r.regexps
}
