package probes_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
	"gonode/internal/parse"
	"gonode/internal/probes"
)

// Programs with probes give what they give without, and tell where they come to.
func TestProbes(t *testing.T) {
	for _, test := range []struct{ text, places string }{
		{"1; if (0) {}", "0:0 0:3"},
		{"5; var x = 2, f = function () { return 3; }\nx + f()", "0:0 0:11 1:0 0:32"},
		{"let s = 0\nfor (let i = 0; i < 2; i++) s += i\ns", "0:8 1:13 1:16 1:28 1:23 1:16 1:28 1:23 1:16 2:0"},
		{"const g = (a) => a * 2\ndebugger\ng(4)", "1:0 2:0 0:17"},
		{"'use strict'; (function () { return this })()", "0:15 0:29"},
		{"l: for (const x of [1, 2]) { while (true) { if (x > 1) break l; continue l } }", "0:19 0:36 0:44 0:64 0:36 0:44 0:55"},
		{"class A { static { this.n = 7 } m() { return super.toString.name } }\nA.n + new A().m()", "0:0 0:19 1:0 0:38"},
		{"try { throw 8 } catch (e) { e }", "0:6 0:28"},
		{"`é𝒳`; 9", "0:0 0:7"},
		{"switch (2) { case 2: let y = 3; y }", "0:0 0:29 0:32"},
		{"do 6; while (0)", "0:3 0:13"},
		{"var o = { get a() { return arguments.length } }; o.a", "0:8 0:49 0:20"},
	} {
		want := run(t, test.text, nil)
		var came []string
		got := run(t, test.text, func(s *probes.Script, n int) {
			if p := s.Places[n]; p.Kind != probes.Return {
				came = append(came, fmt.Sprintf("%d:%d", p.Line, p.Column))
			}
		})
		if got != want {
			t.Errorf("%s: %s with probes, %s without", test.text, got, want)
		}
		if all := strings.Join(came, " "); all != test.places {
			t.Errorf("%s: came to %s, want %s", test.text, all, test.places)
		}
	}
}

func run(t *testing.T, text string, reached func(*probes.Script, int)) string {
	r, err := parse.Program("test.js", text, parse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rt := goja.New()
	passes.Install(rt, program.Options{})
	var o program.Options
	if reached != nil {
		s, body := probes.Instrument(r.Program.Body, text, true)
		r.Program.Body = body
		s.Alert, s.Reached = new(atomic.Int32), reached
		s.Alert.Store(1)
		o.Probes = s
	}
	p, err := goja.CompileAST(r.Program, false)
	if err != nil {
		t.Fatal(err)
	}
	passes.Apply(p, o)
	v, err := rt.RunProgram(p)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v.String()
}
