package engine

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/dop251/goja"
)

// SharedMemory is what SharedArrayBuffers of one or more runtimes have in common: bytes that the engines read and write
// as they are, which JavaScript's memory model allows, and that Atomics reach by atomic instructions. Any goroutine.
type SharedMemory struct {
	data []byte // whole words, so that each element has an aligned one around it
	// length is that of memory that grows: the beginning of data.
	length *atomic.Int64
	owner  any // what is to be held
	*waitList
}

// waitList are the threads that wait.
type waitList struct {
	mu      sync.Mutex
	waiting map[int][]*waiter // by offset, the first to wait first
}

func newWaitList() *waitList { return &waitList{waiting: map[int][]*waiter{}} }

// SharedMemoryOver is shared memory that is someone else's: whole pages, which are there as long as their owner is held.
func SharedMemoryOver(data []byte, owner any) *SharedMemory {
	return &SharedMemory{data: data, owner: owner, waitList: newWaitList()}
}

// Longer is the same memory when there is more of it.
func (m *SharedMemory) Longer(data []byte) *SharedMemory {
	return &SharedMemory{data: data, owner: m.owner, waitList: m.waitList}
}

// waiter is a thread that waits, or one that goes on and wants to be told.
type waiter struct {
	woken chan struct{}
	tell  func(result string, by any) // in place of woken
	timer *time.Timer
}

func (w *waiter) wake(by any) {
	if w.tell == nil {
		close(w.woken)
		return
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.tell("ok", by)
}

func newSharedMemory(n int) *SharedMemory {
	words := make([]uint64, (n+7)/8)
	return &SharedMemory{data: unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*len(words))[:n], waitList: newWaitList()}
}

// Len is the number of bytes that there are by now.
func (m *SharedMemory) Len() int {
	if m.length != nil {
		return int(m.length.Load())
	}
	return len(m.data)
}

// grow makes the memory longer; it is false if it is too long already, or cannot be that long.
func (m *SharedMemory) grow(n int64) bool {
	for n <= int64(len(m.data)) {
		old := m.length.Load()
		if n < old {
			return false
		}
		if m.length.CompareAndSwap(old, n) {
			return true
		}
	}
	return false
}

