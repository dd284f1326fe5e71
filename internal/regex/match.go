package regex

import (
	"strings"
	"unicode/utf16"
	"unsafe"
)

// ErrStack is returned where the stack of a backtracking search has no more room.
const ErrStack = matchError("regular expression: stack overflow")

type matchError string

func (e matchError) Error() string { return string(e) }

const (
	maxStack    = 6 << 20  // frames, of 12 bytes
	keepStack   = 1 << 14  // frames that stay allocated between searches
	pollEvery   = 4096     // steps between two calls of Poll
	memoAfter   = 16       // so many calls of Poll are made before a search remembers its failures
	maxMemoBits = 64 << 23 // 64 MB
)

// Matcher has what searches need besides a program: stack, registers, captures. One goroutine uses it at a time, and not a callback of
// Poll.
type Matcher struct {
	// Poll, if set, is called every few thousand steps; what it returns other than nil ends the search.
	Poll func() error
	// Caps are the captures of the last match: start and end of each group, -1 for groups without a match.
	Caps []int32

	regs   []int32
	stack  []frame
	fuel   int
	polls  int
	err    error
	memo   []uint64
	stride int  // positions a remembering instruction has
	early  bool // remember from the start; for tests
}

// unit is an element of a text.
type unit interface{ ~uint8 | ~uint16 }

type frame struct {
	pc  int32 // where to go on, or one of the kinds below
	pos int32
	aux int32
}

const (
	undoCapture = -1 - iota // slot pos had the value aux
	undoRegister
	fence    // of a positive assertion: failing goes on below it
	spanKind // and less: the run of the greedy opSpan at spanKind-pc, from its least end aux to pos
)

const lazyKind = -1 << 24 // and less: a lazy opSpan at lazyKind-pc, at pos, after aux more characters

// MatchText searches text, of ASCII, from position from; with sticky only there. It is true where Caps has a match.
func (m *Matcher) MatchText(p *Program, text string, from int, sticky bool) (bool, error) {
	return search(m, p, unsafe.Slice(unsafe.StringData(text), len(text)), text, from, sticky)
}

// MatchUnits searches a text of UTF-16 units.
func (m *Matcher) MatchUnits(p *Program, text []uint16, from int, sticky bool) (bool, error) {
	if p.Flags.unicode() && from > 0 && from < len(text) && isTrail(rune(text[from])) && isLead(rune(text[from-1])) {
		from-- // the character that the position is inside of
	}
	return search(m, p, text, "", from, sticky)
}

func search[T unit](m *Matcher, p *Program, s []T, text string, from int, sticky bool) (bool, error) {
	if n := 2 * p.Groups; len(m.Caps) != n {
		if cap(m.Caps) < n {
			m.Caps = make([]int32, n)
		}
		m.Caps = m.Caps[:n]
	}
	if len(m.regs) < p.regs {
		m.regs = make([]int32, p.regs)
	}
	m.fuel, m.polls, m.err = pollEvery, 0, nil
	if m.early {
		m.polls = memoAfter - 1
		m.poll(p, len(s))
	}
	found := false
	if sticky {
		found = run(m, p, s, from)
	} else {
		found = scan(m, p, s, text, from)
	}
	m.memo = nil
	if cap(m.stack) > keepStack {
		m.stack = nil
	}
	return found, m.err
}

// scan tries one start after another.
func scan[T unit](m *Matcher, p *Program, s []T, text string, pos int) bool {
	if p.anchor {
		return pos == 0 && run(m, p, s, 0)
	}
	full := p.Flags.unicode()
	for ; pos <= len(s); pos++ {
		switch {
		case len(p.prefix) > 0:
			if pos = prefix(p, s, text, pos); pos < 0 {
				return false
			}
		case p.start != nil:
			start := p.start
			for pos < len(s) && !has(start, s[pos]) {
				pos++
			}
			if pos == len(s) {
				return false
			}
		}
		if full && pos > 0 && pos < len(s) && isTrail(rune(s[pos])) && isLead(rune(s[pos-1])) {
			continue // the middle of a character
		}
		if run(m, p, s, pos) {
			return true
		}
		if m.err != nil {
			return false
		}
		if p.leading != nil {
			end := runEnd(p.leading, s, pos, len(s))
			m.fuel -= (end - pos) >> 6
			pos = max(pos, end-1)
		}
		if m.fuel--; m.fuel < 0 && !m.poll(p, len(s)) {
			return false
		}
	}
	return false
}

// prefix finds the next place where the literal beginning stands, -1 if there is none.
func prefix[T unit](p *Program, s []T, text string, pos int) int {
	if unsafe.Sizeof(T(0)) == 1 {
		if p.text == "" || pos >= len(text) {
			return -1 // it is not ASCII, or there is nothing left
		}
		if i := strings.Index(text[pos:], p.text); i >= 0 {
			return pos + i
		}
		return -1
	}
	lit := p.prefix
	first := T(lit[0])
next:
	for ; pos+len(lit) <= len(s); pos++ {
		if s[pos] != first {
			continue
		}
		for i := 1; i < len(lit); i++ {
			if uint16(s[pos+i]) != lit[i] {
				continue next
			}
		}
		return pos
	}
	return -1
}

