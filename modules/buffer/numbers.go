package buffer

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// numbers are the methods that read and write numbers.
func (b *buffers) numbers() {
	// As in Node, the same function is known under two spellings: UInt and Uint.
	both := func(name, other string, length int, f engine.Native) {
		fn := b.rt.Func(name, length, f)
		b.proto.Set(name, fn)
		b.proto.Set(other, fn)
	}
	set := func(name string, length int, f engine.Native) { b.rt.SetFunc(b.proto, name, length, f) }
	named := func(name, inner string, f engine.Native) { b.proto.Set(name, b.rt.Func(inner, 0, f)) }
	both("readBigUInt64LE", "readBigUint64LE", 0, b.readBig(false, binary.LittleEndian))
	both("readBigUInt64BE", "readBigUint64BE", 0, b.readBig(false, binary.BigEndian))
	set("readBigInt64LE", 0, b.readBig(true, binary.LittleEndian))
	set("readBigInt64BE", 0, b.readBig(true, binary.BigEndian))
	both("writeBigUInt64LE", "writeBigUint64LE", 1, b.writeBig(false, binary.LittleEndian))
	both("writeBigUInt64BE", "writeBigUint64BE", 1, b.writeBig(false, binary.BigEndian))
	set("writeBigInt64LE", 1, b.writeBig(true, binary.LittleEndian))
	set("writeBigInt64BE", 1, b.writeBig(true, binary.BigEndian))

	for _, signed := range [...]bool{false, true} {
		for _, big := range [...]bool{false, true} {
			end := map[bool]string{false: "LE", true: "BE"}[big]
			name, other := "UInt", "Uint"
			if signed {
				name, other = "Int", "Int"
			}
			both("read"+name+end, "read"+other+end, 2, b.readSized(signed, big))
			both("write"+name+end, "write"+other+end, 3, b.writeSized(signed, big))
			for _, size := range [...]int{4, 2} {
				bits := strconv.Itoa(8 * size)
				both("read"+name+bits+end, "read"+other+bits+end, 0, func(call goja.FunctionCall) goja.Value {
					return b.read(call.This, call.Argument(0), size, signed, big)
				})
				both("write"+name+bits+end, "write"+other+bits+end, 1, func(call goja.FunctionCall) goja.Value {
					return b.write(call.This, call.Argument(0), call.Argument(1), size, signed, big)
				})
			}
			if !big {
				both("read"+name+"8", "read"+other+"8", 0, func(call goja.FunctionCall) goja.Value {
					return b.read(call.This, call.Argument(0), 1, signed, false)
				})
				both("write"+name+"8", "write"+other+"8", 1, func(call goja.FunctionCall) goja.Value {
					return b.write(call.This, call.Argument(0), call.Argument(1), 1, signed, false)
				})
			}
		}
	}
	named("readFloatLE", "readFloatForwards", b.readFloat(4, binary.LittleEndian))
	named("readFloatBE", "readFloatBackwards", b.readFloat(4, binary.BigEndian))
	named("readDoubleLE", "readDoubleForwards", b.readFloat(8, binary.LittleEndian))
	named("readDoubleBE", "readDoubleBackwards", b.readFloat(8, binary.BigEndian))
	named("writeFloatLE", "writeFloatForwards", b.writeFloat(4, binary.LittleEndian))
	named("writeFloatBE", "writeFloatBackwards", b.writeFloat(4, binary.BigEndian))
	named("writeDoubleLE", "writeDoubleForwards", b.writeFloat(8, binary.LittleEndian))
	named("writeDoubleBE", "writeDoubleBackwards", b.writeFloat(8, binary.BigEndian))
}

// offset checks where size bytes are to be read or written; n is the buffer's length.
func (b *buffers) offset(v goja.Value, n, size int) int {
	if goja.IsUndefined(v) {
		if size <= n {
			return 0
		}
		v = b.vm.ToValue(0)
	}
	if !isNumber(v) {
		b.rt.ThrowArgType("offset", v, "number")
	}
	f := v.ToFloat()
	if i := int(f); float64(i) == f && i >= 0 && i+size <= n {
		return i
	}
	b.bounds(v, n-size, "offset")
	return 0
}

