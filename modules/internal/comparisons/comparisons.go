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
	compare := func(call goja.FunctionCall, by mode) goja.Value {
		return vm.ToValue(c.compare(call.Argument(0), call.Argument(1), by))
	}
	rt.SetFunc(exports, "isDeepEqual", 2, func(call goja.FunctionCall) goja.Value { return compare(call, loose) })
	rt.SetOperation(exports, "isDeepStrictEqual", 2, func(call goja.FunctionCall) goja.Value {
		if call.Argument(2).ToBoolean() {
			return compare(call, strictShape)
		}
		return compare(call, strict)
	})
	rt.SetFunc(exports, "isPartialStrictEqual", 2, func(call goja.FunctionCall) goja.Value { return compare(call, partial) })
	return exports
}

// mode is what counts as equal.
type mode uint8

const (
	loose       mode = iota
	partial          // strictly, where the first value may have more than the second
	strict           // with the same classes
	strictShape      // whatever the classes
)

// comparison is one run over two values. As most values have no cycles, the objects on the way are remembered only
// after a first run came too deep.
type comparison struct {
	*comparer
	mode    mode
	onWay   map[*goja.Object]bool
	depth   int
	tooDeep bool
}

const deepest = 400

func (c *comparer) compare(v1, v2 goja.Value, by mode) bool {
	run := &comparison{comparer: c, mode: by}
	equal := run.equal(v1, v2)
	if run.tooDeep {
		run = &comparison{comparer: c, mode: by, onWay: map[*goja.Object]bool{}}
		equal = run.equal(v1, v2)
	}
	return equal
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
	return c.rt.TextValue(k.name)
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
	return orUndefined(c.rt.Named(o, k.name))
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

func (c *comparison) equal(v1, v2 goja.Value) bool {
	if v1.StrictEquals(v2) {
		return c.mode == loose || !isNumber(v1) || v1.ToFloat() != 0 || v1.SameAs(v2)
	}
	o1, ok1 := isObject(v1)
	o2, ok2 := isObject(v2)
	if ok1 && ok2 {
		return c.sameObjects(o1, o2)
	}
	if isNaN(v1) {
		return isNaN(v2)
	}
	return c.mode == loose && !ok1 && !ok2 && v1.Equals(v2)
}

// sameObjects compares what kind of objects they are and what they hold besides properties, then these.
func (c *comparison) sameObjects(o1, o2 *goja.Object) bool {
	if c.mode == strict && !c.sameClass(o1, o2) {
		return false
	}
	k1, k2 := engine.KindOf(o1), engine.KindOf(o2)
	array1, array2 := c.array(o1, k1), c.array(o2, k2)
	tag1, tag2 := toStringTag(o1), toStringTag(o2)
	if array1 {
		return array2 && c.sameSize(c.length(o1), c.length(o2)) && tag1.StrictEquals(tag2) && c.checkListed(o1, o2, overArray)
	}
	untagged := goja.IsUndefined(tag1)
	same := tag1.StrictEquals(tag2)
	if untagged || goja.IsUndefined(tag2) {
		same = c.tag(o1, k1, array1) == c.tag(o2, k2, array2)
	}
	if untagged && c.tag(o1, k1, array1) == "Object" {
		return same && c.checkKeys(o1, o2, noIteration)
	}
	switch k1 {
	case engine.SetObject, engine.MapObject:
		over, per := overSet, 1
		if k1 == engine.MapObject {
			over, per = overMap, 2
		}
		return k2 == k1 && c.sameSize(len(engine.Entries(o1))/per, len(engine.Entries(o2))/per) && tag1.StrictEquals(tag2) &&
			c.checkKeys(o1, o2, over)
	case engine.TypedArray, engine.DataViewObject:
		return k2 == k1 && c.sameViews(o1, o2, k1) && c.checkListed(o1, o2, noIteration)
	case engine.DateObject:
		same = k2 == k1 && sameTime(o1, o2) && tag1.StrictEquals(tag2)
	case engine.RegExpObject:
		same = k2 == k1 && c.sameProperties(o1, o2, "source", "flags", "lastIndex") && tag1.StrictEquals(tag2)
	case engine.ArrayBufferObject:
		same = k2 == k1 && tag1.StrictEquals(tag2) && c.sameBytes(o1, o2)
	default:
		same = same && c.sameOthers(o1, o2, k1, k2, tag1, array2)
	}
	return same && c.checkKeys(o1, o2, noIteration)
}

// sameOthers compares objects that are no collections, views, dates or regular expressions.
func (c *comparison) sameOthers(o1, o2 *goja.Object, k1, k2 engine.Kind, tag goja.Value, array2 bool) bool {
	switch k2 {
	case engine.TypedArray, engine.DataViewObject, engine.SetObject, engine.MapObject, engine.DateObject,
		engine.RegExpObject, engine.ArrayBufferObject:
		return false
	}
	boxed := func(k engine.Kind) bool { return k == engine.BoxedPrimitive || k == engine.StringObject }
	switch {
	case array2:
		return false
	case c.isError(o1, k1):
		return c.isError(o2, k2) && c.sameErrors(o1, o2)
	case boxed(k1):
		return k2 == k1 && engine.BoxedValue(o1).SameAs(engine.BoxedValue(o2))
	case isURL(o1):
		return isURL(o2) && c.sameProperties(o1, o2, "href")
	case boxed(k2) || c.isError(o2, k2) || k1 == engine.WeakMapObject || k1 == engine.WeakSetObject || k1 == engine.PromiseObject:
		return false
	}
	if goja.IsUndefined(tag) {
		return true
	}
	switch tag.String() {
	case "PublicKeyObject", "PrivateKeyObject", "SecretKeyObject", "KeyObject":
		return c.sameKeys(o1, o2)
	case "CryptoKey":
		if !c.sameProperties(o1, o2, "type", "extractable") {
			return false
		}
		for _, name := range [...]string{"algorithm", "usages"} {
			if !c.equal(orUndefined(o1.Get(name)), orUndefined(o2.Get(name))) {
				return false
			}
		}
		class := c.rt.Require("crypto").Get("KeyObject").(*goja.Object)
		return c.sameKeys(c.rt.CallMethod(class, "from", o1).(*goja.Object), c.rt.CallMethod(class, "from", o2))
	}
	return true
}

func (c *comparer) sameKeys(k1 *goja.Object, k2 goja.Value) bool {
	fn, ok := goja.AssertFunction(k1.Get("equals"))
	return !ok || c.rt.Call(fn, k1, k2).ToBoolean()
}

// isURL tells URLs by their properties, as Node does.
func isURL(o *goja.Object) bool {
	set := func(name string) bool { return orUndefined(o.Get(name)).ToBoolean() }
	return set("href") && set("protocol") && goja.IsUndefined(orUndefined(o.Get("auth"))) && goja.IsUndefined(orUndefined(o.Get("path")))
}

// sameClass compares constructors where they can be trusted to tell the class, else prototypes.
func (c *comparer) sameClass(o1, o2 *goja.Object) bool {
	class := orUndefined(o1.Get("constructor"))
	if !goja.IsUndefined(class) && (!c.owns(o1, c.vm.ToValue("constructor")) || c.wellKnown(class)) {
		return class.StrictEquals(orUndefined(o2.Get("constructor")))
	}
	return o1.Prototype() == o2.Prototype()
}

func (c *comparer) wellKnown(class goja.Value) bool {
	for _, name := range [...]string{"Array", "ArrayBuffer", "BigInt", "BigInt64Array", "BigUint64Array", "Boolean", "DataView", "Date",
		"Error", "Float32Array", "Float64Array", "Function", "Int16Array", "Int32Array", "Int8Array", "Map", "Number", "Object", "Promise",
		"RegExp", "Set", "String", "Symbol", "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray", "WeakMap", "WeakSet"} {
		if class.StrictEquals(c.rt.Intrinsic(name)) {
			return true
		}
	}
	return false
}

func toStringTag(o *goja.Object) goja.Value { return orUndefined(o.GetSymbol(goja.SymToStringTag)) }

func (c *comparison) sameSize(n1, n2 int) bool { return n1 == n2 || c.mode == partial && n1 > n2 }

func (c *comparer) owns(o *goja.Object, name goja.Value) bool {
	return c.rt.Call(c.hasOwn, o, name).ToBoolean()
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

// sameTime compares dates; invalid ones are the same.
func sameTime(o1, o2 *goja.Object) bool {
	t1, ok1 := engine.DateOf(o1)
	t2, ok2 := engine.DateOf(o2)
	return ok1 == ok2 && (!ok1 || t1.Equal(t2))
}

func (c *comparer) sameProperties(o1, o2 *goja.Object, names ...string) bool {
	for _, n := range names {
		if !orUndefined(o1.Get(n)).StrictEquals(orUndefined(o2.Get(n))) {
			return false
		}
	}
	return true
}

func (c *comparison) sameViews(o1, o2 *goja.Object, k engine.Kind) bool {
	if k == engine.TypedArray {
		name := engine.ViewName(o1)
		if name != engine.ViewName(o2) {
			return false
		}
		if c.mode == loose && strings.HasPrefix(name, "Float") {
			return c.sameNumbers(o1, o2)
		}
	}
	return c.sameBytes(o1, o2)
}

// sameNumbers compares elements by ===, so that -0 equals 0.
func (c *comparer) sameNumbers(o1, o2 *goja.Object) bool {
	n := c.length(o1)
	if n != c.length(o2) {
		return false
	}
	for i := 0; i < n; i++ {
		at := strconv.Itoa(i)
		if !o1.Get(at).StrictEquals(o2.Get(at)) {
			return false
		}
	}
	return true
}

// sameBytes compares buffers and views; partially, the second's bytes must be among the first's, in order.
func (c *comparison) sameBytes(o1, o2 *goja.Object) bool {
	b1, _ := c.rt.Bytes(o1)
	b2, _ := c.rt.Bytes(o2)
	if c.mode != partial || len(b1) <= len(b2) {
		return bytes.Equal(b1, b2)
	}
	for _, b := range b2 {
		i := bytes.IndexByte(b1, b)
		if i < 0 {
			return false
		}
		b1 = b1[i+1:]
	}
	return true
}

func (c *comparer) isError(o *goja.Object, k engine.Kind) bool {
	if k == engine.ErrorObject {
		return true
	}
	return c.vm.InstanceOf(o, c.rt.Intrinsic("Error"))
}

// sameErrors compares what errors tell in properties that are not enumerable.
func (c *comparison) sameErrors(o1, o2 *goja.Object) bool {
	for _, n := range [...]string{"message", "name", "cause", "errors"} {
		k := key{name: n}
		if c.enumerable(o2, k) {
			continue
		}
		v2 := c.get(o2, k)
		if c.mode == partial && (goja.IsUndefined(v2) || n == "message" && v2.StrictEquals(c.vm.ToValue(""))) {
			continue
		}
		if !c.equal(c.get(o1, k), v2) {
			return false
		}
	}
	cause := c.vm.ToValue("cause")
	has2 := c.owns(o2, cause)
	return has2 == c.owns(o1, cause) || c.mode == partial && !has2
}

// nonIndexKeys lists the enumerable keys of an array that are not elements; loosely, symbols don't count.
func (c *comparison) nonIndexKeys(o *goja.Object) []key {
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
		for _, n := range c.rt.Names(o) {
			if i, err := strconv.ParseUint(n, 10, 32); err != nil || strconv.FormatUint(i, 10) != n || i == math.MaxUint32 {
				keys = append(keys, key{name: n})
			}
		}
	}
	if c.mode != loose {
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

// checkListed compares arrays and views, whose elements are no keys.
func (c *comparison) checkListed(o1, o2 *goja.Object, over iteration) bool {
	keys := c.nonIndexKeys(o2)
	if c.mode != partial && len(keys) != len(c.nonIndexKeys(o1)) {
		return false
	}
	return c.checkContents(o1, o2, keys, over)
}

// checkKeys wants the same keys on both sides, then equal values.
func (c *comparison) checkKeys(o1, o2 *goja.Object, over iteration) bool {
	names := c.rt.Names(o2)
	keys := make([]key, len(names))
	for i, n := range names {
		keys[i].name = n
	}
	if c.mode == partial {
		keys = append(keys, c.symbols(o2)...)
		return c.checkContents(o1, o2, keys, over)
	}
	if len(keys) != len(c.rt.Names(o1)) {
		return false
	}
	if c.mode != loose {
		symbols := c.symbols(o2)
		if len(symbols) != len(c.symbols(o1)) {
			return false
		}
		keys = append(keys, symbols...)
	}
	return c.checkContents(o1, o2, keys, over)
}

func (c *comparison) checkContents(o1, o2 *goja.Object, keys []key, over iteration) bool {
	if len(keys) == 0 && (over == noIteration || over == overArray && c.length(o2) == 0 ||
		over >= overSet && len(engine.Entries(o2)) == 0) {
		return true
	}
	if c.onWay == nil {
		if c.tooDeep = c.tooDeep || c.depth == deepest; c.tooDeep {
			return false
		}
		c.depth++
		defer func() { c.depth-- }()
		return c.same(o1, o2, keys, over)
	}
	if in1, in2 := c.onWay[o1], c.onWay[o2]; in1 || in2 {
		return in1 && in2
	}
	c.onWay[o1], c.onWay[o2] = true, true
	result := c.same(o1, o2, keys, over)
	delete(c.onWay, o1)
	delete(c.onWay, o2)
	return result
}

func (c *comparison) same(o1, o2 *goja.Object, keys []key, over iteration) bool {
	for _, k := range keys {
		if !c.enumerable(o1, k) || !c.equal(c.get(o1, k), c.get(o2, k)) {
			return false
		}
	}
	switch over {
	case overArray:
		return c.sameElements(o1, o2)
	case overSet:
		return c.sameSets(o1, o2)
	case overMap:
		return c.sameMaps(o1, o2)
	}
	return true
}

// element gives an array's element and whether there is one.
func (c *comparer) element(o *goja.Object, i int) (goja.Value, bool) {
	name := strconv.Itoa(i)
	v := orUndefined(o.Get(name))
	return v, !goja.IsUndefined(v) || c.owns(o, c.vm.ToValue(name))
}

func (c *comparison) sameElements(o1, o2 *goja.Object) bool {
	if c.mode == partial {
		return c.partialElements(o1, o2)
	}
	n := c.length(o1)
	if c.mode != loose {
		e1, ok1 := c.rt.Elements(o1)
		e2, ok2 := c.rt.Elements(o2)
		if ok1 && ok2 && len(e1) >= n && len(e2) >= n {
			for i := 0; i < n; i++ {
				if (e1[i] == nil) != (e2[i] == nil) || e1[i] != nil && !c.equal(e1[i], e2[i]) {
					return false
				}
			}
			return true
		}
	}
	for i := 0; i < n; i++ {
		v2, has2 := c.element(o2, i)
		if !has2 {
			return c.sameSparse(o1, o2, i)
		}
		v1, has1 := c.element(o1, i)
		if goja.IsUndefined(v2) {
			if (!goja.IsUndefined(v1) || !has1) && (c.mode != loose || !goja.IsNull(v1)) {
				return false
			}
		} else if (goja.IsUndefined(v1) || !c.equal(v1, v2)) && (c.mode != loose || !goja.IsNull(v2)) {
			return false
		}
	}
	return true
}

// sameSparse compares arrays with holes by their keys, from the i-th on.
func (c *comparison) sameSparse(o1, o2 *goja.Object, i int) bool {
	names := c.rt.Names(o2)
	if len(names) != len(c.rt.Names(o1)) {
		return false
	}
	for ; i < len(names); i++ {
		if !c.owns(o1, c.rt.TextValue(names[i])) || !c.equal(orUndefined(c.rt.Named(o1, names[i])), orUndefined(c.rt.Named(o2, names[i]))) {
			return false
		}
	}
	return true
}

// partialElements looks for the second's elements among the first's, in order.
func (c *comparison) partialElements(o1, o2 *goja.Object) bool {
	n1, n2 := c.length(o1), c.length(o2)
	at := 0
	for i := 0; i < n2; i++ {
		v2, has2 := c.element(o2, i)
		if !has2 {
			return c.partialSparse(o1, o2, at, i)
		}
		for {
			v1, has1 := c.element(o1, at)
			if !has1 {
				return c.partialSparse(o1, o2, at, i)
			}
			at++
			if c.equal(v1, v2) {
				break
			}
			if at > n1-n2+i {
				return false
			}
		}
	}
	return true
}

func (c *comparison) partialSparse(o1, o2 *goja.Object, at, i int) bool {
	names1, names2 := c.rt.Names(o1), c.rt.Names(o2)
	for rest := len(names2) - i; rest > 0; rest-- {
		v2 := orUndefined(c.rt.Named(o2, names2[len(names2)-rest]))
		for {
			if at > len(names1)-rest {
				return false
			}
			at++
			if c.equal(orUndefined(c.rt.Named(o1, names1[at-1])), v2) {
				break
			}
		}
	}
	return true
}
