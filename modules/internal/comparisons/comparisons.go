// Package comparisons is the private module "internal/util/comparisons": the deep equality of assert and
// util.isDeepStrictEqual. It runs on the loop goroutine and may run getters and proxy traps of what is compared.
package comparisons

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// Module is "internal/util/comparisons".
var Module = &runtime.Module{Name: "internal/util/comparisons", Private: true, Binding: binding}

// comparer holds the intrinsics of one runtime.
type comparer struct {
	rt                               *runtime.Runtime
	vm                               *goja.Runtime
	isEnumerable, hasOwn, getSymbols goja.Callable
	setHas, mapHas, mapGet, isArray  goja.Callable
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	c := &comparer{rt: rt, vm: vm}
	method := func(o goja.Value, name string) goja.Callable {
		f, _ := goja.AssertFunction(rt.Member(o.(*goja.Object), name))
		return f
	}
	proto := func(class string) goja.Value { return rt.Intrinsic(class).Get("prototype") }
	c.isEnumerable, c.hasOwn = method(proto("Object"), "propertyIsEnumerable"), method(proto("Object"), "hasOwnProperty")
	c.getSymbols = method(rt.Intrinsic("Object"), "getOwnPropertySymbols")
	c.setHas, c.mapHas, c.mapGet = method(proto("Set"), "has"), method(proto("Map"), "has"), method(proto("Map"), "get")
	c.isArray = method(rt.Intrinsic("Array"), "isArray")

	exports := vm.NewObject()
	rt.SetFunc(exports, "isDeepEqual", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(c.equal(call.Argument(0), call.Argument(1), false, nil))
	})
	rt.SetOperation(exports, "isDeepStrictEqual", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(c.equal(call.Argument(0), call.Argument(1), true, nil))
	})
	return exports
}

// memo remembers the pairs under comparison, so that circular values end. The first two pairs are kept apart, as most
// values are not nested deeper.
type memo struct {
	a, b, c, d     *goja.Object
	deep           bool
	set            map[*goja.Object]bool
	deleteFailures bool
}

type iteration uint8

const (
	noIteration iteration = iota
	overArray
	overSet
	overMap
)

// key is a property key; symbol is nil for strings.
type key struct {
	name   string
	symbol *goja.Symbol
}

func (c *comparer) value(k key) goja.Value {
	if k.symbol != nil {
		return k.symbol
	}
	return c.vm.ToValue(k.name)
}

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}

func (c *comparer) get(o *goja.Object, k key) goja.Value {
	if k.symbol != nil {
		return orUndefined(o.GetSymbol(k.symbol))
	}
	if v, ok := c.rt.PlainValue(o, k.name); ok {
		return v
	}
	return orUndefined(o.Get(k.name))
}

func (c *comparer) enumerable(o *goja.Object, k key) bool {
	if k.symbol == nil {
		if _, ok := c.rt.PlainValue(o, k.name); ok {
			return true
		}
	}
	return c.rt.Call(c.isEnumerable, o, c.value(k)).ToBoolean()
}

func isObject(v goja.Value) (*goja.Object, bool) {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil, false
	}
	if _, callable := goja.AssertFunction(o); callable {
		return nil, false
	}
	return o, true
}

func isNumber(v goja.Value) bool {
	_, obj := v.(*goja.Object)
	return !obj && goja.IsNumber(v)
}

func isNaN(v goja.Value) bool { return isNumber(v) && math.IsNaN(v.ToFloat()) }

