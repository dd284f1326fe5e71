package runtime

import (
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"gonode/internal/source"
)

// reportUncaught prints Node's report of an uncaught value on Stderr: where it was thrown with the source line and a
// caret, the value with its stack and properties, the version.
func (rt *Runtime) reportUncaught(v goja.Value, ex *goja.Exception) {
	var b strings.Builder
	arrow := rt.arrowOf(v, ex)
	if _, object := v.(*goja.Object); object {
		if arrow != "" {
			b.WriteString(arrow + "\n")
		}
		b.WriteString(rt.describe(v))
		b.WriteByte('\n')
	} else {
		b.WriteString("\n" + arrow)
		if _, symbol := v.(*goja.Symbol); !symbol && v != nil {
			b.WriteString(v.String())
		}
		b.WriteByte('\n')
	}
	if rt.cfg.Options.TraceUncaught {
		b.WriteString("Thrown at:\n")
		for _, line := range rt.thrownAt(ex) {
			b.WriteString("    at " + line + "\n")
		}
		b.WriteByte('\n')
	} else if _, object := v.(*goja.Object); !object {
		b.WriteString("(Use `" + rt.programName() + " --trace-uncaught ...` to show where the exception was thrown)\n")
	}
	b.WriteString("\nNode.js " + NodeVersion + "\n")
	io.WriteString(rt.Stderr(), b.String())
}

func (rt *Runtime) programName() string {
	if rt.cfg.Argv0 == "" {
		return "node"
	}
	return path.Base(rt.cfg.Argv0)
}

// describe is the value as util.inspect shows it, or as much of it as can be had.
func (rt *Runtime) describe(v goja.Value) (text string) {
	if rt.vm.Try(func() { text = rt.InspectWith(v, map[string]any{"depth": 5, "customInspect": false}) }) == nil {
		// An error without frames is shown in brackets, but not one that was never run.
		if bare, ok := strings.CutPrefix(text, "["); ok && arrowed().MatchString(bare) {
			text = strings.TrimSuffix(bare, "]")
		}
		return text
	}
	if o, ok := v.(*goja.Object); ok && rt.vm.Try(func() { text = o.Get("stack").String() }) == nil {
		return text
	}
	return "[object Object]"
}

// arrowOf marks the place of the throw in its source line. The stack of a syntax error has its arrow already.
func (rt *Runtime) arrowOf(v goja.Value, ex *goja.Exception) string {
	if v != nil && v == rt.unhandledEvent {
		return "node:events:502\n      throw er; // Unhandled 'error' event\n      ^\n"
	}
	stack := ""
	if o, ok := v.(*goja.Object); ok && rt.IsError(v) {
		rt.vm.Try(func() {
			if s := o.Get("stack"); s != nil && goja.IsString(s) {
				stack = s.String()
			}
		})
		if arrowed().MatchString(stack) {
			return ""
		}
	}
	if ex != nil {
		for _, f := range ex.Stack() {
			p := f.Position()
			if arrow := rt.arrowAt(f.SrcName(), p.Line, p.Column); arrow != "" {
				return arrow
			}
		}
	}
	// A rejection: the place where the error was made.
	for _, m := range stackPlace().FindAllStringSubmatch(stack, -1) {
		line, _ := strconv.Atoi(m[2])
		column, _ := strconv.Atoi(m[3])
		if unit := rt.unit(m[1]); unit != nil {
			return source.Arrow(m[1], line, column, 1, unit.Line(line))
		}
	}
	return ""
}

// Compiled when an error is reported: a process that starts has no time for it.
var (
	arrowed    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^\n]*:\d+\n[^\n]*\n\s*\^`) })
	stackPlace = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)^\s+at (?:.*\()?([^()\n]*):(\d+):(\d+)\)?$`)
	})
)

// unit is the compiled text of a script's file, nil for the built-in modules.
func (rt *Runtime) unit(file string) *source.Unit {
	return rt.cjs.units[strings.TrimPrefix(file, "file://")]
}

// arrowAt is the arrow of a place in a program as the engine counts; empty if the text is not at hand.
func (rt *Runtime) arrowAt(file string, line, column int) string {
	unit := rt.unit(file)
	if unit == nil || line <= 0 {
		return ""
	}
	line, column = unit.Locate(line, column)
	return source.Arrow(file, line, column, 1, unit.Line(line))
}

// overflowStack is the stack of the error for too deep a recursion.
func (rt *Runtime) overflowStack(overflow *goja.StackOverflowError) string {
	text := "RangeError: Maximum call stack size exceeded"
	for i, f := range overflow.Stack() {
		p := f.Position()
		unit := rt.unit(f.SrcName())
		if unit == nil || i == 10 {
			break
		}
		line, column := unit.Locate(p.Line, p.Column)
		place := f.SrcName() + ":" + itoa(line) + ":" + itoa(column)
		if name := f.FuncName(); name != "<anonymous>" && name != "" {
			place = name + " (" + place + ")"
		}
		text += "\n    at " + place
	}
	return text
}

// thrownAt lists the frames of the throw.
func (rt *Runtime) thrownAt(ex *goja.Exception) []string {
	if ex == nil {
		return nil
	}
	var lines []string
	for _, f := range ex.Stack() {
		p := f.Position()
		unit := rt.unit(f.SrcName())
		if unit == nil {
			continue
		}
		line, column := unit.Locate(p.Line, p.Column)
		lines = append(lines, f.SrcName()+":"+itoa(line)+":"+itoa(column))
	}
	return lines
}
