package sqlite

import (
	"math"
	goruntime "runtime"
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/sqlite"
	"gonode/runtime"
)

// database is a DatabaseSync.
type database struct {
	m    *module
	conn *sqlite.Conn // nil while it is closed
	path string
	open sqlite.Config
	row  reading

	bareNames, unknownNames   bool // statements' options
	allowsExtensions, mayLoad bool
	startLimits               [len(sqlite.Limits)]int // negative where the script has none
	limits                    *goja.Object

	running  int // calls of SQLite's on the stack
	sessions map[*session]struct{}
}

// reading says how rows become values.
type reading struct{ bigInts, arrays bool }

func (m *module) databaseClass() *goja.Object {
	class, proto := m.rt.NativeClass("DatabaseSync", 0, false, func(call goja.ConstructorCall) *goja.Object {
		m.construct(call)
		return nil
	})
	on := func(name string, f func(d *database, call goja.FunctionCall) goja.Value) { method(m, proto, name, f) }
	do := func(name string, f func(d *database, call goja.FunctionCall)) {
		on(name, func(d *database, call goja.FunctionCall) goja.Value {
			f(d, call)
			return goja.Undefined()
		})
	}
	do("open", func(d *database, _ goja.FunctionCall) { d.connect() })
	do("close", func(d *database, _ goja.FunctionCall) {
		d.mustBeOpen()
		d.close()
	})
	on("prepare", (*database).prepare)
	do("exec", func(d *database, call goja.FunctionCall) {
		d.mustBeOpen()
		sql := m.text(call.Argument(0), "sql")
		d.run(func() *sqlite.Error { return d.conn.Exec(sql) })
	})
	do("function", (*database).function)
	on("createTagStore", (*database).createTagStore)
	on("location", func(d *database, call goja.FunctionCall) goja.Value {
		d.mustBeOpen()
		if path := d.conn.Location(d.name(call.Argument(0), "dbName")); path != "" {
			return m.vm.ToValue(path)
		}
		return goja.Null()
	})
	do("aggregate", (*database).aggregate)
	on("createSession", (*database).createSession)
	on("applyChangeset", (*database).applyChangeset)
	do("enableLoadExtension", func(d *database, call goja.FunctionCall) {
		d.mustBeOpen()
		allow := m.flag(call.Argument(0), "allow")
		if allow && !d.allowsExtensions {
			m.throwState("Cannot enable extension loading because it was disabled at database creation.")
		}
		d.mayLoad = allow
	})
	do("enableDefensive", func(d *database, call goja.FunctionCall) {
		d.mustBeOpen()
		d.conn.SetDefensive(m.flag(call.Argument(0), "active"))
	})
	do("loadExtension", (*database).loadExtension)
	on("serialize", func(d *database, call goja.FunctionCall) goja.Value {
		d.mustBeOpen()
		data, err := d.conn.Serialize(d.name(call.Argument(0), "dbName"))
		if err != nil {
			panic(m.failure(err))
		}
		return m.uint8Array(data)
	})
	do("deserialize", (*database).deserialize)
	do("setAuthorizer", (*database).setAuthorizer)
	finished(class, proto)
	dispose(m, proto, func(d *database) {
		if d.conn != nil {
			d.close()
		}
	})
	return class
}

func (m *module) construct(call goja.ConstructorCall) {
	d := &database{m: m, path: m.path(call.Argument(0)), open: sqlite.Config{ForeignKeys: true, Defensive: true, Interrupted: m.rt.Cancelled, Abs: m.rt.Abs, Allow: m.allow()},
		bareNames: true, sessions: map[*session]struct{}{}}
	for i := range d.startLimits {
		d.startLimits[i] = -1
	}
	open := true
	if o := m.options(goja.FunctionCall{Arguments: call.Arguments}, 1); o != nil {
		m.flagOption(o, "open", &open)
		d.readOptions(o)
	}
	this := call.This
	m.rt.SetSlot(this, d)
	getter(m, this, "database", "isOpen", func(d *database) goja.Value { return m.vm.ToValue(d.conn != nil) })
	getter(m, this, "database", "isTransaction", func(d *database) goja.Value {
		d.mustBeOpen()
		return m.vm.ToValue(d.conn.InTransaction())
	})
	getter(m, this, "database", "limits", func(d *database) goja.Value {
		d.mustBeOpen()
		if d.limits == nil {
			d.limits = m.vm.NewDynamicObject(&limits{d: d})
		}
		return d.limits
	})
	this.SetSymbol(m.rt.SymbolFor("sqlite-type"), m.vm.ToValue("node:sqlite"))
	if open {
		d.connect()
	}
}

