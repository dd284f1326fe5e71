package runtime

import (
	"sync"

	"golang.org/x/sys/unix"
)

// files are the descriptors that scripts have opened by number and not closed. They are watched in worker threads only, whose
// end closes them; a process's end does that by itself.
type files struct {
	mu     sync.Mutex
	open   map[int]bool
	closed bool
}

// TrackFile notes a descriptor that a script has opened, to be closed with the runtime. Any goroutine.
func (rt *Runtime) TrackFile(fd int) {
	if rt.cfg.Thread == 0 {
		return
	}
	f := &rt.files
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
}

// ForgetFile takes back TrackFile, just before the descriptor is closed or given away. Any goroutine.
func (rt *Runtime) ForgetFile(fd int) {
	if rt.cfg.Thread == 0 {
		return
	}
	rt.files.mu.Lock()
	defer rt.files.mu.Unlock()
	delete(rt.files.open, fd)
}

func (f *files) closeAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for fd := range f.open {
		unix.Close(fd)
	}
	f.open = nil
}
