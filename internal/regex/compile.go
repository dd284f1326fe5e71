package regex

import "slices"

const (
	unrolled   = 40      // a repetition of at most so many instructions is written out
	maxProgram = 1 << 20 // instructions
	maxPeeks   = 1 << 12 // splits that look at the next unit; a table for each takes memory
)

// Check says whether a pattern is well formed.
func Check(pattern []uint16, flags Flags) error {
	_, err := newParser(pattern, flags, true).parse()
	return err
}

// Compile makes the program of a pattern.
func Compile(pattern []uint16, flags Flags) (prog *Program, err error) {
	p := newParser(pattern, flags, false)
	n, err := p.parse()
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := recover(); e == errTooLarge {
			prog, err = nil, errTooLarge
		} else if e != nil {
			panic(e)
		}
	}()
	c := &compiler{unicode: flags.unicode(), refs: p.hasRefs, info: map[node]summary{}, classes: map[string]*class{}}
	n = c.simplify(n)
	c.node(n, anything, false)
	c.emit(inst{op: opMatch})
	prog = &Program{Flags: flags, Groups: p.groups + 1, Names: p.names, code: c.code, regs: c.regs, refs: p.hasRefs, memos: c.memos}
	c.search(prog, n)
	return prog, nil
}

type compiler struct {
	code    []inst
	unicode bool
	refs    bool
	regs    int
	memos   int
	peeks   int
	counted int     // depth inside counted repetitions and assertions, whose state is more than instruction and position
	marks   []int32 // registers of the repetitions around that must make progress
	info    map[node]summary
	classes map[string]*class
}

// summary is what is known of a node.
type summary struct {
	first   first
	through bool // what follows it may be what it begins with
	empty   bool // it may match nothing
	size    int  // instructions, about
}

func (c *compiler) emit(i inst) int {
	if len(c.code) > maxProgram {
		panic(errTooLarge)
	}
	i.memo = -1
	c.code = append(c.code, i)
	return len(c.code) - 1
}

func (c *compiler) reg() int32 {
	c.regs++
	return int32(c.regs - 1)
}

// simplify joins alternatives that are single characters, and flattens sequences.
func (c *compiler) simplify(n node) node {
	switch n := n.(type) {
	case *catNode:
		var list []node
		for _, item := range n.list {
			item = c.simplify(item)
			if inner, ok := item.(*catNode); ok {
				list = append(list, inner.list...)
			} else {
				list = append(list, item)
			}
		}
		n.list = list
		if len(list) == 1 {
			return list[0]
		}
	case *altNode:
		var list []node
		for _, item := range n.list {
			item = c.simplify(item)
			if set, ok := item.(*setNode); ok && len(list) > 0 {
				if last, ok := list[len(list)-1].(*setNode); ok {
					list[len(list)-1] = &setNode{union(last.set, set.set)}
					continue
				}
			}
			list = append(list, item)
		}
		n.list = list
		if len(list) == 1 {
			return list[0]
		}
	case *groupNode:
		n.body = c.simplify(n.body)
	case *loopNode:
		n.body = c.simplify(n.body)
	case *lookNode:
		n.body = c.simplify(n.body)
	}
	return n
}

// astral says whether a set has to be matched by code points: it has characters of two units, or surrogates, which must not be
// taken from the middle of a pair.
func (c *compiler) astral(s charset) bool {
	return c.unicode && len(s) > 0 && (s[len(s)-1].hi > 0xFFFF || s.overlaps(0xD800, 0xDFFF))
}

func (c *compiler) class(s charset) *class {
	key := make([]byte, 0, 64)
	for _, r := range s {
		key = append(key, byte(r.lo), byte(r.lo>>8), byte(r.lo>>16), byte(r.hi), byte(r.hi>>8), byte(r.hi>>16))
	}
	if cl := c.classes[string(key)]; cl != nil {
		return cl
	}
	cl := newClass(s)
	c.classes[string(key)] = cl
	return cl
}

