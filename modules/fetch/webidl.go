package fetch

import (
	"fmt"
	"strconv"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// What the classes share: how arguments are checked, and lists of pairs that scripts iterate over.

func typeError(rt *runtime.Runtime, format string, args ...any) *goja.Object {
	return rt.NewPlainError("TypeError", fmt.Sprintf(format, args...))
}

// illegal throws what a method says to an object that is not of its class, or inherits from its prototype only.
func illegal(rt *runtime.Runtime, this goja.Value, proto *goja.Object) {
	err := typeError(rt, "Illegal invocation")
	o, inherits := this.(*goja.Object)
	for inherits && o != proto {
		o = o.Prototype()
		inherits = o != nil
	}
	if !inherits || this == goja.Value(proto) {
		err.Set("code", "ERR_INVALID_THIS")
	}
	rt.Throw(err)
}

// need checks the number of arguments.
func need(rt *runtime.Runtime, call goja.FunctionCall, n int, method string) {
	have := len(call.Arguments)
	if have >= n {
		return
	}
	plural, only := "s", ""
	if n == 1 {
		plural = ""
	}
	if have > 0 {
		only = " only"
	}
	rt.Throw(typeError(rt, "%s: %d argument%s required, but%s %d found.", method, n, plural, only, have))
}

// pairs is a class whose objects are lists of pairs. open returns how many there are in a list and how to get at one;
// the list may change while it is iterated over.
type pairs struct {
	rt            *runtime.Runtime
	name          string
	open          func(this goja.Value) (n int, at func(int) (key, value goja.Value))
	iteratorProto *goja.Object
}

// cursor is the state of an iterator.
type cursor struct {
	list goja.Value
	kind byte // 'k', 'v', or 'e' for both
	next int
}

// define gives the class's prototype what all such classes have. shown makes what inspect shows of an object.
func (p *pairs) define(proto *goja.Object, shown func(this goja.Value) goja.Value) {
	rt, vm := p.rt, p.rt.VM()
	p.defineIterator()
	for _, m := range [...]struct {
		name string
		kind byte
	}{{"keys", 'k'}, {"values", 'v'}, {"entries", 'e'}} {
		proto.Set(m.name, rt.Function(m.name, 0, func(call goja.FunctionCall) goja.Value {
			p.open(call.This)
			return rt.NewObject(p.iteratorProto, &cursor{list: call.This, kind: m.kind})
		}))
	}
	proto.Set("forEach", rt.Function("forEach", 1, func(call goja.FunctionCall) goja.Value {
		p.open(call.This)
		need(rt, call, 1, p.name+".forEach")
		fn, ok := goja.AssertFunction(call.Argument(0))
		if !ok {
			rt.Throw(typeError(rt, "Failed to execute 'forEach' on '%s': parameter 1 is not of type 'Function'.", p.name))
		}
		this, receiver := call.This, call.Argument(1)
		for i := 0; ; i++ {
			n, at := p.open(this)
			if i >= n {
				return goja.Undefined()
			}
			key, value := at(i)
			rt.Call(fn, receiver, value, key, this)
		}
	}))
	inspect := rt.SymbolFor("nodejs.util.inspect.custom")
	proto.DefineDataPropertySymbol(inspect, rt.Method("[nodejs.util.inspect.custom]", 2, func(call goja.FunctionCall) goja.Value {
		options, ok := call.Argument(1).(*goja.Object)
		if !ok {
			panic(vm.NewTypeError("Cannot read properties of undefined (reading 'depth')"))
		}
		if goja.IsUndefined(orUndefined(options.Get("depth"))) {
			if err := options.Set("depth", call.Argument(0)); err != nil {
				rt.Rethrow(err)
			}
		}
		text := rt.CallMethod(rt.Require("internal/util/inspect"), "inspect", shown(call.This), options)
		return vm.ToValue(p.name + " " + text.String())
	}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	proto.DefineDataPropertySymbol(goja.SymIterator, proto.Get("entries"), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	proto.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue(p.name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func (p *pairs) defineIterator() {
	rt, vm := p.rt, p.rt.VM()
	array := vm.NewArray()
	values, _ := goja.AssertFunction(rt.MemberSymbol(array, goja.SymIterator))
	p.iteratorProto = vm.CreateObject(rt.Call(values, array).(*goja.Object).Prototype().Prototype())
	rt.SetOperation(p.iteratorProto, "next", 0, func(call goja.FunctionCall) goja.Value {
		c, ok := rt.Slot(call.This).(*cursor)
		if !ok {
			rt.Throw(typeError(rt, "'next' called on an object that does not implement interface %s Iterator.", p.name))
		}
		result := vm.NewObject()
		n, at := p.open(c.list)
		if c.next >= n {
			result.Set("value", goja.Undefined())
			result.Set("done", true)
			return result
		}
		key, value := at(c.next)
		c.next++
		switch c.kind {
		case 'k':
			value = key
		case 'e':
			value = vm.NewArray(key, value)
		}
		result.Set("value", value)
		result.Set("done", false)
		return result
	})
	p.iteratorProto.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue(p.name+" Iterator"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}

// byteString converts to a string of bytes, as Web IDL has it.
func byteString(rt *runtime.Runtime, v goja.Value, prefix, argument string) string {
	if _, symbol := v.(*goja.Symbol); symbol {
		rt.Throw(typeError(rt, "%s: %s is a symbol, which cannot be converted to a ByteString.", prefix, argument))
	}
	v = v.ToString()
	s := v.String()
	i := 0
	for _, c := range s {
		if c > 255 {
			rt.Throw(typeError(rt, "Cannot convert argument to a ByteString because the character at index %d has a value of %d which is greater than 255.",
				i, v.(goja.String).CharAt(i)))
		}
		i++
	}
	return s
}

// scalars converts to a string of Unicode scalar values.
func scalars(rt *runtime.Runtime, v goja.Value) string {
	if _, symbol := v.(*goja.Symbol); symbol {
		rt.Throw(typeError(rt, "Cannot convert a Symbol value to a string"))
	}
	return v.ToString().String()
}

// shortly shows a value in a message.
func shortly(rt *runtime.Runtime, v goja.Value) string {
	switch o := v.(type) {
	case *goja.Object:
		return rt.CallMethod(rt.Require("internal/util/inspect"), "inspect", o).String()
	case *goja.Symbol:
		return "Symbol(" + o.String() + ")"
	case goja.String:
		return `"` + v.String() + `"`
	}
	return v.String()
}

func index(i int) string { return strconv.Itoa(i) }
