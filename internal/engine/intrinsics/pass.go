package intrinsics

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// Pass makes gonode's own scripts read the language's own objects as they were made. As long as no script has replaced anything, each of
// these instructions is the engine's after one comparison.
func Pass(c program.Code) {
	if !c.Options().Builtin {
		for i := range c.Len() {
			if c.Op(i) == program.BindGlobal {
				if names := globalNames.Of(c.Operand(i), c.Kind(i).Type); names != nil {
					c.Set(i, bindings.Instr(c, &binding{c.At(i), names}))
				}
			}
		}
		return
	}
	for i := range c.Len() {
		switch c.Op(i) {
		case program.GetProp:
			getProps.Set(c, i, getProp)
		case program.GetPropCallee:
			getPropCallees.Set(c, i, getPropCallee)
		case program.GetElem:
			getElems.Set(c, i, getElem)
		case program.GetElemCallee:
			getElemCallees.Set(c, i, getElemCallee)
		case program.LoadDynamic:
			loadDynamics.Set(c, i, loadDynamic)
		case program.LoadDynamicRef:
			loadDynamicRefs.Set(c, i, loadDynamicRef)
		case program.LoadDynamicCallee:
			loadDynamicCallees.Set(c, i, loadDynamicCallee)
		case program.Iterate:
			iterates.Set(c, i, iterate)
		case program.IterateP:
			iteratePs.Set(c, i, iterateP)
		case program.PushSpread:
			pushSpreads.Set(c, i, pushSpread)
		case program.PushArraySpread:
			pushArraySpreads.Set(c, i, pushArraySpread)
		case program.New:
			news.Set(c, i, construct)
		}
	}
}

var getProps, getPropCallees, getElems, getElemCallees, loadDynamics, loadDynamicRefs, loadDynamicCallees, iterates, iteratePs,
	pushSpreads, pushArraySpreads, news program.Over

// changed gives the realm of an interpreter if a script has replaced anything in it.
func changed(vm *layout.VM) *Realm {
	if r := realmOf(vm.Runtime); r != nil && r.copies != nil {
		return r
	}
	return nil
}

// named reads the property of the value on top of the stack; nil leaves it to the engine.
func named(vm *layout.VM, name unistring.String) goja.Value {
	r := changed(vm)
	if r == nil {
		return nil
	}
	v := vm.Stack[vm.SP-1]
	o := r.holder(v)
	if o == nil || name == "length" && o != v {
		return nil
	}
	return r.get(o, name, v)
}

func getProp(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 {
		if v := named(vm, *(*unistring.String)(data)); v != nil {
			vm.Stack[vm.SP-1] = v
			vm.PC++
			return
		}
	}
	getProps.Engine(data, vm)
}

func getPropCallee(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 {
		if v := named(vm, *(*unistring.String)(data)); v != nil {
			vm.Push(v)
			vm.PC++
			return
		}
	}
	getPropCallees.Engine(data, vm)
}

// computed reads the property of the value below the top of the stack; nil leaves it to the engine.
func computed(vm *layout.VM) goja.Value {
	r := changed(vm)
	if r == nil {
		return nil
	}
	v := vm.Stack[vm.SP-2]
	o := r.holder(v)
	if o == nil {
		return nil
	}
	switch key := layout.WordsOf(vm.Stack[vm.SP-1]); key.Tab {
	case r.facts.Symbol:
		return r.getSym(o, (*goja.Symbol)(key.Data), v)
	case r.facts.ASCII, r.facts.Unicode, r.facts.Imported:
		// A primitive string has elements of its own.
		if r.copies[o] != nil || o == v {
			return r.get(o, unistring.NewFromString(key.Value().String()), v)
		}
	}
	return nil
}

func getElem(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 {
		if v := computed(vm); v != nil {
			vm.SP--
			vm.Stack[vm.SP-1] = v
			vm.PC++
			return
		}
	}
	getElems.Engine(data, vm)
}

func getElemCallee(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 {
		if v := computed(vm); v != nil {
			vm.Stack[vm.SP-1] = v
			vm.PC++
			return
		}
	}
	getElemCallees.Engine(data, vm)
}

