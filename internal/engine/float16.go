package engine

import (
	"math"
	"reflect"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
)

// Float16Array. The engine's typed arrays are all of one kind of object and differ in how they read and write elements: they hold that
// as an interface value. Its table of methods is made here, of those for 16 bits and ours for what the bits mean.

// Half is the bits of a binary16; a Float16Array is exported as a slice of them.
type Half uint16

// float16Array is the memory of a Float16Array, of which the engine holds a pointer.
type float16Array []byte

// The methods, in the order of the engine's interface.
const (
	halfExport = iota
	halfExportType
	halfGet
	_ // getRaw
	halfLess
	halfSet
	_ // setRaw
	_ // swap
	halfToRaw
	halfTypeMatch
	halfMethods
)

type halfTable struct {
	inter, typ unsafe.Pointer
	hash, _    uint32
	methods    [halfMethods]uintptr
}

// halves is the table; sample is the elements of a Uint16Array.
var halves struct {
	sync.Once
	table halfTable
}

func halfTableLike(sample layout.Words) unsafe.Pointer {
	halves.Do(func() {
		t := *(*halfTable)(sample.Tab)
		var own any = (*float16Array)(nil)
		t.typ = (*layout.Words)(unsafe.Pointer(&own)).Tab
		t.hash = *layout.At[uint32](t.typ, 2*unsafe.Sizeof(uintptr(0))) // internal/abi.Type
		for i, f := range map[int]any{
			halfExport:     (*float16Array).export,
			halfExportType: (*float16Array).exportType,
			halfGet:        (*float16Array).get,
			halfLess:       (*float16Array).less,
			halfSet:        (*float16Array).set,
			halfToRaw:      (*float16Array).toRaw,
			halfTypeMatch:  (*float16Array).typeMatch,
		} {
			t.methods[i] = reflect.ValueOf(f).Pointer()
		}
		halves.table = t
	})
	return unsafe.Pointer(&halves.table)
}

func (a *float16Array) at(i int) *Half {
	return (*Half)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(*a)), 2*i))
}

func (a *float16Array) get(i int) goja.Value      { return numberValue(fromHalf(*a.at(i))) }
func (a *float16Array) set(i int, v goja.Value)   { *a.at(i) = toHalf(v.ToFloat()) }
func (a *float16Array) toRaw(v goja.Value) uint64 { return uint64(toHalf(v.ToFloat())) }
func (a *float16Array) less(i, j int) bool {
	return guard.HalfOrder(uint16(*a.at(i))) < guard.HalfOrder(uint16(*a.at(j)))
}
func (a *float16Array) typeMatch(v goja.Value) bool {
	f := v.ToFloat()
	return goja.IsNumber(v) && (f != f || fromHalf(toHalf(f)) == f)
}
func (a *float16Array) export(offset, length int) any { return unsafe.Slice(a.at(offset), length) }
func (a *float16Array) exportType() reflect.Type      { return reflect.TypeFor[[]Half]() }

//go:linkname numberValue github.com/dop251/goja.floatToValue
func numberValue(f float64) goja.Value

//go:linkname createTypedArrayClass github.com/dop251/goja.(*Runtime).createTypedArrayCtor
func createTypedArrayClass(rt *goja.Runtime, class *goja.Object, construct func(args []goja.Value, newTarget, proto *goja.Object) *goja.Object,
	name unistring.String, size int) *layout.BaseObject

//go:linkname newTypedArray github.com/dop251/goja.(*Runtime)._newTypedArray
func newTypedArray(rt *goja.Runtime, args []goja.Value, newTarget *goja.Object,
	construct func(buffer *layout.ArrayBufferObject, offset, length int, proto *goja.Object) *layout.TypedArrayObject, proto *goja.Object) *goja.Object

//go:linkname newTypedArrayObject github.com/dop251/goja.(*Runtime)._newTypedArrayObject
func newTypedArrayObject(rt *goja.Runtime, buffer *layout.ArrayBufferObject, offset, length, size int, class *goja.Object, elements layout.Words,
	proto *goja.Object) *layout.TypedArrayObject

// newFloat16ArrayClass makes the class Float16Array.
func (e *Engine) newFloat16ArrayClass() goja.Value {
	words, err := e.vm.New(e.Intrinsic("Uint16Array"))
	if err != nil {
		e.Rethrow(err)
	}
	table := halfTableLike(typedArray(words).TypedArray)
	class := e.vm.NewObject()
	createTypedArrayClass(e.vm, class, func(args []goja.Value, newTarget, proto *goja.Object) *goja.Object {
		return newTypedArray(e.vm, args, newTarget, func(buffer *layout.ArrayBufferObject, offset, length int, proto *goja.Object) *layout.TypedArrayObject {
			return newTypedArrayObject(e.vm, buffer, offset, length, 2, class, layout.Words{Tab: table, Data: unsafe.Pointer(&buffer.Data)}, proto)
		}, proto)
	}, "Float16Array", 2)
	return class
}

// toHalf rounds to a binary16, ties to even.
func toHalf(f float64) Half {
	bits := math.Float64bits(f)
	sign := Half(bits >> 48 & 0x8000)
	switch abs := math.Abs(f); {
	case f != f:
		return 0x7e00
	case abs >= 65520:
		return sign | 0x7c00
	case abs < 0x1p-14:
		return sign | Half(math.RoundToEven(abs*0x1p24))
	default:
		exponent := int(bits>>52&0x7ff) - 1023
		mantissa := math.RoundToEven(math.Ldexp(abs, 10-exponent)) // 1024 to 2048
		return sign | Half((exponent+14)<<10+int(mantissa))
	}
}

func fromHalf(h Half) float64 {
	exponent, mantissa := int(h>>10&0x1f), float64(h&0x3ff)
	var f float64
	switch exponent {
	case 0:
		f = mantissa * 0x1p-24
	case 31:
		if f = math.Inf(1); mantissa != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+mantissa, exponent-25)
	}
	if h&0x8000 != 0 {
		return -f
	}
	return f
}
