package runtime

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loader"
	"gonode/internal/source"
)

func nodeModulePaths(dir string) []string { return loader.NodeModulePaths(dir) }

// Class is class Module, the exports of module "module". Loop goroutine only.
func (c *CommonJS) Class() *goja.Object { return c.class }

// makeModuleClass builds class Module with the properties that scripts read and patch.
func (c *CommonJS) makeClass() {
	rt := c.rt
	vm := rt.vm
	c.isMain = goja.NewSymbol("kIsMainSymbol")
	c.isESM = goja.NewSymbol("kIsCachedByESMLoader")
	c.executing = goja.NewSymbol("kIsExecuting")
	c.class, c.proto = rt.FunctionClass("Module", 0, func(call goja.ConstructorCall) *goja.Object {
		id, parent := "", goja.Value(goja.Undefined())
		if len(call.Arguments) > 0 && !goja.IsUndefined(call.Arguments[0]) {
			id = rt.ValidateString(call.Arguments[0], "path")
		}
		if len(call.Arguments) > 1 {
			parent = call.Arguments[1]
		}
		c.initModule(call.This, id, parent)
		return nil
	})
	method := func(o *goja.Object, name string, length int, f engine.Native) *goja.Object {
		fn := rt.Func(name, length, f)
		o.Set(name, fn)
		return fn
	}
	null := func() *goja.Object {
		o := vm.NewObject()
		o.SetPrototype(nil)
		return o
	}

	// The prototype's properties.
	c.proto.DefineAccessorProperty("constructor", rt.Function("get", 0, func(goja.FunctionCall) goja.Value { return c.class }), nil, flagFalse, flagFalse)
	c.proto.DefineAccessorProperty("isPreloading", rt.Func("get", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(c.preloading) }), nil, flagFalse, flagFalse)
	c.proto.DefineAccessorProperty("parent", rt.Func("get", 0, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok {
			return c.state(o).parent
		}
		return goja.Undefined()
	}), rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok {
			c.state(o).parent = call.Argument(0)
		}
		return goja.Undefined()
	}), flagFalse, flagFalse)
	c.loadFile = method(c.proto, "load", 1, func(call goja.FunctionCall) goja.Value {
		c.loadModule(call.This.ToObject(vm), rt.ValidateString(call.Argument(0), "path"))
		return goja.Undefined()
	})
	c.require = method(c.proto, "require", 1, func(call goja.FunctionCall) goja.Value {
		if _, object := call.This.(*goja.Object); !object {
			rt.ValidateString(call.Argument(0), "id")
		}
		return c.requireFrom(call.This.ToObject(vm), call.Argument(0))
	})
	c.compile = method(c.proto, "_compile", 3, func(call goja.FunctionCall) goja.Value {
		return c.compileText(call.This.ToObject(vm), call.Argument(0).String(), call.Argument(1).String(), engine.Text(call.Argument(2)), false)
	})

	// The class's own.
	c.cache, c.extensions = null(), null()
	c.defineStat()
	c.class.Set("_cache", c.cache)
	c.class.Set("_pathCache", null())
	c.class.Set("_extensions", c.extensions)
	c.class.Set("globalPaths", rt.strings(c.resolver.GlobalPaths))
	c.defineWrap()
	method(c.class, "_debug", 0, func(goja.FunctionCall) goja.Value { return goja.Undefined() })
	rt.SetOperation(c.class, "isBuiltin", 1, func(call goja.FunctionCall) goja.Value {
		if !goja.IsString(call.Argument(0)) {
			return vm.ToValue(false)
		}
		id := call.Argument(0).String()
		if name, ok := strings.CutPrefix(id, "node:"); ok {
			m := rt.Builtin(name)
			return vm.ToValue(m != nil && !m.Private)
		}
		return vm.ToValue(rt.isBuiltin(id))
	})
	method(c.class, "_findPath", 3, func(call goja.FunctionCall) goja.Value {
		request := rt.ValidateString(call.Argument(0), "path")
		paths := rt.stringList(call.Argument(1))
		if paths == nil && !path.IsAbs(request) {
			return vm.ToValue(false)
		}
		c.setExtensions()
		file, err := c.resolver.FindPath(request, paths, call.Argument(2).ToBoolean())
		if _, missing := err.(*loader.NotFound); missing {
			return vm.ToValue(false)
		}
		if err != nil {
			c.throwResolve(err, goja.Undefined())
		}
		return vm.ToValue(file)
	})
	method(c.class, "_nodeModulePaths", 1, func(call goja.FunctionCall) goja.Value {
		dir := rt.ValidateString(call.Argument(0), "paths[0]")
		if !path.IsAbs(dir) {
			dir = path.Join(rt.mustCwd(), dir)
		}
		return rt.strings(nodeModulePaths(path.Clean(dir)))
	})
	method(c.class, "_resolveLookupPaths", 2, func(call goja.FunctionCall) goja.Value {
		return c.lookupPaths(call.Argument(0).String(), call.Argument(1))
	})
	c.loadAny = method(c.class, "_load", 3, func(call goja.FunctionCall) goja.Value {
		return c.load(c.request(call.Argument(0)), call.Argument(1), call.Argument(2).ToBoolean())
	})
	c.resolve = method(c.class, "_resolveFilename", 4, func(call goja.FunctionCall) goja.Value {
		options, _ := call.Argument(3).(*goja.Object)
		return vm.ToValue(c.resolveFilename(c.request(call.Argument(0)), call.Argument(1), call.Argument(2).ToBoolean(), options))
	})
	method(c.class, "createRequire", 1, c.createRequire)
	method(c.class, "_initPaths", 0, func(goja.FunctionCall) goja.Value {
		c.resolver.GlobalPaths = c.globalPaths()
		c.class.Set("globalPaths", rt.strings(c.resolver.GlobalPaths))
		return goja.Undefined()
	})
	method(c.class, "_preloadModules", 1, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.Argument(0).(*goja.Object); !ok || o.ClassName() != "Array" {
			return goja.Undefined()
		}
		parent := c.newModule("internal/preload", goja.Null())
		parent.Set("paths", rt.strings(nodeModulePaths(rt.mustCwd())))
		for _, id := range rt.stringList(call.Argument(0)) {
			c.requireFrom(parent, vm.ToValue(id))
		}
		return goja.Undefined()
	})
	method(c.class, "syncBuiltinESMExports", 0, func(goja.FunctionCall) goja.Value {
		rt.ESModules().syncBuiltins()
		return goja.Undefined()
	})
	c.class.Set("Module", c.class)
	rt.DefineExport(c.class, "builtinModules", func() goja.Value {
		var names, prefixed []string
		for _, name := range rt.Builtins() {
			if rt.isBuiltin(name) {
				names = append(names, name)
			} else if rt.Builtin(name).SchemeOnly {
				prefixed = append(prefixed, "node:"+name)
			}
		}
		slices.Sort(names)
		slices.Sort(prefixed)
		list := rt.strings(append(names, prefixed...))
		rt.CallMethod(rt.Intrinsic("Object"), "freeze", list)
		return list
	})
	method(c.class, "runMain", 0, func(call goja.FunctionCall) goja.Value {
		if !goja.IsUndefined(call.Argument(0)) {
			c.runMainModule(rt.ValidateString(call.Argument(0), "paths[0]"))
		} else if argv, ok := rt.Require("process").Get("argv").(*goja.Object); ok {
			c.runMainModule(engine.Text(argv.Get("1")))
		}
		return goja.Undefined()
	})
	c.defineExtensions()
}

