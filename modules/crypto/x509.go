package crypto

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	_ "embed"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"net"
	"strconv"
	"strings"

	"github.com/dop251/goja"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"gonode/internal/engine"
	"gonode/internal/secure"
	"gonode/runtime"
)

//go:embed x509.js
var x509Script string

// Certificates is the class X509Certificate, loaded when first asked for.
var Certificates = &runtime.Module{Name: "internal/crypto/x509", Private: true,
	Script: engine.NewScript("node:internal/crypto/x509", &x509Script), Binding: natives}

func (m *module) certificate(v goja.Value) *x509.Certificate {
	return engine.Held[*x509.Certificate](m.rt, v)
}

// certificates adds the functions of certificates to the binding. Module tls calls certLegacy and certHandle with DER.
func (m *module) certificates(set func(string, func([]goja.Value) goja.Value)) {
	text := func(s string, ok bool) goja.Value {
		if !ok {
			return goja.Undefined()
		}
		return m.vm.ToValue(s)
	}
	set("certParse", func(a []goja.Value) goja.Value {
		data := m.bytes(a[0], nil)
		if block, _ := pem.Decode(data); block != nil {
			data = block.Bytes
		} else if len(data) == 0 || data[0] != 0x30 {
			m.rt.Throw(m.failure(openssl{"0480006C", "PEM routines", "no start line"}))
		}
		c, err := x509.ParseCertificate(data)
		if err != nil {
			m.rt.Throw(m.failure(openssl{"0680007B", "asn1 encoding routines", "header too long"}))
		}
		return m.handle(c)
	})
	field := func(c *x509.Certificate, name string) goja.Value {
		switch name {
		case "subject":
			s := secure.NameText(c.RawSubject)
			return text(s, s != "")
		case "issuer":
			s := secure.NameText(c.RawIssuer)
			return text(s, s != "")
		case "subjectAltName":
			return text(secure.AltNames(c))
		case "infoAccess":
			var lines []string
			for _, a := range secure.InfoAccess(c) {
				lines = append(lines, a.Name+":"+a.Value)
			}
			return text(strings.Join(lines, "\n"), lines != nil)
		case "validFrom":
			return m.vm.ToValue(secure.Date(c.NotBefore))
		case "validTo":
			return m.vm.ToValue(secure.Date(c.NotAfter))
		case "fingerprint":
			sum := sha1.Sum(c.Raw)
			return m.vm.ToValue(secure.Colons(sum[:]))
		case "fingerprint256":
			sum := sha256.Sum256(c.Raw)
			return m.vm.ToValue(secure.Colons(sum[:]))
		case "fingerprint512":
			sum := sha512.Sum512(c.Raw)
			return m.vm.ToValue(secure.Colons(sum[:]))
		case "keyUsage":
			list := secure.ExtKeyUsage(c)
			if list == nil {
				return goja.Undefined()
			}
			return m.strings(list)
		case "serialNumber":
			return m.vm.ToValue(secure.SerialNumber(c))
		case "raw":
			return m.rt.NewBuffer(bytes.Clone(c.Raw))
		case "ca":
			return m.vm.ToValue(c.IsCA)
		case "validFromDate":
			return m.vm.ToValue(c.NotBefore.UnixMilli())
		case "validToDate":
			return m.vm.ToValue(c.NotAfter.UnixMilli())
		case "signatureAlgorithm":
			if name := signatureOIDs.name(signatureOID(c)); name != "" {
				return m.vm.ToValue(name)
			}
		case "signatureAlgorithmOid":
			return m.vm.ToValue(signatureOID(c).String())
		case "pem":
			return m.vm.ToValue(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))
		case "publicKey":
			k, err := readSPKI(c.RawSubjectPublicKeyInfo)
			if err != nil {
				m.rt.Throw(m.failure(err))
			}
			return m.handle(k)
		}
		return goja.Undefined()
	}
	set("certField", func(a []goja.Value) goja.Value { return field(m.certificate(a[0]), a[1].String()) })
	// certLegacy is the object of tls's getPeerCertificate.
	set("certLegacy", func(a []goja.Value) goja.Value { return m.legacy(m.certificate(a[0]), field) })
	set("certFromDER", func(a []goja.Value) goja.Value {
		c, err := x509.ParseCertificate(m.bytes(a[0], nil))
		if err != nil {
			return goja.Undefined()
		}
		return m.handle(c)
	})
	set("certCheckHost", func(a []goja.Value) goja.Value {
		c, host := m.certificate(a[0]), a[1].String()
		names := c.DNSNames
		subject, _ := a[2].(*goja.Object)
		when := "default"
		if subject != nil && subject.Get("subject") != nil && goja.IsString(subject.Get("subject")) {
			when = subject.Get("subject").String()
		}
		if when == "always" || when == "default" && len(names) == 0 {
			names = append(names[:len(names):len(names)], c.Subject.CommonName)
		}
		off := func(name string) bool {
			return subject != nil && subject.Get(name) != nil && subject.Get(name).SameAs(m.vm.ToValue(false))
		}
		for _, n := range names {
			label, _, _ := strings.Cut(n, ".")
			wild := strings.Contains(label, "*")
			if wild && off("wildcards") || wild && label != "*" && off("partialWildcards") {
				continue
			}
			if secure.MatchHost(host, n) {
				return m.vm.ToValue(n)
			}
		}
		return goja.Undefined()
	})
	set("certCheckEmail", func(a []goja.Value) goja.Value {
		c := m.certificate(a[0])
		list := c.EmailAddresses
		if len(list) == 0 {
			for _, group := range secure.Attributes(c.RawSubject) {
				for _, attribute := range group {
					if attribute.Name == "emailAddress" {
						list = append(list, attribute.Value)
					}
				}
			}
		}
		for _, e := range list {
			if e == a[1].String() {
				return a[1]
			}
		}
		return goja.Undefined()
	})
	set("certCheckIP", func(a []goja.Value) goja.Value {
		ip := net.ParseIP(a[1].String())
		if ip == nil {
			m.rt.Throw(m.failure(coded{code: "ERR_INVALID_ARG_VALUE", args: []any{"ip", "", ""}, text: "Invalid name"}))
		}
		for _, other := range m.certificate(a[0]).IPAddresses {
			if ip != nil && other.Equal(ip) {
				return a[1]
			}
		}
		return goja.Undefined()
	})
	set("certCheckIssued", func(a []goja.Value) goja.Value {
		c, issuer := m.certificate(a[0]), m.certificate(a[1])
		return m.vm.ToValue(bytes.Equal(c.RawIssuer, issuer.RawSubject) && (len(c.AuthorityKeyId) == 0 ||
			len(issuer.SubjectKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, issuer.SubjectKeyId)) &&
			(issuer.KeyUsage == 0 || issuer.KeyUsage&x509.KeyUsageCertSign != 0))
	})
	set("certVerify", func(a []goja.Value) goja.Value {
		c := m.certificate(a[0])
		by := &x509.Certificate{PublicKey: m.key(a[1]).public}
		return m.vm.ToValue(by.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil)
	})
}

