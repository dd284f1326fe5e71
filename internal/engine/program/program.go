// Package program reads the engine's compiled programs and puts instructions of one's own in place of the engine's.
//
// A program is a list of instructions: interface values with one unexported method, exec(*vm). No other package can declare that
// method, but it can make the table of such an interface value itself (Forge): the engine then calls a Go function of ours with the
// instruction's data and its interpreter. What stood there before is kept and can be run in its place (Instr.Run).
//
// How a package adds an instruction: it declares a data type and a top-level function
//
//	type guard struct{ program.Instr } // what stood there: always the first field
//	func (g *guard) exec(vm *layout.VM) { …; g.Run(vm) }
//	var guardTable = program.Table[guard]{Exec: (*guard).exec}
//
// and a Pass that walks a freshly compiled program once, before anybody runs it, and replaces what it is about:
//
//	func Pass(c program.Code) {
//		for i := range c.Len() {
//			if c.Op(i) == program.EnterFuncStashless {
//				c.Set(i, guardTable.Instr(c, &guard{c.At(i)}))
//			}
//		}
//	}
//
// and adds the pass to the list in internal/engine/passes. Passes come one after the other; each sees what those before it have left
// and has to call it, so that they can be combined in any order: Op gives the engine's name of an instruction whatever stands there by
// now. A function of an instruction must obey these rules.
//
//   - Decide first, then act: either it does all that the instruction does (the stack, and vm.PC++), or it runs the one before.
//   - An exception is a Go panic with what goja would panic with; vm.PC must still be that of the instruction.
//   - A program may run in several runtimes at once. What changes is in the VM, or atomic.
package program

import (
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"gonode/internal/engine/layout"
)

// Instr is one instruction, as it stands in a program.
type Instr layout.Words

// table is the beginning of Go's own description of an interface value's type, runtime.itab.
type table struct {
	inter, typ unsafe.Pointer
	hash, _    uint32
	exec       uintptr
}

// Run does what the instruction does.
func (i Instr) Run(vm *layout.VM) {
	exec := unsafe.Pointer(&(*table)(i.Tab).exec)
	(*(*func(data unsafe.Pointer, vm *layout.VM))(unsafe.Pointer(&exec)))(i.Data, vm)
}

// Table makes instructions whose data is a *T and that are run by Exec, which must be declared at the top level: only its address is
// kept. It is a variable of a package, made of a literal. The first field of T is the Instr that it replaces.
type Table[T any] struct {
	Exec func(*T, *layout.VM)

	once sync.Once
	made atomic.Pointer[table]
}

// Instr makes an instruction for a program.
func (t *Table[T]) Instr(c Code, data *T) Instr {
	return t.make(instructionType(c.code[0]), data)
}

func (t *Table[T]) make(inter unsafe.Pointer, data *T) Instr {
	t.once.Do(func() {
		if f := reflect.TypeFor[T]().Field(0); f.Type != reflect.TypeFor[Instr]() {
			panic("the first field of an instruction is the one that it replaces")
		}
		var sample any = data
		e := (*layout.Words)(unsafe.Pointer(&sample))
		t.made.Store(forge(inter, e.Tab, reflect.ValueOf(t.Exec).Pointer()))
	})
	return Instr{Tab: unsafe.Pointer(t.made.Load()), Data: unsafe.Pointer(data)}
}

// instructionType is the engine's interface type, which every instruction knows.
func instructionType(i layout.Words) unsafe.Pointer { return (*table)(i.Tab).inter }

// Is gives the data of an instruction of this table.
func (t *Table[T]) Is(i Instr) (*T, bool) {
	if made := t.made.Load(); made == nil || i.Tab != unsafe.Pointer(made) {
		return nil, false
	}
	return (*T)(i.Data), true
}

// forged keeps the tables alive: the collector does not look at the first word of an interface value.
var forged struct {
	sync.Mutex
	tables []*table
}

func forge(inter, typ unsafe.Pointer, exec uintptr) *table {
	t := &table{inter: inter, typ: typ, exec: exec}
	t.hash = *(*uint32)(unsafe.Add(typ, hashOffset))
	forged.Lock()
	forged.tables = append(forged.tables, t)
	forged.Unlock()
	return t
}

// hashOffset is where a type descriptor has its hash: behind its size and its pointer bytes (internal/abi.Type).
const hashOffset = 2 * unsafe.Sizeof(uintptr(0))

