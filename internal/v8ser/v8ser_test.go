package v8ser

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// node is a value as the tests see it; its kind decides which fields count.
type node struct {
	kind    string
	scalar  any
	units   []uint16
	list    []*node // elements, or keys and values in turn
	length  uint32
	sparse  bool
	offset  uint32
	bytes   []byte
	view    ViewType
	message *node
	cause   *node
	stack   *node
}

// tree builds nodes.
type tree struct{}

func (tree) Undefined() *node        { return &node{kind: "undefined"} }
func (tree) Null() *node             { return &node{kind: "null"} }
func (tree) Bool(b bool) *node       { return &node{kind: "bool", scalar: b} }
func (tree) Int(n int64) *node       { return &node{kind: "int", scalar: n} }
func (tree) Double(f float64) *node  { return &node{kind: "double", scalar: f} }
func (tree) BigInt(n *big.Int) *node { return &node{kind: "bigint", scalar: n} }
func (tree) Latin1(b []byte) *node {
	n := &node{kind: "string"}
	for _, c := range b {
		n.units = append(n.units, uint16(c))
	}
	return n
}
func (tree) UTF16LE(b []byte) *node {
	n := &node{kind: "string"}
	for i := 0; i < len(b); i += 2 {
		n.units = append(n.units, uint16(b[i])|uint16(b[i+1])<<8)
	}
	return n
}
func (tree) UTF8(b []byte) *node {
	return &node{kind: "string", units: utf16.Encode([]rune(string(b)))}
}
func (tree) NewObject() *node { return &node{kind: "object"} }
func (tree) NewArray(length uint32, dense bool) *node {
	return &node{kind: "array", length: length, sparse: !dense}
}
func (tree) SetIndex(a *node, i uint32, v *node) {
	a.list = append(a.list, &node{kind: "int", scalar: int64(i)}, v)
}
func (tree) SetHole(*node, uint32) {}
func (t tree) SetProperty(o *node, k Key, v *node) {
	key := t.Latin1(k.Latin1)
	if k.IsNumber {
		key = &node{kind: "int", scalar: int64(k.Number)}
	} else if k.Wide != nil {
		key = t.UTF16LE(k.Wide)
	}
	o.list = append(o.list, key, v)
}
func (tree) NewMap() *node              { return &node{kind: "map"} }
func (tree) MapSet(m, k, v *node)       { m.list = append(m.list, k, v) }
func (tree) NewSet() *node              { return &node{kind: "set"} }
func (tree) SetAdd(s, v *node)          { s.list = append(s.list, v) }
func (tree) Date(ms float64) *node      { return &node{kind: "date", scalar: ms} }
func (tree) Boxed(p *node) *node        { return &node{kind: "boxed", list: []*node{p}} }
func (tree) ArrayBuffer(b []byte) *node { return &node{kind: "buffer", bytes: b} }
func (tree) RegExp(s *node, flags string) (*node, error) {
	return &node{kind: "regexp", list: []*node{s}, scalar: flags}, nil
}
func (tree) Error(kind ErrorKind, message, cause, stack **node) *node {
	n := &node{kind: "error", scalar: kind}
	for part, to := range map[**node]**node{message: &n.message, cause: &n.cause, stack: &n.stack} {
		if part != nil {
			*to = *part
		}
	}
	return n
}
func (tree) TransferredBuffer(id uint32, shared bool) (*node, error) {
	return nil, errors.New("nothing was transferred")
}
func (tree) View(b *node, t ViewType, offset, length uint32) (*node, error) {
	if uint64(offset)+uint64(length) > uint64(len(b.bytes)) {
		return nil, ErrData
	}
	return &node{kind: "view", list: []*node{b}, view: t, offset: offset, length: length}, nil
}
func (tree) Host(d *Decoder[*node]) (*node, error) {
	n, ok := d.RawUint32()
	size, ok2 := d.RawUint32()
	if !ok || !ok2 {
		return nil, ErrData
	}
	b, ok := d.RawBytes(int(size))
	if !ok {
		return nil, ErrData
	}
	return &node{kind: "host", scalar: n, bytes: b}, nil
}

