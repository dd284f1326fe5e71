package regex

import (
	"slices"
	"unicode/utf16"
)

const (
	maxCaptures = 1<<16 - 1
	maxNesting  = 5000 // of groups and classes: the parser and the compiler recurse
	endOfText   = -1
)

type parser struct {
	src      []rune // code points with u and v, else UTF-16 units
	pos      int
	flags    Flags // i, m and s change inside (?i:…)
	check    bool  // only the syntax is wanted: sets stay empty
	groups   int   // capturing groups so far
	total    int   // of the whole pattern, -1 while unknown
	named    bool  // valid once total is known
	depth    int
	names    []Name
	places   map[string][][]branch
	branches []branch
	disjunct int
	refs     []*refNode
	twice    bool // a name has two groups that may both match: an error, after all others
	hasRefs  bool
	hasLook  bool
}

// branch is an alternative of a disjunction: two groups may share a name where they are in different alternatives of one.
type branch struct{ disjunction, alternative int }

func (p *parser) fail(err SyntaxError) { panic(err) }

func (p *parser) unicode() bool { return p.flags.unicode() }
func (p *parser) sets() bool    { return p.flags&UnicodeSets != 0 }
func (p *parser) fold() bool    { return p.flags&IgnoreCase != 0 }

func (p *parser) peek(n int) rune {
	if p.pos+n < len(p.src) {
		return p.src[p.pos+n]
	}
	return endOfText
}

func (p *parser) eat(c rune) bool {
	if p.peek(0) == c {
		p.pos++
		return true
	}
	return false
}

func newParser(pattern []uint16, flags Flags, check bool) *parser {
	p := &parser{flags: flags, check: check, total: -1}
	p.src = make([]rune, 0, len(pattern))
	for i := 0; i < len(pattern); i++ {
		c := rune(pattern[i])
		if flags.unicode() && i+1 < len(pattern) && isLead(c) && isTrail(rune(pattern[i+1])) {
			c = utf16.DecodeRune(c, rune(pattern[i+1]))
			i++
		}
		p.src = append(p.src, c)
	}
	return p
}

// parse reads the whole pattern.
func (p *parser) parse() (n node, err error) {
	defer func() {
		if e := recover(); e != nil {
			syntax, ok := e.(SyntaxError)
			if !ok {
				panic(e)
			}
			err = syntax
		}
	}()
	n = p.disjunction(false)
	if p.peek(0) == ')' {
		p.fail(errParen)
	}
	if p.twice {
		p.fail(errDuplicate)
	}
	for _, ref := range p.refs {
		i := slices.IndexFunc(p.names, func(n Name) bool { return n.Name == ref.name })
		if i < 0 {
			p.fail(errReferenced)
		}
		ref.groups = p.names[i].Groups
	}
	return n, nil
}

func (p *parser) disjunction(inGroup bool) node {
	if p.depth++; p.depth > maxNesting {
		p.fail(errTooLarge)
	}
	p.disjunct++
	p.branches = append(p.branches, branch{p.disjunct, 0})
	var list []node
	for {
		list = append(list, p.alternative())
		if !p.eat('|') {
			break
		}
		p.branches[len(p.branches)-1].alternative++
	}
	p.branches = p.branches[:len(p.branches)-1]
	p.depth--
	if inGroup && !p.eat(')') {
		p.fail(errGroup)
	}
	if len(list) == 1 {
		return list[0]
	}
	return &altNode{list}
}

func (p *parser) alternative() node {
	var list []node
	for {
		c := p.peek(0)
		first := p.groups + 1
		var n node
		quantifiable, look := true, false
		switch c {
		case endOfText, '|', ')':
			if len(list) == 1 {
				return list[0]
			}
			return &catNode{list}
		case '*', '+', '?':
			p.fail(errNothing)
		case '^', '$':
			p.pos++
			n, quantifiable = p.lineAssertion(c), false
		case '(':
			p.pos++
			n, quantifiable = p.group()
			look = !quantifiable
		case '[':
			p.pos++
			n = p.class()
		case '.':
			p.pos++
			set := allChars
			if p.flags&DotAll == 0 {
				set = complement(lineEnds)
			}
			n = &setNode{set}
		case '\\':
			if d := p.peek(1); d == 'b' || d == 'B' {
				p.pos += 2
				n, quantifiable = p.wordAssertion(d == 'B'), false
			} else {
				n = p.atomEscape()
			}
		case '{':
			if _, _, ok := p.interval(); ok {
				p.fail(errNothing)
			}
			if p.unicode() {
				p.fail(errLoneBracket)
			}
			p.pos++
			n = p.char(c)
		case '}', ']':
			if p.unicode() {
				p.fail(errLoneBracket)
			}
			p.pos++
			n = p.char(c)
		default:
			p.pos++
			n = p.char(c)
		}
		if quantifiable {
			n = p.quantifier(n, first)
		} else if look {
			if _, repeated := p.quantifier(n, first).(*loopNode); repeated {
				p.fail(errLookQuantifier)
			}
		}
		list = append(list, n)
	}
}