// Kind is a kind of the engine's instructions.
type Kind struct {
	Op       Op
	Name     string       // without package and asterisk: "loadStackLex", "_add"
	Type     reflect.Type // what the data of the instruction is, or points to where it is of a pointer type
	programs []uintptr    // where programs are in the data
	replaced bool         // not the engine's: the data begins with what it replaces
	table    unsafe.Pointer
	next     *Kind // in kinds
}

// Over replaces instructions of one kind everywhere: its instructions keep the engine's data and type, so that nothing has to be made
// for each of them. It goes under all other replacements: a pass may use it only where nothing else stands yet.
type Over struct {
	once   sync.Once
	made   atomic.Pointer[table]
	engine unsafe.Pointer
}

// Set replaces the engine's instruction at i by a function that must be declared at the top level, always the same.
func (o *Over) Set(c Code, i int, exec func(data unsafe.Pointer, vm *layout.VM)) {
	if c.code[i] != c.was[i] {
		panic("another instruction stands here: " + c.orig[i].Name)
	}
	o.once.Do(func() {
		t := (*table)(c.was[i].Tab)
		o.engine = c.was[i].Tab
		o.made.Store(forge(t.inter, t.typ, reflect.ValueOf(exec).Pointer()))
	})
	if o.engine != c.was[i].Tab {
		panic("not the same kind of instruction: " + c.orig[i].Name)
	}
	c.code[i].Tab = unsafe.Pointer(o.made.Load())
}

// Engine does what the engine's instruction does.
func (o *Over) Engine(data unsafe.Pointer, vm *layout.VM) { Instr{o.engine, data}.Run(vm) }

// kinds are the instructions that have been seen, by table: lists of them, which only grow, found by a part of the table's address.
// There are some hundred, and each is asked for at every instruction of every program.
var kinds struct {
	sync.Mutex
	lists [256]atomic.Pointer[Kind]
}

func kindOf(i layout.Words) *Kind {
	first := &kinds.lists[uintptr(i.Tab)/unsafe.Sizeof(table{})%uintptr(len(kinds.lists))]
	if k := first.Load().find(i.Tab); k != nil {
		return k
	}
	kinds.Lock()
	defer kinds.Unlock()
	k := first.Load().find(i.Tab)
	if k == nil {
		k = newKind(i)
		k.next = first.Load()
		first.Store(k)
	}
	return k
}

func (k *Kind) find(table unsafe.Pointer) *Kind {
	for ; k != nil && k.table != table; k = k.next {
	}
	return k
}

func newKind(i layout.Words) *Kind {
	// The type of an empty interface value made of the type word that every table has.
	var v any
	*(*layout.Words)(unsafe.Pointer(&v)) = layout.Words{Tab: (*table)(i.Tab).typ, Data: i.Data}
	t := reflect.TypeOf(v)
	k := &Kind{Name: strings.TrimPrefix(strings.TrimPrefix(t.String(), "*"), "goja."), Type: t, table: i.Tab}
	if t.Kind() == reflect.Pointer {
		k.Type = t.Elem()
	}
	k.replaced = k.Type.Kind() == reflect.Struct && k.Type.NumField() > 0 && k.Type.Field(0).Type == reflect.TypeFor[Instr]()
	if k.Type.Kind() == reflect.Struct {
		k.programs = programsIn(k.Type, 0, nil)
	}
	k.Op = opOf(k.Name)
	return k
}

// Code is the instructions of a program.
type Code struct {
	prg  *goja.Program
	code []layout.Words
	orig []*Kind
	was  []layout.Words
	opts Options
}

// Options say what kind of a program a pass looks at.
type Options struct {
	// Builtin is a script of gonode's own.
	Builtin bool
	// Jitless leaves out what does nothing but make programs faster.
	Jitless bool
	// Context is of a program that runs in a context of vm.
	Context bool
	// Counts is what the program's counting steps count in, nil if it has none.
	Counts []uint32
	// Probes is told of the program's probes, nil if it has none.
	Probes Probes
	// Parse parses what eval or a constructor of functions is given. Its errors are SyntaxErrors, or ErrTooDeep.
	Parse func(text string, where Where) (*ast.Program, error)
}

// Probes is told where a program has come to, by the numbers of its probes. It may run scripts.
type Probes interface{ Probe(n int) }

// A Pass replaces instructions of a program that nobody runs yet.
type Pass func(Code)

// Apply runs passes over a program and over all functions in it. The layout must have been found.
func Apply(p *goja.Program, o Options, passes ...Pass) {
	new(copies).apply(p, o, passes)
}

