// Package sqlite is module "node:sqlite", over internal/sqlite. All of it runs on the loop goroutine, but the steps of backups.
package sqlite

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/shapes"
	"gonode/internal/sqlite"
	"gonode/runtime"
)

// Module is "node:sqlite".
var Module = &runtime.Module{Name: "sqlite", SchemeOnly: true, Enabled: (*runtime.Options).HasSQLite, Binding: binding}

type module struct {
	rt *runtime.Runtime
	vm *goja.Runtime

	statements, iterators, sessions, stores *goja.Object    // prototypes
	results, steps                          *shapes.Records // of statement.run and of iterators
	getters                                 map[string]*goja.Object
	open                                    map[*sqlite.Conn]struct{}
	failed                                  any // what a callback has panicked with, for the script that called SQLite
}

func binding(rt *runtime.Runtime) *goja.Object {
	m := &module{rt: rt, vm: rt.VM(), open: map[*sqlite.Conn]struct{}{}, getters: map[string]*goja.Object{},
		results: rt.Records("changes", "lastInsertRowid"), steps: rt.Records("done", "value")}
	rt.AtExit(m.closeAll)
	exports := m.vm.NewObject()
	exports.Set("DatabaseSync", m.databaseClass())
	exports.Set("StatementSync", m.statementClass())
	exports.Set("Session", m.sessionClass())
	m.storeClass()
	exports.Set("constants", m.constants())
	rt.SetFunc(exports, "backup", 2, m.backup)
	return exports
}

// closeAll closes the databases that the script has left open: their journals are merged, as at the end of Node.
func (m *module) closeAll() {
	for c := range m.open {
		c.Close()
	}
	clear(m.open)
}

// owned is what belongs to a database.
type owned interface{ owner() *database }

func (d *database) owner() *database  { return d }
func (s *statement) owner() *database { return s.d }
func (s *session) owner() *database   { return s.d }
func (t *store) owner() *database     { return t.d }
func (i *iterator) owner() *database  { return i.s.d }

// hiddenClass makes a class that scripts can see but not construct.
func (m *module) hiddenClass(name string) (class, prototype *goja.Object) {
	illegal := func() goja.Value { return m.plain("Error", "ERR_ILLEGAL_CONSTRUCTOR", "Illegal constructor") }
	return m.rt.FactoryClass(name, 0, func(goja.ConstructorCall) *goja.Object { panic(illegal()) })
}

// finished puts the prototype's constructor behind its methods, where it is in Node.
func finished(class, prototype *goja.Object) {
	prototype.Delete("constructor")
	prototype.DefineDataProperty("constructor", class, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// method makes f a method of a prototype whose objects hold a T.
func method[T owned](m *module, prototype *goja.Object, name string, f func(this T, call goja.FunctionCall) goja.Value) {
	prototype.Set(name, m.native(name, receiver(m, f)))
}

// native makes a function object as Node's natives are: without a length.
func (m *module) native(name string, f engine.Native) *goja.Object { return m.rt.Function(name, 0, f) }

func receiver[T owned](m *module, f func(this T, call goja.FunctionCall) goja.Value) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		this, ok := m.rt.OwnSlot(call.This).(T)
		if !ok {
			panic(m.rt.NewNativeError("TypeError", "Illegal invocation"))
		}
		if conn := this.owner().conn; conn != nil {
			conn.Settle()
		}
		return f(this, call)
	}
}

// dispose makes f what `using` calls.
func dispose[T owned](m *module, prototype *goja.Object, f func(this T)) {
	if symbol, ok := m.rt.Member(m.rt.Intrinsic("Symbol"), "dispose").(*goja.Symbol); ok {
		prototype.SetSymbol(symbol, m.rt.Function("", 0, receiver(m, func(this T, _ goja.FunctionCall) goja.Value {
			f(this)
			return goja.Undefined()
		})))
	}
}

// getter gives an object a property of its own that is computed, as natives of Node have them. The getter is one for all objects.
func getter[T owned](m *module, o *goja.Object, class, name string, get func(this T) goja.Value) {
	key := class + "." + name
	if m.getters[key] == nil {
		m.getters[key] = m.rt.Method("", 0, receiver(m, func(this T, _ goja.FunctionCall) goja.Value { return get(this) }))
	}
	o.DefineAccessorProperty(name, m.getters[key], nil, goja.FLAG_FALSE, goja.FLAG_TRUE)
}

// plain makes an error as Node's natives do: its stack does not show the code.
func (m *module) plain(class, code, message string) *goja.Object {
	err := m.rt.NewNativeError(class, message)
	err.Set("code", code)
	return err
}

func (m *module) throwType(message string) {
	panic(m.plain("TypeError", "ERR_INVALID_ARG_TYPE", message))
}

func (m *module) throwState(message string) {
	panic(m.plain("Error", "ERR_INVALID_STATE", message))
}

// failure is the error of what SQLite says.
func (m *module) failure(e *sqlite.Error) *goja.Object {
	err := m.plain("Error", "ERR_SQLITE_ERROR", e.Message)
	err.Set("errcode", e.Code)
	err.Set("errstr", e.Text())
	return err
}

// codeFailure is the error of a code alone.
func (m *module) codeFailure(code int) *goja.Object {
	err := m.plain("Error", "ERR_SQLITE_ERROR", sqlite.TextOf(code))
	err.Set("errcode", code)
	return err
}