func (c *CommonJS) defineExtensions() {
	rt := c.rt
	handler := func(f func(m *goja.Object, file string)) *goja.Object {
		return rt.Func("", 2, func(call goja.FunctionCall) goja.Value {
			f(call.Argument(0).ToObject(rt.vm), call.Argument(1).String())
			return goja.Undefined()
		})
	}
	c.js = handler(c.loadJS)
	c.json = handler(c.loadJSON)
	c.node = handler(func(m *goja.Object, file string) {
		e := rt.AddonError(file)
		rt.Throw(e)
	})
	c.mjs = handler(func(m *goja.Object, file string) {
		text, format := c.loadSource(m, file, "module")
		c.compileModule(m, text, file, format)
	})
	c.extensions.Set(".js", c.js)
	c.extensions.Set(".json", c.json)
	c.extensions.Set(".node", c.node)
	c.extensions.Set(".mjs", c.mjs)
}

// defineWrap defines Module.wrap and Module.wrapper: as long as nobody touches them, no text is wrapped.
func (c *CommonJS) defineWrap() {
	rt := c.rt
	vm := rt.vm
	wrap := rt.Func("wrap", 1, func(call goja.FunctionCall) goja.Value {
		w := c.class.Get("wrapper").ToObject(vm)
		return vm.ToValue(engine.Text(w.Get("0")) + call.Argument(0).String() + engine.Text(w.Get("1")))
	})
	parts := []string{"(function (" + strings.Join(source.CommonJSParams, ", ") + ") { ", "\n});"}
	c.wrap = wrap
	c.class.DefineAccessorProperty("wrap", rt.Func("get", 0, func(goja.FunctionCall) goja.Value { return c.wrap }),
		rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
			c.wrapping, c.wrap = true, call.Argument(0)
			return goja.Undefined()
		}), flagFalse, flagFalse)
	c.class.DefineAccessorProperty("wrapper", rt.Func("get", 0, func(goja.FunctionCall) goja.Value {
		if c.wrapper == nil {
			c.wrapper = c.watchedWrapper(rt.strings(parts))
		}
		return c.wrapper
	}), rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
		c.wrapping, c.wrapper = true, call.Argument(0)
		return goja.Undefined()
	}), flagFalse, flagFalse)
}

