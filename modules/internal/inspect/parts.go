package inspect

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"
	"gonode/runtime"
)

// className is what an object's prototype chain calls it; none means a null prototype.
type className struct {
	text string
	none bool
}

func (in *inspector) instanceOf(o, class *goja.Object) (is bool) {
	in.vm.Try(func() { is = in.vm.InstanceOf(o, class) })
	return is
}

// constructorName walks the prototype chain for a constructor of which o is an instance. With collect, the data
// properties of user-defined prototypes on the way are added to props.
func (c *context) constructorName(o *goja.Object, depth int, collect bool, props *[]string) className {
	var first *goja.Object
	firstSet := false
	for at := o; at != nil; {
		for _, known := range [...]struct {
			proto, class *goja.Object
			name         string
		}{{c.objectProto, c.object, "Object"}, {c.functionProto, c.function, "Function"}} {
			if at == known.proto && c.rt.Call(c.hasInstance, known.class, o).ToBoolean() {
				if collect && (!firstSet || first != at) {
					c.prototypeProperties(o, firstOr(first, o), depth, props)
				}
				return className{text: known.name}
			}
		}
		if p, ok := c.describe(at, key{name: "constructor"}); ok && p.value != nil {
			if class, isObj := p.value.(*goja.Object); isObj && callable(class) {
				if name := get(class, "name"); !(goja.IsString(name) && !isObject(name) && name.String() == "") && c.instanceOf(o, class) {
					n := text(name.ToString())
					if collect && (!firstSet || first != at || !c.builtins[n]) {
						c.prototypeProperties(o, firstOr(first, o), depth, props)
					}
					return className{text: n}
				}
			}
		}
		at = at.Prototype()
		if !firstSet {
			first, firstSet = at, true
		}
	}
	if first == nil {
		return className{none: true}
	}
	name := c.internalName(o)
	if float64(depth) > c.depth {
		return className{text: name + " <Complex prototype>"}
	}
	outer := c.constructorName(first, depth+1, collect, props)
	if outer.none {
		inner := c.with(func(c *context) {
			c.customInspect, c.depth = false, -1
			c.raw[optDepth], c.raw[optCustomInspect] = c.vm.ToValue(-1), c.vm.ToValue(false)
		})
		return className{text: name + " <" + inner.formatValue(first, 0, false) + ">"}
	}
	return className{text: name + " <" + outer.text + ">"}
}

func firstOr(first, o *goja.Object) *goja.Object {
	if first != nil {
		return first
	}
	return o
}

// internalName is what the engine itself calls the object when its prototypes don't.
func (c *context) internalName(o *goja.Object) string {
	switch engine.KindOf(o) {
	case engine.Function, engine.ClassFunction, engine.AsyncFunction, engine.GeneratorFunction, engine.AsyncGeneratorFunction:
		return "Function"
	case engine.ArrayBufferObject:
		return "ArrayBuffer"
	case engine.DataViewObject:
		return "DataView"
	case engine.TypedArray:
		return engine.ViewName(o)
	case engine.ArgumentsObject, engine.OtherObject:
		// The engine remembers the constructor's name.
		for at := o; at != nil; at = at.Prototype() {
			if p, ok := c.describe(at, key{name: "constructor"}); ok && p.value != nil && callable(p.value) {
				if name := get(p.value.(*goja.Object), "name"); goja.IsString(name) && name.String() != "" {
					return text(name.ToString())
				}
			}
		}
		return "Object"
	}
	return o.ClassName()
}

// prototypeProperties adds what up to three user-defined prototypes hold, but for methods.
func (c *context) prototypeProperties(main, o *goja.Object, depth int, out *[]string) {
	shown := map[key]bool{}
	var keys []key
	for level := 0; level < 3; level++ {
		if level != 0 || main == o {
			o = o.Prototype()
			if o == nil {
				return
			}
			if p, ok := c.describe(o, key{name: "constructor"}); ok && p.value != nil && callable(p.value) &&
				c.builtins[get(p.value.(*goja.Object), "name").String()] {
				return
			}
		}
		for _, k := range keys {
			shown[k] = true
		}
		hidden := c.showHidden
		c.showHidden = true
		keys = c.keys(o)
		c.showHidden = hidden
		c.seen = append(c.seen, main)
		for _, k := range keys {
			if k.symbol == nil && k.name == "constructor" || shown[k] || c.rt.Call(c.hasOwn, main, k.value(c.inspector)).ToBoolean() {
				continue
			}
			p, _ := c.describe(o, k)
			if p.value != nil && callable(p.value) {
				continue
			}
			s := c.formatProperty(o, main, depth, k, objectType)
			if c.colors {
				s = "\x1b[2m" + s + "\x1b[22m"
			}
			*out = append(*out, s)
		}
		c.seen = c.seen[:len(c.seen)-1]
	}
}

