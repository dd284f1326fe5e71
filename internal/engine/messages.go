package engine

import (
	"gonode/internal/engine/layout"
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
	rangeError := false
	switch class {
	case "TypeError":
		if was == "Invalid array length" {
			rangeError = true
		} else {
			message = e.typeErrorWords(was)
		}
	case "ReferenceError":
		message = e.referenceErrorWords(was)
	case "URIError":
		if was == "Malformed URI" {
			message = "URI malformed"
		}
	case "RangeError":
		message = e.rangeErrorWords(was)
	}
	if rangeError && e.rangeError != nil {
		return e.rangeError(args, e.Intrinsic("RangeError"))
	}
	if message != was {
		args[0] = e.vm.ToValue(message)
	}
	return make(args, newTarget)
}

func (e *Engine) rangeErrorWords(was string) string {
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
	switch {
	case strings.HasPrefix(was, "Cannot read property '"):
		name := was[len("Cannot read property '"):]
		end := strings.LastIndex(name, "' of undefined")
		if end < 0 {
			return was
		}
		name = name[:end]
		if strings.HasPrefix(name, "Symbol.") {
			name = "Symbol(" + name + ")"
		}
		return "Cannot read properties of " + e.nullish(name) + " (reading '" + name + "')"
	case strings.HasPrefix(was, "Object has no member '"), strings.HasPrefix(was, "Value is not an object: "),
		strings.HasPrefix(was, "Not a function: "), strings.HasPrefix(was, "Value is not callable: "):
		return e.notCallable(was, kind, operand)
	case strings.Contains(was, "' on proxy: trap returned falsish"):
		if words := e.namespaceWords(was); words != "" {
			return words
		}
	case strings.HasPrefix(was, "Could not convert &{"):
		return "Cannot convert object to primitive value"
	case was == "Value is not a constructor":
		if callee := e.newText(); callee != "" {
			return callee + " is not a constructor"
		}
	case was == "Cannot convert undefined or null to object":
		if name, ok := e.settingProperty(kind, operand); ok {
			return "Cannot set properties of " + e.nullish("") + " (setting '" + name + "')"
		}
		if strings.HasPrefix(kind, "iterate") || kind == "_pushSpread" || kind == "_pushArraySpread" {
			return e.notIterable(inScript)
		}
	case was == "object is not iterable":
		return e.notIterable(inScript)
	case was == "Value is not object coercible" && inScript:
		return e.notDestructurable()
	case was == "Class constructor cannot be invoked without 'new'":
		m := e.machine()
		for _, v := range m.Stack[max(0, m.stackTop()-8):m.stackTop()] {
			if o, ok := v.(*goja.Object); ok && KindOf(o) == ClassFunction {
				return "Class constructor " + ownName(o) + " cannot be invoked without 'new'"
			}
		}
	case was == "No initial value":
		return "Reduce of empty array with no initial value"
	case strings.HasPrefix(was, "Cannot assign to read only property '"):
		return e.notAssignable(was)
	case strings.HasPrefix(was, "Cannot delete property '"):
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
				return "Promise resolver " + value + " is not a function"
			} else if ok {
				return was
			}
		}
		if callee := e.newText(); callee != "" {
			return callee + " is not a constructor"
		}
	case strings.Contains(kind, "nstanceof"):
		return "Right-hand side of 'instanceof' is not an object"
	case strings.Contains(kind, "op_in"):
		if stack, sp := m.Stack, m.SP; sp >= 2 && stack[sp-2] != nil {
			key := ""
			e.vm.Try(func() { key = stack[sp-2].String() })
			return "Cannot use 'in' operator to search for '" + key + "' in " + value
		}
	case kind == "":
		return e.nativeNotCallable(was, value)
	case strings.HasPrefix(kind, "call"), strings.HasPrefix(kind, "superCall"):
		if callee := e.calleeText(); callee != "" {
			return callee + " is not a function"
		}
		if name, ok := strings.CutPrefix(was, "Object has no member '"); ok {
			return strings.TrimSuffix(name, "'") + " is not a function"
		}
	}
	return was
}

