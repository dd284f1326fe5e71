package inspect

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

func (c *context) isError(o *goja.Object, kind engine.Kind) bool {
	if kind == engine.ErrorObject {
		return true
	}
	return c.instanceOf(o, c.rt.Intrinsic("Error"))
}

// bottomless is the depth of what is no text but stands for a stack: however deep it is, all is shown, and nothing of it on one line.
const bottomless = -1 << 30

func (c *context) stackOf(o *goja.Object) string {
	var stack goja.Value
	c.vm.Try(func() { stack = get(o, "stack") })
	switch {
	case stack == nil || !stack.ToBoolean():
		return text(c.rt.Call(c.errorToString, o))
	case goja.IsString(stack) && !isObject(stack):
		return text(stack)
	}
	c.seen = append(c.seen, o)
	c.indent += 4
	shown := c.formatValue(stack, bottomless, false)
	c.indent -= 4
	c.seen = c.seen[:len(c.seen)-1]
	return text(c.rt.Call(c.errorToString, o)) + "\n    " + shown
}

// tried is a property, nil where reading it throws.
func (c *context) tried(o *goja.Object, name string) (v goja.Value) {
	c.vm.Try(func() { v = get(o, name) })
	return v
}

// hide leaves out a key whose value the stack shows, or that is no string.
func hide(keys []key, name string, v goja.Value, stack string) []key {
	if v == nil || goja.IsString(v) && !isObject(v) && !strings.Contains(stack, text(v)) {
		return keys
	}
	return withoutKey(keys, name)
}

func withoutKey(keys []key, name string) []key {
	for i, k := range keys {
		if k.symbol == nil && k.name == name {
			return append(keys[:i:i], keys[i+1:]...)
		}
	}
	return keys
}

// formatError writes an error as its stack, with its class made plain, and says which properties are still to be shown.
func (c *context) formatError(o *goja.Object, name className, tag string, keys []key) (string, []key) {
	stack := ""
	if ex := c.vm.Try(func() { stack = c.stackOf(o) }); ex != nil {
		return text(c.rt.Call(c.objectToString, o)), keys
	}
	message, ownName := c.tried(o, "message"), c.tried(o, "name")
	if !c.showHidden {
		keys = withoutKey(keys, "stack")
		keys = hide(keys, "message", message, stack)
		keys = hide(keys, "name", ownName, stack)
	}
	own := "Error"
	if ownName != nil && !goja.IsUndefined(ownName) && !goja.IsNull(ownName) {
		if isObject(ownName) || !goja.IsString(ownName) {
			// A name of another kind stands in the stack by its text.
			shown := text(c.rt.Call(c.stringOf, goja.Undefined(), ownName))
			stack = strings.Replace(stack, shown, shown+" ["+strings.TrimSuffix(prefixOf(name, tag, "Error", ""), " ")+"]", 1)
			own = ""
		} else {
			own = text(ownName)
		}
	}
	has := func(key string) bool { return c.rt.Call(c.hasOwn, o, c.vm.ToValue(key)).ToBoolean() }
	if has("cause") {
		keys = withKey(keys, "cause")
	}
	if list, ok := c.tried(o, "errors").(*goja.Object); ok && engine.KindOf(list) == engine.ArrayObject && has("errors") {
		keys = withKey(keys, "errors")
	}
	if own != "" || name.none {
		stack = improveStack(stack, name, own, tag)
	}

	// The message may hold lines that look like frames.
	from := 0
	if message != nil && message.ToBoolean() && goja.IsString(message) && !isObject(message) {
		m := text(message)
		if at := strings.Index(stack, m); at >= 0 {
			from = at + len(m)
		}
	}
	start := strings.Index(stack[from:], "\n    at")
	if start < 0 {
		stack = "[" + stack + "]"
	} else {
		start += from
		head, lines := stack[:start], c.frames(o, stack[start+1:])
		if c.colors {
			head = c.colorFrames(head, lines)
		} else {
			head += "\n" + strings.Join(lines, "\n")
		}
		stack = head
	}
	if c.indent != 0 {
		stack = strings.ReplaceAll(stack, "\n", "\n"+strings.Repeat(" ", c.indent))
	}
	return stack, keys
}

func withKey(keys []key, name string) []key {
	for _, k := range keys {
		if k.symbol == nil && k.name == name {
			return keys
		}
	}
	return append(keys, key{name: name})
}

// frames leaves out the lines that are also in the cause's stack.
func (c *context) frames(o *goja.Object, stack string) []string {
	lines := strings.Split(stack, "\n")
	var cause *goja.Object
	c.vm.Try(func() { cause, _ = o.Get("cause").(*goja.Object) })
	if cause == nil || !c.isError(cause, engine.KindOf(cause)) {
		return c.collapse(lines)
	}
	s := c.stackOf(cause)
	at := strings.Index(s, "\n    at")
	if at < 0 {
		return c.collapse(lines)
	}
	if n, offset := CommonLines(lines, strings.Split(s[at+1:], "\n")); n > 0 {
		skipped := n - 2
		note := "    ... " + itoa(skipped) + " lines matching cause stack trace ..."
		rest := append([]string{c.stylize(note, "undefined")}, lines[offset+1+skipped:]...)
		lines = append(lines[:offset+1:offset+1], rest...)
	}
	return c.collapse(lines)
}

