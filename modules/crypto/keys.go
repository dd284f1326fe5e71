package crypto

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"

	"github.com/dop251/goja"
)

// keyPair is the native half of an asymmetric KeyObject; private is nil for a public one.
type keyPair struct {
	private crypto.PrivateKey
	public  crypto.PublicKey
}

type withPublic interface{ Public() crypto.PublicKey }

func newPair(private any) *keyPair {
	return &keyPair{private: private, public: private.(withPublic).Public()}
}

func (k *keyPair) kind() string {
	switch k.public.(type) {
	case *rsa.PublicKey:
		return "rsa"
	case *ecdsa.PublicKey:
		return "ec"
	case ed25519.PublicKey:
		return "ed25519"
	case *ecdh.PublicKey:
		return "x25519"
	}
	return ""
}

// curves are the curves by the names of OpenSSL and of JWK.
var curves = []struct {
	names []string
	jwk   string
	curve func() elliptic.Curve
}{
	{[]string{"prime256v1", "P-256", "secp256r1"}, "P-256", elliptic.P256},
	{[]string{"secp224r1", "P-224"}, "", elliptic.P224},
	{[]string{"secp384r1", "P-384"}, "P-384", elliptic.P384},
	{[]string{"secp521r1", "P-521"}, "P-521", elliptic.P521},
}

func curveOf(name string) elliptic.Curve {
	for _, c := range curves {
		for _, n := range c.names {
			if n == name {
				return c.curve()
			}
		}
	}
	return nil
}

func curveName(c elliptic.Curve) (name, jwk string) {
	for _, k := range curves {
		if k.curve() == c {
			return k.names[0], k.jwk
		}
	}
	return "", ""
}

var errNoKey = errors.New("no key")

// parsePrivate reads a private key in DER of any of its wrappings.
func parsePrivate(der []byte) (*keyPair, error) {
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return newPair(k), nil
	}
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return newPair(k), nil
	}
	if k, err := x509.ParseECPrivateKey(der); err == nil {
		return newPair(k), nil
	}
	return nil, errNoKey
}

func parsePublic(der []byte) (*keyPair, error) {
	if k, err := x509.ParsePKIXPublicKey(der); err == nil {
		return &keyPair{public: k}, nil
	}
	if k, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return &keyPair{public: k}, nil
	}
	if c, err := x509.ParseCertificate(der); err == nil {
		return &keyPair{public: c.PublicKey}, nil
	}
	return nil, errNoKey
}

// parseKey reads a key; a private one will do where a public one is wanted.
func parseKey(data []byte, isPEM, wantPrivate bool) (*keyPair, error) {
	if !isPEM {
		if k, err := parsePrivate(data); err == nil || wantPrivate {
			return k, err
		}
		return parsePublic(data)
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if k, err := parsePrivate(block.Bytes); err == nil {
			return k, nil
		}
		if !wantPrivate {
			if k, err := parsePublic(block.Bytes); err == nil {
				return k, nil
			}
		}
	}
	return nil, errNoKey
}

// export writes the key in DER; label is its PEM type.
func (k *keyPair) export(private bool, kind string) (der []byte, label string, err error) {
	switch {
	case private && kind == "pkcs1":
		if r, ok := k.private.(*rsa.PrivateKey); ok {
			return x509.MarshalPKCS1PrivateKey(r), "RSA PRIVATE KEY", nil
		}
	case private && kind == "sec1":
		if e, ok := k.private.(*ecdsa.PrivateKey); ok {
			der, err = x509.MarshalECPrivateKey(e)
			return der, "EC PRIVATE KEY", err
		}
	case private:
		der, err = x509.MarshalPKCS8PrivateKey(k.private)
		return der, "PRIVATE KEY", err
	case kind == "pkcs1":
		if r, ok := k.public.(*rsa.PublicKey); ok {
			return x509.MarshalPKCS1PublicKey(r), "RSA PUBLIC KEY", nil
		}
	default:
		der, err = x509.MarshalPKIXPublicKey(k.public)
		return der, "PUBLIC KEY", err
	}
	return nil, "", errNoKey
}

