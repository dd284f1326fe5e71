package secure

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
)

// Error is an error as OpenSSL words it: "error:0A00010B:SSL routines::wrong version number".
type Error struct {
	Number  uint32
	Library string
	Reason  string
	Code    string // Node's
}

func (e *Error) Error() string {
	return fmt.Sprintf("error:%08X:%s::%s", e.Number, e.Library, e.Reason)
}

func sslError(number uint32, reason string) *Error {
	return &Error{0x0A000000 | number, "SSL routines", reason, "ERR_SSL_" + strings.ToUpper(strings.ReplaceAll(reason, " ", "_"))}
}

// alertReason is OpenSSL's reason for an alert that a peer sends, or "".
func alertReason(alert uint8) string {
	switch alert {
	case 10:
		return "ssl/tls alert unexpected message"
	case 20:
		return "ssl/tls alert bad record mac"
	case 21:
		return "tlsv1 alert decryption failed"
	case 22:
		return "tlsv1 alert record overflow"
	case 30:
		return "ssl/tls alert decompression failure"
	case 40:
		return "ssl/tls alert handshake failure"
	case 41:
		return "ssl/tls alert no certificate"
	case 42:
		return "ssl/tls alert bad certificate"
	case 43:
		return "ssl/tls alert unsupported certificate"
	case 44:
		return "ssl/tls alert certificate revoked"
	case 45:
		return "ssl/tls alert certificate expired"
	case 46:
		return "ssl/tls alert certificate unknown"
	case 47:
		return "ssl/tls alert illegal parameter"
	case 48:
		return "tlsv1 alert unknown ca"
	case 49:
		return "tlsv1 alert access denied"
	case 50:
		return "tlsv1 alert decode error"
	case 51:
		return "tlsv1 alert decrypt error"
	case 70:
		return "tlsv1 alert protocol version"
	case 71:
		return "tlsv1 alert insufficient security"
	case 80:
		return "tlsv1 alert internal error"
	case 86:
		return "tlsv1 alert inappropriate fallback"
	case 90:
		return "tlsv1 alert user cancelled"
	case 100:
		return "tlsv1 alert no renegotiation"
	case 109:
		return "tlsv13 alert missing extension"
	case 110:
		return "tlsv1 unsupported extension"
	case 112:
		return "tlsv1 unrecognized name"
	case 113:
		return "tlsv1 bad certificate status response"
	case 115:
		return "tlsv1 unknown psk identity"
	case 116:
		return "tlsv13 alert certificate required"
	case 120:
		return "tlsv1 alert no application protocol"
	}
	return ""
}

// failures are OpenSSL's reasons for what crypto/tls reports of the own side, by a part of its message.
var failures = []struct {
	text   string
	number uint32
	reason string
}{
	{"client offered only unsupported versions", 258, "unsupported protocol"},
	{"server selected unsupported protocol version", 258, "unsupported protocol"},
	{"no supported versions satisfy", 191, "no protocols available"},
	{"no cipher suite supported by both", 193, "no shared cipher"},
	{"no certificates configured", 193, "no shared cipher"},
	{"doesn't support any of the certificate's signature algorithms", 118, "no suitable signature algorithm"},
	{"no mutually supported", 101, "no suitable key share"},
	{"no key exchanges supported by both", 101, "no suitable key share"},
	{"server chose an unconfigured cipher suite", 248, "unknown cipher returned"},
	{"didn't provide a certificate", 199, "peer did not return a certificate"},
	{"unsupported application protocol", 235, "no application protocol"},
	{"bad record MAC", 281, "decryption failed or bad record mac"},
	{"unexpected message", 244, "unexpected message"},
	{"received unexpected", 244, "unexpected message"},
	{"message of length", 152, "excessive message size"},
	{"Finished message was incorrect", 149, "digest check failed"},
	{"finished hash", 149, "digest check failed"},
	{"PSK binder", 253, "binder does not verify"},
	{"inappropriate protocol fallback", 373, "inappropriate fallback"},
	{"compression", 257, "unsupported compression algorithm"},
	{"key share", 108, "bad key share"},
	{"key_share", 108, "bad key share"},
	{"ALPN", 110, "bad extension"},
	{"malformed", 159, "length mismatch"},
	{"oversized record", 198, "packet length too long"},
	{"received record with version", 267, "wrong version number"},
	{"invalid signature by", 123, "bad signature"},
	{"failed to parse certificate", 69, "certificate parse error"},
}

// What a server without a certificate fails with: with TLS 1.3, or with older versions.
func ErrNoSignature() error { return sslError(118, "no suitable signature algorithm") }
func ErrNoCipher() error    { return sslError(193, "no shared cipher") }

// ErrOldVersion is what a server says to a client that refuses the version that was chosen for it.
func ErrOldVersion() error { return sslError(267, "wrong version number") }

// Types of records.
const (
	recordAlert     = 21
	recordHandshake = 22
)

// clientHello is the type of a handshake's first message.
const clientHello = 1

// CheckFirst tells what a server says to a client that begins so, if it is no hello.
func CheckFirst(data []byte) error {
	var header tls.RecordHeaderError
	switch {
	case len(data) < len(header.RecordHeader) || data[0] == recordHandshake && (len(data) == len(header.RecordHeader) || data[len(header.RecordHeader)] == clientHello):
		return nil
	case data[0] == recordAlert || data[0] == recordHandshake:
		return sslError(244, "unexpected message")
	}
	copy(header.RecordHeader[:], data)
	return Explain(header)
}

// Explain words an error of crypto/tls as OpenSSL does.
func Explain(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var header tls.RecordHeaderError
	if errors.As(err, &header) && !strings.Contains(header.Msg, "oversized") {
		switch h := string(header.RecordHeader[:]); {
		case strings.HasPrefix(h, "GET "), strings.HasPrefix(h, "POST "), strings.HasPrefix(h, "HEAD "), strings.HasPrefix(h, "PUT "):
			return sslError(156, "http request")
		case strings.HasPrefix(h, "CONNE"):
			return sslError(155, "https proxy request")
		}
		return sslError(267, "wrong version number")
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		if v := reflect.ValueOf(op.Err); v.Kind() == reflect.Uint8 {
			if reason := alertReason(uint8(v.Uint())); reason != "" {
				return sslError(1000+uint32(v.Uint()), reason)
			}
		}
	}
	text := strings.TrimPrefix(err.Error(), "tls: ")
	for _, f := range failures {
		if strings.Contains(text, f.text) {
			return sslError(f.number, f.reason)
		}
	}
	return &Error{0x0A0C0103, "SSL routines", "internal error", "ERR_SSL_INTERNAL_ERROR"}
}