// readOptions reads the options in Node's order.
func (d *database) readOptions(o *goja.Object) {
	m := d.m
	m.flagOption(o, "readOnly", &d.open.ReadOnly)
	m.flagOption(o, "enableForeignKeyConstraints", &d.open.ForeignKeys)
	m.flagOption(o, "enableDoubleQuotedStringLiterals", &d.open.DoubleQuotedStrings)
	m.flagOption(o, "allowExtension", &d.allowsExtensions)
	if d.allowsExtensions && m.rt.Access.Enforced() {
		panic(m.plain("Error", "ERR_LOAD_SQLITE_EXTENSION", "Cannot load SQLite extensions when the permission model is enabled."))
	}
	d.mayLoad = d.allowsExtensions
	if v := o.Get("timeout"); v != nil && !goja.IsUndefined(v) {
		n, ok := int32Of(v)
		if !ok {
			m.throwType("The \"options.timeout\" argument must be an integer.")
		}
		d.open.Timeout = n
	}
	m.flagOption(o, "readBigInts", &d.row.bigInts)
	m.flagOption(o, "returnArrays", &d.row.arrays)
	m.flagOption(o, "allowBareNamedParameters", &d.bareNames)
	m.flagOption(o, "allowUnknownNamedParameters", &d.unknownNames)
	m.flagOption(o, "defensive", &d.open.Defensive)
	v := o.Get("limits")
	if v == nil || goja.IsUndefined(v) {
		return
	}
	list := m.object(v, "options.limits")
	for i, name := range sqlite.Limits {
		v := list.Get(name)
		if v == nil || goja.IsUndefined(v) {
			continue
		}
		n, ok := int32Of(v)
		if !ok {
			m.throwType("The \"options.limits." + name + "\" argument must be an integer.")
		}
		if n < 0 {
			panic(m.plain("RangeError", "ERR_OUT_OF_RANGE", "The \"options.limits."+name+"\" argument must be non-negative."))
		}
		d.startLimits[i] = n
	}
}

func (d *database) mustBeOpen() {
	if d.conn == nil {
		d.m.throwState("database is not open")
	}
}

func (d *database) connect() {
	m := d.m
	if d.conn != nil {
		m.throwState("database is already open")
	}
	conn, err := sqlite.Open(d.path, d.open)
	if err != nil {
		m.rethrow()
		panic(m.failure(err))
	}
	for i, n := range d.startLimits {
		if n >= 0 {
			conn.Limit(i, n)
		}
	}
	d.conn = conn
	m.open[conn] = struct{}{}
	// A database that nothing refers to any more is closed.
	goruntime.AddCleanup(d, func(conn *sqlite.Conn) {
		m.rt.Loop().Post(func() { m.close(conn) })
	}, conn)
}

// allow is what SQLite asks before it opens a file, if the host wants to be asked.
func (m *module) allow() func(path string, write bool) bool {
	if !m.rt.Access.Hosted() {
		return nil
	}
	return func(path string, write bool) bool {
		return m.callback(func() {
			m.rt.Access.DemandOfHost(runtime.AccessRead, path)
			if write {
				m.rt.Access.DemandOfHost(runtime.AccessWrite, path)
			}
		})
	}
}

func (m *module) close(conn *sqlite.Conn) {
	delete(m.open, conn)
	conn.Close()
}

func (d *database) close() {
	d.mustRest("close the database")
	for s := range d.sessions {
		s.close()
	}
	d.m.close(d.conn)
	d.conn, d.limits = nil, nil
}

// mustRest throws while SQLite is at work for the script that now calls: it would lose what it works on.
func (d *database) mustRest(what string) {
	if d.running > 0 {
		d.m.throwState("Cannot " + what + " from a callback of it")
	}
}

// run calls SQLite, which may call callbacks of the script, and throws what these have thrown, or else what SQLite says.
func (d *database) run(f func() *sqlite.Error) {
	d.running++
	err := f()
	d.running--
	d.m.rethrow()
	if err != nil {
		panic(d.m.failure(err))
	}
}

func (m *module) rethrow() {
	if x := m.failed; x != nil {
		m.failed = nil
		panic(x)
	}
}