// copies are what passes need of all instructions of a program as they were. They lie in few pieces, so that what is garbage
// at once leaves no gaps between what stays.
type copies struct {
	words []layout.Words
	kinds []*Kind
}

func (s *copies) apply(p *goja.Program, o Options, passes []Pass) {
	c := Code{prg: p, code: (*layout.Program)(unsafe.Pointer(p)).Code, opts: o}
	if len(c.code) == 0 {
		return
	}
	c.was, c.orig = take(&s.words, len(c.code)), take(&s.kinds, len(c.code))
	copy(c.was, c.code)
	for i := range c.code {
		c.orig[i] = kindOf(c.code[i])
	}
	c.nested(func(p *goja.Program) { s.apply(p, o, passes) })
	for _, pass := range passes {
		pass(c)
	}
}

// take cuts n elements off a list, or off a new one.
func take[T any](list *[]T, n int) []T {
	if n > len(*list) {
		const piece = 2048
		if n > piece/4 {
			return make([]T, n)
		}
		*list = make([]T, piece)
	}
	taken := (*list)[:n:n]
	*list = (*list)[n:]
	return taken
}

// Options are those that Apply was called with.
func (c Code) Options() Options { return c.opts }

// Program is the program itself.
func (c Code) Program() *goja.Program { return c.prg }

// Len is the number of instructions.
func (c Code) Len() int { return len(c.code) }

// Kind is the engine's instruction at i, whatever stands there by now.
func (c Code) Kind(i int) *Kind { return c.orig[i] }

// Op is the engine's instruction at i, None for those that have no name in this package.
func (c Code) Op(i int) Op { return c.orig[i].Op }

// Operand is the data of the engine's instruction at i: it points to what Kind(i).Type says.
func (c Code) Operand(i int) unsafe.Pointer { return c.was[i].Data }

// Int is the operand of an instruction that is a number, 0 of others.
func (c Code) Int(i int) int { return c.orig[i].number(c.was[i].Data) }

func (k *Kind) number(p unsafe.Pointer) int {
	switch k.Type.Kind() {
	case reflect.Int:
		return *(*int)(p)
	case reflect.Int32:
		return int(*(*int32)(p))
	case reflect.Uint32:
		return int(*(*uint32)(p))
	}
	return 0
}

// Original is the engine's instruction at i.
func (c Code) Original(i int) Instr { return Instr(c.was[i]) }

// At is what stands at i by now.
func (c Code) At(i int) Instr { return Instr(c.code[i]) }

// Set puts an instruction at i.
func (c Code) Set(i int, in Instr) { c.code[i] = layout.Words(in) }

// Plain gives an instruction's name and its operand, if that is a number; plain is false if it is not the engine's own: then they are
// those of the engine's instruction that it replaces.
func Plain(i Instr) (op Op, n int, plain bool) {
	w := layout.Words(i)
	for plain = true; w.Tab != nil; plain = false {
		k := kindOf(w)
		if !k.replaced {
			return k.Op, k.number(w.Data), plain
		}
		w = *(*layout.Words)(w.Data)
	}
	return None, 0, false
}

var programType = reflect.TypeFor[*goja.Program]()

// nested calls f with each program in the operands: functions, methods, the fields of classes.
func (c Code) nested(f func(*goja.Program)) {
	for i, k := range c.orig {
		for _, offset := range k.programs {
			if p := *layout.At[*goja.Program](c.was[i].Data, offset); p != nil {
				f(p)
			}
		}
	}
}

// programsIn gives the offsets of programs in a struct.
func programsIn(t reflect.Type, base uintptr, list []uintptr) []uintptr {
	for i := range t.NumField() {
		switch f := t.Field(i); {
		case f.Type == programType:
			list = append(list, base+f.Offset)
		case f.Type.Kind() == reflect.Struct:
			list = programsIn(f.Type, base+f.Offset, list)
		}
	}
	return list
}

// Engine gives the engine's instruction at a place of a program that may have been replaced, with its operand; false for a place
// outside of the program or an instruction that replaces none.
func Engine(p *goja.Program, pc int) (kind *Kind, operand unsafe.Pointer, ok bool) {
	code := (*layout.Program)(unsafe.Pointer(p)).Code
	if pc < 0 || pc >= len(code) {
		return nil, nil, false
	}
	for i := code[pc]; i.Tab != nil; {
		k := kindOf(i)
		if !k.replaced {
			return k, i.Data, true
		}
		i = *(*layout.Words)(i.Data)
	}
	return nil, nil, false
}
