package runtime

import (
	"strings"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/jsonvalue"
)

// engine is what a runtime adds to the JavaScript engine to make it look like V8.
type engine struct {
	layout      layout
	errorClass  *goja.Object
	stackGetter goja.Value
	stackSetter goja.Value
	callSite    *goja.Object // CallSite.prototype
	json        *jsonvalue.Codec
	dates       bool           // localizeDates has run
	filled      uint32         // by index of gaps
	sharedProto *goja.Object   // SharedArrayBuffer.prototype, once there is one
	exports     exports        // lazy.go
	kept        []*goja.Object // by WeakRefs, until the macrotask ends
	descriptor  goja.Callable  // Object.getOwnPropertyDescriptor
	preparing   bool           // Error.prepareStackTrace runs
	rangeError  func(args []goja.Value, newTarget *goja.Object) *goja.Object
}

// initEngine gives the engine what V8 has and it lacks, as far as that must be there before any script runs.
func (rt *Runtime) initEngine() error {
	global := rt.vm.GlobalObject()
	if err := global.DefineDataProperty("global", global, flagTrue, flagTrue, flagTrue); err != nil {
		return err
	}
	rt.initErrors()
	rt.initSymbols()
	return nil
}

// initErrors makes all error objects, of scripts and of the engine's own functions, carry a stack in V8's form.
func (rt *Runtime) initErrors() {
	e := &rt.engine
	e.layout = engineLayout(rt.vm)
	e.errorClass = rt.vm.Get("Error").(*goja.Object)
	limit := 10
	if n := rt.cfg.Options.StackTraceLimit; n != nil {
		limit = *n
	}
	e.errorClass.Set("stackTraceLimit", limit)
	e.errorClass.Set("captureStackTrace", rt.Func("captureStackTrace", 2, rt.captureStackTrace))
	if !e.layout.ok {
		return
	}
	e.stackGetter = rt.vm.ToValue(rt.getStack)
	e.stackSetter = rt.vm.ToValue(rt.setStack)
	for _, name := range [...]string{"RangeError", "Error", "TypeError", "ReferenceError", "SyntaxError", "EvalError", "URIError", "AggregateError"} {
		rt.watchConstructor(name)
	}
}

// watchConstructor wraps the Go functions behind an error class.
func (rt *Runtime) watchConstructor(name string) {
	l := &rt.engine.layout
	class, ok := rt.vm.Get(name).(*goja.Object)
	if !ok {
		return
	}
	self := objectSelf(class)
	if self.typ != l.nativeType {
		return
	}
	call := at[func(goja.FunctionCall) goja.Value](self.data, l.call)
	construct := at[func([]goja.Value, *goja.Object) *goja.Object](self.data, l.construct)
	makeCalled, makeNew := *call, *construct
	if name == "RangeError" {
		rt.engine.rangeError = makeNew
	}
	*call = func(c goja.FunctionCall) goja.Value {
		v := makeCalled(c)
		if o, ok := v.(*goja.Object); ok {
			rt.giveStack(o, nil, nil, 1) // without the frame of Error() itself
		}
		return v
	}
	*construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		var o *goja.Object
		// The engine's own errors come with one fresh argument; a script's arguments lie in the middle of its stack.
		if len(args) == 1 && cap(args) == 1 {
			o = rt.nativeError(name, args, newTarget, makeNew)
		} else {
			o = makeNew(args, newTarget)
		}
		derived := newTarget
		if derived == class {
			derived = nil
		}
		rt.giveStack(o, derived, nil, 0)
		return o
	}
}

// trace is the call stack that an error or another object has captured.
type trace struct {
	frames []frame
	empty  bool // Error.stackTraceLimit is 0
	limit  int
	origin origin
	above  []site // frames of Node's own above the script's

	thrownAt string // where the report says that it was thrown, if that is no script
}

// frame is one call.
type frame struct {
	prg       *goja.Program // nil for a native function
	pc        int
	fn        *goja.Object
	this      goja.Value
	construct bool
}

// giveStack captures the call stack for an error object, with the arguments of capture.
func (rt *Runtime) giveStack(o, derived, until *goja.Object, skip int) {
	l := &rt.engine.layout
	self := objectSelf(o)
	if self.typ != l.errorType {
		return
	}
	*at[bool](self.data, l.errAdded) = true
	t, ok := rt.capture(derived, until, skip)
	stack := at[[]goja.StackFrame](self.data, l.errStack)
	if !ok {
		*stack = nil
		return
	}
	// The engine's list of frames makes room for ours, which hide behind the empty name of a frame.
	carrier := make([]engineFrame, 1)
	carrier[0].name = unsafe.String((*byte)(unsafe.Pointer(t)), 0)
	// It lies beyond the list's end, so that a throw takes its own place down.
	carrier = carrier[:0:1]
	*stack = *(*[]goja.StackFrame)(unsafe.Pointer(&carrier))
	rt.defineStack(o)
}

// defineStack gives an error object the accessor that writes the stack when it is first read, as the first of its own
// properties.
func (rt *Runtime) defineStack(o *goja.Object) {
	l := &rt.engine.layout
	o.DefineAccessorProperty("stack", rt.engine.stackGetter, rt.engine.stackSetter, flagTrue, flagFalse)
	names := *at[[]string](objectSelf(o).data, l.propNames)
	if n := len(names); n > 1 && names[n-1] == "stack" {
		copy(names[1:], names[:n-1])
		names[0] = "stack"
	}
}

