package sqlite

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Session records changes of a database.
type Session struct {
	c      *Conn
	handle uintptr
}

// NewSession begins to record changes of a table of an attached database, of all tables if table is nil.
func (c *Conn) NewSession(database string, table *string) (*Session, int) {
	name := c.cString(database)
	defer libc.Xfree(c.tls, name)
	out := c.room(8)
	*word(out) = 0
	if rc := lib.Xsqlite3session_create(c.tls, c.db, name, out); rc != OK {
		return nil, int(rc)
	}
	s := &Session{c, *word(out)}
	var which uintptr
	if table != nil {
		which = c.cString(*table)
		defer libc.Xfree(c.tls, which)
	}
	if rc := lib.Xsqlite3session_attach(c.tls, s.handle, which); rc != OK {
		s.Close()
		return nil, int(rc)
	}
	return s, OK
}

// Close ends the recording. It must be called before the connection's Close.
func (s *Session) Close() {
	if s.handle != 0 {
		lib.Xsqlite3session_delete(s.c.tls, s.handle)
		s.handle = 0
	}
}

// Changes gives what was recorded, as a changeset or as a patchset, and SQLite's code.
func (s *Session) Changes(patch bool) ([]byte, int) {
	get := lib.Xsqlite3session_changeset
	if patch {
		get = lib.Xsqlite3session_patchset
	}
	tls := s.c.tls
	out := libc.Xcalloc(tls, 2, 8) // authorizers that run meanwhile use the connection's room
	defer libc.Xfree(tls, out)
	if rc := get(tls, s.handle, out, out+8); rc != OK {
		return nil, int(rc)
	}
	data := *word(out + 8)
	defer lib.Xsqlite3_free(tls, data)
	return append([]byte{}, bytesAt(data, int(*(*int32)(unsafe.Pointer(word(out)))))...), OK
}

// changes is what a changeset is applied with.
type changes struct {
	filter   func(table string) bool
	conflict func(kind int) int
}

// ApplyChanges applies a changeset or patchset to the main database and gives SQLite's code. filter, if not nil, says to which tables;
// conflict says what is to be done about a conflict.
func (c *Conn) ApplyChanges(data []byte, filter func(table string) bool, conflict func(kind int) int) int {
	how := &changes{filter, conflict}
	var asks uintptr
	if filter != nil {
		asks = funcPointer(filterChanges)
	}
	copied := libc.Xmalloc(c.tls, libc.Tsize_t(len(data)+1))
	if copied == 0 {
		return lib.SQLITE_NOMEM
	}
	defer libc.Xfree(c.tls, copied)
	copy(bytesAt(copied, len(data)), data)
	c.keep["changes"] = how
	defer delete(c.keep, "changes")
	return int(lib.Xsqlite3changeset_apply(c.tls, c.db, int32(len(data)), copied, asks, funcPointer(solveConflict), address(how)))
}

func filterChanges(_ *libc.TLS, arg, table uintptr) int32 {
	if at[changes](arg).filter(libc.GoString(table)) {
		return 1
	}
	return 0
}

func solveConflict(_ *libc.TLS, arg uintptr, kind int32, _ uintptr) int32 {
	return int32(at[changes](arg).conflict(int(kind)))
}

// Backup copies a database page by page while its connection is used.
type Backup struct {
	tls            *libc.TLS
	handle         uintptr
	source, target *Conn
}

// NewBackup begins to copy a database of c to one of target, which belongs to the backup from then on.
func (c *Conn) NewBackup(source string, target *Conn, name string) (*Backup, *Error) {
	from, to := c.cString(source), c.cString(name)
	defer libc.Xfree(c.tls, from)
	defer libc.Xfree(c.tls, to)
	b := &Backup{tls: libc.NewTLS(), source: c, target: target}
	c.Settle()
	if b.handle = lib.Xsqlite3_backup_init(b.tls, target.db, to, c.db, from); b.handle == 0 {
		err := target.Err()
		b.Finish()
		return nil, err
	}
	return b, nil
}

// Step gives a function that copies some pages, once, on any goroutine: OK says that there are more, Done that there are none, other codes
// that it has failed. Step itself is for the source's goroutine.
func (b *Backup) Step(pages int) func() int {
	c := b.source
	step := sync.OnceValue(func() int {
		c.copying.Lock()
		defer c.copying.Unlock()
		return int(lib.Xsqlite3_backup_step(b.tls, b.handle, int32(pages)))
	})
	if c.steps == nil {
		c.steps = map[*Backup]func() int{}
	}
	c.steps[b] = step
	return step
}

// Pages tells how many pages there are to copy, and how many of them are left.
func (b *Backup) Pages() (total, left int) {
	return int(lib.Xsqlite3_backup_pagecount(b.tls, b.handle)), int(lib.Xsqlite3_backup_remaining(b.tls, b.handle))
}

// Finish ends the backup, closes its target and tells what that says of the last step.
func (b *Backup) Finish() *Error {
	var err *Error
	delete(b.source.steps, b)
	if b.handle != 0 {
		b.source.Settle()
		lib.Xsqlite3_backup_finish(b.tls, b.handle)
		b.handle = 0
	}
	if b.target != nil {
		err = b.target.Err()
		b.target.Close()
		b.target = nil
		b.tls.Close()
	}
	return err
}
