// Package console is module "console": the global console and the Console class. All of it is Go but for tables. The
// global console writes to the descriptors itself while scripts have not touched process.stdout or process.stderr, and
// through those streams from then on. It runs on the loop goroutine.
package console

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/term"

	"gonode/internal/engine"
	"gonode/runtime"
)

// Module is "console".
var Module = &runtime.Module{Name: "console", Binding: binding, Globals: []runtime.Global{{Name: "console", Export: "*"}}}

// Table is the private module that draws console.table.
var Table = &runtime.Module{Name: "internal/console/table", Private: true,
	Script: engine.NewScript("node:internal/console/table", &tableJS), Binding: tableBinding}

// Send is the private module that gives the methods a script function each and writes lines to streams. A native that
// runs as a promise job, as in p.then(console.log), would let other jobs go first whenever it calls anything.
var Send = &runtime.Module{Name: "internal/console/send", Private: true,
	Script: engine.NewScript("node:internal/console/send", &sendJS)}

var sendJS = `exports.method = (name, run) => ({ [name](...args) { run(this, args); } })[name];
exports.send = (stream, line, ignoreErrors, handler, noop) => {
  if (ignoreErrors === false) return void stream.write(line);
  try {
    if (stream.listenerCount('error') === 0) stream.once('error', noop);
    stream.write(line, handler);
  } catch {
  } finally {
    stream.removeListener('error', noop);
  }
};`

// shared is what the consoles of one runtime have in common.
type shared struct {
	rt      *runtime.Runtime
	vm      *goja.Runtime
	send    goja.Callable
	method  goja.Callable
	plain   *goja.Object // inspect options without and with colors
	colored *goja.Object
	proto   *goja.Object
	bind    goja.Callable
}

// console is the state of one console object.
type console struct {
	*shared
	self         *goja.Object
	streams      [2]*goja.Object // of the global console, once it uses them
	global       bool
	ignoreErrors bool
	color        string       // "auto", "true" or "false"
	options      *goja.Object // the script's, or a Map of them
	perStream    bool
	indent       string
	called       string // the method that a script has called
	width        int
	counts       map[string]int
	times        map[string]time.Time
	handlers     [2]*goja.Object
	noop         *goja.Object
}

const (
	stdout = 0
	stderr = 1
)

type method struct {
	name string
	run  func(c *console, args []goja.Value)
}

// methods are in the order in which they show up on the object.
var methods = []method{
	{"log", func(c *console, args []goja.Value) { c.print(stdout, args) }},
	{"warn", func(c *console, args []goja.Value) { c.print(stderr, args) }},
	{"dir", (*console).dir},
	{"time", (*console).time},
	{"timeEnd", (*console).timeEnd},
	{"timeLog", (*console).timeLog},
	{"trace", (*console).trace},
	{"assert", (*console).assert},
	{"clear", (*console).clear},
	{"count", (*console).count},
	{"countReset", (*console).countReset},
	{"group", (*console).group},
	{"groupEnd", (*console).groupEnd},
	{"table", (*console).table},
	{"debug", func(c *console, args []goja.Value) { c.print(stdout, args) }},
	{"info", func(c *console, args []goja.Value) { c.print(stdout, args) }},
	{"dirxml", func(c *console, args []goja.Value) { c.print(stdout, args) }},
	{"error", func(c *console, args []goja.Value) { c.print(stderr, args) }},
	{"groupCollapsed", (*console).group},
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	s := &shared{rt: rt, vm: vm, plain: vm.NewObject()}
	helpers := rt.Require("internal/console/send")
	s.send, _ = goja.AssertFunction(helpers.Get("send"))
	s.method, _ = goja.AssertFunction(helpers.Get("method"))

	c := &console{shared: s, global: true, ignoreErrors: true, color: "auto", width: 2}
	c.self = vm.CreateObject(vm.NewObject())
	for _, m := range methods {
		c.self.Set(m.name, c.own(m))
	}
	c.finish()
	c.self.Set("Console", s.class())
	// V8's own methods, which tell an inspector.
	for _, name := range [...]string{"profile", "profileEnd", "timeStamp", "context", "createTask"} {
		rt.SetOperation(c.self, name, 0, func(call goja.FunctionCall) goja.Value {
			label := call.Argument(0)
			switch {
			case name == "createTask" && (!goja.IsString(label) || label.String() == ""):
				rt.Throw(rt.NewPlainError("Error", "First argument must be a non-empty string."))
			case name != "context" && !goja.IsUndefined(label):
				label.ToString()
			}
			return goja.Undefined()
		})
	}
	for i, name := range [...]string{"stdout", "stderr"} {
		c.self.DefineAccessorProperty("_"+name, rt.Func("get", 0, func(goja.FunctionCall) goja.Value {
			return c.bound(i)
		}), rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
			c.streams[i], _ = call.Argument(0).(*goja.Object)
			return goja.Undefined()
		}), goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return c.self
}

