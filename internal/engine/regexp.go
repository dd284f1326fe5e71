package engine

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/regexps"
)

// RegExps is what regular expressions are made and matched by.
func (e *Engine) RegExps() *regexps.Realm {
	if e.regexps == nil {
		defer guard.Shield(e.vm)()
		e.regexps = regexps.New(e)
		e.regexps.Install()
	}
	return e.regexps
}

// Describe writes a value as V8's messages do.
func (e *Engine) Describe(v goja.Value) string { return e.describeValue(v) }

// IteratorPrototype is Iterator.prototype as it was made.
func (e *Engine) IteratorPrototype() *goja.Object {
	return *e.iteratorPrototype()
}

// Expose has an object of the language's own, and its prototype, watched for changes.
func (e *Engine) Expose(o *goja.Object) { e.realm.Expose(o) }
