package fs

import (
	_ "embed"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/internal/glob"
	"gonode/runtime"
)

//go:embed glob.js
var globJS string

// Glob is the private module of fs.promises.glob.
var Glob = &runtime.Module{Name: "internal/fs/glob", Private: true,
	Script: engine.NewScript("node:internal/fs/glob", &globJS),
	Binding: func(rt *runtime.Runtime) *goja.Object {
		m := of(rt)
		b := rt.VM().NewObject()
		rt.SetFunc(b, "walk", 2, func(call goja.FunctionCall) goja.Value {
			return m.promised(caller{}, func() *job { return m.globJob(call.Argument(0), call.Argument(1)) })
		})
		return b
	}}

// globWalk looks for the files that patterns stand for. It goes from directory to directory; each has the places in
// the patterns that its entries are to be compared with.
type globWalk struct {
	m        *module
	root     string
	cwd      string
	patterns []glob.Pattern
	excluded []glob.Pattern
	exclude  goja.Callable
	follow   bool
	types    bool
	absolute bool // Dirents tell absolute parents

	stats    map[string]*entry
	seen     map[string]map[string]bool
	pending  map[string][]*globPlace
	order    []string
	found    map[string]bool
	results  []string
	entries  []*entry
	children map[string][]*entry
}

// globPlace is where a directory stands in a pattern.
type globPlace struct {
	pattern  *glob.Pattern
	indexes  []int
	symlinks []int // the indexes of ** that were reached through a symbolic link
	real     []string
}

func (p *globPlace) at(i int) glob.Segment {
	if i < 0 {
		i += len(p.pattern.Segments)
	}
	if i >= 0 && i < len(p.pattern.Segments) {
		return p.pattern.Segments[i]
	}
	return glob.Segment{}
}

func (p *globPlace) test(i int, name string) bool {
	return i < len(p.pattern.Segments) && p.pattern.Segments[i].Match(name)
}

func (p *globPlace) last() int { return len(p.pattern.Segments) - 1 }

func (p *globPlace) isLast(directory bool) bool {
	last := p.last()
	return slices.Contains(p.indexes, last) || directory && p.at(-1).Plain() && p.at(-1).Text == "" &&
		slices.Contains(p.indexes, last-1) && p.at(-2).GlobStar
}

func (p *globPlace) child(index ...int) *globPlace {
	return &globPlace{pattern: p.pattern, indexes: index, real: p.real}
}

// key stands for the rest of the pattern from an index on.
func (p *globPlace) key(index int) string {
	var b strings.Builder
	for i := index; i < len(p.pattern.Segments); i++ {
		b.WriteString(p.pattern.Segments[i].Text)
		if i < p.last() {
			b.WriteByte('/')
		}
	}
	return b.String()
}

// newGlob checks the arguments of the three forms.
func (m *module) newGlob(pattern, given goja.Value) *globWalk {
	w := &globWalk{m: m, root: ".", stats: map[string]*entry{}, seen: map[string]map[string]bool{}, pending: map[string][]*globPlace{},
		found: map[string]bool{}, children: map[string][]*entry{}}
	option := func(string) goja.Value { return goja.Undefined() }
	if !goja.IsUndefined(given) {
		o := m.rt.ValidateObject(given, "options")
		option = func(name string) goja.Value { return get(o, name) }
	}
	exclude, cwd, follow := option("exclude"), option("cwd"), option("followSymlinks")
	w.types = truthy(option("withFileTypes"))
	if o, ok := cwd.(*goja.Object); ok && isURL(o) {
		cwd = m.rt.CallMethod(m.rt.Require("url"), "fileURLToPath", o)
	}
	if !isNil(cwd) {
		w.root = m.rt.ValidateString(cwd, "paths[0]")
	}
	if !isNil(follow) {
		w.follow = m.rt.ValidateBoolean(follow, "options.followSymlinks")
	}
	w.cwd, _ = m.rt.Cwd()
	if !isNil(exclude) {
		if o, ok := exclude.(*goja.Object); ok && engine.IsArray(o) {
			for _, text := range m.strings(o, "options.exclude") {
				w.excluded = append(w.excluded, glob.Compile(resolveFrom(w.cwd, w.root, text))...)
			}
		} else if fn, ok := goja.AssertFunction(exclude); ok {
			w.exclude = fn
		} else {
			m.rt.ThrowArgType("options.exclude", exclude, "string[]", "function")
		}
	}
	texts := []string{}
	if o, ok := pattern.(*goja.Object); ok || goja.IsNull(pattern) {
		if _, function := goja.AssertFunction(pattern); function {
			m.rt.ValidateString(pattern, "patterns")
		}
		m.rt.ValidateArray(pattern, "patterns", 0)
		texts = m.strings(o, "patterns")
	} else {
		texts = append(texts, m.rt.ValidateString(pattern, "patterns"))
	}
	for _, text := range texts {
		w.patterns = append(w.patterns, glob.Compile(text)...)
	}
	m.rt.Access.DemandFile(runtime.AccessRead, w.root)
	return w
}

