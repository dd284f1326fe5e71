package crypto

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"hash"
	"math/big"

	"github.com/cloudflare/circl/dh/x448"
	"github.com/dop251/goja"
)

// dhkem is a KEM on top of Diffie and Hellman (RFC 9180): its number and hash, and the size of what both sides get.
type dhkem struct {
	id   uint16
	hash string
	size int
}

// dhkemOf finds the KEM of a key; ok is false if there is none.
func dhkemOf(k *keyPair) (d dhkem, ok bool) {
	switch k.kind {
	case "x25519":
		return dhkem{0x20, "sha256", 32}, true
	case "x448":
		return dhkem{0x21, "sha512", 64}, true
	case "ec":
		switch curveOf(k.public.(*ecdsa.PublicKey).Curve).jwk {
		case "P-256":
			return dhkem{0x10, "sha256", 32}, true
		case "P-384":
			return dhkem{0x11, "sha384", 48}, true
		case "P-521":
			return dhkem{0x12, "sha512", 64}, true
		}
	}
	return d, false
}

// derive makes the shared key of what both sides have computed and of the public keys.
func (d dhkem) derive(shared, ephemeral, public []byte) ([]byte, error) {
	suite := binary.BigEndian.AppendUint16([]byte("KEM"), d.id)
	h := func() hash.Hash { return newHash(d.hash)() }
	label := func(prefix []byte, name string, rest ...[]byte) []byte {
		return append(append(append(append(prefix, "HPKE-v1"...), suite...), name...), bytes.Join(rest, nil)...)
	}
	prk, err := hkdf.Extract(h, label(nil, "eae_prk", shared), nil)
	if err != nil {
		return nil, err
	}
	info := label(binary.BigEndian.AppendUint16(nil, uint16(d.size)), "shared_secret", ephemeral, public)
	return hkdf.Expand(h, prk, string(info), d.size)
}

// another makes a key of the same kind and curve.
func (k *keyPair) another() (*keyPair, error) {
	switch p := k.public.(type) {
	case *ecdh.PublicKey:
		e, err := ecdh.X25519().GenerateKey(rand.Reader)
		return newPair(e), err
	case *x448Key:
		var seed x448.Key
		rand.Read(seed[:])
		return newPair(newX448(seed)), nil
	case *ecdsa.PublicKey:
		return newPair(ecGenerate(p.Curve)), nil
	}
	return nil, errKeyType
}

// encapsulate makes a shared key and what carries it to the holder of the private key.
func (k *keyPair) encapsulate() (shared, carrier []byte, err error) {
	if s := pqKEM(k.kind); s != nil {
		public, err := s.UnmarshalBinaryPublicKey(k.public.(pqPublic))
		if err != nil {
			return nil, nil, err
		}
		carrier, shared, err = s.Encapsulate(public)
		return shared, carrier, err
	}
	if d, ok := dhkemOf(k); ok {
		e, err := k.another()
		if err != nil {
			return nil, nil, err
		}
		x, err := agree(e, k)
		if err != nil {
			return nil, nil, err
		}
		carrier = e.raw(false)
		shared, err = d.derive(x, carrier, k.raw(false))
		return shared, carrier, err
	}
	key, ok := k.public.(*rsa.PublicKey)
	if !ok || k.kind != "rsa" {
		return nil, nil, errKeyType
	}
	// RSASVE (SP 800-56B, 7.2.1.2): a number between 1 and n-1.
	z, err := rand.Int(rand.Reader, new(big.Int).Sub(key.N, big.NewInt(3)))
	if err != nil {
		return nil, nil, err
	}
	shared = z.Add(z, big.NewInt(2)).FillBytes(make([]byte, key.Size()))
	return shared, rawPublic(key, shared), nil
}

// decapsulate finds the shared key that was carried.
func (k *keyPair) decapsulate(carrier []byte) ([]byte, error) {
	if s := pqKEM(k.kind); s != nil {
		private, err := s.UnmarshalBinaryPrivateKey(k.private.(*pqPrivate).expanded)
		if err != nil {
			return nil, err
		}
		if len(carrier) != s.CiphertextSize() {
			return nil, errDecrypt
		}
		return s.Decapsulate(private, carrier)
	}
	if d, ok := dhkemOf(k); ok {
		kind := k.kind
		if p, isEC := k.public.(*ecdsa.PublicKey); isEC {
			kind = curveOf(p.Curve).names[0]
		}
		e, err := fromRaw(kind, bytes.Clone(carrier), false)
		if err != nil || len(carrier) != len(k.raw(false)) {
			return nil, errDecrypt
		}
		x, err := agree(k, e)
		if err != nil {
			return nil, err
		}
		return d.derive(x, carrier, k.raw(false))
	}
	key, ok := k.private.(*rsa.PrivateKey)
	if !ok || k.kind != "rsa" {
		return nil, errKeyType
	}
	c := new(big.Int).SetBytes(carrier)
	if len(carrier) != key.Size() || c.Cmp(big.NewInt(1)) <= 0 || c.Cmp(new(big.Int).Sub(key.N, big.NewInt(1))) >= 0 {
		return nil, errDecrypt
	}
	return rawPrivate(key, carrier), nil
}

// encapsulation adds encapsulate(key, callback) and decapsulate(key, carrier, callback) to the binding.
func (m *module) encapsulation(set func(string, func([]goja.Value) goja.Value)) {
	failed := func(operation string) error {
		return coded{code: "ERR_CRYPTO_OPERATION_FAILED", text: "Failed to perform " + operation}
	}
	set("encapsulate", func(a []goja.Value) goja.Value {
		k := m.key(a[0])
		return job(m, "KEMENCAPSULATEREQUEST", a[1], func() (pair [2][]byte, err error) {
			if pair[0], pair[1], err = k.encapsulate(); err != nil {
				err = failed("encapsulation")
			}
			return pair, err
		}, func(pair [2][]byte) goja.Value {
			o := m.vm.NewObject()
			o.Set("sharedKey", m.buffer(pair[0]))
			o.Set("ciphertext", m.buffer(pair[1]))
			return o
		})
	})
	set("decapsulate", func(a []goja.Value) goja.Value {
		k, carrier := m.key(a[0]), clone(m.bytes(a[1], nil))
		return job(m, "KEMDECAPSULATEREQUEST", a[2], func() ([]byte, error) {
			b, err := k.decapsulate(carrier)
			if err != nil {
				return nil, failed("decapsulation")
			}
			return b, nil
		}, m.buffer)
	})
}