// nativeNotCallable words what a function of the library was given instead of a function or an object.
func (e *Engine) nativeNotCallable(was, value string) string {
	m := e.machine()
	stack, sb := m.Stack, m.SB
	if sb < 1 || sb > len(stack) {
		return was
	}
	fn, _ := stack[sb-1].(*goja.Object)
	name := ownName(fn)
	var this goja.Value
	if sb > 1 {
		this = stack[sb-2]
	}
	class := e.TypeName(this)
	switch name {
	case "forEach", "map", "filter", "some", "every", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "reduce",
		"reduceRight", "sort", "from", "then", "replace":
		return value + " is not a function"
	}
	switch class {
	case "WeakMap":
		return "Invalid value used as weak map key"
	case "WeakSet":
		return "Invalid value used in weak set"
	case "Reflect":
		return "Reflect." + name + " called on non-object"
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
	}
	if inScript {
		if name := e.tokenText(); name != "" {
			return name + " is not iterable"
		}
		if v != nil && !IsObject(v) {
			return v.String() + " is not iterable"
		}
		return "object is not iterable"
	}
	return e.uniterable(v)
}

// uniterable is V8's message for a value that a built-in function cannot iterate.
func (e *Engine) uniterable(v goja.Value) string {
	const why = " is not iterable (cannot read property Symbol(Symbol.iterator))"
	switch {
	case v == nil || goja.IsUndefined(v):
		return "undefined" + why
	case IsObject(v):
		return "object" + why
	case goja.IsNull(v):
		return "object null" + why
	}
	if _, symbol := v.(*goja.Symbol); symbol {
		return "symbol " + e.receiver(v) + why
	}
	return typeOf(v) + " " + v.String() + why
}

// notDestructurable words undefined and null where an object pattern stands.
func (e *Engine) notDestructurable() string {
	v := e.nullish("")
	text, at := e.here()
	name, property := v, ""
	pattern := at
	if at < len(text) && text[at] != '{' {
		// const {a} = x: the place is that of x.
		before := strings.TrimRight(text[:at], " \t\r\n")
		if name = e.tokenText(); name == "" {
			name = v
		}
		before = strings.TrimRight(strings.TrimSuffix(before, "="), " \t\r\n")
		if !strings.HasSuffix(before, "}") {
			return "Cannot destructure '" + name + "' as it is " + v + "."
		}
		pattern = matching(before, '{', '}')
	}
	if pattern >= 0 && pattern < len(text) {
		rest := strings.TrimLeft(text[pattern+1:], " \t\r\n")
		end := 0
		for end < len(rest) && wordByte(rest[end]) {
			end++
		}
		property = rest[:end]
	}
	if property == "" {
		return "Cannot destructure '" + name + "' as it is " + v + "."
	}
	return "Cannot destructure property '" + property + "' of '" + name + "' as it is " + v + "."
}

