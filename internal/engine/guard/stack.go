// Package guard keeps scripts from ending the process: recursion of any kind becomes the RangeError that V8 throws before it overflows
// the Go stack, sizes are checked before memory is asked for, and Go code that runs long looks for an interruption. What it knows of the
// engine is in package layout. A runtime's goroutine only.
package guard

import (
	"sync"
	"sync/atomic"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

const (
	// maxStack is how much of its Go stack a goroutine may use for a script. A stack doubles when it is full: this much fits 64 MB, and
	// leaves room for Go code that needs no guard. Go itself ends the process at 1 GB.
	maxStack = 56 << 20

	// Slack is how many calls the engine's own limit lies above the one that scripts see: natives, and what runs while a stack unwinds.
	// An error by the engine's limit cannot be caught.
	Slack = 1000
)

const tooDeep = "Maximum call stack size exceeded"

// Stack throws a RangeError if too much of the goroutine's stack is used. Go code that calls itself for nested values calls it at each
// level; it costs 2 ns.
func Stack(rt *goja.Runtime) {
	if stackUsed() > maxStack {
		RangeError(rt, tooDeep)
	}
}

// maxJoined is maxStack for arrays in arrays that become a string: the engine looks for each among all that it is inside of.
const maxJoined = 12 << 20

// RangeError throws one. It does not depend on what scripts have made of the globals.
func RangeError(rt *goja.Runtime, message string) {
	ex, _ := rt.NewArray().Set("length", -1).(*goja.Exception)
	o := ex.Value().(*goja.Object)
	o.DefineDataProperty("message", rt.ToValue(message), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	panic(o)
}

// Poll ends the script if it is interrupted. Go code that may run for more than some milliseconds calls it now and then; it costs 1 ns.
func Poll(rt *goja.Runtime) {
	if f := layout.Found(); f != nil {
		vm := f.VMOf(rt)
		if Stopping() {
			Check(vm)
		}
		if atomic.LoadUint32(&vm.Interrupted) != 0 {
			interrupt(rt)
		}
	}
}

// Interrupted tells whether the script is to end.
func Interrupted(rt *goja.Runtime) bool {
	f := layout.Found()
	return f != nil && (atomic.LoadUint32(&f.VMOf(rt).Interrupted) != 0 || Stopping() && asked(f.VMOf(rt)))
}

var nothing = sync.OnceValue(func() *goja.Program { return goja.MustCompile("", "0", false) })

// interrupt lets the engine find the interruption, for only it can make the error.
func interrupt(rt *goja.Runtime) {
	if _, err := rt.RunProgram(nothing()); err != nil {
		panic(err)
	}
}
