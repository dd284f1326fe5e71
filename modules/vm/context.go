package vm

import (
	"iter"

	"github.com/dop251/goja"

	"gonode/internal/source"
)

// context is what code run in a sandbox sees as its global scope: a proxy over the sandbox, with the classes of the
// language behind it. Lexical declarations live beside the sandbox, as they do beside a global object.
type context struct {
	m          *module
	sandbox    *goja.Object
	lexical    *goja.Object
	assigned   map[string]bool
	declared   map[string]bool // by var and function, which delete leaves alone
	strict     bool            // strict code is running
	scope      *goja.Object
	mayCompile bool // code may be made of strings
	ownJobs    bool // its promises' jobs are run by itself, after each script
	plain      bool // the sandbox is the global object itself
}

// language lists the globals that every context has.
var language = func() map[string]bool {
	names := map[string]bool{}
	for _, n := range [...]string{"AggregateError", "Array", "ArrayBuffer", "Atomics", "BigInt", "BigInt64Array", "BigUint64Array",
		"Boolean", "DataView", "Date", "Error", "EvalError", "FinalizationRegistry", "Float16Array", "Float32Array", "Float64Array", "Function",
		"Infinity", "Int16Array", "Int32Array", "Int8Array", "Intl", "JSON", "Map", "Math", "NaN", "Number", "Object", "Promise",
		"Proxy", "RangeError", "ReferenceError", "Reflect", "RegExp", "Set", "SharedArrayBuffer", "String", "Symbol", "SyntaxError",
		"TypeError", "URIError", "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray", "WeakMap", "WeakRef", "WeakSet",
		"WebAssembly", "console", "decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "eval", "isFinite", "isNaN",
		"parseFloat", "parseInt", "undefined", "unescape"} {
		names[n] = true
	}
	return names
}

// contextNames are what the options of a context are called.
type contextNames struct{ name, origin, codeGeneration string }

var (
	namesAlone  = contextNames{"name", "origin", "codeGeneration"}
	namesForRun = contextNames{"contextName", "contextOrigin", "contextCodeGeneration"} // among the options for a script
)

// mayCompile reads the options of a context: whether code may be made of strings in it.
func (m *module) mayCompile(o *goja.Object, names contextNames) bool {
	rt := m.rt
	for _, name := range []string{names.name, names.origin} {
		if v := option(o, name); !goja.IsUndefined(v) {
			rt.ValidateString(v, "options."+name)
		}
	}
	may := true
	if v := option(o, names.codeGeneration); !goja.IsUndefined(v) {
		g := rt.ValidateObject(v, "options."+names.codeGeneration)
		for _, kind := range []string{"strings", "wasm"} {
			if v := option(g, kind); !goja.IsUndefined(v) && !rt.ValidateBoolean(v, "options."+names.codeGeneration+"."+kind) && kind == "strings" {
				may = false
			}
		}
	}
	if v := option(o, "microtaskMode"); !goja.IsUndefined(v) {
		if names == namesForRun {
			rt.ValidateString(v, "options.microtaskMode")
		}
		if !goja.IsString(v) || v.String() != "afterEvaluate" {
			rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "options.microtaskMode", v, "must be one of: 'afterEvaluate', undefined"))
		}
	}
	return may
}

// createContext is vm.createContext; it gives the sandbox.
func (m *module) createContext(v, options goja.Value) *goja.Object {
	sandbox := m.sandbox(v)
	if m.contextOf(sandbox) == nil {
		may, ownJobs := true, false
		if !goja.IsUndefined(options) {
			o := m.rt.ValidateObject(options, "options")
			may, ownJobs = m.mayCompile(o, namesAlone), m.ownJobs(o)
		}
		c := m.newContext(sandbox, may)
		c.ownJobs, c.plain = ownJobs, v == goja.Value(m.noContextify)
	}
	return sandbox
}

