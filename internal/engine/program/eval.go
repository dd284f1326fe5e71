package program

import (
	"errors"
	"iter"
	"strings"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// What eval and the constructors of functions are given is parsed as all programs are, compiled where it stands, and looked at by the
// passes before it runs.

// Where says where a text stands that a script compiles: what the code around a direct eval lets it use.
type Where struct {
	Strict, NewTarget, SuperProperty, SuperCall, Private, NoArguments bool
	// Arguments is that a function around has arguments, under the name OuterArguments.
	Arguments bool
	// Blocked tells of a function in a block of the text that it cannot be a variable of the function around as well. It may be nil.
	Blocked func(name string) bool
	// Function is a text that is one function, in parentheses.
	Function bool
	// Origin is what stacks say of where the text is evaluated.
	Origin string
}

// ErrTooDeep is what Options.Parse gives for a text that nests too deep.
var ErrTooDeep = errors.New("Maximum call stack size exceeded")

//go:linkname compileAST github.com/dop251/goja.compileAST
func compileAST(prg *ast.Program, strict, global bool, vm *layout.VM) (*goja.Program, error)

// Owner is what this package asks of a runtime's owner.
type Owner interface {
	// MayCompile tells whether code may be made of strings. It is given the objects of the with statements around the caller.
	MayCompile(scopes iter.Seq[*goja.Object]) bool
	NewPlainError(class, message string) *goja.Object
}

// permit throws where the runtime's owner forbids code made of strings.
func permit(vm *layout.VM) {
	if o, ok := templates.Owner(vm.Runtime).(Owner); ok && !o.MayCompile(scopesOf(vm)) {
		throw(vm.Runtime, errForbidden)
	}
}

var errForbidden = errors.New("Code generation from strings disallowed for this context")

// compile makes a program of a text, or throws. vm is the interpreter as it stands where the text is to run.
func (o *Options) compile(vm *layout.VM, text string, where Where, global bool, passes []Pass) (*goja.Program, *ast.Program) {
	parse := o.Parse
	if parse == nil {
		parse = func(text string, _ Where) (*ast.Program, error) { return goja.Parse("<eval>", text) } // an engine without a host
		if owner, ok := templates.Owner(vm.Runtime).(interface {
			Parse(text string, where Where) (*ast.Program, error)
		}); ok {
			parse = owner.Parse
		}
	}
	if owner, ok := templates.Owner(vm.Runtime).(interface{ EvalOrigin() string }); ok {
		where.Origin = owner.EvalOrigin()
	}
	prg, err := parse(text, where)
	var p *goja.Program
	if err == nil {
		p, err = compileAST(prg, where.Strict, global, vm)
	}
	if err != nil {
		throw(vm.Runtime, err)
	}
	Apply(p, *o, passes...)
	return p, prg
}

func throw(rt *goja.Runtime, err error) {
	class, message := "SyntaxError", err.Error()
	var compiler *goja.CompilerSyntaxError
	switch {
	case err == ErrTooDeep:
		class = "RangeError"
	case err == errForbidden:
		class = "EvalError"
	case errors.As(err, &compiler):
		message = compiler.Message
	default:
		message = strings.TrimPrefix(message, "SyntaxError: ")
	}
	if o, ok := templates.Owner(rt).(Owner); ok {
		panic(o.NewPlainError(class, message))
	}
	e, _ := rt.New(rt.Get(class), rt.ToValue(message))
	panic(e)
}

// textOf is a string as the parser reads it: half a pair is written as an escape.
func textOf(s goja.String) string {
	var b strings.Builder
	n := s.Length()
	for i := range n {
		if c := s.CharAt(i); c&0xF800 == 0xD800 {
			if c < 0xDC00 && i+1 < n && s.CharAt(i+1)&0xFC00 == 0xDC00 || c >= 0xDC00 && i > 0 && s.CharAt(i-1)&0xFC00 == 0xD800 {
				continue
			}
			// There is one.
			b.Reset()
			for i := 0; i < n; i++ {
				c := s.CharAt(i)
				switch {
				case c&0xF800 != 0xD800:
					b.WriteRune(rune(c))
				case c < 0xDC00 && i+1 < n && s.CharAt(i+1)&0xFC00 == 0xDC00:
					b.WriteString(s.Substring(i, i+2).String())
					i++
				default:
					const digits = "0123456789abcdef"
					b.WriteString(`\u`)
					for shift := 12; shift >= 0; shift -= 4 {
						b.WriteByte(digits[c>>shift&15])
					}
				}
			}
			return b.String()
		}
	}
	return s.String()
}

// enter saves the caller's state, leave goes back to it, as the engine does around a function.
func enter(vm *layout.VM) {
	vm.CallStack = append(vm.CallStack, layout.Context{Prg: vm.Prg, Stash: vm.Stash, PrivEnv: vm.PrivEnv, NewTarget: vm.NewTarget, Result: vm.Result,
		PC: vm.PC, SB: vm.SB, Args: vm.Args})
}

func leave(vm *layout.VM) {
	top := len(vm.CallStack) - 1
	c := &vm.CallStack[top]
	vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget, vm.Result, vm.PC, vm.SB, vm.Args =
		c.Prg, c.Stash, c.PrivEnv, c.NewTarget, c.Result, c.PC, c.SB, c.Args
	if c.Prg != nil {
		*c = layout.Context{}
	}
	vm.CallStack = vm.CallStack[:top]
}

// directEval is a call of eval by its name.
type directEval struct {
	Instr
	args     int
	variadic bool
	strict   bool
	facts    *layout.Facts
	opts     Options
	passes   []Pass
}

func (e *directEval) exec(vm *layout.VM) {
	n := e.args
	if e.variadic {
		n = VariadicArgs(vm)
	}
	callee, _ := vm.Stack[vm.SP-n-1].(*goja.Object)
	if callee != nil && callee == *layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), e.facts.GlobalEval) {
		permit(vm)
	}
	if n == 0 || callee == nil || callee != *layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), e.facts.GlobalEval) || !goja.IsString(vm.Stack[vm.SP-n]) {
		e.Run(vm)
		return
	}
	where := Where{Strict: e.strict, Private: vm.PrivEnv != nil}
	global := true
	for s := vm.Stash; s != nil; s = s.Outer {
		if s.FuncType == funcNone {
			continue
		}
		global = false
		if s.FuncType != funcArrow {
			where.NewTarget = true
			where.Arguments = s.FuncType != funcFields
			where.SuperProperty = s.FuncType >= funcMethod
			where.NoArguments = s.FuncType == funcFields
			where.SuperCall = s.FuncType == funcDerived
			break
		}
	}
	where.Blocked = blocked(vm.Stash)
	p, prg := e.opts.compile(vm, textOf(vm.Stack[vm.SP-n].(goja.String)), where, global, e.passes)
	declares(p, prg)
	code := &(*layout.Program)(unsafe.Pointer(p)).Code
	*code = append(*code, layout.Words(evalEnds.make(instructionType(layout.Words(e.Instr)), &evalEnd{args: n})))
	function := goja.Value(goja.Undefined())
	if vm.SB > 0 {
		function = vm.Stack[vm.SB-1]
	}
	enter(vm)
	vm.Prg, vm.PC, vm.Args, vm.Result = p, 0, 0, goja.Undefined()
	vm.Push(function)
	vm.SB = vm.SP
	vm.Push(nil) // this
}

