package runtime

import (
	"math/big"
	"strconv"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine"
	"gonode/internal/engine/jsonvalue"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
	"gonode/internal/v8ser"
)

// Deserializer reads V8's structured-clone format. Loop goroutine only.
type Deserializer struct {
	*v8ser.Decoder[goja.Value]
	rt     *Runtime
	shared *cloneState

	// ReadHost reads a host object.
	ReadHost func(d *Deserializer) (goja.Value, error)
	// Shared are the memories of SharedArrayBuffers by their numbers.
	Shared []*engine.SharedMemory
	// Buffers are the ArrayBuffers that travelled apart, by their numbers.
	Buffers map[uint32]goja.Value
}

// NewDeserializer reads data, which must not change meanwhile. What it makes is copied from it.
func (rt *Runtime) NewDeserializer(data []byte) *Deserializer {
	d := &Deserializer{rt: rt, shared: rt.cloneState()}
	d.Decoder = v8ser.NewDecoder[goja.Value](data, (*values)(d))
	return d
}

// values builds the engine's values for a Decoder.
type values Deserializer

func (b *values) vm() *goja.Runtime { return b.rt.vm }

func (b *values) Undefined() goja.Value         { return goja.Undefined() }
func (b *values) Null() goja.Value              { return goja.Null() }
func (b *values) Bool(v bool) goja.Value        { return b.vm().ToValue(v) }
func (b *values) Int(v int64) goja.Value        { return b.shared.facts.IntValue(v) }
func (b *values) Double(v float64) goja.Value   { return b.shared.facts.NumberValue(v) }
func (b *values) BigInt(v *big.Int) goja.Value  { return b.vm().ToValue(v) }
func (b *values) UTF8(v []byte) goja.Value      { return b.vm().ToValue(string(v)) }
func (b *values) Date(ms float64) goja.Value    { return b.construct("Date", b.vm().ToValue(ms)) }
func (b *values) NewMap() goja.Value            { return b.construct("Map") }
func (b *values) NewSet() goja.Value            { return b.construct("Set") }
func (b *values) SetAdd(set, v goja.Value)      { b.intrinsic("Set", "add", set, v) }
func (b *values) MapSet(m, key, v goja.Value)   { b.intrinsic("Map", "set", m, key, v) }
func (b *values) Boxed(v goja.Value) goja.Value { return v.ToObject(b.vm()) }

func (b *values) construct(class string, args ...goja.Value) goja.Value {
	o, err := b.vm().New(b.rt.Intrinsic(class), args...)
	if err != nil {
		b.rt.Rethrow(err)
	}
	return o
}

func (b *values) intrinsic(class, method string, this goja.Value, args ...goja.Value) {
	c := b.shared
	fn := c.mapSet
	if class == "Set" {
		fn = c.setAdd
	}
	if fn == nil {
		prototype := b.rt.Intrinsic(class).Get("prototype").(*goja.Object)
		fn, _ = goja.AssertFunction(b.rt.Member(prototype, method))
		if class == "Set" {
			c.setAdd = fn
		} else {
			c.mapSet = fn
		}
	}
	b.rt.Call(fn, this, args...)
}

func (b *values) Latin1(v []byte) goja.Value {
	if !isASCII(v) {
		return b.shared.facts.UnitsValue(latin1Units(v))
	}
	return b.shared.short.ASCII(v)
}

// latin1Units are the units of a string behind the engine's mark.
func latin1Units(v []byte) []uint16 {
	units := make([]uint16, len(v)+1)
	units[0] = unistring.BOM
	for i, c := range v {
		units[i+1] = uint16(c)
	}
	return units
}

func (b *values) UTF16LE(v []byte) goja.Value { return goja.StringFromUTF16(utf16Units(v)[1:]) }

func utf16Units(v []byte) []uint16 {
	units := make([]uint16, len(v)/2+1)
	units[0] = unistring.BOM
	for i := range units[1:] {
		units[i+1] = uint16(v[2*i]) | uint16(v[2*i+1])<<8
	}
	return units
}

// NewObject makes an object that no script sees before all is read, but those that read host objects themselves.
func (b *values) NewObject() goja.Value {
	if shapes.Empty() == nil {
		return b.vm().NewObject()
	}
	return shapes.New(b.vm(), b.shared.objectPrototype, shapes.Most)
}

func (b *values) NewArray(length uint32, dense bool) goja.Value {
	if !dense || shapes.Empty() == nil {
		a := b.vm().NewArray()
		if !dense {
			a.Set("length", length)
		}
		return a
	}
	const expected = 1 << 10 // what more there is may be a lie
	return shapes.NewArray(b.vm(), b.shared.arrayPrototype, make([]goja.Value, 0, min(length, expected)))
}

