package fs

import (
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// file is the Go state of a ReadStream: a pipe between it and another stream in Go reads from it without JavaScript.
type file struct {
	m      *module
	stream *goja.Object
	read   goja.Value   // ReadStream.prototype._read
	source *goja.Symbol // under which the stream has its fs
}

// definePulling makes pulls(stream, source, read), which lets pipes do what read, the stream's method _read, does.
func (m *module) definePulling(b *goja.Object) {
	m.rt.SetFunc(b, "pulls", 3, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.Argument(0).(*goja.Object); ok {
			source, _ := call.Argument(1).(*goja.Symbol)
			m.rt.SetSlot(o, &file{m, o, call.Argument(2), source})
		}
		return goja.Undefined()
	})
}

// Pulls implements the streams' puller.
func (f *file) Pulls(fn goja.Value) bool {
	return fn == f.read && f.stream.GetSymbol(f.source) == goja.Value(f.m.exports) && engine.Property(f.m.exports, "read") == f.m.read
}

// Pull implements the streams' puller: it reads what the system has in memory.
func (f *file) Pull(n int64) ([]byte, bool) {
	fd, read := engine.Property(f.stream, "fd"), engine.Property(f.stream, "bytesRead")
	if fd == nil || read == nil || !goja.IsNumber(fd) || !goja.IsNumber(read) || !f.m.rt.Access.Owns(int(fd.ToInteger())) {
		return nil, false
	}
	pos, end := engine.Property(f.stream, "pos"), engine.Property(f.stream, "end")
	at, done := int64(-1), read.ToFloat()
	if pos != nil && !goja.IsUndefined(pos) {
		if !goja.IsNumber(pos) || pos.ToFloat() < 0 {
			return nil, false
		}
		at, done = pos.ToInteger(), pos.ToFloat()
	}
	if end == nil || !goja.IsNumber(end) || math.IsNaN(end.ToFloat()) {
		return nil, false
	}
	b := f.m.rt.Loop().Scratch()
	b = b[:int(max(min(float64(len(b)), float64(n), end.ToFloat()-done+1), 0))]
	if len(b) == 0 {
		return nil, true
	}
	got, all := readNow(int(fd.ToInteger()), b, at)
	if got == 0 {
		return nil, all
	}
	if at >= 0 {
		f.stream.Set("pos", at+int64(got))
	}
	f.stream.Set("bytesRead", read.ToInteger()+int64(got))
	return b[:got], true
}