// newSharedArrayBufferClass makes class SharedArrayBuffer: an ArrayBuffer of the engine over shared memory.
func (e *Engine) newSharedArrayBufferClass() goja.Value {
	class, proto := e.languageClass("SharedArrayBuffer", 1, func(call goja.ConstructorCall) *goja.Object {
		n := e.index(call.Argument(0), "Invalid array buffer length")
		limit := e.maxByteLength(call.Argument(1))
		proto := e.sharedProto
		if p := call.This.Prototype(); p != e.ObjectPrototype() || call.NewTarget != nil && call.NewTarget.Get("prototype") == goja.Value(p) {
			proto = p
		}
		switch {
		case limit < 0 && n > math.MaxInt32:
			e.Throw(e.NewPlainError("RangeError", "Array buffer allocation failed"))
		case limit >= 0 && (n > limit || limit > math.MaxInt32):
			e.Throw(e.NewPlainError("RangeError", "Invalid array buffer max length"))
		case limit >= 0:
			m := newSharedMemory(int(limit))
			m.length = &atomic.Int64{}
			m.length.Store(n)
			return e.sharedBuffer(m, proto)
		}
		return e.sharedBuffer(newSharedMemory(int(n)), proto)
	})
	e.sharedProto = proto
	class.DefineDataProperty("prototype", proto, flagFalse, flagFalse, flagFalse)
	this := func(v goja.Value, method string) *SharedMemory {
		m := e.SharedMemory(v)
		if m == nil {
			e.Throw(e.vm.NewTypeError("Method SharedArrayBuffer.prototype.%s called on incompatible receiver %s", method, e.Inspect(v)))
		}
		return m
	}
	e.SetGetter(proto, "byteLength", func(v goja.Value) goja.Value {
		m := this(v, "byteLength")
		if b := resizableOf(bufferOf(v)); b != nil {
			b.refresh()
		}
		return e.vm.ToValue(m.Len())
	}, nil)
	e.SetGetter(proto, "maxByteLength", func(v goja.Value) goja.Value { return e.vm.ToValue(len(this(v, "maxByteLength").data)) }, nil)
	e.SetGetter(proto, "growable", func(v goja.Value) goja.Value { return e.vm.ToValue(this(v, "growable").length != nil) }, nil)
	e.SetMethod(proto, "grow", 1, func(call goja.FunctionCall) goja.Value {
		m := e.SharedMemory(call.This)
		if m == nil || m.length == nil {
			e.Throw(e.vm.NewTypeError("%s", "Method SharedArrayBuffer.prototype.grow called on incompatible receiver "+e.describeValue(call.This)))
		}
		const invalid = "SharedArrayBuffer.prototype.grow: Invalid length parameter"
		if !m.grow(e.index(call.Argument(0), invalid)) {
			e.Throw(e.NewPlainError("RangeError", invalid))
		}
		resizableOf(bufferOf(call.This)).refresh()
		return goja.Undefined()
	})
	e.SetMethod(proto, "slice", 2, func(call goja.FunctionCall) goja.Value {
		memory := this(call.This, "slice")
		from := memory.data[:memory.Len()]
		at := func(v goja.Value, otherwise int) int {
			n := otherwise
			if !goja.IsUndefined(v) {
				if n = int(v.ToInteger()); n < 0 {
					n += len(from)
				}
			}
			return min(max(n, 0), len(from))
		}
		begin, end := at(call.Argument(0), 0), at(call.Argument(1), len(from))
		n := max(end-begin, 0)
		made := e.Construct(e.speciesOf(call.This.(*goja.Object), class), e.vm.ToValue(n))
		m := e.SharedMemory(made)
		switch {
		case m == nil:
			e.Throw(e.vm.NewTypeError("%s", "Method SharedArrayBuffer.prototype.slice called on incompatible receiver "+e.describeValue(made)))
		case m == memory:
			e.Throw(e.vm.NewTypeError("ArrayBuffer subclass returned this from species constructor"))
		case m.Len() < n:
			e.Throw(e.vm.NewTypeError("Species constructor returned a too small ArrayBuffer"))
		}
		if n > 0 {
			copy(m.data, from[begin:end])
		}
		return made
	})
	class.DefineAccessorPropertySymbol(goja.SymSpecies, e.Method("get [Symbol.species]", 0, func(call goja.FunctionCall) goja.Value { return call.This }), nil, flagTrue, flagFalse)
	proto.DefineDataPropertySymbol(goja.SymToStringTag, e.vm.ToValue("SharedArrayBuffer"), flagFalse, flagTrue, flagFalse)
	return class
}

// NewSharedArrayBuffer makes a SharedArrayBuffer over memory that another engine may have as well.
func (e *Engine) NewSharedArrayBuffer(m *SharedMemory) *goja.Object {
	if e.sharedProto == nil {
		e.Intrinsic("SharedArrayBuffer")
	}
	return e.sharedBuffer(m, e.sharedProto)
}

func (e *Engine) sharedBuffer(m *SharedMemory, proto *goja.Object) *goja.Object {
	data := m.data[:m.Len()]
	o := e.vm.ToValue(e.vm.NewArrayBuffer(data)).(*goja.Object)
	if m.length != nil {
		e.makeResizable(o, data, len(m.data), m)
	}
	o.SetPrototype(proto)
	e.SetSlot(o, m)
	return o
}

// SharedMemory is the memory of a SharedArrayBuffer, nil for anything else.
func (e *Engine) SharedMemory(v goja.Value) *SharedMemory {
	if o, ok := v.(*goja.Object); ok && e.sharedProto != nil && KindOf(o) == ArrayBufferObject {
		m, _ := e.Slot(o).(*SharedMemory)
		return m
	}
	return nil
}

// cell is an element of an integer typed array as Atomics see it.
type cell struct {
	memory *SharedMemory // nil where no other thread can reach it
	place  []byte
	offset int // in the memory
}

