package guard

import (
	"time"

	"github.com/dop251/goja"
)

// Aside has work done that cannot look for interruptions, because it is the engine's or a library's: f runs on a goroutine of its own. When
// the script is interrupted its result is not waited for. So f may only compute with what nobody changes, strings and BigInts, and its
// work must be finite.
func Aside[T any](rt *goja.Runtime, f func() T) T {
	var result T
	var failed any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { failed = recover() }()
		result = f()
	}()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-done:
			if failed != nil {
				panic(failed)
			}
			return result
		case <-look.C:
			Poll(rt)
		}
	}
}

// longText is the length of strings that methods have aside.
const longText = 1 << 18

// guardText is for functions that compute with strings alone.
func guardText(rt *goja.Runtime, plain native) native {
	return func(call goja.FunctionCall) goja.Value {
		long := isLong(call.This)
		for _, v := range call.Arguments {
			if _, ok := v.(*goja.Object); ok {
				return plain(call)
			}
			long = long || isLong(v)
		}
		if _, ok := call.This.(*goja.Object); ok && !isGlobal(rt, call.This) || !long {
			return plain(call)
		}
		call.Arguments = append([]goja.Value(nil), call.Arguments...)
		return Aside(rt, func() goja.Value { return plain(call) })
	}
}

func isGlobal(rt *goja.Runtime, v goja.Value) bool { return v == rt.GlobalObject() }

func isLong(v goja.Value) bool {
	s, ok := v.(goja.String)
	return ok && s.Length() > longText
}

var (
	textMethods = [...]string{"normalize", "toUpperCase", "toLowerCase", "toLocaleUpperCase", "toLocaleLowerCase", "localeCompare", "trim",
		"indexOf", "lastIndexOf", "includes"}
	textGlobals = [...]string{"encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent", "escape", "unescape", "parseFloat", "parseInt"}
)