// strings takes an array of strings.
func (m *module) strings(o *goja.Object, name string) (list []string) {
	m.rt.ForOf(o, func(v goja.Value) bool {
		list = append(list, m.rt.ValidateString(v, name+"["+strconv.Itoa(len(list))+"]"))
		return true
	})
	return list
}

// resolveFrom is path.resolve.
func resolveFrom(cwd string, parts ...string) string {
	for _, p := range parts {
		cwd = absolute(p, cwd)
	}
	return cwd
}

func (w *globWalk) full(p string) string { return resolveFrom(w.cwd, w.root, p) }

func (w *globWalk) real(p string) string { return w.m.real(p) }

// stat is a path's entry, or nil.
func (w *globWalk) stat(p string) *entry {
	e, known := w.stats[p]
	if !known {
		if s, err := w.m.lstatPath(w.real(p)); err == nil {
			e = &entry{path.Base(p), path.Dir(p), s.dirent()}
		}
		w.stats[p] = e
	}
	return e
}

// leadsToDirectory tells whether what a link points to is a directory.
func (w *globWalk) leadsToDirectory(p string) bool {
	s, err := w.m.statPath(w.real(p))
	return err == nil && s.kind() == unix.S_IFDIR
}

func (w *globWalk) readdir(p string) []*entry {
	list, known := w.children[p]
	if !known {
		found, _ := w.m.readDir(w.real(p))
		for _, d := range found {
			list = append(list, &entry{d.Name(), p, direntKind(d.Type())})
		}
		w.children[p] = list
	}
	return list
}

func (w *globWalk) isExcluded(p string) bool {
	return len(w.excluded) > 0 && glob.Match(w.excluded, p, false)
}

// refused asks the script's function.
func (w *globWalk) refused(argument func() goja.Value) bool {
	return w.exclude != nil && w.m.rt.Call(w.exclude, goja.Undefined(), argument()).ToBoolean()
}

func (w *globWalk) add(p string, e *entry) {
	if w.found[p] || w.isExcluded(w.full(p)) {
		return
	}
	w.found[p] = true
	w.results = append(w.results, p)
	if w.types && !w.absolute {
		at := p
		if !path.IsAbs(p) {
			at = path.Join(w.root, p)
		}
		e = w.stat(at)
	}
	w.entries = append(w.entries, e)
}

// known remembers that a directory is looked at in this place, and tells whether it has been.
func (w *globWalk) known(p string, place *globPlace) bool {
	keys := w.seen[p]
	if keys == nil {
		keys = map[string]bool{}
		w.seen[p] = keys
	}
	known := false
	for _, i := range place.indexes {
		key := place.key(i)
		known = known || keys[key]
		keys[key] = true
	}
	return known
}

func (w *globWalk) has(p string, place *globPlace, index int) bool {
	return w.seen[p][place.key(index)]
}