// bounds throws what is wrong with an offset or a length that is not within its limit.
func (b *buffers) bounds(v goja.Value, limit int, name string) {
	if f := v.ToFloat(); f != math.Floor(f) {
		b.rt.ThrowOutOfRange(name, "an integer", v)
	}
	if limit < 0 {
		b.rt.Throw(b.rt.NewError("ERR_BUFFER_OUT_OF_BOUNDS"))
	}
	low := "0"
	if name != "offset" {
		low = "1"
	}
	b.rt.ThrowOutOfRange(name, ">= "+low+" and <= "+strconv.Itoa(limit), v)
}

// part is the size bytes at an offset of a receiver, of whatever kind it is.
func (b *buffers) part(this, offset goja.Value, size int) []byte {
	if data, ok := b.bytes(this); ok {
		at := b.offset(offset, len(data), size)
		return data[at : at+size]
	}
	return b.elements(this, offset, size)
}

// elements are the size elements from offset on of a receiver that is no view, as Node's methods read them by their index.
func (b *buffers) elements(this, offset goja.Value, size int) []byte {
	if goja.IsUndefined(offset) {
		offset = b.vm.ToValue(0)
	}
	if !isNumber(offset) {
		b.rt.ThrowArgType("offset", offset, "number")
	}
	o := this.ToObject(b.vm)
	data := make([]byte, size)
	for i := range data {
		v := o.Get(b.vm.ToValue(offset.ToFloat() + float64(i)).String())
		if v == nil || goja.IsUndefined(v) {
			limit := math.NaN()
			if n := o.Get("length"); n != nil {
				limit = n.ToFloat() - float64(size)
			}
			if f := offset.ToFloat(); f == math.Floor(f) && limit < 0 {
				b.rt.Throw(b.rt.NewError("ERR_BUFFER_OUT_OF_BOUNDS"))
			} else if f == math.Floor(f) {
				b.rt.ThrowOutOfRange("offset", ">= 0 and <= "+b.vm.ToValue(limit).String(), offset)
			}
			b.rt.ThrowOutOfRange("offset", "an integer", offset)
		}
		data[i] = byte(v.ToInteger())
	}
	return data
}

// putBack writes them.
func (b *buffers) putBack(this, offset goja.Value, data []byte) {
	for i, c := range data {
		this.ToObject(b.vm).Set(b.vm.ToValue(offset.ToInteger()+int64(i)).String(), c)
	}
}

func load(data []byte, big bool) (u uint64) {
	if big {
		for _, c := range data {
			u = u<<8 | uint64(c)
		}
		return u
	}
	for i := len(data) - 1; i >= 0; i-- {
		u = u<<8 | uint64(data[i])
	}
	return u
}

func store(data []byte, u uint64, big bool) {
	if big {
		for i := len(data) - 1; i >= 0; i-- {
			data[i] = byte(u)
			u >>= 8
		}
		return
	}
	for i := range data {
		data[i] = byte(u)
		u >>= 8
	}
}

func (b *buffers) read(this, offset goja.Value, size int, signed, big bool) goja.Value {
	u := load(b.part(this, offset, size), big)
	if signed {
		shift := 64 - 8*size
		return b.vm.ToValue(int64(u<<shift) >> shift)
	}
	return b.vm.ToValue(int64(u))
}

func (b *buffers) sizeOf(v goja.Value) int {
	f := number(b.vm, v)
	if !isNumber(v) {
		b.rt.ThrowArgType("byteLength", v, "number")
	}
	if f == math.Floor(f) && f >= 1 && f <= 6 {
		return int(f)
	}
	b.bounds(v, 6, "byteLength")
	return 0
}

func (b *buffers) readSized(signed, big bool) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		if goja.IsUndefined(call.Argument(0)) {
			b.rt.ThrowArgType("offset", call.Argument(0), "number")
		}
		size := b.sizeOf(call.Argument(1))
		return b.read(call.This, call.Argument(0), size, signed, big)
	}
}