// traceOf finds what giveStack has captured.
func (rt *Runtime) traceOf(o *goja.Object) *trace {
	l := &rt.engine.layout
	self := objectSelf(o)
	if self.typ != l.errorType || !*at[bool](self.data, l.errAdded) {
		return nil
	}
	frames := *at[[]engineFrame](self.data, l.errStack)
	if len(frames) != 0 || cap(frames) != 1 {
		return nil
	}
	return (*trace)(unsafe.Pointer(unsafe.StringData(frames[:1][0].name)))
}

// getStack is the getter of an error's stack.
func (rt *Runtime) getStack(call goja.FunctionCall) goja.Value {
	for o, _ := call.This.(*goja.Object); o != nil; o = o.Prototype() {
		t := rt.traceOf(o)
		if t == nil {
			continue
		}
		v := rt.formatStack(o, t)
		o.DefineDataProperty("stack", v, flagTrue, flagTrue, flagFalse)
		return v
	}
	return goja.Undefined()
}

// setStack is its setter.
func (rt *Runtime) setStack(call goja.FunctionCall) goja.Value {
	if o, ok := call.This.(*goja.Object); ok {
		o.DefineDataProperty("stack", call.Argument(0), flagTrue, flagTrue, flagFalse)
	}
	return goja.Undefined()
}

// capture takes the present call stack, up to Error.stackTraceLimit frames; ok is false where that is no number. The
// constructors of a derived class, up to and including the first call of until, and the first skip frames are left out.
func (rt *Runtime) capture(derived, until *goja.Object, skip int) (t *trace, ok bool) {
	e := &rt.engine
	limitValue := e.errorClass.Get("stackTraceLimit")
	if limitValue == nil || !goja.IsNumber(limitValue) {
		return nil, false
	}
	limit := int(max(0, min(limitValue.ToInteger(), 200)))
	m := rt.machine()
	t = &trace{empty: limit == 0, limit: limit, origin: rt.entry.origin}
	if limit == 0 {
		return t, true
	}
	l := m.l
	stack := m.stack()
	depth := m.depth()
	t.frames = make([]frame, 0, min(limit, depth+1))
	p, prgAt, ntAt, pcAt, sbAt := m.p, l.prg, l.newTarget, l.pc, l.sb
	for i := depth; ; {
		prg, sb := *at[*goja.Program](p, prgAt), *at[int](p, sbAt)
		if prg != nil || sb > 0 {
			f := frame{prg: prg, pc: *at[int](p, pcAt)}
			if sb > 0 && sb <= len(stack) {
				f.fn, _ = stack[sb-1].(*goja.Object)
				if prg != nil && sb < len(stack) {
					f.this = stack[sb]
				} else if prg == nil && sb > 1 {
					f.this = stack[sb-2]
				}
			}
			// A construction enters through Go, which leaves a mark below.
			newTarget := *at[goja.Value](p, ntAt)
			if prg != nil && i > 0 && newTarget != nil && *at[int](m.context(i-1), l.ctxPC) == -2 {
				f.construct = true
			}
			switch {
			case derived != nil && (f.fn == derived || newTarget == derived):
			case until != nil:
				if f.fn == until {
					until = nil
				}
			case skip > 0:
				skip--
			case !rt.hidden(&f):
				derived = nil
				t.frames = append(t.frames, f)
				if len(t.frames) == limit {
					return t, true
				}
			}
		}
		if i == 0 {
			break
		}
		i--
		p, prgAt, ntAt, pcAt, sbAt = m.context(i), l.ctxPrg, l.ctxNewTarget, l.ctxPC, l.ctxSB
	}
	t.empty = until != nil
	return t, true
}

// hidden tells whether a frame is the machinery's own.
func (rt *Runtime) hidden(f *frame) bool {
	if f.prg != nil {
		src := rt.engine.layout.source(f.prg)
		return src != nil && src.Name() == "node:internal/entry"
	}
	if f.fn == nil || f.fn == rt.entry.native {
		return true
	}
	// Functions that only pass a call on leave no frame in V8.
	switch name := dataString(f.fn, "name"); name {
	case "call", "apply", "construct", "bind":
		_, fromReflect := f.this.(*goja.Object)
		return fromReflect
	default:
		return strings.HasPrefix(name, "bound ")
	}
}

// captureStackTrace is Error.captureStackTrace(object, function).
func (rt *Runtime) captureStackTrace(call goja.FunctionCall) goja.Value {
	o, ok := call.Argument(0).(*goja.Object)
	if !ok {
		rt.Throw(rt.vm.NewTypeError("Invalid argument"))
	}
	l := &rt.engine.layout
	if !l.ok {
		rt.DefineLazy(o, "stack", false, func() goja.Value { return rt.NewPlainError("Error", "").Get("stack") })
		return goja.Undefined()
	}
	until, _ := call.Argument(1).(*goja.Object)
	skip := 1 // captureStackTrace itself
	if until != nil {
		skip = 0
	}
	if objectSelf(o).typ == l.errorType {
		rt.giveStack(o, nil, until, skip)
		return goja.Undefined()
	}
	if t, ok := rt.capture(nil, until, skip); ok {
		rt.DefineLazy(o, "stack", false, func() goja.Value { return rt.formatStack(o, t) })
	}
	return goja.Undefined()
}
