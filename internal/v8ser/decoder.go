package v8ser

import (
	"encoding/binary"
	"math"
	"math/big"
)

// Key is a property's name as it is met: a string, in one of two forms that alias the input, or a number.
type Key struct {
	Latin1 []byte // valid where Wide is nil and IsNumber is false
	Wide   []byte // UTF-16LE code units
	Number float64
	// IsNumber tells an array index, or another number, from a name.
	IsNumber bool
}

// Builder makes the caller's values of what a Decoder meets. Byte slices alias the input. An error that it returns
// ends the decoding and is handed back as it is.
type Builder[V any] interface {
	Undefined() V
	Null() V
	Bool(bool) V
	Int(int64) V
	Double(float64) V
	BigInt(*big.Int) V
	Latin1([]byte) V
	UTF16LE([]byte) V
	UTF8([]byte) V

	NewObject() V
	NewArray(length uint32, dense bool) V
	SetIndex(array V, index uint32, value V)
	// SetHole leaves out the next element of a dense array.
	SetHole(array V, index uint32)
	SetProperty(object V, key Key, value V)
	NewMap() V
	MapSet(m, key, value V)
	NewSet() V
	SetAdd(set, value V)

	Date(ms float64) V
	Boxed(primitive V) V
	RegExp(source V, flags string) (V, error)
	Error(kind ErrorKind, message, cause, stack *V) V
	ArrayBuffer(data []byte) V
	// TransferredBuffer gives the buffer that travelled apart under that number.
	TransferredBuffer(id uint32, shared bool) (V, error)
	// View makes a view on a buffer that ArrayBuffer or TransferredBuffer made.
	View(buffer V, t ViewType, byteOffset, byteLength uint32) (V, error)
	// Host reads a host object with the decoder's Raw methods and Value.
	Host(d *Decoder[V]) (V, error)
}

// Decoder reads one serialization. Malformed input gives ErrData or ErrVersion; what it allocates is bounded by
// the length of the input.
type Decoder[V any] struct {
	in      []byte
	pos     int
	version uint32
	build   Builder[V]
	objects []object[V]
	depth   int
}

type object[V any] struct {
	value V
	state objectState
}

type objectState uint8

const (
	objectPending objectState = iota // begun, and not to be referred to before it is complete
	objectReady
	objectBuffer // an ArrayBuffer, which a view may follow
)

// NewDecoder prepares to read in.
func NewDecoder[V any](in []byte, build Builder[V]) *Decoder[V] {
	return &Decoder[V]{in: in, build: build}
}

// Header reads the header. Without one the version is 0, which Value reads like the present one.
func (d *Decoder[V]) Header() error {
	if d.pos >= len(d.in) || d.in[d.pos] != tagVersion {
		return ErrVersion
	}
	d.pos++
	v, ok := d.varint32()
	if !ok || v > maxVersion {
		return ErrVersion
	}
	d.version = v
	return nil
}

// Version is the wire format's version that Header read.
func (d *Decoder[V]) Version() uint32 { return d.version }

// Offset is the number of bytes read.
func (d *Decoder[V]) Offset() int { return d.pos }

// RawUint32 reads a bare varint.
func (d *Decoder[V]) RawUint32() (uint32, bool) { return d.varint32() }

// RawUint64 reads a bare varint.
func (d *Decoder[V]) RawUint64() (uint64, bool) { return d.varint(10) }

// RawDouble reads eight bare bytes.
func (d *Decoder[V]) RawDouble() (float64, bool) {
	b, ok := d.RawBytes(8)
	if !ok {
		return 0, false
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b)), true
}

// RawBytes reads bare bytes, which alias the input.
func (d *Decoder[V]) RawBytes(n int) ([]byte, bool) {
	if n < 0 || n > len(d.in)-d.pos {
		return nil, false
	}
	b := d.in[d.pos : d.pos+n : d.pos+n]
	d.pos += n
	return b, true
}

// Value reads one value.
func (d *Decoder[V]) Value() (V, error) {
	if d.depth++; d.depth > maxDepth {
		var none V
		return none, ErrData
	}
	known := len(d.objects)
	v, ref, err := d.value()
	d.depth--
	if err != nil || d.peek() != tagView {
		return v, err
	}
	// A view is written right after its buffer, which is new or a reference.
	if ref < 0 {
		ref = known
	}
	if ref >= len(d.objects) || d.objects[ref].state != objectBuffer {
		return v, nil
	}
	return d.view(v)
}

