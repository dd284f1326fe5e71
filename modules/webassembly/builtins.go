package webassembly

import (
	"fmt"

	"github.com/dop251/goja"

	"gonode/internal/wasm"
)

// stringBuiltins are the imports from here that a module may have of the engine, stringConstants those of strings, where ES modules have them.
const (
	stringBuiltins  = "wasm:js-string"
	stringConstants = "wasm:js/string-constants"
)

// compileOptions are what a module may have without importing it.
type compileOptions struct {
	strings   bool   // functions of strings
	constants string // from where strings come, if has
	has       bool
}

// options reads the argument behind a module's bytes.
func (m *realm) options(v goja.Value) (o compileOptions) {
	object, ok := v.(*goja.Object)
	if !ok {
		return o
	}
	if list, ok := property(object, "builtins").(*goja.Object); ok {
		n := property(list, "length").ToInteger()
		for i := int64(0); i < min(n, 100); i++ {
			v := list.Get(m.vm.ToValue(i).String())
			o.strings = o.strings || v != nil && goja.IsString(v) && v.String() == "js-string"
		}
	}
	if v := property(object, "importedStringConstants"); goja.IsString(v) {
		o.constants, o.has = v.String(), true
	}
	return o
}

// builtin is what an import has of the engine, nil if it is a script's.
func (s *moduleState) builtin(n int) func(m *realm) wasm.Source {
	i := s.decoded.Imports[n]
	switch {
	case s.options.strings && i.Module == stringBuiltins && i.Kind == wasm.Func && stringFunction(i.Name) != nil:
		return func(m *realm) wasm.Source { return wasm.Source{Host: m.stringHost(i.Name)} }
	case s.options.has && i.Module == s.options.constants:
		return func(m *realm) wasm.Source {
			return wasm.Source{Extern: m.makeGlobal(s.decoded.Globals[i.Index], m.vm.ToValue(i.Name))}
		}
	}
	return nil
}

// checkBuiltins refuses imports of the engine's that are not of the right type.
func (s *moduleState) checkBuiltins() error {
	for n, i := range s.decoded.Imports {
		switch {
		case s.builtin(n) == nil:
		case i.Kind == wasm.Func:
			if f := stringFunction(i.Name); !f.fits(s.decoded.Type(i.Index)) {
				return &wasm.Error{Message: fmt.Sprintf("Imported builtin function \"%s\" \"%s\" has incorrect signature", i.Module, i.Name), Offset: i.Offset}
			}
		case i.Kind != wasm.Global || s.decoded.Globals[i.Index].Mutable || !s.decoded.Globals[i.Index].Type.Extern():
			return &wasm.Error{Message: fmt.Sprintf("String constant import #%d \"%s\" must be an immutable global subtyping externref", n, i.Name), Offset: i.Offset}
		}
	}
	return nil
}

// stringBuiltin is one of the functions: the types of its parameters and of its result, s a string's and i a number's.
type stringBuiltin struct {
	params, result string
	call           func(m *realm, args []uint64) uint64
}

func (b *stringBuiltin) fits(t *wasm.FuncType) bool {
	is := func(c byte, v wasm.ValueType, result bool) bool {
		if c == 'i' {
			return v == wasm.I32
		}
		return v == wasm.ExternRef || result && v == wasm.NonNullExtern
	}
	if len(t.Params) != len(b.params) || len(t.Results) != 1 || !is(b.result[0], t.Results[0], true) {
		return false
	}
	for i, p := range t.Params {
		if !is(b.params[i], p, false) {
			return false
		}
	}
	return true
}

func (m *realm) illegal(message string) { m.rt.Throw(m.fail("RuntimeError", message)) }

