package engine

import (
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// The validators throw Node's ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE or ERR_INVALID_ARG_VALUE; name is the argument's
// ("options.port"). They return the checked value where that is of use. Loop goroutine only.

// ThrowArgType throws ERR_INVALID_ARG_TYPE; expected is "string", "Buffer", or several of them.
func (e *Engine) ThrowArgType(name string, v goja.Value, expected ...string) {
	if v == nil {
		v = goja.Undefined()
	}
	e.Throw(e.NewError("ERR_INVALID_ARG_TYPE", name, expected, v))
}

// ThrowOutOfRange throws ERR_OUT_OF_RANGE; want words the range: ">= 0 && <= 255", "an integer".
func (e *Engine) ThrowOutOfRange(name, want string, v goja.Value) {
	e.Throw(e.NewError("ERR_OUT_OF_RANGE", name, want, v))
}

// ValidateString wants a primitive string.
func (e *Engine) ValidateString(v goja.Value, name string) string {
	if v == nil || !goja.IsString(v) || IsObject(v) {
		e.ThrowArgType(name, v, "string")
	}
	return v.String()
}

// ValidateBoolean wants a primitive boolean.
func (e *Engine) ValidateBoolean(v goja.Value, name string) bool {
	b, ok := primitive(v).(bool)
	if !ok {
		e.ThrowArgType(name, v, "boolean")
	}
	return b
}

// ValidateFunction wants a function.
func (e *Engine) ValidateFunction(v goja.Value, name string) goja.Callable {
	fn, ok := goja.AssertFunction(v)
	if !ok {
		e.ThrowArgType(name, v, "function")
	}
	return fn
}

// ValidateObject wants an object that is neither null, an array nor a function.
func (e *Engine) ValidateObject(v goja.Value, name string) *goja.Object {
	o, ok := v.(*goja.Object)
	if ok {
		_, callable := goja.AssertFunction(o)
		ok = !callable && !IsArray(o)
	}
	if !ok {
		e.ThrowArgType(name, v, "Object")
	}
	return o
}

// ValidateArray wants an array of at least minLength elements.
func (e *Engine) ValidateArray(v goja.Value, name string, minLength int) *goja.Object {
	o, ok := v.(*goja.Object)
	if !ok || !IsArray(o) {
		e.ThrowArgType(name, v, "Array")
	}
	if n := int(o.Get("length").ToInteger()); n < minLength {
		e.Throw(e.NewError("ERR_INVALID_ARG_VALUE", name, v, "must be longer than "+strconv.Itoa(minLength)))
	}
	return o
}

// ValidateInteger wants an integer within [lo, hi].
func (e *Engine) ValidateInteger(v goja.Value, name string, lo, hi int64) int64 {
	f := e.wantNumber(v, name)
	if f != math.Trunc(f) || math.IsInf(f, 0) || math.IsNaN(f) {
		e.ThrowOutOfRange(name, "an integer", v)
	}
	if f < float64(lo) || f > float64(hi) {
		e.ThrowOutOfRange(name, ">= "+e.vm.ToValue(lo).String()+" && <= "+e.vm.ToValue(hi).String(), v)
	}
	return int64(f)
}

// MaxSafeInteger is Number.MAX_SAFE_INTEGER, the usual bound of ValidateInteger.
const MaxSafeInteger = 1<<53 - 1

// ValidateInt32 wants an integer within [lo, hi], both of 32 bits.
func (e *Engine) ValidateInt32(v goja.Value, name string, lo, hi int32) int32 {
	return int32(e.ValidateInteger(v, name, int64(lo), int64(hi)))
}

// ValidateUint32 wants an integer of 32 bits, at least 1 if positive is set.
func (e *Engine) ValidateUint32(v goja.Value, name string, positive bool) uint32 {
	lo := int64(0)
	if positive {
		lo = 1
	}
	return uint32(e.ValidateInteger(v, name, lo, math.MaxUint32))
}

// ValidateNumber wants a number within [lo, hi]; NaN bounds mean none.
func (e *Engine) ValidateNumber(v goja.Value, name string, lo, hi float64) float64 {
	f := e.wantNumber(v, name)
	hasLo, hasHi := !math.IsNaN(lo), !math.IsNaN(hi)
	if hasLo && f < lo || hasHi && f > hi || (hasLo || hasHi) && math.IsNaN(f) {
		var want []string
		if hasLo {
			want = append(want, ">= "+e.vm.ToValue(lo).String())
		}
		if hasHi {
			want = append(want, "<= "+e.vm.ToValue(hi).String())
		}
		e.ThrowOutOfRange(name, strings.Join(want, " && "), v)
	}
	return f
}

// ValidatePort wants a port number or a string that reads as one.
func (e *Engine) ValidatePort(v goja.Value, name string, allowZero bool) int {
	if v != nil && (goja.IsNumber(v) || goja.IsString(v)) && strings.TrimSpace(v.String()) != "" {
		f := v.ToFloat()
		if f == math.Trunc(f) && f >= 0 && f <= 65535 && (f > 0 || allowZero) {
			return int(f)
		}
	}
	if v == nil {
		v = goja.Undefined()
	}
	e.Throw(e.NewError("ERR_SOCKET_BAD_PORT", name, v, allowZero))
	return 0
}

// ValidateOneOf wants v to be one of the strings.
func (e *Engine) ValidateOneOf(v goja.Value, name string, allowed ...string) string {
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
	e.Throw(e.NewError("ERR_INVALID_ARG_VALUE", name, v, "must be one of: "+strings.Join(quoted, ", ")))
	return ""
}

// ValidateAbortSignal wants undefined or an object with an `aborted` property; nil is returned for undefined.
func (e *Engine) ValidateAbortSignal(v goja.Value, name string) *goja.Object {
	if v == nil || goja.IsUndefined(v) {
		return nil
	}
	o, ok := v.(*goja.Object)
	if !ok || o.Get("aborted") == nil {
		e.ThrowArgType(name, v, "AbortSignal")
	}
	return o
}

func (e *Engine) wantNumber(v goja.Value, name string) float64 {
	if v == nil || !goja.IsNumber(v) || IsObject(v) {
		e.ThrowArgType(name, v, "number")
	}
	return v.ToFloat()
}

// IsObject tells objects, functions among them, from primitives.
func IsObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok
}

func primitive(v goja.Value) any {
	if v == nil || IsObject(v) {
		return nil
	}
	return v.Export()
}

// IsArray is Array.isArray, which sees through proxies.
func IsArray(o *goja.Object) bool {
	if o.ClassName() == "Array" {
		return true
	}
	if o.ExportType() == reflect.TypeFor[goja.Proxy]() {
		if p, ok := o.Export().(goja.Proxy); ok && p.Target() != nil {
			return IsArray(p.Target())
		}
	}
	return false
}
