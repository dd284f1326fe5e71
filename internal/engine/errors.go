package engine

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/errs"
)

// HiddenSymbol tells whether a symbol is one that carries state of ours in objects; nobody is to see those.
func (e *Engine) HiddenSymbol(s *goja.Symbol) bool {
	return s == e.slotSymbol || s == e.nodeErrorSymbol || s == e.untransferable || s == e.uncloneable
}

// Throw throws a JavaScript value from Go code that JavaScript called. It does not return.
func (e *Engine) Throw(v goja.Value) { panic(v) }

// Rethrow passes on what a Callable returned: JavaScript errors as such, everything else (an interrupt) as the panic
// that it was.
func (e *Engine) Rethrow(err error) { panic(err) }

// NewPlainError makes an error of an intrinsic class ("Error", "TypeError", "RangeError"…) without a code.
func (e *Engine) NewPlainError(class, message string) *goja.Object {
	e.plainError = true
	defer func() { e.plainError = false }()
	o, err := e.vm.New(e.Intrinsic(class), e.vm.ToValue(message))
	if err != nil {
		e.Rethrow(err)
	}
	return o
}

// NewNativeError is NewPlainError of what natives of Node throw, which stand for themselves and not for functions of Node's scripts: the
// function that throws it leaves no frame in the stack.
func (e *Engine) NewNativeError(class, message string) *goja.Object {
	o := e.NewPlainError(class, message)
	e.giveStack(o, nil, nil, 1)
	return o
}

// NewError makes Node's error of that code: its class and message come from the table in internal/errs, the
// arguments fill the message. They may be Go strings, ints, bools, []string or JavaScript values, which are worded as
// the message asks ("Received type number (5)").
func (e *Engine) NewError(code string, args ...any) *goja.Object {
	def, ok := errs.Lookup(code)
	if !ok {
		panic("unknown error code " + code)
	}
	return e.NewErrorOf(def.Class, def, args...)
}

// NewErrorOf is NewError for a code that Node throws in more than one class.
func (e *Engine) NewErrorOf(class errs.Class, def errs.Def, args ...any) *goja.Object {
	words := make([]any, len(args))
	for i, a := range args {
		words[i] = a
		if v, ok := a.(goja.Value); ok {
			kind := def.ArgKind(i)
			if kind == errs.Text && !def.Composed() && !goja.IsString(v) && !goja.IsUndefined(v) {
				words[i] = e.Inspector().Format(nil, []goja.Value{e.vm.ToValue("%s"), v}).String()
			} else {
				words[i] = e.word(v, kind)
			}
		}
	}
	o := e.NewPlainError(class.String(), def.Format(words...))
	if !def.Native {
		// The stack of an error that Node's JavaScript makes says "TypeError [CODE]: message".
		e.MarkNodeError(o)
	}
	o.Set("code", def.Code)
	for i, p := range def.Props {
		if p != "" && i < len(args) {
			o.Set(p, args[i])
		}
	}
	return o
}

