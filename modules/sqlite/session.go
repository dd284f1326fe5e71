package sqlite

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/sqlite"
)

// session is a Session.
type session struct {
	d    *database
	s    *sqlite.Session // nil when it is closed
	busy bool
}

func (m *module) sessionClass() *goja.Object {
	class, proto := m.hiddenClass("Session")
	m.sessions = proto
	changes := func(name string, patch bool) {
		method(m, proto, name, func(s *session, _ goja.FunctionCall) goja.Value {
			s.mustBeOpen()
			s.busy = true
			s.d.running++
			data, code := s.s.Changes(patch)
			s.d.running--
			s.busy = false
			s.d.m.rethrow()
			if code != sqlite.OK {
				panic(m.codeFailure(code))
			}
			return m.uint8Array(data)
		})
	}
	changes("changeset", false)
	changes("patchset", true)
	method(m, proto, "close", func(s *session, _ goja.FunctionCall) goja.Value {
		s.mustBeOpen()
		if s.busy {
			m.throwState("Cannot close a session from a callback of it")
		}
		s.close()
		return goja.Undefined()
	})
	finished(class, proto)
	dispose(m, proto, func(s *session) {
		if s.s != nil && !s.busy {
			s.close()
		}
	})
	return class
}

func (s *session) mustBeOpen() {
	s.d.mustBeOpen()
	if s.s == nil {
		s.d.m.throwState("session is not open")
	}
}

func (s *session) close() {
	delete(s.d.sessions, s)
	s.s.Close()
	s.s = nil
}

// ownText reads an option that is a string if the object has it itself.
func (m *module) ownText(o *goja.Object, name string) (string, bool) {
	v := m.rt.OwnValue(o, name)
	if v == nil {
		return "", false
	}
	return m.text(v, "options."+name), true
}

// createSession is database.createSession.
func (d *database) createSession(call goja.FunctionCall) goja.Value {
	m := d.m
	name := "main"
	var table *string
	o := m.options(call, 0)
	if o != nil {
		if t, ok := m.ownText(o, "table"); ok {
			table = &t
		}
		if n, ok := m.ownText(o, "db"); ok {
			name = n
		}
	}
	d.mustBeOpen()
	recording, code := d.conn.NewSession(name, table)
	if code != sqlite.OK {
		panic(m.codeFailure(code))
	}
	s := &session{d: d, s: recording}
	d.sessions[s] = struct{}{}
	return m.rt.NewObject(m.sessions, s)
}

// applyChangeset is database.applyChangeset.
func (d *database) applyChangeset(call goja.FunctionCall) goja.Value {
	m := d.m
	d.mustBeOpen()
	data := m.uint8ArrayOf(call.Argument(0), "changeset")
	var conflict, filter goja.Callable
	if v := call.Argument(1); !goja.IsUndefined(v) {
		o := m.object(v, "options")
		function := func(name string, v goja.Value) goja.Callable {
			fn, ok := goja.AssertFunction(v)
			if !ok {
				m.throwType("The \"options." + name + "\" argument must be a function.")
			}
			return fn
		}
		if v := m.rt.Member(o, "onConflict"); v != nil && !goja.IsUndefined(v) {
			conflict = function("onConflict", v)
		}
		if v := m.rt.OwnValue(o, "filter"); v != nil {
			filter = function("filter", v)
		}
	}
	var selects func(string) bool
	if filter != nil {
		selects = func(table string) (yes bool) {
			d.m.callback(func() {
				yes = m.rt.Call(filter, goja.Null(), m.rt.DecodeString([]byte(table), engine.UTF8)).ToBoolean()
			})
			return yes
		}
	}
	const abort, invalid = 2, -1
	solve := func(kind int) (answer int) {
		if conflict == nil {
			return abort
		}
		answer = abort
		d.m.callback(func() {
			n, ok := int32Of(m.rt.Call(conflict, goja.Null(), m.vm.ToValue(kind)))
			if answer = n; !ok {
				answer = invalid
			}
		})
		return answer
	}
	d.running++
	code := d.conn.ApplyChanges(data, selects, solve)
	d.running--
	d.m.rethrow()
	switch code {
	case sqlite.OK:
		return m.vm.ToValue(true)
	case sqlite.Abort:
		return m.vm.ToValue(false)
	}
	panic(m.codeFailure(code))
}
