// Package deferred puts off what packages do before main that few scripts need: SQLite's, esbuild's and those of codings fill tables and
// ask the system for this and that, which would cost every process some of its page faults and a third of a megabyte. Only the command does so, by importing
// package putoff: a Go program that embeds gonode may use the same packages itself, and knows of no Run.
//
// Go runs a package's initialisation by a task with a state, unless the state says that this is done. This package imports none of
// those whose tasks it marks, and hardly anything else, so that it is initialised earlier: the first by its path of those whose
// imports are ready (go.dev/ref/spec#Program_initialization).
package deferred

import (
	"sync"
	"unsafe"
)

// task is the head of a package's initialisation as Go's linker lays it out; the addresses of its functions follow.
type task struct{ state, functions uint32 }

// pending and done are states of a task.
const pending, done = 0, 2

// Group are packages that are needed together.
type Group struct {
	tasks  []*task // each behind those of the packages that it imports
	putOff []bool  // by task; nil if nobody has put the group off
	once   sync.Once
}

// What can be put off. Run of a group must be called before anything of its packages.
var (
	// SQLite is modernc.org/sqlite/lib.
	SQLite = Group{tasks: []*task{&humanize, &mathutil, &memory, &libc, &lib}}
	// Esbuild is github.com/evanw/esbuild/pkg/api.
	Esbuild = Group{tasks: []*task{&compat, &esfs, &helpers, &cssAST, &lexer, &cssParser, &jsParser, &jsPrinter, &resolver, &esapi}}
	// Compression is github.com/klauspost/compress: flate and zstd.
	Compression = Group{tasks: []*task{&snapref, &kflate, &zstd}}
	// Encodings is golang.org/x/text/encoding/htmlindex.
	Encodings = Group{tasks: []*task{&htmlindex}}
)

// PutOff puts all groups off. It must be called before Go initialises their packages.
func PutOff() {
	for _, g := range []*Group{&SQLite, &Esbuild, &Compression, &Encodings} {
		g.off()
	}
}

func (g *Group) off() {
	g.putOff = make([]bool, len(g.tasks))
	for i, t := range g.tasks {
		g.putOff[i] = t.putOff()
	}
}

// Run does what was put off, once in the process. Any goroutine.
func (g *Group) Run() {
	g.once.Do(func() {
		for i, off := range g.putOff {
			if off {
				g.tasks[i].run()
			}
		}
	})
}

// putOff marks a task as done. One that is not as expected is left to Go.
func (t *task) putOff() bool {
	if t.state != pending || t.functions >= 1000 {
		return false
	}
	t.state = done
	return true
}

// run calls a task's functions.
func (t *task) run() {
	list := unsafe.Slice((*uintptr)(unsafe.Add(unsafe.Pointer(t), unsafe.Sizeof(*t))), t.functions)
	for n := range list {
		entry := &list[n] // what a function's value points to
		(*(*func())(unsafe.Pointer(&entry)))()
	}
}
