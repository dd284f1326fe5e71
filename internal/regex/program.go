package regex

// Program is a compiled regular expression.
type Program struct {
	Flags  Flags
	Groups int    // capturing groups, with the whole match
	Names  []Name // in the order of the pattern

	code    []inst
	regs    int
	refs    bool
	memos   int    // instructions that remember where they failed, times their variants
	start   *class // what a match can begin with; nil if it may be empty or anything
	prefix  []uint16
	text    string // prefix as ASCII, "" if it is not
	anchor  bool   // only the start of the text can match
	leading *class // an unlimited repetition that every match begins with: a failed start need not be tried again inside its run
}

type opcode uint8

const (
	opMatch opcode = iota
	opFail
	opChar       // c
	opPair       // c and then max: two characters at once
	opLiteral    // lit
	opSet        // set, of single units
	opPoint      // set, of code points
	opSetBack    // the same before the position
	opPointBack  //
	opJump       // to x
	opSplit      // to y, and later to x; peek says which of them can match
	opSave       // position to slot x
	opClear      // slots x to y-1
	opMark       // position to register x
	opProgress   // fails where register x has the position
	opZero       // register x
	opLoop       // register x, min, max, exit y: a counted repetition
	opAssert     // kind x
	opLook       // register x; y is where a negative one goes on
	opLookEnd    // register x
	opRef        // groups
	opSpan       // a repetition of a set of units
	opSpanPoints // the same of code points
)

type inst struct {
	op       opcode
	greedy   bool // of opLoop, opSpan
	negative bool // of opLook, opLookEnd
	back     bool // of opRef
	fold     bool // of opRef
	alone    bool // of opSpan: what follows cannot begin inside the run, so that giving back characters is of no use
	aloneLow bool // the same for text of bytes
	c        uint16
	x, y     int32
	min, max int32
	memo     int32 // the first of its variants among those that remember, -1 for none
	set      *class
	more     *detail
}

// detail is what few instructions have.
type detail struct {
	lit      []uint16
	peek     *peek
	next     *[256]bool // of opSpan: what can follow the run
	nextHigh bool       // anything beyond 255 can
	groups   []int
	marks    []int32 // registers whose progress is part of the state that opSplit remembers
}

// peek says for each next unit which branches of a split can match: bit 0 is y, bit 1 x.
type peek struct {
	low  [256]uint8
	high uint8
	end  uint8
}

// class is a set made fast.
type class struct {
	low  [256]bool
	high charset // beyond low
	none bool    // nothing beyond low
	all  bool    // everything beyond low, of one unit
	stop int     // the only unit of low that is not in the set, -1 if there is not exactly one
}

func newClass(s charset) *class {
	c := &class{stop: -1}
	for _, r := range s {
		for i := r.lo; i <= min(r.hi, 255); i++ {
			c.low[i] = true
		}
		if r.hi > 255 {
			c.high = append(c.high, span{max(r.lo, 256), r.hi})
		}
	}
	c.none = len(c.high) == 0
	c.all = len(c.high) == 1 && c.high[0].lo == 256 && c.high[0].hi >= 0xFFFF
	for i, in := range c.low {
		if !in {
			if c.stop >= 0 {
				c.stop = -1
				break
			}
			c.stop = i
		}
	}
	return c
}

func (c *class) beyond(u rune) bool {
	switch {
	case c.none:
		return false
	case c.all && u <= 0xFFFF:
		return true
	}
	return c.high.has(u)
}

func (c *class) has(u rune) bool {
	if u < 256 {
		return c.low[u]
	}
	return c.beyond(u)
}

// first is what a part of a pattern can begin with, never too little: units below 256, any above, or the end of the text.
type first struct {
	low  [4]uint64
	high bool
	end  bool
}

var anything = first{[4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}, true, true}

func firstOf(s charset) first {
	var f first
	for _, r := range s {
		for i := r.lo; i <= min(r.hi, 255); i++ {
			f.low[i>>6] |= 1 << (i & 63)
		}
		f.high = f.high || r.hi > 255
	}
	return f
}

func (f first) or(g first) first {
	for i := range f.low {
		f.low[i] |= g.low[i]
	}
	f.high = f.high || g.high
	f.end = f.end || g.end
	return f
}

func (f first) has(c int) bool { return f.low[c>>6]&(1<<(c&63)) != 0 }

// apart says whether nothing can begin with both; above says whether units beyond 255 are apart, too.
func (f first) apart(g first) (low, above bool) {
	low = true
	for i := range f.low {
		low = low && f.low[i]&g.low[i] == 0
	}
	return low, low && !(f.high && g.high)
}

func newPeek(y, x first) *peek {
	if y == anything && x == anything {
		return nil
	}
	p := &peek{}
	bits := func(a, b bool) uint8 {
		n := uint8(0)
		if a {
			n = 1
		}
		if b {
			n |= 2
		}
		return n
	}
	for i := range p.low {
		p.low[i] = bits(y.has(i), x.has(i))
	}
	p.high, p.end = bits(y.high, x.high), bits(y.end, x.end)
	return p
}
