package crypto

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"math/bits"
)

const blockSize = aes.BlockSize

// ccm is counter mode with CBC-MAC (RFC 3610). It takes the whole message at once.
type ccm struct {
	block     cipher.Block
	nonce     []byte
	encrypt   bool
	tagLength int
	length    int // of the message, -1 if it has not been told
	sum       []byte
	failed    bool
}

// longest is the size of the longest message for such a vector.
func (c *ccm) longest() int {
	if n := 15 - len(c.nonce); n < 4 {
		return 1<<(8*n) - 1
	}
	return 1<<31 - 1
}

func (c *ccm) update(data, aad, tag []byte) ([]byte, error) {
	switch {
	case len(data) > c.longest():
		return nil, errLength
	case c.sum != nil || c.failed || c.length >= 0 && c.length != len(data):
		return nil, errState
	case !c.encrypt && tag == nil:
		c.failed = true
		return nil, nil
	}
	counter := append(append([]byte{byte(14 - len(c.nonce))}, c.nonce...), make([]byte, 15-len(c.nonce))...)
	stream := cipher.NewCTR(c.block, counter)
	mask := make([]byte, blockSize)
	stream.XORKeyStream(mask, mask)
	out := make([]byte, len(data))
	stream.XORKeyStream(out, data)
	plain := out
	if c.encrypt {
		plain = data
	}
	c.sum = c.mac(plain, aad)
	subtle.XORBytes(c.sum, c.sum, mask)
	if !c.encrypt && subtle.ConstantTimeCompare(tag, c.sum[:len(tag)]) != 1 {
		c.failed = true
		return nil, nil
	}
	return out, nil
}

func (c *ccm) mac(plain, aad []byte) []byte {
	n := 15 - len(c.nonce)
	first := append(append([]byte{byte((c.tagLength-2)/2<<3 | (n - 1))}, c.nonce...), make([]byte, n)...)
	for i, length := 15, len(plain); i > 15-n; i, length = i-1, length>>8 {
		first[i] = byte(length)
	}
	if len(aad) > 0 {
		first[0] |= 1 << 6
	}
	sum := make([]byte, blockSize)
	absorb := func(parts ...[]byte) {
		for data := bytes.Join(parts, nil); len(data) > 0; {
			k := subtle.XORBytes(sum, sum, data)
			c.block.Encrypt(sum, sum)
			data = data[k:]
		}
	}
	absorb(first)
	switch k := len(aad); {
	case k == 0:
	case k < 0xff00:
		absorb(binary.BigEndian.AppendUint16(nil, uint16(k)), aad)
	default:
		absorb(binary.BigEndian.AppendUint32([]byte{0xff, 0xfe}, uint32(k)), aad)
	}
	absorb(plain)
	return sum
}

func (c *ccm) final(aad []byte) (rest, sum []byte, err error) {
	if c.failed {
		return nil, nil, errAuth
	}
	if c.sum == nil {
		if _, err := c.update(nil, aad, nil); err != nil || c.failed {
			return nil, nil, errAuth
		}
	}
	return nil, c.sum, nil
}

// ocb is offset codebook mode (RFC 7253).
type ocb struct {
	block    cipher.Block
	encrypt  bool
	star     [blockSize]byte
	dollar   [blockSize]byte
	doubled  [][blockSize]byte // of dollar, again and again
	offset   [blockSize]byte
	checksum [blockSize]byte
	blocks   uint64
	pending  []byte
}

func double(x [blockSize]byte) (y [blockSize]byte) {
	for i := range x {
		y[i] = x[i] << 1
		if i+1 < len(x) {
			y[i] |= x[i+1] >> 7
		}
	}
	y[blockSize-1] ^= x[0] >> 7 * 0x87
	return y
}

func xor(x, y [blockSize]byte) (z [blockSize]byte) {
	subtle.XORBytes(z[:], x[:], y[:])
	return z
}

func newOCB(b cipher.Block, iv []byte, encrypt bool, tagLength int) *ocb {
	o := &ocb{block: b, encrypt: encrypt}
	b.Encrypt(o.star[:], o.star[:])
	o.dollar = double(o.star)
	var nonce [blockSize]byte
	copy(nonce[blockSize-len(iv):], iv)
	nonce[blockSize-1-len(iv)] |= 1
	nonce[0] |= byte(tagLength * 8 % 128 << 1)
	bottom := int(nonce[blockSize-1] & 63)
	nonce[blockSize-1] &^= 63
	stretch := make([]byte, blockSize, blockSize+8)
	b.Encrypt(stretch, nonce[:])
	for i := range 8 {
		stretch = append(stretch, stretch[i]^stretch[i+1])
	}
	for i := range o.offset {
		pair := binary.BigEndian.Uint16(append(stretch[i+bottom/8:i+bottom/8+1:i+bottom/8+1], at(stretch, i+bottom/8+1)))
		o.offset[i] = byte(pair << (bottom % 8) >> 8)
	}
	return o
}

