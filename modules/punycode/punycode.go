// Package punycode is the deprecated module punycode: RFC 3492 and the conversions of domain names, label by label
// and without the checks of IDNA. It is plain functions over strings; the binding runs on the loop goroutine.
package punycode

import (
	"errors"
	"math"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// The parameters of RFC 3492, section 5.
const (
	base        = 36
	tMin        = 1
	tMax        = 26
	skew        = 38
	damp        = 700
	initialBias = 72
	initialN    = 128
)

var (
	errOverflow = errors.New("Overflow: input needs wider integers to process")
	errNotBasic = errors.New("Illegal input >= 0x80 (not a basic code point)")
	errInvalid  = errors.New("Invalid input")
)

func adapt(delta, points int, first bool) int {
	if first {
		delta /= damp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (base-tMin)*tMax/2; k += base {
		delta /= base - tMin
	}
	return k + (base-tMin+1)*delta/(delta+skew)
}

func threshold(k, bias int) int { return min(max(k-bias, tMin), tMax) }

func digit(d int) byte {
	if d < 26 {
		return byte('a' + d)
	}
	return byte('0' + d - 26)
}

func value(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c-'0') + 26
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return int(c | 0x20 - 'a')
	}
	return base
}

func encode(text string) (string, error) {
	input := []rune(text)
	var out []byte
	for _, r := range input {
		if r < 0x80 {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(initialN), 0, initialBias
	for handled := basic; handled < len(input); {
		next := rune(math.MaxInt32)
		for _, r := range input {
			if r >= n && r < next {
				next = r
			}
		}
		if int(next-n) > (math.MaxInt32-delta)/(handled+1) {
			return "", errOverflow
		}
		delta += int(next-n) * (handled + 1)
		n = next
		for _, r := range input {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := base; ; k += base {
				t := threshold(k, bias)
				if q < t {
					break
				}
				out = append(out, digit(t+(q-t)%(base-t)))
				q = (q - t) / (base - t)
			}
			out = append(out, digit(q))
			bias = adapt(delta, handled+1, handled == basic)
			delta = 0
			handled++
		}
		delta++
		n++
	}
	return string(out), nil
}

func decode(text string) (string, error) {
	var out []rune
	rest := text
	if i := strings.LastIndexByte(text, '-'); i > 0 {
		for _, r := range text[:i] {
			if r >= 0x80 {
				return "", errNotBasic
			}
			out = append(out, r)
		}
		rest = text[i+1:]
	}
	n, at, bias := initialN, 0, initialBias
	for i := 0; i < len(rest); {
		start, weight := at, 1
		for k := base; ; k += base {
			if i >= len(rest) {
				return "", errInvalid
			}
			d := value(rest[i])
			i++
			if d >= base {
				return "", errInvalid
			}
			if d > (math.MaxInt32-at)/weight {
				return "", errOverflow
			}
			at += d * weight
			t := threshold(k, bias)
			if d < t {
				break
			}
			if weight > math.MaxInt32/(base-t) {
				return "", errOverflow
			}
			weight *= base - t
		}
		count := len(out) + 1
		bias = adapt(at-start, count, start == 0)
		if at/count > math.MaxInt32-n {
			return "", errOverflow
		}
		n += at / count
		at %= count
		out = append(out[:at], append([]rune{rune(n)}, out[at:]...)...)
		at++
	}
	return string(out), nil
}

// domain converts the labels of a domain name, or of what follows the @ of an address.
func domain(name string, convert func(label string) (string, error)) (string, error) {
	head := ""
	if user, host, ok := strings.Cut(name, "@"); ok {
		head, name = user+"@", host
	}
	labels := strings.Split(strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".").Replace(name), ".")
	for i, label := range labels {
		var err error
		if labels[i], err = convert(label); err != nil {
			return "", err
		}
	}
	return head + strings.Join(labels, "."), nil
}

func toASCII(name string) (string, error) {
	return domain(name, func(label string) (string, error) {
		for i := 0; i < len(label); i++ {
			if label[i] >= 0x80 {
				text, err := encode(label)
				return "xn--" + text, err
			}
		}
		return label, nil
	})
}

func toUnicode(name string) (string, error) {
	return domain(name, func(label string) (string, error) {
		if strings.HasPrefix(label, "xn--") {
			return decode(strings.ToLower(label[4:]))
		}
		return label, nil
	})
}

// Module is "punycode".
var Module = &runtime.Module{Name: "punycode", Binding: binding}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	rt.Deprecated("DEP0040", "The `punycode` module is deprecated. Please use a userland alternative instead.")
	o := vm.NewObject()
	o.Set("version", "2.1.0")
	ucs2 := vm.NewObject()
	// points is a string, nil for what has no length. What has one is asked for its characters, as only strings can be.
	points := func(v goja.Value) goja.String {
		if s, ok := stringOf(v); ok {
			return s
		}
		if n := v.ToObject(vm).Get("length"); n != nil && n.ToFloat() > 0 {
			panic(vm.NewTypeError("string.charCodeAt is not a function"))
		}
		return nil
	}
	rt.SetFunc(ucs2, "decode", 1, func(call goja.FunctionCall) goja.Value {
		var items []any
		if s := points(call.Argument(0)); s != nil {
			for i := 0; i < s.Length(); i++ {
				c := rune(s.CharAt(i))
				if utf16.IsSurrogate(c) && i+1 < s.Length() {
					if r := utf16.DecodeRune(c, rune(s.CharAt(i+1))); r != '\ufffd' {
						c = r
						i++
					}
				}
				items = append(items, c)
			}
		}
		return vm.NewArray(items...)
	})
	rt.SetOperation(ucs2, "encode", 1, func(call goja.FunctionCall) goja.Value {
		var list []goja.Value
		rt.ForOf(call.Argument(0), func(v goja.Value) bool {
			list = append(list, v)
			return true
		})
		return rt.CallMethod(rt.Intrinsic("String"), "fromCodePoint", list...)
	})
	o.Set("ucs2", ucs2)
	for _, f := range []struct {
		name string
		do   func(string) (string, error)
	}{{"decode", decode}, {"encode", encode}, {"toASCII", toASCII}, {"toUnicode", toUnicode}} {
		rt.SetFunc(o, f.name, 1, func(call goja.FunctionCall) goja.Value {
			// What takes names splits them; the other two look at the length first.
			v := call.Argument(0)
			text, ok := stringOf(v)
			if !ok {
				switch f.name {
				case "decode":
					rt.CallMethod(v.ToObject(vm), "lastIndexOf", vm.ToValue("-"))
				case "toASCII", "toUnicode":
					panic(vm.NewTypeError("input.split is not a function"))
				}
				points(v)
				return vm.ToValue("")
			}
			s, err := f.do(text.String())
			if err != nil {
				rt.Throw(rt.NewPlainError("RangeError", err.Error()))
			}
			return vm.ToValue(s)
		})
	}
	return o
}

// stringOf is a string, or that of a String object.
func stringOf(v goja.Value) (goja.String, bool) {
	if o, ok := v.(*goja.Object); ok && engine.KindOf(o) == engine.StringObject {
		v = engine.BoxedValue(o)
	}
	s, ok := v.(goja.String)
	return s, ok
}
