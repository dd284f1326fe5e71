package crypto

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"math/big"

	"github.com/cloudflare/circl/dh/x448"
	"github.com/cloudflare/circl/sign/ed448"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// curve is an elliptic curve by the names of OpenSSL, of JWK and of ASN.1; a is its coefficient.
type curve struct {
	names []string
	jwk   string
	oid   asn1.ObjectIdentifier
	seed  string // from which its coefficients were derived, in hex
	group func() elliptic.Curve
	a     int64
}

var curves = []*curve{
	{names: []string{"prime256v1", "P-256", "secp256r1"}, jwk: "P-256", oid: asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7},
		seed: "c49d360886e704936a6678e1139d26b7819f7e90", group: elliptic.P256, a: -3},
	{names: []string{"secp224r1", "P-224"}, oid: asn1.ObjectIdentifier{1, 3, 132, 0, 33},
		seed: "bd71344799d5c7fcdc45b59fa3b9ab8f6a948bc5", group: elliptic.P224, a: -3},
	{names: []string{"secp256k1"}, jwk: "secp256k1", oid: asn1.ObjectIdentifier{1, 3, 132, 0, 10},
		group: func() elliptic.Curve { return secp256k1.S256() }},
	{names: []string{"secp384r1", "P-384"}, jwk: "P-384", oid: asn1.ObjectIdentifier{1, 3, 132, 0, 34},
		seed: "a335926aa319a27a1d00896a6773a4827acdac73", group: elliptic.P384, a: -3},
	{names: []string{"secp521r1", "P-521"}, jwk: "P-521", oid: asn1.ObjectIdentifier{1, 3, 132, 0, 35},
		seed: "d09e8800291cb85396cc6717393284aaa0da64ba", group: elliptic.P521, a: -3},
}

func findCurve(name string) *curve {
	for _, c := range curves {
		for _, n := range c.names {
			if n == name {
				return c
			}
		}
	}
	return nil
}

func curveOf(g elliptic.Curve) *curve {
	for _, c := range curves {
		if c.group() == g {
			return c
		}
	}
	return nil
}

func size(g elliptic.Curve) int { return (g.Params().BitSize + 7) / 8 }

// pointBytes writes a point: 'c'ompressed, 'h'ybrid or 'u'ncompressed.
func pointBytes(g elliptic.Curve, x, y *big.Int, form byte) []byte {
	n := size(g)
	b := make([]byte, 1+2*n)
	x.FillBytes(b[1 : 1+n])
	y.FillBytes(b[1+n:])
	switch form {
	case 'c':
		b = b[:1+n]
		b[0] = 2 | byte(y.Bit(0))
	case 'h':
		b[0] = 6 | byte(y.Bit(0))
	default:
		b[0] = 4
	}
	return b
}

// readPoint reads a point in any of the forms, and checks that it is on the curve.
func readPoint(g elliptic.Curve, b []byte) (x, y *big.Int, ok bool) {
	p, n := g.Params().P, size(g)
	if len(b) < 1+n {
		return nil, nil, false
	}
	x = new(big.Int).SetBytes(b[1 : 1+n])
	switch {
	case (b[0] == 2 || b[0] == 3) && len(b) == 1+n:
		// y² = x³ + ax + b
		y2 := new(big.Int).Exp(x, big.NewInt(3), p)
		if c := curveOf(g); c != nil && c.a != 0 {
			y2.Add(y2, new(big.Int).Mul(big.NewInt(c.a), x))
		}
		y2.Add(y2, g.Params().B).Mod(y2, p)
		if y = new(big.Int).ModSqrt(y2, p); y == nil {
			return nil, nil, false
		}
		if y.Bit(0) != uint(b[0]&1) {
			y.Sub(p, y)
		}
	case (b[0] == 4 || b[0] == 6 || b[0] == 7) && len(b) == 1+2*n:
		y = new(big.Int).SetBytes(b[1+n:])
		if b[0] != 4 && y.Bit(0) != uint(b[0]&1) {
			return nil, nil, false
		}
	default:
		return nil, nil, false
	}
	return x, y, x.Cmp(p) < 0 && y.Cmp(p) < 0 && g.IsOnCurve(x, y)
}

