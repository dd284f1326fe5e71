package runtime

import (
	"strings"
	"unsafe"

	"github.com/dop251/goja"
)

// site is one frame of a stack as V8 describes it.
type site struct {
	frame
	function   string // the function's name
	typeName   string // of the receiver, where it is a method call
	method     string // the property it was called by, if that differs
	file       string
	line, col  int
	native     bool
	eval       bool
	evalOrigin string
	toplevel   bool
}

// formatStack writes an error's stack when it is first read: by Error.prepareStackTrace if there is one.
func (rt *Runtime) formatStack(o *goja.Object, t *trace) goja.Value {
	e := &rt.engine
	if prepare, ok := goja.AssertFunction(e.errorClass.Get("prepareStackTrace")); ok && !e.preparing {
		e.preparing = true
		defer func() { e.preparing = false }()
		sites := rt.sites(t)
		list := make([]any, len(sites))
		for i := range sites {
			list[i] = rt.newCallSite(&sites[i])
		}
		return rt.Call(prepare, e.errorClass, o, rt.vm.NewArray(list...))
	}
	var b strings.Builder
	b.WriteString(rt.stackHeader(o))
	for _, s := range rt.sites(t) {
		b.WriteString("\n    at ")
		s.write(&b)
	}
	return rt.vm.ToValue(b.String())
}

// stackHeader is the first line: "TypeError: message", with the code of Node's own errors.
func (rt *Runtime) stackHeader(o *goja.Object) string {
	header := ""
	if ex := rt.vm.Try(func() {
		name, message := "Error", ""
		if v := o.Get("name"); v != nil && !goja.IsUndefined(v) {
			name = v.String()
		}
		if v := o.Get("message"); v != nil && !goja.IsUndefined(v) {
			message = v.String()
		}
		if o.GetSymbol(rt.nodeErrorSymbol) != nil {
			header = name + " [" + text(o.Get("code")) + "]: " + message
			return
		}
		switch {
		case name == "":
			header = message
		case message == "":
			header = name
		default:
			header = name + ": " + message
		}
	}); ex != nil {
		header = "<error>"
	}
	return header
}

func (rt *Runtime) sites(t *trace) []site {
	sites := make([]site, 0, len(t.frames))
	for i := range t.frames {
		s := rt.site(&t.frames[i])
		if s.native && (strings.Contains(s.function, "/") || strings.Contains(s.function, ".func")) {
			continue // a Go function without a name of its own
		}
		if s.file == awaitName {
			// The generator that a module runs as is nobody's business.
			if n := len(sites) - 1; n >= 0 && sites[n].native {
				sites = sites[:n]
			}
			continue
		}
		sites = append(sites, s)
	}
	if sites = rt.withOwn(t, sites); len(sites) == 0 && !t.empty {
		// Nothing but the runtime itself is running.
		sites = fromJob.below()
	}
	return sites
}

func (rt *Runtime) site(f *frame) site {
	s := site{frame: *f}
	if f.prg == nil {
		s.native = true
		s.function = ownName(f.fn)
		s.typeName = rt.typeName(f.this)
		return s
	}
	raw := engineFrame{prg: f.prg, pc: f.pc}
	position := (*goja.StackFrame)(unsafe.Pointer(&raw)).Position()
	s.file, s.line, s.col = position.Filename, position.Line, position.Column
	if unit := rt.cjs.units[s.file]; unit != nil {
		s.line, s.col = unit.Locate(s.line, s.col)
	}
	s.function = rt.functionName(f)
	switch {
	case s.file == "" || s.file == "<eval>":
		s.eval, s.file = true, ""
		if s.function == "" {
			s.function = "eval"
		}
		s.evalOrigin = "eval at <anonymous>"
	case f.fn == nil || rt.isProgramTop(f):
		s.toplevel = true
		return s
	}
	if f.construct {
		return s
	}
	switch {
	case f.this == nil || goja.IsUndefined(f.this) || goja.IsNull(f.this) || f.this == rt.vm.GlobalObject():
		s.toplevel = true
	default:
		s.typeName = rt.typeName(f.this)
		if o, ok := f.this.(*goja.Object); ok && f.fn != nil {
			s.method = rt.methodName(o, f.fn, s.function)
		}
	}
	return s
}

// isProgramTop tells the code of a script itself from a function's.
func (rt *Runtime) isProgramTop(f *frame) bool {
	_, callable := goja.AssertFunction(f.fn)
	return !callable
}

func ownName(fn *goja.Object) string {
	if fn == nil {
		return ""
	}
	return dataString(fn, "name")
}

// dataString reads a string property without running a script's getter.
func dataString(o *goja.Object, key string) string {
	v := o.Get(key)
	if v == nil || !goja.IsString(v) {
		return ""
	}
	return v.String()
}

func (rt *Runtime) functionName(f *frame) string {
	raw := engineFrame{prg: f.prg, pc: f.pc}
	raw.name = ""
	if f.fn != nil && !rt.isProgramTop(f) {
		if name := dataString(f.fn, "name"); name != "" {
			return name
		}
	}
	return rt.cjs.inferredName(f)
}

// typeName is V8's name for a receiver's class.
func (rt *Runtime) typeName(this goja.Value) (name string) {
	if this == nil || goja.IsUndefined(this) || goja.IsNull(this) {
		return ""
	}
	rt.vm.Try(func() {
		o := this.ToObject(rt.vm)
		if _, callable := goja.AssertFunction(o); callable {
			name = "Function"
			if isClass(o) {
				name = ownName(o)
			}
			return
		}
		if tag := o.GetSymbol(goja.SymToStringTag); tag != nil && goja.IsString(tag) {
			name = tag.String()
			return
		}
		if c, ok := o.Get("constructor").(*goja.Object); ok {
			if name = dataString(c, "name"); name != "" {
				return
			}
		}
		name = "Object"
	})
	return name
}

func isClass(fn *goja.Object) bool { return KindOf(fn) == ClassFunction }

// methodName is the property by which a receiver has a function, "" if that is the function's own name or none is found.
func (rt *Runtime) methodName(o, fn *goja.Object, function string) string {
	if kind, name, ok := strings.Cut(function, " "); ok && (kind == "get" || kind == "set") {
		return name
	}
	if strings.ContainsAny(function, ".# [") {
		return ""
	}
	for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
		if function != "" {
			if v := rt.ownValue(at, function); v == fn {
				return ""
			} else if v != nil {
				break // another function of that name is in the way
			}
		}
	}
	for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
		for _, k := range at.GetOwnPropertyNames() {
			if rt.ownValue(at, k) == fn {
				return k
			}
		}
	}
	return ""
}

// ownValue reads a data property of an object itself, nil if there is none. It runs no script.
func (rt *Runtime) ownValue(o *goja.Object, key string) goja.Value {
	if d := rt.ownDescriptor(o, key); d != nil {
		return d.Get("value")
	}
	return nil
}

func (rt *Runtime) ownDescriptor(o *goja.Object, key string) *goja.Object {
	e := &rt.engine
	if e.descriptor == nil {
		e.descriptor, _ = goja.AssertFunction(rt.vm.Get("Object").(*goja.Object).Get("getOwnPropertyDescriptor"))
	}
	d, err := e.descriptor(goja.Undefined(), o, rt.vm.ToValue(key))
	if err != nil {
		return nil
	}
	descriptor, _ := d.(*goja.Object)
	return descriptor
}

// write puts a frame in V8's form.
func (s *site) write(b *strings.Builder) {
	name := s.call()
	if name == "" {
		s.location(b)
		return
	}
	b.WriteString(name)
	b.WriteString(" (")
	s.location(b)
	b.WriteByte(')')
}

// call is what stands before the location: "Foo.bar [as baz]", "new Foo", "fn" or nothing.
func (s *site) call() string {
	switch {
	case s.construct:
		if s.function == "" {
			return "new <anonymous>"
		}
		return "new " + s.function
	case s.typeName == "" || s.toplevel:
		return s.function
	case s.function == "":
		if s.method != "" {
			return s.typeName + "." + s.method
		}
		return s.typeName + ".<anonymous>"
	}
	name := s.function
	if isPlainName(name) && !strings.HasPrefix(name, s.typeName+".") {
		name = s.typeName + "." + name
	}
	if s.method != "" && (strings.Contains(s.function, " ") || s.method != s.function && !strings.HasSuffix(s.function, "."+s.method)) {
		name += " [as " + s.method + "]"
	}
	return name
}

