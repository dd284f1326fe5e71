// Package layout is the only place that knows the private structures of the engine, goja. Its structs have the shape of the engine's
// own; Find compares each of them with the engine by reflection, field by field, once per process, and names all that differs. Whoever
// needs one more field, type or instruction adds it here. The package holds no state but these facts; any goroutine may call it.
package layout

import (
	"io"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/unistring"
)

// Words are the two words of an interface value that has methods: its table and its data.
type Words struct{ Tab, Data unsafe.Pointer }

// At gives the field at an offset behind a pointer.
func At[T any](base unsafe.Pointer, offset uintptr) *T { return (*T)(unsafe.Add(base, offset)) }

// WordsOf takes a value apart.
func WordsOf(v goja.Value) Words { return *(*Words)(unsafe.Pointer(&v)) }

// Value puts a value together.
func (w Words) Value() (v goja.Value) {
	*(*Words)(unsafe.Pointer(&v)) = w
	return v
}

// SelfOf is the engine's implementation of an object: Tab is one of Facts' types, Data a *BaseObject or what begins with one.
func SelfOf(o *goja.Object) *Words { return (*Words)(unsafe.Pointer(o)) }

// BaseOf is the beginning of an object's implementation. Not all of them begin with a BaseObject: objects around Go values do, and
// what has a BaseObject further below (a bound function, say) does as well, at the same address.
func BaseOf(o *goja.Object) *BaseObject { return (*BaseObject)(SelfOf(o).Data) }

// Object is goja.Object.
type Object struct {
	Self    Words
	Runtime *goja.Runtime
}

// BaseObject is what the engine's ordinary objects are and all its others begin with.
type BaseObject struct {
	Class             string
	Val               *goja.Object
	Prototype         *goja.Object
	Extensible        bool
	Values            map[unistring.String]goja.Value
	PropNames         []unistring.String
	LastSortedPropLen int
	IdxPropCount      int
	SymValues         unsafe.Pointer `goja:"*goja.orderedMap"`
	PrivateElements   map[*PrivateEnvType]*PrivateElements
}

// ValueProperty is a property that is an accessor or lacks an attribute. It stands where a property's value does.
type ValueProperty struct {
	Value        goja.Value
	Writable     bool
	Configurable bool
	Enumerable   bool
	Accessor     bool
	GetterFunc   *goja.Object
	SetterFunc   *goja.Object
}

// ArrayObject is an array whose elements lie in one slice, nil where there are holes.
type ArrayObject struct {
	BaseObject
	Values         []goja.Value
	Length         uint32
	ObjCount       int
	PropValueCount int
	LengthProp     ValueProperty
}

// ErrorObject is an instance of Error.
type ErrorObject struct {
	BaseObject
	Stack          []goja.StackFrame
	StackPropAdded bool
}

// BaseFuncObject is what functions begin with.
type BaseFuncObject struct {
	BaseObject
	LenProp ValueProperty
}

// NativeFuncObject is a function written in Go.
type NativeFuncObject struct {
	BaseFuncObject
	F         func(goja.FunctionCall) goja.Value
	Construct func(args []goja.Value, newTarget *goja.Object) *goja.Object
}

// BaseJsFuncObject is what the functions of scripts begin with.
type BaseJsFuncObject struct {
	BaseFuncObject
	Stash   *Stash
	PrivEnv *PrivateEnv
	Prg     *goja.Program
	Src     string
	Strict  bool
}

// FuncObject is an ordinary function, MethodFuncObject a method, ArrowFuncObject an arrow function, ClassFuncObject a class.
type (
	FuncObject       struct{ BaseJsFuncObject }
	MethodFuncObject struct {
		BaseJsFuncObject
		HomeObject *goja.Object
	}
	ArrowFuncObject struct {
		BaseJsFuncObject
		FuncObj   *goja.Object
		NewTarget goja.Value
	}
	ClassFuncObject struct {
		BaseJsFuncObject
		InitFields     *goja.Program
		ComputedKeys   []goja.Value
		PrivateEnvType *PrivateEnvType
		PrivateMethods []goja.Value
		Derived        bool
	}
)

