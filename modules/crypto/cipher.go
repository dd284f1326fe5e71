package crypto

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"
)

var (
	errKeyLength  = errors.New("key length")
	errIV         = errors.New("iv")
	errFinalBlock = errors.New("wrong final block length")
	errDecrypt    = errors.New("bad decrypt")
	errState      = errors.New("state")
	errAuth       = errors.New("auth")
	errTagLength  = errors.New("tag length")
	errLength     = errors.New("message length")
)

// crypter is the native half of Cipheriv and Decipheriv.
type crypter struct {
	info    cipherInfo
	encrypt bool
	padding bool
	done    bool

	blocks  cipher.BlockMode
	stream  cipher.Stream
	pending []byte // less than a block that waits, or the last block to be unpadded

	wrap      func([]byte) ([]byte, error)
	aead      cipher.AEAD
	sealer    sealer // of the authenticated modes that crypto/cipher has not
	nonce     []byte
	aad       []byte
	plain     []byte // of an authenticated cipher, for its tag
	started   bool   // data has been passed through
	tag       []byte
	tagLength int // -1 if nobody has said
}

// sealer is an authenticated mode: update passes data through, given what is known of additional data and of the tag, and
// final gives what is left of it and the tag that there should be.
type sealer interface {
	update(data, aad, tag []byte) ([]byte, error)
	final(aad []byte) (rest, sum []byte, err error)
}

func newCrypter(info cipherInfo, encrypt bool, key, iv []byte, tagLength int) (*crypter, error) {
	if !info.fitsIV(len(iv)) {
		return nil, errIV
	}
	if len(key) != info.length {
		return nil, errKeyLength
	}
	c := &crypter{info: info, encrypt: encrypt, padding: true, tagLength: tagLength}
	if info.canonical == "chacha20" {
		// OpenSSL's vector begins with the counter.
		s, err := chacha20.NewUnauthenticatedCipher(key, iv[4:])
		if err != nil {
			return nil, errIV
		}
		s.SetCounter(binary.LittleEndian.Uint32(iv))
		c.stream = s
		return c, nil
	}
	if info.isChaChaPoly() {
		nonce := bytes.Clone(iv)
		s, err := chacha20.NewUnauthenticatedCipher(key, nonce)
		if err != nil {
			return nil, errIV
		}
		s.SetCounter(1)
		c.stream, c.nonce = s, nonce
		c.aead, _ = chacha20poly1305.New(key)
		return c, nil
	}
	var b cipher.Block
	var err error
	switch {
	case info.nid == 246 || strings.HasPrefix(info.name, "des"):
		if len(key) == 16 {
			key = append(key[:16:16], key[:8]...)
		}
		b, err = des.NewTripleDESCipher(key)
	case info.mode == "xts":
		c.wrap, err = newXTS(key, iv, encrypt)
		return c, err
	default:
		b, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil, errKeyLength
	}
	mode := info.mode
	if mode == "cfb" && strings.HasSuffix(info.canonical, "cfb8") {
		mode = "cfb8"
	} else if mode == "cfb" && strings.HasSuffix(info.canonical, "cfb1") {
		mode = "cfb1"
	}
	switch mode {
	case "ccm":
		c.sealer = &ccm{block: b, nonce: bytes.Clone(iv), encrypt: encrypt, tagLength: tagLength, length: -1}
	case "ocb":
		c.sealer = newOCB(b, iv, encrypt, tagLength)
	case "cfb1":
		c.stream = &cfb1{block: b, register: append([]byte(nil), iv...), encrypt: encrypt}
	case "wrap":
		c.wrap = newWrap(b, iv, encrypt)
	case "cbc":
		if encrypt {
			c.blocks = cipher.NewCBCEncrypter(b, iv)
		} else {
			c.blocks = cipher.NewCBCDecrypter(b, iv)
		}
	case "ecb":
		c.blocks = ecb{b, encrypt}
	case "ctr":
		c.stream = cipher.NewCTR(b, iv)
	case "ofb":
		c.stream = newOFB(b, iv)
	case "cfb":
		c.stream = &cfb{block: b, register: append([]byte(nil), iv...), encrypt: encrypt}
	case "cfb8":
		c.stream = &cfb8{block: b, register: append([]byte(nil), iv...), encrypt: encrypt}
	case "gcm":
		c.nonce = append([]byte(nil), iv...)
		if c.aead, err = cipher.NewGCMWithNonceSize(b, len(iv)); err != nil {
			return nil, errIV
		}
		counter := gcmCounter(b, iv)
		binary.BigEndian.PutUint32(counter[12:], binary.BigEndian.Uint32(counter[12:])+1)
		c.stream = cipher.NewCTR(b, counter)
	}
	return c, nil
}