// ecPrivate makes the key of the number d; nil if it is none.
func ecPrivate(g elliptic.Curve, d []byte) *ecdsa.PrivateKey {
	n := new(big.Int).SetBytes(d)
	if n.Sign() == 0 || n.Cmp(g.Params().N) >= 0 {
		return nil
	}
	k := &ecdsa.PrivateKey{D: n}
	k.Curve = g
	k.X, k.Y = g.ScalarBaseMult(n.FillBytes(make([]byte, (g.Params().N.BitLen()+7)/8)))
	return k
}

func ecGenerate(g elliptic.Curve) *ecdsa.PrivateKey {
	for {
		d, err := rand.Int(rand.Reader, g.Params().N)
		if err == nil {
			if k := ecPrivate(g, d.Bytes()); k != nil {
				return k
			}
		}
	}
}

// ecShared is the x of the product, as wide as the field.
func ecShared(k *ecdsa.PrivateKey, x, y *big.Int) []byte {
	sx, _ := k.Curve.ScalarMult(x, y, k.D.FillBytes(make([]byte, (k.Params().N.BitLen()+7)/8)))
	return sx.FillBytes(make([]byte, size(k.Curve)))
}

// x448Key is a key of X448; private is nil for a public one.
type x448Key struct {
	private *x448.Key
	public  x448.Key
}

func newX448(private x448.Key) *x448Key {
	k := &x448Key{private: &private}
	x448.KeyGen(&k.public, k.private)
	return k
}

// fromRaw makes the key of plain bytes: a public one, or the private one's seed or number. Kind may be an EC curve.
func fromRaw(kind string, b []byte, private bool) (*keyPair, error) {
	switch {
	case kind == "ed25519" && private && len(b) == ed25519.SeedSize:
		return newPair(ed25519.NewKeyFromSeed(b)), nil
	case kind == "ed25519" && !private && len(b) == ed25519.PublicKeySize:
		return &keyPair{kind: kind, public: ed25519.PublicKey(b)}, nil
	case kind == "ed448" && private && len(b) == ed448.SeedSize:
		return newPair(ed448.NewKeyFromSeed(b)), nil
	case kind == "ed448" && !private && len(b) == ed448.PublicKeySize:
		return &keyPair{kind: kind, public: ed448.PublicKey(b)}, nil
	case kind == "x25519" && private:
		k, err := ecdh.X25519().NewPrivateKey(b)
		if err != nil {
			return nil, errUnsupported
		}
		return newPair(k), nil
	case kind == "x25519":
		k, err := ecdh.X25519().NewPublicKey(b)
		if err != nil {
			return nil, errUnsupported
		}
		return &keyPair{kind: kind, public: k}, nil
	case kind == "x448" && len(b) == x448.Size:
		if private {
			return newPair(newX448(x448.Key(b))), nil
		}
		return &keyPair{kind: kind, public: &x448Key{public: x448.Key(b)}}, nil
	}
	if pqOIDs.of(kind) != nil && !private {
		return pqFromPublic(kind, b)
	}
	if c := findCurve(kind); c != nil {
		g := c.group()
		if private {
			if k := ecPrivate(g, b); k != nil {
				return newPair(k), nil
			}
		} else if x, y, ok := readPoint(g, b); ok {
			return &keyPair{kind: "ec", public: &ecdsa.PublicKey{Curve: g, X: x, Y: y}}, nil
		}
	}
	return nil, errUnsupported
}

// raw gives the bytes that fromRaw takes; nil for keys that have no such form.
func (k *keyPair) raw(private bool) []byte {
	if private {
		switch p := k.private.(type) {
		case ed25519.PrivateKey:
			return p.Seed()
		case ed448.PrivateKey:
			return p.Seed()
		case *ecdh.PrivateKey:
			return p.Bytes()
		case *x448Key:
			return bytes.Clone(p.private[:])
		case *ecdsa.PrivateKey:
			return p.D.FillBytes(make([]byte, (p.Params().N.BitLen()+7)/8))
		}
		return nil
	}
	switch p := k.public.(type) {
	case pqPublic:
		return bytes.Clone(p)
	case ed25519.PublicKey:
		return bytes.Clone(p)
	case ed448.PublicKey:
		return bytes.Clone(p)
	case *ecdh.PublicKey:
		return p.Bytes()
	case *x448Key:
		return bytes.Clone(p.public[:])
	case *ecdsa.PublicKey:
		return pointBytes(p.Curve, p.X, p.Y, 'u')
	}
	return nil
}
