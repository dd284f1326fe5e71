package inspector

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/layout"
	"gonode/internal/source"
)

// unique is an id of V8's form.
func unique() string {
	var b [16]byte
	rand.Read(b[:])
	return fmt.Sprintf("%d.%d", int64(binary.LittleEndian.Uint64(b[:8])), int64(binary.LittleEndian.Uint64(b[8:])))
}

// values has
//
//	describe(object)            type, subtype, className and description of a RemoteObject
//	internals(object)           a list of [name, value] of what is no property
//	entries(object)             a list of [key, value] or [value] of what has entries, else undefined
//	target(object)              of a Proxy
//	evaluate(text)              as a script; compile(text, name) gives a function that does it
//	settled(value, f, f)        calls one of them when a promise is settled, or a value is none
//	placeOf(error)              where it was made
//	stack(limit)                what runs
//	require(), globalNames(), unique(), isolate, debuggerId, collect()
func (in *inspector) values() {
	rt, vm, o := in.rt, in.vm, in.object
	var id [8]byte
	rand.Read(id[:])
	o.Set("isolate", hex.EncodeToString(id[:]))
	o.Set("debuggerId", unique())
	o.Set("isMainThread", rt.Config().Thread == 0)
	in.set("unique", func(goja.FunctionCall) goja.Value { return vm.ToValue(unique()) })
	in.set("describe", func(call goja.FunctionCall) goja.Value { return in.describe(call.Argument(0).(*goja.Object)) })
	in.set("className", func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(in.className(call.Argument(0).(*goja.Object)))
	})
	in.set("internals", func(call goja.FunctionCall) goja.Value { return in.internals(call.Argument(0)) })
	in.set("entries", func(call goja.FunctionCall) goja.Value { return in.entries(call.Argument(0)) })
	in.set("target", func(call goja.FunctionCall) goja.Value {
		if p, ok := proxyOf(call.Argument(0)); ok {
			if t := p.Target(); t != nil {
				return t
			}
		}
		return goja.Undefined()
	})
	in.set("evaluate", func(call goja.FunctionCall) goja.Value {
		return in.run(rt.Scripts.Compile("", call.Argument(0).String(), source.Options{Kind: source.Script}))
	})
	in.set("compile", func(call goja.FunctionCall) goja.Value {
		unit := rt.Scripts.Compile(call.Argument(1).String(), call.Argument(0).String(), source.Options{Kind: source.Script})
		return rt.Func("", 0, func(goja.FunctionCall) goja.Value { return in.run(unit) })
	})
	in.do("settled", func(call goja.FunctionCall) {
		v := call.Argument(0)
		tell := func(n int) func(goja.Value) {
			f, _ := goja.AssertFunction(call.Argument(n))
			return func(v goja.Value) { rt.Call(f, goja.Undefined(), v) }
		}
		fulfilled, rejected := tell(1), tell(2)
		if p, ok := v.(*goja.Object); ok && engine.KindOf(p) == engine.PromiseObject {
			rt.Await(p.Export().(*goja.Promise), fulfilled, rejected)
			return
		}
		fulfilled(v)
	})
	in.set("placeOf", func(call goja.FunctionCall) goja.Value { return in.placeOf(call.Argument(0)) })
	in.set("stack", func(call goja.FunctionCall) goja.Value {
		return in.callFrames(rt.CallSites(int(call.Argument(0).ToInteger())))
	})
	in.set("require", func(goja.FunctionCall) goja.Value {
		if main := rt.Main(); main != nil {
			return rt.CommonJS().RequireOf(main)
		}
		return goja.Undefined()
	})
	in.set("globalNames", func(goja.FunctionCall) goja.Value { return vm.ToValue(rt.GlobalNames()) })
}

func (in *inspector) run(unit *source.Unit) goja.Value {
	v, err := in.rt.Scripts.Run(unit)
	if err != nil {
		in.rt.Rethrow(err)
	}
	return v
}

func proxyOf(v goja.Value) (p goja.Proxy, ok bool) {
	if o, isObject := v.(*goja.Object); isObject && engine.KindOf(o) == engine.ProxyObject {
		p, ok = o.Export().(goja.Proxy)
	}
	return p, ok
}

