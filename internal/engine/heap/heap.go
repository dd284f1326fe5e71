// Package heap writes what scripts hold, object by object, as Chrome's developer tools read it: a .heapsnapshot. It reads the engine's
// structures and runs no script. Goroutine of the runtime.
package heap

import (
	"strings"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// The types of nodes and edges, as the format numbers them.
const (
	nodeString    = 2
	nodeObject    = 3
	nodeClosure   = 5
	nodeRegExp    = 6
	nodeNative    = 8
	nodeSynthetic = 9
	nodeSymbol    = 12
	nodeBigInt    = 13

	edgeContext  = 0
	edgeElement  = 1
	edgeProperty = 2
	edgeInternal = 3
)

// node is something in memory; its sizes are those of Go's structures, as far as they are known.
type node struct {
	kind  int
	name  string
	id    uint64
	size  int
	edges []edge
}

type edge struct {
	kind  int
	name  string
	index int // of an element
	to    int
}

// Root is where to begin: what is known by name, and whatever its kind.
type Root struct {
	Name  string
	Value goja.Value
}

// Graph is what is reachable from roots.
type Graph struct {
	facts   *layout.Facts
	nodes   []node
	known   map[unsafe.Pointer]int
	queue   []func()                // what the nodes hold that have been found
	classes map[*goja.Object]string // by prototype

	objects  []*goja.Object
	private  []private
	declared map[*layout.PrivateEnvType]bool // the private names of classes
}

// Walk makes a graph of what a runtime's scripts can reach: from its global object, from what runs, and from roots.
func Walk(rt *goja.Runtime, roots []Root) *Graph {
	g := &Graph{facts: layout.Found(), known: map[unsafe.Pointer]int{}, classes: map[*goja.Object]string{}, declared: map[*layout.PrivateEnvType]bool{}}
	top := g.synthetic("")
	held := g.synthetic("(GC roots)")
	global := rt.GlobalObject()
	g.edge(top, edge{kind: edgeElement, index: 1, to: g.object(global)})
	g.edge(top, edge{kind: edgeElement, index: 2, to: held})
	stack := g.synthetic("(Stack roots)")
	g.edge(held, edge{kind: edgeElement, index: 1, to: stack})
	vm := g.facts.VMOf(rt)
	for i, v := range vm.Stack[:min(vm.SP, len(vm.Stack))] {
		g.to(stack, edge{kind: edgeElement, index: i}, v)
	}
	g.scope(stack, "context", vm.Stash)
	for i := range vm.CallStack {
		g.scope(stack, "context", vm.CallStack[i].Stash)
	}
	others := g.synthetic("(Modules)")
	g.edge(held, edge{kind: edgeElement, index: 2, to: others})
	for _, r := range roots {
		g.to(others, edge{kind: edgeProperty, name: r.Name}, r.Value)
	}
	for len(g.queue) > 0 || len(g.private) > 0 {
		if len(g.queue) == 0 {
			g.fields()
		}
		next := g.queue
		g.queue = nil
		for _, f := range next {
			f()
		}
	}
	return g
}

// Inheriting are the objects of the graph that have proto in their chain of prototypes.
func (g *Graph) Inheriting(proto *goja.Object) (list []*goja.Object) {
	for _, o := range g.objects {
		for at := layout.BaseOf(o).Prototype; at != nil; at = layout.BaseOf(at).Prototype {
			if at == proto {
				list = append(list, o)
				break
			}
			if foreign(layout.SelfType(at).String()) {
				break
			}
		}
	}
	return list
}

func (g *Graph) synthetic(name string) int {
	g.nodes = append(g.nodes, node{kind: nodeSynthetic, name: name, id: uint64(len(g.nodes))*2 + 1})
	return len(g.nodes) - 1
}

func (g *Graph) edge(from int, e edge) { g.nodes[from].edges = append(g.nodes[from].edges, e) }

// add gives the node of what lies at an address, which is new unless ok.
func (g *Graph) add(at unsafe.Pointer, n node) (i int, ok bool) {
	if i, ok = g.known[at]; ok {
		return i, true
	}
	n.id = uint64(uintptr(at))/8*2 + 1
	g.nodes = append(g.nodes, n)
	g.known[at] = len(g.nodes) - 1
	return len(g.nodes) - 1, false
}

// to adds an edge to a value, if that is something in memory.
func (g *Graph) to(from int, e edge, v goja.Value) {
	if v == nil {
		return
	}
	w := layout.WordsOf(v)
	switch v := v.(type) {
	case *goja.Object:
		e.to = g.object(v)
	case *goja.Symbol:
		e.to, _ = g.add(unsafe.Pointer(v), node{kind: nodeSymbol, name: v.String(), size: int(unsafe.Sizeof(*v))})
	case goja.String:
		n := v.Length()
		if n == 0 || w.Data == nil {
			return
		}
		text := v
		if n > maxName {
			text = v.Substring(0, maxName)
		}
		e.to, _ = g.add(w.Data, node{kind: nodeString, name: text.String(), size: 16 + n})
	default:
		if !goja.IsBigInt(v) {
			return
		}
		e.to, _ = g.add(w.Data, node{kind: nodeBigInt, name: "bigint", size: 32})
	}
	g.edge(from, e)
}

// maxName is how much of a string is written.
const maxName = 1000

// scope adds an edge to the variables that a function sees.
func (g *Graph) scope(from int, name string, s *layout.Stash) {
	if s == nil {
		return
	}
	n, ok := g.add(unsafe.Pointer(s), node{kind: nodeObject, name: "system / Context", size: int(unsafe.Sizeof(*s)) + 16*len(s.Values)})
	g.edge(from, edge{kind: edgeInternal, name: name, to: n})
	if ok {
		return
	}
	g.queue = append(g.queue, func() {
		named := map[*goja.Value]string{}
		for _, name := range program.Variables(s) {
			if v, _ := program.Variable(s, name); v != nil {
				named[v] = name.String()
			}
		}
		for i := range s.Values {
			if name, ok := named[&s.Values[i]]; ok {
				g.to(n, edge{kind: edgeContext, name: name}, s.Values[i])
			} else {
				g.to(n, edge{kind: edgeInternal, name: itoa(i)}, s.Values[i])
			}
		}
		for i, v := range s.ExtraArgs {
			g.to(n, edge{kind: edgeElement, index: i}, v)
		}
		if s.Obj != nil {
			g.to(n, edge{kind: edgeInternal, name: "extension"}, s.Obj)
		}
		g.scope(n, "previous", s.Outer)
	})
}

// foreign are the engine's objects that begin with no BaseObject.
func foreign(goType string) bool {
	switch goType {
	case "*goja.dynamicObject", "*goja.dynamicArray":
		return true
	}
	return !strings.HasPrefix(goType, "*goja.")
}

func (g *Graph) object(o *goja.Object) int {
	goType := layout.SelfType(o).String()
	n, ok := g.add(unsafe.Pointer(o), node{kind: nodeObject, name: "Object", size: int(unsafe.Sizeof(layout.Object{}))})
	if ok {
		return n
	}
	if foreign(goType) {
		g.nodes[n].kind, g.nodes[n].name = nodeNative, strings.TrimPrefix(goType, "*goja.")
		return n
	}
	g.objects = append(g.objects, o)
	base := layout.BaseOf(o)
	g.nodes[n].name = g.class(o, base)
	g.nodes[n].size += int(unsafe.Sizeof(*base)) + len(base.PropNames)*48
	g.queue = append(g.queue, func() { g.properties(n, base); g.inside(n, o, goType) })
	return n
}

// class is the name of an object's constructor, as far as that is plain data.
func (g *Graph) class(o *goja.Object, base *layout.BaseObject) string {
	if base.Class == "Function" {
		return nameOf(base)
	}
	proto := base.Prototype
	name, ok := g.classes[proto]
	if !ok {
		name = base.Class
		for at := proto; at != nil && !foreign(layout.SelfType(at).String()); at = layout.BaseOf(at).Prototype {
			c, _ := layout.Held(layout.BaseOf(at).Values["constructor"]).(*goja.Object)
			if c != nil && !foreign(layout.SelfType(c).String()) {
				if own := nameOf(layout.BaseOf(c)); own != "" {
					name = own
					break
				}
			}
		}
		g.classes[proto] = name
	}
	return name
}

func nameOf(base *layout.BaseObject) string {
	if s, ok := layout.Held(base.Values["name"]).(goja.String); ok {
		return s.String()
	}
	return ""
}

func (g *Graph) properties(n int, base *layout.BaseObject) {
	if base.Prototype != nil {
		g.to(n, edge{kind: edgeProperty, name: "__proto__"}, base.Prototype)
	}
	for _, name := range base.PropNames {
		g.property(n, name.String(), base.Values[name])
	}
	if base.SymValues != nil {
		for e := (*layout.OrderedMap)(base.SymValues).IterFirst; e != nil; e = e.IterNext {
			if e.Key != nil {
				g.property(n, e.Key.String(), e.Value)
			}
		}
	}
	if len(base.PrivateElements) > 0 {
		g.private = append(g.private, private{n, base})
	}
}

// fields adds what objects have in private fields of the classes that have been found. Values of WeakMaps lie there, too.
func (g *Graph) fields() {
	list := g.private
	g.private = nil
	for _, o := range list {
		for class, p := range o.base.PrivateElements {
			if p == nil || !g.declared[class] {
				continue
			}
			for i, v := range p.Fields {
				g.to(o.node, edge{kind: edgeInternal, name: "private " + itoa(i)}, v)
			}
		}
	}
}

// private is an object with private fields, or values of WeakMaps.
type private struct {
	node int
	base *layout.BaseObject
}

func (g *Graph) property(n int, name string, v goja.Value) {
	if p, ok := layout.PropertyOf(v); ok && p.Accessor {
		if p.GetterFunc != nil {
			g.to(n, edge{kind: edgeProperty, name: "get " + name}, p.GetterFunc)
		}
		if p.SetterFunc != nil {
			g.to(n, edge{kind: edgeProperty, name: "set " + name}, p.SetterFunc)
		}
		return
	}
	g.to(n, edge{kind: edgeProperty, name: name}, layout.Held(v))
}

// inside adds what an object of the language's own kinds holds besides its properties.
func (g *Graph) inside(n int, o *goja.Object, goType string) {
	self := layout.SelfOf(o).Data
	switch goType {
	case "*goja.arrayObject":
		a := (*layout.ArrayObject)(self)
		g.nodes[n].size += 16 * len(a.Values)
		for i, v := range a.Values {
			g.to(n, edge{kind: edgeElement, index: i}, layout.Held(v))
		}
	case "*goja.funcObject", "*goja.methodFuncObject", "*goja.arrowFuncObject", "*goja.classFuncObject", "*goja.asyncFuncObject", "*goja.asyncMethodFuncObject",
		"*goja.asyncArrowFuncObject", "*goja.generatorFuncObject", "*goja.generatorMethodFuncObject":
		g.nodes[n].kind = nodeClosure
		if goType == "*goja.classFuncObject" {
			g.declared[(*layout.ClassFuncObject)(self).PrivateEnvType] = true
		}
		g.scope(n, "context", (*layout.BaseJsFuncObject)(self).Stash)
	case "*goja.nativeFuncObject", "*goja.boundFuncObject", "*goja.templatedFuncObject", "*goja.wrappedFuncObject":
		g.nodes[n].kind = nodeClosure
	case "*goja.regexpObject":
		g.nodes[n].kind = nodeRegExp
	case "*goja.mapObject", "*goja.setObject":
		m := (*layout.MapObject)(self).M
		g.nodes[n].size += m.Size * int(unsafe.Sizeof(layout.MapEntry{}))
		i := 0
		for e := m.IterFirst; e != nil; e = e.IterNext {
			if e.Key == nil {
				continue
			}
			g.to(n, edge{kind: edgeInternal, name: "key " + itoa(i)}, e.Key)
			g.to(n, edge{kind: edgeInternal, name: "value " + itoa(i)}, e.Value)
			i++
		}
	case "*goja.arrayBufferObject":
		if data := (*layout.ArrayBufferObject)(self).Data; len(data) > 0 {
			to, _ := g.add(unsafe.Pointer(unsafe.SliceData(data)), node{kind: nodeNative, name: "system / JSArrayBufferData", size: cap(data)})
			g.edge(n, edge{kind: edgeInternal, name: "backing_store", to: to})
		}
	case "*goja.typedArrayObject":
		if b := (*layout.TypedArrayObject)(self).ViewedArrayBuf; b != nil && b.Val != nil {
			g.to(n, edge{kind: edgeInternal, name: "buffer"}, b.Val)
		}
	case "*goja.proxyObject":
		if t := (*layout.ProxyObject)(self).Target; t != nil {
			g.to(n, edge{kind: edgeInternal, name: "target"}, t)
		}
	case "*goja.Promise":
		p := (*layout.PromiseObject)(self)
		g.to(n, edge{kind: edgeInternal, name: "result"}, p.Result)
		for _, r := range p.FulfillReactions {
			if a := r.AsyncRunner; a != nil {
				g.to(n, edge{kind: edgeInternal, name: "reaction"}, a.F)
				g.suspended(n, &a.Gen.Suspended)
			}
		}
	case "*goja.generatorObject":
		g.suspended(n, &(*layout.GeneratorObject)(self).Gen.Suspended)
	}
}

// suspended adds what a function holds that waits.
func (g *Graph) suspended(n int, s *layout.Suspended) {
	for i, v := range s.Stack {
		g.to(n, edge{kind: edgeInternal, name: "stack " + itoa(i)}, v)
	}
	g.scope(n, "context", s.Stash)
}
