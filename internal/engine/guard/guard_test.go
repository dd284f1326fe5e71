package guard_test

import (
	"strings"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
)

// run runs a script in an engine of its own, with the guards.
func run(t *testing.T, src string) string {
	t.Helper()
	rt := goja.New()
	rt.SetMaxCallStackSize(5000 + guard.Slack)
	passes.Install(rt)
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
