package runtime

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/errs"
)

func itoa(n int) string { return strconv.Itoa(n) }

// HiddenSymbol tells whether a symbol is one that carries state of ours in objects; nobody is to see those.
func (rt *Runtime) HiddenSymbol(s *goja.Symbol) bool {
	return s == rt.slotSymbol || s == rt.nodeErrorSymbol || s == rt.untransferable
}

// Throw throws a JavaScript value from Go code that JavaScript called. It does not return.
func (rt *Runtime) Throw(v goja.Value) { panic(v) }

// rethrow passes on what a Callable returned: JavaScript errors as such, everything else (an interrupt) as the panic
// that it was.
func (rt *Runtime) rethrow(err error) { panic(err) }

// NewPlainError makes an error of an intrinsic class ("Error", "TypeError", "RangeError"…) without a code.
func (rt *Runtime) NewPlainError(class, message string) *goja.Object {
	o, err := rt.vm.New(rt.vm.Get(class), rt.vm.ToValue(message))
	if err != nil {
		rt.rethrow(err)
	}
	return o
}

// NewError makes Node's error of that code: its class and message come from the table in internal/errs, the
// arguments fill the message. They may be Go strings, ints, bools, []string or JavaScript values, which are worded as
// the message asks ("Received type number (5)").
func (rt *Runtime) NewError(code string, args ...any) *goja.Object {
	def, ok := errs.Lookup(code)
	if !ok {
		panic("unknown error code " + code)
	}
	return rt.NewErrorOf(def.Class, def, args...)
}

