package tls

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/secure"
)

// versionNames are those of TLS 1.0 and what came after it.
var versionNames = [...]string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}

// versionNumber is 0 for a name that is none.
func versionNumber(name string) uint16 {
	if i := slices.Index(versionNames[:], name); i >= 0 {
		return tls.VersionTLS10 + uint16(i)
	}
	return 0
}

func versionName(v uint16) string {
	if i := int(v) - tls.VersionTLS10; i >= 0 && i < len(versionNames) {
		return versionNames[i]
	}
	return "unknown"
}

// defineContext adds the native class of secure contexts. Its methods are what scripts reach as context.context.
func (m *module) defineContext(b *goja.Object) {
	class, proto := m.rt.Class("SecureContext", 0, func(call goja.ConstructorCall) *goja.Object {
		options, _ := call.Argument(0).(*goja.Object)
		m.rt.SetSlot(call.This, m.newContext(options))
		return nil
	})
	b.Set("SecureContext", class)
	method := func(name string, f func(c *secure.Context, call goja.FunctionCall) goja.Value) {
		m.rt.SetMethod(proto, name, 0, func(call goja.FunctionCall) goja.Value {
			c, ok := m.rt.Slot(call.This).(*secure.Context)
			if !ok {
				m.rt.Throw(m.rt.NewPlainError("TypeError", "Illegal invocation"))
			}
			if v := f(c, call); v != nil {
				return v
			}
			return goja.Undefined()
		})
	}
	certificate := func(c *x509.Certificate) goja.Value {
		if c == nil {
			return goja.Null()
		}
		return m.rt.NewBuffer(bytes.Clone(c.Raw))
	}
	method("getCertificate", func(c *secure.Context, _ goja.FunctionCall) goja.Value { return certificate(c.Certificate()) })
	method("getIssuer", func(c *secure.Context, _ goja.FunctionCall) goja.Value { return certificate(c.Issuer()) })
	method("addCACert", func(c *secure.Context, call goja.FunctionCall) goja.Value {
		m.check(c.AddCA(m.bytes(call.Argument(0))))
		return nil
	})
	method("getTicketKeys", func(c *secure.Context, _ goja.FunctionCall) goja.Value { return m.rt.NewBuffer(c.TicketKeys()) })
	method("setTicketKeys", func(c *secure.Context, call goja.FunctionCall) goja.Value {
		c.SetTicketKeys(m.bytes(call.Argument(0)))
		return nil
	})
	// What Node's add-ons know a context by. Nothing can be done with it.
	external := m.vm.CreateObject(nil)
	m.rt.SetGetter(proto, "_external", func(this goja.Value) goja.Value {
		if _, ok := m.rt.OwnSlot(this).(*secure.Context); !ok {
			m.rt.Throw(m.rt.NewPlainError("TypeError", "Illegal invocation"))
		}
		return external
	}, nil)
	method("close", func(*secure.Context, goja.FunctionCall) goja.Value { return nil })
}

func (m *module) bytes(v goja.Value) []byte {
	if b, ok := m.rt.Bytes(v); ok {
		return bytes.Clone(b)
	}
	return []byte(v.String())
}

func (m *module) check(err error) {
	if err != nil {
		m.rt.Throw(m.openssl(err))
	}
}

// options reads an options object once.
type options struct {
	m *module
	o *goja.Object
}

func (o options) get(name string) goja.Value {
	if o.o == nil {
		return goja.Undefined()
	}
	if v := o.o.Get(name); v != nil {
		return v
	}
	return goja.Undefined()
}

func (o options) text(name string) (string, bool) {
	v := o.get(name)
	if !given(v) {
		return "", false
	}
	return o.m.rt.ValidateString(v, "options."+name), true
}

// each gives the elements of an option that may be an array.
func (o options) each(name string, f func(v goja.Value, listed bool)) {
	v := o.get(name)
	if !truthy(v) {
		return
	}
	list := objectOf(v)
	if list == nil || list.ClassName() != "Array" {
		f(v, false)
		return
	}
	for i := range int(list.Get("length").ToInteger()) {
		f(list.Get(strconv.Itoa(i)), true)
	}
}

func objectOf(v goja.Value) *goja.Object {
	o, _ := v.(*goja.Object)
	return o
}

