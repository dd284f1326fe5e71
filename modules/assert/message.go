package assert

import (
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"
	"golang.org/x/term"

	"gonode/internal/diff"
	"gonode/internal/engine"
	"gonode/runtime"
)

func readable(operator string) string {
	switch operator {
	case "deepStrictEqual":
		return "Expected values to be strictly deep-equal:"
	case "partialDeepStrictEqual":
		return "Expected values to be partially and strictly deep-equal:"
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

	blue, green, red, white, gray string // colors, when standard error is a terminal that has them
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
	rt.SetFunc(b, "message", 5, func(call goja.FunctionCall) goja.Value {
		w.refreshColors()
		message := ""
		if m := call.Argument(3); !goja.IsUndefined(m) && !goja.IsNull(m) {
			message = m.ToString().String()
		}
		full := call.Argument(4).StrictEquals(vm.ToValue("full"))
		return vm.ToValue(w.message(call.Argument(0), call.Argument(1), call.Argument(2).String(), message, full))
	})
	return b
}

// refreshColors looks whether standard error shows colors, or is to show them all the same.
func (w *words) refreshColors() {
	w.blue, w.green, w.red, w.white, w.gray = "", "", "", "", ""
	if w.shouldColor() {
		w.blue, w.green, w.red, w.white, w.gray = "\x1b[34m", "\x1b[32m", "\x1b[31m", "\x1b[39m", "\x1b[90m"
	}
}

func (w *words) shouldColor() bool {
	if _, forced := w.rt.Env().Get("FORCE_COLOR"); !forced {
		if fd, ok := w.rt.Stderr().(runtime.FDWriter); !ok || !term.IsTerminal(int(fd)) {
			return false
		}
	}
	if w.rt.Builtin("process") == nil {
		return false
	}
	stream, ok := w.rt.Require("tty").Get("WriteStream").(*goja.Object)
	if !ok {
		return false
	}
	proto, ok := stream.Get("prototype").(*goja.Object)
	return ok && w.rt.CallMethod(proto, "getColorDepth").ToInteger() > 2
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

func (w *words) message(actual, expected goja.Value, operator, message string, full bool) string {
	switch operator {
	case "deepStrictEqual", "strictEqual", "partialDeepStrictEqual":
		return w.difference(actual, expected, operator, message, full)
	case "notDeepStrictEqual", "notStrictEqual":
		base := readable(operator)
		lines := strings.Split(w.show(actual), "\n")
		if operator == "notStrictEqual" && (isObject(actual) || callable(actual)) {
			base = readable("notStrictEqualObject")
		}
		if len(lines) > 50 && !full {
			lines = append(lines[:46:46], w.blue+"..."+w.white)
		}
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
	shorten := func(s string, limit, most int) string {
		if length(s) > limit && !full {
			return truncate(s, most) + "..."
		}
		return s
	}
	if operator == "notDeepEqual" && a == b {
		return shorten(known+"\n\n"+a, 1024, 1021)
	}
	a, b = shorten(a, 512, 509), shorten(b, 512, 509)
	if operator == "deepEqual" {
		return known + "\n\n" + a + "\n\nshould loosely deep-equal\n\n" + b
	}
	if other := readable(operator + "Unequal"); other != "" {
		return other + "\n\n" + a + "\n\nshould not loosely deep-equal\n\n" + b
	}
	return a + " " + operator + " " + b
}

// difference shows what is in the one value and not in the other, line by line.
func (w *words) difference(actual, expected goja.Value, operator, message string, full bool) string {
	if operator == "strictEqual" && (isObject(actual) && isObject(expected) || callable(actual) && callable(expected)) {
		operator = "strictEqualObject"
	}
	shownA, shownB := w.show(actual), w.show(expected)
	a, b := strings.Split(shownA, "\n"), strings.Split(shownB, "\n")
	legend := w.green + "+ actual" + w.white + " " + w.red + "- expected" + w.white
	body, skipped := "", false
	switch {
	case len(a) == 1 && len(b) == 1 && (!isObject(actual) || !isObject(expected)):
		body, legend = w.simple(actual, expected, shownA, shownB, legend)
	case shownA == shownB:
		operator, legend = "notIdentical", ""
		body = shownA
		if len(a) > 50 && !full {
			body, skipped = strings.Join(a[:50], "\n")+"\n...}", true
		}
	default:
		body, skipped = w.lines(a, b, isObject(actual), operator == "partialDeepStrictEqual")
		if operator == "partialDeepStrictEqual" {
			plus := "+ "
			if w.gray != "" {
				plus = ""
			}
			legend = w.gray + plus + "actual" + w.white + " " + w.red + "- expected" + w.white
		}
	}
	head := message
	if head == "" {
		head = readable(operator)
	}
	if skipped {
		legend += "\n... Skipped lines"
	}
	return head + "\n" + legend + "\n" + body + "\n"
}

// simple compares two values that are one line each, and may need no legend.
func (w *words) simple(actual, expected goja.Value, a, b, legend string) (body, newLegend string) {
	isString := func(v goja.Value) bool { _, object := v.(*goja.Object); return !object && goja.IsString(v) }
	zero := func(v goja.Value) bool { return !isObject(v) && goja.IsNumber(v) && v.ToFloat() == 0 }
	n := length(a) + length(b)
	short := 12
	for _, v := range [...]goja.Value{actual, expected} {
		if isString(v) {
			short += 2 // for the quotes
		}
	}
	if n <= short && (!zero(actual) || !zero(expected)) {
		return a + " !== " + b, ""
	}
	strs := isString(actual) && isString(expected)
	if strs && w.green != "" {
		var out strings.Builder
		for _, step := range diff.Sequences([]rune(a), []rune(b), func(x, y rune) bool { return x == y }, w.rt.Memory.Need) {
			color := w.white
			switch step.Op {
			case diff.Actual:
				color = w.green
			case diff.Expected:
				color = w.red
			}
			out.WriteString(color + string(step.Value) + w.white)
		}
		return "\n" + out.String(), w.green + "actual" + w.white + " " + w.red + "expected" + w.white
	}
	body = "\n" + w.green + "+" + w.white + " " + a + "\n" + w.red + "- " + w.white + b
	if strs && n <= w.columns() {
		x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
		i := 0
		for i < len(x) && i < len(y) && x[i] == y[i] {
			i++
		}
		if i > 2 && i < len(x) {
			body += "\n" + strings.Repeat(" ", i+2) + "^"
		}
	}
	return body, legend
}

func (w *words) columns() int {
	if fd, ok := w.rt.Stderr().(runtime.FDWriter); ok && term.IsTerminal(int(fd)) {
		if columns, _, err := term.GetSize(int(fd)); err == nil {
			return columns
		}
	}
	return 80
}

// lines shows the steps from one list of lines to the other, long runs of equal lines shortened. Lines of objects may
// differ in their last comma.
func (w *words) lines(a, b []string, commas, partially bool) (body string, skipped bool) {
	equal := func(x, y string) bool { return x == y || commas && (x+"," == y || x == y+",") }
	steps := diff.Sequences(a, b, equal, w.rt.Memory.Need)
	var out strings.Builder
	var run []string // equal lines since the last difference
	const shown = 5
	end := func() {
		for i, line := range run {
			switch {
			case i < shown || i == len(run)-1 || i == shown && len(run) == shown+2:
				out.WriteString(w.white + "  " + line + "\n")
			case i == shown:
				out.WriteString(w.blue + "..." + w.white + "\n")
				skipped = true
			}
		}
		run = run[:0]
	}
	at := 0 // the place in b
	for _, step := range steps {
		switch step.Op {
		case diff.Same:
			line := step.Value
			if commas && !strings.HasSuffix(line, ",") {
				line = b[at]
			}
			run = append(run, line)
			at++
		case diff.Actual:
			end()
			switch {
			case !partially:
				out.WriteString(w.green + "+" + w.white + " " + step.Value + "\n")
			case w.gray != "":
				out.WriteString(w.gray + "  " + step.Value + w.white + "\n")
			default:
				out.WriteString("+ " + step.Value + "\n")
			}
		case diff.Expected:
			end()
			out.WriteString(w.red + "-" + w.white + " " + step.Value + "\n")
			at++
		}
	}
	// Of equal lines at the end there are only the first.
	for _, line := range run[:min(len(run), shown)] {
		out.WriteString(w.white + "  " + line + "\n")
	}
	return "\n" + strings.TrimRight(out.String(), " \n\t\r"), skipped
}
