package sys

import (
	"runtime"
	"sync"
)

// Go ends the process when it wants a thread and the system has none to give (RLIMIT_NPROC). It wants one when a goroutine stays in a system
// call and others are to run. So near that limit a thread is made for each call that may stay, before it is made, and only if the system is
// found to have one; threads that exist are kept and used again.

var threads struct {
	mu    sync.Mutex
	spare int // threads that have been made ready and are not reserved
}

const (
	// fewTasks is how near the limit must be.
	fewTasks = 512
	// startThreads are made ready when a process begins near its limit: for the calls of Go's own runtime, and for the first that stay.
	startThreads = 4
	// leftTasks are not used for threads: they are for child processes, for what others of the user start meanwhile, and for a thread that Go
	// makes of its own accord.
	leftTasks = 3
)

// ReadyThreads makes some threads ready if the process may have only a few more. It comes before anything else runs. Any goroutine.
func ReadyThreads() {
	if !nearTaskLimit() {
		return
	}
	threads.mu.Lock()
	defer threads.mu.Unlock()
	runtime.GOMAXPROCS(min(2, runtime.GOMAXPROCS(0)))
	const own = 2 // what Go's runtime wants besides
	if n := freeTasks(startThreads+own+leftTasks) - leftTasks; n > 0 {
		makeThreads(n)
		threads.spare += max(0, n-own)
	}
}

// Thread is the right to stay in a system call on one more thread: true if that was made ready for it.
type Thread bool

// ReserveThread tells whether one more goroutine may stay in a system call. Who gets ok calls Release afterwards. Any goroutine.
func ReserveThread() (t Thread, ok bool) {
	threads.mu.Lock()
	defer threads.mu.Unlock()
	switch {
	case threads.spare > 0:
		threads.spare--
	case !nearTaskLimit():
		return false, true
	case freeTasks(1+leftTasks) <= leftTasks:
		return false, false
	default:
		makeThreads(1)
	}
	return true, true
}

// Release leaves the thread to the next. Any goroutine.
func (t Thread) Release() {
	if t {
		threads.mu.Lock()
		threads.spare++
		threads.mu.Unlock()
	}
}

// TasksAtStart is how many threads a Go program has when its main function begins, or soon after.
const TasksAtStart = 5

// TasksLeft tells whether the user may have n more threads or processes. Any goroutine.
func TasksLeft(n int) bool { return !nearTaskLimit() || freeTasks(n) == n }

// makeThreads has Go make n more threads. A goroutine that is locked to its thread keeps it from all others, so that in the end they need a
// new one.
func makeThreads(n int) {
	var all sync.WaitGroup
	release := make(chan struct{})
	for most := countThreads() + n; countThreads() < most; {
		locked := make(chan struct{})
		all.Go(func() {
			runtime.LockOSThread()
			close(locked)
			<-release
			runtime.UnlockOSThread()
		})
		<-locked
	}
	close(release)
	all.Wait()
}

// countThreads is how many threads Go has made. It keeps them all.
func countThreads() int {
	n, _ := runtime.ThreadCreateProfile(nil)
	return n
}
