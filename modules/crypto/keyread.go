package crypto

import (
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// oids are identifiers by name.
type oids []namedOID

type namedOID struct {
	name string
	oid  asn1.ObjectIdentifier
}

func (l oids) of(name string) asn1.ObjectIdentifier {
	for _, o := range l {
		if o.name == name {
			return o.oid
		}
	}
	return nil
}

// name is "" if there is none.
func (l oids) name(oid asn1.ObjectIdentifier) string {
	for _, o := range l {
		if o.oid.Equal(oid) {
			return o.name
		}
	}
	return ""
}

// keyOIDs are the algorithms of keys by kind.
var keyOIDs = oids{
	{"rsa", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}},
	{"rsa-pss", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}},
	{"ec", asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}},
	{"dsa", asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}},
	{"dh", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 3, 1}},
	{"x25519", asn1.ObjectIdentifier{1, 3, 101, 110}}, {"x448", asn1.ObjectIdentifier{1, 3, 101, 111}},
	{"ed25519", asn1.ObjectIdentifier{1, 3, 101, 112}}, {"ed448", asn1.ObjectIdentifier{1, 3, 101, 113}},
}

// keyReader reads a key in any of its wrappings; a private one will do where a public one is wanted.
type keyReader struct {
	kind          string // pkcs1, pkcs8, sec1, spki or nothing
	private       bool
	passphrase    []byte
	hasPassphrase bool
}

func (r keyReader) read(data []byte, isPEM bool) (*keyPair, error) {
	if isPEM {
		return r.pem(data)
	}
	if r.kind == "pkcs8" && looksEncrypted(data) {
		if !r.hasPassphrase {
			return nil, coded{code: "ERR_MISSING_PASSPHRASE"}
		}
		plain, err := decryptPKCS8(data, r.passphrase)
		if err != nil {
			return nil, err
		}
		return readPKCS8(plain)
	}
	var k *keyPair
	var err error
	switch r.kind {
	case "pkcs1":
		if k, err = readPKCS1(data); err != nil && !r.private {
			k, err = readPKCS1Public(data)
		}
	case "pkcs8":
		k, err = readPKCS8(data)
	case "sec1":
		k, err = readSEC1(data, nil)
	case "spki":
		k, err = readSPKI(data)
	default:
		return nil, errUnsupported
	}
	if err != nil && r.private && r.kind == "pkcs1" {
		return nil, errUnsupported
	}
	return k, err
}

// pem reads the first block that may be a key.
func (r keyReader) pem(data []byte) (*keyPair, error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		der := block.Bytes
		if block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY" {
			if !r.hasPassphrase || len(r.passphrase) > 1024 {
				return nil, errCancelled
			}
			var err error
			if der, err = decryptPEM(block, r.passphrase); err != nil {
				return nil, err
			}
		}
		switch {
		case block.Type == "PRIVATE KEY" || block.Type == "ENCRYPTED PRIVATE KEY":
			return readPKCS8(der)
		case block.Type == "RSA PRIVATE KEY":
			return readPKCS1(der)
		case block.Type == "EC PRIVATE KEY":
			return readSEC1(der, nil)
		case block.Type == "DSA PRIVATE KEY":
			return readDSA(der)
		case r.private:
		case block.Type == "PUBLIC KEY":
			return readSPKI(der)
		case block.Type == "RSA PUBLIC KEY":
			return readPKCS1Public(der)
		case strings.HasSuffix(block.Type, "CERTIFICATE"):
			c, err := x509.ParseCertificate(der)
			if err != nil {
				return nil, errWrongTag
			}
			return readSPKI(c.RawSubjectPublicKeyInfo)
		}
	}
	return nil, errUnsupported
}

func readPKCS1(der []byte) (*keyPair, error) {
	k, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, errWrongTag
	}
	return newPair(k), nil
}

func readPKCS1Public(der []byte) (*keyPair, error) {
	k, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		return nil, errWrongTag
	}
	return &keyPair{kind: "rsa", public: k}, nil
}

// algorithm is an AlgorithmIdentifier: the kind of key and its parameters.
type algorithm struct {
	kind   string
	params cryptobyte.String
}

func readAlgorithm(s *cryptobyte.String) (a algorithm, ok bool) {
	var list cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1ObjectIdentifier(&oid) {
		return a, false
	}
	kind := keyOIDs.name(oid)
	if kind == "" {
		kind = pqOIDs.name(oid)
	}
	return algorithm{kind, list}, true
}

