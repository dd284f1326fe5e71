package process

import (
	"strconv"
	"strings"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/utf"
	"gonode/internal/errs"
	"gonode/runtime"
)

// execve is process.execve(file, args, env): this process becomes another program, and nothing that is to be done at its
// exit is done. Where Node ends the process because the program cannot be started, an error is thrown.
func (p *process) execve(call goja.FunctionCall) goja.Value {
	rt := p.rt
	if !rt.Config().OwnsProcess {
		rt.Throw(rt.NewError("ERR_WORKER_UNSUPPORTED_OPERATION", "Calling process.execve"))
	}
	file := rt.ValidateString(call.Argument(0), "execPath")
	var args []string
	if v := call.Argument(1); !goja.IsUndefined(v) {
		rt.ForOf(rt.ValidateArray(v, "args", 0), func(v goja.Value) bool {
			text, ok := plainText(v)
			if !ok {
				rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "args["+strconv.Itoa(len(args))+"]", v, "must be a string without null bytes"))
			}
			args = append(args, text)
			return true
		})
	}
	env := rt.Env().List()
	if v := call.Argument(2); !goja.IsUndefined(v) {
		o := rt.ValidateObject(v, "env")
		env = nil
		for key, text := range rt.Properties(o) {
			key = utf.WellFormed(key)
			value, ok := plainText(text)
			if !ok || strings.IndexByte(key, 0) >= 0 {
				rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "env", v, "must be an object with string keys and values without null bytes"))
			}
			env = append(env, key+"="+value)
		}
	}
	p.warnOnce("process.execve")
	rt.Access.Demand(runtime.AccessRun, file, file)
	e, _ := errs.Of(syscall.Exec(file, args, env))
	rt.Throw(rt.NewFileError(engine.SystemError{Errno: e.Number, Syscall: "execve", Path: file}))
	return nil
}

// plainText is a string that the system can be given.
func plainText(v goja.Value) (string, bool) {
	if !goja.IsString(v) {
		return "", false
	}
	text := v.String()
	return text, strings.IndexByte(text, 0) < 0
}

// warnOnce says once that a feature is experimental.
func (p *process) warnOnce(feature string) {
	if p.experimental[feature] {
		return
	}
	if p.experimental == nil {
		p.experimental = map[string]bool{}
	}
	p.experimental[feature] = true
	p.warn(feature+" is an experimental feature and might change at any time", "ExperimentalWarning", "")
}

// reference is process.ref or unref of anything that has the method, as a symbol or by its name.
func (p *process) reference(name string) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		o, ok := call.Argument(0).(*goja.Object)
		if !ok {
			return goja.Undefined()
		}
		key := p.rt.VM().ToValue("nodejs." + name)
		symbol := p.rt.CallMethod(p.rt.Intrinsic("Symbol"), "for", key).(*goja.Symbol)
		if f, ok := goja.AssertFunction(o.GetSymbol(symbol)); ok {
			p.rt.Call(f, o)
		} else if f, ok := goja.AssertFunction(o.Get(name)); ok {
			p.rt.Call(f, o)
		}
		return goja.Undefined()
	}
}
