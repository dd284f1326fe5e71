package engine

import "github.com/dop251/goja"

// Emission is an event that Go code emits.
type Emission struct {
	This  *goja.Object
	Event string
	// Alone is that the event has one listener.
	Alone bool
	// Once is that it is not the event itself but the call of a listener that is for one event only.
	Once bool
	// Outer is what called the emission in turn, if nothing that stacks show is between them.
	Outer *Emission

	depth int // of the call stack
}

// Emitting says that an event is being emitted, until Emitted is called. Loop goroutine only.
func (e *Engine) Emitting(em Emission) {
	em.depth = e.machine().depth()
	e.emissions = append(e.emissions, em)
}

// Emitted ends the last Emitting.
func (e *Engine) Emitted() {
	last := len(e.emissions) - 1
	e.emissions[last] = Emission{}
	e.emissions = e.emissions[:last]
}

// emitted notes the emissions that have called the outermost frame so far, which are those above a depth of the call stack, and gives the rest.
func (t *Trace) emitted(list []Emission, depth int) []Emission {
	for len(list) > 0 && depth <= list[len(list)-1].depth {
		em := list[len(list)-1]
		list = list[:len(list)-1]
		if len(t.Frames) == 0 {
			continue
		}
		at := &t.Frames[len(t.Frames)-1].Emitted
		for *at != nil {
			at = &(*at).Outer
		}
		*at = &em
	}
	return list
}