// PrivateEnv are the classes whose private names code may use, PrivateEnvType a class's private names, PrivateElements what an object has under them.
type (
	PrivateEnv struct {
		InstanceType, StaticType *PrivateEnvType
		Names                    unsafe.Pointer `goja:"goja.privateNames"`
		Outer                    *PrivateEnv
	}
	PrivateEnvType  struct{ NumFields, NumMethods uint32 }
	PrivateElements struct{ Methods, Fields []goja.Value }
)

// PrimitiveValueObject is a Number, Boolean, BigInt or Symbol object.
type PrimitiveValueObject struct {
	BaseObject
	PValue goja.Value
}

// StringObject is a String object.
type StringObject struct {
	BaseObject
	Value      goja.String
	Length     int
	LengthProp ValueProperty
}

// TypedArrayObject is a typed array or a Buffer. Offset and Length count elements.
type TypedArrayObject struct {
	BaseObject
	ViewedArrayBuf *ArrayBufferObject
	DefaultCtor    *goja.Object
	Length, Offset int
	ElemSize       int
	TypedArray     Words `goja:"goja.typedArray"`
}

// ArrayBufferObject is an ArrayBuffer.
type ArrayBufferObject struct {
	BaseObject
	Detached bool
	Data     []byte
}

// DataViewObject is a DataView.
type DataViewObject struct {
	BaseObject
	ViewedArrayBuf      *ArrayBufferObject
	ByteLen, ByteOffset int
}

// MapObject is a Map, SetObject a Set.
type (
	MapObject struct {
		BaseObject
		M *OrderedMap
	}
	SetObject struct {
		BaseObject
		M *OrderedMap
	}
)

// RegExpObject is a regular expression.
type RegExpObject struct {
	BaseObject
	Pattern  *RegExpPattern
	Source   goja.String
	Standard bool
}

// RegExpPattern is what the engine has compiled of one.
type RegExpPattern struct {
	Src                                                    string
	Global, IgnoreCase, Multiline, DotAll, Sticky, Unicode bool
	RegexpWrapper                                          unsafe.Pointer `goja:"*goja.regexpWrapper"`
	Regexp2Wrapper                                         unsafe.Pointer `goja:"*goja.regexp2Wrapper"`
}

// NewRegexp is the instruction of a literal.
type NewRegexp struct {
	Pattern *RegExpPattern
	Src     goja.String
}

// GlobalNames is the instruction that declares the global variables of a script.
type GlobalNames struct {
	Vars, Funcs, Lets, Consts []unistring.String
	Deletable                 bool
}

// GeneratorObject is what a generator function gives.
type GeneratorObject struct {
	BaseObject
	Gen       Generator
	Delegated *IteratorRecord
	State     uint8
}

// Generator is a function that can be suspended.
type Generator struct {
	Suspended Suspended `goja:"ctx"`
	Machine   *VM       `goja:"vm"`
	Returning goja.Value

	TryStackLen, IterStackLen, RefStackLen uint32
}

// Suspended is the state of one that waits; its stack begins with the function.
type Suspended struct {
	Context
	Stack     []goja.Value
	TryStack  []TryFrame
	IterStack []IterStackItem
	RefStack  []Words `goja:"[]goja.ref"`
}

// AsyncRunner is a call of an async function.
type AsyncRunner struct {
	Gen        Generator
	PromiseCap *PromiseCapability
	F          *goja.Object
	VmCall     func(*VM, int)
}

// PromiseCapability is a promise with what settles it.
type PromiseCapability struct {
	Promise               *goja.Object
	ResolveObj, RejectObj *goja.Object
}

// PromiseObject is goja's promise.
type PromiseObject struct {
	BaseObject
	State                             goja.PromiseState
	Result                            goja.Value
	FulfillReactions, RejectReactions []*PromiseReaction
	Handled                           bool
}

