// Package repl is module "repl" and the interactive session of the command: a readline interface whose lines are
// programs. What is Go here tells unfinished text from wrong text. Loop goroutine only.
package repl

import (
	_ "embed"
	"errors"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/source"
	"gonode/runtime"
)

//go:embed repl.js
var replSource string

//go:embed complete.js
var completeSource string

//go:embed evaluate.js
var evaluateSource string

//go:embed search.js
var searchSource string

//go:embed start.js
var startSource string

// Modules are "repl" and its private parts.
var Modules = []*runtime.Module{
	{Name: "repl", Script: engine.NewScript("node:repl", &replSource), Binding: binding},
	{Name: "internal/repl/complete", Private: true, Script: engine.NewScript("node:internal/repl/complete", &completeSource)},
	{Name: "internal/repl/evaluate", Private: true, Script: engine.NewScript("node:internal/repl/evaluate", &evaluateSource), Binding: evaluateBinding},
	{Name: "internal/repl/search", Private: true, Script: engine.NewScript("node:internal/repl/search", &searchSource)},
	{Name: "internal/repl/start", Private: true, Script: engine.NewScript("node:internal/repl/start", &startSource)},
}

// binding has
//
//	builtins()        the names of the modules that are global in a session
//	libraries()       the names that require takes without "node:"
func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	rt.SetFunc(o, "builtins", 0, func(goja.FunctionCall) goja.Value {
		var list []any
		for _, name := range rt.Builtins() {
			if !strings.HasPrefix(name, "_") && !strings.Contains(name, "/") {
				list = append(list, name)
			}
		}
		return vm.NewArray(list...)
	})
	rt.SetFunc(o, "libraries", 0, func(goja.FunctionCall) goja.Value {
		var list []any
		module := rt.Require("module")
		rt.ForOf(module.Get("builtinModules"), func(name goja.Value) bool {
			if s := name.String(); !strings.HasPrefix(s, "_") && !strings.HasPrefix(s, "node:") {
				list = append(list, name)
			}
			return true
		})
		return vm.NewArray(list...)
	})
	o.Set("pendingDeprecation", rt.Config().Options.PendingDeprecation)
	return o
}

// evaluateBinding has unfinished(code), which tells whether more lines could make code right.
func evaluateBinding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.SetFunc(o, "unfinished", 1, func(call goja.FunctionCall) goja.Value {
		return rt.VM().ToValue(unfinished(call.Argument(0).String()))
	})
	return o
}

// unfinished tells whether text is no program only because it ends too early.
func unfinished(text string) bool {
	_, err := source.Compile("repl", text, source.Options{Kind: source.Script})
	var e *source.SyntaxError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Message {
	case "Unexpected end of input", "Unterminated template literal", "Unterminated template (1:1)":
		return true
	case "missing ) after argument list", "Missing initializer in const declaration":
		return atEnd(text, e)
	}
	if strings.HasPrefix(e.Message, "Unterminated template") {
		return true
	}
	if strings.HasPrefix(e.Message, "Invalid or unexpected token") || strings.HasPrefix(e.Message, "Unexpected token") {
		// A string goes on after a backslash at the end of its line; a comment goes on until it is closed.
		if strings.HasSuffix(strings.TrimSuffix(text, "\n"), `\`) {
			return true
		}
		if open := strings.LastIndex(text, "/*"); open >= 0 && !strings.Contains(text[open:], "*/") {
			return true
		}
		if strings.Count(text, "`")%2 == 1 {
			return true
		}
		return atEnd(text, e) && strings.HasPrefix(e.Message, "Unexpected token ''")
	}
	return false
}

func atEnd(text string, e *source.SyntaxError) bool {
	lines := strings.Split(strings.TrimRight(text, "\n \t"), "\n")
	return e.Line > len(lines) || e.Line == len(lines) && e.Column > len(lines[len(lines)-1])
}
