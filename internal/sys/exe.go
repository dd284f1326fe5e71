package sys

import (
	"os"
	"path/filepath"
)

// Executable is the path of the running program, "" if it cannot be known. Without /proc it is what the program was started as, seen
// from the current directory.
func Executable() string {
	path, err := os.Executable()
	if err != nil {
		if path = startedAs(); path == "" {
			return ""
		}
		path, _ = filepath.Abs(path)
	}
	return path
}