// notAssignable completes the engine's message with the object, and tells getters without setters apart.
func (e *Engine) notAssignable(was string) string {
	m := e.machine()
	stack := m.Stack
	for i := m.SP - 1; i >= max(0, m.SP-3) && i < len(stack); i-- {
		o, ok := stack[i].(*goja.Object)
		if !ok {
			continue
		}
		of := "#<" + e.TypeName(o) + ">"
		if e.hooks.Namespace(o) {
			return strings.Replace(was, "'Symbol.toStringTag'", "'Symbol(Symbol.toStringTag)'", 1) + " of object '[object Module]'"
		}
		key := strings.TrimSuffix(strings.TrimPrefix(was, "Cannot assign to read only property '"), "'")
		if e.hasGetter(o, key) {
			return "Cannot set property " + key + " of " + of + " which has only a getter"
		}
		if o.ClassName() == "Array" {
			of = "[object Array]"
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

// tokenText is the expression that begins at the present place: "a.b" of "a.b[0]".
func (e *Engine) tokenText() string {
	text, from := e.here()
	to := from
	for to < len(text) && (wordByte(text[to]) || text[to] == '.' && to+1 < len(text) && wordByte(text[to+1])) {
		to++
	}
	word := text[from:to]
	switch word {
	case "", "for", "yield", "new", "const", "let", "var":
		return ""
	}
	return word
}

// calleeText is the callee of the call at the present place as V8 prints it. The place is the last name of the callee
// or, where it is no name, the parenthesis.
func (e *Engine) calleeText() string {
	text, at := e.here()
	if text == "" || at >= len(text) {
		return ""
	}
	end := at
	for end < len(text) && (wordByte(text[end]) || end == at && text[end] == '#') {
		end++
	}
	if end == at && text[at] != '(' && text[at] != '`' {
		return ""
	}
	return printed(text[:end])
}

// newText is the constructor of the `new` expression at the present place.
func (e *Engine) newText() string {
	text, at := e.here()
	rest, ok := strings.CutPrefix(text[min(at, len(text)):], "new")
	if !ok {
		return ""
	}
	rest = strings.TrimLeft(rest, " \t\r\n")
	end := 0
	for end < len(rest) && (wordByte(rest[end]) || rest[end] == '.') {
		end++
	}
	if end == 0 {
		return "(intermediate value)"
	}
	return rest[:end]
}

// printed writes the expression at the end of s as V8 does in messages: names as they are, calls as "(...)",
// everything else as "(intermediate value)".
func printed(s string) string {
	s = strings.TrimRight(s, " \t\r\n")
	if s == "" {
		return ""
	}
	switch c := s[len(s)-1]; {
	case wordByte(c):
		i := len(s)
		for i > 0 && (wordByte(s[i-1]) || s[i-1] == '#') {
			i--
		}
		name, before := s[i:], strings.TrimRight(s[:i], " \t\r\n")
		switch {
		case strings.HasSuffix(before, "?."):
			return printed(before[:len(before)-2]) + "?." + name
		case strings.HasSuffix(before, ".") && !strings.HasSuffix(before, ".."):
			if object := printed(before[:len(before)-1]); object != "" {
				return object + "." + name
			}
			return "(intermediate value)." + name
		case name == "super":
			return "(intermediate value)"
		}
		return name
	case c == ')':
		open := matching(s, '(', ')')
		if open < 0 {
			return "(intermediate value)"
		}
		before := strings.TrimRight(s[:open], " \t\r\n")
		if before != "" && (wordByte(before[len(before)-1]) || before[len(before)-1] == ')' || before[len(before)-1] == ']') {
			word := before
			if i := strings.LastIndexFunc(before, func(r rune) bool { return r < 0x80 && !wordByte(byte(r)) }); i >= 0 {
				word = before[i+1:]
			}
			switch word {
			case "class", "}":
				return "(intermediate value)"
			case "if", "while", "for", "return", "typeof", "await", "void", "in", "of", "new", "yield", "function":
				return "(intermediate value)"
			}
			return printed(before) + "(...)"
		}
		inner := strings.TrimSpace(s[open+1 : len(s)-1])
		if inner != "" && strings.Trim(inner, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$.") == "" {
			return inner
		}
		return "(intermediate value)"
	case c == ']':
		open := matching(s, '[', ']')
		if open < 0 {
			return "(intermediate value)"
		}
		before := strings.TrimRight(s[:open], " \t\r\n")
		if before == "" || !(wordByte(before[len(before)-1]) || strings.ContainsRune(")]", rune(before[len(before)-1]))) {
			return "[]"
		}
		inner := strings.TrimSpace(s[open+1 : len(s)-1])
		if len(inner) > 1 && (inner[0] == '"' || inner[0] == '\'') && inner[len(inner)-1] == inner[0] {
			return printed(before) + "." + inner[1:len(inner)-1]
		}
		if strings.Trim(inner, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$.") == "" {
			return printed(before) + "[" + inner + "]"
		}
		return printed(before) + "[(intermediate value)]"
	case c == '"' || c == '\'':
		if i := strings.LastIndexByte(s[:len(s)-1], c); i >= 0 {
			return `"` + s[i+1:len(s)-1] + `"`
		}
	}
	return "(intermediate value)"
}

// matching finds the bracket that the last byte of s closes.
func matching(s string, open, close byte) int {
	depth := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case close:
			depth++
		case open:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
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
