package regexps

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
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

// list is an array of values, which it owns.
func (r *Realm) list(values []goja.Value) *goja.Object {
	if r.matchShape != nil {
		return shapes.NewArray(r.vm, r.array, values)
	}
	a := r.vm.NewArray()
	impl := (*layout.ArrayObject)(layout.SelfOf(a).Data)
	impl.Values, impl.Length, impl.ObjCount = values, uint32(len(values)), len(values)
	return a
}

// matchArray makes the array that exec gives.
func (r *Realm) matchArray(values []goja.Value, index, input, groups goja.Value) *goja.Object {
	if s := r.matchShape; s != nil {
		o, slots := s.MakeArray(r.vm, r.array, values)
		slots[1].Value, slots[2].Value, slots[3].Value = index, input, groups
		return o
	}
	o := r.list(values)
	define(o, "index", index)
	define(o, "input", input)
	define(o, "groups", groups)
	return o
}

// few are the values of most matches, and the strings that they are.
type few struct {
	values [4]goja.Value
	texts  [4]string
}

// result is the array of the match that has just been found.
func (r *Realm) result(p *pattern, t *text) *goja.Object {
	caps := r.matcher.Caps
	var values []goja.Value
	cut := cutter{r: r}
	if n := len(caps) / 2; n <= len(few{}.values) {
		f := &few{}
		values, cut.texts = f.values[:0:n], f.texts[:0]
	} else {
		values = make([]goja.Value, 0, n)
	}
	for i := 0; i < len(caps); i += 2 {
		if caps[i] < 0 {
			values = append(values, goja.Undefined())
		} else {
			values = append(values, cut.sub(t, int(caps[i]), int(caps[i+1])))
		}
	}
	groups := goja.Value(goja.Undefined())
	if len(p.prog.Names) > 0 {
		groups = r.groups(p, values)
	}
	v := r.matchArray(values, r.facts.IntValue(int64(caps[0])), t.value, groups)
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
	if shape := p.groupShape(); shape != nil {
		o, slots := shape.Make(r.vm, nil)
		for i, name := range p.prog.Names {
			slots[i].Value = group(name, values)
		}
		return o
	}
	o := r.vm.CreateObject(nil)
	for _, name := range p.prog.Names {
		define(o, name.Name, group(name, values))
	}
	return o
}

// group is the value of a named group.
func group(name regex.Name, values []goja.Value) goja.Value {
	v := goja.Value(goja.Undefined())
	for _, g := range name.Groups {
		if !goja.IsUndefined(values[g]) {
			v = values[g]
		}
	}
	return v
}
