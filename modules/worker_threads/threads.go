package worker_threads

import (
	"maps"
	"slices"
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
	known     map[int]*member
	locks     lockTable
}

// member is one of the threads, from its making to its end.
type member struct {
	rt      *runtime.Runtime // nil until it runs
	waiting []func()         // what was posted to it before
	gone    chan struct{}    // closed at its end
}

type threadsKey struct{}

// threadsOf gives the threads that a runtime belongs to; a main thread starts with itself alone.
func threadsOf(rt *runtime.Runtime) *threads {
	t, ok := rt.Value(threadsKey{}).(*threads)
	if !ok {
		t = &threads{broadcast: map[string]*line{}, sources: &source.Cache{}, known: map[int]*member{0: {rt: rt, gone: make(chan struct{})}}}
		rt.SetValue(threadsKey{}, t)
		rt.Diagnosis.SetThreads(t.running)
	}
	return t
}

// number gives a new worker its number.
func (t *threads) number() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	t.known[t.last] = &member{gone: make(chan struct{})}
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

// started tells that a worker runs.
func (t *threads) started(rt *runtime.Runtime) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.known[rt.Config().Thread]
	m.rt = rt
	for _, f := range m.waiting {
		rt.Post(f)
	}
	m.waiting = nil
}

// running lists the workers that run, by their numbers.
func (t *threads) running() (list []*runtime.Runtime) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, number := range slices.Sorted(maps.Keys(t.known)) {
		if m := t.known[number]; number > 0 && m.rt != nil {
			list = append(list, m.rt)
		}
	}
	return list
}

// ended tells that a worker has ended, or was never started.
func (t *threads) ended(number int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.known[number].gone)
	delete(t.known, number)
}

// post runs f in a thread, as soon as that runs; gone tells of its end. It is false if there is no such thread.
func (t *threads) post(number int, f func(*runtime.Runtime)) (gone <-chan struct{}, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.known[number]
	if m == nil {
		return nil, false
	}
	task := func() { f(m.rt) }
	if m.rt != nil {
		m.rt.Post(task)
	} else {
		m.waiting = append(m.waiting, task)
	}
	return m.gone, true
}
