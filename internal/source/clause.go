package source

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The clauses of import and export statements, for scan.

// unexpected notes a syntax error at the place, in the words of the engine's parser.
func (s *moduleText) unexpected() {
	s.space()
	m := "Unexpected token " + tokenAt(s.text[s.at:])
	switch c := s.peek(); {
	case c == 0:
		m = "Unexpected end of input"
	case c == '"' || c == '\'':
		m = "Unexpected string"
	case c >= '0' && c <= '9':
		m = "Unexpected number"
	case wordChar(c) && !keyword(tokenAt(s.text[s.at:])):
		m = "Unexpected identifier"
	}
	s.fail(s.at, m)
}

func (s *moduleText) fail(at int, message string) {
	if s.err != nil {
		return
	}
	before := s.text[:at]
	s.err = &SyntaxError{Line: strings.Count(before, "\n") + 1, Column: at - (strings.LastIndexByte(before, '\n') + 1) + 1, Message: message}
	s.err.locate(s.text)
}

// expect takes a punctuator or a contextual word.
func (s *moduleText) expect(token string) bool {
	s.space()
	if !strings.HasPrefix(s.text[s.at:], token) {
		s.unexpected()
		return false
	}
	s.at += len(token)
	return true
}

// take takes a token if it is there.
func (s *moduleText) take(token string) bool {
	s.space()
	rest, ok := strings.CutPrefix(s.text[s.at:], token)
	if !ok || wordChar(token[0]) && wordAt(rest) {
		return false
	}
	s.at += len(token)
	return true
}

// identifier takes a local name.
func (s *moduleText) identifier() string {
	s.space()
	at := s.at
	w := unquote(s.word())
	if w == "" || w[0] >= '0' && w[0] <= '9' || keyword(w) {
		s.at = at
		s.unexpected()
		return ""
	}
	if w == "eval" || w == "arguments" {
		s.fail(at, "Unexpected eval or arguments in strict mode")
	}
	return w
}

// exportName takes a name that may be any word or a string.
func (s *moduleText) exportName() (name string, isString bool) {
	s.space()
	if c := s.peek(); c == '"' || c == '\'' {
		at := s.at
		raw := s.quoted()
		if name = unquote(raw); strings.ContainsRune(name, utf8.RuneError) && !strings.ContainsRune(raw, utf8.RuneError) && !strings.Contains(strings.ToLower(raw), `\ufffd`) {
			s.fail(at, "Invalid module export name: contains unpaired surrogate")
		}
		return name, true
	}
	at := s.at
	w := unquote(s.word())
	if w == "" || w[0] >= '0' && w[0] <= '9' {
		s.at = at
		s.unexpected()
	}
	return w, false
}

// from takes the specifier and the attributes at the end of a statement and returns the request's number.
func (s *moduleText) from(ofSource bool) int {
	s.space()
	at := s.at
	if c := s.peek(); c != '"' && c != '\'' {
		s.unexpected()
		return 0
	}
	r := Request{Specifier: unquote(s.quoted()), Offset: at, Source: ofSource}
	end := s.at
	newline := s.space()
	with := s.take("with")
	if with {
		s.attributes(&r)
		end = s.at
		newline = s.space()
	}
	switch c := s.peek(); {
	case c == ';':
		s.at++
	case c == 0, newline:
		s.at = end
	default:
		s.unexpected()
	}
	for i, other := range s.requests {
		if other.Specifier == r.Specifier && other.Source == r.Source && equalAttributes(other.Attributes, r.Attributes) {
			return i
		}
	}
	s.requests = append(s.requests, r)
	return len(s.requests) - 1
}