// numbers reads a SEQUENCE of INTEGERs, n of them at least.
func numbers(s cryptobyte.String, n int) []*big.Int {
	var list cryptobyte.String
	if !s.ReadASN1(&list, tag.SEQUENCE) {
		return nil
	}
	var all []*big.Int
	for !list.Empty() && list.PeekASN1Tag(tag.INTEGER) {
		i := new(big.Int)
		if !list.ReadASN1Integer(i) {
			return nil
		}
		all = append(all, i)
	}
	if len(all) < n {
		return nil
	}
	return all
}

// readSPKI reads a SubjectPublicKeyInfo.
func readSPKI(der []byte) (*keyPair, error) {
	s, list := cryptobyte.String(der), cryptobyte.String(nil)
	var bits []byte
	if !s.ReadASN1(&list, tag.SEQUENCE) {
		return nil, errWrongTag
	}
	a, ok := readAlgorithm(&list)
	if !ok || !list.ReadASN1BitStringAsBytes(&bits) {
		return nil, errWrongTag
	}
	number := func() *big.Int {
		n, s := new(big.Int), cryptobyte.String(bits)
		if !s.ReadASN1Integer(n) {
			return nil
		}
		return n
	}
	switch a.kind {
	case "rsa", "rsa-pss":
		k, err := readPKCS1Public(bits)
		if err != nil {
			return nil, err
		}
		return k.limited(a)
	case "ec":
		g, explicit := readCurve(a.params)
		if g == nil {
			return nil, errUnsupported
		}
		x, y, ok := readPoint(g, bits)
		if !ok {
			return nil, errUnsupported
		}
		return &keyPair{kind: "ec", public: &ecdsa.PublicKey{Curve: g, X: x, Y: y}, explicit: explicit}, nil
	case "dsa":
		p, y := numbers(a.params, 3), number()
		if p == nil || y == nil {
			return nil, errWrongTag
		}
		return &keyPair{kind: "dsa", public: &dsa.PublicKey{Parameters: dsa.Parameters{P: p[0], Q: p[1], G: p[2]}, Y: y}}, nil
	case "dh":
		p, y := numbers(a.params, 2), number()
		if p == nil || y == nil {
			return nil, errWrongTag
		}
		return &keyPair{kind: "dh", public: &dhKey{p: p[0], g: p[1], y: y}}, nil
	}
	return fromRaw(a.kind, bits, false)
}

// readPKCS8 reads a PrivateKeyInfo.
func readPKCS8(der []byte) (*keyPair, error) {
	s, list, key := cryptobyte.String(der), cryptobyte.String(nil), cryptobyte.String(nil)
	var version int
	if !s.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1Integer(&version) {
		return nil, errWrongTag
	}
	a, ok := readAlgorithm(&list)
	if !ok || !list.ReadASN1(&key, tag.OCTET_STRING) {
		return nil, errWrongTag
	}
	number := func() *big.Int {
		n, s := new(big.Int), key
		if !s.ReadASN1Integer(n) {
			return nil
		}
		return n
	}
	switch a.kind {
	case "rsa", "rsa-pss":
		k, err := readPKCS1(key)
		if err != nil {
			return nil, err
		}
		return k.limited(a)
	case "ec":
		g, explicit := readCurve(a.params)
		k, err := readSEC1(key, g)
		if err == nil {
			k.explicit = explicit
		}
		return k, err
	case "dsa":
		p, x := numbers(a.params, 3), number()
		if p == nil || x == nil {
			return nil, errWrongTag
		}
		return newPair(dsaKey(dsa.Parameters{P: p[0], Q: p[1], G: p[2]}, x)), nil
	case "dh":
		p, x := numbers(a.params, 2), number()
		if p == nil || x == nil {
			return nil, errWrongTag
		}
		return newPair(newDH(p[0], p[1], x)), nil
	}
	if pqOIDs.of(a.kind) != nil {
		return pqRead(a.kind, key)
	}
	var seed cryptobyte.String
	if !key.ReadASN1(&seed, tag.OCTET_STRING) {
		return nil, errUnsupported
	}
	return fromRaw(a.kind, append([]byte(nil), seed...), true)
}

func dsaKey(p dsa.Parameters, x *big.Int) *dsa.PrivateKey {
	return &dsa.PrivateKey{PublicKey: dsa.PublicKey{Parameters: p, Y: new(big.Int).Exp(p.G, x, p.P)}, X: x}
}

// readDSA reads OpenSSL's own form of a DSA key.
func readDSA(der []byte) (*keyPair, error) {
	n := numbers(der, 6)
	if n == nil {
		return nil, errWrongTag
	}
	return newPair(dsaKey(dsa.Parameters{P: n[1], Q: n[2], G: n[3]}, n[5])), nil
}