// peek is the next tag, past padding; tagPadding at the end of input.
func (d *Decoder[V]) peek() byte {
	for i := d.pos; i < len(d.in); i++ {
		if d.in[i] != tagPadding {
			return d.in[i]
		}
	}
	return tagPadding
}

func (d *Decoder[V]) tag() (byte, bool) {
	for d.pos < len(d.in) {
		t := d.in[d.pos]
		d.pos++
		if t != tagPadding {
			return t, true
		}
	}
	return 0, false
}

// value reads a value; ref is the number of the object that a reference named, or -1.
func (d *Decoder[V]) value() (v V, ref int, err error) {
	ref = -1
	t, ok := d.tag()
	if !ok {
		return v, ref, ErrData
	}
	switch t {
	case tagVerifyCount:
		if _, ok := d.varint32(); !ok {
			return v, ref, ErrData
		}
		v, err = d.Value()
		return v, ref, err
	case tagUndefined:
		return d.build.Undefined(), ref, nil
	case tagNull:
		return d.build.Null(), ref, nil
	case tagTrue:
		return d.build.Bool(true), ref, nil
	case tagFalse:
		return d.build.Bool(false), ref, nil
	case tagInt32:
		n, ok := d.varint32()
		if !ok {
			return v, ref, ErrData
		}
		return d.build.Int(int64(unzigzag(n))), ref, nil
	case tagUint32:
		n, ok := d.varint32()
		if !ok {
			return v, ref, ErrData
		}
		return d.build.Int(int64(n)), ref, nil
	case tagDouble:
		f, ok := d.RawDouble()
		if !ok {
			return v, ref, ErrData
		}
		return d.build.Double(f), ref, nil
	case tagBigInt:
		n, ok := d.bigInt()
		if !ok {
			return v, ref, ErrData
		}
		return d.build.BigInt(n), ref, nil
	case tagLatin1, tagUTF16, tagUTF8:
		v, err = d.stringBody(t)
		return v, ref, err
	case tagRef:
		id, ok := d.varint32()
		if !ok || int64(id) >= int64(len(d.objects)) || d.objects[id].state == objectPending {
			return v, ref, ErrData
		}
		return d.objects[id].value, int(id), nil
	}
	v, err = d.objectBody(t)
	return v, ref, err
}

func (d *Decoder[V]) objectBody(t byte) (v V, err error) {
	id := len(d.objects)
	d.objects = append(d.objects, object[V]{})
	state := objectReady
	switch t {
	case tagObject:
		v = d.build.NewObject()
		d.objects[id] = object[V]{v, objectReady}
		pairs, err := d.properties(v, tagObjectEnd)
		if err == nil && !d.expect(uint64(pairs)) {
			err = ErrData
		}
		return v, err
	case tagDenseArray:
		return d.denseArray(id)
	case tagSparseArray:
		return d.sparseArray(id)
	case tagMap:
		return d.mapBody(id)
	case tagSet:
		return d.setBody(id)
	case tagDate, tagNumberObject:
		f, ok := d.RawDouble()
		if !ok {
			return v, ErrData
		}
		if t == tagDate {
			v = d.build.Date(f)
		} else {
			v = d.build.Boxed(d.build.Double(f))
		}
	case tagTrueObject, tagFalseObject:
		v = d.build.Boxed(d.build.Bool(t == tagTrueObject))
	case tagBigIntObject:
		n, ok := d.bigInt()
		if !ok {
			return v, ErrData
		}
		v = d.build.Boxed(d.build.BigInt(n))
	case tagStringObject:
		s, err := d.string()
		if err != nil {
			return v, err
		}
		v = d.build.Boxed(s)
	case tagRegExp:
		source, err := d.string()
		if err != nil {
			return v, err
		}
		flags, ok := d.varint32()
		if !ok || flags&^regExpKnownFlagBits != 0 {
			return v, ErrData
		}
		if v, err = d.build.RegExp(source, flagString(flags)); err != nil {
			return v, err
		}
	case tagError:
		if v, err = d.errorBody(); err != nil {
			return v, err
		}
	case tagArrayBuffer, tagResizableBuffer:
		size, ok := d.varint32()
		if ok && t == tagResizableBuffer {
			var most uint32
			most, ok = d.varint32()
			ok = ok && size <= most
		}
		if !ok {
			return v, ErrData
		}
		data, ok := d.RawBytes(int(size))
		if !ok {
			return v, ErrData
		}
		v, state = d.build.ArrayBuffer(data), objectBuffer
	case tagBufferTransfer, tagSharedBuffer:
		n, ok := d.varint32()
		if !ok {
			return v, ErrData
		}
		if v, err = d.build.TransferredBuffer(n, t == tagSharedBuffer); err != nil {
			return v, err
		}
		state = objectBuffer
	case tagHost:
		if v, err = d.build.Host(d); err != nil {
			return v, err
		}
	default:
		return v, ErrData
	}
	d.objects[id] = object[V]{v, state}
	return v, nil
}

