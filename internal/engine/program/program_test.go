package program

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// counted counts the additions of all runtimes.
type counted struct{ Instr }

var additions atomic.Int64

func (c *counted) exec(vm *layout.VM) {
	additions.Add(1)
	c.Run(vm)
}

var countedTable = Table[counted]{Exec: (*counted).exec}

func countAdditions(c Code) {
	for i := range c.Len() {
		if c.Op(i) == Add {
			c.Set(i, countedTable.Instr(c, &counted{c.At(i)}))
		}
	}
}

// run gives a program's result and how many additions were counted.
func run(t *testing.T, src string, passes ...Pass) (string, int64) {
	t.Helper()
	rt := goja.New()
	facts, err := layout.Find(rt)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]Pass, 0, len(passes)+1)
	all = append(all, passes...)
	all = append(all, nil)
	all[len(passes)] = func(c Code) { EvalPass(facts, all...)(c) }
	Watch(rt, facts, Options{}, all...)
	p := goja.MustCompile("t.js", src, false)
	Apply(p, Options{}, all...)
	before := additions.Load()
	v, err := rt.RunProgram(p)
	if err != nil {
		return err.Error(), additions.Load() - before
	}
	return v.String(), additions.Load() - before
}

func TestEveryProgramIsReached(t *testing.T) {
	for _, test := range []struct {
		src, want string
		count     int64
	}{
		{"a = 1; a + 2", "3", 1},
		{"var f = x => x + 1; f(f(0))", "2", 2},
		{"class C { p = 1 + this.q(); q() { return n + 1 } static s = n + 5 } var n = 2; String(new C().p)", "4", 3},
		{"var a = 1; (function () { let b = 2; return eval('a + b') })()", "3", 1},
		{"var a = 1; (function () { let b = 2; return eval(...['a + b']) })()", "3", 1},
		{"var e = eval, a = 1; e('a + 2')", "3", 1},
		{"var a = 1; a + eval('a + eval(\"a + a\")')", "4", 3},
		{"eval('var z = 1; function g() { return z + 1 } g()') + z", "3", 2},
		{"new Function('a', 'return a + 1')(1)", "2", 1},
		{"Function('a', 'return a + 1')(1)", "2", 1},
		{"class F extends Function {} new F('a', 'return a + 1')(1)", "2", 1},
		{"var G = (function* () {}).constructor; G('yield 1 + 2; yield arguments.length + 4')().next().value", "3", 1},
		{"var n = 0, A = (async () => {}).constructor; A('n = n + 7')(); n", "7", 1},
		{"var e = eval; e(5) + eval(6) + String(eval())", "11undefined", 2},
		{"var r = []; for (var x of [1, 2]) r.push(eval('x + x')); r.join()", "2,4", 2},
		{"var s = ''; try { eval('s += 1; throw s + 2') } catch (e) { s += e } s", "112", 3},
		{"var s = ''; try { eval('s = ]') } catch (e) { s = e.name + eval('1 + n') } var n = 1; s", "SyntaxErrorNaN", 2},
		{"(function () { 'use strict'; var x = 1; eval('var x = 2'); return x + eval('x + 1') })()", "3", 2},
		{"(function () { return [1].map(() => eval('this.q + arguments[0]'))[0] }).call({ q: 'q' }, 'r')", "qr", 1},
		{"function f(n) { return n ? eval('f(n - 1) + 1') : 0 } f(300)", "300", 300},
		{"(function* () { var x = yield; return eval('x + 1') })().next() && 1", "1", 0},
		{"(0, eval)('throw new Error(1 + 1)')", "Error: 2 at <eval>:1:7(4)", 1},
	} {
		if got, n := run(t, test.src, countAdditions); got != test.want || n != test.count {
			t.Errorf("%s: %s after %d additions, want %s after %d", test.src, got, n, test.want, test.count)
		}
		if got, _ := run(t, test.src); got != test.want {
			t.Errorf("%s: %s without passes, want %s", test.src, got, test.want)
		}
	}
}

func TestEnginesInstructionIsFound(t *testing.T) {
	p := goja.MustCompile("t.js", "var a = 1; a + 2", false)
	if _, err := layout.Find(goja.New()); err != nil {
		t.Fatal(err)
	}
	Apply(p, Options{}, countAdditions, countAdditions)
	found := false
	for pc := -1; ; pc++ {
		k, _, ok := Engine(p, pc)
		if !ok && pc >= 0 {
			break
		}
		found = found || ok && k.Name == "_add"
	}
	if !found {
		t.Error("no addition")
	}
}

func TestPassesCompose(t *testing.T) {
	if got, n := run(t, "var a = 1; a + 2", countAdditions, countAdditions, countAdditions); got != "3" || n != 3 {
		t.Errorf("%s after %d", got, n)
	}
}

func TestInterruptOfAnEvalIsNotLost(t *testing.T) {
	rt := goja.New()
	facts, _ := layout.Find(rt)
	var pass Pass
	pass = func(c Code) { EvalPass(facts, pass)(c) }
	Watch(rt, facts, Options{}, pass)
	p := goja.MustCompile("t.js", "for (;;) { eval('1'); (0, eval)('2') }", false)
	Apply(p, Options{}, pass)
	go func() {
		for range 100 {
			rt.Interrupt("enough")
		}
	}()
	_, err := rt.RunProgram(p)
	if e, ok := err.(*goja.InterruptedError); !ok || e.Value() != "enough" {
		t.Errorf("%v", err)
	}
}

func TestOneProgramInManyRuntimes(t *testing.T) {
	p := goja.MustCompile("t.js", "var s = 0; for (var i = 0; i < 1000; i++) s = s + i; s", false)
	if _, err := layout.Find(goja.New()); err != nil {
		t.Fatal(err)
	}
	Apply(p, Options{}, countAdditions)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if v, err := goja.New().RunProgram(p); err != nil || v.ToInteger() != 499500 {
				t.Error(v, err)
			}
		})
	}
	wg.Wait()
}

// Each instruction that passes know by name is one of the engine's: it appears in one of these texts.
func TestOpsAreTheEngines(t *testing.T) {
	seen := map[Op]bool{}
	for _, src := range opSamples {
		p, err := goja.Compile("t.js", src, false)
		if err != nil {
			t.Fatal(src, err)
		}
		Apply(p, Options{}, func(c Code) {
			for i := range c.Len() {
				seen[c.Op(i)] = true
			}
		})
	}
	for op := None + 1; op < ops; op++ {
		if !seen[op] {
			t.Errorf("the engine has no instruction %s in the samples", op)
		}
	}
}
