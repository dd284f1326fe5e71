// Package sqlite drives SQLite, translated to Go, one connection at a time, without database/sql: statements, functions, sessions,
// backups. It knows nothing of JavaScript.
//
// A connection and all that belongs to it are used by one goroutine at a time. Texts and blobs that are read lie in SQLite's memory and
// are valid until the next call for the same statement or value.
package sqlite

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"gonode/internal/deferred"
)

// Version is SQLite's.
const Version = lib.SQLITE_VERSION

// Codes of results that callers tell apart.
const (
	OK     = lib.SQLITE_OK
	Row    = lib.SQLITE_ROW
	Done   = lib.SQLITE_DONE
	Abort  = lib.SQLITE_ABORT
	Misuse = lib.SQLITE_MISUSE
)

// Error is what SQLite says of a failure.
type Error struct {
	Code    int // the extended code
	Message string
}

func (e *Error) Error() string { return e.Message }

// Text is SQLite's general description of the error's code.
func (e *Error) Text() string { return TextOf(e.Code) }

// TextOf is SQLite's general description of a code. Any goroutine.
func TextOf(code int) string {
	deferred.SQLite.Run()
	tls := libc.NewTLS()
	defer tls.Close()
	return libc.GoString(lib.Xsqlite3_errstr(tls, int32(code)))
}

// Conn is a connection to a database.
type Conn struct {
	tls *libc.TLS
	db  uintptr

	scratch     uintptr // memory of SQLite's for what is handed over
	scratchSize int
	generation  int // of statements: those of older ones are finalized
	keep        map[string]any
	accumulator map[uintptr]*any // states of aggregates that run
	lastState   uintptr
	progress    func() bool
	abs         func(path string) string
	allow       func(path string, write bool) bool
	copying     sync.Mutex             // held while a backup copies pages
	steps       map[*Backup]func() int // what backups are to do next
	authorizer  *authorizer
}

// Config says how a database is opened.
type Config struct {
	ReadOnly, ForeignKeys, DoubleQuotedStrings, Defensive bool
	// Timeout is how long locks of others are waited for, in milliseconds.
	Timeout int
	// Interrupted is asked now and then while a statement runs, which ends when it says true. It may be nil.
	Interrupted func() bool
	// Abs makes a file's path absolute, wherever it comes from. It may be nil.
	Abs func(path string) string
	// Allow is asked before a database's file is opened, attached ones too; links of the path are followed. It may be nil.
	Allow func(path string, write bool) bool
}

// progressEvery is after how many of SQLite's instructions Config.Interrupted is asked.
const progressEvery = 20000

// Open opens a database: a file, ":memory:", "" for a temporary one, or a file: URI.
func Open(name string, o Config) (*Conn, *Error) {
	deferred.SQLite.Run()
	c := &Conn{tls: libc.NewTLS(), keep: map[string]any{}, progress: o.Interrupted, abs: o.Abs, allow: o.Allow}
	guardFiles()
	files.conns.Store(c.tls, c)
	flags := int32(lib.SQLITE_OPEN_READWRITE | lib.SQLITE_OPEN_CREATE | lib.SQLITE_OPEN_URI | lib.SQLITE_OPEN_NOMUTEX)
	if o.ReadOnly {
		flags = lib.SQLITE_OPEN_READONLY | lib.SQLITE_OPEN_URI | lib.SQLITE_OPEN_NOMUTEX
	}
	out := c.room(8)
	*word(out) = 0
	path := c.cString(name)
	rc := lib.Xsqlite3_open_v2(c.tls, path, out, flags, 0)
	c.db = *word(out)
	libc.Xfree(c.tls, path)
	if rc != OK {
		err := &Error{Code: int(rc), Message: TextOf(int(rc))}
		if c.db != 0 {
			err = c.Err()
		}
		c.Close()
		return nil, err
	}
	c.configure(lib.SQLITE_DBCONFIG_DQS_DML, o.DoubleQuotedStrings)
	c.configure(lib.SQLITE_DBCONFIG_DQS_DDL, o.DoubleQuotedStrings)
	c.configure(lib.SQLITE_DBCONFIG_ENABLE_FKEY, o.ForeignKeys)
	c.SetDefensive(o.Defensive)
	lib.Xsqlite3_busy_timeout(c.tls, c.db, int32(o.Timeout))
	if c.progress != nil {
		lib.Xsqlite3_progress_handler(c.tls, c.db, progressEvery, funcPointer(progress), address(c))
	}
	return c, nil
}

// progress is SQLite's way to ask whether a statement shall end.
func progress(_ *libc.TLS, arg uintptr) int32 {
	if at[Conn](arg).progress() {
		return 1
	}
	return 0
}

func (c *Conn) configure(option int32, on bool) {
	n := int32(0)
	if on {
		n = 1
	}
	lib.Xsqlite3_db_config(c.tls, c.db, option, libc.VaList(c.room(16), n, uintptr(0)))
}

// SetDefensive allows or forbids statements that can corrupt the database.
func (c *Conn) SetDefensive(on bool) { c.configure(lib.SQLITE_DBCONFIG_DEFENSIVE, on) }

// Settle does what backups of the connection have begun to do, or waits for it: SQLite is told that a connection is used by one goroutine
// at a time. It must be called before anything else of the connection and its statements while there are backups of it.
func (c *Conn) Settle() {
	for _, step := range c.steps {
		step()
	}
}

// Close finalizes all statements and closes the connection. A backup that runs goes on.
func (c *Conn) Close() {
	if c.tls == nil {
		return
	}
	c.Settle()
	c.FinalizeAll()
	lib.Xsqlite3_close_v2(c.tls, c.db)
	files.conns.Delete(c.tls)
	libc.Xfree(c.tls, c.scratch)
	c.tls.Close()
	c.tls, c.db, c.scratch, c.keep = nil, 0, 0, nil
}

