package guard

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// longTyped is how many elements of a typed array the engine's methods go over at once.
const longTyped = 1 << 20

// typedCall is a call of a method of a long typed array.
type typedCall struct {
	rt    *goja.Runtime
	plain native
	o     *goja.Object
	a     *layout.TypedArrayObject
	args  []goja.Value
}

// guardTyped guards the methods that all typed arrays inherit, when the first of their classes is made.
func guardTyped(rt *goja.Runtime, class *goja.Object) {
	proto, _ := class.Prototype().Get("prototype").(*goja.Object)
	if proto == nil || guarded(proto) {
		return
	}
	for _, name := range [...]string{"every", "some", "forEach", "map", "filter", "find", "findIndex", "findLast", "findLastIndex", "reduce", "reduceRight"} {
		wrapTyped(rt, proto, name, func(c *typedCall) goja.Value {
			if f, ok := c.argument(0).(*goja.Object); ok {
				refuseUncallable(c.rt, f)
				if !isScript(layout.Found(), f) {
					c.args = pollCallback(c.rt, c.args, nil, nil)
				}
			}
			return c.all()
		})
	}
	for _, m := range [...]struct {
		name string
		f    func(*typedCall) goja.Value
	}{{"indexOf", (*typedCall).forward}, {"includes", (*typedCall).forward}, {"lastIndexOf", (*typedCall).lastIndexOf}, {"fill", (*typedCall).fill},
		{"reverse", (*typedCall).reverse}, {"toReversed", (*typedCall).toReversed}, {"join", (*typedCall).join}, {"set", (*typedCall).set},
		{"sort", (*typedCall).sort}, {"toSorted", (*typedCall).toSorted}, {"with", (*typedCall).with},
		{"copyWithin", (*typedCall).copyWithin}} {
		wrapTyped(rt, proto, m.name, m.f)
	}
}

func wrapTyped(rt *goja.Runtime, proto *goja.Object, name string, f func(*typedCall) goja.Value) {
	wrapIn(rt, proto, name, func(rt *goja.Runtime, plain native) native { return typedMethod(rt, name, plain, f) })
}

// guarded tells whether these are the methods that wrapTyped makes.
func guarded(proto *goja.Object) bool {
	m, ok := proto.Get("indexOf").(*goja.Object)
	if !ok || layout.SelfOf(m).Tab != layout.Found().NativeFunc {
		return true
	}
	sample := typedMethod(nil, "", nil, nil)
	return codeOf(&(*layout.NativeFuncObject)(layout.SelfOf(m).Data).F) == codeOf(&sample)
}

func codeOf(f *native) uintptr { return **(**uintptr)(unsafe.Pointer(f)) }

func typedMethod(rt *goja.Runtime, name string, plain native, f func(*typedCall) goja.Value) native {
	return func(call goja.FunctionCall) goja.Value {
		o, ok := call.This.(*goja.Object)
		if !ok {
			return plain(call)
		}
		a := typedArray(o)
		if a == nil || a.Length <= longTyped && name != "set" && !(name == "with" && a.Length == 0) && !compares(name, call) || a.ViewedArrayBuf.Detached {
			return plain(call)
		}
		return f(&typedCall{rt, plain, o, a, append([]goja.Value(nil), call.Arguments...)})
	}
}

// typedArray is the typed array that an object is, or nil.
func typedArray(o *goja.Object) *layout.TypedArrayObject {
	if layout.SelfType(o).String() == "*goja.typedArrayObject" {
		return (*layout.TypedArrayObject)(layout.SelfOf(o).Data)
	}
	return nil
}

func (c *typedCall) argument(i int) goja.Value {
	if i < len(c.args) {
		return c.args[i]
	}
	return goja.Undefined()
}

func (c *typedCall) all() goja.Value { return c.plain(goja.FunctionCall{This: c.o, Arguments: c.args}) }

// part calls the engine's method for some of an array's elements, while the array is no longer than that. Nothing of a script may run.
func part(a *layout.TypedArrayObject, from, to int, f func() goja.Value) goja.Value {
	offset, length := a.Offset, a.Length
	defer func() { a.Offset, a.Length = offset, length }()
	a.Offset, a.Length = offset+from, to-from
	return f()
}

// relative is the index that an argument names, counted from the end if it is negative.
func (c *typedCall) relative(i, otherwise int) int {
	if goja.IsUndefined(c.argument(i)) {
		return otherwise
	}
	n := float64(c.args[i].ToInteger())
	if n < 0 {
		n += float64(c.a.Length)
	}
	return int(max(-1, min(n, float64(c.a.Length))))
}

func (c *typedCall) forward() goja.Value {
	for from := max(c.relative(1, 0), 0); from < c.a.Length; from += longTyped {
		to := min(from+longTyped, c.a.Length)
		v := part(c.a, 0, to, func() goja.Value {
			return c.plain(goja.FunctionCall{This: c.o, Arguments: []goja.Value{c.argument(0), c.rt.ToValue(from)}})
		})
		if goja.IsNumber(v) && v.ToInteger() >= 0 || !goja.IsNumber(v) && v.ToBoolean() {
			return v
		}
		Poll(c.rt)
	}
	return c.plain(goja.FunctionCall{This: c.o, Arguments: []goja.Value{c.argument(0), c.rt.ToValue(c.a.Length)}})
}

