package url

import (
	"errors"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/urlpattern"
)

var errComponent = errors.New("no regular expression")

// pattern is what a URLPattern holds.
type pattern struct{ *urlpattern.Pattern }

// Uncloneable says that patterns are not sent to other threads.
func (*pattern) Uncloneable() {}

// definePattern makes the class URLPattern over package urlpattern.
func (m *module) definePattern() *goja.Object {
	e := &urlpattern.Engine{URLs: m.parser, Compile: m.compileComponent}
	class, proto := m.rt.NativeClass("URLPattern", 0, false, func(call goja.ConstructorCall) *goja.Object {
		m.rt.SetSlot(call.This, &pattern{m.newPattern(e, call.Arguments)})
		return nil
	})
	getter := func(name string, get func(*urlpattern.Pattern) any) {
		proto.DefineAccessorProperty(name, m.rt.Func("", 0, func(call goja.FunctionCall) goja.Value {
			return m.vm.ToValue(get(m.pattern(call.This)))
		}), nil, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}
	for n := urlpattern.Protocol; n <= urlpattern.Hash; n++ {
		getter(urlpattern.Names[n], func(p *urlpattern.Pattern) any { return p.Components[n].Text })
	}
	getter("hasRegExpGroups", func(p *urlpattern.Pattern) any {
		for _, c := range p.Components {
			if c.Regexps {
				return true
			}
		}
		return false
	})
	m.rt.SetOperation(proto, "exec", 0, func(call goja.FunctionCall) goja.Value {
		results, inputs, ok := m.matchPattern(call, "exec")
		if !ok {
			return goja.Null()
		}
		return m.matched(results, inputs)
	})
	m.rt.SetOperation(proto, "test", 0, func(call goja.FunctionCall) goja.Value {
		_, _, ok := m.matchPattern(call, "test")
		return m.vm.ToValue(ok)
	})
	return class
}

func (m *module) pattern(this goja.Value) *urlpattern.Pattern {
	p, ok := m.rt.Slot(this).(*pattern)
	if !ok {
		m.rt.Throw(m.vm.NewTypeError("Illegal invocation"))
	}
	return p.Pattern
}

// patternInput takes a text, or else an object's components, which are all that is needed of null and undefined.
func (m *module) patternInput(v goja.Value, wrong string) (text *string, init urlpattern.Init) {
	o, object := v.(*goja.Object)
	switch {
	case object:
		for i, name := range urlpattern.Names {
			if c := o.Get(name); c != nil {
				if _, object := c.(*goja.Object); !object && goja.IsString(c) {
					s := c.String()
					init[i] = &s
				}
			}
		}
	case goja.IsUndefined(v) || goja.IsNull(v):
	case goja.IsString(v):
		s := v.String()
		text = &s
	default:
		m.wrongPattern(wrong)
	}
	return text, init
}

func (m *module) wrongPattern(message string) {
	e := m.vm.NewTypeError("%s", message)
	e.Set("code", "ERR_INVALID_ARG_TYPE")
	m.rt.Throw(e)
}

func (m *module) newPattern(e *urlpattern.Engine, args []goja.Value) *urlpattern.Pattern {
	var input goja.Value = goja.Undefined()
	if len(args) > 0 {
		input = args[0]
	}
	text, init := m.patternInput(input, "Input must be an object or a string")
	var base *string
	ignoreCase := false
	if len(args) > 1 {
		second, options := args[1], goja.Value(goja.Undefined())
		_, object := second.(*goja.Object)
		nothing := goja.IsUndefined(second) || goja.IsNull(second)
		switch {
		case !object && (goja.IsString(second) || len(args) > 2 && nothing):
			s := second.String()
			base = &s
		case len(args) > 2:
			m.wrongPattern("second argument must be a string")
		case !object && !nothing:
			m.wrongPattern("second argument must be a string or object")
		default:
			options = second
		}
		if len(args) > 2 {
			options = args[2]
		}
		if o, ok := options.(*goja.Object); ok {
			v := o.Get("ignoreCase")
			ignoreCase = v != nil && v.ToBoolean()
		} else if !goja.IsUndefined(options) && !goja.IsNull(options) {
			m.wrongPattern("options must be an object")
		}
	}
	var p *urlpattern.Pattern
	var err error
	switch {
	case text != nil:
		p, err = e.FromText(*text, base, ignoreCase)
	case base != nil:
		m.rt.Throw(m.rt.NewError("ERR_INVALID_URL_PATTERN"))
	default:
		p, err = e.FromInit(init, ignoreCase)
	}
	if err != nil {
		m.rt.Throw(m.rt.NewError("ERR_INVALID_URL_PATTERN"))
	}
	return p
}

func (m *module) matchPattern(call goja.FunctionCall, verb string) (results [urlpattern.Hash + 1]urlpattern.Result, inputs []any, ok bool) {
	p := m.pattern(call.This)
	text, init := m.patternInput(call.Argument(0), "URLPattern input needs to be a string or an object")
	var base *string
	if b := call.Argument(1); !goja.IsUndefined(b) {
		if _, object := b.(*goja.Object); object || !goja.IsString(b) && !goja.IsNull(b) {
			m.wrongPattern("baseURL must be a string")
		}
		s := b.String()
		base = &s
	}
	if text != nil {
		results, ok = p.MatchText(*text, base)
		inputs = append(inputs, *text)
	} else {
		if base != nil {
			e := m.vm.NewTypeError("Failed to %s URLPattern", verb)
			e.Set("code", "ERR_OPERATION_FAILED")
			m.rt.Throw(e)
		}
		results, ok = p.MatchInit(init)
		given := m.vm.NewObject()
		for i, name := range urlpattern.Names {
			given.Set(name, m.optional(init[i]))
		}
		inputs = append(inputs, given)
	}
	if base != nil {
		inputs = append(inputs, *base)
	}
	return results, inputs, ok
}

func (m *module) optional(s *string) goja.Value {
	if s == nil {
		return goja.Undefined()
	}
	return m.vm.ToValue(*s)
}

// matched is what exec gives.
func (m *module) matched(results [urlpattern.Hash + 1]urlpattern.Result, inputs []any) goja.Value {
	o := m.vm.CreateObject(nil)
	component := func(n urlpattern.Name) {
		groups := m.vm.NewObject()
		for i := len(results[n].Groups) - 1; i >= 0; i-- {
			g := results[n].Groups[i]
			groups.DefineDataProperty(g.Name, m.optional(g.Value), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
		c := m.vm.NewObject()
		c.Set("groups", groups)
		c.Set("input", results[n].Input)
		o.Set(urlpattern.Names[n], c)
	}
	component(urlpattern.Hash)
	component(urlpattern.Hostname)
	o.Set("inputs", m.vm.NewArray(inputs...))
	for _, n := range [...]urlpattern.Name{urlpattern.Password, urlpattern.Pathname, urlpattern.Port, urlpattern.Protocol, urlpattern.Search,
		urlpattern.Username} {
		component(n)
	}
	return o
}

// componentRegexp is a RegExp of the engine's.
type componentRegexp struct {
	m      *module
	regexp *goja.Object
	exec   goja.Callable
}

func (m *module) compileComponent(source string, ignoreCase bool) (urlpattern.Regexp, error) {
	flags := "sv"
	if ignoreCase {
		flags = "isv"
	}
	class := m.rt.Intrinsic("RegExp")
	r := &componentRegexp{m: m}
	if ex := m.vm.Try(func() {
		r.regexp, _ = m.vm.New(class, m.vm.ToValue(source), m.vm.ToValue(flags))
	}); ex != nil || r.regexp == nil {
		return nil, errComponent
	}
	r.exec, _ = goja.AssertFunction(m.rt.Member(class.Get("prototype").(*goja.Object), "exec"))
	return r, nil
}

// Match runs the regular expression.
func (r *componentRegexp) Match(text string) (groups []*string, ok bool) {
	list, ok := r.m.rt.Call(r.exec, r.regexp, r.m.vm.ToValue(text)).(*goja.Object)
	if !ok {
		return nil, false
	}
	values, _ := r.m.rt.Elements(list)
	for i := 1; i < len(values); i++ {
		var s *string
		if v := values[i]; v != nil && !goja.IsUndefined(v) {
			text := engine.Text(v)
			s = &text
		}
		groups = append(groups, s)
	}
	return groups, true
}
