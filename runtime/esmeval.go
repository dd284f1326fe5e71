package runtime

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/source"
)

// watchEval makes eval and new Function understand import(), which the engine's parser does not.
func (c *compiler) watchEval() {
	rt := c.rt
	global := rt.vm.GlobalObject()
	define := func(name string, f engine.Native) {
		global.DefineDataProperty(name, rt.Func(name, 1, f), flagTrue, flagTrue, flagFalse)
	}
	define(source.ImportFrom, func(call goja.FunctionCall) goja.Value {
		return rt.esmLoader().importFunction(call.Argument(0).String())
	})
	// The argument of a direct eval.
	define(source.EvalText, func(call goja.FunctionCall) goja.Value {
		return c.evalText(call.Argument(0), call.Argument(1).String())
	})
	caller := func() string {
		if t, _ := rt.Capture(nil, nil, 0); t != nil {
			for _, s := range rt.Sites(t) {
				if !s.Native && s.File != "" {
					return s.File
				}
			}
		}
		return ""
	}
	rt.WrapNative(rt.Intrinsic("eval"), func(plain engine.Native) engine.Native {
		return func(call goja.FunctionCall) goja.Value {
			if len(call.Arguments) > 0 && mayImport(call.Arguments[0]) {
				call.Arguments = []goja.Value{c.evalText(call.Arguments[0], caller())}
			}
			return plain(call)
		}
	})
	function := rt.Intrinsic("Function")
	var with engine.Constructor
	rt.WrapConstructor(function, func(plain engine.Constructor) engine.Constructor {
		with = func(args []goja.Value, target *goja.Object) *goja.Object {
			if n := len(args) - 1; n >= 0 && mayImport(args[n]) {
				args = append(append([]goja.Value{}, args[:n]...), c.evalText(args[n], caller()))
			}
			return plain(args, target)
		}
		return with
	})
	if with != nil {
		rt.WrapNative(function, func(engine.Native) engine.Native {
			return func(call goja.FunctionCall) goja.Value { return with(call.Arguments, nil) }
		})
	}
}

func mayImport(v goja.Value) bool {
	return goja.IsString(v) && strings.Contains(v.String(), "import")
}

// evalText is a text for the engine's own eval, with import() as calls of a function that knows the referrer.
func (c *compiler) evalText(v goja.Value, referrer string) goja.Value {
	if !mayImport(v) {
		return v
	}
	if text, ok := source.DynamicImports(v.String(), referrer); ok {
		return c.rt.vm.ToValue(text)
	}
	return v
}
