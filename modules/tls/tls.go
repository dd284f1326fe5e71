// Package tls is the modules tls, _tls_common and _tls_wrap. The protocol is crypto/tls in package secure: a TLS handle
// lies over a socket's handle, or over any stream, and has the same methods, so that net.Socket's machinery serves it.
// The classes are JavaScript, on the loop goroutine; a handshake works on a goroutine of its own.
package tls

import (
	"crypto/x509"
	_ "embed"
	"os"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/secure"
	"gonode/runtime"
)

//go:embed tls.js
var tlsJS string

//go:embed common.js
var commonJS string

//go:embed wrap.js
var wrapJS string

//go:embed server.js
var serverJS string

//go:embed client.js
var clientJS string

//go:embed identity.js
var identityJS string

// Modules are tls and its parts.
var Modules = []*runtime.Module{
	{Name: "tls", Script: engine.NewScript("node:tls", &tlsJS), Binding: natives},
	{Name: "_tls_common", Script: engine.NewScript("node:_tls_common", &commonJS), Binding: natives},
	{Name: "_tls_wrap", Script: engine.NewScript("node:_tls_wrap", &wrapJS), Binding: natives},
	{Name: "internal/tls/server", Private: true, Script: engine.NewScript("node:internal/tls/server", &serverJS), Binding: natives},
	{Name: "internal/tls/client", Private: true, Script: engine.NewScript("node:internal/tls/client", &clientJS), Binding: natives},
	{Name: "internal/tls/identity", Private: true, Script: engine.NewScript("node:internal/tls/identity", &identityJS), Binding: natives},
	{Name: "internal/tls/binding", Private: true, Binding: binding},
}

// natives is the object that the scripts have for a binding.
func natives(rt *runtime.Runtime) *goja.Object { return rt.Require("internal/tls/binding") }

// module is the state of one runtime.
type module struct {
	rt      *runtime.Runtime
	vm      *goja.Runtime
	known   *secure.Authorities
	roots   func() []*x509.Certificate // those that are trusted by default
	loading bool                       // they are being read
	warned  bool                       // of NODE_EXTRA_CA_CERTS
	keylog  *os.File                   // --tls-keylog
	open    map[*wrap]struct{}
	joined  []byte // where pieces are put together that are written as one
}

func binding(rt *runtime.Runtime) *goja.Object {
	m := &module{rt: rt, vm: rt.VM(), open: map[*wrap]struct{}{}}
	env := func(name string) string {
		v, _ := rt.Env().Get(name)
		if v == "" || rt.Access.Check(runtime.AccessRead, v) != nil {
			return ""
		}
		return v
	}
	o := rt.Config().Options
	usesSystem, _ := rt.Env().Get("NODE_USE_SYSTEM_CA")
	m.known = &secure.Authorities{OpenSSL: o.UseOpenSSLCA, UseSystem: usesSystem == "1", File: env("SSL_CERT_FILE"),
		Dir: env("SSL_CERT_DIR"), Extra: env("NODE_EXTRA_CA_CERTS")}
	if o.UseSystemCA != nil {
		m.known.UseSystem = *o.UseSystemCA
	}
	m.roots = m.known.Trusted
	rt.AtExit(func() {
		for w := range m.open {
			w.conn.Abort()
		}
	})
	b := m.vm.NewObject()
	m.defineContext(b)
	m.defineWrap(b)
	b.Set("kVerified", goja.NewSymbol("verified")) // what a client's TLSSocket knows of its server
	b.Set("kPendingSession", goja.NewSymbol("pendingSession"))
	b.Set("minVersion", or(o.TLSMinVersion, "TLSv1.2"))
	b.Set("maxVersion", or(o.TLSMaxVersion, "TLSv1.3"))
	b.Set("ciphers", or(o.TLSCiphers, secure.DefaultCiphers))
	rt.SetOperation(b, "getCiphers", 0, func(goja.FunctionCall) goja.Value { return m.strings(secure.CipherNames()) })
	// define(exports, module, ...names) gives exports those of another script, which it loads when one is read.
	rt.SetFunc(b, "define", 2, func(call goja.FunctionCall) goja.Value {
		for _, name := range call.Arguments[2:] {
			rt.DefineExports(call.Argument(0).(*goja.Object), call.Argument(1).String(), name.String())
		}
		return goja.Undefined()
	})
	rt.SetFunc(b, "matchHost", 2, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(secure.MatchHost(call.Argument(0).String(), call.Argument(1).String()))
	})
	m.defineAuthorities(b)
	return b
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (m *module) strings(list []string) goja.Value {
	items := make([]any, len(list))
	for i, s := range list {
		items[i] = s
	}
	return m.vm.NewArray(items...)
}

// openssl makes the error object of an error of package secure, or of any other.
func (m *module) openssl(err error) *goja.Object {
	o := m.rt.NewPlainError("Error", err.Error())
	if e, ok := err.(*secure.Error); ok {
		o.Set("library", e.Library)
		o.Set("reason", e.Reason)
		o.Set("code", e.Code)
	}
	return o
}

func (m *module) coded(class, code, message string) *goja.Object {
	o := m.rt.NewPlainError(class, message)
	o.Set("code", code)
	return o
}

// unavailable throws what crypto/tls cannot do.
func (m *module) unavailable(name string) {
	m.rt.Throw(m.rt.NewError("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "tls: "+name))
}

func given(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) }

func truthy(v goja.Value) bool { return v != nil && v.ToBoolean() }
