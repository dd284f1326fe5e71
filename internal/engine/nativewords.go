package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// nativeCall is the call of a function of the library that throws.
type nativeCall struct {
	fn   *goja.Object
	name string // as scripts have it: "get size" of a getter
	this goja.Value
	args []goja.Value
	made bool // by new
}

func (c *nativeCall) argument(i int) goja.Value {
	if i < len(c.args) && c.args[i] != nil {
		return c.args[i]
	}
	return goja.Undefined()
}

// native is the call that runs; fn is nil if there is none.
func (e *Engine) native() (c nativeCall) {
	m := e.machine()
	sb, sp := m.SB, min(m.SP, len(m.Stack))
	switch {
	case m.Prg == nil:
		if sb < 1 || sb > sp {
			return c
		}
		c.fn, _ = m.Stack[sb-1].(*goja.Object)
		c.args = m.Stack[sb:sp]
		if sb > 1 {
			c.this = m.Stack[sb-2]
		}
	default:
		kind, operand := e.instruction()
		if i := sp - 1 - int(uintOf(operand)); kind == "_new" && i >= 0 {
			c.fn, _ = m.Stack[i].(*goja.Object)
			c.args, c.made = m.Stack[i+1:sp], true
		}
		if c.fn != nil && !IsNative(c.fn) {
			c.fn = nil
		}
	}
	for c.fn != nil {
		c.name = ownName(c.fn)
		inner, ok := c.this.(*goja.Object)
		if inner != nil && inner == e.realm.Global("Reflect") && (c.name == "apply" || c.name == "construct") {
			fn, isObject := c.argument(0).(*goja.Object)
			list, hasList := c.argument(len(c.args) - 1).(*goja.Object)
			if c.name == "apply" {
				list, hasList = c.argument(2).(*goja.Object)
			} else {
				list, hasList = c.argument(1).(*goja.Object)
			}
			if !isObject || !hasList || !IsNative(fn) {
				break
			}
			values, _ := e.Elements(list)
			c.fn, c.args, c.made, c.this = fn, values, c.name == "construct", c.argument(1)
			continue
		}
		if c.name != "call" && c.name != "apply" || !ok || !IsNative(inner) {
			break
		}
		// Function.prototype.call calls a function of the library without a frame of its own.
		args := c.args[min(1, len(c.args)):]
		if list, ok := c.argument(1).(*goja.Object); ok && c.name == "apply" {
			args, _ = e.Elements(list)
		}
		c.fn, c.this, c.args = inner, c.argument(0), args
	}
	return c
}

// owner is the class whose prototype, or which itself, has a function: "Map", "Array Iterator"; "" if it is none of the language's.
func (e *Engine) owner(c *nativeCall) (class string, static bool) {
	name, getter := strings.CutPrefix(c.name, "get ")
	has := func(o *goja.Object) bool {
		d := e.ownDescriptor(o, name)
		if d == nil {
			return false
		}
		if getter {
			return d.Get("get") == goja.Value(c.fn)
		}
		return d.Get("value") == goja.Value(c.fn)
	}
	for _, class := range [...]string{"Array", "String", "Object", "Function", "Map", "Set", "WeakMap", "WeakSet", "Promise", "RegExp", "Date", "Number",
		"Boolean", "Symbol", "BigInt", "ArrayBuffer", "SharedArrayBuffer", "DataView", "Error", "WeakRef", "FinalizationRegistry", "Iterator"} {
		o := e.Intrinsic(class)
		if has(o) {
			return class, true
		}
		if proto, ok := o.Get("prototype").(*goja.Object); ok && has(proto) {
			return class, false
		}
	}
	if typed := e.Intrinsic("Uint8Array").Prototype(); has(typed) {
		return "%TypedArray%", true
	} else if has(typed.Get("prototype").(*goja.Object)) {
		return "%TypedArray%", false
	}
	return "", false
}

