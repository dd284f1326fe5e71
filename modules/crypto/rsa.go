package crypto

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/binary"
	"math/big"

	"github.com/dop251/goja"
)

// pssForm is a form of PSS signatures.
type pssForm struct {
	hash, mgf string
	salt      int // or saltAuto
}

// sign signs a sum. Go's library knows neither a mask with another hash nor an empty salt.
func (f pssForm) sign(key *rsa.PrivateKey, sum []byte) ([]byte, error) {
	bits := key.N.BitLen() - 1
	room := (bits+7)/8 - len(sum) - 2
	salt := f.salt
	if salt == saltAuto {
		salt = room
	}
	if room < 0 || salt > room {
		return nil, errDataTooLarge
	}
	if plainHash(f.hash) == plainHash(f.mgf) && salt != rsa.PSSSaltLengthAuto {
		return rsa.SignPSS(rand.Reader, key, hashID(f.hash), sum, &rsa.PSSOptions{SaltLength: salt, Hash: hashID(f.hash)})
	}
	random := make([]byte, salt)
	rand.Read(random)
	return rawPrivate(key, f.encode(sum, random, bits)), nil
}

// encode is EMSA-PSS-ENCODE of RFC 8017, 9.1.1.
func (f pssForm) encode(sum, salt []byte, bits int) []byte {
	em := make([]byte, (bits+7)/8)
	db := em[:len(em)-len(sum)-1]
	h := f.inner(sum, salt)
	db[len(db)-len(salt)-1] = 1
	copy(db[len(db)-len(salt):], salt)
	f.mask(db, h)
	db[0] &= 0xff >> (8*len(em) - bits)
	copy(em[len(db):], h)
	em[len(em)-1] = 0xbc
	return em
}

func (f pssForm) inner(sum, salt []byte) []byte {
	return sumOf(newHash(f.hash), append(append(make([]byte, 8), sum...), salt...))
}

// mask is MGF1 laid over db.
func (f pssForm) mask(db, seed []byte) {
	for i := uint32(0); len(db) > 0; i++ {
		block := sumOf(newHash(f.mgf), binary.BigEndian.AppendUint32(bytes.Clone(seed), i))
		n := subtle.XORBytes(db, db, block)
		db = db[n:]
	}
}

