// Package webstorage is the private module behind Storage, localStorage and sessionStorage: the Web Storage of the HTML standard, kept by
// SQLite in a file of Node's form or in memory. Loop goroutine only.
package webstorage

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// Module is "internal/webstorage".
var Module = &runtime.Module{Name: "internal/webstorage", Private: true, Binding: binding}

type module struct {
	rt    *runtime.Runtime
	vm    *goja.Runtime
	proto *goja.Object
	has   goja.Value                // Reflect.has
	made  map[*goja.Object]*storage // at most two
}

func binding(rt *runtime.Runtime) *goja.Object {
	m := &module{rt: rt, vm: rt.VM(), made: map[*goja.Object]*storage{}, has: rt.Intrinsic("Reflect").Get("has")}
	rt.WarnExperimental("Web Storage")
	exports := m.vm.NewObject()
	exports.Set("Storage", m.class())
	rt.DefineExport(exports, "sessionStorage", func() goja.Value { return m.storage(":memory:") })
	rt.DefineExport(exports, "localStorage", func() goja.Value {
		file := rt.Config().Options.LocalStorageFile
		if file == "" {
			rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "--localstorage-file", file, "is an invalid localStorage location"))
		}
		file = rt.Abs(file)
		rt.Access.DemandOfHost(runtime.AccessRead, file)
		rt.Access.DemandOfHost(runtime.AccessWrite, file)
		return m.storage(file)
	})
	return exports
}

// class is Storage. Its methods are told how often they are missing arguments by the number that each needs.
func (m *module) class() *goja.Object {
	illegal := func(goja.ConstructorCall) *goja.Object {
		err := m.rt.NewNativeError("Error", "Illegal constructor")
		err.Set("code", "ERR_ILLEGAL_CONSTRUCTOR")
		panic(err)
	}
	class, proto := m.rt.FactoryClass("Storage", 0, illegal)
	m.proto = proto
	length := m.rt.Method("", 0, func(call goja.FunctionCall) goja.Value { return m.vm.ToValue(m.receiver(call).count()) })
	proto.DefineAccessorProperty("length", length, nil, goja.FLAG_FALSE, goja.FLAG_TRUE)
	on := func(name string, arguments int, f func(s *storage, call goja.FunctionCall) goja.Value) {
		m.rt.SetFunc(proto, name, 0, func(call goja.FunctionCall) goja.Value {
			s := m.receiver(call)
			if len(call.Arguments) < arguments {
				m.missing(name, arguments)
			}
			return f(s, call)
		})
	}
	on("clear", 0, func(s *storage, _ goja.FunctionCall) goja.Value {
		s.run(removeAll)
		return goja.Undefined()
	})
	on("getItem", 1, func(s *storage, call goja.FunctionCall) goja.Value {
		if v := s.item(m.text(call.Argument(0))); v != nil {
			return v
		}
		return goja.Null()
	})
	on("key", 1, func(s *storage, call goja.FunctionCall) goja.Value {
		if v := s.key(uint32(call.Argument(0).ToInteger())); v != nil {
			return v
		}
		return goja.Null()
	})
	on("removeItem", 1, func(s *storage, call goja.FunctionCall) goja.Value {
		s.remove(m.text(call.Argument(0)))
		return goja.Undefined()
	})
	on("setItem", 2, func(s *storage, call goja.FunctionCall) goja.Value {
		key := m.text(call.Argument(0))
		s.set(key, m.text(call.Argument(1)))
		return goja.Undefined()
	})
	proto.Delete("constructor")
	proto.DefineDataProperty("constructor", class, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return class
}

func (m *module) receiver(call goja.FunctionCall) *storage {
	if o, ok := call.This.(*goja.Object); ok && m.made[o] != nil {
		return m.made[o]
	}
	panic(m.rt.NewNativeError("TypeError", "Illegal invocation"))
}

func (m *module) missing(name string, arguments int) {
	needed := "1 argument"
	if arguments == 2 {
		needed = "2 arguments"
	}
	err := m.rt.NewNativeError("TypeError", "Failed to execute '"+name+"' on 'Storage': "+needed+" required")
	err.Set("code", "ERR_MISSING_ARGS")
	panic(err)
}

// text is a value as a string in UTF-16, which is how keys and values are kept.
func (m *module) text(v goja.Value) []byte {
	if _, symbol := v.(*goja.Symbol); symbol {
		panic(m.rt.NewNativeError("TypeError", "Cannot convert a Symbol value to a string"))
	}
	return engine.EncodeString(v.ToString(), engine.UTF16LE)
}
