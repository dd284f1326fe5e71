// Package http2 is module http2: sessions, streams and servers as scripts know them, over the protocol of internal/http2 and the
// handles of net and tls. What a script may not need loads when it is touched. Loop goroutine only.
package http2

import (
	_ "embed"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed session.js
var sessionJS string

//go:embed stream.js
var streamJS string

//go:embed server.js
var serverJS string

//go:embed client.js
var clientJS string

//go:embed compat.js
var compatJS string

//go:embed file.js
var fileJS string

//go:embed seldom.js
var seldomJS string

// Modules are http2 and its private parts.
var Modules = []*runtime.Module{
	{Name: "http2", Binding: exports},
	{Name: "internal/http2/native", Private: true, Binding: native},
	{Name: "internal/http2/session", Private: true, Script: engine.NewScript("node:internal/http2/core", &sessionJS)},
	{Name: "internal/http2/stream", Private: true, Script: engine.NewScript("node:internal/http2/core", &streamJS)},
	{Name: "internal/http2/server", Private: true, Script: engine.NewScript("node:internal/http2/core", &serverJS)},
	{Name: "internal/http2/client", Private: true, Script: engine.NewScript("node:internal/http2/core", &clientJS)},
	{Name: "internal/http2/compat", Private: true, Script: engine.NewScript("node:internal/http2/compat", &compatJS)},
	{Name: "internal/http2/file", Private: true, Script: engine.NewScript("node:internal/http2/core", &fileJS)},
	{Name: "internal/http2/seldom", Private: true, Script: engine.NewScript("node:internal/http2/core", &seldomJS)},
}

// module is the state of one runtime.
type module struct {
	rt          *runtime.Runtime
	vm          *goja.Runtime
	sensitive   *goja.Symbol
	streamProto *goja.Object
	names       map[string]goja.Value
	dated       int64 // the second of date
	date        goja.Value
	on          events
	quick       shortcut
}

// events are the functions of the scripts that are told what happens: on an Http2Session, or on an Http2Stream.
type events struct {
	stream, settings, ping, goaway, altsvc, origin, failed, broken goja.Callable
	headers, end, wantTrailers, closed, notSent, touch             goja.Callable
}

// utcDate is the Date header of now.
func (m *module) utcDate() goja.Value {
	if now := time.Now(); m.date == nil || now.Unix() != m.dated {
		m.dated = now.Unix()
		m.date = m.vm.ToValue(now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	}
	return m.date
}

type symbolKey struct{}

func sensitive(rt *runtime.Runtime) *goja.Symbol {
	s, ok := rt.Value(symbolKey{}).(*goja.Symbol)
	if !ok {
		s = goja.NewSymbol("sensitiveHeaders")
		rt.SetValue(symbolKey{}, s)
	}
	return s
}

func exports(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	through := func(name, module string, length int) {
		rt.SetFunc(o, name, length, func(call goja.FunctionCall) goja.Value {
			return rt.Apply(rt.Require(module).Get(name), goja.Undefined(), call.Arguments...)
		})
	}
	through("connect", "internal/http2/client", 3)
	o.Get("connect").ToObject(rt.VM()).SetSymbol(rt.SymbolFor("nodejs.util.promisify.custom"), rt.Func("connect", 2, func(call goja.FunctionCall) goja.Value {
		return rt.Apply(rt.Require("internal/http2/client").Get("connected"), goja.Undefined(), call.Arguments...)
	}))
	rt.DefineExport(o, "constants", func() goja.Value { return constants(rt) })
	through("createServer", "internal/http2/server", 2)
	through("createSecureServer", "internal/http2/server", 2)
	rt.SetFunc(o, "getDefaultSettings", 0, func(goja.FunctionCall) goja.Value { return defaultSettings(rt) })
	rt.SetFunc(o, "getPackedSettings", 1, func(call goja.FunctionCall) goja.Value { return packedSettings(rt, call.Argument(0)) })
	rt.SetFunc(o, "getUnpackedSettings", 1, func(call goja.FunctionCall) goja.Value {
		return unpackedSettings(rt, call.Argument(0), call.Argument(1))
	})
	through("performServerHandshake", "internal/http2/server", 1)
	o.Set("sensitiveHeaders", sensitive(rt))
	rt.DefineExports(o, "internal/http2/compat", "Http2ServerRequest", "Http2ServerResponse")
	return o
}

// native is what the scripts have of Go.
func native(rt *runtime.Runtime) *goja.Object {
	m := &module{rt: rt, vm: rt.VM(), sensitive: sensitive(rt), names: map[string]goja.Value{}}
	b := m.vm.NewObject()
	m.defineStream()
	m.defineSession(b)
	m.defineShortcut(b)
	m.defineQuickStream(b)
	b.Set("sensitiveHeaders", m.sensitive)
	for _, pair := range strings.Fields(numbers) {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "NGHTTP2_") && !strings.Contains(name, "FLAG") {
			n, _ := strconv.Atoi(value)
			b.Set(name, n)
		}
	}
	rt.SetGetter(b, "channels", func(goja.Value) goja.Value { return m.vm.ToValue(rt.Loaded("diagnostics_channel")) }, nil)
	rt.SetGetter(b, "observed", func(goja.Value) goja.Value { return m.vm.ToValue(rt.Loaded("internal/perf/observe")) }, nil)
	// bind() gives a function that calls another one, with its arguments, in the asynchronous context of now.
	rt.SetFunc(b, "bind", 0, func(goja.FunctionCall) goja.Value {
		async := rt.Async.Context()
		return rt.Func("", 1, func(call goja.FunctionCall) (result goja.Value) {
			fn, ok := goja.AssertFunction(call.Argument(0))
			if !ok {
				return goja.Undefined()
			}
			scope := rt.Async.Enter(async)
			result = rt.Call(fn, goja.Undefined(), call.Arguments[1:]...)
			scope.Leave()
			return result
		})
	})
	rt.SetFunc(b, "setup", 1, func(call goja.FunctionCall) goja.Value {
		o := call.Argument(0).ToObject(m.vm)
		for name, fn := range map[string]*goja.Callable{
			"stream": &m.on.stream, "settings": &m.on.settings, "ping": &m.on.ping, "goaway": &m.on.goaway,
			"altsvc": &m.on.altsvc, "origin": &m.on.origin, "failed": &m.on.failed, "broken": &m.on.broken, "headers": &m.on.headers,
			"end": &m.on.end, "wantTrailers": &m.on.wantTrailers, "closed": &m.on.closed, "notSent": &m.on.notSent, "touch": &m.on.touch,
		} {
			if f, ok := goja.AssertFunction(o.Get(name)); ok {
				*fn = f
			}
		}
		return goja.Undefined()
	})
	rt.SetFunc(b, "utcDate", 0, func(goja.FunctionCall) goja.Value { return m.utcDate() })
	rt.SetFunc(b, "errorNames", 0, func(goja.FunctionCall) goja.Value {
		var names []any
		for _, pair := range strings.Fields(numbers[strings.Index(numbers, "NGHTTP2_NO_ERROR"):]) {
			if name, _, _ := strings.Cut(pair, "="); name != "NGHTTP2_DEFAULT_WEIGHT" {
				names = append(names, name)
			}
		}
		return m.vm.NewArray(names...)
	})
	rt.SetFunc(b, "validateSettings", 1, func(call goja.FunctionCall) goja.Value {
		m.settings(call.Argument(0))
		return goja.Undefined()
	})
	// check(headers, role) throws what is wrong with headers.
	rt.SetFunc(b, "check", 2, func(call goja.FunctionCall) goja.Value {
		m.fields(call.Argument(0), role(call.Argument(1).ToInteger()), true)
		return goja.Undefined()
	})
	return b
}

// The names and numbers of RFC 9113 and of nghttp2 that scripts know, in Node's order.
const (
	numbers = "NGHTTP2_ERR_FRAME_SIZE_ERROR=-522 NGHTTP2_SESSION_SERVER=0 NGHTTP2_SESSION_CLIENT=1 " +
		"NGHTTP2_STREAM_STATE_IDLE=1 NGHTTP2_STREAM_STATE_OPEN=2 NGHTTP2_STREAM_STATE_RESERVED_LOCAL=3 " +
		"NGHTTP2_STREAM_STATE_RESERVED_REMOTE=4 NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL=5 " +
		"NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE=6 NGHTTP2_STREAM_STATE_CLOSED=7 NGHTTP2_FLAG_NONE=0 " +
		"NGHTTP2_FLAG_END_STREAM=1 NGHTTP2_FLAG_END_HEADERS=4 NGHTTP2_FLAG_ACK=1 NGHTTP2_FLAG_PADDED=8 " +
		"NGHTTP2_FLAG_PRIORITY=32 DEFAULT_SETTINGS_HEADER_TABLE_SIZE=4096 DEFAULT_SETTINGS_ENABLE_PUSH=1 " +
		"DEFAULT_SETTINGS_MAX_CONCURRENT_STREAMS=4294967295 DEFAULT_SETTINGS_INITIAL_WINDOW_SIZE=65535 " +
		"DEFAULT_SETTINGS_MAX_FRAME_SIZE=16384 DEFAULT_SETTINGS_MAX_HEADER_LIST_SIZE=65535 " +
		"DEFAULT_SETTINGS_ENABLE_CONNECT_PROTOCOL=0 MAX_MAX_FRAME_SIZE=16777215 MIN_MAX_FRAME_SIZE=16384 " +
		"MAX_INITIAL_WINDOW_SIZE=2147483647 NGHTTP2_SETTINGS_HEADER_TABLE_SIZE=1 NGHTTP2_SETTINGS_ENABLE_PUSH=2 " +
		"NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS=3 NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE=4 " +
		"NGHTTP2_SETTINGS_MAX_FRAME_SIZE=5 NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE=6 " +
		"NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL=8 PADDING_STRATEGY_NONE=0 PADDING_STRATEGY_ALIGNED=1 " +
		"PADDING_STRATEGY_MAX=2 PADDING_STRATEGY_CALLBACK=1 NGHTTP2_NO_ERROR=0 NGHTTP2_PROTOCOL_ERROR=1 " +
		"NGHTTP2_INTERNAL_ERROR=2 NGHTTP2_FLOW_CONTROL_ERROR=3 NGHTTP2_SETTINGS_TIMEOUT=4 NGHTTP2_STREAM_CLOSED=5 " +
		"NGHTTP2_FRAME_SIZE_ERROR=6 NGHTTP2_REFUSED_STREAM=7 NGHTTP2_CANCEL=8 NGHTTP2_COMPRESSION_ERROR=9 " +
		"NGHTTP2_CONNECT_ERROR=10 NGHTTP2_ENHANCE_YOUR_CALM=11 NGHTTP2_INADEQUATE_SECURITY=12 " +
		"NGHTTP2_HTTP_1_1_REQUIRED=13 NGHTTP2_DEFAULT_WEIGHT=16"
	fields = ":status :method :authority :scheme :path :protocol accept-encoding accept-language accept-ranges accept " +
		"access-control-allow-credentials access-control-allow-headers access-control-allow-methods " +
		"access-control-allow-origin access-control-expose-headers access-control-request-headers " +
		"access-control-request-method age authorization cache-control connection content-disposition content-encoding " +
		"content-length content-type cookie date etag forwarded host if-modified-since if-none-match if-range " +
		"last-modified link location range referer server set-cookie strict-transport-security transfer-encoding te " +
		"upgrade-insecure-requests upgrade user-agent vary x-content-type-options x-frame-options keep-alive " +
		"proxy-connection x-xss-protection alt-svc content-security-policy early-data expect-ct origin purpose " +
		"timing-allow-origin x-forwarded-for priority accept-charset access-control-max-age allow content-language " +
		"content-location content-md5 content-range dnt expect expires from if-match if-unmodified-since max-forwards " +
		"prefer proxy-authenticate proxy-authorization refresh retry-after trailer tk via warning www-authenticate " +
		"http2-settings"
	methods = "ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY " +
		"MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PUT " +
		"REBIND REPORT SEARCH TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL"
	statuses = "CONTINUE=100 SWITCHING_PROTOCOLS=101 PROCESSING=102 EARLY_HINTS=103 OK=200 CREATED=201 ACCEPTED=202 " +
		"NON_AUTHORITATIVE_INFORMATION=203 NO_CONTENT=204 RESET_CONTENT=205 PARTIAL_CONTENT=206 MULTI_STATUS=207 " +
		"ALREADY_REPORTED=208 IM_USED=226 MULTIPLE_CHOICES=300 MOVED_PERMANENTLY=301 FOUND=302 SEE_OTHER=303 " +
		"NOT_MODIFIED=304 USE_PROXY=305 TEMPORARY_REDIRECT=307 PERMANENT_REDIRECT=308 BAD_REQUEST=400 UNAUTHORIZED=401 " +
		"PAYMENT_REQUIRED=402 FORBIDDEN=403 NOT_FOUND=404 METHOD_NOT_ALLOWED=405 NOT_ACCEPTABLE=406 " +
		"PROXY_AUTHENTICATION_REQUIRED=407 REQUEST_TIMEOUT=408 CONFLICT=409 GONE=410 LENGTH_REQUIRED=411 " +
		"PRECONDITION_FAILED=412 PAYLOAD_TOO_LARGE=413 URI_TOO_LONG=414 UNSUPPORTED_MEDIA_TYPE=415 " +
		"RANGE_NOT_SATISFIABLE=416 EXPECTATION_FAILED=417 TEAPOT=418 MISDIRECTED_REQUEST=421 UNPROCESSABLE_ENTITY=422 " +
		"LOCKED=423 FAILED_DEPENDENCY=424 TOO_EARLY=425 UPGRADE_REQUIRED=426 PRECONDITION_REQUIRED=428 " +
		"TOO_MANY_REQUESTS=429 REQUEST_HEADER_FIELDS_TOO_LARGE=431 UNAVAILABLE_FOR_LEGAL_REASONS=451 " +
		"INTERNAL_SERVER_ERROR=500 NOT_IMPLEMENTED=501 BAD_GATEWAY=502 SERVICE_UNAVAILABLE=503 GATEWAY_TIMEOUT=504 " +
		"HTTP_VERSION_NOT_SUPPORTED=505 VARIANT_ALSO_NEGOTIATES=506 INSUFFICIENT_STORAGE=507 LOOP_DETECTED=508 " +
		"BANDWIDTH_LIMIT_EXCEEDED=509 NOT_EXTENDED=510 NETWORK_AUTHENTICATION_REQUIRED=511"
)

func constants(rt *runtime.Runtime) goja.Value {
	o := rt.VM().NewObject()
	pairs := func(prefix, list string) {
		for _, pair := range strings.Fields(list) {
			name, value, _ := strings.Cut(pair, "=")
			n, _ := strconv.ParseInt(value, 10, 64)
			o.Set(prefix+name, n)
		}
	}
	words := func(prefix, list string) {
		for _, word := range strings.Fields(list) {
			name := strings.ReplaceAll(strings.ToUpper(strings.TrimPrefix(word, ":")), "-", "_")
			o.Set(prefix+name, word)
		}
	}
	pairs("", numbers)
	words("HTTP2_HEADER_", fields)
	words("HTTP2_METHOD_", methods)
	pairs("HTTP_STATUS_", statuses)
	return o
}