// watchedWrapper notices when a script changes the parts of the wrapper.
func (c *CommonJS) watchedWrapper(parts *goja.Object) goja.Value {
	rt := c.rt
	set := func(target *goja.Object, property string, v goja.Value) bool {
		c.wrapping = true
		return target.Set(property, v) == nil
	}
	return rt.vm.ToValue(rt.vm.NewProxy(parts, &goja.ProxyTrapConfig{
		Set: func(target *goja.Object, property string, v, _ goja.Value) bool { return set(target, property, v) },
		SetIdx: func(target *goja.Object, property int, v, _ goja.Value) bool {
			return set(target, strconv.Itoa(property), v)
		},
		DefineProperty: func(target *goja.Object, key string, desc goja.PropertyDescriptor) bool {
			return desc.Value != nil && set(target, key, desc.Value)
		},
		DefinePropertyIdx: func(target *goja.Object, key int, desc goja.PropertyDescriptor) bool {
			return desc.Value != nil && set(target, strconv.Itoa(key), desc.Value)
		},
	}))
}

// defineStat defines Module._stat, by which virtual file systems hook in.
func (c *CommonJS) defineStat() {
	rt := c.rt
	vm := rt.vm
	original := rt.Func("stat", 1, func(call goja.FunctionCall) goja.Value {
		if !goja.IsString(call.Argument(0)) {
			rt.Throw(rt.NewError("ERR_INTERNAL_ASSERTION"))
		}
		switch c.files.Stat(call.Argument(0).String()) {
		case loader.File:
			return vm.ToValue(0)
		case loader.Dir:
			return vm.ToValue(1)
		}
		return vm.ToValue(-2)
	})
	current := goja.Value(original)
	c.class.DefineAccessorProperty("_stat", rt.Func("get", 0, func(goja.FunctionCall) goja.Value { return current }),
		rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
			current = call.Argument(0)
			c.resolver.Files = c.files
			if fn, ok := goja.AssertFunction(current); ok && current != original {
				c.resolver.Files = patchedStat{c.files, func(p string) int64 {
					return rt.Call(fn, c.class, vm.ToValue(p)).ToInteger()
				}}
			}
			return goja.Undefined()
		}), flagTrue, flagFalse)
}

type patchedStat struct {
	loader.Files
	stat func(string) int64
}

func (p patchedStat) Stat(path string) loader.Kind {
	switch n := p.stat(path); {
	case n == 0:
		return loader.File
	case n > 0:
		return loader.Dir
	}
	return loader.None
}