// jwk is the key as JSON Web Key, in the order in which Node lists the fields.
func (k *keyPair) jwk(private bool) [][2]string {
	enc := base64.RawURLEncoding.EncodeToString
	pad := func(n *big.Int, size int) string { return enc(n.FillBytes(make([]byte, size))) }
	switch pub := k.public.(type) {
	case *rsa.PublicKey:
		list := [][2]string{{"kty", "RSA"}, {"n", enc(pub.N.Bytes())}, {"e", enc(big.NewInt(int64(pub.E)).Bytes())}}
		if r, ok := k.private.(*rsa.PrivateKey); ok && private {
			list = append(list, [2]string{"d", enc(r.D.Bytes())}, [2]string{"p", enc(r.Primes[0].Bytes())}, [2]string{"q", enc(r.Primes[1].Bytes())},
				[2]string{"dp", enc(r.Precomputed.Dp.Bytes())}, [2]string{"dq", enc(r.Precomputed.Dq.Bytes())}, [2]string{"qi", enc(r.Precomputed.Qinv.Bytes())})
		}
		return list
	case *ecdsa.PublicKey:
		_, name := curveName(pub.Curve)
		size := (pub.Params().BitSize + 7) / 8
		list := [][2]string{{"crv", name}, {"kty", "EC"}, {"x", pad(pub.X, size)}, {"y", pad(pub.Y, size)}}
		if e, ok := k.private.(*ecdsa.PrivateKey); ok && private {
			list = append(list[:2:2], [2]string{"d", pad(e.D, size)}, list[2], list[3])
		}
		return list
	case ed25519.PublicKey:
		list := [][2]string{{"crv", "Ed25519"}}
		if e, ok := k.private.(ed25519.PrivateKey); ok && private {
			list = append(list, [2]string{"d", enc(e.Seed())})
		}
		return append(list, [2]string{"x", enc(pub)}, [2]string{"kty", "OKP"})
	}
	return nil
}

// fromJWK reads a JSON Web Key; field gives the bytes of a base64url field.
func fromJWK(kty, crv string, field func(string) []byte) (*keyPair, error) {
	n := func(name string) *big.Int { return new(big.Int).SetBytes(field(name)) }
	switch kty {
	case "RSA":
		pub := rsa.PublicKey{N: n("n"), E: int(n("e").Int64())}
		if field("d") == nil {
			return &keyPair{public: &pub}, nil
		}
		k := &rsa.PrivateKey{PublicKey: pub, D: n("d"), Primes: []*big.Int{n("p"), n("q")}}
		if err := k.Validate(); err != nil {
			return nil, err
		}
		k.Precompute()
		return newPair(k), nil
	case "EC":
		c := curveOf(crv)
		if c == nil {
			return nil, errNoKey
		}
		pub := ecdsa.PublicKey{Curve: c, X: n("x"), Y: n("y")}
		if _, err := pub.ECDH(); err != nil && crv != "P-224" {
			return nil, err
		}
		if field("d") == nil {
			return &keyPair{public: &pub}, nil
		}
		return newPair(&ecdsa.PrivateKey{PublicKey: pub, D: n("d")}), nil
	case "OKP":
		if d := field("d"); crv == "Ed25519" && len(d) == ed25519.SeedSize {
			return newPair(ed25519.NewKeyFromSeed(d)), nil
		}
		if x := field("x"); crv == "Ed25519" && len(x) == ed25519.PublicKeySize {
			return &keyPair{public: ed25519.PublicKey(x)}, nil
		}
	}
	return nil, errNoKey
}

func generate(kind string, bits int, exponent int, curve string) (*keyPair, error) {
	switch kind {
	case "rsa":
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		return newPair(k), nil
	case "ec":
		k, err := ecdsa.GenerateKey(curveOf(curve), rand.Reader)
		if err != nil {
			return nil, err
		}
		return newPair(k), nil
	case "x25519":
		k, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return &keyPair{private: k, public: k.PublicKey()}, nil
	}
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return newPair(k), nil
}

func (m *module) key(v goja.Value) *keyPair {
	k, ok := m.rt.Slot(v).(*keyPair)
	if !ok {
		m.rt.ThrowArgType("key", v, "KeyObject")
	}
	return k
}

func (m *module) unreadable() {
	m.rt.Throw(m.opensslError("1E08010C", "DECODER routines", "unsupported", "ERR_OSSL_UNSUPPORTED"))
}

