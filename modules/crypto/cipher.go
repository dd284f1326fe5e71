package crypto

import (
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

// cipherInfo describes a cipher as getCipherInfo does.
type cipherInfo struct {
	name, mode        string
	nid               int
	block, iv, length int
}

var ciphers = []cipherInfo{
	{"aes-128-cbc", "cbc", 419, 16, 16, 16}, {"aes-128-cfb", "cfb", 421, 1, 16, 16}, {"aes-128-cfb8", "cfb8", 653, 1, 16, 16},
	{"aes-128-ctr", "ctr", 904, 1, 16, 16}, {"aes-128-ecb", "ecb", 418, 16, 0, 16}, {"aes-128-gcm", "gcm", 895, 1, 12, 16},
	{"aes-128-ofb", "ofb", 420, 1, 16, 16},
	{"aes-192-cbc", "cbc", 423, 16, 16, 24}, {"aes-192-cfb", "cfb", 425, 1, 16, 24}, {"aes-192-cfb8", "cfb8", 654, 1, 16, 24},
	{"aes-192-ctr", "ctr", 905, 1, 16, 24}, {"aes-192-ecb", "ecb", 422, 16, 0, 24}, {"aes-192-gcm", "gcm", 898, 1, 12, 24},
	{"aes-192-ofb", "ofb", 424, 1, 16, 24},
	{"aes-256-cbc", "cbc", 427, 16, 16, 32}, {"aes-256-cfb", "cfb", 429, 1, 16, 32}, {"aes-256-cfb8", "cfb8", 655, 1, 16, 32},
	{"aes-256-ctr", "ctr", 906, 1, 16, 32}, {"aes-256-ecb", "ecb", 426, 16, 0, 32}, {"aes-256-gcm", "gcm", 901, 1, 12, 32},
	{"aes-256-ofb", "ofb", 428, 1, 16, 32},
	{"id-aes128-wrap", "wrap", 788, 8, 8, 16}, {"id-aes192-wrap", "wrap", 789, 8, 8, 24}, {"id-aes256-wrap", "wrap", 790, 8, 8, 32},
	{"aes128-wrap", "wrap", 788, 8, 8, 16}, {"aes192-wrap", "wrap", 789, 8, 8, 24}, {"aes256-wrap", "wrap", 790, 8, 8, 32},
	{"id-aes128-wrap-pad", "wrap", 897, 8, 4, 16}, {"id-aes192-wrap-pad", "wrap", 900, 8, 4, 24}, {"id-aes256-wrap-pad", "wrap", 903, 8, 4, 32},
	{"id-smime-alg-CMS3DESwrap", "wrap", 246, 8, 0, 24}, {"des3-wrap", "wrap", 246, 8, 0, 24},
	{"aes128", "cbc", 419, 16, 16, 16}, {"aes192", "cbc", 423, 16, 16, 24}, {"aes256", "cbc", 427, 16, 16, 32},
	{"chacha20-poly1305", "stream", 1018, 1, 12, 32},
	{"des-ede3", "ecb", 33, 8, 0, 24}, {"des-ede3-cbc", "cbc", 44, 8, 8, 24}, {"des-ede3-cfb", "cfb", 61, 1, 8, 24},
	{"des-ede3-ofb", "ofb", 63, 1, 8, 24}, {"des3", "cbc", 44, 8, 8, 24},
	{"id-aes128-GCM", "gcm", 895, 1, 12, 16}, {"id-aes192-GCM", "gcm", 898, 1, 12, 24}, {"id-aes256-GCM", "gcm", 901, 1, 12, 32},
}

func findCipher(name string) (cipherInfo, bool) {
	for _, c := range ciphers {
		if strings.EqualFold(c.name, name) {
			return c, true
		}
	}
	return cipherInfo{}, false
}

// authenticated tells whether the cipher has a tag.
func (c cipherInfo) authenticated() bool { return c.mode == "gcm" || c.name == "chacha20-poly1305" }

// canonical is the name that OpenSSL gives back.
func (c cipherInfo) canonical() string {
	for _, k := range ciphers {
		if k.nid == c.nid && c.mode == "gcm" && strings.HasPrefix(k.name, "id-") {
			return strings.ToLower(k.name)
		}
		if k.nid == c.nid && c.mode != "gcm" {
			if c.mode == "wrap" {
				return strings.ToLower(k.name)
			}
			return k.name
		}
	}
	return c.name
}

var (
	errKeyLength  = errors.New("key length")
	errIV         = errors.New("iv")
	errFinalBlock = errors.New("wrong final block length")
	errDecrypt    = errors.New("bad decrypt")
	errState      = errors.New("state")
	errAuth       = errors.New("auth")
	errTagLength  = errors.New("tag length")
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
	nonce     []byte
	aad       []byte
	plain     []byte // of an authenticated cipher, for its tag
	tag       []byte
	tagLength int
}

func newCrypter(info cipherInfo, encrypt bool, key, iv []byte, tagLength int) (*crypter, error) {
	if len(key) != info.length {
		return nil, errKeyLength
	}
	if info.authenticated() {
		if len(iv) == 0 {
			return nil, errIV
		}
	} else if len(iv) != info.iv {
		return nil, errIV
	}
	c := &crypter{info: info, encrypt: encrypt, padding: true, tagLength: tagLength}
	if info.name == "chacha20-poly1305" {
		if len(iv) > 12 {
			return nil, errIV
		}
		nonce := append(make([]byte, 12-len(iv)), iv...)
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
	if info.nid == 246 || strings.HasPrefix(info.name, "des") {
		b, err = des.NewTripleDESCipher(key)
	} else {
		b, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil, errKeyLength
	}
	switch info.mode {
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
	if c.wrap != nil {
		return c.wrap(data)
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
	if c.aead != nil {
		sum := c.aead.Seal(nil, c.nonce, c.plain, c.aad)[len(c.plain):]
		if c.encrypt {
			if c.tagLength == 0 {
				c.tagLength = 16
			}
			c.tag = sum[:c.tagLength]
			return nil, nil
		}
		if c.tag == nil || subtle.ConstantTimeCompare(c.tag, sum[:len(c.tag)]) != 1 {
			return nil, errAuth
		}
		return nil, nil
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

// setTag takes the tag that final checks.
func (c *crypter) setTag(tag []byte) error {
	n := len(tag)
	valid := n == 4 || n == 8 || n >= 12 && n <= 16
	if c.info.mode != "gcm" {
		valid = n > 0 && n <= 16
	}
	if !valid || c.tagLength != 0 && n != c.tagLength {
		return errTagLength
	}
	if c.encrypt || c.done || c.tag != nil {
		return errState
	}
	c.tag = append([]byte(nil), tag...)
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