// poll is called when the steps are used up. After many of them the search begins to remember.
func (m *Matcher) poll(p *Program, length int) bool {
	m.fuel = pollEvery
	m.polls++
	if m.polls == memoAfter && p.memos > 0 {
		if bits := p.memos * (length + 1); bits <= maxMemoBits {
			m.stride = length + 1
			m.memo = make([]uint64, bits/64+1)
		}
	}
	if m.Poll != nil {
		m.err = m.Poll()
	}
	return m.err == nil
}

// failed says whether the state of an instruction and a position has been tried, and remembers that it is.
func (m *Matcher) failed(in *inst, pos int) bool {
	at := int(in.memo)
	if in.more != nil {
		for i, mark := range in.more.marks {
			if int(m.regs[mark]) != pos {
				at += 1 << i
			}
		}
	}
	at = at*m.stride + pos
	word, bit := at>>6, uint64(1)<<(at&63)
	if m.memo[word]&bit != 0 {
		return true
	}
	m.memo[word] |= bit
	return false
}

func has[T unit](c *class, u T) bool {
	if unsafe.Sizeof(u) == 1 || uint16(u) < 256 {
		return c.low[uint8(u)]
	}
	return c.beyond(rune(u))
}

// runEnd is where the run of characters of a set that begins at pos ends, at most at limit.
func runEnd[T unit](c *class, s []T, pos, limit int) int {
	s = s[:limit]
	if unsafe.Sizeof(T(0)) == 1 {
		for pos < len(s) && c.low[uint8(s[pos])] {
			pos++
		}
		return pos
	}
	for pos < len(s) {
		if u := uint16(s[pos]); u < 256 {
			if !c.low[uint8(u)] {
				break
			}
		} else if !c.beyond(rune(u)) {
			break
		}
		pos++
	}
	return pos
}

// point decodes the code point at pos.
func point[T unit](s []T, pos int) (rune, int) {
	c := rune(s[pos])
	if unsafe.Sizeof(T(0)) > 1 && isLead(c) && pos+1 < len(s) && isTrail(rune(s[pos+1])) {
		return utf16.DecodeRune(c, rune(s[pos+1])), 2
	}
	return c, 1
}

// pointBefore decodes the code point that ends at pos, not reaching below least.
func pointBefore[T unit](s []T, pos, least int) (rune, int) {
	c := rune(s[pos-1])
	if unsafe.Sizeof(T(0)) > 1 && isTrail(c) && pos-2 >= least && isLead(rune(s[pos-2])) {
		return utf16.DecodeRune(rune(s[pos-2]), c), 2
	}
	return c, 1
}

func word(c rune, folded bool) bool {
	switch {
	case c < 128:
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
	case folded:
		return c == 0x17F || c == 0x212A
	}
	return false
}

func lineBreak(c rune) bool { return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029 }

func assert[T unit](s []T, pos int, kind assertion) bool {
	switch kind {
	case textStart:
		return pos == 0
	case textEnd:
		return pos == len(s)
	case lineStart:
		return pos == 0 || lineBreak(rune(s[pos-1]))
	case lineEnd:
		return pos == len(s) || lineBreak(rune(s[pos]))
	}
	folded := kind >= foldedWordEdge
	before := pos > 0 && word(rune(s[pos-1]), folded)
	after := pos < len(s) && word(rune(s[pos]), folded)
	return (before != after) == (kind == wordEdge || kind == foldedWordEdge)
}

// reference matches what a group holds and gives the new position, or -1.
func reference[T unit](m *Matcher, s []T, pos int, in *inst, unicode bool) int {
	start, end := -1, -1
	for _, g := range in.more.groups {
		if a, b := m.Caps[2*g], m.Caps[2*g+1]; a >= 0 && b >= 0 {
			start, end = int(a), int(b)
			break
		}
	}
	if start < 0 || end <= start {
		return pos
	}
	n := end - start
	m.fuel -= n >> 6
	at := pos
	if in.back {
		if at = pos - n; at < 0 {
			return -1
		}
	} else if pos+n > len(s) {
		return -1
	}
	switch {
	case !in.fold:
		for i := range n {
			if s[start+i] != s[at+i] {
				return -1
			}
		}
	case unicode && unsafe.Sizeof(T(0)) > 1:
		for i := 0; i < n; {
			a, w := point(s[:end], start+i)
			b, v := point(s[:at+n], at+i)
			if w != v || a != b && canonical(a, true) != canonical(b, true) {
				return -1
			}
			i += w
		}
	default:
		for i := range n {
			if a, b := rune(s[start+i]), rune(s[at+i]); a != b && canonical(a, unicode) != canonical(b, unicode) {
				return -1
			}
		}
	}
	if in.back {
		return at
	}
	return at + n
}
