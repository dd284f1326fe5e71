// Package stack gives the main goroutine the stack that a script needs, in one step. Growing it bit by bit copies it at
// each doubling, and to walk its frames for that touches a megabyte of the program's tables. It imports nothing, so that
// it comes before nearly all other packages' initialisation.
package stack

var _ = grow(false)

// grow needs its frame, whether it uses it or not.
//
//go:noinline
func grow(deep bool) (sum byte) {
	if deep {
		var frame [56 << 10]byte
		for i := range frame {
			frame[i] += byte(i)
			sum += frame[i>>1]
		}
	}
	return sum
}
