package fast

import (
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// Objects that are used as tables lose names as often as they get some. The engine looks for each from the first on, and then moves all that
// come after it: 10^5 entries that are deleted in the order in which they came take ten seconds.

var deletesElement, deletesElementStrict, deletesProperty, deletesPropertyStrict program.Over

// manyNames is how many names an object has whose deletions are done here.
const manyNames = 64

// sharedNames is the engine's mark at the end of a list of names that somebody goes through.
const sharedNames = " "

// lastDeleted is where the last name was found that was deleted, from which the next is looked for.
var lastDeleted atomic.Int32

func deleteElement(data unsafe.Pointer, vm *layout.VM) {
	if !deletedElement(vm) {
		deletesElement.Engine(data, vm)
	}
}

func deleteElementStrict(data unsafe.Pointer, vm *layout.VM) {
	if !deletedElement(vm) {
		deletesElementStrict.Engine(data, vm)
	}
}

func deleteProperty(data unsafe.Pointer, vm *layout.VM) {
	if !deleted(vm, 1, *(*unistring.String)(data)) {
		deletesProperty.Engine(data, vm)
	}
}

func deletePropertyStrict(data unsafe.Pointer, vm *layout.VM) {
	if !deleted(vm, 1, *(*unistring.String)(data)) {
		deletesPropertyStrict.Engine(data, vm)
	}
}

func deletedElement(vm *layout.VM) bool {
	learnFacts(vm)
	switch key := wordsOf(&vm.Stack[vm.SP-1]); key.Tab {
	case intTab:
		return deleted(vm, 2, unistring.String(decimal(intOf(key))))
	case asciiTab:
		return deleted(vm, 2, unistring.String(textOf(key)))
	}
	return false
}

// deleted deletes an ordinary property of an ordinary object that has many, the first of so many operands on the stack.
func deleted(vm *layout.VM, operands int, name unistring.String) bool {
	learnFacts(vm)
	b := ordinary(wordsOf(&vm.Stack[vm.SP-operands]))
	if b == nil || len(b.PropNames) < manyNames {
		return false
	}
	v := b.Values[name]
	if v == nil || layout.WordsOf(v).Tab == propertyTab || !removeName(b, name) {
		return false
	}
	delete(b.Values, name)
	vm.SP -= operands - 1
	vm.Stack[vm.SP-1] = yes
	vm.PC++
	return true
}

// removeName takes a name out of an object's list, unless somebody goes through that. The shorter part moves.
func removeName(b *layout.BaseObject, name unistring.String) bool {
	names := b.PropNames
	n := len(names)
	if cap(names) > n && names[:cap(names)][cap(names)-1] == sharedNames {
		return false
	}
	at := min(int(lastDeleted.Load()), n-1)
	for range n {
		if names[at] == name {
			break
		}
		if at++; at == n {
			at = 0
		}
	}
	if names[at] != name {
		return false
	}
	lastDeleted.Store(int32(at))
	if at < n/2 {
		copy(names[1:at+1], names[:at])
		names[0] = ""
		b.PropNames = names[1:]
	} else {
		copy(names[at:], names[at+1:])
		names[n-1] = ""
		b.PropNames = names[:n-1]
	}
	if at < b.LastSortedPropLen {
		b.LastSortedPropLen--
		if at < b.IdxPropCount {
			b.IdxPropCount--
		}
	}
	return true
}
