package secure

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
)

// maker makes certificates for tests.
type maker struct {
	t      *testing.T
	serial int64
}

type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (m *maker) issue(name string, by *issued, change func(*x509.Certificate)) *issued {
	m.t.Helper()
	m.serial++
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(m.serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		m.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		m.t.Fatal(err)
	}
	return &issued{cert, key}
}

func authority(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }

func encode(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func (i *issued) context(t *testing.T) *Context {
	t.Helper()
	c := NewContext(tls.VersionTLS12, tls.VersionTLS13)
	if err := c.SetCert(encode(i.cert)); err != nil {
		t.Fatal(err)
	}
	if err := c.SetKey(i.key); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVerify(t *testing.T) {
	m := &maker{t: t}
	root := m.issue("root", nil, authority)
	middle := m.issue("middle", root, authority)
	leaf := m.issue("leaf", middle, nil)
	alone := m.issue("alone", nil, nil)
	direct := m.issue("direct", root, nil)
	expired := m.issue("expired", root, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	future := m.issue("future", root, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) })
	forClients := m.issue("for clients", root, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	byLeaf := m.issue("by leaf", direct, nil)
	forged := m.issue("forged", m.issue("root", nil, nil), nil)
	limited := m.issue("limited", root, func(c *x509.Certificate) {
		authority(c)
		c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"a.org"}, true
	})
	inside := m.issue("inside", limited, func(c *x509.Certificate) { c.DNSNames = []string{"x.a.org"} })
	outside := m.issue("outside", limited, func(c *x509.Certificate) { c.DNSNames = []string{"x.b.org"} })
	critical := m.issue("critical", root, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	})
	for _, c := range []struct {
		name          string
		sent, trusted []*issued
		want          string
	}{
		{"whole chain", []*issued{leaf, middle}, []*issued{root}, ""},
		{"chain with root", []*issued{leaf, middle, root}, []*issued{root}, ""},
		{"middle trusted too", []*issued{leaf}, []*issued{root, middle}, ""},
		{"nothing trusted", []*issued{leaf, middle, root}, nil, "SELF_SIGNED_CERT_IN_CHAIN"},
		{"root missing", []*issued{leaf, middle}, nil, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
		{"middle missing", []*issued{leaf}, []*issued{root}, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"},
		{"middle alone trusted", []*issued{leaf}, []*issued{middle}, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
		{"self-signed", []*issued{alone}, []*issued{root}, "DEPTH_ZERO_SELF_SIGNED_CERT"},
		{"self-signed, trusted", []*issued{alone}, []*issued{alone}, ""},
		{"expired", []*issued{expired}, []*issued{root}, "CERT_HAS_EXPIRED"},
		{"not yet valid", []*issued{future}, []*issued{root}, "CERT_NOT_YET_VALID"},
		{"for clients", []*issued{forClients}, []*issued{root}, "INVALID_PURPOSE"},
		{"issued by none that may", []*issued{byLeaf, direct}, []*issued{root}, "INVALID_PURPOSE"},
		{"name within constraints", []*issued{inside, limited}, []*issued{root}, ""},
		{"name outside of constraints", []*issued{outside, limited}, []*issued{root}, "UNSPECIFIED"},
		{"critical extension", []*issued{critical}, []*issued{root}, "UNSPECIFIED"},
		{"false signature", []*issued{forged}, []*issued{root}, "CERT_SIGNATURE_FAILURE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := NewContext(tls.VersionTLS12, tls.VersionTLS13)
			for _, i := range c.trusted {
				ctx.CAs = append(ctx.CAs, i.cert)
			}
			var sent []*x509.Certificate
			for _, i := range c.sent {
				sent = append(sent, i.cert)
			}
			_, v := ctx.Verify(sent, true, time.Now())
			got := ""
			if v != nil {
				got = v.Code
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	ctx := NewContext(tls.VersionTLS12, tls.VersionTLS13)
	ctx.CAs, ctx.PartialChain = []*x509.Certificate{middle.cert}, true
	if _, v := ctx.Verify([]*x509.Certificate{leaf.cert}, true, time.Now()); v != nil {
		t.Errorf("partial chain: %s", v.Code)
	}
}

func TestVerifyRevoked(t *testing.T) {
	m := &maker{t: t}
	root := m.issue("root", nil, func(c *x509.Certificate) {
		authority(c)
		c.KeyUsage |= x509.KeyUsageCRLSign
	})
	good, bad := m.issue("good", root, nil), m.issue("bad", root, nil)
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: bad.cert.SerialNumber, RevocationTime: time.Now()}},
	}, root.cert, root.key)
	if err != nil {
		t.Fatal(err)
	}
	ctx := NewContext(tls.VersionTLS12, tls.VersionTLS13)
	ctx.CAs = []*x509.Certificate{root.cert}
	if err := ctx.AddCRL(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})); err != nil {
		t.Fatal(err)
	}
	if _, v := ctx.Verify([]*x509.Certificate{good.cert}, true, time.Now()); v != nil {
		t.Errorf("good: %s", v.Code)
	}
	if _, v := ctx.Verify([]*x509.Certificate{bad.cert}, true, time.Now()); v == nil || v.Code != "CERT_REVOKED" {
		t.Errorf("bad: %v", v)
	}
}

