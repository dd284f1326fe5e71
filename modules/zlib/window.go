package zlib

import (
	"io"
	"reflect"
)

// window is what an inflating flate reader has decoded of a block that has not ended. The reader itself gives that only at the
// block's end, or when 32 KB are full; zlib gives it at once.
type window struct {
	history         *[]byte
	written, handed *int // positions in it
}

// windowOf finds the window inside a reader of package flate; it is nil if the reader is not made as expected.
func windowOf(r io.Reader) *window {
	v := reflect.Indirect(reflect.ValueOf(r))
	if v.Kind() != reflect.Struct {
		return nil
	}
	if v = v.FieldByName("dict"); v.Kind() != reflect.Struct {
		return nil
	}
	history, written, handed := v.FieldByName("hist"), v.FieldByName("wrPos"), v.FieldByName("rdPos")
	if !history.IsValid() || history.Type() != reflect.TypeFor[[]byte]() || written.Kind() != reflect.Int || handed.Kind() != reflect.Int {
		return nil
	}
	return &window{(*[]byte)(history.Addr().UnsafePointer()), (*int)(written.Addr().UnsafePointer()), (*int)(handed.Addr().UnsafePointer())}
}

// take gives what has been decoded and not been handed out. It may be called while the reader waits for input; what it
// gives is valid until the reader goes on.
func (w *window) take() []byte {
	b := (*w.history)[*w.handed:*w.written]
	*w.handed = *w.written
	return b
}
