package v8ser

import (
	"encoding/binary"
	"math"
	"math/big"
)

// Encoder appends values to a buffer. Its caller walks the value, counts the objects it begins (an object's
// number is the count of objects begun before it) and writes Ref for one that it has met. Objects are whatever
// Begin…, Date, RegExp, boxed primitives, buffers, views, errors and host objects write.
type Encoder struct {
	buf []byte
}

// Reset makes the encoder append to buf.
func (e *Encoder) Reset(buf []byte) { e.buf = buf }

// Bytes is what has been written. It stays valid until the next write.
func (e *Encoder) Bytes() []byte { return e.buf }

// Header starts a serialization.
func (e *Encoder) Header() { e.buf = append(e.buf, tagVersion, Version) }

// Undefined writes undefined.
func (e *Encoder) Undefined() { e.buf = append(e.buf, tagUndefined) }

// Null writes null.
func (e *Encoder) Null() { e.buf = append(e.buf, tagNull) }

// Hole writes a missing element of a dense array.
func (e *Encoder) Hole() { e.buf = append(e.buf, tagHole) }

// Bool writes true or false.
func (e *Encoder) Bool(v bool) {
	if v {
		e.buf = append(e.buf, tagTrue)
	} else {
		e.buf = append(e.buf, tagFalse)
	}
}

// Int32 writes a number in V8's small form.
func (e *Encoder) Int32(v int32) {
	e.buf = append(e.buf, tagInt32)
	e.varint(uint64(uint32(v<<1) ^ uint32(v>>31)))
}

// Double writes a number in full.
func (e *Encoder) Double(v float64) {
	e.buf = append(e.buf, tagDouble)
	e.RawDouble(v)
}

// Number writes an integer as V8 does: Int32 where it fits.
func (e *Encoder) Number(v int64) {
	if v == int64(int32(v)) {
		e.Int32(int32(v))
	} else {
		e.Double(float64(v))
	}
}

// BigInt writes a BigInt.
func (e *Encoder) BigInt(v *big.Int) {
	e.buf = append(e.buf, tagBigInt)
	e.bigIntBody(v)
}

func (e *Encoder) bigIntBody(v *big.Int) {
	size := (v.BitLen() + 63) / 64 * 8
	field := uint64(size) << 1
	if v.Sign() < 0 {
		field |= 1
	}
	e.varint(field)
	at := len(e.buf)
	e.buf = append(e.buf, make([]byte, size)...)
	digits := e.buf[at:]
	v.FillBytes(digits)
	for i, j := 0, len(digits)-1; i < j; i, j = i+1, j-1 {
		digits[i], digits[j] = digits[j], digits[i]
	}
}

