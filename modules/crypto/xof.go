package crypto

import (
	"bytes"
	"crypto/sha3"
	"encoding/binary"
	"io"
	"math/bits"

	"github.com/dop251/goja"
)

// kmac is the MAC of SP 800-185 on top of cSHAKE128 or cSHAKE256, with size bits for an output.
func kmac(strength int, key, data, customization []byte, size int) []byte {
	newXOF, rate := sha3.NewCSHAKE128, 168
	if strength == 256 {
		newXOF, rate = sha3.NewCSHAKE256, 136
	}
	x := newXOF([]byte("KMAC"), customization)
	padded := append(append(leftEncode(uint64(rate)), leftEncode(uint64(len(key))*8)...), key...)
	x.Write(append(padded, make([]byte, (rate-len(padded)%rate)%rate)...))
	x.Write(data)
	length := leftEncode(uint64(size))
	x.Write(append(length[1:], length[0]))
	return readBits(x, size)
}

// leftEncode writes a number after the number of its bytes.
func leftEncode(n uint64) []byte {
	b := bytes.TrimLeft(binary.BigEndian.AppendUint64(nil, n), "\x00")
	if len(b) == 0 {
		b = []byte{0}
	}
	return append([]byte{byte(len(b))}, b...)
}

// readBits reads so many bits; what is left of the last byte is zero.
func readBits(r io.Reader, size int) []byte {
	out := make([]byte, (size+7)/8)
	io.ReadFull(r, out)
	if n := size % 8; n != 0 {
		out[len(out)-1] &= 0xff << (8 - n)
	}
	return out
}

// turboSHAKE is TurboSHAKE128 or TurboSHAKE256 (RFC 9861): a sponge of Keccak's permutation with twelve rounds.
type turboSHAKE struct {
	state     [25]uint64
	rate      int
	domain    byte
	block     []byte
	squeezing bool
}

func newTurboSHAKE(strength int, domain byte) *turboSHAKE {
	return &turboSHAKE{rate: 200 - strength/4, domain: domain}
}

func (t *turboSHAKE) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(t.rate-len(t.block), len(p))
		t.block, p = append(t.block, p[:k]...), p[k:]
		if len(t.block) == t.rate {
			t.absorb()
		}
	}
	return n, nil
}

func (t *turboSHAKE) absorb() {
	for i := 0; i < t.rate; i += 8 {
		t.state[i/8] ^= binary.LittleEndian.Uint64(t.block[i:])
	}
	t.block = t.block[:0]
	keccak12(&t.state)
}

func (t *turboSHAKE) Read(p []byte) (int, error) {
	if !t.squeezing {
		t.squeezing = true
		t.block = append(t.block, t.domain)
		t.block = append(t.block, make([]byte, t.rate-len(t.block))...)
		t.block[t.rate-1] ^= 0x80
		t.absorb()
		t.fill()
	}
	n := 0
	for n < len(p) {
		if len(t.block) == 0 {
			keccak12(&t.state)
			t.fill()
		}
		k := copy(p[n:], t.block)
		t.block, n = t.block[k:], n+k
	}
	return n, nil
}

func (t *turboSHAKE) fill() {
	t.block = make([]byte, 0, t.rate)
	for i := range t.rate / 8 {
		t.block = binary.LittleEndian.AppendUint64(t.block, t.state[i])
	}
}

// keccakRounds are the constants of the last twelve of Keccak's rounds.
var keccakRounds = [...]uint64{0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002,
	0x8000000000000080, 0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008}

func keccak12(a *[25]uint64) {
	for _, constant := range keccakRounds {
		var c [5]uint64
		for x := range c {
			c[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20]
		}
		for x := range c {
			d := c[(x+4)%5] ^ bits.RotateLeft64(c[(x+1)%5], 1)
			for y := 0; y < 25; y += 5 {
				a[y+x] ^= d
			}
		}
		// Words wander through the state, each turned by one more than those before.
		x, y, moving := 1, 0, a[1]
		for i := range 24 {
			x, y = y, (2*x+3*y)%5
			a[5*y+x], moving = bits.RotateLeft64(moving, (i+1)*(i+2)/2), a[5*y+x]
		}
		for y := 0; y < 25; y += 5 {
			row := [5]uint64(a[y:])
			for x := range row {
				a[y+x] = row[x] ^ ^row[(x+1)%5]&row[(x+2)%5]
			}
		}
		a[0] ^= constant
	}
}

// kangaroo is KT128 or KT256 (RFC 9861), a tree of TurboSHAKE.
func kangaroo(strength int, data, customization []byte, size int) []byte {
	const chunk = 8192
	lengthEncode := func(n int) []byte {
		b := bytes.TrimLeft(binary.BigEndian.AppendUint64(nil, uint64(n)), "\x00")
		return append(b, byte(len(b)))
	}
	all := bytes.Join([][]byte{data, customization, lengthEncode(len(customization))}, nil)
	if len(all) <= chunk {
		t := newTurboSHAKE(strength, 0x07)
		t.Write(all)
		return readBits(t, size)
	}
	t := newTurboSHAKE(strength, 0x06)
	t.Write(all[:chunk])
	t.Write([]byte{3, 0, 0, 0, 0, 0, 0, 0})
	leaves := 0
	for rest := all[chunk:]; len(rest) > 0; leaves++ {
		k := min(chunk, len(rest))
		leaf := newTurboSHAKE(strength, 0x0b)
		leaf.Write(rest[:k])
		rest = rest[k:]
		t.Write(readBits(leaf, 2*strength))
	}
	t.Write(lengthEncode(leaves))
	t.Write([]byte{0xff, 0xff})
	return readBits(t, size)
}

// extendable adds xof(family, strength, data, bits, customization, extra) to the binding: extra is a function's name, a domain or
// a key.
func (m *module) extendable(set func(string, func([]goja.Value) goja.Value)) {
	set("xof", func(a []goja.Value) goja.Value {
		strength, data, size := int(a[1].ToInteger()), m.bytes(a[2], nil), int(a[3].ToInteger())
		m.rt.Memory.Need(size / 8)
		customization := []byte{}
		if given(a[4]) {
			customization = m.bytes(a[4], nil)
		}
		var out []byte
		switch a[0].String() {
		case "cSHAKE":
			var name []byte
			if given(a[5]) {
				name = m.bytes(a[5], nil)
			}
			x := sha3.NewCSHAKE128(name, customization)
			if strength == 256 {
				x = sha3.NewCSHAKE256(name, customization)
			}
			x.Write(data)
			out = readBits(x, size)
		case "TurboSHAKE":
			t := newTurboSHAKE(strength, byte(a[5].ToInteger()))
			t.Write(data)
			out = readBits(t, size)
		case "KT":
			out = kangaroo(strength, data, customization, size)
		case "KMAC":
			out = kmac(strength, m.bytes(a[5], nil), data, customization, size)
		}
		return m.buffer(out)
	})
}
