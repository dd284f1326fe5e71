// Package vm is module "vm": scripts compiled apart from running them, and contexts. The engine has one global object,
// so a context is an object that the code's global names are looked up in; the built-in classes are the same in all
// contexts. ES modules of one's own (vm.Module), behind --experimental-vm-modules, are in modules.js. Loop goroutine only.
package vm

import (
	"errors"
	"hash/fnv"
	"math"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"
	"gonode/internal/source"
	"gonode/runtime"
)

// Module is "vm".
var Module = &runtime.Module{Name: "vm", Binding: binding}

type module struct {
	rt       *runtime.Runtime
	vm       *goja.Runtime
	contexts *goja.Object // WeakMap from sandbox to the holder of its context
	watching bool         // watchStrings has been called
	running  int          // runs under way, one inside the other

	referrers     int // scripts that import() has to tell apart
	defaultLoader *goja.Symbol
	measured      bool         // that measureMemory is experimental has been said
	noContextify  *goja.Symbol // makes an ordinary object a context
}

// script is the Go half of a Script. A text is compiled for the global scope, for contexts, or both.
type script struct {
	name, text         string
	plain, inContext   *source.Unit
	lineOffset, column int
	referrer           string     // of its import()
	importer           goja.Value // importModuleDynamically
	self               goja.Value // the Script, undefined for a text that is run at once
}

func binding(rt *runtime.Runtime) *goja.Object {
	m := &module{rt: rt, vm: rt.VM(), defaultLoader: goja.NewSymbol("vm_dynamic_import_main_context_default"), noContextify: goja.NewSymbol("vm_context_no_contextify")}
	rt.SetValue(key{}, m)
	exports := m.vm.NewObject()
	class := m.scriptClass()
	exports.Set("Script", class)
	set := func(name string, length int, f engine.Native) { rt.SetFunc(exports, name, length, f) }
	set("createContext", 0, func(call goja.FunctionCall) goja.Value { return m.createContext(call.Argument(0), call.Argument(1)) })
	set("createScript", 2, func(call goja.FunctionCall) goja.Value {
		o := m.vm.CreateObject(class.Get("prototype").(*goja.Object))
		m.initScript(o, call.Argument(0), call.Argument(1))
		return o
	})
	set("runInContext", 3, func(call goja.FunctionCall) goja.Value {
		c := m.mustContext(call.Argument(1), "contextifiedObject")
		options := m.options(call.Argument(2))
		return m.run(m.newScript(call.Argument(0), options), c, options)
	})
	set("runInNewContext", 3, func(call goja.FunctionCall) goja.Value {
		c := m.contextForRun(call.Argument(1), call.Argument(2))
		code := m.code(call.Argument(0))
		v := call.Argument(2)
		if _, ok := v.(*goja.Object); !ok && !goja.IsString(v) {
			v = goja.Undefined() // it is copied before anybody looks at it
		}
		options := m.options(v)
		return m.run(m.newScript(code, options), c, options)
	})
	set("runInThisContext", 2, func(call goja.FunctionCall) goja.Value {
		code := m.code(call.Argument(0))
		options := m.options(call.Argument(1))
		return m.run(m.newScript(code, options), nil, options)
	})
	set("isContext", 1, func(call goja.FunctionCall) goja.Value {
		m.contextual(call.Argument(0))
		return m.vm.ToValue(m.contextOf(call.Argument(0)) != nil)
	})
	set("compileFunction", 3, m.compileFunction)
	set("measureMemory", 0, func(call goja.FunctionCall) goja.Value {
		return m.measureMemory(call.Argument(0))
	})
	constants := m.vm.CreateObject(nil)
	constants.Set("USE_MAIN_CONTEXT_DEFAULT_LOADER", m.defaultLoader)
	constants.Set("DONT_CONTEXTIFY", m.noContextify)
	rt.CallMethod(m.rt.Intrinsic("Object"), "freeze", constants)
	exports.Set("constants", constants)
	if rt.Config().Options.VMModules {
		rt.DefineExports(exports, "internal/vm/modules", "Module", "SourceTextModule", "SyntheticModule")
	}
	return exports
}

