// Package https is the module https: the classes of http over those of tls. It is JavaScript alone.
package https

import (
	_ "embed"

	"gonode/runtime"
)

//go:embed https.js
var script string

// Module is "https".
var Module = &runtime.Module{Name: "https", Script: runtime.NewScript("node:https", &script)}