// of summarizes a node, once.
func (c *compiler) of(n node) summary {
	if set, ok := n.(*setNode); ok {
		return summary{first: firstOf(set.set), size: 1}
	}
	if s, ok := c.info[n]; ok {
		return s
	}
	var s summary
	switch n := n.(type) {
	case *catNode:
		s.empty, s.through = true, true
		for i := len(n.list) - 1; i >= 0; i-- {
			item := c.of(n.list[i])
			if item.through {
				s.first = s.first.or(item.first)
			} else {
				s.first, s.through = item.first, false
			}
			s.empty = s.empty && item.empty
			s.size += item.size
		}
	case *altNode:
		for _, alt := range n.list {
			item := c.of(alt)
			s.first = s.first.or(item.first)
			s.empty, s.through = s.empty || item.empty, s.through || item.through
			s.size += item.size + 2
		}
	case *groupNode:
		s = c.of(n.body)
		s.size += 2
	case *loopNode:
		s = c.of(n.body)
		if copies := n.copies(s); copies > 0 {
			s.size = copies * (s.size + 4)
		} else {
			s.size += 8
		}
		s.empty, s.through = s.empty || n.min == 0, s.through || n.min == 0
		if n.max == 0 {
			s = summary{empty: true, through: true}
		}
	case *assertNode:
		s = summary{empty: true, through: true, size: 1}
		switch n.kind {
		case textEnd:
			s.through, s.first.end = false, true
		case lineEnd:
			s.through = false
			s.first = firstOf(lineEnds)
			s.first.end = true
		}
	case *lookNode:
		body := c.of(n.body)
		s = summary{empty: true, through: true, size: body.size + 2}
	case *refNode:
		s = summary{first: anything, empty: true, through: true, size: 1}
	}
	c.info[n] = s
	return s
}

// begin is what n and then follow can begin with.
func (c *compiler) begin(n node, follow first) first {
	s := c.of(n)
	if s.through {
		return s.first.or(follow)
	}
	return s.first
}

// copies is how often the body is written out, 0 if the rounds are to be counted instead.
func (n *loopNode) copies(body summary) int {
	copies := 1
	switch {
	case n.max > 0:
		copies = n.max
	case n.min > 1 || n.min == 1 && body.empty:
		copies = n.min + 1
	}
	if copies > 1 && (copies > unrolled || copies*(body.size+4) > unrolled) {
		return 0
	}
	return copies
}

// node writes the instructions of n. What comes after it begins with follow. With back, it is matched from its end to its start.
func (c *compiler) node(n node, follow first, back bool) {
	switch n := n.(type) {
	case *setNode:
		c.set(n.set, back)
	case *catNode:
		c.sequence(n.list, follow, back)
	case *altNode:
		c.alternatives(n.list, follow, back)
	case *groupNode:
		open, shut := int32(2*n.index), int32(2*n.index+1)
		if back {
			open, shut = shut, open
		}
		c.emit(inst{op: opSave, x: open})
		c.node(n.body, follow, back)
		c.emit(inst{op: opSave, x: shut})
	case *loopNode:
		c.loop(n, follow, back)
	case *assertNode:
		c.emit(inst{op: opAssert, x: int32(n.kind)})
	case *lookNode:
		c.counted++
		reg := c.reg()
		at := c.emit(inst{op: opLook, x: reg, negative: n.negative})
		c.node(n.body, anything, n.behind)
		c.emit(inst{op: opLookEnd, x: reg, negative: n.negative})
		c.code[at].y = int32(len(c.code))
		c.counted--
	case *refNode:
		c.emit(inst{op: opRef, fold: n.fold, back: back, more: &detail{groups: n.groups}})
	}
}

func (c *compiler) set(s charset, back bool) {
	switch {
	case len(s) == 0:
		c.emit(inst{op: opFail})
	case c.astral(s):
		op := opPoint
		if back {
			op = opPointBack
		}
		if r, ok := s.single(); ok && r > 0xFFFF && !back {
			c.emit(inst{op: opPair, c: uint16((r-0x10000)>>10 + 0xD800), max: (r-0x10000)&0x3FF + 0xDC00})
			return
		}
		c.emit(inst{op: op, set: c.class(s)})
	case back:
		c.emit(inst{op: opSetBack, set: c.class(s)})
	default:
		if r, ok := s.single(); ok {
			c.emit(inst{op: opChar, c: uint16(r)})
			return
		}
		c.emit(inst{op: opSet, set: c.class(s)})
	}
}

