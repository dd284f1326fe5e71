package fast

import (
	"fmt"
	"strings"
	"testing"
)

// objects writes a program with loops over objects in arrays, whose numbers are read, changed, copied and captured, and to which things happen now and then.
func (g *generator) objects() string {
	g.b.WriteString("(function () {\n" + logging + `function show(v) { return typeof v + ' ' + (Object.is(v, -0) ? '-0' : typeof v === 'object' && v ? JSON.stringify(v) : String(v)).slice(0, 200); }
class T { constructor(x, y, n) { this.x = x; this.y = y; this.n = n; this.next = null } get sum() { return this.x + this.y } add(v) { this.n += v; return this.n } }
var things = [], other = [], kept = [], fns = [], saved = 0, sum = 0, total = 0.5, world = { all: things, g: 0.25, count: 0, first: null, x: 1.5, name: 'w' };
for (var i = 0; i < ` + fmt.Sprint(3+g.IntN(12)) + `; i++) things.push(` + g.pick("new T(i + 0.5, i * 2, i * 700)", "new T(i, i, i)", "{ x: i * 1.25, y: -i, n: 0, next: null }", "i % 5 ? new T(i / 3, 0.125, 1000 + i) : { x: i, y: 2.5, n: 3, next: null }", "new T(i % 3 ? i : i + 0.5, 1e9 * i, 1022)") + `);
for (var i = 0; i < things.length; i++) things[i].next = things[(i + 1) % things.length];
for (var i = things.length - 1; i >= 0; i--) other.push(things[i]);
world.first = things[0];
`)
	at := func() string {
		return g.pick("things[i]", "things[i]", "other[i]", "world.all[i]", "things[(i * 7 + k) % things.length]", "things[0]", "p", "p", "q", "q")
	}
	number := func() string {
		return g.pick(at()+".x", at()+".y", at()+".n", "p.next.x", "p.next.next.y", "0.5", "1", "-1", "k", "i", "sum", "total", "world.g", "world.count", "1e-3", "p.x * q.y", "(p.x - q.x) * 0.5", "Math.sqrt(p.y * p.y)", "p.n % 7", "(p.n & 255)", "p.late", "p.sum")
	}
	statement := func() string {
		switch g.IntN(13) {
		case 0, 1, 2:
			return fmt.Sprintf("%s.%s %s %s;", at(), g.pick("x", "y", "n"), g.pick("+=", "-=", "=", "*=", "="), number())
		case 3:
			return fmt.Sprintf("%s.n%s;", g.pick("p", "q", "p.next", "things[i]"), g.pick("++", "--"))
		case 4:
			return fmt.Sprintf("sum += %s;", number())
		case 5:
			return fmt.Sprintf("if (%s %s %s) { %s += %s; }", number(), g.pick("<", ">", "===", "!=="), number(), g.pick("p.x", "total", "q.n", "world.count"), number())
		case 6:
			return fmt.Sprintf("q = %s;", g.pick("things[i]", "p.next", "q.next", "other[i]", "things[(i + k) % things.length]", "world.first"))
		case 7:
			return fmt.Sprintf("saved = %s; %s;", number(), g.pick("p.x += 1.5", "p.n++", "q.y *= 0.5"))
		case 8:
			return fmt.Sprintf("world.%s %s %s;", g.pick("g", "count", "x"), g.pick("=", "+="), number())
		case 9:
			return fmt.Sprintf("if (p.x > 1e6 || p.x < -1e6) p.x = %s; if (!(q.y * q.y < 1e9)) q.y = 2; if (!(p.n * p.n < 1e9)) p.n = 5;", g.pick("0.5", "3", "-0", "p.n % 11"))
		case 10:
			return fmt.Sprintf("const m = %s; %s; sum += m;", number(), g.pick("p.x = m * 0.5", "p.y = m", "q.x -= m", "p.n = m | 0"))
		case 11:
			return fmt.Sprintf("let r = %s; r.%s = r.%s %s %s;", g.pick("p", "q", "things[i]", "p.next"), g.pick("x", "y", "n"), g.pick("x", "y", "n"), g.pick("+", "-", "*"), g.pick("1", "0.25", "r.y", "p.x"))
		}
		return fmt.Sprintf("const d = p.x - q.x, e = p.y - q.y; p.x -= d * 0.01; q.y += e * %s; sum = d * d + e * e;", g.pick("0.02", "q.x", "1"))
	}
	event := func() string {
		return strings.ReplaceAll(g.pick("kept.push(#.x)", "kept.push(#.n, #.y)", "kept.push({ ...# })", "kept.push(Object.assign({}, #, { next: null }))", "kept.push(Object.values(#)[0])", "kept.push([#.x, #['y'], #.n])", "log(#.x)", "fns.push((v => () => v)(#.x))",
			"#.x = 'text'", "#.x = null", "delete #.y", "Object.freeze(#)", "Object.defineProperty(#, 'x', { get() { log('got'); return 0.75 }, set(v) { log('set') }, configurable: true })", "Object.defineProperty(#, 'n', { writable: false })",
			"#.late = k + 0.5", "things[k % 3] = { x: 1.5, y: 2, n: 3, next: # }", "things[1] = 5", "things[0] = { ...#, next: # }", "things.push(#)", "Object.setPrototypeOf(#, { late: 4 })", "world.all = other", "world.g = #.x", "#.x = #.y", "#.y = world.x = 0.125", "kept.push(#.sum)", "kept.push(JSON.stringify([#.x, #.y, #.n]))",
			"[#.x, #.y] = [#.y, #.x]", "{ const { x, y } = #; kept.push(x, y) }", "kept.push(new Map([[#.x, #.n]]).get(#.x))", "#.n = #.add && #.add(1)", "world.first = #", "#.y = #.n", "kept.push(#.x === #.y)", "#.x = kept.length ? kept[0] : 1"), "#", g.pick("things[0]", "things[1]", "things[2]", "other[0]", "things[k % 3]"))
	}
	for f := range 2 {
		fmt.Fprintf(&g.b, "function loop%d(k) {\n  let p = things[0], q = things[1];\n  for (%s i = 0; i < things.length; i++) {\n    %sp = things[i];\n", f, g.pick("let", "var"), g.pick("", "", "const z = i; "))
		for range 1 + g.IntN(4) {
			fmt.Fprintf(&g.b, "    { %s }\n", statement())
		}
		if g.IntN(3) == 0 {
			fmt.Fprintf(&g.b, "    for (let j = i + 1; j < things.length; j++) { q = things[j]; { %s } { %s } }\n", statement(), statement())
		}
		g.b.WriteString("  }\n}\n")
	}
	rounds := 40 + g.IntN(60)
	fmt.Fprintf(&g.b, "function main() {\n  for (let k = 0; k < %d; k++) {\n    try { loop0(k); loop1(k) } catch (e) { log('caught ' + e) }\n", rounds)
	for range g.IntN(4) {
		fmt.Fprintf(&g.b, "    if (k === %d) try { %s } catch (e) { log('event ' + e) }\n", g.IntN(rounds), event())
	}
	for range g.IntN(3) {
		fmt.Fprintf(&g.b, "    if (k %% %d === 1) try { %s } catch (e) { log('event ' + e) }\n", 5+g.IntN(20), event())
	}
	g.b.WriteString(`  }
}
main();
for (const t of new Set(things.concat(other))) log(t && { ...t, next: null });
log({ ...world, all: 0, first: 0 }); log(sum); log(total); log(saved);
for (const v of kept) log(v && v.next ? { ...v, next: null } : v); for (const f of fns) log(f()); return out })()`)
	return g.b.String()
}

func TestObjectsInKernels(t *testing.T) {
	eagerly(t)
	bodies := "(function () { class B { constructor(i) { this.x = i + 0.5; this.v = i / 3; this.n = 2000 + i } } const all = []; for (let i = 0; i < 9; i++) all.push(new B(i)); "
	checkKernels(t, []kernelCase{
		{"sum of properties", bodies + "function f(n) { let s = 0; for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) s += all[i].x * all[i].v; return s } return f(100) })()", true},
		{"numbers are changed", bodies + "function f(n) { for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { const b = all[i]; b.x += b.v * 0.01; b.n++ } return JSON.stringify(all) } return f(100) })()", true},
		{"two names of one object", bodies + "function f(n) { let b, c; for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { b = all[i]; c = all[k % 9]; b.x += 0.1; c.x -= b.x * 0.1 } return JSON.stringify(all) } return f(100) })()", true},
		{"read again after another was written", bodies + "function f(n) { let b, c, s = 0; for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { b = all[i]; c = all[k % 9]; s += b.x; c.x = b.v * 2; s += b.x * b.v; b.v -= 0.125; if (k & 1) { c = b; c.x += 0.5 } s -= b.x + c.x * c.v; b = c; s += b.v } return s + JSON.stringify(all) } return f(100) })()", true},
		{"written with and without a fraction", bodies + "function f(n) { for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { const b = all[i]; b.x = k * 0.25; b.v = k === 7 ? -b.x * 0 : b.x; b.x += b.v } return JSON.stringify(all) + all.map(b => Object.is(b.v, -0) + ' ' + Object.is(b.x | 0, b.x)) } return f(3) + f(100) + f(101) })()", true},
		{"a list that ends", bodies + "for (let i = 0; i < 8; i++) all[i].next = all[i + 1]; all[8].next = null; function f(n) { let s = 0; for (let k = 0; k < n; k++) for (let b = all[k % 8]; b !== null; b = b.next) { if (b != null) s += b.x } return s } return f(200) })()", true},
		{"what is missing", bodies + "function f(n, o) { let s = 0; for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { const b = all[i]; if (b !== null && b !== undefined) s += b.x; if (o === null) s++; if (b.x === undefined) s += 1000 } return s } return f(100, all[1]) + f(100) + f(100, null) })()", true},
		{"patterns", bodies + "function f(n) { let s = 0; for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { const { x, v: w } = all[i]; s += x * w; all[i].x = w } const { n: m } = all[2]; for (const { v, n } of all) s += v * n; return s + m } return f(100) })()", true},
		{"patterns of what has none", bodies + "function f(n) { let s = 0, b = all[0]; for (let k = 0; k < n; k++) { try { const { x } = b; s += x } catch (e) { return s + e.message } if (k === 90) b = k > 50 ? null : all[1] } return s } return f(100) })()", false},
		{"what was read stays", bodies + "function f(n) { const was = []; for (let k = 0; k < n; k++) { was.push(all[0].x, all[3].n); for (let i = 0; i < all.length; i++) { const b = all[i]; b.x *= 1.01; b.n += 3 } } return was.join() } return f(50) })()", true},
		{"a copy stays", bodies + "function f(n) { let c; for (let k = 0; k < n; k++) { if (k === 50) c = [{ ...all[0] }, Object.assign({}, all[1])]; for (let i = 0; i < all.length; i++) { const b = all[i]; b.x *= 1.01; b.n += 3 } } return JSON.stringify(c) } return f(100) })()", true},
		{"small counters", "(function () { const all = []; for (let i = 0; i < 9; i++) all.push({ n: 0, m: i * 300, k: -100 }); function f(n) { const kept = []; for (let k = 0; k < n; k++) { for (let i = 0; i < all.length; i++) { const b = all[i]; b.n++; b.m -= 7; b.k = b.n - b.m } if (k % 97 === 0) kept.push(all[k % 9].n, all[3].k) } return JSON.stringify(all) + kept } return f(1200) })()", true},
		{"integers become floats", bodies + "function f(n) { for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { const b = all[i]; b.n = b.n + 0.5 } return JSON.stringify(all) } return f(101) })()", true},
		{"beyond 2^53", bodies + "all[3].n = 9007199254740900; function f(n) { for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { const b = all[i]; b.n += 7 } return JSON.stringify(all) } return f(101) })()", true},
		{"a list", bodies + "for (let i = 0; i < 9; i++) all[i].next = all[(i + 1) % 9]; function f(n) { let b = all[0], s = 0; for (let k = 0; k < n; k++) { s += b.x; b.x += 0.25; b = b.next } return s + JSON.stringify(all.map(b => b.x)) + (b === all[n % 9]) } return f(500) })()", true},
		{"a getter in the middle", bodies + "function f(n) { let s = 0; for (let k = 0; k < n; k++) { for (let i = 0; i < all.length; i++) { const b = all[i]; s += b.x; b.x += 1.25 } if (k === 60) Object.defineProperty(all[4], 'x', { get() { return 0.5 }, set(v) { s++ } }) } return s } return f(100) })()", true},
		{"another shape", bodies + "all[5] = { v: 1.5, x: 2.5, n: 1 }; function f(n) { let s = 0; for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { const b = all[i]; s += b.x; b.x += 1.25 } return s } return f(100) })()", true},
		{"frozen", bodies + "Object.freeze(all[2]); function f(n) { for (let k = 0; k < n; k++) for (let i = 0; i < all.length; i++) { const b = all[i]; b.x += 1.25 } return JSON.stringify(all) } return f(100) })()", true},
		{"a world that holds them", bodies + "class W { constructor() { this.all = all; this.g = 0.5; this.count = 0 } step() { for (let i = 0; i < this.all.length; i++) { const b = this.all[i]; b.v -= this.g * 0.1; b.x += b.v; this.count++ } } } const w = new W(); for (let k = 0; k < 200; k++) w.step(); return JSON.stringify(w) })()", true},
	})
}

func TestObjectsInManyRuntimes(t *testing.T) {
	inManyRuntimes(t, `(function () {
	const all = []; for (let i = 0; i < 9; i++) all.push({ x: i + 0.5, v: i / 4, n: 1000 });
	for (let k = 0; k < 3000; k++) for (let i = 0; i < all.length; i++) { const b = all[i]; b.x += b.v * 0.25; b.n++ }
	return all.map(b => b.x + b.n).join() })()`, "4000.5,4189,4377.5,4566,4754.5,4943,5131.5,5320,5508.5")
}
