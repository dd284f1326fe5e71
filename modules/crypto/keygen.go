package crypto

import (
	"crypto/dsa"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"

	"github.com/cloudflare/circl/dh/x448"
	"github.com/cloudflare/circl/sign/ed448"
	"github.com/dop251/goja"
)

// generator reads the options of generateKeyPair, which keys.js has checked.
func (m *module) generator(o *goja.Object) (func() (*keyPair, error), error) {
	number := func(name string) int {
		v := o.Get(name)
		if !given(v) {
			return -1
		}
		return int(v.ToInteger())
	}
	kind := text(o.Get("kind"))
	bits := number("modulusLength")
	switch kind {
	case "rsa", "rsa-pss":
		exponent := number("publicExponent")
		var pss *pssParams
		if kind == "rsa-pss" {
			hash, mgf, salt := text(o.Get("hashAlgorithm")), text(o.Get("mgf1HashAlgorithm")), number("saltLength")
			if hash != "" || mgf != "" || salt >= 0 {
				var err error
				if pss, err = limits(hash, mgf, salt); err != nil {
					return nil, err
				}
			}
		}
		return func() (*keyPair, error) {
			k, err := generateRSA(bits, exponent)
			if err != nil {
				return nil, plain{err}
			}
			return &keyPair{kind: kind, private: k, public: &k.PublicKey, pss: pss}, nil
		}, nil
	case "dsa":
		divisor := number("divisorLength")
		return func() (*keyPair, error) {
			k, err := generateDSA(bits, divisor)
			if err != nil {
				return nil, plain{err}
			}
			return newPair(k), nil
		}, nil
	case "ec":
		c := findCurve(text(o.Get("namedCurve")))
		if c == nil {
			return nil, coded{code: "ERR_CRYPTO_INVALID_CURVE"}
		}
		explicit := text(o.Get("paramEncoding")) == "explicit"
		return func() (*keyPair, error) {
			k := newPair(ecGenerate(c.group()))
			k.explicit = explicit
			return k, nil
		}, nil
	case "dh":
		return m.dhGenerator(text(o.Get("group")), o.Get("prime"), number("primeLength"), number("generator"))
	case "ed25519":
		return func() (*keyPair, error) {
			_, k, err := ed25519.GenerateKey(rand.Reader)
			return newPair(k), err
		}, nil
	case "ed448":
		return func() (*keyPair, error) {
			_, k, err := ed448.GenerateKey(rand.Reader)
			return newPair(k), err
		}, nil
	case "x25519":
		return func() (*keyPair, error) {
			k, err := ecdh.X25519().GenerateKey(rand.Reader)
			return newPair(k), err
		}, nil
	}
	if pqOIDs.of(kind) != nil {
		return func() (*keyPair, error) { return pqGenerate(kind) }, nil
	}
	return func() (*keyPair, error) {
		var seed x448.Key
		rand.Read(seed[:])
		return newPair(newX448(seed)), nil
	}, nil
}

// limits are those of a new key of kind rsa-pss; what is not given has PKCS #1's default.
func limits(hash, mgf string, salt int) (*pssParams, error) {
	known := func(name, what string) (string, error) {
		p := plainHash(name)
		if hashOIDs.of(p) == nil {
			return "", coded{code: "ERR_CRYPTO_INVALID_DIGEST", args: []any{name}, text: "Invalid " + what + ": " + name}
		}
		return p, nil
	}
	p := &pssParams{hash: "sha1", mgf: "sha1", saltLength: 20}
	var err error
	if hash != "" {
		if p.hash, err = known(hash, "digest"); err != nil {
			return nil, err
		}
		p.mgf, p.saltLength = p.hash, newHash(p.hash)().Size()
	}
	if mgf != "" {
		if p.mgf, err = known(mgf, "MGF1 digest"); err != nil {
			return nil, err
		}
	}
	if salt >= 0 {
		p.saltLength = salt
	}
	return p, nil
}

// generateRSA makes a key with any public exponent; Go's library knows one.
func generateRSA(bits, exponent int) (*rsa.PrivateKey, error) {
	if bits < 512 {
		return nil, errKeySmall
	}
	if exponent < 3 || exponent&1 == 0 || exponent > 1<<31-1 {
		return nil, errExponent
	}
	if exponent == 65537 {
		return rsa.GenerateKey(rand.Reader, bits)
	}
	e, one := big.NewInt(int64(exponent)), big.NewInt(1)
	for {
		p, errP := rand.Prime(rand.Reader, bits-bits/2)
		q, errQ := rand.Prime(rand.Reader, bits/2)
		if err := errors.Join(errP, errQ); err != nil {
			return nil, err
		}
		n := new(big.Int).Mul(p, q)
		if p.Cmp(q) == 0 || n.BitLen() != bits {
			continue
		}
		totient := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, totient)
		if d == nil {
			continue
		}
		k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: exponent}, D: d, Primes: []*big.Int{p, q}}
		k.Precompute()
		return k, k.Validate()
	}
}

// generateDSA makes a key with a modulus of so many bits and a subgroup of divisor bits.
func generateDSA(bits, divisor int) (*dsa.PrivateKey, error) {
	if divisor < 0 {
		divisor = 224
		if bits >= 512 && bits < 1024 {
			return nil, errFFC
		}
	}
	if bits < 512 || divisor < 160 || divisor%8 != 0 || divisor >= bits {
		return nil, errKeymgmt
	}
	one := big.NewInt(1)
	var p, q *big.Int
	for p == nil {
		var err error
		if q, err = rand.Prime(rand.Reader, divisor); err != nil {
			return nil, err
		}
		step := new(big.Int).Lsh(q, 1)
		for range 4 * bits {
			x, err := rand.Int(rand.Reader, new(big.Int).Lsh(one, uint(bits-1)))
			if err != nil {
				return nil, err
			}
			x.SetBit(x, bits-1, 1)
			x.Sub(x, new(big.Int).Mod(x, step)).Add(x, one)
			if x.BitLen() == bits && x.ProbablyPrime(20) {
				p = x
				break
			}
		}
	}
	exponent := new(big.Int).Div(new(big.Int).Sub(p, one), q)
	g := new(big.Int)
	for h := int64(2); g.Cmp(one) <= 0; h++ {
		g.Exp(big.NewInt(h), exponent, p)
	}
	x, err := rand.Int(rand.Reader, new(big.Int).Sub(q, one))
	if err != nil {
		return nil, err
	}
	return dsaKey(dsa.Parameters{P: p, Q: q, G: g}, x.Add(x, one)), nil
}
