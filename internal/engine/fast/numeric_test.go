package fast

import (
	"fmt"
	"strings"
)

// number writes an expression that mostly gives a number.
func (g *generator) number(inside bool) string {
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > 4 {
		return g.pick("x", "y", "i", "1", "0.5", "-3")
	}
	e := func() string { return g.number(inside) }
	// The engine's bit operations are wrong for what is beyond 2^63.
	bits := func() string {
		return g.pick("i", "7", "-3", "0.5", "n", "ta[i & 7]", "(i * 99991)", "(i / 3)", "(x % 1e9)", "(y % 1e12)", "arr.length", "~i", "str.charCodeAt(1)")
	}
	switch n := g.IntN(24); {
	case n < 5:
		return g.pick("x", "y", "z", "i", "cap")
	case n < 7:
		return g.pick("0", "1", "-1", "7", "0.25", "-0", "1e9", "4294967295", "2147483648", "9007199254740991", "NaN", "1e300")
	case n < 11:
		return "(" + e() + g.pick(" + ", " - ", " * ", " / ", " % ") + e() + ")"
	case n < 13:
		return "(" + bits() + g.pick(" & ", " | ", " ^ ", " << ", " >> ", " >>> ") + bits() + ")"
	case n < 14:
		return "Math." + g.pick("floor", "ceil", "round", "trunc", "abs", "sqrt") + "(" + e() + ")"
	case n < 15:
		if g.IntN(3) == 0 {
			return "Math.imul(" + bits() + ", " + bits() + ")"
		}
		return "Math." + g.pick("max", "min") + "(" + e() + ", " + e() + ")"
	case n < 16:
		return g.pick("ta", "tb", "arr") + "[" + g.pick("i & 7", "i % 5", "(x % 1e6) & 7", "Math.floor(i / 4)", e()) + "]"
	case n < 17:
		return "str.charCodeAt(" + g.pick("i % 9", "i & 7", e()) + ")"
	case n < 18:
		return "o." + g.pick("p", "q") + g.pick("", "", " + k.p")
	case n < 20 && !inside:
		return fmt.Sprintf("%s(%s, %s)", g.pick("h0", "h1", "h2"), e(), e())
	case n < 21 && !inside:
		return "k.m(" + e() + ")"
	case n < 22:
		return "(" + e() + g.pick(" < ", " > ", " === ", " !== ", " <= ") + e() + " ? " + e() + " : " + e() + ")"
	default:
		return g.pick("arr.length", "str.length", "ta.length", "tb.length", "-x", "~i", "+y")
	}
}

// numeric writes a program of loops over numbers, with all that kernels know.
func (g *generator) numeric() string {
	b := &g.b
	b.WriteString(logging + `function show(v) { return typeof v + ' ' + (Object.is(v, -0) ? '-0' : String(v)).slice(0, 60); }
class K { constructor() { this.p = 1; this.q = 2.5 } `)
	fmt.Fprintf(b, "m(v) { %sreturn %s } }\n", g.pick("", "this.p = v; ", "if (v > 5) return this.q; "), g.pick("v", "this.p + v", "v * this.q", "this.p"))
	fmt.Fprintf(b, "var ta = new %s(8), tb = new %s(8), arr = [%s], str = %s;\n", g.pick("Float64Array", "Int32Array", "Uint8Array", "Uint32Array", "Uint16Array", "Int8Array", "Float32Array", "Uint8ClampedArray"),
		g.pick("Float64Array", "Int32Array", "Uint8Array"), g.pick("1, 2, 3, 4, 5, 6, 7, 8", "1, 2.5, 3, 4000, 5, -0, 7, 80000", "1, , 3, 'x', 5", "1000, 2000"), g.pick("'hello world'", "'h\\u00e9llo w'", "'abc'"))
	b.WriteString("function main(n, x, o) {\n  let y = 1, z = 0, cap = 3; const k = new K(), get = () => cap;\n")
	for i := range 3 {
		fmt.Fprintf(b, "  const h%d = (a, b) => { %sreturn %s };\n", i, g.pick("", "cap++; ", "if (a > b) return a; ", "let t = a * 2; if (t < b) t = b - 0.5; ", "cap = b; "),
			g.pick("a", "a + b", "a * b - 1", "a - b / 2", "b", "a % b", "t2(a)", "Math.floor(a)", "cap", "a < b"))
	}
	b.WriteString("  function t2(v) { return v + 1 }\n")
	for range 1 + g.IntN(2) {
		step := g.pick("i++", "i++", "i += 2", "i += 0.5")
		fmt.Fprintf(b, "  for (let i = %s; i < n; %s) {\n", g.pick("0", "0", "-5", "3"), step)
		for range 1 + g.IntN(4) {
			switch g.IntN(10) {
			case 0:
				fmt.Fprintf(b, "    %s[%s] %s %s;\n", g.pick("ta", "tb"), g.pick("i & 7", "i % 8", "(y % 1e6) & 7", "i % 10"), g.pick("=", "+="), g.pick("x % 1e9", "i * 3", "i / 3", "z % 1e9", "h0(i, 3)", "o.p % 7e4"))
			case 1:
				fmt.Fprintf(b, "    o.%s %s %s;\n", g.pick("p", "q"), g.pick("=", "+="), g.number(false))
			case 2:
				fmt.Fprintf(b, "    if (%s) { x = %s } else y = %s;\n", g.number(false)+" > 3", g.number(false), g.number(false))
			case 3:
				fmt.Fprintf(b, "    for (let j = 0; j < %d; j++) z += %s;\n", 1+g.IntN(12), strings.ReplaceAll(g.number(false), "x", "j"))
			case 4:
				b.WriteString("    if (i === " + g.pick("7", "20") + ") " + g.pick("break", "continue", "cap = 5", "z = y") + ";\n")
			default:
				fmt.Fprintf(b, "    %s %s %s;\n", g.pick("x", "y", "z", "cap"), g.pick("=", "+=", "-=", "*=", "/="), g.number(false))
			}
		}
		b.WriteString("    if (!(x < 1e15 && x > -1e15)) x = 1; if (!(y < 1e15 && y > -1e15)) y = 2; if (!(z < 1e15 && z > -1e15)) z = 0; if (!(cap < 1e15 && cap > -1e15)) cap = 1;\n")
		b.WriteString("    if (!(o.p < 1e15 && o.p > -1e15)) o.p = 1; if (!(o.q < 1e15 && o.q > -1e15)) o.q = 2; if (!(k.p < 1e15 && k.p > -1e15)) k.p = 3;\n  }\n")
	}
	b.WriteString("  log(x); log(y); log(z); log(get()); log(k.p); log(o.p); log(o.q); log(Array.from(ta).join()); log(Array.from(tb).join());\n}\n")
	b.WriteString("var o1 = { p: 1, q: 2 }, o2 = { q: 0.5, p: 7 }, o3 = new K();\nfor (var r = 0; r < 6; r++) { try {\n  main(40, r, o1); main(30, r + 0.5, o2); main(50, -r, o3);\n")
	fmt.Fprintf(b, "  if (r === 2) { %s }\n", g.pick("Math.floor = Math.ceil", "K.prototype.m = v => v - 1", "Object.defineProperty(o2, 'p', { get() { return 9 }, set(v) { log('set') } })", "Object.freeze(o1)",
		"arr = [0.5, 1, 2, 3, 4, 5]", "ta = tb", "str = 'short'", "o2 = o1", "arr[2] = 'text'", "delete o1.p", "ta = [1, 2, 3]", "String.prototype.charCodeAt = () => 1"))
	b.WriteString("} catch (e) { log(e && e.stack ? String(e.stack) : e) } }\nout")
	return b.String()
}
