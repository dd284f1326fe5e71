package runtime

import (
	"github.com/dop251/goja"

	"gonode/internal/source"
)

// Where asynchronous hooks have a say, the graph of a module is fetched before it is linked, without waiting: a hook may need what this thread
// does meanwhile.

// fetching is the loading of one graph.
type fetching struct {
	l       *ESModules
	seen    map[*esModule]bool
	pending int
	over    bool
	done    func(failed *goja.Exception)
}

// arrival is a module that is being loaded, with those who wait for it.
type arrival []func(m *esModule, failed *goja.Exception)

// fetches tells whether import() asks asynchronous hooks without waiting for them.
func (l *ESModules) fetches() bool {
	h := &l.rt.hooks
	return h.away != nil && h.resolving == 0 && h.loading == 0
}

// fetch loads the module that a specifier means to the module at base, with all that it imports.
func (l *ESModules) fetch(specifier, base string, a attributes, done func(m *esModule, failed *goja.Exception)) {
	var root *esModule
	f := &fetching{l: l, seen: map[*esModule]bool{}, done: func(failed *goja.Exception) { done(root, failed) }}
	f.module(source.Request{Specifier: specifier, Attributes: a}, base, func(m *esModule) { root = m })
}

// fetchRequests loads what a module imports.
func (l *ESModules) fetchRequests(m *esModule, done func(failed *goja.Exception)) {
	f := &fetching{l: l, seen: map[*esModule]bool{}, done: done}
	f.pending++
	f.requests(m)
	f.end(nil)
}

// end is the end of one of the things that are waited for.
func (f *fetching) end(failed *goja.Exception) {
	f.pending--
	if !f.over && (failed != nil || f.pending == 0) {
		f.over = true
		f.done(failed)
	}
}

// thrownAs is an exception with that value.
func (l *ESModules) thrownAs(v goja.Value) *goja.Exception {
	return l.rt.vm.Try(func() { panic(v) })
}

func (f *fetching) module(r source.Request, base string, found func(*esModule)) {
	l, specifier, a := f.l, r.Specifier, attributes(r.Attributes)
	f.pending++
	async := l.rt.Async.current
	l.rt.hooks.away.Ask("resolve", l.question(specifier, base, a), func(answer, thrown goja.Value) {
		l.rt.Async.current = async
		if thrown != nil {
			f.end(l.thrownAs(thrown))
			return
		}
		var at located
		if ex := l.rt.vm.Try(func() { at = l.locatedBy(answer, a) }); ex != nil {
			f.end(ex)
			return
		}
		l.arrive(at, func(m *esModule, failed *goja.Exception) {
			switch {
			case failed != nil || f.over:
			case r.Source:
				failed = l.rt.vm.Try(func() { found(m.sourceRecord(l.rt)) })
			default:
				found(m)
				f.requests(m)
			}
			f.end(failed)
		})
	})
}

// arrive loads one module, once.
func (l *ESModules) arrive(at located, then func(*esModule, *goja.Exception)) {
	if m := l.known(at.url, at.attributes); m != nil {
		then(m, nil)
		return
	}
	kind, _ := at.attributes.get("type")
	key := at.url + "\x00" + kind
	if l.arriving == nil {
		l.arriving = map[string]arrival{}
	}
	l.arriving[key] = append(l.arriving[key], then)
	if len(l.arriving[key]) > 1 {
		return
	}
	l.rt.hooks.away.Ask("load", []goja.Value{l.rt.vm.ToValue(at.url), l.loadContext(at)}, func(answer, thrown goja.Value) {
		m := l.known(at.url, at.attributes) // required meanwhile
		var ex *goja.Exception
		switch {
		case thrown != nil:
			ex = l.thrownAs(thrown)
		case m == nil:
			if ex = l.rt.vm.Try(func() { m = l.loadedBy(answer, at) }); ex == nil {
				l.remember(m, at.attributes)
			}
		}
		waiting := l.arriving[key]
		delete(l.arriving, key)
		for _, f := range waiting {
			f(m, ex)
		}
	})
}

// requests loads what a module imports, and what that imports.
func (f *fetching) requests(m *esModule) {
	if m.unit == nil || f.seen[m] {
		return
	}
	f.seen[m] = true
	if m.requested != nil {
		for _, r := range m.requested {
			f.requests(r)
		}
		return
	}
	list := make([]*esModule, len(m.unit.Module.Requests))
	missing := len(list)
	if missing == 0 {
		m.requested = list
	}
	for i, r := range m.unit.Module.Requests {
		f.module(r, m.url, func(found *esModule) {
			list[i] = found
			if missing--; missing == 0 && m.requested == nil {
				m.requested = list
			}
		})
	}
}
