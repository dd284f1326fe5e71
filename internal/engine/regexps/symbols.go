package regexps

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/regex"
)

// matchedText is the whole of a match that a script may have made.
func (r *Realm) matchedText(found *goja.Object) goja.String { return r.toString(get(found, "0")) }

func (r *Realm) set(o *goja.Object, name string, v goja.Value) {
	if rx := r.of(o); rx != nil && name == "lastIndex" {
		if p := lastIndexOf(rx); p.Writable {
			p.Value = v
			return
		}
		r.setLastIndex(rx, 0) // throws
	}
	if err := o.Set(name, v); err != nil {
		panic(err)
	}
}

// flagsOf is the property flags as a string.
func (r *Realm) flagsOf(o *goja.Object) string { return r.toString(get(o, "flags")).String() }

// each calls f with every match of an expression with the flag g, by the specification's steps.
func (r *Realm) each(o *goja.Object, t *text, unicode bool, f func(found *goja.Object, whole goja.String)) {
	r.set(o, "lastIndex", r.zero)
	for {
		found := r.regExpExec(o, t)
		if found == nil {
			return
		}
		whole := r.matchedText(found)
		f(found, whole)
		if whole.Length() == 0 {
			r.set(o, "lastIndex", r.vm.ToValue(t.advance(toLength(get(o, "lastIndex")), unicode)))
		}
	}
}

// eachDirect calls f with the captures of every match.
func (r *Realm) eachDirect(o *layout.RegExpObject, t *text, f func(caps []int32)) {
	p := r.patternOf(o)
	unicode := p.flags&(regex.Unicode|regex.UnicodeSets) != 0
	for at := 0; at <= t.n && r.search(p, t, at, p.flags&regex.Sticky != 0); {
		caps := r.matcher.Caps
		if at = int(caps[1]); caps[0] == caps[1] {
			at = t.advance(at, unicode)
		}
		f(caps)
	}
	r.setLastIndex(o, 0)
}

func (r *Realm) match(call goja.FunctionCall) goja.Value {
	o := r.receiver("@@match", call.This)
	t := r.text(r.toString(call.Argument(0)))
	var list []goja.Value
	if rx := r.standard(o); rx != nil {
		if r.patternOf(rx).flags&regex.Global == 0 {
			return r.builtinExec(rx, &t)
		}
		cut := cutter{r: r}
		r.eachDirect(rx, &t, func(caps []int32) { list = append(list, cut.sub(&t, int(caps[0]), int(caps[1]))) })
	} else {
		flags := r.flagsOf(o)
		if !strings.Contains(flags, "g") {
			return orNull(r.regExpExec(o, &t))
		}
		r.each(o, &t, strings.ContainsAny(flags, "uv"), func(_ *goja.Object, whole goja.String) { list = append(list, whole) })
	}
	if list == nil {
		return goja.Null()
	}
	return r.list(list)
}

func orNull(o *goja.Object) goja.Value {
	if o == nil {
		return goja.Null()
	}
	return o
}

func (r *Realm) searchMethod(call goja.FunctionCall) goja.Value {
	o := r.receiver("@@search", call.This)
	t := r.text(r.toString(call.Argument(0)))
	if rx := r.standard(o); rx != nil {
		p := r.patternOf(rx)
		if !r.search(p, &t, 0, p.flags&regex.Sticky != 0) {
			return r.vm.ToValue(-1)
		}
		return r.vm.ToValue(int(r.matcher.Caps[0]))
	}
	before := get(o, "lastIndex")
	if !before.SameAs(r.zero) {
		r.set(o, "lastIndex", r.zero)
	}
	found := r.regExpExec(o, &t)
	if now := get(o, "lastIndex"); !now.SameAs(before) {
		r.set(o, "lastIndex", before)
	}
	if found == nil {
		return r.vm.ToValue(-1)
	}
	return get(found, "index")
}

// species is SpeciesConstructor.
func (r *Realm) species(o *goja.Object) *goja.Object {
	v := get(o, "constructor")
	if goja.IsUndefined(v) {
		return r.class
	}
	class, ok := v.(*goja.Object)
	if !ok {
		r.throw("TypeError", "The .constructor property is not an object")
	}
	s := class.GetSymbol(goja.SymSpecies)
	if nullish(s) {
		return r.class
	}
	if _, ok := goja.AssertConstructor(s); !ok {
		r.throw("TypeError", "object.constructor[Symbol.species] is not a constructor")
	}
	return s.(*goja.Object)
}

func (r *Realm) newOf(class *goja.Object, args ...goja.Value) *goja.Object {
	if class == r.class {
		return r.construct(args, class)
	}
	o, err := r.vm.New(class, args...)
	if err != nil {
		panic(err)
	}
	return o
}

