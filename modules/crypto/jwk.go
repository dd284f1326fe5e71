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

// fromJWK reads a JSON Web Key whose fields are strings; field gives one, "" if it is missing.
func fromJWK(field func(string) string) (*keyPair, error) {
	bytes := func(name string) []byte {
		s := strings.Map(func(r rune) rune {
			switch r {
			case '+':
				return '-'
			case '/':
				return '_'
			case '=':
				return -1
			}
			return r
		}, field(name))
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			return nil
		}
		return b
	}
	n := func(name string) *big.Int { return new(big.Int).SetBytes(bytes(name)) }
	private := field("d") != ""
	crv := field("crv")
	switch field("kty") {
	case "RSA":
		pub := rsa.PublicKey{N: n("n"), E: int(n("e").Int64())}
		if !private {
			return &keyPair{kind: "rsa", public: &pub}, nil
		}
		k := &rsa.PrivateKey{PublicKey: pub, D: n("d"), Primes: []*big.Int{n("p"), n("q")}}
		if k.Validate() != nil {
			return nil, coded{code: "ERR_CRYPTO_INVALID_JWK", text: "Invalid JWK RSA key"}
		}
		k.Precompute()
		return newPair(k), nil
	case "EC":
		invalid := coded{code: "ERR_CRYPTO_INVALID_JWK", text: "Invalid JWK EC key"}
		i := slices.IndexFunc(curves, func(c *curve) bool { return c.jwk != "" && c.jwk == crv })
		if i < 0 {
			return nil, invalid
		}
		g := curves[i].group()
		x, y := n("x"), n("y")
		if x.Cmp(g.Params().P) >= 0 || y.Cmp(g.Params().P) >= 0 || !g.IsOnCurve(x, y) {
			return nil, invalid
		}
		if !private {
			return &keyPair{kind: "ec", public: &ecdsa.PublicKey{Curve: g, X: x, Y: y}}, nil
		}
		k := ecPrivate(g, bytes("d"))
		if k == nil || k.X.Cmp(x) != 0 || k.Y.Cmp(y) != 0 {
			return nil, invalid
		}
		return newPair(k), nil
	case "OKP":
		for _, c := range jwkCurves {
			if c.crv == crv {
				b := bytes("x")
				if private {
					b = bytes("d")
				}
				if k, err := fromRaw(c.kind, b, private); err == nil {
					return k, nil
				}
			}
		}
	}
	return nil, errInvalidJWK
}
