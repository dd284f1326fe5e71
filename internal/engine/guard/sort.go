package guard

import (
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// comparison is what a sort without one compares by, and looks for interruptions.
func comparison(rt *goja.Runtime) goja.Value {
	return rt.ToValue(func(call goja.FunctionCall) goja.Value {
		Poll(rt)
		x, y := call.Argument(0), call.Argument(1)
		return rt.ToValue(text(rt, x).CompareTo(text(rt, y)))
	})
}

// comparing puts a function before a comparison that looks for interruptions, and gives 0 where that gives -0, which the engine takes for less.
func comparing(rt *goja.Runtime, args []goja.Value) []goja.Value {
	f, ok := comparator(rt, args)
	if !ok {
		return args
	}
	args = slices.Clone(args)
	args[0] = rt.ToValue(func(call goja.FunctionCall) goja.Value {
		if order := f(call.Argument(0), call.Argument(1)); order != 0 {
			return rt.ToValue(order)
		}
		return rt.ToValue(0)
	})
	return args
}

// comparator is the comparison among a sort's arguments, which looks for interruptions.
func comparator(rt *goja.Runtime, args []goja.Value) (f func(x, y goja.Value) float64, ok bool) {
	if len(args) == 0 {
		return nil, false
	}
	compare, ok := goja.AssertFunction(args[0])
	return func(x, y goja.Value) float64 {
		Poll(rt)
		order, err := compare(goja.Undefined(), x, y)
		if err != nil {
			panic(err)
		}
		return order.ToNumber().ToFloat()
	}, ok
}

// sorting is a call of sort or toSorted.
type sorting struct {
	facts   *layout.Facts
	rt      *goja.Runtime
	plain   native
	call    goja.FunctionCall
	o       *goja.Object
	n       float64 // its length, -1 if that cannot be told
	holes   bool    // there may be some
	isArray bool
	compare func(x, y goja.Value) float64 // nil without a function
	byText  goja.Value                    // what is compared by then
}

func sorts(f func(*sorting) goja.Value) wrapper {
	return func(rt *goja.Runtime, plain native) native {
		facts, byText := layout.Found(), comparison(rt)
		return func(call goja.FunctionCall) goja.Value {
			o, ok := call.This.(*goja.Object)
			if !ok {
				return plain(call)
			}
			s := &sorting{facts: facts, rt: rt, plain: plain, call: call, o: o, isArray: layout.SelfOf(o).Tab == facts.Array, byText: byText}
			s.n, s.holes = extent(facts, o)
			if compare, ok := comparator(rt, call.Arguments); ok {
				s.compare = compare
			}
			return f(s)
		}
	}
}

// guardSort sorts arrays without holes here: the engine sorts in place, where comparisons may change the array, and with far more of them.
var guardSort = sorts(func(s *sorting) goja.Value {
	if s.n > maxCopy {
		RangeError(s.rt, "Invalid array length")
	}
	long := s.n > longWay || s.n < 0
	switch {
	case s.compare != nil && s.isArray && !s.holes:
		sortArray(s.facts, s.o, s.compare)
		return s.o
	case s.compare != nil:
		s.call.Arguments = comparing(s.rt, s.call.Arguments)
	case long && goja.IsUndefined(s.call.Argument(0)):
		s.call.Arguments = []goja.Value{s.byText}
	case !long:
		return s.plain(s.call)
	}
	if !s.holes || !long && !(s.compare != nil && s.isArray && layout.BaseOf(s.o).Extensible) {
		return s.plain(s.call)
	}
	v := view(s.facts, s.rt, s.o)
	s.call.This = v
	if result := s.plain(s.call); result != v {
		return result
	}
	return s.o
})

// guardToSorted does so with sorts of a copy.
var guardToSorted = sorts(func(s *sorting) goja.Value {
	if s.n > maxCopy && s.n < 1<<32 {
		RangeError(s.rt, "Invalid array length")
	}
	if s.compare != nil {
		if s.isArray && !s.holes {
			list := sorted(slices.Clone(arrayValues(s.o)), s.compare)
			return arrayOf(s.rt, list, len(list))
		}
		s.call.Arguments = comparing(s.rt, s.call.Arguments)
	}
	if s.n <= longWay && s.n >= 0 {
		return s.plain(s.call)
	}
	if goja.IsUndefined(s.call.Argument(0)) {
		s.call.Arguments = []goja.Value{s.byText}
	}
	if s.holes {
		s.call.This = view(s.facts, s.rt, s.o)
	}
	return s.plain(s.call)
})

func arrayValues(o *goja.Object) []goja.Value {
	return (*layout.ArrayObject)(layout.SelfOf(o).Data).Values
}

// sortArray sorts an array without holes, which comparisons may change.
func sortArray(facts *layout.Facts, o *goja.Object, compare func(x, y goja.Value) float64) {
	list := sorted(slices.Clone(arrayValues(o)), compare)
	if n, holes := extent(facts, o); layout.SelfOf(o).Tab == facts.Array && !holes && int(n) == len(list) {
		copy(arrayValues(o), list)
		return
	}
	store(o, list)
}

// store writes values to the indexes of an object.
func store(o *goja.Object, list []goja.Value) {
	for i, v := range list {
		if err := o.Set(strconv.Itoa(i), v); err != nil {
			panic(err)
		}
	}
}

// sorted sorts a list, with what is undefined at its end.
func sorted(list []goja.Value, compare func(x, y goja.Value) float64) []goja.Value {
	defined := list[:0]
	for _, v := range list {
		if !goja.IsUndefined(v) {
			defined = append(defined, v)
		}
	}
	for i := len(defined); i < len(list); i++ {
		list[i] = goja.Undefined()
	}
	MergeSort(defined, func(x, y goja.Value) bool { return compare(x, y) < 0 })
	return list
}

// MergeSort sorts values, stably, with half as much memory again. What is short is sorted with the comparisons that V8 makes.
func MergeSort(values []goja.Value, less func(x, y goja.Value) bool) {
	mergeSort(values, make([]goja.Value, len(values)/2), less)
}

func mergeSort(values, memory []goja.Value, less func(x, y goja.Value) bool) {
	if len(values) < 64 {
		insertionSort(values, less)
		return
	}
	m := len(values) / 2
	mergeSort(values[:m], memory, less)
	mergeSort(values[m:], memory, less)
	if !less(values[m], values[m-1]) {
		return
	}
	left := memory[:copy(memory, values[:m])]
	i, k := 0, m
	for at := range values {
		if i == len(left) {
			break
		}
		if k < len(values) && less(values[k], left[i]) {
			values[at] = values[k]
			k++
		} else {
			values[at] = left[i]
			i++
		}
	}
}

// insertionSort keeps what is in order at the beginning, turned round if it falls, and looks for the place of each other value by halves.
func insertionSort(values []goja.Value, less func(x, y goja.Value) bool) {
	if len(values) < 2 {
		return
	}
	run := 2
	if less(values[1], values[0]) {
		for run < len(values) && less(values[run], values[run-1]) {
			run++
		}
		slices.Reverse(values[:run])
	} else {
		for run < len(values) && !less(values[run], values[run-1]) {
			run++
		}
	}
	for ; run < len(values); run++ {
		v := values[run]
		at, end := 0, run
		for at < end {
			if m := (at + end) / 2; less(v, values[m]) {
				end = m
			} else {
				at = m + 1
			}
		}
		copy(values[at+1:run+1], values[at:run])
		values[at] = v
	}
}

// MergeHalves sorts the elements of typed arrays with the comparisons that V8 makes for these: target, which has what source has.
func MergeHalves(source, target []goja.Value, compare func(x, y goja.Value) float64) {
	m := len(source) / 2
	for _, half := range [...][2]int{{0, m}, {m, len(source)}} {
		if from, to := half[0], half[1]; to-from > 1 {
			MergeHalves(target[from:to], source[from:to], compare)
		}
	}
	left, right := source[:m], source[m:]
	for i := range target {
		if len(right) == 0 || len(left) > 0 && !(compare(left[0], right[0]) > 0) {
			target[i], left = left[0], left[1:]
		} else {
			target[i], right = right[0], right[1:]
		}
	}
}
