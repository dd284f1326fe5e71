// Package steps has the names of properties that stand for what the engine's syntax tree has no nodes for: the steps of for await, of
// using declarations, of coverage and of debuggers. A program that reads or writes such a property runs the step (internal/engine/coroutines). No script can: a name
// is known by where it lies in memory.
package steps

import (
	"unsafe"

	"github.com/dop251/goja/unistring"
)

// Step is one of the steps. What a step is about is the object of the property, what it is given is assigned.
type Step uint8

// The steps.
const (
	None Step = iota

	// Iterate makes an asynchronous iteration over a value. Next asks it for its next result, which is to be awaited; Take is given that and
	// tells whether there is a value, which Value is. Return asks the iterator to end, if it still goes on, and tells whether Pending is to
	// be awaited; Check is given what came.
	Iterate
	Next
	Take
	Value
	Return
	Check

	// Stack makes a list of resources. Use and UseAsync are given a resource, Fail an error. Dispose disposes of all, and throws what is to
	// be thrown; where some are asynchronous DisposeNext goes as far as the next whose Pending is to be awaited, and is false at the end,
	// when Finish throws.
	Stack
	Use
	UseAsync
	Fail
	Dispose
	DisposeNext
	Finish

	// Pending is what is to be awaited.
	Pending

	// Awaited is the value of what it is about: it tells where the await is that comes next.
	Awaited

	// Count counts that the program has come here (internal/coverage); it is about the counter's number.
	Count

	// Probe is where a debugger can stop (internal/probes); it is about the probe's number.
	Probe
)

// names holds a name for each step. Only their addresses count.
var names = [Probe + 1]byte{}

// Name is the property that stands for a step.
func (s Step) Name() unistring.String {
	return unistring.String(unsafe.String(&names[s], 1))
}

// Of tells which step a property's name stands for, None for all other names.
func Of(name unistring.String) Step {
	at := uintptr(unsafe.Pointer(unsafe.StringData(string(name)))) - uintptr(unsafe.Pointer(&names[0]))
	if at < uintptr(len(names)) {
		return Step(at)
	}
	return None
}
