package crypto

import (
	"encoding/pem"
	"errors"
	"io/fs"
	"os"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// keyObject is what lies behind an object of class KeyObject: its type and its handle, which is a Buffer for secret ones.
type keyObject struct {
	kind   string
	handle goja.Value
}

// IsKeyObject tells module util what the object is.
func (*keyObject) IsKeyObject() {}

// keyObjects adds to the binding what class KeyObject is made of.
func (m *module) keyObjects(set func(string, func([]goja.Value) goja.Value)) {
	of := func(v goja.Value) *keyObject {
		k, _ := m.rt.OwnSlot(v).(*keyObject)
		return k
	}
	set("isKeyHandle", func(a []goja.Value) goja.Value {
		_, pair := m.rt.Slot(a[0]).(*keyPair)
		_, memory := m.rt.Bytes(a[0])
		return m.vm.ToValue(pair || memory && text(a[1]) == "secret")
	})
	set("keyObjectInit", func(a []goja.Value) goja.Value {
		m.rt.SetSlot(a[0].(*goja.Object), &keyObject{a[1].String(), a[2]})
		return goja.Undefined()
	})
	set("isKeyObject", func(a []goja.Value) goja.Value { return m.vm.ToValue(of(a[0]) != nil) })
	// keyObjectType(key, wanted) throws for what is none, or none of the class that is wanted.
	set("keyObjectType", func(a []goja.Value) goja.Value {
		k, wanted := of(a[0]), text(a[1])
		if k == nil || wanted == "SecretKeyObject" && k.kind != "secret" || wanted == "AsymmetricKeyObject" && k.kind == "secret" {
			if wanted == "" || k == nil {
				wanted = "KeyObject"
			}
			m.rt.Throw(m.rt.NewError("ERR_INVALID_THIS", wanted))
		}
		return m.vm.ToValue(k.kind)
	})
	set("keyObjectHandle", func(a []goja.Value) goja.Value {
		if k := of(a[0]); k != nil {
			return k.handle
		}
		return goja.Undefined()
	})
	// isPlainKeyType tells of a kind of key whose generation has no options.
	set("isPlainKeyType", func(a []goja.Value) goja.Value {
		switch kind := a[0].String(); kind {
		case "ed25519", "ed448", "x25519", "x448":
			return m.vm.ToValue(true)
		default:
			return m.vm.ToValue(pqOIDs.of(kind) != nil)
		}
	})
	// urlText is what a URL says, whatever scripts have made of the class; undefined for all else.
	set("urlText", func(a []goja.Value) goja.Value {
		if u, ok := m.rt.Slot(a[0]).(interface{ Href() string }); ok {
			return m.vm.ToValue(u.Href())
		}
		return goja.Undefined()
	})
	// keyLoad(path or URI, isFile, passphrase)
	set("keyLoad", func(a []goja.Value) goja.Value {
		if !a[1].ToBoolean() {
			m.rt.Throw(m.failure(errStore))
		}
		path := m.rt.Abs(a[0].String())
		m.rt.Access.Demand(runtime.AccessRead, path, path)
		r := keyReader{private: true}
		r.passphrase, r.hasPassphrase = m.passphrase(a[2])
		k, err := r.load(path)
		if errors.Is(err, fs.ErrNotExist) {
			e := m.rt.NewPlainError("Error", "error:80000002:system library::No such file or directory")
			e.Set("library", "system library")
			m.rt.Throw(e)
		}
		if err != nil {
			m.rt.Throw(m.failure(err))
		}
		return m.handle(k)
	})
}

// load reads a file with a private key in any form.
func (r keyReader) load(path string) (*keyPair, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	wrong := func(k *keyPair, err error) (*keyPair, error) {
		if err == errBadDecrypt {
			err = openssl{"11800074", "PKCS12 routines", "pkcs12 cipherfinal error"}
		}
		return k, err
	}
	if block, _ := pem.Decode(data); block != nil {
		encrypted := block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY"
		if encrypted && !r.hasPassphrase {
			return nil, coded{code: "ERR_MISSING_PASSPHRASE"}
		}
		k, err := wrong(r.pem(data))
		if err == errUnsupported {
			return nil, errStore
		}
		return k, err
	}
	if len(data) > 0 && data[0] == 0x30 {
		for _, kind := range []string{"pkcs8", "pkcs1", "sec1"} {
			r.kind = kind
			k, err := wrong(r.read(data, false))
			if err == nil || kind == "pkcs8" && looksEncrypted(data) {
				return k, err
			}
		}
	}
	return nil, coded{code: "ERR_CRYPTO_OPERATION_FAILED", text: "Failed to load private key through an OpenSSL STORE loader"}
}
