package engine

import (
	"strconv"

	"github.com/dop251/goja"
)

// addLastMatch gives RegExp its static properties about the last match: $1 to $9, lastMatch and so on. To know it,
// RegExp.prototype.exec is replaced, through which all matching goes from then on.
func (e *Engine) addLastMatch() {
	class := e.Intrinsic("RegExp")
	proto := class.Get("prototype").(*goja.Object)
	exec := proto.Get("exec")
	empty := e.vm.ToValue("")
	input, groups, from, to := empty.(goja.String), []goja.Value{empty}, 0, 0
	e.SetMethod(proto, "exec", 1, func(call goja.FunctionCall) goja.Value {
		found := e.Apply(exec, call.This, call.Argument(0))
		m, ok := found.(*goja.Object)
		if !ok {
			return found
		}
		input, groups = m.Get("input").(goja.String), groups[:0]
		for i := range int(m.Get("length").ToInteger()) {
			v := m.Get(strconv.Itoa(i))
			if v == nil || goja.IsUndefined(v) {
				v = empty
			}
			groups = append(groups, v)
		}
		from = int(m.Get("index").ToInteger())
		to = from + groups[0].(goja.String).Length()
		return found
	})
	e.SetMethod(proto, "test", 1, func(call goja.FunctionCall) goja.Value {
		found := e.CallMethod(call.This.ToObject(e.vm), "exec", call.Argument(0))
		return e.vm.ToValue(!goja.IsNull(found))
	})
	property := func(value func() goja.Value, names ...string) {
		for _, name := range names {
			class.DefineAccessorProperty(name, e.Func("get "+name, 0, func(goja.FunctionCall) goja.Value { return value() }),
				e.Func("set "+name, 1, func(goja.FunctionCall) goja.Value { return goja.Undefined() }), flagTrue, flagFalse)
		}
	}
	property(func() goja.Value { return input }, "input", "$_")
	property(func() goja.Value { return groups[0] }, "lastMatch", "$&")
	property(func() goja.Value {
		if len(groups) == 1 {
			return empty
		}
		return groups[len(groups)-1]
	}, "lastParen", "$+")
	property(func() goja.Value { return input.Substring(0, from) }, "leftContext", "$`")
	property(func() goja.Value { return input.Substring(to, input.Length()) }, "rightContext", "$'")
	for i := 1; i <= 9; i++ {
		property(func() goja.Value {
			if i < len(groups) {
				return groups[i]
			}
			return empty
		}, "$"+strconv.Itoa(i))
	}
}
