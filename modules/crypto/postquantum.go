package crypto

import (
	"bytes"
	"crypto/rand"
	"encoding"
	"encoding/asn1"
	"strings"

	"github.com/cloudflare/circl/kem"
	"github.com/cloudflare/circl/kem/mlkem/mlkem1024"
	"github.com/cloudflare/circl/kem/mlkem/mlkem512"
	"github.com/cloudflare/circl/kem/mlkem/mlkem768"
	"github.com/cloudflare/circl/sign"
	"github.com/cloudflare/circl/sign/mldsa/mldsa44"
	"github.com/cloudflare/circl/sign/mldsa/mldsa65"
	"github.com/cloudflare/circl/sign/mldsa/mldsa87"
	"github.com/cloudflare/circl/sign/slhdsa"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// pqPublic is the public half of a key of ML-DSA, ML-KEM or SLH-DSA, and pqPrivate the private one; a key of SLH-DSA has no
// seed, and others may have lost theirs.
type (
	pqPublic  []byte
	pqPrivate struct{ seed, expanded []byte }
)

var pqOIDs = oids{
	{"ml-dsa-44", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 17}},
	{"ml-dsa-65", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}},
	{"ml-dsa-87", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 19}},
	{"ml-kem-512", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 1}},
	{"ml-kem-768", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 2}},
	{"ml-kem-1024", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 3}},
	{"slh-dsa-sha2-128s", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 20}},
	{"slh-dsa-sha2-128f", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 21}},
	{"slh-dsa-sha2-192s", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 22}},
	{"slh-dsa-sha2-192f", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 23}},
	{"slh-dsa-sha2-256s", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 24}},
	{"slh-dsa-sha2-256f", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 25}},
	{"slh-dsa-shake-128s", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 26}},
	{"slh-dsa-shake-128f", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 27}},
	{"slh-dsa-shake-192s", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 28}},
	{"slh-dsa-shake-192f", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 29}},
	{"slh-dsa-shake-256s", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 30}},
	{"slh-dsa-shake-256f", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 31}},
}

// pqName is what JWK calls a kind: ML-DSA-44, SLH-DSA-SHA2-128f. It is "" for kinds of other families.
func pqName(kind string) string {
	switch {
	case pqOIDs.of(kind) == nil:
		return ""
	case isSLH(kind):
		return strings.ToUpper(kind[:len(kind)-1]) + kind[len(kind)-1:]
	}
	return strings.ToUpper(kind)
}

func isSLH(kind string) bool { return strings.HasPrefix(kind, "slh-dsa-") }

// pqSigner is the scheme of a kind of key that signs, nil for others.
func pqSigner(kind string) sign.Scheme {
	switch kind {
	case "ml-dsa-44":
		return mldsa44.Scheme()
	case "ml-dsa-65":
		return mldsa65.Scheme()
	case "ml-dsa-87":
		return mldsa87.Scheme()
	}
	if isSLH(kind) {
		if id, err := slhdsa.IDByName(pqName(kind)); err == nil {
			return id.Scheme()
		}
	}
	return nil
}

// pqKEM is the scheme of a kind of ML-KEM, nil for others.
func pqKEM(kind string) kem.Scheme {
	switch kind {
	case "ml-kem-512":
		return mlkem512.Scheme()
	case "ml-kem-768":
		return mlkem768.Scheme()
	case "ml-kem-1024":
		return mlkem1024.Scheme()
	}
	return nil
}

func packed(k encoding.BinaryMarshaler) []byte {
	b, _ := k.MarshalBinary()
	return b
}

// pqGenerate makes a new key.
func pqGenerate(kind string) (*keyPair, error) {
	if isSLH(kind) {
		public, private, err := pqSigner(kind).GenerateKey()
		if err != nil {
			return nil, err
		}
		return &keyPair{kind: kind, public: pqPublic(packed(public)), private: &pqPrivate{expanded: packed(private)}}, nil
	}
	seed := make([]byte, pqSeedSize(kind))
	rand.Read(seed)
	return pqFromSeed(kind, seed)
}

// pqSeedSize is 0 for keys without seeds.
func pqSeedSize(kind string) int {
	if k := pqKEM(kind); k != nil {
		return k.SeedSize()
	}
	if s := pqSigner(kind); s != nil && !isSLH(kind) {
		return s.SeedSize()
	}
	return 0
}

func pqFromSeed(kind string, seed []byte) (*keyPair, error) {
	if n := pqSeedSize(kind); n == 0 || len(seed) != n {
		return nil, errUnsupported
	}
	pair := &keyPair{kind: kind}
	if k := pqKEM(kind); k != nil {
		public, private := k.DeriveKeyPair(seed)
		pair.public, pair.private = pqPublic(packed(public)), &pqPrivate{seed, packed(private)}
		return pair, nil
	}
	public, private := pqSigner(kind).DeriveKey(seed)
	pair.public, pair.private = pqPublic(packed(public)), &pqPrivate{seed, packed(private)}
	return pair, nil
}

