package crypto

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"gonode/internal/engine"
	"math/big"
	"strings"

	"github.com/cloudflare/circl/dh/x448"
	"github.com/dop251/goja"
)

// dhKey is a key of Diffie and Hellman: the group, and what is known of the numbers. DiffieHellman objects have one.
type dhKey struct{ p, g, x, y *big.Int }

// maxDHBits is the size of the largest modulus, OpenSSL's limit.
const maxDHBits = 10000

func newDH(p, g, x *big.Int) *dhKey { return &dhKey{p: p, g: g, x: x, y: new(big.Int).Exp(g, x, p)} }

// groups are the standard ones of RFC 2409 and RFC 3526, whose primes are 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + k).
var groups = [...]struct {
	name    string
	bits, k int64
}{
	{"modp1", 768, 149686}, {"modp2", 1024, 129093}, {"modp5", 1536, 741804}, {"modp14", 2048, 124476},
	{"modp15", 3072, 1690314}, {"modp16", 4096, 240904}, {"modp17", 6144, 929484}, {"modp18", 8192, 4743158},
}

func groupPrime(name string) *big.Int {
	for _, g := range groups {
		if !strings.EqualFold(g.name, name) {
			continue
		}
		one, n := big.NewInt(1), uint(g.bits)
		p := pi(n - 130)
		p.Add(p, big.NewInt(g.k)).Lsh(p, 64)
		p.Add(p, new(big.Int).Lsh(one, n)).Sub(p, new(big.Int).Lsh(one, n-64))
		return p.Sub(p, one)
	}
	return nil
}

// pi is [2^bits pi], by Machin's formula.
func pi(bits uint) *big.Int {
	const guard = 64
	arctan := func(inverse int64) *big.Int {
		term := new(big.Int).Lsh(big.NewInt(1), bits+guard)
		term.Div(term, big.NewInt(inverse))
		sum, square := new(big.Int).Set(term), big.NewInt(inverse*inverse)
		for i, t := int64(3), new(big.Int); term.Sign() != 0; i += 2 {
			term.Div(term, square)
			t.Div(term, big.NewInt(i))
			if i&2 != 0 {
				sum.Sub(sum, t)
			} else {
				sum.Add(sum, t)
			}
		}
		return sum
	}
	sum := arctan(5)
	sum.Lsh(sum, 2).Sub(sum, arctan(239)).Lsh(sum, 2)
	return sum.Rsh(sum, guard)
}

// generate makes the private number, unless there is one, and the public one.
func (k *dhKey) generate() error {
	if k.p.BitLen() < 512 {
		return errModulusSmall
	}
	for k.x == nil || k.x.Sign() == 0 {
		x, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(k.p.BitLen()-1)))
		if err != nil {
			return err
		}
		k.x = x
	}
	k.y = new(big.Int).Exp(k.g, k.x, k.p)
	return nil
}

// shared is the secret with the holder of y, as wide as the modulus.
func (k *dhKey) shared(y *big.Int) []byte {
	return new(big.Int).Exp(y, k.x, k.p).FillBytes(make([]byte, order(k.p)))
}

// check gives OpenSSL's DH_CHECK flags.
func (k *dhKey) check() int {
	flags, one := 0, big.NewInt(1)
	less := new(big.Int).Sub(k.p, one)
	if k.p.Bit(0) == 0 || !k.p.ProbablyPrime(20) {
		flags |= 1
	}
	if flags == 0 || k.p.BitLen() == 2 {
		if !new(big.Int).Rsh(less, 1).ProbablyPrime(20) {
			flags |= 2
		}
	}
	if k.g.Cmp(one) <= 0 || k.g.Cmp(less) >= 0 {
		flags |= 8
	}
	if k.p.BitLen() < 512 {
		flags |= 0x80
	}
	return flags
}

func (m *module) dhGenerator(group string, prime goja.Value, bits, generator int) (func() (*keyPair, error), error) {
	if generator < 0 {
		generator = 2
	}
	p := groupPrime(group)
	if group != "" && p == nil {
		return nil, coded{code: "ERR_CRYPTO_UNKNOWN_DH_GROUP"}
	}
	if given(prime) {
		p = new(big.Int).SetBytes(m.bytes(prime, nil))
	}
	return func() (*keyPair, error) {
		k := &dhKey{p: p, g: big.NewInt(int64(generator))}
		if p == nil {
			if bits < 512 {
				return nil, plain{errModulusSmall}
			}
			if bits > maxDHBits {
				return nil, plain{openssl{"02800067", "Diffie-Hellman routines", "modulus too large"}}
			}
			k.p = dhPrime(bits, generator)
		}
		if err := k.generate(); err != nil {
			return nil, plain{err}
		}
		return newPair(k), nil
	}, nil
}

