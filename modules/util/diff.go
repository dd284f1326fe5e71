package util

import (
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/diff"
	"gonode/internal/engine"
	"gonode/runtime"
)

// difference is util.diff(actual, expected) of strings, by their code units, or of arrays of strings.
func difference(rt *runtime.Runtime, call goja.FunctionCall) goja.Value {
	vm := rt.VM()
	pieces := func(v goja.Value, name string) []goja.Value {
		if o, ok := v.(*goja.Object); ok && engine.IsArray(o) {
			n := int(rt.ValidateArray(v, name, 0).Get("length").ToInteger())
			rt.Memory.Need(16 * n)
			list := make([]goja.Value, n)
			for i := range list {
				key := strconv.Itoa(i)
				list[i] = o.Get(key)
				rt.ValidateString(list[i], name+"["+key+"]")
			}
			return list
		}
		rt.ValidateString(v, name)
		units := v.ToString().(goja.String)
		rt.Memory.Need(32 * units.Length())
		list := make([]goja.Value, units.Length())
		for i := range list {
			list[i] = units.Substring(i, i+1)
		}
		return list
	}
	if call.Argument(0).StrictEquals(call.Argument(1)) {
		return vm.NewArray()
	}
	actual, expected := pieces(call.Argument(0), "actual"), pieces(call.Argument(1), "expected")
	steps := diff.Sequences(actual, expected, goja.Value.StrictEquals, rt.Memory.Need)
	list := make([]any, len(steps))
	for i, s := range steps {
		list[i] = vm.NewArray(int64(s.Op), s.Value)
	}
	return vm.NewArray(list...)
}
