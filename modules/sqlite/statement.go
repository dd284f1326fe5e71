package sqlite

import (
	"math/big"
	goruntime "runtime"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/shapes"
	"gonode/internal/engine/utf"
	"gonode/internal/sqlite"
)

// statement is a StatementSync.
type statement struct {
	d                       *database
	stmt                    *sqlite.Stmt
	row                     reading
	bareNames, unknownNames bool

	names    map[string]int // parameters by their names without prefix, made when first needed
	columns  *shapes.Records
	values   []goja.Value // of a row, while it is read
	prepared int          // how often SQLite had prepared it when the columns were asked for
	run      int          // runs so far: an iterator of an earlier one is invalid
	busy     bool
}

// iterator is what statement.iterate gives.
type iterator struct {
	s    *statement
	run  int
	done bool
}

func (m *module) statementClass() *goja.Object {
	class, proto := m.hiddenClass("StatementSync")
	m.statements = proto
	on := func(name string, f func(s *statement, call goja.FunctionCall) goja.Value) {
		method(m, proto, name, func(s *statement, call goja.FunctionCall) goja.Value {
			s.mustLive()
			return f(s, call)
		})
	}
	runs := func(name string, f func(s *statement) goja.Value) {
		on(name, func(s *statement, call goja.FunctionCall) goja.Value {
			s.begin(call.Arguments)
			return f(s)
		})
	}
	runs("iterate", (*statement).iterate)
	runs("all", (*statement).all)
	runs("get", (*statement).get)
	runs("run", (*statement).execute)
	on("columns", func(s *statement, _ goja.FunctionCall) goja.Value { return s.describe() })
	set := func(name, argument string, field func(s *statement) *bool) {
		on(name, func(s *statement, call goja.FunctionCall) goja.Value {
			*field(s) = m.flag(call.Argument(0), argument)
			return goja.Undefined()
		})
	}
	set("setAllowBareNamedParameters", "allowBareNamedParameters", func(s *statement) *bool { return &s.bareNames })
	set("setAllowUnknownNamedParameters", "enabled", func(s *statement) *bool { return &s.unknownNames })
	set("setReadBigInts", "readBigInts", func(s *statement) *bool { return &s.row.bigInts })
	set("setReturnArrays", "returnArrays", func(s *statement) *bool { return &s.row.arrays })

	finished(class, proto)
	iterators, iteratorProto := m.hiddenClass("StatementSyncIterator")
	m.iterators = iteratorProto
	m.iterators.SetPrototype(m.rt.IteratorPrototype())
	method(m, m.iterators, "next", func(it *iterator, _ goja.FunctionCall) goja.Value { return it.next() })
	method(m, m.iterators, "return", func(it *iterator, _ goja.FunctionCall) goja.Value {
		it.s.mustLive()
		if !it.done && it.run == it.s.run && !it.s.busy {
			it.s.stmt.Reset()
		}
		it.done = true
		return m.step(goja.Null(), true)
	})
	finished(iterators, m.iterators)
	return class
}

// prepare is database.prepare.
func (d *database) prepare(call goja.FunctionCall) goja.Value {
	d.mustBeOpen()
	sql := d.m.text(call.Argument(0), "sql")
	row, bare, unknown := d.row, d.bareNames, d.unknownNames
	if v := call.Argument(1); !goja.IsUndefined(v) {
		o := d.m.object(v, "options")
		d.m.flagOption(o, "returnArrays", &row.arrays)
		d.m.flagOption(o, "readBigInts", &row.bigInts)
		d.m.flagOption(o, "allowBareNamedParameters", &bare)
		d.m.flagOption(o, "allowUnknownNamedParameters", &unknown)
	}
	s := d.compile(sql)
	s.row, s.bareNames, s.unknownNames = row, bare, unknown
	o := d.m.rt.NewObject(d.m.statements, s)
	text := func(expanded bool) func(s *statement) goja.Value {
		return func(s *statement) goja.Value {
			s.mustLive()
			return d.m.vm.ToValue(s.stmt.SQL(expanded))
		}
	}
	getter(d.m, o, "statement", "sourceSQL", text(false))
	getter(d.m, o, "statement", "expandedSQL", text(true))
	return o
}

// compile makes a statement of SQL, as the database's options say.
func (d *database) compile(sql string) *statement {
	m := d.m
	var stmt *sqlite.Stmt
	d.run(func() (err *sqlite.Error) {
		stmt, err = d.conn.Prepare(sql)
		return err
	})
	if stmt == nil {
		panic(m.plain("TypeError", "ERR_INVALID_ARG_VALUE", "The SQL query contains no statements."))
	}
	s := &statement{d: d, stmt: stmt, row: d.row, bareNames: d.bareNames, unknownNames: d.unknownNames, prepared: -1}
	goruntime.AddCleanup(s, func(stmt *sqlite.Stmt) { m.rt.Loop().Post(stmt.Finalize) }, stmt)
	return s
}

func (s *statement) mustLive() {
	if s.stmt.Finalized() {
		s.d.m.throwState("statement has been finalized")
	}
}

// begin makes the statement ready for a run with arguments.
func (s *statement) begin(args []goja.Value) {
	s.rewind()
	if len(args) > 0 {
		if o, ok := args[0].(*goja.Object); ok {
			if _, blob := s.d.m.memory(o); !blob {
				s.bindNamed(o)
				args = args[1:]
			}
		}
	}
	s.bindAll(args)
}