func (in *inspector) className(o *goja.Object) string {
	if o == in.vm.GlobalObject() {
		return "global"
	}
	switch engine.KindOf(o) {
	case engine.Function, engine.ClassFunction:
		return "Function"
	case engine.AsyncFunction:
		return "AsyncFunction"
	case engine.GeneratorFunction:
		return "GeneratorFunction"
	case engine.AsyncGeneratorFunction:
		return "AsyncGeneratorFunction"
	case engine.ProxyObject:
		if p, ok := proxyOf(o); ok && p.Target() != nil {
			return in.className(p.Target())
		}
		return "Object"
	case engine.GeneratorObject:
		return "Generator"
	case engine.ArgumentsObject:
		return "Arguments"
	}
	return in.rt.TypeName(o)
}

// subtypes are those of RemoteObject for kinds of objects.
func subtype(k engine.Kind) string {
	switch k {
	case engine.ArrayObject, engine.ArgumentsObject:
		return "array"
	case engine.RegExpObject:
		return "regexp"
	case engine.DateObject:
		return "date"
	case engine.MapObject:
		return "map"
	case engine.SetObject:
		return "set"
	case engine.WeakMapObject:
		return "weakmap"
	case engine.WeakSetObject:
		return "weakset"
	case engine.MapIterator, engine.SetIterator, engine.ArrayIterator, engine.StringIterator:
		return "iterator"
	case engine.GeneratorObject:
		return "generator"
	case engine.ErrorObject:
		return "error"
	case engine.ProxyObject:
		return "proxy"
	case engine.PromiseObject:
		return "promise"
	case engine.TypedArray:
		return "typedarray"
	case engine.ArrayBufferObject:
		return "arraybuffer"
	case engine.DataViewObject:
		return "dataview"
	}
	return ""
}

// describe reads no property that could be a script's accessor.
func (in *inspector) describe(o *goja.Object) goja.Value {
	kind, class := engine.KindOf(o), in.className(o)
	d := in.record("type", "object")
	if s := subtype(kind); s != "" {
		d.Set("subtype", s)
	}
	d.Set("className", class)
	sized := func(n int) string { return class + "(" + strconv.Itoa(n) + ")" }
	text := class
	in.vm.Try(func() {
		switch kind {
		case engine.Function, engine.ClassFunction, engine.AsyncFunction, engine.GeneratorFunction, engine.AsyncGeneratorFunction:
			d.Set("type", "function")
			text = engine.Text(in.rt.Apply(in.rt.Member(in.rt.Intrinsic("Function"), "prototype").(*goja.Object).Get("toString"), o))
		case engine.ArrayObject, engine.ArgumentsObject:
			n := 0
			if v := in.rt.OwnValue(o, "length"); v != nil {
				n = int(v.ToInteger())
			}
			text = sized(n)
		case engine.MapObject, engine.SetObject:
			text = sized((*layout.MapObject)(layout.SelfOf(o).Data).M.Size)
		case engine.TypedArray:
			view, _ := in.rt.Bytes(o)
			text = sized(len(view) / max(1, int(in.rt.Property(o, "BYTES_PER_ELEMENT").ToInteger())))
		case engine.ArrayBufferObject, engine.DataViewObject:
			b, _ := in.rt.Bytes(o)
			text = sized(len(b))
		case engine.RegExpObject:
			text = engine.Text(in.rt.Apply(in.rt.Intrinsic("RegExp").Get("prototype").(*goja.Object).Get("toString"), o))
		case engine.DateObject:
			text = engine.Text(in.rt.Apply(in.rt.Intrinsic("Date").Get("prototype").(*goja.Object).Get("toString"), o))
		case engine.ErrorObject:
			if v := o.Get("stack"); v != nil && goja.IsString(v) {
				text = engine.Text(v)
			}
			if i := strings.Index(text, "\n\n"+class+": "); i > 0 && strings.HasSuffix(text[:i], "^") { // the place in front of it
				text = text[i+2:]
			}
		case engine.ProxyObject:
			text = "Proxy(" + class + ")"
		}
	})
	if kind != engine.ProxyObject {
		if _, callable := goja.AssertFunction(o); callable {
			d.Set("type", "function")
		}
	}
	d.Set("description", in.rt.TextValue(text))
	return d
}

