package fast

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// decoded is the function of a script that a value is.
func decoded(f goja.Value) *function {
	return functionOf((*layout.BaseJsFuncObject)(layout.SelfOf(f.(*goja.Object)).Data).Prg)
}

// The way to what is inherited is learned once for each kind of receiver, and not again each time.
func TestWaysToWhatIsInherited(t *testing.T) {
	for _, receiver := range []string{
		"new Map().get", "new Set().has", "[1].indexOf", "'a'.charCodeAt", "new (class { m() {} }).m", "Object.create({ m() {} }).m",
		"new (class extends Map {}).get", "new (class extends Set { x = 1 }).has", "({}).missing", "new Map().missing",
	} {
		rt := watched(t)
		p := goja.MustCompile("t.js", "function f(o, n) { let v; for (let i = 0; i < n; i++) v = o"+receiver[strings.LastIndexByte(receiver, '.'):]+" }\nconst o = "+receiver[:strings.LastIndexByte(receiver, '.')]+"; f(o, 100); f(o, 100); f", false)
		program.Apply(p, program.Options{}, Pass)
		f, err := rt.RunProgram(p)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, o := range *decoded(f).code.Load() {
			if o.kind == program.GetProp {
				if known := (*paths)(atomic.LoadPointer(&o.paths)); known != nil {
					found = known.n == 1 && known.misses.Load() == 0
				}
			}
		}
		if !found {
			t.Errorf("%s is looked for each time", receiver)
		}
	}
}

// An instruction that has met too many kinds of objects makes nothing any more.
func TestWaysAreNotLearnedForEver(t *testing.T) {
	rt := watched(t)
	p := goja.MustCompile("t.js", "function f(o) { return o.m } for (let i = 0; i < 500; i++) { const o = Object.create({ m: i }); o['k' + i] = 1; if (f(o) !== i) throw i } f", false)
	program.Apply(p, program.Options{}, Pass)
	f, err := rt.RunProgram(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range *decoded(f).code.Load() {
		if o.kind == program.GetProp {
			known := (*paths)(atomic.LoadPointer(&o.paths))
			if known == nil || known.n != mostPaths || known.misses.Load() != mostMisses {
				t.Fatalf("%+v", known)
			}
			object := rt.NewObject()
			if made := testing.AllocsPerRun(100, func() { o.learnPath(object, false) }); made != 0 {
				t.Errorf("%v allocations for what is not kept", made)
			}
		}
	}
}