func isPlainName(name string) bool {
	return !strings.ContainsAny(name, ".# []<>")
}

func (s *site) location(b *strings.Builder) {
	switch {
	case s.native:
		b.WriteString("<anonymous>")
		return
	case s.eval:
		b.WriteString(s.evalOrigin + ", <anonymous>")
	default:
		b.WriteString(s.file)
	}
	b.WriteString(":" + itoa(s.line) + ":" + itoa(s.col))
}

// newCallSite makes the object that Error.prepareStackTrace gets for a frame.
func (rt *Runtime) newCallSite(s *site) *goja.Object {
	o := rt.vm.CreateObject(rt.callSitePrototype())
	rt.SetSlot(o, s)
	return o
}

// callSitePrototype has V8's structured stack trace API.
func (rt *Runtime) callSitePrototype() *goja.Object {
	e := &rt.engine
	if e.callSite != nil {
		return e.callSite
	}
	vm := rt.vm
	_, proto := rt.Class("CallSite", 0, func(goja.ConstructorCall) *goja.Object {
		rt.Throw(vm.NewTypeError("Illegal constructor"))
		return nil
	})
	method := func(name string, f func(s *site) any) {
		proto.Set(name, rt.Func(name, 0, func(call goja.FunctionCall) goja.Value {
			s, ok := rt.Slot(call.This).(*site)
			if !ok {
				rt.Throw(vm.NewTypeError("CallSite method %s expects CallSite as receiver", name))
			}
			switch v := f(s).(type) {
			case nil:
				return goja.Null()
			case goja.Value:
				return v
			case string:
				if v == "" {
					return goja.Null()
				}
				return vm.ToValue(v)
			default:
				return vm.ToValue(v)
			}
		}))
	}
	number := func(n int) any {
		if n == 0 {
			return nil
		}
		return n
	}
	method("getColumnNumber", func(s *site) any { return number(s.col) })
	method("getEnclosingColumnNumber", func(s *site) any { return number(s.col) })
	method("getEnclosingLineNumber", func(s *site) any { return number(s.line) })
	method("getEvalOrigin", func(s *site) any {
		if s.eval {
			return s.evalOrigin
		}
		return goja.Undefined()
	})
	method("getFileName", func(s *site) any {
		if s.native || s.eval {
			return goja.Undefined()
		}
		return s.file
	})
	method("getFunction", func(s *site) any {
		if s.fn == nil || s.strict(rt) {
			return goja.Undefined()
		}
		return s.fn
	})
	method("getFunctionName", func(s *site) any { return s.function })
	method("getLineNumber", func(s *site) any { return number(s.line) })
	method("getMethodName", func(s *site) any {
		if s.method == "" && s.typeName != "" {
			return s.function
		}
		return s.method
	})
	method("getPosition", func(s *site) any { return s.pc })
	method("getPromiseIndex", func(*site) any { return nil })
	method("getScriptNameOrSourceURL", func(s *site) any { return s.file })
	method("getScriptHash", func(*site) any { return vm.ToValue("") })
	method("getThis", func(s *site) any {
		if s.this == nil || s.strict(rt) {
			return goja.Undefined()
		}
		return s.this
	})
	method("getTypeName", func(s *site) any { return s.typeName })
	method("isAsync", func(*site) any { return false })
	method("isConstructor", func(s *site) any { return s.construct })
	method("isEval", func(s *site) any { return s.eval })
	method("isNative", func(*site) any { return false })
	method("isPromiseAll", func(*site) any { return false })
	method("isToplevel", func(s *site) any { return s.toplevel || s.typeName == "" && !s.construct })
	method("toString", func(s *site) any {
		var b strings.Builder
		s.write(&b)
		return b.String()
	})
	e.callSite = proto
	return proto
}

// strict frames give away neither function nor receiver.
func (s *site) strict(*Runtime) bool {
	return s.native
}