// collapse replaces runs of lines that repeat the lines before them, as a recursion's, in long stacks.
func (c *context) collapse(lines []string) []string {
	if len(lines) <= 10 {
		return lines
	}
	var out []string
	for i := 0; i < len(lines); {
		period, times := repetition(lines[i:])
		if times == 0 {
			out = append(out, lines[i])
			i++
			continue
		}
		note := "    ... collapsed " + itoa(period*times) + " duplicate lines matching above "
		if times > 1 {
			note += itoa(period) + " lines " + itoa(times) + " times..."
		} else {
			note += "lines ..."
		}
		out = append(append(out, lines[i:i+period]...), c.stylize(note, "undefined"))
		i += period * (times + 1)
	}
	return out
}

// repetition finds how many lines at the front are repeated right after themselves, and how often: that which hides most,
// at least three lines.
func repetition(lines []string) (period, times int) {
	for p := 1; 2*p <= len(lines); p++ {
		if lines[p] != lines[0] {
			continue
		}
		n := 0
		for at := p; at+p <= len(lines) && slices.Equal(lines[:p], lines[at:at+p]); at += p {
			n++
		}
		if n*p >= 3 && n*p > period*times {
			period, times = p, n
		}
	}
	return period, times
}

// CommonLines finds the first run of more than three lines of a that is in b too: its length and where it is in a.
func CommonLines(a, b []string) (n, offset int) {
	for i := 0; i < len(a)-3; i++ {
		pos := -1
		for j, line := range b {
			if line == a[i] {
				pos = j
				break
			}
		}
		if pos < 0 || len(b)-pos <= 3 {
			continue
		}
		most := min(len(a)-i, len(b)-pos)
		n := 1
		for n < most && a[i+n] == b[pos+n] {
			n++
		}
		if n > 3 {
			return n, i
		}
	}
	return 0, 0
}

var (
	nullProtoHead = lazyRegexp{pattern: `^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n {4}at)`}
	nullProtoName = lazyRegexp{pattern: `^([a-z_A-Z0-9-]*Error)$`}
)

// lazyRegexp is compiled when it is first used: a process that starts has no time for it.
type lazyRegexp struct {
	pattern string
	once    sync.Once
	regexp  *regexp.Regexp
}

func (l *lazyRegexp) get() *regexp.Regexp {
	l.once.Do(func() { l.regexp = regexp.MustCompile(l.pattern) })
	return l.regexp
}

// improveStack makes the head of a stack tell class and name where they differ: "Foo [Bar]: message".
func improveStack(stack string, class className, name, tag string) string {
	n := len(name)
	regular := strings.HasSuffix(name, "Error") && strings.HasPrefix(stack, name) &&
		(len(stack) == n || stack[n] == ':' || stack[n] == '\n')
	if !class.none && !regular {
		return stack
	}
	fallback := "Error"
	if class.none {
		fallback = ""
		if m := nullProtoHead.get().FindStringSubmatch(stack); m != nil {
			fallback = m[1]
		} else if m := nullProtoName.get().FindStringSubmatch(stack); m != nil {
			fallback = m[1]
		}
		n = len(fallback)
		if fallback == "" {
			fallback = "Error"
		}
	}
	prefix := strings.TrimSuffix(prefixOf(class, tag, fallback, ""), " ")
	switch {
	case name == prefix:
	case !strings.Contains(prefix, name):
		stack = prefix + " [" + name + "]" + stack[n:]
	case n == 0:
		stack = prefix + ": " + stack
	default:
		stack = prefix + stack[n:]
	}
	return stack
}

var (
	coreFrame   = lazyRegexp{pattern: `^ {4}at (?:[^/\\(]+ \(|)node:(.+):\d+:\d+\)?$`}
	nodeModules = lazyRegexp{pattern: `[/\\]node_modules[/\\]([^/\\]+)`}
)

// colorFrames greys the frames of built-in modules and the working directory, and underlines packages.
func (c *context) colorFrames(head string, lines []string) string {
	cwd, err := c.rt.Cwd()
	for _, line := range lines {
		head += "\n"
		if m := coreFrame.get().FindStringSubmatch(line); m != nil && (c.rt.Builtin(m[1]) != nil || strings.HasPrefix(m[1], "internal/")) {
			head += c.stylize(line, "undefined")
			continue
		}
		line = nodeModules.get().ReplaceAllStringFunc(line, func(m string) string {
			return m[:14] + c.stylize(m[14:], "module")
		})
		if err == nil {
			line = c.markDirectory(line, cwd)
		}
		head += line
	}
	return head
}

func (c *context) markDirectory(line, dir string) string {
	at := strings.Index(line, dir)
	if at < 0 {
		return line
	}
	n := len(dir)
	if at >= 7 && line[at-7:at] == "file://" {
		at -= 7
		n += 7
	}
	start, end, tail := at, len(line), ""
	if at > 0 && line[at-1] == '(' {
		start--
		if strings.HasSuffix(line, ")") {
			end--
			tail = c.stylize(")", "undefined")
		}
	}
	stop := min(at+n+1, end)
	return line[:start] + c.stylize(line[start:stop], "undefined") + line[stop:end] + tail
}
