package sqlite

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// files is how SQLite comes to files. Its ways to the system ("VFS") are one list for the process, and a file: URI may choose among
// them; so all of them see paths as the connection does, and ask what it says: Config.Abs, Config.Allow.
var files struct {
	once  sync.Once
	own   map[uintptr]vfsFunctions // by VFS
	conns sync.Map                 // *Conn by *libc.TLS, of which each has its own
}

// vfsFunctions are those of a VFS that are replaced: function values.
type vfsFunctions struct{ open, fullPathname uintptr }

// guardFiles replaces functions of every VFS but that of databases in memory.
func guardFiles() {
	files.once.Do(func() {
		tls := libc.NewTLS()
		defer tls.Close()
		files.own = map[uintptr]vfsFunctions{}
		lib.Xsqlite3_initialize(tls)
		for p := lib.Xsqlite3_vfs_find(tls, 0); p != 0; {
			vfs := at[lib.Tsqlite3_vfs](p)
			if libc.GoString(vfs.FzName) != "memdb" {
				files.own[p] = vfsFunctions{vfs.FxOpen, vfs.FxFullPathname}
				vfs.FxOpen, vfs.FxFullPathname = funcPointer(openFile), funcPointer(fullPathname)
			}
			p = vfs.FpNext
		}
	})
}

// openFile opens a file for SQLite. Journals and the like bear the name of a database that was asked for.
func openFile(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	if c, ok := files.conns.Load(tls); ok && flags&lib.SQLITE_OPEN_MAIN_DB != 0 && name != 0 {
		if allow := c.(*Conn).allow; allow != nil && !allow(libc.GoString(name), flags&lib.SQLITE_OPEN_READONLY == 0) {
			*at[uintptr](file) = 0 // no methods: it is not open
			return lib.SQLITE_CANTOPEN
		}
	}
	open := files.own[vfs].open
	return (*(*func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32)(unsafe.Pointer(&open)))(tls, vfs, name, file, flags, out)
}

// fullPathname makes a path absolute and follows its links.
func fullPathname(tls *libc.TLS, vfs, name uintptr, size int32, out uintptr) int32 {
	if c, ok := files.conns.Load(tls); ok && c.(*Conn).abs != nil {
		name = c.(*Conn).cString(c.(*Conn).abs(libc.GoString(name)))
		defer libc.Xfree(tls, name)
	}
	full := files.own[vfs].fullPathname
	return (*(*func(*libc.TLS, uintptr, uintptr, int32, uintptr) int32)(unsafe.Pointer(&full)))(tls, vfs, name, size, out)
}