func (c *comparer) equal(v1, v2 goja.Value, strict bool, m *memo) bool {
	if v1.StrictEquals(v2) {
		return !strict || !isNumber(v1) || v1.ToFloat() != 0 || v1.SameAs(v2)
	}
	o1, ok1 := isObject(v1)
	o2, ok2 := isObject(v2)
	if !ok1 || !ok2 {
		if isNaN(v1) {
			return isNaN(v2)
		}
		return !strict && !ok1 && !ok2 && v1.Equals(v2)
	}
	if strict && o1.Prototype() != o2.Prototype() {
		return false
	}
	k1, k2 := engine.KindOf(o1), engine.KindOf(o2)
	array1, array2 := c.array(o1, k1), c.array(o2, k2)
	tag := c.tag(o1, k1, array1)
	if tag != c.tag(o2, k2, array2) {
		return false
	}
	switch {
	case array1:
		if !array2 || c.length(o1) != c.length(o2) {
			return false
		}
		keys1, keys2 := c.nonIndexKeys(o1, strict), c.nonIndexKeys(o2, strict)
		return len(keys1) == len(keys2) && c.checkKeys(o1, o2, strict, m, overArray, keys1, true)
	case tag == "Object":
		return c.checkKeys(o1, o2, strict, m, noIteration, nil, false)
	case k1 == engine.DateObject:
		if k2 != k1 || !sameTime(o1, o2) {
			return false
		}
	case k1 == engine.RegExpObject:
		if k2 != k1 || !c.sameProperties(o1, o2, "source", "flags", "lastIndex") {
			return false
		}
	case k1 == engine.TypedArray || k1 == engine.DataViewObject:
		if k2 != k1 || k1 == engine.TypedArray && !c.sameTypedArrays(o1, o2, strict) {
			return false
		}
		if k1 == engine.DataViewObject {
			b1, _ := c.rt.Bytes(o1)
			b2, _ := c.rt.Bytes(o2)
			if !bytes.Equal(b1, b2) {
				return false
			}
		}
		keys1, keys2 := c.nonIndexKeys(o1, strict), c.nonIndexKeys(o2, strict)
		return len(keys1) == len(keys2) && c.checkKeys(o1, o2, strict, m, noIteration, keys1, true)
	case k1 == engine.SetObject:
		if k2 != k1 || len(engine.Entries(o1)) != len(engine.Entries(o2)) {
			return false
		}
		return c.checkKeys(o1, o2, strict, m, overSet, nil, false)
	case k1 == engine.MapObject:
		if k2 != k1 || len(engine.Entries(o1)) != len(engine.Entries(o2)) {
			return false
		}
		return c.checkKeys(o1, o2, strict, m, overMap, nil, false)
	case k1 == engine.ArrayBufferObject:
		if k2 != k1 {
			return false
		}
		b1, _ := c.rt.Bytes(o1)
		b2, _ := c.rt.Bytes(o2)
		if !bytes.Equal(b1, b2) {
			return false
		}
	case c.isError(o1, k1):
		if !c.isError(o2, k2) || !c.sameErrors(o1, o2, strict, m) {
			return false
		}
	case k1 == engine.BoxedPrimitive || k1 == engine.StringObject:
		if k2 != k1 || !engine.BoxedValue(o1).SameAs(engine.BoxedValue(o2)) {
			return false
		}
	default:
		if array2 || c.isError(o2, k2) {
			return false
		}
		switch k2 {
		case engine.TypedArray, engine.DataViewObject, engine.SetObject, engine.MapObject, engine.DateObject,
			engine.RegExpObject, engine.ArrayBufferObject, engine.BoxedPrimitive, engine.StringObject:
			return false
		}
		if tag == "PublicKeyObject" || tag == "PrivateKeyObject" || tag == "SecretKeyObject" || tag == "KeyObject" {
			if fn, ok := goja.AssertFunction(o1.Get("equals")); ok && !c.rt.Call(fn, o1, o2).ToBoolean() {
				return false
			}
		}
	}
	return c.checkKeys(o1, o2, strict, m, noIteration, nil, false)
}

func (c *comparer) array(o *goja.Object, k engine.Kind) bool {
	return k == engine.ArrayObject || k == engine.ProxyObject && c.rt.Call(c.isArray, goja.Undefined(), o).ToBoolean()
}

// tag is what Object.prototype.toString puts in brackets.
func (c *comparer) tag(o *goja.Object, k engine.Kind, array bool) string {
	if t, ok := o.GetSymbol(goja.SymToStringTag).(goja.String); ok {
		return t.String()
	}
	if array {
		return "Array"
	}
	switch k {
	case engine.ErrorObject:
		return "Error"
	case engine.DateObject:
		return "Date"
	case engine.RegExpObject:
		return "RegExp"
	case engine.ArgumentsObject:
		return "Arguments"
	case engine.StringObject:
		return "String"
	case engine.BoxedPrimitive:
		switch v := engine.BoxedValue(o); {
		case goja.IsNumber(v):
			return "Number"
		case goja.IsBigInt(v):
		default:
			if _, ok := v.(*goja.Symbol); !ok {
				return "Boolean"
			}
		}
	}
	return "Object"
}

func (c *comparer) length(o *goja.Object) int { return int(orUndefined(o.Get("length")).ToInteger()) }

// sameTime compares dates; invalid ones are never equal, as NaN isn't.
func sameTime(o1, o2 *goja.Object) bool {
	t1, ok1 := engine.DateOf(o1)
	t2, ok2 := engine.DateOf(o2)
	return ok1 && ok2 && t1.Equal(t2)
}

func (c *comparer) sameProperties(o1, o2 *goja.Object, names ...string) bool {
	for _, n := range names {
		if !orUndefined(o1.Get(n)).StrictEquals(orUndefined(o2.Get(n))) {
			return false
		}
	}
	return true
}

func (c *comparer) sameTypedArrays(o1, o2 *goja.Object, strict bool) bool {
	if engine.ViewName(o1) != engine.ViewName(o2) {
		return false
	}
	b1, _ := c.rt.Bytes(o1)
	b2, _ := c.rt.Bytes(o2)
	if !strict && strings.HasPrefix(engine.ViewName(o1), "Float") {
		// Loosely, -0 equals 0.
		if len(b1) != len(b2) {
			return false
		}
		for i, n := 0, c.length(o1); i < n; i++ {
			at := strconv.Itoa(i)
			if !o1.Get(at).StrictEquals(o2.Get(at)) {
				return false
			}
		}
		return true
	}
	return bytes.Equal(b1, b2)
}

func (c *comparer) isError(o *goja.Object, k engine.Kind) bool {
	if k == engine.ErrorObject {
		return true
	}
	return c.vm.InstanceOf(o, c.rt.Intrinsic("Error"))
}

