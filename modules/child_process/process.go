package child_process

import (
	"strconv"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/internal/sys"
	"gonode/runtime"
)

// process is the state of a Process object, what ChildProcess has as its _handle.
type process struct {
	rt       *runtime.Runtime
	object   *goja.Object
	child    *handle.Process
	killTree bool
}

// processClass makes class Process: spawn, kill, ref, unref, hasRef, close; it calls onexit(status, signal name).
func processClass(rt *runtime.Runtime) *goja.Object {
	class, proto := rt.Class("Process", 0, func(call goja.ConstructorCall) *goja.Object {
		rt.SetSlot(call.This, &process{rt: rt, object: call.This})
		return nil
	})
	method := func(name string, length int, f func(p *process, call goja.FunctionCall) goja.Value) {
		rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value {
			p, ok := rt.Slot(call.This).(*process)
			if !ok {
				rt.Throw(rt.VM().NewTypeError("Illegal invocation"))
			}
			return f(p, call)
		})
	}
	method("spawn", 3, func(p *process, call goja.FunctionCall) goja.Value {
		return rt.VM().ToValue(p.spawn(call.Argument(0).(*goja.Object), call.Argument(1), call.Argument(2), call.Argument(3)))
	})
	method("kill", 1, func(p *process, call goja.FunctionCall) goja.Value {
		return rt.VM().ToValue(number(p.kill(int(call.Argument(0).ToInteger()))))
	})
	method("ref", 0, func(p *process, _ goja.FunctionCall) goja.Value {
		if p.child != nil {
			p.child.Ref()
		}
		return goja.Undefined()
	})
	method("unref", 0, func(p *process, _ goja.FunctionCall) goja.Value {
		if p.child != nil {
			p.child.Unref()
		}
		return goja.Undefined()
	})
	method("hasRef", 0, func(p *process, _ goja.FunctionCall) goja.Value {
		return rt.VM().ToValue(p.child != nil && p.child.HasRef())
	})
	method("close", 1, func(p *process, call goja.FunctionCall) goja.Value {
		var closed func()
		if fn, ok := goja.AssertFunction(call.Argument(0)); ok {
			closed = func() { rt.Callback(fn, p.object) }
		}
		if p.child != nil {
			p.child.Close(closed)
		} else if closed != nil {
			rt.Loop().OnClose(closed)
		}
		return goja.Undefined()
	})
	return class
}

func (p *process) kill(signal int) syscall.Errno {
	if p.child == nil {
		return syscall.ESRCH
	}
	if p.killTree {
		return p.child.KillGroup(signal)
	}
	return p.child.Kill(signal)
}

