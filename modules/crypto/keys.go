package crypto

import (
	"bytes"
	"crypto"
	"crypto/dsa"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/pem"
	"math/big"

	"github.com/cloudflare/circl/sign/ed448"
	"github.com/dop251/goja"
)

// keyPair is the native half of an asymmetric KeyObject; private is nil for a public one. Kinds are Node's names
// and keys are, by kind: rsa, rsa-pss: of crypto/rsa; ec: of crypto/ecdsa; dsa: of crypto/dsa; dh: *dhKey;
// ed25519: of crypto/ed25519; ed448: of circl; x25519: of crypto/ecdh; x448: *x448Key; ml-dsa-*, ml-kem-*, slh-dsa-*: *pqPrivate
// and pqPublic.
type keyPair struct {
	kind    string
	private any
	public  any
	pss     *pssParams // what a key of kind rsa-pss is limited to
	// explicit: the parameters of an EC key are written out.
	explicit bool
}

// pssParams limit the use of a key of kind rsa-pss.
type pssParams struct {
	hash, mgf  string
	saltLength int
}

// Signer is the private half, if it can sign: module tls asks for it.
func (k *keyPair) Signer() crypto.Signer {
	s, _ := k.private.(crypto.Signer)
	return s
}

func newPair(private any) *keyPair {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		return &keyPair{kind: "rsa", private: k, public: &k.PublicKey}
	case *ecdsa.PrivateKey:
		return &keyPair{kind: "ec", private: k, public: &k.PublicKey}
	case *dsa.PrivateKey:
		return &keyPair{kind: "dsa", private: k, public: &k.PublicKey}
	case *dhKey:
		return &keyPair{kind: "dh", private: k, public: k}
	case ed25519.PrivateKey:
		return &keyPair{kind: "ed25519", private: k, public: k.Public()}
	case ed448.PrivateKey:
		return &keyPair{kind: "ed448", private: k, public: k.Public()}
	case *ecdh.PrivateKey:
		return &keyPair{kind: "x25519", private: k, public: k.PublicKey()}
	case *x448Key:
		return &keyPair{kind: "x448", private: k, public: k}
	}
	return nil
}

// publicOf is the pair without its private half.
func (k *keyPair) publicOf() *keyPair {
	p := *k
	p.private = nil
	return &p
}

// equal compares public halves.
func (k *keyPair) equal(other *keyPair) bool {
	if k.kind != other.kind {
		return false
	}
	x, errX := k.spki()
	y, errY := other.spki()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func (m *module) key(v goja.Value) *keyPair {
	k, ok := m.rt.Slot(v).(*keyPair)
	if !ok {
		m.rt.ThrowArgType("key", v, "KeyObject")
	}
	return k
}

// text is the string v, or "" for anything else.
func text(v goja.Value) string {
	if v == nil || !goja.IsString(v) {
		return ""
	}
	return v.String()
}

func given(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) }

// passphrase is what options say, if anything.
func (m *module) passphrase(v goja.Value) (phrase []byte, ok bool) {
	if !given(v) {
		return nil, false
	}
	return clone(m.bytes(v, nil)), true
}

// details are asymmetricKeyDetails.
func (m *module) details(k *keyPair) goja.Value {
	o := m.vm.NewObject()
	switch pub := k.public.(type) {
	case *rsa.PublicKey:
		o.Set("modulusLength", pub.N.BitLen())
		o.Set("publicExponent", big.NewInt(int64(pub.E)))
		// A length that makes no sense makes none of the limits.
		if k.pss != nil && k.pss.saltLength >= 0 {
			o.Set("hashAlgorithm", k.pss.hash)
			o.Set("mgf1HashAlgorithm", k.pss.mgf)
			o.Set("saltLength", k.pss.saltLength)
		}
	case *dsa.PublicKey:
		o.Set("modulusLength", pub.P.BitLen())
		o.Set("divisorLength", pub.Q.BitLen())
	case *ecdsa.PublicKey:
		if c := curveOf(pub.Curve); c != nil {
			o.Set("namedCurve", c.names[0])
		}
	}
	return o
}

