package operators

import (
	"math"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// Modulo is a number that the engine would take for 0, because it is beyond 2^63, modulo 2^32; other values give false.
func Modulo(facts *layout.Facts, rt *goja.Runtime, v goja.Value) (goja.Value, bool) {
	if w := layout.WordsOf(v); w.Tab == facts.Float {
		if f := *(*float64)(w.Data); math.Abs(f) >= 1<<63 && !math.IsInf(f, 0) {
			return rt.ToValue(math.Mod(f, 1<<32)), true
		}
	}
	return nil, false
}

// store stands in front of the assignment of an element.
type store struct {
	program.Instr
	facts  *layout.Facts
	result bool // the value stays on the stack
}

var stores = program.Table[store]{Exec: (*store).exec}

func (s *store) exec(vm *layout.VM) {
	v := vm.Stack[vm.SP-1]
	if m, ok := Modulo(s.facts, vm.Runtime, v); ok {
		if o, ok := vm.Stack[vm.SP-3].(*goja.Object); ok && WrapsNumbers(o) {
			vm.Stack[vm.SP-1] = m
			s.Run(vm)
			if s.result {
				vm.Stack[vm.SP-1] = v
			}
			return
		}
	}
	s.Run(vm)
}

// WrapsNumbers tells whether an object is a typed array whose elements are integers modulo a power of two.
func WrapsNumbers(o *goja.Object) bool {
	self := layout.SelfOf(o)
	if layout.ClassOf(self) != layout.ClassTypedArray {
		return false
	}
	t := (*layout.TypedArrayObject)(self.Data)
	name := layout.TypeOf(&t.TypedArray).String()
	return !strings.Contains(name, "loat") && !strings.Contains(name, "lamped") && !strings.Contains(name, "ig")
}

// Stores is the pass that has typed arrays take numbers beyond 2^63 modulo their size.
func Stores(facts *layout.Facts) program.Pass {
	return func(c program.Code) {
		for i := range c.Len() {
			switch op := c.Op(i); op {
			case program.SetElem, program.SetElemStrict, program.SetElemP, program.SetElemStrictP:
				c.Set(i, stores.Instr(c, &store{c.At(i), facts, op == program.SetElem || op == program.SetElemStrict}))
			}
		}
	}
}