// prefixOf is what stands before a brace: "Foo(2) [Tag] ".
func prefixOf(name className, tag, fallback, size string) string {
	if name.none {
		if tag != "" && fallback != tag {
			return "[" + fallback + size + ": null prototype] [" + tag + "] "
		}
		return "[" + fallback + size + ": null prototype] "
	}
	if tag != "" && !endsIn(name.text, tag) {
		return name.text + size + " [" + tag + "] "
	}
	return name.text + size + " "
}

// endsIn tells whether a class's name has the tag as its last word, or a word before others: MyMap and MapOfNames, not Mapped.
func endsIn(name, tag string) bool {
	at := strings.Index(name, tag)
	if at < 0 {
		return false
	}
	rest := name[at+len(tag):]
	if rest == "" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return r != unicode.ToLower(r)
}

func (c *context) objectPrefix(o *goja.Object, name className, tag string) string {
	fallback := ""
	if name.none {
		if fallback = c.internalName(o); fallback == tag {
			fallback = "Object"
		}
		if tag == "Module" && c.namespaces[o] != nil {
			fallback = tag
		}
	}
	return prefixOf(name, tag, fallback, "")
}

func remaining(n int) string {
	if n > 1 {
		return "... " + strconv.Itoa(n) + " more items"
	}
	return "... " + strconv.Itoa(n) + " more item"
}

// shown limits n to maxArrayLength.
func (c *context) shown(n int) int {
	if most := math.Max(0, c.maxArray); most < float64(n) {
		return int(most)
	}
	return n
}

// list is for n entries. With maxArrayLength: Infinity a script may ask for more than can be held, or than there are.
func list(n int) []string { return make([]string, 0, min(n, 1<<12)+1) }

func (c *context) formatArray(o *goja.Object, n, depth int) []string {
	most := c.shown(n)
	out := list(most)
	elements, dense := c.rt.Elements(o)
	i := 0
	for ; i < most; i++ {
		if dense && i < len(elements) && elements[i] != nil {
			out = append(out, c.element(elements[i], depth))
			continue
		}
		if _, ok := c.describe(o, key{name: strconv.Itoa(i)}); !ok {
			return c.formatSparse(o, n, most, i, out, depth)
		}
		out = append(out, c.formatProperty(o, o, depth, key{name: strconv.Itoa(i)}, arrayType))
	}
	if n > most {
		out = append(out, remaining(n-most))
	}
	return out
}

func (c *context) element(v goja.Value, depth int) string {
	c.indent += 2
	s := c.formatValue(v, depth, false)
	c.indent -= 2
	return s
}

// formatSparse goes on from the first hole: runs of holes count as one entry.
func (c *context) formatSparse(o *goja.Object, n, most, i int, out []string, depth int) []string {
	keys := c.rt.Names(o)
	index := i
	hole := func(n int) string {
		s := "<" + strconv.Itoa(n) + " empty item"
		if n > 1 {
			s += "s"
		}
		return c.stylize(s+">", "undefined")
	}
	for ; i < len(keys) && len(out) < most; i++ {
		if !isIndex(keys[i]) {
			break
		}
		at, _ := strconv.Atoi(keys[i])
		if at != index {
			out = append(out, hole(at-index))
			index = at
			if len(out) == most {
				break
			}
		}
		out = append(out, c.formatProperty(o, o, depth, key{name: keys[i]}, arrayType))
		index++
	}
	if rest := n - index; rest > 0 {
		if len(out) != most {
			out = append(out, hole(rest))
		} else {
			out = append(out, remaining(rest))
		}
	}
	return out
}

func (c *context) formatEntries(items []goja.Value, pairs bool, depth int) []string {
	n := len(items)
	if pairs {
		n /= 2
	}
	most := c.shown(n)
	out := list(most)
	c.indent += 2
	for i := 0; i < most; i++ {
		if pairs {
			out = append(out, c.formatValue(items[2*i], depth, false)+" => "+c.formatValue(items[2*i+1], depth, false))
		} else {
			out = append(out, c.formatValue(items[i], depth, false))
		}
	}
	if n > most {
		out = append(out, remaining(n-most))
	}
	c.indent -= 2
	return out
}

func (c *context) formatIterator(items []goja.Value, pairs bool, depth int) []string {
	if !pairs {
		return c.formatEntries(items, false, depth)
	}
	n := len(items) / 2
	most := c.shown(n)
	out := list(most)
	c.indent += 2
	for i := 0; i < most; i++ {
		pair := []string{c.formatValue(items[2*i], depth, false), c.formatValue(items[2*i+1], depth, false)}
		out = append(out, c.reduce(pair, "", [2]string{"[", "]"}, arrayExtras, depth, nil))
	}
	c.indent -= 2
	if n > most {
		out = append(out, remaining(n-most))
	}
	return out
}

