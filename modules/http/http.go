// Package http is module "http" and its parts "_http_server", "_http_client" and so on. The parser, the heads and the
// usual request and response of a server are native; what a script looks at more closely is the JavaScript beside.
// Everything runs on the loop goroutine.
package http

import (
	_ "embed"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/http1"
	"gonode/runtime"
)

// The modules, public ones as in Node.
var (
	Module   = &runtime.Module{Name: "http", Binding: exports}
	Common   = &runtime.Module{Name: "_http_common", Script: engine.NewScript("node:_http_common", &commonSource), Binding: binding}
	Incoming = &runtime.Module{Name: "_http_incoming", Script: engine.NewScript("node:_http_incoming", &incomingSource), Binding: binding}
	Outgoing = &runtime.Module{Name: "_http_outgoing", Script: engine.NewScript("node:_http_outgoing", &outgoingSource), Binding: binding}
	Server   = &runtime.Module{Name: "_http_server", Script: engine.NewScript("node:_http_server", &serverSource), Binding: binding}
	Client   = &runtime.Module{Name: "_http_client", Script: engine.NewScript("node:_http_client", &clientSource), Binding: binding}
	Seldom   = &runtime.Module{Name: "internal/http/seldom", Private: true, Script: engine.NewScript("node:internal/http/seldom", &seldomSource), Binding: binding}
	Natives  = &runtime.Module{Name: "internal/http", Private: true, Binding: binding} // for https
	Proxy    = &runtime.Module{Name: "internal/http/proxy", Private: true, Script: engine.NewScript("node:internal/http/proxy", &proxySource), Binding: binding}
	Agent    = &runtime.Module{Name: "_http_agent", Script: engine.NewScript("node:_http_agent", &agentSource), Binding: binding}
)

var (
	//go:embed common.js
	commonSource string
	//go:embed incoming.js
	incomingSource string
	//go:embed outgoing.js
	outgoingSource string
	//go:embed server.js
	serverSource string
	//go:embed client.js
	clientSource string
	//go:embed agent.js
	agentSource string
	//go:embed proxy.js
	proxySource string
	//go:embed seldom.js
	seldomSource string
)

func binding(rt *runtime.Runtime) *goja.Object { return stateOf(rt).binding }

// Modules is every module of this package.
var Modules = []*runtime.Module{Module, Common, Incoming, Outgoing, Server, Client, Seldom, Agent, Proxy, Natives, Usage}

// module is the state of all parts in one runtime.
type module struct {
	rt      *runtime.Runtime
	vm      *goja.Runtime
	binding *goja.Object
	date    http1.Date
	today   []byte // what date gave at the loop's time dated
	dated   int64
	out     []byte                // where heads are put together
	vector  [][]byte              // what is written in one go
	input   input                 // where connections are read to
	keep    func(b []byte) []byte // input.keep

	outHeaders                  *goja.Symbol
	unique                      *goja.Symbol
	needDrain                   *goja.Symbol
	abort                       *goja.Symbol // what a message has whose signal was asked for
	finished                    *goja.Symbol
	incomingKey                 *goja.Symbol // server[kIncomingMessage]
	responseKey                 *goja.Symbol
	optimizeKey                 *goja.Symbol // server[kOptimizeEmptyRequests]
	serverProto, secureProto    *goja.Object // http.Server.prototype, and https's if there is one
	requestClass                *goja.Object // IncomingMessage
	requestProto                *goja.Object
	initReadable                goja.Value
	readMessage, destroyMessage *goja.Object // _read and _destroy of messages
	response                    responseClass
	client                      clientClass
	proxyConfig                 *goja.Symbol
	acceptance                  acceptance
	parserProto                 *goja.Object
	maxHeader                   int
	usage                       *usage    // nil if nobody wants to know
	closing                     bool      // a server has been closed
	serving                     *exchange // the request that is being emitted

	perf, diagnostics func() bool // whether someone may observe requests
}

type moduleKey struct{}

func stateOf(rt *runtime.Runtime) *module {
	if m, ok := rt.Value(moduleKey{}).(*module); ok {
		return m
	}
	m := &module{rt: rt, vm: rt.VM(), outHeaders: goja.NewSymbol("kOutHeaders"),
		unique: goja.NewSymbol("kUniqueHeaders"), needDrain: goja.NewSymbol("kNeedDrain"), abort: goja.NewSymbol("kAbortController"), finished: goja.NewSymbol("kWritableFinished"),
		maxHeader: http1.DefaultMaxHeaderSize}
	m.keep = m.input.keep
	rt.SetValue(moduleKey{}, m)
	m.perf, m.diagnostics = rt.WhenLoaded("internal/perf/observe"), rt.WhenLoaded("diagnostics_channel")
	options := &rt.Config().Options
	if options.MaxHTTPHeaderSize > 0 {
		m.maxHeader = options.MaxHTTPHeaderSize
	}
	b := m.vm.NewObject()
	m.binding = b
	b.Set("kOutHeaders", m.outHeaders)
	b.Set("kUniqueHeaders", m.unique)
	b.Set("kNeedDrain", m.needDrain)
	b.Set("kAbortController", m.abort)
	b.Set("kFinished", m.finished)
	b.Set("lenient", options.InsecureHTTPParser)
	b.Set("useEnvProxy", options.UseEnvProxy)
	m.proxyConfig = goja.NewSymbol("kProxyConfig")
	b.Set("kProxyConfig", m.proxyConfig)
	b.Set("kWaitForProxyTunnel", goja.NewSymbol("kWaitForProxyTunnel"))
	codes := m.vm.NewObject()
	for _, s := range http1.Statuses() {
		codes.Set(strconv.Itoa(s.Code), s.Text)
	}
	b.Set("STATUS_CODES", codes)
	rt.SetFunc(b, "checkToken", 1, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(isToken(call.Argument(0)))
	})
	// checkPath(path) tells whether a path needs no escaping.
	rt.SetFunc(b, "checkPath", 1, func(call goja.FunctionCall) goja.Value {
		a, u := engine.Chars(call.Argument(0))
		ok := true
		for i := 0; ok && i < len(a); i++ {
			ok = a[i] > ' '
		}
		for i := 0; ok && i < len(u); i++ {
			ok = u[i] > ' ' && u[i] <= 0xff
		}
		return m.vm.ToValue(ok)
	})
	rt.SetFunc(b, "checkInvalid", 2, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(!isValue(call.Argument(0)) && !(call.Argument(1).ToBoolean() && isLenientValue(call.Argument(0))))
	})
	rt.SetFunc(b, "isBytes", 1, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(m.isBytes(call.Argument(0)))
	})
	rt.SetFunc(b, "byteLength", 2, func(call goja.FunctionCall) goja.Value {
		v := call.Argument(0)
		if _, ok := v.(goja.String); ok {
			return m.vm.ToValue(engine.EncodedLen(v, encoding(call.Argument(1))))
		}
		bytes, _ := rt.Bytes(v)
		return m.vm.ToValue(len(bytes))
	})
	rt.SetFunc(b, "loaded", 1, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(rt.Loaded(call.Argument(0).String()))
	})
	rt.SetFunc(b, "captureContext", 0, func(goja.FunctionCall) goja.Value {
		captured := rt.Async.Context()
		return rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			scope := rt.Async.Enter(captured)
			v := rt.Apply(call.Argument(0), goja.Undefined())
			scope.Leave()
			return v
		})
	})
	rt.SetFunc(b, "timerDuration", 2, func(call goja.FunctionCall) goja.Value {
		v, name := call.Argument(0), call.Argument(1).String()
		f := rt.ValidateNumber(v, name, math.NaN(), math.NaN())
		if !(f >= 0) || math.IsInf(f, 0) {
			rt.ThrowOutOfRange(name, "a non-negative finite number", v)
		}
		if f > math.MaxInt32 {
			rt.CallMethod(rt.Require("process"), "emitWarning", m.vm.ToValue(v.String()+
				" does not fit into a 32-bit signed integer.\nTimer duration was truncated to 2147483647."), m.vm.ToValue("TimeoutOverflowWarning"))
			return m.vm.ToValue(math.MaxInt32)
		}
		return v
	})
	rt.SetFunc(b, "storeHeader", 3, m.storeHeader)
	rt.SetFunc(b, "validateLink", 1, m.validateLink)
	m.defineIncoming(b)
	m.defineParser(b)
	m.defineConnections(b)
	m.defineServer(b)
	m.defineOutgoing(b)
	m.defineAccept(b)
	m.defineClient(b)
	m.defineClosing(b)
	return m
}

