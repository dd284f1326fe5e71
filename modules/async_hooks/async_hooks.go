// Package async_hooks is module "async_hooks". The current asynchronous context is kept by package runtime and carried
// along by ticks, timers and handles; promises carry it once this module is loaded. A context is immutable: what changes
// a store makes a new one. It all runs on the loop goroutine.
package async_hooks

import (
	"maps"
	"strings"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// Module is "async_hooks".
var Module = &runtime.Module{Name: "async_hooks", Binding: binding}

// context is what rt.Async.Context gives; nil is that of the main script.
type context struct {
	id, trigger int64
	kind        string       // what the resource is to be
	resource    *goja.Object // nil until it is asked for
	stores      map[*storage]goja.Value
}

// storage is the state of an AsyncLocalStorage.
type storage struct {
	enabled bool
	name    string
	initial goja.Value // what there is without a store; nil is undefined
}

// resource is the state of an AsyncResource.
type resource struct {
	id, trigger int64
	object      *goja.Object
	stores      map[*storage]goja.Value
	destroyed   bool
}

type module struct {
	rt     *runtime.Runtime
	vm     *goja.Runtime
	lastID int64
	tracking
	top          *goja.Object // executionAsyncResource() of the main script
	resourceMake *goja.Object // class AsyncResource
}

func (m *module) current() *context {
	c, _ := m.rt.Async.Context().(*context)
	return c
}

func (m *module) stores() map[*storage]goja.Value {
	if c := m.current(); c != nil {
		return c.stores
	}
	return nil
}

// in calls fn in the context c.
func (m *module) in(c *context, fn, this goja.Value, args []goja.Value) goja.Value {
	before := m.rt.Async.Context()
	if c == nil {
		m.rt.Async.SetContext(nil)
	} else {
		m.rt.Async.SetContext(c)
	}
	defer m.rt.Async.SetContext(before)
	return m.rt.Apply(fn, this, args...)
}

// with is the current context with one store changed; a nil value removes it.
func (m *module) with(s *storage, v goja.Value) *context {
	next := &context{}
	if c := m.current(); c != nil {
		*next = *c
	} else {
		next.id = 1
	}
	next.stores = maps.Clone(next.stores)
	if next.stores == nil {
		next.stores = map[*storage]goja.Value{}
	}
	if v == nil {
		delete(next.stores, s)
	} else {
		next.stores[s] = v
	}
	return next
}

func rest(args []goja.Value, n int) []goja.Value {
	if len(args) <= n {
		return nil
	}
	return append([]goja.Value(nil), args[n:]...)
}

func binding(rt *runtime.Runtime) *goja.Object {
	m := &module{rt: rt, vm: rt.VM(), lastID: 1}
	m.promise.class = m.rt.Intrinsic("Promise")
	m.vm.SetAsyncContextTracker(m)
	exports := m.vm.NewObject()
	m.defineResource()
	exports.Set("AsyncLocalStorage", m.defineStorage())
	hooks := m.defineHook()
	rt.SetFunc(exports, "createHook", 1, func(call goja.FunctionCall) goja.Value { return rt.Construct(hooks, call.Argument(0)) })
	rt.SetSlot(exports.Get("createHook").(*goja.Object), m)
	m.number(exports, "executionAsyncId", func() goja.Value { return m.vm.ToValue(m.executing()) })
	m.number(exports, "triggerAsyncId", func() goja.Value {
		if c := m.current(); c != nil {
			return m.vm.ToValue(c.trigger)
		}
		return m.vm.ToValue(0)
	})
	m.number(exports, "executionAsyncResource", func() goja.Value {
		if c := m.current(); c != nil && c.kind != "" {
			if c.resource == nil {
				c.resource = m.newResource(c.kind)
			}
			return c.resource
		} else if c != nil && c.resource != nil {
			return c.resource
		}
		if m.top == nil {
			m.top = m.vm.NewObject()
		}
		return m.top
	})
	providers := m.vm.CreateObject(nil)
	for i, name := range strings.Fields(providerNames) {
		providers.Set(name, i)
	}
	rt.CallMethod(m.rt.Intrinsic("Object"), "freeze", providers)
	exports.Set("asyncWrapProviders", providers)
	exports.Set("AsyncResource", m.resourceMake)
	return exports
}

// number makes an export that tells of ids: from when it is read on there are any.
func (m *module) number(exports *goja.Object, name string, tell func() goja.Value) {
	m.rt.DefineExport(exports, name, func() goja.Value {
		m.askIDs()
		return m.rt.Func(name, 0, func(goja.FunctionCall) goja.Value { return tell() })
	})
}

func (m *module) defineStorage() *goja.Object {
	rt := m.rt
	class, proto := rt.Class("AsyncLocalStorage", 0, func(call goja.ConstructorCall) *goja.Object {
		s := &storage{}
		if v := call.Argument(0); !goja.IsUndefined(v) {
			options := rt.ValidateObject(v, "options")
			if v := options.Get("name"); v != nil && !goja.IsUndefined(v) {
				s.name = v.ToString().String()
			}
			s.initial = options.Get("defaultValue")
		}
		rt.SetSlot(call.This, s)
		return nil
	})
	rt.SetGetter(proto, "name", func(this goja.Value) goja.Value {
		if s, ok := rt.Slot(this).(*storage); ok {
			return m.vm.ToValue(s.name)
		}
		if _, ok := this.(*goja.Object); !ok {
			panic(m.vm.NewTypeError("Cannot read properties of %s (reading '#name')", this))
		}
		panic(m.vm.NewTypeError("Cannot read private member #name from an object whose class did not declare it"))
	}, nil)
	method := func(name string, length int, f func(s *storage, call goja.FunctionCall) goja.Value) {
		rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value {
			s, ok := rt.Slot(call.This).(*storage)
			if o := call.This.ToObject(m.vm); !ok {
				// An object that inherits from the class is a storage from its first use; others cannot run or enter.
				if (name == "run" || name == "enterWith") && !m.inherits(o, proto) {
					panic(m.vm.NewTypeError("this." + name + " is called on an object that is no AsyncLocalStorage"))
				}
				s = &storage{}
				rt.SetSlot(o, s)
			}
			return f(s, call)
		})
	}
	method("run", 2, func(s *storage, call goja.FunctionCall) goja.Value {
		fn, args := call.Argument(1), rest(call.Arguments, 2)
		s.enabled = true
		return m.in(m.with(s, call.Argument(0)), fn, goja.Null(), args)
	})
	method("exit", 1, func(s *storage, call goja.FunctionCall) goja.Value {
		return m.in(m.with(s, nil), call.Argument(0), goja.Null(), rest(call.Arguments, 1))
	})
	method("getStore", 0, func(s *storage, call goja.FunctionCall) goja.Value {
		if v := m.stores()[s]; v != nil && s.enabled {
			return v
		}
		if s.initial != nil {
			return s.initial
		}
		return goja.Undefined()
	})
	method("enterWith", 1, func(s *storage, call goja.FunctionCall) goja.Value {
		s.enabled = true
		rt.Async.SetContext(m.with(s, call.Argument(0)))
		return goja.Undefined()
	})
	scope := m.scopeClass()
	method("withScope", 1, func(s *storage, call goja.FunctionCall) goja.Value {
		this := call.This.(*goja.Object)
		o := m.vm.CreateObject(scope)
		rt.SetSlot(o, &scopeState{storage: this, before: rt.CallMethod(this, "getStore")})
		rt.CallMethod(this, "enterWith", call.Argument(0))
		return o
	})
	method("disable", 0, func(s *storage, call goja.FunctionCall) goja.Value {
		s.enabled = false
		return goja.Undefined()
	})
	rt.SetMethod(class, "bind", 1, func(call goja.FunctionCall) goja.Value {
		return rt.CallMethod(m.resourceMake, "bind", call.Argument(0))
	})
	rt.SetMethod(class, "snapshot", 0, func(goja.FunctionCall) goja.Value {
		return rt.CallMethod(m.resourceMake, "bind", rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			return rt.Apply(call.Argument(0), goja.Undefined(), rest(call.Arguments, 1)...)
		}))
	})
	return class
}

