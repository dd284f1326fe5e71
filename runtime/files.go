package runtime

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Files are the descriptors that scripts have opened by number and not closed. They are watched in worker threads and embedded runtimes, whose
// end closes them; a process's end does that by itself.
type Files struct {
	rt     *Runtime
	kept   bool // where the process goes on
	mu     sync.Mutex
	open   map[int]bool
	closed bool

	watched atomic.Int32 // those that the loop has besides
}

// Track notes a descriptor that a script has opened, to be closed with the runtime. Any goroutine.
func (f *Files) Track(fd int) {
	if !f.kept {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed { // it was opened on another goroutine while the thread ended
		unix.Close(fd)
		return
	}
	if f.open == nil {
		f.open = map[int]bool{}
	}
	f.open[fd] = true
	f.rt.Within("Descriptors", len(f.open)+int(f.watched.Load()), f.rt.cfg.Limits.Descriptors)
}

// Forget takes back Track, just before the descriptor is closed or given away. Any goroutine.
func (f *Files) Forget(fd int) {
	if !f.kept {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, fd)
}

func (f *Files) closeAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for fd := range f.open {
		unix.Close(fd)
	}
	f.open = nil
}

// number is how many are open. Any goroutine.
func (f *Files) number() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open)
}

// has tells whether a descriptor is among them.
func (f *Files) has(fd int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open[fd]
}
