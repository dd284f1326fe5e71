package regexps

import (
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/regex"
)

func itoa(i int) string { return strconv.Itoa(i) }

// replacement is the second argument of replace: a function or a template.
type replacement struct {
	r        *Realm
	function func(goja.FunctionCall) goja.Value
	template text
	plain    bool // the template has no $
}

func (r *Realm) replacement(v goja.Value) replacement {
	if callable(v) {
		f, ok := v.Export().(func(goja.FunctionCall) goja.Value)
		if !ok {
			f = func(call goja.FunctionCall) goja.Value { return r.host.Apply(v, call.This, call.Arguments...) }
		}
		return replacement{r: r, function: f}
	}
	t := r.text(r.toString(v))
	dollar := text{ascii: "$", n: 1}
	return replacement{r: r, template: t, plain: t.find(&dollar, 0) < 0}
}

// captured is one match as a replacement sees it.
type captured struct {
	position, end int          // of the whole, in the text
	whole         goja.Value   // nil: the text from position to end
	caps          []int32      // of a direct match
	values        []goja.Value // of one that a script may have made: the groups without the whole
	names         []regex.Name // with caps
	groups        goja.Value   // with values, nil if there are none
}

// count is the number of groups without the whole.
func (c *captured) count() int {
	if c.caps != nil {
		return len(c.caps)/2 - 1
	}
	return len(c.values)
}

// group is a group from 1 on, undefined if it has not matched.
func (c *captured) group(r *Realm, t *text, i int) goja.Value {
	if c.caps == nil {
		return c.values[i-1]
	}
	if c.caps[2*i] < 0 {
		return goja.Undefined()
	}
	return r.sub(t, int(c.caps[2*i]), int(c.caps[2*i+1]))
}

// write adds what stands for a match.
func (x *replacement) write(b *builder, t *text, c *captured) {
	switch {
	case x.function != nil:
		b.addString(x.r.toString(x.call(t, c)))
	case x.plain:
		b.add(&x.template, 0, x.template.n)
	default:
		x.expand(b, t, c)
	}
}

func (x *replacement) call(t *text, c *captured) goja.Value {
	r := x.r
	args := make([]goja.Value, 0, c.count()+4)
	if c.whole != nil {
		args = append(args, c.whole)
	} else {
		args = append(args, r.sub(t, c.position, c.end))
	}
	for i := 1; i <= c.count(); i++ {
		args = append(args, c.group(r, t, i))
	}
	args = append(args, r.vm.ToValue(c.position), t.value)
	if len(c.names) > 0 {
		args = append(args, r.namedGroups(t, c))
	} else if c.groups != nil {
		args = append(args, c.groups)
	}
	return x.function(goja.FunctionCall{This: goja.Undefined(), Arguments: args})
}

func (r *Realm) namedGroups(t *text, c *captured) *goja.Object {
	values := make([]goja.Value, c.count()+1)
	for i := 1; i < len(values); i++ {
		values[i] = c.group(r, t, i)
	}
	return r.groups(&pattern{prog: &regex.Program{Names: c.names}}, values)
}

// expand is GetSubstitution.
func (x *replacement) expand(b *builder, t *text, c *captured) {
	tmpl := &x.template
	from := 0
	for i := 0; i+1 < tmpl.n; i++ {
		if tmpl.at(i) != '$' {
			continue
		}
		length := 2
		switch d := tmpl.at(i + 1); {
		case d == '$':
			b.add(tmpl, from, i+1)
		case d == '&':
			b.add(tmpl, from, i)
			if c.whole != nil {
				b.addString(c.whole.(goja.String))
			} else {
				b.add(t, c.position, c.end)
			}
		case d == '`':
			b.add(tmpl, from, i)
			b.add(t, 0, c.position)
		case d == '\'':
			b.add(tmpl, from, i)
			b.add(t, min(c.end, t.n), t.n)
		case d >= '0' && d <= '9':
			n := int(d - '0')
			if i+2 < tmpl.n {
				if e := tmpl.at(i + 2); e >= '0' && e <= '9' && n*10+int(e-'0') <= c.count() {
					n, length = n*10+int(e-'0'), 3
				}
			}
			if n < 1 || n > c.count() {
				continue
			}
			b.add(tmpl, from, i)
			x.capture(b, t, c, n)
		case d == '<' && (len(c.names) > 0 || c.groups != nil):
			end := i + 2
			for end < tmpl.n && tmpl.at(end) != '>' {
				end++
			}
			if end == tmpl.n {
				continue
			}
			b.add(tmpl, from, i)
			x.named(b, t, c, x.r.sub(tmpl, i+2, end).String())
			length = end + 1 - i
		default:
			continue
		}
		i += length - 1
		from = i + 1
	}
	b.add(tmpl, from, tmpl.n)
}

