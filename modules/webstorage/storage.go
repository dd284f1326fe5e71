package webstorage

import (
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/sqlite"
)

// storage is one Storage object: the engine asks it for properties, which are its items as far as the prototype has none of that name.
type storage struct {
	m    *module
	path string
	conn *sqlite.Conn
	made [statements]*sqlite.Stmt
}

// The statements, in the order of their texts.
const (
	countAll = iota
	getItem
	keyAt
	allKeys
	setItem
	removeItem
	removeAll
	statements
)

var texts = [statements]string{
	"SELECT COUNT(*) FROM nodejs_webstorage",
	"SELECT value FROM nodejs_webstorage WHERE key = ?",
	"SELECT key FROM nodejs_webstorage ORDER BY key LIMIT 1 OFFSET ?",
	"SELECT key FROM nodejs_webstorage ORDER BY key",
	"INSERT INTO nodejs_webstorage (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value WHERE EXCLUDED.key = key",
	"DELETE FROM nodejs_webstorage WHERE key = ?",
	"DELETE FROM nodejs_webstorage",
}

// schema is that of Node's files, so that both can use the same: items, and how large they are together, which triggers count and limit.
const schema = `PRAGMA encoding = 'UTF-16le';
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS nodejs_webstorage(key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY(key)) STRICT;
CREATE TABLE IF NOT EXISTS nodejs_webstorage_state(max_size INTEGER NOT NULL DEFAULT 10485760, total_size INTEGER NOT NULL,
  schema_version INTEGER NOT NULL DEFAULT 0, single_row_ INTEGER NOT NULL DEFAULT 1 CHECK(single_row_ = 1), PRIMARY KEY(single_row_)) STRICT;
CREATE TRIGGER IF NOT EXISTS nodejs_quota_insert AFTER INSERT ON nodejs_webstorage FOR EACH ROW BEGIN
  UPDATE nodejs_webstorage_state SET total_size = total_size + OCTET_LENGTH(NEW.key) + OCTET_LENGTH(NEW.value);
  SELECT RAISE(ABORT, 'QuotaExceeded') WHERE EXISTS (SELECT 1 FROM nodejs_webstorage_state WHERE total_size > max_size);
END;
CREATE TRIGGER IF NOT EXISTS nodejs_quota_update AFTER UPDATE ON nodejs_webstorage FOR EACH ROW BEGIN
  UPDATE nodejs_webstorage_state SET total_size = total_size
    + ((OCTET_LENGTH(NEW.key) + OCTET_LENGTH(NEW.value)) - (OCTET_LENGTH(OLD.key) + OCTET_LENGTH(OLD.value)));
  SELECT RAISE(ABORT, 'QuotaExceeded') WHERE EXISTS (SELECT 1 FROM nodejs_webstorage_state WHERE total_size > max_size);
END;
CREATE TRIGGER IF NOT EXISTS nodejs_quota_delete AFTER DELETE ON nodejs_webstorage FOR EACH ROW BEGIN
  UPDATE nodejs_webstorage_state SET total_size = total_size - (OCTET_LENGTH(OLD.key) + OCTET_LENGTH(OLD.value));
END;
INSERT OR IGNORE INTO nodejs_webstorage_state (total_size, schema_version) VALUES (0, 1);
COMMIT`

// lockTimeout is how long, in milliseconds, other processes that write are waited for.
const lockTimeout = 3000

// schemaVersion is that of schema. A file of a later one is left alone.
const schemaVersion = 1

func (m *module) storage(path string) *goja.Object {
	s := &storage{m: m, path: path}
	o := m.vm.NewDynamicObject(s)
	o.SetPrototype(m.proto)
	m.made[o] = s
	return o
}

// open opens the database when it is first needed. It throws what hinders it.
func (s *storage) open() {
	if s.conn != nil {
		return
	}
	conn, err := sqlite.Open(s.path, sqlite.Config{Timeout: lockTimeout, Interrupted: s.m.rt.Cancelled})
	if err == nil {
		if err = conn.Exec(schema); err == nil {
			err = s.checkVersion(conn)
		}
		if err != nil {
			conn.Close()
		}
	}
	if err != nil {
		s.fail(err)
	}
	s.conn = conn
	s.m.rt.AtExit(conn.Close)
}