// signatureOIDs are the algorithms of signatures by OpenSSL's names.
var signatureOIDs = oids{
	{"md5WithRSAEncryption", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}},
	{"sha1WithRSAEncryption", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}},
	{"rsassaPss", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}},
	{"sha256WithRSAEncryption", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}},
	{"sha384WithRSAEncryption", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}},
	{"sha512WithRSAEncryption", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}},
	{"sha224WithRSAEncryption", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 14}},
	{"ecdsa-with-SHA1", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}},
	{"ecdsa-with-SHA224", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 1}},
	{"ecdsa-with-SHA256", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}},
	{"ecdsa-with-SHA384", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}},
	{"ecdsa-with-SHA512", asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}},
	{"dsaWithSHA1", asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 3}},
	{"dsa_with_SHA256", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 2}},
	{"ED25519", asn1.ObjectIdentifier{1, 3, 101, 112}}, {"ED448", asn1.ObjectIdentifier{1, 3, 101, 113}},
	{"ML-DSA-44", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 17}},
	{"ML-DSA-65", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}},
	{"ML-DSA-87", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 19}},
}

// signatureOID is the algorithm that a certificate was signed with.
func signatureOID(c *x509.Certificate) (oid asn1.ObjectIdentifier) {
	s, list := cryptobyte.String(c.Raw), cryptobyte.String(nil)
	if s.ReadASN1(&s, tag.SEQUENCE) && s.SkipASN1(tag.SEQUENCE) && s.ReadASN1(&list, tag.SEQUENCE) {
		list.ReadASN1ObjectIdentifier(&oid)
	}
	return oid
}

