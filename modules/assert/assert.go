// Package assert is module "assert" and "assert/strict". What tests call most is Go, as are comparisons and messages;
// assert.js has AssertionError and the assertions about functions and promises. It runs on the loop goroutine.
package assert

import (
	_ "embed"
	"strings"

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
	partial       goja.Callable
	options       *goja.Symbol // what instances of Assert have their options in
	fail, failOk  goja.Callable
	inspect       goja.Callable
	inspectOption *goja.Object
}

func binding(rt *runtime.Runtime) *goja.Object {
	a := &asserter{rt: rt, vm: rt.VM()}
	compare := rt.Require("internal/util/comparisons")
	a.deep, _ = goja.AssertFunction(compare.Get("isDeepEqual"))
	a.strict, _ = goja.AssertFunction(compare.Get("isDeepStrictEqual"))
	a.partial, _ = goja.AssertFunction(compare.Get("isPartialStrictEqual"))
	b := a.vm.NewObject()
	// init takes what to call on failure and gives the native assertions.
	rt.SetFunc(b, "init", 2, func(call goja.FunctionCall) goja.Value {
		a.fail, _ = goja.AssertFunction(call.Argument(0))
		a.failOk, _ = goja.AssertFunction(call.Argument(1))
		a.options, _ = call.Argument(2).(*goja.Symbol)
		return a.natives()
	})
	rt.SetFunc(b, "defineTracker", 1, func(call goja.FunctionCall) goja.Value {
		rt.DefineExports(call.Argument(0).(*goja.Object), "internal/assert/calltracker", "CallTracker")
		return goja.Undefined()
	})
	rt.SetFunc(b, "expression", 0, func(goja.FunctionCall) goja.Value { return a.expression() })
	return b
}

// natives are the assertions that compare two values, and ok.
func (a *asserter) natives() *goja.Object {
	o := a.vm.NewObject()
	by := func(f goja.Callable) comparing {
		return func(x, y goja.Value, _ goja.Value) bool { return a.rt.Call(f, goja.Undefined(), x, y).ToBoolean() }
	}
	strictly := func(x, y goja.Value, this goja.Value) bool {
		return a.rt.Call(a.strict, goja.Undefined(), x, y, a.option(this, "skipPrototype")).ToBoolean()
	}
	not := func(f comparing) comparing {
		return func(x, y goja.Value, this goja.Value) bool { return !f(x, y, this) }
	}
	same := func(x, y goja.Value, _ goja.Value) bool { return x.SameAs(y) }
	equal := func(x, y goja.Value, _ goja.Value) bool {
		return x.Equals(y) || goja.IsNumber(x) && goja.IsNumber(y) && x.SameAs(y)
	}
	for _, m := range [...]struct {
		name, operator string
		holds          comparing
	}{
		{"equal", "==", equal},
		{"notEqual", "!=", not(equal)},
		{"deepEqual", "deepEqual", by(a.deep)},
		{"notDeepEqual", "notDeepEqual", not(by(a.deep))},
		{"deepStrictEqual", "deepStrictEqual", strictly},
		{"notDeepStrictEqual", "notDeepStrictEqual", not(strictly)},
		{"strictEqual", "strictEqual", same},
		{"notStrictEqual", "notStrictEqual", not(same)},
		{"partialDeepStrictEqual", "partialDeepStrictEqual", by(a.partial)},
	} {
		var fn *goja.Object
		fn = a.rt.Func(m.name, 3, func(call goja.FunctionCall) goja.Value {
			if len(call.Arguments) < 2 {
				a.rt.Throw(a.rt.NewError("ERR_MISSING_ARGS", "actual", "expected"))
			}
			x, y, message := call.Arguments[0], call.Arguments[1], call.Argument(2)
			if !m.holds(x, y, call.This) {
				a.rt.Call(a.fail, goja.Undefined(), x, y, message, a.vm.ToValue(m.operator), fn, a.option(call.This, "diff"))
			}
			return goja.Undefined()
		})
		o.Set(m.name, fn)
	}
	for _, name := range [...]string{"ok", "strict", "ok "} {
		var fn *goja.Object
		fn = a.rt.Func(strings.TrimSpace(name), 0, func(call goja.FunctionCall) goja.Value {
			if len(call.Arguments) == 0 || !call.Arguments[0].ToBoolean() {
				a.rt.Call(a.failOk, goja.Undefined(), fn, a.vm.ToValue(len(call.Arguments)), call.Argument(0), call.Argument(1))
			}
			return goja.Undefined()
		})
		o.Set(name, fn)
	}
	return o
}

// comparing tells whether an assertion about two values holds, called on this.
type comparing func(x, y, this goja.Value) bool

// option gives an option of the instance of Assert that an assertion is called on.
func (a *asserter) option(this goja.Value, name string) goja.Value {
	o, ok := this.(*goja.Object)
	if !ok {
		return goja.Undefined()
	}
	options, ok := o.GetSymbol(a.options).(*goja.Object)
	if !ok {
		return goja.Undefined()
	}
	if v := options.Get(name); v != nil {
		return v
	}
	return goja.Undefined()
}