// nativeWords says in V8's words what a function of the library has to say.
func (e *Engine) nativeWords(was string) string {
	c := e.native()
	if c.fn == nil {
		return ""
	}
	_, value, _ := strings.Cut(was, ": ")
	class, static := e.owner(&c)
	full := class + ".prototype." + strings.TrimPrefix(c.name, "get ")
	if static {
		full = class + "." + c.name
	}
	get := ""
	if strings.HasPrefix(c.name, "get ") {
		get = "get "
	}
	nullish := nullish(c.this)
	switch {
	case class == "%TypedArray%" && !static && get == "" && kindOfValue(c.this) != TypedArray &&
		(strings.Contains(was, " called on incompatible receiver") || strings.HasSuffix(was, " is not a valid TypedArray") || !IsObject(c.this)):
		switch c.name {
		case "sort", "toSorted":
			if a := c.argument(0); !callable(a) && !goja.IsUndefined(a) {
				return "The comparison function must be either a function or undefined: " + e.receiver(a)
			}
		}
		switch c.name {
		case "at", "join", "toString", "slice", "sort", "subarray", "toLocaleString", "toReversed", "toSorted":
			return "Method " + strings.Replace(full, "toString", "join", 1) + " called on incompatible receiver " + e.receiver(c.this)
		}
		return "this is not a typed array."
	case class == "%TypedArray%" && get != "" && kindOfValue(c.this) != TypedArray:
		if c.name != "get buffer" {
			full = strings.ReplaceAll(full, "%", "")
		}
		return "Method " + get + full + " called on incompatible receiver " + e.receiver(c.this)
	case was == "Value is not object coercible" && c.name == "[Symbol.iterator]" && nullish:
		return "String.prototype[Symbol.iterator] called on null or undefined"
	case was == "Value is not object coercible" && c.name == "fromEntries":
		return "undefined is not iterable"
	case was == "Cannot convert undefined or null to object" && (c.name == "from" && class == "Array" || c.name == "AggregateError"):
		return e.uniterable(c.argument(0))
	case was == "Value is not a constructor" && c.name == "construct":
		return e.receiver(c.argument(0)) + " is not a constructor"
	case was == "" && class == "Array" && kindOfValue(c.this) == ArrayObject:
		return "Cannot assign to read only property '0' of object '[object Array]'"
	case strings.HasSuffix(was, " is not a function") && class == "Array" && c.name == "from":
		return e.typed(c.argument(1)) + " is not a function"
	case strings.HasSuffix(was, " is not a method") && class == "Array" && c.name == "from":
		return "%Array%.from requires that the property of the first argument, items[Symbol.iterator], when exists, be a function"
	case strings.HasPrefix(was, "requires that 'this' be a") && class != "":
		return full + " " + was
	case was == "Value is not a Symbol":
		return "Symbol.prototype." + strings.TrimPrefix(c.name, "get ") + " requires that 'this' be a Symbol"
	case class == "Set" && strings.HasSuffix(was, " is not a function") && len(c.args) > 0 && IsObject(c.args[0]) && c.name != "forEach":
		if has := e.inherited(c.args[0].(*goja.Object), "has"); !callable(has) {
			return `string "has" is not a function`
		}
		return `string "keys" is not a function`
	case was == "value is not an Object" && class == "Set":
		return full + " argument must be an object"
	case was == "size is NaN" && class == "Set":
		return "The .size property is NaN"
	case was == "Object does not have a valid 'has' method" && class == "Set":
		return `string "has" is not a function`
	case was == "Object does not have a valid 'keys' method" && class == "Set":
		return `string "keys" is not a function`
	case was == "Object is not a Set" || was == "Object is not a Map":
		return "Method " + full + " called on incompatible receiver " + e.receiver(c.this)
	case strings.HasPrefix(was, "Method [Generator].prototype.") && strings.HasSuffix(was, "called on incompatible receiver"):
		return was + " " + e.receiver(c.this)
	case strings.HasSuffix(was, "' on proxy: trap returned falsish") && strings.Contains(was, "defineProperty"):
		if words := e.namespaceWords(was); words != "" {
			return words
		}
		return was + " for property '" + e.keyWords(c.argument(1)) + "'"
	case class == "Date" && kindOfValue(c.this) != DateObject && (strings.HasPrefix(was, "Method Date.prototype.") || strings.HasSuffix(was, " is called on incompatible receiver")):
		if strings.HasPrefix(c.name, "get") && c.name != "getYear" || c.name == "valueOf" {
			return "this is not a Date object."
		}
		return "Method " + full + " called on incompatible receiver " + e.receiver(c.this)
	case strings.HasSuffix(was, " is not a function") && (class == "Array" || class == "%TypedArray%") && c.name != "map" && len(c.args) > 0 && !callable(c.args[0]):
		return e.typed(c.args[0]) + " is not a function"
	case was == "Value is not object coercible" && c.name == "setPrototypeOf":
		return "Object.setPrototypeOf called on null or undefined"
	case (was == "Value is not object coercible" || was == "Cannot convert undefined or null to object") && nullish && class != "" && !static:
		return calledOnNullish(class, full, c.name)
	case strings.HasPrefix(was, "Value is not a number") && class == "Number",
		strings.HasSuffix(was, " is called on incompatible receiver"):
		if class == "Date" {
			return "this is not a Date object."
		}
		if class != "" {
			return full + " requires that 'this' be a " + class
		}
	case strings.HasPrefix(was, "object is not a function") && c.name == "forEach":
		return e.typed(c.argument(0)) + " is not a function"
	case strings.Contains(was, " called on incompatible receiver "):
		i := strings.Index(was, " called on incompatible receiver ")
		method := strings.Replace(was[:i], "Method TypedArray", "Method %TypedArray%", 1)
		return method + " called on incompatible receiver " + e.receiver(c.this)
	case was == "Invalid array length" && c.name == "push" && class == "Array":
		length := 0.0
		if o, ok := c.this.(*goja.Object); ok {
			length = min(max(o.Get("length").ToFloat(), 0), 1<<53-1)
		}
		return fmt.Sprintf("Pushing %d elements on an array-like of length %.0f is disallowed, as the total surpasses 2**53-1", len(c.args), length)
	case strings.HasPrefix(was, "The comparison function must be"):
		return "The comparison function must be either a function or undefined: " + e.receiver(c.argument(0))
	case strings.HasPrefix(was, "[object ") && strings.HasSuffix(was, " is not extensible"):
		if o, ok := c.argument(0).(*goja.Object); ok {
			return e.receiver(o) + " is not extensible"
		}
	case strings.HasPrefix(was, "Invalid property descriptor. Cannot both"):
		for _, a := range c.args {
			if o, ok := a.(*goja.Object); ok && a != c.argument(0) {
				return was + ", " + e.receiver(o)
			}
		}
	case strings.HasPrefix(was, "Cannot convert Symbol"):
		if _, ok := c.argument(0).(*goja.Symbol); ok {
			return strings.Replace(was, "Symbol", e.receiver(c.argument(0)), 1)
		}
	case was == "Constructor Promise requires 'new'":
		return "Promise constructor cannot be invoked without 'new'"
	case was == "Constructor TypedArray requires 'new'":
		return "Constructor " + c.name + " requires 'new'"
	case was == "ArrayBuffer is detached":
		switch {
		case c.name == "next":
			return "Cannot perform Array Iterator.prototype.next on a detached ArrayBuffer"
		case kindOfValue(c.argument(0)) == TypedArray && (c.name == "from" || c.made && !strings.HasSuffix(c.name, "Array") && c.name != "DataView"):
			return iteratesDetached
		case c.made && c.name == "DataView":
			return "Cannot perform DataView constructor on a detached ArrayBuffer"
		case c.made:
			return "Cannot perform Construct on a detached ArrayBuffer"
		case class != "":
			return "Cannot perform " + full + " on a detached ArrayBuffer"
		}
	case strings.HasPrefix(was, "Value is not an object: "), strings.HasPrefix(was, "Object is not callable: "), strings.HasPrefix(was, "Value is not callable: "):
		return e.notObjectWords(&c, class, static, full, get, value)
	}
	return ""
}