// readSEC1 reads an ECPrivateKey, which names its curve if none is given.
func readSEC1(der []byte, g elliptic.Curve) (*keyPair, error) {
	s, list, d, params := cryptobyte.String(der), cryptobyte.String(nil), cryptobyte.String(nil), cryptobyte.String(nil)
	var version int
	var has, explicit bool
	if !s.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1Integer(&version) || !list.ReadASN1(&d, tag.OCTET_STRING) ||
		!list.ReadOptionalASN1(&params, &has, tag.Tag(0).Constructed().ContextSpecific()) {
		return nil, errWrongTag
	}
	if has {
		g, explicit = readCurve(params)
	}
	if g == nil {
		return nil, errUnsupported
	}
	k := ecPrivate(g, d)
	if k == nil {
		return nil, errUnsupported
	}
	pair := newPair(k)
	pair.explicit = explicit
	return pair, nil
}

// readCurve reads the parameters of an EC key: a name, or a known curve written out.
func readCurve(s cryptobyte.String) (g elliptic.Curve, explicit bool) {
	var oid asn1.ObjectIdentifier
	if s.PeekASN1Tag(tag.OBJECT_IDENTIFIER) {
		if s.ReadASN1ObjectIdentifier(&oid) {
			for _, c := range curves {
				if c.oid.Equal(oid) {
					return c.group(), false
				}
			}
		}
		return nil, false
	}
	var list, field cryptobyte.String
	var version int
	p := new(big.Int)
	if !s.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1Integer(&version) || !list.ReadASN1(&field, tag.SEQUENCE) ||
		!field.ReadASN1ObjectIdentifier(&oid) || !field.ReadASN1Integer(p) {
		return nil, false
	}
	for _, c := range curves {
		if c.group().Params().P.Cmp(p) == 0 {
			return c.group(), true
		}
	}
	return nil, false
}

// limited gives an RSA key the limits of a rsa-pss one.
func (k *keyPair) limited(a algorithm) (*keyPair, error) {
	if k.kind = a.kind; a.kind == "rsa" || a.params.Empty() {
		return k, nil
	}
	k.pss = &pssParams{hash: "sha1", mgf: "sha1", saltLength: 20}
	var list, part cryptobyte.String
	var has bool
	if !a.params.ReadASN1(&list, tag.SEQUENCE) {
		return nil, errWrongTag
	}
	hashName := func(s cryptobyte.String) string {
		var alg cryptobyte.String
		var oid asn1.ObjectIdentifier
		if s.ReadASN1(&alg, tag.SEQUENCE) && alg.ReadASN1ObjectIdentifier(&oid) {
			return hashOIDs.name(oid)
		}
		return ""
	}
	context := func(n int) tag.Tag { return tag.Tag(n).Constructed().ContextSpecific() }
	if list.ReadOptionalASN1(&part, &has, context(0)) && has {
		k.pss.hash = hashName(part)
	}
	if list.ReadOptionalASN1(&part, &has, context(1)) && has {
		var alg cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !part.ReadASN1(&alg, tag.SEQUENCE) || !alg.ReadASN1ObjectIdentifier(&oid) {
			return nil, errWrongTag
		}
		k.pss.mgf = hashName(alg)
	}
	if list.ReadOptionalASN1(&part, &has, context(2)) && has {
		n := new(big.Int)
		if !part.ReadASN1Integer(n) {
			return nil, errWrongTag
		}
		k.pss.saltLength = -1
		if n.IsInt64() && n.Sign() >= 0 && n.Int64() < 1<<31 {
			k.pss.saltLength = int(n.Int64())
		}
	}
	return k, nil
}

// hashOIDs are the hashes that may stand in a key.
var hashOIDs = oids{
	{"sha1", asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}},
	{"sha224", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 4}},
	{"sha256", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}},
	{"sha384", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}},
	{"sha512", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}},
	{"sha512-224", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 5}},
	{"sha512-256", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 6}},
	{"sha3-224", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 7}},
	{"sha3-256", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 8}},
	{"sha3-384", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 9}},
	{"sha3-512", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 10}},
}

// publicRSA and privateRSA are the RSA halves of a key, nil if it has none.
func (k *keyPair) publicRSA() *rsa.PublicKey   { p, _ := k.public.(*rsa.PublicKey); return p }
func (k *keyPair) privateRSA() *rsa.PrivateKey { p, _ := k.private.(*rsa.PrivateKey); return p }