func equalAttributes(a, b [][2]string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (s *moduleText) attributes(r *Request) {
	if !s.expect("{") {
		return
	}
	for s.err == nil && !s.take("}") {
		at := s.at
		key, _ := s.exportName()
		if !s.expect(":") {
			return
		}
		s.space()
		if c := s.peek(); c != '"' && c != '\'' {
			s.unexpected()
			return
		}
		value := unquote(s.quoted())
		for _, a := range r.Attributes {
			if a[0] == key {
				s.fail(at, "Import attribute has duplicate key '"+key+"'")
			}
		}
		r.Attributes = append(r.Attributes, [2]string{key, value})
		if !s.take(",") {
			s.expect("}")
			return
		}
	}
}

func (s *moduleText) importStatement(start int) {
	s.statements = true
	s.items = append(s.items, start)
	first, ofSource := len(s.imports), false
	defer func() {
		s.blank(start, s.at)
		s.code[start] = ';'
		s.prev = ";"
	}()
	s.space()
	if c := s.peek(); c != '"' && c != '\'' {
		more := true
		if c != '{' && c != '*' {
			at := s.at
			i := Import{Local: s.identifier(), Name: "default", Offset: at}
			if i.Local == "source" {
				if local, at := s.sourceName(); local != "" {
					i, ofSource = Import{Local: local, Name: SourceExport, Offset: at}, true
				}
			}
			s.imports = append(s.imports, i)
			more = !ofSource && s.take(",")
		}
		if more {
			s.importClause()
		}
		if s.err == nil {
			if s.space(); !s.take("from") {
				s.unexpected()
			}
		}
	}
	if s.err != nil {
		return
	}
	n := s.from(ofSource)
	for i := first; i < len(s.imports); i++ {
		s.imports[i].Request = n
	}
}

// sourceName takes the name in `import source name from`, behind source. There is none where source is itself the name.
func (s *moduleText) sourceName() (name string, at int) {
	before := s.at
	s.space()
	at = s.at
	if c := s.peek(); wordChar(c) && (c < '0' || c > '9') {
		if name = s.word(); name == "from" {
			here := s.at
			if s.take("from") {
				s.at = here // from is the name
				return name, at
			}
		} else {
			s.at = at
			return s.identifier(), at
		}
	}
	s.at = before
	return "", 0
}

func (s *moduleText) importClause() {
	if s.take("*") {
		if !s.take("as") {
			s.unexpected()
			return
		}
		s.space()
		at := s.at
		s.imports = append(s.imports, Import{Local: s.identifier(), Name: "*", Offset: at})
		return
	}
	if !s.expect("{") {
		return
	}
	for s.err == nil && !s.take("}") {
		s.space()
		at := s.at
		name, quoted := s.exportName()
		local := name
		if s.take("as") {
			local = s.identifier()
		} else if quoted || keyword(name) {
			s.at = at
			s.unexpected()
		} else if name == "eval" || name == "arguments" {
			s.fail(at, "Unexpected eval or arguments in strict mode")
		}
		s.imports = append(s.imports, Import{Local: local, Name: name, Offset: at})
		if !s.take(",") {
			s.expect("}")
			return
		}
	}
}

func (s *moduleText) exportStatement(start int) {
	s.statements = true
	s.items = append(s.items, start)
	s.prev = ";"
	s.space()
	switch {
	case s.take("*"):
		e := Export{Name: "*", Offset: start}
		if s.take("as") {
			s.space()
			e.Offset = s.at
			e.Exported, _ = s.exportName()
		}
		if s.err == nil && !s.take("from") {
			s.unexpected()
		}
		if s.err == nil {
			e.Request = s.from(false)
			s.exports = append(s.exports, e)
		}
	case s.peek() == '{':
		s.exportClause()
	case s.take("default"):
		s.exports = append(s.exports, Export{Exported: "default", Local: "default", Request: -1, Offset: s.at - len("default")})
		s.exportDefault(start)
		return
	default:
		at := s.at
		w := s.word()
		s.at = at
		switch w {
		case "var", "let", "const", "class", "function", "async":
			s.blank(start, s.at)
			s.declared = append(s.declared, s.at)
		default:
			s.unexpected()
		}
		return
	}
	s.blank(start, s.at)
	s.code[start] = ';'
}

func (s *moduleText) exportClause() {
	first := len(s.exports)
	type reference struct {
		at      int
		invalid bool
	}
	var locals []reference
	s.at++
	for s.err == nil && !s.take("}") {
		s.space()
		at := s.at
		local, quoted := s.exportName()
		locals = append(locals, reference{at, quoted || keyword(local)})
		e := Export{Exported: local, Local: local, Request: -1, Offset: at}
		if s.take("as") {
			s.space()
			e.Offset = s.at
			e.Exported, _ = s.exportName()
		}
		s.exports = append(s.exports, e)
		if !s.take(",") {
			s.expect("}")
			break
		}
	}
	end := s.at
	if s.err == nil && s.take("from") {
		n := s.from(false)
		for i := first; i < len(s.exports); i++ {
			e := &s.exports[i]
			e.Name, e.Local, e.Request = e.Local, "", n
		}
		return
	}
	s.at = end
	for _, l := range locals {
		if l.invalid {
			s.at = l.at
			s.unexpected()
		}
	}
	newline := s.space()
	if s.peek() == ';' {
		s.at++
	} else if newline || s.peek() == 0 {
		s.at = end
	} else {
		s.unexpected()
	}
}

// exportDefault makes a declaration of what follows "export default".
func (s *moduleText) exportDefault(start int) {
	local := &s.exports[len(s.exports)-1].Local
	s.space()
	s.fallback = s.at
	at := s.at
	head := ""
	if w := s.word(); w == "async" {
		here := s.at
		if newline := s.space(); !newline && s.word() == "function" {
			head = "async function"
		} else {
			s.at = here
		}
	} else if w == "function" || w == "class" {
		head = w
	}
	if head == "" {
		s.at = at
		s.blank(start, at)
		copy(s.code[start:], "const "+defaultName+"=")
		s.fallback = start
		s.prev = "="
		return
	}
	s.prev = "x"
	if head != "class" && s.take("*") {
		head += "*"
	}
	s.space()
	here := s.at
	w := s.word()
	s.at = here
	if w != "" && w != "extends" {
		*local = w
		s.blank(start, at)
		return
	}
	s.anon = at
	s.blank(start, here)
	copy(s.code[start:], head+" "+defaultName)
	s.fallback = start
}

// unquote gives the value of what stands between a string literal's quotes.
func unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	var high rune // the first half of a pair
	for i := 0; i < len(s); i++ {
		if high != 0 && !strings.HasPrefix(s[i:], `\u`) {
			b.WriteRune(utf8.RuneError)
			high = 0
		}
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		digits := func(from, to int) {
			n := rune(0)
			for _, c := range s[from:min(to, len(s))] {
				n = n<<4 | rune(strings.IndexRune("0123456789abcdef", c|0x20)&15)
			}
			if high != 0 {
				if pair := utf16.DecodeRune(high, n); pair != utf8.RuneError {
					n = pair
				} else {
					b.WriteRune(pair)
				}
			}
			if high = 0; n >= 0xd800 && n < 0xdc00 {
				high = n
			} else {
				b.WriteRune(n)
			}
			i = to - 1
		}
		switch c := s[i]; c {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'v':
			b.WriteByte('\v')
		case '0':
			b.WriteByte(0)
		case '\r', '\n':
			if c == '\r' && strings.HasPrefix(s[i:], "\r\n") {
				i++
			}
		case 'x':
			digits(i+1, i+3)
		case 'u':
			if end := strings.IndexByte(s[i:], '}'); strings.HasPrefix(s[i:], "u{") && end > 0 {
				digits(i+2, i+end)
				i++
			} else {
				digits(i+1, i+5)
			}
		default:
			b.WriteByte(c)
		}
	}
	if high != 0 {
		b.WriteRune(utf8.RuneError)
	}
	return b.String()
}
