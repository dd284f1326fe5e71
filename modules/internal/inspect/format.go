package inspect

import (
	"math"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// optioned is a context with the defaults, then the given options.
func (in *inspector) optioned(options *goja.Object, change func(*context)) *context {
	c := in.newContext()
	if options != nil {
		c.apply(options)
	}
	if change != nil {
		change(c)
	}
	c.settle()
	return c
}

// format is util.format; options are those of formatWithOptions or nil.
func (in *inspector) format(options *goja.Object, args []goja.Value) string {
	if len(args) == 0 {
		return ""
	}
	var b strings.Builder
	at, sep := 0, ""
	if first, ok := args[0].(goja.String); ok {
		s := text(first)
		if len(args) == 1 {
			return s
		}
		last := 0
		for i := 0; i < len(s)-1; i++ {
			if s[i] != '%' {
				continue
			}
			i++
			verb := s[i]
			if at+1 == len(args) {
				if verb == '%' {
					b.WriteString(s[last:i])
					last = i + 1
				}
				continue
			}
			var piece string
			switch verb {
			case 's', 'j', 'd', 'O', 'o', 'i', 'f', 'c':
				at++
				piece = in.verb(verb, args[at], options)
			case '%':
				b.WriteString(s[last:i])
				last = i + 1
				continue
			default:
				continue
			}
			if last != i-1 {
				b.WriteString(s[last : i-1])
			}
			b.WriteString(piece)
			last = i + 1
		}
		if last != 0 {
			at++
			sep = " "
			b.WriteString(s[last:])
		}
	}
	for ; at < len(args); at++ {
		b.WriteString(sep)
		sep = " "
		if s, ok := args[at].(goja.String); ok {
			b.WriteString(text(s))
		} else {
			b.WriteString(in.optioned(options, nil).formatValue(args[at], 0, false))
		}
	}
	return b.String()
}

func (in *inspector) number(v goja.Value, options *goja.Object) string {
	c := &context{inspector: in, numericSeparator: in.defaults.Get("numericSeparator").ToBoolean()}
	if options != nil {
		if s := options.Get("numericSeparator"); s != nil && !goja.IsUndefined(s) && !goja.IsNull(s) {
			c.numericSeparator = s.ToBoolean()
		}
	}
	return c.formatPrimitive(v, true)
}

// verb writes one argument as its placeholder asks.
func (in *inspector) verb(verb byte, v goja.Value, options *goja.Object) string {
	_, isSymbol := v.(*goja.Symbol)
	o, isObj := v.(*goja.Object)
	numeric := !isObj && (goja.IsNumber(v) || goja.IsBigInt(v))
	switch verb {
	case 's':
		switch {
		case numeric:
			return in.number(v, options)
		case isSymbol:
			return in.symbolText(v.(*goja.Symbol))
		case !isObj || callable(o) || !in.builtinToString(o):
			return text(v.ToString())
		}
		return in.optioned(options, func(c *context) {
			c.raw[optDepth], c.raw[optColors], c.raw[optCompact] = in.vm.ToValue(0), in.vm.ToValue(false), in.vm.ToValue(3)
		}).formatValue(v, 0, false)
	case 'j':
		return in.json(v)
	case 'd':
		if isSymbol {
			return "NaN"
		}
		if isObj || !numeric {
			v = in.rt.Call(in.toNumber, goja.Undefined(), v)
		}
		return in.number(v, options)
	case 'O':
		return in.optioned(options, nil).formatValue(v, 0, false)
	case 'o':
		return in.optioned(options, func(c *context) {
			c.raw[optShowHidden], c.raw[optShowProxy], c.raw[optDepth] = in.vm.ToValue(true), in.vm.ToValue(true), in.vm.ToValue(4)
		}).formatValue(v, 0, false)
	case 'i':
		if isSymbol {
			return "NaN"
		}
		if !isObj && goja.IsBigInt(v) {
			return in.number(v, options)
		}
		n := in.rt.Call(in.parseInt, goja.Undefined(), v)
		if n.ToFloat() == 0 && strings.HasPrefix(strings.TrimSpace(v.ToString().String()), "-") {
			n = in.vm.ToValue(math.Copysign(0, -1)) // the engine's parseInt loses the sign
		}
		return in.number(n, options)
	case 'f':
		if isSymbol {
			return "NaN"
		}
		return in.number(in.rt.Call(in.parseFloat, goja.Undefined(), v), options)
	}
	return "" // %c is for browsers
}

func (in *inspector) json(v goja.Value) string {
	s, err := in.stringify(goja.Undefined(), v)
	if err == nil {
		return text(s.ToString())
	}
	if ex, ok := err.(*goja.Exception); ok {
		if o, ok := ex.Value().(*goja.Object); ok && get(o, "name").String() == "TypeError" &&
			strings.HasPrefix(strings.ToLower(get(o, "message").String()), "converting circular structure to json") {
			return "[Circular]"
		}
	}
	panic(err)
}

// builtinToString tells whether turning o into a string runs nothing of the user's.
func (in *inspector) builtinToString(o *goja.Object) bool {
	for engine.KindOf(o) == engine.ProxyObject {
		target := o.Export().(goja.Proxy).Target()
		if target == nil {
			return true
		}
		o = target
	}
	if callable(orUndefined(o.GetSymbol(goja.SymToPrimitive))) {
		// Those of Date and Symbol are as built-in as can be.
		holder := o
		for holder != nil && !in.rt.Call(in.hasOwn, holder, goja.SymToPrimitive).ToBoolean() {
			holder = holder.Prototype()
		}
		if holder == nil || holder == o || !in.builtinClass(holder) {
			return false
		}
	}
	if !callable(get(o, "toString")) {
		return true
	}
	name := in.vm.ToValue("toString")
	if in.rt.Call(in.hasOwn, o, name).ToBoolean() {
		return false
	}
	at := o.Prototype()
	for at != nil && !in.rt.Call(in.hasOwn, at, name).ToBoolean() {
		at = at.Prototype()
	}
	return at != nil && in.builtinClass(at)
}

// builtinClass tells whether a prototype belongs to a global class.
func (in *inspector) builtinClass(proto *goja.Object) bool {
	p, ok := in.describe(proto, key{name: "constructor"})
	return ok && p.value != nil && callable(p.value) && in.builtins[get(p.value.(*goja.Object), "name").String()]
}

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}
