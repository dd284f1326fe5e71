//go:build race

package ipc

import "time"

// The race detector makes the splitter some twenty times slower.
const linearLimit = 100 * time.Second
