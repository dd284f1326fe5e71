package fast

import (
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
)

// Methods, and most getters, are found in what an object inherits from. An instruction remembers through which lists of names it came to
// the one that has its name: as long as an object has the same list at the same address, it has the same names. That is so for shapes; any other object that is
// passed through gets a list of its own, with a mark behind it as shapes have one (marked). In the last object the name is
// looked for in the slot where it was.

// path is how a name was found, or was not.
type path struct {
	through [longestPath]passed
	n       int              // how many of these
	found   unsafe.Pointer   // the type of the object that has the name; nil if none has
	slot    uint32           // where it lies in that one's map
	name    unistring.String // as it stands there, so that comparing it needs no look at its characters
}

// passed is an object that has not got the name. One that has no names, and no shape, has no list; nor has an array that has no names but length.
type passed struct {
	tab   unsafe.Pointer
	names *unistring.String
}

// paths are those that an instruction has met. They do not change; a new one makes another list.
type paths struct {
	list   [mostPaths]path
	n      int
	misses *atomic.Int32
}

const longestPath, mostPaths, mostMisses = 4, 4, 64

func (p *passed) is(self *layout.Words) bool {
	if self.Tab != p.tab {
		return false
	}
	names := (*layout.BaseObject)(self.Data).PropNames
	if p.names == nil {
		return len(names) == 0 || len(names) == 1 && p.tab == arrayTab
	}
	return unsafe.SliceData(names) == p.names
}

// follow gives the object, or nil, that comes behind all that the path leads through. It is false if it leads elsewhere.
func (p *path) follow(at *goja.Object) (*goja.Object, bool) {
	for d := range p.n {
		if at == nil {
			return nil, false
		}
		self := layout.SelfOf(at)
		if !p.through[d].is(self) {
			return nil, false
		}
		at = (*layout.BaseObject)(self.Data).Prototype
	}
	return at, true
}

// inherited gives the slot of the instruction's name where it lay for an object like this one, nil if that is not known.
func (o *op) inherited(object *goja.Object) *shapes.Slot {
	known := (*paths)(atomic.LoadPointer(&o.paths))
	if known == nil {
		return nil
	}
	for i := range known.n {
		p := &known.list[i]
		at, ok := p.follow(object)
		if !ok || at == nil {
			continue
		}
		if self := layout.SelfOf(at); self.Tab == p.found {
			if s := shapes.SlotAt((*layout.BaseObject)(self.Data).Values, p.slot, p.name); s != nil {
				return s
			}
		}
	}
	return nil
}

// lacking tells whether an object that is inherited from, and all that it inherits from, are known not to have the instruction's name.
func (o *op) lacking(object *goja.Object) bool {
	known := (*paths)(atomic.LoadPointer(&o.paths))
	if known == nil {
		return false
	}
	for i := range known.n {
		if p := &known.list[i]; p.found == nil {
			if at, ok := p.follow(object); ok && at == nil {
				return true
			}
		}
	}
	return false
}

// learnPath remembers how the instruction's name is found from an object on; or, for a store, that it is not. An instruction that has missed often
// is left alone, before anything is made.
func (o *op) learnPath(object *goja.Object, store bool) {
	o.learnPathOf(object, *(*unistring.String)(o.in.Data), store)
}

// none tells whether an object and all that it inherits from have no property of a name, which is the only one that the instruction is asked about.
func (o *op) none(object *goja.Object, name unistring.String) bool {
	if o.lacking(object) {
		return true
	}
	if !absent(object, name) {
		return false
	}
	o.learnPathOf(object, name, true)
	return true
}

func (o *op) learnPathOf(object *goja.Object, name unistring.String, store bool) {
	if !shaped {
		return
	}
	known := (*paths)(atomic.LoadPointer(&o.paths))
	if known != nil {
		if known.misses.Load() >= mostMisses {
			return
		}
		known.misses.Add(1)
	} else {
		known = &paths{misses: new(atomic.Int32)}
	}
	var p path
	if !p.find(object, name, store) {
		atomic.CompareAndSwapPointer(&o.paths, nil, unsafe.Pointer(known))
		return
	}
	next := &paths{n: min(known.n+1, mostPaths), misses: known.misses}
	next.list[0] = p
	copy(next.list[1:], known.list[:]) // where all are taken the oldest goes
	atomic.StorePointer(&o.paths, unsafe.Pointer(next))
}

func (p *path) find(object *goja.Object, name unistring.String, store bool) bool {
	*p = path{}
	for at := object; at != nil; p.n++ {
		self := layout.SelfOf(at)
		base := (*layout.BaseObject)(self.Data)
		templated := false
		switch {
		case self.Tab == baseTab:
		case self.Tab == arrayTab && p.n == 0 && !store:
			if name == "" || name[0] <= '9' || name == "length" || len(base.PropNames) > 1 {
				return false
			}
		case p.n == 0 && !store && name == "length" && kindOf(self).elements != nil:
			if len(base.PropNames) > 0 {
				return false
			}
		default:
			k := kindOf(self)
			if templated = k.templated; k.function() {
				if name == prototypeName {
					return false
				}
			} else if !k.mapped() && k.entries == unknownNative {
				return false
			}
		}
		if v, ok := base.Values[name]; ok && self.Tab != arrayTab {
			if store || v == nil {
				return false
			}
			p.found = self.Tab
			var found bool
			if p.slot, found = shapes.FindSlot(base.Values, name); found {
				if s := shapes.SlotAt(base.Values, p.slot, name); s != nil {
					p.name = s.Name
				}
			}
			return found
		}
		if templated && unmade(self, name) || p.n == longestPath {
			return false
		}
		t := passed{tab: self.Tab}
		if self.Tab != arrayTab {
			if t.names = names(self, templated); t.names == nil && templated {
				return false
			}
		}
		p.through[p.n] = t
		at = base.Prototype
	}
	return store
}

// names gives the address of an object's names, which stands for them from now on. It is nil for an object without names that has no shape.
func names(self *layout.Words, templated bool) *unistring.String {
	b := (*layout.BaseObject)(self.Data)
	if templated && b.PropNames == nil {
		b.PropNames = slices.Clone((*layout.TemplatedObject)(self.Data).Tmpl.PropNames) // as the engine does when it needs them
	}
	return shapes.Names(b)
}
