package crypto

import (
	"encoding/binary"
	"math/bits"
	"sync"

	"github.com/dop251/goja"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/blake2b"
)

// argon2Input are the parameters of Argon2 (RFC 9106); variant is 0 for d, 1 for i and 2 for id.
type argon2Input struct {
	variant                                uint32
	message, nonce, secret, data           []byte
	parallelism, tagLength, memory, passes uint32
}

// derive computes the tag. The library's functions, which are faster, know neither a secret nor the variant d.
func (in argon2Input) derive() []byte {
	if len(in.secret) == 0 && len(in.data) == 0 && in.parallelism < 256 {
		switch in.variant {
		case 1:
			return argon2.Key(in.message, in.nonce, in.passes, in.memory, uint8(in.parallelism), in.tagLength)
		case 2:
			return argon2.IDKey(in.message, in.nonce, in.passes, in.memory, uint8(in.parallelism), in.tagLength)
		}
	}
	return in.slowly()
}

// argon2Block is 1 KiB of the memory.
type argon2Block [128]uint64

// argon2Slices are the parts of a lane between which the lanes wait for each other.
const argon2Slices = 4

func (in argon2Input) slowly() []byte {
	number := func(b []byte, list ...uint32) []byte {
		for _, n := range list {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
		return b
	}
	h := number(nil, in.parallelism, in.tagLength, in.memory, in.passes, 0x13, in.variant)
	for _, part := range [][]byte{in.message, in.nonce, in.secret, in.data} {
		h = append(number(h, uint32(len(part))), part...)
	}
	first := blake2b.Sum512(h)
	m := argon2Memory{argon2Input: in, laneLength: in.memory / (argon2Slices * in.parallelism) * argon2Slices}
	m.blocks = make([]argon2Block, m.laneLength*in.parallelism)
	for lane := range in.parallelism {
		for i := range uint32(2) {
			raw := argon2Hash(number(first[:], i, lane), 1024)
			for k := range m.blocks[0] {
				m.blocks[lane*m.laneLength+i][k] = binary.LittleEndian.Uint64(raw[8*k:])
			}
		}
	}
	for pass := range in.passes {
		for slice := range uint32(argon2Slices) {
			var lanes sync.WaitGroup
			for lane := range in.parallelism {
				lanes.Go(func() { m.fill(pass, slice, lane) })
			}
			lanes.Wait()
		}
	}
	last := m.blocks[m.laneLength-1]
	for lane := uint32(1); lane < in.parallelism; lane++ {
		for k, w := range m.blocks[(lane+1)*m.laneLength-1] {
			last[k] ^= w
		}
	}
	raw := make([]byte, 0, 1024)
	for _, w := range last {
		raw = binary.LittleEndian.AppendUint64(raw, w)
	}
	return argon2Hash(raw, int(in.tagLength))
}

// argon2Hash is H' of the RFC: a hash of any length.
func argon2Hash(data []byte, length int) []byte {
	data = append(binary.LittleEndian.AppendUint32(nil, uint32(length)), data...)
	if length <= blake2b.Size {
		h, _ := blake2b.New(length, nil)
		h.Write(data)
		return h.Sum(nil)
	}
	v := blake2b.Sum512(data)
	out := append(make([]byte, 0, length), v[:32]...)
	for length-len(out) > blake2b.Size {
		v = blake2b.Sum512(v[:])
		out = append(out, v[:32]...)
	}
	h, _ := blake2b.New(length-len(out), nil)
	h.Write(v[:])
	return h.Sum(out)
}

type argon2Memory struct {
	argon2Input
	laneLength uint32
	blocks     []argon2Block
}

// fill computes one part of a lane.
func (m *argon2Memory) fill(pass, slice, lane uint32) {
	segment := m.laneLength / argon2Slices
	blind := m.variant == 1 || m.variant == 2 && pass == 0 && slice < argon2Slices/2
	var address, input, zero argon2Block
	input = argon2Block{uint64(pass), uint64(lane), uint64(slice), uint64(len(m.blocks)), uint64(m.passes), uint64(m.variant)}
	start := uint32(0)
	if pass == 0 && slice == 0 {
		start = 2
	}
	for i := start; i < segment; i++ {
		at := slice*segment + i
		before := (at + m.laneLength - 1) % m.laneLength
		random := m.blocks[lane*m.laneLength+before][0]
		if blind {
			if i == start || i%128 == 0 {
				input[6] = uint64(i/128) + 1
				address.mix(&input, &zero, false)
				t := address
				address.mix(&t, &zero, false)
			}
			random = address[i%128]
		}
		from := uint32(random>>32) % m.parallelism
		if pass == 0 && slice == 0 {
			from = lane
		}
		m.blocks[lane*m.laneLength+at].mix(&m.blocks[lane*m.laneLength+before],
			&m.blocks[from*m.laneLength+m.reference(pass, slice, i, from == lane, uint32(random))], pass > 0)
	}
}

// reference is the index in its lane of the block that is mixed in.
func (m *argon2Memory) reference(pass, slice, i uint32, own bool, random uint32) uint32 {
	segment := m.laneLength / argon2Slices
	area, start := slice*segment, uint32(0)
	if pass > 0 {
		area, start = m.laneLength-segment, (slice+1)%argon2Slices*segment
	}
	if own {
		area += i - 1
	} else if i == 0 {
		area--
	}
	x := uint64(random) * uint64(random) >> 32
	y := uint64(area) * x >> 32
	return uint32((uint64(start) + uint64(area) - 1 - y) % uint64(m.laneLength))
}

// mix is the compression G of two blocks; onto keeps what is there.
func (b *argon2Block) mix(x, y *argon2Block, onto bool) {
	var r, z argon2Block
	for i := range r {
		r[i] = x[i] ^ y[i]
	}
	z = r
	for i := 0; i < 128; i += 16 {
		z.permute(i, i+1, 2)
	}
	for i := 0; i < 16; i += 2 {
		z.permute(i, i+1, 16)
	}
	for i := range z {
		if z[i] ^= r[i]; onto {
			b[i] ^= z[i]
		} else {
			b[i] = z[i]
		}
	}
}

// permute is P on sixteen words, pairs of them step words apart.
func (b *argon2Block) permute(even, odd, step int) {
	at := func(i int) *uint64 {
		if i%2 == 0 {
			return &b[even+i/2*step]
		}
		return &b[odd+i/2*step]
	}
	for _, q := range [...][4]int{{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}} {
		argon2Quarter(at(q[0]), at(q[1]), at(q[2]), at(q[3]))
	}
}

func argon2Quarter(a, b, c, d *uint64) {
	add := func(x, y uint64) uint64 { return x + y + 2*uint64(uint32(x))*uint64(uint32(y)) }
	*a = add(*a, *b)
	*d = bits.RotateLeft64(*d^*a, -32)
	*c = add(*c, *d)
	*b = bits.RotateLeft64(*b^*c, -24)
	*a = add(*a, *b)
	*d = bits.RotateLeft64(*d^*a, -16)
	*c = add(*c, *d)
	*b = bits.RotateLeft64(*b^*c, -63)
}

// argon2 adds argon2(variant, message, nonce, parallelism, tag's length, memory, passes, secret, data, callback) to the binding.
func (m *module) argon2(set func(string, func([]goja.Value) goja.Value)) {
	set("argon2", func(a []goja.Value) goja.Value {
		in := argon2Input{uint32(a[0].ToInteger()), clone(m.bytes(a[1], nil)), clone(m.bytes(a[2], nil)), clone(m.bytes(a[7], nil)),
			clone(m.bytes(a[8], nil)), uint32(a[3].ToInteger()), uint32(a[4].ToInteger()), uint32(a[5].ToInteger()), uint32(a[6].ToInteger())}
		m.rt.Memory.Need(int(in.memory)*1024 + 2*int(in.tagLength))
		return job(m, "ARGON2REQUEST", a[9], func() ([]byte, error) { return in.derive(), nil }, m.buffer)
	})
}
