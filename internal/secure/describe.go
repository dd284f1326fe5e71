package secure

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Attribute is one part of a distinguished name, by OpenSSL's short name.
type Attribute struct{ Name, Value string }

// attributeName is OpenSSL's short name of a kind of attribute, or its number.
func attributeName(id string) string {
	switch id {
	case "2.5.4.3":
		return "CN"
	case "2.5.4.4":
		return "SN"
	case "2.5.4.5":
		return "serialNumber"
	case "2.5.4.6":
		return "C"
	case "2.5.4.7":
		return "L"
	case "2.5.4.8":
		return "ST"
	case "2.5.4.9":
		return "street"
	case "2.5.4.10":
		return "O"
	case "2.5.4.11":
		return "OU"
	case "2.5.4.12":
		return "title"
	case "2.5.4.13":
		return "description"
	case "2.5.4.15":
		return "businessCategory"
	case "2.5.4.17":
		return "postalCode"
	case "2.5.4.41":
		return "name"
	case "2.5.4.42":
		return "GN"
	case "2.5.4.43":
		return "initials"
	case "2.5.4.44":
		return "generationQualifier"
	case "2.5.4.46":
		return "dnQualifier"
	case "2.5.4.65":
		return "pseudonym"
	case "2.5.4.97":
		return "organizationIdentifier"
	case "0.9.2342.19200300.100.1.1":
		return "UID"
	case "0.9.2342.19200300.100.1.25":
		return "DC"
	case "1.2.840.113549.1.9.1":
		return "emailAddress"
	case "1.2.840.113549.1.9.2":
		return "unstructuredName"
	case "1.3.6.1.4.1.311.60.2.1.1":
		return "jurisdictionL"
	case "1.3.6.1.4.1.311.60.2.1.2":
		return "jurisdictionST"
	case "1.3.6.1.4.1.311.60.2.1.3":
		return "jurisdictionC"
	}
	return id
}

// Attributes lists a distinguished name, given in DER; the parts of one relative name stand in one group.
func Attributes(raw []byte) (groups [][]Attribute) {
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &rdns); err != nil {
		return nil
	}
	for _, set := range rdns {
		var group []Attribute
		for _, a := range set {
			group = append(group, Attribute{attributeName(a.Type.String()), fmt.Sprint(a.Value)})
		}
		groups = append(groups, group)
	}
	return groups
}

// NameText is a distinguished name with a line for each relative name.
func NameText(raw []byte) string {
	var lines []string
	for _, group := range Attributes(raw) {
		var parts []string
		for _, a := range group {
			parts = append(parts, a.Name+"="+escaped(a.Value, true))
		}
		lines = append(lines, strings.Join(parts, " + "))
	}
	return strings.Join(lines, "\n")
}

// escaped writes the value of an attribute by RFC 2253, and control characters by their numbers if asked to.
func escaped(s string, control bool) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case control && (r < ' ' || r == 0x7f):
			fmt.Fprintf(&b, "\\%02X", r)
			continue
		case strings.ContainsRune(`,+"\<>;`, r), r == '#' && i == 0, r == ' ' && (i == 0 || i == len(s)-1):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Date is a time as OpenSSL prints it.
func Date(t time.Time) string { return t.UTC().Format("Jan _2 15:04:05 2006 GMT") }

// Colons writes bytes in upper-case hexadecimal with colons.
func Colons(sum []byte) string {
	var b strings.Builder
	for i, c := range sum {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02X", c)
	}
	return b.String()
}

// SerialNumber is a certificate's number in upper-case hexadecimal, of whole bytes.
func SerialNumber(c *x509.Certificate) string {
	b := c.SerialNumber.Bytes()
	if len(b) == 0 {
		return "00"
	}
	s := strings.ToUpper(hex.EncodeToString(b))
	if c.SerialNumber.Sign() < 0 {
		s = "-" + s
	}
	return s
}

func extension(c *x509.Certificate, id ...int) []byte {
	for _, e := range c.Extensions {
		if e.Id.Equal(id) {
			return e.Value
		}
	}
	return nil
}

// AltNames is the extension subjectAltName as Node words it: "DNS:localhost, IP Address:127.0.0.1".
func AltNames(c *x509.Certificate) (string, bool) {
	raw := extension(c, 2, 5, 29, 17)
	var names []asn1.RawValue
	if raw == nil {
		return "", false
	}
	if _, err := asn1.Unmarshal(raw, &names); err != nil {
		return "", false
	}
	var list []string
	for _, n := range names {
		list = append(list, generalName(n))
	}
	return strings.Join(list, ", "), true
}