// lookupPaths is Module._resolveLookupPaths, null for built-in modules and where there is nowhere to look.
func (c *CommonJS) lookupPaths(request string, parent goja.Value) goja.Value {
	rt := c.rt
	filename := ""
	var modulePaths []string
	if p, ok := parent.(*goja.Object); ok {
		if engine.Text(p.Get("id")) != "" {
			filename = engine.Text(p.Get("filename"))
		}
		modulePaths = rt.stringList(p.Get("paths"))
	}
	paths := c.resolver.LookupPaths(request, filename, modulePaths)
	if len(paths) == 0 {
		return goja.Null()
	}
	return rt.strings(paths)
}

// RequireOf makes a require function for a module object.
func (c *CommonJS) RequireOf(m *goja.Object) *goja.Object { return c.makeRequire(m) }

// makeRequire makes the require function of a module.
func (c *CommonJS) makeRequire(m *goja.Object) *goja.Object {
	rt := c.rt
	require := rt.Func("require", 1, func(call goja.FunctionCall) goja.Value {
		if fn := c.patched(m, "require", c.require); fn != nil {
			return rt.Call(fn, m, call.Argument(0))
		}
		if c.state(m).through {
			return rt.ESModules().requireThrough(rt.ValidateString(call.Argument(0), "id"), m)
		}
		return c.requireFrom(m, call.Argument(0))
	})
	through := c.state(m).through
	rt.DefineLazy(require, "resolve", true, func() goja.Value {
		resolve := rt.Func("resolve", 2, func(call goja.FunctionCall) goja.Value {
			request := call.Argument(0)
			rt.ValidateString(request, "request")
			options, _ := call.Argument(1).(*goja.Object)
			switch {
			case c.state(m).through:
				return rt.vm.ToValue(rt.ESModules().locateFor(request.String(), m))
			case rt.hooks.resolving > 0:
				return rt.vm.ToValue(c.resolveHooked(request.String(), m, false, options).file)
			}
			return rt.vm.ToValue(c.find(request.String(), m, false, options))
		})
		if through {
			return resolve
		}
		rt.SetFunc(resolve, "paths", 1, func(call goja.FunctionCall) goja.Value {
			return c.lookupPaths(rt.ValidateString(call.Argument(0), "request"), m)
		})
		return resolve
	})
	main := goja.Value(goja.Undefined())
	if rt.main != nil {
		main = rt.main
	}
	require.Set("main", main)
	if through {
		return require
	}
	require.Set("extensions", c.class.Get("_extensions"))
	require.Set("cache", c.class.Get("_cache"))
	return require
}

// createRequire is Module.createRequire.
func (c *CommonJS) createRequire(call goja.FunctionCall) goja.Value {
	rt := c.rt
	arg := call.Argument(0)
	file := ""
	_, isObject := arg.(*goja.Object)
	switch {
	case !isObject && goja.IsString(arg) && path.IsAbs(arg.String()):
		file = arg.String()
	case isObject && arg.ToObject(rt.vm).Get("href") != nil, !isObject && goja.IsString(arg):
		if isObject {
			arg = arg.ToObject(rt.vm).Get("href")
		}
		var ok bool
		if file, ok = loader.PathOfURL(arg.String()); !ok {
			file = ""
		}
	}
	if file == "" {
		rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "filename", call.Argument(0),
			"must be a file URL object, file URL string, or absolute path string"))
	}
	if strings.HasSuffix(file, "/") {
		file = path.Join(file, "noop.js")
	}
	m := c.newModule(file, goja.Undefined())
	m.Set("filename", file)
	m.Set("paths", rt.strings(nodeModulePaths(path.Dir(file))))
	return c.makeRequire(m)
}

// request is what is to be resolved or loaded. It should be a string, and how Node fails with anything else depends on where
// it first is taken for one.
func (c *CommonJS) request(v goja.Value) string {
	rt := c.rt
	if goja.IsUndefined(v) || goja.IsNull(v) {
		panic(rt.vm.NewTypeError("String.prototype.startsWith called on null or undefined"))
	}
	return rt.ValidateString(v, "path")
}
