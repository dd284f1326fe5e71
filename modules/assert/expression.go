package assert

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// expression words the failed assert(expression) by its source text, or gives undefined where that cannot be read.
func (a *asserter) expression() goja.Value {
	for _, frame := range a.vm.CaptureCallStack(20, nil) {
		file, pos := frame.SrcName(), frame.Position()
		if file == "" || file == "<native>" || pos.Line == 0 {
			continue
		}
		if strings.HasPrefix(file, "node:assert") {
			continue
		}
		if strings.HasPrefix(file, "node:") {
			return goja.Undefined()
		}
		place := file + ":" + strconv.Itoa(pos.Line) + ":" + strconv.Itoa(pos.Column)
		text, ok := a.messages[place]
		if !ok {
			text = readCall(strings.TrimPrefix(file, "file://"), pos.Line, pos.Column)
			a.messages[place] = text
		}
		if text == "" {
			return goja.Undefined()
		}
		return a.vm.ToValue("The expression evaluated to a falsy value:\n\n  " + text + "\n")
	}
	return goja.Undefined()
}

// readCall gives the text of the call around a place in a file, its further lines less indented by where it begins.
func readCall(file string, line, column int) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	src := string(data)
	for ; line > 1; line-- {
		at := strings.IndexByte(src, '\n')
		if at < 0 {
			return ""
		}
		src = src[at+1:]
	}
	start, end := callAround(src, max(0, column-1))
	if start < 0 {
		return ""
	}
	lines := strings.Split(strings.ReplaceAll(src[start:end], "\r\n", "\n"), "\n")
	for i, l := range lines[1:] {
		n := 0
		for n < start && n < len(l) && (l[n] == ' ' || l[n] == '\t') {
			n++
		}
		lines[i+1] = "  " + l[n:]
	}
	var b strings.Builder
	for _, c := range []byte(strings.Join(lines, "\n")) {
		switch {
		case c == '\b':
			b.WriteString(`\b`)
		case c == '\f':
			b.WriteString(`\f`)
		case c < 0x20 && c != '\n' && c != '\t' && c != '\r':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// callAround finds the call whose callee is at an offset: a chain of names and its arguments in parentheses.
func callAround(src string, at int) (start, end int) {
	if at >= len(src) {
		return -1, 0
	}
	// The engine points at the callee, its last name or the parenthesis.
	open := at
	for open < len(src) && (isWord(src[open]) || src[open] == '.' || src[open] == ' ' || src[open] == '?') {
		open++
	}
	if open >= len(src) || src[open] != '(' {
		return -1, 0
	}
	start = min(at, open)
	for start > 0 {
		c := src[start-1]
		if isWord(c) || c == '.' {
			start--
		} else if c == ')' || c == ']' {
			depth, i := 0, start-1
			for ; i >= 0; i-- {
				switch src[i] {
				case ')', ']':
					depth++
				case '(', '[':
					depth--
				}
				if depth == 0 {
					break
				}
			}
			if i < 0 {
				break
			}
			start = i
		} else {
			break
		}
	}
	for start < open && (src[start] == ' ' || src[start] == '.') {
		start++
	}
	end = matching(src, open)
	if end < 0 {
		return -1, 0
	}
	return start, end
}

// matching gives the end of the group that opens at i, jumping over strings, templates, comments and regular expressions.
func matching(src string, i int) int {
	depth := 0
	last := byte(0) // the last character that was not a space
	for i < len(src) {
		c := src[i]
		switch {
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case c == '\'' || c == '"':
			for i++; i < len(src) && src[i] != c; i++ {
				if src[i] == '\\' {
					i++
				}
			}
		case c == '`':
			if i = template(src, i); i < 0 {
				return -1
			}
			i--
		case c == '/' && strings.HasPrefix(src[i:], "//"):
			n := strings.IndexByte(src[i:], '\n')
			if n < 0 {
				return -1
			}
			i += n
			continue
		case c == '/' && strings.HasPrefix(src[i:], "/*"):
			n := strings.Index(src[i+2:], "*/")
			if n < 0 {
				return -1
			}
			i += n + 4
			continue
		case c == '/' && !isWord(last) && last != ')' && last != ']' && last != '}':
			class := false
			for i++; i < len(src) && (src[i] != '/' || class); i++ {
				switch src[i] {
				case '\\':
					i++
				case '[':
					class = true
				case ']':
					class = false
				}
			}
		}
		if i < len(src) && c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			last = c
		}
		i++
	}
	return -1
}

// template gives the end of the template literal that begins at i.
func template(src string, i int) int {
	for i++; i < len(src); i++ {
		switch {
		case src[i] == '\\':
			i++
		case src[i] == '`':
			return i + 1
		case strings.HasPrefix(src[i:], "${"):
			end := matching(src, i+1)
			if end < 0 {
				return -1
			}
			i = end - 1
		}
	}
	return -1
}
