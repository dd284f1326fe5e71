package runtime

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/dop251/goja"
)

// AddonError is the error of a native addon, none of which can be loaded: what the system's loader would say of a file that is none, or
// that there are no addons here. Loop goroutine only.
func (rt *Runtime) AddonError(file string) *goja.Object {
	rt.Access.DemandPath(AccessRead, file)
	return rt.NewError("ERR_DLOPEN_FAILED", file+": "+addonProblem(rt.Abs(file)))
}

func addonProblem(path string) string {
	const unreadable = "cannot open shared object file: "
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return unreadable + "No such file or directory"
		}
		return unreadable + "Permission denied"
	}
	defer f.Close()
	header := make([]byte, 64)
	n, err := io.ReadFull(f, header)
	switch {
	case errors.Is(err, syscall.EISDIR):
		return "cannot read file data: Is a directory"
	case n < len(header):
		return "file too short"
	case string(header[:4]) != "\x7fELF":
		return "invalid ELF header"
	}
	return "native addons are machine code for Node itself and cannot be loaded by gonode; use a build of the package for WebAssembly, or one in plain JavaScript"
}
