package options

import (
	"strings"
	"testing"
)

// Help shows what has an effect, as it is typed, and nothing else.
func TestHelpShowsWhatWorks(t *testing.T) {
	help := Help()
	for _, g := range Groups() {
		for _, a := range g.Options {
			// Behind it are two spaces or, where it is long, the line's end.
			shown := strings.Contains(help, " "+a.Usage()+" ") || strings.Contains(help, " "+a.Usage()+"\n")
			if shown != (a.Effect == Works) {
				t.Errorf("%s: shown is %v", a.Usage(), shown)
			}
		}
	}
}

func TestUsage(t *testing.T) {
	for name, want := range map[string]string{
		"eval": "-e, --eval text", "check": "-c, --check", "title": "--title name", "max-heap-size": "--max-heap-size=MB", "inspect-port": "--inspect-port=[host:]port", "no-warnings": "--no-warnings",
	} {
		a, ok := Describe(name)
		if got := a.Usage(); !ok || got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
