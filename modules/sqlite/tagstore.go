package sqlite

import (
	"container/list"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// store is an SQLTagStore: statements by their text, the one that was used last in front.
type store struct {
	d        *database
	object   goja.Value // the DatabaseSync
	capacity int
	order    list.List // of *cached
	byText   map[string]*list.Element
}

type cached struct {
	sql string
	s   *statement
}

func (m *module) storeClass() {
	class, proto := m.hiddenClass("SQLTagStore")
	m.stores = proto
	tag := func(name string, f func(s *statement) goja.Value) {
		method(m, proto, name, func(t *store, call goja.FunctionCall) goja.Value {
			s := t.statement(call)
			s.rewind()
			s.bindAll(call.Arguments[1:])
			return f(s)
		})
	}
	tag("get", (*statement).get)
	tag("all", (*statement).all)
	tag("iterate", (*statement).iterate)
	tag("run", (*statement).execute)
	method(m, proto, "clear", func(t *store, _ goja.FunctionCall) goja.Value {
		t.order.Init()
		clear(t.byText)
		return goja.Undefined()
	})
	finished(class, proto)
}

// createTagStore is database.createTagStore.
func (d *database) createTagStore(call goja.FunctionCall) goja.Value {
	m := d.m
	d.mustBeOpen()
	capacity := 1000
	if v := call.Argument(0); !goja.IsUndefined(v) {
		const message = "The \"maxSize\" argument must be a positive integer."
		if !goja.IsNumber(v) {
			m.throwType(message)
		}
		n, ok := int32Of(v)
		if !ok || n <= 0 {
			panic(m.plain("RangeError", "ERR_OUT_OF_RANGE", message))
		}
		capacity = n
	}
	o := m.rt.NewObject(m.stores, &store{d: d, object: call.This, capacity: capacity, byText: map[string]*list.Element{}})
	getter(m, o, "store", "capacity", func(t *store) goja.Value { return m.vm.ToValue(t.capacity) })
	getter(m, o, "store", "db", func(t *store) goja.Value { return t.object })
	getter(m, o, "store", "size", func(t *store) goja.Value { return m.vm.ToValue(t.order.Len()) })
	return o
}

// statement is that of a tagged template's text.
func (t *store) statement(call goja.FunctionCall) *statement {
	m := t.d.m
	t.d.mustBeOpen()
	parts, ok := call.Argument(0).(*goja.Object)
	if !ok || !engine.IsArray(parts) {
		m.throwType("First argument must be an array of strings (template literal).")
	}
	var sql strings.Builder
	values := len(call.Arguments) - 1
	for i := range engine.LengthOf(parts) {
		part := m.rt.CallMethod(m.rt.Intrinsic("Reflect"), "get", parts, m.vm.ToValue(i))
		if !goja.IsString(part) {
			m.throwType("Template literal parts must be strings.")
		}
		sql.WriteString(engine.Text(part))
		if int(i) < values {
			sql.WriteByte('?')
		}
	}
	text := sql.String()
	if e := t.byText[text]; e != nil {
		c := e.Value.(*cached)
		if !c.s.stmt.Finalized() {
			t.order.MoveToFront(e)
			return c.s
		}
		t.order.Remove(e)
		delete(t.byText, text)
	}
	c := &cached{text, t.d.compile(text)}
	if t.order.Len() >= t.capacity {
		last := t.order.Back()
		delete(t.byText, last.Value.(*cached).sql)
		t.order.Remove(last)
	}
	t.byText[text] = t.order.PushFront(c)
	return c.s
}
