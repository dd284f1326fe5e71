package engine

import (
	"reflect"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// privateWords words the use of a private name of an object that has none of it.
func (e *Engine) privateWords(was string, write bool, operand reflect.Value) string {
	if !strings.HasPrefix(was, "Cannot ") && !strings.HasPrefix(was, "Value is not an object: ") {
		return ""
	}
	name, method, static := operand.FieldByName("name"), operand.FieldByName("isMethod"), operand.FieldByName("isStatic")
	m := e.machine()
	at := m.SP - 1
	if write {
		at--
	}
	if !name.IsValid() || !method.IsValid() || at < 0 || at >= len(m.Stack) || strings.Contains(was, "read only") {
		return ""
	}
	base := m.Stack[at]
	if base == nil {
		return ""
	}
	verb, doing, from := "read", "reading", "from"
	if write {
		verb, doing, from = "set", "setting", "to"
	}
	key := "#" + name.String()
	if method.Bool() {
		class := ""
		if level := operand.FieldByName("level"); level.IsValid() && level.Uint() == 0 {
			class = e.runningClass()
		}
		switch {
		case class == "": // nobody knows the class
			if !goja.IsNull(base) && !goja.IsUndefined(base) {
				return ""
			}
			class = key
		case static.IsValid() && static.Bool():
			return "Receiver must be class " + class
		case !goja.IsNull(base) && !goja.IsUndefined(base):
			return "Receiver must be an instance of class " + class
		}
		verb, doing, key = "read", "reading", class
	}
	if goja.IsNull(base) || goja.IsUndefined(base) {
		return "Cannot " + verb + " properties of " + base.String() + " (" + doing + " '" + key + "')"
	}
	if write {
		verb = "write"
	}
	return "Cannot " + verb + " private member " + key + " " + from + " an object whose class did not declare it"
}

// runningClass is the name of the class whose method runs, "" if none does.
func (e *Engine) runningClass() string {
	m := e.machine()
	if m.SB < 1 || m.SB > len(m.Stack) {
		return ""
	}
	callee, ok := m.Stack[m.SB-1].(*goja.Object)
	for ok && callee != nil && layout.SelfType(callee).String() == "*goja.arrowFuncObject" {
		callee = (*layout.ArrowFuncObject)(layout.SelfOf(callee).Data).FuncObj
	}
	if !ok || callee == nil || layout.SelfType(callee).String() != "*goja.methodFuncObject" {
		return ""
	}
	home := (*layout.MethodFuncObject)(layout.SelfOf(callee).Data).HomeObject
	if home == nil {
		return ""
	}
	if _, class := goja.AssertFunction(home); !class {
		p, ok := layout.PropertyOf(layout.BaseOf(home).Values["constructor"])
		if home, ok = p.Value.(*goja.Object); !ok || home == nil {
			return ""
		}
	}
	if name := ownName(home); name != "" {
		return name
	}
	return "anonymous"
}
