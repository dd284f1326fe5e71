package engine

import (
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/unistring"
)

// The engine offers no hook where an error takes its stack, where promise jobs are run, or where Go state could stand in an
// object; so this file reaches into its private structures. Every field is looked up by name and type once per process, and if
// any is not as expected (another version of the engine), layout.ok is false and what needs it does without. Besides this file
// only inside.go and internal/jsonvalue/layout.go know such structures: those of values.

// layout holds the offsets of the private fields in use.
type layout struct {
	ok bool

	vm, jobs                                     uintptr // in goja.Runtime
	runtime                                      uintptr // in goja.Object
	prg, pc, stack, sp, sb, newTarget, callStack uintptr // in vm
	ctxSize, ctxPrg, ctxNewTarget, ctxPC, ctxSB  uintptr // in context
	errStack, errAdded, propNames                uintptr // in errorObject
	call, construct                              uintptr // in nativeFuncObject
	src, code                                    uintptr // in Program
	class, object, prototype, extensible         uintptr // in baseObject
	values, symbols                              uintptr
	errorType, nativeType, objectType, proxyType unsafe.Pointer

	// heldType is a baseObject followed by a Go value, at heldState. Its class is heldClass, which is "Object" at an address
	// of its own. wholeType is a goja.Object before these, which begin at wholeBase.
	heldType, wholeType  reflect.Type
	heldState, wholeBase uintptr
	heldClass            string
}

// The layout is a fact about the linked engine, the same for all runtimes.
var (
	engineOnce   sync.Once
	engineFields layout
)

func engineLayout(vm *goja.Runtime) layout {
	engineOnce.Do(func() { engineFields = findLayout(vm) })
	return engineFields
}

type iface struct{ typ, data unsafe.Pointer }

// objectSelf is the engine's object behind a goja.Object, whose first field it is.
func objectSelf(o *goja.Object) iface { return *(*iface)(unsafe.Pointer(o)) }

func findLayout(sample *goja.Runtime) (l layout) {
	good := true
	field := func(t reflect.Type, name string, want reflect.Type) uintptr {
		f, ok := t.FieldByName(name)
		if !ok || want != nil && f.Type != want {
			good = false
			return 0
		}
		offset := f.Offset
		// Promoted fields: add up the way to them.
		if len(f.Index) > 1 {
			offset = 0
			for i, at := t, 0; at < len(f.Index); at++ {
				step := i.Field(f.Index[at])
				offset += step.Offset
				i = step.Type
			}
		}
		return offset
	}
	sub := func(t reflect.Type, name string) reflect.Type {
		f, ok := t.FieldByName(name)
		if !ok {
			good = false
			return nil
		}
		return f.Type
	}
	program := reflect.TypeFor[*goja.Program]()
	number := reflect.TypeFor[int]()
	value := reflect.TypeFor[goja.Value]()

	runtime := reflect.TypeFor[goja.Runtime]()
	l.vm = field(runtime, "vm", nil)
	l.jobs = field(runtime, "jobQueue", reflect.TypeFor[[]func()]())
	vm := sub(runtime, "vm")
	if vm == nil || vm.Kind() != reflect.Pointer {
		return layout{}
	}
	vm = vm.Elem()
	l.prg = field(vm, "prg", program)
	l.pc = field(vm, "pc", number)
	l.sp = field(vm, "sp", number)
	l.sb = field(vm, "sb", number)
	l.newTarget = field(vm, "newTarget", value)
	l.stack = field(vm, "stack", nil)
	l.callStack = field(vm, "callStack", nil)
	stack, callStack := sub(vm, "stack"), sub(vm, "callStack")
	if stack == nil || stack.Kind() != reflect.Slice || stack.Elem() != value || callStack == nil || callStack.Kind() != reflect.Slice {
		return layout{}
	}
	ctx := callStack.Elem()
	if ctx.Kind() != reflect.Struct {
		return layout{}
	}
	l.ctxSize = ctx.Size()
	l.ctxPrg = field(ctx, "prg", program)
	l.ctxNewTarget = field(ctx, "newTarget", value)
	l.ctxPC = field(ctx, "pc", number)
	l.ctxSB = field(ctx, "sb", number)

	prg := program.Elem()
	l.src = field(prg, "src", reflect.TypeFor[*file.File]())
	l.code = field(prg, "code", nil)

	// A stack frame is put together by hand.
	frame := reflect.TypeFor[goja.StackFrame]()
	if field(frame, "prg", program) != 0 || field(frame, "pc", number) != unsafe.Offsetof(engineFrame{}.pc) || frame.Size() != unsafe.Sizeof(engineFrame{}) ||
		field(frame, "funcName", nil) != unsafe.Offsetof(engineFrame{}.name) || sub(frame, "funcName").Kind() != reflect.String {
		return layout{}
	}

	// The types behind an error and a constructor, from samples.
	object := reflect.TypeFor[goja.Object]()
	if field(object, "self", nil) != 0 || sub(object, "self").Kind() != reflect.Interface {
		return layout{}
	}
	class := sample.Get("Error").(*goja.Object)
	instance := sample.NewTypeError("")
	self := func(o *goja.Object) reflect.Type {
		v := reflect.ValueOf(o).Elem().FieldByName("self").Elem()
		if v.Kind() != reflect.Pointer {
			return nil
		}
		return v.Type().Elem()
	}
	errType, fnType := self(instance), self(class)
	if errType == nil || fnType == nil || errType.Kind() != reflect.Struct || fnType.Kind() != reflect.Struct {
		return layout{}
	}
	l.errorType, l.nativeType = objectSelf(instance).typ, objectSelf(class).typ
	l.errStack = field(errType, "stack", reflect.TypeFor[[]goja.StackFrame]())
	l.errAdded = field(errType, "stackPropAdded", reflect.TypeFor[bool]())
	l.propNames = field(errType, "propNames", nil)
	if t := sub(errType, "propNames"); t == nil || t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.String {
		return layout{}
	}
	l.call = field(fnType, "f", reflect.TypeFor[func(goja.FunctionCall) goja.Value]())
	l.construct = field(fnType, "construct", reflect.TypeFor[func([]goja.Value, *goja.Object) *goja.Object]())
	plain := self(sample.NewObject())
	if plain == nil || plain.Kind() != reflect.Struct {
		return layout{}
	}
	l.objectType = objectSelf(sample.NewObject()).typ
	l.proxyType = objectSelf(sample.ToValue(sample.NewProxy(sample.NewObject(), &goja.ProxyTrapConfig{})).(*goja.Object)).typ
	l.class = field(plain, "class", reflect.TypeFor[string]())
	l.object = field(plain, "val", reflect.TypeFor[*goja.Object]())
	l.prototype = field(plain, "prototype", reflect.TypeFor[*goja.Object]())
	l.extensible = field(plain, "extensible", reflect.TypeFor[bool]())
	l.values = field(plain, "values", reflect.TypeFor[map[unistring.String]goja.Value]())
	l.symbols = field(plain, "symValues", nil)
	if t := sub(plain, "symValues"); t == nil || t.Kind() != reflect.Pointer {
		return layout{}
	}
	l.runtime = field(object, "runtime", reflect.TypeFor[*goja.Runtime]())
	base := reflect.StructField{Name: "Base", Type: plain}
	state := reflect.StructField{Name: "State", Type: reflect.TypeFor[any]()}
	l.heldType = reflect.StructOf([]reflect.StructField{base, state})
	l.heldState = l.heldType.Field(1).Offset
	l.wholeType = reflect.StructOf([]reflect.StructField{{Name: "Object", Type: object}, base, state})
	l.wholeBase = l.wholeType.Field(1).Offset
	good = good && l.wholeType.Field(2).Offset == l.wholeBase+l.heldState
	l.heldClass = strings.Clone("Object")
	l.ok = good
	return l
}

