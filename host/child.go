package host

import (
	"os"
	"path/filepath"

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
// Otherwise it does nothing. A child is known by the name node, which shells start it by, or by runtime.ChildEnv.
func RunChild() (status int, ok bool) {
	if os.Getenv(runtime.ChildEnv) == "" && filepath.Base(os.Args[0]) != "node" {
		return 0, false
	}
	os.Setenv(runtime.ChildEnv, "1") // its own children are to know as well
	return cli.Run(os.Args), true
}