// PromiseReaction is what happens when a promise is settled.
type PromiseReaction struct {
	Capability  unsafe.Pointer `goja:"*goja.promiseCapability"`
	Kind        int            `goja:"typ"`
	Handler     *JobCallback
	AsyncRunner *AsyncRunner
	AsyncCtx    any
}

// JobCallback is the function that it calls.
type JobCallback struct {
	Callback func(goja.FunctionCall) goja.Value
}

// OrderedMap holds the entries of a Map or Set in their order.
type OrderedMap struct {
	Hash                unsafe.Pointer `goja:"*maphash.Hash"`
	HashTable           map[uint64]*MapEntry
	IterFirst, IterLast *MapEntry
	Size                int
}

// MapEntry is one entry; a deleted one has no key.
type MapEntry struct {
	Key, Value         goja.Value
	IterPrev, IterNext *MapEntry
	HNext              *MapEntry
}

// OrderedMapIter is a place in an OrderedMap.
type OrderedMapIter struct {
	M   *OrderedMap
	Cur *MapEntry
}

// MapIterObject and SetIterObject are the iterators of Maps and Sets.
type (
	MapIterObject struct {
		BaseObject
		Iter *OrderedMapIter
		Kind int
	}
	SetIterObject struct {
		BaseObject
		Iter *OrderedMapIter
		Kind int
	}
)

// ArrayIterObject is an array's iterator.
type ArrayIterObject struct {
	BaseObject
	Obj     *goja.Object
	NextIdx int64
	Kind    int
}

// StringIterObject is a string's iterator, without a reader once it is at the end.
type StringIterObject struct {
	BaseObject
	Reader io.RuneReader
}

// ProxyObject is a Proxy.
type ProxyObject struct {
	BaseObject
	Target  *goja.Object
	Handler Words `goja:"goja.proxyHandler"`
	Call    func(goja.FunctionCall) goja.Value
	Ctor    func(args []goja.Value, newTarget *goja.Object) *goja.Object
}

// TemplatedObject is a built-in object whose properties are made when they are first touched. Functions and Array.prototype
// begin with one as well.
type TemplatedObject struct {
	BaseObject
	Tmpl              *ObjectTemplate
	ProtoMaterialised bool
}

// TemplatedFuncObject is one that is a function: a constructor of the language's, or Function.prototype.
type TemplatedFuncObject struct {
	TemplatedObject
	F         func(goja.FunctionCall) goja.Value
	Construct func(args []goja.Value, newTarget *goja.Object) *goja.Object
}

// ObjectTemplate makes the properties of a built-in. All runtimes of the process share it.
type ObjectTemplate struct {
	PropNames    []unistring.String
	Props        map[unistring.String]func(*goja.Runtime) goja.Value `goja:"map[unistring.String]goja.templatePropFactory"`
	SymProps     map[*goja.Symbol]func(*goja.Runtime) goja.Value     `goja:"map[*goja.Symbol]goja.templatePropFactory"`
	SymPropNames []*goja.Symbol
	ProtoFactory func(*goja.Runtime) *goja.Object
}

// ImportedString is a string from Go that is scanned when it is first looked into.
type ImportedString struct {
	S       string
	U       []uint16
	Scanned bool
}

// Program is a compiled script or function.
type Program struct {
	Code     []Words `goja:"[]goja.instruction"`
	FuncName unistring.String
	Src      *file.File
	SrcMap   []SrcMapItem
}

// ProgramOf is a program as the engine has it.
func ProgramOf(p *goja.Program) *Program { return (*Program)(unsafe.Pointer(p)) }

// SrcMapItem tells where in the source an instruction stands.
type SrcMapItem struct{ PC, SrcPos int }

// StackFrame is goja.StackFrame.
type StackFrame struct {
	Prg      *goja.Program
	FuncName unistring.String
	PC       int
}

// FrameOf is a frame as the engine has it.
func FrameOf(f *goja.StackFrame) *StackFrame { return (*StackFrame)(unsafe.Pointer(f)) }

// Position is where in the source the frame is.
func (f StackFrame) Position() file.Position {
	return (*goja.StackFrame)(unsafe.Pointer(&f)).Position()
}

