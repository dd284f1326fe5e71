package putoff_test

import (
	"testing"

	"golang.org/x/text/encoding/htmlindex"

	"gonode/internal/deferred"
	_ "gonode/internal/deferred/putoff"
)

// Go has not initialised what is put off; Run does.
func TestPutOff(t *testing.T) {
	if _, err := htmlindex.Get("latin1"); err == nil {
		t.Error("nothing was put off")
	}
	deferred.Encodings.Run()
	if _, err := htmlindex.Get("latin1"); err != nil {
		t.Error(err)
	}
}
