package engine

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
)

// Halted is a frame of a script that stands still, for debuggers. It is good until the script goes on. Its variables are known by name if the
// script was compiled with probes (internal/probes).
type Halted struct {
	Site
	e       *Engine
	stash   *layout.Stash
	private *layout.PrivateEnv
	newer   goja.Value
}

// CallDepthNow is how many contexts lie under what runs; it is for comparing. Loop goroutine only.
func (e *Engine) CallDepthNow() int { return e.machine().depth() }

// Halted describes the frames of scripts below the present one of Go, the innermost first, without those that skip wants left out.
func (e *Engine) Halted(skip func(file string) bool) (list []*Halted) {
	m := e.machine()
	here := layout.Context{Prg: m.Prg, NewTarget: m.NewTarget, PC: m.PC, SB: m.SB, Stash: m.Stash, PrivEnv: m.PrivEnv}
	for i := m.depth(); ; here = m.CallStack[i] {
		if prg, sb := here.Prg, here.SB; prg != nil {
			f := Frame{Prg: prg, PC: here.PC}
			if sb > 0 && sb < len(m.Stack) {
				f.Fn, _ = m.Stack[sb-1].(*goja.Object)
				f.This = m.Stack[sb]
			}
			f.Construct = constructs(m, i, &here, f.Fn)
			if src := fileOf(prg); src != nil && !skip(src.Name()) {
				list = append(list, &Halted{Site: e.Site(&f), e: e, stash: here.Stash, private: here.PrivEnv, newer: here.NewTarget})
			}
		}
		if i == 0 {
			return list
		}
		i--
	}
}

// ScopeKind is what a scope belongs to.
type ScopeKind string

// The kinds of scopes, in the words of V8's debugger.
const (
	LocalScope   ScopeKind = "local"
	ClosureScope ScopeKind = "closure"
	BlockScope   ScopeKind = "block"
	WithScope    ScopeKind = "with"
	ScriptScope  ScopeKind = "script"
	GlobalScope  ScopeKind = "global"
)

// Scope holds variables that a frame sees. Object is set where they are the properties of one.
type Scope struct {
	Kind   ScopeKind
	Object *goja.Object
	e      *Engine
	stash  *layout.Stash
}

// Scopes are those of the frame, the innermost first; the last two are those of all scripts.
func (f *Halted) Scopes() (list []Scope) {
	local := true
	for s := f.stash; s != nil; s = s.Outer {
		scope := Scope{Kind: BlockScope, e: f.e, stash: s}
		switch {
		case s.Outer == nil:
			if scope.Kind = ScriptScope; len(program.Variables(s)) == 0 {
				continue
			}
		case s.Obj != nil:
			scope.Kind, scope.Object = WithScope, s.Obj
		case program.IsFunctionScope(s) && local:
			scope.Kind, local = LocalScope, false
		case program.IsFunctionScope(s):
			scope.Kind = ClosureScope
		case len(program.Variables(s)) == 0:
			continue
		}
		list = append(list, scope)
	}
	return append(list, Scope{Kind: GlobalScope, Object: f.e.vm.GlobalObject(), e: f.e})
}

// Names are the scope's variables.
func (s Scope) Names() (list []string) {
	if s.stash == nil {
		return nil
	}
	for _, name := range program.Variables(s.stash) {
		list = append(list, name.String())
	}
	return list
}

// Get is the value of a variable, undefined if it has none yet, nil if there is none.
func (s Scope) Get(name string) goja.Value {
	if s.stash == nil {
		return nil
	}
	v, _ := program.Variable(s.stash, unistring.NewFromString(name))
	if v == nil {
		return nil
	}
	if *v == nil {
		return goja.Undefined()
	}
	return *v
}

// Set changes a variable; it is false if there is none that could be changed.
func (s Scope) Set(name string, v goja.Value) bool {
	if s.stash == nil {
		return false
	}
	at, constant := program.Variable(s.stash, unistring.NewFromString(name))
	if at == nil || constant {
		return false
	}
	*at = v
	return true
}

// evaluator is the parameter of the function that evaluates texts in frames.
const evaluator = "__evaluated__"

// Variable is the value of a variable that the frame sees, nil if there is none of that name in its scopes.
func (f *Halted) Variable(name string) goja.Value {
	for s := f.stash; s != nil; s = s.Outer {
		if v := (Scope{e: f.e, stash: s}).Get(name); v != nil {
			return v
		}
	}
	return nil
}

// Evaluate evaluates a text as a direct eval in the frame would, with further variables that are the properties of an object, if there is one.
func (f *Halted) Evaluate(text string, further *goja.Object) (goja.Value, error) {
	e := f.e
	if e.evaluate == nil {
		p, err := goja.Compile(builtinScripts+"debugger", "("+evaluator+") => eval("+evaluator+")", false)
		if err != nil {
			return nil, err
		}
		passes.Apply(p, program.Options{Jitless: true})
		v, err := e.vm.RunProgram(p)
		if err != nil {
			return nil, err
		}
		e.evaluate = v.(*goja.Object)
	}
	at := (*layout.ArrowFuncObject)(layout.SelfOf(e.evaluate).Data)
	stash, private, newTarget := at.Stash, at.PrivEnv, at.NewTarget
	at.Stash, at.PrivEnv, at.NewTarget = f.stash, f.private, f.newer
	if further != nil {
		at.Stash = &layout.Stash{Obj: further, Outer: f.stash}
	}
	call, _ := goja.AssertFunction(e.evaluate)
	defer func() { at.Stash, at.PrivEnv, at.NewTarget = stash, private, newTarget }()
	return call(goja.Undefined(), e.TextValue(text))
}

// GlobalNames are the names that scripts have declared by let, const and class for all of them.
func (e *Engine) GlobalNames() (list []string) {
	s := e.machine().Stash
	for s != nil && s.Outer != nil {
		s = s.Outer
	}
	if s == nil {
		return nil
	}
	return Scope{Kind: ScriptScope, e: e, stash: s}.Names()
}

// GeneratorState is what a generator does, in V8's words.
func GeneratorState(o *goja.Object) string {
	if KindOf(o) != GeneratorObject {
		return ""
	}
	switch (*layout.GeneratorObject)(layout.SelfOf(o).Data).State {
	case 2: // genStateExecuting
		return "running"
	case 5: // genStateCompleted
		return "closed"
	}
	return "suspended"
}

// WithinTry tells whether a catch clause of a script would catch what is thrown.
func (e *Engine) WithinTry() bool {
	for _, t := range e.machine().TryStack {
		if t.CatchPos >= 0 {
			return true
		}
	}
	return false
}
