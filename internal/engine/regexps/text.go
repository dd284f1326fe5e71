package regexps

import (
	"strings"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
)

// text is a string as it is searched: ASCII, or UTF-16 units.
type text struct {
	value goja.String
	ascii string
	units []uint16
	wide  bool
	n     int
}

func (r *Realm) text(s goja.String) text {
	t := text{value: s}
	w := layout.WordsOf(s)
	switch w.Tab {
	case r.facts.ASCII:
		t.ascii = *(*string)(w.Data)
	case r.facts.Unicode:
		t.units, t.wide = (*(*[]uint16)(w.Data))[1:], true
	case r.facts.Imported:
		s.Length() // looks into it
		if i := (*layout.ImportedString)(w.Data); i.U != nil {
			t.units, t.wide = i.U[1:], true
		} else {
			t.ascii = i.S
		}
	default:
		t.wide = true
		for i := range s.Length() {
			t.units = append(t.units, s.CharAt(i))
		}
	}
	t.n = len(t.ascii) + len(t.units)
	return t
}

// at is a unit.
func (t *text) at(i int) uint16 {
	if t.wide {
		return t.units[i]
	}
	return uint16(t.ascii[i])
}

// all gives the units.
func (t *text) all() []uint16 {
	if t.wide {
		return t.units
	}
	units := make([]uint16, len(t.ascii))
	for i := range units {
		units[i] = uint16(t.ascii[i])
	}
	return units
}

// sub is a part as a string.
func (r *Realm) sub(t *text, from, to int) goja.Value {
	switch {
	case from >= to:
		return r.empty
	case from == 0 && to == t.n:
		return t.value
	case t.wide:
		return t.value.Substring(from, to)
	case to == from+1:
		return r.char(t.ascii[from])
	}
	return r.string(t.ascii[from:to])
}

// string is a string of ASCII.
func (r *Realm) string(s string) goja.Value {
	p := new(string)
	*p = s
	return layout.Words{Tab: r.facts.ASCII, Data: unsafe.Pointer(p)}.Value()
}

// cutter makes strings of parts of texts, with one piece of memory for several of them.
type cutter struct {
	r     *Realm
	texts []string // it adds to
	room  int      // for so many strings at first
}

// mostTexts is how many strings one piece of memory is for: it lives as long as any of them does.
const mostTexts = 64

func (c *cutter) sub(t *text, from, to int) goja.Value {
	if t.wide || to <= from+1 || from == 0 && to == t.n {
		return c.r.sub(t, from, to)
	}
	if len(c.texts) == cap(c.texts) {
		c.texts = make([]string, 0, min(mostTexts, max(4, c.room, 2*cap(c.texts))))
	}
	c.texts = append(c.texts, t.ascii[from:to])
	return layout.Words{Tab: c.r.facts.ASCII, Data: unsafe.Pointer(&c.texts[len(c.texts)-1])}.Value()
}

// char is the string of one character of ASCII.
func (r *Realm) char(c byte) goja.Value {
	v := r.chars[c]
	if v == nil {
		v = r.vm.ToValue(string(rune(c)))
		r.chars[c] = v
	}
	return v
}

// find is the first place of another text from a position on, or -1.
func (t *text) find(other *text, from int) int {
	if !t.wide {
		if other.wide {
			return -1
		}
		if from > t.n {
			return -1
		}
		if i := strings.Index(t.ascii[from:], other.ascii); i >= 0 {
			return from + i
		}
		return -1
	}
next:
	for i := from; i+other.n <= t.n; i++ {
		for j := range other.n {
			if t.units[i+j] != other.at(j) {
				continue next
			}
		}
		return i
	}
	return -1
}

// advance is AdvanceStringIndex.
func (t *text) advance(i int, unicode bool) int {
	if unicode && t.wide && i+1 < t.n && t.units[i]&0xFC00 == 0xD800 && t.units[i+1]&0xFC00 == 0xDC00 {
		return i + 2
	}
	return i + 1
}

// builder puts a string together. Short pieces are copied to its end; long ones, and an end that has become long, are parts that are
// copied once, when the string is made.
type builder struct {
	r     *Realm
	parts []text
	ascii []byte // the end, or, once there is one that is not ASCII,
	units []uint16
	wide  bool
	n     int // units so far
	fresh int // since the last look around
}

const (
	longPiece = 1 << 10
	longEnd   = 1 << 20
)

func (b *builder) grow(n int) {
	if b.n += n; b.n > guard.MaxString {
		guard.RangeError(b.r.vm, "Invalid string length")
	}
	if b.fresh += n; b.fresh >= 1<<20 {
		b.fresh = 0
		guard.StringLength(b.r.vm, float64(b.n))
		guard.Poll(b.r.vm)
	}
}

// add appends a part of a text.
func (b *builder) add(t *text, from, to int) {
	if from >= to {
		return
	}
	b.grow(to - from)
	if t.wide && !b.wide {
		b.endPart()
		b.wide = true
	}
	if to-from >= longPiece || len(b.ascii)+len(b.units) >= longEnd {
		b.endPart()
	}
	switch {
	case to-from >= longPiece && t.wide:
		b.parts = append(b.parts, text{units: t.units[from:to]})
	case to-from >= longPiece:
		b.parts = append(b.parts, text{ascii: t.ascii[from:to]})
	case !b.wide:
		b.ascii = append(b.ascii, t.ascii[from:to]...)
	case t.wide:
		b.units = append(b.units, t.units[from:to]...)
	default:
		for i := from; i < to; i++ {
			b.units = append(b.units, uint16(t.ascii[i]))
		}
	}
}

func (b *builder) addString(s goja.String) {
	t := b.r.text(s)
	b.add(&t, 0, t.n)
}

// endPart makes a part of the end.
func (b *builder) endPart() {
	if len(b.ascii)+len(b.units) > 0 {
		b.parts = append(b.parts, text{ascii: unsafe.String(unsafe.SliceData(b.ascii), len(b.ascii)), units: b.units})
		b.ascii, b.units = nil, nil
	}
}

func (b *builder) value() goja.Value {
	if b.n == 0 {
		return b.r.empty
	}
	if !b.wide {
		s := make([]byte, 0, b.n)
		for i := range b.parts {
			s = append(s, b.parts[i].ascii...)
		}
		s = append(s, b.ascii...)
		return b.r.string(unsafe.String(unsafe.SliceData(s), len(s)))
	}
	units := b.units
	if len(b.parts) > 0 {
		units = make([]uint16, 0, b.n)
		for i := range b.parts {
			for _, c := range []byte(b.parts[i].ascii) {
				units = append(units, uint16(c))
			}
			units = append(units, b.parts[i].units...)
		}
		units = append(units, b.units...)
	}
	return goja.StringFromUTF16(units)
}