func (b *values) SetIndex(array goja.Value, i uint32, v goja.Value) {
	if shapes.Push(array.(*goja.Object), i, v) {
		return
	}
	array.(*goja.Object).DefineDataProperty(strconv.FormatUint(uint64(i), 10), v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

func (b *values) SetHole(array goja.Value, i uint32) {
	if !shapes.Push(array.(*goja.Object), i, nil) {
		array.(*goja.Object).Set("length", i+1)
	}
}

func (b *values) SetProperty(object goja.Value, key v8ser.Key, v goja.Value) {
	o := object.(*goja.Object)
	if name, next := shapes.Likely(o); next != nil && !key.IsNumber && key.Wide == nil && string(name) == string(key.Latin1) {
		shapes.Define(o, name, v)
		return
	}
	var name unistring.String
	switch {
	case key.IsNumber:
		name = unistring.String(b.vm().ToValue(key.Number).String())
	case key.Wide != nil:
		name = unistring.FromUtf16(utf16Units(key.Wide))
		if units := name.AsUtf16(); isNarrow(units[1:]) {
			name = unistring.String(b.UTF16LE(key.Wide).String())
		}
	case isASCII(key.Latin1):
		name = unistring.String(b.shared.short.Name(key.Latin1))
	default:
		name = unistring.FromUtf16(latin1Units(key.Latin1))
	}
	if shapes.Define(o, name, v) {
		return
	}
	b.rt.DefineNamed(o, name, v)
}

// isNarrow tells whether all units are ASCII.
func isNarrow(units []uint16) bool {
	for _, u := range units {
		if u >= 0x80 {
			return false
		}
	}
	return true
}

func (b *values) RegExp(source goja.Value, flags string) (goja.Value, error) {
	o, err := b.vm().New(b.rt.Intrinsic("RegExp"), source, b.vm().ToValue(flags))
	if err != nil {
		return nil, v8ser.ErrData
	}
	return o, nil
}

func (b *values) Error(kind v8ser.ErrorKind, message, cause, stack *goja.Value) goja.Value {
	class := b.rt.Intrinsic(kind.Name())
	var args []goja.Value
	if message != nil {
		args = append(args, *message)
	}
	o, err := b.vm().New(class, args...)
	if err != nil {
		b.rt.Rethrow(err)
	}
	if cause != nil {
		o.DefineDataProperty("cause", *cause, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	var text goja.Value = goja.Undefined()
	if stack != nil {
		text = *stack
	}
	o.DefineDataProperty("stack", text, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return o
}

func (b *values) ArrayBuffer(data []byte) goja.Value {
	return b.vm().ToValue(b.vm().NewArrayBuffer(append([]byte(nil), data...)))
}

func (b *values) TransferredBuffer(id uint32, shared bool) (goja.Value, error) {
	if shared {
		if int(id) >= len(b.Shared) {
			return nil, v8ser.ErrData
		}
		return b.rt.NewSharedArrayBuffer(b.Shared[id]), nil
	}
	if v, ok := b.Buffers[id]; ok {
		return v, nil
	}
	return nil, v8ser.ErrData
}

func (b *values) View(buffer goja.Value, t v8ser.ViewType, offset, length uint32) (goja.Value, error) {
	for name, known := range viewTypes {
		if known != t {
			continue
		}
		vm := b.vm()
		o, err := vm.New(b.rt.Intrinsic(name), buffer, vm.ToValue(offset), vm.ToValue(length/uint32(t.Size())))
		if err != nil {
			return nil, v8ser.ErrData
		}
		return o, nil
	}
	return nil, v8ser.ErrData
}

func (b *values) Host(*v8ser.Decoder[goja.Value]) (goja.Value, error) {
	d := (*Deserializer)(b)
	if d.ReadHost == nil {
		return nil, v8ser.ErrData
	}
	return d.ReadHost(d)
}

// hostViews are the classes by the numbers that v8.DefaultSerializer gives them.
var hostViews = [...]string{"Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
	"Float32Array", "Float64Array", "DataView", "Buffer", "BigInt64Array", "BigUint64Array", "Float16Array"}

// ReadHostView reads what WriteHostView writes.
func (d *Deserializer) ReadHostView() (goja.Value, error) {
	index, ok1 := d.RawUint32()
	size, ok2 := d.RawUint32()
	if !ok1 || !ok2 || int(index) >= len(hostViews) {
		return nil, v8ser.ErrData
	}
	raw, ok := d.RawBytes(int(size))
	if !ok {
		return nil, v8ser.ErrData
	}
	data := append(make([]byte, 0, len(raw)), raw...)
	if len(data) > 0 && uintptr(unsafe.Pointer(&data[0]))%8 != 0 {
		aligned := make([]uint64, (len(data)+7)/8)
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&aligned[0])), len(data)), data)
		data = unsafe.Slice((*byte)(unsafe.Pointer(&aligned[0])), len(data))
	}
	name := hostViews[index]
	if name == "Buffer" {
		return d.rt.NewBuffer(data), nil
	}
	length := len(data) / viewTypes[name].Size()
	vm := d.rt.vm
	o, err := vm.New(d.rt.Intrinsic(name), vm.ToValue(vm.NewArrayBuffer(data)), vm.ToValue(0), vm.ToValue(length))
	if err != nil {
		return nil, v8ser.ErrData
	}
	return o, nil
}

// cloneState is what the Deserializers of a runtime share.
type cloneState struct {
	facts                           *layout.Facts
	objectPrototype, arrayPrototype *goja.Object
	short                           *jsonvalue.Strings
	mapSet, setAdd                  goja.Callable
}

type cloneKey struct{}

func (rt *Runtime) cloneState() *cloneState {
	state, ok := rt.host[cloneKey{}].(*cloneState)
	if !ok {
		state = &cloneState{facts: layout.Found(), short: jsonvalue.NewStrings(rt.vm), objectPrototype: rt.vm.NewObject().Prototype(), arrayPrototype: rt.vm.NewArray().Prototype()}
		rt.host[cloneKey{}] = state
	}
	return state
}
