// Package fetch is fetch and the classes around it: Headers, FormData, Request and Response. Lists of headers, forms,
// multipart bodies, MIME types and data URLs are Go; bodies, requests and responses are JavaScript over them; requests
// go out through module http. All of it loads when one of its globals is first touched and runs on the loop goroutine.
package fetch

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

var (
	//go:embed webidl.js
	webidlJS string
	//go:embed events.js
	eventsJS string
	//go:embed websocket.js
	webSocketJS string
	//go:embed eventsource.js
	eventSourceJS string
	//go:embed dispatch.js
	dispatchJS string
	//go:embed body.js
	bodyJS string
	//go:embed request.js
	requestJS string
	//go:embed response.js
	responseJS string
	//go:embed fetch.js
	fetchJS string
)

// Modules are the private modules of fetch.
var Modules = []*runtime.Module{
	{Name: "internal/fetch/headers", Private: true, Binding: headersBinding, Globals: []runtime.Global{{Name: "Headers"}}},
	{Name: "internal/fetch/formdata", Private: true, Binding: formDataBinding, Globals: []runtime.Global{{Name: "FormData"}}},
	{Name: "internal/fetch/webidl", Private: true, Script: engine.NewScript("node:internal/fetch/webidl", &webidlJS)},
	{Name: "internal/fetch/events", Private: true, Script: engine.NewScript("node:internal/fetch/events", &eventsJS),
		Globals: []runtime.Global{{Name: "MessageEvent"}, {Name: "CloseEvent"}}},
	{Name: "internal/fetch/websocket", Private: true, Script: engine.NewScript("node:internal/fetch/websocket", &webSocketJS),
		Binding: webSocketBinding, Globals: []runtime.Global{{Name: "WebSocket"}}},
	{Name: "internal/fetch/eventsource", Private: true, Script: engine.NewScript("node:internal/fetch/eventsource", &eventSourceJS),
		Binding: eventSourceBinding},
	{Name: "internal/fetch/dispatch", Private: true, Script: engine.NewScript("node:internal/fetch/dispatch", &dispatchJS)},
	{Name: "internal/fetch/body", Private: true, Script: engine.NewScript("node:internal/fetch/body", &bodyJS), Binding: bodyBinding},
	{Name: "internal/fetch/request", Private: true, Script: engine.NewScript("node:internal/fetch/request", &requestJS),
		Globals: []runtime.Global{{Name: "Request"}}},
	{Name: "internal/fetch/response", Private: true, Script: engine.NewScript("node:internal/fetch/response", &responseJS),
		Globals: []runtime.Global{{Name: "Response"}}},
	{Name: "internal/fetch", Private: true, Script: engine.NewScript("node:internal/fetch", &fetchJS), Binding: exchangeBinding,
		Globals: []runtime.Global{{Name: "fetch", Enumerable: true}}},
}

// bodyBinding has what bodies need of bytes and of MIME types.
func bodyBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	b := vm.NewObject()
	rt.SetFunc(b, "encode", 1, func(call goja.FunctionCall) goja.Value {
		return rt.Uint8Array(nil, vm.ToValue(vm.NewArrayBuffer(engine.EncodeString(call.Argument(0).ToString(), engine.UTF8))))
	})
	rt.SetFunc(b, "parseJSON", 1, func(call goja.FunctionCall) goja.Value {
		return rt.JSON().ParseValue(call.Argument(0), goja.Undefined())
	})
	rt.SetFunc(b, "stringifyJSON", 1, func(call goja.FunctionCall) goja.Value {
		return rt.JSON().Stringify(call.Argument(0), goja.Undefined(), goja.Undefined())
	})
	// mime(contentType) is the MIME type as it is written, and its essence and boundary; undefined if it is none.
	rt.SetFunc(b, "mime", 1, func(call goja.FunctionCall) goja.Value {
		if goja.IsNull(call.Argument(0)) {
			return goja.Undefined()
		}
		m, ok := extractMIME(call.Argument(0).String())
		if !ok {
			return goja.Undefined()
		}
		o := vm.NewObject()
		o.Set("text", m.String())
		o.Set("essence", m.essence)
		if boundary, ok := m.param("boundary"); ok {
			o.Set("boundary", boundary)
		}
		return o
	})
	// now() is performance.now(). timing(url, info, status) tells of a request that has come to its end, if a script looks at performance.
	rt.SetFunc(b, "now", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(float64(rt.Uptime().Nanoseconds()) / 1e6) })
	rt.SetFunc(b, "timing", 3, func(call goja.FunctionCall) goja.Value {
		if rt.Loaded("perf_hooks") {
			empty := vm.ToValue("")
			rt.CallMethod(rt.Require("perf_hooks").Get("performance").(*goja.Object), "markResourceTiming", call.Argument(1), call.Argument(0),
				vm.ToValue("fetch"), vm.GlobalObject(), empty, goja.Null(), call.Argument(2))
		}
		return goja.Undefined()
	})
	// dataURL(url) is the MIME type and the bytes in a data URL, or undefined.
	rt.SetFunc(b, "dataURL", 1, func(call goja.FunctionCall) goja.Value {
		m, data, ok := parseDataURL(call.Argument(0).String())
		if !ok {
			return goja.Undefined()
		}
		return vm.NewArray(m.String(), rt.Uint8Array(nil, vm.ToValue(vm.NewArrayBuffer(data))))
	})
	return b
}
