package assert

import (
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"
	"golang.org/x/term"

	"gonode/internal/engine"
	"gonode/runtime"
)

func readable(operator string) string {
	switch operator {
	case "deepStrictEqual":
		return "Expected values to be strictly deep-equal:"
	case "strictEqual":
		return "Expected values to be strictly equal:"
	case "strictEqualObject":
		return `Expected "actual" to be reference-equal to "expected":`
	case "deepEqual":
		return "Expected values to be loosely deep-equal:"
	case "notDeepStrictEqual":
		return `Expected "actual" not to be strictly deep-equal to:`
	case "notStrictEqual":
		return `Expected "actual" to be strictly unequal to:`
	case "notStrictEqualObject":
		return `Expected "actual" not to be reference-equal to "expected":`
	case "notDeepEqual":
		return `Expected "actual" not to be loosely deep-equal to:`
	case "notIdentical":
		return "Values have same structure but are not reference-equal:"
	case "notDeepEqualUnequal":
		return "Expected values not to be loosely deep-equal:"
	}
	return ""
}

// words makes the messages of AssertionErrors.
type words struct {
	rt      *runtime.Runtime
	vm      *goja.Runtime
	inspect goja.Callable
	options *goja.Object

	blue, green, red, white string // colors, when standard error is a terminal that has them
}

func errorBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	w := &words{rt: rt, vm: vm}
	w.inspect, _ = goja.AssertFunction(rt.Require("internal/util/inspect").Get("inspect"))
	w.options = vm.NewObject()
	for _, o := range [...]struct {
		name  string
		value any
	}{{"compact", false}, {"customInspect", false}, {"depth", 1000}, {"maxArrayLength", goja.PositiveInf()},
		{"showHidden", false}, {"showProxy", false}, {"sorted", true}, {"getters", true}} {
		w.options.Set(o.name, o.value)
	}
	b := vm.NewObject()
	rt.SetFunc(b, "message", 4, func(call goja.FunctionCall) goja.Value {
		w.refreshColors()
		message := ""
		if m := call.Argument(3); !goja.IsUndefined(m) && !goja.IsNull(m) {
			message = m.ToString().String()
		}
		return vm.ToValue(w.message(call.Argument(0), call.Argument(1), call.Argument(2).String(), message))
	})
	return b
}

// refreshColors looks whether standard error shows colors.
func (w *words) refreshColors() {
	w.blue, w.green, w.red, w.white = "", "", "", ""
	fd, ok := w.rt.Stderr().(runtime.FDWriter)
	if !ok || !term.IsTerminal(int(fd)) || w.rt.Builtin("process") == nil {
		return
	}
	stream, ok := w.rt.Require("process").Get("stderr").(*goja.Object)
	if !ok {
		return
	}
	if _, ok := goja.AssertFunction(stream.Get("getColorDepth")); !ok || w.rt.CallMethod(stream, "getColorDepth").ToInteger() <= 2 {
		return
	}
	w.blue, w.green, w.red, w.white = "\x1b[34m", "\x1b[32m", "\x1b[31m", "\x1b[39m"
}

func (w *words) show(v goja.Value) string {
	return w.rt.Call(w.inspect, goja.Undefined(), v, w.options).String()
}

func isObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok && !callable(v)
}

func callable(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}

// length counts as scripts do.
func length(s string) int {
	if engine.IsASCII(s) {
		return len(s)
	}
	return len(utf16.Encode([]rune(s)))
}

func truncate(s string, n int) string {
	if length(s) <= n {
		return s
	}
	return string(utf16.Decode(utf16.Encode([]rune(s))[:n]))
}

func (w *words) message(actual, expected goja.Value, operator, message string) string {
	switch operator {
	case "deepStrictEqual", "strictEqual":
		return w.diff(actual, expected, operator, message)
	case "notDeepStrictEqual", "notStrictEqual":
		base := readable(operator)
		lines := strings.Split(w.show(actual), "\n")
		if operator == "notStrictEqual" && (isObject(actual) || callable(actual)) {
			base = readable("notStrictEqualObject")
		}
		lines = w.cut(lines)
		if len(lines) > 1 {
			return base + "\n\n" + strings.Join(lines, "\n") + "\n"
		}
		if length(lines[0]) > 5 {
			return base + "\n\n" + lines[0]
		}
		return base + " " + lines[0]
	}
	a, b := w.show(actual), w.show(expected)
	known := readable(operator)
	if operator == "notDeepEqual" && a == b {
		s := known + "\n\n" + a
		if length(s) > 1024 {
			s = truncate(s, 1021) + "..."
		}
		return s
	}
	if length(a) > 512 {
		a = truncate(a, 509) + "..."
	}
	if length(b) > 512 {
		b = truncate(b, 509) + "..."
	}
	if operator == "deepEqual" {
		return known + "\n\n" + a + "\n\nshould loosely deep-equal\n\n" + b
	}
	if other := readable(operator + "Unequal"); other != "" {
		return other + "\n\n" + a + "\n\nshould not loosely deep-equal\n\n" + b
	}
	return a + " " + operator + " " + b
}

