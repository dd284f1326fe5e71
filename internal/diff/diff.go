// Package diff tells how one sequence becomes another in the fewest steps, by Myers' greedy algorithm, as util.diff and
// the messages of assert do. It may be called from any goroutine.
package diff

// Op is what a step does with its element.
type Op int8

// The steps of a difference, by Node's numbers.
const (
	Expected Op = -1 // the element is in the expected sequence only
	Same     Op = 0  // in both
	Actual   Op = 1  // in the actual sequence only
)

// Step is one element of a difference.
type Step[T any] struct {
	Op    Op
	Value T
}

// Sequences gives the steps between two sequences, in order. Of equal elements the actual one is given. room is asked for
// each list of positions that is kept, with its length in bytes, and may end the work by a panic; it may be nil.
func Sequences[T any](actual, expected []T, equal func(a, b T) bool, room func(bytes int)) []Step[T] {
	n, m := len(actual), len(expected)
	// far[k+limit] is how far along actual the diagonal k has come.
	limit := n + m
	far := make([]int32, 2*limit+3)
	at := func(list []int32, centre, k int) int32 { return list[k+centre] }
	var trace [][]int32
	for d := 0; d <= limit; d++ {
		// Only the middle of far has been written to before round d.
		if room != nil {
			room(4 * (2*d + 3))
		}
		trace = append(trace, append([]int32(nil), far[limit+1-d-1:limit+1+d+2]...))
		for k := -d; k <= d; k += 2 {
			before, after := at(far, limit+1, k-1), at(far, limit+1, k+1)
			x := int(before) + 1
			if k == -d || k != d && before < after {
				x = int(after)
			}
			y := x - k
			for x < n && y < m && equal(actual[x], expected[y]) {
				x++
				y++
			}
			far[k+limit+1] = int32(x)
			if x >= n && y >= m {
				return back(trace, actual, expected)
			}
		}
	}
	return nil
}

// back walks the rounds from the last to the first.
func back[T any](trace [][]int32, actual, expected []T) []Step[T] {
	x, y := len(actual), len(expected)
	steps := make([]Step[T], 0, max(x, y))
	for d := len(trace) - 1; d >= 0; d-- {
		// trace[d] has the diagonals from -d-1 to d+1.
		list, centre := trace[d], d+1
		k := x - y
		before, after := list[k-1+centre], list[k+1+centre]
		previous := k - 1
		if k == -d || k != d && before < after {
			previous = k + 1
		}
		px := int(list[previous+centre])
		py := px - previous
		for x > px && y > py {
			x--
			y--
			steps = append(steps, Step[T]{Same, actual[x]})
		}
		if d > 0 {
			if x > px {
				x--
				steps = append(steps, Step[T]{Actual, actual[x]})
			} else {
				y--
				steps = append(steps, Step[T]{Expected, expected[y]})
			}
		}
	}
	for i, j := 0, len(steps)-1; i < j; i, j = i+1, j-1 {
		steps[i], steps[j] = steps[j], steps[i]
	}
	return steps
}