// capture adds a group.
func (x *replacement) capture(b *builder, t *text, c *captured, n int) {
	if c.caps == nil {
		if v := c.values[n-1]; !goja.IsUndefined(v) {
			b.addString(v.(goja.String))
		}
	} else if c.caps[2*n] >= 0 {
		b.add(t, int(c.caps[2*n]), int(c.caps[2*n+1]))
	}
}

func (x *replacement) named(b *builder, t *text, c *captured, name string) {
	if c.groups != nil {
		if v := get(c.groups.(*goja.Object), name); !goja.IsUndefined(v) {
			b.addString(x.r.toString(v))
		}
		return
	}
	for _, n := range c.names {
		if n.Name == name {
			for _, g := range n.Groups {
				x.capture(b, t, c, g)
			}
		}
	}
}

func (r *Realm) replace(call goja.FunctionCall) goja.Value {
	o := r.receiver("@@replace", call.This)
	t := r.text(r.toString(call.Argument(0)))
	x := r.replacement(call.Argument(1))
	if rx := r.standard(o); rx != nil {
		return r.replaceDirect(rx, &t, &x)
	}
	type result struct {
		found *goja.Object
		whole goja.String
	}
	var results []result
	if get(o, "global").ToBoolean() { // V8 asks for these two, not for flags
		r.each(o, &t, get(o, "unicode").ToBoolean(), func(found *goja.Object, whole goja.String) { results = append(results, result{found, whole}) })
	} else if found := r.regExpExec(o, &t); found != nil {
		results = append(results, result{found, nil})
	}
	b := builder{r: r}
	next := 0
	for _, m := range results {
		count := max(toLength(get(m.found, "length"))-1, 0)
		whole := r.matchedText(m.found)
		position := integerIn(get(m.found, "index"), t.n)
		c := captured{position: position, end: min(position+whole.Length(), t.n), whole: whole}
		for i := 1; i <= count; i++ {
			v := get(m.found, itoa(i))
			if !goja.IsUndefined(v) {
				v = r.toString(v)
			}
			c.values = append(c.values, v)
		}
		groups := get(m.found, "groups")
		if !goja.IsUndefined(groups) {
			if c.groups = groups; x.function == nil {
				c.groups = groups.ToObject(r.vm)
			}
		}
		part := builder{r: r}
		x.write(&part, &t, &c)
		if position >= next {
			b.add(&t, next, position)
			b.addString(part.value().(goja.String))
			next = position + whole.Length()
		}
	}
	if next >= t.n {
		return b.value()
	}
	b.add(&t, next, t.n)
	return b.value()
}

// integerIn is ToIntegerOrInfinity between 0 and n.
func integerIn(v goja.Value, n int) int { return min(toLength(v), n) }

func (r *Realm) replaceDirect(o *layout.RegExpObject, t *text, x *replacement) goja.Value {
	p := r.patternOf(o)
	b := builder{r: r}
	next := 0
	write := func(caps []int32) {
		b.add(t, next, int(caps[0]))
		x.write(&b, t, &captured{position: int(caps[0]), end: int(caps[1]), caps: caps, names: p.prog.Names})
		next = int(caps[1])
	}
	switch {
	case p.flags&regex.Global == 0:
		_, found := r.find(o, t)
		if !found {
			return t.value
		}
		write(append([]int32(nil), r.matcher.Caps...)) // a function may match something else
	case x.function != nil:
		// All is matched before the first call.
		var all []int32
		r.eachDirect(o, t, func(caps []int32) { all = append(all, caps...) })
		n := 2 * p.prog.Groups
		for i := 0; i < len(all); i += n {
			write(all[i : i+n : i+n])
		}
	default:
		r.eachDirect(o, t, write)
	}
	if next == 0 && b.n == 0 && t.n > 0 {
		// Nothing was found, or an empty match was replaced by nothing.
		return t.value
	}
	b.add(t, next, t.n)
	return b.value()
}