// callback runs a part of the script's for SQLite. What it throws must not pass through SQLite; it is thrown when that has returned.
func (m *module) callback(f func()) (ok bool) {
	if m.failed != nil {
		return false
	}
	defer func() {
		if x := recover(); x != nil {
			m.failed, ok = x, false
		}
	}()
	f()
	return true
}

// name is the name of an attached database.
func (d *database) name(v goja.Value, what string) string {
	if goja.IsUndefined(v) {
		return "main"
	}
	return d.m.text(v, what)
}

func (d *database) loadExtension(call goja.FunctionCall) {
	m := d.m
	d.mustBeOpen()
	if !d.mayLoad {
		m.throwState("extension loading is not allowed")
	}
	path := m.text(call.Argument(0), "path")
	panic(m.plain("Error", "ERR_LOAD_SQLITE_EXTENSION", path+": gonode cannot load shared libraries"))
}

func (d *database) deserialize(call goja.FunctionCall) {
	m := d.m
	d.mustBeOpen()
	data := m.uint8ArrayOf(call.Argument(0), "buffer")
	if len(data) == 0 {
		panic(m.plain("TypeError", "ERR_INVALID_ARG_VALUE", "The \"buffer\" argument must not be empty."))
	}
	name := "main"
	if v := call.Argument(1); !goja.IsUndefined(v) {
		m.textOption(m.object(v, "options"), "dbName", &name)
	}
	d.mustRest("replace the database")
	if err := d.conn.Deserialize(name, data); err != nil {
		panic(m.failure(err))
	}
}

func (d *database) setAuthorizer(call goja.FunctionCall) {
	m := d.m
	d.mustBeOpen()
	v := call.Argument(0)
	if goja.IsNull(v) {
		d.conn.SetAuthorizer(nil)
		return
	}
	ask, ok := goja.AssertFunction(v)
	if !ok {
		m.throwType("The \"callback\" argument must be a function or null.")
	}
	const deny = 1
	d.conn.SetAuthorizer(func(action int, texts [4]*string) (answer int) {
		answer = deny
		d.m.callback(func() {
			args := []goja.Value{m.vm.ToValue(action)}
			for _, t := range texts {
				if t == nil {
					args = append(args, goja.Null())
				} else {
					args = append(args, m.rt.DecodeString([]byte(*t), engine.UTF8))
				}
			}
			n, ok := int32Of(m.rt.Call(ask, goja.Undefined(), args...))
			if !ok {
				panic(m.rt.NewPlainError("TypeError", "Authorizer callback must return an integer authorization code"))
			}
			if n < 0 || n > 2 {
				panic(m.rt.NewPlainError("RangeError", "Authorizer callback returned a invalid authorization code"))
			}
			answer = n
		})
		return answer
	})
}

// limits is the object of that name: its properties are SQLite's limits; others are the script's.
type limits struct {
	d     *database
	names []string // the script's
	own   map[string]goja.Value
}

func (l *limits) number(name string) int { return slices.Index(sqlite.Limits[:], name) }

func (l *limits) Get(name string) goja.Value {
	if i := l.number(name); i >= 0 {
		l.d.mustBeOpen()
		return l.d.m.vm.ToValue(l.d.conn.Limit(i, -1))
	}
	return l.own[name]
}

func (l *limits) Set(name string, v goja.Value) bool {
	i := l.number(name)
	if i < 0 {
		if l.own == nil {
			l.own = map[string]goja.Value{}
		}
		if _, there := l.own[name]; !there {
			l.names = append(l.names, name)
		}
		l.own[name] = v
		return true
	}
	m := l.d.m
	l.d.mustBeOpen()
	n, ok := int32Of(v)
	if !ok {
		if !goja.IsNumber(v) || !math.IsInf(v.ToFloat(), 1) {
			m.throwType("Limit value must be a non-negative integer or Infinity.")
		}
		n = 1<<31 - 1
	}
	if n < 0 {
		panic(m.plain("RangeError", "ERR_OUT_OF_RANGE", "Limit value must be non-negative."))
	}
	l.d.conn.Limit(i, n)
	return true
}

func (l *limits) Has(name string) bool {
	_, own := l.own[name]
	return own || l.number(name) >= 0
}

func (l *limits) Delete(name string) bool {
	if _, own := l.own[name]; own {
		delete(l.own, name)
		l.names = slices.DeleteFunc(l.names, func(n string) bool { return n == name })
	}
	return true
}

func (l *limits) Keys() []string { return append(slices.Clone(l.names), sqlite.Limits[:]...) }
