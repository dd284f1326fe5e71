package host

import (
	"fmt"
	"os"
	"path/filepath"

	"gonode/internal/bundle"
	"gonode/internal/cli"
	"gonode/runtime"
)

// RunChild must be called first in main. If this process was started as a Node child, it runs the script that the
// arguments name, as the gonode command would, and returns its exit status and true:
//
//	func main() {
//		if code, ok := host.RunChild(); ok {
//			os.Exit(code)
//		}
//		…
//	}
//
// Otherwise it does nothing. The processes of NewCell's cells begin here, too. A child is known by the name node, which shells start it by, or by runtime.ChildEnv. The options are those of NewEngine: with
// them, children have the host's own modules, and what WithConfig says.
func RunChild(options ...Option) (status int, ok bool) {
	childReady.Store(true)
	if isCell() {
		return serveCell(NewEngine(options...)), true
	}
	if os.Getenv(runtime.ChildEnv) == "" && filepath.Base(os.Args[0]) != "node" {
		return 0, false
	}
	os.Setenv(runtime.ChildEnv, "1") // its own children are to know as well
	e := NewEngine(options...)
	return cli.RunChild(os.Args, e.modules, e.restrict()), true
}

// Main runs a program that "gonode build --archive" has written, with the process's arguments, and gives the exit status: the whole of a main function.
//
//	//go:embed app.bundle
//	var app []byte
//
//	func main() { os.Exit(host.Main(app)) }
//
// Children, clusters and workers of the program's work as they do in gonode. The options are those of NewEngine.
func Main(archive []byte, options ...Option) (status int) {
	childReady.Store(true)
	if isCell() {
		return serveCell(NewEngine(options...))
	}
	b, err := bundle.Open(archive)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		return 1
	}
	e := NewEngine(options...)
	return cli.RunBundle(os.Args, b, e.modules, e.restrict())
}
