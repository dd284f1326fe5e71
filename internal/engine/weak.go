package engine

import (
	"runtime"
	"weak"

	"github.com/dop251/goja"
)

// newWeakRefClass makes class WeakRef on Go's weak pointers.
func (e *Engine) newWeakRefClass() goja.Value {
	class, proto := e.languageClass("WeakRef", 1, func(call goja.ConstructorCall) *goja.Object {
		if s, ok := e.weakSymbol(call.Argument(0)); ok {
			e.SetSlot(call.This, s)
			return nil
		}
		target, ok := call.Argument(0).(*goja.Object)
		if !ok {
			e.Throw(e.vm.NewTypeError("WeakRef: invalid target"))
		}
		e.SetSlot(call.This, weak.Make(target))
		e.keep(target)
		return nil
	})
	e.SetMethod(proto, "deref", 0, func(call goja.FunctionCall) goja.Value {
		if s, ok := e.Slot(call.This).(*goja.Symbol); ok {
			return s
		}
		ref, ok := e.Slot(call.This).(weak.Pointer[goja.Object])
		if !ok {
			e.Throw(e.vm.NewTypeError("%s", "Method WeakRef.prototype.deref called on incompatible receiver "+call.This.String()))
		}
		target := ref.Value()
		if target == nil {
			return goja.Undefined()
		}
		e.keep(target)
		return target
	})
	proto.DefineDataPropertySymbol(goja.SymToStringTag, e.vm.ToValue("WeakRef"), flagFalse, flagTrue, flagFalse)
	class.DefineDataProperty("prototype", proto, flagFalse, flagFalse, flagFalse)
	return class
}

// weakSymbol is a symbol that may be held weakly: any but those of Symbol.for.
func (e *Engine) weakSymbol(v goja.Value) (*goja.Symbol, bool) {
	s, ok := v.(*goja.Symbol)
	return s, ok && e.canBeWeak(v)
}

// keep holds an object until the running macrotask ends: what a WeakRef gave once, it gives again until then.
func (e *Engine) keep(o *goja.Object) {
	if n := len(e.kept); n > 0 && e.kept[n-1] == o {
		return
	}
	e.kept = append(e.kept, o)
}

// finalization is the state of a FinalizationRegistry.
type finalization struct {
	callback goja.Callable
	entries  map[uint64]*registration
	last     uint64
}

// expired is what Go holds until the target of a registration dies. It must hold nothing that the scripts could reach, or no
// world with a living registration would ever be garbage.
type expired struct {
	engine       weak.Pointer[Engine]
	finalization weak.Pointer[finalization]
	number       uint64
}

type registration struct {
	held    goja.Value
	token   weak.Pointer[goja.Object]
	symbol  *goja.Symbol // in place of token
	cleanup runtime.Cleanup
}

// newFinalizationRegistryClass makes class FinalizationRegistry on Go's cleanups, which do not hold the loop open.
func (e *Engine) newFinalizationRegistryClass() goja.Value {
	class, proto := e.languageClass("FinalizationRegistry", 1, func(call goja.ConstructorCall) *goja.Object {
		fn, ok := goja.AssertFunction(call.Argument(0))
		if !ok {
			e.Throw(e.vm.NewTypeError("FinalizationRegistry: cleanup must be callable"))
		}
		e.SetSlot(call.This, &finalization{callback: fn, entries: map[uint64]*registration{}})
		return nil
	})
	state := func(call goja.FunctionCall, method string) *finalization {
		f, ok := e.Slot(call.This).(*finalization)
		if !ok {
			e.Throw(e.vm.NewTypeError("Method FinalizationRegistry.prototype.%s called on incompatible receiver %s", method, call.This.String()))
		}
		return f
	}
	e.SetMethod(proto, "register", 2, func(call goja.FunctionCall) goja.Value {
		f := state(call, "register")
		target, ok := call.Argument(0).(*goja.Object)
		symbol, isSymbol := e.weakSymbol(call.Argument(0))
		if !ok && !isSymbol {
			e.Throw(e.vm.NewTypeError("FinalizationRegistry.prototype.register: invalid target"))
		}
		if isSymbol && call.Argument(1) == goja.Value(symbol) || ok && call.Argument(1) == target {
			e.Throw(e.vm.NewTypeError("FinalizationRegistry.prototype.register: target and holdings must not be same"))
		}
		r := &registration{held: call.Argument(1)}
		if token, ok := call.Argument(2).(*goja.Object); ok {
			r.token = weak.Make(token)
		} else if s, ok := e.weakSymbol(call.Argument(2)); ok {
			r.symbol = s
		} else if !goja.IsUndefined(call.Argument(2)) {
			e.Throw(e.vm.NewTypeError("Invalid unregisterToken ('%s')", call.Argument(2).String()))
		}
		f.last++
		f.entries[f.last] = r
		if isSymbol { // it stays for as long as the registry
			return goja.Undefined()
		}
		r.cleanup = runtime.AddCleanup(target, func(x expired) {
			e, f := x.engine.Value(), x.finalization.Value()
			if e == nil || f == nil {
				return
			}
			e.hooks.Post(func() {
				if r, ok := f.entries[x.number]; ok {
					delete(f.entries, x.number)
					e.Call(f.callback, goja.Undefined(), r.held)
				}
			})
		}, expired{weak.Make(e), weak.Make(f), f.last})
		return goja.Undefined()
	})
	e.SetMethod(proto, "unregister", 1, func(call goja.FunctionCall) goja.Value {
		f := state(call, "unregister")
		token, ok := call.Argument(0).(*goja.Object)
		symbol, isSymbol := e.weakSymbol(call.Argument(0))
		if !ok && !isSymbol {
			e.Throw(e.vm.NewTypeError("Invalid unregisterToken ('%s')", call.Argument(0).String()))
		}
		removed := false
		for number, r := range f.entries {
			if ok && r.token.Value() == token || isSymbol && r.symbol == symbol {
				r.cleanup.Stop()
				delete(f.entries, number)
				removed = true
			}
		}
		return e.vm.ToValue(removed)
	})
	proto.DefineDataPropertySymbol(goja.SymToStringTag, e.vm.ToValue("FinalizationRegistry"), flagFalse, flagTrue, flagFalse)
	class.DefineDataProperty("prototype", proto, flagFalse, flagFalse, flagFalse)
	return class
}