// Stash holds the captured variables of a scope.
type Stash struct {
	Values    []goja.Value
	ExtraArgs []goja.Value
	Names     map[unistring.String]uint32
	Obj       *goja.Object
	Outer     *Stash
	FuncType  uint8
}

// Context is a caller's state.
type Context struct {
	Prg       *goja.Program
	Stash     *Stash
	PrivEnv   *PrivateEnv
	NewTarget goja.Value
	Result    goja.Value
	PC, SB    int
	Args      int
}

// TryFrame is an entered try block or a border that exceptions stop at.
type TryFrame struct {
	Exception *goja.Exception

	CallStackLen, IterLen, RefLen uint32

	SP      int32
	Stash   *Stash
	PrivEnv *PrivateEnv

	CatchPos, FinallyPos, FinallyRet int32
}

// IterStackItem is an iteration in progress.
type IterStackItem struct {
	Val  goja.Value
	F    func() (struct{}, func())
	Iter *IteratorRecord
}

// EnumItem is a name that a loop over names has come to.
type EnumItem struct {
	Name, Value goja.Value
	Enumerable  int `goja:"goja.enumerableFlag"`
}

// IteratorRecord is an iterator with its next method.
type IteratorRecord struct {
	Iterator *goja.Object
	Next     func(goja.FunctionCall) goja.Value
}

// VM is the engine's interpreter.
type VM struct {
	Runtime      *goja.Runtime `goja:"r"`
	Prg          *goja.Program
	PC           int
	Stack        []goja.Value
	SP, SB, Args int

	Stash     *Stash
	PrivEnv   *PrivateEnv
	CallStack []Context
	IterStack []IterStackItem
	RefStack  []Words `goja:"[]goja.ref"`
	TryStack  []TryFrame
	NewTarget goja.Value
	Result    goja.Value

	MaxCallStackSize int

	StashAllocs int

	Interrupted   uint32
	InterruptVal  any
	InterruptLock sync.Mutex

	CurAsyncRunner *AsyncRunner

	ProfTracker unsafe.Pointer `goja:"*goja.profTracker"`
}

// Push puts a value on the stack.
func (vm *VM) Push(v goja.Value) {
	if vm.SP >= len(vm.Stack) {
		vm.Stack = append(vm.Stack[:len(vm.Stack):cap(vm.Stack)], make([]goja.Value, vm.SP+1-len(vm.Stack)+16)...)
	}
	vm.Stack[vm.SP] = v
	vm.SP++
}

// TemplateOf is the built-in object made from a template that an object is, or nil.
func TemplateOf(o *goja.Object) *TemplatedObject {
	switch SelfType(o).String() {
	case "*goja.templatedObject", "*goja.templatedFuncObject", "*goja.templatedArrayObject":
		return (*TemplatedObject)(SelfOf(o).Data)
	}
	return nil
}

// PropertyOf is the property that a value of BaseObject.Values is, if it is no plain value.
func PropertyOf(v goja.Value) (*ValueProperty, bool) {
	if w := WordsOf(v); v != nil && w.Tab == Found().Property {
		return (*ValueProperty)(w.Data), true
	}
	return nil, false
}

// SymbolProperty is what an object has of its own under a symbol, as in BaseObject.Values; nil if there is nothing.
func SymbolProperty(o *goja.Object, key *goja.Symbol) goja.Value {
	m := (*OrderedMap)(BaseOf(o).SymValues)
	if m == nil {
		return nil
	}
	for e := m.IterFirst; e != nil; e = e.IterNext {
		if e.Key == goja.Value(key) {
			return e.Value
		}
	}
	return nil
}

// Held is the value that such a value holds.
func Held(v goja.Value) goja.Value {
	if p, ok := PropertyOf(v); ok {
		return p.Value
	}
	return v
}

// NewProperty is a property as a value of BaseObject.Values.
func NewProperty(p ValueProperty) goja.Value {
	return Words{Tab: Found().Property, Data: unsafe.Pointer(&p)}.Value()
}
