package coroutines

import (
	"sync"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// A Go function that captures variables points to its code, with the variables behind. What the engine's functions have captured tells which
// promise a job is about. Where they have it is found out with a runtime of its own, once, when the first error asks; a function that is not
// known then tells nothing.

// captured is how many words behind a function's code are looked at.
const captured = 4

// places are the words that have a pointer, by the code of the function.
type places map[uintptr]int

var closures struct {
	once sync.Once
	// jobs are the reactions of promises, made in several places of the engine's; settle is what resolves and rejects a promise.
	jobs, settle places
}

type words *[1 + captured]unsafe.Pointer

// note keeps where a function, of which there is the address, has a pointer.
func (p places) note(function, pointer unsafe.Pointer) {
	w := *(*words)(function)
	for i := 1; i < len(w); i++ {
		if w[i] == pointer {
			p[uintptr(w[0])] = i
		}
	}
}

// in gives the pointer that a function has, nil if it is not known.
func (p places) in(function unsafe.Pointer) unsafe.Pointer {
	if w := *(*words)(function); w != nil {
		if i := p[uintptr(w[0])]; i > 0 {
			return w[i]
		}
	}
	return nil
}

func findClosures() {
	closures.jobs, closures.settle = places{}, places{}
	facts := layout.Found()
	rt := goja.New()
	jobs := layout.At[[]func()](unsafe.Pointer(rt), facts.JobQueue)
	rt.Set("settles", func(call goja.FunctionCall) goja.Value {
		promise, _ := call.Argument(0).(*goja.Object)
		for _, v := range call.Arguments[1:] {
			if f, ok := v.(*goja.Object); ok && layout.SelfOf(f).Tab == facts.NativeFunc {
				closures.settle.note(unsafe.Pointer(&(*layout.NativeFuncObject)(layout.SelfOf(f).Data).F), layout.SelfOf(promise).Data)
			}
		}
		return goja.Undefined()
	})
	var added []*layout.PromiseReaction
	rt.Set("reacts", func(call goja.FunctionCall) goja.Value {
		promise, _ := call.Argument(0).(*goja.Object)
		fulfilled, rejected := &layout.PromiseReaction{}, &layout.PromiseReaction{Kind: 1}
		addReactions((*goja.Promise)(layout.SelfOf(promise).Data), fulfilled, rejected)
		added = append(added, fulfilled, rejected)
		return goja.Undefined()
	})
	rt.Set("look", func(goja.FunctionCall) goja.Value {
		for i := range *jobs {
			for _, r := range added {
				closures.jobs.note(unsafe.Pointer(&(*jobs)[i]), unsafe.Pointer(r))
			}
		}
		return goja.Undefined()
	})
	// The jobs wait until the script has ended.
	rt.RunString(`{
	let resolve, reject;
	const pending = new Promise((...both) => { [resolve, reject] = both });
	settles(pending, resolve, reject);
	reacts(pending); resolve(); reacts(pending);
	const failed = new Promise((...both) => { [, reject] = both });
	reacts(failed); reject(); reacts(failed);
	look();
}`)
}

// ReactionOf is the reaction of a promise that a job of the engine's queue runs, nil if it is another job.
func ReactionOf(job func()) *layout.PromiseReaction {
	closures.once.Do(findClosures)
	return (*layout.PromiseReaction)(closures.jobs.in(unsafe.Pointer(&job)))
}

// SettledBy is the promise that a function resolves or rejects, nil if it is no such function of the engine's.
func SettledBy(f func(goja.FunctionCall) goja.Value) *goja.Object {
	closures.once.Do(findClosures)
	if p := (*layout.PromiseObject)(closures.settle.in(unsafe.Pointer(&f))); p != nil {
		return p.Val
	}
	return nil
}
