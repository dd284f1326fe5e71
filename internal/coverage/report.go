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
	start, end int
	count      uint32
}

// blocks are those of a function whose count is not that of what is around them; neighbours that have the same are one.
func (s *Script) blocks(f *function) (list []counted) {
	all := make([]counted, 0, len(f.blocks))
	for _, b := range f.blocks {
		if start, end := max(b.start, f.start), min(b.end, f.end); start < end {
			all = append(all, counted{start, end, s.Counts[b.counter]})
		}
	}
	slices.SortStableFunc(all, func(a, b counted) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	// What lies in another block without being all of it ends where that does.
	around := []counted{{f.start, f.end, s.Counts[f.counter]}}
	for _, b := range all {
		for len(around) > 1 && around[len(around)-1].end <= b.start {
			around = around[:len(around)-1]
		}
		parent := around[len(around)-1]
		b.end = min(b.end, parent.end)
		around = append(around, b)
		if b.count == parent.count {
			continue
		}
		if last := len(list) - 1; last >= 0 && list[last].end == b.start && list[last].count == b.count {
			list[last].end = b.end
			continue
		}
		list = append(list, b)
	}
	return list
}