// items are the elements of a typed array.
type items struct {
	n  int
	at func(i int) goja.Value
}

func typedItems(rt *runtime.Runtime, o *goja.Object) items {
	b, _ := rt.Bytes(o)
	if o.ExportType().Elem().Kind() == reflect.Uint8 {
		return items{len(b), func(i int) goja.Value { return rt.VM().ToValue(int(b[i])) }}
	}
	size := int(o.ExportType().Elem().Size())
	return items{len(b) / size, func(i int) goja.Value { return get(o, strconv.Itoa(i)) }}
}

func (c *context) formatTypedArray(o *goja.Object, items items, depth int) []string {
	most := c.shown(items.n)
	guard.StringLength(c.rt.VM(), 3*float64(most)) // at least so long is the result
	out := list(most)
	for i := 0; i < most; i++ {
		if i&0xfff == 0xfff {
			guard.Poll(c.rt.VM())
		}
		out = append(out, c.formatPrimitive(items.at(i), false))
	}
	if items.n > most {
		out = append(out, remaining(items.n-most))
	}
	if c.showHidden {
		for _, name := range [...]string{"BYTES_PER_ELEMENT", "length", "byteLength", "byteOffset", "buffer"} {
			out = append(out, c.formatExtra(o, name, depth, true))
		}
	}
	return out
}

func (c *context) formatArrayBuffer(o *goja.Object) []string {
	buffer := o.Export().(goja.ArrayBuffer)
	if buffer.Detached() {
		return []string{c.stylize("(detached)", "special")}
	}
	b := buffer.Bytes()
	most := c.shown(len(b))
	guard.StringLength(c.rt.VM(), 3*float64(most))
	s := Hex(b[:most])
	if rest := len(b) - most; rest > 0 {
		s += " ... " + strconv.Itoa(rest) + " more byte"
		if rest > 1 {
			s += "s"
		}
	}
	return []string{c.stylize("[Uint8Contents]", "special") + ": <" + s + ">"}
}

// Hex writes bytes as "68 69".
func Hex(b []byte) string {
	var s strings.Builder
	for i, x := range b {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteByte(lowerHex[x>>4])
		s.WriteByte(lowerHex[x&15])
	}
	return s.String()
}

func (c *context) formatPromise(o *goja.Object, depth int) []string {
	p := o.Export().(*goja.Promise)
	if p.State() == goja.PromiseStatePending {
		return []string{c.stylize("<pending>", "special")}
	}
	c.indent += 2
	v := p.Result()
	if v == nil {
		v = goja.Undefined()
	}
	s := c.formatValue(v, depth, false)
	c.indent -= 2
	if p.State() == goja.PromiseStateRejected {
		s = c.stylize("<rejected>", "special") + " " + s
	}
	return []string{s}
}

func (c *context) boxedBase(o *goja.Object, kind engine.Kind, keys []key, name className, tag string) (string, []key) {
	class := "Symbol"
	v := engine.BoxedValue(o)
	switch {
	case kind == engine.StringObject:
		class = "String"
		// The characters are shown already.
		keys = keys[min(len(keys), v.(goja.String).Length()):]
	case goja.IsNumber(v):
		class = "Number"
	case goja.IsBigInt(v):
		class = "BigInt"
	default:
		if _, ok := v.(*goja.Symbol); !ok {
			class = "Boolean"
		}
	}
	base := "[" + class
	if name.none {
		base += " (null prototype)"
	} else if name.text != class {
		base += " (" + name.text + ")"
	}
	base += ": " + c.formatPrimitive(v, true) + "]"
	if tag != "" && (name.none || tag != name.text) {
		base += " [" + tag + "]"
	}
	if len(keys) > 0 || !c.colors && c.stylizeFn == nil {
		return base, keys
	}
	return c.stylize(base, strings.ToLower(class)), keys
}

func (c *context) functionBase(o *goja.Object, kind engine.Kind, name className, tag string) string {
	if kind == engine.ClassFunction {
		return c.classBase(o, name, tag)
	}
	class := "Function"
	switch kind {
	case engine.AsyncFunction:
		class = "AsyncFunction"
	case engine.GeneratorFunction:
		class = "GeneratorFunction"
	case engine.AsyncGeneratorFunction:
		class = "AsyncGeneratorFunction"
	}
	base := "[" + class
	if name.none {
		base += " (null prototype)"
	}
	if n := get(o, "name"); goja.IsString(n) && n.String() == "" {
		base += " (anonymous)"
	} else {
		base += ": " + text(n.ToString())
	}
	base += "]"
	if !name.none && name.text != class {
		base += " " + name.text
	}
	if tag != "" && (name.none || name.text != tag) {
		base += " [" + tag + "]"
	}
	return base
}

