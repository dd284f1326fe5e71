package runtime

import (
	"slices"
	"strings"
	"sync"

	"gonode/internal/engine"
)

// globalOrder are the names of the global object's properties in Node's order.
const globalOrder = `Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp Error AggregateError
EvalError RangeError ReferenceError SyntaxError TypeError URIError globalThis JSON Math Intl ArrayBuffer Atomics Uint8Array Int8Array
Uint16Array Int16Array Uint32Array Int32Array BigUint64Array BigInt64Array Uint8ClampedArray Float32Array Float64Array DataView Map
BigInt Set Iterator WeakMap WeakSet Proxy Reflect FinalizationRegistry WeakRef decodeURI decodeURIComponent encodeURI encodeURIComponent
escape unescape eval isFinite isNaN console process global Buffer clearImmediate setImmediate URL URLSearchParams DOMException
AbortController AbortSignal Event EventTarget CustomEvent TextEncoder TextDecoder TransformStream TransformStreamDefaultController
WritableStream WritableStreamDefaultController WritableStreamDefaultWriter ReadableStream ReadableStreamDefaultReader
ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableByteStreamController ReadableStreamDefaultController ByteLengthQueuingStrategy
CountQueuingStrategy TextEncoderStream TextDecoderStream CompressionStream DecompressionStream clearInterval clearTimeout setInterval
setTimeout queueMicrotask structuredClone atob btoa BroadcastChannel MessageChannel MessagePort Blob File Performance PerformanceEntry
PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming performance URLPattern
fetch FormData Headers Request Response MessageEvent CloseEvent WebSocket crypto Crypto CryptoKey SubtleCrypto SuppressedError
DisposableStack AsyncDisposableStack Float16Array SharedArrayBuffer WebAssembly Navigator navigator`

// globalsOf are what the modules have on the global object. Runtimes with the same modules, as all of a process usually have, share them.
func globalsOf(modules []*Module) *engine.Globals {
	last.Lock()
	defer last.Unlock()
	if last.globals != nil && slices.Equal(last.modules, modules) {
		return last.globals
	}
	var list []engine.Global
	for _, m := range modules {
		for _, g := range m.Globals {
			export := g.Export
			switch export {
			case "":
				export = g.Name
			case "*":
				export = ""
			}
			list = append(list, engine.Global{Name: g.Name, Module: m.Name, Export: export, Accessor: g.Accessor, Enumerable: g.Enumerable})
		}
	}
	last.modules, last.globals = slices.Clone(modules), engine.NewGlobals(list, strings.Fields(globalOrder))
	return last.globals
}

var last struct {
	sync.Mutex
	modules []*Module
	globals *engine.Globals
}