// exports are http's own; the classes and what belongs to them are loaded when first used, the client's half in a server
// never.
func exports(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	rt.DefineExports(o, Server.Name, "_connectionListener")
	rt.DefineExport(o, "METHODS", func() goja.Value { return stateOf(rt).list(http1.Methods[:]) })
	rt.DefineExports(o, Server.Name, "STATUS_CODES")
	rt.DefineExports(o, Agent.Name, "Agent")
	rt.DefineExports(o, Client.Name, "ClientRequest")
	rt.DefineExports(o, Incoming.Name, "IncomingMessage")
	rt.DefineExports(o, Outgoing.Name, "OutgoingMessage")
	rt.DefineExports(o, Server.Name, "Server", "ServerResponse")
	rt.SetFunc(o, "createServer", 2, func(call goja.FunctionCall) goja.Value {
		return rt.Construct(rt.Require(Server.Name).Get("Server"), call.Argument(0), call.Argument(1))
	})
	rt.DefineExports(o, Outgoing.Name, "validateHeaderName", "validateHeaderValue")
	request := func(call goja.FunctionCall) (*goja.Object, *clientRequest) {
		m := stateOf(rt)
		class := m.clientRequest()
		if r := m.beginRequest(call); r != nil {
			return r.o, r
		}
		return rt.Construct(class, call.Argument(0), call.Argument(1), call.Argument(2)), nil
	}
	o.Set("get", rt.Function("get", 3, func(call goja.FunctionCall) goja.Value {
		req, r := request(call)
		if r == nil || r.adopted || r.end(goja.FunctionCall{This: req}) == nil {
			rt.CallMethod(req, "end")
		}
		return req
	}))
	rt.SetFunc(o, "request", 3, func(call goja.FunctionCall) goja.Value {
		req, _ := request(call)
		return req
	})
	rt.SetOperation(o, "setMaxIdleHTTPParsers", 1, func(call goja.FunctionCall) goja.Value {
		n := rt.ValidateInteger(call.Argument(0), "max", 1, engine.MaxSafeInteger)
		rt.Require(Common.Name).Get("parsers").(*goja.Object).Set("max", n)
		return goja.Undefined()
	})
	rt.DefineExports(o, Proxy.Name, "setGlobalProxyFromEnv")
	property := func(name string, get func() goja.Value, set goja.Value) {
		getter := rt.Func("get", 0, func(goja.FunctionCall) goja.Value { return get() })
		o.DefineAccessorProperty(name, getter, set, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	property("maxHeaderSize", func() goja.Value { return vm.ToValue(stateOf(rt).maxHeader) }, nil)
	property("globalAgent", func() goja.Value { return rt.Require(Agent.Name).Get("globalAgent") },
		rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
			rt.Require(Agent.Name).Set("globalAgent", call.Argument(0))
			return goja.Undefined()
		}))
	for _, export := range [...]struct{ name, module string }{{"WebSocket", "websocket"}, {"CloseEvent", "events"}, {"MessageEvent", "events"}} {
		property(export.name, func() goja.Value { return rt.Require("internal/fetch/" + export.module).Get(export.name) }, nil)
	}
	return o
}

// list makes an array of names.
func (m *module) list(names []string) *goja.Object {
	list := make([]any, len(names))
	for i, name := range names {
		list[i] = name
	}
	return m.vm.NewArray(list...)
}

// encoding reads an encoding argument; what is none means UTF-8.
func encoding(v goja.Value) engine.Encoding {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return engine.UTF8
	}
	e, _ := engine.ParseEncoding(v.String())
	return e
}

// latin1 makes a string value of one byte per character.
func (m *module) latin1(s string) goja.Value {
	if engine.IsASCII(s) {
		return m.rt.ASCIIValue(s)
	}
	return m.rt.DecodeString([]byte(s), engine.Latin1)
}

// now is the time as a Date field has it.
func (m *module) now() []byte {
	if at := m.rt.Loop().Now(); at != m.dated || m.today == nil {
		m.dated, m.today = at, m.date.At(time.Now())
	}
	return m.today
}

// clock is the time by which messages are found too slow, in nanoseconds; never 0.
func (m *module) clock() int64 { return int64(m.rt.Uptime()) + 1 }

func (m *module) isBytes(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	if !ok || engine.KindOf(o) != engine.TypedArray {
		return false
	}
	return m.vm.InstanceOf(o, m.rt.Intrinsic("Uint8Array"))
}

func isToken(v goja.Value) bool {
	s, u := engine.Chars(v)
	return u == nil && http1.ValidToken(s)
}

// isValue tells whether a value, as a string, may stand in a header.
func isValue(v goja.Value) bool {
	s, u := engine.Chars(text(v))
	if u == nil {
		return http1.ValidValue(s)
	}
	for _, c := range u {
		if c > 0xff || c < 0x20 && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// isLenientValue tells whether a value may stand in a header where control characters may.
func isLenientValue(v goja.Value) bool {
	s, u := engine.Chars(text(v))
	if u == nil {
		return !strings.ContainsAny(s, "\x00\r\n")
	}
	for _, c := range u {
		if c > 0xff || c == 0 || c == '\r' || c == '\n' {
			return false
		}
	}
	return true
}

// text is v as a primitive string.
func text(v goja.Value) goja.Value {
	if s, ok := v.(goja.String); ok {
		return s
	}
	return v.ToString()
}
