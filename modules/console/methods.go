package console

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed table.js
var tableJS string

func arg(args []goja.Value, i int) goja.Value {
	if i < len(args) {
		return args[i]
	}
	return goja.Undefined()
}

// label reads the first argument of count and time.
func (c *console) label(args []goja.Value) string {
	v := arg(args, 0)
	if goja.IsUndefined(v) {
		return "default"
	}
	if _, ok := v.(*goja.Symbol); ok {
		panic(c.vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	return v.ToString().String()
}

func (c *console) dir(args []goja.Value) {
	direct := c.direct(stdout)
	options := c.vm.NewObject()
	options.Set("customInspect", false)
	for _, from := range [...]goja.Value{c.inspectOptions(stdout, direct), arg(args, 1)} {
		if o, ok := from.(*goja.Object); ok {
			for _, key := range o.Keys() {
				options.Set(key, o.Get(key))
			}
		}
	}
	c.write(stdout, direct, c.rt.CallMethod(c.rt.Require("internal/util/inspect"), "inspect", arg(args, 0), options))
}

func (c *console) time(args []goja.Value) {
	name := c.label(args)
	if _, ok := c.times[name]; ok {
		c.warning("Label '" + name + "' already exists for console.time()")
		return
	}
	if c.times == nil {
		c.times = map[string]time.Time{}
	}
	c.times[name] = time.Now()
}

func (c *console) timeEnd(args []goja.Value) {
	name := c.label(args)
	if c.elapsed("timeEnd", name, nil) {
		delete(c.times, name)
	}
}

func (c *console) timeLog(args []goja.Value) {
	var data []goja.Value
	if len(args) > 1 {
		data = args[1:]
	}
	c.elapsed("timeLog", c.label(args), data)
}

func (c *console) elapsed(method, name string, data []goja.Value) bool {
	start, ok := c.times[name]
	if !ok {
		c.warning("No such label '" + name + "' for console." + method + "()")
		return false
	}
	text := formatTime(float64(time.Since(start)) / 1e6)
	c.call("log", append([]goja.Value{c.vm.ToValue("%s: %s"), c.vm.ToValue(name), c.vm.ToValue(text)}, data...)...)
	return true
}

// formatTime writes milliseconds as "1.234ms", "1.234s", "1:02.345 (m:ss.mmm)" or "1:02:03.456 (h:mm:ss.mmm)".
func formatTime(ms float64) string {
	if ms < 1000 {
		return strconv.FormatFloat(math.Round(ms*1000)/1000, 'f', -1, 64) + "ms"
	}
	hours, minutes := math.Floor(ms/3600000), 0.0
	if hours > 0 {
		ms = math.Mod(ms, 3600000)
	}
	if ms >= 60000 {
		minutes = math.Floor(ms / 60000)
		ms = math.Mod(ms, 60000)
	}
	seconds := ms / 1000
	if hours == 0 && minutes == 0 {
		return strconv.FormatFloat(seconds, 'f', 3, 64) + "s"
	}
	rest := fmt.Sprintf("%06.3f", seconds)
	if hours > 0 {
		return fmt.Sprintf("%.0f:%02.0f:%s (h:mm:ss.mmm)", hours, minutes, rest)
	}
	return fmt.Sprintf("%.0f:%s (m:ss.mmm)", minutes, rest)
}

func (c *console) trace(args []goja.Value) {
	message := c.formatted(stderr, c.direct(stderr), args).String()
	head := "Trace"
	if message != "" {
		head += ": " + message
	}
	stack := c.rt.NewPlainError("Error", "").Get("stack").String()
	if at := strings.IndexByte(stack, '\n'); at >= 0 {
		head += stack[at:]
	}
	c.call("error", c.vm.ToValue(strings.TrimSuffix(head, "\n")))
}

// assert is called if its condition is false.
func (c *console) assert(args []goja.Value) {
	var list []goja.Value
	if len(args) > 1 {
		list = append(list, args[1:]...)
		if goja.IsString(list[0]) {
			list[0] = c.vm.ToValue("Assertion failed: " + list[0].String())
		} else {
			list = append([]goja.Value{c.vm.ToValue("Assertion failed")}, list...)
		}
	} else {
		list = append(list, c.vm.ToValue("Assertion failed"))
	}
	c.call("warn", list...)
}

func (c *console) clear([]goja.Value) {
	if c.direct(stdout) {
		return
	}
	stream, ok := c.stream(stdout).(*goja.Object)
	if !ok {
		return
	}
	if tty := stream.Get("isTTY"); tty == nil || !tty.ToBoolean() {
		return
	}
	if term, _ := c.rt.Env().Get("TERM"); term != "dumb" {
		c.rt.CallMethod(stream, "write", c.vm.ToValue("\x1b[1;1H"))
		c.rt.CallMethod(stream, "write", c.vm.ToValue("\x1b[0J"))
	}
}

func (c *console) count(args []goja.Value) {
	name := c.label(args)
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[name]++
	c.call("log", c.vm.ToValue(name+": "+strconv.Itoa(c.counts[name])))
}

func (c *console) countReset(args []goja.Value) {
	name := c.label(args)
	if _, ok := c.counts[name]; !ok {
		c.warning("Count for '" + name + "' does not exist")
		return
	}
	delete(c.counts, name)
}

func (c *console) group(args []goja.Value) {
	if len(args) > 0 {
		c.call("log", append([]goja.Value(nil), args...)...)
	}
	c.indent += strings.Repeat(" ", c.width)
}

func (c *console) groupEnd([]goja.Value) {
	c.indent = c.indent[:max(0, len(c.indent)-c.width)]
}

func (c *console) table(args []goja.Value) {
	data, properties := arg(args, 0), arg(args, 1)
	if !goja.IsUndefined(properties) {
		c.rt.ValidateArray(properties, "properties", 0)
	}
	o, ok := data.(*goja.Object)
	if _, callable := goja.AssertFunction(data); !ok || callable {
		c.call("log", data)
		return
	}
	draw, _ := goja.AssertFunction(c.rt.Require("internal/console/table").Get("table"))
	text := c.rt.Call(draw, goja.Undefined(), o, properties, c.inspectOptions(stdout, c.direct(stdout)))
	c.call("log", text)
}

// class is the Console constructor.
func (s *shared) class() *goja.Object {
	if s.proto != nil {
		return s.proto.Get("constructor").(*goja.Object)
	}
	var class *goja.Object
	class, s.proto = s.rt.FactoryClass("Console", 1, func(call goja.ConstructorCall) *goja.Object {
		c := &console{shared: s, self: call.This, width: 2}
		c.construct(call)
		return nil
	})
	for _, m := range methods {
		s.proto.Set(m.name, s.function(m, func(this goja.Value) *console {
			if c, ok := s.rt.Slot(this).(*console); ok {
				return c
			}
			panic(s.vm.NewTypeError("this is not a Console"))
		}))
	}
	class.DefineDataPropertySymbol(goja.SymHasInstance, s.rt.Func("value", 1, func(call goja.FunctionCall) goja.Value {
		_, ok := s.rt.Slot(call.Argument(0)).(*console)
		return s.vm.ToValue(ok)
	}), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return class
}

// construct takes the options, or the streams one by one.
func (c *console) construct(call goja.ConstructorCall) {
	rt := c.rt
	property := func(o *goja.Object, name string) goja.Value {
		if o != nil {
			if v := o.Get(name); v != nil {
				return v
			}
		}
		return goja.Undefined()
	}
	callable := func(v goja.Value) bool { _, ok := goja.AssertFunction(v); return ok }
	options, _ := call.Argument(0).(*goja.Object)
	out, errors, ignore := call.Argument(0), call.Argument(1), call.Argument(2)
	var color, inspect, width goja.Value = goja.Undefined(), goja.Undefined(), goja.Undefined()
	given := options != nil && !callable(property(options, "write"))
	if given {
		out, errors, ignore = property(options, "stdout"), property(options, "stderr"), property(options, "ignoreErrors")
		color, inspect, width = property(options, "colorMode"), property(options, "inspectOptions"), property(options, "groupIndentation")
	}
	if goja.IsUndefined(errors) {
		errors = out
	}
	for i, v := range [...]goja.Value{out, errors} {
		name := [...]string{"stdout", "stderr"}[i]
		if o, ok := v.(*goja.Object); !ok || !callable(property(o, "write")) {
			rt.Throw(rt.NewError("ERR_CONSOLE_WRITABLE_STREAM", name))
		}
	}
	c.color = "auto"
	if !goja.IsUndefined(color) {
		_, isBool := engine.Boolean(color)
		if c.color = color.String(); !isBool && (!goja.IsString(color) || c.color != "auto") {
			rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "colorMode", color, "must be one of: 'auto', true, false"))
		}
	}
	if !goja.IsUndefined(width) {
		c.width = int(rt.ValidateInteger(width, "groupIndentation", 0, 1000))
	}
	if !goja.IsUndefined(inspect) {
		c.options = rt.ValidateObject(inspect, "options.inspectOptions")
		each := []goja.Value{c.options}
		if c.perStream = engine.KindOf(c.options) == engine.MapObject; c.perStream {
			each = nil
			for i, entry := range engine.Entries(c.options) {
				if i%2 == 1 {
					each = append(each, entry)
				}
			}
		}
		for _, o := range each {
			if o, ok := o.(*goja.Object); ok && !goja.IsUndefined(property(o, "colors")) && !goja.IsUndefined(color) {
				rt.Throw(rt.NewError("ERR_INCOMPATIBLE_OPTION_PAIR", "options.inspectOptions.color", "colorMode"))
			}
		}
	}
	c.ignoreErrors = goja.IsUndefined(ignore) || ignore.ToBoolean()
	// Methods work without a receiver, also those of a subclass.
	for _, m := range methods {
		v := c.self.Get(m.name)
		if v == c.proto.Get(m.name) {
			c.self.Set(m.name, c.own(m))
			continue
		}
		if callable(v) {
			bound := rt.CallMethod(v.(*goja.Object), "bind", c.self).(*goja.Object)
			bound.DefineDataProperty("name", c.vm.ToValue(m.name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
			c.self.Set(m.name, bound)
		}
	}
	c.self.DefineDataProperty("_stdout", out, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	c.self.DefineDataProperty("_stderr", errors, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	c.finish()
}

// tableBinding gives table.js what is in Maps, Sets and their iterators.
func tableBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	b := vm.NewObject()
	rt.SetFunc(b, "entries", 1, func(call goja.FunctionCall) goja.Value {
		o := call.Argument(0).(*goja.Object)
		var items []goja.Value
		pairs := false
		switch kind := engine.KindOf(o); kind {
		case engine.MapObject, engine.SetObject:
			items, pairs = engine.Entries(o), kind == engine.MapObject
		case engine.MapIterator, engine.SetIterator:
			items, pairs = engine.IteratorRest(o)
			pairs = pairs && kind == engine.MapIterator
		default:
			return goja.Null()
		}
		list := make([]any, len(items))
		for i, v := range items {
			list[i] = v
		}
		result := vm.NewObject()
		result.Set("items", vm.NewArray(list...))
		result.Set("pairs", pairs)
		return result
	})
	return b
}
