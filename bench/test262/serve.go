package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/source"
	"gonode/modules"
	"gonode/runtime"
)

//go:embed host.js
var host string

// serve runs each test in a runtime of its own. The harness is compiled once.
func serve(in io.Reader, out io.Writer) {
	lines := bufio.NewReader(in)
	var cache *source.Cache
	for n := 0; ; n++ {
		if n%500 == 0 {
			cache = &source.Cache{} // it keeps the tests as well
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		t := &test{}
		if err := json.Unmarshal(line, t); err != nil {
			fmt.Fprintln(out, err)
			continue
		}
		fmt.Fprintln(out, strings.Join(strings.Fields(t.run(cache)), " "))
	}
}

// run gives "ok", or the error in one line.
func (t *test) run(cache *source.Cache) (result string) {
	rt, err := runtime.New(runtime.Config{Modules: modules.All(), Sources: cache, Stdout: io.Discard, Stderr: io.Discard,
		Options: runtime.Options{DefaultType: "module", NoWarnings: true, UnhandledRejections: "none"}})
	if err != nil {
		return err.Error()
	}
	defer rt.CloseAll()
	result = "ok"
	printed := false
	rt.OnFatal(func(err goja.Value, _ string) {
		if result == "ok" {
			result = describe(err)
		}
	})
	vm := rt.VM()
	err = rt.Run(context.Background(), func() {
		realm, _ := goja.AssertFunction(rt.Scripts.Eval("host.js", host))
		print := vm.ToValue(func(call goja.FunctionCall) goja.Value {
			s := call.Argument(0).String()
			if strings.HasPrefix(s, "Test262:Async") && !printed {
				printed = true
				if s != "Test262:AsyncTestComplete" && result == "ok" {
					result = strings.TrimPrefix(s, "Test262:AsyncTestFailure:")
				}
			}
			return goja.Undefined()
		})
		require := vm.ToValue(func(call goja.FunctionCall) goja.Value { return rt.Require(call.Argument(0).String()) })
		eval := vm.ToValue(func(call goja.FunctionCall) goja.Value {
			return rt.Scripts.Eval("evalScript", call.Argument(0).String())
		})
		realm, _ = goja.AssertFunction(rt.Call(realm, goja.Undefined(), require, vm.GlobalObject(), print))
		rt.Call(realm, goja.Undefined(), vm.GlobalObject(), eval)
		for _, file := range t.Includes {
			text, err := os.ReadFile(file)
			if err != nil {
				panic(err)
			}
			rt.Scripts.Eval(file, string(text))
		}
		if t.Async && strings.Contains(t.Text, "waitAsync") { // which does not keep the loop alive
			keep, _ := goja.AssertFunction(rt.Scripts.Eval("keep.js", "(done) => { const t = setInterval(() => { if (done()) clearInterval(t); }, 2); }"))
			rt.Call(keep, goja.Undefined(), vm.ToValue(func() bool { return printed || result != "ok" }))
		}
		if t.Mode == "module" {
			rt.LoadMain(t.File)
		} else {
			rt.Scripts.Eval(t.File, t.Text)
		}
	})
	switch {
	case result == "ok" && err != nil:
		return err.Error()
	case result == "ok" && t.Async && !printed:
		return "never done"
	}
	return result
}

func describe(v goja.Value) string {
	o, ok := v.(*goja.Object)
	if !ok {
		return "thrown: " + v.String()
	}
	name := o.Get("name")
	if class, ok := o.Get("constructor").(*goja.Object); ok {
		name = class.Get("name")
	}
	return fmt.Sprintf("%v: %v", name, o.Get("message"))
}