// sameErrors compares what errors tell in properties that are not enumerable.
func (c *comparer) sameErrors(o1, o2 *goja.Object, strict bool, m *memo) bool {
	for _, n := range [...]string{"message", "name", "cause", "errors"} {
		k := key{name: n}
		shown := c.enumerable(o1, k)
		if shown != c.enumerable(o2, k) {
			return false
		}
		if shown {
			continue
		}
		v1, v2 := c.get(o1, k), c.get(o2, k)
		if n == "message" || n == "name" {
			if !v1.StrictEquals(v2) {
				return false
			}
		} else if !c.equal(v1, v2, strict, m) {
			return false
		}
	}
	return true
}

// nonIndexKeys lists the enumerable keys of an array that are not elements; loosely, symbols don't count.
func (c *comparer) nonIndexKeys(o *goja.Object, strict bool) []key {
	var keys []key
	if names, ok := c.rt.OwnNonIndexNames(o); ok {
		for _, n := range names {
			if n == "length" && engine.KindOf(o) == engine.ArrayObject {
				continue
			}
			if k := (key{name: n}); c.enumerable(o, k) {
				keys = append(keys, k)
			}
		}
	} else {
		for _, n := range o.Keys() {
			if i, err := strconv.ParseUint(n, 10, 32); err != nil || strconv.FormatUint(i, 10) != n || i == math.MaxUint32 {
				keys = append(keys, key{name: n})
			}
		}
	}
	if strict {
		keys = append(keys, c.symbols(o)...)
	}
	return keys
}

// symbols lists the enumerable symbols.
func (c *comparer) symbols(o *goja.Object) (keys []key) {
	for _, s := range o.Symbols() {
		if !c.rt.HiddenSymbol(s) && c.enumerable(o, key{symbol: s}) {
			keys = append(keys, key{symbol: s})
		}
	}
	return keys
}

// checkKeys wants the same keys on both sides, then equal values. With listed, keys are those of an array.
func (c *comparer) checkKeys(o1, o2 *goja.Object, strict bool, m *memo, over iteration, keys []key, listed bool) bool {
	if !listed {
		names := o1.Keys()
		keys = make([]key, len(names))
		for i, n := range names {
			keys[i].name = n
		}
	}
	for _, k := range keys {
		if !c.enumerable(o2, k) {
			return false
		}
	}
	if !listed {
		if len(keys) != len(o2.Keys()) {
			return false
		}
		if strict {
			symbols := c.symbols(o1)
			for _, k := range symbols {
				if !c.enumerable(o2, k) {
					return false
				}
			}
			if len(symbols) != len(c.symbols(o2)) {
				return false
			}
			keys = append(keys, symbols...)
		}
	}
	if len(keys) == 0 && (over == noIteration || over == overArray && c.length(o1) == 0 ||
		over >= overSet && len(engine.Entries(o1)) == 0) {
		return true
	}
	if m == nil {
		return c.same(o1, o2, strict, keys, &memo{a: o1, b: o2}, over)
	}
	if m.set == nil {
		if !m.deep {
			if m.a == o1 && m.b == o2 {
				return true
			}
			m.c, m.d, m.deep = o1, o2, true
			result := c.same(o1, o2, strict, keys, m, over)
			m.deep = false
			return result
		}
		m.set = map[*goja.Object]bool{m.a: true, m.b: true, m.c: true, m.d: true}
	}
	if m.set[o1] && m.set[o2] {
		return true
	}
	m.set[o1], m.set[o2] = true, true
	result := c.same(o1, o2, strict, keys, m, over)
	if result || m.deleteFailures {
		delete(m.set, o1)
		delete(m.set, o2)
	}
	return result
}

func (c *comparer) same(o1, o2 *goja.Object, strict bool, keys []key, m *memo, over iteration) bool {
	for _, k := range keys {
		if !c.equal(c.get(o1, k), c.get(o2, k), strict, m) {
			return false
		}
	}
	switch over {
	case overArray:
		return c.sameElements(o1, o2, strict, m)
	case overSet:
		return c.sameSets(o1, o2, strict, m)
	case overMap:
		return c.sameMaps(o1, o2, strict, m)
	}
	return true
}

func (c *comparer) sameElements(o1, o2 *goja.Object, strict bool, m *memo) bool {
	e1, ok1 := c.rt.Elements(o1)
	e2, ok2 := c.rt.Elements(o2)
	n := c.length(o1)
	if ok1 && ok2 && len(e1) >= n && len(e2) >= n {
		for i := 0; i < n; i++ {
			if (e1[i] == nil) != (e2[i] == nil) {
				return false
			}
			if e1[i] != nil && !c.equal(e1[i], e2[i], strict, m) {
				return false
			}
		}
		return true
	}
	keys1, keys2 := o1.Keys(), o2.Keys()
	if len(keys1) != len(keys2) {
		return false
	}
	for _, k := range keys1 {
		if !c.rt.Call(c.hasOwn, o2, c.vm.ToValue(k)).ToBoolean() ||
			!c.equal(c.get(o1, key{name: k}), c.get(o2, key{name: k}), strict, m) {
			return false
		}
	}
	return true
}
