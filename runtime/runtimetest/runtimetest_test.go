package runtimetest_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/dop251/goja"

	gonode "gonode/runtime"
	"gonode/runtime/runtimetest"
)

var greeting = &gonode.Module{Name: "greeting", Binding: func(rt *gonode.Runtime) *goja.Object {
	exports := rt.VM().NewObject()
	rt.SetFunc(exports, "greet", 1, func(call goja.FunctionCall) goja.Value {
		return rt.VM().ToValue("good day, " + call.Argument(0).String())
	})
	return exports
}}

func TestRun(t *testing.T) {
	if got := runtimetest.Run(t, `setTimeout(() => { console.log(require('greeting').greet('you')) })`, greeting); got != "good day, you\n" {
		t.Errorf("%q", got)
	}
	runtimetest.Run(t, `assert.equal(require('greeting').greet('you'), 'good day, you')`, greeting)
}

// recorder is a test that fails for somebody else.
type recorder struct {
	testing.TB
	failed string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failed = args[2].(string)
	runtime.Goexit()
}

func TestRunFails(t *testing.T) {
	for script, want := range map[string]string{
		`assert.equal(1, 2)`: "AssertionError", `require('nowhere')`: "MODULE_NOT_FOUND", `Promise.reject(new TypeError('late'))`: "TypeError: late",
		`process.exitCode = 3`: "",
	} {
		r := &recorder{TB: t, failed: "it has not"}
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtimetest.Run(r, script)
		}()
		<-done
		if r.failed == "it has not" || !strings.Contains(r.failed, want) {
			t.Errorf("%s: %q", script, r.failed)
		}
	}
}
