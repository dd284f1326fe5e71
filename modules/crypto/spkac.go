package crypto

import (
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"strings"

	"github.com/dop251/goja"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// signatureHashes are the hashes of the algorithms that sign a SPKAC.
var signatureHashes = oids{
	{"md5", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}}, {"sha1", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}},
	{"sha256", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}}, {"sha384", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}},
	{"sha512", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}}, {"sha1", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}},
	{"sha256", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, {"sha384", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}},
	{"sha512", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}},
}

// spkac is a signed public key and challenge, of the keygen element of old HTML.
type spkac struct {
	key       *keyPair
	challenge []byte
	signed    []byte
	hash      string
	signature []byte
}

func readSPKAC(text []byte) (*spkac, bool) {
	der, err := base64.StdEncoding.DecodeString(strings.TrimRight(string(text), " \r\n\x00"))
	if err != nil {
		return nil, false
	}
	var list, body, element, spki, challenge, alg cryptobyte.String
	var oid asn1.ObjectIdentifier
	k, s := &spkac{}, cryptobyte.String(der)
	if !s.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1Element(&element, tag.SEQUENCE) || !list.ReadASN1(&alg, tag.SEQUENCE) ||
		!alg.ReadASN1ObjectIdentifier(&oid) || !list.ReadASN1BitStringAsBytes(&k.signature) {
		return nil, false
	}
	k.signed, k.hash = element, signatureHashes.name(oid)
	if !element.ReadASN1(&body, tag.SEQUENCE) || !body.ReadASN1Element(&spki, tag.SEQUENCE) || !body.ReadASN1(&challenge, tag.IA5String) {
		return nil, false
	}
	k.challenge = challenge
	k.key, err = readSPKI(spki)
	return k, err == nil
}

// spkac adds the functions of class Certificate to the binding.
func (m *module) spkac(set func(string, func([]goja.Value) goja.Value)) {
	set("spkacVerify", func(a []goja.Value) goja.Value {
		k, ok := readSPKAC(m.bytes(a[0], nil))
		if ok = ok && k.hash != ""; ok {
			ok, _ = scheme{hash: k.hash}.verify(k.key, k.signed, k.signature)
		}
		return m.vm.ToValue(ok)
	})
	set("spkacKey", func(a []goja.Value) goja.Value {
		if k, ok := readSPKAC(m.bytes(a[0], nil)); ok {
			if der, err := k.key.spki(); err == nil {
				return m.rt.NewBuffer(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
			}
		}
		return m.vm.ToValue("")
	})
	set("spkacChallenge", func(a []goja.Value) goja.Value {
		if k, ok := readSPKAC(m.bytes(a[0], nil)); ok {
			return m.rt.NewBuffer(clone(k.challenge))
		}
		return m.vm.ToValue("")
	})
}
