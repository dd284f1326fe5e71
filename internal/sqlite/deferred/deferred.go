// Package deferred puts off what SQLite's packages do before main until a script first asks for a database: they fill tables of
// functions and ask the system for this and that, which would cost every process a tenth of its page faults.
//
// Go runs a package's initialisation by a task with a state, unless the state says that this is done. This package imports none of
// those whose tasks it marks, and its path sorts before theirs, so that it is initialised earlier (go.dev/ref/spec#Program_initialization).
package deferred

import (
	"sync"
	"unsafe"
)

// task is the head of a package's initialisation as Go's linker lays it out; the addresses of its functions follow.
type task struct{ state, functions uint32 }

// pending and done are states of a task.
const pending, done = 0, 2

//go:linkname humanize github.com/dustin/go-humanize..inittask
var humanize task

//go:linkname mathutil modernc.org/mathutil..inittask
var mathutil task

//go:linkname memory modernc.org/memory..inittask
var memory task

//go:linkname libc modernc.org/libc..inittask
var libc task

//go:linkname lib modernc.org/sqlite/lib..inittask
var lib task

// tasks are those put off, each behind those of the packages that it imports.
var tasks = [...]*task{&humanize, &mathutil, &memory, &libc, &lib}

var (
	putOff [len(tasks)]bool
	once   sync.Once
)

func init() {
	for i, t := range tasks {
		putOff[i] = t.putOff()
	}
}

// Run does what was put off, once in the process. It must be called before anything of these packages. Any goroutine.
func Run() {
	once.Do(func() {
		for i, t := range tasks {
			if putOff[i] {
				t.run()
			}
		}
	})
}

// putOff marks a task as done. One that is not as expected is left to Go.
func (t *task) putOff() bool {
	if t.state != pending || t.functions >= 1000 {
		return false
	}
	t.state = done
	return true
}

// run calls a task's functions.
func (t *task) run() {
	list := unsafe.Slice((*uintptr)(unsafe.Add(unsafe.Pointer(t), unsafe.Sizeof(*t))), t.functions)
	for n := range list {
		entry := &list[n] // what a function's value points to
		(*(*func())(unsafe.Pointer(&entry)))()
	}
}
