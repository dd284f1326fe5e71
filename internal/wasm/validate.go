package wasm

import (
	"slices"
	"strings"
)

// frame is an open block.
type frame struct {
	op              uint32
	params, results []ValueType
	height          int  // of the stack below
	unreached       bool // what follows cannot be reached
	unset           int  // how many locals had been given their value
}

func (f *frame) label() []ValueType {
	if f.op == opLoop {
		return f.params
	}
	return f.results
}

// value is what lies on the stack: its type and what put it there.
type value struct {
	t  ValueType
	at int
}

const (
	opUnreachable, opNop, opBlock, opLoop, opIf, opElse, opThrow, opThrowRef, opEnd               = 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x0a, 0x0b
	opBr, opBrIf, opBrTable, opReturn, opCall, opCallIndirect, opReturnCall, opReturnCallIndirect = 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13
	opCallRef, opReturnCallRef, opDrop, opSelect, opSelectTyped, opTryTable                       = 0x14, 0x15, 0x1a, 0x1b, 0x1c, 0x1f
	opLocalGet, opLocalSet, opLocalTee, opGlobalGet, opGlobalSet, opTableGet, opTableSet          = 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26
	opMemorySize, opMemoryGrow, opI32Const, opI64Const, opF32Const, opF64Const                    = 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44
	opRefNull, opRefIsNull, opRefFunc, opRefAsNonNull, opBrOnNull, opBrOnNonNull                  = 0xd0, 0xd1, 0xd2, 0xd4, 0xd5, 0xd6
	opMemoryInit, opDataDrop, opMemoryCopy, opMemoryFill, opTableInit, opElemDrop                 = 0xfc0008, 0xfc0009, 0xfc000a, 0xfc000b, 0xfc000c, 0xfc000d
	opWait32, opWait64                                                                            = 0xfe0001, 0xfe0002
	opTableCopy, opTableGrow, opTableSize, opTableFill                                            = 0xfc000e, 0xfc000f, 0xfc0010, 0xfc0011
)

// callsUp and callsDown are functions that call one that is no earlier, or no later, in the module.
const callsUp, callsDown uint8 = 1, 2

// checker validates the body of one function.
type checker struct {
	*decoder
	plain  map[uint32]*instruction
	names  map[uint32]string
	body   *body
	fn     uint32
	locals []ValueType
	set    []bool // of locals that have no value at the beginning
	sets   []uint32
	stack  []value
	frames []frame
	op     uint32
	at     int // where the instruction is
	calls  uint8
	any    bool // it calls what is not known
}

// validate checks one function. What is wrong is told with the function's number and name.
func (d *decoder) validate(i int) {
	c := &checker{decoder: d, body: &d.bodies[i], fn: uint32(d.Imported[Func] + i)}
	c.plain, c.names = instructions()
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(*Error)
			if ok {
				e.Message = "Compiling function #" + d.functionName(c.fn) + " failed: " + e.Message
			}
			panic(x)
		}
	}()
	c.run()
	d.bodies[i].calls, d.bodies[i].any = c.calls, c.any
}

func (c *checker) run() {
	t := c.Type(c.fn)
	c.pos, c.end = c.body.start, c.body.end
	c.locals = append(c.locals, t.Params...)
	at := c.pos
	n := c.u32("local decls count")
	if int64(n)*2 > int64(c.end-c.pos) {
		c.fail(at, "local decls count bigger than remaining function size")
	}
	for ; n > 0; n-- {
		at := c.pos
		count := c.u32("local count")
		if int64(count)+int64(len(c.locals)) > maxLocals {
			c.fail(at, "local count too large")
		}
		c.locals = append(c.locals, slices.Repeat([]ValueType{c.valueType()}, int(count))...)
	}
	c.body.code, c.body.locals = c.pos, len(c.locals)
	c.set = make([]bool, len(c.locals))
	for i, l := range c.locals {
		c.set[i] = i < len(t.Params) || !l.Ref() || l.Nullable()
	}
	c.frames = append(c.frames, frame{op: opBlock, results: t.Results})
	for len(c.frames) > 0 {
		if !c.more() {
			c.fail(c.end, "function body must end with \"end\" opcode")
		}
		c.at = c.pos
		c.instruction()
	}
	if c.more() {
		c.fail(c.pos, "trailing code after function end")
	}
	c.end = len(c.b)
}

// name is the instruction that stands somewhere.
func (c *checker) nameAt(at int) string {
	r := reader{b: c.b, pos: at, end: len(c.b)}
	op := uint32(r.byte())
	if op >= 0xfc {
		op = op<<16 | r.u32("opcode")
	}
	if n, ok := c.names[op]; ok {
		return n
	}
	return "unknown"
}

