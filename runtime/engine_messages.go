package runtime

import (
	"reflect"
	"strings"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/program"
	"gonode/internal/source"
)

// nativeError makes an error that the engine itself throws, with V8's wording where the place and the machine's state
// tell enough. Code in the wild matches these messages.
func (rt *Runtime) nativeError(class string, args []goja.Value, newTarget *goja.Object, make func([]goja.Value, *goja.Object) *goja.Object) *goja.Object {
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
			message = rt.typeErrorWords(was)
		}
	case "ReferenceError":
		message = rt.referenceErrorWords(was)
	case "SyntaxError":
		message = syntaxErrorWords(was)
	case "URIError":
		if was == "Malformed URI" {
			message = "URI malformed"
		}
	case "RangeError":
		if n, ok := strings.CutPrefix(was, "Invalid count value"); ok && n == "" {
			message = "Invalid count value: " + rt.argumentText(0)
		}
	}
	if rangeError && rt.engine.rangeError != nil {
		return rt.engine.rangeError(args, rt.vm.Get("RangeError").(*goja.Object))
	}
	if message != was {
		args[0] = rt.vm.ToValue(message)
	}
	return make(args, newTarget)
}

func (rt *Runtime) argumentText(i int) (s string) {
	m := rt.machine()
	stack, sb := m.stack(), *at[int](m.p, m.l.sb)
	if m.prg() == nil && sb+i < m.sp() && sb+i < len(stack) {
		rt.vm.Try(func() { s = stack[sb+i].String() })
	}
	return s
}

func (rt *Runtime) typeErrorWords(was string) string {
	kind, operand := rt.instruction()
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
		return "Cannot read properties of " + rt.nullish(name) + " (reading '" + name + "')"
	case strings.HasPrefix(was, "Object has no member '"), strings.HasPrefix(was, "Value is not an object: "),
		strings.HasPrefix(was, "Not a function: "), strings.HasPrefix(was, "Value is not callable: "):
		return rt.notCallable(was, kind, operand)
	case strings.Contains(was, "' on proxy: trap returned falsish"):
		if words := rt.namespaceWords(was); words != "" {
			return words
		}
	case strings.HasPrefix(was, "Could not convert &{"):
		return "Cannot convert object to primitive value"
	case was == "Value is not a constructor":
		if callee := rt.newText(); callee != "" {
			return callee + " is not a constructor"
		}
	case was == "Cannot convert undefined or null to object":
		if name, ok := rt.settingProperty(kind, operand); ok {
			return "Cannot set properties of " + rt.nullish("") + " (setting '" + name + "')"
		}
		if strings.HasPrefix(kind, "iterate") || kind == "_pushSpread" || kind == "_pushArraySpread" {
			return rt.notIterable(inScript)
		}
	case was == "object is not iterable":
		return rt.notIterable(inScript)
	case was == "Value is not object coercible" && inScript:
		return rt.notDestructurable()
	case was == "Class constructor cannot be invoked without 'new'":
		m := rt.machine()
		for _, v := range m.stack()[max(0, m.sp()-8):m.sp()] {
			if o, ok := v.(*goja.Object); ok && KindOf(o) == ClassFunction {
				return "Class constructor " + ownName(o) + " cannot be invoked without 'new'"
			}
		}
	case was == "No initial value":
		return "Reduce of empty array with no initial value"
	case strings.HasPrefix(was, "Cannot assign to read only property '"):
		return rt.notAssignable(was)
	case strings.HasPrefix(was, "Cannot delete property '"):
		return strings.Replace(was, "of [object Object]", "of #<Object>", 1)
	case was == "Promise self-resolution":
		return "Chaining cycle detected for promise #<Promise>"
	}
	return was
}