func (c *compiler) sequence(list []node, follow first, back bool) {
	if back {
		for i := len(list) - 1; i >= 0; i-- {
			c.node(list[i], anything, true)
		}
		return
	}
	follows := make([]first, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		follows[i] = follow
		follow = c.begin(list[i], follow)
	}
	for i := 0; i < len(list); i++ {
		var lit []uint16
		j := i
		for ; j < len(list); j++ {
			set, ok := list[j].(*setNode)
			if !ok || c.astral(set.set) {
				break
			}
			r, ok := set.set.single()
			if !ok {
				break
			}
			lit = append(lit, uint16(r))
		}
		switch {
		case len(lit) == 2:
			c.emit(inst{op: opPair, c: lit[0], max: int32(lit[1])})
		case len(lit) > 2:
			c.emit(inst{op: opLiteral, more: &detail{lit: lit}})
		default:
			c.node(list[i], follows[i], false)
			continue
		}
		i = j - 1
	}
}

func (c *compiler) alternatives(list []node, follow first, back bool) {
	rest := make([]first, len(list)+1) // what the alternatives from i on can begin with
	for i := len(list) - 1; i >= 0; i-- {
		rest[i] = rest[i+1].or(c.begin(list[i], follow))
	}
	var ends []int
	for i, alt := range list {
		if i == len(list)-1 {
			c.node(alt, follow, back)
			break
		}
		var p *peek
		if !back {
			p = newPeek(c.begin(alt, follow), rest[i+1])
		}
		split := c.split(p)
		c.code[split].y = int32(len(c.code))
		c.node(alt, follow, back)
		ends = append(ends, c.emit(inst{op: opJump}))
		c.code[split].x = int32(len(c.code))
	}
	for _, at := range ends {
		c.code[at].x = int32(len(c.code))
	}
}

// split writes a split, which remembers its failures where its state allows it.
func (c *compiler) split(p *peek) int {
	at := c.emit(inst{op: opSplit})
	if c.peeks++; p != nil && c.peeks < maxPeeks {
		c.code[at].more = &detail{peek: p}
	}
	c.remember(at)
	return at
}

func (c *compiler) remember(at int) {
	if c.counted > 0 || c.refs || len(c.marks) > 3 {
		return
	}
	c.code[at].memo = int32(c.memos)
	c.memos += 1 << len(c.marks)
	if len(c.marks) > 0 {
		if c.code[at].more == nil {
			c.code[at].more = &detail{}
		}
		c.code[at].more.marks = slices.Clone(c.marks)
	}
}

func (c *compiler) loop(n *loopNode, follow first, back bool) {
	if n.max == 0 {
		return
	}
	body := c.of(n.body)
	if n.min == 1 && n.max == 1 {
		c.node(n.body, follow, back)
		return
	}
	if set, ok := n.body.(*setNode); ok && !back && len(set.set) > 0 {
		c.span(n, set.set, follow)
		return
	}
	again := follow.or(body.first) // what can follow a round
	if n.copies(body) == 0 {
		c.counter(n, body, again, back)
		return
	}
	begin := body.first
	if body.through {
		begin = again
	}
	if n.max < 0 && n.min == 1 && !body.empty { // x+ is x once and a split behind it
		at := len(c.code)
		c.clear(n)
		c.node(n.body, again, back)
		c.branch(n.greedy, begin, follow, back, int32(at))
		return
	}
	for i := range n.min {
		if i > 0 {
			c.clear(n)
		}
		c.node(n.body, again, back)
	}
	if n.max < 0 {
		at := len(c.code)
		split := c.branch(n.greedy, begin, follow, back, -1)
		c.round(n, body, again, back)
		c.emit(inst{op: opJump, x: int32(at)})
		c.land(split, n.greedy)
		return
	}
	var splits []int
	for range n.max - n.min {
		splits = append(splits, c.branch(n.greedy, begin, follow, back, -1))
		c.round(n, body, again, back)
	}
	for _, split := range splits {
		c.land(split, n.greedy)
	}
}

// round writes one optional round: it must not match nothing.
func (c *compiler) round(n *loopNode, body summary, again first, back bool) {
	if !body.empty {
		c.clear(n)
		c.node(n.body, again, back)
		return
	}
	reg := c.reg()
	c.emit(inst{op: opMark, x: reg})
	c.clear(n)
	c.marks = append(c.marks, reg)
	c.node(n.body, again, back)
	c.marks = c.marks[:len(c.marks)-1]
	c.emit(inst{op: opProgress, x: reg})
}

