package test

import (
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/glob"
	"gonode/internal/options"
	"gonode/runtime"
)

// host is what the runner's scripts have of the process: options, places in the scripts that called, import(), files.
func host(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	rt.SetFunc(o, "option", 1, func(call goja.FunctionCall) goja.Value { return option(rt, call.Argument(0).String()) })
	rt.SetFunc(o, "location", 0, func(goja.FunctionCall) goja.Value { return location(rt) })
	rt.SetFunc(o, "importFrom", 1, func(call goja.FunctionCall) goja.Value {
		return rt.ESModules().ImportFunction(call.Argument(0).String())
	})
	rt.SetFunc(o, "resolveFrom", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(rt.ESModules().Resolve(call.Argument(0).String(), call.Argument(1).String()))
	})
	rt.SetFunc(o, "startCoverage", 1, func(call goja.FunctionCall) goja.Value {
		rt.Coverage.StartInto(call.Argument(0).String())
		return goja.Undefined()
	})
	rt.SetFunc(o, "preload", 0, func(goja.FunctionCall) goja.Value {
		rt.CommonJS().Preload()
		return goja.Undefined()
	})
	rt.SetFunc(o, "baseArguments", 0, func(goja.FunctionCall) goja.Value { return strs(rt, baseArguments(rt.Config().ExecArgv)) })
	rt.SetFunc(o, "hasMagic", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(slices.ContainsFunc(glob.Compile(call.Argument(0).String()), func(p glob.Pattern) bool {
			return slices.ContainsFunc(p.Segments, func(s glob.Segment) bool { return !s.Plain() })
		}))
	})
	return o
}

func strs(rt *runtime.Runtime, list []string) goja.Value {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = s
	}
	return rt.VM().NewArray(values...)
}

// option is what was given for an option: true for a switch, a list where there may be several values, undefined for nothing.
func option(rt *runtime.Runtime, name string) goja.Value {
	all := &rt.Config().Options
	switch name {
	case "strip-types":
		return rt.VM().ToValue(!all.NoStripTypes)
	case "import":
		return strs(rt, all.Import)
	}
	values, given := all.Test[name]
	if o, _ := options.Lookup(name); !given {
		return goja.Undefined()
	} else if o.Kind == options.List {
		return strs(rt, values)
	} else if o.Kind == options.Boolean {
		return rt.VM().ToValue(true)
	}
	return rt.VM().ToValue(values[0])
}

// location is the place of the innermost call that is not the runner's own: line, column and file.
func location(rt *runtime.Runtime) goja.Value {
	for _, s := range rt.CallSites(12) {
		if !s.Native && s.File != "" && !strings.HasPrefix(s.File, "node:") {
			return rt.VM().NewArray(s.Line, s.Col, s.File)
		}
	}
	return goja.Undefined()
}

// baseArguments are the options of this process that those of test files have as well.
func baseArguments(given []string) []string {
	var list []string
	for i := 0; i < len(given); i++ {
		name, _, hasValue := strings.Cut(given[i], "=")
		name = strings.ReplaceAll(strings.TrimPrefix(name, "--"), "_", "-")
		o, known := options.Lookup(name)
		one := given[i : i+1]
		if known && !hasValue && (o.Kind == options.Value || o.Kind == options.List) && i+1 < len(given) {
			one = given[i : i+2]
			i++
		}
		switch name {
		case "test", "experimental-test-coverage", "test-randomize", "watch", "experimental-test-tag-filter", "test-reporter",
			"test-reporter-destination", "test-random-seed", "experimental-config-file", "experimental-default-config-file":
		default:
			list = append(list, one...)
		}
	}
	return list
}
