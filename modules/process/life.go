package process

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"syscall"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/internal/handle"
	"gonode/runtime"
)

// errno is an error of the operating system as libuv counts.
func errno(err error) int {
	if e, ok := err.(syscall.Errno); ok {
		return -int(e)
	}
	return -int(unix.EIO)
}

// life is ticks, exit, signals and what catches the uncaught.
func (p *process) life() {
	rt, vm := p.rt, p.rt.VM()
	p.getter("_exiting", func() goja.Value { return vm.ToValue(p.exiting) }, func(v goja.Value) { p.exiting = v.ToBoolean() })
	p.object.DefineAccessorProperty("exitCode", rt.Func("get", 0, func(goja.FunctionCall) goja.Value { return p.exitCode }),
		rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
			p.setExitCode(call.Argument(0))
			return goja.Undefined()
		}), goja.FLAG_FALSE, goja.FLAG_TRUE)
	p.method("nextTick", 1, func(call goja.FunctionCall) goja.Value {
		callback := call.Argument(0)
		if _, ok := goja.AssertFunction(callback); !ok {
			rt.ThrowArgType("callback", callback, "function")
		}
		if p.exiting {
			return goja.Undefined()
		}
		if len(call.Arguments) == 1 {
			rt.NextTick(func() { rt.Apply(callback, goja.Undefined()) })
			return goja.Undefined()
		}
		args := append([]goja.Value(nil), call.Arguments[1:]...)
		rt.NextTickWith(len(args), func() { rt.Apply(callback, goja.Undefined(), args...) })
		return goja.Undefined()
	})
	p.method("_tickCallback", 0, func(goja.FunctionCall) goja.Value { return goja.Undefined() })
	p.method("reallyExit", 0, func(call goja.FunctionCall) goja.Value {
		code := int(int32(call.Argument(0).ToInteger()))
		if rt.Config().Options.TraceExit {
			p.traceExit(code)
		}
		rt.Exit(code)
		return goja.Undefined()
	})
	p.method("exit", 1, func(call goja.FunctionCall) goja.Value {
		if len(call.Arguments) > 0 {
			p.setExitCode(call.Arguments[0])
		}
		if !p.exiting {
			p.exiting = true
			rt.Emit(p.object, "exit", p.statusValue())
		}
		rt.CallMethod(p.object, "reallyExit", p.statusValue())
		return goja.Undefined()
	})
	p.owned("abort", 0, func(goja.FunctionCall) goja.Value {
		handle.Abort()
		return goja.Undefined()
	})
	p.method("_kill", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(-int(p.signal(int(call.Argument(0).ToInteger()), int(call.Argument(1).ToInteger()))))
	})
	p.method("kill", 2, p.kill)
	p.method("_fatalException", 2, func(call goja.FunctionCall) goja.Value {
		origin := "uncaughtException"
		if call.Argument(1).ToBoolean() {
			origin = "unhandledRejection"
		}
		return vm.ToValue(p.uncaught(call.Argument(0), origin))
	})
	p.method("setUncaughtExceptionCaptureCallback", 1, func(call goja.FunctionCall) goja.Value {
		fn := call.Argument(0)
		if goja.IsNull(fn) {
			p.capture = nil
			return goja.Undefined()
		}
		if _, ok := goja.AssertFunction(fn); !ok {
			rt.ThrowArgType("fn", fn, "Function", "null")
		}
		if p.capture != nil {
			rt.Throw(rt.NewError("ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET"))
		}
		p.capture = fn
		return goja.Undefined()
	})
	p.method("hasUncaughtExceptionCaptureCallback", 0, func(goja.FunctionCall) goja.Value {
		return vm.ToValue(p.capture != nil)
	})
}

// traceExit tells on the process's own standard error where a script ends.
func (p *process) traceExit(code int) {
	thread := ""
	if n := p.rt.Config().Thread; n > 0 {
		thread = ", thread:" + strconv.Itoa(n)
	}
	_, frames, _ := strings.Cut(p.rt.NewPlainError("Error", "").Get("stack").String(), "\n")
	fmt.Fprintf(p.rt.Stderr(), "(node:%d%s) WARNING: Exited the environment with code %d\n%s\n\n", unix.Getpid(), thread, code, frames)
}

func (p *process) setExitCode(v goja.Value) {
	if !goja.IsUndefined(v) && !goja.IsNull(v) {
		n := v
		if goja.IsString(v) && v.String() != "" {
			if f := v.ToFloat(); !math.IsNaN(f) {
				n = p.rt.VM().ToValue(f)
			}
		}
		p.rt.ValidateInteger(n, "code", -engine.MaxSafeInteger, engine.MaxSafeInteger)
	}
	p.exitCode = v
}

// statusValue is `process.exitCode || 0`.
func (p *process) statusValue() goja.Value {
	if p.exitCode.ToBoolean() {
		return p.exitCode
	}
	return p.rt.VM().ToValue(0)
}

