package source

import (
	"strings"
	"unicode/utf8"
)

// CommonJSNames lists the names that a CommonJS text exports as far as its tokens tell, and the modules whose exports it
// passes on: what an import of it can name before it has run. The forms are those that Node knows.
func CommonJSNames(text string) (names, again []string) {
	if !strings.Contains(text, "exports") && !strings.Contains(text, "__export") {
		return nil, nil
	}
	n := &commonJSNames{moduleText: moduleText{text: text, code: []byte(text), fallback: -1}}
	n.seen = map[string]bool{}
	if strings.HasPrefix(text, "#!") {
		n.line()
	}
	for n.at < len(text) {
		n.space()
		start, before := n.at, n.prev
		n.token()
		w := text[start:n.at]
		if n.prev != "x" || (before == "." || before == "?.") && w != "__exportStar" && w != "__export" {
			continue
		}
		switch w {
		case "exports", "module", "Object", "__exportStar", "__export":
			end, prev := n.at, n.prev
			n.found(w)
			n.at, n.prev = end, prev
		}
	}
	return n.names, n.again
}

type commonJSNames struct {
	moduleText
	names, again []string
	seen         map[string]bool
}

func (n *commonJSNames) add(name string) {
	// Half a character is no name.
	if !n.seen[name] && strings.IndexRune(name, utf8.RuneError) < 0 {
		n.seen[name] = true
		n.names = append(n.names, name)
	}
}

// exportsObject takes "exports" or "module.exports" after a first word of either.
func (n *commonJSNames) exportsObject(first string) bool {
	switch first {
	case "exports":
		return true
	case "module":
		return n.take(".") && n.take("exports")
	}
	return false
}

func (n *commonJSNames) string() (string, bool) {
	n.space()
	if c := n.peek(); c != '"' && c != '\'' {
		return "", false
	}
	return unquote(n.quoted()), true
}

// require takes require('x').
func (n *commonJSNames) require() (string, bool) {
	if !n.take("require") || !n.take("(") {
		return "", false
	}
	s, ok := n.string()
	return s, ok && n.take(")")
}

func (n *commonJSNames) assigns() bool {
	return n.take("=") // a comparison counts as well, as in Node
}

func (n *commonJSNames) found(w string) {
	switch w {
	case "exports", "module":
		if n.exportsObject(w) {
			n.member(w == "module")
		}
	case "Object":
		if n.take(".") {
			switch {
			case n.take("defineProperty"):
				n.define()
			case n.take("keys"):
				n.copied()
			}
		}
	default:
		if n.take("(") {
			if s, ok := n.require(); ok {
				n.again = append(n.again, s)
			}
		}
	}
}

// member is exports.x =, exports['x'] = and module.exports =.
func (n *commonJSNames) member(whole bool) {
	switch {
	case n.take("."):
		n.space()
		if name := n.word(); name != "" && n.assigns() {
			n.add(name)
		}
	case n.take("["):
		if name, ok := n.string(); ok && n.take("]") && n.assigns() {
			n.add(name)
		}
	case whole && n.assigns():
		n.again = nil
		if n.take("{") {
			n.literalExports()
		} else if s, ok := n.require(); ok {
			n.again = append(n.again, s)
		}
	}
}

// literalExports is the object in module.exports = { a, b: c, 'd': e, ...require('f') }, up to what else it may hold.
func (n *commonJSNames) literalExports() {
	for {
		n.space()
		name := ""
		if strings.HasPrefix(n.text[n.at:], "...") {
			n.at += 3
			if s, ok := n.require(); ok {
				n.again = append(n.again, s)
			} else {
				return
			}
		} else {
			var quoted bool
			if name, quoted = n.string(); !quoted {
				if name = n.word(); name == "" || name[0] >= '0' && name[0] <= '9' {
					return
				}
			}
			if n.take(":") {
				n.space()
				if v := n.word(); v == "" || v[0] >= '0' && v[0] <= '9' {
					return
				}
			} else if quoted {
				return
			}
			n.add(name)
		}
		if !n.take(",") {
			return
		}
	}
}

// define is Object.defineProperty(exports, 'x', { enumerable: true, get … }) and the same with a value.
func (n *commonJSNames) define() {
	if !n.take("(") {
		return
	}
	n.space()
	if !n.exportsObject(n.word()) || !n.take(",") {
		return
	}
	name, ok := n.string()
	if !ok || !n.take(",") || !n.take("{") {
		return
	}
	if n.take("enumerable") {
		if !n.take(":") || !n.take("true") && !(n.take("!") && n.take("0")) || !n.take(",") {
			return
		}
	}
	switch {
	case n.take("value"):
		if n.take(":") {
			n.add(name)
		}
	case n.take("get"):
		n.getter(name)
	}
}

// getter is get: function () { return x.y; } or get() { return x['y'] }, which only passes something on.
func (n *commonJSNames) getter(name string) {
	if n.take(":") {
		if !n.take("function") {
			return
		}
		n.space()
		n.word()
	}
	if !n.take("(") || !n.take(")") || !n.take("{") || !n.take("return") {
		return
	}
	n.space()
	if n.word() == "" {
		return
	}
	if n.take(".") {
		n.space()
		if n.word() == "" {
			return
		}
	} else if n.take("[") {
		if _, ok := n.string(); !ok || !n.take("]") {
			return
		}
	}
	n.take(";")
	if n.take("}") {
		n.add(name)
	}
}

// copied is what Babel makes of export *: Object.keys(_x).forEach(function (key) { … exports[key] = _x[key] … }), where _x
// was required before.
func (n *commonJSNames) copied() {
	if !n.take("(") {
		return
	}
	n.space()
	id := n.word()
	if id == "" || !n.take(")") || !n.take(".") || !n.take("forEach") || !n.take("(") || !n.take("function") || !n.take("(") {
		return
	}
	n.space()
	key := n.word()
	body := n.text[n.at:min(len(n.text), n.at+600)]
	if key == "" || !strings.Contains(body, id+"["+key+"]") || !strings.Contains(body, "exports") {
		return
	}
	for _, form := range []string{id + " = require(", id + " = _interopRequireWildcard(require("} {
		if i := strings.Index(n.text, form); i >= 0 {
			n.at = i + len(form)
			if s, ok := n.string(); ok {
				n.again = append(n.again, s)
			}
			return
		}
	}
}
