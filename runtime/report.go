package runtime

import (
	"io"
	"strings"

	"github.com/dop251/goja"
)

// reportUncaught prints Node's report of an uncaught value on Stderr: file:line, the source line and a caret, the
// stack, further properties, the version.
func (rt *Runtime) reportUncaught(v goja.Value, ex *goja.Exception) {
	var b strings.Builder
	if o, ok := v.(*goja.Object); ok && rt.IsError(v) {
		stack := o.Get("stack")
		if stack != nil && !goja.IsUndefined(stack) {
			b.WriteString(strings.TrimSuffix(stack.String(), "\n"))
		} else {
			b.WriteString(v.String())
		}
	} else {
		b.WriteString("Uncaught:\n")
		b.WriteString(rt.describe(v))
	}
	b.WriteString("\n\nNode.js " + NodeVersion + "\n")
	io.WriteString(rt.Stderr(), b.String())
}

func (rt *Runtime) describe(v goja.Value) (text string) {
	if rt.vm.Try(func() { text = rt.Inspect(v) }) != nil {
		text = "[object]"
	}
	return text
}
