package urlpattern

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

type partKind uint8

const (
	fixedText       partKind = iota
	regexpPart               // (…)
	segmentWildcard          // :name, up to the next delimiter
	fullWildcard             // *
)

// part is a piece of a pattern. modifier is 0 or one of ?, * and +.
type part struct {
	kind                        partKind
	modifier                    byte
	value, name, prefix, suffix string
}

// rules say how a component is cut into segments: what ends one, and what before a name belongs to it.
type rules struct{ delimiter, prefix string }

var (
	plainRules    = rules{}
	hostnameRules = rules{delimiter: "."}
	pathnameRules = rules{delimiter: "/", prefix: "/"}
)

func (r rules) segment() string { return "[^" + escape(r.delimiter, regexpSyntax) + "]+?" }

const (
	anything      = ".*"
	regexpSyntax  = `.+*?^${}()[]|/\`
	patternSyntax = `+*?:{}()\`
)

func escape(text, syntax string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if strings.IndexByte(syntax, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// partParser reads the parts of a component.
type partParser struct {
	rules   rules
	encode  func(string) (string, error) // makes fixed text what it is in a URL
	tokens  []token
	at      int
	parts   []part
	pending string // fixed text that may go on
	numbers int    // of groups without a name
	err     error
}

func parseParts(text string, r rules, encode func(string) (string, error)) ([]part, error) {
	tokens, err := tokenize(text, false)
	if err != nil {
		return nil, err
	}
	p := &partParser{rules: r, encode: encode, tokens: tokens}
	for p.at < len(p.tokens) && p.err == nil {
		char := p.take(charToken)
		name := p.take(nameToken)
		wild := p.takeWild(name)
		if name != nil || wild != nil {
			prefix := ""
			if char != nil {
				prefix = char.value
			}
			if prefix != r.prefix {
				p.pending += prefix
				prefix = ""
			}
			p.flush()
			p.add(prefix, name, wild, "", p.takeModifier())
			continue
		}
		fixed := char
		if fixed == nil {
			fixed = p.take(escapedToken)
		}
		if fixed != nil {
			p.pending += fixed.value
			continue
		}
		if p.take(openToken) != nil {
			prefix := p.takeText()
			name := p.take(nameToken)
			wild := p.takeWild(name)
			suffix := p.takeText()
			p.need(closeToken)
			p.add(prefix, name, wild, suffix, p.takeModifier())
			continue
		}
		p.flush()
		p.need(endToken)
	}
	return p.parts, p.err
}

func (p *partParser) take(kind tokenKind) *token {
	if p.at < len(p.tokens) && p.tokens[p.at].kind == kind {
		p.at++
		return &p.tokens[p.at-1]
	}
	return nil
}

func (p *partParser) need(kind tokenKind) {
	if p.take(kind) == nil && p.err == nil {
		p.err = errPattern
	}
}

func (p *partParser) takeWild(name *token) *token {
	t := p.take(regexpToken)
	if t == nil && name == nil {
		t = p.take(asteriskToken)
	}
	return t
}

func (p *partParser) takeModifier() byte {
	t := p.take(modifierToken)
	if t == nil {
		t = p.take(asteriskToken)
	}
	if t == nil {
		return 0
	}
	return t.value[0]
}

func (p *partParser) takeText() string {
	var b strings.Builder
	for {
		t := p.take(charToken)
		if t == nil {
			t = p.take(escapedToken)
		}
		if t == nil {
			return b.String()
		}
		b.WriteString(t.value)
	}
}

func (p *partParser) encoded(text string) string {
	s, err := p.encode(text)
	if err != nil && p.err == nil {
		p.err = err
	}
	return s
}

// flush makes a part of the fixed text so far.
func (p *partParser) flush() {
	if p.pending != "" {
		text := p.encoded(p.pending)
		p.pending = ""
		p.parts = append(p.parts, part{value: text})
	}
}

func (p *partParser) add(prefix string, name, wild *token, suffix string, modifier byte) {
	if name == nil && wild == nil && modifier == 0 {
		p.pending += prefix
		return
	}
	p.flush()
	if name == nil && wild == nil {
		if prefix != "" {
			p.parts = append(p.parts, part{value: p.encoded(prefix), modifier: modifier})
		}
		return
	}
	n := part{kind: segmentWildcard, modifier: modifier}
	switch {
	case wild == nil:
	case wild.kind == asteriskToken || wild.value == anything:
		n.kind = fullWildcard
	case wild.value != p.rules.segment():
		n.kind, n.value = regexpPart, wild.value
	}
	if name != nil {
		n.name = name.value
	} else {
		n.name = strconv.Itoa(p.numbers)
		p.numbers++
	}
	for _, other := range p.parts {
		if other.name == n.name && p.err == nil {
			p.err = errPattern
		}
	}
	n.prefix, n.suffix = p.encoded(prefix), p.encoded(suffix)
	p.parts = append(p.parts, n)
}

// fixed is a part that is plain text, as a group where it has a modifier.
func (p *part) fixed(syntax, open, end string) string {
	text := escape(p.value, syntax)
	if m := modifierText(p.modifier); m != "" {
		return open + text + end + m
	}
	return text
}

func modifierText(m byte) string {
	if m == 0 {
		return ""
	}
	return string(m)
}

// regexpOf gives the regular expression of a component and the names of its groups.
func regexpOf(parts []part, r rules) (source string, names []string) {
	var b strings.Builder
	b.WriteByte('^')
	for _, p := range parts {
		modifier := modifierText(p.modifier)
		if p.kind == fixedText {
			b.WriteString(p.fixed(regexpSyntax, "(?:", ")"))
			continue
		}
		names = append(names, p.name)
		value := p.value
		switch p.kind {
		case segmentWildcard:
			value = r.segment()
		case fullWildcard:
			value = anything
		}
		once := p.modifier == 0 || p.modifier == '?'
		prefix, suffix := escape(p.prefix, regexpSyntax), escape(p.suffix, regexpSyntax)
		switch {
		case p.prefix == "" && p.suffix == "" && once:
			b.WriteString("(" + value + ")" + modifier)
		case p.prefix == "" && p.suffix == "":
			b.WriteString("((?:" + value + ")" + modifier + ")")
		case once:
			b.WriteString("(?:" + prefix + "(" + value + ")" + suffix + ")" + modifier)
		default:
			b.WriteString("(?:" + prefix + "((?:" + value + ")(?:" + suffix + prefix + "(?:" + value + "))*)" + suffix + ")")
			if p.modifier == '*' {
				b.WriteByte('?')
			}
		}
	}
	b.WriteByte('$')
	return b.String(), names
}

func isDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func continuesName(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && isNamePart(r, false)
}

// textOf writes parts as the shortest pattern that gives them.
func textOf(parts []part, r rules) string {
	var b strings.Builder
	for i, p := range parts {
		modifier := modifierText(p.modifier)
		if p.kind == fixedText {
			b.WriteString(p.fixed(patternSyntax, "{", "}"))
			continue
		}
		var previous, next *part
		if i > 0 {
			previous = &parts[i-1]
		}
		if i+1 < len(parts) {
			next = &parts[i+1]
		}
		named := !isDigit(p.name)
		grouped := p.suffix != "" || p.prefix != "" && p.prefix != r.prefix
		if !grouped && named && p.kind == segmentWildcard && modifier == "" && next != nil && next.prefix == "" && next.suffix == "" {
			if next.kind == fixedText {
				grouped = continuesName(next.value)
			} else {
				grouped = isDigit(next.name)
			}
		}
		if !grouped && p.prefix == "" && previous != nil && previous.kind == fixedText && r.prefix != "" {
			grouped = strings.HasSuffix(previous.value, r.prefix)
		}
		if grouped {
			b.WriteByte('{')
		}
		b.WriteString(escape(p.prefix, patternSyntax))
		if named {
			b.WriteString(":" + p.name)
		}
		switch {
		case p.kind == regexpPart:
			b.WriteString("(" + p.value + ")")
		case p.kind == segmentWildcard && !named:
			b.WriteString("(" + r.segment() + ")")
		case p.kind == fullWildcard:
			if !named && (previous == nil || previous.kind == fixedText || previous.modifier != 0 || grouped || p.prefix != "") {
				b.WriteByte('*')
			} else {
				b.WriteString("(" + anything + ")")
			}
		}
		if p.kind == segmentWildcard && named && continuesName(p.suffix) {
			b.WriteByte('\\')
		}
		b.WriteString(escape(p.suffix, patternSyntax))
		if grouped {
			b.WriteByte('}')
		}
		b.WriteString(modifier)
	}
	return b.String()
}
