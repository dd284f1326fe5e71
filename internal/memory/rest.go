package memory

import (
	goruntime "runtime"
	"runtime/debug"
	"time"

	"gonode/internal/sys"
)

// Rest gives memory back that a process which does nothing holds for what it did: its start, or a burst of requests, and of the program's file what only these needed. The collector
// would get to it after two minutes, and only to a part. Its methods belong to one goroutine.
type Rest struct {
	seen        uint64 // bytes allocated until the last look
	given       uint64 // the same, when memory was given back last
	quiet       int    // looks in a row that found nothing to do
	collections uint32 // that were seen
}

// While a process looks after itself it allocates a little; a collection is worth its while if there is something to collect.
const (
	quietBytes = 128 << 10
	quietLooks = 3
	worthwhile = 1 << 20
)

// Heap is how the heap is, in bytes, and how long collections have stopped the world since the last look.
type Heap struct {
	Used, Total uint64
	Pauses      []time.Duration
}

// Look is called each second or so.
func (r *Rest) Look() (heap Heap) {
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	if m.TotalAlloc-r.seen > quietBytes {
		r.quiet = 0
	} else {
		r.quiet++
	}
	r.seen = m.TotalAlloc
	if r.quiet == quietLooks && m.TotalAlloc-r.given > worthwhile {
		r.given = m.TotalAlloc
		go func() {
			debug.FreeOSMemory()
			sys.UnmapProgram()
		}()
	}
	heap.Used, heap.Total = m.HeapAlloc, m.HeapSys-m.HeapReleased
	for n := max(r.collections, m.NumGC-min(m.NumGC, uint32(len(m.PauseNs)))); n < m.NumGC; n++ {
		heap.Pauses = append(heap.Pauses, time.Duration(m.PauseNs[n%uint32(len(m.PauseNs))]))
	}
	r.collections = m.NumGC
	return heap
}
