package secure

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"software.sslmate.com/src/go-pkcs12"
)

// Context is what connections have in common: keys, certificates, authorities, versions and ciphers. It is filled once and
// not changed when connections use it, but for the keys of tickets. Loop goroutine only.
type Context struct {
	CAs          []*x509.Certificate        // trusted besides, or in place of, the default ones
	Defaults     func() []*x509.Certificate // nil without the default ones; any goroutine
	PartialChain bool                       // any certificate that is trusted ends a chain
	CRLs         []*x509.RevocationList
	Min, Max     uint16
	Curves       []tls.CurveID
	NoTickets    bool
	SessionID    []byte        // sessions of servers with another one are not resumed
	Lifetime     time.Duration // of sessions

	pairs   []*pair
	ciphers []uint16
	level   int // OpenSSL's security level
	keys    [TicketKeysSize]byte
	base    *tls.Config
}

// pair is a certificate and its key; either may be missing yet. OpenSSL keeps one of each kind of key.
type pair struct {
	kind  string
	chain []*x509.Certificate
	key   crypto.Signer
}

// TicketKeysSize is the size of what TicketKeys returns and SetTicketKeys takes.
const TicketKeysSize = 48

// NewContext makes a context without keys that speaks the versions from min to max, with Node's default ciphers.
func NewContext(min, max uint16) *Context {
	c := &Context{Min: min, Max: max, level: 1, Lifetime: 300 * time.Second, Curves: []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}}
	rand.Read(c.keys[:])
	c.ciphers, _, _, _ = ParseCiphers(DefaultCiphers)
	return c
}

// SetCiphers takes an OpenSSL cipher list. A list about TLS 1.3 alone raises the least version; which of its suites are used
// is not for crypto/tls's users to say.
func (c *Context) SetCiphers(list string) error {
	ids, _, old, err := ParseCiphers(list)
	if err != nil {
		return err
	}
	if old {
		c.ciphers = ids
	}
	if _, level, ok := strings.Cut(list, "@SECLEVEL="); ok && level != "" && level[0] >= '0' && level[0] <= '5' {
		c.level = int(level[0] - '0')
	}
	if !old && c.Min < tls.VersionTLS13 && c.Max > tls.VersionTLS12 {
		c.Min = tls.VersionTLS13
	}
	return nil
}

func curveID(name string) tls.CurveID {
	switch name {
	case "X25519MLKEM768":
		return tls.X25519MLKEM768
	case "SecP256r1MLKEM768":
		return tls.SecP256r1MLKEM768
	case "SecP384r1MLKEM1024":
		return tls.SecP384r1MLKEM1024
	case "X25519", "x25519":
		return tls.X25519
	case "P-256", "prime256v1", "secp256r1":
		return tls.CurveP256
	case "P-384", "secp384r1":
		return tls.CurveP384
	case "P-521", "secp521r1":
		return tls.CurveP521
	}
	return 0
}

// SetCurves takes names separated by colons. Curves that OpenSSL has and crypto/tls has not are passed over.
func (c *Context) SetCurves(list string) bool {
	var ids []tls.CurveID
	known := false
	for name := range strings.SplitSeq(list, ":") {
		if id := curveID(name); id != 0 {
			ids, known = append(ids, id), true
		} else if !slices.Contains([]string{"secp224r1", "X448", "secp256k1", "P-224", "MLKEM512", "MLKEM768", "MLKEM1024", "ffdhe2048", "ffdhe3072"}, name) {
			return false
		}
	}
	c.Curves = ids
	return known
}

func errPEM() error {
	return &Error{0x0480006C, "PEM routines", "no start line", "ERR_OSSL_PEM_NO_START_LINE"}
}

// ParseCertificates reads all certificates in a PEM text. What is not there is no error.
func ParseCertificates(text []byte) (list []*x509.Certificate, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return list, err
			}
			list = append(list, cert)
		}
	}
	return list, nil
}

// AddCA trusts the certificates of a PEM text.
func (c *Context) AddCA(text []byte) error {
	list, err := ParseCertificates(text)
	c.CAs, c.base = append(c.CAs, list...), nil
	return err
}