// data takes PEM or DER: a string or memory.
func (o options) data(v goja.Value, name string) []byte {
	if !goja.IsString(v) && !o.m.isView(v) {
		o.m.rt.ThrowArgType("options."+name, v, "string", "Buffer", "TypedArray", "DataView")
	}
	return o.m.bytes(v)
}

// isView tells of memory that is seen through a view: a bare ArrayBuffer is none.
func (m *module) isView(v goja.Value) bool {
	_, ok := m.rt.Bytes(v)
	return ok && engine.KindOf(v.(*goja.Object)) != engine.ArrayBufferObject
}

func (m *module) newContext(given_ *goja.Object) *secure.Context {
	o := options{m, given_}
	c := secure.NewContext(m.versions(o))
	if identifier := o.get("privateKeyIdentifier"); given(identifier) {
		engine := o.get("privateKeyEngine")
		if !given(engine) {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "options.privateKeyEngine", engine))
		}
		m.rt.ValidateString(engine, "options.privateKeyEngine")
		m.rt.ValidateString(identifier, "options.privateKeyIdentifier")
		o.refuse("privateKeyEngine")
	}
	for _, name := range []string{"clientCertEngine", "sigalgs"} {
		o.refuse(name)
	}
	if list, ok := o.text("ciphers"); ok && list != "" {
		m.check(c.SetCiphers(list))
	} else if list := m.rt.Require("tls").Get("DEFAULT_CIPHERS"); given(list) {
		m.check(c.SetCiphers(list.String()))
	}
	if truthy(o.get("ca")) {
		o.each("ca", func(v goja.Value, _ bool) { m.check(c.AddCA(o.data(v, "ca"))) })
	} else {
		c.Defaults = m.roots
		m.warnExtra()
	}
	c.PartialChain = truthy(o.get("allowPartialTrustChain"))
	o.each("cert", func(v goja.Value, _ bool) { m.check(c.SetCert(o.data(v, "cert"))) })
	passphrase := []byte(nil)
	if v := o.get("passphrase"); given(v) && (truthy(o.get("key")) || truthy(o.get("pfx"))) {
		passphrase = []byte(m.passphrase(v))
	}
	o.each("key", func(v goja.Value, listed bool) {
		pass := passphrase
		if e := objectOf(v); e != nil && listed {
			if _, memory := m.rt.Bytes(v); !memory {
				if p := e.Get("passphrase"); given(p) {
					pass = []byte(m.passphrase(p))
				}
				if v = e.Get("pem"); v == nil {
					v = e
				}
			}
		}
		m.check(c.SetKey(m.key(o.data(v, "key"), pass)))
	})
	curve := ""
	if v := o.get("ecdhCurve"); !goja.IsUndefined(v) {
		curve = m.rt.ValidateString(v, "options.ecdhCurve")
	} else {
		curve = m.rt.Require("tls").Get("DEFAULT_ECDH_CURVE").String()
	}
	if curve != "auto" && curve != "" && !c.SetCurves(curve) {
		m.rt.Throw(m.coded("Error", "ERR_CRYPTO_OPERATION_FAILED", "Failed to set ECDH curve"))
	}
	if v := o.get("dhparam"); given(v) && !(goja.IsString(v) && v.String() == "auto") {
		m.checkDH(c, o.data(v, "dhparam"))
	}
	m.checkCompression(c, o)
	if v := o.get("crl"); given(v) && !truthy(v) {
		o.data(v, "crl")
		m.rt.Throw(m.coded("Error", "ERR_CRYPTO_OPERATION_FAILED", "Failed to parse CRL"))
	}
	o.each("crl", func(v goja.Value, _ bool) {
		if c.AddCRL(o.data(v, "crl")) != nil {
			m.rt.Throw(m.coded("Error", "ERR_CRYPTO_OPERATION_FAILED", "Failed to parse CRL"))
		}
	})
	id, _ := o.text("sessionIdContext")
	if len(id) > 32 {
		m.rt.Throw(m.rt.NewPlainError("TypeError", "error:0A000111:SSL routines::ssl session id context too long"))
	}
	c.SessionID = []byte(id)
	if v := o.get("pfx"); given(v) && !truthy(v) {
		m.checkPFX(v)
		m.check(secure.ErrPFXFormat)
	}
	o.each("pfx", func(v goja.Value, listed bool) {
		pass := string(passphrase)
		if e := objectOf(v); e != nil && listed && given(e.Get("buf")) {
			if p := e.Get("passphrase"); given(p) {
				pass = m.passphrase(p)
			}
			v = e.Get("buf")
		}
		m.checkPFX(v)
		if err := c.LoadPFX(o.data(v, "pfx"), pass); errors.Is(err, secure.ErrPFXUnsupported) {
			m.rt.Throw(m.coded("Error", "ERR_CRYPTO_UNSUPPORTED_OPERATION", err.Error()))
		} else {
			m.check(err)
		}
	})
	m.secureOptions(c, o.get("secureOptions"))
	if v := o.get("ticketKeys"); given(v) {
		keys, _ := m.rt.Bytes(v)
		if !m.isView(v) {
			m.rt.ThrowArgType("options.ticketKeys", v, "Buffer", "TypedArray", "DataView")
		}
		if len(keys) != secure.TicketKeysSize {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "options.ticketKeys", m.vm.ToValue(len(keys)), "must be exactly 48 bytes"))
		}
		c.SetTicketKeys(keys)
	}
	if v := o.get("sessionTimeout"); given(v) {
		c.Lifetime = time.Duration(m.rt.ValidateInt32(v, "options.sessionTimeout", 0, 1<<31-1)) * time.Second
	}
	return c
}

