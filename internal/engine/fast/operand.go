package fast

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// The operands of some instructions.
type (
	enterBlock struct {
		names                map[unistring.String]uint32
		stashSize, stackSize uint32
	}
	leaveBlock struct {
		stackSize uint32
		popStash  bool
	}
	enterFuncStashless struct{ stackSize, args uint32 }
)

func objectValue(o *goja.Object) goja.Value {
	return layout.Words{Tab: objectTab, Data: unsafe.Pointer(o)}.Value()
}

func pointerTo(name *unistring.String) unsafe.Pointer { return unsafe.Pointer(name) }

// equal is == where it is quick.
func equal(a, b *layout.Words) (equal, ok bool) {
	if a.Tab == b.Tab || a.Tab == intTab && b.Tab == floatTab || a.Tab == floatTab && b.Tab == intTab {
		return same(a, b)
	}
	empty := func(t unsafe.Pointer) bool { return t == nullTab || t == undefinedTab }
	if empty(a.Tab) && simple(b.Tab) {
		return empty(b.Tab), true
	}
	if empty(b.Tab) && simple(a.Tab) {
		return false, true
	}
	return false, false
}

// typeNames are results of typeof.
var typeNames = [...]string{"number", "string", "boolean", "undefined", "object", "function"}

var typeValues [len(typeNames)]goja.Value

// typeOf is the result of typeof, nil for what is rare.
func typeOf(w *layout.Words) goja.Value {
	switch w.Tab {
	case intTab, floatTab:
		return typeValues[0]
	case asciiTab, unicodeTab:
		return typeValues[1]
	case boolTab:
		return typeValues[2]
	case undefinedTab:
		return typeValues[3]
	case nullTab:
		return typeValues[4]
	case objectTab:
		self := layout.SelfOf((*goja.Object)(w.Data))
		if self.Tab == baseTab || self.Tab == arrayTab {
			return typeValues[4]
		}
		if self.Tab == nativeTab || kindOf(self).callable {
			return typeValues[5]
		}
	}
	return nil
}

// addText is + of strings, and of an ASCII string and an integer.
func addText(a, b *layout.Words) (v goja.Value, ok bool) {
	if b.Tab == intTab && (a.Tab == asciiTab || a.Tab == unicodeTab) {
		text := asciiValue(decimal(intOf(b)))
		return concat(a, wordsOf(&text))
	}
	if a.Tab == intTab && b.Tab == asciiTab {
		text := asciiValue(decimal(intOf(a)))
		return concat(wordsOf(&text), b)
	}
	return concat(a, b)
}

// growing tells whether a string is so long that it should not be copied to add to it.
func growing(w *layout.Words) bool {
	return w.Tab == asciiTab && len(textOf(w)) >= long || w.Tab == unicodeTab && len(*(*[]uint16)(w.Data)) >= long
}

// appendConverted is + of a string and any other value, which are on top of the stack. The engine's instruction says what the value is
// as a string, as it does for an empty string and the value.
func appendConverted(vm *layout.VM, add program.Instr, pc, sp int) {
	text := vm.Stack[sp-2]
	vm.Stack[sp-2] = asciiValue("")
	vm.PC, vm.SP = pc, sp
	add.Run(vm)
	converted := flat(vm.Stack[sp-2])
	if v, ok := concat(wordsOf(&text), wordsOf(&converted)); ok {
		vm.Stack[sp-2] = v
		return
	}
	vm.Stack[sp-2], vm.Stack[sp-1] = text, converted
	vm.PC, vm.SP = pc, sp
	add.Run(vm)
}

// flat is a string as one of the types that this package knows: what comes from Go may not have been looked into.
func flat(v goja.Value) goja.Value {
	w := wordsOf(&v)
	if w.Tab != facts.Imported {
		return v
	}
	text := (*layout.ImportedString)(w.Data).S
	units := unistring.Scan(text)
	if units == nil {
		return asciiValue(text)
	}
	p := new([]uint16)
	*p = units
	return layout.Words{Tab: unicodeTab, Data: unsafe.Pointer(p)}.Value()
}

// concatAll joins the parts of a template.
func concatAll(parts []goja.Value) (goja.Value, bool) {
	for i := range parts {
		if wordsOf(&parts[i]).Tab != asciiTab {
			if i == 0 || len(parts) != 2 {
				return nil, false
			}
			break
		}
	}
	if len(parts) < 2 {
		return nil, false
	}
	n := 0
	for i := range parts {
		if w := wordsOf(&parts[i]); w.Tab == asciiTab {
			n += len(textOf(w))
		}
	}
	first := wordsOf(&parts[0])
	if len(parts) == 2 || len(textOf(first)) >= long {
		v := parts[0]
		for i := range parts[1:] {
			var ok bool
			if v, ok = concat(wordsOf(&v), wordsOf(&parts[i+1])); !ok {
				return nil, false
			}
		}
		return v, true
	}
	if n > maxString {
		return nil, false
	}
	all := make([]byte, 0, n)
	for i := range parts {
		all = append(all, textOf(wordsOf(&parts[i]))...)
	}
	return asciiValue(unsafe.String(unsafe.SliceData(all), len(all))), true
}
