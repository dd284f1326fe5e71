package crypto

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"slices"
	"strings"
)

// jwkCurves are the curves of kty OKP by kind of key.
var jwkCurves = [...]struct{ kind, crv string }{{"ed25519", "Ed25519"}, {"ed448", "Ed448"}, {"x25519", "X25519"}, {"x448", "X448"}}

// jwk is the key as JSON Web Key, in the order in which Node lists the fields.
func (k *keyPair) jwk(private bool) ([][2]string, error) {
	enc := base64.RawURLEncoding.EncodeToString
	pad := func(n *big.Int, size int) string { return enc(n.FillBytes(make([]byte, size))) }
	for _, c := range jwkCurves {
		if c.kind != k.kind {
			continue
		}
		list := [][2]string{{"crv", c.crv}}
		if private {
			list = append(list, [2]string{"d", enc(k.raw(true))})
		}
		return append(list, [2]string{"x", enc(k.raw(false))}, [2]string{"kty", "OKP"}), nil
	}
	switch pub := k.public.(type) {
	case pqPublic:
		list := [][2]string{{"kty", "AKP"}, {"alg", pqName(k.kind)}, {"pub", enc(pub)}}
		if !private {
			return list, nil
		}
		p := k.private.(*pqPrivate)
		secret := p.seed
		if isSLH(k.kind) {
			secret = p.expanded
		}
		if secret == nil {
			return nil, errNoSeed
		}
		return append([][2]string{{"priv", enc(secret)}}, list...), nil
	case *rsa.PublicKey:
		if k.kind != "rsa" {
			break
		}
		list := [][2]string{{"kty", "RSA"}, {"n", enc(pub.N.Bytes())}, {"e", enc(big.NewInt(int64(pub.E)).Bytes())}}
		if r := k.privateRSA(); private && r != nil {
			r.Precompute()
			for _, f := range []struct {
				name string
				n    *big.Int
			}{{"d", r.D}, {"p", r.Primes[0]}, {"q", r.Primes[1]}, {"dp", r.Precomputed.Dp}, {"dq", r.Precomputed.Dq}, {"qi", r.Precomputed.Qinv}} {
				list = append(list, [2]string{f.name, enc(f.n.Bytes())})
			}
		}
		return list, nil
	case *ecdsa.PublicKey:
		c, n := curveOf(pub.Curve), size(pub.Curve)
		if c.jwk == "" {
			return nil, coded{code: "ERR_CRYPTO_JWK_UNSUPPORTED_CURVE", args: []any{c.names[0]}}
		}
		list := [][2]string{{"kty", "EC"}, {"x", pad(pub.X, n)}, {"y", pad(pub.Y, n)}, {"crv", c.jwk}}
		if private {
			list = append(list, [2]string{"d", enc(k.raw(true))})
		}
		return list, nil
	}
	return nil, coded{code: "ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE"}
}

// invalidJWK is the error of a key that is not what it says.
func invalidJWK(text string) error { return coded{code: "ERR_CRYPTO_INVALID_JWK", text: text} }

// jwkReader reads the fields of a JSON Web Key: get tells a field's text, "" if it is none, and whether there is such a field.
type jwkReader struct {
	get func(name string) (string, bool)
	bad error // what a field that is missing or no text makes of the key
	err error
}

// text takes a field that there must be.
func (r *jwkReader) text(name string) string {
	s, _ := r.get(name)
	if s == "" && r.err == nil {
		r.err = r.bad
	}
	return s
}

// bytes reads a field in base64url, or in base64.
func (r *jwkReader) bytes(name string) []byte {
	s := strings.Map(func(c rune) rune {
		switch c {
		case '+':
			return '-'
		case '/':
			return '_'
		case '=':
			return -1
		}
		return c
	}, r.text(name))
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

func (r *jwkReader) number(name string) *big.Int { return new(big.Int).SetBytes(r.bytes(name)) }

// readJWK reads a JSON Web Key, which has to be a private one if that is wanted.
func readJWK(get func(string) (string, bool), wantPrivate bool) (*keyPair, error) {
	r := &jwkReader{get: get, bad: invalidJWK("Invalid JWK format")}
	kty := r.text("kty")
	if r.err != nil {
		return nil, r.err
	}
	read, secret := (*jwkReader).rsa, "d"
	switch kty {
	case "RSA":
	case "EC":
		read = (*jwkReader).ec
	case "OKP":
		read = (*jwkReader).okp
	case "AKP":
		read, secret = (*jwkReader).akp, "priv"
	default:
		return nil, invalidJWK(kty + " is not a supported JWK key type")
	}
	r.bad = invalidJWK("Invalid JWK " + kty + " key")
	_, private := get(secret)
	k, err := read(r, private)
	if r.err != nil {
		return nil, r.err
	}
	if err == nil && wantPrivate && !private {
		return nil, invalidJWK("JWK does not contain private key material")
	}
	return k, err
}

func (r *jwkReader) rsa(private bool) (*keyPair, error) {
	pub := rsa.PublicKey{N: r.number("n"), E: int(r.number("e").Int64())}
	if !private {
		return &keyPair{kind: "rsa", public: &pub}, nil
	}
	k := &rsa.PrivateKey{PublicKey: pub, D: r.number("d"), Primes: []*big.Int{r.number("p"), r.number("q")}}
	for _, name := range []string{"dp", "dq", "qi"} {
		r.text(name)
	}
	if k.Validate() != nil {
		return nil, r.bad
	}
	k.Precompute()
	return newPair(k), nil
}

func (r *jwkReader) ec(private bool) (*keyPair, error) {
	crv, x, y := r.text("crv"), r.number("x"), r.number("y")
	if r.err != nil {
		return nil, r.err
	}
	i := slices.IndexFunc(curves, func(c *curve) bool { return c.jwk != "" && c.jwk == crv })
	if i < 0 {
		return nil, coded{code: "ERR_CRYPTO_INVALID_CURVE"}
	}
	g := curves[i].group()
	if x.Cmp(g.Params().P) >= 0 || y.Cmp(g.Params().P) >= 0 || !g.IsOnCurve(x, y) {
		return nil, r.bad
	}
	if !private {
		return &keyPair{kind: "ec", public: &ecdsa.PublicKey{Curve: g, X: x, Y: y}}, nil
	}
	k := ecPrivate(g, r.bytes("d"))
	if k == nil || k.X.Cmp(x) != 0 || k.Y.Cmp(y) != 0 {
		return nil, r.bad
	}
	return newPair(k), nil
}

func (r *jwkReader) okp(private bool) (*keyPair, error) {
	crv, b := r.text("crv"), r.bytes("x")
	if private {
		b = r.bytes("d")
	}
	for _, c := range jwkCurves {
		if c.crv == crv {
			if k, err := fromRaw(c.kind, b, private); err == nil {
				return k, nil
			}
		}
	}
	return nil, r.bad
}

func (r *jwkReader) akp(private bool) (k *keyPair, err error) {
	alg, _ := r.get("alg")
	i := slices.IndexFunc(pqOIDs, func(o namedOID) bool { return pqName(o.name) == alg })
	if i < 0 {
		return nil, invalidJWK(`Unsupported JWK AKP "alg"`)
	}
	kind, b := pqOIDs[i].name, r.bytes("pub")
	switch {
	case private && isSLH(kind):
		k, err = pqFromExpanded(kind, r.bytes("priv"))
	case private:
		k, err = pqFromSeed(kind, r.bytes("priv"))
	default:
		k, err = pqFromPublic(kind, b)
	}
	if err != nil {
		return nil, r.bad
	}
	return k, nil
}