// cut leaves the first 46 of many lines.
func (w *words) cut(lines []string) []string {
	if len(lines) > 50 {
		lines = append(lines[:46:46], w.blue+"..."+w.white)
	}
	return lines
}

// diff shows both values line by line, equal runs shortened.
func (w *words) diff(actual, expected goja.Value, operator, message string) string {
	shown := w.show(actual)
	a, b := strings.Split(shown, "\n"), strings.Split(w.show(expected), "\n")
	if operator == "strictEqual" && (isObject(actual) && isObject(expected) || callable(actual) && callable(expected)) {
		operator = "strictEqualObject"
	}
	head := message
	if head == "" {
		head = readable(operator)
	}
	i, indicator := 0, ""
	if len(a) == 1 && len(b) == 1 && a[0] != b[0] {
		n := length(a[0]) + length(b[0])
		if n <= 12 {
			zero := func(v goja.Value) bool { return !isObject(v) && goja.IsNumber(v) && v.ToFloat() == 0 }
			if !isObject(actual) && !isObject(expected) && (!zero(actual) || !zero(expected)) {
				return head + "\n\n" + a[0] + " !== " + b[0] + "\n"
			}
		} else if operator != "strictEqualObject" && n < w.columns() {
			x, y := utf16.Encode([]rune(a[0])), utf16.Encode([]rune(b[0]))
			for i < len(x) && i < len(y) && x[i] == y[i] {
				i++
			}
			if i > 2 {
				indicator = "\n  " + strings.Repeat(" ", i) + "^"
				i = 0
			}
		}
	}

	// What both end in.
	end, other := "", ""
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		line := a[len(a)-1]
		if i++; i <= 3 {
			end = "\n  " + line + end
		} else {
			other = line
		}
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	most := max(len(a), len(b))
	if most == 0 {
		return readable("notIdentical") + "\n\n" + strings.Join(w.cut(strings.Split(shown, "\n")), "\n") + "\n"
	}
	skipped := false
	if i >= 5 {
		end = "\n" + w.blue + "..." + w.white + end
		skipped = true
	}
	if other != "" {
		end = "\n  " + other + end
	}
	d := differ{words: w, skipped: skipped}
	legend := head + "\n" + w.green + "+ actual" + w.white + " " + w.red + "- expected" + w.white
	const skippedNote = " Lines skipped"
	note := " " + w.blue + "..." + w.white + skippedNote
	if d.run(a, b) {
		return legend + note + "\n" + d.out.String() + "\n" + w.blue + "..." + w.white + d.other + "\n" + w.blue + "..." + w.white
	}
	if !d.skipped {
		note = ""
	}
	return legend + note + "\n" + d.out.String() + d.other + end + indicator
}

func (w *words) columns() int {
	if fd, ok := w.rt.Stderr().(runtime.FDWriter); ok && term.IsTerminal(int(fd)) {
		if columns, _, err := term.GetSize(int(fd)); err == nil {
			return columns
		}
	}
	return 80
}

// differ writes the lines of a diff.
type differ struct {
	*words
	out       strings.Builder
	other     string // lines of the expected value still to be written
	printed   int
	identical int
	skipped   bool
}

// context writes the end of a run of equal lines before line i, of which the first two are written already.
func (d *differ) context(lines []string, i int) {
	if d.identical > 2 {
		if d.identical > 3 {
			if d.identical > 4 {
				if d.identical == 5 {
					d.out.WriteString("\n  " + lines[i-3])
					d.printed++
				} else {
					d.out.WriteString("\n" + d.blue + "..." + d.white)
					d.skipped = true
				}
			}
			d.out.WriteString("\n  " + lines[i-2])
			d.printed++
		}
		d.out.WriteString("\n  " + lines[i-1])
		d.printed++
	}
	d.identical = 0
}

// run tells whether it stopped for too many lines.
func (d *differ) run(a, b []string) bool {
	most, least := max(len(a), len(b)), min(len(a), len(b))
	for i := 0; i < most; i++ {
		switch {
		case i >= least && len(a) >= len(b):
			d.context(a, i)
			d.out.WriteString("\n" + d.green + "+" + d.white + " " + a[i])
			d.printed++
		case i >= least:
			d.context(b, i)
			d.other += "\n" + d.red + "-" + d.white + " " + b[i]
			d.printed++
		default:
			x, y := a[i], b[i]
			differ := x != y && strings.TrimSuffix(x, ",") != y || x != y && !strings.HasSuffix(x, ",")
			if differ && strings.HasSuffix(y, ",") && y[:len(y)-1] == x {
				differ = false
				x += ","
			}
			if differ {
				d.context(a, i)
				d.out.WriteString("\n" + d.green + "+" + d.white + " " + x)
				d.other += "\n" + d.red + "-" + d.white + " " + y
				d.printed += 2
			} else {
				d.out.WriteString(d.other)
				d.other = ""
				if d.identical++; d.identical <= 2 {
					d.out.WriteString("\n  " + x)
					d.printed++
				}
			}
		}
		if d.printed > 50 && i < most-2 {
			return true
		}
	}
	return false
}
