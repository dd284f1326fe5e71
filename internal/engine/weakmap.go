package engine

import (
	"reflect"
	"runtime"
	"sync"
	"unsafe"
	"weak"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// The value of a WeakMap must live as long as both the map and the key do. Go's collector knows no such pairs, and a map that
// holds its values, as the engine's does, keeps for ever a key whose value refers to it. So the value hangs on the key, where the
// engine keeps private fields, under an identity of the map that does not hold the map: a value that refers to its key is garbage
// with it. When a map dies, its values are taken off the keys that live on. The reverse stays: a value that refers to the map
// itself keeps that until the key dies.

// weakValue is the value on the key. It stands where the engine has the private elements of a class.
type weakValue struct {
	value goja.Value
	at    int // in weakKeys.list
}

// weakKeys is the identity of a map and the list of its keys.
type weakKeys struct {
	list    []weak.Pointer[goja.Object] // some dead, or deleted
	full    int                         // the length at which dead ones are taken out
	symbols map[weak.Pointer[goja.Symbol]]goja.Value
	others  map[weak.Pointer[goja.Object]]goja.Value // on objects that have no private fields: those of Go values
}

// weakState is the Go state of a WeakMap or a WeakSet, behind the engine's structure of it.
type weakState struct {
	keys *weakKeys // nil until there is one
}

// weakType is how the engine's WeakMap or WeakSet is made larger by a weakState.
type weakType struct {
	tab    unsafe.Pointer // as layout.Words.Tab; nil until the first is made
	larger reflect.Type
	state  uintptr
}

// The types are facts about the linked engine, found when the first object of each is made.
var weakTypes struct {
	sync.Mutex
	maps, sets weakType
}

// initWeak gives the engine's WeakMap and WeakSet functions of ours. The classes stay the engine's own.
func (e *Engine) initWeak() {
	e.weakClass("WeakMap", "set", &e.weakMaps, &weakTypes.maps, "constructor", "delete", "get", "set", "has")
	e.weakClass("WeakSet", "add", &e.weakSets, &weakTypes.sets, "constructor", "delete", "has", "add")
}

func (e *Engine) weakClass(name, add string, tab *unsafe.Pointer, t *weakType, order ...unistring.String) {
	class, ok := e.vm.Get(name).(*goja.Object)
	if !ok {
		return
	}
	proto := class.Get("prototype").(*goja.Object)
	layout.BaseOf(proto).PropNames = order // V8's
	method := func(method string, f func(s *weakState, call goja.FunctionCall) goja.Value) goja.Value {
		function := proto.Get(method)
		e.WrapNative(function, func(Native) Native {
			return func(call goja.FunctionCall) goja.Value {
				o, ok := call.This.(*goja.Object)
				if !ok || layout.SelfOf(o).Tab != *tab || *tab == nil {
					panic(e.vm.NewTypeError("Method %s.prototype.%s called on incompatible receiver %s", name, method, e.receiver(call.This)))
				}
				return f(layout.At[weakState](layout.SelfOf(o).Data, t.state), call)
			}
		})
		return function
	}
	method("has", func(s *weakState, call goja.FunctionCall) goja.Value {
		return e.vm.ToValue(s.keys.get(call.Argument(0)) != nil)
	})
	method("delete", func(s *weakState, call goja.FunctionCall) goja.Value {
		return e.vm.ToValue(s.keys.remove(call.Argument(0)))
	})
	pairs := name == "WeakMap"
	if pairs {
		method("get", func(s *weakState, call goja.FunctionCall) goja.Value {
			if v := s.keys.get(call.Argument(0)); v != nil {
				return v
			}
			return goja.Undefined()
		})
	}
	put := func(s *weakState, key, value goja.Value) {
		if !e.canBeWeak(key) {
			if pairs {
				panic(e.vm.NewTypeError("Invalid value used as weak map key"))
			}
			panic(e.vm.NewTypeError("Invalid value used in weak set"))
		}
		if s.keys == nil {
			s.keys = &weakKeys{full: 32}
			e.whenDead(s)
		}
		s.keys.put(key, value)
	}
	adder := method(add, func(s *weakState, call goja.FunctionCall) goja.Value {
		put(s, call.Argument(0), call.Argument(1))
		return call.This
	})
	e.WrapConstructor(class, func(plain Constructor) Constructor {
		return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
			o := plain(nil, newTarget)
			s := t.enlarge(o)
			*tab = layout.SelfOf(o).Tab
			if len(args) > 0 && args[0] != nil && !goja.IsUndefined(args[0]) && !goja.IsNull(args[0]) {
				e.fillWeak(o, args[0], add, pairs, func(addTo goja.Value, items ...goja.Value) {
					if addTo == adder {
						put(s, items[0], items[len(items)-1])
					} else {
						e.Apply(addTo, o, items...)
					}
				})
			}
			return o
		}
	})
}

