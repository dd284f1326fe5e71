package sqlite

import (
	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Context takes the result of a function that SQLite calls.
type Context struct {
	c   *Conn
	ptr uintptr
}

// Int64 is the function's result, as that of the other methods is.
func (x Context) Int64(v int64) { lib.Xsqlite3_result_int64(x.c.tls, x.ptr, lib.Ti64(v)) }

// Float is the function's result.
func (x Context) Float(v float64) { lib.Xsqlite3_result_double(x.c.tls, x.ptr, v) }

// Null is the function's result.
func (x Context) Null() { lib.Xsqlite3_result_null(x.c.tls, x.ptr) }

// Text is the function's result: at most size bytes of UTF-8, which write puts into memory of SQLite's and counts.
func (x Context) Text(size int, write func([]byte) int) {
	p := x.c.room(size + 1)
	n := write(bytesAt(p, size+1))
	lib.Xsqlite3_result_text64(x.c.tls, x.ptr, p, lib.Tsqlite3_uint64(n), transient, lib.SQLITE_UTF8)
}

// Blob is the function's result.
func (x Context) Blob(data []byte) {
	p := x.c.room(len(data) + 1)
	copy(bytesAt(p, len(data)), data)
	lib.Xsqlite3_result_blob64(x.c.tls, x.ptr, p, lib.Tsqlite3_uint64(len(data)), transient)
}

// Fail ends the statement with an error.
func (x Context) Fail(message string) {
	p := x.c.cString(message)
	lib.Xsqlite3_result_error(x.c.tls, x.ptr, p, int32(len(message)))
	libc.Xfree(x.c.tls, p)
}

// Function is a function of SQL. Its name and number of arguments (-1 for any) say which one it replaces.
type Function struct {
	Name                      string
	Arguments                 int
	Deterministic, DirectOnly bool
	// Call computes the result.
	Call func(x Context, args []Value)

	c *Conn
}

// Aggregate is an aggregate function of SQL, with Inverse also a window function. Each group has a state, which is nil first.
type Aggregate struct {
	Name       string
	Arguments  int
	DirectOnly bool
	// Step adds a row to the state, Inverse takes it away again.
	Step, Inverse func(x Context, state *any, args []Value)
	// Result computes the result of a state; the state is not used any more if last.
	Result func(x Context, state *any, last bool)

	c *Conn
}

func flagsOf(deterministic, directOnly bool) int32 {
	flags := int32(lib.SQLITE_UTF8)
	if deterministic {
		flags |= lib.SQLITE_DETERMINISTIC
	}
	if directOnly {
		flags |= lib.SQLITE_DIRECTONLY
	}
	return flags
}

// hold keeps what SQLite has the address of, until it is replaced.
func (c *Conn) hold(kind, name string, arguments int, v any) {
	c.keep[kind+" "+name+" "+string(rune(arguments+1))] = v
}

// AddFunction registers a function.
func (c *Conn) AddFunction(f *Function) *Error {
	f.c = c
	name := c.cString(f.Name)
	defer libc.Xfree(c.tls, name)
	rc := lib.Xsqlite3_create_function_v2(c.tls, c.db, name, int32(f.Arguments), flagsOf(f.Deterministic, f.DirectOnly), address(f),
		funcPointer(call), 0, 0, 0)
	if rc != OK {
		return c.Err()
	}
	c.hold("function", f.Name, f.Arguments, f)
	return nil
}

// AddAggregate registers an aggregate function.
func (c *Conn) AddAggregate(f *Aggregate) *Error {
	f.c = c
	name := c.cString(f.Name)
	defer libc.Xfree(c.tls, name)
	var value, inverse uintptr
	if f.Inverse != nil {
		value, inverse = funcPointer(aggregateValue), funcPointer(aggregateInverse)
	}
	rc := lib.Xsqlite3_create_window_function(c.tls, c.db, name, int32(f.Arguments), flagsOf(false, f.DirectOnly), address(f),
		funcPointer(aggregateStep), funcPointer(aggregateFinal), value, inverse, 0)
	if rc != OK {
		return c.Err()
	}
	c.hold("aggregate", f.Name, f.Arguments, f)
	return nil
}

func values(tls *libc.TLS, argc int32, argv uintptr) []Value {
	list := make([]Value, argc)
	for i := range list {
		list[i] = Value{tls, *word(argv + uintptr(i)*8)}
	}
	return list
}

func call(tls *libc.TLS, x uintptr, argc int32, argv uintptr) {
	f := at[Function](lib.Xsqlite3_user_data(tls, x))
	f.Call(Context{f.c, x}, values(tls, argc, argv))
}

// state is that of the group for which SQLite calls.
func (f *Aggregate) state(x uintptr) (id *uintptr, state *any) {
	c := f.c
	p := lib.Xsqlite3_aggregate_context(c.tls, x, 8)
	if p == 0 {
		return nil, new(any) // out of memory, which SQLite reports
	}
	id = word(p)
	if *id == 0 {
		if c.accumulator == nil {
			c.accumulator = map[uintptr]*any{}
		}
		c.lastState++
		*id = c.lastState
		c.accumulator[*id] = new(any)
	}
	return id, c.accumulator[*id]
}

func aggregateStep(tls *libc.TLS, x uintptr, argc int32, argv uintptr) {
	f := at[Aggregate](lib.Xsqlite3_user_data(tls, x))
	_, state := f.state(x)
	f.Step(Context{f.c, x}, state, values(tls, argc, argv))
}

func aggregateInverse(tls *libc.TLS, x uintptr, argc int32, argv uintptr) {
	f := at[Aggregate](lib.Xsqlite3_user_data(tls, x))
	_, state := f.state(x)
	f.Inverse(Context{f.c, x}, state, values(tls, argc, argv))
}

func aggregateValue(tls *libc.TLS, x uintptr) {
	f := at[Aggregate](lib.Xsqlite3_user_data(tls, x))
	_, state := f.state(x)
	f.Result(Context{f.c, x}, state, false)
}

func aggregateFinal(tls *libc.TLS, x uintptr) {
	f := at[Aggregate](lib.Xsqlite3_user_data(tls, x))
	id, state := f.state(x)
	f.Result(Context{f.c, x}, state, true)
	if id != nil {
		delete(f.c.accumulator, *id)
	}
}

// Authorizer is asked for each access that a statement which is prepared will make; it answers with SQLite's code.
type Authorizer func(action int, args [4]*string) int

type authorizer struct{ ask Authorizer }

// SetAuthorizer sets what is asked, or takes it away if f is nil.
func (c *Conn) SetAuthorizer(f Authorizer) {
	if f == nil {
		lib.Xsqlite3_set_authorizer(c.tls, c.db, 0, 0)
		c.authorizer = nil
		return
	}
	c.authorizer = &authorizer{f}
	lib.Xsqlite3_set_authorizer(c.tls, c.db, funcPointer(authorize), address(c.authorizer))
}

func authorize(_ *libc.TLS, arg uintptr, action int32, a, b, database, trigger uintptr) int32 {
	var texts [4]*string
	for i, p := range [...]uintptr{a, b, database, trigger} {
		if p != 0 {
			t := libc.GoString(p)
			texts[i] = &t
		}
	}
	return int32(at[authorizer](arg).ask(int(action), texts))
}