func (m *module) inherits(o, proto *goja.Object) bool {
	for o != nil && o != proto {
		o = o.Prototype()
	}
	return o != nil
}

func (m *module) newID() int64 {
	m.lastID++
	return m.lastID
}

func (m *module) resourceOf(v goja.Value) *resource {
	if r, ok := m.rt.Slot(v).(*resource); ok {
		return r
	}
	return &resource{object: v.ToObject(m.vm), stores: m.stores()}
}

func (m *module) initResource(o *goja.Object, typ string, options goja.Value) {
	rt := m.rt
	r := &resource{id: m.newID(), object: o, stores: m.stores(), trigger: 1}
	if c := m.current(); c != nil {
		r.trigger = c.id
	}
	trigger := options
	if given, ok := options.(*goja.Object); ok {
		trigger = given.Get("triggerAsyncId")
	}
	if trigger != nil && !goja.IsUndefined(trigger) {
		n := trigger.ToFloat()
		if !goja.IsNumber(trigger) || n != float64(int64(n)) || n < -1 {
			rt.Throw(rt.NewError("ERR_INVALID_ASYNC_ID", "triggerAsyncId", trigger))
		}
		r.trigger = int64(n)
	}
	rt.SetSlot(o, r)
	if len(m.hooks) > 0 {
		if typ == "" {
			rt.Throw(rt.NewError("ERR_ASYNC_TYPE", typ))
		}
		m.emitInit(r.id, typ, r.trigger, o)
	}
}

