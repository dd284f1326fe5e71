package crypto

import (
	"bytes"
	"crypto/ecdsa"
)

// The plain forms that a key may have, as Node names them.
const (
	rawPublicForm  = "raw-public"
	rawPrivateForm = "raw-private"
	rawSeedForm    = "raw-seed"
)

func incompatible(text string) error {
	return coded{code: "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS", args: []any{"", ""}, text: text}
}

// rawFits tells whether keys of a kind have a plain form.
func rawFits(kind, form string) bool {
	switch kind {
	case "ec", "ed25519", "ed448", "x25519", "x448":
		return form != rawSeedForm
	}
	if pqOIDs.of(kind) == nil {
		return false
	}
	if form == rawSeedForm {
		return !isSLH(kind)
	}
	return form == rawPublicForm || isSLH(kind)
}

// exportRaw is the key in one of the plain forms; compressed is for points of curves.
func (k *keyPair) exportRaw(form string, compressed bool) ([]byte, error) {
	if !rawFits(k.kind, form) {
		return nil, incompatible("The selected key encoding is incompatible with the key type")
	}
	if private, ok := k.private.(*pqPrivate); ok && form != rawPublicForm {
		if form == rawPrivateForm {
			return bytes.Clone(private.expanded), nil
		}
		if private.seed == nil {
			return nil, errNoSeed
		}
		return bytes.Clone(private.seed), nil
	}
	if p, ok := k.public.(*ecdsa.PublicKey); ok && form == rawPublicForm && compressed {
		return pointBytes(p.Curve, p.X, p.Y, 'c'), nil
	}
	return k.raw(form == rawPrivateForm), nil
}

// importRaw reads a key in one of the plain forms; name is of the curve, for kind ec.
func importRaw(kind, form, name string, b []byte) (k *keyPair, err error) {
	switch kind {
	case "rsa", "rsa-pss", "dsa", "dh":
	default:
		if keyOIDs.of(kind) == nil && pqOIDs.of(kind) == nil {
			return nil, coded{code: "ERR_INVALID_ARG_VALUE", args: []any{"asymmetricKeyType", "", ""}, text: "Invalid asymmetricKeyType: " + kind}
		}
	}
	if !rawFits(kind, form) {
		return nil, incompatible("The selected key encoding is incompatible with the key type")
	}
	invalid := coded{code: "ERR_INVALID_ARG_VALUE", args: []any{"key", "", ""}, text: "Invalid key data"}
	private := form != rawPublicForm
	if kind == "ec" {
		c := findCurve(name)
		if c == nil {
			return nil, coded{code: "ERR_CRYPTO_INVALID_CURVE"}
		}
		if private && len(b) != order(c.group().Params().N) {
			return nil, invalid
		}
		kind = name
	}
	switch {
	case form == rawSeedForm:
		k, err = pqFromSeed(kind, b)
	case private && isSLH(kind):
		k, err = pqFromExpanded(kind, b)
	default:
		k, err = fromRaw(kind, b, private)
	}
	if err != nil {
		return nil, invalid
	}
	return k, nil
}