func (p *parser) lineAssertion(c rune) node {
	kind := textStart
	if c == '$' {
		kind = textEnd
	}
	if p.flags&Multiline != 0 {
		kind += lineStart - textStart
	}
	return &assertNode{kind}
}

func (p *parser) wordAssertion(not bool) node {
	kind := wordEdge
	if p.fold() && p.unicode() {
		kind = foldedWordEdge
	}
	if not {
		kind++
	}
	return &assertNode{kind}
}

// char is one character; with i, all that have its canonical form.
func (p *parser) char(c rune) node { return &setNode{p.closed(one(c))} }

func (p *parser) closed(s charset) charset {
	if !p.fold() || p.check {
		return s
	}
	return closeCase(s, p.unicode())
}

// quantifier wraps n in the repetition that follows it, if any.
func (p *parser) quantifier(n node, first int) node {
	minimum, maximum := 0, -1
	switch p.peek(0) {
	case '*':
		p.pos++
	case '+':
		p.pos++
		minimum = 1
	case '?':
		p.pos++
		maximum = 1
	case '{':
		var ok bool
		if minimum, maximum, ok = p.interval(); !ok {
			if p.unicode() {
				p.fail(errQuantifier)
			}
			return n
		}
		if maximum >= 0 && maximum < minimum {
			p.fail(errNumberOrder)
		}
	default:
		return n
	}
	return &loopNode{body: n, min: minimum, max: maximum, greedy: !p.eat('?'), first: first, last: p.groups + 1}
}

// interval reads {n}, {n,} and {n,m}; anything else it leaves where it is.
func (p *parser) interval() (minimum, maximum int, ok bool) {
	start := p.pos
	p.pos++
	minimum, ok = p.number()
	if ok {
		maximum = minimum
		if p.eat(',') {
			var limited bool
			if maximum, limited = p.number(); !limited {
				maximum = -1
			}
		}
		if ok = p.eat('}'); ok {
			return minimum, maximum, true
		}
	}
	p.pos = start
	return 0, 0, false
}

// number reads a decimal number; what is too large counts as 2^31-1.
func (p *parser) number() (n int, ok bool) {
	for c := p.peek(0); c >= '0' && c <= '9'; c = p.peek(0) {
		n, ok = min(n*10+int(c-'0'), 1<<31-1), true
		p.pos++
	}
	return n, ok
}

// group reads what follows an opening parenthesis.
func (p *parser) group() (n node, quantifiable bool) {
	if !p.eat('?') {
		return p.capture(""), true
	}
	switch c := p.peek(0); c {
	case ':':
		p.pos++
		return p.disjunction(true), true
	case '=', '!':
		p.pos++
		p.hasLook = true
		return &lookNode{body: p.disjunction(true), negative: c == '!'}, !p.unicode()
	case '<':
		if d := p.peek(1); d == '=' || d == '!' {
			p.pos += 2
			p.hasLook = true
			return &lookNode{body: p.disjunction(true), behind: true, negative: d == '!'}, false
		}
		return p.capture(p.groupName(errInvalidGroup)), true
	case '-', 'i', 'm', 's':
		saved := p.flags
		p.modifiers()
		n = p.disjunction(true)
		p.flags = saved
		return n, true
	}
	p.fail(errInvalidGroup)
	return nil, false
}

