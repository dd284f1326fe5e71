package util

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// scriptIDs are the numbers by which call sites name the scripts of a runtime.
type scriptIDs map[string]int

func (ids scriptIDs) of(file string) string {
	id, ok := ids[file]
	if !ok {
		id = len(ids) + 1
		ids[file] = id
	}
	return strconv.Itoa(id)
}

type scriptIDsKey struct{}

// callSites is util.getCallSites: the caller's stack as plain objects, whatever Error.prepareStackTrace says.
func callSites(rt *runtime.Runtime, call goja.FunctionCall) goja.Value {
	count, options := call.Argument(0), call.Argument(1)
	if o, ok := count.(*goja.Object); ok && goja.IsUndefined(options) {
		if _, callable := goja.AssertFunction(o); !callable {
			count, options = goja.Undefined(), o
		}
	}
	limit := int64(10)
	if !goja.IsUndefined(count) {
		limit = rt.ValidateInteger(count, "frameCount", 1, 200)
	}
	original := rt.SourceMaps.Support().Enabled
	if !goja.IsUndefined(options) {
		if v := rt.Member(rt.ValidateObject(options, "options"), "sourceMap"); v != nil && !goja.IsUndefined(v) {
			original = rt.ValidateBoolean(v, "options.sourceMap")
		}
	}
	ids, ok := rt.Value(scriptIDsKey{}).(scriptIDs)
	if !ok {
		ids = scriptIDs{}
		rt.SetValue(scriptIDsKey{}, ids)
	}
	vm := rt.VM()
	var list []any
	for _, s := range rt.CallSites(int(limit)) {
		if s.Native {
			continue
		}
		id := ids.of(s.File)
		moved := original && rt.SourceMaps.Original(&s)
		site := vm.CreateObject(nil)
		site.Set("functionName", bareName(s.Function))
		if !moved {
			site.Set("scriptId", id)
		}
		site.Set("scriptName", s.File)
		site.Set("lineNumber", s.Line)
		if moved {
			site.Set("column", s.Col) // Node has them the other way round there
		}
		site.Set("columnNumber", s.Col)
		site.Set("column", s.Col)
		list = append(list, site)
	}
	return vm.NewArray(list...)
}

// bareName is the name that a function has by itself: none, where a stack shows only what it is a property of.
func bareName(shown string) string {
	name, _, renamed := strings.Cut(shown, " [as ")
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		if !renamed {
			return ""
		}
		return name[i+1:]
	}
	return name
}
