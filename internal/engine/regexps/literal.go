package regexps

import (
	"sync"
	"sync/atomic"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// newLiteral makes a regular expression where a program has a literal.
type newLiteral struct {
	program.Instr
	source  goja.String
	flags   string
	pattern atomic.Pointer[pattern]
}

func (l *newLiteral) exec(vm *layout.VM) {
	r := Of(vm.Runtime)
	if r == nil {
		l.Run(vm)
		return
	}
	p := l.pattern.Load()
	if p == nil {
		p = r.compile(l.source, l.flags)
		l.pattern.Store(p)
	}
	vm.Push(r.make(p, r.proto))
	vm.PC++
}

var (
	newLiterals = program.Table[newLiteral]{Exec: (*newLiteral).exec}
	literalsOf  layout.Instruction[layout.NewRegexp]
)

// Pass has literals make regular expressions of ours.
func Pass(c program.Code) {
	for i := range c.Len() {
		if c.Op(i) == program.NewRegexp {
			if l := literalsOf.Of(c.Operand(i), c.Kind(i).Type); l != nil {
				source, flags := written(l.Pattern, l.Src)
				c.Set(i, newLiterals.Instr(c, &newLiteral{Instr: c.At(i), source: source, flags: flags}))
			}
		}
	}
}

// literal is a program that gives one of the engine's regular expressions.
var literal = sync.OnceValue(func() *goja.Program { return goja.MustCompile("", "/a/", false) })
