package regex

import (
	"encoding/binary"
	"slices"
	"strings"
)

// classSet is what a character class matches: characters, and with v also strings of none or several.
type classSet struct {
	chars   charset
	strings [][]rune
	may     bool // it may contain strings, as the grammar counts it
}

// add puts in a string; chars need not be in order afterwards.
func (s *classSet) add(str []rune) {
	if len(str) == 1 {
		s.chars = append(s.chars, span{str[0], str[0]})
		return
	}
	s.strings = append(s.strings, str)
	s.may = true
}

// setOf makes the node of a class: longer strings are tried before shorter ones, then characters.
func (p *parser) setOf(s classSet) node {
	if len(s.strings) == 0 || p.check {
		return &setNode{s.chars}
	}
	return p.trie(s)
}

// class reads a character class behind its bracket.
func (p *parser) class() node {
	if p.sets() {
		return p.setOf(p.classContents())
	}
	not := p.eat('^')
	var set charset
	for p.peek(0) != ']' {
		if p.peek(0) == endOfText {
			p.fail(errUnterminatedClass)
		}
		lo, loSet, loIsSet := p.classAtom()
		if p.peek(0) != '-' {
			if loIsSet {
				set = append(set, loSet...)
			} else {
				set = append(set, span{lo, lo})
			}
			continue
		}
		p.pos++
		if c := p.peek(0); c == endOfText {
			p.fail(errUnterminatedClass)
		} else if c == ']' {
			if loIsSet {
				set = append(set, loSet...)
			} else {
				set = append(set, span{lo, lo})
			}
			set = append(set, span{'-', '-'})
			continue
		}
		hi, hiSet, hiIsSet := p.classAtom()
		if loIsSet || hiIsSet {
			if p.unicode() {
				p.fail(errClass)
			}
			if !loIsSet {
				loSet = one(lo)
			}
			if !hiIsSet {
				hiSet = one(hi)
			}
			set = append(append(append(set, loSet...), hiSet...), span{'-', '-'})
			continue
		}
		if lo > hi {
			p.fail(errClassOrder)
		}
		set = append(set, span{lo, hi})
	}
	p.pos++
	set = p.closed(normal(set))
	if not {
		set = complement(set)
	}
	return &setNode{set}
}

// classAtom reads a character or an escaped class.
func (p *parser) classAtom() (c rune, set charset, isSet bool) {
	if p.peek(0) != '\\' {
		p.pos++
		return p.src[p.pos-1], nil, false
	}
	if p.peek(1) == 'b' {
		p.pos += 2
		return '\b', nil, false
	}
	if s, ok := p.classEscape(errClassProperty); ok {
		return 0, s.chars, true
	}
	return p.charEscape(true), nil, false
}

// classContents reads a class of a pattern with v behind its bracket, to its end. The result is closed under case.
func (p *parser) classContents() classSet {
	if p.depth++; p.depth > maxNesting {
		p.fail(errTooLarge)
	}
	not := p.eat('^')
	var set classSet
	if p.peek(0) != ']' {
		c, operand, isChar := p.operand()
		switch d := p.peek(0); {
		case (d == '-' || d == '&') && p.peek(1) == d:
			set = p.operations(d, p.operandSet(c, operand, isChar), not)
		default:
			set = p.union(c, operand, isChar)
		}
	}
	p.pos++
	p.depth--
	if not {
		if set.may {
			p.fail(errNegatedStrings)
		}
		return classSet{chars: complement(set.chars)}
	}
	return set
}

func (p *parser) operandSet(c rune, set classSet, isChar bool) classSet {
	if isChar {
		return classSet{chars: p.closed(one(c))}
	}
	return set
}

// union reads operands and ranges after the first operand.
func (p *parser) union(c rune, operand classSet, isChar bool) classSet {
	var set classSet
	var chars charset // not yet closed under case
	put := func() {
		if isChar {
			chars = append(chars, span{c, c})
			return
		}
		set.chars = append(set.chars, operand.chars...)
		set.strings = append(set.strings, operand.strings...)
		set.may = set.may || operand.may
	}
	for {
		switch p.peek(0) {
		case endOfText:
			p.fail(errUnterminatedClass)
		case ']':
			put()
			set.chars = normal(append(set.chars, p.closed(normal(chars))...))
			return set
		case '-':
			if p.peek(1) == '-' {
				p.fail(errSetOperation)
			}
			if !isChar {
				p.fail(errClass)
			}
			p.pos++
			lo := c
			if c, _, isChar = p.operand(); !isChar {
				p.fail(errClass)
			}
			if lo > c {
				p.fail(errClassOrder)
			}
			chars = append(chars, span{lo, c})
			operand, isChar = classSet{}, false
		default:
			put()
			c, operand, isChar = p.operand()
		}
	}
}

