package host_test

import (
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"golang.org/x/text/encoding/htmlindex"
)

// Packages that gonode's command puts off (internal/deferred) are as always in a Go program that embeds it and uses them itself.
func TestHostsOwnPackages(t *testing.T) {
	if _, err := htmlindex.Get("latin1"); err != nil {
		t.Error(err)
	}
	if r := api.Transform("let a: number = 1", api.TransformOptions{Loader: api.LoaderTS}); len(r.Errors) > 0 || string(r.Code) != "let a = 1;\n" {
		t.Errorf("%v %q", r.Errors, r.Code)
	}
}
