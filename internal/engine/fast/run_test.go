package fast

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// multiplication is what another pass puts before products; it must be asked for operands that are no numbers only.
type multiplication struct{ program.Instr }

func (m *multiplication) exec(vm *layout.VM) { m.Run(vm) }

var multiplications = program.Table[multiplication]{Exec: (*multiplication).exec}

func before(c program.Code) {
	for i := range c.Len() {
		if c.Op(i) == program.Mul {
			c.Set(i, multiplications.Instr(c, &multiplication{c.At(i)}))
		}
	}
}

// What is common is not left to the engine: in these bodies of a loop nothing is, but for what is named.
func TestFastPathsAreTaken(t *testing.T) {
	try := tryEvery
	tryEvery = 1 << 30 // no kernels
	t.Cleanup(func() { tryEvery, slowly = try, nil })
	for _, test := range []struct{ body, slow string }{
		{"s = s + i - 1 * i / 3 % 5", ""},
		{"s = -i; s++; --s; s = +s", ""},
		{"s = (i & 7 | 1 ^ i) << 1 >> 2 >>> 3; s = ~s", ""},
		{"s = 1.5 * i + 0.25; s = (s | 0) & 255", ""},
		{"if (i < 5 || i >= 7 && i <= 9 || i > 20) s = 1; else s = !s", ""},
		{"if (i === 3 || s !== undefined || 'a' == 'a' && i != null) s = true", ""},
		{"t += 'x'; t += i; u = `a${i}b`", ""},
		{"s = o.x; o.x = i; o.y = s", ""},
		{"s = a[i & 3]; a[i & 3] = i; a[0] = s; s = a.length + 'abc'.length", ""},
		{"ta[i & 3] = i; s = ta[i & 3]", ""},
		{"s = f(i, 2); s = o.m(i); s = g()", ""},
		{"c = c + 1; s = c", ""},
		{"{ let q = i; s = q }", ""},
		{"s = k", ""},
		{"s = 'x' < 'y'", ""},
		{"s = 'abc'[1]", ""},
		{"s = [i]", "newArray _pushArrayItem"},
		{"s = new Q().m2(i)", "_new"},
		{"s = missing.z", "getProp"},
	} {
		src := `class Q { m2(v) { return v } } var missing = Object.create({ get z() { return 1 } }), k = 5;
(function (n) {
  let s = 0, t = '', u, c = 0; const o = { x: 1, y: 2, m(v) { return v } }, a = [1, 2, 3, 4], ta = new Float64Array(4);
  const f = (a, b) => a, g = function () { return c }, z = o;
  for (let i = 0; i < n; i++) { ` + test.body + ` }
  return s;
})`

		rt := goja.New()
		layout.Find(rt)
		p := goja.MustCompile("t.js", src, false)
		program.Apply(p, program.Options{}, before, Pass)
		slowly = nil
		v, err := rt.RunProgram(p)
		if err != nil {
			t.Fatal(err)
		}
		main, _ := goja.AssertFunction(v)
		main(nil, rt.ToValue(50)) // makes it hot
		seen := map[string]int{}
		slowly = func(op program.Op) { seen[op.String()]++ }
		if _, err := main(nil, rt.ToValue(200)); err != nil {
			t.Fatal(err)
		}
		slowly = nil
		var slow []string
		for op, n := range seen {
			if n >= 200 {
				slow = append(slow, op)
			}
		}
		for _, op := range slow {
			if !strings.Contains(" "+test.slow+" ", " "+op+" ") {
				t.Errorf("%s: %s was left to the engine", test.body, op)
			}
		}
		for op := range strings.FieldsSeq(test.slow) {
			if seen[op] < 200 {
				t.Errorf("%s: %s was not left to the engine", test.body, op)
			}
		}
	}
}

func TestAppending(t *testing.T) {
	rt := goja.New()
	layout.Find(rt)
	program.Apply(goja.MustCompile("t.js", "1", false), program.Options{}, Pass)
	learnFacts(layout.Found().VMOf(rt))
	for _, piece := range []string{"0123456789", "\u00e9t\u00e9"} {
		var all []goja.Value
		var want strings.Builder
		v := rt.ToValue("")
		start := rt.ToValue(strings.Repeat("\u00e9", 200))
		if piece[0] == '0' {
			start = rt.ToValue("a")
		}
		want.WriteString(start.String())
		v = goja.StringFromUTF16(utf16Of(start.String()))
		moved := 0
		for range 20000 {
			before := dataOf(v)
			p := goja.Value(goja.StringFromUTF16(utf16Of(piece)))
			joined, ok := concat(wordsOf(&v), wordsOf(&p))
			if !ok {
				t.Fatal("not joined")
			}
			v = joined
			want.WriteString(piece)
			if dataOf(v) != before {
				moved++
			}
			if len(all) < 300 {
				all = append(all, v)
			}
		}
		if v.String() != want.String() {
			t.Error("not what was appended")
		}
		if moved > 60 {
			t.Errorf("%q: the text was copied %d times", piece, moved)
		}
		// Two ways from one old string.
		x, y := goja.Value(goja.StringFromUTF16(utf16Of("left"))), goja.Value(goja.StringFromUTF16(utf16Of("right")))
		a, _ := concat(wordsOf(&all[200]), wordsOf(&x))
		b, _ := concat(wordsOf(&all[200]), wordsOf(&y))
		if a.String() != all[200].String()+"left" || b.String() != all[200].String()+"right" {
			t.Error("two strings that begin alike are mixed up")
		}
		for i, old := range all {
			if got := old.String(); got != want.String()[:len(got)] || i > 0 && len(got) != len(all[i-1].String())+len(piece) {
				t.Fatalf("string %d has changed", i)
			}
		}
	}
}

func utf16Of(s string) (list []uint16) {
	for _, r := range s {
		list = append(list, uint16(r))
	}
	return list
}

func dataOf(v goja.Value) unsafe.Pointer { return *(*unsafe.Pointer)(wordsOf(&v).Data) }