func (m *module) run(r *resource, fn, this goja.Value, args []goja.Value) goja.Value {
	c := &context{id: r.id, trigger: r.trigger, resource: r.object, stores: r.stores}
	if len(m.hooks) == 0 {
		return m.in(c, fn, this, args)
	}
	scope := m.rt.Async.Enter(&operation{context: c})
	v := m.rt.Apply(fn, this, args...)
	scope.Leave()
	return v
}

func (m *module) bind(r *resource, fn *goja.Object, this goja.Value) *goja.Object {
	rt := m.rt
	bound := rt.Func("bound", int(fn.Get("length").ToInteger()), func(call goja.FunctionCall) goja.Value {
		receiver := this
		if goja.IsUndefined(receiver) {
			receiver = call.This
		}
		return m.run(r, fn, receiver, append([]goja.Value(nil), call.Arguments...))
	})
	self := goja.Value(r.object)
	warn := func() {
		rt.CallMethod(rt.Require("process"), "emitWarning",
			m.vm.ToValue("The asyncResource property on bound functions is deprecated"), m.vm.ToValue("DeprecationWarning"), m.vm.ToValue("DEP0172"))
	}
	bound.DefineAccessorProperty("asyncResource", rt.Func("", 0, func(goja.FunctionCall) goja.Value {
		warn()
		return self
	}), rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		warn()
		self = call.Argument(0)
		return goja.Undefined()
	}), goja.FLAG_TRUE, goja.FLAG_TRUE)
	return bound
}

