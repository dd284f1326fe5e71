package secure

import (
	"encoding/pem"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// DHBits is the size of the modulus of Diffie-Hellman parameters in PEM, 0 for what is none.
func DHBits(text []byte) int {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "DH PARAMETERS" {
			continue
		}
		p, der := new(big.Int), cryptobyte.String(block.Bytes)
		if der.ReadASN1(&der, asn1.SEQUENCE) && der.ReadASN1Integer(p) {
			return p.BitLen()
		}
	}
	return 0
}

// LeastDH is the size of the smallest modulus that OpenSSL takes.
func (c *Context) LeastDH() int {
	if c.level == 0 {
		return 0
	}
	return 2048
}
