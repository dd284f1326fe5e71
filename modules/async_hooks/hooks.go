package async_hooks

import (
	"slices"

	"github.com/dop251/goja"
)

// hook is the state of an AsyncHook.
type hook struct {
	object                                *goja.Object
	init, before, after, destroy, resolve goja.Value
	plain                                 bool // it is told nothing of promises
}

// tracking is what is known while hooks are enabled, or have been.
type tracking struct {
	ids       bool // a script wants to know them, whether there are hooks or not
	watching  bool // promises are
	classes   map[string]*goja.Object
	listeners []*promiseListener
	hooks     []*hook
	entered   []*operation // what runs, the innermost last; nil for what is not reported
	destroyed []int64      // of which the hooks are yet to be told
	promise   promises
}

// operation is the context for the callbacks of what hooks are told of. A plain *context is inherited by what is not.
type operation struct {
	*context
	ended   bool
	await   *operation // of an await: the promise of its function
	promise bool
}

// Start reports an operation of the runtime's modules.
func (m *module) Start(kind string, resource *goja.Object) any {
	switch {
	case len(m.hooks) > 0:
		if resource == nil {
			resource = m.newResource(kind)
		}
		return m.start(kind, m.executing(), resource)
	case !m.ids:
		return m.rt.Async.Context()
	case kind == "Microtask": // which is a resource for hooks only
		return &context{stores: m.stores()}
	}
	return &operation{context: &context{id: m.newID(), trigger: m.executing(), kind: kind, resource: resource, stores: m.stores()}}
}

// askIDs has operations numbered from now on.
func (m *module) askIDs() {
	m.ids = true
	m.rt.Async.SetTracker(m)
}

// executing is the id of what runs.
func (m *module) executing() int64 {
	switch c := m.current(); {
	case c != nil:
		return c.id
	case m.ids && !m.rt.InMain():
		return 0
	}
	return 1
}

// newResource is the resource of an operation that has no object of a script's: one of the class that it has in Node.
func (m *module) newResource(kind string) *goja.Object {
	name := ""
	switch kind {
	case "FSREQCALLBACK":
		name = "FSReqCallback"
	case "GETADDRINFOREQWRAP":
		name = "GetAddrInfoReqWrap"
	case "GETNAMEINFOREQWRAP":
		name = "GetNameInfoReqWrap"
	case "QUERYWRAP":
		name = "QueryReqWrap"
	case "TCPWRAP", "TCPSERVERWRAP":
		name = "TCP"
	case "PIPEWRAP", "PIPESERVERWRAP":
		name = "Pipe"
	case "TCPCONNECTWRAP":
		name = "TCPConnectWrap"
	case "PIPECONNECTWRAP":
		name = "PipeConnectWrap"
	case "SHUTDOWNWRAP":
		name = "ShutdownWrap"
	case "WRITEWRAP":
		name = "WriteWrap"
	case "PROCESSWRAP":
		name = "Process"
	case "UDPWRAP":
		name = "UDP"
	case "UDPSENDWRAP":
		name = "SendWrap"
	case "RANDOMBYTESREQUEST":
		name = "RandomBytesJob"
	case "ZLIB":
		name = "Zlib"
	default:
		return m.vm.NewObject()
	}
	class := m.classes[name]
	if class == nil {
		if m.classes == nil {
			m.classes = map[string]*goja.Object{}
		}
		class, _ = m.rt.FunctionClass(name, 0, func(goja.ConstructorCall) *goja.Object { return nil })
		m.classes[name] = class
	}
	return m.rt.Construct(class)
}

func (m *module) start(kind string, trigger int64, resource *goja.Object) *operation {
	o := &operation{context: &context{id: m.newID(), trigger: trigger, resource: resource, stores: m.stores()}, promise: kind == "PROMISE"}
	m.emitInit(o.id, kind, trigger, resource)
	return o
}

// Enter begins a callback.
func (m *module) Enter(async any) any {
	o, ok := async.(*operation)
	m.entered = append(m.entered, o)
	if !ok {
		return async
	}
	m.rt.Async.SetContext(o.context)
	if o.promise {
		m.tell(onBefore, o.resource)
	}
	m.emit(o.promise, func(h *hook) goja.Value { return h.before }, o.id)
	return o.context
}

// Leave ends it.
func (m *module) Leave(async any) {
	if n := len(m.entered); n > 0 {
		m.entered = m.entered[:n-1]
	}
	if o, ok := async.(*operation); ok {
		if o.promise {
			m.tell(onAfter, o.resource)
		}
		m.emit(o.promise, func(h *hook) goja.Value { return h.after }, o.id)
	}
}

// Unwind ends all that an error has passed through.
func (m *module) Unwind() {
	for n := len(m.entered); n > 0; n = len(m.entered) {
		if o := m.entered[n-1]; o != nil {
			m.Leave(o)
		} else {
			m.entered = m.entered[:n-1]
		}
	}
}

// End reports the end of an operation.
func (m *module) End(async any) {
	if o, ok := async.(*operation); ok && !o.ended {
		o.ended = true
		m.destroy(o.id)
	}
}

