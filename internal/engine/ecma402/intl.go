// Package ecma402 is the object Intl and the locale methods of numbers, strings and dates: it reads what scripts pass, in the order and
// with the errors of ECMA-402 and V8, and leaves the work to package intl.
package ecma402

import (
	"math"
	"os"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/intl"
)

// Host is what the engine around has for this package.
type Host interface {
	VM() *goja.Runtime
	// Method makes a function that is no constructor.
	Method(name string, length int, f func(goja.FunctionCall) goja.Value) *goja.Object
	SetMethod(o *goja.Object, name string, length int, f func(goja.FunctionCall) goja.Value)
	SetGetter(o *goja.Object, name string, get func(this goja.Value) goja.Value, set func(this, v goja.Value))
	// NewObject makes an object with a Go state, OwnSlot gives it back.
	NewObject(prototype *goja.Object, state any) *goja.Object
	OwnSlot(v goja.Value) any
	// TargetClass makes a class; create has a newTarget of nil where it is called without new.
	TargetClass(name string, length int, create func(call goja.FunctionCall, newTarget *goja.Object) *goja.Object) (class, prototype *goja.Object)
	NewPlainError(class, message string) *goja.Object
	Intrinsic(name string) *goja.Object
	Apply(fn, this goja.Value, args ...goja.Value) goja.Value
	ForOf(iterable goja.Value, f func(goja.Value) bool)
	DateValue(o *goja.Object) (milliseconds float64, ok bool)
	IteratorPrototype() *goja.Object
}

// Intl is what a runtime has of ECMA-402.
type Intl struct {
	host     Host
	vm       *goja.Runtime
	object   *goja.Object
	classes  map[string]*class
	fallback *goja.Symbol
	cache    map[string]any // formats of toLocaleString without options
}

// class is one of the constructors.
type class struct {
	name               string
	constructor, proto *goja.Object
}