// rewind makes the statement ready for another run, without values.
func (s *statement) rewind() {
	if s.busy {
		s.d.m.throwState("Cannot run a statement from a callback of it")
	}
	s.run++
	s.stmt.Reset()
	s.stmt.ClearBindings()
}

// bindAll binds values to the parameters without names.
func (s *statement) bindAll(args []goja.Value) {
	first := 1
	for _, v := range args {
		for name := s.stmt.ParameterName(first); name != "" && name[0] != '?'; name = s.stmt.ParameterName(first) {
			first++
		}
		s.bind(first, v)
		first++
	}
}

// bindNamed binds the parameters that an object names.
func (s *statement) bindNamed(o *goja.Object) {
	m := s.d.m
	if s.bareNames {
		s.nameParameters()
	}
	for _, key := range m.rt.Names(o) {
		i := 0
		for n := range s.stmt.Parameters() {
			if s.stmt.ParameterName(n+1) == key {
				i = n + 1
				break
			}
		}
		if i == 0 && s.bareNames {
			i = s.names[key]
		}
		if i == 0 {
			if s.unknownNames {
				continue
			}
			m.throwState("Unknown named parameter '" + utf.WellFormed(key) + "'")
		}
		s.bind(i, m.rt.Member(o, key))
	}
}

func (s *statement) nameParameters() {
	if s.names != nil {
		return
	}
	names, full := map[string]int{}, map[string]string{}
	for i := range s.stmt.Parameters() {
		name := s.stmt.ParameterName(i + 1)
		if name == "" {
			continue
		}
		bare := name[1:]
		if other, there := full[bare]; there && other != name {
			s.d.m.throwState("Cannot create bare named parameter '" + bare + "' because of conflicting names '" + other + "' and '" + name + "'.")
		}
		names[bare], full[bare] = i+1, name
	}
	s.names = names
}

// next runs the statement to its next row and tells whether there is one.
func (s *statement) next() bool {
	d := s.d
	d.running++
	s.busy = true
	code := s.stmt.Step()
	s.busy = false
	d.running--
	if d.m.failed != nil {
		s.stmt.Reset()
		d.m.rethrow()
	}
	switch code {
	case sqlite.Row:
		return true
	case sqlite.Done:
		return false
	}
	err := d.m.failure(d.conn.Err())
	s.stmt.Reset()
	panic(err)
}

// record is the current row as the script gets it.
func (s *statement) record() goja.Value {
	vm := s.d.m.vm
	n := s.stmt.Columns()
	if s.row.arrays {
		list := make([]any, n)
		for i := range list {
			list[i] = s.d.m.value(s.stmt.Value(i), s.row.bigInts)
		}
		return vm.NewArray(list...)
	}
	if p := s.stmt.Prepared(); p != s.prepared {
		names := make([]string, n)
		for i := range n {
			names[i] = strings.ToValidUTF8(s.stmt.ColumnName(i), "\ufffd")
		}
		s.prepared, s.columns, s.values = p, s.d.m.rt.Records(names...), make([]goja.Value, n)
	}
	for i := range s.values {
		s.values[i] = s.d.m.value(s.stmt.Value(i), s.row.bigInts)
	}
	return s.columns.New(nil, s.values...)
}

func (s *statement) get() goja.Value {
	defer s.stmt.Reset()
	if !s.next() || s.stmt.Columns() == 0 {
		return goja.Undefined()
	}
	return s.record()
}

func (s *statement) all() goja.Value {
	defer s.stmt.Reset()
	var rows []any
	for s.next() {
		rows = append(rows, s.record())
	}
	return s.d.m.vm.NewArray(rows...)
}

func (s *statement) execute() goja.Value {
	s.next()
	s.stmt.Reset() // only then are all changes counted
	m, conn := s.d.m, s.d.conn
	number := func(n int64) goja.Value {
		if s.row.bigInts {
			return m.vm.ToValue(big.NewInt(n))
		}
		if n > engine.MaxSafeInteger || n < -engine.MaxSafeInteger {
			return m.vm.ToValue(float64(n))
		}
		return m.vm.ToValue(n)
	}
	return m.results.New(m.rt.ObjectPrototype(), number(conn.Changes()), number(conn.LastInsertRowid()))
}

func (s *statement) iterate() goja.Value {
	return s.d.m.rt.NewObject(s.d.m.iterators, &iterator{s: s, run: s.run})
}

func (it *iterator) next() goja.Value {
	s, m := it.s, it.s.d.m
	s.mustLive()
	if it.done {
		return m.step(goja.Null(), true)
	}
	if it.run != s.run {
		m.throwState("iterator was invalidated")
	}
	if s.busy {
		m.throwState("Cannot run a statement from a callback of it")
	}
	if !s.next() {
		it.done = true
		s.stmt.Reset()
		return m.step(goja.Null(), true)
	}
	return m.step(s.record(), false)
}

// step is what an iterator's next gives.
func (m *module) step(v goja.Value, done bool) goja.Value {
	return m.steps.New(nil, m.vm.ToValue(done), v)
}

// describe is statement.columns.
func (s *statement) describe() goja.Value {
	vm := s.d.m.vm
	list := make([]any, s.stmt.Columns())
	for i := range list {
		column, database, table, declared := s.stmt.Column(i)
		o := vm.CreateObject(nil)
		set := func(name string, text *string) {
			if text == nil {
				o.Set(name, goja.Null())
			} else {
				o.Set(name, *text)
			}
		}
		name := s.stmt.ColumnName(i)
		set("column", column)
		set("database", database)
		set("name", &name)
		set("table", table)
		set("type", declared)
		list[i] = o
	}
	return vm.NewArray(list...)
}