func (d *Decoder[V]) denseArray(id int) (v V, err error) {
	length, ok := d.varint32()
	// Each element takes a byte at least.
	if !ok || int64(length) > int64(len(d.in)-d.pos) {
		return v, ErrData
	}
	v = d.build.NewArray(length, true)
	d.objects[id] = object[V]{v, objectReady}
	for i := uint32(0); i < length; i++ {
		if d.peek() == tagHole {
			d.tag()
			d.build.SetHole(v, i)
			continue
		}
		element, err := d.Value()
		if err != nil {
			return v, err
		}
		d.build.SetIndex(v, i, element)
	}
	pairs, err := d.properties(v, tagDenseArrayEnd)
	if err == nil && (!d.expect(uint64(pairs)) || !d.expect(uint64(length))) {
		err = ErrData
	}
	return v, err
}

func (d *Decoder[V]) sparseArray(id int) (v V, err error) {
	length, ok := d.varint32()
	if !ok {
		return v, ErrData
	}
	v = d.build.NewArray(length, false)
	d.objects[id] = object[V]{v, objectReady}
	pairs, err := d.properties(v, tagSparseArrayEnd)
	if err == nil && (!d.expect(uint64(pairs)) || !d.expect(uint64(length))) {
		err = ErrData
	}
	return v, err
}

func (d *Decoder[V]) mapBody(id int) (v V, err error) {
	v = d.build.NewMap()
	d.objects[id] = object[V]{v, objectReady}
	count := uint64(0)
	for d.peek() != tagMapEnd {
		key, err := d.Value()
		if err != nil {
			return v, err
		}
		value, err := d.Value()
		if err != nil {
			return v, err
		}
		d.build.MapSet(v, key, value)
		count += 2
	}
	d.tag()
	if !d.expect(count) {
		err = ErrData
	}
	return v, err
}

func (d *Decoder[V]) setBody(id int) (v V, err error) {
	v = d.build.NewSet()
	d.objects[id] = object[V]{v, objectReady}
	count := uint64(0)
	for d.peek() != tagSetEnd {
		value, err := d.Value()
		if err != nil {
			return v, err
		}
		d.build.SetAdd(v, value)
		count++
	}
	d.tag()
	if !d.expect(count) {
		err = ErrData
	}
	return v, err
}

// properties reads pairs up to the end tag, and counts them.
func (d *Decoder[V]) properties(v V, end byte) (uint32, error) {
	for pairs := uint32(0); ; pairs++ {
		t, ok := d.tag()
		if !ok {
			return 0, ErrData
		}
		if t == end {
			return pairs, nil
		}
		key, ok := d.key(t)
		if !ok {
			return 0, ErrData
		}
		value, err := d.Value()
		if err != nil {
			return 0, err
		}
		d.build.SetProperty(v, key, value)
	}
}

func (d *Decoder[V]) key(t byte) (key Key, ok bool) {
	switch t {
	case tagInt32, tagUint32:
		n, ok := d.varint32()
		if t == tagInt32 {
			return Key{Number: float64(unzigzag(n)), IsNumber: true}, ok
		}
		return Key{Number: float64(n), IsNumber: true}, ok
	case tagDouble:
		f, ok := d.RawDouble()
		return Key{Number: f, IsNumber: true}, ok
	case tagLatin1, tagUTF16:
		b, ok := d.stringBytes(t)
		if t == tagUTF16 {
			return Key{Wide: b}, ok
		}
		return Key{Latin1: b}, ok
	}
	return key, false
}

