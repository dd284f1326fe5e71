package engine

import (
	"gonode/internal/engine/layout"
	"gonode/internal/engine/places"
	"gonode/internal/engine/program"
	"reflect"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// nativeError makes an error that the engine itself throws, with V8's wording where the place and the machine's state
// tell enough. Code in the wild matches these messages.
func (e *Engine) nativeError(class string, args []goja.Value, newTarget *goja.Object, make func([]goja.Value, *goja.Object) *goja.Object) *goja.Object {
	if !goja.IsString(args[0]) {
		return make(args, newTarget)
	}
	was := args[0].String()
	message := was
	switch class {
	case "TypeError":
		message = e.typeErrorWords(was)
	case "ReferenceError":
		message = e.referenceErrorWords(was)
	case "URIError":
		if was == "Malformed URI" {
			message = "URI malformed"
		}
	case "RangeError":
		message = e.rangeErrorWords(was)
	}
	if message != was {
		args[0] = e.vm.ToValue(message)
	}
	return make(args, newTarget)
}

func (e *Engine) rangeErrorWords(was string) string {
	switch c := e.native(); {
	case was == "exponent must be positive":
		return "undefined must be positive"
	case strings.HasPrefix(was, "Invalid index ") && c.made:
		if strings.HasSuffix(c.name, "Array") {
			return "Invalid typed array length: " + strings.TrimPrefix(was, "Invalid index ")
		} else if c.name == "ArrayBuffer" || c.name == "SharedArrayBuffer" {
			return "Invalid array buffer length"
		}
	case strings.HasPrefix(was, "Invalid index "), strings.HasPrefix(was, "Index ") && strings.HasSuffix(was, "is out of bounds"):
		if strings.HasPrefix(c.name, "getInt") || strings.HasPrefix(c.name, "getUint") || strings.HasPrefix(c.name, "getFloat") || strings.HasPrefix(c.name, "getBig") ||
			strings.HasPrefix(c.name, "setInt") || strings.HasPrefix(c.name, "setUint") || strings.HasPrefix(c.name, "setFloat") || strings.HasPrefix(c.name, "setBig") {
			return "Offset is outside the bounds of the DataView"
		}
		if c.name == "with" {
			return "Invalid index : " + strings.TrimPrefix(was, "Invalid index ")
		}
	case strings.HasPrefix(was, "Invalid size: "):
		return "'" + strings.TrimPrefix(was, "Invalid size: ") + "' is an invalid size"
	case was == "offset should be >= 0", was == "Source is too large":
		return "offset is out of bounds"
	case strings.HasPrefix(was, "Byte length of "), strings.HasPrefix(was, "Start offset of "):
		return strings.ToLower(was[:1]) + was[1:]
	case was == "radix must be an integer between 2 and 36":
		return "toString() radix argument must be between 2 and 36"
	case strings.HasPrefix(was, "The normalization form should be one of"):
		return was + "."
	}
	if was == "Invalid count value" {
		return "Invalid count value: " + e.argumentText(0)
	}
	if rest, ok := strings.CutPrefix(was, "toFixed() precision "); ok {
		return "toFixed() digits argument " + rest
	}
	if name, rest, ok := strings.Cut(was, "() precision "); ok {
		return name + "() argument " + rest
	}
	if n, ok := strings.CutPrefix(was, "Cannot convert "); ok {
		if n, ok := strings.CutSuffix(n, " to a BigInt"); ok {
			return "The number " + n + " cannot be converted to a BigInt because it is not an integer"
		}
	}
	return was
}

func (e *Engine) argumentText(i int) (s string) {
	m := e.machine()
	stack, sb := m.Stack, m.SB
	if m.Prg == nil && sb+i < m.SP && sb+i < len(stack) {
		e.vm.Try(func() { s = stack[sb+i].String() })
	}
	return s
}

func (e *Engine) typeErrorWords(was string) string {
	// The engine formats values that may have no text: `[].filter(Object.create(null))`.
	if i := strings.Index(was, "%!"); i >= 0 {
		if j := strings.LastIndexByte(was, ')'); j > i {
			return was[:i] + "#<Object>" + was[j+1:]
		}
	}
	kind, operand := e.instruction()
	inScript := kind != ""
	if !inScript || kind == "_new" {
		if words := e.nativeWords(was); words != "" {
			return words
		}
	}
	if strings.HasPrefix(kind, "getPrivateProp") || strings.HasPrefix(kind, "setPrivateProp") {
		if words := e.privateWords(was, strings.HasPrefix(kind, "set"), operand); words != "" {
			return words
		}
	}
	switch {
	case inScript && was == "ArrayBuffer is detached" && kind != "_new":
		return iteratesDetached
	case kind == "bindGlobal":
		if _, rest, ok := strings.Cut(was, " global "); ok {
			if _, name, ok := strings.Cut(rest, "'"); ok {
				return e.globalWords(name[:strings.LastIndexByte(name, '\'')])
			}
		}
	case was == "Proxy already revoked":
		return e.revokedWords(kind)
	case strings.Contains(was, "called on incompatible receiver [object ") && !strings.HasSuffix(was, "[object Array]"):
		return strings.Replace(strings.Replace(was, " receiver [object ", " receiver #<", 1), "]", ">", 1)
	case was == "Illegal generator state":
		return "Generator is already running"
	case strings.HasSuffix(was, " is not a method"):
		return e.methodWords(kind, strings.TrimSuffix(was, " is not a method"))
	case was == "" || strings.HasPrefix(was, "Receiver is not an object: "):
		if of, key, ok := e.setTarget(kind, stringOf(operand)); ok && was == "" {
			return "Cannot assign to read only property '" + key + "' of object '" + e.receiver(of) + "'"
		} else if ok {
			return "Cannot create property '" + key + "' on " + typeOf(of) + " '" + e.receiver(of) + "'"
		}
	case was == "Super constructor is not a constructor":
		return e.superWords()
	case strings.HasPrefix(was, "Class extends value "):
		return e.superclassWords(was)
	case strings.HasPrefix(was, "Cannot write private member "):
		return strings.Replace(was, " from an object", " to an object", 1)
	case strings.HasPrefix(was, "Cannot read property 'Symbol.iterator' of undefined"):
		return e.uniterable(e.nullishValue())
	case strings.HasPrefix(was, "Cannot read property '"):
		name := was[len("Cannot read property '"):]
		end := strings.LastIndex(name, "' of undefined")
		if end < 0 {
			return was
		}
		name = name[:end]
		switch {
		case strings.HasPrefix(kind, "_getElem"):
			if key := e.machine().stackTop() - 1; key >= 0 && e.machine().Stack[key] != nil {
				name = e.keyWords(e.machine().Stack[key])
			}
		case strings.HasPrefix(name, "Symbol."):
			name = "Symbol(" + name + ")"
		case name == "[object Object]":
			name = "#<Object>"
		}
		return "Cannot read properties of " + e.nullish(name) + " (reading '" + name + "')"
	case strings.HasPrefix(was, "Object has no member '"), strings.HasPrefix(was, "Value is not an object: "),
		strings.HasPrefix(was, "Not a function: "), strings.HasPrefix(was, "Value is not callable: "):
		return e.notCallable(was, kind, operand)
	case strings.Contains(was, "' on proxy: trap returned falsish"):
		if words := e.namespaceWords(was); words != "" {
			return words
		}
	case strings.HasPrefix(was, "'deleteProperty' on proxy: property '"):
		if name, ok := strings.CutSuffix(strings.TrimPrefix(was, "'deleteProperty' on proxy: property '"), "' is a non-configurable property but the trap returned truish"); ok {
			return "'deleteProperty' on proxy: trap returned truish for property '" + name + "' which is non-configurable in the proxy target"
		}
	case strings.HasPrefix(was, "Could not convert &{"):
		if strings.HasPrefix(kind, "call") { // an object without toString is called
			return e.notCallable("Not a function: ", kind, operand)
		}
		return "Cannot convert object to primitive value"
	case was == "length is not writable":
		return "Cannot assign to read only property 'length' of object '[object Array]'"
	case was == "proxy target is not a function":
		if callee := e.calleeText(); callee != "" {
			return callee + " is not a function"
		}
	case was == "Value is not a constructor":
		if callee := e.calleeText(); callee != "" && inScript {
			return callee + " is not a constructor"
		}
	case was == "Cannot convert undefined or null to object":
		if name, ok := e.settingProperty(kind, operand); ok {
			return "Cannot set properties of " + e.nullish("") + " (setting '" + name + "')"
		}
		if name, ok := e.referredProperty(kind, operand); ok {
			if !e.readsReference() {
				return "Cannot set properties of " + e.nullish("") + " (setting '" + name + "')"
			}
			return "Cannot read properties of " + e.nullish("") + " (reading '" + name + "')"
		}
		switch kind {
		case "_iterate", "_iterateP":
			if sp := e.machine().stackTop(); sp > 0 && !nullish(e.machine().Stack[sp-1]) {
				return noIterator
			}
			return e.notIterable(inScript)
		case "_pushSpread", "_pushArraySpread", "_yieldDelegate", "_delegateYield":
			return e.notIterable(inScript)
		}
	case strings.HasPrefix(was, "Expecting a function in instanceof check"):
		return "Right-hand side of 'instanceof' is not callable"
	case was == "prototype is not an object" && inScript && strings.Contains(kind, "nstanceof"):
		return "Function has non-object prototype '" + e.prototypeText() + "' in instanceof check"
	case was == "iterator.next is missing or not a function" && inScript:
		return e.notIterable(inScript)
	case was == "object is not iterable":
		return e.notIterable(inScript)
	case was == "Value is not object coercible" && inScript:
		return e.notDestructurable()
	case was == "Class constructor cannot be invoked without 'new'":
		m := e.machine()
		for _, v := range m.Stack[max(0, m.stackTop()-8):m.stackTop()] {
			if o, ok := v.(*goja.Object); ok && KindOf(o) == ClassFunction {
				if ownName(o) == "" {
					return "Class constructors cannot be invoked without 'new'"
				}
				if e.fromBuiltins(o) {
					return "Constructor " + ownName(o) + " requires 'new'"
				}
				return "Class constructor " + ownName(o) + " cannot be invoked without 'new'"
			}
		}
	case was == "No initial value":
		return "Reduce of empty array with no initial value"
	case strings.HasPrefix(was, "Cannot assign to read only property '"):
		return e.notAssignable(was)
	case strings.HasPrefix(was, "Cannot delete property '"):
		if i := strings.LastIndex(was, "' of "); i > 0 && !inScript {
			if c := e.native(); c.fn != nil && IsObject(c.this) {
				return was[:i] + "' of " + e.receiver(c.this)
			}
		}
		if i, v := strings.LastIndex(was, "' of "), e.deletedFrom(kind); i > 0 && v != nil && inScript {
			text := e.receiver(v)
			if goja.IsString(v) {
				text = "[object String]"
			}
			return was[:i] + "' of " + text
		}
		return strings.Replace(was, "of [object Object]", "of #<Object>", 1)
	case was == "Promise self-resolution":
		return "Chaining cycle detected for promise #<Promise>"
	}
	return was
}

// notCallable words what is called and no function, or meant to be an object and is none.
func (e *Engine) notCallable(was, kind string, operand reflect.Value) string {
	_, value, _ := strings.Cut(was, ": ")
	m := e.machine()
	switch {
	case kind == "_new" || kind == "_newVariadic":
		// The constructor lies below its arguments.
		if i := m.SP - 1 - int(uintOf(operand)); i >= 0 && i < len(m.Stack) {
			if o, ok := m.Stack[i].(*goja.Object); ok && ownName(o) == "Promise" {
				c := e.native()
				return "Promise resolver " + e.receiver(c.argument(0)) + " is not a function"
			} else if ok {
				return was
			}
		}
		if callee := e.calleeText(); callee != "" {
			return callee + " is not a constructor"
		}
	case strings.HasPrefix(kind, "privateIn"):
		if v := operand.FieldByName("name"); v.IsValid() && v.Kind() == reflect.String {
			return "Cannot use 'in' operator to search for '#" + v.String() + "' in " + value
		}
	case strings.Contains(kind, "nstanceof"):
		return "Right-hand side of 'instanceof' is not an object"
	case strings.Contains(kind, "op_in"):
		if stack, sp := m.Stack, m.SP; sp >= 2 && stack[sp-2] != nil {
			return "Cannot use 'in' operator to search for '" + e.keyWords(stack[sp-2]) + "' in " + value
		}
	case kind == "":
		return e.nativeNotCallable(was, value)
	case kind == "iterNext", kind == "iterGetNextOrUndef":
		return "Iterator result " + value + " is not an object"
	case kind == "_iterate", kind == "_iterateP":
		if strings.HasPrefix(was, "Value is not an object: ") {
			return noIterator
		}
		if p, ok := e.place(); ok {
			return e.iterationWords(p, e.machine().Stack[max(0, e.machine().stackTop()-1)])
		}
	case strings.HasPrefix(kind, "call"), strings.HasPrefix(kind, "_call"), strings.HasPrefix(kind, "superCall"):
		if p, ok := e.place(); ok && p.Kind == places.Call {
			if p.Iterated {
				return places.Print(p.Source) + " is not a function or its return value is not iterable"
			}
			return places.Print(p.Source) + " is not a function"
		}
		if name, ok := strings.CutPrefix(was, "Object has no member '"); ok {
			return strings.TrimSuffix(name, "'") + " is not a function"
		}
	}
	return was
}

// globalWords words why a global of a name cannot be declared.
func (e *Engine) globalWords(name string) string {
	if e.ownDescriptor(e.vm.GlobalObject(), name) == nil {
		return "Cannot add property " + name + ", object is not extensible"
	}
	return "Identifier '" + name + "' has already been declared"
}

// keyWords is a property's key as messages have it.
func (e *Engine) keyWords(v goja.Value) string {
	switch v.(type) {
	case *goja.Symbol, *goja.Object:
		return e.receiver(v)
	}
	return v.String()
}

// prototypeText is the prototype of the function on the right of instanceof, which is no object.
func (e *Engine) prototypeText() string {
	m := e.machine()
	if m.SP >= 1 && m.SP <= len(m.Stack) {
		if fn, ok := m.Stack[m.SP-1].(*goja.Object); ok && KindOf(fn) != ProxyObject {
			if v := e.OwnValue(fn, "prototype"); v != nil {
				return e.keyWords(v)
			}
		}
	}
	return "undefined"
}

// nativeNotCallable words what a function of the library was given instead of a function or an object.
func (e *Engine) nativeNotCallable(was, value string) string {
	c := e.native()
	switch c.name {
	case "sort":
		return "The comparison function must be either a function or undefined: " + e.receiver(c.argument(0))
	case "map":
		if kindOfValue(c.this) == TypedArray {
			return e.receiver(c.argument(0)) + " is not a function"
		}
		return e.typed(c.argument(0)) + " is not a function"
	case "forEach", "filter", "some", "every", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "reduce", "reduceRight":
		return e.typed(c.argument(0)) + " is not a function"
	case "from":
		return e.typed(c.argument(1)) + " is not a function"
	case "then", "replace":
		return value + " is not a function"
	}
	switch e.TypeName(c.this) {
	case "WeakMap":
		return "Invalid value used as weak map key"
	case "WeakSet":
		return "Invalid value used in weak set"
	case "Reflect":
		return "Reflect." + c.name + " called on non-object"
	}
	return was
}

func uintOf(v reflect.Value) uint64 {
	switch v.Kind() {
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.Uint()
	}
	return 0
}

// notIterable words a value that cannot be iterated.
func (e *Engine) notIterable(inScript bool) string {
	m := e.machine()
	var v goja.Value
	if stack, sp := m.Stack, m.SP; sp > 0 && sp <= len(stack) {
		v = stack[sp-1]
		if kind, _ := e.instruction(); kind == "_pushSpread" && sp < len(stack) {
			v = stack[sp] // it has been taken off already
		}
	}
	if p, ok := e.place(); ok && inScript && p.Kind != places.Construct && p.Kind != places.Call {
		return e.iterationWords(p, v)
	}
	return e.uniterable(v)
}

// notDestructurable words undefined and null where an object pattern stands.
func (e *Engine) notDestructurable() string {
	v := e.nullish("")
	if p, ok := e.place(); ok && p.Kind == places.Object {
		return e.destructuringWords(p, v)
	}
	return "Cannot destructure '" + v + "' as it is " + v + "."
}

// notAssignable completes the engine's message with the object, and tells getters without setters apart.
func (e *Engine) notAssignable(was string) string {
	m := e.machine()
	stack := m.Stack
	key := strings.TrimSuffix(strings.TrimPrefix(was, "Cannot assign to read only property '"), "'")
	if strings.HasPrefix(key, "#") {
		return "'" + key + "' was defined without a setter"
	}
	kind, operand := e.instruction()
	of, _, known := e.setTarget(kind, stringOf(operand))
	if strings.HasPrefix(kind, "_putValue") || strings.Contains(kind, "Global") {
		return was + " of object '#<Object>'"
	}
	if known && goja.IsString(of) {
		return was + " of string '" + of.String() + "'"
	}
	for i := m.SP - 1; i >= max(0, m.SP-3) && i < len(stack); i-- {
		o, ok := stack[i].(*goja.Object)
		if known {
			o, ok = of.(*goja.Object)
		}
		if !ok {
			continue
		}
		of := e.receiver(o)
		if e.hooks.Namespace(o) {
			return strings.Replace(was, "'Symbol.toStringTag'", "'Symbol(Symbol.toStringTag)'", 1) + " of object '[object Module]'"
		}
		if e.hasGetter(o, key) {
			return "Cannot set property " + key + " of " + of + " which has only a getter"
		}
		if callable(o) {
			return was + " of function '" + of + "'"
		}
		return was + " of object '" + of + "'"
	}
	return was
}

func (e *Engine) hasGetter(o *goja.Object, key string) bool {
	for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
		if d := e.ownDescriptor(at, key); d != nil {
			return d.Get("get") != nil
		}
	}
	return false
}

