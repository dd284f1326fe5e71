package fs

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// The errors of calls that have ended elsewhere have no frames of scripts. Those of callbacks have none at all, as Node makes them outside
// of JavaScript; those of promises show Node's own asynchronous function and whoever awaits it.

const promisesFile = "node:internal/fs/promises"

// place is where, in Node, a function of fs.promises awaits its system call.
func place(name string) (line, col int) {
	switch name {
	case "access":
		return 1312, 10
	case "copyFile":
		return 1327, 10
	case "open":
		return 1345, 25
	case "rename":
		return 1490, 10
	case "truncate":
		return 1498, 14
	case "rmdir":
		return 1530, 10
	case "mkdir":
		return 1564, 10
	case "readdir":
		return 1661, 18
	case "readlink":
		return 1679, 10
	case "symlink":
		return 1707, 10
	case "lstat":
		return 1734, 18
	case "stat":
		return 1743, 18
	case "statfs":
		return 1756, 18
	case "link":
		return 1767, 10
	case "unlink":
		return 1775, 10
	case "chmod":
		return 1797, 10
	case "lchown":
		return 1816, 10
	case "chown":
		return 1840, 10
	case "utimes":
		return 1849, 10
	case "lutimes":
		return 1875, 10
	case "realpath":
		return 1889, 10
	case "mkdtemp":
		return 1902, 10
	case "writeFile", "appendFile":
		return 1965, 14
	case "readFile":
		return 1996, 14
	}
	return 0, 0
}

// caller is a function of fs.promises that a script has called as a method of this, and the promise that it returned.
type caller struct {
	name    string
	this    goja.Value
	promise *goja.Object // nil if a callback is called instead
}

// frames are those of Node's own functions.
func (c caller) frames() (list []engine.Site) {
	add := func(name, as string) {
		if line, col := place(name); line > 0 {
			list = append(list, engine.Site{Function: "async " + as, Toplevel: true, File: promisesFile, Line: line, Col: col})
		}
	}
	as := c.name
	if as == "appendFile" {
		as = "writeFile" // which it calls
	} else if _, method := c.this.(*goja.Object); method {
		as = "Object." + as
	}
	switch c.name {
	case "truncate", "writeFile", "appendFile", "readFile":
		add("open", "open")
	}
	add(c.name, as)
	return list
}

// bare takes the frame off an error that stands for what the loop runs, and puts those of the promise that it will reject in its place.
func (m *module) bare(err goja.Value, c caller) {
	o, ok := err.(*goja.Object)
	if !ok {
		return
	}
	if t := m.rt.TraceOf(o); t != nil && len(t.Frames) == 0 {
		t.Origin = runtime.FromNowhere
		if c.promise != nil && !t.Empty {
			t.Above = c.frames()
			m.rt.AwaitedBy(t, c.promise)
		}
	}
}
