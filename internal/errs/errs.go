// Package errs holds what Node's errors say: the ERR_* codes with their classes and messages, the errno names with
// libuv's numbers and texts, and the wording of a failed system call. It knows nothing of JS, touches no state and
// may be used on any goroutine; package runtime makes the error objects.
package errs

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Class is the JavaScript class of an error.
type Class uint8

// SystemError is Node's own subclass of Error, whose message goes on with the failed call and which carries `info`.
const (
	Error Class = iota
	TypeError
	RangeError
	SyntaxError
	URIError
	SystemError
)

// String is the name of the class's constructor.
func (c Class) String() string {
	return [...]string{"Error", "TypeError", "RangeError", "SyntaxError", "URIError", "SystemError"}[c]
}

// Def describes one ERR_* code.
type Def struct {
	Code    string
	Class   Class
	Also    []Class  // other classes in which Node throws this code: new ERR_INVALID_STATE.TypeError(…)
	Native  bool     // made in C++ in Node: the stack's first line leaves the code out
	Message string   // with the verbs of util.format; empty where the message is composed
	Props   []string // properties that Node sets from the arguments, by position; "" for none
	args    string
	compose func(a []any) string
}

// Kind says how an argument of a message is to be turned from a JavaScript value into text.
type Kind byte

// A List is a []string; Bool a bool; Received is an inspected value with digits grouped when it is a large integer.
const (
	Text     Kind = 's'
	Number   Kind = 'd'
	JSON     Kind = 'j'
	Type     Kind = 'T' // "type string ('x')", "an instance of Foo"
	Inspect  Kind = 'v'
	Received Kind = 'r'
	List     Kind = 'l'
	Bool     Kind = 'b'
	Unused   Kind = '_'
)

// Lookup finds the definition of an ERR_* code.
func Lookup(code string) (Def, bool) {
	i := sort.Search(len(defs), func(i int) bool { return defs[i].Code >= code })
	if i < len(defs) && defs[i].Code == code {
		return defs[i], true
	}
	return Def{}, false
}

// Codes lists all codes in alphabetical order.
func Codes() []string {
	all := make([]string, len(defs))
	for i := range defs {
		all[i] = defs[i].Code
	}
	return all
}

// Composed tells that the message is not made by the verbs of util.format.
func (d Def) Composed() bool { return d.compose != nil }

// ArgKind tells how argument i of the message is written. Arguments beyond the last count as Text.
func (d Def) ArgKind(i int) Kind {
	if d.compose != nil {
		if i < len(d.args) {
			return Kind(d.args[i])
		}
		return Text
	}
	for m := d.Message; ; i-- {
		at := strings.IndexByte(m, '%')
		if at < 0 || at+1 >= len(m) {
			return Text
		}
		if i == 0 {
			return Kind(m[at+1])
		}
		m = m[at+2:]
	}
}

// Format writes the message. Arguments are text (string), numbers, bools and lists ([]string), each already worded
// as its Kind asks; trailing ones that Node gives a default may be left out.
func (d Def) Format(args ...any) string {
	if d.compose != nil {
		return d.compose(args)
	}
	var b strings.Builder
	m := d.Message
	for _, a := range args {
		at := strings.IndexByte(m, '%')
		if at < 0 || at+1 >= len(m) {
			break
		}
		b.WriteString(m[:at])
		b.WriteString(text(a))
		m = m[at+2:]
	}
	b.WriteString(m)
	return b.String()
}

func text(a any) string {
	switch a := a.(type) {
	case string:
		return a
	case int:
		return strconv.Itoa(a)
	case []string:
		return strings.Join(a, ",")
	case nil:
		return "undefined"
	}
	return fmt.Sprint(a)
}

func at(a []any, i int) string {
	if i < len(a) && a[i] != nil {
		return text(a[i])
	}
	return ""
}

func list(a []any, i int) []string {
	if i >= len(a) || a[i] == nil {
		return nil
	}
	if l, ok := a[i].([]string); ok {
		return l
	}
	return []string{text(a[i])}
}

func flag(a []any, i int, otherwise bool) bool {
	if i < len(a) {
		if b, ok := a[i].(bool); ok {
			return b
		}
	}
	return otherwise
}

// Join writes a list as Node does in messages: "a", "a or b", "a, b, or c".
func Join(items []string, last string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	case 2:
		return items[0] + " " + last + " " + items[1]
	default:
		return strings.Join(items[:n-1], ", ") + ", " + last + " " + items[n-1]
	}
}

// GroupDigits puts an underscore between groups of three digits: "-1_234_567". It is for integers.
func GroupDigits(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "_" + s[i:]
	}
	return sign + s
}

func quoteJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return s
	}
	return strings.TrimSuffix(b.String(), "\n")
}
