package assert

import (
	"fmt"
	"strings"

	"github.com/dop251/goja"
)

// expression words the failed assert(expression) by the line of its call, or gives undefined where that cannot be read.
func (a *asserter) expression() goja.Value {
	for _, site := range a.rt.CallSites(20) {
		if site.Native || strings.HasPrefix(site.File, "node:assert") {
			continue
		}
		if strings.HasPrefix(site.File, "node:") {
			break
		}
		text := firstExpression(a.rt.SourceLine(&site), site.Col-1)
		if text == "" {
			break
		}
		return a.vm.ToValue("The expression evaluated to a falsy value:\n\n  " + escapeControls(text) + "\n")
	}
	return goja.Undefined()
}

func escapeControls(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		switch {
		case c == '\b':
			b.WriteString(`\b`)
		case c == '\f':
			b.WriteString(`\f`)
		case c < 0x20 && c != '\n' && c != '\t' && c != '\r':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// firstExpression is the call at a column of a line, from the first name of what is called to the parenthesis that closes
// its arguments or else to the end of the line. A semicolon before that leaves nothing.
func firstExpression(line string, column int) string {
	// Columns count code units.
	at := 0
	for i, r := range line {
		if column <= 0 {
			break
		}
		at = i + len(string(r))
		column--
		if r > 0xffff {
			column--
		}
	}
	chain := -1 // where the chain of names before the call begins
	depth := 0
	last := token{}
	for pos := 0; ; {
		t := nextToken(line, pos, last)
		if t.kind == noToken {
			break
		}
		pos = t.end
		text := line[t.start:t.end]
		if t.start < at {
			switch access := text == "." || text == "?." || text == "[" || text == "]"; {
			case access && last.kind == nameToken:
				if chain < 0 {
					chain = last.start
				}
			case !access && t.kind == otherToken:
				chain = -1
			}
			last = t
			continue
		}
		last = t
		switch text {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return line[start(chain, at):t.end]
			}
		case ";":
			return ""
		}
	}
	return line[start(chain, at):]
}

func start(chain, at int) int {
	if chain >= 0 {
		return chain
	}
	return at
}

type tokenKind uint8

const (
	noToken    tokenKind = iota
	nameToken            // a name or keyword
	valueToken           // a number, string, template or regular expression
	otherToken
)

type token struct {
	kind       tokenKind
	start, end int
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c == '#' || c == '\\' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// nextToken reads a token of a line, whatever may come in the lines around it.
func nextToken(s string, i int, last token) token {
	for i < len(s) {
		switch {
		case s[i] == ' ' || s[i] == '\t' || s[i] == '\r':
			i++
		case strings.HasPrefix(s[i:], "//"):
			i = len(s)
		case strings.HasPrefix(s[i:], "/*"):
			n := strings.Index(s[i+2:], "*/")
			if n < 0 {
				return token{}
			}
			i += n + 4
		default:
			return tokenAt(s, i, last)
		}
	}
	return token{}
}

func tokenAt(s string, i int, last token) token {
	end := i + 1
	switch c := s[i]; {
	case c == '"' || c == '\'' || c == '`':
		return token{valueToken, i, quoted(s, i)}
	case isWord(c):
		for end < len(s) && isWord(s[end]) {
			end++
		}
		if c >= '0' && c <= '9' {
			return token{valueToken, i, end}
		}
		return token{nameToken, i, end}
	case strings.HasPrefix(s[i:], "?."):
		return token{otherToken, i, i + 2}
	case c == '/' && !endsOperand(s, last):
		for class := false; end < len(s) && (s[end] != '/' || class); end++ {
			switch s[end] {
			case '\\':
				end++
			case '[':
				class = true
			case ']':
				class = false
			}
		}
		return token{valueToken, i, min(end+1, len(s))}
	}
	return token{otherToken, i, end}
}

// endsOperand tells whether a slash after this token divides.
func endsOperand(s string, t token) bool {
	switch t.kind {
	case nameToken:
		switch s[t.start:t.end] {
		case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "do", "else", "await", "yield", "instanceof":
			return false
		}
		return true
	case valueToken:
		return true
	case otherToken:
		return s[t.end-1] == ')' || s[t.end-1] == ']' || s[t.end-1] == '}'
	}
	return false
}

// quoted gives the end of the string or template that begins at i, at most that of the line.
func quoted(s string, i int) int {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == quote:
			return i + 1
		case quote == '`' && strings.HasPrefix(s[i:], "${"):
			last := token{}
			for depth, pos := 1, i+2; ; {
				t := nextToken(s, pos, last)
				if t.kind == noToken {
					return len(s)
				}
				pos, last = t.end, t
				if t.kind == otherToken && s[t.start] == '{' {
					depth++
				} else if t.kind == otherToken && s[t.start] == '}' {
					if depth--; depth == 0 {
						i = pos - 1
						break
					}
				}
			}
		}
	}
	return len(s)
}
