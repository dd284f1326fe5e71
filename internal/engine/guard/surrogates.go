package guard

import (
	"github.com/dop251/goja"
	"golang.org/x/text/unicode/norm"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
	"gonode/internal/engine/utf"
)

// The engine has some of String.prototype's methods go by characters, and makes U+FFFD of surrogates that are not in pairs. Here they stay
// what they are.

// characterMethods are these methods. trimLeft is the function that trimStart is, whichever is made first.
func characterMethods() (list []templates.Property) {
	for _, m := range [...]struct {
		name string
		wrapper
	}{{"normalize", normalizes}, {"toUpperCase", byPieces}, {"toLowerCase", byPieces}, {"trim", trims(true, true)}} {
		list = append(list, wrap(m.name, m.wrapper))
	}
	for i, names := range [...][2]string{{"trimStart", "trimLeft"}, {"trimEnd", "trimRight"}} {
		for _, name := range names {
			list = append(list, inside(name, func(rt *goja.Runtime, o *goja.Object) {
				if f := (*layout.NativeFuncObject)(layout.SelfOf(o).Data).F; !IsWrapper(codeOf(&f)) {
					wrapFunction(rt, o, trims(i == 0, i == 1))
					wrapFunction(rt, o, guardText)
				}
			}))
		}
	}
	return list
}

// unitsOf gives the UTF-16 units of a string if some of them are surrogates without a partner.
func unitsOf(v goja.Value) (units []uint16, lone bool) {
	w := layout.WordsOf(v)
	if w.Tab != layout.Found().Unicode {
		return nil, false
	}
	units = (*(*[]uint16)(w.Data))[1:]
	return units, utf.LoneSurrogate(units) < len(units)
}

// primitiveText is what an object says that its text is.
func primitiveText(v goja.Value) goja.Value {
	if o, ok := v.(*goja.Object); ok {
		return o.ToString()
	}
	return v
}

func byPieces(_ *goja.Runtime, plain native) native { return ByPieces(plain) }

// ByPieces has a method of one form see what lies between such surrogates.
func ByPieces(plain func(goja.FunctionCall) goja.Value) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		call.This = primitiveText(call.This)
		units, lone := unitsOf(call.This)
		if !lone {
			return plain(call)
		}
		var out []uint16
		for {
			n := utf.LoneSurrogate(units)
			piece := plain(goja.FunctionCall{This: goja.StringFromUTF16(units[:n]), Arguments: call.Arguments}).(goja.String)
			for i := range piece.Length() {
				out = append(out, piece.CharAt(i))
			}
			if n == len(units) {
				return goja.StringFromUTF16(out)
			}
			out = append(out, units[n])
			units = units[n+1:]
		}
	}
}

// trims takes white space, which is not among them, from one end or both.
func trims(start, end bool) wrapper {
	return func(_ *goja.Runtime, plain native) native {
		return func(call goja.FunctionCall) goja.Value {
			call.This = primitiveText(call.This)
			units, lone := unitsOf(call.This)
			if !lone {
				return plain(call)
			}
			white := func(u uint16) bool {
				return plain(goja.FunctionCall{This: goja.StringFromUTF16([]uint16{u})}).(goja.String).Length() == 0
			}
			for start && white(units[0]) {
				units = units[1:]
			}
			for end && white(units[len(units)-1]) {
				units = units[:len(units)-1]
			}
			return goja.StringFromUTF16(units)
		}
	}
}

// forms are those of normalize, which has no limit of the marks in a row.
var forms = map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}

// shortText is how many units, with the mark before them, have few marks for sure.
const shortText = 8

func normalizes(rt *goja.Runtime, plain native) native {
	facts := layout.Found()
	pieces := ByPieces(func(call goja.FunctionCall) goja.Value {
		form, known := norm.NFC, true
		if v := call.Argument(0); !goja.IsUndefined(v) {
			form, known = forms[v.String()]
		}
		if layout.WordsOf(call.This).Tab != facts.Unicode || !known {
			return plain(call)
		}
		return rt.ToValue(utf.Normalize(form, call.This.String()))
	})
	return func(call goja.FunctionCall) goja.Value {
		if w := layout.WordsOf(call.This); w.Tab == facts.Unicode {
			if units := *(*[]uint16)(w.Data); len(units) <= shortText && utf.LoneSurrogate(units[1:]) == len(units)-1 {
				return plain(call)
			}
		}
		if len(call.Arguments) > 0 { // asked for its text once
			call.This = primitiveText(call.This)
			call.Arguments = []goja.Value{primitiveText(call.Arguments[0])}
		}
		return pieces(call)
	}
}
