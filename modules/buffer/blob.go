package buffer

import (
	"crypto/rand"
	_ "embed"
	"fmt"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed blob.js
var blobJS string

// Blob is the private module "internal/blob": Blob, File and the registry of object URLs.
var Blob = &runtime.Module{Name: "internal/blob", Private: true, Script: engine.NewScript("node:internal/blob", &blobJS),
	Binding: func(rt *runtime.Runtime) *goja.Object {
		b := rt.VM().NewObject()
		rt.SetFunc(b, "uuid", 0, func(goja.FunctionCall) goja.Value {
			var u [16]byte
			rand.Read(u[:])
			u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
			return rt.VM().ToValue(fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]))
		})
		return b
	}}