// verify is EMSA-PSS-VERIFY of RFC 8017, 9.1.2.
func (f pssForm) verify(key *rsa.PublicKey, sum, signature []byte) bool {
	bits := key.N.BitLen() - 1
	if len(signature) != key.Size() {
		return false
	}
	c := new(big.Int).SetBytes(signature)
	if c.Cmp(key.N) >= 0 {
		return false
	}
	em := c.Exp(c, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	if n := (bits + 7) / 8; n < len(em) {
		if em[0] != 0 {
			return false
		}
		em = em[1:]
	}
	if len(em) < len(sum)+2 || em[len(em)-1] != 0xbc {
		return false
	}
	db, h := em[:len(em)-len(sum)-1], em[len(em)-len(sum)-1:len(em)-1]
	top := byte(0xff >> (8*len(em) - bits))
	if db[0]&^top != 0 {
		return false
	}
	f.mask(db, h)
	db[0] &= top
	i := bytes.IndexByte(db, 1)
	if i < 0 || len(bytes.Trim(db[:i], "\x00")) != 0 || f.salt >= 0 && len(db)-i-1 != f.salt {
		return false
	}
	return bytes.Equal(h, f.inner(sum, db[i+1:]))
}

// rawPrivate is the private operation on a number, blinded so that its time tells nothing.
func rawPrivate(key *rsa.PrivateKey, data []byte) []byte {
	c := new(big.Int).SetBytes(data)
	var r, inverse *big.Int
	for inverse == nil {
		r, _ = rand.Int(rand.Reader, key.N)
		inverse = new(big.Int).ModInverse(r, key.N)
	}
	c.Mul(c, r.Exp(r, big.NewInt(int64(key.E)), key.N)).Mod(c, key.N)
	c.Exp(c, key.D, key.N)
	return c.Mul(c, inverse).Mod(c, key.N).FillBytes(make([]byte, key.Size()))
}

// rawSize checks that data is a number below the modulus, as wide as it.
func rawSize(key *rsa.PublicKey, data []byte) error {
	if len(data) < key.Size() {
		return errDataTooSmall
	}
	if len(data) > key.Size() {
		return errDataTooLarge
	}
	if new(big.Int).SetBytes(data).Cmp(key.N) >= 0 {
		return openssl{"02000084", "rsa routines", "data too large for modulus"}
	}
	return nil
}

func rawPublic(key *rsa.PublicKey, data []byte) []byte {
	n := new(big.Int).SetBytes(data)
	return n.Exp(n, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
}

// rsaUse is one of the four operations, with its options.
type rsaUse struct {
	padding int
	oaep    string
	label   []byte
}

func (u rsaUse) publicEncrypt(key *rsa.PublicKey, data []byte) ([]byte, error) {
	switch u.padding {
	case paddingPKCS1:
		b, err := rsa.EncryptPKCS1v15(rand.Reader, key, data)
		if err != nil {
			return nil, errDataTooLarge
		}
		return b, nil
	case paddingOAEP:
		b, err := rsa.EncryptOAEP(newHash(u.oaep)(), rand.Reader, key, data, u.label)
		if err != nil {
			return nil, errDataTooLarge
		}
		return b, nil
	case paddingNone:
		if err := rawSize(key, data); err != nil {
			return nil, err
		}
		return rawPublic(key, data), nil
	}
	return nil, errUnknownPad
}

func (u rsaUse) privateDecrypt(key *rsa.PrivateKey, data []byte) ([]byte, error) {
	switch u.padding {
	case paddingPKCS1:
		return nil, coded{code: "ERR_INVALID_ARG_VALUE", args: []any{"padding", "", ""}, text: "RSA_PKCS1_PADDING is no longer supported for private " +
			"decryption, this can be reverted with --security-revert=CVE-2023-46809"}
	case paddingOAEP:
		b, err := rsa.DecryptOAEP(newHash(u.oaep)(), nil, key, data, u.label)
		if err != nil {
			return nil, errOAEP
		}
		return b, nil
	case paddingNone:
		if err := rawSize(&key.PublicKey, data); err != nil {
			return nil, err
		}
		return rawPrivate(key, data), nil
	}
	return nil, errUnknownPad
}

func (u rsaUse) privateEncrypt(key *rsa.PrivateKey, data []byte) ([]byte, error) {
	switch u.padding {
	case paddingPKCS1:
		b, err := rsa.SignPKCS1v15(nil, key, 0, data)
		if err != nil {
			return nil, errDataTooLarge
		}
		return b, nil
	case paddingNone:
		if err := rawSize(&key.PublicKey, data); err != nil {
			return nil, err
		}
		return rawPrivate(key, data), nil
	}
	return nil, errUnknownPad
}

func (u rsaUse) publicDecrypt(key *rsa.PublicKey, data []byte) ([]byte, error) {
	if u.padding != paddingPKCS1 && u.padding != paddingNone {
		return nil, errUnknownPad
	}
	if u.padding == paddingNone {
		if err := rawSize(key, data); err != nil {
			return nil, err
		}
		return rawPublic(key, data), nil
	}
	if len(data) > key.Size() {
		return nil, errDataTooLarge
	}
	em := rawPublic(key, data)
	if len(em) < 11 || em[0] != 0 || em[1] != 1 {
		return nil, errPadding
	}
	end := bytes.IndexByte(em[2:], 0) + 2
	if end < 10 || len(bytes.Trim(em[2:end], "\xff")) != 0 {
		return nil, errPadding
	}
	return em[end+1:], nil
}

// rsaOperations adds publicEncrypt(key, data, padding, hash, label) and its three siblings to the binding.
func (m *module) rsaOperations(set func(string, func([]goja.Value) goja.Value)) {
	define := func(name string, padding int, f func(u rsaUse, k *keyPair, data []byte) ([]byte, error)) {
		set(name, func(a []goja.Value) goja.Value {
			u := rsaUse{padding: padding, oaep: "sha1"}
			if given(a[2]) {
				u.padding = int(uint32(a[2].ToInteger()))
			}
			if given(a[3]) {
				if u.oaep = a[3].String(); newHash(u.oaep) == nil {
					e := m.rt.NewPlainError("Error", "Invalid digest used")
					e.Set("code", "ERR_OSSL_EVP_INVALID_DIGEST")
					m.rt.Throw(e)
				}
			}
			if given(a[4]) {
				u.label = m.bytes(a[4], nil)
			}
			k := m.key(a[0])
			var b []byte
			err := error(errKeyType)
			if k.publicRSA() != nil {
				b, err = f(u, k, m.bytes(a[1], nil))
			}
			if err != nil {
				m.rt.Throw(m.failure(err))
			}
			return m.rt.NewBuffer(b)
		})
	}
	define("publicEncrypt", paddingOAEP, func(u rsaUse, k *keyPair, b []byte) ([]byte, error) { return u.publicEncrypt(k.publicRSA(), b) })
	define("privateDecrypt", paddingOAEP, func(u rsaUse, k *keyPair, b []byte) ([]byte, error) { return u.privateDecrypt(k.privateRSA(), b) })
	define("privateEncrypt", paddingPKCS1, func(u rsaUse, k *keyPair, b []byte) ([]byte, error) { return u.privateEncrypt(k.privateRSA(), b) })
	define("publicDecrypt", paddingPKCS1, func(u rsaUse, k *keyPair, b []byte) ([]byte, error) { return u.publicDecrypt(k.publicRSA(), b) })
}