// at is 0 beyond the end.
func at(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

// next is the mask for the block with that number, from 1.
func (o *ocb) next(number uint64) [blockSize]byte {
	n := bits.TrailingZeros64(number)
	for len(o.doubled) <= n {
		last := o.dollar
		if k := len(o.doubled); k > 0 {
			last = o.doubled[k-1]
		}
		o.doubled = append(o.doubled, double(last))
	}
	return o.doubled[n]
}

func (o *ocb) update(data, _, _ []byte) ([]byte, error) {
	o.pending = append(o.pending, data...)
	out := make([]byte, 0, len(o.pending))
	for ; len(o.pending) >= blockSize; o.pending = o.pending[blockSize:] {
		o.blocks++
		o.offset = xor(o.offset, o.next(o.blocks))
		in := [blockSize]byte(o.pending)
		t := xor(in, o.offset)
		if o.encrypt {
			o.block.Encrypt(t[:], t[:])
		} else {
			o.block.Decrypt(t[:], t[:])
		}
		t = xor(t, o.offset)
		if !o.encrypt {
			in = t
		}
		o.checksum = xor(o.checksum, in)
		out = append(out, t[:]...)
	}
	return out, nil
}

func (o *ocb) final(aad []byte) (rest, sum []byte, err error) {
	if n := len(o.pending); n > 0 {
		o.offset = xor(o.offset, o.star)
		var pad, plain [blockSize]byte
		o.block.Encrypt(pad[:], o.offset[:])
		rest = make([]byte, n)
		subtle.XORBytes(rest, o.pending, pad[:])
		if o.encrypt {
			copy(plain[:], o.pending)
		} else {
			copy(plain[:], rest)
		}
		plain[n] = 0x80
		o.checksum = xor(o.checksum, plain)
	}
	t := xor(xor(o.checksum, o.offset), o.dollar)
	o.block.Encrypt(t[:], t[:])
	t = xor(t, o.hash(aad))
	return rest, t[:], nil
}

func (o *ocb) hash(aad []byte) (sum [blockSize]byte) {
	var offset [blockSize]byte
	for number := uint64(1); len(aad) >= blockSize; number++ {
		offset = xor(offset, o.next(number))
		t := xor([blockSize]byte(aad), offset)
		o.block.Encrypt(t[:], t[:])
		sum, aad = xor(sum, t), aad[blockSize:]
	}
	if len(aad) > 0 {
		var last [blockSize]byte
		copy(last[:], aad)
		last[len(aad)] = 0x80
		t := xor(xor(offset, o.star), last)
		o.block.Encrypt(t[:], t[:])
		sum = xor(sum, t)
	}
	return sum
}

// newXTS gives the mode of disks (IEEE 1619), for which each piece of data is a sector with the same number.
func newXTS(key, iv []byte, encrypt bool) (func([]byte) ([]byte, error), error) {
	half := len(key) / 2
	if bytes.Equal(key[:half], key[half:]) {
		return nil, openssl{"1C800095", "Provider routines", "xts duplicated keys"}
	}
	data, err := aes.NewCipher(key[:half])
	if err != nil {
		return nil, errKeyLength
	}
	tweaks, err := aes.NewCipher(key[half:])
	if err != nil {
		return nil, errKeyLength
	}
	var first [blockSize]byte
	tweaks.Encrypt(first[:], iv)
	one := func(dst, src []byte, tweak [blockSize]byte) {
		t := xor([blockSize]byte(src), tweak)
		if encrypt {
			data.Encrypt(t[:], t[:])
		} else {
			data.Decrypt(t[:], t[:])
		}
		t = xor(t, tweak)
		copy(dst, t[:])
	}
	return func(in []byte) ([]byte, error) {
		if len(in) == 0 {
			return nil, nil
		}
		if len(in) < blockSize {
			return nil, errState
		}
		out, tweak := make([]byte, len(in)), first
		whole := len(in) / blockSize
		tail := len(in) % blockSize
		if tail > 0 {
			whole--
		}
		for i := range whole {
			one(out[i*blockSize:], in[i*blockSize:], tweak)
			tweak = doubleLittle(tweak)
		}
		if tail > 0 {
			// The last whole block lends its end to the piece after it.
			this, after := tweak, doubleLittle(tweak)
			if !encrypt {
				this, after = after, this
			}
			at, end := whole*blockSize, (whole+1)*blockSize
			var last [blockSize]byte
			one(last[:], in[at:], this)
			copy(out[end:], last[:tail])
			copy(last[:], in[end:])
			one(out[at:end], last[:], after)
		}
		return out, nil
	}, nil
}

// doubleLittle is double with the bytes the other way round.
func doubleLittle(x [blockSize]byte) (y [blockSize]byte) {
	for i := range x {
		y[i] = x[i] << 1
		if i > 0 {
			y[i] |= x[i-1] >> 7
		}
	}
	y[0] ^= x[blockSize-1] >> 7 * 0x87
	return y
}
