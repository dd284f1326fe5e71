package wasm

import (
	"math"
	"reflect"
	goruntime "runtime"
	"sync"
	"time"
	"weak"

	"golang.org/x/sys/unix"
)

// mapping is the memory that threads share: as much as it may ever have is set aside at once, outside of Go's heap, and costs nothing
// until it is written to. It is given back when nobody holds the mapping any more.
type mapping struct{ bytes []byte }

func newMapping(n int) *mapping {
	if n == 0 {
		return &mapping{}
	}
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|noReserve)
	if err != nil {
		return &mapping{make([]byte, 0)} // too little: whoever asked for it is told
	}
	m := &mapping{b}
	goruntime.AddCleanup(m, func(b []byte) { unix.Munmap(b) }, b)
	return m
}

// Mapping is what holds the bytes of a shared memory: who has them is to have it, too.
func (e *Extern) Mapping() any {
	of := e.inst.in.FieldByName("MemoryInstance").Elem().FieldByName("expBuffer")
	return (*linear)(of.Elem().UnsafePointer()).mapping
}

// waiters wakes what waits in shared memories when the script is to end: code that waits is stopped by nothing else.
type waiters struct {
	mu       sync.Mutex
	memories []weak.Pointer[Instance]
}

// watch is for an instance whose code waits.
func (s *Store) watch(i *Instance) {
	w := &s.waiters
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.memories = append(w.memories, weak.Make(i)); len(w.memories) == 1 {
		go w.run(s.host)
	}
}

func (w *waiters) run(host Host) {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-host.Ended():
			return
		case <-look.C:
		}
		if !host.Interrupted() {
			continue
		}
		w.mu.Lock()
		for _, p := range w.memories {
			if i := p.Value(); i != nil {
				wake(i.in.FieldByName("MemoryInstance"))
			}
		}
		w.mu.Unlock()
	}
}

// wake wakes all that wait in a memory. Other threads' code may be woken without a cause then, as it must expect.
func wake(memory reflect.Value) {
	waiting := (*sync.Map)(memory.Elem().FieldByName("waiters").Addr().UnsafePointer())
	notify := memory.Interface().(interface {
		Notify(offset, count uint32) uint32
	})
	waiting.Range(func(offset, _ any) bool {
		notify.Notify(offset.(uint32), math.MaxUint32)
		return true
	})
}
