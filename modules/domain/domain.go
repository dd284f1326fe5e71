// Package domain is module "domain", in JavaScript on top of async_hooks: a domain is carried along with the
// asynchronous context. Emitters made inside of a domain do not join it by themselves; domain.add does that.
package domain

import (
	_ "embed"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed domain.js
var source string

// Module is "domain".
var Module = &runtime.Module{Name: "domain", Script: engine.NewScript("node:domain", &source)}