// fillWeak adds what an iterable gives to a new map or set, by its method.
func (e *Engine) fillWeak(o *goja.Object, iterable goja.Value, add string, pairs bool, put func(add goja.Value, items ...goja.Value)) {
	addTo := o.Get(add)
	if _, ok := goja.AssertFunction(addTo); !ok {
		text := "undefined"
		if addTo != nil {
			text = e.receiver(addTo)
		}
		panic(e.vm.NewTypeError("'%s' returned for property '%s' of object '#<%s>' is not a function", text, add, e.TypeName(o)))
	}
	iterable = e.iterable(iterable)
	e.realm.IterateAny(iterable, func(item goja.Value) bool {
		if !pairs {
			put(addTo, item)
			return true
		}
		pair, ok := item.(*goja.Object)
		if !ok {
			panic(e.vm.NewTypeError("Iterator value %s is not an entry object", e.receiver(item)))
		}
		put(addTo, orUndefined(pair.Get("0")), orUndefined(pair.Get("1")))
		return true
	})
}

// iterable gives v back if it can be iterated, and throws V8's error if not.
func (e *Engine) iterable(v goja.Value) goja.Value {
	if !goja.IsUndefined(v) && !goja.IsNull(v) {
		if _, ok := goja.AssertFunction(v.ToObject(e.vm).GetSymbol(goja.SymIterator)); ok {
			return v
		}
	}
	panic(e.vm.NewTypeError("%s", e.uniterable(v)))
}

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}

// enlarge makes room for a state behind an object that the engine has just made.
func (t *weakType) enlarge(o *goja.Object) *weakState {
	weakTypes.Lock()
	if t.tab == nil {
		t.larger = reflect.StructOf([]reflect.StructField{{Name: "Object", Type: layout.SelfType(o).Elem()}, {Name: "State", Type: reflect.TypeFor[weakState]()}})
		t.state = t.larger.Field(1).Offset
		t.tab = layout.SelfOf(o).Tab
	}
	weakTypes.Unlock()
	larger := reflect.New(t.larger)
	whole := layout.SelfOf(o)
	original := t.larger.Field(0).Type
	reflect.NewAt(original, larger.UnsafePointer()).Elem().Set(reflect.NewAt(original, whole.Data).Elem())
	whole.Data = larger.UnsafePointer()
	return layout.At[weakState](whole.Data, t.state)
}

// whenDead has a map's values taken off their keys when it is gone. The cleanup must hold neither the map nor the engine.
func (e *Engine) whenDead(s *weakState) {
	type orphan struct {
		engine weak.Pointer[Engine]
		keys   *weakKeys
	}
	runtime.AddCleanup(s, func(left orphan) {
		if e := left.engine.Value(); e != nil {
			e.hooks.Post(left.keys.drop)
		}
	}, orphan{weak.Make(e), s.keys})
}

// canBeWeak tells whether a value can be a key: an object, or a symbol that is not registered.
func (e *Engine) canBeWeak(v goja.Value) bool {
	switch v := v.(type) {
	case *goja.Object:
		return true
	case *goja.Symbol:
		key := e.Apply(e.vm.Get("Symbol").ToObject(e.vm).Get("keyFor"), goja.Undefined(), v)
		return goja.IsUndefined(key)
	}
	return false
}