func (c *context) classBase(o *goja.Object, name className, tag string) string {
	n := "(anonymous)"
	if c.rt.Call(c.hasOwn, o, c.vm.ToValue("name")).ToBoolean() {
		if v := get(o, "name"); v.ToBoolean() {
			n = text(v.ToString())
		}
	}
	base := "class " + n
	if !name.none && name.text != "Function" {
		base += " [" + name.text + "]"
	}
	if tag != "" && (name.none || name.text != tag) {
		base += " [" + tag + "]"
	}
	if name.none {
		base += " extends [null prototype]"
	} else if parent := o.Prototype(); parent != nil {
		if super := get(parent, "name"); super.ToBoolean() {
			base += " extends " + text(super.ToString())
		}
	}
	return "[" + base + "]"
}

func (c *context) formatProperty(o, original *goja.Object, depth int, k key, extra extras) string {
	p, ok := c.describe(o, k)
	if !ok {
		p = property{value: goja.Undefined(), enumerable: true}
		if k.symbol == nil {
			if v := c.rt.Named(o, k.name); v != nil {
				p.value = v
			}
		} else if v := o.GetSymbol(k.symbol); v != nil {
			p.value = v
		}
	}
	gap := " "
	var s string
	switch {
	case p.value != nil && !goja.IsUndefined(p.value):
		diff := 2
		if c.compact == compactTrue && extra == objectType {
			diff = 3
		}
		c.indent += diff
		s = c.formatValue(p.value, depth, false)
		if diff == 3 && c.breakLength < float64(Width(s, c.colors)) {
			gap = "\n" + strings.Repeat(" ", c.indent)
		}
		c.indent -= diff
	case p.get != nil:
		s = c.formatGetter(original, p, depth)
	case p.set != nil:
		s = c.stylize("[Setter]", "special")
	default:
		s = c.stylize("undefined", "undefined")
	}
	if extra == arrayType {
		return s
	}
	return c.keyText(k, p.enumerable) + ":" + gap + s
}

func (c *context) keyText(k key, enumerable bool) string {
	var name string
	switch {
	case k.symbol != nil:
		name = c.stylize(escape(c.symbolText(k.symbol), '\''), "symbol")
	case k.name == "__proto__":
		name = "['__proto__']"
	case isIdentifier(k.name):
		name = c.stylize(k.name, "name")
	default:
		name = c.stylize(Quote(k.name), "string")
	}
	if !enumerable {
		return "[" + name + "]"
	}
	return name
}

func isIdentifier(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isAlnum(c) && c != '_' || i == 0 && c >= '0' && c <= '9' {
			return false
		}
	}
	return s != ""
}

func (c *context) formatGetter(original *goja.Object, p property, depth int) string {
	label := "Getter"
	if p.set != nil {
		label = "Getter/Setter"
	}
	if c.getters == "" || c.getters == "get" && p.set != nil || c.getters == "set" && p.set == nil ||
		c.getters != "true" && c.getters != "get" && c.getters != "set" {
		return c.stylize("["+label+"]", "special")
	}
	open, shut := c.stylize("["+label+":", "special"), c.stylize("]", "special")
	fn, _ := goja.AssertFunction(p.get)
	var s string
	if ex := c.vm.Try(func() {
		v := c.rt.Call(fn, original)
		c.indent += 2
		defer func() { c.indent -= 2 }()
		switch {
		case goja.IsNull(v):
			s = open + " " + c.stylize("null", "null") + shut
		case isObject(v) && !callable(v):
			s = c.stylize("["+label+"]", "special") + " " + c.formatValue(v, depth, false)
		default:
			s = open + " " + c.formatPrimitive(v, false) + shut
		}
	}); ex != nil {
		c.indent += 2
		defer func() { c.indent -= 2 }()
		return open + " <Inspection threw (" + c.formatValue(ex.Value(), depth, false) + ")>" + shut
	}
	return s
}

// formatExtra shows what a getter of the object's class tells.
func (c *context) formatExtra(o *goja.Object, name string, depth int, typed bool) string {
	c.indent += 2
	s := c.formatValue(get(o, name), depth, typed)
	c.indent -= 2
	return c.stylize("["+name+"]", "string") + ": " + s
}

// formatWeak shows the entries of a WeakMap or WeakSet with showHidden only: they are what the collector has not found yet.
func (c *context) formatWeak(o *goja.Object, pairs bool, depth int) []string {
	if !c.showHidden {
		return []string{c.stylize("<items unknown>", "special")}
	}
	return c.formatEntries(c.rt.WeakEntries(o), pairs, depth)
}
