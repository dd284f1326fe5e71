package cli

import (
	"os"
	"strings"

	"gonode/internal/sys"
)

// distrust takes out of the environment what would let whoever starts a command that has more rights than they have decide what it loads,
// reads or writes. What joins a child to its parent stays.
func distrust() {
	if !sys.Elevated() {
		return
	}
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case strings.HasPrefix(name, "NODE_CHANNEL_"), name == "NODE_UNIQUE_ID":
		case name == "HOME", name == "TMPDIR", strings.HasPrefix(name, "XDG_"),
			strings.HasPrefix(name, "NODE_"), strings.HasPrefix(name, "GONODE_"), strings.HasPrefix(name, "SSL_CERT_"), strings.HasPrefix(name, "OTEL_"):
			os.Unsetenv(name)
		}
	}
}