// load reads the element; its upper bits are 0.
func (c *cell) load() (v uint64) { return c.update(func(old uint64) uint64 { return old }) }

// update replaces the element by what f makes of it, at once for all threads, and gives the old one. f may be called again.
func (c *cell) update(f func(uint64) uint64) (old uint64) {
	p := unsafe.Pointer(&c.place[0])
	if c.memory == nil {
		for i := len(c.place) - 1; i >= 0; i-- {
			old = old<<8 | uint64(c.place[i])
		}
		v := f(old)
		for i := range c.place {
			c.place[i] = byte(v >> (8 * i))
		}
		return old
	}
	switch len(c.place) {
	case 8:
		word := (*uint64)(p)
		for {
			old = atomic.LoadUint64(word)
			if v := f(old); v == old || atomic.CompareAndSwapUint64(word, old, v) {
				return old
			}
		}
	case 4:
		word := (*uint32)(p)
		for {
			old := atomic.LoadUint32(word)
			if v := uint32(f(uint64(old))); v == old || atomic.CompareAndSwapUint32(word, old, v) {
				return uint64(old)
			}
		}
	}
	// Bytes and halves are part of a word of four.
	within := uintptr(p) & 3
	word := (*uint32)(unsafe.Add(p, -int(within)))
	shift, mask := 8*within, uint32(1)<<(8*len(c.place))-1
	for {
		all := atomic.LoadUint32(word)
		old := all >> shift & mask
		v := uint32(f(uint64(old))) & mask
		if v == old || atomic.CompareAndSwapUint32(word, all, all&^(mask<<shift)|v<<shift) {
			return uint64(old)
		}
	}
}

// wait waits until notify wakes this goroutine, if the element has that value. Only the end of the runtime disturbs it.
func (c *cell) wait(ctx context.Context, value uint64, timeout float64) string {
	m := c.memory
	m.mu.Lock()
	if c.load() != value {
		m.mu.Unlock()
		return "not-equal"
	}
	w := &waiter{woken: make(chan struct{})}
	m.waiting[c.offset] = append(m.waiting[c.offset], w)
	m.mu.Unlock()
	var late <-chan time.Time
	if timeout < math.MaxInt64/1e6 {
		timer := time.NewTimer(time.Duration(max(timeout, 0) * float64(time.Millisecond)))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-w.woken:
		return "ok"
	case <-late:
	case <-ctx.Done():
	}
	if m.forget(c.offset, w) {
		return "timed-out"
	}
	return "ok" // woken meanwhile
}

// waitAsync has tell called, on any goroutine, when notify wakes it or the time is over, and told by whom. If it is not to wait it says so
// instead.
func (c *cell) waitAsync(value uint64, timeout float64, tell func(result string, by any)) string {
	m := c.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.load() != value {
		return "not-equal"
	}
	if timeout <= 0 {
		return "timed-out"
	}
	w := &waiter{tell: tell}
	m.waiting[c.offset] = append(m.waiting[c.offset], w)
	if timeout < math.MaxInt64/1e6 {
		w.timer = time.AfterFunc(time.Duration(timeout*float64(time.Millisecond)), func() {
			if m.forget(c.offset, w) {
				tell("timed-out", nil)
			}
		})
	}
	return ""
}

// forget takes a waiter away that has not been woken.
func (m *SharedMemory) forget(offset int, w *waiter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, other := range m.waiting[offset] {
		if other == w {
			m.setWaiting(offset, append(m.waiting[offset][:i:i], m.waiting[offset][i+1:]...))
			return true
		}
	}
	return false
}

func (m *SharedMemory) setWaiting(offset int, list []*waiter) {
	if len(list) == 0 {
		delete(m.waiting, offset)
	} else {
		m.waiting[offset] = list
	}
}

// notify wakes the first of those that wait at the element.
func (c *cell) notify(count int, by any) int {
	m := c.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.waiting[c.offset]
	count = min(count, len(list))
	for _, w := range list[:count] {
		w.wake(by)
	}
	m.setWaiting(c.offset, list[count:])
	return count
}