// function makes the script function of a method; receiver tells the console from `this`.
func (s *shared) function(m method, receiver func(this goja.Value) *console) goja.Value {
	run := func(call goja.FunctionCall) goja.Value {
		list := call.Argument(1).(*goja.Object)
		args, ok := s.rt.Elements(list)
		if ok {
			args = append([]goja.Value(nil), args...)
		} else {
			s.vm.ExportTo(list, &args)
		}
		if m.name == "assert" && arg(args, 0).ToBoolean() {
			return goja.Undefined() // whatever this is
		}
		c := receiver(call.Argument(0))
		if c.global && s.rt.Debugger.Listens() {
			c.tell(m.name, args)
		}
		if c.called == "" {
			c.called = m.name
			defer func() { c.called = "" }()
		}
		m.run(c, args)
		return goja.Undefined()
	}
	return s.rt.Call(s.method, goja.Undefined(), s.vm.ToValue(m.name), s.vm.ToValue(run))
}

// own makes a method that needs no receiver.
func (c *console) own(m method) goja.Value {
	return c.function(m, func(goja.Value) *console { return c })
}

// finish gives the object its hidden properties.
func (c *console) finish() {
	c.rt.SetSlot(c.self, c)
	hidden := func(name string, v goja.Value) {
		c.self.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	hidden("_ignoreErrors", c.vm.ToValue(c.ignoreErrors))
	c.self.DefineDataPropertySymbol(goja.SymToStringTag, c.vm.ToValue("console"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// direct tells whether the global console may write to the descriptor itself: nothing made or replaced the stream.
func (c *console) direct(i int) bool {
	if !c.global || c.streams[i] != nil || c.rt.Config().PipedStreams() {
		return false
	}
	if c.rt.Builtin("internal/stdio") == nil || !c.rt.Loaded("process") {
		return c.rt.Builtin("internal/stdio") == nil || !c.terminal(i)
	}
	return !c.rt.Loaded("internal/stdio") && !c.replaced(i) && !c.terminal(i)
}

// replaced tells whether a script has redefined process.stdout or process.stderr.
func (c *console) replaced(i int) bool {
	object := c.rt.Intrinsic("Object")
	process := c.rt.Require("process")
	d, ok := c.rt.CallMethod(object, "getOwnPropertyDescriptor", process, c.vm.ToValue([...]string{"stdout", "stderr"}[i])).(*goja.Object)
	if !ok {
		return true
	}
	get, ok := d.Get("get").(*goja.Object)
	return !ok || !engine.IsNative(get)
}

func (c *console) terminal(i int) bool {
	w := c.writer(i)
	fd, ok := w.(runtime.FDWriter)
	return ok && term.IsTerminal(int(fd))
}

func (c *console) writer(i int) io.Writer {
	if i == stdout {
		return c.rt.Stdout()
	}
	return c.rt.Stderr()
}

// bound is the stream of the global console, process's at the time of its first use.
func (c *console) bound(i int) goja.Value {
	if c.streams[i] == nil {
		v := c.rt.Require("process").Get([...]string{"stdout", "stderr"}[i])
		o, ok := v.(*goja.Object)
		if !ok {
			if v == nil {
				return goja.Undefined()
			}
			return v
		}
		c.streams[i] = o
	}
	return c.streams[i]
}

func (c *console) stream(i int) goja.Value {
	if v := c.self.Get([...]string{"_stdout", "_stderr"}[i]); v != nil {
		return v
	}
	return goja.Undefined()
}

func (c *console) print(i int, args []goja.Value) {
	direct := c.direct(i)
	if len(args) == 1 {
		if s, ok := args[0].(goja.String); ok {
			c.write(i, direct, s)
			return
		}
	}
	c.write(i, direct, c.formatted(i, direct, args))
}

func (c *console) formatted(i int, direct bool, args []goja.Value) goja.Value {
	return c.rt.Inspector().Format(c.inspectOptions(i, direct), args)
}

// write writes a line, indented as the open groups ask.
func (c *console) write(i int, direct bool, s goja.Value) {
	if told := c.told(); told != nil {
		told(c.rt, c.called, c.indent+strings.ReplaceAll(s.String(), "\n", "\n"+c.indent))
		return
	}
	if direct {
		line := engine.EncodeString(s, engine.UTF8)
		if c.indent != "" {
			line = append([]byte(c.indent), bytes.ReplaceAll(line, []byte("\n"), []byte("\n"+c.indent))...)
		}
		line = append(line, '\n')
		n, err := c.writer(i).Write(line)
		if err == nil {
			c.rt.Ticked()
			return
		}
		// The reader is gone, or the disk is full: the stream deals with it, whose 'error' ends a process that does not listen.
		c.writeStream(i, c.rt.DecodeString(line[n:], engine.UTF8))
		return
	}
	if c.indent != "" {
		s = c.vm.ToValue(c.indent + strings.ReplaceAll(s.String(), "\n", "\n"+c.indent))
	}
	c.writeStream(i, s.(goja.String).Concat(c.vm.ToValue("\n").(goja.String)))
}

// told is the host's function for what is told the global console, nil if there is none.
func (c *console) told() func(rt *runtime.Runtime, method, message string) {
	if !c.global {
		return nil
	}
	return c.rt.Config().Console
}

// writeStream writes a line to the stream.
func (c *console) writeStream(i int, line goja.Value) {
	stream, ok := c.stream(i).(*goja.Object)
	if !ok {
		c.rt.Throw(c.vm.NewTypeError("Cannot read properties of undefined (reading 'write')"))
	}
	ignore := goja.Value(c.vm.ToValue(true))
	if v := c.self.Get("_ignoreErrors"); v != nil {
		ignore = v
	}
	c.rt.Call(c.send, goja.Undefined(), stream, line, ignore, c.handler(i), c.noopFunc())
}

func (c *console) noopFunc() goja.Value {
	if c.noop == nil {
		c.noop = c.rt.Func("noop", 0, func(goja.FunctionCall) goja.Value { return goja.Undefined() })
	}
	return c.noop
}

// handler keeps an error of a write from becoming uncaught.
func (c *console) handler(i int) goja.Value {
	if c.handlers[i] == nil {
		c.handlers[i] = c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			stream, ok := c.stream(i).(*goja.Object)
			if !ok || goja.IsNull(call.Argument(0)) || goja.IsUndefined(call.Argument(0)) {
				return goja.Undefined()
			}
			if state, ok := stream.Get("_writableState").(*goja.Object); ok && state.Get("errorEmitted").ToBoolean() {
				return goja.Undefined()
			}
			if c.rt.CallMethod(stream, "listenerCount", c.vm.ToValue("error")).ToInteger() == 0 {
				c.rt.CallMethod(stream, "once", c.vm.ToValue("error"), c.noopFunc())
			}
			return goja.Undefined()
		})
	}
	return c.handlers[i]
}

// inspectOptions are those of the console, with the colors that the stream can show.
func (c *console) inspectOptions(i int, direct bool) *goja.Object {
	color := c.color == "true"
	if c.color == "auto" {
		color = c.colorize(i, direct)
	}
	if o := c.optionsFor(i); o != nil {
		if v := o.Get("colors"); v == nil || goja.IsUndefined(v) {
			o.Set("colors", color)
		}
		return o
	}
	if !color {
		return c.plain
	}
	if c.colored == nil {
		c.colored = c.vm.NewObject()
		c.colored.Set("colors", true)
	}
	return c.colored
}

// optionsFor are the options that the script gave for a stream, nil if there are none.
func (c *console) optionsFor(i int) *goja.Object {
	if !c.perStream {
		return c.options
	}
	stream := c.stream(i)
	entries := engine.Entries(c.options)
	for at := 0; at+1 < len(entries); at += 2 {
		if entries[at].SameAs(stream) {
			o, _ := entries[at+1].(*goja.Object)
			return o
		}
	}
	return nil
}

func (c *console) colorize(i int, direct bool) bool {
	if c.told() != nil {
		return false
	}
	if force, ok := c.rt.Env().Get("FORCE_COLOR"); ok {
		switch force {
		case "", "1", "true", "2", "3":
			return true
		}
		return false
	}
	if direct {
		return false
	}
	stream, ok := c.stream(i).(*goja.Object)
	if !ok {
		return false
	}
	if tty := stream.Get("isTTY"); tty == nil || !tty.ToBoolean() {
		return false
	}
	if _, ok := goja.AssertFunction(stream.Get("getColorDepth")); ok {
		return c.rt.CallMethod(stream, "getColorDepth").ToInteger() > 2
	}
	return true
}

// call runs another method of the object, which a script may have replaced.
func (c *console) call(name string, args ...goja.Value) { c.rt.CallMethod(c.self, name, args...) }

func (c *console) warning(message string) {
	c.rt.CallMethod(c.rt.Require("process"), "emitWarning", c.vm.ToValue(message))
}

// tell tells debuggers of a call, in the words of V8's console.
func (c *console) tell(name string, args []goja.Value) {
	kind, missing := name, ""
	switch name {
	case "warn":
		kind = "warning"
	case "group", "groupCollapsed", "groupEnd":
		kind, missing = map[string]string{"group": "startGroup", "groupCollapsed": "startGroupCollapsed", "groupEnd": "endGroup"}[name], "console."+name
	case "assert":
		if args = args[min(1, len(args)):]; len(args) == 0 {
			missing = "console.assert"
		}
	case "clear", "trace":
		missing = "console." + name
	case "count":
		label := c.label(args)
		args = []goja.Value{c.vm.ToValue(fmt.Sprintf("%s: %d", label, c.counts[label]+1))}
	case "timeEnd", "timeLog":
		start, ok := c.times[c.label(args)]
		if !ok {
			return
		}
		text := fmt.Sprintf("%s: %v ms", c.label(args), float64(time.Since(start))/1e6)
		if args = append([]goja.Value{c.vm.ToValue(text)}, args[min(1, len(args)):]...); name == "timeLog" {
			kind = "log"
		}
	case "time", "countReset":
		return
	}
	if len(args) == 0 && missing != "" {
		args = []goja.Value{c.vm.ToValue(missing)}
	}
	c.rt.Debugger.Console(kind, args)
}