// text is an argument that must be a string.
func (m *module) text(v goja.Value, name string) string {
	if !goja.IsString(v) {
		m.throwType("The \"" + name + "\" argument must be a string.")
	}
	return engine.Text(v)
}

// flag is an argument that must be a boolean.
func (m *module) flag(v goja.Value, name string) bool {
	b, ok := engine.Boolean(v)
	if !ok {
		m.throwType("The \"" + name + "\" argument must be a boolean.")
	}
	return b
}

// options is an argument that must be an object; one that is not there is nil.
func (m *module) options(call goja.FunctionCall, i int) *goja.Object {
	if len(call.Arguments) <= i {
		return nil
	}
	return m.object(call.Arguments[i], "options")
}

func (m *module) object(v goja.Value, name string) *goja.Object {
	o, ok := v.(*goja.Object)
	if !ok {
		m.throwType("The \"" + name + "\" argument must be an object.")
	}
	return o
}

// flagOption reads a boolean option.
func (m *module) flagOption(o *goja.Object, name string, into *bool) {
	if v := o.Get(name); v != nil && !goja.IsUndefined(v) {
		*into = m.flag(v, "options."+name)
	}
}

// textOption reads an option that is a string.
func (m *module) textOption(o *goja.Object, name string, into *string) {
	if v := o.Get(name); v != nil && !goja.IsUndefined(v) {
		*into = m.text(v, "options."+name)
	}
}

// int32Of is a number that is a 32-bit integer.
func int32Of(v goja.Value) (int, bool) {
	if !goja.IsNumber(v) {
		return 0, false
	}
	f := v.ToFloat()
	if n := int32(f); float64(n) == f {
		return int(n), true
	}
	return 0, false
}

// path is an argument that names a database: a string, a Uint8Array or a file: URL.
func (m *module) path(v goja.Value) string {
	var path string
	switch o, ok := v.(*goja.Object); {
	case goja.IsString(v):
		path = engine.Text(v)
	case ok && engine.KindOf(o) == engine.TypedArray && engine.ViewName(o) == "Uint8Array":
		b, _ := m.rt.Bytes(o)
		path = string(b)
	case ok:
		if href := o.Get("href"); href != nil && goja.IsString(href) {
			path = href.String()
			if len(path) < 5 || path[:5] != "file:" {
				panic(m.plain("TypeError", "ERR_INVALID_URL_SCHEME", "The URL must be of scheme file:"))
			}
			return path
		}
		path = "\x00"
	default:
		path = "\x00"
	}
	for i := range len(path) {
		if path[i] == 0 {
			m.throwType("The \"path\" argument must be a string, Uint8Array, or URL without null bytes.")
		}
	}
	return path
}

func (m *module) constants() *goja.Object {
	// As what V8 makes of a template it has a prototype of its own.
	prototype := m.vm.CreateObject(nil)
	finished(m.native("", func(goja.FunctionCall) goja.Value { return goja.Undefined() }), prototype)
	o := m.vm.CreateObject(prototype)
	for _, c := range [...]struct {
		name  string
		value int
	}{
		{"CHANGESET_OMIT", 0}, {"CHANGESET_REPLACE", 1}, {"CHANGESET_ABORT", 2}, {"CHANGESET_DATA", 1}, {"CHANGESET_NOTFOUND", 2},
		{"CHANGESET_CONFLICT", 3}, {"CHANGESET_CONSTRAINT", 4}, {"CHANGESET_FOREIGN_KEY", 5}, {"OK", 0}, {"DENY", 1}, {"IGNORE", 2},
		{"CREATE_INDEX", 1}, {"CREATE_TABLE", 2}, {"CREATE_TEMP_INDEX", 3}, {"CREATE_TEMP_TABLE", 4}, {"CREATE_TEMP_TRIGGER", 5},
		{"CREATE_TEMP_VIEW", 6}, {"CREATE_TRIGGER", 7}, {"CREATE_VIEW", 8}, {"DELETE", 9}, {"DROP_INDEX", 10}, {"DROP_TABLE", 11},
		{"DROP_TEMP_INDEX", 12}, {"DROP_TEMP_TABLE", 13}, {"DROP_TEMP_TRIGGER", 14}, {"DROP_TEMP_VIEW", 15}, {"DROP_TRIGGER", 16},
		{"DROP_VIEW", 17}, {"INSERT", 18}, {"PRAGMA", 19}, {"READ", 20}, {"SELECT", 21}, {"TRANSACTION", 22}, {"UPDATE", 23},
		{"ATTACH", 24}, {"DETACH", 25}, {"ALTER_TABLE", 26}, {"REINDEX", 27}, {"ANALYZE", 28}, {"CREATE_VTABLE", 29},
		{"DROP_VTABLE", 30}, {"FUNCTION", 31}, {"SAVEPOINT", 32}, {"COPY", 0}, {"RECURSIVE", 33},
	} {
		o.DefineDataProperty("SQLITE_"+c.name, m.vm.ToValue(c.value), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}
	return o
}

// Uncloneable implements runtime.Uncloneable, as the methods of that name of the other objects do.
func (*database) Uncloneable() {}

func (*statement) Uncloneable() {}

func (*iterator) Uncloneable() {}

func (*session) Uncloneable() {}

func (*store) Uncloneable() {}