func (d *Decoder[V]) errorBody() (v V, err error) {
	var kind ErrorKind
	var message, cause, stack *V
	for {
		t, ok := d.tag()
		if !ok {
			return v, ErrData
		}
		switch t {
		case errTagMessage, errTagStack:
			s, err := d.string()
			if err != nil {
				return v, err
			}
			if t == errTagMessage {
				message = &s
			} else {
				stack = &s
			}
		case errTagCause:
			c, err := d.Value()
			if err != nil {
				return v, err
			}
			cause = &c
		case errTagEnd:
			return d.build.Error(kind, message, cause, stack), nil
		default:
			if errorName(ErrorKind(t)) == "" {
				return v, ErrData
			}
			kind = ErrorKind(t)
		}
	}
}

func (d *Decoder[V]) view(buffer V) (v V, err error) {
	d.tag()
	if d.pos >= len(d.in) {
		return v, ErrData
	}
	t := ViewType(d.in[d.pos])
	d.pos++
	offset, ok1 := d.varint32()
	length, ok2 := d.varint32()
	ok3 := true
	if d.version >= 14 || d.version == 0 {
		_, ok3 = d.varint32()
	}
	size := uint32(t.Size())
	if !ok1 || !ok2 || !ok3 || size == 0 || offset%size != 0 || length%size != 0 {
		return v, ErrData
	}
	id := len(d.objects)
	d.objects = append(d.objects, object[V]{})
	if v, err = d.build.View(buffer, t, offset, length); err != nil {
		return v, err
	}
	d.objects[id] = object[V]{v, objectReady}
	return v, nil
}

// string reads a tagged string.
func (d *Decoder[V]) string() (v V, err error) {
	t, ok := d.tag()
	if !ok {
		return v, ErrData
	}
	return d.stringBody(t)
}

func (d *Decoder[V]) stringBody(t byte) (v V, err error) {
	b, ok := d.stringBytes(t)
	if !ok {
		return v, ErrData
	}
	switch t {
	case tagLatin1:
		return d.build.Latin1(b), nil
	case tagUTF16:
		return d.build.UTF16LE(b), nil
	case tagUTF8:
		return d.build.UTF8(b), nil
	}
	return v, ErrData
}

func (d *Decoder[V]) stringBytes(t byte) ([]byte, bool) {
	if t != tagLatin1 && t != tagUTF16 && t != tagUTF8 {
		return nil, false
	}
	n, ok := d.varint32()
	if !ok || t == tagUTF16 && n%2 != 0 {
		return nil, false
	}
	return d.RawBytes(int(n))
}

func (d *Decoder[V]) bigInt() (*big.Int, bool) {
	field, ok := d.varint32()
	if !ok {
		return nil, false
	}
	raw, ok := d.RawBytes(int(field >> 1))
	if !ok {
		return nil, false
	}
	digits := make([]byte, len(raw))
	for i, b := range raw {
		digits[len(raw)-1-i] = b
	}
	n := new(big.Int).SetBytes(digits)
	if field&1 != 0 {
		n.Neg(n)
	}
	return n, true
}

// expect reads a varint that must have that value.
func (d *Decoder[V]) expect(want uint64) bool {
	n, ok := d.varint(10)
	return ok && n == want
}

func (d *Decoder[V]) varint32() (uint32, bool) {
	if d.pos < len(d.in) && d.in[d.pos] < 0x80 {
		d.pos++
		return uint32(d.in[d.pos-1]), true
	}
	v, ok := d.varint(5)
	return uint32(v), ok
}

func (d *Decoder[V]) varint(most int) (uint64, bool) {
	var v uint64
	for i := 0; i < most && d.pos < len(d.in); i++ {
		b := d.in[d.pos]
		d.pos++
		v |= uint64(b&0x7F) << (7 * i)
		if b < 0x80 {
			return v, true
		}
	}
	return 0, false
}

func unzigzag(n uint32) int32 { return int32(n>>1) ^ -int32(n&1) }