// iteratesDetached is what is said of iterating over a typed array without memory.
const iteratesDetached = "Cannot perform %TypedArray%.prototype.values on a detached ArrayBuffer"

// notObjectWords words what should have been an object or a function.
func (e *Engine) notObjectWords(c *nativeCall, class string, static bool, full, get, value string) string {
	switch c.name {
	case "Map", "WeakMap", "Set", "WeakSet":
		if c.made && strings.HasSuffix(c.name, "Map") {
			return "Iterator value " + value + " is not an entry object"
		}
	case "fromEntries":
		return "Iterator value " + value + " is not an entry object"
	case "getPrototypeOf":
		if kindOfValue(c.argument(0)) == ProxyObject {
			return "'getPrototypeOf' on proxy: trap returned neither object nor null"
		}
	case "setPrototypeOf":
		if IsObject(c.argument(0)) {
			return "Object prototype may only be an Object or null: " + value
		}
	case "[Symbol.toPrimitive]":
		return "Method Date.prototype [ @@toPrimitive ] called on incompatible receiver " + e.receiver(c.this)
	case "defineProperty", "defineProperties", "create":
		for _, a := range c.args[min(1, len(c.args)):] {
			if d, ok := a.(*goja.Object); ok && KindOf(d) != ProxyObject {
				for _, accessor := range [...]struct{ key, word string }{{"get", "Getter"}, {"set", "Setter"}} {
					if v := e.OwnValue(d, accessor.key); v != nil && !callable(v) && !goja.IsUndefined(v) {
						return accessor.word + " must be a function: " + e.receiver(v)
					}
				}
			}
		}
	case "keys", "ownKeys", "getOwnPropertyNames", "getOwnPropertySymbols", "entries", "values", "assign":
		if o, ok := c.argument(0).(*goja.Object); ok && KindOf(o) == ProxyObject {
			return "CreateListFromArrayLike called on non-object"
		}
	}
	if class == "Function" && !static && !callable(c.this) {
		switch c.name {
		case "toString":
			return "Function.prototype.toString requires that 'this' be a Function"
		case "bind":
			return "Bind must be called on a function"
		case "apply", "call":
			return "Function.prototype." + c.name + " was called on " + e.receiver(c.this) + ", which is " + aTypeOf(c.this) + " and not a function"
		}
	}
	if class == "Function" && c.name == "apply" {
		return "CreateListFromArrayLike called on non-object"
	}
	if class == "Promise" {
		switch {
		case c.name == "reject" && IsObject(c.this), c.name == "resolve" && IsObject(c.this):
			return "Promise resolve or reject function is not callable"
		case c.name == "resolve" || c.name == "reject":
			return "PromiseResolve called on non-object"
		case static:
			return full + " called on non-object"
		case c.name == "finally" && !IsObject(c.this):
			return full + " called on non-object"
		case c.name == "catch":
			return "undefined is not a function"
		}
	}
	if o, ok := c.this.(*goja.Object); ok && o == e.realm.Global("Reflect") {
		switch c.name {
		case "construct":
			for _, i := range [...]int{0, 2} {
				if f, ok := c.argument(i).(*goja.Object); (i == 0 || len(c.args) > 2) && (!ok || !callable(f)) {
					return e.receiver(c.argument(i)) + " is not a constructor"
				}
			}
			return "CreateListFromArrayLike called on non-object"
		case "apply":
			if !callable(c.argument(0)) {
				return "Function.prototype.apply was called on " + e.receiver(c.argument(0)) + ", which is " + aTypeOf(c.argument(0)) + " and not a function"
			}
			return "CreateListFromArrayLike called on non-object"
		}
	}
	if _, ok := c.this.(*goja.Object); !ok && !c.made {
		if class != "" && !static {
			return "Method " + get + full + " called on incompatible receiver " + e.receiver(c.this)
		}
		if iterator := e.iteratorOf(c.fn); iterator != "" {
			return "Method " + iterator + ".prototype." + c.name + " called on incompatible receiver " + e.receiver(c.this)
		}
	}
	return ""
}

