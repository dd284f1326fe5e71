package runtime

import (
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/source"
)

// reporter words what ends a script.
type reporter struct {
	rt      *Runtime
	unheard unheardError
	written func(goja.Value) // OnUncaught
}

// OnUncaught has f called when an uncaught value has been told; nil for nobody. Loop goroutine only.
func (rt *Runtime) OnUncaught(f func(goja.Value)) { rt.report.written = f }

// uncaught prints Node's report of an uncaught value on Stderr: the file and line, the source line and a caret,
// the error with its stack and further properties, the version. ex says where it was thrown; without it, as for
// rejections, the place where the error was made counts.
func (r *reporter) uncaught(v goja.Value, ex *goja.Exception) {
	rt := r.rt
	if f := rt.Debugger.uncaught; f != nil {
		rt.vm.Try(func() { f(v) })
	}
	var b strings.Builder
	o, isObject := v.(*goja.Object)
	isError := isObject && rt.IsError(v)
	arrow := ""
	rt.vm.Try(func() { arrow = r.thrownAt(o, isError, ex) })
	switch {
	case isError:
		r.tellEmitter(o)
		text := r.describe(v)
		if arrow != "" && !isArrowed(text) {
			b.WriteString(arrow + "\n")
		}
		b.WriteString(text)
	case isObject:
		b.WriteString("\n" + arrow + r.describe(v))
	default:
		b.WriteString("\n" + arrow)
		if _, symbol := v.(*goja.Symbol); !symbol && v != nil {
			b.WriteString(v.String())
		}
		if !rt.cfg.Options.TraceUncaught {
			b.WriteString("\n(Use `" + r.programName() + " --trace-uncaught ...` to show where the exception was thrown)")
		}
	}
	b.WriteByte('\n')
	if rt.cfg.Options.TraceUncaught && ex != nil {
		b.WriteString("Thrown at:\n")
		for _, f := range ex.Stack() {
			if s := rt.Site(engine.FrameOf(f)); !s.OwnFrame() {
				b.WriteString("    at ")
				s.Location(&b)
				b.WriteByte('\n')
			}
		}
		b.WriteByte('\n')
	}
	io.WriteString(rt.Stderr(), b.String())
	if f := r.written; f != nil {
		r.written = nil // what it throws is not told again
		rt.vm.Try(func() { f(v) })
	}
	io.WriteString(rt.Stderr(), "\nNode.js "+NodeVersion+"\n")
}

// place is the source line that threw an error, as it leads Node's report; empty where it is not known.
func (r *reporter) place(v goja.Value, ex *goja.Exception) (arrow string) {
	rt := r.rt
	o, _ := v.(*goja.Object)
	if o == nil || !rt.IsError(v) {
		return ""
	}
	rt.vm.Try(func() {
		if arrow = r.thrownAt(o, true, ex); arrow != "" && !isArrowed(engine.Text(o.Get("stack"))) {
			arrow += "\n"
		} else {
			arrow = ""
		}
	})
	return arrow
}

func (r *reporter) programName() string {
	rt := r.rt
	if rt.cfg.Argv0 == "" {
		return "node"
	}
	return path.Base(rt.cfg.Argv0)
}

// isArrowed tells whether the text of an error begins with its place already: "file:1\nsource\n  ^\n\n", or without the empty line.
func isArrowed(text string) bool {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || !strings.Contains(lines[2], "^") || strings.Trim(lines[2], " \t^") != "" {
		return false
	}
	_, err := strconv.Atoi(lines[0][strings.LastIndexByte(lines[0], ':')+1:])
	return err == nil
}

// Decorate puts the place where a value was thrown, with the line and a caret, before its stack, as Node does with what the scripts of vm
// let through. What is decorated already or has no stack stays as it is. Loop goroutine only.
func (rt *Runtime) Decorate(ex *goja.Exception) {
	o, ok := ex.Value().(*goja.Object)
	if !ok {
		return
	}
	rt.vm.Try(func() {
		stack, ok := o.Get("stack").(goja.String)
		if !ok || isArrowed(stack.String()) {
			return
		}
		if arrow := rt.report.thrownAt(o, rt.IsError(o), ex); arrow != "" {
			o.Set("stack", rt.vm.ToValue(arrow+"\n").(goja.String).Concat(stack))
		}
	})
}

