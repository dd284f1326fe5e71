package ecma402

import (
	"math"
	"os"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/intl"
)

// dateFormat is the state of an Intl.DateTimeFormat.
type dateFormat struct {
	locale  string
	o       intl.DateOptions
	f       *intl.DateFormat
	bound   *goja.Object
	pattern string
}

func supportsDates(data, key, value string) bool {
	switch key {
	case "nu":
		return intl.Digits(value) != nil
	case "ca":
		return intl.KnownCalendar(value)
	}
	return key == "hc" && (value == "h11" || value == "h12" || value == "h23" || value == "h24")
}

func (in *Intl) defineDateTimeFormat() {
	var c *class
	c = in.define("DateTimeFormat", 0, true, func(call goja.FunctionCall) any {
		return in.newDateFormat(call.Argument(0), call.Argument(1), "any", "date", "Intl.DateTimeFormat")
	})
	const name = "Intl.DateTimeFormat.prototype."
	get := func(this goja.Value, method string) *dateFormat {
		return state[*dateFormat](in, this, name+method, nil)
	}
	in.host.SetMethod(c.proto, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		f := state[*dateFormat](in, call.This, name+"resolvedOptions", c)
		o := in.record("locale", f.locale, "calendar", f.o.Calendar, "numberingSystem", f.o.NumberingSystem, "timeZone", f.o.Zone.Name)
		set := func(name string, v any) { o.Set(name, v) }
		if strings.ContainsAny(f.pattern, "hHkK") && f.o.HourCycle != "" {
			set("hourCycle", f.o.HourCycle)
			set("hour12", f.o.HourCycle == "h11" || f.o.HourCycle == "h12")
		}
		if f.o.DateStyle == "" && f.o.TimeStyle == "" {
			for _, field := range patternFields {
				if field.name == "timeZoneName" && f.o.FractionDigits > 0 {
					set("fractionalSecondDigits", f.o.FractionDigits)
				}
				for _, form := range field.forms {
					if strings.Contains(f.pattern, form[0]) {
						set(field.name, form[1])
						break
					}
				}
			}
		}
		if f.o.DateStyle != "" {
			set("dateStyle", f.o.DateStyle)
		}
		if f.o.TimeStyle != "" {
			set("timeStyle", f.o.TimeStyle)
		}
		return o
	})
	in.host.SetMethod(c.proto, "formatToParts", 1, func(call goja.FunctionCall) goja.Value {
		f := get(call.This, "formatToParts")
		return in.parts(f.f.FormatToParts(in.moment(call.Argument(0))))
	})
	in.host.SetGetter(c.proto, "format", func(this goja.Value) goja.Value {
		f := state[*dateFormat](in, this, "get "+name+"format", c)
		if f.bound == nil {
			f.bound = in.host.Method("", 1, func(call goja.FunctionCall) goja.Value {
				return in.vm.ToValue(dateText(f.f, in.moment(call.Argument(0))))
			})
		}
		return f.bound
	}, nil)
	ends := func(call goja.FunctionCall, method string) []intl.Part {
		f := get(call.This, method)
		a, b := call.Argument(0), call.Argument(1)
		if undefined(a) || undefined(b) {
			in.typeError("Invalid time value")
		}
		x := in.dateNumber(a)
		y := in.dateNumber(b)
		x, y = in.clip(x), in.clip(y)
		return f.f.FormatRangeToParts(x, y)
	}
	in.host.SetMethod(c.proto, "formatRange", 2, func(call goja.FunctionCall) goja.Value {
		return in.vm.ToValue(intl.Join(ends(call, "formatRange")))
	})
	in.host.SetMethod(c.proto, "formatRangeToParts", 2, func(call goja.FunctionCall) goja.Value {
		return in.parts(ends(call, "formatRangeToParts"))
	})
}

