// Package assert is module "assert" and "assert/strict". What tests call most is Go, as are comparisons and messages;
// assert.js has AssertionError and the assertions about functions and promises. It runs on the loop goroutine.
package assert

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed assert.js
var source string

//go:embed error.js
var errorSource string

//go:embed calltracker.js
var trackerSource string

var strictSource = "'use strict';module.exports=require('assert').strict;"

// Module is "assert".
var Module = &runtime.Module{Name: "assert", Binding: binding, Script: engine.NewScript("node:assert", &source)}

// Strict is "assert/strict".
var Strict = &runtime.Module{Name: "assert/strict",
	Script: engine.NewScript("node:assert/strict", &strictSource)}

// Error is the private module "internal/assert/assertion_error".
var Error = &runtime.Module{Name: "internal/assert/assertion_error", Private: true, Binding: errorBinding,
	Script: engine.NewScript("node:internal/assert/assertion_error", &errorSource)}

// Tracker is the private module "internal/assert/calltracker".
var Tracker = &runtime.Module{Name: "internal/assert/calltracker", Private: true,
	Script: engine.NewScript("node:internal/assert/calltracker", &trackerSource)}

// asserter is the native half.
type asserter struct {
	rt            *runtime.Runtime
	vm            *goja.Runtime
	deep, strict  goja.Callable
	fail, failOk  goja.Callable
	inspect       goja.Callable
	messages      map[string]string // of falsy expressions by their place
	inspectOption *goja.Object
}

func binding(rt *runtime.Runtime) *goja.Object {
	a := &asserter{rt: rt, vm: rt.VM(), messages: map[string]string{}}
	compare := rt.Require("internal/util/comparisons")
	a.deep, _ = goja.AssertFunction(compare.Get("isDeepEqual"))
	a.strict, _ = goja.AssertFunction(compare.Get("isDeepStrictEqual"))
	b := a.vm.NewObject()
	// init takes what to call on failure and gives the native assertions.
	rt.SetFunc(b, "init", 2, func(call goja.FunctionCall) goja.Value {
		a.fail, _ = goja.AssertFunction(call.Argument(0))
		a.failOk, _ = goja.AssertFunction(call.Argument(1))
		return a.natives()
	})
	rt.SetFunc(b, "expression", 0, func(goja.FunctionCall) goja.Value { return a.expression() })
	return b
}

// natives are the assertions that compare two values, and ok.
func (a *asserter) natives() *goja.Object {
	o := a.vm.NewObject()
	call := func(f goja.Callable) func(x, y goja.Value) bool {
		return func(x, y goja.Value) bool { return a.rt.Call(f, goja.Undefined(), x, y).ToBoolean() }
	}
	not := func(f func(x, y goja.Value) bool) func(x, y goja.Value) bool {
		return func(x, y goja.Value) bool { return !f(x, y) }
	}
	same := func(x, y goja.Value) bool { return x.SameAs(y) }
	equal := func(x, y goja.Value) bool {
		return x.Equals(y) || goja.IsNumber(x) && goja.IsNumber(y) && x.SameAs(y)
	}
	for _, m := range [...]struct {
		name, operator string
		holds          func(x, y goja.Value) bool
	}{
		{"equal", "==", equal},
		{"notEqual", "!=", not(equal)},
		{"deepEqual", "deepEqual", call(a.deep)},
		{"notDeepEqual", "notDeepEqual", not(call(a.deep))},
		{"deepStrictEqual", "deepStrictEqual", call(a.strict)},
		{"notDeepStrictEqual", "notDeepStrictEqual", not(call(a.strict))},
		{"strictEqual", "strictEqual", same},
		{"notStrictEqual", "notStrictEqual", not(same)},
	} {
		var fn *goja.Object
		fn = a.rt.Func(m.name, 3, func(call goja.FunctionCall) goja.Value {
			if len(call.Arguments) < 2 {
				a.rt.Throw(a.rt.NewError("ERR_MISSING_ARGS", "actual", "expected"))
			}
			x, y, message := call.Arguments[0], call.Arguments[1], call.Argument(2)
			if !m.holds(x, y) {
				a.rt.Call(a.fail, goja.Undefined(), x, y, message, a.vm.ToValue(m.operator), fn)
			}
			return goja.Undefined()
		})
		o.Set(m.name, fn)
	}
	for _, name := range [...]string{"ok", "strict"} {
		var fn *goja.Object
		fn = a.rt.Func(name, 0, func(call goja.FunctionCall) goja.Value {
			if len(call.Arguments) == 0 || !call.Arguments[0].ToBoolean() {
				a.rt.Call(a.failOk, goja.Undefined(), fn, a.vm.ToValue(len(call.Arguments)), call.Argument(0), call.Argument(1))
			}
			return goja.Undefined()
		})
		o.Set(name, fn)
	}
	return o
}
