package engine

import (
	"testing"

	"github.com/dop251/goja"
)

// What scripts do to the language's own objects does not reach built-in scripts.
func TestBuiltinScriptsAfterTampering(t *testing.T) {
	throws := `= function () { throw new Error('replaced') }`
	for _, c := range []struct{ name, tampering, builtin, want string }{
		{"a method", `Array.prototype.map ` + throws, `[1, 2].map((x) => x * 2).join()`, "2,4"},
		{"a deleted method", `delete String.prototype.slice`, `'abc'.slice(1)`, "bc"},
		{"a class", `globalThis.Map = null`, `new Map([[1, 2]]).get(1)`, "2"},
		{"JSON", `globalThis.JSON = null`, `JSON.stringify([1])`, "[1]"},
		{"iteration", `Array.prototype[Symbol.iterator] ` + throws, `let s = ''; for (const x of [1, 2]) s += x; s + [...[3]] + Math.max(...[4, 5])`, "1235"},
		{"a Set of a list", `Array.prototype[Symbol.iterator] ` + throws, `new Set([1, 2, 2]).size`, "2"},
		{"a Map of a list", `Array.prototype[Symbol.iterator] ` + throws, `new Map([['a', 1]]).get('a')`, "1"},
		{"add", `Set.prototype.add ` + throws, `new Set([1]).has(1)`, "true"},
		{"computed names", `Array.prototype.join ` + throws, `const name = 'join'; [1, 2][name]('-')`, "1-2"},
		{"elements by strings", `Array.prototype.join ` + throws, `const key = '1'; 'xyz'[key] + [7, 8][key] + ({ 1: 9 })[key]`, "y89"},
		{"exec and test", `RegExp.prototype.exec ` + throws, `/b/.test('abc') + 'x1y2'.replace(/\d/g, '')`, "truexy"},
		{"exec and split", `RegExp.prototype.exec ` + throws, `'a1b2c'.split(/\d/).join()`, "a,b,c"},
		{"exec and matchAll", `RegExp.prototype.exec ` + throws, `[...'a1b2'.matchAll(/\d/g)].map((m) => m[0]).join()`, "1,2"},
		{"a static method", `Object.keys ` + throws, `Object.keys({ a: 1 }).join()`, "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := testEngine(t)
			e.OnBase(func() {
				if _, err := e.vm.RunString(c.tampering); err != nil {
					t.Fatal(err)
				}
				source := `module.exports = (() => { ` + lastIsReturned(c.builtin) + ` })();`
				module := e.vm.NewObject()
				if err := e.RunScript(NewScript("node:test", &source), e.vm.NewObject(), goja.Undefined(), module, goja.Undefined()); err != nil {
					t.Fatal(err)
				}
				if got := module.Get("exports").String(); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
				// The script itself sees what it has done.
				if c.name == "a method" {
					if _, err := e.vm.RunString(`[1].map(String)`); err == nil {
						t.Error("the script does not see its own replacement")
					}
				}
			})
		})
	}
}

// lastIsReturned makes the last of the statements the result.
func lastIsReturned(text string) string {
	for i := len(text) - 1; i > 0; i-- {
		if text[i] == ';' {
			return text[:i+1] + " return" + text[i+1:]
		}
	}
	return "return " + text
}
