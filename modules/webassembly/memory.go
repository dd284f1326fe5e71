package webassembly

import (
	"math"
	"strconv"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/wasm"
	"gonode/runtime"
)

// memoryState is the state of a Memory.
type memoryState struct {
	m      *realm
	extern *wasm.Extern
	buffer *goja.Object // as scripts have it now, nil until one asks
	view   goja.ArrayBuffer
	length int
}

// inMemory marks the buffers of memories: scripts cannot detach them.
type inMemory struct{}

// Undetachable says so to the engine.
func (inMemory) Undetachable() {}

// Clone implements runtime.Cloneable: memory that is shared is so with other threads.
func (s *memoryState) Clone(*goja.Object) (revive func(*runtime.Runtime) goja.Value) {
	if !s.extern.Limits().Shared {
		return uncloned{s.m, "Memory"}.Clone(nil)
	}
	e := s.extern.Share()
	return func(rt *runtime.Runtime) goja.Value {
		m := realmOf(rt)
		m.machine()
		return m.object(e.Share())
	}
}

// number is a descriptor's or an argument's number, which is to lie between two others.
func (m *realm) number(v goja.Value, what string, least, most int64) int64 {
	f := v.ToNumber().ToFloat()
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		m.typeError(what + " must be convertible to a valid number")
	case math.Trunc(f) < 0:
		m.typeError(what + " must be non-negative")
	case f >= 1<<32:
		m.typeError(what + " must be in the unsigned long range")
	}
	n := int64(f)
	switch {
	case n < least:
		m.rangeError(what + ": value " + strconv.FormatInt(n, 10) + " is below the lower bound " + strconv.FormatInt(least, 10))
	case n > most:
		m.rangeError(what + ": value " + strconv.FormatInt(n, 10) + " is above the upper bound " + strconv.FormatInt(most, 10))
	}
	return n
}

func property(o *goja.Object, name string) goja.Value {
	if v := o.Get(name); v != nil {
		return v
	}
	return goja.Undefined()
}

// limits reads a descriptor's initial and maximum.
func (m *realm) limits(o *goja.Object, what string, most int64) (l wasm.Limits) {
	if v := property(o, "address"); !goja.IsUndefined(v) {
		switch text := v.ToString().String(); text {
		case "i32":
		case "i64":
			m.rt.Throw(m.rt.NewError("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "WebAssembly's addresses of 64 bits"))
		default:
			m.typeError(what + ": Unknown address type '" + text + "'; pass 'i32' or 'i64'")
		}
	}
	initial := property(o, "initial")
	if goja.IsUndefined(initial) {
		m.typeError(what + ": Property 'initial' is required")
	}
	l.Min = uint64(m.number(initial, what+": Property 'initial'", 0, most))
	if v := property(o, "maximum"); !goja.IsUndefined(v) {
		limit := most
		if most == wasm.MaxTable {
			limit = math.MaxUint32
		}
		l.Max, l.HasMax = uint64(m.number(v, what+": Property 'maximum'", int64(l.Min), limit)), true
	}
	return l
}

func (m *realm) memoryClass() *goja.Object {
	const what = "WebAssembly.Memory()"
	class, proto := m.class("Memory", 1, func(call goja.FunctionCall) any {
		o, ok := call.Argument(0).(*goja.Object)
		if !ok {
			m.typeError(what + ": Argument 0 must be a memory descriptor")
		}
		l := m.limits(o, what, wasm.MaxPages)
		if l.Shared = property(o, "shared").ToBoolean(); l.Shared && !l.HasMax {
			m.typeError(what + ": If shared is true, maximum property should be defined.")
		}
		if !m.rt.Memory.Room(int64(l.Min) << 16) {
			m.rangeError(what + ": could not allocate memory")
		}
		e, err := m.machine().NewMemory(l)
		if err != nil {
			m.rangeError(what + ": " + err.Error())
		}
		return m.object(e)
	})
	m.memory = proto
	m.rt.SetOperation(proto, "grow", 1, func(call goja.FunctionCall) goja.Value {
		const what = "WebAssembly.Memory.grow()"
		s := receiver[*memoryState](m, call.This, what, "Memory")
		n := m.number(call.Argument(0), what+": Argument 0", 0, math.MaxUint32)
		most := int64(wasm.MaxPages)
		if l := s.extern.Limits(); l.HasMax {
			most = int64(l.Max)
		}
		if pages := int64(len(s.extern.Bytes()) >> 16); s.extern.Limits().HasMax && pages+n > most {
			m.rangeError(what + ": Maximum memory size exceeded")
		}
		before, ok := s.extern.GrowMemory(uint32(n))
		if !ok {
			m.rangeError(what + ": Unable to grow instance memory")
		}
		if !s.extern.Limits().Shared {
			s.detach()
		}
		return m.vm.ToValue(before)
	})
	m.getter(proto, "buffer", func(this goja.Value) goja.Value {
		return receiver[*memoryState](m, this, "WebAssembly.Memory.buffer", "Memory").current()
	}, nil)
	return class
}

// newMemory makes the object of a memory.
func (m *realm) newMemory(e *wasm.Extern) *goja.Object {
	s := &memoryState{m: m, extern: e}
	return m.rt.NewObject(m.memory, s)
}

// current is the buffer over the memory as it is now.
func (s *memoryState) current() goja.Value {
	m, b := s.m, s.extern.Bytes()
	if s.buffer != nil && s.length == len(b) {
		return s.buffer
	}
	if s.length = len(b); s.extern.Limits().Shared {
		s.buffer = m.rt.NewSharedArrayBuffer(s.extern.Common(func(old any) any {
			shared, ok := old.(*engine.SharedMemory)
			switch {
			case !ok:
				return engine.SharedMemoryOver(b, s.extern.Mapping())
			case shared.Len() != len(b):
				return shared.Longer(b)
			}
			return shared
		}).(*engine.SharedMemory))
		m.rt.CallMethod(m.rt.Intrinsic("Object"), "freeze", s.buffer)
		return s.buffer
	}
	s.view = m.vm.NewArrayBuffer(b)
	s.buffer = m.vm.ToValue(s.view).(*goja.Object)
	m.rt.SetSlot(s.buffer, inMemory{})
	m.memories = append(m.memories, weak.Make(s))
	return s.buffer
}

// detach takes the buffer's bytes away: the memory has others now.
func (s *memoryState) detach() {
	if s.buffer != nil {
		s.view.Detach()
		s.buffer = nil
	}
}

// refresh detaches the buffers of memories that have grown.
func (m *realm) refresh() {
	if !m.grown.Load() {
		return
	}
	m.grown.Store(false)
	kept := m.memories[:0]
	for _, w := range m.memories {
		s := w.Value()
		if s == nil || s.buffer == nil {
			continue
		}
		if len(s.extern.Bytes()) != s.length {
			s.detach()
			continue
		}
		kept = append(kept, w)
	}
	clear(m.memories[len(kept):])
	m.memories = kept
}
