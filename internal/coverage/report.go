package coverage

import (
	"slices"
)

// Function is the coverage of a function, as V8's Profiler.FunctionCoverage.
type Function struct {
	Name    string  `json:"functionName"`
	Ranges  []Range `json:"ranges"`
	IsBlock bool    `json:"isBlockCoverage"`
}

// Range is how often a part of a text has run, in UTF-16 units.
type Range struct {
	Start int    `json:"startOffset"`
	End   int    `json:"endOffset"`
	Count uint32 `json:"count"`
}

// Functions gives what has run since the last Reset: as V8 does, the functions that have and those in them that have not.
func (s *Script) Functions() []Function {
	list := []Function{}
	for _, f := range s.functions {
		if !s.ran(f) && !s.ran(f.outer) {
			continue
		}
		n := s.Counts[f.counter]
		c := Function{Name: f.name, IsBlock: n > 0, Ranges: []Range{{s.offset(f.start), s.offset(f.end), n}}}
		if n > 0 {
			for _, b := range s.blocks(f) {
				c.Ranges = append(c.Ranges, Range{s.offset(b.start), s.offset(b.end), b.count})
			}
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b Function) int {
		if d := a.Ranges[0].Start - b.Ranges[0].Start; d != 0 {
			return d
		}
		return b.Ranges[0].End - a.Ranges[0].End
	})
	return list
}

// Reset begins to count anew.
func (s *Script) Reset() { clear(s.Counts) }

func (s *Script) ran(f *function) bool { return f != nil && s.Counts[f.counter] > 0 }

func (s *Script) offset(at int) int {
	if s.offsets == nil {
		return at
	}
	return int(s.offsets[at])
}

type counted struct {
	block
	count  uint32
	around int // the index of the block that it lies in, -1 for the function
}

// blocks are those of a function whose count is not that of what is around them; neighbours that have the same are one.
func (s *Script) blocks(f *function) []counted {
	list := make([]counted, 0, len(f.blocks))
	for _, b := range f.blocks {
		if b.end != open {
			b.start, b.end = max(b.start, f.start), min(b.end, f.end)
		}
		if b.start < b.end || b.end == open && b.start < f.end {
			list = append(list, counted{block: b, count: s.Counts[b.counter]})
		}
	}
	slices.SortStableFunc(list, func(a, b counted) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	list = slices.CompactFunc(list, func(a, b counted) bool { return b.end == open && a.start == b.start })
	nest(f, list)
	list = slices.DeleteFunc(join(list), func(b counted) bool { return b.start >= b.end })
	nest(f, list)
	kept := list[:0:0]
	for _, b := range list {
		count := s.Counts[f.counter]
		if b.around >= 0 {
			count = list[b.around].count
		}
		if b.count != count {
			kept = append(kept, b)
		}
	}
	nest(f, kept)
	return join(kept)
}

// nest finds out what lies in what, and ends what is open. What lies in another block without being all of it ends where that does.
func nest(f *function, list []counted) {
	around := []int{}
	for i := range list {
		b := &list[i]
		for len(around) > 0 && list[around[len(around)-1]].end <= b.start {
			around = around[:len(around)-1]
		}
		end, last := f.end, f.end-1
		b.around = -1
		if n := len(around) - 1; n >= 0 {
			b.around = around[n]
			end = list[b.around].end
			last = end
		}
		switch {
		case b.end != open:
			b.end = min(b.end, end)
		case i+1 < len(list) && list[i+1].start < end:
			b.end = list[i+1].start
		default:
			b.end = last
		}
		around = append(around, i)
	}
}

// join makes one of neighbours in the same block that have the same count.
func join(list []counted) []counted {
	out := list[:0:0]
	last := map[int]int{} // by the block around, where the last one in it is in out
	for _, b := range list {
		if i, ok := last[b.around]; ok && out[i].end == b.start && out[i].count == b.count {
			out[i].end = b.end
			continue
		}
		last[b.around] = len(out)
		out = append(out, b)
	}
	return out
}