// word turns an argument of a message into what the message wants to say of it.
func (e *Engine) word(v goja.Value, kind errs.Kind) any {
	switch kind {
	case errs.Type:
		return e.describeType(v)
	case errs.Inspect:
		return e.Inspect(v)
	case errs.Received:
		if goja.IsNumber(v) || goja.IsBigInt(v) {
			return groupReceived(v)
		}
		return e.Inspect(v)
	case errs.List:
		if o, ok := v.(*goja.Object); ok && o.ClassName() == "Array" {
			var list []string
			e.ForOf(o, func(item goja.Value) bool {
				list = append(list, item.String())
				return true
			})
			return list
		}
		return []string{v.String()}
	case errs.Bool:
		return v.ToBoolean()
	case errs.JSON:
		if b, err := v.ToObject(e.vm).MarshalJSON(); err == nil {
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
func (e *Engine) describeType(v goja.Value) string {
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
			if name := c.Get("name"); name != nil {
				return "an instance of " + name.String()
			}
		}
		return e.InspectWith(v, map[string]any{"depth": -1})
	}
	if !goja.IsString(v) {
		return "type " + typeOf(v) + " (" + e.InspectWith(v, nil) + ")"
	}
	s := v.ToString().(goja.String)
	if s.Length() > 28 {
		s = e.vm.ToValue(s.Substring(0, 25).String() + "...").(goja.String)
	}
	if text := s.String(); !strings.Contains(text, "'") {
		return "type string ('" + text + "')"
	}
	quoted, _ := e.JSON().Append(nil, s)
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
func (e *Engine) IsError(v goja.Value) bool {
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
func (e *Engine) SetInspector(i Inspector) { e.inspector = i }

// Inspector is how Go words values. Unlike a call of util.inspect it enters no JavaScript unless the values ask for it,
// so that a native that runs as a promise job does not let other jobs go first.
func (e *Engine) Inspector() Inspector {
	if e.inspector == nil {
		e.hooks.Require("internal/util/inspect")
	}
	return e.inspector
}

// Inspect is util.inspect with its defaults.
func (e *Engine) Inspect(v goja.Value) string { return e.Inspector().Inspect(v, nil) }

// InspectWith is util.inspect with options.
func (e *Engine) InspectWith(v goja.Value, options map[string]any) string {
	return e.Inspector().Inspect(v, options)
}

// SystemError is a failed system call, to be made an error object by NewSystemError. The zero fields are left out.
type SystemError struct {
	// Errno is negative, as libuv counts: -2 for ENOENT.
	Errno   int
	Syscall string
	// Path and Dest belong to file operations; Paths says how many of them are told though they are empty.
	Path, Dest string
	Paths      int
	// Address and Port belong to sockets; Port 0 is left out.
	Address string
	Port    int
	// WithText adds the error's text to the message.
	WithText bool
	// Detail ends the message: "- Local (0.0.0.0:0)".
	Detail string
}

// NewFileError makes the error that module fs throws: "ENOENT: no such file or directory, open 'x'".
func (e *Engine) NewFileError(s SystemError) *goja.Object {
	def, _ := errs.ByNumber(s.Errno)
	message := def.SystemMessage(s.Syscall, s.Path, s.Dest)
	if s.Path == "" && s.Paths > 0 {
		message += " ''"
	}
	if s.Dest == "" && s.Paths > 1 {
		message += " -> ''"
	}
	o := e.systemError(message, s, def.Name)
	if s.Path == "" && s.Paths > 0 {
		o.Set("path", "")
	}
	if s.Dest == "" && s.Paths > 1 {
		o.Set("dest", "")
	}
	return o
}

// NewSystemError makes the error of sockets and processes: "connect ECONNREFUSED 127.0.0.1:80", "spawn x ENOENT".
// With an address and WithText it is that of listen: "listen EADDRINUSE: address already in use :::80".
func (e *Engine) NewSystemError(s SystemError) *goja.Object {
	def, _ := errs.ByNumber(s.Errno)
	message := def.HostMessage(s.Syscall, s.Address, s.Port, s.WithText)
	if s.Detail != "" {
		message += " " + s.Detail
	}
	return e.systemError(message, s, def.Name)
}

func (e *Engine) systemError(message string, s SystemError, code string) *goja.Object {
	o := e.NewPlainError("Error", message)
	if s.WithText {
		o.Set("code", code) // the errors of listen have it first
	}
	o.Set("errno", s.Errno)
	o.Set("code", code)
	o.Set("syscall", s.Syscall)
	for _, p := range [...]struct{ name, value string }{{"path", s.Path}, {"dest", s.Dest}, {"address", s.Address}} {
		if p.value != "" {
			o.Set(p.name, p.value)
		}
	}
	if s.Port != 0 {
		o.Set("port", s.Port)
	}
	return o
}

// AbortErrorClass is the class of what an aborted operation fails with: name "AbortError", code "ABORT_ERR".
func (e *Engine) AbortErrorClass() *goja.Object {
	if e.abortError == nil {
		module := e.vm.NewObject()
		if err := e.RunScript(abortError, goja.Undefined(), goja.Undefined(), module, goja.Undefined()); err != nil {
			e.Rethrow(err)
		}
		e.abortError = module.Get("exports").(*goja.Object)
	}
	return e.abortError
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
func (e *Engine) NewContextError(code string, s SystemError, message string) *goja.Object {
	def, _ := errs.Lookup(code)
	no, _ := errs.ByNumber(-max(s.Errno, -s.Errno))
	order := []string{"message", "path", "dest", "syscall", "errno", "code"}
	if message == "" {
		message = no.Message
		order = []string{"errno", "code", "message", "syscall", "path", "dest"}
	}
	values := map[string]any{"errno": s.Errno, "code": no.Name, "message": message, "syscall": s.Syscall}
	text := def.Format() + ": " + s.Syscall + " returned " + no.Name + " (" + message + ")"
	if s.Path != "" {
		values["path"] = s.Path
		text += " " + s.Path
	}
	if s.Dest != "" {
		values["dest"] = s.Dest
		text += " => " + s.Dest
	}
	info := e.vm.NewObject()
	for _, key := range order {
		if v, ok := values[key]; ok {
			info.Set(key, v)
		}
	}
	o := e.NewPlainError("Error", text)
	o.DefineDataPropertySymbol(e.nodeErrorSymbol, e.vm.ToValue(true), flagFalse, flagFalse, flagFalse)
	o.DefineDataProperty("name", e.vm.ToValue("SystemError"), flagTrue, flagTrue, flagFalse)
	o.Set("code", code)
	o.DefineDataProperty("info", info, flagFalse, flagTrue, flagTrue)
	for _, key := range []string{"errno", "syscall", "path", "dest"} {
		if v := info.Get(key); v != nil {
			o.Set(key, v)
		}
	}
	return o
}

func (e *Engine) MarkNodeError(o *goja.Object) {
	o.DefineDataPropertySymbol(e.nodeErrorSymbol, e.vm.ToValue(true), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	if e.nodeErrorString == nil {
		e.nodeErrorString = e.Func("toString", 0, func(call goja.FunctionCall) goja.Value {
			o := call.This.ToObject(e.vm)
			return e.vm.ToValue(o.Get("name").String() + " [" + o.Get("code").String() + "]: " + o.Get("message").String())
		})
	}
	o.DefineDataProperty("toString", e.nodeErrorString, flagTrue, flagTrue, flagFalse)
}
