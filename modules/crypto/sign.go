package crypto

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"errors"
	"hash"
	"math/big"

	"github.com/dop251/goja"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	paddingPKCS1 = 1
	paddingOAEP  = 4
	paddingPSS   = 6
)

// hashID is the hash by Go's number, for PKCS #1.
func hashID(name string) crypto.Hash {
	switch plainHash(name) {
	case "md5":
		return crypto.MD5
	case "md5-sha1":
		return crypto.MD5SHA1
	case "sha1":
		return crypto.SHA1
	case "sha224":
		return crypto.SHA224
	case "sha256":
		return crypto.SHA256
	case "sha384":
		return crypto.SHA384
	case "sha512":
		return crypto.SHA512
	case "sha512-224":
		return crypto.SHA512_224
	case "sha512-256":
		return crypto.SHA512_256
	case "sha3-224":
		return crypto.SHA3_224
	case "sha3-256":
		return crypto.SHA3_256
	case "sha3-384":
		return crypto.SHA3_384
	case "sha3-512":
		return crypto.SHA3_512
	case "ripemd160":
		return crypto.RIPEMD160
	}
	return 0
}

func sumOf(h func() hash.Hash, data []byte) []byte {
	w := h()
	w.Write(data)
	return w.Sum(nil)
}

var errKeyKind = errors.New("operation not supported for this keytype")

// scheme says how to sign.
type scheme struct {
	hash       string
	padding    int
	saltLength int
	raw        bool // r and s side by side instead of in DER
}

func (s scheme) sign(k *keyPair, data []byte) ([]byte, error) {
	if key, ok := k.private.(ed25519.PrivateKey); ok {
		return ed25519.Sign(key, data), nil
	}
	name := s.hash
	if name == "" {
		name = "sha256"
	}
	sum := sumOf(newHash(name), data)
	switch key := k.private.(type) {
	case *rsa.PrivateKey:
		if s.padding == paddingPSS {
			return rsa.SignPSS(rand.Reader, key, hashID(name), sum, &rsa.PSSOptions{SaltLength: s.saltLength, Hash: hashID(name)})
		}
		return rsa.SignPKCS1v15(nil, key, hashID(name), sum)
	case *ecdsa.PrivateKey:
		if !s.raw {
			return ecdsa.SignASN1(rand.Reader, key, sum)
		}
		r, t, err := ecdsa.Sign(rand.Reader, key, sum)
		if err != nil {
			return nil, err
		}
		size := (key.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), t.FillBytes(make([]byte, size))...), nil
	}
	return nil, errKeyKind
}

func (s scheme) verify(k *keyPair, data, signature []byte) (bool, error) {
	if key, ok := k.public.(ed25519.PublicKey); ok {
		return ed25519.Verify(key, data, signature), nil
	}
	name := s.hash
	if name == "" {
		name = "sha256"
	}
	sum := sumOf(newHash(name), data)
	switch key := k.public.(type) {
	case *rsa.PublicKey:
		if s.padding == paddingPSS {
			return rsa.VerifyPSS(key, hashID(name), sum, signature, &rsa.PSSOptions{SaltLength: s.saltLength, Hash: hashID(name)}) == nil, nil
		}
		return rsa.VerifyPKCS1v15(key, hashID(name), sum, signature) == nil, nil
	case *ecdsa.PublicKey:
		if !s.raw {
			return ecdsa.VerifyASN1(key, sum, signature), nil
		}
		size := (key.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return false, nil
		}
		var b cryptobyte.Builder
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1BigInt(new(big.Int).SetBytes(signature[:size]))
			b.AddASN1BigInt(new(big.Int).SetBytes(signature[size:]))
		})
		der, err := b.Bytes()
		return err == nil && ecdsa.VerifyASN1(key, sum, der), nil
	}
	return false, errKeyKind
}

// signatures adds sign, verify and RSA encryption to the binding.
func (m *module) signatures(set func(string, func([]goja.Value) goja.Value)) {
	number := func(v goja.Value, otherwise int) int {
		if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
			return otherwise
		}
		return int(v.ToInteger())
	}
	schemeOf := func(algorithm, padding, salt, encoding goja.Value) scheme {
		s := scheme{padding: number(padding, paddingPKCS1), saltLength: number(salt, -2), raw: goja.IsString(encoding) && encoding.String() == "ieee-p1363"}
		if s.padding == paddingPSS {
			switch s.saltLength {
			case -1:
				s.saltLength = rsa.PSSSaltLengthEqualsHash
			case -2:
				s.saltLength = rsa.PSSSaltLengthAuto
			}
		}
		if goja.IsString(algorithm) {
			if s.hash = algorithm.String(); newHash(s.hash) == nil {
				m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_DIGEST", algorithm))
			}
		}
		return s
	}
	fail := func(err error) {
		e := m.rt.NewPlainError("Error", err.Error())
		e.Set("code", "ERR_CRYPTO_OPERATION_FAILED")
		m.rt.Throw(e)
	}
	set("isSignAlgorithm", func(a []goja.Value) goja.Value { return m.vm.ToValue(newHash(a[0].String()) != nil) })
	set("sign", func(a []goja.Value) goja.Value {
		b, err := schemeOf(a[0], a[3], a[4], a[5]).sign(m.key(a[2]), m.bytes(a[1], nil))
		if err != nil {
			fail(err)
		}
		return m.rt.NewBuffer(b)
	})
	set("verify", func(a []goja.Value) goja.Value {
		ok, err := schemeOf(a[0], a[4], a[5], a[6]).verify(m.key(a[2]), m.bytes(a[1], nil), m.bytes(a[3], nil))
		if err != nil {
			fail(err)
		}
		return m.vm.ToValue(ok)
	})
	oaep := func(v goja.Value) func() hash.Hash {
		if v == nil || !goja.IsString(v) {
			return sha1.New
		}
		return m.hashOf(v)
	}
	set("publicEncrypt", func(a []goja.Value) goja.Value {
		key, ok := m.key(a[0]).public.(*rsa.PublicKey)
		if !ok {
			fail(errKeyKind)
		}
		var b []byte
		var err error
		if number(a[2], paddingOAEP) == paddingPKCS1 {
			b, err = rsa.EncryptPKCS1v15(rand.Reader, key, m.bytes(a[1], nil))
		} else {
			b, err = rsa.EncryptOAEP(oaep(a[3])(), rand.Reader, key, m.bytes(a[1], nil), m.bytes(a[4], nil))
		}
		if err != nil {
			fail(err)
		}
		return m.rt.NewBuffer(b)
	})
	set("privateDecrypt", func(a []goja.Value) goja.Value {
		key, ok := m.key(a[0]).private.(*rsa.PrivateKey)
		if !ok {
			fail(errKeyKind)
		}
		var b []byte
		var err error
		if number(a[2], paddingOAEP) == paddingPKCS1 {
			b, err = rsa.DecryptPKCS1v15(nil, key, m.bytes(a[1], nil))
		} else {
			b, err = rsa.DecryptOAEP(oaep(a[3])(), nil, key, m.bytes(a[1], nil), m.bytes(a[4], nil))
		}
		if err != nil {
			e := m.opensslError("02000079", "rsa routines", "oaep decoding error", "ERR_OSSL_RSA_OAEP_DECODING_ERROR")
			m.rt.Throw(e)
		}
		return m.rt.NewBuffer(b)
	})
}