func (m *module) defineResource() {
	rt := m.rt
	class, proto := rt.Class("AsyncResource", 1, func(call goja.ConstructorCall) *goja.Object {
		m.initResource(call.This, rt.ValidateString(call.Argument(0), "type"), call.Argument(1))
		return nil
	})
	m.resourceMake = class
	method := func(name string, length int, f func(r *resource, call goja.FunctionCall) goja.Value) {
		rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value { return f(m.resourceOf(call.This), call) })
	}
	method("runInAsyncScope", 2, func(r *resource, call goja.FunctionCall) goja.Value {
		return m.run(r, call.Argument(0), call.Argument(1), rest(call.Arguments, 2))
	})
	method("emitDestroy", 0, func(r *resource, call goja.FunctionCall) goja.Value {
		r.destroyed = true
		m.destroy(r.id)
		return r.object
	})
	method("asyncId", 0, func(r *resource, call goja.FunctionCall) goja.Value { return m.vm.ToValue(r.id) })
	method("triggerAsyncId", 0, func(r *resource, call goja.FunctionCall) goja.Value { return m.vm.ToValue(r.trigger) })
	rt.SetMethod(proto, "bind", 2, func(call goja.FunctionCall) goja.Value {
		rt.ValidateFunction(call.Argument(0), "fn")
		return m.bind(m.resourceOf(call.This), call.Argument(0).(*goja.Object), call.Argument(1))
	})
	rt.SetMethod(class, "bind", 3, func(call goja.FunctionCall) goja.Value {
		fn := call.Argument(0)
		name := call.Argument(1)
		if !name.ToBoolean() {
			name = fn.ToObject(m.vm).Get("name")
		}
		if name == nil || !name.ToBoolean() {
			name = m.vm.ToValue("bound-anonymous-fn")
		}
		o, err := m.vm.New(class, name)
		if err != nil {
			panic(err)
		}
		rt.ValidateFunction(fn, "fn")
		return m.bind(m.resourceOf(o), fn.(*goja.Object), call.Argument(2))
	})
}

// scopeState is what a RunScope goes back to when it ends.
type scopeState struct {
	storage *goja.Object
	before  goja.Value
	ended   bool
}

// scopeClass makes the prototype of RunScope, what withScope gives.
func (m *module) scopeClass() *goja.Object {
	rt := m.rt
	_, proto := rt.Class("RunScope", 2, func(goja.ConstructorCall) *goja.Object { return nil })
	dispose := func(call goja.FunctionCall) goja.Value {
		if s, ok := rt.Slot(call.This).(*scopeState); ok && !s.ended {
			s.ended = true
			rt.CallMethod(s.storage, "enterWith", s.before)
		}
		return goja.Undefined()
	}
	rt.SetMethod(proto, "dispose", 0, dispose)
	if symbol, ok := rt.Intrinsic("Symbol").Get("dispose").(*goja.Symbol); ok {
		proto.DefineDataPropertySymbol(symbol, rt.Method("[Symbol.dispose]", 0, dispose), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return proto
}

// providerNames are the kinds of resources, in the order of their numbers.
const providerNames = "NONE DIRHANDLE DNSCHANNEL ELDHISTOGRAM FILEHANDLE FILEHANDLECLOSEREQ BLOBREADER FSEVENTWRAP FSREQCALLBACK FSREQPROMISE GETADDRINFOREQWRAP " +
	"GETNAMEINFOREQWRAP HEAPSNAPSHOT HTTP2SESSION HTTP2STREAM HTTP2PING HTTP2SETTINGS HTTPINCOMINGMESSAGE HTTPCLIENTREQUEST LOCKS JSSTREAM " +
	"JSUDPWRAP MESSAGEPORT PIPECONNECTWRAP PIPESERVERWRAP PIPEWRAP PROCESSWRAP PROMISE QUERYWRAP QUIC_ENDPOINT QUIC_LOGSTREAM QUIC_SESSION " +
	"QUIC_STREAM QUIC_UDP SHUTDOWNWRAP SIGNALWRAP STATWATCHER STREAMPIPE TCPCONNECTWRAP TCPSERVERWRAP TCPWRAP TTYWRAP UDPSENDWRAP UDPWRAP " +
	"SIGINTWATCHDOG WORKER WORKERCPUPROFILE WORKERCPUUSAGE WORKERHEAPPROFILE WORKERHEAPSNAPSHOT WORKERHEAPSTATISTICS WRITEWRAP ZLIB " +
	"CHECKPRIMEREQUEST PBKDF2REQUEST KEYPAIRGENREQUEST KEYGENREQUEST KEYEXPORTREQUEST ARGON2REQUEST CIPHERREQUEST DERIVEBITSREQUEST HASHREQUEST " +
	"RANDOMBYTESREQUEST RANDOMPRIMEREQUEST SCRYPTREQUEST SIGNREQUEST TLSWRAP VERIFYREQUEST"
