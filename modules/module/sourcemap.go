package module

import (
	"encoding/json"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/sourcemap"
	"gonode/runtime"
)

// sourceMap is the state of a SourceMap.
type sourceMap struct {
	m       *sourcemap.Map
	payload goja.Value
	lengths goja.Value
}

// sourceMaps defines the functions around source maps.
func sourceMaps(rt *runtime.Runtime, exports *goja.Object) {
	vm := rt.VM()
	class, proto := rt.Class("SourceMap", 1, func(call goja.ConstructorCall) *goja.Object {
		payload := rt.ValidateObject(call.Argument(0), "payload")
		s := &sourceMap{payload: copied(rt, payload), lengths: goja.Undefined()}
		if o, ok := call.Argument(1).(*goja.Object); ok {
			if v := rt.Member(o, "lineLengths"); v != nil && !goja.IsUndefined(v) {
				s.lengths = rt.CallMethod(rt.Intrinsic("Array"), "from", rt.ValidateArray(v, "lineLengths", 0))
			}
		}
		var read sourcemap.Payload
		text, ok := rt.CallMethod(rt.Intrinsic("JSON"), "stringify", payload).(goja.String)
		if ok && json.Unmarshal([]byte(text.String()), &read) == nil {
			s.m, _ = sourcemap.Parse(&read)
		}
		if s.m == nil {
			s.m, _ = sourcemap.Parse(&sourcemap.Payload{})
		}
		rt.SetSlot(call.This, s)
		return nil
	})
	this := func(v goja.Value) *sourceMap {
		s, ok := rt.Slot(v).(*sourceMap)
		if !ok {
			rt.Throw(rt.NewPlainError("TypeError", "Cannot read private member #payload from an object whose class did not declare it"))
		}
		return s
	}
	rt.SetGetter(proto, "payload", func(v goja.Value) goja.Value { return copied(rt, this(v).payload.(*goja.Object)) }, nil)
	rt.SetGetter(proto, "lineLengths", func(v goja.Value) goja.Value {
		if list, ok := this(v).lengths.(*goja.Object); ok {
			return rt.CallMethod(rt.Intrinsic("Array"), "from", list)
		}
		return goja.Undefined()
	}, nil)
	find := func(call goja.FunctionCall, base int) *sourcemap.Entry {
		number := func(i int) int { return int(call.Argument(i).ToInteger()) - base }
		return this(call.This).m.Find(number(0), number(1))
	}
	name := func(e *sourcemap.Entry) goja.Value {
		if e.HasName {
			return vm.ToValue(e.Name)
		}
		return goja.Undefined()
	}
	rt.SetMethod(proto, "findEntry", 2, func(call goja.FunctionCall) goja.Value {
		o := vm.NewObject()
		if e := find(call, 0); e != nil {
			o.Set("generatedLine", e.Line)
			o.Set("generatedColumn", e.Column)
			if e.HasSource {
				o.Set("originalSource", e.Source)
				o.Set("originalLine", e.OriginalLine)
				o.Set("originalColumn", e.OriginalColumn)
			} else {
				for _, key := range [...]string{"originalSource", "originalLine", "originalColumn"} {
					o.Set(key, goja.Undefined())
				}
			}
			o.Set("name", name(e))
		}
		return o
	})
	rt.SetMethod(proto, "findOrigin", 2, func(call goja.FunctionCall) goja.Value {
		o := vm.NewObject()
		if e := find(call, 1); e != nil && e.HasSource {
			o.Set("name", name(e))
			o.Set("fileName", e.Source)
			o.Set("lineNumber", int(call.Argument(0).ToInteger())-e.Line+e.OriginalLine)
			o.Set("columnNumber", int(call.Argument(1).ToInteger())-e.Column+e.OriginalColumn)
		}
		return o
	})
	exports.Set("SourceMap", class)
	given := map[*runtime.SourceMap]*goja.Object{}
	rt.SetFunc(exports, "findSourceMap", 1, func(call goja.FunctionCall) goja.Value {
		if !goja.IsString(call.Argument(0)) {
			return goja.Undefined()
		}
		m := rt.SourceMaps.Of(engine.Text(call.Argument(0)))
		if m == nil {
			return goja.Undefined()
		}
		if o := given[m]; o != nil {
			return o
		}
		lengths := make([]any, len(m.LineLengths))
		for i, n := range m.LineLengths {
			lengths[i] = n
		}
		o := vm.CreateObject(proto)
		payload, _ := rt.CallMethod(rt.Intrinsic("JSON"), "parse", vm.ToValue(m.Payload)).(*goja.Object)
		rt.SetSlot(o, &sourceMap{m: m.Map, payload: payload, lengths: vm.NewArray(lengths...)})
		given[m] = o
		return o
	})
	rt.SetFunc(exports, "getSourceMapsSupport", 0, func(goja.FunctionCall) goja.Value {
		s := rt.SourceMaps.Support()
		o := vm.CreateObject(nil)
		for _, p := range [...]struct {
			name string
			on   bool
		}{{"enabled", s.Enabled}, {"nodeModules", s.NodeModules}, {"generatedCode", s.GeneratedCode}} {
			o.DefineDataProperty(p.name, vm.ToValue(p.on), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
		}
		return o
	})
	rt.SetFunc(exports, "setSourceMapsSupport", 1, func(call goja.FunctionCall) goja.Value {
		s := runtime.SourceMapsSupport{Enabled: rt.ValidateBoolean(call.Argument(0), "enabled")}
		if v := call.Argument(1); !goja.IsUndefined(v) {
			o := rt.ValidateObject(v, "options")
			read := func(name string, into *bool) {
				if v := rt.Member(o, name); v != nil && !goja.IsUndefined(v) {
					*into = rt.ValidateBoolean(v, "options."+name)
				}
			}
			read("nodeModules", &s.NodeModules)
			read("generatedCode", &s.GeneratedCode)
		}
		rt.SourceMaps.SetSupport(s)
		return goja.Undefined()
	})
}

// copied is a copy of a payload and of its lists.
func copied(rt *runtime.Runtime, payload *goja.Object) goja.Value {
	o := rt.VM().NewObject()
	for _, key := range payload.Keys() {
		v := rt.Member(payload, key)
		if list, ok := v.(*goja.Object); ok && engine.IsArray(list) {
			v = rt.CallMethod(rt.Intrinsic("Array"), "from", list)
		}
		o.Set(key, v)
	}
	return o
}