// dhPrime makes a safe prime for that generator, with OpenSSL's conditions.
func dhPrime(bits, generator int) *big.Int {
	add, rem := int64(12), int64(11)
	switch generator {
	case 2:
		add, rem = 24, 23
	case 5:
		add, rem = 60, 59
	}
	return primeSearch{bits: bits, safe: true, add: big.NewInt(add), rem: big.NewInt(rem)}.find()
}

// agree is crypto.diffieHellman: the kinds of the keys are the same.
func agree(private, public *keyPair) ([]byte, error) {
	if private.kind != public.kind {
		return nil, errKeyType
	}
	switch k := private.private.(type) {
	case *dhKey:
		other, ok := public.public.(*dhKey)
		if !ok || other.p.Cmp(k.p) != 0 {
			return nil, errMismatch
		}
		return k.shared(other.y), nil
	case *ecdsa.PrivateKey:
		other, ok := public.public.(*ecdsa.PublicKey)
		if !ok || other.Curve != k.Curve {
			return nil, errMismatch
		}
		return ecShared(k, other.X, other.Y), nil
	case *ecdh.PrivateKey:
		if other, ok := public.public.(*ecdh.PublicKey); ok {
			if b, err := k.ECDH(other); err == nil {
				return b, nil
			}
		}
	case *x448Key:
		var b x448.Key
		if other, ok := public.public.(*x448Key); ok && x448.Shared(&b, k.private, &other.public) {
			return b[:], nil
		}
	}
	if private.kind != "x25519" && private.kind != "x448" {
		return nil, errKeyType
	}
	return nil, errDerivation
}

// ecdhState is the native half of an ECDH object.
type ecdhState struct {
	group elliptic.Curve
	d     *ecdsa.PrivateKey
	x, y  *big.Int // the public key, which may be set alone
}

