package cli

import "runtime/debug"

// tune fits the Go runtime to a process that is often small and short: measured in bench/README.md.
func tune() {
	debug.SetGCPercent(300)
}