func (c *typedCall) copyWithin() goja.Value {
	for _, v := range c.args {
		if _, ok := v.(*goja.Object); ok {
			return c.all()
		}
	}
	size, n := c.a.ElemSize, c.a.Length
	to, from, end := max(c.relative(0, 0), 0), max(c.relative(1, 0), 0), max(c.relative(2, n), 0)
	bytes := c.a.ViewedArrayBuf.Data[c.a.Offset*size : (c.a.Offset+n)*size]
	count := min(end-from, n-to)
	for done := 0; done < count; done += longTyped {
		k := min(count-done, longTyped)
		at := done
		if from < to { // what is still to be read must not be written
			at = count - done - k
		}
		copy(bytes[(to+at)*size:(to+at+k)*size], bytes[(from+at)*size:(from+at+k)*size])
		Poll(c.rt)
	}
	return c.o
}

func (c *typedCall) lastIndexOf() goja.Value {
	last := c.a.Length - 1
	if len(c.args) > 1 {
		last = min(last, c.relative(1, 0))
	}
	for ; last >= 0; last -= longTyped {
		from := max(last-longTyped+1, 0)
		v := part(c.a, from, last+1, func() goja.Value {
			return c.plain(goja.FunctionCall{This: c.o, Arguments: c.args[:min(len(c.args), 1)]})
		})
		if n := v.ToInteger(); n >= 0 {
			return c.rt.ToValue(int64(from) + n)
		}
		Poll(c.rt)
	}
	return c.rt.ToValue(-1)
}

func (c *typedCall) fill() goja.Value {
	if _, ok := c.argument(0).(*goja.Object); ok {
		return c.all()
	}
	from, to := max(c.relative(1, 0), 0), c.relative(2, c.a.Length)
	for {
		next := min(from+longTyped, to)
		c.plain(goja.FunctionCall{This: c.o, Arguments: []goja.Value{c.argument(0), c.rt.ToValue(from), c.rt.ToValue(next)}})
		if from = next; from >= to {
			return c.o
		}
		Poll(c.rt)
	}
}

func (c *typedCall) bytes() []byte {
	a := c.a
	return a.ViewedArrayBuf.Data[a.Offset*a.ElemSize : (a.Offset+a.Length)*a.ElemSize]
}

func (c *typedCall) reverse() goja.Value {
	switch b := c.bytes(); c.a.ElemSize {
	case 1:
		reverse(c.rt, b)
	case 2:
		reverse(c.rt, elements[uint16](b))
	case 4:
		reverse(c.rt, elements[uint32](b))
	default:
		reverse(c.rt, elements[uint64](b))
	}
	return c.o
}

func elements[T any](b []byte) []T {
	var one T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(one)))
}

func reverse[T any](rt *goja.Runtime, list []T) {
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
		if i&(longTyped-1) == 0 {
			Poll(rt)
		}
	}
}

// copied is the same call for a copy of the array.
func (c *typedCall) copied() *typedCall {
	o, err := c.rt.New(c.a.DefaultCtor, c.o)
	if err != nil {
		panic(err)
	}
	return &typedCall{c.rt, c.plain, o, typedArray(o), c.args}
}

func (c *typedCall) toReversed() goja.Value { return c.copied().reverse() }

func (c *typedCall) join() goja.Value {
	sep := goja.String(c.rt.ToValue(",").(goja.String))
	if v := c.argument(0); !goja.IsUndefined(v) {
		sep = text(c.rt, v)
	}
	StringLength(c.rt, float64(c.a.Length)+float64(sep.Length())*float64(c.a.Length-1))
	var all goja.StringBuilder
	for from := 0; from < c.a.Length; from += longTyped / 4 {
		if from > 0 {
			all.WriteString(sep)
		}
		v := part(c.a, from, min(from+longTyped/4, c.a.Length), func() goja.Value { return c.plain(goja.FunctionCall{This: c.o, Arguments: []goja.Value{sep}}) })
		all.WriteString(v.(goja.String))
		Poll(c.rt)
	}
	return all.String()
}

func (c *typedCall) set() goja.Value {
	source, ok := c.argument(0).(*goja.Object)
	if !ok {
		return c.all()
	}
	facts := layout.Found()
	at := c.argument(1).ToInteger()
	if len(c.args) > 1 {
		c.args[1] = c.rt.ToValue(at) // it has been converted
	}
	if layout.SelfOf(source).Tab == facts.Array {
		n, holes := extent(facts, source)
		if holes || n <= longTyped || at < 0 || float64(at)+n > float64(c.a.Length) {
			return c.all()
		}
		values := (*layout.ArrayObject)(layout.SelfOf(source).Data).Values
		for len(values) > 0 {
			next := values[:min(longTyped/4, len(values))]
			c.plain(goja.FunctionCall{This: c.o, Arguments: []goja.Value{arrayOf(c.rt, next, len(next)), c.rt.ToValue(at)}})
			values, at = values[len(next):], at+int64(len(next))
			Poll(c.rt)
		}
		return goja.Undefined()
	}
	s := typedArray(source)
	if s == nil || s.Length <= longTyped || s.ViewedArrayBuf == c.a.ViewedArrayBuf || at < 0 || at+int64(s.Length) > int64(c.a.Length) {
		return c.all()
	}
	for from := 0; from < s.Length; from += longTyped {
		part(s, from, min(from+longTyped, s.Length), func() goja.Value {
			return c.plain(goja.FunctionCall{This: c.o, Arguments: []goja.Value{source, c.rt.ToValue(at + int64(from))}})
		})
		Poll(c.rt)
	}
	return goja.Undefined()
}