// later puts a directory off.
func (w *globWalk) later(p string, place *globPlace) {
	if w.isExcluded(p) {
		return
	}
	full := w.full(p)
	if w.isExcluded(full+"/") && w.stat(full) != nil && w.stat(full).kind == direntDir {
		return
	}
	if w.exclude != nil {
		if !w.types {
			if w.refused(func() goja.Value { return w.m.vm.ToValue(display(p)) }) {
				return
			}
		} else if e := w.stat(p); e != nil && w.refused(func() goja.Value { return w.m.direntValue(*e, "", nil) }) {
			return
		}
	}
	w.put(p, place)
}

func (w *globWalk) put(p string, place *globPlace) {
	if w.pending[p] == nil {
		w.order = append(w.order, p)
	}
	w.pending[p] = append(w.pending[p], place)
}

func (w *globWalk) walk() {
	type item struct {
		path   string
		places []*globPlace
	}
	first := item{path: "."}
	for i := range w.patterns {
		first.places = append(first.places, &globPlace{pattern: &w.patterns[i], indexes: []int{0}})
	}
	for queue := []item{first}; len(queue) > 0; {
		next := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, place := range next.places {
			if w.m.rt.Cancelled() {
				return
			}
			w.visit(next.path, place)
		}
		for _, p := range w.order {
			queue = append(queue, item{p, w.pending[p]})
		}
		w.order = w.order[:0]
		clear(w.pending)
	}
}

// join is path.join for a directory and a name in it, or nothing.
func join(dir, name string) string {
	if name == "" {
		if strings.HasSuffix(dir, "/") && dir != "/" {
			return path.Clean(dir) + "/"
		}
		return path.Clean(dir)
	}
	return path.Join(dir, name)
}

func (w *globWalk) visit(p string, place *globPlace) {
	if w.known(p, place) {
		return
	}
	full := w.full(p)
	e := w.stat(full)
	last := place.last()
	directory := e != nil && (e.kind == direntDir || e.kind == direntLink && w.linkCounts(full, place))
	isLast := place.isLast(directory)
	if w.isExcluded(full) {
		return
	}
	if slices.Contains(place.indexes, 0) && place.at(0).Plain() {
		switch place.at(0).Text {
		case "":
			w.later("/", place.child(1))
			return
		case "..":
			w.later("../", place.child(1))
			return
		case ".":
			w.later(".", place.child(1))
			return
		}
	}
	switch end := place.at(-1); {
	case isLast && end.Plain():
		at := join(full, end.Text)
		if e := w.stat(at); e != nil && (end.Text != "" || directory) {
			w.add(join(p, end.Text), e)
		}
		if len(place.indexes) == 1 && place.indexes[0] == last {
			return
		}
	case isLast && end.GlobStar && (p != "." || place.at(0).Text == "." || last == 0 && e != nil):
		w.add(p, e)
	}
	if !directory {
		return
	}
	real := place.real
	if w.follow {
		if r, err := w.m.resolveLinks(full, w.cwd); err == nil {
			if slices.Contains(real, r) {
				return // a circle
			}
			real = append(slices.Clip(real), r)
		}
	}
	var children []*entry
	if only := place.at(place.indexes[0]); len(place.indexes) == 1 && only.Plain() && place.indexes[0] <= last {
		child := w.stat(join(full, only.Text))
		if child == nil {
			return
		}
		children = []*entry{{only.Text, child.parent, child.kind}}
	} else {
		children = w.readdir(full)
	}
	for _, child := range children {
		w.compare(p, full, place, child, isLast, real)
	}
}

func (w *globWalk) linkCounts(full string, place *globPlace) bool {
	if w.follow {
		return w.leadsToDirectory(full)
	}
	return slices.ContainsFunc(place.indexes, func(i int) bool { return !slices.Contains(place.symlinks, i) })
}

func addIndex(list *[]int, i int) {
	if !slices.Contains(*list, i) {
		*list = append(*list, i)
	}
}

