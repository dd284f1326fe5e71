package memory

import (
	goruntime "runtime"
	"runtime/debug"

	"gonode/internal/sys"
)

// Rest gives memory back that a process which does nothing holds for what it did: its start, or a burst of requests, and of the program's file what only these needed. The collector
// would get to it after two minutes, and only to a part. Its methods belong to one goroutine.
type Rest struct {
	seen  uint64 // bytes allocated until the last look
	given uint64 // the same, when memory was given back last
	quiet int    // looks in a row that found nothing to do
}

// While a process looks after itself it allocates a little; a collection is worth its while if there is something to collect.
const (
	quietBytes = 128 << 10
	quietLooks = 3
	worthwhile = 1 << 20
)

// Look is called each second or so. It tells how many bytes the heap has.
func (r *Rest) Look() (heap uint64) {
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
	return m.HeapAlloc
}