// AddCRL takes a list of revoked certificates in PEM.
func (c *Context) AddCRL(text []byte) error {
	block, _ := pem.Decode(text)
	if block == nil {
		return errPEM()
	}
	list, err := parseCRL(block.Bytes)
	if err == nil {
		c.CRLs = append(c.CRLs, list)
	}
	return err
}

// parseCRL reads lists of version 1 too: they are those of version 2 that do not say so.
func parseCRL(der []byte) (*x509.RevocationList, error) {
	list, err := x509.ParseRevocationList(der)
	if err == nil {
		return list, nil
	}
	whole, signed, content := cryptobyte.String(der), cryptobyte.String(nil), cryptobyte.String(nil)
	if !whole.ReadASN1(&whole, asn1.SEQUENCE) || !whole.ReadASN1Element(&signed, asn1.SEQUENCE) {
		return nil, err
	}
	rest := signed
	if !rest.ReadASN1(&content, asn1.SEQUENCE) || content.PeekASN1Tag(asn1.INTEGER) {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			b.AddBytes(content)
		})
		b.AddBytes(whole)
	})
	newer, failed := b.Bytes()
	if failed != nil {
		return nil, err
	}
	if list, err = x509.ParseRevocationList(newer); err == nil {
		list.RawTBSRevocationList = signed
	}
	return list, err
}

// SetCert takes a certificate in PEM, followed by those that lead to its authority.
func (c *Context) SetCert(text []byte) error {
	list, err := ParseCertificates(text)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errPEM()
	}
	return c.addCert(list)
}

// leastRSA is the size of the smallest RSA key for each security level.
var leastRSA = [...]int{0, 1024, 2048, 3072, 7680, 15360}

func (c *Context) addCert(list []*x509.Certificate) error {
	if key, ok := list[0].PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < leastRSA[c.level] {
		return sslError(399, "ee key too small")
	}
	p := c.pair(kindOf(list[0].PublicKey))
	p.chain = list
	if p.key != nil && !matches(list[0], p.key) {
		p.key = nil
	}
	return nil
}

// SetKey takes a private key, which has to go with the certificate that is there already.
func (c *Context) SetKey(key crypto.Signer) error {
	p := c.pair(kindOf(key.Public()))
	if len(p.chain) > 0 && !matches(p.chain[0], key) {
		return &Error{0x05800074, "x509 certificate routines", "key values mismatch", "ERR_OSSL_X509_KEY_VALUES_MISMATCH"}
	}
	p.key = key
	return nil
}

// What LoadPFX fails with, in Node's words.
var (
	ErrPFXPassword = errors.New("mac verify failure")
	ErrPFXFormat   = errors.New("not enough data")
	ErrPFXKey      = errors.New("Unable to load private key from PFX data")
	// ErrPFXUnsupported is for ciphers that OpenSSL 3 has put away.
	ErrPFXUnsupported = errors.New("Unsupported PKCS12 PFX data")
)

// oldPBE begins the object identifiers of PKCS #12's encryptions; 1, 2, 5 and 6 are RC4 and RC2.
var oldPBE = []byte{0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01}

// oldCiphers does so for RC2 and RC4 (2 and 4) with newer encryptions.
var oldCiphers = []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03}

func isLegacyPFX(data []byte) bool {
	has := func(id []byte, last byte) bool { return bytes.Contains(data, append(id[:len(id):len(id)], last)) }
	return has(oldPBE, 1) || has(oldPBE, 2) || has(oldPBE, 5) || has(oldPBE, 6) || has(oldCiphers, 2) || has(oldCiphers, 4)
}

// LoadPFX takes key, certificate and authorities from a PKCS #12 container.
func (c *Context) LoadPFX(data []byte, passphrase string) error {
	if isLegacyPFX(data) {
		return ErrPFXUnsupported
	}
	private, cert, others, err := pkcs12.DecodeChain(data, passphrase)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return ErrPFXPassword
	case err != nil && strings.Contains(err.Error(), "private key missing"):
		return ErrPFXKey
	case err != nil:
		return ErrPFXFormat
	}
	key, ok := private.(crypto.Signer)
	if !ok {
		return ErrPFXKey
	}
	if err := c.addCert(append([]*x509.Certificate{cert}, others...)); err != nil {
		return err
	}
	c.CAs = append(c.CAs, others...)
	return c.SetKey(key)
}