func (c *compiler) clear(n *loopNode) {
	if n.last > n.first {
		c.emit(inst{op: opClear, x: int32(2 * n.first), y: int32(2 * n.last)})
	}
}

// branch writes the split between another round, which begins behind it or at to, and going on, which land sets if to is negative.
func (c *compiler) branch(greedy bool, begin, follow first, back bool, to int32) int {
	var p *peek
	if !back {
		if p = newPeek(begin, follow); !greedy {
			p = newPeek(follow, begin)
		}
	}
	at := c.split(p)
	enter, leave := int32(at+1), int32(-1)
	if to >= 0 {
		enter, leave = to, int32(at+1)
	}
	if greedy {
		c.code[at].y, c.code[at].x = enter, leave
	} else {
		c.code[at].x, c.code[at].y = enter, leave
	}
	return at
}

func (c *compiler) land(split int, greedy bool) {
	if greedy {
		c.code[split].x = int32(len(c.code))
	} else {
		c.code[split].y = int32(len(c.code))
	}
}

// counter writes a repetition that counts its rounds in a register.
func (c *compiler) counter(n *loopNode, body summary, again first, back bool) {
	c.counted++
	reg := c.reg()
	c.emit(inst{op: opZero, x: reg})
	at := c.emit(inst{op: opLoop, x: reg, min: int32(n.min), max: int32(n.max), greedy: n.greedy})
	if body.empty {
		mark := c.reg()
		c.emit(inst{op: opMark, x: mark})
		c.clear(n)
		c.node(n.body, anything, back)
		// Only a round beyond the least number must make progress.
		c.emit(inst{op: opProgress, x: mark, y: reg + 1, min: int32(n.min)})
	} else {
		c.clear(n)
		c.node(n.body, again, back)
	}
	c.emit(inst{op: opJump, x: int32(at)})
	c.code[at].y = int32(len(c.code))
	c.counted--
}

// span writes the repetition of a set.
func (c *compiler) span(n *loopNode, s charset, follow first) {
	i := inst{op: opSpan, greedy: n.greedy, min: int32(n.min), max: int32(n.max), set: c.class(s)}
	if c.astral(s) {
		i.op = opSpanPoints
	}
	if n.max < 0 {
		i.max = 1<<31 - 1
	}
	i.aloneLow, i.alone = firstOf(s).apart(follow)
	if !n.greedy {
		i.alone, i.aloneLow = false, false
	}
	if follow != anything && !follow.end {
		next := new([256]bool)
		for u := range next {
			next[u] = follow.has(u)
		}
		i.more = &detail{next: next, nextHigh: follow.high}
	}
	at := c.emit(i)
	c.remember(at)
}

// search finds what narrows the starts that are tried.
func (c *compiler) search(p *Program, n node) {
	if f := c.begin(n, anything); f != anything {
		p.start = &class{stop: -1}
		for u := range p.start.low {
			p.start.low[u] = f.has(u)
		}
		p.start.none, p.start.all = !f.high, f.high
		if f.end {
			p.start = nil
		}
	}
	for {
		list := []node{n}
		if cat, ok := n.(*catNode); ok {
			list = cat.list
		}
		if len(list) == 0 {
			return
		}
		switch head := list[0].(type) {
		case *groupNode:
			n = head.body
			continue
		case *assertNode:
			p.anchor = head.kind == textStart
		case *loopNode:
			if set, ok := head.body.(*setNode); ok && head.min <= 1 && head.max < 0 && !c.refs && !c.astral(set.set) {
				p.leading = c.class(set.set)
			}
		case *setNode:
			for _, item := range list {
				set, ok := item.(*setNode)
				if !ok || c.astral(set.set) {
					break
				}
				r, ok := set.set.single()
				if !ok {
					break
				}
				p.prefix = append(p.prefix, uint16(r))
			}
			ascii := make([]byte, 0, len(p.prefix))
			for _, u := range p.prefix {
				if u < 128 {
					ascii = append(ascii, byte(u))
				}
			}
			if len(ascii) == len(p.prefix) {
				p.text = string(ascii)
			}
		}
		return
	}
}
