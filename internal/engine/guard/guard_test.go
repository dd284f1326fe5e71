package guard_test

import (
	"strings"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
	"gonode/internal/engine/templates"
)

var (
	globals           = templates.Extension{Properties: guard.Globals}
	functionPrototype = templates.Extension{Properties: guard.FunctionPrototype}
	arrayPrototype    = templates.Extension{Properties: guard.ArrayPrototype}
	stringPrototype   = templates.Extension{Properties: guard.StringPrototype}
)

// run runs a script in an engine of its own, with the guards.
func run(t *testing.T, src string) string {
	t.Helper()
	rt := goja.New()
	rt.SetMaxCallStackSize(5000 + guard.Slack)
	if _, err := layout.Find(rt); err != nil {
		t.Fatal(err)
	}
	globals.Extend(rt.GlobalObject())
	functionPrototype.Extend(rt.ToValue(func(goja.FunctionCall) goja.Value { return nil }).(*goja.Object).Prototype())
	arrayPrototype.Extend(rt.NewArray().Prototype())
	stringPrototype.Extend(rt.ToValue("").ToObject(rt).Prototype())
	passes.Install(rt, program.Options{})
	p := goja.MustCompile("test.js", src, false)
	passes.Apply(p, program.Options{})
	v, err := rt.RunProgram(p)
	if err != nil {
		return err.Error()
	}
	return v.String()
}

func TestRecursion(t *testing.T) {
	for _, body := range []string{
		"function f() { f() } f()",
		"const f = () => f(); f()",
		"const o = { get x() { return this.x } }; o.x",
		"class A { x = new A() } new A()",
		"[1].map(function f() { [1].map(f) })",
		"function* g() { yield* g() } g().next()",
		"const f = new Function('f', 'f(f)'); f(f)",
		"const f = () => eval('f()'); f()",
	} {
		got := run(t, `let caught = 0, finals = 0; try { try { `+body+` } finally { finals++ } } catch (e) { caught = e instanceof RangeError && e.message } caught + ' ' + finals`)
		if got != "Maximum call stack size exceeded 1" {
			t.Errorf("%s: %s", body, got)
		}
	}
}

// Each level counts and nothing is lost on the way back.
func TestDepth(t *testing.T) {
	got := run(t, `let n = 0, up = 0; function f() { n++; try { f() } finally { up++ } } try { f() } catch (e) {} [n, n - up].join()`)
	if !strings.HasPrefix(got, "50") && !strings.HasPrefix(got, "49") || !strings.HasSuffix(got, ",0") && !strings.HasSuffix(got, ",1") {
		t.Error(got)
	}
}

func TestStackIsMeasured(t *testing.T) {
	var before, after uintptr
	var deeper func(n int) int
	deeper = func(n int) int {
		var frame [1024]byte
		frame[n%1024] = byte(n)
		if n == 0 {
			after = guard.StackUsed()
			return int(frame[0])
		}
		return deeper(n-1) + int(frame[n%1024])
	}
	before = guard.StackUsed()
	deeper(100)
	if after-before < 100<<10 || after-before > 400<<10 {
		t.Errorf("100 frames of 1 KB took %d bytes", after-before)
	}
}

