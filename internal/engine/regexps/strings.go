package regexps

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
)

// StringMethods are the methods of String.prototype that take regular expressions.
var StringMethods = [...]struct {
	Name   string
	Length int
	F      func(r *Realm, call goja.FunctionCall) goja.Value
}{
	{"match", 1, (*Realm).stringMatch}, {"matchAll", 1, (*Realm).stringMatchAll}, {"replace", 2, (*Realm).stringReplace},
	{"replaceAll", 2, (*Realm).stringReplaceAll}, {"search", 1, (*Realm).stringSearch}, {"split", 2, (*Realm).stringSplit},
}

func (r *Realm) coercible(method string, this goja.Value) {
	if nullish(this) {
		r.throw("TypeError", "String.prototype."+method+" called on null or undefined")
	}
}

// by calls the method of an argument that a symbol names; it gives nil if there is none. direct is what stands behind it if nobody has
// changed anything.
func (r *Realm) by(name *goja.Symbol, direct native, call goja.FunctionCall, args ...goja.Value) goja.Value {
	v := call.Argument(0)
	if r.standard(v) != nil {
		return direct(goja.FunctionCall{This: v, Arguments: args})
	}
	o, ok := v.(*goja.Object)
	switch {
	case ok:
	case nullish(v):
		return nil
	case goja.IsString(v):
		o = r.strings
	default:
		o = v.ToObject(r.vm)
	}
	if f := r.method(o, name); f != nil {
		return r.host.Apply(f, v, args...)
	}
	return nil
}

// with calls a method of a regular expression that is made of the argument.
func (r *Realm) with(name *goja.Symbol, call goja.FunctionCall, flags string) goja.Value {
	s := r.toString(call.This)
	rx := r.make(r.initialize(call.Argument(0), r.vm.ToValue(flags)), r.proto)
	f := r.method(rx, name)
	if f == nil {
		r.throw("TypeError", "undefined is not a function")
	}
	return r.host.Apply(f, rx, s)
}

func (r *Realm) stringMatch(call goja.FunctionCall) goja.Value {
	r.coercible("match", call.This)
	if v := r.by(goja.SymMatch, r.match, call, call.This); v != nil {
		return v
	}
	return r.with(goja.SymMatch, call, "")
}

// global checks that a regular expression has the flag g.
func (r *Realm) global(method string, v goja.Value) {
	if !r.isRegExp(v) {
		return
	}
	flags := get(v.(*goja.Object), "flags")
	if nullish(flags) {
		r.throw("TypeError", "String.prototype."+method+" called on null or undefined")
	}
	if !strings.Contains(r.toString(flags).String(), "g") {
		r.throw("TypeError", "String.prototype."+method+" called with a non-global RegExp argument")
	}
}

func (r *Realm) stringMatchAll(call goja.FunctionCall) goja.Value {
	r.coercible("matchAll", call.This)
	r.global("matchAll", call.Argument(0))
	if v := r.by(goja.SymMatchAll, r.matchAll, call, call.This); v != nil {
		return v
	}
	return r.with(goja.SymMatchAll, call, "g")
}

func (r *Realm) stringSearch(call goja.FunctionCall) goja.Value {
	r.coercible("search", call.This)
	if v := r.by(goja.SymSearch, r.searchMethod, call, call.This); v != nil {
		return v
	}
	return r.with(goja.SymSearch, call, "")
}

func (r *Realm) stringReplace(call goja.FunctionCall) goja.Value {
	r.coercible("replace", call.This)
	if v := r.by(goja.SymReplace, r.replace, call, call.This, call.Argument(1)); v != nil {
		return v
	}
	return r.replaceText(call, false)
}

func (r *Realm) stringReplaceAll(call goja.FunctionCall) goja.Value {
	r.coercible("replaceAll", call.This)
	r.global("replaceAll", call.Argument(0))
	if v := r.by(goja.SymReplace, r.replace, call, call.This, call.Argument(1)); v != nil {
		return v
	}
	return r.replaceText(call, true)
}

// replaceText replaces a string in a string.
func (r *Realm) replaceText(call goja.FunctionCall, all bool) goja.Value {
	t := r.text(r.toString(call.This))
	what := r.text(r.toString(call.Argument(0)))
	x := r.replacement(call.Argument(1))
	b := builder{r: r}
	next, found := 0, false
	for at := t.find(&what, 0); at >= 0; at = t.find(&what, at+max(what.n, 1)) {
		r.turn()
		b.add(&t, next, at)
		x.write(&b, &t, &captured{position: at, end: at + what.n, whole: what.value})
		next, found = at+what.n, true
		if !all {
			break
		}
	}
	if !found {
		return t.value
	}
	b.add(&t, next, t.n)
	return b.value()
}

func (r *Realm) stringSplit(call goja.FunctionCall) goja.Value {
	r.coercible("split", call.This)
	if v := r.by(goja.SymSplit, r.split, call, call.This, call.Argument(1)); v != nil {
		return v
	}
	t := r.text(r.toString(call.This))
	limit := uint32(1<<32 - 1)
	if v := call.Argument(1); !goja.IsUndefined(v) {
		limit = toUint32(v)
	}
	by := r.text(r.toString(call.Argument(0)))
	if limit == 0 {
		return r.list(nil)
	}
	if goja.IsUndefined(call.Argument(0)) {
		return r.list([]goja.Value{t.value})
	}
	var list []goja.Value
	if by.n == 0 {
		n := int(min(uint32(t.n), limit))
		guard.ArrayRoom(r.vm, n)
		list = make([]goja.Value, n)
		for i := range list {
			r.turn()
			list[i] = r.sub(&t, i, i+1)
		}
		return r.list(list)
	}
	if !t.wide && !by.wide && t.n <= 1<<10 {
		list = make([]goja.Value, 0, strings.Count(t.ascii, by.ascii)+1)
	}
	cut := cutter{r: r, room: cap(list)}
	next := 0
	for at := t.find(&by, 0); at >= 0; at = t.find(&by, next) {
		r.turn()
		if len(list) == cap(list) {
			guard.ArrayRoom(r.vm, 2*len(list))
		}
		list = append(list, cut.sub(&t, next, at))
		if uint32(len(list)) == limit {
			return r.list(list)
		}
		next = at + by.n
	}
	return r.list(append(list, cut.sub(&t, next, t.n)))
}