// engineFrame has the shape of a goja.StackFrame.
type engineFrame struct {
	prg  *goja.Program
	name string
	pc   int
}

func at[T any](base unsafe.Pointer, offset uintptr) *T { return (*T)(unsafe.Add(base, offset)) }

// machine is the engine's interpreter as seen through the layout.
type machine struct {
	l *layout
	p unsafe.Pointer
}

func (e *Engine) machine() machine {
	l := &e.layout
	return machine{l, *at[unsafe.Pointer](unsafe.Pointer(e.vm), l.vm)}
}

func (m machine) prg() *goja.Program { return *at[*goja.Program](m.p, m.l.prg) }
func (m machine) pc() int            { return *at[int](m.p, m.l.pc) }
func (m machine) sp() int            { return *at[int](m.p, m.l.sp) }
func (m machine) stack() []goja.Value {
	return *at[[]goja.Value](m.p, m.l.stack)
}

// trimStack forgets what returned frames have left on the stack, and most of its memory after a deep recursion.
func (m machine) trimStack() {
	const usual = 1024
	stack, sp := at[[]goja.Value](m.p, m.l.stack), m.sp()
	if cap(*stack) > usual && sp < usual {
		*stack = append(make([]goja.Value, 0, usual), (*stack)[:sp]...)
		return
	}
	clear((*stack)[sp:])
	*stack = (*stack)[:sp]
}

// snapshot notes the interpreter's state and gives a function that goes back to it. The engine leaves some of its frames
// behind when a generator or an async function is stopped from outside.
func (m machine) snapshot() (restore func()) {
	vm, ok := reflect.TypeFor[goja.Runtime]().FieldByName("vm")
	if !ok || vm.Type.Kind() != reflect.Pointer {
		return func() {}
	}
	field := func(name string) reflect.Value {
		f, ok := vm.Type.Elem().FieldByName(name)
		if !ok {
			return reflect.Value{}
		}
		return reflect.NewAt(f.Type, unsafe.Add(m.p, f.Offset)).Elem()
	}
	var undo []func()
	for _, name := range [...]string{"prg", "pc", "sp", "sb", "args", "stash", "privEnv", "newTarget", "result", "curAsyncRunner"} {
		if f := field(name); f.IsValid() {
			was := reflect.New(f.Type()).Elem()
			was.Set(f)
			undo = append(undo, func() { f.Set(was) })
		}
	}
	for _, name := range [...]string{"callStack", "iterStack", "refStack", "tryStack"} {
		if f := field(name); f.IsValid() && f.Kind() == reflect.Slice {
			n := f.Len()
			undo = append(undo, func() { f.SetLen(min(n, f.Cap())) })
		}
	}
	return func() {
		for _, f := range undo {
			f()
		}
	}
}

// depth is the number of saved contexts.
func (m machine) depth() int {
	return len(*at[[]byte](m.p, m.l.callStack))
}

func (m machine) context(i int) unsafe.Pointer {
	return unsafe.Add(*at[unsafe.Pointer](m.p, m.l.callStack), uintptr(i)*m.l.ctxSize)
}

// source is the file that a program was compiled from.
func (l *layout) source(prg *goja.Program) *file.File {
	if prg == nil {
		return nil
	}
	return *at[*file.File](unsafe.Pointer(prg), l.src)
}
