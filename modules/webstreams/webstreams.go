// Package webstreams is module "stream/web", the WHATWG streams, and their adapters to and from Node's streams. All of
// it is JavaScript that loads when one of its globals is first touched.
package webstreams

import (
	_ "embed"

	"gonode/internal/engine"
	"gonode/runtime"
)

var (
	//go:embed web.js
	webJS string
	//go:embed readablestream.js
	readableJS string
	//go:embed writablestream.js
	writableJS string
	//go:embed transformstream.js
	transformJS string
	//go:embed transfer.js
	transferJS string
	//go:embed adapters.js
	adaptersJS string
)

// Modules are "stream/web" and its parts.
var Modules = []*runtime.Module{
	{Name: "stream/web", Script: engine.NewScript("node:stream/web", &webJS), Globals: []runtime.Global{
		{Name: "ReadableStream"}, {Name: "ReadableStreamDefaultReader"}, {Name: "ReadableStreamBYOBReader"},
		{Name: "ReadableStreamBYOBRequest"}, {Name: "ReadableByteStreamController"}, {Name: "ReadableStreamDefaultController"},
		{Name: "WritableStream"}, {Name: "WritableStreamDefaultWriter"}, {Name: "WritableStreamDefaultController"},
		{Name: "TransformStream"}, {Name: "TransformStreamDefaultController"}, {Name: "ByteLengthQueuingStrategy"},
		{Name: "CountQueuingStrategy"}, {Name: "TextEncoderStream"}, {Name: "TextDecoderStream"},
		{Name: "CompressionStream"}, {Name: "DecompressionStream"},
	}},
	{Name: "internal/webstreams/readablestream", Private: true, Script: engine.NewScript("node:internal/webstreams/readablestream", &readableJS)},
	{Name: "internal/webstreams/writablestream", Private: true, Script: engine.NewScript("node:internal/webstreams/writablestream", &writableJS)},
	{Name: "internal/webstreams/transformstream", Private: true, Script: engine.NewScript("node:internal/webstreams/transformstream", &transformJS)},
	{Name: "internal/webstreams/transfer", Private: true, Script: engine.NewScript("node:internal/webstreams/transfer", &transferJS)},
	{Name: "internal/webstreams/adapters", Private: true, Script: engine.NewScript("node:internal/webstreams/adapters", &adaptersJS)},
}