// key reads a private key as module crypto does.
func (m *module) key(text, passphrase []byte) crypto.Signer {
	parse, _ := goja.AssertFunction(m.rt.Require("internal/crypto/binding").Get("keyParse"))
	undefined := goja.Undefined()
	handle := m.rt.Call(parse, undefined, m.rt.NewBuffer(text), undefined, undefined, m.vm.ToValue(true), m.rt.NewBuffer(passphrase))
	pair, ok := m.rt.Slot(handle).(interface{ Signer() crypto.Signer })
	if !ok || pair.Signer() == nil {
		m.unavailable("keys of this kind")
	}
	return pair.Signer()
}

func (m *module) passphrase(v goja.Value) string {
	if b, ok := m.rt.Bytes(v); ok {
		return string(b)
	}
	return m.rt.ValidateString(v, "options.passphrase")
}

// checkPFX throws for what holds no container.
func (m *module) checkPFX(v goja.Value) {
	if !goja.IsString(v) && !m.isView(v) {
		m.rt.Throw(m.coded("Error", "ERR_CRYPTO_OPERATION_FAILED", "Unable to load PFX certificate"))
	}
}

// checkDH checks parameters of Diffie-Hellman, which no suite that is there uses. What is none is passed over, as in Node.
func (m *module) checkDH(c *secure.Context, text []byte) {
	switch bits := secure.DHBits(text); {
	case bits == 0:
	case bits < 1024:
		e := m.rt.NewError("ERR_INVALID_ARG_VALUE", "options.dhparam", m.vm.ToValue(bits))
		e.Set("message", "DH parameter is less than 1024 bits")
		m.rt.Throw(e)
	case bits < c.LeastDH():
		m.rt.Throw(m.coded("Error", "ERR_CRYPTO_OPERATION_FAILED", "Error setting temp DH parameter"))
	}
}

// checkCompression checks the option certificateCompression, of which only the empty list can be had.
func (m *module) checkCompression(c *secure.Context, o options) {
	v := o.get("certificateCompression")
	if !given(v) {
		return
	}
	list := objectOf(v)
	if list == nil || list.ClassName() != "Array" {
		m.rt.ThrowArgType("options.certificateCompression", v, "Array")
	}
	n := int(list.Get("length").ToInteger())
	for i := range n {
		name := list.Get(strconv.Itoa(i))
		if known := goja.IsString(name) && slices.Contains([]string{"zlib", "brotli", "zstd"}, name.String()); !known {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "options.certificateCompression["+strconv.Itoa(i)+"]", name,
				"must be 'zlib', 'brotli', or 'zstd'"))
		}
	}
	if n > 0 && c.Max < tls.VersionTLS13 {
		e := m.rt.NewError("ERR_INVALID_ARG_VALUE", "options.certificateCompression", v)
		e.Set("message", "certificateCompression requires a TLS protocol range that includes TLSv1.3")
		m.rt.Throw(e)
	}
	if n > 0 {
		m.unavailable("the option certificateCompression")
	}
}