// options is the last argument of most functions: an object, or the file name.
func (m *module) options(v goja.Value) *goja.Object {
	if goja.IsUndefined(v) {
		return m.vm.NewObject()
	}
	if goja.IsString(v) {
		o := m.vm.NewObject()
		o.Set("filename", v)
		return o
	}
	return m.rt.ValidateObject(v, "options")
}

func option(o *goja.Object, name string) goja.Value {
	if v := o.Get(name); v != nil {
		return v
	}
	return goja.Undefined()
}

func (m *module) offset(o *goja.Object, name string) int {
	v := option(o, name)
	if goja.IsUndefined(v) {
		return 0
	}
	return int(m.rt.ValidateInt32(v, "options."+name, math.MinInt32, math.MaxInt32))
}

func (m *module) newScript(code goja.Value, o *goja.Object) *script {
	s := &script{name: "evalmachine.<anonymous>", text: code.String(), self: goja.Undefined()}
	if name := option(o, "filename"); !goja.IsUndefined(name) {
		s.name = m.rt.ValidateString(name, "options.filename")
	}
	s.lineOffset, s.column = m.offset(o, "lineOffset"), m.offset(o, "columnOffset")
	if s.importer = option(o, "importModuleDynamically"); s.importer != goja.Value(m.defaultLoader) {
		s.referrer = m.referrer()
	}
	s.text = strings.Repeat("\n", max(s.lineOffset, 0)) + strings.Repeat(" ", max(s.column, 0)) + s.text
	return s
}

// unit compiles the text when it is first needed in that way.
func (m *module) unit(s *script, inContext bool) *source.Unit {
	unit := &s.plain
	if inContext {
		unit = &s.inContext
	}
	if *unit == nil {
		*unit = m.rt.Scripts.Compile(s.name, s.text, source.Options{Kind: source.Script, Context: inContext, Referrer: s.referrer})
		if (*unit).Import {
			m.setImporter(s.referrer, s.importer, s.self)
		}
	}
	return *unit
}

func (m *module) scriptClass() *goja.Object {
	rt := m.rt
	class, proto := rt.Class("Script", 1, func(call goja.ConstructorCall) *goja.Object {
		m.initScript(call.This, call.Argument(0), call.Argument(1))
		return nil
	})
	this := func(call goja.FunctionCall) *script {
		s, ok := rt.Slot(call.This).(*script)
		if !ok {
			rt.Throw(m.vm.NewTypeError("Illegal invocation"))
		}
		return s
	}
	rt.SetMethod(proto, "runInThisContext", 1, func(call goja.FunctionCall) goja.Value {
		options := m.options(call.Argument(0))
		return m.run(this(call), nil, options)
	})
	rt.SetMethod(proto, "runInContext", 2, func(call goja.FunctionCall) goja.Value {
		c := m.mustContext(call.Argument(0), "contextifiedObject")
		options := m.options(call.Argument(1))
		return m.run(this(call), c, options)
	})
	rt.SetMethod(proto, "runInNewContext", 2, func(call goja.FunctionCall) goja.Value {
		c := m.contextForRun(call.Argument(0), call.Argument(1))
		o, ok := call.This.(*goja.Object)
		if !ok || o.Get("runInContext") == nil {
			rt.Throw(m.vm.NewTypeError("this.runInContext is not a function"))
		}
		options := m.options(call.Argument(1))
		return m.run(this(call), c, options)
	})
	rt.SetMethod(proto, "createCachedData", 0, func(call goja.FunctionCall) goja.Value {
		return rt.NewBuffer(cachedData(this(call)))
	})
	return class
}

