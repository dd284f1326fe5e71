// Package crypto is module crypto: hashes, MACs, ciphers, key derivation, random numbers and the part of Web Crypto
// that goes with them. The algorithms are Go's; long ones work on other goroutines. The classes are crypto.js, on the
// loop goroutine. What is missing is there by name and says so when it is called.
package crypto

import (
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/crypto/scrypt"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed crypto.js
var script string

//go:embed keys.js
var keysScript string

//go:embed exchange.js
var exchangeScript string

//go:embed webkeys.js
var webKeysScript string

//go:embed webcrypto.js
var webScript string

// Module is "crypto"; Keys, Exchange, Web and WebKeys are its private parts, Natives and Constants are what all are made of.
var (
	Module = &runtime.Module{Name: "crypto", Script: engine.NewScript("node:crypto", &script), Binding: natives,
		Globals: []runtime.Global{{Name: "crypto", Export: "webcrypto", Enumerable: true, Accessor: true}}}
	Natives = &runtime.Module{Name: "internal/crypto/binding", Private: true,
		Binding: func(rt *runtime.Runtime) *goja.Object { return (&module{rt, rt.VM()}).binding() }}
	Keys = &runtime.Module{Name: "internal/crypto/keys", Private: true, Script: engine.NewScript("node:internal/crypto/keys", &keysScript),
		Binding: natives}
	Exchange = &runtime.Module{Name: "internal/crypto/exchange", Private: true,
		Script: engine.NewScript("node:internal/crypto/exchange", &exchangeScript), Binding: natives}
	WebKeys = &runtime.Module{Name: "internal/crypto/webkeys", Private: true,
		Script: engine.NewScript("node:internal/crypto/webkeys", &webKeysScript), Binding: natives}
	Constants = &runtime.Module{Name: "internal/crypto/constants", Private: true, Binding: constantsObject}
	Web       = &runtime.Module{Name: "internal/crypto/webcrypto", Private: true,
		Script: engine.NewScript("node:internal/crypto/webcrypto", &webScript), Binding: natives,
		Globals: []runtime.Global{{Name: "Crypto"}, {Name: "CryptoKey"}, {Name: "SubtleCrypto"}}}
)

// natives is the object that both scripts have for a binding.
func natives(rt *runtime.Runtime) *goja.Object { return rt.Require("internal/crypto/binding") }

type module struct {
	rt *runtime.Runtime
	vm *goja.Runtime
}

// bytes takes data: a string in that encoding, or memory.
func (m *module) bytes(v, encoding goja.Value) []byte { return m.rt.BytesIn(v, encoding) }

// result gives bytes as a Buffer, or as a string if an encoding is asked for.
func (m *module) result(b []byte, encoding goja.Value) goja.Value {
	if encoding != nil && !goja.IsUndefined(encoding) && !goja.IsNull(encoding) {
		if e, ok := engine.ParseEncoding(encoding.String()); ok {
			return m.rt.DecodeString(b, e)
		}
	}
	return m.rt.NewBuffer(append(make([]byte, 0, len(b)), b...))
}

func (m *module) throwTag(text string) {
	e := m.rt.NewError("ERR_CRYPTO_INVALID_AUTH_TAG")
	e.Set("message", text)
	m.rt.Throw(e)
}

func (m *module) throwCipher(err error, operation string) {
	switch err {
	case errKeyLength:
		m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_KEYLEN"))
	case errIV:
		m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_IV"))
	case errLength:
		m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_MESSAGELEN"))
	case errFinalBlock:
		m.rt.Throw(m.failure(errWrongBlock))
	case errDecrypt:
		m.rt.Throw(m.failure(errBadDecrypt))
	case errAuth:
		m.rt.Throw(m.rt.NewPlainError("Error", "Unsupported state or unable to authenticate data"))
	case errState:
		if operation == "update" {
			m.rt.Throw(m.rt.NewPlainError("Error", "Trying to add data in unsupported state"))
		}
		if operation == "final" {
			e := m.rt.NewPlainError("Error", "Invalid state")
			e.Set("code", "ERR_CRYPTO_INVALID_STATE")
			m.rt.Throw(e)
		}
		m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_STATE", operation))
	}
	if o, ok := err.(openssl); ok {
		m.rt.Throw(m.failure(o))
	}
	m.rt.Throw(m.rt.NewPlainError("Error", err.Error()))
}

// buffer gives memory that nobody else has as a Buffer.
func (m *module) buffer(b []byte) goja.Value { return m.rt.NewBuffer(b) }

func (m *module) digest(v goja.Value) *digest {
	return engine.Held[*digest](m.rt, v)
}

func (m *module) crypter(v goja.Value) *crypter {
	return engine.Held[*crypter](m.rt, v)
}

func (m *module) handle(state any) goja.Value {
	o := m.vm.NewObject()
	m.rt.SetSlot(o, state)
	return o
}

func (m *module) hashOf(name goja.Value) func() hash.Hash {
	h := newHash(name.String())
	if h == nil {
		m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_DIGEST", name))
	}
	return h
}

func (m *module) binding() *goja.Object {
	b := m.vm.NewObject()
	undefined := goja.Undefined()
	set := func(name string, f func(a []goja.Value) goja.Value) {
		m.rt.SetOperation(b, name, 0, func(call goja.FunctionCall) goja.Value {
			a := make([]goja.Value, max(len(call.Arguments), 10))
			for i := range a {
				a[i] = call.Argument(i)
			}
			return f(a)
		})
	}
	array := func(list []string) goja.Value {
		items := make([]any, len(list))
		for i, s := range list {
			items[i] = s
		}
		return m.vm.NewArray(items...)
	}
	// hash(name, length, oneShot) and hmac(name, key) make a handle, or undefined if there is no such hash.
	set("hash", func(a []goja.Value) goja.Value {
		d := newDigest(a[0].String())
		if d == nil {
			return undefined
		}
		if !goja.IsUndefined(a[1]) {
			n := int(a[1].ToInteger())
			if d.xof == nil && n != d.hash.Size() {
				if a[2].ToBoolean() {
					m.rt.Throw(m.rt.NewPlainError("Error", fmt.Sprintf("Output length %d is invalid for %s, which does not support XOF", n, a[0])))
				}
				m.rt.Throw(m.failure(openssl{"030000B2", "digital envelope routines", "not XOF or invalid length"}))
			}
			d.length = n
		}
		return m.handle(d)
	})
	set("hmac", func(a []goja.Value) goja.Value {
		d := newHmac(a[0].String(), m.bytes(a[1], nil))
		if d == nil {
			return undefined
		}
		return m.handle(d)
	})
	// hashLacksLength tells of a hash whose length should be said, if anybody wants to know.
	set("hashLacksLength", func(a []goja.Value) goja.Value {
		return m.vm.ToValue(m.rt.Config().Options.PendingDeprecation && m.digest(a[0]).xof != nil)
	})
	set("hashUpdate", func(a []goja.Value) goja.Value {
		m.digest(a[0]).update(m.bytes(a[1], a[2]))
		return undefined
	})
	set("hashDigest", func(a []goja.Value) goja.Value { return m.result(m.digest(a[0]).finish(), a[1]) })
	set("hashCopy", func(a []goja.Value) goja.Value {
		c := m.digest(a[0]).clone()
		if !goja.IsUndefined(a[1]) {
			c.length = int(a[1].ToInteger())
		}
		return m.handle(c)
	})
	set("getHashes", func([]goja.Value) goja.Value { return array(hashNames) })

	set("cipher", func(a []goja.Value) goja.Value {
		info, ok := findCipher(a[0].String())
		if !ok {
			m.rt.Throw(m.rt.NewError("ERR_CRYPTO_UNKNOWN_CIPHER"))
		}
		tagLength := -1
		if !goja.IsUndefined(a[4]) {
			tagLength = int(a[4].ToInteger())
			if info.authenticated() && !info.fitsTag(tagLength) {
				m.throwTag("Invalid authentication tag length: " + a[4].String())
			}
		} else if iv := m.bytes(a[3], nil); info.fitsIV(len(iv)) && (info.mode == "ccm" || info.mode == "ocb") {
			m.throwTag("authTagLength required for " + a[0].String())
		}
		c, err := newCrypter(info, a[1].ToBoolean(), m.bytes(a[2], nil), m.bytes(a[3], nil), tagLength)
		if err != nil {
			m.throwCipher(err, "")
		}
		return m.handle(c)
	})
	set("cipherUpdate", func(a []goja.Value) goja.Value {
		out, err := m.crypter(a[0]).update(m.bytes(a[1], a[2]))
		if err != nil {
			m.throwCipher(err, "update")
		}
		return m.rt.NewBuffer(out)
	})
	set("cipherFinal", func(a []goja.Value) goja.Value {
		out, err := m.crypter(a[0]).final()
		if err != nil {
			m.throwCipher(err, "final")
		}
		return m.rt.NewBuffer(out)
	})
	set("setAutoPadding", func(a []goja.Value) goja.Value {
		c := m.crypter(a[0])
		if c.done {
			m.throwCipher(errState, "setAutoPadding")
		}
		c.padding = a[1].ToBoolean()
		return undefined
	})
	// setAAD(handle, data, encoding, length of the message)
	set("setAAD", func(a []goja.Value) goja.Value {
		c := m.crypter(a[0])
		if !c.info.authenticated() || c.done || c.started && c.info.mode == "gcm" {
			m.throwCipher(errState, "setAAD")
		}
		if mode, ok := c.sealer.(*ccm); ok {
			if goja.IsUndefined(a[3]) {
				e := m.rt.NewError("ERR_MISSING_ARGS", "options.plaintextLength")
				e.Set("message", "options.plaintextLength required for CCM mode with AAD")
				m.rt.Throw(e)
			}
			if mode.length = int(a[3].ToInteger()); mode.length > mode.longest() {
				m.throwCipher(errLength, "setAAD")
			}
		}
		c.aad = append(c.aad, m.bytes(a[1], a[2])...)
		return undefined
	})
	// setAuthTag tells whether the tag is a short one that nobody has asked for.
	set("setAuthTag", func(a []goja.Value) goja.Value {
		c, tag := m.crypter(a[0]), m.bytes(a[1], a[2])
		if !c.info.authenticated() {
			m.throwCipher(errState, "setAuthTag")
		}
		if err := c.setTag(tag); err == errTagLength {
			m.throwTag("Invalid authentication tag length: " + m.vm.ToValue(len(tag)).String())
		} else if err != nil {
			m.throwCipher(err, "setAuthTag")
		}
		return m.vm.ToValue(c.tagLength < 0 && len(tag) < 16)
	})
	set("getAuthTag", func(a []goja.Value) goja.Value {
		c := m.crypter(a[0])
		if !c.info.authenticated() || !c.encrypt || !c.done {
			m.throwCipher(errState, "getAuthTag")
		}
		return m.result(c.tag, undefined)
	})
	set("getCiphers", func([]goja.Value) goja.Value {
		var list []string
		for _, c := range ciphers {
			list = append(list, c.name)
		}
		slices.Sort(list)
		return array(list)
	})
	set("getCipherInfo", func(a []goja.Value) goja.Value {
		info, ok := cipherInfo{}, false
		for _, c := range ciphers {
			if goja.IsNumber(a[0]) && int64(c.nid) == a[0].ToInteger() {
				info, ok = c, true
				break
			}
		}
		if !goja.IsNumber(a[0]) {
			info, ok = findCipher(a[0].String())
		}
		if !ok || !goja.IsUndefined(a[1]) && int(a[1].ToInteger()) != info.length {
			return undefined
		}
		iv := info.iv
		if !goja.IsUndefined(a[2]) {
			if iv = int(a[2].ToInteger()); info.mode != "gcm" && !info.fitsIV(iv) {
				return undefined
			}
		}
		o := m.vm.NewObject()
		o.Set("mode", info.mode)
		o.Set("name", info.canonical)
		o.Set("nid", info.nid)
		if info.mode != "stream" {
			o.Set("blockSize", info.block)
		}
		if iv != 0 {
			o.Set("ivLength", iv)
		}
		o.Set("keyLength", info.length)
		return o
	})

	set("timingSafeEqual", func(a []goja.Value) goja.Value {
		for i, name := range []string{"buf1", "buf2"} {
			if _, ok := m.rt.Bytes(a[i]); !ok {
				e := m.rt.NewError("ERR_INVALID_ARG_TYPE", name, []string{"ArrayBuffer", "Buffer", "TypedArray", "DataView"}, a[i])
				e.Set("message", `The "`+name+`" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`)
				m.rt.Throw(e)
			}
		}
		x, y := m.bytes(a[0], nil), m.bytes(a[1], nil)
		if len(x) != len(y) {
			m.rt.Throw(m.rt.NewError("ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH"))
		}
		return m.vm.ToValue(subtle.ConstantTimeCompare(x, y) == 1)
	})
	// randomFill(memory, offset, size) fills now; with a callback, elsewhere.
	set("randomFill", func(a []goja.Value) goja.Value {
		from := int(a[1].ToInteger())
		part := m.bytes(a[0], nil)[from : from+int(a[2].ToInteger())]
		fn, async := goja.AssertFunction(a[3])
		if !async {
			rand.Read(part)
			return undefined
		}
		context, buffer := m.rt.Async.Start("RANDOMBYTESREQUEST", nil), a[0]
		m.rt.Loop().Go(func() func() {
			rand.Read(part)
			return func() { m.rt.Async.CallbackLast(context, fn, undefined, goja.Null(), buffer) }
		})
		return undefined
	})
	set("random48", func([]goja.Value) goja.Value {
		var r [6]byte
		rand.Read(r[:])
		n := int64(0)
		for _, c := range r {
			n = n<<8 | int64(c)
		}
		return m.vm.ToValue(n)
	})
	uuid := func(u [16]byte, version byte) goja.Value {
		u[6], u[8] = u[6]&15|version<<4, u[8]&0x3f|0x80
		s := hex.EncodeToString(u[:])
		return m.vm.ToValue(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
	}
	set("randomUUID", func([]goja.Value) goja.Value {
		var u [16]byte
		rand.Read(u[:])
		return uuid(u, 4)
	})
	// The first 48 bits of version 7 are the milliseconds since 1970 (RFC 9562).
	set("randomUUIDv7", func([]goja.Value) goja.Value {
		var u [16]byte
		rand.Read(u[6:])
		now := uint64(time.Now().UnixMilli())
		for i := range 6 {
			u[i] = byte(now >> (40 - 8*i))
		}
		return uuid(u, 7)
	})
	set("pbkdf2", func(a []goja.Value) goja.Value {
		password, salt := clone(m.bytes(a[0], nil)), clone(m.bytes(a[1], nil))
		rounds, length, h := int(a[2].ToInteger()), int(a[3].ToInteger()), m.hashOf(a[4])
		m.rt.Memory.Need(2 * length)
		return job(m, "PBKDF2REQUEST", a[5], func() ([]byte, error) {
			if length == 0 {
				return nil, nil
			}
			return pbkdf2.Key(h, string(password), salt, rounds, length)
		}, m.buffer)
	})
	set("hkdf", func(a []goja.Value) goja.Value {
		h := m.hashOf(a[0])
		key, salt, info, length := clone(m.bytes(a[1], nil)), clone(m.bytes(a[2], nil)), clone(m.bytes(a[3], nil)), int(a[4].ToInteger())
		if length > 255*h().Size() {
			m.rt.Throw(m.rt.NewError("ERR_CRYPTO_INVALID_KEYLEN"))
		}
		return job(m, "DERIVEBITSREQUEST", a[5], func() ([]byte, error) {
			if length == 0 {
				return nil, nil
			}
			return hkdf.Key(h, key, salt, string(info), length)
		}, m.buffer)
	})
	set("scrypt", func(a []goja.Value) goja.Value {
		password, salt, length := clone(m.bytes(a[0], nil)), clone(m.bytes(a[1], nil)), int(a[2].ToInteger())
		n, r, p, limit := a[3].ToInteger(), a[4].ToInteger(), a[5].ToInteger(), a[6].ToInteger()
		invalid := func(detail string) {
			e := m.rt.NewError("ERR_CRYPTO_INVALID_SCRYPT_PARAMS")
			if detail != "" {
				e.Set("message", "Invalid scrypt params: "+detail)
			}
			m.rt.Throw(e)
		}
		if n < 2 || n&(n-1) != 0 || r < 1 || p < 1 {
			invalid("")
		}
		if p > (1<<30-1)/r || r < 4 && n >= 1<<(16*r) || 128*r*p+32*r*(n+2)*4 > limit {
			invalid("error:030000AC:digital envelope routines::memory limit exceeded")
		}
		m.rt.Memory.Need(2*length + int(128*r*(n+p)))
		return job(m, "SCRYPTREQUEST", a[7], func() ([]byte, error) {
			if length == 0 {
				return nil, nil
			}
			return scrypt.Key(password, salt, int(n), int(r), int(p), length)
		}, m.buffer)
	})
	// defineLazily(object, name, make) defines a property whose value is made when somebody looks.
	set("defineLazily", func(a []goja.Value) goja.Value {
		m.rt.DefineLazy(a[0].(*goja.Object), a[1].String(), true, func() goja.Value {
			f, _ := goja.AssertFunction(a[2])
			return m.rt.Call(f, undefined)
		})
		return undefined
	})
	// define gives the module's exports those that load the private parts.
	set("define", func(a []goja.Value) goja.Value {
		o := a[0].(*goja.Object)
		m.rt.DefineExports(o, Keys.Name, "createPrivateKey", "createPublicKey", "createSecretKey", "createSign", "createVerify",
			"encapsulate", "decapsulate", "generateKey", "generateKeyPair", "generateKeyPairSync", "generateKeySync", "privateDecrypt", "privateEncrypt",
			"publicDecrypt", "publicEncrypt", "sign", "verify", "KeyObject", "Sign", "Verify")
		m.rt.DefineExports(o, Exchange.Name, "checkPrime", "checkPrimeSync", "createDiffieHellman", "createDiffieHellmanGroup",
			"createECDH", "diffieHellman", "generatePrime", "generatePrimeSync", "getDiffieHellman", "Certificate", "DiffieHellman",
			"DiffieHellmanGroup", "ECDH")
		m.rt.DefineExports(o, Certificates.Name, "X509Certificate")
		for _, name := range []string{"webcrypto", "subtle", "getRandomValues"} {
			m.rt.DefineLazy(o, name, true, func() goja.Value {
				v := m.rt.Require(Web.Name).Get("crypto")
				switch f := v.(*goja.Object).Get(name); name {
				case "subtle":
					return f
				case "getRandomValues":
					return m.rt.Func(name, 1, func(call goja.FunctionCall) goja.Value { return m.rt.Apply(f, v, call.Arguments...) })
				}
				return v
			})
		}
		return undefined
	})
	m.argon2(set)
	m.extendable(set)
	m.keys(set)
	return b
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }
