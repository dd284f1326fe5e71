//go:build !race

package ipc

import "time"

const linearLimit = 5 * time.Second