// update passes data through.
func (c *crypter) update(data []byte) ([]byte, error) {
	if c.done {
		return nil, errState
	}
	c.started = true
	if c.wrap != nil {
		return c.wrap(data)
	}
	if c.sealer != nil {
		return c.sealer.update(data, c.aad, c.tag)
	}
	if c.stream != nil {
		out := make([]byte, len(data))
		c.stream.XORKeyStream(out, data)
		if c.aead != nil {
			if c.encrypt {
				c.plain = append(c.plain, data...)
			} else {
				c.plain = append(c.plain, out...)
			}
		}
		return out, nil
	}
	size := c.blocks.BlockSize()
	c.pending = append(c.pending, data...)
	n := len(c.pending) / size * size
	if !c.encrypt && c.padding && n == len(c.pending) && n > 0 {
		n -= size // it may be padding
	}
	out := make([]byte, n)
	c.blocks.CryptBlocks(out, c.pending[:n])
	c.pending = append(c.pending[:0], c.pending[n:]...)
	return out, nil
}

func (c *crypter) final() ([]byte, error) {
	if c.done {
		return nil, errState
	}
	c.done = true
	if c.aead != nil || c.sealer != nil {
		return c.seal()
	}
	if c.stream != nil || c.wrap != nil {
		return nil, nil
	}
	size := c.blocks.BlockSize()
	switch {
	case !c.padding:
		if len(c.pending) != 0 {
			return nil, errFinalBlock
		}
		return nil, nil
	case c.encrypt:
		n := size - len(c.pending)
		for range n {
			c.pending = append(c.pending, byte(n))
		}
		out := make([]byte, size)
		c.blocks.CryptBlocks(out, c.pending)
		return out, nil
	}
	if len(c.pending) != size {
		return nil, errFinalBlock
	}
	out := make([]byte, size)
	c.blocks.CryptBlocks(out, c.pending)
	n := int(out[size-1])
	if n == 0 || n > size {
		return nil, errDecrypt
	}
	for _, p := range out[size-n:] {
		if int(p) != n {
			return nil, errDecrypt
		}
	}
	return out[:size-n], nil
}

// seal makes or checks the tag.
func (c *crypter) seal() (rest []byte, err error) {
	var sum []byte
	if c.sealer != nil {
		rest, sum, err = c.sealer.final(c.aad)
	} else {
		sum = c.aead.Seal(nil, c.nonce, c.plain, c.aad)[len(c.plain):]
	}
	switch {
	case err != nil:
		return nil, err
	case c.encrypt && c.tagLength < 0:
		c.tag = sum
	case c.encrypt:
		c.tag = sum[:c.tagLength]
	case c.tag == nil || subtle.ConstantTimeCompare(c.tag, sum[:len(c.tag)]) != 1:
		return nil, errAuth
	}
	return rest, nil
}

// setTag takes the tag that final checks.
func (c *crypter) setTag(tag []byte) error {
	n, wanted := len(tag), c.tagLength
	if wanted < 0 && c.info.mode != "gcm" {
		wanted = 16
	}
	if wanted < 0 && !c.info.fitsTag(n) || wanted >= 0 && n != wanted {
		return errTagLength
	}
	if c.encrypt || c.done || c.tag != nil {
		return errState
	}
	c.tag = append([]byte{}, tag...)
	return nil
}

// ecb is the block mode without chaining.
type ecb struct {
	cipher.Block
	encrypt bool
}