func TestKeyOfAnotherCertificate(t *testing.T) {
	m := &maker{t: t}
	a, b := m.issue("a", nil, nil), m.issue("b", nil, nil)
	c := NewContext(tls.VersionTLS12, tls.VersionTLS13)
	if err := c.SetCert(encode(a.cert)); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if err := c.SetKey(crypto.Signer(b.key)); !errors.As(err, &e) || e.Code != "ERR_OSSL_X509_KEY_VALUES_MISMATCH" {
		t.Errorf("got %v", err)
	}
}

func TestParseCiphers(t *testing.T) {
	for _, c := range []struct{ list, want string }{
		{"ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA", "ECDHE-RSA-AES128-GCM-SHA256 AES128-SHA"},
		{"AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA ECDHE-RSA-AES128-GCM-SHA256"},
		{"ECDHE+AESGCM:!ECDSA", "ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-AES128-GCM-SHA256"},
		{"kRSA:-AES256:@STRENGTH", "AES128-GCM-SHA256 AES128-SHA256 AES128-SHA"},
		{"AES128-SHA:AES256-SHA:+AES128", "AES256-SHA AES128-SHA"},
		{"TLS_AES_128_GCM_SHA256", "1.3"},
		{"TLS_AES_128_GCM_SHA256:AES128-SHA@SECLEVEL=0", "1.3 AES128-SHA"},
		{"nothing", "ERR_SSL_NO_CIPHER_MATCH"},
		{"TLS_NOTHING", "ERR_SSL_NO_CIPHER_MATCH"},
		{"ALL:!ALL", "ERR_SSL_NO_CIPHER_MATCH"},
	} {
		ids, tls13, _, err := ParseCiphers(c.list)
		var words []string
		if tls13 {
			words = append(words, "1.3")
		}
		for _, id := range ids {
			name, _ := CipherName(id)
			words = append(words, name)
		}
		got := strings.Join(words, " ")
		if e, ok := err.(*Error); ok {
			got = e.Code
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.list, got, c.want)
		}
	}
}

func TestMatchHost(t *testing.T) {
	for _, c := range []struct {
		host, pattern string
		want          bool
	}{
		{"a.org", "a.org", true}, {"A.org.", "a.ORG", true}, {"b.a.org", "*.a.org", true}, {"c.b.a.org", "*.a.org", false},
		{"a.org", "*.org", false}, {"xyz.a.org", "x*z.a.org", true}, {"xz.a.org", "x*z.a.org", true}, {"x.a.org", "x*z.a.org", false},
		{"xn--a.b.org", "xn--*.b.org", false}, {"a.org", "", false}, {"b.a.org", "*.*.org", false}, {"a..org", "a..org", false},
	} {
		if got := MatchHost(c.host, c.pattern); got != c.want {
			t.Errorf("%s for %s: %v", c.pattern, c.host, got)
		}
	}
}

