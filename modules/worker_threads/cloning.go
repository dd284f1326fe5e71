package worker_threads

import (
	"iter"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

type cloneKey struct{}

// cloning is what classes say about clones of their objects.
type cloning struct {
	method *goja.Symbol            // of prototypes: makes a description of a clone
	never  map[*goja.Object]bool   // prototypes of objects that have none
	moves  map[*goja.Object]string // prototypes of objects that can only move, and the module that moves them
}

// unlisted is said of an object that can only move, and is not to.
const unlisted = "Object that needs transfer was found in message but not listed in transferList"

// cloneable tells whether an object may be cloned as far as its class, or markAsUncloneable, is concerned.
func cloneable(rt *runtime.Runtime, o *goja.Object) bool {
	if rt.Uncloneable(o) {
		return false
	}
	clones, ok := rt.Value(cloneKey{}).(*cloning)
	return !ok || !inheritsOne(o, clones.never)
}

// movesOnly is the module that moves an object which cannot be cloned, if there is one.
func movesOnly(rt *runtime.Runtime, o *goja.Object) (module string) {
	if clones, ok := rt.Value(cloneKey{}).(*cloning); ok {
		for p := range prototypes(o) {
			if module, ok := clones.moves[p]; ok {
				return module
			}
		}
	}
	return ""
}

func inheritsOne(o *goja.Object, of map[*goja.Object]bool) bool {
	for p := range prototypes(o) {
		if of[p] {
			return true
		}
	}
	return false
}

// prototypes are those of an object, as far as no Proxy is asked.
func prototypes(o *goja.Object) iter.Seq[*goja.Object] {
	return func(yield func(*goja.Object) bool) {
		for engine.KindOf(o) != engine.ProxyObject {
			if o = o.Prototype(); o == nil || !yield(o) {
				return
			}
		}
	}
}

// moving is a runtime.Transferable of JavaScript: in the object's place others move, with clones of data, of which a
// function of the module makes an object at the other end.
type moving struct {
	rt     *runtime.Runtime
	module string
}

func scriptedMove(rt *runtime.Runtime, o *goja.Object) runtime.Transferable {
	if module := movesOnly(rt, o); module != "" {
		return &moving{rt, module}
	}
	return nil
}

// CanTransfer implements runtime.Transferable.
func (m *moving) CanTransfer(o *goja.Object) { m.rt.CallMethod(m.rt.Require(m.module), "check", o) }

// Transfer implements runtime.Transferable.
func (m *moving) Transfer(o *goja.Object) (revive func(*runtime.Runtime) goja.Value, drop func()) {
	moved := m.rt.CallMethod(m.rt.Require(m.module), "move", o).(*goja.Object)
	name := moved.Get("0").String()
	var revives []func(*runtime.Runtime) goja.Value
	var drops []func()
	for i := 1; i < int(moved.Get("length").ToInteger()); i++ {
		part := moved.Get(strconv.Itoa(i))
		if o, ok := part.(*goja.Object); ok {
			if state, ok := stateOf(m.rt, o).(runtime.Transferable); ok {
				revive, drop := state.Transfer(o)
				revives, drops = append(revives, revive), append(drops, drop)
				continue
			}
		}
		data := serialize(m.rt, part, nil)
		revives = append(revives, func(rt *runtime.Runtime) goja.Value {
			v, _ := data.deserialize(rt)
			return v
		})
		drops = append(drops, data.discard)
	}
	module := m.module
	return func(rt *runtime.Runtime) goja.Value {
			var parts []goja.Value
			for _, revive := range revives {
				parts = append(parts, revive(rt))
			}
			return rt.CallMethod(rt.Require(module), name, parts...)
		}, func() {
			for _, drop := range drops {
				drop()
			}
		}
}

// cloneOf asks an object of a built-in module's class for its clone: a method under the symbol kClone of "internal/clone" gives
// { module, name, data }, and module's function of that name makes the clone of the data's; needs is a module to be loaded
// before.
func cloneOf(rt *runtime.Runtime, o *goja.Object) (revive func(*runtime.Runtime) goja.Value) {
	clones, ok := rt.Value(cloneKey{}).(*cloning)
	if !ok {
		return nil
	}
	method, ok := goja.AssertFunction(o.GetSymbol(clones.method))
	if !ok {
		return nil
	}
	clone, ok := rt.Call(method, o).(*goja.Object)
	if !ok {
		rt.Throw(cloneError(rt, unlisted))
	}
	module, name := clone.Get("module").String(), clone.Get("name").String()
	needs := clone.Get("needs")
	first := module
	if needs != nil {
		first = needs.String()
	}
	data := serialize(rt, clone.Get("data"), nil)
	return func(rt *runtime.Runtime) goja.Value {
		rt.Require(first)
		v, _ := data.deserialize(rt)
		return rt.CallMethod(rt.Require(module), name, v)
	}
}
