package engine

import "github.com/dop251/goja"

// Intrinsic is one of the language's own global classes or objects as it was made, whatever scripts have put in its place.
func (e *Engine) Intrinsic(name string) *goja.Object {
	if o, ok := e.realm.Global(name).(*goja.Object); ok {
		return o
	}
	panic(e.vm.NewTypeError("%s is not an object", name))
}

// Member reads a property: methods of the language's own prototypes are as they were made. It is nil if there is none.
func (e *Engine) Member(o *goja.Object, name string) goja.Value {
	return e.realm.Get(o, name)
}

// MemberSymbol is Member of a symbol.
func (e *Engine) MemberSymbol(o *goja.Object, name *goja.Symbol) goja.Value {
	return e.realm.GetSymbol(o, name)
}

// ForOf calls f with each value of an iterable until it is false; the iterators of the language's own classes are as they were made.
func (e *Engine) ForOf(iterable goja.Value, f func(goja.Value) bool) {
	e.realm.Iterate(iterable, f)
}

// Amend runs what adds to or changes the language's own objects for the host: what it makes counts as made by the language.
func (e *Engine) Amend(f func()) { e.realm.Amend(f) }
