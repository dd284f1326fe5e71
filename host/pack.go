package host

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
)

// What passes between a host and its cell: values by the rules of Func.Call, each with a byte before it that says what it is.
const (
	packNull byte = iota
	packFalse
	packTrue
	packInt
	packUint
	packFloat
	packBig
	packString
	packBytes
	packTime
	packList
	packObject
	packException
	packError    // an error of the host's
	packFunction // a function of the host's
	packFunc     // a function of the script's
	packHandle   // an object of the script's
	packReader
	packWriter
)

// peer is what a side does with what is not copied.
type peer interface {
	// pack writes such a value; ok is false for all others.
	pack(w *packer, v any) (ok bool, err error)
	// unpack reads one.
	unpack(r *unpacker, tag byte) (any, error)
}

// packer writes values.
type packer struct {
	peer   peer
	buf    []byte
	limit  int // Limits.Message, 0 for none
	copied int
	most   int // how long it may get
}

func (w *packer) byte(b byte)     { w.buf = append(w.buf, b) }
func (w *packer) uint(n uint64)   { w.buf = binary.AppendUvarint(w.buf, n) }
func (w *packer) int(n int64)     { w.buf = binary.AppendVarint(w.buf, n) }
func (w *packer) float(f float64) { w.buf = binary.BigEndian.AppendUint64(w.buf, math.Float64bits(f)) }
func (w *packer) string(s string) { w.uint(uint64(len(s))); w.buf = append(w.buf, s...) }
func (w *packer) bytes(b []byte)  { w.uint(uint64(len(b))); w.buf = append(w.buf, b...) }

func (w *packer) bool(b bool) {
	if b {
		w.byte(packTrue)
	} else {
		w.byte(packFalse)
	}
}

// room counts what is copied, before it is.
func (w *packer) room(n int) error {
	w.copied += n
	if w.limit > 0 && w.copied > w.limit || len(w.buf)+n > w.most {
		return &LimitError{Limit: "Message"}
	}
	return nil
}

// any writes a value as Program.value gives it to scripts.
func (w *packer) any(v any) error { return w.value(reflect.ValueOf(v), 0) }

func (w *packer) value(v reflect.Value, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	if err := w.room(16); err != nil {
		return err
	}
	if !v.IsValid() {
		w.byte(packNull)
		return nil
	}
	if ok, err := w.peer.pack(w, v.Interface()); ok || err != nil {
		return err
	}
	switch x := v.Interface().(type) {
	case time.Time:
		w.byte(packTime)
		w.int(x.Unix())
		w.uint(uint64(x.Nanosecond()))
		return nil
	case *big.Int:
		if x == nil {
			w.byte(packNull)
			return nil
		}
		if err := w.room(x.BitLen() / 8); err != nil {
			return err
		}
		w.byte(packBig)
		w.bool(x.Sign() < 0)
		w.bytes(x.Bytes())
		return nil
	case []byte:
		if x == nil {
			w.byte(packNull)
			return nil
		}
		if err := w.room(len(x)); err != nil {
			return err
		}
		w.byte(packBytes)
		w.bytes(x)
		return nil
	}
	switch v.Kind() {
	case reflect.Bool:
		w.bool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.byte(packInt)
		w.int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		w.byte(packUint)
		w.uint(v.Uint())
	case reflect.Float32, reflect.Float64:
		w.byte(packFloat)
		w.float(v.Float())
	case reflect.String:
		if err := w.room(v.Len()); err != nil {
			return err
		}
		w.byte(packString)
		w.string(v.String())
	case reflect.Pointer, reflect.Interface:
		return w.value(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return w.list(v, depth)
	case reflect.Map:
		return w.mapped(v, depth)
	case reflect.Struct:
		return w.fields(v, depth)
	default:
		return fmt.Errorf("a %s cannot be given to a script", v.Type())
	}
	return nil
}

func (w *packer) list(v reflect.Value, depth int) error {
	if v.Kind() == reflect.Slice && v.IsNil() {
		w.byte(packNull)
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 { // a Buffer for scripts
		data := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(data), v)
		return w.value(reflect.ValueOf(data), depth)
	}
	w.byte(packList)
	w.uint(uint64(v.Len()))
	for i := range v.Len() {
		if err := w.value(v.Index(i), depth+1); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func (w *packer) mapped(v reflect.Value, depth int) error {
	if v.IsNil() {
		w.byte(packNull)
		return nil
	}
	if v.Type().Key().Kind() != reflect.String {
		return fmt.Errorf("a %s cannot be given to a script: its keys are no strings", v.Type())
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	w.byte(packObject)
	w.uint(uint64(len(keys)))
	for _, k := range keys {
		if err := w.room(k.Len()); err != nil {
			return err
		}
		w.string(k.String())
		if err := w.value(v.MapIndex(k), depth+1); err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
	}
	return nil
}

func (w *packer) fields(v reflect.Value, depth int) error {
	var all []field
	for _, f := range fieldsOf(v.Type()) {
		if !f.omitEmpty || !v.FieldByIndex(f.index).IsZero() {
			all = append(all, f)
		}
	}
	w.byte(packObject)
	w.uint(uint64(len(all)))
	for _, f := range all {
		w.string(f.name)
		if err := w.value(v.FieldByIndex(f.index), depth+1); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}
