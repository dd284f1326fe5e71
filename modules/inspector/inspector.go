// Package inspector is the modules "inspector" and "inspector/promises": the Chrome DevTools Protocol for sessions of the thread itself, and
// for debuggers elsewhere by way of a server. The domains are JavaScript; what they look into and the server are Go. Nothing is loaded before
// a script, an option or a debugger asks for it. Loop goroutine only, but for the server.
package inspector

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

var (
	//go:embed inspector.js
	inspectorSource string
	//go:embed ports.js
	portsSource string
	//go:embed promises.js
	promisesSource string
	//go:embed protocol.js
	protocolSource string
	//go:embed command.js
	commandSource string
	//go:embed debugger.js
	debuggerSource string
	//go:embed remote.js
	remoteSource string
	//go:embed remote_sessions.js
	sessionsSource string
)

// Modules are "inspector", "inspector/promises" and their private parts.
var Modules = []*runtime.Module{
	{Name: "inspector", Script: engine.NewScript("node:inspector", &inspectorSource), Binding: binding},
	{Name: "inspector/promises", SchemeOnly: false, Script: engine.NewScript("node:inspector/promises", &promisesSource)},
	{Name: "internal/inspector/protocol", Private: true, Script: engine.NewScript("node:internal/builtins/inspector/protocol", &protocolSource), Binding: binding},
	{Name: "internal/debugger/inspect", Private: true, Script: engine.NewScript("node:internal/debugger/inspect", &commandSource)},
	{Name: "internal/inspector/ports", Private: true, Script: engine.NewScript("node:internal/builtins/inspector/ports", &portsSource)},
	{Name: "internal/inspector/debugger", Private: true, Script: engine.NewScript("node:internal/builtins/inspector/debugger", &debuggerSource), Binding: binding},
	{Name: "internal/inspector/remote", Private: true, Script: engine.NewScript("node:internal/builtins/inspector/remote", &remoteSource), Binding: binding},
	{Name: "internal/inspector/sessions", Private: true, Script: engine.NewScript("node:internal/builtins/inspector/sessions", &sessionsSource), Binding: binding},
}

// inspector is what one runtime has of this.
type inspector struct {
	rt *runtime.Runtime
	vm *goja.Runtime

	object *goja.Object // the binding
	frames []*engine.Halted
	inbox  inbox
	server *server
	ready  *goja.Object // what waits until a debugger lets the script run
	ends   func() ([]byte, error)
}

type key struct{}

func of(rt *runtime.Runtime) *inspector {
	in, ok := rt.Value(key{}).(*inspector)
	if !ok {
		in = &inspector{rt: rt, vm: rt.VM()}
		in.inbox.init()
		rt.SetValue(key{}, in)
	}
	return in
}

// binding is the native half, which all of the modules share.
func binding(rt *runtime.Runtime) *goja.Object {
	in := of(rt)
	if in.object == nil {
		in.object = in.vm.NewObject()
		in.values()
		in.scripts()
		in.profiles()
		in.transport()
	}
	return in.object
}

func (in *inspector) set(name string, f func(call goja.FunctionCall) goja.Value) {
	in.rt.SetFunc(in.object, name, 0, f)
}

// do is set of what gives nothing.
func (in *inspector) do(name string, f func(call goja.FunctionCall)) {
	in.set(name, func(call goja.FunctionCall) goja.Value {
		f(call)
		return goja.Undefined()
	})
}

// record makes an object of names and values in turn.
func (in *inspector) record(pairs ...any) *goja.Object {
	o := in.vm.NewObject()
	for i := 0; i < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

func (in *inspector) list(values []goja.Value) goja.Value {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return in.vm.NewArray(all...)
}
