package zlib

import (
	"bytes"
	"io"
	"reflect"
	"testing"

	"github.com/klauspost/compress/flate"
)

// windowOf reads fields of package flate's reader by their names: a new version that has others must not go unnoticed.
func TestWindowFieldsOfFlate(t *testing.T) {
	r := reflect.Indirect(reflect.ValueOf(flate.NewReader(bytes.NewReader(nil))))
	if r.Kind() != reflect.Struct {
		t.Fatalf("flate.NewReader gives no pointer to a structure but %s", r.Type())
	}
	dict := r.FieldByName("dict")
	if dict.Kind() != reflect.Struct {
		t.Fatalf("%s has no structure dict", r.Type())
	}
	for name, want := range map[string]reflect.Type{"hist": reflect.TypeFor[[]byte](), "wrPos": reflect.TypeFor[int](), "rdPos": reflect.TypeFor[int]()} {
		if f := dict.FieldByName(name); !f.IsValid() || f.Type() != want {
			t.Errorf("%s.dict has no %s of type %s", r.Type(), name, want)
		}
	}
}

// reporting calls back before each byte that is read.
type reporting struct {
	*bytes.Reader
	before func(left int)
}

func (r *reporting) ReadByte() (byte, error) {
	r.before(r.Len())
	return r.Reader.ReadByte()
}

// What has been decoded of a block that has not ended is given at once, and given once.
func TestWindowGivesWhatIsDecoded(t *testing.T) {
	const text = "one, two, three, four, five"
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, 6)
	io.WriteString(w, text)
	w.Close()
	in := &reporting{Reader: bytes.NewReader(packed.Bytes())}
	r := flate.NewReader(in)
	window := windowOf(r)
	if window == nil {
		t.Fatal("no window in the reader of package flate")
	}
	var got []byte
	early := 0
	in.before = func(left int) {
		got = append(got, window.take()...)
		if again := window.take(); len(again) > 0 {
			t.Errorf("%q is given twice", again)
		}
		if left > 0 {
			early = len(got)
		}
	}
	rest, err := io.ReadAll(r)
	if got = append(got, rest...); err != nil || early < len(text)/2 || string(got) != text {
		t.Errorf("%q, of it %d before the end; %v", got, early, err)
	}
}
