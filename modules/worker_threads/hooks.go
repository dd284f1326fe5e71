package worker_threads

import (
	"context"
	"errors"

	"github.com/dop251/goja"

	"gonode/internal/loop"
	"gonode/runtime"
)

// hookThread runs the hooks that a thread registers with module.register. It lives as long as that thread.
type hookThread struct {
	rt     *runtime.Runtime
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{} // closed at its end
	code   int           // its exit status

	// Of the thread itself.
	idle    *loop.Handle // holds the loop open while nobody asks
	asked   map[*question]struct{}
	handler *goja.Object
}

// question is what a thread asks of the hooks.
type question struct {
	hook  string
	args  *message
	reply func(*answer)
}

// answer is a value, what was thrown, or neither: a hook's promise that can never settle.
type answer struct{ value, thrown *message }

// hooksBinding has register(args, transferList), which waits.
func hooksBinding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.SetFunc(o, "register", 2, func(call goja.FunctionCall) goja.Value {
		h, _ := rt.Value(hooksKey{}).(*hookThread)
		if h == nil {
			rt.Access.Demand(runtime.AccessWorker, "", "")
			h = startHooks(rt, threadsOf(rt))
			rt.SetValue(hooksKey{}, h)
			h.serve(rt)
		}
		args, _ := rt.Elements(call.Argument(0).(*goja.Object))
		var list []goja.Value
		if v := call.Argument(1); !goja.IsUndefined(v) && !goja.IsNull(v) {
			rt.ForOf(v, func(x goja.Value) bool {
				list = append(list, x)
				return true
			})
		}
		return h.wait(rt, "register", args, list)
	})
	return o
}

// startHooks starts the thread.
func startHooks(rt *runtime.Runtime, shared *threads) *hookThread {
	cfg := *rt.Config()
	cfg.OwnsProcess, cfg.HookThread = false, true
	cfg.Args, cfg.Sources = nil, shared.sources
	cfg.SharedEnv, cfg.Env = nil, rt.Env().List()
	cfg.Options.Import, cfg.Options.Require, cfg.Options.Loaders = nil, nil, nil
	cfg.Thread = shared.number()
	h := &hookThread{done: make(chan struct{}), asked: map[*question]struct{}{}}
	child, err := runtime.New(cfg)
	if err != nil {
		shared.ended(cfg.Thread)
		rt.Throw(rt.NewError("ERR_WORKER_INIT_FAILED", err.Error()))
	}
	h.rt = child
	h.ctx, h.cancel = context.WithCancel(context.Background())
	child.SetValue(threadsKey{}, shared)
	shared.started(child)
	go func() {
		var exit *runtime.ExitError
		if err := child.Run(h.ctx, h.boot); errors.As(err, &exit) {
			h.code = exit.Code
		}
		shared.ended(cfg.Thread)
		close(h.done)
		child.CloseAll()
	}()
	rt.AtExit(func() {
		h.cancel()
		go child.Interrupt()
		<-h.done
	})
	return h
}

// boot is the first task of the thread: it answers itself as it answers others, but never waits.
func (h *hookThread) boot() {
	rt := h.rt
	h.idle = rt.Loop().NewHandle("HookThread")
	h.idle.Start()
	h.handler = rt.Require("internal/module/hooks")
	process := rt.Require("process")
	// What can still happen has happened: the promises that hooks have given never settle.
	rt.CallMethod(process, "on", rt.VM().ToValue("beforeExit"), rt.Func("", 0, func(goja.FunctionCall) goja.Value {
		for q := range h.asked {
			q.reply(&answer{})
		}
		clear(h.asked)
		h.idle.Ref()
		return goja.Undefined()
	}))
	rt.SetAsyncHooks(&runtime.AsyncHooks{Ask: func(hook string, args []goja.Value, done func(value, thrown goja.Value)) {
		h.ask(hook, args, done)
	}})
}

// ask calls a function of the handler, which gives a promise.
func (h *hookThread) ask(hook string, args []goja.Value, done func(value, thrown goja.Value)) {
	rt := h.rt
	settle := func(thrown bool) goja.Value {
		return rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			if thrown {
				done(nil, call.Argument(0))
			} else {
				done(call.Argument(0), nil)
			}
			return goja.Undefined()
		})
	}
	rt.CallMethod(h.handler, "ask", rt.VM().ToValue(hook), rt.VM().NewArray(values(args)...), settle(false), settle(true))
}

