package ecma402

import (
	"math"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/intl"
)

// cached keeps a format that no argument changes.
func cached[T any](in *Intl, key string, locales, options goja.Value, make func() T) T {
	if !undefined(options) {
		return make()
	}
	if !undefined(locales) {
		s, ok := locales.(goja.String)
		if !ok {
			return make()
		}
		key += " " + s.String()
	}
	if f, ok := in.cache[key].(T); ok {
		return f
	}
	f := make()
	if len(in.cache) > 50 {
		clear(in.cache)
	}
	in.cache[key] = f
	return f
}

// NumberString is toLocaleString of a number or a BigInt.
func (in *Intl) NumberString(v, locales, options goja.Value, class string) goja.Value {
	f := cached(in, "number", locales, options, func() *numberFormat {
		return in.newNumberFormat(locales, options, class+".prototype.toLocaleString")
	})
	return in.vm.ToValue(f.f.Format(in.decimal(v)))
}

// DateString is one of the locale methods of dates.
func (in *Intl) DateString(date *goja.Object, locales, options goja.Value, method, required, defaults string) goja.Value {
	ms, _ := in.host.DateValue(date)
	if math.IsNaN(ms) {
		return in.vm.ToValue("Invalid Date")
	}
	zone := LocalZone()
	f := cached(in, method+" "+zone.Name, locales, options, func() *dateFormat {
		return in.newDateFormat(locales, options, required, defaults, "Date.prototype."+method)
	})
	return in.vm.ToValue(dateText(f.f, ms))
}

// ZoneName is the long name of the local time zone at a Date, as toString has it: the name that today's rules give, also for times
// that were before them.
func (in *Intl) ZoneName(date *goja.Object) string {
	ms, _ := in.host.DateValue(date)
	zone := LocalZone()
	f := cached(in, "zone "+zone.Name, nil, nil, func() *intl.DateFormat {
		l := DefaultLocale()
		return intl.NewDateFormat(intl.DateOptions{Locale: l, Calendar: "gregory", NumberingSystem: "latn", Zone: zone, ZoneName: "long"})
	})
	return f.ZoneName(equivalentTime(ms))
}

// equivalentTime moves a time that V8 has no zone rules for into one of the years from 2008 to 2037 that begins on the same weekday
// and is as long.
func equivalentTime(ms float64) float64 {
	if ms >= 0 && ms <= math.MaxInt32*1000 {
		return ms
	}
	t := time.UnixMilli(int64(ms)).UTC()
	weekday := int(time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC).Weekday())
	recent := 1967
	if y := t.Year(); y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		recent = 1956
	}
	recent += weekday * 12 % 28
	year := 2008 + (recent+3*28-2008)%28
	return float64(time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC).UnixMilli())
}

// Case is a text in capital or small letters where the language of the locales has rules of its own; it is false elsewhere.
func (in *Intl) Case(s string, locales goja.Value, upper bool) (string, bool) {
	locale := ""
	if list := in.localeList(locales); len(list) > 0 {
		locale = list[0]
	} else {
		locale = DefaultLocale()
	}
	return intl.Case(s, locale, upper)
}
