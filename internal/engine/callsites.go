package engine

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// newCallSite makes the object that Error.prepareStackTrace gets for a frame.
func (e *Engine) newCallSite(s *Site) *goja.Object {
	o := e.vm.CreateObject(e.callSitePrototype())
	e.SetSlot(o, s)
	return o
}

// callSitePrototype has V8's structured stack trace API.
func (e *Engine) callSitePrototype() *goja.Object {
	if e.callSite != nil {
		return e.callSite
	}
	vm := e.vm
	_, proto := e.Class("CallSite", 0, func(goja.ConstructorCall) *goja.Object {
		e.Throw(vm.NewTypeError("Illegal constructor"))
		return nil
	})
	method := func(name string, f func(s *Site) any) {
		proto.Set(name, e.Func(name, 0, func(call goja.FunctionCall) goja.Value {
			s, ok := e.Slot(call.This).(*Site)
			if !ok {
				e.Throw(vm.NewTypeError("CallSite method %s expects CallSite as receiver", name))
			}
			switch v := f(s).(type) {
			case nil:
				return goja.Null()
			case goja.Value:
				return v
			case string:
				if v == "" {
					return goja.Null()
				}
				return vm.ToValue(v)
			default:
				return vm.ToValue(v)
			}
		}))
	}
	number := func(n int) any {
		if n == 0 {
			return nil
		}
		return n
	}
	method("getColumnNumber", func(s *Site) any { return number(s.Col) })
	method("getEnclosingColumnNumber", func(s *Site) any { return number(e.enclosing(s).Col) })
	method("getEnclosingLineNumber", func(s *Site) any { return number(e.enclosing(s).Line) })
	method("getEvalOrigin", func(s *Site) any {
		if s.Eval {
			return s.EvalOrigin
		}
		return goja.Undefined()
	})
	method("getFileName", func(s *Site) any {
		if s.Eval {
			return goja.Undefined()
		}
		return s.File
	})
	method("getFunction", func(s *Site) any {
		if s.Strict || s.Fn == nil || s.Native {
			return goja.Undefined()
		}
		return s.Fn
	})
	method("getFunctionName", func(s *Site) any {
		if s.Fn != nil && s.Prg != nil && layout.ProgramOf(s.Prg).FuncName.String() == s.Function && strings.HasSuffix(s.Function, ".<anonymous>") {
			return nil // the top level of a CommonJS file
		}
		return s.Function
	})
	method("getLineNumber", func(s *Site) any { return number(s.Line) })
	method("getMethodName", func(s *Site) any {
		if s.Combinator != "" {
			return s.Function
		}
		if s.Native && s.Fn != nil && s.TypeName != "" && !s.Construct {
			return e.methodName(s.This, s.Fn, s.Function)
		}
		return s.Method
	})
	method("getPosition", func(s *Site) any { return s.PC })
	method("getPromiseIndex", func(s *Site) any {
		if s.Combinator == "" {
			return nil
		}
		return s.Index
	})
	method("getScriptNameOrSourceURL", func(s *Site) any {
		if s.Eval && s.File == "" {
			return goja.Undefined()
		}
		return s.File
	})
	method("getScriptHash", func(*Site) any { return vm.ToValue("") })
	method("getThis", func(s *Site) any {
		switch {
		case s.Strict || s.Native || s.Prg == nil:
			return goja.Undefined()
		case s.This == nil || goja.IsUndefined(s.This) || goja.IsNull(s.This):
			return vm.GlobalObject()
		}
		return s.This.ToObject(vm)
	})
	method("getTypeName", func(s *Site) any { return s.TypeName })
	method("isAsync", func(s *Site) any { return s.Async })
	method("isConstructor", func(s *Site) any { return s.Construct })
	method("isEval", func(s *Site) any { return s.Eval })
	method("isNative", func(*Site) any { return false })
	method("isPromiseAll", func(s *Site) any { return s.Combinator == "all" })
	method("isToplevel", func(s *Site) any { return s.Toplevel || s.TypeName == "" && (!s.Construct || s.This == nil) })
	method("toString", func(s *Site) any {
		var b strings.Builder
		s.Write(&b)
		return b.String()
	})
	e.callSite = proto
	return proto
}

// enclosing describes where the function of a frame begins.
func (e *Engine) enclosing(s *Site) (start Site) {
	if s.Prg == nil || s.Native {
		return start
	}
	p := layout.ProgramOf(s.Prg)
	if p.Src == nil || len(p.SrcMap) == 0 || s.Fn == nil || e.isProgramTop(&s.Frame) {
		return Site{Line: 1, Col: 1}
	}
	at := p.Src.Position(p.SrcMap[0].SrcPos)
	start.Line, start.Col = e.hooks.Locate(at.Filename, at.Line, at.Column)
	return start
}

// strict notes of which frames a call site tells neither the receiver nor the function: those of strict code, and all below.
func strict(sites []Site) {
	hidden := false
	for i := range sites {
		s := &sites[i]
		if !hidden && s.Combinator == "" {
			f := (*layout.BaseJsFuncObject)(nil)
			if s.Fn != nil {
				f = scriptFunction(s.Fn)
			}
			hidden = s.Native || s.Prg == nil || f != nil && f.Strict
		}
		s.Strict = hidden
	}
}
