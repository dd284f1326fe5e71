package source

import (
	"strings"

	"github.com/dop251/goja/ast"

	"gonode/internal/engine/program"
	"gonode/internal/parse"
)

// Eval parses what eval or a constructor of functions is given. Errors are those of Compile, but for program.ErrTooDeep.
func Eval(text string, where program.Where) (prg *ast.Program, err error) {
	defer func() {
		if x := recover(); x == ErrTooDeep { // from the walk over the syntax tree
			err = program.ErrTooDeep
		} else if x != nil {
			panic(x)
		}
	}()
	o := parse.Options{Strict: where.Strict, Eval: !where.Function, NewTarget: where.NewTarget, SuperProperty: where.SuperProperty,
		SuperCall: where.SuperCall, Private: where.Private, NoArguments: where.NoArguments, Blocked: where.Blocked, ImportName: ImportName}
	if where.Arguments {
		o.Arguments = program.OuterArguments
	}
	if where.Function {
		o.ParametersEnd = strings.Index(text, "\n) {\n") + 1
	}
	r, err := parse.Program("<eval>"+where.Origin, text, o)
	if e, ok := err.(*parse.Error); ok && e.TooDeep() {
		return nil, program.ErrTooDeep
	}
	if err != nil {
		return nil, err
	}
	mend(r.Program)
	return r.Program, nil
}
