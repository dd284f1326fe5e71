package urlpattern

import (
	"errors"
	"unicode"
	"unicode/utf8"
)

var errPattern = errors.New("invalid URL pattern")

type tokenKind uint8

const (
	openToken tokenKind = iota
	closeToken
	regexpToken
	nameToken
	charToken
	escapedToken
	modifierToken // ? or +
	asteriskToken
	endToken
	invalidToken // only where the text is a whole URL, which is cut into its components first
)

type token struct {
	kind  tokenKind
	at    int    // where it begins in the text
	value string // what it stands for, without its marks
}

// tokenize cuts a pattern into tokens. Leniently, what is no token becomes an invalid one.
func tokenize(text string, lenient bool) ([]token, error) {
	var list []token
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		next := i + size
		t := token{kind: charToken, at: i, value: text[i:next]}
		ok := true
		switch r {
		case '*':
			t.kind = asteriskToken
		case '+', '?':
			t.kind = modifierToken
		case '{':
			t.kind = openToken
		case '}':
			t.kind = closeToken
		case '\\':
			if next == len(text) {
				ok = false
				break
			}
			_, size = utf8.DecodeRuneInString(text[next:])
			t.kind, t.value = escapedToken, text[next:next+size]
			next += size
		case ':':
			if n := nameLength(text[next:]); n > 0 {
				t.kind, t.value = nameToken, text[next:next+n]
				next += n
			} else {
				ok = false
			}
		case '(':
			if n := regexpLength(text[next:]); n > 0 {
				t.kind, t.value = regexpToken, text[next:next+n]
				next += n + 1
			} else {
				ok = false
			}
		}
		if !ok {
			if !lenient {
				return nil, errPattern
			}
			t.kind = invalidToken
		}
		list = append(list, t)
		i = next
	}
	return append(list, token{kind: endToken, at: len(text)}), nil
}

// nameLength is the length of the name that a text begins with.
func nameLength(text string) int {
	for i, r := range text {
		if !isNamePart(r, i == 0) {
			return i
		}
	}
	return len(text)
}

func isNamePart(r rune, first bool) bool {
	if r == '$' || r == '_' || unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.Other_ID_Start) {
		return true
	}
	return !first && (r == 0x200C || r == 0x200D || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue))
}

// regexpLength is the length of a regular expression up to its closing parenthesis, 0 where it may not stand in a
// pattern: groups that capture are for names only.
func regexpLength(text string) int {
	depth := 1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= utf8.RuneSelf || i == 0 && c == '?':
			return 0
		case c == '\\':
			if i++; i == len(text) || text[i] >= utf8.RuneSelf {
				return 0
			}
		case c == ')':
			if depth--; depth == 0 {
				return i
			}
		case c == '(':
			if depth++; i+1 == len(text) || text[i+1] != '?' {
				return 0
			}
		}
	}
	return 0
}