// iteratorOf is the class of iterators whose method next a function is.
func (e *Engine) iteratorOf(fn *goja.Object) string {
	for _, class := range [...]string{"Array", "Map", "Set", "String"} {
		var o *goja.Object
		if class == "String" {
			o = e.vm.ToValue("").ToObject(e.vm)
		} else if o, _ = e.vm.New(e.Intrinsic(class)); o == nil {
			continue
		}
		iterate, ok := goja.AssertFunction(o.GetSymbol(goja.SymIterator))
		if !ok {
			continue
		}
		if v, err := iterate(o); err == nil {
			if proto := v.(*goja.Object).Prototype(); proto != nil && e.OwnValue(proto, "next") == goja.Value(fn) {
				return class + " Iterator"
			}
		}
	}
	return ""
}

func callable(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}

// aTypeOf is "a number", "an object".
func aTypeOf(v goja.Value) string {
	name := "undefined"
	if v != nil && !goja.IsUndefined(v) {
		name = typeOf(v)
	}
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// proxyTrap is the trap that an instruction or a function of the library asks a proxy for, "" if it is not clear.
func (e *Engine) proxyTrap(kind string) string {
	switch {
	case strings.HasPrefix(kind, "getProp"), strings.HasPrefix(kind, "_getElem"):
		return "get"
	case strings.HasPrefix(kind, "setProp"), strings.HasPrefix(kind, "_setElem"):
		return "set"
	case strings.HasPrefix(kind, "delete"), strings.HasPrefix(kind, "_delete"):
		return "deleteProperty"
	case kind == "_op_in":
		return "has"
	case kind == "_op_instanceof":
		return "getPrototypeOf"
	case strings.HasPrefix(kind, "call"):
		return "apply"
	case kind == "_new":
		return "construct"
	case kind == "enumerate" || kind == "_enumerate":
		return "ownKeys"
	case kind != "":
		return ""
	}
	switch name := e.native().name; name {
	case "keys", "entries", "values", "getOwnPropertyNames", "getOwnPropertySymbols", "getOwnPropertyDescriptors", "assign", "ownKeys":
		return "ownKeys"
	case "get", "set", "has", "apply", "construct", "deleteProperty", "defineProperty", "getPrototypeOf", "setPrototypeOf", "isExtensible",
		"preventExtensions", "getOwnPropertyDescriptor":
		return name
	case "freeze", "seal":
		return "preventExtensions"
	case "isFrozen", "isSealed":
		return "isExtensible"
	case "hasOwn", "hasOwnProperty", "propertyIsEnumerable":
		return "getOwnPropertyDescriptor"
	case "isPrototypeOf":
		return "getPrototypeOf"
	case "":
		return "apply"
	}
	return ""
}

// revokedWords words what is asked of a proxy that has been revoked.
func (e *Engine) revokedWords(kind string) string {
	if trap := e.proxyTrap(kind); trap != "" {
		return "Cannot perform '" + trap + "' on a proxy that has been revoked"
	}
	return "Cannot perform 'get' on a proxy that has been revoked"
}

// setTarget is the object of an instruction that sets a property, and the key.
func (e *Engine) setTarget(kind string, operandKey string) (of goja.Value, key string, ok bool) {
	m := e.machine()
	sp := m.SP
	switch {
	case sp < 3 || sp > len(m.Stack):
	case strings.HasPrefix(kind, "setProp") && !strings.Contains(kind, "Recv"):
		return m.Stack[sp-2], operandKey, m.Stack[sp-2] != nil
	case strings.HasPrefix(kind, "_setElem") && !strings.Contains(kind, "Recv"):
		of, k := m.Stack[sp-3], m.Stack[sp-2]
		if of == nil || k == nil {
			return nil, "", false
		}
		e.vm.Try(func() { key = k.String() })
		return of, key, true
	}
	return nil, "", false
}

// deletedFrom is what an instruction deletes a property of.
func (e *Engine) deletedFrom(kind string) goja.Value {
	m := e.machine()
	i := m.SP - 1
	if strings.HasPrefix(kind, "_deleteElem") {
		i--
	}
	if i < 0 || i >= len(m.Stack) {
		return nil
	}
	return m.Stack[i]
}

// superclassWords words the value that a class cannot extend.
func (e *Engine) superclassWords(was string) string {
	m := e.machine()
	if m.SP < 1 || m.SP > len(m.Stack) || m.Stack[m.SP-1] == nil {
		return was
	}
	v := m.Stack[m.SP-1]
	if rest, ok := strings.CutPrefix(was, "Class extends value is"); ok {
		return "Class extends value " + e.receiver(v) + " is" + rest
	}
	if o, ok := v.(*goja.Object); ok {
		return was + " " + e.receiver(e.OwnValue(o, "prototype"))
	}
	return was
}

// superWords words a super call where there is nothing to call.
func (e *Engine) superWords() string {
	m := e.machine()
	class := e.functionAt(m.SB)
	if kind, operand := e.instruction(); kind == "_new" {
		if i := m.SP - 1 - int(uintOf(operand)); i >= 0 && i < len(m.Stack) {
			class, _ = m.Stack[i].(*goja.Object)
		}
	}
	if class == nil {
		return "Super constructor null is not a constructor"
	}
	super := "null"
	if p := class.Prototype(); p != nil && ownName(p) != "" {
		super = ownName(p)
	}
	if name := ownName(class); name != "" {
		return "Super constructor " + super + " of " + name + " is not a constructor"
	}
	return "Super constructor " + super + " of anonymous class is not a constructor"
}

// methodWords words a value under a symbol or a trap's name that is no function; value is its text.
func (e *Engine) methodWords(kind, value string) string {
	m := e.machine()
	if trap := e.proxyTrap(kind); trap != "" {
		for _, v := range slices.Backward(m.Stack[max(0, m.SP-4):min(m.SP, len(m.Stack))]) {
			if p, ok := v.(*goja.Object); ok && KindOf(p) == ProxyObject {
				if proxy, ok := Exported[goja.Proxy](p); ok && proxy.Handler() != nil {
					return "'" + value + "' returned for property '" + trap + "' of object '" + e.receiver(proxy.Handler()) + "' is not a function"
				}
			}
		}
	}
	switch {
	case value == "true" || value == "false":
		return "boolean " + value + " is not a function"
	case strings.HasPrefix(value, "["):
		return "object is not a function"
	case strings.Trim(value, "0123456789.e+-") == "" && value != "":
		return "number " + value + " is not a function"
	}
	return "string \"" + value + "\" is not a function"
}

// kindOfValue is an object's kind, OtherObject for all else.
func kindOfValue(v goja.Value) Kind {
	if o, ok := v.(*goja.Object); ok {
		return KindOf(o)
	}
	return OtherObject
}
