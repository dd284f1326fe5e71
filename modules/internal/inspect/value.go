package inspect

import (
	"math"
	"sort"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

type extras uint8

const (
	objectType  extras = iota
	arrayType          // an element: no key is shown
	arrayExtras        // a further property of an array: the key is shown
)

// key is a property key; symbol is nil for strings.
type key struct {
	name   string
	symbol *goja.Symbol
}

func (k key) value(in *inspector) goja.Value {
	if k.symbol != nil {
		return k.symbol
	}
	return in.value(k.name)
}

// property is an own property without its getter having been run.
type property struct {
	value      goja.Value // nil for accessors
	get, set   goja.Value // nil if undefined
	enumerable bool
}

func (in *inspector) describe(o *goja.Object, k key) (property, bool) {
	if k.symbol == nil {
		if v, ok := in.rt.PlainValue(o, k.name); ok {
			return property{value: v, enumerable: true}, true
		}
	}
	d, ok := in.rt.Call(in.getDescriptor, goja.Undefined(), o, k.value(in)).(*goja.Object)
	if !ok {
		return property{}, false
	}
	p := property{enumerable: d.Get("enumerable").ToBoolean()}
	if v := d.Get("value"); v != nil {
		p.value = v
		return p, true
	}
	defined := func(v goja.Value) goja.Value {
		if v == nil || goja.IsUndefined(v) {
			return nil
		}
		return v
	}
	p.get, p.set = defined(d.Get("get")), defined(d.Get("set"))
	return p, true
}

// get reads a property like a script does; absent ones are undefined.
func get(o *goja.Object, name string) goja.Value {
	if v := o.Get(name); v != nil {
		return v
	}
	return goja.Undefined()
}

func callable(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}

func (c *context) formatPrimitive(v goja.Value, plain bool) string {
	style := func(s, name string) string {
		if plain {
			return s
		}
		return c.stylize(s, name)
	}
	if s, ok := v.(goja.String); ok {
		n := s.Length()
		trailer := ""
		if float64(n) > c.maxString {
			rest := n - int(max(0, c.maxString))
			n = int(max(0, c.maxString))
			s = s.Substring(0, n)
			trailer = "... " + strconv.Itoa(rest) + " more character"
			if rest > 1 {
				trailer += "s"
			}
		}
		t := text(s)
		if c.compact != compactTrue && n > 16 && float64(n) > c.breakLength-float64(c.indent)-4 {
			lines := strings.SplitAfter(t, "\n")
			if lines[len(lines)-1] == "" {
				lines = lines[:len(lines)-1]
			}
			for i, line := range lines {
				lines[i] = style(Quote(line), "string")
			}
			return strings.Join(lines, " +\n"+strings.Repeat(" ", c.indent+2)) + trailer
		}
		return style(Quote(t), "string") + trailer
	}
	switch {
	case goja.IsNumber(v):
		return style(c.formatNumber(v), "number")
	case goja.IsBigInt(v):
		s := v.String()
		if c.numericSeparator {
			s = groupDigits(s)
		}
		return style(s+"n", "bigint")
	case goja.IsUndefined(v):
		return style("undefined", "undefined")
	case goja.IsNull(v):
		return style("null", "null")
	}
	if sym, ok := v.(*goja.Symbol); ok {
		if sym == c.uninitialized {
			return style("<uninitialized>", "special")
		}
		return style(c.symbolText(sym), "symbol")
	}
	return style(v.String(), "boolean")
}

func (in *inspector) symbolText(s *goja.Symbol) string {
	return text(in.rt.Call(in.symbolToString, s))
}

func (c *context) formatValue(v goja.Value, depth int, typed bool) string {
	o, ok := v.(*goja.Object)
	if !ok {
		return c.formatPrimitive(v, false)
	}
	outer := o
	kind := engine.KindOf(o)
	proxied := kind == engine.ProxyObject
	if proxied && c.rt.IsModuleNamespace(o) {
		o, kind, proxied = c.namespace(o), engine.OtherObject, false
	} else if proxied {
		proxy := o.Export().(goja.Proxy)
		target := proxy.Target()
		if target == nil {
			return c.stylize("<Revoked Proxy>", "special")
		}
		if c.showProxy {
			return c.formatProxy(target, proxy.Handler(), depth)
		}
		// A proxy of a proxy shows what is behind both.
		for {
			o, kind = target, engine.KindOf(target)
			if kind != engine.ProxyObject {
				break
			}
			if target = target.Export().(goja.Proxy).Target(); target == nil {
				return c.stylize("<Revoked Proxy>", "special")
			}
		}
	}
	if c.customInspect {
		if s, done := c.formatCustom(o, outer, proxied, depth); done {
			return s
		}
	}
	for _, s := range c.seen {
		if s == o {
			index, ok := c.circular[o]
			if !ok {
				if c.circular == nil {
					c.circular = map[*goja.Object]int{}
				}
				index = len(c.circular) + 1
				c.circular[o] = index
			}
			return c.stylize("[Circular *"+strconv.Itoa(index)+"]", "special")
		}
	}
	return c.formatRaw(o, kind, depth, typed)
}

// namespace gives an ordinary object with what the namespace of an ES module has, as far as the module has got.
func (c *context) namespace(ns *goja.Object) *goja.Object {
	if view := c.namespaces[ns]; view != nil {
		return view
	}
	if c.namespaces == nil {
		c.namespaces, c.uninitialized = map[*goja.Object]*goja.Object{}, goja.NewSymbol("")
	}
	view := c.vm.CreateObject(nil)
	c.namespaces[ns], c.namespaces[view] = view, view
	for _, name := range ns.GetOwnPropertyNames() {
		v := goja.Value(c.uninitialized)
		c.vm.Try(func() { v = ns.Get(name) })
		view.Set(name, v)
	}
	view.DefineDataPropertySymbol(goja.SymToStringTag, c.vm.ToValue("Module"), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return view
}

// formatCustom runs the object's own inspection function, if it has one.
func (c *context) formatCustom(o, outer *goja.Object, proxied bool, depth int) (string, bool) {
	custom := o.GetSymbol(c.custom)
	fn, ok := goja.AssertFunction(custom)
	if !ok || custom == goja.Value(c.inspect) {
		return "", false
	}
	// A prototype is not an instance.
	if class, ok := get(o, "constructor").(*goja.Object); ok && class.Get("prototype") == goja.Value(o) {
		return "", false
	}
	left := c.raw[optDepth]
	if goja.IsNumber(left) {
		left = c.vm.ToValue(c.depth - float64(depth))
		if depth < 0 {
			left = goja.NaN()
		}
	} else if !goja.IsNull(left) {
		left = goja.NaN()
	}
	cross := proxied || !c.instanceOf(outer, c.object)
	result := c.rt.Call(fn, outer, left, c.userOptions(cross), c.inspect)
	if result == goja.Value(outer) {
		return "", false
	}
	if !goja.IsString(result) || isObject(result) {
		return c.formatValue(result, depth, false), true
	}
	return strings.ReplaceAll(text(result), "\n", "\n"+strings.Repeat(" ", c.indent)), true
}

func isObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok
}

func (c *context) formatProxy(target, handler *goja.Object, depth int) string {
	if float64(depth) > c.depth {
		return c.stylize("Proxy [Array]", "special")
	}
	depth++
	c.indent += 2
	out := []string{c.formatValue(target, depth, false), c.formatValue(orNull(handler), depth, false)}
	c.indent -= 2
	return c.reduce(out, "", [2]string{"Proxy [", "]"}, arrayExtras, depth, nil)
}

func orNull(o *goja.Object) goja.Value {
	if o == nil {
		return goja.Null()
	}
	return o
}

// formatter writes the entries of a value that are not properties.
type formatter func(depth int) []string

func (c *context) formatRaw(o *goja.Object, kind engine.Kind, depth int, typed bool) string {
	rt := c.rt
	var protoProps []string
	collect := c.showHidden && float64(depth) <= c.depth
	name := c.constructorName(o, depth, collect, &protoProps)
	plain := protoProps == nil

	tag := ""
	if t, ok := o.GetSymbol(goja.SymToStringTag).(goja.String); ok && t.Length() > 0 {
		test := c.isEnumerable
		if c.showHidden {
			test = c.hasOwn
		}
		if !rt.Call(test, o, goja.SymToStringTag).ToBoolean() {
			tag = text(t)
		}
	}

	var (
		base string
		keys []key
		// What getters tell of all such objects.
		extraKeys []string
		braces    = [2]string{"{", "}"}
		format    formatter
		extra     = objectType
	)
	iterable := true
	switch kind {
	case engine.ArrayObject:
		n := int(get(o, "length").ToInteger())
		prefix := ""
		if name.none || name.text != "Array" || tag != "" {
			prefix = prefixOf(name, tag, "Array", "("+strconv.Itoa(n)+")")
		}
		keys = c.nonIndexKeys(o)
		braces = [2]string{prefix + "[", "]"}
		if n == 0 && len(keys) == 0 && plain {
			return braces[0] + "]"
		}
		extra = arrayExtras
		format = func(depth int) []string { return c.formatArray(o, n, depth) }
	case engine.SetObject, engine.MapObject:
		items := engine.Entries(o)
		fallback, size := "Set", len(items)
		if kind == engine.MapObject {
			fallback, size = "Map", len(items)/2
		}
		prefix := prefixOf(name, tag, fallback, "("+strconv.Itoa(size)+")")
		keys = c.keys(o)
		if size == 0 && len(keys) == 0 && plain {
			return prefix + "{}"
		}
		braces[0] = prefix + "{"
		format = func(depth int) []string { return c.formatEntries(items, kind == engine.MapObject, depth) }
	case engine.TypedArray:
		keys = c.nonIndexKeys(o)
		items := typedItems(rt, o)
		fallback := ""
		if name.none {
			fallback = engine.ViewName(o)
		}
		prefix := prefixOf(name, tag, fallback, "("+strconv.Itoa(items.n)+")")
		braces = [2]string{prefix + "[", "]"}
		if items.n == 0 && len(keys) == 0 && !c.showHidden {
			return braces[0] + "]"
		}
		extra = arrayExtras
		format = func(depth int) []string { return c.formatTypedArray(o, items, depth) }
	case engine.MapIterator, engine.SetIterator:
		keys = c.keys(o)
		class := "Map"
		if kind == engine.SetIterator {
			class = "Set"
		}
		t := tag
		if t != class+" Iterator" {
			if t != "" {
				t += "] ["
			}
			t += class + " Iterator"
		}
		items, pairs := engine.IteratorRest(o)
		if pairs {
			t = strings.TrimSuffix(t, " Iterator") + " Entries"
		}
		braces[0] = "[" + t + "] {"
		format = func(depth int) []string { return c.formatIterator(items, pairs, depth) }
	default:
		iterable = false
	}
	if !iterable {
		keys = c.keys(o)
		empty := func() bool { return len(keys) == 0 && plain }
		switch {
		case kind == engine.ClassFunction || kind == engine.Function || kind == engine.AsyncFunction || kind == engine.GeneratorFunction || kind == engine.AsyncGeneratorFunction:
			base = c.functionBase(o, kind, name, tag)
			if empty() {
				return c.stylize(base, "special")
			}
		case !name.none && name.text == "Object":
			if kind == engine.ArgumentsObject {
				braces[0] = "[Arguments] {"
			} else if tag != "" {
				braces[0] = prefixOf(name, tag, "Object", "") + "{"
			}
			if empty() {
				return braces[0] + "}"
			}
		case kind == engine.RegExpObject:
			shown := o
			if name.none { // and so without properties that tell the source
				shown, _ = c.vm.New(rt.Intrinsic("RegExp"), o)
			}
			base = text(rt.Call(c.regexpToString, shown).ToString())
			if prefix := prefixOf(name, tag, "RegExp", ""); prefix != "RegExp " {
				base = prefix + base
			}
			if empty() || float64(depth) > c.depth {
				return c.stylize(base, "regexp")
			}
		case kind == engine.DateObject:
			if o.Export() == nil {
				base = text(rt.Call(c.dateToStr, o))
			} else {
				base = text(rt.Call(c.dateToISO, o))
			}
			if prefix := prefixOf(name, tag, "Date", ""); prefix != "Date " {
				base = prefix + base
			}
			if empty() {
				return c.stylize(base, "date")
			}
		case float64(depth) <= c.depth && c.href(o) != "":
			if base = c.href(o); empty() {
				return base
			}
		case c.isError(o, kind):
			base, keys = c.formatError(o, name, tag, keys)
			if empty() {
				return base
			}
		case kind == engine.ArrayBufferObject:
			prefix := prefixOf(name, tag, "ArrayBuffer", "")
			if !typed {
				format = func(int) []string { return c.formatArrayBuffer(o) }
			} else if empty() {
				return prefix + "{ [byteLength]: " + c.formatPrimitive(get(o, "byteLength"), false) + " }"
			}
			braces[0] = prefix + "{"
			extraKeys = []string{"byteLength"}
		case kind == engine.DataViewObject:
			braces[0] = prefixOf(name, tag, "DataView", "") + "{"
			extraKeys = []string{"byteLength", "byteOffset", "buffer"}
		case kind == engine.PromiseObject:
			braces[0] = prefixOf(name, tag, "Promise", "") + "{"
			format = func(depth int) []string { return c.formatPromise(o, depth) }
		case kind == engine.WeakSetObject || kind == engine.WeakMapObject:
			fallback := "WeakSet"
			if kind == engine.WeakMapObject {
				fallback = "WeakMap"
			}
			braces[0] = prefixOf(name, tag, fallback, "") + "{"
			format = func(depth int) []string { return c.formatWeak(o, kind == engine.WeakMapObject, depth) }
		case kind == engine.BoxedPrimitive || kind == engine.StringObject:
			base, keys = c.boxedBase(o, kind, keys, name, tag)
			if empty() {
				return base
			}
		default:
			prefix := c.objectPrefix(o, name, tag)
			if empty() {
				return prefix + "{}"
			}
			braces[0] = prefix + "{"
		}
	}
	if float64(depth) > c.depth {
		s := strings.TrimSuffix(c.objectPrefix(o, name, tag), " ")
		if !name.none {
			s = "[" + s + "]"
		}
		return c.stylize(s, "special")
	}
	depth++
	if len(c.seen) > entriesMax {
		return c.stylize("["+strings.TrimSuffix(c.objectPrefix(o, name, tag), " ")+
			": Inspection interrupted prematurely. Maximum call stack size exceeded.]", "special")
	}
	c.seen = append(c.seen, o)
	c.currentDepth = depth
	var out []string
	if format != nil {
		out = format(depth)
	}
	for _, name := range extraKeys {
		out = append(out, c.formatExtra(o, name, depth, false))
	}
	for _, k := range keys {
		out = append(out, c.formatProperty(o, o, depth, k, extra))
	}
	out = append(out, protoProps...)
	if index, ok := c.circular[o]; ok {
		reference := c.stylize("<ref *"+strconv.Itoa(index)+">", "special")
		switch {
		case c.compact == compactTrue:
			braces[0] = reference + " " + braces[0]
		case base == "":
			base = reference
		default:
			base = reference + " " + base
		}
	}
	c.seen = c.seen[:len(c.seen)-1]
	if c.sorted {
		if extra == objectType {
			c.sort(out)
		} else if len(keys) > 1 {
			c.sort(out[len(out)-len(keys):])
		}
	}
	result := c.reduce(out, base, braces, extra, depth, o)
	if c.budget == nil {
		c.budget = map[int]int{}
	}
	// However deep and wide the value is, the text must end.
	if c.budget[c.indent] += len(result); c.budget[c.indent] > 1<<27 {
		c.depth = -1
	}
	return result
}

func (c *context) sort(list []string) {
	if c.compare == nil {
		sort.SliceStable(list, func(i, j int) bool { return lessUTF16(list[i], list[j]) })
		return
	}
	sort.SliceStable(list, func(i, j int) bool {
		return c.rt.Call(c.compare, goja.Undefined(), c.value(list[i]), c.value(list[j])).ToFloat() < 0
	})
}

// lessUTF16 orders text as scripts do: by UTF-16 units, in which what lies beyond U+FFFF comes before U+E000.
func lessUTF16(a, b string) bool {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			if a[i] >= 0xEE && b[i] >= 0xEE && (a[i] >= 0xF0) != (b[i] >= 0xF0) {
				return a[i] >= 0xF0
			}
			return a[i] < b[i]
		}
	}
	return len(a) < len(b)
}

