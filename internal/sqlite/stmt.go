package sqlite

import (
	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Type is the kind of a value.
type Type int32

// The kinds of values.
const (
	Integer Type = lib.SQLITE_INTEGER
	Float   Type = lib.SQLITE_FLOAT
	Text    Type = lib.SQLITE_TEXT
	Blob    Type = lib.SQLITE_BLOB
	Null    Type = lib.SQLITE_NULL
)

// Stmt is a prepared statement.
type Stmt struct {
	c          *Conn
	handle     uintptr
	generation int
}

// Prepare compiles the first statement of a text. It is nil where there is none.
func (c *Conn) Prepare(sql string) (*Stmt, *Error) {
	text := c.cString(sql)
	defer libc.Xfree(c.tls, text)
	out := c.room(8)
	*word(out) = 0
	if rc := lib.Xsqlite3_prepare_v2(c.tls, c.db, text, -1, out, 0); rc != OK {
		return nil, c.Err()
	}
	if *word(out) == 0 {
		return nil, nil
	}
	return &Stmt{c, *word(out), c.generation}, nil
}

// Finalized tells whether the statement, or its connection, has been closed.
func (s *Stmt) Finalized() bool { return s.handle == 0 || s.generation != s.c.generation }

// Finalize ends the statement, if nothing has yet.
func (s *Stmt) Finalize() {
	if !s.Finalized() {
		s.c.Settle()
		lib.Xsqlite3_finalize(s.c.tls, s.handle)
	}
	s.handle = 0
}

// Reset makes the statement ready to run again, ClearBindings makes all parameters NULL.
func (s *Stmt) Reset() { lib.Xsqlite3_reset(s.c.tls, s.handle) }

// ClearBindings makes all parameters NULL.
func (s *Stmt) ClearBindings() { lib.Xsqlite3_clear_bindings(s.c.tls, s.handle) }

// Step runs the statement up to its next row: Row, Done, or another code, of which Conn.Err tells more.
func (s *Stmt) Step() int { return int(lib.Xsqlite3_step(s.c.tls, s.handle)) }

// SQL is the statement's text, with the parameters' values in it if expanded.
func (s *Stmt) SQL(expanded bool) string {
	if !expanded {
		return libc.GoString(lib.Xsqlite3_sql(s.c.tls, s.handle))
	}
	text := lib.Xsqlite3_expanded_sql(s.c.tls, s.handle)
	defer lib.Xsqlite3_free(s.c.tls, text)
	return libc.GoString(text)
}

// Parameters is how many parameters there are, counting the gaps in their numbers.
func (s *Stmt) Parameters() int { return int(lib.Xsqlite3_bind_parameter_count(s.c.tls, s.handle)) }

// ParameterName is the name of a parameter with its prefix, "" if it has none. The first is 1.
func (s *Stmt) ParameterName(i int) string {
	return libc.GoString(lib.Xsqlite3_bind_parameter_name(s.c.tls, s.handle, int32(i)))
}

// BindInt64 gives a parameter its value, as the other functions of that kind do.
func (s *Stmt) BindInt64(i int, v int64) *Error {
	return s.c.check(lib.Xsqlite3_bind_int64(s.c.tls, s.handle, int32(i), lib.Tsqlite_int64(v)))
}

// BindFloat gives a parameter its value.
func (s *Stmt) BindFloat(i int, v float64) *Error {
	return s.c.check(lib.Xsqlite3_bind_double(s.c.tls, s.handle, int32(i), v))
}

// BindNull gives a parameter its value.
func (s *Stmt) BindNull(i int) *Error {
	return s.c.check(lib.Xsqlite3_bind_null(s.c.tls, s.handle, int32(i)))
}

// transient is SQLITE_TRANSIENT: SQLite makes a copy.
const transient = ^uintptr(0)

// BindText gives a parameter a text of at most size bytes of UTF-8, which write puts into memory of SQLite's and counts.
func (s *Stmt) BindText(i, size int, write func([]byte) int) *Error {
	p := s.c.room(size + 1)
	n := write(bytesAt(p, size+1))
	return s.c.check(lib.Xsqlite3_bind_text64(s.c.tls, s.handle, int32(i), p, lib.Tsqlite3_uint64(n), transient, lib.SQLITE_UTF8))
}

// BindBlob gives a parameter its value.
func (s *Stmt) BindBlob(i int, data []byte) *Error {
	p := s.c.room(len(data) + 1)
	copy(bytesAt(p, len(data)), data)
	return s.c.check(lib.Xsqlite3_bind_blob64(s.c.tls, s.handle, int32(i), p, lib.Tsqlite3_uint64(len(data)), transient))
}

// Columns is how many columns the statement's rows have.
func (s *Stmt) Columns() int { return int(lib.Xsqlite3_column_count(s.c.tls, s.handle)) }

// ColumnName is a column's name. The first is 0.
func (s *Stmt) ColumnName(i int) string {
	return libc.GoString(lib.Xsqlite3_column_name(s.c.tls, s.handle, int32(i)))
}

// Column tells where a column comes from; what it has not is nil.
func (s *Stmt) Column(i int) (column, database, table, declared *string) {
	text := func(f func(*libc.TLS, uintptr, int32) uintptr) *string {
		p := f(s.c.tls, s.handle, int32(i))
		if p == 0 {
			return nil
		}
		t := libc.GoString(p)
		return &t
	}
	return text(lib.Xsqlite3_column_origin_name), text(lib.Xsqlite3_column_database_name), text(lib.Xsqlite3_column_table_name),
		text(lib.Xsqlite3_column_decltype)
}

// Value is a column of the current row.
func (s *Stmt) Value(i int) Value {
	return Value{s.c.tls, lib.Xsqlite3_column_value(s.c.tls, s.handle, int32(i))}
}

// Value is a value in SQLite's memory: a column's or a function's argument.
type Value struct {
	tls *libc.TLS
	p   uintptr
}

// Type is what the value is.
func (v Value) Type() Type { return Type(lib.Xsqlite3_value_type(v.tls, v.p)) }

// Int64 is an Integer.
func (v Value) Int64() int64 { return int64(lib.Xsqlite3_value_int64(v.tls, v.p)) }

// Float is a Float.
func (v Value) Float() float64 { return lib.Xsqlite3_value_double(v.tls, v.p) }

// Bytes are those of a Text or a Blob, in SQLite's memory.
func (v Value) Bytes() []byte {
	if v.Type() == Text {
		p := lib.Xsqlite3_value_text(v.tls, v.p)
		return bytesAt(p, int(lib.Xsqlite3_value_bytes(v.tls, v.p)))
	}
	p := lib.Xsqlite3_value_blob(v.tls, v.p)
	return bytesAt(p, int(lib.Xsqlite3_value_bytes(v.tls, v.p)))
}

// Prepared is how often SQLite has prepared the statement again, because the database's schema has changed.
func (s *Stmt) Prepared() int {
	return int(lib.Xsqlite3_stmt_status(s.c.tls, s.handle, lib.SQLITE_STMTSTATUS_REPREPARE, 0))
}