// arrayOf is an array of these elements, of which full are no holes.
func arrayOf(rt *goja.Runtime, values []goja.Value, full int) *goja.Object {
	o := rt.NewArray()
	a := (*layout.ArrayObject)(layout.SelfOf(o).Data)
	a.Values, a.Length, a.ObjCount = values, uint32(len(values)), full
	return o
}

// compares tells whether a method sorts by a function, which the engine takes to say less where that gives -0.
func compares(name string, call goja.FunctionCall) bool {
	return (name == "sort" || name == "toSorted") && !goja.IsUndefined(call.Argument(0))
}

func (c *typedCall) sort() goja.Value {
	if compare, ok := comparator(c.rt, c.args); ok {
		list := make([]goja.Value, c.a.Length)
		for i := range list {
			list[i] = c.o.Get(strconv.Itoa(i))
		}
		if len(list) > 1 {
			MergeHalves(slices.Clone(list), list, compare)
		}
		store(c.o, list)
		return c.o
	} else if !goja.IsUndefined(c.argument(0)) {
		return c.all()
	}
	b := c.bytes()
	kind := layout.TypeOf(&c.a.TypedArray).String() // whatever a script has made of the class's name
	sorted := Aside(c.rt, func() []byte {
		s := slices.Clone(b)
		switch kind {
		case "*goja.int8Array":
			slices.Sort(elements[int8](s))
		case "*goja.uint16Array":
			slices.Sort(elements[uint16](s))
		case "*goja.int16Array":
			slices.Sort(elements[int16](s))
		case "*goja.uint32Array":
			slices.Sort(elements[uint32](s))
		case "*goja.int32Array":
			slices.Sort(elements[int32](s))
		case "*engine.float16Array":
			slices.SortFunc(elements[uint16](s), func(x, y uint16) int { return cmp.Compare(HalfOrder(x), HalfOrder(y)) })
		case "*goja.float32Array":
			sortFloats(elements[float32](s))
		case "*goja.float64Array":
			sortFloats(elements[float64](s))
		case "*goja.bigInt64Array":
			slices.Sort(elements[int64](s))
		case "*goja.bigUint64Array":
			slices.Sort(elements[uint64](s))
		default:
			slices.Sort(s)
		}
		return s
	})
	copy(b, sorted)
	return c.o
}

// sortFloats sorts -0 before 0 and NaN last.
func sortFloats[T float32 | float64](list []T) {
	slices.SortFunc(list, func(x, y T) int {
		switch {
		case x != x || y != y:
			return cmp.Compare(y, x) // NaN is less than all others to Compare
		case x == 0 && y == 0:
			return cmp.Compare(boolInt(math.Signbit(float64(y))), boolInt(math.Signbit(float64(x))))
		}
		return cmp.Compare(x, y)
	})
}

// HalfOrder grows with the number whose bits are those of a binary16: -0 comes before 0, and NaN last.
func HalfOrder(h uint16) uint16 {
	switch {
	case h&0x7fff > 0x7c00:
		return math.MaxUint16
	case h&0x8000 != 0:
		return ^h
	default:
		return h | 0x8000
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c *typedCall) toSorted() goja.Value {
	if _, ok := comparator(c.rt, c.args); !ok && !goja.IsUndefined(c.argument(0)) {
		return c.all()
	}
	return c.copied().sort()
}

func (c *typedCall) with() goja.Value {
	i := c.relative(0, 0)
	if o, ok := c.argument(1).(*goja.Object); ok && c.a.Length == 0 {
		// The conversion may make the array longer, but not the copy, to whose first element the engine would write.
		if o.ToNumber(); i < 0 || i >= c.a.Length {
			RangeError(c.rt, "Invalid typed array index")
		}
		empty, err := c.rt.New(c.a.DefaultCtor, c.rt.ToValue(0))
		if err != nil {
			panic(err)
		}
		return empty
	} else if ok || i < 0 || i >= c.a.Length {
		return c.all()
	}
	changed := c.copied()
	part(changed.a, i, i+1, func() goja.Value {
		one := c.plain(goja.FunctionCall{This: changed.o, Arguments: []goja.Value{c.rt.ToValue(0), c.argument(1)}})
		copy(changed.bytes(), (&typedCall{a: typedArray(one.(*goja.Object))}).bytes())
		return nil
	})
	return changed.o
}
