package engine

import (
	"strings"
	"unsafe"

	"github.com/dop251/goja"
)

// initErrors makes all error objects, of scripts and of the engine's own functions, carry a stack in V8's form.
func (e *Engine) initErrors(limit int) {
	e.layout = engineLayout(e.vm)
	e.errorClass = e.vm.Get("Error").(*goja.Object)
	e.errorClass.Set("stackTraceLimit", limit)
	e.errorClass.Set("captureStackTrace", e.Func("captureStackTrace", 2, e.captureStackTrace))
	if !e.layout.ok {
		return
	}
	e.stackGetter = e.vm.ToValue(e.getStack)
	e.stackSetter = e.vm.ToValue(e.setStack)
	for _, name := range [...]string{"RangeError", "Error", "TypeError", "ReferenceError", "SyntaxError", "EvalError", "URIError", "AggregateError"} {
		e.watchConstructor(name)
	}
}

// watchConstructor wraps the Go functions behind an error class.
func (e *Engine) watchConstructor(name string) {
	l := &e.layout
	class, ok := e.vm.Get(name).(*goja.Object)
	if !ok {
		return
	}
	self := objectSelf(class)
	if self.typ != l.nativeType {
		return
	}
	call := at[func(goja.FunctionCall) goja.Value](self.data, l.call)
	construct := at[Constructor](self.data, l.construct)
	makeCalled, makeNew := *call, *construct
	if name == "RangeError" {
		e.rangeError = makeNew
	}
	*call = func(c goja.FunctionCall) goja.Value {
		v := makeCalled(c)
		if o, ok := v.(*goja.Object); ok {
			e.giveStack(o, nil, nil, 1) // without the frame of Error() itself
		}
		return v
	}
	*construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		var o *goja.Object
		// The engine's own errors come with one fresh argument; a script's arguments lie in the middle of its stack.
		if len(args) == 1 && cap(args) == 1 {
			o = e.nativeError(name, args, newTarget, makeNew)
		} else {
			o = makeNew(args, newTarget)
		}
		derived := newTarget
		if derived == class {
			derived = nil
		}
		e.giveStack(o, derived, nil, 0)
		return o
	}
}

// Trace is the call stack that an error or another object has captured.
type Trace struct {
	Frames []Frame
	Empty  bool // Error.stackTraceLimit is 0
	Limit  int
	Origin Origin
	Above  []Site // frames of Node's own above the script's

	ThrownAt string // where the report says that it was thrown, if that is no script
}

// Frame is one call.
type Frame struct {
	Prg       *goja.Program // nil for a native function
	PC        int
	Fn        *goja.Object
	This      goja.Value
	Construct bool
}

// giveStack captures the call stack for an error object, with the arguments of capture.
func (e *Engine) giveStack(o, derived, until *goja.Object, skip int) {
	l := &e.layout
	self := objectSelf(o)
	if self.typ != l.errorType {
		return
	}
	*at[bool](self.data, l.errAdded) = true
	t, ok := e.Capture(derived, until, skip)
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
	e.defineStack(o)
}

// defineStack gives an error object the accessor that writes the stack when it is first read, as the first of its own
// properties.
func (e *Engine) defineStack(o *goja.Object) {
	l := &e.layout
	o.DefineAccessorProperty("stack", e.stackGetter, e.stackSetter, flagTrue, flagFalse)
	names := *at[[]string](objectSelf(o).data, l.propNames)
	if n := len(names); n > 1 && names[n-1] == "stack" {
		copy(names[1:], names[:n-1])
		names[0] = "stack"
	}
}

// TraceOf finds what giveStack has captured.
func (e *Engine) TraceOf(o *goja.Object) *Trace {
	l := &e.layout
	self := objectSelf(o)
	if self.typ != l.errorType || !*at[bool](self.data, l.errAdded) {
		return nil
	}
	frames := *at[[]engineFrame](self.data, l.errStack)
	if len(frames) != 0 || cap(frames) != 1 {
		return nil
	}
	return (*Trace)(unsafe.Pointer(unsafe.StringData(frames[:1][0].name)))
}

