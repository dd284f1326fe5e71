package engine

import "github.com/dop251/goja"

// Intrinsic is one of the language's own global classes or objects as it was made, whatever scripts have put in its place.
func (e *Engine) Intrinsic(name string) *goja.Object {
	if e.realm != nil {
		if o, ok := e.realm.Global(name).(*goja.Object); ok {
			return o
		}
	}
	if o := e.plainIntrinsics[name]; o != nil {
		return o
	}
	o, ok := e.vm.Get(name).(*goja.Object)
	if !ok {
		panic(e.vm.NewTypeError("%s is not an object", name))
	}
	return o
}

// keepIntrinsics notes the classes and objects that Go code uses, where nothing watches over them.
func (e *Engine) keepIntrinsics() {
	e.plainIntrinsics = map[string]*goja.Object{}
	for _, name := range [...]string{"AggregateError", "Array", "BigInt", "Date", "Error", "EvalError", "Function", "JSON", "Map", "Object", "Promise",
		"RangeError", "ReferenceError", "Reflect", "RegExp", "Set", "String", "Symbol", "SyntaxError", "TypeError", "URIError", "Uint8Array", "WeakMap", "eval"} {
		e.plainIntrinsics[name], _ = e.vm.Get(name).(*goja.Object)
	}
}

// Member reads a property: methods of the language's own prototypes are as they were made. It is nil if there is none.
func (e *Engine) Member(o *goja.Object, name string) goja.Value {
	if e.realm != nil {
		return e.realm.Get(o, name)
	}
	return o.Get(name)
}

// MemberSymbol is Member of a symbol.
func (e *Engine) MemberSymbol(o *goja.Object, name *goja.Symbol) goja.Value {
	if e.realm != nil {
		return e.realm.GetSymbol(o, name)
	}
	return o.GetSymbol(name)
}

// ForOf calls f with each value of an iterable until it is false; the iterators of the language's own classes are as they were made.
func (e *Engine) ForOf(iterable goja.Value, f func(goja.Value) bool) {
	if e.realm != nil {
		e.realm.Iterate(iterable, f)
	} else {
		e.vm.ForOf(iterable, f)
	}
}

// Amend runs what adds to or changes the language's own objects for the host: what it makes counts as made by the language.
func (e *Engine) Amend(f func()) { e.realm.Amend(f) }
