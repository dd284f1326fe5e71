package regexps

import (
	"maps"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/regex"
)

// lastMatch is what the static properties of RegExp tell of.
type lastMatch struct {
	input goja.String
	set   goja.String // what a script has assigned to RegExp.input
	caps  []int32
}

// search finds a match from a position on: its captures are in the matcher then.
func (r *Realm) search(p *pattern, t *text, from int, sticky bool) bool {
	guard.Poll(r.vm)
	for {
		var found bool
		var err error
		if t.wide {
			found, err = r.matcher.MatchUnits(p.prog, t.units, from, sticky)
		} else {
			found, err = r.matcher.MatchText(p.prog, t.ascii, from, sticky)
		}
		switch {
		case found:
			r.last.input, r.last.set = t.value, nil
			r.last.caps = append(r.last.caps[:0], r.matcher.Caps...)
			return true
		case err == nil:
			return false
		case err == regex.ErrStack:
			guard.RangeError(r.vm, "Maximum call stack size exceeded")
		}
		guard.Poll(r.vm) // was interrupted
	}
}

// find is RegExpBuiltinExec without its result.
func (r *Realm) find(o *layout.RegExpObject, t *text) (*pattern, bool) {
	p := r.patternOf(o)
	at := lastIndexOf(o)
	from := toLength(at.Value)
	p = r.patternOf(o) // valueOf may have compiled another
	moving := p.flags&(regex.Global|regex.Sticky) != 0
	if !moving {
		from = 0
	}
	found := from <= t.n && r.search(p, t, from, p.flags&regex.Sticky != 0)
	switch {
	case !moving:
	case found:
		r.setLastIndex(o, int(r.matcher.Caps[1]))
	default:
		r.setLastIndex(o, 0)
	}
	return p, found
}

// builtinExec is RegExpBuiltinExec.
func (r *Realm) builtinExec(o *layout.RegExpObject, t *text) goja.Value {
	if p, found := r.find(o, t); found {
		return r.result(p, t)
	}
	return goja.Null()
}

// regExpExec is RegExpExec. It gives nil for no match.
func (r *Realm) regExpExec(o *goja.Object, t *text) *goja.Object {
	exec := o.Get("exec")
	if rx := r.of(o); rx != nil && exec == goja.Value(r.exec) {
		found, _ := r.builtinExec(rx, t).(*goja.Object)
		return found
	}
	if callable(exec) {
		switch v := r.host.Apply(exec, o, t.value).(type) {
		case *goja.Object:
			return v
		default:
			if !goja.IsNull(v) {
				r.throw("TypeError", "RegExp exec method returned something other than an Object or null")
			}
			return nil
		}
	}
	rx := r.of(o)
	if rx == nil {
		r.incompatible("RegExp.prototype.exec", o)
	}
	found, _ := r.builtinExec(rx, t).(*goja.Object)
	return found
}

// array is an array in one piece of memory.
type array struct {
	layout.Object
	layout.ArrayObject
	names [6]unistring.String
}

// matched is the array that exec gives.
type matched struct {
	array
	index  int64
	values [4]goja.Value
	texts  [4]string
}

func (r *Realm) init(a *array, values []goja.Value, shape map[unistring.String]goja.Value) *goja.Object {
	v := (*goja.Object)(unsafe.Pointer(&a.Object))
	a.Self = layout.Words{Tab: r.facts.Array, Data: unsafe.Pointer(&a.ArrayObject)}
	a.Runtime = r.vm
	a.Class, a.Val, a.Prototype, a.Extensible = "Array", v, r.array, true
	a.LengthProp.Writable = true
	a.BaseObject.Values = maps.Clone(shape)
	a.BaseObject.Values["length"] = layout.Words{Tab: r.facts.Property, Data: unsafe.Pointer(&a.LengthProp)}.Value()
	a.names[0] = "length"
	a.PropNames = a.names[:1]
	a.ArrayObject.Values, a.Length, a.ObjCount = values, uint32(len(values)), len(values)
	return v
}

// list is an array of values.
func (r *Realm) list(values []goja.Value) *goja.Object { return r.init(&array{}, values, r.plain) }

// result is the array of the match that has just been found.
func (r *Realm) result(p *pattern, t *text) *goja.Object {
	caps := r.matcher.Caps
	m := &matched{index: int64(caps[0])}
	values, texts := m.values[:0:len(m.values)], m.texts[:]
	if n := len(caps) / 2; n > len(values) {
		values = make([]goja.Value, 0, n)
	}
	for i := 0; i < len(caps); i += 2 {
		from, to := int(caps[i]), int(caps[i+1])
		switch {
		case from < 0:
			values = append(values, goja.Undefined())
		case !t.wide && to > from+1 && len(texts) > 0:
			texts[0] = t.ascii[from:to]
			values = append(values, layout.Words{Tab: r.facts.ASCII, Data: unsafe.Pointer(&texts[0])}.Value())
			texts = texts[1:]
		default:
			values = append(values, r.sub(t, from, to))
		}
	}
	v := r.init(&m.array, values, r.shape)
	props := m.array.BaseObject.Values
	props["index"] = layout.Words{Tab: r.facts.Int, Data: unsafe.Pointer(&m.index)}.Value()
	props["input"] = t.value
	m.names[1], m.names[2], m.names[3] = "index", "input", "groups"
	m.PropNames = m.names[:4]
	if len(p.prog.Names) > 0 {
		props["groups"] = r.groups(p, values)
	}
	if p.flags&regex.HasIndices != 0 {
		indices := make([]goja.Value, len(values))
		for i := range indices {
			indices[i] = goja.Undefined()
			if caps[2*i] >= 0 {
				indices[i] = r.list([]goja.Value{r.vm.ToValue(int(caps[2*i])), r.vm.ToValue(int(caps[2*i+1]))})
			}
		}
		list := r.list(indices)
		groups := goja.Value(goja.Undefined())
		if len(p.prog.Names) > 0 {
			groups = r.groups(p, indices)
		}
		define(list, "groups", groups)
		define(v, "indices", list)
	}
	return v
}

func define(o *goja.Object, name string, v goja.Value) {
	o.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

// groups is the object of the named groups.
func (r *Realm) groups(p *pattern, values []goja.Value) *goja.Object {
	o := r.vm.CreateObject(nil)
	for _, name := range p.prog.Names {
		v := goja.Value(goja.Undefined())
		for _, g := range name.Groups {
			if !goja.IsUndefined(values[g]) {
				v = values[g]
			}
		}
		define(o, name.Name, v)
	}
	return o
}
