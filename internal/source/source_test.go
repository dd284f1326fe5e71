package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// run compiles a CommonJS file and gives what it leaves in exports.r, or the error.
func run(t *testing.T, text string) string {
	t.Helper()
	u, err := Compile("/d/x.js", text, Options{Kind: Function, Params: CommonJSParams, Function: "Object.<anonymous>"})
	if err != nil {
		return err.Error()
	}
	vm := goja.New()
	v, err := vm.RunProgram(u.Program)
	if err != nil {
		t.Fatal(err)
	}
	fn, _ := goja.AssertFunction(v)
	if u.Import {
		importer := func(c goja.FunctionCall) goja.Value { return vm.ToValue("import " + c.Argument(0).String()) }
		v, err = fn(goja.Undefined(), vm.ToValue(importer))
		if err != nil {
			t.Fatal(err)
		}
		fn, _ = goja.AssertFunction(v)
	}
	exports := vm.NewObject()
	if _, err := fn(exports, exports); err != nil {
		ex := err.(*goja.Exception)
		p := ex.Stack()[0].Position()
		l, c := u.Position(p.Line, p.Column)
		return fmt.Sprintf("%s at %d:%d", ex.Value(), l, c)
	}
	return exports.Get("r").String()
}

func gives(t *testing.T, text, want string) {
	t.Helper()
	t.Run(text, func(t *testing.T) {
		if got := run(t, text); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestFunctionInBlock(t *testing.T) {
	gives(t, "if (true) { function f() { return 1 } } exports.r = f()", "1")
	gives(t, "exports.r = typeof f; { function f() {} }", "undefined")
	gives(t, "{ exports.r = typeof f; function f() {} }", "function")
	gives(t, "{ function f() {} } exports.r = f.name", "f")
	gives(t, "'use strict'; { function f() {} } exports.r = typeof f", "undefined")
	gives(t, "let f = 1; { function f() {} } exports.r = f", "1")
	gives(t, "(function (f) { { function f() {} } exports.r = f })(2)", "2")
	gives(t, "switch (1) { case 1: function f() { return 3 } } exports.r = f()", "3")
	gives(t, "if (true) { function f() { return 1 } } else { function f() { return 2 } } exports.r = f()", "1")
	gives(t, "const a = () => { try { function f() { return 4 } } catch {} return f() }; exports.r = a()", "4")
	gives(t, "class A { m() { { function f() {} } return typeof f } } exports.r = new A().m()", "undefined")
}

func TestTransformed(t *testing.T) {
	gives(t, "async function* g() { yield 1 } exports.r = typeof g().next", "function")
	gives(t, "exports.r = import('x')", "import x")
	gives(t, "const n = 'y'; exports.r = import(`./${n}`)", "import ./y")
	gives(t, "async function* g() {}\n\n  nope()", "ReferenceError: nope is not defined at 3:3")
}

func TestPositions(t *testing.T) {
	gives(t, "nope()", "ReferenceError: nope is not defined at 1:1")
	gives(t, "#!/usr/bin/env node\n nope()", "ReferenceError: nope is not defined at 2:2")
	gives(t, "\ufeffnope()", "ReferenceError: nope is not defined at 1:1")
	gives(t, "nope(); return", "ReferenceError: nope is not defined at 1:1")
	gives(t, "if (1)\n  { var a = nope() }\nreturn", "ReferenceError: nope is not defined at 2:13")
	gives(t, "exports.r = 1; return; exports.r = 2", "1")
}

func fails(t *testing.T, text, want string) {
	t.Helper()
	t.Run(text, func(t *testing.T) {
		_, err := Compile("/d/x.js", text, Options{Kind: Function, Params: CommonJSParams})
		e, ok := err.(*SyntaxError)
		if !ok {
			t.Fatalf("compiled, or %v", err)
		}
		if got := strings.TrimPrefix(e.Arrow(), "/d/x.js:") + e.Message; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

func TestSyntaxErrors(t *testing.T) {
	fails(t, "\n\tconst a = ;", "2\n\tconst a = ;\n\t          ^\nUnexpected token ';'")
	fails(t, "foo bar", "1\nfoo bar\n    ^^^\nUnexpected identifier 'bar'")
	fails(t, "if (", "1\nif (\n    \nUnexpected end of input")
	fails(t, "let x; let x;", "1\nlet x; let x;\n           ^\nIdentifier 'x' has already been declared")
	fails(t, "const require = 1", "1\nconst require = 1\n      ^^^^^^^\nIdentifier 'require' has already been declared")
	fails(t, "break", "1\nbreak\n^^^^^\nIllegal break statement")
	fails(t, "1 = 2", "1\n1 = 2\n^\nInvalid left-hand side in assignment")
	fails(t, "}); (function () {", "1\n}); (function () {\n^\nUnexpected token '}'")
	fails(t, "console.log(1 2)", "1\nconsole.log(1 2)\n            ^\nmissing ) after argument list")
	fails(t, "f(\"a\" b)", "1\nf(\"a\" b)\n  ^^^\nmissing ) after argument list")
	fails(t, "if (a b) c", "1\nif (a b) c\n      ^\nUnexpected identifier 'b'")
}

// module compiles an ES module and tells what it imports and exports.
func module(t *testing.T, text, want string) {
	t.Helper()
	t.Run(text, func(t *testing.T) {
		u, err := Compile("/d/x.mjs", text, Options{Kind: Module})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			for _, r := range u.Module.Requests {
				got += fmt.Sprint("from ", r.Specifier, r.Attributes, "; ")
			}
			for _, i := range u.Module.Imports {
				got += fmt.Sprint(i.Local, "=", i.Name, "@", i.Request, "; ")
			}
			for _, e := range u.Module.Exports {
				got += fmt.Sprint("export ", e.Exported, "=", e.Local, e.Name, "@", e.Request)
				if e.Mutable {
					got += "!"
				}
				got += "; "
			}
			if u.Module.Await {
				got += "await"
			}
			if u.names != nil {
				got += "esbuild"
			}
		}
		if got = strings.TrimSuffix(got, "; "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestModule(t *testing.T) {
	module(t, "import a, { b as c, default as d } from 'x'", "from x[]; a=default@0; c=b@0; d=default@0")
	module(t, "import * as n from \"x\" with { type: 'json' }; import 'x'", "from x[[type json]]; from x[]; n=*@0")
	module(t, "import { a } from 'x'\nimport { b } from 'x'", "from x[]; a=a@0; b=b@0")
	module(t, "import/**/x/*;*/from/**/'x'// y", "from x[]; x=default@0")
	module(t, "import { 'a b' as c } from '\\x41\\u{42}'", "from AB[]; c=a b@0")
	module(t, "export const a = 1, [b, { c, ...d }] = x", "export a=a@-1; export b=b@-1; export c=c@-1; export d=d@-1")
	module(t, "export let a; a = 1; export let b = 2", "export a=a@-1!; export b=b@-1")
	module(t, "export { a as default, a as 'x y' }; function a() {}", "export default=a@-1; export x y=a@-1")
	module(t, "export default function () {}\n(1)", "export default=default@-1")
	module(t, "export default class extends A {}\n[1]", "export default=default@-1")
	module(t, "export default async function* f() {}", "export default=f@-1")
	module(t, "export default /x/.test(y)", "export default=default@-1")
	module(t, "export * from 'x'; export * as y from 'x'; export { z } from 'x'", "from x[]; export =*@0; export y=*@0; export z=z@0")
	module(t, "import { a } from 'x'; export { a }", "from x[]; a=a@0; export a=a@0")
	module(t, "await 1", "await")
	module(t, "async function f() { await 1 }", "")
	module(t, "const o = { import: 1, export: 2, await: 3, import() {}, m() { return this.import(1) } }", "")
	module(t, "const o = { import: 1, export: 2, import(x) { return o.import(x) } }; o.import(2)", "")
	module(t, "const s = `${`}${'import x'}`} import y from 'y'`", "")
	module(t, "if (1) /import x from 'y'/.test(''); a = b / c; import 'z' // /", "from z[]")
	module(t, "export { a }", "SyntaxError: Export 'a' is not defined in module")
	module(t, "import { a } from 'x'; const a = 1", "SyntaxError: Identifier 'a' has already been declared")
	module(t, "import a from 'x' b", "SyntaxError: Unexpected identifier 'b'")
	module(t, "import { a", "SyntaxError: Unexpected end of input")
	module(t, "import.meta = 1", "SyntaxError: Invalid left-hand side in assignment")
	module(t, "const s = '\\u{10ffff}'; export { s }", "export s=s@-1")
}

func TestCommonJSNames(t *testing.T) {
	names := func(text, want string) {
		t.Helper()
		t.Run(text, func(t *testing.T) {
			list, again := CommonJSNames(text)
			if got := strings.Join(list, " ") + "|" + strings.Join(again, " "); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	names("exports.a = 1; module.exports.b = exports['c d'] = 2; x.exports.e = 3", "a b c d|")
	names("// exports.a = 1\n'exports.b = 1'; /exports.c = 1/; `exports.d = 1 ${exports.e = 2}`", "e|")
	names("module.exports = { a, b: c, 'd': e, ...require('f'), g: 1, h }", "a b d|f")
	names("module.exports = require('x')", "|x")
	names("Object.defineProperty(exports, 'a', { enumerable: true, get: function () { return b.c; } })", "a|")
	names("Object.defineProperty(exports, 'a', { get() { return compute() } })", "|")
	names("Object.defineProperty(module.exports, '__esModule', { value: true })", "__esModule|")
	names("__exportStar(require('x'), exports); tslib_1.__exportStar(require('y'), exports)", "|x y")
	names("var _x = require('x'); Object.keys(_x).forEach(function (key) { if (key === 'default') return; exports[key] = _x[key]; });", "|x")
}