// keys adds the functions of asymmetric keys to the binding.
func (m *module) keys(set func(string, func([]goja.Value) goja.Value)) {
	text := func(v goja.Value) string {
		if v == nil || !goja.IsString(v) {
			return ""
		}
		return v.String()
	}
	set("keyParse", func(a []goja.Value) goja.Value {
		data := m.bytes(a[0], nil)
		k, err := parseKey(data, text(a[1]) != "der", a[3].ToBoolean())
		if err != nil {
			m.unreadable()
		}
		return m.handle(k)
	})
	set("keyFromJwk", func(a []goja.Value) goja.Value {
		o := a[0].(*goja.Object)
		k, err := fromJWK(text(o.Get("kty")), text(o.Get("crv")), func(name string) []byte {
			v := text(o.Get(name))
			if v == "" {
				return nil
			}
			b, err := base64.RawURLEncoding.DecodeString(v)
			if err != nil {
				return nil
			}
			return b
		})
		if err != nil || a[1].ToBoolean() && k.private == nil {
			m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_JWK"))
		}
		return m.handle(k)
	})
	set("keyPublic", func(a []goja.Value) goja.Value { return m.handle(&keyPair{public: m.key(a[0]).public}) })
	set("keyType", func(a []goja.Value) goja.Value { return m.vm.ToValue(m.key(a[0]).kind()) })
	set("keyDetails", func(a []goja.Value) goja.Value {
		o := m.vm.NewObject()
		switch pub := m.key(a[0]).public.(type) {
		case *rsa.PublicKey:
			o.Set("modulusLength", pub.N.BitLen())
			o.Set("publicExponent", big.NewInt(int64(pub.E)))
		case *ecdsa.PublicKey:
			name, _ := curveName(pub.Curve)
			o.Set("namedCurve", name)
		}
		return o
	})
	set("keyEquals", func(a []goja.Value) goja.Value {
		x, y := m.key(a[0]), m.key(a[1])
		type equaler interface{ Equal(crypto.PublicKey) bool }
		e, ok := x.public.(equaler)
		return m.vm.ToValue(ok && e.Equal(y.public))
	})
	set("keyExport", func(a []goja.Value) goja.Value {
		k, private, o := m.key(a[0]), a[1].ToBoolean(), a[2].(*goja.Object)
		if text(o.Get("format")) == "jwk" {
			list := k.jwk(private)
			if list == nil {
				m.rt.Throw(m.rt.NewError("ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE"))
			}
			j := m.vm.NewObject()
			for _, f := range list {
				j.Set(f[0], f[1])
			}
			return j
		}
		kind := text(o.Get("type"))
		der, label, err := k.export(private, kind)
		if err != nil {
			what := map[string]string{"pkcs1": "can only be used for RSA keys", "sec1": "can only be used for EC keys"}[kind]
			m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS", kind, what))
		}
		if text(o.Get("format")) == "der" {
			return m.rt.NewBuffer(der)
		}
		return m.vm.ToValue(string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})))
	})
	set("keyGenerate", func(a []goja.Value) goja.Value {
		list := a[0].(*goja.Object)
		kind, second := list.Get("0").String(), list.Get("1")
		bits, curve := 0, ""
		if kind == "rsa" {
			bits = int(second.ToInteger())
		} else if kind == "ec" {
			if curve = second.String(); curveOf(curve) == nil {
				m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_CURVE"))
			}
		}
		fn, async := goja.AssertFunction(a[1])
		if !async {
			k, err := generate(kind, bits, 0, curve)
			if err != nil {
				m.rt.Throw(m.rt.NewPlainError("Error", err.Error()))
			}
			return m.handle(k)
		}
		context := m.rt.AsyncContext()
		m.rt.Loop().Go(func() func() {
			k, err := generate(kind, bits, 0, curve)
			return func() {
				m.rt.Enter(func() {
					m.rt.SetAsyncContext(context)
					if err != nil {
						m.rt.Call(fn, goja.Undefined(), m.rt.NewPlainError("Error", err.Error()))
					} else {
						m.rt.Call(fn, goja.Undefined(), goja.Null(), m.handle(k))
					}
				})
			}
		})
		return goja.Undefined()
	})
	m.signatures(set)
}
