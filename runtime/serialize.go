package runtime

import (
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
	"gonode/internal/engine/utf"
	"gonode/internal/v8ser"
)

// Serializer writes values in V8's structured-clone format. The zero hooks are those of structuredClone without
// transfer. Loop goroutine only.
type Serializer struct {
	v8ser.Encoder
	rt      *Runtime
	objects map[*goja.Object]uint32
	depth   int

	// HostViews makes typed arrays and DataViews host objects, as v8.DefaultSerializer does.
	HostViews bool
	// Host is asked about each object that is neither array nor plain function; it writes those that it knows as host
	// objects and returns true.
	Host func(o *goja.Object) bool
	// WriteHost writes a host object after its tag.
	WriteHost func(o *goja.Object)
	// CloneError makes what is thrown for a value that cannot be cloned.
	CloneError func(message string) goja.Value
	// Share gives a SharedArrayBuffer's memory a number to travel under. Without it they cannot be cloned.
	Share func(*engine.SharedMemory) uint32
	// Transferred are the ArrayBuffers that travel apart, with their numbers.
	Transferred map[*goja.Object]uint32
}

// maxCloneDepth bounds the nesting that is written.
const maxCloneDepth = 4000

// NewSerializer makes a serializer that writes behind what buf holds.
func (rt *Runtime) NewSerializer(buf []byte) *Serializer {
	s := &Serializer{rt: rt}
	s.Reset(buf)
	return s
}

// Again prepares for another, independent value.
func (s *Serializer) Again(buf []byte) {
	s.Reset(buf)
	s.depth = 0
	if len(s.objects) > 0 {
		if len(s.objects) > 1024 {
			s.objects = nil
		}
		clear(s.objects)
	}
}

// Value writes a value; it throws as V8 does.
func (s *Serializer) Value(v goja.Value) {
	if o, ok := v.(*goja.Object); ok {
		s.object(o)
		return
	}
	f := layout.Found()
	switch w := layout.WordsOf(v); w.Tab {
	case f.Int:
		s.Number(*(*int64)(w.Data))
		return
	case f.Float:
		s.Double(*(*float64)(w.Data))
		return
	case f.Bool:
		s.Bool(*(*bool)(w.Data))
		return
	case f.ASCII:
		s.ASCII(*(*string)(w.Data))
		return
	}
	if str, ok := v.(goja.String); ok {
		s.string(str)
		return
	}
	switch x := v.Export().(type) {
	case int64:
		s.Number(x)
	case float64:
		s.Double(x)
	case bool:
		s.Bool(x)
	case *big.Int:
		s.BigInt(x)
	default:
		switch {
		case goja.IsUndefined(v):
			s.Undefined()
		case goja.IsNull(v):
			s.Null()
		default:
			description := "Symbol()"
			if sym, ok := v.(*goja.Symbol); ok {
				description = "Symbol(" + sym.String() + ")"
			}
			s.fail(description)
		}
	}
}

func (s *Serializer) fail(what string) {
	message := what + " could not be cloned."
	if s.CloneError != nil {
		s.rt.Throw(s.CloneError(message))
	}
	s.rt.Throw(s.rt.NewPlainError("Error", message))
}

func (s *Serializer) string(str goja.String) {
	text := str.String()
	if len(text) == str.Length() {
		s.ASCII(text)
		return
	}
	s.UTF16(codeUnits(str))
}

func codeUnits(str goja.String) []uint16 {
	units := make([]uint16, str.Length())
	for i := range units {
		units[i] = str.CharAt(i)
	}
	return units
}

func (s *Serializer) object(o *goja.Object) {
	if id, met := s.objects[o]; met {
		s.Ref(id)
		return
	}
	if s.depth++; s.depth > maxCloneDepth {
		s.rt.Throw(s.rt.NewPlainError("RangeError", "Maximum call stack size exceeded"))
	}
	kind := engine.KindOf(o)
	if (kind == engine.TypedArray || kind == engine.DataViewObject) && !s.HostViews {
		s.object(o.Get("buffer").(*goja.Object))
	}
	if s.objects == nil {
		s.objects = map[*goja.Object]uint32{}
	}
	s.objects[o] = uint32(len(s.objects))
	if s.Host == nil || kind == engine.ArrayObject || !s.Host(o) {
		s.body(o, kind)
	}
	s.depth--
}

