package cli

import (
	"reflect"
	"strings"
	"testing"

	"gonode/internal/options"
)

// No option is accepted that does nothing without the table of options saying so, and what is refused says why.
func TestOptionsDoWhatTheirTableSays(t *testing.T) {
	for _, g := range options.Groups() {
		for _, a := range g.Options {
			flag := "--" + a.Name
			values := []string{""}
			if a.Value != "" && a.Value != "[text]" {
				// Some take only certain words.
				values = []string{"7", "delete", "module", "all", "ipv4first", "warn"}
			}
			works, refused := false, ""
			for _, v := range values {
				c, none := &command{name: "gonode"}, &command{name: "gonode"}
				args := []string{"gonode", flag}
				if v != "" {
					args[1] += "=" + v
				}
				if name, negated := strings.CutPrefix(a.Name, "no-"); negated {
					none.parse([]string{"gonode", "--" + name}) // the default, as far as it can be said
				}
				c.parse(args)
				c.execArgv, none.execArgv = nil, nil
				if len(c.problems) > 0 {
					refused = c.problems[0]
					continue
				}
				works = works || !reflect.DeepEqual(c, none)
			}
			switch a.Name {
			case "no-opt", "no-turbofan", "no-maglev", "no-sparkplug":
				continue // are the engine's, for the whole process
			}
			switch {
			case a.Effect == options.Works && !works:
				t.Errorf("%s does nothing (%s)", flag, refused)
			case a.Effect == options.Accepted && (works || refused != ""):
				t.Errorf("%s is said to do nothing, and does something: %s", flag, refused)
			case a.Effect == options.Refused && !strings.Contains(refused, a.Text):
				t.Errorf("%s is said to be refused: %q", flag, refused)
			}
		}
	}
}