// spawn starts the child. list is the normalized stdio, whose pipes get their own end as `ours`; extra are variables
// to add to the environment; of is the ChildProcess, which learns what keeps its limits.
func (p *process) spawn(options *goja.Object, list, extra, of goja.Value) int {
	rt := p.rt
	o := spawnOptions(rt, options, extra)
	p.killTree = o.NewGroup
	entries := elements(list)
	var theirs, ours []int
	var errno syscall.Errno
	for i, entry := range entries {
		e := entry.(*goja.Object)
		fd := -1
		switch text(e, "type") {
		case "fd":
			if fd = int(e.Get("fd").ToInteger()); fd < 0 {
				errno = syscall.EINVAL
			} else {
				rt.Access.DemandDescriptor(fd)
			}
		case "pipe":
			var our, their int
			if our, their, errno = sys.SocketPair(); errno != 0 {
				break
			}
			ours, theirs = append(ours, our), append(theirs, their)
			rt.Access.Grant(our)
			fd = their
		}
		if errno != 0 {
			entries = entries[:i]
			break
		}
		o.Stdio = append(o.Stdio, fd)
	}
	if errno == 0 {
		p.child, errno = handle.Spawn(rt.Loop(), o, p.exited)
	}
	for _, fd := range theirs {
		sys.Close(fd)
	}
	switch errno {
	case 0:
		child, ok := of.(*goja.Object)
		if keepers := p.child.Keepers(); ok && keepers != nil {
			by := rt.VM().NewObject()
			for _, k := range keepers {
				by.Set(k.Limit, k.By)
			}
			child.DefineDataProperty("limitedBy", by, goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
		countersOf(rt).children++
		p.object.Set("pid", p.child.Pid())
		traceOf(rt).spawned(p.child.Pid(), &o)
	case syscall.ENOENT, syscall.EACCES, syscall.EAGAIN:
		// The streams of a child that never was are there, and at their end.
	default:
		for _, fd := range ours {
			sys.Close(fd)
		}
		if errno == syscall.ENOTSUP && o.Limits != nil && o.Limits.Share > 0 {
			rt.Throw(rt.NewError("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "options.limits.cpus, for which a control group must be made,"))
		}
		return number(errno)
	}
	for _, entry := range entries {
		if e := entry.(*goja.Object); text(e, "type") == "pipe" {
			e.Set("ours", ours[0])
			ours = ours[1:]
		}
	}
	return number(errno)
}

func (p *process) exited(status, signal int) {
	countersOf(p.rt).children--
	traceOf(p.rt).exited(p.child.Pid(), status, signal)
	onexit, ok := goja.AssertFunction(p.object.Get("onexit"))
	if !ok {
		return
	}
	name := p.rt.VM().ToValue("")
	if signal != 0 {
		name = p.rt.VM().ToValue(handle.SignalName(signal))
	}
	p.rt.Callback(onexit, p.object, p.rt.VM().ToValue(status), name, p.rt.VM().ToValue(p.child.Exceeded()))
}

// spawnOptions reads what spawn and spawnSync share.
func spawnOptions(rt *runtime.Runtime, options *goja.Object, extra goja.Value) handle.SpawnOptions {
	o := handle.SpawnOptions{
		File:          text(options, "file"),
		Args:          stringList(rt, options.Get("args")),
		Cwd:           rt.Abs(text(options, "cwd")),
		Detached:      truthy(options, "detached"),
		NewGroup:      truthy(options, "killTree"),
		DieWithParent: truthy(options, "dieWithParent") || rt.Config().Options.DieWithParent,
		DieWithLoop:   rt.Config().Embedded,
		UID:           id(options, "uid"),
		GID:           id(options, "gid"),
		Limits:        limitsOf(rt, options.Get("limits")),
	}
	if o.Cwd == "" {
		o.Cwd = rt.Config().Dir
	}
	rt.Access.Demand(runtime.AccessRun, o.File, o.File)
	if pairs, ok := options.Get("envPairs").(*goja.Object); ok {
		o.Env = stringList(rt, pairs)
		if o.Env == nil {
			o.Env = []string{}
		}
	} else {
		o.Env = rt.Env().List()
	}
	o.Env = append(o.Env, stringList(rt, extra)...)
	if t := traceOf(rt); t != nil {
		o.Env = append(o.Env, runtime.TraceVar+"="+t.file.Name())
	}
	if context := rt.Tracing.Carried(); context.Valid() {
		o.Env = append(o.Env, "TRACEPARENT="+context.Traceparent())
		if context.State != "" {
			o.Env = append(o.Env, "TRACESTATE="+context.State)
		}
	}
	lead(rt, &o)
	return o
}

// elements is the list in an array, none of what has no length.
func elements(v goja.Value) []goja.Value {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	length := o.Get("length")
	if length == nil || goja.IsUndefined(length) {
		return nil
	}
	list := make([]goja.Value, length.ToInteger())
	for i := range list {
		if list[i] = o.Get(strconv.Itoa(i)); list[i] == nil {
			list[i] = goja.Undefined()
		}
	}
	return list
}

// stringList is elements as text; a Symbol throws.
func stringList(rt *runtime.Runtime, v goja.Value) (list []string) {
	for _, item := range elements(v) {
		if _, symbol := item.(*goja.Symbol); symbol {
			rt.Throw(rt.VM().NewTypeError("Cannot convert a Symbol value to a string"))
		}
		list = append(list, item.String())
	}
	return list
}

func text(o *goja.Object, name string) string {
	v := o.Get(name)
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return ""
	}
	return v.String()
}

func truthy(o *goja.Object, name string) bool {
	v := o.Get(name)
	return v != nil && v.ToBoolean()
}

func id(o *goja.Object, name string) *uint32 {
	v := o.Get(name)
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return nil
	}
	n := uint32(v.ToInteger())
	return &n
}