func (s *Serializer) body(o *goja.Object, kind engine.Kind) {
	switch kind {
	case engine.ArrayObject:
		s.array(o)
	case engine.DateObject:
		if t, ok := o.Export().(time.Time); ok {
			s.Date(float64(t.UnixMilli()))
		} else {
			s.Date(math.NaN())
		}
	case engine.BoxedPrimitive, engine.StringObject:
		s.boxed(o)
	case engine.RegExpObject:
		s.BeginRegExp()
		source, flags := s.rt.RegExps().Parts(o)
		s.string(source.(goja.String))
		s.EndRegExp(flags)
	case engine.MapObject:
		entries := engine.Entries(o)
		s.BeginMap()
		for _, v := range entries {
			s.Value(v)
		}
		s.EndMap(uint32(len(entries) / 2))
	case engine.SetObject:
		members := engine.Entries(o)
		s.BeginSet()
		for _, v := range members {
			s.Value(v)
		}
		s.EndSet(uint32(len(members)))
	case engine.ErrorObject:
		s.error(o)
	case engine.ArrayBufferObject:
		if id, ok := s.Transferred[o]; ok {
			s.TransferredArrayBuffer(id)
			return
		}
		if m := s.rt.SharedMemory(o); m != nil {
			if s.Share == nil {
				s.fail("#<SharedArrayBuffer>")
			}
			s.SharedArrayBuffer(s.Share(m))
			return
		}
		buffer := o.Export().(goja.ArrayBuffer)
		if buffer.Detached() {
			s.fail("An ArrayBuffer is detached and")
		}
		s.ArrayBuffer(buffer.Bytes())
	case engine.TypedArray, engine.DataViewObject:
		if s.HostViews {
			s.BeginHost()
			s.WriteHost(o)
			return
		}
		s.View(viewTypeOf(o), uint32(o.Get("byteOffset").ToInteger()), uint32(o.Get("byteLength").ToInteger()))
	case engine.OtherObject:
		s.BeginObject()
		if pairs, ok := s.shaped(o); ok {
			s.EndObject(pairs)
			return
		}
		s.EndObject(s.properties(o, s.rt.Names(o)))
	case engine.Function, engine.AsyncFunction, engine.GeneratorFunction, engine.AsyncGeneratorFunction, engine.ClassFunction:
		s.fail(o.String())
	case engine.GeneratorObject:
		s.fail("[object Generator]")
	case engine.ProxyObject:
		switch {
		case engine.IsArray(o):
			s.fail("[object Array]")
		case callable(o):
			s.fail(o.String())
		}
		s.fail("#<Object>")
	default:
		s.fail("#<" + classNameOf(o) + ">")
	}
}

func callable(o *goja.Object) bool {
	_, ok := goja.AssertFunction(o)
	return ok
}

func classNameOf(o *goja.Object) string {
	if engine.KindOf(o) == engine.ProxyObject || engine.KindOf(o) == engine.ArgumentsObject {
		return "Object"
	}
	if c, ok := o.Get("constructor").(*goja.Object); ok {
		if name := c.Get("name"); name != nil && name.String() != "" {
			return name.String()
		}
	}
	return "Object"
}

func (s *Serializer) array(o *goja.Object) {
	elements, ok := s.rt.Elements(o)
	length := uint32(o.Get("length").ToInteger())
	dense := ok && len(elements) == int(length)
	for _, v := range elements {
		if v == nil {
			dense = false
			break
		}
	}
	if !dense {
		s.BeginSparseArray(length)
		s.EndSparseArray(s.properties(o, s.rt.Names(o)), length)
		return
	}
	s.BeginDenseArray(length)
	if doubles(elements) {
		for _, v := range elements {
			s.Double(v.ToFloat())
		}
	} else {
		// A getter may change the array while it is written.
		for i, v := range append([]goja.Value(nil), elements...) {
			if _, object := v.(*goja.Object); object {
				if v = o.Get(strconv.Itoa(i)); v == nil {
					s.Hole()
					continue
				}
			}
			s.Value(v)
		}
	}
	pairs := uint32(0)
	if names, ok := s.rt.OwnNonIndexNames(o); !ok || len(names) > 1 {
		keys := s.rt.Names(o)
		pairs = s.properties(o, keys[min(int(length), len(keys)):])
	}
	s.EndDenseArray(pairs, length)
}

// doubles tells an array that V8 would hold as one of doubles: numbers only, not all small integers. All its elements
// are written as doubles.
func doubles(elements []goja.Value) bool {
	wide := false
	for _, v := range elements {
		if !goja.IsNumber(v) {
			return false
		}
		f := v.ToFloat()
		if f != float64(int32(f)) || f == 0 && math.Signbit(f) {
			wide = true
		}
	}
	return wide
}

