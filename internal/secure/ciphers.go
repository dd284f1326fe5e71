package secure

import (
	"crypto/tls"
	"slices"
	"strings"
)

// suite is a cipher suite that crypto/tls has, by OpenSSL's name and by what its lists call it.
type suite struct {
	id   uint16
	name string
	tags string
}

// suites stand in OpenSSL's order of preference.
var suites = []suite{
	{tls.TLS_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384", "tls13"},
	{tls.TLS_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256", "tls13"},
	{tls.TLS_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256", "tls13"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE ECDSA AES AES256 AESGCM SHA384 HIGH TLSv1.2"},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE RSA AES AES256 AESGCM SHA384 HIGH TLSv1.2"},
	{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE ECDSA CHACHA20 HIGH TLSv1.2"},
	{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE RSA CHACHA20 HIGH TLSv1.2"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE ECDSA AES AES128 AESGCM SHA256 HIGH TLSv1.2"},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE RSA AES AES128 AESGCM SHA256 HIGH TLSv1.2"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, "ECDHE-ECDSA-AES128-SHA256", "ECDHE ECDSA AES AES128 SHA256 HIGH TLSv1.2"},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, "ECDHE-RSA-AES128-SHA256", "ECDHE RSA AES AES128 SHA256 HIGH TLSv1.2"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, "ECDHE-ECDSA-AES256-SHA", "ECDHE ECDSA AES AES256 SHA SHA1 HIGH"},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, "ECDHE-RSA-AES256-SHA", "ECDHE RSA AES AES256 SHA SHA1 HIGH"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "ECDHE-ECDSA-AES128-SHA", "ECDHE ECDSA AES AES128 SHA SHA1 HIGH"},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "ECDHE-RSA-AES128-SHA", "ECDHE RSA AES AES128 SHA SHA1 HIGH"},
	{tls.TLS_RSA_WITH_AES_256_GCM_SHA384, "AES256-GCM-SHA384", "kRSA RSA AES AES256 AESGCM SHA384 HIGH TLSv1.2"},
	{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, "AES128-GCM-SHA256", "kRSA RSA AES AES128 AESGCM SHA256 HIGH TLSv1.2"},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA256, "AES128-SHA256", "kRSA RSA AES AES128 SHA256 HIGH TLSv1.2"},
	{tls.TLS_RSA_WITH_AES_256_CBC_SHA, "AES256-SHA", "kRSA RSA AES AES256 SHA SHA1 HIGH"},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA, "AES128-SHA", "kRSA RSA AES AES128 SHA SHA1 HIGH"},
}

// synonym is another name of a word in OpenSSL's lists, or the word itself.
func synonym(word string) string {
	switch word {
	case "EECDH", "kEECDH", "kECDHE":
		return "ECDHE"
	case "aRSA":
		return "RSA"
	case "aECDSA":
		return "ECDSA"
	case "CHACHA20-POLY1305":
		return "CHACHA20"
	case "TLSv1.0", "TLSv1", "SSLv3":
		return "HIGH"
	}
	return word
}

// DefaultCiphers is Node's tls.DEFAULT_CIPHERS.
const DefaultCiphers = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:" +
	"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384:" +
	"DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256:DHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:DHE-RSA-AES256-SHA384:" +
	"ECDHE-RSA-AES256-SHA256:DHE-RSA-AES256-SHA256:HIGH:!aNULL:!eNULL:!EXPORT:!DES:!RC4:!MD5:!PSK:!SRP:!CAMELLIA"

// CipherNames are the names of all suites there are, in lower case, as tls.getCiphers lists them.
func CipherNames() []string {
	var list []string
	for _, s := range suites {
		list = append(list, strings.ToLower(s.name))
	}
	slices.Sort(list)
	return list
}

// CipherName is a suite's name with OpenSSL and in the standards.
func CipherName(id uint16) (name, standard string) {
	for _, s := range suites {
		if s.id == id {
			return s.name, tls.CipherSuiteName(id)
		}
	}
	return tls.CipherSuiteName(id), tls.CipherSuiteName(id)
}

// ParseCiphers reads an OpenSSL cipher list: the suites up to TLS 1.2 in its order, and whether it names any of
// TLS 1.3's. old tells whether it has a part about older versions at all.
func ParseCiphers(list string) (ids []uint16, tls13, old bool, err error) {
	other := false
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(":, ;", r) }) {
		if strings.HasPrefix(word, "TLS_") || strings.HasPrefix(word, "!TLS_") {
			known := slices.ContainsFunc(suites, func(s suite) bool { return s.name == word && s.tags == "tls13" })
			if !known && !strings.HasPrefix(word, "TLS_AES_128_CCM") {
				return nil, false, false, sslError(185, "no cipher match")
			}
			tls13 = true
			continue
		}
		old = true
		word, _, _ = strings.Cut(word, "@")
		if word == "" {
			continue
		}
		op := byte(0)
		if strings.IndexByte("!-+", word[0]) >= 0 {
			op, word = word[0], word[1:]
		}
		if other = other || op == 0 && isOtherSuite(word); op == '!' && isOtherSuite(word) {
			continue
		}
		for _, s := range suites {
			if s.tags == "tls13" || !s.matches(word) {
				continue
			}
			at := slices.Index(ids, s.id)
			switch {
			case (op == '!' || op == '-') && at >= 0:
				ids = slices.Delete(ids, at, at+1)
			case op == '+' && at >= 0:
				ids = append(slices.Delete(ids, at, at+1), s.id)
			case op == 0 && at < 0:
				ids = append(ids, s.id)
			}
		}
	}
	if old && len(ids) == 0 && !other || !old && !tls13 {
		return nil, false, false, sslError(185, "no cipher match")
	}
	if ids == nil {
		ids = []uint16{} // nil would be all of them
	}
	return ids, tls13, old, nil
}