func (p *process) hooks() runtime.ProcessHooks {
	rt := p.rt
	return runtime.ProcessHooks{
		Uncaught: p.uncaught,
		UnhandledRejection: func(reason, promise goja.Value) bool {
			return rt.Emit(p.object, "unhandledRejection", reason, promise)
		},
		RejectionHandled: func(promise goja.Value) bool { return rt.Emit(p.object, "rejectionHandled", promise) },
		BeforeExit: func() {
			rt.Emit(p.object, "beforeExit", p.statusValue())
		},
		Exit: func(code int) int {
			if !p.exiting {
				p.exiting = true
				if code != 0 {
					p.exitCode = rt.VM().ToValue(code)
					// What a listener throws now is lost, as in Node: the first error is what gets reported.
					rt.VM().Try(func() { rt.Emit(p.object, "exit", p.exitCode) })
				} else {
					if rt.ESModules().Unsettled() && (goja.IsUndefined(p.exitCode) || goja.IsNull(p.exitCode)) {
						rt.ESModules().WarnUnsettled()
						p.exitCode = rt.VM().ToValue(runtime.StatusUnsettled)
					}
					rt.Emit(p.object, "exit", p.statusValue())
				}
			}
			if goja.IsUndefined(p.exitCode) || goja.IsNull(p.exitCode) {
				return code
			}
			return int(int32(p.exitCode.ToInteger()))
		},
		Warn: func(message, kind, code string) { p.warn(message, kind, code) },
	}
}

// invalidFatalException is the status of a script that has taken process._fatalException away.
const invalidFatalException = 6

// uncaught offers an error to those who catch the uncaught.
func (p *process) uncaught(err goja.Value, origin string) bool {
	rt := p.rt
	if _, ok := goja.AssertFunction(p.object.Get("_fatalException")); !ok && rt.Config().Thread > 0 {
		rt.Exit(invalidFatalException)
		return false
	}
	kind := rt.VM().ToValue(origin)
	rt.Emit(p.object, "uncaughtExceptionMonitor", err, kind)
	if p.capture != nil {
		rt.Apply(p.capture, goja.Undefined(), err)
	} else if !rt.Emit(p.object, "uncaughtException", err, kind) {
		return false
	}
	// The loop turns once more, so that what the listener queued gets its turn.
	rt.Loop().SetImmediate(func() {})
	return true
}

func (p *process) kill(call goja.FunctionCall) goja.Value {
	rt := p.rt
	pid, sig := call.Argument(0), call.Argument(1)
	number := pid.ToFloat()
	if _, object := pid.(*goja.Object); object || goja.IsUndefined(pid) || goja.IsNull(pid) || number != float64(int32(number)) {
		rt.ThrowArgType("pid", pid, "number")
	}
	n := 0
	switch {
	case goja.IsNumber(sig) && sig.ToFloat() == float64(int32(sig.ToFloat())):
		n = int(sig.ToInteger())
	case !sig.ToBoolean():
		n = int(unix.SIGTERM)
	default:
		if n = handle.SignalNumber(sig.String()); n == 0 {
			rt.Throw(rt.NewError("ERR_UNKNOWN_SIGNAL", sig))
		}
	}
	result := rt.CallMethod(p.object, "_kill", rt.VM().ToValue(int(number)), rt.VM().ToValue(n))
	if result != nil && result.ToInteger() != 0 {
		rt.Throw(rt.NewSystemError(engine.SystemError{Errno: int(result.ToInteger()), Syscall: "kill"}))
	}
	return rt.VM().ToValue(true)
}

// signal sends a signal. One to this very process with nobody listening takes the operating system's default action.
func (p *process) signal(pid, sig int) syscall.Errno {
	if sig > 0 && p.rt.Config().OwnsProcess && p.signals[handle.SignalName(sig)] == nil {
		switch pid {
		case unix.Getpid():
			return handle.Raise(sig)
		case 0:
			p.rt.Access.DemandSystem("kill")
			handle.RestoreSignal(sig)
		}
	}
	p.rt.Access.DemandSystem("kill")
	return handle.Kill(pid, sig)
}

// listen adds the listeners that Node's own process has: signals are watched while they are listened to.
func (p *process) listen() {
	rt, vm := p.rt, p.rt.VM()
	on := func(event string, f engine.Native) { rt.AddListener(p.object, event, rt.Func("", 1, f)) }
	if rt.Config().OwnsProcess {
		on("newListener", func(call goja.FunctionCall) goja.Value {
			if name, ok := signalName(call.Argument(0)); ok {
				p.watch(name)
			}
			return goja.Undefined()
		})
		on("removeListener", func(call goja.FunctionCall) goja.Value {
			if name, ok := signalName(call.Argument(0)); ok && !rt.HasListener(p.object, name) {
				p.unwatch(name)
			}
			return goja.Undefined()
		})
	}
	if env, _ := rt.Env().Get("NODE_NO_WARNINGS"); !rt.Config().Options.NoWarnings && env != "1" {
		on("warning", func(call goja.FunctionCall) goja.Value {
			p.printWarning(call.Argument(0))
			return goja.Undefined()
		})
	}
	_ = vm
}

func signalName(event goja.Value) (string, bool) {
	if !goja.IsString(event) {
		return "", false
	}
	name := event.String()
	return name, len(name) > 3 && name[:3] == "SIG" && handle.SignalNumber(name) != 0
}

func (p *process) watch(name string) {
	if p.signals[name] != nil {
		return
	}
	number := handle.SignalNumber(name)
	s := handle.NewSignal(p.rt.Loop())
	s.Unref()
	event, value := p.rt.VM().ToValue(name), p.rt.VM().ToValue(number)
	if e := s.Start(number, func(int) {
		p.rt.Enter(func() { p.rt.Emit(p.object, name, event, value) })
	}); e != 0 {
		s.Close(nil)
		p.rt.Throw(p.rt.NewSystemError(engine.SystemError{Errno: -int(e), Syscall: "uv_signal_start"}))
	}
	p.signals[name] = s
}

func (p *process) unwatch(name string) {
	if s := p.signals[name]; s != nil {
		delete(p.signals, name)
		s.Close(nil)
		handle.RestoreSignal(handle.SignalNumber(name))
	}
}
