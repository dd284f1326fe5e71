package crypto

import (
	"crypto"
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"hash"
	"math/big"

	"github.com/cloudflare/circl/sign/ed448"
	"github.com/dop251/goja"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	paddingPKCS1 = 1
	paddingNone  = 3
	paddingOAEP  = 4
	paddingPSS   = 6
	saltDigest   = -1
	saltAuto     = -2
)

// hashID is the hash by Go's number, for PKCS #1.
func hashID(name string) crypto.Hash {
	return map[string]crypto.Hash{"md5": crypto.MD5, "md5-sha1": crypto.MD5SHA1, "sha1": crypto.SHA1, "sha224": crypto.SHA224,
		"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512, "sha512-224": crypto.SHA512_224,
		"sha512-256": crypto.SHA512_256, "sha3-224": crypto.SHA3_224, "sha3-256": crypto.SHA3_256, "sha3-384": crypto.SHA3_384,
		"sha3-512": crypto.SHA3_512, "ripemd160": crypto.RIPEMD160}[plainHash(name)]
}

func sumOf(h func() hash.Hash, data []byte) []byte {
	w := h()
	w.Write(data)
	return w.Sum(nil)
}

// scheme says how to sign.
type scheme struct {
	hash    string
	oneShot bool // sign() and verify(), which alone can use keys that do their own hashing
	padding int  // 0: the key's own
	salt    *int
	raw     bool // r and s side by side instead of in DER
	context []byte
}

// prepare checks that the key may be used so, and completes the scheme.
func (s *scheme) prepare(k *keyPair) error {
	whole := k.kind == "ed25519" || k.kind == "ed448" || pqSigner(k.kind) != nil
	switch {
	case len(s.context) > 255:
		return coded{code: "ERR_OUT_OF_RANGE", args: []any{"context", "", ""}, text: "context string must be at most 255 bytes"}
	case len(s.context) > 0 && !whole:
		return coded{code: "ERR_CRYPTO_OPERATION_FAILED", text: "Context parameter is unsupported"}
	case whole && !s.oneShot:
		return coded{code: "ERR_CRYPTO_UNSUPPORTED_OPERATION"}
	case whole && s.hash != "":
		return errInvalidDigest
	case whole:
		return nil
	case k.kind == "dh" || k.kind == "x25519" || k.kind == "x448" || pqKEM(k.kind) != nil:
		return errKeyType
	}
	if s.hash == "" {
		s.hash = "sha256"
	}
	if k.kind != "rsa" && k.kind != "rsa-pss" {
		return nil
	}
	if s.padding == 0 {
		s.padding = paddingPKCS1
		if k.kind == "rsa-pss" {
			s.padding = paddingPSS
		}
	}
	if s.padding != paddingPSS && (s.padding != paddingPKCS1 || k.kind == "rsa-pss") {
		return errPadMode
	}
	if k.pss != nil {
		if k.pss.saltLength < 0 {
			return openssl{"1C800070", "Provider routines", "invalid salt length"}
		}
		if s.salt == nil {
			s.salt = &k.pss.saltLength
		} else if *s.salt >= 0 && *s.salt < k.pss.saltLength {
			return errSaltTooSmall
		}
		if plainHash(s.hash) != k.pss.hash {
			return errDigestDenied
		}
	}
	if hashID(s.hash) == 0 {
		return errInvalidDigest
	}
	return nil
}

// pss is the form of a PSS signature.
func (s *scheme) pss(k *keyPair, key *rsa.PublicKey) pssForm {
	f := pssForm{hash: s.hash, mgf: s.hash, salt: saltAuto}
	if k.pss != nil {
		f.mgf = k.pss.mgf
	}
	if s.salt != nil {
		f.salt = *s.salt
	}
	if f.salt == saltDigest {
		f.salt = newHash(s.hash)().Size()
	}
	return f
}

// order is the size of a number in a signature.
func order(n *big.Int) int { return (n.BitLen() + 7) / 8 }

