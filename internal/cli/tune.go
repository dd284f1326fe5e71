package cli

import (
	"math"
	"os"
	goruntime "runtime"
	"time"

	"gonode/internal/handle"
	"gonode/internal/memory"
	"gonode/internal/sys"
	"gonode/runtime"
)

// tune fits the Go runtime to a process that is often small and short: measured in bench/README.md. limit is the size in bytes
// that the heap must not reach, 0 for what the machine allows.
func tune(limit uint64) {
	began := time.Now()
	memory.Own(limit, func(o memory.Overflow) {
		runtime.WriteOutOfMemory(os.Stderr, time.Since(began), o.Live, o.Limit)
		handle.Abort()
	})
	if os.Getenv("GOMAXPROCS") == "" {
		// The first collection is the first work for several processors; nearly all scripts end before it.
		goruntime.AddCleanup(&struct{ self *byte }{}, func(struct{}) { shareProcessors() }, struct{}{})
	}
}

// shareProcessors keeps the collector within what the control group may use of the machine's processors, as Go's own start does
// where main.go does not leave it out.
func shareProcessors() {
	if share := sys.Processors(); share > 0 {
		if n := max(2, int(math.Ceil(share))); n < goruntime.GOMAXPROCS(0) {
			goruntime.GOMAXPROCS(n)
		}
	}
}