func (c *checker) top() *frame { return &c.frames[len(c.frames)-1] }

func (c *checker) push(t ValueType) { c.stack = append(c.stack, value{t, c.at}) }
func (c *checker) pushAll(t []ValueType) {
	for _, t := range t {
		c.push(t)
	}
}

// need makes sure that there are n operands.
func (c *checker) need(n int) {
	f := c.top()
	if have := len(c.stack) - f.height; have < n {
		if !f.unreached {
			c.fail(c.at, "not enough arguments on the stack for %s (need %d, got %d)", c.names[c.op], n, have)
		}
		// What is missing is of any type.
		missing := slices.Repeat([]value{{bottom, c.at}}, n-have)
		c.stack = slices.Insert(c.stack, f.height, missing...)
	}
}

// popAll takes operands of these types.
func (c *checker) popAll(types []ValueType) {
	c.need(len(types))
	from := len(c.stack) - len(types)
	for i, t := range types {
		c.want(i, c.stack[from+i], t)
	}
	c.stack = c.stack[:from]
}

func (c *checker) want(i int, v value, t ValueType) {
	if !c.subtype(v.t, t) {
		c.fail(v.at, "%s[%d] expected type %s, found %s of type %s", c.names[c.op], i, t, c.nameAt(v.at), v.t)
	}
}

func (c *checker) pop(t ValueType) { c.popAll([]ValueType{t}) }

func (c *checker) popAny() ValueType {
	c.need(1)
	t := c.stack[len(c.stack)-1].t
	c.stack = c.stack[:len(c.stack)-1]
	return t
}

// merge checks what lies on the stack where it goes to a label or to the end of a block. The values stay.
func (c *checker) merge(types []ValueType, what string, exact bool) {
	f := c.top()
	have := len(c.stack) - f.height
	if have < len(types) && !f.unreached || exact && have > len(types) {
		c.fail(c.at, "expected %d elements on the stack for %s, found %d", len(types), what, have)
	}
	if have < len(types) {
		c.need(len(types))
	}
	from := len(c.stack) - len(types)
	for i, t := range types {
		v := &c.stack[from+i]
		if !c.subtype(v.t, t) {
			c.fail(c.at, "type error in %s[%d] (expected %s, got %s)", what, i, t, v.t)
		}
		if v.t == bottom {
			v.t = t
		}
	}
}

func (c *checker) unreachable() {
	f := c.top()
	c.stack = c.stack[:f.height]
	f.unreached = true
}

func (c *checker) open(op uint32, t FuncType) {
	c.popAll(t.Params)
	c.frames = append(c.frames, frame{op: op, params: t.Params, results: t.Results, height: len(c.stack), unset: len(c.sets)})
	c.pushAll(t.Params)
}

func (c *checker) blockType() FuncType {
	at := c.pos
	if !c.more() {
		c.fail(at, "reached end while decoding block type")
	}
	switch b := c.b[c.pos]; {
	case b == 0x40:
		c.pos++
		return FuncType{}
	case b&0xc0 == 0x40:
		return FuncType{Results: []ValueType{c.valueType()}}
	}
	n := c.leb(33, true, "block type index")
	if n < 0 || n >= int64(len(c.Types)) {
		c.fail(at, "block type index %d is not a signature definition", n)
	}
	return c.Types[n]
}

func (c *checker) depth() *frame {
	at := c.pos
	n := c.u32("branch depth")
	if int64(n) >= int64(len(c.frames)) {
		c.fail(at, "invalid branch depth: %d", n)
	}
	return &c.frames[len(c.frames)-1-int(n)]
}

func (c *checker) indexOf(what string, n int, message string) uint32 {
	at := c.pos
	i := c.u32(what)
	if int64(i) >= int64(n) {
		args := []any{i, n}
		c.fail(at, message, args[:strings.Count(message, "%d")]...)
	}
	return i
}

func (c *checker) tableIndex() TableType {
	n := c.indexOf("table index", len(c.Tables), "table index %d exceeds number of tables (%d)")
	return c.Tables[n]
}

func (c *checker) memoryIndex() {
	c.indexOf("memory index", len(c.Memories), "memory index %d exceeds number of declared memories (%d)")
}

func (c *checker) address(alignment uint32, exact bool) {
	at := c.pos
	n := c.u32("alignment")
	switch {
	case n&^0x40 > alignment:
		c.fail(at, "invalid alignment; expected maximum alignment is %d, actual alignment is %d", alignment, n)
	case exact && n != alignment:
		c.fail(at, "invalid alignment for atomic operation; expected alignment is %d, actual alignment is %d", alignment, n)
	}
	if n&0x40 != 0 {
		if i := c.u32("memory index"); int64(i) >= int64(len(c.Memories)) {
			c.fail(at, "memory index %d exceeds number of declared memories (%d)", i, len(c.Memories))
		}
	} else if len(c.Memories) == 0 {
		c.fail(at, "memory index 0 exceeds number of declared memories (0)")
	}
	c.leb(32, false, "offset")
}

func (c *checker) localIndex() uint32 {
	at := c.pos
	n := c.u32("local index")
	if int64(n) >= int64(len(c.locals)) {
		c.fail(at, "invalid local index: %d", n)
	}
	return n
}

func (c *checker) give(local uint32) {
	if !c.set[local] {
		c.set[local] = true
		c.sets = append(c.sets, local)
	}
}

// called notes that a function calls another.
func (c *checker) called(f uint32) {
	if f >= c.fn {
		c.calls |= callsUp
	}
	if f <= c.fn && f >= uint32(c.Imported[Func]) {
		c.calls |= callsDown
	}
}

func (c *checker) instruction() {
	at := c.pos
	op := uint32(c.byte())
	if op >= 0xfc {
		if op == 0xff {
			c.fail(at, "Invalid opcode 0x%x", op)
		}
		op = op<<16 | c.u32("prefixed opcode index")
	}
	c.op = op
	if in := c.plain[op]; in != nil {
		if op == opWait32 || op == opWait64 {
			c.waits = true
			c.body.places = append(c.body.places, place{c.at, beforeWait})
		}
		switch op {
		case 0x6d, 0x6e, 0x7f, 0x80:
			c.body.has |= hasDivision
		case 0x6f, 0x70, 0x81, 0x82:
			c.body.has |= hasRemainder
		}
		c.immediate(in.immediate)
		c.popAll(in.params)
		c.pushAll(in.results)
		return
	}
	if !c.control(op) && !c.references(op) {
		switch {
		case op >= 0x06 && op <= 0x09 || op == 0x18 || op == 0x19:
			c.fail(at, "exception handling as it was before try_table (opcode 0x%02x) is not supported", op)
		case op>>16 == 0xfd && op&0xffff >= 0x100, op == 0xfb, op == 0xd3:
			c.fail(at, "opcode 0x%02x is not supported", op)
		case op > 0xff:
			c.fail(at, "Invalid prefixed opcode %d", op>>16<<8|op&0xff)
		}
		c.fail(at, "Invalid opcode 0x%x", op)
	}
}

func (c *checker) immediate(form string) {
	if form == "" {
		return
	}
	switch form[0] {
	case 'm', 'M':
		c.address(uint32(form[1]-'0'), form[0] == 'M')
	case 'b':
		c.address(uint32(form[1]-'0'), false)
		c.lane(16 >> (form[1] - '0'))
	case 'l':
		n := 0
		for _, d := range form[1:] {
			n = n*10 + int(d-'0')
		}
		c.lane(n)
	case 's':
		for at, b := range c.bytes(16) {
			if c.op == 0xfd000d && b >= 32 {
				c.fail(c.pos-16+at, "invalid shuffle mask")
			}
		}
	case 'z':
		if at := c.pos; c.byte() != 0 {
			c.fail(at, "invalid atomic operand")
		}
	}
}

func (c *checker) immediateBytes(n int, what string) {
	if n > c.end-c.pos {
		c.fail(c.pos, "%s", what)
	}
	c.bytes(n)
}

func (c *checker) lane(n int) {
	if at := c.pos; int(c.byte()) >= n {
		c.fail(at, "invalid lane index")
	}
}

