package operators

import (
	"runtime"
	"sync"
	"unsafe"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/templates"
)

// The engine makes a new array each time that a tag is called, and has those of one place pass for equal where they are compared: keys of
// Maps and WeakMaps they are not. Here each place of a program has one array per runtime.

// TemplateArrays are the arrays of the tagged templates of one runtime's programs. Entries go with the programs.
type TemplateArrays struct {
	mu     sync.Mutex // programs may be collected at any time
	arrays map[weak.Pointer[template]]*goja.Object
}

// template is the instruction that gives a tag its first argument.
type template struct{ program.Instr }

var tagged = program.Table[template]{Exec: (*template).exec}

func (t *template) exec(vm *layout.VM) {
	owner, ok := templates.Owner(vm.Runtime).(interface{ TemplateArrays() *TemplateArrays })
	if !ok {
		t.Run(vm)
		return
	}
	all, key := owner.TemplateArrays(), weak.Make(t)
	all.mu.Lock()
	o := all.arrays[key]
	all.mu.Unlock()
	if o != nil {
		if vm.SP >= len(vm.Stack) {
			t.Run(vm) // it makes room
			vm.Stack[vm.SP-1] = o
			return
		}
		vm.Stack[vm.SP] = o
		vm.SP++
		vm.PC++
		return
	}
	t.Run(vm)
	o = vm.Stack[vm.SP-1].(*goja.Object)
	ordinary(o.Get("raw").(*goja.Object))
	ordinary(o)
	all.mu.Lock()
	if all.arrays == nil {
		all.arrays = map[weak.Pointer[template]]*goja.Object{}
	}
	all.arrays[key] = o
	all.mu.Unlock()
	runtime.AddCleanup(t, forget, entry{weak.Make(all), key})
}

// entry is what is dropped when a program is; the runtime may be gone before.
type entry struct {
	of  weak.Pointer[TemplateArrays]
	key weak.Pointer[template]
}

func forget(e entry) {
	if a := e.of.Value(); a != nil {
		a.mu.Lock()
		delete(a.arrays, e.key)
		a.mu.Unlock()
	}
}

// ordinary makes an ordinary array of one that is compared otherwise.
func ordinary(o *goja.Object) {
	self := layout.SelfOf(o)
	if layout.SelfType(o).String() == "*goja.taggedTemplateArray" {
		// The array itself is what this holds first.
		self.Tab, self.Data = layout.Found().Array, *(*unsafe.Pointer)(self.Data)
	}
}

// Templates is the pass that gives each place of a tagged template its array.
func Templates(c program.Code) {
	for i := range c.Len() {
		if c.Op(i) == program.GetTaggedTmplObject {
			c.Set(i, tagged.Instr(c, &template{c.At(i)}))
		}
	}
}
