package runtime

import (
	"math"
	"reflect"
	"strings"

	"github.com/dop251/goja"
)

// The validators throw Node's ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE or ERR_INVALID_ARG_VALUE; name is the argument's
// ("options.port"). They return the checked value where that is of use. Loop goroutine only.

// ThrowArgType throws ERR_INVALID_ARG_TYPE; expected is "string", "Buffer", or several of them.
func (rt *Runtime) ThrowArgType(name string, v goja.Value, expected ...string) {
	if v == nil {
		v = goja.Undefined()
	}
	rt.Throw(rt.NewError("ERR_INVALID_ARG_TYPE", name, expected, v))
}

// ThrowOutOfRange throws ERR_OUT_OF_RANGE; want words the range: ">= 0 && <= 255", "an integer".
func (rt *Runtime) ThrowOutOfRange(name, want string, v goja.Value) {
	rt.Throw(rt.NewError("ERR_OUT_OF_RANGE", name, want, v))
}

// ValidateString wants a primitive string.
func (rt *Runtime) ValidateString(v goja.Value, name string) string {
	if v == nil || !goja.IsString(v) || isObject(v) {
		rt.ThrowArgType(name, v, "string")
	}
	return v.String()
}

// ValidateBoolean wants a primitive boolean.
func (rt *Runtime) ValidateBoolean(v goja.Value, name string) bool {
	b, ok := primitive(v).(bool)
	if !ok {
		rt.ThrowArgType(name, v, "boolean")
	}
	return b
}

// ValidateFunction wants a function.
func (rt *Runtime) ValidateFunction(v goja.Value, name string) goja.Callable {
	fn, ok := goja.AssertFunction(v)
	if !ok {
		rt.ThrowArgType(name, v, "function")
	}
	return fn
}

// ValidateObject wants an object that is neither null, an array nor a function.
func (rt *Runtime) ValidateObject(v goja.Value, name string) *goja.Object {
	o, ok := v.(*goja.Object)
	if ok {
		_, callable := goja.AssertFunction(o)
		ok = !callable && !isArray(o)
	}
	if !ok {
		rt.ThrowArgType(name, v, "Object")
	}
	return o
}

// ValidateArray wants an array of at least minLength elements.
func (rt *Runtime) ValidateArray(v goja.Value, name string, minLength int) *goja.Object {
	o, ok := v.(*goja.Object)
	if !ok || !isArray(o) {
		rt.ThrowArgType(name, v, "Array")
	}
	if n := int(o.Get("length").ToInteger()); n < minLength {
		rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", name, v, "must be longer than "+itoa(minLength)))
	}
	return o
}

// ValidateInteger wants an integer within [lo, hi].
func (rt *Runtime) ValidateInteger(v goja.Value, name string, lo, hi int64) int64 {
	f := rt.wantNumber(v, name)
	if f != math.Trunc(f) || math.IsInf(f, 0) || math.IsNaN(f) {
		rt.ThrowOutOfRange(name, "an integer", v)
	}
	if f < float64(lo) || f > float64(hi) {
		rt.ThrowOutOfRange(name, ">= "+rt.vm.ToValue(lo).String()+" && <= "+rt.vm.ToValue(hi).String(), v)
	}
	return int64(f)
}

// MaxSafeInteger is Number.MAX_SAFE_INTEGER, the usual bound of ValidateInteger.
const MaxSafeInteger = 1<<53 - 1

// ValidateInt32 wants an integer within [lo, hi], both of 32 bits.
func (rt *Runtime) ValidateInt32(v goja.Value, name string, lo, hi int32) int32 {
	return int32(rt.ValidateInteger(v, name, int64(lo), int64(hi)))
}

// ValidateUint32 wants an integer of 32 bits, at least 1 if positive is set.
func (rt *Runtime) ValidateUint32(v goja.Value, name string, positive bool) uint32 {
	lo := int64(0)
	if positive {
		lo = 1
	}
	return uint32(rt.ValidateInteger(v, name, lo, math.MaxUint32))
}

// ValidateNumber wants a number within [lo, hi]; NaN bounds mean none.
func (rt *Runtime) ValidateNumber(v goja.Value, name string, lo, hi float64) float64 {
	f := rt.wantNumber(v, name)
	hasLo, hasHi := !math.IsNaN(lo), !math.IsNaN(hi)
	if hasLo && f < lo || hasHi && f > hi || (hasLo || hasHi) && math.IsNaN(f) {
		var want []string
		if hasLo {
			want = append(want, ">= "+rt.vm.ToValue(lo).String())
		}
		if hasHi {
			want = append(want, "<= "+rt.vm.ToValue(hi).String())
		}
		rt.ThrowOutOfRange(name, strings.Join(want, " && "), v)
	}
	return f
}

// ValidatePort wants a port number or a string that reads as one.
func (rt *Runtime) ValidatePort(v goja.Value, name string, allowZero bool) int {
	if v != nil && (goja.IsNumber(v) || goja.IsString(v)) && strings.TrimSpace(v.String()) != "" {
		f := v.ToFloat()
		if f == math.Trunc(f) && f >= 0 && f <= 65535 && (f > 0 || allowZero) {
			return int(f)
		}
	}
	if v == nil {
		v = goja.Undefined()
	}
	rt.Throw(rt.NewError("ERR_SOCKET_BAD_PORT", name, v, allowZero))
	return 0
}

// ValidateOneOf wants v to be one of the strings.
func (rt *Runtime) ValidateOneOf(v goja.Value, name string, allowed ...string) string {
	if v != nil && goja.IsString(v) {
		s := v.String()
		for _, a := range allowed {
			if a == s {
				return s
			}
		}
	}
	if v == nil {
		v = goja.Undefined()
	}
	quoted := make([]string, len(allowed))
	for i, a := range allowed {
		quoted[i] = "'" + a + "'"
	}
	rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", name, v, "must be one of: "+strings.Join(quoted, ", ")))
	return ""
}

// ValidateAbortSignal wants undefined or an object with an `aborted` property; nil is returned for undefined.
func (rt *Runtime) ValidateAbortSignal(v goja.Value, name string) *goja.Object {
	if v == nil || goja.IsUndefined(v) {
		return nil
	}
	o, ok := v.(*goja.Object)
	if !ok || o.Get("aborted") == nil {
		rt.ThrowArgType(name, v, "AbortSignal")
	}
	return o
}

func (rt *Runtime) wantNumber(v goja.Value, name string) float64 {
	if v == nil || !goja.IsNumber(v) || isObject(v) {
		rt.ThrowArgType(name, v, "number")
	}
	return v.ToFloat()
}

func isObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok
}

func primitive(v goja.Value) any {
	if v == nil || isObject(v) {
		return nil
	}
	return v.Export()
}

// isArray is Array.isArray, which sees through proxies.
func isArray(o *goja.Object) bool {
	if o.ClassName() == "Array" {
		return true
	}
	if o.ExportType() == reflect.TypeFor[goja.Proxy]() {
		if p, ok := o.Export().(goja.Proxy); ok && p.Target() != nil {
			return isArray(p.Target())
		}
	}
	return false
}