// instruction is the kind of the instruction that runs, with its operand; the kind is empty in a Go function.
func (e *Engine) instruction() (kind string, operand reflect.Value) {
	m := e.machine()
	prg, pc := m.Prg, m.PC
	if prg == nil {
		return "", reflect.Value{}
	}
	if k, p, ok := program.Engine(prg, pc); ok {
		return k.Name, reflect.NewAt(k.Type, p).Elem()
	}
	return "unknown", reflect.Value{}
}

// nullishValue is what nullish finds.
func (e *Engine) nullishValue() goja.Value {
	if e.nullish("") == "null" {
		return goja.Null()
	}
	return goja.Undefined()
}

func stringOf(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return v.String()
	}
	return ""
}

// nullish tells null from undefined where the engine's message does not: one of the two topmost values is what was
// looked into, the other may be the property's name.
func (e *Engine) nullish(property string) string {
	m := e.machine()
	stack := m.Stack
	for i := m.SP - 1; i >= max(0, m.SP-3) && i < len(stack); i-- {
		v := stack[i]
		if v == nil {
			continue
		}
		if goja.IsNull(v) && property != "null" {
			return "null"
		}
		if goja.IsUndefined(v) && property != "undefined" {
			return "undefined"
		}
	}
	return "undefined"
}

