package ecma402

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/intl"
)

// locale is the state of an Intl.Locale.
type locale struct{ tag intl.Tag }

func (in *Intl) defineLocale() {
	c := in.define("Locale", 1, false, func(call goja.FunctionCall) any { return in.newLocale(call.Argument(0), call.Argument(1)) })
	get := func(this goja.Value, name string) intl.Tag {
		return state[*locale](in, this, "Intl.Locale.prototype."+name, nil).tag
	}
	method := func(name string, f func(t intl.Tag) goja.Value) {
		in.host.SetMethod(c.proto, name, 0, func(call goja.FunctionCall) goja.Value { return f(get(call.This, name)) })
	}
	getter := func(name string, f func(t intl.Tag) goja.Value) {
		in.host.SetGetter(c.proto, name, func(this goja.Value) goja.Value { return f(get(this, name)) }, nil)
	}
	text := func(s string) goja.Value {
		if s == "" {
			return goja.Undefined()
		}
		return in.vm.ToValue(s)
	}
	method("toString", func(t intl.Tag) goja.Value { return in.vm.ToValue(t.String()) })
	method("maximize", func(t intl.Tag) goja.Value {
		full, _ := t.Maximize()
		return in.host.NewObject(c.proto, &locale{full})
	})
	method("minimize", func(t intl.Tag) goja.Value { return in.host.NewObject(c.proto, &locale{t.Minimize()}) })
	getter("language", func(t intl.Tag) goja.Value { return text(t.Language) })
	getter("script", func(t intl.Tag) goja.Value { return text(t.Script) })
	getter("region", func(t intl.Tag) goja.Value { return text(t.Region) })
	getter("baseName", func(t intl.Tag) goja.Value { return text(t.Base()) })
	keyword := func(name, key string) {
		getter(name, func(t intl.Tag) goja.Value {
			v, ok := t.Keyword(key)
			if !ok {
				return goja.Undefined()
			}
			return in.vm.ToValue(v)
		})
	}
	keyword("calendar", "ca")
	keyword("caseFirst", "kf")
	keyword("collation", "co")
	keyword("firstDayOfWeek", "fw")
	keyword("hourCycle", "hc")
	getter("numeric", func(t intl.Tag) goja.Value {
		v, ok := t.Keyword("kn")
		return in.vm.ToValue(ok && v == "")
	})
	keyword("numberingSystem", "nu")
	list := func(name string, f func(t intl.Tag) goja.Value) {
		getter(name, f)
	}
	calendars := func(t intl.Tag) goja.Value { return in.strings(t.Calendars()) }
	collations := func(t intl.Tag) goja.Value { return in.strings(t.Collations()) }
	hours := func(t intl.Tag) goja.Value { return in.strings(t.HourCycles()) }
	systems := func(t intl.Tag) goja.Value { return in.strings(t.NumberingSystems()) }
	direction := func(t intl.Tag) goja.Value {
		if t.RightToLeft() {
			return in.record("direction", "rtl")
		}
		return in.record("direction", "ltr")
	}
	zones := func(t intl.Tag) goja.Value {
		if list := t.TimeZones(); list != nil {
			return in.strings(list)
		}
		return goja.Undefined()
	}
	week := func(t intl.Tag) goja.Value {
		first, weekend, _ := t.Week()
		days := make([]any, len(weekend))
		for i, d := range weekend {
			days[i] = d
		}
		return in.record("firstDay", first, "weekend", in.vm.NewArray(days...))
	}
	list("calendars", calendars)
	list("collations", collations)
	list("hourCycles", hours)
	list("numberingSystems", systems)
	list("textInfo", direction)
	list("timeZones", zones)
	list("weekInfo", week)
	method("getCalendars", calendars)
	method("getCollations", collations)
	method("getHourCycles", hours)
	method("getNumberingSystems", systems)
	method("getTimeZones", zones)
	method("getTextInfo", direction)
	method("getWeekInfo", week)
}

func (in *Intl) newLocale(v, opts goja.Value) *locale {
	object, isObject := v.(*goja.Object)
	if _, isString := v.(goja.String); !isString && !isObject {
		in.typeError("First argument to Intl.Locale constructor can't be empty or missing")
	}
	var t intl.Tag
	if l, ok := in.host.OwnSlot(v).(*locale); ok {
		t = l.tag
	} else {
		s := ""
		if isObject {
			s = in.toString(object)
		} else {
			s = v.String()
		}
		var ok bool
		if t, ok = intl.Canonicalize(s); !ok {
			in.badLocale()
		}
	}
	o := in.coerce(opts, "Intl.Locale")
	// The parts of the name are checked one by one, and made canonical together.
	subtag := func(name string, valid func(string) bool, to *string) {
		if v := o.get(name); v != nil {
			s := in.toString(v)
			if !valid(s) {
				in.badLocale()
			}
			*to = s
		}
	}
	changed := t
	subtag("language", intl.IsLanguage, &changed.Language)
	subtag("script", intl.IsScript, &changed.Script)
	subtag("region", intl.IsRegion, &changed.Region)
	t, ok := intl.Canonicalize(changed.String())
	if !ok {
		in.badLocale()
	}
	set := func(key, value string) { t.SetKeyword(key, intl.CanonicalType(key, strings.ToLower(value))) }
	kind := func(name, key string, words ...string) {
		v := o.get(name)
		if v == nil {
			return
		}
		s := in.toString(v)
		switch {
		case key == "fw":
			if n, ok := map[string]string{"0": "sun", "1": "mon", "2": "tue", "3": "wed", "4": "thu", "5": "fri", "6": "sat", "7": "sun"}[s]; ok {
				s = n
			}
			fallthrough
		case len(words) == 0:
			if !intl.IsType(s) {
				in.badLocale()
			}
		default:
			found := false
			for _, w := range words {
				found = found || w == s
			}
			if !found {
				in.rangeError("Value " + s + " out of range for Intl.Locale options property " + name)
			}
		}
		set(key, s)
	}
	kind("calendar", "ca")
	kind("collation", "co")
	kind("firstDayOfWeek", "fw")
	kind("hourCycle", "hc", "h11", "h12", "h23", "h24")
	kind("caseFirst", "kf", "upper", "lower", "false")
	if v, known := in.boolean(o, "numeric"); known {
		if v {
			t.SetKeyword("kn", "")
		} else {
			t.SetKeyword("kn", "false")
		}
	}
	kind("numberingSystem", "nu")
	return &locale{t}
}
