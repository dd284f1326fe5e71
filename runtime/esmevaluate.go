package runtime

import (
	"io"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/source"
)

const awaitName = "node:internal/builtins/await"

// driver runs a generator whose steps are what a module awaits. The callbacks come as the reactions to the promise of
// the module's body would.
var driver = engine.NewScript(awaitName, &driverSource)

var driverSource = `const run = async (step) => {
  for (let r = step(); !r.done;) {
    let value, failed = false;
    try { value = await r.value; } catch (e) { value = e; failed = true; }
    r = step(value, failed);
  }
};
module.exports = async (step, fulfilled, rejected) => {
  try { await run(step); } catch (e) { rejected(e); return; }
  fulfilled();
};`

// evaluate runs a linked module and all that it needs, and calls settled when that is done: at once if nothing awaits.
func (l *ESModules) evaluate(m *esModule, settled func(failed *goja.Exception)) {
	if m.status >= evaluatingAsync && m.root != nil {
		m = m.root
	}
	switch {
	case m.status == evaluated && m.async == 0 || m.failed != nil:
		settled(m.failed)
		return
	case m.status >= evaluatingAsync:
		if m.status == evaluated {
			settled(m.failed)
		} else {
			m.settled = append(m.settled, settled)
		}
		return
	case m.status == running:
		m.settled = append(m.settled, settled)
		return
	}
	var stack []*esModule
	index := 0
	if ex := l.innerEvaluate(m, &stack, &index); ex != nil {
		for _, s := range stack {
			s.status, s.failed = evaluated, ex
			l.settle(s)
		}
		m.status, m.failed = evaluated, ex
		settled(ex)
		return
	}
	if m.root != nil {
		m = m.root
	}
	if m.async > 0 && m.status != evaluated {
		m.settled = append(m.settled, settled)
		return
	}
	settled(nil)
}

func (l *ESModules) settle(m *esModule) {
	list := m.settled
	m.settled = nil
	for _, f := range list {
		f(m.failed)
	}
}

// innerEvaluate is the depth-first walk of the specification.
func (l *ESModules) innerEvaluate(m *esModule, stack *[]*esModule, index *int) *goja.Exception {
	if m.status >= evaluatingAsync {
		return m.failed
	}
	if m.status == running {
		return nil
	}
	if m.unit == nil {
		m.status = running
		ex := l.rt.vm.Try(m.run)
		m.status, m.failed = evaluated, ex
		return ex
	}
	m.status = running
	m.dfs, m.low, m.pending = *index, *index, 0
	*index++
	*stack = append(*stack, m)
	for _, r := range m.requested {
		if ex := l.innerEvaluate(r, stack, index); ex != nil {
			return ex
		}
		if r.unit == nil {
			continue
		}
		if r.status == running {
			m.low = min(m.low, r.low)
		} else {
			if r.root != nil {
				r = r.root
			}
			if r.failed != nil {
				return r.failed
			}
		}
		if r.async > 0 && r.status != evaluated {
			m.pending++
			r.parents = append(r.parents, m)
		}
	}
	if m.pending > 0 || m.unit.Module.Await {
		l.order++
		m.async = l.order
		if m.pending == 0 {
			l.executeAsync(m)
		}
	} else if ex := l.execute(m); ex != nil {
		return ex
	}
	if m.low == m.dfs {
		for {
			last := len(*stack) - 1
			s := (*stack)[last]
			*stack = (*stack)[:last]
			s.root = m
			if s.async == 0 {
				s.status = evaluated
				l.finishExports(s)
				l.settle(s)
			} else {
				s.status = evaluatingAsync
			}
			if s == m {
				return nil
			}
		}
	}
	return nil
}

// execute runs the statements of a module that awaits nothing.
func (l *ESModules) execute(m *esModule) *goja.Exception {
	rt := l.rt
	ex := rt.vm.Try(func() { rt.Call(m.next, m.generator) })
	if ex != nil {
		l.explain(m, ex.Value())
	}
	return ex
}

// explain tells those who use CommonJS's names in an ES module why they are not there.
func (l *ESModules) explain(m *esModule, v goja.Value) {
	rt := l.rt
	o, ok := v.(*goja.Object)
	if !ok || !rt.IsError(o) || rt.ClassName(o) != "ReferenceError" {
		return
	}
	message := engine.Text(o.Get("message"))
	name, ok := strings.CutSuffix(message, " is not defined")
	if !ok || !slices.Contains(source.CommonJSParams, name) {
		return
	}
	more := " in ES module scope"
	if name == "require" {
		more += ", you can use import instead"
	}
	if strings.HasSuffix(m.file, ".js") {
		if pkg, err := rt.cjs.resolver.Scope(m.file); err == nil && pkg != nil && pkg.Type == "module" {
			more += "\nThis file is being treated as an ES module because it has a '.js' file extension and '" + pkg.File() +
				"' contains \"type\": \"module\". To treat it as a CommonJS script, rename it to use the '.cjs' file extension."
		}
	}
	stack := engine.Text(o.Get("stack"))
	o.Set("message", message+more)
	o.Set("stack", strings.Replace(stack, message, message+more, 1))
}

