package url

import (
	"strings"

	"github.com/dop251/goja"
)

// legacy is a URL as url.parse takes it apart. A nil field is JavaScript's null.
type legacy struct {
	protocol, auth, host, port, hostname, hash, search, pathname, path, href *string

	slashes bool
	query   goja.Value
}

func ptr(s string) *string { return &s }

// str is `field || ”`.
func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func isSlashed(protocol string) bool {
	switch strings.TrimSuffix(protocol, ":") {
	case "http", "https", "ftp", "gopher", "file", "ws", "wss":
		return true
	}
	return false
}

func isScript(protocol string) bool { return strings.TrimSuffix(protocol, ":") == "javascript" }

// trimLegacy drops what url.parse counts as white space at the ends.
func trimLegacy(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r < 33 || r == 0xa0 || r == 0xfeff })
}

// isSpace is \s of regular expressions.
func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}

// scheme matches the protocol at the start of s, with its colon.
func scheme(s string) string {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == ':' && i > 0 {
			return s[:i+1]
		}
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '+' || c == '-') {
			break
		}
	}
	return ""
}

// startsWithAuth matches "//user@host".
func startsWithAuth(s string) bool {
	if !strings.HasPrefix(s, "//") {
		return false
	}
	user := strings.IndexAny(s[2:], "@/")
	return user > 0 && s[2+user] == '@' && len(s) > 3+user && strings.IndexByte("@/", s[3+user]) < 0
}

// parseLegacy is url.parse. hostFirst lets "//foo/bar" name a host.
func (m *module) parseLegacy(input string, hostFirst bool) *legacy {
	u := &legacy{query: goja.Null()}
	// Back slashes become slashes up to the query, as in browsers.
	cut := strings.IndexAny(input, "?#")
	if cut < 0 {
		cut = len(input)
	}
	at := strings.IndexByte(input[:cut], '@') >= 0
	rest := trimLegacy(strings.ReplaceAll(input[:cut], `\`, "/") + input[cut:])
	if !hostFirst && !at && !strings.Contains(input, "#") && m.simple(u, rest) {
		return u
	}
	proto := scheme(rest)
	lower := strings.ToLower(proto)
	if proto != "" {
		u.protocol = ptr(lower)
		rest = rest[len(proto):]
	}
	slashes := false
	if hostFirst || proto != "" || startsWithAuth(rest) {
		slashes = strings.HasPrefix(rest, "//")
		if slashes && !isScript(lower) {
			rest = rest[2:]
			u.slashes = true
		}
	}
	if !isScript(lower) && (slashes || proto != "" && !isSlashed(proto)) {
		rest = m.authority(u, rest, input)
	}
	if !isScript(lower) {
		rest = escapeUnwise(rest)
	}
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		u.hash = ptr(rest[i:])
		rest = rest[:i]
	}
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		u.search = ptr(rest[i:])
		u.query = m.vm.ToValue(rest[i+1:])
		rest = rest[:i]
	}
	if rest != "" {
		u.pathname = ptr(rest)
	}
	if isSlashed(lower) && str(u.hostname) != "" && u.pathname == nil {
		u.pathname = ptr("/")
	}
	if str(u.pathname) != "" || str(u.search) != "" {
		u.path = ptr(str(u.pathname) + str(u.search))
	}
	u.href = ptr(m.format(u))
	return u
}

// simple takes a plain path with a query, which needs no more.
func (m *module) simple(u *legacy, rest string) bool {
	slashes := len(rest) - len(strings.TrimLeft(rest, "/"))
	if slashes < 1 || slashes > 2 || strings.IndexFunc(rest, isSpace) >= 0 {
		return false
	}
	u.path, u.href, u.pathname = ptr(rest), ptr(rest), ptr(rest)
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		u.pathname, u.search, u.query = ptr(rest[:i]), ptr(rest[i:]), m.vm.ToValue(rest[i+1:])
	}
	return true
}

// authority takes the user, host and port from the front of rest and returns what is left.
func (m *module) authority(u *legacy, rest, input string) string {
	end, at := -1, -1
	for i := 0; i < len(rest); i++ {
		stop := false
		switch rest[i] {
		case '\t', '\n', '\r':
			rest = rest[:i] + rest[i+1:]
			i--
		case ' ', '"', '%', '\'', ';', '<', '>', '\\', '^', '`', '{', '|', '}':
			if end < 0 {
				end = i
			}
		case '#', '/', '?':
			if end < 0 {
				end = i
			}
			stop = true
		case '@':
			// What comes before the last @ may hold anything.
			at, end = i, -1
		}
		if stop {
			break
		}
	}
	start := 0
	if at >= 0 {
		u.auth = ptr(m.decode(rest[:at]))
		start = at + 1
	}
	host := rest[start:]
	if end >= 0 {
		host = rest[start:end]
		rest = rest[end:]
	} else {
		rest = ""
	}
	u.splitHost(host)
	name := str(u.hostname)
	v6 := strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]")
	if !v6 {
		if i := strings.IndexAny(name, `/\#?:`); i >= 0 {
			if name[i] == ':' && !m.warnedPort {
				m.warnedPort = true
				m.rt.CallMethod(m.rt.Require("process"), "emitWarning", m.vm.ToValue("The URL "+input+
					" is invalid. Future versions of Node.js will throw an error."), m.vm.ToValue("DeprecationWarning"), m.vm.ToValue("DEP0170"))
			}
			rest = "/" + name[i:] + rest
			name = name[:i]
		}
	}
	if len(name) > 255 {
		name = ""
	}
	name = strings.ToLower(name)
	if v6 && strings.ContainsAny(name, "\x00\t\n\r #%/<>?@\\^|") {
		m.invalid(input, nil)
	}
	if name != "" && !v6 {
		name = toASCII(name)
		if name == "" || strings.ContainsAny(name, "\x00\t\n\r #%/:<>?@[\\]^|") {
			m.invalid(input, nil)
		}
	}
	full := name
	if str(u.port) != "" {
		full += ":" + *u.port
	}
	u.host = ptr(full)
	if v6 {
		name = name[1 : len(name)-1]
		if !strings.HasPrefix(rest, "/") {
			rest = "/" + rest
		}
	}
	u.hostname = ptr(name)
	return rest
}

