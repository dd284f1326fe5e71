package runtime

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/memory"
)

// Memory is the runtime's part in what package memory watches.
type Memory struct {
	rt      *Runtime
	account *memory.Account
	full    atomic.Bool // the limit has been passed
}

// StatusOutOfMemory is the exit status of a script that goes beyond its limit of memory: that of a process killed by SIGABRT.
const StatusOutOfMemory = 134

// watch opens the runtime's account, if it has a limit of its own; what it returns closes that. A runtime that is the
// whole process needs none: all that lives in the process counts for it.
func (m *Memory) watch() (end func()) {
	rt := m.rt
	if rt.cfg.MemoryLimit == 0 || rt.cfg.OwnsProcess {
		return func() {}
	}
	a := memory.Open(rt.cfg.MemoryLimit, func() {
		m.full.Store(true)
		rt.loop.Post(rt.loop.Stop)
		rt.Interrupt()
	})
	m.account = a
	rt.loop.Around(a.Do)
	return a.Close
}

// Need throws the RangeError of a failed allocation if there is no room for n bytes at once. Whoever lets a script say how much is
// allocated asks before. Loop goroutine only.
func (m *Memory) Need(n int) {
	if !m.Room(int64(n)) {
		m.rt.Throw(m.NoRoom())
	}
}

// NeedBuffer throws Node's error of a Buffer that cannot be had if there is no room for n bytes, where Need has the language's.
// Loop goroutine only.
func (m *Memory) NeedBuffer(n int) {
	if !m.Room(int64(n)) {
		m.rt.Throw(m.NoBuffer())
	}
}

// NoBuffer is the error that NeedBuffer throws. Loop goroutine only.
func (m *Memory) NoBuffer() *goja.Object { return m.rt.NewError("ERR_MEMORY_ALLOCATION_FAILED") }

// Room tells whether n bytes may be allocated at once. Any goroutine.
func (m *Memory) Room(n int64) bool {
	limit := m.rt.cfg.MemoryLimit
	return (limit == 0 || m.rt.cfg.OwnsProcess || uint64(n) <= limit) && memory.Room(n)
}

// NoRoom is the RangeError of a failed allocation. Loop goroutine only.
func (m *Memory) NoRoom() *goja.Object {
	return m.rt.NewPlainError("RangeError", "Array buffer allocation failed")
}

// exceeded ends the script after it went beyond its limit.
func (m *Memory) exceeded() {
	rt := m.rt
	rt.exit = &ExitError{Code: StatusOutOfMemory, OutOfMemory: true}
	if rt.cfg.Thread == 0 {
		WriteOutOfMemory(rt.Stderr(), time.Since(rt.started), m.account.Live(), rt.cfg.MemoryLimit)
	}
}

// WriteOutOfMemory writes Node's report of a heap that is full.
func WriteOutOfMemory(w io.Writer, age time.Duration, live, limit uint64) {
	const mb = 1 << 20
	fmt.Fprintf(w, "\n<--- Last few GCs --->\n\n[%d] %8d ms: Mark-Compact %.1f (%.1f) MB\n"+
		"FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n",
		os.Getpid(), age.Milliseconds(), float64(live)/mb, float64(limit)/mb)
}
