package engine

import (
	"reflect"
	"strings"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/coroutines"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// initErrors makes all error objects, of scripts and of goja's own functions, carry a stack in V8's form.
func (e *Engine) initErrors(limit int) {
	e.errorClass = e.Intrinsic("Error")
	e.errorClass.Set("stackTraceLimit", limit)
	e.errorClass.DefineDataProperty("captureStackTrace", e.Method("captureStackTrace", 2, e.captureStackTrace), flagTrue, flagTrue, flagFalse)
	arrange(e.errorClass, "Error")
	e.stackGetter = e.Method("", 0, e.getStack)
	e.stackSetter = e.Method("", 1, e.setStack)
	for _, name := range [...]string{"RangeError", "Error", "TypeError", "ReferenceError", "SyntaxError", "URIError"} {
		e.watchConstructor(name, e.vm.Get(name)) // the others are made by scripts only
	}
}

// watchConstructor wraps the Go functions behind an error class.
func (e *Engine) watchConstructor(name string, constructor goja.Value) {
	native := nativeOf(constructor)
	if native == nil {
		return
	}
	class := native.Val
	makeCalled, makeNew := native.F, native.Construct
	native.F = func(c goja.FunctionCall) goja.Value {
		v := makeCalled(c)
		if o, ok := v.(*goja.Object); ok {
			e.giveStack(o, nil, nil, 1) // without the frame of Error() itself
		}
		return v
	}
	native.Construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		var o *goja.Object
		if (newTarget == nil || newTarget == class) && e.ownError(class, args) {
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

// ownError tells an error that goja itself makes, whose message is to be V8's, from one that a script makes: goja gives its class one
// argument that lies nowhere in the machine's stack, while no instruction and no function runs that makes such an object for a script.
func (e *Engine) ownError(class *goja.Object, args []goja.Value) bool {
	if len(args) != 1 || e.plainError {
		return false
	}
	m := e.machine()
	if at := uintptr(unsafe.Pointer(&args[0])); cap(m.Stack) > 0 {
		if start := uintptr(unsafe.Pointer(unsafe.SliceData(m.Stack))); at >= start && at < start+uintptr(cap(m.Stack))*unsafe.Sizeof(args[0]) {
			return false
		}
	}
	if m.Prg == nil { // Reflect.construct(TypeError, ['…'])
		fn := e.functionAt(m.SB)
		if fn == nil || ownName(fn) != "construct" || m.SB >= len(m.Stack) {
			return true
		}
		made, ok := m.Stack[m.SB].(*goja.Object)
		return !ok || made != class && !strings.HasPrefix(ownName(made), "bound ")
	}
	kind, operand := e.instruction()
	if kind == "_new" || kind == "_newVariadic" { // new (TypeError.bind(null, '…'))
		if i := m.SP - 1 - int(uintOf(operand)); i >= 0 && i < len(m.Stack) {
			o, ok := m.Stack[i].(*goja.Object)
			return !ok || o != class && !strings.HasPrefix(ownName(o), "bound ")
		}
	}
	return true
}

// functionAt is the function whose arguments begin at a place of the stack.
func (e *Engine) functionAt(sb int) *goja.Object {
	if stack := e.machine().Stack; sb > 0 && sb <= len(stack) {
		fn, _ := stack[sb-1].(*goja.Object)
		return fn
	}
	return nil
}

// Trace is the call stack that an error or another object has captured.
type Trace struct {
	Frames []Frame
	Empty  bool // Error.stackTraceLimit is 0
	Limit  int
	Origin Origin
	// Receiver is what the outermost function was called on, if the host has told.
	Receiver *goja.Object
	Async    []Frame // functions that await the present one, the innermost first
	Above    []Site  // frames of Node's own above the script's

	written goja.Value // what the property stack says, nil before it is read or set

	ThrownAt string // where the report says that it was thrown, if that is no script
}

// Frame is one call.
type Frame struct {
	Prg       *goja.Program // nil for a native function
	PC        int
	Fn        *goja.Object
	This      goja.Value
	Construct bool
	// Undefined is that it calls a variable that is not defined.
	Undefined bool

	// Combinator is "all", "allSettled" or "any" where that waits for a promise, Index which of its promises that is.
	Combinator string
	Index      int

	// Emitted is the event whose emission called it, if Go code did.
	Emitted *Emission
}

// errorOf is goja's error behind an object, nil if it is none.
func errorOf(o *goja.Object) *layout.ErrorObject {
	self := layout.SelfOf(o)
	if self.Tab != layout.Found().Error {
		return nil
	}
	return (*layout.ErrorObject)(self.Data)
}

// giveStack captures the call stack for an error object, with the arguments of Capture.
func (e *Engine) giveStack(o, derived, until *goja.Object, skip int) {
	err := errorOf(o)
	if err == nil {
		return
	}
	err.StackPropAdded = true
	t, ok := e.captureFor(o, derived, until, skip)
	if !ok {
		err.Stack = nil
		return
	}
	// goja's list of frames makes room for ours, which hide behind the empty name of a frame.
	carrier := make([]goja.StackFrame, 1)
	layout.FrameOf(&carrier[0]).FuncName = unistring.String(unsafe.String((*byte)(unsafe.Pointer(t)), 0))
	// It lies beyond the list's end, so that a throw takes its own place down.
	err.Stack = carrier[:0:1]
	e.defineStack(o, err)
}

// defineStack gives an error object the accessor that writes the stack when it is first read, as the first of its own
// properties.
func (e *Engine) defineStack(o *goja.Object, err *layout.ErrorObject) {
	o.DefineAccessorProperty("stack", e.stackGetter, e.stackSetter, flagTrue, flagFalse)
	names := err.PropNames
	if n := len(names); n > 1 && names[n-1] == "stack" {
		copy(names[1:], names[:n-1])
		names[0] = "stack"
	}
}

// TraceOf finds what giveStack has captured.
func (e *Engine) TraceOf(o *goja.Object) *Trace {
	err := errorOf(o)
	if err == nil || !err.StackPropAdded || len(err.Stack) != 0 || cap(err.Stack) != 1 {
		return nil
	}
	return (*Trace)(unsafe.Pointer(unsafe.StringData(string(layout.FrameOf(&err.Stack[:1][0]).FuncName))))
}

// getStack is the getter of an error's stack.
func (e *Engine) getStack(call goja.FunctionCall) goja.Value {
	if o, t := e.tracedIn(call.This); t != nil {
		return e.written(o, t)
	}
	return goja.Undefined()
}

// setStack is its setter.
func (e *Engine) setStack(call goja.FunctionCall) goja.Value {
	if _, t := e.tracedIn(call.This); t != nil {
		t.written = call.Argument(0)
	}
	return goja.Undefined()
}

// tracedIn is the first of an object and its prototypes that is an error with a trace.
func (e *Engine) tracedIn(v goja.Value) (*goja.Object, *Trace) {
	for o, _ := v.(*goja.Object); o != nil; o = o.Prototype() {
		if t := e.TraceOf(o); t != nil {
			return o, t
		}
	}
	return nil, nil
}

// written is an error's stack, made when it is first asked for.
func (e *Engine) written(o *goja.Object, t *Trace) goja.Value {
	if t.written == nil {
		v := e.formatStack(o, t)
		if t.written == nil { // prepareStackTrace may have asked, too
			t.written = v
		}
	}
	return t.written
}

// Capture takes the present call stack, up to Error.stackTraceLimit frames; ok is false where that is no number. The
// constructors of a derived class, up to and including the first call of until, and the first skip frames are left out.
func (e *Engine) Capture(derived, until *goja.Object, skip int) (t *Trace, ok bool) {
	return e.captureFor(nil, derived, until, skip)
}

// captureFor is Capture for an error, whose own constructor is not shown.
func (e *Engine) captureFor(made, derived, until *goja.Object, skip int) (t *Trace, ok bool) {
	// Of an accessor V8 takes no notice: what it does might throw an error, and so on.
	limitValue := layout.Held(layout.BaseOf(e.errorClass).Values["stackTraceLimit"])
	if limitValue == nil || !goja.IsNumber(limitValue) {
		return nil, false
	}
	return e.capture(int(max(0, min(limitValue.ToInteger(), 200))), made, derived, until, skip), true
}

// CallSites describes the innermost frames of scripts below the present one of Go, at most limit.
func (e *Engine) CallSites(limit int) []Site {
	return e.Sites(e.capture(limit, nil, nil, nil, 1))
}

// Stack describes the innermost frames of what runs, at most limit, for who visits; none if nothing does.
func (e *Engine) Stack(limit int) []Site {
	t := e.capture(limit, nil, nil, nil, 0)
	if len(t.Frames) == 0 {
		return nil
	}
	return e.Sites(t)
}

// Start describes where the function of a frame begins.
func (e *Engine) Start(f *Frame) Site { return e.Site(&Frame{Prg: f.Prg, Fn: f.Fn}) }

func (e *Engine) capture(limit int, made, derived, until *goja.Object, skip int) *Trace {
	m := e.machine()
	t := &Trace{Empty: limit == 0, Limit: limit, Origin: e.Origin, Receiver: e.Receiver}
	if limit == 0 {
		return t
	}
	t.Frames = make([]Frame, 0, min(limit, m.depth()+1))
	if getter, ok := e.runningGetter(); ok && skip == 0 && until == nil && derived == nil {
		t.Frames = append(t.Frames, getter)
	}
	here := layout.Context{Prg: m.Prg, NewTarget: m.NewTarget, PC: m.PC, SB: m.SB}
	top := m.SP // of the stack, as it was when the frame called the one above it; -1 if that is not known
	arrow := -1 // the frame above, if it is that of an arrow function whose receiver is not known
	emissions := e.emissions
	for i := m.depth(); ; {
		emissions = t.emitted(emissions, i)
		prg, sb := here.Prg, here.SB
		full := len(t.Frames) == limit
		if prg != nil && top > 0 && skip == 0 && until == nil && derived == nil && !full {
			if class := m.constructing(prg, here.PC, sb, top); class != nil && !(i == m.depth() && instanceOf(made, class)) {
				t.Frames = append(t.Frames, Frame{Fn: class, Construct: true})
				if len(t.Frames) == limit {
					return t
				}
			}
		}
		if prg != nil || sb > 0 {
			f := Frame{Prg: prg, PC: here.PC}
			f.Undefined = prg != nil && i == m.depth() && made != nil && e.callsNothing()
			if sb > 0 && sb <= len(m.Stack) {
				f.Fn, _ = m.Stack[sb-1].(*goja.Object)
				if prg != nil && sb < len(m.Stack) {
					f.This = m.Stack[sb]
				} else if prg == nil && sb > 1 {
					f.This = m.Stack[sb-2]
					args := m.Stack[sb:max(sb, min(top, len(m.Stack)))]
					if arrow >= 0 {
						t.Frames[arrow].This = e.handed(&f, args)
					}
					f.passOn(args)
				}
			}
			if full {
				return t
			}
			arrow = -1
			f.Construct = f.Construct || prg != nil && constructs(m, i, &here, f.Fn)
			switch {
			case derived != nil && (f.Fn == derived || here.NewTarget == derived):
			case until != nil:
				if f.Fn == until {
					until = nil
				}
			case skip > 0:
				skip--
			case !e.hidden(&f):
				derived = nil
				t.Frames = append(t.Frames, f)
				if f.This == nil && prg != nil && isArrow(f.Fn) {
					arrow = len(t.Frames) - 1
				} else if len(t.Frames) == limit {
					return t
				}
			}
		}
		if i == 0 || full {
			break
		}
		i--
		switch marked := here.PC < -1 && prg == nil; {
		case marked: // what Go called, and so its frame knows where the stack ended
		case sb > 0:
			top = sb - 1
		default:
			top = -1
		}
		here = m.CallStack[i]
	}
	if t.Empty = until != nil; !t.Empty {
		if promise := e.settledNext(m); promise != nil {
			e.AwaitedBy(t, promise)
		}
	}
	return t
}

// settledNext is the promise that is settled when what runs has ended: that of the function which a job goes on with, or of a call of then.
func (e *Engine) settledNext(m machine) *goja.Object {
	if e.base.job != nil {

		if r := coroutines.ReactionOf(e.base.job); r != nil {
			switch _, next := coroutines.Waiting(r); {
			case r.AsyncRunner != nil:
				return r.AsyncRunner.PromiseCap.Promise
			case next != nil:
				return next
			case r.Capability != nil:
				return (*layout.PromiseCapability)(r.Capability).Promise
			}
		}
	}
	if m.CurAsyncRunner != nil {
		return m.CurAsyncRunner.PromiseCap.Promise
	}
	return nil
}

// constructing is the class of the engine's own that an instruction makes an instance of, nil if it does something else. The frame of the
// instruction begins at sb in the stack and ends at top.
func (m machine) constructing(prg *goja.Program, pc, sb, top int) (class *goja.Object) {
	k, operand, ok := program.Engine(prg, pc)
	if !ok {
		return nil
	}
	switch k.Name {
	case "_new":
		if i := top - 1 - int(uintOf(reflect.NewAt(k.Type, operand).Elem())); i >= max(sb, 0) && i < len(m.Stack) {
			class, _ = m.Stack[i].(*goja.Object)
		}
	case "superCall":
		if sb > 0 && sb <= len(m.Stack) {
			if fn, _ := m.Stack[sb-1].(*goja.Object); fn != nil && KindOf(fn) == ClassFunction {
				class = fn.Prototype()
			}
		}
	}
	if class == nil || KindOf(class) == ProxyObject || !isConstructor(class) || strings.HasPrefix(dataString(class, "name"), "bound ") {
		return nil
	}
	return class
}

// instanceOf tells whether an object inherits from a class's prototype. It runs no script.
func instanceOf(o, class *goja.Object) bool {
	if o == nil {
		return false
	}
	proto, _ := layout.Held(layout.BaseOf(class).Values["prototype"]).(*goja.Object)
	for o = o.Prototype(); o != nil; o = o.Prototype() {
		if o == proto {
			return true
		}
	}
	return false
}

// constructs tells whether the context with i others below it runs a function for new. A construction leaves a mark below, as all does that
// enters through Go; an arrow function has new.target from around it.
func constructs(m machine, i int, c *layout.Context, fn *goja.Object) bool {
	return i > 0 && c.NewTarget != nil && m.CallStack[i-1].PC < -1 && !isArrow(fn)
}

// isArrow tells whether a function is an arrow function, whose receiver the engine forgets.
func isArrow(fn *goja.Object) bool {
	if fn == nil {
		return false
	}
	switch layout.ClassOf(layout.SelfOf(fn)) {
	case layout.ClassArrow, layout.ClassAsyncArrow:
		return true
	}
	return false
}

// handed is the receiver that a function of the library hands to the one that it calls, nil if that is none. V8 shows it for arrow functions,
// too.
func (e *Engine) handed(f *Frame, args []goja.Value) goja.Value {
	if f.Fn == nil || !IsNative(f.Fn) {
		return nil
	}
	at := -1
	switch dataString(f.Fn, "name") {
	case "call":
		at = 0
	case "apply":
		if this, _ := f.This.(*goja.Object); this != nil && !IsFunction(this) {
			at = 1 // Reflect.apply
		} else {
			at = 0
		}
	case "every", "filter", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "forEach", "map", "some", "runInAsyncScope":
		at = 1
	case "from", "fromAsync":
		at = 2
	case "parse":
		if e.json != nil && e.json.Holder != nil {
			return e.json.Holder
		}
	}
	if at < 0 || at >= len(args) {
		return nil
	}
	return args[at]
}

// passOn makes a frame of call, apply or Reflect's functions, which V8 does not show, one of the library's function that they call: that
// has no frame of its own.
func (f *Frame) passOn(args []goja.Value) {
	this, _ := f.This.(*goja.Object)
	if f.Fn == nil || !IsNative(f.Fn) {
		return
	}
	argument := func(i int) goja.Value {
		if i < len(args) && args[i] != nil {
			return args[i]
		}
		return goja.Undefined()
	}
	var fn *goja.Object
	var receiver goja.Value
	construct := false
	switch name := dataString(f.Fn, "name"); {
	case this != nil && (name == "call" || name == "apply") && KindOf(this) == Function:
		fn, receiver = this, argument(0)
	case name == "apply" || name == "construct":
		fn, _ = argument(0).(*goja.Object)
		receiver, construct = argument(1), name == "construct"
	}
	if fn != nil && KindOf(fn) != ProxyObject && IsNative(fn) && !strings.HasPrefix(dataString(fn, "name"), "bound ") {
		f.Fn, f.This, f.Construct = fn, receiver, construct
	}
}

// AwaitedBy adds to a trace the functions that wait for a promise, as far as there is one for each. Loop goroutine only.
func (e *Engine) AwaitedBy(t *Trace, promise *goja.Object) {
	for len(t.Frames)+len(t.Async) < t.Limit {
		if g := e.hooks.Awaiter(promise); g != nil {
			t.Async = append(t.Async, suspended(&(*layout.GeneratorObject)(layout.SelfOf(g).Data).Gen.Suspended))
			return
		}
		self := layout.SelfOf(promise)
		if layout.ClassOf(self) != layout.ClassPromise {
			return
		}
		waiting := (*layout.PromiseObject)(self.Data)
		if len(waiting.FulfillReactions) != 1 || len(waiting.RejectReactions) != 1 {
			return
		}
		runner := waiting.FulfillReactions[0].AsyncRunner
		if g, next := coroutines.Waiting(waiting.FulfillReactions[0]); g != nil || next != nil {
			if g != nil {
				t.Async = append(t.Async, suspended(&g.Suspended))
			}
			if promise = next; promise == nil {
				return
			}
			continue
		}
		if runner == nil {
			if promise = t.behind(waiting); promise == nil {
				return
			}
			continue
		}
		promise = runner.PromiseCap.Promise
		at := &runner.Gen.Suspended
		f := Frame{Prg: at.Prg, PC: at.PC, Fn: runner.F}
		if len(at.Stack) > 1 {
			f.This = at.Stack[1]
		}
		t.Async = append(t.Async, f)
	}
}

// Suspended is where a generator that waits stands.
func (e *Engine) Suspended(generator *goja.Object) Site {
	f := suspended(&(*layout.GeneratorObject)(layout.SelfOf(generator).Data).Gen.Suspended)
	return e.Site(&f)
}

// suspended is the frame of a generator where it yields.
func suspended(at *layout.Suspended) Frame {
	f := Frame{Prg: at.Prg, PC: at.PC - 1}
	if len(at.Stack) > 0 {
		f.Fn, _ = at.Stack[0].(*goja.Object)
	}
	if len(at.Stack) > 1 {
		f.This = at.Stack[1]
	}
	return f
}

// behind is the promise that is settled after another one by Promise.all and its like, which get a frame, or by then; nil if there is none.
func (t *Trace) behind(p *layout.PromiseObject) *goja.Object {
	reactions := [...]*layout.PromiseReaction{p.FulfillReactions[0], p.RejectReactions[0]}
	for _, reaction := range reactions {
		if m := memberOf(reaction); m != nil {
			t.Async = append(t.Async, Frame{Combinator: m.of.name, Index: m.index})
			return m.of.promise
		}
	}
	for _, reaction := range reactions {
		if h := reaction.Handler; h != nil {
			if settled := coroutines.SettledBy(h.Callback); settled != nil {
				return settled
			}
		}
	}
	if c := (*layout.PromiseCapability)(p.FulfillReactions[0].Capability); c != nil {
		return c.Promise
	}
	return nil
}

// builtinScripts begins the names of the scripts that functions of the library are written in.
const builtinScripts = "node:internal/builtins/"

// hidden tells whether a frame is the machinery's own.
func (e *Engine) hidden(f *Frame) bool {
	if f.Prg != nil {
		src := fileOf(f.Prg)
		return src != nil && strings.HasPrefix(src.Name(), builtinScripts)
	}
	if f.Fn == nil {
		return true
	}
	// Functions that only pass a call on leave no frame in V8.
	switch name := dataString(f.Fn, "name"); name {
	case "call", "apply", "construct", "bind":
		return true
	default:
		return strings.HasPrefix(name, "bound ")
	}
}

// captureStackTrace is Error.captureStackTrace(object, function).
func (e *Engine) captureStackTrace(call goja.FunctionCall) goja.Value {
	o, ok := call.Argument(0).(*goja.Object)
	if !ok || KindOf(o) == ProxyObject {
		e.Throw(e.vm.NewTypeError("invalid_argument"))
	}
	until, _ := call.Argument(1).(*goja.Object)
	skip := 1 // captureStackTrace itself
	if until != nil {
		skip = 0
	}
	if errorOf(o) != nil {
		e.giveStack(o, nil, until, skip)
		return goja.Undefined()
	}
	if t, ok := e.Capture(nil, until, skip); ok {
		// What is no error has accessors of its own.
		concerns := func(v goja.Value) bool {
			for this, _ := v.(*goja.Object); this != nil; this = this.Prototype() {
				if this == o {
					return true
				}
			}
			return false
		}
		get := e.Method("", 0, func(call goja.FunctionCall) goja.Value {
			if !concerns(call.This) {
				return goja.Undefined()
			}
			return e.written(o, t)
		})
		set := e.Method("", 1, func(call goja.FunctionCall) goja.Value {
			if concerns(call.This) {
				t.written = call.Argument(0)
			}
			return goja.Undefined()
		})
		if o.DefineAccessorProperty("stack", get, set, flagTrue, flagFalse) != nil {
			e.Throw(e.vm.NewTypeError("Cannot define property stack, object is not extensible"))
		}
	}
	return goja.Undefined()
}

// isConstructor tells whether a function of the library makes objects.
func isConstructor(class *goja.Object) bool {
	if !IsNative(class) {
		return false
	}
	native := nativeOf(class)
	return native == nil || native.Construct != nil
}

// runningGetter is the frame of a getter of the library that an instruction of a script has called, which has none of the engine's.
func (e *Engine) runningGetter() (f Frame, ok bool) {
	kind, operand := e.instruction()
	m := e.machine()
	top := m.stackTop() - 1
	if top < 0 {
		return f, false
	}
	var o *goja.Object
	key := ""
	switch kind {
	case "getProp", "getPropCallee":
		o, _ = m.Stack[top].(*goja.Object)
		key = stringOf(operand)
	}
	for at := o; at != nil && key != "" && KindOf(at) != ProxyObject; at = at.Prototype() {
		if layout.SelfType(at).String() == "*goja.dynamicObject" { // no BaseObject: its properties are Go code's
			continue
		}
		v := layout.BaseOf(at).Values[unistring.NewFromString(key)]
		if v == nil {
			continue
		}
		if p, accessor := layout.PropertyOf(v); accessor && p.GetterFunc != nil && IsNative(p.GetterFunc) {
			return Frame{Fn: p.GetterFunc, This: o}, true
		}
		break
	}
	return f, false
}
