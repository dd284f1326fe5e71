package engine

import (
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"

	"gonode/internal/engine/jsonvalue"
)

// gaps are what V8's library has and the engine's lacks or does otherwise. Filling them all would cost a tenth of a
// small script's start-up: each is filled before the first script runs whose text has the word.
var gaps = [...]struct {
	word string
	fill func(*Engine)
}{
	{"WeakRef", lazyGlobal("WeakRef", (*Engine).newWeakRefClass)},
	{"FinalizationRegistry", lazyGlobal("FinalizationRegistry", (*Engine).newFinalizationRegistryClass)},
	{"SharedArrayBuffer", lazyGlobal("SharedArrayBuffer", (*Engine).newSharedArrayBufferClass)},
	{"Atomics", lazyGlobal("Atomics", (*Engine).newAtomics)},
	{"Intl", lazyGlobal("Intl", (*Engine).newIntl)},
	{"JSON", lazyGlobal("JSON", (*Engine).newJSON)},
	{"RegExp", (*Engine).watchRegExp},
	{"toLocale", (*Engine).localizeNumbers},
	{"Date", (*Engine).localizeDates},
	{"toLocaleString", (*Engine).localizeDates},
	{"ellFormed", (*Engine).addWellFormed},
	{"etter__", (*Engine).addLegacyAccessors},
	{"etYear", (*Engine).addLegacyDates},
	{"toGMTString", (*Engine).addLegacyDates},
	{"RegExp.$", (*Engine).addLastMatch},
	{"RegExp.l", (*Engine).addLastMatch},
	{"RegExp.rightContext", (*Engine).addLastMatch},
	{"RegExp.input", (*Engine).addLastMatch},
}

func lazyGlobal(name string, value func(*Engine) goja.Value) func(*Engine) {
	return func(e *Engine) {
		e.DefineLazy(e.vm.GlobalObject(), name, false, func() goja.Value { return value(e) })
	}
}

// FillGaps fills those that a script's text touches.
func (e *Engine) FillGaps(script string) {
	for i := range gaps {
		if e.filled&(1<<i) == 0 && strings.Contains(script, gaps[i].word) {
			e.filled |= 1 << i
			gaps[i].fill(e)
		}
	}
}

// addLegacyAccessors adds __defineGetter__ and its kin to Object.prototype.
func (e *Engine) addLegacyAccessors() {
	proto := e.ObjectPrototype()
	e.SetMethod(proto, "__defineGetter__", 2, e.legacyDefine("get"))
	e.SetMethod(proto, "__defineSetter__", 2, e.legacyDefine("set"))
	e.SetMethod(proto, "__lookupGetter__", 1, e.legacyLookup("get"))
	e.SetMethod(proto, "__lookupSetter__", 1, e.legacyLookup("set"))
}

// addWellFormed adds isWellFormed and toWellFormed to String.prototype.
func (e *Engine) addWellFormed() {
	proto := e.vm.Get("String").(*goja.Object).Get("prototype").(*goja.Object)
	e.SetMethod(proto, "isWellFormed", 0, func(call goja.FunctionCall) goja.Value {
		_, well := wellFormed(call.This)
		return e.vm.ToValue(well)
	})
	e.SetMethod(proto, "toWellFormed", 0, func(call goja.FunctionCall) goja.Value {
		units, well := wellFormed(call.This)
		if well {
			return call.This.ToString()
		}
		return goja.StringFromUTF16(units)
	})
}

// initSymbols defines the well-known symbols that classes are given when they are made.
func (e *Engine) initSymbols() {
	symbol := e.vm.Get("Symbol").(*goja.Object)
	for _, s := range [...]struct{ name, description string }{{"asyncIterator", "Symbol.asyncIterator"},
		{"dispose", "nodejs.dispose"}, {"asyncDispose", "nodejs.asyncDispose"}} {
		if symbol.Get(s.name) == nil {
			symbol.DefineDataProperty(s.name, goja.NewSymbol(s.description), flagFalse, flagFalse, flagFalse)
		}
	}
}

