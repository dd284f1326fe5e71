package fs

import (
	_ "embed"
	"path"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/internal/glob"
	"gonode/internal/loop"
	"gonode/runtime"
)

//go:embed watch.js
var watchJS string

// Watchers is the private module of watch and watchFile.
var Watchers = &runtime.Module{Name: "internal/fs/watchers", Private: true,
	Script:  engine.NewScript("node:internal/fs/watchers", &watchJS),
	Binding: func(rt *runtime.Runtime) *goja.Object { return of(rt).watchBinding() }}

// watcher is one fs.watch: a handle of the loop and what it does with an event.
type watcher struct {
	m         *module
	handle    *loop.Handle
	recursive bool
	closed    bool
	changed   func(event, name string)
}

// watchBinding is the native half of watch.js.
func (m *module) watchBinding() *goja.Object {
	b := m.streamsBinding()
	m.rt.SetFunc(b, "path", 2, func(call goja.FunctionCall) goja.Value {
		p := m.path(call.Argument(0), call.Argument(1).String(), runtime.AccessRead)
		return m.vm.ToValue(p)
	})
	m.rt.SetFunc(b, "zeroStats", 1, func(call goja.FunctionCall) goja.Value {
		return m.statValue(nil, call.Argument(0).ToBoolean())
	})
	m.rt.SetFunc(b, "changed", 2, func(call goja.FunctionCall) goja.Value {
		a, b := call.Argument(0).(*goja.Object), call.Argument(1).(*goja.Object)
		for _, name := range []string{"ctimeMs", "mtimeMs", "birthtimeMs", "size", "mode", "uid", "gid", "ino", "dev"} {
			if !a.Get(name).StrictEquals(b.Get(name)) {
				return m.vm.ToValue(true)
			}
		}
		return m.vm.ToValue(false)
	})
	m.rt.SetFunc(b, "watch", 3, m.watch)
	// matcher(pattern) is a function that tells which names a pattern stands for; one without a slash is for the last part.
	m.rt.SetFunc(b, "matcher", 1, func(call goja.FunctionCall) goja.Value {
		text := call.Argument(0).String()
		patterns, base := glob.Compile(text), !strings.ContainsAny(text, `/\`)
		return m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			name := call.Argument(0).String()
			if base {
				name = path.Base(name)
			}
			return m.vm.ToValue(glob.Match(patterns, name, false))
		})
	})
	m.rt.SetFunc(b, "isNoEntry", 1, func(call goja.FunctionCall) goja.Value {
		e, _ := errs.ByNumber(int(call.Argument(0).ToInteger()))
		return m.vm.ToValue(e.Name == "ENOENT")
	})
	return b
}

// watch starts a watcher and returns its handle, or a negative errno.
func (m *module) watch(call goja.FunctionCall) goja.Value {
	p := call.Argument(0).String()
	m.rt.Access.DemandFile(runtime.AccessRead, p)
	o := m.options(call.Argument(1))
	fn := m.rt.ValidateFunction(call.Argument(2), "listener")
	async := m.rt.Async.Start("FSEVENTWRAP", nil)
	w := &watcher{m: m, handle: m.rt.Loop().NewHandle("FSEventWrap"), recursive: truthy(o.get("recursive"))}
	w.changed = func(event, name string) {
		m.rt.Async.Callback(async, fn, goja.Undefined(), m.vm.ToValue(event), m.name(name, o.encoding))
	}
	if err := m.startWatch(w, p); err != nil {
		w.handle.Close(nil)
		e, _ := errs.Of(err)
		return m.vm.ToValue(e.Number)
	}
	w.handle.Start()
	if persistent := o.get("persistent"); !goja.IsUndefined(persistent) && !persistent.ToBoolean() {
		w.handle.Unref()
	}
	handle := m.vm.NewObject()
	act := func(name string, f func()) {
		m.rt.SetFunc(handle, name, 0, func(goja.FunctionCall) goja.Value {
			if !w.closed {
				f()
			}
			return goja.Undefined()
		})
	}
	act("ref", w.handle.Ref)
	act("unref", w.handle.Unref)
	act("close", func() {
		w.closed = true
		m.stopWatch(w)
		w.handle.Close(nil)
	})
	return handle
}