// destroy tells the hooks after what runs now.
func (m *module) destroy(id int64) {
	if len(m.hooks) == 0 {
		return
	}
	if m.destroyed = append(m.destroyed, id); len(m.destroyed) > 1 {
		return
	}
	immediate := m.rt.Loop().SetImmediateFirst(func() {
		m.rt.Enter(func() {
			for len(m.destroyed) > 0 {
				id := m.destroyed[0]
				m.destroyed = m.destroyed[1:]
				m.emit(false, func(h *hook) goja.Value { return h.destroy }, id)
			}
		})
	})
	// It waits for what else holds the loop open, if anything does.
	if immediate.Unref(); !m.rt.Loop().Alive() {
		immediate.Ref()
	}
}

func (m *module) emitInit(id int64, kind string, trigger int64, resource *goja.Object) {
	m.emit(kind == "PROMISE", func(h *hook) goja.Value { return h.init }, id, kind, trigger, resource)
}

// emit calls one of the callbacks of all enabled hooks that are told of promises, or of all. What a hook throws ends the process, but for
// calls that nest too deep: these are the script's, which may catch the error.
func (m *module) emit(promise bool, which func(*hook) goja.Value, args ...any) {
	if len(m.hooks) == 0 {
		return
	}
	var values []goja.Value
	for _, h := range append([]*hook(nil), m.hooks...) {
		fn := which(h)
		if fn == nil || promise && h.plain {
			continue
		}
		if values == nil {
			for _, a := range args {
				values = append(values, m.vm.ToValue(a))
			}
		}
		if ex := m.vm.Try(func() { m.rt.Apply(fn, h.object, values...) }); ex != nil {
			if tooDeep(ex) {
				panic(ex)
			}
			m.fatal(ex)
		}
	}
}

func tooDeep(ex *goja.Exception) bool {
	o, ok := ex.Value().(*goja.Object)
	if !ok {
		return false
	}
	name, message := o.Get("name"), o.Get("message")
	return name != nil && message != nil && name.String() == "RangeError" && message.String() == "Maximum call stack size exceeded"
}

func (m *module) fatal(ex *goja.Exception) {
	text := "Error: " + m.rt.Inspect(ex.Value())
	if o, ok := ex.Value().(*goja.Object); ok && m.rt.IsError(o) {
		text = o.Get("stack").String()
	}
	m.rt.Stderr().Write([]byte(text + "\n"))
	m.rt.Exit(1)
}

// defineHook makes the class AsyncHook, which createHook makes instances of.
func (m *module) defineHook() *goja.Object {
	rt := m.rt
	class, proto := rt.Class("AsyncHook", 1, func(call goja.ConstructorCall) *goja.Object {
		h := m.newHook(call.Argument(0).ToObject(m.vm))
		h.object = call.This
		rt.SetSlot(call.This, h)
		return nil
	})
	for name, f := range map[string]func(*hook){"enable": m.enable, "disable": m.disable} {
		rt.SetMethod(proto, name, 0, func(call goja.FunctionCall) goja.Value {
			h, ok := rt.Slot(call.This).(*hook)
			if !ok {
				panic(m.vm.NewTypeError("AsyncHook.prototype." + name + " is called on an object that is no AsyncHook"))
			}
			f(h)
			return call.This
		})
	}
	return class
}

func (m *module) newHook(options *goja.Object) *hook {
	rt := m.rt
	callback := func(name string) goja.Value {
		v := options.Get(name)
		if v == nil || goja.IsUndefined(v) {
			return nil
		}
		if _, ok := goja.AssertFunction(v); !ok {
			rt.Throw(rt.NewError("ERR_ASYNC_CALLBACK", "hook."+name))
		}
		return v
	}
	h := &hook{init: callback("init"), before: callback("before"), after: callback("after"), destroy: callback("destroy"),
		resolve: callback("promiseResolve")}
	if v := options.Get("trackPromises"); v != nil && !goja.IsUndefined(v) {
		rt.ValidateBoolean(v, "trackPromises")
		if h.plain = !v.ToBoolean(); h.plain && h.resolve != nil {
			rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "trackPromises", v, "must not be false when promiseResolve is enabled"))
		}
	}
	return h
}

func (m *module) enable(h *hook) {
	for _, other := range m.hooks {
		if other == h {
			return
		}
	}
	m.hooks = append(m.hooks, h)
	m.rt.Async.SetTracker(m)
	m.watch()
}

// watch looks whether promises are to be watched, and begins or ends that.
func (m *module) watch() {
	asked := len(m.listeners) > 0 || slices.ContainsFunc(m.hooks, func(h *hook) bool { return !h.plain })
	switch {
	case asked && !m.watching:
		m.watching = true
		m.watchPromises()
	case !asked && m.watching:
		m.watching = false
		m.unwatchPromises()
	}
}

func (m *module) disable(h *hook) {
	for i, other := range m.hooks {
		if other != h {
			continue
		}
		m.hooks = append(m.hooks[:i:i], m.hooks[i+1:]...)
		m.watch()
		return
	}
}
