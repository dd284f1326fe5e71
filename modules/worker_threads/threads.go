package worker_threads

import (
	"sync"

	"gonode/internal/source"
	"gonode/runtime"
)

// threads is what a main thread and all the workers below it share: numbers and the lines of BroadcastChannels. Any
// goroutine.
type threads struct {
	mu        sync.Mutex
	last      int // the latest number given to a worker
	broadcast map[string]*line
	sources   *source.Cache
	running   map[int]*runtime.Runtime
}

type threadsKey struct{}

// threadsOf gives the threads that a runtime belongs to; a main thread starts with itself alone.
func threadsOf(rt *runtime.Runtime) *threads {
	t, ok := rt.Value(threadsKey{}).(*threads)
	if !ok {
		t = &threads{broadcast: map[string]*line{}, sources: &source.Cache{}, running: map[int]*runtime.Runtime{0: rt}}
		rt.SetValue(threadsKey{}, t)
	}
	return t
}

// number gives a new worker its number.
func (t *threads) number() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	return t.last
}

// join makes an end of the broadcast line of that name.
func (t *threads) join(name string) *end {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.broadcast[name]
	if l == nil {
		l = &line{name: "broadcast " + name}
		t.broadcast[name] = l
	}
	e := &end{line: l}
	l.mu.Lock()
	l.ends = append(l.ends, e)
	l.mu.Unlock()
	return e
}

// leave takes an end off its broadcast line, and the line away with the last one.
func (t *threads) leave(name string, e *end) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.close()
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	if len(e.line.ends) == 0 {
		delete(t.broadcast, name)
	}
}

// started and ended tell which threads there are.
func (t *threads) started(rt *runtime.Runtime) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running[rt.Config().Thread] = rt
}

func (t *threads) ended(number int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.running, number)
}

func (t *threads) find(number int) *runtime.Runtime {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.running[number]
}