func (e ecb) CryptBlocks(dst, src []byte) {
	for n := e.BlockSize(); len(src) >= n; dst, src = dst[n:], src[n:] {
		if e.encrypt {
			e.Encrypt(dst, src)
		} else {
			e.Decrypt(dst, src)
		}
	}
}

// ofb is output feedback.
type ofb struct {
	block    cipher.Block
	register []byte
	used     int
}

func newOFB(b cipher.Block, iv []byte) *ofb {
	return &ofb{b, append([]byte(nil), iv...), b.BlockSize()}
}

func (o *ofb) XORKeyStream(dst, src []byte) {
	for i := range src {
		if o.used == len(o.register) {
			o.block.Encrypt(o.register, o.register)
			o.used = 0
		}
		dst[i] = src[i] ^ o.register[o.used]
		o.used++
	}
}

// cfb is cipher feedback by the block.
type cfb struct {
	block    cipher.Block
	register []byte
	mask     []byte
	used     int
	encrypt  bool
}

func (c *cfb) XORKeyStream(dst, src []byte) {
	for i := range src {
		if c.used == len(c.mask) {
			c.mask = make([]byte, len(c.register))
			c.block.Encrypt(c.mask, c.register)
			c.used = 0
		}
		in := src[i]
		dst[i] = in ^ c.mask[c.used]
		if c.encrypt {
			in = dst[i]
		}
		c.register[c.used] = in
		c.used++
	}
}

// cfb8 is cipher feedback by the byte.
type cfb8 struct {
	block    cipher.Block
	register []byte
	encrypt  bool
}

func (c *cfb8) XORKeyStream(dst, src []byte) {
	mask := make([]byte, len(c.register))
	for i := range src {
		c.block.Encrypt(mask, c.register)
		in := src[i]
		dst[i] = in ^ mask[0]
		if c.encrypt {
			in = dst[i]
		}
		copy(c.register, c.register[1:])
		c.register[len(c.register)-1] = in
	}
}

// cfb1 is cipher feedback by the bit.
type cfb1 struct {
	block    cipher.Block
	register []byte
	encrypt  bool
}

func (c *cfb1) XORKeyStream(dst, src []byte) {
	mask := make([]byte, len(c.register))
	for i, in := range src {
		out := byte(0)
		for bit := 7; bit >= 0; bit-- {
			c.block.Encrypt(mask, c.register)
			from := in >> bit & 1
			to := from ^ mask[0]>>7
			out |= to << bit
			if c.encrypt {
				from = to
			}
			for k := range c.register {
				next := from
				if k+1 < len(c.register) {
					next = c.register[k+1] >> 7
				}
				c.register[k] = c.register[k]<<1 | next
			}
		}
		dst[i] = out
	}
}

// gcmCounter is the first counter block: the nonce and 1 if it has 12 bytes, its GHASH otherwise.
func gcmCounter(b cipher.Block, nonce []byte) []byte {
	counter := make([]byte, 16)
	if len(nonce) == 12 {
		copy(counter, nonce)
		counter[15] = 1
		return counter
	}
	h := make([]byte, 16)
	b.Encrypt(h, h)
	padded := append([]byte(nil), nonce...)
	padded = append(padded, make([]byte, (16-len(nonce)%16)%16+8)...)
	padded = binary.BigEndian.AppendUint64(padded, uint64(len(nonce))*8)
	for ; len(padded) > 0; padded = padded[16:] {
		subtle.XORBytes(counter, counter, padded[:16])
		counter = multiply(counter, h)
	}
	return counter
}

// multiply multiplies in GCM's field, bit by bit: nonces are short.
func multiply(x, y []byte) []byte {
	z := make([]byte, 16)
	v := append([]byte(nil), y...)
	for i := range 128 {
		if x[i/8]>>(7-i%8)&1 == 1 {
			subtle.XORBytes(z, z, v)
		}
		carry := v[15] & 1
		for k := 15; k > 0; k-- {
			v[k] = v[k]>>1 | v[k-1]<<7
		}
		v[0] >>= 1
		if carry == 1 {
			v[0] ^= 0xe1
		}
	}
	return z
}