// sandbox is what a context is made of: an object that is given, a new one, or one that is a global object without anything before it.
func (m *module) sandbox(v goja.Value) *goja.Object {
	switch {
	case v == goja.Value(m.noContextify):
		o, global := m.vm.NewObject(), m.vm.GlobalObject()
		for name := range language() {
			if v := global.Get(name); v != nil {
				o.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
			}
		}
		o.DefineDataProperty("globalThis", o, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		return o
	case goja.IsUndefined(v):
		return m.vm.NewObject()
	}
	return m.contextual(v)
}

// ownJobs tells whether options ask for promises' jobs that a context runs itself. They have been checked.
func (m *module) ownJobs(o *goja.Object) bool { return !goja.IsUndefined(option(o, "microtaskMode")) }

// contextForRun is the context of runInNewContext.
func (m *module) contextForRun(v, options goja.Value) *context {
	may, ownJobs := true, false
	if o, ok := options.(*goja.Object); ok {
		may, ownJobs = m.mayCompile(o, namesForRun), m.ownJobs(o)
	}
	sandbox := m.sandbox(v)
	if c := m.contextOf(sandbox); c != nil {
		return c
	}
	c := m.newContext(sandbox, may)
	c.ownJobs, c.plain = ownJobs, v == goja.Value(m.noContextify)
	return c
}

func (m *module) newContext(sandbox *goja.Object, mayCompile bool) *context {
	rt := m.rt
	c := &context{m: m, sandbox: sandbox, lexical: m.vm.CreateObject(nil), assigned: map[string]bool{}, declared: map[string]bool{}, mayCompile: mayCompile}
	c.makeScope()
	if m.contexts == nil {
		m.contexts, _ = m.vm.New(m.rt.Intrinsic("WeakMap"))
	}
	holder := m.vm.NewObject()
	rt.SetSlot(holder, c)
	rt.CallMethod(m.contexts, "set", sandbox, holder)
	rt.CallMethod(m.contexts, "set", c.scope, holder)
	if !mayCompile || rt.CodeFromStrings != nil {
		m.watchStrings()
	}
	rt.Contexts = m
	return c
}

// watchStrings makes code from strings a matter of the context that asks for it.
func (m *module) watchStrings() {
	if m.watching {
		return
	}
	m.watching = true
	outside := m.rt.CodeFromStrings
	m.rt.CodeFromStrings = func(scopes iter.Seq[*goja.Object]) bool {
		if c := m.around(scopes); c != nil {
			return c.mayCompile
		}
		return outside == nil || outside(scopes)
	}
}

// around is the context in which code stands, by the objects of the with statements around it; nil for none.
func (m *module) around(scopes iter.Seq[*goja.Object]) *context {
	for o := range scopes {
		if c := m.contextOf(o); c != nil {
			return c
		}
	}
	return nil
}

// GlobalIn is what a missing this stands for in sloppy functions of a context.
func (m *module) GlobalIn(scopes iter.Seq[*goja.Object]) goja.Value {
	if c := m.around(scopes); c != nil {
		return c.global()
	}
	return nil
}

// EvaluateIn runs what eval or a constructor of functions has been given in a context: its names are the context's.
func (m *module) EvaluateIn(scopes iter.Seq[*goja.Object], text string) (goja.Value, bool) {
	c := m.around(scopes)
	if c == nil {
		return nil, false
	}
	compile := func(text string) *source.Unit {
		return m.rt.Scripts.Compile(m.rt.EvalName(), text, source.Options{Kind: source.Script, Context: true})
	}
	unit := compile(text)
	if len(unit.Names.Lexical) > 0 && !unit.Names.Strict {
		unit = compile("{" + text + "\n}") // what let, const and class declare is the text's own
	}
	v, err := c.run(unit)
	if err != nil {
		m.rethrow(err)
	}
	return v, true
}

// contextOf is the context of a sandbox, or nil.
func (m *module) contextOf(v goja.Value) *context {
	o, ok := v.(*goja.Object)
	if !ok || m.contexts == nil {
		return nil
	}
	c, _ := m.rt.Slot(m.rt.CallMethod(m.contexts, "get", o)).(*context)
	return c
}

func (m *module) mustContext(v goja.Value, name string) *context {
	c := m.contextOf(v)
	if c == nil {
		if _, ok := v.(*goja.Object); !ok {
			m.rt.ThrowArgType(name, v, "object")
		}
		m.rt.ThrowArgType(name, v, "vm.Context")
	}
	return c
}

func has(o *goja.Object, m *module, name string) bool {
	return m.rt.CallMethod(m.rt.Intrinsic("Reflect"), "has", o, m.vm.ToValue(name)).ToBoolean()
}

// global is what the context's scripts see as their global object.
func (c *context) global() goja.Value {
	if c.plain {
		return c.sandbox
	}
	return c.scope
}

func (c *context) makeScope() {
	m, vm := c.m, c.m.vm
	names := language()
	global := vm.GlobalObject()
	c.scope = vm.ToValue(vm.NewProxy(c.sandbox, &goja.ProxyTrapConfig{
		Has: func(target *goja.Object, name string) bool {
			switch {
			case name == source.ContextThis, name == source.ContextLexical, name == "globalThis", names[name], c.assigned[name]:
				return true
			case name == source.ContextName, name == source.ImportName:
				return false
			}
			// What else the global object has is not to be seen from here.
			return has(target, m, name) || has(global, m, name)
		},
		Get: func(target *goja.Object, name string, _ goja.Value) goja.Value {
			switch name {
			case source.ContextThis:
				return c.global()
			case source.ContextLexical:
				return c.lexical
			}
			if v := target.Get(name); v != nil {
				if v == c.sandbox {
					return c.global() // inside, the sandbox is the global object
				}
				return v
			}
			switch {
			case name == "globalThis":
				return c.global()
			case names[name]:
				return global.Get(name)
			case c.assigned[name] && !m.rt.CallMethod(m.rt.Intrinsic("Object"), "isExtensible", target).ToBoolean():
				m.rt.Throw(m.rt.NewPlainError("ReferenceError", name+" is not defined")) // assigning to it did nothing
			}
			return goja.Undefined()
		},
		PreventExtensions: func(target *goja.Object) bool {
			panic(vm.NewTypeError("Cannot freeze")) // V8's word for objects with hooks
		},
		Set: func(target *goja.Object, name string, value, _ goja.Value) bool {
			if m.rt.CallMethod(m.rt.Intrinsic("Reflect"), "set", target, vm.ToValue(name), value).ToBoolean() {
				return true
			}
			if c.strict {
				c.refuse(target, name)
			}
			return false
		},
		DeleteProperty: func(target *goja.Object, name string) bool {
			return !c.declared[name] && target.Delete(name) == nil
		},
	})).(*goja.Object)
}

// refuse throws for an assignment in strict code that does nothing in other code.
func (c *context) refuse(target *goja.Object, name string) {
	vm := c.m.vm
	d, ok := c.m.rt.CallMethod(c.m.rt.Intrinsic("Reflect"), "getOwnPropertyDescriptor", target, vm.ToValue(name)).(*goja.Object)
	if ok && d.Get("get") != nil {
		panic(vm.NewTypeError("Cannot set property %s of #<Object> which has only a getter", name))
	}
	panic(vm.NewTypeError("Cannot assign to read only property '%s' of object '#<Object>'", name))
}

// run runs a unit compiled for contexts.
func (c *context) run(unit *source.Unit) (goja.Value, error) {
	vm := c.m.vm
	global := vm.GlobalObject()
	for _, name := range unit.Names.Lexical {
		if c.lexical.Get(name) != nil {
			c.m.rt.Throw(c.m.rt.NewPlainError("SyntaxError", "Identifier '"+name+"' has already been declared"))
		}
		c.lexical.Set(name, goja.Undefined())
	}
	for _, name := range unit.Names.Vars {
		c.declared[name] = true
		if !has(c.sandbox, c.m, name) {
			c.sandbox.Set(name, goja.Undefined())
		}
	}
	if !unit.Names.Strict {
		for name := range unit.Names.Assigned {
			c.assigned[name] = true
		}
	}
	outer := c.strict
	c.strict = unit.Names.Strict
	defer func() { c.strict = outer }()
	before := global.Get(source.ContextName)
	global.DefineDataProperty(source.ContextName, c.scope, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	defer func() {
		if before == nil {
			global.Delete(source.ContextName)
		} else {
			global.Set(source.ContextName, before)
		}
	}()
	return c.m.rt.Scripts.Run(unit)
}