// refuse throws for an option that crypto/tls cannot do.
func (o options) refuse(name string) {
	v := o.get(name)
	if !given(v) {
		return
	}
	if o.m.rt.ValidateString(v, "options."+name) == "" {
		o.m.rt.Throw(o.m.rt.NewError("ERR_INVALID_ARG_VALUE", "options."+name, v))
	}
	o.m.unavailable("the option " + name)
}

// versions are the least and the highest version to speak.
func (m *module) versions(o options) (min, max uint16) {
	module := m.rt.Require("tls")
	version := func(name, fallback, what string) uint16 {
		v := o.get(name)
		if !given(v) {
			v = module.Get(fallback)
		}
		number := versionNumber(v.String())
		if number == 0 {
			m.rt.Throw(m.rt.NewError("ERR_TLS_INVALID_PROTOCOL_VERSION", v, what))
		}
		return number
	}
	method := o.get("secureProtocol")
	if goja.IsString(method) {
		for _, name := range []string{"minVersion", "maxVersion"} {
			if v := o.get(name); given(v) {
				m.rt.Throw(m.rt.NewError("ERR_TLS_PROTOCOL_VERSION_CONFLICT", v, method))
			}
		}
	}
	min, max = version("minVersion", "DEFAULT_MIN_VERSION", "minimum"), version("maxVersion", "DEFAULT_MAX_VERSION", "maximum")
	if !goja.IsString(method) {
		return min, max
	}
	fail := func(message string) { m.rt.Throw(m.coded("TypeError", "ERR_TLS_INVALID_PROTOCOL_METHOD", message)) }
	name := method.String()
	for _, suffix := range []string{"_server_method", "_client_method", "_method"} {
		n := len(name) - len(suffix)
		if n < 0 || name[n:] != suffix {
			continue
		}
		switch name[:n] {
		case "SSLv2":
			fail("SSLv2 methods disabled")
		case "SSLv3":
			fail("SSLv3 methods disabled")
		case "SSLv23":
			return min, tls.VersionTLS12
		case "TLS":
			return tls.VersionTLS10, tls.VersionTLS13
		case "TLSv1":
			return tls.VersionTLS10, tls.VersionTLS10
		case "TLSv1_1":
			return tls.VersionTLS11, tls.VersionTLS11
		case "TLSv1_2":
			return tls.VersionTLS12, tls.VersionTLS12
		}
		break
	}
	fail("Unknown method: " + name)
	return
}

// The bits of secureOptions that mean something to crypto/tls, and those that are so anyhow.
const (
	opNoTicket   = 0x00004000
	opNoTLSv1    = 0x04000000
	opNoTLSv1_1  = 0x10000000
	opNoTLSv1_2  = 0x08000000
	opNoTLSv1_3  = 0x20000000
	opHarmless   = 0x80000850 | 0x02000000 | 0x00020000 | 0x00400000 | 0x40000000 | 0x00010000 | 0x00000004
	opUnderstood = opNoTicket | opNoTLSv1 | opNoTLSv1_1 | opNoTLSv1_2 | opNoTLSv1_3 | opHarmless
)

func (m *module) secureOptions(c *secure.Context, v goja.Value) {
	if !truthy(v) {
		return
	}
	bits := m.rt.ValidateInteger(v, "secureOptions", 0, 1<<53-1)
	if bits&^opUnderstood != 0 {
		m.unavailable("these bits of secureOptions")
	}
	c.NoTickets = bits&opNoTicket != 0
	for c.Min <= c.Max && bits&opOf(c.Min) != 0 {
		c.Min++
	}
	for c.Max >= c.Min && bits&opOf(c.Max) != 0 {
		c.Max--
	}
	for version := c.Min; version <= c.Max; version++ {
		if bits&opOf(version) != 0 {
			m.unavailable("secureOptions that leave a gap between versions")
		}
	}
}

func opOf(version uint16) int64 {
	return [...]int64{opNoTLSv1, opNoTLSv1_1, opNoTLSv1_2, opNoTLSv1_3}[version-tls.VersionTLS10]
}
