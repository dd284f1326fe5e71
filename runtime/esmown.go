package runtime

import (
	"github.com/dop251/goja"

	"gonode/internal/source"
)

// OwnModule is a module that a script makes and links itself, as vm.Module does. Loop goroutine only.
type OwnModule struct {
	rt *Runtime
	m  *esModule
}

// NewTextModule makes a module of a compiled text: run runs its program, meta fills its import.meta.
func (l *ESModules) NewTextModule(unit *source.Unit, run func(*source.Unit) goja.Value, meta func(*goja.Object)) *OwnModule {
	m := l.newModuleRecord(unit.Name, "", "vm")
	m.unit, m.initMeta, m.program = unit, meta, run
	if len(unit.Module.Requests) == 0 {
		m.requested = []*esModule{}
	}
	return &OwnModule{l.rt, m}
}

// NewSyntheticModule makes a module of those exports, whose values are given by Set; run is its evaluation.
func (l *ESModules) NewSyntheticModule(identifier string, names []string, run func()) *OwnModule {
	m := l.newModuleRecord(identifier, "", "vm")
	m.names, m.run = names, run
	for _, n := range names {
		m.set(n, nil)
	}
	return &OwnModule{l.rt, m}
}

// Requests are what the module imports.
func (o *OwnModule) Requests() []source.Request {
	if o.m.unit == nil {
		return nil
	}
	return o.m.unit.Module.Requests
}

// SetRequested says what the requests mean, in their order.
func (o *OwnModule) SetRequested(list []*OwnModule) {
	o.m.requested = make([]*esModule, len(list))
	for i, r := range list {
		if o.m.requested[i] = r.m; o.Requests()[i].Source {
			o.m.requested[i] = r.m.sourceRecord(o.rt)
		}
	}
}

// Link links the module and all below it; it throws what is wrong.
func (o *OwnModule) Link() { o.rt.ESModules().link(o.m) }

// Evaluate runs the module and calls done when that is over.
func (o *OwnModule) Evaluate(done func(failed *goja.Exception)) { o.rt.ESModules().evaluate(o.m, done) }

// Namespace is the module's namespace object.
func (o *OwnModule) Namespace() *goja.Object { return o.rt.ESModules().namespaceOf(o.m) }

// Set gives an export of a synthetic module its value; it is false for a name that the module does not export.
func (o *OwnModule) Set(name string, v goja.Value) bool {
	for _, n := range o.m.names {
		if n == name {
			o.m.set(name, v)
			return true
		}
	}
	return false
}

// Status is Node's word for how far the module has come.
func (o *OwnModule) Status() string {
	switch m := o.m; {
	case m.failed != nil:
		return "errored"
	case m.status == linking:
		return "linking"
	case m.status == linked:
		return "linked"
	case m.status == running:
		return "evaluating"
	case m.status == evaluated, m.status == evaluatingAsync:
		return "evaluated"
	}
	return "unlinked"
}

// Failed is why the module's evaluation failed, or nil.
func (o *OwnModule) Failed() goja.Value {
	if o.m.failed == nil {
		return nil
	}
	return o.m.failed.Value()
}

// Name is the module's identifier.
func (o *OwnModule) Name() string { return o.m.url }

// Unlinked finds a module of the graph whose requests nobody has said the meaning of, and the first of them if it is another one; nil for none.
func (o *OwnModule) Unlinked() (first *OwnModule, specifier string) {
	var found *esModule
	seen := map[*esModule]bool{}
	var find func(m *esModule)
	find = func(m *esModule) {
		if seen[m] || m.unit == nil || found != nil {
			return
		}
		seen[m] = true
		if m.requested == nil {
			found = m
			return
		}
		for _, r := range m.requested {
			find(r)
		}
	}
	find(o.m)
	switch {
	case found == nil:
		return nil, ""
	case found != o.m && len(found.unit.Module.Requests) > 0:
		specifier = found.unit.Module.Requests[0].Specifier
	}
	return &OwnModule{o.rt, found}, specifier
}

// Awaits tells whether the module, or any module of its graph, has a top-level await.
func (o *OwnModule) Awaits(graph bool) bool {
	if o.m.unit == nil {
		return false
	}
	return o.m.unit.Module.Await || graph && awaitsIn(o.m, map[*esModule]bool{}) != nil
}
