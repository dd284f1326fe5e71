package layout

import (
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Class is what an object's implementation is. Each is compared with its mirror when the first object of it is met; where it is not as
// expected it is ClassOther.
type Class uint8

// The classes.
const (
	ClassOther Class = iota
	ClassFunc
	ClassMethod
	ClassArrow
	ClassAsyncArrow
	ClassConstructor
	ClassTypedArray
	ClassMap
	ClassSet
	ClassRegExp
	ClassTemplated
	ClassTemplatedArray
	ClassTemplatedFunc
	ClassArrayIter
	ClassMapIter
	ClassSetIter
	ClassStringIter
	ClassGenerator
	ClassGeneratorFunc
	ClassGeneratorMethod
	ClassPromise
)

var classTypes = [...]struct {
	name   string
	mirror func() reflect.Type
}{
	ClassOther:           {},
	ClassFunc:            {"*goja.funcObject", reflect.TypeFor[FuncObject]},
	ClassMethod:          {"*goja.methodFuncObject", reflect.TypeFor[MethodFuncObject]},
	ClassArrow:           {"*goja.arrowFuncObject", reflect.TypeFor[ArrowFuncObject]},
	ClassAsyncArrow:      {"*goja.asyncArrowFuncObject", reflect.TypeFor[struct{ ArrowFuncObject }]},
	ClassConstructor:     {"*goja.classFuncObject", reflect.TypeFor[ClassFuncObject]},
	ClassTypedArray:      {"*goja.typedArrayObject", reflect.TypeFor[TypedArrayObject]},
	ClassMap:             {"*goja.mapObject", reflect.TypeFor[MapObject]},
	ClassSet:             {"*goja.setObject", reflect.TypeFor[SetObject]},
	ClassRegExp:          {"*goja.regexpObject", reflect.TypeFor[RegExpObject]},
	ClassTemplated:       {"*goja.templatedObject", reflect.TypeFor[TemplatedObject]},
	ClassTemplatedArray:  {"*goja.templatedArrayObject", reflect.TypeFor[struct{ TemplatedObject }]},
	ClassTemplatedFunc:   {"*goja.templatedFuncObject", reflect.TypeFor[TemplatedFuncObject]},
	ClassArrayIter:       {"*goja.arrayIterObject", reflect.TypeFor[ArrayIterObject]},
	ClassMapIter:         {"*goja.mapIterObject", reflect.TypeFor[MapIterObject]},
	ClassSetIter:         {"*goja.setIterObject", reflect.TypeFor[SetIterObject]},
	ClassStringIter:      {"*goja.stringIterObject", reflect.TypeFor[StringIterObject]},
	ClassGenerator:       {"*goja.generatorObject", reflect.TypeFor[GeneratorObject]},
	ClassGeneratorFunc:   {"*goja.generatorFuncObject", reflect.TypeFor[FuncObject]},
	ClassGeneratorMethod: {"*goja.generatorMethodFuncObject", reflect.TypeFor[struct{ MethodFuncObject }]},
	ClassPromise:         {"*goja.Promise", reflect.TypeFor[PromiseObject]},
}

var classes struct {
	sync.Mutex
	m atomic.Pointer[map[unsafe.Pointer]Class]
}

// ClassOf tells what an object's implementation is, which SelfOf gives.
func ClassOf(self *Words) Class {
	if m := classes.m.Load(); m != nil {
		if c, ok := (*m)[self.Tab]; ok {
			return c
		}
	}
	classes.Lock()
	defer classes.Unlock()
	m := map[unsafe.Pointer]Class{}
	if old := classes.m.Load(); old != nil {
		for t, c := range *old {
			m[t] = c
		}
	}
	t := TypeOf(self)
	found := ClassOther
	for class, k := range classTypes {
		if k.name == t.String() {
			var c checker
			if c.compare(k.mirror(), t.Elem()); len(c.unexpected) == 0 {
				found = Class(class)
			}
		}
	}
	m[self.Tab] = found
	classes.m.Store(&m)
	return found
}

// Instruction is the data of an instruction, nil if it is not as expected.
type Instruction[T any] struct {
	once     sync.Once
	expected bool
}

// Of gives the data. t is its type, always the same.
func (i *Instruction[T]) Of(data unsafe.Pointer, t reflect.Type) *T {
	i.once.Do(func() {
		var c checker
		c.compare(reflect.TypeFor[T](), t)
		i.expected = len(c.unexpected) == 0
	})
	if !i.expected {
		return nil
	}
	return (*T)(data)
}

// TypeOf is the type of an interface value's data.
func TypeOf(w *Words) reflect.Type {
	// The type stands behind the interface's own type in the table (runtime.itab).
	var v any
	*(*Words)(unsafe.Pointer(&v)) = Words{Tab: *At[unsafe.Pointer](w.Tab, unsafe.Sizeof(uintptr(0))), Data: w.Data}
	return reflect.TypeOf(v)
}
