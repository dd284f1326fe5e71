package glob

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// name is the compiled form of a segment that is not plain text.
type name struct {
	nodes []node
	dot   bool // names that begin with a dot may match
}

type kind uint8

const (
	literal kind = iota
	anyOne
	anyMany
	class
	group
)

type node struct {
	kind         kind
	char         rune
	class        func(rune) bool
	operator     byte // of a group: ? * + @ !
	alternatives [][]node
}

// segment compiles the text between two slashes.
func segment(text string) Segment {
	s := Segment{Text: text}
	if text == "**" {
		s.GlobStar = true
		return s
	}
	nodes, _ := parse(text, "")
	plain := true
	var b strings.Builder
	for _, n := range nodes {
		plain = plain && n.kind == literal
		b.WriteRune(n.char)
	}
	if plain {
		s.Text = b.String()
		return s
	}
	s.name = &name{nodes: nodes, dot: dotted(nodes)}
	return s
}

// dotted tells whether a pattern begins with a dot in so many words.
func dotted(nodes []node) bool {
	if len(nodes) == 0 {
		return false
	}
	switch n := nodes[0]; n.kind {
	case literal:
		return n.char == '.'
	case group:
		for _, a := range n.alternatives {
			if n.operator != '!' && dotted(a) {
				return true
			}
		}
	}
	return false
}

// parse reads up to one of the characters of until, and returns what follows from there on.
func parse(text, until string) (nodes []node, rest string) {
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if until != "" && strings.ContainsRune(until, r) {
			return nodes, text
		}
		if strings.ContainsRune("?*+@!", r) && len(text) > size && text[size] == '(' {
			if n, after, ok := parseGroup(text[0], text[2:]); ok {
				nodes, text = append(nodes, n), after
				continue
			}
		}
		switch r {
		case '?':
			nodes = append(nodes, node{kind: anyOne})
		case '*':
			if len(nodes) == 0 || nodes[len(nodes)-1].kind != anyMany {
				nodes = append(nodes, node{kind: anyMany})
			}
		case '[':
			if n, after, ok := parseClass(text[1:]); ok {
				nodes, text = append(nodes, n), after
				continue
			}
			nodes = append(nodes, node{kind: literal, char: r})
		default:
			nodes = append(nodes, node{kind: literal, char: r})
		}
		text = text[size:]
	}
	return nodes, ""
}

func parseGroup(operator byte, text string) (n node, rest string, ok bool) {
	n = node{kind: group, operator: operator}
	for {
		var alternative []node
		if alternative, text = parse(text, "|)"); text == "" {
			return n, "", false
		}
		n.alternatives = append(n.alternatives, alternative)
		end := text[0] == ')'
		if text = text[1:]; end {
			return n, text, true
		}
	}
}

func posixClass(name string) func(rune) bool {
	ascii := func(r rune, from, to rune) bool { return r >= from && r <= to }
	switch name {
	case "alnum":
		return func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
	case "alpha":
		return unicode.IsLetter
	case "ascii":
		return func(r rune) bool { return r < 0x80 }
	case "blank":
		return func(r rune) bool { return r == '\t' || unicode.Is(unicode.Zs, r) }
	case "cntrl":
		return unicode.IsControl
	case "digit":
		return unicode.IsDigit
	case "graph":
		return func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }
	case "lower":
		return unicode.IsLower
	case "print":
		return func(r rune) bool { return !unicode.IsControl(r) }
	case "punct":
		return unicode.IsPunct
	case "space":
		return unicode.IsSpace
	case "upper":
		return unicode.IsUpper
	case "word":
		return func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }
	case "xdigit":
		return func(r rune) bool { return ascii(r, '0', '9') || ascii(r, 'a', 'f') || ascii(r, 'A', 'F') }
	}
	return nil
}

// parseClass reads what follows "[". A class without an end is no class.
func parseClass(text string) (n node, rest string, ok bool) {
	negated := false
	if text != "" && (text[0] == '!' || text[0] == '^') {
		negated, text = true, text[1:]
	}
	var tests []func(rune) bool
	var single rune
	for first := true; ; first = false {
		if text == "" {
			return n, "", false
		}
		if text[0] == ']' && !first {
			text = text[1:]
			break
		}
		if strings.HasPrefix(text, "[:") {
			if end := strings.Index(text, ":]"); end > 0 {
				if test := posixClass(text[2:end]); test != nil {
					tests = append(tests, test)
					text = text[end+2:]
					continue
				}
			}
		}
		from, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		to := from
		if len(text) > 1 && text[0] == '-' && text[1] != ']' {
			to, size = utf8.DecodeRuneInString(text[1:])
			text = text[1+size:]
		} else {
			single = from
		}
		if to >= from {
			tests = append(tests, func(r rune) bool { return r >= from && r <= to })
		}
	}
	if len(tests) == 1 && !negated && single != 0 {
		return node{kind: literal, char: single}, text, true
	}
	return node{kind: class, class: func(r rune) bool {
		for _, test := range tests {
			if test(r) {
				return !negated
			}
		}
		return negated
	}}, text, true
}

func (n *name) match(file string) bool {
	if file == "" || file == "." || file == ".." || file[0] == '.' && !n.dot {
		return len(file) == 0 && n.empty()
	}
	return match(n.nodes, file, func(rest string) bool { return rest == "" })
}

// empty tells that a pattern stands for the empty name, too, as *(a) does.
func (n *name) empty() bool {
	for _, n := range n.nodes {
		if n.kind != group || n.operator != '*' && n.operator != '?' {
			return false
		}
	}
	return true
}

// match tries the nodes on the beginning of text and asks then about what is left of it.
func match(nodes []node, text string, then func(rest string) bool) bool {
	if len(nodes) == 0 {
		return then(text)
	}
	n, following := nodes[0], nodes[1:]
	next := func(rest string) bool { return match(following, rest, then) }
	switch n.kind {
	case anyMany:
		if len(following) == 0 && then("") {
			return true
		}
		for at := 0; ; {
			if next(text[at:]) {
				return true
			}
			if at == len(text) {
				return false
			}
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
		}
	case group:
		return matchGroup(n, text, next)
	}
	if text == "" {
		return false
	}
	r, size := utf8.DecodeRuneInString(text)
	if n.kind == literal && n.char != r || n.kind == class && !n.class(r) {
		return false
	}
	return next(text[size:])
}

func matchGroup(n node, text string, next func(string) bool) bool {
	once := func(text string, then func(string) bool) bool {
		for _, a := range n.alternatives {
			if match(a, text, then) {
				return true
			}
		}
		return false
	}
	var many func(text string) bool
	many = func(text string) bool {
		return next(text) || once(text, func(rest string) bool { return len(rest) < len(text) && many(rest) })
	}
	switch n.operator {
	case '@':
		return once(text, next)
	case '?':
		return once(text, next) || next(text)
	case '*':
		return many(text)
	case '+':
		return once(text, many)
	}
	// Any beginning that none of the alternatives is.
	for at := 0; at <= len(text); at++ {
		if at < len(text) && !utf8.RuneStart(text[at]) {
			continue
		}
		head := text[:at]
		if next(text[at:]) && !once(head, func(rest string) bool { return rest == "" }) {
			return true
		}
	}
	return false
}
