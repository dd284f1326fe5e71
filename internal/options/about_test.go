package options

import (
	"strings"
	"testing"
)

// Each option of the table is described once, and nothing else is.
func TestAllOptionsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range Groups() {
		for _, a := range g.Options {
			name := a.Name
			o, ok := Lookup(name)
			if !ok {
				name = strings.TrimPrefix(name, "no-")
				o, ok = Lookup(name)
			}
			switch {
			case !ok:
				t.Errorf("--%s is described and is no option", a.Name)
			case seen[name]:
				t.Errorf("--%s is described twice", name)
			case a.Text == "" || strings.ContainsAny(a.Text, "\n|"):
				t.Errorf("--%s: %q is no line for a table", name, a.Text)
			case (a.Value != "") != (o.Kind == Value || o.Kind == List || o.Kind == Equals || o.Kind == Optional) && name != "print":
				t.Errorf("--%s: whether it has a value does not agree with its kind", name)
			}
			seen[name] = true
		}
	}
	for _, o := range table {
		if !seen[o.Name] {
			t.Errorf("--%s is not described", o.Name)
		}
	}
}
