package guard

import (
	"reflect"
	"slices"
	"strconv"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// A proxy without a trap passes an operation on to its target, in Go: proxies that are each other's prototypes do so without end, and
// no script runs on the way. So the handlers of proxies get a table of methods of our own, which look at the stack and for an
// interruption before they do what the engine's do.

// operation numbers the methods of the engine's interface of handlers that are replaced.
type operation int

const (
	getStr operation = iota
	getIdx
	getSym
	setStr
	setIdx
	setSym
	hasStr
	hasIdx
	hasSym
	getDescriptorStr
	defineStr
	defineSym
	getPrototypeOf
	ownKeys
	apply
	construct
	operations
)

// handlers is the table that replaces the engine's for the handlers that scripts give, and the engine's methods.
var handlers struct {
	sync.Mutex
	engine  unsafe.Pointer
	table   []uintptr
	methods [operations]uintptr
}

// engineMethod is the engine's method, to be called with the handler as the first argument.
func engineMethod[F any](op operation) F {
	method := unsafe.Pointer(&handlers.methods[op])
	return *(*F)(unsafe.Pointer(&method))
}

func check(target *goja.Object) {
	rt := (*layout.Object)(unsafe.Pointer(target)).Runtime
	Stack(rt)
	Poll(rt)
}

type (
	getting[K any]    func(unsafe.Pointer, *goja.Object, K, goja.Value) (goja.Value, bool)
	setting[K any]    func(unsafe.Pointer, *goja.Object, K, goja.Value, goja.Value) (bool, bool)
	having[K any]     func(unsafe.Pointer, *goja.Object, K) (bool, bool)
	describing[K any] func(unsafe.Pointer, *goja.Object, K) (goja.Value, bool)
	defining[K any]   func(unsafe.Pointer, *goja.Object, K, goja.PropertyDescriptor) (bool, bool)
)

func handleGetStr(h unsafe.Pointer, target *goja.Object, key unistring.String, receiver goja.Value) (goja.Value, bool) {
	check(target)
	v, trapped := engineMethod[getting[unistring.String]](getStr)(h, target, key, receiver)
	if trapped && layout.SelfOf(target).Tab != layout.Found().Proxy {
		checkGot(target, layout.BaseOf(target).Values[key], key.String(), v)
	}
	return v, trapped
}

// checkGot says in V8's words that a trap gives something else than what a property has for good. The engine has no words for values.
func checkGot(target *goja.Object, property goja.Value, key string, got goja.Value) {
	p, ok := layout.PropertyOf(property)
	if !ok || p.Configurable || p.Accessor && p.GetterFunc != nil || !p.Accessor && p.Writable {
		return
	}
	if got == nil {
		got = goja.Undefined()
	}
	rt := (*layout.Object)(unsafe.Pointer(target)).Runtime
	owner, ok := templates.Owner(rt).(interface{ Words(v goja.Value) string })
	switch {
	case !ok:
	case p.Accessor && !goja.IsUndefined(got):
		panic(rt.NewTypeError("%s", "'get' on proxy: property '"+key+"' is a non-configurable accessor property on the proxy target and does not "+
			"have a getter function, but the trap did not return 'undefined' (got '"+owner.Words(got)+"')"))
	case !p.Accessor && !got.SameAs(p.Value):
		panic(rt.NewTypeError("%s", "'get' on proxy: property '"+key+"' is a read-only and non-configurable data property on the proxy target but "+
			"the proxy did not return its actual value (expected '"+owner.Words(p.Value)+"' but got '"+owner.Words(got)+"')"))
	}
}

func handleGetIdx(h unsafe.Pointer, target *goja.Object, key int64, receiver goja.Value) (goja.Value, bool) {
	check(target)
	v, trapped := engineMethod[getting[int64]](getIdx)(h, target, key, receiver)
	if self := layout.SelfOf(target); trapped && self.Tab == layout.Found().Array {
		if elements := (*layout.ArrayObject)(self.Data).Values; key >= 0 && key < int64(len(elements)) {
			checkGot(target, elements[key], strconv.FormatInt(key, 10), v)
		}
	}
	return v, trapped
}

func handleGetSym(h unsafe.Pointer, target *goja.Object, key *goja.Symbol, receiver goja.Value) (goja.Value, bool) {
	check(target)
	return engineMethod[getting[*goja.Symbol]](getSym)(h, target, key, receiver)
}

func handleSetStr(h unsafe.Pointer, target *goja.Object, key unistring.String, v, receiver goja.Value) (bool, bool) {
	check(target)
	return engineMethod[setting[unistring.String]](setStr)(h, target, key, v, receiver)
}

func handleSetIdx(h unsafe.Pointer, target *goja.Object, key int64, v, receiver goja.Value) (bool, bool) {
	check(target)
	return engineMethod[setting[int64]](setIdx)(h, target, key, v, receiver)
}

func handleSetSym(h unsafe.Pointer, target *goja.Object, key *goja.Symbol, v, receiver goja.Value) (bool, bool) {
	check(target)
	return engineMethod[setting[*goja.Symbol]](setSym)(h, target, key, v, receiver)
}

func handleHasStr(h unsafe.Pointer, target *goja.Object, key unistring.String) (bool, bool) {
	check(target)
	return engineMethod[having[unistring.String]](hasStr)(h, target, key)
}

func handleHasIdx(h unsafe.Pointer, target *goja.Object, key int64) (bool, bool) {
	check(target)
	return engineMethod[having[int64]](hasIdx)(h, target, key)
}

func handleHasSym(h unsafe.Pointer, target *goja.Object, key *goja.Symbol) (bool, bool) {
	check(target)
	return engineMethod[having[*goja.Symbol]](hasSym)(h, target, key)
}

func handleGetDescriptorStr(h unsafe.Pointer, target *goja.Object, key unistring.String) (goja.Value, bool) {
	check(target)
	return engineMethod[describing[unistring.String]](getDescriptorStr)(h, target, key)
}

func handleDefineStr(h unsafe.Pointer, target *goja.Object, key unistring.String, d goja.PropertyDescriptor) (done, trapped bool) {
	check(target)
	done, trapped = engineMethod[defining[unistring.String]](defineStr)(h, target, key, d)
	if !done || !trapped || d.Getter == nil && d.Setter == nil {
		return done, trapped
	}
	return checkDefined(target, layout.BaseOf(behind(target)).Values[key], key.String(), d)
}

func handleDefineSym(h unsafe.Pointer, target *goja.Object, key *goja.Symbol, d goja.PropertyDescriptor) (done, trapped bool) {
	check(target)
	done, trapped = engineMethod[defining[*goja.Symbol]](defineSym)(h, target, key, d)
	if !done || !trapped || d.Getter == nil && d.Setter == nil {
		return done, trapped
	}
	return checkDefined(target, layout.SymbolProperty(behind(target), key), "Symbol("+key.String()+")", d)
}

// behind is the object at the end of a row of proxies.
func behind(o *goja.Object) *goja.Object {
	for {
		self := layout.SelfOf(o)
		if self.Tab != layout.Found().Proxy {
			return o
		}
		target := (*layout.ProxyObject)(self.Data).Target
		if target == nil { // revoked
			return o
		}
		o = target
	}
}

// checkDefined gives the engine the right answer where it has the wrong one: it takes an accessor that the trap has defined, and that
// cannot be changed any more, for one that is not as described if it is, and the other way round.
func checkDefined(target *goja.Object, property goja.Value, key string, d goja.PropertyDescriptor) (done, trapped bool) {
	p, ok := layout.PropertyOf(property)
	if !ok || !p.Accessor || p.Configurable {
		return true, true
	}
	if !describes(d.Getter, p.GetterFunc) || !describes(d.Setter, p.SetterFunc) || d.Configurable == goja.FLAG_TRUE ||
		d.Enumerable != goja.FLAG_NOT_SET && d.Enumerable.Bool() != p.Enumerable {
		rt := (*layout.Object)(unsafe.Pointer(target)).Runtime
		panic(rt.NewTypeError("%s", "'defineProperty' on proxy: trap returned truish for adding property '"+key+
			"'  that is incompatible with the existing property in the proxy target"))
	}
	return false, false // the target takes what it has already
}

// describes tells whether a property's getter or setter is what a descriptor says, if it says something.
func describes(described goja.Value, f *goja.Object) bool {
	switch {
	case described == nil:
		return true
	case goja.IsUndefined(described):
		return f == nil
	}
	return f != nil && described.SameAs(f)
}

func handleGetPrototypeOf(h unsafe.Pointer, target *goja.Object) (goja.Value, bool) {
	check(target)
	return engineMethod[func(unsafe.Pointer, *goja.Object) (goja.Value, bool)](getPrototypeOf)(h, target)
}

func handleOwnKeys(h unsafe.Pointer, target *goja.Object) (*goja.Object, bool) {
	check(target)
	return engineMethod[func(unsafe.Pointer, *goja.Object) (*goja.Object, bool)](ownKeys)(h, target)
}

// The arguments are a part of the interpreter's stack, and a trap may keep them.
func handleApply(h unsafe.Pointer, target *goja.Object, this goja.Value, args []goja.Value) (goja.Value, bool) {
	check(target)
	return engineMethod[func(unsafe.Pointer, *goja.Object, goja.Value, []goja.Value) (goja.Value, bool)](apply)(h, target, this, slices.Clone(args))
}

func handleConstruct(h unsafe.Pointer, target *goja.Object, args []goja.Value, newTarget *goja.Object) (goja.Value, bool) {
	check(target)
	return engineMethod[func(unsafe.Pointer, *goja.Object, []goja.Value, *goja.Object) (goja.Value, bool)](construct)(h, target, slices.Clone(args), newTarget)
}

// replacements gives the method that stands for one of the engine's, by its name.
func replacement(name string) (operation, any) {
	switch name {
	case "getStr":
		return getStr, handleGetStr
	case "getIdx":
		return getIdx, handleGetIdx
	case "getSym":
		return getSym, handleGetSym
	case "setStr":
		return setStr, handleSetStr
	case "setIdx":
		return setIdx, handleSetIdx
	case "setSym":
		return setSym, handleSetSym
	case "hasStr":
		return hasStr, handleHasStr
	case "hasIdx":
		return hasIdx, handleHasIdx
	case "hasSym":
		return hasSym, handleHasSym
	case "getOwnPropertyDescriptorStr":
		return getDescriptorStr, handleGetDescriptorStr
	case "definePropertyStr":
		return defineStr, handleDefineStr
	case "definePropertySym":
		return defineSym, handleDefineSym
	case "getPrototypeOf":
		return getPrototypeOf, handleGetPrototypeOf
	case "ownKeys":
		return ownKeys, handleOwnKeys
	case "apply":
		return apply, handleApply
	case "construct":
		return construct, handleConstruct
	}
	return 0, nil
}

// tableHead is the number of words of an interface table before its methods: the interface, the type, the hash.
const tableHead = 3

// watchProxy gives a proxy's handler our methods.
func watchProxy(facts *layout.Facts, o *goja.Object) {
	self := layout.SelfOf(o)
	if self.Tab != facts.Proxy || facts.ProxyHandler == nil {
		return
	}
	handler := &(*layout.ProxyObject)(self.Data).Handler
	handlers.Lock()
	defer handlers.Unlock()
	if handlers.table == nil && handler.Tab != nil {
		n := facts.ProxyHandler.NumMethod()
		engine := unsafe.Slice((*uintptr)(handler.Tab), tableHead+n)
		table := append([]uintptr(nil), engine...)
		for i := range n {
			if op, f := replacement(facts.ProxyHandler.Method(i).Name); f != nil {
				handlers.methods[op] = engine[tableHead+i]
				table[tableHead+i] = reflect.ValueOf(f).Pointer()
			}
		}
		handlers.engine, handlers.table = handler.Tab, table
	}
	if handler.Tab == handlers.engine {
		handler.Tab = unsafe.Pointer(&handlers.table[0])
	}
}