// JSON is the codec behind JSON.parse and JSON.stringify.
func (e *Engine) JSON() *jsonvalue.Codec {
	if e.json == nil {
		e.json = jsonvalue.New(e.vm)
	}
	return e.json
}

// newJSON is the global JSON, with V8's messages and order of keys.
func (e *Engine) newJSON() goja.Value {
	o := e.vm.NewObject()
	codec := e.JSON()
	e.SetMethod(o, "parse", 2, func(call goja.FunctionCall) goja.Value {
		return codec.ParseValue(call.Argument(0), call.Argument(1))
	})
	e.SetMethod(o, "stringify", 3, func(call goja.FunctionCall) goja.Value {
		return codec.Stringify(call.Argument(0), call.Argument(1), call.Argument(2))
	})
	o.DefineDataPropertySymbol(goja.SymToStringTag, e.vm.ToValue("JSON"), flagFalse, flagTrue, flagFalse)
	return o
}

// watchRegExp makes new RegExp understand unicode property escapes, as source.Compile does for literals.
func (e *Engine) watchRegExp() {
	native := nativeOf(e.vm.Get("RegExp"))
	if native == nil {
		return
	}
	makeCalled, makeNew := native.F, native.Construct
	expand := func(args []goja.Value) []goja.Value {
		if len(args) < 2 || !goja.IsString(args[0]) || !goja.IsString(args[1]) || !strings.Contains(args[1].String(), "u") {
			return args
		}
		pattern := args[0].String()
		expanded := e.hooks.ExpandPattern(pattern)
		if expanded == pattern {
			return args
		}
		return []goja.Value{e.vm.ToValue(expanded), args[1]}
	}
	native.F = func(c goja.FunctionCall) goja.Value {
		c.Arguments = expand(c.Arguments)
		return makeCalled(c)
	}
	native.Construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object { return makeNew(expand(args), newTarget) }
}

// legacyDefine is __defineGetter__ and __defineSetter__.
func (e *Engine) legacyDefine(kind string) Native {
	return func(call goja.FunctionCall) goja.Value {
		fn := call.Argument(1)
		if _, ok := goja.AssertFunction(fn); !ok {
			e.Throw(e.vm.NewTypeError("Object.prototype.__define%ster__: Expecting function", strings.ToUpper(kind[:1])+kind[1:2]))
		}
		d := e.vm.NewObject()
		d.Set(kind, fn)
		d.Set("enumerable", true)
		d.Set("configurable", true)
		e.CallMethod(e.vm.Get("Object").(*goja.Object), "defineProperty", call.This.ToObject(e.vm), call.Argument(0), d)
		return goja.Undefined()
	}
}

// legacyLookup is __lookupGetter__ and __lookupSetter__.
func (e *Engine) legacyLookup(kind string) Native {
	return func(call goja.FunctionCall) goja.Value {
		class := e.vm.Get("Object").(*goja.Object)
		for o := call.This.ToObject(e.vm); o != nil; o = o.Prototype() {
			if d, ok := e.CallMethod(class, "getOwnPropertyDescriptor", o, call.Argument(0)).(*goja.Object); ok {
				if f := d.Get(kind); f != nil {
					return f
				}
				break
			}
		}
		return goja.Undefined()
	}
}

// wellFormed gives a string's units with lone surrogates replaced, and whether there were none.
func wellFormed(v goja.Value) (units []uint16, well bool) {
	s, ok := v.ToString().(goja.String)
	if !ok {
		return nil, true
	}
	well = true
	units = make([]uint16, s.Length())
	for i := range units {
		units[i] = s.CharAt(i)
	}
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if !utf16.IsSurrogate(r) {
			continue
		}
		if i+1 < len(units) && utf16.DecodeRune(r, rune(units[i+1])) != 0xfffd {
			i++
			continue
		}
		units[i], well = 0xfffd, false
	}
	return units, well
}
