package crypto

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"slices"
)

// newWrap makes the work of a cipher that wraps keys: all data in one piece.
func newWrap(b cipher.Block, iv []byte, encrypt bool) func([]byte) ([]byte, error) {
	iv = clone(iv)
	switch {
	case b.BlockSize() == 8 && encrypt:
		return func(key []byte) ([]byte, error) { return wrapDES(b, key) }
	case b.BlockSize() == 8:
		return func(data []byte) ([]byte, error) { return unwrapDES(b, data) }
	case len(iv) == 4 && encrypt:
		return func(key []byte) ([]byte, error) { return wrapPadded(b, iv, key) }
	case len(iv) == 4:
		return func(data []byte) ([]byte, error) { return unwrapPadded(b, iv, data) }
	case encrypt:
		return func(key []byte) ([]byte, error) {
			if len(key) < 16 || len(key)%8 != 0 {
				return nil, errState
			}
			return wrapAES(b, iv, key), nil
		}
	}
	return func(data []byte) ([]byte, error) {
		if len(data) < 24 || len(data)%8 != 0 {
			return nil, errState
		}
		start, key := unwrapAES(b, data)
		if subtle.ConstantTimeCompare(start, iv) != 1 {
			return nil, errState
		}
		return key, nil
	}
}

// wrapAES is the wrapping process of RFC 3394, 2.2.1.
func wrapAES(b cipher.Block, iv, key []byte) []byte {
	n := len(key) / 8
	out := append(append(make([]byte, 0, 8+len(key)), iv...), key...)
	var block [16]byte
	copy(block[:8], iv)
	for j := range 6 {
		for i := 1; i <= n; i++ {
			r := out[8*i : 8*i+8]
			copy(block[8:], r)
			b.Encrypt(block[:], block[:])
			binary.BigEndian.PutUint64(block[:8], binary.BigEndian.Uint64(block[:8])^uint64(n*j+i))
			copy(r, block[8:])
		}
	}
	copy(out, block[:8])
	return out
}

// unwrapAES is the inverse, which gives what the initial value should be.
func unwrapAES(b cipher.Block, data []byte) (start, key []byte) {
	n := len(data)/8 - 1
	key = clone(data[8:])
	var block [16]byte
	copy(block[:8], data)
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			r := key[8*i-8 : 8*i]
			binary.BigEndian.PutUint64(block[:8], binary.BigEndian.Uint64(block[:8])^uint64(n*j+i))
			copy(block[8:], r)
			b.Decrypt(block[:], block[:])
			copy(r, block[8:])
		}
	}
	return clone(block[:8]), key
}

// wrapPadded is RFC 5649.
func wrapPadded(b cipher.Block, iv, key []byte) ([]byte, error) {
	if len(key) == 0 {
		return nil, errState
	}
	start := binary.BigEndian.AppendUint32(clone(iv), uint32(len(key)))
	padded := append(clone(key), make([]byte, (8-len(key)%8)%8)...)
	if len(padded) == 8 {
		out := append(start, padded...)
		b.Encrypt(out, out)
		return out, nil
	}
	return wrapAES(b, start, padded), nil
}

func unwrapPadded(b cipher.Block, iv, data []byte) ([]byte, error) {
	if len(data) < 16 || len(data)%8 != 0 {
		return nil, errState
	}
	var start, key []byte
	if len(data) == 16 {
		both := make([]byte, 16)
		b.Decrypt(both, data)
		start, key = both[:8], both[8:]
	} else {
		start, key = unwrapAES(b, data)
	}
	n := int(binary.BigEndian.Uint32(start[4:]))
	if !bytes.Equal(start[:4], iv) || n > len(key) || n <= len(key)-8 || len(bytes.Trim(key[n:], "\x00")) != 0 {
		return nil, errState
	}
	return key[:n], nil
}

// wrapIV is the vector of the second pass of RFC 3217.
func wrapIV() []byte { return []byte{0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05} }

func wrapDES(b cipher.Block, key []byte) ([]byte, error) {
	if len(key) == 0 || len(key)%8 != 0 {
		return nil, errState
	}
	sum := sha1.Sum(key)
	out := make([]byte, 8, 16+len(key))
	rand.Read(out)
	out = append(append(out, key...), sum[:8]...)
	cipher.NewCBCEncrypter(b, clone(out[:8])).CryptBlocks(out[8:], out[8:])
	slices.Reverse(out)
	cipher.NewCBCEncrypter(b, wrapIV()).CryptBlocks(out, out)
	return out, nil
}

func unwrapDES(b cipher.Block, data []byte) ([]byte, error) {
	if len(data) < 24 || len(data)%8 != 0 {
		return nil, errState
	}
	out := clone(data)
	cipher.NewCBCDecrypter(b, wrapIV()).CryptBlocks(out, out)
	slices.Reverse(out)
	cipher.NewCBCDecrypter(b, clone(out[:8])).CryptBlocks(out[8:], out[8:])
	key := out[8 : len(out)-8]
	sum := sha1.Sum(key)
	if subtle.ConstantTimeCompare(sum[:8], out[len(out)-8:]) != 1 {
		return nil, errState
	}
	return key, nil
}
