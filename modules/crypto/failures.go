package crypto

import (
	"errors"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
)

// openssl is an error as OpenSSL's library words it.
type openssl struct{ number, library, reason string }

func (e openssl) Error() string { return "error:" + e.number + ":" + e.library + "::" + e.reason }

// code is Node's name for the error: some libraries are named in it.
func (e openssl) code() string {
	prefix := map[string]string{"digital envelope routines": "EVP_", "rsa routines": "RSA_", "dsa routines": "DSA_",
		"Diffie-Hellman routines": "DH_", "elliptic curve routines": "EC_", "asn1 encoding routines": "ASN1_", "PEM routines": "PEM_",
		"common libcrypto routines": "CRYPTO_", "bignum routines": "BN_",
		"PKCS12 routines": "PKCS12_", "STORE routines": "OSSL_STORE_"}[e.library]
	return "ERR_OSSL_" + prefix + strings.ToUpper(strings.ReplaceAll(e.reason, " ", "_"))
}

// coded is an error with one of Node's codes; text replaces the code's own message.
type coded struct {
	code string
	args []any
	text string
}

func (e coded) Error() string { return e.code + " " + e.text }

// plain is an error with a message and no code, as key generation and other jobs report.
type plain struct{ error }

var (
	errUnsupported   = openssl{"1E08010C", "DECODER routines", "unsupported"}
	errWrongTag      = openssl{"068000A8", "asn1 encoding routines", "wrong tag"}
	errBadDecrypt    = openssl{"1C800064", "Provider routines", "bad decrypt"}
	errWrongBlock    = openssl{"1C80006B", "Provider routines", "wrong final block length"}
	errCancelled     = openssl{"07880109", "common libcrypto routines", "interrupted or cancelled"}
	errKeyType       = openssl{"03000096", "digital envelope routines", "operation not supported for this keytype"}
	errDataTooLarge  = openssl{"0200006E", "rsa routines", "data too large for key size"}
	errDataTooSmall  = openssl{"0200007A", "rsa routines", "data too small for key size"}
	errOAEP          = openssl{"02000079", "rsa routines", "oaep decoding error"}
	errPadding       = openssl{"0200008A", "rsa routines", "invalid padding"}
	errUnknownPad    = openssl{"02000076", "rsa routines", "unknown padding type"}
	errPadMode       = openssl{"1C8000A5", "Provider routines", "illegal or unsupported padding mode"}
	errInvalidDigest = openssl{"1C80007A", "Provider routines", "invalid digest"}
	errDigestDenied  = openssl{"1C8000AE", "Provider routines", "digest not allowed"}
	errSaltTooSmall  = openssl{"1C8000AC", "Provider routines", "pss saltlen too small"}
	errExponent      = openssl{"020000B2", "rsa routines", "pub exponent out of range"}
	errKeySmall      = openssl{"1C8000AB", "Provider routines", "key size too small"}
	errModulusSmall  = openssl{"0280007E", "Diffie-Hellman routines", "modulus too small"}
	errGenerator     = openssl{"02800065", "Diffie-Hellman routines", "bad generator"}
	errMismatch      = openssl{"1C8000CB", "Provider routines", "mismatching domain parameters"}
	errDeriving      = plain{errors.New("Deriving bits failed")}
	errStore         = openssl{"1608010C", "STORE routines", "unsupported"}
	errDerivation    = openssl{"1C8000A4", "Provider routines", "failed during derivation"}
	errBitsTooSmall  = openssl{"01800076", "bignum routines", "bits too small"}
	errFFC           = openssl{"05000072", "dsa routines", "bad ffc parameters"}
	errKeymgmt       = openssl{"030000E9", "digital envelope routines", "provider keymgmt failure"}
	errNoSeed        = coded{code: "ERR_CRYPTO_OPERATION_FAILED", text: "key does not have an available seed"}
)

// failure makes the JavaScript error.
func (m *module) failure(err error) *goja.Object {
	var o openssl
	var c coded
	var p plain
	switch {
	case errors.As(err, &p):
		return m.rt.NewPlainError("Error", p.error.Error())
	case errors.As(err, &o):
		e := m.rt.NewPlainError("Error", o.Error())
		if o == errBadDecrypt || o == errWrongBlock || o == errUnsupported { // OpenSSL has noted these twice
			e.Set("opensslErrorStack", m.vm.NewArray(o.Error()))
		}
		e.Set("library", o.library)
		e.Set("reason", o.reason)
		e.Set("code", o.code())
		return e
	case errors.As(err, &c):
		e := m.rt.NewError(c.code, c.args...)
		if c.text != "" {
			e.Set("message", c.text)
		}
		return e
	}
	e := m.rt.NewError("ERR_CRYPTO_OPERATION_FAILED")
	e.Set("message", err.Error())
	return e
}

// later is an error as callbacks get it: OpenSSL's have no code then, and an operation that failed says no more than that.
func later(err error) error {
	var o openssl
	var c coded
	switch {
	case errors.As(err, &o):
		return plain{o}
	case errors.As(err, &c) && c.code == "ERR_CRYPTO_OPERATION_FAILED":
		return errDeriving
	}
	return err
}

// job, which async_hooks knows by its kind, does work now and returns what give makes of it, or does it elsewhere and calls back with (error, that).
func job[T any](m *module, kind string, done goja.Value, work func() (T, error), give func(T) goja.Value) goja.Value {
	fn, async := goja.AssertFunction(done)
	if !async {
		type outcome struct {
			t   T
			err error
		}
		o := guard.Aside(m.vm, func() outcome {
			t, err := work()
			return outcome{t, err}
		})
		if o.err != nil {
			m.rt.Throw(m.failure(o.err))
		}
		return give(o.t)
	}
	context := m.rt.Async.Start(kind, nil)
	m.rt.Loop().Go(func() func() {
		t, err := work()
		return func() {
			m.rt.Enter(func() {
				scope := m.rt.Async.Enter(context)
				if err != nil {
					m.rt.Call(fn, goja.Undefined(), m.failure(later(err)))
				} else {
					m.rt.Call(fn, goja.Undefined(), goja.Null(), give(t))
				}
				scope.Leave()
				m.rt.Async.End(context)
			})
		}
	})
	return goja.Undefined()
}
