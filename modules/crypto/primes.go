package crypto

import (
	"bytes"
	"crypto/rand"
	"math/big"

	"github.com/dop251/goja"
)

// primeSearch looks for a random prime: of so many bits, rem modulo add, and safe: (p-1)/2 is a prime too.
type primeSearch struct {
	bits     int
	safe     bool
	add, rem *big.Int
}

// sieveLimit bounds the primes by which candidates are divided before they are tested; sieveWindow is how many are
// looked at from one random start.
const (
	sieveLimit  = 1 << 14
	sieveWindow = 1 << 14
)

// maxNumber is the size of OpenSSL's greatest numbers.
const maxNumber = (1<<31 - 1) / 256 * 8

// find returns nil if there is no such prime as far as it looks.
func (s primeSearch) find() *big.Int {
	add, rem := s.add, s.rem
	if add == nil {
		if !s.safe {
			p, _ := rand.Prime(rand.Reader, s.bits)
			return p
		}
		// 5 and 7 apart, safe primes are 11 modulo 12.
		if add, rem = big.NewInt(12), big.NewInt(11); s.bits < 4 {
			add, rem = big.NewInt(1), big.NewInt(0)
		}
	}
	one := big.NewInt(1)
	high := new(big.Int).Lsh(one, uint(s.bits))
	low := new(big.Int).Rsh(high, 1)
	if s.add == nil && s.bits > 3 {
		low.Add(low, new(big.Int).Rsh(low, 1)) // the two top bits are set
	}
	small := smallPrimes()
	for range 1000 {
		start, err := rand.Int(rand.Reader, new(big.Int).Sub(high, low))
		if err != nil {
			return nil
		}
		start.Add(start, low)
		start.Sub(start, new(big.Int).Mod(start, add)).Add(start, rem)
		if p := s.near(start, add, low, high, small); p != nil {
			return p
		}
	}
	return nil
}

// near looks at start, start+add and so on.
func (s primeSearch) near(start, add, low, high *big.Int, small []uint64) *big.Int {
	composite := make([]bool, sieveWindow)
	t := new(big.Int)
	if s.bits > 32 {
		for _, q := range small {
			divisor := new(big.Int).SetUint64(q)
			r, step := t.Mod(start, divisor).Uint64(), new(big.Int).Mod(add, divisor).Uint64()
			for i := range composite {
				if r == 0 || s.safe && r == 1 {
					composite[i] = true
				}
				if r += step; r >= q {
					r -= q
				}
			}
		}
	}
	p := new(big.Int).Set(start)
	for _, c := range composite {
		if p.Cmp(high) >= 0 {
			return nil
		}
		if !c && p.Cmp(low) >= 0 && p.ProbablyPrime(0) && (!s.safe || t.Rsh(p, 1).ProbablyPrime(20)) && p.ProbablyPrime(20) {
			return p
		}
		p.Add(p, add)
	}
	return nil
}

// smallPrimes are the odd primes below sieveLimit.
func smallPrimes() []uint64 {
	var composite [sieveLimit]bool
	var list []uint64
	for n := 3; n < sieveLimit; n += 2 {
		if composite[n] {
			continue
		}
		list = append(list, uint64(n))
		for k := n * n; k < sieveLimit; k += 2 * n {
			composite[k] = true
		}
	}
	return list
}

// primes adds generatePrime and checkPrime to the binding.
func (m *module) primes(set func(string, func([]goja.Value) goja.Value)) {
	// generatePrime(bits, safe, add, rem, bigint, callback): add and rem are bytes or undefined.
	set("generatePrime", func(a []goja.Value) goja.Value {
		s := primeSearch{bits: int(a[0].ToInteger()), safe: a[1].ToBoolean()}
		if given(a[2]) {
			s.add = new(big.Int).SetBytes(m.bytes(a[2], nil))
			s.rem = big.NewInt(1)
			if s.safe {
				s.rem.SetInt64(3)
			}
			refuse := func(name string) {
				e := m.rt.NewError("ERR_OUT_OF_RANGE", name, "", "")
				e.Set("message", "invalid options."+name)
				m.rt.Throw(e)
			}
			if given(a[3]) {
				s.rem.SetBytes(m.bytes(a[3], nil))
				if s.add.Cmp(s.rem) <= 0 {
					refuse("rem")
				}
			}
			// Else there would be one number at most that fits.
			if s.add.BitLen() > s.bits {
				refuse("add")
			}
		}
		asNumber, size := a[4].ToBoolean(), (s.bits+7)/8
		return job(m, "RANDOMPRIMEREQUEST", a[5], func() (*big.Int, error) {
			switch {
			case s.bits < 2 || s.safe && s.add == nil && (s.bits < 6 && s.bits != 3):
				return nil, plain{errBitsTooSmall}
			case s.add != nil && s.add.Sign() == 0:
				return nil, plain{openssl{"01800067", "bignum routines", "div by zero"}}
			}
			p := s.find()
			if p == nil {
				return nil, plain{openssl{"03800074", "bignum routines", "too many iterations"}}
			}
			return p, nil
		}, func(p *big.Int) goja.Value {
			if asNumber {
				return m.vm.ToValue(p)
			}
			buffer := m.rt.NewBuffer(p.FillBytes(make([]byte, size)))
			return buffer.Get("buffer")
		})
	})
	// checkPrime(bytes, rounds, callback)
	set("checkPrime", func(a []goja.Value) goja.Value {
		data, rounds := bytes.TrimLeft(m.bytes(a[0], nil), "\x00"), int(a[1].ToInteger())
		if len(data) > maxNumber {
			m.rt.Throw(m.failure(openssl{"01800072", "bignum routines", "bignum too long"}))
		}
		n := new(big.Int).SetBytes(data)
		if rounds == 0 {
			rounds = 20
		}
		return job(m, "CHECKPRIMEREQUEST", a[2], func() (bool, error) { return n.ProbablyPrime(min(rounds, 1000)), nil },
			func(ok bool) goja.Value { return m.vm.ToValue(ok) })
	})
}