func TestAltNames(t *testing.T) {
	m := &maker{t: t}
	link, _ := url.Parse("urn:x")
	c := m.issue("names", nil, func(c *x509.Certificate) {
		c.DNSNames, c.EmailAddresses, c.URIs = []string{"a.org", "b.org, DNS:c.org"}, []string{"x@y"}, []*url.URL{link}
		c.IPAddresses = []net.IP{net.IPv4(1, 2, 3, 4), net.ParseIP("fe80::1")}
	}).cert
	want := `DNS:a.org, DNS:"b.org\u002c DNS:c.org", email:x@y, IP Address:1.2.3.4, IP Address:FE80:0:0:0:0:0:0:1, URI:urn:x`
	if got, _ := AltNames(c); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// link joins two connections and runs what they post, until both handshakes are over.
func link(t *testing.T, client, server *tls.Config) (c, s *Conn, clientErr, serverErr error) {
	t.Helper()
	posted := make(chan func(), 100)
	post := func(f func()) { posted <- f }
	pump := func() {
		for moved := true; moved; {
			b := c.Output()
			if len(b) > 0 {
				s.Feed(b)
			}
			a := s.Output()
			if len(a) > 0 {
				c.Feed(a)
			}
			moved = len(a)+len(b) > 0
		}
	}
	busy := 0
	count := func(on bool) {
		if on {
			busy++
		} else {
			busy--
		}
	}
	c = New(false, client, post, func() { pump() }, count)
	s = New(true, server, post, func() { pump() }, count)
	left := 2
	c.Handshake(func(err error) { left--; clientErr = err; pump() })
	s.Handshake(func(err error) { left--; serverErr = err; pump() })
	for left > 0 {
		select {
		case f := <-posted:
			f()
		case <-time.After(10 * time.Second):
			t.Fatal("the handshake hangs")
		}
	}
	if busy != 0 {
		t.Errorf("busy %d after the handshake", busy)
	}
	return
}

func TestConn(t *testing.T) {
	m := &maker{t: t}
	identity := m.issue("server", nil, nil)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client := NewContext(version, version).Config()
		c, s, errC, errS := link(t, client, identity.context(t).Config())
		if errC != nil || errS != nil {
			t.Fatal(errC, errS)
		}
		if v := c.State().Version; v != version {
			t.Errorf("version %x", v)
		}
		want := bytes.Repeat([]byte("0123456789abcdef"), 10000)
		if err := c.Write(want, 1000); err != nil {
			t.Fatal(err)
		}
		// In pieces that are no records.
		var got []byte
		buf := make([]byte, 4096)
		for out := c.Output(); len(out) > 0; {
			n := min(777, len(out))
			s.Feed(out[:n])
			out = out[n:]
			for {
				n, err := s.Read(buf)
				if err == ErrAgain {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, buf[:n]...)
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("got %d bytes of %d", len(got), len(want))
		}
		c.CloseWrite()
		s.Feed(c.Output())
		if _, err := s.Read(buf); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
		if err := s.Write([]byte("still"), 0); err != nil {
			t.Error(err)
		}
	}
}

func TestConnErrors(t *testing.T) {
	m := &maker{t: t}
	identity := m.issue("server", nil, nil)
	old := NewContext(tls.VersionTLS12, tls.VersionTLS12).Config()
	server := identity.context(t)
	server.Min = tls.VersionTLS13
	_, _, errC, errS := link(t, old, server.Config())
	if code := Explain(errC).Code; code != "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" {
		t.Error(code, errC)
	}
	if code := Explain(errS).Code; code != "ERR_SSL_UNSUPPORTED_PROTOCOL" {
		t.Error(code, errS)
	}
	for text, want := range map[string]string{"GET / HTTP/1.1\r\n": "ERR_SSL_HTTP_REQUEST", "something else": "ERR_SSL_WRONG_VERSION_NUMBER"} {
		done := make(chan error, 1)
		posted := make(chan func(), 10)
		s := New(true, identity.context(t).Config(), func(f func()) { posted <- f }, func() {}, func(bool) {})
		s.Handshake(func(err error) { done <- err })
		s.Feed([]byte(text))
		for len(done) == 0 {
			(<-posted)()
		}
		if code := Explain(<-done).Code; code != want {
			t.Errorf("%q: %s", text, code)
		}
	}
}

func TestAbort(t *testing.T) {
	posted := make(chan func(), 10)
	c := New(false, NewContext(tls.VersionTLS12, tls.VersionTLS13).Config(), func(f func()) { posted <- f }, func() {}, func(bool) {})
	c.Handshake(func(err error) { t.Errorf("reported: %v", err) })
	c.Abort()
	for c.tls != nil {
		select {
		case f := <-posted:
			f()
			continue
		case <-time.After(100 * time.Millisecond):
		}
		break
	}
	if c.Established() || c.Handshaking() {
		t.Error("not over")
	}
}

func TestSessions(t *testing.T) {
	m := &maker{t: t}
	server := m.issue("server", nil, nil).context(t)
	server.SessionID = []byte("a")
	resume := func(data []byte) (*Conn, []byte) {
		var sessions Sessions
		if data != nil {
			if err := sessions.Offer(data); err != nil {
				t.Fatal(err)
			}
		}
		client := NewContext(tls.VersionTLS12, tls.VersionTLS13).Config()
		client.ClientSessionCache = &sessions
		config := server.Config()
		config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			own := config.Clone()
			server.Tickets(own, nil, nil)
			return own, nil
		}
		c, _, errC, errS := link(t, client, config)
		if errC != nil || errS != nil {
			t.Fatal(errC, errS)
		}
		c.Read(make([]byte, 10)) // the ticket
		if list := sessions.Received(); len(list) > 0 {
			return c, list[len(list)-1]
		}
		return c, nil
	}
	c, session := resume(nil)
	if c.State().DidResume || session == nil {
		t.Fatal("the first connection", c.State().DidResume, session)
	}
	c, again := resume(session)
	if !c.State().DidResume || again != nil {
		t.Error("resumed", c.State().DidResume, again)
	}
	server.SessionID = []byte("b")
	if c, _ := resume(session); c.State().DidResume {
		t.Error("resumed by a server with another id")
	}
	server.SessionID, server.Lifetime = []byte("a"), 0
	if c, _ := resume(session); c.State().DidResume {
		t.Error("resumed after its time")
	}
	if err := new(Sessions).Offer([]byte("junk")); err == nil {
		t.Error("junk taken for a session")
	}
}
