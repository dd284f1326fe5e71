package engine

import (
	"strconv"
	"strings"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// Site is one frame of a stack as V8 describes it.
type Site struct {
	Frame
	Function   string // the function's name
	TypeName   string // of the receiver, where it is a method call
	Method     string // the property it was called by, if that differs
	File       string
	Line, Col  int
	Native     bool
	Eval       bool
	EvalOrigin string
	Toplevel   bool
	Async      bool // it awaits
}

// formatStack writes an error's stack when it is first read: by Error.prepareStackTrace if there is one.
func (e *Engine) formatStack(o *goja.Object, t *Trace) goja.Value {
	if prepare, ok := goja.AssertFunction(e.errorClass.Get("prepareStackTrace")); ok && !e.preparing {
		e.preparing = true
		defer func() { e.preparing = false }()
		sites := e.Sites(t)
		list := make([]any, len(sites))
		for i := range sites {
			list[i] = e.newCallSite(&sites[i])
		}
		return e.Call(prepare, e.errorClass, o, e.vm.NewArray(list...))
	}
	var b strings.Builder
	b.WriteString(e.stackHeader(o))
	sites := e.Sites(t)
	if e.hooks.Original != nil {
		e.hooks.Original(sites)
	}
	for _, s := range sites {
		b.WriteString("\n    at ")
		s.Write(&b)
	}
	return e.vm.ToValue(b.String())
}

// stackHeader is the first line: "TypeError: message", with the code of Node's own errors.
func (e *Engine) stackHeader(o *goja.Object) string {
	header := ""
	if ex := e.vm.Try(func() {
		name, message := "Error", ""
		if v := o.Get("name"); v != nil && !goja.IsUndefined(v) {
			name = v.String()
		}
		if v := o.Get("message"); v != nil && !goja.IsUndefined(v) {
			message = v.String()
		}
		if o.GetSymbol(e.nodeErrorSymbol) != nil {
			header = name + " [" + Text(o.Get("code")) + "]: " + message
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

// Sites describes a trace as V8 does, with the host's frames.
func (e *Engine) Sites(t *Trace) []Site {
	sites := make([]Site, 0, len(t.Frames))
	for i := range t.Frames {
		s := e.Site(&t.Frames[i])
		if s.Native && (s.Function == "" && !s.Construct || s.Function == "Array" || s.Function == "Proxy" || s.Function == "TypedArray") {
			continue // V8 has no frames for these
		}
		if s.Native && (strings.Contains(s.Function, "/") || strings.Contains(s.Function, ".func")) {
			continue // a Go function without a name of its own
		}
		if n := len(sites) - 1; s.Function == staticInitializer && n >= 0 && sites[n].Fn != nil && strings.HasPrefix(sourceOf(sites[n].Fn), "{") {
			sites[n].Function, sites[n].TypeName, sites[n].Toplevel = s.Function, "", true // a static block is a function of the engine's
			continue
		}
		if n := len(sites) - 1; n >= 0 && sites[n].Function == staticInitializer && s.Prg != nil && !s.Eval {
			e.beforeClass(&s)
		}
		if n := len(sites) - 1; s.Native && s.TypeName == "Generator" && n >= 0 && sites[n].Fn != nil && KindOf(sites[n].Fn) == GeneratorFunction && sites[n].Function != "" {
			s.TypeName = sites[n].Function // V8 takes the function for the class
		} else if n >= 0 {
			if resumed, ok := e.resumption(&sites[n], &s); ok {
				sites = append(sites, resumed)
			}
		}
		sites = append(sites, s)
		if s.Function == fieldsInitializer && (i+1 == len(t.Frames) || !t.Frames[i+1].Construct || t.Frames[i+1].Fn != s.Fn) {
			if s, ok := e.constructorSite(s.Fn); ok {
				sites = append(sites, s)
			}
		}
	}
	sites = e.hooks.Frames(t, sites)
	for i := range t.Async {
		if t.Limit > 0 && len(sites) >= t.Limit {
			break
		}
		var s Site
		if f := t.Async[i]; f.Combinator != "" {
			s = Site{Frame: f, Function: f.Combinator, TypeName: "Promise"}
		} else {
			s = e.Site(&t.Async[i])
			if strings.HasPrefix(s.File, builtinScripts) {
				break // a function of the library's, which V8 does not see through
			}
			s.Col += awaitsAt(f.SourceLine(s.Line), s.Col-1)
		}
		s.Async = true
		sites = append(sites, s)
	}
	return sites
}

// resumption is the frame of the method by which a generator runs that a loop, a spread or a function of the library goes over: V8 calls it
// there, and the engine does not. below is the frame under the generator's.
func (e *Engine) resumption(s, below *Site) (Site, bool) {
	if s.Prg == nil || s.Fn == nil || s.Function == "" || s.Async || KindOf(s.Fn) != GeneratorFunction {
		return Site{}, false
	}
	method := "next"
	if below.Prg == nil {
		if below.TypeName == "Generator" {
			return Site{}, false
		}
	} else if k, _, ok := program.Engine(below.Prg, below.PC); ok {
		switch {
		case strings.HasPrefix(k.Name, "_enumPop"):
			method = "return"
		case strings.HasPrefix(k.Name, "call"):
			return Site{}, false // which has not begun: an error in its parameters
		}
	}
	return Site{Frame: Frame{Fn: s.Fn}, Native: true, Function: method, TypeName: strings.TrimPrefix(s.Function, "#")}, true
}

// Site describes a frame.
func (e *Engine) Site(f *Frame) Site {
	s := Site{Frame: *f}
	if f.Prg == nil {
		s.Native = true
		s.Function = ownName(f.Fn)
		if strings.HasPrefix(s.Function, "getInt") || strings.HasPrefix(s.Function, "getUint") || strings.HasPrefix(s.Function, "getFloat") || strings.HasPrefix(s.Function, "getBig") ||
			strings.HasPrefix(s.Function, "setInt") || strings.HasPrefix(s.Function, "setUint") || strings.HasPrefix(s.Function, "setFloat") || strings.HasPrefix(s.Function, "setBig") {
			s.Function = "DataView.prototype." + s.Function
			return s
		}
		s.TypeName = e.TypeName(f.This)
		return s
	}
	position := e.position(f.Prg, f.PC)
	if f.Undefined {
		position = e.loadPosition(f.Prg, f.PC, position)
	}
	s.File, s.Line, s.Col = position.Filename, position.Line, position.Column
	s.Line, s.Col = e.hooks.Locate(s.File, s.Line, s.Col)
	s.Function = e.functionName(f)
	origin, evaluated := strings.CutPrefix(s.File, evalName)
	switch {
	case evaluated || s.File == "":
		s.Eval, s.File = true, ""
		if s.EvalOrigin = origin; origin == "" {
			s.EvalOrigin = "eval at <anonymous>"
		}
		if name := layout.ProgramOf(f.Prg).FuncName.String(); name == "" || name == "anonymous" {
			if s.Toplevel = true; !strings.HasPrefix(s.Function, "[") { // a symbol's name is not in the text
				s.Function = "eval" // the text's own code, and what has no name in it
			}
			return s
		}
	case f.Fn == nil || e.isProgramTop(f):
		s.Toplevel = true
		return s
	}
	if f.Construct {
		return s
	}
	if name := layout.ProgramOf(f.Prg).FuncName.String(); name == staticInitializer || name == fieldsInitializer {
		s.Function, s.Toplevel = name, true
		return s
	}
	switch {
	case f.This == nil || goja.IsUndefined(f.This) || goja.IsNull(f.This) || f.This == e.vm.GlobalObject():
		s.Toplevel = true
	default:
		s.TypeName = e.TypeName(f.This)
		if f.Fn != nil {
			s.Method = e.methodName(f.This.ToObject(e.vm), f.Fn, s.Function)
		}
	}
	return s
}

// What the engine calls the programs of a class's fields, as V8 does.
const (
	staticInitializer = "<static_initializer>"
	fieldsInitializer = "<instance_members_initializer>"
)

// beforeClass moves a frame to where V8 says that a class's declaration runs its static initializers: to what the function has done last.
func (e *Engine) beforeClass(s *Site) {
	p := layout.ProgramOf(s.Prg)
	at := -1
	for i, item := range p.SrcMap {
		if item.PC > s.PC {
			break
		}
		at = i
	}
	if at < 0 || p.Src == nil {
		return
	}
	text := p.Src.Source()
	class := p.SrcMap[at].SrcPos
	if class < 0 || class >= len(text) || !strings.HasPrefix(text[class:], "class") || strings.TrimRight(text[:class], " \t\r\n;{}") == strings.TrimRight(text[:class], " \t") {
		return // no declaration
	}
	for at--; at > 0; at-- {
		if item := p.SrcMap[at]; item.SrcPos != class {
			before := e.position(s.Prg, item.PC)
			s.Line, s.Col = e.hooks.Locate(before.Filename, before.Line, before.Column)
			return
		}
	}
}

// sourceOf is a script function's text, "" for all else.
func sourceOf(fn *goja.Object) string {
	self := layout.SelfOf(fn)
	switch layout.ClassOf(self) {
	case layout.ClassFunc, layout.ClassMethod, layout.ClassArrow, layout.ClassConstructor:
		return (*layout.BaseJsFuncObject)(self.Data).Src
	}
	return ""
}

// constructorSite is a class's constructor where it runs before it has a frame: it stands at the class.
func (e *Engine) constructorSite(class *goja.Object) (s Site, ok bool) {
	written := sourceOf(class)
	if written == "" || layout.ClassOf(layout.SelfOf(class)) != layout.ClassConstructor {
		return s, false
	}
	init := (*layout.ClassFuncObject)(layout.SelfOf(class).Data).InitFields
	if init == nil {
		return s, false
	}
	src := layout.ProgramOf(init).Src
	text := src.Source()
	at := uintptr(unsafe.Pointer(unsafe.StringData(written))) - uintptr(unsafe.Pointer(unsafe.StringData(text)))
	if at >= uintptr(len(text)) {
		return s, false // the text that ran is another
	}
	p := src.Position(int(at))
	s = Site{Frame: Frame{Fn: class, Construct: true}, Function: ownName(class), File: p.Filename}
	s.Line, s.Col = e.hooks.Locate(p.Filename, p.Line, p.Column)
	return s, true
}

// evalName begins the name of a file that stands for an evaluated text; what follows says where that was.
const evalName = "<eval>"

// evalOrigin is what V8 says of where a text is evaluated: by the innermost function of a script.
func (e *Engine) evalOrigin() string {
	for _, f := range e.capture(4, nil, nil, nil, 0).Frames {
		if f.Prg == nil {
			continue
		}
		s := e.Site(&f)
		name := s.Function
		if name == "" || name == "Object.<anonymous>" || s.Eval && name == "eval" {
			name = "<anonymous>"
		}
		if s.Eval {
			return "eval at " + name + " (" + s.EvalOrigin + ")"
		}
		var b strings.Builder
		s.Location(&b)
		return "eval at " + name + " (" + b.String() + ")"
	}
	return ""
}

// isProgramTop tells the code of a script itself from a function's.
func (e *Engine) isProgramTop(f *Frame) bool {
	_, callable := goja.AssertFunction(f.Fn)
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
	if KindOf(o) == ProxyObject {
		return "" // asking a revoked one would throw, and that error would have to ask again
	}
	v := o.Get(key)
	if v == nil || !goja.IsString(v) {
		return ""
	}
	return v.String()
}

func (e *Engine) functionName(f *Frame) string {
	if f.Fn != nil && !e.isProgramTop(f) {
		if name := dataString(f.Fn, "name"); name != "" {
			return name
		}
	}
	return ""
}

// TypeName is V8's name for a receiver's class.
func (e *Engine) TypeName(this goja.Value) (name string) {
	if this == nil || goja.IsUndefined(this) || goja.IsNull(this) {
		return ""
	}
	e.vm.Try(func() {
		o := this.ToObject(e.vm)
		if _, callable := goja.AssertFunction(o); callable {
			if name = ownName(o); name == "" {
				name = "Function"
			}
			return
		}
		for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
			if c, ok := e.OwnValue(at, "constructor").(*goja.Object); ok {
				if name = dataString(c, "name"); name != "" {
					return
				}
			}
			if tag := e.ownDescriptor(at, goja.SymToStringTag); tag != nil && goja.IsString(tag.Get("value")) {
				if name = tag.Get("value").String(); name != "Iterator Helper" {
					return
				}
			}
			if at == *e.iteratorPrototype() {
				name = "Iterator"
				return
			}
		}
		name = "Object"
	})
	return name
}

// ClassName is the name of an object's constructor. Scripts can change it.
func (e *Engine) ClassName(o *goja.Object) string {
	c, _ := o.Get("constructor").(*goja.Object)
	return ownName(c)
}

func isClass(fn *goja.Object) bool { return KindOf(fn) == ClassFunction }

// methodName is the property by which a receiver has a function, "" if that is the function's own name or none is found.
func (e *Engine) methodName(o, fn *goja.Object, function string) string {
	whole := function
	if kind, name, ok := strings.Cut(function, " "); ok && (kind == "get" || kind == "set") {
		function = name
	} else if strings.ContainsAny(function, ".# [") {
		return ""
	}
	for at := o; at != nil && function != "" && KindOf(at) != ProxyObject; at = at.Prototype() {
		if d := e.ownDescriptor(at, function); holds(d, fn) {
			return ""
		} else if d != nil {
			break // another function of that name is in the way
		}
	}
	for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
		for _, k := range at.GetOwnPropertyNames() {
			if k != whole && holds(e.ownDescriptor(at, k), fn) {
				return k
			}
		}
	}
	return ""
}

// holds reports whether a property's value, getter or setter is fn.
func holds(descriptor, fn *goja.Object) bool {
	if descriptor == nil {
		return false
	}
	for _, name := range [...]string{"value", "get", "set"} {
		if descriptor.Get(name) == goja.Value(fn) {
			return true
		}
	}
	return false
}

// OwnValue reads a data property of an object itself, nil if there is none. It runs no script.
func (e *Engine) OwnValue(o *goja.Object, key string) goja.Value {
	if d := e.ownDescriptor(o, key); d != nil {
		return d.Get("value")
	}
	return nil
}

// ownDescriptor describes an object's own property, nil if there is none; the key is a symbol or a string.
func (e *Engine) ownDescriptor(o *goja.Object, key any) *goja.Object {
	if e.descriptor == nil {
		e.descriptor, _ = goja.AssertFunction(e.Member(e.Intrinsic("Object"), "getOwnPropertyDescriptor"))
	}
	d, err := e.descriptor(goja.Undefined(), o, e.vm.ToValue(key))
	if err != nil {
		return nil
	}
	descriptor, _ := d.(*goja.Object)
	return descriptor
}

// Write puts a frame in V8's form.
func (s *Site) Write(b *strings.Builder) {
	if s.Async {
		b.WriteString("async ")
	}
	name := s.call()
	if name == "" {
		s.Location(b)
		return
	}
	b.WriteString(name)
	b.WriteString(" (")
	s.Location(b)
	b.WriteByte(')')
}

func (s *Site) String() string {
	var b strings.Builder
	s.Write(&b)
	return b.String()
}

// call is what stands before the location: "Foo.bar [as baz]", "new Foo", "fn" or nothing.
func (s *Site) call() string {
	switch {
	case s.Construct:
		if s.Function == "" {
			return "new <anonymous>"
		}
		return "new " + s.Function
	case s.TypeName == "" || s.Toplevel:
		return s.Function
	case s.Function == "":
		if s.Method != "" {
			return s.TypeName + "." + s.Method
		}
		return s.TypeName + ".<anonymous>"
	}
	name := s.Function
	if isPlainName(name) && !strings.HasPrefix(name, s.TypeName+".") {
		name = s.TypeName + "." + name
	}
	if s.Method != "" && (strings.Contains(s.Function, " ") || s.Method != s.Function && !strings.HasSuffix(s.Function, "."+s.Method)) {
		name += " [as " + s.Method + "]"
	}
	return name
}

func isPlainName(name string) bool {
	return !strings.ContainsAny(name, ".# []<>")
}

// Location writes where a frame is: file, line and column.
func (s *Site) Location(b *strings.Builder) {
	switch {
	case s.Combinator != "":
		b.WriteString("index " + strconv.Itoa(s.Index))
		return
	case s.Native:
		b.WriteString("<anonymous>")
		return
	case s.Eval:
		b.WriteString(s.EvalOrigin + ", <anonymous>")
	default:
		b.WriteString(s.File)
	}
	b.WriteString(":" + strconv.Itoa(s.Line) + ":" + strconv.Itoa(s.Col))
}

// newCallSite makes the object that Error.prepareStackTrace gets for a frame.
func (e *Engine) newCallSite(s *Site) *goja.Object {
	o := e.vm.CreateObject(e.callSitePrototype())
	e.SetSlot(o, s)
	return o
}

// callSitePrototype has V8's structured stack trace API.
func (e *Engine) callSitePrototype() *goja.Object {
	if e.callSite != nil {
		return e.callSite
	}
	vm := e.vm
	_, proto := e.Class("CallSite", 0, func(goja.ConstructorCall) *goja.Object {
		e.Throw(vm.NewTypeError("Illegal constructor"))
		return nil
	})
	method := func(name string, f func(s *Site) any) {
		proto.Set(name, e.Func(name, 0, func(call goja.FunctionCall) goja.Value {
			s, ok := e.Slot(call.This).(*Site)
			if !ok {
				e.Throw(vm.NewTypeError("CallSite method %s expects CallSite as receiver", name))
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
	method("getColumnNumber", func(s *Site) any { return number(s.Col) })
	method("getEnclosingColumnNumber", func(s *Site) any { return number(s.Col) })
	method("getEnclosingLineNumber", func(s *Site) any { return number(s.Line) })
	method("getEvalOrigin", func(s *Site) any {
		if s.Eval {
			return s.EvalOrigin
		}
		return goja.Undefined()
	})
	method("getFileName", func(s *Site) any {
		if s.Native || s.Eval {
			return goja.Undefined()
		}
		return s.File
	})
	method("getFunction", func(s *Site) any {
		if s.Fn == nil || s.Native {
			return goja.Undefined()
		}
		return s.Fn
	})
	method("getFunctionName", func(s *Site) any { return s.Function })
	method("getLineNumber", func(s *Site) any { return number(s.Line) })
	method("getMethodName", func(s *Site) any {
		if s.Method == "" && s.TypeName != "" {
			return s.Function
		}
		return s.Method
	})
	method("getPosition", func(s *Site) any { return s.PC })
	method("getPromiseIndex", func(s *Site) any {
		if s.Combinator == "" {
			return nil
		}
		return s.Index
	})
	method("getScriptNameOrSourceURL", func(s *Site) any { return s.File })
	method("getScriptHash", func(*Site) any { return vm.ToValue("") })
	method("getThis", func(s *Site) any {
		if s.This == nil || s.Native {
			return goja.Undefined()
		}
		return s.This
	})
	method("getTypeName", func(s *Site) any { return s.TypeName })
	method("isAsync", func(s *Site) any { return s.Async })
	method("isConstructor", func(s *Site) any { return s.Construct })
	method("isEval", func(s *Site) any { return s.Eval })
	method("isNative", func(*Site) any { return false })
	method("isPromiseAll", func(s *Site) any { return s.Combinator == "all" })
	method("isToplevel", func(s *Site) any { return s.Toplevel || s.TypeName == "" && !s.Construct })
	method("toString", func(s *Site) any {
		var b strings.Builder
		s.Write(&b)
		return b.String()
	})
	e.callSite = proto
	return proto
}

// FrameOf is a frame of goja's as ours.
func FrameOf(f goja.StackFrame) *Frame {
	own := layout.FrameOf(&f)
	return &Frame{Prg: own.Prg, PC: own.PC}
}

// OwnFrame tells whether a frame is that of a function of Go, which --trace-uncaught does not show.
func (s *Site) OwnFrame() bool { return s.Native }