// toASCII converts what is not ASCII in a host name.
func toASCII(name string) string {
	for i := 0; i < len(name); i++ {
		if name[i] >= 0x80 {
			s, err := lenient().ToASCII(name)
			if err != nil && s == name {
				return ""
			}
			return s
		}
	}
	return name
}

// splitHost takes the port off a host.
func (u *legacy) splitHost(host string) {
	digits := len(host)
	for digits > 0 && host[digits-1] >= '0' && host[digits-1] <= '9' {
		digits--
	}
	if digits > 0 && host[digits-1] == ':' {
		if digits < len(host) {
			u.port = ptr(host[digits:])
		}
		host = host[:digits-1]
	}
	if host != "" {
		u.hostname = ptr(host)
	}
}

func escapeUnwise(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; strings.IndexByte("\t\n\r \"'<>\\^`{|}", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escapeAuth is encodeURIComponent that leaves colons.
func escapeAuth(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= ':' || strings.IndexByte("!'()*-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
	return b.String()
}

// format is url.format of a legacy object.
func (m *module) format(u *legacy) string {
	auth := ""
	if a := str(u.auth); a != "" {
		auth = escapeAuth(a) + "@"
	}
	protocol, pathname, hash, search := str(u.protocol), str(u.pathname), str(u.hash), str(u.search)
	host := ""
	if h := str(u.host); h != "" {
		host = auth + h
	} else if h := str(u.hostname); h != "" {
		if strings.Contains(h, ":") && !(strings.HasPrefix(h, "[") && strings.HasSuffix(h, "]")) {
			h = "[" + h + "]"
		}
		host = auth + h
		if p := str(u.port); p != "" {
			host += ":" + p
		}
	}
	if search == "" && isObject(u.query) {
		if q := m.rt.CallMethod(m.rt.Require("querystring"), "stringify", u.query).String(); q != "" {
			search = "?" + q
		}
	}
	if protocol != "" && !strings.HasSuffix(protocol, ":") {
		protocol += ":"
	}
	pathname = strings.NewReplacer("#", "%23", "?", "%3F").Replace(pathname)
	if u.slashes || isSlashed(protocol) {
		if u.slashes || host != "" {
			if pathname != "" && pathname[0] != '/' {
				pathname = "/" + pathname
			}
			host = "//" + host
		} else if strings.HasPrefix(protocol, "file") {
			host = "//"
		}
	}
	search = strings.ReplaceAll(search, "#", "%23")
	if hash != "" && hash[0] != '#' {
		hash = "#" + hash
	}
	if search != "" && search[0] != '?' {
		search = "?" + search
	}
	return protocol + host + pathname + search + hash
}