// dynamic reads a global name; nil leaves it to the engine.
func dynamic(vm *layout.VM, name unistring.String) goja.Value {
	r := changed(vm)
	if r == nil || r.copies[r.global] == nil {
		return nil
	}
	v := r.copies[r.global].str(r, name)
	if v == nil {
		return nil
	}
	return r.value(v, r.global)
}

func loadDynamic(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 {
		if v := dynamic(vm, *(*unistring.String)(data)); v != nil {
			vm.Push(v)
			vm.PC++
			return
		}
	}
	loadDynamics.Engine(data, vm)
}

func loadDynamicRef(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 {
		if v := dynamic(vm, *(*unistring.String)(data)); v != nil {
			vm.Push(v)
			vm.PC++
			return
		}
	}
	loadDynamicRefs.Engine(data, vm)
}

func loadDynamicCallee(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 {
		if v := dynamic(vm, *(*unistring.String)(data)); v != nil {
			vm.Push(goja.Undefined())
			vm.Push(v)
			vm.PC++
			return
		}
	}
	loadDynamicCallees.Engine(data, vm)
}

// started begins to iterate over the value on top of the stack; it is false where that is left to the engine.
func started(vm *layout.VM) bool {
	r := changed(vm)
	if r == nil {
		return false
	}
	it := r.iterate(vm.Stack[vm.SP-1])
	if it == nil {
		return false
	}
	vm.IterStack = append(vm.IterStack, layout.IterStackItem{Iter: it})
	return true
}

func iterate(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 && started(vm) {
		vm.PC++
		return
	}
	iterates.Engine(data, vm)
}

func iterateP(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 && started(vm) {
		vm.SP--
		vm.PC++
		return
	}
	iteratePs.Engine(data, vm)
}

func pushSpread(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 {
		if r := changed(vm); r != nil {
			vm.SP--
			r.Iterate(vm.Stack[vm.SP], func(v goja.Value) bool {
				vm.Push(v)
				return true
			})
			vm.PC++
			return
		}
	}
	pushSpreads.Engine(data, vm)
}

func pushArraySpread(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 {
		if r := changed(vm); r != nil {
			array := (*layout.ArrayObject)(layout.SelfOf(vm.Stack[vm.SP-2].(*goja.Object)).Data)
			r.Iterate(vm.Stack[vm.SP-1], func(v goja.Value) bool {
				array.Values = append(array.Values, v)
				array.Length++
				array.ObjCount++
				return true
			})
			vm.SP--
			vm.PC++
			return
		}
	}
	pushArraySpreads.Engine(data, vm)
}

// construct is `new`. A Map and a Set that are made of a list are filled by the original methods, and the list is gone through by its
// original iterator.
func construct(data unsafe.Pointer, vm *layout.VM) {
	if replaced.Load() != 0 && *(*uint32)(data) == 1 {
		if r := changed(vm); r != nil {
			if o := r.collection(vm.Stack[vm.SP-2], vm.Stack[vm.SP-1]); o != nil {
				vm.SP--
				vm.Stack[vm.SP-1] = o
				vm.PC++
				return
			}
		}
	}
	news.Engine(data, vm)
}

// binding declares the global variables of a script. Its let, const and class hide the global object's properties, also from built-in
// scripts.
type binding struct {
	program.Instr
	names *layout.GlobalNames
}

var (
	bindings    = program.Table[binding]{Exec: (*binding).exec}
	globalNames layout.Instruction[layout.GlobalNames]
)

func (b *binding) exec(vm *layout.VM) {
	if r := realmOf(vm.Runtime); r != nil && r.copies[r.global] == nil {
		for _, list := range [...][]unistring.String{b.names.Lets, b.names.Consts} {
			for _, name := range list {
				if layout.BaseOf(r.global).Values[name] != nil || (*layout.TemplatedObject)(layout.SelfOf(r.global).Data).Tmpl.Props[name] != nil {
					r.copy(r.global)
					b.Run(vm)
					return
				}
			}
		}
	}
	b.Run(vm)
}
