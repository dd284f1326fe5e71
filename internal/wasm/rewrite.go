package wasm

import (
	"encoding/binary"
	"strconv"
)

// Machine code cannot be stopped from outside, nor does Go's collector get its turn while it runs. So each turn of a loop, and each call that
// may be one of a recursion, counts down a global, the fuel; what writes much at once takes more of it. When there is none left a function of
// the host's is called, through a table that has nothing else, and gives some.

// firstFuel is what there is before it is known how fast the code is.
const firstFuel = 1 << 14

// chooseChecked says which functions count their calls. In a recursion some function calls one that is no earlier in the module, and some one
// that is no later: either are enough.
func (m *Module) chooseChecked() {
	up, down := 0, 0
	for i := range m.bodies {
		up += int(m.bodies[i].calls & callsUp)
		down += int(m.bodies[i].calls & callsDown >> 1)
	}
	which := callsUp
	if down < up {
		which = callsDown
	}
	for i := range m.bodies {
		b := &m.bodies[i]
		b.checked = b.any || b.calls&which != 0
	}
}

func appendUvarint(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

func appendVarint(b []byte, n int64) []byte {
	for {
		c := byte(n & 0x7f)
		if n >>= 7; n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// Runnable is the module for the engine that runs it. Import number i is "i"."" there; what it exports has the names it has in the
// module. It does not start by itself, has no custom sections, and one more table, the last, of one function, which code that takes long calls.
func (m *Module) Runnable() []byte {
	out := append(make([]byte, 0, len(m.Bytes)+len(m.Bytes)/8+256), m.Bytes[:8]...)
	check := m.check()
	written := map[byte]bool{}
	add := func(id byte, content []byte) {
		out = append(appendUvarint(append(out, id), uint64(len(content))), content...)
	}
	// more is a section with one entry more.
	more := func(id byte, entry ...byte) {
		for _, s := range m.sections {
			if s.id == id {
				r := reader{b: m.Bytes, pos: s.start, end: s.end}
				n := r.u32("count")
				add(id, append(append(appendUvarint(nil, uint64(n)+1), m.Bytes[r.pos:s.end]...), entry...))
				return
			}
		}
		add(id, append([]byte{1}, entry...))
	}
	between := func(next byte) {
		for _, s := range []struct {
			id    byte
			entry []byte
		}{
			{secType, []byte{0x60, 0, 1, byte(I32)}},
			{secTable, []byte{0x70, 1, 1, 1}},
			{secGlobal, append(appendVarint([]byte{byte(I32), 1, opI32Const}, firstFuel), opEnd)},
		} {
			if !written[s.id] && (next == 0 || sectionOrder[s.id] <= sectionOrder[next]) {
				written[s.id] = true
				more(s.id, s.entry...)
			}
		}
	}
	for _, s := range m.sections {
		between(s.id)
		switch s.id {
		case secType, secTable, secGlobal, secStart:
		case secImport:
			add(secImport, m.imports(s))
		case secCode:
			add(secCode, m.code(check))
		default:
			add(s.id, m.Bytes[s.start:s.end])
		}
	}
	between(0)
	return out
}

// imports is the section with the imports' numbers as their names.
func (m *Module) imports(s section) []byte {
	d := &decoder{reader: reader{b: m.Bytes, pos: s.start, end: s.end}, Module: &Module{Types: m.Types}}
	out := appendUvarint(nil, uint64(d.count("imports count", maxImports)))
	for i := range m.Imports {
		d.name("module name")
		d.name("field name")
		at := d.pos
		d.importRest(at, Import{})
		name := strconv.Itoa(i)
		out = append(append(append(out, byte(len(name))), name...), 0)
		out = append(out, m.Bytes[at:d.pos]...)
	}
	return out
}

// check is the code that counts.
func (m *Module) check() []byte {
	global := func(b []byte, op byte) []byte { return appendUvarint(append(b, op), uint64(len(m.Globals))) }
	b := global(nil, opGlobalGet)
	b = append(b, opI32Const, 1, 0x6b) // i32.sub
	b = global(b, opGlobalSet)
	b = global(b, opGlobalGet)
	b = append(b, opI32Const, 0, 0x4c, opIf, 0x40) // i32.le_s
	b = append(b, opI32Const, 0, opCallIndirect)
	b = appendUvarint(appendUvarint(b, uint64(len(m.Types))), uint64(len(m.Tables)))
	return append(global(b, opGlobalSet), opEnd)
}

// charge is the code in front of an instruction that writes as much as the stack says; it has a local for that.
func (m *Module) charge(local int) []byte {
	number := func(b []byte, op byte, n int) []byte { return appendUvarint(append(b, op), uint64(n)) }
	b := number(nil, opLocalTee, local)
	b = number(b, opGlobalGet, len(m.Globals))
	b = number(b, opLocalGet, local)
	b = append(b, opI32Const, 10, 0x76, 0x6b) // i32.shr_u, i32.sub
	return number(b, opGlobalSet, len(m.Globals))
}

func (m *Module) code(check []byte) []byte {
	out := appendUvarint(nil, uint64(len(m.bodies)))
	var fn []byte
	for i := range m.bodies {
		b := &m.bodies[i]
		fn = append(fn[:0], m.Bytes[b.start:b.code]...)
		var charge []byte
		if b.bulk {
			r := reader{b: m.Bytes, pos: b.start, end: b.code}
			n := r.u32("local decls count")
			fn = append(append(appendUvarint(fn[:0], uint64(n)+1), m.Bytes[r.pos:b.code]...), 1, byte(I32))
			charge = m.charge(b.locals)
		}
		if b.checked {
			fn = append(fn, check...)
		}
		from := b.code
		for _, p := range b.places {
			fn = append(fn, m.Bytes[from:p.at]...)
			switch p.kind {
			case beforeBulk:
				fn = append(fn, charge...)
			case beforeWait:
				// Behind it the host is asked at once.
				fn = appendUvarint(append(fn, opI32Const, 0, opGlobalSet), uint64(len(m.Globals)))
			default:
				fn = append(fn, check...)
			}
			from = p.at
		}
		fn = append(fn, m.Bytes[from:b.end]...)
		out = append(appendUvarint(out, uint64(len(fn))), fn...)
	}
	return out
}
