// Command rename gives the module another path, "go run ./internal/rename example.org/gonode" in the module's folder: in go.mod, in all imports, and where
// the path stands in texts of Go files and in documentation.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: rename path")
		os.Exit(2)
	}
	if err := rename(".", os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "rename:", err)
		os.Exit(1)
	}
}

var moduleLine = regexp.MustCompile(`(?m)^module (\S+)$`)

// validPath is what may be a module's path, but for what only servers say.
var validPath = regexp.MustCompile(`^[a-zA-Z0-9][-a-zA-Z0-9._~]*(/[a-zA-Z0-9][-a-zA-Z0-9._~]*)*$`)

// rename rewrites the files of the module in a folder.
func rename(dir, path string) error {
	if !validPath.MatchString(path) {
		return fmt.Errorf("%q is no path of a module", path)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	m := moduleLine.FindSubmatch(mod)
	if m == nil {
		return errors.New("go.mod has no line with the module's path")
	}
	old := string(m[1])
	folders, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, f := range folders {
		if f.IsDir() && !strings.HasPrefix(f.Name(), ".") {
			names = append(names, regexp.QuoteMeta(f.Name()))
		}
	}
	// A folder of the module must follow, or the text is another's: of a cache, a socket, a URL.
	inside := regexp.MustCompile(`(^|[\s"\x60(])` + regexp.QuoteMeta(old) + `/((?:` + strings.Join(names, "|") + `)[/"\x60.\s)])`)
	bare := regexp.MustCompile(`"` + regexp.QuoteMeta(old) + `/"`)
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != dir && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(name); ext != ".go" && ext != ".md" || !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		out := inside.ReplaceAllString(string(text), "${1}"+path+"/${2}")
		out = bare.ReplaceAllString(out, `"`+path+`/"`)
		if out == string(text) {
			return nil
		}
		return os.WriteFile(name, []byte(out), 0o644)
	})
	if err != nil {
		return err
	}
	mod = moduleLine.ReplaceAll(mod, []byte("module "+path))
	return os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o644)
}
