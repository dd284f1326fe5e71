package fast

import (
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/intrinsics"
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

// watched is an engine that notices changes of its own objects, as those of scripts do.
func watched(t *testing.T) *goja.Runtime {
	rt := goja.New()
	realm, err := intrinsics.New(rt)
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range []string{"Object", "Function", "Array", "String", "Map", "Set", "Float64Array", "Uint8Array"} {
		realm.Expose(rt.Get(class).(*goja.Object))
	}
	realm.Ready()
	return rt
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
		{"ta[i & 3] = i; s = ta[i & 3] + ta.length", ""},
		{"s = f(i, 2); s = o.m(i); s = g()", ""},
		{"c = c + 1; s = c", ""},
		{"{ let q = i; s = q }", ""},
		{"s = k", ""},
		{"s = 'x' < 'y'", ""},
		{"s = 'abc'[1]", ""},
		{"s = Math.floor(i / 3) + Math.max(i, 2.5) + Math.sqrt(i) + Math.round(-i / 2) + Math.imul(i, 7)", ""},
		{"s = 'abc'.charCodeAt(i % 3) + t.length", ""},
		{"d.push(i); d[d.length] = i / 2; s = d.pop()", ""},
		{"s = [i]; s = { a: i, b: { c: s } }; s = {}; s.x = 1; s.y = i", ""},
		{"s = new Q().m2(i); s = new R(i, 2.5).y; s = new S(i).x", ""},
		{"s = missing.z; s = G.twice", ""},
		{"m.set(i, i); m.set('a', 1.5); s = m.get(i) + m.get('a'); s = m.get('b'); s = m.has(2.5); h.add(i); s = h.has(-0)", ""},
		{"s = h.size", "getProp"},
		{"s = 'x' in o; s = 'none' in o; s = (i & 7) in a; s = 'm2' in q", ""},
		{"s = q instanceof Q; s = q instanceof R; s = i instanceof Q; s = a instanceof S", ""},
		{"s = 'x' in ta", "_op_in"},
		{"e[i] = i", ""},
		{"s = new D(i).z; s = new DD(i).z; s = new E().a.length; s = new EE().c; s = new ED(i).n", ""},
		{"s = d2.up(i); s = d2.w(i); s = D.st(i)", ""},
		{"s = pn.inc(); s = pn.m(i); pn.set(i)", ""},
		{"s = (function (...r) { return r.length })(i, 2); s = rest(i, 2, 3); s = kept(1, i, 3)()", ""},
		{"s = def(i); s = def(i, 3); s = defc(i)(); s = pat(o); s = pat({ x: 1, y: 2 })", ""},
		{"s = o?.x; s = none?.x; s = none ?? i; s = o.x ?? 1; s = none?.(i); s = f?.(i, 2)", ""},
		{"[x2, y2] = [y2, x2]; [a[0], a[1]] = [a[1], a[i & 1]]; const [p2, q2] = a; s = p2 + q2; const [p3, , q3 = 1] = a, [p4] = [s]; [x2, a[1]] = [a[1], x2]", "_getElemRef _putValueP"},
		{"s = f(...a); s = new R(...a).y; s = new DV(...a, i).x; s = o.m(...a, i)", ""},
		{"s = f.apply(null, a); s = f.apply(o, [i, 2]); s = o.m.call(o, i)", ""},
		{"s = a.slice(1); s = a.slice(); s = a.slice(-2, -1); s = a.concat(a, i, 'x'); s = a.indexOf(i); s = a.includes(3)", ""},
		{"try { s = i } catch { s = 0 } finally { c = s } try { s = 2 } catch {}", ""},
	} {
		src := `class Q { constructor() {} m2(v) { return v } } class R { constructor(x, y) { this.x = x; this.y = y } } function S(x) { this.x = x }
class D extends R { constructor(x) { super(x, 1); this.z = 2 } up(v) { return super.up(v) } w(v) { return (() => super.up(v))() } static st(v) { return super.base(v) } } R.prototype.up = v => v; R.base = v => v;
class DD extends D {} class DV extends R { constructor(...v) { super(...v) } } [].slice(); [].concat(); class E { a = []; b = null; #n = {} } class EE extends E { c = 1 } class ED extends R { n = 5; constructor(x) { super(x) } }
class PN { #n = 0; #k() { return this.#n } inc() { this.#n++; return this.#n } m(v) { return this.#k(v) } set(v) { return this.#n = v } }
var none = null, rest = (a, ...r) => r[0], kept = (a, ...r) => () => a + r.length, def = (a, b = 2) => a + b, defc = (a, b = 2) => () => a + b, pat = ({ x, y = 3 }) => x + y, d2 = new D(1), pn = new PN();
for (let i = 0; i < 9; i++) { new Q(); new R(); new S(); new D(); new DD(); new DV(); new E(); new EE(); new ED(); d2.up(1); d2.w(1); D.st(1); pn.inc(); pn.m(); pn.set(0); rest(); kept()(); def(1); defc(1)(); pat({}) } var missing = Object.create({ get z() { return 1 } }), k = 5, m = new Map(), h = new Set(), G = new (class { constructor() { this.v = 2 } get twice() { return this.v * 2 } })();
(function (n) {
  let s = 0, t = '', u, c = 0; const d = []; d.pop(); d.push(1); t.charCodeAt(0); Math.floor(1), Math.max(1), Math.sqrt(1), Math.round(1), Math.imul(1, 1);
  const o = { x: 1, y: 2, m(v) { return v } }, a = [1, 2, 3, 4], ta = new Float64Array(4), e = new Array(300), q = new Q();
  let x2 = 1, y2 = 2.5;
  const f = (a, b) => a, g = function () { return c }, z = o;
  for (let i = 0; i < n; i++) { ` + test.body + ` }
  return s;
})`

		rt := watched(t)
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

// Over an array's values a loop asks the engine at its beginning and its end.
func TestLoopsOverArrays(t *testing.T) {
	t.Cleanup(func() { slowly = nil })
	for _, test := range []struct {
		src  string
		fast bool
	}{
		{"(function (a) { let s = 0; for (const v of a) s += v; return s })", true},
		{"(function (a) { let s = 0; for (const v of Uint16Array.from(a)) s += v; return s })", true},
		{"(function (a) { let s = 0; for (const v of new BigInt64Array(300)) s -= Number(v); for (const v of a) s += v; return s })", false},
		{"Array.prototype[Symbol.iterator] = function* () { for (let i = 0; i < this.length; i++) yield this[i] }; (function (a) { let s = 0; for (const v of a) s += v; return s })", false},
		{"var p = Object.getPrototypeOf([].values()), n = p.next; p.next = function () { return n.call(this) }; (function (a) { let s = 0; for (const v of a) s += v; return s })", false},
	} {
		rt := goja.New()
		layout.Find(rt)
		p := goja.MustCompile("t.js", test.src, false)
		program.Apply(p, program.Options{}, Pass)
		slowly = nil
		v, err := rt.RunProgram(p)
		if err != nil {
			t.Fatal(err)
		}
		main, _ := goja.AssertFunction(v)
		array, _ := rt.RunString("Array.from({ length: 300 }, (_, i) => i)")
		main(nil, array) // makes it hot
		asked := 0
		slowly = func(op program.Op) {
			if op == program.IterNext {
				asked++
			}
		}
		if v, err := main(nil, array); err != nil || v.ToInteger() != 299*300/2 {
			t.Error(v, err)
		}
		slowly = nil
		if fast := asked < 100; fast != test.fast {
			t.Errorf("%s: the engine was asked %d times", test.src, asked)
		}
	}
}

// The list of a big object's names is not moved for one that is taken from its front, and begins one further on.
func TestDeletesFromBigObjects(t *testing.T) {
	rt := goja.New()
	layout.Find(rt)
	run := func(src string) goja.Value {
		p := goja.MustCompile("t.js", src, false)
		program.Apply(p, program.Options{}, Pass)
		v, err := rt.RunProgram(p)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	o := run("var o = {}; for (var i = 0; i < 1000; i++) o['k' + i] = i; o").(*goja.Object)
	names := func() []unistring.String { return layout.BaseOf(o).PropNames }
	second := &names()[1]
	if !run("delete o['k' + 0]").ToBoolean() || len(names()) != 999 || &names()[0] != second {
		t.Error("the engine has deleted the first of a thousand names")
	}
	last := &names()[998]
	if !run("(function () { 'use strict'; return delete o['k' + 998] })()").ToBoolean() || len(names()) != 998 || &names()[0] != second || *last != "" {
		t.Error("the engine has deleted one near the end")
	}
	if run("Object.keys(o).length").ToInteger() != 998 || run("'k998' in o").ToBoolean() {
		t.Error("a wrong name has gone")
	}
}

// What is filled is no sparse array.
func TestLongArraysAreFilled(t *testing.T) {
	rt := goja.New()
	layout.Find(rt)
	learnFacts(layout.Found().VMOf(rt))
	v, err := rt.RunString("new Array(2 ** 23)")
	if err != nil {
		t.Fatal(err)
	}
	self := layout.SelfOf(v.(*goja.Object))
	a := (*layout.ArrayObject)(self.Data)
	if _, ok := fill(a, []goja.Value{rt.ToValue("x")}); !ok || len(a.Values) != 1<<23 || a.ObjCount != 1<<23 || a.Values[1<<23-1].String() != "x" {
		t.Error(ok, len(a.Values), a.ObjCount)
	}
	long, err := rt.RunString("new Array(2 ** 25 + 1)")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := fill((*layout.ArrayObject)(layout.SelfOf(long.(*goja.Object)).Data), []goja.Value{rt.ToValue(0)}); ok {
		t.Error("one that V8 keeps as a dictionary was filled in one piece")
	}
}

func TestPrepending(t *testing.T) {
	rt := goja.New()
	layout.Find(rt)
	program.Apply(goja.MustCompile("t.js", "1", false), program.Options{}, Pass)
	learnFacts(layout.Found().VMOf(rt))
	text := func(s string) goja.Value { return goja.StringFromUTF16(utf16Of(s)) }
	join := func(a, b goja.Value) goja.Value {
		v, ok := concat(wordsOf(&a), wordsOf(&b))
		if !ok {
			t.Fatal("not joined")
		}
		return v
	}
	var all []goja.Value
	v, want, copied := text("end"), "end", 0
	for i := range 20000 {
		piece := strconv.Itoa(i)
		before := uintptr(dataOf(v))
		v, want = join(text(piece), v), piece+want
		if before-uintptr(dataOf(v)) != uintptr(len(piece)) {
			copied++
		}
		if len(all) < 300 {
			all = append(all, v)
		}
		if i%5000 == 4999 { // to both ends in turn
			v, want = join(v, text("tail")), want+"tail"
		}
	}
	if v.String() != want {
		t.Error("not what was put together")
	}
	if copied > 150 { // up to 256 bytes there are no blocks
		t.Errorf("the text was copied %d times", copied)
	}
	// Two ways from one old string, and from the beginning of the newest.
	a, b := join(text("left"), all[250]), join(text("right"), all[250])
	if a.String() != "left"+all[250].String() || b.String() != "right"+all[250].String() {
		t.Error("two strings that end alike are mixed up")
	}
	short := text(v.String()[:400])
	if got := join(text("x"), short); got.String() != "x"+short.String() || v.String() != want {
		t.Error("the beginning of a string and the string are mixed up")
	}
	for i, old := range all {
		if got := old.String(); !strings.HasPrefix(got, strconv.Itoa(i)) || i > 0 && got[len(strconv.Itoa(i)):] != all[i-1].String() {
			t.Fatalf("string %d has changed", i)
		}
	}
}

// The engine's functions that call one of a script for each element call it without the engine's way in, if it can catch nothing.
func TestCallbacks(t *testing.T) {
	for _, test := range []struct {
		src  string
		fast bool
	}{
		{"a.map(v => v + 1)", true},
		{"a.filter(function (v, i) { return v > i / 2 })", true},
		{"a.reduce((s, v) => s + v, 5)", true},
		{"var o = a.map(v => ({ v })); o.sort((p, q) => q.v - p.v); o.map(x => x.v)", true},
		{"a.map(v => { try { throw v } catch (e) { return e * 2 } })", false},
		{"function g(v) { try { throw v } catch (e) { return e * 2 } } a.map(v => g(v))", false},
		{"function f(v) { if (v > 100) throw new Error('thrown'); return v } try { a.forEach(v => f(v)) } catch (e) { e.stack }", false},
		{"try { a.forEach(v => v.x.y) } catch (e) { e.stack }", true},
		{"Array.from({ length: 300 }, (v, i) => i * 2)", true},
		{"Array.from(a, function (v, i) { return this.q + v * i }, { q: 0.5 })", true},
		{"Array.from({ length: 3 }, (v, i) => i * 2)", true},
		{"var o = { length: 20 }; Array.from(o, (v, i) => { if (i === 5) { o[9] = 'late'; o.length = 7; Object.prototype[12] = 'twelve' } return [v, i] }); delete Object.prototype[12]", true},
		{"Array.from({ length: 9, [Symbol.iterator]: function* () { yield 5 } }, (v, i) => v * 2)", true},
		{"Object.prototype[Symbol.iterator] = function* () { yield 6 }; var l = Array.from({ length: 9 }, (v, i) => v * 2); delete Object.prototype[Symbol.iterator]; l", true},
		{"Float64Array.from(a).sort((p, q) => q - p)", true},
		{"Int16Array.from(a).sort((p, q) => p > q ? 1 : p < q ? -1 : 0)", true},
		{"[3, undefined, 1, 2, -0, 0, 1e9, 7, 5, undefined, 4].sort((p, q) => p - q)", true},
		{"[3, -2, 1, 2.5, -0, 0, 1e9, 7, 5, 4].sort((p, q) => q - p)", true},
		{"[5, 3, 9, 1, 7, 2, 8, 6, 4, 10].sort((p, q) => p - q)", true},
	} {
		src := "var a = []; for (var i = 0; i < 300; i++) a.push(i * 7 % 300); function main() { return String((() => { " + returning(test.src) +
			" })()) } for (var k = 0; k < 20; k++) var last = main(); last"
		want := execute(src)
		before := called.Load()
		if got := execute(src, Pass); got != want {
			t.Errorf("%s: %s, want %s", test.src, got, want)
		}
		if fast := called.Load() > before; fast != test.fast {
			t.Errorf("%s: called here: %v", test.src, fast)
		}
	}
}

// The engine's sort cannot bear an array that becomes shorter meanwhile.
func TestSortOfAnArrayThatChanges(t *testing.T) {
	src := "var r = []; (function () { for (let i = 0; i < 20; i++) { const b = [5, 3, 9, 1, 7, 2, 8, 6, 4]; const f = (p, q) => { b.length = i > 10 ? 3 : 9; return p - q }; if (i < 11) [1, 2].sort(f); else b.sort(f); r = b } })(); r.join()"
	if got := execute(src, Pass); got != "1,2,3,4,5,6,7,8,9" {
		t.Error(got)
	}
}

// returning makes the last statement of a body its result.
func returning(src string) string {
	if strings.Contains(src, "try { a.f") {
		return strings.Replace(strings.Replace(src, "{ e.stack }", "{ return e.stack }", 1), "{ a.forEach", "{ return a.forEach", 1)
	}
	i := strings.LastIndex(src, "; ")
	if i > strings.LastIndex(src, "}") || strings.HasPrefix(src, "var o") || strings.HasPrefix(src, "var b") {
		return src[:i+2] + "return " + src[i+2:]
	}
	if i := strings.Index(src, "} a.map"); i > 0 {
		return src[:i+2] + "return " + src[i+2:]
	}
	return "return " + src
}

// Numbers that lie on the stack are none of the values that scripts keep.
func TestKeptNumbers(t *testing.T) {
	for _, src := range []string{
		"var kept = []; (function () { let i = 1000; for (; i < 1100; i++) { kept.push(i); kept[kept.length] = i + 0.5 } })(); kept.join()",
		"var o = {}; (function () { for (let i = 1000; i < 1100; i++) { o['k' + i] = i * 2; o.last = i / 8; if (i % 2) o.odd = o.last } })(); JSON.stringify(o)",
		"var fs = []; (function () { for (let i = 2000.5; i < 2100; i++) fs.push(() => i) })(); fs.map(f => f()).join()",
		"function deep(n) { return n === 0 ? 1.5 : deep(n - 1) + n } String([deep(50), deep(1500), deep(2000), deep(3)])",
		"function* g() { for (let i = 5000; i < 5100; i++) { const x = i / 7; yield x; yield i } } Array.from(g()).join()",
		"function f(a, b, c) { a += 1e4; b = a / 3; arguments[1]; return [a, b, c, arguments.length] } var r = []; for (var i = 3000; i < 3060; i++) r.push(f(i, i + 0.25)); r.join()",
		"Number.prototype.me = function () { 'use strict'; return this }; var r = []; (function () { for (let i = 3000; i < 3060; i++) { const v = (i * 1.5).me(); r.push(v, i) } })(); r.join()",
		"var r = []; (function () { for (let i = 1e4; i < 10100; i++) { try { const q = i * 3; if (i % 3 === 0) throw q; r.push(q) } catch (e) { r.push(e, i) } } })(); r.join()",
	} {
		if want, got := execute(src), execute(src, Pass); got != want {
			t.Errorf("%s\n%s, want\n%s", src, got, want)
		}
	}
	if !slotted {
		t.Error("Go's maps are not what this package expects")
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