// The engine's types of functions, as a stash has them. Those from methods on have a home.
const (
	funcNone    = 0
	funcArrow   = 2
	funcMethod  = 3
	funcFields  = 4
	funcDerived = 6
)

var directEvals = Table[directEval]{Exec: (*directEval).exec}

// evalEnd stands behind the last instruction of a direct eval.
type evalEnd struct {
	Instr // none
	args  int
}

func (e *evalEnd) exec(vm *layout.VM) {
	result := vm.Result
	leave(vm)
	vm.SP -= 2
	vm.Stack[vm.SP-e.args-2] = result
	vm.SP -= e.args + 1
	vm.PC++
}

var evalEnds = Table[evalEnd]{Exec: (*evalEnd).exec}

// variadic is the value that the engine puts before the arguments of a call with a spread.
var variadic struct {
	once sync.Once
	mark goja.Value
}

// VariadicArgs is the number of arguments of a call with a spread, which lie on the stack. Goroutine of the runtime.
func VariadicArgs(vm *layout.VM) int {
	for n := 0; ; n++ {
		if vm.Stack[vm.SP-1-n] == variadic.mark {
			return n - 2
		}
	}
}

// EvalPass makes direct evals, and the functions from which the constructors of async functions and generators can be reached, apply
// passes to what they compile.
func EvalPass(facts *layout.Facts, passes ...Pass) Pass {
	return func(c Code) {
		scopes(c)
		for i := range c.Len() {
			switch op := c.Op(i); op {
			case CallEval, CallEvalStrict:
				c.Set(i, directEvals.Instr(c, &directEval{c.At(i), c.Int(i), false, op == CallEvalStrict, facts, c.opts, passes}))
			case CallEvalVariadic, CallEvalVariadicStrict:
				c.Set(i, directEvals.Instr(c, &directEval{c.At(i), 0, true, op == CallEvalVariadicStrict, facts, c.opts, passes}))
			case StartVariadic:
				variadic.once.Do(func() {
					vm := layout.VM{Stack: make([]goja.Value, 2)}
					c.Original(i).Run(&vm)
					variadic.mark = vm.Stack[0]
				})
			case NewAsyncFunc, NewGeneratorFunc, NewAsyncMethod, NewGeneratorMethod, NewAsyncArrowFunc:
				where, kind := facts.AsyncFunction, "async function"
				if op == NewGeneratorFunc || op == NewGeneratorMethod {
					where, kind = facts.GeneratorFunction, "function*"
				}
				c.Set(i, newSpecials.Instr(c, &newSpecial{c.At(i), where, kind, c.opts, passes}))
			}
		}
	}
}