// shaped writes the properties of an object with a shape. It is false if it has written none.
func (s *Serializer) shaped(o *goja.Object) (pairs uint32, ok bool) {
	if layout.SelfOf(o).Tab != layout.Found().Base {
		return 0, false
	}
	base := layout.BaseOf(o)
	shape := shapes.Of(base)
	if shape == nil {
		return 0, false
	}
	names := base.PropNames
	for i, name := range names {
		if len(name) == 0 || name[0]-'0' <= 9 || !isASCII(string(name)) || layout.WordsOf(shapes.Slots(base.Values)[i].Value).Tab == layout.Found().Property {
			return 0, false
		}
	}
	for i, name := range names {
		if shapes.Of(base) != shape {
			// A getter of another object has changed this one.
			var rest []string
			for _, name := range names[i:] {
				rest = append(rest, string(name))
			}
			return pairs + s.properties(o, rest), true
		}
		s.ASCII(string(name))
		s.Value(shapes.Slots(base.Values)[i].Value)
		pairs++
	}
	return pairs, true
}

// properties writes those of the keys that still exist.
func (s *Serializer) properties(o *goja.Object, keys []string) (pairs uint32) {
	for _, key := range keys {
		v := s.rt.Named(o, key)
		if v == nil {
			continue
		}
		if n, ok := arrayIndex(key); ok {
			s.Number(n)
		} else if isASCII(key) {
			s.ASCII(key)
		} else {
			s.UTF16(utf.Units(key))
		}
		s.Value(v)
		pairs++
	}
	return pairs
}

func isASCII[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func arrayIndex(key string) (int64, bool) {
	if key == "" || len(key) > 10 || key[0] < '0' || key[0] > '9' || key[0] == '0' && len(key) > 1 {
		return 0, false
	}
	n, err := strconv.ParseInt(key, 10, 64)
	return n, err == nil && n < math.MaxUint32
}

func (s *Serializer) boxed(o *goja.Object) {
	switch x := engine.BoxedValue(o).(type) {
	case goja.String:
		s.BeginStringObject()
		s.string(x)
	default:
		switch {
		case goja.IsNumber(x):
			s.NumberObject(x.ToFloat())
		case goja.IsBigInt(x):
			s.BigIntObject(x.Export().(*big.Int))
		default:
			if b, ok := x.Export().(bool); ok {
				s.BoolObject(b)
				return
			}
			s.fail("[object Symbol]")
		}
	}
}

func (s *Serializer) error(o *goja.Object) {
	name := "Error"
	if v := o.Get("name"); v != nil && !goja.IsUndefined(v) {
		name = v.String()
	}
	s.BeginError(v8ser.ErrorKindOf(name))
	own := map[string]bool{}
	for _, key := range o.GetOwnPropertyNames() {
		own[key] = true
	}
	if v := o.Get("message"); own["message"] && v != nil {
		s.ErrorMessage()
		s.string(v.ToString().(goja.String))
	}
	if v := o.Get("cause"); own["cause"] && v != nil {
		s.ErrorCause()
		s.Value(v)
	}
	if v, ok := o.Get("stack").(goja.String); ok {
		s.ErrorStack()
		s.string(v)
	}
	s.EndError()
}

var viewTypes = map[string]v8ser.ViewType{
	"Int8Array": v8ser.Int8Array, "Uint8Array": v8ser.Uint8Array, "Uint8ClampedArray": v8ser.Uint8ClampedArray,
	"Int16Array": v8ser.Int16Array, "Uint16Array": v8ser.Uint16Array, "Int32Array": v8ser.Int32Array,
	"Uint32Array": v8ser.Uint32Array, "Float16Array": v8ser.Float16Array, "Float32Array": v8ser.Float32Array, "Float64Array": v8ser.Float64Array,
	"BigInt64Array": v8ser.BigInt64Array, "BigUint64Array": v8ser.BigUint64Array, "DataView": v8ser.DataView,
}

func viewTypeOf(o *goja.Object) v8ser.ViewType { return viewTypes[engine.ViewName(o)] }

// WriteHostView writes a typed array or DataView as v8.DefaultSerializer does.
func (s *Serializer) WriteHostView(o *goja.Object) {
	index := -1
	if s.rt.IsBufferClass(o.Get("constructor")) {
		index = 10
	} else {
		for i, name := range hostViews {
			if name == engine.ViewName(o) {
				index = i
			}
		}
	}
	if index < 0 {
		s.rt.Throw(s.rt.NewPlainError("Error", "Unserializable host object: "+s.rt.Inspect(o)))
	}
	data, _ := s.rt.Bytes(o)
	s.RawUint32(uint32(index))
	s.RawUint32(uint32(len(data)))
	s.RawBytes(data)
}