// ASCII writes a string whose bytes are its code units.
func (e *Encoder) ASCII(s string) {
	e.buf = append(e.buf, tagLatin1)
	e.varint(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

// UTF16 writes a string of code units, in one byte each where they all fit.
func (e *Encoder) UTF16(units []uint16) {
	narrow := true
	for _, u := range units {
		if u > 0xFF {
			narrow = false
			break
		}
	}
	if narrow {
		e.buf = append(e.buf, tagLatin1)
		e.varint(uint64(len(units)))
		for _, u := range units {
			e.buf = append(e.buf, byte(u))
		}
		return
	}
	size := uint64(len(units)) * 2
	// V8 reads the code units in place: they must be aligned to two bytes.
	if (len(e.buf)+1+varintLen(size))&1 != 0 {
		e.buf = append(e.buf, tagPadding)
	}
	e.buf = append(e.buf, tagUTF16)
	e.varint(size)
	for _, u := range units {
		e.buf = append(e.buf, byte(u), byte(u>>8))
	}
}

// Ref writes an object that has been begun before, by its number.
func (e *Encoder) Ref(id uint32) {
	e.buf = append(e.buf, tagRef)
	e.varint(uint64(id))
}

// BeginObject starts a plain object: keys and values follow, then EndObject with the number of pairs.
func (e *Encoder) BeginObject() { e.buf = append(e.buf, tagObject) }

// EndObject ends a plain object.
func (e *Encoder) EndObject(pairs uint32) {
	e.buf = append(e.buf, tagObjectEnd)
	e.varint(uint64(pairs))
}

// BeginDenseArray starts an array without holes: length elements follow, then the pairs of its other properties.
func (e *Encoder) BeginDenseArray(length uint32) {
	e.buf = append(e.buf, tagDenseArray)
	e.varint(uint64(length))
}

// EndDenseArray ends what BeginDenseArray began.
func (e *Encoder) EndDenseArray(pairs, length uint32) {
	e.buf = append(e.buf, tagDenseArrayEnd)
	e.varint(uint64(pairs))
	e.varint(uint64(length))
}

// BeginSparseArray starts an array with holes: pairs of index or name and value follow.
func (e *Encoder) BeginSparseArray(length uint32) {
	e.buf = append(e.buf, tagSparseArray)
	e.varint(uint64(length))
}

// EndSparseArray ends what BeginSparseArray began.
func (e *Encoder) EndSparseArray(pairs, length uint32) {
	e.buf = append(e.buf, tagSparseArrayEnd)
	e.varint(uint64(pairs))
	e.varint(uint64(length))
}

// BeginMap starts a Map: keys and values follow in turn.
func (e *Encoder) BeginMap() { e.buf = append(e.buf, tagMap) }

// EndMap ends a Map of so many entries.
func (e *Encoder) EndMap(entries uint32) {
	e.buf = append(e.buf, tagMapEnd)
	e.varint(uint64(entries) * 2)
}

// BeginSet starts a Set: its values follow.
func (e *Encoder) BeginSet() { e.buf = append(e.buf, tagSet) }

// EndSet ends a Set of so many values.
func (e *Encoder) EndSet(values uint32) {
	e.buf = append(e.buf, tagSetEnd)
	e.varint(uint64(values))
}

// Date writes a Date by its time value, NaN for an invalid one.
func (e *Encoder) Date(ms float64) {
	e.buf = append(e.buf, tagDate)
	e.RawDouble(ms)
}

// BoolObject writes new Boolean(v).
func (e *Encoder) BoolObject(v bool) {
	if v {
		e.buf = append(e.buf, tagTrueObject)
	} else {
		e.buf = append(e.buf, tagFalseObject)
	}
}

// NumberObject writes new Number(v).
func (e *Encoder) NumberObject(v float64) {
	e.buf = append(e.buf, tagNumberObject)
	e.RawDouble(v)
}

// BigIntObject writes Object(v) of a BigInt.
func (e *Encoder) BigIntObject(v *big.Int) {
	e.buf = append(e.buf, tagBigIntObject)
	e.bigIntBody(v)
}

// BeginStringObject starts new String: the string follows.
func (e *Encoder) BeginStringObject() { e.buf = append(e.buf, tagStringObject) }

// BeginRegExp starts a RegExp: its source follows as a string, then EndRegExp.
func (e *Encoder) BeginRegExp() { e.buf = append(e.buf, tagRegExp) }

// EndRegExp ends a RegExp with its flags.
func (e *Encoder) EndRegExp(flags string) { e.varint(uint64(FlagBits(flags))) }

// ArrayBuffer writes an ArrayBuffer.
func (e *Encoder) ArrayBuffer(data []byte) {
	e.buf = append(e.buf, tagArrayBuffer)
	e.varint(uint64(len(data)))
	e.buf = append(e.buf, data...)
}

// TransferredArrayBuffer writes an ArrayBuffer that travels apart, under a number agreed between the two sides.
func (e *Encoder) TransferredArrayBuffer(id uint32) {
	e.buf = append(e.buf, tagBufferTransfer)
	e.varint(uint64(id))
}

// SharedArrayBuffer writes a SharedArrayBuffer by its number.
func (e *Encoder) SharedArrayBuffer(id uint32) {
	e.buf = append(e.buf, tagSharedBuffer)
	e.varint(uint64(id))
}

// View writes a view on the ArrayBuffer (or a Ref to it) written just before.
func (e *Encoder) View(t ViewType, byteOffset, byteLength uint32) {
	e.buf = append(e.buf, tagView, byte(t))
	e.varint(uint64(byteOffset))
	e.varint(uint64(byteLength))
	e.varint(0)
}

// BeginError starts an Error; its parts follow in the order message, cause, stack, each optional, then EndError.
func (e *Encoder) BeginError(kind ErrorKind) {
	e.buf = append(e.buf, tagError)
	if kind != 0 {
		e.buf = append(e.buf, byte(kind))
	}
}

// ErrorMessage announces the message, which follows as a string.
func (e *Encoder) ErrorMessage() { e.buf = append(e.buf, errTagMessage) }

// ErrorCause announces the cause, which follows.
func (e *Encoder) ErrorCause() { e.buf = append(e.buf, errTagCause) }

// ErrorStack announces the stack, which follows as a string.
func (e *Encoder) ErrorStack() { e.buf = append(e.buf, errTagStack) }

// EndError ends an Error.
func (e *Encoder) EndError() { e.buf = append(e.buf, errTagEnd) }

// BeginHost starts a host object, whose form is the embedder's: Raw… methods and values follow.
func (e *Encoder) BeginHost() { e.buf = append(e.buf, tagHost) }

// RawUint32 writes a bare varint, without a tag.
func (e *Encoder) RawUint32(v uint32) { e.varint(uint64(v)) }

// RawUint64 writes a bare varint, without a tag.
func (e *Encoder) RawUint64(v uint64) { e.varint(v) }

// RawDouble writes eight bare bytes.
func (e *Encoder) RawDouble(v float64) {
	if v != v {
		// One NaN for all, as V8 has it.
		e.buf = binary.LittleEndian.AppendUint64(e.buf, 0x7FF8000000000000)
		return
	}
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(v))
}

// RawBytes writes bare bytes.
func (e *Encoder) RawBytes(b []byte) { e.buf = append(e.buf, b...) }

func (e *Encoder) varint(v uint64) {
	for v >= 0x80 {
		e.buf = append(e.buf, byte(v)|0x80)
		v >>= 7
	}
	e.buf = append(e.buf, byte(v))
}

func varintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}
