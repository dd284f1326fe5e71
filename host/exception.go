package host

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// Exception is what a script has thrown, or a promise was rejected with. It is a copy: nothing of it belongs to the program.
type Exception struct {
	// Name and Message are the error's; of a value that is no error Name is empty and Message what it prints as.
	Name, Message string
	// Code is its property code, if that is a string: "ERR_INVALID_ARG_TYPE".
	Code string
	// Cause is its property cause, nil if there is none.
	Cause *Exception
	// Errors are those of an AggregateError.
	Errors []*Exception
	// Frames are its stack, the innermost first.
	Frames []Frame
	// Go is the error that a function of the host's returned and that scripts let pass, nil for all others. errors.Is and errors.As look at it.
	Go error

	text string
}

// Frame is one of an Exception's stack.
type Frame struct {
	// Function is empty for the code of a file itself. File is a path or a URL; Line and Column count from 1, in the text as it was
	// written, TypeScript too.
	Function, File string
	Line, Column   int
}

// Error is the exception in one line: "TypeError: x is not a function".
func (e *Exception) Error() string {
	if e.Name == "" {
		return e.Message
	}
	if e.Message == "" {
		return e.Name
	}
	return e.Name + ": " + e.Message
}

// String is the exception as console.log prints it, with its stack and properties.
func (e *Exception) String() string { return e.text }

// Unwrap gives Go, and so what a function of the host's failed with.
func (e *Exception) Unwrap() error { return e.Go }

// exception copies what was thrown. Program's goroutine only.
func (p *Program) exception(thrown goja.Value) *Exception { return p.exceptionIn(thrown, 0) }

// maxCauses is how deep causes and errors of errors are followed: they may be circular.
const maxCauses = 16

func (p *Program) exceptionIn(thrown goja.Value, depth int) *Exception {
	e := &Exception{}
	if thrown == nil {
		thrown = goja.Undefined()
	}
	try := func(f func()) { p.rt.VM().Try(f) } // getters of it may throw
	try(func() { e.text = p.rt.Inspect(thrown) })
	o, ok := thrown.(*goja.Object)
	if !ok || !p.rt.IsError(thrown) {
		e.Message = e.text
		return e
	}
	property := func(name string) (v goja.Value) {
		try(func() { v = o.Get(name) })
		return v
	}
	text := func(name string) string {
		if v := property(name); v != nil && goja.IsString(v) {
			return v.String()
		}
		return ""
	}
	e.Name, e.Message, e.Code = text("name"), text("message"), text("code")
	e.Frames = frames(text("stack"))
	e.Go, _ = p.rt.Slot(o).(error)
	if depth == maxCauses {
		return e
	}
	if cause := property("cause"); cause != nil && !goja.IsUndefined(cause) {
		e.Cause = p.exceptionIn(cause, depth+1)
	}
	if list, ok := property("errors").(*goja.Object); ok && engine.KindOf(list) == engine.ArrayObject {
		for i := range int(min(engine.LengthOf(list), 1000)) {
			e.Errors = append(e.Errors, p.exceptionIn(list.Get(strconv.Itoa(i)), depth+1))
		}
	}
	return e
}

var frameLine = regexp.MustCompile(`^ +at (?:(.*?) \()?(.*?):(\d+):(\d+)\)?$`)

// frames reads the lines of a stack.
func frames(stack string) (all []Frame) {
	for line := range strings.Lines(stack) {
		m := frameLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue
		}
		f := Frame{Function: m[1], File: m[2]}
		f.Line, _ = strconv.Atoi(m[3])
		f.Column, _ = strconv.Atoi(m[4])
		all = append(all, f)
	}
	return all
}