// notCallable words what is called and no function, or meant to be an object and is none.
func (rt *Runtime) notCallable(was, kind string, operand reflect.Value) string {
	_, value, _ := strings.Cut(was, ": ")
	m := rt.machine()
	switch {
	case kind == "_new" || kind == "_newVariadic":
		// The constructor lies below its arguments.
		if i := m.sp() - 1 - int(uintOf(operand)); i >= 0 && i < len(m.stack()) {
			if o, ok := m.stack()[i].(*goja.Object); ok && ownName(o) == "Promise" {
				return "Promise resolver " + value + " is not a function"
			} else if ok {
				return was
			}
		}
		if callee := rt.newText(); callee != "" {
			return callee + " is not a constructor"
		}
	case strings.Contains(kind, "nstanceof"):
		return "Right-hand side of 'instanceof' is not an object"
	case strings.Contains(kind, "op_in"):
		if stack, sp := m.stack(), m.sp(); sp >= 2 && stack[sp-2] != nil {
			key := ""
			rt.vm.Try(func() { key = stack[sp-2].String() })
			return "Cannot use 'in' operator to search for '" + key + "' in " + value
		}
	case kind == "":
		return rt.nativeNotCallable(was, value)
	case strings.HasPrefix(kind, "call"), strings.HasPrefix(kind, "superCall"):
		if callee := rt.calleeText(); callee != "" {
			return callee + " is not a function"
		}
		if name, ok := strings.CutPrefix(was, "Object has no member '"); ok {
			return strings.TrimSuffix(name, "'") + " is not a function"
		}
	}
	return was
}