func sideBySide(r, s *big.Int, size int) []byte {
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

func inDER(r, s *big.Int) []byte {
	var b cryptobyte.Builder
	addNumbers(&b, r, s)
	der, _ := b.Bytes()
	return der
}

// fromDER reads a signature strictly; nothing may follow.
func fromDER(der []byte) (r, s *big.Int, ok bool) {
	r, s = new(big.Int), new(big.Int)
	in, list := cryptobyte.String(der), cryptobyte.String(nil)
	ok = in.ReadASN1(&list, asn1.SEQUENCE) && in.Empty() && list.ReadASN1Integer(r) && list.ReadASN1Integer(s) && list.Empty()
	return r, s, ok
}

func (s scheme) sign(k *keyPair, data []byte) ([]byte, error) {
	if err := s.prepare(k); err != nil {
		return nil, err
	}
	switch key := k.private.(type) {
	case ed25519.PrivateKey:
		return key.Sign(nil, data, &ed25519.Options{Context: string(s.context)})
	case ed448.PrivateKey:
		return ed448.Sign(key, data, string(s.context)), nil
	case *pqPrivate:
		return pqSign(k.kind, key, data, s.context)
	case *rsa.PrivateKey:
		sum := sumOf(newHash(s.hash), data)
		if s.padding == paddingPSS {
			return s.pss(k, &key.PublicKey).sign(key, sum)
		}
		b, err := rsa.SignPKCS1v15(nil, key, hashID(s.hash), sum)
		if err != nil {
			return nil, openssl{"02000070", "rsa routines", "digest too big for rsa key"}
		}
		return b, nil
	case *ecdsa.PrivateKey:
		r, t, err := ecdsa.Sign(rand.Reader, key, sumOf(newHash(s.hash), data))
		if err != nil {
			return nil, err
		}
		if s.raw {
			return sideBySide(r, t, order(key.Params().N)), nil
		}
		return inDER(r, t), nil
	case *dsa.PrivateKey:
		n := order(key.Q)
		sum := sumOf(newHash(s.hash), data)
		r, t, err := dsa.Sign(rand.Reader, key, sum[:min(n, len(sum))])
		if err != nil {
			return nil, err
		}
		if s.raw {
			return sideBySide(r, t, n), nil
		}
		return inDER(r, t), nil
	}
	return nil, errKeyType
}

func (s scheme) verify(k *keyPair, data, signature []byte) (bool, error) {
	if err := s.prepare(k); err != nil {
		return false, err
	}
	// numbers are r and s of the signature.
	numbers := func(n int) (r, t *big.Int, ok bool) {
		if !s.raw {
			return fromDER(signature)
		}
		if len(signature) != 2*n {
			return nil, nil, false
		}
		return new(big.Int).SetBytes(signature[:n]), new(big.Int).SetBytes(signature[n:]), true
	}
	switch key := k.public.(type) {
	case ed25519.PublicKey:
		return ed25519.VerifyWithOptions(key, data, signature, &ed25519.Options{Context: string(s.context)}) == nil, nil
	case ed448.PublicKey:
		return ed448.Verify(key, data, signature, string(s.context)), nil
	case pqPublic:
		return pqVerify(k.kind, key, data, signature, s.context), nil
	case *rsa.PublicKey:
		sum := sumOf(newHash(s.hash), data)
		if s.padding == paddingPSS {
			return s.pss(k, key).verify(key, sum, signature), nil
		}
		return rsa.VerifyPKCS1v15(key, hashID(s.hash), sum, signature) == nil, nil
	case *ecdsa.PublicKey:
		r, t, ok := numbers(order(key.Params().N))
		return ok && inRange(key.Curve, r) && inRange(key.Curve, t) && ecdsa.Verify(key, sumOf(newHash(s.hash), data), r, t), nil
	case *dsa.PublicKey:
		n := order(key.Q)
		r, t, ok := numbers(n)
		sum := sumOf(newHash(s.hash), data)
		return ok && dsa.Verify(key, sum[:min(n, len(sum))], r, t), nil
	}
	return false, errKeyType
}

func inRange(g elliptic.Curve, n *big.Int) bool { return n.Sign() > 0 && n.Cmp(g.Params().N) < 0 }

// signatures adds sign and verify to the binding.
func (m *module) signatures(set func(string, func([]goja.Value) goja.Value)) {
	// schemeOf reads hash, padding, salt length, encoding and context.
	schemeOf := func(oneShot bool, a ...goja.Value) scheme {
		s := scheme{oneShot: oneShot, raw: text(a[3]) == "ieee-p1363"}
		if given(a[1]) {
			s.padding = int(a[1].ToInteger())
		}
		if given(a[2]) {
			n := int(a[2].ToInteger())
			s.salt = &n
		}
		if s.hash = text(a[0]); s.hash != "" && newHash(s.hash) == nil {
			m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_DIGEST", a[0]))
		}
		if given(a[4]) {
			s.context = clone(m.bytes(a[4], nil))
		}
		return s
	}
	set("isSignAlgorithm", func(a []goja.Value) goja.Value { return m.vm.ToValue(newHash(a[0].String()) != nil) })
	// sign(hash, data, key, padding, salt length, encoding, context, oneShot, callback)
	set("sign", func(a []goja.Value) goja.Value {
		s, k, data := schemeOf(a[7].ToBoolean(), a[0], a[3], a[4], a[5], a[6]), m.key(a[2]), clone(m.bytes(a[1], nil))
		return job(m, "SIGNREQUEST", a[8], func() ([]byte, error) { return s.sign(k, data) }, m.buffer)
	})
	// verify(hash, data, key, signature, padding, salt length, encoding, context, oneShot, callback)
	set("verify", func(a []goja.Value) goja.Value {
		s, k := schemeOf(a[8].ToBoolean(), a[0], a[4], a[5], a[6], a[7]), m.key(a[2])
		data, signature := clone(m.bytes(a[1], nil)), clone(m.bytes(a[3], nil))
		return job(m, "SIGNREQUEST", a[9], func() (bool, error) { return s.verify(k, data, signature) }, func(ok bool) goja.Value { return m.vm.ToValue(ok) })
	})
}
