package guard

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// visits are functions that are to run on the goroutine of a script that is running, for who looks at it from outside. They are counted in
// stops.pending, too: whatever makes calls and jumps look makes them look for both. stops.mu guards them.
var visits map[*layout.VM]func()

// Visit has f called at the next call or jump of a runtime's script, once, on its goroutine. What it returns withdraws that; f may still be
// running then. f must not run scripts. Any goroutine.
func Visit(rt *goja.Runtime, f func()) (withdraw func()) {
	found := layout.Found()
	if found == nil {
		return func() {}
	}
	vm := found.VMOf(rt)
	stops.mu.Lock()
	defer stops.mu.Unlock()
	if visits == nil {
		visits = map[*layout.VM]func(){}
	}
	if next := visits[vm]; next != nil {
		visits[vm] = func() {
			next()
			f()
		}
		return func() {}
	}
	visits[vm] = f
	stops.pending.Add(1)
	return func() { takeVisit(vm) }
}

func takeVisit(vm *layout.VM) func() {
	stops.mu.Lock()
	defer stops.mu.Unlock()
	f := visits[vm]
	if f != nil {
		delete(visits, vm)
		stops.pending.Add(-1)
	}
	return f
}