// FinalizeAll ends all statements of the connection.
func (c *Conn) FinalizeAll() {
	c.generation++
	for c.db != 0 {
		s := lib.Xsqlite3_next_stmt(c.tls, c.db, 0)
		if s == 0 {
			return
		}
		lib.Xsqlite3_finalize(c.tls, s)
	}
}

// Err is what SQLite says of the connection's last call.
func (c *Conn) Err() *Error {
	return &Error{Code: int(lib.Xsqlite3_extended_errcode(c.tls, c.db)), Message: libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db))}
}

func (c *Conn) check(rc int32) *Error {
	if rc == OK {
		return nil
	}
	return c.Err()
}

// Exec runs a text of any number of statements.
func (c *Conn) Exec(sql string) *Error {
	text := c.cString(sql)
	defer libc.Xfree(c.tls, text)
	return c.check(lib.Xsqlite3_exec(c.tls, c.db, text, 0, 0, 0))
}

// InTransaction tells whether a transaction is open.
func (c *Conn) InTransaction() bool { return lib.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// Location is the path of the file of an attached database, "" if it has none.
func (c *Conn) Location(name string) string {
	text := c.cString(name)
	defer libc.Xfree(c.tls, text)
	return libc.GoString(lib.Xsqlite3_db_filename(c.tls, c.db, text))
}

// Limits are the names of SQLite's limits, in the order of their numbers.
var Limits = [...]string{"length", "sqlLength", "column", "exprDepth", "compoundSelect", "vdbeOp", "functionArg", "attach",
	"likePatternLength", "variableNumber", "triggerDepth"}

// Limit sets the limit of that number, unless n is negative, and tells what it was.
func (c *Conn) Limit(which, n int) int {
	return int(lib.Xsqlite3_limit(c.tls, c.db, int32(which), int32(n)))
}

// Changes is how many rows the last statement that changes rows has changed.
func (c *Conn) Changes() int64 { return int64(lib.Xsqlite3_changes64(c.tls, c.db)) }

// LastInsertRowid is the row that was inserted last.
func (c *Conn) LastInsertRowid() int64 { return int64(lib.Xsqlite3_last_insert_rowid(c.tls, c.db)) }

// Serialize gives a copy of a database as it would lie in a file.
func (c *Conn) Serialize(name string) ([]byte, *Error) {
	text := c.cString(name)
	defer libc.Xfree(c.tls, text)
	size := c.room(8)
	*(*int64)(unsafe.Pointer(word(size))) = 0
	data := lib.Xsqlite3_serialize(c.tls, c.db, text, size, 0)
	if data == 0 {
		return nil, c.Err()
	}
	defer lib.Xsqlite3_free(c.tls, data)
	return append([]byte{}, bytesAt(data, int(*(*int64)(unsafe.Pointer(word(size)))))...), nil
}

// Deserialize replaces a database by what Serialize gave. All statements are finalized before.
func (c *Conn) Deserialize(name string, data []byte) *Error {
	c.FinalizeAll()
	text := c.cString(name)
	defer libc.Xfree(c.tls, text)
	if lib.Xsqlite3_db_readonly(c.tls, c.db, text) < 0 {
		return &Error{Code: lib.SQLITE_ERROR, Message: "unknown database " + name}
	}
	n := int64(len(data))
	copied := lib.Xsqlite3_malloc64(c.tls, lib.Tsqlite3_uint64(n))
	if copied == 0 {
		return &Error{Code: lib.SQLITE_NOMEM, Message: TextOf(lib.SQLITE_NOMEM)}
	}
	copy(bytesAt(copied, len(data)), data)
	return c.check(lib.Xsqlite3_deserialize(c.tls, c.db, text, copied, lib.Tsqlite3_int64(n), lib.Tsqlite3_int64(n),
		lib.SQLITE_DESERIALIZE_FREEONCLOSE|lib.SQLITE_DESERIALIZE_RESIZEABLE))
}

// room is memory of SQLite's, which the next call of room may give out again.
func (c *Conn) room(n int) uintptr {
	if n > c.scratchSize || c.scratch == 0 {
		libc.Xfree(c.tls, c.scratch)
		c.scratchSize = max(256, n+n/2)
		c.scratch = libc.Xmalloc(c.tls, libc.Tsize_t(c.scratchSize))
		if c.scratch == 0 {
			panic("out of memory")
		}
	}
	if n < c.scratchSize/4 && c.scratchSize > 1<<20 {
		c.scratchSize = 0 // what was needed once is not kept
		return c.room(n)
	}
	return c.scratch
}

// cString is a copy of s, which the caller frees.
func (c *Conn) cString(s string) uintptr {
	p := libc.Xmalloc(c.tls, libc.Tsize_t(len(s)+1))
	if p == 0 {
		panic("out of memory")
	}
	b := bytesAt(p, len(s)+1)
	copy(b, s)
	b[len(s)] = 0
	return p
}

// word is the word at an address of SQLite's memory.
func word(p uintptr) *uintptr { return *(**uintptr)(unsafe.Pointer(&p)) }

// bytesAt is a piece of SQLite's memory.
func bytesAt(p uintptr, n int) []byte {
	if p == 0 || n <= 0 {
		return nil
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&p)), n)
}

// address is that of what SQLite hands back to a callback. Whoever passes it keeps v alive.
func address[T any](v *T) uintptr { return uintptr(unsafe.Pointer(v)) }

// at is what has the address.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// funcPointer is a function without variables of its own as SQLite's code calls it: by the address of its entry's address.
func funcPointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }
