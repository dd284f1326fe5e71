package wasm

import (
	"bytes"
	"slices"
	"strconv"
)

// V8's limits.
const (
	maxSize      = 1 << 30
	maxTypes     = 1000000
	maxFunctions = 1000000
	maxImports   = 1000000
	maxExports   = 1000000
	maxGlobals   = 1000000
	maxTags      = 1000000
	maxSegments  = 10000000
	maxTables    = 100000
	maxMemories  = 100000
	MaxPages     = 65536
	MaxTable     = 10000000
	maxBody      = 7654321
	maxLocals    = 50000
	maxParams    = 1000
)

const (
	secCustom, secType, secImport, secFunction, secTable, secMemory, secGlobal = 0, 1, 2, 3, 4, 5, 6
	secExport, secStart, secElement, secCode, secData, secDataCount, secTag    = 7, 8, 9, 10, 11, 12, 13
)

var sectionNames = [...]string{"Unknown", "Type", "Import", "Function", "Table", "Memory", "Global", "Export", "Start", "Element", "Code", "Data", "DataCount", "Tag"}

// sectionOrder is the order in which sections come.
var sectionOrder = [...]int{secType: 1, secImport: 2, secFunction: 3, secTable: 4, secMemory: 5, secTag: 6, secGlobal: 7, secExport: 8, secStart: 9, secElement: 10, secDataCount: 11, secCode: 12, secData: 13}

// Decode reads and validates a module. The bytes are kept.
func Decode(b []byte) (m *Module, err error) {
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(*Error)
			if !ok {
				panic(x)
			}
			m, err = nil, e
		}
	}()
	d := &decoder{reader: reader{b: b, end: len(b)}, Module: &Module{Bytes: b, Start: -1, declared: map[uint32]bool{}, data: -1}}
	d.module()
	return d.Module, nil
}

type decoder struct {
	reader
	*Module
	functions int // how many have no body yet
	names     map[string]Export
}

func (d *decoder) module() {
	if len(d.b) > maxSize {
		d.fail(-1, "size > maximum module size (%d): %d", maxSize, len(d.b))
	}
	for _, part := range []struct{ name, want string }{{"magic word", "\x00asm"}, {"version", "\x01\x00\x00\x00"}} {
		at := d.pos
		if got := d.bytes(4); string(got) != part.want {
			d.fail(at, "expected %s % x, found % x", part.name, part.want, got)
		}
	}
	last, seen := 0, false
	for d.pos < len(d.b) {
		at := d.pos
		id := d.byte()
		size := int(d.u32("section length"))
		if size > len(d.b)-d.pos {
			name := sectionNames[0]
			if int(id) < len(sectionNames) {
				name = sectionNames[id]
			}
			d.fail(at, "section (code %d, \"%s\") extends past end of the module (length %d, remaining bytes %d)", id, name, size, len(d.b)-d.pos)
		}
		if id == secCustom {
			d.end = d.pos + size
			name := d.name("section name")
			d.Customs = append(d.Customs, Custom{name, d.b[d.pos:d.end]})
			d.pos, d.end = d.end, len(d.b)
			continue
		}
		switch {
		case int(id) >= len(sectionNames) && id == 14:
			d.fail(d.pos, "unexpected section <StringRef> (enable with --experimental-wasm-stringref)")
		case int(id) >= len(sectionNames):
			d.fail(d.pos, "unknown section code #0x%02x", id)
		case sectionOrder[id] <= last:
			d.fail(d.pos, "unexpected section <%s>", sectionNames[id])
		}
		last = sectionOrder[id]
		s := section{id, d.pos, d.pos + size}
		d.sections = append(d.sections, s)
		d.end = s.end
		if id == secCode {
			seen = true
		}
		d.section(id)
		if d.pos != s.end {
			d.fail(d.pos, "section was shorter than expected size (%d bytes expected, %d decoded)", size, d.pos-s.start)
		}
		d.end = len(d.b)
	}
	if d.functions != 0 && !seen {
		d.fail(d.pos, "function count is %d, but code section is absent", d.functions)
	}
	if d.data > 0 && !slices.ContainsFunc(d.sections, func(s section) bool { return s.id == secData }) {
		d.fail(d.pos, "data segments count 0 mismatch (%d expected)", d.data)
	}
	for i := range d.bodies {
		d.validate(i)
	}
	d.chooseChecked()
}

func (d *decoder) section(id byte) {
	switch id {
	case secType:
		for n := d.count("types count", maxTypes); n > 0; n-- {
			d.funcType()
		}
	case secImport:
		for n := d.count("imports count", maxImports); n > 0; n-- {
			d.importOne()
		}
	case secFunction:
		d.functions = d.count("functions count", maxFunctions)
		for range d.functions {
			d.Funcs = append(d.Funcs, d.typeIndex())
		}
	case secTable:
		for n := d.count("table count", maxTables); n > 0; n-- {
			d.Tables = append(d.Tables, d.table(true))
		}
	case secMemory:
		for n := d.count("memory count", maxMemories); n > 0; n-- {
			d.memory()
		}
	case secGlobal:
		for n := d.count("globals count", maxGlobals); n > 0; n-- {
			t := d.global()
			d.constant(t.Type)
			d.Globals = append(d.Globals, t)
		}
	case secTag:
		for n := d.count("tag count", maxTags); n > 0; n-- {
			d.Tags = append(d.Tags, d.tag())
		}
	case secExport:
		d.names = map[string]Export{}
		for n := d.count("exports count", maxExports); n > 0; n-- {
			d.export()
		}
	case secStart:
		at := d.pos
		d.Start = int(d.functionIndex())
		if t := d.Type(uint32(d.Start)); len(t.Params)+len(t.Results) > 0 {
			d.fail(at, "invalid start function: non-zero parameter or return count")
		}
	case secElement:
		for n := d.count("segment count", maxSegments); n > 0; n-- {
			d.element()
		}
	case secDataCount:
		d.data = d.count("data segments count", maxSegments)
	case secCode:
		at := d.pos
		n := d.count("functions count", maxFunctions)
		if n != d.functions {
			d.fail(at, "function body count %d mismatch (%d expected)", n, d.functions)
		}
		for range n {
			d.body()
		}
		d.functions = 0
	case secData:
		n := d.count("data segments count", maxSegments)
		if d.data >= 0 && d.data != n {
			d.fail(d.pos, "number of data segments (%d) does not match the number declared in the data count section (%d)", n, d.data)
		}
		for range n {
			d.dataSegment()
		}
	}
}

func (d *decoder) funcType() {
	at := d.pos
	switch form := d.known("type kind"); form {
	case 0x60:
	case 0x4e, 0x4f, 0x50, 0x5e, 0x5f:
		d.fail(at, "types of structures, arrays and groups (form 0x%02x) are not supported", form)
	default:
		d.fail(at, "unknown type form: %d", form)
	}
	var t FuncType
	// A type may name itself.
	d.Types = append(d.Types, t)
	for n := d.count("param count", maxParams); n > 0; n-- {
		t.Params = append(t.Params, d.valueType())
	}
	for n := d.count("return count", maxParams); n > 0; n-- {
		t.Results = append(t.Results, d.valueType())
	}
	d.Types[len(d.Types)-1] = t
}

// proposed are types that V8 knows and does not have.
var proposed = map[byte]string{0x60: "stringview_wtf16ref", 0x61: "stringview_iter", 0x66: "stringview_wtf8ref", 0x67: "stringref", 0x68: "cont", 0x75: "nocont"}

func (r *decoder) valueType() ValueType {
	at := r.pos
	c := r.known("value type opcode")
	switch c {
	case 0x7f, 0x7e, 0x7d, 0x7c, 0x7b:
		return ValueType(c)
	case 0x63, 0x64:
		return ValueType(c) | ValueType(r.heapType(at))<<8
	}
	if heapNames[uint32(c)] != "" {
		return refNull | ValueType(heapSpecial|uint32(c))<<8
	}
	if c >= 0x6a && c <= 0x71 {
		r.fail(at, "values of type 0x%02x are not supported", c)
	}
	if name := proposed[c]; name != "" {
		r.fail(at, "invalid value type '%s', enable with --experimental-wasm-%s", name, map[bool]string{true: "wasmfx", false: "stringref"}[c == 0x68 || c == 0x75])
	}
	r.fail(at, "invalid value type 0x%x", c)
	return 0
}

// heapType reads the type behind the byte of a reference's, which stands at a place.
func (r *decoder) heapType(at int) uint32 {
	n := r.leb(33, true, "heap type")
	if n >= 0 {
		if int(n) >= len(r.Types) {
			r.fail(at, "Type index %d is out of bounds", n)
		}
		return uint32(n)
	}
	c := uint32(n & 0x7f)
	if heapNames[c] == "" || n < -64 {
		r.fail(at, "heap type 0x%02x is not supported", c)
	}
	return heapSpecial | c
}

func (d *decoder) refType() ValueType {
	at := d.pos
	t := d.valueType()
	if !t.Ref() {
		d.fail(at, "Unexpected type %s", t)
	}
	return t
}

func (d *decoder) typeIndex() uint32 {
	at := d.pos
	n := d.u32("signature index")
	if int64(n) >= int64(len(d.Types)) {
		d.fail(at, "no signature at index %d (%d types)", n, len(d.Types))
	}
	return n
}

func (d *decoder) limits(most uint64, kind, unit string) (l Limits) {
	at := d.pos
	flags := d.byte()
	switch {
	case flags&^7 != 0 || kind != "memory" && flags&2 != 0:
		if kind == "table" && flags&^3 == 0 {
			d.fail(at, "invalid table limits flags, enable with --experimental-wasm-shared")
		}
		d.fail(at, "invalid %s limits flags 0x%x", kind, flags)
	case flags&4 != 0:
		d.fail(at, "%s with addresses of 64 bits (flags 0x%x) is not supported", kind, flags)
	case flags == 2:
		d.fail(at, "shared memory must have a maximum defined")
	}
	l.Shared, l.HasMax = flags&2 != 0, flags&1 != 0
	at = d.pos
	if l.Min = uint64(d.u32("initial size")); l.Min > most {
		d.fail(at+len(appendUvarint(nil, l.Min))-(d.pos-at), "initial %s size (%d %s) is larger than implementation limit (%d %s)", kind, l.Min, unit, most, unit)
	}
	if l.HasMax {
		at = d.pos
		l.Max = uint64(d.u32("maximum size"))
		if kind == "memory" && l.Max > most {
			d.fail(at, "maximum memory size (%d pages) is larger than implementation limit (%d pages)", l.Max, most)
		}
		if l.Max < l.Min {
			d.fail(at, "maximum %s size (%d %s) is less than initial (%d %s)", kind, l.Max, unit, l.Min, unit)
		}
	}
	return l
}

func (d *decoder) table(own bool) (t TableType) {
	if own && d.more() && d.b[d.pos] == 0x40 {
		d.pos++
		if at := d.pos; d.known("table-with-initializer byte") != 0 {
			d.fail(at, "Unexpected byte behind that of a table with an initializer")
		}
		t.init = true
	}
	at := d.pos
	if t.Elem = d.valueType(); !t.Elem.Ref() {
		d.fail(at, "Invalid table type %s", t.Elem)
	}
	t.Limits = d.limits(MaxTable, "table", "elements")
	switch {
	case t.init:
		d.constant(t.Elem)
	case own && !t.Elem.Nullable():
		d.fail(d.pos, "Table of non-nullable type must have an initializer")
	}
	return t
}

func (d *decoder) memory() {
	at := d.pos
	d.Memories = append(d.Memories, d.limits(MaxPages, "memory", "pages"))
	if len(d.Memories) > 1 {
		d.fail(at, "more than one memory is not supported")
	}
}

func (d *decoder) global() (t GlobalType) {
	t.Type = d.valueType()
	at := d.pos
	switch c := d.known("mutability"); {
	case c > 3:
		d.fail(at, "invalid global flags 0x%x", c)
	case c > 1:
		d.fail(at, "invalid global flags 0x%x (enable via --experimental-wasm-shared)", c)
	default:
		t.Mutable = c == 1
	}
	return t
}

func (d *decoder) tag() uint32 {
	at := d.pos
	if a := d.known("exception attribute"); a != 0 {
		d.fail(at, "exception attribute %d not supported", a)
	}
	at = d.pos
	n := d.typeIndex()
	if len(d.Types[n].Results) > 0 {
		d.fail(at, "tag signature %d has non-void return", n)
	}
	return n
}

func (d *decoder) importOne() {
	at := d.pos
	d.importRest(at, Import{Offset: at, Module: d.name("module name"), Name: d.name("field name")})
}

// importRest reads what follows the names of an import that begins somewhere.
func (d *decoder) importRest(at int, i Import) {
	i.Kind = Kind(d.byte())
	if i.Kind > Tag {
		d.fail(at, "unknown import kind 0x%02x", byte(i.Kind))
	}
	i.Index = uint32(d.Imported[i.Kind])
	d.Imported[i.Kind]++
	d.Imports = append(d.Imports, i)
	switch i.Kind {
	case Func:
		d.Funcs = append(d.Funcs, d.typeIndex())
	case Table:
		d.Tables = append(d.Tables, d.table(false))
	case Memory:
		d.memory()
	case Global:
		d.Globals = append(d.Globals, d.global())
	case Tag:
		d.Tags = append(d.Tags, d.tag())
	}
}

func (d *decoder) index(what string, n int) uint32 {
	at := d.pos
	i := d.u32("index")
	if int64(i) >= int64(n) {
		d.fail(at, "%s index %d out of bounds (%d entr%s)", what, i, n, plural(n, "y", "ies"))
	}
	return i
}

func (d *decoder) functionIndex() uint32 { return d.index("function", len(d.Funcs)) }

func (d *decoder) export() {
	e := Export{Name: d.name("field name")}
	name := d.pos - len(e.Name)
	at := d.pos
	e.Kind = Kind(d.byte())
	if e.Kind > Tag {
		d.fail(at, "invalid export kind 0x%02x", byte(e.Kind))
	}
	at = d.pos
	if n := len(d.Memories); e.Kind == Memory {
		if i := d.u32("memory index"); int64(i) >= int64(n) {
			d.fail(at, "invalid exported memory index %d (having %d memor%s)", i, n, plural(n, "y", "ies"))
		}
		d.pos = at
	}
	e.Index = d.index(e.Kind.String(), []int{len(d.Funcs), len(d.Tables), len(d.Memories), len(d.Globals), len(d.Tags)}[e.Kind])
	if e.Kind == Func {
		d.declared[e.Index] = true
	}
	if other, twice := d.names[e.Name]; twice {
		d.fail(name, "Duplicate export name '%s' for %s %d and %s %d", e.Name, other.Kind, other.Index, e.Kind, e.Index)
	}
	d.names[e.Name] = e
	d.Exports = append(d.Exports, e)
}

func (d *decoder) element() {
	at := d.pos
	flags := d.u32("flag")
	if flags > 7 {
		d.fail(at, "illegal flag value %d", flags)
	}
	active, s := flags&1 == 0, Segment{}
	if flags&3 == 2 {
		at = d.pos
		s.Target = d.u32("table index")
		if int64(s.Target) >= int64(len(d.Tables)) {
			d.fail(at, "out of bounds table index %d", s.Target)
		}
	} else if active && len(d.Tables) == 0 {
		d.fail(at, "out of bounds implicit table index 0")
	}
	if active {
		s.Offset = d.constant(I32)
	}
	t := FuncRef
	if flags&4 == 0 {
		t = FuncRef.nonNull()
		if flags&3 != 0 {
			if at := d.pos; d.known("element kind") != 0 {
				d.fail(at, "illegal element kind 0x%x. Must be 0x00", d.b[at])
			}
		}
	} else if flags != 4 {
		t = d.refType()
	}
	if active && !d.subtype(t, d.Tables[s.Target].Elem) {
		d.fail(at, "Element segment of type %s is not a subtype of referenced table %d (of type %s)", t, s.Target, d.Tables[s.Target].Elem)
	}
	n := d.count("number of elements", MaxTable)
	for range n {
		if flags&4 == 0 {
			d.declared[d.functionIndex()] = true
		} else {
			d.constant(t)
		}
	}
	d.elements = append(d.elements, t)
	if s.Size = uint64(n); active {
		d.Elements = append(d.Elements, s)
	}
}

func (d *decoder) dataSegment() {
	at := d.pos
	flags := d.u32("flag")
	if flags > 2 {
		d.fail(at, "illegal flag value %d", flags)
	}
	s := Segment{}
	if flags == 2 {
		s.Target = d.u32("memory index")
	}
	if flags != 1 {
		if int64(s.Target) >= int64(len(d.Memories)) {
			d.fail(at, "invalid memory index %d for data section (having %d memor%s)", s.Target, len(d.Memories), plural(len(d.Memories), "y", "ies"))
		}
		s.Offset = d.constant(I32)
	}
	s.Size = uint64(d.u32("source size"))
	d.bytes(int(s.Size))
	if flags != 1 {
		d.Data = append(d.Data, s)
	}
}

func (d *decoder) body() {
	at := d.pos
	n := int(d.u32("body size"))
	if n > maxBody {
		d.fail(at, "size %d > maximum function size %d", n, maxBody)
	}
	start := d.pos
	d.bytes(n)
	d.bodies = append(d.bodies, body{start: start, end: d.pos})
}

// constant reads a constant expression that gives a value of a type.
func (d *decoder) constant(want ValueType) (c Const) {
	c.Global = -1
	var stack []ValueType
	need := func(at int, name string, t ValueType) {
		if n := len(stack); n < 2 || stack[n-1] != t || stack[n-2] != t {
			d.fail(at, "not enough arguments on the stack for %s (need 2, got %d)", name, n)
		}
		stack = stack[:len(stack)-1]
	}
	for count := 0; ; count++ {
		at := d.pos
		if !d.more() {
			d.fail(at, "constant expression is missing 'end'")
		}
		switch op := d.known("opcode"); op {
		case 0x41:
			c.Value = uint64(uint32(d.leb(32, true, "immi32")))
			stack = append(stack, I32)
		case 0x42:
			c.Value = uint64(d.leb(64, true, "immi64"))
			stack = append(stack, I64)
		case 0x43:
			d.bytes(4)
			stack = append(stack, F32)
		case 0x44:
			d.bytes(8)
			stack = append(stack, F64)
		case 0x23:
			n := d.u32("global index")
			if int64(n) >= int64(len(d.Globals)) {
				d.fail(at+1, "Invalid global index: %d", n)
			}
			if d.Globals[n].Mutable {
				d.fail(at+1, "mutable globals cannot be used in constant expressions")
			}
			c.Global = int(n)
			stack = append(stack, d.Globals[n].Type)
		case 0xd0:
			stack = append(stack, refNull|ValueType(d.heapType(at+1))<<8)
		case 0xd2:
			n := d.u32("function index")
			if int64(n) >= int64(len(d.Funcs)) {
				d.fail(at+1, "function index #%d is out of bounds", n)
			}
			d.declared[n] = true
			stack = append(stack, ref|ValueType(d.Funcs[n])<<8)
		case 0xfd:
			if n := d.u32("prefixed opcode index"); n != 12 {
				d.notConstant(at, 0xfd<<16|n)
			}
			d.bytes(16)
			stack = append(stack, V128)
		case 0x6a, 0x6b, 0x6c:
			need(at, [...]string{"i32.add", "i32.sub", "i32.mul"}[op-0x6a], I32)
		case 0x7c, 0x7d, 0x7e:
			need(at, [...]string{"i64.add", "i64.sub", "i64.mul"}[op-0x7c], I64)
		case 0x0b:
			c.Known = count == 1 && len(stack) == 1 && (c.Global < 0 || c.Global < d.Imported[Global])
			if len(stack) != 1 {
				d.fail(at, "expected 1 elements on the stack for constant expression, found %d", len(stack))
			}
			if !d.subtype(stack[0], want) {
				d.fail(at, "type error in constant expression[0] (expected %s, got %s)", want, stack[0])
			}
			return c
		default:
			whole := uint32(op)
			if op == 0xfc || op == 0xfe {
				whole = whole<<16 | d.u32("prefixed opcode index")
			}
			d.notConstant(at, whole)
			d.fail(at, "Invalid opcode 0x%x", op)
		}
	}
}

// notConstant refuses an instruction in a constant expression.
func (d *decoder) notConstant(at int, op uint32) {
	if _, names := instructions(); names[op] != "" {
		d.fail(at, "opcode %s is not allowed in constant expressions", names[op])
	}
	d.fail(at, "Invalid opcode 0x%x", op)
}

// functionName is a function's number, and its name if the module says it.
func (d *decoder) functionName(n uint32) string {
	text := strconv.Itoa(int(n))
	if name := d.NameOf(n); name != "" {
		text += ":\"" + name + "\""
	}
	return text
}

// Sections are the contents of the custom sections of a name.
func (m *Module) Sections(name string) (list [][]byte) {
	for _, c := range m.Customs {
		if c.Name == name {
			list = append(list, bytes.Clone(c.Data))
		}
	}
	return list
}

// NameOf is the name that the custom section "name" gives a function, or nothing.
func (m *Module) NameOf(function uint32) (name string) {
	defer func() { recover() }() // the section is not part of what is validated
	for _, c := range m.Customs {
		if c.Name != "name" {
			continue
		}
		r := reader{b: c.Data, end: len(c.Data)}
		for r.more() {
			id, size := r.byte(), int(r.u32("size"))
			end := r.pos + size
			if id == 1 {
				for n := r.u32("count"); n > 0; n-- {
					i := r.u32("function index")
					if text := r.name("function name"); i == function {
						return text
					}
				}
			}
			r.pos = end
		}
	}
	return ""
}
