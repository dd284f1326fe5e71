package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"hash"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/scrypt"
)

// Object identifiers of PKCS #5.
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	oidSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	prfs      = oids{{"sha1", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}}, {"sha224", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 8}},
		{"sha256", oidSHA256}, {"sha384", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}}, {"sha512", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}}}
)

// keyCipher is a cipher that keys are encrypted with; pem is its number for encrypted PEM, 0 if there is none.
type keyCipher struct {
	name   string
	oid    asn1.ObjectIdentifier
	length int
	block  func([]byte) (cipher.Block, error)
	pem    x509.PEMCipher
}

var keyCiphers = []keyCipher{
	{"aes-128-cbc", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, 16, aes.NewCipher, x509.PEMCipherAES128},
	{"aes-192-cbc", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, 24, aes.NewCipher, x509.PEMCipherAES192},
	{"aes-256-cbc", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, 32, aes.NewCipher, x509.PEMCipherAES256},
	{"des-ede3-cbc", asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}, 24, des.NewTripleDESCipher, x509.PEMCipher3DES},
}

func looksEncrypted(der []byte) bool {
	s, list := cryptobyte.String(der), cryptobyte.String(nil)
	return s.ReadASN1(&list, tag.SEQUENCE) && list.PeekASN1Tag(tag.SEQUENCE)
}

// encryptKey encrypts a key in PKCS #8, or the PEM of one in a traditional form.
func encryptKey(block *pem.Block, kind, name string, passphrase []byte) (*pem.Block, error) {
	info, ok := findCipher(name)
	if !ok {
		return nil, coded{code: "ERR_CRYPTO_UNKNOWN_CIPHER"}
	}
	for _, c := range keyCiphers {
		if c.name != info.canonical {
			continue
		}
		if kind == "pkcs8" {
			der, err := c.encrypt(block.Bytes, passphrase)
			return &pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}, err
		}
		//lint:ignore SA1019 OpenSSL's encrypted PEM is what is asked for.
		block, err := x509.EncryptPEMBlock(rand.Reader, block.Type, block.Bytes, passphrase, c.pem)
		if err == nil {
			block.Headers["DEK-Info"] = strings.ToUpper(block.Headers["DEK-Info"])
		}
		return block, err
	}
	return nil, openssl{"0300007A", "digital envelope routines", "cipher parameter error"}
}

// encrypt makes an EncryptedPrivateKeyInfo as OpenSSL 3 does: PBES2 with PBKDF2, 2048 rounds of HMAC-SHA256.
func (c keyCipher) encrypt(der, passphrase []byte) ([]byte, error) {
	salt := make([]byte, 8)
	rand.Read(salt)
	key, err := pbkdf2.Key(sha256.New, string(passphrase), salt, 2048, c.length)
	if err != nil {
		return nil, err
	}
	block, err := c.block(key)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, block.BlockSize())
	rand.Read(iv)
	n := len(iv) - len(der)%len(iv)
	data := append(make([]byte, 0, len(der)+n), der...)
	for range n {
		data = append(data, byte(n))
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
	var b cryptobyte.Builder
	sequence := func(b *cryptobyte.Builder, f func(b *cryptobyte.Builder)) { b.AddASN1(tag.SEQUENCE, f) }
	sequence(&b, func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidPBES2)
			sequence(b, func(b *cryptobyte.Builder) {
				sequence(b, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidPBKDF2)
					sequence(b, func(b *cryptobyte.Builder) {
						b.AddASN1OctetString(salt)
						b.AddASN1Int64(2048)
						sequence(b, func(b *cryptobyte.Builder) {
							b.AddASN1ObjectIdentifier(oidSHA256)
							b.AddASN1NULL()
						})
					})
				})
				sequence(b, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(c.oid)
					b.AddASN1OctetString(iv)
				})
			})
		})
		b.AddASN1OctetString(data)
	})
	return b.Bytes()
}

// decryptPEM decrypts a block of either kind of encrypted PEM.
func decryptPEM(block *pem.Block, passphrase []byte) ([]byte, error) {
	if block.Headers["DEK-Info"] == "" {
		return decryptPKCS8(block.Bytes, passphrase)
	}
	//lint:ignore SA1019 Keys in this form are still about.
	der, err := x509.DecryptPEMBlock(block, passphrase)
	if err != nil || len(der) == 0 || der[0] != 0x30 {
		return nil, errBadDecrypt
	}
	return der, nil
}

// decryptPKCS8 decrypts an EncryptedPrivateKeyInfo.
func decryptPKCS8(der, passphrase []byte) ([]byte, error) {
	var list, alg, params, kdf, kdfParams, scheme, salt, iv, data cryptobyte.String
	var oid, kdfOID, cipherOID asn1.ObjectIdentifier
	s := cryptobyte.String(der)
	if !s.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1(&alg, tag.SEQUENCE) || !list.ReadASN1(&data, tag.OCTET_STRING) ||
		!alg.ReadASN1ObjectIdentifier(&oid) {
		return nil, errWrongTag
	}
	if !oid.Equal(oidPBES2) {
		return nil, errUnsupported
	}
	if !alg.ReadASN1(&params, tag.SEQUENCE) || !params.ReadASN1(&kdf, tag.SEQUENCE) || !params.ReadASN1(&scheme, tag.SEQUENCE) ||
		!kdf.ReadASN1ObjectIdentifier(&kdfOID) || !kdf.ReadASN1(&kdfParams, tag.SEQUENCE) || !kdfParams.ReadASN1(&salt, tag.OCTET_STRING) ||
		!scheme.ReadASN1ObjectIdentifier(&cipherOID) || !scheme.ReadASN1(&iv, tag.OCTET_STRING) {
		return nil, errWrongTag
	}
	for _, c := range keyCiphers {
		if !c.oid.Equal(cipherOID) {
			continue
		}
		key, err := deriveKey(kdfOID, kdfParams, passphrase, salt, c.length)
		if err != nil {
			return nil, err
		}
		block, err := c.block(key)
		if err != nil || len(iv) != block.BlockSize() || len(data) == 0 || len(data)%len(iv) != 0 {
			return nil, errBadDecrypt
		}
		out := make([]byte, len(data))
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
		n := int(out[len(out)-1])
		if n == 0 || n > len(iv) || strings.Trim(string(out[len(out)-n:]), string(rune(n))) != "" {
			return nil, errBadDecrypt
		}
		return out[:len(out)-n], nil
	}
	return nil, errUnsupported
}

func deriveKey(oid asn1.ObjectIdentifier, params cryptobyte.String, passphrase, salt []byte, length int) ([]byte, error) {
	var rounds, r, p int
	if oid.Equal(oidScrypt) {
		if !params.ReadASN1Integer(&rounds) || !params.ReadASN1Integer(&r) || !params.ReadASN1Integer(&p) {
			return nil, errWrongTag
		}
		return scrypt.Key(passphrase, salt, rounds, r, p, length)
	}
	if !oid.Equal(oidPBKDF2) || !params.ReadASN1Integer(&rounds) {
		return nil, errUnsupported
	}
	h := sha1.New
	if params.SkipOptionalASN1(tag.INTEGER) && params.PeekASN1Tag(tag.SEQUENCE) {
		var prf cryptobyte.String
		var id asn1.ObjectIdentifier
		if !params.ReadASN1(&prf, tag.SEQUENCE) || !prf.ReadASN1ObjectIdentifier(&id) || prfs.name(id) == "" {
			return nil, errUnsupported
		}
		h = func() hash.Hash { return newHash(prfs.name(id))() }
	}
	return pbkdf2.Key(h, string(passphrase), salt, rounds, length)
}
