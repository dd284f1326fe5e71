package ecma402

import (
	"math"

	"github.com/dop251/goja"

	"gonode/internal/intl"
)

// segmenter is the state of an Intl.Segmenter, segments that of what its method segment gives, segmentIterator that of an iterator.
type (
	segmenter struct{ locale, granularity string }

	segments struct {
		text  goja.String
		list  *intl.Segments
		words bool
	}

	segmentIterator struct {
		s *segments
		n int
	}
)

func (in *Intl) defineSegmenter() {
	c := in.define("Segmenter", 0, false, func(call goja.FunctionCall) any {
		requested := in.localeList(call.Argument(0))
		o := in.strict(call.Argument(1), "Intl.Segmenter")
		in.matcher(o)
		l := in.resolve(requested, nil, nil)
		return &segmenter{l.locale, in.word(o, "granularity", "grapheme", "grapheme", "word", "sentence")}
	})
	get := func(call goja.FunctionCall, method string) *segmenter {
		return state[*segmenter](in, call.This, "Intl.Segmenter.prototype."+method, nil)
	}
	in.host.SetMethod(c.proto, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		s := get(call, "resolvedOptions")
		return in.record("locale", s.locale, "granularity", s.granularity)
	})
	proto := in.vm.NewObject()
	iterators := in.vm.CreateObject(in.host.IteratorPrototype())
	in.host.SetMethod(c.proto, "segment", 1, func(call goja.FunctionCall) goja.Value {
		s := get(call, "segment")
		v := call.Argument(0)
		text, ok := v.(goja.String)
		if !ok {
			text = in.vm.ToValue(in.toString(v)).(goja.String)
		}
		return in.host.NewObject(proto, &segments{text, intl.Segment(units(text), s.granularity), s.granularity == "word"})
	})
	in.host.SetMethod(proto, "containing", 1, func(call goja.FunctionCall) goja.Value {
		s := state[*segments](in, call.This, "%SegmentsPrototype%.containing", nil)
		n := math.Trunc(in.toNumber(call.Argument(0)))
		if n != n {
			n = 0
		}
		if n < 0 || n >= float64(s.text.Length()) {
			return goja.Undefined()
		}
		i, start, end := s.list.At(int(n))
		return in.segment(s, i, start, end)
	})
	iterate := in.host.Method("[Symbol.iterator]", 0, func(call goja.FunctionCall) goja.Value {
		s := state[*segments](in, call.This, "%SegmentsPrototype%[Symbol.iterator]", nil)
		return in.host.NewObject(iterators, &segmentIterator{s: s})
	})
	proto.DefineDataPropertySymbol(goja.SymIterator, iterate, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	in.host.SetMethod(iterators, "next", 0, func(call goja.FunctionCall) goja.Value {
		it := state[*segmentIterator](in, call.This, "%SegmentIterator.prototype%.next", nil)
		result := in.vm.NewObject()
		if it.n == len(it.s.list.Ends) {
			result.Set("value", goja.Undefined())
			result.Set("done", true)
			return result
		}
		start := 0
		if it.n > 0 {
			start = it.s.list.Ends[it.n-1]
		}
		result.Set("value", in.segment(it.s, it.n, start, it.s.list.Ends[it.n]))
		result.Set("done", false)
		it.n++
		return result
	})
	iterators.DefineDataPropertySymbol(goja.SymToStringTag, in.vm.ToValue("Segmenter String Iterator"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func units(s goja.String) []uint16 {
	list := make([]uint16, s.Length())
	for i := range list {
		list[i] = s.CharAt(i)
	}
	return list
}

// segment describes a segment.
func (in *Intl) segment(s *segments, n, start, end int) goja.Value {
	o := in.vm.NewObject()
	o.Set("segment", s.text.Substring(start, end))
	o.Set("index", start)
	o.Set("input", s.text)
	if s.words {
		o.Set("isWordLike", s.list.WordLike[n])
	}
	return o
}