func (r *Realm) split(call goja.FunctionCall) goja.Value {
	o := r.receiver("@@split", call.This)
	t := r.text(r.toString(call.Argument(0)))
	limitOf := func() uint32 {
		if v := call.Argument(1); !goja.IsUndefined(v) {
			return toUint32(v)
		}
		return 1<<32 - 1
	}
	class := r.species(o)
	if rx := r.standard(o); rx != nil && class == r.class {
		p := r.patternOf(rx)
		return r.splitDirect(p, &t, limitOf())
	}
	flags := r.flagsOf(o)
	unicode := strings.ContainsAny(flags, "uv")
	if !strings.Contains(flags, "y") {
		flags += "y"
	}
	splitter := r.newOf(class, o, r.vm.ToValue(flags))
	limit := limitOf()
	var list []goja.Value
	if limit == 0 {
		return r.list(nil)
	}
	if t.n == 0 {
		if r.regExpExec(splitter, &t) == nil {
			list = []goja.Value{t.value}
		}
		return r.list(list)
	}
	from := 0
	for at := 0; at < t.n; {
		r.set(splitter, "lastIndex", r.vm.ToValue(at))
		found := r.regExpExec(splitter, &t)
		if found == nil {
			at = t.advance(at, unicode)
			continue
		}
		end := min(toLength(get(splitter, "lastIndex")), t.n)
		if end == from {
			at = t.advance(at, unicode)
			continue
		}
		list = append(list, r.sub(&t, from, at))
		if uint32(len(list)) == limit {
			return r.list(list)
		}
		from = end
		groups := toLength(get(found, "length"))
		for i := 1; i < groups; i++ {
			list = append(list, orUndefined(found.Get(itoa(i))))
			if uint32(len(list)) == limit {
				return r.list(list)
			}
		}
		at = from
	}
	return r.list(append(list, r.sub(&t, from, t.n)))
}

func (r *Realm) splitDirect(p *pattern, t *text, limit uint32) goja.Value {
	if limit == 0 {
		return r.list(nil)
	}
	if t.n == 0 {
		if r.search(p, t, 0, true) {
			return r.list(nil)
		}
		return r.list([]goja.Value{t.value})
	}
	unicode := p.flags&(regex.Unicode|regex.UnicodeSets) != 0
	var list []goja.Value
	cut := cutter{r: r}
	from := 0
	for at := 0; at < t.n && r.search(p, t, at, false); {
		caps := r.matcher.Caps
		start, end := int(caps[0]), int(caps[1])
		if start >= t.n {
			break
		}
		if end == from {
			at = t.advance(max(at, start), unicode)
			continue
		}
		list = append(list, cut.sub(t, from, start))
		for i := 2; i < len(caps) && uint32(len(list)) < limit; i += 2 {
			if caps[i] < 0 {
				list = append(list, goja.Undefined())
			} else {
				list = append(list, cut.sub(t, int(caps[i]), int(caps[i+1])))
			}
		}
		if uint32(len(list)) >= limit {
			return r.list(list)
		}
		from, at = end, end
	}
	return r.list(append(list, cut.sub(t, from, t.n)))
}

// iteration is the state of what matchAll gives.
type iteration struct {
	own             *goja.Object // the iterator
	on              *goja.Object
	text            text
	global, unicode bool
	done            bool
}

func (r *Realm) matchAll(call goja.FunctionCall) goja.Value {
	o := r.receiver("@@matchAll", call.This)
	t := r.text(r.toString(call.Argument(0)))
	class := r.species(o)
	flags := r.flagsOf(o)
	on := r.newOf(class, o, r.vm.ToValue(flags))
	r.set(on, "lastIndex", r.vm.ToValue(toLength(get(o, "lastIndex"))))
	it := &iteration{on: on, text: t, global: strings.Contains(flags, "g"), unicode: strings.ContainsAny(flags, "uv")}
	it.own = r.host.NewObject(r.iteratorPrototype(), it)
	return it.own
}

func (r *Realm) iteratorPrototype() *goja.Object {
	if r.iterator == nil {
		r.iterator = r.vm.CreateObject(r.host.IteratorPrototype())
		r.host.Amend(func() {
			r.iterator.DefineDataProperty("next", r.host.Method("next", 0, r.next), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
			r.iterator.DefineDataPropertySymbol(goja.SymToStringTag, r.vm.ToValue("RegExp String Iterator"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		})
		r.host.Expose(r.iterator)
	}
	return r.iterator
}

func (r *Realm) next(call goja.FunctionCall) goja.Value {
	it, ok := r.host.Slot(call.This).(*iteration)
	if !ok || it.own != call.This {
		r.incompatible("%RegExpStringIterator%.prototype.next", call.This)
	}
	var found *goja.Object
	if !it.done {
		if found = r.regExpExec(it.on, &it.text); found == nil || !it.global {
			it.done = true
		} else if r.matchedText(found).Length() == 0 {
			r.set(it.on, "lastIndex", r.vm.ToValue(it.text.advance(toLength(get(it.on, "lastIndex")), it.unicode)))
		}
	}
	if found == nil {
		return r.step(goja.Undefined(), true)
	}
	return r.step(found, false)
}

// step is what next gives.
func (r *Realm) step(value goja.Value, done bool) *goja.Object {
	if s := r.stepShape; s != nil {
		o, slots := s.Make(r.vm, r.objects)
		slots[0].Value, slots[1].Value = value, r.vm.ToValue(done)
		return o
	}
	o := r.vm.NewObject()
	define(o, "value", value)
	define(o, "done", r.vm.ToValue(done))
	return o
}