func values(list []goja.Value) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = v
	}
	return all
}

// take answers a question, in the thread.
func (h *hookThread) take(q *question) {
	rt := h.rt
	h.asked[q] = struct{}{}
	h.idle.Unref()
	v, _ := q.args.deserialize(rt)
	args, _ := rt.Elements(v.(*goja.Object))
	h.ask(q.hook, args, func(value, thrown goja.Value) {
		if _, open := h.asked[q]; !open {
			return
		}
		delete(h.asked, q)
		if len(h.asked) == 0 {
			h.idle.Ref()
		}
		a := &answer{}
		if ex := rt.VM().Try(func() {
			if thrown != nil {
				a.thrown = h.packed(thrown)
			} else {
				a.value = serialize(rt, value, nil)
			}
		}); ex != nil {
			a.thrown = h.packed(ex.Value())
		}
		q.reply(a)
	})
}

func (h *hookThread) packed(thrown goja.Value) *message {
	return serialize(h.rt, h.rt.CallMethod(h.rt.Require("internal/worker/errors"), "pack", thrown), nil)
}

// send puts a question from another thread.
func (h *hookThread) send(from *runtime.Runtime, hook string, args, transferList []goja.Value, reply func(*answer)) {
	q := &question{hook: hook, reply: reply}
	q.args = serialize(from, from.VM().NewArray(values(args)...), transfers(from, transferList, nil))
	h.rt.Post(func() { h.take(q) })
}

// read gives an answer in the thread that has asked; what was thrown is the second value.
func (h *hookThread) read(rt *runtime.Runtime, a *answer) (value, thrown goja.Value) {
	if a.thrown != nil {
		v, _ := a.thrown.deserialize(rt)
		return nil, rt.CallMethod(rt.Require("internal/worker/errors"), "unpack", v)
	}
	value, _ = a.value.deserialize(rt)
	return value, nil
}

// wait asks and waits for the answer.
func (h *hookThread) wait(rt *runtime.Runtime, hook string, args, transferList []goja.Value) goja.Value {
	replies := make(chan *answer, 1)
	h.send(rt, hook, args, transferList, func(a *answer) { replies <- a })
	select {
	case a := <-replies:
		if a.value == nil && a.thrown == nil {
			e := rt.NewError("ERR_ASYNC_LOADER_REQUEST_NEVER_SETTLED")
			details := rt.VM().NewObject()
			details.Set("method", hook)
			details.Set("args", rt.VM().NewArray(values(args)...))
			e.Set("details", details)
			rt.Throw(e)
		}
		value, thrown := h.read(rt, a)
		if thrown != nil {
			rt.Throw(thrown)
		}
		return value
	case <-h.done:
		h.leave(rt)
	case <-rt.Done():
	}
	rt.Throw(rt.NewError("ERR_WORKER_NOT_RUNNING"))
	return nil
}

// leave ends the thread that has asked as the hooks' has ended.
func (h *hookThread) leave(rt *runtime.Runtime) {
	rt.CallMethod(rt.Require("process"), "exit", rt.VM().ToValue(h.code))
}

type hooksKey struct{}

// serve has a thread find and load modules by the hooks.
func (h *hookThread) serve(rt *runtime.Runtime) {
	rt.SetAsyncHooks(&runtime.AsyncHooks{
		Wait: func(hook string, args []goja.Value) goja.Value { return h.wait(rt, hook, args, nil) },
		Ask: func(hook string, args []goja.Value, done func(value, thrown goja.Value)) {
			// A promise that never settles is followed by nothing, and holds the loop open no longer.
			reply := func(a *answer) {
				rt.Post(func() {
					rt.Loop().DoneRequest()
					if a.value != nil || a.thrown != nil {
						value, thrown := h.read(rt, a)
						done(value, thrown)
					}
				})
			}
			if ex := rt.VM().Try(func() { h.send(rt, hook, args, nil, reply) }); ex != nil {
				done(nil, ex.Value())
				return
			}
			rt.Loop().AddRequest()
		},
	})
	go func() {
		select {
		case <-h.done:
			rt.Post(func() { h.leave(rt) })
		case <-rt.Ended():
		}
	}()
}
