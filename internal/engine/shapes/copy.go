package shapes

import (
	"unsafe"

	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// CopyInto gives an object all properties of another one, if both have shapes and nobody can notice: only values, with names that are no
// indices, and none that the object may not get. absent tells whether a name is in nothing that the object inherits from; it is nil where
// that does not matter. If it is false some may have been copied.
func CopyInto(to, from *layout.BaseObject, absent func(unistring.String) bool) bool {
	s := Adopt(from)
	if s == nil || !to.Extensible {
		return false
	}
	if s.n == 0 {
		return true
	}
	slots := unsafe.Slice((*(**smallMap)(unsafe.Pointer(&from.Values))).slot(0), s.n)
	for i := range slots {
		if layout.WordsOf(slots[i].Value).Tab == facts.Property || slots[i].Name == "" || slots[i].Name[0] <= '9' {
			return false
		}
	}
	for i := range slots {
		t := Adopt(to)
		if t == nil {
			return false
		}
		b := (*Object)(unsafe.Pointer(to))
		if p := t.Locate(slots[i].Name); p.Has() {
			if at := b.SlotAt(p); layout.WordsOf(at.Value).Tab != facts.Property {
				at.Value = slots[i].Value
				continue
			}
			return false
		}
		if absent != nil && !absent(slots[i].Name) {
			return false
		}
		if t = t.WithData(slots[i].Name); t == nil {
			return false
		}
		b.Add(&t.added, slots[i].Value)
	}
	return true
}
