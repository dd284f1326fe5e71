package engine

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/coroutines"
)

// Coroutines is what async generators, for await and using run on.
func (e *Engine) Coroutines() *coroutines.Realm {
	if e.coroutines == nil {
		e.coroutines = coroutines.New(e)
	}
	return e.coroutines
}

// Coroutines is for package coroutines.
func (w world) Coroutines() *coroutines.Realm { return w.e.Coroutines() }

// AsyncGeneratorFunction is for package program: the constructor of such functions, nil if a function is none.
func (w world) AsyncGeneratorFunction(f *goja.Object) *goja.Object {
	if !coroutines.IsAsyncGenerator(f) {
		return nil
	}
	return w.e.Coroutines().Constructor
}

// Suppressed is a SuppressedError of something that went wrong in disposing.
func (e *Engine) Suppressed(err, suppressed goja.Value) goja.Value {
	o, ex := e.vm.New(e.family(disposeScript).Get("SuppressedError"), err, suppressed, e.vm.ToValue("An error was suppressed during disposal"))
	if ex != nil {
		e.Rethrow(ex)
	}
	return o
}