// getStack is the getter of an error's stack.
func (e *Engine) getStack(call goja.FunctionCall) goja.Value {
	for o, _ := call.This.(*goja.Object); o != nil; o = o.Prototype() {
		t := e.TraceOf(o)
		if t == nil {
			continue
		}
		v := e.formatStack(o, t)
		o.DefineDataProperty("stack", v, flagTrue, flagTrue, flagFalse)
		return v
	}
	return goja.Undefined()
}

// setStack is its setter.
func (e *Engine) setStack(call goja.FunctionCall) goja.Value {
	if o, ok := call.This.(*goja.Object); ok {
		o.DefineDataProperty("stack", call.Argument(0), flagTrue, flagTrue, flagFalse)
	}
	return goja.Undefined()
}

// Capture takes the present call stack, up to Error.stackTraceLimit frames; ok is false where that is no number. The
// constructors of a derived class, up to and including the first call of until, and the first skip frames are left out.
func (e *Engine) Capture(derived, until *goja.Object, skip int) (t *Trace, ok bool) {
	limitValue := e.errorClass.Get("stackTraceLimit")
	if limitValue == nil || !goja.IsNumber(limitValue) {
		return nil, false
	}
	limit := int(max(0, min(limitValue.ToInteger(), 200)))
	m := e.machine()
	t = &Trace{Empty: limit == 0, Limit: limit, Origin: e.Origin}
	if limit == 0 {
		return t, true
	}
	l := m.l
	stack := m.stack()
	depth := m.depth()
	t.Frames = make([]Frame, 0, min(limit, depth+1))
	p, prgAt, ntAt, pcAt, sbAt := m.p, l.prg, l.newTarget, l.pc, l.sb
	for i := depth; ; {
		prg, sb := *at[*goja.Program](p, prgAt), *at[int](p, sbAt)
		if prg != nil || sb > 0 {
			f := Frame{Prg: prg, PC: *at[int](p, pcAt)}
			if sb > 0 && sb <= len(stack) {
				f.Fn, _ = stack[sb-1].(*goja.Object)
				if prg != nil && sb < len(stack) {
					f.This = stack[sb]
				} else if prg == nil && sb > 1 {
					f.This = stack[sb-2]
				}
			}
			// A construction enters through Go, which leaves a mark below.
			newTarget := *at[goja.Value](p, ntAt)
			if prg != nil && i > 0 && newTarget != nil && *at[int](m.context(i-1), l.ctxPC) == -2 {
				f.Construct = true
			}
			switch {
			case derived != nil && (f.Fn == derived || newTarget == derived):
			case until != nil:
				if f.Fn == until {
					until = nil
				}
			case skip > 0:
				skip--
			case !e.hidden(&f):
				derived = nil
				t.Frames = append(t.Frames, f)
				if len(t.Frames) == limit {
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
	t.Empty = until != nil
	return t, true
}

// hidden tells whether a frame is the machinery's own.
func (e *Engine) hidden(f *Frame) bool {
	if f.Prg != nil {
		src := e.layout.source(f.Prg)
		return src != nil && src.Name() == baseName
	}
	if f.Fn == nil || f.Fn == e.base.native {
		return true
	}
	// Functions that only pass a call on leave no frame in V8.
	switch name := dataString(f.Fn, "name"); name {
	case "call", "apply", "construct", "bind":
		_, fromReflect := f.This.(*goja.Object)
		return fromReflect
	default:
		return strings.HasPrefix(name, "bound ")
	}
}

// captureStackTrace is Error.captureStackTrace(object, function).
func (e *Engine) captureStackTrace(call goja.FunctionCall) goja.Value {
	o, ok := call.Argument(0).(*goja.Object)
	if !ok {
		e.Throw(e.vm.NewTypeError("Invalid argument"))
	}
	l := &e.layout
	if !l.ok {
		e.DefineLazy(o, "stack", false, func() goja.Value { return e.NewPlainError("Error", "").Get("stack") })
		return goja.Undefined()
	}
	until, _ := call.Argument(1).(*goja.Object)
	skip := 1 // captureStackTrace itself
	if until != nil {
		skip = 0
	}
	if objectSelf(o).typ == l.errorType {
		e.giveStack(o, nil, until, skip)
		return goja.Undefined()
	}
	if t, ok := e.Capture(nil, until, skip); ok {
		e.DefineLazy(o, "stack", false, func() goja.Value { return e.formatStack(o, t) })
	}
	return goja.Undefined()
}