func (m *module) strings(list []string) goja.Value {
	items := make([]any, len(list))
	for i, s := range list {
		items[i] = s
	}
	return m.vm.NewArray(items...)
}

// plain makes an object without a prototype.
func (m *module) plain() *goja.Object {
	o := m.vm.NewObject()
	o.SetPrototype(nil)
	return o
}

// grouped makes an object of attributes; those that come more than once have an array, as all have if always is set.
func (m *module) grouped(list []secure.Attribute, always bool) *goja.Object {
	o := m.plain()
	values := map[string][]string{}
	var names []string
	for _, a := range list {
		if values[a.Name] == nil {
			names = append(names, a.Name)
		}
		values[a.Name] = append(values[a.Name], a.Value)
	}
	for _, n := range names {
		if len(values[n]) == 1 && !always {
			o.Set(n, values[n][0])
		} else {
			o.Set(n, m.strings(values[n]))
		}
	}
	return o
}

func (m *module) legacy(c *x509.Certificate, field func(*x509.Certificate, string) goja.Value) goja.Value {
	o := m.vm.NewObject()
	name := func(raw []byte) *goja.Object {
		var all []secure.Attribute
		for _, g := range secure.Attributes(raw) {
			all = append(all, g...)
		}
		return m.grouped(all, false)
	}
	o.Set("subject", name(c.RawSubject))
	o.Set("issuer", name(c.RawIssuer))
	// What there is not is there too, and undefined.
	o.Set("subjectaltname", field(c, "subjectAltName"))
	o.Set("infoAccess", goja.Undefined())
	if list := secure.InfoAccess(c); list != nil {
		for i, a := range list {
			if strings.HasPrefix(a.Value, `"`) {
				json.Unmarshal([]byte(a.Value), &list[i].Value)
			}
		}
		o.Set("infoAccess", m.grouped(list, true))
	}
	o.Set("ca", c.IsCA)
	for _, name := range []string{"modulus", "exponent", "pubkey", "bits"} {
		o.Set(name, goja.Undefined())
	}
	curve, nist := goja.Undefined(), goja.Undefined()
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		o.Set("modulus", strings.ToUpper(key.N.Text(16)))
		o.Set("bits", key.N.BitLen())
		o.Set("exponent", "0x"+strconv.FormatInt(int64(key.E), 16))
		if der, err := x509.MarshalPKIXPublicKey(key); err == nil {
			o.Set("pubkey", m.rt.NewBuffer(der))
		}
	case *ecdsa.PublicKey:
		o.Set("bits", key.Params().BitSize)
		if point, err := key.Bytes(); err == nil {
			o.Set("pubkey", m.rt.NewBuffer(point))
		}
		if known := curveOf(key.Curve); known != nil {
			curve = m.vm.ToValue(known.names[0])
			if strings.HasPrefix(known.jwk, "P-") {
				nist = m.vm.ToValue(known.jwk)
			}
		}
	}
	for _, f := range [][2]string{{"valid_from", "validFrom"}, {"valid_to", "validTo"}, {"fingerprint", "fingerprint"},
		{"fingerprint256", "fingerprint256"}, {"fingerprint512", "fingerprint512"}, {"ext_key_usage", "keyUsage"},
		{"serialNumber", "serialNumber"}, {"raw", "raw"}} {
		o.Set(f[0], field(c, f[1]))
	}
	o.Set("asn1Curve", curve)
	o.Set("nistCurve", nist)
	return o
}
