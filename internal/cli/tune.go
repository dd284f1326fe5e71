package cli

import (
	"os"
	"runtime/debug"
	"time"

	"gonode/internal/handle"
	"gonode/internal/memory"
	"gonode/runtime"
)

// tune fits the Go runtime to a process that is often small and short: measured in bench/README.md. limit is the size in bytes
// that the heap must not reach, 0 for what the machine allows.
func tune(limit uint64) {
	debug.SetGCPercent(300)
	began := time.Now()
	memory.Own(limit, func(o memory.Overflow) {
		runtime.WriteOutOfMemory(os.Stderr, time.Since(began), o.Live, o.Limit)
		handle.Abort()
	})
}