// executeAsync starts the statements of a module that awaits something.
func (l *ESModules) executeAsync(m *esModule) {
	rt := l.rt
	if l.drive == nil {
		module := rt.vm.NewObject()
		if err := rt.Engine.RunScript(driver, goja.Undefined(), goja.Undefined(), module, goja.Undefined()); err != nil {
			rt.Rethrow(err)
		}
		l.drive, _ = goja.AssertFunction(module.Get("exports"))
		l.awaited = map[*goja.Object]*goja.Object{}
	}
	throw, _ := goja.AssertFunction(m.generator.Get("throw"))
	// Through Go, for the engine cannot leave a generator that a script has called at once, as process.exit does.
	var awaited *goja.Object
	step := func(call goja.FunctionCall) goja.Value {
		delete(l.awaited, awaited)
		next := m.next
		if call.Argument(1).ToBoolean() {
			next = throw
		}
		result := rt.Call(next, m.generator, call.Argument(0))
		if awaited, _ = result.(*goja.Object).Get("value").(*goja.Object); awaited != nil {
			l.awaited[awaited] = m.generator
		}
		return result
	}
	fulfilled := func(goja.FunctionCall) goja.Value {
		l.asyncFulfilled(m)
		return goja.Undefined()
	}
	rejected := func(call goja.FunctionCall) goja.Value {
		v := call.Argument(0)
		l.explain(m, v)
		l.asyncRejected(m, rt.vm.Try(func() { panic(v) }))
		return goja.Undefined()
	}
	rt.Call(l.drive, goja.Undefined(), rt.vm.ToValue(step), rt.vm.ToValue(fulfilled), rt.vm.ToValue(rejected))
}

func (l *ESModules) asyncFulfilled(m *esModule) {
	if m.status == evaluated {
		return
	}
	m.status = evaluated
	l.finishExports(m)
	if m.root == m {
		l.settle(m)
	}
	var ready []*esModule
	gatherAncestors(m, &ready)
	slices.SortFunc(ready, func(a, b *esModule) int { return a.async - b.async })
	for _, p := range ready {
		if p.status == evaluated {
			continue
		}
		if p.unit.Module.Await {
			l.executeAsync(p)
			continue
		}
		if ex := l.execute(p); ex != nil {
			l.asyncRejected(p, ex)
			continue
		}
		p.status = evaluated
		l.finishExports(p)
		if p.root == p {
			l.settle(p)
		}
	}
}

func gatherAncestors(m *esModule, ready *[]*esModule) {
	for _, p := range m.parents {
		if slices.Contains(*ready, p) || p.root != nil && p.root.failed != nil {
			continue
		}
		if p.pending--; p.pending == 0 {
			*ready = append(*ready, p)
			if !p.unit.Module.Await {
				gatherAncestors(p, ready)
			}
		}
	}
}

func (l *ESModules) asyncRejected(m *esModule, ex *goja.Exception) {
	if m.status == evaluated {
		return
	}
	m.status, m.failed = evaluated, ex
	for _, p := range m.parents {
		l.asyncRejected(p, ex)
	}
	if m.root == m {
		l.settle(m)
	}
}

// awaitsIn finds a module with a top-level await in a graph.
func awaitsIn(m *esModule, seen map[*esModule]bool) *esModule {
	if seen[m] || m.unit == nil {
		return nil
	}
	seen[m] = true
	if m.unit.Module.Await {
		return m
	}
	for _, r := range m.requested {
		if a := awaitsIn(r, seen); a != nil {
			return a
		}
	}
	return nil
}

// WarnUnsettled tells on standard error which modules of the entry point still await something. Loop goroutine only.
func (l *ESModules) WarnUnsettled() {
	rt := l.rt
	if rt.cfg.Options.NoWarnings || rt.esm.main == nil {
		return
	}
	var tell func(m *esModule, seen map[*esModule]bool)
	tell = func(m *esModule, seen map[*esModule]bool) {
		if seen[m] || m.unit == nil {
			return
		}
		seen[m] = true
		for _, r := range m.requested {
			tell(r, seen)
		}
		if m.status == evaluatingAsync && m.pending == 0 && len(m.unit.Module.Awaits) > 0 {
			at := rt.Suspended(m.generator)
			io.WriteString(rt.Stderr(), "Warning: Detected unsettled top-level await at "+source.Arrow(m.url, at.Line, at.Col, 1, m.unit.Line(at.Line))+"\n\n\n")
		}
	}
	tell(rt.esm.main, map[*esModule]bool{})
}