// newSpecial makes an async function or a generator.
type newSpecial struct {
	Instr
	where  uintptr // of its constructor in the runtime
	kind   string
	opts   Options
	passes []Pass
}

func (n *newSpecial) exec(vm *layout.VM) {
	n.Run(vm)
	o := vm.Stack[vm.SP-1].(*goja.Object)
	if owner, ok := templates.Owner(vm.Runtime).(interface {
		AsyncGeneratorFunction(of *goja.Object) *goja.Object
	}); ok {
		if c := owner.AsyncGeneratorFunction(o); c != nil {
			if !watched(c) {
				watchConstructor(c, "async function*", n.opts, n.passes)
			}
			return
		}
	}
	constructor := layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), n.where)
	if c := *constructor; c != nil && watched(c) {
		return
	}
	// The engine makes the constructor when the prototype is first asked for it.
	o.Prototype().Get("constructor")
	if c := *constructor; c != nil {
		watchConstructor(c, n.kind, n.opts, n.passes)
	}
}

var newSpecials = Table[newSpecial]{Exec: (*newSpecial).exec}

// Watch makes the global eval and Function of a runtime compile texts our way.
func Watch(rt *goja.Runtime, facts *layout.Facts, o Options, passes ...Pass) {
	if eval, ok := rt.Get("eval").(*goja.Object); ok && layout.SelfOf(eval).Tab == facts.NativeFunc {
		vm := facts.VMOf(rt)
		f := &(*layout.NativeFuncObject)(layout.SelfOf(eval).Data).F
		*f = indirectEval(vm, *f, o, passes)
	}
	if function, ok := rt.Get("Function").(*goja.Object); ok && layout.SelfOf(function).Tab == facts.NativeFunc {
		watchConstructor(function, "function", o, passes)
	}
}

func indirectEval(vm *layout.VM, eval func(goja.FunctionCall) goja.Value, o Options, passes []Pass) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		permit(vm)
		text, ok := call.Argument(0).(goja.String)
		if !ok {
			return eval(call)
		}
		p, _ := o.global(vm, textOf(text), Where{Blocked: blocked(outermost(vm.Stash))}, passes)
		if v, ok := evaluateIn(vm, textOf(text)); ok {
			return v
		}
		return result(vm.Runtime, p)
	}
}