func (c *Context) pair(kind string) *pair {
	for _, p := range c.pairs {
		if p.kind == kind {
			return p
		}
	}
	p := &pair{kind: kind}
	c.pairs = append(c.pairs, p)
	return p
}

func kindOf(public any) string {
	switch public.(type) {
	case *rsa.PublicKey:
		return "rsa"
	case *ecdsa.PublicKey:
		return "ec"
	case ed25519.PublicKey:
		return "ed25519"
	}
	return ""
}

func matches(cert *x509.Certificate, key crypto.Signer) bool {
	public, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(key.Public())
}

// certificates are the complete pairs, each with what is known of the way to its authority.
func (c *Context) certificates() (list []tls.Certificate) {
	for _, p := range c.pairs {
		if p.key == nil || len(p.chain) == 0 {
			continue
		}
		t := tls.Certificate{PrivateKey: p.key, Leaf: p.chain[0]}
		for _, cert := range c.complete(p.chain) {
			t.Certificate = append(t.Certificate, cert.Raw)
		}
		list = append(list, t)
	}
	return list
}

// complete adds the issuers among the trusted certificates to a certificate that comes alone.
func (c *Context) complete(chain []*x509.Certificate) []*x509.Certificate {
	if len(chain) > 1 {
		return chain
	}
	for cert := chain[0]; !isSelfSigned(cert) && len(chain) <= maxChain; {
		issuer := findIssuer(c.CAs, cert)
		if issuer == nil || contains(chain, issuer) {
			break
		}
		chain = append(chain[:len(chain):len(chain)], issuer)
		cert = issuer
	}
	return chain
}

// Certificate is the certificate of the first complete pair, and Issuer that of who has issued it, as far as known.
func (c *Context) Certificate() *x509.Certificate {
	for _, p := range c.pairs {
		if len(p.chain) > 0 {
			return p.chain[0]
		}
	}
	return nil
}

// Issuer is the certificate that the first certificate has been issued with, as far as it is known.
func (c *Context) Issuer() *x509.Certificate {
	cert := c.Certificate()
	if cert == nil {
		return nil
	}
	for _, p := range c.pairs {
		if len(p.chain) > 1 {
			return p.chain[1]
		}
	}
	return findIssuer(c.CAs, cert)
}

// TicketKeys are the keys that session tickets are sealed with.
func (c *Context) TicketKeys() []byte { return bytes.Clone(c.keys[:]) }

// SetTicketKeys replaces them, for connections that begin from now on.
func (c *Context) SetTicketKeys(keys []byte) {
	copy(c.keys[:], keys)
	c.base = nil
}

// Config is the part of a connection's configuration that the context decides. The caller owns the copy. Certificates
// are verified by the caller too, once the handshake is done.
func (c *Context) Config() *tls.Config {
	if c.base == nil {
		c.base = &tls.Config{
			MinVersion: c.Min, MaxVersion: c.Max, CipherSuites: c.ciphers, CurvePreferences: c.Curves,
			Certificates: c.certificates(), SessionTicketsDisabled: c.NoTickets, InsecureSkipVerify: true,
		}
		if len(c.CAs) > 0 {
			c.base.ClientCAs = x509.NewCertPool()
			for _, ca := range c.CAs {
				c.base.ClientCAs.AddCert(ca)
			}
		}
		// Tickets of a process that was given the same keys have to be good here.
		c.base.SetSessionTicketKeys([][32]byte{sha256.Sum256(c.keys[:])})
	}
	return c.base.Clone()
}

// ErrNoProtocols is the error of a context whose versions exclude each other.
func (c *Context) ErrNoProtocols() error {
	if c.Min > c.Max {
		return sslError(191, "no protocols available")
	}
	return nil
}

// ClientCertificate chooses what to show to a server that asks.
func (c *Context) ClientCertificate(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	list := c.certificates()
	for i := range list {
		unrestricted := *request
		unrestricted.AcceptableCAs = nil
		if unrestricted.SupportsCertificate(&list[i]) == nil {
			return &list[i], nil
		}
	}
	return new(tls.Certificate), nil
}

func (c *Context) roots() []*x509.Certificate {
	if c.Defaults == nil {
		return c.CAs
	}
	return slices.Concat(c.CAs, c.Defaults())
}