// privateFields are the engine's private fields of an object, where weak values stand beside those of classes; nil for objects that
// have none.
func privateFields(o *goja.Object) *map[*weakKeys]*weakValue {
	base := layout.BaseOf(o)
	if base.Val != o {
		// An object that the engine makes when it is first used.
		o.ClassName()
		if base = layout.BaseOf(o); base.Val != o {
			return nil
		}
	}
	// All maps of pointers to pointers are alike.
	return (*map[*weakKeys]*weakValue)(unsafe.Pointer(&base.PrivateElements))
}

// get is the value of a key, nil for none.
func (k *weakKeys) get(key goja.Value) goja.Value {
	if k == nil {
		return nil
	}
	switch key := key.(type) {
	case *goja.Object:
		fields := privateFields(key)
		if fields == nil {
			return k.others[weak.Make(key)]
		}
		if v := (*fields)[k]; v != nil {
			return v.value
		}
	case *goja.Symbol:
		return k.symbols[weak.Make(key)]
	}
	return nil
}

// put sets the value of a key.
func (k *weakKeys) put(key, value goja.Value) {
	switch key := key.(type) {
	case *goja.Object:
		fields := privateFields(key)
		switch {
		case fields == nil:
			if k.others == nil {
				k.others = map[weak.Pointer[goja.Object]]goja.Value{}
			}
			k.others[weak.Make(key)] = value
			return
		case *fields == nil:
			*fields = map[*weakKeys]*weakValue{}
		}
		if v := (*fields)[k]; v != nil {
			v.value = value
			return
		}
		if len(k.list) >= k.full {
			k.compact()
		}
		(*fields)[k] = &weakValue{value, len(k.list)}
		k.list = append(k.list, weak.Make(key))
	case *goja.Symbol:
		if k.symbols == nil {
			k.symbols = map[weak.Pointer[goja.Symbol]]goja.Value{}
		}
		k.symbols[weak.Make(key)] = value
	}
}

// remove takes a key out.
func (k *weakKeys) remove(key goja.Value) bool {
	if k.get(key) == nil {
		return false
	}
	switch key := key.(type) {
	case *goja.Object:
		if fields := privateFields(key); fields != nil {
			k.list[(*fields)[k].at] = weak.Pointer[goja.Object]{}
			delete(*fields, k)
		} else {
			delete(k.others, weak.Make(key))
		}
	case *goja.Symbol:
		delete(k.symbols, weak.Make(key))
	}
	return true
}

// compact takes dead keys out of the list. Where half of it lives it is not looked through again before it has doubled.
func (k *weakKeys) compact() {
	n := 0
	for _, w := range k.list {
		if o := w.Value(); o != nil {
			(*privateFields(o))[k].at = n
			k.list[n] = w
			n++
		}
	}
	clear(k.list[n:])
	k.list = k.list[:n]
	k.full = max(32, 2*n)
	for w := range k.symbols {
		if w.Value() == nil {
			delete(k.symbols, w)
		}
	}
	for w := range k.others {
		if w.Value() == nil {
			delete(k.others, w)
		}
	}
}

// drop takes the values of a dead map off the keys that live.
func (k *weakKeys) drop() {
	for _, w := range k.list {
		if o := w.Value(); o != nil {
			delete(*privateFields(o), k)
		}
	}
	*k = weakKeys{}
}

// WeakEntries are the keys of a WeakMap or WeakSet that live, each followed by its value in a WeakMap.
func (e *Engine) WeakEntries(o *goja.Object) (list []goja.Value) {
	self := layout.SelfOf(o)
	t, pairs := &weakTypes.maps, true
	if self.Tab == e.weakSets {
		t, pairs = &weakTypes.sets, false
	} else if self.Tab != e.weakMaps {
		return nil
	}
	k := layout.At[weakState](self.Data, t.state).keys
	if k == nil {
		return nil
	}
	add := func(key, value goja.Value) {
		list = append(list, key)
		if pairs {
			list = append(list, value)
		}
	}
	for _, w := range k.list {
		if o := w.Value(); o != nil {
			add(o, k.get(o))
		}
	}
	for w, v := range k.others {
		if o := w.Value(); o != nil {
			add(o, v)
		}
	}
	for w, v := range k.symbols {
		if s := w.Value(); s != nil {
			add(s, v)
		}
	}
	return list
}