func (s *suite) matches(word string) bool {
	if s.name == word || word == "ALL" || word == "DEFAULT" || word == "COMPLEMENTOFDEFAULT" {
		return word != "COMPLEMENTOFDEFAULT"
	}
	tags := strings.Fields(s.tags)
	for part := range strings.SplitSeq(word, "+") {
		if !slices.Contains(tags, synonym(part)) {
			return false
		}
	}
	return true
}

// ChooseCipher makes a server's configuration choose among the suites before TLS 1.3 in its own order of preference, or in
// the client's: crypto/tls has one of its own.
func (c *Context) ChooseCipher(config *tls.Config, hello *tls.ClientHelloInfo, clientsOrder bool) {
	version := uint16(0)
	for _, v := range hello.SupportedVersions {
		if v <= c.Max {
			version = max(version, v)
		}
	}
	curve := len(hello.SupportedCurves) == 0
	for _, id := range c.Curves {
		curve = curve || slices.Contains(hello.SupportedCurves, id) && id < firstHybrid
	}
	first, second := c.ciphers, hello.CipherSuites
	if clientsOrder {
		first, second = second, first
	}
	for _, id := range first {
		n := slices.IndexFunc(suites, func(s suite) bool { return s.id == id && s.tags != "tls13" })
		if n < 0 || !slices.Contains(second, id) {
			continue
		}
		tags := strings.Fields(suites[n].tags)
		if slices.Contains(tags, "TLSv1.2") && version < tls.VersionTLS12 || tags[0] == "ECDHE" && !curve ||
			!c.hasKey(slices.Contains(tags, "ECDSA")) {
			continue
		}
		config.CipherSuites = []uint16{id}
		return
	}
}

// firstHybrid is the first of the groups that TLS 1.3 alone has.
const firstHybrid = tls.SecP256r1MLKEM768

// hasKey tells whether there is a key for suites with RSA, or for those with ECDSA, which other curves' keys serve too.
func (c *Context) hasKey(ecdsa bool) bool {
	return slices.ContainsFunc(c.pairs, func(p *pair) bool { return p.key != nil && (p.kind != "rsa") == ecdsa })
}

// CipherVersion is the version that a suite came with, as OpenSSL tells it.
func CipherVersion(id uint16) string {
	for _, s := range suites {
		if s.id != id {
			continue
		}
		switch {
		case s.tags == "tls13":
			return "TLSv1.3"
		case strings.Contains(s.tags, "TLSv1.2"):
			return "TLSv1.2"
		case strings.HasPrefix(s.tags, "ECDHE"):
			return "TLSv1.0"
		}
	}
	return "SSLv3"
}