// exchange adds the functions of DiffieHellman, ECDH and diffieHellman to the binding.
func (m *module) exchange(set func(string, func([]goja.Value) goja.Value)) {
	number := func(v goja.Value) *big.Int { return new(big.Int).SetBytes(m.bytes(v, nil)) }
	state := func(v goja.Value) *dhKey { return engine.Held[*dhKey](m.rt, v) }
	fail := func(err error) { m.rt.Throw(m.failure(err)) }
	// give is the bytes of a number; what is missing has a name.
	give := func(n *big.Int, name string) goja.Value {
		if n == nil {
			fail(coded{code: "ERR_CRYPTO_INVALID_STATE", args: []any{""}, text: "No " + name + " - did you forget to generate one?"})
		}
		return m.rt.NewBuffer(n.Bytes())
	}
	// dhNew(bits or prime, generator): numbers or bytes.
	set("dhNew", func(a []goja.Value) goja.Value {
		k := &dhKey{}
		if goja.IsNumber(a[0]) && a[0].ToInteger() < 2 {
			fail(errModulusSmall)
		}
		if goja.IsNumber(a[1]) {
			k.g = big.NewInt(a[1].ToInteger())
		} else {
			k.g = number(a[1])
		}
		if k.g.Cmp(big.NewInt(1)) <= 0 {
			fail(errGenerator)
		}
		if !goja.IsNumber(a[0]) {
			if k.p = number(a[0]); !goja.IsNumber(a[1]) && k.p.BitLen() >= 512 && k.g.Cmp(k.p) >= 0 {
				fail(errGenerator)
			}
		} else if bits := int(a[0].ToInteger()); bits < 512 || bits > maxDHBits {
			fail(coded{code: "ERR_INVALID_ARG_VALUE", args: []any{"sizeOrKey", "", ""}, text: "Invalid DH parameters"})
		} else {
			k.p = dhPrime(bits, int(k.g.Int64()))
		}
		return m.handle(k)
	})
	set("dhGroup", func(a []goja.Value) goja.Value {
		p := groupPrime(a[0].String())
		if p == nil {
			fail(coded{code: "ERR_CRYPTO_UNKNOWN_DH_GROUP"})
		}
		return m.handle(&dhKey{p: p, g: big.NewInt(2)})
	})
	set("dhCheck", func(a []goja.Value) goja.Value { return m.vm.ToValue(state(a[0]).check()) })
	set("dhGenerate", func(a []goja.Value) goja.Value {
		if err := state(a[0]).generate(); err != nil {
			fail(err)
		}
		return give(state(a[0]).y, "")
	})
	set("dhSecret", func(a []goja.Value) goja.Value {
		k, y, one := state(a[0]), number(a[1]), big.NewInt(1)
		if y.Cmp(one) <= 0 {
			fail(coded{code: "ERR_CRYPTO_INVALID_KEYLEN", text: "Supplied key is too small"})
		}
		if y.Cmp(new(big.Int).Sub(k.p, one)) >= 0 {
			fail(coded{code: "ERR_CRYPTO_INVALID_KEYLEN", text: "Supplied key is too large"})
		}
		if k.x == nil {
			fail(coded{code: "ERR_CRYPTO_OPERATION_FAILED", text: "Failed to compute shared secret"})
		}
		return m.rt.NewBuffer(k.shared(y))
	})
	set("dhGet", func(a []goja.Value) goja.Value {
		k := state(a[0])
		switch a[1].String() {
		case "prime":
			return give(k.p, "p")
		case "generator":
			return give(k.g, "g")
		case "public":
			return give(k.y, "public key")
		}
		return give(k.x, "private key")
	})
	set("dhSet", func(a []goja.Value) goja.Value {
		if k := state(a[0]); a[1].String() == "public" {
			k.y = number(a[2])
		} else {
			k.x = number(a[2])
		}
		return goja.Undefined()
	})
	// diffieHellman(private, public, callback)
	set("diffieHellman", func(a []goja.Value) goja.Value {
		private, public := m.key(a[0]), m.key(a[1])
		return job(m, "DERIVEBITSREQUEST", a[2], func() ([]byte, error) { return agree(private, public) }, m.buffer)
	})

	group := func(v goja.Value) elliptic.Curve {
		c := findCurve(v.String())
		if c == nil {
			fail(coded{code: "ERR_CRYPTO_INVALID_CURVE"})
		}
		return c.group()
	}
	ecdhOf := func(v goja.Value) *ecdhState { return engine.Held[*ecdhState](m.rt, v) }
	point := func(g elliptic.Curve, v goja.Value) (x, y *big.Int) {
		x, y, ok := readPoint(g, m.bytes(v, nil))
		if !ok {
			fail(coded{code: "ERR_CRYPTO_OPERATION_FAILED", text: "Failed to convert Buffer to EC_POINT"})
		}
		return x, y
	}
	form := func(v goja.Value) byte { return v.String()[0] }
	set("ecdhNew", func(a []goja.Value) goja.Value { return m.handle(&ecdhState{group: group(a[0])}) })
	set("ecdhGenerate", func(a []goja.Value) goja.Value {
		s := ecdhOf(a[0])
		s.d = ecGenerate(s.group)
		s.x, s.y = s.d.X, s.d.Y
		return goja.Undefined()
	})
	// ecdhSecret is undefined if the other's key is not on the curve.
	set("ecdhSecret", func(a []goja.Value) goja.Value {
		s := ecdhOf(a[0])
		if s.d == nil || s.x.Cmp(s.d.X) != 0 || s.y.Cmp(s.d.Y) != 0 {
			fail(coded{code: "ERR_CRYPTO_INVALID_KEYPAIR"})
		}
		x, y, ok := readPoint(s.group, m.bytes(a[1], nil))
		if !ok {
			return goja.Undefined()
		}
		return m.rt.NewBuffer(ecShared(s.d, x, y))
	})
	set("ecdhPublic", func(a []goja.Value) goja.Value {
		s := ecdhOf(a[0])
		if s.x == nil {
			fail(coded{code: "ERR_CRYPTO_OPERATION_FAILED", text: "Failed to get ECDH public key"})
		}
		return m.rt.NewBuffer(pointBytes(s.group, s.x, s.y, form(a[1])))
	})
	set("ecdhPrivate", func(a []goja.Value) goja.Value {
		s := ecdhOf(a[0])
		if s.d == nil {
			fail(coded{code: "ERR_CRYPTO_OPERATION_FAILED", text: "Failed to get ECDH private key"})
		}
		return m.rt.NewBuffer(s.d.D.Bytes())
	})
	set("ecdhSetPublic", func(a []goja.Value) goja.Value {
		s := ecdhOf(a[0])
		s.x, s.y = point(s.group, a[1])
		return goja.Undefined()
	})
	set("ecdhSetPrivate", func(a []goja.Value) goja.Value {
		s := ecdhOf(a[0])
		d := ecPrivate(s.group, m.bytes(a[1], nil))
		if d == nil {
			fail(coded{code: "ERR_CRYPTO_INVALID_KEYTYPE", text: "Private key is not valid for specified curve."})
		}
		s.d, s.x, s.y = d, d.X, d.Y
		return goja.Undefined()
	})
	set("ecdhConvert", func(a []goja.Value) goja.Value {
		g := group(a[1])
		x, y := point(g, a[0])
		return m.rt.NewBuffer(pointBytes(g, x, y, form(a[2])))
	})
	set("getCurves", func([]goja.Value) goja.Value {
		names := make([]any, len(curves))
		for i, c := range curves {
			names[i] = c.names[0]
		}
		return m.vm.NewArray(names...)
	})
}
