package crypto

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash"
	"io"
	"strings"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
	"golang.org/x/crypto/ripemd160"
)

// hashNames are crypto.getHashes(), those that are there.
var hashNames = []string{
	"RSA-MD5", "RSA-RIPEMD160", "RSA-SHA1", "RSA-SHA1-2", "RSA-SHA224", "RSA-SHA256", "RSA-SHA3-224", "RSA-SHA3-256",
	"RSA-SHA3-384", "RSA-SHA3-512", "RSA-SHA384", "RSA-SHA512", "RSA-SHA512/224", "RSA-SHA512/256", "blake2b512", "blake2s256",
	"id-rsassa-pkcs1-v1_5-with-sha3-224", "id-rsassa-pkcs1-v1_5-with-sha3-256", "id-rsassa-pkcs1-v1_5-with-sha3-384",
	"id-rsassa-pkcs1-v1_5-with-sha3-512", "md5", "md5-sha1", "md5WithRSAEncryption", "ripemd", "ripemd160", "ripemd160WithRSA",
	"rmd160", "sha1", "sha1WithRSAEncryption", "sha224", "sha224WithRSAEncryption", "sha256", "sha256WithRSAEncryption",
	"sha3-224", "sha3-256", "sha3-384", "sha3-512", "sha384", "sha384WithRSAEncryption", "sha512", "sha512-224",
	"sha512-224WithRSAEncryption", "sha512-256", "sha512-256WithRSAEncryption", "sha512WithRSAEncryption", "shake128", "shake256",
	"ssl3-md5", "ssl3-sha1",
}

// plainHash is the name of the hash in what OpenSSL calls it: "RSA-SHA256" and "sha256WithRSAEncryption" are "sha256".
func plainHash(name string) string {
	n := strings.ToLower(name)
	n = strings.TrimPrefix(n, "id-rsassa-pkcs1-v1_5-with-")
	n = strings.TrimPrefix(n, "rsa-")
	n = strings.TrimPrefix(n, "ssl3-")
	n = strings.TrimSuffix(n, "withrsaencryption")
	n = strings.TrimSuffix(n, "withrsa")
	switch n {
	case "sha-1", "sha1-2":
		return "sha1"
	case "sha-224", "sha2-224":
		return "sha224"
	case "sha-256", "sha2-256":
		return "sha256"
	case "sha-384", "sha2-384":
		return "sha384"
	case "sha-512", "sha2-512":
		return "sha512"
	case "sha512/224":
		return "sha512-224"
	case "sha512/256":
		return "sha512-256"
	case "ripemd", "rmd160", "ripemd-160":
		return "ripemd160"
	case "shake-128":
		return "shake128"
	case "shake-256":
		return "shake256"
	}
	return n
}

// newHash makes hashes of that name; nil if there is none.
func newHash(name string) func() hash.Hash {
	switch plainHash(name) {
	case "md5":
		return md5.New
	case "sha1":
		return sha1.New
	case "md5-sha1":
		return func() hash.Hash { return twin{md5.New(), sha1.New()} }
	case "sha224":
		return sha256.New224
	case "sha256":
		return sha256.New
	case "sha384":
		return sha512.New384
	case "sha512":
		return sha512.New
	case "sha512-224":
		return sha512.New512_224
	case "sha512-256":
		return sha512.New512_256
	case "sha3-224":
		return func() hash.Hash { return sha3.New224() }
	case "sha3-256":
		return func() hash.Hash { return sha3.New256() }
	case "sha3-384":
		return func() hash.Hash { return sha3.New384() }
	case "sha3-512":
		return func() hash.Hash { return sha3.New512() }
	case "ripemd160":
		return func() hash.Hash { return feeder{ripemd160.New()} }
	case "blake2b512":
		return func() hash.Hash { h, _ := blake2b.New512(nil); return h }
	case "blake2s256":
		return func() hash.Hash { h, _ := blake2s.New256(nil); return h }
	}
	return nil
}

// twin is the pair of hashes that old TLS signs.
type twin struct{ a, b hash.Hash }

func (t twin) Write(p []byte) (int, error) { t.a.Write(p); return t.b.Write(p) }
func (t twin) Sum(b []byte) []byte         { return t.b.Sum(t.a.Sum(b)) }
func (t twin) Reset()                      { t.a.Reset(); t.b.Reset() }
func (t twin) Size() int                   { return t.a.Size() + t.b.Size() }
func (t twin) BlockSize() int              { return t.a.BlockSize() }

// feeder is a hash whose state cannot be copied.
type feeder struct{ hash.Hash }

// digest is the native half of Hash and Hmac. What went in is kept if the hash cannot be cloned.
type digest struct {
	name   string
	hash   hash.Hash
	xof    *sha3.SHAKE
	length int // of the output of an extendable function
	sum    []byte
	fed    []byte
}

func newDigest(name string) *digest {
	switch plainHash(name) {
	case "shake128":
		return &digest{name: name, xof: sha3.NewSHAKE128(), length: 16}
	case "shake256":
		return &digest{name: name, xof: sha3.NewSHAKE256(), length: 32}
	}
	h := newHash(name)
	if h == nil {
		return nil
	}
	return &digest{name: name, hash: h()}
}

func newHmac(name string, key []byte) *digest {
	h := newHash(name)
	if h == nil {
		return nil
	}
	return &digest{name: name, hash: hmac.New(h, key)}
}

func (d *digest) update(data []byte) {
	if d.xof != nil {
		d.xof.Write(data)
	} else {
		d.hash.Write(data)
	}
	switch d.hash.(type) {
	case twin, feeder:
		d.fed = append(d.fed, data...)
	}
}

// finish returns the sum, the same each time.
func (d *digest) finish() []byte {
	if d.sum == nil {
		if d.xof != nil {
			d.sum = make([]byte, d.length)
			io.ReadFull(d.xof, d.sum)
		} else {
			d.sum = d.hash.Sum(nil)
		}
	}
	return d.sum
}

// clone copies the state so far, but not the output's length; what has no state to marshal is fed again.
func (d *digest) clone() *digest {
	type state interface {
		MarshalBinary() ([]byte, error)
		UnmarshalBinary([]byte) error
	}
	c := newDigest(d.name)
	var from, to any = d.hash, c.hash
	if d.xof != nil {
		from, to = d.xof, c.xof
	}
	if s, ok := from.(state); ok {
		if b, err := s.MarshalBinary(); err == nil && to.(state).UnmarshalBinary(b) == nil {
			return c
		}
	}
	c.update(d.fed)
	return c
}