// global compiles a text that is to run in the global scope.
func (o *Options) global(vm *layout.VM, text string, where Where, passes []Pass) (*goja.Program, *ast.Program) {
	private := vm.PrivEnv
	vm.PrivEnv = nil
	defer func() { vm.PrivEnv = private }()
	return o.compile(vm, text, where, true, passes)
}

func result(rt *goja.Runtime, p *goja.Program) goja.Value {
	v, err := rt.RunProgram(p)
	if err != nil {
		panic(err)
	}
	return v
}

// watchConstructor replaces a constructor of functions.
func watchConstructor(constructor *goja.Object, kind string, o Options, passes []Pass) {
	o.Builtin = false // whatever script has made the first function of that kind
	if kind != "function" {
		// What the engine lets inherit from Function.prototype is a subclass of Function.
		if function, ok := constructor.Prototype().Get("constructor").(*goja.Object); ok && function != constructor {
			constructor.SetPrototype(function)
		}
		if proto, ok := constructor.Get("prototype").(*goja.Object); ok {
			proto.Delete("constructor") // it comes last
			proto.DefineDataProperty("constructor", constructor, goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
	f := (*layout.NativeFuncObject)(layout.SelfOf(constructor).Data)
	vm := layout.Found().VMOf((*layout.Object)(unsafe.Pointer(constructor)).Runtime)
	f.Construct = constructing(vm, kind, o, passes)
	f.F = func(c goja.FunctionCall) goja.Value { return f.Construct(c.Arguments, nil) }
}

// constructing makes functions of a kind from their parameters and their body.
func constructing(vm *layout.VM, kind string, o Options, passes []Pass) func([]goja.Value, *goja.Object) *goja.Object {
	return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		var params []string
		body := ""
		for i, v := range args {
			s, ok := v.ToString().(goja.String)
			if !ok {
				if _, symbol := v.(*goja.Symbol); symbol {
					panic(vm.Runtime.NewTypeError("Cannot convert a Symbol value to a string"))
				}
				s = vm.Runtime.ToValue(v.String()).(goja.String)
			}
			if i == len(args)-1 {
				body = textOf(s)
			} else {
				params = append(params, textOf(s))
			}
		}
		permit(vm)
		head := "(" + kind + " anonymous(" + strings.Join(params, ",") + "\n"
		text := head + ") {\n" + body + "\n})"
		p, prg := o.global(vm, text, Where{Function: true}, passes)
		if err := single(prg, len(head), len(text)); err != nil {
			throw(vm.Runtime, err)
		}
		v, ok := evaluateIn(vm, text)
		if !ok {
			v = result(vm.Runtime, p)
		}
		made := v.(*goja.Object)
		if newTarget != nil {
			if proto, ok := newTarget.Get("prototype").(*goja.Object); ok && proto != made.Prototype() {
				made.SetPrototype(proto)
			}
		}
		return made
	}
}

// single makes sure that a program is one function, whose parameters end where they were put together with the body.
func single(prg *ast.Program, params, text int) error {
	if len(prg.Body) == 1 {
		if st, ok := prg.Body[0].(*ast.ExpressionStatement); ok {
			if f, ok := st.Expression.(*ast.FunctionLiteral); ok && int(f.Idx1()) == text {
				switch closing := int(f.ParameterList.Closing) - 1; {
				case closing < params:
					return errors.New("Arg string terminates parameters early")
				case closing > params:
					return errors.New("Unexpected end of arg string")
				}
				return nil
			}
		}
	}
	return errors.New("Single function literal required")
}

// watched tells whether a constructor is one of constructing's.
func watched(constructor *goja.Object) bool {
	f := (*layout.NativeFuncObject)(layout.SelfOf(constructor).Data)
	return f.Construct != nil && codeOf(&f.Construct) == watchedCode()
}

func codeOf(f *func([]goja.Value, *goja.Object) *goja.Object) uintptr {
	return **(**uintptr)(unsafe.Pointer(f))
}

var watchedCode = sync.OnceValue(func() uintptr {
	f := constructing(nil, "", Options{}, nil)
	return codeOf(&f)
})
