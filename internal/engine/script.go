package engine

import (
	"fmt"
	"sync"

	"github.com/dop251/goja"

	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
	"gonode/internal/parse"
)

// Script is embedded JavaScript: the body of a function (exports, require, module, binding). It is compiled once per
// process, when first needed.
type Script struct {
	name   string
	source *string
	// The program, and the one for engines that are jitless.
	usual, jitless struct {
		once    sync.Once
		program *goja.Program
	}
}

// NewScript wraps the text in *source, usually an embedded file: a package with variables that are made so needs no
// code at the program's start to make them. name is what stack traces show, "node:events".
func NewScript(name string, source *string) *Script { return &Script{name: name, source: source} }

// Size is the length of the source in bytes; start-up budgets are kept in these.
func (s *Script) Size() int { return len(*s.source) }

func (s *Script) compile(jitless bool) *goja.Program {
	form := &s.usual
	if jitless {
		form = &s.jitless
	}
	form.once.Do(func() {
		src := "(function(exports,require,module,binding){" + *s.source + "\n})"
		r, err := parse.Program(s.name, src, parse.Options{Strict: true})
		if err == nil {
			form.program, err = goja.CompileAST(r.Program, true)
		}
		if err != nil {
			panic(fmt.Sprintf("built-in module %s: %v", s.name, err))
		}
		passes.Apply(form.program, program.Options{Builtin: true, Jitless: jitless})
	})
	return form.program
}

// RunScript runs a script with its four arguments, with exports as its receiver. Loop goroutine only.
func (e *Engine) RunScript(s *Script, exports, require, module, binding goja.Value) error {
	fn, err := e.vm.RunProgram(s.compile(e.jitless))
	if err != nil {
		return err
	}
	call, _ := goja.AssertFunction(fn)
	_, err = call(exports, exports, require, module, binding)
	return err
}
