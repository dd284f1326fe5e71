package ecma402

import (
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/check.js
var checkScript string

//go:embed testdata/node24.jsonl
var recorded string

// What Node 24 gives for a sample of locales, options and values, one case a line.
func TestNodesOutput(t *testing.T) {
	vm := newRuntime(t)
	vm.Set("recorded", recorded)
	failed, err := vm.RunString(checkScript)
	if err != nil {
		t.Fatal(err)
	}
	if s := failed.String(); s != "" {
		t.Error(s)
	}
	if n := strings.Count(recorded, "\n"); n < 1000 {
		t.Errorf("only %d cases", n)
	}
}
