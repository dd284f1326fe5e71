package regex

import "unsafe"

// run matches at one start. Each instruction goes on with the next or breaks out of the switch, which is to fail: then the newest frame
// of the stack says what to try.
func run[T unit](m *Matcher, p *Program, s []T, start int) bool {
	code, caps := p.code, m.Caps
	for i := range caps {
		caps[i] = -1
	}
	caps[0] = int32(start)
	stack := m.stack[:0]
	pc, pos := 0, start
	for {
		in := &code[pc]
		switch in.op {
		case opMatch:
			caps[1] = int32(pos)
			m.stack = stack
			return true

		case opChar:
			if pos < len(s) && uint16(s[pos]) == in.c {
				pos++
				pc++
				continue
			}

		case opPair:
			if pos+1 < len(s) && uint16(s[pos]) == in.c && int32(s[pos+1]) == in.max {
				pos += 2
				pc++
				continue
			}

		case opLiteral:
			if lit := in.more.lit; pos+len(lit) <= len(s) {
				i := 0
				for i < len(lit) && uint16(s[pos+i]) == lit[i] {
					i++
				}
				if i == len(lit) {
					pos += i
					pc++
					continue
				}
			}

		case opSet:
			if pos < len(s) && has(in.set, s[pos]) {
				pos++
				pc++
				continue
			}

		case opPoint:
			if pos < len(s) {
				if c, w := point(s, pos); in.set.has(c) {
					pos += w
					pc++
					continue
				}
			}

		case opSetBack:
			if pos > 0 && has(in.set, s[pos-1]) {
				pos--
				pc++
				continue
			}

		case opPointBack:
			if pos > 0 {
				if c, w := pointBefore(s, pos, 0); in.set.has(c) {
					pos -= w
					pc++
					continue
				}
			}

		case opJump:
			pc = int(in.x)
			continue

		case opSplit:
			can := uint8(3)
			if in.more != nil && in.more.peek != nil {
				peek := in.more.peek
				if pos == len(s) {
					can = peek.end
				} else if u := uint16(s[pos]); u < 256 {
					can = peek.low[uint8(u)]
				} else {
					can = peek.high
				}
				if can == 0 {
					break
				}
			}
			if m.memo != nil && in.memo >= 0 && m.failed(in, pos) {
				break
			}
			if can == 2 {
				pc = int(in.x)
				continue
			}
			if can == 3 {
				if len(stack) >= maxStack {
					m.err = ErrStack
					m.stack = stack
					return false
				}
				stack = append(stack, frame{in.x, int32(pos), 0})
			}
			pc = int(in.y)
			continue

		case opSave:
			if len(stack) > 0 {
				stack = append(stack, frame{undoCapture, in.x, caps[in.x]})
			}
			caps[in.x] = int32(pos)
			pc++
			continue

		case opClear:
			for i := in.x; i < in.y; i++ {
				if caps[i] >= 0 {
					if len(stack) > 0 {
						stack = append(stack, frame{undoCapture, i, caps[i]})
					}
					caps[i] = -1
				}
			}
			pc++
			continue

		case opMark:
			if len(stack) > 0 {
				stack = append(stack, frame{undoRegister, in.x, m.regs[in.x]})
			}
			m.regs[in.x] = int32(pos)
			pc++
			continue

		case opProgress:
			if int(m.regs[in.x]) != pos || in.y > 0 && m.regs[in.y-1] <= in.min {
				pc++
				continue
			}

		case opZero:
			if len(stack) > 0 {
				stack = append(stack, frame{undoRegister, in.x, m.regs[in.x]})
			}
			m.regs[in.x] = 0
			pc++
			continue

		case opLoop:
			if len(stack) >= maxStack {
				m.err = ErrStack
				m.stack = stack
				return false
			}
			if m.fuel--; m.fuel < 0 && !m.poll(p, len(s)) {
				m.stack = stack
				return false
			}
			n := m.regs[in.x]
			switch {
			case n < in.min:
			case in.max >= 0 && n >= in.max:
				pc = int(in.y)
				continue
			case in.greedy:
				stack = append(stack, frame{in.y, int32(pos), 0})
			default:
				stack = append(stack, frame{int32(pc), int32(pos), -1})
				pc = int(in.y)
				continue
			}
			if len(stack) > 0 {
				stack = append(stack, frame{undoRegister, in.x, n})
			}
			m.regs[in.x] = n + 1
			pc++
			continue

		case opAssert:
			if assert(s, pos, assertion(in.x)) {
				pc++
				continue
			}

		case opLook:
			m.regs[in.x] = int32(len(stack))
			if in.negative {
				stack = append(stack, frame{in.y, int32(pos), 0})
			} else {
				stack = append(stack, frame{fence, int32(pos), 0})
			}
			pc++
			continue

		case opLookEnd:
			base := int(m.regs[in.x])
			if in.negative {
				for i := len(stack) - 1; i > base; i-- {
					m.undo(stack[i])
				}
				stack = stack[:base]
				break
			}
			pos = int(stack[base].pos)
			kept := base
			for _, f := range stack[base+1:] {
				if f.pc == undoCapture || f.pc == undoRegister {
					stack[kept] = f
					kept++
				}
			}
			stack = stack[:kept]
			pc++
			continue

		case opRef:
			if to := reference(m, s, pos, in, p.Flags.unicode()); to >= 0 {
				pos = to
				pc++
				continue
			}

		case opSpan:
			if m.memo != nil && in.memo >= 0 && m.failed(in, pos) {
				break
			}
			limit := len(s)
			if int64(pos)+int64(in.max) < int64(limit) {
				limit = pos + int(in.max)
			}
			least := pos + int(in.min)
			if least > limit {
				break
			}
			if !in.greedy {
				if least > pos && runEnd(in.set, s, pos, least) < least {
					break
				}
				if len(stack) >= maxStack {
					m.err = ErrStack
					m.stack = stack
					return false
				}
				pos = least
				if pos < limit {
					stack = append(stack, frame{lazyKind - int32(pc), int32(pos), int32(limit)})
				}
				pc++
				continue
			}
			end := runEnd(in.set, s, pos, limit)
			if end < least {
				break
			}
			m.fuel -= (end - pos) >> 6
			if m.memo != nil && in.memo >= 0 && in.max == 1<<31-1 && in.min <= 1 {
				end = m.shorten(in, pos, end)
				if end < least {
					break
				}
			}
			alone := in.alone
			if unsafe.Sizeof(T(0)) == 1 {
				alone = in.aloneLow
			}
			if end > least && !alone {
				if len(stack) >= maxStack {
					m.err = ErrStack
					m.stack = stack
					return false
				}
				stack = append(stack, frame{spanKind - int32(pc), int32(end), int32(least)})
			}
			pos = end
			pc++
			continue

		case opSpanPoints:
			if m.memo != nil && in.memo >= 0 && m.failed(in, pos) {
				break
			}
			most := in.max
			if !in.greedy {
				most = in.min
			}
			at, least := pos, pos
			n := int32(0)
			for n < most && at < len(s) {
				c, w := point(s, at)
				if !in.set.has(c) {
					break
				}
				at += w
				if n++; n == in.min {
					least = at
				}
			}
			if n < in.min {
				break
			}
			m.fuel -= (at - pos) >> 5
			if len(stack) >= maxStack {
				m.err = ErrStack
				m.stack = stack
				return false
			}
			pos = at
			if !in.greedy {
				stack = append(stack, frame{lazyKind - int32(pc), int32(pos), in.max - in.min})
			} else if at > least && !in.alone {
				stack = append(stack, frame{spanKind - int32(pc), int32(pos), int32(least)})
			}
			pc++
			continue
		}

		// Failed: go back.
		if m.fuel--; m.fuel < 0 && !m.poll(p, len(s)) {
			m.stack = stack
			return false
		}
	back:
		for {
			top := len(stack) - 1
			if top < 0 {
				m.stack = stack
				return false
			}
			f := &stack[top]
			switch {
			case f.pc >= 0:
				pc, pos = int(f.pc), int(f.pos)
				lazy := f.aux < 0
				stack = stack[:top]
				if lazy { // one more round of the lazy opLoop at pc
					in := &code[pc]
					stack = append(stack, frame{undoRegister, in.x, m.regs[in.x]})
					m.regs[in.x]++
					pc++
				}
				break back
			case f.pc == undoCapture:
				caps[f.pos] = f.aux
				stack = stack[:top]
			case f.pc == undoRegister:
				m.regs[f.pos] = f.aux
				stack = stack[:top]
			case f.pc == fence:
				stack = stack[:top]
			case f.pc <= lazyKind:
				pc = int(lazyKind - f.pc)
				in := &code[pc]
				pos = int(f.pos)
				w := 0
				if in.op == opSpan {
					if has(in.set, s[pos]) {
						w = 1
					}
				} else if pos < len(s) && f.aux > 0 {
					if c, n := point(s, pos); in.set.has(c) {
						w = n
					}
					f.aux--
				}
				if w == 0 {
					stack = stack[:top]
					continue
				}
				pos += w
				if in.op == opSpan && in.more != nil { // to the next place where what follows can begin
					for pos < int(f.aux) && !in.more.canFollow(uint16(s[pos])) && has(in.set, s[pos]) {
						pos++
					}
				}
				f.pos = int32(pos)
				if in.op == opSpan && pos >= int(f.aux) {
					stack = stack[:top]
				}
				pc++
				break back
			default:
				pc = int(spanKind - f.pc)
				in := &code[pc]
				pos = int(f.pos)
				if in.op == opSpan {
					pos--
					if in.more != nil && in.more.next != nil {
						least := int(f.aux)
						for pos > least && !in.more.canFollow(uint16(s[pos])) {
							pos--
						}
					}
				} else {
					_, w := pointBefore(s, pos, int(f.aux))
					pos -= w
				}
				if f.pos = int32(pos); pos <= int(f.aux) {
					stack = stack[:top]
				}
				pc++
				break back
			}
		}
	}
}

func (d *detail) canFollow(u uint16) bool {
	if d.next == nil {
		return true
	}
	if u < 256 {
		return d.next[uint8(u)]
	}
	return d.nextHigh
}

func (m *Matcher) undo(f frame) {
	switch f.pc {
	case undoCapture:
		m.Caps[f.pos] = f.aux
	case undoRegister:
		m.regs[f.pos] = f.aux
	}
}

// shorten remembers that an unlimited greedy run from pos to end is being tried, for all starts inside of it: they can end nowhere else,
// and with more progress a state fails only if it fails with less. Where a later start has failed, only the ends up to it are left.
func (m *Matcher) shorten(in *inst, pos, end int) int {
	variants := 1
	if in.more != nil {
		variants <<= len(in.more.marks)
	}
	for i := pos + 1; i < end; i++ {
		for v := range variants {
			at := (int(in.memo)+v)*m.stride + i
			word, bit := at>>6, uint64(1)<<(at&63)
			if m.memo[word]&bit != 0 {
				return i
			}
			m.memo[word] |= bit
		}
	}
	return end
}
