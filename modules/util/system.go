package util

import (
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/runtime"
)

// systemErrors are the functions that name an errno.
func systemErrors(rt *runtime.Runtime, o *goja.Object) {
	vm := rt.VM()
	rt.SetFunc(o, "getSystemErrorMap", 0, func(goja.FunctionCall) goja.Value {
		m, err := vm.New(rt.Intrinsic("Map"))
		if err != nil {
			panic(err)
		}
		for _, e := range errs.Errnos() {
			rt.CallMethod(m, "set", vm.ToValue(e.Number), vm.NewArray(e.Name, e.Message))
		}
		return m
	})
	describe := func(name string, part func(errs.Errno) string) {
		rt.SetFunc(o, name, 1, func(call goja.FunctionCall) goja.Value {
			v := call.Argument(0)
			rt.ValidateNumber(v, "err", math.NaN(), math.NaN())
			if n := v.ToFloat(); n >= 0 || n != math.Trunc(n) || n < -engine.MaxSafeInteger {
				rt.ThrowOutOfRange("err", "a negative integer", v)
			}
			e, ok := errs.ByNumber(int(v.ToInteger()))
			if !ok {
				return vm.ToValue("Unknown system error " + v.String())
			}
			return vm.ToValue(part(e))
		})
	}
	describe("getSystemErrorName", func(e errs.Errno) string { return e.Name })
	describe("getSystemErrorMessage", func(e errs.Errno) string { return e.Message })
}

// exitCode is util.convertProcessSignalToExitCode: what a shell says of a process that the signal ended.
func exitCode(rt *runtime.Runtime, call goja.FunctionCall) goja.Value {
	signals := rt.Member(rt.Require("os").Get("constants").(*goja.Object), "signals").(*goja.Object)
	name := rt.ValidateOneOf(call.Argument(0), "signalCode", signals.Keys()...)
	return rt.VM().ToValue(128 + signals.Get(name).ToInteger())
}
