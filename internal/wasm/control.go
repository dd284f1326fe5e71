package wasm

import "slices"

// control does the instructions of blocks, branches and calls.
func (c *checker) control(op uint32) bool {
	switch op {
	case opUnreachable:
		c.unreachable()
	case opNop:
	case opBlock:
		c.open(op, c.blockType())
	case opLoop:
		t := c.blockType()
		c.body.places = append(c.body.places, place{c.pos, inLoop})
		c.open(op, t)
	case opIf:
		t := c.blockType()
		c.pop(I32)
		c.open(op, t)
	case opElse:
		if c.top().op != opIf {
			c.fail(c.at, "else does not match an if")
		}
		f := c.close()
		f.op, f.unreached = opElse, false
		c.frames = append(c.frames, f)
		c.pushAll(f.params)
	case opTryTable:
		c.tryTable()
	case opEnd:
		if f := c.top(); f.op == opIf && !slices.Equal(f.params, f.results) {
			// The part that is missing passes on what it gets.
			c.fail(c.at, "type error in one-armed if (expected %s, got none)", append(f.results, I32)[0])
		}
		f := c.close()
		c.pushAll(f.results)
	case opThrow:
		n := c.indexOf("tag index", len(c.Tags), "Invalid tag index: %d")
		c.popAll(c.Types[c.Tags[n]].Params)
		c.unreachable()
	case opThrowRef:
		c.pop(exnRef)
		c.unreachable()
	case opBr:
		c.merge(c.depth().label(), "branch", false)
		c.unreachable()
	case opBrIf:
		f := c.depth()
		c.pop(I32)
		c.merge(f.label(), "branch", false)
	case opBrTable:
		c.brTable()
	case opReturn:
		c.merge(c.frames[0].results, "return", false)
		c.unreachable()
	case opCall, opReturnCall:
		n := c.indexOf("function index", len(c.Funcs), "function index #%d is out of bounds")
		c.called(n)
		c.call(c.Type(n), op == opReturnCall)
	case opCallIndirect, opReturnCallIndirect:
		n := c.indexOf("signature index", len(c.Types), "invalid signature index: %d")
		at := c.pos
		t := c.tableIndex()
		if !t.Elem.Func() {
			c.fail(at, "call_indirect: immediate table index must have function type")
		}
		c.pop(I32)
		c.any = true
		c.body.has |= hasIndirect
		c.call(&c.Types[n], op == opReturnCallIndirect)
	case opCallRef, opReturnCallRef:
		n := c.indexOf("signature index", len(c.Types), "invalid signature index: %d")
		c.pop(refNull | ValueType(n)<<8)
		c.any = true
		c.call(&c.Types[n], op == opReturnCallRef)
	default:
		return false
	}
	return true
}

func (c *checker) call(t *FuncType, tail bool) {
	c.popAll(t.Params)
	if !tail {
		c.pushAll(t.Results)
		return
	}
	results := c.frames[0].results
	ok := len(results) == len(t.Results)
	for i := 0; ok && i < len(results); i++ {
		ok = c.subtype(t.Results[i], results[i])
	}
	if !ok {
		c.fail(c.at, "%s: tail call type error", c.names[c.op])
	}
	c.unreachable()
}

// close ends the innermost block.
func (c *checker) close() frame {
	f := *c.top()
	c.merge(f.results, "fallthru", true)
	c.stack = c.stack[:f.height]
	for _, local := range c.sets[f.unset:] {
		c.set[local] = false
	}
	c.sets = c.sets[:f.unset]
	c.frames = c.frames[:len(c.frames)-1]
	return f
}

func (c *checker) brTable() {
	at := c.pos
	n := c.u32("table count")
	if n > 65520 {
		c.fail(at, "invalid table count (> max br_table size): %d", n)
	}
	c.pop(I32)
	arity := -1
	for i := uint32(0); i <= n; i++ {
		at := c.pos
		types := c.depth().label()
		if arity >= 0 && len(types) != arity {
			c.fail(at, "br_table: label arity inconsistent with previous %d", arity)
		}
		arity = len(types)
		c.branch(types)
	}
	c.unreachable()
}

// branch is merge of a branch that is one of many: what lies on the stack stays as it is.
func (c *checker) branch(types []ValueType) {
	f := c.top()
	have := len(c.stack) - f.height
	if have < len(types) && !f.unreached {
		c.fail(c.at, "expected %d elements on the stack for branch, found %d", len(types), have)
	}
	for i := range min(have, len(types)) {
		want, v := types[len(types)-1-i], c.stack[len(c.stack)-1-i]
		if !c.subtype(v.t, want) {
			c.fail(c.at, "type error in branch[%d] (expected %s, got %s)", len(types)-1-i, want, v.t)
		}
	}
}

func (c *checker) tryTable() {
	t := c.blockType()
	c.popAll(t.Params)
	for n := c.u32("catch block count"); n > 0; n-- {
		at := c.pos
		kind := c.byte()
		var types []ValueType
		switch {
		case kind > 3:
			c.fail(at, "invalid catch kind in try table: %d", kind)
		case kind < 2:
			tag := c.indexOf("tag index", len(c.Tags), "Invalid tag index: %d")
			types = append(types, c.Types[c.Tags[tag]].Params...)
		}
		if kind&1 != 0 {
			types = append(types, exnRef)
		}
		at = c.pos
		label := c.depth().label()
		ok := len(label) == len(types)
		for i := 0; ok && i < len(types); i++ {
			ok = c.subtype(types[i], label[i])
		}
		if !ok {
			c.fail(at, "catch kind generates %d operands, target block expects %d", len(types), len(label))
		}
	}
	c.pushAll(t.Params)
	c.open(opTryTable, t)
}
