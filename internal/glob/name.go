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
	if strings.IndexByte(text, ']') < 0 {
		return n, "", false
	}
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
	return ends(n.nodes, file, at(file, 0))[len(file)]
}

// empty tells that a pattern stands for the empty name, too, as *(a) does.
func (n *name) empty() bool {
	for _, n := range n.nodes {
		if n.kind != group || n.operator == '@' || n.operator == '+' {
			return false
		}
	}
	return true
}

// places are offsets in a text.
type places []bool

func at(text string, offset int) places {
	p := make(places, len(text)+1)
	p[offset] = true
	return p
}

func (p places) add(q places) (grown bool) {
	for i, is := range q {
		if is && !p[i] {
			p[i], grown = true, true
		}
	}
	return grown
}

// ends are the places at which nodes may end that begin at one of the given places: no more than a step per node and
// pair of places, whatever the pattern is.
func ends(nodes []node, text string, from places) places {
	for i, n := range nodes {
		to := make(places, len(text)+1)
		switch n.kind {
		case anyMany:
			reached := false
			for offset := range to {
				reached = reached || from[offset]
				to[offset] = reached && (offset == len(text) || utf8.RuneStart(text[offset]))
			}
		case group:
			to = n.groupEnds(nodes[i+1:], text, from)
		default:
			for offset, is := range from[:len(text)] {
				if !is {
					continue
				}
				r, size := utf8.DecodeRuneInString(text[offset:])
				if n.kind == anyOne || n.kind == literal && n.char == r || n.kind == class && n.class(r) {
					to[offset+size] = true
				}
			}
		}
		from = to
	}
	return from
}

// groupEnds are those of a group; rest is what follows it.
func (n node) groupEnds(rest []node, text string, from places) places {
	once := func(from places) places {
		to := make(places, len(text)+1)
		for _, a := range n.alternatives {
			to.add(ends(a, text, from))
		}
		return to
	}
	to := make(places, len(text)+1)
	switch n.operator {
	case '@':
		return once(from)
	case '?':
		to.add(from)
		to.add(once(from))
		return to
	case '*', '+':
		if n.operator == '*' {
			to.add(from)
		}
		for more := once(from); to.add(more); {
			more = once(to)
		}
		return to
	}
	// Anything, unless the text from here on is one of the alternatives and the rest.
	for offset, is := range from {
		if !is || ends(rest, text, once(at(text, offset)))[len(text)] {
			continue
		}
		to.add(ends([]node{{kind: anyMany}}, text, at(text, offset)))
	}
	return to
}