// pqFromExpanded makes the key of a private half without its seed.
func pqFromExpanded(kind string, b []byte) (*keyPair, error) {
	pair := &keyPair{kind: kind, private: &pqPrivate{expanded: b}}
	if k := pqKEM(kind); k != nil {
		private, err := k.UnmarshalBinaryPrivateKey(b)
		if err != nil {
			return nil, errUnsupported
		}
		pair.public = pqPublic(packed(private.Public()))
		return pair, nil
	}
	s := pqSigner(kind)
	if s == nil || len(b) != s.PrivateKeySize() {
		return nil, errUnsupported
	}
	private, err := s.UnmarshalBinaryPrivateKey(b)
	if err != nil {
		return nil, errUnsupported
	}
	if isSLH(kind) {
		// The public half ends the private one.
		pair.public = pqPublic(bytes.Clone(b[len(b)-s.PublicKeySize():]))
		return pair, nil
	}
	public, ok := private.Public().(encoding.BinaryMarshaler)
	if !ok {
		return nil, errUnsupported
	}
	pair.public = pqPublic(packed(public))
	return pair, nil
}

func pqFromPublic(kind string, b []byte) (*keyPair, error) {
	var err error = errUnsupported
	if k := pqKEM(kind); k != nil {
		_, err = k.UnmarshalBinaryPublicKey(b)
	} else if s := pqSigner(kind); s != nil && len(b) == s.PublicKeySize() {
		_, err = s.UnmarshalBinaryPublicKey(b)
	}
	if err != nil {
		return nil, errUnsupported
	}
	return &keyPair{kind: kind, public: pqPublic(b)}, nil
}

// pqRead reads what PKCS #8 has of a private key: of SLH-DSA its bytes; of others the seed, the expanded key, or both.
func pqRead(kind string, der cryptobyte.String) (*keyPair, error) {
	if isSLH(kind) {
		return pqFromExpanded(kind, bytes.Clone(der))
	}
	var list, seed, expanded cryptobyte.String
	switch first := tag.Tag(0).ContextSpecific(); {
	case der.PeekASN1Tag(first) && der.ReadASN1(&seed, first):
		return pqFromSeed(kind, bytes.Clone(seed))
	case der.PeekASN1Tag(tag.OCTET_STRING) && der.ReadASN1(&expanded, tag.OCTET_STRING):
		return pqFromExpanded(kind, bytes.Clone(expanded))
	case der.ReadASN1(&list, tag.SEQUENCE) && list.ReadASN1(&seed, tag.OCTET_STRING) && list.ReadASN1(&expanded, tag.OCTET_STRING):
		k, err := pqFromSeed(kind, bytes.Clone(seed))
		if err == nil && !bytes.Equal(k.private.(*pqPrivate).expanded, expanded) {
			return nil, errUnsupported
		}
		return k, err
	}
	return nil, errUnsupported
}

// add writes what pqRead reads, with all that there is.
func (k *pqPrivate) add(b *cryptobyte.Builder, kind string) {
	switch {
	case isSLH(kind):
		b.AddBytes(k.expanded)
	case k.seed == nil:
		b.AddASN1OctetString(k.expanded)
	default:
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1OctetString(k.seed)
			b.AddASN1OctetString(k.expanded)
		})
	}
}

// pqSign signs with chance, as OpenSSL does.
func pqSign(kind string, k *pqPrivate, data, context []byte) ([]byte, error) {
	private, err := pqSigner(kind).UnmarshalBinaryPrivateKey(k.expanded)
	if err != nil {
		return nil, err
	}
	signature := make([]byte, pqSigner(kind).SignatureSize())
	switch p := private.(type) {
	case *mldsa44.PrivateKey:
		err = mldsa44.SignTo(p, data, context, true, signature)
	case *mldsa65.PrivateKey:
		err = mldsa65.SignTo(p, data, context, true, signature)
	case *mldsa87.PrivateKey:
		err = mldsa87.SignTo(p, data, context, true, signature)
	case *slhdsa.PrivateKey:
		return slhdsa.SignRandomized(p, rand.Reader, slhdsa.NewMessage(data), context)
	case slhdsa.PrivateKey:
		return slhdsa.SignRandomized(&p, rand.Reader, slhdsa.NewMessage(data), context)
	default:
		return nil, errKeyType
	}
	return signature, err
}

func pqVerify(kind string, k pqPublic, data, signature, context []byte) bool {
	s := pqSigner(kind)
	public, err := s.UnmarshalBinaryPublicKey(k)
	return err == nil && len(signature) == s.SignatureSize() &&
		s.Verify(public, data, signature, &sign.SignatureOpts{Context: string(context)})
}
