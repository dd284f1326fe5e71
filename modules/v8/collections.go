package v8

import (
	goruntime "runtime"
	"sync"
	"time"
)

// collection is one of the garbage collector's runs: how long the process stood still, and the bytes in use around it.
type collection struct {
	pause         time.Duration
	before, after uint64
}

// collections watches the collector, which tells of its runs only by what it frees.
type collections struct {
	mu   sync.Mutex
	last goruntime.MemStats
	list []collection
	over bool
}

func watchCollections() *collections {
	w := &collections{}
	goruntime.ReadMemStats(&w.last)
	w.arm()
	return w
}

// arm leaves something for the collector to find.
func (w *collections) arm() {
	goruntime.SetFinalizer(&struct{ w *collections }{w}, func(s *struct{ w *collections }) { s.w.note() })
}

func (w *collections) note() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.arm()
	w.look()
}

// look takes down what has run since the last look. What was in use before the collector ran is what was after the time before, and what has
// been allocated since.
func (w *collections) look() {
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	for n := w.last.NumGC; n < m.NumGC && m.NumGC-n <= uint32(len(m.PauseNs)); n++ {
		w.list = append(w.list, collection{time.Duration(m.PauseNs[n%uint32(len(m.PauseNs))]), w.last.HeapAlloc + m.TotalAlloc - w.last.TotalAlloc, m.HeapAlloc})
	}
	w.last = m
}

func (w *collections) stop() []collection {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.look()
	return w.list
}