// encode writes a key as options (format, type, cipher, passphrase) ask.
func (m *module) encode(k *keyPair, private bool, o *goja.Object) goja.Value {
	format, kind := text(o.Get("format")), text(o.Get("type"))
	if format == "jwk" {
		fields, err := k.jwk(private)
		if err != nil {
			m.rt.Throw(m.failure(err))
		}
		j := m.vm.NewObject()
		for _, f := range fields {
			j.Set(f[0], f[1])
		}
		return j
	}
	switch format {
	case rawPublicForm, rawPrivateForm, rawSeedForm:
		b, err := k.exportRaw(format, kind == "compressed")
		if err != nil {
			m.rt.Throw(m.failure(err))
		}
		return m.buffer(b)
	}
	der, label, err := k.marshal(private, kind)
	if err != nil {
		m.rt.Throw(m.failure(err))
	}
	block := &pem.Block{Type: label, Bytes: der}
	if cipher := text(o.Get("cipher")); private && cipher != "" {
		phrase, _ := m.passphrase(o.Get("passphrase"))
		if block, err = encryptKey(block, kind, cipher, phrase); err != nil {
			m.rt.Throw(m.failure(err))
		}
	}
	if format == "der" {
		return m.rt.NewBuffer(block.Bytes)
	}
	return m.vm.ToValue(string(pem.EncodeToMemory(block)))
}

// keys adds the functions of asymmetric keys to the binding.
func (m *module) keys(set func(string, func([]goja.Value) goja.Value)) {
	// keyParse(data, format, type, wantPrivate, passphrase)
	set("keyParse", func(a []goja.Value) goja.Value {
		r := keyReader{kind: text(a[2]), private: a[3].ToBoolean()}
		r.passphrase, r.hasPassphrase = m.passphrase(a[4])
		k, err := r.read(m.bytes(a[0], nil), text(a[1]) != "der")
		if err != nil {
			m.rt.Throw(m.failure(err))
		}
		return m.handle(k)
	})
	// keyFromJwk(jwk, wantPrivate)
	set("keyFromJwk", func(a []goja.Value) goja.Value {
		k, err := readJWK(func(name string) (string, bool) {
			v := a[0].(*goja.Object).Get(name)
			return text(v), v != nil && !goja.IsUndefined(v)
		}, a[1].ToBoolean())
		if err != nil {
			m.rt.Throw(m.failure(err))
		}
		return m.handle(k)
	})
	// keyImportRaw(kind, form, curve, bytes)
	set("keyImportRaw", func(a []goja.Value) goja.Value {
		k, err := importRaw(a[0].String(), a[1].String(), text(a[2]), clone(m.bytes(a[3], nil)))
		if err != nil {
			m.rt.Throw(m.failure(err))
		}
		return m.handle(k)
	})
	// keyFromRaw(kind or curve, bytes, isPrivate)
	set("keyFromRaw", func(a []goja.Value) goja.Value {
		k, err := fromRaw(a[0].String(), clone(m.bytes(a[1], nil)), a[2].ToBoolean())
		if err != nil {
			m.rt.Throw(m.failure(err))
		}
		return m.handle(k)
	})
	set("keyRaw", func(a []goja.Value) goja.Value { return m.rt.NewBuffer(m.key(a[0]).raw(a[1].ToBoolean())) })
	set("keyPublic", func(a []goja.Value) goja.Value { return m.handle(m.key(a[0]).publicOf()) })
	set("keyType", func(a []goja.Value) goja.Value { return m.vm.ToValue(m.key(a[0]).kind) })
	set("keyDetails", func(a []goja.Value) goja.Value { return m.details(m.key(a[0])) })
	set("keyEquals", func(a []goja.Value) goja.Value { return m.vm.ToValue(m.key(a[0]).equal(m.key(a[1]))) })
	set("keyExport", func(a []goja.Value) goja.Value {
		return m.encode(m.key(a[0]), a[1].ToBoolean(), a[2].(*goja.Object))
	})
	// keyGenerate(options, callback): options are checked and complete.
	set("keyGenerate", func(a []goja.Value) goja.Value {
		work, err := m.generator(a[0].(*goja.Object))
		if err != nil {
			m.rt.Throw(m.failure(err))
		}
		return job(m, "KEYPAIRGENREQUEST", a[1], work, func(k *keyPair) goja.Value { return m.handle(k) })
	})
	m.signatures(set)
	m.keyObjects(set)
	m.rsaOperations(set)
	m.encapsulation(set)
	m.exchange(set)
	m.primes(set)
	m.spkac(set)
	m.certificates(set)
}