// compare finds out what an entry of a directory is to the pattern.
func (w *globWalk) compare(dir, full string, place *globPlace, e *entry, isLast bool, real []string) {
	p, at := join(dir, e.name), join(full, e.name)
	w.stats[at] = e
	link := e.kind == direntLink
	directory := e.kind == direntDir || w.follow && link && w.leadsToDirectory(at)
	last := place.last()
	var next, links []int
	for _, index := range place.indexes {
		current := place.at(index)
		through := !w.follow && slices.Contains(place.symlinks, index)
		matchesNext := place.test(index+1, e.name)
		switch {
		case current.GlobStar:
			after := index + 1
			for place.at(after).GlobStar {
				after++
			}
			if e.name[0] == '.' && !place.test(after, e.name) {
				continue
			}
			if w.refused(func() goja.Value {
				if w.types {
					return w.m.direntValue(*e, "", nil)
				}
				return w.m.vm.ToValue(display(e.name))
			}) {
				continue
			}
			if !through && directory {
				addIndex(&next, index)
			} else if !through && index == last {
				w.add(p, e)
			}
			if matchesNext && index+1 == last && !isLast {
				w.add(p, e)
			} else if matchesNext && directory {
				addIndex(&next, index+2)
			}
			if (matchesNext || place.at(0).Text == ".") && (directory || link) && !through {
				addIndex(&next, index+1)
			}
			if !w.follow && link {
				addIndex(&links, index)
			}
			if place.at(index+1).Text == ".." && directory {
				w.parents(dir, full, place, index+1)
			}
		case current.Plain():
			if index < last && place.test(index, e.name) {
				addIndex(&next, index+1)
			} else if current.Text == "." && matchesNext {
				if index+1 == last {
					w.add(p, e)
				} else {
					addIndex(&next, index+2)
				}
			}
		case place.test(index, e.name):
			if index == last {
				w.add(p, e)
			} else if directory {
				addIndex(&next, index+1)
			}
		}
	}
	if len(next) > 0 {
		w.later(p, &globPlace{pattern: place.pattern, indexes: next, symlinks: links, real: real})
	}
}

// parents takes up "**/..": a directory and the one above it.
func (w *globWalk) parents(dir, full string, place *globPlace, index int) {
	above := path.Join(dir, "..")
	if index < place.last() {
		for _, p := range []string{dir, above} {
			if w.pending[p] == nil && !w.has(p, place, index+1) {
				w.put(p, place.child(index+1))
			}
		}
		return
	}
	if !w.has(dir, place, index) {
		w.known(dir, place.child(index))
		w.add(dir, w.stat(full))
	}
	if !w.has(above, place, index) {
		w.known(above, place.child(index))
		w.add(above, w.stat(path.Join(w.root, above)))
	}
}

// value makes the array of what was found.
func (w *globWalk) value() goja.Value {
	items := make([]any, len(w.results))
	for i, p := range w.results {
		if !w.types {
			items[i] = w.m.vm.ToValue(display(p))
		} else if e := w.entries[i]; e != nil {
			items[i] = w.m.direntValue(*e, "", nil)
		} else {
			items[i] = goja.Null()
		}
	}
	return w.m.vm.NewArray(items...)
}

// globJob looks for files elsewhere, or, where a function of the script's is to be asked, here.
func (m *module) globJob(pattern, options goja.Value) *job {
	w := m.newGlob(pattern, options)
	w.absolute = true
	value := func(any) goja.Value { return w.value() }
	if w.exclude != nil {
		refused := m.vm.Try(w.walk)
		return &job{value: value, work: func() (any, error) {
			if refused != nil {
				return nil, &thrown{refused.Value}
			}
			return nil, nil
		}}
	}
	return &job{value: value, work: func() (any, error) {
		w.walk()
		return nil, nil
	}}
}

// defineGlob makes fs.glob and fs.globSync.
func (m *module) defineGlob() {
	m.rt.SetFunc(m.exports, "glob", 3, func(call goja.FunctionCall) goja.Value {
		options, done := call.Argument(1), call.Argument(2)
		if _, ok := goja.AssertFunction(options); ok {
			options, done = goja.Undefined(), options
		}
		fn := m.rt.ValidateFunction(done, "cb")
		m.call(m.globJob(call.Argument(0), options), fn)
		return goja.Undefined()
	})
	m.rt.SetFunc(m.exports, "globSync", 2, func(call goja.FunctionCall) goja.Value {
		w := m.newGlob(call.Argument(0), call.Argument(1))
		w.walk()
		return w.value()
	})
}
