package inspect

import (
	"regexp"
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

func (c *context) stackOf(o *goja.Object) string {
	if stack := get(o, "stack"); stack.ToBoolean() {
		return text(stack.ToString())
	}
	return text(c.rt.Call(c.errorToString, o))
}

// formatError writes an error as its stack, with its class made plain, and says which properties are still to be shown.
func (c *context) formatError(o *goja.Object, name className, tag string, keys []key) (string, []key) {
	own := "Error"
	if v := get(o, "name"); !goja.IsUndefined(v) && !goja.IsNull(v) {
		own = text(v.ToString())
	}
	stack := c.stackOf(o)
	if !c.showHidden {
		// What the stack shows needs no repetition.
		for _, hide := range [...]string{"name", "message", "stack"} {
			for i, k := range keys {
				if k.symbol == nil && k.name == hide {
					if strings.Contains(stack, text(get(o, hide).ToString())) {
						keys = append(keys[:i:i], keys[i+1:]...)
					}
					break
				}
			}
		}
	}
	if o.Get("cause") != nil {
		keys = withKey(keys, "cause")
	}
	if list, ok := o.Get("errors").(*goja.Object); ok && engine.KindOf(list) == engine.ArrayObject {
		keys = withKey(keys, "errors")
	}
	stack = improveStack(stack, name, own, tag)

	// The message may hold lines that look like frames.
	from := 0
	if message := get(o, "message"); message.ToBoolean() {
		m := text(message.ToString())
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
		return lines
	}
	s := c.stackOf(cause)
	at := strings.Index(s, "\n    at")
	if at < 0 {
		return lines
	}
	if n, offset := CommonLines(lines, strings.Split(s[at+1:], "\n")); n > 0 {
		skipped := n - 2
		note := "    ... " + itoa(skipped) + " lines matching cause stack trace ..."
		rest := append([]string{c.stylize(note, "undefined")}, lines[offset+1+skipped:]...)
		lines = append(lines[:offset+1:offset+1], rest...)
	}
	return lines
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