// settingProperty looks whether the instruction that failed is an assignment to a property, and to which.
func (e *Engine) settingProperty(kind string, operand reflect.Value) (name string, ok bool) {
	m := e.machine()
	switch {
	case strings.HasPrefix(kind, "setProp") && operand.Kind() == reflect.String:
		return operand.String(), true
	case strings.HasPrefix(kind, "_setElem") || strings.HasPrefix(kind, "setElem"):
		// object, key, value
		if stack, sp := m.Stack, m.SP; sp >= 2 && sp <= len(stack) && stack[sp-2] != nil {
			e.vm.Try(func() { name = stack[sp-2].String() })
			return name, true
		}
	}
	return "", false
}

func (e *Engine) referenceErrorWords(was string) string {
	if was == "Cannot access a variable before initialization" {
		if name := e.identifierText(); name != "" {
			return "Cannot access '" + name + "' before initialization"
		}
	}
	if was == "Must call super constructor in derived class before accessing 'this'" ||
		strings.HasPrefix(was, "Must call super constructor in derived class before returning") {
		return "Must call super constructor in derived class before accessing 'this' or returning from derived constructor"
	}
	return was
}

// here is the text of the running script and the offset of the instruction in it.
func (e *Engine) here() (text string, offset int) {
	m := e.machine()
	prg := m.Prg
	depth := m.depth()
	pc := m.PC
	if prg == nil {
		// A Go function: its caller is the last saved context.
		if depth == 0 {
			return "", 0
		}
		ctx := m.CallStack[depth-1]
		prg, pc = ctx.Prg, ctx.PC
	}
	src := fileOf(prg)
	if src == nil {
		return "", 0
	}
	position := layout.StackFrame{Prg: prg, PC: pc}.Position()
	text = src.Source()
	for line := 1; line < position.Line; line++ {
		i := strings.IndexByte(text[offset:], '\n')
		if i < 0 {
			return "", 0
		}
		offset += i + 1
	}
	offset += position.Column - 1
	if offset < 0 || offset > len(text) {
		return "", 0
	}
	return text, offset
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// identifierText is the identifier at the present place.
func (e *Engine) identifierText() string {
	text, from := e.here()
	to := from
	for to < len(text) && wordByte(text[to]) {
		to++
	}
	if to == from || text[from] >= '0' && text[from] <= '9' {
		return ""
	}
	return text[from:to]
}

// calleeText is what is called, or constructed, at the present place, as V8 prints it.
func (e *Engine) calleeText() string {
	if p, ok := e.place(); ok && (p.Kind == places.Call || p.Kind == places.Construct) {
		return places.Print(p.Source)
	}
	return ""
}

// namespaceWords says in V8's words what was refused of a namespace object, "" if it was another Proxy's trap.
func (e *Engine) namespaceWords(was string) string {
	m := e.machine()
	stack := m.Stack
	var ns *goja.Object
	var args []goja.Value
	for i := min(m.SP, len(stack)) - 1; i >= max(0, m.SP-5) && ns == nil; i-- {
		if o, ok := stack[i].(*goja.Object); ok && e.hooks.Namespace(o) {
			ns, args = o, stack[i+1:m.stackTop()]
		}
	}
	if ns == nil {
		return ""
	}
	name := ""
	if i := strings.LastIndex(was, " property '"); i > 0 {
		name = strings.TrimSuffix(was[i+len(" property '"):], "'")
	}
	has := slices.Contains(ns.GetOwnPropertyNames(), name)
	switch {
	case strings.HasPrefix(was, "'set' on proxy") && has:
		return "Cannot assign to read only property '" + name + "' of object '[object Module]'"
	case strings.HasPrefix(was, "'set' on proxy"):
		return "Cannot add property " + name + ", object is not extensible"
	case strings.HasPrefix(was, "'deleteProperty' on proxy"):
		return "Cannot delete property '" + name + "' of [object Module]"
	case strings.HasPrefix(was, "'setPrototypeOf' on proxy"):
		return "[object Module] is not extensible"
	case strings.HasPrefix(was, "'defineProperty' on proxy"):
		if len(args) > 1 && goja.IsString(args[0]) {
			name = args[0].String()
		} else if names := ns.GetOwnPropertyNames(); len(names) > 0 {
			name = names[0]
		}
		return "Cannot redefine property: " + name
	}
	return ""
}

// noIterator is what V8 says of what is no iterator.
const noIterator = "Result of the Symbol.iterator method is not an object"

func nullish(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

// referredProperty is the property that an instruction refers to, for a logical assignment.
func (e *Engine) referredProperty(kind string, operand reflect.Value) (name string, ok bool) {
	switch {
	case strings.HasPrefix(kind, "getPropRef") && operand.Kind() == reflect.String:
		return operand.String(), true
	case strings.HasPrefix(kind, "_getElemRef"):
		if m := e.machine(); m.stackTop() > 0 && m.Stack[m.stackTop()-1] != nil {
			return e.keyWords(m.Stack[m.stackTop()-1]), true
		}
	}
	return "", false
}

// readsReference tells whether the instruction that follows a reference reads it.
func (e *Engine) readsReference() bool {
	m := e.machine()
	if m.PC+1 >= len(layout.ProgramOf(m.Prg).Code) {
		return false
	}
	next, _, ok := program.Engine(m.Prg, m.PC+1)
	return ok && strings.HasPrefix(next.Name, "_getValue")
}

// fromBuiltins tells whether a class is one of the library's that are written in JavaScript.
func (e *Engine) fromBuiltins(class *goja.Object) bool {
	self := layout.SelfOf(class)
	if layout.ClassOf(self) != layout.ClassConstructor {
		return false
	}
	src := fileOf((*layout.ClassFuncObject)(self.Data).Prg)
	return src != nil && strings.HasPrefix(src.Name(), "node:internal/builtins/")
}