// operations reads -- or && and its operands after the first.
func (p *parser) operations(op rune, set classSet, not bool) classSet {
	if op == '-' && not && set.may {
		p.fail(errNegatedStrings)
	}
	for p.peek(0) != ']' {
		if p.peek(0) == endOfText {
			p.fail(errUnterminatedClass)
		}
		if p.peek(0) != op || p.peek(1) != op {
			p.fail(errSetOperation)
		}
		p.pos += 2
		if op == '&' && p.peek(0) == '&' {
			p.fail(errInClass)
		}
		other := p.operandSet(p.operand())
		keep := make(map[string]bool, len(other.strings))
		for _, s := range other.strings {
			keep[p.key(s)] = true
		}
		set.strings = slices.DeleteFunc(set.strings, func(s []rune) bool { return keep[p.key(s)] == (op == '-') })
		if op == '-' {
			set.chars = subtract(set.chars, other.chars)
		} else {
			set.chars = intersect(set.chars, other.chars)
			set.may = set.may && other.may
		}
	}
	return set
}

// key is the same for strings that match the same.
func (p *parser) key(s []rune) string {
	var key []byte
	for _, c := range s {
		if p.fold() {
			c = canonical(c, true)
		}
		key = binary.AppendVarint(key, int64(c)) // a string of runes cannot hold surrogates
	}
	return string(key)
}

// operand reads a character, a nested class, an escaped one or \q{…}.
func (p *parser) operand() (c rune, set classSet, isChar bool) {
	switch p.peek(0) {
	case endOfText:
		p.fail(errUnterminatedClass)
	case '[':
		p.pos++
		return 0, p.classContents(), false
	case '\\':
		if p.peek(1) == 'q' && p.peek(2) == '{' {
			p.pos += 3
			return 0, p.quoted(), false
		}
		if set, ok := p.classEscape(errClassProperty); ok {
			return 0, set, false
		}
	}
	return p.setChar(), set, true
}

// quoted reads the alternatives of \q{a|bc} to the closing brace.
func (p *parser) quoted() classSet {
	var set classSet
	str := []rune{}
	for {
		switch p.peek(0) {
		case endOfText:
			p.fail(errUnterminatedClass)
		case '|', '}':
			set.add(str)
			str = []rune{}
			p.pos++
			if p.src[p.pos-1] == '}' {
				set.chars = p.closed(normal(set.chars))
				return set
			}
		default:
			str = append(str, p.setChar())
		}
	}
}

const (
	reservedDouble      = "&!#$%*+,.:;<=>?@^`~"
	reservedPunctuators = "&-!#%,:;<=>@`~"
)

// setChar reads one character of a class with v.
func (p *parser) setChar() rune {
	c := p.peek(0)
	if c == '\\' {
		d := p.peek(1)
		if d == 'b' {
			p.pos += 2
			return '\b'
		}
		if d > 0 && d < 128 && strings.IndexByte(reservedPunctuators, byte(d)) >= 0 {
			p.pos += 2
			return d
		}
		return p.charEscape(true)
	}
	if c > 0 && c < 128 {
		if strings.IndexByte("()[]{}/-|", byte(c)) >= 0 {
			p.fail(errInClass)
		}
		if p.peek(1) == c && strings.IndexByte(reservedDouble, byte(c)) >= 0 {
			p.fail(errSetOperation)
		}
	}
	p.pos++
	return c
}

// trieNode holds the strings that go on after a common beginning.
type trieNode struct {
	next map[rune]*trieNode
	end  bool
}

// trie turns strings into alternatives that share their beginnings and, where these are followed by the same, their characters: some
// thousand emoji become a few sets.
func (p *parser) trie(s classSet) node {
	root := &trieNode{next: map[rune]*trieNode{}}
	for _, str := range s.strings {
		at := root
		for _, c := range str {
			if at.next[c] == nil {
				at.next[c] = &trieNode{next: map[rune]*trieNode{}}
			}
			at = at.next[c]
		}
		at.end = true
	}
	n, _ := p.branchesOf(root)
	list := []node{n}
	if alt, ok := n.(*altNode); ok {
		list = alt.list
	}
	if root.end { // the empty string comes after all characters
		return &altNode{append(list[:len(list)-1], &setNode{s.chars}, &catNode{})}
	}
	return &altNode{append(list, &setNode{s.chars})}
}

// branchesOf makes the alternatives below a node, and a key that is the same for nodes with the same below them.
func (p *parser) branchesOf(t *trieNode) (node, string) {
	type rest struct {
		key  string
		body node
		set  charset
	}
	var rests []*rest
	chars := make([]rune, 0, len(t.next))
	for c := range t.next {
		chars = append(chars, c)
	}
	slices.Sort(chars)
	byKey := map[string]*rest{}
	for _, c := range chars {
		body, key := p.branchesOf(t.next[c])
		r := byKey[key]
		if r == nil {
			r = &rest{key: key, body: body}
			byKey[key] = r
			rests = append(rests, r)
		}
		r.set = append(r.set, span{c, c})
	}
	var list []node
	var key strings.Builder
	for _, r := range rests {
		set := p.closed(normal(r.set))
		list = append(list, &catNode{[]node{&setNode{set}, r.body}})
		key.WriteByte('(')
		for _, s := range set {
			key.Write(binary.AppendVarint(binary.AppendVarint(nil, int64(s.lo)), int64(s.hi)))
		}
		key.WriteString(r.key)
		key.WriteByte(')')
	}
	if t.end {
		list = append(list, &catNode{})
		key.WriteByte('.')
	}
	if len(list) == 1 {
		return list[0], key.String()
	}
	return &altNode{list}, key.String()
}
