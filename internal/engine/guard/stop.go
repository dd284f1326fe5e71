package guard

import (
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// The engine's own interruption is an error that no Go code of the engine's catches: each level of calls through Go panics anew in the
// middle of the panic from below, for which Go walks over all frames, and a script that is a thousand such levels deep takes seconds to
// end. So a script is first asked to stop at its next call or jump, where an exception is thrown that passes through these levels as any
// other does. All that could catch it in scripts is taken away before.

// stops are the runtimes that are asked to.
var stops struct {
	pending atomic.Int32
	mu      sync.Mutex
	asked   map[*layout.VM]any // with what the engine is then interrupted
	shields map[*layout.VM]int // how many of them are up
	later   map[*layout.VM]any // interruptions that have met one
}

// Shield keeps what makes something once and for all, as the loading of a module, from being stopped half way: the runtime may live on. What
// it returns ends that, and lets through what has come meanwhile. Loop goroutine only.
func Shield(rt *goja.Runtime) (end func()) {
	f := layout.Found()
	if f == nil {
		return func() {}
	}
	vm := f.VMOf(rt)
	stops.mu.Lock()
	defer stops.mu.Unlock()
	if stops.shields == nil {
		stops.shields, stops.later = map[*layout.VM]int{}, map[*layout.VM]any{}
	}
	if stops.shields[vm]++; stops.shields[vm] == 1 {
		vm.InterruptLock.Lock()
		reason, interrupted := vm.InterruptVal, vm.Interrupted != 0
		vm.InterruptLock.Unlock()
		if interrupted {
			rt.ClearInterrupt()
			stops.later[vm] = reason
		}
	}
	return func() {
		stops.mu.Lock()
		defer stops.mu.Unlock()
		if stops.shields[vm]--; stops.shields[vm] > 0 {
			return
		}
		delete(stops.shields, vm)
		if reason, ok := stops.later[vm]; ok {
			delete(stops.later, vm)
			rt.Interrupt(reason)
		}
	}
}

// Interrupt interrupts the engine as soon as no shield is up. Any goroutine.
func Interrupt(rt *goja.Runtime, reason any) {
	if f := layout.Found(); f != nil {
		vm := f.VMOf(rt)
		stops.mu.Lock()
		defer stops.mu.Unlock()
		if stops.shields[vm] > 0 {
			stops.later[vm] = reason
			return
		}
	}
	rt.Interrupt(reason)
}

// Stop asks a runtime's script to end. Whoever asks interrupts the engine if that is of no avail. Any goroutine.
func Stop(rt *goja.Runtime, reason any) {
	f := layout.Found()
	if f == nil {
		return
	}
	stops.mu.Lock()
	defer stops.mu.Unlock()
	if stops.asked == nil {
		stops.asked = map[*layout.VM]any{}
	}
	if vm := f.VMOf(rt); stops.asked[vm] == nil {
		stops.asked[vm] = reason
		stops.pending.Add(1)
	}
}

// Stopping tells whether any runtime is asked to stop or has a visitor: then calls and jumps are to Check.
func Stopping() bool { return stops.pending.Load() != 0 }

// Stopped forgets what has been asked of a runtime. Any goroutine.
func Stopped(rt *goja.Runtime) {
	if f := layout.Found(); f != nil && Stopping() {
		take(f.VMOf(rt))
	}
}

// Asked tells whether that runtime is asked to stop: who visits it is not asking for that. Loop goroutine only.
func Asked(vm *layout.VM) bool { return Stopping() && asked(vm) }

func asked(vm *layout.VM) bool {
	stops.mu.Lock()
	defer stops.mu.Unlock()
	return stops.asked[vm] != nil && stops.shields[vm] == 0
}

func take(vm *layout.VM) (reason any) {
	stops.mu.Lock()
	defer stops.mu.Unlock()
	if reason = stops.asked[vm]; reason != nil {
		delete(stops.asked, vm)
		stops.pending.Add(-1)
	}
	return reason
}

// halt is what is thrown.
type halt struct{}

// Check lets in who wants to visit the runtime, and throws if it is asked to stop. Loop goroutine only.
func Check(vm *layout.VM) {
	if !Stopping() {
		return
	}
	if visit := takeVisit(vm); visit != nil {
		visit()
	}
	if !asked(vm) {
		return
	}
	reason := take(vm)
	for i := range vm.TryStack {
		if t := &vm.TryStack[i]; t.CatchPos >= -1 { // one of a script's
			t.CatchPos, t.FinallyPos = -1, -1
		}
	}
	for i := range vm.IterStack {
		vm.IterStack[i].Iter = nil // nothing is closed either
	}
	thrown := vm.Runtime.Try(func() { panic(vm.Runtime.ToValue(halt{})) })
	vm.Runtime.Interrupt(reason) // whatever runs on the way
	panic(thrown)
}

// End interrupts the script that calls. In the depths of a recursion it does not return. Loop goroutine only.
func End(rt *goja.Runtime, reason any) {
	if f := layout.Found(); f != nil && len(f.VMOf(rt).TryStack) > nested {
		Stop(rt, reason)
		Check(f.VMOf(rt))
	}
	rt.Interrupt(reason)
}

// IsHalt tells what Check throws, which promises may have caught: nobody is told of it.
func IsHalt(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	return ok && o.ExportType() == reflect.TypeFor[halt]() // asks no getter
}

// Halted gives the interruption that an exception thrown by Check stands for, nil for all others.
func Halted(rt *goja.Runtime, thrown *goja.Exception) error {
	if thrown == nil || thrown.Value() == nil {
		return nil
	}
	if !IsHalt(thrown.Value()) {
		return nil
	}
	_, err := rt.RunProgram(nothing())
	return err
}
