package operators

import (
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

func TestNumbers(t *testing.T) {
	for body, want := range map[string]string{
		"1 / (zero * -5)":            "-Infinity",
		"1 / (-5 * zero)":            "-Infinity",
		"1 / (no * -5)":              "-Infinity",
		"1 / (nul * '-3')":           "-Infinity",
		"text | 0":                   "741711872",
		"1 / (zero * 5)":             "Infinity",
		"big | 255":                  "741712127",
		"big ^ 1":                    "741711873",
		"255 & big":                  "0",
		"big & -1":                   "741711872",
		"~big":                       "-741711873",
		"big << 1":                   "1483423744",
		"big >> 1":                   "370855936",
		"-big >>> 1":                 "1776627712",
		"5 >> big":                   "5",
		"Infinity | 1":               "1",
		"NaN | 1":                    "1",
		"2 ** 53 + 2 | 0":            "2",
		"-(2 ** 63) - 4096 | 0":      "-4096",
		"(zero += big, zero |= 255)": "741712127",
	} {
		rt := goja.New()
		facts, err := layout.Find(rt)
		if err != nil {
			t.Fatal(err)
		}
		p := goja.MustCompile("t.js", "(function () { let zero = 0, no = false, nul = null, text = '24593991144419205000', big = 24593991144419205000; return String("+body+") })()", false)
		program.Apply(p, program.Options{}, Pass(facts))
		if v, err := rt.RunProgram(p); err != nil || v.String() != want {
			t.Errorf("%s: %v, %v, want %s", body, v, err, want)
		}
	}
}
