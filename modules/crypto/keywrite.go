package crypto

import (
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// marshal writes the key in DER; label is its PEM type.
func (k *keyPair) marshal(private bool, kind string) (der []byte, label string, err error) {
	only := func(what string) error {
		return coded{code: "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS", args: []any{kind, "can only be used for " + what + " keys"}}
	}
	switch {
	case kind == "pkcs1" && k.kind != "rsa":
		return nil, "", only("RSA")
	case kind == "pkcs1" && private:
		return x509.MarshalPKCS1PrivateKey(k.privateRSA()), "RSA PRIVATE KEY", nil
	case kind == "pkcs1":
		return x509.MarshalPKCS1PublicKey(k.publicRSA()), "RSA PUBLIC KEY", nil
	case kind == "sec1" && k.kind != "ec":
		return nil, "", only("EC")
	case kind == "sec1":
		var b cryptobyte.Builder
		k.addSEC1(&b, true)
		der, err = b.Bytes()
		return der, "EC PRIVATE KEY", err
	case private:
		der, err = k.pkcs8()
		return der, "PRIVATE KEY", err
	}
	der, err = k.spki()
	return der, "PUBLIC KEY", err
}

// spki is the key as SubjectPublicKeyInfo.
func (k *keyPair) spki() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		k.addAlgorithm(b)
		b.AddASN1(tag.BIT_STRING, func(b *cryptobyte.Builder) {
			b.AddUint8(0)
			switch p := k.public.(type) {
			case *rsa.PublicKey:
				b.AddBytes(x509.MarshalPKCS1PublicKey(p))
			case *dsa.PublicKey:
				b.AddASN1BigInt(p.Y)
			case *dhKey:
				b.AddASN1BigInt(p.y)
			default:
				b.AddBytes(k.raw(false))
			}
		})
	})
	return b.Bytes()
}

// pkcs8 is the key as PrivateKeyInfo.
func (k *keyPair) pkcs8() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		k.addAlgorithm(b)
		b.AddASN1(tag.OCTET_STRING, func(b *cryptobyte.Builder) {
			switch p := k.private.(type) {
			case *rsa.PrivateKey:
				b.AddBytes(x509.MarshalPKCS1PrivateKey(p))
			case *ecdsa.PrivateKey:
				k.addSEC1(b, false)
			case *dsa.PrivateKey:
				b.AddASN1BigInt(p.X)
			case *dhKey:
				b.AddASN1BigInt(p.x)
			case *pqPrivate:
				p.add(b, k.kind)
			default:
				b.AddASN1OctetString(k.raw(true))
			}
		})
	})
	return b.Bytes()
}

func (k *keyPair) addAlgorithm(b *cryptobyte.Builder) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		oid := keyOIDs.of(k.kind)
		if oid == nil {
			oid = pqOIDs.of(k.kind)
		}
		b.AddASN1ObjectIdentifier(oid)
		switch p := k.public.(type) {
		case *rsa.PublicKey:
			if k.kind == "rsa" {
				b.AddASN1NULL()
			} else if k.pss != nil {
				k.pss.add(b)
			}
		case *ecdsa.PublicKey:
			addCurve(b, p.Curve, k.explicit)
		case *dsa.PublicKey:
			addNumbers(b, p.P, p.Q, p.G)
		case *dhKey:
			addNumbers(b, p.p, p.g)
		}
	})
}

func addNumbers(b *cryptobyte.Builder, list ...*big.Int) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, n := range list {
			b.AddASN1BigInt(n)
		}
	})
}

// addSEC1 writes an ECPrivateKey.
func (k *keyPair) addSEC1(b *cryptobyte.Builder, withCurve bool) {
	key := k.private.(*ecdsa.PrivateKey)
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1OctetString(k.raw(true))
		if withCurve {
			b.AddASN1(tag.Tag(0).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) { addCurve(b, key.Curve, k.explicit) })
		}
		b.AddASN1(tag.Tag(1).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
			b.AddASN1BitString(pointBytes(key.Curve, key.X, key.Y, 'u'))
		})
	})
}

// addCurve writes the curve's name, or all its parameters.
func addCurve(b *cryptobyte.Builder, g elliptic.Curve, explicit bool) {
	c, p := curveOf(g), g.Params()
	if !explicit {
		b.AddASN1ObjectIdentifier(c.oid)
		return
	}
	a := new(big.Int).Mod(big.NewInt(c.a), p.P)
	number := func(n *big.Int) []byte { return n.FillBytes(make([]byte, size(g))) }
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1})
			b.AddASN1BigInt(p.P)
		})
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1OctetString(number(a))
			b.AddASN1OctetString(number(p.B))
			if c.seed != "" {
				seed, _ := hex.DecodeString(c.seed)
				b.AddASN1BitString(seed)
			}
		})
		b.AddASN1OctetString(pointBytes(g, p.Gx, p.Gy, 'u'))
		b.AddASN1BigInt(p.N)
		b.AddASN1Int64(1)
	})
}

// add writes the limits as RSASSA-PSS-params, without what is the default.
func (p *pssParams) add(b *cryptobyte.Builder) {
	hash := func(b *cryptobyte.Builder, name string) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(hashOIDs.of(name))
			b.AddASN1NULL()
		})
	}
	context := func(n int) tag.Tag { return tag.Tag(n).Constructed().ContextSpecific() }
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		if p.hash != "sha1" {
			b.AddASN1(context(0), func(b *cryptobyte.Builder) { hash(b, p.hash) })
		}
		if p.mgf != "sha1" {
			b.AddASN1(context(1), func(b *cryptobyte.Builder) {
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8})
					hash(b, p.mgf)
				})
			})
		}
		if p.saltLength != 20 {
			b.AddASN1(context(2), func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(p.saltLength)) })
		}
	})
}
