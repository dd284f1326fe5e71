package wasm

import (
	"slices"
	"testing"
	"time"
)

type idle struct{ ticks int }

func (h *idle) Tick() {
	if h.ticks++; h.ticks > 3 {
		panic("stopped")
	}
}
func (h *idle) Room(n int64) bool      { return n < 1<<26 }
func (h *idle) Grown()                 {}
func (h *idle) Interrupted() bool      { return false }
func (h *idle) Ended() <-chan struct{} { return nil }

var header = []byte("\x00asm\x01\x00\x00\x00")

// module is a module of one function, which is exported as f, with a memory and a table.
func module(params, results []byte, body ...byte) []byte {
	t := append(append(append([]byte{1, 0x60, byte(len(params))}, params...), byte(len(results))), results...)
	code := append(append([]byte{1, byte(len(body) + 2), 0}, body...), opEnd)
	return slices.Concat(header, sectionOf(secType, t...), sectionOf(secFunction, 1, 0), sectionOf(secTable, 1, 0x70, 0, 2), sectionOf(secMemory, 1, 0, 1),
		sectionOf(secExport, 1, 1, 'f', 0, 0), sectionOf(secCode, code...))
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		module []byte
		want   string
	}{
		{nil, "expected 4 bytes, fell off end @+0"},
		{[]byte("abcdefgh"), "expected magic word 00 61 73 6d, found 61 62 63 64 @+0"},
		{append(slices.Clone(header), 77, 0), "unknown section code #0x4d @+10"},
		{module(nil, []byte{0x7f}), "Compiling function #0 failed: expected 1 elements on the stack for fallthru, found 0 @+42"},
		{module(nil, nil, opBr, 3), "Compiling function #0 failed: invalid branch depth: 3 @+42"},
		{module(nil, nil), ""},
	} {
		_, err := Decode(c.module)
		if got := errorText(err); got != c.want {
			t.Errorf("%x: %s, want %s", c.module, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func start(t *testing.T, h Host, b []byte) *Extern {
	t.Helper()
	m, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStore(h)
	c, err := s.Compile(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	i, err := s.Instantiate(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return i.Extern(Func, 0)
}

func TestCodeIsAskedToStop(t *testing.T) {
	if !Supported() {
		t.Skip("no engine for this processor")
	}
	for name, body := range map[string][]byte{
		"loop":      {opLoop, 0x40, opBr, 0, opEnd},
		"fill":      {opLoop, 0x40, opI32Const, 0, opI32Const, 0, opI32Const, 0x80, 0x80, 4, 0xfc, 11, 0, opBr, 0, opEnd},
		"recursion": {opCall, 0, opCall, 0},
		"indirect":  {opI32Const, 0, opCallIndirect, 0, 0, opLoop, 0x40, opBr, 0, opEnd},
	} {
		h := &idle{}
		f := start(t, h, module(nil, nil, body...))
		if name == "indirect" {
			f.inst.Extern(Table, 0).Elements()[0] = f.Ref()
		}
		begun := time.Now()
		func() {
			defer func() { recover() }()
			if trap := f.Call(make([]uint64, 1)); trap != nil && !trap.Deep {
				t.Errorf("%s: %s", name, trap.Message)
			}
		}()
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestTrapsAreNamed(t *testing.T) {
	if !Supported() {
		t.Skip("no engine for this processor")
	}
	i32 := []byte{byte(I32)}
	for want, body := range map[string][]byte{
		"unreachable":                 {opUnreachable},
		"remainder by zero":           {opI32Const, 1, opI32Const, 0, 0x6f},
		"divide by zero":              {opI32Const, 1, opI32Const, 0, 0x6d},
		"memory access out of bounds": {opI32Const, 0x7f, 0x28, 2, 0},
		"null function or function signature mismatch": {opI32Const, 0, opCallIndirect, 0, 0},
	} {
		if trap := start(t, &idle{}, module(nil, i32, body...)).Call(make([]uint64, 1)); trap == nil || trap.Message != want {
			t.Errorf("%v, want %s", trap, want)
		}
	}
}

// What is valid here is to be valid for the engine that runs it.
func FuzzDecode(f *testing.F) {
	if !Supported() {
		f.Skip("no engine for this processor")
	}
	f.Add(module(nil, nil))
	f.Add(module([]byte{byte(I32)}, []byte{byte(I32)}, opLoop, 0x40, opLocalGet, 0, opI32Const, 1, 0x6b, opLocalTee, 0, opBrIf, 0, opEnd, opLocalGet, 0))
	f.Add(module(nil, []byte{byte(I64)}, opBlock, byte(I64), opI64Const, 1, opI32Const, 0, opBrTable, 1, 0, 0, opEnd))
	f.Add(module([]byte{byte(F64)}, []byte{byte(I32)}, opLocalGet, 0, 0xfc, 2, opIf, 0x40, opI32Const, 0, opMemoryGrow, 0, opDrop, opElse, opEnd, opI32Const, 0, opTableGet, 0, opRefIsNull))
	s := NewStore(&idle{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		if _, err := s.Compile(m, 1); err != nil {
			t.Errorf("%x: %v", b, err)
		}
	})
}
