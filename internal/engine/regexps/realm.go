// Package regexps is RegExp: the class, its objects and literals, and those methods of strings that take regular expressions, all on
// package regex. An object is the engine's own, so that whoever asks what it is gets the same answer; its compiled pattern is ours. Each
// algorithm has two forms: the specification's, step by step, and a direct one for objects and classes on which nobody has changed
// anything, where no script could tell the difference.
//
// A Realm belongs to the goroutine that runs its scripts.
package regexps

import (
	"errors"
	"math"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
	"gonode/internal/engine/templates"
	"gonode/internal/regex"
)

// Host is what a Realm needs of its engine.
type Host interface {
	VM() *goja.Runtime
	// Apply calls a function.
	Apply(fn, this goja.Value, args ...goja.Value) goja.Value
	NewPlainError(class, message string) *goja.Object
	// Describe writes a value as V8's messages do.
	Describe(v goja.Value) string
	// Method makes a function that is no constructor.
	Method(name string, length int, f func(goja.FunctionCall) goja.Value) *goja.Object
	NewObject(proto *goja.Object, state any) *goja.Object
	Slot(v goja.Value) any
	// IteratorPrototype is %Iterator.prototype%.
	IteratorPrototype() *goja.Object
	// Amend runs what changes the language's own objects for the host.
	Amend(f func())
	// Expose has an object of the language's own, and its prototype, watched for changes.
	Expose(o *goja.Object)
}

// Owner is an owner of runtimes (package templates) that leads to a Realm.
type Owner interface{ RegExps() *Realm }

// Of is the Realm of a runtime, nil if it has none.
func Of(vm *goja.Runtime) *Realm {
	if o, ok := templates.Owner(vm).(Owner); ok {
		return o.RegExps()
	}
	return nil
}

// Realm is RegExp in one engine.
type Realm struct {
	host  Host
	vm    *goja.Runtime
	facts *layout.Facts

	class, proto *goja.Object
	array        *goja.Object   // Array.prototype
	objects      *goja.Object   // Object.prototype
	strings      *goja.Object   // String.prototype
	exec         *goja.Object   // RegExp.prototype.exec
	object       unsafe.Pointer // the engine's table of regular expressions
	untouched    unsafe.Pointer // that of RegExp.prototype as long as nobody has changed it
	turns        int            // of loops, see turn
	iterator     *goja.Object   // %RegExpStringIteratorPrototype%

	matcher  regex.Matcher
	last     lastMatch
	compiled map[string]*pattern // what the constructor has compiled
	chars    [128]goja.Value     // strings of one character
	empty    goja.Value
	zero     goja.Value

	matchShape *shapes.Shape // of the array that exec gives, nil if there are no shapes
	stepShape  *shapes.Shape // of what the iterator gives
}

// New makes a Realm. Nothing of RegExp is made before it is used.
func New(h Host) *Realm {
	r := &Realm{host: h, vm: h.VM(), facts: layout.Found()}
	r.matcher.Poll = func() error {
		if guard.Interrupted(r.vm) {
			return errInterrupted
		}
		return nil
	}
	return r
}

// turn is called by loops that take many turns: now and then it looks for an interruption.
func (r *Realm) turn() {
	if r.turns++; r.turns&0xffff == 0 {
		guard.Poll(r.vm)
	}
}

var errInterrupted = errors.New("interrupted")

// Install replaces what the engine has.
func (r *Realm) Install() {
	r.empty, r.zero = r.vm.ToValue(""), r.vm.ToValue(0)
	if s := shapes.Empty(); s != nil {
		r.matchShape, r.stepShape = shapes.ArrayShape().WithAll("index", "input", "groups"), s.WithAll("value", "done")
	}
	r.objects = r.vm.NewObject().Prototype()
	r.array, r.strings = r.vm.NewArray().Prototype(), r.empty.ToObject(r.vm).Prototype()
	sample, err := r.vm.RunProgram(literal())
	if err != nil {
		panic(err)
	}
	o := sample.(*goja.Object)
	r.object = layout.SelfOf(o).Tab
	if layout.ClassOf(layout.SelfOf(o)) != layout.ClassRegExp {
		panic("the engine's regular expressions are not as expected")
	}
	r.proto = o.Prototype()
	r.class = r.proto.Get("constructor").(*goja.Object)
	r.host.Amend(r.complete)
	r.host.Expose(r.class)
	r.untouched = layout.SelfOf(r.proto).Tab
}

func (r *Realm) throw(class, message string) { panic(r.host.NewPlainError(class, message)) }

func (r *Realm) incompatible(method string, this goja.Value) {
	r.throw("TypeError", "Method "+method+" called on incompatible receiver "+r.host.Describe(this))
}

// toString is the abstract operation.
func (r *Realm) toString(v goja.Value) goja.String {
	switch v := v.ToString().(type) { // a primitive
	case goja.String:
		return v
	case *goja.Symbol:
		r.throw("TypeError", "Cannot convert a Symbol value to a string")
		return nil
	default:
		return r.vm.ToValue(v.String()).(goja.String)
	}
}

// toLength is the abstract operation.
func toLength(v goja.Value) int {
	if n, ok := integer(v); ok {
		return int(max(n, 0))
	}
	switch f := number(v); {
	case !(f > 0):
		return 0
	case f >= 1<<53-1:
		return 1<<53 - 1
	default:
		return int(f)
	}
}

// number is ToNumber as a float.
func number(v goja.Value) float64 { return v.ToNumber().ToFloat() }

func toUint32(v goja.Value) uint32 {
	if n, ok := integer(v); ok {
		return uint32(n)
	}
	f := number(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return uint32(int64(math.Mod(math.Trunc(f), 1<<32)))
}

// integer is a value that the engine holds as an integer.
func integer(v goja.Value) (int64, bool) {
	if w := layout.WordsOf(v); w.Tab == layout.Found().Int {
		return *(*int64)(w.Data), true
	}
	return 0, false
}

func get(o *goja.Object, name string) goja.Value { return orUndefined(o.Get(name)) }

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}

func nullish(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

func callable(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}

// method gives a method of an object by a symbol, nil if it has none.
func (r *Realm) method(o *goja.Object, name *goja.Symbol) goja.Value {
	f := o.GetSymbol(name)
	if nullish(f) {
		return nil
	}
	if !callable(f) {
		r.throw("TypeError", r.host.Describe(f)+" is not a function")
	}
	return f
}
