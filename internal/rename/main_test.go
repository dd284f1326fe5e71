package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A copy of the module with another path is whole: each of its packages finds what it imports, under the new path alone.
func TestRename(t *testing.T) {
	dir := t.TempDir()
	top := os.DirFS("../..")
	err := fs.WalkDir(top, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (name != "." && strings.HasPrefix(d.Name(), ".") || name == "testdata") {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := fs.ReadFile(top, name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := rename(dir, "example.org/made/here"); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-deps", "-test", "-mod=readonly", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./...")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if list := string(out); !strings.Contains(list, "\nexample.org/made/here/host\n") || strings.Contains("\n"+list, "\ngonode/") {
		t.Errorf("packages:\n%s", list)
	}
	for _, bad := range []string{"", "/x", "a b", "x//y", "x/"} {
		if rename(dir, bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
