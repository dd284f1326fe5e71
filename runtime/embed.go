package runtime

import (
	"context"
	"errors"
	"os"

	"github.com/dop251/goja"

	"gonode/internal/engine/coroutines"
	"gonode/internal/engine/guard"
)

// ErrEnded is returned by Do when the runtime's Run has returned.
var ErrEnded = errors.New("the runtime has ended")

// ScriptError is a JavaScript error as Go sees it.
type ScriptError struct {
	// Message is the error in one line, "TypeError: x is not a function"; Stack is its stack, if it has one.
	Message, Stack string
	// Value is what was thrown. It belongs to the loop goroutine.
	Value goja.Value
}

func (e *ScriptError) Error() string { return e.Message }

func (rt *Runtime) scriptError(v goja.Value) *ScriptError {
	e := &ScriptError{Value: v}
	if ex := rt.vm.Try(func() {
		e.Message = v.String()
		if o, ok := v.(*goja.Object); ok {
			if stack := o.Get("stack"); stack != nil && rt.IsError(v) {
				e.Stack = stack.String()
			}
		}
	}); ex != nil && e.Message == "" {
		e.Message = "an error that cannot be shown"
	}
	return e
}

// RunScript runs source text as node -e does, and then the event loop until nothing holds it open. name is what stack
// traces show. Its error is that of RunMain.
func (rt *Runtime) RunScript(ctx context.Context, name, source string) error {
	return rt.Run(ctx, func() { rt.Scripts.EvalMain(name, source, nil) })
}

// Serve runs start, which may be nil, and then the event loop until ctx is done or the script exits, also while
// nothing holds the loop open: the way to keep a runtime for calls by Do.
func (rt *Runtime) Serve(ctx context.Context, start func()) error {
	rt.loop.Hold()
	err := rt.Run(ctx, func() {
		if start != nil {
			start()
		}
	})
	rt.leaving.whenEnded(rt.loop.Unhold)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// OnQuiet has f called, outside of Enter, each time that nothing but Serve holds the loop open. Before Serve, or on the loop goroutine.
func (rt *Runtime) OnQuiet(f func()) { rt.loop.OnQuiet(f) }

// BeforeExit emits 'beforeExit' of process, whose listeners may have more to do. Loop goroutine only, outside of Enter.
func (rt *Runtime) BeforeExit() {
	if rt.process.BeforeExit != nil {
		rt.Enter(rt.process.BeforeExit)
	}
}

// Attempt runs f and gives what it throws, which is then dealt with; the end of a script that is being stopped goes on. Loop goroutine only, inside
// Enter.
func (rt *Runtime) Attempt(f func()) *goja.Exception {
	ex := rt.vm.Try(f)
	if ex != nil && guard.IsHalt(ex.Value()) {
		panic(ex)
	}
	return ex
}

// Do runs f on the loop goroutine as one macrotask and returns what f returns, exported to Go; if that is a promise,
// what it comes to. f may call JavaScript with Call and EvalScript. The error is a *ScriptError if f or the promise
// fails, ctx's when it is done first, ErrEnded if Run has returned. Any goroutine, but not from within JavaScript.
func (rt *Runtime) Do(ctx context.Context, f func() goja.Value) (any, error) {
	type result struct {
		value any
		err   error
	}
	done := make(chan result, 1)
	rt.Post(func() {
		var v goja.Value
		if ex := rt.Attempt(func() { v = f() }); ex != nil {
			done <- result{err: rt.scriptError(ex.Value())}
			return
		}
		if v == nil {
			done <- result{}
			return
		}
		p, ok := v.Export().(*goja.Promise)
		if !ok {
			done <- result{value: v.Export()}
			return
		}
		rt.Await(p, func(v goja.Value) { done <- result{value: v.Export()} },
			func(reason goja.Value) { done <- result{err: rt.scriptError(reason)} })
	})
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-rt.ended:
		return nil, ErrEnded
	}
}

// Await calls one of the functions, in a promise job, once p is settled. Loop goroutine only.
func (rt *Runtime) Await(p *goja.Promise, fulfilled, rejected func(goja.Value)) {
	coroutines.Then(p, fulfilled, rejected)
}

// Promise makes a promise and the functions that settle it. They may be called once, on the loop goroutine, inside
// Enter. Work on another goroutine belongs to Loop().Go, whose second half settles the promise.
func (rt *Runtime) Promise() (promise goja.Value, resolve, reject func(any)) {
	p, res, rej := rt.vm.NewPromise()
	return rt.vm.ToValue(p), func(v any) { res(v) }, func(v any) { rej(v) }
}

// ChildEnv is the variable that tells an embedding program's own executable to serve as a Node child; package host
// looks at it.
const ChildEnv = "GONODE_CHILD"

// ExecPath is the executable that children are started from, process.execPath: the running program. Unless it is the
// gonode command itself (Config.Hosted), children need ChildEnv=1 in their environment.
func (rt *Runtime) ExecPath() string {
	if rt.cfg.ExecPath == "" {
		rt.cfg.ExecPath, _ = os.Executable()
	}
	return rt.cfg.ExecPath
}