// code is a script's text, which is made of any value before the options are looked at.
func (m *module) code(v goja.Value) goja.Value {
	if o, ok := v.(*goja.Object); ok {
		v = o.ToString()
	}
	if _, symbol := v.(*goja.Symbol); symbol {
		m.rt.Throw(m.vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	return v.ToString()
}

// contextual wants an object that can be a context's: a function cannot.
func (m *module) contextual(v goja.Value) *goja.Object {
	o, ok := v.(*goja.Object)
	if _, function := goja.AssertFunction(v); !ok || function {
		m.rt.ThrowArgType("object", v, "Object")
	}
	return o
}

// cachedData stands for compiled code: it only tells whether it belongs to the text.
func cachedData(s *script) []byte {
	h := fnv.New64a()
	h.Write([]byte(s.text))
	return h.Sum([]byte("gonode"))
}

func (m *module) initScript(o *goja.Object, code, options goja.Value) {
	rt := m.rt
	code = m.code(code)
	opts := m.options(options)
	s := m.newScript(code, opts)
	data := option(opts, "cachedData")
	if !goja.IsUndefined(data) {
		b, ok := rt.Bytes(data)
		if !ok {
			rt.ThrowArgType("options.cachedData", data, "Buffer", "TypedArray", "DataView")
		}
		o.Set("cachedDataRejected", string(b) != string(cachedData(s)))
	}
	if v := option(opts, "produceCachedData"); !goja.IsUndefined(v) {
		if rt.ValidateBoolean(v, "options.produceCachedData") {
			o.Set("cachedDataProduced", true)
			o.Set("cachedData", rt.NewBuffer(cachedData(s)))
		}
	}
	s.self = o
	m.unit(s, false) // so that a syntax error is thrown here
	o.Set("sourceMapURL", sourceMapURL(s.text))
	rt.SetSlot(o, s)
}

// sourceMapURL is what the text's last magic comment says, undefined if there is none.
func sourceMapURL(text string) goja.Value {
	i := max(strings.LastIndex(text, "//# sourceMappingURL="), strings.LastIndex(text, "//@ sourceMappingURL="))
	if i < 0 {
		return goja.Undefined()
	}
	url, _, _ := strings.Cut(text[i+len("//# sourceMappingURL="):], "\n")
	return (*goja.Runtime)(nil).ToValue(strings.TrimSpace(url))
}

// interruption stops a script that runs too long, or at SIGINT.
type interruption struct{ signal bool }

// run runs a script in a context, or in the global scope if c is nil.
func (m *module) run(s *script, c *context, o *goja.Object) goja.Value {
	rt := m.rt
	timeout := 0
	if v := option(o, "timeout"); !goja.IsUndefined(v) {
		timeout = int(rt.ValidateUint32(v, "options.timeout", true))
	}
	display := true
	if v := option(o, "displayErrors"); !goja.IsUndefined(v) {
		display = rt.ValidateBoolean(v, "options.displayErrors")
	}
	onSigint := false
	if v := option(o, "breakOnSigint"); !goja.IsUndefined(v) {
		onSigint = rt.ValidateBoolean(v, "options.breakOnSigint")
	}
	unit := m.unit(s, c != nil)
	var v goja.Value
	err := m.limited(timeout, onSigint, func() (err error) {
		if c != nil && c.ownJobs {
			err = rt.Apart(func() (err error) {
				v, err = c.run(unit)
				return err
			})
		} else if c != nil {
			v, err = c.run(unit)
		} else {
			v, err = rt.Scripts.Run(unit)
		}
		return err
	})
	if err != nil {
		var ex *goja.Exception
		if display && errors.As(err, &ex) {
			rt.Decorate(ex)
		}
		m.rethrow(err)
	}
	return v
}

// limited runs f and stops JavaScript in it after a time or at SIGINT; the error is then the one to throw.
func (m *module) limited(timeout int, onSigint bool, f func() error) error {
	rt := m.rt
	// Runs nest: each knows its own interruption by its address.
	late, broken := &interruption{}, &interruption{signal: true}
	if timeout > 0 {
		timer := time.AfterFunc(time.Duration(timeout)*time.Millisecond, func() { guard.Interrupt(m.vm, late) })
		defer timer.Stop()
	}
	if onSigint && rt.Config().OwnsProcess {
		ch := make(chan os.Signal, 1)
		signal.Notify(ch, os.Interrupt)
		done := make(chan struct{})
		go func() {
			select {
			case <-ch:
				guard.Interrupt(m.vm, broken)
			case <-done:
			}
		}()
		defer func() {
			signal.Stop(ch)
			close(done)
		}()
	}
	m.running++
	defer func() { m.running-- }()
	err := f()
	if timeout > 0 || onSigint {
		if ex := m.vm.Try(func() { m.settle(err, timeout, late, broken) }); ex != nil {
			return ex
		}
	}
	return err
}

// settle turns an interruption of this run into its error.
func (m *module) settle(err error, timeout int, late, broken *interruption) {
	var interrupted *goja.InterruptedError
	if errors.As(err, &interrupted) {
		switch interrupted.Value() {
		case broken:
			m.vm.ClearInterrupt()
			m.rt.Throw(m.rt.NewError("ERR_SCRIPT_EXECUTION_INTERRUPTED"))
		case late:
			m.vm.ClearInterrupt()
			m.rt.Throw(m.rt.NewError("ERR_SCRIPT_EXECUTION_TIMEOUT", timeout))
		}
		return
	}
	if m.running == 1 && !m.rt.Exiting() {
		m.vm.ClearInterrupt() // it may have come too late
	}
}

func (m *module) rethrow(err error) {
	var overflow *goja.StackOverflowError
	if errors.As(err, &overflow) {
		m.rt.Throw(m.rt.NewPlainError("RangeError", "Maximum call stack size exceeded"))
	}
	panic(err)
}

func (m *module) compileFunction(call goja.FunctionCall) goja.Value {
	rt := m.rt
	code := rt.ValidateString(call.Argument(0), "code")
	var params []string
	if v := call.Argument(1); !goja.IsUndefined(v) {
		list := rt.ValidateArray(v, "params", 0)
		m.rt.ForOf(list, func(p goja.Value) bool {
			params = append(params, rt.ValidateString(p, "params["+m.vm.ToValue(len(params)).String()+"]"))
			return true
		})
	}
	opts := m.vm.NewObject()
	if v := call.Argument(2); !goja.IsUndefined(v) {
		opts = rt.ValidateObject(v, "options")
	}
	s := m.newScript(m.vm.ToValue(code), opts)
	if goja.IsUndefined(option(opts, "filename")) {
		s.name = ""
	}
	if v := option(opts, "cachedData"); !goja.IsUndefined(v) {
		if _, ok := rt.Bytes(v); !ok {
			rt.ThrowArgType("options.cachedData", v, "Buffer", "TypedArray", "DataView")
		}
	}
	if v := option(opts, "produceCachedData"); !goja.IsUndefined(v) {
		rt.ValidateBoolean(v, "options.produceCachedData")
	}
	var c *context
	if v := option(opts, "parsingContext"); !goja.IsUndefined(v) {
		if c = m.contextOf(v); c == nil {
			rt.ThrowArgType("options.parsingContext", v, "Context")
		}
	}
	if v := option(opts, "contextExtensions"); !goja.IsUndefined(v) {
		list := rt.ValidateArray(v, "options.contextExtensions", 0)
		i := 0
		m.rt.ForOf(list, func(x goja.Value) bool {
			if _, ok := x.(*goja.Object); !ok {
				rt.ThrowArgType("options.contextExtensions["+m.vm.ToValue(i).String()+"]", x, "object")
			}
			i++
			return true
		})
		if i > 0 {
			return m.extended(s, params, list)
		}
	}
	if c == nil {
		unit := rt.Scripts.Compile(s.name, s.text, source.Options{Kind: source.Function, Params: params, Referrer: s.referrer})
		v, err := rt.Scripts.Run(unit)
		if err != nil {
			m.rethrow(err)
		}
		if unit.Import {
			m.setImporter(s.referrer, s.importer, v)
		}
		return v
	}
	s.text = "(function (" + strings.Join(params, ",") + ") {" + s.text + "\n})"
	return m.run(s, c, m.vm.NewObject())
}

// extended compiles a function that finds names in the given objects first.
func (m *module) extended(s *script, params []string, objects *goja.Object) goja.Value {
	text := "(function (" + strings.Join(params, ",") + ") {" + s.text + "\n})"
	n := int(objects.Get("length").ToInteger())
	args := make([]goja.Value, n)
	var names []string
	for i := range n {
		index := m.vm.ToValue(i).String()
		names = append(names, "extension$"+index)
		args[i] = objects.Get(index)
		text = "with (extension$" + index + ") return " + text
	}
	v, err := m.rt.Scripts.Run(m.rt.Scripts.Compile(s.name, text, source.Options{Kind: source.Function, Params: names}))
	if err != nil {
		m.rethrow(err)
	}
	fn, _ := goja.AssertFunction(v)
	return m.rt.Call(fn, goja.Undefined(), args...)
}
