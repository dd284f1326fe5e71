package guard

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// guardJoin joins arrays of primitives here: the engine takes each element by its index, as a text of its own. What is too long for sure
// is so before anything is put together.
func guardJoin(rt *goja.Runtime, plain native) native {
	facts := layout.Found()
	return func(call goja.FunctionCall) goja.Value {
		if stackUsed() > maxJoined {
			RangeError(rt, tooDeep)
		}
		o, ok := call.This.(*goja.Object)
		if !ok {
			return plain(call)
		}
		length := lengthOf(facts, o)
		if length < 2 {
			return plain(call)
		}
		sep := goja.String(nil)
		width := 1
		if v := call.Argument(0); !goja.IsUndefined(v) {
			sep = text(rt, v)
			width = sep.Length()
			call.Arguments = []goja.Value{sep}
		}
		sum := (length - 1) * float64(width)
		if layout.SelfOf(o).Tab == facts.Array {
			for i, v := range (*layout.ArrayObject)(layout.SelfOf(o).Data).Values {
				if s, ok := v.(goja.String); ok {
					sum += float64(s.Length())
				}
				if i&0xffff == 0xffff {
					Poll(rt)
				}
			}
		}
		StringLength(rt, sum)
		if joined, ok := join(rt, facts, o, sep); ok {
			return joined
		}
		return plain(call)
	}
}

// join is for arrays whose elements and holes run nothing: sep, if it is not nil, stands between them.
func join(rt *goja.Runtime, facts *layout.Facts, o *goja.Object, sep goja.String) (goja.Value, bool) {
	if layout.SelfOf(o).Tab != facts.Array {
		return nil, false
	}
	a := (*layout.ArrayObject)(layout.SelfOf(o).Data)
	if a.PropValueCount != 0 || (a.ObjCount != len(a.Values) || int(a.Length) != len(a.Values)) && !holesAreEmpty(facts, o) {
		return nil, false
	}
	b := builder{facts: facts}
	between := builder{facts: facts}
	if sep == nil {
		between.ascii.WriteByte(',')
	} else {
		between.add(sep)
	}
	for i, v := range a.Values {
		if i > 0 {
			b.append(&between)
		}
		if v != nil && !b.add(v) {
			return nil, false
		}
		if i&0xfff == 0xfff {
			StringLength(rt, float64(b.length()))
			Poll(rt)
		}
	}
	// Those behind the last element are holes.
	if rest := int(a.Length) - max(len(a.Values), 1); rest > 0 {
		b.append(between.repeated(rest))
	}
	StringLength(rt, float64(b.length()))
	return b.value(), true
}

// holesAreEmpty tells whether none of an array's prototypes has elements.
func holesAreEmpty(facts *layout.Facts, o *goja.Object) bool {
	for p := layout.BaseOf(o).Prototype; p != nil; p = layout.BaseOf(p).Prototype {
		switch self := layout.SelfOf(p); {
		case self.Tab == facts.Array:
			if a := (*layout.ArrayObject)(self.Data); len(a.Values) > 0 {
				return false
			}
		case self.Tab != facts.Base && layout.TemplateOf(p) == nil:
			return false
		}
		for _, name := range layout.BaseOf(p).PropNames {
			if len(name) > 0 && name[0] >= '0' && name[0] <= '9' {
				return false
			}
		}
	}
	return true
}

// builder puts text together, in bytes as long as all is ASCII.
type builder struct {
	facts  *layout.Facts
	ascii  strings.Builder
	units  []uint16 // in place of it, once something is not, behind a mark of the byte order
	number [32]byte
}

func (b *builder) length() int {
	if b.units != nil {
		return len(b.units) - 1
	}
	return b.ascii.Len()
}

// add takes a primitive's text; false is for what may run something, throws or is long.
func (b *builder) add(v goja.Value) bool {
	switch w := layout.WordsOf(v); w.Tab {
	case b.facts.ASCII:
		b.text(*(*string)(w.Data))
	case b.facts.Unicode:
		b.wide((*(*[]uint16)(w.Data))[1:])
	case b.facts.Int:
		b.bytes(strconv.AppendInt(b.number[:0], v.ToInteger(), 10))
	case b.facts.Float, b.facts.Bool:
		b.text(v.String())
	case b.facts.Null, b.facts.Undefined:
	case b.facts.Imported:
		s := v.String()
		if v.(goja.String).Length() == len(s) {
			b.text(s)
		} else {
			b.wide(utf16.Encode([]rune(s)))
		}
	default:
		return false
	}
	return true
}

func (b *builder) append(other *builder) {
	if other.units != nil {
		b.wide(other.units[1:])
	} else {
		b.text(other.ascii.String())
	}
}

func (b *builder) repeated(n int) *builder {
	r := &builder{facts: b.facts}
	if b.units != nil {
		r.wide(slices.Repeat(b.units[1:], n))
	} else {
		r.ascii.WriteString(strings.Repeat(b.ascii.String(), n))
	}
	return r
}

func (b *builder) text(s string) {
	if b.units == nil {
		b.ascii.WriteString(s)
		return
	}
	for i := range len(s) {
		b.units = append(b.units, uint16(s[i]))
	}
}

func (b *builder) bytes(s []byte) {
	if b.units == nil {
		b.ascii.Write(s)
		return
	}
	b.text(string(s))
}

func (b *builder) wide(units []uint16) {
	if b.units == nil {
		b.units = append(make([]uint16, 0, b.ascii.Len()+len(units)+64), 0xFEFF)
		s := b.ascii.String()
		b.ascii.Reset()
		b.text(s)
	}
	b.units = append(b.units, units...)
}

func (b *builder) value() goja.Value {
	if b.units != nil {
		return b.facts.UnitsValue(b.units)
	}
	return b.facts.ASCIIValue(b.ascii.String())
}