func (s *storage) checkVersion(conn *sqlite.Conn) *sqlite.Error {
	st, err := conn.Prepare("SELECT schema_version FROM nodejs_webstorage_state")
	if err != nil {
		return err
	}
	defer st.Finalize()
	if st.Step() == sqlite.Row && st.Value(0).Int64() > schemaVersion {
		return &sqlite.Error{Message: "localStorage was created with a newer version of Node.js"}
	}
	return nil
}

// fail throws an error of the database's.
func (s *storage) fail(err *sqlite.Error) {
	if err.Message == "QuotaExceeded" {
		vm, rt := s.m.vm, s.m.rt
		panic(rt.Construct(rt.Require("internal/domexception").Get("DOMException"), vm.ToValue("Setting the value exceeded the quota"),
			vm.ToValue("QuotaExceededError")))
	}
	o := s.m.rt.NewNativeError("Error", err.Message)
	o.Set("code", "ERR_INVALID_STATE")
	panic(o)
}

// query runs a statement with these parameters and calls row for each row, until that returns false.
func (s *storage) query(which int, row func(sqlite.Value) bool, parameters ...any) {
	s.open()
	st := s.made[which]
	if st == nil {
		made, err := s.conn.Prepare(texts[which])
		if err != nil {
			s.fail(err)
		}
		st, s.made[which] = made, made
	}
	defer st.Reset()
	for i, p := range parameters {
		var err *sqlite.Error
		switch p := p.(type) {
		case []byte:
			err = st.BindBlob(i+1, p)
		case int64:
			err = st.BindInt64(i+1, p)
		}
		if err != nil {
			s.fail(err)
		}
	}
	for {
		switch st.Step() {
		case sqlite.Row:
			if !row(st.Value(0)) {
				return
			}
		case sqlite.Done:
			return
		default:
			s.fail(s.conn.Err())
		}
	}
}

func (s *storage) run(which int, parameters ...any) {
	s.query(which, func(sqlite.Value) bool { return true }, parameters...)
}

// value is the first one that a statement gives, nil if it gives none.
func (s *storage) value(which int, parameters ...any) (v goja.Value) {
	s.query(which, func(found sqlite.Value) bool {
		v = s.m.rt.DecodeString(found.Bytes(), engine.UTF16LE)
		return false
	}, parameters...)
	return v
}

func (s *storage) count() (n int64) {
	s.query(countAll, func(v sqlite.Value) bool { n = v.Int64(); return false })
	return n
}

func (s *storage) item(key []byte) goja.Value { return s.value(getItem, key) }

// key is the one at a place in the order of keys, nil if there are fewer.
func (s *storage) key(i uint32) goja.Value { return s.value(keyAt, int64(i)) }

func (s *storage) set(key, value []byte) { s.run(setItem, key, value) }

func (s *storage) remove(key []byte) { s.run(removeItem, key) }

// inherited tells whether the prototype has a property of that name, which then is the object's.
func (s *storage) inherited(name string) bool {
	return s.m.rt.Apply(s.m.has, goja.Undefined(), s.m.proto, s.m.vm.ToValue(name)).ToBoolean()
}

// Get is goja.DynamicObject's.
func (s *storage) Get(name string) goja.Value {
	if s.inherited(name) {
		return nil
	}
	return s.item(s.m.text(s.m.vm.ToValue(name)))
}

// Set is goja.DynamicObject's.
func (s *storage) Set(name string, v goja.Value) bool {
	s.set(s.m.text(s.m.vm.ToValue(name)), s.m.text(v))
	return true
}

// Has is goja.DynamicObject's.
func (s *storage) Has(name string) bool { return s.Get(name) != nil }

// Delete is goja.DynamicObject's.
func (s *storage) Delete(name string) bool {
	s.remove(s.m.text(s.m.vm.ToValue(name)))
	return true
}

// Keys is goja.DynamicObject's.
func (s *storage) Keys() []string {
	var names []string
	s.query(allKeys, func(v sqlite.Value) bool {
		names = append(names, s.m.rt.DecodeString(v.Bytes(), engine.UTF16LE).String())
		return true
	})
	return slices.DeleteFunc(names, s.inherited)
}

var _ goja.DynamicObject = (*storage)(nil)