func (b *buffers) write(this, v, offset goja.Value, size int, signed, big bool) goja.Value {
	f := v.ToFloat()
	bits := uint(8 * size)
	low, high := 0.0, math.Pow(2, float64(bits))-1
	if signed {
		low, high = -math.Pow(2, float64(bits-1)), math.Pow(2, float64(bits-1))-1
	}
	if size == 1 && !goja.IsUndefined(offset) && !isNumber(offset) {
		b.rt.ThrowArgType("offset", offset, "number")
	}
	if f > high || f < low {
		want := ">= " + strconv.FormatFloat(low, 'f', -1, 64) + " and <= " + strconv.FormatFloat(high, 'f', -1, 64)
		if size > 4 {
			if signed {
				p := strconv.Itoa(int(bits) - 1)
				want = ">= -(2 ** " + p + ") and < 2 ** " + p
			} else {
				want = ">= 0 and < 2 ** " + strconv.Itoa(int(bits))
			}
		}
		b.rt.ThrowOutOfRange("value", want, b.vm.ToValue(f))
	}
	if math.IsNaN(f) {
		f = 0
	}
	data, ok := b.bytes(this)
	if !ok {
		data = b.elements(this, offset, size)
		store(data, uint64(int64(f)), big)
		b.putBack(this, offset, data)
		return b.vm.ToValue(offset.ToInteger() + int64(size))
	}
	at := b.offset(offset, len(data), size)
	store(data[at:at+size], uint64(int64(f)), big)
	return b.vm.ToValue(at + size)
}

func (b *buffers) writeSized(signed, big bool) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		size := b.sizeOf(call.Argument(2))
		if size != 1 && goja.IsUndefined(call.Argument(1)) || goja.IsUndefined(call.Argument(1)) {
			b.rt.ThrowArgType("offset", call.Argument(1), "number")
		}
		return b.write(call.This, call.Argument(0), call.Argument(1), size, signed, big)
	}
}

func (b *buffers) readBig(signed bool, order binary.ByteOrder) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		u := order.Uint64(b.part(call.This, call.Argument(0), 8))
		if signed {
			return b.vm.ToValue(big.NewInt(int64(u)))
		}
		return b.vm.ToValue(new(big.Int).SetUint64(u))
	}
}

func (b *buffers) writeBig(signed bool, order binary.ByteOrder) engine.Native {
	low, high := big.NewInt(0), new(big.Int).SetUint64(math.MaxUint64)
	want := ">= 0n and < 2n ** 64n"
	if signed {
		low, high = big.NewInt(math.MinInt64), big.NewInt(math.MaxInt64)
		want = ">= -(2n ** 63n) and < 2n ** 63n"
	}
	return func(call goja.FunctionCall) goja.Value {
		v := call.Argument(0)
		n, ok := engine.BigInt(v)
		if ok && (n.Cmp(low) < 0 || n.Cmp(high) > 0) {
			b.rt.ThrowOutOfRange("value", want, v)
		}
		data, isBytes := b.bytes(call.This)
		at := 0
		if isBytes {
			at = b.offset(call.Argument(1), len(data), 8)
		} else {
			data = b.elements(call.This, call.Argument(1), 8)
		}
		if !ok {
			panic(b.vm.NewTypeError("Cannot mix BigInt and other types, use explicit conversions"))
		}
		if signed {
			order.PutUint64(data[at:], uint64(n.Int64()))
		} else {
			order.PutUint64(data[at:], n.Uint64())
		}
		return b.vm.ToValue(at + 8)
	}
}

func (b *buffers) readFloat(size int, order binary.ByteOrder) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		data := b.part(call.This, call.Argument(0), size)
		if size == 4 {
			return b.vm.ToValue(float64(math.Float32frombits(order.Uint32(data))))
		}
		return b.vm.ToValue(math.Float64frombits(order.Uint64(data)))
	}
}

func (b *buffers) writeFloat(size int, order binary.ByteOrder) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		f := call.Argument(0).ToFloat()
		data, ok := b.bytes(call.This)
		if !ok {
			b.elements(call.This, call.Argument(1), size)
			return call.Argument(1)
		}
		at := b.offset(call.Argument(1), len(data), size)
		switch {
		case math.IsNaN(f) && size == 4:
			order.PutUint32(data[at:], 0x7FC00000) // V8's NaN, not Go's
		case math.IsNaN(f):
			order.PutUint64(data[at:], 0x7FF8000000000000)
		case size == 4:
			order.PutUint32(data[at:], math.Float32bits(float32(f)))
		default:
			order.PutUint64(data[at:], math.Float64bits(f))
		}
		return b.vm.ToValue(at + size)
	}
}
