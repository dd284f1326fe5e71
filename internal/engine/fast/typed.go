package fast

import (
	"math"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"gonode/internal/engine/layout"
)

// kind is what an object's implementation is, for those that are of interest here.
type kind struct {
	callable          bool // an ordinary function, a method or an arrow function
	arrow, method     bool
	constructs, class bool      // a class, or an ordinary function
	native            bool      // one of the engine's functions, maybe one the changes of which are watched
	elements          *elements // of a typed array

	templated bool   // one of the language's own objects: what has been asked for once lies where the properties of others do
	iterates  native // of one of the language's own iterators: its next
	ordinary  bool   // an ordinary object the changes of which are watched
	entries   native // mapGet of a Map, setHas of a Set
}

// mapped tells whether all that an object has under names lies in its map, apart from what one of the language's own may still make.
func (k *kind) mapped() bool { return k.templated || k.ordinary }

// function tells whether an object is a function all properties of which lie in its map, but for prototype, which the engine makes when it is asked for.
func (k *kind) function() bool { return k.callable || k.constructs || k.native }

// known holds kinds by the type of the implementation. Typed arrays share one type; the type of their elements is another key.
var known struct {
	sync.Mutex
	m atomic.Pointer[map[unsafe.Pointer]*kind]
}

var other = &kind{}

// front holds the kinds that were asked for last, by the type's address.
var front [32]atomic.Pointer[frontEntry]

type frontEntry struct {
	tab  unsafe.Pointer
	kind *kind // nil for a typed array
}

func kindOf(self *layout.Words) *kind {
	k, ok := byType(self.Tab)
	if ok && k == nil {
		k, ok = byType((*layout.TypedArrayObject)(self.Data).TypedArray.Tab)
	}
	if !ok {
		return learn(self)
	}
	return k
}

func byType(tab unsafe.Pointer) (*kind, bool) {
	at := &front[uintptr(tab)>>5%uintptr(len(front))]
	if e := at.Load(); e != nil && e.tab == tab {
		return e.kind, true
	}
	m := known.m.Load()
	if m == nil {
		return nil, false
	}
	k, ok := (*m)[tab]
	if ok {
		at.Store(&frontEntry{tab, k})
	}
	return k, ok
}

func learn(self *layout.Words) *kind {
	known.Lock()
	defer known.Unlock()
	m := map[unsafe.Pointer]*kind{}
	if old := known.m.Load(); old != nil {
		for t, k := range *old {
			m[t] = k
		}
	}
	k := other
	switch layout.ClassOf(self) {
	case layout.ClassFunc:
		k = &kind{callable: true, constructs: true}
		funcTab.Store(&self.Tab)
	case layout.ClassMethod:
		k = &kind{callable: true, method: true}
	case layout.ClassConstructor:
		k = &kind{constructs: true, class: true}
	case layout.ClassArrow:
		k = &kind{callable: true, arrow: true}
		arrowTab.Store(&self.Tab)
	case layout.ClassTemplated, layout.ClassTemplatedArray, layout.ClassTemplatedFunc:
		k = &kind{templated: true}
	case layout.ClassArrayIter:
		k = &kind{iterates: arrayNext}
	case layout.ClassMapIter:
		k = &kind{iterates: mapNext}
	case layout.ClassSetIter:
		k = &kind{iterates: setNext}
	case layout.ClassStringIter:
		k = &kind{iterates: stringNext}
	case layout.ClassMap:
		k = &kind{entries: mapGet}
	case layout.ClassSet:
		k = &kind{entries: setHas}
	case layout.ClassTypedArray:
		m[self.Tab] = nil
		t := &(*layout.TypedArrayObject)(self.Data).TypedArray
		k = &kind{}
		for i := range elementTypes {
			if elementTypes[i].name == strings.TrimPrefix(layout.TypeOf(t).String(), "*") {
				k.elements = &elementTypes[i]
			}
		}
		m[t.Tab] = k
		known.m.Store(&m)
		return k
	}
	if k == other {
		switch layout.TypeOf(self).String() {
		case "*goja.baseObject":
			k = &kind{ordinary: true}
		case "*goja.nativeFuncObject":
			k = &kind{native: true}
		}
	}
	m[self.Tab] = k
	known.m.Store(&m)
	return k
}

// elements are the kinds of typed arrays that are read and written here.
type elements struct {
	name    string
	kind    reflect.Kind
	clamped bool
}

var elementTypes = [...]elements{
	{"goja.uint8Array", reflect.Uint8, false},
	{"goja.uint8ClampedArray", reflect.Uint8, true},
	{"goja.int8Array", reflect.Int8, false},
	{"goja.uint16Array", reflect.Uint16, false},
	{"goja.int16Array", reflect.Int16, false},
	{"goja.uint32Array", reflect.Uint32, false},
	{"goja.int32Array", reflect.Int32, false},
	{"goja.float32Array", reflect.Float32, false},
	{"goja.float64Array", reflect.Float64, false},
}

// element is where an element lies, nil if there is none.
func element(t *layout.TypedArrayObject, i int64) unsafe.Pointer {
	if uint64(i) >= uint64(t.Length) {
		return nil
	}
	at := (int64(t.Offset) + i) * int64(t.ElemSize)
	data := t.ViewedArrayBuf.Data
	if uint64(at+int64(t.ElemSize)) > uint64(len(data)) {
		return nil
	}
	return unsafe.Pointer(&data[at])
}

// getElement reads an element of a typed array.
func getElement(self *layout.Words, i int64) (int64, float64, result) {
	k := kindOf(self)
	if k.elements == nil {
		return 0, 0, noResult
	}
	p := element((*layout.TypedArrayObject)(self.Data), i)
	if p == nil {
		return 0, 0, noResult
	}
	switch k.elements.kind {
	case reflect.Uint8:
		return int64(*(*uint8)(p)), 0, intResult
	case reflect.Int8:
		return int64(*(*int8)(p)), 0, intResult
	case reflect.Uint16:
		return int64(*(*uint16)(p)), 0, intResult
	case reflect.Int16:
		return int64(*(*int16)(p)), 0, intResult
	case reflect.Uint32:
		return int64(*(*uint32)(p)), 0, intResult
	case reflect.Int32:
		return int64(*(*int32)(p)), 0, intResult
	case reflect.Float32:
		return 0, float64(*(*float32)(p)), floatResult
	}
	return 0, *(*float64)(p), floatResult
}

// setElement writes an element of a typed array.
func setElement(self *layout.Words, i int64, v *layout.Words) bool {
	k := kindOf(self)
	if k.elements == nil {
		return false
	}
	p := element((*layout.TypedArrayObject)(self.Data), i)
	if p == nil {
		return false
	}
	f, ok := number(v)
	if !ok {
		return false
	}
	switch k.elements.kind {
	case reflect.Float64:
		*(*float64)(p) = f
		return true
	case reflect.Float32:
		*(*float32)(p) = float32(f)
		return true
	}
	if k.elements.clamped {
		switch {
		case !(f > 0):
			f = 0
		case f > 255:
			f = 255
		}
		*(*uint8)(p) = uint8(math.RoundToEven(f))
		return true
	}
	n, _ := int32Of(v)
	switch k.elements.kind {
	case reflect.Uint8, reflect.Int8:
		*(*uint8)(p) = uint8(n)
	case reflect.Uint16, reflect.Int16:
		*(*uint16)(p) = uint16(n)
	case reflect.Uint32, reflect.Int32:
		*(*uint32)(p) = uint32(n)
	}
	return true
}