// text is the string that a reference is to.
func (m *realm) text(ref uint64) goja.String {
	if ref != 0 {
		if s, ok := m.values.list[ref-1].(goja.String); ok {
			return s
		}
	}
	m.illegal("illegal cast")
	return nil
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// stringFunction is the function of a name, nil if there is none.
func stringFunction(name string) *stringBuiltin {
	offset := func(m *realm, s goja.String, at uint64) int {
		if uint64(uint32(at)) >= uint64(s.Length()) {
			m.illegal("string offset out of bounds")
		}
		return int(uint32(at))
	}
	units := func(m *realm, u ...uint16) uint64 { return m.keep(goja.StringFromUTF16(u)) }
	switch name {
	case "cast":
		return &stringBuiltin{"s", "s", func(m *realm, a []uint64) uint64 { m.text(a[0]); return a[0] }}
	case "test":
		return &stringBuiltin{"s", "i", func(m *realm, a []uint64) uint64 {
			if a[0] == 0 {
				return 0
			}
			_, ok := m.values.list[a[0]-1].(goja.String)
			return truth(ok)
		}}
	case "fromCharCode":
		return &stringBuiltin{"i", "s", func(m *realm, a []uint64) uint64 { return units(m, uint16(a[0])) }}
	case "fromCodePoint":
		return &stringBuiltin{"i", "s", func(m *realm, a []uint64) uint64 {
			c := uint32(a[0])
			switch {
			case c > 0x10ffff:
				m.illegal(fmt.Sprintf("Invalid code point %d", c))
			case c > 0xffff:
				c -= 0x10000
				return units(m, uint16(0xd800|c>>10), uint16(0xdc00|c&0x3ff))
			}
			return units(m, uint16(c))
		}}
	case "charCodeAt":
		return &stringBuiltin{"si", "i", func(m *realm, a []uint64) uint64 {
			s := m.text(a[0])
			return uint64(s.CharAt(offset(m, s, a[1])))
		}}
	case "codePointAt":
		return &stringBuiltin{"si", "i", func(m *realm, a []uint64) uint64 {
			s := m.text(a[0])
			at := offset(m, s, a[1])
			c := s.CharAt(at)
			if c>>10 == 0xd800>>10 && at+1 < s.Length() {
				if d := s.CharAt(at + 1); d>>10 == 0xdc00>>10 {
					return 0x10000 + uint64(c&0x3ff)<<10 + uint64(d&0x3ff)
				}
			}
			return uint64(c)
		}}
	case "length":
		return &stringBuiltin{"s", "i", func(m *realm, a []uint64) uint64 { return uint64(m.text(a[0]).Length()) }}
	case "concat":
		return &stringBuiltin{"ss", "s", func(m *realm, a []uint64) uint64 {
			return m.keep(m.rt.CallMethod(m.stringPrototype(), "concat", m.text(a[0]), m.text(a[1])))
		}}
	case "substring":
		return &stringBuiltin{"sii", "s", func(m *realm, a []uint64) uint64 {
			s := m.text(a[0])
			from, to := uint64(uint32(a[1])), min(uint64(uint32(a[2])), uint64(s.Length()))
			if from > to {
				return m.keep(goja.StringFromUTF16(nil))
			}
			return m.keep(s.Substring(int(from), int(to)))
		}}
	case "equals":
		return &stringBuiltin{"ss", "i", func(m *realm, a []uint64) uint64 {
			if a[0] == 0 || a[1] == 0 {
				return truth(a[0] == a[1])
			}
			return truth(m.text(a[0]).SameAs(m.text(a[1])))
		}}
	case "compare":
		return &stringBuiltin{"ss", "i", func(m *realm, a []uint64) uint64 { return uint64(uint32(int32(m.text(a[0]).CompareTo(m.text(a[1]))))) }}
	}
	return nil
}

// stringPrototype has the methods of strings; concat is called on the empty one.
func (m *realm) stringPrototype() *goja.Object {
	return m.vm.ToValue("").ToObject(m.vm)
}

// stringHost is the function of a name for WebAssembly to call.
func (m *realm) stringHost(name string) wasm.HostFunc {
	f := stringFunction(name)
	return func(stack []uint64) { stack[0] = f.call(m, stack) }
}