func (n *node) String() string {
	switch n.kind {
	case "string":
		return strconv.Quote(string(utf16.Decode(n.units)))
	case "undefined", "null":
		return n.kind
	case "bool", "int":
		return fmt.Sprint(n.scalar)
	case "double":
		return strconv.FormatFloat(n.scalar.(float64), 'g', -1, 64) + "f"
	case "bigint":
		return n.scalar.(*big.Int).String() + "n"
	case "host":
		return fmt.Sprintf("host%d(%x)", n.scalar, n.bytes)
	case "buffer":
		return fmt.Sprintf("buffer(%x)", n.bytes)
	case "view":
		return fmt.Sprintf("view%c(%v,%d,%d)", n.view, n.list[0], n.offset, n.length)
	case "error":
		return fmt.Sprintf("%s(%v,%v,%v)", n.scalar.(ErrorKind).Name(), n.message, n.cause, n.stack)
	case "date":
		return fmt.Sprintf("date(%v)", n.scalar)
	}
	var parts []string
	for _, part := range n.list {
		if part == n || len(part.list) > 0 && part.list[len(part.list)-1] == n {
			parts = append(parts, "^")
			continue
		}
		parts = append(parts, part.String())
	}
	tail := ""
	if n.kind == "array" {
		tail = "#" + strconv.Itoa(int(n.length))
	}
	if n.kind == "regexp" {
		tail = n.scalar.(string)
	}
	return n.kind + "(" + strings.Join(parts, " ") + ")" + tail
}

// writer writes nodes, numbering objects as they come.
type writer struct {
	Encoder
	ids map[*node]uint32
}

func (w *writer) node(n *node) {
	switch n.kind {
	case "undefined":
		w.Undefined()
	case "null":
		w.Null()
	case "bool":
		w.Bool(n.scalar.(bool))
	case "int":
		w.Number(n.scalar.(int64))
	case "double":
		w.Double(n.scalar.(float64))
	case "bigint":
		w.BigInt(n.scalar.(*big.Int))
	case "string":
		w.UTF16(n.units)
	default:
		w.object(n)
	}
}

func (w *writer) object(n *node) {
	if id, met := w.ids[n]; met {
		w.Ref(id)
		return
	}
	if n.kind == "view" {
		w.node(n.list[0])
	}
	w.ids[n] = uint32(len(w.ids))
	pairs := uint32(len(n.list) / 2)
	switch n.kind {
	case "object":
		w.BeginObject()
		w.nodes(n.list)
		w.EndObject(pairs)
	case "array":
		if n.sparse {
			w.BeginSparseArray(n.length)
			w.nodes(n.list)
			w.EndSparseArray(pairs, n.length)
			break
		}
		w.BeginDenseArray(n.length)
		for i := 1; i < int(n.length)*2; i += 2 {
			w.node(n.list[i])
		}
		w.nodes(n.list[n.length*2:])
		w.EndDenseArray(pairs-n.length, n.length)
	case "map":
		w.BeginMap()
		w.nodes(n.list)
		w.EndMap(pairs)
	case "set":
		w.BeginSet()
		w.nodes(n.list)
		w.EndSet(uint32(len(n.list)))
	case "date":
		w.Date(n.scalar.(float64))
	case "regexp":
		w.BeginRegExp()
		w.node(n.list[0])
		w.EndRegExp(n.scalar.(string))
	case "boxed":
		switch p := n.list[0]; p.kind {
		case "bool":
			w.BoolObject(p.scalar.(bool))
		case "double":
			w.NumberObject(p.scalar.(float64))
		case "bigint":
			w.BigIntObject(p.scalar.(*big.Int))
		default:
			w.BeginStringObject()
			w.node(p)
		}
	case "error":
		w.BeginError(n.scalar.(ErrorKind))
		if n.message != nil {
			w.ErrorMessage()
			w.node(n.message)
		}
		if n.cause != nil {
			w.ErrorCause()
			w.node(n.cause)
		}
		if n.stack != nil {
			w.ErrorStack()
			w.node(n.stack)
		}
		w.EndError()
	case "buffer":
		w.ArrayBuffer(n.bytes)
	case "view":
		w.View(n.view, n.offset, n.length)
	case "host":
		w.BeginHost()
		w.RawUint32(n.scalar.(uint32))
		w.RawUint32(uint32(len(n.bytes)))
		w.RawBytes(n.bytes)
	}
}

