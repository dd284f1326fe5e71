package coverage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
	"gonode/internal/source"
)

// What is counted must not change what a program does, and ranges must be V8's.
func TestRanges(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"function f(a) { if (a) return 1; return 2 } f(0); f(1)", "f 2, 23-42×1"},
		{"const f = a => a ? 'é' : g(), g = () => 1; f(1)", "f 1, 23-28×0; g 0"},
		{"function f(a) { switch (a) { case 0: case 1: return 1; default: } return } f(0); f(2)", "f 2, 29-36×1 37-54×1 55-63×1 65-73×1"},
		{"function f(é) { return é ? é : é.b } f(1)", "f 1, 29-34×0"},
		{"const o = { get x() { return 1 }, ['y']() {} }; o.x", "get x 1; - 0"},
		{"let n = 0; while (true) { if (++n > 3) break } n", "-"},
		{"'use strict'; const f = function() { return this }; f() === undefined", "f 1"},
	} {
		rt := goja.New()
		passes.Install(rt, program.Options{})
		u, err := source.Compile("f.js", c.text, source.Options{Kind: source.Function, Coverage: true})
		if err != nil {
			t.Fatal(err)
		}
		v, err := rt.RunProgram(u.Program)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := goja.AssertFunction(v)
		if _, err := f(goja.Undefined()); err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		var got []string
		for _, fn := range u.Coverage.Functions()[1:] {
			line := fmt.Sprintf("%s %d", fn.Name, fn.Ranges[0].Count)
			if fn.Name == "" {
				line = "-" + line
			}
			for i, r := range fn.Ranges[1:] {
				line += fmt.Sprintf("%s%d-%d×%d", [2]string{", ", " "}[min(i, 1)], r.Start, r.End, r.Count)
			}
			got = append(got, line)
		}
		if g := strings.Join(got, "; "); g != c.want && (g != "" || c.want != "-") {
			t.Errorf("%s:\n got %s\nwant %s", c.text, g, c.want)
		}
	}
}