// patternFields is how resolvedOptions reads the options out of the pattern.
var patternFields = [...]struct {
	name  string
	forms [][2]string
}{
	{"weekday", [][2]string{{"EEEEE", "narrow"}, {"EEEE", "long"}, {"EEE", "short"}, {"ccccc", "narrow"}, {"cccc", "long"}, {"ccc", "short"}}},
	{"era", [][2]string{{"GGGGG", "narrow"}, {"GGGG", "long"}, {"G", "short"}}},
	{"year", [][2]string{{"yy", "2-digit"}, {"y", "numeric"}}},
	{"month", [][2]string{{"MMMMM", "narrow"}, {"MMMM", "long"}, {"MMM", "short"}, {"MM", "2-digit"}, {"M", "numeric"}, {"LLLLL", "narrow"}, {"LLLL", "long"}, {"LLL", "short"}, {"LL", "2-digit"}, {"L", "numeric"}}},
	{"day", [][2]string{{"dd", "2-digit"}, {"d", "numeric"}}},
	{"dayPeriod", [][2]string{{"BBBBB", "narrow"}, {"bbbbb", "narrow"}, {"BBBB", "long"}, {"bbbb", "long"}, {"B", "short"}, {"b", "short"}}},
	{"hour", [][2]string{{"HH", "2-digit"}, {"H", "numeric"}, {"hh", "2-digit"}, {"h", "numeric"}, {"kk", "2-digit"}, {"k", "numeric"}, {"KK", "2-digit"}, {"K", "numeric"}}},
	{"minute", [][2]string{{"mm", "2-digit"}, {"m", "numeric"}}},
	{"second", [][2]string{{"ss", "2-digit"}, {"s", "numeric"}}},
	{"timeZoneName", [][2]string{{"zzzz", "long"}, {"z", "short"}, {"OOOO", "longOffset"}, {"O", "shortOffset"}, {"vvvv", "longGeneric"}, {"v", "shortGeneric"}}},
}

// dateText is a formatted date. Like V8 it has a plain space where CLDR has a narrow one that does not break; parts and ranges keep that.
func dateText(f *intl.DateFormat, ms float64) string {
	return strings.ReplaceAll(intl.Join(f.FormatToParts(ms)), "\u202f", " ")
}

// moment is the time value to format: now, if there is none.
func (in *Intl) moment(v goja.Value) float64 {
	if undefined(v) {
		return math.Floor(float64(time.Now().UnixMilli()))
	}
	return in.clip(in.dateNumber(v))
}

func (in *Intl) dateNumber(v goja.Value) float64 {
	if o, ok := v.(*goja.Object); ok {
		if ms, ok := in.host.DateValue(o); ok {
			return ms
		}
		v = in.primitive(o)
	}
	return in.toNumber(v)
}

func (in *Intl) clip(ms float64) float64 {
	if !(math.Abs(ms) <= 8.64e15) {
		in.rangeError("Invalid time value")
	}
	return math.Trunc(ms)
}