// references does the instructions of variables, references, memories and tables.
func (c *checker) references(op uint32) bool {
	switch op {
	case opDrop:
		c.popAny()
	case opSelect:
		c.need(3)
		c.pop(I32)
		second := c.stack[len(c.stack)-1]
		b, a := c.popAny(), c.popAny()
		if a == bottom {
			a = b
		}
		if a.Ref() || b.Ref() {
			c.fail(c.at, "select without type is restricted to number and simd types")
		}
		c.want(1, second, a)
		c.push(a)
	case opSelectTyped:
		at := c.pos
		if c.u32("number of select types") != 1 {
			c.fail(at, "Invalid number of types. Select accepts exactly one type")
		}
		t := c.valueType()
		c.popAll([]ValueType{t, t, I32})
		c.push(t)
	case opLocalGet:
		n := c.localIndex()
		if !c.set[n] {
			c.fail(c.at, "uninitialized non-defaultable local: %d", n)
		}
		c.push(c.locals[n])
	case opLocalSet, opLocalTee:
		n := c.localIndex()
		c.pop(c.locals[n])
		c.give(n)
		if op == opLocalTee {
			c.push(c.locals[n])
		}
	case opGlobalGet, opGlobalSet:
		n := c.indexOf("global index", len(c.Globals), "Invalid global index: %d")
		g := c.Globals[n]
		if op == opGlobalGet {
			c.push(g.Type)
			break
		}
		if !g.Mutable {
			c.fail(c.at, "immutable global #%d cannot be assigned", n)
		}
		c.pop(g.Type)
	case opTableGet:
		t := c.tableIndex()
		c.pop(I32)
		c.push(t.Elem)
	case opTableSet:
		t := c.tableIndex()
		c.popAll([]ValueType{I32, t.Elem})
	case opMemorySize, opMemoryGrow:
		c.memoryIndex()
		if op == opMemoryGrow {
			c.pop(I32)
		}
		c.push(I32)
	case opI32Const:
		c.leb(32, true, "immi32")
		c.push(I32)
	case opI64Const:
		c.leb(64, true, "immi64")
		c.push(I64)
	case opF32Const:
		c.immediateBytes(4, "immf32")
		c.push(F32)
	case opF64Const:
		c.immediateBytes(8, "immf64")
		c.push(F64)
	case opRefNull:
		c.push(refNull | ValueType(c.heapType(c.at+1))<<8)
	case opRefIsNull:
		if t := c.popAny(); !t.Ref() && t != bottom {
			c.fail(c.at, "ref.is_null[0] expected reference type, found a value of type %s", t)
		}
		c.push(I32)
	case opRefFunc:
		at := c.pos
		n := c.indexOf("function index", len(c.Funcs), "function index #%d is out of bounds")
		if !c.declared[n] {
			c.fail(at, "undeclared reference to function #%d", n)
		}
		c.push(ref | ValueType(c.Funcs[n])<<8)
	case opRefAsNonNull:
		c.push(c.reference().nonNull())
	case opBrOnNull:
		f := c.depth()
		t := c.reference()
		c.merge(f.label(), "branch", false)
		c.push(t.nonNull())
	case opBrOnNonNull:
		f := c.depth()
		t := c.reference()
		c.push(t.nonNull())
		c.merge(f.label(), "branch", false)
		c.popAny()
	default:
		return c.bulk(op)
	}
	return true
}

func (c *checker) reference() ValueType {
	t := c.popAny()
	if !t.Ref() && t != bottom {
		c.fail(c.at, "%s[0] expected reference type, found a value of type %s", c.names[c.op], t)
	}
	return t
}

// bulk does the instructions of whole memories and tables.
func (c *checker) bulk(op uint32) bool {
	three := []ValueType{I32, I32, I32}
	data := func() {
		at := c.pos
		n := c.u32("data segment index")
		if int64(n) >= int64(c.data) {
			c.fail(at, "invalid data segment index: %d", n)
		}
	}
	element := func() ValueType {
		return c.elements[c.indexOf("element segment index", len(c.elements), "invalid element segment index: %d")]
	}
	switch op {
	case opMemoryInit, opMemoryCopy, opMemoryFill, opTableInit, opTableCopy, opTableFill:
		c.body.bulk = true
		c.body.places = append(c.body.places, place{c.at, beforeBulk})
	}
	switch op {
	case opMemoryInit:
		data()
		c.memoryIndex()
		c.popAll(three)
	case opDataDrop:
		data()
	case opMemoryCopy:
		c.memoryIndex()
		c.memoryIndex()
		c.popAll(three)
	case opMemoryFill:
		c.memoryIndex()
		c.popAll(three)
	case opTableInit:
		from, at := element(), c.pos
		if to := c.tableIndex(); !c.subtype(from, to.Elem) {
			c.fail(at, "type mismatch in table.init: %s is not a subtype of %s", from, to.Elem)
		}
		c.popAll(three)
	case opElemDrop:
		element()
	case opTableCopy:
		at := c.pos
		to, from := c.tableIndex(), c.tableIndex()
		if !c.subtype(from.Elem, to.Elem) {
			c.fail(at, "table %s is not a super-type of %s", to.Elem, from.Elem)
		}
		c.popAll(three)
	case opTableGrow:
		t := c.tableIndex()
		c.popAll([]ValueType{t.Elem, I32})
		c.push(I32)
	case opTableSize:
		c.tableIndex()
		c.push(I32)
	case opTableFill:
		t := c.tableIndex()
		c.popAll([]ValueType{I32, t.Elem, I32})
	default:
		return false
	}
	return true
}
