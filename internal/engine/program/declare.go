package program

import (
	"errors"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// What a direct eval declares becomes variables of the function around (ECMAScript, EvalDeclarationInstantiation). The engine takes a
// catch clause's parameter and a function's own name for things like let there, does not look at blocks outside of functions, and gives a
// variable the place of another where one has been deleted.

// How a stash says what a name is, in the upper bits of its place.
const (
	nameConst     = 1 << 31
	nameVar       = 1 << 30
	nameDeletable = 1 << 29 // of a variable
	nameStrict    = 1 << 29 // of a constant: assigning to it throws in sloppy code, too
	namePlace     = nameStrict - 1
)

// inTheWay tells whether a variable may not be declared beyond a scope that has a name.
func inTheWay(s *layout.Stash, name unistring.String) bool {
	what, ok := s.Names[name]
	switch {
	case !ok || what&nameVar != 0:
		return false
	case ownFunctionName(what):
		return false
	case s.FuncType != funcNone && name == "arguments":
		// The function's own, while its parameters are evaluated: no let that the body declares.
		place := int(what & namePlace)
		if place >= len(s.Values) {
			return false
		}
		o, _ := s.Values[place].(*goja.Object)
		return o == nil || o.ClassName() != "Arguments"
	}
	return true
}

// ownFunctionName tells the name that a function has of itself, the one constant that may be assigned to.
func ownFunctionName(what uint32) bool { return what&nameConst != 0 && what&nameStrict == 0 }

// blocked tells whether a function in a block of a direct eval stays there, since a variable of its name could not be declared.
func blocked(s *layout.Stash) func(name string) bool {
	return func(name string) bool {
		key := unistring.NewFromString(name)
		for s := s; s != nil; s = s.Outer {
			if s.Obj == nil && inTheWay(s, key) {
				return true
			}
			if s.FuncType != funcNone {
				break
			}
		}
		return false
	}
}

// outermost is the scope of a realm's scripts.
func outermost(s *layout.Stash) *layout.Stash {
	for s.Outer != nil {
		s = s.Outer
	}
	return s
}

// bindVars is the engine's instruction that declares the variables of a direct eval in a function, its functions first.
type bindVars struct {
	names []unistring.String
}

// scopeNames begins the engine's instructions that begin scopes: where names are, if any are looked up.
type scopeNames struct {
	names map[unistring.String]uint32
}

// declares lets the program of a direct eval declare what it declares, after the passes and before it runs.
func declares(p *goja.Program, prg *ast.Program) {
	code := (*layout.Program)(unsafe.Pointer(p)).Code
	for i := range code {
		k, operand, _ := Engine(p, i)
		if k == nil {
			continue
		}
		inter := instructionType(code[i])
		switch k.Name {
		case "bindVars":
			code[i] = layout.Words(functionVars.make(inter, &functionVar{Instr(code[i]), (*bindVars)(operand)}))
			// Functions are stored next, in variables of that function and not in what is nearer by that name.
			left := functionsOf(prg)
			for i++; i < len(code) && left > 0; i++ {
				if k, _, _ := Engine(p, i); k != nil && k.Op == ResolveVar1 {
					code[i] = layout.Words(farVars.make(inter, &farVar{Instr(code[i])}))
					left--
				}
			}
			return
		case "bindGlobal":
			code[i] = layout.Words(globalVars.make(inter, &globalVar{Instr(code[i]), (*layout.GlobalNames)(operand)}))
			return
		}
	}
}

// functionsOf counts the functions that a program declares at its top level.
func functionsOf(prg *ast.Program) (n int) {
	for _, st := range prg.Body {
		for {
			labelled, ok := st.(*ast.LabelledStatement)
			if !ok {
				break
			}
			st = labelled.Statement
		}
		if _, ok := st.(*ast.FunctionDeclaration); ok {
			n++
		}
	}
	return n
}

type functionVar struct {
	Instr
	declared *bindVars
}

func (f *functionVar) exec(vm *layout.VM) {
	target := vm.Stash
	for ; target.FuncType == funcNone && target.Outer != nil; target = target.Outer {
		refuse(vm, target, f.declared.names)
	}
	refuse(vm, target, f.declared.names)
	for _, name := range f.declared.names {
		what, ok := target.Names[name]
		switch {
		case !ok:
			what = uint32(len(target.Values))
			target.Values = append(target.Values, goja.Undefined())
		case ownFunctionName(what):
			target.Values[what&namePlace] = goja.Undefined()
			what &= namePlace
		case what&nameVar == 0: // its own arguments
			what &= namePlace
			target.Names[name] = what | nameVar
			continue
		default:
			continue
		}
		if target.Names == nil {
			target.Names = map[unistring.String]uint32{}
		}
		target.Names[name] = what | nameVar | nameDeletable
	}
	vm.PC++
}

var functionVars = Table[functionVar]{Exec: (*functionVar).exec}

// refuse throws where a scope has a name that is to be declared beyond it.
func refuse(vm *layout.VM, s *layout.Stash, names []unistring.String) {
	if s.Obj != nil {
		return
	}
	for _, name := range names {
		if inTheWay(s, name) {
			throw(vm.Runtime, errors.New("Identifier '"+name.String()+"' has already been declared"))
		}
	}
}

type globalVar struct {
	Instr
	declared *layout.GlobalNames
}

func (g *globalVar) exec(vm *layout.VM) {
	for s := vm.Stash; s != nil && s.Outer != nil; s = s.Outer { // the outermost is looked at by the engine
		refuse(vm, s, g.declared.Funcs)
		refuse(vm, s, g.declared.Vars)
	}
	g.Run(vm)
}

var globalVars = Table[globalVar]{Exec: (*globalVar).exec}

// farVar finds a variable of the function around.
type farVar struct{ Instr }

func (f *farVar) exec(vm *layout.VM) {
	near := vm.Stash
	for vm.Stash.FuncType == funcNone && vm.Stash.Outer != nil {
		vm.Stash = vm.Stash.Outer
	}
	f.Run(vm)
	vm.Stash = near
}

var farVars = Table[farVar]{Exec: (*farVar).exec}

// OuterArguments is the name by which strict code of a direct eval finds the arguments of the function around. By their own name the engine
// takes them for arguments of the text's own, which has none.
const OuterArguments = " arguments"

// scopes prepares the names that direct evals find. They may declare variables with the name of a catch clause's parameter (Annex
// B.3.4), as they may with that of a variable; a pattern has a value without a name before it.
func scopes(c Code) {
	for i := range c.Len() {
		op := c.Op(i)
		switch op {
		case EnterFunc, EnterFunc1, EnterFuncBody, EnterBlock, EnterCatchBlock:
		default:
			continue
		}
		names := (*scopeNames)(c.Operand(i)).names
		if what, ok := names["arguments"]; ok {
			names[OuterArguments] = what
		}
		if _, pattern := names[""]; op != EnterCatchBlock || pattern {
			continue
		}
		for name, what := range names {
			if what&namePlace == 0 {
				names[name] = what | nameVar
			}
		}
	}
}
