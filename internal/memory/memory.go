// Package memory keeps the Go heap, which all runtimes of a process share, within limits: that of the process, which is the
// machine's, its control group's or the one asked for, and those of single runtimes. It looks after each garbage collection
// and costs nothing between them: a process that ends before its first collection never reads a limit. Any goroutine.
package memory

import (
	"math"
	goruntime "runtime"
	"runtime/debug"
	"sync"

	"gonode/internal/sys"
)

// heap is the state beside the Go heap: there is one for the process, as there is one heap.
var heap struct {
	mu       sync.Mutex
	watched  bool
	machine  sys.Memory
	found    bool
	most     int64          // what the collector has been told
	growth   int            // the same, about how much the heap may grow between two collections, in percent
	owner    func(Overflow) // ends the process; nil if that is the host's affair
	asked    uint64         // the limit asked for, 0 for none
	accounts []*Account
	last     uint // number of an account
}

// Overflow says what went beyond the process's limit, in bytes.
type Overflow struct {
	Live, Limit uint64
}

// Own makes the package keep the whole process below a limit in bytes, 0 for what the machine and its control group allow.
// exceeded is called on another goroutine when what lives is more; it ends the process.
func Own(limit uint64, exceeded func(Overflow)) {
	heap.mu.Lock()
	defer heap.mu.Unlock()
	heap.owner, heap.asked = exceeded, limit
	grow(0)
	watch()
}

// What may be allocated between two collections, in percent of what lives. Objects that die young are cheap only if many of them do
// between two collections; a heap of a few megabytes may grow by more than a large one, and one of hundreds, as a compiler's, by as much
// as lives and largeGarbage.
const (
	growth       = 300
	smallGrowth  = 600
	smallHeap    = 8 << 20
	largeGarbage = 64 << 20
	growthStep   = 25
)

// growthFor is how much a heap may grow, in percent, of which so much lives.
func growthFor(live uint64) int {
	if live < smallHeap {
		return smallGrowth
	}
	return min(growth, (100+int(100*largeGarbage/live))/growthStep*growthStep)
}

// grow fits the collector to what lives.
func grow(live uint64) {
	if percent := growthFor(live); percent != heap.growth {
		heap.growth = percent
		debug.SetGCPercent(percent)
	}
}

// sentinel is an object that nobody holds: its cleanup runs after the next collection.
type sentinel struct{ self *sentinel }

func watch() {
	if !heap.watched {
		heap.watched = true
		arm()
	}
}

func arm() { goruntime.AddCleanup(&sentinel{}, func(struct{}) { collected() }, struct{}{}) }

// collected looks at the heap after a collection.
func collected() {
	heap.mu.Lock()
	defer heap.mu.Unlock()
	if heap.owner == nil && len(heap.accounts) == 0 {
		heap.watched = false
		return
	}
	defer arm()
	var s goruntime.MemStats
	goruntime.ReadMemStats(&s)
	if heap.owner != nil {
		limit := processLimit()
		grow(s.NextGC * 100 / uint64(100+heap.growth))
		adjust(&s, limit)
		if s.HeapAlloc > limit {
			if live := measure(); live > limit {
				heap.owner(Overflow{Live: live, Limit: limit})
			}
		}
	}
	if len(heap.accounts) > 0 {
		look(&s)
	}
}

// measure collects and gives what has lived through that. HeapAlloc counts garbage that is not swept yet,
// and what was allocated while the collection ran, which may be garbage as well.
func measure() uint64 {
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	goruntime.GC()
	goruntime.ReadMemStats(&after)
	fresh := after.TotalAlloc - before.TotalAlloc
	return after.HeapAlloc - min(after.HeapAlloc, fresh)
}

// Limit is how much may live in the process, in bytes, if Own was called: what was asked for, at most four fifths of what
// the machine has. The rest is for what the collector has yet to find, for stacks and for the program itself.
func Limit() uint64 {
	heap.mu.Lock()
	defer heap.mu.Unlock()
	return processLimit()
}

func processLimit() uint64 {
	if !heap.found {
		heap.found = true
		heap.machine = sys.FindMemory()
	}
	limit := heap.machine.Limit()
	if limit == math.MaxUint64 {
		limit = 1 << 62
	}
	limit -= limit/5 + min(limit/5, programSize)
	if asked := heap.asked; asked != 0 {
		for _, a := range heap.accounts {
			asked += a.limit
		}
		limit = min(limit, asked)
	}
	return limit
}

// programSize is what a process has in memory beside its heap.
const programSize = 8 << 20

// adjust tells the collector from what size on it has to work harder. In a control group there may be other processes, that do
// the same at the same time: before its next collection each may grow into a quarter of what is left.
func adjust(s *goruntime.MemStats, limit uint64) {
	m := &heap.machine
	most := m.Limit() - min(m.Limit()/10+programSize, m.Limit()/2)
	if heap.asked != 0 {
		most = min(most, limit+limit/4+4*programSize)
	}
	if m.Group != math.MaxUint64 && s.NextGC > m.Group/16 {
		own := s.Sys - s.HeapReleased
		usable := m.Group - m.Group/8
		most = min(most, own+(usable-min(usable, m.GroupUsed()))/4)
	}
	if most := int64(min(most, math.MaxInt64)); most != heap.most {
		heap.most = most
		debug.SetMemoryLimit(most)
	}
}

// Room tells whether n bytes more may be allocated at once without going beyond what the machine has or the process may
// hold. What is asked here is an allocation that fails by itself in Node, as that of an ArrayBuffer does.
func Room(n int64) bool {
	const small = 16 << 20
	if n < small {
		return true
	}
	limit := Limit()
	if uint64(n) > limit {
		return false
	}
	var s goruntime.MemStats
	goruntime.ReadMemStats(&s)
	if uint64(n) <= limit-min(limit, s.HeapAlloc) {
		return true
	}
	live := measure()
	return uint64(n) <= limit-min(limit, live)
}
