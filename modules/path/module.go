package path

import (
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/glob"
	"gonode/runtime"
)

// Module is "path"; Posix and Win32 are its two flavours, "path/posix" and "path/win32".
var (
	Module = &runtime.Module{Name: "path", Binding: func(rt *runtime.Runtime) *goja.Object { return flavours(rt).posix }}
	Posix  = &runtime.Module{Name: "path/posix", Binding: func(rt *runtime.Runtime) *goja.Object { return flavours(rt).posix }}
	Win32  = &runtime.Module{Name: "path/win32", Binding: func(rt *runtime.Runtime) *goja.Object { return flavours(rt).win32 }}
)

type pair struct{ posix, win32 *goja.Object }

type pairKey struct{}

// flavours makes both, once a runtime: each has the other as a property.
func flavours(rt *runtime.Runtime) *pair {
	if p, ok := rt.Value(pairKey{}).(*pair); ok {
		return p
	}
	cwd := func() string {
		dir, err := rt.Cwd()
		if err != nil {
			return ""
		}
		return dir
	}
	p := &pair{
		posix: exports(rt, &flavour{sep: "/", cwd: cwd}),
		win32: exports(rt, &flavour{sep: `\`, windows: true, cwd: cwd, drive: func(device string) string {
			dir, _ := rt.Env().Get("=" + device)
			return dir
		}}),
	}
	for _, o := range []*goja.Object{p.posix, p.win32} {
		o.Set("win32", p.win32)
		o.Set("posix", p.posix)
		o.Set("_makeLong", o.Get("toNamespacedPath"))
	}
	rt.SetValue(pairKey{}, p)
	return p
}

func exports(rt *runtime.Runtime, f *flavour) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	text := func(name string, do func(string) string) {
		rt.SetOperation(o, name, 1, func(call goja.FunctionCall) goja.Value {
			return vm.ToValue(do(rt.ValidateString(call.Argument(0), "path")))
		})
	}
	rt.SetOperation(o, "resolve", 0, func(call goja.FunctionCall) goja.Value {
		parts := make([]string, len(call.Arguments))
		// Node validates from the right and stops at the first absolute path, so what is left of it may be anything.
		for i := len(parts) - 1; i >= 0; i-- {
			parts[i] = rt.ValidateString(call.Arguments[i], "paths["+strconv.Itoa(i)+"]")
			if f.isAbsolute(parts[i]) && !f.windows {
				break
			}
		}
		return vm.ToValue(f.resolve(parts))
	})
	text("normalize", f.normalize)
	rt.SetOperation(o, "isAbsolute", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(f.isAbsolute(rt.ValidateString(call.Argument(0), "path")))
	})
	rt.SetOperation(o, "join", 0, func(call goja.FunctionCall) goja.Value {
		parts := make([]string, len(call.Arguments))
		for i, v := range call.Arguments {
			parts[i] = rt.ValidateString(v, "path")
		}
		return vm.ToValue(f.join(parts))
	})
	rt.SetOperation(o, "relative", 2, func(call goja.FunctionCall) goja.Value {
		from := rt.ValidateString(call.Argument(0), "from")
		return vm.ToValue(f.relative(from, rt.ValidateString(call.Argument(1), "to")))
	})
	rt.SetOperation(o, "toNamespacedPath", 1, func(call goja.FunctionCall) goja.Value {
		v := call.Argument(0)
		if _, object := v.(*goja.Object); object || !f.windows || !goja.IsString(v) {
			return v
		}
		return vm.ToValue(f.namespaced(v.String()))
	})
	text("dirname", f.dirname)
	rt.SetOperation(o, "basename", 2, func(call goja.FunctionCall) goja.Value {
		suffix := ""
		if v := call.Argument(1); !goja.IsUndefined(v) {
			suffix = rt.ValidateString(v, "suffix")
		}
		return vm.ToValue(f.basename(rt.ValidateString(call.Argument(0), "path"), suffix))
	})
	text("extname", f.extname)
	rt.SetFunc(o, "format", 1, func(call goja.FunctionCall) goja.Value {
		v, ok := call.Argument(0).(*goja.Object)
		if !ok || isFunction(v) || v.ClassName() == "Array" {
			rt.ThrowArgType("pathObject", call.Argument(0), "Object")
		}
		field := func(name string) string {
			if x := v.Get(name); x != nil && x.ToBoolean() {
				return x.String()
			}
			return ""
		}
		return vm.ToValue(f.format(parsed{field("root"), field("dir"), field("base"), field("ext"), field("name")}))
	})
	rt.SetOperation(o, "parse", 1, func(call goja.FunctionCall) goja.Value {
		p := f.parse(rt.ValidateString(call.Argument(0), "path"))
		r := vm.NewObject()
		r.Set("root", p.root)
		r.Set("dir", p.dir)
		r.Set("base", p.base)
		r.Set("ext", p.ext)
		r.Set("name", p.name)
		return r
	})
	rt.SetOperation(o, "matchesGlob", 2, func(call goja.FunctionCall) goja.Value {
		file := rt.ValidateString(call.Argument(0), "path")
		return vm.ToValue(glob.Match(glob.Compile(rt.ValidateString(call.Argument(1), "pattern")), file, f.windows))
	})
	o.Set("sep", f.sep)
	if f.windows {
		o.Set("delimiter", ";")
	} else {
		o.Set("delimiter", ":")
	}
	return o
}

func isFunction(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}
