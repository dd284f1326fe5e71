package fast

import (
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// What a class says that its instances have is a program of its own, which the engine runs in Go for each instance. Where it says
// nothing but constants, empty arrays and empty objects, nothing has to be run.

// simpleFields are what a class's instances get.
type simpleFields struct {
	prg     *goja.Program
	list    []simpleField
	unknown bool // something else is to be done
}

type simpleField struct {
	value   goja.Value // nil for an object or an array
	array   bool
	private int // the number of a private name; -1 for a property, that of the instruction
	define  op
}

// fieldsFront holds those that were asked for last, by the program's address.
var fieldsFront [64]atomic.Pointer[simpleFields]

func fieldsOf(prg *goja.Program) *simpleFields {
	at := &fieldsFront[uintptr(unsafe.Pointer(prg))>>5%uintptr(len(fieldsFront))]
	if f := at.Load(); f != nil && f.prg == prg {
		return f
	}
	f := &simpleFields{prg: prg}
	f.find()
	at.Store(f)
	return f
}

func (f *simpleFields) find() {
	if f.prg == nil {
		return
	}
	code := layout.ProgramOf(f.prg).Code
	f.unknown = len(code)%2 != 0
	for pc := 0; pc+1 < len(code) && !f.unknown; pc += 2 {
		kind, operand, _ := program.Engine(f.prg, pc)
		field := simpleField{private: -1}
		switch kind.Op {
		case program.LoadVal:
			field.value = *(*goja.Value)(operand)
		case program.LoadUndef:
			field.value = undefined
		case program.NewArray:
			field.array = true
		case program.NewObject:
		default:
			f.unknown = true
		}
		kind, operand, _ = program.Engine(f.prg, pc+1)
		switch kind.Op {
		case program.DefinePropKeyed:
			field.define.in = program.Instr{Data: operand}
		case program.DefinePrivateProp:
			field.private = *(*int)(operand)
		default:
			f.unknown = true
		}
		f.list = append(f.list, field)
	}
}

// giveSimpleFields gives an object what a class says. It is false if the engine has to: it does all of it again then, which
// nobody can tell from doing it once.
func giveSimpleFields(c *layout.ClassFuncObject, instance *goja.Object) bool {
	self := layout.SelfOf(instance)
	f := fieldsOf(c.InitFields)
	if f.unknown || self.Tab != baseTab || !shaped {
		return false
	}
	b := (*layout.BaseObject)(self.Data)
	var private []goja.Value
	if t := c.PrivateEnvType; t != nil {
		if b.PrivateElements[t] != nil {
			return false
		}
		private = make([]goja.Value, t.NumFields)
	}
	if !b.Extensible {
		return false
	}
	rt := (*layout.Object)(unsafe.Pointer(instance)).Runtime
	w := layout.Words{Tab: objectTab, Data: unsafe.Pointer(instance)}
	for i := range f.list {
		field := &f.list[i]
		v := field.value
		if v == nil {
			prototype := facts.ObjectPrototype
			if field.array {
				prototype = facts.ArrayPrototype
			}
			proto := *layout.At[*goja.Object](unsafe.Pointer(rt), prototype)
			switch {
			case proto == nil:
				return false
			case field.array:
				v = objectValue(shapes.NewArray(rt, proto, nil))
			default:
				v = objectValue(shapes.New(rt, proto, shapes.Most))
			}
		}
		if field.private >= 0 {
			private[field.private] = v
		} else if !defineNamed(&w, &field.define, v) {
			return false
		}
	}
	if c.PrivateEnvType != nil {
		if b.PrivateElements == nil {
			b.PrivateElements = make(map[*layout.PrivateEnvType]*layout.PrivateElements)
		}
		b.PrivateElements[c.PrivateEnvType] = &layout.PrivateElements{Methods: c.PrivateMethods, Fields: private}
	}
	return true
}
