package sys

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder is not trusted where others may put another in its place.
func TestPrivateLooksAtTheFoldersAbove(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	dir := filepath.Join(home, "cache", "gonode")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if !stays(filepath.Dir(home)) {
		t.Skip("the folder of temporary files is itself open to others")
	}
	for _, c := range []struct {
		mode os.FileMode
		want bool
	}{{0o700, true}, {0o755, true}, {0o777, false}, {0o777 | os.ModeSticky, true}} {
		if err := os.Chmod(home, c.mode); err != nil {
			t.Fatal(err)
		}
		if got := Private(dir); got != c.want {
			t.Errorf("below a folder of mode %v: %v", c.mode, got)
		}
	}
	if err := os.Chmod(dir, 0o770); err != nil {
		t.Fatal(err)
	}
	if Private(dir) {
		t.Error("one that a group may write to")
	}
}
