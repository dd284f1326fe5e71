package process

import (
	"path/filepath"
	"strconv"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/runtime"
)

// warnings is emitWarning and the switches that it obeys.
func (p *process) warnings() {
	p.method("emitWarning", 4, p.emitWarning)
	o := p.rt.Config().Options
	for _, s := range []struct {
		name string
		on   bool
	}{{"noDeprecation", o.NoDeprecation}, {"throwDeprecation", o.ThrowDeprecation},
		{"traceDeprecation", o.TraceDeprecation}, {"traceProcessWarnings", o.TraceWarnings}} {
		if s.on {
			p.object.Set(s.name, true)
		}
	}
}

// warn is emitWarning from Go; an empty code is none.
func (p *process) warn(message, kind, code string) {
	args := []goja.Value{p.rt.VM().ToValue(message), p.rt.VM().ToValue(kind)}
	if code != "" {
		args = append(args, p.rt.VM().ToValue(code))
	}
	p.rt.CallMethod(p.object, "emitWarning", args...)
}

func (p *process) on(property string) bool {
	v := p.object.Get(property)
	return v != nil && v.ToBoolean()
}

func (p *process) emitWarning(call goja.FunctionCall) goja.Value {
	rt, vm := p.rt, p.rt.VM()
	warning, kind, code, ctor := call.Argument(0), call.Argument(1), call.Argument(2), call.Argument(3)
	var detail goja.Value
	if goja.IsString(kind) && kind.String() == "DeprecationWarning" && p.on("noDeprecation") {
		return goja.Undefined()
	}
	if o, ok := kind.(*goja.Object); ok && o.ClassName() != "Array" {
		if _, callable := goja.AssertFunction(o); callable {
			ctor, code, kind = o, goja.Undefined(), vm.ToValue("Warning")
		} else {
			ctor, code = orUndefined(o.Get("ctor")), orUndefined(o.Get("code"))
			if d := o.Get("detail"); d != nil && goja.IsString(d) {
				detail = d
			}
			if kind = o.Get("type"); kind == nil || !kind.ToBoolean() {
				kind = vm.ToValue("Warning")
			}
		}
	}
	if !goja.IsUndefined(kind) {
		rt.ValidateString(kind, "type")
	}
	if _, callable := goja.AssertFunction(code); callable {
		ctor, code = code, goja.Undefined()
	} else if !goja.IsUndefined(code) {
		rt.ValidateString(code, "code")
	}
	var w *goja.Object
	if goja.IsString(warning) {
		w = rt.NewPlainError("Error", warning.String())
		name := "Warning"
		if kind.ToBoolean() {
			name = kind.String()
		}
		w.Set("name", name)
		if !goja.IsUndefined(code) {
			w.Set("code", code)
		}
		if detail != nil {
			w.Set("detail", detail)
		}
		if _, ok := goja.AssertFunction(ctor); !ok {
			ctor = p.object.Get("emitWarning")
		}
		class := rt.Intrinsic("Error")
		if _, ok := goja.AssertFunction(class.Get("captureStackTrace")); ok {
			rt.CallMethod(class, "captureStackTrace", w, ctor)
		}
	} else {
		if !p.isError(warning) {
			rt.ThrowArgType("warning", warning, "Error", "string")
		}
		w = warning.(*goja.Object)
	}
	if name := w.Get("name"); name != nil && goja.IsString(name) && name.String() == "DeprecationWarning" {
		if p.on("noDeprecation") {
			return goja.Undefined()
		}
		if p.on("throwDeprecation") {
			rt.NextTick(func() { rt.Throw(w) })
			return goja.Undefined()
		}
	}
	rt.NextTick(func() { rt.Emit(p.object, "warning", w) })
	return goja.Undefined()
}

func (p *process) isError(v goja.Value) bool {
	return p.rt.IsError(v) || p.rt.VM().InstanceOf(v, p.rt.Intrinsic("Error"))
}

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}

// printWarning is the listener that writes "(node:PID) Warning: …" on standard error.
func (p *process) printWarning(warning goja.Value) {
	if !p.isError(warning) {
		return
	}
	w := warning.(*goja.Object)
	text := func(key string) string {
		if v := w.Get(key); v != nil && v.ToBoolean() {
			return v.String()
		}
		return ""
	}
	for _, off := range p.rt.Config().Options.DisableWarnings {
		if off == text("code") || off == text("name") {
			return
		}
	}
	deprecation := text("name") == "DeprecationWarning"
	if deprecation && p.on("noDeprecation") {
		return
	}
	trace := p.on("traceProcessWarnings") || deprecation && p.on("traceDeprecation")
	msg := "(node:" + strconv.Itoa(unix.Getpid()) + ") "
	if code := text("code"); code != "" {
		msg += "[" + code + "] "
	}
	if trace && text("stack") != "" {
		msg += text("stack")
	} else {
		describe := p.rt.Member(w, "toString")
		if _, ok := goja.AssertFunction(describe); !ok {
			describe = p.rt.Member(p.rt.Intrinsic("Error").Get("prototype").(*goja.Object), "toString")
		}
		msg += p.rt.Apply(describe, w).String()
	}
	if d := w.Get("detail"); d != nil && goja.IsString(d) {
		msg += "\n" + d.String()
	}
	if !trace && !p.traceHinted {
		p.traceHinted = true
		flag := "--trace-warnings"
		if deprecation {
			flag = "--trace-deprecation"
		}
		msg += "\n(Use `" + filepath.Base(p.object.Get("argv0").String()) + " " + flag + " ...` to show where the warning was created)"
	}
	p.writeWarning(msg + "\n")
}

// writeWarning goes through process.stderr only if a script has touched that, and may have replaced its write.
func (p *process) writeWarning(text string) {
	if file := p.rt.Config().Options.RedirectWarnings; file != "" && p.rt.Access.Check(runtime.AccessWrite, p.rt.Abs(file)) == nil {
		fd, err := unix.Open(p.rt.Abs(file), unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT|unix.O_CLOEXEC, 0o666)
		if err == nil {
			defer unix.Close(fd)
			unix.Write(fd, []byte(text))
			return
		}
	}
	if p.rt.Config().PipedStreams() || p.rt.Loaded("internal/stdio") {
		if stderr, ok := p.object.Get("stderr").(*goja.Object); ok {
			p.rt.CallMethod(stderr, "write", p.rt.VM().ToValue(text))
			return
		}
	}
	p.rt.Stderr().Write([]byte(text))
}