// newDateFormat reads the options in the order of the specification. required and defaults are its CreateDateTimeFormat's.
func (in *Intl) newDateFormat(locales, v goja.Value, required, defaults, service string) *dateFormat {
	requested := in.localeList(locales)
	o := in.coerce(v, service)
	in.matcher(o)
	calendar := in.typeOption(o, "calendar")
	system := in.typeOption(o, "numberingSystem")
	hour12, has12 := in.boolean(o, "hour12")
	cycle := in.word(o, "hourCycle", "", "h11", "h12", "h23", "h24")
	if has12 {
		cycle = ""
	}
	r := in.resolve(requested, map[string]string{"ca": calendar, "nu": system, "hc": cycle}, supportsDates, "ca", "hc", "nu")
	f := &dateFormat{locale: r.locale}
	d := &f.o
	d.Locale, d.Calendar, d.NumberingSystem = r.data, r.values["ca"], r.values["nu"]
	if d.Calendar == "" {
		d.Calendar = intl.DefaultCalendar(r.data)
	}
	if d.NumberingSystem == "" {
		d.NumberingSystem = intl.DefaultNumberingSystem(r.data)
	}
	if has12 {
		// The keyword hc holds no longer.
		t, _ := intl.Parse(f.locale)
		t.DropKeyword("hc")
		f.locale = t.String()
	}
	if zone := o.get("timeZone"); zone != nil {
		name := in.toString(zone)
		z, ok := intl.FindZone(name)
		if !ok {
			in.rangeError("Invalid time zone specified: " + name)
		}
		d.Zone = z
	} else {
		d.Zone = LocalZone()
	}
	d.Weekday = in.word(o, "weekday", "", "narrow", "short", "long")
	d.Era = in.word(o, "era", "", "narrow", "short", "long")
	d.Year = in.word(o, "year", "", "2-digit", "numeric")
	d.Month = in.word(o, "month", "", "2-digit", "numeric", "narrow", "short", "long")
	d.Day = in.word(o, "day", "", "2-digit", "numeric")
	d.DayPeriod = in.word(o, "dayPeriod", "", "narrow", "short", "long")
	d.Hour = in.word(o, "hour", "", "2-digit", "numeric")
	d.Minute = in.word(o, "minute", "", "2-digit", "numeric")
	d.Second = in.word(o, "second", "", "2-digit", "numeric")
	d.FractionDigits = in.integer(o, "fractionalSecondDigits", 1, 3, 0)
	d.ZoneName = in.word(o, "timeZoneName", "", "short", "long", "shortOffset", "longOffset", "shortGeneric", "longGeneric")
	explicit := d.Weekday+d.Era+d.Year+d.Month+d.Day+d.DayPeriod+d.Hour+d.Minute+d.Second+d.ZoneName != "" || d.FractionDigits > 0
	in.word(o, "formatMatcher", "best fit", "basic", "best fit")
	d.DateStyle = in.word(o, "dateStyle", "", "full", "long", "medium", "short")
	d.TimeStyle = in.word(o, "timeStyle", "", "full", "long", "medium", "short")
	switch {
	case d.DateStyle != "" || d.TimeStyle != "":
		if explicit {
			in.typeError("Invalid option : option")
		}
		if required == "date" && d.TimeStyle != "" {
			in.typeError("Invalid option : timeStyle")
		}
		if required == "time" && d.DateStyle != "" {
			in.typeError("Invalid option : dateStyle")
		}
	default:
		needed := true
		if required != "time" && d.Weekday+d.Year+d.Month+d.Day != "" {
			needed = false
		}
		if required != "date" && (d.DayPeriod+d.Hour+d.Minute+d.Second != "" || d.FractionDigits > 0) {
			needed = false
		}
		if needed && defaults != "time" {
			d.Year, d.Month, d.Day = "numeric", "numeric", "numeric"
		}
		if needed && defaults != "date" {
			d.Hour, d.Minute, d.Second = "numeric", "numeric", "numeric"
		}
	}
	hasHour := d.Hour != "" || d.TimeStyle != ""
	if hasHour {
		switch {
		case has12 && hour12:
			d.HourCycle = intl.HourCycle12(r.data)
		case has12:
			d.HourCycle = intl.HourCycle24(r.data)
		default:
			if d.HourCycle = r.values["hc"]; d.HourCycle == "" {
				d.HourCycle = intl.DefaultHourCycle(r.data)
			}
		}
	}
	f.f = intl.NewDateFormat(*d)
	f.pattern = f.f.Pattern()
	return f
}

// LocalZone is the process's time zone.
func LocalZone() *intl.Zone {
	name := time.Local.String()
	if name == "Local" {
		if name = os.Getenv("TZ"); name == "" {
			if path, err := os.Readlink("/etc/localtime"); err == nil {
				_, name, _ = strings.Cut(path, "zoneinfo/")
			}
		}
	}
	if z, ok := intl.FindZone(strings.TrimPrefix(name, ":")); ok {
		return z
	}
	z, _ := intl.FindZone("UTC")
	return z
}