func generalName(n asn1.RawValue) string {
	switch n.Tag {
	case 0:
		return otherName(n)
	case 1:
		return "email:" + quoted(string(n.Bytes), false)
	case 2:
		return "DNS:" + quoted(string(n.Bytes), false)
	case 4:
		var parts []string
		for _, group := range Attributes(n.Bytes) {
			for _, a := range group {
				parts = append(parts, a.Name+"="+escaped(a.Value, false))
			}
		}
		slices.Reverse(parts)
		return "DirName:" + quoted(strings.Join(parts, ","), true)
	case 6:
		return "URI:" + quoted(string(n.Bytes), false)
	case 7:
		return "IP Address:" + addressText(n.Bytes)
	case 8:
		var id asn1.ObjectIdentifier
		if _, err := asn1.UnmarshalWithParams(n.FullBytes, &id, "tag:8"); err == nil {
			return "Registered ID:" + id.String()
		}
	case 3:
		return "X400Name:<unsupported>"
	case 5:
		return "EdiPartyName:<unsupported>"
	}
	return "<unsupported>"
}

// otherName words the kinds that carry a string.
func otherName(n asn1.RawValue) string {
	var id asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(n.Bytes, &id)
	var wrapped, text asn1.RawValue
	if err == nil {
		_, err = asn1.Unmarshal(rest, &wrapped)
	}
	if err == nil {
		_, err = asn1.Unmarshal(wrapped.Bytes, &text)
	}
	kind, tag := "", asn1.TagUTF8String
	switch id.String() {
	case "1.3.6.1.5.5.7.8.5":
		kind = "XmppAddr"
	case "1.3.6.1.5.5.7.8.7":
		kind, tag = "SRVName", asn1.TagIA5String
	case "1.3.6.1.5.5.7.8.8":
		kind = "NAIRealm"
	case "1.3.6.1.5.5.7.8.9":
		kind = "SmtpUTF8Mailbox"
	case "1.3.6.1.4.1.311.20.2.3":
		kind = "UPN"
	}
	if kind == "" || err != nil || text.Tag != tag {
		return "othername:<unsupported>"
	}
	return "othername:" + quoted(kind+":"+string(text.Bytes), tag == asn1.TagUTF8String)
}

// quoted puts a name between quotes if it could be taken for more than one; characters beyond ASCII are none if it is
// UTF-8.
func quoted(s string, utf bool) string {
	safe := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == 0x7f || c > '~' && !utf || strings.IndexByte(`"\,'`, c) >= 0 {
			safe = false
		}
	}
	if safe {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteByte(s[0])
		case r < ' ' || r == 0x7f || r > '~' && !utf || r == ',' || r == '\'':
			fmt.Fprintf(&b, "\\u%04x", s[0])
			n = 1
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}

func addressText(b []byte) string {
	if len(b) == 16 {
		var parts []string
		for i := 0; i < 16; i += 2 {
			parts = append(parts, strings.ToUpper(strconv.FormatUint(uint64(b[i])<<8|uint64(b[i+1]), 16)))
		}
		return strings.Join(parts, ":")
	}
	if a, ok := netip.AddrFromSlice(b); ok {
		return a.String()
	}
	return fmt.Sprintf("<invalid length=%d>", len(b))
}

// InfoAccess is the extension authorityInfoAccess, by method: "OCSP - URI" and "CA Issuers - URI".
func InfoAccess(c *x509.Certificate) (list []Attribute) {
	var entries []struct {
		Method asn1.ObjectIdentifier
		Where  asn1.RawValue
	}
	if _, err := asn1.Unmarshal(extension(c, 1, 3, 6, 1, 5, 5, 7, 1, 1), &entries); err != nil {
		return nil
	}
	for _, e := range entries {
		method := e.Method.String()
		switch method {
		case "1.3.6.1.5.5.7.48.1":
			method = "OCSP"
		case "1.3.6.1.5.5.7.48.2":
			method = "CA Issuers"
		}
		kind, where, _ := strings.Cut(generalName(e.Where), ":")
		list = append(list, Attribute{method + " - " + kind, where})
	}
	return list
}

// ExtKeyUsage lists the object identifiers of the extension extendedKeyUsage.
func ExtKeyUsage(c *x509.Certificate) (list []string) {
	var ids []asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(extension(c, 2, 5, 29, 37), &ids); err != nil {
		return nil
	}
	for _, id := range ids {
		list = append(list, id.String())
	}
	return list
}
