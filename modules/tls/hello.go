package tls

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/secure"
)

// hello is what a client has said of itself.
type hello struct {
	servername string
	schemes    []tls.SignatureScheme
}

// answer is what a script replies to the handshake's goroutine.
type answer struct {
	err    error
	config *tls.Config
	ctx    *secure.Context
	raw    []byte
}

var errAnswered = errors.New("refused by a callback")

// ask calls one of the object's callbacks on the loop, with a function to reply with behind its arguments, and waits. It
// is called on the handshake's goroutine.
func (w *wrap) ask(name string, args func() []goja.Value, read func(call goja.FunctionCall) answer) answer {
	replies := make(chan answer, 1)
	w.conn.Post(func() {
		if w.closed {
			return
		}
		w.conn.Busy(false)
		replied := false
		reply := w.m.rt.Func("reply", 0, func(call goja.FunctionCall) goja.Value {
			if !replied {
				replied = true
				w.conn.Busy(w.conn.Handshaking())
				replies <- read(call)
			}
			return goja.Undefined()
		})
		w.emit(name, append(args(), reply)...)
	})
	select {
	case a := <-replies:
		return a
	case <-w.conn.Closed():
		return answer{err: errAnswered}
	}
}

// verify judges the peer's certificates by a context, on the handshake's goroutine.
func (w *wrap) verify(ctx *secure.Context) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		w.chain, w.verdict = ctx.Verify(s.PeerCertificates, !w.server, time.Now())
		if !w.server && s.Version == tls.VersionTLS13 {
			w.conn.Hold()
		}
		return nil
	}
}

// clientHello is called on the handshake's goroutine: reply(err, context, protocol) with the context to use, and with the
// protocol to agree on, or null to refuse the client's.
func (w *wrap) clientHello(h *tls.ClientHelloInfo) (*tls.Config, error) {
	w.hello = hello{h.ServerName, h.SignatureSchemes}
	if lowest, highest := slices.Min(h.SupportedVersions), slices.Max(h.SupportedVersions); highest < tls.VersionTLS13 && lowest > w.config.MaxVersion {
		w.conn.Offer(w.config.MaxVersion)
		return nil, secure.ErrOldVersion()
	}
	// Protocols that do not meet end the handshake before a script is asked.
	meet := len(h.SupportedProtos) == 0 || len(w.config.NextProtos) == 0
	for _, p := range h.SupportedProtos {
		meet = meet || slices.Contains(w.config.NextProtos, p)
	}
	if !w.asks || !meet {
		return w.prepared(w.config.Clone(), h, nil)
	}
	m := w.m
	a := w.ask("onhello", func() []goja.Value {
		var name goja.Value = m.vm.ToValue(false)
		if h.ServerName != "" {
			name = m.vm.ToValue(h.ServerName)
		}
		return []goja.Value{name, m.strings(h.SupportedProtos)}
	}, func(call goja.FunctionCall) answer {
		if call.Argument(0).ToBoolean() {
			return answer{err: errAnswered}
		}
		ctx, _ := m.rt.Slot(call.Argument(1)).(*secure.Context)
		protocol := call.Argument(2)
		config := w.config
		if ctx != nil {
			config = ctx.Config()
			config.ClientAuth, config.NextProtos = w.config.ClientAuth, w.config.NextProtos
			config.KeyLogWriter = w.config.KeyLogWriter
			config.VerifyConnection = w.verify(ctx)
			if len(config.Certificates) == 0 {
				config.Certificates = w.config.Certificates
			}
			w.ctx = ctx
		} else {
			config = config.Clone()
		}
		switch {
		case goja.IsNull(protocol):
			config.NextProtos = []string{"\x00"} // which no client offers
		case goja.IsString(protocol):
			config.NextProtos = []string{protocol.String()}
		}
		return answer{config: config, ctx: ctx}
	})
	if a.err != nil {
		return nil, a.err
	}
	return w.prepared(a.config, h, a.ctx)
}

// prepared finishes a configuration that will serve this client; ctx is the context that a script has chosen, if any.
func (w *wrap) prepared(config *tls.Config, h *tls.ClientHelloInfo, ctx *secure.Context) (*tls.Config, error) {
	if len(config.Certificates) == 0 {
		w.conn.Refuse(40) // handshake_failure
		if config.MaxVersion >= tls.VersionTLS13 && slices.Contains(h.SupportedVersions, tls.VersionTLS13) {
			return nil, secure.ErrNoSignature()
		}
		return nil, secure.ErrNoCipher()
	}
	if ctx == nil {
		ctx = w.ctx
	}
	if w.staples && slices.Contains(h.Extensions, extensionStatusRequest) {
		if err := w.staple(config, ctx); err != nil {
			return nil, err
		}
	}
	ctx.ChooseCipher(config, h, w.clientsOrder)
	ctx.Tickets(config, w.wrapSession, w.unwrapSession)
	return config, nil
}

const extensionStatusRequest = 5

// staple asks the script for the OCSP response to send with the certificate: onocsp(certificate, issuer, reply), where
// reply(err, response) may come later.
func (w *wrap) staple(config *tls.Config, ctx *secure.Context) error {
	m := w.m
	cert, issuer := ctx.Certificate(), ctx.Issuer()
	a := w.ask("onocsp", func() []goja.Value {
		values := []goja.Value{goja.Null(), goja.Null()}
		for i, c := range []*x509.Certificate{cert, issuer} {
			if c != nil {
				values[i] = m.rt.NewBuffer(bytes.Clone(c.Raw))
			}
		}
		return values
	}, func(call goja.FunctionCall) answer {
		if call.Argument(0).ToBoolean() {
			return answer{err: errAnswered}
		}
		response, _ := m.rt.Bytes(call.Argument(1))
		return answer{raw: bytes.Clone(response)}
	})
	if a.err == nil && len(a.raw) > 0 {
		config.Certificates = slices.Clone(config.Certificates)
		config.Certificates[0].OCSPStaple = a.raw
	}
	return a.err
}

// sessionIDSize is the size of what a server's script knows a session by.
const sessionIDSize = 32

// storeSessions lets the script keep the server's sessions: the client's ticket is their name then.
// onnewsession(id, data, reply) and onresume(id, reply), which is called with the data or nothing.
func (w *wrap) storeSessions() {
	m := w.m
	w.wrapSession = func(s *tls.SessionState) ([]byte, error) {
		data, err := s.Bytes()
		if err != nil {
			return nil, err
		}
		id := make([]byte, sessionIDSize)
		rand.Read(id)
		a := w.ask("onnewsession", func() []goja.Value {
			return []goja.Value{m.rt.NewBuffer(bytes.Clone(id)), m.rt.NewBuffer(data)}
		}, func(goja.FunctionCall) answer { return answer{} })
		return id, a.err
	}
	w.unwrapSession = func(id []byte) (*tls.SessionState, error) {
		if len(id) != sessionIDSize {
			return nil, nil
		}
		a := w.ask("onresume", func() []goja.Value { return []goja.Value{m.rt.NewBuffer(bytes.Clone(id))} },
			func(call goja.FunctionCall) answer {
				data, _ := m.rt.Bytes(call.Argument(0))
				return answer{raw: bytes.Clone(data)}
			})
		if a.err != nil || len(a.raw) == 0 {
			return nil, nil
		}
		s, err := tls.ParseSessionState(a.raw)
		if err != nil {
			return nil, nil // as good as none
		}
		return s, nil
	}
}