// thrownAt is the place in the user's source, with the line and a caret.
func (r *reporter) thrownAt(o *goja.Object, isError bool, ex *goja.Exception) string {
	rt := r.rt
	if o != nil && r.unheard.err == o {
		return "node:events:505\n    throw er; // Unhandled 'error' event\n    ^\n"
	}
	if isError {
		if t := rt.TraceOf(o); t != nil && t.ThrownAt != "" {
			return t.ThrownAt
		}
	}
	if isError && ex == nil && engine.Text(o.Get("code")) == "ERR_UNHANDLED_REJECTION" {
		return "node:internal/process/promises:392\n      new UnhandledPromiseRejection(reason);\n      ^\n"
	}
	var frames []engine.Frame
	if ex != nil {
		for _, f := range ex.Stack() {
			frames = append(frames, *engine.FrameOf(f))
		}
	}
	if t := (*engine.Trace)(nil); len(frames) == 0 && isError {
		// The engine's own errors are thrown where they are made.
		if t = rt.TraceOf(o); t != nil {
			frames = t.Frames
		}
	}
	for i := range frames {
		if frames[i].Prg == nil {
			continue
		}
		s := rt.Site(&frames[i])
		unit := rt.Scripts.units[s.File]
		if unit == nil {
			continue
		}
		if file, line, at, ok := rt.SourceMaps.place(s); ok {
			return source.Arrow(file, at.Line, at.Col, 1, line)
		}
		return source.Arrow(s.File, s.Line, s.Col, 1, unit.Line(s.Line))
	}
	if isError && ex == nil && !rt.entry.faulty { // rejected, and made or described by no script
		return "node:internal/process/promises:394\n    triggerUncaughtException(err, true /* fromPromise */);\n    ^\n"
	}
	return ""
}

// describe is what the report shows of an object: util.inspect's view, without the object's own say in it.
func (r *reporter) describe(v goja.Value) (text string) {
	rt := r.rt
	readable := true
	if o, ok := v.(*goja.Object); ok && rt.IsError(v) {
		readable = rt.vm.Try(func() { o.Get("stack") }) == nil
	}
	if rt.builtins["util"] != nil && readable {
		if rt.vm.Try(func() { text = rt.InspectWith(v, map[string]any{"customInspect": false, "depth": 5}) }) == nil {
			return text
		}
	}
	rt.vm.Try(func() {
		text = v.String()
		if o, ok := v.(*goja.Object); ok && rt.IsError(v) {
			if stack := o.Get("stack"); stack != nil && !goja.IsUndefined(stack) {
				text = stack.String()
			}
		}
	})
	return text
}

// unheardError is an error that EventEmitter threw because nobody listened to 'error'.
type unheardError struct {
	err     *goja.Object
	emitter *goja.Object
	trace   *engine.Trace
}

// Unheard remembers where an emitter threw an error for want of a listener, for the report if nothing catches it.
func (rt *Runtime) Unheard(err goja.Value, emitter *goja.Object) {
	rt.report.unheard = unheardError{}
	o, ok := err.(*goja.Object)
	if !ok || !rt.IsError(o) {
		return
	}
	t, _ := rt.Capture(nil, nil, 0)
	if t != nil && len(t.Frames) > 0 && t.Frames[0].Fn == rt.EmitFunction() {
		t.Frames = t.Frames[1:]
	}
	rt.report.unheard = unheardError{err: o, emitter: emitter, trace: t}
}

// tellEmitter adds to an error's stack where its event was emitted.
func (r *reporter) tellEmitter(o *goja.Object) {
	rt := r.rt
	u := r.unheard
	if u.err != o || u.trace == nil {
		return
	}
	rt.vm.Try(func() {
		on := ""
		if u.emitter != nil {
			if name := rt.TypeName(u.emitter); name != "EventEmitter" {
				on = " on " + name + " instance"
			}
		}
		stack := engine.Text(o.Get("stack"))
		var own []string
		for _, s := range rt.Sites(u.trace) {
			var b strings.Builder
			b.WriteString("    at ")
			s.Write(&b)
			own = append(own, b.String())
		}
		if from, n := commonFrames(own, strings.Split(stack, "\n")[1:]); n > 0 {
			own = append(own[:from+1], append([]string{"    [... lines matching original stack trace ...]"}, own[from+n-1:]...)...)
		}
		o.DefineDataProperty("stack", rt.vm.ToValue(stack+"\nEmitted 'error' event"+on+" at:\n"+strings.Join(own, "\n")),
			flagTrue, flagTrue, flagFalse)
	})
}

// commonFrames finds a run of more than three lines that two stacks share.
func commonFrames(a, b []string) (from, n int) {
	for i := 0; i < len(a)-3; i++ {
		for pos := range b {
			if b[pos] != a[i] {
				continue
			}
			n := 1
			for i+n < len(a) && pos+n < len(b) && a[i+n] == b[pos+n] {
				n++
			}
			if n > 3 {
				return i, n
			}
			break
		}
	}
	return 0, 0
}

// overflowStack is the stack of the error for too deep a recursion.
func (r *reporter) overflowStack(overflow *goja.StackOverflowError) string {
	var b strings.Builder
	b.WriteString("RangeError: Maximum call stack size exceeded")
	for i, f := range overflow.Stack() {
		if i == 10 {
			break
		}
		s := r.rt.Site(engine.FrameOf(f))
		if s.Function == "" {
			s.Function = f.FuncName()
		}
		b.WriteString("\n    at ")
		s.Write(&b)
	}
	return b.String()
}