// New makes the object Intl for a runtime.
func New(host Host) *Intl {
	in := &Intl{host: host, vm: host.VM(), classes: map[string]*class{}, cache: map[string]any{}}
	in.object = in.vm.NewObject()
	in.object.DefineDataPropertySymbol(goja.SymToStringTag, in.vm.ToValue("Intl"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	host.SetMethod(in.object, "getCanonicalLocales", 1, func(call goja.FunctionCall) goja.Value {
		return in.strings(in.localeList(call.Argument(0)))
	})
	host.SetMethod(in.object, "supportedValuesOf", 1, func(call goja.FunctionCall) goja.Value {
		key := in.toString(call.Argument(0))
		list, ok := intl.SupportedValues(key)
		if !ok {
			in.rangeError("Invalid key : " + key)
		}
		return in.strings(list)
	})
	in.defineDateTimeFormat()
	in.defineNumberFormat()
	in.defineCollator()
	in.definePluralRules()
	in.defineRelativeTimeFormat()
	in.defineListFormat()
	in.defineLocale()
	in.defineDisplayNames()
	in.defineSegmenter()
	in.defineDurationFormat()
	return in
}

// Object is the object Intl.
func (in *Intl) Object() *goja.Object { return in.object }

// define makes one of Intl's classes. create gives the new object's state; plain says whether it may be called without new.
func (in *Intl) define(name string, length int, plain bool, create func(call goja.FunctionCall) any) *class {
	c := &class{name: name}
	c.constructor, c.proto = in.host.TargetClass(name, length, func(call goja.FunctionCall, newTarget *goja.Object) *goja.Object {
		without := newTarget == nil
		if without {
			if !plain {
				in.typeError("Constructor Intl." + name + " requires 'new'")
			}
			newTarget = c.constructor
		}
		proto, ok := newTarget.Get("prototype").(*goja.Object)
		if !ok {
			proto = c.proto
		}
		made := in.host.NewObject(proto, create(call))
		if without && (name == "NumberFormat" || name == "DateTimeFormat") {
			return in.legacy(c, call.This, made)
		}
		return made
	})
	c.constructor.DefineDataProperty("prototype", c.proto, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	c.proto.DefineDataPropertySymbol(goja.SymToStringTag, in.vm.ToValue("Intl."+name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	in.object.DefineDataProperty(name, c.constructor, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	in.classes[name] = c
	if name != "Locale" {
		in.host.SetMethod(c.constructor, "supportedLocalesOf", 1, func(call goja.FunctionCall) goja.Value {
			return in.supported(call.Argument(0), call.Argument(1), "Intl."+name+".supportedLocalesOf")
		})
	}
	return c
}

// legacy lets a constructor that is called without new on an object of its own kind put the new object behind a symbol.
func (in *Intl) legacy(c *class, this goja.Value, made *goja.Object) *goja.Object {
	o, ok := this.(*goja.Object)
	if !ok || !in.instanceOf(o, c) {
		return made
	}
	in.host.Apply(in.host.Intrinsic("Object").Get("defineProperty"), goja.Undefined(), o, in.fallbackSymbol(), in.record("value", made, "writable", false, "enumerable", false, "configurable", false))
	return o
}

func (in *Intl) instanceOf(o *goja.Object, c *class) bool {
	f := in.host.Intrinsic("Function").Get("prototype").(*goja.Object).GetSymbol(goja.SymHasInstance)
	return in.host.Apply(f, c.constructor, o).ToBoolean()
}

// fallbackSymbol is %Intl%.[[FallbackSymbol]].
func (in *Intl) fallbackSymbol() *goja.Symbol {
	if in.fallback == nil {
		in.fallback = goja.NewSymbol("IntlLegacyConstructedSymbol")
	}
	return in.fallback
}

// state is the state of an object that must be of a class, or of what a legacy constructor has put behind it.
func state[T any](in *Intl, this goja.Value, method string, legacy *class) T {
	if s, ok := in.host.OwnSlot(this).(T); ok {
		return s
	}
	if o, ok := this.(*goja.Object); ok && legacy != nil && in.instanceOf(o, legacy) {
		if s, ok := in.host.OwnSlot(o.GetSymbol(in.fallbackSymbol())).(T); ok {
			return s
		}
	}
	in.typeError("Method " + method + " called on incompatible receiver " + in.describe(this))
	panic("unreachable")
}

// describe writes a receiver as V8's messages do.
func (in *Intl) describe(v goja.Value) string {
	if o, ok := v.(*goja.Object); ok {
		return in.host.Apply(in.host.Intrinsic("Object").Get("prototype").(*goja.Object).Get("toString"), o).String()
	}
	if v == nil {
		return "undefined"
	}
	return v.String()
}

func (in *Intl) typeError(message string)  { panic(in.host.NewPlainError("TypeError", message)) }
func (in *Intl) rangeError(message string) { panic(in.host.NewPlainError("RangeError", message)) }

// toString is the abstract operation.
func (in *Intl) toString(v goja.Value) string {
	if _, ok := v.(*goja.Symbol); ok {
		in.typeError("Cannot convert a Symbol value to a string")
	}
	return v.ToString().String()
}

// text is toString that keeps lone surrogates.
func (in *Intl) text(v goja.Value) goja.String {
	if _, ok := v.(*goja.Symbol); ok {
		in.typeError("Cannot convert a Symbol value to a string")
	}
	return v.ToString().(goja.String)
}

func (in *Intl) toNumber(v goja.Value) float64 {
	if _, ok := v.(*goja.Symbol); ok {
		in.typeError("Cannot convert a Symbol value to a number")
	}
	return v.ToNumber().ToFloat()
}

func undefined(v goja.Value) bool { return v == nil || goja.IsUndefined(v) }

func (in *Intl) strings(list []string) goja.Value {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = in.vm.ToValue(s)
	}
	return in.vm.NewArray(values...)
}

// record makes an ordinary object of names and values; values that are nil are left out.
func (in *Intl) record(pairs ...any) *goja.Object {
	o := in.vm.NewObject()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == nil || pairs[i+1] == "" {
			continue
		}
		o.DefineDataProperty(pairs[i].(string), in.vm.ToValue(pairs[i+1]), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	return o
}

// parts makes the array that the formatToParts methods give.
func (in *Intl) parts(list []intl.Part) goja.Value {
	values := make([]any, len(list))
	for i, p := range list {
		o := in.record("type", p.Type)
		o.DefineDataProperty("value", in.vm.ToValue(p.Value), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		if p.Source != "" {
			o.Set("source", p.Source)
		}
		if p.Unit != "" {
			o.Set("unit", p.Unit)
		}
		values[i] = o
	}
	return in.vm.NewArray(values...)
}

// localeList is CanonicalizeLocaleList.
func (in *Intl) localeList(v goja.Value) []string {
	if undefined(v) {
		return nil
	}
	var list []string
	add := func(v goja.Value) {
		o, isObject := v.(*goja.Object)
		if _, isString := v.(goja.String); !isString && !isObject {
			in.typeError("Language ID should be string or object.")
		}
		var tag string
		if l, ok := in.host.OwnSlot(v).(*locale); ok {
			tag = l.tag.String()
		} else {
			text := ""
			if isObject {
				text = in.toString(o)
			} else {
				text = v.String()
			}
			t, ok := intl.Canonicalize(text)
			if !ok {
				in.badLocale()
			}
			tag = t.String()
		}
		if !slices.Contains(list, tag) {
			list = append(list, tag)
		}
	}
	if _, isString := v.(goja.String); isString {
		add(v)
		return list
	}
	if _, ok := in.host.OwnSlot(v).(*locale); ok {
		add(v)
		return list
	}
	if goja.IsNull(v) {
		in.typeError("Cannot convert undefined or null to object")
	}
	o := v.ToObject(in.vm)
	has := in.host.Intrinsic("Reflect").Get("has")
	n := in.length(o.Get("length"))
	for i := range n {
		key := in.vm.ToValue(i).ToString()
		if in.host.Apply(has, goja.Undefined(), o, key).ToBoolean() {
			item := o.Get(key.String())
			if item == nil {
				item = goja.Undefined()
			}
			add(item)
		}
	}
	return list
}

func (in *Intl) badLocale() { in.rangeError("Incorrect locale information provided") }

// length is ToLength.
func (in *Intl) length(v goja.Value) int64 {
	if undefined(v) {
		return 0
	}
	n := in.toNumber(v)
	if !(n > 0) {
		return 0
	}
	return int64(math.Min(math.Trunc(n), 1<<53-1))
}

// supported is SupportedLocales.
func (in *Intl) supported(locales, options goja.Value, method string) goja.Value {
	list := in.localeList(locales)
	if !undefined(options) {
		o := in.coerce(options, method)
		in.matcher(o)
	}
	var found []string
	for _, l := range list {
		if t, ok := intl.Parse(l); ok && intl.Available(t.Base()) != "" {
			found = append(found, l)
		}
	}
	return in.strings(found)
}

// options is an object that options are read from; it is nil where there are none.
type options struct {
	o       *goja.Object
	service string // how messages call what reads them
}

// coerce is CoerceOptionsToObject.
func (in *Intl) coerce(v goja.Value, service string) *options {
	if undefined(v) {
		return &options{nil, service}
	}
	if goja.IsNull(v) {
		in.typeError(service + " called on null or undefined")
	}
	return &options{v.ToObject(in.vm), service}
}

// strict is GetOptionsObject.
func (in *Intl) strict(v goja.Value, service string) *options {
	if undefined(v) {
		return &options{nil, service}
	}
	o, ok := v.(*goja.Object)
	if !ok {
		in.typeError("invalid_argument")
	}
	return &options{o, service}
}

// get is an option's value, nil if it is undefined.
func (o *options) get(name string) goja.Value {
	if o.o == nil {
		return nil
	}
	v := o.o.Get(name)
	if undefined(v) {
		return nil
	}
	return v
}

// word reads an option that is one of some words, or any.
func (in *Intl) word(o *options, name, preset string, words ...string) string {
	v := o.get(name)
	if v == nil {
		return preset
	}
	s := in.toString(v)
	if len(words) > 0 && !slices.Contains(words, s) {
		in.rangeError("Value " + s + " out of range for " + o.service + " options property " + name)
	}
	return s
}

// boolean reads an option that is true or false; known is false where it is not there.
func (in *Intl) boolean(o *options, name string) (value, known bool) {
	v := o.get(name)
	if v == nil {
		return false, false
	}
	return v.ToBoolean(), true
}

// integer reads a number within bounds.
func (in *Intl) integer(o *options, name string, lo, hi, preset int) int {
	return in.within(o.get(name), name, lo, hi, preset)
}

func (in *Intl) within(v goja.Value, name string, lo, hi, preset int) int {
	if v == nil {
		return preset
	}
	n := in.toNumber(v)
	if n != n || n < float64(lo) || n > float64(hi) {
		in.rangeError(name + " value is out of range.")
	}
	return int(math.Floor(n))
}

// matcher reads the option localeMatcher, which changes nothing here.
func (in *Intl) matcher(o *options) { in.word(o, "localeMatcher", "best fit", "lookup", "best fit") }

// typeOption reads an option that is shaped as a keyword's type.
func (in *Intl) typeOption(o *options, name string) string {
	v := o.get(name)
	if v == nil {
		return ""
	}
	s := in.toString(v)
	if !intl.IsType(s) {
		in.rangeError("Invalid " + name + " : " + s)
	}
	return strings.ToLower(s)
}

// resolved is the result of ResolveLocale.
type resolved struct {
	locale string            // with the extensions that are honoured
	data   string            // without
	values map[string]string // of the keywords asked for
}

// resolve is ResolveLocale: the first of the requested locales that there are data for, or the default, with its keywords. given are
// values that options ask for; supports tells whether a locale knows a value.
func (in *Intl) resolve(requested []string, given map[string]string, supports func(data, key, value string) bool, keys ...string) resolved {
	var r resolved
	var tag intl.Tag
	for _, l := range requested {
		t, _ := intl.Parse(l)
		if found := intl.Available(t.Base()); found != "" {
			r.data, tag = found, t
			break
		}
	}
	if r.data == "" {
		tag, _ = intl.Parse(DefaultLocale())
		r.data = tag.Base()
	}
	r.values = map[string]string{}
	result, _ := intl.Parse(r.data)
	slices.Sort(keys)
	for _, key := range keys {
		if v, ok := tag.Keyword(key); ok {
			if v == "" {
				v = "true"
			}
			if supports(r.data, key, v) {
				r.values[key] = v
				result.SetKeyword(key, v)
			}
		}
		if v := given[key]; v != "" {
			if to := intl.CanonicalType(key, v); to != "" {
				v = to
			}
			if r.values[key] != v && supports(r.data, key, v) {
				if _, had := r.values[key]; had {
					result.DropKeyword(key)
				}
				r.values[key] = v
			}
		}
	}
	r.locale = result.String()
	return r
}

// DefaultLocale is that of the process's environment, or American English.
func DefaultLocale() string {
	for _, name := range [...]string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if s := os.Getenv(name); s != "" {
			s, _, _ = strings.Cut(s, ".")
			s, _, _ = strings.Cut(s, "@")
			if t, ok := intl.Parse(strings.ReplaceAll(s, "_", "-")); ok {
				if l := intl.Available(t.Base()); l != "" {
					return l
				}
			}
			break
		}
	}
	return "en-US"
}
