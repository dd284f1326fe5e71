package engine

import (
	"math"
	"time"

	"github.com/dop251/goja"
)

// Dates as ECMAScript computes them. goja asks Go's time.Date, which leaves open what a local time means that a time zone skips or has
// twice: here it is the offset from before the change that counts.

const dayMs = 24 * 60 * 60 * 1000

// fieldsOf takes a time value apart: year, month from 0, day, hours, minutes, seconds, milliseconds.
func fieldsOf(ms float64) (f [7]float64) {
	days := math.Floor(ms / dayMs)
	rest := ms - days*dayMs
	t := time.Unix(int64(days)*86400, 0).UTC()
	year, month, day := t.Date()
	f[0], f[1], f[2] = float64(year), float64(month-1), float64(day)
	f[3], rest = math.Floor(rest/3600e3), math.Mod(rest, 3600e3)
	f[4], rest = math.Floor(rest/60e3), math.Mod(rest, 60e3)
	f[5], f[6] = math.Floor(rest/1e3), math.Mod(rest, 1e3)
	return f
}

// timeOf puts a time value together (MakeDate, MakeDay, MakeTime); fields may lie outside their usual ranges.
func timeOf(f [7]float64) float64 {
	for i, v := range f {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return math.NaN()
		}
		f[i] = math.Trunc(v)
	}
	year := f[0] + math.Floor(f[1]/12)
	if math.Abs(year) > 400_000 {
		return math.NaN()
	}
	month := f[1] - math.Floor(f[1]/12)*12
	first := time.Date(int(year), time.Month(int(month)+1), 1, 0, 0, 0, 0, time.UTC)
	day := float64(first.Unix()/86400) + f[2] - 1
	return day*dayMs + (f[3]*3600e3 + f[4]*60e3 + f[5]*1e3 + f[6])
}

// clipTime is TimeClip.
func clipTime(ms float64) float64 {
	if !(math.Abs(ms) <= 8.64e15) {
		return math.NaN()
	}
	return math.Trunc(ms) + 0
}

// zoneOffset is how far the local time is ahead of UTC at a moment, in milliseconds.
func zoneOffset(ms float64) float64 {
	_, offset := time.UnixMilli(int64(ms)).Zone()
	return float64(offset) * 1000
}

// localToUTC is the moment of a local time.
func localToUTC(local float64) float64 {
	if !(math.Abs(local) <= 8.64e15+dayMs) {
		return math.NaN()
	}
	before, after := zoneOffset(local-dayMs), zoneOffset(local+dayMs)
	if before != after {
		if at := local - before; zoneOffset(at) != before && zoneOffset(local-after) == after {
			return local - after
		}
	}
	return local - before
}

// dateSetters are the methods that set some fields: the first field each sets, and how many it takes.
var dateSetters = [...]struct {
	name         string
	first, count int
}{{"FullYear", 0, 3}, {"Month", 1, 2}, {"Date", 2, 1}, {"Hours", 3, 4}, {"Minutes", 4, 3}, {"Seconds", 5, 2}, {"Milliseconds", 6, 1}}

// completeSetters replaces the methods of Date.prototype that set fields.
func (e *Engine) completeSetters(proto *goja.Object) {
	setTime, _ := goja.AssertFunction(proto.Get("setTime"))
	for _, s := range dateSetters {
		for _, utc := range [...]bool{false, true} {
			name := "set" + s.name
			if utc {
				name = "setUTC" + s.name
			}
			e.WrapNative(proto.Get(name), func(Native) Native {
				return func(call goja.FunctionCall) goja.Value {
					o, _ := call.This.(*goja.Object)
					if o == nil || KindOf(o) != DateObject {
						panic(e.vm.NewTypeError("this is not a Date object."))
					}
					at, _ := e.DateValue(o)
					given := []float64{math.NaN()}
					for i := range min(len(call.Arguments), s.count) {
						v := call.Arguments[i].ToNumber().ToFloat()
						given = append(given[:i], v)
					}
					switch {
					case !math.IsNaN(at) && !utc:
						at += zoneOffset(at)
					case math.IsNaN(at) && s.first == 0:
						at = 0
					case math.IsNaN(at):
						return e.vm.ToValue(math.NaN())
					}
					fields := fieldsOf(at)
					copy(fields[s.first:], given)
					ms := timeOf(fields)
					if !utc {
						ms = localToUTC(ms)
					}
					return e.Call(setTime, o, e.vm.ToValue(clipTime(ms)))
				}
			})
		}
	}
}

// dateOf is the time value of a constructor's arguments, of which there are two at least.
func dateOf(args []goja.Value) float64 {
	fields := [7]float64{2: 1}
	for i := range min(len(args), len(fields)) {
		fields[i] = args[i].ToNumber().ToFloat()
	}
	if year := math.Trunc(fields[0]); year >= 0 && year <= 99 {
		fields[0] = 1900 + year
	}
	return clipTime(localToUTC(timeOf(fields)))
}