func (p *parser) modifiers() {
	var on, off Flags
	minus := false
	for {
		c := p.peek(0)
		p.pos++
		var f Flags
		switch c {
		case '-':
			if minus {
				p.fail(errDashes)
			}
			minus = true
			continue
		case 'i':
			f = IgnoreCase
		case 'm':
			f = Multiline
		case 's':
			f = DotAll
		case ':':
			if on|off == 0 {
				p.fail(errFlagGroup)
			}
			p.flags = p.flags&^off | on
			return
		default:
			p.fail(errInvalidGroup)
		}
		if (on|off)&f != 0 {
			p.fail(errRepeatedFlag)
		}
		if minus {
			off |= f
		} else {
			on |= f
		}
	}
}

func (p *parser) capture(name string) node {
	if p.groups >= maxCaptures {
		p.fail(errCaptures)
	}
	p.groups++
	g := &groupNode{index: p.groups}
	if name != "" {
		p.declare(name, p.groups)
	}
	g.body = p.disjunction(true)
	return g
}

// declare gives a group its name. Two groups of a name must be in different alternatives.
func (p *parser) declare(name string, group int) {
	here := slices.Clone(p.branches)
	if p.places == nil {
		p.places = map[string][][]branch{}
	}
	for _, other := range p.places[name] {
		for i := 0; ; i++ {
			if i >= len(here) || i >= len(other) || here[i].disjunction != other[i].disjunction {
				p.twice = true
				break
			}
			if here[i].alternative != other[i].alternative {
				break
			}
		}
	}
	first := p.places[name] == nil
	p.places[name] = append(p.places[name], here)
	if first {
		p.names = append(p.names, Name{name, []int{group}})
		return
	}
	i := slices.IndexFunc(p.names, func(n Name) bool { return n.Name == name })
	p.names[i].Groups = append(p.names[i].Groups, group)
}

// groupName reads <name>; err is for a missing bracket.
func (p *parser) groupName(err SyntaxError) string {
	if !p.eat('<') {
		p.fail(err)
	}
	var name []rune
	for {
		c := p.peek(0)
		p.pos++
		switch {
		case c == '>' && len(name) > 0:
			return string(name)
		case c == '\\':
			if !p.eat('u') {
				p.fail(errUnicodeEscape)
			}
			var ok bool
			if c, ok = p.unicodeEscape(true); !ok {
				p.fail(errUnicodeEscape)
			}
		case isLead(c) && isTrail(p.peek(0)): // without u, src has units
			c = utf16.DecodeRune(c, p.peek(0))
			p.pos++
		}
		if !identifierChar(c, len(name) > 0) {
			p.fail(errName)
		}
		name = append(name, c)
	}
}

// identifierChar says whether a name may begin or, with more, go on with c.
func identifierChar(c rune, more bool) bool {
	switch {
	case c < 128:
		return c == '$' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || more && c >= '0' && c <= '9'
	case more:
		return c == 0x200C || c == 0x200D || propertyHas("bID_Continue", c)
	}
	return propertyHas("bID_Start", c)
}

// IDStart tells whether a character may begin an identifier, by Unicode.
func IDStart(c rune) bool { return propertyHas("bID_Start", c) }

// IDContinue tells whether a character may stand in an identifier, by Unicode.
func IDContinue(c rune) bool { return propertyHas("bID_Continue", c) }

func propertyHas(key string, c rune) bool { return rangesOf(properties()[key]).has(c) }

// scan counts the groups of the whole pattern and finds whether one has a name: \k and \1 depend on what may come later.
func (p *parser) scan() {
	if p.total >= 0 {
		return
	}
	p.total = 0
	class := 0
	for i := 0; i < len(p.src); i++ {
		switch p.src[i] {
		case '\\':
			i++
		case '[':
			if class == 0 || p.sets() {
				class++
			}
		case ']':
			if class > 0 {
				class--
			}
		case '(':
			if class > 0 {
				continue
			}
			if i+1 >= len(p.src) || p.src[i+1] != '?' {
				p.total++
			} else if i+3 < len(p.src) && p.src[i+2] == '<' && p.src[i+3] != '=' && p.src[i+3] != '!' {
				p.total++
				p.named = true
			}
		}
	}
}

func isLead(c rune) bool  { return c >= 0xD800 && c <= 0xDBFF }
func isTrail(c rune) bool { return c >= 0xDC00 && c <= 0xDFFF }