func (w *writer) nodes(list []*node) {
	for _, n := range list {
		w.node(n)
	}
}

func decode(in []byte) (*node, error) {
	d := NewDecoder[*node](in, tree{})
	if err := d.Header(); err != nil {
		return nil, err
	}
	return d.Value()
}

func encode(n *node) []byte {
	w := writer{ids: map[*node]uint32{}}
	w.Header()
	w.node(n)
	return w.Bytes()
}

// The bytes are what `node -p "v8.serialize(x).toString('hex')"` printed, Node 20, for the x in the comment.
func TestV8(t *testing.T) {
	for _, c := range []struct{ hex, want string }{
		{"ff0f5f", "undefined"},
		{"ff0f30", "null"},
		{"ff0f54", "true"},
		{"ff0f46", "false"},
		{"ff0f4900", "0"},
		{"ff0f4901", "-1"},
		{"ff0f498001", "64"},
		{"ff0f49feffffff0f", "2147483647"},
		{"ff0f49ffffffff0f", "-2147483648"},
		{"ff0f4e000000000000e041", "2.147483648e+09f"},
		{"ff0f4e0000000000000080", "-0f"},
		{"ff0f4e000000000000f87f", "NaNf"},
		{"ff0f5a00", "0n"},
		{"ff0f5a110100000000000000", "-1n"},
		{"ff0f5a20d20a3f4eeee073c3f60fe98e01000000", "123456789012345678901234567890n"},
		{"ff0f5a2100000000000000000100000000000000", "-18446744073709551616n"},
		{"ff0f2200", `""`},
		{"ff0f2203616263", `"abc"`},
		{"ff0f2202ff61", `"ÿa"`},
		{"ff0f6302ac20", `"€"`},
		{"ff0f00638201" + strings.Repeat("ac20", 64) + "7800", `"` + strings.Repeat("€", 64) + `x"`},
		{"ff0f440000000000000000", "date(0)"},
		{"ff0f44000000000000f87f", "date(NaN)"},
		{"ff0f522202612b03", `regexp("a+")gi`},
		{"ff0f52006304e900ac20bf01", `regexp("é€")dgimsuy`},
		{"ff0f3b490222016122016b6f7b003a04", `map(1 "a" "k" object())`},
		{"ff0f2749022201782c02", `set(1 "x")`},
		{"ff0f6f7b00", "object()"},
		{"ff0f6f4900490849024906220162490222016149047b04", `object(0 4 1 3 "b" 1 "a" 2)`},
		{"ff0f6f2201e949026302ac2049047b02", `object("é" 1 "€" 2)`}, // {é:1, '€':2}
		{"ff0f4100240000", "array()#0"},
		{"ff0f4102490249042201784902240102", `array(0 1 1 2 "x" 1)#2`}, // Object.assign([1,2],{x:1})
		{"ff0f61034900490249044906400203", "array(0 1 2 3)#3"},         // [1,,3]
		{"ff0f6103400003", "array()#3"},                                // new Array(3)
		{"ff0f6e000000000000f03f", "boxed(1f)"},
		{"ff0f73220178", `boxed("x")`},
		{"ff0f79", "boxed(true)"},
		{"ff0f78", "boxed(false)"},
		{"ff0f7a100500000000000000", "boxed(5n)"},
		{"ff0f726d22016d73220273742e", `Error("m",<nil>,"st")`},
		{"ff0f725473220273742e", `TypeError(<nil>,<nil>,"st")`},
		{"ff0f726d22016d63490273220273742e", `Error("m",1,"st")`},
		{"ff0f42020102", "buffer(0102)"},
		{"ff0f5c0a026869", "host10(6869)"},        // Buffer.from('hi')
		{"ff0f5c040401000200", "host4(01000200)"}, // new Uint16Array([1,2])
		{"ff0f6f2201615e007b01", `object("a" ^)`}, // a.a = a
		{"ff0f41026f7b005e01240002", "array(0 object() 1 object())#2"},
		{"ff0f41044400000000000014405e016e000000000000084073006304e900ac20240004", `array(0 date(5) 1 date(5) 2 boxed(3f) 3 boxed("é€"))#4`},
		{"ff0f42020102" + "560102" + "00" + "00", ""},                 // no view has that type
		{"ff0f4204010203045642010200", "viewB(buffer(01020304),1,2)"}, // a Serializer that keeps views
	} {
		t.Run(c.want, func(t *testing.T) {
			in, err := hex.DecodeString(c.hex)
			if err != nil {
				t.Fatal(err)
			}
			n, err := decode(in)
			if c.want == "" {
				if err == nil {
					t.Fatalf("%v was accepted", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if n.String() != c.want {
				t.Errorf("read %s", n)
			}
			if out := encode(n); hex.EncodeToString(out) != c.hex {
				t.Errorf("wrote %x, not %s", out, c.hex)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	for _, in := range []string{
		"", "ff", "6f7b00", "ff7f30", "ffffffffffff30", // headers
		"ff0f", "ff0f00", "ff0f4e00", "ff0f49", "ff0f49ffffffffff", "ff0f2205616263", "ff0f630361", "ff0f22ffffffff0f",
		"ff0f41ffffffff0f", "ff0f4202ff", "ff0f42ffffffff0f", "ff0f7e0402000000", "ff0f5afeffffff0f", "ff0f5e00",
		"ff0f6f22016149027b02", "ff0f6f6f7b0049027b01", "ff0f3b49023a01", "ff0f274902", "ff0f4101490224000", "ff0f4101490224010",
		"ff0f410149022400" + "02", "ff0f6103400004", "ff0f722201", "ff0f72", "ff0f52220161ff7f", "ff0f7a", "ff0f73", "ff0f77", "ff0f5c",
		"ff0f42020102567801" + "0000", "ff0f7263" + "5e00" + "2e",
	} {
		t.Run(in, func(t *testing.T) {
			b, _ := hex.DecodeString(in)
			if n, err := decode(b); err == nil {
				t.Errorf("read %v", n)
			}
		})
	}
}

// A sparse array may say any length: it costs what its elements do.
func TestSparseLength(t *testing.T) {
	n, err := decode([]byte("\xff\x0fa\xff\xff\xff\xff\x0f@\x00\xff\xff\xff\xff\x0f"))
	if err != nil || n.length != math.MaxUint32 {
		t.Fatal(n, err)
	}
}

func TestDepth(t *testing.T) {
	deep := append([]byte("\xff\x0f"), strings.Repeat("A\x01", maxDepth*4)...)
	if _, err := decode(deep); !errors.Is(err, ErrData) {
		t.Fatal(err)
	}
}

// Versions before 14 wrote no flags after a view.
func TestOldView(t *testing.T) {
	in, _ := hex.DecodeString("ff0d42040102030456420102")
	if n, err := decode(in); err != nil || n.String() != "viewB(buffer(01020304),1,2)" {
		t.Fatal(n, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"ff0f6f4900490849024906220162490222016149047b04", "ff0f41044400000000000014405e016e000000000000084073006304e900ac20240004",
		"ff0f3b490222016122016b6f7b003a04", "ff0f726d22016d63490273220273742e", "ff0f4204010203045642010200", "ff0f5c0a026869",
		"ff0f61034900490249044906400203", "ff0f52006304e900ac20bf01", "ff0f5a2100000000000000000100000000000000",
	} {
		b, _ := hex.DecodeString(seed)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		n, err := decode(in)
		if err != nil {
			return
		}
		// What was read can be written, and reads again; written twice it is the same.
		out := encode(n)
		again, err := decode(out)
		if err != nil {
			t.Fatalf("%x was written as %x, which does not read: %v", in, out, err)
		}
		if second := encode(again); hex.EncodeToString(second) != hex.EncodeToString(out) {
			t.Fatalf("%x, then %x", out, second)
		}
	})
}
