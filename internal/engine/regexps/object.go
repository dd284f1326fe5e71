package regexps

import (
	"sync/atomic"
	"unicode/utf16"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
	"gonode/internal/regex"
)

// pattern is a compiled pattern. It stands where the engine has its own, whose shape it begins with, and is immutable.
type pattern struct {
	layout.RegExpPattern
	source goja.String
	flags  regex.Flags
	prog   *regex.Program
	groups atomic.Pointer[shapes.Shape] // of the object of the named groups, once that was made
}

// groupShape is the shape of the object of the named groups, nil if it has none.
func (p *pattern) groupShape() *shapes.Shape {
	s := p.groups.Load()
	if s == nil {
		if s = shapes.Empty(); s == nil {
			return nil
		}
		for _, name := range p.prog.Names {
			if s = s.With(unistring.NewFromString(name.Name)); s == nil {
				return nil
			}
		}
		p.groups.Store(s)
	}
	return s
}

// mark is the Src of our patterns, at an address of its own.
var mark = [1]byte{'/'}

// patternOf is the pattern of a regular expression. One that the engine has made by itself is replaced.
func (r *Realm) patternOf(o *layout.RegExpObject) *pattern {
	if unsafe.StringData(o.Pattern.Src) == &mark[0] {
		return (*pattern)(unsafe.Pointer(o.Pattern))
	}
	source, flags := written(o.Pattern, o.Source)
	p := r.compile(source, flags)
	o.Pattern, o.Source = &p.RegExpPattern, p.source
	return p
}

// written is a pattern of the engine's as it was written.
func written(p *layout.RegExpPattern, source goja.String) (goja.String, string) {
	if source, flags, ok := regex.Unpack(p.Src); ok {
		return goja.StringFromUTF16(utf16.Encode([]rune(source))), flags
	}
	flags := ""
	for _, f := range [...]struct {
		on     bool
		letter string
	}{{p.Global, "g"}, {p.IgnoreCase, "i"}, {p.Multiline, "m"}, {p.DotAll, "s"}, {p.Unicode, "u"}, {p.Sticky, "y"}} {
		if f.on {
			flags += f.letter
		}
	}
	return source, flags
}

// compile compiles a pattern, or throws a SyntaxError.
func (r *Realm) compile(source goja.String, flags string) *pattern {
	t := r.text(source)
	key := ""
	if !t.wide && t.n < 1000 {
		key = flags + "/" + t.ascii
		if p := r.compiled[key]; p != nil {
			return p
		}
	}
	f, ok := regex.ParseFlags(flags)
	if !ok {
		r.throw("SyntaxError", "Invalid flags supplied to RegExp constructor '"+flags+"'")
	}
	prog, err := regex.Compile(t.all(), f)
	if err != nil {
		r.throw("SyntaxError", "Invalid regular expression: /"+source.String()+"/"+flags+": "+err.Error())
	}
	p := &pattern{source: source, flags: f, prog: prog}
	p.Src = unsafe.String(&mark[0], 1)
	if key != "" {
		const most = 500
		if r.compiled == nil || len(r.compiled) == most {
			r.compiled = make(map[string]*pattern)
		}
		r.compiled[key] = p
	}
	return p
}

// object is a regular expression in one piece of memory.
type object struct {
	layout.Object
	layout.RegExpObject
	lastIndex layout.ValueProperty
	names     [2]unistring.String
}

// make makes a regular expression.
func (r *Realm) make(p *pattern, proto *goja.Object) *goja.Object {
	o := &object{}
	v := (*goja.Object)(unsafe.Pointer(&o.Object))
	o.Self = layout.Words{Tab: r.object, Data: unsafe.Pointer(&o.RegExpObject)}
	o.Runtime = r.vm
	o.Class, o.Val, o.Prototype, o.Extensible = "RegExp", v, proto, true
	o.Pattern, o.Source, o.Standard = &p.RegExpPattern, p.source, true
	o.lastIndex = layout.ValueProperty{Value: r.zero, Writable: true}
	o.Values = map[unistring.String]goja.Value{"lastIndex": layout.Words{Tab: r.facts.Property, Data: unsafe.Pointer(&o.lastIndex)}.Value()}
	o.names[0] = "lastIndex"
	o.PropNames = o.names[:1:2]
	return v
}

// of gives the implementation of a regular expression, nil of all else.
func (r *Realm) of(v goja.Value) *layout.RegExpObject {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	if self := layout.SelfOf(o); self.Tab == r.object {
		return (*layout.RegExpObject)(self.Data)
	}
	return nil
}

// standard gives it if neither the object nor its class has been changed: then nobody sees by which way a method comes to its result.
func (r *Realm) standard(v goja.Value) *layout.RegExpObject {
	o := r.of(v)
	if o == nil || o.Prototype != r.proto || len(o.Values) != 1 || o.SymValues != nil || layout.SelfOf(r.proto).Tab != r.untouched {
		return nil
	}
	if p := lastIndexOf(o); !p.Writable {
		return nil
	} else if _, ok := integer(p.Value); !ok {
		return nil
	}
	return o
}

// lastIndexOf is the property lastIndex, which is always an own one of its kind.
func lastIndexOf(o *layout.RegExpObject) *layout.ValueProperty {
	if slots := shapes.Slots(o.Values); shapes.Slotted() && len(slots) > 0 && slots[0].Name == "lastIndex" {
		p, _ := layout.PropertyOf(slots[0].Value)
		return p
	}
	p, _ := layout.PropertyOf(o.Values["lastIndex"])
	return p
}

func (r *Realm) setLastIndex(o *layout.RegExpObject, n int) {
	p := lastIndexOf(o)
	if !p.Writable {
		r.throw("TypeError", "Cannot assign to read only property 'lastIndex' of object '[object RegExp]'")
	}
	if n == 0 {
		p.Value = r.zero
	} else {
		p.Value = r.facts.IntValue(int64(n))
	}
}

// Parts are the source and the flags of a regular expression, whatever scripts have made of its properties.
func (r *Realm) Parts(v *goja.Object) (source goja.Value, flags string) {
	p := r.patternOf(r.of(v))
	return r.escaped(p.source), p.flags.String()
}

// escaped is a pattern as a literal has it.
func (r *Realm) escaped(source goja.String) goja.Value {
	t := r.text(source)
	if t.n == 0 {
		return r.vm.ToValue("(?:)")
	}
	b := builder{r: r}
	from, class := 0, false
	for i := 0; i < t.n; i++ {
		c := t.at(i)
		with := ""
		switch c {
		case '\\':
			if i++; i == t.n {
				continue
			}
			if c = t.at(i); c != '\n' && c != '\r' && c != 0x2028 && c != 0x2029 {
				continue
			}
			// The backslash before a line's end is the one that is needed.
			b.add(&t, from, i-1)
			from = i
			with = lineEnd(c)
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if !class {
				with = `\/`
			}
		default:
			with = lineEnd(c)
		}
		if with != "" {
			b.add(&t, from, i)
			b.addString(r.vm.ToValue(with).(goja.String))
			from = i + 1
		}
	}
	if from == 0 {
		return source
	}
	b.add(&t, from, t.n)
	return b.value()
}

func lineEnd(c uint16) string {
	switch c {
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case 0x2028:
		return `\u2028`
	case 0x2029:
		return `\u2029`
	}
	return ""
}