// NewErrorOf is NewError for a code that Node throws in more than one class.
func (rt *Runtime) NewErrorOf(class errs.Class, def errs.Def, args ...any) *goja.Object {
	words := make([]any, len(args))
	for i, a := range args {
		words[i] = a
		if v, ok := a.(goja.Value); ok {
			kind := def.ArgKind(i)
			if kind == errs.Text && !def.Composed() && !goja.IsString(v) && !goja.IsUndefined(v) {
				words[i] = rt.Inspector().Format(nil, []goja.Value{rt.vm.ToValue("%s"), v}).String()
			} else {
				words[i] = rt.word(v, kind)
			}
		}
	}
	o := rt.NewPlainError(class.String(), def.Format(words...))
	if !def.Native {
		// The stack of an error that Node's JavaScript makes says "TypeError [CODE]: message".
		rt.markNodeError(o)
		o.DefineDataProperty("toString", rt.nodeErrorText(), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	o.Set("code", def.Code)
	for i, p := range def.Props {
		if p != "" && i < len(args) {
			o.Set(p, args[i])
		}
	}
	return o
}

type nodeErrorTextKey struct{}

// nodeErrorText is the toString of Node's errors: "TypeError [CODE]: message".
func (rt *Runtime) nodeErrorText() goja.Value {
	f, ok := rt.host[nodeErrorTextKey{}].(*goja.Object)
	if !ok {
		f = rt.Func("toString", 0, func(call goja.FunctionCall) goja.Value {
			o := call.This.ToObject(rt.vm)
			return rt.vm.ToValue(o.Get("name").String() + " [" + o.Get("code").String() + "]: " + o.Get("message").String())
		})
		rt.host[nodeErrorTextKey{}] = f
	}
	return f
}

// word turns an argument of a message into what the message wants to say of it.
func (rt *Runtime) word(v goja.Value, kind errs.Kind) any {
	switch kind {
	case errs.Type:
		return rt.describeType(v)
	case errs.Inspect:
		return rt.Inspect(v)
	case errs.Received:
		if goja.IsNumber(v) || goja.IsBigInt(v) {
			return groupReceived(v)
		}
		return rt.Inspect(v)
	case errs.List:
		if o, ok := v.(*goja.Object); ok && o.ClassName() == "Array" {
			var list []string
			rt.vm.ForOf(o, func(item goja.Value) bool {
				list = append(list, item.String())
				return true
			})
			return list
		}
		return []string{v.String()}
	case errs.Bool:
		return v.ToBoolean()
	case errs.JSON:
		if b, err := v.ToObject(rt.vm).MarshalJSON(); err == nil {
			return string(b)
		}
	}
	if goja.IsUndefined(v) {
		return nil
	}
	return v.String()
}

func groupReceived(v goja.Value) string {
	s := v.String()
	if goja.IsBigInt(v) {
		return errs.GroupDigits(s) + "n"
	}
	f := v.ToFloat()
	if f == float64(int64(f)) && (f > 1<<32 || f < -(1<<32)) {
		return errs.GroupDigits(s)
	}
	return s
}

// describeType words a value as ERR_INVALID_ARG_TYPE does after "Received ".
func (rt *Runtime) describeType(v goja.Value) string {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		if v == nil {
			return "undefined"
		}
		return v.String()
	}
	if o, ok := v.(*goja.Object); ok {
		if _, callable := goja.AssertFunction(o); callable {
			if name := o.Get("name"); name != nil && name.String() != "" {
				return "function " + name.String()
			}
			return "function "
		}
		if c, ok := o.Get("constructor").(*goja.Object); ok {
			if name := c.Get("name"); name != nil && name.String() != "" {
				return "an instance of " + name.String()
			}
		}
		return rt.InspectWith(v, map[string]any{"depth": -1})
	}
	if !goja.IsString(v) {
		return "type " + typeOf(v) + " (" + rt.InspectWith(v, nil) + ")"
	}
	s := v.ToString().(goja.String)
	if s.Length() > 28 {
		s = rt.vm.ToValue(s.Substring(0, 25).String() + "...").(goja.String)
	}
	if text := s.String(); !strings.Contains(text, "'") {
		return "type string ('" + text + "')"
	}
	quoted, _ := rt.JSON().Append(nil, s)
	return "type string (" + string(quoted) + ")"
}

func typeOf(v goja.Value) string {
	switch {
	case goja.IsString(v):
		return "string"
	case goja.IsNumber(v):
		return "number"
	case goja.IsBigInt(v):
		return "bigint"
	}
	switch v.Export().(type) {
	case bool:
		return "boolean"
	case *goja.Symbol:
		return "symbol"
	}
	if _, ok := v.(*goja.Symbol); ok {
		return "symbol"
	}
	return "object"
}

// IsError tells whether v is an error object, of any class.
func (rt *Runtime) IsError(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	return ok && o.ClassName() == "Error"
}

// Inspector words values; the private module "internal/util/inspect" is the one there is.
type Inspector interface {
	// Inspect is util.inspect.
	Inspect(v goja.Value, options map[string]any) string
	// Format is util.formatWithOptions; options may be nil. The result is a primitive string.
	Format(options *goja.Object, args []goja.Value) goja.Value
}

// SetInspector is called by the module that words values.
func (rt *Runtime) SetInspector(i Inspector) { rt.inspector = i }

// Inspector is how Go words values. Unlike a call of util.inspect it enters no JavaScript unless the values ask for it,
// so that a native that runs as a promise job does not let other jobs go first.
func (rt *Runtime) Inspector() Inspector {
	if rt.inspector == nil {
		rt.Require("internal/util/inspect")
	}
	return rt.inspector
}

// Inspect is util.inspect with its defaults.
func (rt *Runtime) Inspect(v goja.Value) string { return rt.Inspector().Inspect(v, nil) }

// InspectWith is util.inspect with options.
func (rt *Runtime) InspectWith(v goja.Value, options map[string]any) string {
	return rt.Inspector().Inspect(v, options)
}

// SystemError is a failed system call, to be made an error object by NewSystemError. The zero fields are left out.
type SystemError struct {
	// Errno is negative, as libuv counts: -2 for ENOENT.
	Errno   int
	Syscall string
	// Path and Dest belong to file operations.
	Path, Dest string
	// Address and Port belong to sockets; Port 0 is left out.
	Address string
	Port    int
	// WithText adds the error's text to the message.
	WithText bool
	// Detail ends the message: "- Local (0.0.0.0:0)".
	Detail string
}

// NewFileError makes the error that module fs throws: "ENOENT: no such file or directory, open 'x'".
func (rt *Runtime) NewFileError(e SystemError) *goja.Object {
	def, _ := errs.ByNumber(e.Errno)
	return rt.systemError(def.SystemMessage(e.Syscall, e.Path, e.Dest), e, def.Name)
}

// NewSystemError makes the error of sockets and processes: "connect ECONNREFUSED 127.0.0.1:80", "spawn x ENOENT".
// With an address and WithText it is that of listen: "listen EADDRINUSE: address already in use :::80".
func (rt *Runtime) NewSystemError(e SystemError) *goja.Object {
	def, _ := errs.ByNumber(e.Errno)
	message := def.HostMessage(e.Syscall, e.Address, e.Port, e.WithText)
	if e.Detail != "" {
		message += " " + e.Detail
	}
	return rt.systemError(message, e, def.Name)
}

func (rt *Runtime) systemError(message string, e SystemError, code string) *goja.Object {
	o := rt.NewPlainError("Error", message)
	if e.WithText {
		o.Set("code", code) // the errors of listen have it first
	}
	o.Set("errno", e.Errno)
	o.Set("code", code)
	o.Set("syscall", e.Syscall)
	for _, p := range [...]struct{ name, value string }{{"path", e.Path}, {"dest", e.Dest}, {"address", e.Address}} {
		if p.value != "" {
			o.Set(p.name, p.value)
		}
	}
	if e.Port != 0 {
		o.Set("port", e.Port)
	}
	return o
}

// AbortErrorClass is the class of what an aborted operation fails with: name "AbortError", code "ABORT_ERR".
func (rt *Runtime) AbortErrorClass() *goja.Object {
	if rt.abortError == nil {
		fn, err := rt.vm.RunProgram(abortError.compile(rt.cfg.Options.Jitless))
		if err != nil {
			rt.rethrow(err)
		}
		module := rt.vm.NewObject()
		call, _ := goja.AssertFunction(fn)
		rt.Call(call, goja.Undefined(), goja.Undefined(), goja.Undefined(), module)
		rt.abortError = module.Get("exports").(*goja.Object)
	}
	return rt.abortError
}

var abortError = NewScript("node:internal/errors", &abortErrorJS)

var abortErrorJS = `module.exports = class AbortError extends Error {
  constructor(message = 'The operation was aborted', options) {
    super(message, options);
    this.code = 'ABORT_ERR';
    this.name = 'AbortError';
  }
};`

// NewContextError makes Node's SystemError: an error whose code is Node's own (ERR_SYSTEM_ERROR, ERR_FS_EISDIR…) and
// whose message and `info` tell the failed call. An empty message is the errno's own text. The errno is kept as it is
// given: positive where Node's JavaScript makes the error.
func (rt *Runtime) NewContextError(code string, e SystemError, message string) *goja.Object {
	def, _ := errs.Lookup(code)
	no, _ := errs.ByNumber(-max(e.Errno, -e.Errno))
	order := []string{"message", "path", "dest", "syscall", "errno", "code"}
	if message == "" {
		message = no.Message
		order = []string{"errno", "code", "message", "syscall", "path", "dest"}
	}
	values := map[string]any{"errno": e.Errno, "code": no.Name, "message": message, "syscall": e.Syscall}
	text := def.Format() + ": " + e.Syscall + " returned " + no.Name + " (" + message + ")"
	if e.Path != "" {
		values["path"] = e.Path
		text += " " + e.Path
	}
	if e.Dest != "" {
		values["dest"] = e.Dest
		text += " => " + e.Dest
	}
	info := rt.vm.NewObject()
	for _, key := range order {
		if v, ok := values[key]; ok {
			info.Set(key, v)
		}
	}
	o := rt.NewPlainError("Error", text)
	o.DefineDataPropertySymbol(rt.nodeErrorSymbol, rt.vm.ToValue(true), flagFalse, flagFalse, flagFalse)
	o.DefineDataProperty("name", rt.vm.ToValue("SystemError"), flagTrue, flagTrue, flagFalse)
	o.Set("code", code)
	o.DefineDataProperty("info", info, flagFalse, flagTrue, flagTrue)
	for _, key := range []string{"errno", "syscall", "path", "dest"} {
		if v := info.Get(key); v != nil {
			o.Set(key, v)
		}
	}
	return o
}

func (rt *Runtime) markNodeError(o *goja.Object) {
	o.DefineDataPropertySymbol(rt.nodeErrorSymbol, rt.vm.ToValue(true), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	if rt.nodeErrorString == nil {
		rt.nodeErrorString = rt.Func("toString", 0, func(call goja.FunctionCall) goja.Value {
			e := call.This.ToObject(rt.vm)
			return rt.vm.ToValue(e.Get("name").String() + " [" + e.Get("code").String() + "]: " + e.Get("message").String())
		})
	}
	o.DefineDataProperty("toString", rt.nodeErrorString, flagTrue, flagTrue, flagFalse)
}