func (in *inspector) internals(v goja.Value) goja.Value {
	o, ok := v.(*goja.Object)
	if !ok {
		return in.vm.NewArray()
	}
	var list []any
	add := func(name string, v any) { list = append(list, in.vm.NewArray("[["+name+"]]", v)) }
	switch engine.KindOf(o) {
	case engine.PromiseObject:
		p := o.Export().(*goja.Promise)
		result := p.Result()
		if result == nil {
			result = goja.Undefined()
		}
		add("PromiseState", [...]string{"pending", "fulfilled", "rejected"}[p.State()])
		add("PromiseResult", result)
	case engine.BoxedPrimitive, engine.StringObject:
		add("PrimitiveValue", engine.BoxedValue(o))
	case engine.GeneratorObject:
		add("GeneratorState", engine.GeneratorState(o))
	case engine.ProxyObject:
		p, _ := proxyOf(o)
		handler, target := goja.Value(goja.Null()), goja.Value(goja.Null())
		if p.Handler() != nil {
			handler, target = p.Handler(), p.Target()
		}
		add("Handler", handler)
		add("Target", target)
		add("IsRevoked", p.Handler() == nil)
	}
	return in.vm.NewArray(list...)
}

func (in *inspector) entries(v goja.Value) goja.Value {
	o, ok := v.(*goja.Object)
	if !ok {
		return goja.Undefined()
	}
	kind := engine.KindOf(o)
	var list []any
	switch kind {
	case engine.MapObject, engine.SetObject:
		all := in.rt.Apply(in.rt.Member(in.rt.Intrinsic(map[engine.Kind]string{engine.MapObject: "Map", engine.SetObject: "Set"}[kind]), "prototype").(*goja.Object).Get("entries"), o)
		in.rt.ForOf(all, func(item goja.Value) bool {
			pair := item.(*goja.Object)
			if kind == engine.MapObject {
				list = append(list, in.vm.NewArray(pair.Get("0"), pair.Get("1")))
			} else {
				list = append(list, in.vm.NewArray(pair.Get("0")))
			}
			return true
		})
	case engine.WeakMapObject, engine.WeakSetObject:
		all := in.rt.WeakEntries(o)
		step := 1
		if kind == engine.WeakMapObject {
			step = 2
		}
		for i := 0; i+step <= len(all); i += step {
			list = append(list, in.list(all[i:i+step]))
		}
	default:
		return goja.Undefined()
	}
	return in.vm.NewArray(list...)
}

// callFrames are Runtime.CallFrames.
func (in *inspector) callFrames(sites []engine.Site) goja.Value {
	list := []any{}
	for i := range sites {
		if s := &sites[i]; s.File != "" {
			id, url := in.scriptAt(s.File)
			function := s.Function
			if function == "Object.<anonymous>" {
				function = "" // the body of a module
			}
			list = append(list, in.record("functionName", function, "scriptId", id, "url", url, "lineNumber", s.Line-1, "columnNumber", s.Col-1))
		}
	}
	return in.vm.NewArray(list...)
}

func (in *inspector) placeOf(v goja.Value) goja.Value {
	o, ok := v.(*goja.Object)
	if !ok {
		return goja.Undefined()
	}
	t := in.rt.TraceOf(o)
	if t == nil {
		return goja.Undefined()
	}
	if stack := in.rt.OwnValue(o, "stack"); stack != nil && goja.IsString(stack) {
		if lines := strings.SplitN(engine.Text(stack), "\n", 4); len(lines) == 4 && strings.HasPrefix(lines[0], ":") && strings.Trim(lines[2], " ^") == "" {
			line, _ := strconv.Atoi(lines[0][1:])
			return in.record("line", line-1, "column", strings.IndexByte(lines[2], '^'))
		}
	}
	for _, s := range in.rt.Sites(t) {
		if s.Native {
			continue
		}
		id, url := in.scriptAt(s.File)
		return in.record("line", max(0, s.Line-1), "column", max(0, s.Col-1), "scriptId", id, "url", url, "stack", in.callFrames(in.rt.Sites(t)))
	}
	return goja.Undefined()
}
