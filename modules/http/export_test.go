package http

import (
	"github.com/dop251/goja"

	"gonode/runtime"
)

// IsNativeRequest tells whether v is a ClientRequest that no script has made an ordinary one.
func IsNativeRequest(rt *runtime.Runtime, v goja.Value) bool { return stateOf(rt).requesting(v) != nil }

// IsNativeResponse tells the same of a ServerResponse.
func IsNativeResponse(rt *runtime.Runtime, v goja.Value) bool {
	return stateOf(rt).responding(v) != nil
}
