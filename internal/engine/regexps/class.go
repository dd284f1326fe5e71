package regexps

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/regex"
)

type native = func(goja.FunctionCall) goja.Value

// complete puts our functions behind those of the engine's class and adds what it lacks.
func (r *Realm) complete() {
	class := nativeOf(r.class)
	class.F = func(call goja.FunctionCall) goja.Value { return r.construct(call.Arguments, nil) }
	class.Construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		if newTarget == nil {
			newTarget = r.class
		}
		return r.construct(args, newTarget)
	}
	for name, f := range map[string]native{"exec": r.execMethod, "test": r.test, "toString": r.toStringMethod, "compile": r.compileMethod} {
		nativeOf(r.proto.Get(name)).F = f
	}
	r.exec = r.proto.Get("exec").(*goja.Object)
	for s, f := range map[*goja.Symbol]native{goja.SymMatch: r.match, goja.SymMatchAll: r.matchAll, goja.SymReplace: r.replace,
		goja.SymSearch: r.searchMethod, goja.SymSplit: r.split} {
		nativeOf(r.proto.GetSymbol(s)).F = f
	}
	r.getter("source", r.source)
	r.getter("flags", r.flags)
	for _, f := range flagNames {
		r.getter(f.name, func(this goja.Value) goja.Value {
			if o := r.of(this); o != nil {
				return r.vm.ToValue(r.patternOf(o).flags&f.flag != 0)
			}
			return r.onPrototype(f.name, this, goja.Undefined())
		})
	}
	// In V8's order.
	for _, s := range [...]*goja.Symbol{goja.SymReplace, goja.SymSearch, goja.SymSplit} {
		f := r.proto.GetSymbol(s)
		r.proto.DeleteSymbol(s)
		r.proto.DefineDataPropertySymbol(s, f, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	layout.BaseOf(r.proto).PropNames = []unistring.String{"constructor", "exec", "dotAll", "flags", "global", "hasIndices", "ignoreCase", "multiline",
		"source", "sticky", "unicode", "unicodeSets", "compile", "toString", "test"}
}

// flagNames are the getters of single flags, in the order in which V8 asks them for flags.
var flagNames = [...]struct {
	name   string
	flag   regex.Flags
	letter string
}{{"hasIndices", regex.HasIndices, "d"}, {"global", regex.Global, "g"}, {"ignoreCase", regex.IgnoreCase, "i"}, {"multiline", regex.Multiline, "m"},
	{"dotAll", regex.DotAll, "s"}, {"unicode", regex.Unicode, "u"}, {"sticky", regex.Sticky, "y"}, {"unicodeSets", regex.UnicodeSets, "v"}}

// nativeOf is the engine's function behind a function object that nobody has changed yet.
func nativeOf(v goja.Value) *layout.NativeFuncObject {
	return (*layout.NativeFuncObject)(layout.SelfOf(v.(*goja.Object)).Data)
}

// getter makes an accessor of RegExp.prototype, or goes behind the engine's.
func (r *Realm) getter(name string, f func(this goja.Value) goja.Value) {
	call := func(call goja.FunctionCall) goja.Value { return f(call.This) }
	if p, ok := layout.PropertyOf(layout.BaseOf(r.proto).Values[unistring.String(name)]); ok {
		nativeOf(p.GetterFunc).F = call
		return
	}
	r.proto.DefineAccessorProperty(name, r.host.Method("get "+name, 0, call), nil, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// Complete adds to the class what only those see who name it.
func (r *Realm) Complete() {
	r.host.Amend(func() {
		property := func(value func() goja.Value, set func(goja.Value), names ...string) {
			for _, name := range names {
				r.class.DefineAccessorProperty(name, r.host.Method("get "+name, 0, func(goja.FunctionCall) goja.Value { return value() }),
					r.host.Method("set "+name, 1, func(call goja.FunctionCall) goja.Value {
						if set != nil {
							set(call.Argument(0))
						}
						return goja.Undefined()
					}), goja.FLAG_TRUE, goja.FLAG_FALSE)
			}
		}
		part := func(from, to func(caps []int32, n int) int) func() goja.Value {
			return func() goja.Value {
				if r.last.input == nil {
					return r.empty
				}
				t := r.text(r.last.input)
				return r.sub(&t, from(r.last.caps, t.n), to(r.last.caps, t.n))
			}
		}
		group := func(g int) func() goja.Value {
			bound := func(end int) func(caps []int32, n int) int {
				return func(caps []int32, n int) int {
					if g < 0 && len(caps) == 2 || 2*g >= len(caps) {
						return 0
					}
					return max(int(caps[(2*g+len(caps))%len(caps)+end]), 0)
				}
			}
			return part(bound(0), bound(1))
		}
		property(func() goja.Value {
			switch {
			case r.last.set != nil:
				return r.last.set
			case r.last.input == nil:
				return r.empty
			}
			return r.last.input
		}, func(v goja.Value) { r.last.set = r.toString(v) }, "input", "$_")
		property(group(0), nil, "lastMatch", "$&")
		property(group(-1), nil, "lastParen", "$+")
		zero := func([]int32, int) int { return 0 }
		property(part(zero, func(caps []int32, _ int) int { return int(caps[0]) }), nil, "leftContext", "$`")
		property(part(func(caps []int32, _ int) int { return int(caps[1]) }, func(_ []int32, n int) int { return n }), nil, "rightContext", "$'")
		for i := 1; i <= 9; i++ {
			property(group(i), nil, "$"+strconv.Itoa(i))
		}
		r.class.DefineDataProperty("escape", r.host.Method("escape", 1, r.escape), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	})
}

// construct is RegExp as a function, without a newTarget, and as a constructor.
func (r *Realm) construct(args []goja.Value, newTarget *goja.Object) *goja.Object {
	var source, flags goja.Value = goja.Undefined(), goja.Undefined()
	if len(args) > 0 {
		source = args[0]
	}
	if len(args) > 1 {
		flags = args[1]
	}
	is := r.isRegExp(source)
	if newTarget == nil {
		newTarget = r.class
		if is && goja.IsUndefined(flags) {
			if o := source.(*goja.Object); o.Get("constructor") == goja.Value(r.class) {
				return o
			}
		}
	}
	var known *pattern
	if rx := r.of(source); rx != nil {
		known = r.patternOf(rx)
		source = known.source
		if goja.IsUndefined(flags) {
			flags = r.vm.ToValue(known.flags.String())
		} else {
			known = nil
		}
	} else if is {
		o := source.(*goja.Object)
		source = get(o, "source")
		if goja.IsUndefined(flags) {
			flags = get(o, "flags")
		}
	}
	proto := r.proto
	if newTarget != r.class {
		if p, ok := newTarget.Get("prototype").(*goja.Object); ok {
			proto = p
		}
	}
	if known == nil {
		known = r.initialize(source, flags)
	}
	return r.make(known, proto)
}

// initialize is what RegExpInitialize compiles.
func (r *Realm) initialize(source, flags goja.Value) *pattern {
	s, f := r.empty.(goja.String), ""
	if !goja.IsUndefined(source) {
		s = r.toString(source)
	}
	if !goja.IsUndefined(flags) {
		f = r.toString(flags).String()
	}
	return r.compile(s, f)
}

// isRegExp is IsRegExp.
func (r *Realm) isRegExp(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	if !ok {
		return false
	}
	if m := o.GetSymbol(goja.SymMatch); m != nil && !goja.IsUndefined(m) {
		return m.ToBoolean()
	}
	return r.of(v) != nil
}

func (r *Realm) compileMethod(call goja.FunctionCall) goja.Value {
	o := r.of(call.This)
	if o == nil {
		r.incompatible("RegExp.prototype.compile", call.This)
	}
	source, flags := call.Argument(0), call.Argument(1)
	var p *pattern
	if other := r.of(source); other != nil {
		if !goja.IsUndefined(flags) {
			r.throw("TypeError", "Invalid flags supplied to RegExp constructor '"+r.toString(flags).String()+"'")
		}
		p = r.patternOf(other)
	} else {
		p = r.initialize(source, flags)
	}
	o.Pattern, o.Source = &p.RegExpPattern, p.source
	r.setLastIndex(o, 0)
	return call.This
}

// onPrototype is what a getter gives for what is no regular expression.
func (r *Realm) onPrototype(name string, this, v goja.Value) goja.Value {
	if this != goja.Value(r.proto) {
		r.throw("TypeError", "RegExp.prototype."+name+" getter called on non-RegExp object")
	}
	return v
}

func (r *Realm) source(this goja.Value) goja.Value {
	if o := r.of(this); o != nil {
		return r.escaped(r.patternOf(o).source)
	}
	return r.onPrototype("source", this, r.vm.ToValue("(?:)"))
}

func (r *Realm) flags(this goja.Value) goja.Value {
	if o := r.standard(this); o != nil {
		return r.vm.ToValue(r.patternOf(o).flags.String())
	}
	o, ok := this.(*goja.Object)
	if !ok {
		r.throw("TypeError", "RegExp.prototype.flags getter called on non-object "+r.host.Describe(this))
	}
	var letters []string
	for _, f := range flagNames {
		if get(o, f.name).ToBoolean() {
			letters = append(letters, f.letter)
		}
	}
	slices.Sort(letters)
	return r.vm.ToValue(strings.Join(letters, ""))
}

func (r *Realm) toStringMethod(call goja.FunctionCall) goja.Value {
	o := r.receiver("toString", call.This)
	b := builder{r: r}
	b.addString(r.vm.ToValue("/").(goja.String))
	b.addString(r.toString(get(o, "source")))
	b.addString(r.vm.ToValue("/").(goja.String))
	b.addString(r.toString(get(o, "flags")))
	return b.value()
}

// receiver is the object that a method was called on.
func (r *Realm) receiver(method string, this goja.Value) *goja.Object {
	o, ok := this.(*goja.Object)
	if !ok {
		r.incompatible("RegExp.prototype."+method, this)
	}
	return o
}

func (r *Realm) execMethod(call goja.FunctionCall) goja.Value {
	o := r.of(call.This)
	if o == nil {
		r.incompatible("RegExp.prototype.exec", call.This)
	}
	t := r.text(r.toString(call.Argument(0)))
	return r.builtinExec(o, &t)
}

func (r *Realm) test(call goja.FunctionCall) goja.Value {
	o := r.receiver("test", call.This)
	t := r.text(r.toString(call.Argument(0)))
	if rx := r.standard(o); rx != nil {
		_, found := r.find(rx, &t)
		return r.vm.ToValue(found)
	}
	return r.vm.ToValue(r.regExpExec(o, &t) != nil)
}

// escape is RegExp.escape.
func (r *Realm) escape(call goja.FunctionCall) goja.Value {
	s, ok := call.Argument(0).(goja.String)
	if !ok {
		r.throw("TypeError", "input argument must be a string")
	}
	return goja.StringFromUTF16(regex.Escape(r.textOf(s)))
}

func (r *Realm) textOf(s goja.String) []uint16 {
	t := r.text(s)
	return t.all()
}