// keys lists the keys to show.
func (c *context) keys(o *goja.Object) []key {
	var names []string
	if c.showHidden {
		names = c.rt.AllNames(o)
	} else {
		names = c.rt.Names(o)
	}
	return c.withSymbols(o, names)
}

func (c *context) withSymbols(o *goja.Object, names []string) []key {
	var list []key
	if len(names) > 0 {
		list = make([]key, len(names), len(names)+2)
	}
	for i, n := range names {
		list[i].name = n
	}
	if c.showHidden {
		symbols := c.rt.Call(c.getSymbols, goja.Undefined(), o).(*goja.Object)
		for i, n := 0, int(symbols.Get("length").ToInteger()); i < n; i++ {
			if s, ok := symbols.Get(strconv.Itoa(i)).(*goja.Symbol); ok && !c.rt.HiddenSymbol(s) {
				list = append(list, key{symbol: s})
			}
		}
		return list
	}
	for _, s := range o.Symbols() {
		if !c.rt.HiddenSymbol(s) && c.rt.Call(c.isEnumerable, o, s).ToBoolean() {
			list = append(list, key{symbol: s})
		}
	}
	return list
}

// nonIndexKeys lists the keys of an array that are not elements.
func (c *context) nonIndexKeys(o *goja.Object) []key {
	names, ok := c.rt.OwnNonIndexNames(o)
	if !ok {
		return withoutIndexes(c.keys(o))
	}
	if !c.showHidden {
		shown := names[:0]
		for _, n := range names {
			if n == "length" && engine.KindOf(o) == engine.ArrayObject {
				continue
			}
			if p, ok := c.describe(o, key{name: n}); ok && p.enumerable {
				shown = append(shown, n)
			}
		}
		names = shown
	}
	return c.withSymbols(o, names)
}

func withoutIndexes(keys []key) []key {
	rest := keys[:0]
	for _, k := range keys {
		if k.symbol == nil && isIndex(k.name) {
			continue
		}
		rest = append(rest, k)
	}
	return rest
}

func isIndex(s string) bool {
	if s == "" || len(s) > 10 || s[0] == '0' && len(s) > 1 {
		return false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && s[0] != '+' && n < math.MaxUint32
}

// href is what a URL is, "" for all else.
func (c *context) href(o *goja.Object) string {
	if u, ok := c.rt.Slot(o).(interface{ Href() string }); ok {
		return u.Href()
	}
	return ""
}