// nativeNotCallable words what a function of the library was given instead of a function or an object.
func (rt *Runtime) nativeNotCallable(was, value string) string {
	m := rt.machine()
	stack, sb := m.stack(), *at[int](m.p, m.l.sb)
	if sb < 1 || sb > len(stack) {
		return was
	}
	fn, _ := stack[sb-1].(*goja.Object)
	name := ownName(fn)
	var this goja.Value
	if sb > 1 {
		this = stack[sb-2]
	}
	class := rt.typeName(this)
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
func (rt *Runtime) notIterable(inScript bool) string {
	const why = " is not iterable (cannot read property Symbol(Symbol.iterator))"
	m := rt.machine()
	var v goja.Value
	if stack, sp := m.stack(), m.sp(); sp > 0 && sp <= len(stack) {
		v = stack[sp-1]
	}
	if inScript {
		if name := rt.tokenText(); name != "" {
			return name + " is not iterable"
		}
		if v != nil && !isObject(v) {
			return v.String() + " is not iterable"
		}
		return "object is not iterable"
	}
	switch {
	case v == nil || goja.IsUndefined(v):
		return "undefined" + why
	case isObject(v):
		return "object" + why
	case goja.IsNull(v):
		return "object null" + why
	}
	return typeOf(v) + " " + v.String() + why
}

// notDestructurable words undefined and null where an object pattern stands.
func (rt *Runtime) notDestructurable() string {
	v := rt.nullish("")
	text, at := rt.here()
	name, property := v, ""
	pattern := at
	if at < len(text) && text[at] != '{' {
		// const {a} = x: the place is that of x.
		before := strings.TrimRight(text[:at], " \t\r\n")
		if name = rt.tokenText(); name == "" {
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
func (rt *Runtime) notAssignable(was string) string {
	m := rt.machine()
	stack := m.stack()
	for i := m.sp() - 1; i >= max(0, m.sp()-3) && i < len(stack); i-- {
		o, ok := stack[i].(*goja.Object)
		if !ok {
			continue
		}
		of := "#<" + rt.typeName(o) + ">"
		if rt.IsModuleNamespace(o) {
			return strings.Replace(was, "'Symbol.toStringTag'", "'Symbol(Symbol.toStringTag)'", 1) + " of object '[object Module]'"
		}
		key := strings.TrimSuffix(strings.TrimPrefix(was, "Cannot assign to read only property '"), "'")
		if rt.hasGetter(o, key) {
			return "Cannot set property " + key + " of " + of + " which has only a getter"
		}
		if o.ClassName() == "Array" {
			of = "[object Array]"
		}
		return was + " of object '" + of + "'"
	}
	return was
}

func (rt *Runtime) hasGetter(o *goja.Object, key string) bool {
	for at := o; at != nil && KindOf(at) != ProxyObject; at = at.Prototype() {
		if d := rt.ownDescriptor(at, key); d != nil {
			return d.Get("get") != nil
		}
	}
	return false
}

// instruction is the kind of the instruction that runs, with its operand; the kind is empty in a Go function.
func (rt *Runtime) instruction() (kind string, operand reflect.Value) {
	m := rt.machine()
	prg, pc := m.prg(), m.pc()
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
func (rt *Runtime) nullish(property string) string {
	m := rt.machine()
	stack := m.stack()
	for i := m.sp() - 1; i >= max(0, m.sp()-3) && i < len(stack); i-- {
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
func (rt *Runtime) settingProperty(kind string, operand reflect.Value) (name string, ok bool) {
	m := rt.machine()
	switch {
	case strings.HasPrefix(kind, "setProp") && operand.Kind() == reflect.String:
		return operand.String(), true
	case strings.HasPrefix(kind, "_setElem") || strings.HasPrefix(kind, "setElem"):
		// object, key, value
		if stack, sp := m.stack(), m.sp(); sp >= 2 && sp <= len(stack) && stack[sp-2] != nil {
			rt.vm.Try(func() { name = stack[sp-2].String() })
			return name, true
		}
	}
	return "", false
}

func (rt *Runtime) referenceErrorWords(was string) string {
	if was == "Cannot access a variable before initialization" {
		if name := rt.identifierText(); name != "" {
			return "Cannot access '" + name + "' before initialization"
		}
	}
	if was == "Must call super constructor in derived class before accessing 'this'" ||
		strings.HasPrefix(was, "Must call super constructor in derived class before returning") {
		return "Must call super constructor in derived class before accessing 'this' or returning from derived constructor"
	}
	return was
}

func syntaxErrorWords(was string) string {
	// What the engine's compiler says of eval and new Function: "SyntaxError: file: Line 1:2 message (and 3 more errors)".
	s := strings.TrimPrefix(was, "SyntaxError: ")
	if i := strings.Index(s, ": Line "); i >= 0 {
		rest := s[i+len(": Line "):]
		if j := strings.IndexByte(rest, ' '); j > 0 && strings.Trim(rest[:j], "0123456789:") == "" {
			s = rest[j+1:]
			if k := strings.LastIndex(s, " (and "); k >= 0 && strings.HasSuffix(s, " more errors)") {
				s = s[:k]
			}
			return engineWording(s)
		}
	}
	if i := strings.LastIndex(s, " at "); i > 0 && strings.HasPrefix(was, "SyntaxError: ") {
		return engineWording(s[:i])
	}
	return was
}

// here is the text of the running script and the offset of the instruction in it.
func (rt *Runtime) here() (text string, offset int) {
	m := rt.machine()
	prg := m.prg()
	depth := m.depth()
	pc := m.pc()
	if prg == nil {
		// A Go function: its caller is the last saved context.
		if depth == 0 {
			return "", 0
		}
		ctx := m.context(depth - 1)
		prg, pc = *at[*goja.Program](ctx, m.l.ctxPrg), *at[int](ctx, m.l.ctxPC)
	}
	src := m.l.source(prg)
	if src == nil {
		return "", 0
	}
	raw := engineFrame{prg: prg, pc: pc}
	position := (*goja.StackFrame)(unsafe.Pointer(&raw)).Position()
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
func (rt *Runtime) identifierText() string {
	text, from := rt.here()
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
func (rt *Runtime) tokenText() string {
	text, from := rt.here()
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
func (rt *Runtime) calleeText() string {
	text, at := rt.here()
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
func (rt *Runtime) newText() string {
	text, at := rt.here()
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

func engineWording(s string) string { return source.Wording(s, "") }
