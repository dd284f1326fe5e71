package urlpattern

import (
	"strconv"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// How the components of a URL are written. What cannot be one gives an error.

func (e *Engine) canonProtocol(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	u, err := e.parse(s+"://dummy.invalid/", nil)
	if err != nil || strings.ContainsAny(s, ":/?#\t\n\r ") {
		return "", errPattern
	}
	return strings.TrimSuffix(u.Protocol(), ":"), nil
}

const (
	fragmentSet = " \"<>`"
	querySet    = " \"#<>"
	userinfoSet = " \"#<>?^`{}/:;=@[\\]|"
)

// percentEncode writes control characters, what is not ASCII and those of the set by the bytes of UTF-8.
func percentEncode(s, set string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c > 0x7E || strings.IndexByte(set, c) >= 0 {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func canonUser(s string) (string, error) { return percentEncode(s, userinfoSet), nil }

// bare is the text without the line ends and tabs that the parser of URLs ignores.
func bare(s string) string { return strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s) }

func canonSearch(s string) (string, error) {
	return percentEncode(bare(strings.TrimPrefix(s, "?")), querySet), nil
}

func canonHash(s string) (string, error) {
	return percentEncode(bare(s), fragmentSet), nil
}

func (e *Engine) canonHostname(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	host := bare(s)
	if i := strings.IndexAny(host, `/?#\`); i >= 0 {
		host = host[:i]
	}
	if host == "" || strings.Contains(host, "@") || strings.Contains(host, ":") && !(strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")) {
		return "", errPattern
	}
	u, err := e.parse("https://"+host+"/", nil)
	if err != nil {
		return "", errPattern
	}
	return u.Hostname(), nil
}

// canonAddress is for patterns of IPv6 addresses, which are not whole ones.
func canonAddress(s string) (string, error) {
	s = strings.ToLower(s)
	if strings.Trim(s, "0123456789abcdef[]:") != "" {
		return "", errPattern
	}
	return s, nil
}

func canonPort(s, protocol string) (string, error) {
	if s = bare(s); s == "" {
		return "", nil
	}
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	port, err := strconv.ParseUint(s[:n], 10, 16)
	if err != nil {
		return "", errPattern
	}
	text := strconv.FormatUint(port, 10)
	if text == defaultPort(protocol) {
		return "", nil
	}
	return text, nil
}

func defaultPort(protocol string) string {
	switch strings.TrimSuffix(protocol, ":") {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	case "ftp":
		return "21"
	}
	return ""
}

func isSpecial(protocol string) bool { return protocol == "file" || defaultPort(protocol) != "" }

func (e *Engine) canonPathname(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	text := strings.NewReplacer("?", "%3F", "#", "%23").Replace(s)
	relative := s[0] != '/'
	if relative {
		text = "/-" + text
	}
	u, err := e.parse("fake://dummy.invalid"+text, nil)
	if err != nil {
		return "", errPattern
	}
	path := u.Pathname()
	if relative {
		path = path[min(2, len(path)):]
	}
	return path, nil
}

func (e *Engine) canonOpaque(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	u, err := e.parse("fake:"+s, nil)
	if err != nil {
		return "", errPattern
	}
	return u.Pathname(), nil
}

func (e *Engine) parse(input string, base *string) (*whatwg.Url, error) {
	if base != nil {
		return e.URLs.ParseRef(*base, input)
	}
	return e.URLs.Parse(input)
}
