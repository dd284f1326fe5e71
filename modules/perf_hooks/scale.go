package perf_hooks

import (
	"math"
	"math/bits"
)

// scale tells the buckets of an HdrHistogram: they are as wide as the number of significant digits allows at each magnitude, and never narrower than the
// power of two at or below the lowest value that is told apart.
type scale struct {
	unit        int   // bits of a value that are never told apart
	digits      int   // bits of a value that are told apart, in all but the lowest magnitude
	untrackable int64 // the lowest value that is too high
}

// newScale tells values from lo to hi apart by the first decimal digits, figures of them. lo is at least 1.
func newScale(lo, hi int64, figures int) scale {
	b := scale{unit: bits.Len64(uint64(lo)) - 1, digits: bits.Len64(uint64(2*math.Pow10(figures)) - 1)}
	b.untrackable = int64(1) << (b.digits + b.unit)
	for b.untrackable <= hi {
		if b.untrackable > math.MaxInt64/2 {
			b.untrackable = math.MaxInt64
			break
		}
		b.untrackable <<= 1
	}
	return b
}

// shift is how many bits of a value are not told apart.
func (b *scale) shift(v int64) int {
	return max(bits.Len64(uint64(v))-b.digits, b.unit)
}

// lowest, middle and highest are values of the bucket that a value belongs to.
func (b *scale) lowest(v int64) int64 {
	s := b.shift(v)
	return v >> s << s
}

func (b *scale) middle(v int64) int64 { return b.lowest(v) + 1<<b.shift(v)>>1 }

func (b *scale) highest(v int64) int64 { return b.lowest(v) + 1<<b.shift(v) - 1 }
