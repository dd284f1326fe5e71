package tls

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/secure"
)

// defineState adds the methods that tell what has been agreed on.
func (m *module) defineState(on func(string, int, func(*wrap, goja.FunctionCall) goja.Value)) {
	buffer := func(b []byte) goja.Value { return m.rt.NewBuffer(bytes.Clone(b)) }
	on("verifyError", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		switch {
		case !w.conn.Established():
			return goja.Null()
		case len(w.conn.State().PeerCertificates) == 0:
			return m.coded("Error", "UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate")
		case w.verdict != nil:
			return m.coded("Error", w.verdict.Code, w.verdict.Message)
		}
		return goja.Null()
	})
	on("getProtocol", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		if !w.conn.Established() {
			return m.vm.ToValue(versionName(w.config.MaxVersion))
		}
		return m.vm.ToValue(versionName(w.conn.State().Version))
	})
	on("getServername", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		name := w.config.ServerName
		if w.server {
			name = w.conn.State().ServerName
		}
		if name == "" {
			return m.vm.ToValue(false)
		}
		return m.vm.ToValue(name)
	})
	on("getALPNProtocol", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		if p := w.conn.State().NegotiatedProtocol; p != "" {
			return m.vm.ToValue(p)
		}
		return m.vm.ToValue(false)
	})
	on("getCipher", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		s := w.conn.State()
		if s.CipherSuite == 0 {
			return nil
		}
		o := m.vm.NewObject()
		name, standard := secure.CipherName(s.CipherSuite)
		o.Set("name", name)
		o.Set("standardName", standard)
		o.Set("version", secure.CipherVersion(s.CipherSuite))
		return o
	})
	on("getEphemeralKeyInfo", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		if w.server {
			return goja.Null()
		}
		o := m.vm.NewObject()
		id := w.conn.State().CurveID
		kind, label, bits := goja.Undefined(), goja.Undefined(), goja.Undefined()
		if name, size := groupName(id); name != "" {
			kind, label, bits = m.vm.ToValue("ECDH"), m.vm.ToValue(name), m.vm.ToValue(size)
		} else if id != 0 {
			kind, label = m.vm.ToValue("TLSGroup"), m.vm.ToValue(id.String())
		}
		o.Set("type", kind)
		o.Set("name", label)
		o.Set("size", bits)
		return o
	})
	on("isSessionReused", 0, func(w *wrap, _ goja.FunctionCall) goja.Value { return m.vm.ToValue(w.conn.State().DidResume) })
	on("getSession", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		switch {
		case w.session != nil:
			return buffer(w.session)
		case w.server || !w.conn.Established():
			return nil
		}
		// TLS 1.3 has a session from the start, of which nobody can resume anything before the server's ticket.
		return buffer(make([]byte, 4))
	})
	on("getTLSTicket", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		ticket, _, ok := secure.SplitSession(w.session)
		if !ok {
			return nil
		}
		return buffer(ticket)
	})
	// Before TLS 1.3 the first message Finished is known: the client's, or the server's when a session is resumed.
	finished := func(mine bool) func(w *wrap, _ goja.FunctionCall) goja.Value {
		return func(w *wrap, _ goja.FunctionCall) goja.Value {
			s := w.conn.State()
			if s.Version == 0 {
				return nil
			}
			if first := s.DidResume == w.server; s.Version >= tls.VersionTLS13 || len(s.TLSUnique) == 0 || first != mine {
				m.unavailable("getFinished() and getPeerFinished() of this connection")
			}
			return buffer(s.TLSUnique)
		}
	}
	on("getFinished", 0, finished(true))
	on("getPeerFinished", 0, finished(false))
	on("getSharedSigalgs", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		var list []string
		for _, s := range w.hello.schemes {
			if name := schemeName(s); name != "" {
				list = append(list, name)
			}
		}
		return m.strings(list)
	})
	on("exportKeyingMaterial", 3, func(w *wrap, call goja.FunctionCall) goja.Value {
		var context []byte
		if given(call.Argument(2)) {
			context = m.bytes(call.Argument(2))
		}
		s := w.conn.State()
		out, err := s.ExportKeyingMaterial(call.Argument(1).String(), context, int(call.Argument(0).ToInteger()))
		m.check(err)
		return m.rt.NewBuffer(out)
	})
	// peerCertificates gives the chain in DER, the peer's own certificate first and the root last if it is known.
	on("peerCertificates", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		chain := w.chain
		if !w.conn.Established() {
			chain = nil
		}
		return m.ders(chain)
	})
	on("ownCertificate", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		if c := w.ctx.Certificate(); c != nil {
			return m.ders([]*x509.Certificate{c})
		}
		return m.ders(nil)
	})
}

func (m *module) ders(chain []*x509.Certificate) goja.Value {
	items := make([]any, len(chain))
	for i, c := range chain {
		items[i] = m.rt.NewBuffer(bytes.Clone(c.Raw))
	}
	return m.vm.NewArray(items...)
}

func groupName(id tls.CurveID) (name string, bits int) {
	switch id {
	case tls.X25519:
		return "X25519", 253
	case tls.CurveP256:
		return "prime256v1", 256
	case tls.CurveP384:
		return "secp384r1", 384
	case tls.CurveP521:
		return "secp521r1", 521
	}
	return "", 0
}

// schemeName is a signature scheme as OpenSSL lists it, if crypto/tls knows it: "ECDSA+SHA256".
func schemeName(s tls.SignatureScheme) string {
	name := s.String()
	if name == "Ed25519" {
		return name
	}
	for _, k := range [][2]string{{"PSSWith", "RSA-PSS"}, {"PKCS1With", "RSA"}, {"ECDSAWith", "ECDSA"}} {
		rest, ok := strings.CutPrefix(name, k[0])
		if !ok {
			continue
		}
		if _, hash, found := strings.Cut(rest, "And"); found {
			rest = hash
		}
		return k[1] + "+" + rest
	}
	return ""
}
