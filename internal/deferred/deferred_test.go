package deferred

import (
	"slices"
	"testing"
	"unsafe"

	clib "modernc.org/libc"
	sqlite "modernc.org/sqlite/lib"
)

var ran []int

func first()  { ran = append(ran, 1) }
func second() { ran = append(ran, 2) }

// A task is put off only if nothing of it has run and it looks like one; any other is left as it is, for Go to run.
func TestPutOff(t *testing.T) {
	entry := func(f func()) uintptr { return **(**uintptr)(unsafe.Pointer(&f)) }
	for _, c := range []struct {
		head task
		off  bool
	}{
		{task{pending, 2}, true},
		{task{pending, 0}, true},
		{task{1, 2}, false}, // under way
		{task{done, 2}, false},
		{task{7, 2}, false},
		{task{pending, 1 << 20}, false}, // no number of functions
	} {
		x := struct {
			task
			functions [2]uintptr
		}{c.head, [2]uintptr{entry(first), entry(second)}}
		ran = nil
		if off := x.putOff(); off != c.off {
			t.Errorf("%v: put off %v", c.head, off)
		}
		if !c.off {
			if x.task != c.head {
				t.Errorf("%v became %v", c.head, x.task)
			}
			continue
		}
		if x.state != done {
			t.Errorf("%v: Go would run it", c.head)
		}
		if x.run(); !slices.Equal(ran, []int{1, 2}[:c.head.functions]) {
			t.Errorf("%v ran %v", c.head, ran)
		}
	}
}

// What Go has initialised already is not put off, nor done twice.
func TestLeftToGo(t *testing.T) {
	SQLite.off()
	for i, off := range SQLite.putOff {
		if off || SQLite.tasks[i].state != done {
			t.Errorf("task %d was put off: %v", i, *SQLite.tasks[i])
		}
	}
	SQLite.Run()
	tls := clib.NewTLS()
	defer tls.Close()
	if code := sqlite.Xsqlite3_initialize(tls); code != sqlite.SQLITE_OK {
		t.Errorf("SQLite does not start: %d", code)
	}
}