func TestSizes(t *testing.T) {
	for body, want := range map[string]string{
		"'x'.repeat(2 ** 40)":                                          "Invalid string length",
		"'x'.repeat(2 ** 29 - 23)":                                     "Invalid string length",
		"''.repeat(2 ** 40)":                                           "",
		"'a' + 1 + '\u1234' + `${1}b${'c'}`":                           "a1\u12341bc",
		"new Uint8Array(2 ** 40)":                                      "Array buffer allocation failed",
		"new Float64Array({ length: 2 ** 30 })":                        "Array buffer allocation failed",
		"new ArrayBuffer(2 ** 50)":                                     "Array buffer allocation failed",
		"new ArrayBuffer(NaN).byteLength + new Uint8Array(NaN).length": "0",
		"new Uint8Array([1, 2]).length + new Uint8Array(3).length + new Uint16Array(new ArrayBuffer(8)).length": "9",
		"'x'.repeat(2 ** 28) + { toString() { return 'y'.repeat(2 ** 28) } }":                                   "Invalid string length",
		"({ toString: () => 'y'.repeat(2 ** 28) }) + 'x'.repeat(2 ** 28)":                                       "Invalid string length",
		"('x'.repeat(2 ** 25) + { valueOf: () => 12 }).slice(-3)":                                               "x12",
		"({ valueOf: () => 12 } + 'x'.repeat(2 ** 25)).slice(0, 3)":                                             "12x",
		"'ab'.repeat('3')":                                   "ababab",
		"'x'.padStart(1e308, 'ab')":                          "Invalid string length",
		"'x'.padEnd(2 ** 40, '')":                            "x",
		"'x'.padEnd(3, 'ab')":                                "xab",
		"'x'.padStart(3)":                                    "  x",
		"'a'.concat('b', 1, null)":                           "ab1null",
		"Array(2 ** 20).join('x'.repeat(2 ** 12))":           "Invalid string length",
		"[1, [2, 3]].join('-')":                              "1-2,3",
		"Math.max.apply(null, { length: 2 ** 32 - 1 })":      "Invalid array length",
		"Math.max.apply(null, { length: 2 ** 25 })":          "Maximum call stack size exceeded",
		"Math.max.apply(null, [1, 3, 2])":                    "3",
		"Reflect.apply(Math.max, null, { length: 2 ** 31 })": "Invalid array length",
		"b(1) << (b(2) ** b(40))":                            "Maximum BigInt size exceeded",
		"b(1) << (b(2) ** b(64))":                            "Maximum BigInt size exceeded",
		"b(1) >> -(b(2) ** b(40))":                           "Maximum BigInt size exceeded",
		"b(1) >> (b(2) ** b(64))":                            "0",
		"-b(1) >> (b(2) ** b(64))":                           "-1",
		"b(0) << (b(2) ** b(64))":                            "0",
		"b(2) ** (b(2) ** b(40))":                            "Maximum BigInt size exceeded",
		"b(3) ** (b(2) ** b(64))":                            "Maximum BigInt size exceeded",
		"b(1) ** (b(2) ** b(64))":                            "1",
		"(-b(1)) ** (b(2) ** b(64))":                         "1",
		"(-b(1)) ** (b(2) ** b(64) + b(1))":                  "-1",
		"b(3) ** b(5) + (b(1) << b(5)) * b(2)":               "307",
		"3 ** 5 + (1 << 5) * 2":                              "307",
		"BigInt.asUintN(2 ** 53 - 1, -b(1))":                 "Maximum BigInt size exceeded",
		"BigInt.asUintN(2 ** 53 - 1, b(5))":                  "5",
		"BigInt.asIntN(2 ** 53 - 1, -b(1))":                  "-1",
		"BigInt.asUintN(8, -b(1))":                           "255",
	} {
		if got := run(t, "const b = BigInt; let r; try { r = "+body+" } catch (e) { r = e instanceof RangeError ? e.message : e.name } String(r)"); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func TestNatives(t *testing.T) {
	const nest = "let a = []; for (let i = 0; i < 2e5; i++) a = [a]; "
	for _, body := range []string{
		nest + "String(a)",
		nest + "a.join()",
		nest + "a.flat(Infinity)",
		"const o = {}; const p = new Proxy(o, {}); Object.setPrototypeOf(o, p); o.x",
		"const o = {}; const p = new Proxy(o, {}); Object.setPrototypeOf(o, p); o.x = 1",
		"const o = {}; const p = new Proxy(o, {}); Object.setPrototypeOf(o, p); 'x' in o",
		"const o = {}; const p = new Proxy(o, {}); Object.setPrototypeOf(o, p); o[3]",
		"const o = {}; const p = new Proxy(o, {}); Object.setPrototypeOf(o, p); o[Symbol.iterator]",
		"const o = {}; const { proxy } = Proxy.revocable(o, {}); Object.setPrototypeOf(o, proxy); o.x",
	} {
		if got := run(t, "let r = 'none'; try { "+body+" } catch (e) { r = e.message } r"); got != "Maximum call stack size exceeded" {
			t.Errorf("%s: %s", body, got)
		}
	}
	if got := run(t, `const log = []; const p = new Proxy({ a: 1 }, { get(t, k) { log.push(k); return t[k] }, has: () => true, ownKeys: () => ['b'],
		getOwnPropertyDescriptor: () => ({ value: 2, configurable: true, enumerable: true }) });
		p.c = 5; [p.a, p[0], p.c, 'zz' in p, Object.keys(p), log, new (new Proxy(Array, {}))(3).length, new Proxy(() => 7, {})()].join()`); got != "1,,,true,b,a,0,c,3,7" {
		t.Error(got)
	}
}
