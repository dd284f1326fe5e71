package cli

import "runtime/debug"

// tune fits the Go runtime to a process that is often small and short: measured in bench/README.md.
func tune() {
	debug.SetGCPercent(200)
}

// growStack gives the calling goroutine the stack that a script needs, in one step: growing it bit by bit copies it at
// each doubling, and walking its frames for that touches half a megabyte of the program's tables.
//
//go:noinline
func growStack(deep bool) (sum byte) {
	if deep {
		var frame [56 << 10]byte
		for i := range frame {
			frame[i] += byte(i)
			sum += frame[i>>1]
		}
	}
	return sum
}
