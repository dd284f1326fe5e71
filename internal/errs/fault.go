package errs

import (
	"fmt"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// Fault is a Go panic that has become an error: a fault of this program, which ends one runtime and not the process.
type Fault struct {
	Value any
	Calls []string // the innermost first, as lines of a stack
}

func (f *Fault) Error() string { return "Internal error: " + fmt.Sprint(f.Value) }

// Stack is the report in the form of a script's error.
func (f *Fault) Stack() string {
	return "Error: " + f.Error() + "\n    at " + strings.Join(f.Calls, "\n    at ")
}

// NewFault makes a Fault of what recover has given. It is called by the deferred function that called recover, for the
// calls that led to the panic are on the stack until that returns.
func NewFault(x any) *Fault {
	if f, ok := x.(*Fault); ok {
		return f
	}
	f := &Fault{Value: x}
	pcs := make([]uintptr, 256)
	pcs = pcs[:runtime.Callers(2, pcs)]
	frames := runtime.CallersFrames(pcs)
	for {
		c, more := frames.Next()
		switch {
		case c.Function == "runtime.gopanic":
			f.Calls = nil // what lies above has only passed the panic on
		case !strings.HasPrefix(c.Function, "runtime.") && len(f.Calls) < 10:
			f.Calls = append(f.Calls, c.Function+" ("+path.Base(c.File)+":"+strconv.Itoa(c.Line)+")")
		}
		if !more {
			return f
		}
	}
}
